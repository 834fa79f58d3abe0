//! The data that several commands say about an entity: what it is, how to reach its owner, where that stands.

use serde_json::{Map, Value, json};

use crate::catalog::export::{origin, short_page, view_url};
use crate::catalog::source::Revision;
use crate::catalog::{Catalog, Entity, EntityRef, Listed, RelationType};
use crate::clock::{Clock, ago};

/// How many characters of one text are shown.
const LONGEST: usize = 300;

/// What an entity is: `ref, kind, name, title, description, type, lifecycle, tags, links, short`.
pub fn entity(entity: &Entity) -> Value {
    let descriptor = entity.descriptor();
    let metadata = &descriptor["metadata"];
    json!({
        "ref": entity.reference,
        "short": entity.reference.short(),
        "kind": entity.kind,
        "name": entity.name,
        "title": cut(entity.display_name()),
        "description": one_line(metadata["description"].as_str()),
        "type": entity.kind_type,
        "lifecycle": entity.lifecycle,
        "tags": entity.tags,
        "links": links(metadata),
        "profile_email": descriptor["spec"]["profile"]["email"].as_str(),
    })
}

/// The other end of a relation: `ref, short, kind, title, exists`.
pub fn reference(catalog: &Catalog, reference: &EntityRef) -> Value {
    let entity = catalog.get(reference).map(|listed| listed.entity);
    json!({
        "ref": reference,
        "short": reference.short(),
        "kind": reference.kind(),
        "title": cut(entity.map_or_else(|| reference.name(), |entity| entity.display_name())),
        "exists": entity.is_some(),
    })
}

/// A group or user and how to reach them: what [`reference()`] gives, `channel, room, email, links, members, parent`.
pub fn contact(catalog: &Catalog, owner: &EntityRef) -> Value {
    let mut card = reference(catalog, owner);
    let Some(listed) = catalog.get(owner) else {
        return card;
    };
    let descriptor = listed.entity.descriptor();
    let metadata = &descriptor["metadata"];
    let annotation = |key: &str| {
        metadata["annotations"][key]
            .as_str()
            .filter(|text| !text.is_empty())
    };
    let members = references(catalog, owner, RelationType::HasMember);
    let children = references(catalog, owner, RelationType::ParentOf);
    let parent = catalog
        .related(owner, RelationType::ChildOf)
        .next()
        .map(|related| reference(catalog, related.target));
    if let Some(card) = card.as_object_mut() {
        let more = json!({
            "channel": annotation("slack.com/channel"),
            "room": annotation("matrix.org/room"),
            "email": descriptor["spec"]["profile"]["email"].as_str(),
            "description": one_line(metadata["description"].as_str()),
            "links": links(metadata),
            "member_count": members.len(),
            "members": members,
            "child_count": children.len(),
            "children": children,
            "parent": parent,
        });
        if let Value::Object(more) = more {
            card.extend(more);
        }
    }
    card
}

/// Where the owner of an entity stands, as [`evidence`] gives it: in the descriptor, or in the CODEOWNERS that stands in
/// for it.
pub fn owner_evidence(listed: Listed<'_>, clock: &Clock) -> Value {
    let entity = listed.entity;
    let line = entity.owner_line.unwrap_or(entity.line);
    let (path, line) = listed.owner_place().unwrap_or((&listed.file.path, line));
    evidence_at(listed, path, line, clock)
}

/// Where a fact stands: `source, file, line, commit, url, read_at, age, stale, held, failing`. Of an entity that was taken over
/// from another catalog it is the page of its own file, of which no line is known.
pub fn evidence(listed: Listed<'_>, line: u32, clock: &Clock) -> Value {
    evidence_at(listed, &listed.file.path, line, clock)
}

fn evidence_at(listed: Listed<'_>, path: &str, line: u32, clock: &Clock) -> Value {
    let facts = &listed.source.facts;
    let origin = origin(listed);
    let file = origin
        .as_deref()
        .map_or_else(|| path.to_owned(), short_page);
    let now = clock.millis();
    json!({
        "source": facts.name,
        "file": file,
        "line": origin.is_none().then_some(line),
        // The last good version of a broken document stands in an older commit than the one that was read.
        "commit": facts.committed.and(facts.revision.as_ref()).filter(|_| listed.stale.is_none()).map(Revision::short),
        "url": origin.or_else(|| view_url(listed, path, line)).filter(|_| listed.stale.is_none()),
        "read_at": facts.read_at.map(timestamp),
        "age": facts.read_at.map(|read| ago(now, read)),
        "stale": listed.stale.map(|since| ago(now, since)),
        "held": facts.held.as_ref().map(|held| ago(now, held.since)),
        "failing": facts.failing.as_ref().map(|failing| ago(now, failing.since)),
    })
}

/// The targets of one type of relation, as [`reference()`] cards.
pub fn references(catalog: &Catalog, of: &EntityRef, relation: RelationType) -> Vec<Value> {
    catalog
        .related(of, relation)
        .map(|related| reference(catalog, related.target))
        .collect()
}

/// Milliseconds since the Unix epoch in RFC 3339.
pub fn timestamp(millis: u64) -> String {
    i64::try_from(millis)
        .ok()
        .and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok())
        .map(|time| time.to_string())
        .unwrap_or_default()
}

fn links(metadata: &Value) -> Vec<Value> {
    let links = metadata["links"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    links
        .iter()
        .filter_map(|link| {
            let url = link["url"].as_str()?;
            let mut card = Map::new();
            card.insert("url".to_owned(), json!(url));
            card.insert(
                "title".to_owned(),
                json!(link["title"].as_str().unwrap_or(url)),
            );
            Some(Value::Object(card))
        })
        .collect()
}

/// The first paragraph of a text in one line, cut at a length that fits into an answer.
fn one_line(text: Option<&str>) -> Option<String> {
    let text = text?.trim().split("\n\n").next()?;
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return None;
    }
    Some(cut(&line))
}

/// A text at a length that fits into an answer.
pub fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let cut: String = text.chars().take(LONGEST - 1).collect();
    format!("{}…", cut.trim_end())
}
