//! A conversation with the whole bot, one line of the test for each turn.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use callboard::action::{Action, Context};
use callboard::bot::{Bot, Setup};
use callboard::catalog::sync::Stage;
use callboard::chat::adapter::Adapter;
use callboard::clock::Clock;
use callboard::config::{Config, Period, Secret, SourceConfig};
use callboard::dispatch::{Answer, Dispatch};
use callboard::message::{Event, Outcome, PersonId, Place, Receipt};
use callboard::store::StoreError;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::platform::Delivery;
use super::web::Web;
use super::{GLANCE, NOON, PATIENCE, Platform, Repository};

/// Who talks when a test names nobody; the catalog knows no such person.
const VISITOR: &str = "visitor";

/// A running bot: the real one, on a store in a temporary folder, with real git repositories as sources, a clock
/// that stands still at [`NOON`], and a [`Platform`] in memory.
///
/// ```ignore
/// let bot = TestBot::acme().await;
/// insta::assert_snapshot!(bot.says("who-owns payments").await, @"…");
/// insta::assert_snapshot!(bot.as_person("ana").press(1).await, @"…");
/// ```
///
/// When it is dropped, every answer must have been read.
pub struct TestBot {
    /// The chat platform, for what [`Speaker`] does not do.
    pub platform: Arc<Platform>,
    /// The bot's clock.
    pub clock: Clock,
    /// The folder that holds `data` and `commands`.
    pub home: TempDir,
    plan: Plan,
    running: Option<Running>,
}

/// How a bot is to be started; begin with [`TestBot::with`].
pub struct Plan {
    config: Config,
    sources: Vec<SourceConfig>,
    actions: Vec<&'static dyn Action>,
    commands: Vec<(String, String)>,
    /// The file of rules beside the commands.
    policy: Option<String>,
    platform: Arc<Platform>,
    /// Further platforms in memory.
    beside: Vec<Arc<Platform>>,
    /// What it runs in place of the platform in memory.
    adapter: Option<Arc<dyn Adapter>>,
    secret: String,
}

struct Running {
    web: Option<SocketAddr>,
    context: Context,
    dispatch: Arc<Dispatch>,
    stop: CancellationToken,
    ended: JoinHandle<anyhow::Result<()>>,
}

/// A person in a place.
pub struct Speaker<'a> {
    bot: &'a TestBot,
    person: String,
    place: Place,
}

/// A turn that has begun: the bot may still be at work.
pub struct Turn<'a> {
    bot: &'a TestBot,
    place: Place,
    receipt: Receipt,
}

impl TestBot {
    /// A bot on the bundled organisation.
    pub async fn acme() -> Self {
        Self::with().start().await
    }

    /// A bot whose only source is this repository.
    pub async fn of(repository: &Repository) -> Self {
        Self::with().source(repository.source()).start().await
    }

    /// A bot to be described further. It looks at its sources when it starts and when it is told to, not by itself.
    pub fn with() -> Plan {
        let mut config = Config::default();
        config.sync.every = Period(Duration::from_hours(10));
        // A machine that runs many tests at once takes its time, and an answer is to be the same every time.
        config.limits.evidence = Period(PATIENCE);
        Plan {
            config,
            sources: Vec::new(),
            actions: Vec::new(),
            commands: Vec::new(),
            policy: None,
            platform: Platform::new(),
            beside: Vec::new(),
            adapter: None,
            secret: String::new(),
        }
    }

    /// The visitor says a line in a direct conversation. Gives the answer as a person sees it: text and numbered
    /// choices; `(no answer)` when there is none.
    pub async fn says(&self, line: &str) -> String {
        self.as_person(VISITOR).says(line).await
    }

    /// The visitor presses a choice of the last offer; the first has the number 1.
    pub async fn press(&self, number: usize) -> String {
        self.as_person(VISITOR).press(number).await
    }

    /// A person in a direct conversation with the bot; on the usual platform a user of the catalog, by name.
    pub fn as_person(&self, person: &str) -> Speaker<'_> {
        Speaker {
            bot: self,
            person: person.to_owned(),
            place: self.platform.direct(person),
        }
    }

    /// A person in a direct conversation with the bot on a platform that it has beside the usual one.
    pub fn as_person_on(&self, platform: &str, person: &str) -> Speaker<'_> {
        Speaker {
            bot: self,
            person: person.to_owned(),
            place: self.beside(platform).direct(person),
        }
    }

    /// A platform that it has beside the usual one: see [`Plan::beside`].
    pub fn beside(&self, platform: &str) -> &Arc<Platform> {
        let mut beside = self.plan.beside.iter();
        let found = beside.find(|other| other.name() == platform);
        found.expect("it has such a platform")
    }

    /// The platform that a place is of.
    fn platform_of(&self, place: &Place) -> &Arc<Platform> {
        if place.platform == self.platform.name() {
            return &self.platform;
        }
        self.beside(&place.platform)
    }

    /// Delivers an event, perhaps not for the first time. Gives what the transport was told, and the answer.
    pub async fn deliver(&self, delivery: &Delivery) -> (Option<Outcome>, String) {
        let mut receipt = self.platform_of(&delivery.place).deliver(delivery).await;
        let noted = timeout(PATIENCE, receipt.noted()).await;
        let turn = Turn {
            bot: self,
            place: delivery.place.clone(),
            receipt,
        };
        (noted.expect("the event is taken"), turn.answer().await)
    }

    /// Moves the clock.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// What actions may reach.
    pub fn context(&self) -> &Context {
        &self.running.as_ref().expect("the bot runs").context
    }

    /// The bot's web server, which it must have been started with: see [`Plan::web`].
    pub fn web(&self) -> Web {
        let running = self.running.as_ref().expect("the bot runs");
        Web::at(running.web.expect("it has a web server"))
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// Writes a file into the organisation's own command folder, which the bot must have been started with:
    /// see [`Plan::command`].
    pub fn write_command(&self, name: &str, text: &str) {
        write_command(&self.home.path().join("commands"), name, text);
    }

    /// Writes the file of rules beside the organisation's own commands: see [`Plan::policy`].
    pub fn write_policy(&self, text: &str) {
        fs::write(self.home.path().join("commands/policy.toml"), text).expect("written");
    }

    /// Stops the bot in order and waits for its end.
    pub async fn stop(&mut self) {
        let Some(running) = self.running.take() else {
            return;
        };
        running.stop.cancel();
        // Whoever holds these holds the store.
        drop((running.context, running.dispatch));
        let ended = timeout(PATIENCE, running.ended).await;
        let ended = ended.expect("the bot ends").expect("it does not panic");
        ended.expect("it ends well");
    }

    /// Stops the bot and starts another one on the same data folder; the platform keeps what was said.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.start().await;
    }

    async fn start(&mut self) {
        let bot = self.open().await;
        let context = bot.context.clone();
        let dispatch = bot.dispatch.clone();
        let web = bot.address();
        let due = context.syncer.is_due();
        let mut stages = context.syncer.progress();
        let stop = CancellationToken::new();
        let adapter = self.plan.adapter.clone();
        let is_in_memory = adapter.is_none();
        let adapter = adapter.unwrap_or_else(|| self.platform.clone());
        let mut adapters = vec![adapter];
        for platform in &self.plan.beside {
            adapters.push(platform.clone());
        }
        let ended = tokio::spawn(bot.run(adapters, stop.clone()));
        if is_in_memory {
            self.platform.inbox().await;
        }
        for platform in &self.plan.beside {
            platform.inbox().await;
        }
        if due {
            let read = async {
                stages.changed().await.expect("the bot reads its sources");
                let idle = stages.wait_for(|stage| *stage == Stage::Idle).await;
                drop(idle.expect("the bot has read its sources"));
            };
            let read = timeout(PATIENCE, read).await;
            read.expect("the sources are read in time");
        }
        self.running = Some(Running {
            web,
            context,
            dispatch,
            stop,
            ended,
        });
    }
}

impl TestBot {
    /// Opens the bot. The git of another test, between its fork and its exec, holds every lock of this process for
    /// a moment, also those that were let go: a store that is in use is tried again.
    async fn open(&self) -> Bot {
        let mut glances = tokio::time::interval(GLANCE);
        let opening = async {
            loop {
                glances.tick().await;
                let mut setup = Setup::new(self.plan.config.clone(), self.data());
                setup.sources.clone_from(&self.plan.sources);
                setup.actions.clone_from(&self.plan.actions);
                setup.clock = self.clock.clone();
                setup.listen().await.expect("a port");
                match Bot::open(setup).await {
                    Err(error) if is_busy(&error) => {}
                    opened => return opened.expect("the bot opens"),
                }
            }
        };
        let opened = timeout(PATIENCE, opening).await;
        opened.expect("the store is free in time")
    }
}

fn is_busy(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(StoreError::Busy(_)))
}

impl Drop for TestBot {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            running.stop.cancel();
        }
        if !std::thread::panicking() {
            self.platform.check();
            for platform in &self.plan.beside {
                platform.check();
            }
        }
    }
}

impl Plan {
    /// Reads this source; without any, the bundled organisation is read.
    #[must_use]
    pub fn source(mut self, source: SourceConfig) -> Self {
        self.sources.push(source);
        self
    }

    /// Has one more action, which everybody may ask for.
    #[must_use]
    pub fn action(self, action: &'static dyn Action) -> Self {
        let rule = format!("decide = \"allow\"\ncommands = [\"{}\"]", action.name());
        self.action_by_policy(action).rule(&rule)
    }

    /// Has one more action, for which those may ask whom the policy lets.
    #[must_use]
    pub fn action_by_policy(mut self, action: &'static dyn Action) -> Self {
        self.actions.push(action);
        self
    }

    /// Has one more rule in the configuration's policy, as its keys are written there.
    #[must_use]
    pub fn rule(mut self, keys: &str) -> Self {
        let rule = toml::from_str(keys).expect("a rule");
        self.config.policy.push(rule);
        self
    }

    /// Has this file of rules beside the organisation's own commands.
    #[must_use]
    pub fn policy(mut self, text: &str) -> Self {
        self.policy = Some(text.to_owned());
        self
    }

    /// Has this file in the organisation's own command folder.
    #[must_use]
    pub fn command(mut self, name: &str, text: &str) -> Self {
        self.commands.push((name.to_owned(), text.to_owned()));
        self
    }

    /// Has another configuration.
    #[must_use]
    pub fn config(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.config);
        self
    }

    /// Has a web server on a port of its own; webhooks are signed with this secret, where it is not empty.
    #[must_use]
    pub fn web(mut self, secret: &str) -> Self {
        self.config.web.listen = Some("127.0.0.1:0".to_owned());
        secret.clone_into(&mut self.secret);
        self
    }

    /// Talks on a platform of this name, where the bot knows nobody and limits how often one may ask.
    #[must_use]
    pub fn platform(mut self, name: &'static str) -> Self {
        self.platform = Platform::named(name);
        self
    }

    /// Talks on a platform of this name, too; on that of the terminal people are whom they say they are.
    #[must_use]
    pub fn beside(mut self, name: &'static str) -> Self {
        self.beside.push(Platform::named(name));
        self
    }

    /// Talks by this adapter in place of the platform in memory.
    #[cfg(any(feature = "slack", feature = "matrix"))]
    #[must_use]
    pub fn on(mut self, adapter: Arc<dyn Adapter>) -> Self {
        self.adapter = Some(adapter);
        self
    }

    /// Starts the bot and waits until it has read its sources.
    pub async fn start(mut self) -> TestBot {
        let home = tempfile::tempdir().expect("a folder");
        let commands = home.path().join("commands");
        fs::create_dir(&commands).expect("a folder");
        for (name, text) in &self.commands {
            write_command(&commands, name, text);
        }
        if let Some(policy) = &self.policy {
            fs::write(commands.join("policy.toml"), policy).expect("written");
        }
        if !self.commands.is_empty() || self.policy.is_some() {
            self.config.commands = Some(commands);
        }
        if !self.secret.is_empty() {
            let file = home.path().join("webhook-secret");
            fs::write(&file, &self.secret).expect("written");
            self.config.web.webhook_secret = Some(Secret::File(file));
        }
        let mut bot = TestBot {
            platform: self.platform.clone(),
            clock: Clock::fixed(NOON),
            home,
            plan: self,
            running: None,
        };
        bot.start().await;
        bot
    }
}

impl Speaker<'_> {
    /// The same person in a channel where others are, too.
    #[must_use]
    pub fn at(mut self, channel: &str) -> Self {
        self.place = self.bot.platform_of(&self.place).channel(channel);
        self
    }

    /// Says a line and reads the answer.
    pub async fn says(&self, line: &str) -> String {
        self.begins(line).await.answer().await
    }

    /// Presses a choice of the last offer in this place and reads the answer.
    pub async fn press(&self, number: usize) -> String {
        let choice = self
            .bot
            .platform_of(&self.place)
            .choice(&self.place, number);
        let (_, answer) = self.bot.deliver(&self.event(Event::Pressed(choice))).await;
        answer
    }

    /// Says a line and does not wait for the answer.
    pub async fn begins(&self, line: &str) -> Turn<'_> {
        let event = self.event(Event::Said(line.to_owned()));
        Turn {
            bot: self.bot,
            place: self.place.clone(),
            receipt: self.bot.platform_of(&self.place).deliver(&event).await,
        }
    }

    /// A new event of this person, not delivered yet.
    pub fn event(&self, event: Event) -> Delivery {
        let platform = self.bot.platform_of(&self.place);
        platform.event(&self.person, &self.place, event)
    }

    /// Says a line past the platform, and gives everything about the answer.
    pub async fn asks(&self, line: &str) -> Answer {
        let running = self.bot.running.as_ref().expect("the bot runs");
        let person = PersonId {
            platform: self.place.platform.clone(),
            id: self.person.clone(),
        };
        running.dispatch.answer(line, &self.place, &person).await
    }

    /// The CommonMark of the last answer here, as other platforms get it.
    pub fn markdown(&self) -> String {
        self.bot.platform_of(&self.place).markdown(&self.place)
    }
}

impl Turn<'_> {
    /// Waits for the next thing that is said in the place, while the bot may still be at work.
    pub async fn next(&self) -> String {
        self.bot.platform_of(&self.place).next(&self.place).await
    }

    /// Waits until the bot is done and reads the answer.
    pub async fn answer(self) -> String {
        let finished = timeout(PATIENCE, self.receipt.finished()).await;
        finished.expect("the bot answers");
        self.bot.platform_of(&self.place).read(&self.place)
    }
}

fn write_command(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(format!("{name}.md")), text).expect("the command is written");
}
