//! `kill -9` in every stage of a sync. `CALLBOARD_HOLD` stops the program inside a stage, so that every kill is seen
//! to be one inside it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{mirror_of, moved, moved_aside, payments, reading};
use crate::harness::{Program, Running};
use crate::sources::{reports, run, who_owns};

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

/// The stages of a sync; `anywhere` is whatever it is at when some milliseconds have passed.
const STAGES: [&str; 5] = ["fetch", "parse", "write", "swap", "anywhere"];

/// Kills the program at some moment of a sync that nobody chose.
fn kill_anywhere(program: &Program, round: u64) {
    let running = Running::start(program.command(["sync"]));
    // Not to wait for anything: the kill is to come at a moment of its own.
    std::thread::sleep(Duration::from_millis(round * 7 % 60));
    running.signal_group(Signal::KILL);
    running.end();
}

/// Imports a record and kills the program the moment it says that it has.
fn kill_after_import(program: &Program, round: u64) {
    let file = program.home().join("import.jsonl");
    let mut lines = "{\"callboard\":\"export\",\"schema\":1}\n".to_owned();
    let _ = writeln!(
        lines,
        "{{\"space\":\"record\",\"key\":\"kill/{round:03}\",\"value\":{round}}}"
    );
    fs::write(&file, lines).expect("written");
    let running = Running::start(program.command(["import", "import.jsonl"]));
    running.says("1 entry was imported.");
    running.signal_group(Signal::KILL);
    running.end();
}

/// The files of everything that was moved aside.
fn all_aside(program: &Program) -> Vec<String> {
    let folders = fs::read_dir(program.data()).expect("a folder").flatten();
    let aside = folders.filter(|folder| folder.file_name().to_string_lossy().contains(".broken-"));
    let files =
        aside.flat_map(|folder| fs::read_dir(folder.path()).into_iter().flatten().flatten());
    files
        .map(|file| file.file_name().to_string_lossy().into_owned())
        .collect()
}

#[test]
#[ignore = "takes a minute; run by tests/run"]
fn two_hundred_kills_lose_nothing_that_was_acknowledged() {
    let started = Instant::now();
    let mut repository = payments("owner-0");
    let program = reading(&repository);
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut old, mut answered) = ("owner-0".to_owned(), 0);
    for round in 1..=200_u64 {
        let stage = STAGES[usize::try_from(round).expect("small") % STAGES.len()];
        kill_after_import(&program, round);
        let new = format!("owner-{round}");
        repository = moved(repository, &new);
        match stage {
            "anywhere" => kill_anywhere(&program, round),
            stage => kill_in(&program, stage, &["sync"]),
        }
        *seen.entry(stage).or_default() += 1;
        // Now and then without the remote: then the store alone answers, once it has answered.
        if round > 5 && round % 3 == 0 {
            repository.vanish();
            let answer = who_owns(&program, "payments");
            let known = [&old, &new]
                .iter()
                .any(|owner| answer.ends_with(&format!(" belongs to {owner}.")));
            assert!(known, "round {round}, {stage}: {answer}");
            repository.reappear();
            answered += 1;
        }
        let answer = who_owns(&program, "payments");
        assert_eq!(
            answer,
            format!("payments (component:default/payments) belongs to {new}."),
            "round {round}, {stage}"
        );
        old = new;
    }
    let exported = run(&program, &["export"]).stdout;
    let kept = (1..=200).filter(|round| exported.contains(&format!("\"kill/{round:03}\"")));
    assert_eq!(kept.count(), 200, "{exported}");
    // A snapshot of the store that was half written is moved aside, and nothing else.
    for file in all_aside(&program) {
        assert!(file.ends_with(".generating"), "{file}");
    }
    assert!(
        seen.values().all(|count| *count == 40) && answered > 60,
        "{seen:?}"
    );
    assert!(
        started.elapsed() < Duration::from_mins(2),
        "{:?}",
        started.elapsed()
    );
}
