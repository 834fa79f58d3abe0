//! Reading a command file: TOML front matter between `+++` lines, then the body.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::DeTable;

use super::front::{Reader, Value, has, or};
use super::phrase::Phrase;
use super::reply::{Body, ChoiceSource};
use super::suggestion::did_you_mean;
use super::{Command, Lines};
use crate::catalog::problem::{Problem, Severity};
use crate::message::Audience;

/// The names a command file may use; the caller knows them, this module does not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    pub actions: &'a [&'a str],
    pub kinds: &'a [&'a str],
}

const KEYS: [&str; 10] = [
    "says", "also", "asks", "action", "slash", "try", "audience", "takes", "choices", "fixed",
];
const CHOICE_KEYS: [&str; 4] = ["label", "line", "if", "each"];

/// The most buttons a file may declare; platforms take about so many.
const MOST_CHOICES: usize = 10;

/// Reads the text of the command called `name`. All problems are collected; with an error among them
/// there is no command.
pub(super) fn read(
    name: &str,
    file: &str,
    text: &str,
    known: Known<'_>,
) -> (Option<Command>, Vec<Problem>) {
    let text = text
        .strip_prefix('\u{FEFF}')
        .unwrap_or(text)
        .replace("\r\n", "\n");
    let mut reader = Reader {
        file,
        front: String::new(),
        known,
        problems: Vec::new(),
    };
    if !is_name(name) {
        reader.say(
            1,
            1,
            "command-name",
            format!(
                "`{name}` cannot be a command's name: it begins with a small letter \
                 and goes on with small letters, digits and hyphens"
            ),
        );
    }
    let command = match split(&text) {
        Ok((front, body, body_line)) => {
            front.clone_into(&mut reader.front);
            reader.command(name, front, body, body_line)
        }
        Err((line, message)) => {
            reader.say(line, 1, "command-front-matter", message);
            None
        }
    };
    let mut problems = reader.problems;
    problems.sort();
    let wrong = problems
        .iter()
        .any(|problem| problem.severity == Severity::Error);
    (command.filter(|_| !wrong), problems)
}

/// Whether a text is a good name for a file and its command.
pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// Other names may use the letters of any language.
fn is_other_name(name: &str) -> bool {
    name.starts_with(char::is_alphabetic)
        && name
            .chars()
            .all(|c| c == '-' || c.is_alphanumeric() && !c.is_uppercase())
}

/// The front matter, the body and the line the body begins at.
fn split(text: &str) -> Result<(&str, &str, u32), (u32, String)> {
    let Some(rest) = text.strip_prefix("+++\n") else {
        return Err((
            1,
            "a command file begins with a line `+++`, then come its keys, \
             another line `+++`, and the answer"
                .to_owned(),
        ));
    };
    let mut at = 0;
    for (number, line) in (2..).zip(rest.split_inclusive('\n')) {
        if line.trim_end() == "+++" {
            return Ok((&rest[..at], &rest[at + line.len()..], number + 1));
        }
        at += line.len();
    }
    Err((1, "the line `+++` that ends the keys is missing".to_owned()))
}

impl Reader<'_> {
    fn command(&mut self, name: &str, front: &str, body: &str, body_line: u32) -> Option<Command> {
        let (table, errors) = DeTable::parse_recoverable(front);
        if !errors.is_empty() {
            for error in errors {
                let at = error.span().unwrap_or(0..0);
                self.wrong(
                    &at,
                    "command-toml",
                    format!("the front matter is not TOML: {}", error.message()),
                );
            }
            return None;
        }
        let mut command = Command {
            name: name.to_owned(),
            file: self.file.to_owned(),
            says: String::new(),
            also: Vec::new(),
            asks: Vec::new(),
            action: None,
            slash: false,
            examples: Vec::new(),
            audience: Audience::Place,
            takes: Vec::new(),
            fixed: BTreeMap::new(),
            body: Body::default(),
            lines: Lines::default(),
        };
        let mut choices = Vec::new();
        for (key, value) in table.get_ref() {
            match key.get_ref().as_ref() {
                "says" => command.says = self.sentence(value),
                "also" => (command.also, command.lines.also) = self.other_names(value),
                "asks" => (command.asks, command.lines.asks) = self.phrases(value),
                "action" => command.action = self.action(value),
                "slash" => command.slash = self.boolean(value),
                "try" => (command.examples, command.lines.examples) = self.list(value),
                "audience" => command.audience = self.audience(value),
                "takes" => command.takes = self.params(value),
                "choices" => choices = self.choices(value),
                "fixed" => command.fixed = self.fixed(value),
                other => self.unknown_key(key, other, &KEYS),
            }
        }
        if !has(&table, "says") {
            self.say(
                1,
                1,
                "command-says",
                "`says` is missing: one sentence that tells in `help` what the command does"
                    .to_owned(),
            );
        }
        self.check_params(&table, &command);
        if body.trim().is_empty() {
            self.say(
                body_line,
                1,
                "command-body",
                "the answer is missing: write it below the second `+++`".to_owned(),
            );
        }
        match Body::compile(body, choices, body_line) {
            Ok(compiled) => command.body = compiled,
            Err(faults) => {
                for fault in faults {
                    self.say(fault.line, 1, "command-body", fault.message);
                }
            }
        }
        Some(command)
    }

    /// What can only be said when the whole front matter is known.
    fn check_params(&mut self, table: &Spanned<DeTable<'_>>, command: &Command) {
        let at = |name: &str| {
            table
                .get_ref()
                .iter()
                .find(|(key, _)| key.get_ref() == name)
                .map_or(0..0, |(key, _)| key.span())
        };
        for (phrase, line) in command.asks.iter().zip(&command.lines.asks) {
            for name in phrase.options() {
                let names = command.takes.iter().map(|param| param.name.as_str());
                if !names.clone().any(|known| known == name) {
                    let meant = did_you_mean(name, names);
                    self.say(
                        *line,
                        1,
                        "command-asks",
                        format!(
                            "`{}` is given `--{name}`, but the command does not take `{name}`{}",
                            phrase.text(),
                            or(&meant, "; add it to `[[takes]]`")
                        ),
                    );
                }
            }
            let mut seen: Vec<&str> = Vec::new();
            for name in phrase.params() {
                let names = command.takes.iter().map(|param| param.name.as_str());
                if !names.clone().any(|known| known == name) {
                    let meant = did_you_mean(name, names);
                    self.say(
                        *line,
                        1,
                        "command-asks",
                        format!(
                            "`{}` names `{{{name}}}`, but the command does not take `{name}`{}",
                            phrase.text(),
                            or(&meant, "; add it to `[[takes]]`")
                        ),
                    );
                }
                if seen.contains(&name) {
                    self.say(
                        *line,
                        1,
                        "command-asks",
                        format!("`{}` names `{{{name}}}` twice", phrase.text()),
                    );
                }
                seen.push(name);
            }
        }
        for name in command.fixed.keys() {
            if command.takes.iter().any(|param| param.name == *name) {
                self.wrong(
                    &at("fixed"),
                    "command-fixed",
                    format!("`{name}` is fixed and taken at once; it can be one of both"),
                );
            }
        }
        if !command.fixed.is_empty() && command.action.is_none() && !has(table, "action") {
            self.wrong(
                &at("fixed"),
                "command-fixed",
                "there is no action to give the fixed arguments to; add `action`".to_owned(),
            );
        }
    }

    /// One sentence on one line.
    fn sentence(&mut self, value: &Value<'_>) -> String {
        let text = self.text(value);
        if value.get_ref().is_str() && (text.is_empty() || text.contains('\n')) {
            self.wrong(
                &value.span(),
                "command-says",
                "`says` is one sentence on one line".to_owned(),
            );
        }
        text
    }

    fn other_names(&mut self, value: &Value<'_>) -> (Vec<String>, Vec<u32>) {
        let (names, lines) = self.list(value);
        for (name, line) in names.iter().zip(&lines) {
            if !is_other_name(name) {
                self.say(*line, 1, "command-name", format!(
                    "`{name}` cannot be another name: it begins with a letter and goes on with small \
                         letters, digits and hyphens; people may type a space for a hyphen"
                ));
            }
        }
        (names, lines)
    }

    fn phrases(&mut self, value: &Value<'_>) -> (Vec<Phrase>, Vec<u32>) {
        let (texts, lines) = self.list(value);
        let mut phrases = Vec::new();
        let mut kept = Vec::new();
        for (text, line) in texts.into_iter().zip(lines) {
            match Phrase::read(&text) {
                Ok(phrase) => {
                    phrases.push(phrase);
                    kept.push(line);
                }
                Err(message) => self.say(
                    line,
                    1,
                    "command-asks",
                    format!("the sentence `{text}` cannot be used: {message}"),
                ),
            }
        }
        (phrases, kept)
    }

    fn action(&mut self, value: &Value<'_>) -> Option<String> {
        let name = self.text(value);
        if !value.get_ref().is_str() {
            return None;
        }
        if name == "http" {
            self.wrong(
                &value.span(),
                "command-action",
                "`http` actions are not part of this version; name a built-in action, \
                 or leave `action` out for an answer that is always the same"
                    .to_owned(),
            );
            return None;
        }
        if !self.known.actions.contains(&name.as_str()) {
            let meant = did_you_mean(&name, self.known.actions.iter().copied());
            let hint = or(
                &meant,
                "; leave `action` out for an answer that is always the same",
            );
            self.wrong(
                &value.span(),
                "command-action",
                format!("no action `{name}`{hint}"),
            );
            return None;
        }
        Some(name)
    }

    fn audience(&mut self, value: &Value<'_>) -> Audience {
        match value.get_ref().as_str() {
            Some("place") => Audience::Place,
            Some("asker") => Audience::Asker,
            _ => {
                self.wrong(
                    &value.span(),
                    "command-audience",
                    "the audience is \"place\" (everybody there) or \"asker\" (only who asked)"
                        .to_owned(),
                );
                Audience::Place
            }
        }
    }

    fn choices(&mut self, value: &Value<'_>) -> Vec<ChoiceSource> {
        let tables = self.tables(value, "choices");
        if tables.len() > MOST_CHOICES {
            self.wrong(
                &value.span(),
                "command-choices",
                format!(
                    "there are more than {MOST_CHOICES} choices; \
                     nobody reads so many"
                ),
            );
        }
        let mut choices = Vec::new();
        for (at, table) in tables {
            let mut choice = ChoiceSource {
                at: self.line(&at),
                ..ChoiceSource::default()
            };
            for (key, value) in table {
                match key.get_ref().as_ref() {
                    "label" => choice.label = self.text(value),
                    "line" => choice.line = self.text(value),
                    "if" => choice.only_if = Some(self.text(value)),
                    "each" => choice.each = Some(self.text(value)),
                    other => self.unknown_key(key, other, &CHOICE_KEYS),
                }
            }
            if choice.label.is_empty() || choice.line.is_empty() {
                self.wrong(
                    &at,
                    "command-choices",
                    "a choice needs a `label` (what the button says) \
                     and a `line` (the command it stands for)"
                        .to_owned(),
                );
            }
            choices.push(choice);
        }
        choices
    }

    fn fixed(&mut self, value: &Value<'_>) -> BTreeMap<String, String> {
        let Some(table) = value.get_ref().as_table() else {
            self.type_wrong(value, "written as `[fixed]`");
            return BTreeMap::new();
        };
        let mut fixed = BTreeMap::new();
        for (key, value) in table {
            if let Some(text) = self.scalar(value) {
                fixed.insert(key.get_ref().to_string(), text);
            }
        }
        fixed
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{read, shown};

    /// The problems of one file called `owner`.
    fn problems(text: &str) -> String {
        shown(&read(&[("owner", text)]).1)
    }

    #[test]
    fn names_that_do_not_exist_are_found_with_a_suggestion() {
        insta::assert_snapshot!(problems(r#"+++
says = "Who owns it"
actoin = "catalog.owner"
action = "catalog.ownr"
color = "red"
[[takes]]
name = "thing"
kind = "entitty"
requird = true
+++
{{ title|cdoe }}
"#), @r#"
commands/owner.md:3: there is no key `actoin`; did you mean `action`?
commands/owner.md:4: no action `catalog.ownr`; did you mean `catalog.owner`?
commands/owner.md:5: there is no key `color`; the keys are `says`, `also`, `asks`, `action`, `slash`, `try`, `audience`, `takes`, `choices`, `fixed`
commands/owner.md:8: there is no kind `entitty`; did you mean `entity`?
commands/owner.md:9: there is no key `requird`; the keys are `name`, `kind`, `says`, `optional`, `rest`, `named`, `default`, `choices`
commands/owner.md:11: there is no filter `cdoe`; did you mean `code`?
"#);
    }

    #[test]
    fn all_problems_of_a_file_are_collected() {
        insta::assert_snapshot!(problems(r#"+++
also = ["Owner", 1, ""]
asks = [
  "who owns {thing}",
  "who owns {thnig}",
  "{thing}",
  "who owned {thing} --befroe",
]
action = "http"
slash = "yes"
audience = "team"
try = "owner payments"

[[takes]]
name = "thing"
kind = "text"
rest = true
optional = true

[[takes]]
name = "Stage"
kind = "word"
choices = ["a", "b"]
default = "c"

[[takes]]
name = "thing"

[[choices]]
label = "More"
if = "owner."

[fixed]
thing = "x"
other = [1]
+++

Hello

{% if x %}
"#), @r#"
commands/owner.md:1: `says` is missing: one sentence that tells in `help` what the command does
commands/owner.md:2: `Owner` cannot be another name: it begins with a letter and goes on with small letters, digits and hyphens; people may type a space for a hyphen
commands/owner.md:2: this must be a text in quotation marks, but it is TOML's integer
commands/owner.md:2: this text is empty; write something or leave it out
commands/owner.md:5: `who owns {thnig}` names `{thnig}`, but the command does not take `thnig`; did you mean `thing`?
commands/owner.md:6: the sentence `{thing}` cannot be used: it has no word of its own, so it would catch every sentence
commands/owner.md:7: `who owned {thing}` is given `--befroe`, but the command does not take `befroe`; add it to `[[takes]]`
commands/owner.md:9: `http` actions are not part of this version; name a built-in action, or leave `action` out for an answer that is always the same
commands/owner.md:10: this must be `true` or `false`, but it is TOML's string
commands/owner.md:11: the audience is "place" (everybody there) or "asker" (only who asked)
commands/owner.md:12: this must be a list of texts, like ["one", "two"], but it is TOML's string
commands/owner.md:14: `thing` takes the rest of the line, so it must be the last parameter
commands/owner.md:20: `Stage` cannot be a parameter's name; `name` begins with a small letter and goes on with small letters, digits, hyphens and underscores
commands/owner.md:20: the default `c` of `Stage` is none of its choices
commands/owner.md:26: `thing` is needed but stands after one that is not; put what is needed first
commands/owner.md:26: the parameter `thing` has no `kind`; it is one of `entity`, `entity-or-path`, `group-or-person`, `text`, `words`, `word`, `number`, `flag`, `command`
commands/owner.md:26: the parameter `thing` is taken twice
commands/owner.md:29: the template is wrong: syntax error: unexpected end of input, expected identifier or integer
commands/owner.md:29: a choice needs a `label` (what the button says) and a `line` (the command it stands for)
commands/owner.md:33: `thing` is fixed and taken at once; it can be one of both
commands/owner.md:35: this must be a text, a number, `true` or `false`, but it is TOML's array
commands/owner.md:40: the template is wrong: syntax error: unexpected end of input, expected end of block
"#);
    }

    #[test]
    fn toml_that_is_broken_is_shown_where_it_breaks() {
        insta::assert_snapshot!(problems("+++\nsays = \"x\nalso = [\n+++\nbody\n"), @r#"
        commands/owner.md:2: the front matter is not TOML: invalid basic string, expected `"`
        commands/owner.md:3: the front matter is not TOML: unclosed array, expected `]`
        "#);
        insta::assert_snapshot!(problems("+++\r\nsays = \"x\"\r\nsays = \"y\"\r\n+++\r\nbody\r\n"), @"commands/owner.md:3: the front matter is not TOML: duplicate key");
    }

    #[test]
    fn the_frame_of_a_file_is_explained() {
        insta::assert_snapshot!(problems("says = \"x\"\n"), @"commands/owner.md:1: a command file begins with a line `+++`, then come its keys, another line `+++`, and the answer");
        insta::assert_snapshot!(problems("+++\nsays = \"x\"\n"), @"commands/owner.md:1: the line `+++` that ends the keys is missing");
        insta::assert_snapshot!(problems("+++\nsays = \"x\"\n+++\n  \n"), @"commands/owner.md:4: the answer is missing: write it below the second `+++`");
        insta::assert_snapshot!(problems(""), @"commands/owner.md:1: a command file begins with a line `+++`, then come its keys, another line `+++`, and the answer");
        let (_, found) = read(&[("Who Owns", "+++\nsays = \"x\"\n+++\nx\n")]);
        insta::assert_snapshot!(shown(&found), @"commands/Who Owns.md:1: `Who Owns` cannot be a command's name: it begins with a small letter and goes on with small letters, digits and hyphens");
    }

    #[test]
    fn a_windows_file_with_a_mark_reads_like_any_other() {
        let text = "\u{FEFF}+++\r\nsays = \"Lunch\"\r\n+++\r\nSoup.\r\n";
        let (book, found) = read(&[("lunch", text)]);
        assert_eq!(shown(&found), "");
        assert_eq!(
            book.find("lunch").map(|command| command.says.as_str()),
            Some("Lunch")
        );
    }
}
