//! Where the files of a template come from.

mod elsewhere;
mod held;
mod local;
mod repository;

use async_trait::async_trait;

pub use elsewhere::Elsewhere;
pub use held::Held;
pub use local::{Local, repository};
pub use repository::Repository;

use super::tree::{Tree, TreeError, join, within};

/// What can be fetched: folders and files, by relative paths or URLs as steps name them.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// A folder with all that is in it.
    async fn folder(&self, url: &str) -> Result<Tree, TreeError>;

    /// One file.
    async fn file(&self, url: &str) -> Result<Fetched, TreeError>;
}

/// One file that was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// What stands in it.
    pub content: Vec<u8>,
    /// Its permission bits, where the place that it comes from knows them.
    pub mode: Option<u32>,
}

/// The path in a repository that a relative URL of a template in one of its folders leads to, as Backstage resolves it: from
/// the repository's root where it begins with a slash.
fn beside(folder: &str, url: &str) -> Result<String, TreeError> {
    let path = match url.strip_prefix('/') {
        Some(path) => path.trim_start_matches('/').to_owned(),
        None => join(folder, url),
    };
    within(&path).map_err(|_| {
        TreeError(format!(
            "{url:?} leads out of the repository that holds the template."
        ))
    })
}

/// That nothing is found, in words.
fn nothing(url: &str) -> TreeError {
    TreeError(format!("There is nothing at {url:?} beside the template."))
}

/// That a folder is wanted and a file is found, in words.
fn no_folder(url: &str) -> TreeError {
    TreeError(format!(
        "{url:?} is a file: the url of this step names a folder."
    ))
}
