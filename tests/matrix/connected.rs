//! The adapter for Matrix in this process, logged in on a real home server.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use callboard::chat::matrix::{Matrix, Notes};
use callboard::config::MatrixConfig;
use serde_json::Value;

use crate::harness::Program;
use crate::harness::matrix::Synapse;

/// An adapter with a session of its own.
pub struct Connected {
    /// The adapter.
    pub adapter: Arc<Matrix>,
    /// The account's id.
    pub id: String,
    /// Where its session is kept.
    pub home: Program,
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

impl Connected {
    /// Logs a new account in.
    pub async fn to(synapse: &Synapse) -> Self {
        let account = synapse.register("callboard").await;
        let config = format!(
            "homeserver = \"{}\"\npassphrase = \"file:phrase\"\nservers = [\"localhost\"]\n",
            synapse.url()
        );
        let home = Program::new()
            .env("PASSWORD", &account.password)
            .file("phrase", "a passphrase of the tests, and of nothing else")
            .file("callboard.toml", &format!("[matrix]\n{config}"));
        let login = account.log_in(&home, &[]);
        assert_eq!(login.code, 0, "{login}");
        let phrase = home.home().join("phrase");
        let config = config.replace("file:phrase", &format!("file:{}", phrase.display()));
        let config: MatrixConfig = toml::from_str(&config).expect("a configuration");
        let adapter = Matrix::new(&config, &home.data(), Some(Arc::new(Memory::default())));
        Self {
            adapter: Arc::new(adapter),
            id: account.user_id,
            home,
        }
    }
}
