//! Encrypted rooms, with a client that is not ours on the other side.

use insta::assert_snapshot;
use serde_json::json;

use super::Bot;
use crate::harness::matrix::{Person, Synapse};

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn an_encrypted_question_is_answered_encrypted_by_a_verified_device() {
    let synapse = Synapse::shared().await;
    let bot = Bot::start(synapse, "").await;
    let ana = Person::new(synapse, "ana").await;
    let room = bot.encrypted_room(&ana).await;
    let question = ana.says(&room, "!who-owns payments").await;
    let answer = ana.reads(&room, "belongs to Payments Team").await;
    assert!(answer.encrypted, "{answer:?}");
    assert_eq!(answer.thread.as_deref(), Some(question.as_str()));
    assert_eq!(answer.content["msgtype"], "m.notice");
    assert_eq!(answer.content["m.mentions"], json!({}));
    // Nothing that the bot sent stands in the room unencrypted.
    for event in ana.events(&room).await {
        if event["sender"] == bot.id() && event["type"] == "m.room.message" {
            assert_eq!(event["encrypted"], true, "{event}");
            assert!(event["content"]["m.mentions"].is_object(), "{event}");
        }
    }
    let devices = ana.devices(bot.id()).await;
    assert_eq!(devices.len(), 1);
    assert!(devices[0].signed, "{devices:?}");
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn a_restarted_bot_goes_on_with_the_same_device() {
    let synapse = Synapse::shared().await;
    let mut bot = Bot::start(synapse, "").await;
    let ana = Person::new(synapse, "ana").await;
    let room = bot.encrypted_direct_room(&ana).await;
    ana.says(&room, "who-owns payments").await;
    ana.reads(&room, "belongs to Payments Team").await;
    bot.stop();
    bot.begin();
    let second = ana.says(&room, "who-owns billing").await;
    ana.reads_after(&room, &second, "billing").await;
    assert_eq!(synapse.devices(bot.id()).await.len(), 1);
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn a_lost_data_folder_is_made_good_by_the_recovery_key() {
    let synapse = Synapse::shared().await;
    let mut bot = Bot::start(synapse, "").await;
    let ana = Person::new(synapse, "ana").await;
    let room = bot.encrypted_direct_room(&ana).await;
    ana.says(&room, "who-owns payments").await;
    ana.reads(&room, "belongs to Payments Team").await;
    bot.stop();
    std::fs::remove_dir_all(bot.program.data()).expect("it was there");

    let login = bot.login(&[]);
    assert_eq!(login.code, 1, "{login}");
    assert!(
        login
            .stdout
            .contains("The account has an identity already, which is never replaced."),
        "{login}"
    );
    let doctor = bot.program.run(["doctor"]);
    assert_eq!(doctor.code, 1, "{doctor}");
    assert!(
        doctor
            .stdout
            .contains("is not verified: others are warned of it"),
        "{doctor}"
    );
    let verify = bot.program.run_with(
        &bot.recovery_key.clone(),
        ["matrix", "verify", "--recovery-key", "-"],
    );
    assert_eq!(verify.code, 0, "{verify}");
    assert!(
        verify
            .stdout
            .contains("Verified: yes, by the account's identity"),
        "{verify}"
    );
    bot.begin();
    let again = ana.says(&room, "who-owns billing").await;
    ana.reads_after(&room, &again, "billing").await;
    let devices = ana.devices(bot.id()).await;
    assert!(
        devices.iter().all(|device| device.signed),
        "all of the bot's devices are verified: {devices:?}"
    );
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn a_second_device_is_verified_beside_the_first() {
    let synapse = Synapse::shared().await;
    let bot = Bot::start(synapse, "").await;
    let ana = Person::new(synapse, "ana").await;
    let room = bot.encrypted_direct_room(&ana).await;
    ana.says(&room, "who-owns payments").await;
    ana.reads(&room, "belongs to Payments Team").await;
    let second = bot.elsewhere(synapse);
    let login = second.login(&[]);
    assert_eq!(login.code, 1, "{login}");
    let verify = second.program.run_with(
        &bot.recovery_key,
        ["matrix", "verify", "--recovery-key", "-"],
    );
    assert_eq!(verify.code, 0, "{verify}");
    let devices = ana.devices(bot.id()).await;
    assert_eq!(devices.len(), 2, "{devices:?}");
    assert!(devices.iter().all(|device| device.signed), "{devices:?}");
    // The first one goes on, and is trusted as before.
    let again = ana.says(&room, "who-owns billing").await;
    let answer = ana.reads_after(&room, &again, "Billing").await;
    assert!(answer.encrypted, "{answer:?}");
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn a_message_whose_key_comes_late_is_answered_then_and_the_room_is_told_once() {
    let synapse = Synapse::shared().await;
    let bot = Bot::start(synapse, "").await;
    let ana = Person::new(synapse, "ana").await;
    let room = bot.encrypted_direct_room(&ana).await;
    ana.withholds_keys().await;
    ana.says(&room, "who-owns payments").await;
    ana.says(&room, "who-owns billing").await;
    let told = ana.reads(&room, "I cannot read a message here").await;
    assert_snapshot!(told.text, @"I cannot read a message here: its key has not reached me. I answer it as soon as the key comes; until then, please send it once more.");
    ana.shares_keys(&room).await;
    ana.reads(&room, "belongs to Payments Team").await;
    ana.reads(&room, "Billing Team is a team").await;
    let timeline = ana.timeline(&room).await;
    let told = timeline
        .0
        .iter()
        .filter(|message| message.text.contains("I cannot read a message"));
    assert_eq!(told.count(), 1, "{timeline}");
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn a_crowd_is_answered_under_more_than_one_key() {
    let synapse = Synapse::shared().await;
    let bot = Bot::start(synapse, "").await;
    let ana = Person::new(synapse, "ana").await;
    let room = bot.encrypted_room(&ana).await;
    ana.says(&room, "!who-owns billing").await;
    ana.reads(&room, "Billing").await;
    // Each key is good for a hundred messages.
    ana.measures(&room, "!who-owns payments", 220, 30).await;
    let timeline = ana.timeline(&room).await;
    let answers = timeline
        .0
        .iter()
        .filter(|message| message.text.contains("belongs to Payments Team"));
    assert_eq!(answers.count(), 220);
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn a_picture_in_an_encrypted_room_is_encrypted_and_has_its_size() {
    let synapse = Synapse::shared().await;
    let bot = Bot::start(synapse, "").await;
    let ana = Person::new(synapse, "ana").await;
    let room = bot.encrypted_direct_room(&ana).await;
    ana.says(&room, "deps payments").await;
    let picture = ana
        .finds(&room, "a picture", |timeline| {
            let mut messages = timeline.0.iter();
            messages.find(|message| message.content["msgtype"] == "m.image")
        })
        .await;
    assert!(picture.encrypted, "{picture:?}");
    assert!(picture.content.get("url").is_none(), "{picture:?}");
    let png = ana.downloads(&picture.content["file"]).await;
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let number = |bytes: &[u8]| u32::from_be_bytes(bytes.try_into().expect("four"));
    assert_eq!(picture.content["info"]["w"], number(&png[16..20]));
    assert_eq!(picture.content["info"]["h"], number(&png[20..24]));
    assert_eq!(picture.content["info"]["size"], png.len());
    assert_eq!(picture.content["m.mentions"], json!({}));
}
