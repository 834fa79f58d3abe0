//! Events of a room, read as far as they matter here. What others write may be of any shape, so nothing is taken for granted.

use serde_json::Value;

/// An event of a room.
#[derive(Debug, Clone, PartialEq)]
pub struct RoomEvent {
    /// Its id.
    pub id: String,
    /// Who sent it.
    pub sender: String,
    /// When the sender's server took it, in milliseconds since the Unix epoch.
    pub at: u64,
    /// What it is.
    pub kind: Kind,
}

/// What an event is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Somebody wrote something.
    Message(Message),
    /// Somebody reacted to an event.
    Reaction {
        /// The event.
        to: String,
        /// By what: an emoji, mostly.
        key: String,
    },
    /// Somebody's membership changed.
    Member {
        /// Whose.
        user: String,
    },
    /// It is encrypted, and its key is not known.
    Unreadable,
    /// Anything else.
    Other,
}

/// A message's text and what it relates to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Message {
    /// The text without what it quotes.
    pub text: String,
    /// The first message of the thread in which it stands.
    pub thread: Option<String>,
    /// The message that it answers, by its writer's own choice.
    pub reply_to: Option<String>,
    /// The message in whose place it stands.
    pub replaces: Option<String>,
    /// The people whom it mentions.
    pub mentions: Vec<String>,
}

impl RoomEvent {
    /// Reads an event; `None` where it has no id or sender.
    pub fn read(event: &Value) -> Option<Self> {
        let text = |key: &str| event.get(key).and_then(Value::as_str);
        let content = event.get("content").unwrap_or(&Value::Null);
        let kind = match text("type").unwrap_or_default() {
            "m.room.message" => message(content).map_or(Kind::Other, Kind::Message),
            "m.reaction" => reaction(content).unwrap_or(Kind::Other),
            "m.room.member" => text("state_key").map_or(Kind::Other, |user| Kind::Member {
                user: user.to_owned(),
            }),
            // Without its content it was redacted.
            "m.room.encrypted" if content.get("algorithm").is_some() => Kind::Unreadable,
            _ => Kind::Other,
        };
        Some(Self {
            id: text("event_id")?.to_owned(),
            sender: text("sender")?.to_owned(),
            at: event
                .get("origin_server_ts")
                .and_then(Value::as_u64)
                .unwrap_or(0),
            kind,
        })
    }
}

/// What people write; notices are what bots say, and are never read.
fn message(content: &Value) -> Option<Message> {
    let relates = content.get("m.relates_to").unwrap_or(&Value::Null);
    let kind = relates.get("rel_type").and_then(Value::as_str);
    let target = || {
        relates
            .get("event_id")
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let replaces = (kind == Some("m.replace")).then(target).flatten();
    let words = match &replaces {
        Some(_) => content.get("m.new_content")?,
        None => content,
    };
    if words.get("msgtype").and_then(Value::as_str) != Some("m.text") {
        return None;
    }
    let body = words.get("body").and_then(Value::as_str)?;
    let reply_to = relates
        .pointer("/m.in_reply_to/event_id")
        .and_then(Value::as_str)
        .map(str::to_owned);
    let text = if reply_to.is_some() {
        without_quote(body)
    } else {
        body
    };
    // In a thread, clients that know no threads are shown a reply that nobody chose.
    let falls_back =
        kind == Some("m.thread") && relates.get("is_falling_back") == Some(&Value::Bool(true));
    let mentions = words
        .pointer("/m.mentions/user_ids")
        .and_then(Value::as_array);
    let mentions = mentions.into_iter().flatten().filter_map(Value::as_str);
    Some(Message {
        text: text.trim().to_owned(),
        thread: (kind == Some("m.thread")).then(target).flatten(),
        reply_to: reply_to.filter(|_| !falls_back),
        replaces,
        mentions: mentions.map(str::to_owned).collect(),
    })
}

fn reaction(content: &Value) -> Option<Kind> {
    let relates = content.get("m.relates_to")?;
    let text = |key: &str| relates.get(key).and_then(Value::as_str).map(str::to_owned);
    Some(Kind::Reaction {
        to: text("event_id")?,
        key: text("key")?,
    })
}

/// The text of a reply without the quotation that older clients put before it: lines with `>`, then an empty one.
fn without_quote(body: &str) -> &str {
    if !body.starts_with("> <") && !body.starts_with("> * <") {
        return body;
    }
    let mut rest = body;
    while rest.starts_with('>') {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
    }
    rest
}

/// How the bot is spoken to.
pub struct Ears {
    /// The bot's own id.
    pub own: String,
    /// What it is called, beside its id: display names, and its id without the server.
    pub names: Vec<String>,
    /// What a line begins with that is meant for a bot.
    pub prefix: String,
}

/// For whom a message is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// For the bot: this line.
    Said(String),
    /// In a thread, without a word for whom.
    Overheard(String),
    /// For others.
    Nothing,
}

impl Ears {
    /// For whom a message is; `to_us` says that it answers a message of the bot's.
    pub fn hear(&self, message: &Message, direct: bool, to_us: bool) -> Heard {
        let text = message.text.as_str();
        if text.is_empty() {
            return Heard::Nothing;
        }
        let mentioned = message.mentions.contains(&self.own);
        if let Some(line) = self.called(text, mentioned) {
            return Heard::Said(line);
        }
        if let Some(line) = text.strip_prefix(&self.prefix)
            && line.starts_with(|c: char| c.is_alphanumeric() || c == ' ')
        {
            return Heard::Said(line.trim().to_owned());
        }
        if direct || to_us || mentioned {
            return Heard::Said(text.to_owned());
        }
        if message.thread.is_some() {
            return Heard::Overheard(text.to_owned());
        }
        Heard::Nothing
    }

    /// The line without the name by which the bot is called: at its beginning with a colon or comma, or anywhere, if the
    /// message mentions the bot.
    fn called(&self, text: &str, mentioned: bool) -> Option<String> {
        let mut names: Vec<&str> = vec![&self.own];
        names.extend(self.names.iter().map(String::as_str));
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        let bare = text.strip_prefix('@').unwrap_or(text);
        for name in &names {
            let name = name.strip_prefix('@').unwrap_or(name);
            let Some(rest) = after_name(bare, name) else {
                continue;
            };
            if let Some(line) = rest.strip_prefix([':', ',']) {
                return Some(line.trim().to_owned());
            }
            if mentioned && (rest.is_empty() || rest.starts_with(char::is_whitespace)) {
                return Some(rest.trim().to_owned());
            }
        }
        if !mentioned {
            return None;
        }
        names.iter().find_map(|name| without(text, name))
    }
}

/// What follows a name, whatever the case of its letters.
fn after_name<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let head = text.get(..name.len())?;
    (!name.is_empty() && head.to_lowercase() == name.to_lowercase()).then(|| &text[name.len()..])
}

/// A text without a name within it, and without the comma or the `@` before it.
fn without(text: &str, name: &str) -> Option<String> {
    let name = name.strip_prefix('@').unwrap_or(name);
    let at = text
        .char_indices()
        .map(|(at, _)| at)
        .find(|at| after_name(&text[*at..], name).is_some())?;
    let before = text[..at].trim_end_matches(['@', ' ', ',']);
    let after = text[at + name.len()..].trim_start_matches([' ', ',', ':']);
    let space = if before.is_empty() || after.is_empty() || after.starts_with(['?', '.', '!']) {
        ""
    } else {
        " "
    };
    Some(format!("{before}{space}{after}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ears() -> Ears {
        Ears {
            own: "@callboard:acme.example".to_owned(),
            names: vec!["Callboard Bot".to_owned(), "callboard".to_owned()],
            prefix: "!".to_owned(),
        }
    }

    fn read(content: &Value) -> Kind {
        let event = json!({
            "type": "m.room.message", "event_id": "$e", "sender": "@ana:acme.example",
            "origin_server_ts": 1_000, "content": content,
        });
        RoomEvent::read(&event)
            .expect("it has an id and a sender")
            .kind
    }

    fn message_of(content: &Value) -> Message {
        match read(content) {
            Kind::Message(message) => message,
            other => panic!("{other:?}"),
        }
    }

    fn heard(content: &Value, direct: bool) -> String {
        match ears().hear(&message_of(content), direct, false) {
            Heard::Said(line) => format!("said: {line}"),
            Heard::Overheard(line) => format!("overheard: {line}"),
            Heard::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn the_bot_is_spoken_to_in_several_ways() {
        let text = |body: &str| json!({"msgtype": "m.text", "body": body});
        let mention = |body: &str| json!({"msgtype": "m.text", "body": body, "m.mentions": {"user_ids": ["@callboard:acme.example"]}});
        let told = [
            heard(&text("!who-owns payments"), false),
            heard(&text("! who-owns payments"), false),
            heard(&text("callboard: who owns payments?"), false),
            heard(&text("Callboard Bot, who owns payments?"), false),
            heard(&text("@callboard:acme.example: who owns payments?"), false),
            heard(&mention("Callboard Bot who owns payments?"), false),
            heard(&mention("@callboard who owns payments?"), false),
            heard(&mention("Hey Callboard Bot, who owns payments?"), false),
            heard(
                &mention("who owns payments, @callboard:acme.example?"),
                false,
            ),
            heard(&mention("who owns payments?"), false),
            heard(&text("who owns payments?"), true),
            heard(&text("!who-owns payments"), true),
            heard(&text("who owns payments?"), false),
            heard(&text("callboard is down"), false),
            heard(&text("!!!"), false),
        ];
        insta::assert_snapshot!(told.join("\n"), @"
        said: who-owns payments
        said: who-owns payments
        said: who owns payments?
        said: who owns payments?
        said: who owns payments?
        said: who owns payments?
        said: who owns payments?
        said: Hey who owns payments?
        said: who owns payments?
        said: who owns payments?
        said: who owns payments?
        said: who-owns payments
        nothing
        nothing
        nothing
        ");
    }

    #[test]
    fn threads_replies_and_edits_are_told_apart() {
        let thread = json!({"msgtype": "m.text", "body": "payments", "m.relates_to": {
            "rel_type": "m.thread", "event_id": "$root", "is_falling_back": true,
            "m.in_reply_to": {"event_id": "$last"}}});
        assert_eq!(heard(&thread, false), "overheard: payments");
        let read = message_of(&thread);
        assert_eq!(read.thread.as_deref(), Some("$root"));
        assert_eq!(read.reply_to, None);

        let reply = json!({"msgtype": "m.text",
            "body": "> <@callboard:acme.example> Whose owner?\n> Name it.\n\npayments",
            "m.relates_to": {"m.in_reply_to": {"event_id": "$question"}}});
        let read = message_of(&reply);
        assert_eq!(read.text, "payments");
        assert_eq!(read.reply_to.as_deref(), Some("$question"));
        assert_eq!(
            ears().hear(&read, false, true),
            Heard::Said("payments".to_owned())
        );
        assert_eq!(ears().hear(&read, false, false), Heard::Nothing);

        let edit = json!({"msgtype": "m.text", "body": "* !who-owns payments",
            "m.new_content": {"msgtype": "m.text", "body": "!who-owns payments"},
            "m.relates_to": {"rel_type": "m.replace", "event_id": "$first"}});
        let read = message_of(&edit);
        assert_eq!(read.replaces.as_deref(), Some("$first"));
        assert_eq!(read.text, "!who-owns payments");
    }

    #[test]
    fn what_bots_say_is_not_read() {
        let notice = json!({"msgtype": "m.notice", "body": "!who-owns payments"});
        assert_eq!(read(&notice), Kind::Other);
        assert_eq!(read(&json!({"body": 7})), Kind::Other);
        assert_eq!(read(&json!({})), Kind::Other);
    }
}
