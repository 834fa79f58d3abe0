//! `deps`.

use crate::harness::{Repository, TestBot};

fn component(name: &str, more: &str) -> String {
    format!(
        "---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {{name: {name}}}
spec: {{type: service, lifecycle: production, owner: team-a{more}}}
"
    )
}

#[tokio::test]
async fn what_a_service_depends_on_stands_with_its_owners() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("deps payments").await, @"
    Payments (component:default/payments) depends on 6 things directly, 7 within 3 steps:

    • Feature flags – Developer Platform Team
    • Fraud check – Risk & Fraud Team, through Fraud scoring
      • Feature flags – Developer Platform Team
    • Ledger – Billing Team, through Ledger entries
      • Money library – Billing Team
      • Ledger database (resource) – Billing Team
    • Money library – Billing Team
    • Payments database (resource) – Payments Team
      • Production cluster (resource) – Site Reliability
    • Production cluster (resource) – Site Reliability

    From services/payments/catalog-info.yaml:2 in acme at …, read just now.

    [1] What depends on it → deps component:default/payments --reverse
    [2] Who owns it → who-owns component:default/payments
    ");
    insta::assert_snapshot!(bot.press(1).await, @"
    4 things depend on Payments (component:default/payments) directly, 10 within 3 steps:

    • Order service – Orders Team, through Payments API v2
      • Inventory – Delivery Team, through Order events
        • Shopping cart – Orders Team, through Stock … 1 more behind it
        • Order service – Orders Team, through Stock ↩ a cycle, already above
      • Invoicing – Billing Team, through Order events
      • Lake loader – Data Team, through Order events
      • Notifications – Orders Team, through Order events
        • Invoicing – Billing Team
      • Shipping – Delivery Team, through Order events
        • Order service – Orders Team ↩ a cycle, already above
        • Returns portal – Delivery Team, through Shipments
    • Payments gateway – Payments Team, through Payments API v2
    • Returns portal – Delivery Team, through Payments API v2
    • Web shop – Storefront Team, through Payments API v2

    Tell Delivery Team (3, #help-delivery), Orders Team (3, #help-orders), Billing Team (1, #help-billing), Data Team (1, #help-data), Payments Team (1, #help-payments), Storefront Team (1, #help-storefront).

    From services/payments/catalog-info.yaml:2 in acme at …, read just now.

    [1] What it depends on → deps component:default/payments
    [2] Up to 10 steps → deps component:default/payments --reverse --depth 10
    [3] Who owns it → who-owns component:default/payments
    ");
}

#[tokio::test]
async fn what_breaks_is_asked_in_plain_words() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("what breaks if the ledger database is down?").await, @"
    2 things depend on Ledger database (resource:default/ledger-db) directly, 8 within 3 steps:

    • Ledger – Billing Team
      • Invoicing – Billing Team, through Ledger entries
      • Bank transfer API – Billing Team, through Ledger entries
      • Payments – Payments Team, through Ledger entries
        • Order service – Orders Team, through Payments API v2 … 5 more behind it
        • Payments gateway – Payments Team, through Payments API v2
        • Returns portal – Delivery Team, through Payments API v2
        • Web shop – Storefront Team, through Payments API v2
    • Bank transfer API – Billing Team

    Tell Billing Team (3, #help-billing), Payments Team (2, #help-payments), Delivery Team (1, #help-delivery), Orders Team (1, #help-orders), Storefront Team (1, #help-storefront).

    From resources/databases.yaml:18 in acme at …, read just now.

    [1] What it depends on → deps resource:default/ledger-db
    [2] Up to 10 steps → deps resource:default/ledger-db --reverse --depth 10
    [3] Who owns it → who-owns resource:default/ledger-db
    ");
    insta::assert_snapshot!(bot.says("what depends on money library").await, @"
    3 things depend on Money library (component:default/money) directly, 12 within 3 steps:

    • Invoicing – Billing Team
    • Ledger – Billing Team
      • Invoicing – Billing Team, through Ledger entries
      • Bank transfer API – Billing Team, through Ledger entries
      • Payments – Payments Team, through Ledger entries ↓ unfolded further down
    • Payments – Payments Team
      • Order service – Orders Team, through Payments API v2
        • Inventory – Delivery Team, through Order events … 2 more behind it
        • Invoicing – Billing Team, through Order events
        • Lake loader – Data Team, through Order events
        • Notifications – Orders Team, through Order events … 1 more behind it
        • Shipping – Delivery Team, through Order events … 2 more behind it
      • Payments gateway – Payments Team, through Payments API v2
      • Returns portal – Delivery Team, through Payments API v2
      • Web shop – Storefront Team, through Payments API v2

    Tell Billing Team (3, #help-billing), Delivery Team (3, #help-delivery), Orders Team (2, #help-orders), Payments Team (2, #help-payments), Data Team (1, #help-data), Storefront Team (1, #help-storefront).

    From libraries/money/catalog-info.yaml:1 in acme at …, read just now.

    [1] What it depends on → deps component:default/money
    [2] Up to 10 steps → deps component:default/money --reverse --depth 10
    [3] Who owns it → who-owns component:default/money
    ");
    insta::assert_snapshot!(bot.says("what does invoicing depend on?").await, @"
    Invoicing (component:default/invoicing) depends on 5 things directly, 15 within 3 steps:

    • Ledger – Billing Team, through Ledger entries
      • Money library – Billing Team
      • Ledger database (resource) – Billing Team
    • Money library – Billing Team
    • Notifications – Orders Team
      • Order service – Orders Team, through Order events ↓ unfolded further down
    • Order service – Orders Team, through Order events
      • Inventory – Delivery Team, through Stock
        • Order service – Orders Team, through Order events ↩ a cycle, already above
      • Payments – Payments Team, through Payments API v2
        • Feature flags – Developer Platform Team
        • Fraud check – Risk & Fraud Team, through Fraud scoring … 1 more behind it
        • Ledger – Billing Team, through Ledger entries ↩ already above
        • Money library – Billing Team
        • Payments database (resource) – Payments Team … 1 more behind it
        • Production cluster (resource) – Site Reliability
      • Shipping – Delivery Team
        • Order service – Orders Team, through Order events ↩ a cycle, already above
      • Order events topic (resource) – Orders Team
      • Orders database (resource) – Orders Team
    • Invoice archive (resource) – Billing Team

    From services/invoicing/catalog-info.yaml:1 in acme at …, read just now.

    [1] What depends on it → deps component:default/invoicing --reverse
    [2] Up to 10 steps → deps component:default/invoicing --depth 10
    [3] Who owns it → who-owns component:default/invoicing
    ");
}

#[tokio::test]
async fn apis_and_systems_depend_as_well() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("deps api:stock --depth 1").await, @"
    Stock (api:default/stock) depends on 1 thing directly:

    • Inventory – Delivery Team … 1 more behind it

    From services/inventory/catalog-info.yaml:26 in acme at …, read just now.

    [1] What depends on it → deps api:default/stock --reverse
    [2] Up to 10 steps → deps api:default/stock --depth 10
    [3] Who owns it → who-owns api:default/stock
    ");
    insta::assert_snapshot!(bot.says("deps api:stock --reverse --depth=1").await, @"
    2 things depend on Stock (api:default/stock) directly:

    • Shopping cart – Orders Team … 1 more behind it
    • Order service – Orders Team … 5 more behind it

    Tell Orders Team (2, #help-orders).

    From services/inventory/catalog-info.yaml:26 in acme at …, read just now.

    [1] What it depends on → deps api:default/stock
    [2] Up to 10 steps → deps api:default/stock --reverse --depth 10
    [3] Who owns it → who-owns api:default/stock
    ");
    insta::assert_snapshot!(bot.says("deps system:money-movement --depth 2").await, @"
    Money movement (system:default/money-movement) has 13 parts; with what they depend on it is 17 within 2 steps:

    • Fraud check – Risk & Fraud Team
      • Feature flags – Developer Platform Team
    • Invoice printer – Billing Team, deprecated
    • Invoicing – Billing Team
      • Ledger – Billing Team, through Ledger entries ↓ unfolded further down
      • Money library – Billing Team
      • Notifications – Orders Team … 1 more behind it
      • Order service – Orders Team, through Order events … 5 more behind it
      • Invoice archive (resource) – Billing Team
    • Ledger – Billing Team
      • Money library – Billing Team
      • Ledger database (resource) – Billing Team
    • Money library – Billing Team
    • Bank transfer API – Billing Team
      • Ledger – Billing Team, through Ledger entries ↩ already above
      • Ledger database (resource) – Billing Team
    • Payments – Payments Team
      • Feature flags – Developer Platform Team
      • Fraud check – Risk & Fraud Team, through Fraud scoring ↩ already above
      • Ledger – Billing Team, through Ledger entries ↩ already above
      • Money library – Billing Team
      • Payments database (resource) – Payments Team ↓ unfolded further down
      • Production cluster (resource) – Site Reliability
    • Payments gateway – Payments Team
      • Payments – Payments Team, through Payments API v2 ↩ already above
    • Payments worker – Payments Team
      • Payment webhooks queue (resource) – Payments Team
      • Payments database (resource) – Payments Team ↓ unfolded further down
    • Invoice archive (resource) – Billing Team
    • Ledger database (resource) – Billing Team
    • Payment webhooks queue (resource) – Payments Team
    • and 1 more

    1 of the 17 is not shown.

    From systems/systems.yaml:35 in acme at …, read just now.

    [1] What depends on it → deps system:default/money-movement --reverse
    [2] Up to 10 steps → deps system:default/money-movement --depth 10
    [3] Who owns it → who-owns system:default/money-movement
    ");
}

#[tokio::test]
async fn cycles_and_what_is_not_there_are_shown() {
    let text = component(
        "a",
        ", dependsOn: [component:b, component:gone, resource:lost]",
    ) + &*component("b", ", dependsOn: [component:c], consumesApis: [nobodys]")
        + &*component("c", ", dependsOn: [component:a, component:d, component:c]")
        + &*component("d", "")
        + &*component("alone", "");
    let bot = TestBot::of(&Repository::of(&text)).await;
    insta::assert_snapshot!(bot.says("deps component:a").await, @"
    a (component:default/a) depends on 3 things directly, 6 within 3 steps:

    • b – team-a
      • c – team-a
        • a – team-a ↩ a cycle, already above
        • d – team-a
      • nobodys (api) ⚠ not in the catalog
    • gone ⚠ not in the catalog
    • lost (resource) ⚠ not in the catalog

    From catalog-info.yaml:2 in catalog at ec89b9ff, read just now.

    [1] What depends on it → deps component:default/a --reverse
    [2] Who owns it → who-owns component:default/a
    ");
    insta::assert_snapshot!(bot.says("deps component:a --reverse").await, @"
    1 thing depends on a (component:default/a) directly, 2 within 3 steps:

    • c – team-a
      • b – team-a
        • a – team-a ↩ a cycle, already above

    Tell team-a (2).

    From catalog-info.yaml:2 in catalog at ec89b9ff, read just now.

    [1] What it depends on → deps component:default/a
    [2] Who owns it → who-owns component:default/a
    ");
    insta::assert_snapshot!(bot.says("deps component:c --depth 1").await, @"
    c (component:default/c) depends on 2 things directly:

    • a – team-a … 3 more behind it
    • d – team-a

    From catalog-info.yaml:12 in catalog at ec89b9ff, read just now.

    [1] What depends on it → deps component:default/c --reverse
    [2] Up to 10 steps → deps component:default/c --depth 10
    [3] Who owns it → who-owns component:default/c
    ");
    insta::assert_snapshot!(bot.says("deps alone").await, @"
    alone (component:default/alone) depends on nothing in the catalog.

    From catalog-info.yaml:22 in catalog at ec89b9ff, read just now.

    [1] What depends on it → deps component:default/alone --reverse
    [2] Who owns it → who-owns component:default/alone
    ");
    insta::assert_snapshot!(bot.says("deps alone --reverse").await, @"
    Nothing in the catalog depends on alone (component:default/alone).

    From catalog-info.yaml:22 in catalog at ec89b9ff, read just now.

    [1] What it depends on → deps component:default/alone
    [2] Who owns it → who-owns component:default/alone
    ");
}

#[tokio::test]
async fn more_than_anybody_reads_is_cut_and_counted() {
    let all: Vec<String> = (0..60).map(|n| format!("component:part-{n:02}")).collect();
    let (first, rest) = all.split_at(30);
    let mut text = component("whole", &format!(", dependsOn: [{}]", first.join(", ")));
    text += &*component("part-00", &format!(", dependsOn: [{}]", rest.join(", ")));
    for number in 1..60 {
        let more = if number < 4 {
            ", dependsOn: [component:part-00, component:part-59]"
        } else {
            ""
        };
        text += &*component(&format!("part-{number:02}"), more);
    }
    let bot = TestBot::of(&Repository::of(&text)).await;
    insta::assert_snapshot!(bot.says("deps whole").await, @"
    whole (component:default/whole) depends on 30 things directly, 60 within 3 steps:

    • part-00 – team-a
      • part-30 – team-a
      • part-31 – team-a
      • part-32 – team-a
      • part-33 – team-a
      • part-34 – team-a
      • part-35 – team-a
      • part-36 – team-a
      • part-37 – team-a
      • part-38 – team-a
      • part-39 – team-a
      • part-40 – team-a
      • part-41 – team-a
      • and 18 more
    • part-01 – team-a
      • part-00 – team-a ↩ already above
      • part-59 – team-a
    • part-02 – team-a
      • part-00 – team-a ↩ already above
      • part-59 – team-a
    • part-03 – team-a
      • part-00 – team-a ↩ already above
      • part-59 – team-a
    • part-04 – team-a
    • part-05 – team-a
    • part-06 – team-a
    • part-07 – team-a
    • part-08 – team-a
    • part-09 – team-a
    • part-10 – team-a
    • part-11 – team-a
    • and 18 more

    35 of the 60 are not shown.

    From catalog-info.yaml:2 in catalog at d6fa8a74, read just now.

    [1] What depends on it → deps component:default/whole --reverse
    [2] Who owns it → who-owns component:default/whole
    ");
}

#[tokio::test]
async fn what_cannot_be_asked_is_explained() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("deps payments --depth 11").await, @"I go from 1 to 10 steps, not 11. Without --depth it is 3.");
    insta::assert_snapshot!(bot.says("deps payments --depth far").await, @"far is not a whole number. Say it like `--depth 3`.");
    insta::assert_snapshot!(bot.says("deps payments --reverse=maybe").await, @"--reverse takes no maybe. Say it alone, or leave it out.");
    insta::assert_snapshot!(bot.says("deps payments --revers").await, @"deps has no option --revers. Did you mean --reverse? It takes --thing, --reverse, --depth.");
    insta::assert_snapshot!(bot.says("what depends on payments team").await, @"payments-team is a team, and only what runs has dependencies. `owns payments-team` lists what they own; ask for the dependencies of one of these.");
    insta::assert_snapshot!(bot.says("deps").await, @"Which thing? I need the name of a service, API, resource or system.");
    insta::assert_snapshot!(bot.says("help deps").await, @"
    `deps <thing> [--reverse] [--depth N]`: What something depends on, or with `--reverse` what breaks when it breaks.

    • thing is the name of a service, API, resource or system.
    • --reverse: the other way round: what depends on it; you may leave it out.
    • `--depth N` is how many steps far, from 1 to 10; 3 when you do not say it.

    It also listens to dependencies and depends-on.
    A plain sentence works too: “what does <thing> depend on”, “what does <thing> need”, “what are the dependencies of <thing>”, “show me the dependencies of <thing>”, “what depends on <thing>”, “what needs <thing>” and others like these.
    Try `deps payments`, `deps payments --reverse` or `deps web-shop --depth 1`.

    [1] deps payments
    [2] deps payments --reverse
    [3] deps web-shop --depth 1
    ");
}

#[tokio::test]
async fn the_picture_comes_with_the_words() {
    let bot = TestBot::acme().await;
    let ana = bot.as_person("ana");
    let picture = |line: &'static str| {
        let ana = &ana;
        async move { ana.asks(line).await.reply.and_then(|reply| reply.picture) }
    };
    let needs = picture("deps payments").await.expect("a picture");
    assert_eq!(needs.alt, "What Payments depends on");
    assert!(needs.png.starts_with(b"\x89PNG"));
    let needed = picture("deps payments --reverse").await.expect("a picture");
    assert_eq!(needed.alt, "What depends on Payments");
    assert_ne!(needs.png, needed.png);
    // Where there is nothing to draw, and where only words answer.
    assert_eq!(picture("deps prod-eu").await, None);
    assert_eq!(picture("who-owns payments").await, None);
}
