//! What nobody may see of a run: secrets, and every text that came out of one.
//!
//! Backstage takes its secrets out of a log as they are, together with every text of an input that comes out differently
//! without them. Here they go in any case of letters too, as messages write what they quote, and piece by piece where a
//! message names a part of a path or a line.

use std::collections::BTreeSet;
use std::ops::Range;

use serde_json::{Map, Value};
use url::form_urlencoded::byte_serialize;

/// What stands in the place of a secret.
const HIDDEN: &str = "***";

/// Nothing shorter is hidden, as in Backstage: it would be found everywhere.
const SHORTEST: usize = 2;

/// No piece of a text is hidden that is shorter: it would be a word that others have too.
const SHORTEST_PIECE: usize = 8;

/// Texts that nobody may see. It cannot be printed itself.
#[derive(Default)]
pub struct Redaction {
    /// With small letters.
    texts: BTreeSet<String>,
}

impl Redaction {
    /// Hides secrets, at any depth; their names are not secret.
    pub fn of(secrets: &Map<String, Value>) -> Self {
        let mut redaction = Self::default();
        let mut values: Vec<&Value> = secrets.values().collect();
        while let Some(value) = values.pop() {
            match value {
                Value::Array(items) => values.extend(items),
                Value::Object(entries) => values.extend(entries.values()),
                scalar => redaction.compare(scalar, None),
            }
        }
        redaction
    }

    /// Hides what came of an input and does not come of it without secrets. Names that the template wrote are not secret.
    pub fn learn(&mut self, input: &Value, filled: Option<&Value>, bare: Option<&Value>) {
        match (input, filled) {
            (Value::Array(inputs), Some(Value::Array(items))) => {
                for (place, (input, item)) in inputs.iter().zip(items).enumerate() {
                    self.learn(input, Some(item), bare.and_then(|bare| bare.get(place)));
                }
            }
            (Value::Object(inputs), Some(Value::Object(entries))) => {
                for (name, input) in inputs {
                    let bare = bare.and_then(|bare| bare.get(name));
                    self.learn(input, entries.get(name), bare);
                }
            }
            (_, Some(value)) => self.compare(value, bare),
            (_, None) => {}
        }
    }

    /// Hides the texts, numbers and names of a value that are not the same in another.
    pub fn compare(&mut self, value: &Value, bare: Option<&Value>) {
        match value {
            Value::String(text) => self.hide(text, bare.and_then(Value::as_str)),
            Value::Number(number) if bare != Some(value) => self.hide(&number.to_string(), None),
            Value::Array(items) => {
                for (place, item) in items.iter().enumerate() {
                    self.compare(item, bare.and_then(|bare| bare.get(place)));
                }
            }
            Value::Object(entries) => {
                for (name, item) in entries {
                    let bare = bare.and_then(|bare| bare.get(name));
                    if bare.is_none() {
                        self.hide(name, None);
                    }
                    self.compare(item, bare);
                }
            }
            _ => {}
        }
    }

    fn hide(&mut self, text: &str, bare: Option<&str>) {
        let same = |piece: &str| bare.is_some_and(|bare| pieces(bare).any(|other| other == piece));
        if bare == Some(text) {
            return;
        }
        let parts = pieces(text).filter(|piece| piece.len() >= SHORTEST_PIECE && !same(piece));
        for text in parts.chain([text.trim()]) {
            let quoted = format!("{text:?}");
            let json = Value::from(text).to_string();
            let encoded: String = byte_serialize(text.as_bytes()).collect();
            let written = [text, inner(&quoted), inner(&json), &encoded];
            let written = written.into_iter().filter(|text| text.len() >= SHORTEST);
            self.texts.extend(written.map(str::to_ascii_lowercase));
        }
    }

    /// A text without anything that nobody may see.
    pub fn text(&self, text: &str) -> String {
        let small = text.to_ascii_lowercase();
        let mut hidden: Vec<Range<usize>> = Vec::new();
        for secret in &self.texts {
            let mut from = 0;
            while let Some(at) = small.get(from..).and_then(|rest| rest.find(secret)) {
                let start = from + at;
                hidden.push(start..start + secret.len());
                // The next may begin within this one.
                from = start + small[start..].chars().next().map_or(1, char::len_utf8);
            }
        }
        hidden.sort_by_key(|range| range.start);
        let mut shown = String::with_capacity(text.len());
        let mut end = 0;
        for range in hidden {
            // What overlaps is hidden at once.
            if range.start > end || end == 0 {
                shown.push_str(&text[end..range.start.max(end)]);
                shown.push_str(HIDDEN);
            }
            end = end.max(range.end);
        }
        shown.push_str(&text[end..]);
        shown
    }

    /// A value without anything that nobody may see.
    pub fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Number(number) if self.texts.contains(&number.to_string()) => {
                Value::from(HIDDEN)
            }
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(entries) => {
                let shown = entries
                    .iter()
                    .map(|(name, item)| (self.text(name), self.value(item)));
                Value::Object(shown.collect())
            }
            other => other.clone(),
        }
    }
}

/// What messages take texts apart into: the parts of a path, and lines.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split(['/', '\n', '\r'])
        .map(str::trim)
        .filter(|piece| !piece.is_empty())
}

/// What stands between quotation marks.
fn inner(quoted: &str) -> &str {
    quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(quoted)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hiding(secrets: &Value) -> Redaction {
        Redaction::of(secrets.as_object().expect("an object"))
    }

    #[test]
    fn secrets_are_hidden_at_any_depth_and_however_they_are_written() {
        let redaction = hiding(&json!({
            "token": " hunter2 ",
            "database": {"password": "sw\"ord fish", "pins": [271_828, true, null]},
            "key": "first-line-of-it\nlast-line-of-it/with-a-slash",
            "short": "x"
        }));
        let shown = [
            ("a hunter2, HUNTER2 and Hunter22", "a ***, *** and ***2"),
            (r#""sw\"ord fish", 271828 true"#, r#""***", *** true"#),
            ("sw%22ord+fish", "***"),
            ("last-line-of-it", "***"),
            ("no with-a-slash/x", "no ***/x"),
            ("token password x", "token password x"),
            ("", ""),
            ("hunter2", "***"),
            ("hunter2hunter2é", "***é"),
        ];
        for (text, wanted) in shown {
            assert_eq!(redaction.text(text), wanted);
        }
        assert_eq!(
            redaction
                .value(&json!({"hunter2": ["hunter2", 271_828, 1, null, {"a": "is hunter2"}]})),
            json!({"***": ["***", "***", 1, null, {"a": "is ***"}]})
        );
    }

    #[test]
    fn what_overlaps_is_hidden_whole() {
        let redaction = hiding(&json!({"one": "abcd", "other": "cdef", "same": "zzz"}));
        assert_eq!(redaction.text("-abcdef-zzzz-abcdabcd"), "-***-***-***");
    }

    #[test]
    fn what_comes_out_differently_without_secrets_is_hidden() {
        let mut redaction = hiding(&json!({"token": "hunter2"}));
        redaction.learn(
            &json!({"message": "${{ … }}", "url": "…", "list": ["…"], "values": "${{ … }}"}),
            Some(&json!({
                "message": "2retnuh",
                "url": "https://example.com/a-long-name/derived-one",
                "list": ["same"],
                "values": {"made": 31_415, "same": "same"}
            })),
            Some(&json!({"url": "https://example.com/a-long-name/", "list": ["same"], "values": {"same": "same"}})),
        );
        assert_eq!(
            redaction.text(
                "message 2retnuh: example.com has no a-long-name, derived-one, made, 31415 and same"
            ),
            "message ***: example.com has no a-long-name, ***, ***, *** and same"
        );
    }
}
