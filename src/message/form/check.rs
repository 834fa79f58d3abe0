//! Whether an answer fits its field, and in words what is wrong with it. The sentences are plain text.

use std::fmt::Display;

use regex_automata::meta::Regex;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use super::answers::Secret;
use super::{Field, FieldKind, Offered};

/// No answer needs more characters; drafts stay small.
const LONGEST: usize = 16_000;
/// A pattern may need so many bytes when it is prepared; more is an attack or a mistake.
const PATTERN_BYTES: usize = 1 << 20;

/// What a text must match, anywhere in it, as JSON Schema's `pattern` does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern {
    /// The regular expression, without look-around and back-references.
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
        let regex = Regex::builder()
            .configure(limits)
            .build(&self.expression)
            .ok()?;
        Some(regex.is_match(text))
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
            FieldKind::Text { .. } | FieldKind::MultiLine { .. } | FieldKind::Entity { .. } => {
                Value::from(typed)
            }
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
            (FieldKind::Entity { kinds }, Value::String(text)) => self.entity(kinds, text)?,
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
            FieldKind::Text { .. } | FieldKind::MultiLine { .. } | FieldKind::Entity { .. }
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
                Some(says) => format!("{label} must {says}."),
                None => format!("{label} must match the pattern {}.", pattern.expression),
            }),
            None => Err(format!(
                "{label} has a pattern that cannot be checked ({}): tell whoever wrote the form.",
                pattern.expression
            )),
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

    fn entity(&self, kinds: &[String], text: &str) -> Result<(), String> {
        let label = &self.label;
        let parts = text.split([':', '/']);
        if text.chars().any(char::is_whitespace) || parts.clone().any(str::is_empty) {
            return Err(format!(
                "{label} must be a name from the catalog, like team-a or group:default/team-a."
            ));
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(kind: FieldKind, typed: &str) -> String {
        match Field::new("x", "Size", kind).read(typed) {
            Ok(Checked::Value(value)) => value.to_string(),
            Ok(Checked::Secret(_)) => "a secret".to_owned(),
            Err(sentence) => sentence,
        }
    }

    fn sizes() -> Vec<Offered> {
        [("s", "Small"), ("l", "Large"), ("2", "Double")]
            .map(|(value, label)| Offered {
                value: json!(value),
                label: label.to_owned(),
            })
            .to_vec()
    }

    #[test]
    fn texts_keep_their_length_and_pattern() {
        let kind = |says: Option<&str>| FieldKind::Text {
            pattern: Some(Pattern {
                expression: "^[a-z-]+$".to_owned(),
                says: says.map(str::to_owned),
            }),
            min_length: Some(3),
            max_length: Some(5),
        };
        assert_eq!(said(kind(None), "abc"), "\"abc\"");
        assert_eq!(
            said(kind(None), "äb"),
            "Size must have at least 3 characters; this has 2."
        );
        assert_eq!(
            said(kind(None), "abcdef"),
            "Size may have at most 5 characters; this has 6."
        );
        assert_eq!(
            said(kind(None), "ABC"),
            "Size must match the pattern ^[a-z-]+$."
        );
        assert_eq!(
            said(kind(Some("be lower-case")), "ABC"),
            "Size must be lower-case."
        );
        assert_eq!(said(FieldKind::text(), "\"back\""), "\"back\"");
        assert_eq!(said(FieldKind::text(), "a\nb"), "Size must be one line.");
        assert_eq!(
            said(FieldKind::text(), &"x".repeat(20_000)),
            "Size is too long: at most 16000 characters are taken."
        );
    }

    #[test]
    fn a_pattern_that_cannot_be_checked_lets_nothing_pass() {
        for expression in ["(", "(?!a)", "((((a{1000}){1000}){1000}))"] {
            let pattern = Some(Pattern {
                expression: expression.to_owned(),
                says: None,
            });
            let kind = FieldKind::Text {
                pattern,
                min_length: None,
                max_length: None,
            };
            assert!(
                said(kind, "a").contains("cannot be checked"),
                "{expression}"
            );
        }
    }

    #[test]
    fn numbers_keep_their_bounds() {
        let number = |minimum, maximum| FieldKind::Number { minimum, maximum };
        assert_eq!(said(number(None, None), "2.5"), "2.5");
        assert_eq!(said(number(None, None), "3"), "3");
        assert_eq!(
            said(number(None, None), "NaN"),
            "Size must be a number, like 3 or 2.5, not \"NaN\"."
        );
        assert_eq!(
            said(number(Some(1.0), Some(2.5)), "3"),
            "Size must be between 1 and 2.5, not 3."
        );
        let integer = |minimum, maximum| FieldKind::Integer { minimum, maximum };
        assert_eq!(
            said(integer(Some(1), None), "0"),
            "Size must be 1 or more, not 0."
        );
        assert_eq!(
            said(integer(None, Some(9)), "10"),
            "Size must be 9 or less, not 10."
        );
        assert_eq!(
            said(integer(None, None), "2.5"),
            "Size must be a whole number, like 3, not \"2.5\"."
        );
    }

    #[test]
    fn choices_go_by_value_label_or_number() {
        let choice = || FieldKind::Choice { options: sizes() };
        assert_eq!(said(choice(), "l"), "\"l\"");
        assert_eq!(said(choice(), "LARGE"), "\"l\"");
        assert_eq!(said(choice(), "1"), "\"s\"");
        assert_eq!(said(choice(), "2"), "\"2\"", "a value goes before a number");
        assert_eq!(
            said(choice(), "lareg"),
            "Size has no choice \"lareg\". Did you mean \"Large\"?"
        );
        assert_eq!(
            said(choice(), "0"),
            "Size has no choice \"0\"; it is one of: Small, Large, Double."
        );
        let many = || FieldKind::ManyChoices { options: sizes() };
        assert_eq!(said(many(), "large, 1, l"), "[\"l\",\"s\"]");
        assert_eq!(
            said(many(), "none"),
            "Size needs at least one of its choices."
        );
    }

    #[test]
    fn entities_are_names_of_the_right_kind() {
        let entity = || FieldKind::Entity {
            kinds: vec!["group".to_owned(), "user".to_owned()],
        };
        assert_eq!(said(entity(), "team-a"), "\"team-a\"");
        assert_eq!(
            said(entity(), "Group:default/team-a"),
            "\"Group:default/team-a\""
        );
        assert_eq!(
            said(entity(), "component:x"),
            "Size must be a group or user, not a component."
        );
        for bad in ["team a", "group:", "/x"] {
            assert_eq!(
                said(entity(), bad),
                "Size must be a name from the catalog, like team-a or group:default/team-a."
            );
        }
    }

    #[test]
    fn forms_of_platforms_may_give_text_for_anything() {
        let checked = |kind, value| Field::new("x", "Size", kind).check(&value);
        let value = |value| Ok(Checked::Value(value));
        assert_eq!(
            checked(FieldKind::Boolean, json!("yes")),
            value(json!(true))
        );
        assert_eq!(
            checked(
                FieldKind::Integer {
                    minimum: None,
                    maximum: None
                },
                json!("7")
            ),
            value(json!(7))
        );
        assert_eq!(
            checked(FieldKind::Choice { options: sizes() }, json!("Small")),
            value(json!("s"))
        );
        assert_eq!(
            checked(FieldKind::Boolean, json!([1])),
            Err("Size cannot be 1.".to_owned())
        );
        assert_eq!(
            checked(FieldKind::text(), json!(1)),
            Err("Size cannot be 1.".to_owned())
        );
    }
}
