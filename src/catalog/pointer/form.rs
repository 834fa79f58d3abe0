//! What a word looks like, before anybody asks whether there is such a thing.

use super::address::{self, Address};

/// The looks of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// An address on the web or of a repository.
    Address(Address),
    /// A path with folders, like `payments/src/main.rs`, or a glob of such.
    Path {
        /// Its parts, without `.` and empty ones.
        parts: Vec<String>,
        /// Whether it is a glob.
        glob: bool,
        /// Whether it begins at the root of a machine, like `/app/main.py` or `C:\app`.
        absolute: bool,
    },
    /// A package of an organisation, like `@acme/payments-client`.
    Scoped {
        /// The organisation.
        scope: String,
        /// The package.
        name: String,
    },
    /// Words between dots, like `com.acme.payments.Ledger` or `payments.prod.acme.example`.
    Dotted {
        /// The words.
        words: Vec<String>,
        /// What stands behind a colon: an artifact's name or a port.
        behind: Option<String>,
    },
    /// The beginning of a path of code, like `payments` of `payments::ledger::book`.
    Code(String),
    /// A single word.
    Word(String),
}

/// No word that is looked at is longer, in bytes.
pub const LONGEST: usize = 1024;

/// The most parts of a path that are looked at.
const MOST_PARTS: usize = 64;

/// Reads a word. Any text will do.
pub fn read(text: &str) -> Option<Form> {
    let text = bare(text);
    if text.is_empty() || text.len() > LONGEST || text.contains(char::is_whitespace) {
        return None;
    }
    if let Some(address) = address::read(text) {
        return Some(Form::Address(address));
    }
    if text.contains("://") {
        return None;
    }
    if let Some((scope, rest)) = text.strip_prefix('@').and_then(|rest| rest.split_once('/')) {
        let name = rest.split(['/', '@', ':']).next().unwrap_or_default();
        return (!scope.is_empty() && !name.is_empty()).then(|| Form::Scoped {
            scope: scope.to_lowercase(),
            name: name.to_lowercase(),
        });
    }
    if text.contains(['/', '\\']) {
        return path(text);
    }
    if let Some((first, _)) = text.split_once("::") {
        let first = first.trim_start_matches('<');
        return is_identifier(first).then(|| Form::Code(first.to_owned()));
    }
    let (head, behind) = match text.split_once(':') {
        Some((head, behind)) => (head, Some(behind.split(':').next().unwrap_or_default())),
        None => (text, None),
    };
    if head.contains('.') {
        let words: Vec<String> = head
            .split('.')
            .take(MOST_PARTS)
            .map(str::to_owned)
            .collect();
        let good = words.len() >= 2 && words.iter().all(|word| is_identifier(word));
        return good.then(|| Form::Dotted {
            words,
            behind: behind
                .filter(|behind| !behind.is_empty())
                .map(str::to_owned),
        });
    }
    // Behind a word only a port or a line may stand; `component:payments` is a reference.
    let number = |behind: &str| behind.bytes().all(|byte| byte.is_ascii_digit());
    (is_identifier(head) && behind.is_none_or(number)).then(|| Form::Word(head.to_owned()))
}

/// The names that the pods of a workload bear in front of what tells them apart, the likeliest first:
/// `payments` of `payments-7d9f8b6c5-x2x4q`, of `payments-0` and of `payments-x2x4q`.
pub fn workloads(pod: &str) -> Vec<&str> {
    // What Kubernetes makes random names of: no vowels, and nothing that looks like something else.
    let random = |part: &str| {
        part.bytes()
            .all(|byte| b"bcdfghjklmnpqrstvwxz2456789".contains(&byte))
    };
    let hash = |part: &str| {
        (6..=10).contains(&part.len())
            && part.bytes().any(|byte| byte.is_ascii_digit())
            && (random(part) || part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let Some((before, last)) = pod.rsplit_once('-') else {
        return Vec::new();
    };
    let mut names = Vec::new();
    if last.len() == 5 && random(last) {
        if let Some((name, middle)) = before.rsplit_once('-')
            && hash(middle)
        {
            names.push(name);
        } else {
            names.push(before);
        }
    } else if hash(last)
        || !last.is_empty() && last.len() <= 3 && last.bytes().all(|byte| byte.is_ascii_digit())
    {
        names.push(before);
    }
    names.retain(|name| name.len() >= 2);
    names
}

/// A word without what stands around it in a sentence, and without the place in the file that it may name.
pub fn bare(text: &str) -> &str {
    let around = |letter: char| {
        letter.is_whitespace()
            || letter.is_control()
            || matches!(
                letter,
                '"' | '\'' | '`' | '<' | '>' | '(' | ')' | ',' | ';' | '|' | '=' | '\u{2018}'
                    ..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{2026}'
            )
    };
    let text = text.trim_matches(around);
    // Brackets and braces belong to globs and to the routes of web frameworks; alone they do not.
    let text = text.trim_end_matches(['.', ':', '!', '?']);
    let text = if text.contains('{') {
        text
    } else {
        text.trim_end_matches('}')
    };
    let text = if text.contains('[') {
        text
    } else {
        text.trim_end_matches(']')
    };
    let text = if text.contains('}') {
        text
    } else {
        text.trim_start_matches('{')
    };
    if text.contains(']') {
        text
    } else {
        text.trim_start_matches('[')
    }
}

fn path(text: &str) -> Option<Form> {
    let text = text.replace('\\', "/");
    let text = without_line(&text);
    let drive = text.get(1..2) == Some(":") && text.as_bytes()[0].is_ascii_alphabetic();
    let absolute = text.starts_with(['/', '~']) || drive;
    let text = if drive { &text[2..] } else { text };
    let parts: Vec<String> = text
        .split('/')
        .filter(|part| !matches!(*part, "" | "." | "~"))
        .take(MOST_PARTS)
        .map(str::to_owned)
        .collect();
    if parts.is_empty() || parts.iter().any(|part| part == "..") {
        return None;
    }
    Some(Form::Path {
        glob: text.contains(['*', '?', '[', '{']),
        parts,
        absolute,
    })
}

/// A path without `:12:7`, `#L12` or `(12,7)` at its end.
fn without_line(path: &str) -> &str {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let path = match path.rsplit_once("#L") {
        Some((before, _)) => before,
        None => path,
    };
    let mut path = path;
    while let Some((before, after)) = path.rsplit_once(':')
        && number(after)
        && before.contains('/')
    {
        path = before;
    }
    path
}

/// Whether a word could be a name: letters and digits, and what stands between them.
fn is_identifier(word: &str) -> bool {
    word.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_')
        && word
            .chars()
            .all(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '$' | '+'))
}
