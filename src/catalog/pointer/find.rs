//! From the form of a word to what it points to in a catalog. Only what is exactly there counts.

use super::form::{Form, read, workloads};
use super::keys::{Keys, normal};
use super::{Pointed, Target, Tie};
use crate::catalog::{Catalog, EntityRef};

/// By what something that runs is known.
const RUNNING: [Tie; 3] = [Tie::Kubernetes, Tie::Name, Tie::Alias];

/// By what something is called.
const CALLED: [Tie; 5] = [
    Tie::Kubernetes,
    Tie::Name,
    Tie::Alias,
    Tie::Title,
    Tie::Service,
];

/// What is no part of a name but says for what the thing of that name runs.
const STAGES: [&str; 22] = [
    "prod",
    "production",
    "prd",
    "live",
    "staging",
    "stage",
    "stg",
    "dev",
    "development",
    "test",
    "qa",
    "uat",
    "preview",
    "canary",
    "blue",
    "green",
    "primary",
    "replica",
    "internal",
    "svc",
    "service",
    "server",
];

/// Words at the front of a host that say nothing of whose it is.
const FRONTS: [&str; 8] = [
    "www", "api", "app", "admin", "grpc", "metrics", "status", "docs",
];

/// What the packages of a client are called behind the name of what it talks to.
const CLIENTS: [&str; 10] = [
    "-client", "-sdk", "-api", "-types", "-proto", "-protos", "-lib", "-common", "-core",
    "-starter",
];

impl Catalog {
    /// What a word points to: nothing, one thing, or several of which it cannot be told which is meant. `typed` says
    /// that somebody asked for just this; in a text that was pasted less is taken for a name.
    pub fn points_to(&self, word: &str, typed: bool) -> Vec<Pointed> {
        let Some(form) = read(word) else {
            return Vec::new();
        };
        let finder = Finder {
            catalog: self,
            keys: self.keys(),
            typed,
        };
        finder.form(&form)
    }

    /// What something that runs is called: a workload, a pod, a container, or the name that a log gives itself.
    pub fn runs_as(&self, name: &str) -> Vec<Pointed> {
        let finder = Finder {
            catalog: self,
            keys: self.keys(),
            typed: true,
        };
        finder.running(name, &CALLED)
    }

    /// What is alone in a namespace of Kubernetes.
    pub fn alone_in(&self, namespace: &str) -> Option<Pointed> {
        let finder = Finder {
            catalog: self,
            keys: self.keys(),
            typed: true,
        };
        finder.only(&normal(namespace), &[Tie::Namespace])
    }
}

pub(super) struct Finder<'c> {
    pub(super) catalog: &'c Catalog,
    pub(super) keys: &'c Keys,
    pub(super) typed: bool,
}

impl Finder<'_> {
    fn form(&self, form: &Form) -> Vec<Pointed> {
        match form {
            Form::Address(address) => self.address(address),
            Form::Path {
                parts,
                glob,
                absolute,
            } => self.path(parts, *glob, *absolute),
            Form::Scoped { scope, name } => self.scoped(scope, name),
            Form::Dotted { words, behind } => self.dotted(words, behind.as_deref()),
            Form::Code(first) => self.code(first),
            Form::Word(word) => self.word(word),
        }
    }

    /// A package of an organisation.
    pub(super) fn scoped(&self, scope: &str, name: &str) -> Vec<Pointed> {
        let package = format!("@{scope}/{name}");
        let found = self.keys.entities(self.catalog, &package, &[Tie::Package]);
        if !found.is_empty() {
            return self.best(found, name);
        }
        if let Some(found) = self.only(&normal(&package), &[Tie::Alias]) {
            return vec![found];
        }
        if self.keys.is_organisation(scope) {
            return self.package(&normal(name));
        }
        Vec::new()
    }

    /// What a package of our own is called like, perhaps as its client.
    fn package(&self, name: &str) -> Vec<Pointed> {
        let ties = [Tie::Name, Tie::RepositoryName, Tie::Package, Tie::Alias];
        let called = |name: &str| self.best(self.keys.entities(self.catalog, name, &ties), name);
        let found = called(name);
        if !found.is_empty() {
            return found;
        }
        let short = CLIENTS.iter().find_map(|client| name.strip_suffix(client));
        short.map(called).unwrap_or_default()
    }

    /// A package whose name begins with that of an organisation, like `acme-payments-client`.
    pub(super) fn of_organisation(&self, package: &str) -> Vec<Pointed> {
        let found = self
            .keys
            .entities(self.catalog, &package.to_lowercase(), &[Tie::Package]);
        let name = normal(package);
        if !found.is_empty() {
            return self.best(found, &name);
        }
        match name.split_once('-') {
            Some((scope, rest)) if self.keys.is_organisation(scope) => self.package(rest),
            _ => Vec::new(),
        }
    }

    fn dotted(&self, words: &[String], behind: Option<&str>) -> Vec<Pointed> {
        let whole = words.join(".").to_lowercase();
        let mut package = whole.as_str();
        if let Some(artifact) = behind {
            let whole = format!("{whole}:{}", artifact.to_lowercase());
            if let Some(found) = self.only(&whole, &[Tie::Package]) {
                return vec![found];
            }
            if let Some(found) = self.only(&normal(&whole), &[Tie::Alias]) {
                return vec![found];
            }
        }
        loop {
            let found = self.keys.entities(self.catalog, package, &[Tie::Package]);
            if !found.is_empty() {
                return self.best(found, package);
            }
            match package.rsplit_once('.') {
                Some((before, _)) => package = before,
                None => break,
            }
        }
        // `com.acme.payments.Ledger` and `Acme.Payments.Ledger`: what follows the organisation.
        let owner = words
            .iter()
            .take(3)
            .position(|word| self.keys.is_organisation(&word.to_lowercase()));
        if let Some(owner) = owner
            && !self.keys.is_near(&whole)
            && let Some(next) = words.get(owner + 1)
        {
            let found = self.package(&kebab(next));
            if !found.is_empty() {
                return found;
            }
            if let Some(artifact) = behind {
                return self.package(&normal(artifact));
            }
        }
        if words
            .iter()
            .any(|word| word.contains(|letter: char| letter.is_uppercase()))
        {
            return self.file_name(words);
        }
        let found = self.host(&whole);
        if found.is_empty() {
            self.file_name(words)
        } else {
            found
        }
    }

    /// `module.function` of a package whose name is not a word of everyday, like `payments_worker.tasks`.
    fn file_name(&self, words: &[String]) -> Vec<Pointed> {
        let first = &words[0];
        if !self.typed && first.contains(['_', '-']) {
            return self.running(first, &[Tie::Name]);
        }
        Vec::new()
    }

    pub(super) fn host(&self, host: &str) -> Vec<Pointed> {
        if let Some(found) = self.only(host, &[Tie::Host]) {
            return vec![found];
        }
        let labels: Vec<&str> = host.split('.').collect();
        if labels.len() < 2 {
            return Vec::new();
        }
        // `payments.money.svc.cluster.local`
        if labels.get(2) == Some(&"svc") {
            return self.running(labels[0], &RUNNING);
        }
        let near = self.keys.is_near(host);
        let own = labels.len().saturating_sub(if near { 2 } else { 1 });
        for label in labels.iter().take(own) {
            // A name of one word on a foreign host is chance.
            if !near && !label.contains('-') {
                return Vec::new();
            }
            let found = self.running(label, &RUNNING);
            if !found.is_empty() {
                return found;
            }
            if !FRONTS.contains(label) && !STAGES.contains(label) {
                return Vec::new();
            }
        }
        Vec::new()
    }

    fn code(&self, first: &str) -> Vec<Pointed> {
        let name = normal(first);
        let found = self.of_organisation(first);
        if !found.is_empty() {
            return found;
        }
        if self.typed || name.contains('-') {
            return self.package(&name);
        }
        self.best(self.keys.entities(self.catalog, &name, &[Tie::Name]), &name)
    }

    fn word(&self, word: &str) -> Vec<Pointed> {
        let name = normal(word);
        if !self.typed && !name.contains('-') {
            return Vec::new();
        }
        let ties = [
            Tie::Name,
            Tie::Kubernetes,
            Tie::Alias,
            Tie::Package,
            Tie::Service,
        ];
        let found = self.running(word, &ties);
        if !found.is_empty() || !self.typed {
            return found;
        }
        let found = self.keys.entities(
            self.catalog,
            &word.to_lowercase(),
            &[Tie::Package, Tie::RepositoryName],
        );
        if !found.is_empty() {
            return self.best(found, &name);
        }
        self.of_organisation(word)
    }

    /// Something that runs, by its own name, that of its workload, or without the stage that it runs in.
    pub(super) fn running(&self, word: &str, ties: &[Tie]) -> Vec<Pointed> {
        let word = word.rsplit('/').next().unwrap_or(word);
        let name = normal(word);
        let called = |name: &str, ties: &[Tie]| {
            self.best(self.keys.entities(self.catalog, name, ties), name)
        };
        let found = called(&name, ties);
        if !found.is_empty() {
            return found;
        }
        for workload in workloads(&name) {
            let found = called(workload, &RUNNING);
            if !found.is_empty() {
                return found;
            }
            if let Some(bare) = without_stage(workload) {
                let found = called(bare, &RUNNING);
                if !found.is_empty() {
                    return found;
                }
            }
        }
        without_stage(&name)
            .map(|bare| called(bare, &RUNNING))
            .unwrap_or_default()
    }

    /// The one entity that answers to a text; several owners are none.
    pub(super) fn only(&self, text: &str, ties: &[Tie]) -> Option<Pointed> {
        let name = text.rsplit('/').next().unwrap_or(text);
        let mut found = self.best(self.keys.entities(self.catalog, text, ties), name);
        if found.len() == 1 { found.pop() } else { None }
    }

    /// The best of several: that of the strongest tie and the likeliest kind, the one that is called like the text
    /// first. What is left are several only when they have different owners.
    pub(super) fn best(&self, found: Vec<(u32, Tie)>, name: &str) -> Vec<Pointed> {
        let mut ranked: Vec<(Rank, u32, Option<&EntityRef>)> = found
            .into_iter()
            .filter_map(|(position, tie)| {
                let entity = self.catalog.at(position)?.entity;
                let rank = kind_rank(entity.reference.kind())?;
                let other = entity.reference.name() != name;
                Some(((tie, other, rank), position, entity.owner.as_ref()))
            })
            .collect();
        ranked.sort_by_key(|(rank, position, _)| (*rank, *position));
        let Some((first, position, owner)) = ranked.first().copied() else {
            return Vec::new();
        };
        let pointed = |position: u32| Pointed {
            target: Target::Entity(position),
            tie: first.0,
        };
        let mut owners = vec![owner];
        let mut best = vec![pointed(position)];
        for (rank, position, owner) in &ranked[1..] {
            if *rank == first && !owners.contains(owner) {
                owners.push(*owner);
                best.push(pointed(*position));
            }
        }
        best
    }
}

/// How well an entity answers to a text: by its tie, whether it is called otherwise, and its kind.
type Rank = (Tie, bool, u8);

/// Which kinds a word means first; groups, users and Locations it does not mean.
fn kind_rank(kind: &str) -> Option<u8> {
    match kind {
        "component" => Some(0),
        "api" => Some(1),
        "resource" => Some(2),
        "template" => Some(3),
        "system" => Some(4),
        "domain" => Some(5),
        "group" | "user" | "location" => None,
        _ => Some(6),
    }
}

/// A name without the stage at its end or its beginning: `payments` of `payments-prod`.
fn without_stage(name: &str) -> Option<&str> {
    let (before, last) = name.rsplit_once('-')?;
    if STAGES.contains(&last) {
        return Some(before);
    }
    let (first, rest) = name.split_once('-')?;
    STAGES.contains(&first).then_some(rest)
}

/// `PaymentsWorker` as `payments-worker`.
fn kebab(word: &str) -> String {
    let mut kebab = String::with_capacity(word.len() + 4);
    let mut small = false;
    for letter in word.chars() {
        if letter.is_uppercase() && small {
            kebab.push('-');
        }
        small = letter.is_lowercase() || letter.is_numeric();
        kebab.extend(letter.to_lowercase());
    }
    normal(&kebab)
}
