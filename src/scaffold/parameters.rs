//! A template's parameters: the form that asks for them, what answers come to, and whether they fit.
//!
//! The pages of a template are JSON Schemas with hints for Backstage's form, which is react-jsonschema-form. Here they
//! become a [`Form`], so that every platform asks for them in its own way:
//!
//! - `walk` goes through a page and finds every value that its schemas speak of, in whichever branch; `schema` reads their
//!   keywords; `condition` and `when` say of a branch when it counts, and `logic` says it simply.
//! - `asked` puts together what is said of each value and makes fields of it: by its type (`field`), by Backstage's own
//!   pickers (`picker`), of a repository part by part (`repository`); `pattern` and `words` make texts readable.
//! - `answers` makes parameters of the answers again; `defaults` fills in what nobody answered.
//! - `judge` holds parameters against the schemas, and `fault` says in words what does not fit; `slip` says what is wrong with
//!   the schemas themselves.

mod answers;
mod asked;
mod condition;
mod defaults;
mod fault;
mod field;
mod judge;
mod logic;
mod pattern;
mod picker;
mod repository;
mod schema;
mod slip;
#[cfg(test)]
mod tests;
mod walk;
mod when;
mod words;

use serde_json::{Map, Value};

use self::answers::Place;
use self::schema::kind;
use self::walk::What;
use super::template::Template;
use crate::message::form::{Answers, Form};

/// A template's form.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The form.
    pub form: Form,
    /// What could not be carried over as Backstage has it, page by page.
    pub notes: Vec<Note>,
    places: Vec<Place>,
}

/// Something about a template's parameters that its author should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Where it stands in the document, like `/spec/parameters/0/properties/name`.
    pub pointer: String,
    /// What is so, in a sentence.
    pub sentence: String,
}

/// A parameter that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it stands in the parameters, like `/cloud/region`.
    pub pointer: String,
    /// The form's field for it, or the parameter's own name where there is none.
    pub name: String,
    /// What is wrong and how it would be right, in a sentence of plain text.
    pub sentence: String,
}

/// A parameter that a template declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// The names that lead to it.
    pub path: Vec<String>,
    /// Where it is declared first.
    pub pointer: String,
    /// Whether anything may be within it: what is looked for there is not undefined.
    pub is_open: bool,
    /// Whether it is a secret, read as `secrets` by the last of its names.
    pub is_secret: bool,
}

/// The form of a template.
pub fn form(template: &Template) -> Asked {
    asked::form(template)
}

/// What the answers to a form come to: the template's parameters, and its secrets by their names.
///
/// A field of Backstage's type `Secret` is a row of stars among the parameters. One that is only typed like a password is
/// read by the template as a parameter, so it stands in both: see [`Asked::hidden`].
pub fn answers(asked: &Asked, answers: &Answers) -> (Map<String, Value>, Map<String, Value>) {
    answers::carried(&asked.places, answers)
}

/// The parameters with the defaults that Backstage's form fills in where nothing was answered, and without those that only
/// pages declare which are not shown.
pub fn with_defaults(template: &Template, values: Map<String, Value>) -> Map<String, Value> {
    defaults::filled(&pages(template), values)
}

/// What is wrong with a template's parameters. As in Backstage each page judges all of them, unless it is not shown.
pub fn validate(template: &Template, values: &Map<String, Value>) -> Vec<Fault> {
    fault::faults(&form(template), &pages(template), values)
}

/// What is wrong with the schemas themselves, whatever is answered.
pub fn slips(template: &Template) -> Vec<Note> {
    slip::slips(&template.parameters)
}

/// Every parameter that a template declares, in whichever branch, in the order of its pages.
pub fn declared(template: &Template) -> Vec<Declared> {
    let mut declared: Vec<Declared> = Vec::new();
    for (position, page) in pages(template).iter().enumerate() {
        let found = walk::page(page, &page_pointer(position));
        for mention in found.mentions {
            if matches!(mention.what, What::Needed | What::Branch) {
                continue;
            }
            let is_open = match mention.what {
                What::Object => mention
                    .schema
                    .get("additionalProperties")
                    .is_some_and(|more| *more != Value::Bool(false)),
                // What has no type may be anything.
                _ => !matches!(
                    kind(&mention.schema),
                    Some("string" | "boolean" | "number" | "integer" | "null")
                ),
            };
            match declared.iter_mut().find(|known| known.path == mention.path) {
                Some(known) => known.is_open |= is_open,
                None => declared.push(Declared {
                    is_secret: schema::hint(&mention.schema, "field").and_then(Value::as_str)
                        == Some("Secret"),
                    path: mention.path,
                    pointer: mention.pointer,
                    is_open,
                }),
            }
        }
    }
    declared
}

impl Asked {
    /// The parameters that hold secrets in the open, by the names that lead to them. They must not be shown, stored or logged.
    pub fn hidden(&self) -> impl Iterator<Item = &[String]> {
        let places = self.places.iter();
        places
            .filter(|place| place.carries == answers::Carries::Password)
            .map(|place| place.path.as_slice())
    }
}

/// The pages of a template, without references.
fn pages(template: &Template) -> Vec<Value> {
    template.parameters.iter().map(schema::unrolled).collect()
}

/// Where a page stands in its document.
fn page_pointer(position: usize) -> String {
    format!("/spec/parameters/{position}")
}
