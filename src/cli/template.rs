//! `callboard template`: golden-path templates, without any forge.

mod check;
mod form;
mod new;
mod opened;
mod plan;
mod render;

use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};

use self::opened::{Opened, given};
use super::Global;

/// The commands of `callboard template`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Prints what a template asks
    Form(form::Form),
    /// Runs a template's steps up to the first that needs a forge, and writes what they made; 1 when a step fails
    Render(render::Render),
    /// Says what would be made and done, and does nothing; 1 when it cannot be done
    Plan(plan::Plan),
    /// Finds slips in a template and its skeletons without running it; 1 when there are errors
    Check(check::Check),
    /// Writes a small template to start from
    New(new::New),
}

/// How something is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Does it.
pub async fn run(global: &Global, command: &Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Form(options) => form::run(global, options),
        Command::Render(options) => render::run(global, options).await,
        Command::Plan(options) => plan::run(global, options).await,
        Command::Check(options) => check::run(global, options).await,
        Command::New(options) => new::run(options),
    }
}
