//! The language of golden-path templates: `${{ expressions }}` and `{% tags %}` in template.yaml and in skeletons.
//!
//! Backstage renders templates with an engine of its own, a closed subset of Nunjucks. This is the same language,
//! read and evaluated here: the same template with the same values gives the same bytes, or an [`ExpressionError`]
//! with line and column. What surprises is on purpose: it is JavaScript underneath. `[]` is true, `"a" + 1` is `a1`,
//! `==` compares loosely, text is counted in UTF-16 units, a name that nothing was assigned to prints nothing.
//!
//! A template can do nothing but make text: there is no way to files, to the network, to a clock. What it may use up
//! is bounded by [`Limits`].
//!
//! From a template to its text:
//!
//! - `scan` takes the text apart at its braces; `lexer` cuts code into words; `parser` understands both and
//!   gives the parts of `syntax`, with names bound by `binding`.
//! - `evaluate` renders them, with values (`value`), text (`text`), numbers (`number`) and conversions
//!   (`convert`) as JavaScript has them, filters (`filter`), tests (`predicate`) and methods (`method`).
//! - `reference` lists what a template refers to, without rendering it; `telling` reads a template as a condition on answers.

mod binding;
mod convert;
mod error;
mod evaluate;
mod filter;
mod input;
mod json;
mod lexer;
mod meter;
mod method;
mod number;
mod parser;
mod predicate;
mod reference;
mod regex;
mod repository;
mod scan;
mod scope;
mod sort;
mod syntax;
mod telling;
mod text;
mod value;

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Map, Value as Json};

pub use error::ExpressionError;
pub use input::{Filled, InputFault, fill};
pub use meter::Limits;
pub use reference::{Reference, Referred};
pub use repository::{Hosts, Integration, Repository};
pub use value::index;

use error::Fault;
use evaluate::{Machine, Rendered};
use meter::Meter;
use parser::Parsed;
use regex::Pattern;
use text::Text;
use value::Regex;

use crate::message::form::Condition;

/// How a template is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `{{ }}` instead of `${{ }}`, with the methods and names of Python that Cookiecutter's templates use.
    pub cookiecutter: bool,
    /// Whether a line break behind a tag goes.
    pub trim_blocks: bool,
    /// Whether white space in front of a tag goes where it begins its line.
    pub lstrip_blocks: bool,
    /// What the filter `random` picks by.
    pub seed: u64,
}

/// What rendering may look at and use up.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// What may be used up.
    pub limits: Limits,
    /// Which repository hosts there are.
    pub hosts: Hosts,
    /// Whether a step failed before, which `failure()` tells and `always()` does not ask for. Both are there within
    /// template.yaml only; elsewhere this is `None`.
    pub failed: Option<bool>,
    /// When to begin with no further text of a value.
    pub until: Option<Instant>,
}

/// A template that was read: a file of a skeleton, a file name, or a string of template.yaml.
#[derive(Debug)]
pub struct Template {
    source: String,
    options: Options,
    parsed: Parsed,
}

/// Puts a replacement in the place of everything that is found in a text, as JavaScript's `replaceAll` does: `$&` and the
/// like are filled in. What is looked for is a text, or a regular expression. The error is a sentence.
pub fn replace_all(
    text: &str,
    find: &str,
    is_expression: bool,
    replacement: &str,
    limits: Limits,
) -> Result<String, String> {
    let meter = Meter::new(limits);
    let (text, replacement) = (Text::from(text), Text::from(replacement));
    let replaced = if is_expression {
        let regex = Regex::new(Arc::new(Pattern::new(find, "g")?));
        regex.replace(&text, &replacement, &meter)
    } else {
        regex::replace_text(&text, &Text::from(find), &replacement, true, &meter)
    };
    replaced
        .map(|text| text.written().into_owned())
        .map_err(|fault| fault.message)
}

/// The longest template.
const LONGEST: usize = 4 * 1024 * 1024;

impl Template {
    /// Reads a template.
    pub fn parse(text: &str, options: Options) -> Result<Self, ExpressionError> {
        if text.len() > LONGEST {
            let fault = Fault::at(
                0,
                format!(
                    "This file has more than {LONGEST} bytes, the most that a template may have. List it under `copyWithoutTemplating`."
                ),
            );
            return Err(ExpressionError::new(text, fault));
        }
        let parsed =
            parser::parse(text, options).map_err(|fault| ExpressionError::new(text, fault))?;
        Ok(Self {
            source: text.to_owned(),
            options,
            parsed,
        })
    }

    /// Renders the template with values.
    pub fn render(
        &self,
        context: &Map<String, Json>,
        surroundings: &Surroundings,
    ) -> Result<String, ExpressionError> {
        self.machine(surroundings)
            .render(&self.parsed.body, self.parsed.slots, context)
            .map_err(|fault| ExpressionError::new(&self.source, fault))
    }

    /// Renders the template to a value, as Backstage does with the strings of template.yaml: one expression alone
    /// keeps its type. `None` is undefined: nothing was printed.
    pub fn evaluate(
        &self,
        context: &Map<String, Json>,
        surroundings: &Surroundings,
    ) -> Result<Option<Json>, ExpressionError> {
        let rendered = self
            .machine(surroundings)
            .evaluate(&self.parsed.body, self.parsed.slots, context)
            .map_err(|fault| ExpressionError::new(&self.source, fault))?;
        Ok(match rendered {
            Rendered::Nothing => None,
            Rendered::Value(value) => Some(value),
        })
    }

    /// What the template refers to, in its order.
    pub fn references(&self) -> Vec<Reference> {
        reference::references(&self.source, &self.parsed.body)
    }

    /// What must hold of a form's answers for the template's one expression to be true; `None` where that cannot be told
    /// before it is evaluated.
    pub fn condition(&self) -> Option<Condition> {
        telling::condition(&self.parsed.body)
    }

    fn machine<'t>(&'t self, surroundings: &'t Surroundings) -> Machine<'t> {
        Machine::new(self.options, surroundings)
    }
}
