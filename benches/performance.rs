//! What must be fast, measured end to end: `cargo bench --bench performance [-- COMPONENTS…]` prints the table of
//! `docs/performance.md`. It needs nginx and fcgiwrap, which `tests/run` installs, for a git remote over HTTP on loopback.
//!
//! Every figure is the median of several rounds; 625,000 components come to a million entities, and take long.
//! git's own time for the same transfer is measured in the same run.

#![allow(clippy::print_stdout)] // the table is what it is for
#![allow(clippy::semicolon_if_nothing_returned)] // what is timed is a call and its result

#[allow(dead_code, unused_imports)] // the tests use all of it
#[path = "../tests/harness/mod.rs"]
mod harness;
mod measured;
mod organisation;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use callboard::catalog::index::{Asking, Found};
use callboard::catalog::path::at_path;
use callboard::catalog::sync::Request;
use harness::git_http::{GitHttp, PASSWORD, USER};
use measured::{memory, open};
use organisation::Organisation;

/// How often each figure is measured; once is enough of what takes minutes.
fn rounds(size: usize) -> usize {
    match size {
        0..50_000 => 5,
        50_000..200_000 => 3,
        _ => 1,
    }
}

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
    let sizes: Vec<usize> = arguments
        .iter()
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let sizes = if sizes.is_empty() {
        vec![1_000, 10_000, 100_000]
    } else {
        sizes
    };
    println!("| components | figure | Callboard | git alone |\n|---|---|---|---|");
    for size in sizes {
        measure(size);
    }
}

fn measure(size: usize) {
    let scratch = tempfile::tempdir().expect("a folder");
    let work = scratch.path().join("work");
    fs::create_dir_all(&work).expect("the folder is made");
    let organisation = organisation::make(size, &work);
    let server = GitHttp::start();
    let bare = server.served("catalog");
    organisation::git(
        scratch.path(),
        &[
            "clone",
            "--quiet",
            "--bare",
            &work.to_string_lossy(),
            &bare.to_string_lossy(),
        ],
    );
    organisation::git(&bare, &["config", "uploadpack.allowFilter", "true"]);
    // As a forge keeps it; else the server would compress everything anew for each clone.
    organisation::git(&bare, &["repack", "-a", "-d", "--quiet"]);
    let url = server.url("catalog");
    let git_url = url.replace("http://", &format!("http://{USER}:{PASSWORD}@"));
    let password = scratch.path().join("password");
    fs::write(&password, PASSWORD).expect("written");

    let mut first = Vec::new();
    let mut cloned = Vec::new();
    let mut changed = Vec::new();
    let mut fetched = Vec::new();
    let mut resident = Vec::new();
    let mut data = PathBuf::new();
    for round in 0..rounds(size) {
        let clone = scratch.path().join(format!("clone-{round}"));
        cloned.push(timed(|| {
            organisation::git(
                scratch.path(),
                &[
                    "clone",
                    "--quiet",
                    "--bare",
                    &git_url,
                    &clone.to_string_lossy(),
                ],
            )
        }));
        data = scratch.path().join(format!("data-{round}"));
        let mut child = Child::start(&data, &url, &password);
        first.push(child.milliseconds("first"));
        let path = work.join(format!(
            "components/{}/catalog-info.yaml",
            organisation.components[round]
        ));
        let text = fs::read_to_string(&path)
            .expect("a descriptor")
            .replace("lifecycle: production", "lifecycle: deprecated");
        fs::write(&path, text).expect("written");
        organisation::commit(&work, &format!("Change {round}"));
        organisation::git(&work, &["push", "--quiet", &bare.to_string_lossy(), "main"]);
        fetched.push(timed(|| {
            organisation::git(&clone, &["fetch", "--quiet", "origin", "main"])
        }));
        child.go();
        changed.push(child.milliseconds("changed"));
        resident.push(child.milliseconds("resident"));
        child.go();
        child.end();
    }
    let row = |figure: &str, callboard: String, git: String| {
        println!("| {size} | {figure} | {callboard} | {git} |")
    };
    let seconds = |values: &mut Vec<f64>| format!("{:.2} s", median(values) / 1000.0);
    row(
        "first sync until every entity can be asked for",
        seconds(&mut first),
        seconds(&mut cloned),
    );
    row(
        "sync after one changed file",
        seconds(&mut changed),
        seconds(&mut fetched),
    );

    let mut start: Vec<f64> = (0..rounds(size))
        .map(|_| {
            timed(|| {
                ask(
                    &data,
                    &url,
                    &password,
                    &format!("who-owns {}", organisation.components[size / 2]),
                )
            })
        })
        .collect();
    row(
        "start with a filled store until the first answer",
        seconds(&mut start),
        String::new(),
    );
    lookups(&data, &url, &password, &organisation, &row);
    row(
        "resident memory after sync",
        format!("{:.0} MB", median(&mut resident) / 1024.0),
        String::new(),
    );
}

/// Times look-ups in this process.
fn lookups(
    data: &Path,
    url: &str,
    password: &Path,
    organisation: &Organisation,
    row: &impl Fn(&str, String, String),
) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let bot = runtime.block_on(open(data, url, password));
    let catalog = bot.context.catalog();
    assert_eq!(
        catalog.len(),
        organisation.entities,
        "every entity is there"
    );
    let near = |_: &_| false;
    let asking = Asking {
        kinds: &[],
        near: &near,
    };
    let sample: Vec<&String> = organisation
        .components
        .iter()
        .step_by((organisation.components.len() / 1_000).max(1))
        .collect();
    let figures = |name: &str, change: &dyn Fn(&str) -> String| {
        let mut micros = Vec::new();
        let mut sure = 0;
        for component in &sample {
            let typed = change(component);
            let started = Instant::now();
            let found = catalog.find(&typed, &asking);
            micros.push(started.elapsed().as_secs_f64() * 1e6);
            sure += usize::from(matches!(found, Found::Sure(_)));
        }
        micros.sort_by(f64::total_cmp);
        let p99 = micros[micros.len() * 99 / 100];
        row(
            &format!("look-up, {name}, p50 / p99"),
            format!("{:.0} / {p99:.0} µs", micros[micros.len() / 2]),
            format!("{sure} of {} sure", micros.len()),
        );
    };
    figures("exact", &|name| name.to_owned());
    figures("typo", &|name| {
        let mut letters: Vec<char> = name.chars().collect();
        let middle = letters.len() / 2;
        letters.swap(middle, middle - 1);
        letters.into_iter().collect()
    });
    let before = memory("VmRSS");
    let started = Instant::now();
    let keys = catalog.keys();
    let arranged = started.elapsed().as_secs_f64() * 1e3;
    assert!(!keys.is_organisation("nobody"));
    let megabytes = memory("VmRSS").saturating_sub(before) / 1024;
    row(
        "what words point to, arranged at the first question after a sync",
        format!("{arranged:.0} ms, {megabytes} MB"),
        String::new(),
    );
    let timed = |figure: &str, look_up: &dyn Fn(&str) -> bool| {
        let mut micros = Vec::new();
        for component in &sample {
            let started = Instant::now();
            assert!(look_up(component), "{component} has no owner");
            micros.push(started.elapsed().as_secs_f64() * 1e6);
        }
        micros.sort_by(f64::total_cmp);
        let (p50, p99) = (micros[micros.len() / 2], micros[micros.len() * 99 / 100]);
        let first = micros[micros.len() - 1];
        row(
            figure,
            format!("{p50:.0} / {p99:.0} µs (longest {first:.0})"),
            String::new(),
        );
    };
    timed("owner of a file by its path, p50 / p99", &|component| {
        let path = format!("components/{component}/src/main.rs");
        let owners = at_path(&catalog, 0, &path, false);
        owners
            .entity
            .is_some_and(|entity| entity.name() == component)
    });
    timed(
        "what a repository's slug points to, p50 / p99",
        &|component| {
            !catalog
                .points_to(&format!("acme/{component}"), true)
                .is_empty()
        },
    );
    runtime.block_on(bot.close()).expect("the store is flushed");
}

fn ask(data: &Path, url: &str, password: &Path, line: &str) {
    let config = data.join("callboard.toml");
    let text = format!(
        "[sync]\nevery = \"1h\"\n[[sources]]\nname = \"catalog\"\ngit = \"{url}\"\nusername = \"{USER}\"\npassword = \"file:{}\"\n",
        password.display()
    );
    fs::write(&config, text).expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_callboard"))
        .args(["exec", "--config", &config.to_string_lossy(), "--data"])
        .arg(data)
        .args(["--", line])
        .output()
        .expect("callboard runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The measured process: says what it did, and waits for a line before the next thing.
fn child(data: &Path, url: &str, password: &Path) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let started = Instant::now();
        let bot = open(data, url, password).await;
        let reports = bot
            .context
            .syncer
            .sync(Request::default())
            .await
            .expect("a sync");
        assert_eq!(reports[0].error, None);
        println!("first {}", started.elapsed().as_secs_f64() * 1e3);
        wait();
        let started = Instant::now();
        let reports = bot
            .context
            .syncer
            .sync(Request::default())
            .await
            .expect("a sync");
        assert_eq!(
            (reports[0].parsed, reports[0].changed),
            (1, 1),
            "{:?}",
            reports[0].error
        );
        println!("changed {}", started.elapsed().as_secs_f64() * 1e3);
        println!("resident {}", memory("VmRSS"));
        wait();
        bot.close().await.expect("the store is flushed");
    });
}

fn wait() {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).expect("a line");
}

struct Child {
    process: std::process::Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Child {
    fn start(data: &Path, url: &str, password: &Path) -> Self {
        let mut process = Command::new(std::env::current_exe().expect("this program"))
            .arg("child")
            .arg(data)
            .arg(url)
            .arg(password)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the child starts");
        let lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        Self { process, lines }
    }

    fn milliseconds(&mut self, what: &str) -> f64 {
        let line = self.lines.next().expect("a line").expect("text");
        let (name, figure) = line.split_once(' ').expect("a name and a figure");
        assert_eq!(name, what);
        figure.parse().expect("a number")
    }

    fn go(&mut self) {
        writeln!(self.process.stdin.as_mut().expect("its input")).expect("it listens");
    }

    fn end(mut self) {
        assert!(self.process.wait().expect("it ends").success());
    }
}

fn timed(work: impl FnOnce()) -> f64 {
    let started = Instant::now();
    work();
    let elapsed: Duration = started.elapsed();
    elapsed.as_secs_f64() * 1e3
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
