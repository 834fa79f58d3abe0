//! A GitHub App: it signs that it is itself, and gets a token for the organisation that lasts an hour.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::Mutex;

use super::{Api, SERVICE};
use crate::config::{AppConfig, ConfigError};
use crate::forge::ForgeError;
use crate::forge::http::{Client, Credential, value};

/// How long before its end a token is renewed; git may be at work with it for a while.
const AHEAD: Duration = Duration::from_mins(10);

/// How far GitHub's clock may be behind ours, and how long what is signed is good; GitHub allows ten minutes.
const SKEW: i64 = 60;
const SIGNED_FOR: i64 = 8 * 60;

/// An App as it is installed in one organisation.
pub struct App {
    /// Signed in as the App itself, which may do no more than ask for tokens.
    client: Client,
    api: Api,
    id: u64,
    owner: String,
    token: Mutex<Option<Issued>>,
}

/// A token of the installation.
#[derive(Clone)]
struct Issued {
    token: SecretString,
    header: HeaderValue,
    ends: Timestamp,
}

/// What proves that a request is the App's.
struct Signer {
    id: u64,
    key: EncodingKey,
}

#[derive(Serialize)]
struct Claims {
    iat: i64,
    exp: i64,
    iss: String,
}

#[derive(Clone, Deserialize)]
struct Installation {
    id: u64,
}

#[derive(Deserialize)]
struct Answer {
    token: String,
    expires_at: Timestamp,
}

impl App {
    /// The App in the organisation or user of this name. Its key is read at once.
    pub fn new(config: &AppConfig, api: &Api, owner: &str) -> Result<Self, ConfigError> {
        let pem = config.key.resolve()?;
        let key = EncodingKey::from_rsa_pem(pem.expose_secret().as_bytes()).map_err(|_| {
            ConfigError::new(format!(
                "the `key` of the App at {} is not a private RSA key in PEM form; GitHub gives one out as a .pem file",
                config.key
            ))
        })?;
        let signer = Signer { id: config.id, key };
        Ok(Self {
            client: Client::new(SERVICE, &api.base, Arc::new(signer))?,
            api: api.clone(),
            id: config.id,
            owner: owner.to_owned(),
            token: Mutex::default(),
        })
    }

    /// The token of the installation, a new one where the last is about to end.
    async fn issued(&self) -> Result<Issued, ForgeError> {
        let mut token = self.token.lock().await;
        let soon = Timestamp::now()
            .saturating_add(AHEAD)
            .unwrap_or(Timestamp::MAX);
        if let Some(issued) = token.as_ref().filter(|issued| issued.ends > soon) {
            return Ok(issued.clone());
        }
        let id = self.installation().await?.to_string();
        let path = self
            .api
            .path(&["app", "installations", &id, "access_tokens"]);
        let answer: Answer = self.client.post(&path, &json!({})).await?;
        let issued = SecretString::from(answer.token);
        let header = value("Bearer ", &issued).ok_or_else(|| ForgeError::Denied {
            service: SERVICE.name,
            why: "it gave the App a token that is none".to_owned(),
        })?;
        let issued = Issued {
            token: issued,
            header,
            ends: answer.expires_at,
        };
        *token = Some(issued.clone());
        Ok(issued)
    }

    async fn installation(&self) -> Result<u64, ForgeError> {
        for whose in ["orgs", "users"] {
            let path = self.api.path(&[whose, &self.owner, "installation"]);
            match self.client.get::<Installation>(&path, &[]).await {
                Ok(installation) => return Ok(installation.id),
                Err(ForgeError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Err(ForgeError::Denied {
            service: SERVICE.name,
            why: format!(
                "the App {} is not installed in {}; install it there",
                self.id, self.owner
            ),
        })
    }
}

#[async_trait]
impl Credential for App {
    async fn header(&self) -> Result<Option<(HeaderName, HeaderValue)>, ForgeError> {
        let issued = self.issued().await?;
        Ok(Some((AUTHORIZATION, issued.header)))
    }

    async fn password(&self) -> Result<Option<SecretString>, ForgeError> {
        Ok(Some(self.issued().await?.token))
    }

    /// A token may be taken back before its time; a new one shows whether the App itself was.
    async fn refused(&self) -> bool {
        self.token.lock().await.take().is_some()
    }

    fn key(&self) -> &'static str {
        "app"
    }
}

#[async_trait]
impl Credential for Signer {
    async fn header(&self) -> Result<Option<(HeaderName, HeaderValue)>, ForgeError> {
        let now = Timestamp::now().as_second();
        let claims = Claims {
            iat: now - SKEW,
            exp: now + SIGNED_FOR,
            iss: self.id.to_string(),
        };
        let signed = encode(&Header::new(Algorithm::RS256), &claims, &self.key);
        let signed = signed.ok().map(SecretString::from);
        let header = signed.and_then(|signed| value("Bearer ", &signed));
        header
            .map(|header| Some((AUTHORIZATION, header)))
            .ok_or_else(|| ForgeError::Denied {
                service: SERVICE.name,
                why: "nothing can be signed with the key of the App; check `app.key`".to_owned(),
            })
    }

    async fn password(&self) -> Result<Option<SecretString>, ForgeError> {
        Ok(None)
    }

    fn key(&self) -> &'static str {
        "app"
    }
}
