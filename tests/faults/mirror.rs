//! The local copy of a repository: whatever is wrong with it, it heals by itself.

use std::fs;
use std::path::Path;

use super::{mirror_of, moved, payments, reading};
use crate::harness::Program;
use crate::sources::{run, who_owns};

/// Damages the mirror, once before a sync without news and once before one with a changed file; the first sync after
/// the damage must bring all that the remote has.
fn heals(damage: impl Fn(&Path)) {
    let repository = payments("till");
    let program = reading(&repository);
    assert_eq!(
        who_owns(&program, "payments"),
        "payments (component:default/payments) belongs to till."
    );
    damage(&mirror_of(&program));
    syncs(&program);

    let repository = moved(repository, "vault");
    damage(&mirror_of(&program));
    syncs(&program);
    assert_eq!(
        who_owns(&program, "payments"),
        "payments (component:default/payments) belongs to vault."
    );

    let _repository = moved(repository, "counter");
    syncs(&program);
    assert_eq!(
        who_owns(&program, "payments"),
        "payments (component:default/payments) belongs to counter."
    );
}

fn syncs(program: &Program) {
    let ended = run(program, &["sync"]);
    assert_eq!(ended.code, Some(0), "{ended}");
}

fn every_file(folder: &Path, change: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            every_file(&path, change);
        } else {
            change(&path);
        }
    }
}

#[test]
fn without_its_folder() {
    heals(|mirror| fs::remove_dir_all(mirror).expect("removed"));
}

#[test]
fn with_its_objects_deleted() {
    heals(|mirror| fs::remove_dir_all(mirror.join("objects")).expect("removed"));
}

#[test]
fn with_its_packs_cut_short() {
    heals(|mirror| {
        every_file(&mirror.join("objects"), &mut |file| {
            let bytes = fs::read(file).expect("a file");
            fs::remove_file(file).expect("it may be write-protected");
            fs::write(file, &bytes[..bytes.len() / 2]).expect("written");
        });
    });
}

#[test]
fn with_flipped_bytes_in_its_objects() {
    heals(|mirror| {
        every_file(&mirror.join("objects"), &mut |file| {
            let mut bytes = fs::read(file).expect("a file");
            let middle = bytes.len() / 2;
            for byte in bytes.iter_mut().skip(middle).take(8) {
                *byte ^= 0xff;
            }
            fs::remove_file(file).expect("it may be write-protected");
            fs::write(file, bytes).expect("written");
        });
    });
}

#[test]
fn with_garbage_for_its_configuration() {
    heals(|mirror| fs::write(mirror.join("config"), "\0[[[garbage").expect("written"));
}

#[test]
fn with_garbage_for_its_references() {
    heals(|mirror| {
        fs::write(mirror.join("refs/callboard/fetched"), "garbage\n").expect("written");
        fs::write(mirror.join("HEAD"), "garbage").expect("written");
        fs::write(mirror.join("packed-refs"), "garbage").expect("written");
    });
}

#[test]
fn with_a_reference_to_what_is_not_there() {
    heals(|mirror| {
        fs::write(
            mirror.join("refs/callboard/fetched"),
            format!("{}\n", "1234".repeat(10)),
        )
        .expect("written");
    });
}

#[test]
fn with_an_empty_reference() {
    heals(|mirror| fs::write(mirror.join("refs/callboard/fetched"), "").expect("written"));
}

#[test]
fn with_locks_of_a_fetch_that_was_killed() {
    heals(|mirror| {
        for lock in [
            "shallow.lock",
            "packed-refs.lock",
            "config.lock",
            "HEAD.lock",
            "FETCH_HEAD.lock",
            "refs/callboard/fetched.lock",
            "objects/info/commit-graphs.lock",
            "objects/pack/tmp_pack_AbCdEf",
            "objects/pack/multi-pack-index.lock",
            "gc.pid",
        ] {
            fs::write(mirror.join(lock), "").expect("written");
        }
    });
}

#[test]
fn with_a_file_in_its_place() {
    heals(|mirror| {
        fs::remove_dir_all(mirror).expect("removed");
        fs::write(mirror, "I am a file").expect("written");
    });
}

#[test]
fn with_folders_for_its_files() {
    heals(|mirror| {
        let fetched = mirror.join("refs/callboard/fetched");
        fs::remove_file(&fetched).expect("removed");
        fs::create_dir(&fetched).expect("a folder");
    });
}

/// The example organisation is laid out by git, too, and may be stopped at any point.
#[test]
fn of_the_example_laid_out_by_half() {
    let empty = |_: &Path| {};
    let locked = |git: &Path| {
        for name in ["callboard-bundled", "index.lock", "HEAD.lock"] {
            fs::write(git.join(name), "").expect("written");
        }
    };
    for leave in [&empty as &dyn Fn(&Path), &locked] {
        let program = Program::new();
        let git = program.data().join("acme/.git");
        fs::create_dir_all(&git).expect("a folder");
        leave(&git);
        let answer = who_owns(&program, "payments");
        assert!(answer.contains("belongs to"), "{answer}");
    }
}
