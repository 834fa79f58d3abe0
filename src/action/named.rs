//! Whose are the things that a text names, as data: one thing in full, several in a line each.

use serde_json::{Value, json};

use super::{Context, card, owner, point};
use crate::catalog::path::{PathOwners, at_path};
use crate::catalog::pointer::{Named, Place, Target, Tie, paste};
use crate::catalog::{Catalog, EntityRef, Listed};
use crate::failure::Failure;

/// What `who-owns` tells of a text that is no name. The action was only asked because the text names something.
pub(super) async fn owners(
    catalog: &Catalog,
    text: &str,
    context: &Context,
) -> Result<Value, Failure> {
    let mut things: Vec<Thing<'_>> = Vec::new();
    for named in point::named(catalog, text) {
        if let Some(thing) = Thing::of(catalog, named)
            && !things.iter().any(|known| known.is_same(&thing))
        {
            things.push(thing);
        }
    }
    match &things[..] {
        [] => Err(Failure::user(
            "What this text names is no longer in the catalog.",
        )),
        [thing] => Ok(thing.in_full(catalog, context).await),
        several => {
            let found: Vec<Value> = several
                .iter()
                .take(paste::MOST)
                .map(|thing| thing.in_a_line(catalog))
                .collect();
            Ok(json!({ "found": found, "more": several.len().saturating_sub(paste::MOST) }))
        }
    }
}

/// Who owns a place. What has no ending may be a folder, of which rules speak with a slash behind it.
fn at(catalog: &Catalog, place: &Place) -> PathOwners {
    let owners = at_path(catalog, place.source, &place.path, place.glob);
    let last = place.path.rsplit('/').next().unwrap_or_default();
    if place.glob
        || last.contains('.')
        || owners.rule.as_ref().is_some_and(|rule| !is_for_all(rule))
    {
        return owners;
    }
    let folder = at_path(catalog, place.source, &format!("{}/", place.path), false);
    match &folder.rule {
        Some(rule) if !is_for_all(rule) => PathOwners {
            entity: owners.entity,
            ..folder
        },
        _ => owners,
    }
}

fn is_for_all((_, pattern, _): &(u32, String, Vec<String>)) -> bool {
    matches!(&**pattern, "*" | "**" | "/**" | "**/*" | "/**/*")
}

/// A thing with what named it.
struct Thing<'c> {
    /// The entity, or the one in whose folder the place is.
    entity: Option<Listed<'c>>,
    place: Option<(Place, PathOwners)>,
    because: Named,
}

impl<'c> Thing<'c> {
    fn of(catalog: &'c Catalog, because: Named) -> Option<Self> {
        match because.pointed.target.clone() {
            Target::Entity(position) => Some(Self {
                entity: Some(catalog.at(position)?),
                place: None,
                because,
            }),
            Target::Place(place) => {
                let owners = at(catalog, &place);
                Some(Self {
                    entity: owners
                        .entity
                        .as_ref()
                        .and_then(|entity| catalog.get(entity)),
                    place: Some((place, owners)),
                    because,
                })
            }
        }
    }

    /// Whether two say the same to whoever asks.
    fn is_same(&self, other: &Self) -> bool {
        match (self.entity, other.entity) {
            (Some(one), Some(other_entity)) => {
                one.position == other_entity.position && self.reviewers() == other.reviewers()
            }
            _ => self.place == other.place,
        }
    }

    /// The owners that CODEOWNERS gives to the place; a rule for everything says nothing beside an entity's own owner.
    fn reviewers(&self) -> Option<&[EntityRef]> {
        let (_, owners) = self.place.as_ref()?;
        let for_all = is_for_all(owners.rule.as_ref()?);
        (!for_all || self.entity.is_none()).then_some(&owners.owners)
    }

    /// What ties the words to the thing, and where they stand.
    fn because(&self) -> Value {
        let Named {
            pointed,
            line,
            words,
        } = &self.because;
        let tie = match pointed.tie {
            Tie::Repository | Tie::RepositoryName if self.place.is_some() => Tie::Folder,
            tie => tie,
        };
        json!({
            "words": card::cut(words),
            "line": (*line > 0).then_some(line),
            "tie": tie.words(),
        })
    }

    async fn in_full(&self, catalog: &Catalog, context: &Context) -> Value {
        let mut answer = match self.entity {
            Some(listed) => owner::about(catalog, &listed.entity.reference, context).await,
            None => json!({ "placed": true }),
        };
        answer["because"] = self.because();
        answer["place"] = self.place(catalog);
        answer
    }

    fn in_a_line(&self, catalog: &Catalog) -> Value {
        let owner = self.entity.and_then(|listed| listed.entity.owner.as_ref());
        let group = self
            .entity
            .filter(|listed| matches!(listed.entity.reference.kind(), "group" | "user"));
        json!({
            "entity": self.entity.map(|listed| card::entity(listed.entity)),
            "owner": owner.map(|owner| card::contact(catalog, owner)),
            "self": group.map(|listed| card::contact(catalog, &listed.entity.reference)),
            "place": self.place(catalog),
            "because": self.because(),
        })
    }

    /// The place: `source, path, glob`, and what CODEOWNERS says: `reviewers, agrees, rule, line, file, url`.
    fn place(&self, catalog: &Catalog) -> Value {
        let Some((place, owners)) = &self.place else {
            return Value::Null;
        };
        let Some(source) = catalog.sources().get(place.source) else {
            return Value::Null;
        };
        let owner = self.entity.and_then(|listed| listed.entity.owner.as_ref());
        let reviewers = self.reviewers();
        let rule = reviewers.and(owners.rule.as_ref());
        let line = rule.map(|(line, _, _)| *line);
        let file = owners.codeowners_file.as_ref().filter(|_| rule.is_some());
        let url = file.and_then(|file| {
            let facts = &source.facts;
            let revision = &facts.revision.as_ref()?.0;
            Some(source.repository()?.view(revision, file, line))
        });
        json!({
            "source": source.facts.name,
            "path": place.path,
            "glob": place.glob,
            "reviewers": reviewers.map(|reviewers| {
                let contacts = reviewers.iter().map(|reviewer| card::contact(catalog, reviewer));
                contacts.collect::<Vec<_>>()
            }),
            "agrees": reviewers.is_some_and(|reviewers| owner.is_some_and(|owner| reviewers.contains(owner))),
            "rule": rule.map(|(_, pattern, _)| pattern),
            "line": line,
            "file": file,
            "url": url,
        })
    }
}
