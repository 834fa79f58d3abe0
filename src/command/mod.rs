//! What people can say: the commands of the `commands/` folder, checked, found and rendered.

mod argument;
mod book;
mod file;
mod filter;
mod front;
mod parse;
mod phrase;
mod reply;
mod suggestion;
mod takes;
mod token;
mod watch;

pub use book::Book;
pub use parse::{Parsed, Understood};
pub use phrase::Phrase;
pub use reply::RenderError;
pub use token::quoted;
pub use watch::Reloading;

use std::collections::BTreeMap;

use serde_json::json;

use crate::message::Audience;

/// A command as its file declares it.
#[derive(Debug)]
pub struct Command {
    /// What people type; the file's name.
    pub name: String,
    /// The file, as problems name it.
    pub file: String,
    /// One sentence that says what it does.
    pub says: String,
    /// Other names.
    pub also: Vec<String>,
    /// Plain sentences that ask for it.
    pub asks: Vec<Phrase>,
    /// The action that gives the data; none for an answer that is always the same.
    pub action: Option<String>,
    /// Whether it has a slash command of its own.
    pub slash: bool,
    /// Lines to try (`try` in the file).
    pub examples: Vec<String>,
    /// Who may see the answer.
    pub audience: Audience,
    /// Its parameters, in the order people type them.
    pub takes: Vec<Param>,
    /// Arguments that are always the same.
    pub fixed: BTreeMap<String, String>,
    body: reply::Body,
    lines: Lines,
}

/// One parameter of a command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Param {
    /// Its name, also for `name=value`.
    pub name: String,
    /// What it is read as: `entity`, `person`, `text`, `flag` …
    pub kind: String,
    /// What it is, as a noun: "a service, repository or team".
    pub says: String,
    /// Whether the command does without it.
    pub optional: bool,
    /// Whether it takes the rest of the line.
    pub rest: bool,
    /// Whether it is only ever said by its name, like `--depth 5`; a flag always is.
    pub named: bool,
    /// What it is when nobody says it.
    pub default: Option<String>,
    /// The only values it may have, when there are any.
    pub choices: Vec<String>,
}

/// The lines of a file where the things stand that other files can clash with.
#[derive(Debug, Default)]
struct Lines {
    also: Vec<u32>,
    asks: Vec<u32>,
    examples: Vec<u32>,
}

impl Command {
    /// How it is typed: `who-owns <thing>`, optional parts in brackets.
    pub fn usage(&self) -> String {
        let mut usage = self.name.clone();
        for param in &self.takes {
            let typed = param.typed();
            let shown = match (param.may_be_left_out(), param.is_option()) {
                (true, _) => format!("[{typed}]"),
                (false, true) => typed,
                (false, false) => format!("<{typed}>"),
            };
            usage.push(' ');
            usage.push_str(&shown);
        }
        usage
    }

    /// What `help` says about it, as data: `name`, `says`, `usage`, `also`, `asks`, `try`, `slash` and `takes`.
    pub fn help(&self) -> serde_json::Value {
        let takes: Vec<_> = self
            .takes
            .iter()
            .map(|param| {
                json!({
                    "name": param.name,
                    "kind": param.kind,
                    "typed": param.typed(),
                    "says": param.says,
                    "optional": param.may_be_left_out(),
                    "default": param.default,
                    "choices": param.choices,
                })
            })
            .collect();
        json!({
            "name": self.name,
            "says": self.says,
            "usage": self.usage(),
            "also": self.also,
            "asks": self.asks.iter().map(Phrase::readable).collect::<Vec<_>>(),
            "try": self.examples,
            "slash": self.slash,
            "takes": takes,
        })
    }
}

impl Param {
    /// The question to ask when it is missing, as CommonMark.
    pub fn question(&self) -> String {
        let name = self.spoken();
        if self.says.is_empty() {
            return format!("Which {name}?");
        }
        format!("Which {name}? I need {}.", self.says.trim_end_matches('.'))
    }

    /// Whether it is said by its name and never by its place.
    pub fn is_option(&self) -> bool {
        self.named || self.kind == "flag"
    }

    /// Whether it may be a whole text in which things are named.
    fn takes_pastes(&self) -> bool {
        self.kind == "entity-or-path"
    }

    /// Whether the command does without it.
    fn may_be_left_out(&self) -> bool {
        self.optional || self.default.is_some() || self.kind == "flag"
    }

    /// How it is typed: `thing`, `--reverse`, `--depth N`.
    fn typed(&self) -> String {
        match self.kind.as_str() {
            "flag" => format!("--{}", self.name),
            "number" if self.named => format!("--{} N", self.name),
            _ if self.named => format!("--{} …", self.name),
            _ => self.name.clone(),
        }
    }

    /// Its name as a word in a sentence.
    fn spoken(&self) -> String {
        self.name.replace(['-', '_'], " ")
    }

    /// Whether people type spaces in it: names of things, and everything they write freely.
    fn may_hold_spaces(&self) -> bool {
        self.kind.split("-or-").any(|kind| {
            matches!(
                kind,
                "text" | "words" | "entity" | "group" | "team" | "person" | "owner" | "command"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::problem::Problem;

    pub(super) const ACTIONS: [&str; 5] = [
        "catalog.owner",
        "catalog.show",
        "catalog.search",
        "answer.add",
        "deploy.start",
    ];
    pub(super) const KINDS: [&str; 9] = [
        "entity",
        "entity-or-path",
        "group-or-person",
        "text",
        "words",
        "word",
        "number",
        "flag",
        "command",
    ];

    /// A book of files given as name and text.
    pub(super) fn read(files: &[(&str, &str)]) -> (Book, Vec<Problem>) {
        let files = files
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        Book::read(files, None, &ACTIONS, &KINDS)
    }

    /// Problems as a person reads them, one a line.
    pub(super) fn shown(problems: &[Problem]) -> String {
        let lines: Vec<String> = problems
            .iter()
            .map(|problem| format!("{}:{}: {}", problem.file, problem.line, problem.message))
            .collect();
        lines.join("\n")
    }

    /// A book that has a command of every sort.
    pub(super) fn sample() -> Book {
        let (book, problems) = read(&[
            (
                "who-owns",
                r#"+++
says = "Who owns a service, and where to reach them"
also = ["owner", "whose"]
asks = ["who owns {thing}", "who is responsible for {thing}", "whose is {thing}"]
action = "catalog.owner"
slash = true
try = ["who-owns payments", "who-owns billing/src/invoice.rs"]

[[takes]]
name = "thing"
kind = "entity-or-path"
says = "a service, repository, file or team"
+++
**{{ title }}**
"#,
            ),
            (
                "show",
                r#"+++
says = "Everything about one thing"
asks = ["show me {thing}", "what is {thing}", "tell me about {thing}"]
action = "catalog.show"
[[takes]]
name = "thing"
kind = "entity"
+++
x
"#,
            ),
            (
                "owns",
                r#"+++
says = "What a team owns"
asks = ["what does {owner} own", "what is owned by {owner}"]
action = "catalog.search"
[[takes]]
name = "owner"
kind = "group-or-person"
[[takes]]
name = "all"
kind = "flag"
+++
x
"#,
            ),
            (
                "answer",
                r#"+++
says = "Notes an answer"
asks = ["remember that {text}"]
action = "answer.add"
[[takes]]
name = "topic"
kind = "word"
[[takes]]
name = "text"
kind = "text"
+++
x
"#,
            ),
            (
                "deploy",
                r#"+++
says = "Starts a deployment"
asks = ["what would it be to deploy {thing} --dry-run --after=5"]
action = "deploy.start"
[[takes]]
name = "thing"
kind = "word"
[[takes]]
name = "stage"
kind = "word"
choices = ["staging", "production"]
default = "staging"
[[takes]]
name = "after"
kind = "number"
named = true
optional = true
[[takes]]
name = "dry-run"
kind = "flag"
[fixed]
by = "chat"
times = 1
+++
x
"#,
            ),
            (
                "lunch",
                "+++\nsays = \"What is for lunch\"\nasks = [\"what is for lunch\"]\n+++\nSoup.\n",
            ),
        ]);
        assert_eq!(shown(&problems), "");
        book
    }

    #[test]
    fn usage_shows_what_is_needed_and_what_is_not() {
        let book = sample();
        let usage = |name| {
            book.find(name)
                .map(|command| command.usage())
                .unwrap_or_default()
        };
        assert_eq!(usage("who-owns"), "who-owns <thing>");
        assert_eq!(
            usage("deploy"),
            "deploy <thing> [stage] [--after N] [--dry-run]"
        );
        assert_eq!(usage("lunch"), "lunch");
    }

    #[test]
    fn a_missing_argument_is_asked_for_in_words() {
        let book = sample();
        let question = |name| {
            book.find(name)
                .map(|command| command.takes[0].question())
                .unwrap_or_default()
        };
        assert_eq!(
            question("who-owns"),
            "Which thing? I need a service, repository, file or team."
        );
        assert_eq!(question("answer"), "Which topic?");
    }

    #[test]
    fn help_tells_everything_as_data() {
        let book = sample();
        let help = book
            .find("who owns")
            .map(|command| command.help())
            .unwrap_or_default();
        let help = serde_json::to_string_pretty(&help).expect("JSON");
        insta::assert_snapshot!(help, @r#"
        {
          "name": "who-owns",
          "says": "Who owns a service, and where to reach them",
          "usage": "who-owns <thing>",
          "also": [
            "owner",
            "whose"
          ],
          "asks": [
            "who owns <thing>",
            "who is responsible for <thing>",
            "whose is <thing>"
          ],
          "try": [
            "who-owns payments",
            "who-owns billing/src/invoice.rs"
          ],
          "slash": true,
          "takes": [
            {
              "name": "thing",
              "kind": "entity-or-path",
              "typed": "thing",
              "says": "a service, repository, file or team",
              "optional": false,
              "default": null,
              "choices": []
            }
          ]
        }
        "#);
    }
}
