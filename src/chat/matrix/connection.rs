//! The one connection: the client with its session, and what is known beside it.

use std::sync::Arc;

use anyhow::Context as _;
use matrix_sdk::ruma::{OwnedUserId, UserId};
use matrix_sdk::{Client, Room};
use tokio::sync::Notify;

use super::event::Ears;
use super::offers::Offers;
use super::outgoing::{Keys, Turns};
use super::session::{Folder, Patience};
use crate::config::MatrixConfig;

/// The client with its session.
pub struct Connection {
    /// The client.
    pub client: Client,
    /// The bot's own id.
    pub own: OwnedUserId,
    /// What the bot offered to choose.
    pub offers: Arc<Offers>,
    /// Somebody was told by the home server that the session has ended.
    pub expired: Notify,
    pub(super) turns: Turns,
    pub(super) keys: Arc<Keys>,
}

impl Connection {
    /// Takes up the session in the folder. Nothing is sent yet.
    pub async fn open(
        config: &MatrixConfig,
        folder: &Folder,
        patience: Patience,
        offers: Arc<Offers>,
    ) -> anyhow::Result<Arc<Self>> {
        let client = folder.resume(config, patience).await?;
        let own = client.user_id().context("no session")?.to_owned();
        Ok(Arc::new(Self {
            client,
            own,
            offers,
            expired: Notify::new(),
            turns: Turns::default(),
            keys: Arc::default(),
        }))
    }

    /// How the bot is spoken to in a room.
    pub async fn ears(&self, room: &Room, names: &[String], prefix: &str) -> Ears {
        let mut names = names.to_vec();
        let here = self.name_in(room, &self.own).await;
        if !names.contains(&here) {
            names.push(here);
        }
        Ears {
            own: self.own.to_string(),
            names,
            prefix: prefix.to_owned(),
        }
    }

    /// What the bot is called everywhere: its display name, and its id without the server.
    pub async fn names(&self) -> Vec<String> {
        let mut names = vec![self.own.localpart().to_owned()];
        match self.client.account().get_display_name().await {
            Ok(name) => names.extend(name),
            Err(error) => tracing::debug!(%error, "the bot's own display name is not known"),
        }
        names
    }

    /// What somebody is called in a room; their id without the server where that is not known.
    pub async fn name_in(&self, room: &Room, user: &UserId) -> String {
        let member = room.get_member_no_sync(user).await.ok().flatten();
        let name = member.and_then(|member| member.display_name().map(str::to_owned));
        name.unwrap_or_else(|| user.localpart().to_owned())
    }
}
