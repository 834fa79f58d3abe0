//! How a command fails: by the asker's doing, or by ours.

use std::fmt;

/// Why a command has no answer.
///
/// A [`Failure::User`] is shown to the asker as it is. A [`Failure::Internal`] is logged once, at the
/// dispatcher, and the asker gets an apology with a reference that an operator can find in the log.
#[derive(Debug)]
pub enum Failure {
    /// Something the asker can mend.
    User(Fault),
    /// Something only the operator can mend.
    Internal(anyhow::Error),
}

/// What is wrong and what to try, both as CommonMark; data in them must have been escaped by
/// `message::markdown`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// A full sentence: what is wrong.
    pub says: String,
    /// A full sentence: what to try instead.
    pub hint: Option<String>,
}

impl Failure {
    /// A fault of the asker's, in one full sentence of CommonMark.
    pub fn user(says: impl Into<String>) -> Self {
        Self::User(Fault {
            says: says.into(),
            hint: None,
        })
    }

    /// Adds the sentence that says what to try; an internal failure is left as it is.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        match self {
            Self::User(fault) => Self::User(Fault {
                hint: Some(hint.into()),
                ..fault
            }),
            internal @ Self::Internal(_) => internal,
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(fault) => f.write_str(&fault.says),
            Self::Internal(error) => write!(f, "{error:#}"),
        }
    }
}
