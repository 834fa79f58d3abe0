//! Checking descriptors without keeping anything: every document, every Location, every reference.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::Catalog;
use super::problem::Problem;
use super::read::read;
use super::source::folder::FolderSource;
use super::source::{Configured, Selection, Source};
use super::state::{Facts, SourceState};
use crate::config::{ConfigError, SourceConfig};

/// Checks the descriptors of a folder, also of one that holds a repository: as they lie there, committed or not.
/// Paths in the problems are relative to the folder. References that lead nowhere are warnings.
pub async fn check_folder(folder: &Path) -> anyhow::Result<Vec<Problem>> {
    let selection = Selection::new(&[])?;
    let source = FolderSource::new(folder.to_owned(), selection.clone());
    let name = folder.display().to_string();
    Ok(problems(vec![read_all(&source, &selection, &name).await?]))
}

/// Checks whole sources, by what their newest revisions hold.
pub async fn check_sources(
    sources: &[SourceConfig],
    data: &Path,
    timeout: Duration,
) -> anyhow::Result<Vec<Problem>> {
    let configured: Result<Vec<Configured>, ConfigError> = sources
        .iter()
        .map(|source| Configured::new(source, data, timeout))
        .collect();
    let mut states = Vec::new();
    for source in configured? {
        states.push(read_all(&*source.source, &source.selection, &source.name).await?);
    }
    Ok(problems(states))
}

async fn read_all(
    source: &dyn Source,
    selection: &Selection,
    name: &str,
) -> anyhow::Result<Arc<SourceState>> {
    let before = SourceState::default();
    let Some(snapshot) = source.read(None).await? else {
        return Ok(Arc::new(before));
    };
    let reading = read(&snapshot, selection, &before, 0).await?;
    let facts = Facts {
        name: name.to_owned(),
        revision: Some(snapshot.revision),
        problems: reading.problems,
        ..Facts::default()
    };
    Ok(Arc::new(SourceState {
        facts,
        files: reading.files,
    }))
}

fn problems(states: Vec<Arc<SourceState>>) -> Vec<Problem> {
    let catalog = Catalog::new(states);
    let mut problems: Vec<Problem> = catalog
        .problems()
        .map(|(_, problem)| problem.clone())
        .collect();
    problems.extend(catalog.dangling().into_iter().map(|(_, problem)| problem));
    problems
}
