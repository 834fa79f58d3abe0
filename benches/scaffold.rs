//! How fast templates are rendered, beside Backstage's own workflow runner and actions in the same run: `cargo bench --bench
//! scaffold` prints the table of `docs/performance.md`. It needs Backstage's packages, which `tests/run` installs.
//!
//! A rendering of ours is the whole life of `callboard template render`: it reads the template and the answers, does the
//! steps and writes the files. Backstage's is what its runner takes in a server that is up and has done the same template
//! before. Every figure is the median of several rounds, and both write the same files, which is looked at.

#![allow(clippy::print_stdout)] // the table is what it is for

#[allow(dead_code, unused_imports)] // the tests use all of it
#[path = "../tests/harness/mod.rs"]
mod harness;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use callboard::scaffold::expression::Surroundings;
use callboard::scaffold::plan::plan;
use callboard::scaffold::source::Local;
use callboard::scaffold::template::Template;
use callboard::scaffold::workflow::{Given, World};
use serde_json::{Map, Value, json};

use harness::Program;

/// How often each figure is measured.
const ROUNDS: usize = 9;

/// How many files the large skeleton has.
const FILES: usize = 1_000;

/// A line of its files.
const LINE: &str = "name: ${{ values.name | lower }} # {% if values.public %}public{% else %}private{% endif %} by ${{ values.owner }} and more text\n";

fn main() {
    let scratch = tempfile::tempdir().expect("a folder");
    let mut backstage = Backstage::start();
    println!("| template | figure | Callboard | Backstage |\n|---|---|---|---|");
    let large = large(&scratch.path().join("large"));
    let answers = json!({"name": "Payments", "public": true, "owner": "team-a"});
    compare(
        "1,000 files",
        &large,
        &answers,
        scratch.path(),
        &mut backstage,
    );
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let median = root.join("templates/rust-service");
    let answers = fs::read(root.join("tests/scaffold/shipped/github.json")).expect("a file");
    let answers = serde_json::from_slice(&answers).expect("JSON");
    compare(
        "rust-service",
        &median,
        &answers,
        scratch.path(),
        &mut backstage,
    );
    println!(
        "| rust-service | planned | {} | |",
        milliseconds(planned(&median, &answers))
    );
}

/// A template with a large skeleton.
fn large(folder: &Path) -> PathBuf {
    let template = "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {name: large}\nspec:\n  owner: a\n  type: service\n  steps:\n    - id: fetch\n      action: fetch:template\n      input:\n        url: ./skeleton\n        values: {name: '${{ parameters.name }}', owner: '${{ parameters.owner }}', public: '${{ parameters.public }}'}\n";
    for number in 0..FILES {
        let name = format!(
            "skeleton/part-{}/${{{{ values.name }}}}-{number}.yaml",
            number % 40
        );
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, LINE.repeat(40)).expect("written");
    }
    fs::write(folder.join("template.yaml"), template).expect("written");
    folder.to_owned()
}

/// Renders a template with both, and prints what it took.
fn compare(
    name: &str,
    template: &Path,
    answers: &Value,
    scratch: &Path,
    backstage: &mut Backstage,
) {
    let values = scratch.join("values.json");
    fs::write(&values, answers.to_string()).expect("written");
    let program = Program::new();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    backstage.renders(template, answers, &scratch.join("first"));
    for round in 0..ROUNDS {
        let out = scratch.join(format!("ours-{round}"));
        let started = Instant::now();
        let finished = program.run([
            "template".as_ref(),
            "render".as_ref(),
            template.as_os_str(),
            "--values".as_ref(),
            values.as_os_str(),
            "--out".as_ref(),
            out.as_os_str(),
        ] as [&std::ffi::OsStr; 7]);
        ours.push(started.elapsed());
        assert_eq!(finished.code, 0, "{finished}");
        let other = scratch.join(format!("theirs-{round}"));
        theirs.push(backstage.renders(template, answers, &other));
        assert!(files(&out) == files(&other), "they write the same files");
        fs::remove_dir_all(out).expect("it goes");
        fs::remove_dir_all(other).expect("it goes");
    }
    println!(
        "| {name} | rendered | {} | {} |",
        milliseconds(median(ours)),
        milliseconds(median(theirs))
    );
}

/// How long a plan takes, the template's reading included.
fn planned(folder: &Path, answers: &Value) -> Duration {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let given = Given {
        parameters: answers.as_object().cloned().expect("an object"),
        user: json!({}),
        ..Given::default()
    };
    let once = || {
        let started = Instant::now();
        let read = Template::in_folder(folder).expect("a folder");
        let template = read.template.expect("a template");
        let source = Local::new(folder).expect("a folder");
        let world = World::of(&source);
        let surroundings = Surroundings::default();
        let made = runtime.block_on(plan(&template, &given, world, &surroundings));
        assert!(made.is_possible(), "{:?}", made.refused);
        started.elapsed()
    };
    median((0..ROUNDS * 10).map(|_| once()).collect())
}

/// Backstage's own code, running.
struct Backstage {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Backstage {
    fn start() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let installed = root.join("target/oracle");
        assert!(
            installed.join("node_modules").exists(),
            "Backstage's packages are not installed: run tests/run, which does"
        );
        let mut child = Command::new("node")
            .arg(root.join("tests/oracle/scaffold.mjs"))
            .arg(installed)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node starts");
        let questions = child.stdin.take().expect("a pipe");
        let answers = BufReader::new(child.stdout.take().expect("a pipe"));
        Self {
            child,
            questions,
            answers,
        }
    }

    /// Has a template rendered, and tells how long it took.
    fn renders(&mut self, template: &Path, answers: &Value, out: &Path) -> Duration {
        let request = json!({"template": template, "values": answers, "out": out});
        let started = Instant::now();
        writeln!(self.questions, "{request}").expect("it is read");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("an answer");
        let took = started.elapsed();
        let answer: Map<String, Value> = serde_json::from_str(&line).expect("JSON");
        assert_eq!(answer["error"], Value::Null);
        took
    }
}

impl Drop for Backstage {
    fn drop(&mut self) {
        // Only what this started; it has nothing to lose.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The files in a folder at any depth, by their paths.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below").to_owned();
                found.insert(name, fs::read(path).expect("a file"));
            }
        }
    }
    found
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}
