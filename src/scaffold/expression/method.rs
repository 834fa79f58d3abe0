//! The methods of values, as `"text".toUpperCase()`.

mod list;
mod number;
mod record;
mod text;

use super::convert::{to_integer, to_text};
use super::error::{Fault, Outcome};
use super::meter::Meter;
use super::value::Value;

/// The methods that every template may use, for sentences.
pub const ALL: [&str; 40] = [
    "at",
    "charAt",
    "charCodeAt",
    "concat",
    "copyWithin",
    "endsWith",
    "fill",
    "flat",
    "includes",
    "indexOf",
    "join",
    "lastIndexOf",
    "padEnd",
    "padStart",
    "pop",
    "push",
    "repeat",
    "replace",
    "replaceAll",
    "reverse",
    "shift",
    "slice",
    "sort",
    "splice",
    "split",
    "startsWith",
    "substring",
    "substr",
    "test",
    "toExponential",
    "toFixed",
    "toLowerCase",
    "toPrecision",
    "toString",
    "toUpperCase",
    "trim",
    "trimEnd",
    "trimStart",
    "unshift",
    "match",
];

/// A method: its name, and how many arguments it takes at least and at most.
type Method = (&'static str, usize, usize);

const MANY: usize = usize::MAX;

/// The method of a value by its name.
pub fn find(receiver: &Value, name: &str, cookiecutter: bool) -> Option<&'static str> {
    lookup(receiver, name, cookiecutter).map(|(name, ..)| *name)
}

/// How many arguments a method takes at least and at most.
pub fn arity(receiver: &Value, name: &str, cookiecutter: bool) -> (usize, usize) {
    lookup(receiver, name, cookiecutter).map_or((0, 0), |(_, least, most)| (*least, *most))
}

fn lookup(receiver: &Value, name: &str, cookiecutter: bool) -> Option<&'static Method> {
    let by_name = |methods: &'static [Method]| methods.iter().find(|(method, ..)| *method == name);
    match receiver {
        Value::Text(_) | Value::Safe(_) => by_name(&text::METHODS),
        Value::Number(_) => by_name(&number::METHODS),
        Value::List(_) if cookiecutter => {
            by_name(&list::PYTHON).or_else(|| by_name(&list::METHODS))
        }
        Value::List(_) => by_name(&list::METHODS),
        Value::Record(_) if cookiecutter => by_name(&record::PYTHON),
        Value::Regex(_) => by_name(&[("test", 1, 1)]),
        _ => None,
    }
}

/// Calls a method of a value.
pub fn call(
    receiver: &Value,
    name: &str,
    given: &[Value],
    cookiecutter: bool,
    meter: &Meter,
) -> Outcome<Value> {
    match receiver {
        Value::List(list) => list::call(list, name, given, cookiecutter, meter),
        Value::Number(number) => number::call(*number, name, given, meter),
        Value::Record(record) => record::call(record, name, given, meter),
        Value::Regex(regex) => {
            let text = to_text(argument(given, 0), meter)?;
            regex.test(&text, meter).map(Value::Bool)
        }
        _ => match receiver.as_text() {
            Some(text) => text::call(text, name, given, meter),
            None => Err(Fault::new(format!(
                "{} has no method `{name}`.",
                receiver.kind()
            ))),
        },
    }
}

fn argument(given: &[Value], place: usize) -> &Value {
    given.get(place).unwrap_or(&Value::Undefined)
}

/// A whole number, unless the argument is missing.
fn integer(given: &[Value], place: usize, meter: &Meter) -> Outcome<Option<f64>> {
    match argument(given, place) {
        Value::Undefined => Ok(None),
        value => to_integer(value, meter).map(Some),
    }
}

/// A number brought into the bounds of a length.
fn clamp(number: f64, length: usize) -> usize {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within the bounds"
    )]
    {
        number.clamp(0.0, length as f64) as usize
    }
}

/// A place counted from the start, or from the end where it is below 0.
fn relative(number: f64, length: usize) -> usize {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let from_end = length as f64 + number;
    if number < 0.0 {
        clamp(from_end, length)
    } else {
        clamp(number, length)
    }
}

/// The start and end of a part, each counted from the end where it is below 0.
fn range(given: &[Value], first: usize, length: usize, meter: &Meter) -> Outcome<(usize, usize)> {
    let start = integer(given, first, meter)?.map_or(0, |start| relative(start, length));
    let end = integer(given, first + 1, meter)?.map_or(length, |end| relative(end, length));
    Ok((start, end.max(start)))
}

/// A place that was found as a number, or -1.
fn position(place: Option<usize>) -> Value {
    place.map_or(Value::Number(-1.0), Value::count)
}
