//! Which sources there are: the configured ones, then all that they lead to, each repository once.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::location::identity;
use super::super::source::{Configured, Lead, Pointed, Reach};
use super::super::state::{Facts, SourceState};
use super::stored::READER;

/// How many repositories the sources may lead to, all together.
const MOST_LED: usize = 50_000;

/// A source that is to be read.
#[derive(Clone)]
pub(super) struct Planned {
    pub(super) source: Arc<Configured>,
    /// The name of the configured source from which the way leads here; none for a configured one.
    pub(super) origin: Option<String>,
    /// What the listing says of its newest state.
    pub(super) marker: Option<String>,
}

impl Planned {
    /// A configured source.
    pub(super) fn root(source: Arc<Configured>) -> Self {
        Self {
            source,
            origin: None,
            marker: None,
        }
    }

    /// The key of the source.
    pub(super) fn key(&self) -> &str {
        &self.source.key
    }

    /// What is known of it before it was ever read.
    pub(super) fn fresh(&self) -> Facts {
        Facts {
            key: self.source.key.clone(),
            name: self.source.name.clone(),
            origin: self.origin.clone(),
            reader: READER,
            place: self.source.place.clone(),
            forge: self.source.forge,
            branch: self.source.branch.clone(),
            ..Facts::default()
        }
    }

    /// Whether other files are to be read of it than the last time.
    pub(super) fn reads_other_files(&self, facts: &Facts) -> bool {
        let source = &self.source;
        (&facts.include, &facts.targets, facts.only_targets)
            != (&source.include, &source.targets, source.only_targets)
    }
}

/// Walks from the configured sources along what each is known to lead to. Sources that stay as they are, are taken over
/// from `before`. The order is that of the configuration, then of names.
pub(super) fn plan(
    roots: &[Arc<Configured>],
    reach: &Reach,
    states: &HashMap<String, Arc<SourceState>>,
    before: &[Planned],
) -> Vec<Planned> {
    let mut walk = Walk {
        roots,
        heads: heads(roots, states),
        by_place: roots
            .iter()
            .zip(0..)
            .map(|(root, number)| (identity(&root.place), number))
            .collect(),
        targets: vec![Vec::new(); roots.len()],
        found: Vec::new(),
        by_repository: HashMap::new(),
    };
    for (number, root) in roots.iter().enumerate() {
        walk.take(&root.key, number, states);
    }
    let known: HashMap<&str, &Planned> = before
        .iter()
        .map(|planned| (planned.key(), planned))
        .collect();
    let mut next = 0;
    while let Some(found) = walk.found.get(next) {
        let (key, root) = (Configured::key_of(&found.lead), found.root);
        walk.take(&key, root, states);
        next += 1;
    }
    // Only now all that leads to each is known.
    let found = walk.found.iter();
    let mut led: Vec<Planned> = found
        .filter_map(|found| found.planned(roots, reach, &known))
        .collect();
    led.sort_by(|a, b| (&a.source.name, a.key()).cmp(&(&b.source.name, b.key())));
    let configured = roots.iter().zip(walk.targets).map(|(root, mut targets)| {
        targets.sort();
        targets.dedup();
        let same = known.get(root.key.as_str());
        match same.filter(|same| same.source.targets == targets) {
            Some(same) => (*same).clone(),
            None => Planned::root(Arc::new(Configured {
                targets,
                ..Configured::clone(root)
            })),
        }
    });
    configured.chain(led).collect()
}

/// What the listings say of the branches that are HEADs.
fn heads<'s>(
    roots: &[Arc<Configured>],
    states: &'s HashMap<String, Arc<SourceState>>,
) -> HashMap<String, &'s str> {
    let states = roots.iter().filter_map(|root| states.get(&root.key));
    let leads = states.flat_map(|state| &state.facts.leads);
    leads
        .filter_map(|lead| Some((identity(&lead.place), lead.head.as_deref()?)))
        .collect()
}

struct Walk<'a> {
    roots: &'a [Arc<Configured>],
    by_place: HashMap<String, usize>,
    /// The branches that are the HEADs of repositories, as far as listings say.
    heads: HashMap<String, &'a str>,
    /// What is pointed to in each of the configured sources.
    targets: Vec<Vec<Pointed>>,
    found: Vec<Followed>,
    by_repository: HashMap<(String, Option<String>), usize>,
}

/// A repository that was come to.
struct Followed {
    lead: Lead,
    /// The configured source at which the way began.
    root: usize,
}

impl Walk<'_> {
    /// Follows what the source of this key leads to.
    fn take(&mut self, key: &str, root: usize, states: &HashMap<String, Arc<SourceState>>) {
        let Some(state) = states.get(key) else {
            return;
        };
        for lead in &state.facts.leads {
            let (repository, branch) = lead.repository();
            let head = self.heads.get(&repository).copied();
            let branch = branch.filter(|branch| head != Some(*branch));
            // What is configured is read as it is configured, at its own branch.
            if let Some(number) = self.by_place.get(&repository) {
                self.targets[*number].extend(lead.targets.iter().cloned());
                continue;
            }
            let place = (repository, branch.map(str::to_owned));
            match self.by_repository.get(&place) {
                Some(number) => self.found[*number].lead.merge(lead),
                None if self.found.len() < MOST_LED => {
                    self.by_repository.insert(place, self.found.len());
                    self.found.push(Followed {
                        lead: Lead {
                            branch: branch.map(str::to_owned),
                            ..lead.clone()
                        },
                        root,
                    });
                }
                None => {
                    let from = &self.roots[root].name;
                    tracing::warn!(
                        source = from,
                        most = MOST_LED,
                        "the sources lead to more repositories than are followed"
                    );
                    return;
                }
            }
        }
    }
}

impl Followed {
    /// The source, if it can be made. One that is known already stays.
    fn planned(
        &self,
        roots: &[Arc<Configured>],
        reach: &Reach,
        known: &HashMap<&str, &Planned>,
    ) -> Option<Planned> {
        let lead = &self.lead;
        let key = Configured::key_of(lead);
        let same = known.get(key.as_str()).filter(|same| {
            let source = &same.source;
            (&source.include, &source.targets) == (&lead.include, &lead.targets)
                && source.only_targets != lead.listed
                && (source.forge, &source.place) == (lead.forge, &lead.place)
        });
        let source = match same {
            Some(same) => same.source.clone(),
            None => match reach.led(lead, roots.get(self.root)) {
                Ok(made) => Arc::new(made),
                Err(error) => {
                    tracing::warn!(source = lead.name, %error, "a repository cannot be followed");
                    return None;
                }
            },
        };
        Some(Planned {
            source,
            origin: roots.get(self.root).map(|root| root.name.clone()),
            marker: lead.marker.clone(),
        })
    }
}
