//! What is made over the APIs of the forges, and what they say of it. What a request sends beside what the documentation of
//! the forge names is a fault.

mod forgejo;
mod github;
mod gitlab;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Acme, Asked, Told};
use crate::harness::git_http;

/// A repository that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub id: u64,
    pub owner: String,
    pub name: String,
    pub description: String,
    pub visibility: String,
    pub default_branch: String,
    /// Everything else that was set.
    pub settings: BTreeMap<String, Value>,
    /// Who was given which right.
    pub grants: Vec<String>,
    /// The branches with their commits, where git serves none.
    pub branches: BTreeMap<String, String>,
    pub pulls: Vec<Pull>,
    /// How many issues are open.
    pub issues: u64,
    pub forks: u64,
    /// How often it is not shown yet.
    pub lag: usize,
}

/// A request to take over a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    pub number: u64,
    pub title: String,
    pub branch: String,
    pub into: String,
    pub commit: String,
    /// `open`, `closed` or `merged`.
    pub state: String,
    pub reviewers: Vec<String>,
}

impl Made {
    /// A repository that somebody else has made.
    pub fn by_another(owner: &str, name: &str) -> Self {
        Self {
            id: 41,
            owner: owner.to_owned(),
            name: name.to_owned(),
            description: "Ana's own".to_owned(),
            visibility: "private".to_owned(),
            default_branch: "main".to_owned(),
            settings: BTreeMap::new(),
            grants: Vec::new(),
            branches: BTreeMap::new(),
            pulls: Vec::new(),
            issues: 0,
            forks: 0,
            lag: 0,
        }
    }

    pub fn slug(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    fn page(&self, address: &str) -> String {
        format!("{address}/{}", self.slug())
    }

    /// Takes over what was sent; `names` are those of the description and of the default branch.
    fn set(&mut self, body: &Value) {
        for (key, value) in body.as_object().into_iter().flatten() {
            let text = value.as_str().unwrap_or_default().to_owned();
            match key.as_str() {
                "description" => self.description = text,
                "default_branch" => self.default_branch = text,
                _ => {
                    self.settings.insert(key.clone(), value.clone());
                }
            }
        }
    }

    fn open(&self) -> impl Iterator<Item = &Pull> {
        self.pulls.iter().filter(|pull| pull.state == "open")
    }
}

impl Acme {
    /// Makes one; `None` when the name is taken.
    fn make(&mut self, owner: &str, name: &str, visibility: &str, body: &Value) -> Option<Made> {
        let taken = |made: &Made| made.slug().eq_ignore_ascii_case(&format!("{owner}/{name}"));
        if self.made.iter().any(taken) {
            return None;
        }
        let made = Made {
            id: 100 + self.made.len() as u64,
            description: body["description"].as_str().unwrap_or_default().to_owned(),
            visibility: visibility.to_owned(),
            lag: self.lag,
            ..Made::by_another(owner, name)
        };
        if let Some(served) = &self.served {
            git_http::make(&served.join(format!("{}.git", made.slug())));
        }
        self.made.push(made.clone());
        Some(made)
    }

    /// What is shown of this name.
    fn shown(&mut self, owner: &str, name: &str) -> Option<&mut Made> {
        let slug = format!("{owner}/{name}");
        let found = self.made.iter_mut();
        let made = found
            .filter(|made| made.slug().eq_ignore_ascii_case(&slug))
            .last()?;
        if made.lag > 0 {
            made.lag -= 1;
            return None;
        }
        Some(made)
    }

    /// Its branches: those that git serves, or those that the test says.
    fn branches(&self, made: &Made) -> Vec<(String, String)> {
        match &self.served {
            Some(served) => git_http::branches(&served.join(format!("{}.git", made.slug()))),
            None => made.branches.clone().into_iter().collect(),
        }
    }

    fn commit(&self, made: &Made, branch: &str) -> Option<String> {
        let branches = self.branches(made);
        branches
            .into_iter()
            .find_map(|(name, commit)| (name == branch).then_some(commit))
    }

    fn delete(&mut self, id: u64) {
        self.made.retain(|made| made.id != id);
    }
}

/// Whether a body has these keys and no others; those with a `!` must be there.
fn has(body: &Value, keys: &str) -> bool {
    let empty = Map::new();
    let body = body.as_object().unwrap_or(&empty);
    let keys: Vec<&str> = keys.split_whitespace().collect();
    let known = |key: &String| {
        keys.iter()
            .any(|known| known.trim_start_matches('!') == key)
    };
    let needed = keys.iter().filter_map(|key| key.strip_prefix('!'));
    body.keys().all(known) && needed.into_iter().all(|key| body.contains_key(key))
}

fn with_status(status: u16, body: Value) -> Told {
    Told {
        status,
        ..Told::json(body)
    }
}

fn not_found() -> Told {
    Told::refusal(404, "Not Found")
}

fn done() -> Told {
    with_status(204, json!(null))
}

fn texts(list: &Value) -> Vec<String> {
    let texts = list.as_array().into_iter().flatten();
    texts.filter_map(Value::as_str).map(str::to_owned).collect()
}
