//! What entities answer to besides their references: names and other names, repositories, annotations, links,
//! folders. Arranged once per catalog, at eight bytes each.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hasher};

use serde::Deserialize;

use super::address;
use crate::catalog::document::{Loose, Pairs, Text};
use crate::catalog::location::ForgeRepository;
use crate::catalog::{Catalog, Entity, Listed};

/// What ties a text to an entity, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tie {
    /// Its name.
    Name,
    /// What it is called in Kubernetes.
    Kubernetes,
    /// Another name of it: one of `callboard/aliases`.
    Alias,
    /// Its title.
    Title,
    /// A package of it, named in `callboard/packages`.
    Package,
    /// Where its code is: `backstage.io/source-location`.
    SourceLocation,
    /// Its repository's slug.
    Repository,
    /// The name of its repository, without the owner.
    RepositoryName,
    /// The folder that its descriptor stands in.
    Folder,
    /// A rule of CODEOWNERS.
    Reviewed,
    /// What another system calls it, like PagerDuty or Argo CD.
    Service,
    /// A page that it links to.
    Link,
    /// The host of such a page.
    Host,
    /// Its namespace in Kubernetes.
    Namespace,
}

/// The texts that entities and sources answer to.
#[derive(Debug, Default)]
pub struct Keys {
    /// The hash of a text and the position of an entity that probably answers to it, sorted.
    entities: Box<[(u32, u32)]>,
    /// The slugs and names of sources, sorted.
    sources: Box<[(Box<str>, u32)]>,
    /// The owners of repositories.
    organisations: HashSet<Box<str>>,
    /// The domains of linked pages, like `acme.example`.
    domains: HashSet<Box<str>>,
}

/// More entities than these under one text tell nothing.
const MOST: usize = 64;

/// Annotations by which other systems name an entity.
const SERVICES: [&str; 9] = [
    "argocd/app-name",
    "pagerduty.com/service-id",
    "pagerduty.com/integration-key",
    "opsgenie.com/component-selector",
    "sentry.io/project-slug",
    "sonarqube.org/project-key",
    "jenkins.io/job-full-name",
    "datadoghq.com/service-name",
    "newrelic.com/dashboard-guid",
];

/// Labels that name what a pod belongs to.
const LABELS: [&str; 6] = [
    "app",
    "name",
    "service",
    "k8s-app",
    "app.kubernetes.io/name",
    "app.kubernetes.io/instance",
];

impl Tie {
    /// What ties them, for people: `its repository`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Name => "its name",
            Self::Kubernetes => "its name in Kubernetes",
            Self::Alias => "another name of it",
            Self::Title => "its title",
            Self::Package => "a package of it",
            Self::SourceLocation => "the place of its code",
            Self::Repository | Self::RepositoryName => "its repository",
            Self::Folder => "its folder",
            Self::Reviewed => "a rule of CODEOWNERS",
            Self::Service => "what another system calls it",
            Self::Link => "a page of it",
            Self::Host => "its host",
            Self::Namespace => "its namespace in Kubernetes",
        }
    }
}

impl Keys {
    /// Arranges what the entities and sources of a catalog answer to.
    pub fn of(catalog: &Catalog) -> Self {
        let mut entities: Vec<(u32, u32)> = Vec::with_capacity(catalog.len() * 4);
        let mut organisations: HashSet<Box<str>> = HashSet::new();
        let mut domains: HashSet<Box<str>> = HashSet::new();
        let mut sources: Vec<(Box<str>, u32)> = Vec::new();
        for (number, source) in (0..).zip(catalog.sources()) {
            let facts = &source.facts;
            sources.push((facts.name.to_lowercase().into(), number));
            if let Some(repository) = ForgeRepository::of(&facts.place, facts.forge) {
                add_slug(
                    &repository.slug.to_lowercase(),
                    number,
                    &mut sources,
                    &mut organisations,
                );
            }
        }
        for position in 0..u32::try_from(catalog.len()).unwrap_or(u32::MAX) {
            let Some(listed) = catalog.at(position) else {
                continue;
            };
            let at_root = !listed.file.path.contains('/');
            each(listed, |tie, text| {
                entities.push((hash(text), position));
                match tie {
                    Tie::Repository => {
                        if let Some((organisation, _)) = text.split_once('/') {
                            insert(&mut organisations, organisation);
                        }
                        // A descriptor at the root of a repository names the repository that it stands in.
                        if let Some(number) = catalog.source_of(position).filter(|_| at_root) {
                            add_slug(text, number, &mut sources, &mut organisations);
                        }
                    }
                    Tie::Host => insert(&mut domains, domain(text)),
                    _ => {}
                }
            });
        }
        entities.sort_unstable();
        entities.dedup();
        sources.sort_unstable();
        sources.dedup();
        Self {
            entities: entities.into(),
            sources: sources.into(),
            organisations,
            domains,
        }
    }

    /// The entities that answer to a text by one of these ties, each with the strongest of them; too many are none.
    pub fn entities(&self, catalog: &Catalog, text: &str, ties: &[Tie]) -> Vec<(u32, Tie)> {
        let hashed = hash(text);
        let first = self.entities.partition_point(|(known, _)| *known < hashed);
        let range = self.entities[first..]
            .iter()
            .take_while(|(known, _)| *known == hashed);
        let mut positions: Vec<u32> = range
            .take(MOST + 1)
            .map(|(_, position)| *position)
            .collect();
        if positions.len() > MOST {
            // Of a crowd in one repository the one that is called like it stands for it.
            let name = text.rsplit('/').next().unwrap_or(text);
            let all = self.entities[first..]
                .iter()
                .take_while(|(known, _)| *known == hashed);
            positions = all
                .map(|(_, position)| *position)
                .filter(|position| {
                    catalog
                        .at(*position)
                        .is_some_and(|listed| listed.entity.reference.name() == name)
                })
                .take(MOST)
                .collect();
        }
        let answering = positions.into_iter().filter_map(|position| {
            let mut strongest: Option<Tie> = None;
            each(catalog.at(position)?, |tie, known| {
                if known == text
                    && ties.contains(&tie)
                    && strongest.is_none_or(|strongest| tie < strongest)
                {
                    strongest = Some(tie);
                }
            });
            Some((position, strongest?))
        });
        answering.collect()
    }

    /// The sources in which descriptors stand in this folder; two are enough to know that there are several.
    pub fn folder(&self, catalog: &Catalog, folder: &str) -> Vec<usize> {
        let hashed = hash(folder);
        let first = self.entities.partition_point(|(known, _)| *known < hashed);
        let mut sources: Vec<usize> = Vec::new();
        for (_, position) in self.entities[first..]
            .iter()
            .take_while(|(known, _)| *known == hashed)
        {
            let Some(listed) = catalog.at(*position) else {
                continue;
            };
            let stands = listed
                .file
                .path
                .rsplit_once('/')
                .is_some_and(|(known, _)| known == folder);
            if let Some(source) = catalog.source_of(*position).filter(|_| stands)
                && !sources.contains(&(source as usize))
            {
                sources.push(source as usize);
                if sources.len() > 1 {
                    break;
                }
            }
        }
        sources
    }

    /// The sources of which this is the slug, the name, or the name without the owner.
    pub fn sources(&self, text: &str) -> Vec<usize> {
        let first = self.sources.partition_point(|(known, _)| **known < *text);
        let mut found: Vec<usize> = self.sources[first..]
            .iter()
            .take_while(|(known, _)| **known == *text)
            .map(|(_, number)| *number as usize)
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether repositories belong to an owner of this name.
    pub fn is_organisation(&self, name: &str) -> bool {
        self.organisations.contains(name)
    }

    /// Whether a host is of a domain to which entities link.
    pub fn is_near(&self, host: &str) -> bool {
        self.domains.contains(domain(host))
    }
}

/// A name in the form in which names are compared: `Payments API` and `payments_api` are `payments-api`.
pub fn normal(name: &str) -> String {
    name.trim()
        .chars()
        .flat_map(char::to_lowercase)
        .map(|letter| {
            if matches!(letter, '_' | '.' | ' ') {
                '-'
            } else {
                letter
            }
        })
        .collect()
}

/// The last two words of a host's name.
pub fn domain(host: &str) -> &str {
    let mut dots = host.rmatch_indices('.').map(|(at, _)| at);
    dots.nth(1).map_or(host, |at| &host[at + 1..])
}

/// Calls `found` with everything that an entity answers to.
fn each(listed: Listed<'_>, mut found: impl FnMut(Tie, &str)) {
    let entity = listed.entity;
    found(Tie::Name, &normal(&entity.name));
    if let Some(title) = &entity.title {
        found(Tie::Title, &normal(title));
    }
    if let Some((folder, _)) = listed.file.path.rsplit_once('/') {
        found(Tie::Folder, folder);
    }
    if matches!(&*entity.kind, "Group" | "User") {
        return;
    }
    let (annotations, links) = parts(entity);
    for (key, value) in &annotations {
        annotated(key, value, &mut found);
    }
    for address in links.iter().filter_map(|link| address::read(link)) {
        found(Tie::Host, &address.host);
        if !address.path.is_empty() {
            found(Tie::Link, &format!("{}/{}", address.host, address.path));
        }
    }
}

fn annotated(key: &str, value: &str, found: &mut impl FnMut(Tie, &str)) {
    if key.ends_with("/project-slug") && !SERVICES.contains(&key) {
        for slug in value.split('\n').map(|slug| slug.trim().to_lowercase()) {
            if let Some((_, name)) = slug.rsplit_once('/') {
                found(Tie::Repository, &slug);
                found(Tie::RepositoryName, name);
            }
        }
        return;
    }
    match key {
        "callboard/aliases" => {
            for alias in value
                .split(',')
                .map(normal)
                .filter(|alias| !alias.is_empty())
            {
                found(Tie::Alias, &alias);
            }
        }
        "callboard/packages" => {
            for package in value
                .split(',')
                .map(|package| package.trim().to_lowercase())
            {
                if !package.is_empty() {
                    found(Tie::Package, &package);
                }
            }
        }
        "backstage.io/source-location" => {
            let place = address::read(value.strip_prefix("url:").unwrap_or(value));
            if let Some(repository) = place.and_then(|place| place.repository) {
                let text = format!("{}/{}", repository.slug, repository.path);
                found(Tie::SourceLocation, text.trim_matches('/'));
                if repository.path.is_empty() {
                    found(Tie::Repository, &repository.slug);
                }
            }
        }
        "backstage.io/kubernetes-id" => found(Tie::Kubernetes, &normal(value)),
        "backstage.io/kubernetes-namespace" => found(Tie::Namespace, &normal(value)),
        "backstage.io/kubernetes-label-selector" => {
            for (label, value) in value.split(',').filter_map(|term| term.split_once('=')) {
                if LABELS.contains(&label.trim_end_matches('!').trim()) && !label.ends_with('!') {
                    found(Tie::Kubernetes, &normal(value.trim_start_matches('=')));
                }
            }
        }
        key if SERVICES.contains(&key) => found(Tie::Service, &normal(value)),
        _ => {}
    }
}

/// The annotations of an entity and the addresses of its links.
fn parts(entity: &Entity) -> (Vec<(String, String)>, Vec<String>) {
    #[derive(Deserialize)]
    struct Document<'d> {
        #[serde(borrow, default)]
        metadata: Loose<Metadata<'d>>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Metadata<'d> {
        #[serde(borrow)]
        annotations: Pairs<'d>,
        #[serde(borrow)]
        links: Vec<Loose<Link<'d>>>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Link<'d> {
        #[serde(borrow)]
        url: Text<'d>,
    }
    let text = entity.document.text();
    // Links that are no list are refused by Backstage, with the rest of the entity.
    let Ok(Document {
        metadata: Loose(Some(metadata)),
    }) = serde_json::from_str(&text)
    else {
        return (Vec::new(), Vec::new());
    };
    let Pairs(pairs) = metadata.annotations;
    let pairs = pairs
        .into_iter()
        .map(|(key, value)| (key.into_owned(), value.into_owned()));
    let links = metadata
        .links
        .into_iter()
        .filter_map(|Loose(link)| Some(link?.url.0?.into_owned()));
    (pairs.collect(), links.collect())
}

fn add_slug(
    slug: &str,
    number: u32,
    sources: &mut Vec<(Box<str>, u32)>,
    organisations: &mut HashSet<Box<str>>,
) {
    sources.push((slug.into(), number));
    if let Some((owner, _)) = slug.split_once('/') {
        insert(organisations, owner);
    }
    if let Some((_, name)) = slug.rsplit_once('/') {
        sources.push((name.into(), number));
    }
}

fn insert(set: &mut HashSet<Box<str>>, text: &str) {
    if !set.contains(text) {
        set.insert(text.into());
    }
}

fn hash(text: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    // The upper half will do: what is found is compared in full.
    (hasher.finish() >> 32) as u32
}
