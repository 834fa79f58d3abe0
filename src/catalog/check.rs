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
    let state = read_all(&source).await?;
    Ok(problems(vec![state], Some(folder)))
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
    Ok(problems(states, None))
}

async fn read_all(source: &Configured) -> anyhow::Result<Arc<SourceState>> {
    let before = SourceState::default();
    let Some(snapshot) = source.source.read(None).await? else {
        return Ok(Arc::new(before));
    };
    let reading = read(&snapshot, source, None, &before, 0, &|_| ()).await?;
    let facts = Facts {
        name: source.name.clone(),
        revision: Some(snapshot.revision),
        problems: reading.problems,
        codeowners: reading.codeowners,
        ..Facts::default()
    };
    Ok(Arc::new(SourceState {
        facts,
        files: reading.files,
    }))
}

/// Everything that is wrong. With the folder that the files lie in, references are pointed at.
fn problems(states: Vec<Arc<SourceState>>, folder: Option<&Path>) -> Vec<Problem> {
    let catalog = Catalog::new(states);
    let mut problems: Vec<Problem> = catalog
        .problems()
        .map(|(_, problem)| problem.clone())
        .collect();
    problems.extend(dangling(&catalog, folder));
    problems
}

/// How many references that lead nowhere are compared with all others for a misspelling.
const COMPARED: usize = 200;

/// References that lead nowhere, as warnings: Backstage allows them.
fn dangling(catalog: &Catalog, folder: Option<&Path>) -> Vec<Problem> {
    let known: HashSet<&EntityRef> = catalog
        .entities()
        .iter()
        .map(|entity| &entity.reference)
        .collect();
    let mut texts: HashMap<&str, Option<String>> = HashMap::new();
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
            let path = &*listed.file.path;
            let text = texts
                .entry(path)
                .or_insert_with(|| std::fs::read_to_string(folder?.join(path)).ok());
            let mut warning = unknown(listed, declared, near);
            let first = warning.line;
            let found = text
                .as_ref()
                .and_then(|text| place(text, listed.entity.line, target));
            if let Some((line, column)) = found.filter(|(line, _)| *line >= first) {
                (warning.line, warning.column) = (line, column);
            }
            warnings.push(warning);
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
    let message = format!("The {what} `{target}` does not exist in the catalog; {remedy}");
    let line = line.unwrap_or(entity.line);
    Problem::at(&listed.file.path, line, Severity::Warning, rule, message).about(&entity.reference)
}

/// Line and column of a reference in the `spec` of the document that begins at `first`, however much of it is written.
fn place(text: &str, first: u32, target: &EntityRef) -> Option<(u32, u32)> {
    let written = [
        target.as_str().to_owned(),
        format!("{}:{}", target.kind(), target.name()),
        target.short().to_owned(),
        target.name().to_owned(),
    ];
    let mut in_spec = false;
    for (number, line) in (1..)
        .zip(text.lines())
        .skip(first.saturating_sub(1) as usize)
    {
        if number > first && line.starts_with("---") {
            return None;
        }
        in_spec |= line.starts_with("spec:");
        if !in_spec {
            continue;
        }
        let lower = line.to_ascii_lowercase();
        let found = written.iter().find_map(|written| word(&lower, written));
        if let Some(at) = found {
            let column = line[..at].chars().count() + 1;
            return Some((number, u32::try_from(column).unwrap_or(u32::MAX)));
        }
    }
    None
}

/// Where a reference stands in a line and is not a part of a longer one.
fn word(line: &str, reference: &str) -> Option<usize> {
    let goes_on = |c: char| c.is_alphanumeric() || "-_./:".contains(c);
    line.match_indices(reference).map(|(at, _)| at).find(|at| {
        let before = line[..*at].chars().next_back();
        let after = line[at + reference.len()..].chars().next();
        !before.is_some_and(goes_on) && !after.is_some_and(goes_on)
    })
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
    fn a_reference_is_pointed_at_where_it_is_written() {
        let text = "kind: Component\nmetadata: {name: ops}\nspec:\n  owner: dev-ops\n  dependsOn:\n    - Resource:default/Ops\n---\nspec: {owner: late}\n";
        let at = |reference: &str| {
            let target = EntityRef::parse(reference, None, "default").expect("a reference");
            place(text, 1, &target)
        };
        assert_eq!(at("group:dev-ops"), Some((4, 10)));
        assert_eq!(at("resource:ops"), Some((6, 7)));
        assert_eq!(at("group:late"), None);
    }

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
