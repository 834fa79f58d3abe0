//! Which words of the vocabulary a typed word may stand for, and at what cost.

use super::Why;
use super::distance::Slips;
use super::synonyms::{
    is_filler, is_generic, is_skeleton, kind_of_word, other_numbers, other_spellings, synonyms,
};
use super::vocabulary::{Vocabulary, WordId};
use super::words::{Umlauts, each_word};

/// No more words are looked at; the rest of a longer text says nothing about a name.
const MOST_WORDS: usize = 12;

/// What it costs to be written with some consonants only.
pub(super) const SKELETON: u16 = 250;

/// What it costs to be another word of the same stem: such a name is described rather than named.
pub(super) const STEM: u16 = 240;

/// What ends English words that are made of others.
const ENDINGS: [&str; 16] = [
    "", "s", "e", "es", "ed", "er", "ers", "or", "ors", "ing", "ings", "ment", "ments", "ion",
    "ation", "ations",
];

/// One word of the vocabulary that a typed word may stand for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hit {
    pub(super) word: WordId,
    pub(super) cost: u16,
    pub(super) why: Why,
}

/// What a typed word does when no word of a name answers to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It must be found.
    Needed,
    /// It belongs to the sentence.
    Filler,
    /// It says of which kind the thing is.
    Kind(&'static str),
    /// It says that the thing is some software.
    Generic,
}

/// One word that was typed.
#[derive(Debug)]
pub(super) struct TypedWord {
    pub(super) text: String,
    pub(super) letters: Vec<char>,
    pub(super) role: Role,
    /// Whether the vocabulary has the word itself: a word that exists is no slip of another one.
    pub(super) known: bool,
    /// Whether a separator other than white space ties it to a neighbour, as in a name that was copied.
    pub(super) tied: bool,
    /// In the order of the word numbers, each once.
    pub(super) hits: Vec<Hit>,
}

impl TypedWord {
    /// The cheapest way in which the word stands for a word of the vocabulary.
    pub(super) fn hit(&self, word: WordId) -> Option<&Hit> {
        let at = self.hits.binary_search_by_key(&word, |hit| hit.word).ok()?;
        self.hits.get(at)
    }
}

/// How many slips a word of so many letters may hold: none below four, one below eight, else two.
pub(super) fn slips_allowed(letters: usize) -> u8 {
    match letters {
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    }
}

/// What slips cost: less in a longer word, less for the common sorts, more at the first letter.
pub(super) fn cost_of_slips(slips: Slips, letters: usize, first_differs: bool) -> u16 {
    let cost = match (slips.count, slips.common) {
        (0, _) => 0,
        (1, true) => 200,
        (1, false) => 250,
        _ if letters >= 12 => 420,
        _ => 500,
    };
    let scaled = match letters {
        0..5 => cost * 13 / 10,
        5 => cost * 115 / 100,
        _ => cost,
    };
    scaled + if first_differs { 60 } else { 0 }
}

/// Whether two words hold the same digits: `v2` and `v3` are two things and no slip.
pub(super) fn same_digits(left: &[char], right: &[char]) -> bool {
    let digits = |letters: &[char]| {
        letters
            .iter()
            .copied()
            .filter(char::is_ascii_digit)
            .collect::<Vec<_>>()
    };
    left.len() == right.len() && left == right || digits(left) == digits(right)
}

/// Cuts a text into words and finds what each may stand for. `partly` also takes words that only hold a typed one
/// somewhere, for a search.
pub(super) fn read_words(
    vocabulary: &Vocabulary,
    text: &str,
    umlauts: Umlauts,
    partly: bool,
) -> Vec<TypedWord> {
    let mut pieces: Vec<(String, bool)> = Vec::new();
    each_word(text, umlauts, |word, spaced| {
        if pieces.len() < MOST_WORDS {
            pieces.push((word.to_owned(), spaced));
        }
    });
    join_parts(vocabulary, &mut pieces);
    let mut words = Vec::with_capacity(pieces.len());
    for (place, (text, spaced)) in pieces.iter().enumerate() {
        let tied = !spaced || pieces.get(place + 1).is_some_and(|(_, spaced)| !spaced);
        let goes_on = place > 0 && place + 1 == pieces.len();
        let word = read_word(vocabulary, text, tied, goes_on, partly);
        let lost = !word.known && word.hits.iter().all(|hit| hit.cost > 320);
        match lost.then(|| split(vocabulary, text)).flatten() {
            Some(parts) => {
                // Any letters fall into words of two: only longer ones were certainly meant.
                let certain = parts.iter().all(|part| part.len() > 2);
                for part in parts {
                    let word = read_word(vocabulary, part, true, false, partly);
                    let known = word.known && certain;
                    words.push(TypedWord { known, ..word });
                }
            }
            None => words.push(word),
        }
    }
    // Of words that could all be left out, all are needed.
    if words.iter().all(|word| word.role != Role::Needed) {
        for word in &mut words {
            word.role = Role::Needed;
        }
    }
    words
}

/// Joins neighbours that only together are a word: `check out`.
fn join_parts(vocabulary: &Vocabulary, pieces: &mut Vec<(String, bool)>) {
    let mut place = 0;
    while place + 1 < pieces.len() {
        let (left, right) = (&pieces[place].0, &pieces[place + 1].0);
        let both_known = vocabulary.find(left).is_some() && vocabulary.find(right).is_some();
        let joined = format!("{left}{right}");
        if !both_known && vocabulary.find(&joined).is_some() {
            pieces[place].0 = joined;
            pieces.remove(place + 1);
        } else {
            place += 1;
        }
    }
}

/// The fewest known words that a word consists of: `paymentsgateway`.
fn split<'a>(vocabulary: &Vocabulary, text: &'a str) -> Option<Vec<&'a str>> {
    if !text.is_ascii() || !(5..=40).contains(&text.len()) {
        return None;
    }
    // For every end: how many words lead there, and where the last one begins.
    let mut ways: Vec<Option<(u8, usize)>> = vec![None; text.len() + 1];
    ways[0] = Some((0, 0));
    for end in 2..=text.len() {
        for start in 0..=end - 2 {
            let Some((count, _)) = ways[start] else {
                continue;
            };
            let better = ways[end].is_none_or(|(known, _)| count + 1 < known);
            let part = &text[start..end];
            // Who stopped in the middle of the last word has typed its beginning.
            let begun = || {
                start > 0
                    && end == text.len()
                    && part.len() >= 3
                    && !vocabulary.with_prefix(part).is_empty()
            };
            if better && count < 4 && (is_part(vocabulary, part) || begun()) {
                ways[end] = Some((count + 1, start));
            }
        }
    }
    let mut parts = Vec::new();
    let mut end = text.len();
    while end > 0 {
        let (_, start) = ways[end]?;
        parts.push(&text[start..end]);
        end = start;
    }
    parts.reverse();
    Some(parts)
}

/// Whether a part of a word is a word itself, or stands for one: `authsvc`.
fn is_part(vocabulary: &Vocabulary, part: &str) -> bool {
    vocabulary.find(part).is_some()
        || part.len() >= 2 && synonyms(part).any(|other| vocabulary.find(other).is_some())
}

/// `goes_on` says that the word is the last of several, so that even one letter may be where somebody stopped.
fn read_word(
    vocabulary: &Vocabulary,
    text: &str,
    tied: bool,
    goes_on: bool,
    partly: bool,
) -> TypedWord {
    let letters: Vec<char> = text.chars().collect();
    let role = if tied {
        Role::Needed
    } else if is_filler(text) {
        Role::Filler
    } else if let Some(kind) = kind_of_word(text) {
        Role::Kind(kind)
    } else if is_generic(text) {
        Role::Generic
    } else {
        Role::Needed
    };
    let exact = vocabulary.find(text);
    let mut hits: Vec<Hit> = Vec::new();
    let mut take = |word: WordId, cost: u16, why: Why| hits.push(Hit { word, cost, why });
    if let Some(word) = exact {
        take(word, 0, Why::Word);
    }
    for other in other_numbers(text) {
        if let Some(word) = vocabulary.find(&other) {
            take(word, 80, Why::Word);
        }
    }
    for other in other_spellings(text) {
        if let Some(word) = vocabulary.find(&other) {
            take(word, 20, Why::Word);
        }
    }
    for other in synonyms(text) {
        if let Some(word) = vocabulary.find(other) {
            take(word, 50, Why::Initials);
        }
    }
    if (letters.len() >= 2 || goes_on) && !text.chars().all(|letter| letter.is_ascii_digit()) {
        let known = if exact.is_some() { 60 } else { 0 };
        let short = match letters.len() {
            1 => 120,
            2 => 60,
            _ => 0,
        };
        for word in vocabulary.with_prefix(text) {
            let missing = vocabulary.length(word) - letters.len().min(vocabulary.length(word));
            let cost = 80 + u16::try_from(missing.min(9)).unwrap_or(9) * 8 + known + short;
            take(word, cost, Why::Prefix);
        }
    }
    numbered(vocabulary, &letters, &mut take);
    if exact.is_none() {
        slipped(vocabulary, &letters, &mut take);
        stemmed(vocabulary, text, &mut take);
        if (2..=5).contains(&letters.len()) && letters.iter().all(|letter| letter.is_alphabetic()) {
            skeletons(vocabulary, &letters, &mut take);
        }
    }
    if partly && letters.len() >= 3 {
        vocabulary.each(|word, known| {
            if known.len() > text.len() && known[1..].contains(text) {
                take(word, 220, Why::Word);
            }
        });
    }
    hits.sort_unstable_by_key(|hit| (hit.word, hit.cost));
    hits.dedup_by_key(|hit| hit.word);
    TypedWord {
        text: text.to_owned(),
        known: exact.is_some(),
        letters,
        role,
        tied,
        hits,
    }
}

fn slipped(vocabulary: &Vocabulary, letters: &[char], take: &mut impl FnMut(WordId, u16, Why)) {
    // A letter may be missing, so the word that was meant may be longer than the typed one.
    let most = match letters.len() {
        0..3 => return,
        3..6 => 1,
        _ => 2,
    };
    vocabulary.near(letters, most, |word, slips, meant| {
        let longer = letters.len().max(meant.len());
        if slips.count <= slips_allowed(longer) && same_digits(letters, meant) {
            let cost = cost_of_slips(slips, longer, letters.first() != meant.first());
            take(word, cost, Why::Typo(slips.count));
        }
    });
}

/// The words that the same word was made into, or that it was made of: `deployment` for `deploy`.
fn stemmed(vocabulary: &Vocabulary, text: &str, take: &mut impl FnMut(WordId, u16, Why)) {
    // The longest ending that leaves enough of a word.
    let stem = ENDINGS
        .iter()
        .filter_map(|ending| text.strip_suffix(ending))
        .filter(|stem| stem.len() >= 4 && stem.is_ascii())
        .min_by_key(|stem| stem.len());
    let Some(stem) = stem else { return };
    for word in vocabulary.with_prefix(stem) {
        let ending = &vocabulary.word(word)[stem.len()..];
        if ENDINGS.contains(&ending) {
            take(word, STEM, Why::Word);
        }
    }
}

/// The words that are written with their first letter, how many come between, and their last one: `o11y`, `k8s`.
fn numbered(vocabulary: &Vocabulary, letters: &[char], take: &mut impl FnMut(WordId, u16, Why)) {
    let [first, digits @ .., last] = letters else {
        return;
    };
    let digits: String = digits.iter().collect();
    let Ok(between) = digits.parse::<usize>() else {
        return;
    };
    for word in vocabulary.with_prefix(first.encode_utf8(&mut [0; 4])) {
        if vocabulary.length(word) == between.saturating_add(2)
            && vocabulary.word(word).ends_with(*last)
        {
            take(word, 50, Why::Initials);
        }
    }
}

fn skeletons(vocabulary: &Vocabulary, letters: &[char], take: &mut impl FnMut(WordId, u16, Why)) {
    let Some(first) = letters.first() else { return };
    let mut meant = Vec::with_capacity(64);
    for word in vocabulary.with_prefix(first.encode_utf8(&mut [0; 4])) {
        // Nearly any letters can be found in a word that is long enough.
        if !(letters.len() + 2..=letters.len() * 4).contains(&vocabulary.length(word)) {
            continue;
        }
        meant.clear();
        meant.extend(vocabulary.word(word).chars());
        if is_skeleton(letters, &meant) {
            take(word, SKELETON, Why::Initials);
        }
    }
}
