//! What a template fetches from other repositories: from the hosts of the configured sources and those that are allowed, and
//! from nowhere else.

use std::time::Duration;

use async_trait::async_trait;

use super::{Fetch, Fetched, Repository};
use crate::catalog::location::Page;
use crate::catalog::source::{Lead, Reach};
use crate::git::{GitError, is_commit};
use crate::scaffold::tree::{Tree, TreeError};

/// A template that may fetch from other repositories, too.
pub struct Elsewhere {
    /// What lies beside the template.
    beside: Box<dyn Fetch>,
    /// Which hosts may be reached, and with whose credentials; or why none can.
    reach: Result<Reach, String>,
    timeout: Duration,
}

/// A place in another repository.
struct Place {
    /// The address that git takes.
    repository: String,
    /// What the repository is called, in the name of its copy.
    name: String,
    /// The branch, tag or commit; `None` is the remote's HEAD.
    reference: Option<String>,
    /// The path from the root.
    path: String,
}

impl Elsewhere {
    /// A template with what lies beside it. Other repositories are fetched as far as `reach` goes; each must answer within
    /// `timeout`.
    pub fn new(beside: Box<dyn Fetch>, reach: Result<Reach, String>, timeout: Duration) -> Self {
        Self {
            beside,
            reach,
            timeout,
        }
    }

    /// The repository that a URL points into, fetched, and the path there.
    async fn repository(&self, url: &str) -> Result<(Repository, String), TreeError> {
        let reach = self.reach.as_ref().map_err(|why| TreeError(why.clone()))?;
        let place = place(reach, url)?;
        for reference in references(place.reference.as_deref()) {
            let lead = Lead {
                name: format!("template.{}", place.name),
                place: place.repository.clone(),
                branch: reference,
                ..Lead::default()
            };
            match self.fetch(reach, &lead).await {
                Ok(repository) => return Ok((repository, place.path)),
                Err(error) if is_absent(&error) => {}
                Err(error) => return Err(TreeError(format!("{url} cannot be fetched: {error}."))),
            }
        }
        Err(TreeError(format!(
            "{} has no branch or tag {:?}: correct {url}.",
            place.repository,
            place.reference.unwrap_or_default()
        )))
    }

    async fn fetch(&self, reach: &Reach, lead: &Lead) -> anyhow::Result<Repository> {
        let configured = reach.led(lead, None)?;
        let history = configured.source.history().await?;
        let (mirror, remote) = history.ok_or_else(|| anyhow::anyhow!("it has no history"))?;
        let fetched = mirror.fetch(&remote, self.timeout).await?;
        let commit = {
            let mirror = mirror.clone();
            let peeled = move || mirror.objects()?.commit(&fetched.commit);
            tokio::task::spawn_blocking(peeled).await??
        };
        Ok(Repository::new(
            mirror,
            remote,
            commit,
            String::new(),
            self.timeout,
        ))
    }
}

#[async_trait]
impl Fetch for Elsewhere {
    async fn folder(&self, url: &str) -> Result<Tree, TreeError> {
        if !is_elsewhere(url) {
            return self.beside.folder(url).await;
        }
        let (repository, path) = self.repository(url).await?;
        repository.folder(&path).await
    }

    async fn file(&self, url: &str) -> Result<Fetched, TreeError> {
        if !is_elsewhere(url) {
            return self.beside.file(url).await;
        }
        let (repository, path) = self.repository(url).await?;
        repository.file(&path).await
    }
}

/// Whether a URL is more than a path: it has a scheme, or is what ssh takes.
fn is_elsewhere(url: &str) -> bool {
    let scheme = url.split_once(':').is_some_and(|(scheme, _)| {
        let mut characters = scheme.chars();
        characters
            .next()
            .is_some_and(|first| first.is_ascii_alphabetic())
            && characters.all(|next| next.is_ascii_alphanumeric() || "+-.".contains(next))
    });
    scheme || url.starts_with("git@")
}

/// Where a URL leads, if it may: a page of a forge that shows a folder or a file, or the address of a repository, with a branch,
/// tag or commit behind `#`.
fn place(reach: &Reach, url: &str) -> Result<Place, TreeError> {
    let shut = || {
        TreeError(format!(
            "Nothing may be fetched from {url}: name a source on its host, or list the host in `locations.allow`."
        ))
    };
    // The page of a branch itself may come without the slash at its end.
    if let Some(page) = Page::of(url).or_else(|| Page::of(&format!("{url}/"))) {
        return Ok(Place {
            repository: reach.place(&page).ok_or_else(shut)?,
            name: page.slug,
            reference: page.reference,
            path: page.path.trim_end_matches('/').to_owned(),
        });
    }
    let (repository, reference) = match url.split_once('#') {
        Some((repository, reference)) => (repository, Some(reference)),
        None => (url, None),
    };
    if !reach.reaches(repository) {
        return Err(shut());
    }
    let name = repository.trim_end_matches('/').trim_end_matches(".git");
    let name = name.rsplit(['/', ':']).next().unwrap_or(name);
    Ok(Place {
        repository: repository.to_owned(),
        name: name.to_owned(),
        reference: reference
            .filter(|reference| !reference.is_empty())
            .map(str::to_owned),
        path: String::new(),
    })
}

/// Whether the repository is there, but not the branch or tag.
fn is_absent(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(GitError::NoBranch(_)))
}

/// What a name may stand for, the likeliest first: a branch, a tag, or a commit.
fn references(name: Option<&str>) -> Vec<Option<String>> {
    match name {
        None => vec![None],
        Some(name) if is_commit(name) => vec![Some(name.to_owned())],
        Some(name) => vec![Some(name.to_owned()), Some(format!("refs/tags/{name}"))],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_addresses_are_told_apart() {
        for url in [
            "https://github.com/acme/x/tree/main/",
            "git@git.acme.example:acme/x.git",
            "file:///etc/passwd",
            "ssh://git@git.acme.example/x",
            "data:text/plain,x",
        ] {
            assert!(is_elsewhere(url), "{url}");
        }
        for url in ["./skeleton", "skeleton/a:b", "/shared", "..", "./a:b"] {
            assert!(!is_elsewhere(url), "{url}");
        }
    }

    #[test]
    fn a_name_may_be_a_branch_or_a_tag_and_a_commit_is_one() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(references(Some(commit)), [Some(commit.to_owned())]);
        assert_eq!(
            references(Some("v1")),
            [Some("v1".to_owned()), Some("refs/tags/v1".to_owned())]
        );
        assert_eq!(references(None), [None]);
    }
}
