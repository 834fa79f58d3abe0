//! The change that gives a thing another owner, as a patch for its descriptor.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Action, Argument, Call, Context, Kind, Param, card, evidence};
use crate::catalog::patch::set_owner;
use crate::catalog::source::Configured;
use crate::catalog::{Catalog, EntityRef, Listed};
use crate::failure::Failure;
use crate::git::{Blob, blob_id};
use crate::message::markdown::code;

/// `catalog.fix-owner`: takes `thing`, and `owner`, without which the one for whom the evidence speaks.
pub struct FixOwner;

#[async_trait]
impl Action for FixOwner {
    fn name(&self) -> &'static str {
        "catalog.fix-owner"
    }

    fn takes(&self) -> &'static [Param] {
        &[
            Param {
                name: "thing",
                kind: Kind::Entity,
                required: true,
            },
            Param {
                name: "owner",
                kind: Kind::Owner,
                required: false,
            },
        ]
    }

    async fn run(&self, call: &Call, context: &Context) -> Result<Value, Failure> {
        let catalog = context.catalog();
        let reference = call.entity("thing")?;
        let listed = fixable(&catalog, reference)?;
        let owner = if let Some(Argument::Entity(owner)) = call.arguments.get("owner") {
            owner.clone()
        } else {
            let found = evidence::of(&catalog, listed, context).await;
            let proposed = evidence::proposed(&catalog, listed, &found);
            let [only] = &proposed[..] else {
                return Ok(question(&catalog, listed, &proposed));
            };
            only.clone()
        };
        // An owner from CODEOWNERS is none of the descriptor's own.
        let own = listed.entity.owner.as_ref();
        let before = own.filter(|_| !listed.entity.from_codeowners);
        if before == Some(&owner) {
            let says = format!(
                "The descriptor of {} names {} already.",
                code(&listed.entity.name),
                code(owner.short())
            );
            return Err(Failure::user(says));
        }
        let Some(source) = context.syncer.source(&listed.source.facts.key) else {
            return Err(Failure::user("Its source is no longer configured."));
        };
        let file = &*listed.file.path;
        let Some(text) = text(&source, listed).await else {
            let says = format!(
                "The file {} cannot be read as it was at the last sync.",
                code(file)
            );
            return Err(Failure::user(says).hint("Say `resync`, and try again."));
        };
        let written = written(listed, &owner);
        let Some(patch) = set_owner(file, &text, listed.entity.line, &written) else {
            let says = format!(
                "The owner in {} is written over several lines or stands for others, too, so I leave it to you.",
                code(&format!(
                    "{file}:{}",
                    listed.entity.owner_line.unwrap_or(listed.entity.line)
                ))
            );
            let hint = format!("Write {} there.", code(&format!("owner: {written}")));
            return Err(Failure::user(says).hint(hint));
        };
        let line = u32::try_from(patch.line).unwrap_or(u32::MAX);
        Ok(json!({
            "entity": card::entity(listed.entity),
            "owner": card::reference(&catalog, &owner),
            "before": before.map(|owner| card::reference(&catalog, owner)),
            "patch": patch.diff,
            "place": listed.source.facts.place,
            "evidence": card::evidence(listed, line, &context.clock),
        }))
    }
}

/// The entity, where it has a descriptor that can be changed and may name an owner.
fn fixable<'c>(catalog: &'c Catalog, reference: &EntityRef) -> Result<Listed<'c>, Failure> {
    let Some(listed) = catalog.get(reference) else {
        let says = format!(
            "{} is not in the catalog itself, so there is nothing to mend.",
            code(reference.as_str())
        );
        return Err(Failure::user(says));
    };
    if matches!(reference.kind(), "group" | "user" | "location") {
        let says = format!("A {} has no owner.", reference.kind());
        return Err(Failure::user(says).hint("Name a service, API, resource or system."));
    }
    if listed.stale.is_some() {
        let says = format!(
            "The file {} is broken, and this is its last good version.",
            code(&listed.file.path)
        );
        return Err(Failure::user(says)
            .hint("Mend the file first; `callboard check` says what is wrong with it."));
    }
    Ok(listed)
}

/// Who may be meant, where nobody was named.
fn question(catalog: &Catalog, listed: Listed<'_>, proposed: &[EntityRef]) -> Value {
    let proposed: Vec<Value> = proposed
        .iter()
        .map(|owner| card::reference(catalog, owner))
        .collect();
    json!({
        "entity": card::entity(listed.entity),
        "ask": true,
        "proposed": proposed,
    })
}

/// The owner as a person would write it in this descriptor.
fn written(listed: Listed<'_>, owner: &EntityRef) -> String {
    let mut text = String::new();
    if owner.kind() != "group" {
        text = format!("{}:", owner.kind());
    }
    if owner.namespace() != listed.entity.reference.namespace() {
        text = format!("{text}{}/", owner.namespace());
    }
    text + owner.name()
}

/// The text of the entity's file as it was read.
async fn text(source: &Configured, listed: Listed<'_>) -> Option<String> {
    let blob = listed.file.blob.0;
    let bytes = if let Some((mirror, _)) = source.source.history().await.ok()? {
        let read = move || match mirror.objects().ok()?.reader(u64::MAX)(&blob) {
            Blob::Bytes(bytes) => Some(bytes),
            Blob::TooLarge(_) | Blob::Absent => None,
        };
        tokio::task::spawn_blocking(read).await.ok()??
    } else {
        let place = std::path::Path::new(&source.place);
        tokio::fs::read(place.join(&*listed.file.path)).await.ok()?
    };
    String::from_utf8(bytes)
        .ok()
        .filter(|text| blob_id(text.as_bytes()) == blob)
}
