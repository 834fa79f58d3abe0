//! `callboard eval lookups`.

use std::path::Path;

use super::here;
use crate::harness::Program;

/// The figure behind a label of the report, such as `hit@1`.
fn figure(report: &str, label: &str) -> f64 {
    let (_, rest) = report
        .split_once(label)
        .unwrap_or_else(|| panic!("no {label} in {report}"));
    let number: String = rest
        .trim_start_matches(|c: char| !c.is_ascii_digit())
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == '.')
        .collect();
    number
        .parse()
        .unwrap_or_else(|_| panic!("no number after {label} in {report}"))
}

#[test]
fn names_are_found_and_hardly_ever_wrongly() {
    let lookups = here().join("tests/fixtures/lookups/acme.jsonl");
    let program = Program::new();
    let finished = program.run([
        Path::new("eval"),
        Path::new("lookups"),
        &lookups,
        Path::new("--verbose"),
    ]);
    assert_eq!(finished.code, 0, "{finished}");
    for (label, least) in [
        ("hit@1", 0.98),
        ("hit@3", 0.985),
        ("absent recognised", 1.0),
    ] {
        assert!(figure(&finished.stdout, label) >= least, "{finished}");
    }
    assert!(
        figure(&finished.stdout, "wrong but sure") <= 0.005,
        "{finished}"
    );
}

#[test]
fn misses_and_bad_lines_are_shown() {
    let lookups = r#"{"query": "payments", "expected": ["component:default/payments"]}
{"query": "ledger", "expected": ["component:default/cart"]}
{"query": "zebra", "expected": []}
{"query": "payment", "expected": ["component:default/payments"]}
not json
"#;
    let program = Program::new().file("lookups.jsonl", lookups);
    let finished = program.run(["eval", "lookups", "lookups.jsonl", "--verbose"]);
    assert_eq!(finished.code, 1);
    let lines = finished.stdout.lines();
    let figures: Vec<&str> = lines.filter(|line| !line.starts_with("time, p")).collect();
    insta::assert_snapshot!(figures.join("\n"), @r#"
    queries                       4
    hit@1                    0.7500
    hit@3                    0.7500
    mean reciprocal rank     0.7500
    answered surely          0.5000
    wrong but sure           0.2500
    absent recognised        1.0000
    Line 5 is not a lookup (expected ident at line 1 column 2). Write it like {"query": "payments", "expected": ["component:default/payments"]}.
    "ledger": expected component:default/cart; sure: component:default/ledger
    "#);
    insta::assert_snapshot!(program.run(["eval", "lookups", "nowhere.jsonl"]), @"
    [stderr] callboard: the file nowhere.jsonl cannot be read: No such file or directory (os error 2)
    [exit 2]
    ");
}
