//! Why a forge did not answer, sorted by what a caller can do about it. The sentences hold no secrets.

use std::time::Duration;

use thiserror::Error;

/// Why a service did not answer as hoped. `service` is its name for people, `place` the address without its query.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ForgeError {
    /// Nothing is heard of it.
    #[error("{service} cannot be reached at {place}: {why}")]
    #[allow(missing_docs)] // as told above, here and below
    Unreachable {
        service: &'static str,
        place: String,
        why: String,
    },
    /// It does not know the credentials.
    #[error("{service} does not accept the credentials of this source: {why}")]
    #[allow(missing_docs)]
    Denied { service: &'static str, why: String },
    /// The credentials are good, but do not suffice for this.
    #[error("{service} does not let these credentials read {place}: {why}")]
    #[allow(missing_docs)]
    Forbidden {
        service: &'static str,
        place: String,
        why: String,
    },
    /// There is no such thing, or the credentials do not suffice to see it.
    #[error("{service} knows nothing at {place}, or does not show it to these credentials")]
    #[allow(missing_docs)]
    NotFound {
        service: &'static str,
        place: String,
    },
    /// It understands what was sent, and does not take it.
    #[error("{service} does not accept what was sent to {place}: {why}")]
    #[allow(missing_docs)]
    Refused {
        service: &'static str,
        place: String,
        status: u16,
        why: String,
    },
    /// Nothing more may be asked for longer than is waited.
    #[error("{service}'s rate limit is used up until {until}; nothing is asked of it before")]
    #[allow(missing_docs)]
    Limited {
        service: &'static str,
        until: String,
        wait: Duration,
    },
    /// It failed, or its answer is not what its documentation says.
    #[error("{service} gave no useful answer at {place}: {why}")]
    #[allow(missing_docs)]
    Failed {
        service: &'static str,
        place: String,
        why: String,
    },
}

impl ForgeError {
    /// The same error, told of the page that people know, where it is a matter of rights.
    #[must_use]
    pub fn about(mut self, page: &str) -> Self {
        if let Self::Forbidden { place, .. } | Self::NotFound { place, .. } = &mut self {
            page.clone_into(place);
        }
        self
    }

    /// Whether what was to be done may have been done all the same, because only its answer is missing.
    pub fn is_uncertain(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Failed { .. })
    }

    /// Whether it is a matter of rights: all else may be read without this part.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Forbidden { .. } | Self::NotFound { .. })
    }
}
