//! Golden-path templates: the same bytes as Backstage's own engine, whose packages `tests/run` installs.

mod built;
mod expressions;
mod generator;
mod hostile;
mod limits;
mod oracle;
mod references;
mod sources;
mod speed;
mod templates;
mod yaml;
