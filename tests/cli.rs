//! The command line's contract: what scripts rely on, by the real program.

mod catalog;
mod chat;
mod check;
mod config;
mod doctor;
mod eval;
mod exec;
mod lint;
mod policy;
mod shells;
#[cfg(feature = "slack")]
mod slack;
mod sources;
mod sync;
mod template;
mod transfer;

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

/// The repository that these tests stand in.
fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A component with an owner that the catalog does not know, and one that is wrong.
const MIXED: &str = "apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: pay
spec:
  type: service
  lifecycle: production
  owner: team-a
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: Bad Name
spec: {type: service, lifecycle: production, owner: team-a}
";

/// A team, its member, and what it owns.
const GOOD: &str = "apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: team-a}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: eva}
spec: {memberOf: [team-a]}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: pay}
spec: {type: service, lifecycle: production, owner: team-a}
";

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn keys(value: &Value) -> BTreeSet<&str> {
    let object = value.as_object().expect("an object");
    object.keys().map(String::as_str).collect()
}
