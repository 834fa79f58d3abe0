//! What a channel allows: guests and people of other organisations, and previews of links.

use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Action, Call, Context, Effect, Kind, Param};
use crate::failure::Failure;
use crate::message::{Place, markdown};
use crate::store::{Space, Store, StoreError, Write, json as raw};

/// The settings of all channels.
pub struct Channels {
    store: Arc<dyn Store>,
}

/// What one channel allows; nothing, unless somebody has said so there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Allowed {
    /// Guests and people of other organisations are answered, too.
    pub outsiders: bool,
    /// Links to what the catalog knows are shown with a preview.
    pub previews: bool,
}

impl Channels {
    /// Keeps them in this store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// What the channel of a place allows.
    pub async fn allowed(&self, place: &Place) -> Result<Allowed, StoreError> {
        match self.store.get(Space::Record, &key(place)).await? {
            Some(entry) => entry.read(),
            None => Ok(Allowed::default()),
        }
    }

    /// Sets it, and returns once that is on disk.
    async fn set(&self, place: &Place, allowed: Allowed) -> Result<(), StoreError> {
        let key = key(place);
        let write = Write::Put {
            space: Space::Record,
            value: raw(&key, &allowed)?,
            key,
            expires: None,
        };
        self.store.apply(&[write]).await?;
        self.store.flush().await
    }
}

fn key(place: &Place) -> String {
    format!("channel/{}/{}", place.platform, place.channel)
}

/// `bot.channel`: takes `what`, one of `allow`, `deny`, `previews on` and `previews off`; without it tells how things are.
pub struct SetChannel;

#[async_trait]
impl Action for SetChannel {
    fn name(&self) -> &'static str {
        "bot.channel"
    }

    fn takes(&self) -> &'static [Param] {
        &[Param {
            name: "what",
            kind: Kind::Text,
            required: false,
        }]
    }

    fn effect(&self) -> Effect {
        Effect::Record
    }

    async fn run(&self, call: &Call, context: &Context) -> Result<Value, Failure> {
        if call.place.direct && call.text("what").is_none() {
            return Ok(json!({ "direct": true }));
        }
        if call.place.direct {
            return Err(Failure::user(
                "This is a conversation between the two of us; nobody else can be let in.",
            )
            .hint("Say it in the channel that you mean."));
        }
        let now = context
            .channels
            .allowed(&call.place)
            .await
            .context("the settings of the channel")?;
        let words: Vec<&str> = call.text("what").unwrap_or("").split_whitespace().collect();
        let wanted = match words.join(" ").to_lowercase().as_str() {
            "" => now,
            "allow" => Allowed {
                outsiders: true,
                ..now
            },
            "deny" => Allowed {
                outsiders: false,
                ..now
            },
            "previews on" => Allowed {
                previews: true,
                ..now
            },
            "previews off" => Allowed {
                previews: false,
                ..now
            },
            other => {
                let says = format!("A channel has no setting {}.", markdown::code(other));
                return Err(Failure::user(says).hint(
                    "There are `channel allow`, `channel deny`, `channel previews on` and `channel previews off`.",
                ));
            }
        };
        if wanted.outsiders && !now.outsiders && !call.asker.admin {
            return Err(Failure::user(
                "Only an admin may let guests and people of other organisations ask me here.",
            )
            .hint(
                context
                    .admins()
                    .unwrap_or_else(|| "No admin is named in the configuration.".to_owned()),
            ));
        }
        if wanted != now {
            context
                .channels
                .set(&call.place, wanted)
                .await
                .context("the settings of the channel")?;
        }
        Ok(json!({
            "outsiders": wanted.outsiders,
            "previews": wanted.previews,
            "changed": wanted != now,
        }))
    }
}
