//! Reading a snapshot: which files are descriptors, what Locations point to, what is only a template's skeleton.

mod fill;
mod follow;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::runtime::RuntimeFlavor;

use super::codeowners::{CodeOwners, PLACES, is_place};
use super::descriptor::{self, Beside, Scope};
use super::file::SourceFile;
use super::location::identity;
use super::placeholder::Unfilled;
use super::problem::{Problem, Severity, rule};
use super::source::{BlobId, Configured, Content, Gathered, Leaf, Reach, Snapshot};
use super::state::SourceState;
use fill::Targets;

/// What a snapshot holds for the catalog.
pub struct Reading {
    /// The descriptor files, sorted by path.
    pub files: Vec<Arc<SourceFile>>,
    /// How many of them were parsed again because they are new or changed.
    pub parsed: usize,
    /// What is wrong beyond single documents.
    pub problems: Vec<Problem>,
    /// The repository's CODEOWNERS, where it has one.
    pub codeowners: Option<Arc<CodeOwners>>,
    /// The repositories that Locations point into.
    pub leads: Gathered,
}

/// How deep Locations may lead to Locations.
const LOCATION_DEPTH: usize = 16;

/// After how many files the reading says how far it is.
const TOLD_EVERY: usize = 100;

/// Why a file is unreadable on which the reader itself failed.
const FAILED: &str = "the reader failed on it, which is a fault of Callboard's";

/// Reads a snapshot of a source. Files whose content did not change are taken over from `before`; `told` hears how many
/// files of a batch were parsed so far.
///
/// With default discovery these are read: files named like descriptors, and what the Locations among them point to
/// within the repository; where that gives no more than templates, every YAML file is looked into. What Locations point to
/// in other repositories is gathered as far as it is within `reach`; without one it is passed over.
pub async fn read(
    snapshot: &Snapshot,
    source: &Configured,
    reach: Option<&Reach>,
    before: &SourceState,
    now: u64,
    told: &(dyn Fn(usize) + Sync),
) -> anyhow::Result<Reading> {
    let selection = &source.selection;
    let owners = owners_leaf(snapshot);
    let known = before.facts.codeowners.as_ref();
    let same = known.filter(|known| owners.is_some_and(|leaf| is_same(known, leaf)));
    let is_processed = source.source.is_processed();
    let mut reading = Progress {
        snapshot,
        before,
        now,
        told,
        own: identity(&source.place),
        name: &source.name,
        reach,
        leads: Gathered::default(),
        files: BTreeMap::new(),
        globs: HashMap::new(),
        positions: OnceLock::new(),
        parsed: 0,
        problems: Vec::new(),
        codeowners: same.cloned(),
        owners_changed: same.is_none() && (owners.is_some() || known.is_some()),
        owners_unread: owners.filter(|_| same.is_none()),
    };
    let mut wanted: Vec<(&Leaf, Scope)> = Vec::new();
    for leaf in &snapshot.files {
        if selection.names(&leaf.path) {
            let scope = if is_processed {
                Scope::Accepted
            } else {
                Scope::Descriptor
            };
            wanted.push((leaf, scope));
        } else if selection.looks_into(&leaf.path) {
            wanted.push((leaf, Scope::Looked));
        }
    }
    wanted.extend(reading.pointed(&source.targets));
    let mut round = 0;
    while !wanted.is_empty() && round < LOCATION_DEPTH {
        let paths = reading.take(wanted).await?;
        if is_processed {
            // Its Locations were followed, and its templates stand by themselves.
            return Ok(reading.finish_processed());
        }
        wanted = blocking(|| reading.follow(&paths));
        round += 1;
    }
    if selection.default && !reading.found_something() {
        let rest = snapshot
            .files
            .iter()
            .filter(|leaf| !is_place(&leaf.path))
            .map(|leaf| (leaf, Scope::Looked))
            .collect();
        reading.take(rest).await?;
    }
    let listed = source.include.is_empty() && !selection.default;
    let mut reading = reading.finish();
    // Of a repository into which Locations point, it has been said already what is not there.
    if !listed
        && reading
            .files
            .iter()
            .all(|file| file.entities.is_empty() && file.problems.is_empty())
    {
        reading.problems.push(nothing_problem(selection.default));
    }
    Ok(reading)
}

struct Progress<'a> {
    snapshot: &'a Snapshot,
    before: &'a SourceState,
    now: u64,
    told: &'a (dyn Fn(usize) + Sync),
    /// The source itself, whose files a Location may also name by their pages on the forge.
    own: String,
    /// Its name in answers.
    name: &'a str,
    reach: Option<&'a Reach>,
    leads: Gathered,
    files: BTreeMap<&'a str, Arc<SourceFile>>,
    globs: HashMap<String, Vec<usize>>,
    /// Where the files stand in the snapshot, once a path is looked for.
    positions: OnceLock<HashMap<&'a str, usize>>,
    parsed: usize,
    problems: Vec<Problem>,
    codeowners: Option<Arc<CodeOwners>>,
    /// Whether CODEOWNERS is another one than before, so that documents without an owner are read again.
    owners_changed: bool,
    /// The CODEOWNERS file, until it is read together with the first files.
    owners_unread: Option<&'a Leaf>,
}

impl<'a> Progress<'a> {
    /// Takes files in: those that did not change from before, the others by parsing them side by side.
    /// Gives the paths that are new in this reading.
    async fn take(&mut self, wanted: Vec<(&'a Leaf, Scope)>) -> anyhow::Result<Vec<&'a str>> {
        let mut taken = Vec::with_capacity(wanted.len());
        let mut parse = Vec::new();
        let mut before = self.before.cursor();
        for (leaf, scope) in wanted {
            let looked = scope == Scope::Looked;
            // A Location makes a descriptor of a file that was merely looked into.
            if self
                .files
                .get(&*leaf.path)
                .is_some_and(|file| looked || !file.looked)
            {
                continue;
            }
            if leaf.link {
                if scope == Scope::Descriptor {
                    self.problems.push(link_problem(&leaf.path));
                }
                continue;
            }
            taken.push(&*leaf.path);
            match before
                .find(&leaf.path)
                .filter(|file| file.blob == leaf.blob && file.looked == looked)
                .filter(|file| !file.lacks_owner || !self.owners_changed)
                .filter(|file| self.is_filled_the_same(file))
            {
                Some(same) => {
                    self.files.insert(&leaf.path, same.clone());
                }
                None => parse.push((leaf, scope)),
            }
        }
        let mut leaves: Vec<&Leaf> = parse.iter().map(|(leaf, _)| *leaf).collect();
        let owners = self.owners_unread.take();
        leaves.extend(owners);
        if !leaves.is_empty() {
            self.snapshot.contents.want(&leaves).await?;
        }
        if let Some(leaf) = owners {
            self.read_owners(leaf);
        }
        if !parse.is_empty() {
            crate::telemetry::reached("parse");
            self.parsed += parse.len();
            let parsed = blocking(|| self.parse(&parse, None));
            let mut unfilled: Vec<(&Leaf, Scope)> = Vec::new();
            for ((leaf, scope), file) in parse.iter().zip(parsed) {
                if !file.placeholders.is_empty() {
                    unfilled.push((leaf, *scope));
                }
                self.files.insert(&leaf.path, Arc::new(file));
            }
            if !unfilled.is_empty() {
                self.fill(&unfilled).await?;
            }
        }
        Ok(taken)
    }

    fn read_owners(&mut self, leaf: &Leaf) {
        match self.snapshot.contents.reader()(leaf) {
            Content::Bytes(bytes) => {
                self.codeowners = Some(Arc::new(CodeOwners::read(&leaf.path, &bytes)));
            }
            Content::TooLarge(size) => self.problems.push(descriptor::too_large(&leaf.path, size)),
            Content::Unreadable(why) => self.problems.push(unreadable(&leaf.path, &why)),
        }
    }

    fn parse(&self, wanted: &[(&Leaf, Scope)], targets: Option<&Targets>) -> Vec<SourceFile> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let size = wanted.len().div_ceil(threads).max(16);
        let done = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            let parts: Vec<_> = wanted
                .chunks(size)
                .map(|part| {
                    let done = &done;
                    (
                        part,
                        scope.spawn(move || self.parse_part(part, targets, done)),
                    )
                })
                .collect();
            let broken = |(leaf, scope): &(&Leaf, Scope)| self.unread(leaf, *scope, FAILED);
            parts
                .into_iter()
                .flat_map(|(part, work)| {
                    work.join()
                        .unwrap_or_else(|_| part.iter().map(broken).collect())
                })
                .collect()
        })
    }

    fn parse_part(
        &self,
        part: &[(&Leaf, Scope)],
        targets: Option<&Targets>,
        done: &AtomicUsize,
    ) -> Vec<SourceFile> {
        let mut content = self.snapshot.contents.reader();
        part.iter()
            .map(|(leaf, scope)| {
                let number = done.fetch_add(1, Ordering::Relaxed) + 1;
                if number.is_multiple_of(TOLD_EVERY) {
                    (self.told)(number);
                }
                // A reader that fails on one file must not take its neighbours with it.
                catch_unwind(AssertUnwindSafe(|| {
                    self.parse_one(leaf, *scope, targets, &mut content)
                }))
                .unwrap_or_else(|_| self.unread(leaf, *scope, FAILED))
            })
            .collect()
    }

    fn parse_one(
        &self,
        leaf: &Leaf,
        scope: Scope,
        targets: Option<&Targets>,
        content: &mut dyn FnMut(&Leaf) -> Content,
    ) -> SourceFile {
        let path = &*leaf.path;
        let read = match content(leaf) {
            Content::Bytes(bytes) => {
                let content = RefCell::new(content);
                let contents = |target: &str| {
                    let key = (leaf.path.clone(), Box::from(target));
                    let target = targets.and_then(|targets| targets.get(&key));
                    let target = target.ok_or("it was not read")?.as_ref();
                    let why = match (content.borrow_mut())(target.map_err(Clone::clone)?) {
                        Content::Bytes(bytes) => return Ok(bytes),
                        Content::TooLarge(size) => format!(
                            "that file has {} MiB, and at most {} are read",
                            size.div_ceil(1024 * 1024),
                            descriptor::MAX_FILE_SIZE / 1024 / 1024
                        ),
                        Content::Unreadable(why) => format!("it cannot be read: {why}"),
                    };
                    Err(Unfilled::Wrong(why))
                };
                let beside = Beside {
                    codeowners: self.codeowners.as_deref(),
                    contents: targets.map(|_| &contents as _),
                };
                descriptor::read_beside(path, &bytes, scope, beside)
            }
            // A file that is merely looked into may be as it likes.
            Content::TooLarge(_) if scope == Scope::Looked => descriptor::Read::default(),
            Content::TooLarge(size) => only(descriptor::too_large(path, size)),
            Content::Unreadable(why) => return self.unread(leaf, scope, &why),
        };
        self.file(leaf, leaf.blob, scope, read)
    }

    /// A file that could not be read this time; the next reading tries again.
    fn unread(&self, leaf: &Leaf, scope: Scope, why: &str) -> SourceFile {
        let read = match scope {
            Scope::Looked => descriptor::Read::default(),
            Scope::Descriptor | Scope::Accepted => only(unreadable(&leaf.path, why)),
        };
        self.file(leaf, BlobId::UNREAD, scope, read)
    }

    fn file(&self, leaf: &Leaf, blob: BlobId, scope: Scope, read: descriptor::Read) -> SourceFile {
        let before = self.before.file(&leaf.path).map(|file| &**file);
        SourceFile::new(&leaf.path, blob, scope, read, before, self.now)
    }

    /// Whether there is an entity beside templates and Locations.
    fn found_something(&self) -> bool {
        let counts = |kind: &str| !matches!(kind, "template" | "location");
        self.files
            .values()
            .flat_map(|file| &file.entities)
            .any(|kept| counts(kept.entity.reference.kind()))
    }

    fn finish(mut self) -> Reading {
        let skeletons: BTreeSet<String> = self
            .files
            .iter()
            .flat_map(|(path, file)| file.entities.iter().map(move |kept| (path, kept)))
            .flat_map(|(path, kept)| {
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                // The folder of the template itself, or one above it, holds more than a skeleton.
                let above = move |fetched: &String| {
                    folder == fetched || folder.starts_with(&format!("{fetched}/"))
                };
                kept.entity
                    .fetched_folders()
                    .into_iter()
                    .filter_map(move |fetched| join(folder, &fetched))
                    .filter(move |fetched| !fetched.is_empty() && !above(fetched))
            })
            .collect();
        let in_skeleton = |path: &str| {
            path.char_indices()
                .filter(|(_, c)| *c == '/')
                .any(|(position, _)| skeletons.contains(&path[..position]))
        };
        self.files.retain(|path, _| !in_skeleton(path));
        self.problems.retain(|problem| !in_skeleton(&problem.file));
        self.finish_processed()
    }

    /// Everything that was read, where nothing can be a template's skeleton.
    fn finish_processed(self) -> Reading {
        Reading {
            files: self.files.into_values().collect(),
            parsed: self.parsed,
            problems: self.problems,
            codeowners: self.codeowners,
            leads: self.leads,
        }
    }
}

/// The CODEOWNERS file that counts.
fn owners_leaf(snapshot: &Snapshot) -> Option<&Leaf> {
    let files = &snapshot.files;
    let at = |place: &&str| {
        let found = files.binary_search_by(|leaf| (*leaf.path).cmp(place));
        found.ok().map(|position| &files[position])
    };
    PLACES.iter().filter_map(at).find(|leaf| !leaf.link)
}

fn is_same(known: &CodeOwners, leaf: &Leaf) -> bool {
    known.path() == &*leaf.path && known.blob() == crate::git::hex(&leaf.blob.0)
}

/// Runs work that takes a while where it does not keep other tasks from running.
fn blocking<T>(work: impl FnOnce() -> T) -> T {
    let runtime = tokio::runtime::Handle::try_current();
    if runtime.is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread) {
        tokio::task::block_in_place(work)
    } else {
        work()
    }
}

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
        problems: vec![problem],
        ..descriptor::Read::default()
    }
}

fn link_problem(path: &str) -> Problem {
    let message =
        "This is a symbolic link, and links are not followed; put the descriptor itself here.";
    Problem::at(path, 1, Severity::Warning, rule::SYMBOLIC_LINK, message)
}

fn unreadable(path: &str, why: &str) -> Problem {
    let message = format!("The file cannot be read: {why}.");
    Problem::at(path, 1, Severity::Error, rule::UNREADABLE, message)
}

fn nothing_problem(default: bool) -> Problem {
    let message = if default {
        "There is no Backstage descriptor here; is this the right place and branch?"
    } else {
        "No file that `include` names is a descriptor; correct the globs."
    };
    Problem::at(".", 1, Severity::Warning, rule::NO_DESCRIPTOR, message)
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
