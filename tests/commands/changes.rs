//! `changes`.

use std::time::Duration;

use callboard::bot::{Bot, Setup};
use callboard::catalog::change::What;
use callboard::config::{Config, SourceConfig};
use callboard::store::lines;

use crate::harness::forge::{ForgeServer, Kind, Repo};
use crate::harness::{GitHttp, Repository, TestBot};

/// A component, and what else its `spec` says.
fn component(name: &str, owner: &str, more: &str) -> String {
    format!(
        "---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {{name: {name}}}
spec: {{type: service, lifecycle: production, owner: {owner}{more}}}
"
    )
}

/// Ten components in files of their own.
fn shop() -> Repository {
    let names = [
        "cart", "ledger", "orders", "payments", "search", "shipping", "returns", "stock", "tax",
        "wallet",
    ];
    let files = names.iter().fold(Repository::new(), |repository, name| {
        repository.file(
            &format!("{name}/catalog-info.yaml"),
            component(name, "till", ""),
        )
    });
    files.commit("first")
}

#[tokio::test]
async fn what_changed_between_two_syncs_is_told_with_who_did_it() {
    let repository = shop();
    let bot = TestBot::of(&repository).await;
    insta::assert_snapshot!(bot.says("changes").await, @"
    Nothing changed in the catalog since 2025-12-29.

    I began to look just now; what was before I do not know.
    ");
    let repository = repository
        .file(
            "payments/catalog-info.yaml",
            component("payments", "vault", ""),
        )
        .commit_by("Omar Haddad", "payments goes to vault")
        .file(
            "payments/catalog-info.yaml",
            component(
                "payments",
                "vault",
                ", dependsOn: [component:ledger, resource:db], consumesApis: [rates]",
            ),
        )
        .commit_by("Zoë <b>_Müller_", "payments books")
        .file(
            "orders/catalog-info.yaml",
            component("orders", "till", "").replace("production", "deprecated"),
        )
        .file(
            "refunds/catalog-info.yaml",
            component("refunds", "vault", ""),
        )
        .file(
            "search/catalog-info.yaml",
            component("search", "till", "").replace("Component", "Resource"),
        )
        .remove("cart/catalog-info.yaml")
        .commit_by("Ana", "spring cleaning");
    bot.says("resync").await;
    insta::assert_snapshot!(bot.says("what changed?").await, @"
    8 changes in the catalog since 2025-12-29:

    2026-01-05

    • cart (component): gone, it was owned by till – Ana, 2 hours ago, 5d27c7a8 in catalog
    • orders (component): lifecycle production → deprecated – Ana, 2 hours ago, 5d27c7a8 in catalog
    • refunds (component): new, owned by vault – Ana, 2 hours ago, 5d27c7a8 in catalog
    • search (resource): kind Component → Resource – Ana, 2 hours ago, 5d27c7a8 in catalog
    • payments (component): now uses rates – Zoë b_Müller_, 2 hours ago, 37ca71c8 in catalog
    • payments (component): now depends on ledger – Zoë b_Müller_, 2 hours ago, 37ca71c8 in catalog
    • payments (component): now depends on db – Zoë b_Müller_, 2 hours ago, 37ca71c8 in catalog
    • payments (component): owner till → vault – Omar Haddad, 2 hours ago, 92c78e8f in catalog

    I began to look just now; what was before I do not know.
    ");
    insta::assert_snapshot!(bot.says("who changed payments").await, @"
    4 changes about payments (component:default/payments) since 2025-12-29:

    2026-01-05

    • payments (component): now uses rates – Zoë b_Müller_, 2 hours ago, 37ca71c8 in catalog
    • payments (component): now depends on ledger – Zoë b_Müller_, 2 hours ago, 37ca71c8 in catalog
    • payments (component): now depends on db – Zoë b_Müller_, 2 hours ago, 37ca71c8 in catalog
    • payments (component): owner till → vault – Omar Haddad, 2 hours ago, 92c78e8f in catalog

    I began to look just now; what was before I do not know.

    [1] Everything about it → show component:default/payments
    [2] The whole catalog → changes
    ");
    insta::assert_snapshot!(bot.says("changes ledger").await, @"
    1 change about ledger (component:default/ledger) since 2025-12-29:

    2026-01-05

    • payments (component): now depends on ledger – Zoë b_Müller_, 2 hours ago, 37ca71c8 in catalog

    I began to look just now; what was before I do not know.

    [1] Everything about it → show component:default/ledger
    [2] The whole catalog → changes
    ");
    // Words and titles alone are no such change, nor is a file that merely moves.
    let repository = repository
        .file(
            "elsewhere/catalog-info.yaml",
            component("ledger", "till", ""),
        )
        .remove("ledger/catalog-info.yaml")
        .file(
            "orders/catalog-info.yaml",
            component("orders", "till", "")
                .replace("production", "deprecated")
                .replace("{name", "{title: O, name"),
        )
        .commit("a move and a title");
    bot.says("resync").await;
    insta::assert_snapshot!(bot.says("changes ledger").await, @"
    1 change about ledger (component:default/ledger) since 2025-12-29:

    2026-01-05

    • payments (component): now depends on ledger – Zoë b_Müller_, 2 hours ago, 37ca71c8 in catalog

    I began to look just now; what was before I do not know.

    [1] Everything about it → show component:default/ledger
    [2] The whole catalog → changes
    ");
    let _repository = repository
        .file(
            "payments/catalog-info.yaml",
            component("payments", "vault", ", dependsOn: [component:ledger]"),
        )
        .commit("fewer");
    bot.says("resync").await;
    insta::assert_snapshot!(bot.says("changes payments").await, @"
    6 changes about payments (component:default/payments) since 2025-12-29:

    2026-01-05

    • payments (component): no longer uses rates – Ana, 2 hours ago, 147db7b6 in catalog
    • payments (component): no longer depends on db – Ana, 2 hours ago, 147db7b6 in catalog
    • payments (component): now uses rates – Zoë b_Müller_, 2 hours ago, 37ca71c8 in catalog
    • payments (component): now depends on ledger – Zoë b_Müller_, 2 hours ago, 37ca71c8 in catalog
    • payments (component): now depends on db – Zoë b_Müller_, 2 hours ago, 37ca71c8 in catalog
    • payments (component): owner till → vault – Omar Haddad, 2 hours ago, 92c78e8f in catalog

    I began to look just now; what was before I do not know.

    [1] Everything about it → show component:default/payments
    [2] The whole catalog → changes
    ");
}

#[tokio::test]
async fn what_changed_is_remembered_over_restarts_and_days() {
    let repository = shop();
    let mut bot = TestBot::of(&repository).await;
    let repository = repository
        .file(
            "payments/catalog-info.yaml",
            component("payments", "vault", ""),
        )
        .commit("second");
    bot.says("resync").await;
    bot.restart().await;
    insta::assert_snapshot!(bot.says("changes").await, @"
    1 change in the catalog since 2025-12-29:

    2026-01-05

    • payments (component): owner till → vault – Ana, 2 hours ago, 180175e6 in catalog

    I began to look just now; what was before I do not know.
    ");
    // What was changed while the bot was down is seen when it comes back.
    bot.stop().await;
    let _repository = repository
        .file("cart/catalog-info.yaml", component("cart", "vault", ""))
        .commit_by("Omar", "third");
    bot.restart().await;
    bot.says("resync").await;
    insta::assert_snapshot!(bot.says("changes").await, @"
    2 changes in the catalog since 2025-12-29:

    2026-01-05

    • cart (component): owner till → vault – Omar, 2 hours ago, 0b358264 in catalog
    • payments (component): owner till → vault – Ana, 2 hours ago, 180175e6 in catalog

    I began to look just now; what was before I do not know.
    ");
    bot.advance(Duration::from_hours(24 * 10));
    insta::assert_snapshot!(bot.says("changes").await, @"Nothing changed in the catalog since 2026-01-08.");
    insta::assert_snapshot!(bot.says("changes cart --since 2w").await, @"
    1 change about cart (component:default/cart) since 2026-01-01:

    2026-01-05

    • cart (component): owner till → vault – Omar, 10 days ago, 0b358264 in catalog

    I began to look 10 days ago; what was before I do not know.

    [1] Everything about it → show component:default/cart
    [2] The whole catalog → changes
    ");
    insta::assert_snapshot!(bot.says("changes --since 2026-01-05").await, @"
    2 changes in the catalog since 2026-01-05:

    2026-01-05

    • cart (component): owner till → vault – Omar, 10 days ago, 0b358264 in catalog
    • payments (component): owner till → vault – Ana, 10 days ago, 180175e6 in catalog

    I began to look 10 days ago; what was before I do not know.
    ");
    insta::assert_snapshot!(bot.says("what changed today").await, @"Nothing changed in the catalog since 2026-01-15.");
    insta::assert_snapshot!(bot.says("changes --since recently").await, @"I do not understand recently as a time. Say how long ago, like 7d, 12h or 2w, or a day, like 2026-11-01 or yesterday.");
    bot.advance(Duration::from_hours(24 * 180));
    insta::assert_snapshot!(bot.says("changes --since 2025-01-01").await, @"
    Nothing changed in the catalog since 2025-01-01.

    I began to look 6 months ago; what was before I do not know.
    ");
}

#[tokio::test]
async fn a_history_that_was_rewritten_is_told_as_far_as_it_goes() {
    let repository = shop();
    let bot = TestBot::of(&repository).await;
    let first = repository.git(&["rev-parse", "HEAD"]);
    let repository = repository
        .file(
            "payments/catalog-info.yaml",
            component("payments", "vault", ""),
        )
        .commit_by("Omar", "to be undone");
    bot.says("resync").await;
    repository.git(&["reset", "--hard", "--quiet", &first]);
    bot.says("resync").await;
    insta::assert_snapshot!(bot.says("changes").await, @"
    2 changes in the catalog since 2025-12-29:

    2026-01-05

    • payments (component): owner vault → till – seen just now in catalog, no commit tells who
    • payments (component): owner till → vault – Omar, 2 hours ago, 7209f1c2 in catalog

    I began to look just now; what was before I do not know.
    ");
    let _repository = repository
        .file(
            "payments/catalog-info.yaml",
            component("payments", "bank", ""),
        )
        .commit_by("Priya", "another way");
    bot.says("resync").await;
    insta::assert_snapshot!(bot.says("changes payments").await, @"
    3 changes about payments (component:default/payments) since 2025-12-29:

    2026-01-05

    • payments (component): owner vault → till – seen just now in catalog, no commit tells who
    • payments (component): owner till → bank – Priya, 2 hours ago, 52896810 in catalog
    • payments (component): owner till → vault – Omar, 2 hours ago, 7209f1c2 in catalog

    I began to look just now; what was before I do not know.

    [1] Everything about it → show component:default/payments
    [2] The whole catalog → changes
    ");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx; run by tests/run"]
async fn on_a_forge_a_change_leads_to_the_page_of_its_commit() {
    let git = GitHttp::start();
    let mut told = Vec::new();
    for kind in [Kind::GitHub, Kind::GitLab, Kind::Forgejo] {
        let forge = ForgeServer::start(kind);
        forge.server.serves_git(&git);
        let shop = Repository::of(&component("payments", "till", ""));
        let first = shop.git(&["rev-parse", "HEAD"]);
        git.publish("acme/shop", &shop);
        forge.acme().repositories = vec![Repo::named("shop")];
        let source = forge.source("teams = false");
        let bot = TestBot::with().source(source).start().await;
        let shop = shop
            .file("catalog-info.yaml", component("payments", "vault", ""))
            .commit_by("Omar Haddad", "payments goes to vault");
        git.publish("acme/shop", &shop);
        forge.acme().repositories[0].pushed = "2026-01-02T12:00:00Z".to_owned();
        bot.says("resync").await;
        // A history that was rewritten has no commit for it: then the page of the file is shown.
        shop.git(&["reset", "--hard", "--quiet", &first]);
        git.publish("acme/shop", &shop);
        forge.acme().repositories[0].pushed = "2026-01-03T12:00:00Z".to_owned();
        bot.says("resync").await;
        let answer = forge.normal(&bot.says("changes").await);
        let lines = answer.lines().filter(|line| line.contains("payments"));
        told.push(format!("{kind:?}"));
        told.extend(lines.map(str::to_owned));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    GitHub
    • payments (component): owner vault → till – seen just now in acme/shop (catalog-info.yaml (http://forge/acme/shop/blob/a90a31c491e3c6667fef1d148c2a9b4249364c98/catalog-info.yaml)), no commit tells who
    • payments (component): owner till → vault – Omar Haddad, 2 hours ago, 83eb856a (http://forge/acme/shop/commit/83eb856a46353d7a8d39ae8580207bd3a68c1f62) in acme/shop
    GitLab
    • payments (component): owner vault → till – seen just now in acme/shop (catalog-info.yaml (http://forge/acme/shop/-/blob/a90a31c491e3c6667fef1d148c2a9b4249364c98/catalog-info.yaml)), no commit tells who
    • payments (component): owner till → vault – Omar Haddad, 2 hours ago, 83eb856a (http://forge/acme/shop/-/commit/83eb856a46353d7a8d39ae8580207bd3a68c1f62) in acme/shop
    Forgejo
    • payments (component): owner vault → till – seen just now in acme/shop (catalog-info.yaml (http://forge/acme/shop/src/commit/a90a31c491e3c6667fef1d148c2a9b4249364c98/catalog-info.yaml)), no commit tells who
    • payments (component): owner till → vault – Omar Haddad, 2 hours ago, 83eb856a (http://forge/acme/shop/commit/83eb856a46353d7a8d39ae8580207bd3a68c1f62) in acme/shop
    ");
}

#[tokio::test]
async fn a_folder_names_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("catalog-info.yaml");
    std::fs::write(&file, component("payments", "till", "")).expect("written");
    let mut source = SourceConfig::folder(folder.path());
    source.name = "shelf".to_owned();
    let bot = TestBot::with().source(source).start().await;
    std::fs::write(&file, component("payments", "vault", "")).expect("written");
    bot.says("resync").await;
    insta::assert_snapshot!(bot.says("changes").await, @"
    1 change in the catalog since 2025-12-29:

    2026-01-05

    • payments (component): owner till → vault – seen just now in shelf, which has no commits to tell who

    I began to look just now; what was before I do not know.
    ");
}

#[tokio::test]
async fn more_than_anybody_reads_is_cut_and_counted() {
    let all = |owner: &str| {
        (0..700).fold(String::new(), |text, n| {
            text + &*component(&format!("part-{n:03}"), owner, "")
        })
    };
    let repository = Repository::of(&all("till"));
    let bot = TestBot::of(&repository).await;
    let _repository = repository
        .file("catalog-info.yaml", all("vault"))
        .commit("all to vault");
    bot.says("resync").await;
    let answer = bot.says("changes").await;
    assert_eq!(answer.matches("owner till → vault").count(), 29, "{answer}");
    assert!(answer.contains("and 200 more at once"), "{answer}");
    assert!(
        answer.starts_with("501 changes in the catalog since"),
        "{answer}"
    );
    assert!(answer.contains("471 more are not shown"), "{answer}");
    // What is not kept one by one is counted.
    let kept = bot.context().syncer.changes(0).await.expect("read");
    let counts: Vec<&str> = kept
        .changes
        .iter()
        .filter(|change| change.what == What::More)
        .filter_map(|change| change.after.as_deref())
        .collect();
    assert_eq!((kept.changes.len(), counts), (501, vec!["200"]));
}

#[tokio::test]
async fn changes_are_exported_with_what_cannot_be_rebuilt() {
    let repository = shop();
    let mut bot = TestBot::of(&repository).await;
    let _repository = repository
        .file(
            "payments/catalog-info.yaml",
            component("payments", "vault", ""),
        )
        .commit("second");
    bot.says("resync").await;
    bot.stop().await;
    let mut setup = Setup::new(Config::default(), bot.data());
    setup.clock = bot.clock.clone();
    let opened = Bot::open(setup).await.expect("opened");
    let mut out = Vec::new();
    lines::export(&*opened.store, &mut out)
        .await
        .expect("exported");
    opened.close().await.expect("closed");
    let text = String::from_utf8(out).expect("text");
    assert!(
        text.contains(
            "\"what\":\"owner\",\"before\":\"group:default/till\",\"after\":\"group:default/vault\""
        ),
        "{text}"
    );
    assert!(text.contains("\"author\":\"Ana\""), "{text}");
    assert!(!text.contains("ana@acme.example"), "{text}");
}
