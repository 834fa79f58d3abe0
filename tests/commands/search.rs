//! `search`.

use crate::harness::{Repository, TestBot};

#[tokio::test]
async fn words_find_names_titles_tags_and_descriptions() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("search fraud").await, @"
    3 entities for fraud:

    • Fraud check (component:default/fraud-check), owned by Risk & Fraud Team: Scores an order in under 80 ms; payments asks it before each charge.
    • Fraud scoring (api:default/fraud-scoring), owned by Risk & Fraud Team: One call, one number.
    • Risk & Fraud Team (group:default/risk-team): Decides which orders smell.

    From acme, read just now.

    [1] Fraud check → show component:default/fraud-check
    [2] Fraud scoring → show api:default/fraud-scoring
    [3] Risk & Fraud Team → show group:default/risk-team
    ");
    insta::assert_snapshot!(bot.press(1).await, @"
    Fraud check (component:default/fraud-check): production service

    Scores an order in under 80 ms; payments asks it before each charge.

    • Depends on: Feature flags (component)
    • Owned by: Risk & Fraud Team
    • Part of: Money movement (system)
    • Provides API: Fraud scoring (api)
    • Tags: python, ml, tier-1

    Links: Dashboard (https://grafana.acme.example/d/fraud-check)

    Annotations:

    • github.com/project-slug: acme/fraud-check
    • backstage.io/techdocs-ref: dir:.
    • backstage.io/kubernetes-id: fraud-check
    • pagerduty.com/service-id: PFRD204
    • callboard/aliases: `risk engine, scoring`

    From services/fraud-check/catalog-info.yaml:1 in acme at …, read just now.

    [1] Who owns it → who-owns component:default/fraud-check
    ");
    insta::assert_snapshot!(bot.says("search payments java").await, @"
    1 entity for `payments java`:

    • Bank transfer API (component:default/payment-api), owned by Billing Team: Direct debit and bank transfers for business customers. The name is from before we had cards. We know. (BIL-88: rename)

    From acme, read just now.

    [1] Bank transfer API → show component:default/payment-api
    ");
    insta::assert_snapshot!(bot.says("is there a service for parcels?").await, @"
    1 entity for parcels:

    • Shipping (component:default/shipping), owned by Delivery Team: Picks a carrier, prints labels, follows parcels.

    From acme, read just now.

    [1] Shipping → show component:default/shipping
    ");
    insta::assert_snapshot!(bot.says("search perl").await, @"
    1 entity for perl:

    • Invoice printer (component:default/invoice-printer), owned by Billing Team: Deprecated, use invoicing. Still prints paper invoices for 40 business customers until their contracts end.

    From acme, read just now.

    [1] Invoice printer → show component:default/invoice-printer
    ");
}

#[tokio::test]
async fn the_best_results_come_first() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("search payments").await, @"
    8 entities for payments:

    • Payments (component:default/payments), owned by Payments Team: Charges cards and wallets, refunds them, and tells the orders service how it went.
    • Payments worker (component:default/payments-worker), owned by Payments Team: Reads the processor's webhooks and settles charges and refunds.
    • Payments API v2 (api:default/payments-v2), owned by Payments Team: What checkout and the back office call. Version 1 is gone since last summer.
    • Payments gateway (component:default/payments-api), owned by Payments Team: The public door for marketplace sellers: keys, quotas, signatures. Everything behind it is the payments service. Not payment-api, which is billing's and older.
    • Payments database (resource:default/payments-db), owned by Payments Team: PostgreSQL 15. Card tokens only, never card numbers.
    • Payments Team (group:default/payments-team): Takes money from shoppers and gives it back when it must. On call around the clock.
    • Bank transfer API (component:default/payment-api), owned by Billing Team: Direct debit and bank transfers for business customers. The name is from before we had cards. We know. (BIL-88: rename)
    • Payment webhooks queue (resource:default/payment-webhooks), owned by Payments Team: What the card processor tells us, before payments-worker has read it.

    From acme, read just now.

    [1] Payments → show component:default/payments
    [2] Payments worker → show component:default/payments-worker
    [3] Payments API v2 → show api:default/payments-v2
    [4] Payments gateway → show component:default/payments-api
    [5] Payments database → show resource:default/payments-db
    ");
}

#[tokio::test]
async fn more_than_anybody_reads_is_cut_and_counted() {
    let parts: Vec<String> = (0..12)
        .map(|number| {
            format!(
                "apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {{name: part-{number:02}}}
spec: {{type: service, lifecycle: production, owner: a}}
"
            )
        })
        .collect();
    let bot = TestBot::of(&Repository::of(&parts.join("---\n"))).await;
    insta::assert_snapshot!(bot.says("search part").await, @"
    The first 10 of 12 for part:

    • part-00 (component:default/part-00), owned by a
    • part-01 (component:default/part-01), owned by a
    • part-02 (component:default/part-02), owned by a
    • part-03 (component:default/part-03), owned by a
    • part-04 (component:default/part-04), owned by a
    • part-05 (component:default/part-05), owned by a
    • part-06 (component:default/part-06), owned by a
    • part-07 (component:default/part-07), owned by a
    • part-08 (component:default/part-08), owned by a
    • part-09 (component:default/part-09), owned by a

    From catalog, read just now.

    [1] part-00 → show component:default/part-00
    [2] part-01 → show component:default/part-01
    [3] part-02 → show component:default/part-02
    [4] part-03 → show component:default/part-03
    [5] part-04 → show component:default/part-04
    [6] More → search --page 2 part
    ");
    insta::assert_snapshot!(bot.press(6).await, @"
    11 to 12 of 12 for part:

    • part-10 (component:default/part-10), owned by a
    • part-11 (component:default/part-11), owned by a

    From catalog, read just now.

    [1] part-10 → show component:default/part-10
    [2] part-11 → show component:default/part-11
    ");
    insta::assert_snapshot!(bot.says("search part -namespace:other kind:\"component\"").await, @r#"
    The first 10 of 12 for part with -namespace:other, kind:component:

    • part-00 (component:default/part-00), owned by a
    • part-01 (component:default/part-01), owned by a
    • part-02 (component:default/part-02), owned by a
    • part-03 (component:default/part-03), owned by a
    • part-04 (component:default/part-04), owned by a
    • part-05 (component:default/part-05), owned by a
    • part-06 (component:default/part-06), owned by a
    • part-07 (component:default/part-07), owned by a
    • part-08 (component:default/part-08), owned by a
    • part-09 (component:default/part-09), owned by a

    From catalog, read just now.

    [1] part-00 → show component:default/part-00
    [2] part-01 → show component:default/part-01
    [3] part-02 → show component:default/part-02
    [4] part-03 → show component:default/part-03
    [5] part-04 → show component:default/part-04
    [6] More → search --page 2 "part -namespace:other kind:\"component\""
    "#);
    insta::assert_snapshot!(bot.press(6).await, @"
    11 to 12 of 12 for part with -namespace:other, kind:component:

    • part-10 (component:default/part-10), owned by a
    • part-11 (component:default/part-11), owned by a

    From catalog, read just now.

    [1] part-10 → show component:default/part-10
    [2] part-11 → show component:default/part-11
    ");
    insta::assert_snapshot!(bot.says("search --page 9 part").await, @"
    11 to 12 of 12 for part:

    • part-10 (component:default/part-10), owned by a
    • part-11 (component:default/part-11), owned by a

    From catalog, read just now.

    [1] part-10 → show component:default/part-10
    [2] part-11 → show component:default/part-11
    ");
}

#[tokio::test]
async fn nothing_found_says_what_to_try() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("search zebra stripes").await, @"Nothing among 93 entities goes with `zebra stripes`. Try fewer words, or only a part of one.");
    insta::assert_snapshot!(bot.says("search").await, @"Which words? I need some words or parts of them, or filters like kind:api.");
    insta::assert_snapshot!(bot.says("kotlin").await, @"
    4 entities for kotlin:

    • Ledger (component:default/ledger), owned by Billing Team: Double-entry bookkeeping. What is not in the ledger did not happen.
    • Money library (component:default/money), owned by Billing Team: Amounts, currencies and rounding, once and for all. Do not use floats.
    • Payments (component:default/payments), owned by Payments Team: Charges cards and wallets, refunds them, and tells the orders service how it went.
    • Payments worker (component:default/payments-worker), owned by Payments Team: Reads the processor's webhooks and settles charges and refunds.

    From acme, read just now.

    [1] Ledger → show component:default/ledger
    [2] Money library → show component:default/money
    [3] Payments → show component:default/payments
    [4] Payments worker → show component:default/payments-worker
    ");
}

#[tokio::test]
async fn filters_narrow_what_the_words_find() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("search payments kind:api").await, @"
    1 entity for payments with kind:api:

    • Payments API v2 (api:default/payments-v2), owned by Payments Team: What checkout and the back office call. Version 1 is gone since last summer.

    From acme, read just now.

    [1] Payments API v2 → show api:default/payments-v2
    ");
    insta::assert_snapshot!(bot.says("search payments owner:\"payments team\" -kind:component -type:database").await, @r#"
    2 entities for payments with `owner:"payments team"`, -kind:component, -type:database:

    • Payments API v2 (api:default/payments-v2), owned by Payments Team: What checkout and the back office call. Version 1 is gone since last summer.
    • Payment webhooks queue (resource:default/payment-webhooks), owned by Payments Team: What the card processor tells us, before payments-worker has read it.

    From acme, read just now.

    [1] Payments API v2 → show api:default/payments-v2
    [2] Payment webhooks queue → show resource:default/payment-webhooks
    "#);
    insta::assert_snapshot!(bot.says("is there anything about money tag:kotlin?").await, @"
    1 entity for money with tag:kotlin:

    • Money library (component:default/money), owned by Billing Team: Amounts, currencies and rounding, once and for all. Do not use floats.

    From acme, read just now.

    [1] Money library → show component:default/money
    ");
    insta::assert_snapshot!(bot.says("search component:payments").await, @"
    4 entities for component:payments:

    • Payments (component:default/payments), owned by Payments Team: Charges cards and wallets, refunds them, and tells the orders service how it went.
    • Payments worker (component:default/payments-worker), owned by Payments Team: Reads the processor's webhooks and settles charges and refunds.
    • Payments gateway (component:default/payments-api), owned by Payments Team: The public door for marketplace sellers: keys, quotas, signatures. Everything behind it is the payments service. Not payment-api, which is billing's and older.
    • Bank transfer API (component:default/payment-api), owned by Billing Team: Direct debit and bank transfers for business customers. The name is from before we had cards. We know. (BIL-88: rename)

    From acme, read just now.

    [1] Payments → show component:default/payments
    [2] Payments worker → show component:default/payments-worker
    [3] Payments gateway → show component:default/payments-api
    [4] Bank transfer API → show component:default/payment-api
    ");
}

#[tokio::test]
async fn filters_find_without_words() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("search kind:api owner:payments-team").await, @"
    1 entity with kind:api, owner:payments-team:

    • Payments API v2 (api:default/payments-v2), owned by Payments Team: What checkout and the back office call. Version 1 is gone since last summer.

    From acme, read just now.

    [1] Payments API v2 → show api:default/payments-v2
    ");
    insta::assert_snapshot!(bot.says("search system:money-movement tag:python tag:ml").await, @"
    1 entity with system:money-movement, tag:python, tag:ml:

    • Fraud check (component:default/fraud-check), owned by Risk & Fraud Team: Scores an order in under 80 ms; payments asks it before each charge.

    From acme, read just now.

    [1] Fraud check → show component:default/fraud-check
    ");
    insta::assert_snapshot!(bot.says("search lifecycle:deprecated lifecycle:experimental kind:component").await, @r#"
    2 entities with lifecycle:deprecated, lifecycle:experimental, kind:component:

    • Invoice printer (component:default/invoice-printer), owned by Billing Team: Deprecated, use invoicing. Still prints paper invoices for 40 business customers until their contracts end.
    • Recommendations (component:default/recommendations), owned by growth-team: "Others also bought". Built by the growth team before the reorganisation.

    From acme, read just now.

    [1] Invoice printer → show component:default/invoice-printer
    [2] Recommendations → show component:default/recommendations
    "#);
    insta::assert_snapshot!(bot.says("search kind:api owner:nobody").await, @"Nothing among 93 entities has kind:api, owner:nobody. Leave a filter out, or say it otherwise.");
    insta::assert_snapshot!(bot.says("search fraud kind:domain namespace:default").await, @"Nothing among 93 entities goes with fraud and has kind:domain, namespace:default. Leave a filter out, or say it otherwise.");
}

#[tokio::test]
async fn a_filter_that_does_not_exist_is_told() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("search payments onwer:payments-team").await, @"I know no filter onwer:. Did you mean owner:? There are kind:, owner:, tag:, lifecycle:, system:, type:, namespace:.");
    insta::assert_snapshot!(bot.says("search kind: api").await, @"Nothing stands behind kind:. Say it without a space, like kind:api.");
}
