//! What is wrong with rules, said so that their author can mend it.

use std::fmt;
use std::path::Path;

use crate::config::PolicyConfig;

/// What stands in place of a file where something has come from the environment or from several places.
const CONFIGURATION: &str = "the configuration";

/// One thing that is wrong with a rule, or with a file of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file; none for what the environment says.
    pub file: Option<String>,
    /// The line; the first is 1.
    pub line: u32,
    /// A sentence: what is wrong and how to mend it.
    pub message: String,
}

impl Problem {
    /// A problem of the configuration, wherever it stands there.
    pub(super) fn of_configuration(message: String) -> Self {
        Self {
            file: None,
            line: 1,
            message,
        }
    }

    /// A problem in a line of a file.
    pub(super) fn of_file(file: &Path, line: u32, message: String) -> Self {
        Self {
            file: Some(file.display().to_string()),
            line,
            message,
        }
    }

    /// A problem of a rule.
    pub(super) fn of_rule(rule: &PolicyConfig, message: String) -> Self {
        Self {
            file: rule.at.as_ref().map(|at| at.file.clone()),
            line: rule.at.as_ref().map_or(1, |at| at.line),
            message,
        }
    }

    /// Where it is, without the folders of the file, which are nobody's business in a chat: `policy.toml:7`.
    pub fn place(&self) -> String {
        place(self.file.as_deref(), self.line)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            message,
        } = self;
        match file {
            // The name of a file may hold anything, and must not break the line nor command a terminal.
            Some(file) => {
                let file = file.replace(char::is_control, "\u{FFFD}");
                write!(f, "{file}:{line}: {message}")
            }
            None => write!(f, "{CONFIGURATION}: {message}"),
        }
    }
}

/// Where a rule is written, without the folders of the file.
pub(super) fn place(file: Option<&str>, line: u32) -> String {
    let Some(file) = file else {
        return CONFIGURATION.to_owned();
    };
    let name = Path::new(file).file_name().and_then(|name| name.to_str());
    format!("{}:{line}", name.unwrap_or(file))
}
