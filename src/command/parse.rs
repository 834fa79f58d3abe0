//! What a typed line means: tokens first, meaning second.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::argument::{Line, assign, finish, pasted, value};
use super::phrase::{self, Match};
use super::token::{Quote, TAIL, Token, clean, tokens};
use super::{Book, Command, Param};
use crate::failure::Fault;
use crate::message::markdown;

/// What a line means.
#[derive(Debug, Clone)]
pub enum Understood {
    /// A command with everything it needs.
    Call(Parsed),
    /// A command that still needs something: ask for it, then go on with [`Understood::answering`].
    Missing {
        /// The command.
        command: Arc<Command>,
        /// What it needs first.
        param: Param,
        /// The arguments that were given.
        so_far: BTreeMap<String, String>,
    },
    /// A command with words that it has no use for.
    Leftover {
        /// The command.
        command: Arc<Command>,
        /// The words, as they were typed.
        leftovers: String,
        /// What to tell the asker: two full sentences in CommonMark.
        usage: String,
    },
    /// A line that is wrong in itself: an open quotation mark, an option that does not exist.
    Refused(Fault),
    /// No command that is known.
    Unknown {
        /// The word that should have been a command.
        word: String,
        /// Commands with a name like it, nearest first.
        suggestions: Vec<String>,
        /// What was typed after it, so that a suggestion can be offered as a whole line.
        rest: String,
    },
    /// Nothing but code or a quotation, in so many words: somebody may want to know what it speaks of.
    Pasted(String),
    /// Nothing was said, or nothing to the bot: thanks, a word in code.
    Silence,
}

/// A command with everything it needs.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The command.
    pub command: Arc<Command>,
    /// Its arguments by parameter, defaults included; the fixed ones are the command's own.
    pub arguments: BTreeMap<String, String>,
}

/// The longest message that is read, in characters: people paste whole logs.
const LONGEST: usize = 150_000;

/// A line of more tokens is no sentence.
const LONGEST_LINE: usize = 400;

/// Within so many polite words at the beginning a sentence may begin at each.
const LONGEST_POLITENESS: usize = 12;

/// A message, taken apart at the line that is meant for the bot.
struct Meant<'t> {
    /// Quotations and code.
    before: &'t str,
    line: &'t str,
    more: &'t str,
}

enum Found<'a> {
    /// By its name, in so many tokens.
    Name(&'a Arc<Command>, usize),
    /// By a sentence.
    Sentence(&'a Arc<Command>, Match),
}

impl Book {
    /// Reads what a person typed. It accepts any text.
    pub fn understand(&self, typed: &str) -> Understood {
        let length = typed.chars().count();
        if length > LONGEST {
            return Understood::Refused(Fault {
                says: format!(
                    "That message is too long for me: it has {length} characters and I read {LONGEST} at most."
                ),
                hint: Some(
                    "Say it in fewer words, or put the text in a file and give me a link."
                        .to_owned(),
                ),
            });
        }
        let text = clean(typed);
        let Some(meant) = self.meant(&text) else {
            let block = text.contains('\n') && text.chars().any(char::is_alphanumeric);
            return if block {
                Understood::Pasted(text)
            } else {
                Understood::Silence
            };
        };
        self.read_line(
            self.without_address(meant.line),
            meant.before,
            meant.more,
            true,
        )
    }

    fn read_line(&self, text: &str, before: &str, more: &str, may_unwrap: bool) -> Understood {
        let line = Line {
            text,
            before,
            more,
            tokens: tokens(text),
        };
        let polite = phrase::politeness(&line.tokens, self.bot());
        // "tell me about payments" asks something, "tell me who owns payments" begins politely.
        for start in (0..polite.min(LONGEST_POLITENESS)).chain([polite]) {
            match self.find_at(&line.tokens[start..]) {
                Some(Found::Name(command, used)) => {
                    return self.by_name(command, &line, start + used);
                }
                Some(Found::Sentence(command, found)) => {
                    return by_sentence(command, &line, start, &found);
                }
                None => {}
            }
        }
        let Some(first) = line.tokens.get(polite) else {
            return Understood::Silence;
        };
        if first.quote == Quote::Code {
            // A whole line of code is somebody trying an example; a line that begins with code speaks of it.
            let alone = polite + 1 == line.tokens.len() && may_unwrap;
            return if alone {
                self.read_line(self.without_address(&first.text), "", "", false)
            } else {
                Understood::Silence
            };
        }
        self.unknown(&line, polite)
    }

    /// The first line that is meant for the bot: no quotation, no code, and more than its name.
    fn meant<'t>(&self, text: &'t str) -> Option<Meant<'t>> {
        let mut fence: Option<&str> = None;
        let mut at = 0;
        for whole in text.split_inclusive('\n') {
            let start = at;
            at += whole.len();
            let line = whole.trim();
            let marker = ["```", "~~~"]
                .into_iter()
                .find(|marker| line.starts_with(marker));
            match (fence, marker) {
                (Some(open), Some(marker)) if open == marker => fence = None,
                (Some(_), _) => {}
                // A block that opens and closes on its own line holds nothing but code.
                (None, Some(marker))
                    if line.len() > marker.len() && line[marker.len()..].contains(marker) => {}
                (None, Some(marker)) => fence = Some(marker),
                (None, None) if line.starts_with('>') => {}
                (None, None)
                    if !self
                        .without_address(line)
                        .chars()
                        .any(char::is_alphanumeric) => {}
                (None, None) => {
                    return Some(Meant {
                        before: &text[..start],
                        line,
                        more: &text[at..],
                    });
                }
            }
        }
        None
    }

    /// Drops `/`, `!`, `@callboard`, `callboard:` from the beginning of a line.
    fn without_address<'l>(&self, line: &'l str) -> &'l str {
        let mut line = line.trim();
        loop {
            let bare = line.trim_start_matches(['/', '!']).trim_start();
            let end = bare
                .find(|c: char| c.is_whitespace() || c == ':' || c == ',')
                .unwrap_or(bare.len());
            let word = bare[..end].strip_prefix('@').unwrap_or(&bare[..end]);
            let rest = bare[end..].trim_start_matches([':', ',']).trim_start();
            let addressed = word.to_lowercase() == self.bot().to_lowercase();
            let next = if addressed { rest } else { bare };
            if next.len() == line.len() {
                return line;
            }
            line = next;
        }
    }

    /// Finds the command that the tokens begin with, or the sentence that they are.
    fn find_at(&self, tokens: &[Token]) -> Option<Found<'_>> {
        let named = self.name_at(tokens);
        if tokens.len() > LONGEST_LINE {
            return named.map(|(command, used, _)| Found::Name(command, used));
        }
        let words = phrase::words(&tokens[..phrase::without_thanks(tokens, self.bot())]);
        let sentence = self
            .phrases()
            .filter_map(|(command, phrase)| phrase.fit(&words).map(|found| (command, found)))
            .min_by_key(|(_, found)| (usize::MAX - found.words, found.captured));
        match (named, sentence) {
            // "show me payments" is the sentence, although `show` is a command as well.
            (Some((_, _, said)), Some((command, found))) if found.words > said => {
                Some(Found::Sentence(command, found))
            }
            (Some((command, used, _)), _) => Some(Found::Name(command, used)),
            (None, Some((command, found))) => Some(Found::Sentence(command, found)),
            (None, None) => None,
        }
    }

    /// The command whose name the tokens begin with, how many tokens and how many words that took.
    fn name_at(&self, tokens: &[Token]) -> Option<(&Arc<Command>, usize, usize)> {
        let plain = tokens.iter().take_while(|token| token.is_plain()).count();
        (1..=plain.min(self.longest_name())).rev().find_map(|used| {
            let name = joined(&tokens[..used]);
            let said = name.split('-').count();
            self.exact(&name).map(|command| (command, used, said))
        })
    }

    fn by_name(&self, command: &Arc<Command>, line: &Line<'_>, from: usize) -> Understood {
        let takes_text = command.takes.iter().any(|param| param.kind == "text");
        let end = if takes_text {
            line.tokens.len()
        } else {
            from + phrase::without_thanks(&line.tokens[from..], self.bot())
        };
        let assigned = assign(command, line, &line.tokens[from..end]);
        if let Some(arguments) = pasted(command, line, &line.tokens[from..], &assigned) {
            return finish(command, arguments);
        }
        match assigned {
            Ok((arguments, leftovers)) if leftovers.is_empty() => finish(command, arguments),
            Ok((_, leftovers)) => {
                let usage = format!(
                    "I do not know what to do with {} after {}. The whole command is {}.",
                    markdown::code(&leftovers),
                    markdown::code(&command.name),
                    markdown::code(&command.usage()),
                );
                Understood::Leftover {
                    command: Arc::clone(command),
                    leftovers,
                    usage,
                }
            }
            Err(fault) => Understood::Refused(fault),
        }
    }

    fn unknown(&self, line: &Line<'_>, from: usize) -> Understood {
        let tokens = &line.tokens[from..];
        let plain = tokens.iter().take_while(|token| token.is_plain()).count();
        // "who onws payments": the more words sound like one name, the better.
        let asks = tokens.first().is_some_and(|first| is_question(&first.text));
        let least = if asks { 2 } else { 1 };
        let guess = (least..=plain.min(3)).rev().find_map(|used| {
            let word = joined(&tokens[..used]);
            let mut suggestions = self.suggest(&word);
            // A question that is not known is only a misspelt command when it is nearly one.
            suggestions.retain(|name| !asks || strsim::osa_distance(&word, name) <= 2);
            (!suggestions.is_empty()).then_some((used, suggestions))
        });
        let (used, suggestions) = guess.unwrap_or((1, Vec::new()));
        let end = |used: usize| tokens.get(used - 1).map_or(0, |token| token.span.end);
        let start = tokens.first().map_or(0, |token| token.span.start);
        let word: String = line.text[start..end(used)]
            .trim_end_matches(TAIL)
            .chars()
            .take(40)
            .collect();
        Understood::Unknown {
            word,
            suggestions: suggestions.into_iter().map(str::to_owned).collect(),
            rest: line.text[end(used)..].trim().to_owned(),
        }
    }
}

impl Understood {
    /// Goes on after [`Understood::Missing`] with what the person answered.
    pub fn answering(
        command: &Arc<Command>,
        so_far: BTreeMap<String, String>,
        param: &Param,
        typed: &str,
    ) -> Self {
        let mut arguments = so_far;
        let text = clean(typed);
        if param.takes_pastes() && text.trim().contains('\n') {
            arguments.insert(param.name.clone(), text.trim().to_owned());
            return finish(command, arguments);
        }
        let mut tokens = tokens(&text);
        if param.kind != "text" {
            tokens.truncate(phrase::without_thanks(&tokens, ""));
        }
        if !tokens.is_empty() {
            match value(param, &tokens, &text) {
                Ok(value) => arguments.insert(param.name.clone(), value),
                Err(fault) => return Self::Refused(fault),
            };
        }
        finish(command, arguments)
    }
}

fn by_sentence(command: &Arc<Command>, line: &Line<'_>, start: usize, found: &Match) -> Understood {
    let mut arguments = BTreeMap::new();
    for (name, range) in &found.captures {
        let Some(param) = command.takes.iter().find(|param| param.name == *name) else {
            continue;
        };
        let taken = &line.tokens[start + range.start..start + range.end];
        match value(param, taken, line.text) {
            Ok(value) => {
                let value = line.with_block(param, without_end(value, taken));
                arguments.insert(name.clone(), value)
            }
            Err(fault) => return Understood::Refused(fault),
        };
    }
    arguments.extend(found.options.iter().cloned());
    finish(command, arguments)
}

/// The mark at the end belongs to the sentence, not to the words it asks about, unless they are quoted.
fn without_end(value: String, taken: &[Token]) -> String {
    let plain = taken.last().is_some_and(|token| token.quote == Quote::None);
    match value.trim_end_matches(TAIL) {
        words if plain && !words.is_empty() => words.to_owned(),
        _ => value,
    }
}

/// Whether a sentence that begins so is a question of its own and no misspelt command.
fn is_question(word: &str) -> bool {
    const WORDS: [&str; 14] = [
        "who", "what", "which", "where", "when", "why", "how", "is", "are", "can", "does", "do",
        "i", "we",
    ];
    WORDS.contains(&word.to_lowercase().as_str())
}

/// Words as one name: `Who owns` is `who-owns`.
fn joined(tokens: &[Token]) -> String {
    let words: Vec<String> = tokens
        .iter()
        .map(|token| phrase::sound(&token.text))
        .collect();
    words.join("-")
}

#[cfg(test)]
mod tests;
