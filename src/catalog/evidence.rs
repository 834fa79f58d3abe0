//! Why we say so: what stands beside the line that names an owner, and whether it agrees.

mod past;

use std::collections::HashMap;

use super::path::code_folder;
use super::reference::EntityRef;
use super::relation::RelationType;
use super::{Catalog, Listed};
use crate::git::{Author, Commit};

pub use past::{Past, Pasts};

/// How many of the last committers count.
const COMMITTERS: usize = 10;

/// With so many committers that the catalog knows, none of them in the team is no accident.
const ENOUGH: usize = 3;

/// How many owners are proposed.
const PROPOSED: usize = 2;

/// What is known of an entity's owner beside the line that names it.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// What it comes to.
    pub verdict: Verdict,
    /// The commit that changed the line last.
    pub changed: Option<Commit>,
    /// What CODEOWNERS says of the entity's folder.
    pub codeowners: Option<Opinion>,
    /// Who works in the folder.
    pub committers: Option<Committers>,
    /// Who owns it most likely, the likeliest first, where nobody does or nobody is known.
    pub likely: Vec<Likely>,
}

/// What the evidence comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// CODEOWNERS or the committers bear it out.
    Agreed,
    /// CODEOWNERS or the committers speak against it.
    Disputed,
    /// The owner is not in the catalog.
    UnknownGroup,
    /// The owner is a group without a member.
    EmptyGroup,
    /// No owner is named.
    Nobody,
    /// Nothing speaks for it nor against it.
    Alone,
}

/// What CODEOWNERS says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opinion {
    /// The path of the file.
    pub file: String,
    /// The line.
    pub line: u32,
    /// The pattern.
    pub pattern: String,
    /// The owners as they are written.
    pub written: Vec<String>,
    /// The owners as the catalog knows them.
    pub owners: Vec<EntityRef>,
    /// Whether that agrees with the entity's owner; `None` where it says nothing of it: it names nobody, nobody that is
    /// known, or everything at once.
    pub agrees: Option<bool>,
}

/// The last committers to a folder, bots left out and everybody counted once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committers {
    /// How many there are, at most ten.
    pub of: usize,
    /// How many of them the catalog knows.
    pub known: usize,
    /// How many belong to the owner.
    pub within: usize,
    /// The other group that has the most of them, and how many.
    pub other: Option<(EntityRef, usize)>,
}

/// A likely owner.
#[derive(Debug, Clone, PartialEq)]
pub struct Likely {
    /// The group; a user where none of the committers is in a group.
    pub owner: EntityRef,
    /// How many of the last committers belong to it.
    pub committers: usize,
}

/// The folder of an entity: where it says its code is, or else where its descriptor lies.
pub fn folder(listed: Listed<'_>) -> String {
    let own = code_folder(listed.entity, &listed.source.facts.place);
    let beside = || {
        let path = &listed.file.path;
        path.rsplit_once('/')
            .map_or_else(String::new, |(folder, _)| folder.to_owned())
    };
    own.unwrap_or_else(beside)
}

/// Weighs what there is. Without a past it says nothing of lines and committers.
pub fn weigh(catalog: &Catalog, listed: Listed<'_>, past: Option<&Past>) -> Evidence {
    let owner = listed.entity.owner.as_ref();
    let codeowners = opinion(catalog, listed, owner);
    let people = past.map(|past| committers(catalog, &past.commits));
    let counted = past.is_some_and(|past| !past.descriptor_only) && !is_list(listed);
    let committers = people
        .as_ref()
        .filter(|people| counted && people.len() > 1)
        .map(|people| count(catalog, people, owner));
    let verdict = verdict(catalog, owner, codeowners.as_ref(), committers.as_ref());
    let is_open = matches!(verdict, Verdict::Nobody | Verdict::UnknownGroup);
    let likely = people
        .filter(|_| is_open)
        .map(|people| likely(catalog, &people))
        .unwrap_or_default();
    Evidence {
        verdict,
        changed: past.and_then(|past| past.changed.clone()),
        codeowners,
        committers,
        likely,
    }
}

fn verdict(
    catalog: &Catalog,
    owner: Option<&EntityRef>,
    codeowners: Option<&Opinion>,
    committers: Option<&Committers>,
) -> Verdict {
    let Some(owner) = owner else {
        return Verdict::Nobody;
    };
    if catalog.get(owner).is_none() {
        return Verdict::UnknownGroup;
    }
    if owner.kind() == "group" && catalog.is_memberless(owner) {
        return Verdict::EmptyGroup;
    }
    let others = committers.is_some_and(|committers| {
        let most = committers.other.as_ref().map_or(0, |(_, count)| *count);
        committers.within == 0 && committers.known >= ENOUGH && most * 2 > committers.known
    });
    match codeowners.and_then(|opinion| opinion.agrees) {
        Some(true) => Verdict::Agreed,
        Some(false) => Verdict::Disputed,
        None if others => Verdict::Disputed,
        None if committers.is_some_and(|committers| committers.within > 0) => Verdict::Agreed,
        None => Verdict::Alone,
    }
}

/// What CODEOWNERS says of the entity's folder. Where the owner comes from there, it is no second opinion.
fn opinion(catalog: &Catalog, listed: Listed<'_>, owner: Option<&EntityRef>) -> Option<Opinion> {
    let codeowners = listed.source.facts.codeowners.as_ref()?;
    if listed.entity.from_codeowners {
        return None;
    }
    let folder = folder(listed);
    let inside = if folder.is_empty() {
        "_".to_owned()
    } else {
        format!("{folder}/_")
    };
    // A rule for all descriptors says who reviews descriptors, not whose the folder is; one for this very file counts.
    let own = codeowners
        .matching(&listed.file.path)
        .into_iter()
        .filter(|rule| rule.names(&listed.file.path));
    let mut rules: Vec<_> = own.collect();
    if rules.is_empty() {
        rules = codeowners.matching(&inside);
    }
    let last = *rules.last()?;
    let written: Vec<String> = rules
        .iter()
        .flat_map(|rule| &rule.owners)
        .map(|owner| owner.as_ref().to_owned())
        .collect();
    let people = catalog.people();
    let mut owners: Vec<EntityRef> = Vec::new();
    for found in written.iter().filter_map(|owner| people.code_owner(owner)) {
        if !owners.contains(&found) {
            owners.push(found);
        }
    }
    let agrees = owner.and_then(|owner| {
        let agrees = owners.iter().any(|found| goes_with(catalog, found, owner));
        let known = owners.iter().any(|found| catalog.get(found).is_some());
        // What is said of the whole repository is not meant of every folder in it.
        let special = folder.is_empty() || rules.iter().any(|rule| !rule.is_for_all());
        let special = special && !is_list(listed);
        (agrees || (known && special)).then_some(agrees)
    });
    Some(Opinion {
        file: codeowners.path().to_owned(),
        line: last.line,
        pattern: last.written.as_ref().to_owned(),
        written,
        owners,
        agrees,
    })
}

/// Whether the entity's file lists things of several owners: who works on a list owns none of them by that.
fn is_list(listed: Listed<'_>) -> bool {
    let entities = listed.file.entities.iter();
    let mut owners = entities.filter_map(|kept| kept.entity.owner.as_ref());
    let first = owners.next();
    owners.any(|owner| Some(owner) != first)
}

/// Whether two owners do not contradict each other: they are the same, or one is a part of the other.
fn goes_with(catalog: &Catalog, one: &EntityRef, other: &EntityRef) -> bool {
    one == other || belongs(catalog, one, other) || belongs(catalog, other, one)
}

/// Whether a user or group is in a group or in one below it.
fn belongs(catalog: &Catalog, part: &EntityRef, whole: &EntityRef) -> bool {
    part == whole || catalog.groups_of(part).contains(whole)
}

/// A person who has committed.
struct Committer {
    user: Option<EntityRef>,
    /// The groups of which the user is a member.
    groups: Vec<EntityRef>,
    /// What the person's commits weigh, the newer the more.
    weight: f64,
}

/// The last committers, the newest first.
fn committers(catalog: &Catalog, commits: &[Commit]) -> Vec<Committer> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut committers: Vec<Committer> = Vec::new();
    let people = catalog.people();
    let mut age = 0.0;
    for commit in commits.iter().filter(|commit| !is_bot(&commit.author)) {
        age += 1.0;
        let user = people.author(&commit.author.name, &commit.author.mail);
        let key = user.map_or_else(
            || commit.author.mail.to_lowercase(),
            |user| user.as_str().to_owned(),
        );
        let place = match places.get(&key) {
            Some(place) => *place,
            None if committers.len() >= COMMITTERS => continue,
            None => {
                let groups = user.map(|user| {
                    let groups = catalog.related(user, RelationType::MemberOf);
                    groups.map(|group| group.target.clone()).collect()
                });
                committers.push(Committer {
                    user: user.cloned(),
                    groups: groups.unwrap_or_default(),
                    weight: 0.0,
                });
                places.insert(key, committers.len() - 1);
                committers.len() - 1
            }
        };
        committers[place].weight += 1.0 / (1.0 + age / 50.0);
    }
    committers
}

fn count(catalog: &Catalog, people: &[Committer], owner: Option<&EntityRef>) -> Committers {
    let is_within = |committer: &&Committer| {
        let user = committer.user.as_ref().zip(owner);
        user.is_some_and(|(user, owner)| belongs(catalog, user, owner))
    };
    let others = people.iter().filter(|one| !is_within(one));
    let mut counts: Vec<(EntityRef, usize)> = Vec::new();
    for group in others.flat_map(|committer| &committer.groups) {
        match counts.iter_mut().find(|(known, _)| known == group) {
            Some((_, count)) => *count += 1,
            None => counts.push((group.clone(), 1)),
        }
    }
    // Of several the first stays: that of the newest commit.
    let most = counts.iter().map(|(_, count)| *count).max();
    Committers {
        of: people.len(),
        known: people.iter().filter(|one| one.user.is_some()).count(),
        within: people.iter().filter(is_within).count(),
        other: counts.into_iter().find(|(_, count)| Some(*count) == most),
    }
}

/// The groups of the committers, those first whose members' commits weigh most; a member of several groups counts for
/// each in part. Where nobody is in a group, the committers themselves.
fn likely(catalog: &Catalog, people: &[Committer]) -> Vec<Likely> {
    let mut groups: Vec<(Likely, f64)> = Vec::new();
    let mut users: Vec<(Likely, f64)> = Vec::new();
    for committer in people {
        let known = |group: &&EntityRef| catalog.get(group).is_some();
        let parts = committer.groups.iter().filter(known).count();
        let share = committer.weight / f64::from(u32::try_from(parts.max(1)).unwrap_or(u32::MAX));
        for group in committer.groups.iter().filter(known) {
            add(&mut groups, group, share);
        }
        if let Some(user) = &committer.user {
            add(&mut users, user, committer.weight);
        }
    }
    let mut weights = if groups.is_empty() { users } else { groups };
    weights.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let likely = weights.into_iter().map(|(likely, _)| likely);
    likely.take(PROPOSED).collect()
}

fn add(weights: &mut Vec<(Likely, f64)>, owner: &EntityRef, weight: f64) {
    let known = weights.iter_mut().find(|(known, _)| known.owner == *owner);
    if let Some((known, sum)) = known {
        known.committers += 1;
        *sum += weight;
    } else {
        let likely = Likely {
            owner: owner.clone(),
            committers: 1,
        };
        weights.push((likely, weight));
    }
}

/// Whether a program made the commit.
fn is_bot(author: &Author) -> bool {
    let name = author.name.trim().to_lowercase();
    let mail = author.mail.to_lowercase();
    let known = [
        "dependabot",
        "renovate",
        "github-actions",
        "github actions",
        "gitlab-ci",
        "jenkins",
        "snyk",
        "mergify",
        "pre-commit-ci",
    ];
    name.ends_with("[bot]")
        || mail.contains("[bot]@")
        || name.ends_with("-bot")
        || name.ends_with(" bot")
        || name.starts_with("bot-")
        || name == "bot"
        || known.iter().any(|bot| name.starts_with(bot))
}

#[cfg(test)]
mod tests;
