//! How problems are written for people and for GitHub Actions.

use std::collections::BTreeMap;

use crate::catalog::problem::{Problem, Severity, excerpt};
use crate::cli::output;

/// The problems with excerpts of their files, and how many there are.
pub(in crate::cli) fn text(
    problems: &[Problem],
    texts: &BTreeMap<String, String>,
    errors: usize,
) -> String {
    let mut files: BTreeMap<&str, Option<String>> = BTreeMap::new();
    let mut text = String::new();
    for problem in problems {
        let source = files.entry(&problem.file).or_insert_with(|| {
            texts.get(&problem.file).cloned().or_else(|| {
                let bytes = std::fs::read(&problem.file).ok()?;
                Some(String::from_utf8_lossy(&bytes).into_owned())
            })
        });
        text.push_str(&problem.to_string());
        text.push('\n');
        if let Some(source) = source {
            text.push_str(&excerpt(source, problem));
            text.push('\n');
        }
    }
    let warnings = problems.len() - errors;
    if problems.is_empty() {
        text.push_str("Everything is good.");
    } else {
        let errors = output::count(errors, "error", "errors");
        text.extend([
            &errors,
            " and ",
            &output::count(warnings, "warning", "warnings"),
            ".",
        ]);
    }
    text
}

/// The problems as workflow commands of GitHub Actions, with their escapes.
pub(super) fn annotations(problems: &[Problem]) -> String {
    problems.iter().map(annotation).collect()
}

fn annotation(problem: &Problem) -> String {
    let data = |text: &str| {
        text.replace('%', "%25")
            .replace('\r', "%0D")
            .replace('\n', "%0A")
    };
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let kind = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    format!(
        "::{kind} file={},line={},col={},title={}::{}\n",
        property(&problem.file),
        problem.line,
        problem.column,
        property(&problem.rule),
        data(&problem.message)
    )
}
