//! What the tests of Matrix stand on works: a real home server, and people with a client that is not ours.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use insta::assert_snapshot;
use serde_json::json;

use crate::harness::Running;
use crate::harness::matrix::{PASSWORD, Person, SHORT_LIVED, STRICT, Synapse, request};

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn two_people_talk_in_a_plain_room() {
    let synapse = Synapse::shared().await;
    let ana = Person::plain(synapse, "ana").await;
    let omar = Person::plain(synapse, "omar").await;
    let room = ana.room("kitchen", &[omar.user_id()]).await;
    assert_eq!(omar.invites().await[0].from, ana.user_id());
    omar.join(&room).await;

    let question = ana.says(&room, "who owns payments?").await;
    omar.reads(&room, "who owns").await;
    let thread = omar.says_in_thread(&room, &question, "I do").await;
    ana.reads(&room, "I do").await;
    omar.edits(&room, &thread, "We do").await;
    ana.reads(&room, "We do").await;
    ana.reacts(&room, &thread, "👍").await;
    let slip = ana.says(&room, "oops").await;
    ana.redacts(&room, &slip).await;
    ana.says_html(&room, "thanks", "<b>thanks</b>", &[omar.user_id()])
        .await;
    let thanks = omar.reads(&room, "thanks").await;
    omar.replies_quoting(&room, &thanks.event_id, "no\nworries")
        .await;
    let reply = ana.reads(&room, "worries").await;

    assert_eq!(thanks.content["formatted_body"], "<b>thanks</b>");
    assert_eq!(thanks.content["m.mentions"]["user_ids"][0], omar.user_id());
    assert_eq!(reply.reply_to.as_deref(), Some(thanks.event_id.as_str()));
    omar.catches_up().await;
    let read = omar.timeline(&room).await.to_string();
    assert_snapshot!(read.replace(ana.user_id(), "@ana"), @"
    ana: who owns payments?
    │ omar: We do (edited)
    │   [👍 ana]
    ana: (deleted)
    ana: thanks
    omar: > <@ana> thanks
      
      no
      worries
    ");
    ana.says(&room, "bye").await;
    ana.hears_nothing(&room).await;
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn two_people_talk_in_an_encrypted_room() {
    let synapse = Synapse::shared().await;
    let ana = Person::new(synapse, "ana").await;
    let omar = Person::new(synapse, "omar").await;
    let outsider = Person::plain(synapse, "eve").await;
    let invited = [omar.user_id(), outsider.user_id()];
    let room = ana.encrypted_room("vault", &invited).await;
    omar.join(&room).await;
    outsider.join(&room).await;

    let first = ana.says(&room, "who owns payments?").await;
    assert!(omar.reads(&room, "who owns").await.encrypted);
    omar.says_in_thread(&room, &first, "I do").await;
    ana.reads(&room, "I do").await;

    outsider.catches_up().await;
    assert_snapshot!(outsider.timeline(&room).await, @"
    ana: (cannot be decrypted)
    │ omar: (cannot be decrypted)
    ");
    // What was said before a device was there is read with the keys of another.
    let second = omar.second_device(synapse).await;
    second.reads(&room, "who owns").await;
    assert_eq!(
        second.timeline(&room).await.to_string(),
        "ana: who owns payments?\n│ omar: I do"
    );
    // And what comes after reaches both.
    ana.says(&room, "good").await;
    second.reads(&room, "good").await;
    omar.reads(&room, "good").await;
    // matrix-nio signs no devices.
    let devices = ana.devices(omar.user_id()).await;
    assert_eq!(devices.len(), 2);
    assert!(
        devices
            .iter()
            .all(|device| !device.signed && device.master.is_none())
    );
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn a_key_comes_later_than_its_message() {
    let synapse = Synapse::shared().await;
    let ana = Person::new(synapse, "ana").await;
    let omar = Person::new(synapse, "omar").await;
    let room = ana.encrypted_room("vault", &[omar.user_id()]).await;
    omar.join(&room).await;

    ana.withholds_keys().await;
    ana.says(&room, "who owns payments?").await;
    let second = ana.says(&room, "and billing?").await;
    assert!(omar.message(&room, &second).await.sealed);
    ana.shares_keys(&room).await;
    omar.reads(&room, "billing").await;
    ana.says(&room, "thanks").await;
    omar.reads(&room, "thanks").await;
    assert_snapshot!(omar.timeline(&room).await, @"
    ana: who owns payments?
    ana: and billing?
    ana: thanks
    ");
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn the_server_is_stopped_and_started_again() {
    let synapse = Synapse::start().await;
    let ana = Person::new(&synapse, "ana").await;
    let omar = Person::new(&synapse, "omar").await;
    let room = ana.encrypted_room("vault", &[omar.user_id()]).await;
    omar.join(&room).await;
    ana.says(&room, "before").await;
    omar.reads(&room, "before").await;

    synapse.stop();
    assert!(reqwest::get(synapse.url()).await.is_err());
    synapse.start_again().await;
    ana.says(&room, "after").await;
    omar.reads(&room, "after").await;

    synapse.pause();
    synapse.resume();
    ana.says(&room, "at last").await;
    omar.reads(&room, "at last").await;
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn a_strict_server_refuses_who_says_too_much() {
    let synapse = Synapse::with(STRICT).await;
    let ana = Person::plain(&synapse, "ana").await;
    let room = ana.room("kitchen", &[]).await;
    let mut said = 0;
    let refused = loop {
        match ana.tries_to_say(&room, "again").await {
            Ok(_) => said += 1,
            Err(refused) => break refused,
        }
        assert!(said < 20, "nobody is refused");
    };
    assert_eq!(
        (refused.status, refused.code.as_str()),
        (429, "M_LIMIT_EXCEEDED")
    );
    assert!(refused.retry_after.expect("when to come again") > Duration::ZERO);
    synapse.frees(ana.user_id()).await;
    for _ in 0..20 {
        ana.says(&room, "free").await;
    }
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn a_session_ends_in_each_way_there_is() {
    let synapse = Synapse::shared().await;
    let account = synapse.register("ana").await;
    assert_eq!(account.password, PASSWORD);
    let who = format!("{}/_matrix/client/v3/account/whoami", synapse.url());
    let (first, second) = (
        synapse.log_in(&account).await,
        synapse.log_in(&account).await,
    );
    synapse.log_out(&account.user_id, &first.device_id).await;
    let refused = request("GET", &who, &first.access_token, None).await;
    assert_eq!(refused.expect_err("logged out").code, "M_UNKNOWN_TOKEN");
    assert!(
        request("GET", &who, &second.access_token, None)
            .await
            .is_ok()
    );
    synapse.log_out_everywhere(&account.user_id).await;
    let refused = request("GET", &who, &second.access_token, None).await;
    assert_eq!(refused.expect_err("logged out").code, "M_UNKNOWN_TOKEN");

    let strict = Synapse::with(SHORT_LIVED).await;
    let account = strict.register("omar").await;
    let session = strict.log_in(&account).await;
    let who = format!("{}/_matrix/client/v3/account/whoami", strict.url());
    let mut glances = tokio::time::interval(Duration::from_millis(100));
    let expired = loop {
        glances.tick().await;
        if let Err(refused) = request("GET", &who, &session.access_token, None).await {
            break refused;
        }
    };
    assert_eq!(expired.code, "M_UNKNOWN_TOKEN");
    assert!(expired.soft, "{expired}");
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn rooms_are_entered_left_and_replaced() {
    let synapse = Synapse::shared().await;
    let ana = Person::plain(synapse, "ana").await;
    let omar = Person::plain(synapse, "omar").await;
    for room in [
        ana.direct_room(omar.user_id()).await,
        ana.encrypted_direct_room(omar.user_id()).await,
    ] {
        let invitations = omar.invites().await;
        let invitation = invitations
            .iter()
            .find(|invitation| invitation.room == room);
        let direct = invitation.is_some_and(|invitation| invitation.direct);
        assert!(direct, "{room} is not among {invitations:?}");
        omar.leave(&room).await;
    }
    assert_eq!(omar.invites().await, []);

    let kitchen = json!({ "name": "kitchen", "room_version": "11" });
    let room = ana.room_with(kitchen).await;
    ana.invite(&room, omar.user_id()).await;
    omar.join(&room).await;
    ana.sees_member(&room, omar.user_id()).await;
    let cellar = ana.upgrade(&room, "12").await;
    let names: Vec<String> = ana
        .rooms()
        .await
        .into_iter()
        .map(|(_, name)| name)
        .collect();
    assert_eq!(names.iter().filter(|name| *name == "kitchen").count(), 2);
    ana.invite(&cellar, omar.user_id()).await;
    omar.join(&cellar).await;
    ana.kick(&cellar, omar.user_id()).await;
    let omar_there = (omar.user_id().to_owned(), "leave".to_owned());
    assert!(ana.members(&cellar).await.contains(&omar_there));

    synapse.deactivate(omar.user_id()).await;
    let who = format!("{}/_matrix/client/v3/account/whoami", synapse.url());
    assert!(
        request("GET", &who, omar.access_token(), None)
            .await
            .is_err()
    );
    let device = ana.device_id().to_owned();
    let user = ana.user_id().to_owned();
    assert!(synapse.devices(&user).await.contains(&device));
    ana.logout().await;
    assert!(!synapse.devices(&user).await.contains(&device));
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn what_is_not_said_is_seen_too() {
    let synapse = Synapse::shared().await;
    let ana = Person::plain(synapse, "ana").await;
    let omar = Person::plain(synapse, "omar").await;
    let room = ana.room("kitchen", &[omar.user_id()]).await;
    omar.join(&room).await;
    let question = ana.says(&room, "who owns payments?").await;
    let me = omar.user_id();
    omar.requests(
        "PUT",
        &format!("/rooms/{room}/typing/{me}"),
        json!({ "typing": true, "timeout": 30_000 }),
    )
    .await;
    ana.sees_typing(&room, me).await;
    omar.message(&room, &question).await;
    omar.requests(
        "POST",
        &format!("/rooms/{room}/receipt/m.read/{question}"),
        json!({}),
    )
    .await;
    ana.sees_read(&room, me, &question).await;
    let answer = omar.replies(&room, &question, "I do").await;
    assert_eq!(ana.message(&room, &answer).await.reply_to, Some(question));

    let upload = reqwest::Client::new()
        .post(format!("{}/_matrix/media/v3/upload", synapse.url()))
        .bearer_auth(
            synapse
                .access_token_for(&synapse.register("tomas").await)
                .await,
        )
        .body("a picture");
    let uploaded = upload
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("a text");
    let uploaded: serde_json::Value = serde_json::from_str(&uploaded).expect("JSON");
    assert_eq!(ana.downloads(&uploaded["content_uri"]).await, b"a picture");
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn a_bot_of_another_library_answers_in_both_kinds_of_rooms() {
    let synapse = Synapse::shared().await;
    let account = synapse.register("echo").await;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(root.join("target/matrix/venv/bin/python"));
    command.arg(root.join("benches/matrix/echo.py")).args([
        &synapse.url(),
        &account.user_id,
        &account.password,
    ]);
    let bot = Running::start(command);
    bot.says("ready");
    let ana = Person::new(synapse, "ana").await;
    let plain = ana.room("kitchen", &[&account.user_id]).await;
    let vault = ana.encrypted_room("vault", &[&account.user_id]).await;
    for room in [plain, vault] {
        ana.sees_member(&room, &account.user_id).await;
        let asked = ana.says(&room, "!who-owns payments").await;
        let answer = ana.reads(&room, "payments belongs to Payments Team.").await;
        assert_eq!(answer.reply_to, Some(asked));
        assert_eq!(
            ana.measures(&room, "!who-owns payments", 10, 5).await.len(),
            10
        );
    }
}
