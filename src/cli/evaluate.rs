//! `callboard eval`: how well the bot finds what people type.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;

use super::{Global, chat, output};
use crate::bot::Bot;

/// The commands of `callboard eval`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Looks up every line of FILE and prints hit@1, hit@3, mean reciprocal rank, wrong-but-sure rate and times
    Lookups {
        /// JSON lines like `{"query": "payments", "expected": ["component:default/payments"]}`
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Shows every miss
        #[arg(long)]
        verbose: bool,
    },
}

/// Runs an evaluation.
pub async fn run(global: &Global, command: &Command) -> anyhow::Result<ExitCode> {
    let Command::Lookups { file, verbose } = command;
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("the file {} cannot be read", file.display()))?;
    let bot = Bot::open(global.setup()?).await?;
    chat::refresh(&bot).await?;
    let catalog = bot.context.catalog();
    bot.close().await?;
    let evaluation = catalog.evaluate(&text);
    output::text(&evaluation.to_string())?;
    if *verbose {
        for miss in &evaluation.misses {
            output::text(&miss.to_string())?;
        }
    }
    Ok(if evaluation.bad_lines.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}
