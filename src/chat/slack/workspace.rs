//! The workspaces that the bot is installed in: which they are, who it is there, and with which token it speaks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use secrecy::SecretString;
use slack_morphism::SlackClient;
use tokio::sync::OnceCell;

use super::connector::{self, Connector};
use super::error::ApiError;

/// A workspace that the bot is installed in.
#[derive(Debug, Clone)]
pub struct Install {
    /// Its id.
    pub team: String,
    /// Its name, for people.
    pub name: String,
    /// The user that the bot is there.
    pub own: String,
    /// The token that the bot speaks with.
    pub token: SecretString,
}

/// Where installations are kept. The token is the keeper's to encrypt.
#[async_trait]
pub trait Installs: Send + Sync {
    /// The installation in a workspace.
    async fn find(&self, team: &str) -> anyhow::Result<Option<Install>>;

    /// Keeps an installation, in place of an earlier one in the same workspace.
    async fn keep(&self, install: &Install) -> anyhow::Result<()>;

    /// Forgets an installation whose token was taken back.
    async fn forget(&self, team: &str) -> anyhow::Result<()>;
}

/// All workspaces.
pub struct Workspaces {
    client: SlackClient<Connector>,
    /// The one workspace whose token is configured.
    configured: Option<SecretString>,
    only: OnceCell<Arc<Install>>,
    installs: Option<Arc<dyn Installs>>,
    known: Mutex<HashMap<String, Arc<Install>>>,
}

impl Workspaces {
    /// Those of a token, and those that installed the app.
    pub fn new(
        client: SlackClient<Connector>,
        configured: Option<SecretString>,
        installs: Option<Arc<dyn Installs>>,
    ) -> Self {
        Self {
            client,
            configured,
            only: OnceCell::new(),
            installs,
            known: Mutex::default(),
        }
    }

    /// The workspace of the configured token, which Slack is asked about once. `None` where none is configured.
    pub async fn configured(&self) -> Result<Option<Arc<Install>>, ApiError> {
        let Some(token) = &self.configured else {
            return Ok(None);
        };
        let ask = || async {
            let typed = connector::token(token);
            let told = self.client.open_session(&typed).auth_test().await?;
            Ok::<_, ApiError>(Arc::new(Install {
                team: told.team_id.0,
                name: told.team,
                own: told.user_id.0,
                token: token.clone(),
            }))
        };
        self.only.get_or_try_init(ask).await.cloned().map(Some)
    }

    /// The workspace of this id.
    ///
    /// The one with the configured token also speaks for others: an event may name the workspace of somebody who acts in a
    /// shared channel, and the app is in one alone.
    pub async fn of(&self, team: &str) -> Result<Option<Arc<Install>>, ApiError> {
        if let Some(only) = self.configured().await? {
            let is_alone = self.installs.is_none();
            if only.team == team || is_alone {
                return Ok(Some(only));
            }
        }
        if let Some(workspace) = self.remembered(team) {
            return Ok(Some(workspace));
        }
        let Some(installs) = &self.installs else {
            return Ok(None);
        };
        let found = installs.find(team).await.map_err(|error| {
            tracing::error!(
                error = format!("{error:#}"),
                "an installation could not be read"
            );
            ApiError::Unanswered("the store gives no installation".to_owned())
        })?;
        Ok(found.map(|install| self.know(install)))
    }

    /// The workspace of an address, which is exactly the one that it names.
    pub async fn at(&self, team: &str) -> Result<Option<Arc<Install>>, ApiError> {
        let found = self.of(team).await?;
        Ok(found.filter(|workspace| workspace.team == team))
    }

    /// The configured token.
    pub fn token(&self) -> Option<&SecretString> {
        self.configured.as_ref()
    }

    /// Keeps an installation and takes it in.
    pub async fn install(&self, install: Install) -> Result<Arc<Install>, ApiError> {
        if let Some(installs) = &self.installs {
            installs.keep(&install).await.map_err(|error| {
                let error = format!("{error:#}");
                tracing::error!(error, "an installation could not be kept");
                ApiError::Unanswered("the store keeps no installation".to_owned())
            })?;
        }
        Ok(self.know(install))
    }

    /// Takes an installation in.
    fn know(&self, install: Install) -> Arc<Install> {
        let workspace = Arc::new(install);
        self.lock()
            .insert(workspace.team.clone(), workspace.clone());
        workspace
    }

    /// Forgets a workspace that has taken its token back.
    pub async fn forget(&self, team: &str) {
        self.lock().remove(team);
        tracing::warn!(team, "a workspace has taken the bot's token back");
        if let Some(installs) = &self.installs
            && let Err(error) = installs.forget(team).await
        {
            tracing::error!(
                error = format!("{error:#}"),
                "an installation could not be forgotten"
            );
        }
    }

    fn remembered(&self, team: &str) -> Option<Arc<Install>> {
        self.lock().get(team).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Install>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
