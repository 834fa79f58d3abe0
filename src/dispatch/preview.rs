//! What stands behind links that people post: shown where the channel wants it, at most twice, and not again and again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::act::Wanted;
use super::answer::forgotten;
use super::{Asked, Dispatch};
use crate::action::Asker;
use crate::chat::adapter::{Adapter, SendError};
use crate::clock::Clock;
use crate::message::{Place, Preview, Reply, Trigger};
use crate::store::{Space, Store, StoreError, Write, json};

/// How many links of one message are shown.
const MOST: usize = 2;

/// A link that was shown in a channel is not shown there again for so long.
const QUIET: Duration = Duration::from_mins(30);

/// The command whose body is a preview.
const COMMAND: &str = "preview";

/// The links that were shown.
pub struct Previews {
    store: Arc<dyn Store>,
    clock: Clock,
}

impl Previews {
    /// Keeps them in this store.
    pub fn new(store: Arc<dyn Store>, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// Notes that a link is shown; `false` where it was shown a short while ago.
    async fn is_due(&self, place: &Place, link: &str) -> Result<bool, StoreError> {
        let key = format!("preview/{}/{}/{link}", place.platform, place.channel);
        let write = Write::PutNew {
            space: Space::Pending,
            value: json(&key, &true)?,
            key,
            expires: Some(self.clock.after(QUIET)),
        };
        match self.store.apply(&[write]).await {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl Dispatch {
    /// Shows what the catalog knows of links, if the channel wants it; in doubt nothing.
    pub(super) async fn preview(&self, trigger: &Trigger, links: &[String], adapter: &dyn Adapter) {
        let place = &trigger.place;
        match self.context.channels.allowed(place).await {
            Ok(allowed) if allowed.previews => {}
            Ok(_) => return,
            Err(error) => return forgotten(&error),
        }
        let Ok(admitted) = self.admit(place, &trigger.person, adapter).await else {
            return;
        };
        // Where the answer would be whispered, a preview would be heard by all.
        if admitted.place != *place {
            return;
        }
        let mut previews = Vec::new();
        for link in links {
            if previews.len() == MOST {
                break;
            }
            if let Some(reply) = self.behind(link, place, &admitted.asker).await {
                match self.previews.is_due(place, link).await {
                    Ok(true) => previews.push(Preview {
                        link: link.clone(),
                        reply,
                    }),
                    Ok(false) => {}
                    Err(error) => forgotten(&error),
                }
            }
        }
        if previews.is_empty() {
            return;
        }
        match adapter.preview(trigger, &previews).await {
            Ok(()) | Err(SendError::Unsupported) => {}
            Err(error) => {
                tracing::warn!(%error, platform = adapter.name(), "a preview could not be shown");
            }
        }
    }

    /// What the catalog knows of a link, if anything.
    async fn behind(&self, link: &str, place: &Place, asker: &Asker) -> Option<Reply> {
        let book = self.context.book.load_full();
        let command = book.find(COMMAND)?;
        let param = command.takes.first()?;
        let wanted = Wanted {
            command,
            typed: BTreeMap::from([(param.name.clone(), link.to_owned())]),
            answers: None,
            confirmed: false,
        };
        let here = Asked {
            place,
            asker,
            heard: None,
            screens: None,
        };
        let answer = self.run(wanted, here).await;
        if answer.failure.is_some() || answer.data.is_none() {
            return None;
        }
        let mut reply = answer.reply?;
        reply.choices.clear();
        reply.picture = None;
        Some(reply)
    }
}
