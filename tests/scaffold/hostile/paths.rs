//! Paths and names that lead out of the workspace.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use callboard::scaffold::step::STEPS;
use callboard::scaffold::tree::within;
use proptest::prelude::*;
use serde_json::json;

use super::{Attempt, paths};

/// Every input of an action that is a path of the workspace, and the action's input with `PATH` in that place.
const PATHS: &[(&str, &str)] = &[
    (
        "catalog:write",
        r#"{"entity": {"metadata": {"name": "a"}}, "filePath": "PATH"}"#,
    ),
    (
        "fetch:plain",
        r#"{"url": "./skeleton", "targetPath": "PATH"}"#,
    ),
    (
        "fetch:plain:file",
        r#"{"url": "./skeleton/a.txt", "targetPath": "PATH"}"#,
    ),
    (
        "fetch:template",
        r#"{"url": "./skeleton", "targetPath": "PATH"}"#,
    ),
    (
        "fetch:template:file",
        r#"{"url": "./skeleton/a.txt", "targetPath": "PATH"}"#,
    ),
    ("fs:delete", r#"{"files": ["PATH"]}"#),
    ("fs:rename", r#"{"files": [{"from": "PATH", "to": "b"}]}"#),
    (
        "fs:rename",
        r#"{"files": [{"from": "made.txt", "to": "PATH", "overwrite": true}]}"#,
    ),
    (
        "fs:rename",
        r#"{"files": [{"from": "made", "to": "PATH", "overwrite": true}]}"#,
    ),
    ("fs:readdir", r#"{"paths": ["PATH"], "recursive": true}"#),
    (
        "roadiehq:utils:fs:append",
        r#"{"path": "PATH", "content": "x"}"#,
    ),
    ("roadiehq:utils:fs:parse", r#"{"path": "PATH"}"#),
    (
        "roadiehq:utils:fs:replace",
        r#"{"files": [{"file": "PATH", "find": "a", "replaceWith": "b"}]}"#,
    ),
    (
        "roadiehq:utils:fs:write",
        r#"{"path": "PATH", "content": "x"}"#,
    ),
    (
        "roadiehq:utils:json:merge",
        r#"{"path": "PATH", "content": {"a": 1}}"#,
    ),
    (
        "roadiehq:utils:merge",
        r#"{"path": "PATH", "content": {"a": 1}}"#,
    ),
];

/// Actions whose inputs hold no path of the workspace.
const WITHOUT_PATHS: &[&str] = &[
    "catalog:fetch",
    "debug:log",
    "debug:wait",
    "roadiehq:utils:serialize:json",
    "roadiehq:utils:serialize:yaml",
    "roadiehq:utils:sleep",
];

/// A template that makes a little, and then does an action with a path that was answered.
fn with_path(action: &str, input: &str, path: &str) -> Attempt {
    let input = input.replace("PATH", "${{ parameters.path }}");
    Attempt::new(&format!(
        "steps:\n\
         - {{id: first, action: fetch:plain, input: {{url: ./made}}}}\n\
         - {{id: it, action: '{action}', input: {input}}}"
    ))
    .file("template/made/made.txt", "made")
    .file("template/made/made/inner.txt", "made")
    .file("template/skeleton/a.txt", "a")
    .file("template/skeleton/b/c.txt", "c")
    .answers(json!({ "path": path }))
}

#[test]
fn every_action_is_known_to_have_paths_or_none() {
    let known: BTreeSet<&str> = PATHS
        .iter()
        .map(|(action, _)| *action)
        .chain(WITHOUT_PATHS.iter().copied())
        .collect();
    let all: BTreeSet<&str> = STEPS.iter().map(|step| step.name()).collect();
    assert_eq!(known, all, "a new action goes into PATHS or WITHOUT_PATHS");
}

#[tokio::test]
async fn paths_do_not_lead_out_of_the_workspace() {
    let hostile = [
        "../x",
        "..",
        "/etc/x",
        "/",
        "//x",
        "a/../../x",
        "./../x",
        "made/../../x",
        "..x",
        "a/b/../../../x",
    ];
    for (action, input) in PATHS {
        for path in hostile {
            let outcome = with_path(action, input, path).run().await;
            let (step, sentence) = outcome
                .failed
                .clone()
                .unwrap_or_else(|| panic!("{action} {path}"));
            assert_eq!(step, "it");
            assert_eq!(
                sentence,
                format!("{path:?} leads out of the workspace: write a path within it."),
                "{action}"
            );
            assert_eq!(
                paths(&outcome),
                ["made", "made.txt", "made/inner.txt"],
                "{action} {path}"
            );
        }
    }
}

#[tokio::test]
async fn names_of_files_do_not_lead_out_of_the_workspace() {
    for (name, sentence) in [
        (
            "../x",
            r#""../x.txt" leads out of the workspace: write a path within it."#,
        ),
        (
            "a/../../x",
            r#""a/../../x.txt" leads out of the workspace: write a path within it."#,
        ),
        (
            "..",
            r#""...txt" leads out of the workspace: write a path within it."#,
        ),
    ] {
        let attempt = Attempt::step(
            "fetch:template",
            &json!({"url": "./skeleton", "values": {"name": "${{ parameters.name }}"}}),
        )
        .file("template/skeleton/${{ values.name }}.txt", "x")
        .answers(json!({ "name": name }));
        let outcome = attempt.run().await;
        assert_eq!(outcome.failed, Some(("it".to_owned(), sentence.to_owned())));
        assert_eq!(paths(&outcome), [""; 0]);
    }
    // A name from the root is none, as in Backstage.
    let attempt = Attempt::step(
        "fetch:template",
        &json!({"url": "./skeleton", "values": {"name": "/etc/passwd"}}),
    )
    .file("template/skeleton/${{ values.name }}", "x");
    let outcome = attempt.run().await;
    assert_eq!((outcome.failed.as_ref(), paths(&outcome).len()), (None, 0));
}

/// Paths of all sorts, most of which lead somewhere else.
fn any_path() -> impl Strategy<Value = String> {
    let parts = [
        "..",
        "..",
        "..",
        ".",
        "",
        "a",
        "made",
        "inner.txt",
        "made.txt",
        "..x",
        "...",
        "\\",
        "..\\..",
        "%2e%2e",
        "**",
        "{..,a}",
        "[é]",
        "!(",
        "~",
        "C:",
        "a\u{0}b",
        "\u{2024}\u{2024}",
        "é ",
    ];
    let part = proptest::sample::select(parts.to_vec());
    proptest::collection::vec(part, 1..7).prop_map(|parts| parts.join("/"))
}

/// Whether a path goes down only.
fn goes_down(path: &str) -> bool {
    !path.contains('\0') && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// Whether nothing of a folder beside the template, or of the template itself, is other than it was.
fn is_untouched(folder: &Path) -> bool {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names == ["template"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_path_ends_outside_of_the_workspace(path in any_path(), number in 0..PATHS.len()) {
        let (action, input) = PATHS[number];
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let attempt = with_path(action, input, &path);
        let outcome = runtime.block_on(attempt.run());
        for path in paths(&outcome) {
            prop_assert!(goes_down(path), "{action}: {path:?}");
        }
        prop_assert!(is_untouched(attempt.folder.path()));
    }

    #[test]
    fn a_path_within_goes_down_and_stays_as_it_is(path in any_path()) {
        if let Ok(found) = within(&path) {
            prop_assert!(found.is_empty() || goes_down(&found), "{found:?}");
            prop_assert_eq!(within(&found).expect("within"), found);
        }
    }
}
