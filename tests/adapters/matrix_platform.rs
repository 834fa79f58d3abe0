//! A direct room on a real home server.

use std::collections::HashMap;

use callboard::chat::matrix::{Matrix, Notes};
use callboard::config::MatrixConfig;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::*;
use crate::harness::Program;
use crate::harness::matrix::{Person, Synapse};

/// Ana, who talks to the bot alone, encrypted.
pub struct Direct {
    adapter: Arc<Matrix>,
    bot: String,
    ana: Person,
    id: &'static str,
    room: OnceCell<String>,
    _home: Program,
}

/// What the adapter notes, as long as it lives.
#[derive(Default)]
struct Memory(Mutex<HashMap<String, Value>>);

#[async_trait]
impl Notes for Memory {
    async fn read(&self, name: &str) -> anyhow::Result<Option<Value>> {
        Ok(self.0.lock().expect("not poisoned").get(name).cloned())
    }

    async fn keep(&self, name: &str, note: Value) -> anyhow::Result<()> {
        let mut notes = self.0.lock().expect("not poisoned");
        notes.insert(name.to_owned(), note);
        Ok(())
    }

    async fn forget(&self, name: &str) -> anyhow::Result<()> {
        self.0.lock().expect("not poisoned").remove(name);
        Ok(())
    }
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
        let account = synapse.register("callboard").await;
        let config = format!(
            "homeserver = \"{}\"\npassphrase = \"file:phrase\"\nservers = [\"localhost\"]\n",
            synapse.url()
        );
        let home = Program::new()
            .env("PASSWORD", &account.password)
            .file("phrase", "a passphrase of the tests, and of nothing else")
            .file("callboard.toml", &format!("[matrix]\n{config}"));
        let login = home.run([
            "matrix",
            "login",
            "--user",
            &account.user_id,
            "--password",
            "env:PASSWORD",
        ]);
        assert_eq!(login.code, 0, "{login}");
        let phrase = home.home().join("phrase");
        let config = config.replace("file:phrase", &format!("file:{}", phrase.display()));
        let config: MatrixConfig = toml::from_str(&config).expect("a configuration");
        let adapter = Matrix::new(&config, &home.data(), Some(Arc::new(Memory::default())));
        let ana = Person::new(synapse, "ana").await;
        Self {
            adapter: Arc::new(adapter),
            bot: account.user_id,
            id: ana.user_id().to_owned().leak(),
            ana,
            room: OnceCell::new(),
            _home: home,
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
