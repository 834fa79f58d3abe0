//! What people do: they write, press, choose and open things, and the bot is told.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::state::{Message, State};
use super::workspace::{APP, BOT_USER, Channel, ChannelKind, Person, merge};
use super::{Delivered, Delivery, Envelopes, SlackStandIn, posts, readable, schema};

/// A line that somebody wrote.
#[derive(Debug, Clone)]
pub struct Said {
    /// The place with the thread that the line is in, or begins: what the harness takes as a place.
    pub thread: String,
    /// What became of each event, of the mention first.
    pub deliveries: Vec<Delivered>,
}

impl SlackStandIn {
    /// Somebody uses a slash command.
    pub async fn slash(&self, person: &str, place: &str, command: &str, text: &str) -> Delivered {
        let (hook, delivery) = {
            let mut state = self.lock();
            let person = state.person_id(person);
            let (channel, thread) = state.place(place);
            assert!(thread.is_none(), "there are no slash commands in threads");
            let url = state.hook("commands", &person, &channel, None);
            let hook = url.rsplit('/').next().unwrap_or_default().to_owned();
            let name = state
                .channel(&channel)
                .map_or("", |channel| match channel.kind {
                    ChannelKind::Direct => "directmessage",
                    ChannelKind::Private => "privategroup",
                    ChannelKind::Public => &channel.name,
                });
            let payload = json!({
                "token": "verification", "team_id": state.team, "team_domain": "acme", "channel_id": channel,
                "channel_name": name, "user_id": person, "user_name": state.name_of(&person), "command": command,
                "text": text, "api_app_id": APP, "is_enterprise_install": "false", "response_url": url,
                "trigger_id": state.trigger(&person),
            });
            assert!(
                state.subscribes("commands"),
                "the app has no scope for commands"
            );
            (
                hook,
                Delivery {
                    kind: Envelopes::Command,
                    payload,
                    accepts: true,
                    matters: true,
                },
            )
        };
        let delivered = self.delivers(delivery).await;
        if let Some(answer) = &delivered.answer {
            posts::acknowledged(&mut self.lock(), &hook, answer);
            self.shared.news();
        }
        delivered
    }

    /// Somebody writes a line that begins with the bot's name. Two events tell the bot.
    pub async fn mention(&self, person: &str, place: &str, text: &str) -> Said {
        self.says(person, place, &format!("<@{BOT_USER}> {text}"))
            .await
    }

    /// Somebody writes a line, in the markup of the service: in a channel, in a thread or to the bot alone.
    pub async fn says(&self, person: &str, place: &str, text: &str) -> Said {
        let (thread, deliveries) = {
            let mut state = self.lock();
            let author = state.person_id(person);
            let (channel, thread) = state.place(place);
            let ts = state.ts();
            let message = Message {
                channel: channel.clone(),
                ts: ts.clone(),
                thread: thread.clone(),
                author,
                only: None,
                body: json!({ "text": text, "blocks": rich_text(text) }),
                edited: false,
                read: true,
                previews: BTreeMap::new(),
                reactions: Vec::new(),
            };
            let deliveries = events_of(&mut state, &message);
            state.messages.push(message);
            let base = place.split('/').next().unwrap_or_default();
            (format!("{base}/{}", thread.unwrap_or(ts)), deliveries)
        };
        let deliveries = self.deliver_all(deliveries).await;
        Said { thread, deliveries }
    }

    /// Somebody changes the last line that they wrote.
    pub async fn edits(&self, person: &str, place: &str, text: &str) -> Vec<Delivered> {
        let deliveries = {
            let mut state = self.lock();
            let author = state.person_id(person);
            let (channel, _) = state.place(place);
            let ts = state.ts();
            let mut own = state.messages.iter_mut().rev();
            let message =
                own.find(|message| message.channel == channel && message.author == author);
            let message = message.unwrap_or_else(|| panic!("{person} wrote nothing in {place}"));
            let before = message.described();
            message.body = json!({ "text": text, "blocks": rich_text(text) });
            message.edited = true;
            let after = message.described();
            let is_mention = text.contains(&format!("<@{BOT_USER}>"));
            let mut deliveries = Vec::new();
            let kind = state.channel(&channel).map(Channel::kind_in_events);
            let event = json!({
                "type": "message", "subtype": "message_changed", "message": after, "previous_message": before,
                "channel": channel, "hidden": true, "ts": ts, "event_ts": ts, "channel_type": kind,
            });
            deliveries.extend(message_event(&mut state, &channel, &event));
            if is_mention
                && !before["text"]
                    .as_str()
                    .unwrap_or_default()
                    .contains(BOT_USER)
            {
                let mut event = after;
                merge(
                    &mut event,
                    json!({ "type": "app_mention", "channel": channel, "event_ts": ts }),
                );
                deliveries.extend(event_callback(
                    &mut state,
                    "app_mentions:read",
                    &channel,
                    &event,
                ));
            }
            deliveries
        };
        self.deliver_all(deliveries).await
    }

    /// Somebody posts a link into a channel: the message and the link are told of.
    pub async fn posts_link(&self, person: &str, place: &str, url: &str) -> Said {
        let escaped = url.replace('&', "&amp;");
        let mut said = self.says(person, place, &format!("<{escaped}>")).await;
        let delivery = {
            let mut state = self.lock();
            let author = state.person_id(person);
            let (channel, _) = state.place(place);
            let last = state
                .messages
                .iter()
                .rev()
                .find(|message| message.author == author && message.channel == channel);
            let last = last.expect("it was just said").clone();
            let domain = url::Url::parse(url)
                .ok()
                .and_then(|url| url.host_str().map(ToOwned::to_owned));
            let mut event = json!({
                "type": "link_shared", "channel": channel, "user": author, "message_ts": last.ts,
                "links": [{ "url": url, "domain": domain }], "source": "conversations_history",
                "unfurl_id": format!("unfurl-{channel}-{}", last.ts), "event_ts": state.ts(),
                "is_bot_user_member": state.channel(&channel).is_some_and(|channel| channel.bot_is_member),
            });
            if let Some(thread) = &last.thread {
                event["thread_ts"] = json!(thread);
            }
            event_callback(&mut state, "links:read", &channel, &event)
        };
        said.deliveries
            .extend(self.deliver_all(delivery.into_iter().collect()).await);
        said
    }

    /// Somebody presses a button of the last message in a place that has it, or of their modal or Home tab.
    pub async fn press(&self, person: &str, place: &str, button: &str) -> Delivered {
        self.act(
            person,
            place,
            |element| element["text"]["text"] == button,
            &json!({}),
        )
        .await
    }

    /// Somebody chooses an option of a select in the last message in a place that has it.
    pub async fn select(&self, person: &str, place: &str, option: &str) -> Delivered {
        let chosen = std::sync::Mutex::new(json!(null));
        let has = |element: &Value| {
            let options = super::blocks::offered(element);
            let found = options
                .into_iter()
                .find(|one| one["text"]["text"] == option);
            if let Some(found) = found {
                *chosen.lock().expect("nobody panics") = found.clone();
            }
            found.is_some()
        };
        // Looked up once, so that what is chosen is known before it is sent.
        self.find(person, place, &has);
        let option = chosen.lock().expect("nobody panics").clone();
        let found = |element: &Value| super::blocks::offered(element).contains(&&option);
        self.act(person, place, found, &json!({ "selected_option": option }))
            .await
    }

    /// Somebody opens the Home tab, or the tab of messages.
    pub async fn opens_home(&self, person: &str) -> Vec<Delivered> {
        let delivery = {
            let mut state = self.lock();
            let person = state.person_id(person);
            let channel = state.direct(&person);
            let mut event = json!({
                "type": "app_home_opened", "user": person, "channel": channel, "tab": "home", "event_ts": state.ts(),
            });
            if let Some(home) = state.homes.get(&person) {
                event["view"] = home.described();
            }
            event_callback(&mut state, "", &channel, &event)
        };
        self.deliver_all(delivery.into_iter().collect()).await
    }

    /// Somebody takes the app out of the workspace: its tokens end, and it is told so.
    pub async fn uninstalls(&self, token: &str) -> Vec<Delivered> {
        let deliveries = {
            let mut state = self.lock();
            state.revoked.insert(token.to_owned());
            let revoked =
                json!({ "type": "tokens_revoked", "tokens": { "oauth": [], "bot": [BOT_USER] } });
            let uninstalled = json!({ "type": "app_uninstalled" });
            let events = [revoked, uninstalled];
            let events = events
                .iter()
                .filter_map(|event| event_callback(&mut state, "", "", event));
            events.collect()
        };
        self.deliver_all(deliveries).await
    }

    /// Somebody uses a global shortcut.
    pub async fn shortcut(&self, person: &str, callback: &str) -> Delivered {
        let payload = {
            let mut state = self.lock();
            let person = state.person_id(person);
            let mut payload = interaction(&mut state, "shortcut", &person);
            merge(
                &mut payload,
                json!({ "callback_id": callback, "action_ts": state.ts() }),
            );
            payload
        };
        self.delivers(Delivery::interactive(payload, false)).await
    }

    /// Somebody uses a shortcut on the last message in a place that holds the words.
    pub async fn message_shortcut(
        &self,
        person: &str,
        place: &str,
        callback: &str,
        words: &str,
    ) -> Delivered {
        let payload = {
            let mut state = self.lock();
            let person = state.person_id(person);
            let (channel, _) = state.place(place);
            let mut messages = state.messages.iter().rev();
            let message = messages.find(|message| {
                message.channel == channel && message.body.to_string().contains(words)
            });
            let message = message
                .unwrap_or_else(|| panic!("nobody said {words} in {place}"))
                .clone();
            let mut payload = interaction(&mut state, "message_action", &person);
            let url = state.hook("app", &person, &channel, Some(&message));
            merge(
                &mut payload,
                json!({
                    "callback_id": callback, "action_ts": state.ts(), "message_ts": message.ts,
                    "message": message.described(), "response_url": url, "channel": described(&state, &channel),
                }),
            );
            payload
        };
        self.delivers(Delivery::interactive(payload, false)).await
    }

    /// What somebody presses or chooses, with what it is in.
    fn find(
        &self,
        person: &str,
        place: &str,
        is_meant: &dyn Fn(&Value) -> bool,
    ) -> (Value, Value, Option<Message>) {
        let mut state = self.lock();
        let id = state.person_id(person);
        let meant = |body: &Value| {
            let found = readable::buttons(body)
                .into_iter()
                .find(|(_, element)| is_meant(element));
            found.map(|(block, element)| (block.clone(), element.clone()))
        };
        let view = match place {
            "modal" => state
                .modals
                .get(&id)
                .and_then(|stack| stack.last())
                .map(|view| view.body.clone()),
            "home" => state.homes.get(&id).map(|view| view.body.clone()),
            _ => None,
        };
        if let Some((block, element)) = view.as_ref().and_then(meant) {
            return (block, element, None);
        }
        assert!(
            !matches!(place, "modal" | "home"),
            "the {place} of {person} has no such thing: {view:?}"
        );
        let (channel, thread) = state.place(place);
        let seen = state.messages.iter().rev().filter(|message| {
            message.channel == channel
                && message.is_seen_by(&id)
                && (thread.is_none() || message.thread == thread)
        });
        let found = seen.filter_map(|message| {
            meant(&message.body).map(|(block, element)| (block, element, Some(message.clone())))
        });
        let mut found = found;
        found
            .next()
            .unwrap_or_else(|| panic!("no message in {place} that {person} sees has such a thing"))
    }

    /// Somebody uses an element: what they see there and in what it is travels along.
    async fn act(
        &self,
        person: &str,
        place: &str,
        is_meant: impl Fn(&Value) -> bool,
        more: &Value,
    ) -> Delivered {
        let (block, element, message) = self.find(person, place, &is_meant);
        let payload = {
            let mut state = self.lock();
            let person = state.person_id(person);
            let mut payload = interaction(&mut state, "block_actions", &person);
            let mut action = json!({
                "type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"], "action_ts": state.ts(),
            });
            for name in ["text", "value", "style", "placeholder"] {
                if !element[name].is_null() {
                    action[name] = element[name].clone();
                }
            }
            merge(&mut action, more.clone());
            payload["actions"] = json!([action]);
            if let Some(message) = message {
                let url = state.hook("actions", &person, &message.channel, Some(&message));
                let mut container = json!({
                    "type": "message", "message_ts": message.ts, "channel_id": message.channel,
                    "is_ephemeral": message.only.is_some(),
                });
                if let Some(thread) = &message.thread {
                    container["thread_ts"] = json!(thread);
                }
                payload["container"] = container;
                payload["channel"] = described(&state, &message.channel);
                payload["response_url"] = json!(url);
                payload["state"] = json!({ "values": {} });
                // The service does not repeat an ephemeral message.
                if message.only.is_none() {
                    payload["message"] = message.described();
                }
            } else {
                let view = if place == "modal" {
                    state.modals.get(&person).and_then(|stack| stack.last())
                } else {
                    state.homes.get(&person)
                };
                let view = view.expect("it was found there").described();
                payload["container"] = json!({ "type": "view", "view_id": view["id"] });
                payload["view"] = view;
            }
            payload
        };
        self.delivers(Delivery::interactive(payload, false)).await
    }

    /// Delivers several events side by side.
    async fn deliver_all(&self, deliveries: Vec<Delivery>) -> Vec<Delivered> {
        futures_util::future::join_all(
            deliveries
                .into_iter()
                .map(|delivery| self.delivers(delivery)),
        )
        .await
    }
}

impl Delivery {
    /// A person does something in the app.
    pub fn interactive(payload: Value, accepts: bool) -> Self {
        Self {
            kind: Envelopes::Interactive,
            payload,
            accepts,
            matters: true,
        }
    }
}

/// What every payload of an interaction begins with.
pub fn interaction(state: &mut State, kind: &str, person: &str) -> Value {
    let name = state.name_of(person);
    json!({
        "type": kind, "token": "verification", "api_app_id": APP, "enterprise": null, "is_enterprise_install": false,
        "team": { "id": state.team, "domain": "acme" }, "trigger_id": state.trigger(person),
        "user": { "id": person, "username": name, "name": name, "team_id": state.person(person).map(Person::team) },
    })
}

fn described(state: &State, channel: &str) -> Value {
    let name = state
        .channel(channel)
        .map_or("", |channel| match channel.kind {
            ChannelKind::Direct => "directmessage",
            ChannelKind::Private => "privategroup",
            ChannelKind::Public => &channel.name,
        });
    json!({ "id": channel, "name": name })
}

/// The events that tell the bot of a line.
fn events_of(state: &mut State, message: &Message) -> Vec<Delivery> {
    let Some(channel) = state.channel(&message.channel).cloned() else {
        return Vec::new();
    };
    let mut event = message.described();
    merge(
        &mut event,
        json!({ "channel": channel.id, "event_ts": message.ts }),
    );
    if let Some(person) = state
        .person(&message.author)
        .filter(|person| person.team() != state.team)
    {
        merge(
            &mut event,
            json!({ "user_team": person.team(), "source_team": person.team(), "team": person.team() }),
        );
    }
    let mut deliveries = Vec::new();
    let text = message.body["text"].as_str().unwrap_or_default();
    let mentions = text.contains(&format!("<@{BOT_USER}>"));
    if mentions && channel.kind != ChannelKind::Direct {
        let mut event = event.clone();
        event["type"] = json!("app_mention");
        deliveries.extend(event_callback(
            state,
            "app_mentions:read",
            &channel.id,
            &event,
        ));
    }
    if channel.bot_is_member {
        event["channel_type"] = json!(channel.kind_in_events());
        deliveries.extend(message_event(state, &channel.id, &event));
    }
    deliveries
}

/// An event about a message, if the app has the scope for that kind of channel.
pub fn message_event(state: &mut State, channel: &str, event: &Value) -> Option<Delivery> {
    let scope = match state.channel(channel)?.kind {
        ChannelKind::Public => "channels:history",
        ChannelKind::Private => "groups:history",
        ChannelKind::Direct => "im:history",
    };
    event_callback(state, scope, channel, event)
}

/// An event in its wrapping, if the app has the scope.
pub fn event_callback(
    state: &mut State,
    scope: &'static str,
    channel: &str,
    event: &Value,
) -> Option<Delivery> {
    if !scope.is_empty() && !state.subscribes(scope) {
        return None;
    }
    state.complaints.extend(schema::event(event));
    let is_shared = state
        .channel(channel)
        .is_some_and(|channel| channel.is_shared);
    let id = state.id("Ev");
    let now = state.ts();
    let time = event["event_ts"].as_str().unwrap_or(&now);
    let time = time
        .split('.')
        .next()
        .and_then(|time| time.parse::<u64>().ok());
    Some(Delivery {
        kind: Envelopes::Event,
        payload: json!({
            "token": "verification", "team_id": state.team, "context_team_id": state.team, "context_enterprise_id": null,
            "api_app_id": APP, "event": event, "type": "event_callback", "event_id": id, "event_time": time,
            "authorizations": [{
                "enterprise_id": null, "team_id": state.team, "user_id": BOT_USER, "is_bot": true, "is_enterprise_install": false,
            }],
            "is_ext_shared_channel": is_shared, "event_context": format!("4-{id}"),
        }),
        accepts: false,
        matters: true,
    })
}

/// A line as the service's own clients write it.
fn rich_text(text: &str) -> Value {
    let plain = |text: &str| {
        let text = text
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&");
        json!({ "type": "text", "text": text })
    };
    let mut elements = Vec::new();
    let mut rest = text;
    while let Some((before, (inside, after))) = rest
        .split_once('<')
        .and_then(|(before, rest)| Some((before, rest.split_once('>')?)))
    {
        if !before.is_empty() {
            elements.push(plain(before));
        }
        let (target, label) = inside.split_once('|').unwrap_or((inside, ""));
        let id = target.get(1..).unwrap_or_default();
        elements.push(match target.chars().next() {
            Some('@') => json!({ "type": "user", "user_id": id }),
            Some('#') => json!({ "type": "channel", "channel_id": id }),
            Some('!') => json!({ "type": "broadcast", "range": id }),
            _ if label.is_empty() => json!({ "type": "link", "url": target.replace("&amp;", "&") }),
            _ => json!({ "type": "link", "url": target.replace("&amp;", "&"), "text": label }),
        });
        rest = after;
    }
    if !rest.is_empty() || elements.is_empty() {
        elements.push(plain(rest));
    }
    let section = json!({ "type": "rich_text_section", "elements": elements });
    json!([{ "type": "rich_text", "block_id": "said", "elements": [section] }])
}
