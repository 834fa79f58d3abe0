//! The way from what was typed to the answer: a reference, a whole name, then what is near.

use super::choose::{self, Choice, Scene, distinct_names};
use super::hits::{Role, TypedWord, read_words};
use super::names::Field;
use super::score::{Candidate, each_by_initials, each_slipped, score};
use super::subsequence::subsequences;
use super::typed::{Typed, without_sentence};
use super::words::{Umlauts, squash};
use super::{Found, Index, Match, Why};

impl Index {
    /// What was typed as a reference or as the slug of a repository.
    pub(super) fn referenced(&self, scene: &Scene<'_>, typed: &Typed) -> Option<Found> {
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

    pub(super) fn named(&self, scene: &Scene<'_>, typed: &Typed, umlauts: Umlauts) -> Found {
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
    pub(super) fn whole(&self, scene: &Scene<'_>, squashed: &str, lower: &str) -> Vec<Candidate> {
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
        let far = match scene.choose(&mut candidates, letters) {
            Choice::Found(Found::Nothing(far)) => far,
            Choice::Found(found) => return found,
            Choice::Lone(found) => return self.beside_neighbour(scene, found),
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

    /// One that is near but not sure, with the name beside it in the alphabet to choose it from.
    fn beside_neighbour(&self, scene: &Scene<'_>, found: Match) -> Found {
        const REACH: usize = 64;
        let name = scene.name(found.position);
        let place = self
            .by_name
            .partition_point(|other| scene.name(*other) < name);
        let other = |position: &&u32| scene.wants(**position) && scene.name(**position) != name;
        let before = self.by_name[..place].iter().rev().take(REACH).find(other);
        let after = self.by_name[place..].iter().take(REACH).find(other);
        let shared = |position: &&u32| {
            let pairs = scene.name(**position).bytes().zip(name.bytes());
            pairs.take_while(|(left, right)| left == right).count()
        };
        match before.into_iter().chain(after).max_by_key(shared) {
            Some(position) => Found::Unsure(vec![
                found,
                Match {
                    position: *position,
                    why: Why::Neighbour,
                },
            ]),
            None => Found::Nothing(vec![found]),
        }
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
        let likely: Vec<Match> = found
            .iter()
            .filter(|(_, percent)| *percent >= choose::LIKELY_PERCENT)
            .map(|(found, _)| *found)
            .take(5)
            .collect();
        if likely.len() >= 2 {
            return Found::Unsure(likely);
        }
        if let [likely] = likely.as_slice()
            && typed.len() > 5
        {
            return self.beside_neighbour(scene, *likely);
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
    pub(super) fn candidates(&self, scene: &Scene<'_>, words: &[TypedWord]) -> Vec<Candidate> {
        let mut candidates: Vec<Candidate> = Vec::new();
        self.by_words(scene, words, &mut candidates);
        each_slipped(&self.names, words, |candidate| candidates.push(candidate));
        let needed: Vec<&TypedWord> = words
            .iter()
            .filter(|word| word.role == Role::Needed)
            .collect();
        if let [single] = needed.as_slice()
            && !single.known
            && (2..=6).contains(&single.letters.len())
            && single.letters.iter().all(|letter| letter.is_alphabetic())
        {
            let kind = words.iter().find_map(|word| match word.role {
                Role::Kind(kind) => Some(kind),
                _ => None,
            });
            each_by_initials(&self.names, &single.letters, |candidate| {
                if kind.is_none_or(|kind| kind == self.names.kind(candidate.entity)) {
                    candidates.push(candidate);
                }
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
