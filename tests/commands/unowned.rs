//! `unowned`.

use crate::harness::{Repository, TestBot};

#[tokio::test]
async fn what_nobody_looks_after_is_named_with_the_reason() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("what has no owner?").await, @"
    1 entity in the catalog has nobody who looks after it: 1 with an owner that is not in the catalog.

    Storefront (1)

    • Recommendations (component:default/recommendations): group:default/growth-team is not in the catalog
    ");
    insta::assert_snapshot!(bot.says("unowned money-movement").await, @"Everything in Money movement has an owner.");
}

#[tokio::test]
async fn more_than_anybody_reads_is_cut_and_can_be_narrowed_down() {
    let group = "apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: empty}
spec: {type: team, children: []}
";
    let system = |name: &str| {
        format!(
            "---
apiVersion: backstage.io/v1alpha1
kind: System
metadata: {{name: {name}}}
spec: {{owner: empty}}
"
        )
    };
    let part = |system: &str, number: u32| {
        format!(
            "---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {{name: {system}-{number:02}}}
spec: {{type: service, lifecycle: production, owner: ghosts, system: {system}}}
"
        )
    };
    let text = group.to_owned()
        + &*system("one")
        + &*system("two")
        + &*(0..20)
            .map(|number| part("one", number))
            .collect::<String>()
        + &*(0..20)
            .map(|number| part("two", number))
            .collect::<String>();
    let bot = TestBot::of(&Repository::of(&text)).await;
    insta::assert_snapshot!(bot.says("unowned").await, @"
    42 entities in the catalog have nobody who looks after them: 2 with an owner without members, 40 with an owner that is not in the catalog.

    one (20)

    • one-00 (component:default/one-00): group:default/ghosts is not in the catalog
    • one-01 (component:default/one-01): group:default/ghosts is not in the catalog
    • one-02 (component:default/one-02): group:default/ghosts is not in the catalog
    • one-03 (component:default/one-03): group:default/ghosts is not in the catalog
    • one-04 (component:default/one-04): group:default/ghosts is not in the catalog
    • one-05 (component:default/one-05): group:default/ghosts is not in the catalog
    • one-06 (component:default/one-06): group:default/ghosts is not in the catalog
    • one-07 (component:default/one-07): group:default/ghosts is not in the catalog
    • one-08 (component:default/one-08): group:default/ghosts is not in the catalog
    • one-09 (component:default/one-09): group:default/ghosts is not in the catalog
    • one-10 (component:default/one-10): group:default/ghosts is not in the catalog
    • one-11 (component:default/one-11): group:default/ghosts is not in the catalog
    • one-12 (component:default/one-12): group:default/ghosts is not in the catalog
    • one-13 (component:default/one-13): group:default/ghosts is not in the catalog
    • one-14 (component:default/one-14): group:default/ghosts is not in the catalog
    • one-15 (component:default/one-15): group:default/ghosts is not in the catalog
    • one-16 (component:default/one-16): group:default/ghosts is not in the catalog
    • one-17 (component:default/one-17): group:default/ghosts is not in the catalog
    • one-18 (component:default/one-18): group:default/ghosts is not in the catalog
    • one-19 (component:default/one-19): group:default/ghosts is not in the catalog

    two (20)

    • two-00 (component:default/two-00): group:default/ghosts is not in the catalog
    • two-01 (component:default/two-01): group:default/ghosts is not in the catalog
    • two-02 (component:default/two-02): group:default/ghosts is not in the catalog
    • two-03 (component:default/two-03): group:default/ghosts is not in the catalog
    • two-04 (component:default/two-04): group:default/ghosts is not in the catalog
    • and 15 more

    17 entities in all are still to come.

    [1] The next ones → unowned --from 26
    [2] In two (20) → unowned system:default/two
    ");
    insta::assert_snapshot!(bot.says("unowned --from 26").await, @"
    42 entities in the catalog have nobody who looks after them: 2 with an owner without members, 40 with an owner that is not in the catalog.

    two (20)

    • two-05 (component:default/two-05): group:default/ghosts is not in the catalog
    • two-06 (component:default/two-06): group:default/ghosts is not in the catalog
    • two-07 (component:default/two-07): group:default/ghosts is not in the catalog
    • two-08 (component:default/two-08): group:default/ghosts is not in the catalog
    • two-09 (component:default/two-09): group:default/ghosts is not in the catalog
    • two-10 (component:default/two-10): group:default/ghosts is not in the catalog
    • two-11 (component:default/two-11): group:default/ghosts is not in the catalog
    • two-12 (component:default/two-12): group:default/ghosts is not in the catalog
    • two-13 (component:default/two-13): group:default/ghosts is not in the catalog
    • two-14 (component:default/two-14): group:default/ghosts is not in the catalog
    • two-15 (component:default/two-15): group:default/ghosts is not in the catalog
    • two-16 (component:default/two-16): group:default/ghosts is not in the catalog
    • two-17 (component:default/two-17): group:default/ghosts is not in the catalog
    • two-18 (component:default/two-18): group:default/ghosts is not in the catalog
    • two-19 (component:default/two-19): group:default/ghosts is not in the catalog

    In no system (2)

    • one (system:default/one): empty has no members
    • two (system:default/two): empty has no members
    ");
    insta::assert_snapshot!(bot.says("unowned two").await, @"
    20 entities in two have nobody who looks after them: 20 with an owner that is not in the catalog.

    two (20)

    • two-00 (component:default/two-00): group:default/ghosts is not in the catalog
    • two-01 (component:default/two-01): group:default/ghosts is not in the catalog
    • two-02 (component:default/two-02): group:default/ghosts is not in the catalog
    • two-03 (component:default/two-03): group:default/ghosts is not in the catalog
    • two-04 (component:default/two-04): group:default/ghosts is not in the catalog
    • two-05 (component:default/two-05): group:default/ghosts is not in the catalog
    • two-06 (component:default/two-06): group:default/ghosts is not in the catalog
    • two-07 (component:default/two-07): group:default/ghosts is not in the catalog
    • two-08 (component:default/two-08): group:default/ghosts is not in the catalog
    • two-09 (component:default/two-09): group:default/ghosts is not in the catalog
    • two-10 (component:default/two-10): group:default/ghosts is not in the catalog
    • two-11 (component:default/two-11): group:default/ghosts is not in the catalog
    • two-12 (component:default/two-12): group:default/ghosts is not in the catalog
    • two-13 (component:default/two-13): group:default/ghosts is not in the catalog
    • two-14 (component:default/two-14): group:default/ghosts is not in the catalog
    • two-15 (component:default/two-15): group:default/ghosts is not in the catalog
    • two-16 (component:default/two-16): group:default/ghosts is not in the catalog
    • two-17 (component:default/two-17): group:default/ghosts is not in the catalog
    • two-18 (component:default/two-18): group:default/ghosts is not in the catalog
    • two-19 (component:default/two-19): group:default/ghosts is not in the catalog
    ");
}
