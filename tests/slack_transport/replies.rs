//! What is said where, and to whom.

use callboard::chat::adapter::{Adapter as _, SendError};
use callboard::message::{Choice, Picture, Reply};
use insta::assert_snapshot;

use super::{Connected, channel, whispered};
use crate::harness::slack::{TEAM, Trouble};

const ANA: &str = "U01A4W8VKE";

#[tokio::test]
async fn a_reply_goes_where_it_was_asked() {
    let connected = Connected::start().await;
    let slack = &connected.slack;
    let said = slack.mention("ana", "#general", "status").await;
    assert_snapshot!(slack.next("ana", &said.thread).await, @"
    callboard (in the thread):
    You said: status
    ");
    slack.says("ana", &said.thread, "!who-owns payments").await;
    assert_snapshot!(slack.next("ana", &said.thread).await, @"
    callboard (in the thread):
    You said: who-owns payments
    ");
    slack.says("ana", "@ana", "who owns payments?").await;
    assert_snapshot!(slack.next("ana", "@ana").await, @"
    callboard:
    You said: who owns payments?
    ");
    slack
        .slash("ana", "#general", "/who-owns", "payments")
        .await;
    assert_snapshot!(slack.next("ana", "#general").await, @"
    callboard (only ana sees this):
    You said: who-owns payments
    ");
    connected.stop().await;
}

#[tokio::test]
async fn a_whisper_outlives_its_address() {
    let connected = Connected::start().await;
    let slack = &connected.slack;
    slack.trouble("response_url", Trouble::Refused("used_url"));
    slack
        .slash("ana", "#general", "/who-owns", "payments")
        .await;
    let answer = slack.next("ana", "#general").await;
    assert!(answer.contains("who-owns payments"), "{answer}");
    let calls = slack.calls();
    assert!(
        calls
            .iter()
            .any(|(method, _)| method == "chat.postEphemeral")
    );
    // Where the bot is not, the person is told in their direct conversation.
    let reply = Reply::text("The answer.");
    let place = whispered("C0QUIET001", ANA);
    connected.adapter.send(&place, &reply).await.expect("said");
    let seen = slack.screen("ana", "@ana") + &*slack.screen("ana", "#quiet");
    assert!(seen.contains("The answer."), "{seen}");
    for place in ["@ana", "#quiet"] {
        if slack.unread(place) > 0 {
            slack.next("ana", place).await;
        }
    }
    connected.stop().await;
}

#[tokio::test]
async fn a_picture_is_shown_in_its_message() {
    let connected = Connected::start().await;
    let slack = &connected.slack;
    let reply = Reply {
        picture: Some(Picture {
            png: vec![137, 80, 78, 71],
            alt: "payments depends on ledger".to_owned(),
        }),
        ..Reply::text("What payments depends on:")
    };
    let place = channel("C0GENERAL1");
    connected.adapter.send(&place, &reply).await.expect("sent");
    assert_snapshot!(slack.next("ana", "#general").await, @"
    callboard:
    What payments depends on:
    [image: payments depends on ledger]
    ");
    assert_eq!(slack.file("picture.png"), Some(vec![137, 80, 78, 71]));
    connected.stop().await;
}

#[tokio::test]
async fn what_is_too_long_goes_on_in_the_thread_and_ends_in_a_file() {
    let connected = Connected::start().await;
    let slack = &connected.slack;
    let lines: Vec<String> = (0..3_000).map(|n| format!("- line number {n}")).collect();
    let reply = Reply::text(lines.join("\n"));
    let place = channel("C0GENERAL1");
    connected.adapter.send(&place, &reply).await.expect("sent");
    let shown = slack.reads("ana", "#general", "answer.txt").await;
    assert!(shown.contains("line number 0"), "{shown}");
    let file = slack.file("answer.txt").expect("a file");
    let file = String::from_utf8(file).expect("UTF-8");
    assert!(file.contains("line number 2999"));
    connected.stop().await;
}

#[tokio::test]
async fn people_and_conversations_are_looked_up() {
    let connected = Connected::start().await;
    let adapter = &connected.adapter;
    let person = async |id: &str| adapter.person(&format!("{TEAM}/{id}")).await;
    let ana = person(ANA).await.expect("a person");
    assert_eq!(ana.email.as_deref(), Some("ana.horvat@acme.example"));
    assert!(!ana.external);
    let una = person("U0UNA00001").await.expect("a person");
    assert_eq!((una.email, una.external), (None, false));
    for id in [
        "U0GUS00001",
        "U0SID00001",
        "U0ROBOT001",
        "U0OLGA0001",
        "U0DORA0001",
    ] {
        let stranger = person(id).await.expect("a person");
        assert!(stranger.external && stranger.email.is_none(), "{id}");
    }
    let nobody = person("U0NOBODY01").await;
    assert!(matches!(nobody, Err(SendError::Gone)), "{nobody:?}");
    let shared = async |id: &str| adapter.is_shared(&channel(id)).await.expect("an answer");
    assert!(!shared("C0GENERAL1").await);
    assert!(shared("C0PARTNER1").await);
    assert!(shared("C0NOTHERE1").await);
    // Who alone hears in a place that the bot cannot see is not overheard there; in one that is shared it is refused.
    let alone = async |id: &str| {
        let asked = adapter.is_shared(&whispered(id, ANA)).await;
        asked.expect("an answer")
    };
    assert!(!alone("C0NOTHERE1").await);
    assert!(alone("C0PARTNER1").await);
    connected.stop().await;
}

#[tokio::test]
async fn a_button_of_a_whisper_puts_the_answer_in_its_place() {
    let connected = Connected::start().await;
    let slack = &connected.slack;
    let reply = Reply {
        choices: vec![Choice {
            label: "Payments".to_owned(),
            line: "who-owns payments".to_owned(),
        }],
        ..Reply::text("Which one?")
    };
    let place = whispered("C0GENERAL1", ANA);
    connected.adapter.send(&place, &reply).await.expect("sent");
    slack.next("ana", "#general").await;
    assert!(
        slack
            .press("ana", "#general", "Payments")
            .await
            .acknowledged
    );
    let heard = connected.heard.lock().expect("nobody panics").clone();
    assert_snapshot!(format!("{heard:?}"), @r#"[Pressed(Choice { label: "Payments", line: "who-owns payments" })]"#);
    connected.stop().await;
}
