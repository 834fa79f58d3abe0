//! Slack: what it shows, and how it is reached.

pub mod limit;
pub mod modal;
pub mod render;
