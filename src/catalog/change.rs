//! What changed in a source between two of its revisions, and who did it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::file::SourceFile;
use super::source::Revision;
use super::state::SourceState;
use super::{Entity, EntityRef, RelationType};
use crate::git::Touch;

/// One change of one entity, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When it came into the catalog, in milliseconds since the Unix epoch.
    pub at: u64,
    /// The name of the source.
    pub source: String,
    /// The entity, under its newer reference.
    pub entity: EntityRef,
    /// What it is that changed.
    pub what: What,
    /// What it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The file that says so, and the line; of something that is gone, where it stood.
    pub file: String,
    /// The line; the first is 1.
    pub line: u32,
    /// The revision before.
    pub from: Option<Revision>,
    /// The revision in which it is so; `None` where the whole source is gone.
    pub to: Option<Revision>,
    /// The commit that did it, where there are commits and it can be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<Commit>,
    /// Whether the source has commits at all.
    pub committed: bool,
    /// The page of the commit, or of the file at that revision, where its forge is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// What can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// It is new; `after` is its owner.
    Added,
    /// It is gone; `before` was its owner.
    Removed,
    /// It is of another kind; before and after are the kinds.
    Kind,
    /// It has another owner.
    Owner,
    /// It is at another place in its life.
    Lifecycle,
    /// It depends on one thing less (`before`) or more (`after`).
    DependsOn,
    /// One thing less or more depends on it, by its own word.
    DependencyOf,
    /// It uses one API less or more.
    ConsumesApi,
    /// It provides one API less or more.
    ProvidesApi,
    /// More changed at once than is kept one by one; `after` is how many.
    More,
}

/// The commit that made a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// Its id.
    pub id: String,
    /// The name of who wrote it.
    pub author: String,
    /// When it was written, in milliseconds since the Unix epoch.
    pub time: u64,
}

/// The entities of one version of a file.
pub type Version = Arc<Vec<Arc<Entity>>>;

/// Gives a version of a file by its path and content, where it is at hand.
pub type Reader<'r> = dyn FnMut(&str, &[u8; 20]) -> Option<Version> + 'r;

/// The relations whose changes are told.
const TOLD: [(RelationType, What); 4] = [
    (RelationType::DependsOn, What::DependsOn),
    (RelationType::DependencyOf, What::DependencyOf),
    (RelationType::ConsumesApi, What::ConsumesApi),
    (RelationType::ProvidesApi, What::ProvidesApi),
];

/// What changed from one state of a source to the next, by entity. What merely moved to another file has not changed,
/// and neither has what is kept because its document is broken.
pub fn between(before: &SourceState, after: &SourceState, now: u64) -> Vec<Change> {
    let same: HashSet<*const SourceFile> = before.files.iter().map(Arc::as_ptr).collect();
    let kept: HashSet<*const SourceFile> = after.files.iter().map(Arc::as_ptr).collect();
    let mut old = entities(before, &kept);
    let new = entities(after, &same);
    let facts = if after.facts.name.is_empty() {
        &before.facts
    } else {
        &after.facts
    };
    let blank = |place: Place<'_>, what, was: Option<String>, is: Option<String>| Change {
        at: now,
        source: facts.name.clone(),
        entity: place.entity.reference.clone(),
        what,
        before: was,
        after: is,
        file: place.file.to_owned(),
        line: place.entity.line,
        from: before.facts.revision.clone(),
        to: after.facts.revision.clone(),
        commit: None,
        committed: facts.committed.is_some(),
        url: None,
    };
    let mut changes = Vec::new();
    let mut added = Vec::new();
    for (reference, place) in new {
        match old.remove(reference) {
            Some(was) => differences(was, place, after, &mut |place, what, was, is| {
                changes.push(blank(place, what, was, is));
            }),
            None => added.push(place),
        }
    }
    // What is new under a name that is gone from the same file has changed its kind.
    for place in added {
        let reference = &place.entity.reference;
        let was = old.values().copied().find(|was| {
            let gone = &was.entity.reference;
            was.file == place.file
                && (gone.namespace(), gone.name()) == (reference.namespace(), reference.name())
        });
        if let Some(was) = was {
            old.remove(&was.entity.reference);
            let kinds = [was, place].map(|place| Some(place.entity.kind.to_string()));
            let [before, after] = kinds;
            changes.push(blank(place, What::Kind, before, after));
        } else {
            let owner = place.entity.owner.as_ref().map(ToString::to_string);
            changes.push(blank(place, What::Added, None, owner));
        }
    }
    for place in old.into_values() {
        let owner = place.entity.owner.as_ref().map(ToString::to_string);
        changes.push(blank(place, What::Removed, owner, None));
    }
    changes.sort_by(|a, b| (&a.entity, a.what, &a.after).cmp(&(&b.entity, b.what, &b.after)));
    changes
}

/// An entity and the file it stands in.
#[derive(Clone, Copy)]
struct Place<'a> {
    entity: &'a Entity,
    file: &'a str,
}

/// The entities of the files that are not the same in both states.
fn entities<'a>(
    state: &'a SourceState,
    leave: &HashSet<*const SourceFile>,
) -> BTreeMap<&'a EntityRef, Place<'a>> {
    let mut entities = BTreeMap::new();
    let files = state.files.iter();
    for file in files.filter(|file| !leave.contains(&Arc::as_ptr(file))) {
        for kept in &file.entities {
            let place = Place {
                entity: &kept.entity,
                file: &file.path,
            };
            entities.entry(&kept.entity.reference).or_insert(place);
        }
    }
    entities
}

/// Tells each difference between two versions of one entity.
fn differences<'a>(
    was: Place<'a>,
    is: Place<'a>,
    after: &'a SourceState,
    tell: &mut dyn FnMut(Place<'a>, What, Option<String>, Option<String>),
) {
    let (old, new) = (was.entity, is.entity);
    if old.owner != new.owner {
        let text = |owner: &Option<EntityRef>| owner.as_ref().map(ToString::to_string);
        let codeowners = after
            .facts
            .codeowners
            .as_ref()
            .filter(|_| new.from_codeowners);
        let place = Place {
            file: codeowners.map_or(is.file, |codeowners| codeowners.path()),
            ..is
        };
        tell(place, What::Owner, text(&old.owner), text(&new.owner));
    }
    if old.lifecycle != new.lifecycle {
        let text = |entity: &Entity| entity.lifecycle.as_deref().map(ToOwned::to_owned);
        tell(is, What::Lifecycle, text(old), text(new));
    }
    for (relation, what) in TOLD {
        let (less, more) = (targets(old, relation), targets(new, relation));
        for gone in less.difference(&more) {
            tell(is, what, Some(gone.to_string()), None);
        }
        for added in more.difference(&less) {
            tell(is, what, None, Some(added.to_string()));
        }
    }
}

fn targets(entity: &Entity, relation: RelationType) -> BTreeSet<&EntityRef> {
    let declared = entity.declared.iter();
    declared
        .filter(|declared| declared.relation == relation)
        .map(|declared| &declared.target)
        .collect()
}

impl Change {
    /// Finds the commit that made it, among those that touched its file, newest first: the one since which it is so.
    /// Where the contents do not tell, because they are not at hand, it is the newest.
    pub fn find_commit(&mut self, touches: &[Touch], read: &mut Reader<'_>) {
        let mut found: Option<&Touch> = None;
        for touch in touches {
            let file = touch.files.iter().find(|(path, _)| *path == self.file);
            let Some((path, content)) = file else {
                continue;
            };
            let so = match content {
                Some(content) => {
                    read(path, content).is_some_and(|entities| self.is_so_among(&entities))
                }
                None => self.is_so_among(&[]),
            };
            if !so {
                found = found.or(Some(touch));
                break;
            }
            found = Some(touch);
        }
        self.commit = found.map(|touch| Commit {
            id: touch.commit.clone(),
            author: touch.author.clone(),
            time: touch.time,
        });
    }

    /// Whether the change is made in a version of its file that has these entities.
    fn is_so_among(&self, entities: &[Arc<Entity>]) -> bool {
        let found = entities
            .iter()
            .find(|entity| entity.reference == self.entity);
        let Some(entity) = found else {
            return self.what == What::Removed;
        };
        let relation = TOLD.iter().find(|(_, what)| *what == self.what);
        let relates = |target: &Option<String>| {
            let told = relation.map(|(relation, _)| targets(entity, *relation));
            told.is_some_and(|told| {
                told.iter()
                    .any(|one| Some(one.as_str()) == target.as_deref())
            })
        };
        match self.what {
            What::Added | What::Kind => true,
            What::Removed | What::More => false,
            What::Owner => entity.owner.as_ref().map(EntityRef::as_str) == self.after.as_deref(),
            What::Lifecycle => entity.lifecycle.as_deref() == self.after.as_deref(),
            _ if self.after.is_some() => relates(&self.after),
            _ => !relates(&self.before),
        }
    }

    /// Whether it is about an entity, or names it.
    pub fn is_about(&self, reference: &EntityRef) -> bool {
        let named = [&self.before, &self.after].into_iter().flatten();
        self.entity == *reference || named.into_iter().any(|named| named == reference.as_str())
    }
}
