//! Reading a snapshot: which files are descriptors, what Locations point to, what is only a template's skeleton.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::runtime::RuntimeFlavor;

use super::codeowners::{CodeOwners, PLACES, is_place};
use super::descriptor::{self, Scope};
use super::entity::Entity;
use super::file::SourceFile;
use super::location::{Page, identity};
use super::problem::{Problem, Severity};
use super::source::{BlobId, Configured, Content, Gathered, Leaf, Pointed, Reach, Snapshot, glob};
use super::state::SourceState;

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

/// How many different patterns the Locations of one source may have; each is held against every path.
const MOST_GLOBS: usize = 500;

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
            let parsed = blocking(|| self.parse(&parse));
            for ((leaf, _), file) in parse.iter().zip(parsed) {
                self.files.insert(&leaf.path, Arc::new(file));
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

    fn parse(&self, wanted: &[(&Leaf, Scope)]) -> Vec<SourceFile> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let size = wanted.len().div_ceil(threads).max(16);
        let done = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            let parts: Vec<_> = wanted
                .chunks(size)
                .map(|part| {
                    let done = &done;
                    (part, scope.spawn(move || self.parse_part(part, done)))
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

    fn parse_part(&self, part: &[(&Leaf, Scope)], done: &AtomicUsize) -> Vec<SourceFile> {
        let mut content = self.snapshot.contents.reader();
        part.iter()
            .map(|(leaf, scope)| {
                let number = done.fetch_add(1, Ordering::Relaxed) + 1;
                if number.is_multiple_of(TOLD_EVERY) {
                    (self.told)(number);
                }
                // A reader that fails on one file must not take its neighbours with it.
                catch_unwind(AssertUnwindSafe(|| {
                    self.parse_one(leaf, *scope, &mut content)
                }))
                .unwrap_or_else(|_| self.unread(leaf, *scope, FAILED))
            })
            .collect()
    }

    fn parse_one(
        &self,
        leaf: &Leaf,
        scope: Scope,
        content: &mut dyn FnMut(&Leaf) -> Content,
    ) -> SourceFile {
        let path = &*leaf.path;
        let read = match content(leaf) {
            Content::Bytes(bytes) => {
                descriptor::read_beside(path, &bytes, scope, self.codeowners.as_deref())
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

    /// The files that Locations of other sources point to.
    fn pointed(&mut self, targets: &[Pointed]) -> Vec<(&'a Leaf, Scope)> {
        let mut found: BTreeSet<usize> = BTreeSet::new();
        for target in targets {
            match self.match_path(&target.path) {
                Some(files) if files.is_empty() && target.required => {
                    let message = format!(
                        "{} points to {:?} in this repository, and there is no such YAML file; correct it there, or write `presence: optional`.",
                        target.by, target.path
                    );
                    let problem = Problem::at(".", 1, Severity::Error, "location-target", message);
                    self.problems.push(problem);
                }
                files => found.extend(files.unwrap_or_default()),
            }
        }
        self.leaves(found)
    }

    fn leaves(&self, positions: BTreeSet<usize>) -> Vec<(&'a Leaf, Scope)> {
        let leaves = positions
            .into_iter()
            .map(|position| &self.snapshot.files[position]);
        leaves.map(|leaf| (leaf, Scope::Descriptor)).collect()
    }

    /// The files that the Locations in the given files point to.
    fn follow(&mut self, paths: &[&'a str]) -> Vec<(&'a Leaf, Scope)> {
        let mut found: BTreeSet<usize> = BTreeSet::new();
        for path in paths {
            let Some(file) = self.files.get(path).cloned() else {
                continue;
            };
            for kept in &file.entities {
                let Some(location) = kept.entity.targets() else {
                    continue;
                };
                for target in location.targets {
                    let entity = &kept.entity;
                    match self.resolve(path, &target) {
                        Target::Files(files) if files.is_empty() && location.required => {
                            self.problems.push(target_problem(path, entity, &target));
                        }
                        Target::Files(files) => found.extend(files),
                        Target::Page(page) => {
                            self.lead(page, path, entity, &target, location.required);
                        }
                        Target::Elsewhere => {
                            let problem = elsewhere_problem(path, entity, &target);
                            self.problems.extend(self.reach.map(|_| problem));
                        }
                        Target::TooMany => {
                            self.problems.push(too_many_problem(path, entity));
                            break;
                        }
                    }
                }
            }
        }
        self.leaves(found)
    }

    /// Notes that a Location points into another repository.
    fn lead(&mut self, page: Page, path: &str, location: &Entity, target: &str, required: bool) {
        let Some(reach) = self.reach else { return };
        let Some(place) = reach.place(&page) else {
            let problem = unreached_problem(path, location, target, &page.origin);
            self.problems.push(problem);
            return;
        };
        let pointed = Pointed {
            path: page.path,
            required,
            by: format!("{} in {path} of {}", location.reference, self.name),
        };
        self.leads.point(&page.slug, place, page.reference, pointed);
    }

    /// The files that a target names, seen from the file at `path`, as positions in the snapshot.
    fn resolve(&mut self, path: &str, target: &str) -> Target {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let full = if target.contains("://") {
            match Page::of(target) {
                // Whatever branch it names, the file is read at the revision that is read.
                Some(page) if identity(&page.repository()) == self.own => join("", &page.path),
                Some(page) => return Target::Page(page),
                None => return Target::Elsewhere,
            }
        } else {
            join(folder, target)
        };
        let Some(full) = full else {
            return Target::Files(Vec::new());
        };
        self.match_path(&full)
            .map_or(Target::TooMany, Target::Files)
    }

    /// The files of this path or glob, as positions in the snapshot; `None` when there are too many globs.
    fn match_path(&mut self, full: &str) -> Option<Vec<usize>> {
        let files = &self.snapshot.files;
        if !full.contains(['*', '?', '[', '{']) {
            let paths = || files.iter().map(|leaf| &*leaf.path).zip(0..).collect();
            let found = self.positions.get_or_init(paths).get(full);
            return Some(found.into_iter().copied().collect());
        }
        if let Some(known) = self.globs.get(full) {
            return Some(known.clone());
        }
        if self.globs.len() >= MOST_GLOBS {
            return None;
        }
        let found: Vec<usize> = glob(full).map_or_else(
            |_| Vec::new(),
            |pattern| {
                let matcher = pattern.compile_matcher();
                let fits = |leaf: &Leaf| matcher.is_match(&*leaf.path);
                (0..files.len())
                    .filter(|position| fits(&files[*position]))
                    .collect()
            },
        );
        self.globs.insert(full.to_owned(), found.clone());
        Some(found)
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

/// What a Location's target leads to.
enum Target {
    /// Files of this source, by their positions; none where it leads nowhere.
    Files(Vec<usize>),
    /// Files of another repository.
    Page(Page),
    /// A place that is no file of a repository.
    Elsewhere,
    /// More patterns than are followed.
    TooMany,
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
    Problem::at(path, 1, Severity::Warning, "symbolic-link", message)
}

fn unreadable(path: &str, why: &str) -> Problem {
    let message = format!("The file cannot be read: {why}.");
    Problem::at(path, 1, Severity::Error, "unreadable", message)
}

fn nothing_problem(default: bool) -> Problem {
    let message = if default {
        "There is no Backstage descriptor here; is this the right place and branch?"
    } else {
        "No file that `include` names is a descriptor; correct the globs."
    };
    Problem::at(".", 1, Severity::Warning, "no-descriptor", message)
}

fn elsewhere_problem(path: &str, location: &Entity, target: &str) -> Problem {
    let message = format!(
        "This Location points to {target:?}, which is neither a path in this repository nor the page of a file on GitHub, GitLab or Forgejo, and it is not read; name the file's page."
    );
    let rule = "location-elsewhere";
    Problem::at(path, location.line, Severity::Warning, rule, message).about(&location.reference)
}

fn unreached_problem(path: &str, location: &Entity, target: &str, origin: &str) -> Problem {
    let message = format!(
        "This Location points to {target:?}, and {origin} is no host of a source, so it is not read; an operator may allow the host by `locations.allow`, or add the repository as a source."
    );
    let rule = "location-elsewhere";
    Problem::at(path, location.line, Severity::Warning, rule, message).about(&location.reference)
}

fn too_many_problem(path: &str, location: &Entity) -> Problem {
    unfollowed(
        path,
        location,
        format!(
            "The Locations of this repository have more than {MOST_GLOBS} different patterns, and this one's are not all followed; write fewer, wider ones."
        ),
    )
}

fn target_problem(path: &str, location: &Entity, target: &str) -> Problem {
    unfollowed(
        path,
        location,
        format!(
            "This Location points to {target:?}, and there is no such YAML file; correct the path, or write `presence: optional`."
        ),
    )
}

fn unfollowed(path: &str, location: &Entity, message: String) -> Problem {
    let rule = "location-target";
    Problem::at(path, location.line, Severity::Error, rule, message).about(&location.reference)
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
