//! Mentions and threads.

use insta::assert_snapshot;

use super::Workspace;

#[tokio::test]
async fn a_mention_is_answered_once_in_its_thread() {
    let workspace = Workspace::acme().await;
    let slack = &workspace.slack;
    let said = slack.mention("omar", "#general", "who-owns payments").await;
    assert_eq!(said.deliveries.len(), 2, "a mention and a message");
    let answer = slack.next("priya", &said.thread).await;
    assert!(answer.contains("belongs to"), "{answer}");
    for delivered in &said.deliveries {
        slack.again(delivered).await;
    }
    // What is asked afterwards is answered, and nothing before it.
    slack
        .says("omar", &said.thread, "and who owns ledger?")
        .await;
    let answer = slack.reads("priya", &said.thread, "Ledger").await;
    assert_eq!(answer.matches("belongs to").count(), 1, "{answer}");
}

#[tokio::test]
async fn in_a_thread_of_others_only_what_is_meant_for_the_bot_is_answered() {
    let workspace = Workspace::acme().await;
    let slack = &workspace.slack;
    let said = slack
        .says("priya", "#general", "the ledger is slow today")
        .await;
    slack.says("omar", &said.thread, "who-owns ledger").await;
    slack.says("omar", &said.thread, "!who-owns payments").await;
    let answer = slack.next("priya", &said.thread).await;
    assert!(
        answer.contains("Payments (component:default/payments)"),
        "{answer}"
    );
    assert!(!answer.contains("Ledger"), "{answer}");
}

#[tokio::test]
async fn an_edited_line_is_not_run_again() {
    let workspace = Workspace::acme().await;
    let slack = &workspace.slack;
    slack.says("omar", "@omar", "who-owns payments").await;
    slack.next("omar", "@omar").await;
    slack.edits("omar", "@omar", "who-owns ledger").await;
    slack.says("omar", "@omar", "whois priya").await;
    let answer = slack.reads("omar", "@omar", "Priya").await;
    assert!(!answer.contains("belongs to"), "{answer}");
}

#[tokio::test]
async fn an_event_that_comes_four_times_is_answered_once() {
    let workspace = Workspace::acme().await;
    let slack = &workspace.slack;
    let said = slack.says("omar", "@omar", "who-owns payments").await;
    let answer = slack.next("omar", "@omar").await;
    assert!(answer.contains("belongs to"), "{answer}");
    for _ in 0..3 {
        slack.again(&said.deliveries[0]).await;
    }
    slack.says("omar", "@omar", "who-owns ledger").await;
    let answer = slack.next("omar", "@omar").await;
    assert_eq!(answer.matches("belongs to").count(), 1, "{answer}");
    assert_snapshot!(slack.unread("@omar"), @"0");
}
