//! Whether an answer fits its field, and in words what is wrong with it. The sentences are plain text.

#[cfg(test)]
mod tests;

use std::fmt::Display;

use jiff::civil::Date;
use regex_automata::meta::Regex;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use super::answers::Secret;
use super::{Field, FieldKind, Offered};

/// No answer needs more characters; drafts stay small.
const LONGEST: usize = 16_000;
/// A pattern may need so many bytes when it is prepared; more is an attack or a mistake.
const PATTERN_BYTES: usize = 1 << 20;
/// A pattern with look-around may take back so many steps; more would be a wait.
const STEPS_BACK: usize = 50_000;

/// What a text must match, anywhere in it, as JSON Schema's `pattern` does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern {
    /// The regular expression.
    pub expression: String,
    /// What it means, as the end of a sentence like "Name must …": `be lower-case letters and dashes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
}

impl Pattern {
    /// Whether the text matches. `None`: the expression is not one that can be checked.
    pub fn matches(&self, text: &str) -> Option<bool> {
        let limits = Regex::config()
            .nfa_size_limit(Some(PATTERN_BYTES))
            .onepass_size_limit(Some(PATTERN_BYTES));
        let linear = Regex::builder().configure(limits).build(&self.expression);
        if let Ok(regex) = linear {
            return Some(regex.is_match(text));
        }
        // Look-around needs an engine that can go back; it gives up before anybody would wait for it.
        let regex = fancy_regex::RegexBuilder::new(&self.expression)
            .backtrack_limit(STEPS_BACK)
            .delegate_size_limit(PATTERN_BYTES)
            .delegate_dfa_size_limit(PATTERN_BYTES)
            .build()
            .ok()?;
        regex.is_match(text).ok()
    }
}

/// An answer that fits.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Checked {
    Value(Value),
    Secret(Secret),
}

impl Field {
    /// Reads what a person typed; the error is a sentence.
    pub(super) fn read(&self, typed: &str) -> Result<Checked, String> {
        let label = &self.label;
        // Quotes keep words like `back` or a space at the end from being more than an answer.
        let typed = if self.kind == FieldKind::Secret {
            typed
        } else {
            unquoted(typed)
        };
        if typed.chars().count() > LONGEST {
            return Err(format!(
                "{label} is too long: at most {LONGEST} characters are taken."
            ));
        }
        let value = match &self.kind {
            FieldKind::Text { .. }
            | FieldKind::MultiLine { .. }
            | FieldKind::Entity { .. }
            | FieldKind::Date
            | FieldKind::Person => Value::from(typed),
            FieldKind::List { of, .. } => self.list(of, typed)?,
            FieldKind::Secret => return self.secret(typed),
            FieldKind::Number { .. } => number(typed).ok_or_else(|| {
                format!("{label} must be a number, like 3 or 2.5, not {typed:?}.")
            })?,
            FieldKind::Integer { .. } => typed
                .parse::<i64>()
                .map(Value::from)
                .map_err(|_| format!("{label} must be a whole number, like 3, not {typed:?}."))?,
            FieldKind::Boolean => yes_or_no(typed)
                .map(Value::from)
                .ok_or_else(|| format!("{label} must be yes or no, not {typed:?}."))?,
            FieldKind::Choice { options } => self.option(options, typed)?.value.clone(),
            FieldKind::ManyChoices { options } => {
                if typed.eq_ignore_ascii_case("none") {
                    Value::Array(Vec::new())
                } else {
                    let parts = typed
                        .split(',')
                        .map(str::trim)
                        .filter(|part| !part.is_empty());
                    let chosen = parts.map(|part| Ok(self.option(options, part)?.value.clone()));
                    Value::Array(chosen.collect::<Result<_, String>>()?)
                }
            }
        };
        self.check(&value)
    }

    /// What is wrong with a value as an answer to this field, as a sentence; nothing where it fits.
    pub fn fault(&self, value: &Value) -> Option<String> {
        self.check(value).err()
    }

    /// Checks an answer that a platform's form gave, or a default; the error is a sentence.
    pub(super) fn check(&self, value: &Value) -> Result<Checked, String> {
        let label = &self.label;
        match (&self.kind, value) {
            (
                FieldKind::Text {
                    pattern,
                    min_length,
                    max_length,
                },
                Value::String(text),
            ) => {
                if text.contains(['\n', '\r']) {
                    return Err(format!("{label} must be one line."));
                }
                self.length(text, *min_length, *max_length)?;
                if let Some(pattern) = pattern {
                    self.pattern(pattern, text)?;
                }
            }
            (
                FieldKind::MultiLine {
                    min_length,
                    max_length,
                },
                Value::String(text),
            ) => {
                self.length(text, *min_length, *max_length)?;
            }
            (FieldKind::Number { minimum, maximum }, Value::Number(number)) => {
                let number = number.as_f64().unwrap_or(f64::NAN);
                self.between(&number, *minimum, *maximum)?;
            }
            (FieldKind::Integer { minimum, maximum }, Value::Number(number)) => {
                let whole = number.as_i64().ok_or_else(|| {
                    format!("{label} must be a whole number, like 3, not {number}.")
                })?;
                self.between(&whole, *minimum, *maximum)?;
            }
            (FieldKind::Boolean, Value::Bool(_)) => {}
            (FieldKind::Choice { options }, value) => {
                if !options.iter().any(|option| option.value == *value) {
                    return self.reread(value, || self.no_option(options, &plain(value)));
                }
            }
            (FieldKind::ManyChoices { options }, Value::Array(values)) => {
                let mut chosen: Vec<Value> = Vec::with_capacity(values.len().min(options.len()));
                for value in values {
                    if !options.iter().any(|option| option.value == *value) {
                        return Err(self.no_option(options, &plain(value)));
                    }
                    if !chosen.contains(value) {
                        chosen.push(value.clone());
                    }
                }
                if self.required && chosen.is_empty() {
                    return Err(format!("{label} needs at least one of its choices."));
                }
                return Ok(Checked::Value(Value::Array(chosen)));
            }
            (FieldKind::Entity { kinds, .. }, Value::String(text)) => self.entity(kinds, text)?,
            (
                FieldKind::List {
                    of,
                    min_items,
                    max_items,
                },
                Value::Array(values),
            ) => {
                let element = self.element(of);
                for value in values {
                    element.check(value)?;
                }
                self.count(values.len(), *min_items, *max_items)?;
            }
            (FieldKind::Date, Value::String(text)) => self.date(text)?,
            (FieldKind::Person, Value::String(text)) => {
                let name = text.strip_prefix('@').unwrap_or(text);
                self.entity(&["user".to_owned()], name)?;
                return Ok(Checked::Value(Value::from(name)));
            }
            (FieldKind::Secret, Value::String(text)) => return self.secret(text),
            // A platform's form gives text where a number or yes and no are meant.
            (_, value) => {
                return self.reread(value, || format!("{label} cannot be {}.", plain(value)));
            }
        }
        Ok(Checked::Value(value.clone()))
    }

    /// Reads a text that stands where another type of value is meant.
    fn reread(&self, value: &Value, otherwise: impl Fn() -> String) -> Result<Checked, String> {
        let is_text = matches!(
            self.kind,
            FieldKind::Text { .. }
                | FieldKind::MultiLine { .. }
                | FieldKind::Entity { .. }
                | FieldKind::Date
                | FieldKind::Person
        );
        match value {
            Value::String(text) if !is_text && !text.trim().is_empty() => {
                match self.read(text.trim())? {
                    // Reading a choice by its value, label or number always ends at an option itself.
                    Checked::Value(read) if read == *value => Err(otherwise()),
                    checked => Ok(checked),
                }
            }
            _ => Err(otherwise()),
        }
    }

    /// Reads answers between which there are commas or line breaks.
    fn list(&self, of: &FieldKind, typed: &str) -> Result<Value, String> {
        if typed.eq_ignore_ascii_case("none") {
            return Ok(Value::Array(Vec::new()));
        }
        let element = self.element(of);
        let mut values = Vec::new();
        let parts = typed.split([',', '\n']).map(str::trim);
        for part in parts.filter(|part| !part.is_empty()) {
            // Lists of secrets are none: they would be shown.
            if let Checked::Value(value) = element.read(part)?
                && !values.contains(&value)
            {
                values.push(value);
            }
        }
        Ok(Value::Array(values))
    }

    /// One element of a list, as a field of its own.
    fn element(&self, of: &FieldKind) -> Self {
        let kind = match of {
            FieldKind::List { .. } => FieldKind::text(),
            of => of.clone(),
        };
        Self::new(self.name.as_str(), self.label.as_str(), kind)
    }

    fn count(&self, count: usize, min: Option<usize>, max: Option<usize>) -> Result<(), String> {
        let label = &self.label;
        let least = min.unwrap_or(0).max(usize::from(self.required));
        if count < least {
            return Err(match count {
                0 if least == 1 => format!("{label} needs at least one entry."),
                _ => format!("{label} needs at least {least} entries; this has {count}."),
            });
        }
        if let Some(max) = max.filter(|max| count > *max) {
            return Err(format!(
                "{label} may have at most {max} entries; this has {count}."
            ));
        }
        Ok(())
    }

    fn secret(&self, text: &str) -> Result<Checked, String> {
        if text.is_empty() || text.chars().count() > LONGEST {
            return Err(format!(
                "{} must have 1 to {LONGEST} characters.",
                self.label
            ));
        }
        Ok(Checked::Secret(Secret::new(text)))
    }

    fn length(&self, text: &str, min: Option<usize>, max: Option<usize>) -> Result<(), String> {
        let label = &self.label;
        let length = text.chars().count();
        let most = max.unwrap_or(LONGEST).min(LONGEST);
        if let Some(min) = min.filter(|min| length < *min) {
            return Err(format!(
                "{label} must have at least {min} characters; this has {length}."
            ));
        }
        if length > most {
            return Err(format!(
                "{label} may have at most {most} characters; this has {length}."
            ));
        }
        Ok(())
    }

    fn pattern(&self, pattern: &Pattern, text: &str) -> Result<(), String> {
        let label = &self.label;
        match pattern.matches(text) {
            Some(true) => Ok(()),
            Some(false) => Err(match &pattern.says {
                Some(says) => format!("{label} must {says}{}.", self.for_example(pattern)),
                None => format!(
                    "{label} must match the pattern {}{}.",
                    pattern.expression,
                    self.for_example(pattern)
                ),
            }),
            None => Err(format!(
                "{label} has a pattern that cannot be checked ({}): tell whoever wrote the form.",
                pattern.expression
            )),
        }
    }

    fn for_example(&self, pattern: &Pattern) -> String {
        match &self.example {
            Some(example) if pattern.matches(example) == Some(true) => {
                format!("; for example {example}")
            }
            _ => String::new(),
        }
    }

    fn between<T: PartialOrd + Display>(
        &self,
        number: &T,
        minimum: Option<T>,
        maximum: Option<T>,
    ) -> Result<(), String> {
        let is_low = minimum.as_ref().is_some_and(|minimum| number < minimum);
        let is_high = maximum.as_ref().is_some_and(|maximum| number > maximum);
        let range = match (minimum, maximum) {
            _ if !is_low && !is_high => return Ok(()),
            (Some(minimum), Some(maximum)) => format!("between {minimum} and {maximum}"),
            (Some(minimum), None) => format!("{minimum} or more"),
            (None, Some(maximum)) => format!("{maximum} or less"),
            (None, None) => return Ok(()),
        };
        Err(format!("{} must be {range}, not {number}.", self.label))
    }

    /// An option by its value, its label, or its number in the list.
    fn option<'a>(&self, options: &'a [Offered], typed: &str) -> Result<&'a Offered, String> {
        let by_value = options.iter().find(|option| plain(&option.value) == typed);
        let lower = typed.to_lowercase();
        let by_label = || {
            options.iter().find(|option| {
                option.label.to_lowercase() == lower || plain(&option.value).to_lowercase() == lower
            })
        };
        let by_number = || {
            let number = typed.trim_end_matches(['.', ')']).parse::<usize>().ok()?;
            options.get(number.checked_sub(1)?)
        };
        by_value
            .or_else(by_label)
            .or_else(by_number)
            .ok_or_else(|| self.no_option(options, typed))
    }

    fn no_option(&self, options: &[Offered], typed: &str) -> String {
        let label = &self.label;
        let lower = typed.to_lowercase();
        let near = options
            .iter()
            .flat_map(|option| [plain(&option.value), option.label.clone()])
            .map(|name| {
                (
                    strsim::damerau_levenshtein(&name.to_lowercase(), &lower),
                    name,
                )
            })
            .filter(|(distance, name)| *distance <= 2 && *distance < name.chars().count())
            .min();
        if let Some((_, name)) = near {
            return format!("{label} has no choice {typed:?}. Did you mean {name:?}?");
        }
        let labels: Vec<_> = options
            .iter()
            .take(10)
            .map(|option| option.label.as_str())
            .collect();
        let more = if options.len() > labels.len() {
            ", …"
        } else {
            ""
        };
        format!(
            "{label} has no choice {typed:?}; it is one of: {}{more}.",
            labels.join(", ")
        )
    }

    fn date(&self, text: &str) -> Result<(), String> {
        // Other ways to write a day, like `20261125`, are not what comes out of a platform's calendar.
        let is_day = text.len() == "2026-11-25".len() && text.parse::<Date>().is_ok();
        is_day.then_some(()).ok_or_else(|| {
            format!(
                "{} must be a date, like 2026-11-25, not {text:?}.",
                self.label
            )
        })
    }

    fn entity(&self, kinds: &[String], text: &str) -> Result<(), String> {
        let label = &self.label;
        let parts = text.split([':', '/']);
        if text.chars().any(char::is_whitespace) || parts.clone().any(str::is_empty) {
            return Err(if self.kind == FieldKind::Person {
                format!(
                    "{label} must be the name of a person in the catalog, like ana or user:default/ana."
                )
            } else {
                format!(
                    "{label} must be a name from the catalog, like team-a or group:default/team-a."
                )
            });
        }
        self.length(text, None, None)?;
        let kind = text.split_once(':').map(|(kind, _)| kind.to_lowercase());
        match kind {
            Some(kind) if !kinds.is_empty() && !kinds.contains(&kind) => Err(format!(
                "{label} must be a {}, not a {kind}.",
                kinds.join(" or ")
            )),
            _ => Ok(()),
        }
    }
}

/// A value as a person would write it.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(values) if values.is_empty() => "none".to_owned(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn number(typed: &str) -> Option<Value> {
    if let Ok(whole) = typed.parse::<i64>() {
        return Some(Value::from(whole));
    }
    Number::from_f64(typed.parse().ok()?).map(Value::Number)
}

fn yes_or_no(typed: &str) -> Option<bool> {
    match typed.to_lowercase().as_str() {
        "yes" | "y" | "true" | "on" | "1" => Some(true),
        "no" | "n" | "false" | "off" | "0" => Some(false),
        _ => None,
    }
}

fn unquoted(typed: &str) -> &str {
    [('"', '"'), ('“', '”'), ('\'', '\'')]
        .into_iter()
        .find_map(|(open, close)| typed.strip_prefix(open)?.strip_suffix(close))
        .unwrap_or(typed)
}
