//! The chat platforms: one folder for each, all behind the one trait in `adapter`.

pub mod adapter;
pub mod console;
#[cfg(feature = "matrix")]
pub mod matrix;
#[cfg(feature = "slack")]
pub mod slack;
