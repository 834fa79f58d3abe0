//! `callboard sync`: read all sources once and say what came of it.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::{Global, output};
use crate::bot::Bot;
use crate::catalog::sync::{Report, Request};

/// The options of `callboard sync`.
#[derive(Debug, Args)]
pub struct Options {
    /// How the report is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Take what is held back because it would drop more than a fifth of a source's entities
    #[arg(long)]
    accept: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Syncs; 1 when a source could not be read or is held back.
pub async fn run(global: &Global, options: &Options) -> anyhow::Result<ExitCode> {
    let bot = Bot::open(global.setup()?).await?;
    let reports = bot
        .context
        .syncer
        .sync(Request {
            due_only: false,
            accept: options.accept,
        })
        .await?;
    bot.close().await?;
    match options.format {
        Format::Json => output::json(&reports)?,
        Format::Text => output::text(&told(&reports))?,
    };
    let good = reports
        .iter()
        .all(|report| report.error.is_none() && report.held_back.is_none());
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

/// How many of the repositories that a source leads to are written out when nothing is wrong with them.
const WRITTEN: usize = 10;

/// The reports in text. Of many repositories that a source leads to, those are left out with which all is well.
fn told(reports: &[Report]) -> String {
    let led = reports.iter().filter(|report| report.origin.is_some());
    let all = led.clone().count() <= WRITTEN;
    let good = |report: &Report| {
        report.error.is_none() && report.held_back.is_none() && report.problems == 0
    };
    let is_left_out = |report: &&Report| !all && report.origin.is_some() && good(report);
    let mut told: String = reports
        .iter()
        .filter(|report| !is_left_out(report))
        .map(text)
        .collect();
    let left_out: Vec<&Report> = reports.iter().filter(is_left_out).collect();
    if !left_out.is_empty() {
        let entities = left_out.iter().map(|report| report.entities).sum();
        // Writing to a text cannot fail.
        let _ = writeln!(
            told,
            "… and {} that they lead to, in which all is well: {}",
            output::count(left_out.len(), "repository", "repositories"),
            output::count(entities, "entity", "entities"),
        );
    }
    told
}

/// How many problems are written out in text.
const SHOWN: usize = 20;

fn text(report: &Report) -> String {
    let commit = report.commit.as_deref().map_or_else(String::new, |commit| {
        format!(" at {}", commit.get(..8).unwrap_or(commit))
    });
    let mut text = format!(
        "{}{commit}: {} in {}, {} parsed again; {} added, {} changed, {} removed; {}; {} ms\n",
        report.source,
        output::count(report.entities, "entity", "entities"),
        output::count(report.files, "file", "files"),
        report.parsed,
        report.added,
        report.changed,
        report.removed,
        output::count(report.problems, "problem", "problems"),
        report.milliseconds
    );
    // Writing to a text cannot fail.
    if let Some(error) = &report.error {
        let _ = writeln!(text, "  cannot be read: {error}");
    }
    if let Some(held) = &report.held_back {
        let _ = writeln!(
            text,
            "  held back: {} would drop {} of {} entities; take it with `callboard sync --accept`",
            held.revision.short(),
            held.dropped,
            held.of
        );
    }
    for problem in report.details.iter().take(SHOWN) {
        let _ = writeln!(text, "  {problem}");
    }
    if report.problems > SHOWN {
        let _ = writeln!(
            text,
            "  … and {} more; `callboard check` names them all",
            report.problems - SHOWN
        );
    }
    text
}
