//! Why something was not made, each with what to do about it. The sentences hold no secrets.

use thiserror::Error;

use crate::forge::ForgeError;

/// Why a forge was not written to as hoped.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PublishError {
    /// The name is somebody else's.
    #[error(
        "{service} has a repository {slug} already, which was not made here and was left as it is ({page}); choose another name"
    )]
    #[allow(missing_docs)] // as told above, here and below
    Taken {
        service: &'static str,
        slug: String,
        page: String,
    },
    /// The name is taken by something that is not shown.
    #[error(
        "{service} says that the name {slug} is taken, but shows no such repository to these credentials; choose another name"
    )]
    #[allow(missing_docs)]
    Hidden { service: &'static str, slug: String },
    /// The name leads to a repository that was renamed, and would do so no more.
    #[error("{slug} was renamed to {to}, and the old name still leads there; choose another name")]
    #[allow(missing_docs)]
    Moved { slug: String, to: String },
    /// No repository can have this name.
    #[error(
        "{0:?} cannot be the name of a repository; use at most 100 letters, digits, `-`, `_` and `.`, without a `-` at the beginning or an ending like `.git`"
    )]
    Name(String),
    /// No organisation, group or user can have this name.
    #[error("{0:?} cannot be the owner of a repository; name an organisation, a group or a user")]
    Owner(String),
    /// There is no such owner.
    #[error(
        "{service} knows no {owner} to make a repository in, or does not let these credentials see it; correct the owner, or give them {rights}"
    )]
    #[allow(missing_docs)]
    NoOwner {
        service: &'static str,
        owner: String,
        rights: &'static str,
    },
    /// The credentials do not suffice.
    #[error("{service} does not let these credentials {what}: {why}; give them {rights}")]
    #[allow(missing_docs)]
    NotAllowed {
        service: &'static str,
        what: String,
        why: String,
        rights: &'static str,
    },
    /// There is no room left.
    #[error(
        "{service} has no room left to {what}: {why}; delete what nobody needs, or ask those who run it for more"
    )]
    #[allow(missing_docs)]
    Quota {
        service: &'static str,
        what: String,
        why: String,
    },
    /// Something is wrong with what was asked for.
    #[error("{service} refuses to {what}: {why}; change that and try again")]
    #[allow(missing_docs)]
    Refused {
        service: &'static str,
        what: String,
        why: String,
    },
    /// It is not there any more, or is another one of the same name.
    #[error(
        "{service} has no {slug} that was made here; look whether somebody has deleted or renamed it"
    )]
    #[allow(missing_docs)]
    Gone { service: &'static str, slug: String },
    /// There is no branch that changes could go into.
    #[error("{slug} is empty, so nothing can be changed in it; push a first commit")]
    #[allow(missing_docs)]
    Empty { slug: String },
    /// A branch is not there.
    #[error("{slug} has no branch {branch}; push it, or name another")]
    #[allow(missing_docs)]
    NoBranch { slug: String, branch: String },
    /// Somebody has worked with it.
    #[error("{slug} was left as it is, because {why}; if nobody needs it, clear it away by hand")]
    #[allow(missing_docs)]
    Touched { slug: String, why: String },
    /// A change was taken over.
    #[error("{page} was merged, so it cannot be withdrawn; take it back by another change")]
    #[allow(missing_docs)]
    Merged { page: String },
    /// An App of one organisation is asked for another.
    #[error(
        "the App of {owner} can do nothing in {other}; install it there, and make {other} a source of its own"
    )]
    #[allow(missing_docs)]
    Elsewhere { owner: String, other: String },
    /// A change request of somebody else's has the branch.
    #[error(
        "the branch {branch} has a change request already, which was not opened here ({page}); choose another branch"
    )]
    #[allow(missing_docs)]
    TakenChange { branch: String, page: String },
    /// Anything else that goes wrong with a forge.
    #[error(transparent)]
    Forge(#[from] ForgeError),
}

impl PublishError {
    /// What an error means for something that was to be done; `what` stands behind "let these credentials".
    pub(in crate::forge) fn of(error: ForgeError, what: &str, rights: &'static str) -> Self {
        let what = what.to_owned();
        match error {
            ForgeError::Forbidden { service, why, .. }
            | ForgeError::Refused { service, why, .. }
                if speaks_of_room(&why) =>
            {
                Self::Quota { service, what, why }
            }
            ForgeError::Refused {
                service,
                status: 413,
                why,
                ..
            } => Self::Quota { service, what, why },
            ForgeError::Forbidden { service, why, .. } => Self::NotAllowed {
                service,
                what,
                why,
                rights,
            },
            ForgeError::NotFound { service, place } => Self::NotAllowed {
                service,
                what,
                why: format!("it shows them nothing at {place}"),
                rights,
            },
            ForgeError::Refused { service, why, .. } => Self::Refused { service, what, why },
            error => Self::Forge(error),
        }
    }

    /// What an error means for a repository that was to be made.
    pub(in crate::forge) fn of_making(
        error: ForgeError,
        owner: &str,
        name: &str,
        rights: &'static str,
    ) -> Self {
        match error {
            ForgeError::Refused { service, .. } if Self::is_taken(&error) => Self::Hidden {
                service,
                slug: format!("{owner}/{name}"),
            },
            ForgeError::NotFound { service, .. } => Self::NoOwner {
                service,
                owner: owner.to_owned(),
                rights,
            },
            error => Self::of(error, &format!("make a repository in {owner}"), rights),
        }
    }

    /// Whether a forge says that there is such a thing already.
    pub(in crate::forge) fn is_taken(error: &ForgeError) -> bool {
        matches!(error, ForgeError::Refused { why, .. } if speaks_of_another(why))
    }

    /// Whether what was to be done may have been done all the same.
    pub fn is_uncertain(&self) -> bool {
        matches!(self, Self::Forge(error) if error.is_uncertain())
    }
}

fn speaks_of_room(why: &str) -> bool {
    let why = why.to_lowercase();
    let any = |words: &[&str]| words.iter().any(|word| why.contains(word));
    any(&[
        "quota",
        "project limit",
        "limit_reached",
        "limit of",
        "repository limit",
    ])
}

fn speaks_of_another(why: &str) -> bool {
    let why = why.to_lowercase();
    why.contains("already exist") || why.contains("already been taken")
}
