//! Reads what a person typed: a reference, a slug, an address, or words.

use crate::catalog::reference::EntityRef;

use super::synonyms::{is_filler, kind_of_word};
use super::words::LONGEST;

/// What somebody typed, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Typed {
    /// The whole, without quotes and white space around it.
    pub(super) text: String,
    /// The kind, in lower case, when it was written in front: `component:payments`.
    pub(super) kind: Option<String>,
    /// What stands before the name and a slash: a namespace or an organisation.
    pub(super) before: Option<String>,
    /// The name, or all of the words.
    pub(super) name: String,
}

impl Typed {
    /// Takes a text apart; a colon counts only behind a kind, one of `kinds` or of the usual words for one.
    pub(super) fn read(text: &str, kinds: &[Box<str>]) -> Self {
        let cut: String = text.chars().take(LONGEST).collect();
        let whole = without_wrapping(&cut);
        let whole = slug_of_address(whole).unwrap_or_else(|| whole.to_owned());
        let (kind, rest) = match whole.split_once(':') {
            Some((kind, rest)) if !kind.contains('/') => match known_kind(kind.trim(), kinds) {
                Some(kind) => (Some(kind), rest.trim()),
                None => (None, whole.as_str()),
            },
            _ => (None, whole.as_str()),
        };
        let (before, name) = match rest.rsplit_once('/') {
            Some((before, name)) if is_plain(before) && is_plain(name) => {
                (Some(before.to_lowercase()), name)
            }
            _ => (None, rest),
        };
        Self {
            name: name.to_owned(),
            before,
            kind,
            text: rest.to_owned(),
        }
    }

    /// The reference in normal form that this is for a kind, when it names a single thing.
    pub(super) fn reference(&self, kind: &str) -> Option<EntityRef> {
        let name = self.name.trim();
        (is_plain(name)
            && !self
                .before
                .as_ref()
                .is_some_and(|before| before.contains('/')))
        .then(|| EntityRef::new(kind, self.before.as_deref().unwrap_or("default"), name))
    }
}

/// What is left of a text without the words of the sentence around a name, and a kind that stood beside the name.
pub(super) fn without_sentence(text: &str) -> (&str, Option<&'static str>) {
    let kind_of = |word: &str| {
        let word = word.to_lowercase();
        kind_of_word(&word).or_else(|| says_component(&word).then_some("component"))
    };
    let rest = without_fillers(text);
    if let Some((first, behind)) = rest.split_once(char::is_whitespace)
        && let Some(kind) = kind_of(first)
    {
        return (without_fillers(behind.trim_start()), Some(kind));
    }
    if let Some((ahead, last)) = rest.rsplit_once(char::is_whitespace)
        && let Some(kind) = kind_of(last)
    {
        return (without_fillers(ahead.trim_end()), Some(kind));
    }
    (rest, None)
}

/// Whether people call a component so.
fn says_component(word: &str) -> bool {
    matches!(
        word,
        "service" | "services" | "svc" | "microservice" | "app" | "application"
    )
}

fn without_fillers(text: &str) -> &str {
    let mut rest = text;
    while let Some((first, behind)) = rest.split_once(char::is_whitespace)
        && is_filler(&first.to_lowercase())
    {
        rest = behind.trim_start();
    }
    while let Some((ahead, last)) = rest.rsplit_once(char::is_whitespace)
        && is_filler(&last.to_lowercase())
    {
        rest = ahead.trim_end();
    }
    rest
}

fn without_wrapping(text: &str) -> &str {
    let wraps = |letter: char| {
        letter.is_whitespace()
            || letter.is_control()
            || matches!(
                letter,
                '"' | '\''
                    | '`'
                    | '*'
                    | '<'
                    | '>'
                    | '('
                    | ')'
                    | '['
                    | ']'
                    | '{'
                    | '}'
                    | '?'
                    | '!'
                    | ','
                    | ';'
                    | '@'
                    | '#'
                    | '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{2026}'
            )
    };
    text.trim_matches(wraps)
        .trim_end_matches(['.', ':'])
        .trim_end()
}

/// `org/repo` of `https://host/org/repo.git`, `git@host:org/repo`, `host.example/org/repo` and the like.
fn slug_of_address(text: &str) -> Option<String> {
    let path = if let Some((_, after)) = text.split_once("://") {
        after.split_once('/')?.1
    } else if let Some(after) = text.strip_prefix("git@") {
        after.split_once(':')?.1
    } else {
        let (host, path) = text.split_once('/')?;
        let (_, end) = host.rsplit_once('.')?;
        let is_host = end.len() >= 2 && host.bytes().all(is_of_host);
        path.split_once('/').filter(|_| is_host).map(|_| path)?
    };
    let path = path.split(['?', '#']).next()?;
    // What follows `/-/`, or a view's name after the repository, is a page within it; groups may hold groups.
    let path = path.split("/-/").next()?;
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let views = [
        "blob", "tree", "raw", "src", "issues", "pull", "pulls", "wiki", "actions", "commits",
    ];
    let page = parts.iter().skip(2).position(|part| views.contains(part));
    parts.truncate(page.map_or(parts.len(), |page| page + 2));
    let slug = parts.join("/");
    let slug = slug.strip_suffix(".git").unwrap_or(&slug);
    slug.contains('/').then(|| slug.to_owned())
}

fn is_of_host(letter: u8) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, b'.' | b'-')
}

fn known_kind(word: &str, kinds: &[Box<str>]) -> Option<String> {
    let lower = word.to_lowercase();
    if kinds.iter().any(|kind| **kind == *lower) {
        return Some(lower);
    }
    if says_component(&lower) {
        return Some("component".to_owned());
    }
    kind_of_word(&lower).map(str::to_owned)
}

fn is_plain(part: &str) -> bool {
    !part.is_empty() && !part.contains(|letter: char| letter.is_whitespace() || letter == ':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        let typed = Typed::read(text, &["gadget".into()]);
        format!(
            "{:?} {:?} {:?}",
            typed.kind.unwrap_or_default(),
            typed.before.unwrap_or_default(),
            typed.name
        )
    }

    #[test]
    fn references_slugs_and_addresses_are_taken_apart() {
        assert_eq!(
            read("component:default/Payments"),
            r#""component" "default" "Payments""#
        );
        assert_eq!(read("team:payments"), r#""group" "" "payments""#);
        assert_eq!(read("gadget: x1"), r#""gadget" "" "x1""#);
        assert_eq!(read("note: payments"), r#""" "" "note: payments""#);
        assert_eq!(read("“acme/payments”?"), r#""" "acme" "payments""#);
        assert_eq!(
            read("https://forge.example.com/acme/payments.git"),
            r#""" "acme" "payments""#
        );
        assert_eq!(
            read("git@forge.example.com:acme/payments.git"),
            r#""" "acme" "payments""#
        );
        assert_eq!(
            read("forge.example.com/acme/payments/tree/main"),
            r#""" "acme" "payments""#
        );
        assert_eq!(read("node.js/payments"), r#""" "node.js" "payments""#);
        assert_eq!(read("payments / gateway"), r#""" "" "payments / gateway""#);
        assert_eq!(read(&"x".repeat(100_000)).len(), 200 + 8);
    }

    #[test]
    fn the_sentence_around_a_name_goes() {
        assert_eq!(
            without_sentence("the payments team"),
            ("payments", Some("group"))
        );
        assert_eq!(
            without_sentence("component payments"),
            ("payments", Some("component"))
        );
        assert_eq!(
            without_sentence("our payments gateway please"),
            ("payments gateway", None)
        );
        assert_eq!(without_sentence("team"), ("team", None));
    }
}
