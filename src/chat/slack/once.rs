//! Messages that are posted once, even when Slack's answer is lost on the way.
//!
//! Slack documents no argument that makes a second call of `chat.postMessage` find the first. So each message carries a
//! mark in its metadata, and where no answer came, the conversation is read back: the message is there, or it is posted
//! again. Where that cannot be told either, it is not: an answer that is missing is asked for again, and a bot that says
//! everything twice is switched off.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use super::calls::Calls;
use super::error::ApiError;
use super::workspace::Install;

/// What marks are called in the metadata.
const MARK: &str = "callboard_answer";

/// How often a message is posted that is not there.
const TRIES: u32 = 3;

/// How long Slack may take to show a message that it has not answered for.
const SETTLING: Duration = Duration::from_millis(700);

/// How many messages are read back.
const READ_BACK: &str = "100";

impl Calls {
    /// Posts a message once.
    pub async fn post_once(
        &self,
        workspace: &Install,
        channel: &str,
        mut body: Value,
    ) -> Result<Value, ApiError> {
        let mark = format!("{:016x}", fastrand::u64(..));
        body["metadata"] = json!({"event_type": MARK, "event_payload": {"id": mark}});
        let mut tries = 0;
        loop {
            tries += 1;
            let posted = self
                .say(workspace, channel, "chat.postMessage", &body, false)
                .await;
            let lost = match posted {
                Err(lost @ ApiError::Unanswered(_)) => lost,
                told => return told,
            };
            sleep(SETTLING).await;
            let thread = body.get("thread_ts").and_then(Value::as_str);
            match self.read_back(workspace, channel, thread, &mark).await {
                Some(Some(message)) => {
                    return Ok(json!({"channel": channel, "ts": message.get("ts")}));
                }
                Some(None) if tries < TRIES => {
                    tracing::debug!(%lost, "a message did not arrive and is posted again");
                }
                _ => return Err(lost),
            }
        }
    }

    /// The message with a mark, if it is there. `None`: that cannot be told.
    async fn read_back(
        &self,
        workspace: &Install,
        channel: &str,
        thread: Option<&str>,
        mark: &str,
    ) -> Option<Option<Value>> {
        let mut arguments = vec![
            ("channel", channel),
            ("limit", READ_BACK),
            ("include_all_metadata", "true"),
        ];
        let method = match thread {
            Some(thread) => {
                arguments.push(("ts", thread));
                "conversations.replies"
            }
            None => "conversations.history",
        };
        let told = self.ask(workspace, method, &arguments).await.ok()?;
        let messages = told.get("messages")?.as_array()?;
        let marked = |message: &&Value| {
            message
                .pointer("/metadata/event_payload/id")
                .is_some_and(|id| id == mark)
        };
        let found = messages.iter().find(marked).cloned();
        // A thread begins with its oldest messages: the newest may be among those that were not read.
        let is_whole = thread.is_none() || told.get("has_more") != Some(&Value::Bool(true));
        (found.is_some() || is_whole).then_some(found)
    }
}
