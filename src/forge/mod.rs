//! Forges: where repositories live, and the people and teams who work on them.

mod error;
pub mod http;

pub use error::ForgeError;
