//! Wires everything together, keeps it running, and stops it in order.

mod answers;
#[cfg(feature = "slack")]
mod installs;
#[cfg(feature = "matrix")]
mod notes;
mod policy;
mod web;

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use arc_swap::ArcSwap;
use futures_util::FutureExt as _;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::action::channel::Channels;
use crate::action::link::Links;
use crate::action::{ACTIONS, Action, Context, Kind};
use crate::bundled;
use crate::catalog::evidence::Pasts;
use crate::catalog::problem::{Problem, Severity};
use crate::catalog::source::{Configured, Reach};
use crate::catalog::sync::{Request, Syncer};
use crate::chat::adapter::Adapter;
#[cfg(feature = "matrix")]
use crate::chat::matrix::{Matrix, Notes};
#[cfg(feature = "slack")]
use crate::chat::slack::{Installs, Slack};
use crate::clock::Clock;
use crate::command::{Book, Reloading};
use crate::config::{Config, SourceConfig};
use crate::dispatch::Dispatch;
use crate::message::Incoming;
use crate::policy::Source;
use crate::store::sled::SledStore;
use crate::store::{Store, migration};
use crate::web::Web;
use answers::Answers;
#[cfg(feature = "slack")]
use installs::StoredInstalls;
#[cfg(feature = "matrix")]
use notes::StoredNotes;
use web::{Served, hold_until_read};

/// How many events may wait for the dispatcher to see them.
const INBOX: usize = 64;

/// How many events may be with the dispatcher: noted and acknowledged, most of them waiting for their turn.
const WAITING: usize = 4_096;

/// How often the organisation's own command files are looked at.
const RELOAD: Duration = Duration::from_secs(2);

/// How long answers that are under way may take when the bot stops.
const GRACE: Duration = Duration::from_secs(5);

/// The first and the longest pause before a part that failed is started again.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));

/// What a bot is made of.
pub struct Setup {
    /// The configuration.
    pub config: Config,
    /// The data folder; it is made where it is missing.
    pub data: PathBuf,
    /// These sources in place of the configured ones.
    pub sources: Vec<SourceConfig>,
    /// The time.
    pub clock: Clock,
    /// Actions beside the shipped ones.
    pub actions: Vec<&'static dyn Action>,
    web: Option<Served>,
}

impl Setup {
    /// A bot of this configuration in this data folder.
    pub fn new(config: Config, data: PathBuf) -> Self {
        Self {
            config,
            data,
            sources: Vec::new(),
            clock: Clock::system(),
            actions: Vec::new(),
            web: None,
        }
    }

    /// Starts the web server, where one is configured, so that it answers while the bot still opens. Gives its address and
    /// paths, for people.
    pub async fn listen(&mut self) -> anyhow::Result<Option<String>> {
        let Some(web) = Web::bind(&self.config).await? else {
            return Ok(None);
        };
        let told = format!("http://{} ({})", web.address(), web.offers());
        self.web = Some(Served::start(web));
        Ok(Some(told))
    }
}

/// A bot that is ready to answer.
pub struct Bot {
    /// Turns lines into answers.
    pub dispatch: Arc<Dispatch>,
    /// What actions may reach.
    pub context: Context,
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// What was found wrong in command files.
    pub problems: Vec<Problem>,
    commands: Option<PathBuf>,
    actions: Vec<&'static dyn Action>,
    web: Option<Served>,
}

impl Bot {
    /// Opens the store, brings back the last catalog from it, and reads the commands. No network is used.
    pub async fn open(setup: Setup) -> anyhow::Result<Self> {
        let Setup {
            config,
            data,
            sources,
            clock,
            actions,
            mut web,
        } = setup;
        std::fs::create_dir_all(&data)
            .with_context(|| format!("the data folder {} cannot be made", data.display()))?;
        let store = open_store(&data, clock.clone())?;
        migration::migrate(&*store).await?;
        let sources = chosen(&config, sources, &data).await?;
        let timeout = config.sync.timeout.0;
        let configured: Vec<Arc<Configured>> = sources
            .iter()
            .map(|source| Configured::new(source, &data, timeout).map(Arc::new))
            .collect::<Result<_, _>>()?;
        let reach = Reach::new(&configured, &config.locations.allow, &data, timeout)?;
        let every = config.sync.every.0;
        let syncer = Syncer::new(store.clone(), configured, reach, clock.clone(), every);
        let syncer = Arc::new(syncer);
        syncer.load().await?;
        if let Some(served) = &mut web {
            served.open(&syncer, clock.clone());
        }
        let actions: Vec<&'static dyn Action> = ACTIONS.iter().copied().chain(actions).collect();
        let commands = config.commands.clone();
        let (book, problems) = book(commands.as_deref(), &actions);
        for problem in &problems {
            tracing::warn!(%problem, "a command file is wrong");
        }
        let source = Source::of(&config);
        let policy = policy::first(&source);
        let context = Context {
            syncer,
            pasts: Arc::new(Pasts::new(config.limits.evidence.0)),
            book: Arc::new(ArcSwap::from_pointee(book)),
            actions: actions.clone().into(),
            policy: Arc::new(ArcSwap::from_pointee(policy)),
            channels: Arc::new(Channels::new(store.clone())),
            links: Arc::new(Links::new(store.clone(), clock.clone())),
            config: Arc::new(config),
            clock,
        };
        let dispatch = Arc::new(Dispatch::new(&actions, context.clone(), store.clone()));
        Ok(Self {
            dispatch,
            context,
            store,
            problems,
            commands,
            actions,
            web,
        })
    }

    /// Where the web server listens, where there is one.
    pub fn address(&self) -> Option<SocketAddr> {
        self.web.as_ref().map(|served| served.web.address())
    }

    /// Runs the adapters and the background loops until `stop`, or until every adapter has come to its end; without any
    /// adapter until `stop`. Then what is under way is finished, and the store is flushed.
    pub async fn run(
        mut self,
        adapters: Vec<Arc<dyn Adapter>>,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        let (inbox, events) = mpsc::channel(INBOX);
        let (mut loops, mut running) = (JoinSet::new(), JoinSet::new());
        let ended = CancellationToken::new();
        let (syncer, every) = (
            self.context.syncer.clone(),
            self.context.config.sync.every.0,
        );
        let stopped = ended.clone();
        loops.spawn(repeat("sync", move || {
            keep_synced(syncer.clone(), every, stopped.clone())
        }));
        let source = Source::of(&self.context.config);
        if source.file().is_some() {
            let (policy, stopped) = (self.context.policy.clone(), ended.clone());
            loops.spawn(repeat("policy", move || {
                policy::keep_reloaded(source.clone(), policy.clone(), stopped.clone())
            }));
        }
        if let Some(folder) = self.commands.clone() {
            let (actions, book) = (self.actions.clone(), self.context.book.clone());
            let stopped = ended.clone();
            loops.spawn(repeat("commands", move || {
                keep_reloaded(
                    folder.clone(),
                    actions.clone(),
                    book.clone(),
                    stopped.clone(),
                )
            }));
        }
        if let Some(served) = &mut self.web {
            served.web.mount(&adapters);
            if let Some(latch) = served.catalog.take() {
                let syncer = self.context.syncer.clone();
                loops.spawn(hold_until_read(latch, syncer, ended.clone()));
            }
        }
        if adapters.is_empty() {
            let stop = stop.clone();
            running.spawn(async move { stop.cancelled().await });
        }
        let answers = Answers::new()?;
        let handling = tokio::spawn(handle(
            self.dispatch.clone(),
            adapters.clone(),
            events,
            answers.handle(),
        ));
        for adapter in adapters {
            running.spawn(supervise(adapter, inbox.clone(), stop.clone()));
        }
        drop(inbox);
        while running.join_next().await.is_some() {}
        // Every sender is gone, so the handler ends when what is under way has been answered.
        if tokio::time::timeout(GRACE, handling).await.is_err() {
            tracing::warn!("some answers were not finished in time when the bot stopped");
        }
        ended.cancel();
        let stopping = async { while loops.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, stopping).await.is_err() {
            tracing::warn!("a background loop did not stop in time");
        }
        if let Some(served) = self.web.take() {
            served.stop().await;
        }
        self.close().await
    }

    /// Puts everything that was written on disk.
    pub async fn close(self) -> anyhow::Result<()> {
        self.store.flush().await?;
        Ok(())
    }
}

/// The chat platforms that the configuration names, over the data folder and the store in which they keep what they are given
/// there. Without a store they speak, but nothing new can be kept.
#[cfg_attr(
    not(all(feature = "slack", feature = "matrix")),
    allow(unused_variables)
)]
pub fn adapters(
    config: &Config,
    data: &Path,
    store: Option<&Arc<dyn Store>>,
) -> anyhow::Result<Vec<Arc<dyn Adapter>>> {
    #[allow(unused_mut)] // a build without any platform adds none
    let mut adapters: Vec<Arc<dyn Adapter>> = Vec::new();
    if let Some(slack) = &config.slack {
        #[cfg(feature = "slack")]
        adapters.push(Arc::new(Slack::new(slack, installs(slack, store)?)?));
        #[cfg(not(feature = "slack"))]
        anyhow::bail!("the configuration has [slack], but this callboard was built without it");
    }
    if let Some(matrix) = &config.matrix {
        #[cfg(feature = "matrix")]
        {
            let notes = store.cloned().map(StoredNotes::new);
            let notes = notes.map(|notes| Arc::new(notes) as Arc<dyn Notes>);
            adapters.push(Arc::new(Matrix::new(matrix, data, notes)));
        }
        #[cfg(not(feature = "matrix"))]
        anyhow::bail!("the configuration has [matrix], but this callboard was built without it");
    }
    Ok(adapters)
}

/// Where the workspaces are kept that install the app by themselves, if they may.
#[cfg(feature = "slack")]
fn installs(
    config: &crate::config::SlackConfig,
    store: Option<&Arc<dyn Store>>,
) -> anyhow::Result<Option<Arc<dyn Installs>>> {
    let (Some(key), Some(store)) = (&config.token_key, store) else {
        return Ok(None);
    };
    let installs = StoredInstalls::new(store.clone(), &key.resolve()?)?;
    Ok(Some(Arc::new(installs)))
}

/// Reads the shipped commands and those of the organisation's own folder.
pub fn book(folder: Option<&Path>, actions: &[&'static dyn Action]) -> (Book, Vec<Problem>) {
    let names: Vec<&str> = actions.iter().map(|action| action.name()).collect();
    let kinds: Vec<&str> = Kind::ALL.iter().map(|(name, _)| *name).collect();
    let (book, mut problems) = Book::read(bundled::commands(), folder, &names, &kinds);
    for command in book.commands() {
        let action = actions
            .iter()
            .find(|action| command.action.as_deref() == Some(action.name()));
        let Some(action) = action else { continue };
        for param in action.takes().iter().filter(|param| param.required) {
            let given = command.fixed.contains_key(param.name)
                || command.takes.iter().any(|taken| taken.name == param.name);
            if !given {
                problems.push(misfit(
                    &command.file,
                    format!(
                        "the action `{}` needs `{}`; add it under [[takes]]",
                        action.name(),
                        param.name
                    ),
                ));
            }
        }
        for taken in &command.takes {
            if action.takes().iter().all(|param| param.name != taken.name) {
                problems.push(misfit(
                    &command.file,
                    format!(
                        "the action `{}` knows no `{}`; remove it from [[takes]]",
                        action.name(),
                        taken.name
                    ),
                ));
            }
        }
    }
    (book, problems)
}

fn misfit(file: &str, message: String) -> Problem {
    Problem::at(file, 1, Severity::Error, "command-action", message)
}

fn open_store(data: &Path, clock: Clock) -> anyhow::Result<Arc<dyn Store>> {
    let opened = SledStore::open(&data.join("store"), clock)?;
    if let Some(aside) = opened.leftovers {
        tracing::warn!(
            moved_to = %aside.display(),
            "a half-written snapshot of the store was moved aside; nothing is lost"
        );
    }
    Ok(Arc::new(opened.store))
}

/// The sources to read: those of the command line, else the configured ones, else the example organisation.
async fn chosen(
    config: &Config,
    given: Vec<SourceConfig>,
    data: &Path,
) -> anyhow::Result<Vec<SourceConfig>> {
    if !given.is_empty() {
        return Ok(given);
    }
    if !config.sources.is_empty() {
        return Ok(config.sources.clone());
    }
    let acme = bundled::acme(data).await?;
    Ok(vec![SourceConfig::of(&acme.to_string_lossy())?])
}

/// Keeps one adapter running: one that fails is started again, after longer and longer pauses.
async fn supervise(
    adapter: Arc<dyn Adapter>,
    inbox: mpsc::Sender<Incoming>,
    stop: CancellationToken,
) {
    let (mut pause, longest) = PAUSES;
    while !stop.is_cancelled() {
        let started = Instant::now();
        let run = AssertUnwindSafe(adapter.run(inbox.clone(), stop.clone())).catch_unwind();
        let why = match run.await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => format!("{error:#}"),
            Err(_) => "it panicked".to_owned(),
        };
        tracing::error!(
            adapter = adapter.name(),
            why,
            "an adapter failed and is started again"
        );
        if started.elapsed() > longest {
            pause = PAUSES.0;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = (pause * 2).min(longest);
    }
}

/// Keeps a background loop running until it ends by itself: one that panics is started again.
async fn repeat<F: Future<Output = ()>>(name: &'static str, mut work: impl FnMut() -> F) {
    while AssertUnwindSafe(work()).catch_unwind().await.is_err() {
        tracing::error!(name, "a background loop panicked and is started again");
        tokio::time::sleep(PAUSES.0).await;
    }
}

/// Hands events to the dispatcher, a bounded number at once, until there are no more senders.
async fn handle(
    dispatch: Arc<Dispatch>,
    adapters: Vec<Arc<dyn Adapter>>,
    mut events: mpsc::Receiver<Incoming>,
    answers: Handle,
) {
    let room = Arc::new(Semaphore::new(WAITING));
    let mut tasks = JoinSet::new();
    for adapter in &adapters {
        let (dispatch, adapter) = (dispatch.clone(), adapter.clone());
        tasks.spawn(async move { Box::pin(dispatch.resume(&*adapter)).await });
    }
    while let Some(incoming) = events.recv().await {
        while tasks.try_join_next().is_some() {}
        let Some(adapter) = adapters
            .iter()
            .find(|adapter| adapter.name() == incoming.place.platform)
            .cloned()
        else {
            tracing::error!(
                platform = incoming.place.platform,
                "an event came from a platform that is not running"
            );
            continue;
        };
        let Ok(permit) = room.clone().acquire_owned().await else {
            break;
        };
        let (dispatch, answers) = (dispatch.clone(), answers.clone());
        tasks.spawn(async move {
            Box::pin(dispatch.handle(incoming, &adapter, &answers)).await;
            drop(permit);
        });
    }
    while tasks.join_next().await.is_some() {}
}

/// Reads the sources at once if they are due, then again and again, and in between what somebody says has changed.
async fn keep_synced(syncer: Arc<Syncer>, every: Duration, stop: CancellationToken) {
    // A tenth is left to chance, so that many bots do not ask a forge at the same moment.
    let pause = || every.mul_f64(0.95 + fastrand::f64() * 0.1);
    let mut next = Instant::now();
    if !syncer.is_due() {
        next += pause();
    }
    loop {
        let is_turn = tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep_until(next) => true,
            () = syncer.nudged() => false,
        };
        let reading = async {
            if !is_turn {
                return syncer.sync_nudged().await;
            }
            let request = Request {
                due_only: true,
                accept: false,
            };
            syncer.sync(request).await
        };
        let result = tokio::select! {
            () = stop.cancelled() => return,
            result = reading => result,
        };
        if let Err(error) = result {
            tracing::error!(error = format!("{error:#}"), "a sync failed");
        }
        if is_turn {
            next = Instant::now() + pause();
        }
    }
}

/// Takes changed command files into use.
async fn keep_reloaded(
    folder: PathBuf,
    actions: Vec<&'static dyn Action>,
    book: Arc<ArcSwap<Book>>,
    stop: CancellationToken,
) {
    let mut files = Reloading::new(folder);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(RELOAD) => {}
        }
        if files.changed() {
            let (new, problems) = self::book(Some(files.folder()), &actions);
            for problem in &problems {
                tracing::warn!(%problem, "a command file is wrong");
            }
            book.store(Arc::new(new));
        }
    }
}
