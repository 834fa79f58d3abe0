//! What a reader makes of the events in a room: messages with their last wording, their threads and their reactions.

use std::fmt::{self, Write as _};

use serde_json::Value;

/// A message as a person sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Its event.
    pub event_id: String,
    /// Who sent it.
    pub sender: String,
    /// Its text, as it was last edited.
    pub text: String,
    /// The root of the thread that it stands in.
    pub thread: Option<String>,
    /// What it is a reply to; in a thread only what it is a real reply to.
    pub reply_to: Option<String>,
    /// How often it was edited.
    pub edits: usize,
    /// Whether it was encrypted.
    pub encrypted: bool,
    /// Whether it cannot be decrypted.
    pub sealed: bool,
    /// Whether it was deleted.
    pub redacted: bool,
    /// Who reacted with what, in the order they did.
    pub reactions: Vec<(String, String)>,
    /// The content as it was last edited.
    pub content: Value,
    /// The whole event, before any edit.
    pub event: Value,
}

/// All messages of a room, in its order; shown as a person reads them.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline(pub Vec<Message>);

/// A room that somebody wants one in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The room.
    pub room: String,
    /// Who invites.
    pub from: String,
    /// Whether it is a talk of two.
    pub direct: bool,
}

impl Timeline {
    /// Reads the events of a room.
    pub fn of(events: &[Value]) -> Self {
        let mut messages: Vec<Message> = Vec::new();
        for event in events {
            let content = &event["content"];
            let relation = &content["m.relates_to"];
            let about = relation["event_id"].as_str().unwrap_or_default();
            let sender = text(&event["sender"]);
            match (text(&event["type"]).as_str(), relation["rel_type"].as_str()) {
                ("m.reaction", _) => {
                    if let Some(message) = find(&mut messages, about) {
                        message.reactions.push((sender, text(&relation["key"])));
                    }
                }
                ("m.room.redaction", _) => {
                    let gone = [&content["redacts"], &event["redacts"]];
                    let gone = gone.iter().find_map(|gone| gone.as_str());
                    if let Some(message) = find(&mut messages, gone.unwrap_or_default()) {
                        message.redacted = true;
                    }
                }
                (_, Some("m.replace")) if event["sealed"] != true => {
                    if let Some(message) = find(&mut messages, about)
                        && message.sender == sender
                    {
                        message.edits += 1;
                        message.content = content["m.new_content"].clone();
                        message.text = text(&message.content["body"]);
                    }
                }
                ("m.room.message" | "m.room.encrypted" | "m.sticker", _) => {
                    messages.push(Message::of(event));
                }
                _ => {}
            }
        }
        Self(messages)
    }

    /// The message of this event.
    pub fn get(&self, event_id: &str) -> Option<&Message> {
        self.0.iter().find(|message| message.event_id == event_id)
    }
}

impl Message {
    fn of(event: &Value) -> Self {
        let content = &event["content"];
        let relation = &content["m.relates_to"];
        let in_thread = relation["rel_type"] == "m.thread";
        let real_reply = !in_thread || relation["is_falling_back"] != true;
        Self {
            event_id: text(&event["event_id"]),
            sender: text(&event["sender"]),
            text: text(&content["body"]),
            thread: in_thread.then(|| text(&relation["event_id"])),
            reply_to: relation["m.in_reply_to"]["event_id"]
                .as_str()
                .filter(|_| real_reply)
                .map(str::to_owned),
            edits: 0,
            encrypted: event["encrypted"] == true,
            sealed: event["sealed"] == true,
            redacted: event["unsigned"].get("redacted_because").is_some(),
            reactions: Vec::new(),
            content: content.clone(),
            event: event.clone(),
        }
    }
}

/// The sender with the text behind it, each further line indented; in a thread behind `│`.
impl fmt::Display for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = format!("{}: ", short(&self.sender));
        match (self.redacted, self.sealed) {
            (true, _) => line.push_str("(deleted)"),
            (_, true) => line.push_str("(cannot be decrypted)"),
            _ => line.push_str(&self.text.replace('\n', "\n  ")),
        }
        if self.edits > 0 && !self.redacted {
            line.push_str(" (edited)");
        }
        for (who, key) in &self.reactions {
            let _ = write!(line, "\n  [{key} {}]", short(who));
        }
        if self.thread.is_some() {
            line = format!("│ {}", line.replace('\n', "\n│ "));
        }
        f.write_str(&line)
    }
}

/// The name that a user was registered with: `ana` of `@ana.3:localhost`.
pub fn short(user_id: &str) -> &str {
    let name = user_id.trim_start_matches('@');
    name.split([':', '.']).next().unwrap_or(name)
}

fn find<'a>(messages: &'a mut [Message], event_id: &str) -> Option<&'a mut Message> {
    messages
        .iter_mut()
        .find(|message| message.event_id == event_id)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
