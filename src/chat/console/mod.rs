//! The terminal as a chat platform: a prompt for a person, or one line in and one answer out for a script.

mod history;
mod lines;
mod page;
mod paint;
mod person;
mod picture;
mod progress;
mod prompt;
mod render;
mod screen;
mod table;
mod terminal;
mod wrap;

use std::io::{self, IsTerminal as _, Read, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::adapter::{Adapter, SendError};
use crate::message::{Event, EventId, Incoming, Person, PersonId, Place, Reply, Sent, Taken};

use self::lines::{Lines, Pipe, Typed};
use self::prompt::Prompt;
use self::screen::{Look, Meaning, Screen};
use self::terminal::Terminal;

pub use self::progress::Progress;
pub use self::render::{Style, render};

/// The adapter's name, as it stands in places and people.
pub const PLATFORM: &str = "console";

/// What is suggested while a person types; asked on the thread of the prompt, so it must be quick.
pub trait Completer: Send + Sync {
    /// The ways to go on from `line`, the text up to the cursor; the likeliest first.
    fn complete(&self, line: &str) -> Vec<Completion>;

    /// Words to show dimly behind a line, such as the arguments still missing. They are shown, not typed.
    fn hint(&self, line: &str) -> Option<String>;
}

/// One way to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// Where in the line, in bytes, the part begins that is replaced.
    pub from: usize,
    /// What it is replaced by; ends with a blank when the word is whole.
    pub text: String,
    /// What is shown where there are several.
    pub label: String,
}

/// Suggests nothing.
impl Completer for () {
    fn complete(&self, _line: &str) -> Vec<Completion> {
        Vec::new()
    }

    fn hint(&self, _line: &str) -> Option<String> {
        None
    }
}

/// How the console talks.
pub struct Options {
    /// Whether there is a person at a terminal, on both ends. Then lines are read by a line editor from standard
    /// input, and `input` is not used.
    pub interactive: bool,
    /// Whether escape codes may be used for colours and links.
    pub colour: bool,
    /// The file that keeps the lines typed before.
    pub history: Option<PathBuf>,
    /// What is suggested while a person types.
    pub completer: Arc<dyn Completer>,
    /// Who is talking: the name of the system's user, or whom they asked to be.
    pub person: String,
    /// Where lines come from.
    pub input: Box<dyn Read + Send>,
    /// Where answers go.
    pub output: Box<dyn Write + Send>,
}

impl Options {
    /// Standard input and output, and what they can do: colours only in a terminal that is not `TERM=dumb`, and
    /// not when `NO_COLOR` is set.
    pub fn standard(person: impl Into<String>) -> Self {
        let interactive = io::stdin().is_terminal() && io::stdout().is_terminal();
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            interactive,
            colour: io::stdout().is_terminal() && !refused && !terminal::is_dumb(),
            history: None,
            completer: Arc::new(()),
            person: person.into(),
            input: Box::new(io::stdin()),
            output: Box::new(io::stdout()),
        }
    }
}

/// The chat in a terminal.
pub struct Console {
    interactive: bool,
    colour: bool,
    history: Option<PathBuf>,
    completer: Arc<dyn Completer>,
    person: String,
    input: Mutex<Option<Box<dyn Read + Send>>>,
    screen: Mutex<Screen>,
    events: AtomicU64,
    began: u128,
}

impl Console {
    /// A console that has not begun to read.
    pub fn new(options: Options) -> Self {
        let look = Look {
            interactive: options.interactive,
            colour: options.colour,
            moves: options.interactive && !terminal::is_dumb(),
            size: terminal::size,
        };
        let began = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            interactive: options.interactive,
            colour: options.colour,
            history: options.history,
            completer: options.completer,
            person: options.person,
            input: Mutex::new(Some(options.input)),
            screen: Mutex::new(Screen::new(options.output, look)),
            events: AtomicU64::new(0),
            began: began.as_nanos(),
        }
    }

    /// The one place there is: the bot alone with the person at the terminal.
    pub fn place() -> Place {
        Place {
            platform: PLATFORM.to_owned(),
            channel: "terminal".to_owned(),
            direct: true,
            ..Place::default()
        }
    }

    fn screen(&self) -> MutexGuard<'_, Screen> {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts to read. `None` when that was done before: what has been read cannot be read again.
    fn open(&self) -> anyhow::Result<Option<Lines>> {
        let input = self
            .input
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(input) = input else {
            return Ok(None);
        };
        if !self.interactive {
            let lines = Lines::start(Pipe::new(input)).context("cannot start to read lines")?;
            return Ok(Some(lines));
        }
        let completer = Arc::clone(&self.completer);
        let mut prompt = Prompt::open(completer, self.history.as_deref(), self.colour)
            .context("cannot set up the prompt")?;
        self.screen().print_above(prompt.printer());
        Lines::start(prompt)
            .context("cannot start the prompt")
            .map(Some)
    }

    /// Hands an event over and waits until it has been answered. `false`: time to leave.
    async fn hand_over(
        &self,
        event: Event,
        inbox: &mpsc::Sender<Incoming>,
        stop: &CancellationToken,
    ) -> bool {
        let number = self.events.fetch_add(1, Ordering::Relaxed);
        let (taken, receipt) = Taken::new();
        let incoming = Incoming {
            // Never the same again, not even by another process: events are remembered across restarts.
            id: EventId(format!(
                "{:x}-{:x}-{number}",
                self.began,
                std::process::id()
            )),
            place: Self::place(),
            sender: PersonId {
                platform: PLATFORM.to_owned(),
                id: self.person.clone(),
            },
            event,
            ticket: None,
            taken,
        };
        let answered = async {
            let handed_over = inbox.send(incoming).await.is_ok();
            receipt.finished().await;
            handed_over
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => false,
            handed_over = answered => handed_over,
        }
    }

    /// What a line means; what needs no answer of the bot's is answered here.
    fn understand(&self, text: &str, cut: bool) -> io::Result<Option<Event>> {
        let mut screen = self.screen();
        if cut {
            screen.note(
                "That was more than 64 kB in one line, so only its beginning was read. Send less at a time.",
            )?;
        }
        if text.trim().is_empty() {
            return Ok(None);
        }
        match screen.read(text) {
            Meaning::Line(line) => Ok(Some(Event::Said(line))),
            Meaning::Choice(choice) => Ok(Some(Event::Pressed(choice))),
            Meaning::Beyond(1) => {
                screen.note("There is only one choice: type 1 for it, or something else.")?;
                Ok(None)
            }
            Meaning::Beyond(count) => {
                screen.note(&format!(
                    "There is no choice of that number. Type one from 1 to {count}, or something else."
                ))?;
                Ok(None)
            }
        }
    }

    /// Talks until there is nothing more to come.
    async fn talk(
        &self,
        lines: &mut Lines,
        inbox: &mpsc::Sender<Incoming>,
        stop: &CancellationToken,
    ) -> io::Result<()> {
        let terminal = self.interactive.then(Terminal::remember);
        let mut wants_to_leave = false;
        loop {
            self.screen().prompt()?;
            let typed = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                typed = lines.next() => typed,
            };
            self.screen().turn();
            let interrupted = matches!(typed, Typed::Interrupted { typing: false });
            match typed {
                Typed::Line { text, cut } => {
                    if self.interactive && matches!(text.trim(), "exit" | "quit") {
                        return Ok(());
                    }
                    let (text, file) = picture::asked_for(&text);
                    if let Some(event) = self.understand(text, cut)? {
                        let hushed = terminal.as_ref().inspect(|terminal| terminal.hush());
                        let stays = self.hand_over(event, inbox, stop).await;
                        if let Some(terminal) = hushed {
                            terminal.restore();
                        }
                        if !stays {
                            return Ok(());
                        }
                        if let Some(file) = file {
                            let mut screen = self.screen();
                            let kept = picture::keep(screen.picture(), &file);
                            screen.note(&kept)?;
                        }
                    }
                }
                Typed::Interrupted { typing: true } => {}
                Typed::Interrupted { typing: false } if wants_to_leave => return Ok(()),
                Typed::Interrupted { typing: false } => {
                    self.screen()
                        .note("Press Ctrl-C again to leave, or Ctrl-D.")?;
                }
                Typed::Unreadable => {
                    self.screen().note(
                        "That was not text in UTF-8. Set the terminal to UTF-8, or type it again.",
                    )?;
                }
                Typed::End => return Ok(()),
                Typed::Failed(error) => return Err(error),
            }
            wants_to_leave = interrupted;
        }
    }
}

#[async_trait]
impl Adapter for Console {
    fn name(&self) -> &'static str {
        PLATFORM
    }

    async fn run(
        &self,
        inbox: mpsc::Sender<Incoming>,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        let Some(mut lines) = self.open()? else {
            return Ok(());
        };
        let talked = self.talk(&mut lines, &inbox, &stop).await;
        let closed = self.screen().close();
        match talked.and(closed) {
            // Whoever read the answers has gone, as `head` does.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            talked => talked.context("the conversation in the terminal broke off"),
        }
    }

    async fn send(&self, place: &Place, reply: &Reply) -> Result<Sent, SendError> {
        if *place != Self::place() {
            return Err(SendError::Gone);
        }
        let id = self.screen().show(reply).map_err(refused)?;
        Ok(Sent {
            place: place.clone(),
            id: id.to_string(),
        })
    }

    async fn edit(&self, sent: &Sent, reply: &Reply) -> Result<(), SendError> {
        let id = sent.id.parse().map_err(|_| SendError::Gone)?;
        if sent.place != Self::place() || !self.screen().replace(id, reply).map_err(refused)? {
            return Err(SendError::Gone);
        }
        Ok(())
    }

    fn outlives(&self) -> bool {
        false
    }

    async fn keeps_secrets(&self, _: &Place) -> Result<bool, SendError> {
        Ok(true)
    }

    async fn person(&self, id: &str) -> Result<Person, SendError> {
        if id != self.person {
            return Err(SendError::Gone);
        }
        Ok(Person {
            display_name: person::display_name(id),
            email: None,
            external: false,
        })
    }
}

fn refused(error: io::Error) -> SendError {
    if error.kind() == io::ErrorKind::BrokenPipe {
        SendError::Gone
    } else {
        SendError::Failed(anyhow::Error::new(error).context("cannot write to the terminal"))
    }
}
