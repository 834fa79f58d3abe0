//! Entities as Backstage's catalog API gives them: descriptor, added annotations, computed relations.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Catalog, Listed};

/// One entity of an export.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Exported(pub Value);

/// Every entity that Backstage would take, sorted by reference.
pub fn export(catalog: &Catalog) -> Vec<Exported> {
    (0..u32::try_from(catalog.len()).unwrap_or(u32::MAX))
        .filter_map(|position| catalog.at(position))
        .filter(|listed| listed.entity.refused.is_none())
        .map(|listed| Exported(exported(catalog, listed)))
        .collect()
}

/// One entity as Backstage's API gives it.
pub fn exported(catalog: &Catalog, listed: Listed<'_>) -> Value {
    let mut entity = listed.entity.descriptor();
    let Some(object) = entity.as_object_mut() else {
        return entity;
    };
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        // Backstage's DefaultNamespaceEntityPolicy writes it out.
        metadata
            .entry("namespace")
            .or_insert_with(|| json!("default"));
        let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
        if annotations.is_null() {
            *annotations = json!({});
        }
        if let Some(annotations) = annotations.as_object_mut() {
            annotate(annotations, listed);
        }
    }
    // What Backstage refuses says nothing about others; what this entity says itself stays.
    let mut relations: Vec<_> = catalog
        .relations(&listed.entity.reference)
        .filter(|related| {
            let refused = related
                .entity
                .is_some_and(|entity| entity.refused.is_some());
            !refused
                || listed
                    .entity
                    .declared
                    .iter()
                    .any(|own| own.target == *related.target)
        })
        .collect();
    relations.sort_by_key(|related| (related.relation.as_str(), related.target));
    let relations: Vec<Value> = relations
        .into_iter()
        .map(|related| json!({ "type": related.relation.as_str(), "targetRef": related.target }))
        .collect();
    object.insert("relations".to_owned(), Value::Array(relations));
    entity
}

/// The page on which a line of a file of an entity's source can be seen at the commit that was read, where its forge is
/// known.
pub fn view_url(listed: Listed<'_>, path: &str, line: u32) -> Option<String> {
    let facts = &listed.source.facts;
    let repository = listed.source.repository()?;
    Some(repository.view(&facts.revision.as_ref()?.0, path, Some(line)))
}

/// The page on which an entity really stands that was taken over from another catalog, as that catalog says; `None` where
/// the file that was read is the entity's own.
pub fn origin(listed: Listed<'_>) -> Option<String> {
    let facts = &listed.source.facts;
    // What has no commits and is no folder was generated.
    if facts.committed.is_some() || !facts.place.starts_with("http") {
        return None;
    }
    let annotation = |key: &str| listed.entity.annotation(&format!("backstage.io/{key}"));
    let location = || {
        let location = annotation("managed-by-location")?;
        location.strip_prefix("url:").map(ToOwned::to_owned)
    };
    let page = annotation("view-url").or_else(location)?;
    let is_page = page.starts_with("https://") || page.starts_with("http://");
    is_page.then_some(page)
}

/// A page of a file on a forge as people name the file, by repository and path; another page without its scheme.
pub fn short_page(page: &str) -> String {
    let page = page.split_once("://").map_or(page, |(_, page)| page);
    let views = ["/-/blob/", "/-/tree/", "/blob/", "/tree/", "/src/branch/"];
    let file = views.iter().find_map(|view| {
        let (repository, rest) = page.split_once(view)?;
        let (_, slug) = repository.split_once('/')?;
        let (_, path) = rest.split_once('/')?;
        Some(format!("{slug}/{path}"))
    });
    file.unwrap_or_else(|| page.to_owned())
}

/// Adds the annotations that say where an entity comes from; those it has already win.
///
/// The slug is for components only, as in Backstage's `AnnotateScmSlugEntityProcessor`.
fn annotate(annotations: &mut Map<String, Value>, listed: Listed<'_>) {
    let facts = &listed.source.facts;
    let path = &listed.file.path;
    let mut add = |key: &str, value: String| {
        annotations
            .entry(key)
            .or_insert_with(|| Value::String(value));
    };
    let branch = facts.branch.as_deref().unwrap_or("HEAD");
    if let Some(repository) = listed.source.repository() {
        let view = repository.view(branch, path, None);
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        add("backstage.io/managed-by-location", format!("url:{view}"));
        add(
            "backstage.io/managed-by-origin-location",
            format!("url:{view}"),
        );
        add("backstage.io/view-url", view);
        add("backstage.io/edit-url", repository.edit(branch, path));
        add(
            "backstage.io/source-location",
            format!("url:{}", repository.tree(branch, folder)),
        );
        let component = listed.entity.reference.kind() == "component";
        if let Some(key) = repository.slug_annotation().filter(|_| component) {
            add(key, repository.slug.clone());
        }
    } else {
        // Elsewhere a file has no page of its own, so the repository's address stands for it.
        let place = facts
            .place
            .trim_end_matches('/')
            .trim_start_matches("file://");
        let location = if place.starts_with('/') {
            format!("file:{place}/{path}")
        } else {
            format!("url:{place}#{path}")
        };
        add("backstage.io/managed-by-location", location.clone());
        add("backstage.io/managed-by-origin-location", location);
    }
}
