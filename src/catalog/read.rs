//! Reading a snapshot: which files are descriptors, what Locations point to, what is only a template's skeleton.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::descriptor::{self, Scope};
use super::entity::Entity;
use super::file::SourceFile;
use super::problem::{Problem, Severity};
use super::source::{Content, Leaf, Selection, Snapshot, glob};
use super::state::SourceState;

/// What a snapshot holds for the catalog.
pub struct Reading {
    /// The descriptor files, sorted by path.
    pub files: Vec<Arc<SourceFile>>,
    /// How many of them were parsed again because they are new or changed.
    pub parsed: usize,
    /// What is wrong beyond single documents.
    pub problems: Vec<Problem>,
}

/// How deep Locations may lead to Locations.
const LOCATION_DEPTH: usize = 16;

/// Reads a snapshot. Files whose content did not change are taken over from `before`.
///
/// With default discovery these are read: files named like descriptors, and what the Locations among them point to
/// by relative path; where that gives no more than templates, every YAML file is looked into.
pub async fn read(
    snapshot: &Snapshot,
    selection: &Selection,
    before: &SourceState,
    now: u64,
) -> anyhow::Result<Reading> {
    let mut reading = Progress {
        snapshot,
        before,
        now,
        files: BTreeMap::new(),
        parsed: 0,
        problems: Vec::new(),
    };
    let mut wanted: Vec<(&Leaf, Scope)> = Vec::new();
    for leaf in &snapshot.files {
        if selection.names(&leaf.path) {
            wanted.push((leaf, Scope::Descriptor));
        } else if selection.looks_into(&leaf.path) {
            wanted.push((leaf, Scope::Looked));
        }
    }
    let mut round = 0;
    while !wanted.is_empty() && round < LOCATION_DEPTH {
        let paths = reading.take(wanted).await?;
        wanted = reading.follow(&paths);
        round += 1;
    }
    if selection.default && !reading.found_something() {
        let rest = snapshot
            .files
            .iter()
            .map(|leaf| (leaf, Scope::Looked))
            .collect();
        reading.take(rest).await?;
    }
    Ok(reading.finish())
}

struct Progress<'a> {
    snapshot: &'a Snapshot,
    before: &'a SourceState,
    now: u64,
    files: BTreeMap<&'a str, Arc<SourceFile>>,
    parsed: usize,
    problems: Vec<Problem>,
}

impl<'a> Progress<'a> {
    /// Takes files in: those that did not change from before, the others by parsing them side by side.
    /// Gives the paths that are new in this reading.
    async fn take(&mut self, wanted: Vec<(&'a Leaf, Scope)>) -> anyhow::Result<Vec<&'a str>> {
        let mut taken = Vec::with_capacity(wanted.len());
        let mut parse = Vec::new();
        for (leaf, scope) in wanted {
            if self.files.contains_key(&*leaf.path) {
                continue;
            }
            if leaf.link {
                if scope == Scope::Descriptor {
                    self.problems.push(link_problem(&leaf.path));
                }
                continue;
            }
            taken.push(&*leaf.path);
            match self
                .before
                .file(&leaf.path)
                .filter(|file| file.blob == leaf.blob)
            {
                Some(same) => {
                    self.files.insert(&leaf.path, same.clone());
                }
                None => parse.push((leaf, scope)),
            }
        }
        if !parse.is_empty() {
            let leaves: Vec<&Leaf> = parse.iter().map(|(leaf, _)| *leaf).collect();
            self.snapshot.contents.want(&leaves).await?;
            crate::telemetry::reached("parse");
            self.parsed += parse.len();
            for ((leaf, _), file) in parse.iter().zip(self.parse(&parse)) {
                self.files.insert(&leaf.path, Arc::new(file));
            }
        }
        Ok(taken)
    }

    fn parse(&self, wanted: &[(&Leaf, Scope)]) -> Vec<SourceFile> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let size = wanted.len().div_ceil(threads).max(16);
        std::thread::scope(|scope| {
            let handles: Vec<_> = wanted
                .chunks(size)
                .map(|part| (part, scope.spawn(move || self.parse_part(part))))
                .collect();
            let broken = |(leaf, _): &(&Leaf, Scope)| {
                let read = only(unreadable(
                    &leaf.path,
                    "the reader failed on it or on a file beside it",
                ));
                self.file(leaf, read)
            };
            handles
                .into_iter()
                .flat_map(|(part, handle)| {
                    handle
                        .join()
                        .unwrap_or_else(|_| part.iter().map(broken).collect())
                })
                .collect()
        })
    }

    fn parse_part(&self, part: &[(&Leaf, Scope)]) -> Vec<SourceFile> {
        let mut content = self.snapshot.contents.reader();
        part.iter()
            .map(|(leaf, scope)| {
                let path = &*leaf.path;
                let read = match content(leaf) {
                    Content::Bytes(bytes) => descriptor::read(path, &bytes, *scope),
                    // A file that is merely looked into may be as it likes.
                    _ if *scope == Scope::Looked => descriptor::Read::default(),
                    Content::TooLarge(size) => only(descriptor::too_large(path, size)),
                    Content::Unreadable(why) => only(unreadable(path, &why)),
                };
                self.file(leaf, read)
            })
            .collect()
    }

    fn file(&self, leaf: &Leaf, read: descriptor::Read) -> SourceFile {
        let before = self.before.file(&leaf.path).map(|file| &**file);
        SourceFile::new(&leaf.path, leaf.blob, read, before, self.now)
    }

    /// The files that the Locations in the given files point to.
    fn follow(&mut self, paths: &[&'a str]) -> Vec<(&'a Leaf, Scope)> {
        let mut found = Vec::new();
        for path in paths {
            let Some(file) = self.files.get(path).cloned() else {
                continue;
            };
            for kept in &file.entities {
                let Some(location) = kept.entity.targets() else {
                    continue;
                };
                for target in location.targets {
                    match self.resolve(path, &target) {
                        Ok(leaves) if leaves.is_empty() && location.required => {
                            self.problems
                                .push(target_problem(path, &kept.entity, &target));
                        }
                        Ok(leaves) => {
                            found.extend(leaves.into_iter().map(|leaf| (leaf, Scope::Descriptor)));
                        }
                        Err(Elsewhere) => {}
                    }
                }
            }
        }
        found
    }

    /// The files that a target names, seen from the file at `path`.
    fn resolve(&self, path: &str, target: &str) -> Result<Vec<&'a Leaf>, Elsewhere> {
        if target.contains("://") {
            return Err(Elsewhere);
        }
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let Some(full) = join(folder, target) else {
            return Ok(Vec::new());
        };
        let files = &self.snapshot.files;
        if !full.contains(['*', '?', '[', '{']) {
            let found = files.binary_search_by(|leaf| (*leaf.path).cmp(&full));
            return Ok(found
                .map(|position| vec![&files[position]])
                .unwrap_or_default());
        }
        let Ok(pattern) = glob(&full) else {
            return Ok(Vec::new());
        };
        let matcher = pattern.compile_matcher();
        Ok(files
            .iter()
            .filter(|leaf| matcher.is_match(&*leaf.path))
            .collect())
    }

    /// Whether there is an entity beside templates and Locations, or a descriptor that is only broken.
    fn found_something(&self) -> bool {
        self.files.values().any(|file| {
            !file.problems.is_empty()
                || file
                    .entities
                    .iter()
                    .any(|kept| !matches!(kept.entity.reference.kind(), "template" | "location"))
        })
    }

    fn finish(mut self) -> Reading {
        let skeletons: BTreeSet<String> = self
            .files
            .iter()
            .flat_map(|(path, file)| file.entities.iter().map(move |kept| (path, kept)))
            .flat_map(|(path, kept)| {
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                kept.entity
                    .fetched_folders()
                    .into_iter()
                    .filter_map(move |fetched| join(folder, &fetched))
            })
            .filter(|folder| !folder.is_empty())
            .collect();
        let in_skeleton = |path: &str| {
            path.char_indices()
                .filter(|(_, c)| *c == '/')
                .any(|(position, _)| skeletons.contains(&path[..position]))
        };
        self.files.retain(|path, _| !in_skeleton(path));
        self.problems.retain(|problem| !in_skeleton(&problem.file));
        Reading {
            files: self.files.into_values().collect(),
            parsed: self.parsed,
            problems: self.problems,
        }
    }
}

/// A target that is not in this source.
struct Elsewhere;

/// Joins a relative path to a folder; `None` when it leads out of the source.
fn join(folder: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    if relative.starts_with('/') {
        parts.clear();
    }
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}

fn only(problem: Problem) -> descriptor::Read {
    descriptor::Read {
        entities: Vec::new(),
        problems: vec![problem],
    }
}

fn problem(path: &str, line: u32, rule: &str, severity: Severity, message: String) -> Problem {
    Problem {
        file: path.to_owned(),
        line,
        column: 1,
        severity,
        rule: rule.to_owned(),
        message,
        entity: None,
    }
}

fn link_problem(path: &str) -> Problem {
    let message =
        "This is a symbolic link, and links are not followed; put the descriptor itself here.";
    problem(
        path,
        1,
        "symbolic-link",
        Severity::Warning,
        message.to_owned(),
    )
}

fn unreadable(path: &str, why: &str) -> Problem {
    problem(
        path,
        1,
        "unreadable",
        Severity::Error,
        format!("The file cannot be read: {why}."),
    )
}

fn target_problem(path: &str, location: &Entity, target: &str) -> Problem {
    let message = format!(
        "This Location points to {target:?}, and there is no such file; correct the path, or write `presence: optional`."
    );
    let mut problem = problem(
        path,
        location.line,
        "location-target",
        Severity::Error,
        message,
    );
    problem.entity = Some(location.reference.to_string());
    problem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_are_joined_and_stay_inside() {
        assert_eq!(join("a/b", "./c.yaml").as_deref(), Some("a/b/c.yaml"));
        assert_eq!(join("a/b", "../c.yaml").as_deref(), Some("a/c.yaml"));
        assert_eq!(join("", "../../etc/passwd"), None);
        assert_eq!(join("a", "/b.yaml").as_deref(), Some("b.yaml"));
    }
}
