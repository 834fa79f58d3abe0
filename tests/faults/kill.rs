//! `kill -9` in every stage of a sync. `CALLBOARD_HOLD` stops the program inside a stage, so that every kill is seen
//! to be one inside it.

use rustix::process::Signal;

use super::{mirror_of, moved, moved_aside, payments, reading};
use crate::harness::{Program, Running};
use crate::sources::{reports, who_owns};

/// Starts the program with these arguments, kills it inside the stage, and fails unless it was there.
fn kill_in(program: &Program, stage: &str, arguments: &[&str]) {
    let mut command = program.command(arguments);
    command.env("CALLBOARD_HOLD", stage);
    let running = Running::start(command);
    running.complains(&format!("holding in {stage}"));
    running.signal_group(Signal::KILL);
    let ended = running.end();
    assert_eq!(ended.signal, Some(Signal::KILL.as_raw()), "{ended}");
    assert_eq!(ended.stdout, "", "it had answered before");
}

/// Kills the first sync and then a later one with a changed file; after each, the next start answers, and the
/// sync after that is as if nothing had been.
fn killed_in(stage: &str) {
    let repository = payments("till");
    let program = reading(&repository);
    kill_in(&program, stage, &["sync"]);
    assert_eq!(
        who_owns(&program, "payments"),
        "payments (component:default/payments) belongs to till."
    );
    let report = &reports(&program)[0];
    assert_eq!(
        (&report["parsed"], &report["entities"]),
        (&0.into(), &1.into()),
        "{report}"
    );

    let repository = moved(repository, "vault");
    kill_in(&program, stage, &["sync"]);
    // What was known before the kill is known after it, also without the remote.
    repository.vanish();
    let answer = who_owns(&program, "payments");
    let (old, new) = ("belongs to till.", "belongs to vault.");
    let is_known = answer.ends_with(old) || (stage == "swap" && answer.ends_with(new));
    assert!(is_known, "{answer}");
    repository.reappear();
    assert_eq!(
        who_owns(&program, "payments"),
        "payments (component:default/payments) belongs to vault."
    );
    let report = &reports(&program)[0];
    assert_eq!(
        (&report["parsed"], &report["entities"]),
        (&0.into(), &1.into()),
        "{report}"
    );

    // The same in the chat, where a sync goes on beside the answers, and by `exec`.
    let _repository = moved(repository, "counter");
    kill_in(&program, stage, &["exec", "--", "who-owns payments"]);
    kill_in(&program, stage, &["chat"]);
    assert_eq!(
        who_owns(&program, "payments"),
        "payments (component:default/payments) belongs to counter."
    );
    assert!(moved_aside(&program).is_empty());
    assert!(mirror_of(&program).join("refs/callboard/fetched").exists());
}

#[test]
fn in_the_stage_fetch() {
    killed_in("fetch");
}

#[test]
fn in_the_stage_parse() {
    killed_in("parse");
}

#[test]
fn in_the_stage_write() {
    killed_in("write");
}

#[test]
fn in_the_stage_swap() {
    killed_in("swap");
}
