//! What is wrong with a template, found without running it: slips that Backstage passes over in silence, and what would fail.

mod expression;
mod skeleton;

use std::collections::{BTreeSet, HashSet};

use serde_json::{Map, Value};

use self::expression::Reader;
use super::parameters::{self, Declared, Note};
use super::plan;
use super::position::{Position, below};
use super::source::Fetch;
use super::step::{self, input};
use super::template::{Read, Step, Template};
use crate::catalog::problem::{Problem, Severity, near, rule};

/// Everything that is wrong with a template's file: what was found while it was read, and what [`check`] finds. Each problem
/// names its file as `name` has it.
pub async fn check_read(
    read: Read,
    fetch: &dyn Fetch,
    name: impl Fn(&str) -> String,
) -> Vec<Problem> {
    let mut problems = read.problems;
    if let Some(template) = read.template {
        problems.extend(check(&template, fetch).await);
    }
    for problem in &mut problems {
        problem.file = name(&problem.file);
    }
    problems
}

/// Everything that is wrong with a template beyond what makes Backstage refuse the entity, in the order of the file. What it
/// fetches from beside it is looked at, too; nothing is fetched from elsewhere.
pub async fn check(template: &Template, fetch: &dyn Fetch) -> Vec<Problem> {
    let mut check = Check {
        template,
        declared: parameters::declared(template),
        used: BTreeSet::new(),
        uses_all: false,
        problems: Vec::new(),
    };
    for (position, step) in template.steps.iter().enumerate() {
        check.step(position, step);
        check.source(step, fetch).await;
    }
    check.output();
    check.schemas();
    check.unused();
    let mut problems = check.problems;
    problems.sort();
    problems.dedup();
    problems
}

struct Check<'a> {
    template: &'a Template,
    /// The parameters that the form asks for.
    declared: Vec<Declared>,
    /// Names of parameters and secrets that something refers to.
    used: BTreeSet<String>,
    /// Whether something refers to all parameters at once.
    uses_all: bool,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn problem(
        &mut self,
        at: Position,
        severity: Severity,
        rule: &'static str,
        message: impl Into<String>,
    ) {
        let problem = self.template.problem(at, severity, rule, message);
        self.problems.push(problem);
    }

    fn step(&mut self, position: usize, step: &Step) {
        if let Some(sentence) = plan::unknown(&step.action) {
            let at = self
                .template
                .positions
                .value(&below(&step.pointer, "action"));
            self.problem(at, Severity::Warning, rule::TEMPLATE_ACTION, sentence);
        }
        if let Some(action) = step::find(&step.action) {
            let inputs = below(&step.pointer, "input");
            for fault in input::judge_written(action.name(), action.inputs(), &step.input) {
                let at = match fault.pointer.as_str() {
                    "" => self.template.positions.key(&inputs),
                    pointer => self.template.positions.key(&format!("{inputs}{pointer}")),
                };
                self.problem(at, Severity::Error, rule::TEMPLATE_INPUT, fault.sentence);
            }
        }
        let input = Value::Object(step.input.clone());
        let parts = [
            ("if", step.condition.as_ref(), step.each.is_some()),
            ("each", step.each.as_ref(), true),
            ("input", Some(&input), true),
        ];
        for (part, value, secrets) in parts {
            let reader = Reader {
                before: position,
                each: step.each.is_some() && part != "each",
                secrets,
            };
            if let Some(value) = value {
                self.value(&below(&step.pointer, part), value, &reader);
            }
        }
    }

    fn output(&mut self) {
        let reader = Reader {
            before: self.template.steps.len(),
            each: false,
            secrets: false,
        };
        let output = Value::Object(self.template.output.clone());
        self.value("/spec/output", &output, &reader);
    }

    fn unused(&mut self) {
        if self.uses_all {
            return;
        }
        let deciding = deciding(&self.template.parameters);
        for declared in std::mem::take(&mut self.declared) {
            let [name] = declared.path.as_slice() else {
                continue;
            };
            if self.used.contains(name) || deciding.contains(name.as_str()) {
                continue;
            }
            let message = format!(
                "The parameter `{name}` is asked for and used nowhere: use it, or take it out."
            );
            let at = self.template.positions.key(&declared.pointer);
            self.problem(at, Severity::Warning, rule::TEMPLATE_PARAMETER, message);
        }
    }

    /// What is wrong with the parameters themselves, and what a form cannot carry over.
    fn schemas(&mut self) {
        let slips = parameters::slips(self.template);
        let notes = parameters::form(self.template).notes;
        let slips = slips.into_iter().map(|slip| (slip, Severity::Error));
        let notes = notes.into_iter().map(|note| (note, Severity::Warning));
        for (Note { pointer, sentence }, severity) in slips.chain(notes) {
            let at = self.template.positions.key(&pointer);
            self.problem(at, severity, rule::TEMPLATE_SCHEMA, sentence);
        }
    }
}

/// The parameters that decide what else is asked.
fn deciding(pages: &[Value]) -> HashSet<&str> {
    let mut found = HashSet::new();
    for page in pages {
        walk(page, &mut |schema| {
            for keyword in ["dependencies", "dependentRequired", "dependentSchemas"] {
                let names = schema.get(keyword).and_then(Value::as_object);
                found.extend(names.into_iter().flat_map(Map::keys).map(String::as_str));
            }
            let asked = schema
                .get("if")
                .and_then(|condition| condition.get("properties"));
            let names = asked.and_then(Value::as_object);
            found.extend(names.into_iter().flat_map(Map::keys).map(String::as_str));
        });
    }
    found
}

/// Visits the schemas of a page that speak of its answers as a whole.
fn walk<'p>(schema: &'p Value, visit: &mut dyn FnMut(&'p Map<String, Value>)) {
    let Value::Object(schema) = schema else {
        return;
    };
    visit(schema);
    for (keyword, value) in schema {
        match (keyword.as_str(), value) {
            ("then" | "else", value) => walk(value, visit),
            ("allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => {
                for schema in schemas {
                    walk(schema, visit);
                }
            }
            ("dependencies" | "dependentSchemas", Value::Object(schemas)) => {
                for schema in schemas.values() {
                    walk(schema, visit);
                }
            }
            _ => {}
        }
    }
}

/// The end of a sentence that says which name may be meant, or which there are.
fn meant<'n>(word: &str, names: impl Iterator<Item = &'n str> + Clone) -> String {
    if let Some(meant) = near(word, names.clone()) {
        return format!("; did you mean `{meant}`?");
    }
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    if names.is_empty() {
        return "; there are none.".to_owned();
    }
    format!("; there are {}.", names.join(", "))
}

#[cfg(test)]
mod tests;
