//! Remotes that hang or die.

use std::fs;

use super::{impatient, moved, payments, source};
use crate::harness::git_http::{PASSWORD, USER, publish};

use crate::harness::{GitHttp, Listener, Program, Repository, Wire, eventually};
use crate::sources::{configured, run, who_owns};

/// The processes that have this text in their arguments.
fn processes_with(text: &str) -> Vec<String> {
    let processes = fs::read_dir("/proc")
        .expect("there are processes")
        .flatten();
    let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines.filter(|line| line.contains(text)).collect()
}

#[test]
fn a_remote_that_never_answers_is_given_up() {
    let silent = Listener::silent();
    for scheme in ["git", "http"] {
        let url = format!("{scheme}://127.0.0.1:{}/catalog.git", silent.port());
        let program = configured(&impatient(&url));
        let ended = run(&program, &["sync"]);
        insta::allow_duplicates! {
            insta::assert_snapshot!(ended, @r#"
            catalog: 0 entities in 0 files, 0 parsed again; 0 added, 0 changed, 0 removed; 0 problems; ? ms
              cannot be read: git did not finish within 2 seconds; check that the remote can be reached
            [stderr] WARN a source cannot be read source="catalog" reason="git did not finish within 2 seconds; check that the remote can be reached"
            [exit 1]
            "#);
        }
        let port = format!(":{}", silent.port());
        eventually("git and its helpers are gone", || {
            processes_with(&port).is_empty()
        });
    }
    assert!(silent.accepted() >= 2);
}

#[test]
fn a_remote_that_hangs_does_not_hold_up_what_is_known() {
    let served = tempfile::tempdir().expect("a folder");
    let bare = served.path().join("catalog.git");
    let repository = payments("till");
    publish(&bare, &repository);
    let program = configured(&source(&bare.to_string_lossy()));
    assert_eq!(
        who_owns(&program, "payments"),
        "payments (component:default/payments) belongs to till."
    );
    let configuration = impatient(&bare.to_string_lossy());
    fs::write(program.home().join("callboard.toml"), configuration).expect("written");
    // From now on a helper of git waits for ever.
    let pipe = served.path().join("pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RWXU,
        0,
    )
    .expect("a pipe");
    fs::remove_file(bare.join("HEAD")).expect("removed");
    fs::rename(&pipe, bare.join("HEAD")).expect("in its place");
    let ended = run(&program, &["exec", "--", "who-owns payments"]);
    insta::assert_snapshot!(ended, @r#"
    payments (component:default/payments) belongs to till.

    ⚠ The group group:default/till is not in the catalog, so I cannot say how to reach them.

    Line last changed long ago by Ana (bbdd065d).
    From catalog-info.yaml:8 in catalog at bbdd065d, read just now.

    ⚠ Reading catalog began to fail just now, so this may be out of date.

    - What else they own: owns group:default/till
    [stderr] WARN a source cannot be read source="catalog" reason="git did not finish within 2 seconds; check that the remote can be reached"
    callboard: the source catalog cannot be read: git did not finish within 2 seconds; check that the remote can be reached
    "#);
}

/// A catalog of which the first fetch and a later one are a few kilobytes each.
fn catalog() -> Repository {
    let mut repository = payments("till");
    for number in 0..60 {
        let path = format!("more/{number}/catalog-info.yaml");
        let name = format!("service-{number}");
        repository = repository.file(&path, crate::sources::component(&name, "till"));
    }
    repository.commit("more")
}

/// Breaks the wire at several places of the first fetch and of a later one. Whatever was cut off, the program says so
/// and goes on from what it knew; and all is well when the wire is.
fn dies_mid_fetch(wire: &Wire, program: impl Fn() -> Program, publish: impl Fn(&Repository)) {
    // How much comes over a whole wire.
    let repository = catalog();
    publish(&repository);
    let whole = program();
    wire.carried();
    assert_eq!(run(&whole, &["sync"]).code, Some(0));
    let first = wire.carried();
    publish(&moved(repository, "vault"));
    assert_eq!(run(&whole, &["sync"]).code, Some(0));
    let later = wire.carried();
    for part in 0..=6 {
        let cut = |whole: u64| whole * part / 7;
        let repository = catalog();
        publish(&repository);
        let program = program();
        wire.breaks_after(cut(first));
        let ended = run(&program, &["sync"]);
        assert!(wire.is_broken(), "{part}: {ended}");
        assert_eq!(ended.code, Some(1), "{part}: {ended}");
        assert!(ended.stdout.contains("cannot be read: "), "{part}: {ended}");
        wire.mend();
        assert_eq!(
            who_owns(&program, "payments"),
            "payments (component:default/payments) belongs to till."
        );

        let repository = moved(repository, "vault");
        publish(&repository);
        wire.breaks_after(cut(later));
        let ended = run(&program, &["sync"]);
        assert!(wire.is_broken(), "{part}: {ended}");
        assert_eq!(ended.code, Some(1), "{part}: {ended}");
        assert_eq!(
            who_owns(&program, "payments"),
            "payments (component:default/payments) belongs to till."
        );
        wire.mend();
        assert_eq!(run(&program, &["sync"]).code, Some(0));
        assert_eq!(
            who_owns(&program, "payments"),
            "payments (component:default/payments) belongs to vault."
        );
        assert!(super::moved_aside(&program).is_empty());
    }
}

#[test]
fn a_remote_that_dies_mid_fetch_is_told() {
    let served = tempfile::tempdir().expect("a folder");
    let daemon = Listener::git(served.path());
    let wire = Wire::to(daemon.port());
    let configuration = source(&format!("git://127.0.0.1:{}/catalog.git", wire.port()));
    let bare = served.path().join("catalog.git");
    dies_mid_fetch(
        &wire,
        || configured(&configuration),
        |repository| publish(&bare, repository),
    );
}

#[test]
#[ignore = "needs nginx; run by tests/run"]
fn a_server_that_dies_mid_fetch_is_told() {
    let server = GitHttp::start();
    let wire = Wire::to(server.port());
    let url = format!("http://127.0.0.1:{}/catalog.git", wire.port());
    let configuration = format!(
        "{}username = \"{USER}\"\npassword = \"env:TOKEN\"\n",
        source(&url)
    );
    let program = || configured(&configuration).env("TOKEN", PASSWORD);
    dies_mid_fetch(&wire, program, |repository| {
        server.publish("catalog", repository);
    });
}
