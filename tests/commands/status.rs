//! `status`.

use std::time::Duration;

use crate::harness::{Repository, TestBot};

#[tokio::test]
async fn the_bundled_organisation_is_well() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("status").await, @"
    Callboard 0.1.0 knows 93 entities: Component 26, User 23, Group 14, Resource 12, API 8, System 5, Domain 3, Location 2.

    • acme (⌂/data/acme): 93 entities in 38 files at …, committed 3 hours ago, read just now

    No file has a problem.
    ");
    bot.advance(Duration::from_hours(30));
    insta::assert_snapshot!(bot.says("are you up to date?").await, @"
    Callboard 0.1.0 knows 93 entities: Component 26, User 23, Group 14, Resource 12, API 8, System 5, Domain 3, Location 2.

    • acme (⌂/data/acme): 93 entities in 38 files at …, committed 1 day ago, read 1 day ago

    No file has a problem.
    ");
}

#[tokio::test]
async fn problems_and_failures_are_named() {
    let repository = Repository::named("infra")
        .file(
            "catalog-info.yaml",
            "apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: pay, tags: [Not A Tag]}
spec: {type: service, lifecycle: production}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: Bad Name}
spec: {type: service, lifecycle: prod, owner: a}
---
kind: Componnt
apiVersion: backstage.io/v1alpha1
metadata: {name: x}
spec: {owner: a}
",
        )
        .file("b/catalog-info.yaml", "a: b: c\n")
        .commit("first");
    let folder = tempfile::tempdir().expect("a folder");
    let own = folder.path().join("notes");
    std::fs::create_dir(&own).expect("a folder");
    let own = callboard::config::SourceConfig::of(&own.to_string_lossy()).expect("a source");
    let bot = TestBot::with()
        .source(repository.source())
        .source(own)
        .start()
        .await;
    insta::assert_snapshot!(bot.says("status").await, @r#"
    Callboard 0.1.0 knows 1 entity: Component 1.

    • infra (⌂/infra): 1 entity in 2 files at 6d5c06e8, committed 3 hours ago, read just now
    • notes (⌂/notes): 0 entities in 0 files, read just now

    5 errors and 1 warning in the files:

    • infra/b/catalog-info.yaml:1 A key and its value cannot stand here: check the indentation, and put a value that holds a colon in quotes.
    • infra/catalog-info.yaml:3 The tag "Not A Tag" is not valid: use a-z, 0-9, :, + and # with single - between them, at most 63 in all, like "not-a-tag".
    • infra/catalog-info.yaml:4 spec.owner is missing: add owner: with the group or user who owns it, like owner: team-payments.
    • infra/catalog-info.yaml:8 The name "Bad Name" is not valid: use letters and digits with - _ or . between them, like "Bad-Name"; any other text belongs in metadata.title.
    • infra/catalog-info.yaml:11 The kind Componnt is not known to Backstage: write Component.
    • and 1 more; `callboard check` in the repository names them all
    "#);
    repository.vanish();
    bot.advance(Duration::from_mins(3));
    insta::assert_snapshot!(bot.says("resync").await, @"
    • ⚠ infra cannot be read: git says: '⌂/infra' does not appear to be a git repository. I keep what I know of it.

    • notes: nothing new, 1 problem (? ms)

    The catalog holds 1 entity. status names the problems.
    ");
    bot.advance(Duration::from_mins(90));
    insta::assert_snapshot!(bot.says("status").await, @r#"
    Callboard 0.1.0 knows 1 entity: Component 1.

    • infra (⌂/infra): 1 entity in 2 files at 6d5c06e8, committed 4 hours ago, read 1 hour ago
      ⚠ Reading it began to fail 1 hour ago: git says: '⌂/infra' does not appear to be a git repository.

    • notes (⌂/notes): 0 entities in 0 files, read 1 hour ago

    5 errors and 1 warning in the files:

    • infra/b/catalog-info.yaml:1 A key and its value cannot stand here: check the indentation, and put a value that holds a colon in quotes.
    • infra/catalog-info.yaml:3 The tag "Not A Tag" is not valid: use a-z, 0-9, :, + and # with single - between them, at most 63 in all, like "not-a-tag".
    • infra/catalog-info.yaml:4 spec.owner is missing: add owner: with the group or user who owns it, like owner: team-payments.
    • infra/catalog-info.yaml:8 The name "Bad Name" is not valid: use letters and digits with - _ or . between them, like "Bad-Name"; any other text belongs in metadata.title.
    • infra/catalog-info.yaml:11 The kind Componnt is not known to Backstage: write Component.
    • and 1 more; `callboard check` in the repository names them all
    "#);
}

#[tokio::test]
async fn a_source_that_was_never_read() {
    let source = callboard::config::SourceConfig::of("/nowhere/catalog").expect("a source");
    let bot = TestBot::with().source(source).start().await;
    insta::assert_snapshot!(bot.says("status").await, @"
    Callboard 0.1.0 knows 0 entities.

    • catalog (/nowhere/catalog): not read yet
      ⚠ Reading it began to fail just now: git says: '/nowhere/catalog' does not appear to be a git repository.
    ");
}
