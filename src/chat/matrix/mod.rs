//! Matrix: how it is reached, what comes in from it, and what is said there.

pub mod render;
