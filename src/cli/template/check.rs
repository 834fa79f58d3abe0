//! `callboard template check`: slips in one template.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::{Format, Opened};
use crate::catalog::problem::Severity;
use crate::cli::check::{settle, written};
use crate::cli::{Global, output};
use crate::scaffold::check;

/// What is checked.
#[derive(Debug, Args)]
pub struct Check {
    /// The template's folder or file, or the name of a shipped template
    #[arg(value_name = "TEMPLATE")]
    folder: PathBuf,
    /// How problems are written: with excerpts, or as a JSON list
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Checks and tells.
pub(super) async fn run(global: &Global, options: &Check) -> anyhow::Result<ExitCode> {
    let opened = Opened::open(global, &options.folder)?;
    // Problems name files beside the template's own.
    let folder = if options.folder.is_file() {
        options.folder.parent().unwrap_or(Path::new(""))
    } else {
        &options.folder
    };
    let name = |file: &str| folder.join(file).display().to_string();
    let mut problems = check::check_read(opened.read, &opened.source, name).await;
    settle(&mut problems, &global.config()?.check.rules);
    let is_error = |severity| severity == Severity::Error;
    let errors = problems
        .iter()
        .filter(|problem| is_error(problem.severity))
        .count();
    match options.format {
        Format::Text => output::text(&written::text(&problems, &BTreeMap::new(), errors))?,
        Format::Json => output::json(&problems)?,
    };
    Ok(match errors {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(1),
    })
}
