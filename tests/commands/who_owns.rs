//! `who-owns`.

use std::time::Duration;

mod pointers;

use crate::harness::{Repository, TestBot};

#[tokio::test]
async fn a_service_belongs_to_a_team_that_can_be_reached() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("who-owns payments").await, @"
    Payments (component:default/payments) belongs to Payments Team.

    Ask in #help-payments or #payments:acme.example, or write to payments@acme.example.
    Members: Dele Adeyemi, Marta Kowalska, Omar Haddad, Priya Raghunathan.
    Runbook (https://runbooks.acme.example/payments) · Team page (https://wiki.acme.example/teams/payments)

    Line last changed 3 hours ago by Callboard (…). CODEOWNERS agrees: @acme/payments-team.
    From services/payments/catalog-info.yaml:31 in acme at …, read just now.

    [1] What else they own → owns group:default/payments-team
    ");
    insta::assert_snapshot!(bot.press(1).await, @"
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
    insta::assert_snapshot!(bot.says("who owns the ledger?").await, @"
    Ledger (component:default/ledger) belongs to Billing Team.

    Ask in #help-billing, or write to billing@acme.example.
    Members: Lars Hansen, Yuki Tanabe.
    Team page (https://wiki.acme.example/teams/billing) · Runbook (https://runbooks.acme.example/billing)

    ⚠ CODEOWNERS disagrees: its line 17 gives /services/ledger/ to @acme/payments-team.

    Line last changed 3 hours ago by Callboard (…).
    From services/ledger/catalog-info.yaml:20 in acme at …, read just now.

    [1] What else they own → owns group:default/billing-team
    [2] Fix: owned by Payments Team → fix-owner component:default/ledger group:default/payments-team
    ");
}

#[tokio::test]
async fn every_kind_of_thing_has_an_owner() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("who-owns system:storefront").await, @"
    Storefront (system:default/storefront) belongs to Storefront Team.

    Ask in #help-storefront, or write to storefront@acme.example.
    Members: Ben Whitlock, Chloé Dubreuil, Nia Okonkwo.
    Team page (https://wiki.acme.example/teams/storefront) · Runbook (https://runbooks.acme.example/storefront)

    Line last changed 3 hours ago by Callboard (…).
    From systems/systems.yaml:10 in acme at …, read just now.

    [1] What else they own → owns group:default/storefront-team
    ");
    insta::assert_snapshot!(bot.says("who-owns payments-db").await, @"
    Payments database (resource:default/payments-db) belongs to Payments Team.

    Ask in #help-payments or #payments:acme.example, or write to payments@acme.example.
    Members: Dele Adeyemi, Marta Kowalska, Omar Haddad, Priya Raghunathan.
    Runbook (https://runbooks.acme.example/payments) · Team page (https://wiki.acme.example/teams/payments)

    Line last changed 3 hours ago by Callboard (…).
    From resources/databases.yaml:13 in acme at …, read just now.

    [1] What else they own → owns group:default/payments-team
    ");
    insta::assert_snapshot!(bot.says("who-owns api:stock").await, @"
    Stock (api:default/stock) belongs to Delivery Team.

    Ask in #help-delivery, or write to delivery@acme.example.
    Members: Ingrid Solberg, Kwame Boateng.
    Team page (https://wiki.acme.example/teams/delivery) · Runbook (https://runbooks.acme.example/delivery)

    Line last changed 3 hours ago by Callboard (…). CODEOWNERS agrees: @acme/delivery-team.
    From services/inventory/catalog-info.yaml:35 in acme at …, read just now.

    [1] What else they own → owns group:default/delivery-team
    ");
    insta::assert_snapshot!(bot.says("who-owns domain:commerce").await, @"
    Commerce (domain:default/commerce) belongs to Commerce Engineering.

    Ask in #commerce-eng, or write to commerce-eng@acme.example.
    Members: Gwen Pritchard.
    Department page (https://wiki.acme.example/commerce)

    Line last changed 3 hours ago by Callboard (…).
    From systems/domains.yaml:11 in acme at …, read just now.

    [1] What else they own → owns group:default/commerce-engineering
    ");
}

#[tokio::test]
async fn a_team_and_a_person_are_reached_themselves() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("who-owns payments-team").await, @"
    Payments Team is a team of 4 people in Finance Engineering.

    Ask in #help-payments or #payments:acme.example, or write to payments@acme.example.
    Members: Dele Adeyemi, Marta Kowalska, Omar Haddad, Priya Raghunathan.
    Runbook (https://runbooks.acme.example/payments) · Team page (https://wiki.acme.example/teams/payments)

    From org/teams-finance.yaml:1 in acme at …, read just now.

    [1] What they own → owns group:default/payments-team
    ");
    insta::assert_snapshot!(bot.says("who-owns finance-engineering").await, @"
    Finance Engineering is a team of 1 person; below it are Billing Team, Payments Team and Risk & Fraud Team.

    Ask in #finance-eng, or write to finance-eng@acme.example.
    Members: Lars Hansen.
    Department page (https://wiki.acme.example/finance-engineering)

    From org/departments.yaml:27 in acme at …, read just now.

    [1] What they own → owns group:default/finance-engineering
    ");
    insta::assert_snapshot!(bot.says("who-owns ana").await, @"
    Ana Horvat is a person.

    Write to ana.horvat@acme.example.

    From org/users-platform.yaml:2 in acme at …, read just now.

    [1] What they own → owns user:default/ana
    ");
}

#[tokio::test]
async fn an_owner_that_does_not_exist_is_said_to_be_so() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("who-owns recommendations").await, @"
    Recommendations (component:default/recommendations) belongs to growth-team.

    ⚠ The group group:default/growth-team is not in the catalog, so I cannot say how to reach them.

    Line last changed 3 hours ago by Callboard (…). CODEOWNERS agrees: @acme/growth-team.
    From services/recommendations/catalog-info.yaml:17 in acme at …, read just now.

    [1] What else they own → owns group:default/growth-team
    ");
    insta::assert_snapshot!(bot.says("who-owns growth-team").await, @"
    ⚠ Others name the group group:default/growth-team, but it is not in the catalog, so I cannot say who that is or how to reach them.

    [1] What they own → owns group:default/growth-team
    ");
}

#[tokio::test]
async fn a_team_without_members_may_not_answer() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("who-owns mobile-team").await, @"
    Mobile Team is a team in Platform Engineering.
    ⚠ It has no members, so perhaps nobody will answer.

    Team page (https://wiki.acme.example/teams/mobile)

    From org/teams-platform.yaml:69 in acme at …, read just now.

    [1] What they own → owns group:default/mobile-team
    ");
    let repository = Repository::of(
        "apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: mobile}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: app}
spec: {type: website, lifecycle: production, owner: mobile}
",
    );
    let bot = TestBot::of(&repository).await;
    insta::assert_snapshot!(bot.says("who-owns app").await, @"
    app (component:default/app) belongs to mobile.

    ⚠ mobile has no members, so perhaps nobody will answer.

    Line last changed 3 hours ago by Ana (d8e90f13).
    From catalog-info.yaml:9 in catalog at d8e90f13, read just now.

    [1] What else they own → owns group:default/mobile
    ");
}

#[tokio::test]
async fn a_deprecated_service_names_its_successor() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("who-owns invoice-printer").await, @"
    Invoice printer (component:default/invoice-printer) belongs to Billing Team.

    Ask in #help-billing, or write to billing@acme.example.
    Members: Lars Hansen, Yuki Tanabe.
    Team page (https://wiki.acme.example/teams/billing) · Runbook (https://runbooks.acme.example/billing)

    ⚠ It is deprecated; use Invoicing (component:default/invoicing) instead.

    Line last changed 3 hours ago by Callboard (…). CODEOWNERS agrees: @acme/billing-team.
    From services/invoice-printer/catalog-info.yaml:14 in acme at …, read just now.

    [1] What else they own → owns group:default/billing-team
    [2] Who owns Invoicing → who-owns component:default/invoicing
    ");
    insta::assert_snapshot!(bot.press(2).await, @"
    Invoicing (component:default/invoicing) belongs to Billing Team.

    Ask in #help-billing, or write to billing@acme.example.
    Members: Lars Hansen, Yuki Tanabe.
    Team page (https://wiki.acme.example/teams/billing) · Runbook (https://runbooks.acme.example/billing)

    Line last changed 3 hours ago by Callboard (…). CODEOWNERS agrees: @acme/billing-team.
    From services/invoicing/catalog-info.yaml:20 in acme at …, read just now.

    [1] What else they own → owns group:default/billing-team
    ");
}

#[tokio::test]
async fn near_twins_are_never_mixed_up() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("who-owns payment-api").await, @"
    Bank transfer API (component:default/payment-api) belongs to Billing Team.

    Ask in #help-billing, or write to billing@acme.example.
    Members: Lars Hansen, Yuki Tanabe.
    Team page (https://wiki.acme.example/teams/billing) · Runbook (https://runbooks.acme.example/billing)

    Line last changed 3 hours ago by Callboard (…). CODEOWNERS agrees: @acme/billing-team.
    From services/payment-api/catalog-info.yaml:20 in acme at …, read just now.

    [1] What else they own → owns group:default/billing-team
    ");
    insta::assert_snapshot!(bot.says("who-owns payments-api").await, @"
    Payments gateway (component:default/payments-api) belongs to Payments Team.

    Ask in #help-payments or #payments:acme.example, or write to payments@acme.example.
    Members: Dele Adeyemi, Marta Kowalska, Omar Haddad, Priya Raghunathan.
    Runbook (https://runbooks.acme.example/payments) · Team page (https://wiki.acme.example/teams/payments)

    Line last changed 3 hours ago by Callboard (…). CODEOWNERS agrees: @acme/payments-team.
    From services/payments-api/catalog-info.yaml:21 in acme at …, read just now.

    [1] What else they own → owns group:default/payments-team
    ");
    insta::assert_snapshot!(bot.says("who-owns paymnts-api").await, @"
    Payments gateway (component:default/payments-api) belongs to Payments Team.

    Ask in #help-payments or #payments:acme.example, or write to payments@acme.example.
    Members: Dele Adeyemi, Marta Kowalska, Omar Haddad, Priya Raghunathan.
    Runbook (https://runbooks.acme.example/payments) · Team page (https://wiki.acme.example/teams/payments)

    Line last changed 3 hours ago by Callboard (…). CODEOWNERS agrees: @acme/payments-team.
    From services/payments-api/catalog-info.yaml:21 in acme at …, read just now.

    [1] What else they own → owns group:default/payments-team
    ");
    insta::assert_snapshot!(bot.says("who-owns payments gateway").await, @"
    Payments gateway (component:default/payments-api) belongs to Payments Team.

    Ask in #help-payments or #payments:acme.example, or write to payments@acme.example.
    Members: Dele Adeyemi, Marta Kowalska, Omar Haddad, Priya Raghunathan.
    Runbook (https://runbooks.acme.example/payments) · Team page (https://wiki.acme.example/teams/payments)

    Line last changed 3 hours ago by Callboard (…). CODEOWNERS agrees: @acme/payments-team.
    From services/payments-api/catalog-info.yaml:21 in acme at …, read just now.

    [1] What else they own → owns group:default/payments-team
    ");
    insta::assert_snapshot!(bot.says("who-owns payment").await, @"
    Several things could be payment. Which one do you mean?

    [1] payments (Component of payments-team) → who-owns component:default/payments
    [2] payments-worker (Component of payments-team) → who-owns component:default/payments-worker
    [3] payments-v2 (API of payments-team) → who-owns api:default/payments-v2
    [4] payment-api (Component of billing-team) → who-owns component:default/payment-api
    [5] payment-webhooks (Resource of payments-team) → who-owns resource:default/payment-webhooks
    ");
}

#[tokio::test]
async fn namesakes_of_other_kinds_are_named() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("who-owns money").await, @"
    Money library (component:default/money) belongs to Billing Team.

    Ask in #help-billing, or write to billing@acme.example.
    Members: Lars Hansen, Yuki Tanabe.
    Team page (https://wiki.acme.example/teams/billing) · Runbook (https://runbooks.acme.example/billing)

    There is also domain:default/money.

    Line last changed 3 hours ago by Callboard (…). CODEOWNERS agrees: @acme/billing-team.
    From libraries/money/catalog-info.yaml:14 in acme at …, read just now.

    [1] What else they own → owns group:default/billing-team
    ");
    let repository = Repository::of(
        "apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: search}
spec: {type: service, lifecycle: production, owner: user:eva}
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: search}
spec: {type: openapi, lifecycle: production, owner: user:eva, definition: x}
",
    );
    let bot = TestBot::of(&repository).await;
    insta::assert_snapshot!(bot.says("who-owns search").await, @"
    search (component:default/search) belongs to eva, a person.

    ⚠ The user user:default/eva is not in the catalog, so I cannot say how to reach them.

    There is also api:default/search.

    Line last changed 3 hours ago by Ana (b1fc47a6).
    From catalog-info.yaml:4 in catalog at b1fc47a6, read just now.

    [1] What else they own → owns user:default/eva
    ");
}

#[tokio::test]
async fn an_owner_may_be_a_person() {
    let repository = Repository::of(
        "apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: eva}
spec: {profile: {displayName: Eva Lind, email: eva@acme.example}, memberOf: []}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: scripts}
spec: {type: tool, lifecycle: experimental, owner: user:eva}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: old-scripts}
spec: {type: tool, lifecycle: experimental, owner: user:gone}
",
    );
    let bot = TestBot::of(&repository).await;
    insta::assert_snapshot!(bot.says("who-owns scripts").await, @"
    scripts (component:default/scripts) belongs to Eva Lind, a person.

    Write to eva@acme.example.

    Line last changed 3 hours ago by Ana (2e6b8734).
    From catalog-info.yaml:9 in catalog at 2e6b8734, read just now.

    [1] What else they own → owns user:default/eva
    ");
    insta::assert_snapshot!(bot.says("who-owns old-scripts").await, @"
    old-scripts (component:default/old-scripts) belongs to gone, a person.

    ⚠ The user user:default/gone is not in the catalog, so I cannot say how to reach them.

    Line last changed 3 hours ago by Ana (2e6b8734).
    From catalog-info.yaml:14 in catalog at 2e6b8734, read just now.

    [1] What else they own → owns user:default/gone
    ");
}

#[tokio::test]
async fn what_backstage_refuses_is_answered_with_a_warning() {
    let repository = Repository::of(
        "apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: broken
  tags: [Not A Tag]
spec: {type: service, lifecycle: production, owner: team-a}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: orphan}
spec: {type: service, lifecycle: production}
",
    );
    let bot = TestBot::of(&repository).await;
    insta::assert_snapshot!(bot.says("who-owns broken").await, @r#"
    broken (component:default/broken) belongs to team-a.

    ⚠ The group group:default/team-a is not in the catalog, so I cannot say how to reach them.

    ⚠ Backstage would not take this entity: The tag "Not A Tag" is not valid: use a-z, 0-9, :, + and # with single - between them, at most 63 in all, like "not-a-tag".

    Line last changed 3 hours ago by Ana (57095ca7).
    From catalog-info.yaml:6 in catalog at 57095ca7, read just now.

    [1] What else they own → owns group:default/team-a
    "#);
    insta::assert_snapshot!(bot.says("who-owns orphan").await, @"
    Nobody: orphan (component:default/orphan) names no owner.

    ⚠ Backstage would not take this entity: spec.owner is missing: add owner: with the group or user who owns it, like owner: team-payments.

    From catalog-info.yaml:8 in catalog at 57095ca7, read just now.
    ");
}

#[tokio::test]
async fn the_last_good_version_is_answered_and_marked() {
    let good = "apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: pay}
spec: {type: service, lifecycle: production, owner: team-a}
";
    let repository = Repository::of(good);
    let bot = TestBot::of(&repository).await;
    let repository = repository
        .file(
            "catalog-info.yaml",
            good.replace("{name: pay}", "{name: pay"),
        )
        .commit("second");
    bot.advance(Duration::from_mins(7));
    insta::assert_snapshot!(bot.says("resync").await, @"
    • catalog is at 2c7156f8: nothing new, 1 problem (? ms)

    The catalog holds 1 entity. status names the problems.
    ");
    bot.advance(Duration::from_mins(5));
    insta::assert_snapshot!(bot.says("who-owns pay").await, @"
    pay (component:default/pay) belongs to team-a.

    ⚠ The group group:default/team-a is not in the catalog, so I cannot say how to reach them.

    From catalog-info.yaml:4 in catalog, read 5 minutes ago.

    ⚠ The file was found broken 5 minutes ago; this is its last good version.

    [1] What else they own → owns group:default/team-a
    ");
    let _repository = repository.file("catalog-info.yaml", good).commit("third");
    insta::assert_snapshot!(bot.says("resync").await, @"
    • catalog is at fd0ac9b8: nothing new (? ms)

    The catalog holds 1 entity.
    ");
    insta::assert_snapshot!(bot.says("who-owns pay").await, @"
    pay (component:default/pay) belongs to team-a.

    ⚠ The group group:default/team-a is not in the catalog, so I cannot say how to reach them.

    Line last changed 3 hours ago by Ana (4a2bdecf).
    From catalog-info.yaml:4 in catalog at fd0ac9b8, read just now.

    [1] What else they own → owns group:default/team-a
    ");
}

#[tokio::test]
async fn a_source_that_fails_keeps_its_answers_and_says_since_when() {
    let repository = Repository::of(
        "apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: pay}
spec: {type: service, lifecycle: production, owner: team-a}
",
    );
    let bot = TestBot::of(&repository).await;
    bot.advance(Duration::from_mins(5));
    insta::assert_snapshot!(bot.says("who-owns pay").await, @"
    pay (component:default/pay) belongs to team-a.

    ⚠ The group group:default/team-a is not in the catalog, so I cannot say how to reach them.

    Line last changed 3 hours ago by Ana (4a2bdecf).
    From catalog-info.yaml:4 in catalog at 4a2bdecf, read 5 minutes ago.

    [1] What else they own → owns group:default/team-a
    ");
    repository.vanish();
    insta::assert_snapshot!(bot.says("resync").await, @"
    • ⚠ catalog cannot be read: git says: '⌂/catalog' does not appear to be a git repository. I keep what I know of it.

    The catalog holds 1 entity.
    ");
    bot.advance(Duration::from_hours(2));
    insta::assert_snapshot!(bot.says("who-owns pay").await, @"
    pay (component:default/pay) belongs to team-a.

    ⚠ The group group:default/team-a is not in the catalog, so I cannot say how to reach them.

    Line last changed 5 hours ago by Ana (4a2bdecf).
    From catalog-info.yaml:4 in catalog at 4a2bdecf, read 2 hours ago.

    ⚠ Reading catalog began to fail 2 hours ago, so this may be out of date.

    [1] What else they own → owns group:default/team-a
    ");
    repository.reappear();
    insta::assert_snapshot!(bot.says("resync").await, @"
    • catalog is at 4a2bdecf: nothing new (? ms)

    The catalog holds 1 entity.
    ");
    insta::assert_snapshot!(bot.says("who-owns pay").await, @"
    pay (component:default/pay) belongs to team-a.

    ⚠ The group group:default/team-a is not in the catalog, so I cannot say how to reach them.

    Line last changed 5 hours ago by Ana (4a2bdecf).
    From catalog-info.yaml:4 in catalog at 4a2bdecf, read just now.

    [1] What else they own → owns group:default/team-a
    ");
}

#[tokio::test]
async fn what_is_not_understood_is_asked_back() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("who-owns").await, @"Which thing? I need a service, team, repository, file, link, host, pod or package, or a pasted stack trace, log or alert.");
    insta::assert_snapshot!(bot.says("ledger").await, @"
    Ledger (component:default/ledger) belongs to Billing Team.

    Ask in #help-billing, or write to billing@acme.example.
    Members: Lars Hansen, Yuki Tanabe.
    Team page (https://wiki.acme.example/teams/billing) · Runbook (https://runbooks.acme.example/billing)

    ⚠ CODEOWNERS disagrees: its line 17 gives /services/ledger/ to @acme/payments-team.

    Line last changed 3 hours ago by Callboard (…).
    From services/ledger/catalog-info.yaml:20 in acme at …, read just now.

    [1] What else they own → owns group:default/billing-team
    [2] Fix: owned by Payments Team → fix-owner component:default/ledger group:default/payments-team
    ");
    insta::assert_snapshot!(bot.says("who-owns zebra").await, @"I know no entity like zebra. Try another word, or search with a part of its name.");
    insta::assert_snapshot!(bot.says("who-owns ledgr").await, @"
    Ledger (component:default/ledger) belongs to Billing Team.

    Ask in #help-billing, or write to billing@acme.example.
    Members: Lars Hansen, Yuki Tanabe.
    Team page (https://wiki.acme.example/teams/billing) · Runbook (https://runbooks.acme.example/billing)

    ⚠ CODEOWNERS disagrees: its line 17 gives /services/ledger/ to @acme/payments-team.

    Line last changed 3 hours ago by Callboard (…).
    From services/ledger/catalog-info.yaml:20 in acme at …, read just now.

    [1] What else they own → owns group:default/billing-team
    [2] Fix: owned by Payments Team → fix-owner component:default/ledger group:default/payments-team
    ");
    insta::assert_snapshot!(bot.says("who-owns order").await, @"
    Several things could be order. Which one do you mean?

    [1] orders (Component of orders-team) → who-owns component:default/orders
    [2] order-archiver (Component of orders-team) → who-owns component:default/order-archiver
    [3] order-events (API of orders-team) → who-owns api:default/order-events
    [4] order-management (System of orders-team) → who-owns system:default/order-management
    [5] orders-db (Resource of orders-team) → who-owns resource:default/orders-db
    ");
    insta::assert_snapshot!(bot.press(2).await, @"
    Order archiver (component:default/order-archiver) belongs to Orders Team.

    Ask in #help-orders or #orders:acme.example, or write to orders@acme.example.
    Members: Elif Aksoy, Pedro Quintana.
    Team page (https://wiki.acme.example/teams/orders) · Runbook (https://runbooks.acme.example/orders)

    Line last changed 3 hours ago by Callboard (…). CODEOWNERS agrees: @acme/orders-team.
    From services/orders/catalog-info.yaml:97 in acme at …, read just now.

    [1] What else they own → owns group:default/orders-team
    ");
    insta::assert_snapshot!(bot.says("who-owns payments ledger orders").await, @"I know no entity like `payments ledger orders`. Try another word, or search with a part of its name.");
}

#[tokio::test]
async fn nothing_is_known_before_the_first_source_is_read() {
    let repository = Repository::new().commit("empty");
    let bot = TestBot::of(&repository).await;
    insta::assert_snapshot!(bot.says("who-owns payments").await, @"The catalog is still empty, so I cannot look anything up. status says how the sources are doing.");
}
