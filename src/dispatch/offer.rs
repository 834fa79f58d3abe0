//! What can be chosen in a field while somebody types.

use serde_json::Value;

use crate::action::Asker;
use crate::catalog::index::Asking;
use crate::catalog::{Catalog, EntityRef, fit};
use crate::message::form::{EntityFilter, FieldKind, Offered};

/// How many options are offered at most; people read no more.
const MOST: usize = 20;
/// How many entities are looked at where not all of a kind fit.
const LOOKED_AT: usize = 500;

/// The options of a field that fit what was typed; the likeliest first.
pub(super) fn offered(
    catalog: &Catalog,
    asker: &Asker,
    kind: &FieldKind,
    typed: &str,
) -> Vec<Offered> {
    let typed = typed.trim();
    match kind {
        FieldKind::Entity { kinds, filter } => {
            let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
            entities(catalog, asker, &kinds, filter, typed)
        }
        FieldKind::List { of, .. } => offered(catalog, asker, of, typed),
        FieldKind::Person => entities(catalog, asker, &["user"], &[], typed),
        FieldKind::Choice { options } | FieldKind::ManyChoices { options } => {
            let typed = typed.to_lowercase();
            let fits = options
                .iter()
                .filter(|option| option.label.to_lowercase().contains(&typed));
            fits.take(MOST).cloned().collect()
        }
        _ => Vec::new(),
    }
}

fn entities(
    catalog: &Catalog,
    asker: &Asker,
    kinds: &[&str],
    filter: &[EntityFilter],
    typed: &str,
) -> Vec<Offered> {
    let fits = |reference: &EntityRef| {
        filter.is_empty()
            || catalog
                .get(reference)
                .is_some_and(|listed| fit::fits(listed.entity, filter))
    };
    let near = |owner: &EntityRef| asker.is_near(owner);
    if typed.is_empty() {
        // Before anything is typed: what is nearest to the asker, themselves and their teams first.
        let own = asker.user.iter().chain(&asker.near);
        return own
            .filter(|reference| kinds.is_empty() || kinds.contains(&reference.kind()))
            .filter(|reference| fits(reference))
            .take(MOST)
            .map(|reference| option(catalog, reference))
            .collect();
    }
    let asking = Asking { kinds, near: &near };
    // What does not fit is left out afterwards, so more is looked for.
    let most = if filter.is_empty() { MOST } else { LOOKED_AT };
    catalog
        .search(typed, &asking, most)
        .into_iter()
        .filter_map(|found| catalog.at(found.position))
        .filter(|listed| fits(&listed.entity.reference))
        .take(MOST)
        .map(|listed| option(catalog, &listed.entity.reference))
        .collect()
}

fn option(catalog: &Catalog, reference: &EntityRef) -> Offered {
    let title = catalog
        .get(reference)
        .and_then(|listed| listed.entity.title.as_deref().map(str::to_owned));
    let label = match title {
        Some(title) if title != reference.name() => format!("{title} ({})", reference.name()),
        _ => reference.name().to_owned(),
    };
    Offered {
        value: Value::String(reference.to_string()),
        label,
    }
}
