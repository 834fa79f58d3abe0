//! Values of the configuration that are more than text: lengths of time, and pointers to secrets.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::ConfigError;

/// A length of time, written like `90s`, `5m` or `1h 30m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub struct Period(pub Duration);

impl Serialize for Period {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let signed = jiff::SignedDuration::try_from(self.0).unwrap_or(jiff::SignedDuration::MAX);
        serializer.serialize_str(&format!("{signed:#}"))
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse::<jiff::SignedDuration>()
            .ok()
            .and_then(|signed| Duration::try_from(signed).ok())
            .filter(|duration| !duration.is_zero())
            .map(Self)
            .ok_or_else(|| {
                serde::de::Error::custom("a length of time is written like 90s, 5m or 1h 30m")
            })
    }
}

/// Where a secret is kept. The secret itself never stands in the configuration.
#[derive(Clone, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub enum Secret {
    /// In an environment variable.
    Env(String),
    /// In a file; one newline at its end is not part of the secret.
    File(PathBuf),
}

impl Secret {
    /// Fetches the secret.
    pub fn resolve(&self) -> Result<SecretString, ConfigError> {
        match self {
            Self::Env(name) => std::env::var(name)
                .ok()
                .filter(|value| !value.is_empty())
                .map(SecretString::from)
                .ok_or_else(|| ConfigError::new(format!("the environment variable {name} is not set, but the configuration points to it as env:{name}"))),
            Self::File(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|error| ConfigError::new(format!("the secret file {} cannot be read: {error}", path.display())))?;
                Ok(SecretString::from(text.trim_end_matches(['\n', '\r']).to_owned()))
            }
        }
    }

    /// The path, of a secret that is a file.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Env(_) => None,
            Self::File(path) => Some(path),
        }
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() => Ok(Self::Env(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            // The text may be the secret itself and is not repeated.
            _ => Err(serde::de::Error::custom(
                "a secret is written as env:NAME or file:PATH, never as itself; this one was not read",
            )),
        }
    }
}
