//! Checking descriptors without keeping anything: every document, every Location, every reference.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::problem::{Problem, Severity};
use super::read::read;
use super::relation::Declared;
use super::source::Configured;
use super::state::{Facts, SourceState};
use super::{Catalog, EntityRef, Listed, RelationType};
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
    problems.extend(dangling(&catalog));
    problems
}

/// How many references that lead nowhere are compared with all others for a misspelling.
const COMPARED: usize = 200;

/// References that lead nowhere, as warnings: Backstage allows them.
fn dangling(catalog: &Catalog) -> Vec<Problem> {
    let known: HashSet<&EntityRef> = catalog
        .entities()
        .iter()
        .map(|entity| &entity.reference)
        .collect();
    let mut meant: HashMap<&EntityRef, Option<&EntityRef>> = HashMap::new();
    let mut warnings = Vec::new();
    for position in 0..u32::try_from(catalog.len()).unwrap_or(u32::MAX) {
        let Some(listed) = catalog.at(position) else {
            break;
        };
        for declared in &listed.entity.declared {
            let target = &declared.target;
            if known.contains(target) {
                continue;
            }
            let room = meant.len() < COMPARED;
            let near = *meant
                .entry(target)
                .or_insert_with(|| room.then(|| nearest(target, &known)).flatten());
            warnings.push(unknown(listed, declared, near));
        }
    }
    warnings
}

fn unknown(listed: Listed<'_>, declared: &Declared, meant: Option<&EntityRef>) -> Problem {
    let entity = listed.entity;
    let target = &declared.target;
    let owner = declared.relation == RelationType::OwnedBy;
    let (what, rule, line) = if owner {
        ("owner", "unknown-owner", entity.owner_line)
    } else {
        ("reference", "unknown-reference", None)
    };
    let remedy = match meant {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("correct it, or add the {}.", target.kind()),
    };
    Problem {
        file: listed.file.path.to_string(),
        line: line.unwrap_or(entity.line),
        column: 1,
        severity: Severity::Warning,
        rule: rule.to_owned(),
        message: format!("The {what} `{target}` does not exist in the catalog; {remedy}"),
        entity: Some(entity.reference.to_string()),
    }
}

/// The reference that is one of another kind but the same name, or spelled nearly like this one.
fn nearest<'a>(target: &EntityRef, known: &HashSet<&'a EntityRef>) -> Option<&'a EntityRef> {
    let most = if target.name().len() < 6 { 1 } else { 2 };
    known
        .iter()
        .filter(|other| other.namespace() == target.namespace())
        .filter_map(|other| {
            let distance = if other.kind() == target.kind() {
                strsim::osa_distance(other.name(), target.name())
            } else if other.name() == target.name() {
                most
            } else {
                return None;
            };
            (distance <= most).then_some((distance, *other))
        })
        .min()
        .map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_nowhere_is_compared_with_what_there_is() {
        let reference = |text: &str| EntityRef::parse(text, None, "default").expect("a reference");
        let all = [
            "group:pay-team",
            "system:ibm-mq",
            "group:ops",
            "user:pay-taem",
        ]
        .map(reference);
        let known: HashSet<&EntityRef> = all.iter().collect();
        let near = |text: &str| nearest(&reference(text), &known).map(EntityRef::as_str);
        assert_eq!(near("group:pay-taem"), Some("group:default/pay-team"));
        assert_eq!(near("component:ibm-mq"), Some("system:default/ibm-mq"));
        assert_eq!(near("group:dev"), None);
        assert_eq!(near("group:other/ops"), None);
    }
}
