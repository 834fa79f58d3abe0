//! Following Locations: within the source, and out of it as far as that is allowed.

use std::collections::BTreeSet;

use super::super::descriptor::Scope;
use super::super::entity::Entity;
use super::super::location::{Page, identity};
use super::super::problem::{Problem, Severity};
use super::super::source::{Leaf, Pointed, glob};
use super::{Progress, join};

/// How many different patterns the Locations of one source may have; each is held against every path.
const MOST_GLOBS: usize = 500;

/// What a target means as it is written.
pub(super) enum Written {
    /// A path within the source; `None` when it leads out of it.
    Path(Option<String>),
    /// A file of another repository.
    Page(Page),
    /// No file of a repository.
    Elsewhere,
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

impl<'a> Progress<'a> {
    /// The files that Locations of other sources point to.
    pub(super) fn pointed(&mut self, targets: &[Pointed]) -> Vec<(&'a Leaf, Scope)> {
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
    pub(super) fn follow(&mut self, paths: &[&'a str]) -> Vec<(&'a Leaf, Scope)> {
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
        let full = match self.written(path, target) {
            Written::Path(full) => full,
            Written::Page(page) => return Target::Page(page),
            Written::Elsewhere => return Target::Elsewhere,
        };
        let Some(full) = full else {
            return Target::Files(Vec::new());
        };
        self.match_path(&full)
            .map_or(Target::TooMany, Target::Files)
    }

    /// What a target means that is written in the file at `path`: a Location's or a placeholder's.
    pub(super) fn written(&self, path: &str, target: &str) -> Written {
        if !target.contains("://") {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            return Written::Path(join(folder, target));
        }
        match Page::of(target) {
            // Whatever branch it names, the file is read at the revision that is read.
            Some(page) if identity(&page.repository()) == self.own => {
                Written::Path(join("", &page.path))
            }
            Some(page) => Written::Page(page),
            None => Written::Elsewhere,
        }
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
