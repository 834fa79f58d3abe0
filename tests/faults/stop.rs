//! SIGTERM and Ctrl-C: whenever they come, the store is clean and nothing is left running.

use std::fs;

use rustix::process::Signal;

use super::{chatting, moved_aside, payments, reading, source};

use crate::harness::{Listener, Program, Running, eventually};
use crate::sources::{configured, run, who_owns};

const SIGNALS: [Signal; 2] = [Signal::TERM, Signal::INT];

/// The data folder is as after an orderly end: it opens, it answers, and nothing had to be mended.
fn is_clean(program: &Program) {
    let ended = run(program, &["exec", "--", "who-owns payments"]);
    assert_eq!(
        (ended.code, ended.stderr.as_str()),
        (Some(0), ""),
        "{ended}"
    );
    assert!(ended.stdout.contains("belongs to till."), "{ended}");
    assert!(moved_aside(program).is_empty());
}

#[test]
fn during_a_chat() {
    for signal in SIGNALS {
        let repository = payments("till");
        let program = reading(&repository);
        let chat = chatting(&program);
        chat.signal(signal);
        let ended = chat.end();
        assert_eq!(
            (ended.code, ended.stderr.as_str()),
            (Some(0), ""),
            "{ended}"
        );
        is_clean(&program);
    }
}

/// Stops a program that is in the middle of a sync with a remote that never answers.
fn during_a_sync(arguments: &[&str]) {
    let silent = Listener::silent();
    for signal in SIGNALS {
        let repository = payments("till");
        let known = reading(&repository);
        assert_eq!(
            who_owns(&known, "payments"),
            "payments (component:default/payments) belongs to till."
        );
        let silent_source = format!(
            "[[sources]]\nname = \"silent\"\ngit = \"git://127.0.0.1:{}/x.git\"\n",
            silent.port()
        );
        let both = format!(
            "{}{silent_source}",
            source(&repository.path().to_string_lossy())
        );
        fs::write(known.home().join("callboard.toml"), both).expect("written");
        let before = silent.accepted();
        let running = Running::start(known.command(arguments));
        eventually("git asks the remote", || silent.accepted() > before);
        running.signal_group(signal);
        let ended = running.end();
        let expected = if signal == Signal::INT { 130 } else { 143 };
        assert_eq!(ended.code, Some(expected), "{arguments:?}: {ended}");
        let url = format!(":{}/x.git", silent.port());
        eventually("git and its helpers are gone", || !is_running(&url));
        fs::write(
            known.home().join("callboard.toml"),
            source(&repository.path().to_string_lossy()),
        )
        .expect("written");
        is_clean(&known);
    }
}

/// Whether a process has this text in its arguments or works for one that has it in its mirror's configuration.
fn is_running(text: &str) -> bool {
    let processes = fs::read_dir("/proc")
        .expect("there are processes")
        .flatten();
    processes.into_iter().any(|process| {
        let here = process.path().join("cwd");
        let fetching =
            fs::read_to_string(here.join("config")).is_ok_and(|config| config.contains(text));
        let told = fs::read(process.path().join("cmdline"))
            .is_ok_and(|line| String::from_utf8_lossy(&line).contains(text));
        fetching || told
    })
}

#[test]
fn during_callboard_sync() {
    during_a_sync(&["sync"]);
}

#[test]
fn during_the_sync_of_an_exec() {
    during_a_sync(&["exec", "--", "who-owns payments"]);
}

#[test]
fn during_the_first_sync_of_a_chat() {
    during_a_sync(&["chat"]);
}

#[test]
fn during_a_sync_beside_the_chat() {
    let silent = Listener::silent();
    for signal in SIGNALS {
        let repository = payments("till");
        let silent_source = format!(
            "[[sources]]\nname = \"silent\"\ngit = \"git://127.0.0.1:{}/x.git\"\n",
            silent.port()
        );
        let program = configured(&source(&repository.path().to_string_lossy()));
        let mut chat = chatting(&program);
        chat.types("status");
        chat.says("knows 1 entity");
        assert_eq!(chat.end().code, Some(0));
        let both = format!(
            "{}{silent_source}",
            source(&repository.path().to_string_lossy())
        );
        fs::write(program.home().join("callboard.toml"), both).expect("written");
        let before = silent.accepted();
        let mut chat = Running::start(program.command(["chat"]));
        chat.types("resync");
        eventually("git asks the remote", || silent.accepted() > before);
        chat.signal(signal);
        let ended = chat.end();
        assert!(matches!(ended.code, Some(0 | 130 | 143)), "{ended}");
        let url = format!(":{}/x.git", silent.port());
        eventually("git and its helpers are gone", || !is_running(&url));
        fs::write(
            program.home().join("callboard.toml"),
            source(&repository.path().to_string_lossy()),
        )
        .expect("written");
        is_clean(&program);
    }
}
