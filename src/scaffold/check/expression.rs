//! Expressions of template.yaml: whether they can be read, and whether what they refer to is there.

use serde_json::Value;

use super::{Check, meant};
use crate::catalog::problem::{Severity, rule};
use crate::scaffold::expression::{Options, Reference, Referred, Template};
use crate::scaffold::position::{Position, below};
use crate::scaffold::step;

/// Where an expression stands.
pub(super) struct Reader {
    /// How many steps are done before.
    pub before: usize,
    /// Whether it is one of several rounds.
    pub each: bool,
    /// Whether secrets are seen there.
    pub secrets: bool,
}

/// What there is in every expression of template.yaml.
const NAMES: [&str; 5] = ["parameters", "steps", "user", "context", "environment"];

impl Check<'_> {
    /// Looks at every string in a value.
    pub(super) fn value(&mut self, pointer: &str, value: &Value, reader: &Reader) {
        match value {
            Value::String(text) => self.text(pointer, text, reader),
            Value::Array(items) => {
                for (number, item) in items.iter().enumerate() {
                    self.value(&below(pointer, &number.to_string()), item, reader);
                }
            }
            Value::Object(entries) => {
                for (name, item) in entries {
                    self.value(&below(pointer, name), item, reader);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn text(&mut self, pointer: &str, text: &str, reader: &Reader) {
        let start = self.template.positions.value(pointer);
        let template = match Template::parse(text, Options::default()) {
            Ok(template) => template,
            Err(error) => {
                // What it refers to cannot be told.
                self.uses_all = true;
                let at = within(start, text, error.line, error.column);
                let left = "As it stands it is taken for plain text.";
                let message = format!("{} {left}", error.message);
                self.problem(at, Severity::Error, rule::TEMPLATE_EXPRESSION, message);
                return;
            }
        };
        for reference in template.references() {
            let at = within(start, text, reference.line, reference.column);
            if let Some(sentence) = reference.fault(false) {
                let message = format!("{sentence} As it stands it is taken for plain text.");
                // An organisation may have added it to its Backstage.
                self.problem(at, Severity::Warning, rule::TEMPLATE_EXPRESSION, message);
            }
            if let Some(sentence) = self.reference(&reference, reader) {
                self.problem(at, Severity::Warning, rule::TEMPLATE_REFERENCE, sentence);
            }
        }
    }

    /// What is wrong with what an expression refers to.
    fn reference(&mut self, reference: &Reference, reader: &Reader) -> Option<String> {
        let Referred::Value { path, called } = &reference.what else {
            return None;
        };
        let mut names = path.iter().map(String::as_str);
        match (names.next()?, names.next()) {
            ("parameters", None) => {
                self.uses_all = true;
                None
            }
            ("parameters", Some(name)) => {
                self.used.insert(name.to_owned());
                // A method of what is there is no parameter.
                let within = path.len() - usize::from(*called);
                self.not_declared(&path[1..within])
            }
            ("secrets", Some(name)) if reader.secrets => {
                self.used.insert(name.to_owned());
                None
            }
            ("steps", Some(id)) => self.output_of(id, names.next(), names.next(), reader),
            ("each", _) if reader.each => None,
            ("each", _) => {
                Some("Only a step with `each` has `each.key` and `each.value`.".to_owned())
            }
            ("secrets", _) if reader.secrets => None,
            ("secrets", _) => Some(
                "Secrets are seen by the inputs of steps only; here this comes to nothing."
                    .to_owned(),
            ),
            ("always" | "failure", None) if *called => None,
            (name, _) if NAMES.contains(&name) => None,
            (name, _) => {
                let known = [
                    "parameters",
                    "steps",
                    "secrets",
                    "user",
                    "each",
                    "context",
                    "environment",
                ];
                Some(format!(
                    "Nothing is called `{name}` here{}",
                    meant(name, known.into_iter())
                ))
            }
        }
    }

    /// What is wrong with a reference to a parameter, by the names that lead to it.
    fn not_declared(&self, path: &[String]) -> Option<String> {
        for (depth, name) in path.iter().enumerate() {
            let (around, until) = (&path[..depth], &path[..=depth]);
            let find = |path: &[String]| self.declared.iter().find(|known| known.path == path);
            if find(until).is_some() {
                continue;
            }
            let beside: Vec<&str> = self
                .declared
                .iter()
                .filter_map(|known| match known.path.split_last() {
                    Some((name, path)) if path == around => Some(name.as_str()),
                    _ => None,
                })
                .collect();
            // Of a text or a list, and of an object that may hold anything, nobody knows what is in it.
            let is_closed = depth == 0 || !find(around)?.is_open && !beside.is_empty();
            let written = path[..=depth].join(".");
            return is_closed.then(|| {
                format!(
                    "There is no parameter `{written}`{}",
                    meant(name, beside.into_iter())
                )
            });
        }
        None
    }

    /// What is wrong with a reference to `steps.ID.output.NAME`.
    fn output_of(
        &self,
        id: &str,
        output: Option<&str>,
        name: Option<&str>,
        reader: &Reader,
    ) -> Option<String> {
        let steps = &self.template.steps;
        let Some(position) = steps.iter().position(|step| step.id == id) else {
            let ids = steps
                .iter()
                .take(reader.before)
                .map(|step| step.id.as_str());
            let cut = |whole: &&str| {
                whole
                    .strip_prefix(id)
                    .is_some_and(|rest| rest.starts_with('-'))
            };
            if let Some(whole) = ids.clone().find(cut) {
                return Some(format!(
                    "No step has the id `{id}`, and a `-` is a minus: write `steps['{whole}']`."
                ));
            }
            return Some(format!("No step has the id `{id}`{}", meant(id, ids)));
        };
        if position >= reader.before {
            return Some(format!(
                "The step `{id}` has not been done by then: only outputs of earlier steps can be used."
            ));
        }
        let action = &steps[position].action;
        if output? != "output" {
            return Some(format!(
                "A step has nothing but its output: write `steps.{id}.output.…`."
            ));
        }
        let (name, outputs) = (name?, step::outputs(action)?);
        if outputs.contains(&name) {
            return None;
        }
        Some(if outputs.is_empty() {
            format!("{action} puts nothing out, so `steps.{id}.output.{name}` comes to nothing.")
        } else {
            let meant = meant(name, outputs.iter().copied());
            format!("{action} puts out nothing called `{name}`{meant}")
        })
    }
}

/// The place in a file of a place in a text, which stands where its first line with anything on it begins. Of texts of several
/// lines only the lines can be told, and where they are folded not even these.
fn within(start: Position, text: &str, line: usize, column: usize) -> Position {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    if text.trim().contains('\n') {
        let blank = text.chars().take_while(|letter| *letter == '\n').count();
        return Position {
            line: start
                .line
                .saturating_add(number(line.saturating_sub(blank + 1))),
            column: 1,
        };
    }
    Position {
        line: start.line,
        column: start
            .column
            .saturating_add(number(column.saturating_sub(1))),
    }
}
