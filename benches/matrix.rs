//! How fast people in Matrix are answered, in a plain and in an encrypted room, beside the smallest bot of matrix-nio on the
//! same home server in the same run: `cargo bench --bench matrix` prints the table of `docs/performance.md`. The home server
//! is Synapse, started by the bench; `tests/run` installs it.
//!
//! A message counts from before it is sent until its answer has come to the person who asked, by a client that knows
//! nothing of the bot. Memory is the most that the bot's process had resident. Ready is a bot when it listens, counted from
//! the start of its program, with all that it kept of the run before.

#![allow(clippy::print_stdout)] // the table is what it is for

#[allow(dead_code, unused_imports)] // the tests use all of it
#[path = "../tests/harness/mod.rs"]
mod harness;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use rustix::process::Signal;

use harness::matrix::{Account, Person, Synapse};
use harness::{Program, Running};

/// How many commands are under way at any time.
const IN_FLIGHT: usize = 50;

/// How many commands are measured.
const COMMANDS: usize = 500;

/// How many come before, which are not.
const BEFORE: usize = 50;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    println!(
        "| {COMMANDS} commands, {IN_FLIGHT} under way | room | answered p50 / p99 | commands per second | memory |\n|---|---|---|---|---|"
    );
    for encrypted in [false, true] {
        let ready = runtime.block_on(async {
            let synapse = Synapse::start().await;
            let account = synapse.register("callboard").await;
            let program = callboard(&synapse, &account);
            let bot = Running::start(program.command(["serve"]));
            bot.complains(READY);
            measure("Callboard", &synapse, &account, &bot, encrypted).await;
            bot.signal(Signal::TERM);
            bot.end();
            let started = Instant::now();
            let bot = Running::start(program.command(["serve"]));
            bot.complains(READY);
            let ready = started.elapsed();
            let account = synapse.register("echo").await;
            let bot = echo(&synapse, &account);
            bot.says("ready");
            measure("matrix-nio", &synapse, &account, &bot, encrypted).await;
            ready
        });
        println!("Callboard, started again after that, is ready in {ready:.2?}.");
    }
}

/// What the log says when the bot listens.
const READY: &str = "in Matrix";

/// Callboard, logged in.
fn callboard(synapse: &Synapse, account: &Account) -> Program {
    let config = format!(
        "[matrix]\nhomeserver = \"{}\"\npassphrase = \"env:PHRASE\"\nservers = [\"localhost\"]\n\n[limits]\nper_minute = 1000000\n\n[log]\nlevel = \"warn,callboard=info\"\n",
        synapse.url()
    );
    let program = Program::new()
        .env("PHRASE", "a passphrase of the bench, and of nothing else")
        .env("PASSWORD", &account.password)
        .file("callboard.toml", &config);
    let finished = account.log_in(&program, &[]);
    assert_eq!(finished.code, 0, "{finished}");
    program
}

/// The bot to compare with.
fn echo(synapse: &Synapse, account: &Account) -> Running {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(root.join("target/matrix/venv/bin/python"));
    command
        .arg(root.join("benches/matrix/echo.py"))
        .arg(synapse.url())
        .arg(&account.user_id)
        .arg(&account.password);
    Running::start(command)
}

async fn measure(name: &str, synapse: &Synapse, bot: &Account, running: &Running, encrypted: bool) {
    let person = Person::login(synapse, &synapse.register("ana").await, encrypted).await;
    let (kind, room) = if encrypted {
        let room = person.encrypted_room("load", &[&bot.user_id]).await;
        ("encrypted", room)
    } else {
        ("plain", person.room("load", &[&bot.user_id]).await)
    };
    person.sees_member(&room, &bot.user_id).await;
    // A bot may join with a few of the last messages only.
    person.measures(&room, "!who-owns payments", 1, 1).await;
    person
        .measures(&room, "!who-owns payments", BEFORE, IN_FLIGHT)
        .await;
    let started = Instant::now();
    let times = person
        .measures(&room, "!who-owns payments", COMMANDS, IN_FLIGHT)
        .await;
    let took = started.elapsed().as_secs_f64();
    assert_eq!(times.len(), COMMANDS);
    #[allow(clippy::cast_precision_loss)] // a few hundred
    let per_second = COMMANDS as f64 / took;
    println!(
        "| {name} | {kind} | {} | {per_second:.0} | {} MB |",
        percentiles(times),
        running.peak_memory() / 1_000_000
    );
}

fn percentiles(mut times: Vec<f64>) -> String {
    times.sort_by(f64::total_cmp);
    let at = |part: usize| times[(times.len() * part / 100).min(times.len() - 1)] * 1_000.0;
    format!("{:.0} / {:.0} ms", at(50), at(99))
}
