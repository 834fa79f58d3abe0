//! The front matter of a command file: typed values, and problems that know their place.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::file::Known;
use super::suggestion::did_you_mean;
use crate::catalog::problem::{Problem, Severity};

/// A piece of the front matter.
pub(super) type Value<'t> = Spanned<DeValue<'t>>;

/// Takes values out of the front matter and collects what is wrong with them.
pub(super) struct Reader<'a> {
    pub file: &'a str,
    pub front: String,
    pub known: Known<'a>,
    pub problems: Vec<Problem>,
}

impl Reader<'_> {
    pub fn say(&mut self, line: u32, column: u32, rule: &str, message: String) {
        self.problems.push(Problem {
            file: self.file.to_owned(),
            line,
            column,
            severity: Severity::Error,
            rule: rule.to_owned(),
            message,
            entity: None,
        });
    }

    /// Says what is wrong with a piece of the front matter.
    pub fn wrong(&mut self, at: &Range<usize>, rule: &str, message: String) {
        let before = self.front.get(..at.start).unwrap_or(&self.front);
        let column = before.chars().rev().take_while(|c| *c != '\n').count();
        let column = u32::try_from(column).unwrap_or(u32::MAX).saturating_add(1);
        self.say(self.line(at), column, rule, message);
    }

    pub fn line(&self, at: &Range<usize>) -> u32 {
        let before = self.front.get(..at.start).unwrap_or(&self.front);
        // The first line of the file is the opening `+++`.
        u32::try_from(before.matches('\n').count())
            .unwrap_or(u32::MAX - 2)
            .saturating_add(2)
    }

    pub fn text(&mut self, value: &Value<'_>) -> String {
        if let Some(text) = value.get_ref().as_str() {
            return text.trim().to_owned();
        }
        self.type_wrong(value, "a text in quotation marks");
        String::new()
    }

    pub fn type_wrong(&mut self, value: &Value<'_>, wanted: &str) {
        let is = value.get_ref().type_str();
        self.wrong(
            &value.span(),
            "command-type",
            format!("this must be {wanted}, but it is TOML's {is}"),
        );
    }

    pub fn boolean(&mut self, value: &Value<'_>) -> bool {
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.type_wrong(value, "`true` or `false`");
            false
        })
    }

    /// Texts and the lines they stand on.
    pub fn list(&mut self, value: &Value<'_>) -> (Vec<String>, Vec<u32>) {
        let Some(items) = value.get_ref().as_array() else {
            self.type_wrong(value, "a list of texts, like [\"one\", \"two\"]");
            return (Vec::new(), Vec::new());
        };
        let mut texts = Vec::new();
        let mut lines = Vec::new();
        for item in items {
            let text = self.text(item);
            if !text.is_empty() {
                texts.push(text);
                lines.push(self.line(&item.span()));
            } else if item.get_ref().is_str() {
                self.wrong(
                    &item.span(),
                    "command-type",
                    "this text is empty; write something or leave it out".to_owned(),
                );
            }
        }
        (texts, lines)
    }

    /// A text, number or yes-or-no, as a person would type it.
    pub fn scalar(&mut self, value: &Value<'_>) -> Option<String> {
        match value.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Integer(number) => Some(number.to_string()),
            DeValue::Float(number) => Some(number.as_str().to_owned()),
            DeValue::Boolean(yes) => Some(yes.to_string()),
            _ => {
                self.type_wrong(value, "a text, a number, `true` or `false`");
                None
            }
        }
    }

    /// The tables of a `[[list]]`.
    pub fn tables<'v, 't>(
        &mut self,
        value: &'v Value<'t>,
        name: &str,
    ) -> Vec<(Range<usize>, &'v DeTable<'t>)> {
        let Some(items) = value.get_ref().as_array() else {
            self.type_wrong(value, &format!("written as `[[{name}]]`"));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in items {
            match item.get_ref().as_table() {
                Some(table) => tables.push((item.span(), table)),
                None => self.type_wrong(item, &format!("written as `[[{name}]]`")),
            }
        }
        tables
    }

    pub fn unknown_key(&mut self, key: &Spanned<Cow<'_, str>>, name: &str, known: &[&str]) {
        let meant = did_you_mean(name, known.iter().copied());
        let others = format!("; the keys are `{}`", known.join("`, `"));
        self.wrong(
            &key.span(),
            "command-key",
            format!("there is no key `{name}`{}", or(&meant, &others)),
        );
    }
}

/// Whether the front matter has a key.
pub(super) fn has(table: &Spanned<DeTable<'_>>, name: &str) -> bool {
    table.get_ref().keys().any(|key| key.get_ref() == name)
}

/// The first text, or the other one where it is empty.
pub(super) fn or<'a>(first: &'a str, otherwise: &'a str) -> &'a str {
    if first.is_empty() { otherwise } else { first }
}
