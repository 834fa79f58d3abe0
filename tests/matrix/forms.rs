//! Forms as a dialogue, with the action that asks for everything.

use callboard::action::Effect;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::connected::Connected;
use crate::conversation::forms::{CREATE, Create, TO_THE_TOKEN, service};
use crate::harness::TestBot;
use crate::harness::matrix::{Person, Synapse};

/// The whole bot with that action, and its id.
async fn creator() -> (TestBot, Connected) {
    let connected = Connected::to(Synapse::shared().await).await;
    let action: &'static Create = Box::leak(Box::new(Create {
        effect: Effect::Record,
        form: service,
    }));
    let bot = TestBot::with()
        .action(action)
        .command("create", CREATE)
        .on(connected.adapter.clone())
        .start()
        .await;
    (bot, connected)
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn a_form_is_asked_in_a_thread_and_goes_on_after_a_restart() {
    let (mut bot, connected) = creator().await;
    let id = connected.id.as_str();
    let ana = Person::plain(Synapse::shared().await, "ana").await;
    let room = ana.room("ops", &[id]).await;
    ana.sees_member(&room, id).await;
    let thread = ana.says(&room, "!create").await;
    let asked = ana.reads_after(&room, &thread, "8 questions").await;
    assert_eq!(asked.thread.as_deref(), Some(thread.as_str()));
    let wrong = ana.says_in_thread(&room, &thread, "Web Shop").await;
    ana.reads_after(&room, &wrong, "Name must be lower-case letters and dashes.")
        .await;
    let name = ana.says_in_thread(&room, &thread, "web-shop").await;
    let language = ana.reads_after(&room, &name, "Language").await;
    bot.restart().await;
    ana.reacts(&room, &language.event_id, "1\u{FE0F}\u{20E3}")
        .await;
    ana.reads_after(&room, &name, "About").await;
    let back = ana.says_in_thread(&room, &thread, "back").await;
    ana.reads_after(&room, &back, "Language").await;
    let several = "language=go about=x owner=sre extras=ci replicas=3 budget=1";
    let several = ana.says_in_thread(&room, &thread, several).await;
    ana.reads_after(&room, &several, "Public").await;
    let show = ana.says_in_thread(&room, &thread, "show").await;
    let shown = ana.reads_after(&room, &show, "So far").await;
    assert_snapshot!(shown.text, @"
    So far:

    • Name: web-shop
    • Language: Go
    • About: x
    • Owner: sre
    • Extras: Pipeline
    • Replicas: 3
    • Budget: 1

    Public (How, 8 of 8) Yes or no?

    Answer yes or no, or react with 👍 or 👎.
    ");
    let last = ana.says_in_thread(&room, &thread, "no").await;
    let done = ana.reads_after(&room, &last, "Created").await;
    assert_eq!(done.thread, Some(thread));
    assert!(done.text.contains("web-shop"), "{done:?}");
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn a_secret_is_asked_in_an_encrypted_direct_room_alone_and_is_deleted() {
    let (_bot, connected) = creator().await;
    let id = connected.id.as_str();
    let ana = Person::new(Synapse::shared().await, "ana").await;
    let plain = ana.direct_room(id).await;
    ana.sees_member(&plain, id).await;
    ana.says(&plain, "create").await;
    ana.reads(&plain, "8 questions").await;
    ana.says(&plain, TO_THE_TOKEN).await;
    ana.reads(&plain, "so I do not ask for it here").await;

    let room = ana.encrypted_direct_room(id).await;
    ana.sees_member(&room, id).await;
    ana.says(&room, "create").await;
    ana.reads(&room, "8 questions").await;
    ana.says(&room, TO_THE_TOKEN).await;
    ana.reads(&room, "Token").await;
    let secret = ana.says(&room, "hunter2-canary").await;
    ana.reads(&room, "a secret of 14 characters").await;
    ana.finds(&room, "the secret deleted", |timeline| {
        timeline.get(&secret).filter(|message| message.redacted)
    })
    .await;
    let path = format!("/rooms/{room}/event/{secret}");
    let kept = ana.requests("GET", &path, Value::Null).await;
    assert_eq!(kept["content"], json!({}), "{kept}");
}
