//! Descriptors as they are found in the wild. What Backstage does with each stands in its first line.

use std::fmt::Write as _;

use callboard::catalog::descriptor::{Scope, read};

use super::holdings;
use crate::harness::{Repository, TestBot};

/// What becomes of every file of `tests/fixtures/wild`: its entities (`✓`; `!` where Backstage would refuse what is
/// taken here all the same, with the warning), and what is wrong.
fn verdicts() -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/wild");
    let entries = std::fs::read_dir(folder).expect("the fixtures are there");
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    files.sort();
    let mut verdicts = String::new();
    for file in files {
        let name = file
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let bytes = std::fs::read(&file).expect("it can be read");
        let _ = writeln!(verdicts, "{name}");
        let read = read(&name, &bytes, Scope::Descriptor);
        for entity in &read.entities {
            let mark = if entity.refused.is_some() { '!' } else { '✓' };
            let _ = writeln!(verdicts, "  {mark} {}", entity.reference);
        }
        for problem in &read.problems {
            let place = format!("{}:{}", problem.line, problem.column);
            let _ = writeln!(verdicts, "  {place} {}", problem.rule);
        }
    }
    verdicts
}

#[test]
fn the_verdicts_are_those_of_backstage() {
    insta::assert_snapshot!(verdicts(), @"
    broken-in-the-middle.yaml
      ✓ component:default/before-the-wreck
      ✓ component:default/after-the-wreck
      15:35 yaml-syntax
      34:3 duplicate-key
    depends-on-without-kind.yaml
      ! component:default/dredger
      11:7 reference-format
    empty-documents.yaml
      ✓ component:default/tide-tables
      ✓ component:default/buoy-feed
    inverse-relations.yaml
      ✓ domain:default/harbour-operations
      ✓ api:default/berths
      ✓ component:default/berth-planner
    location-shapes.yaml
      ✓ location:default/everything-hidden
      ✓ location:tides/root
      ! location:default/empty-target
      29:7 field-type
    lower-case-kind.yaml
      3:7 kind-spelling
    merge-keys.yaml
      ✓ component:default/pilot-boat
      ! component:default/pilot-boat-two
      ! component:default/pilot-boat-three
      22:3 merge-key
      18:1 missing-field
      18:1 missing-field
      27:1 root-field
    names-and-tags.yaml
      ! component:default/tag-capital
      ! component:default/tag-space
      ! component:default/link-without-url
      ✓ component:default/harbour_master.v2
      5:9 name-format
      11:9 name-format
      17:9 field-type
      24:10 tag-format
      31:10 tag-format
      39:7 missing-field
    nested-descriptor.yaml
      ✓ resource:default/foghorn-tests-pipeline
    null-lists.yaml
      ✓ component:default/empty-but-fine
      ! component:default/tags-null
      ! component:default/depends-on-null
      19:7 field-type
      34:6 field-type
    owner-empty.yaml
      9:8 field-type
      18:10 field-type
      28:5 field-type
    owner-missing.yaml
      ! component:default/nobody-s-barge
      8:1 missing-owner
    owner-shapes.yaml
      ✓ component:default/owner-mail
      ✓ component:default/owner-person
      ✓ component:default/owner-dot
      ✓ component:default/owner-namespace
      ✓ component:default/owner-upper-case
      ✓ component:default/owner-third-colon
    placeholder-in-text.yaml
      ✓ api:default/t
    same-name-twice.yaml
      ✓ group:tides/team-anchor
      ✓ group:tides/team-anchor
      ✓ group:tides/team-anchor
    scalar-annotations.yaml
      ✓ component:default/strings-all
      ! component:default/numbers
      ! component:default/booleans
      21:31 annotation-format
      22:28 annotation-format
      33:27 annotation-format
    template-leftovers.yaml
      5:9 field-type
      9:10 field-type
      14:9 name-format
    type-missing.yaml
      ! component:default/ferry-sdk-js
      ! group:default/integrations
      7:1 missing-field
      15:1 missing-field
    unknown-kinds.yaml
      ✓ environment:default/quay-test
      ✓ service:default/foghorn
      20:1 missing-field
      20:1 missing-field
      20:1 missing-field
    windows-editor.yaml
      ✓ component:default/windlass
    ");
}

#[tokio::test]
async fn of_the_same_name_the_first_stays() {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/wild/same-name-twice.yaml"
    );
    let text = std::fs::read_to_string(file).expect("the fixture is there");
    let bot = TestBot::of(&Repository::of(&text)).await;
    insta::assert_snapshot!(holdings(&bot), @"
    group:tides/team-anchor in catalog/catalog-info.yaml
    ⚠ catalog/catalog-info.yaml:15:1: error[conflict]: `group:tides/team-anchor` is already defined by catalog-info.yaml of catalog, which stays; rename this one or remove it.
    ⚠ catalog/catalog-info.yaml:28:1: error[conflict]: `group:tides/team-anchor` is already defined by catalog-info.yaml of catalog, which stays; rename this one or remove it.
    ");
}
