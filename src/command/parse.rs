//! What a typed line means: tokens first, meaning second.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::argument::{Line, assign, finish, value};
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
    /// Nothing was said, or nothing to the bot: quotations, code, thanks.
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

/// The longest message that is read, in characters.
const LONGEST: usize = 12_000;

/// Within so many polite words at the beginning a sentence may begin at each.
const LONGEST_POLITENESS: usize = 12;

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
        let Some((line, more)) = meant(&text) else {
            return Understood::Silence;
        };
        self.read_line(self.without_address(line), more, true)
    }

    fn read_line(&self, text: &str, more: &str, may_unwrap: bool) -> Understood {
        if !text.chars().any(char::is_alphanumeric) {
            return Understood::Silence;
        }
        let line = Line {
            text,
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
                self.read_line(self.without_address(&first.text), "", false)
            } else {
                Understood::Silence
            };
        }
        self.unknown(&line, polite)
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
        match assign(command, line, &line.tokens[from..end]) {
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
        let guess = (1..=plain.min(3)).rev().find_map(|used| {
            let suggestions = self.suggest(&joined(&tokens[..used]));
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
            Ok(value) => arguments.insert(name.clone(), without_end(value, taken)),
            Err(fault) => return Understood::Refused(fault),
        };
    }
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

/// The first line that is meant for the bot, and what follows it: quotations and code blocks are not.
fn meant(text: &str) -> Option<(&str, &str)> {
    let mut fence: Option<&str> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        let line = line.trim();
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
            (None, None) if line.is_empty() || line.starts_with('>') => {}
            (None, None) => return Some((line, &text[at..])),
        }
    }
    None
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
mod tests {
    use proptest::prelude::*;

    use super::super::tests::sample;
    use super::super::token::quoted;
    use super::*;

    /// What was understood, in one line.
    fn told(understood: &Understood) -> String {
        let named = |arguments: &BTreeMap<String, String>| {
            arguments.iter().fold(String::new(), |told, (name, value)| {
                format!("{told} {name}=[{value}]")
            })
        };
        match understood {
            Understood::Call(parsed) => {
                format!("{}{}", parsed.command.name, named(&parsed.arguments))
            }
            Understood::Missing {
                command,
                param,
                so_far,
            } => {
                format!("{}{} needs {}", command.name, named(so_far), param.name)
            }
            Understood::Leftover { usage, .. } => usage.clone(),
            Understood::Refused(fault) => {
                format!("{} {}", fault.says, fault.hint.clone().unwrap_or_default())
            }
            Understood::Unknown {
                word,
                suggestions,
                rest,
            } => {
                format!("unknown [{word}] near {suggestions:?} rest [{rest}]")
            }
            Understood::Silence => "–".to_owned(),
        }
    }

    fn hears(table: &[(&str, &str)]) {
        let book = sample();
        for (typed, expected) in table {
            assert_eq!(told(&book.understand(typed)), *expected, "{typed}");
        }
    }

    #[test]
    fn commands_are_heard_however_they_are_typed() {
        hears(&[
            ("who-owns payments", "who-owns thing=[payments]"),
            ("Who-Owns Payments", "who-owns thing=[Payments]"),
            ("/who-owns payments", "who-owns thing=[payments]"),
            ("!who-owns payments", "who-owns thing=[payments]"),
            ("/callboard who-owns payments", "who-owns thing=[payments]"),
            ("Callboard: who-owns payments", "who-owns thing=[payments]"),
            ("@callboard, who-owns payments", "who-owns thing=[payments]"),
            ("callboard who-owns payments", "who-owns thing=[payments]"),
            ("who–owns payments", "who-owns thing=[payments]"),
            ("who owns payments", "who-owns thing=[payments]"),
            ("who_owns payments", "who-owns thing=[payments]"),
            ("who-owns: payments", "who-owns thing=[payments]"),
            ("owner payments", "who-owns thing=[payments]"),
            (
                "who-owns\u{00A0}pay\u{200B}ments",
                "who-owns thing=[payments]",
            ),
            ("  who-owns   payments  ", "who-owns thing=[payments]"),
            ("who-owns payments api", "who-owns thing=[payments api]"),
            (
                "who-owns billing/src/invoice.rs",
                "who-owns thing=[billing/src/invoice.rs]",
            ),
            (
                "who-owns component:default/payments",
                "who-owns thing=[component:default/payments]",
            ),
            ("who-owns callboard", "who-owns thing=[callboard]"),
            ("who-owns .github", "who-owns thing=[.github]"),
            ("who-owns -weird", "who-owns thing=[-weird]"),
            (
                "who-owns https://e.com/?a=b&c=d",
                "who-owns thing=[https://e.com/?a=b&c=d]",
            ),
            ("lunch", "lunch"),
        ]);
    }

    #[test]
    fn quotation_marks_of_every_keyboard_hold_words_together() {
        hears(&[
            ("who-owns \"payments api\"", "who-owns thing=[payments api]"),
            ("who-owns “payments api”", "who-owns thing=[payments api]"),
            ("who-owns „payments api“", "who-owns thing=[payments api]"),
            ("who-owns «payments api»", "who-owns thing=[payments api]"),
            ("who-owns ‘payments api’", "who-owns thing=[payments api]"),
            ("who-owns `payments`", "who-owns thing=[payments]"),
            ("who-owns \"what now?\"", "who-owns thing=[what now?]"),
            ("who-owns \"the one\"?", "who-owns thing=[the one]"),
            ("who-owns team's plan", "who-owns thing=[team's plan]"),
            (
                "who-owns “payments api",
                "A quotation mark opens before `“payments api` and nothing closes it. \
                 Close it, or leave it out: names with spaces work without.",
            ),
        ]);
    }

    #[test]
    fn arguments_may_be_named() {
        hears(&[
            ("who-owns thing=payments", "who-owns thing=[payments]"),
            (
                "who-owns Thing=“payments api”",
                "who-owns thing=[payments api]",
            ),
            ("who-owns --thing payments", "who-owns thing=[payments]"),
            ("who-owns --thing=payments", "who-owns thing=[payments]"),
            ("who-owns —thing payments", "who-owns thing=[payments]"),
            ("who-owns size=big", "who-owns thing=[size=big]"),
            ("owns payments --all", "owns all=[true] owner=[payments]"),
            (
                "owns --all payments team",
                "owns all=[true] owner=[payments team]",
            ),
            (
                "owns payments team —all",
                "owns all=[true] owner=[payments team]",
            ),
            ("owns -- --all", "owns owner=[--all]"),
            ("deploy shop", "deploy stage=[staging] thing=[shop]"),
            (
                "deploy shop Production",
                "deploy stage=[production] thing=[shop]",
            ),
            (
                "deploy stage=production shop",
                "deploy stage=[production] thing=[shop]",
            ),
            (
                "deploy shop --dry-run",
                "deploy dry-run=[true] stage=[staging] thing=[shop]",
            ),
        ]);
    }

    #[test]
    fn wrong_arguments_get_a_sentence_that_helps() {
        hears(&[
            ("who-owns", "who-owns needs thing"),
            ("who-owns?", "who-owns needs thing"),
            ("who owns \"\"", "who-owns needs thing"),
            ("answer deploys", "answer topic=[deploys] needs text"),
            (
                "lunch today please",
                "I do not know what to do with `today` after `lunch`. The whole command is `lunch`.",
            ),
            (
                "deploy shop staging now \"or so\"",
                "I do not know what to do with `now \"or so\"` after `deploy`. \
                 The whole command is `deploy <thing> [stage] [--dry-run]`.",
            ),
            (
                "deploy shop producton",
                "`producton` is not a stage that I know. Did you mean `production`? I know `staging`, `production`.",
            ),
            (
                "deploy shop moon",
                "`moon` is not a stage that I know. Choose one of `staging`, `production`.",
            ),
            (
                "deploy shop --stgae production",
                "`deploy` has no option `--stgae`. Did you mean `--stage`? It takes `--thing`, `--stage`, `--dry-run`.",
            ),
            (
                "lunch --fast",
                "`lunch` has no option `--fast`. Say just `lunch`.",
            ),
            (
                "deploy shop --stage",
                "`--stage` needs a value. Say it like `--stage value`.",
            ),
            (
                "deploy thing=a thing=b",
                "You gave `thing` twice. Say it once, so that I know which one you mean.",
            ),
        ]);
    }

    #[test]
    fn plain_sentences_are_heard() {
        hears(&[
            ("who owns payments?", "who-owns thing=[payments]"),
            (
                "Who owns the Payments service?",
                "who-owns thing=[Payments service]",
            ),
            (
                "who owns “the payments service”?",
                "who-owns thing=[the payments service]",
            ),
            (
                "hey, please: who owns payments?",
                "who-owns thing=[payments]",
            ),
            (
                "Hey callboard, can you tell me who owns payments, please?",
                "who-owns thing=[payments]",
            ),
            (
                "do you know who is responsible for payments v1.2?",
                "who-owns thing=[payments v1.2]",
            ),
            (
                "who's responsible for payments",
                "who-owns thing=[payments]",
            ),
            ("whose is payments?! thank you", "who-owns thing=[payments]"),
            ("show me payments", "show thing=[payments]"),
            ("show payments", "show thing=[payments]"),
            ("what is payments?", "show thing=[payments]"),
            ("What’s payments?", "show thing=[payments]"),
            ("whats payments", "show thing=[payments]"),
            ("tell me about the shop", "show thing=[shop]"),
            ("what is for lunch", "lunch"),
            ("What's for lunch today?", "show thing=[for lunch today]"),
            ("what is owned by ana lopes", "owns owner=[ana lopes]"),
            ("what does team payments own?", "owns owner=[team payments]"),
            ("who owns callboard?", "who-owns thing=[callboard]"),
            ("who owns payments, callboard?", "who-owns thing=[payments]"),
        ]);
    }

    #[test]
    fn free_text_is_kept_to_the_letter() {
        hears(&[
            (
                "answer deploys They're at 5\" – really?",
                "answer text=[They're at 5\" – really?] topic=[deploys]",
            ),
            (
                "answer deploys \"at noon.\"",
                "answer text=[at noon.] topic=[deploys]",
            ),
            (
                "answer topic=deploys --fast is the flag",
                "`answer` has no option `--fast`. It takes `--topic`, `--text`.",
            ),
            (
                "answer topic=deploys -- --fast is the flag",
                "answer text=[--fast is the flag] topic=[deploys]",
            ),
            (
                "answer deploys like this:\n```\nmake deploy\n```\n> quoted",
                "answer text=[like this:\n```\nmake deploy\n```\n> quoted] topic=[deploys]",
            ),
            (
                "remember that it is \"late\"!",
                "answer text=[it is \"late\"!] needs topic",
            ),
        ]);
    }

    #[test]
    fn code_and_quotations_are_not_commands() {
        hears(&[
            ("> who-owns payments", "–"),
            ("> who-owns payments\nlunch", "lunch"),
            ("```\nwho-owns payments\n```", "–"),
            ("```\nwho-owns payments\n```\nlunch", "lunch"),
            ("```who-owns payments```", "–"),
            ("`who-owns payments` tells you", "–"),
            ("`who-owns payments`", "who-owns thing=[payments]"),
            (
                "callboard: ``!who-owns payments``",
                "who-owns thing=[payments]",
            ),
            ("please `who-owns payments`", "who-owns thing=[payments]"),
            ("`` `x` ``", "–"),
            ("who-owns payments\nand so on", "who-owns thing=[payments]"),
        ]);
    }

    #[test]
    fn strangers_are_told_what_is_near() {
        hears(&[
            (
                "who-onws payments",
                "unknown [who-onws] near [\"who-owns\"] rest [payments]",
            ),
            (
                "who onws \"the shop\"",
                "unknown [who onws] near [\"who-owns\"] rest [\"the shop\"]",
            ),
            (
                "please shwo payments",
                "unknown [shwo] near [\"show\"] rest [payments]",
            ),
            ("banana!", "unknown [banana] near [] rest []"),
            (
                "\"who-owns\" payments",
                "unknown [\"who-owns\"] near [] rest [payments]",
            ),
        ]);
    }

    #[test]
    fn nothing_meant_gets_no_answer() {
        hears(&[
            ("", "–"),
            ("   \n ", "–"),
            ("???", "–"),
            ("!", "–"),
            ("👍", "–"),
            ("thanks!", "–"),
            ("Hey callboard", "–"),
        ]);
    }

    #[test]
    fn a_message_without_end_is_refused() {
        let told = told(&sample().understand(&"a ".repeat(10_000)));
        assert_eq!(
            told,
            "That message is too long for me: it has 20000 characters and I read 12000 at most. \
             Say it in fewer words, or put the text in a file and give me a link."
        );
    }

    #[test]
    fn what_is_missing_can_be_answered() {
        let book = sample();
        let Understood::Missing {
            command,
            param,
            so_far,
        } = book.understand("answer deploys")
        else {
            panic!("the text is missing");
        };
        let again = Understood::answering(&command, so_far.clone(), &param, "  ");
        assert_eq!(told(&again), "answer topic=[deploys] needs text");
        let done = Understood::answering(&command, so_far, &param, "At noon.\nMostly.");
        assert_eq!(
            told(&done),
            "answer text=[At noon.\nMostly.] topic=[deploys]"
        );

        let Understood::Missing {
            command,
            param,
            so_far,
        } = book.understand("who-owns")
        else {
            panic!("the thing is missing");
        };
        let done = Understood::answering(&command, so_far, &param, "the payments service, please?");
        assert_eq!(told(&done), "who-owns thing=[payments service]");
    }

    #[test]
    fn the_bot_listens_to_its_own_name() {
        let book = sample().called("Robot");
        assert_eq!(told(&book.understand("robot: lunch")), "lunch");
        assert_eq!(
            told(&book.understand("callboard: lunch")),
            "unknown [callboard] near [] rest [lunch]"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_understood_somehow(text in "\\PC{0,80}") {
            sample_once().understand(&text);
        }

        #[test]
        fn any_tokens_are_understood_somehow(
            words in proptest::collection::vec(
                "who|owns|deploy|answer|--|--all|—x=|\"|'|`|```|\n|>|=|thing=|the|,|\\\\|“|”|é|[a-z]{1,3}", 0..12,
            ),
            glue in "[ ]?",
        ) {
            sample_once().understand(&words.join(&glue));
        }

        #[test]
        fn a_quoted_argument_comes_back_as_it_was(value in "[^\\p{C}\\p{Z}\u{FE00}-\u{FE0F}\u{00AD}]( ?[^\\p{C}\\p{Z}\u{FE00}-\u{FE0F}\u{00AD}]){0,20}") {
            let understood = sample_once().understand(&format!("who-owns {}", quoted(&value)));
            prop_assert_eq!(told(&understood), format!("who-owns thing=[{value}]"));
        }
    }

    fn sample_once() -> &'static Book {
        static BOOK: std::sync::OnceLock<Book> = std::sync::OnceLock::new();
        BOOK.get_or_init(sample)
    }
}
