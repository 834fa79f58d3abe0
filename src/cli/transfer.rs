//! `callboard export` and `callboard import`: what cannot be rebuilt, as JSON lines.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use super::{Global, output};
use crate::bot::Bot;
use crate::store::lines;

/// The options of `callboard export`.
#[derive(Debug, Args)]
pub struct ExportOptions {
    /// Where to; without it standard output
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// The options of `callboard import`.
#[derive(Debug, Args)]
pub struct ImportOptions {
    /// Where from; without it standard input
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Writes the store.
pub async fn export(global: &Global, options: &ExportOptions) -> anyhow::Result<ExitCode> {
    let bot = Bot::open(global.setup()?).await?;
    let mut bytes = Vec::new();
    lines::export(&*bot.store, &mut bytes).await?;
    bot.close().await?;
    let Some(file) = &options.file else {
        return output::bytes(&bytes);
    };
    let mut writer = BufWriter::new(
        File::create(file).with_context(|| format!("{} cannot be written", file.display()))?,
    );
    writer.write_all(&bytes)?;
    writer.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Reads into the store.
pub async fn import(global: &Global, options: &ImportOptions) -> anyhow::Result<ExitCode> {
    let bot = Bot::open(global.setup()?).await?;
    let count = if let Some(file) = &options.file {
        let opened =
            File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
        lines::import(&*bot.store, BufReader::new(opened)).await?
    } else {
        // Reading blocks, and a signal must be heard meanwhile.
        let read = tokio::task::spawn_blocking(|| io::read_to_string(io::stdin()));
        let text = read.await?.context("standard input cannot be read")?;
        lines::import(&*bot.store, text.as_bytes()).await?
    };
    bot.close().await?;
    let entries = if count == 1 {
        "1 entry was"
    } else {
        &format!("{count} entries were")
    };
    output::text(&format!("{entries} imported."))
}
