//! A chat platform in memory: people say lines and press choices, and everything the bot sends is kept until
//! somebody has read it.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use callboard::chat::adapter::{Adapter, SendError};
use callboard::chat::console::{PLATFORM, Style, render};
use callboard::message::form::Screen;
use callboard::message::{
    Audience, Choice, Event, EventId, Incoming, Person, PersonId, Place, Preview, Receipt, Reply,
    Sent, Taken, Ticket, Trigger,
};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{PATIENCE, normal};

/// The platform. It is strict: an answer that nobody read, and a message or an edit in a place where nobody said
/// anything, is a complaint; [`Platform::check`] fails on complaints.
///
/// It keeps what was sent when the bot is restarted, as a real platform does.
pub struct Platform {
    name: &'static str,
    state: Mutex<State>,
    inbox: watch::Sender<Option<mpsc::Sender<Incoming>>>,
    /// Counts what was sent and edited.
    news: watch::Sender<u64>,
}

/// One event, which may be delivered more than once.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The platform's id of the event.
    pub id: EventId,
    /// Where it happens.
    pub place: Place,
    /// Whose doing it is.
    pub sender: PersonId,
    /// What happens.
    pub event: Event,
    /// What a form can be opened with.
    pub ticket: Option<Ticket>,
}

#[derive(Default)]
struct State {
    events: u64,
    /// The places where somebody has said something.
    places: Vec<Place>,
    messages: Vec<Message>,
    people: HashMap<String, Person>,
    /// Channels in which other organisations are, too.
    shared: Vec<String>,
    /// Whether it has forms of its own.
    forms: bool,
    /// Whether others read what is written in direct conversations.
    read: bool,
    /// What was said by which event.
    said: HashMap<String, String>,
    /// Whether messages stay for ever.
    keeps: bool,
    taken_away: Vec<String>,
    screen: Option<Screen>,
    previews: Vec<Preview>,
    complaints: Vec<String>,
}

struct Message {
    place: Place,
    reply: Reply,
    read: bool,
}

impl Platform {
    /// A platform that trusts people to be whom they say they are, as the terminal does.
    pub fn new() -> Arc<Self> {
        Self::named(PLATFORM)
    }

    /// A platform of another name, where the bot knows nobody.
    pub fn named(name: &'static str) -> Arc<Self> {
        Arc::new(Self {
            name,
            state: Mutex::default(),
            inbox: watch::Sender::new(None),
            news: watch::Sender::new(0),
        })
    }

    /// The direct conversation of a person with the bot.
    pub fn direct(&self, person: &str) -> Place {
        Place {
            platform: self.name.to_owned(),
            channel: format!("direct-{person}"),
            direct: true,
            ..Place::default()
        }
    }

    /// A channel in which everybody is.
    pub fn channel(&self, name: &str) -> Place {
        Place {
            platform: self.name.to_owned(),
            channel: name.to_owned(),
            direct: false,
            ..Place::default()
        }
    }

    /// Has forms of its own.
    pub fn has_forms(&self) {
        self.state().forms = true;
    }

    /// Lets others read direct conversations, too.
    pub fn read_by_others(&self) {
        self.state().read = true;
    }

    /// Does not let the bot take away what people wrote.
    pub fn takes_nothing_away(&self) {
        self.state().keeps = true;
    }

    /// What the bot has taken away that people wrote.
    pub fn taken_away(&self) -> Vec<String> {
        std::mem::take(&mut self.state().taken_away)
    }

    /// Knows a person: by this e-mail address if there is one, and as a guest or member.
    pub fn knows(&self, id: &str, email: Option<&str>, external: bool) {
        let person = Person {
            display_name: id.to_owned(),
            email: email.map(str::to_owned),
            external,
        };
        self.state().people.insert(id.to_owned(), person);
    }

    /// Lets people of another organisation into a channel.
    pub fn shares(&self, channel: &str) {
        self.state().shared.push(channel.to_owned());
    }

    /// What its form shows now.
    pub fn screen(&self) -> Option<Screen> {
        self.state().screen.clone()
    }

    /// The previews that are new: each link and what is shown of it.
    pub fn previews(&self) -> Vec<String> {
        let previews = std::mem::take(&mut self.state().previews);
        previews
            .iter()
            .map(|preview| format!("{} → {}", preview.link, seen(&preview.reply)))
            .collect()
    }

    /// A new event: a person says a line, or presses a choice.
    pub fn event(&self, person: &str, place: &Place, event: Event) -> Delivery {
        let mut state = self.state();
        state.events += 1;
        Delivery {
            id: EventId(format!("event-{}", state.events)),
            place: place.clone(),
            sender: PersonId {
                platform: self.name.to_owned(),
                id: person.to_owned(),
            },
            event,
            ticket: None,
        }
    }

    /// Hands an event to the bot, for the first time or once more.
    pub async fn deliver(&self, delivery: &Delivery) -> Receipt {
        {
            let mut state = self.state();
            let place = delivery.place.clone().aloud();
            if !state.places.contains(&place) {
                state.places.push(place);
            }
            if let Event::Said(line) = &delivery.event {
                state.said.insert(delivery.id.0.clone(), line.clone());
            }
        }
        let inbox = self.inbox().await;
        let (taken, receipt) = Taken::new();
        let incoming = Incoming {
            id: delivery.id.clone(),
            place: delivery.place.clone(),
            sender: delivery.sender.clone(),
            event: delivery.event.clone(),
            ticket: delivery.ticket.clone(),
            taken,
        };
        inbox.send(incoming).await.expect("the bot listens");
        receipt
    }

    /// Reads what is new in a place, the way a person sees it. Nothing new is `(no answer)`.
    pub fn read(&self, place: &Place) -> String {
        let mut shown = Vec::new();
        for message in &mut self.state().messages {
            if is_here(message, place) && !message.read {
                message.read = true;
                let only = message.place.whisper.as_ref();
                let only = only.map(|whisper| format!("(only {} sees this) ", whisper.person));
                shown.push(only.unwrap_or_default() + &*seen(&message.reply));
            }
        }
        if shown.is_empty() {
            return "(no answer)".to_owned();
        }
        shown.join("\n\n– and another message –\n\n")
    }

    /// Waits until there is something new in a place, then reads it.
    pub async fn next(&self, place: &Place) -> String {
        let mut news = self.news.subscribe();
        let unread = || {
            let state = self.state();
            let mut messages = state.messages.iter();
            messages.any(|message| is_here(message, place) && !message.read)
        };
        let waiting = news.wait_for(|_| unread());
        let waited = timeout(PATIENCE, waiting).await;
        waited.expect("something is said").expect("it lives");
        self.read(place)
    }

    /// The choice of this number, counted from 1, of the last message in a place that offered any.
    pub fn choice(&self, place: &Place, number: usize) -> Choice {
        let state = self.state();
        let offer = state
            .messages
            .iter()
            .rfind(|message| is_here(message, place) && !message.reply.choices.is_empty())
            .expect("something was offered here");
        let position = number.checked_sub(1).expect("choices begin at 1");
        let choice = offer.reply.choices.get(position);
        choice
            .unwrap_or_else(|| panic!("there is no choice {number} of {:?}", offer.reply.choices))
            .clone()
    }

    /// The CommonMark of the last message in a place, as other platforms get it.
    pub fn markdown(&self, place: &Place) -> String {
        let state = self.state();
        let mut messages = state.messages.iter().rev();
        let last = messages.find(|message| is_here(message, place));
        last.expect("something was said here")
            .reply
            .markdown
            .clone()
    }

    /// Fails when something was said that nobody read, or where nobody asked.
    pub fn check(&self) {
        let state = self.state();
        let unread = state.messages.iter().filter(|message| !message.read);
        let mut complaints = state.complaints.clone();
        complaints.extend(unread.map(|message| {
            let text = seen(&message.reply);
            format!("nobody read in {}: {text}", message.place.key())
        }));
        drop(state);
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    }

    /// Waits until the bot runs this platform, and gives the way to it.
    pub async fn inbox(&self) -> mpsc::Sender<Incoming> {
        let mut inbox = self.inbox.subscribe();
        let open = timeout(PATIENCE, inbox.wait_for(Option::is_some)).await;
        let open = open.expect("the bot runs").expect("the platform lives");
        open.clone().expect("it is there")
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self) {
        self.news.send_modify(|news| *news += 1);
    }
}

/// Whether a message stands in a place, whoever may read it there.
fn is_here(message: &Message, place: &Place) -> bool {
    message.place.clone().aloud() == place.clone().aloud()
}

/// A reply as a person sees it: the text, and the choices with their numbers and the lines they stand for.
fn seen(reply: &Reply) -> String {
    let style = Style {
        colour: false,
        width: None,
    };
    let mut seen = render(&reply.markdown, style);
    if reply.audience == Audience::Asker {
        seen = format!("(only you see this) {seen}");
    }
    if !reply.choices.is_empty() {
        seen.push('\n');
    }
    for (number, choice) in (1..).zip(&reply.choices) {
        let shown = if choice.label == choice.line {
            choice.line.clone()
        } else {
            format!("{} → {}", choice.label, choice.line)
        };
        let _ = write!(seen, "\n[{number}] {shown}");
    }
    normal(&seen)
}

#[async_trait]
impl Adapter for Platform {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn run(
        &self,
        inbox: mpsc::Sender<Incoming>,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        self.inbox.send_replace(Some(inbox));
        stop.cancelled().await;
        self.inbox.send_replace(None);
        Ok(())
    }

    async fn send(&self, place: &Place, reply: &Reply) -> Result<Sent, SendError> {
        let mut state = self.state();
        if !state.places.contains(&place.clone().aloud()) {
            let text = seen(reply);
            state
                .complaints
                .push(format!("nobody asked in {}: {text}", place.key()));
            return Err(SendError::Gone);
        }
        state.messages.push(Message {
            place: place.clone(),
            reply: reply.clone(),
            read: false,
        });
        let id = state.messages.len().to_string();
        drop(state);
        self.tell();
        Ok(Sent {
            place: place.clone(),
            id,
        })
    }

    async fn edit(&self, sent: &Sent, reply: &Reply) -> Result<(), SendError> {
        let mut state = self.state();
        let position = sent
            .id
            .parse::<usize>()
            .ok()
            .and_then(|id| id.checked_sub(1));
        let message = position.and_then(|position| state.messages.get_mut(position));
        let Some(message) = message.filter(|message| message.place == sent.place) else {
            let complaint = format!("there is no message {} to edit", sent.id);
            state.complaints.push(complaint);
            return Err(SendError::Gone);
        };
        message.reply = reply.clone();
        message.read = false;
        drop(state);
        self.tell();
        Ok(())
    }

    async fn form(&self, _: &Trigger, screen: &Screen) -> Result<(), SendError> {
        let mut state = self.state();
        if !state.forms {
            return Err(SendError::Unsupported);
        }
        state.screen = Some(screen.clone());
        drop(state);
        self.tell();
        Ok(())
    }

    async fn person(&self, id: &str) -> Result<Person, SendError> {
        let known = self.state().people.get(id).cloned();
        Ok(known.unwrap_or_else(|| Person {
            display_name: id.to_owned(),
            email: None,
            external: false,
        }))
    }

    async fn is_shared(&self, place: &Place) -> Result<bool, SendError> {
        Ok(self.state().shared.contains(&place.channel))
    }

    async fn keeps_secrets(&self, place: &Place) -> Result<bool, SendError> {
        Ok(place.direct && !self.state().read)
    }

    async fn redact(&self, _: &Place, event: &EventId) -> Result<(), SendError> {
        let mut state = self.state();
        if state.keeps {
            return Err(SendError::Unsupported);
        }
        let line = state.said.get(&event.0).cloned().ok_or(SendError::Gone)?;
        state.taken_away.push(line);
        Ok(())
    }

    async fn preview(&self, _: &Trigger, previews: &[Preview]) -> Result<(), SendError> {
        self.state().previews.extend_from_slice(previews);
        Ok(())
    }
}
