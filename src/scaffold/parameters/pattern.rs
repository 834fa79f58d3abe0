//! Patterns: what a text must match, in JavaScript's language and in words.

use serde_json::Value;

use super::schema::{Schema, hint, text};
use super::words::one_line;
use crate::message::form::Pattern;

/// What a text must match, with the template's own words for it.
pub(super) fn pattern(schema: &Schema) -> Option<Pattern> {
    let expression = text(schema, "pattern")?;
    let message = schema
        .get("errorMessage")
        .or_else(|| hint(schema, "errorMessage"));
    let words = match message {
        Some(Value::String(words)) => Some(words.as_str()),
        Some(message) => message.get("pattern").and_then(Value::as_str),
        None => None,
    };
    Some(Pattern {
        expression: portable(expression),
        says: words.and_then(|words| says(words, expression)),
    })
}

/// The template's words as the end of a sentence like "Name must …".
fn says(words: &str, expression: &str) -> Option<String> {
    let words = one_line(words);
    let words = words.trim_end_matches('.');
    if words.is_empty() {
        return None;
    }
    let lower = words.to_lowercase();
    for verb in ["must ", "should ", "has to ", "needs to "] {
        if let Some(at) = lower.find(verb)
            && lower.len() == words.len()
            && !words[..at].contains(['.', ','])
        {
            return Some(words[at + verb.len()..].to_owned());
        }
    }
    Some(format!("match {expression} ({words})"))
}

/// A pattern of JavaScript's as our engines read it. There `\\d` and `\\w` mean ASCII only, and within brackets `-` beside
/// such a class, `[` and what doubles for set operations stand for themselves.
pub(super) fn portable(expression: &str) -> String {
    let mut written = String::with_capacity(expression.len());
    let mut characters = expression.chars().peekable();
    let (mut is_within, mut is_first, mut is_behind_class) = (false, false, false);
    while let Some(character) = characters.next() {
        let was_first = std::mem::take(&mut is_first);
        let was_behind_class = std::mem::take(&mut is_behind_class);
        match (character, is_within) {
            ('\\', _) => {
                let escaped = characters.next();
                let class = match escaped {
                    Some('d') => Some(("0-9", "[0-9]")),
                    Some('w') => Some(("A-Za-z0-9_", "[A-Za-z0-9_]")),
                    Some('D') if !is_within => Some(("", "[^0-9]")),
                    Some('W') if !is_within => Some(("", "[^A-Za-z0-9_]")),
                    _ => None,
                };
                is_behind_class =
                    is_within && matches!(escaped, Some('d' | 'w' | 's' | 'D' | 'W' | 'S'));
                if let Some((within, alone)) = class {
                    written.push_str(if is_within { within } else { alone });
                } else {
                    written.push('\\');
                    written.extend(escaped);
                }
            }
            ('[', false) => {
                is_within = true;
                is_first = true;
                written.push('[');
            }
            (']', true) => {
                is_within = false;
                written.push(']');
            }
            ('^', true) if was_first => {
                is_first = true;
                written.push('^');
            }
            ('-', true) if was_behind_class && characters.peek() != Some(&']') => {
                written.push_str("\\-");
            }
            ('[', true) => written.push_str("\\["),
            ('&' | '~', true) if characters.peek() == Some(&character) => {
                written.push('\\');
                written.push(character);
            }
            _ => written.push(character),
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(expression: &str, text: &str) -> bool {
        let pattern = Pattern {
            expression: portable(expression),
            says: None,
        };
        pattern
            .matches(text)
            .expect("a pattern that can be checked")
    }

    #[test]
    fn javascripts_patterns_mean_the_same() {
        assert!(matches(r"^[\w-.]+$", "a-b.c"));
        assert!(!matches(r"^[\w-.]+$", "a b"));
        assert!(matches(r"^[a-zA-Z0-9-_.]+@[\d-]+$", "a-b_c@1-2"));
        assert!(matches(r"^\d+$", "42"));
        assert!(!matches(r"^\d+$", "٤٢"));
        assert!(!matches(r"^\w+$", "é"));
        assert!(matches(r"^\W$", "é"));
        assert!(matches(r"^[[&&a]+$", "[&a"));
        assert!(matches(r"^https:\/\/[^\s]+$", "https://x"));
        assert!(matches(r"^(?!-)[a-z0-9\-]{1,63}(?<!-)$", "a-b"));
        assert!(!matches(r"^(?!-)[a-z0-9\-]{1,63}(?<!-)$", "-b"));
    }

    #[test]
    fn the_templates_own_words_end_a_sentence() {
        let said = |words: &str| says(words, "^a$");
        assert_eq!(
            said("Must be lower case.").as_deref(),
            Some("be lower case")
        );
        assert_eq!(
            said("The name should be short").as_deref(),
            Some("be short")
        );
        assert_eq!(
            said("Only letters").as_deref(),
            Some("match ^a$ (Only letters)")
        );
        assert_eq!(said(" "), None);
    }
}
