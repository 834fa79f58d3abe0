//! `callboard sync`: read all sources once and say what came of it.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::{Global, output};
use crate::bot::Bot;
use crate::catalog::sync::{Report, Request, alike};

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

/// How many of the repositories that a source leads to are written out: all when there are no more, else so many of each
/// sort with which something is wrong.
const WRITTEN: usize = 10;

/// How many are named that cannot be read for the same reason as one that is written out.
const LIKEWISE: usize = 3;

/// The reports in text. Of many repositories that a source leads to, those are counted with which all is well, and of those
/// with which it is not the first are written out.
fn told(reports: &[Report]) -> String {
    let (led, own): (Vec<&Report>, Vec<&Report>) =
        reports.iter().partition(|report| report.origin.is_some());
    let mut told: String = own.into_iter().map(text).collect();
    if led.len() <= WRITTEN {
        told.extend(led.into_iter().map(text));
        return told;
    }
    let (failing, led): (Vec<_>, Vec<_>) = led.into_iter().partition(|led| led.error.is_some());
    let (held, led): (Vec<_>, Vec<_>) = led.into_iter().partition(|led| led.held_back.is_some());
    let (wrong, well): (Vec<_>, Vec<_>) = led.into_iter().partition(|led| led.problems > 0);
    let groups = alike(failing, |report| {
        report.error.as_deref().unwrap_or_default()
    });
    for group in groups.iter().take(WRITTEN) {
        told.push_str(&likewise(group));
    }
    let unnamed = groups.iter().skip(WRITTEN).map(Vec::len).sum();
    told.push_str(&more(unnamed, "that cannot be read, for other reasons"));
    for (reports, what) in [(&held, "that are held back"), (&wrong, "with problems")] {
        told.extend(reports.iter().take(WRITTEN).copied().map(text));
        told.push_str(&more(reports.len().saturating_sub(WRITTEN), what));
    }
    if !well.is_empty() {
        let entities = well.iter().map(|report| report.entities).sum();
        // Writing to a text cannot fail.
        let _ = writeln!(
            told,
            "… and {} that they lead to, in which all is well: {}",
            output::count(well.len(), "repository", "repositories"),
            output::count(entities, "entity", "entities"),
        );
    }
    told
}

/// Reports on what cannot be read for one reason: the first in full, the names of a few, the number of the rest.
fn likewise(group: &[&Report]) -> String {
    let Some((first, others)) = group.split_first() else {
        return String::new();
    };
    let mut told = text(first);
    if !others.is_empty() {
        let named = others.iter().take(LIKEWISE).map(|report| &*report.source);
        let named: Vec<&str> = named.collect();
        let left = match others.len() - named.len() {
            0 => String::new(),
            left => format!(" and {left} more, which `--format json` names"),
        };
        // Writing to a text cannot fail.
        let _ = writeln!(told, "  the same is true of {}{left}", named.join(", "));
    }
    told
}

fn more(count: usize, what: &str) -> String {
    match count {
        0 => String::new(),
        count => {
            let count = output::count(count, "more repository", "more repositories");
            format!("… and {count} {what}; `--format json` names them all\n")
        }
    }
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
