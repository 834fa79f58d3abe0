//! `resync`.

use crate::harness::{Repository, TestBot};

/// A component of this name.
fn component(name: &str) -> String {
    format!(
        "---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {{name: {name}}}
spec: {{type: service, lifecycle: production, owner: group:a}}
"
    )
}

fn components(names: &[&str]) -> String {
    names.iter().map(|name| component(name)).collect()
}

#[tokio::test]
async fn what_changed_is_counted() {
    let repository = Repository::of(&components(&["one", "two", "three", "four", "five", "six"]));
    let bot = TestBot::of(&repository).await;
    insta::assert_snapshot!(bot.says("resync").await, @"
    • catalog is at 11707cc3: nothing new (? ms)

    The catalog holds 6 entities.
    ");
    let changed = components(&["two", "three", "four", "five", "six", "seven"])
        .replace("{name: six}", "{name: six, title: Six}");
    let repository = repository
        .file("catalog-info.yaml", changed)
        .commit("second");
    insta::assert_snapshot!(bot.says("refresh the catalog").await, @"
    • catalog is at a4037d13: 1 added, 1 changed, 1 removed (? ms)

    The catalog holds 6 entities.
    ");
    let _repository = repository
        .file("more/catalog-info.yaml", "a: [")
        .commit("third");
    insta::assert_snapshot!(bot.says("resync").await, @"
    • catalog is at 5a68fdab: nothing new, 1 problem (? ms)

    The catalog holds 6 entities. status names the problems.
    ");
    insta::assert_snapshot!(bot.says("resync everything").await, @"resync reads all sources, and `resync accept` takes what was held back; I do not know what everything means there.");
}

#[tokio::test]
async fn a_sync_that_drops_much_waits_for_an_admin() {
    let people = "---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: ana}
spec: {memberOf: []}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: bo}
spec: {memberOf: []}
";
    let all = format!("{people}{}", components(&["one", "two", "three", "four"]));
    let repository = Repository::of(&all);
    let bot = TestBot::with()
        .source(repository.source())
        .config(|config| config.admins = vec!["user:default/ana".to_owned()])
        .start()
        .await;
    let _repository = repository
        .file("catalog-info.yaml", people)
        .commit("second");
    insta::assert_snapshot!(bot.says("resync").await, @"
    • ⚠ catalog is held back: the newest commit would drop 4 of 6 entities. An admin takes it with `resync accept`.

    The catalog holds 6 entities.
    ");
    insta::assert_snapshot!(bot.says("who-owns one").await, @"
    one (component:default/one) belongs to a.

    ⚠ The group group:default/a is not in the catalog, so I cannot say how to reach them.

    By who works on it, most likely ana (1 committer).

    Line last changed 3 hours ago by ana (16e71cd4).
    From catalog-info.yaml:15 in catalog at 16e71cd4, read just now.

    ⚠ A newer commit was held back just now, because it would drop much of the catalog.

    [1] What else they own → owns group:default/a
    [2] Fix: owned by ana → fix-owner component:default/one user:default/ana
    ");
    insta::assert_snapshot!(bot.says("status").await, @"
    Callboard 0.1.0 knows 6 entities: Component 4, User 2.

    • catalog (⌂/catalog): 6 entities in 1 file at 16e71cd4, committed 3 hours ago, read just now
      ⚠ A sync was held back just now: 6934846b would drop 4 of 6 entities. An admin takes it with `resync accept`.

    No file has a problem.
    ");
    insta::assert_snapshot!(bot.as_person("bo").says("resync accept").await, @"`resync accept` is denied to you: no rule of the policy allows it. Ask an admin: user:default/ana.");
    insta::assert_snapshot!(bot.says("resync accept").await, @"`resync accept` is denied to you: no rule of the policy allows it. Ask an admin: user:default/ana.");
    insta::assert_snapshot!(bot.as_person("ana").says("resync accept").await, @"
    • catalog is at 6934846b: 0 added, 0 changed, 4 removed (? ms)

    The catalog holds 2 entities.
    ");
    insta::assert_snapshot!(bot.says("who-owns one").await, @"I know no entity like one. Try another word, or search with a part of its name.");
    insta::assert_snapshot!(bot.says("status").await, @"
    Callboard 0.1.0 knows 2 entities: User 2.

    • catalog (⌂/catalog): 2 entities in 1 file at 6934846b, committed 2 hours ago, read just now

    No file has a problem.
    ");
}

#[tokio::test]
async fn without_an_admin_who_runs_the_bot_is_to_be_asked() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("resync accept").await, @"`resync accept` is denied to you: no rule of the policy allows it. No admin is named in the configuration, so ask who runs the bot.");
}
