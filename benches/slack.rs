//! How fast people in Slack are answered, beside the smallest app of Slack's own framework on the same stand-in in the same
//! run: `cargo bench --bench slack` prints the table of `docs/performance.md`. It needs node and `@slack/bolt`, which
//! `tests/run` installs.
//!
//! A command is acknowledged when the acknowledgement of its envelope has come back, and answered when the message is
//! there; both count from the moment the envelope is sent. Memory is the most that the process had resident.

#![allow(clippy::print_stdout)] // the table is what it is for

#[allow(dead_code, unused_imports)] // the tests use all of it
#[path = "../tests/harness/mod.rs"]
mod harness;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use harness::slack::{APP_TOKEN, BOT_TOKEN, SlackStandIn};
use harness::{Program, Running};

/// How many commands are under way at any time.
const IN_FLIGHT: usize = 50;

/// How many commands are measured.
const COMMANDS: usize = 2_000;

/// How many come before, which are not.
const BEFORE: usize = 200;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    println!(
        "| {COMMANDS} slash commands, {IN_FLIGHT} under way | acknowledged p50 / p99 | answered p50 / p99 | commands per second | memory |\n|---|---|---|---|---|"
    );
    for (name, start) in [
        ("Callboard", callboard as fn(&SlackStandIn) -> Started),
        ("`@slack/bolt`", bolt),
    ] {
        let slack = SlackStandIn::start();
        let started = start(&slack);
        let row = runtime.block_on(measure(slack, &started.running));
        println!("| {name} | {row} |");
    }
}

/// A program that answers, and what it stands on.
struct Started {
    running: Running,
    _home: Option<Program>,
}

fn callboard(slack: &SlackStandIn) -> Started {
    let config = format!(
        "[slack]\nbot_token = \"env:BOT\"\napp_token = \"env:APP\"\napi = \"{}\"\n\n[limits]\nper_minute = 1000000\n",
        slack.api()
    );
    let program = Program::new()
        .env("BOT", BOT_TOKEN)
        .env("APP", APP_TOKEN)
        .file("callboard.toml", &config);
    Started {
        running: Running::start(program.command(["serve"])),
        _home: Some(program),
    }
}

fn bolt(slack: &SlackStandIn) -> Started {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Where its packages are found from.
    let script = root.join("target/slack/bench.mjs");
    std::fs::copy(root.join("benches/slack/bolt.mjs"), &script).expect("the script is there");
    let mut command = Command::new("node");
    command
        .arg(script)
        .env("SLACK_BOT_TOKEN", BOT_TOKEN)
        .env("SLACK_APP_TOKEN", APP_TOKEN)
        .env("SLACK_API", format!("{}/", slack.api()));
    Started {
        running: Running::start(command),
        _home: None,
    }
}

async fn measure(slack: SlackStandIn, running: &Running) -> String {
    slack.connected(1).await;
    let slack = Arc::new(slack);
    load(&slack, BEFORE).await;
    let started = Instant::now();
    let times = load(&slack, COMMANDS).await;
    let took = started.elapsed();
    let memory = running.peak_memory() / 1_000_000;
    let (acknowledged, answered): (Vec<_>, Vec<_>) = times.into_iter().unzip();
    // Nobody reads what was said.
    slack.forgives();
    #[allow(clippy::cast_precision_loss)] // a few thousand
    let per_second = COMMANDS as f64 / took.as_secs_f64();
    format!(
        "{} | {} | {per_second:.0} | {memory} MB",
        percentiles(acknowledged),
        percentiles(answered)
    )
}

/// Sends commands, so many under way at any time, and gives for each how long it took until it was acknowledged and
/// answered.
async fn load(slack: &Arc<SlackStandIn>, commands: usize) -> Vec<(Duration, Duration)> {
    let next = Arc::new(AtomicUsize::new(0));
    let workers = (0..IN_FLIGHT).map(|_| {
        let (slack, next) = (slack.clone(), next.clone());
        async move {
            let mut times = Vec::new();
            while next.fetch_add(1, Ordering::Relaxed) < commands {
                let started = Instant::now();
                let delivered = slack
                    .slash("omar", "#general", "/who-owns", "payments")
                    .await;
                assert!(delivered.acknowledged, "a command was not acknowledged");
                slack.answered(&delivered).await;
                times.push((delivered.took, started.elapsed()));
            }
            times
        }
    });
    let times = futures_util::future::join_all(workers).await;
    times.into_iter().flatten().collect()
}

fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |part: usize| {
        let position = (times.len() * part / 100).min(times.len() - 1);
        times[position].as_secs_f64() * 1_000.0
    };
    format!("{:.1} / {:.1} ms", at(50), at(99))
}
