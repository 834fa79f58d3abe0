//! A strict stand-in for Slack: one workspace, spoken to over real sockets in the words of Slack's public contract.
//!
//! ```ignore
//! let slack = SlackStandIn::start();
//! // The bot is started with `slack.api()`, `BOT_TOKEN` and `APP_TOKEN`.
//! slack.connected(2).await;
//! slack.slash("ana", "#general", "/who-owns", "payments").await;
//! assert_snapshot!(slack.next("ana", "#general").await, @"…");
//! let said = slack.mention("ana", "#general", "who-owns payments").await;
//! assert_snapshot!(slack.next("ana", &said.thread).await, @"…");
//! slack.says("ana", "@ana", "who owns payments?").await;      // to the bot alone
//! slack.press("ana", "@ana", "Share").await;
//! ```
//!
//! A place is `#general`, a thread in it `#general/1767614400.000100`, and `@ana` is ana's direct conversation with the bot;
//! buttons and selects are also found in `modal` and `home`. Everything that people do returns when the bot has
//! acknowledged it, with the [`Delivered`] that [`SlackStandIn::again`] delivers once more.
//!
//! It is strict. Methods, arguments and fields that do not exist, what is more than fits, calls without the scope, an
//! answer to an envelope that was never sent, a message that calls everybody, and a message that no test has read are
//! complaints, and a complaint fails the test when the stand-in is dropped. [`SlackStandIn::expects`] takes those that a
//! test provokes. It knows nothing of the types of the bot's own Slack library.

mod acts;
mod api;
mod blocks;
mod delivery;
mod forms;
mod install;
mod limits;
mod methods;
mod posts;
mod readable;
pub mod schema;
mod sockets;
mod state;
mod views;
mod workspace;

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use axum::extract::Request;
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};

pub use delivery::{Delivered, Delivery, Envelopes, signature};
pub use workspace::{BOT_USER, OTHER_TEAM, TEAM};

use super::PATIENCE;
use state::{Order, State};

/// The bot's token.
pub const BOT_TOKEN: &str = "xoxb-1-stand-in";

/// The app's token, which opens sockets.
pub const APP_TOKEN: &str = "xapp-1-A0CALLBRD1-1-stand-in";

/// What deliveries over HTTP are signed with.
pub const SIGNING_SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";

/// The app, in the OAuth flow.
pub const CLIENT_ID: &str = "1111111111.2222222222";

/// The app's own secret in the OAuth flow.
pub const CLIENT_SECRET: &str = "client-secret-of-the-stand-in";

/// The service; stopped when it is dropped.
pub struct SlackStandIn {
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<()>>,
}

/// What goes wrong with a call of a method, or with a message to a response address (`response_url`).
#[derive(Debug, Clone)]
pub enum Trouble {
    /// The answer is this status and nothing that could be read.
    Status(u16),
    /// Too many calls; come back after so many seconds.
    RateLimited(u64),
    /// It is refused with this word.
    Refused(&'static str),
    /// The connection breaks before the call is read.
    CutBefore,
    /// It is never answered.
    Hangs,
    /// The call is done, and the connection breaks in the middle of the answer.
    CutAfter,
}

/// When the socket of the next delivery is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// As soon as the envelope is sent.
    BeforeAcknowledgement,
    /// As soon as it is acknowledged.
    AfterAcknowledgement,
}

/// What the parts of the service share.
struct Shared {
    state: Mutex<State>,
    news: watch::Sender<u64>,
    runtime: Mutex<Option<Handle>>,
}

impl SlackStandIn {
    /// Starts a service where nobody has said anything.
    pub fn start() -> Self {
        let web = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let sockets = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = |listener: &TcpListener| listener.local_addr().expect("it has one").port();
        let shared = Arc::new(Shared {
            state: Mutex::new(State::new(
                format!("http://127.0.0.1:{}", port(&web)),
                format!("ws://127.0.0.1:{}", port(&sockets)),
            )),
            news: watch::Sender::new(0),
            runtime: Mutex::default(),
        });
        let (stop, stopped) = oneshot::channel::<()>();
        let (ready, is_ready) = std::sync::mpsc::channel();
        let serves = shared.clone();
        // A thread of its own: the program is waited for by the test's.
        let serving = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let runtime = runtime.expect("a runtime");
            *serves.runtime.lock().expect("nobody panics") = Some(runtime.handle().clone());
            runtime.block_on(async move {
                let listener = |listener: TcpListener| {
                    listener.set_nonblocking(true).expect("it is so");
                    tokio::net::TcpListener::from_std(listener).expect("a listener")
                };
                let sockets = sockets::serve(serves.clone(), listener(sockets));
                let handle = move |request: Request| api::respond(serves.clone(), request);
                let web = axum::serve(listener(web), axum::Router::new().fallback(handle));
                ready.send(()).expect("somebody waits");
                tokio::select! {
                    ended = web => ended.expect("it serves"),
                    () = sockets => {}
                    _ = stopped => {}
                }
            });
        });
        is_ready.recv().expect("it starts");
        Self {
            shared,
            stop: Some(stop),
            serving: Some(serving),
        }
    }

    /// The address of the Web API.
    pub fn api(&self) -> String {
        format!("{}/api", self.lock().address)
    }

    /// Waits until so many sockets are open.
    pub async fn connected(&self, count: usize) {
        self.until(&format!("{count} open sockets"), |state| {
            let open = state.sockets.iter().filter(|socket| socket.open).count();
            (open >= count).then_some(())
        })
        .await;
    }

    /// Everything that a person sees in a place and that no test has read, once there is something.
    pub async fn next(&self, person: &str, place: &str) -> String {
        self.reads(person, place, "").await
    }

    /// Everything that a person sees in a place and that no test has read, once it shows the words.
    pub async fn reads(&self, person: &str, place: &str, words: &str) -> String {
        let (channel, thread) = self.lock().place(place);
        let person = self.lock().person_id(person);
        let found = self
            .until(&format!("{words:?} for {person} in {place}"), |state| {
                let unread: Vec<usize> = (0..state.messages.len())
                    .filter(|at| {
                        let message = &state.messages[*at];
                        let in_thread = thread.is_none() || message.thread == thread;
                        !message.read
                            && message.channel == channel
                            && in_thread
                            && message.is_seen_by(&person)
                    })
                    .collect();
                let texts: Vec<String> = unread
                    .iter()
                    .map(|at| readable::message(state, &state.messages[*at]))
                    .collect();
                let text = texts.join("\n");
                if unread.is_empty() || !text.contains(words) {
                    return None;
                }
                for at in unread {
                    state.messages[at].read = true;
                }
                Some(text)
            })
            .await;
        super::normal(&found)
    }

    /// Everything that a person sees in a place, read or not.
    pub fn screen(&self, person: &str, place: &str) -> String {
        let mut state = self.lock();
        let (channel, thread) = state.place(place);
        let person = state.person_id(person);
        let seen = state.messages.iter().filter(|message| {
            let in_thread = thread.as_ref().is_none_or(|thread| {
                message.thread.as_ref() == Some(thread) || message.ts == *thread
            });
            message.channel == channel && in_thread && message.is_seen_by(&person)
        });
        let texts: Vec<String> = seen
            .map(|message| readable::message(&state, message))
            .collect();
        texts.join("\n")
    }

    /// Waits until a link in a place shows a preview, and gives the message with it as everybody sees it.
    pub async fn previewed(&self, place: &str) -> String {
        let (channel, _) = self.lock().place(place);
        let shown = self
            .until(&format!("a preview in {place}"), |state| {
                let mut messages = state.messages.iter().rev();
                let found = messages
                    .find(|message| message.channel == channel && !message.previews.is_empty())?;
                Some(readable::message(state, found))
            })
            .await;
        super::normal(&shown)
    }

    /// Nobody has to read what was said so far.
    #[allow(dead_code)] // the bench reads nothing
    pub fn forgives(&self) {
        for message in &mut self.lock().messages {
            message.read = true;
        }
    }

    /// Waits until a slash command was answered at its response address.
    #[allow(dead_code)] // the bench counts by it
    pub async fn answered(&self, command: &Delivered) {
        let address = command.delivery.payload["response_url"].as_str();
        let id = address.and_then(|address| address.rsplit('/').next());
        let id = id.expect("it is a slash command").to_owned();
        self.until("an answer at the response address", |state| {
            state.hooks.get(&id)?.message.as_ref().map(|_| ())
        })
        .await;
    }

    /// How many messages the bot has said in a place that no test has read.
    pub fn unread(&self, place: &str) -> usize {
        let mut state = self.lock();
        let (channel, _) = state.place(place);
        state
            .messages
            .iter()
            .filter(|message| !message.read && message.channel == channel)
            .count()
    }

    /// The last message of the bot in a place as the service keeps it: text, blocks and all.
    pub fn last_message(&self, place: &str) -> Value {
        let mut state = self.lock();
        let (channel, _) = state.place(place);
        let last = state
            .messages
            .iter()
            .rev()
            .find(|message| message.channel == channel && message.is_own());
        last.map(state::Message::described).unwrap_or_default()
    }

    /// The methods that were called since the last look, each with its arguments.
    pub fn calls(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.lock().calls)
    }

    /// The content of an uploaded file.
    pub fn file(&self, name: &str) -> Option<Vec<u8>> {
        let state = self.lock();
        let file = state.files.iter().rev().find(|file| file.name == name)?;
        file.content.clone()
    }

    /// Delivers something.
    pub async fn delivers(&self, delivery: Delivery) -> Delivered {
        self.delivers_after(delivery, 0).await
    }

    /// Delivers something once more, as the service does that has not heard of the first time.
    pub async fn again(&self, delivered: &Delivered) -> Delivered {
        self.delivers_after(delivered.delivery.clone(), delivered.attempts)
            .await
    }

    async fn delivers_after(&self, delivery: Delivery, before: u32) -> Delivered {
        let delivering = delivery::deliver(self.shared.clone(), delivery, before);
        self.shared
            .handle()
            .spawn(delivering)
            .await
            .expect("it is delivered")
    }

    /// Takes one complaint that holds the words; that it never comes fails the test.
    pub fn expects(&self, words: &str) {
        let mut state = self.lock();
        let before = state
            .complaints
            .iter()
            .position(|complaint| complaint.contains(words));
        match before {
            Some(position) => {
                state.complaints.remove(position);
            }
            None => state.expected.push(words.to_owned()),
        }
    }

    /// The complaints so far, which are taken.
    pub fn complaints(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().complaints)
    }

    /// Grants these scopes and no others.
    pub fn grants<'a>(&self, scopes: impl IntoIterator<Item = &'a str>) {
        self.lock().scopes = scopes.into_iter().map(ToOwned::to_owned).collect();
    }

    /// The scopes that were needed so far.
    pub fn used_scopes(&self) -> BTreeSet<&'static str> {
        self.lock().used_scopes.clone()
    }

    /// Lets this go wrong with the next call of a method.
    pub fn trouble(&self, method: &str, trouble: Trouble) {
        self.lock().troubles.push_back((method.to_owned(), trouble));
    }

    /// Waits until somebody waits for the answer to a call that never comes.
    pub async fn hanging(&self, method: &str) {
        self.until(&format!("a call of {method} that hangs"), |state| {
            state
                .hanging
                .iter()
                .any(|name| name == method)
                .then_some(())
        })
        .await;
    }

    /// Cuts the socket of the next delivery at this moment.
    pub fn cuts(&self, moment: Moment) {
        self.lock().cuts.push_back(moment);
    }

    /// Breaks all sockets off.
    pub fn cuts_all(&self) {
        self.orders(|| Order::Cut);
    }

    /// Says on all sockets that they will be closed soon.
    pub fn warns(&self) {
        let warning = json!({ "type": "disconnect", "reason": "warning", "debug_info": { "host": "stand-in" } });
        for socket in &self.lock().sockets {
            let _ = socket.orders.send(Order::Send(warning.to_string()));
        }
    }

    /// Asks on all sockets for new ones, and closes them.
    pub fn refreshes(&self) {
        let request = json!({ "type": "disconnect", "reason": "refresh_requested", "debug_info": { "host": "stand-in" } });
        for socket in &self.lock().sockets {
            let _ = socket.orders.send(Order::Send(request.to_string()));
        }
        self.orders(|| Order::Close);
    }

    fn orders(&self, order: impl Fn() -> Order) {
        let mut state = self.lock();
        for socket in &mut state.sockets {
            socket.open = false;
            let _ = socket.orders.send(order());
        }
    }

    /// From now on nothing is answered and nothing delivered, pings included, or again it is.
    pub fn silent(&self, silent: bool) {
        self.lock().silent = silent;
        self.shared.news();
    }

    /// Channels take one message a second.
    pub fn paced(&self) {
        self.lock().paced = true;
    }

    /// Waits so long for acknowledgements.
    pub fn patience(&self, patience: Duration) {
        self.lock().patience = patience;
    }

    /// From now on everything happens in this workspace, where the app is installed by OAuth.
    pub fn moves_to(&self, team: &'static str) {
        self.lock().team = team;
    }

    /// Takes a token back.
    pub fn revokes(&self, token: &str) {
        self.lock().revoked.insert(token.to_owned());
    }

    /// Makes every trigger too old that there is.
    pub fn expires_triggers(&self) {
        self.lock().expire_triggers();
    }

    /// Makes every response address too old that there is.
    pub fn expires_hooks(&self) {
        self.lock().expire_hooks();
    }

    /// From now on events go to this address in place of the sockets, with a signature.
    pub fn deliver_to(&self, url: &str) {
        self.lock().deliver_to = Some(url.to_owned());
    }

    /// Waits until there is something to find.
    async fn until<T>(&self, what: &str, mut find: impl FnMut(&mut State) -> Option<T>) -> T {
        let waiting = async {
            loop {
                let mut news = self.shared.watch();
                if let Some(found) = find(&mut self.lock()) {
                    return found;
                }
                let _ = news.changed().await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        waited.unwrap_or_else(|_| {
            let complaints = self.lock().complaints.join("\n");
            panic!("it never came about: {what}\n{complaints}")
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.lock()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watch(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    fn news(&self) {
        self.news.send_modify(|count| *count += 1);
    }

    fn handle(&self) -> Handle {
        let runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner);
        runtime.clone().expect("it was started")
    }

    /// Delivers what has come about while the state was locked.
    fn send_outbox(self: &Arc<Self>) {
        let outbox = std::mem::take(&mut self.lock().outbox);
        for delivery in outbox {
            self.handle()
                .spawn(delivery::deliver(self.clone(), delivery, 0));
        }
    }
}

impl Drop for SlackStandIn {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(serving) = self.serving.take() {
            let ended = serving.join();
            if !std::thread::panicking() {
                ended.expect("the stand-in ends well");
            }
        }
        if std::thread::panicking() {
            return;
        }
        let state = self.lock();
        assert!(
            state.complaints.is_empty(),
            "{}",
            state.complaints.join("\n")
        );
        let unread = state.messages.iter().filter(|message| !message.read);
        let unread: Vec<String> = unread
            .map(|message| readable::message(&state, message))
            .collect();
        assert!(unread.is_empty(), "nobody read:\n{}", unread.join("\n"));
        assert!(
            state.expected.is_empty(),
            "complaints that never came: {:?}",
            state.expected
        );
        let troubles: Vec<&String> = state.troubles.iter().map(|(method, _)| method).collect();
        assert!(
            troubles.is_empty(),
            "troubles that never came: {troubles:?}"
        );
    }
}
