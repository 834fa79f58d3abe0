//! Plain sentences: `who owns {thing}` reads "hey, who owns the payments service?".

use std::ops::Range;

use super::token::{Quote, TAIL, Token};

/// A sentence pattern of a command, from its `asks`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    text: String,
    parts: Vec<Part>,
    /// What the sentence says beside its parameters: the options at its end.
    options: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Word(String),
    Param(String),
}

/// A sentence that fits a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Match {
    /// How many words of the pattern stand in the sentence: the more, the more specific.
    pub words: usize,
    /// How many words the parameters took: the fewer, the more specific.
    pub captured: usize,
    /// Parameters and the tokens they took.
    pub captures: Vec<(String, Range<usize>)>,
    /// Parameters that the pattern itself gives a value.
    pub options: Vec<(String, String)>,
}

/// Longer sentences are no plain questions; the limit also bounds the work of matching.
const LONGEST_SENTENCE: usize = 60;
const MOST_PARAMS: usize = 4;

impl Phrase {
    /// Reads a pattern: words and parameters, then perhaps options, as in `what depends on {thing} --reverse`, that
    /// nobody says but that are meant. The error is a sentence part that says what is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let (text, options) = match text.split_once(" --") {
            Some((text, options)) => (text, options.split(" --").map(option).collect()),
            None => (text, Vec::new()),
        };
        let mut parts = Vec::new();
        for word in text.split_whitespace() {
            let word = word.trim_end_matches(TAIL);
            if let Some(name) = word
                .strip_prefix('{')
                .and_then(|word| word.strip_suffix('}'))
            {
                if matches!(parts.last(), Some(Part::Param(_))) {
                    return Err(
                        "two parameters stand side by side, so nobody can tell where one ends; \
                         put a word between them"
                            .to_owned(),
                    );
                }
                parts.push(Part::Param(name.to_owned()));
            } else if word.contains(['{', '}']) {
                return Err(format!(
                    "`{word}` mixes braces and letters; a parameter stands alone, like `{{thing}}`"
                ));
            } else {
                let words = spoken(word);
                parts.extend(
                    words
                        .into_iter()
                        .filter(|word| !is_article(word))
                        .map(Part::Word),
                );
            }
        }
        if !parts.iter().any(|part| matches!(part, Part::Word(_))) {
            return Err("it has no word of its own, so it would catch every sentence".to_owned());
        }
        let phrase = Self {
            text: text.trim().to_owned(),
            parts,
            options,
        };
        if phrase.params().count() > MOST_PARAMS {
            return Err(format!("it has more than {MOST_PARAMS} parameters"));
        }
        Ok(phrase)
    }

    /// The pattern as a person would read it: `who owns <thing>`.
    pub fn readable(&self) -> String {
        self.text.replace('{', "<").replace('}', ">")
    }

    /// The pattern as it is written in its file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The parameters, in the order of the sentence.
    pub fn params(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Param(name) => Some(name.as_str()),
            Part::Word(_) => None,
        })
    }

    /// The parameters that the pattern itself gives a value.
    pub(super) fn options(&self) -> impl Iterator<Item = &str> {
        self.options.iter().map(|(name, _)| name.as_str())
    }

    /// What two patterns have in common when every sentence that fits one fits the other.
    pub(super) fn shape(&self) -> String {
        let parts: Vec<&str> = self
            .parts
            .iter()
            .map(|part| match part {
                Part::Word(word) => word.as_str(),
                Part::Param(_) => "{}",
            })
            .collect();
        parts.join(" ")
    }

    /// Fits the pattern to a whole sentence.
    pub(super) fn fit(&self, words: &[Word]) -> Option<Match> {
        if words.len() > LONGEST_SENTENCE {
            return None;
        }
        let mut taken = Vec::new();
        if !fit(&self.parts, words, 0, &mut taken) {
            return None;
        }
        let length = taken.iter().map(ExactSizeIterator::len).sum();
        let captures = self
            .params()
            .zip(taken)
            .map(|(name, range)| {
                (
                    name.to_owned(),
                    words[range.start].token..words[range.end - 1].token + 1,
                )
            })
            .collect();
        let words = self
            .parts
            .iter()
            .filter(|part| matches!(part, Part::Word(_)))
            .count();
        Some(Match {
            words,
            captured: length,
            captures,
            options: self.options.clone(),
        })
    }
}

/// An option without its dashes: `depth=1`, or `reverse` for a flag.
fn option(text: &str) -> (String, String) {
    let (name, value) = text.trim().split_once('=').unwrap_or((text.trim(), "true"));
    (name.to_owned(), value.to_owned())
}

/// Fits the parts to the words from `at` on; earlier parameters take as little as they can.
fn fit(parts: &[Part], words: &[Word], at: usize, taken: &mut Vec<Range<usize>>) -> bool {
    let Some((part, parts)) = parts.split_first() else {
        return at == words.len();
    };
    match part {
        Part::Word(expected) => {
            let Some(word) = words.get(at) else {
                return false;
            };
            let here = word.text.as_ref() == Some(expected) && fit(parts, words, at + 1, taken);
            here || (word.text.as_deref().is_some_and(is_article) && {
                // "the status of payments" fits "status of {thing}".
                let again = words
                    .get(at + 1)
                    .is_some_and(|next| next.text.as_ref() == Some(expected));
                again && fit(parts, words, at + 2, taken)
            })
        }
        Part::Param(_) => {
            // "what's" is two words of one token: a parameter cannot begin in its middle.
            if at > 0
                && words
                    .get(at)
                    .is_some_and(|word| word.token == words[at - 1].token)
            {
                return false;
            }
            for end in at + 1..=words.len() {
                taken.push(at..end);
                if fit(parts, words, end, taken) {
                    return true;
                }
                taken.pop();
            }
            false
        }
    }
}

/// One spoken word of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// As it sounds, or nothing where it is quoted: then only a parameter can take it.
    text: Option<String>,
    /// The token it stands in.
    token: usize,
}

/// The spoken words of a line; punctuation that stands alone is not one.
pub(super) fn words(tokens: &[Token]) -> Vec<Word> {
    let mut words = Vec::new();
    for (token, cut) in tokens.iter().enumerate() {
        if matches!(cut.quote, Quote::Marks | Quote::Code) || cut.key.is_some() {
            words.push(Word { text: None, token });
        } else {
            words.extend(spoken(&cut.text).into_iter().map(|text| Word {
                text: Some(text),
                token,
            }));
        }
    }
    words
}

/// A word as it sounds: lower case, no punctuation around it, one kind of dash and apostrophe.
pub(super) fn sound(word: &str) -> String {
    word.trim_end_matches(TAIL)
        .chars()
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            '‐' | '‑' | '‒' | '–' | '—' | '_' => '-',
            '’' | '‘' => '\'',
            c => c,
        })
        .collect()
}

/// "what's" and "whats" are "what is".
fn spoken(word: &str) -> Vec<String> {
    let sound = sound(word);
    let asks = |word: &str| {
        matches!(
            word,
            "what" | "who" | "where" | "when" | "how" | "which" | "that"
        )
    };
    let first = sound.strip_suffix("'s").or_else(|| {
        sound
            .strip_suffix('s')
            .filter(|word| matches!(*word, "what" | "who" | "where"))
    });
    match first {
        Some(first) if asks(first) => vec![first.to_owned(), "is".to_owned()],
        _ if sound.is_empty() => Vec::new(),
        _ => vec![sound],
    }
}

/// Whether a word says nothing about which one is meant.
pub(super) fn is_article(word: &str) -> bool {
    matches!(word, "the" | "a" | "an" | "our")
}

/// What people say before they say what they want. The longer ones stand first.
const POLITE: [&str; 40] = [
    "i would like to know",
    "i'd like to know",
    "does anyone know",
    "does anybody know",
    "can you tell me",
    "could you tell me",
    "would you tell me",
    "can anyone tell me",
    "can anybody tell me",
    "i want to know",
    "i wonder",
    "do you know",
    "anyone know",
    "any idea",
    "may i ask",
    "quick question",
    "good morning",
    "good afternoon",
    "excuse me",
    "thank you",
    "tell me",
    "can you",
    "could you",
    "would you",
    "will you",
    "please",
    "pls",
    "hey",
    "hi",
    "hello",
    "ok",
    "and",
    "also",
    "then",
    "okay",
    "so",
    "well",
    "sorry",
    "thanks",
    "thx",
];

/// How many tokens at the beginning are only polite, or the bot's name.
pub(super) fn politeness(tokens: &[Token], bot: &str) -> usize {
    let mut at = 0;
    while let Some(length) = polite_at(tokens, at, bot) {
        at += length;
    }
    at
}

/// How many tokens are left when thanks, the bot's name and lone punctuation at the end are dropped.
pub(super) fn without_thanks(tokens: &[Token], bot: &str) -> usize {
    let mut end = tokens.len();
    while end > 0 && tokens[end - 1].is_plain() {
        let last = sound(&tokens[end - 1].text);
        let before = end.checked_sub(2).and_then(|before| tokens.get(before));
        let thank_you =
            last == "you" && before.is_some_and(|before| sound(&before.text) == "thank");
        // "who owns callboard" asks for something that is called like the bot.
        let addressed =
            is_bot(&last, bot) && before.is_some_and(|before| before.text.ends_with(','));
        if thank_you {
            end -= 2;
        } else if addressed || matches!(last.as_str(), "" | "please" | "pls" | "thanks" | "thx") {
            end -= 1;
        } else {
            break;
        }
    }
    end
}

fn polite_at(tokens: &[Token], at: usize, bot: &str) -> Option<usize> {
    let first = tokens.get(at).filter(|token| token.is_plain())?;
    let first = sound(&first.text);
    if first.is_empty() || is_bot(&first, bot) {
        return Some(1);
    }
    POLITE.iter().find_map(|polite| {
        let mut length = 0;
        for word in polite.split(' ') {
            let token = tokens.get(at + length).filter(|token| token.is_plain())?;
            (sound(&token.text) == word).then_some(())?;
            length += 1;
        }
        Some(length)
    })
}

fn is_bot(word: &str, bot: &str) -> bool {
    let bot = bot.to_lowercase();
    word == bot || word.strip_prefix('@') == Some(bot.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::token::{clean, tokens};
    use super::*;

    /// What the parameters of a pattern take from a sentence.
    fn takes(pattern: &str, sentence: &str) -> String {
        let phrase = Phrase::read(pattern).expect("a good pattern");
        let line = clean(sentence);
        let tokens = tokens(&line);
        let Some(found) = phrase.fit(&words(&tokens)) else {
            return "–".to_owned();
        };
        let shown: Vec<String> = found
            .captures
            .iter()
            .map(|(name, range)| {
                format!(
                    "{name}: {}",
                    &line[tokens[range.start].span.start..tokens[range.end - 1].span.end]
                )
            })
            .collect();
        shown.join(", ")
    }

    #[test]
    fn sentences_fit_whatever_their_case_and_punctuation() {
        let table = [
            ("who owns {thing}", "Who owns payments?", "thing: payments?"),
            (
                "who owns {thing}",
                "who owns the Payments API",
                "thing: the Payments API",
            ),
            (
                "who owns {thing}",
                "who owns \"the Payments API\"",
                "thing: \"the Payments API\"",
            ),
            ("who owns {thing}", "who owns", "–"),
            ("who owns {thing}", "so who owns payments", "–"),
            ("who is {person}", "who's Ana Lopes?", "person: Ana Lopes?"),
            ("who is {person}", "who’s ana", "person: ana"),
            (
                "what does {team} own",
                "What does team payments own?",
                "team: team payments",
            ),
            ("what is the status", "what's status?", ""),
            ("what is status", "whats the status", ""),
            (
                "is {thing} in the catalog",
                "is payments in catalog",
                "thing: payments",
            ),
            (
                "compare {one} with {two}",
                "compare a with b with c",
                "one: a, two: b with c",
            ),
            ("what {thing}", "what's up", "–"),
        ];
        for (pattern, sentence, expected) in table {
            assert_eq!(takes(pattern, sentence), expected, "{pattern} / {sentence}");
        }
    }

    #[test]
    fn patterns_that_nobody_could_read_are_refused() {
        let wrong = |pattern| Phrase::read(pattern).expect_err("a bad pattern");
        insta::assert_snapshot!(wrong("{thing}"), @"it has no word of its own, so it would catch every sentence");
        insta::assert_snapshot!(wrong("the {thing}"), @"it has no word of its own, so it would catch every sentence");
        insta::assert_snapshot!(wrong("move {a} {b}"), @"two parameters stand side by side, so nobody can tell where one ends; put a word between them");
        insta::assert_snapshot!(wrong("who owns team-{name}"), @"`team-{name}` mixes braces and letters; a parameter stands alone, like `{thing}`");
    }

    #[test]
    fn patterns_of_one_shape_are_the_same() {
        let shape = |pattern| Phrase::read(pattern).expect("a good pattern").shape();
        assert_eq!(
            shape("Who's the owner of {thing}?"),
            shape("who is owner of {name}")
        );
        assert_ne!(shape("who owns {thing}"), shape("who owned {thing}"));
    }

    #[test]
    fn politeness_is_heard_and_not_answered() {
        let rest = |line: &str| {
            let tokens = tokens(line);
            let from = politeness(&tokens, "callboard");
            let end = from + without_thanks(&tokens[from..], "callboard");
            tokens[from..end]
                .iter()
                .map(|token| token.text.clone())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(rest("hey, please who owns payments"), "who owns payments");
        assert_eq!(
            rest("Hi callboard, can you tell me who owns payments, please?"),
            "who owns payments,"
        );
        assert_eq!(
            rest("do you know who owns payments ? thank you!"),
            "who owns payments"
        );
        assert_eq!(rest("and who owns ledger"), "who owns ledger");
        assert_eq!(rest("thanks!"), "");
    }
}
