//! Callboard in Matrix: the program as it is, on a real home server, spoken to by people whose client is not ours.

mod away;
pub mod connected;
mod encrypted;
mod forms;
mod identity;
mod policy;
mod rooms;
mod session;

use rustix::process::Signal;

use crate::harness::matrix::{Account, Person, Synapse};
use crate::harness::{Finished, Program, Running};

/// The bot, logged in, and running or not.
pub struct Bot {
    /// The program.
    pub program: Program,
    /// The bot's account.
    pub account: Account,
    /// The recovery key, as login printed it.
    pub recovery_key: String,
    running: Option<Running>,
}

impl Bot {
    /// A bot of this home server that runs; `more` stands in its table [matrix].
    pub async fn start(synapse: &Synapse, more: &str) -> Self {
        let mut bot = Self::log_in(synapse, more).await;
        bot.begin();
        bot
    }

    /// A bot that is logged in and does not run.
    pub async fn log_in(synapse: &Synapse, more: &str) -> Self {
        let account = synapse.register("callboard").await;
        let mut bot = Self::of(synapse, account, more);
        let login = bot.login(&[]);
        assert_eq!(login.code, 0, "{login}");
        let key = login
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix("Recovery key: "));
        key.unwrap_or_default().clone_into(&mut bot.recovery_key);
        bot
    }

    /// The same account in another data folder, not logged in.
    pub fn elsewhere(&self, synapse: &Synapse) -> Self {
        Self::of(synapse, self.account.clone(), "")
    }

    fn of(synapse: &Synapse, account: Account, more: &str) -> Self {
        let servers = if more.contains("servers =") {
            ""
        } else {
            "servers = [\"localhost\"]\n"
        };
        let config = format!(
            "[log]\nlevel = \"warn,callboard=info\"\n\n[limits]\nper_minute = 1000\n\n[matrix]\nhomeserver = \"{}\"\npassphrase = \"env:PHRASE\"\n{servers}{more}\n",
            synapse.url()
        );
        let program = Program::new()
            .env("PHRASE", "a passphrase of the tests, and of nothing else")
            .env("PASSWORD", &account.password)
            .file("callboard.toml", &config);
        Self {
            program,
            account,
            recovery_key: String::new(),
            running: None,
        }
    }

    /// Logs in at the command line.
    pub fn login(&self, more: &[&str]) -> Finished {
        self.account.log_in(&self.program, more)
    }

    /// The bot's id.
    pub fn id(&self) -> &str {
        &self.account.user_id
    }

    /// A new room of this person's, with the bot in it.
    pub async fn room(&self, person: &Person) -> String {
        let room = person.room("ops", &[self.id()]).await;
        self.joins(person, room).await
    }

    /// A new encrypted room of this person's, with the bot in it.
    pub async fn encrypted_room(&self, person: &Person) -> String {
        let room = person.encrypted_room("ops", &[self.id()]).await;
        self.joins(person, room).await
    }

    /// A new direct room of this person's and the bot's.
    pub async fn direct_room(&self, person: &Person) -> String {
        let room = person.direct_room(self.id()).await;
        self.joins(person, room).await
    }

    /// A new encrypted direct room of this person's and the bot's.
    pub async fn encrypted_direct_room(&self, person: &Person) -> String {
        let room = person.encrypted_direct_room(self.id()).await;
        self.joins(person, room).await
    }

    async fn joins(&self, person: &Person, room: String) -> String {
        person.sees_member(&room, self.id()).await;
        room
    }

    /// Runs it, and waits until it listens.
    pub fn begin(&mut self) {
        let running = Running::start(self.program.command(["serve"]));
        running.complains("in Matrix");
        self.running = Some(running);
    }

    /// The running program.
    pub fn running(&self) -> &Running {
        self.running.as_ref().expect("it runs")
    }

    /// Stops it in order.
    pub fn stop(&mut self) {
        let running = self.running.take().expect("it runs");
        running.signal(Signal::TERM);
        running.end();
    }

    /// Kills it where it stands.
    pub fn kill(&mut self) {
        let running = self.running.take().expect("it runs");
        running.signal(Signal::KILL);
        running.end();
    }
}
