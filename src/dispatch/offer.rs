//! What can be chosen in a field while somebody types.

use serde_json::Value;

use crate::action::Asker;
use crate::catalog::index::Asking;
use crate::catalog::{Catalog, EntityRef};
use crate::message::form::{FieldKind, Offered};

/// How many options are offered at most; people read no more.
const MOST: usize = 20;

/// The options of a field that fit what was typed; the likeliest first.
pub(super) fn offered(
    catalog: &Catalog,
    asker: &Asker,
    kind: &FieldKind,
    typed: &str,
) -> Vec<Offered> {
    let typed = typed.trim();
    match kind {
        FieldKind::Entity { kinds } => {
            let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
            entities(catalog, asker, &kinds, typed)
        }
        FieldKind::Person => entities(catalog, asker, &["user"], typed),
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

fn entities(catalog: &Catalog, asker: &Asker, kinds: &[&str], typed: &str) -> Vec<Offered> {
    let near = |owner: &EntityRef| asker.is_near(owner);
    if typed.is_empty() {
        // Before anything is typed: what is nearest to the asker, themselves and their teams first.
        let own = asker.user.iter().chain(&asker.near);
        return own
            .filter(|reference| kinds.is_empty() || kinds.contains(&reference.kind()))
            .take(MOST)
            .map(|reference| option(catalog, reference))
            .collect();
    }
    let asking = Asking { kinds, near: &near };
    catalog
        .search(typed, &asking, MOST)
        .into_iter()
        .filter_map(|found| catalog.at(found.position))
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
