//! JSON as JavaScript writes and reads it.

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::error::Outcome;
use super::meter::Meter;
use super::number;
use super::text::Text;
use super::value::Value;

/// What one level is indented by.
pub struct Indent(String);

impl Indent {
    /// All in one line.
    pub fn none() -> Self {
        Self(String::new())
    }

    /// What the argument of `dump` asks for: so many spaces, or a text; ten at most.
    pub fn of(value: &Value) -> Self {
        Self(match value {
            Value::Text(text) => text.slice(0, 10).written().into_owned(),
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "0 to 10"
            )]
            Value::Number(number) if *number >= 1.0 => " ".repeat(number.min(10.0) as usize),
            _ => String::new(),
        })
    }
}

/// A value as JSON; undefined stays undefined.
pub fn dump(value: &Value, indent: &Indent, meter: &Meter) -> Outcome<Value> {
    let mut output = String::new();
    let written = write(value, &indent.0, 0, &mut output, meter)?;
    Ok(if written {
        Value::text(output)
    } else {
        Value::Undefined
    })
}

fn line(indent: &str, depth: usize, output: &mut String) {
    if !indent.is_empty() {
        output.push('\n');
        output.push_str(&indent.repeat(depth));
    }
}

/// Writes a value; nothing is written for undefined.
fn write(
    value: &Value,
    indent: &str,
    depth: usize,
    output: &mut String,
    meter: &Meter,
) -> Outcome<bool> {
    meter.nested(depth)?;
    meter.step(1)?;
    match value {
        Value::Undefined => return Ok(false),
        Value::Bool(value) => output.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) if number.is_finite() => output.push_str(&number::written(*number)),
        Value::Null | Value::Number(_) => output.push_str("null"),
        Value::Text(text) => quote(text, output),
        Value::Safe(text) => quote(text, output),
        Value::Regex(_) => output.push_str("{}"),
        Value::Function(_) => value.plain()?,
        Value::List(list) => {
            output.push('[');
            for (place, item) in list.items().iter().enumerate() {
                if place > 0 {
                    output.push(',');
                }
                line(indent, depth + 1, output);
                if !write(item, indent, depth + 1, output, meter)? {
                    output.push_str("null");
                }
            }
            if !list.is_empty() {
                line(indent, depth, output);
            }
            output.push(']');
        }
        Value::Record(record) => {
            let mut first = true;
            output.push('{');
            for (name, item) in record.entries() {
                if matches!(item, Value::Undefined) {
                    continue;
                }
                if !first {
                    output.push(',');
                }
                first = false;
                line(indent, depth + 1, output);
                quote(&Text::from(&**name), output);
                output.push_str(if indent.is_empty() { ":" } else { ": " });
                write(item, indent, depth + 1, output, meter)?;
            }
            if !first {
                line(indent, depth, output);
            }
            output.push('}');
        }
    }
    // Only the length is looked at: each part was counted when it was made.
    if output.len() > 4096 {
        meter.room(output.len().min(64))?;
    }
    Ok(true)
}

fn quote(text: &Text, output: &mut String) {
    output.push('"');
    match text {
        Text::Whole(whole) => whole
            .chars()
            .for_each(|character| escape(character, output)),
        Text::Torn(units) => {
            for character in char::decode_utf16(units.iter().copied()) {
                match character {
                    Ok(character) => escape(character, output),
                    Err(half) => {
                        let _ = write!(output, "\\u{:04x}", half.unpaired_surrogate());
                    }
                }
            }
        }
    }
    output.push('"');
}

fn escape(character: char, output: &mut String) {
    match character {
        '"' => output.push_str("\\\""),
        '\\' => output.push_str("\\\\"),
        '\n' => output.push_str("\\n"),
        '\r' => output.push_str("\\r"),
        '\t' => output.push_str("\\t"),
        '\u{8}' => output.push_str("\\b"),
        '\u{c}' => output.push_str("\\f"),
        control if control < ' ' => {
            // Writing to a String cannot fail.
            let _ = write!(output, "\\u{:04x}", u32::from(control));
        }
        other => output.push(other),
    }
}

/// Reads text as JSON, if it is; halves of characters become U+FFFD.
pub fn read(text: &str) -> Option<Json> {
    let text = text.trim_matches(['\t', '\n', '\r', ' ']);
    let json = serde_json::from_str(text).or_else(|error| {
        if text.contains("\\ud") {
            serde_json::from_str(&without_halves(text))
        } else {
            Err(error)
        }
    });
    json.ok().map(numbers)
}

/// JSON without escapes that stand for half a character.
fn without_halves(text: &str) -> String {
    let unit = |at: usize| {
        let escape = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(escape, 16).ok()
    };
    let mut output = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        let length = match (next, unit(at)) {
            ('\\', Some(0xd800..=0xdbff)) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => 12,
            ('\\', Some(0xd800..=0xdfff)) => {
                output.push_str("\\ufffd");
                at += 6;
                continue;
            }
            // The character behind a backslash begins no escape.
            ('\\', _) => 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8),
            _ => next.len_utf8(),
        };
        output.push_str(&text[at..at + length]);
        at += length;
    }
    output
}

/// Numbers as JavaScript holds them: `1.0` is 1, and large ones are rounded.
fn numbers(json: Json) -> Json {
    match json {
        Json::Number(number) => {
            let value = number.as_f64().unwrap_or(f64::NAN);
            super::value::json_number(value)
        }
        Json::Array(items) => Json::Array(items.into_iter().map(numbers).collect()),
        Json::Object(entries) => Json::Object(
            entries
                .into_iter()
                .map(|(name, value)| (name, numbers(value)))
                .collect(),
        ),
        other => other,
    }
}
