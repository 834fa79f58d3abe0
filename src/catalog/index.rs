//! Finds the entity that a person meant by what they typed: one when it is sure, a few to choose from when it is
//! not, none when nothing is near.

mod choose;
mod distance;
mod find;
mod hits;
mod names;
mod postings;
mod score;
mod subsequence;
mod synonyms;
mod typed;
mod vocabulary;
mod words;

use std::collections::HashSet;
use std::sync::Arc;

use super::entity::Entity;
use super::reference::EntityRef;

use choose::Scene;
use hits::read_words;
use names::Names;
use score::Candidate;
use typed::Typed;
use words::{Umlauts, has_umlauts, squash};

/// The names of one snapshot of the catalog, arranged for looking up; built once, never changed.
#[derive(Debug, Default)]
pub struct Index {
    names: Names,
    /// The positions of the entities in the order of their names, for completion.
    by_name: Box<[u32]>,
}

/// Who asks, and for what.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// The kinds that will do, in lower case; empty for any.
    pub kinds: &'a [&'a str],
    /// Whether an owner is near the asker: a group the asker belongs to, its parent or its child.
    pub near: &'a dyn Fn(&EntityRef) -> bool,
}

/// What came of looking for what somebody typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// This one was meant.
    Sure(Match),
    /// One of these may have been meant, the likeliest first: two to five.
    Unsure(Vec<Match>),
    /// Nothing is near; at most three that are far but share something with it.
    Nothing(Vec<Match>),
}

/// One entity that answers to what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// Its place in the slice of entities that the index was built of.
    pub position: u32,
    /// What speaks for it.
    pub why: Why,
}

/// What speaks for an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Its reference, or its kind and its name.
    Reference,
    /// Its name.
    Name,
    /// Its title.
    Title,
    /// Another name of it: an alias or its repository.
    Alias,
    /// The beginning of its name.
    Prefix,
    /// Words of its name, title or tags.
    Word,
    /// Its name, with so many slips of the finger.
    Typo(u8),
    /// Initials or a usual abbreviation.
    Initials,
    /// The letters in their order, with others between.
    Subsequence,
    /// Only its place in the alphabet, beside one that is likelier.
    Neighbour,
}

/// Nobody in particular asks for anything.
impl Default for Asking<'_> {
    fn default() -> Self {
        Self {
            kinds: &[],
            near: &|_| false,
        }
    }
}

impl Why {
    /// What speaks for it, for people: `exact name`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Reference => "exact reference",
            Self::Name => "exact name",
            Self::Title => "exact title",
            Self::Alias => "another name of it",
            Self::Prefix => "its name begins so",
            Self::Word => "has these words",
            Self::Typo(_) => "spelled nearly like it",
            Self::Initials => "initials or abbreviation",
            Self::Subsequence => "has these letters in order",
            Self::Neighbour => "next to it in the alphabet",
        }
    }
}

impl Index {
    /// Arranges the names of the entities, which must be sorted by reference. Positions in the answers are places
    /// in this slice.
    pub fn build(entities: &[Arc<Entity>]) -> Self {
        let names = Names::of(entities);
        let mut by_name: Vec<(&str, u32)> = (0..names.entities())
            .filter_map(|position| {
                Some((
                    entities.get(position)?.reference.name(),
                    vocabulary::narrow(position),
                ))
            })
            .collect();
        // The names of each kind are in order already, which a stable sort makes use of.
        by_name.sort_by_key(|(name, _)| *name);
        Self {
            names,
            by_name: by_name.into_iter().map(|(_, position)| position).collect(),
        }
    }

    /// Finds what somebody meant. `entities` is the slice that the index was built of.
    ///
    /// Of several entities with the very name that was typed, the preferred kind is the sure answer;
    /// [`Self::namesakes`] tells the others.
    pub fn find(&self, entities: &[Arc<Entity>], typed: &str, asking: &Asking<'_>) -> Found {
        if entities.len() != self.names.entities() {
            return Found::Nothing(Vec::new());
        }
        let typed = Typed::read(typed, self.names.kinds());
        let scene = Scene::new(&self.names, entities, asking, &typed);
        if let Some(found) = self.referenced(&scene, &typed) {
            return found;
        }
        let bare = self.named(&scene, &typed, Umlauts::Bare);
        if matches!(bare, Found::Sure(_)) || !has_umlauts(&typed.text) {
            return bare;
        }
        let spelled = self.named(&scene, &typed, Umlauts::Spelled);
        match (&bare, &spelled) {
            (_, Found::Sure(_)) | (Found::Nothing(_), Found::Unsure(_)) => spelled,
            _ => bare,
        }
    }

    /// Entities that have every one of the words, in their name, title, aliases, tags or type, also in part or with
    /// a slip; the exact name first, at most `limit`.
    pub fn search(
        &self,
        entities: &[Arc<Entity>],
        words: &str,
        asking: &Asking<'_>,
        limit: usize,
    ) -> Vec<Match> {
        if entities.len() != self.names.entities() {
            return Vec::new();
        }
        let typed = Typed::read(words, self.names.kinds());
        let scene = Scene::new(&self.names, entities, asking, &typed);
        let mut found: Vec<Match> = Vec::new();
        if let Some(Found::Sure(whole)) = self.referenced(&scene, &typed) {
            found.push(whole);
        }
        let squashed = squash(&typed.text, Umlauts::Bare);
        let mut whole = self.whole(&scene, &squashed, &typed.text.to_lowercase());
        scene.sort(&mut whole);
        found.extend(whole.iter().map(Candidate::matched));
        let words = read_words(&self.names.vocabulary, &typed.text, Umlauts::Bare, true);
        let mut candidates = self.candidates(&scene, &words);
        candidates.retain(|candidate| candidate.missing == 0);
        scene.sort(&mut candidates);
        found.extend(candidates.iter().map(Candidate::matched));
        let mut seen = HashSet::new();
        found.retain(|found| seen.insert(found.position));
        found.truncate(limit);
        found
    }

    /// Names that begin with `prefix`, then names in which a later word does, for completion in a terminal; each
    /// name once, at most `limit`. `kinds` are those that will do, in lower case; none means any but Locations.
    pub fn complete(
        &self,
        entities: &[Arc<Entity>],
        prefix: &str,
        kinds: &[&str],
        limit: usize,
    ) -> Vec<String> {
        let wanted = |position: &&u32| {
            let kind = entities
                .get(**position as usize)
                .map_or("", |entity| entity.reference.kind());
            kinds.contains(&kind) || kinds.is_empty() && kind != "location"
        };
        let name = |position: &u32| {
            entities
                .get(*position as usize)
                .map_or("", |entity| entity.reference.name())
        };
        let written = |position: &u32| {
            entities
                .get(*position as usize)
                .map(|entity| entity.name.to_string())
        };
        let prefix = prefix.trim_start().to_lowercase();
        let first = self
            .by_name
            .partition_point(|position| name(position) < prefix.as_str());
        let begin = self.by_name[first..]
            .iter()
            .take_while(|position| name(position).starts_with(&prefix));
        let inside = self.by_name.iter().filter(|position| {
            !prefix.is_empty()
                && name(position).match_indices(&prefix).any(|(at, _)| {
                    at > 0 && !name(position).as_bytes()[at - 1].is_ascii_alphanumeric()
                })
        });
        let mut seen = HashSet::new();
        begin
            .chain(inside)
            .filter(wanted)
            .filter(|position| seen.insert(name(position)))
            .filter_map(written)
            .take(limit)
            .collect()
    }

    /// The other entities with the same name as one: of other kinds, or in other namespaces.
    pub fn namesakes(&self, entities: &[Arc<Entity>], position: u32) -> Vec<u32> {
        let name = |position: &u32| {
            entities
                .get(*position as usize)
                .map_or("", |entity| entity.reference.name())
        };
        let wanted = name(&position);
        let first = self.by_name.partition_point(|other| name(other) < wanted);
        let mut others: Vec<u32> = self.by_name[first..]
            .iter()
            .take_while(|other| name(other) == wanted)
            .copied()
            .filter(|other| *other != position)
            .collect();
        others.sort_unstable_by_key(|other| (self.names.kind_rank(*other), *other));
        others
    }
}

impl Found {
    /// All the matches, the likeliest first.
    pub fn matches(&self) -> &[Match] {
        match self {
            Self::Sure(found) => std::slice::from_ref(found),
            Self::Unsure(found) | Self::Nothing(found) => found,
        }
    }
}

#[cfg(test)]
mod tests;
