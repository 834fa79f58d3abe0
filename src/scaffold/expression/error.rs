//! What is wrong with a template, in words and with its place.

use thiserror::Error;

/// A template that cannot be read or rendered, and why.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{line}:{column}: {message}")]
pub struct ExpressionError {
    /// The line in the template, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// What is wrong and what to try, in full sentences.
    pub message: String,
}

impl ExpressionError {
    /// Puts the place of a fault into words.
    pub(super) fn new(source: &str, fault: Fault) -> Self {
        let (line, column) = place(source, fault.at.unwrap_or(0));
        Self {
            line,
            column,
            message: fault.message,
        }
    }
}

/// The line and the character of a byte of the source, both from 1.
pub(super) fn place(source: &str, at: usize) -> (usize, usize) {
    let before = source.get(..at).unwrap_or(source);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    (line, before[start..].chars().count() + 1)
}

/// What went wrong within the engine; its place is known by the innermost part of the template.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// The sentences for the author of the template.
    pub message: String,
    /// The byte of the source, when known.
    pub at: Option<usize>,
}

impl Fault {
    /// A fault whose place is still to be told.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            at: None,
        }
    }

    /// A fault at a byte of the source.
    pub fn at(at: usize, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            at: Some(at),
        }
    }

    /// The fault with a place, unless it has a nearer one.
    pub fn or_at(mut self, at: u32) -> Self {
        self.at.get_or_insert(at as usize);
        self
    }
}

/// What a part of the engine gives.
pub type Outcome<T> = Result<T, Fault>;

/// The sentence part `; did you mean `x`?`, or nothing when no name is close.
pub fn did_you_mean<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let reach = match word.chars().count() {
        0..=2 => 0,
        3..=4 => 1,
        _ => 2,
    };
    names
        .into_iter()
        .map(|name| {
            let (word, lower) = (word.to_lowercase(), name.to_lowercase());
            (strsim::damerau_levenshtein(&word, &lower), name)
        })
        .filter(|(distance, _)| *distance <= reach)
        .min()
        .map_or_else(String::new, |(_, name)| format!("; did you mean `{name}`?"))
}
