//! `callboard sync`.

use std::collections::BTreeSet;

use super::{GOOD, MIXED, json, keys};
use crate::harness::{Program, Repository};

#[test]
fn it_reports_on_each_source() {
    let repository = Repository::of(MIXED)
        .file("b/catalog-info.yaml", "a: [")
        .commit("second");
    let program = Program::new();
    let path = repository.path();
    let source = path.to_string_lossy();
    insta::assert_snapshot!(program.run(["sync", "--source", &source]), @r#"
    catalog at d6cfd1bc: 1 entity in 2 files, 2 parsed again; 1 added, 0 changed, 0 removed; 2 problems; ? ms
      b/catalog-info.yaml:1:4: error[yaml-syntax]: The brackets do not match: close each [ with ] and each { with }, and put a value that begins with a bracket in quotes.
      catalog-info.yaml:13:9: error[name-format]: The name "Bad Name" is not valid: use letters and digits with - _ or . between them, like "Bad-Name"; any other text belongs in metadata.title.
    "#);
    insta::assert_snapshot!(program.run(["sync", "--source", &source]), @r#"
    catalog at d6cfd1bc: 1 entity in 2 files, 0 parsed again; 0 added, 0 changed, 0 removed; 2 problems; ? ms
      b/catalog-info.yaml:1:4: error[yaml-syntax]: The brackets do not match: close each [ with ] and each { with }, and put a value that begins with a bracket in quotes.
      catalog-info.yaml:13:9: error[name-format]: The name "Bad Name" is not valid: use letters and digits with - _ or . between them, like "Bad-Name"; any other text belongs in metadata.title.
    "#);
    let finished = program.run(["sync", "--format", "json", "--source", &source]);
    assert_eq!(finished.code, 0, "{finished}");
    let reports = json(&finished.stdout);
    let expected = BTreeSet::from([
        "source",
        "origin",
        "commit",
        "files",
        "parsed",
        "entities",
        "added",
        "changed",
        "removed",
        "problems",
        "details",
        "held_back",
        "error",
        "milliseconds",
    ]);
    assert_eq!(keys(&reports[0]), expected);
    assert_eq!(reports[0]["parsed"], 0);
    assert_eq!(reports[0]["commit"].as_str().map(str::len), Some(40));
    assert_eq!(
        keys(&reports[0]["details"][0]),
        BTreeSet::from([
            "file", "line", "column", "severity", "rule", "message", "entity"
        ])
    );

    let _repository = repository
        .file(
            "c/catalog-info.yaml",
            GOOD.replace("name: pay", "name: ledger"),
        )
        .commit("third");
    insta::assert_snapshot!(program.run(["sync", "--source", &source]), @r#"
    catalog at a250e88b: 4 entities in 3 files, 1 parsed again; 3 added, 0 changed, 0 removed; 2 problems; ? ms
      b/catalog-info.yaml:1:4: error[yaml-syntax]: The brackets do not match: close each [ with ] and each { with }, and put a value that begins with a bracket in quotes.
      catalog-info.yaml:13:9: error[name-format]: The name "Bad Name" is not valid: use letters and digits with - _ or . between them, like "Bad-Name"; any other text belongs in metadata.title.
    "#);
}

#[test]
fn what_cannot_be_read_or_is_held_back_is_a_failure() {
    let repository = Repository::of(GOOD);
    let program = Program::new();
    let path = repository.path();
    let source = path.to_string_lossy().into_owned();
    assert_eq!(program.run(["sync", "--source", &source]).code, 0);
    let repository = repository.remove("catalog-info.yaml").commit("second");
    insta::assert_snapshot!(program.run(["sync", "--source", &source]), @r#"
    catalog at 80d2221e: 3 entities in 1 file, 0 parsed again; 0 added, 0 changed, 0 removed; 0 problems; ? ms
      held back: d8a12328 would drop 3 of 3 entities; take it with `callboard sync --accept`
    [stderr] WARN a sync is held back because it would drop too much source="catalog" dropped=3 of=3
    [exit 1]
    "#);
    assert_eq!(
        program
            .run(["exec", "--source", &source, "--", "who-owns pay"])
            .code,
        0
    );
    insta::assert_snapshot!(program.run(["sync", "--source", &source, "--accept"]), @"
    catalog at d8a12328: 0 entities in 0 files, 0 parsed again; 0 added, 0 changed, 3 removed; 1 problem; ? ms
      .:1:1: warning[no-descriptor]: There is no Backstage descriptor here; is this the right place and branch?
    ");
    repository.vanish();
    insta::assert_snapshot!(program.run(["sync", "--source", &source]), @r#"
    catalog at d8a12328: 0 entities in 0 files, 0 parsed again; 0 added, 0 changed, 0 removed; 1 problem; ? ms
      cannot be read: git says: '⌂/catalog' does not appear to be a git repository
      .:1:1: warning[no-descriptor]: There is no Backstage descriptor here; is this the right place and branch?
    [stderr] WARN a source cannot be read source="catalog" reason="git says: '⌂/catalog' does not appear to be a git repository"
    [exit 1]
    "#);
}
