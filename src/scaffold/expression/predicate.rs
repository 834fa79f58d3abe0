//! The tests behind `is`.

use std::cmp::Ordering;

use super::convert::{demand_text, order, to_number, truthy};
use super::error::{Fault, Outcome, did_you_mean};
use super::meter::Meter;
use super::value::Value;

/// Every test and how many arguments it takes.
const TESTS: [(&str, usize); 26] = [
    ("callable", 0),
    ("defined", 0),
    ("divisibleby", 1),
    ("eq", 1),
    ("equalto", 1),
    ("escaped", 0),
    ("even", 0),
    ("falsy", 0),
    ("ge", 1),
    ("greaterthan", 1),
    ("gt", 1),
    ("iterable", 0),
    ("le", 1),
    ("lessthan", 1),
    ("lower", 0),
    ("lt", 1),
    ("mapping", 0),
    ("ne", 1),
    ("null", 0),
    ("number", 0),
    ("odd", 0),
    ("sameas", 1),
    ("string", 0),
    ("truthy", 0),
    ("undefined", 0),
    ("upper", 0),
];

/// How many arguments a test takes, if there is such a test.
pub fn arity(name: &str) -> Option<usize> {
    TESTS
        .iter()
        .find(|(test, _)| *test == name)
        .map(|(_, arity)| *arity)
}

/// The sentence for a test that there is not.
pub fn unknown(name: &str) -> String {
    let names = TESTS.iter().map(|(test, _)| *test);
    let meant = did_you_mean(name, names.clone());
    if meant.is_empty() {
        let all: Vec<&str> = names.collect();
        return format!("There is no test `{name}`. There are: {}.", all.join(", "));
    }
    format!("There is no test `{name}`{meant}")
}

/// Whether a value passes a test.
pub fn apply(name: &str, value: &Value, given: &[Value], meter: &Meter) -> Outcome<bool> {
    let other = given.first().unwrap_or(&Value::Undefined);
    if !["callable", "eq", "equalto", "sameas", "ne"].contains(&name) {
        value.plain()?;
        other.plain()?;
    }
    let ordered =
        |wanted: fn(Ordering) -> bool| Ok(order(value, other, meter)?.is_some_and(wanted));
    #[expect(clippy::float_cmp, reason = "JavaScript compares numbers exactly")]
    match name {
        "callable" => Ok(matches!(value, Value::Function(_))),
        "defined" => Ok(!matches!(value, Value::Undefined)),
        "undefined" => Ok(matches!(value, Value::Undefined)),
        "divisibleby" => Ok(to_number(value, meter)? % to_number(other, meter)? == 0.0),
        "escaped" => Ok(matches!(value, Value::Safe(_))),
        "eq" | "equalto" | "sameas" => Ok(value.same(other)),
        "ne" => Ok(!value.same(other)),
        "even" => Ok(to_number(value, meter)? % 2.0 == 0.0),
        "odd" => Ok(to_number(value, meter)? % 2.0 == 1.0),
        "falsy" => Ok(!truthy(value)),
        "truthy" => Ok(truthy(value)),
        "ge" => ordered(Ordering::is_ge),
        "greaterthan" | "gt" => ordered(Ordering::is_gt),
        "le" => ordered(Ordering::is_le),
        "lessthan" | "lt" => ordered(Ordering::is_lt),
        "iterable" if value.is_nothing() => Err(Fault::new(format!(
            "`is iterable` takes a value, but this is {}. Ask `is defined` first.",
            value.kind()
        ))),
        "iterable" => Ok(matches!(
            value,
            Value::Text(_) | Value::Safe(_) | Value::List(_)
        )),
        "lower" | "upper" => {
            if matches!(value, Value::Safe(_)) {
                return Ok(false);
            }
            let text = demand_text(value, &format!("`is {name}`"))?;
            meter.room(text.bytes())?;
            Ok(*text
                == if name == "lower" {
                    text.lower()
                } else {
                    text.upper()
                })
        }
        "mapping" => Ok(matches!(
            value,
            Value::Record(_) | Value::Safe(_) | Value::Regex(_)
        )),
        "null" => Ok(matches!(value, Value::Null)),
        "number" => Ok(matches!(value, Value::Number(_))),
        "string" => Ok(matches!(value, Value::Text(_))),
        _ => Err(Fault::new(unknown(name))),
    }
}
