//! What was answered, with secrets kept where nothing shows or stores them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Answers by the names of their fields, in the order in which they were given.
///
/// Secrets are held apart: they are neither in the serialised form nor in the `Debug` output.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers {
    values: Map<String, Value>,
    #[serde(skip)]
    secrets: BTreeMap<String, Secret>,
}

/// A secret; its `Debug` output does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl Answers {
    /// The answer to a field that is no secret.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// The answer to a field that is a secret.
    pub fn secret(&self, name: &str) -> Option<&Secret> {
        self.secrets.get(name)
    }

    /// Notes an answer; a later one replaces it.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.values.insert(name.into(), value.into());
    }

    /// Notes a secret; a later one replaces it.
    pub fn set_secret(&mut self, name: impl Into<String>, secret: Secret) {
        self.secrets.insert(name.into(), secret);
    }

    /// Forgets an answer or secret.
    pub fn remove(&mut self, name: &str) {
        self.values.shift_remove(name);
        self.secrets.remove(name);
    }

    /// The answers that are no secrets.
    pub fn values(&self) -> &Map<String, Value> {
        &self.values
    }

    /// Whether any of them is a secret.
    pub fn has_secrets(&self) -> bool {
        !self.secrets.is_empty()
    }

    /// Whether nothing was answered.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.secrets.is_empty()
    }
}
