//! Which files of a source are read: by their names, or by the configuration's globs.

use std::sync::{Arc, OnceLock};

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::super::codeowners;
use crate::config::ConfigError;

/// Which files of a source are read first.
#[derive(Debug, Clone)]
pub struct Selection {
    named: Arc<GlobSet>,
    looked: Arc<GlobSet>,
    /// Whether this is the default discovery and not the configuration's globs.
    pub default: bool,
}

/// Files named as descriptors: every document in them must be an entity.
const DESCRIPTORS: [&str; 1] = ["**/{,.}catalog-info.{yaml,yml}"];

/// Files that public repositories use for Backstage's documents, and others for other things: only documents
/// that say they are Backstage's are taken from them.
const LOOKED: [&str; 5] = [
    "**/{template,*-template}.{yaml,yml}",
    "**/catalog-info-*.{yaml,yml}",
    "**/{,.}{backstage,backstage-catalog}.{yaml,yml}",
    "**/{all,all-templates,catalog,entities,org,organization}.{yaml,yml}",
    "**/{component,api,resource,system,domain,group,team,user}{,s}.{yaml,yml}",
];

impl Selection {
    /// The configured globs, or the default discovery where there are none.
    pub fn new(include: &[String]) -> Result<Self, ConfigError> {
        static DEFAULT: OnceLock<Selection> = OnceLock::new();
        let default = include.is_empty();
        if let Some(known) = DEFAULT.get().filter(|_| default) {
            return Ok(known.clone());
        }
        let own: Vec<&str> = include
            .iter()
            .map(|glob| glob.trim_start_matches("./").trim_start_matches('/'))
            .collect();
        let named = if default {
            set(&DESCRIPTORS)?
        } else {
            set(&own)?
        };
        let looked = if default { set(&LOOKED)? } else { set(&[])? };
        let selection = Self {
            named: Arc::new(named),
            looked: Arc::new(looked),
            default,
        };
        // Thousands of repositories share it.
        Ok(if default {
            DEFAULT.get_or_init(|| selection).clone()
        } else {
            selection
        })
    }

    /// No files but those that Locations point to.
    pub fn none() -> Self {
        Self {
            named: Arc::default(),
            looked: Arc::default(),
            default: false,
        }
    }

    /// Whether every document of a file of this path must be an entity.
    pub fn names(&self, path: &str) -> bool {
        self.named.is_match(path)
    }

    /// Whether a file of this path is looked into for Backstage's documents.
    pub fn looks_into(&self, path: &str) -> bool {
        self.looked.is_match(path)
    }

    /// Whether a file of this path may become interesting: YAML by its name, or named by a glob, or CODEOWNERS.
    pub fn lists(&self, path: &str) -> bool {
        let ending = path.rsplit_once('.').map(|(_, ending)| ending);
        let yaml = |ending: &str| {
            ending.eq_ignore_ascii_case("yaml") || ending.eq_ignore_ascii_case("yml")
        };
        ending.is_some_and(yaml) || self.names(path) || codeowners::is_place(path)
    }
}

fn set(patterns: &[&str]) -> Result<GlobSet, ConfigError> {
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        builder.add(glob(pattern)?);
    }
    builder
        .build()
        .map_err(|error| ConfigError::new(error.to_string()))
}

/// A glob over paths, in which `*` stops at `/`.
pub fn glob(pattern: &str) -> Result<Glob, ConfigError> {
    globset::GlobBuilder::new(pattern)
        .literal_separator(true)
        .empty_alternates(true)
        .build()
        .map_err(|error| ConfigError::new(format!("{pattern:?} is not a glob: {}", error.kind())))
}
