//! From data to words: the body of a command is MiniJinja in CommonMark.

use std::io;

use minijinja::value::{Serde, ValueKind};
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value, context,
};
use thiserror::Error as ThisError;

use super::Command;
use super::filter::{self, Mode};
use super::suggestion::did_you_mean;
use crate::message::{Choice, Reply};

/// Why a body could not turn data into words: an error of the command file's author.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[error("{file}:{line}: {message}")]
pub struct RenderError {
    /// The command file.
    pub file: String,
    /// The line in it; the first is 1.
    pub line: u32,
    /// What is wrong.
    pub message: String,
}

/// The templates of one command, compiled.
#[derive(Debug, Default)]
pub(super) struct Body {
    environment: Environment<'static>,
    choices: Vec<ChoiceSource>,
    line: u32,
}

/// A `[[choices]]` table as it was written.
#[derive(Debug, Clone, Default)]
pub(super) struct ChoiceSource {
    /// The line of the file it begins at.
    pub at: u32,
    /// A template: what the button says.
    pub label: String,
    /// A template: the command line it stands for; printed values are quoted where they need it.
    pub line: String,
    /// An expression that says whether it is offered.
    pub only_if: Option<String>,
    /// An expression that gives a list: the choice is offered for each `item` of it.
    pub each: Option<String>,
}

/// What is wrong with a template, and the line of the file it is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TemplateFault {
    pub line: u32,
    pub message: String,
}

/// Steps that a body may take: thousands of list items, but no endless loop.
const FUEL: u64 = 200_000;
/// Bytes that a body may write; platforms take far less.
const LONGEST_REPLY: usize = 64 * 1024;
/// Choices that one `each` offers at most.
const MOST_EACH: usize = 10;

impl Command {
    /// Turns an action's data into a reply.
    ///
    /// The names of an object are the body's variables; any other value is called `data`. Printed values
    /// are escaped as CommonMark text unless a filter made Markdown of them; `null` prints nothing. A name
    /// that does not exist is an error where it is printed, looped over or looked into, and false in `if`.
    pub fn render(&self, data: &serde_json::Value) -> Result<Reply, RenderError> {
        let value = Value::from(Serde(data));
        let root = if data.is_object() {
            value
        } else {
            context! { data => value }
        };
        self.body
            .reply(&root)
            .map(|reply| Reply {
                audience: self.audience,
                ..reply
            })
            .map_err(|fault| RenderError {
                file: self.file.clone(),
                line: fault.line,
                message: fault.message,
            })
    }
}

impl Body {
    /// Compiles the body that begins at `line` of its file, and the choices. All faults are collected.
    pub(super) fn compile(
        body: &str,
        choices: Vec<ChoiceSource>,
        line: u32,
    ) -> Result<Self, Vec<TemplateFault>> {
        let mut environment = environment();
        let mut faults = Vec::new();
        for (offset, name) in filter::used(body) {
            if !filter::exists(&environment, &name) {
                let meant = did_you_mean(&name, filter::NAMES);
                faults.push(TemplateFault {
                    line: line.saturating_add(offset),
                    message: format!("there is no filter `{name}`{meant}"),
                });
            }
        }
        if let Err(error) = environment.add_template_owned("body", body.to_owned()) {
            faults.push(fault(&error, line));
        }
        for (number, choice) in choices.iter().enumerate() {
            let mut found = Vec::new();
            for (part, source) in [("label", &choice.label), ("line", &choice.line)] {
                let added =
                    environment.add_template_owned(format!("{part} {number}"), source.clone());
                found.extend(added.err());
            }
            for expression in [&choice.only_if, &choice.each].into_iter().flatten() {
                found.extend(
                    environment
                        .compile_expression_owned(expression.clone())
                        .err(),
                );
            }
            faults.extend(found.iter().map(|error| TemplateFault {
                line: choice.at,
                ..fault(error, choice.at)
            }));
        }
        if faults.is_empty() {
            Ok(Self {
                environment,
                choices,
                line,
            })
        } else {
            Err(faults)
        }
    }

    fn reply(&self, root: &Value) -> Result<Reply, TemplateFault> {
        let markdown = self.render("body", root.clone(), self.line)?;
        let mut choices = Vec::new();
        for (number, source) in self.choices.iter().enumerate() {
            let at = |error: Error| TemplateFault {
                line: source.at,
                ..fault(&error, source.at)
            };
            let mut contexts = vec![root.clone()];
            if let Some(each) = &source.each {
                let list = self.evaluate(each, root).map_err(at)?;
                // As in `if`, a part that is not there is nothing.
                let list = if list.is_undefined() || list.is_none() {
                    Value::from(Vec::<Value>::new())
                } else {
                    list
                };
                contexts = list
                    .try_iter()
                    .map_err(at)?
                    .take(MOST_EACH)
                    .map(|item| context! { item => item, ..root.clone() })
                    .collect();
            }
            for context in contexts {
                if let Some(only_if) = &source.only_if
                    && !self.evaluate(only_if, &context).map_err(at)?.is_true()
                {
                    continue;
                }
                let label = self.render(&format!("label {number}"), context.clone(), source.at)?;
                let line = self.render(&format!("line {number}"), context, source.at)?;
                if !label.is_empty() && !line.is_empty() {
                    choices.push(Choice { label, line });
                }
            }
        }
        Ok(Reply {
            markdown,
            choices,
            ..Reply::default()
        })
    }

    fn evaluate(&self, expression: &str, root: &Value) -> Result<Value, Error> {
        self.environment
            .compile_expression_owned(expression.to_owned())?
            .eval(root.clone())
    }

    fn render(&self, name: &str, root: Value, line: u32) -> Result<String, TemplateFault> {
        let mut output = Limited::default();
        let template = self
            .environment
            .get_template(name)
            .map_err(|error| fault(&error, line))?;
        let rendered = template.render_captured_to(root, &mut output).map(|_| ());
        if output.full {
            return Err(TemplateFault {
                line,
                message: format!(
                    "the answer is longer than {} KB; show fewer things",
                    LONGEST_REPLY / 1024
                ),
            });
        }
        rendered.map_err(|error| fault(&error, line))?;
        Ok(tidy(&String::from_utf8_lossy(&output.bytes)))
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    let mut syntax = minijinja::syntax::SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true);
    // Only delimiters can be wrong, and those are not touched.
    if let Ok(syntax) = syntax.build() {
        environment.set_syntax(syntax);
    }
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_fuel(Some(FUEL));
    // So that an error names the variable that is missing.
    environment.set_debug(true);
    environment.set_auto_escape_callback(|name| match Mode::of(name) {
        Mode::Markdown => AutoEscape::Custom("markdown".into()),
        Mode::Label | Mode::Line => AutoEscape::None,
    });
    environment.set_formatter(print);
    environment.remove_global("debug");
    filter::add(&mut environment);
    environment
}

/// Prints a value so that data stays data.
fn print(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if value.is_undefined() || value.is_none() {
        return Ok(());
    }
    let mode = Mode::of(state.name());
    // Numbers need no escaping: `0.5` is no list.
    let printed = if value.is_safe() || value.kind() == ValueKind::Number {
        filter::plain(value)?
    } else if matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) {
        filter::listed(mode, value, "and")?
    } else {
        mode.escape(&filter::plain(value)?)
    };
    out.write_str(&printed)
        .map_err(|_| Error::from(ErrorKind::WriteFailure))
}

/// Says what MiniJinja found wrong in a template that begins at `line`.
fn fault(error: &Error, line: u32) -> TemplateFault {
    let offset = error
        .line()
        .and_then(|line| u32::try_from(line).ok())
        .unwrap_or(1)
        .saturating_sub(1);
    let detail = error.detail().unwrap_or_default();
    let kind = error.kind();
    let message = match kind {
        ErrorKind::OutOfFuel => {
            "the template takes too many steps; does a loop run over too much?".to_owned()
        }
        ErrorKind::UndefinedError => match detail.strip_suffix(" is undefined") {
            Some(name) => format!("the data has no {name}"),
            None => "a name is used that the data does not have".to_owned(),
        },
        _ if detail.is_empty() => format!("the template is wrong: {kind}"),
        _ => format!("the template is wrong: {kind}: {detail}"),
    };
    TemplateFault {
        line: line.saturating_add(offset),
        message,
    }
}

/// Keeps a template from writing without end.
#[derive(Default)]
struct Limited {
    bytes: Vec<u8>,
    full: bool,
}

impl io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > LONGEST_REPLY {
            self.full = true;
            return Err(io::Error::other("the answer is too long"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Drops blank lines at both ends and all but one between; code blocks stay as they are.
fn tidy(text: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    let mut code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            code = !code;
        }
        let blank = line.trim().is_empty();
        if blank && !code && lines.last().is_none_or(|last| last.trim().is_empty()) {
            continue;
        }
        lines.push(if blank && !code { "" } else { line });
    }
    lines.join("\n").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Book;
    use super::super::tests::{read, shown};
    use super::*;
    use crate::message::Audience;

    fn reply(front: &str, body: &str, data: &serde_json::Value) -> Result<Reply, RenderError> {
        let text = format!("+++\nsays = \"x\"\n{front}+++\n{body}");
        let (book, problems) = read(&[("x", &text)]);
        assert_eq!(shown(&problems), "");
        book.find("x").expect("the command").render(data)
    }

    fn words(body: &str, data: &serde_json::Value) -> String {
        match reply("", body, data) {
            Ok(reply) => reply.markdown,
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn data_stays_data() {
        let data =
            json!({ "name": "*@room* [x](http://e.com) <!channel>", "url": "https://e.com/a_b" });
        insta::assert_snapshot!(words("{{ name }}", &data), @r"\*\@room\* \[x\](http://e.com) \<!channel>");
        insta::assert_snapshot!(words("{{ name|escape }}", &data), @r"\*\@room\* \[x\](http://e.com) \<!channel>");
        insta::assert_snapshot!(words("{{ name|upper }}", &data), @r"\*\@ROOM\* \[X\](HTTP://E.COM) \<!CHANNEL>");
        insta::assert_snapshot!(words("{{ '**' ~ name }}", &data), @r"\*\*\*\@room\* \[x\](http://e.com) \<!channel>");
        insta::assert_snapshot!(words("{% set it %}**{{ name }}**{% endset %}{{ it }}", &data), @r"**\*\@room\* \[x\](http://e.com) \<!channel>**");
        insta::assert_snapshot!(words("{% autoescape false %}{{ name }}{% endautoescape %}", &data), @r"\*\@room\* \[x\](http://e.com) \<!channel>");
        insta::assert_snapshot!(words("{{ name|code }}", &data), @"`*@room* [x](http://e.com) <!channel>`");
        insta::assert_snapshot!(words("{{ name|link(url) }}", &data), @r"[\*\@room\* \[x\](http://e.com) \<!channel>](<https://e.com/a_b>)");
        insta::assert_snapshot!(words("{{ 'Runbook'|link('javascript:x') }}", &data), @"Runbook");
        insta::assert_snapshot!(words("{{ '**bold**'|safe }}", &data), @"**bold**");
    }

    #[test]
    fn values_read_like_words() {
        let data = json!({
            "yes": true, "nothing": null, "empty": "", "one": 1, "many": 12345, "half": 0.5,
            "names": ["a_b", "c", "d"], "two": ["a", "b"], "nobody": [],
            "now": 7_200_000, "then": 60_000,
        });
        let table = [
            ("{{ yes }}", "true"),
            ("[{{ nothing }}]", "[]"),
            ("{{ half }}", "0.5"),
            ("{{ one|count('entity', 'entities') }}", "1 entity"),
            ("{{ many|count('entity', 'entities') }}", "12,345 entities"),
            ("{{ names|count('team') }}", "3 teams"),
            ("{{ nobody|count('team') }}", "0 teams"),
            ("{{ names|list }}", "a\\_b, c and d"),
            ("{{ names }}", "a\\_b, c and d"),
            ("{{ two|map('code')|list }}", "`a` and `b`"),
            ("{{ names|map('code')|join(', ') }}", "`a_b`, `c`, `d`"),
            ("{{ two|list('or') }}", "a or b"),
            ("[{{ nobody|list }}]", "[]"),
            ("{{ then|ago }}", "1 hour ago"),
            ("{{ then|ago(120000) }}", "1 minute ago"),
            (
                "{{ missing|default('–') }}{{ nothing|default('–') }}{{ empty|default('–') }}",
                "–––",
            ),
            ("{{ one|default('–') }}", "1"),
            ("{% if missing %}a{% else %}b{% endif %}", "b"),
            ("{% if nothing.inside %}a{% else %}b{% endif %}", "b"),
        ];
        for (body, expected) in table {
            assert_eq!(words(body, &data), expected, "{body}");
        }
    }

    #[test]
    fn mistakes_of_the_author_name_their_line() {
        let data = json!({ "owner": { "title": "Ana" }, "many": [1, 2] });
        insta::assert_snapshot!(words("\n\n{{ onwer }}", &data), @"error: commands/x.md:6: the data has no `onwer`");
        insta::assert_snapshot!(words("{% if onwer.title %}x{% endif %}", &data), @"error: commands/x.md:4: the data has no `onwer`");
        insta::assert_snapshot!(words("{{ owner.titel }}", &data), @"error: commands/x.md:4: the data has no `owner.titel`");
        insta::assert_snapshot!(words("{{ owner.titel|code }}", &data), @"error: commands/x.md:4: a name is used that the data does not have");
        insta::assert_snapshot!(words("{% for x in many_ %}x{% endfor %}", &data), @"error: commands/x.md:4: the data has no `many_`");
        insta::assert_snapshot!(words("{{ owner }}", &data), @"error: commands/x.md:4: the template is wrong: invalid operation: this prints a whole object; name the part of it that people should read");
        insta::assert_snapshot!(words("{{ 5|ago }}", &data), @"error: commands/x.md:4: the template is wrong: invalid operation: `ago` takes milliseconds since 1970 and needs `now` in the data");
    }

    #[test]
    fn a_bad_override_cannot_hang_or_flood() {
        let data = json!({});
        insta::assert_snapshot!(words("{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}", &data), @"error: commands/x.md:4: the template takes too many steps; does a loop run over too much?");
        insta::assert_snapshot!(words("{% for a in range(9999) %}0123456789{% endfor %}", &data), @"error: commands/x.md:4: the answer is longer than 64 KB; show fewer things");
        insta::assert_snapshot!(words("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", &data), @"error: commands/x.md:4: the template is wrong: invalid operation: recursion limit exceeded");
    }

    #[test]
    fn blank_lines_are_kept_in_measure() {
        let body = "\n\nOne.\n{% if true %}\n\n\nTwo.\n{% endif %}\n  \n\n```\na\n\n\nb\n```\n\n";
        assert_eq!(
            words(body, &json!({})),
            "One.\n\nTwo.\n\n```\na\n\n\nb\n```"
        );
    }

    #[test]
    fn data_that_is_no_object_is_called_data() {
        assert_eq!(words("{{ data|list }}", &json!(["a", "b"])), "a and b");
    }

    #[test]
    fn choices_are_offered_where_they_make_sense() {
        let front = r#"audience = "asker"
[[choices]]
label = "Show {{ owner.title }}"
line = "show {{ owner.title }}"
if = "owner"
[[choices]]
label = "Never"
line = "never"
if = "other"
[[choices]]
each = "near"
if = "item.name != 'c'"
label = "{{ item.title }}"
line = "who-owns {{ item.name }}"
"#;
        let data = json!({
            "owner": { "title": "Ana *the* \"boss\"" }, "other": null,
            "near": [{ "name": "a", "title": "A" }, { "name": "b b", "title": "B" }, { "name": "c", "title": "C" }],
        });
        let reply = reply(front, "x", &data).expect("a reply");
        let shown: Vec<String> = reply
            .choices
            .iter()
            .map(|choice| format!("[{}] {}", choice.label, choice.line))
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        [Show Ana *the* "boss"] show "Ana *the* \"boss\""
        [A] who-owns a
        [B] who-owns "b b"
        "#);
        assert_eq!(reply.audience, Audience::Asker);
    }

    #[test]
    fn help_reads_well() {
        let help = include_str!("../../commands/help.md");
        let command = "+++\nsays = \"What is for lunch\"\nalso = [\"food\", \"meal\"]\nasks = [\"what is for lunch on {day}\"]\n\
            try = [\"lunch\", \"lunch friday\"]\n[[takes]]\nname = \"day\"\nkind = \"word\"\nsays = \"a day of the week\"\n\
            optional = true\nchoices = [\"monday\", \"friday\"]\n+++\nSoup.\n";
        let embedded = [("help", help), ("lunch", command)];
        let embedded = embedded.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let (book, problems) = Book::read(embedded, None, &["bot.help"], &["command", "word"]);
        assert_eq!(shown(&problems), "");
        let help = book.find("help").expect("help");
        let commands: Vec<_> = book.commands().map(|command| command.help()).collect();
        let all = help
            .render(&json!({ "command": null, "commands": commands }))
            .expect("a reply");
        insta::assert_snapshot!(all.markdown, @r#"
        This is what you can ask me:

        - `help [topic]`: What you can ask me, or how one command works
        - `lunch [day]`: What is for lunch

        Plain sentences work too. Say `help` and the name of a command to hear more about it.
        "#);
        assert!(all.choices.is_empty());
        let one = help
            .render(&json!({ "command": commands[1], "commands": commands }))
            .expect("a reply");
        insta::assert_snapshot!(one.markdown, @r#"
        `lunch [day]`: What is for lunch.

        - `day` is a day of the week, one of `monday` or `friday`; you may leave it out.

        It also listens to `food` and `meal`.
        A plain sentence works too: “what is for lunch on \<day>”.
        Try `lunch` or `lunch friday`.
        "#);
        let lines: Vec<&str> = one
            .choices
            .iter()
            .map(|choice| choice.line.as_str())
            .collect();
        assert_eq!(lines, ["lunch", "lunch friday"]);
    }
}
