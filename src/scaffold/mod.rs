//! Golden-path templates: Backstage's software templates, read, asked for and judged as Backstage does it.

pub mod position;
pub mod template;
