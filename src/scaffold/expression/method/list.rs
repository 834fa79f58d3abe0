//! The methods of lists; some change the list.

use std::rc::Rc;

use super::super::convert::to_text;
use super::super::error::{Fault, Outcome};
use super::super::meter::Meter;
use super::super::sort::{self, undefined};
use super::super::text::Buffer;
use super::super::value::{List, Value, containable};
use super::{MANY, Method, argument, clamp, integer, position, range, relative};

/// The most values that a list may have.
const MOST: usize = 100_000;

/// JavaScript's methods.
pub(super) const METHODS: [Method; 18] = [
    ("at", 1, 1),
    ("concat", 0, MANY),
    ("copyWithin", 1, 3),
    ("fill", 1, 3),
    ("flat", 0, 1),
    ("includes", 1, 2),
    ("indexOf", 1, 2),
    ("join", 0, 1),
    ("lastIndexOf", 1, 2),
    ("pop", 0, 0),
    ("push", 0, MANY),
    ("reverse", 0, 0),
    ("shift", 0, 0),
    ("slice", 0, 2),
    ("sort", 0, 0),
    ("splice", 0, MANY),
    ("unshift", 0, MANY),
    ("toString", 0, 0),
];

/// Python's methods, for templates that were made for Cookiecutter.
pub(super) const PYTHON: [Method; 7] = [
    ("append", 1, 1),
    ("count", 1, 1),
    ("find", 1, 1),
    ("index", 1, 1),
    ("insert", 2, 2),
    ("pop", 0, 1),
    ("remove", 1, 1),
];

/// Calls a method.
pub(super) fn call(
    list: &Rc<List>,
    name: &str,
    given: &[Value],
    cookiecutter: bool,
    meter: &Meter,
) -> Outcome<Value> {
    meter.step(list.len() / 4)?;
    let mut items = list.copy();
    let length = items.len();
    let first = argument(given, 0);
    Ok(match name {
        "at" => {
            let place = integer(given, 0, meter)?.unwrap_or(0.0);
            #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
            let place = if place < 0.0 {
                length as f64 + place
            } else {
                place
            };
            if place < 0.0 {
                Value::Undefined
            } else {
                list.get(clamp(place, length))
            }
        }
        "concat" => {
            for value in given {
                match value {
                    Value::List(other) => items.extend(other.copy()),
                    other => items.push(other.clone()),
                }
                meter.step(items.len() / 8)?;
            }
            made(items)?
        }
        "flat" => {
            let depth = integer(given, 0, meter)?.unwrap_or(1.0).max(0.0);
            let mut flat = Vec::new();
            flatten(list, depth, &mut flat, 0, meter)?;
            made(flat)?
        }
        "includes" => {
            let start = relative(integer(given, 1, meter)?.unwrap_or(0.0), length);
            let nan = matches!(first, Value::Number(number) if number.is_nan());
            let is = |item: &Value| {
                item.same(first) || nan && matches!(item, Value::Number(number) if number.is_nan())
            };
            Value::Bool(items[start..].iter().any(is))
        }
        "indexOf" => {
            let start = relative(integer(given, 1, meter)?.unwrap_or(0.0), length);
            position(
                items[start..]
                    .iter()
                    .position(|item| item.same(first))
                    .map(|place| place + start),
            )
        }
        "lastIndexOf" => {
            let from = integer(given, 1, meter)?;
            let end = match from {
                None => length,
                #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
                Some(from) if from < 0.0 => clamp(length as f64 + from + 1.0, length),
                Some(from) => clamp(from + 1.0, length),
            };
            position(items[..end].iter().rposition(|item| item.same(first)))
        }
        "join" => join(&items, first, meter)?,
        "toString" => Value::Text(to_text(&Value::List(Rc::clone(list)), meter)?),
        "slice" => {
            let (start, end) = range(given, 0, length, meter)?;
            Value::list(items[start..end].to_vec())
        }
        "push" | "append" => {
            items.extend_from_slice(given);
            change(list, items, given, meter)?;
            Value::count(list.len())
        }
        "unshift" => {
            items.splice(0..0, given.iter().cloned());
            change(list, items, given, meter)?;
            Value::count(list.len())
        }
        "pop" if cookiecutter && !matches!(first, Value::Undefined) => {
            let place = existing(integer(given, 0, meter)?.unwrap_or(0.0), length);
            let Some(place) = place else {
                return Ok(Value::Undefined);
            };
            let removed = items.remove(place);
            list.replace(items);
            removed
        }
        "pop" => {
            let removed = items.pop().unwrap_or(Value::Undefined);
            list.replace(items);
            removed
        }
        "shift" => {
            if items.is_empty() {
                return Ok(Value::Undefined);
            }
            let removed = items.remove(0);
            list.replace(items);
            removed
        }
        "splice" => splice(list, items, given, meter)?,
        "sort" => {
            let sorted = sort::sort(items, undefined, |left, right| {
                meter.step(1)?;
                Ok(to_text(left, meter)? < to_text(right, meter)?)
            })?;
            list.replace(sorted);
            Value::List(Rc::clone(list))
        }
        "reverse" => {
            items.reverse();
            list.replace(items);
            Value::List(Rc::clone(list))
        }
        "fill" => {
            let (start, end) = range(given, 1, length, meter)?;
            items[start..end].fill(first.clone());
            change(list, items, &given[..1], meter)?;
            Value::List(Rc::clone(list))
        }
        "copyWithin" => {
            let target = relative(integer(given, 0, meter)?.unwrap_or(0.0), length);
            let (start, end) = range(given, 1, length, meter)?;
            let part = items[start..end].to_vec();
            for (place, value) in (target..length).zip(part) {
                items[place] = value;
            }
            list.replace(items);
            Value::List(Rc::clone(list))
        }
        "insert" => {
            let place = relative(integer(given, 0, meter)?.unwrap_or(0.0), length);
            items.insert(place, argument(given, 1).clone());
            change(list, items, &given[1..], meter)?;
            Value::list(Vec::new())
        }
        "remove" => {
            let place = items.iter().position(|item| item.same(first));
            let removed = place.map(|place| items.remove(place));
            list.replace(items);
            Value::list(removed.into_iter().collect())
        }
        "count" => Value::count(items.iter().filter(|item| item.same(first)).count()),
        _ => position(items.iter().position(|item| item.same(first))),
    })
}

fn made(items: Vec<Value>) -> Outcome<Value> {
    bounded(&items)?;
    Ok(Value::list(items))
}

fn bounded(items: &[Value]) -> Outcome<()> {
    if items.len() > MOST {
        return Err(Fault::new(format!(
            "A list cannot have more than {MOST} values."
        )));
    }
    Ok(())
}

/// Puts new items into a list.
fn change(list: &Rc<List>, items: Vec<Value>, new: &[Value], meter: &Meter) -> Outcome<()> {
    bounded(&items)?;
    containable(list, new, meter)?;
    list.replace(items);
    Ok(())
}

fn splice(
    list: &Rc<List>,
    mut items: Vec<Value>,
    given: &[Value],
    meter: &Meter,
) -> Outcome<Value> {
    let length = items.len();
    let Some(start) = integer(given, 0, meter)? else {
        return Ok(Value::list(Vec::new()));
    };
    let start = relative(start, length);
    let Some(count) = integer(given, 1, meter)? else {
        let removed = items.split_off(start);
        list.replace(items);
        return Ok(Value::list(removed));
    };
    let end = start + clamp(count, length - start);
    let new = given.get(2..).unwrap_or(&[]);
    let removed = items.splice(start..end, new.iter().cloned()).collect();
    change(list, items, new, meter)?;
    Ok(Value::list(removed))
}

fn existing(place: f64, length: usize) -> Option<usize> {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let size = length as f64;
    let place = if place < 0.0 { size + place } else { place };
    (0.0..size).contains(&place).then(|| clamp(place, length))
}

fn join(items: &[Value], separator: &Value, meter: &Meter) -> Outcome<Value> {
    let separator = match separator {
        Value::Undefined => ",".into(),
        separator => to_text(separator, meter)?,
    };
    let mut buffer = Buffer::default();
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            buffer.push(&separator);
        }
        if !item.is_nothing() {
            buffer.push(&to_text(item, meter)?);
        }
        meter.step(1)?;
        if buffer.bytes() > 1 << 20 {
            meter.room(buffer.bytes())?;
        }
    }
    meter.room(buffer.bytes())?;
    Ok(Value::Text(buffer.finish()))
}

fn flatten(
    list: &Rc<List>,
    depth: f64,
    flat: &mut Vec<Value>,
    level: usize,
    meter: &Meter,
) -> Outcome<()> {
    meter.nested(level)?;
    for item in list.copy() {
        meter.step(1)?;
        match item {
            Value::List(inner) if depth > 0.0 => {
                flatten(&inner, depth - 1.0, flat, level + 1, meter)?;
            }
            item => flat.push(item),
        }
    }
    Ok(())
}
