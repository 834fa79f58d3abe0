//! What goes wrong: nothing is lost, and nothing is answered twice.

use callboard::chat::adapter::{Adapter as _, SendError};
use callboard::message::Reply;
use insta::assert_snapshot;

use super::{Connected, channel};
use crate::harness::slack::{APP_TOKEN, BOT_TOKEN, Moment, Trouble};

const GENERAL: &str = "C0GENERAL1";

#[tokio::test]
async fn a_socket_that_is_cut_before_the_acknowledgement_delivers_again_and_is_answered_once() {
    let connected = Connected::start().await;
    let slack = &connected.slack;
    slack.cuts(Moment::BeforeAcknowledgement);
    let delivered = slack
        .slash("ana", "#general", "/who-owns", "payments")
        .await;
    assert!(delivered.acknowledged);
    assert_eq!(delivered.attempts, 2);
    assert_snapshot!(slack.next("ana", "#general").await, @"
    callboard (only ana sees this):
    You said: who-owns payments
    ");
    assert_eq!(connected.times("who-owns payments"), 1);
    connected.slack.connected(2).await;
    connected.stop().await;
}

#[tokio::test]
async fn a_socket_that_is_cut_after_the_acknowledgement_loses_no_answer() {
    let connected = Connected::start().await;
    let slack = &connected.slack;
    slack.cuts(Moment::AfterAcknowledgement);
    let delivered = slack
        .slash("ana", "#general", "/who-owns", "payments")
        .await;
    assert_eq!(delivered.attempts, 1);
    let answer = slack.next("ana", "#general").await;
    assert!(answer.contains("who-owns payments"), "{answer}");
    slack.connected(2).await;
    connected.stop().await;
}

/// A thread where somebody says *status*, and the answer is on its way: Slack has been asked to post it and says nothing.
async fn being_answered(connected: &Connected) -> String {
    let slack = &connected.slack;
    // The first attempt fails, so that the one that is waited for comes after the acknowledgement.
    slack.trouble("chat.postMessage", Trouble::RateLimited(1));
    let said = slack.mention("ana", "#general", "status").await;
    slack.silent(true);
    slack.hanging("chat.postMessage").await;
    assert_eq!(slack.unread("#general"), 0);
    said.thread
}

/// The thread shows one answer to *status*, and no further one comes before what is said next.
async fn answered_once(connected: &Connected, thread: &str) {
    let slack = &connected.slack;
    let answer = slack.next("ana", thread).await;
    assert_eq!(answer.matches("You said: status").count(), 1, "{answer}");
    slack.mention("ana", thread, "after all").await;
    let rest = slack.reads("ana", thread, "after all").await;
    assert!(!rest.contains("You said: status"), "{rest}");
    assert_eq!(connected.times("status"), 1);
}

#[tokio::test]
async fn sockets_that_are_cut_during_the_answer_neither_lose_nor_repeat_it() {
    let connected = Connected::start().await;
    let thread = being_answered(&connected).await;
    connected.slack.cuts_all();
    connected.slack.silent(false);
    connected.slack.connected(2).await;
    answered_once(&connected, &thread).await;
    connected.stop().await;
}

#[tokio::test]
async fn an_answer_is_there_once_after_slack_fell_silent_in_its_midst() {
    let connected = Connected::start().await;
    let thread = being_answered(&connected).await;
    // The sockets are given up meanwhile, and others asked for.
    connected.slack.hanging("apps.connections.open").await;
    connected.slack.silent(false);
    connected.slack.connected(2).await;
    answered_once(&connected, &thread).await;
    connected.stop().await;
}

#[tokio::test]
async fn an_event_that_is_delivered_four_times_is_answered_once() {
    let connected = Connected::start().await;
    let slack = &connected.slack;
    let said = slack.mention("ana", "#general", "status").await;
    for _ in 0..3 {
        for delivery in &said.deliveries {
            assert!(slack.again(delivery).await.acknowledged);
        }
    }
    let answer = slack.next("ana", &said.thread).await;
    assert_eq!(answer.matches("You said: status").count(), 1, "{answer}");
    assert_eq!(connected.times("status"), 1);
    connected.stop().await;
}

#[tokio::test]
async fn sockets_are_replaced_before_they_end() {
    let connected = Connected::start().await;
    let slack = &connected.slack;
    slack.warns();
    // The old ones are still there when the new ones are.
    slack.connected(3).await;
    for number in 0..5 {
        let line = format!("line {number}");
        let delivered = slack.slash("ana", "#general", "/callboard", &line).await;
        assert!(delivered.acknowledged);
        slack.reads("ana", "#general", &line).await;
    }
    slack.refreshes();
    let delivered = slack
        .slash("ana", "#general", "/callboard", "after all")
        .await;
    assert!(delivered.acknowledged);
    slack.reads("ana", "#general", "after all").await;
    slack.connected(2).await;
    connected.stop().await;
}

#[tokio::test]
async fn a_slack_that_falls_silent_is_reached_again() {
    let connected = Connected::start().await;
    let slack = &connected.slack;
    slack.silent(true);
    // It has given its sockets up, and asks for others.
    slack.hanging("apps.connections.open").await;
    slack.silent(false);
    slack.connected(2).await;
    let delivered = slack
        .slash("ana", "#general", "/callboard", "are you there")
        .await;
    assert!(delivered.acknowledged);
    slack.reads("ana", "#general", "are you there").await;
    connected.stop().await;
}

#[tokio::test]
async fn all_sockets_lost_at_once_are_opened_again() {
    let connected = Connected::start().await;
    connected.slack.cuts_all();
    connected.slack.connected(2).await;
    let delivered = connected
        .slack
        .slash("ana", "#general", "/callboard", "hello")
        .await;
    assert!(delivered.acknowledged);
    connected.slack.reads("ana", "#general", "hello").await;
    connected.stop().await;
}

#[tokio::test]
async fn a_storm_of_limits_is_sat_out() {
    let connected = Connected::start().await;
    let slack = &connected.slack;
    for _ in 0..3 {
        slack.trouble("chat.postMessage", Trouble::RateLimited(1));
    }
    let said = slack.mention("ana", "#general", "status").await;
    let answer = slack.next("ana", &said.thread).await;
    assert_eq!(answer.matches("You said: status").count(), 1, "{answer}");
    connected.stop().await;
}

#[tokio::test]
async fn an_edit_is_tried_again_while_slack_stumbles() {
    let connected = Connected::start().await;
    let (slack, adapter) = (&connected.slack, &connected.adapter);
    let place = channel(GENERAL);
    let sent = adapter.send(&place, &Reply::text("One")).await;
    let sent = sent.expect("sent");
    for _ in 0..2 {
        slack.trouble("chat.update", Trouble::Status(503));
    }
    let edited = adapter.edit(&sent, &Reply::text("Two")).await;
    edited.expect("edited at the third attempt");
    assert_snapshot!(slack.next("ana", "#general").await, @"
    callboard (edited):
    Two
    ");
    connected.stop().await;
}

#[tokio::test]
async fn a_message_whose_answer_is_lost_is_there_once() {
    let connected = Connected::start().await;
    let (slack, adapter) = (&connected.slack, &connected.adapter);
    let mut place = channel(GENERAL);
    let troubles = [Trouble::CutAfter, Trouble::CutBefore, Trouble::Status(500)];
    for (number, trouble) in troubles.into_iter().enumerate() {
        slack.trouble("chat.postMessage", trouble);
        let words = format!("Message {number}.");
        let sent = adapter.send(&place, &Reply::text(&*words)).await;
        let sent = sent.expect("sent");
        let shown = slack.next("ana", "#general").await;
        assert_eq!(shown.matches(&words).count(), 1, "{shown}");
        let edited = adapter.edit(&sent, &Reply::text("Edited.")).await;
        edited.expect("it is known which message it is");
        slack.reads("ana", "#general", "Edited.").await;
        // The others are said in the thread of the first.
        let (_, ts) = sent.id.split_once('/').expect("channel and time");
        place.thread.get_or_insert(ts.to_owned());
    }
    connected.stop().await;
}

#[tokio::test]
async fn what_slack_does_not_take_is_said_in_plain_text() {
    let connected = Connected::start().await;
    let (slack, adapter) = (&connected.slack, &connected.adapter);
    slack.trouble("chat.postMessage", Trouble::Refused("invalid_blocks"));
    let reply = Reply::text("The **catalog** is 4 minutes old.");
    let sent = adapter.send(&channel(GENERAL), &reply).await;
    sent.expect("sent");
    assert_eq!(
        slack.last_message("#general")["blocks"],
        serde_json::Value::Null
    );
    assert_snapshot!(slack.next("ana", "#general").await, @"
    callboard:
    The catalog is 4 minutes old.
    ");
    connected.stop().await;
}

#[tokio::test]
async fn a_token_that_is_taken_back_is_told_with_the_remedy() {
    let connected = Connected::start().await;
    let (slack, adapter) = (&connected.slack, &connected.adapter);
    slack.revokes(BOT_TOKEN);
    let sent = adapter.send(&channel(GENERAL), &Reply::text("One")).await;
    let Err(SendError::Failed(error)) = sent else {
        panic!("{sent:?}");
    };
    assert_snapshot!(error, @"Slack refuses it: token_revoked; the token is not good (any more): take the current one from the app's settings");
    slack.revokes(APP_TOKEN);
    slack.cuts_all();
    let mut connected = connected;
    let running = connected.running.take().expect("it runs");
    let ended = running.await.expect("it does not panic");
    assert_snapshot!(format!("{:#}", ended.expect_err("it ends")), @"no sockets can be opened with the `app_token` of [slack]: Slack refuses it: token_revoked; the token is not good (any more): take the current one from the app's settings");
}
