//! What is wrong with a file, said so that its author can mend it.

pub mod rule;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::reference::EntityRef;

/// How many characters of a line an excerpt shows.
const EXCERPT_WIDTH: usize = 120;
/// How many characters of the author's text a sentence repeats.
const QUOTE_LENGTH: usize = 60;

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The document is not taken; the last good version of it stays.
    Error,
    /// The document is taken, but somebody should look at it.
    Warning,
}

/// One thing that is wrong in one place of one file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// The path of the file within its source.
    pub file: String,
    /// The line; the first is 1.
    pub line: u32,
    /// The column, in characters; the first is 1.
    pub column: u32,
    /// Error or warning.
    pub severity: Severity,
    /// The rule's stable name, like `name-format` or `yaml-syntax`; all names stand in [`rule::RULES`].
    pub rule: String,
    /// A full sentence: what is wrong and how to mend it.
    pub message: String,
    /// The entity it is about, as far as that can be told.
    pub entity: Option<String>,
}

impl Problem {
    /// A problem at the beginning of a line, about no entity that could be told.
    pub fn at(
        file: &str,
        line: u32,
        severity: Severity,
        rule: &str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            file: file.to_owned(),
            line,
            column: 1,
            severity,
            rule: rule.to_owned(),
            message: message.into(),
            entity: None,
        }
    }

    /// The same problem, about this entity.
    #[must_use]
    pub fn about(self, entity: &EntityRef) -> Self {
        Self {
            entity: Some(entity.to_string()),
            ..self
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let Self {
            file,
            line,
            column,
            rule,
            message,
            ..
        } = self;
        // The name of a file may hold anything, and must not break the line nor command a terminal.
        let file = file.replace(char::is_control, "\u{FFFD}");
        write!(f, "{file}:{line}:{column}: {severity}[{rule}]: {message}")
    }
}

/// Shows the problem's line in the file's text, the lines around it, and a caret below the column.
///
/// Long lines are cut around the caret, tabs and control characters take one column. The result ends in a line
/// break; it is empty when the text has no such line.
pub fn excerpt(source: &str, problem: &Problem) -> String {
    use fmt::Write as _;
    let wanted = problem.line.max(1) as usize - 1;
    let first = wanted.saturating_sub(1);
    let lines: Vec<&str> = source
        .lines()
        .skip(first)
        .take(wanted - first + 2)
        .collect();
    let Some(line) = lines.get(wanted - first) else {
        return String::new();
    };
    // A column beyond the line's end points just behind it.
    let column = (problem.column.max(1) as usize - 1).min(line.chars().count());
    let gutter = (first + lines.len()).to_string().len();
    let cut = column.saturating_sub(EXCERPT_WIDTH * 2 / 3);
    let mut shown = String::new();
    for (offset, line) in lines.iter().enumerate() {
        let number = first + offset + 1;
        let text = window(line, cut);
        // Writing to a string cannot fail.
        let _ = writeln!(
            shown,
            "{}",
            format!("{number:>gutter$} | {text}").trim_end()
        );
        if number == wanted + 1 {
            let caret = column - cut + usize::from(cut > 0);
            let _ = writeln!(shown, "{:>gutter$} | {:caret$}^", "", "");
        }
    }
    shown
}

/// The author's text in quotation marks, control characters escaped, cut where it is long.
pub(super) fn quote(text: &str) -> String {
    match text.char_indices().nth(QUOTE_LENGTH) {
        Some((end, _)) => format!("{:?}", format!("{}…", &text[..end])),
        None => format!("{text:?}"),
    }
}

/// The known word that is spelled most nearly like `word`, where one is near enough to be meant.
pub fn near<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    // Nobody needs a distance over a long text, and it is quadratic.
    if word.len() > 64 {
        return None;
    }
    let lower = word.to_lowercase();
    known
        .into_iter()
        .map(|candidate| {
            (
                strsim::osa_distance(&lower, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, candidate)| {
            let shortest = lower.len().min(candidate.len());
            *candidate != word && *distance <= shortest.saturating_sub(1) / 3 && *distance <= 2
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A line from the character `cut` on, at most [`EXCERPT_WIDTH`] of it, with marks where something is left out.
fn window(line: &str, cut: usize) -> String {
    let mut characters = line.chars().skip(cut);
    let mut text = String::new();
    if cut > 0 {
        text.push('…');
    }
    text.extend(characters.by_ref().take(EXCERPT_WIDTH).map(|c| match c {
        '\t' => ' ',
        c if c.is_control() => '\u{FFFD}',
        c => c,
    }));
    if characters.next().is_some() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(line: u32, column: u32) -> Problem {
        Problem {
            file: "a/catalog-info.yaml".to_owned(),
            line,
            column,
            severity: Severity::Error,
            rule: rule::NAME_FORMAT.to_owned(),
            message: "The name is wrong.".to_owned(),
            entity: None,
        }
    }

    #[test]
    fn a_problem_is_one_line_that_editors_can_follow() {
        assert_eq!(
            problem(4, 9).to_string(),
            "a/catalog-info.yaml:4:9: error[name-format]: The name is wrong."
        );
    }

    #[test]
    fn an_excerpt_points_at_the_column() {
        let source = "kind: X\nmetadata:\n\tname: a b\nspec:\nmore\n";
        insta::assert_snapshot!(excerpt(source, &problem(3, 8)), @"
        2 | metadata:
        3 |  name: a b
          |        ^
        4 | spec:
        ");
    }

    #[test]
    fn an_excerpt_at_the_edges_of_a_file() {
        assert_eq!(excerpt("one", &problem(1, 1)), "1 | one\n  | ^\n");
        assert_eq!(
            excerpt("one\r\ntwo\r\n", &problem(2, 90)),
            "1 | one\n2 | two\n  |    ^\n"
        );
        assert_eq!(excerpt("", &problem(1, 1)), "");
        assert_eq!(excerpt("one", &problem(7, 1)), "");
        assert_eq!(excerpt("one", &problem(0, 0)), "1 | one\n  | ^\n");
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret() {
        let source = format!("{}!{}", "a".repeat(500), "b".repeat(500));
        let shown = excerpt(&source, &problem(1, 501));
        let lines: Vec<&str> = shown.lines().collect();
        let caret = lines[1].chars().position(|c| c == '^').expect("a caret");
        assert_eq!(lines[0].chars().nth(caret), Some('!'));
        assert!(lines[0].chars().count() < 130, "{}", lines[0]);
    }

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let kinds = ["Component", "API", "User", "Group"];
        assert_eq!(near("component", kinds), Some("Component"));
        assert_eq!(near("Componnet", kinds), Some("Component"));
        assert_eq!(near("Groups", kinds), Some("Group"));
        assert_eq!(near("APP", kinds), None);
        assert_eq!(near("Component", kinds), None);
        assert_eq!(near("Product", kinds), None);
    }
}
