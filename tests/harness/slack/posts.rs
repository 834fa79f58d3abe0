//! What the bot says: messages, ephemeral ones, changes, previews, and answers to a response address.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::api::{Answer, Arguments, Refused};
use super::blocks;
use super::limits::{self, Surface};
use super::state::{Hook, Message, State};
use super::workspace::{BOT_USER, ChannelKind};
use super::{Delivery, acts, schema};

/// How long a text may be.
const LONGEST: usize = 40_000;

/// How long the text of a changed message may be.
const LONGEST_CHANGED: usize = 4_000;

/// How many characters the blocks of one message may hold together.
const MOST_IN_BLOCKS: usize = 13_200;

/// `chat.postMessage`.
pub fn post(state: &mut State, arguments: &Arguments) -> Answer {
    let body = content(state, arguments, LONGEST)?;
    let channel = writable(state, arguments.text("channel").unwrap_or_default())?;
    let thread = thread(state, &channel, arguments)?;
    pace(state, &channel)?;
    let mut message = say(state, &channel, thread, None, body);
    if arguments.flag("reply_broadcast") {
        message["subtype"] = json!("thread_broadcast");
        state.complain("a reply was sent to the whole channel as well");
    }
    let ts = message["ts"].clone();
    Ok(json!({ "channel": channel, "ts": ts, "message": message }))
}

/// Posts files.
pub fn share(
    state: &mut State,
    channel: &str,
    thread: Option<String>,
    mut body: Value,
) -> Result<(), Refused> {
    let channel = writable(state, channel)?;
    checked_blocks(state, &mut body)?;
    say(state, &channel, thread, None, body);
    Ok(())
}

/// `chat.postEphemeral`.
pub fn ephemeral(state: &mut State, arguments: &Arguments) -> Answer {
    let body = content(state, arguments, LONGEST)?;
    let channel = writable(state, arguments.text("channel").unwrap_or_default())?;
    let thread = thread(state, &channel, arguments)?;
    let person = arguments.text("user").unwrap_or_default();
    if !state.people.iter().any(|known| known.id == person) {
        return Err("user_not_in_channel".into());
    }
    let person = person.to_owned();
    pace(state, &channel)?;
    let message = say(state, &channel, thread, Some(person), body);
    Ok(json!({ "message_ts": message["ts"] }))
}

/// `chat.update`.
pub fn update(state: &mut State, arguments: &Arguments) -> Answer {
    let body = content(state, arguments, LONGEST_CHANGED)?;
    let channel = arguments.text("channel").unwrap_or_default().to_owned();
    let ts = arguments.text("ts").unwrap_or_default().to_owned();
    if state.channel(&channel).is_none() {
        return Err("channel_not_found".into());
    }
    pace(state, &channel)?;
    let message = state.message(&channel, &ts);
    let message = message
        .filter(|message| message.only.is_none())
        .ok_or("message_not_found")?;
    if !message.is_own() {
        return Err("cant_update_message".into());
    }
    let keeps_blocks = message.body.get("blocks").is_some() && arguments.json("blocks").is_none();
    let text = body["text"].clone();
    change(state, &channel, &ts, body);
    if keeps_blocks {
        state.complain("a change without blocks of a message with blocks: the old blocks stay; send an empty list");
    }
    let message = state.message(&channel, &ts).expect("it is there");
    let mut message = message.described();
    if let Value::Object(fields) = &mut message {
        fields.retain(|name, _| name != "ts" && name != "thread_ts");
    }
    Ok(json!({ "channel": channel, "ts": ts, "text": text, "message": message }))
}

/// `chat.delete`.
pub fn delete(state: &mut State, arguments: &Arguments) -> Answer {
    let channel = arguments.text("channel").unwrap_or_default().to_owned();
    let ts = arguments.text("ts").unwrap_or_default().to_owned();
    let message = state
        .message(&channel, &ts)
        .filter(|message| message.only.is_none());
    if !message.ok_or("message_not_found")?.is_own() {
        return Err("cant_delete_message".into());
    }
    remove(state, &channel, &ts);
    Ok(json!({ "channel": channel, "ts": ts }))
}

/// `chat.getPermalink`.
pub fn permalink(state: &mut State, arguments: &Arguments) -> Answer {
    let channel = arguments.text("channel").unwrap_or_default().to_owned();
    let ts = arguments.text("message_ts").unwrap_or_default();
    state.message(&channel, ts).ok_or("message_not_found")?;
    let number = ts.replace('.', "");
    let permalink = format!("https://acme.slack.com/archives/{channel}/p{number}");
    Ok(json!({ "channel": channel, "permalink": permalink }))
}

/// `chat.unfurl`.
pub fn unfurl(state: &mut State, arguments: &Arguments) -> Answer {
    let shared = match (
        arguments.text("unfurl_id"),
        arguments.text("channel"),
        arguments.text("ts"),
    ) {
        // The id is the message's own place with a word before it.
        (Some(id), None, None) if arguments.text("source").is_some() => {
            let mut parts = id.splitn(3, '-').skip(1).map(ToOwned::to_owned);
            (
                parts.next().unwrap_or_default(),
                parts.next().unwrap_or_default(),
            )
        }
        (None, Some(channel), Some(ts)) => (channel.to_owned(), ts.to_owned()),
        _ => return Err("invalid_arguments".into()),
    };
    let previews = arguments
        .json("unfurls")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    for preview in previews.values() {
        let mut preview = preview.clone();
        if let Some(field) = preview.as_object().and_then(|fields| {
            let known = [
                "blocks",
                "preview",
                "text",
                "title",
                "title_link",
                "fallback",
                "color",
                "fields",
                "footer",
            ];
            fields
                .keys()
                .find(|field| !known.contains(&&***field))
                .cloned()
        }) {
            state.complain(format!("a preview has no field {field}"));
        }
        checked_blocks(state, &mut preview)?;
    }
    let message = state
        .message(&shared.0, &shared.1)
        .ok_or("cannot_find_message")?;
    for (url, preview) in previews {
        let text = message.body["text"].as_str().unwrap_or_default();
        if !text.contains(&url.replace('&', "&amp;")) {
            return Err("cannot_unfurl_url".into());
        }
        message.previews.insert(url, preview);
        message.read = false;
    }
    Ok(json!({}))
}

/// A message to a response address.
pub fn respond(state: &mut State, id: &str, body: &[u8]) -> Result<(), Refused> {
    const TAKES: &str = "response_type text blocks:json attachments:json replace_original:flag delete_original:flag \
        thread_ts mrkdwn:flag unfurl_links:flag unfurl_media:flag metadata:json";
    let Ok(Value::Object(given)) = serde_json::from_slice::<Value>(body) else {
        return Err("invalid_json".into());
    };
    for (name, value) in &given {
        let kind = TAKES.split_whitespace().find_map(|argument| {
            let (known, kind) = argument.split_once(':').unwrap_or((argument, "text"));
            (known == name).then_some(kind)
        });
        let fits = match kind {
            Some("text") => value.is_string(),
            Some("flag") => value.is_boolean(),
            Some(_) => value.is_array() || value.is_object(),
            None => false,
        };
        if !fits {
            state.complain(format!("response_url takes no {name} like {value}"));
        }
    }
    let given = Arguments(given);
    let hook = state.use_hook(id)?;
    if given.flag("delete_original") {
        if let Some(ts) = &hook.message {
            remove(state, &hook.channel, ts);
        }
        return Ok(());
    }
    let body = content(state, &given, LONGEST)?;
    answer(state, id, &hook, &given, body);
    Ok(())
}

/// Says what an acknowledgement or a message to a response address says.
fn answer(state: &mut State, id: &str, hook: &Hook, given: &Arguments, body: Value) {
    let replaced = hook
        .message
        .as_ref()
        .filter(|_| given.flag("replace_original"));
    if let Some(ts) = replaced {
        change(state, &hook.channel, ts, body);
        return;
    }
    let only = match given.text("response_type") {
        None | Some("ephemeral") => Some(hook.person.clone()),
        Some("in_channel") => None,
        Some(other) => {
            state.complain(format!("there is no response_type {other}"));
            None
        }
    };
    let thread = given
        .text("thread_ts")
        .map(ToOwned::to_owned)
        .or_else(|| hook.thread.clone());
    let mut body = body;
    if only.is_none() {
        body["subtype"] = json!("bot_message");
    }
    let message = say(state, &hook.channel, thread, only, body);
    let ts = message["ts"].as_str().unwrap_or_default();
    state.hook_said(id, ts);
}

/// What came back with the acknowledgement of a slash command is a message like one to its response address.
pub fn acknowledged(state: &mut State, id: &str, payload: &Value) {
    let text = payload.to_string();
    if let Err(refused) = respond(state, id, text.as_bytes()) {
        state.complain(format!(
            "the answer in an acknowledgement was refused: {} {}\n{text}",
            refused.error, refused.more
        ));
    }
}

/// Text, blocks and attachments of a call, held against the limits.
fn content(state: &mut State, arguments: &Arguments, longest: usize) -> Answer {
    let mut body = json!({ "text": arguments.text("text").unwrap_or_default() });
    for name in ["blocks", "attachments", "metadata"] {
        if let Some(value) = arguments
            .json(name)
            .filter(|value| value.as_array().is_none_or(|list| !list.is_empty()))
        {
            body[name] = value.clone();
        }
    }
    if let Some(markdown) = arguments.text("markdown_text") {
        if arguments.text("text").is_some() || body.get("blocks").is_some() {
            return Err("markdown_text_conflict".into());
        }
        if markdown.chars().count() > 12_000 {
            return Err("msg_too_long".into());
        }
        body["text"] = json!(markdown);
    }
    let text = body["text"].as_str().unwrap_or_default().to_owned();
    if text.is_empty() && body.get("attachments").is_none() && body.get("blocks").is_none() {
        return Err("no_text".into());
    }
    if text.chars().count() > longest {
        return Err("msg_too_long".into());
    }
    if text.is_empty() && body.get("blocks").is_some() {
        state.complain("blocks without a text for notifications and screen readers");
    }
    checked_blocks(state, &mut body)?;
    Ok(body)
}

/// Holds the blocks of a message against their limits, and gives an id to those that have none.
fn checked_blocks(state: &mut State, body: &mut Value) -> Result<(), Refused> {
    let text = body["text"].as_str().unwrap_or_default();
    let mut shouts = blocks::shouts(&json!(text));
    if let Some(given) = body.get("blocks") {
        let mut problems = limits::problems(given, Surface::Message);
        problems.extend(schema::blocks(given));
        for block in given.as_array().into_iter().flatten() {
            let file = &block["slack_file"]["id"];
            if block["type"] == "image" && file.is_string() {
                let done = |known: &&super::state::File| {
                    file == known.id.as_str() && known.title.is_some()
                };
                if !state.files.iter().any(|known| done(&known)) {
                    problems.push(format!("there is no file {file}"));
                }
            }
        }
        if !problems.is_empty() {
            return Err(limits::refusal(&problems));
        }
        if blocks::characters(given) > MOST_IN_BLOCKS {
            return Err("msg_blocks_too_long".into());
        }
        shouts |= blocks::shouts(given);
    }
    if shouts {
        state.complain(format!("a message calls a whole channel: {body}"));
    }
    if let Some(list) = body.get_mut("blocks").and_then(Value::as_array_mut) {
        blocks::name(state, list);
    }
    Ok(())
}

/// A channel where the bot may write; a person's id stands for the direct conversation.
fn writable(state: &mut State, id: &str) -> Result<String, Refused> {
    if id.starts_with('U') && state.person(id).is_some() {
        return Ok(state.direct(id));
    }
    let channel = state.channel(id).ok_or("channel_not_found")?;
    let may_join =
        channel.kind == ChannelKind::Public && state.scopes.contains("chat:write.public");
    match channel.kind {
        _ if channel.bot_is_member => Ok(id.to_owned()),
        ChannelKind::Public if may_join => Ok(id.to_owned()),
        ChannelKind::Public => Err("not_in_channel".into()),
        _ => Err("channel_not_found".into()),
    }
}

/// The thread of a call, which must begin with a message in its channel.
fn thread(
    state: &mut State,
    channel: &str,
    arguments: &Arguments,
) -> Result<Option<String>, Refused> {
    let Some(ts) = arguments.text("thread_ts") else {
        return Ok(None);
    };
    let root = state.message(channel, ts).ok_or("thread_not_found")?;
    if root.thread.as_deref().is_some_and(|thread| thread != ts) {
        state.complain("a thread is named by one of its replies");
    }
    Ok(Some(ts.to_owned()))
}

/// A channel takes one message a second.
fn pace(state: &mut State, channel: &str) -> Result<(), Refused> {
    let now = Instant::now();
    if state.paced {
        let last = state.last_posts.get(channel);
        if last.is_some_and(|last| now.duration_since(*last) < Duration::from_secs(1)) {
            return Err("ratelimited".into());
        }
        state.last_posts.insert(channel.to_owned(), now);
    }
    Ok(())
}

/// Puts a message of the bot into a channel, and tells the bot of it like of every other.
pub fn say(
    state: &mut State,
    channel: &str,
    thread: Option<String>,
    only: Option<String>,
    body: Value,
) -> Value {
    let message = Message {
        channel: channel.to_owned(),
        ts: state.ts(),
        thread,
        author: BOT_USER.to_owned(),
        only,
        body,
        edited: false,
        read: false,
        previews: BTreeMap::new(),
        reactions: Vec::new(),
    };
    let described = message.described();
    if message.only.is_none() {
        let mut event = described.clone();
        event["event_ts"] = json!(message.ts);
        echo(state, channel, event);
    }
    state.messages.push(message);
    described
}

/// Puts other words in the place of what a message said.
fn change(state: &mut State, channel: &str, ts: &str, body: Value) {
    let Some(message) = state.message(channel, ts) else {
        return state.complain("a message that is not there (any more) was to be replaced");
    };
    let before = message.described();
    message.body = body;
    message.edited = true;
    message.read = false;
    let (only, after) = (message.only.clone(), message.described());
    if only.is_none() {
        let event_ts = state.ts();
        let event = json!({
            "type": "message", "subtype": "message_changed", "message": after, "previous_message": before,
            "hidden": true, "ts": event_ts, "event_ts": event_ts,
        });
        echo(state, channel, event);
    }
}

fn remove(state: &mut State, channel: &str, ts: &str) {
    let Some(message) = state.message(channel, ts) else {
        return;
    };
    let (only, before) = (message.only.clone(), message.described());
    state
        .messages
        .retain(|message| message.channel != channel || message.ts != ts);
    if only.is_none() {
        let event_ts = state.ts();
        let event = json!({
            "type": "message", "subtype": "message_deleted", "previous_message": before, "deleted_ts": ts,
            "hidden": true, "ts": event_ts, "event_ts": event_ts,
        });
        echo(state, channel, event);
    }
}

/// The bot's own doings come back to it as events.
fn echo(state: &mut State, channel: &str, mut event: Value) {
    let Some(channel) = state
        .channel(channel)
        .filter(|channel| channel.bot_is_member)
    else {
        return;
    };
    event["channel"] = json!(channel.id);
    event["channel_type"] = json!(channel.kind_in_events());
    let channel = channel.id.clone();
    if let Some(delivery) = acts::message_event(state, &channel, &event) {
        state.outbox.push(Delivery {
            matters: false,
            ..delivery
        });
    }
}
