//! What every chat adapter promises. Each one is put through the same conversation by one line: `contract!(name, Platform);`.

use std::collections::HashSet;
use std::io::{self, PipeWriter, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use callboard::chat::adapter::{Adapter, SendError};
use callboard::chat::console::{Console, Options};
use callboard::message::{Choice, Event, EventId, Incoming, Outcome, PersonId, Place, Reply, Sent};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Longer than anything here takes; only a test that fails waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

/// The other side of an adapter: a person on the platform, who types and reads.
#[async_trait]
trait Platform: Sized + Send + Sync {
    /// A platform with one person in one place.
    async fn new() -> Self;
    /// The adapter under test.
    fn adapter(&self) -> Arc<dyn Adapter>;
    /// Where the person is.
    fn place(&self) -> Place;
    /// The platform's id of the person.
    fn person(&self) -> &'static str;
    /// The person writes a line.
    async fn write(&self, line: &str);
    /// The person presses the choice that was offered at `position`.
    async fn press(&self, position: usize);
    /// Waits until the person can read `words`, and gives all they can read.
    async fn read(&self, words: &str) -> String;
}

/// A dispatcher that knows two lines of its own and repeats the others, and notes what it was handed.
struct Dispatcher {
    notes: Arc<Mutex<Vec<(EventId, PersonId, Event)>>>,
    inbox: mpsc::Sender<Incoming>,
    stop: CancellationToken,
}

impl Dispatcher {
    fn start(adapter: Arc<dyn Adapter>) -> Self {
        let (inbox, mut events) = mpsc::channel::<Incoming>(4);
        let notes: Arc<Mutex<Vec<_>>> = Arc::default();
        let written = Arc::clone(&notes);
        tokio::spawn(async move {
            while let Some(mut incoming) = events.recv().await {
                written.lock().expect("not poisoned").push((
                    incoming.id.clone(),
                    incoming.sender.clone(),
                    incoming.event.clone(),
                ));
                incoming.taken.note(Outcome::Noted);
                // Whoever is gone reads nothing.
                let _ = answer(&*adapter, &incoming).await;
            }
        });
        Self {
            notes,
            inbox,
            stop: CancellationToken::new(),
        }
    }

    fn run(&self, adapter: Arc<dyn Adapter>) -> JoinHandle<anyhow::Result<()>> {
        let (inbox, stop) = (self.inbox.clone(), self.stop.clone());
        tokio::spawn(async move { adapter.run(inbox, stop).await })
    }

    fn events(&self) -> Vec<Event> {
        let notes = self.notes.lock().expect("not poisoned");
        notes.iter().map(|(_, _, event)| event.clone()).collect()
    }
}

async fn answer(adapter: &dyn Adapter, incoming: &Incoming) -> Result<(), SendError> {
    let place = &incoming.place;
    match &incoming.event {
        Event::Said(line) if line == "choose" => {
            adapter.send(place, &offer()).await?;
        }
        Event::Said(line) if line == "work" => {
            let sent = adapter.send(place, &Reply::text("Working on it …")).await?;
            adapter.edit(&sent, &Reply::text("Half *done* …")).await?;
            adapter.edit(&sent, &Reply::text("**All** done.")).await?;
        }
        Event::Said(line) => {
            let reply = Reply::text(format!("You said **{}** bytes: {line}", line.len()));
            adapter.send(place, &reply).await?;
        }
        Event::Pressed(choice) => {
            let reply = Reply::text(format!("You chose `{}`.", choice.line));
            adapter.send(place, &reply).await?;
        }
        _ => {}
    }
    Ok(())
}

fn offer() -> Reply {
    let choice = |name: &str| Choice {
        label: name.to_owned(),
        line: format!("who-owns {name}"),
    };
    Reply {
        choices: vec![choice("payments"), choice("payroll")],
        ..Reply::text("Did you mean one of these?")
    }
}

async fn ends(running: JoinHandle<anyhow::Result<()>>) {
    let ended = timeout(PATIENCE, running).await.expect("the adapter ends");
    ended
        .expect("the adapter does not panic")
        .expect("the adapter ends well");
}

macro_rules! contract {
    ($name:ident, $platform:ty $(, $ignored:meta)?) => {
        mod $name {
            use super::*;

            #[tokio::test]
            $(#[$ignored])?
            async fn a_line_is_handed_over_and_answered_where_it_was_said() {
                super::a_line_is_handed_over_and_answered_where_it_was_said::<$platform>().await;
            }

            #[tokio::test]
            $(#[$ignored])?
            async fn every_event_has_an_id_of_its_own() {
                super::every_event_has_an_id_of_its_own::<$platform>().await;
            }

            #[tokio::test]
            $(#[$ignored])?
            async fn a_choice_can_be_pressed() {
                super::a_choice_can_be_pressed::<$platform>().await;
            }

            #[tokio::test]
            $(#[$ignored])?
            async fn an_edited_message_shows_its_last_wording() {
                super::an_edited_message_shows_its_last_wording::<$platform>().await;
            }

            #[tokio::test]
            $(#[$ignored])?
            async fn what_does_not_exist_is_gone() {
                super::what_does_not_exist_is_gone::<$platform>().await;
            }

            #[tokio::test]
            $(#[$ignored])?
            async fn stop_ends_it_even_while_it_waits() {
                super::stop_ends_it_even_while_it_waits::<$platform>().await;
            }

            #[tokio::test]
            $(#[$ignored])?
            async fn stop_ends_it_even_in_the_middle_of_an_answer() {
                super::stop_ends_it_even_in_the_middle_of_an_answer::<$platform>().await;
            }
        }
    };
}

async fn a_line_is_handed_over_and_answered_where_it_was_said<P: Platform>() {
    let platform = P::new().await;
    let adapter = platform.adapter();
    let dispatcher = Dispatcher::start(Arc::clone(&adapter));
    let running = dispatcher.run(Arc::clone(&adapter));
    platform.write("who-owns payments").await;
    platform.read("17 bytes: who-owns payments").await;
    let notes = dispatcher.notes.lock().expect("not poisoned").clone();
    let sender = PersonId {
        platform: adapter.name().to_owned(),
        id: platform.person().to_owned(),
    };
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0].1, sender);
    assert_eq!(notes[0].2, Event::Said("who-owns payments".to_owned()));
    assert_eq!(platform.place().platform, adapter.name());
    dispatcher.stop.cancel();
    ends(running).await;
}

async fn every_event_has_an_id_of_its_own<P: Platform>() {
    let mut ids = HashSet::new();
    // Two adapters, one after the other, as after a restart.
    for _ in 0..2 {
        let platform = P::new().await;
        let dispatcher = Dispatcher::start(platform.adapter());
        let running = dispatcher.run(platform.adapter());
        for line in ["one", "one"] {
            platform.write(line).await;
        }
        platform.write("the last").await;
        platform.read("the last").await;
        dispatcher.stop.cancel();
        ends(running).await;
        let notes = dispatcher.notes.lock().expect("not poisoned");
        ids.extend(notes.iter().map(|(id, _, _)| id.clone()));
    }
    assert_eq!(ids.len(), 6);
}

async fn a_choice_can_be_pressed<P: Platform>() {
    let platform = P::new().await;
    let dispatcher = Dispatcher::start(platform.adapter());
    let running = dispatcher.run(platform.adapter());
    platform.write("choose").await;
    platform.read("payroll").await;
    platform.press(1).await;
    platform.read("You chose").await;
    let pressed = Event::Pressed(offer().choices[1].clone());
    assert_eq!(dispatcher.events().last(), Some(&pressed));
    dispatcher.stop.cancel();
    ends(running).await;
}

async fn an_edited_message_shows_its_last_wording<P: Platform>() {
    let platform = P::new().await;
    let dispatcher = Dispatcher::start(platform.adapter());
    let running = dispatcher.run(platform.adapter());
    platform.write("work").await;
    platform.read("All done.").await;
    dispatcher.stop.cancel();
    ends(running).await;
}

async fn what_does_not_exist_is_gone<P: Platform>() {
    let platform = P::new().await;
    let adapter = platform.adapter();
    let reply = Reply::text("Hello?");
    let elsewhere = Place {
        channel: "no-such-place".to_owned(),
        ..platform.place()
    };
    let sent = adapter.send(&elsewhere, &reply).await;
    assert!(matches!(sent, Err(SendError::Gone)), "{sent:?}");
    let never = Sent {
        place: platform.place(),
        id: "4711".to_owned(),
    };
    let edited = adapter.edit(&never, &reply).await;
    assert!(matches!(edited, Err(SendError::Gone)), "{edited:?}");
    let nobody = adapter.person("nobody-of-this-name").await;
    assert!(matches!(nobody, Err(SendError::Gone)), "{nobody:?}");
    let person = adapter.person(platform.person()).await.expect("a person");
    assert!(!person.display_name.is_empty());
}

async fn stop_ends_it_even_while_it_waits<P: Platform>() {
    let platform = P::new().await;
    let dispatcher = Dispatcher::start(platform.adapter());
    let running = dispatcher.run(platform.adapter());
    platform.write("hello").await;
    platform.read("hello").await;
    dispatcher.stop.cancel();
    ends(running).await;
}

async fn stop_ends_it_even_in_the_middle_of_an_answer<P: Platform>() {
    let platform = P::new().await;
    let adapter = platform.adapter();
    let (inbox, mut events) = mpsc::channel(4);
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let (adapter, stop) = (Arc::clone(&adapter), stop.clone());
        async move { adapter.run(inbox, stop).await }
    });
    platform.write("hello").await;
    let incoming: Incoming = timeout(PATIENCE, events.recv())
        .await
        .expect("in time")
        .expect("an event");
    stop.cancel();
    ends(running).await;
    // The answer comes late, and is still shown.
    let late = Reply::text("Better late than never.");
    adapter.send(&incoming.place, &late).await.expect("sent");
    platform.read("Better late than never.").await;
}

/// A direct conversation in Slack's stand-in.
#[cfg(feature = "slack")]
mod slack_platform {
    use callboard::chat::slack::Slack;
    use tokio::sync::Mutex;

    use super::*;
    use crate::harness::slack::{SlackStandIn, TEAM};
    use crate::slack_transport::config;

    /// Ana, who talks to the bot alone.
    pub struct Direct {
        slack: Arc<SlackStandIn>,
        adapter: Arc<Slack>,
        turn: Arc<Mutex<()>>,
        _secrets: tempfile::TempDir,
    }

    #[async_trait]
    impl Platform for Direct {
        async fn new() -> Self {
            let slack = Arc::new(SlackStandIn::start());
            let secrets = tempfile::tempdir().expect("a folder");
            let adapter = Slack::new(&config(&slack, secrets.path()), None);
            Self {
                adapter: Arc::new(adapter.expect("a good configuration")),
                slack,
                turn: Arc::default(),
                _secrets: secrets,
            }
        }

        fn adapter(&self) -> Arc<dyn Adapter> {
            self.adapter.clone()
        }

        fn place(&self) -> Place {
            Place {
                platform: "slack".to_owned(),
                channel: format!("{TEAM}/U01A4W8VKE"),
                direct: true,
                ..Place::default()
            }
        }

        fn person(&self) -> &'static str {
            "T0ACME0001/U01A4W8VKE"
        }

        async fn write(&self, line: &str) {
            // In order, and without waiting for the dispatcher to take it.
            let turn = self.turn.clone().lock_owned().await;
            let (slack, line) = (Arc::clone(&self.slack), line.to_owned());
            tokio::spawn(async move {
                slack.says("ana", "@ana", &line).await;
                drop(turn);
            });
        }

        async fn press(&self, position: usize) {
            let label = &offer().choices[position].label;
            self.slack.press("ana", "@ana", label).await;
        }

        async fn read(&self, words: &str) -> String {
            self.slack.reads("ana", "@ana", words).await
        }
    }
}

#[cfg(feature = "slack")]
contract!(slack, slack_platform::Direct);

#[cfg(feature = "matrix")]
mod matrix_platform;

#[cfg(feature = "matrix")]
contract!(
    matrix,
    matrix_platform::Direct,
    ignore = "needs Synapse; run by tests/run"
);

/// A terminal made of pipes.
struct Pipes {
    console: Arc<Console>,
    keys: Mutex<Option<PipeWriter>>,
    paper: watch::Receiver<String>,
}

/// Where a console under test writes.
struct Paper(watch::Sender<String>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.is_closed() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let text = std::str::from_utf8(bytes).expect("the console writes UTF-8");
        self.0.send_modify(|paper| paper.push_str(text));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Pipes {
    fn keys(&self, bytes: &[u8]) {
        let mut keys = self.keys.lock().expect("not poisoned");
        let keys = keys.as_mut().expect("the input is open");
        keys.write_all(bytes).expect("the console reads");
    }
}

#[async_trait]
impl Platform for Pipes {
    async fn new() -> Self {
        let (input, keys) = io::pipe().expect("a pipe");
        let (writer, paper) = watch::channel(String::new());
        let console = Console::new(Options {
            interactive: false,
            colour: false,
            history: None,
            completer: Arc::new(()),
            person: "ana".to_owned(),
            input: Box::new(input),
            output: Box::new(Paper(writer)),
        });
        Self {
            console: Arc::new(console),
            keys: Mutex::new(Some(keys)),
            paper,
        }
    }

    fn adapter(&self) -> Arc<dyn Adapter> {
        Arc::clone(&self.console) as Arc<dyn Adapter>
    }

    fn place(&self) -> Place {
        Console::place()
    }

    fn person(&self) -> &'static str {
        "ana"
    }

    async fn write(&self, line: &str) {
        self.keys(format!("{line}\n").as_bytes());
    }

    async fn press(&self, position: usize) {
        self.write(&(position + 1).to_string()).await;
    }

    async fn read(&self, words: &str) -> String {
        let mut paper = self.paper.clone();
        let shown = timeout(PATIENCE, paper.wait_for(|shown| shown.contains(words)));
        let shown = shown.await.expect("it is shown in time");
        shown.expect("the console lives").clone()
    }
}

contract!(console, Pipes);

/// Puts a whole script through a console and gives what it printed.
async fn session(script: &[u8]) -> String {
    let platform = Pipes::new().await;
    let dispatcher = Dispatcher::start(platform.adapter());
    let running = dispatcher.run(platform.adapter());
    // Writing blocks once the pipe is full, so it is done elsewhere.
    let keys = platform.keys.lock().expect("not poisoned").take();
    let script = script.to_vec();
    let typing = std::thread::spawn(move || {
        let mut keys = keys.expect("the input is open");
        keys.write_all(&script).expect("the console reads");
    });
    ends(running).await;
    typing.join().expect("all was typed");
    let shown = platform.paper.borrow();
    shown.clone()
}

#[tokio::test]
async fn a_script_gets_one_answer_for_each_line_in_their_order() {
    let script = b"hello\n\n   \nwork\r\nchoose\n7\n2\nbye";
    insta::assert_snapshot!(session(script).await, @"
    You said 5 bytes: hello

    All done.

    Did you mean one of these?

      1  payments
      2  payroll

    There is no choice of that number. Type one from 1 to 2, or something else.

    You chose `who-owns payroll`.

    You said 3 bytes: bye
    ");
}

#[tokio::test]
async fn a_line_that_is_not_text_or_too_long_does_not_end_the_session() {
    let mut script = b"pay\xFFments\n".to_vec();
    script.extend(std::iter::repeat_n(b'x', 1_000_000));
    script.extend_from_slice(b"\nstill here\n");
    let shown = session(&script).await.replace(&"x".repeat(65_536), "xxx…");
    insta::assert_snapshot!(shown, @"
    You said 11 bytes: pay�ments

    That was more than 64 kB in one line, so only its beginning was read. Send less at a time.

    You said 65536 bytes: xxx…

    You said 10 bytes: still here
    ");
}

#[tokio::test]
async fn no_input_at_all_is_no_error() {
    assert_eq!(session(b"").await, "");
}

#[tokio::test]
async fn a_reader_who_goes_away_ends_the_session() {
    let mut platform = Pipes::new().await;
    let dispatcher = Dispatcher::start(platform.adapter());
    let (_, nobody) = watch::channel(String::new());
    platform.paper = nobody;
    let running = dispatcher.run(platform.adapter());
    platform.write("hello").await;
    ends(running).await;
}

#[tokio::test]
async fn what_is_said_between_two_lines_is_shown_at_once() {
    let platform = Pipes::new().await;
    let reply = Reply::text("The catalog is **4 minutes** old.");
    let sent = platform.adapter().send(&Console::place(), &reply).await;
    let sent = sent.expect("sent");
    assert_eq!(*platform.paper.borrow(), "The catalog is 4 minutes old.\n");
    let reply = Reply::text("The catalog is new.");
    platform
        .adapter()
        .edit(&sent, &reply)
        .await
        .expect("edited");
    assert_eq!(
        *platform.paper.borrow(),
        "The catalog is 4 minutes old.\n\nThe catalog is new.\n"
    );
}
