//! The data folder: two programs on one, damage in it, no room in it.

use std::fs;
use std::path::{Path, PathBuf};

use super::{chatting, moved, moved_aside, payments, reading};
use crate::harness::running::Ended;
use crate::harness::{Program, Running};
use crate::sources::{run, who_owns};

const TILL: &str = "payments (component:default/payments) belongs to till.";

#[test]
fn a_second_program_on_one_data_folder_says_so() {
    let repository = payments("till");
    let program = reading(&repository);
    let mut chat = chatting(&program);
    for arguments in [
        &["exec", "--", "who-owns payments"][..],
        &["sync"],
        &["export"],
    ] {
        let ended = run(&program, arguments);
        insta::allow_duplicates! {
            insta::assert_snapshot!(ended, @"
            [stderr] callboard: another Callboard is running on ⌂/data/store: stop it, or give this one its own --data folder
            [exit 2]
            ");
        }
    }
    assert!(moved_aside(&program).is_empty());
    chat.types("status");
    chat.says("Callboard 0.1.0 knows");
    assert_eq!(chat.end().code, Some(0));
    assert_eq!(who_owns(&program, "payments"), TILL);
}

/// The largest file of the store, which is its log.
fn log(program: &Program) -> PathBuf {
    program.data().join("store/db")
}

fn ask(program: &Program) -> Ended {
    run(program, &["exec", "--", "who-owns payments"])
}

/// The source is away, so that what is answered comes from the store alone, or is not there.
#[test]
fn a_store_with_flipped_bytes_is_moved_aside_and_filled_again() {
    let repository = payments("till");
    let program = reading(&repository);
    assert_eq!(who_owns(&program, "payments"), TILL);
    let whole = fs::read(log(&program)).expect("the log");
    let mut seen_damaged = 0;
    for place in [1, 2, 3, 5, 8, 13] {
        let mut bytes = fs::read(log(&program)).expect("the log");
        let written = bytes
            .iter()
            .rposition(|byte| *byte != 0)
            .unwrap_or(bytes.len() - 1);
        for byte in &mut bytes[written * place / 16..][..16] {
            *byte ^= 0xff;
        }
        fs::write(log(&program), bytes).expect("written");
        let ended = ask(&program);
        assert_eq!(ended.code, Some(0), "{ended}");
        assert!(ended.stdout.starts_with(TILL), "{ended}");
        let aside = moved_aside(&program).len();
        if aside > seen_damaged {
            seen_damaged = aside;
            assert_eq!(
                ended.stderr.matches("was moved aside").count(),
                1,
                "{ended}"
            );
        }
        assert_eq!(ask(&program).stderr, "");
    }
    assert!(!whole.is_empty() && seen_damaged >= 3, "{seen_damaged}");
}

/// A run, without the time in the name of what was moved aside.
fn without_time(ended: &Ended) -> String {
    let text = ended.to_string();
    let end = text
        .find(".broken-")
        .map_or(text.len(), |at| at + ".broken-".len());
    let rest = text[end..].trim_start_matches(|c: char| c.is_ascii_digit());
    format!("{}{rest}", &text[..end])
}

#[test]
fn a_store_of_garbage_is_moved_aside_and_filled_again() {
    let repository = payments("till");
    let program = reading(&repository);
    assert_eq!(who_owns(&program, "payments"), TILL);
    for name in ["db", "conf"] {
        fs::write(
            program.data().join("store").join(name),
            "no store at all\n".repeat(100),
        )
        .expect("written");
    }
    insta::assert_snapshot!(without_time(&ask(&program)), @"
    payments (component:default/payments) belongs to till.

    ⚠ The group group:default/till is not in the catalog, so I cannot say how to reach them.

    Line last changed long ago by Ana (bbdd065d).
    From catalog-info.yaml:8 in catalog at bbdd065d, read just now.

    - What else they own: owns group:default/till
    [stderr] ERROR the store was damaged and was moved aside; a new one is begun, which is filled from the sources cause=its files are damaged folder=⌂/data/store moved_to=⌂/data/store.broken-
    ");
    assert_eq!(moved_aside(&program), ["store.broken-"]);
    insta::assert_snapshot!(ask(&program), @"
    payments (component:default/payments) belongs to till.

    ⚠ The group group:default/till is not in the catalog, so I cannot say how to reach them.

    Line last changed long ago by Ana (bbdd065d).
    From catalog-info.yaml:8 in catalog at bbdd065d, read just now.

    - What else they own: owns group:default/till
    ");
}

#[test]
fn a_half_written_snapshot_loses_nothing() {
    let repository = payments("till");
    let program = reading(&repository);
    assert_eq!(who_owns(&program, "payments"), TILL);
    repository.vanish();
    fs::write(
        program
            .data()
            .join("store/snap.0000000000000042.generating"),
        [7; 100],
    )
    .expect("written");
    let ended = ask(&program);
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(ended.stdout.starts_with(TILL), "{ended}");
    assert!(ended.stderr.contains("nothing is lost"), "{ended}");
    assert_eq!(moved_aside(&program), ["store.broken-"]);
}

#[test]
fn a_store_without_its_log_begins_anew() {
    let repository = payments("till");
    let program = reading(&repository);
    assert_eq!(who_owns(&program, "payments"), TILL);
    fs::remove_file(log(&program)).expect("removed");
    let ended = ask(&program);
    assert!(ended.stdout.starts_with(TILL), "{ended}");
}

#[test]
fn a_file_in_the_place_of_the_data_folder_is_told() {
    let repository = payments("till");
    let program = reading(&repository);
    fs::write(program.data(), "I am a file").expect("written");
    insta::assert_snapshot!(ask(&program), @"
    [stderr] callboard: the data folder ⌂/data cannot be made: File exists (os error 17)
    [exit 2]
    ");
    fs::remove_file(program.data()).expect("removed");
    fs::create_dir_all(program.data()).expect("a folder");
    fs::write(program.data().join("store"), "I am a file").expect("written");
    let ended = ask(&program);
    assert!(ended.stdout.starts_with(TILL), "{ended}");
    assert_eq!(moved_aside(&program), ["store.broken-"]);
}

/// Starts the program so that no file may grow beyond this many KiB, which is what a full disk does to it.
fn without_room(program: &Program, kibibytes: u64, arguments: &[&str]) -> Ended {
    let inner = program.command(arguments);
    let mut command = std::process::Command::new("bash");
    command
        .args([
            "-c",
            &format!("trap '' XFSZ; ulimit -f {kibibytes}; exec \"$0\" \"$@\""),
        ])
        .arg(inner.get_program())
        .args(inner.get_args())
        .env_clear()
        .envs(
            inner
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .current_dir(inner.get_current_dir().unwrap_or(Path::new("/")));
    Running::start(command).end()
}

#[test]
fn without_room_on_the_disk_it_answers_or_says_why_not_and_nothing_is_lost() {
    let repository = payments("till");
    let program = reading(&repository);
    assert_eq!(who_owns(&program, "payments"), TILL);
    let _repository = moved(repository, "vault");
    for kibibytes in [0, 8, 64, 200, 500] {
        let ended = without_room(&program, kibibytes, &["exec", "--", "who-owns payments"]);
        let answered = ended.code == Some(0) && ended.stdout.contains("belongs to");
        let told = ended.code == Some(2) && ended.stderr.contains("callboard: ");
        assert!(answered || told, "with {kibibytes} KiB: {ended}");
        assert!(
            moved_aside(&program).is_empty(),
            "with {kibibytes} KiB: {ended}"
        );
    }
    assert_eq!(
        who_owns(&program, "payments"),
        "payments (component:default/payments) belongs to vault."
    );
}
