//! Repositories by path, by git's own protocol and by ssh; the branch that is read.

use super::{component, configured, reports, run, who_owns};
use crate::harness::git_http::publish;
use crate::harness::{Listener, Program, Repository, SshServer, TestBot};

fn catalog() -> Repository {
    Repository::of(&component("payments", "till"))
}

/// A program whose only source has these lines.
fn reading(lines: &str) -> Program {
    configured(&format!("[[sources]]\nname = \"catalog\"\n{lines}\n"))
}

#[test]
fn a_repository_is_read_by_its_path_and_by_a_file_url() {
    let repository = catalog();
    let path = repository.path();
    for git in [
        path.display().to_string(),
        format!("file://{}", path.display()),
        format!("{}/.git", path.display()),
    ] {
        let program = reading(&format!("git = \"{git}\""));
        assert_eq!(
            who_owns(&program, "payments"),
            "payments (component:default/payments) belongs to till."
        );
    }
}

#[test]
fn a_bare_repository_is_read_by_its_path() {
    let bare = tempfile::tempdir().expect("a folder");
    let bare = bare.path().join("catalog.git");
    publish(&bare, &catalog());
    let program = Program::new();
    let ended = run(
        &program,
        &[
            "exec",
            "--source",
            &bare.to_string_lossy(),
            "--",
            "who-owns payments",
        ],
    );
    insta::assert_snapshot!(ended.stdout.lines().next().unwrap_or_default(), @"payments (component:default/payments) belongs to till.");
}

#[test]
fn a_repository_is_read_over_the_protocol_of_git() {
    let served = tempfile::tempdir().expect("a folder");
    let repository = catalog()
        .file("much.txt", "much\n".repeat(1000))
        .commit("second");
    publish(&served.path().join("catalog.git"), &repository);
    let daemon = Listener::git(served.path());
    let program = reading(&format!(
        "git = \"git://127.0.0.1:{}/catalog.git\"",
        daemon.port()
    ));
    insta::assert_snapshot!(who_owns(&program, "payments"), @"payments (component:default/payments) belongs to till.");
    let repository = repository
        .file("catalog-info.yaml", component("payments", "vault"))
        .commit("third");
    publish(&served.path().join("catalog.git"), &repository);
    assert_eq!(reports(&program)[0]["changed"], 1);
    insta::assert_snapshot!(who_owns(&program, "payments"), @"payments (component:default/payments) belongs to vault.");
}

#[test]
fn a_remote_without_its_older_history_is_read() {
    let repository = catalog()
        .file("catalog-info.yaml", component("payments", "vault"))
        .commit("second");
    let folder = tempfile::tempdir().expect("a folder");
    let bare = folder.path().join("shallow.git");
    let bare = bare.to_string_lossy().into_owned();
    let origin = format!("file://{}", repository.path().display());
    repository.git(&["clone", "--quiet", "--bare", "--depth=1", &origin, &bare]);
    repository.git(&["-C", &bare, "config", "uploadpack.allowFilter", "true"]);
    // Somebody who asks for the missing parents asks until this time is over.
    let program = reading(&format!("git = \"{bare}\"\n[sync]\ntimeout = \"20s\""));
    insta::assert_snapshot!(run(&program, &["exec", "--", "who-owns payments"]), @"
    payments (component:default/payments) belongs to vault.

    ⚠ The group group:default/vault is not in the catalog, so I cannot say how to reach them.

    From catalog-info.yaml:8 in catalog at 618d4ee8, read just now.

    - What else they own: owns group:default/vault
    ");
    // The history that it has begins later from now on.
    let repository = repository
        .file("catalog-info.yaml", component("payments", "bank"))
        .commit("third");
    let newest = [
        "-C",
        &bare,
        "fetch",
        "--quiet",
        "--depth=1",
        "origin",
        "+main:main",
    ];
    repository.git(&newest);
    assert_eq!(reports(&program)[0]["changed"], 1);
    insta::assert_snapshot!(who_owns(&program, "payments"), @"payments (component:default/payments) belongs to bank.");
}

#[test]
fn a_branch_is_read_where_one_is_named() {
    let repository = catalog();
    repository.git(&["checkout", "--quiet", "-b", "Release/2.0"]);
    let repository = repository
        .file("catalog-info.yaml", component("payments", "vault"))
        .commit("moved to the vault");
    repository.git(&["checkout", "--quiet", "main"]);
    let git = format!("git = \"{}\"", repository.path().display());
    let program = reading(&git);
    insta::assert_snapshot!(who_owns(&program, "payments"), @"payments (component:default/payments) belongs to till.");
    let program = reading(&format!("{git}\nbranch = \"Release/2.0\""));
    insta::assert_snapshot!(who_owns(&program, "payments"), @"payments (component:default/payments) belongs to vault.");
    let program = reading(&format!("{git}\nbranch = \"Release/3.0\""));
    insta::assert_snapshot!(run(&program, &["sync"]), @r#"
    catalog: 0 entities in 0 files, 0 parsed again; 0 added, 0 changed, 0 removed; 0 problems; ? ms
      cannot be read: the remote has no branch "Release/3.0"; correct `branch` of this source, or push the branch
    [stderr] WARN a source cannot be read source="catalog" reason="the remote has no branch \"Release/3.0\"; correct `branch` of this source, or push the branch"
    [exit 1]
    "#);
}

#[test]
fn without_a_branch_the_remote_says_which() {
    let repository = catalog();
    repository.git(&["checkout", "--quiet", "-b", "trunk"]);
    let repository = repository
        .file("catalog-info.yaml", component("payments", "vault"))
        .commit("on the trunk");
    let program = reading(&format!("git = \"{}\"", repository.path().display()));
    insta::assert_snapshot!(who_owns(&program, "payments"), @"payments (component:default/payments) belongs to vault.");
    repository.git(&["checkout", "--quiet", "main"]);
    assert_eq!(reports(&program)[0]["changed"], 1);
    insta::assert_snapshot!(who_owns(&program, "payments"), @"payments (component:default/payments) belongs to till.");
}

#[test]
fn a_place_that_is_no_repository_is_told() {
    let program = reading("git = \"/nowhere/at/all\"");
    insta::assert_snapshot!(run(&program, &["sync"]), @r#"
    catalog: 0 entities in 0 files, 0 parsed again; 0 added, 0 changed, 0 removed; 0 problems; ? ms
      cannot be read: git says: '/nowhere/at/all' does not appear to be a git repository
    [stderr] WARN a source cannot be read source="catalog" reason="git says: '/nowhere/at/all' does not appear to be a git repository"
    [exit 1]
    "#);
    let empty = tempfile::tempdir().expect("a folder");
    let program = reading(&format!("git = \"{}\"", empty.path().display()));
    insta::assert_snapshot!(run(&program, &["sync"]), @r#"
    catalog: 0 entities in 0 files, 0 parsed again; 0 added, 0 changed, 0 removed; 0 problems; ? ms
      cannot be read: git says: '⌂' does not appear to be a git repository
    [stderr] WARN a source cannot be read source="catalog" reason="git says: '⌂' does not appear to be a git repository"
    [exit 1]
    "#);
}

#[tokio::test]
async fn a_repository_that_vanishes_and_comes_back() {
    let repository = catalog();
    let bot = TestBot::of(&repository).await;
    repository.vanish();
    insta::assert_snapshot!(super::again(&bot).await, @"1 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems; git says: '⌂/catalog' does not appear to be a git repository");
    bot.advance(std::time::Duration::from_mins(5));
    insta::assert_snapshot!(bot.says("status").await, @"
    Callboard 0.1.0 knows 1 entity: Component 1.

    • catalog (⌂/catalog): 1 entity in 1 file at bbdd065d, committed 3 hours ago, read 5 minutes ago
      ⚠ Reading it began to fail 5 minutes ago: git says: '⌂/catalog' does not appear to be a git repository.

    No file has a problem.
    ");
    insta::assert_snapshot!(bot.says("who-owns payments").await, @"
    payments (component:default/payments) belongs to till.

    ⚠ The group group:default/till is not in the catalog, so I cannot say how to reach them.

    Line last changed 3 hours ago by Ana (bbdd065d).
    From catalog-info.yaml:8 in catalog at bbdd065d, read 5 minutes ago.

    ⚠ Reading catalog began to fail 5 minutes ago, so this may be out of date.

    [1] What else they own → owns group:default/till
    ");
    repository.reappear();
    insta::assert_snapshot!(super::again(&bot).await, @"1 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems");
    insta::assert_snapshot!(bot.says("status").await, @"
    Callboard 0.1.0 knows 1 entity: Component 1.

    • catalog (⌂/catalog): 1 entity in 1 file at bbdd065d, committed 3 hours ago, read just now

    No file has a problem.
    ");
}

#[test]
#[ignore = "needs sshd; run by tests/run"]
fn a_repository_is_read_over_ssh() {
    let server = SshServer::start();
    let repository = catalog();
    let path = std::env::var("PATH").expect("there is a PATH");
    let with_client = |program: Program, knows_the_host: bool| {
        let client = server.client(knows_the_host);
        program.env("PATH", &format!("{}:{path}", client.display()))
    };
    let git = format!("git = \"{}\"", server.url(&repository.path()));
    let key = format!("{git}\nssh_key = \"file:{}\"", server.key().display());

    let program = with_client(reading(&key), true);
    insta::assert_snapshot!(who_owns(&program, "payments"), @"payments (component:default/payments) belongs to till.");
    assert!(
        server.log().contains("Accepted publickey"),
        "{}",
        server.log()
    );

    let stranger = with_client(reading(&key), false);
    insta::assert_snapshot!(run(&stranger, &["sync"]), @r#"
    catalog: 0 entities in 0 files, 0 parsed again; 0 added, 0 changed, 0 removed; 0 problems; ? ms
      cannot be read: the remote refused access: git says: Host key verification failed; check `ssh_key` of this source, and that the host is among the known hosts
    [stderr] WARN a source cannot be read source="catalog" reason="the remote refused access: git says: Host key verification failed; check `ssh_key` of this source, and that the host is among the known hosts"
    [exit 1]
    "#);

    let without_key = with_client(reading(&git), true);
    let told = run(&without_key, &["sync"]).to_string();
    insta::assert_snapshot!(told.replace(&user(), "USER"), @r#"
    catalog: 0 entities in 0 files, 0 parsed again; 0 added, 0 changed, 0 removed; 0 problems; ? ms
      cannot be read: the remote refused access: git says: USER@127.0.0.1: Permission denied (publickey,keyboard-interactive); check `ssh_key` of this source, and that the host is among the known hosts
    [stderr] WARN a source cannot be read source="catalog" reason="the remote refused access: git says: USER@127.0.0.1: Permission denied (publickey,keyboard-interactive); check `ssh_key` of this source, and that the host is among the known hosts"
    [exit 1]
    "#);
}

fn user() -> String {
    let output = std::process::Command::new("id")
        .arg("-un")
        .output()
        .expect("id runs");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
