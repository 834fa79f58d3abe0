//! Checking descriptors without keeping anything: every document, every Location, every reference.

mod codeowners;
pub mod fix;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::codeowners::CodeOwners;
use super::problem::{Problem, Severity, rule};
use super::read::read;
use super::relation::Declared;
use super::source::{Configured, Content, Leaf};
use super::state::{Facts, SourceState};
use super::{Catalog, Entity, EntityRef, Listed, RelationType};
use crate::config::SourceConfig;

/// What is wrong with what was checked, and the texts in which it is wrong.
#[derive(Debug, Default)]
pub struct Checked {
    /// The problems, in no order.
    pub problems: Vec<Problem>,
    /// The texts of files that have problems, by their paths within the source.
    pub texts: BTreeMap<String, String>,
    /// The paths of the files that hold templates.
    pub templates: Vec<String>,
}

/// The rest of the catalog, against which something is checked.
#[derive(Default)]
pub struct Against {
    states: Vec<Arc<SourceState>>,
}

/// A source as it was read.
struct Taken {
    state: Arc<SourceState>,
    texts: Texts,
}

/// What fetches the content of a file.
type Reader = Box<dyn FnMut(&Leaf) -> Content + Send>;

/// The texts of a source's files, each fetched when it is asked for.
#[derive(Default)]
struct Texts {
    leaves: HashMap<String, Leaf>,
    reader: Option<Reader>,
    read: HashMap<String, Option<String>>,
}

impl Against {
    /// Reads the newest revisions of sources. Mirrors of repositories are kept below `scratch`.
    pub async fn read(
        sources: &[SourceConfig],
        scratch: &Path,
        timeout: Duration,
    ) -> anyhow::Result<Self> {
        let mut states = Vec::new();
        for source in sources {
            let source = Configured::new(source, scratch, timeout)?;
            states.push(read_all(&source).await?.state);
        }
        Ok(Self { states })
    }

    /// The states without what is checked itself: the same entity in a file of the same path.
    fn beside(&self, checked: &SourceState) -> Vec<Arc<SourceState>> {
        let own: HashMap<&EntityRef, &str> = checked
            .files
            .iter()
            .flat_map(|file| {
                let path = &*file.path;
                file.entities
                    .iter()
                    .map(move |kept| (&kept.entity.reference, path))
            })
            .collect();
        let same = |one: &str, other: &str| {
            let ends = |long: &str, short: &str| {
                long.strip_suffix(short)
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
            };
            ends(one, other) || ends(other, one)
        };
        let strip = |state: &Arc<SourceState>| {
            let files = state.files.iter().map(|file| {
                let gone = |entity: &Entity| {
                    own.get(&entity.reference)
                        .is_some_and(|path| same(path, &file.path))
                };
                // Most files have nothing to do with what is checked.
                if file.entities.iter().any(|kept| gone(&kept.entity)) {
                    Arc::new(file.without(gone))
                } else {
                    file.clone()
                }
            });
            Arc::new(SourceState {
                facts: state.facts.clone(),
                files: files.collect(),
            })
        };
        self.states.iter().map(strip).collect()
    }
}

impl Texts {
    fn get(&mut self, path: &str) -> Option<&str> {
        if !self.read.contains_key(path) {
            let content = self
                .leaves
                .get(path)
                .zip(self.reader.as_mut())
                .map(|(leaf, read)| read(leaf));
            let text = match content {
                Some(Content::Bytes(bytes)) => Some(String::from_utf8_lossy(&bytes).into_owned()),
                _ => None,
            };
            self.read.insert(path.to_owned(), text);
        }
        self.read.get(path)?.as_deref()
    }
}

/// Checks the descriptors of a folder, also of one that holds a repository: as they lie there, committed or not.
/// Paths in the problems are relative to the folder. References that lead nowhere are warnings.
pub async fn check_folder(folder: &Path, against: &Against) -> anyhow::Result<Checked> {
    let config = SourceConfig::folder(folder);
    // A folder needs no mirror and no patience.
    let source = Configured::new(&config, folder, Duration::MAX)?;
    let mut checked = problems(vec![read_all(&source).await?], against);
    let files = codeowners::files(folder);
    checked.lint_codeowners(&files);
    Ok(checked.checked)
}

/// Checks one file, whatever its name, and its references where there is something to hold them against.
pub async fn check_file(folder: &Path, name: &str, against: &Against) -> anyhow::Result<Checked> {
    let mut config = SourceConfig::folder(folder);
    config.include = vec![globset::escape(name)];
    let source = Configured::new(&config, folder, Duration::MAX)?;
    let mut checked = problems(vec![read_all(&source).await?], against).checked;
    checked.problems.retain(|problem| problem.file == name);
    if against.states.is_empty() {
        let alone = [
            rule::UNKNOWN_OWNER,
            rule::UNKNOWN_REFERENCE,
            rule::LOCATION_TARGET,
        ];
        checked
            .problems
            .retain(|problem| !alone.contains(&&*problem.rule));
    }
    Ok(checked)
}

/// Checks whole sources, by what their newest revisions hold. Mirrors of repositories are kept below `scratch`.
pub async fn check_sources(
    sources: &[SourceConfig],
    against: &Against,
    scratch: &Path,
    timeout: Duration,
) -> anyhow::Result<Checked> {
    let mut taken = Vec::new();
    for source in sources {
        let source = Configured::new(source, scratch, timeout)?;
        taken.push(read_all(&source).await?);
    }
    Ok(problems(taken, against).checked)
}

async fn read_all(source: &Configured) -> anyhow::Result<Taken> {
    let before = SourceState::default();
    let Some(snapshot) = source.source.read(None).await? else {
        return Ok(Taken {
            state: Arc::new(before),
            texts: Texts::default(),
        });
    };
    let reading = read(&snapshot, source, None, &before, 0, &|_| ()).await?;
    let leaves = snapshot.files.iter();
    let texts = Texts {
        leaves: leaves
            .map(|leaf| (leaf.path.to_string(), leaf.clone()))
            .collect(),
        reader: Some(snapshot.contents.reader()),
        read: HashMap::new(),
    };
    let facts = Facts {
        name: source.name.clone(),
        revision: Some(snapshot.revision),
        problems: reading.problems,
        codeowners: reading.codeowners,
        ..Facts::default()
    };
    let state = Arc::new(SourceState {
        facts,
        files: reading.files,
    });
    Ok(Taken { state, texts })
}

/// What was checked, with the catalog that it makes together with the rest.
struct Whole {
    catalog: Catalog,
    checked: Checked,
    codeowners: Option<Arc<CodeOwners>>,
}

impl Whole {
    /// Adds what is wrong with CODEOWNERS beyond its syntax.
    fn lint_codeowners(&mut self, files: &[String]) {
        if let Some(file) = &self.codeowners {
            let found = codeowners::lint(file, files, &self.catalog);
            self.checked.problems.extend(found);
        }
    }
}

/// Everything that is wrong with what was taken; references and targets are pointed at where they are written.
fn problems(taken: Vec<Taken>, against: &Against) -> Whole {
    let mut states = Vec::new();
    for one in &taken {
        states.extend(against.beside(&one.state));
    }
    // What is there already comes first: a conflict is one of what is checked.
    let first = states.len();
    let codeowners = taken
        .first()
        .and_then(|one| one.state.facts.codeowners.clone());
    let mut texts = Vec::new();
    for one in taken {
        states.push(one.state);
        texts.push(one.texts);
    }
    let catalog = Catalog::new(states);
    let checked: Vec<&Arc<SourceState>> = catalog.sources().iter().skip(first).collect();
    let mut problems = Vec::new();
    for (number, state) in checked.iter().enumerate() {
        let own = state.problems().chain(catalog.conflicts(first + number));
        for problem in own {
            problems.push(pointed(&catalog, problem.clone(), &mut texts[number]));
        }
    }
    problems.extend(dangling(&catalog, &checked, &mut texts));
    let mut shown = BTreeMap::new();
    for problem in &problems {
        let text = texts
            .iter_mut()
            .find_map(|texts| texts.get(&problem.file).map(str::to_owned));
        if let Some(text) = text {
            shown.entry(problem.file.clone()).or_insert(text);
        }
    }
    let files = checked.iter().flat_map(|state| &state.files);
    let templates = files
        .filter(|file| {
            file.entities
                .iter()
                .any(|kept| &*kept.entity.kind == "Template")
        })
        .map(|file| file.path.to_string())
        .collect();
    let checked = Checked {
        problems,
        texts: shown,
        templates,
    };
    Whole {
        catalog,
        checked,
        codeowners,
    }
}

/// The problem at the target of its Location, which the message names.
fn pointed(catalog: &Catalog, problem: Problem, texts: &mut Texts) -> Problem {
    if !matches!(
        &*problem.rule,
        rule::LOCATION_TARGET | rule::LOCATION_ELSEWHERE
    ) {
        return problem;
    }
    let location = problem
        .entity
        .as_deref()
        .and_then(|reference| EntityRef::parse(reference, None, "default").ok());
    let listed = location.and_then(|reference| catalog.get(&reference));
    let targets = listed
        .and_then(|listed| listed.entity.targets())
        .map(|targets| targets.targets);
    let found = targets.into_iter().flatten().find_map(|target| {
        let named = problem.message.contains(&format!("{target:?}"));
        let text = texts.get(&problem.file).filter(|_| named)?;
        place(text, problem.line, &[target])
    });
    match found {
        Some((line, column)) => Problem {
            line,
            column,
            ..problem
        },
        None => problem,
    }
}

/// How many references that lead nowhere are compared with all others for a misspelling.
const COMPARED: usize = 200;

/// References that lead nowhere, as warnings: Backstage allows them.
fn dangling(catalog: &Catalog, checked: &[&Arc<SourceState>], texts: &mut [Texts]) -> Vec<Problem> {
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
        let own = checked
            .iter()
            .position(|state| Arc::ptr_eq(state, listed.source));
        let Some(number) = own else {
            continue;
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
            let mut warning = unknown(listed, declared, near);
            let first = warning.line;
            let text = texts
                .get_mut(number)
                .and_then(|texts| texts.get(&listed.file.path));
            let found = text.and_then(|text| place(text, listed.entity.line, &written(target)));
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
        ("owner", rule::UNKNOWN_OWNER, entity.owner_line)
    } else {
        ("reference", rule::UNKNOWN_REFERENCE, None)
    };
    let remedy = match meant {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("correct it, or add the {}.", target.kind()),
    };
    let message = format!("The {what} `{target}` does not exist in the catalog; {remedy}");
    let line = line.unwrap_or(entity.line);
    Problem::at(&listed.file.path, line, Severity::Warning, rule, message).about(&entity.reference)
}

/// How a reference may be written, the whole of it first.
fn written(target: &EntityRef) -> [String; 4] {
    [
        target.as_str().to_owned(),
        format!("{}:{}", target.kind(), target.name()),
        target.short().to_owned(),
        target.name().to_owned(),
    ]
}

/// Line and column of one of these words in the `spec` of the document that begins at `first`.
fn place(text: &str, first: u32, written: &[String]) -> Option<(u32, u32)> {
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
        let found = written
            .iter()
            .find_map(|written| word(&lower, &written.to_ascii_lowercase()));
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
            place(text, 1, &written(&target))
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
