//! Links that people post.

use insta::assert_snapshot;

use super::Workspace;

const PAYMENTS: &str = "https://github.com/acme/payments";

#[tokio::test]
async fn a_link_is_shown_where_the_channel_wants_it_and_once() {
    let workspace = Workspace::acme().await;
    let slack = &workspace.slack;
    slack.posts_link("omar", "#general", PAYMENTS).await;
    slack
        .slash("omar", "#general", "/callboard", "channel previews on")
        .await;
    slack.reads("omar", "#general", "Done").await;
    let before = slack.screen("priya", "#general");
    slack.posts_link("omar", "#general", PAYMENTS).await;
    assert_snapshot!(slack.previewed("#general").await, @"
    omar:
    https://github.com/acme/payments
    | preview of https://github.com/acme/payments:
    | Payments (Component, production) belongs to Payments Team; ask in #help-payments. Charges cards and wallets, refunds them, and tells the orders service how it went.
    | From services/payments/catalog-info.yaml:31 in acme at …, read just now.
    ");
    slack.posts_link("omar", "#general", PAYMENTS).await;
    slack.slash("omar", "#general", "/who-owns", "ledger").await;
    slack.next("omar", "#general").await;
    let after = slack.screen("priya", "#general");
    assert_eq!(before.matches("belongs to").count(), 0, "{before}");
    assert_eq!(after.matches("belongs to").count(), 1, "{after}");
}
