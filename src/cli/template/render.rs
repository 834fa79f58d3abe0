//! `callboard template render`: what a template makes, in a folder.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;

use super::{Opened, given};
use crate::cli::{Global, output};
use crate::scaffold::expression::Surroundings;
use crate::scaffold::step::elsewhere;
use crate::scaffold::tree::{Node, Tree};
use crate::scaffold::workflow::{self, Outcome, World};

/// What is rendered, and where to.
#[derive(Debug, Args)]
pub struct Render {
    /// The template's folder or file, or the name of a shipped template
    #[arg(value_name = "TEMPLATE")]
    folder: PathBuf,
    /// The answers to its form, as YAML or JSON
    #[arg(long, value_name = "FILE")]
    values: PathBuf,
    /// The folder to write into, which must be empty or not there yet
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Stop before the step of this id
    #[arg(long, value_name = "STEP")]
    until: Option<String>,
}

/// Renders, writes and tells.
pub(super) async fn run(global: &Global, options: &Render) -> anyhow::Result<ExitCode> {
    let opened = Opened::open(global, &options.folder)?;
    let Some(template) = opened.template() else {
        return Ok(ExitCode::from(1));
    };
    if let Some(step) = &options.until
        && template.steps.iter().all(|known| known.id != *step)
    {
        let ids: Vec<&str> = template.steps.iter().map(|step| step.id.as_str()).collect();
        bail!(
            "the template has no step {step:?}; its steps are {}",
            ids.join(", ")
        );
    }
    let Some(mut given) = given(template, &options.values, "render")? else {
        return Ok(ExitCode::from(1));
    };
    given.until.clone_from(&options.until);
    let is_free = match fs::read_dir(&options.out) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => {
            let place = options.out.display();
            return Err(error).with_context(|| format!("{place} cannot be written into"));
        }
    };
    if !is_free {
        bail!(
            "{} is not empty: name a folder that is, or one that is not there yet",
            options.out.display()
        );
    }
    let world = World::of(&opened.source);
    let outcome = workflow::run(template, &given, world, &Surroundings::default()).await;
    write(&options.out, &outcome.tree)?;
    for (id, message) in &outcome.log {
        output::note(&format!("{id}: {message}"));
    }
    for (pointer, sentence) in &outcome.left {
        let at = template.positions.value(pointer);
        output::note(&format!(
            "{}:{}:{}: This expression was left as it is, as Backstage leaves it: {sentence}",
            template.file, at.line, at.column
        ));
    }
    output::text(&told(&outcome, options))?;
    Ok(match outcome.failed {
        Some(_) => ExitCode::from(1),
        None => ExitCode::SUCCESS,
    })
}

/// Writes a workspace out.
fn write(out: &Path, tree: &Tree) -> anyhow::Result<()> {
    let failed = |path: &Path| format!("{} cannot be written", path.display());
    fs::create_dir_all(out).with_context(|| failed(out))?;
    for (path, node) in tree.nodes() {
        let path = out.join(path);
        let written = match node {
            Node::Folder => fs::create_dir_all(&path),
            Node::Link { target } => symlink(target, &path),
            Node::File { content, mode } => OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(*mode)
                .open(&path)
                .and_then(|mut file| file.write_all(content)),
        };
        written.with_context(|| failed(&path))?;
    }
    Ok(())
}

/// What came of it, in words.
fn told(outcome: &Outcome, options: &Render) -> String {
    let files = output::count(outcome.tree.files().count(), "file", "files");
    let mut told = format!("{files} written into {}.", options.out.display());
    if let Some((step, sentence)) = &outcome.failed {
        told = format!("{told}\nThe step {step} failed: {sentence}");
    }
    if let Some((id, action)) = &outcome.stopped {
        let why = if options.until.as_ref() == Some(id) {
            "as you asked"
        } else if elsewhere::find(action).is_some() {
            "which reaches beyond this folder"
        } else {
            "which Callboard does not know"
        };
        told = format!("{told}\nStopped before the step {id} ({action}), {why}.");
    }
    told
}
