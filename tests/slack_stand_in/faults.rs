//! What goes wrong on purpose: sockets that break, silence, refusals, too many calls.

use std::time::Duration;

use serde_json::{Value, json};

use super::App;
use crate::harness::slack::{BOT_TOKEN, BOT_USER, Moment, SlackStandIn, Trouble};

#[tokio::test]
async fn sockets_end_and_envelopes_go_elsewhere() {
    let slack = SlackStandIn::start();
    let mut first = App::start(&slack).await;
    slack.patience(Duration::from_millis(50));
    // Nobody acknowledges in time: it comes again.
    let late = async {
        let envelopes = [first.hears().await, first.hears().await];
        first.acknowledges(&envelopes[1], None).await;
        envelopes
    };
    let (delivered, envelopes) = tokio::join!(slack.slash("ana", "#general", "/help", ""), late);
    assert_eq!(delivered.attempts, 2);
    assert_eq!(
        (
            &envelopes[1]["retry_attempt"],
            &envelopes[1]["retry_reason"]
        ),
        (&json!(1), &json!("timeout"))
    );
    slack.patience(Duration::from_secs(3));
    // The socket breaks before the acknowledgement: it comes on another one.
    let mut second = App::start(&slack).await;
    slack.connected(2).await;
    slack.cuts(Moment::BeforeAcknowledgement);
    let delivered = tokio::select! {
        delivered = slack.slash("ana", "#general", "/help", "") => delivered,
        () = first.serves() => unreachable!("it serves for ever"),
        () = second.serves() => unreachable!("it serves for ever"),
    };
    assert_eq!((delivered.acknowledged, delivered.attempts), (true, 2));
    drop((first, second));
    let mut app = App::start(&slack).await;
    slack.warns();
    assert_eq!(app.hears().await["reason"], "warning");
    slack.refreshes();
    assert_eq!(app.hears().await["reason"], "refresh_requested");
    let mut app = App::start(&slack).await;
    slack.cuts(Moment::AfterAcknowledgement);
    tokio::join!(
        slack.slash("ana", "#general", "/help", ""),
        app.takes("slash_commands", None)
    );
    let app = App::start(&slack).await;
    slack.cuts_all();
    slack.silent(true);
    let waits = tokio::time::timeout(Duration::from_millis(20), app.call("auth.test", json!({})));
    assert!(waits.await.is_err(), "no answer");
    slack.silent(false);
    assert_eq!(app.call("auth.test", json!({})).await["user_id"], BOT_USER);
}

#[tokio::test]
async fn calls_go_wrong_as_told() {
    let slack = SlackStandIn::start();
    let app = App::start(&slack).await;
    let post = || {
        let call = app
            .http
            .post(format!("{}/chat.postMessage", slack.api()))
            .bearer_auth(BOT_TOKEN);
        call.json(&json!({ "channel": "C0GENERAL1", "text": "x" }))
            .send()
    };
    for trouble in [
        Trouble::Status(503),
        Trouble::RateLimited(7),
        Trouble::Refused("fatal_error"),
        Trouble::CutBefore,
    ] {
        slack.trouble("chat.postMessage", trouble);
    }
    assert_eq!(post().await.expect("an answer").status(), 503);
    let limited = post().await.expect("an answer");
    assert_eq!(
        (limited.status().as_u16(), &limited.headers()["retry-after"]),
        (429, &"7".parse().expect("a value"))
    );
    let refused: Value = post().await.expect("an answer").json().await.expect("JSON");
    assert_eq!(refused, json!({ "ok": false, "error": "fatal_error" }));
    let broken = async { post().await?.text().await };
    assert!(broken.await.is_err());
    assert_eq!(slack.unread("#general"), 0);
    slack.trouble("chat.postMessage", Trouble::CutAfter);
    let broken = async { post().await?.text().await };
    assert!(broken.await.is_err());
    slack.next("ana", "#general").await;
    slack.paced();
    assert_eq!(post().await.expect("an answer").status(), 200);
    assert_eq!(post().await.expect("an answer").status(), 429);
    slack.next("ana", "#general").await;
    slack.expires_triggers();
}

#[tokio::test]
#[should_panic(expected = "nobody read:\ncallboard:\nhello")]
async fn a_message_that_nobody_reads_fails_the_test() {
    let slack = SlackStandIn::start();
    let app = App::start(&slack).await;
    app.call(
        "chat.postMessage",
        json!({ "channel": "C0GENERAL1", "text": "hello" }),
    )
    .await;
}

#[tokio::test]
async fn what_is_never_acknowledged_is_noticed() {
    let slack = SlackStandIn::start();
    let mut app = App::start(&slack).await;
    slack.patience(Duration::from_millis(20));
    let ignored = slack.slash("ana", "#general", "/help", "").await;
    assert_eq!((ignored.acknowledged, ignored.attempts), (false, 4));
    slack.expects("never acknowledged");
    slack.patience(Duration::from_secs(3));
    app.acknowledges(&json!({ "envelope_id": "made-up" }), None)
        .await;
    let answered = Some(json!({ "text": "hello" }));
    tokio::join!(
        slack.says("ana", "@ana", "hello"),
        app.takes("message", answered)
    );
    slack.expects("there is no envelope to acknowledge");
    slack.expects("an acknowledgement carries an answer that is not accepted");
}
