//! How JavaScript turns one kind of value into another, and compares them.

use std::cmp::Ordering;

use super::error::{Fault, Outcome};
use super::meter::Meter;
use super::number;
use super::text::{Buffer, Text};
use super::value::Value;

/// Whether a value counts as true; empty lists and objects do.
pub fn truthy(value: &Value) -> bool {
    match value {
        Value::Undefined | Value::Null | Value::Bool(false) => false,
        Value::Number(number) => *number != 0.0 && !number.is_nan(),
        Value::Text(text) => !text.is_empty(),
        _ => true,
    }
}

/// The value as text; undefined is `undefined`.
pub fn to_text(value: &Value, meter: &Meter) -> Outcome<Text> {
    Ok(match value {
        Value::Text(text) => text.clone(),
        Value::Safe(text) => Text::clone(text),
        Value::Undefined => "undefined".into(),
        Value::Null => "null".into(),
        Value::Bool(true) => "true".into(),
        Value::Bool(false) => "false".into(),
        Value::Number(number) => number::written(*number).into(),
        Value::Record(_) => {
            value.plain()?;
            "[object Object]".into()
        }
        Value::Regex(regex) => regex.pattern.written().into(),
        Value::List(_) | Value::Function(_) => {
            value.plain()?;
            let mut buffer = Buffer::default();
            join(value, &mut buffer, meter, 0)?;
            buffer.finish()
        }
    })
}

/// The value as it is printed: like text, but undefined and null print nothing.
pub fn printed(value: &Value, meter: &Meter) -> Outcome<Text> {
    if value.is_nothing() {
        return Ok("".into());
    }
    to_text(value, meter)
}

/// Writes the items of lists with commas between them.
fn join(value: &Value, buffer: &mut Buffer, meter: &Meter, depth: usize) -> Outcome<()> {
    let Value::List(list) = value else {
        buffer.push(&printed(value, meter)?);
        return meter.room(buffer.bytes());
    };
    meter.nested(depth)?;
    for (place, item) in list.items().iter().enumerate() {
        meter.step(1)?;
        if place > 0 {
            buffer.push_str(",");
        }
        join(item, buffer, meter, depth + 1)?;
    }
    Ok(())
}

/// The value as something that is no object: lists and objects as text.
pub fn to_primitive(value: &Value, meter: &Meter) -> Outcome<Value> {
    Ok(match value {
        Value::Undefined | Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {
            value.clone()
        }
        _ => Value::Text(to_text(value, meter)?),
    })
}

/// The value as a number.
pub fn to_number(value: &Value, meter: &Meter) -> Outcome<f64> {
    Ok(match value {
        Value::Undefined => f64::NAN,
        Value::Null | Value::Bool(false) => 0.0,
        Value::Bool(true) => 1.0,
        Value::Number(number) => *number,
        _ => match to_text(value, meter)? {
            Text::Whole(text) => number::read(&text),
            Text::Torn(_) => f64::NAN,
        },
    })
}

/// The value as a whole number, or an infinite one.
pub fn to_integer(value: &Value, meter: &Meter) -> Outcome<f64> {
    to_number(value, meter).map(number::to_integer)
}

/// The sum of two values, or their texts joined where one is text.
pub fn add(left: &Value, right: &Value, meter: &Meter) -> Outcome<Value> {
    let (left, right) = (to_primitive(left, meter)?, to_primitive(right, meter)?);
    if matches!(left, Value::Text(_)) || matches!(right, Value::Text(_)) {
        return concat(&left, &right, meter);
    }
    Ok(Value::Number(
        to_number(&left, meter)? + to_number(&right, meter)?,
    ))
}

/// The texts of two values joined.
pub fn concat(left: &Value, right: &Value, meter: &Meter) -> Outcome<Value> {
    let (left, right) = (to_text(left, meter)?, to_text(right, meter)?);
    meter.room(left.bytes() + right.bytes())?;
    let mut buffer = Buffer::default();
    buffer.push(&left);
    buffer.push(&right);
    Ok(Value::Text(buffer.finish()))
}

/// The order of two values, if they have one.
pub fn order(left: &Value, right: &Value, meter: &Meter) -> Outcome<Option<Ordering>> {
    let (left, right) = (to_primitive(left, meter)?, to_primitive(right, meter)?);
    if let (Value::Text(left), Value::Text(right)) = (&left, &right) {
        return Ok(Some(left.cmp(right)));
    }
    Ok(to_number(&left, meter)?.partial_cmp(&to_number(&right, meter)?))
}

/// Whether two values are equal, `==`, after one was turned into the kind of the other.
pub fn equal(left: &Value, right: &Value, meter: &Meter) -> Outcome<bool> {
    let object = |value: &Value| {
        matches!(
            value,
            Value::Safe(_)
                | Value::List(_)
                | Value::Record(_)
                | Value::Regex(_)
                | Value::Function(_)
        )
    };
    if left.same(right) {
        return Ok(true);
    }
    if object(left) && object(right) {
        return Ok(false);
    }
    let (left, right) = (to_primitive(left, meter)?, to_primitive(right, meter)?);
    let nothing = (left.is_nothing(), right.is_nothing());
    Ok(match (&left, &right) {
        _ if nothing.0 || nothing.1 => nothing.0 && nothing.1,
        (Value::Text(left), Value::Text(right)) => left == right,
        #[expect(clippy::float_cmp, reason = "JavaScript compares numbers exactly")]
        _ => to_number(&left, meter)? == to_number(&right, meter)?,
    })
}

/// The value as text, where only text will do.
pub fn demand_text<'a>(value: &'a Value, who: &str) -> Outcome<&'a Text> {
    value.as_text().ok_or_else(|| {
        Fault::new(format!(
            "{who} takes a text, but this is {}. Write `| string` in front of it, or look where the value comes from.",
            value.kind()
        ))
    })
}
