//! Forms on the screen: opened with a trigger, which is good for three seconds and once, and changed afterwards.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::calls::Calls;
use super::error::ApiError;
use super::modal;
use super::workspace::Install;
use crate::chat::adapter::SendError;
use crate::message::Ticket;
use crate::message::form::Screen;

/// How many forms are remembered that were opened: those of the last hours.
const MOST_OPENED: usize = 1_000;

/// The forms on people's screens.
pub struct Views {
    calls: Arc<Calls>,
    /// Which view each trigger has opened, the newest last.
    opened: Mutex<VecDeque<(Ticket, String)>>,
}

impl Views {
    /// No form is open yet.
    pub fn new(calls: Arc<Calls>) -> Self {
        Self {
            calls,
            opened: Mutex::default(),
        }
    }

    /// Opens a form with a trigger, or changes the one that the trigger has opened or the ticket names.
    pub async fn show(
        &self,
        workspace: &Install,
        ticket: &Ticket,
        screen: &Screen,
    ) -> Result<(), SendError> {
        let named = modal::named(ticket).map(ToOwned::to_owned);
        if let Some(id) = named.or_else(|| self.opened_by(ticket)) {
            return self.update(workspace, &id, screen).await;
        }
        let view = modal::view(screen).ok_or(SendError::Unsupported)?;
        let body = json!({"trigger_id": ticket.expose(), "view": view});
        // A second call would find the trigger used.
        let opened = self.calls.tell(workspace, "views.open", &body, false).await;
        let told = opened.map_err(|error| match error.code() {
            // Whoever was too late asks in the conversation instead.
            "expired_trigger_id"
            | "exchanged_trigger_id"
            | "trigger_exchanged"
            | "invalid_trigger_id" => SendError::Unsupported,
            _ => error.into(),
        })?;
        if let Some(id) = told.pointer("/view/id").and_then(Value::as_str) {
            let mut opened = self.lock();
            if opened.len() >= MOST_OPENED {
                opened.pop_front();
            }
            opened.push_back((ticket.clone(), id.to_owned()));
        }
        Ok(())
    }

    /// Shows something else in a form.
    pub async fn update(
        &self,
        workspace: &Install,
        id: &str,
        screen: &Screen,
    ) -> Result<(), SendError> {
        let view = modal::view(screen).ok_or(SendError::Unsupported)?;
        let body = json!({"view_id": id, "view": view});
        self.calls
            .tell(workspace, "views.update", &body, true)
            .await?;
        Ok(())
    }

    /// Shows a person's Home tab.
    pub async fn publish(
        &self,
        workspace: &Install,
        person: &str,
        view: &Value,
    ) -> Result<(), ApiError> {
        let body = json!({"user_id": person, "view": view});
        self.calls
            .tell(workspace, "views.publish", &body, true)
            .await?;
        Ok(())
    }

    fn opened_by(&self, ticket: &Ticket) -> Option<String> {
        let opened = self.lock();
        let found = opened.iter().rev().find(|(with, _)| with == ticket);
        found.map(|(_, id)| id.clone())
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(Ticket, String)>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
