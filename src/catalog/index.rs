//! Finds the entity that a person meant by what they typed: one when it is sure, a few to choose from when it is
//! not, none when nothing is near.

mod choose;
mod distance;
mod hits;
mod names;
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

use choose::{Scene, distinct_names};
use hits::{Role, TypedWord, read_words};
use names::{Field, Names};
use score::{Candidate, each_by_initials, each_slipped, score};
use subsequence::subsequences;
use typed::{Typed, without_sentence};
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
        by_name.sort_unstable();
        Self {
            names,
            by_name: by_name.into_iter().map(|(_, position)| position).collect(),
        }
    }

    /// The memory that the index takes beside the entities, in bytes.
    pub fn bytes(&self) -> usize {
        self.names.bytes() + self.by_name.len() * 4
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
    /// name once, at most `limit`.
    pub fn complete(&self, entities: &[Arc<Entity>], prefix: &str, limit: usize) -> Vec<String> {
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

    /// What was typed as a reference or as the slug of a repository.
    fn referenced(&self, scene: &Scene<'_>, typed: &Typed) -> Option<Found> {
        if typed.kind.is_none() && typed.before.is_none() {
            return None;
        }
        let kinds = self.names.kinds().iter().filter(|kind| {
            typed
                .kind
                .as_deref()
                .is_none_or(|wanted| wanted == &***kind)
        });
        let mut exact: Vec<Candidate> = kinds
            .filter_map(|kind| scene.position(&typed.reference(kind)?))
            .map(|entity| Candidate::certain(entity, Why::Reference))
            .collect();
        if exact.is_empty() && typed.before.is_some() {
            exact = self.with_slug(scene, typed);
        }
        (!exact.is_empty()).then(|| scene.settle(exact))
    }

    fn with_slug(&self, scene: &Scene<'_>, typed: &Typed) -> Vec<Candidate> {
        let slug = typed.text.to_lowercase();
        let slug = slug.strip_suffix(".git").unwrap_or(&slug);
        let mut found = Vec::new();
        self.names
            .each_whole(&squash(&typed.name, Umlauts::Bare), |surface| {
                let entity = self.names.entity_of(surface);
                if scene.wants(entity) && scene.has_alias(entity, slug) {
                    found.push(Candidate::certain(entity, Why::Alias));
                }
            });
        found
    }

    fn named(&self, scene: &Scene<'_>, typed: &Typed, umlauts: Umlauts) -> Found {
        let lower = typed.text.to_lowercase();
        let whole = self.whole(scene, &squash(&typed.text, umlauts), &lower);
        if !whole.is_empty() {
            return scene.settle(whole);
        }
        let (rest, kind) = without_sentence(&typed.text);
        if rest.len() < typed.text.len() {
            let narrowed = scene.narrowed(kind);
            let mut whole = self.whole(&narrowed, &squash(rest, umlauts), &rest.to_lowercase());
            if kind.is_some() {
                whole.retain(|candidate| candidate.why == Why::Name);
                for candidate in &mut whole {
                    candidate.why = Why::Reference;
                }
            }
            if !whole.is_empty() {
                return scene.settle(whole);
            }
        }
        match typed.before.as_deref() {
            None => self.nearly(scene, &typed.text, umlauts, None),
            Some(before) => self.nearly(scene, &typed.name, umlauts, Some(before)),
        }
    }

    /// The entities of which the text is a whole name, separators and case aside: the best sort of name only.
    fn whole(&self, scene: &Scene<'_>, squashed: &str, lower: &str) -> Vec<Candidate> {
        let mut found: Vec<(u8, Candidate)> = Vec::new();
        if squashed.is_empty() {
            return Vec::new();
        }
        self.names.each_whole(squashed, |surface| {
            let entity = self.names.entity_of(surface);
            if !scene.wants(entity) {
                return;
            }
            let (rank, why) = match self.names.field_of(surface) {
                Field::Name if scene.name(entity) == lower => (0, Why::Name),
                Field::Name => (1, Why::Name),
                Field::Title => (1, Why::Title),
                Field::Alias => (2, Why::Alias),
            };
            if !found
                .iter()
                .any(|(known, candidate)| candidate.entity == entity && *known <= rank)
            {
                let cost = if why == Why::Title { 20 } else { 0 };
                found.push((
                    rank,
                    Candidate {
                        cost,
                        ..Candidate::certain(entity, why)
                    },
                ));
            }
        });
        let best = found.iter().map(|(rank, _)| *rank).min();
        found.retain(|(rank, _)| Some(*rank) == best);
        found.into_iter().map(|(_, candidate)| candidate).collect()
    }

    /// What is near the text: words in any order, in part, with slips, abbreviated. `before` is the namespace or the
    /// organisation that was typed with it.
    fn nearly(
        &self,
        scene: &Scene<'_>,
        text: &str,
        umlauts: Umlauts,
        before: Option<&str>,
    ) -> Found {
        let words = read_words(&self.names.vocabulary, text, umlauts, false);
        let mut candidates = self.candidates(scene, &words);
        let letters = words
            .iter()
            .filter(|word| word.role == Role::Needed)
            .map(|word| word.letters.len())
            .sum();
        if let Some(before) = before {
            if !candidates
                .iter()
                .any(|candidate| scene.is_under(candidate.entity, before))
            {
                // A namespace or an organisation that does not fit is no mere slip: mention, do not answer.
                return Found::Nothing(scene.far(&mut candidates));
            }
            candidates.retain(|candidate| scene.is_under(candidate.entity, before));
        }
        let found = scene.choose(&mut candidates, letters);
        let Found::Nothing(far) = found else {
            return found;
        };
        let typed: Vec<char> = words
            .iter()
            .flat_map(|word| word.letters.iter().copied())
            .collect();
        if words.iter().any(|word| word.known) || !(4..=40).contains(&typed.len()) {
            return Found::Nothing(far);
        }
        self.in_order(scene, &typed, far)
    }

    /// What holds the letters in their order, where nothing better is.
    fn in_order(&self, scene: &Scene<'_>, typed: &[char], far: Vec<Match>) -> Found {
        let mut found: Vec<(Match, u16)> = subsequences(&self.names, typed, 40)
            .into_iter()
            .map(|(surface, percent)| {
                let matched = Match {
                    position: self.names.entity_of(surface),
                    why: Why::Subsequence,
                };
                (matched, percent)
            })
            .filter(|(found, _)| scene.wants(found.position))
            .collect();
        distinct_names(scene, &mut found);
        let mut likely: Vec<Match> = found
            .iter()
            .filter(|(_, percent)| *percent >= choose::LIKELY_PERCENT)
            .map(|(found, _)| *found)
            .take(5)
            .collect();
        // Initials that fit one name only are worth a question, for which a second choice is needed.
        if let Some(first) = far
            .first()
            .filter(|far| far.why == Why::Initials && likely.is_empty())
        {
            likely.push(*first);
        }
        if likely.len() >= 2 {
            return Found::Unsure(likely);
        }
        if let [likely] = likely.as_slice()
            && typed.len() > 5
            && let Some(next) = found
                .iter()
                .map(|(found, _)| found)
                .chain(&far)
                .find(|next| next.position != likely.position)
        {
            return Found::Unsure(vec![*likely, *next]);
        }
        let mut far = far;
        for (found, _) in found {
            if far.len() < 3 && !far.iter().any(|known| known.position == found.position) {
                far.push(found);
            }
        }
        Found::Nothing(far)
    }

    /// Every entity that may be meant by the words, scored.
    fn candidates(&self, scene: &Scene<'_>, words: &[TypedWord]) -> Vec<Candidate> {
        let mut candidates: Vec<Candidate> = Vec::new();
        self.by_words(scene, words, &mut candidates);
        each_slipped(&self.names, words, |candidate| candidates.push(candidate));
        let needed: Vec<&TypedWord> = words
            .iter()
            .filter(|word| word.role == Role::Needed)
            .collect();
        if let [single] = needed.as_slice()
            && !single.known
            && (3..=6).contains(&single.letters.len())
            && single.letters.iter().all(|letter| letter.is_alphabetic())
        {
            each_by_initials(&self.names, &single.letters, |candidate| {
                candidates.push(candidate)
            });
        }
        candidates.retain(|candidate| scene.wants(candidate.entity));
        candidates.sort_unstable_by_key(|candidate| (candidate.entity, candidate.cost));
        candidates.dedup_by_key(|candidate| candidate.entity);
        candidates
    }

    /// Goes from the rarest word to its entities; when none of them has all the words, from the next ones too, and
    /// at last from tags and types.
    fn by_words(&self, scene: &Scene<'_>, words: &[TypedWord], candidates: &mut Vec<Candidate>) {
        let needed = || words.iter().filter(|word| word.role == Role::Needed);
        let mut ways: Vec<(usize, &TypedWord)> = needed()
            .map(|word| {
                (
                    word.hits
                        .iter()
                        .map(|hit| self.names.named_with(hit.word).len())
                        .sum(),
                    word,
                )
            })
            .filter(|(size, _)| *size > 0)
            .collect();
        ways.sort_unstable_by_key(|(size, _)| *size);
        // Where one word is nowhere, the others only lead to something to mention.
        let all = needed().all(|word| !word.hits.is_empty());
        let most = if all {
            usize::MAX
        } else {
            choose::MOST_TO_MENTION
        };
        for (_, word) in ways.iter().take(2) {
            let entities = reached(word, most, |hit| self.names.named_with(hit));
            let wanted = entities.into_iter().filter(|entity| scene.wants(*entity));
            candidates.extend(wanted.map(|entity| score(&self.names, words, entity)));
            if candidates.iter().any(|candidate| candidate.missing == 0) {
                return;
            }
        }
        let Some(word) = needed().find(|word| word.known) else {
            return;
        };
        let entities = reached(word, choose::MOST_TO_MENTION, |hit| {
            self.names.hinted_with(hit)
        });
        let wanted = entities.into_iter().filter(|entity| scene.wants(*entity));
        candidates.extend(wanted.map(|entity| score(&self.names, words, entity)));
    }
}

/// The entities that a typed word leads to, each once; from about `most` on no more.
fn reached<'a>(word: &TypedWord, most: usize, entities_of: impl Fn(u32) -> &'a [u32]) -> Vec<u32> {
    let mut entities: Vec<u32> = Vec::new();
    for hit in &word.hits {
        entities.extend(
            entities_of(hit.word)
                .iter()
                .take(most.saturating_sub(entities.len())),
        );
    }
    entities.sort_unstable();
    entities.dedup();
    entities
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
