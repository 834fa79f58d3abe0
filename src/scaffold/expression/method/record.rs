//! Python's methods of objects, for templates that were made for Cookiecutter.

use super::super::convert::to_text;
use super::super::error::Outcome;
use super::super::meter::Meter;
use super::super::value::{Record, Value};
use super::{Method, argument};

/// The methods.
pub(super) const PYTHON: [Method; 5] = [
    ("get", 1, 2),
    ("has_key", 1, 1),
    ("items", 0, 0),
    ("keys", 0, 0),
    ("values", 0, 0),
];

/// Calls a method.
pub(super) fn call(record: &Record, name: &str, given: &[Value], meter: &Meter) -> Outcome<Value> {
    meter.step(record.len() / 4)?;
    let found = || {
        Ok(record
            .get(&to_text(argument(given, 0), meter)?.written())
            .cloned())
    };
    let entries = record.entries().iter();
    Ok(match name {
        "get" => found()?.unwrap_or_else(|| argument(given, 1).clone()),
        "has_key" => Value::Bool(found()?.is_some()),
        "keys" => Value::list(entries.map(|(name, _)| Value::text(&**name)).collect()),
        "values" => Value::list(entries.map(|(_, value)| value.clone()).collect()),
        _ => Value::list(
            entries
                .map(|(name, value)| Value::list(vec![Value::text(&**name), value.clone()]))
                .collect(),
        ),
    })
}
