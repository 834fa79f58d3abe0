//! The web server's part of the configuration.

use std::net::SocketAddr;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ConfigError, Secret};

/// The web server: whether the bot is alive and ready, its metrics, and the webhooks of forges.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WebConfig {
    /// The address to listen on, like `127.0.0.1:8080`; without it there is no web server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<String>,
    /// The secret of webhooks that may speak of every source, as `env:NAME` or `file:PATH`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_secret: Option<Secret>,
}

impl WebConfig {
    /// Where to listen, if anywhere.
    pub fn address(&self) -> Result<Option<SocketAddr>, ConfigError> {
        let Some(listen) = &self.listen else {
            return Ok(None);
        };
        listen.parse().map(Some).map_err(|_| {
            ConfigError::new(format!(
                "the `listen` of [web] must be an address with a port like \"127.0.0.1:8080\" or \"[::]:8080\", not {listen:?}"
            ))
        })
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        self.address().map(|_| ())
    }

    /// Makes relative paths start at the configuration's folder.
    pub(super) fn anchor(&mut self, folder: &Path) {
        if let Some(Secret::File(path)) = &mut self.webhook_secret {
            *path = folder.join(&*path);
        }
    }
}
