//! A person with a client that is not ours: matrix-nio, in a Python process of its own; see `person.py`.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::message::short;
use super::synapse::script;
use super::{Account, Invitation, Message, Refused, Synapse, Timeline, installed};
use crate::harness::PATIENCE;

/// The person; the client ends when this is dropped, the account stays.
pub struct Person {
    account: Account,
    device_id: String,
    access_token: String,
    url: String,
    process: Process,
}

/// A device as others see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its id.
    pub id: String,
    /// What its owner calls it.
    pub name: Option<String>,
    /// Its ed25519 key.
    pub fingerprint: String,
    /// Whether its owner's cross-signing identity has signed it; the signatures are checked.
    pub signed: bool,
    /// The owner's master key, where there is one.
    pub master: Option<String>,
}

type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<Value>>>>;

/// The client's process, and the answers that are waited for.
struct Process {
    child: Child,
    stdin: Mutex<ChildStdin>,
    waiting: Waiting,
    next: AtomicU64,
    folder: TempDir,
}

impl Person {
    /// A new user of the server whose client encrypts.
    pub async fn new(synapse: &Synapse, name: &str) -> Self {
        Self::login(synapse, &synapse.register(name).await, true).await
    }

    /// A new user of the server whose client knows no encryption.
    pub async fn plain(synapse: &Synapse, name: &str) -> Self {
        Self::login(synapse, &synapse.register(name).await, false).await
    }

    /// Logs in on a new device.
    pub async fn login(synapse: &Synapse, account: &Account, encrypts: bool) -> Self {
        let mut person = Self {
            account: account.clone(),
            device_id: String::new(),
            access_token: String::new(),
            url: synapse.url(),
            process: Process::start(&synapse.url(), encrypts),
        };
        let login = json!({
            "do": "login",
            "user": account.user_id,
            "password": account.password,
            "device": "matrix-nio",
        });
        let session = person.does(login).await;
        person.device_id = text(&session["device_id"]);
        person.access_token = text(&session["access_token"]);
        person
    }

    /// The same person on a second device that has the keys of the first.
    pub async fn second_device(&self, synapse: &Synapse) -> Self {
        let second = Self::login(synapse, &self.account, true).await;
        let path = self.does(json!({ "do": "exports_keys" })).await;
        second
            .does(json!({ "do": "imports_keys", "path": path }))
            .await;
        second
    }

    /// Ends the session of this device.
    pub async fn logout(self) {
        self.requests("POST", "/logout", json!({})).await;
    }

    /// The whole id.
    pub fn user_id(&self) -> &str {
        &self.account.user_id
    }

    /// The device.
    pub fn device_id(&self) -> &str {
        &self.device_id
    }

    /// What lets the device in.
    pub fn access_token(&self) -> &str {
        &self.access_token
    }

    /// A new private room without encryption.
    pub async fn room(&self, name: &str, invite: &[&str]) -> String {
        self.room_with(json!({ "name": name, "invite": invite, "preset": "private_chat" }))
            .await
    }

    /// A new private room with encryption.
    pub async fn encrypted_room(&self, name: &str, invite: &[&str]) -> String {
        let room = json!({ "name": name, "invite": invite, "preset": "private_chat", "initial_state": [encryption()] });
        self.room_with(room).await
    }

    /// A new talk of two without encryption.
    pub async fn direct_room(&self, with: &str) -> String {
        self.direct(with, json!([])).await
    }

    /// A new talk of two with encryption.
    pub async fn encrypted_direct_room(&self, with: &str) -> String {
        self.direct(with, json!([encryption()])).await
    }

    async fn direct(&self, with: &str, state: Value) -> String {
        let room = json!({ "invite": [with], "is_direct": true, "preset": "trusted_private_chat", "initial_state": state });
        let room = self.room_with(room).await;
        let path = format!("/user/{}/account_data/m.direct", self.user_id());
        self.requests("PUT", &path, json!({ with: [room] })).await;
        room
    }

    /// A new room as `createRoom` takes it.
    pub async fn room_with(&self, body: Value) -> String {
        let room = text(&self.requests("POST", "/createRoom", body).await["room_id"]);
        self.comes_to(&room).await;
        room
    }

    /// Joins a room.
    pub async fn join(&self, room: &str) {
        self.requests("POST", &format!("/join/{room}"), json!({}))
            .await;
        self.comes_to(room).await;
    }

    /// Invites somebody.
    pub async fn invite(&self, room: &str, user: &str) {
        self.member(room, "invite", user).await;
    }

    /// Puts somebody out of a room.
    pub async fn kick(&self, room: &str, user: &str) {
        self.member(room, "kick", user).await;
    }

    async fn member(&self, room: &str, act: &str, user: &str) {
        let path = format!("/rooms/{room}/{act}");
        self.requests("POST", &path, json!({ "user_id": user }))
            .await;
    }

    /// Leaves a room.
    pub async fn leave(&self, room: &str) {
        self.requests("POST", &format!("/rooms/{room}/leave"), json!({}))
            .await;
    }

    /// Upgrades a room to this version, and gives the room that takes its place.
    pub async fn upgrade(&self, room: &str, version: &str) -> String {
        let path = format!("/rooms/{room}/upgrade");
        let upgraded = self
            .requests("POST", &path, json!({ "new_version": version }))
            .await;
        let room = text(&upgraded["replacement_room"]);
        self.comes_to(&room).await;
        room
    }

    /// Says something, and gives the event.
    pub async fn says(&self, room: &str, words: &str) -> String {
        self.sends(room, json!({ "msgtype": "m.text", "body": words }))
            .await
    }

    /// Says something where the server may refuse it.
    pub async fn tries_to_say(&self, room: &str, words: &str) -> Result<String, Refused> {
        let content = json!({ "msgtype": "m.text", "body": words });
        let answer = self.tries(send("m.room.message", room, &content)).await;
        answer.map(|event| text(&event))
    }

    /// Says something with formatting, and mentions these users.
    pub async fn says_html(
        &self,
        room: &str,
        words: &str,
        html: &str,
        mentions: &[&str],
    ) -> String {
        let content = json!({
            "msgtype": "m.text",
            "body": words,
            "format": "org.matrix.custom.html",
            "formatted_body": html,
            "m.mentions": { "user_ids": mentions },
        });
        self.sends(room, content).await
    }

    /// Says something in the thread below an event.
    pub async fn says_in_thread(&self, room: &str, thread: &str, words: &str) -> String {
        let timeline = self.timeline(room).await;
        let mut latest = timeline.0.iter().rev();
        let last = latest.find(|message| message.thread.as_deref() == Some(thread));
        let last = last.map_or(thread, |message| &message.event_id);
        let relation = json!({
            "rel_type": "m.thread",
            "event_id": thread,
            "is_falling_back": true,
            "m.in_reply_to": { "event_id": last },
        });
        let content = json!({ "msgtype": "m.text", "body": words, "m.relates_to": relation });
        self.sends(room, content).await
    }

    /// Replies to an event as clients do today, without quoting it.
    pub async fn replies(&self, room: &str, event: &str, words: &str) -> String {
        let relation = json!({ "m.in_reply_to": { "event_id": event } });
        let content = json!({ "msgtype": "m.text", "body": words, "m.relates_to": relation });
        self.sends(room, content).await
    }

    /// Replies to an event as clients did until 2024: what it replies to stands before it as a quote.
    pub async fn replies_quoting(&self, room: &str, event: &str, words: &str) -> String {
        let timeline = self.timeline(room).await;
        let original = timeline.get(event).expect("it is in the room");
        let (sender, said) = (&original.sender, &original.text);
        let quote = format!("<{sender}> {said}").replace('\n', "\n> ");
        let content = json!({
            "msgtype": "m.text",
            "body": format!("> {quote}\n\n{words}"),
            "format": "org.matrix.custom.html",
            "formatted_body": format!("<mx-reply><blockquote><a href=\"https://matrix.to/#/{room}/{event}\">In reply to</a> \
                <a href=\"https://matrix.to/#/{sender}\">{sender}</a><br>{said}</blockquote></mx-reply>{words}"),
            "m.relates_to": { "m.in_reply_to": { "event_id": event } },
        });
        self.sends(room, content).await
    }

    /// Gives an own message another wording.
    pub async fn edits(&self, room: &str, event: &str, words: &str) -> String {
        let content = json!({
            "msgtype": "m.text",
            "body": format!("* {words}"),
            "m.new_content": { "msgtype": "m.text", "body": words },
            "m.relates_to": { "rel_type": "m.replace", "event_id": event },
        });
        self.sends(room, content).await
    }

    /// Reacts to an event.
    pub async fn reacts(&self, room: &str, event: &str, key: &str) -> String {
        let relation = json!({ "rel_type": "m.annotation", "event_id": event, "key": key });
        let content = json!({ "m.relates_to": relation });
        text(&self.does(send("m.reaction", room, &content)).await)
    }

    /// Deletes an event.
    pub async fn redacts(&self, room: &str, event: &str) {
        let path = format!("/rooms/{room}/redact/{event}/{}", fastrand::u64(..));
        self.requests("PUT", &path, json!({})).await;
    }

    /// Sends a message with this content, and gives its event.
    pub async fn sends(&self, room: &str, content: Value) -> String {
        text(&self.does(send("m.room.message", room, &content)).await)
    }

    /// Waits until somebody else's message with these words stands in the room; edits count.
    pub async fn reads(&self, room: &str, words: &str) -> Message {
        self.reads_after(room, "", words).await
    }

    /// Waits until somebody else's message with these words stands in the room below this event.
    pub async fn reads_after(&self, room: &str, event: &str, words: &str) -> Message {
        self.finds(room, words, |timeline| {
            let after = timeline
                .0
                .iter()
                .position(|message| message.event_id == event);
            let below = timeline.0.iter().skip(after.map_or(0, |at| at + 1));
            let mut others = below.filter(|message| message.sender != self.user_id());
            others.find(|message| message.text.contains(words) && !message.redacted)
        })
        .await
    }

    /// Waits until this is found among the messages of a room.
    pub async fn finds(
        &self,
        room: &str,
        what: &str,
        find: impl Fn(&Timeline) -> Option<&Message>,
    ) -> Message {
        let started = Instant::now();
        loop {
            let events = self.events(room).await;
            let timeline = Timeline::of(&events);
            if let Some(message) = find(&timeline) {
                return message.clone();
            }
            let sealed = events
                .iter()
                .filter(|event| event["sealed"] == true)
                .count();
            let left = PATIENCE.saturating_sub(started.elapsed()).as_secs_f64();
            let more = json!({ "do": "seen", "room": room, "counts": [events.len(), sealed], "patience": left });
            let came = self.does(more).await;
            let who = short(self.user_id());
            assert!(came == true, "{who} does not find {what:?} in\n{timeline}");
        }
    }

    /// Makes sure that nobody else has said anything since this person last did. What the server has taken by now has
    /// come; a bot that is still at work has not been waited for.
    pub async fn hears_nothing(&self, room: &str) {
        self.catches_up().await;
        let timeline = self.timeline(room).await;
        let last = timeline.0.last();
        let own = last.is_none_or(|message| message.sender == self.user_id());
        assert!(own, "something was said:\n{timeline}");
    }

    /// Waits until all has come that the server has by now.
    pub async fn catches_up(&self) {
        self.does(json!({ "do": "round_trip" })).await;
    }

    /// The messages of a room, as a person reads them.
    pub async fn timeline(&self, room: &str) -> Timeline {
        Timeline::of(&self.events(room).await)
    }

    /// The message of this event.
    pub async fn message(&self, room: &str, event: &str) -> Message {
        let what = format!("the message {event}");
        self.finds(room, &what, |timeline| timeline.get(event))
            .await
    }

    /// All events of a room as they came, decrypted where that is possible.
    pub async fn events(&self, room: &str) -> Vec<Value> {
        let events = self.does(json!({ "do": "told", "room": room })).await;
        events.as_array().cloned().unwrap_or_default()
    }

    /// Waits until a user has been seen typing.
    pub async fn sees_typing(&self, room: &str, user: &str) {
        let patience = PATIENCE.as_secs();
        self.does(json!({ "do": "typing_of", "room": room, "user": user, "patience": patience }))
            .await;
    }

    /// Waits until a user has read the room down to this event.
    pub async fn sees_read(&self, room: &str, user: &str, event: &str) {
        let patience = PATIENCE.as_secs();
        self.does(json!({ "do": "reading_of", "room": room, "user": user, "event": event, "patience": patience }))
            .await;
    }

    /// Waits until somebody has joined a room.
    pub async fn sees_member(&self, room: &str, user: &str) {
        let patience = PATIENCE.as_secs();
        self.does(json!({ "do": "member_of", "room": room, "user": user, "patience": patience }))
            .await;
    }

    /// Waits until this room is among the person's own.
    pub async fn comes_to(&self, room: &str) {
        let patience = PATIENCE.as_secs();
        self.does(json!({ "do": "comes_to", "room": room, "patience": patience }))
            .await;
    }

    /// The rooms that the person is in, by id and name.
    pub async fn rooms(&self) -> Vec<(String, String)> {
        self.catches_up().await;
        let rooms = self.does(json!({ "do": "rooms" })).await;
        let rooms = rooms.as_array().cloned().unwrap_or_default();
        rooms
            .iter()
            .map(|room| (text(&room["room"]), text(&room["name"])))
            .collect()
    }

    /// The rooms that others want the person in.
    pub async fn invites(&self) -> Vec<Invitation> {
        self.catches_up().await;
        let invitations = self.does(json!({ "do": "invitations" })).await;
        let invitations = invitations.as_array().cloned().unwrap_or_default();
        let read = |invitation: &Value| {
            let state = invitation["state"].as_array().cloned().unwrap_or_default();
            let own = state
                .iter()
                .find(|event| event["state_key"] == self.user_id());
            let own = own.cloned().unwrap_or_default();
            Invitation {
                room: text(&invitation["room"]),
                from: text(&own["sender"]),
                direct: own["content"]["is_direct"] == true,
            }
        };
        invitations.iter().map(read).collect()
    }

    /// The members of a room with their membership: `join`, `invite`, `leave`, `ban`.
    pub async fn members(&self, room: &str) -> Vec<(String, String)> {
        let members = self
            .requests("GET", &format!("/rooms/{room}/members"), Value::Null)
            .await;
        let members = members["chunk"].as_array().cloned().unwrap_or_default();
        let read = |event: &Value| {
            (
                text(&event["state_key"]),
                text(&event["content"]["membership"]),
            )
        };
        members.iter().map(read).collect()
    }

    /// From now on gives nobody the keys of what is said in encrypted rooms.
    pub async fn withholds_keys(&self) {
        self.does(json!({ "do": "withholds_keys" })).await;
    }

    /// Gives the keys that were withheld in this room, and withholds no more.
    pub async fn shares_keys(&self, room: &str) {
        self.does(json!({ "do": "shares_keys", "room": room }))
            .await;
    }

    /// The devices of a user, as they are to others.
    pub async fn devices(&self, user: &str) -> Vec<Device> {
        let devices = self.does(json!({ "do": "devices", "user": user })).await;
        let devices = devices.as_array().cloned().unwrap_or_default();
        let read = |device: &Value| Device {
            id: text(&device["id"]),
            name: device["name"].as_str().map(str::to_owned),
            fingerprint: text(&device["fingerprint"]),
            signed: device["signed"] == true,
            master: device["master"].as_str().map(str::to_owned),
        };
        devices.iter().map(read).collect()
    }

    /// What is behind the address (a string) or the encrypted file (an object) of a message.
    pub async fn downloads(&self, file: &Value) -> Vec<u8> {
        let content = self.does(json!({ "do": "downloads", "file": file })).await;
        STANDARD.decode(text(&content)).expect("base64")
    }

    /// Says something so many times, so many under way at once, and gives the seconds until each was answered.
    pub async fn measures(
        &self,
        room: &str,
        words: &str,
        count: usize,
        in_flight: usize,
    ) -> Vec<f64> {
        let request = json!({ "do": "measures", "room": room, "text": words, "count": count, "in_flight": in_flight });
        let times = self.does(request).await;
        let times = times.as_array().cloned().unwrap_or_default();
        times.iter().filter_map(Value::as_f64).collect()
    }

    /// A request of the client-server API, below `/_matrix/client/v3`.
    pub async fn requests(&self, method: &str, path: &str, body: Value) -> Value {
        let body = (!body.is_null()).then_some(body);
        let url = format!("{}/_matrix/client/v3{path}", self.url);
        super::request(method, &url, &self.access_token, body)
            .await
            .unwrap_or_else(|refused| panic!("{method} {path}: {refused}"))
    }

    async fn does(&self, request: Value) -> Value {
        let asked = request.to_string();
        let refused = |refused| panic!("{}: {asked}: {refused}", short(self.user_id()));
        self.tries(request).await.unwrap_or_else(refused)
    }

    async fn tries(&self, request: Value) -> Result<Value, Refused> {
        let room = request["room"].as_str().map(str::to_owned);
        let answer = self.process.asks(request.clone()).await;
        let refused = &answer["refused"];
        if refused.is_object() {
            let status = refused["status"]
                .as_u64()
                .and_then(|status| u16::try_from(status).ok());
            return Err(Refused::of(status.unwrap_or_default(), &refused["body"]));
        }
        if let Some(failed) = answer["failed"].as_str() {
            let seen = match room {
                Some(room) => {
                    let told = self
                        .process
                        .asks(json!({ "do": "told", "room": room }))
                        .await;
                    let events = told["is"].as_array().cloned().unwrap_or_default();
                    Timeline::of(&events).to_string()
                }
                None => String::new(),
            };
            let log = self.process.log();
            panic!(
                "{}: {request}: {failed}\n{seen}\n{log}",
                short(self.user_id())
            );
        }
        Ok(answer["is"].clone())
    }
}

impl Process {
    fn start(url: &str, encrypts: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let log = File::create(folder.path().join("log")).expect("a file");
        let mut child = Command::new(installed("python"))
            .arg(script("person.py"))
            .arg(url)
            .arg(folder.path())
            .arg(if encrypts { "encrypted" } else { "plain" })
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("Python starts");
        let stdin = child.stdin.take().expect("a pipe");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let waiting = Waiting::default();
        let answered = waiting.clone();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let answer: Value = serde_json::from_str(&line).unwrap_or_default();
                let mut waiting = answered.lock().unwrap_or_else(PoisonError::into_inner);
                let waiter = answer["id"].as_u64().and_then(|id| waiting.remove(&id));
                // Somebody who gave up waits no more.
                let _ = waiter.map(|waiter| waiter.send(answer));
            }
            // Whoever still waits is told by the end of the channel.
            answered
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clear();
        });
        Self {
            child,
            stdin: Mutex::new(stdin),
            waiting,
            next: AtomicU64::new(1),
            folder,
        }
    }

    async fn asks(&self, mut request: Value) -> Value {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        request["id"] = id.into();
        let (sender, answer) = oneshot::channel();
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id, sender);
        let written = {
            let mut stdin = self.stdin.lock().unwrap_or_else(PoisonError::into_inner);
            writeln!(stdin, "{request}")
        };
        assert!(written.is_ok(), "the client has ended: {}", self.log());
        let answer = tokio::time::timeout(PATIENCE * 10, answer).await;
        let answer = answer.unwrap_or_else(|_| panic!("no answer to {request}: {}", self.log()));
        answer.unwrap_or_else(|_| panic!("the client ended at {request}: {}", self.log()))
    }

    /// The last of what the client logged.
    fn log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn send(kind: &str, room: &str, content: &Value) -> Value {
    json!({ "do": "sends", "room": room, "type": kind, "content": content })
}

/// The state that makes a room an encrypted one.
fn encryption() -> Value {
    json!({ "type": "m.room.encryption", "state_key": "", "content": { "algorithm": "m.megolm.v1.aes-sha2" } })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
