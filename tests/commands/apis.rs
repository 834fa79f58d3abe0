//! `apis`.

use crate::harness::{Repository, TestBot};

fn entity(kind: &str, name: &str, spec: &str) -> String {
    format!(
        "---
apiVersion: backstage.io/v1alpha1
kind: {kind}
metadata: {{name: {name}}}
spec: {{{spec}}}
"
    )
}

fn api(name: &str, owner: &str, more: &str) -> String {
    let spec = format!("type: grpc, owner: {owner}, definition: x, {more}");
    entity("API", name, &spec)
}

fn component(name: &str, more: &str) -> String {
    let spec = format!("type: service, lifecycle: production, owner: team-a{more}");
    entity("Component", name, &spec)
}

#[tokio::test]
async fn a_component_provides_and_consumes() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("apis payments").await, @"
    Payments (component:default/payments) provides 1 API and consumes 2.

    Provides (1)

    • Payments API v2 – Payments Team, openapi, production, 4 consumers

    Consumes (2)

    • Fraud scoring – Risk & Fraud Team, grpc, production, provided by Fraud check
    • Ledger entries – Billing Team, openapi, production, provided by Ledger

    From services/payments/catalog-info.yaml:2 in acme at …, read just now.

    [1] Who uses Payments API v2 → apis api:default/payments-v2
    [2] Who owns it → who-owns component:default/payments
    ");
    insta::assert_snapshot!(bot.press(1).await, @"
    Payments API v2 (api:default/payments-v2) – Payments Team, openapi, production, in Money movement.

    1 component provides it, and 4 components consume it.

    Provided by (1)

    • Payments – Payments Team, service, production

    Consumed by (4)

    • Order service – Orders Team, service, production
    • Payments gateway – Payments Team, service, production
    • Returns portal – Delivery Team, website, production
    • Web shop – Storefront Team, website, production

    From services/payments/catalog-info.yaml:44 in acme at …, read just now.

    [1] What depends on it → deps api:default/payments-v2 --reverse
    [2] Who owns it → who-owns api:default/payments-v2
    ");
    insta::assert_snapshot!(bot.says("apis of web shop").await, @"
    Web shop (component:default/web-shop) provides no API and consumes 3.

    Consumes (3)

    • Payments API v2 – Payments Team, openapi, production, provided by Payments
    • Product search GraphQL – Catalogue & Search Team, graphql, experimental, provided by Product search
    • Products – Catalogue & Search Team, openapi, production, provided by Product catalogue

    From websites/web-shop/catalog-info.yaml:1 in acme at …, read just now.

    [1] Who owns it → who-owns component:default/web-shop
    ");
    insta::assert_snapshot!(bot.says("apis acme-ui").await, @"
    Acme UI (component:default/acme-ui) provides no API and consumes none.

    From libraries/acme-ui/catalog-info.yaml:1 in acme at …, read just now.

    [1] Who owns it → who-owns component:default/acme-ui
    ");
}

#[tokio::test]
async fn who_provides_and_who_consumes_an_api() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("who consumes order-events?").await, @"
    Order events (api:default/order-events) – Orders Team, asyncapi, production, in Order management.

    1 component provides it, and 5 components consume it.

    Provided by (1)

    • Order service – Orders Team, service, production

    Consumed by (5)

    • Inventory – Delivery Team, service, production
    • Invoicing – Billing Team, service, production
    • Lake loader – Data Team, dataflow, production
    • Notifications – Orders Team, service, production
    • Shipping – Delivery Team, service, production

    From services/orders/catalog-info.yaml:39 in acme at …, read just now.

    [1] What depends on it → deps api:default/order-events --reverse
    [2] Who owns it → who-owns api:default/order-events
    ");
    insta::assert_snapshot!(bot.says("who provides product-search?").await, @"
    Product search GraphQL (api:default/product-search) – Catalogue & Search Team, graphql, experimental, in Storefront.

    1 component provides it, and 1 component consumes it.

    Provided by (1)

    • Product search – Catalogue & Search Team, service, production

    Consumed by (1)

    • Web shop – Storefront Team, website, production

    From services/search/catalog-info.yaml:23 in acme at …, read just now.

    [1] What depends on it → deps api:default/product-search --reverse
    [2] Who owns it → who-owns api:default/product-search
    ");
}

#[tokio::test]
async fn a_system_has_the_apis_of_its_parts() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("which apis are in money movement?").await, @"
    Money movement (system:default/money-movement) has 3 APIs; what is in it consumes 1 from elsewhere.

    In it (3)

    • Fraud scoring – Risk & Fraud Team, grpc, production, provided by Fraud check, 1 consumer
    • Ledger entries – Billing Team, openapi, production, provided by Ledger, 3 consumers
    • Payments API v2 – Payments Team, openapi, production, provided by Payments, 4 consumers

    From elsewhere (1)

    • Order events – Orders Team, asyncapi, production, provided by Order service, consumed by Invoicing

    From systems/systems.yaml:35 in acme at …, read just now.

    [1] Who uses Fraud scoring → apis api:default/fraud-scoring
    [2] Who uses Ledger entries → apis api:default/ledger-entries
    [3] Who uses Payments API v2 → apis api:default/payments-v2
    [4] Who owns it → who-owns system:default/money-movement
    ");
    insta::assert_snapshot!(bot.says("apis domain:commerce").await, @"
    Commerce (domain:default/commerce) has 8 APIs.

    In it (8)

    • Fraud scoring – Risk & Fraud Team, grpc, production, provided by Fraud check, 1 consumer
    • Ledger entries – Billing Team, openapi, production, provided by Ledger, 3 consumers
    • Order events – Orders Team, asyncapi, production, provided by Order service, 5 consumers
    • Payments API v2 – Payments Team, openapi, production, provided by Payments, 4 consumers
    • Product search GraphQL – Catalogue & Search Team, graphql, experimental, provided by Product search, 1 consumer
    • Products – Catalogue & Search Team, openapi, production, provided by Product catalogue, 4 consumers
    • Shipments – Delivery Team, openapi, production, provided by Shipping, 1 consumer
    • Stock – Delivery Team, grpc, production, provided by Inventory, 2 consumers

    From systems/domains.yaml:1 in acme at …, read just now.

    [1] Who uses Fraud scoring → apis api:default/fraud-scoring
    [2] Who uses Ledger entries → apis api:default/ledger-entries
    [3] Who uses Order events → apis api:default/order-events
    [4] Who owns it → who-owns domain:default/commerce
    ");
}

#[tokio::test]
async fn a_team_owns_apis_alone_and_with_the_teams_below_it() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("apis finance-engineering").await, @"
    Finance Engineering (group:default/finance-engineering) owns no API in its own name; the teams below it own 3.

    Of the teams below it (3)

    • Fraud scoring – Risk & Fraud Team, grpc, production, provided by Fraud check, 1 consumer
    • Ledger entries – Billing Team, openapi, production, provided by Ledger, 3 consumers
    • Payments API v2 – Payments Team, openapi, production, provided by Payments, 4 consumers

    From org/departments.yaml:27 in acme at …, read just now.

    [1] What they own → owns group:default/finance-engineering
    ");
    insta::assert_snapshot!(bot.says("what apis does payments-team own?").await, @"
    Payments Team (group:default/payments-team) owns 1 API.

    Its own (1)

    • Payments API v2, openapi, production, provided by Payments, 4 consumers

    From org/teams-finance.yaml:1 in acme at …, read just now.

    [1] Who uses Payments API v2 → apis api:default/payments-v2
    [2] What they own → owns group:default/payments-team
    ");
    insta::assert_snapshot!(bot.says("apis mobile-team").await, @"
    Mobile Team (group:default/mobile-team) owns no API.

    From org/teams-platform.yaml:69 in acme at …, read just now.

    [1] What they own → owns group:default/mobile-team
    ");
}

#[tokio::test]
async fn what_leads_nowhere_and_what_goes_away_is_named() {
    let text = entity("Group", "team-a", "type: team, children: []")
        + &*entity("System", "shop", "owner: team-a")
        + &*component(
            "front",
            ", system: shop, providesApis: [pages, gone, drawer], consumesApis: [orphan, lost, old]",
        )
        + &*component("back", ", system: shop, consumesApis: [old, pages]")
        + &*api("pages", "team-a", "lifecycle: production, system: shop")
        + &*api(
            "drawer",
            "ghosts",
            "lifecycle: experimental, system: cellar",
        )
        + &*api("orphan", "team-a", "lifecycle: production")
        + &*api("old", "team-a", "lifecycle: deprecated, system: shop")
        + &*component("keeper", ", providesApis: [old]");
    let bot = TestBot::of(&Repository::of(&text)).await;
    insta::assert_snapshot!(bot.says("apis front").await, @"
    front (component:default/front) provides 3 APIs and consumes 3.

    Provides (3)

    • drawer – ghosts (⚠ not in the catalog), grpc, experimental, no consumers
    • pages – team-a, grpc, production, 1 consumer
    • gone ⚠ not in the catalog

    Consumes (3, 1 deprecated)

    • old – team-a, grpc, ⚠ deprecated, provided by keeper
    • orphan – team-a, grpc, production, ⚠ nobody provides it
    • lost ⚠ not in the catalog

    From catalog-info.yaml:12 in catalog at 80bddef6, read just now.

    [1] Who uses drawer → apis api:default/drawer
    [2] Who uses pages → apis api:default/pages
    [3] Who owns it → who-owns component:default/front
    ");
    insta::assert_snapshot!(bot.says("apis shop").await, @"
    shop (system:default/shop) has 4 APIs; what is in it consumes 2 from elsewhere.

    In it (4, 1 deprecated)

    • drawer – ghosts (⚠ not in the catalog), grpc, experimental, provided by front, no consumers; declared in cellar
    • old – team-a, grpc, ⚠ deprecated, provided by keeper, 2 consumers
    • pages – team-a, grpc, production, provided by front, 1 consumer
    • gone ⚠ not in the catalog, provided by front

    From elsewhere (2)

    • orphan – team-a, grpc, production, ⚠ nobody provides it, consumed by front
    • lost ⚠ not in the catalog, consumed by front

    From catalog-info.yaml:7 in catalog at 80bddef6, read just now.

    [1] Who uses drawer → apis api:default/drawer
    [2] Who uses old → apis api:default/old
    [3] Who uses pages → apis api:default/pages
    [4] Who owns it → who-owns system:default/shop
    ");
    insta::assert_snapshot!(bot.says("apis drawer").await, @"
    drawer (api:default/drawer) – ghosts (⚠ not in the catalog), grpc, experimental, in cellar (⚠ not in the catalog).

    1 component provides it, and nobody consumes it.

    Provided by (1)

    • front – team-a, service, production

    From catalog-info.yaml:27 in catalog at 80bddef6, read just now.

    [1] What depends on it → deps api:default/drawer --reverse
    [2] Who owns it → who-owns api:default/drawer
    ");
    insta::assert_snapshot!(bot.says("apis orphan").await, @"
    orphan (api:default/orphan) – team-a, grpc, production.

    ⚠ Nobody provides it, and 1 component consumes it.

    Consumed by (1)

    • front – team-a, service, production

    From catalog-info.yaml:32 in catalog at 80bddef6, read just now.

    [1] What depends on it → deps api:default/orphan --reverse
    [2] Who owns it → who-owns api:default/orphan
    ");
    insta::assert_snapshot!(bot.says("apis ghosts").await, @"
    ghosts (group:default/ghosts) owns 1 API.

    ⚠ It is not in the catalog itself; this is what names it as owner.

    Its own (1)

    • drawer, grpc, experimental, provided by front, no consumers

    [1] Who uses drawer → apis api:default/drawer
    [2] What they own → owns group:default/ghosts
    ");
    insta::assert_snapshot!(bot.says("apis lost").await, @"I know no entity like lost. Try another word, or search with a part of its name.");
}

#[tokio::test]
async fn more_than_anybody_reads_is_cut_and_the_rest_is_a_press_away() {
    let mut text = entity("Group", "team-a", "type: team, children: [team-b]")
        + &*entity(
            "Group",
            "team-b",
            "type: team, parent: team-a, children: []",
        )
        + &*component("one", ", providesApis: [a-00]")
        + &*component("two", ", providesApis: [a-00]")
        + &*component("three", ", providesApis: [a-00]")
        + &*component("four", ", providesApis: [a-00]");
    for number in 0..23 {
        text += &*api(&format!("a-{number:02}"), "team-a", "lifecycle: production");
    }
    for number in 0..5 {
        text += &*api(&format!("b-{number:02}"), "team-b", "lifecycle: deprecated");
    }
    let bot = TestBot::of(&Repository::of(&text)).await;
    insta::assert_snapshot!(bot.says("apis team-a").await, @"
    team-a (group:default/team-a) owns 23 APIs; the teams below it own 5.

    Its own (23)

    • a-00, grpc, production, provided by four, one, three and 1 more, no consumers
    • a-01, grpc, production, ⚠ nobody provides it, no consumers
    • a-02, grpc, production, ⚠ nobody provides it, no consumers
    • a-03, grpc, production, ⚠ nobody provides it, no consumers
    • a-04, grpc, production, ⚠ nobody provides it, no consumers
    • a-05, grpc, production, ⚠ nobody provides it, no consumers
    • a-06, grpc, production, ⚠ nobody provides it, no consumers
    • a-07, grpc, production, ⚠ nobody provides it, no consumers
    • a-08, grpc, production, ⚠ nobody provides it, no consumers
    • a-09, grpc, production, ⚠ nobody provides it, no consumers
    • a-10, grpc, production, ⚠ nobody provides it, no consumers
    • a-11, grpc, production, ⚠ nobody provides it, no consumers
    • a-12, grpc, production, ⚠ nobody provides it, no consumers
    • a-13, grpc, production, ⚠ nobody provides it, no consumers
    • a-14, grpc, production, ⚠ nobody provides it, no consumers
    • a-15, grpc, production, ⚠ nobody provides it, no consumers
    • a-16, grpc, production, ⚠ nobody provides it, no consumers
    • a-17, grpc, production, ⚠ nobody provides it, no consumers
    • a-18, grpc, production, ⚠ nobody provides it, no consumers
    • a-19, grpc, production, ⚠ nobody provides it, no consumers
    • a-20, grpc, production, ⚠ nobody provides it, no consumers
    • a-21, grpc, production, ⚠ nobody provides it, no consumers
    • a-22, grpc, production, ⚠ nobody provides it, no consumers

    Of the teams below it (5, 5 deprecated)

    • b-00 – team-b, grpc, ⚠ deprecated, ⚠ nobody provides it, no consumers
    • b-01 – team-b, grpc, ⚠ deprecated, ⚠ nobody provides it, no consumers
    • and 3 more

    3 of the 28 are still to come.

    From catalog-info.yaml:2 in catalog at c5e1fa51, read just now.

    [1] The next ones → apis group:default/team-a --from 26
    [2] Who uses a-00 → apis api:default/a-00
    [3] Who uses a-01 → apis api:default/a-01
    [4] Who uses a-02 → apis api:default/a-02
    [5] What they own → owns group:default/team-a
    ");
    insta::assert_snapshot!(bot.press(1).await, @"
    team-a (group:default/team-a) owns 23 APIs; the teams below it own 5.

    Of the teams below it (5, 5 deprecated)

    • b-02 – team-b, grpc, ⚠ deprecated, ⚠ nobody provides it, no consumers
    • b-03 – team-b, grpc, ⚠ deprecated, ⚠ nobody provides it, no consumers
    • b-04 – team-b, grpc, ⚠ deprecated, ⚠ nobody provides it, no consumers

    From catalog-info.yaml:2 in catalog at c5e1fa51, read just now.

    [1] What they own → owns group:default/team-a
    ");
}

#[tokio::test]
async fn a_name_of_the_catalog_is_only_text() {
    let text = "apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: a, title: '*b* @here <!channel>'}
spec: {type: '**x**', lifecycle: '_y_', owner: team-a, definition: x}
"
    .to_owned()
        + &*component("c", ", providesApis: [a]");
    let bot = TestBot::of(&Repository::of(&text)).await;
    let reply = bot.as_person("ana").asks("apis c").await.reply;
    insta::assert_snapshot!(reply.expect("an answer").markdown, @r"
    **c** (`component:default/c`) provides 1 API and consumes none.

    **Provides** (1)

    - **\*b\* \@here \<!channel>** – team-a (⚠ not in the catalog), \*\*x\*\*, \_y\_, no consumers

    *From* `catalog-info.yaml:6` *in catalog at a2803e35, read just now.*
    ");
}

#[tokio::test]
async fn what_has_no_apis_is_explained() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("apis ledger-db").await, @"ledger-db is of the kind Resource, which provides no APIs and consumes none. Ask for the APIs of a component, a system or a team, or who provides an API.");
    insta::assert_snapshot!(bot.says("apis").await, @"Which thing? I need the name of a service, system, team or API.");
}
