//! `callboard config`, and what becomes of secrets.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{json, keys};
use crate::harness::Program;

#[test]
fn the_configuration_is_explained() {
    let program = Program::new().file(
        "callboard.toml",
        "admins = [\"user:default/ana\"]\n\n[[sources]]\nname = \"main\"\ngit = \"https://git.acme.example/catalog.git\"\npassword = \"env:TOKEN\"\n\n[limits]\nper_minute = 5\n",
    );
    insta::assert_snapshot!(program.run(["config", "check"]), @r#"
    [stderr] callboard: source "main": the environment variable TOKEN is not set, but the configuration points to it as env:TOKEN
    [exit 1]
    "#);
    let program = program
        .env("TOKEN", "hunter2-canary")
        .env("CALLBOARD_LIMITS__PER_MINUTE", "7");
    insta::assert_snapshot!(program.run(["config", "check"]), @r#"
    The configuration is good (callboard.toml).

    admins = ["user:default/ana"]
        Who may administer the bot, as entity references like `user:default/ana`.

    commands = not set
        A folder with the organisation's own command files; they override the shipped ones or add to them.

    sources[0].name = "main"
        How answers name the source; letters, digits, `-`, `_` and `.`.

    sources[0].git = "https://git.acme.example/catalog.git"
        The repository's URL or path, as `git fetch` takes it.

    sources[0].password = "env:TOKEN"
        The password or token for git over HTTP, as `env:NAME` or `file:PATH`.

    locations.allow = []
        Hosts beside those of the sources, like `git.acme.example` or `http://localhost:3000`.

    sync.every = "1m"
        The time between two reads of a source, like `1m` or `90s`; a tenth of it is left to chance.

    sync.timeout = "5m"
        How long one read of a source may take.

    limits.per_minute = 7
        How many lines one person may send in a minute; the terminal is not limited.

    limits.deadline = "20s"
        How long one command may work.

    limits.confirm = "2m"
        How long a change waits for its yes.

    limits.evidence = "30s"
        How long an answer waits for what the history says of an owner.

    log.level = "warn"
        `error`, `warn`, `info`, `debug` or `trace`, or a list by module like `warn,callboard=info`.

    log.format = "text"
        `text` or `json`.
    "#);
}

#[test]
fn what_is_wrong_is_named_with_its_line_and_a_suggestion() {
    let program = Program::new().file("callboard.toml", "[limits]\nper_minut = 3\n");
    insta::assert_snapshot!(program.run(["config", "check"]), @"
    [stderr] callboard: callboard.toml:2: there is no key `per_minut`; did you mean `per_minute`?
    [exit 1]
    ");
    insta::assert_snapshot!(program.run(["exec", "--", "status"]), @"
    [stderr] callboard: callboard.toml:2: there is no key `per_minut`; did you mean `per_minute`?
    [exit 2]
    ");
    let program = Program::new().file("callboard.toml", "[limits]\ndeadline = \"soon\"\n");
    insta::assert_snapshot!(program.run(["config", "check"]), @"
    [stderr] callboard: callboard.toml:2: `limits.deadline`: a length of time is written like 90s, 5m or 1h 30m
    [exit 1]
    ");
    let program = Program::new().file("callboard.toml", "admins = [\"ana\"]\n");
    insta::assert_snapshot!(program.run(["config", "check"]), @r#"
    [stderr] callboard: the admin "ana" is not an entity reference; write it like user:default/ana
    [exit 1]
    "#);
    let program = Program::new().file(
        "callboard.toml",
        "[[sources]]\nname = \"x\"\ngit = \"https://g.example/x\"\npassword = \"hunter2-canary\"\n",
    );
    insta::assert_snapshot!(program.run(["config", "check"]), @"
    [stderr] callboard: callboard.toml:4: `sources.0.password`: a secret is written as env:NAME or file:PATH, never as itself; this one was not read
    [exit 1]
    ");
    insta::assert_snapshot!(Program::new().run(["config", "check", "--config", "nowhere.toml"]), @"
    [stderr] callboard: the configuration nowhere.toml cannot be read: No such file or directory (os error 2)
    [exit 1]
    ");
    insta::assert_snapshot!(Program::new().env("CALLBOARD_LIMITS__PER_MINUT", "3").run(["config", "check"]), @"
    [stderr] callboard: environment: there is no key `per_minut`; did you mean `per_minute`?
    [exit 1]
    ");
}

#[test]
fn the_schema_is_a_json_schema_of_every_key() {
    let finished = Program::new().run(["config", "schema"]);
    let schema = json(&finished.stdout);
    assert!(schema["$schema"].is_string());
    assert_eq!(
        keys(&schema["properties"]),
        BTreeSet::from([
            "admins",
            "check",
            "commands",
            "policy",
            "policy_file",
            "sources",
            "locations",
            "sync",
            "limits",
            "web",
            "slack",
            "matrix",
            "log"
        ])
    );
    for (name, property) in schema["properties"].as_object().expect("properties") {
        assert!(property["description"].is_string(), "{name} is described");
    }
}

#[test]
fn a_secret_is_never_shown_and_never_kept() {
    let program = Program::new()
        .env("TOKEN", "hunter2-canary")
        .env("CALLBOARD_LOG__LEVEL", "trace")
        .file("callboard.toml", "[[sources]]\nname = \"main\"\ngit = \"http://127.0.0.1:1/catalog.git\"\nusername = \"bot\"\npassword = \"env:TOKEN\"\n\n[sync]\ntimeout = \"5s\"\n");
    for arguments in [
        &["config", "check"][..],
        &["config", "schema"],
        &["sync"],
        &["sync", "--format", "json"],
        &["exec", "--format", "json", "--", "status"],
        &["exec", "--", "who-owns payments"],
        &["export"],
        &["catalog", "export"],
    ] {
        let finished = program.run(arguments);
        let all = format!("{}{}", finished.stdout, finished.stderr);
        assert!(!all.contains("hunter2"), "{arguments:?}: {all}");
        assert!(!all.contains("aHVudGVyMi1jYW5hcnk"), "{arguments:?}: {all}");
    }
    let mut kept = Vec::new();
    collect(&program.data(), &mut kept);
    assert!(!kept.is_empty());
    assert!(
        !kept.windows(7).any(|part| part == b"hunter2"),
        "the secret is on disk"
    );
}

fn collect(folder: &Path, bytes: &mut Vec<u8>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        if entry.path().is_dir() {
            collect(&entry.path(), bytes);
        } else {
            bytes.extend(fs::read(entry.path()).expect("a file"));
        }
    }
}
