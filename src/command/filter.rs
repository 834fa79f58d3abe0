//! The filters of command bodies: what makes Markdown of data.

use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, State, Value};

use super::token;
use crate::clock;
use crate::message::markdown;

/// What a template writes, told by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// A body: CommonMark, values escaped.
    Markdown,
    /// A button's label: plain text.
    Label,
    /// A button's command line: values quoted where the parser needs it.
    Line,
}

impl Mode {
    pub fn of(template: &str) -> Self {
        match template.split(' ').next() {
            Some("label") => Self::Label,
            Some("line") => Self::Line,
            _ => Self::Markdown,
        }
    }

    /// Makes a plain text fit to be written.
    pub fn escape(self, text: &str) -> String {
        match self {
            Self::Markdown => markdown::text(text),
            Self::Label => markdown::plain(text),
            Self::Line => token::quoted(text),
        }
    }
}

/// The filters to suggest when a name is not known; the others of MiniJinja work as well.
pub(super) const NAMES: [&str; 27] = [
    "ago",
    "block",
    "code",
    "count",
    "default",
    "link",
    "list",
    "relation",
    "source",
    "capitalize",
    "first",
    "groupby",
    "items",
    "join",
    "last",
    "length",
    "lower",
    "map",
    "rejectattr",
    "replace",
    "round",
    "selectattr",
    "sort",
    "title",
    "trim",
    "unique",
    "upper",
];

/// Adds the filters and takes away those that would print data unescaped.
pub(super) fn add(environment: &mut Environment<'_>) {
    environment.remove_filter("tojson");
    environment.remove_filter("pprint");
    environment.add_filter("block", block);
    environment.add_filter("code", code);
    environment.add_filter("link", link);
    environment.add_filter("count", count);
    environment.add_filter("list", list);
    environment.add_filter("ago", ago);
    environment.add_filter("default", default);
    environment.add_filter("relation", relation);
    environment.add_filter("source", source);
}

/// Whether there is a filter of this name.
pub(super) fn exists(environment: &Environment<'_>, name: &str) -> bool {
    // MiniJinja looks filters up only when it runs, so a small run finds out.
    let run = environment
        .compile_expression_owned(format!("''|{name}"))
        .and_then(|expression| expression.eval(()).map(|_| ()));
    run.err()
        .is_none_or(|error| error.kind() != ErrorKind::UnknownFilter)
}

/// The filters that a template uses, each with the line it stands on, counted from 0.
pub(super) fn used(template: &str) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    let mut line = 0;
    let mut closing = "";
    let mut string = None;
    let mut rest = template;
    while let Some(c) = rest.chars().next() {
        let mut step = c.len_utf8();
        if c == '\n' {
            line += 1;
        }
        if closing.is_empty() {
            let opened = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")]
                .into_iter()
                .find(|(open, _)| rest.starts_with(open));
            if let Some((open, close)) = opened {
                closing = close;
                step = open.len();
            }
        } else if let Some(mark) = string {
            if c == '\\' {
                step += rest[1..].chars().next().map_or(0, char::len_utf8);
            } else if c == mark {
                string = None;
            }
        } else if rest.starts_with(closing) {
            step = closing.len();
            closing = "";
        } else if closing != "#}" {
            match c {
                '"' | '\'' => string = Some(c),
                '|' => {
                    let name: String = rest[1..]
                        .trim_start()
                        .chars()
                        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                        .collect();
                    if !name.is_empty() {
                        found.push((line, name));
                    }
                }
                _ => {}
            }
        }
        rest = &rest[step..];
    }
    found
}

/// A value as plain text: no capital `True`, nothing for `null`.
pub(super) fn plain(value: &Value) -> Result<String, Error> {
    match value.kind() {
        ValueKind::Undefined => Err(Error::from(ErrorKind::UndefinedError)),
        ValueKind::None => Ok(String::new()),
        ValueKind::Bool => Ok(value.is_true().to_string()),
        ValueKind::Map | ValueKind::Plain => Err(Error::new(
            ErrorKind::InvalidOperation,
            "this prints a whole object; name the part of it that people should read",
        )),
        ValueKind::Seq | ValueKind::Iterable => listed(Mode::Label, value, "and"),
        _ => Ok(value.to_string()),
    }
}

/// A list as people say it: `a, b and c`.
pub(super) fn listed(mode: Mode, value: &Value, word: &str) -> Result<String, Error> {
    let mut items = Vec::new();
    for item in value.try_iter()? {
        let text = plain(&item)?;
        items.push(if item.is_safe() {
            text
        } else {
            mode.escape(&text)
        });
    }
    let last = items.pop().unwrap_or_default();
    if items.is_empty() {
        return Ok(last);
    }
    Ok(format!("{} {word} {last}", items.join(", ")))
}

/// Marks what a filter wrote as finished; labels and lines are plain anyway.
fn finished(text: String) -> Value {
    Value::from_safe_string(text)
}

fn code(state: &mut State<'_, '_>, value: &Value) -> Result<Value, Error> {
    let text = plain(value)?;
    Ok(match Mode::of(state.name()) {
        Mode::Markdown if text.is_empty() => finished(String::new()),
        Mode::Markdown => finished(markdown::code(&text)),
        Mode::Label | Mode::Line => Value::from(text),
    })
}

/// A text of many lines as it is, in a fence that it cannot close; `language` says what it is.
fn block(state: &mut State<'_, '_>, value: &Value, language: Option<&str>) -> Result<Value, Error> {
    let text = plain(value)?;
    Ok(match Mode::of(state.name()) {
        Mode::Markdown => finished(markdown::block(&text, language.unwrap_or_default())),
        Mode::Label | Mode::Line => Value::from(text),
    })
}

fn link(state: &mut State<'_, '_>, label: &Value, address: &Value) -> Result<Value, Error> {
    let label = plain(label)?;
    Ok(match (Mode::of(state.name()), address.as_str()) {
        (Mode::Markdown, Some(address)) => finished(markdown::link(&label, address)),
        _ => Value::from(label),
    })
}

/// `a, b and c`, or with another word before the last: `list("or")`.
fn list(state: &mut State<'_, '_>, value: &Value, word: Option<&str>) -> Result<Value, Error> {
    let mode = Mode::of(state.name());
    let word = word.unwrap_or("and");
    let text = listed(mode, value, word)?;
    Ok(if mode == Mode::Line {
        Value::from(listed(Mode::Label, value, word)?)
    } else {
        finished(text)
    })
}

/// `1 entity`, `1,234 entities`: of a number, or of the length of a list. Without a plural, an `s` makes it.
fn count(value: &Value, one: &str, many: Option<&str>) -> Result<String, Error> {
    let number = value
        .as_i64()
        .or_else(|| value.len().and_then(|length| i64::try_from(length).ok()));
    let number = number.ok_or_else(|| {
        Error::new(
            ErrorKind::InvalidOperation,
            "`count` takes a whole number or a list",
        )
    })?;
    let noun = match many {
        _ if number == 1 => one.to_owned(),
        Some(many) => many.to_owned(),
        None => format!("{one}s"),
    };
    Ok(format!("{} {noun}", thousands(number)))
}

fn thousands(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut shown = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    if number < 0 {
        format!("-{shown}")
    } else {
        shown
    }
}

/// `3 minutes ago`, of milliseconds since the Unix epoch; the data says what `now` is.
fn ago(state: &mut State<'_, '_>, then: &Value, now: Option<i64>) -> Result<String, Error> {
    if then.is_none() {
        return Ok(String::new());
    }
    let now = now.or_else(|| state.lookup("now").and_then(|now| now.as_i64()));
    let (Some(then), Some(now)) = (then.as_i64(), now) else {
        return Err(Error::new(
            ErrorKind::InvalidOperation,
            "`ago` takes milliseconds since 1970 and needs `now` in the data",
        ));
    };
    let millis = |time: i64| u64::try_from(time).unwrap_or(0);
    Ok(clock::ago(millis(now), millis(then)))
}

/// A relation's type as people say it: `ownedBy` is `Owned by`.
fn relation(value: &str) -> String {
    let mut words = String::new();
    for (position, letter) in value.chars().enumerate() {
        match letter {
            _ if position == 0 => words.extend(letter.to_uppercase()),
            letter if letter.is_uppercase() => {
                words.push(' ');
                words.extend(letter.to_lowercase());
            }
            _ => words.push(letter),
        }
    }
    words.replace("api", "API").replace("Api", "API")
}

/// The sentence that says where a fact stands and how old it is. The value has `file`, `line`, `source` and perhaps
/// `commit`, `url`, `age`, and the ages of what is wrong: `stale`, `failing`.
fn source(evidence: &Value) -> Result<Value, Error> {
    let part = |name: &str| -> Result<Option<String>, Error> {
        let value = evidence.get_attr(name)?;
        Ok(value
            .as_str()
            .filter(|text| !text.is_empty())
            .map(ToOwned::to_owned))
    };
    let file = part("file")?.unwrap_or_default();
    let line = evidence.get_attr("line")?.as_i64();
    let place = line.map_or_else(|| file.clone(), |line| format!("{file}:{line}"));
    let place = match part("url")? {
        Some(url) => markdown::link(&place, &url),
        None => markdown::code(&place),
    };
    let name = markdown::text(&part("source")?.unwrap_or_default());
    let mut text = format!("*From* {place} *in {name}");
    if let Some(commit) = part("commit")? {
        text = format!("{text} at {commit}");
    }
    if let Some(age) = part("age")? {
        text = format!("{text}, read {age}");
    }
    text.push_str(".*");
    if let Some(age) = part("stale")? {
        text =
            format!("{text}\n\n⚠ The file was found broken {age}; this is its last good version.");
    }
    if let Some(age) = part("held")? {
        text = format!(
            "{text}\n\n⚠ A newer commit was held back {age}, because it would drop much of the catalog."
        );
    }
    if let Some(age) = part("failing")? {
        text =
            format!("{text}\n\n⚠ Reading {name} began to fail {age}, so this may be out of date.");
    }
    Ok(finished(text))
}

/// The other value where this one is missing, `null` or an empty text.
fn default(value: &Value, other: Option<Value>) -> Value {
    let empty = value.is_undefined() || value.is_none() || value.as_str() == Some("");
    if empty {
        other.unwrap_or_else(|| Value::from(""))
    } else {
        value.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_found_with_their_lines() {
        let template = "{{ a|code }} | not\n{% if b | list %}{# |no #}\n{{ \"x|y\"|count('a', \"b\") }}{% endif %}";
        let found: Vec<String> = used(template)
            .into_iter()
            .map(|(line, name)| format!("{line} {name}"))
            .collect();
        assert_eq!(found, ["0 code", "1 list", "2 count"]);
    }

    #[test]
    fn big_numbers_are_grouped() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(thousands(-1_000), "-1,000");
    }
}
