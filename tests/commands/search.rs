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
    ");
}

#[tokio::test]
async fn nothing_found_says_what_to_try() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("search zebra stripes").await, @"Nothing among 93 entities goes with `zebra stripes`. Try fewer words, or only a part of one.");
    insta::assert_snapshot!(bot.says("search").await, @"Which words? I need some words, or parts of them.");
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
