//! A direct room on a real home server.

use callboard::chat::matrix::Matrix;
use tokio::sync::OnceCell;

use super::*;
use crate::harness::Program;
use crate::harness::matrix::{Person, Synapse};
use crate::matrix::connected::Connected;

/// Ana, who talks to the bot alone, encrypted.
pub struct Direct {
    adapter: Arc<Matrix>,
    bot: String,
    ana: Person,
    id: &'static str,
    room: OnceCell<String>,
    _home: Program,
}

impl Direct {
    /// The room, with the bot in it.
    async fn room(&self) -> &str {
        self.room
            .get_or_init(|| async {
                let room = self.ana.encrypted_direct_room(&self.bot).await;
                self.ana.sees_member(&room, &self.bot).await;
                room
            })
            .await
    }
}

#[async_trait]
impl Platform for Direct {
    async fn new() -> Self {
        let synapse = Synapse::shared().await;
        let connected = Connected::to(synapse).await;
        let ana = Person::new(synapse, "ana").await;
        Self {
            bot: connected.id,
            adapter: connected.adapter,
            id: ana.user_id().to_owned().leak(),
            ana,
            room: OnceCell::new(),
            _home: connected.home,
        }
    }

    fn adapter(&self) -> Arc<dyn Adapter> {
        self.adapter.clone()
    }

    fn place(&self) -> Place {
        Place {
            platform: "matrix".to_owned(),
            channel: self.room.get().cloned().unwrap_or_default(),
            direct: true,
            ..Place::default()
        }
    }

    fn person(&self) -> &'static str {
        self.id
    }

    async fn write(&self, line: &str) {
        self.ana.says(self.room().await, line).await;
    }

    async fn press(&self, position: usize) {
        let room = self.room().await;
        let offer = self.ana.reads(room, "react with it").await;
        let key = format!("{}\u{FE0F}\u{20E3}", position + 1);
        self.ana.reacts(room, &offer.event_id, &key).await;
    }

    async fn read(&self, words: &str) -> String {
        self.ana.reads(self.room().await, words).await.text
    }
}
