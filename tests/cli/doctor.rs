//! `callboard doctor`.

use crate::harness::{GitHttp, Program, Repository};

#[test]
fn a_new_machine_is_looked_at() {
    let program = Program::new();
    let finished = program.run(["doctor"]);
    let shown = finished.to_string();
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(finished.code, 0, "{shown}");
    assert_eq!(
        lines[0],
        "✓ configuration: none, so the bundled organisation is used"
    );
    assert!(lines[1].starts_with("✓ data folder: "), "{shown}");
    assert!(lines[2].starts_with("✓ git: 2."), "{shown}");
    assert_eq!(lines[3], "Everything is as it should be.");
}

#[test]
fn what_must_be_mended_is_said_with_the_remedy() {
    let program = Program::new()
        .file("data", "a file where the folder should be")
        .file(
            "callboard.toml",
            "[[sources]]\nname = \"gone\"\ngit = \"nowhere\"\n\n[[sources]]\nname = \"locked\"\ngit = \"https://git.example.invalid/x\"\npassword = \"env:NOT_SET\"\n",
        );
    let finished = program.run(["doctor"]);
    assert_eq!(finished.code, 1, "{finished}");
    insta::assert_snapshot!(without_git(&finished.to_string()), @"
    ✓ configuration: callboard.toml
    ✗ data folder: nothing can be written to ⌂/data: File exists (os error 17). Give it to the user that runs the bot, or name another with --data.
    ✓ git: …
    ✗ source gone: git says: '⌂/nowhere' does not appear to be a git repository
    ✗ source locked: the environment variable NOT_SET is not set, but the configuration points to it as env:NOT_SET
    3 things must be mended.
    [exit 1]
    ");
}

#[test]
#[ignore = "needs nginx and fcgiwrap; tests/run installs them"]
fn a_refused_password_is_found_before_the_bot_runs() {
    let server = GitHttp::start();
    server.publish("catalog", &Repository::of(""));
    let config = |password: &str| {
        format!(
            "[[sources]]\nname = \"acme\"\ngit = \"{}\"\nusername = \"bot\"\npassword = \"env:{password}\"\n",
            server.url("catalog")
        )
    };
    let wrong = Program::new()
        .env("SECRET", "wrong")
        .file("callboard.toml", &config("SECRET"));
    let finished = wrong.run(["doctor"]);
    assert_eq!(finished.code, 1, "{finished}");
    assert!(finished.stdout.contains("✗ source acme: "), "{finished}");
    let right = Program::new()
        .env("SECRET", crate::harness::git_http::PASSWORD)
        .file("callboard.toml", &config("SECRET"));
    let finished = right.run(["doctor"]);
    assert_eq!(finished.code, 0, "{finished}");
}

/// The output without git's version, which is the machine's own.
fn without_git(shown: &str) -> String {
    let kept = shown.lines().map(|line| match line.split_once("git: ") {
        Some(("✓ ", _)) => "✓ git: …",
        _ => line,
    });
    kept.collect::<Vec<_>>().join("\n")
}
