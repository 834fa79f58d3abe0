//! What signs a request in.

use async_trait::async_trait;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::config::{ConfigError, Secret};
use crate::forge::ForgeError;

/// What signs requests in.
#[async_trait]
pub trait Credential: Send + Sync {
    /// The header of the next request; `None` asks as a stranger.
    async fn header(&self) -> Result<Option<(HeaderName, HeaderValue)>, ForgeError>;

    /// The same as a password for git over HTTP.
    async fn password(&self) -> Result<Option<SecretString>, ForgeError>;

    /// Hears that the last header was not accepted; says whether there may be a better one now.
    async fn refused(&self) -> bool {
        false
    }

    /// The key of the configuration that it came from.
    fn key(&self) -> &'static str {
        "token"
    }
}

/// A token that stays the same, or none.
pub struct Token {
    header: Option<(HeaderName, HeaderValue)>,
    token: Option<SecretString>,
}

impl Token {
    /// A token in the header that most services know: `Authorization: Bearer …`.
    pub fn bearer(token: Option<&Secret>) -> Result<Self, ConfigError> {
        Self::within(AUTHORIZATION, "Bearer ", token)
    }

    /// A token behind this word in this header. It is fetched from where it is kept at once, so that a missing one is told
    /// at the start.
    pub fn within(
        name: HeaderName,
        word: &str,
        token: Option<&Secret>,
    ) -> Result<Self, ConfigError> {
        let Some(secret) = token else {
            return Ok(Self {
                header: None,
                token: None,
            });
        };
        let token = secret.resolve()?;
        let value = value(word, &token)
            .ok_or_else(|| ConfigError::new(format!("the token at {secret} is not one line")))?;
        Ok(Self {
            header: Some((name, value)),
            token: Some(token),
        })
    }
}

/// The value of a header that is shown nowhere; `None` when the token has characters that no header may have.
pub fn value(word: &str, token: &SecretString) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("{word}{}", token.expose_secret())).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[async_trait]
impl Credential for Token {
    async fn header(&self) -> Result<Option<(HeaderName, HeaderValue)>, ForgeError> {
        Ok(self.header.clone())
    }

    async fn password(&self) -> Result<Option<SecretString>, ForgeError> {
        Ok(self.token.clone())
    }
}
