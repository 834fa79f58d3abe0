//! `owns`.

use crate::harness::{Repository, TestBot};

#[tokio::test]
async fn a_team_owns_things_of_several_kinds() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("owns billing-team").await, @"
    Billing Team owns 8 entities.

    API (1)

    • Ledger entries (ledger-entries)

    Component (5)

    • Invoice printer (invoice-printer) – deprecated
    • Invoicing (invoicing)
    • Ledger (ledger)
    • Money library (money)
    • Bank transfer API (payment-api)

    Resource (2)

    • Invoice archive (invoice-archive)
    • Ledger database (ledger-db)

    From org/teams-finance.yaml:30 in acme at …, read just now.
    ");
    insta::assert_snapshot!(bot.says("what does finance-engineering own").await, @"
    Finance Engineering owns 2 entities.

    Domain (1)

    • Money (money)

    System (1)

    • Money movement (money-movement)

    Below it: Billing Team (8), Payments Team (6), Risk & Fraud Team (2).

    From org/departments.yaml:27 in acme at …, read just now.

    [1] What Billing Team owns → owns group:default/billing-team
    [2] What Payments Team owns → owns group:default/payments-team
    [3] What Risk & Fraud Team owns → owns group:default/risk-team
    ");
}

#[tokio::test]
async fn a_person_asks_about_themselves() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.as_person("priya").says("what do I own?").await, @"
    Priya Raghunathan owns nothing in the catalog.

    Their teams: Payments Team (6).

    From org/users-finance.yaml:18 in acme at …, read just now.

    [1] What Payments Team owns → owns group:default/payments-team
    ");
    insta::assert_snapshot!(bot.as_person("priya").says("owns").await, @"
    Priya Raghunathan owns nothing in the catalog.

    Their teams: Payments Team (6).

    From org/users-finance.yaml:18 in acme at …, read just now.

    [1] What Payments Team owns → owns group:default/payments-team
    ");
    insta::assert_snapshot!(bot.says("owns me").await, @"I do not know which person of the catalog you are. Ask with a name, or start the terminal with `--as NAME`.");
}

#[tokio::test]
async fn a_person_may_own_things_in_their_own_name() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("owns ravi").await, @"
    Ravi Menon owns 1 entity.

    Component (1)

    • Image resizer (image-resizer)

    Their teams: Catalogue & Search Team (6).

    From org/users-commerce.yaml:70 in acme at …, read just now.

    [1] What Catalogue & Search Team owns → owns group:default/catalog-team
    ");
}

#[tokio::test]
async fn an_owner_that_does_not_exist_still_owns() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("owns growth-team").await, @"
    growth-team owns 1 entity.

    Component (1)

    • Recommendations (recommendations) – experimental

    ⚠ group:default/growth-team itself is not in the catalog; this is what names it as owner.
    ");
}

#[tokio::test]
async fn a_team_may_own_nothing() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("owns mobile-team").await, @"
    Mobile Team owns nothing in the catalog.

    From org/teams-platform.yaml:69 in acme at …, read just now.
    ");
}

#[tokio::test]
async fn more_than_anybody_reads_is_cut_and_counted() {
    let group = "apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: a}
spec: {type: team, children: []}
";
    let part = |number: u32| {
        format!(
            "---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {{name: part-{number:02}}}
spec: {{type: service, lifecycle: production, owner: a}}
"
        )
    };
    let text = group.to_owned() + &*(0..27).map(part).collect::<String>();
    let bot = TestBot::of(&Repository::of(&text)).await;
    insta::assert_snapshot!(bot.says("owns a").await, @"
    a owns 27 entities.

    Component (27)

    • part-00
    • part-01
    • part-02
    • part-03
    • part-04
    • part-05
    • part-06
    • part-07
    • part-08
    • part-09
    • part-10
    • part-11
    • part-12
    • part-13
    • part-14
    • part-15
    • part-16
    • part-17
    • part-18
    • part-19
    • part-20
    • part-21
    • part-22
    • part-23
    • part-24
    • and 2 more

    From catalog-info.yaml:1 in catalog at d9ec4e2d, read just now.
    ");
}

#[tokio::test]
async fn only_teams_and_people_own() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("owns payments").await, @"
    Payments Team owns 6 entities.

    API (1)

    • Payments API v2 (payments-v2)

    Component (3)

    • Payments (payments)
    • Payments gateway (payments-api)
    • Payments worker (payments-worker)

    Resource (2)

    • Payment webhooks queue (payment-webhooks)
    • Payments database (payments-db)

    From org/teams-finance.yaml:1 in acme at …, read just now.
    ");
    insta::assert_snapshot!(bot.says("owns zebra").await, @"I know no team or person like zebra. Try another word, or search with a part of its name.");
    insta::assert_snapshot!(bot.says("owns fraud team").await, @"
    Risk & Fraud Team owns 2 entities.

    API (1)

    • Fraud scoring (fraud-scoring)

    Component (1)

    • Fraud check (fraud-check)

    From org/teams-finance.yaml:53 in acme at …, read just now.
    ");
}
