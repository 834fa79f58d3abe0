//! The workspaces that installed the bot, in the store: their tokens sealed with a key that is not there.

use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::chat::slack::{Install, Installs};
use crate::store::seal::Seal;
use crate::store::{Space, Store, Write, json};

/// Installations as entries of the store.
pub struct StoredInstalls {
    store: Arc<dyn Store>,
    seal: Seal,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    name: String,
    own: String,
    /// Sealed for the entry's own key.
    token: String,
}

impl StoredInstalls {
    /// Keeps them in this store, sealed with this key.
    pub fn new(store: Arc<dyn Store>, key: &SecretString) -> anyhow::Result<Self> {
        let seal = Seal::new(key).context("the `token_key` of [slack] is of no use")?;
        Ok(Self { store, seal })
    }
}

#[async_trait]
impl Installs for StoredInstalls {
    async fn find(&self, team: &str) -> anyhow::Result<Option<Install>> {
        let key = key(team);
        let Some(entry) = self.store.get(Space::Record, &key).await? else {
            return Ok(None);
        };
        let stored: Stored = entry.read()?;
        let token = self.seal.open(&key, &stored.token).with_context(|| {
            format!(
                "the token of the workspace {team} cannot be read with the `token_key` of [slack]; install the app there again"
            )
        })?;
        Ok(Some(Install {
            team: team.to_owned(),
            name: stored.name,
            own: stored.own,
            token,
        }))
    }

    async fn keep(&self, install: &Install) -> anyhow::Result<()> {
        let key = key(&install.team);
        let stored = Stored {
            name: install.name.clone(),
            own: install.own.clone(),
            token: self.seal.seal(&key, &install.token)?,
        };
        let write = Write::Put {
            space: Space::Record,
            value: json(&key, &stored)?,
            key,
            expires: None,
        };
        self.store.apply(&[write]).await?;
        self.store.flush().await?;
        Ok(())
    }

    async fn forget(&self, team: &str) -> anyhow::Result<()> {
        let delete = Write::Delete {
            space: Space::Record,
            key: key(team),
        };
        self.store.apply(&[delete]).await?;
        self.store.flush().await?;
        Ok(())
    }
}

fn key(team: &str) -> String {
    format!("slack/install/{team}")
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::clock::Clock;
    use crate::store::lines;
    use crate::store::memory::MemoryStore;

    fn installs(store: &Arc<MemoryStore>, key: &str) -> StoredInstalls {
        let key = SecretString::from(key.repeat(4));
        StoredInstalls::new(store.clone(), &key).expect("a good key")
    }

    #[tokio::test]
    async fn a_token_is_kept_where_nobody_reads_it() {
        let store = Arc::new(MemoryStore::new(Clock::fixed(1_000)));
        let kept = installs(&store, "0123456789");
        let install = Install {
            team: "T1".to_owned(),
            name: "Acme".to_owned(),
            own: "U1".to_owned(),
            token: SecretString::from("xoxb-secret".to_owned()),
        };
        kept.keep(&install).await.expect("kept");
        let mut written = Vec::new();
        lines::export(&*store, &mut written).await.expect("written");
        let written = String::from_utf8(written).expect("UTF-8");
        assert!(written.contains("slack/install/T1"), "{written}");
        assert!(!written.contains("xoxb"), "{written}");
        let found = installs(&store, "0123456789").find("T1").await;
        let found = found.expect("read").expect("there");
        assert_eq!(found.token.expose_secret(), "xoxb-secret");
        let other = installs(&store, "9876543210").find("T1").await;
        let told = format!("{:#}", other.expect_err("another key"));
        assert!(told.contains("install the app there again"), "{told}");
        kept.forget("T1").await.expect("forgotten");
        assert!(kept.find("T1").await.expect("read").is_none());
    }
}
