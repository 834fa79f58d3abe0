//! What a channel allows: guests and people of other organisations, and previews of links.

use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Action, Call, Context, Effect, Kind, Param};
use crate::failure::Failure;
use crate::message::{Place, markdown};
use crate::policy::{Deed, Weight};
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

/// The word that lets guests and people of other organisations in.
const ALLOW: &str = "allow";

/// Letting guests and people of other organisations ask in a channel.
pub fn allow(command: &str) -> Deed {
    Deed::new(command, SetChannel.name(), Weight::Change).detail(ALLOW)
}

/// What is said to be set, in lower case with single spaces.
fn words(call: &Call) -> String {
    let words: Vec<&str> = call.text("what").unwrap_or("").split_whitespace().collect();
    words.join(" ").to_lowercase()
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

    fn deed(&self, call: &Call, _context: &Context) -> Deed {
        let deed = |weight| Deed::new(&call.command, self.name(), weight);
        match words(call).as_str() {
            "" => deed(Weight::Read),
            _ if call.place.direct => deed(Weight::Read),
            ALLOW => allow(&call.command),
            // Anybody may make the bot quieter, and it can be undone.
            known @ ("deny" | "previews on" | "previews off") => deed(Weight::Light).detail(known),
            // What else is typed is no name of anything, and a deed is logged.
            _ => deed(Weight::Light),
        }
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
        let wanted = match words(call).as_str() {
            "" => now,
            ALLOW => Allowed {
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
