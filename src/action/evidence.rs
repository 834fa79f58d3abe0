//! What speaks for the owner of an entity and what against it, as data.

use serde_json::{Value, json};

use super::{Context, card};
use crate::catalog::evidence::{Evidence, Verdict, weigh};
use crate::catalog::{Catalog, EntityRef, Listed};
use crate::clock::ago;
use crate::git::Commit;

/// How many owners are offered to choose from.
const OFFERED: usize = 2;

/// Looks up what can be had in time, and weighs it.
pub(super) async fn of(catalog: &Catalog, listed: Listed<'_>, context: &Context) -> Evidence {
    let source = context.syncer.source(&listed.source.facts.key);
    let past = match source {
        Some(source) => context.pasts.of(listed, &source, &context.clock).await,
        None => None,
    };
    weigh(catalog, listed, past.as_deref())
}

/// The evidence as data: `verdict, changed, codeowners, committers, likely, fixes`.
pub(super) fn told(catalog: &Catalog, listed: Listed<'_>, found: &Evidence, now: u64) -> Value {
    let verdict = match found.verdict {
        Verdict::Agreed => "agreed",
        Verdict::Disputed => "disputed",
        Verdict::UnknownGroup => "unknown group",
        Verdict::EmptyGroup => "empty group",
        Verdict::Nobody => "nobody",
        Verdict::Alone => "alone",
    };
    let codeowners = found.codeowners.as_ref().map(|opinion| {
        let stance = match opinion.agrees {
            Some(true) => "agrees",
            Some(false) => "disagrees",
            None => "silent",
        };
        json!({
            "file": opinion.file,
            "line": opinion.line,
            "pattern": opinion.pattern,
            "written": opinion.written,
            "stance": stance,
        })
    });
    let committers = found.committers.as_ref().map(|committers| {
        let other = committers.other.as_ref().map(|(group, count)| {
            json!({ "title": card::reference(catalog, group)["title"], "count": count })
        });
        json!({
            "of": committers.of,
            "known": committers.known,
            "within": committers.within,
            "other": other,
        })
    });
    let likely: Vec<Value> = found
        .likely
        .iter()
        .map(|likely| {
            let mut told = card::reference(catalog, &likely.owner);
            told["committers"] = json!(likely.committers);
            told
        })
        .collect();
    let fixes: Vec<Value> = proposed(catalog, listed, found)
        .iter()
        .map(|owner| card::reference(catalog, owner))
        .collect();
    json!({
        "verdict": verdict,
        "changed": found.changed.as_ref().map(|commit| changed(catalog, commit, now)),
        "codeowners": codeowners,
        "committers": committers,
        "likely": likely,
        "fixes": fixes,
    })
}

/// The owners that the evidence speaks for, where it does not speak for the one that is named; the likeliest first.
pub(super) fn proposed(catalog: &Catalog, listed: Listed<'_>, found: &Evidence) -> Vec<EntityRef> {
    let doubtful = matches!(
        found.verdict,
        Verdict::Disputed | Verdict::UnknownGroup | Verdict::Nobody
    );
    if !doubtful {
        return Vec::new();
    }
    let opinion = found.codeowners.iter().flat_map(|opinion| &opinion.owners);
    let worked = found.committers.iter().filter_map(|committers| {
        let other = committers.other.as_ref().map(|(group, _)| group);
        other.filter(|_| found.verdict == Verdict::Disputed)
    });
    let likely = found.likely.iter().map(|likely| &likely.owner);
    let mut proposed: Vec<EntityRef> = Vec::new();
    for owner in opinion.chain(worked).chain(likely) {
        let is_new = !proposed.contains(owner) && listed.entity.owner.as_ref() != Some(owner);
        if is_new && catalog.get(owner).is_some() {
            proposed.push(owner.clone());
        }
    }
    proposed.truncate(OFFERED);
    proposed
}

fn changed(catalog: &Catalog, commit: &Commit, now: u64) -> Value {
    let author = &commit.author;
    let user = catalog.people().author(&author.name, &author.mail);
    let name = user
        .and_then(|user| catalog.get(user))
        .map_or(author.name.trim(), |listed| listed.entity.display_name());
    // Some people's git calls them by their address, which is nobody's business.
    let name = match name {
        "" => "somebody",
        name => name.split('@').next().unwrap_or_default(),
    };
    json!({
        "age": ago(now, commit.time),
        "by": card::cut(name),
        "commit": commit.id.get(..8),
    })
}
