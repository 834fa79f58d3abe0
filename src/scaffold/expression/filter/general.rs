//! Filters for values of any kind, and for numbers.

use super::super::convert::{demand_text, printed, to_number, to_text, truthy};
use super::super::error::Outcome;
use super::super::json;
use super::super::number;
use super::super::value::Value;
use super::{Around, argument, something};

/// The size of a number.
pub(super) fn abs(input: &Value, _: &[Value], around: &Around<'_>) -> Outcome<Value> {
    Ok(Value::Number(to_number(input, around.meter)?.abs()))
}

/// Another value for undefined; with a second argument for all that is not true.
#[expect(clippy::unnecessary_wraps, reason = "every filter may fail")]
pub(super) fn default(input: &Value, given: &[Value], _: &Around<'_>) -> Outcome<Value> {
    let missing = if truthy(argument(given, 1)) {
        !truthy(input)
    } else {
        matches!(input, Value::Undefined)
    };
    Ok(if missing {
        argument(given, 0).clone()
    } else {
        input.clone()
    })
}

/// JSON.
pub(super) fn dump(input: &Value, given: &[Value], around: &Around<'_>) -> Outcome<Value> {
    json::dump(input, &json::Indent::of(argument(given, 0)), around.meter)
}

/// The number that text begins with.
pub(super) fn float(input: &Value, given: &[Value], around: &Around<'_>) -> Outcome<Value> {
    let number = number::read_start(&to_text(input, around.meter)?.written());
    Ok(if number.is_nan() {
        argument(given, 0).clone()
    } else {
        Value::Number(number)
    })
}

/// The whole number that text begins with.
pub(super) fn int(input: &Value, given: &[Value], around: &Around<'_>) -> Outcome<Value> {
    let base = match argument(given, 1) {
        Value::Undefined => 10.0,
        base => to_number(base, around.meter)?.trunc(),
    };
    let number = number::read_whole(&to_text(input, around.meter)?.written(), base);
    Ok(if number.is_nan() {
        argument(given, 0).clone()
    } else {
        Value::Number(number)
    })
}

/// How many parts there are.
#[expect(clippy::unnecessary_wraps, reason = "every filter may fail")]
pub(super) fn length(input: &Value, _: &[Value], _: &Around<'_>) -> Outcome<Value> {
    Ok(match input {
        Value::List(list) => Value::count(list.len()),
        Value::Record(record) => Value::count(record.len()),
        Value::Undefined | Value::Null | Value::Bool(false) => Value::Number(0.0),
        _ => input
            .as_text()
            .map_or(Value::Undefined, |text| Value::count(text.len())),
    })
}

/// Rounds to so many places, up, down or to the nearest.
pub(super) fn round(input: &Value, given: &[Value], around: &Around<'_>) -> Outcome<Value> {
    let places = match argument(given, 0) {
        places if truthy(places) => to_number(places, around.meter)?,
        _ => 0.0,
    };
    let factor = 10.0_f64.powf(places);
    let number = to_number(input, around.meter)? * factor;
    let method = argument(given, 1)
        .as_text()
        .filter(|_| matches!(argument(given, 1), Value::Text(_)));
    let rounded = match method.map(|method| method.written()).as_deref() {
        Some("ceil") => number.ceil(),
        Some("floor") => number.floor(),
        _ => number::round(number),
    };
    Ok(Value::Number(rounded / factor))
}

/// Text.
pub(super) fn string(input: &Value, _: &[Value], around: &Around<'_>) -> Outcome<Value> {
    something(input, "string")?;
    if let Value::Safe(_) = input {
        return Ok(input.clone());
    }
    printed(input, around.meter).map(Value::Text)
}

/// Text for the filters that take undefined, null and false for none.
pub(super) fn lenient<'a>(
    input: &'a Value,
    none: &'a Value,
    filter: &str,
) -> Outcome<&'a super::super::text::Text> {
    let input = match input {
        Value::Undefined | Value::Null | Value::Bool(false) => none,
        other => other,
    };
    demand_text(input, &format!("`{filter}`"))
}
