//! The template that a command names, and the answers.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::bundled;
use crate::catalog::problem::{Problem, Severity};
use crate::catalog::source::{Configured, Reach};
use crate::catalog::yaml;
use crate::cli::{Global, around, output};
use crate::scaffold::parameters;
use crate::scaffold::source::{Elsewhere, Fetch, Held, Local};
use crate::scaffold::template::{Read, Template};
use crate::scaffold::workflow::Given;

/// A template and what it may fetch.
pub(super) struct Opened {
    /// What was found in its file.
    pub read: Read,
    /// Where its files come from.
    pub source: Elsewhere,
    /// Where the copies of other repositories are kept: the data folder may be in use by a running bot.
    _scratch: TempDir,
}

impl Opened {
    /// The template of a folder or file; or, where there is no such, the shipped one of that name.
    pub(super) fn open(global: &Global, folder: &Path) -> anyhow::Result<Self> {
        let shipped = folder.to_str().filter(|_| !folder.exists());
        let shipped = shipped.and_then(|name| {
            let files = bundled::templates();
            let read = Template::held(&files, name)?;
            Some((read, Held::new(files, name)))
        });
        let (read, beside): (Read, Box<dyn Fetch>) = if let Some((read, held)) = shipped {
            (read, Box::new(held))
        } else {
            let (folder, read) = match folder.file_name() {
                Some(file) if folder.is_file() => {
                    let folder = around(folder);
                    (folder, Template::at(folder, &file.to_string_lossy())?)
                }
                _ => (folder, Template::in_folder(folder)?),
            };
            let local = Local::new(folder)
                .with_context(|| format!("{} cannot be read", folder.display()))?;
            (read, Box::new(local))
        };
        let config = global.config()?;
        let scratch = tempfile::tempdir().context("there is no room for a temporary folder")?;
        let timeout = config.sync.timeout.0;
        let configured = config
            .sources
            .iter()
            .chain(&global.sources()?)
            .map(|source| Configured::new(source, scratch.path(), timeout).map(Arc::new))
            .collect::<Result<Vec<_>, _>>();
        let reach = configured.and_then(|sources| {
            Reach::new(&sources, &config.locations.allow, scratch.path(), timeout)
        });
        // Whatever is wrong there matters only when something is fetched from elsewhere.
        let reach = reach.map_err(|error| error.to_string());
        Ok(Self {
            read,
            source: Elsewhere::new(beside, reach, timeout),
            _scratch: scratch,
        })
    }

    /// The template. What is wrong with it is told; `None` where that keeps it from being used.
    pub(super) fn template(&self) -> Option<&Template> {
        let problems = &self.read.problems;
        for problem in problems {
            output::note(&problem.to_string());
        }
        let is_error = |problem: &Problem| problem.severity == Severity::Error;
        let template = self.read.template.as_ref();
        template.filter(|_| !problems.iter().any(is_error))
    }
}

/// What a template is run with by the answers in a file, as its form would send them: with its defaults, and secrets apart.
/// What is wrong with them is told; `None` where something is.
pub(super) fn given(template: &Template, file: &Path, task: &str) -> anyhow::Result<Option<Given>> {
    let mut answers = parameters::with_defaults(template, values(file)?);
    let faults = parameters::validate(template, &answers);
    for fault in &faults {
        output::note(&format!("{}: {}", file.display(), fault.sentence));
    }
    let mut secrets = Map::new();
    let declared = parameters::declared(template);
    for path in declared
        .iter()
        .filter(|known| known.is_secret)
        .map(|known| &known.path)
    {
        let Some((name, around)) = path.split_last() else {
            continue;
        };
        let around = around.iter().try_fold(&mut answers, |answers, name| {
            answers.get_mut(name).and_then(Value::as_object_mut)
        });
        if let Some(value) = around.and_then(|answers| answers.get_mut(name)) {
            secrets.insert(
                name.clone(),
                std::mem::replace(value, Value::from("******")),
            );
        }
    }
    Ok(faults.is_empty().then(|| Given {
        parameters: answers,
        secrets,
        user: json!({}),
        task: task.to_owned(),
        ..Given::default()
    }))
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
