//! `callboard catalog`: the catalog for other programs.

use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};

use super::{Global, chat, output};
use crate::bot::Bot;
use crate::catalog::export::export;

/// The commands of `callboard catalog`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Writes every entity as Backstage's API would give it, sorted by reference
    Export {
        /// How they are written
        #[arg(long, value_enum, default_value_t = Format::Json)]
        format: Format,
    },
}

/// The forms of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One JSON array.
    Json,
    /// One YAML document per entity.
    Yaml,
}

/// Writes the catalog.
pub async fn run(global: &Global, command: &Command) -> anyhow::Result<ExitCode> {
    let Command::Export { format } = command;
    let bot = Bot::open(global.setup()?).await?;
    chat::refresh(&bot).await?;
    let entities = export(&bot.context.catalog());
    bot.close().await?;
    match format {
        Format::Json => output::json(&entities),
        Format::Yaml => {
            let mut text = String::new();
            for entity in &entities {
                text.push_str("---\n");
                text.push_str(&serde_saphyr::to_string(entity)?);
            }
            output::text(&text)
        }
    }
}
