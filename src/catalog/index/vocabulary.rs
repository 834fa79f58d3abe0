//! The words that names are made of, each kept once.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use super::distance::{Slips, signature, slips};

/// The number of a word in the vocabulary; the words are numbered in alphabetical order.
pub(super) type WordId = u32;

/// All words of a catalog in one text, in alphabetical order.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    text: Box<str>,
    starts: Box<[u32]>,
    signatures: Box<[u64]>,
    /// How many letters each word has.
    lengths: Box<[u8]>,
}

/// Numbers words in the order in which they come; [`Collector::finish`] puts them in alphabetical order.
#[derive(Debug, Default)]
pub(super) struct Collector {
    numbers: HashMap<Box<str>, u32, BuildHasherDefault<Quick>>,
}

/// A quick hash of short words; the words come from the organisation's own descriptors and are kept by the thousand.
#[derive(Debug, Default)]
struct Quick(u64);

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut part = [0; 8];
            part[..chunk.len()].copy_from_slice(chunk);
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(part))
                .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }

    fn finish(&self) -> u64 {
        // The table takes its buckets from the low bits, which multiplication leaves poor.
        self.0 ^ (self.0 >> 32)
    }
}

impl Collector {
    /// The number of a word for the time being.
    pub(super) fn number(&mut self, word: &str) -> u32 {
        if let Some(number) = self.numbers.get(word) {
            return *number;
        }
        let number = narrow(self.numbers.len());
        self.numbers.insert(word.into(), number);
        number
    }

    /// The vocabulary, and for every number for the time being the final one.
    pub(super) fn finish(self) -> (Vocabulary, Vec<WordId>) {
        let mut words: Vec<(Box<str>, u32)> = self.numbers.into_iter().collect();
        words.sort_unstable();
        let mut finals = vec![0; words.len()];
        let mut text = String::with_capacity(words.iter().map(|(word, _)| word.len()).sum());
        let mut starts = Vec::with_capacity(words.len() + 1);
        let mut signatures = Vec::with_capacity(words.len());
        let mut lengths = Vec::with_capacity(words.len());
        for (place, (word, number)) in words.iter().enumerate() {
            finals[*number as usize] = narrow(place);
            starts.push(narrow(text.len()));
            text.push_str(word);
            signatures.push(signature(word.chars()));
            lengths.push(u8::try_from(word.chars().count()).unwrap_or(u8::MAX));
        }
        starts.push(narrow(text.len()));
        let vocabulary = Vocabulary {
            text: text.into(),
            starts: starts.into(),
            signatures: signatures.into(),
            lengths: lengths.into(),
        };
        (vocabulary, finals)
    }
}

impl Vocabulary {
    /// How many words there are.
    pub(super) fn len(&self) -> usize {
        self.lengths.len()
    }

    /// A word by its number.
    pub(super) fn word(&self, id: WordId) -> &str {
        let id = id as usize;
        &self.text[self.starts[id] as usize..self.starts[id + 1] as usize]
    }

    /// How many letters a word has; 255 stands for more.
    pub(super) fn length(&self, id: WordId) -> usize {
        usize::from(self.lengths[id as usize])
    }

    /// The number of a word.
    pub(super) fn find(&self, word: &str) -> Option<WordId> {
        let place = self.first_at_or_after(word);
        (place < self.len() && self.word(narrow(place)) == word).then(|| narrow(place))
    }

    /// The numbers of the words that begin with `prefix`.
    pub(super) fn with_prefix(&self, prefix: &str) -> Range<WordId> {
        let first = self.first_at_or_after(prefix);
        let (mut low, mut high) = (first, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.word(narrow(middle)).starts_with(prefix) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        narrow(first)..narrow(low)
    }

    /// Calls `take` for every word within `most` slips of `typed`, the word itself aside.
    pub(super) fn near(
        &self,
        typed: &[char],
        most: u8,
        mut take: impl FnMut(WordId, Slips, &[char]),
    ) {
        let wanted = signature(typed.iter().copied());
        let mut letters = Vec::with_capacity(64);
        for (place, (set, length)) in self.signatures.iter().zip(&self.lengths).enumerate() {
            if usize::from(*length).abs_diff(typed.len()) > usize::from(most)
                || (set ^ wanted).count_ones() > 2 * u32::from(most)
            {
                continue;
            }
            letters.clear();
            letters.extend(self.word(narrow(place)).chars());
            if let Some(found) = slips(typed, &letters, most).filter(|found| found.count > 0) {
                take(narrow(place), found, &letters);
            }
        }
    }

    /// Calls `take` for every word.
    pub(super) fn each(&self, mut take: impl FnMut(WordId, &str)) {
        for place in 0..self.len() {
            take(narrow(place), self.word(narrow(place)));
        }
    }

    fn first_at_or_after(&self, word: &str) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.word(narrow(middle)) < word {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// A count as the index keeps it; a catalog of more than four thousand million words does not fit anyway.
pub(super) fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary(words: &[&str]) -> Vocabulary {
        let mut collector = Collector::default();
        for word in words {
            collector.number(word);
        }
        collector.finish().0
    }

    #[test]
    fn words_are_found_whole_by_prefix_and_with_slips() {
        let vocabulary = vocabulary(&["payments", "ledger", "payment", "pay", "wallet"]);
        assert_eq!(
            vocabulary.find("ledger").map(|id| vocabulary.word(id)),
            Some("ledger")
        );
        assert_eq!(vocabulary.find("ledge"), None);
        let begins: Vec<_> = vocabulary
            .with_prefix("paym")
            .map(|id| vocabulary.word(id))
            .collect();
        assert_eq!(begins, ["payment", "payments"]);
        let mut near = Vec::new();
        let typed: Vec<char> = "paymetns".chars().collect();
        vocabulary.near(&typed, 2, |id, slips, _| {
            near.push((vocabulary.word(id).to_owned(), slips.count));
        });
        assert_eq!(
            near,
            [("payment".to_owned(), 2), ("payments".to_owned(), 1)]
        );
    }

    #[test]
    fn a_word_met_twice_is_kept_once() {
        let mut collector = Collector::default();
        let (first, second) = (collector.number("ledger"), collector.number("ledger"));
        assert_eq!(first, second);
        assert_eq!(collector.finish().0.len(), 1);
    }
}
