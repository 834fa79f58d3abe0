//! What a change, a fault or a slow source must not do to the rest of the catalog.

use std::time::{Duration, Instant};

use callboard::bot::{Bot, Setup};
use callboard::catalog::sync::Request;
use callboard::config::{Config, Period, SourceConfig};

use super::{again, component, holdings, location, sync};
use crate::harness::{GLANCE, Listener, PATIENCE, Repository, TestBot};

#[tokio::test]
async fn a_name_stays_with_its_first_owner_while_the_file_is_broken() {
    let first = Repository::named("first")
        .file("catalog-info.yaml", component("payments", "till"))
        .commit("first");
    let second = Repository::named("second")
        .file("catalog-info.yaml", component("payments", "vault"))
        .commit("first");
    let bot = TestBot::with()
        .source(first.source())
        .source(second.source())
        .start()
        .await;
    let _first = first
        .file("catalog-info.yaml", "kind: Component\nmetadata: [")
        .commit("broken");
    sync(&bot).await;
    let holdings = holdings(&bot);
    let stays = "component:default/payments in first/catalog-info.yaml (stale)";
    assert!(holdings.contains(stays), "{holdings}");
    assert!(holdings.contains("error[conflict]"), "{holdings}");
}

#[tokio::test]
async fn a_moved_document_leaves_nothing_stale_behind() {
    let repository = Repository::new()
        .file("a/catalog-info.yaml", component("payments", "till"))
        .commit("first");
    let bot = TestBot::of(&repository).await;
    let _repository = repository
        .file("a/catalog-info.yaml", "kind: [")
        .file("b/catalog-info.yaml", component("payments", "vault"))
        .commit("moved, and the old file is broken");
    again(&bot).await;
    let holdings = holdings(&bot);
    assert!(
        holdings.starts_with("component:default/payments in catalog/b/catalog-info.yaml\n"),
        "{holdings}"
    );
    assert!(!holdings.contains("conflict"), "{holdings}");
}

#[tokio::test]
async fn only_what_was_told_of_is_accepted() {
    let mut repository = Repository::new();
    for number in 0..6 {
        let file = format!("{number}/catalog-info.yaml");
        repository = repository.file(&file, component(&format!("service-{number}"), "till"));
    }
    let repository = repository.commit("six");
    let bot = TestBot::of(&repository).await;
    let repository = repository
        .remove("0/catalog-info.yaml")
        .remove("1/catalog-info.yaml")
        .commit("two of six go");
    insta::assert_snapshot!(again(&bot).await, @"6 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems; held back: 2 of 6");
    bot.advance(Duration::from_mins(5));
    let repository = repository
        .remove("2/catalog-info.yaml")
        .remove("3/catalog-info.yaml")
        .commit("and two more, which nobody was told of");
    let accept = Request {
        due_only: false,
        accept: true,
    };
    let accepted = |bot: &TestBot| {
        let syncer = bot.context().syncer.clone();
        async move {
            let reports = syncer.sync(accept).await.expect("the store holds");
            let held = reports[0].held_back.as_ref().map(|held| held.dropped);
            (reports[0].removed, held)
        }
    };
    assert_eq!(accepted(&bot).await, (0, Some(4)));
    // What the catalog holds is as old as it was.
    let answer = bot.says("who-owns service-0").await;
    assert!(answer.contains("read 5 minutes ago"), "{answer}");
    assert_eq!(accepted(&bot).await, (4, None));
    drop(repository);
}

#[tokio::test]
async fn a_location_makes_a_descriptor_of_a_file_that_was_merely_looked_into() {
    let repository = Repository::new()
        .file("catalog-info.yaml", component("payments", "till"))
        .file(
            "org.yaml",
            "apiVersion: v1\nkind: Group\nmetadata: {name: till}\n",
        )
        .commit("first");
    let bot = TestBot::of(&repository).await;
    insta::assert_snapshot!(holdings(&bot), @"component:default/payments in catalog/catalog-info.yaml");
    let _repository = repository
        .file("all.yaml", location("all", "targets: [./org.yaml]"))
        .commit("second");
    again(&bot).await;
    let holdings = holdings(&bot);
    assert!(holdings.contains("⚠ catalog/org.yaml:"), "{holdings}");
}

#[tokio::test]
async fn a_template_that_fetches_from_its_parent_hides_no_neighbours() {
    let template = "apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata:
  name: new-service
spec:
  type: service
  steps:
    - id: fetch
      action: fetch:template
      input:
        url: ../${{ parameters.kind }}-skeleton
";
    let repository = Repository::new()
        .file("templates/new/template.yaml", template)
        .file("templates/old/catalog-info.yaml", component("old", "till"))
        .commit("first");
    let bot = TestBot::of(&repository).await;
    insta::assert_snapshot!(holdings(&bot), @"
    component:default/old in catalog/templates/old/catalog-info.yaml
    template:default/new-service in catalog/templates/new/template.yaml
    ");
}

#[tokio::test]
async fn a_wrong_document_does_not_stop_the_search_for_good_ones() {
    let repository = Repository::new()
        .file("services/payments.yaml", component("payments", "till"))
        .commit("first");
    let bot = TestBot::of(&repository).await;
    let _repository = repository
        .file(
            "template.yaml",
            "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {name: x}\nspec: {}\n",
        )
        .commit("a template that is not finished");
    again(&bot).await;
    let holdings = holdings(&bot);
    assert!(
        holdings.starts_with("component:default/payments in catalog/services/payments.yaml"),
        "{holdings}"
    );
}

#[tokio::test]
async fn targets_in_other_repositories_are_told_of() {
    let spec = "targets: [https://github.com/acme/other/blob/main/catalog-info.yaml]";
    let repository = Repository::new()
        .file("catalog-info.yaml", location("elsewhere", spec))
        .commit("first");
    let bot = TestBot::of(&repository).await;
    let holdings = holdings(&bot);
    assert!(
        holdings.contains("warning[location-elsewhere]"),
        "{holdings}"
    );
    assert!(
        holdings.contains("https://github.com is no host of a source, so it is not read"),
        "{holdings}"
    );
}

#[tokio::test]
async fn a_slow_source_does_not_hold_up_the_others() {
    let silent = Listener::silent();
    let good = Repository::named("good")
        .file("catalog-info.yaml", component("payments", "till"))
        .commit("first");
    let home = tempfile::tempdir().expect("a folder");
    let mut config = Config::default();
    config.sync.timeout = Period(PATIENCE * 10);
    let mut setup = Setup::new(config, home.path().to_owned());
    let slow = format!("git://127.0.0.1:{}/slow.git", silent.port());
    setup.sources = vec![SourceConfig::of(&slow).expect("a URL"), good.source()];
    let bot = Bot::open(setup).await.expect("the bot opens");
    let syncer = bot.context.syncer.clone();
    let running = tokio::spawn(async move { syncer.sync(Request::default()).await });
    let started = Instant::now();
    while bot.context.catalog().is_empty() {
        assert!(started.elapsed() < PATIENCE, "the good source was held up");
        tokio::time::sleep(GLANCE).await;
    }
    assert!(
        !running.is_finished(),
        "the slow source is still being asked"
    );
    running.abort();
    bot.close().await.expect("the store is flushed");
}
