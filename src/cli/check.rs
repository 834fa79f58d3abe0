//! `callboard check`: lint descriptors, CODEOWNERS and command files, and run nothing.

mod paths;
mod sarif;
pub(super) mod written;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::{Global, output};
use crate::catalog::check::{Against, Checked, check_sources};
use crate::catalog::problem::rule::{self, RULES};
use crate::catalog::problem::{Problem, Severity, near};
use crate::config::{Level, SourceConfig};

/// The options of `callboard check`.
#[derive(Debug, Args)]
pub struct Options {
    /// Folders, repositories or single files; without any, the folder one is in
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How problems are written: with excerpts, as a JSON list, as a SARIF log, or as annotations of GitHub Actions
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Also hold references and names against this source: a configured one's name, a path or a URL; may be given several times
    #[arg(long, value_name = "SOURCE")]
    against: Vec<String>,
    /// Sets a rule to `error`, `warning` or `off`, like `missing-owner=off`; may be given several times
    #[arg(long, value_name = "NAME=LEVEL", value_parser = rule_level)]
    rule: Vec<(String, Level)>,
    /// Mends what can be mended without a doubt, and says what
    #[arg(long)]
    fix: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Sarif,
    Github,
}

/// Checks; 1 when there are errors.
pub async fn run(global: &Global, options: &Options) -> anyhow::Result<ExitCode> {
    let config = global.config()?;
    let mut levels = config.check.rules.clone();
    for name in levels.keys() {
        known(name).map_err(|sentence| anyhow::anyhow!("check.rules: {sentence}"))?;
    }
    levels.extend(options.rule.iter().cloned());
    // In a mirror of its own: the data folder may be in use by a running bot.
    let scratch = tempfile::tempdir().context("there is no room for a temporary folder")?;
    let timeout = config.sync.timeout.0;
    let mut others = Vec::new();
    for place in &options.against {
        let configured = config.sources.iter().find(|source| source.name == *place);
        others
            .push(configured.map_or_else(|| SourceConfig::of(place), |source| Ok(source.clone()))?);
    }
    let against = Against::read(&others, &scratch.path().join("against"), timeout).await?;
    let whole_sources = !global.source.is_empty() && options.paths.is_empty();
    let mut checked = if whole_sources {
        anyhow::ensure!(
            !options.fix,
            "--fix mends files, not sources; name their paths instead of --source"
        );
        check_sources(&global.sources()?, &against, scratch.path(), timeout).await?
    } else {
        let here = [PathBuf::from(".")];
        let paths = if options.paths.is_empty() {
            &here[..]
        } else {
            &options.paths
        };
        if options.fix {
            let said = paths::fix(paths, &levels).await?;
            match options.format {
                Format::Text if !said.is_empty() => drop(output::text(&said)?),
                _ if !said.is_empty() => output::note(&said),
                _ => {}
            }
        }
        paths::check(paths, &against).await?
    };
    settle(&mut checked.problems, &levels);
    let Checked {
        problems, texts, ..
    } = &checked;
    let errors = problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .count();
    match options.format {
        Format::Json => output::json(problems)?,
        Format::Sarif => output::json(&sarif::log(problems, &levels))?,
        Format::Github => output::text(&written::annotations(problems))?,
        Format::Text => output::text(&written::text(problems, texts, errors))?,
    };
    Ok(if errors == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

/// Puts problems in order, each as bad as its rule is set to.
pub(super) fn settle(problems: &mut Vec<Problem>, levels: &BTreeMap<String, Level>) {
    problems.retain_mut(|problem| {
        match levels.get(&problem.rule) {
            Some(Level::Error) => problem.severity = Severity::Error,
            Some(Level::Warning) => problem.severity = Severity::Warning,
            Some(Level::Off) => return false,
            None => {}
        }
        true
    });
    problems.sort();
    problems.dedup();
}

/// Whether there is a rule of this name, or a sentence that says which may be meant.
fn known(name: &str) -> Result<(), String> {
    if rule::find(name).is_some() {
        return Ok(());
    }
    let names = RULES.iter().map(|rule| rule.name);
    let meant = near(name, names).map_or_else(
        || "docs/rules.md names them all".to_owned(),
        |meant| format!("did you mean `{meant}`?"),
    );
    Err(format!("there is no rule `{name}`; {meant}"))
}

fn rule_level(text: &str) -> Result<(String, Level), String> {
    let (name, level) = text
        .split_once('=')
        .ok_or("write a rule and its level, like missing-owner=off")?;
    known(name)?;
    let level = match level {
        "error" => Level::Error,
        "warning" => Level::Warning,
        "off" => Level::Off,
        _ => return Err("a level is error, warning or off".to_owned()),
    };
    Ok((name.to_owned(), level))
}
