//! What Slack knows of people and conversations, and whether they are the organisation's own.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::Slack;
use super::address::Spot;
use super::error::ApiError;
use crate::chat::adapter::SendError;
use crate::message::{Person, Place};

/// How long it is remembered whether a conversation is shared.
const REMEMBERED: Duration = Duration::from_mins(5);

/// How many conversations are remembered.
const MOST_REMEMBERED: usize = 5_000;

/// Which conversations are shared with others.
#[derive(Default)]
pub struct Sharing(Mutex<HashMap<String, (bool, Instant)>>);

impl Slack {
    /// Looks somebody up.
    pub(super) async fn look_up(&self, id: &str) -> Result<Person, SendError> {
        let (workspace, address) = self.locate(id).await?;
        let Spot::Person(person) = address.spot else {
            return Err(SendError::Gone);
        };
        let told = self
            .calls
            .ask(&workspace, "users.info", &[("user", person)])
            .await?;
        let user = told.get("user").ok_or(SendError::Gone)?;
        Ok(described(user, &workspace.team))
    }

    /// Whether people of other organisations may be in a conversation. Only a clear no is a no.
    pub(super) async fn may_be_shared(&self, place: &Place) -> Result<bool, SendError> {
        let (workspace, address) = self.locate(&place.channel).await?;
        let channel = match address.spot {
            // Two alone: who the other one is tells `person`.
            _ if place.direct => return Ok(false),
            Spot::Home(_) | Spot::Person(_) => return Ok(false),
            Spot::Channel(channel) => channel,
        };
        if let Some(shared) = self.sharing.known(&place.channel) {
            return Ok(shared);
        }
        let asked = self
            .calls
            .ask(&workspace, "conversations.info", &[("channel", channel)])
            .await;
        let shared = match asked {
            Ok(told) => told.get("channel").is_none_or(is_shared),
            // The bot is not told of conversations that it is not in, but a slash command works there, too: in a private
            // channel, or between two colleagues. It can say nothing aloud there, and the asker is looked up all the same.
            Err(ApiError::Refused { code, .. }) => {
                tracing::debug!(code, "a conversation cannot be looked at");
                return Ok(place.whisper.is_none());
            }
            Err(error) => return Err(error.into()),
        };
        self.sharing.note(&place.channel, shared);
        Ok(shared)
    }
}

/// A person, as the platform describes them.
fn described(user: &Value, team: &str) -> Person {
    let flag = |name: &str| user.get(name).and_then(Value::as_bool).unwrap_or_default();
    let text = |path: &str| {
        let text = user.pointer(path)?.as_str()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let is_guest = flag("is_restricted") || flag("is_ultra_restricted");
    let is_nobody = flag("is_bot") || flag("is_workflow_bot") || flag("deleted");
    let is_strange = flag("is_stranger") || flag("is_connector_bot") || !is_of(user, team);
    let external = is_guest || is_nobody || is_strange;
    let confirmed = flag("is_email_confirmed") && !external;
    let names = [
        "/profile/display_name",
        "/profile/real_name",
        "/real_name",
        "/name",
    ];
    Person {
        display_name: names
            .iter()
            .find_map(|path| text(path))
            .unwrap_or_else(|| "somebody".to_owned()),
        email: text("/profile/email").filter(|_| confirmed),
        external,
    }
}

/// Whether somebody belongs to a workspace, or to the same organisation of workspaces.
fn is_of(user: &Value, team: &str) -> bool {
    if user.get("team_id").and_then(Value::as_str) == Some(team) {
        return true;
    }
    let teams = user
        .pointer("/enterprise_user/teams")
        .and_then(Value::as_array);
    teams.is_some_and(|teams| teams.iter().any(|own| own == team))
}

/// Whether a conversation reaches other organisations, or soon will. One that is shared among the workspaces of one
/// organisation does not.
fn is_shared(channel: &Value) -> bool {
    let flag = |name: &str| channel.get(name).and_then(Value::as_bool);
    let filled = |name: &str| {
        let list = channel.get(name).and_then(Value::as_array);
        list.is_some_and(|list| !list.is_empty())
    };
    let outside = flag("is_ext_shared").unwrap_or_default()
        || flag("is_pending_ext_shared").unwrap_or_default()
        || filled("pending_shared")
        || filled("pending_connected_team_ids");
    let somehow = flag("is_shared").unwrap_or_default();
    let within = flag("is_org_shared").unwrap_or_default();
    // Where Slack says nothing of it, it is not known.
    let is_told = flag("is_ext_shared").is_some() || flag("is_im") == Some(true);
    outside || (somehow && !within) || !is_told
}

impl Sharing {
    fn known(&self, channel: &str) -> Option<bool> {
        let known = self.lock();
        let (shared, until) = known.get(channel)?;
        (*until > Instant::now()).then_some(*shared)
    }

    fn note(&self, channel: &str, shared: bool) {
        let mut known = self.lock();
        if known.len() >= MOST_REMEMBERED {
            known.clear();
        }
        known.insert(channel.to_owned(), (shared, Instant::now() + REMEMBERED));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, (bool, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn user(more: &Value) -> Person {
        let mut user = json!({
            "id": "U1", "team_id": "T1", "name": "ana", "real_name": "Ana Horvat", "is_email_confirmed": true,
            "profile": {"display_name": "", "real_name": "Ana Horvat", "email": "ana@acme.example"},
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            user[name] = value.clone();
        }
        described(&user, "T1")
    }

    #[test]
    fn an_address_counts_only_when_it_is_confirmed_and_the_person_is_ours() {
        let ana = user(&json!({}));
        assert_eq!(ana.display_name, "Ana Horvat");
        assert_eq!(ana.email.as_deref(), Some("ana@acme.example"));
        assert!(!ana.external);
        assert_eq!(user(&json!({"is_email_confirmed": false})).email, None);
        assert_eq!(user(&json!({"is_email_confirmed": null})).email, None);
        for strange in [
            json!({"is_restricted": true}),
            json!({"is_ultra_restricted": true}),
            json!({"is_bot": true}),
            json!({"is_stranger": true}),
            json!({"deleted": true}),
            json!({"team_id": "T2"}),
            json!({"team_id": null}),
        ] {
            let person = user(&strange);
            assert!(person.external && person.email.is_none(), "{strange}");
        }
        let near = json!({"team_id": "T2", "enterprise_user": {"teams": ["T2", "T1"]}});
        assert!(!user(&near).external);
    }

    #[test]
    fn only_a_clear_no_is_a_no() {
        let own = json!({"is_ext_shared": false, "is_shared": false, "is_org_shared": false});
        assert!(!is_shared(&own));
        let org = json!({"is_ext_shared": false, "is_shared": true, "is_org_shared": true});
        assert!(!is_shared(&org));
        for shared in [
            json!({}),
            json!({"is_shared": false}),
            json!({"is_ext_shared": true, "is_shared": true, "is_org_shared": true}),
            json!({"is_ext_shared": false, "is_pending_ext_shared": true}),
            json!({"is_ext_shared": false, "pending_shared": ["T9"]}),
            json!({"is_ext_shared": false, "is_shared": true}),
        ] {
            assert!(is_shared(&shared), "{shared}");
        }
    }
}
