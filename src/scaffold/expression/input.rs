//! Fills in the strings of a step's input, as Backstage's workflow runner does.

use std::time::Instant;

use serde_json::{Map, Value as Json};

use super::error::{ExpressionError, Fault};
use super::{Options, Surroundings, Template};
use crate::scaffold::position::below;

/// Input with its strings filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Filled {
    /// The input; `None` where it was one string that came to nothing.
    pub value: Option<Json>,
    /// The strings that cannot be rendered. Backstage leaves them as they are, and so does the value.
    pub faults: Vec<InputFault>,
}

/// A string of an input that cannot be rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFault {
    /// Where it is, as a JSON pointer.
    pub pointer: String,
    /// What is wrong with it.
    pub error: ExpressionError,
}

/// How deep input may be nested.
const DEPTH: usize = 128;

/// Renders every string in an input; keys stay as they are. What comes to nothing is left out of objects and is null
/// in lists.
pub fn fill(input: &Json, context: &Map<String, Json>, surroundings: &Surroundings) -> Filled {
    let mut faults = Vec::new();
    let value = walk(input, context, surroundings, "", &mut faults, 0);
    Filled { value, faults }
}

fn evaluate(
    text: &str,
    context: &Map<String, Json>,
    surroundings: &Surroundings,
) -> Result<Option<Json>, ExpressionError> {
    if surroundings
        .until
        .is_some_and(|until| Instant::now() >= until)
    {
        let fault = Fault::new("There is no time left for it.");
        return Err(ExpressionError::new(text, fault));
    }
    Template::parse(text, Options::default())?.evaluate(context, surroundings)
}

fn walk(
    input: &Json,
    context: &Map<String, Json>,
    surroundings: &Surroundings,
    pointer: &str,
    faults: &mut Vec<InputFault>,
    depth: usize,
) -> Option<Json> {
    match input {
        Json::String(text) => match evaluate(text, context, surroundings) {
            Ok(value) => value,
            Err(error) => {
                faults.push(InputFault {
                    pointer: pointer.to_owned(),
                    error,
                });
                Some(input.clone())
            }
        },
        Json::Array(items) if depth < DEPTH => {
            let mut filled = Vec::with_capacity(items.len());
            for (place, item) in items.iter().enumerate() {
                let pointer = below(pointer, &place.to_string());
                // What is taken out of a list leaves a gap.
                filled.push(
                    walk(item, context, surroundings, &pointer, faults, depth + 1)
                        .unwrap_or(Json::Null),
                );
            }
            Some(Json::Array(filled))
        }
        Json::Object(entries) if depth < DEPTH => {
            let mut filled = Map::new();
            for (name, item) in entries {
                let pointer = below(pointer, name);
                if let Some(item) = walk(item, context, surroundings, &pointer, faults, depth + 1) {
                    filled.insert(name.clone(), item);
                }
            }
            Some(Json::Object(filled))
        }
        other => Some(other.clone()),
    }
}
