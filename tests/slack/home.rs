//! The Home tab.

use insta::assert_snapshot;

use super::Workspace;

#[tokio::test]
async fn the_home_tab_shows_what_is_mine() {
    let workspace = Workspace::acme().await;
    let slack = &workspace.slack;
    slack.opens_home("omar").await;
    assert_snapshot!(slack.home_with("omar", "own").await, @"
    Omar Haddad, you are in Payments Team and Risk & Fraud Team.

    You and your teams own 8 things:
    Fraud scoring (api:default/fraud-scoring), production
    Payments API v2 (api:default/payments-v2), production
    Fraud check (component:default/fraud-check), production
    Payments (component:default/payments), production
    Payments gateway (component:default/payments-api), production
    Payments worker (component:default/payments-worker), production
    Payment webhooks queue (resource:default/payment-webhooks)
    Payments database (resource:default/payments-db)

    Ask who-owns and a name, a file or a link; search finds things by words; help lists the rest.
    [1] What Payments Team owns  [2] What Risk & Fraud Team owns  [3] What you can ask
    ");
    slack.press("omar", "home", "What Payments Team owns").await;
    let answer = slack.next("omar", "@omar").await;
    assert!(answer.contains("owns"), "{answer}");
}

#[tokio::test]
async fn a_guest_sees_no_more_at_home() {
    let workspace = Workspace::acme().await;
    let slack = &workspace.slack;
    slack.opens_home("gus").await;
    assert_snapshot!(slack.home_with("gus", "members").await, @"I answer members of this organisation only. Where guests are to ask me, too, an admin allows it by channel allow in the channel.");
}
