//! Very many repositories, a tenth of which cannot be read, measured end to end: `cargo bench --bench repositories
//! [-- REPOSITORIES…]` prints the table of `docs/performance.md`. It needs nginx and fcgiwrap, which `tests/run` installs;
//! the server that hands out the repositories has the same cores.

#![allow(clippy::print_stdout)] // the table is what it is for

#[allow(dead_code, unused_imports)] // the tests use all of it
#[path = "../tests/harness/mod.rs"]
mod harness;
mod measured;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use callboard::bot::Bot;
use callboard::catalog::sync::{Report, Request};
use callboard::chat::console::{Console, PLATFORM};
use callboard::message::PersonId;
use harness::git_http::{GitHttp, PASSWORD};
use harness::many::{self, CountedGit};
use measured::{memory, open};

/// The time between two questions that are asked while the sources are read.
const ASKED_EVERY: Duration = Duration::from_millis(100);

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    if let [role, data, url, password] = arguments.as_slice()
        && role == "child"
    {
        return child(Path::new(data), url, Path::new(password));
    }
    let sizes = arguments
        .iter()
        .filter_map(|argument| argument.parse().ok());
    let sizes: Vec<usize> = sizes.collect();
    let sizes = if sizes.is_empty() {
        vec![1_000, 10_000]
    } else {
        sizes
    };
    println!("| repositories | figure | Callboard |\n|---|---|---|");
    for size in sizes {
        measure(size);
    }
}

fn measure(size: usize) {
    let scratch = tempfile::tempdir().expect("a folder");
    let server = GitHttp::start();
    publish(&server, size);
    let password = scratch.path().join("password");
    fs::write(&password, PASSWORD).expect("written");
    let data = scratch.path().join("data");
    let git = CountedGit::in_folder(scratch.path().join("bin"));
    let output = Command::new(std::env::current_exe().expect("this program"))
        .arg("child")
        .arg(&data)
        .arg(server.url("acme/catalog"))
        .arg(&password)
        .env("PATH", git.path())
        .output()
        .expect("the child starts");
    assert!(output.status.success(), "{output:?}");
    for figure in String::from_utf8_lossy(&output.stdout).lines() {
        println!("| {size} | {figure} |");
    }
    let (runs, at_once) = git.counts();
    println!("| {size} | runs of git for both syncs, at most at once | {runs}, {at_once} |");
    for part in ["git", "store"] {
        let used = Command::new("du").arg("-sm").arg(data.join(part)).output();
        let used = String::from_utf8_lossy(&used.expect("du runs").stdout).into_owned();
        let megabytes = used.split_whitespace().next().unwrap_or_default();
        println!("| {size} | disk, `{part}/` in the data folder | {megabytes} MB |");
    }
}

/// One Location that points into all of them.
fn publish(server: &GitHttp, size: usize) {
    let mut repositories: Vec<(String, String)> = Vec::with_capacity(size + 1);
    let mut all =
        "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: all}\nspec:\n  targets:\n"
            .to_owned();
    for number in 0..size {
        let name = format!("acme/service-{number}");
        let page = server
            .url(&name)
            .replace(".git", "/src/branch/main/catalog-info.yaml");
        // Writing to a text cannot fail.
        let _ = writeln!(all, "  - {page}");
        let text = format!(
            "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: service-{number}}}\nspec: {{type: service, lifecycle: production, owner: team-{}}}\n",
            number / 20
        );
        match number {
            // Nothing was ever pushed there.
            _ if number % 100 == 7 => repositories.push((name, String::new())),
            _ if number % 10 == 7 => {}
            _ => repositories.push((name, text)),
        }
    }
    repositories.push(("acme/catalog".to_owned(), all));
    many::publish(server, &repositories);
}

/// The measured process.
fn child(data: &Path, url: &str, password: &Path) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let bot = open(data, url, password).await;
        let started = Instant::now();
        let syncer = bot.context.syncer.clone();
        let syncing = tokio::spawn(async move { syncer.sync(Request::default()).await });
        let mut first = None;
        let mut waits = Vec::new();
        while !syncing.is_finished() {
            let asked = Instant::now();
            let answered = is_answered(&bot).await;
            waits.push(asked.elapsed());
            if answered {
                first.get_or_insert_with(|| started.elapsed());
            }
            tokio::time::sleep(ASKED_EVERY).await;
        }
        let reports = syncing.await.expect("no panic").expect("a sync");
        let seconds = |time: Duration| format!("{:.1} s", time.as_secs_f64());
        println!("first sync | {}", seconds(started.elapsed()));
        let failed = count_failed(&reports);
        println!("of them cannot be read | {failed}");
        println!(
            "first answer about one of them, since the start | {}",
            seconds(first.unwrap_or_default())
        );
        waits.sort_unstable();
        let milliseconds = |at: usize| waits[at].as_millis();
        println!(
            "answers meanwhile, p50 / p99 / longest | {} / {} / {} ms",
            milliseconds(waits.len() / 2),
            milliseconds(waits.len() * 99 / 100),
            milliseconds(waits.len() - 1)
        );
        println!(
            "most memory in the first sync | {} MB",
            memory("VmHWM") / 1024
        );
        let started = Instant::now();
        let again = bot
            .context
            .syncer
            .sync(Request::default())
            .await
            .expect("a sync");
        assert_eq!(count_failed(&again), failed);
        println!("sync with nothing new | {}", seconds(started.elapsed()));
        println!("most memory in both | {} MB", memory("VmHWM") / 1024);
        bot.close().await.expect("the store is flushed");
        let started = Instant::now();
        let bot = open(data, url, password).await;
        assert!(is_answered(&bot).await);
        println!(
            "start with a filled store until the first answer | {}",
            seconds(started.elapsed())
        );
        bot.close().await.expect("the store is flushed");
    });
}

async fn is_answered(bot: &Bot) -> bool {
    let person = PersonId {
        platform: PLATFORM.to_owned(),
        id: "visitor".to_owned(),
    };
    let line = "show service-0";
    let answer = bot.dispatch.answer(line, &Console::place(), &person).await;
    answer.failure.is_none()
}

fn count_failed(reports: &[Report]) -> usize {
    reports
        .iter()
        .filter(|report| report.error.is_some())
        .count()
}
