//! Git: the network by the system's `git`, objects by gix.
//!
//! The system's `git` brings its credential helpers and ssh configuration; gix reads what is on disk without a
//! process per object.

pub mod command;
mod history;
mod log;
mod mirror;
pub mod push;
mod tree;

use std::path::PathBuf;

use secrecy::SecretString;
use thiserror::Error;

pub use history::{Author, Commit, History};
pub use log::Touch;
pub use mirror::{Fetched, Mirror};
pub use tree::{Blob, Leaf, LeafKind, Objects, from_hex, hex};

/// A repository to fetch from or to push to.
#[derive(Debug, Clone)]
pub struct Remote {
    /// Any URL or path that `git fetch` takes, without user name or password.
    pub url: String,
    /// The branch, a whole reference like `refs/tags/v1`, or a commit's id; `None` is whatever the remote's `HEAD` points to.
    pub branch: Option<String>,
    /// Sent as HTTP basic authentication, only to the URL's own host.
    pub login: Option<Login>,
    /// The private key for ssh; `None` leaves it to the ssh configuration.
    pub ssh_key: Option<PathBuf>,
}

/// A user name and a password or token.
#[derive(Debug, Clone)]
pub struct Login {
    /// The user name; many forges take any when the password is a token.
    pub username: String,
    /// The password or token; never shown.
    pub password: SecretString,
}

/// Why git did not do as told. The sentences hold no secrets.
#[derive(Debug, Error)]
pub enum GitError {
    /// There is no `git` to run.
    #[error("the program git cannot be started ({0}); install git 2.31 or newer")]
    NoGit(String),
    /// The remote did not end in time.
    #[error("git did not finish within {0} seconds; check that the remote can be reached")]
    TimedOut(u64),
    /// The remote wants other credentials.
    #[error("the remote refused access: {0}")]
    Denied(String),
    /// The remote has no such branch.
    #[error("the remote has no branch {0:?}; correct `branch` of this source, or push the branch")]
    NoBranch(String),
    /// The remote has no commit at all.
    #[error("the remote has no commits on its default branch; push some, or name another `branch`")]
    Empty,
    /// The remote gives whole branches only, not the single objects that a partial clone asks for.
    #[error("the remote does not give out single objects")]
    Unadvertised,
    /// The remote does not move a branch as it was asked to.
    #[error("the remote refused the push: {0}")]
    Rejected(String),
    /// The local copy is damaged; it can be fetched anew.
    #[error("the local copy is damaged: {0}")]
    Damaged(String),
    /// Anything else that git says.
    #[error("{0}")]
    Failed(String),
}

/// Whether a name is a commit's id: 40 hexadecimal digits.
pub fn is_commit(name: &str) -> bool {
    name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The id that git gives to a blob of these bytes.
pub fn blob_id(bytes: &[u8]) -> [u8; 20] {
    let mut id = [0; 20];
    // Only a collision attack on SHA-1 makes this fail; such a blob gets the id that nothing has.
    if let Ok(computed) =
        gix::objs::compute_hash(gix::hash::Kind::Sha1, gix::objs::Kind::Blob, bytes)
    {
        id.copy_from_slice(computed.as_bytes());
    }
    id
}

/// Cuts user name and password out of every URL in a text.
pub fn without_credentials(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        clean.push_str(before);
        let end = after
            .find(|c: char| c == '/' || c.is_whitespace() || c == '\'' || c == '"')
            .unwrap_or(after.len());
        let authority = &after[..end];
        clean.push_str(
            authority
                .rsplit_once('@')
                .map_or(authority, |(_, host)| host),
        );
        rest = &after[end..];
    }
    clean.push_str(rest);
    clean
}

/// The version of the git that is installed: its two first numbers, and the whole text.
pub async fn version() -> anyhow::Result<((u32, u32), String)> {
    let said = command::Git::new(["version"], std::time::Duration::from_secs(10))
        .run()
        .await?;
    let said = String::from_utf8_lossy(&said).into_owned();
    let text = said.trim().trim_start_matches("git version ").to_owned();
    let mut numbers = text.split('.').map_while(|number| number.parse().ok());
    let numbers = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    Ok((numbers, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_cut_out_of_urls() {
        assert_eq!(
            without_credentials(
                "fatal: 'https://bot:s3cret@git.acme.example/a.git' and ssh://git@host/x"
            ),
            "fatal: 'https://git.acme.example/a.git' and ssh://host/x"
        );
        assert_eq!(
            without_credentials("no url here @ all"),
            "no url here @ all"
        );
    }
}
