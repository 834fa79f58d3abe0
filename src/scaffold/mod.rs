//! Golden-path templates: Backstage's software templates, read, asked for and judged as Backstage does it.

mod binary;
pub mod check;
pub mod document;
pub mod entities;
pub mod expression;
pub mod parameters;
mod pattern;
pub mod plan;
pub mod position;
mod redaction;
pub mod source;
pub mod step;
pub mod template;
pub mod tree;
pub mod workflow;
pub mod yaml;
