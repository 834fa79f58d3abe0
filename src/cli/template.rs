//! `callboard template`: golden-path templates, without any forge.

mod plan;
mod render;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use serde_json::{Map, Value};

use super::output;
use crate::catalog::problem::Severity;
use crate::catalog::yaml;
use crate::scaffold::template::Template;

/// The commands of `callboard template`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs a template's steps up to the first that needs a forge, and writes what they made; 1 when a step fails
    Render(render::Render),
    /// Says what would be made and done, and does nothing; 1 when it cannot be done
    Plan(plan::Plan),
}

/// Does it.
pub async fn run(command: &Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Render(options) => render::run(options).await,
        Command::Plan(options) => plan::run(options).await,
    }
}

/// The template of a folder. What is wrong with it is told; `None` where that keeps it from being used.
fn read(folder: &Path) -> anyhow::Result<Option<Template>> {
    let read = Template::in_folder(folder)?;
    for problem in &read.problems {
        output::note(&problem.to_string());
    }
    let wrong = read
        .problems
        .iter()
        .any(|problem| problem.severity == Severity::Error);
    Ok(read.template.filter(|_| !wrong))
}

/// The answers in a file.
fn values(file: &Path) -> anyhow::Result<Map<String, Value>> {
    let place = file.display();
    let text = fs::read_to_string(file).with_context(|| format!("{place} cannot be read"))?;
    let tree = yaml::parse(&text, 0).map_err(|fault| {
        anyhow::anyhow!("{place}:{}:{}: {}", fault.line, fault.column, fault.message)
    })?;
    let mut json = String::new();
    if let Some(tree) = &tree {
        tree.root().write_json(&mut json);
    }
    match serde_json::from_str(&json) {
        Ok(Value::Object(values)) => Ok(values),
        _ => bail!("{place} must hold the answers by their names, like `name: payments`"),
    }
}
