//! `callboard export` and `callboard import`.

use std::fs;

use serde_json::Value;

use super::json;
use crate::harness::Program;

#[test]
fn what_cannot_be_rebuilt_is_carried_over() {
    let one = Program::new();
    insta::assert_snapshot!(one.run(["exec", "--", "who-owns"]), @"
    Which thing? I need a service, team, repository, file, link, host, pod or package, or a pasted stack trace, log or alert.
    [exit 1]
    ");
    let exported = one.run(["export"]);
    assert_eq!((exported.code, &*exported.stderr), (0, ""));
    for line in exported.stdout.lines() {
        json(line);
    }
    assert_eq!(one.run(["export", "store.jsonl"]).stdout, "");
    assert_eq!(
        fs::read_to_string(one.home().join("store.jsonl")).expect("written"),
        exported.stdout
    );

    let two = Program::new();
    insta::assert_snapshot!(two.run_with(&exported.stdout, ["import"]), @"2 entries were imported.");
    let strip = |text: &str| -> Vec<(Value, Value)> {
        text.lines()
            .map(|line| (json(line)["key"].clone(), json(line)["value"].clone()))
            .collect()
    };
    assert_eq!(strip(&two.run(["export"]).stdout), strip(&exported.stdout));
    assert!(
        two.answers("ledger")
            .starts_with("Ledger (component:default/ledger) belongs to"),
        "the question is still open"
    );
    insta::assert_snapshot!(two.run_with("{\"key\": 1}\n", ["import"]), @"
    [stderr] callboard: line 1 is not the beginning of an export: give a file that `callboard export` wrote; 0 entries before it were imported
    [exit 2]
    ");
    insta::assert_snapshot!(two.run(["import", "nowhere.jsonl"]), @"
    [stderr] callboard: nowhere.jsonl cannot be read: No such file or directory (os error 2)
    [exit 2]
    ");
}
