//! Every name that every entity goes by, in flat tables.

use std::ops::Range;
use std::sync::Arc;

use crate::catalog::entity::Entity;

use super::distance::{LONGEST_COMPARED, signature};
use super::postings::Postings;
use super::synonyms::kind_rank;
use super::vocabulary::{Collector, Vocabulary, WordId, narrow};
use super::words::{Umlauts, each_word, has_umlauts};

/// What sort of name a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    /// `metadata.name`.
    Name,
    /// The title.
    Title,
    /// An alias, or the repository of a slug.
    Alias,
}

/// One name of one entity.
#[derive(Debug, Clone, Copy)]
struct Surface {
    entity: u32,
    words_end: u32,
    /// How many letters the name has without separators; 255 stands for more.
    length: u8,
    field: Field,
}

/// The names of a catalog: cut into words, by words, by their letters, and whole.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// The words that all names are made of.
    pub(super) vocabulary: Vocabulary,
    /// In the order of the entities; the first of an entity is its name.
    surfaces: Box<[Surface]>,
    words: Box<[WordId]>,
    first_surfaces: Box<[u32]>,
    /// Words that say something of an entity without being its name: tags and the type.
    hints: Box<[WordId]>,
    first_hints: Box<[u32]>,
    /// Which entities a word leads to by their names, and which only by their hints.
    postings: Postings,
    hinted: Postings,
    /// A hash of every name without separators, sorted, and the surface it belongs to.
    whole: Box<[(u32, u32)]>,
    /// The surfaces in the order of their lengths, and the letters each has.
    by_length: Box<[u32]>,
    letters: Box<[u64]>,
    first_of_length: Box<[u32]>,
    /// The kinds that occur, and which each entity has.
    kinds: Box<[Box<str>]>,
    kind_of: Box<[u8]>,
}

impl Names {
    /// Takes the names out of the entities.
    pub(super) fn of(entities: &[Arc<Entity>]) -> Self {
        let mut builder = Builder::default();
        for (position, entity) in entities.iter().enumerate() {
            builder.add(narrow(position), entity);
        }
        builder.finish(entities.len())
    }

    /// How many entities there are.
    pub(super) fn entities(&self) -> usize {
        self.kind_of.len()
    }

    /// The surfaces of an entity.
    pub(super) fn surfaces_of(&self, entity: u32) -> Range<u32> {
        let entity = entity as usize;
        self.first_surfaces[entity]..self.first_surfaces[entity + 1]
    }

    /// The words of a surface in their order.
    pub(super) fn words_of(&self, surface: u32) -> &[WordId] {
        let surface = surface as usize;
        let start = surface
            .checked_sub(1)
            .map_or(0, |before| self.surfaces[before].words_end);
        &self.words[start as usize..self.surfaces[surface].words_end as usize]
    }

    /// The entity that a surface is a name of.
    pub(super) fn entity_of(&self, surface: u32) -> u32 {
        self.surfaces[surface as usize].entity
    }

    /// What sort of name a surface is.
    pub(super) fn field_of(&self, surface: u32) -> Field {
        self.surfaces[surface as usize].field
    }

    /// The words of an entity's tags and type.
    pub(super) fn hints_of(&self, entity: u32) -> &[WordId] {
        let entity = entity as usize;
        &self.hints[self.first_hints[entity] as usize..self.first_hints[entity + 1] as usize]
    }

    /// The entities that have a word in a name, in their order.
    pub(super) fn named_with(&self, word: WordId) -> &[u32] {
        self.postings.of(word)
    }

    /// The entities that have a word in a tag or as their type, in their order.
    pub(super) fn hinted_with(&self, word: WordId) -> &[u32] {
        self.hinted.of(word)
    }

    /// The kind of an entity, in lower case.
    pub(super) fn kind(&self, entity: u32) -> &str {
        &self.kinds[usize::from(self.kind_of[entity as usize])]
    }

    /// The kinds that occur, in lower case.
    pub(super) fn kinds(&self) -> &[Box<str>] {
        &self.kinds
    }

    /// The number of an entity's kind among [`Self::kinds`].
    pub(super) fn kind_number(&self, entity: u32) -> u8 {
        self.kind_of[entity as usize]
    }

    /// Calls `take` for every surface that is `squashed` when its separators are left out.
    pub(super) fn each_whole(&self, squashed: &str, mut take: impl FnMut(u32)) {
        let wanted = hash(squashed.as_bytes());
        let first = self.whole.partition_point(|(hash, _)| *hash < wanted);
        for (_, surface) in self.whole[first..]
            .iter()
            .take_while(|(hash, _)| *hash == wanted)
        {
            if self.is_whole(*surface, squashed) {
                take(*surface);
            }
        }
    }

    /// Calls `take` for every surface whose letters could be within `most` slips of letters with the given set.
    pub(super) fn each_alike(&self, set: u64, length: usize, most: u8, mut take: impl FnMut(u32)) {
        let longest = self.first_of_length.len().saturating_sub(2);
        let from = length.saturating_sub(usize::from(most)).min(longest);
        let to = (length + usize::from(most)).min(longest);
        if self.first_of_length.is_empty() || length > longest + usize::from(most) {
            return;
        }
        let range = self.first_of_length[from] as usize..self.first_of_length[to + 1] as usize;
        for (surface, letters) in self.by_length[range.clone()]
            .iter()
            .zip(&self.letters[range])
        {
            if (letters ^ set).count_ones() <= 2 * u32::from(most) {
                take(*surface);
            }
        }
    }

    /// Calls `take` for every surface that has all letters of the set.
    pub(super) fn each_holding(&self, set: u64, mut take: impl FnMut(u32)) {
        for (surface, letters) in self.by_length.iter().zip(&self.letters) {
            if letters & set == set {
                take(*surface);
            }
        }
    }

    /// Puts the letters of a surface, without separators, into `letters`.
    pub(super) fn letters_of(&self, surface: u32, letters: &mut Vec<char>) {
        letters.clear();
        for word in self.words_of(surface) {
            letters.extend(self.vocabulary.word(*word).chars());
        }
    }

    fn is_whole(&self, surface: u32, squashed: &str) -> bool {
        let mut rest = squashed;
        for word in self.words_of(surface) {
            match rest.strip_prefix(self.vocabulary.word(*word)) {
                Some(after) => rest = after,
                None => return false,
            }
        }
        rest.is_empty()
    }
}

/// The tables while they grow.
#[derive(Default)]
struct Builder {
    collector: Collector,
    surfaces: Vec<Surface>,
    words: Vec<u32>,
    first_surfaces: Vec<u32>,
    hints: Vec<u32>,
    first_hints: Vec<u32>,
    hashes: Vec<u32>,
    sets: Vec<u64>,
    kinds: Vec<Box<str>>,
    kind_of: Vec<u8>,
    squashed: String,
}

impl Builder {
    fn add(&mut self, position: u32, entity: &Entity) {
        self.first_surfaces.push(narrow(self.surfaces.len()));
        self.first_hints.push(narrow(self.hints.len()));
        let kind = entity.reference.kind();
        let number = self
            .kinds
            .iter()
            .position(|known| &**known == kind)
            .unwrap_or_else(|| {
                self.kinds.push(kind.into());
                self.kinds.len() - 1
            });
        // More than 255 kinds share the last number: they are listed, only not told apart by kind.
        self.kind_of.push(u8::try_from(number).unwrap_or(u8::MAX));
        self.surface(position, Field::Name, &entity.name);
        if let Some(title) = &entity.title {
            self.surface(position, Field::Title, title);
        }
        for alias in &entity.aliases {
            // A whole slug is compared as it stands; its words but the repository's say nothing.
            let repository = alias
                .trim_end_matches('/')
                .rsplit('/')
                .next()
                .unwrap_or(alias);
            self.surface(position, Field::Alias, repository);
        }
        for hint in entity.tags.iter().chain(&entity.kind_type) {
            let (collector, hints) = (&mut self.collector, &mut self.hints);
            each_word(hint, Umlauts::Bare, |word, _| {
                hints.push(collector.number(word));
            });
        }
    }

    fn surface(&mut self, position: u32, field: Field, text: &str) {
        self.surface_as(position, field, text, Umlauts::Bare);
        if has_umlauts(text) {
            self.surface_as(position, field, text, Umlauts::Spelled);
        }
    }

    fn surface_as(&mut self, position: u32, field: Field, text: &str, umlauts: Umlauts) {
        let start = self.words.len();
        self.squashed.clear();
        let (collector, words, squashed) =
            (&mut self.collector, &mut self.words, &mut self.squashed);
        let mut letters = 0;
        each_word(text, umlauts, |word, _| {
            // A text of a thousand words is no name.
            if words.len() - start < 32 {
                words.push(collector.number(word));
                squashed.push_str(word);
                letters += word.chars().count();
            }
        });
        let first = self
            .first_surfaces
            .last()
            .map_or(0, |first| *first as usize);
        let hash = hash(self.squashed.as_bytes());
        let own = &self.words[start..];
        // The title that only repeats the name is the rule; it is kept when it says something else.
        let known = (first..self.surfaces.len()).any(|at| {
            let from = at
                .checked_sub(1)
                .map_or(0, |before| self.surfaces[before].words_end as usize);
            &self.words[from..self.surfaces[at].words_end as usize] == own
        });
        if field != Field::Name && (known || own.is_empty()) {
            self.words.truncate(start);
            return;
        }
        self.hashes.push(hash);
        self.sets.push(signature(self.squashed.chars()));
        self.surfaces.push(Surface {
            entity: position,
            words_end: narrow(self.words.len()),
            length: u8::try_from(letters).unwrap_or(u8::MAX),
            field,
        });
    }

    fn finish(mut self, entities: usize) -> Names {
        self.first_surfaces.push(narrow(self.surfaces.len()));
        self.first_hints.push(narrow(self.hints.len()));
        let (vocabulary, finals) = self.collector.finish();
        for word in self.words.iter_mut().chain(&mut self.hints) {
            *word = finals[*word as usize];
        }
        let mut whole: Vec<(u32, u32)> = self
            .hashes
            .iter()
            .enumerate()
            .map(|(surface, hash)| (*hash, narrow(surface)))
            .collect();
        whole.sort_unstable();
        let length_of = |surface: u32| usize::from(self.surfaces[surface as usize].length);
        let mut by_length: Vec<u32> = (0..narrow(self.surfaces.len())).collect();
        by_length.retain(|surface| (1..=LONGEST_COMPARED).contains(&length_of(*surface)));
        by_length.sort_by_key(|surface| length_of(*surface));
        let letters: Box<[u64]> = by_length
            .iter()
            .map(|surface| self.sets[*surface as usize])
            .collect();
        let first_of_length: Box<[u32]> = (0..=LONGEST_COMPARED + 1)
            .map(|length| narrow(by_length.partition_point(|surface| length_of(*surface) < length)))
            .collect();
        let mut names = Names {
            vocabulary,
            surfaces: self.surfaces.into(),
            words: self.words.into(),
            first_surfaces: self.first_surfaces.into(),
            hints: self.hints.into(),
            first_hints: self.first_hints.into(),
            whole: whole.into(),
            by_length: by_length.into(),
            letters,
            first_of_length,
            kinds: self.kinds.into(),
            kind_of: self.kind_of.into(),
            ..Names::default()
        };
        names.post(entities);
        names
    }
}

impl Names {
    /// Fills the tables from words to entities.
    fn post(&mut self, entities: usize) {
        let words = self.vocabulary.len();
        self.postings = Postings::collect(words, entities, |entity, words| {
            words.extend(
                self.surfaces_of(entity)
                    .flat_map(|surface| self.words_of(surface)),
            );
        });
        self.hinted = Postings::collect(words, entities, |entity, words| {
            words.extend(self.hints_of(entity));
        });
    }

    /// Where an entity's kind stands in the order of preference.
    pub(super) fn kind_rank(&self, entity: u32) -> u8 {
        kind_rank(self.kind(entity))
    }
}

/// FNV-1a, because the text is short and nobody can gain from a collision: each hit is compared.
fn hash(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}
