//! Looks into values: `.name` and `[key]`.

use std::rc::Rc;

use super::super::convert::to_text;
use super::super::error::Outcome;
use super::super::method;
use super::super::value::{Function, Value, index};
use super::Machine;

impl Machine<'_> {
    /// What a value has under a key: its own values first, then its methods.
    pub(super) fn member(&self, of: &Value, key: &Value) -> Outcome<Value> {
        let key = match key {
            Value::Text(text) => text.clone(),
            other => to_text(other, &self.meter)?,
        };
        let key = key.written();
        if let Value::Function(function) = of {
            return Ok(cycler_member(function, &key));
        }
        if let Some(text) = of.as_text() {
            self.meter.room(text.bytes())?;
        }
        match own(of, &key) {
            Value::Undefined if !has(of, &key) => {}
            value => return Ok(value),
        }
        let method = method::find(of, &key, self.options.cookiecutter);
        Ok(method.map_or(Value::Undefined, |name| {
            Value::Function(Rc::new(Function::Method(of.clone(), name)))
        }))
    }
}

/// What a value has under a key, methods aside.
pub(in super::super) fn own(of: &Value, key: &str) -> Value {
    let text = match of {
        Value::Record(record) => return record.get(key).cloned().unwrap_or(Value::Undefined),
        Value::List(list) => {
            return if key == "length" {
                Value::count(list.len())
            } else {
                index(key).map_or(Value::Undefined, |place| list.get(place))
            };
        }
        Value::Safe(text) if key == "val" => return Value::Text(text.as_ref().clone()),
        Value::Text(text) => text,
        Value::Safe(text) => text.as_ref(),
        _ => return Value::Undefined,
    };
    if key == "length" {
        return Value::count(text.len());
    }
    index(key)
        .and_then(|place| text.unit(place))
        .map_or(Value::Undefined, Value::Text)
}

/// Whether a value has something of its own under a key, be it undefined.
pub(in super::super) fn has(of: &Value, key: &str) -> bool {
    match of {
        Value::Record(record) => record.get(key).is_some(),
        Value::List(list) => key == "length" || index(key).is_some_and(|place| place < list.len()),
        _ => !matches!(own(of, key), Value::Undefined),
    }
}

fn cycler_member(function: &Rc<Function>, key: &str) -> Value {
    let Function::Cycler(cycler) = function.as_ref() else {
        return Value::Undefined;
    };
    match key {
        "current" => match cycler.current.get() {
            None => Value::Null,
            Some(place) => cycler
                .values
                .get(place)
                .cloned()
                .unwrap_or(Value::Undefined),
        },
        "next" => Value::Function(Rc::new(Function::CyclerMethod(Rc::clone(cycler), "next"))),
        "reset" => Value::Function(Rc::new(Function::CyclerMethod(Rc::clone(cycler), "reset"))),
        _ => Value::Undefined,
    }
}
