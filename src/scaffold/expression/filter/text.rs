//! Filters for text.

use std::cmp::Ordering;

use super::super::convert::{demand_text, order, to_number, to_text, truthy};
use super::super::error::{Fault, Outcome};
use super::super::meter::Meter;
use super::super::text::{Buffer, Text};
use super::super::value::Value;
use super::general::lenient;
use super::{Around, argument};

/// Text that is safe where the input was.
pub(super) fn like(input: &Value, text: Text) -> Value {
    match input {
        Value::Safe(_) => Value::safe(text),
        _ => Value::Text(text),
    }
}

fn none() -> Value {
    Value::text("")
}

/// The first letter in upper case, the others in lower case.
pub(super) fn capitalize(input: &Value, _: &[Value], around: &Around<'_>) -> Outcome<Value> {
    let none = none();
    let text = lenient(input, &none, "capitalize")?;
    around.meter.room(text.bytes())?;
    Ok(like(input, text.lower().with_upper_first()))
}

/// Spaces around the text.
pub(super) fn center(input: &Value, given: &[Value], around: &Around<'_>) -> Outcome<Value> {
    let input = or_empty(input);
    let eighty = Value::Number(80.0);
    let width = if truthy(argument(given, 0)) {
        argument(given, 0)
    } else {
        &eighty
    };
    let length = direct_length(&input);
    if order(&length, width, around.meter)?.is_some_and(Ordering::is_ge) {
        return Ok(input);
    }
    let spaces = to_number(width, around.meter)? - to_number(&length, around.meter)?;
    let text = to_text(&input, around.meter)?;
    let left = spaces_of(spaces / 2.0 - spaces % 2.0, around.meter)?;
    let right = spaces_of(spaces / 2.0, around.meter)?;
    around.meter.room(left.len() + text.bytes() + right.len())?;
    let mut buffer = Buffer::default();
    buffer.push_str(&left);
    buffer.push(&text);
    buffer.push_str(&right);
    Ok(like(&input, buffer.finish()))
}

/// Spaces in front of all lines but the first.
pub(super) fn indent(input: &Value, given: &[Value], around: &Around<'_>) -> Outcome<Value> {
    let input = or_empty(input);
    let text = demand_text(&input, "`indent`")?;
    if text.is_empty() && matches!(input, Value::Text(_)) {
        return Ok(none());
    }
    let width = match argument(given, 0) {
        width if truthy(width) => to_number(width, around.meter)?,
        _ => 4.0,
    };
    let spaces = spaces_of(width, around.meter)?;
    let mut buffer = Buffer::default();
    if truthy(argument(given, 1)) {
        buffer.push_str(&spaces);
    }
    around.meter.step(text.count_parts(&"\n".into()) / 4)?;
    let lines = text.split(&"\n".into());
    around
        .meter
        .room(text.bytes() + lines.len().saturating_mul(spaces.len()))?;
    for (place, line) in lines.iter().enumerate() {
        if place > 0 {
            buffer.push_str("\n");
            buffer.push_str(&spaces);
        }
        buffer.push(line);
    }
    Ok(like(&input, buffer.finish()))
}

/// All letters in lower case.
pub(super) fn lower(input: &Value, _: &[Value], around: &Around<'_>) -> Outcome<Value> {
    let none = none();
    let text = lenient(input, &none, "lower")?;
    around.meter.room(text.bytes())?;
    Ok(Value::Text(text.lower()))
}

/// All letters in upper case.
pub(super) fn upper(input: &Value, _: &[Value], around: &Around<'_>) -> Outcome<Value> {
    let none = none();
    let text = lenient(input, &none, "upper")?;
    around.meter.room(text.bytes())?;
    Ok(Value::Text(text.upper()))
}

/// Other text in the place of some.
pub(super) fn replace(input: &Value, given: &[Value], around: &Around<'_>) -> Outcome<Value> {
    let (search, replacement, most) = (argument(given, 0), argument(given, 1), argument(given, 2));
    let meter = around.meter;
    if let Value::Regex(regex) = search {
        let text = demand_text(input, "`replace` with a regular expression")?;
        let fresh = super::super::value::Regex::new(regex.pattern.clone());
        return fresh
            .replace(text, &to_text(replacement, meter)?, meter)
            .map(Value::Text);
    }
    if !matches!(search, Value::Text(_) | Value::Number(_)) {
        return Ok(input.clone());
    }
    let input = match input {
        Value::Number(_) => Value::Text(to_text(input, meter)?),
        other => other.clone(),
    };
    let Some(text) = input.as_text() else {
        return Ok(input);
    };
    meter.room(text.bytes())?;
    let (search, replacement_text) = (to_text(search, meter)?, to_text(replacement, meter)?);
    if search.is_empty() {
        let comma = Text::from(",");
        let between = if matches!(replacement, Value::Undefined) {
            &comma
        } else {
            &replacement_text
        };
        meter.step(text.len())?;
        let units = text.each_unit();
        meter.room(text.bytes() + (units.len() + 1).saturating_mul(replacement_text.bytes()))?;
        let mut buffer = Buffer::default();
        buffer.push(&replacement_text);
        join(&units, between, &mut buffer);
        buffer.push(&replacement_text);
        return Ok(like(&input, buffer.finish()));
    }
    let zero = matches!(most, Value::Number(most) if *most == 0.0);
    if zero || !text.contains(&search) {
        return Ok(input);
    }
    #[expect(clippy::float_cmp, reason = "exactly -1")]
    let all =
        matches!(most, Value::Undefined) || matches!(most, Value::Number(most) if *most == -1.0);
    let count = text.count_parts(&search);
    meter.step(count / 4)?;
    meter.room(
        text.bytes()
            .saturating_add(count.saturating_mul(replacement_text.bytes())),
    )?;
    let mut parts = text.split(&search);
    if !all {
        let most = to_number(most, meter)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "cut to the range"
        )]
        let most = if most.is_nan() {
            0
        } else {
            most.ceil().max(0.0) as usize
        };
        if parts.len() > most + 1 {
            let rest = parts.split_off(most);
            let mut buffer = Buffer::default();
            join(&rest, &search, &mut buffer);
            parts.push(buffer.finish());
        }
    }
    meter.room(text.bytes() + parts.len().saturating_mul(replacement_text.bytes()))?;
    let mut buffer = Buffer::default();
    join(&parts, &replacement_text, &mut buffer);
    Ok(like(&input, buffer.finish()))
}

fn join(parts: &[Text], between: &Text, buffer: &mut Buffer) {
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            buffer.push(between);
        }
        buffer.push(part);
    }
}

/// Every word with its first letter in upper case, the others in lower case.
pub(super) fn title(input: &Value, _: &[Value], around: &Around<'_>) -> Outcome<Value> {
    let none = none();
    let text = lenient(input, &none, "title")?;
    around.meter.room(text.bytes())?;
    let space = Text::from(" ");
    around.meter.step(text.count_parts(&space))?;
    let words: Vec<Text> = text
        .split(&space)
        .iter()
        .map(|word| word.lower().with_upper_first())
        .collect();
    let mut buffer = Buffer::default();
    join(&words, &space, &mut buffer);
    Ok(like(input, buffer.finish()))
}

/// No white space at the ends.
pub(super) fn trim(input: &Value, _: &[Value], _: &Around<'_>) -> Outcome<Value> {
    Ok(like(input, demand_text(input, "`trim`")?.trim(true, true)))
}

/// At most so many letters.
pub(super) fn truncate(input: &Value, given: &[Value], around: &Around<'_>) -> Outcome<Value> {
    let original = input;
    let input = or_empty(input);
    let most = Value::Number(255.0);
    let most = if truthy(argument(given, 0)) {
        argument(given, 0)
    } else {
        &most
    };
    if order(&direct_length(&input), most, around.meter)?.is_some_and(Ordering::is_le) {
        return Ok(input);
    }
    let text = demand_text(&input, "`truncate`")?;
    let most = to_number(most, around.meter)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "cut to the range"
    )]
    let bound = if most.is_nan() {
        0
    } else {
        most.clamp(0.0, 1e9) as usize
    };
    let mut end = bound;
    if !truthy(argument(given, 1)) {
        // A length that is no number looks for the last space of all.
        let from = if most.is_nan() { usize::MAX } else { bound };
        end = text.find_last(&" ".into(), from).unwrap_or(bound);
    }
    let mut buffer = Buffer::default();
    buffer.push(&text.slice(0, end));
    match argument(given, 2) {
        Value::Undefined | Value::Null => buffer.push_str("..."),
        end => buffer.push(&to_text(end, around.meter)?),
    }
    Ok(like(original, buffer.finish()))
}

/// How many words there are; null for none.
pub(super) fn wordcount(input: &Value, _: &[Value], _: &Around<'_>) -> Outcome<Value> {
    let input = or_empty(input);
    if !truthy(&input) {
        return Ok(Value::Null);
    }
    let text = demand_text(&input, "`wordcount`")?.written();
    let word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let count = text
        .split(|character| !word(character))
        .filter(|part| !part.is_empty())
        .count();
    Ok(if count == 0 {
        Value::Null
    } else {
        Value::count(count)
    })
}

fn or_empty(input: &Value) -> Value {
    match input {
        Value::Undefined | Value::Null | Value::Bool(false) => none(),
        other => other.clone(),
    }
}

/// The length that a value has itself.
fn direct_length(value: &Value) -> Value {
    match value {
        Value::List(list) => Value::count(list.len()),
        Value::Record(record) => record.get("length").cloned().unwrap_or(Value::Undefined),
        _ => value
            .as_text()
            .map_or(Value::Undefined, |text| Value::count(text.len())),
    }
}

fn spaces_of(count: f64, meter: &Meter) -> Outcome<String> {
    if count.is_nan() || count <= 0.0 {
        return Ok(String::new());
    }
    if count > 16_777_216.0 {
        return Err(Fault::new("So many spaces are not possible."));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "in range"
    )]
    let count = count.ceil() as usize;
    meter.room(count)?;
    Ok(" ".repeat(count))
}
