//! What a template can ask the catalog for.

use serde_json::Value;

use crate::catalog::export::exported;
use crate::catalog::{Catalog, EntityRef};

/// Answers what stands in the catalog.
pub trait Entities: Send + Sync {
    /// The entity of this reference, as Backstage's catalog gives it.
    fn entity(&self, reference: &EntityRef) -> Option<Value>;
}

impl Entities for Catalog {
    fn entity(&self, reference: &EntityRef) -> Option<Value> {
        let listed = self.get(reference)?;
        listed
            .entity
            .refused
            .is_none()
            .then(|| exported(self, listed))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::catalog::descriptor::{Scope, read};
    use crate::catalog::file::SourceFile;
    use crate::catalog::source::BlobId;
    use crate::catalog::state::{Facts, SourceState};

    #[test]
    fn the_catalog_gives_what_backstage_would() {
        let text = "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: billing}\nspec: {type: team, children: [], members: [ada]}\n---\napiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: refused}\nspec: {type: 5}\n";
        let read = read("catalog-info.yaml", text.as_bytes(), Scope::Descriptor);
        let file = SourceFile::new(
            "catalog-info.yaml",
            BlobId::UNREAD,
            Scope::Descriptor,
            read,
            None,
            0,
        );
        let files = vec![Arc::new(file)];
        let facts = Facts::default();
        let catalog = Catalog::new(vec![Arc::new(SourceState { facts, files })]);
        let find = |reference: &str| {
            let reference = EntityRef::parse(reference, Some("group"), "default");
            reference
                .ok()
                .and_then(|reference| catalog.entity(&reference))
        };
        let billing = find("Billing").expect("an entity");
        assert_eq!(billing["metadata"]["namespace"], "default");
        assert_eq!(billing["relations"][0]["targetRef"], "user:default/ada");
        assert_eq!(find("refused"), None);
        assert_eq!(find("nobody"), None);
    }
}
