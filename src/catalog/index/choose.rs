//! From scored candidates to an answer: one that is sure, a few to choose from, or nothing.

use std::sync::Arc;

use crate::catalog::entity::Entity;
use crate::catalog::reference::EntityRef;

use super::names::Names;
use super::score::{Candidate, MISSING};
use super::typed::Typed;
use super::{Asking, Found, Match, Why};

/// From so much of the best possible score on, letters in their order are worth a question.
pub(super) const LIKELY_PERCENT: u16 = 84;
/// No more entities are scored where all of them can only be mentioned.
pub(super) const MOST_TO_MENTION: usize = 1_000;

/// Of so many equally good ones the asker's own are looked for.
const MOST_TO_COMPARE: usize = 1_000;
/// The most that a sure answer may cost; with ten letters and more two slips are still no other word.
const SURE: u16 = 450;
const SURE_OF_LONG: u16 = 500;
/// What it is worth to be near the asker: not so much that it would get in the way of a sure answer.
const NEAR: i32 = 149;
/// How much more the next best must cost when a word was not typed to its end: who stops early may mean the longer name.
const MARGIN_OF_CUT: u16 = 250;
/// How much more the next best must cost for an answer to be sure.
const MARGIN: u16 = 150;
/// How much more than the best another choice may cost.
const BESIDE: u16 = 300;
/// What is worth mentioning when nothing is near.
const FAR: u16 = MISSING + 600;
/// No more choices are offered.
const MOST_CHOICES: usize = 5;

/// What came of choosing.
pub(super) enum Choice {
    /// An answer.
    Found(Found),
    /// One is near, but not near enough to be sure, and there is nothing to choose it from.
    Lone(Match),
}

/// The catalog as it looks to one asker: the kinds that will do, and what is near.
pub(super) struct Scene<'a> {
    names: &'a Names,
    entities: &'a [Arc<Entity>],
    near: &'a dyn Fn(&EntityRef) -> bool,
    /// The separators as they were typed.
    separators: Separators,
    /// For every kind number whether it will do.
    wanted: Vec<bool>,
}

/// How many separators of each sort a text has.
#[derive(Debug, Clone, Copy, Default)]
struct Separators {
    hyphens: i32,
    underscores: i32,
    dots: i32,
}

impl Separators {
    fn of(text: &str) -> Self {
        let mut separators = Self::default();
        for letter in text.bytes() {
            match letter {
                b'-' | b' ' => separators.hyphens += 1,
                b'_' => separators.underscores += 1,
                b'.' => separators.dots += 1,
                _ => {}
            }
        }
        separators
    }

    fn differ(self, other: Self) -> i32 {
        let marks = (self.underscores - other.underscores).abs() + (self.dots - other.dots).abs();
        marks.min(3) * 24 + (self.hyphens - other.hyphens).abs().min(3) * 14
    }
}

impl Candidate {
    /// An entity that something speaks for without doubt.
    pub(super) fn certain(entity: u32, why: Why) -> Self {
        Self {
            entity,
            cost: 0,
            missing: 0,
            left: 0,
            cut: false,
            described: false,
            why,
        }
    }

    /// What is told of a candidate.
    pub(super) fn matched(&self) -> Match {
        Match {
            position: self.entity,
            why: self.why,
        }
    }
}

impl<'a> Scene<'a> {
    /// The scene for an asker who may have written a kind.
    pub(super) fn new(
        names: &'a Names,
        entities: &'a [Arc<Entity>],
        asking: &Asking<'a>,
        typed: &Typed,
    ) -> Self {
        let kind = typed.kind.as_deref();
        // A Location says where descriptors are; nobody means one without saying so.
        let locations = kind == Some("location")
            || asking.kinds.contains(&"location")
            || typed.text.to_lowercase().contains("location");
        let wanted = names
            .kinds()
            .iter()
            .map(|known| {
                (locations || &**known != "location")
                    && (asking.kinds.is_empty() || asking.kinds.contains(&&**known))
                    && kind.is_none_or(|kind| **known == *kind)
            })
            .collect();
        Self {
            names,
            entities,
            near: asking.near,
            separators: Separators::of(&typed.text),
            wanted,
        }
    }

    /// The same with only one of the kinds left.
    pub(super) fn narrowed(&self, kind: Option<&str>) -> Scene<'a> {
        let kinds = self.names.kinds().iter().zip(&self.wanted);
        Scene {
            names: self.names,
            entities: self.entities,
            near: self.near,
            separators: self.separators,
            wanted: kinds
                .map(|(known, wanted)| *wanted && kind.is_none_or(|kind| **known == *kind))
                .collect(),
        }
    }

    /// Whether an entity is of a kind that will do.
    pub(super) fn wants(&self, entity: u32) -> bool {
        self.wanted
            .get(usize::from(self.names.kind_number(entity)))
            .copied()
            .unwrap_or(false)
    }

    /// The entity's name in lower case.
    pub(super) fn name(&self, entity: u32) -> &'a str {
        self.entities
            .get(entity as usize)
            .map_or("", |entity| entity.reference.name())
    }

    /// Where the entity with a reference stands, if its kind will do.
    pub(super) fn position(&self, reference: &EntityRef) -> Option<u32> {
        let found = self
            .entities
            .binary_search_by(|entity| entity.reference.cmp(reference))
            .ok()?;
        u32::try_from(found)
            .ok()
            .filter(|position| self.wants(*position))
    }

    /// Whether an entity has an alias, in lower case.
    pub(super) fn has_alias(&self, entity: u32, lower: &str) -> bool {
        self.entities.get(entity as usize).is_some_and(|entity| {
            entity
                .aliases
                .iter()
                .any(|alias| alias.to_lowercase() == lower)
        })
    }

    /// Whether an entity is in a namespace, or has a slug in an organisation, of that name in lower case.
    pub(super) fn is_under(&self, entity: u32, before: &str) -> bool {
        self.entities.get(entity as usize).is_some_and(|entity| {
            entity.reference.namespace() == before
                || entity.aliases.iter().any(|alias| {
                    alias
                        .rsplit_once('/')
                        .is_some_and(|(organisation, _)| organisation.eq_ignore_ascii_case(before))
                })
        })
    }

    /// Puts the candidates in order: by what they cost, then kind, lifecycle and nearness to the asker.
    pub(super) fn sort(&self, candidates: &mut [Candidate]) {
        candidates.sort_by_cached_key(|candidate| {
            let preference = self.preference(candidate.entity);
            (i32::from(candidate.cost) + preference, candidate.entity)
        });
    }

    /// One that is certain when there is but one name among them, else some to choose from.
    pub(super) fn settle(&self, mut candidates: Vec<Candidate>) -> Found {
        self.sort(&mut candidates);
        let Some(best) = candidates
            .first()
            .map(|best| self.preferred(&candidates, best))
        else {
            return Found::Nothing(Vec::new());
        };
        let reference = |candidate: &Candidate| {
            self.entities
                .get(candidate.entity as usize)
                .map(|entity| &entity.reference)
        };
        let name = self.name(best.entity);
        let rival = candidates
            .iter()
            .filter(|other| other.entity != best.entity)
            .any(|other| {
                let same_kind =
                    self.names.kind_number(other.entity) == self.names.kind_number(best.entity);
                // The default namespace is what a name without one means.
                let elsewhere = reference(&best).is_some_and(|best| best.namespace() != "default");
                self.name(other.entity) != name || same_kind && elsewhere
            });
        if rival {
            self.choices(&candidates, u16::MAX)
        } else {
            Found::Sure(best.matched())
        }
    }

    /// The answer for candidates that are none of them certain. `letters` is how many were typed: the fewer, the
    /// nearer a name must be.
    pub(super) fn choose(&self, candidates: &mut Vec<Candidate>, letters: usize) -> Choice {
        let near = u16::try_from(letters.min(10) * 50 + 100).unwrap_or(600);
        let least = candidates
            .iter()
            .map(|candidate| candidate.cost)
            .min()
            .unwrap_or(u16::MAX);
        // Asking for owners is dear when a word is everywhere, and what is far behind is not shown anyway.
        candidates.retain(|candidate| candidate.cost <= least.saturating_add(MISSING));
        if candidates.len() > MOST_TO_COMPARE {
            let place = |candidate: &Candidate| {
                (
                    candidate.cost,
                    self.names.kind_rank(candidate.entity),
                    candidate.entity,
                )
            };
            candidates.select_nth_unstable_by_key(MOST_TO_COMPARE, place);
            candidates.truncate(MOST_TO_COMPARE);
        }
        self.sort(candidates);
        let Some(best) = candidates
            .first()
            .map(|best| self.preferred(candidates, best))
        else {
            return Choice::Found(Found::Nothing(Vec::new()));
        };
        // That a name has more words than were typed makes it no less near.
        if best.cost.saturating_sub(best.left) > near {
            return Choice::Found(Found::Nothing(self.far(candidates)));
        }
        let name = self.name(best.entity);
        let next = candidates
            .iter()
            .filter(|other| self.name(other.entity) != name)
            .map(|other| other.cost)
            .min();
        let margin = if best.cut { MARGIN_OF_CUT } else { MARGIN };
        let clear = next.is_none_or(|next| next >= best.cost.saturating_add(margin));
        let sure = if letters >= 10 {
            SURE_OF_LONG
        } else {
            SURE.min(near)
        };
        if clear && best.cost <= sure && !best.described {
            return Choice::Found(Found::Sure(best.matched()));
        }
        match self.choices(candidates, best.cost.saturating_add(BESIDE)) {
            Found::Nothing(_) => Choice::Lone(best.matched()),
            found => Choice::Found(found),
        }
    }

    /// At most three of the candidates that share something with what was typed, to mention them.
    pub(super) fn far(&self, candidates: &mut Vec<Candidate>) -> Vec<Match> {
        candidates.retain(|candidate| candidate.cost <= FAR);
        self.sort(candidates);
        let mut far: Vec<(Match, u16)> = candidates
            .iter()
            .map(|candidate| (candidate.matched(), candidate.cost))
            .collect();
        distinct_names(self, &mut far);
        far.into_iter().map(|(found, _)| found).take(3).collect()
    }

    /// Of the candidates with the same name as one and about as good, the one of the preferred kind.
    fn preferred(&self, candidates: &[Candidate], one: &Candidate) -> Candidate {
        candidates
            .iter()
            .filter(|other| {
                other.cost <= one.cost.saturating_add(60)
                    && self.name(other.entity) == self.name(one.entity)
            })
            .min_by_key(|other| {
                let elsewhere = self
                    .entities
                    .get(other.entity as usize)
                    .is_some_and(|entity| entity.reference.namespace() != "default");
                (
                    self.names.kind_rank(other.entity),
                    elsewhere,
                    self.preference(other.entity),
                    other.entity,
                )
            })
            .copied()
            .unwrap_or(*one)
    }

    /// Two to five to choose from: different names first, namesakes and farther ones only to make up two.
    fn choices(&self, sorted: &[Candidate], most: u16) -> Found {
        let mut choices: Vec<Candidate> = Vec::new();
        let has_name = |choices: &[Candidate], candidate: &Candidate| {
            choices
                .iter()
                .any(|known| self.name(known.entity) == self.name(candidate.entity))
        };
        for candidate in sorted.iter().filter(|candidate| candidate.cost <= most) {
            if choices.len() < MOST_CHOICES && !has_name(&choices, candidate) {
                choices.push(self.preferred(sorted, candidate));
            }
        }
        for candidate in sorted {
            if choices.len() < 2 && !has_name(&choices, candidate) {
                choices.push(*candidate);
            }
        }
        for candidate in sorted {
            if choices.len() < 2 && !choices.iter().any(|known| known.entity == candidate.entity) {
                choices.push(*candidate);
            }
        }
        let matches: Vec<Match> = choices.iter().map(Candidate::matched).collect();
        if matches.len() < 2 {
            return Found::Nothing(matches);
        }
        Found::Unsure(matches)
    }

    /// What makes one of two equally good candidates the likelier one; less is better.
    fn preference(&self, entity: u32) -> i32 {
        let Some(found) = self.entities.get(entity as usize) else {
            return 0;
        };
        let lifecycle = match found.lifecycle.as_deref() {
            Some("deprecated") => 30,
            Some("experimental") => 10,
            _ => 0,
        };
        let elsewhere = if found.reference.namespace() == "default" {
            0
        } else {
            10
        };
        let near = found.owner.as_ref().is_some_and(|owner| (self.near)(owner));
        let separators = self.separators.differ(Separators::of(&found.name));
        i32::from(self.names.kind_rank(entity)) * 6 + lifecycle + elsewhere + separators
            - if near { NEAR } else { 0 }
    }
}

/// Leaves the first of several matches with the same name.
pub(super) fn distinct_names(scene: &Scene<'_>, matches: &mut Vec<(Match, u16)>) {
    let mut seen: Vec<&str> = Vec::new();
    matches.retain(|(found, _)| {
        let name = scene.name(found.position);
        let new = !seen.contains(&name);
        if new && seen.len() < 64 {
            seen.push(name);
        }
        new
    });
}
