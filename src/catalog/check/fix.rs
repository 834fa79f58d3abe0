//! Mends what can be mended without a doubt: single words of a descriptor, each where its problem stands.
//!
//! Everything around a word stays as it is. A change is kept only if the file, read again, no longer has the problem, nor a
//! new one; a document that cannot be read has no problems of this sort, so it is never touched.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use crate::catalog::descriptor::{Scope, read};
use crate::catalog::format;
use crate::catalog::kind::{BUILT_IN, LIFECYCLES, versions};
use crate::catalog::problem::{Problem, rule};
use crate::catalog::scalar;
use crate::catalog::yaml::Value;

/// How many words of one file are mended in one go.
const MOST_CHANGES: usize = 200;

/// One word that was mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The line; the first is 1.
    pub line: u32,
    /// The column, in characters; the first is 1.
    pub column: u32,
    /// The rule that the word did not keep.
    pub rule: String,
    /// The word as it was.
    pub before: String,
    /// The word as it is now.
    pub after: String,
}

/// The text with everything mended that can be, and what was done.
pub fn fix(text: &str) -> (String, Vec<Change>) {
    let mut text = text.to_owned();
    let mut changes: Vec<Change> = Vec::new();
    let mut left: BTreeSet<(u32, u32)> = BTreeSet::new();
    let mut problems = problems_of(&text);
    while changes.len() < MOST_CHANGES {
        let next = problems.iter().find(|problem| {
            rule::find(&problem.rule).is_some_and(|rule| rule.fixable)
                && !left.contains(&(problem.line, problem.column))
        });
        let Some(problem) = next else {
            break;
        };
        left.insert((problem.line, problem.column));
        let Some((range, after)) = mended(&text, problem) else {
            continue;
        };
        let mut candidate = text.clone();
        candidate.replace_range(range.clone(), &after);
        let now = problems_of(&candidate);
        if !is_better(problem, &problems, &now) {
            continue;
        }
        changes.push(Change {
            line: problem.line,
            column: problem.column,
            rule: problem.rule.clone(),
            before: text[range].to_owned(),
            after,
        });
        (text, problems) = (candidate, now);
    }
    (text, changes)
}

fn problems_of(text: &str) -> Vec<Problem> {
    read("", text.as_bytes(), Scope::Descriptor).problems
}

/// Whether the problem is gone and no other came. A kind or version that is put right may bring others to light, for what
/// a kind asks for can be seen only then.
fn is_better(problem: &Problem, before: &[Problem], now: &[Problem]) -> bool {
    let place = |problem: &Problem| (problem.rule.clone(), problem.line);
    let known: BTreeSet<(String, u32)> = before.iter().map(place).collect();
    let count = |problems: &[Problem]| {
        let same = problems
            .iter()
            .filter(|other| place(other) == place(problem));
        same.count()
    };
    let uncovers = matches!(&*problem.rule, rule::KIND_SPELLING | rule::API_VERSION);
    count(now) < count(before)
        && (uncovers || now.iter().all(|other| known.contains(&place(other))))
}

/// Where the word of a problem stands in the text, and what to write there.
fn mended(text: &str, problem: &Problem) -> Option<(Range<usize>, String)> {
    let start = offset(text, problem.line, problem.column)?;
    let rest = text.get(start..)?.lines().next()?;
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    let word = if let Some(quote) = quote {
        rest[1..].split_once(quote)?.0
    } else {
        let end = rest.find(|c: char| c.is_whitespace() || ",]}".contains(c));
        &rest[..end.unwrap_or(rest.len())]
    };
    if word.is_empty() || word.contains(['\\', '"', '\'']) {
        return None;
    }
    let after = better(&problem.rule, word, quote.is_some())?;
    let start = start + usize::from(quote.is_some());
    Some((start..start + word.len(), after))
}

/// What an author can only have meant by a word that breaks the rule.
fn better(name: &str, word: &str, quoted: bool) -> Option<String> {
    let in_case = |known: &[&str]| {
        let meant = known
            .iter()
            .find(|known| known.eq_ignore_ascii_case(word))?;
        Some((*meant).to_owned())
    };
    match name {
        rule::KIND_SPELLING => in_case(&BUILT_IN),
        rule::API_VERSION => {
            in_case(versions("Component")).or_else(|| in_case(versions("Template")))
        }
        rule::LIFECYCLE_SPELLING => in_case(&LIFECYCLES),
        rule::TAG_FORMAT => Some(word.to_lowercase()).filter(|tag| format::is_tag(tag)),
        rule::ANNOTATION_FORMAT | rule::FIELD_TYPE if !quoted => {
            let value = scalar::core(Cow::Borrowed(word));
            matches!(value, Value::Number(..) | Value::Bool(_)).then(|| format!("\"{word}\""))
        }
        _ => None,
    }
}

/// The byte at which a line and column stand. A byte order mark is no character of the first line.
fn offset(text: &str, line: u32, column: u32) -> Option<usize> {
    let mut start = text.len() - text.trim_start_matches('\u{FEFF}').len();
    for _ in 1..line {
        start += text[start..].find('\n')? + 1;
    }
    let skipped = column.saturating_sub(1) as usize;
    let (at, _) = text[start..].char_indices().nth(skipped)?;
    Some(start + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(text: &str) -> String {
        let (after, changes) = fix(text);
        assert_eq!(fix(&after), (after.clone(), Vec::new()), "twice is once");
        let lines = changes.iter().map(|change| {
            let Change {
                line,
                column,
                rule,
                before,
                after,
            } = change;
            format!("{line}:{column} {rule}: {before} -> {after}\n")
        });
        format!("{}{after}", lines.collect::<String>())
    }

    #[test]
    fn single_words_are_mended_and_all_else_stays() {
        let text = "# ours\napiVersion: Backstage.io/v1alpha1 # first\nkind:   'component'\nmetadata:\n  name: a\n  tags: [Java, 'Go', Spring Boot]\n  annotations: {acme.com/on: true, acme.com/cost:   4711}  # money\nspec: {type: service, lifecycle: Production, owner: pay}\n";
        insta::assert_snapshot!(fixed(text), @r#"
        2:13 api-version: Backstage.io/v1alpha1 -> backstage.io/v1alpha1
        3:9 kind-spelling: component -> Component
        7:30 annotation-format: true -> "true"
        7:55 annotation-format: 4711 -> "4711"
        6:10 tag-format: Java -> java
        6:16 tag-format: Go -> go
        8:34 lifecycle-spelling: Production -> production
        # ours
        apiVersion: backstage.io/v1alpha1 # first
        kind:   'Component'
        metadata:
          name: a
          tags: [java, 'go', Spring Boot]
          annotations: {acme.com/on: "true", acme.com/cost:   "4711"}  # money
        spec: {type: service, lifecycle: production, owner: pay}
        "#);
    }

    #[test]
    fn what_cannot_be_read_or_known_is_left_alone() {
        for text in [
            "kind: component\napiVersion: [\n",
            "apiVersion: backstage.io/v1alpha1\nkind: Sytem\nmetadata: {name: a}\nspec: {owner: o}\n",
            "apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: a b}\nspec: {memberOf: 5}\n",
        ] {
            assert_eq!(fixed(text), text);
        }
        let windows = "\u{FEFF}kind: user\r\napiVersion: backstage.io/v1alpha1\r\nmetadata: {name: a}\r\nspec: {memberOf: []}\r\n";
        assert_eq!(fix(windows).0, windows.replace("user", "User"));
    }
}
