//! Patterns of paths, as Backstage's steps read them (npm `globby` 11 over `fast-glob` and `micromatch`).

use std::fmt::Write as _;

use regex_automata::meta::Regex;

use super::tree::{Node, Tree};

/// More alternatives than these are an attack or a mistake.
const MOST: usize = 1_000;

/// A list of patterns; one that begins with `!` takes away what those before it match.
pub struct Patterns {
    rules: Vec<(bool, Vec<Regex>)>,
}

impl Patterns {
    /// Reads patterns for what stands in this tree: one that is the path of a folder means all that is in it.
    pub fn read(patterns: &[String], tree: &Tree) -> Self {
        let rules = patterns.iter().map(|pattern| {
            let (takes, pattern) = match pattern.strip_prefix('!') {
                Some(pattern) => (false, pattern),
                None => (true, pattern.as_str()),
            };
            let plain = pattern.trim_end_matches('/').trim_start_matches("./");
            let is_folder = !plain.is_empty() && tree.get(plain) == Some(&Node::Folder);
            let pattern = if is_folder {
                format!("{plain}/**")
            } else {
                pattern.to_owned()
            };
            (takes, regexes(&pattern))
        });
        Self {
            rules: rules.collect(),
        }
    }

    /// Whether they match a path.
    pub fn match_path(&self, path: &str) -> bool {
        let mut matches = false;
        for (takes, regexes) in &self.rules {
            if regexes.iter().any(|regex| regex.is_match(path)) {
                matches = *takes;
            }
        }
        matches
    }
}

/// What one pattern means; nothing where it can match nothing.
fn regexes(pattern: &str) -> Vec<Regex> {
    let mut alternatives = Vec::new();
    braces(pattern, &mut alternatives);
    alternatives
        .iter()
        .filter_map(|pattern| Regex::new(&expression(pattern)?).ok())
        .collect()
}

/// Writes out what stands in braces: `a{b,c}` as `ab` and `ac`, `{1..3}` as `1`, `2` and `3`.
fn braces(pattern: &str, into: &mut Vec<String>) {
    let Some((open, close)) = pair(pattern) else {
        if into.len() < MOST {
            into.push(pattern.to_owned());
        }
        return;
    };
    let (before, inner, after) = (
        &pattern[..open],
        &pattern[open + 1..close],
        &pattern[close + 1..],
    );
    for part in parts(inner) {
        if into.len() >= MOST {
            return;
        }
        braces(&format!("{before}{part}{after}"), into);
    }
}

/// The first pair of braces that can be written out.
fn pair(pattern: &str) -> Option<(usize, usize)> {
    let mut open = Vec::new();
    let mut escaped = false;
    for (at, character) in pattern.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' => open.push(at),
            '}' => {
                if let Some(begin) = open.pop()
                    && open.is_empty()
                    && parts(&pattern[begin + 1..at]).len() > 1
                {
                    return Some((begin, at));
                }
            }
            _ => {}
        }
    }
    None
}

fn parts(inner: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    let mut escaped = false;
    for character in inner.chars() {
        match character {
            ',' if depth == 0 && !escaped => {
                parts.push(String::new());
                continue;
            }
            '{' if !escaped => depth += 1,
            '}' if !escaped => depth -= 1,
            _ => {}
        }
        escaped = character == '\\' && !escaped;
        if let Some(part) = parts.last_mut() {
            part.push(character);
        }
    }
    if parts.len() == 1
        && let Some((from, to)) = inner.split_once("..")
        && let (Ok(from), Ok(to)) = (from.parse::<i32>(), to.parse::<i32>())
        && from.abs_diff(to) < 1_000
    {
        let up = (from.min(to)..=from.max(to)).map(|number| number.to_string());
        return if from <= to {
            up.collect()
        } else {
            up.rev().collect()
        };
    }
    parts
}

/// The regular expression of a pattern without braces. `None`: it matches nothing.
fn expression(pattern: &str) -> Option<String> {
    let pattern = pattern.trim_start_matches("./");
    // What ends in a slash means folders alone.
    if pattern.starts_with('/') || pattern.ends_with('/') || pattern.is_empty() {
        return None;
    }
    let segments: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    let mut regex = String::from("^");
    let last = segments.len() - 1;
    for (number, part) in segments.into_iter().enumerate() {
        match part {
            ".." => return None,
            "." => {}
            "**" if number == last => regex.push_str(".+"),
            "**" => regex.push_str("(?:[^/]+/)*"),
            part => {
                segment(part, &mut regex)?;
                if number < last {
                    regex.push('/');
                }
            }
        }
    }
    regex.push('$');
    Some(regex)
}

fn segment(part: &str, regex: &mut String) -> Option<()> {
    let mut rest = part;
    let mut groups: Vec<char> = Vec::new();
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        match character {
            '*' | '+' | '@' | '?' if after.starts_with('(') => {
                regex.push_str("(?:");
                groups.push(character);
                rest = &after[1..];
                continue;
            }
            '*' => {
                regex.push_str("[^/]*");
                rest = after.trim_start_matches('*');
                continue;
            }
            '?' => regex.push_str("[^/]"),
            '|' if !groups.is_empty() => regex.push('|'),
            ')' if !groups.is_empty() => {
                regex.push(')');
                regex.push_str(match groups.pop() {
                    Some('*') => "*",
                    Some('+') => "+",
                    Some('?') => "?",
                    _ => "",
                });
            }
            // Braces that could not be written out, and bare parentheses, match nothing.
            '{' | '(' | ')' => return None,
            '[' => {
                // A bracket that closes at once is one of the characters.
                let first = after.chars().next().map_or(0, char::len_utf8);
                let Some(end) = after[first..].find(']').map(|end| end + first) else {
                    regex.push_str(r"\[");
                    rest = after;
                    continue;
                };
                let inner = &after[..end];
                let negated = inner.strip_prefix(['!', '^']);
                let class: String = negated
                    .unwrap_or(inner)
                    .chars()
                    .flat_map(|character| match character {
                        '\\' | '[' | ']' | '&' | '~' | '^' => vec!['\\', character],
                        character => vec![character],
                    })
                    .collect();
                let not = if negated.is_some() { "^/" } else { "" };
                // Writing to a text cannot fail.
                let literal = escape(&format!("[{inner}]"));
                let _ = write!(regex, "(?:[{not}{class}]|{literal})");
                rest = &after[end + 1..];
                continue;
            }
            '\\' => {
                let escaped = after.chars().next()?;
                if escaped.is_alphanumeric() {
                    return None;
                }
                regex.push_str(&escape(&escaped.to_string()));
                rest = &after[escaped.len_utf8()..];
                continue;
            }
            character => regex.push_str(&escape(&character.to_string())),
        }
        rest = after;
    }
    groups.is_empty().then_some(())
}

fn escape(text: &str) -> String {
    text.chars()
        .flat_map(|character| {
            let is_plain = character.is_alphanumeric() || !character.is_ascii();
            let before = (!is_plain).then_some('\\');
            before.into_iter().chain([character])
        })
        .collect()
}
