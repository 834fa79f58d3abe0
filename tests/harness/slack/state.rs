//! What the service remembers: messages, views, and the things that hold for a while or a number of times.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use super::workspace::{self, BOT_USER, Channel, ChannelKind, Person};
use super::{Delivery, Moment, Trouble};

/// For how long a trigger can open something.
const TRIGGER: Duration = Duration::from_secs(3);

/// For how long a response address takes messages.
const HOOK: Duration = Duration::from_mins(30);

/// How many messages a response address takes.
const HOOK_USES: u32 = 5;

/// The service's memory.
pub struct State {
    /// Where the service is reached.
    pub address: String,
    /// The workspace where everything happens.
    pub team: &'static str,
    /// Where its sockets are.
    pub sockets_address: String,
    /// The people, the bot's own user not among them.
    pub people: Vec<Person>,
    /// The conversations.
    pub channels: Vec<Channel>,
    /// Everything that was said and not deleted, in its order.
    pub messages: Vec<Message>,
    /// The open modals of each person, the last one on top.
    pub modals: BTreeMap<String, Vec<View>>,
    /// The Home tabs by person.
    pub homes: BTreeMap<String, View>,
    /// Uploaded files.
    pub files: Vec<File>,
    /// What the token may do.
    pub scopes: BTreeSet<String>,
    /// What it did need so far.
    pub used_scopes: BTreeSet<&'static str>,
    /// The tokens that were taken back.
    pub revoked: BTreeSet<String>,
    /// Codes of the OAuth flow and the redirect address of each.
    pub codes: HashMap<String, String>,
    /// The workspaces that were installed by OAuth: token and team.
    pub installed: HashMap<String, String>,
    /// The open sockets in their order.
    pub sockets: Vec<Socket>,
    /// Tickets that open one socket each.
    pub tickets: BTreeSet<String>,
    /// Envelopes that were sent, each with the one who waits for the acknowledgement.
    pub envelopes: HashMap<String, Envelope>,
    /// Events that are to be sent once the lock is free.
    pub outbox: Vec<Delivery>,
    /// What goes wrong with the next calls of methods.
    pub troubles: VecDeque<(String, Trouble)>,
    /// Methods whose callers wait for an answer that never comes.
    pub hanging: Vec<String>,
    /// When the sockets of the next deliveries are cut.
    pub cuts: VecDeque<Moment>,
    /// Nothing is answered or delivered while it is set.
    pub silent: bool,
    /// Whether a channel takes one message a second only.
    pub paced: bool,
    /// When a channel took its last message.
    pub last_posts: HashMap<String, Instant>,
    /// For how long an acknowledgement is waited for.
    pub patience: Duration,
    /// Where events go in place of the sockets.
    pub deliver_to: Option<String>,
    /// Methods that were called, in their order.
    pub calls: Vec<(String, Value)>,
    /// What is held against the bot.
    pub complaints: Vec<String>,
    /// Complaints that the test expects, by words in them.
    pub expected: Vec<String>,
    triggers: HashMap<String, Trigger>,
    pub hooks: HashMap<String, Hook>,
    counted: u64,
    last_ts: u64,
}

/// Something that was said.
#[derive(Debug, Clone)]
pub struct Message {
    /// The channel's id.
    pub channel: String,
    /// When, which is its id in the channel as well.
    pub ts: String,
    /// The first message of its thread, when it is not that itself.
    pub thread: Option<String>,
    /// The user's id.
    pub author: String,
    /// The only person who sees it.
    pub only: Option<String>,
    /// Text, blocks, attachments and files.
    pub body: Value,
    /// Whether it was changed since it was said.
    pub edited: bool,
    /// Whether a test has looked at it as it is now.
    pub read: bool,
    /// What the links in it show.
    pub previews: BTreeMap<String, Value>,
    /// Emoji and who put them there.
    pub reactions: Vec<(String, String)>,
}

/// A modal or a Home tab.
#[derive(Debug, Clone)]
pub struct View {
    /// The service's id.
    pub id: String,
    /// Changes with every change.
    pub hash: String,
    /// As the bot sent it.
    pub body: Value,
    /// What the person has filled in: by block and action.
    pub values: BTreeMap<(String, String), Value>,
    /// What is wrong with which block.
    pub errors: Vec<(String, String)>,
    /// The options that were offered last in an external select, by action.
    pub offered: BTreeMap<String, Value>,
    /// The first view of the stack.
    pub root: String,
    /// The one below.
    pub previous: Option<String>,
}

/// An uploaded file.
#[derive(Debug, Clone)]
pub struct File {
    /// The service's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its title, once the upload is complete.
    pub title: Option<String>,
    /// What was announced.
    pub length: u64,
    /// What came.
    pub content: Option<Vec<u8>>,
}

/// A connection.
pub struct Socket {
    /// Which one.
    pub id: u64,
    /// What it is told to do.
    pub orders: mpsc::UnboundedSender<Order>,
    /// Whether it still gets envelopes.
    pub open: bool,
}

/// What a connection is told to do.
#[derive(Debug)]
pub enum Order {
    /// Send this.
    Send(String),
    /// Close as one should.
    Close,
    /// Break off.
    Cut,
}

/// An envelope on its way.
pub struct Envelope {
    /// On which connection.
    pub socket: u64,
    /// Whether the acknowledgement may carry an answer.
    pub accepts: bool,
    /// Who waits; nobody any more after the first acknowledgement or when it came too late.
    pub waiting: Option<oneshot::Sender<Option<Value>>>,
    /// Whether the socket is cut as soon as the acknowledgement is there.
    pub cut_after: bool,
}

struct Trigger {
    person: String,
    until: Instant,
    used: bool,
}

/// An address that takes messages for a while.
#[derive(Debug, Clone)]
pub struct Hook {
    /// Where they go.
    pub channel: String,
    /// In which thread.
    pub thread: Option<String>,
    /// Who sees the ephemeral ones.
    pub person: String,
    /// The message that can be replaced.
    pub message: Option<String>,
    until: Instant,
    left: u32,
}

impl State {
    /// Whether the call of a path is never answered.
    pub fn hangs(&mut self, path: &str) -> bool {
        let name = path.strip_prefix("/api/").unwrap_or("response_url");
        let hangs = |(method, trouble): &(String, Trouble)| {
            method == name && matches!(trouble, Trouble::Hangs)
        };
        let Some(position) = self.troubles.iter().position(hangs) else {
            return false;
        };
        self.troubles.remove(position);
        self.hanging.push(name.to_owned());
        true
    }

    /// A workspace where nobody has said anything.
    pub fn new(address: String, sockets_address: String) -> Self {
        Self {
            address,
            team: workspace::TEAM,
            sockets_address,
            people: workspace::people(),
            channels: workspace::channels(),
            messages: Vec::new(),
            modals: BTreeMap::new(),
            homes: BTreeMap::new(),
            files: Vec::new(),
            scopes: super::methods::scopes().map(ToOwned::to_owned).collect(),
            used_scopes: BTreeSet::new(),
            revoked: BTreeSet::new(),
            codes: HashMap::new(),
            installed: HashMap::new(),
            sockets: Vec::new(),
            tickets: BTreeSet::new(),
            envelopes: HashMap::new(),
            outbox: Vec::new(),
            troubles: VecDeque::new(),
            hanging: Vec::new(),
            cuts: VecDeque::new(),
            silent: false,
            paced: false,
            last_posts: HashMap::new(),
            patience: Duration::from_secs(3),
            deliver_to: None,
            calls: Vec::new(),
            complaints: Vec::new(),
            expected: Vec::new(),
            triggers: HashMap::new(),
            hooks: HashMap::new(),
            counted: 0,
            last_ts: 0,
        }
    }

    /// Holds something against the bot.
    pub fn complain(&mut self, complaint: impl Into<String>) {
        let complaint = complaint.into();
        let expected = self
            .expected
            .iter()
            .position(|words| complaint.contains(words));
        if let Some(position) = expected {
            self.expected.remove(position);
        } else {
            self.complaints.push(complaint);
        }
    }

    /// A number that was never used.
    pub fn number(&mut self) -> u64 {
        self.counted += 1;
        self.counted
    }

    /// Whether the app has a scope that an event needs.
    pub fn subscribes(&mut self, scope: &'static str) -> bool {
        if self.scopes.contains(scope) {
            self.used_scopes.insert(scope);
        }
        self.scopes.contains(scope)
    }

    /// The short name of somebody.
    pub fn name_of(&self, person: &str) -> String {
        self.person(person)
            .map_or_else(|| person.to_owned(), |person| person.name.clone())
    }

    /// Remembers the message that a response address said, which it may replace.
    pub fn hook_said(&mut self, hook: &str, ts: &str) {
        if let Some(hook) = self.hooks.get_mut(hook) {
            hook.message = Some(ts.to_owned());
        }
    }

    /// An id that was never used.
    pub fn id(&mut self, prefix: &str) -> String {
        self.counted += 1;
        format!("{prefix}{:09}", self.counted)
    }

    /// The time, as the service writes it; no two are the same.
    pub fn ts(&mut self) -> String {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("it is after 1970");
        let now = u64::try_from(now.as_micros()).expect("it is before the year 500000");
        self.last_ts = now.max(self.last_ts + 1);
        format!(
            "{}.{:06}",
            self.last_ts / 1_000_000,
            self.last_ts % 1_000_000
        )
    }

    /// Something that opens one view within three seconds.
    pub fn trigger(&mut self, person: &str) -> String {
        let id = format!("{}.1234567890.{:032x}", self.id("1"), self.counted);
        let trigger = Trigger {
            person: person.to_owned(),
            until: Instant::now() + TRIGGER,
            used: false,
        };
        self.triggers.insert(id.clone(), trigger);
        id
    }

    /// Whose trigger it is, if it is still good; it is not afterwards.
    pub fn pull(&mut self, trigger: &str) -> Result<String, &'static str> {
        let trigger = self.triggers.get_mut(trigger).ok_or("invalid_trigger_id")?;
        if trigger.used {
            return Err("exchanged_trigger_id");
        }
        if trigger.until < Instant::now() {
            return Err("expired_trigger_id");
        }
        trigger.used = true;
        Ok(trigger.person.clone())
    }

    /// Makes every trigger too old.
    pub fn expire_triggers(&mut self) {
        for trigger in self.triggers.values_mut() {
            trigger.until = Instant::now()
                .checked_sub(TRIGGER)
                .expect("it runs for longer");
        }
    }

    /// An address that takes answers.
    pub fn hook(
        &mut self,
        path: &str,
        person: &str,
        channel: &str,
        about: Option<&Message>,
    ) -> String {
        let id = self.id("H");
        let hook = Hook {
            channel: channel.to_owned(),
            thread: about.and_then(|message| message.thread.clone()),
            person: person.to_owned(),
            message: about.map(|message| message.ts.clone()),
            until: Instant::now() + HOOK,
            left: HOOK_USES,
        };
        let url = format!("{}/{path}/{}/{id}", self.address, self.team);
        self.hooks.insert(id, hook);
        url
    }

    /// Uses an answer's address once.
    pub fn use_hook(&mut self, id: &str) -> Result<Hook, &'static str> {
        let hook = self.hooks.get_mut(id).ok_or("expired_url")?;
        if hook.left == 0 || hook.until < Instant::now() {
            return Err(if hook.left == 0 {
                "used_url"
            } else {
                "expired_url"
            });
        }
        hook.left -= 1;
        Ok(hook.clone())
    }

    /// Makes every answer's address too old.
    pub fn expire_hooks(&mut self) {
        for hook in self.hooks.values_mut() {
            hook.until = Instant::now().checked_sub(HOOK).unwrap_or(hook.until);
            hook.left = 0;
        }
    }

    /// Somebody by short name or id.
    pub fn person(&self, name: &str) -> Option<&Person> {
        self.people
            .iter()
            .find(|person| person.name == name || person.id == name)
    }

    /// The id of somebody whom the test knows by short name.
    pub fn person_id(&self, name: &str) -> String {
        let person = self.person(name);
        person
            .unwrap_or_else(|| panic!("nobody is called {name}"))
            .id
            .clone()
    }

    /// A conversation by id.
    pub fn channel(&self, id: &str) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.id == id)
    }

    /// The id of a conversation and of the thread in it: `#general`, `#general/1767614400.000100`, or `@ana` for the
    /// direct conversation of a person with the bot.
    pub fn place(&mut self, place: &str) -> (String, Option<String>) {
        let (channel, thread) = match place.split_once('/') {
            Some((channel, thread)) => (channel, Some(thread.to_owned())),
            None => (place, None),
        };
        if let Some(person) = channel.strip_prefix('@') {
            let person = self.person_id(person);
            return (self.direct(&person), thread);
        }
        let name = channel.trim_start_matches('#');
        let found = self.channels.iter().find(|channel| channel.name == name);
        let id = found
            .unwrap_or_else(|| panic!("there is no channel {name}"))
            .id
            .clone();
        (id, thread)
    }

    /// The id of a person's direct conversation with the bot.
    pub fn direct(&mut self, person: &str) -> String {
        let direct =
            |channel: &&Channel| channel.kind == ChannelKind::Direct && channel.name == person;
        if let Some(channel) = self.channels.iter().find(direct) {
            return channel.id.clone();
        }
        let id = format!("D{}", &person[1..]);
        self.channels.push(Channel {
            id: id.clone(),
            name: person.to_owned(),
            kind: ChannelKind::Direct,
            bot_is_member: true,
            is_shared: false,
        });
        id
    }

    /// A message by its place and time.
    pub fn message(&mut self, channel: &str, ts: &str) -> Option<&mut Message> {
        self.messages
            .iter_mut()
            .find(|message| message.channel == channel && message.ts == ts)
    }

    /// A view of any kind by its id, with the person whose it is.
    pub fn view(&mut self, id: &str) -> Option<&mut View> {
        let modals = self.modals.values_mut().flatten();
        modals
            .chain(self.homes.values_mut())
            .find(|view| view.id == id)
    }
}

impl Message {
    /// Whether the bot said it.
    pub fn is_own(&self) -> bool {
        self.author == BOT_USER
    }

    /// Whether somebody sees it.
    pub fn is_seen_by(&self, person: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == person)
    }

    /// As events and answers carry it.
    pub fn described(&self) -> Value {
        let mut message = json!({ "type": "message", "user": self.author, "ts": self.ts });
        // What comes by a response address, and files, carry less of who the bot is.
        let subtype = self.body["subtype"].as_str();
        if subtype.is_none() {
            message["team"] = json!(workspace::TEAM);
        }
        if subtype == Some("bot_message") {
            message["bot_id"] = json!(workspace::BOT);
        } else if subtype == Some("file_share") {
            message["upload"] = json!(false);
        } else if self.is_own() {
            workspace::merge(
                &mut message,
                json!({
                    "bot_id": workspace::BOT,
                    "bot_profile": bot_profile(),
                }),
            );
        } else {
            message["client_msg_id"] = json!(format!("msg-{}", self.ts));
        }
        workspace::merge(&mut message, self.body.clone());
        if let Some(thread) = &self.thread {
            message["thread_ts"] = json!(thread);
        }
        if self.edited {
            message["edited"] = json!({ "user": self.author, "ts": self.ts });
        }
        message
    }
}

/// The bot as messages describe it.
pub fn bot_profile() -> Value {
    json!({
        "id": workspace::BOT, "app_id": workspace::APP, "name": "callboard",
        "icons": { "image_36": "https://a.example/36.png", "image_48": "https://a.example/48.png", "image_72": "https://a.example/72.png" },
        "deleted": false, "updated": 1_767_600_000, "team_id": workspace::TEAM,
    })
}
