//! The methods of texts.

use super::super::convert::{to_number, to_text};
use super::super::error::{Fault, Outcome};
use super::super::meter::Meter;
use super::super::number;
use super::super::regex::replace_text;
use super::super::text::{Buffer, Text};
use super::super::value::Value;
use super::{MANY, Method, argument, clamp, integer, position, range, relative};

/// The methods; those from `at` on are what older versions of Backstage had too.
pub(super) const METHODS: [Method; 31] = [
    ("charAt", 0, 1),
    ("charCodeAt", 0, 1),
    ("concat", 0, MANY),
    ("endsWith", 1, 2),
    ("includes", 1, 2),
    ("indexOf", 1, 2),
    ("lastIndexOf", 1, 2),
    ("replace", 2, 2),
    ("slice", 0, 2),
    ("split", 0, 2),
    ("startsWith", 1, 2),
    ("substring", 0, 2),
    ("toLowerCase", 0, 0),
    ("toUpperCase", 0, 0),
    ("trim", 0, 0),
    ("trimEnd", 0, 0),
    ("trimStart", 0, 0),
    ("at", 0, 1),
    ("codePointAt", 0, 1),
    ("match", 0, 1),
    ("padEnd", 1, 2),
    ("padStart", 1, 2),
    ("repeat", 0, 1),
    ("replaceAll", 2, 2),
    ("search", 0, 1),
    ("substr", 0, 2),
    ("toLocaleLowerCase", 0, 0),
    ("toLocaleUpperCase", 0, 0),
    ("toString", 0, 0),
    ("trimLeft", 0, 0),
    ("trimRight", 0, 0),
];

/// Calls a method.
pub(super) fn call(text: &Text, name: &str, given: &[Value], meter: &Meter) -> Outcome<Value> {
    meter.room(text.bytes())?;
    let first = || to_text(argument(given, 0), meter);
    let place = |index| Ok::<f64, Fault>(integer(given, index, meter)?.unwrap_or(0.0));
    Ok(match name {
        "charAt" => Value::Text(unit(text, place(0)?).unwrap_or_else(|| "".into())),
        "charCodeAt" => {
            let unit = unit(text, place(0)?).and_then(|unit| unit.units().first().copied());
            Value::Number(unit.map_or(f64::NAN, f64::from))
        }
        "at" => {
            let place = place(0)?;
            #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
            let place = if place < 0.0 {
                text.len() as f64 + place
            } else {
                place
            };
            unit(text, place).map_or(Value::Undefined, Value::Text)
        }
        "codePointAt" => code_point(text, place(0)?),
        "concat" => {
            let mut buffer = Buffer::default();
            buffer.push(text);
            for value in given {
                buffer.push(&to_text(value, meter)?);
                meter.room(buffer.bytes())?;
            }
            Value::Text(buffer.finish())
        }
        "includes" => {
            let from = clamp(place(1)?, text.len());
            Value::Bool(text.find(&first()?, from).is_some())
        }
        "indexOf" => position(text.find(&first()?, clamp(place(1)?, text.len()))),
        "lastIndexOf" => {
            let from = match argument(given, 1) {
                Value::Undefined => f64::NAN,
                value => to_number(value, meter)?,
            };
            let from = if from.is_nan() {
                usize::MAX
            } else {
                clamp(number::to_integer(from), text.len())
            };
            position(text.find_last(&first()?, from))
        }
        "startsWith" => {
            let (other, start) = (first()?, clamp(place(1)?, text.len()));
            Value::Bool(text.slice(start, start + other.len()) == other)
        }
        "endsWith" => {
            let other = first()?;
            let end = integer(given, 1, meter)?.map_or(text.len(), |end| clamp(end, text.len()));
            let start = end.checked_sub(other.len());
            Value::Bool(start.is_some_and(|start| text.slice(start, end) == other))
        }
        "replace" | "replaceAll" => {
            let replacement = to_text(argument(given, 1), meter)?;
            Value::Text(match argument(given, 0) {
                Value::Regex(regex) if name == "replaceAll" && !regex.pattern.global() => {
                    return Err(Fault::new(
                        "`replaceAll` takes a regular expression with the flag g only.",
                    ));
                }
                Value::Regex(regex) => regex.replace(text, &replacement, meter)?,
                _ => replace_text(text, &first()?, &replacement, name == "replaceAll", meter)?,
            })
        }
        "split" => split(text, given, meter)?,
        "slice" => {
            let (start, end) = range(given, 0, text.len(), meter)?;
            Value::Text(text.slice(start, end))
        }
        "substring" => {
            let length = text.len();
            let start = clamp(place(0)?, length);
            let end = integer(given, 1, meter)?.map_or(length, |end| clamp(end, length));
            Value::Text(text.slice(start.min(end), start.max(end)))
        }
        "substr" => {
            let start = relative(place(0)?, text.len());
            let count =
                integer(given, 1, meter)?.map_or(usize::MAX, |count| clamp(count, text.len()));
            Value::Text(text.slice(start, start.saturating_add(count)))
        }
        "repeat" => repeat(text, place(0)?, meter)?,
        "padStart" | "padEnd" => pad(text, given, name == "padStart", meter)?,
        "match" => match argument(given, 0) {
            Value::Regex(regex) => regex.matches(text, meter)?,
            _ => return Err(Fault::new("`match` takes a regular expression: r/…/.")),
        },
        "search" => match argument(given, 0) {
            Value::Regex(regex) => Value::Number(regex.position(text, meter)?),
            _ => return Err(Fault::new("`search` takes a regular expression: r/…/.")),
        },
        "trim" => Value::Text(text.trim(true, true)),
        "trimStart" | "trimLeft" => Value::Text(text.trim(true, false)),
        "trimEnd" | "trimRight" => Value::Text(text.trim(false, true)),
        "toLowerCase" | "toLocaleLowerCase" => Value::Text(text.lower()),
        "toUpperCase" | "toLocaleUpperCase" => Value::Text(text.upper()),
        _ => Value::Text(text.clone()),
    })
}

fn unit(text: &Text, place: f64) -> Option<Text> {
    if place < 0.0 {
        return None;
    }
    text.unit(clamp(place, text.len()))
}

fn code_point(text: &Text, place: f64) -> Value {
    let start = clamp(place, text.len());
    if place < 0.0 {
        return Value::Undefined;
    }
    let units = text.slice(start, start + 2).units();
    match char::decode_utf16(units).next() {
        Some(Ok(character)) => Value::Number(f64::from(u32::from(character))),
        Some(Err(half)) => Value::Number(f64::from(half.unpaired_surrogate())),
        None => Value::Undefined,
    }
}

fn split(text: &Text, given: &[Value], meter: &Meter) -> Outcome<Value> {
    let limit = match argument(given, 1) {
        Value::Undefined => usize::MAX,
        limit => number::to_uint32(to_number(limit, meter)?) as usize,
    };
    let mut parts: Vec<Value> = match argument(given, 0) {
        Value::Regex(regex) => regex.split(text, limit, meter)?,
        Value::Undefined => vec![Value::Text(text.clone())],
        separator => {
            let separator = to_text(separator, meter)?;
            meter.step(text.count_parts(&separator))?;
            let parts = text.split(&separator);
            parts.into_iter().map(Value::Text).collect()
        }
    };
    parts.truncate(limit);
    Ok(Value::list(parts))
}

fn repeat(text: &Text, count: f64, meter: &Meter) -> Outcome<Value> {
    if !(0.0..f64::INFINITY).contains(&count) {
        return Err(Fault::new(
            "A text can be repeated 0 times or more often, but not without an end.",
        ));
    }
    if text.is_empty() {
        return Ok(Value::text(""));
    }
    let count = clamp(count, usize::MAX >> 16);
    meter.room(text.bytes().saturating_mul(count))?;
    let mut buffer = Buffer::default();
    for _ in 0..count {
        buffer.push(text);
    }
    Ok(Value::Text(buffer.finish()))
}

fn pad(text: &Text, given: &[Value], front: bool, meter: &Meter) -> Outcome<Value> {
    let width = clamp(integer(given, 0, meter)?.unwrap_or(0.0), usize::MAX >> 16);
    let filler = match argument(given, 1) {
        Value::Undefined => " ".into(),
        filler => to_text(filler, meter)?,
    };
    let Some(missing) = width.checked_sub(text.len()).filter(|_| !filler.is_empty()) else {
        return Ok(Value::Text(text.clone()));
    };
    meter.room(text.bytes().saturating_add(missing.saturating_mul(3)))?;
    let units = filler.units();
    let padding: Vec<u16> = units.iter().copied().cycle().take(missing).collect();
    let padding = Text::from_units(&padding);
    let mut buffer = Buffer::default();
    let parts = if front {
        [&padding, text]
    } else {
        [text, &padding]
    };
    for part in parts {
        buffer.push(part);
    }
    Ok(Value::Text(buffer.finish()))
}
