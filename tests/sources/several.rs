//! Several sources side by side.

use super::{component, holdings, sync, told};
use crate::harness::{Repository, TestBot};

#[tokio::test]
async fn of_two_claims_to_one_name_the_first_stays() {
    let first = Repository::named("first")
        .file("catalog-info.yaml", component("payments", "till"))
        .commit("first");
    let second = Repository::named("second")
        .file("catalog-info.yaml", component("Payments", "vault"))
        .file("orders/catalog-info.yaml", component("orders", "counter"))
        .commit("first");
    let bot = TestBot::with()
        .source(first.source())
        .source(second.source())
        .start()
        .await;
    insta::assert_snapshot!(holdings(&bot), @"
    component:default/orders in second/orders/catalog-info.yaml
    component:default/payments in first/catalog-info.yaml
    ⚠ second/catalog-info.yaml:1:1: error[conflict]: `component:default/payments` is already defined by catalog-info.yaml of first, which stays; rename this one or remove it.
    ");
    insta::assert_snapshot!(bot.says("who-owns payments").await, @"
    payments (component:default/payments) belongs to till.

    ⚠ The group group:default/till is not in the catalog, so I cannot say how to reach them.

    Line last changed 3 hours ago by Ana (bbdd065d).
    From catalog-info.yaml:8 in first at bbdd065d, read just now.

    [1] What else they own → owns group:default/till
    ");

    bot.advance(std::time::Duration::from_mins(1));
    // When the first gives the name up, the second has it, without being read again.
    let first = first
        .file("catalog-info.yaml", component("ledger", "till"))
        .commit("renamed");
    let reports: Vec<String> = sync(&bot).await.iter().map(told).collect();
    insta::assert_snapshot!(reports.join("\n"), @"
    1 files, 1 parsed; 1 added, 0 changed, 1 removed; 0 problems
    2 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems
    ");
    insta::assert_snapshot!(holdings(&bot), @"
    component:default/ledger in first/catalog-info.yaml
    component:default/orders in second/orders/catalog-info.yaml
    component:default/payments in second/catalog-info.yaml
    ");

    bot.advance(std::time::Duration::from_mins(1));
    // The one that has it now keeps it, although its source comes later.
    let _first = first
        .file("catalog-info.yaml", component("payments", "till"))
        .commit("named again");
    sync(&bot).await;
    insta::assert_snapshot!(holdings(&bot), @"
    component:default/orders in second/orders/catalog-info.yaml
    component:default/payments in second/catalog-info.yaml
    ⚠ first/catalog-info.yaml:1:1: error[conflict]: `component:default/payments` is already defined by catalog-info.yaml of second, which stays; rename this one or remove it.
    ");
}

#[tokio::test]
async fn a_source_that_cannot_be_read_does_not_hold_up_the_others() {
    let good = Repository::named("good")
        .file("catalog-info.yaml", component("payments", "till"))
        .commit("first");
    let bad = Repository::named("bad")
        .file("catalog-info.yaml", component("orders", "counter"))
        .commit("first");
    let (good_source, bad_source) = (good.source(), bad.source());
    bad.vanish();
    let bot = TestBot::with()
        .source(bad_source)
        .source(good_source)
        .start()
        .await;
    insta::assert_snapshot!(holdings(&bot), @"component:default/payments in good/catalog-info.yaml");
    insta::assert_snapshot!(bot.says("status").await, @"
    Callboard 0.1.0 knows 1 entity: Component 1.

    • bad (⌂/bad): not read yet
      ⚠ Reading it began to fail just now: git says: '⌂/bad' does not appear to be a git repository.

    • good (⌂/good): 1 entity in 1 file at bbdd065d, committed 3 hours ago, read just now

    No file has a problem.
    ");
    bad.reappear();
    let reports: Vec<String> = sync(&bot).await.iter().map(told).collect();
    insta::assert_snapshot!(reports.join("\n"), @"
    1 files, 1 parsed; 1 added, 0 changed, 0 removed; 0 problems
    1 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems
    ");
}
