//! From words back to the entities that have them.

use super::vocabulary::{WordId, narrow};

/// For every word a list of entities.
#[derive(Debug, Default)]
pub(super) struct Postings {
    entities: Box<[u32]>,
    first: Box<[u32]>,
}

impl Postings {
    /// Turns the words of each entity round. `words_of` adds the words of an entity to a list.
    pub(super) fn collect(
        words: usize,
        entities: usize,
        words_of: impl Fn(u32, &mut Vec<WordId>),
    ) -> Self {
        let mut own: Vec<WordId> = Vec::new();
        let mut each = |take: &mut dyn FnMut(u32, usize)| {
            for entity in 0..narrow(entities) {
                own.clear();
                words_of(entity, &mut own);
                own.sort_unstable();
                own.dedup();
                for word in &own {
                    take(entity, *word as usize);
                }
            }
        };
        let mut first = vec![0u32; words + 1];
        each(&mut |_, word| first[word + 1] += 1);
        for word in 1..first.len() {
            first[word] += first[word - 1];
        }
        let mut next = first.clone();
        let mut list = vec![0u32; first.last().map_or(0, |count| *count as usize)];
        each(&mut |entity, word| {
            list[next[word] as usize] = entity;
            next[word] += 1;
        });
        Self {
            entities: list.into(),
            first: first.into(),
        }
    }

    /// The entities of a word, in their order.
    pub(super) fn of(&self, word: WordId) -> &[u32] {
        let word = word as usize;
        &self.entities[self.first[word] as usize..self.first[word + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entity_stands_once_under_each_of_its_words() {
        let words: [&[u32]; 3] = [&[0, 2, 0], &[2], &[]];
        let postings = Postings::collect(3, 3, |entity, own| own.extend(words[entity as usize]));
        assert_eq!(postings.of(0), [0]);
        assert_eq!(postings.of(1), [0u32; 0]);
        assert_eq!(postings.of(2), [0, 1]);
    }
}
