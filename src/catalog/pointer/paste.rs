//! Which words of a pasted text are worth a look: a stack trace, a log, an alert.

use std::collections::HashSet;

use super::fields::{Says, fields};
use super::form::{self, Form, read};
use super::{Named, Pointed, Target};
use crate::catalog::index::{Asking, Found, Why};
use crate::catalog::{Catalog, EntityRef};

/// A word of a text that may name something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate<'t> {
    /// The line, counted from 1; what fences off code is not counted.
    pub line: u32,
    /// The word, as it stands there.
    pub words: &'t str,
    /// How it is read.
    pub role: Role,
    /// How much it proves, up to 100.
    pub weight: u8,
}

/// How a word of a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// By its form.
    Form,
    /// As the name of something that runs.
    Name,
    /// As the name of a team.
    Team,
    /// As a namespace.
    Namespace,
}

/// So many things are named at most.
pub const MOST: usize = 5;

/// So many words of a text are looked up; what repeats counts once.
const MOST_CANDIDATES: usize = 4000;

/// So many teams of a text are looked up.
const MOST_TEAMS: usize = 8;

/// The words of a text that may name something, in their order, each once.
pub fn candidates(text: &str) -> Vec<Candidate<'_>> {
    let mut found: Vec<Candidate<'_>> = Vec::new();
    let mut seen: HashSet<(Role, &str)> = HashSet::new();
    let mut line = 0;
    for content in text.lines() {
        let trimmed = content.trim_start();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            // The question above a paste is not a line of it.
            if found.is_empty() {
                line = 0;
            }
            continue;
        }
        line += 1;
        for (role, words, weight) in in_line(content) {
            if found.len() < MOST_CANDIDATES && seen.insert((role, words)) {
                found.push(Candidate {
                    line,
                    words,
                    role,
                    weight,
                });
            }
        }
    }
    found
}

/// What a pasted text names of a catalog, the best first, each thing once.
pub fn named(catalog: &Catalog, text: &str) -> Vec<Named> {
    let mut found: Vec<(u8, Named)> = Vec::new();
    let mut teams = 0;
    for candidate in candidates(text) {
        let pointed = match candidate.role {
            Role::Form => catalog.points_to(candidate.words, false),
            Role::Name => {
                let called = catalog.runs_as(candidate.words);
                if called.is_empty() {
                    catalog.points_to(candidate.words, false)
                } else {
                    called
                }
            }
            Role::Namespace => catalog.alone_in(candidate.words).into_iter().collect(),
            Role::Team if teams < MOST_TEAMS => {
                teams += 1;
                team(catalog, candidate.words).into_iter().collect()
            }
            Role::Team => Vec::new(),
        };
        // What may be one of several is not named.
        let [pointed] = &pointed[..] else {
            continue;
        };
        let same = found
            .iter_mut()
            .find(|(_, named)| named.pointed.target == pointed.target);
        let named = Named {
            pointed: pointed.clone(),
            line: candidate.line,
            words: candidate.words.to_owned(),
        };
        match same {
            Some(known) if known.0 < candidate.weight => *known = (candidate.weight, named),
            Some(_) => {}
            None => found.push((candidate.weight, named)),
        }
    }
    found.sort_by_key(|(weight, named)| (std::cmp::Reverse(*weight), named.line));
    found.into_iter().map(|(_, named)| named).collect()
}

/// A group, by one of its names exactly.
fn team(catalog: &Catalog, name: &str) -> Option<Pointed> {
    let near = |_: &EntityRef| false;
    let asking = Asking {
        kinds: &["group"],
        near: &near,
    };
    match catalog.find(name, &asking) {
        Found::Sure(found)
            if matches!(
                found.why,
                Why::Reference | Why::Name | Why::Title | Why::Alias
            ) =>
        {
            Some(Pointed {
                target: Target::Entity(found.position),
                tie: super::Tie::Name,
            })
        }
        _ => None,
    }
}

fn in_line(line: &str) -> Vec<(Role, &str, u8)> {
    let mut found: Vec<(Role, &str, u8)> = Vec::new();
    for field in fields(line) {
        let role = match field.says {
            Says::Name => Role::Name,
            Says::Team => Role::Team,
            Says::Namespace => Role::Namespace,
            Says::Logger => Role::Form,
        };
        found.push((role, field.value, field.weight));
    }
    if let Some(name) = speaker(line) {
        found.push((Role::Name, name, 60));
    }
    let ends = |letter: char| {
        letter.is_whitespace()
            || matches!(
                letter,
                '"' | '\''
                    | '`'
                    | '<'
                    | '>'
                    | '('
                    | ')'
                    | ','
                    | ';'
                    | '|'
                    | '='
                    | '['
                    | ']'
                    | '{'
                    | '}'
            )
    };
    for word in line.split(ends) {
        if word.len() < 3 || word.len() > form::LONGEST {
            continue;
        }
        let bare = form::bare(word);
        // `deployment/payments`, as kubectl writes it.
        if let Some((kind, name)) = bare.split_once('/')
            && matches!(
                kind.split('.').next().unwrap_or(kind),
                "pod"
                    | "pods"
                    | "deployment"
                    | "deployments"
                    | "statefulset"
                    | "daemonset"
                    | "service"
                    | "svc"
                    | "cronjob"
                    | "job"
            )
            && !name.contains('/')
        {
            found.push((Role::Name, name, 95));
            continue;
        }
        if let Some(weight) = weight(bare) {
            found.push((Role::Form, bare, weight));
        }
    }
    found
}

/// How much a word proves by its form; nothing where it is only a word.
fn weight(word: &str) -> Option<u8> {
    // Most words of a text have none of these, and need not be read.
    if !word.contains(['-', '_', '.', '/', ':', '@', '\\']) {
        return None;
    }
    Some(match read(word)? {
        Form::Address(address)
            if address
                .repository
                .as_ref()
                .is_some_and(|repository| repository.certain) =>
        {
            92
        }
        Form::Address(_) => 80,
        Form::Path { glob: true, .. } => return None,
        Form::Path { .. } | Form::Scoped { .. } => 78,
        Form::Dotted { .. } => 75,
        Form::Code(_) => 70,
        Form::Word(word) if !form::workloads(&word).is_empty() => 72,
        // A word of everyday proves nothing, even where a service is called so.
        Form::Word(word) if word.contains(['-', '_']) => 50,
        Form::Word(_) => return None,
    })
}

/// Who writes a line of a log: `payments-1  | …`, `host payments[123]: …`, `… [payments] …`.
fn speaker(line: &str) -> Option<&str> {
    if let Some((name, _)) = line.split_once(" | ")
        && !name.trim().contains(' ')
    {
        return Some(name.trim()).filter(|name| !name.is_empty());
    }
    let begin = line.get(..line.floor_char_boundary(160)).unwrap_or(line);
    let words = begin.split_whitespace();
    for word in words.take(8) {
        if let Some((name, rest)) = word.split_once('[')
            && !name.is_empty()
            && rest
                .strip_suffix("]:")
                .is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
        {
            return Some(name);
        }
        if let Some(name) = word
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            && name.len() > 2
            && name.starts_with(|letter: char| letter.is_alphabetic())
        {
            return Some(name);
        }
    }
    None
}
