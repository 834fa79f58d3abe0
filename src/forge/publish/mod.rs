//! The writing side of forges: repositories are made, given their settings and taken away again, and changes put forward.
//!
//! A repository is made by [`Publisher::create`], then filled by a push of git, then given its settings by
//! [`Publisher::finish`]. Each of these may be done again after it was interrupted, and comes to the same.
//!
//! **How a run knows its own repository.** The answer to a request can be lost after the work was done. So the request that
//! makes a repository carries a [`Mark`] which nobody else can guess, in the one field that every forge takes at that moment
//! and shows to everybody: the description. Whoever looks after a lost answer and finds the mark has found its own
//! repository; anything else of that name is somebody else's and is left alone. Times and emptiness would not tell two runs
//! apart that want the same name, and topics come too late. Once [`Created`] is written down, its number is the proof, for a
//! forge gives no number twice; `finish` then puts the real description in place of the mark.

mod change;
mod error;
mod mark;
mod repository;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;

use super::{ForgeError, forgejo, github, gitlab};
use crate::config::{ConfigError, Origin, SourceConfig};
pub use change::{Change, NewChange};
pub use error::PublishError;
pub use mark::Mark;
pub use repository::{
    Created, Existing, Features, Grantee, NewRepository, Protection, Right, Undone,
};

/// The pauses before each look for what was perhaps made: what a forge has just made it may show a little later.
const LOOKS: [Duration; 4] = [
    Duration::ZERO,
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
];

/// How often a deletion is begun again whose answer was lost.
const DELETIONS: usize = 3;

/// One forge, to be written to with the credentials of one source.
pub struct Publisher {
    works: Box<dyn Works>,
}

/// What a forge does, a request or two each. What may be done when is decided by [`Publisher`].
#[async_trait]
pub(in crate::forge) trait Works: Send + Sync {
    /// The forge's name for people.
    fn service(&self) -> &'static str;

    /// What credentials need to make and to delete repositories, to be put behind "give them".
    fn rights(&self) -> &'static str;

    /// The one owner that these credentials are for, if they are for one.
    fn only_owner(&self) -> Option<&str> {
        None
    }

    /// The repository of this name; one that was renamed is found by its old name as well.
    async fn look(&self, owner: &str, name: &str) -> Result<Option<Existing>, ForgeError>;

    /// Makes an empty repository.
    async fn make(&self, new: &NewRepository, description: &str) -> Result<Existing, PublishError>;

    /// Gives it its settings; what may not be set and can be done without is told, each a sentence.
    async fn settle(
        &self,
        existing: &Existing,
        new: &NewRepository,
    ) -> Result<Vec<String>, ForgeError>;

    /// Gives somebody rights in it.
    async fn grant(
        &self,
        existing: &Existing,
        to: &Grantee,
        right: Right,
    ) -> Result<(), ForgeError>;

    /// Protects a branch of it; what of that may not be set and can be done without is told, each a sentence.
    async fn protect(
        &self,
        existing: &Existing,
        branch: &str,
        protection: &Protection,
    ) -> Result<Vec<String>, ForgeError>;

    /// Its branches with their commits.
    async fn branches(&self, existing: &Existing) -> Result<Vec<(String, String)>, ForgeError>;

    /// Deletes it.
    async fn remove(&self, existing: &Existing) -> Result<(), ForgeError>;

    /// The open requests to take over this branch.
    async fn open_changes(
        &self,
        existing: &Existing,
        branch: &str,
    ) -> Result<Vec<Change>, ForgeError>;

    /// Asks to take a branch over.
    async fn open(
        &self,
        existing: &Existing,
        new: &NewChange,
        into: &str,
    ) -> Result<Change, ForgeError>;

    /// Asks people to look at it.
    async fn ask_reviewers(
        &self,
        existing: &Existing,
        change: &Change,
        new: &NewChange,
    ) -> Result<(), ForgeError>;

    /// The change as it is now, and whether it is still open.
    async fn state(&self, existing: &Existing, number: u64) -> Result<(Change, bool), ForgeError>;

    /// Closes it without taking it over.
    async fn close(&self, existing: &Existing, number: u64) -> Result<(), ForgeError>;

    /// A repository as callers keep it.
    fn created(&self, existing: Existing, branch: &str) -> Created;

    /// The user name and the password for git over HTTP.
    async fn login(&self) -> Result<Option<(&'static str, SecretString)>, ForgeError>;
}

/// The forge that a source names; `None` when it names none. Nothing is sent yet.
pub fn of(config: &SourceConfig) -> Result<Option<Publisher>, ConfigError> {
    let works: Box<dyn Works> = match config.origin()? {
        Origin::Github(owner) => Box::new(github::Github::new(config, owner)?),
        Origin::Gitlab(group) => Box::new(gitlab::Gitlab::new(config, group)?),
        Origin::Forgejo(owner) => Box::new(forgejo::Forgejo::new(config, owner)?),
        Origin::Git(_) | Origin::Folder(_) | Origin::Backstage(_) => return Ok(None),
    };
    Ok(Some(Publisher { works }))
}

impl Publisher {
    /// The forge's name for people.
    pub fn service(&self) -> &'static str {
        self.works.service()
    }

    /// The user name and the password for git over HTTP. It may have to be renewed, so it is asked for before each use.
    pub async fn login(&self) -> Result<Option<(&'static str, SecretString)>, ForgeError> {
        self.works.login().await
    }

    /// The repository of this name, if there is one that these credentials may see. One that was renamed is found by its old
    /// name as well, as [`Existing::slug`] then shows.
    pub async fn find(&self, owner: &str, name: &str) -> Result<Option<Existing>, PublishError> {
        self.check(owner, name)?;
        Ok(self.works.look(owner, name).await?)
    }

    /// Makes an empty repository, or finds the one that was made with the same mark.
    ///
    /// Write down what it gives before anything is pushed: after [`finish`](Self::finish) the mark is gone.
    pub async fn create(&self, new: &NewRepository, mark: &Mark) -> Result<Created, PublishError> {
        self.check(&new.owner, &new.name)?;
        if let Some(existing) = self.works.look(&new.owner, &new.name).await? {
            return self.own(existing, new, mark);
        }
        let error = match self.works.make(new, &mark.sentence()).await {
            Ok(existing) => return self.own(existing, new, mark),
            Err(error) => error,
        };
        let taken = matches!(error, PublishError::Hidden { .. });
        if !taken && !error.is_uncertain() {
            return Err(error);
        }
        for pause in LOOKS {
            tokio::time::sleep(pause).await;
            if let Some(existing) = self.works.look(&new.owner, &new.name).await? {
                return self.own(existing, new, mark);
            }
        }
        Err(error)
    }

    /// Gives a repository its settings, once there is something in it. What the forge does not let be set and can be done
    /// without is told, each a sentence.
    pub async fn finish(
        &self,
        created: &Created,
        new: &NewRepository,
    ) -> Result<Vec<String>, PublishError> {
        let existing = self.works.look(&created.owner, &created.name).await?;
        let Some(existing) = existing.filter(|existing| existing.id == created.id) else {
            return Err(PublishError::Gone {
                service: self.service(),
                slug: created.slug(),
            });
        };
        let (slug, rights) = (&existing.slug, self.works.rights());
        let settings =
            |error| PublishError::of(error, &format!("change the settings of {slug}"), rights);
        let settled = self.works.settle(&existing, new).await;
        let settled = settled.map_err(settings)?;
        for (to, right) in &new.grants {
            let (Grantee::User(whom) | Grantee::Team(whom)) = to;
            let granted = self.works.grant(&existing, to, *right).await;
            granted.map_err(|error| {
                PublishError::of(error, &format!("give {whom} rights in {slug}"), rights)
            })?;
        }
        let mut missing = Vec::new();
        if let Some(protection) = &new.protection {
            let branch = &new.default_branch;
            let protected = self.works.protect(&existing, branch, protection).await;
            missing.extend(protected.map_err(settings)?);
        }
        missing.extend(settled);
        Ok(missing)
    }

    /// Deletes a repository that was made here, if nobody has touched it since: its branches are those that were pushed, at the
    /// commits that were pushed; nobody has opened anything there or copied it. Change requests of one's own are withdrawn first.
    pub async fn delete(
        &self,
        created: &Created,
        pushed: &BTreeMap<String, String>,
    ) -> Result<Undone, PublishError> {
        let mut deleted = false;
        let mut lost = None;
        for _ in 0..DELETIONS {
            let existing = self.works.look(&created.owner, &created.name).await?;
            let Some(existing) = existing.filter(|existing| existing.id == created.id) else {
                return Ok(if deleted { Undone::Now } else { Undone::Before });
            };
            self.check_untouched(created, &existing, pushed).await?;
            deleted = true;
            match self.works.remove(&existing).await {
                Ok(()) => return Ok(Undone::Now),
                Err(error) if error.is_uncertain() => lost = Some(error),
                // Somebody, or our own first try, was quicker.
                Err(ForgeError::NotFound { .. }) => lost = None,
                Err(error) => {
                    return Err(self.refused(error, &format!("delete {}", created.slug())));
                }
            }
        }
        Err(lost.map_or_else(
            || PublishError::NotAllowed {
                service: self.service(),
                what: format!("delete {}", created.slug()),
                why: "it shows the repository, but knows nothing of it when it is to be deleted"
                    .to_owned(),
                rights: self.works.rights(),
            },
            PublishError::Forge,
        ))
    }

    /// Asks to take over a branch that was pushed, or finds the request that asks for just that.
    pub async fn change_request(&self, new: &NewChange) -> Result<Change, PublishError> {
        self.check(&new.owner, &new.name)?;
        let slug = format!("{}/{}", new.owner, new.name);
        let existing = self.works.look(&new.owner, &new.name).await?;
        let existing = existing.ok_or_else(|| PublishError::Gone {
            service: self.service(),
            slug: slug.clone(),
        })?;
        let into = new.into.clone().or_else(|| existing.default_branch.clone());
        let into = into.ok_or_else(|| PublishError::Empty { slug: slug.clone() })?;
        let change = match self.own_change(&existing, new, &into).await? {
            Some(change) => change,
            None => match self.works.open(&existing, new, &into).await {
                Ok(change) => change,
                Err(error) => self.perhaps_opened(&existing, new, &into, error).await?,
            },
        };
        if !new.reviewers.is_empty() || !new.team_reviewers.is_empty() {
            let asked = self.works.ask_reviewers(&existing, &change, new).await;
            asked.map_err(|error| {
                let what = format!("ask for reviews of {}, which is open", change.page);
                self.refused(error, &what)
            })?;
        }
        Ok(change)
    }

    /// Closes a change request that was opened here; one that is closed is fine, one that was taken over is not.
    pub async fn withdraw(&self, change: &Change) -> Result<Undone, PublishError> {
        let existing = self.works.look(&change.owner, &change.name).await?;
        let Some(existing) = existing.filter(|existing| existing.id == change.repository) else {
            return Ok(Undone::Before);
        };
        let (now, open) = self.works.state(&existing, change.number).await?;
        if now.merged {
            return Err(PublishError::Merged {
                page: change.page.clone(),
            });
        }
        if !open {
            return Ok(Undone::Before);
        }
        if now.commit.is_some() && change.commit.is_some() && now.commit != change.commit {
            return Err(PublishError::Touched {
                slug: change.page.clone(),
                why: "somebody has pushed to it since".to_owned(),
            });
        }
        let closed = self.works.close(&existing, change.number).await;
        closed.map_err(|error| self.refused(error, &format!("close {}", change.page)))?;
        Ok(Undone::Now)
    }

    fn check(&self, owner: &str, name: &str) -> Result<(), PublishError> {
        repository::check_names(owner, name)?;
        match self.works.only_owner() {
            Some(only) if !only.eq_ignore_ascii_case(owner) => Err(PublishError::Elsewhere {
                owner: only.to_owned(),
                other: owner.to_owned(),
            }),
            Some(_) | None => Ok(()),
        }
    }

    /// What was found, if it bears our mark.
    fn own(
        &self,
        existing: Existing,
        new: &NewRepository,
        mark: &Mark,
    ) -> Result<Created, PublishError> {
        let slug = new.slug();
        if !existing.slug.eq_ignore_ascii_case(&slug) {
            return Err(PublishError::Moved {
                slug,
                to: existing.slug,
            });
        }
        if !mark.is_in(existing.description.as_deref()) {
            return Err(PublishError::Taken {
                service: self.service(),
                slug: existing.slug,
                page: existing.page,
            });
        }
        Ok(self.works.created(existing, &new.default_branch))
    }

    async fn own_change(
        &self,
        existing: &Existing,
        new: &NewChange,
        into: &str,
    ) -> Result<Option<Change>, PublishError> {
        let open = self.works.open_changes(existing, &new.branch).await?;
        let Some(change) = open.into_iter().find(|change| change.into == into) else {
            return Ok(None);
        };
        // A forge may take a moment to know the commit.
        if change.commit.as_ref().is_some_and(|at| *at != new.commit) {
            return Err(PublishError::TakenChange {
                branch: new.branch.clone(),
                page: change.page,
            });
        }
        Ok(Some(change))
    }

    /// What was opened although an error came back; else what the error means.
    async fn perhaps_opened(
        &self,
        existing: &Existing,
        new: &NewChange,
        into: &str,
        error: ForgeError,
    ) -> Result<Change, PublishError> {
        if error.is_uncertain() || PublishError::is_taken(&error) {
            if let Some(change) = self.own_change(existing, new, into).await? {
                return Ok(change);
            }
        } else {
            let branches = self.works.branches(existing).await?;
            let names = [new.branch.as_str(), into];
            let is_there = |name: &str| branches.iter().any(|(branch, _)| branch == name);
            if let Some(missing) = names.into_iter().find(|name| !is_there(name)) {
                return Err(PublishError::NoBranch {
                    slug: existing.slug.clone(),
                    branch: missing.to_owned(),
                });
            }
        }
        let what = format!("open a change request in {}", existing.slug);
        Err(self.refused(error, &what))
    }

    async fn check_untouched(
        &self,
        created: &Created,
        existing: &Existing,
        pushed: &BTreeMap<String, String>,
    ) -> Result<(), PublishError> {
        let branches = self.works.branches(existing).await?;
        let strange = branches
            .iter()
            .find(|(branch, commit)| pushed.get(branch) != Some(commit));
        let why = if !existing.slug.eq_ignore_ascii_case(&created.slug()) {
            Some(format!("it is {} now", existing.slug))
        } else if let Some((branch, _)) = strange {
            Some(format!(
                "its branch {branch} has commits that were not pushed here"
            ))
        } else if existing.open > 0 {
            Some("it has open issues or change requests".to_owned())
        } else if existing.forks > 0 {
            Some("somebody has made a copy of it".to_owned())
        } else {
            None
        };
        match why {
            Some(why) => Err(PublishError::Touched {
                slug: created.slug(),
                why,
            }),
            None => Ok(()),
        }
    }

    fn refused(&self, error: ForgeError, what: &str) -> PublishError {
        PublishError::of(error, what, self.works.rights())
    }
}
