//! `who-owns` of what is no name: repositories, files, links, hosts, pods, packages and pasted texts.

use crate::harness::{Repository, TestBot};

/// The first paragraphs of an answer: whose it is and how that was recognised.
fn begins(answer: &str) -> String {
    let told = answer.lines().filter(|line| {
        line.contains("belongs to") || line.starts_with("Recognised") || line.starts_with("Nobody")
    });
    told.collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn whatever_points_to_a_thing_will_do() {
    let bot = TestBot::acme().await;
    let words = [
        "acme/data-pipelines",
        "https://github.com/acme/data-pipelines/pull/12/files",
        "https://github.com/acme/payments/blob/main/src/Charge.kt#L12",
        "git@github.com:acme/payments.git",
        "payments/src/main/Charge.kt:88:13",
        "acme/payments/src/main/Charge.kt",
        "payments/src/**/*.kt",
        "services/ledger/catalog-info.yaml",
        "acme/services/ledger/docs",
        "https://grafana.acme.example/d/inventory/overview?from=now-1h",
        "track.acme.example",
        "payments.prod.acme.example:8080",
        "ledger.money.svc.cluster.local",
        "payments-7d9f8b6c5-x2x4q",
        "outbound-mail-5f6d7c8b9d-2hq8z",
        "payments-prod",
        "PAYM3NT",
        "@acme/label-printer",
        "@acme/payments-client",
        "com.acme.payments:client",
        "Acme.Fulfilment.Shipping.Labels",
        "acme_pipelines.dump",
        "payments_worker",
    ];
    let mut told = String::new();
    for word in words {
        let answer = bot.says(&format!("who-owns {word}")).await;
        told = format!("{told}{word}: {}\n", begins(&answer));
    }
    insta::assert_snapshot!(told, @"
    acme/data-pipelines: Lake loader (component:default/lake-loader) belongs to Data Team.
    https://github.com/acme/data-pipelines/pull/12/files: Lake loader (component:default/lake-loader) belongs to Data Team.
    https://github.com/acme/payments/blob/main/src/Charge.kt#L12: Payments (component:default/payments) belongs to Payments Team. Recognised by its repository: https://github.com/acme/payments/blob/main/src/Charge.kt#L12.
    git@github.com:acme/payments.git: Payments (component:default/payments) belongs to Payments Team. Recognised by its repository: git@github.com:acme/payments.git.
    payments/src/main/Charge.kt:88:13: Payments (component:default/payments) belongs to Payments Team. Recognised by its repository: payments/src/main/Charge.kt:88:13.
    acme/payments/src/main/Charge.kt: Payments (component:default/payments) belongs to Payments Team. Recognised by its repository: acme/payments/src/main/Charge.kt.
    payments/src/**/*.kt: Payments (component:default/payments) belongs to Payments Team. Recognised by its repository: payments/src/**/*.kt.
    services/ledger/catalog-info.yaml: Ledger (component:default/ledger) belongs to Billing Team. Recognised by its folder: services/ledger/catalog-info.yaml.
    acme/services/ledger/docs: Ledger (component:default/ledger) belongs to Billing Team. Recognised by its folder: acme/services/ledger/docs.
    https://grafana.acme.example/d/inventory/overview?from=now-1h: Inventory (component:default/inventory) belongs to Delivery Team. Recognised by a page of it: https://grafana.acme.example/d/inventory/overview?from=now-1h.
    track.acme.example: Shipping (component:default/shipping) belongs to Delivery Team. Recognised by its host: track.acme.example.
    payments.prod.acme.example:8080: Payments (component:default/payments) belongs to Payments Team. Recognised by its name: payments.prod.acme.example:8080.
    ledger.money.svc.cluster.local: Ledger (component:default/ledger) belongs to Billing Team. Recognised by its name: ledger.money.svc.cluster.local.
    payments-7d9f8b6c5-x2x4q: Payments (component:default/payments) belongs to Payments Team. Recognised by its name: payments-7d9f8b6c5-x2x4q.
    outbound-mail-5f6d7c8b9d-2hq8z: Notifications (component:default/notifications) belongs to Orders Team. Recognised by its name in Kubernetes: outbound-mail-5f6d7c8b9d-2hq8z.
    payments-prod: Payments (component:default/payments) belongs to Payments Team. Recognised by what another system calls it: payments-prod.
    PAYM3NT: Payments (component:default/payments) belongs to Payments Team. Recognised by what another system calls it: PAYM3NT.
    @acme/label-printer: Shipping (component:default/shipping) belongs to Delivery Team. Recognised by a package of it: @acme/label-printer.
    @acme/payments-client: Payments (component:default/payments) belongs to Payments Team. Recognised by its name: @acme/payments-client.
    com.acme.payments:client: Payments (component:default/payments) belongs to Payments Team. Recognised by its name: com.acme.payments:client.
    Acme.Fulfilment.Shipping.Labels: Shipping (component:default/shipping) belongs to Delivery Team. Recognised by a package of it: Acme.Fulfilment.Shipping.Labels.
    acme_pipelines.dump: Lake loader (component:default/lake-loader) belongs to Data Team. Recognised by a package of it: acme_pipelines.dump.
    payments_worker: Payments worker (component:default/payments-worker) belongs to Payments Team.
    ");
}

#[tokio::test]
async fn a_thing_that_is_pointed_to_is_answered_in_full() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("who owns payments-worker-7d9f8b6c5-x2x4q?").await, @"
    Payments worker (component:default/payments-worker) belongs to Payments Team.

    Recognised by its name: payments-worker-7d9f8b6c5-x2x4q.

    Ask in #help-payments or #payments:acme.example, or write to payments@acme.example.
    Members: Dele Adeyemi, Marta Kowalska, Omar Haddad, Priya Raghunathan.
    Runbook (https://runbooks.acme.example/payments) · Team page (https://wiki.acme.example/teams/payments)

    Line last changed 3 hours ago by Callboard (…). CODEOWNERS agrees: @acme/payments-team.
    From services/payments-worker/catalog-info.yaml:17 in acme at …, read just now.

    [1] What else they own → owns group:default/payments-team
    ");
    insta::assert_snapshot!(bot.says("https://github.com/acme/ledger/blob/main/src/Book.kt").await, @"
    Ledger (component:default/ledger) belongs to Billing Team.

    Recognised by its repository: https://github.com/acme/ledger/blob/main/src/Book.kt.

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
async fn what_is_not_known_is_said_not_to_be() {
    let bot = TestBot::acme().await;
    for word in [
        "https://github.com/other/payments-fork/blob/main/x.rs",
        "paymentz-7d9f8b6c5-x2x4q",
        "acme/nothing",
        "foo/bar/baz.rs",
        "nothing.example.com",
        "@other/payments",
        "org.other.payments:client",
        "../../etc/passwd",
    ] {
        let answer = bot.as_person("ana").asks(&format!("who-owns {word}")).await;
        assert!(
            answer.failure.is_some(),
            "{word}: {:?}",
            answer.reply.map(|reply| reply.markdown)
        );
    }
    insta::assert_snapshot!(bot.says("who-owns https://github.com/other/x/blob/main/x.rs").await, @"Nothing in the catalog answers to https://github.com/other/x/blob/main/x.rs. Repositories are known by project-slug annotations and as sources, and files by their repository. search finds things by a part of their name.");
    insta::assert_snapshot!(bot.says("who-owns\n```\nit broke at org.other.Thing.run(Thing.java:1)\n```").await, @"Nothing in this text is known to the catalog: no service, repository, host, pod or package in it is one of ours. Name the service, or search with a part of its name.");
}

#[tokio::test]
async fn a_paste_names_several_things_each_with_its_line() {
    let bot = TestBot::acme().await;
    let alert = "*Service:* ledger\n*Team:* billing-team\n*Pod:* payments-7d9f8b6c5-x2x4q\n<!channel> **urgent**";
    insta::assert_snapshot!(bot.says(&format!("who owns this?\n```\n{alert}\n```")).await, @"
    I know 3 things that this text names:

    • Ledger (component:default/ledger) belongs to Billing Team; ask in #help-billing. Line 1: ledger

    • Payments (component:default/payments) belongs to Payments Team; ask in #help-payments or #payments:acme.example. Line 3: payments-7d9f8b6c5-x2x4q

    • Billing Team is a team; ask in #help-billing. Line 2: billing-team

    [1] Who owns Ledger → who-owns component:default/ledger
    [2] Who owns Payments → who-owns component:default/payments
    [3] Who owns Billing Team → who-owns group:default/billing-team
    ");
    insta::assert_snapshot!(bot.press(1).await, @"
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
    insta::assert_snapshot!(bot.says("who-owns").await, @"Which thing? I need a service, team, repository, file, link, host, pod or package, or a pasted stack trace, log or alert.");
    insta::assert_snapshot!(bot.says("panic at payments-api\nin ledger-db").await, @"
    I know 2 things that this text names:

    • Payments gateway (component:default/payments-api) belongs to Payments Team; ask in #help-payments or #payments:acme.example. Line 1: payments-api

    • Ledger database (resource:default/ledger-db) belongs to Billing Team; ask in #help-billing. Line 2: ledger-db

    [1] Who owns Payments gateway → who-owns component:default/payments-api
    [2] Who owns Ledger database → who-owns resource:default/ledger-db
    ");
    insta::assert_snapshot!(bot.says("```\nnothing here\nis ours\n```").await, @"Nothing in this text is known to the catalog, so I cannot say whose it is. Try who-owns and a name; help lists the rest.");
}

#[tokio::test]
async fn a_name_above_a_text_is_the_name_that_is_meant() {
    let bot = TestBot::acme().await;
    let answer = bot
        .says("who owns the ledger?\nBecause payments-api is slow.")
        .await;
    insta::assert_snapshot!(begins(&answer), @"Ledger (component:default/ledger) belongs to Billing Team.");
}

#[tokio::test]
async fn a_file_belongs_to_whom_codeowners_names() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("who-owns services/ledger/src/Book.kt:12").await, @"
    Ledger (component:default/ledger) belongs to Billing Team.

    Recognised by its folder: services/ledger/src/Book.kt:12.
    ⚠ The rule /services/ledger/ of CODEOWNERS gives it to Payments Team instead (CODEOWNERS:17).

    Ask in #help-billing, or write to billing@acme.example.
    Members: Lars Hansen, Yuki Tanabe.
    Team page (https://wiki.acme.example/teams/billing) · Runbook (https://runbooks.acme.example/billing)

    ⚠ CODEOWNERS disagrees: its line 17 gives /services/ledger/ to @acme/payments-team.

    Line last changed 3 hours ago by Callboard (…).
    From services/ledger/catalog-info.yaml:20 in acme at …, read just now.

    [1] What else they own → owns group:default/billing-team
    [2] Fix: owned by Payments Team → fix-owner component:default/ledger group:default/payments-team
    ");
    insta::assert_snapshot!(bot.says("who-owns services/payments/**/*.kt").await, @"
    Payments (component:default/payments) belongs to Payments Team.

    Recognised by its folder: services/payments/**/*.kt.
    The rule /services/payments/ of CODEOWNERS says the same (CODEOWNERS:10).

    Ask in #help-payments or #payments:acme.example, or write to payments@acme.example.
    Members: Dele Adeyemi, Marta Kowalska, Omar Haddad, Priya Raghunathan.
    Runbook (https://runbooks.acme.example/payments) · Team page (https://wiki.acme.example/teams/payments)

    Line last changed 3 hours ago by Callboard (…). CODEOWNERS agrees: @acme/payments-team.
    From services/payments/catalog-info.yaml:31 in acme at …, read just now.

    [1] What else they own → owns group:default/payments-team
    ");
    insta::assert_snapshot!(bot.says("who-owns org/teams-finance.yaml").await, @"
    org/teams-finance.yaml in acme belongs to Developer Platform Team and Gwen Pritchard.

    Developer Platform Team: ask in #help-platform or #help-platform:acme.example, or write to platform@acme.example.

    Gwen Pritchard: write to gwen.pritchard@acme.example.

    By the rule /org/ in CODEOWNERS:4.

    [1] What Developer Platform Team owns → owns group:default/platform-team
    [2] What Gwen Pritchard owns → owns user:default/gwen
    ");
    insta::assert_snapshot!(bot.says("who-owns docs/adr/").await, @"
    docs/adr in acme belongs to Platform Engineering, Finance Engineering and Commerce Engineering.

    Platform Engineering: ask in #platform-eng or #platform-eng:acme.example, or write to platform-eng@acme.example.

    Finance Engineering: ask in #finance-eng, or write to finance-eng@acme.example.

    Commerce Engineering: ask in #commerce-eng, or write to commerce-eng@acme.example.

    By the rule /docs/adr/ in CODEOWNERS:8.

    [1] What Platform Engineering owns → owns group:default/platform-engineering
    [2] What Finance Engineering owns → owns group:default/finance-engineering
    [3] What Commerce Engineering owns → owns group:default/commerce-engineering
    ");
    insta::assert_snapshot!(bot.says("who-owns\nM services/ledger/a.kt\nM services/cart/b.go\nM docs/adr/0006-x.md").await, @"
    I know 2 things that this text names:

    • Ledger (component:default/ledger) belongs to Billing Team (CODEOWNERS says Payments Team); ask in #help-billing. Line 1: services/ledger/a.kt

    • Shopping cart (component:default/cart) belongs to Orders Team; ask in #help-orders or #orders:acme.example. Line 2: services/cart/b.go

    [1] Who owns Ledger → who-owns component:default/ledger
    [2] Who owns Shopping cart → who-owns component:default/cart
    ");
}

/// A repository in which several teams have folders, and others that only point into it.
fn monorepo() -> Repository {
    let component = |name: &str, owner: &str, annotations: &str| {
        format!(
            "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: {name}, annotations: {{{annotations}}}}}\n\
             spec: {{type: service, lifecycle: production, owner: {owner}}}\n"
        )
    };
    Repository::new()
        .file(
            "apps/door/catalog-info.yaml",
            component("door", "gate", "github.com/project-slug: big/house"),
        )
        .file(
            "apps/window/catalog-info.yaml",
            component("window", "glass", "github.com/project-slug: big/house"),
        )
        .file(
            "elsewhere.yaml",
            component(
                "roof",
                "sky",
                "backstage.io/source-location: 'url:https://github.com/big/shed/tree/main/roof/'",
            ) + "---\n"
                + &*component(
                    "floor",
                    "ground",
                    "backstage.io/source-location: 'url:https://github.com/big/shed/tree/main/floor/'",
                ),
        )
        .file(
            "catalog-info.yaml",
            "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: all}\nspec: {target: ./elsewhere.yaml}\n",
        )
        .commit("first")
}

#[tokio::test]
async fn folders_of_one_repository_belong_to_different_teams() {
    let bot = TestBot::of(&monorepo()).await;
    let mut told = String::new();
    for word in [
        "apps/door/src/lock.rs",
        "apps/window/pane.rs",
        "https://github.com/big/shed/blob/main/roof/tile.rs",
        "big/shed/floor/board.rs",
        "https://github.com/big/shed/blob/main/cellar/x.rs",
    ] {
        let answer = bot.says(&format!("who-owns {word}")).await;
        told = format!("{told}{word}: {}\n", begins(&answer));
    }
    insta::assert_snapshot!(told, @"
    apps/door/src/lock.rs: door (component:default/door) belongs to gate. Recognised by its folder: apps/door/src/lock.rs.
    apps/window/pane.rs: window (component:default/window) belongs to glass. Recognised by its folder: apps/window/pane.rs.
    https://github.com/big/shed/blob/main/roof/tile.rs: roof (component:default/roof) belongs to sky. Recognised by the place of its code: https://github.com/big/shed/blob/main/roof/tile.rs.
    big/shed/floor/board.rs: floor (component:default/floor) belongs to ground. Recognised by the place of its code: big/shed/floor/board.rs.
    https://github.com/big/shed/blob/main/cellar/x.rs:
    ");
    insta::assert_snapshot!(bot.says("who-owns https://github.com/big/house").await, @"
    Several things answer to https://github.com/big/house, and they have different owners. Which one do you mean?

    [1] door (Component of gate) → who-owns component:default/door
    [2] window (Component of glass) → who-owns component:default/window
    ");
    insta::assert_snapshot!(bot.says("who-owns https://github.com/big/house/blob/main/x.rs").await, @"
    Several things answer to https://github.com/big/house/blob/main/x.rs, and they have different owners. Which one do you mean?

    [1] door (Component of gate) → who-owns component:default/door
    [2] window (Component of glass) → who-owns component:default/window
    ");
}
