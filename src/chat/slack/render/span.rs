//! Pieces of text with a look, and how they become the elements of a rich text.
//!
//! In a rich text, what is no element of its own is text: `<!channel>`, `:tada:` and `*bold*` show as they are
//! written. So data needs no escaping there, and can steer nothing.

use std::rc::Rc;

use anstyle::Effects;
use serde_json::{Value, json};
use url::Url;

use crate::chat::slack::limit::{ADDRESS, length};
use crate::message::markdown;

/// What an element takes beside its text, when the size of a message is reckoned.
const OVERHEAD: usize = 40;
/// What looks take, and each of them.
const STYLE: usize = 12;
const LOOK: usize = 16;
/// What all elements of one piece take beside their texts, at most.
const BESIDE: usize = 2_800;
/// Pieces are joined up to so many bytes: no element is longer than Slack's other texts may be.
const JOINED: usize = 3_000;

/// How a piece of text looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// Bold, italic, struck through.
    pub effects: Effects,
    /// It is to be typed or copied as it is.
    pub code: bool,
}

impl Look {
    /// The same look and something more.
    pub(super) fn and(self, effects: Effects) -> Self {
        Self {
            effects: self.effects | effects,
            ..self
        }
    }
}

/// A piece of text that looks the same throughout. A line break in it is a `\n`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub text: String,
    pub look: Look,
    /// The address this piece leads to.
    pub link: Option<Rc<str>>,
}

impl Span {
    /// A piece without any look.
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            look: Look::default(),
            link: None,
        }
    }

    /// A piece in bold.
    pub(super) fn bold(text: impl Into<String>) -> Self {
        Self {
            look: Look::default().and(Effects::BOLD),
            ..Self::plain(text)
        }
    }

    fn with_text(&self, text: &str) -> Self {
        Self {
            text: text.to_owned(),
            look: self.look,
            link: self.link.clone(),
        }
    }

    fn cost(&self) -> usize {
        self.beside() + length(&self.text)
    }

    /// What it takes beside its text: its structure, its address, its looks.
    fn beside(&self) -> usize {
        let looks = self.look.effects.iter().count() + usize::from(self.look.code);
        let style = if looks > 0 { STYLE + looks * LOOK } else { 0 };
        OVERHEAD + self.link.as_deref().map_or(0, length) + style
    }

    fn element(&self) -> Value {
        let mut element = match &self.link {
            Some(address) => json!({"type": "link", "url": **address, "text": self.text}),
            None => json!({"type": "text", "text": self.text}),
        };
        let has = |effect| self.look.effects.contains(effect);
        let mut style = serde_json::Map::new();
        let looks = [
            ("bold", has(Effects::BOLD)),
            ("italic", has(Effects::ITALIC)),
            ("strike", has(Effects::STRIKETHROUGH)),
            ("code", self.look.code),
        ];
        for (name, _) in looks.into_iter().filter(|(_, on)| *on) {
            style.insert(name.to_owned(), Value::Bool(true));
        }
        if !style.is_empty() {
            element["style"] = Value::Object(style);
        }
        element
    }
}

/// Takes control characters out of text; line breaks stay.
pub(super) fn clean(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(markdown::plain).collect();
    let mut clean = lines.join("\n");
    if text.ends_with('\n') {
        clean.push('\n');
    }
    clean
}

/// Puts a piece at the end of others, joined with the last one when both look the same.
pub(super) fn append(spans: &mut Vec<Span>, span: Span) {
    if span.text.is_empty() {
        return;
    }
    match spans.last_mut() {
        Some(last)
            if last.look == span.look
                && last.link == span.link
                && last.text.len() + span.text.len() <= JOINED =>
        {
            last.text.push_str(&span.text);
        }
        _ => spans.push(span),
    }
}

/// Puts pieces at the end of others.
pub(super) fn append_all(spans: &mut Vec<Span>, more: impl IntoIterator<Item = Span>) {
    for span in more {
        append(spans, span);
    }
}

/// Takes blanks off both ends.
pub(super) fn trim(mut spans: Vec<Span>) -> Vec<Span> {
    while let Some(last) = spans.last_mut() {
        last.text.truncate(last.text.trim_end().len());
        if !last.text.is_empty() {
            break;
        }
        spans.pop();
    }
    while let Some(first) = spans.first_mut() {
        first.text = first.text.trim_start().to_owned();
        if !first.text.is_empty() {
            break;
        }
        spans.remove(0);
    }
    spans
}

/// The elements of a rich text.
pub(super) fn elements(spans: &[Span]) -> Vec<Value> {
    spans.iter().map(Span::element).collect()
}

/// What spans take of a message.
pub(super) fn cost(spans: &[Span]) -> usize {
    spans.iter().map(Span::cost).sum()
}

/// What spans say, without their look. Addresses stand in brackets behind their labels, if they are wanted.
pub(super) fn words(spans: &[Span], addresses: bool) -> String {
    let mut words = String::new();
    for (position, span) in spans.iter().enumerate() {
        // A code span that holds a blank would not show where it begins and ends.
        if span.look.code && span.text.contains(' ') {
            words.push('`');
            words.push_str(&span.text);
            words.push('`');
        } else {
            words.push_str(&span.text);
        }
        let Some(address) = span.link.as_deref().filter(|_| addresses) else {
            continue;
        };
        let goes_on = spans
            .get(position + 1)
            .is_some_and(|next| next.link == span.link);
        let bare = address.strip_prefix("mailto:").unwrap_or(address);
        if !goes_on && !span.text.ends_with(bare) {
            words.push_str(" (");
            words.push_str(address);
            words.push(')');
        }
    }
    words
}

/// Splits spans into parts of at most so many units of text, between words where that can be, and of no more elements than a
/// message holds beside others.
pub(super) fn split(spans: Vec<Span>, most: usize) -> Vec<Vec<Span>> {
    let mut parts = Vec::new();
    let mut part = Vec::new();
    let mut left = most;
    let mut beside = 0;
    for span in spans {
        if !part.is_empty() && beside + span.beside() > BESIDE {
            parts.push(std::mem::take(&mut part));
            (left, beside) = (most, 0);
        }
        beside += span.beside();
        let mut rest = span.text.as_str();
        while length(rest) > left {
            // A word that does not fit any more goes to the next part as a whole, if that holds it.
            let place = place_to_split(rest, left);
            let (head, tail) = rest.split_at(place.unwrap_or(if part.is_empty() {
                rest.floor_char_boundary(hard_end(rest, left).max(4))
            } else {
                0
            }));
            append(&mut part, span.with_text(head));
            parts.push(std::mem::take(&mut part));
            rest = tail;
            (left, beside) = (most, span.beside());
        }
        append(&mut part, span.with_text(rest));
        left -= length(rest);
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

/// The byte behind the last break between words that fits, if there is one.
fn place_to_split(text: &str, most: usize) -> Option<usize> {
    let head = &text[..hard_end(text, most)];
    let at = head.rfind('\n').or_else(|| head.rfind(' '))?;
    Some(at + 1)
}

/// The byte at which a text is as long as it may be.
fn hard_end(text: &str, most: usize) -> usize {
    let mut units = 0;
    let over = text.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > most
    });
    over.map_or(text.len(), |(at, _)| at)
}

/// An address that Slack may lead to.
pub(super) fn followed(address: &str) -> Option<&str> {
    let known = ["https://", "http://", "mailto:"]
        .iter()
        .any(|scheme| address.starts_with(scheme));
    let fits = !address.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>'))
        && markdown::plain(address) == address
        && length(address) <= ADDRESS
        && Url::parse(address).is_ok();
    (known && fits).then_some(address)
}

/// Whether a label reads like an address, but of another place than the one it leads to.
pub(super) fn misleads(label: &str, address: &str) -> bool {
    let host = |address: &str| {
        let url = Url::parse(address).ok()?;
        Some(url.host_str()?.trim_start_matches("www.").to_owned())
    };
    let goes_to = host(address);
    label
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | ',' | '"'))
        .filter_map(|word| {
            if word.contains("://") {
                return Some(host(word));
            }
            let name = word.split(['/', ':', '?', '#']).next().unwrap_or_default();
            let is_name =
                word.starts_with("www.") || (is_host(name) && word[name.len()..].starts_with('/'));
            is_name.then(|| host(&format!("https://{word}")))
        })
        .any(|claimed| claimed.is_none() || claimed != goes_to)
}

/// Whether a word could be the name of a host, like `pay.example.com`.
fn is_host(name: &str) -> bool {
    let Some((before, last)) = name.rsplit_once('.') else {
        return false;
    };
    last.len() > 1
        && last.chars().all(|c| c.is_ascii_alphabetic())
        && before
            .split('.')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_split_between_words_and_never_within_a_letter() {
        let spans = vec![Span::plain("one two "), Span::bold("three🚀🚀🚀")];
        let parts: Vec<String> = split(spans, 10)
            .iter()
            .map(|part| words(part, false))
            .collect();
        assert_eq!(parts, ["one two ", "three🚀🚀", "🚀"]);
        let parts: Vec<String> = split(vec![Span::plain("one two three")], 9)
            .iter()
            .map(|part| words(part, false))
            .collect();
        assert_eq!(parts, ["one two ", "three"]);
    }

    #[test]
    fn a_label_does_not_pretend_to_lead_elsewhere() {
        assert!(misleads("https://bank.com", "https://evil.com/x"));
        assert!(misleads("www.bank.com", "https://evil.com"));
        assert!(misleads("see bank.com/login", "https://evil.com"));
        assert!(misleads(
            "https://bank.com@evil.com/ https://x.y",
            "https://evil.com"
        ));
        assert!(!misleads(
            "https://www.e.com/docs",
            "https://e.com/docs?x=1"
        ));
        assert!(!misleads(
            "catalog-info.yaml:12",
            "https://github.com/acme/pay"
        ));
        assert!(!misleads("docs/README.md", "https://github.com/acme/pay"));
        assert!(!misleads(
            ".github/CODEOWNERS",
            "https://github.com/acme/pay"
        ));
        assert!(!misleads("Runbook", "https://e.com"));
    }

    #[test]
    fn only_web_and_mail_addresses_are_followed() {
        assert!(followed("https://e.com/a?b=c&d").is_some());
        assert!(followed("mailto:pay@e.com").is_some());
        assert!(followed("javascript:alert(1)").is_none());
        assert!(followed("https://e.com/<b").is_none());
        assert!(followed("https://").is_none());
        assert!(followed(&format!("https://e.com/{}", "x".repeat(3_000))).is_none());
    }
}
