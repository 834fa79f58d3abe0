//! A whole organisation of a forge as a source: it leads to its repositories, and its people and teams become documents.

mod document;
mod filter;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use serde_json::json;
use tokio::time::Instant;

use super::{Content, Contents, Lead, Leaf, Revision, Selection, Snapshot, Source};
use crate::catalog::location;
use crate::catalog::problem::{Problem, Severity, rule};
use crate::config::{ConfigError, SourceConfig};
use crate::forge::{self, Forge, People, Repository};
use crate::git::{Login, blob_id, hex};
use document::Document;
use filter::Filter;

/// The time for which one request for people counts: those of a large organisation are asked for less often than its
/// repositories, so that no more than a tenth of the 5,000 requests goes on them that GitHub allows an hour.
const PER_REQUEST: Duration = Duration::from_secs(7);

/// So many requests for people may be made at every turn.
const FEW: u32 = 8;

/// The files that this source makes.
const FILES: [&str; 2] = ["users/*.yaml", "teams/*.yaml"];

/// An organisation.
pub struct OrganisationSource {
    forge: Box<dyn Forge>,
    software: Option<location::Forge>,
    filter: Filter,
    include: Vec<String>,
    teams: bool,
    timeout: Duration,
    people: Mutex<Option<Known>>,
}

/// The people as they were last asked for.
struct Known {
    people: Arc<People>,
    good_until: Instant,
}

impl OrganisationSource {
    /// The organisation that is configured. Its credentials are fetched from where they are kept at once; `timeout` bounds
    /// one read.
    pub fn new(
        config: &SourceConfig,
        software: Option<location::Forge>,
        timeout: Duration,
    ) -> Result<Self, ConfigError> {
        let forge = forge::of(config)?.ok_or_else(|| {
            ConfigError::new(format!("the source {:?} is no organisation", config.name))
        })?;
        Ok(Self {
            forge,
            software,
            filter: Filter::new(config)?,
            include: config.include.clone(),
            teams: config.teams,
            timeout,
            people: Mutex::default(),
        })
    }

    /// Where the organisation is, for people.
    pub fn place(config: &SourceConfig) -> String {
        let (public, owner) = match (&config.github, &config.gitlab, &config.forgejo) {
            (Some(owner), _, _) => ("https://github.com", owner),
            (_, Some(group), _) => ("https://gitlab.com", group),
            (_, _, owner) => ("", owner.as_ref().unwrap_or(&config.name)),
        };
        let home = config.url.as_deref().unwrap_or(public);
        format!("{}/{owner}", home.trim_end_matches('/'))
    }

    /// Which of its own files are descriptors: all.
    pub fn selection() -> Result<Selection, ConfigError> {
        Selection::new(&FILES.map(str::to_owned))
    }

    async fn snapshot(&self) -> anyhow::Result<Snapshot> {
        let repositories = self.forge.repositories().await?;
        let taken = repositories
            .into_iter()
            .filter(|repository| !repository.empty && self.filter.takes(repository));
        let mut leads: Vec<Lead> = taken.map(|repository| self.lead(repository)).collect();
        leads.sort_unstable();
        leads.dedup();
        let people = if self.teams {
            self.people().await?
        } else {
            Arc::default()
        };
        let problems: Vec<Problem> = people.missing.iter().map(|why| unseen(why)).collect();
        let documents = document::all(&people);
        let files: Vec<Leaf> = documents.iter().map(Document::leaf).collect();
        let listing: Vec<String> = documents.iter().map(Document::name).collect();
        let all = json!([leads, listing, problems]).to_string();
        Ok(Snapshot {
            revision: Revision(hex(&blob_id(all.as_bytes()))),
            committed: None,
            files,
            contents: Arc::new(Documents(documents.into())),
            leads,
            problems,
        })
    }

    async fn people(&self) -> anyhow::Result<Arc<People>> {
        let known = {
            let known = self.people.lock().unwrap_or_else(PoisonError::into_inner);
            let good = known
                .as_ref()
                .filter(|known| known.good_until > Instant::now());
            good.map(|known| known.people.clone())
        };
        if let Some(people) = known {
            return Ok(people);
        }
        let before = self.forge.asked();
        let people = Arc::new(self.forge.people().await?);
        let asked = u32::try_from(self.forge.asked() - before).unwrap_or(u32::MAX);
        let good = PER_REQUEST.saturating_mul(asked.saturating_sub(FEW));
        *self.people.lock().unwrap_or_else(PoisonError::into_inner) = Some(Known {
            people: people.clone(),
            good_until: Instant::now() + good,
        });
        Ok(people)
    }

    fn lead(&self, repository: Repository) -> Lead {
        Lead {
            name: repository.slug,
            place: repository.clone_url,
            // The default branch may get another name, and the repository is still the same source.
            branch: None,
            head: repository.default_branch,
            forge: self.software,
            listed: true,
            include: self.include.clone(),
            marker: repository.marker,
            ..Lead::default()
        }
    }
}

#[async_trait]
impl Source for OrganisationSource {
    async fn read(&self, since: Option<&Revision>) -> anyhow::Result<Option<Snapshot>> {
        let snapshot = tokio::time::timeout(self.timeout, self.snapshot())
            .await
            .with_context(|| {
                let seconds = self.timeout.as_secs();
                format!("the listing of the organisation did not end within {seconds} seconds")
            })??;
        Ok(Some(snapshot).filter(|snapshot| since != Some(&snapshot.revision)))
    }

    async fn login(&self) -> anyhow::Result<Option<Login>> {
        let login = self.forge.login().await?;
        Ok(login.map(|(username, password)| Login {
            username: username.to_owned(),
            password,
        }))
    }
}

fn unseen(why: &str) -> Problem {
    let sentence = format!(
        "{why}. What is not shown is left out; give the credentials more rights, or set `teams = false`."
    );
    Problem::at(".", 1, Severity::Warning, rule::PEOPLE_UNSEEN, sentence)
}

/// Documents that are held in memory, sorted by path.
struct Documents(Arc<[Document]>);

#[async_trait]
impl Contents for Documents {
    async fn want(&self, _files: &[&Leaf]) -> anyhow::Result<()> {
        Ok(())
    }

    fn reader(&self) -> Box<dyn FnMut(&Leaf) -> Content + Send> {
        let documents = self.0.clone();
        Box::new(move |leaf| {
            let found = documents.binary_search_by(|document| document.path.cmp(&leaf.path));
            match found.ok().and_then(|position| documents.get(position)) {
                Some(document) => Content::Bytes(document.text.clone().into_bytes()),
                None => Content::Unreadable("there is no such person or team".to_owned()),
            }
        })
    }
}
