//! `callboard check`: lint descriptors and command files, and run nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::{Global, output};
use crate::action::ACTIONS;
use crate::bot;
use crate::catalog::check::{check_folder, check_sources};
use crate::catalog::problem::{Problem, Severity, excerpt};

/// The options of `callboard check`.
#[derive(Debug, Args)]
pub struct Options {
    /// Folders, repositories or single files; without any, the folder one is in
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How problems are written: with excerpts, as a JSON list, or as annotations of GitHub Actions
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Github,
}

/// Checks; 1 when there are errors.
pub async fn run(global: &Global, options: &Options) -> anyhow::Result<ExitCode> {
    let mut problems = Vec::new();
    if !global.source.is_empty() && options.paths.is_empty() {
        let config = global.config()?;
        // In a mirror of its own: the data folder may be in use by a running bot.
        let scratch = tempfile::tempdir().context("there is no room for a temporary folder")?;
        let timeout = config.sync.timeout.0;
        problems.extend(check_sources(&global.sources()?, scratch.path(), timeout).await?);
    } else {
        let here = [PathBuf::from(".")];
        let paths = if options.paths.is_empty() {
            &here[..]
        } else {
            &options.paths
        };
        for path in paths {
            problems.extend(check_path(path).await?);
        }
    }
    problems.sort();
    problems.dedup();
    let errors = problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .count();
    match options.format {
        Format::Json => output::json(&problems)?,
        Format::Github => output::text(&problems.iter().map(annotation).collect::<String>())?,
        Format::Text => output::text(&text(&problems, errors))?,
    };
    Ok(if errors == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

async fn check_path(path: &Path) -> anyhow::Result<Vec<Problem>> {
    let metadata =
        std::fs::metadata(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut problems = Vec::new();
    if metadata.is_dir() {
        // An organisation's own commands lie in `commands/`, or the folder itself is that folder.
        let own = path.strip_prefix(".").unwrap_or(path).join("commands");
        let folder = if path.file_name().is_some_and(|name| name == "commands") {
            path
        } else {
            &own
        };
        let commands = holds_commands(folder);
        for mut problem in check_folder(path).await? {
            // A folder of commands need not hold descriptors as well.
            if commands && problem.rule == "no-descriptor" {
                continue;
            }
            problem.file = shown(path, &problem.file);
            problems.push(problem);
        }
        if commands {
            let (_, found) = bot::book(Some(folder), ACTIONS);
            problems.extend(
                found
                    .into_iter()
                    .filter(|problem| Path::new(&problem.file).starts_with(folder)),
            );
        }
    } else {
        let name = path.to_string_lossy();
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        if path.extension().is_some_and(|ending| ending == "md") {
            let (_, found) = bot::book(Some(folder), ACTIONS);
            problems.extend(found.into_iter().filter(|problem| {
                Path::new(&problem.file) == folder.join(path.file_name().unwrap_or_default())
            }));
        } else {
            let bytes = std::fs::read(path).with_context(|| format!("{name} cannot be read"))?;
            let read = crate::catalog::descriptor::read(
                &name,
                &bytes,
                crate::catalog::descriptor::Scope::Descriptor,
            );
            problems.extend(read.problems);
        }
    }
    Ok(problems)
}

fn holds_commands(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|path| {
        path.extension().is_some_and(|ending| ending == "md")
            && std::fs::read_to_string(&path).is_ok_and(|text| text.trim_start().starts_with("+++"))
    })
}

fn shown(folder: &Path, file: &str) -> String {
    // What is wrong with the folder itself is said of `.`.
    if file == "." {
        return folder.to_string_lossy().into_owned();
    }
    let folder = folder.strip_prefix(".").unwrap_or(folder);
    folder.join(file).to_string_lossy().into_owned()
}

fn text(problems: &[Problem], errors: usize) -> String {
    let mut files: BTreeMap<&str, Option<String>> = BTreeMap::new();
    let mut text = String::new();
    for problem in problems {
        let source = files.entry(&problem.file).or_insert_with(|| {
            std::fs::read(&problem.file)
                .ok()
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        });
        text.push_str(&problem.to_string());
        text.push('\n');
        if let Some(source) = source {
            text.push_str(&excerpt(source, problem));
            text.push('\n');
        }
    }
    let warnings = problems.len() - errors;
    if problems.is_empty() {
        text.push_str("Everything is good.");
    } else {
        let errors = output::count(errors, "error", "errors");
        text.extend([
            &errors,
            " and ",
            &output::count(warnings, "warning", "warnings"),
            ".",
        ]);
    }
    text
}

/// A problem as a workflow command of GitHub Actions, with its escapes.
fn annotation(problem: &Problem) -> String {
    let data = |text: &str| {
        text.replace('%', "%25")
            .replace('\r', "%0D")
            .replace('\n', "%0A")
    };
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let kind = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    format!(
        "::{kind} file={},line={},col={},title={}::{}\n",
        property(&problem.file),
        problem.line,
        problem.column,
        property(&problem.rule),
        data(&problem.message)
    )
}
