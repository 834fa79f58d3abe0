//! What an action takes, and in words what is wrong with what it is given.

use serde_json::{Map, Value};

use crate::scaffold::position::below;

/// One input of an action.
#[derive(Debug, Clone, Copy)]
pub struct Input {
    /// Its name.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// Whether it must be given.
    pub required: bool,
}

/// What an input may be.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A text.
    Text,
    /// True or false.
    Boolean,
    /// A number.
    Number,
    /// A text, or true or false.
    TextOrBoolean,
    /// An object of whatever.
    Object,
    /// A text or an object.
    TextOrObject,
    /// A list of texts.
    Texts,
    /// A list of objects with these inputs.
    Objects(&'static [Input]),
    /// An object with these inputs.
    Parts(&'static [Input]),
    /// Whatever.
    Any,
}

impl Input {
    /// An input that must be given.
    pub const fn needed(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            required: true,
        }
    }

    /// An input that may be left out.
    pub const fn optional(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            required: false,
        }
    }
}

/// Something that is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where, as a JSON pointer from the input.
    pub pointer: String,
    /// What is wrong, as a sentence.
    pub sentence: String,
}

/// What is wrong with an input whose expressions are filled in, in the order of its parts.
pub fn judge(action: &str, inputs: &[Input], given: &Map<String, Value>) -> Vec<Fault> {
    let mut judge = Judge {
        action,
        is_written: false,
        faults: Vec::new(),
    };
    judge.object("", "", inputs, given);
    judge.faults
}

/// What is wrong with an input as its author wrote it, as far as that can be told before its expressions are evaluated.
pub fn judge_written(action: &str, inputs: &[Input], given: &Map<String, Value>) -> Vec<Fault> {
    let mut judge = Judge {
        action,
        is_written: true,
        faults: Vec::new(),
    };
    judge.object("", "", inputs, given);
    judge.faults
}

struct Judge<'a> {
    action: &'a str,
    /// Whether there may be expressions in it.
    is_written: bool,
    faults: Vec<Fault>,
}

impl Judge<'_> {
    fn fault(&mut self, pointer: &str, sentence: String) {
        let pointer = pointer.to_owned();
        self.faults.push(Fault { pointer, sentence });
    }

    fn object(&mut self, pointer: &str, at: &str, inputs: &[Input], given: &Map<String, Value>) {
        let action = self.action;
        for input in inputs.iter().filter(|input| input.required) {
            if !given.contains_key(input.name) {
                let sentence = format!("{action} needs the input `{at}{}`.", input.name);
                self.fault(pointer, sentence);
            }
        }
        for (name, value) in given {
            let pointer = below(pointer, name);
            let Some(input) = inputs.iter().find(|input| input.name == name) else {
                let known: Vec<String> = inputs
                    .iter()
                    .map(|input| format!("`{}`", input.name))
                    .collect();
                let known = known.join(", ");
                let sentence = format!("{action} has no input `{at}{name}`; it takes {known}.");
                self.fault(&pointer, sentence);
                continue;
            };
            self.value(&pointer, &format!("{at}{name}"), input.kind, value);
        }
    }

    fn value(&mut self, pointer: &str, at: &str, kind: Kind, value: &Value) {
        let action = self.action;
        if self.is_written && value.as_str().is_some_and(is_expression) {
            return;
        }
        match (kind, value) {
            (Kind::Text | Kind::TextOrBoolean | Kind::TextOrObject, Value::String(_))
            | (Kind::Boolean | Kind::TextOrBoolean, Value::Bool(_))
            | (Kind::Number, Value::Number(_))
            | (Kind::Object | Kind::TextOrObject, Value::Object(_))
            | (Kind::Any, _) => {}
            (Kind::Parts(inner), Value::Object(parts)) => {
                self.object(pointer, &format!("{at}."), inner, parts);
            }
            (Kind::Texts, Value::Array(items)) => {
                for (number, item) in items.iter().enumerate() {
                    if !item.is_string() {
                        let shown = shown(item);
                        let sentence = format!(
                            "The input `{at}[{number}]` of {action} must be a text, not {shown}."
                        );
                        self.fault(&below(pointer, &number.to_string()), sentence);
                    }
                }
            }
            (Kind::Objects(inner), Value::Array(items)) => {
                for (number, item) in items.iter().enumerate() {
                    let pointer = below(pointer, &number.to_string());
                    match item {
                        Value::Object(item) => {
                            self.object(&pointer, &format!("{at}[{number}]."), inner, item);
                        }
                        Value::String(text) if self.is_written && is_expression(text) => {}
                        item => {
                            let shown = shown(item);
                            let sentence = format!(
                                "The input `{at}[{number}]` of {action} must be an object, not {shown}."
                            );
                            self.fault(&pointer, sentence);
                        }
                    }
                }
            }
            (kind, value) => {
                let (wanted, shown) = (wanted(kind), shown(value));
                let sentence =
                    format!("The input `{at}` of {action} must be {wanted}, not {shown}.");
                self.fault(pointer, sentence);
            }
        }
    }
}

/// Whether a text is more than itself.
fn is_expression(text: &str) -> bool {
    text.contains("${{") || text.contains("{%")
}

fn wanted(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "a text",
        Kind::Boolean => "true or false",
        Kind::Number => "a number",
        Kind::TextOrBoolean => "a text, or true or false",
        Kind::Object | Kind::Parts(_) => "an object",
        Kind::TextOrObject => "a text or an object",
        Kind::Texts => "a list of texts",
        Kind::Objects(_) => "a list of objects",
        Kind::Any => "a value",
    }
}

fn shown(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
