//! `show`.

use crate::harness::{Repository, TestBot};

#[tokio::test]
async fn a_service_is_shown_with_its_relations() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("show payments").await, @"
    Payments (component:default/payments): production service

    Charges cards and wallets, refunds them, and tells the orders service how it went.

    • Consumes API: Fraud scoring (api), Ledger entries (api)
    • Depends on: Feature flags (component), Money library (component), Payments database (resource), Production cluster (resource)
    • Has part: Payments worker (component)
    • Owned by: Payments Team
    • Part of: Money movement (system)
    • Provides API: Payments API v2 (api)
    • Tags: kotlin, pci, tier-1

    Links: Dashboard (https://grafana.acme.example/d/payments) · Runbook (https://runbooks.acme.example/payments)

    Annotations:

    • github.com/project-slug: acme/payments
    • backstage.io/techdocs-ref: dir:.
    • backstage.io/kubernetes-id: payments
    • backstage.io/kubernetes-namespace: money
    • pagerduty.com/service-id: PAYM3NT
    • argocd/app-name: payments-prod
    • callboard/aliases: `pay, checkout payments`

    From services/payments/catalog-info.yaml:2 in acme at …, read just now.

    [1] Who owns it → who-owns component:default/payments
    ");
    insta::assert_snapshot!(bot.press(1).await, @"
    Payments (component:default/payments) belongs to Payments Team.

    Ask in #help-payments or #payments:acme.example, or write to payments@acme.example.
    Members: Dele Adeyemi, Marta Kowalska, Omar Haddad, Priya Raghunathan.
    Runbook (https://runbooks.acme.example/payments) · Team page (https://wiki.acme.example/teams/payments)

    Line last changed 3 hours ago by Callboard (…). CODEOWNERS agrees: @acme/payments-team.
    From services/payments/catalog-info.yaml:31 in acme at …, read just now.

    [1] What else they own → owns group:default/payments-team
    ");
}

#[tokio::test]
async fn every_kind_can_be_shown() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("show system:money-movement").await, @"
    Money movement (system:default/money-movement)

    Charges, refunds, fraud checks, invoices and the ledger.

    • Has part: Fraud scoring (api), Ledger entries (api), Payments API v2 (api), Fraud check (component), Invoice printer (component), Invoicing (component), Ledger (component), Money library (component), Bank transfer API (component), Payments (component), Payments gateway (component), Payments worker (component) and 4 more
    • Owned by: Finance Engineering
    • Part of: Money (domain)

    Links: Overview dashboard (https://grafana.acme.example/d/money-movement)

    From systems/systems.yaml:35 in acme at …, read just now.

    [1] Who owns it → who-owns system:default/money-movement
    ");
    insta::assert_snapshot!(bot.says("show risk-team").await, @"
    Risk & Fraud Team (group:default/risk-team): team

    Decides which orders smell.

    • Child of: Finance Engineering
    • Has member: Omar Haddad, Sofia Marques
    • Owner of: Fraud scoring (api), Fraud check (component)
    • E-mail: risk@acme.example

    Links: Team page (https://wiki.acme.example/teams/risk)

    Annotations:

    • slack.com/channel: #help-risk
    • matrix.org/room: #risk:acme.example
    • callboard/aliases: `fraud team`

    From org/teams-finance.yaml:53 in acme at …, read just now.

    [1] What they own → owns group:default/risk-team
    ");
    insta::assert_snapshot!(bot.says("show user:omar").await, @"
    Omar Haddad (user:default/omar)

    Half risk, half payments.

    • Member of: Payments Team, Risk & Fraud Team
    • E-mail: omar.haddad@acme.example

    Annotations:

    • slack.com/user-id: U04X9J6SRN

    From org/users-finance.yaml:87 in acme at …, read just now.

    [1] What they own → owns user:default/omar
    ");
    insta::assert_snapshot!(bot.says("show prod-eu").await, @"
    Production cluster (resource:default/prod-eu): kubernetes-cluster

    Kubernetes in Frankfurt. Everything shoppers touch runs here.

    • Dependency of: Deploy bot (component), Payments (component), Sign-in (component), Payments database (resource)
    • Owned by: Site Reliability
    • Part of: Developer platform (system)

    Links: Cluster dashboard (https://grafana.acme.example/d/prod-eu)

    Annotations:

    • backstage.io/kubernetes-cluster: prod-eu
    • callboard/aliases: `prod, production`

    From resources/clusters.yaml:1 in acme at …, read just now.

    [1] Who owns it → who-owns resource:default/prod-eu
    ");
    insta::assert_snapshot!(bot.says("show location:acme").await, @"
    Acme catalogue (location:default/acme): file

    Everything Acme Outfitters runs, and who looks after it.

    Annotations:

    • github.com/project-slug: acme/catalog

    From catalog-info.yaml:2 in acme at …, read just now.
    ");
}

#[tokio::test]
async fn what_is_only_referred_to_is_marked() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("show recommendations").await, @r#"
    Recommendations (component:default/recommendations): experimental service

    "Others also bought". Built by the growth team before the reorganisation.

    • Consumes API: Products (api)
    • Dependency of: Web shop (component)
    • Depends on: Data lake (resource), clickstream-topic (resource, ⚠ not in the catalog)
    • Owned by: growth-team (group, ⚠ not in the catalog)
    • Part of: Storefront (system)
    • Tags: python, ml

    Links: Dashboard (https://grafana.acme.example/d/recommendations)

    Annotations:

    • github.com/project-slug: acme/recommendations
    • backstage.io/kubernetes-id: recommendations

    From services/recommendations/catalog-info.yaml:1 in acme at …, read just now.

    [1] Who owns it → who-owns component:default/recommendations
    "#);
    insta::assert_snapshot!(bot.says("show growth-team").await, @"
    growth-team (group:default/growth-team)
    ⚠ Others name it, but it is not in the catalog itself.

    • Owner of: Recommendations (component)

    [1] What they own → owns group:default/growth-team
    ");
}

#[tokio::test]
async fn an_entity_that_backstage_refuses_is_shown_with_the_reason() {
    let repository = Repository::of(
        "apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: broken
  tags: [Not A Tag]
spec:
  type: service
  lifecycle: production
  owner: team-a
  dependsOn: [resource:nowhere]
",
    );
    let bot = TestBot::of(&repository).await;
    insta::assert_snapshot!(bot.says("show broken").await, @r#"
    broken (component:default/broken): production service

    ⚠ Backstage would not take this entity: The tag "Not A Tag" is not valid: use a-z, 0-9, :, + and # with single - between them, at most 63 in all, like "not-a-tag".

    • Depends on: nowhere (resource, ⚠ not in the catalog)
    • Owned by: team-a (group, ⚠ not in the catalog)
    • Tags: Not A Tag

    From catalog-info.yaml:1 in catalog at 840fdb0d, read just now.

    [1] Who owns it → who-owns component:default/broken
    "#);
}

#[tokio::test]
async fn long_lists_are_cut_and_counted() {
    let system = "apiVersion: backstage.io/v1alpha1
kind: System
metadata: {name: large}
spec: {owner: a}
";
    let part = |number: u32| {
        format!(
            "---
apiVersion: backstage.io/v1alpha1
kind: Resource
metadata: {{name: part-{number:02}}}
spec: {{type: queue, owner: a, system: large}}
"
        )
    };
    let text = system.to_owned() + &*(0..14).map(part).collect::<String>();
    let bot = TestBot::of(&Repository::of(&text)).await;
    insta::assert_snapshot!(bot.says("show large").await, @"
    large (system:default/large)

    • Has part: part-00 (resource), part-01 (resource), part-02 (resource), part-03 (resource), part-04 (resource), part-05 (resource), part-06 (resource), part-07 (resource), part-08 (resource), part-09 (resource), part-10 (resource), part-11 (resource) and 2 more
    • Owned by: a (group, ⚠ not in the catalog)

    From catalog-info.yaml:1 in catalog at b0a3b73a, read just now.

    [1] Who owns it → who-owns system:default/large
    ");
}

#[tokio::test]
async fn what_is_not_understood_is_asked_back() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("show").await, @"Which thing? I need the name of anything in the catalog.");
    insta::assert_snapshot!(bot.says("the ledger, please").await, @"
    Ledger (component:default/ledger): production service

    Double-entry bookkeeping. What is not in the ledger did not happen.

    • Depends on: Money library (component), Ledger database (resource)
    • Owned by: Billing Team
    • Part of: Money movement (system)
    • Provides API: Ledger entries (api)
    • Tags: kotlin, audited, tier-1

    Links: Dashboard (https://grafana.acme.example/d/ledger)

    Annotations:

    • github.com/project-slug: acme/ledger
    • backstage.io/techdocs-ref: dir:.
    • backstage.io/kubernetes-id: ledger
    • prometheus.io/rule: ledger_unbalanced_entries,ledger_lag_seconds
    • callboard/aliases: `bookkeeping, general ledger, GL`

    From services/ledger/catalog-info.yaml:1 in acme at …, read just now.

    [1] Who owns it → who-owns component:default/ledger
    ");
    insta::assert_snapshot!(bot.says("show me zebra").await, @"I know no entity like zebra. Try another word, or search with a part of its name.");
    insta::assert_snapshot!(bot.says("show user:ana").await, @"
    Ana Horvat (user:default/ana)

    Leads the developer platform. Looks after this catalogue.

    • Member of: Developer Platform Team
    • E-mail: ana.horvat@acme.example

    Annotations:

    • slack.com/user-id: U01A4W8VKE
    • matrix.org/user-id: @ana:acme.example

    From org/users-platform.yaml:2 in acme at …, read just now.

    [1] What they own → owns user:default/ana
    ");
}
