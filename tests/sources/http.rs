//! Git over smart HTTP with passwords: nginx and git's own http-backend.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::{component, configured, reports, run, who_owns};
use crate::harness::git_http::{PASSWORD, Protocol, USER, configure};
use crate::harness::running::Ended;
use crate::harness::{GitHttp, Program, Repository};

/// A source behind the server's password, which is taken from `password`.
fn source(server: &GitHttp, password: &str) -> String {
    format!(
        "[[sources]]\nname = \"catalog\"\ngit = \"{}\"\nusername = \"{USER}\"\npassword = \"{password}\"\n",
        server.url("catalog")
    )
}

/// The program with the right password in its environment.
fn program(server: &GitHttp) -> Program {
    configured(&source(server, "env:CATALOG_TOKEN")).env("CATALOG_TOKEN", PASSWORD)
}

/// A repository with two descriptors and a file that is none of the bot's business.
fn catalog() -> Repository {
    Repository::new()
        .file("payments/catalog-info.yaml", component("payments", "till"))
        .file("orders/catalog-info.yaml", component("orders", "counter"))
        .file(
            "payments/main.go",
            "package main // nobody asked for this\n".repeat(40),
        )
        .commit("first")
}

fn mirror(program: &Program) -> PathBuf {
    let entries = fs::read_dir(program.data().join("git")).expect("there are mirrors");
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    assert_eq!(folders.len(), 1, "{folders:?}");
    folders.remove(0)
}

/// Asks git about the objects that are in the mirror, and only those.
fn objects(mirror: &Path) -> Vec<(String, String)> {
    let home = mirror.parent().expect("a folder");
    let arguments = [
        "cat-file",
        "--batch-all-objects",
        "--batch-check=%(objectname) %(objecttype)",
    ];
    let output = crate::harness::repository::git(mirror, home, &arguments)
        .output()
        .expect("git runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let pairs = text.lines().filter_map(|line| line.split_once(' '));
    pairs
        .map(|(id, kind)| (id.to_owned(), kind.to_owned()))
        .collect()
}

#[test]
#[ignore = "needs nginx; run by tests/run"]
fn the_password_comes_from_the_environment_or_from_a_file() {
    let server = GitHttp::start();
    server.publish("catalog", &catalog());
    let by_environment = program(&server);
    insta::assert_snapshot!(who_owns(&by_environment, "payments"), @"payments (component:default/payments) belongs to till.");
    let by_file =
        configured(&source(&server, "file:token")).file("token", &format!("{PASSWORD}\n"));
    insta::assert_snapshot!(who_owns(&by_file, "orders"), @"orders (component:default/orders) belongs to counter.");
    // The password goes along with the first request: nobody has to be asked for it.
    assert!(
        !server.requests().contains(" 401 "),
        "{}",
        server.requests()
    );
}

#[test]
#[ignore = "needs nginx; run by tests/run"]
fn a_wrong_or_missing_password_is_told_and_the_rest_goes_on() {
    let server = GitHttp::start();
    server.publish("catalog", &catalog());
    let wrong =
        configured(&source(&server, "env:CATALOG_TOKEN")).env("CATALOG_TOKEN", "wrong-canary");
    let ended = run(&wrong, &["sync"]);
    let address = format!(":{}/", server.port());
    let told = |ended: &Ended| ended.to_string().replace(&address, ":PORT/");
    insta::assert_snapshot!(told(&ended), @r#"
    catalog: 0 entities in 0 files, 0 parsed again; 0 added, 0 changed, 0 removed; 0 problems; ? ms
      cannot be read: the remote refused access: it wants a user name and password that it knows; check `username` and `password` of this source
    [stderr] WARN a source cannot be read source="catalog" reason="the remote refused access: it wants a user name and password that it knows; check `username` and `password` of this source"
    [exit 1]
    "#);
    assert_eq!(ended.code, Some(1));
    assert!(!ended.to_string().contains("wrong-canary"), "{ended}");

    let unset = configured(&source(&server, "env:CATALOG_TOKEN"));
    let ended = run(&unset, &["sync"]);
    insta::assert_snapshot!(ended, @"
    [stderr] callboard: the environment variable CATALOG_TOKEN is not set, but the configuration points to it as env:CATALOG_TOKEN
    [exit 2]
    ");

    let without = configured(&format!(
        "[[sources]]\nname = \"catalog\"\ngit = \"{}\"\n",
        server.url("catalog")
    ));
    let ended = run(&without, &["sync"]);
    insta::assert_snapshot!(told(&ended), @r#"
    catalog: 0 entities in 0 files, 0 parsed again; 0 added, 0 changed, 0 removed; 0 problems; ? ms
      cannot be read: the remote refused access: it wants a user name and password that it knows; check `username` and `password` of this source
    [stderr] WARN a source cannot be read source="catalog" reason="the remote refused access: it wants a user name and password that it knows; check `username` and `password` of this source"
    [exit 1]
    "#);

    let absent = source(&server, "env:CATALOG_TOKEN").replace("catalog.git", "catalogue.git");
    let absent = configured(&absent).env("CATALOG_TOKEN", PASSWORD);
    let ended = run(&absent, &["sync"]);
    insta::assert_snapshot!(told(&ended), @r#"
    catalog: 0 entities in 0 files, 0 parsed again; 0 added, 0 changed, 0 removed; 0 problems; ? ms
      cannot be read: git says: repository 'http://127.0.0.1:PORT/catalogue.git/' not found
    [stderr] WARN a source cannot be read source="catalog" reason="git says: repository 'http://127.0.0.1:PORT/catalogue.git/' not found"
    [exit 1]
    "#);
}

/// A `git` that notes its arguments and the names of its variables before it becomes the real one.
const NOTING_GIT: &str = r#"#!/bin/sh
{ echo "arguments: $*"; env | sed -n 's/^\([A-Z_0-9]*\)=.*/\1/p' | sort | tr '\n' ' '; echo; } >> "$HOME/git-calls"
PATH="${PATH#*:}" exec git "$@"
"#;

#[test]
#[ignore = "needs nginx; run by tests/run"]
fn the_password_is_in_no_argument_no_log_and_no_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = GitHttp::start();
    server.publish("catalog", &catalog());
    let path = std::env::var("PATH").expect("there is a PATH");
    let program = program(&server).file("bin/git", NOTING_GIT);
    let git = program.home().join("bin/git");
    fs::set_permissions(&git, fs::Permissions::from_mode(0o755)).expect("it may be run");
    let bin = program.home().join("bin");
    let program = program
        .env("PATH", &format!("{}:{path}", bin.display()))
        .env("CALLBOARD_LOG__LEVEL", "trace");

    let encoded = BASE64.encode(format!("{USER}:{PASSWORD}"));
    let done = AtomicBool::new(false);
    let (ended, seen) = std::thread::scope(|scope| {
        let watching = scope.spawn(|| {
            let mut seen = std::collections::BTreeSet::new();
            while !done.load(Ordering::SeqCst) {
                seen.extend(all_arguments());
            }
            seen
        });
        let ended = run(&program, &["sync", "--format", "json"]);
        done.store(true, Ordering::SeqCst);
        (ended, watching.join().expect("it watches"))
    });
    assert_eq!(ended.code, Some(0), "{ended}");
    let helper = format!("git-remote-http origin {}", server.url("catalog"));
    let helper_was_seen = seen.iter().any(|line| line.contains("remote-http"));
    assert!(helper_was_seen, "{helper:?} was not among {seen:#?}");

    let calls = fs::read_to_string(program.home().join("git-calls")).expect("git was called");
    assert!(calls.contains("arguments: fetch --quiet"), "{calls}");
    for name in [
        "GIT_CONFIG_COUNT",
        "GIT_CONFIG_VALUE_0",
        "GIT_TERMINAL_PROMPT",
    ] {
        assert!(calls.contains(name), "{calls}");
    }
    let mut told = vec![calls, ended.to_string(), server.requests()];
    told.extend(seen);
    for folder in [program.data(), program.home()] {
        files(&folder, &mut told);
    }
    for text in told {
        assert!(
            !text.contains(PASSWORD) && !text.contains(&encoded),
            "{text}"
        );
    }
}

/// The arguments of every process of this machine.
fn all_arguments() -> Vec<String> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    let text = |line: Vec<u8>| String::from_utf8_lossy(&line).replace('\0', " ");
    lines.filter(|line| !line.is_empty()).map(text).collect()
}

/// The bytes of every file below a folder, as text.
fn files(folder: &Path, texts: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, texts);
        } else {
            let bytes = fs::read(&path).expect("a file");
            texts.push(format!(
                "{}: {}",
                path.display(),
                String::from_utf8_lossy(&bytes)
            ));
        }
    }
}

#[test]
#[ignore = "needs nginx; run by tests/run"]
fn only_descriptors_are_brought_along() {
    let server = GitHttp::start();
    let repository = catalog().file("notes.txt", "one\n").commit("second");
    server.publish("catalog", &repository);
    let program = program(&server);
    assert_eq!(reports(&program)[0]["entities"], 2);
    let objects = objects(&mirror(&program));
    let count = |kind: &str| objects.iter().filter(|(_, other)| other == kind).count();
    // The whole graph of commits, and the two blobs that were asked for.
    assert_eq!((count("commit"), count("blob")), (2, 2));
    let foreign = repository.git(&["rev-parse", "HEAD:payments/main.go"]);
    assert!(objects.iter().all(|(id, _)| *id != foreign));
    assert!(server.requests().contains("/catalog.git/git-upload-pack"));
}

#[test]
#[ignore = "needs nginx; run by tests/run"]
fn a_changed_file_costs_one_fetch_and_one_parse() {
    let server = GitHttp::start();
    let repository = catalog();
    server.publish("catalog", &repository);
    let program = program(&server);
    let first = &reports(&program)[0];
    assert_eq!((&first["parsed"], &first["added"]), (&2.into(), &2.into()));

    let before = server.requests().lines().count();
    let unchanged = &reports(&program)[0];
    assert_eq!(
        (&unchanged["parsed"], &unchanged["files"]),
        (&0.into(), &2.into())
    );
    let repository = repository
        .file("payments/catalog-info.yaml", component("payments", "vault"))
        .commit("moved to the vault");
    server.publish("catalog", &repository);
    let between = server.requests().lines().count();
    let changed = &reports(&program)[0];
    assert_eq!(
        (&changed["parsed"], &changed["changed"]),
        (&1.into(), &1.into())
    );
    insta::assert_snapshot!(who_owns(&program, "payments"), @"payments (component:default/payments) belongs to vault.");
    let requests = server.requests();
    let asked = |from: usize, to: usize| {
        let lines = requests.lines().skip(from).take(to - from);
        let asked = lines.filter_map(|line| line.split('"').nth(1));
        asked
            .map(|line| line.split(' ').next().unwrap_or_default())
            .collect::<Vec<_>>()
            .join(" ")
    };
    insta::assert_snapshot!(asked(before, between), @"GET POST");
    insta::assert_snapshot!(asked(between, between + 3), @"GET POST POST");
}

#[test]
#[ignore = "needs nginx; run by tests/run"]
fn a_server_that_does_not_filter_is_read_all_the_same() {
    let server = GitHttp::start();
    let repository = catalog();
    server.publish("catalog", &repository);
    configure(&server.served("catalog"), "uploadpack.allowFilter", "false");
    let program = program(&server);
    insta::assert_snapshot!(who_owns(&program, "payments"), @"payments (component:default/payments) belongs to till.");
    let repository = repository
        .file("payments/catalog-info.yaml", component("payments", "vault"))
        .commit("moved to the vault");
    server.publish("catalog", &repository);
    assert_eq!(reports(&program)[0]["parsed"], 1);
    insta::assert_snapshot!(who_owns(&program, "payments"), @"payments (component:default/payments) belongs to vault.");
}

#[test]
#[ignore = "needs nginx; run by tests/run"]
fn the_first_version_of_the_protocol_will_do() {
    let server = GitHttp::speaking(Protocol::First);
    let repository = catalog();
    server.publish("catalog", &repository);
    let program = program(&server);
    insta::assert_snapshot!(who_owns(&program, "payments"), @"payments (component:default/payments) belongs to till.");
    let repository = repository
        .file("payments/catalog-info.yaml", component("payments", "vault"))
        .file(
            "big/catalog-info.yaml",
            format!("{}{}", component("big", "till"), "# much\n".repeat(60_000)),
        )
        .commit("moved to the vault");
    server.publish("catalog", &repository);
    assert_eq!(reports(&program)[0]["parsed"], 2);
    insta::assert_snapshot!(who_owns(&program, "payments"), @"payments (component:default/payments) belongs to vault.");
}
