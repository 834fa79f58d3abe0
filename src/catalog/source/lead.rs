//! What sources lead to: the repositories that an organisation lists, and those that Locations point into.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::location::{Forge, identity};

/// A repository that a source leads to.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Lead {
    /// How answers name it: the slug, like `acme/payments`.
    pub name: String,
    /// The URL to fetch it from, without credentials.
    pub place: String,
    /// The branch; `None` is the remote's HEAD.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The software of its forge, where that is known better than its host's name tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forge: Option<Forge>,
    /// The branch that is its HEAD, as the listing says: Locations that name it lead to the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
    /// Whether an organisation lists it: then its descriptors are looked for, and not only read where Locations point.
    pub listed: bool,
    /// Globs of the files to look for; none means the default discovery.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// What Locations point to, beside that.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Pointed>,
    /// What the listing says of its newest state, like the time of the last push: while it stays the same, the
    /// repository need not be asked. `None`: the listing does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
}

/// What a Location in one source points to in another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Pointed {
    /// The path from the root of the repository, or a glob of paths.
    pub path: String,
    /// Whether it is an error when there is no such file: `presence` is not `optional`.
    pub required: bool,
    /// The Location and where it stands, for people.
    pub by: String,
}

impl Lead {
    /// What is the same for all leads to one branch of one repository.
    pub fn repository(&self) -> (String, Option<&str>) {
        (identity(&self.place), self.branch.as_deref())
    }

    /// Takes in another lead to the same repository.
    pub fn merge(&mut self, other: &Self) {
        let targets = std::mem::take(&mut self.targets);
        if other.listed && !self.listed {
            self.clone_from(other);
            self.targets.clear();
        }
        self.targets.extend(targets);
        self.targets.extend(other.targets.iter().cloned());
        self.targets.sort();
        self.targets.dedup();
    }
}

/// Leads that Locations give, gathered so that each repository is fetched once.
#[derive(Debug, Default)]
pub struct Gathered(BTreeMap<(String, Option<String>), Lead>);

impl Gathered {
    /// Takes in one target of a Location.
    pub fn point(&mut self, name: &str, place: String, branch: Option<String>, target: Pointed) {
        let key = (identity(&place), branch.clone());
        let lead = self.0.entry(key).or_insert_with(|| Lead {
            name: name.to_owned(),
            place,
            branch,
            ..Lead::default()
        });
        lead.targets.push(target);
    }

    /// The leads, in the order of their repositories; their targets sorted and each once.
    pub fn into_leads(self) -> Vec<Lead> {
        let mut leads: Vec<Lead> = self.0.into_values().collect();
        for lead in &mut leads {
            lead.targets.sort();
            lead.targets.dedup();
        }
        leads
    }
}
