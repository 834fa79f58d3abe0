//! A running Backstage as a source: its catalog is taken over as it is, one generated file for each entity.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::bail;
use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value;

use super::{BlobId, Content, Contents, Leaf, Revision, Snapshot, Source};
use crate::catalog::descriptor;
use crate::config::{ConfigError, SourceConfig};
use crate::forge::ForgeError;
use crate::forge::http::{Client, Service, Token};
use crate::git::{blob_id, hex};

/// How many entities are asked for at once.
const PAGE: usize = 500;

/// What is asked for of an entity: relations and status are made here.
const FIELDS: &str = "apiVersion,kind,metadata,spec";

/// Where its catalog has its API.
const ENTITIES: [&str; 3] = ["api", "catalog", "entities"];

const SERVICE: Service = Service {
    name: "Backstage",
    accept: "application/json",
    headers: &[],
    remembers: true,
};

/// A Backstage, by its address.
pub struct BackstageSource {
    client: Client,
}

/// One page of `/entities/by-query`.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    items: Vec<Item>,
    total_items: usize,
    #[serde(rename = "pageInfo")]
    around: Around,
}

/// What stands around a page.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Around {
    next_cursor: Option<String>,
}

/// An entity as a file; nothing where it has no kind or name.
#[derive(Clone, Deserialize)]
#[serde(from = "Value")]
struct Item(Option<Generated>);

/// A file that is generated from an entity.
#[derive(Clone)]
struct Generated {
    path: Arc<str>,
    blob: BlobId,
    bytes: Arc<[u8]>,
}

impl BackstageSource {
    /// The Backstage that the configuration names.
    pub fn new(config: &SourceConfig) -> Result<Self, ConfigError> {
        let address = config.backstage.as_deref().unwrap_or_default();
        let token = Token::bearer(config.token.as_ref())?;
        let client = Client::new(SERVICE, address, Arc::new(token))?;
        Ok(Self { client })
    }

    /// All entities, by way of cursors. Where a cursor is no longer known, it begins anew, once.
    async fn by_query(&self) -> anyhow::Result<Vec<Item>> {
        match self.pages().await {
            Err(Broken::OnTheWay(
                ForgeError::Failed { why, .. } | ForgeError::Refused { why, .. },
            )) => {
                tracing::info!(
                    why,
                    "Backstage broke off between two pages and is asked anew"
                );
                Ok(self.pages().await?)
            }
            other => Ok(other?),
        }
    }

    async fn pages(&self) -> Result<Vec<Item>, Broken> {
        let path = [&ENTITIES[..], &["by-query"]].concat();
        let limit = PAGE.to_string();
        let fixed = [("limit", &*limit), ("fields", FIELDS)];
        let first: Page = self
            .client
            .get(&path, &fixed)
            .await
            .map_err(Broken::AtOnce)?;
        let (mut items, total) = (first.items, first.total_items);
        let mut next = first.around.next_cursor;
        while let Some(cursor) = next {
            let query = [&fixed[..], &[("cursor", &*cursor)]].concat();
            let page: Page = self
                .client
                .get(&path, &query)
                .await
                .map_err(Broken::OnTheWay)?;
            // A page without entities ends nothing by itself, but an endless row of them would.
            if page.items.is_empty() || items.len() > total.saturating_mul(2) + PAGE {
                break;
            }
            items.extend(page.items);
            next = page.around.next_cursor;
        }
        // Entities come and go while the pages are read, but not by the tenth.
        if items.len() < total - total / 10 {
            return Err(Broken::Short(items.len(), total));
        }
        Ok(items)
    }

    /// All entities as older versions list them, by their position.
    async fn by_position(&self) -> anyhow::Result<Vec<Item>> {
        let limit = PAGE.to_string();
        let mut items: Vec<Item> = Vec::new();
        loop {
            let offset = items.len().to_string();
            let query = [("limit", &*limit), ("offset", &*offset), ("fields", FIELDS)];
            let page: Vec<Item> = self.client.get(&ENTITIES, &query).await?;
            let is_last = page.len() < PAGE;
            items.extend(page);
            if is_last {
                return Ok(items);
            }
        }
    }
}

/// Why there is not the whole catalog.
#[derive(Debug, thiserror::Error)]
enum Broken {
    /// The first page was refused.
    #[error(transparent)]
    AtOnce(ForgeError),
    /// A later page was refused.
    #[error("only a part of the catalog was given, so nothing is taken from it: {0}")]
    OnTheWay(ForgeError),
    /// There were fewer entities than were announced.
    #[error("Backstage gave {0} of {1} entities, so nothing is taken from them")]
    Short(usize, usize),
}

#[async_trait]
impl Source for BackstageSource {
    async fn read(&self, since: Option<&Revision>) -> anyhow::Result<Option<Snapshot>> {
        let items = match self.by_query().await {
            Err(error) if is_unknown(&error) => self.by_position().await?,
            other => other?,
        };
        let count = items.len();
        // By their paths, in order; an entity that moved from page to page while they were read is there once.
        let generated: BTreeMap<Arc<str>, Generated> = items
            .into_iter()
            .filter_map(|Item(generated)| generated)
            .map(|generated| (generated.path.clone(), generated))
            .collect();
        if generated.is_empty() {
            let what = if count == 0 {
                "no entities"
            } else {
                "nothing that is an entity"
            };
            bail!(
                "Backstage shows {what} to this source; give it a `token`, and the token the right to read the catalog"
            );
        }
        let mut all = Vec::with_capacity(generated.len() * 64);
        for file in generated.values() {
            all.extend_from_slice(file.path.as_bytes());
            all.push(0);
            all.extend_from_slice(&file.blob.0);
        }
        let revision = Revision(hex(&blob_id(&all)));
        if since == Some(&revision) {
            return Ok(None);
        }
        let files = generated.values().map(|file| Leaf {
            path: file.path.clone(),
            blob: file.blob,
            link: false,
        });
        let files = files.collect();
        let bytes = generated.into_values().map(|file| (file.path, file.bytes));
        let contents = Arc::new(Documents(Arc::new(bytes.collect())));
        Ok(Some(Snapshot {
            revision,
            committed: None,
            files,
            contents,
            leads: Vec::new(),
            problems: Vec::new(),
        }))
    }

    fn is_processed(&self) -> bool {
        true
    }
}

/// Whether this Backstage is older than the address that was asked.
fn is_unknown(error: &anyhow::Error) -> bool {
    let broken = error.downcast_ref::<Broken>();
    matches!(broken, Some(Broken::AtOnce(ForgeError::NotFound { .. })))
}

impl From<Value> for Item {
    fn from(entity: Value) -> Self {
        Self(Generated::of(entity))
    }
}

impl Generated {
    /// The descriptor of an entity, without what Backstage adds to it. JSON is YAML.
    fn of(mut entity: Value) -> Option<Self> {
        let object = entity.as_object_mut()?;
        object.retain(|key, _| matches!(&**key, "apiVersion" | "kind" | "metadata" | "spec"));
        let metadata = object.get_mut("metadata")?.as_object_mut()?;
        metadata.retain(|key, _| !matches!(&**key, "uid" | "etag" | "generation"));
        let namespace = metadata.get("namespace").and_then(Value::as_str);
        let namespace = namespace.unwrap_or("default").to_owned();
        let name = metadata.get("name")?.as_str()?.to_owned();
        let kind = object.get("kind")?.as_str()?.to_owned();
        let parts = [kind, namespace, name].map(|part| as_file_name(&part));
        let mut bytes = serde_json::to_vec(&entity).ok()?;
        if bytes.len() > descriptor::MAX_FILE_SIZE {
            // The definition of an API may be of any size, and no answer needs it.
            *entity.get_mut("spec")?.get_mut("definition")? = "(too large to be kept)".into();
            bytes = serde_json::to_vec(&entity).ok()?;
        }
        Some(Self {
            path: format!("{}.json", parts.join("/")).into(),
            blob: BlobId(blob_id(&bytes)),
            bytes: bytes.into(),
        })
    }
}

/// A part of a reference as part of a path; what Backstage's own rules would not allow is escaped.
fn as_file_name(part: &str) -> String {
    let mut name = String::with_capacity(part.len());
    for c in part.to_lowercase().chars() {
        if c.is_alphanumeric() || "-_.".contains(c) {
            name.push(c);
        } else {
            // Writing to a text cannot fail.
            let _ = write!(name, "%{:02x}", u32::from(c));
        }
    }
    name
}

/// The generated files, until they are read.
struct Documents(Arc<HashMap<Arc<str>, Arc<[u8]>>>);

#[async_trait]
impl Contents for Documents {
    async fn want(&self, _files: &[&Leaf]) -> anyhow::Result<()> {
        Ok(())
    }

    fn reader(&self) -> Box<dyn FnMut(&Leaf) -> Content + Send> {
        let documents = self.0.clone();
        Box::new(move |leaf| match documents.get(&leaf.path) {
            Some(bytes) => Content::Bytes(bytes.to_vec()),
            None => Content::Unreadable("Backstage gave no such entity".to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_backstage_adds_is_left_out() {
        let entity = json!({
            "apiVersion": "backstage.io/v1alpha1", "kind": "Component",
            "metadata": { "uid": "1", "etag": "2", "namespace": "Pay", "name": "Till",
                "annotations": { "backstage.io/view-url": "https://git.acme.example/x" } },
            "spec": { "type": "service" },
            "relations": [{ "type": "ownedBy", "targetRef": "group:default/till" }],
            "status": { "items": [] },
        });
        let generated = Generated::of(entity).expect("an entity");
        assert_eq!(&*generated.path, "component/pay/till.json");
        assert_eq!(
            String::from_utf8_lossy(&generated.bytes),
            r#"{"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"namespace":"Pay","name":"Till","annotations":{"backstage.io/view-url":"https://git.acme.example/x"}},"spec":{"type":"service"}}"#
        );
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        assert_eq!(as_file_name("../../etc/passwd"), "..%2f..%2fetc%2fpasswd");
        assert!(Generated::of(json!({ "kind": "X", "metadata": {} })).is_none());
        assert!(Generated::of(json!("text")).is_none());
    }

    #[test]
    fn a_huge_definition_does_not_cost_its_api() {
        let entity = json!({
            "apiVersion": "backstage.io/v1alpha1", "kind": "API", "metadata": { "name": "big" },
            "spec": { "type": "openapi", "owner": "till", "definition": "x".repeat(descriptor::MAX_FILE_SIZE) },
        });
        let generated = Generated::of(entity).expect("an entity");
        let text = String::from_utf8_lossy(&generated.bytes);
        assert!(text.contains(r#""owner":"till","definition":"(too large to be kept)""#));
    }
}
