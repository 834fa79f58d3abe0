//! Checking descriptors without keeping anything: every document, every Location, every reference.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::Catalog;
use super::problem::Problem;
use super::read::read;
use super::source::Configured;
use super::state::{Facts, SourceState};
use crate::config::SourceConfig;

/// Checks the descriptors of a folder, also of one that holds a repository: as they lie there, committed or not.
/// Paths in the problems are relative to the folder. References that lead nowhere are warnings.
pub async fn check_folder(folder: &Path) -> anyhow::Result<Vec<Problem>> {
    let config = SourceConfig::folder(folder);
    // A folder needs no mirror and no patience.
    let source = Configured::new(&config, folder, Duration::MAX)?;
    Ok(problems(vec![read_all(&source).await?]))
}

/// Checks whole sources, by what their newest revisions hold. Mirrors of repositories are kept below `scratch`.
pub async fn check_sources(
    sources: &[SourceConfig],
    scratch: &Path,
    timeout: Duration,
) -> anyhow::Result<Vec<Problem>> {
    let mut states = Vec::new();
    for source in sources {
        let source = Configured::new(source, scratch, timeout)?;
        states.push(read_all(&source).await?);
    }
    Ok(problems(states))
}

async fn read_all(source: &Configured) -> anyhow::Result<Arc<SourceState>> {
    let before = SourceState::default();
    let Some(snapshot) = source.source.read(None).await? else {
        return Ok(Arc::new(before));
    };
    let reading = read(&snapshot, source, &before, 0, &|_| ()).await?;
    let facts = Facts {
        name: source.name.clone(),
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
