//! The values of templates: JSON's, and those that only live while a template is rendered.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::{Number, Value as Json};

use super::error::{Fault, Outcome};
use super::meter::Meter;
use super::regex::Pattern;
use super::text::Text;

/// A value.
#[derive(Clone, Debug)]
pub enum Value {
    /// What a name stands for that nothing was assigned to.
    Undefined,
    /// Nothing, said explicitly.
    Null,
    /// True or false.
    Bool(bool),
    /// A number; there are no whole numbers of their own.
    Number(f64),
    /// Text.
    Text(Text),
    /// Text that came from a macro or `safe`: an object, true even where it is empty and only equal to itself.
    Safe(Rc<Text>),
    /// A list, which methods may change.
    List(Rc<List>),
    /// Named values.
    Record(Rc<Record>),
    /// A regular expression.
    Regex(Rc<Regex>),
    /// Something to call.
    Function(Rc<Function>),
}

/// Names that JavaScript objects give a meaning of their own; no template may use them.
pub const RESERVED: [&str; 3] = ["constructor", "prototype", "__proto__"];

/// A list.
#[derive(Debug, Default)]
pub struct List {
    items: RefCell<Vec<Value>>,
    /// Whether there is something to call within, which cannot be printed nor handed to filters.
    callable: bool,
}

/// Named values in JavaScript's order: numbers first, then as they were added.
#[derive(Debug, Default)]
pub struct Record {
    entries: Vec<(Arc<str>, Value)>,
    /// Where the names stand, kept for long records only.
    places: Option<HashMap<Arc<str>, usize>>,
    callable: bool,
}

/// A regular expression and where its next search starts.
#[derive(Debug)]
pub struct Regex {
    /// The expression.
    pub pattern: Arc<Pattern>,
    /// The unit at which a `g` or `y` expression goes on.
    pub next: Cell<usize>,
}

/// Something to call.
#[derive(Debug, Clone)]
pub enum Function {
    /// A macro of the template, by its number.
    Macro(usize),
    /// The body of a call block, by its number.
    Caller(usize),
    /// A global function: `range`, `cycler`, `joiner`, `always`, `failure`.
    Global(&'static str),
    /// What `cycler` made.
    Cycler(Rc<Cycler>),
    /// A method of a cycler: `next` or `reset`.
    CyclerMethod(Rc<Cycler>, &'static str),
    /// What `joiner` made: the separator, and whether it was asked before.
    Joiner(Value, Rc<Cell<bool>>),
    /// A method and the value it was taken from.
    Method(Value, &'static str),
}

/// Values that are given out in turn.
#[derive(Debug)]
pub struct Cycler {
    /// The values.
    pub values: Vec<Value>,
    /// Which one was given out last.
    pub current: Cell<Option<usize>>,
}

impl Value {
    /// Makes text a value.
    pub fn text(text: impl Into<Text>) -> Self {
        Self::Text(text.into())
    }

    /// Makes text from a macro or `safe` a value.
    pub fn safe(text: Text) -> Self {
        Self::Safe(Rc::new(text))
    }

    /// Makes a list of values.
    pub fn list(items: Vec<Value>) -> Self {
        Self::List(Rc::new(List::new(items)))
    }

    /// A length or place as a number.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    pub fn count(count: usize) -> Self {
        Self::Number(count as f64)
    }

    /// The text, safe or not.
    pub fn as_text(&self) -> Option<&Text> {
        match self {
            Self::Text(text) => Some(text),
            Self::Safe(text) => Some(text),
            _ => None,
        }
    }

    /// Whether this is undefined or null.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Undefined | Self::Null)
    }

    /// Whether there is something to call within.
    pub fn is_callable(&self) -> bool {
        match self {
            Self::Function(_) => true,
            Self::List(list) => list.callable,
            Self::Record(record) => record.callable,
            _ => false,
        }
    }

    /// Refuses values with something to call within.
    pub fn plain(&self) -> Outcome<()> {
        if self.is_callable() {
            return Err(Fault::new(
                "A function or macro is not a value. Put () behind its name to call it.",
            ));
        }
        Ok(())
    }

    /// What the value is, for sentences.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) | Self::Safe(_) => "a text",
            Self::List(_) => "a list",
            Self::Record(_) => "an object",
            Self::Regex(_) => "a regular expression",
            Self::Function(_) => "a function",
        }
    }

    /// Reads JSON.
    pub fn from_json(json: &Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => Self::Number(number.as_f64().unwrap_or(f64::NAN)),
            Json::String(text) => Self::text(text.as_str()),
            Json::Array(items) => Self::list(items.iter().map(Self::from_json).collect()),
            Json::Object(entries) => Self::Record(Rc::new(Record::new(
                entries
                    .iter()
                    .map(|(name, value)| (name.as_str().into(), Self::from_json(value)))
                    .collect(),
            ))),
        }
    }

    /// Whether two values are the same, `===`.
    pub fn same(&self, other: &Value) -> bool {
        match (self, other) {
            (Self::Undefined, Self::Undefined) | (Self::Null, Self::Null) => true,
            (Self::Bool(left), Self::Bool(right)) => left == right,
            #[expect(clippy::float_cmp, reason = "JavaScript compares numbers exactly")]
            (Self::Number(left), Self::Number(right)) => left == right,
            (Self::Text(left), Self::Text(right)) => left == right,
            (Self::Safe(left), Self::Safe(right)) => Rc::ptr_eq(left, right),
            (Self::List(left), Self::List(right)) => Rc::ptr_eq(left, right),
            (Self::Record(left), Self::Record(right)) => Rc::ptr_eq(left, right),
            (Self::Regex(left), Self::Regex(right)) => Rc::ptr_eq(left, right),
            (Self::Function(left), Self::Function(right)) => Rc::ptr_eq(left, right),
            _ => false,
        }
    }
}

/// A number as JSON holds it: whole ones without a point, what is no number as null.
pub(super) fn json_number(number: f64) -> Json {
    #[expect(clippy::cast_possible_truncation, reason = "whole and in range")]
    if number.fract() == 0.0 && number.abs() < 9e18 {
        Json::Number((number as i64).into())
    } else {
        Number::from_f64(number).map_or(Json::Null, Json::Number)
    }
}

impl List {
    /// A list of values.
    pub fn new(items: Vec<Value>) -> Self {
        let callable = items.iter().any(Value::is_callable);
        Self {
            items: RefCell::new(items),
            callable,
        }
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.items.borrow().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.borrow().is_empty()
    }

    /// The values, to be looked at for a moment.
    pub fn items(&self) -> std::cell::Ref<'_, Vec<Value>> {
        self.items.borrow()
    }

    /// The values, on their own.
    pub fn copy(&self) -> Vec<Value> {
        self.items.borrow().clone()
    }

    /// The value at a place.
    pub fn get(&self, index: usize) -> Value {
        self.items
            .borrow()
            .get(index)
            .cloned()
            .unwrap_or(Value::Undefined)
    }

    /// Puts other values in the place of all.
    pub fn replace(&self, items: Vec<Value>) {
        *self.items.borrow_mut() = items;
    }
}

/// Long chains of lists are taken apart one by one: what a template nests must not use up the stack.
impl Drop for List {
    fn drop(&mut self) {
        let nests = |value: &Value| matches!(value, Value::List(_) | Value::Record(_));
        let mut rest = std::mem::take(self.items.get_mut());
        if !rest.iter().any(nests) {
            return;
        }
        while let Some(value) = rest.pop() {
            match value {
                Value::List(list) => {
                    if let Some(mut list) = Rc::into_inner(list) {
                        rest.append(list.items.get_mut());
                    }
                }
                Value::Record(record) => {
                    if let Some(mut record) = Rc::into_inner(record) {
                        rest.extend(record.entries.drain(..).map(|(_, value)| value));
                    }
                }
                _ => {}
            }
        }
    }
}

/// How many names are looked for one after the other.
const SHORT: usize = 8;

impl Record {
    /// Named values; the later of two with the same name counts.
    pub fn new(entries: Vec<(Arc<str>, Value)>) -> Self {
        let mut record = Self::default();
        if entries.len() > SHORT {
            record.places = Some(HashMap::with_capacity(entries.len()));
        }
        for (name, value) in entries {
            record.callable |= value.is_callable();
            if let Some(place) = record.place(&name) {
                record.entries[place].1 = value;
                continue;
            }
            if let Some(places) = &mut record.places {
                places.insert(Arc::clone(&name), record.entries.len());
            }
            record.entries.push((name, value));
        }
        if record.entries.iter().any(|(name, _)| index(name).is_some()) {
            // Stable: names that are no numbers keep their order behind them.
            let number = |name: &str| index(name).unwrap_or(usize::MAX);
            record.entries.sort_by_key(|(name, _)| number(name));
            if let Some(places) = &mut record.places {
                for (place, (name, _)) in record.entries.iter().enumerate() {
                    places.insert(Arc::clone(name), place);
                }
            }
        }
        record
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// The names and their values.
    pub fn entries(&self) -> &[(Arc<str>, Value)] {
        &self.entries
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.place(name).map(|place| &self.entries[place].1)
    }

    fn place(&self, name: &str) -> Option<usize> {
        if RESERVED.contains(&name) {
            return None;
        }
        match &self.places {
            Some(places) => places.get(name).copied(),
            None => self.entries.iter().position(|(other, _)| **other == *name),
        }
    }
}

/// The place that a name stands for in a list: decimal digits without zeros in front.
pub fn index(name: &str) -> Option<usize> {
    let digits = name.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = name == "0" || !name.starts_with('0');
    if digits && canonical && name.len() < 11 {
        name.parse().ok().filter(|index| *index < 4_294_967_295)
    } else {
        None
    }
}

/// Refuses to put values into a list that is within them, and values that are nested too deep.
pub fn containable(list: &Rc<List>, values: &[Value], meter: &Meter) -> Outcome<()> {
    let mut rest: Vec<(Value, usize)> = values.iter().map(|value| (value.clone(), 1)).collect();
    while let Some((value, depth)) = rest.pop() {
        meter.step(1)?;
        meter.nested(depth)?;
        match value {
            Value::List(inner) if Rc::ptr_eq(&inner, list) => {
                return Err(Fault::new("A list cannot hold itself."));
            }
            Value::List(inner) => {
                rest.extend(inner.items().iter().map(|item| (item.clone(), depth + 1)));
            }
            Value::Record(record) => {
                let values = record.entries().iter();
                rest.extend(values.map(|(_, value)| (value.clone(), depth + 1)));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_first_among_names() {
        let names = ["b", "10", "a", "2", "01"];
        let record = Record::new(
            names
                .iter()
                .map(|name| ((*name).into(), Value::Null))
                .collect(),
        );
        let order: Vec<&str> = record.entries().iter().map(|(name, _)| &**name).collect();
        assert_eq!(order, ["2", "10", "b", "a", "01"]);
    }

    #[test]
    fn long_chains_fall_apart_without_the_stack() {
        let mut chain = Value::list(Vec::new());
        for _ in 0..200_000 {
            chain = Value::list(vec![chain]);
        }
        drop(chain);
    }
}
