//! Filters for lists and objects.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::super::convert::{add, order, to_number, to_text, truthy};
use super::super::error::{Fault, Outcome};
use super::super::evaluate::{has, own};
use super::super::meter::Meter;
use super::super::predicate;
use super::super::sort::{self, undefined};
use super::super::text::{Buffer, Text};
use super::super::value::{RESERVED, Record, Value};
use super::{Around, argument, indexed, something};

/// The values of a list, the letters of a text, or those of an object that is like a list.
fn values(input: &Value, meter: &Meter) -> Outcome<Option<Vec<Value>>> {
    Ok(Some(match input {
        Value::List(list) => {
            meter.step(list.len() / 8)?;
            list.copy()
        }
        Value::Record(record) => indexed(record, meter)?,
        _ => match input.as_text() {
            Some(text) => {
                meter.step(text.len())?;
                text.each_unit().into_iter().map(Value::Text).collect()
            }
            None => return Ok(None),
        },
    }))
}

/// A whole number above zero.
fn whole(value: &Value, what: &str, meter: &Meter) -> Outcome<usize> {
    let number = to_number(value, meter)?.trunc();
    if !(1.0..9e15).contains(&number) {
        return Err(Fault::new(format!("{what} is a whole number above 0.")));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "in range"
    )]
    Ok(number as usize)
}

fn demand_list<'a>(input: &'a Value, filter: &str) -> Outcome<&'a super::super::value::List> {
    match input {
        Value::List(list) => Ok(list),
        other => Err(Fault::new(format!(
            "`{filter}` takes a list, but this is {}. Does it need `| default([])` in front of it?",
            other.kind()
        ))),
    }
}

/// Lists of so many values.
pub(super) fn batch(input: &Value, given: &[Value], around: &Around<'_>) -> Outcome<Value> {
    something(input, "batch")?;
    let width = whole(argument(given, 0), "The length of a batch", around.meter)?;
    let Some(values) = values(input, around.meter)? else {
        return Ok(Value::list(Vec::new()));
    };
    let fill = argument(given, 1);
    let mut rows = Vec::new();
    for row in values.chunks(width) {
        let mut row = row.to_vec();
        while truthy(fill) && row.len() < width {
            around.meter.step(1)?;
            row.push(fill.clone());
        }
        rows.push(Value::list(row));
    }
    Ok(Value::list(rows))
}

/// Pairs of names and values in their order.
pub(super) fn dictsort(input: &Value, given: &[Value], around: &Around<'_>) -> Outcome<Value> {
    let Value::Record(record) = input else {
        return Err(Fault::new(format!(
            "`dictsort` takes an object, but this is {}.",
            input.kind()
        )));
    };
    let sensitive = truthy(argument(given, 0));
    let by_value = match argument(given, 1) {
        Value::Undefined => false,
        Value::Text(by) if &*by.written() == "key" => false,
        Value::Text(by) if &*by.written() == "value" => true,
        _ => return Err(Fault::new("`dictsort` sorts by \"key\" or by \"value\".")),
    };
    let upper = |value: &Value| match value.as_text() {
        Some(text) if !sensitive => Value::Text(text.upper()),
        _ => value.clone(),
    };
    let pairs: Vec<(Value, Value)> = record
        .entries()
        .iter()
        .map(|(name, value)| (Value::text(&**name), value.clone()))
        .collect();
    let sorted = sort::sort(
        pairs,
        |_| false,
        |left, right| {
            around.meter.step(1)?;
            let (left, right) = if by_value {
                (&left.1, &right.1)
            } else {
                (&left.0, &right.0)
            };
            let (left, right) = (upper(left), upper(right));
            let above = order(&left, &right, around.meter)?.is_some_and(std::cmp::Ordering::is_gt);
            Ok(!above && !left.same(&right))
        },
    )?;
    Ok(Value::list(
        sorted
            .into_iter()
            .map(|(name, value)| Value::list(vec![name, value]))
            .collect(),
    ))
}

/// The first value.
pub(super) fn first(input: &Value, _: &[Value], _: &Around<'_>) -> Outcome<Value> {
    something(input, "first")?;
    Ok(own(input, "0"))
}

/// The last value.
pub(super) fn last(input: &Value, _: &[Value], around: &Around<'_>) -> Outcome<Value> {
    something(input, "last")?;
    let length = match input {
        Value::List(_) | Value::Record(_) | Value::Text(_) | Value::Safe(_) => own(input, "length"),
        _ => return Ok(Value::Undefined),
    };
    let last = to_number(&length, around.meter)? - 1.0;
    Ok(own(input, &super::super::number::written(last)))
}

/// Lists of the values that have the same in an attribute.
pub(super) fn groupby(input: &Value, given: &[Value], around: &Around<'_>) -> Outcome<Value> {
    something(input, "groupby")?;
    let values = values(input, around.meter)?.unwrap_or_default();
    let path = path(argument(given, 0), around.meter)?;
    let mut groups: Vec<(Arc<str>, Vec<Value>)> = Vec::new();
    let mut places: HashMap<Arc<str>, usize> = HashMap::new();
    for value in values {
        around.meter.step(1)?;
        let key: Arc<str> = (&*to_text(&attribute(&value, &path)?, around.meter)?.written()).into();
        allowed(&key)?;
        let place = *places.entry(Arc::clone(&key)).or_insert_with(|| {
            groups.push((key, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(value);
    }
    let groups = groups
        .into_iter()
        .map(|(name, values)| (name, Value::list(values)));
    Ok(Value::Record(Rc::new(Record::new(groups.collect()))))
}

/// The values, or one attribute of each, as one text.
pub(super) fn join(input: &Value, given: &[Value], around: &Around<'_>) -> Outcome<Value> {
    let separator = match argument(given, 0) {
        separator if truthy(separator) => to_text(separator, around.meter)?,
        _ => "".into(),
    };
    let values = projected(input, argument(given, 1), "join", around.meter)?;
    let mut buffer = Buffer::default();
    for (place, value) in values.iter().enumerate() {
        if place > 0 {
            buffer.push(&separator);
        }
        if !value.is_nothing() {
            buffer.push(&to_text(value, around.meter)?);
        }
        around.meter.step(1)?;
        around.meter.room(buffer.bytes().min(64))?;
        if buffer.bytes() > 1 << 20 {
            around.meter.room(buffer.bytes() + separator.bytes())?;
        }
    }
    around.meter.room(buffer.bytes())?;
    Ok(Value::Text(buffer.finish()))
}

/// A list of what is in the value.
pub(super) fn list(input: &Value, _: &[Value], around: &Around<'_>) -> Outcome<Value> {
    match input {
        Value::List(_) => Ok(input.clone()),
        Value::Record(record) => {
            around.meter.step(record.len())?;
            let pair = |(name, value): &(Arc<str>, Value)| {
                let pair = vec![
                    ("key".into(), Value::text(&**name)),
                    ("value".into(), value.clone()),
                ];
                Value::Record(Rc::new(Record::new(pair)))
            };
            Ok(Value::list(record.entries().iter().map(pair).collect()))
        }
        _ if input.as_text().is_some() => Ok(Value::list(
            values(input, around.meter)?.unwrap_or_default(),
        )),
        other => Err(Fault::new(format!(
            "`list` takes a list, an object or a text, but this is {}.",
            other.kind()
        ))),
    }
}

/// One of the values, picked by the seed: a plan must stay what it is.
pub(super) fn random(input: &Value, _: &[Value], around: &Around<'_>) -> Outcome<Value> {
    something(input, "random")?;
    let values = values(input, around.meter)?.unwrap_or_default();
    if values.is_empty() {
        return Ok(Value::Undefined);
    }
    let mixed = around
        .seed
        .wrapping_add(0x9e37_79b9_7f4a_7c15)
        .wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let place = usize::try_from((mixed >> 33) % values.len() as u64).unwrap_or(0);
    Ok(values[place].clone())
}

/// The values that do not pass a test.
pub(super) fn reject(input: &Value, given: &[Value], around: &Around<'_>) -> Outcome<Value> {
    chosen(input, given, around, false)
}

/// The values that pass a test.
pub(super) fn select(input: &Value, given: &[Value], around: &Around<'_>) -> Outcome<Value> {
    chosen(input, given, around, true)
}

fn chosen(input: &Value, given: &[Value], around: &Around<'_>, wanted: bool) -> Outcome<Value> {
    let test = match argument(given, 0) {
        Value::Undefined => "truthy".into(),
        test => to_text(test, around.meter)?,
    };
    let test = test.written();
    let Some(arity) = predicate::arity(&test) else {
        return Err(Fault::new(predicate::unknown(&test)));
    };
    something(input, if wanted { "select" } else { "reject" })?;
    let values = match input {
        Value::Record(record) => {
            let all = indexed(record, around.meter)?.into_iter().enumerate();
            let there = all.filter(|(place, _)| record.get(&place.to_string()).is_some());
            there.map(|(_, value)| value).collect()
        }
        _ => match values(input, around.meter)? {
            Some(values) => values,
            None => return Ok(Value::list(Vec::new())),
        },
    };
    let arguments = given.get(1..).unwrap_or(&[]);
    if arguments.len() != arity {
        return Err(Fault::new(format!(
            "The test `{test}` takes {arity} arguments, but here are {}.",
            arguments.len()
        )));
    }
    let mut kept = Vec::new();
    for value in values {
        around.meter.step(1)?;
        if predicate::apply(&test, &value, arguments, around.meter)? == wanted {
            kept.push(value);
        }
    }
    Ok(Value::list(kept))
}

/// The values with an attribute that is not true.
pub(super) fn rejectattr(input: &Value, given: &[Value], around: &Around<'_>) -> Outcome<Value> {
    with_attribute(input, given, around, false)
}

/// The values with an attribute that is true.
pub(super) fn selectattr(input: &Value, given: &[Value], around: &Around<'_>) -> Outcome<Value> {
    with_attribute(input, given, around, true)
}

fn with_attribute(
    input: &Value,
    given: &[Value],
    around: &Around<'_>,
    wanted: bool,
) -> Outcome<Value> {
    let list = demand_list(input, if wanted { "selectattr" } else { "rejectattr" })?;
    let key = to_text(argument(given, 0), around.meter)?;
    allowed(&key.written())?;
    let mut kept = Vec::new();
    for value in list.copy() {
        around.meter.step(1)?;
        readable(&value)?;
        if truthy(&own(&value, &key.written())) == wanted {
            kept.push(value);
        }
    }
    Ok(Value::list(kept))
}

/// The values backwards.
pub(super) fn reverse(input: &Value, _: &[Value], around: &Around<'_>) -> Outcome<Value> {
    match input {
        Value::Text(text) => Ok(Value::Text(text.reversed())),
        Value::Safe(text) => Ok(Value::safe(text.reversed())),
        Value::Record(record) => {
            list_like(record, around.meter)?;
            let mut values = indexed(record, around.meter)?;
            values.reverse();
            Ok(Value::list(values))
        }
        _ => {
            let mut values = values(input, around.meter)?.unwrap_or_default();
            values.reverse();
            Ok(Value::list(values))
        }
    }
}

/// So many lists of about the same length.
pub(super) fn slice(input: &Value, given: &[Value], around: &Around<'_>) -> Outcome<Value> {
    let text = input.as_text();
    let values = match input {
        Value::List(list) => list.copy(),
        _ => match text {
            Some(text) => {
                around.meter.step(text.len())?;
                text.each_unit().into_iter().map(Value::Text).collect()
            }
            None => {
                return Err(Fault::new(format!(
                    "`slice` takes a list or a text, but this is {}.",
                    input.kind()
                )));
            }
        },
    };
    let count = whole(argument(given, 0), "The number of slices", around.meter)?;
    around.meter.step(count)?;
    let (base, extra) = (values.len() / count, values.len() % count);
    let fill = argument(given, 1);
    let mut parts = Vec::new();
    let mut start = 0;
    for place in 0..count {
        let end = start + base + usize::from(place < extra);
        let filled = truthy(fill) && place >= extra;
        parts.push(match text {
            Some(_) if filled => {
                return Err(Fault::new("`slice` can fill up lists, but not texts."));
            }
            Some(text) => Value::Text(text.slice(start, end)),
            None => {
                let mut part = values[start..end].to_vec();
                if filled {
                    part.push(fill.clone());
                }
                Value::list(part)
            }
        });
        start = end;
    }
    Ok(Value::list(parts))
}

/// The values in their order.
pub(super) fn sort(input: &Value, given: &[Value], around: &Around<'_>) -> Outcome<Value> {
    if let Value::Record(record) = input {
        list_like(record, around.meter)?;
    }
    let Some(values) = values(input, around.meter)? else {
        return Ok(Value::list(Vec::new()));
    };
    let (reverse, sensitive) = (truthy(argument(given, 0)), truthy(argument(given, 1)));
    let path = path(argument(given, 2), around.meter)?;
    let sorted = sort::sort(values, undefined, |left, right| {
        around.meter.step(1)?;
        let (mut left, mut right) = (attribute(left, &path)?, attribute(right, &path)?);
        if !sensitive && let (Some(first), Some(second)) = (left.as_text(), right.as_text()) {
            (left, right) = (Value::Text(first.lower()), Value::Text(second.lower()));
        }
        let order = order(&left, &right, around.meter)?;
        Ok(order.is_some_and(if reverse {
            std::cmp::Ordering::is_gt
        } else {
            std::cmp::Ordering::is_lt
        }))
    })?;
    Ok(Value::list(sorted))
}

/// All values added up.
pub(super) fn sum(input: &Value, given: &[Value], around: &Around<'_>) -> Outcome<Value> {
    let mut sum = Value::Number(0.0);
    for value in projected(input, argument(given, 0), "sum", around.meter)? {
        around.meter.step(1)?;
        sum = add(&sum, &value, around.meter)?;
    }
    let start = match argument(given, 1) {
        Value::Undefined => Value::Number(0.0),
        start => start.clone(),
    };
    add(&start, &sum, around.meter)
}

/// The values, or one attribute of each.
fn projected(input: &Value, key: &Value, filter: &str, meter: &Meter) -> Outcome<Vec<Value>> {
    if !truthy(key) {
        return demand_list(input, filter).map(super::super::value::List::copy);
    }
    let key = to_text(key, meter)?;
    let key: &str = &key.written();
    allowed(key)?;
    let values = match input {
        Value::List(list) => list.copy(),
        Value::Record(record) => {
            list_like(record, meter)?;
            indexed(record, meter)?
        }
        Value::Text(text) => {
            meter.step(text.len())?;
            text.each_unit().into_iter().map(Value::Text).collect()
        }
        Value::Safe(text) if !text.is_empty() => vec![Value::Undefined],
        _ => Vec::new(),
    };
    let read = |value: &Value| {
        readable(value)?;
        Ok(own(value, key))
    };
    values.iter().map(read).collect()
}

fn readable(value: &Value) -> Outcome<()> {
    if value.is_nothing() {
        return Err(Fault::new(format!(
            "One of the values is {}, which has no attributes.",
            value.kind()
        )));
    }
    Ok(())
}

fn allowed(key: &str) -> Outcome<()> {
    if RESERVED.contains(&key) {
        return Err(Fault::new(format!(
            "`{key}` is a name that no template may use."
        )));
    }
    Ok(())
}

/// The names of attributes within attributes.
fn path(value: &Value, meter: &Meter) -> Outcome<Vec<String>> {
    let path: Vec<String> = match value {
        value if !truthy(value) => Vec::new(),
        Value::Text(text) => text
            .split(&Text::from("."))
            .iter()
            .map(|part| part.written().into_owned())
            .collect(),
        other => vec![to_text(other, meter)?.written().into_owned()],
    };
    path.iter().try_for_each(|part| allowed(part))?;
    Ok(path)
}

fn attribute(value: &Value, path: &[String]) -> Outcome<Value> {
    let mut current = value.clone();
    for part in path {
        readable(&current)?;
        if !has(&current, part) {
            return Ok(Value::Undefined);
        }
        current = own(&current, part);
    }
    Ok(current)
}

/// Refuses objects with a length that no list can have.
fn list_like(record: &Record, meter: &Meter) -> Outcome<()> {
    if let Some(Value::Number(length)) = record.get("length")
        && !length.is_nan()
        && (length.fract() != 0.0 || !(0.0..4_294_967_296.0).contains(length))
    {
        return Err(Fault::new(
            "This object has a length that no list can have.",
        ));
    }
    meter.step(1)
}
