//! Where the bot goes, and whom it answers there.

use insta::assert_snapshot;
use serde_json::json;

use super::Bot;
use crate::harness::matrix::{Person, Synapse};

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn only_listed_servers_and_the_management_room_bring_the_bot_in() {
    let synapse = Synapse::shared().await;
    let ana = Person::plain(synapse, "ana").await;
    let omar = Person::plain(synapse, "omar").await;
    let managed = ana.room("management", &[]).await;
    let more = format!("servers = [\"acme.example\"]\nmanagement_room = \"{managed}\"");
    let bot = Bot::start(synapse, &more).await;
    ana.invite(&managed, bot.id()).await;
    ana.sees_member(&managed, bot.id()).await;
    let room = bot.room(&ana).await;
    let other = omar.room("elsewhere", &[bot.id()]).await;
    bot.running().complains("an invitation was declined");
    let members = omar.members(&other).await;
    let bots = members.iter().find(|(user, _)| user == bot.id());
    assert_eq!(bots.map(|(_, state)| state.as_str()), Some("leave"));
    // People of servers that are not listed get nothing, though they brought it in.
    ana.says(&room, "!who-owns payments").await;
    bot.running().complains("an answer reached nobody");
    ana.hears_nothing(&room).await;
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn a_public_room_gets_no_answer_and_the_asker_is_told_alone() {
    let synapse = Synapse::shared().await;
    let bot = Bot::start(synapse, "").await;
    let ana = Person::new(synapse, "ana").await;
    let body = json!({"name": "open", "invite": [bot.id()], "preset": "public_chat"});
    let room = ana.room_with(body).await;
    ana.sees_member(&room, bot.id()).await;
    ana.says(&room, "!who-owns payments").await;
    let told = ana.reads(&room, "direct conversation").await;
    assert!(
        told.text
            .ends_with(": I answer in our direct conversation."),
        "{told:?}"
    );
    let html = told.content["formatted_body"].as_str().expect("HTML");
    assert!(
        html.contains(&format!("https://matrix.to/#/{}", ana.user_id())),
        "{html}"
    );
    let invitations = ana.invites().await;
    assert!(invitations[0].direct, "{invitations:?}");
    ana.join(&invitations[0].room).await;
    let refusal = ana
        .reads(&invitations[0].room, "until an admin allows it")
        .await;
    assert!(refusal.encrypted);
    assert_snapshot!(refusal.text, @"I cannot be sure that only your own organisation reads this channel, so I do not answer here until an admin allows it by `channel allow`. Invite me if I am not in it, or ask me in a direct message.");
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn an_upgraded_room_is_followed_and_a_kick_is_borne() {
    let synapse = Synapse::shared().await;
    let bot = Bot::start(synapse, "").await;
    let ana = Person::plain(synapse, "ana").await;
    let body = json!({"name": "ops", "invite": [bot.id()], "preset": "private_chat", "room_version": "11"});
    let old = ana.room_with(body).await;
    ana.sees_member(&old, bot.id()).await;
    let new = ana.upgrade(&old, "12").await;
    ana.invite(&new, bot.id()).await;
    ana.sees_member(&new, bot.id()).await;
    let question = ana.says(&new, "!who-owns payments").await;
    ana.reads_after(&new, &question, "belongs to Payments Team")
        .await;
    // Where nobody has to be invited, it follows by itself.
    let body = json!({"name": "lobby", "invite": [bot.id()], "preset": "public_chat", "room_version": "11"});
    let lobby = ana.room_with(body).await;
    ana.sees_member(&lobby, bot.id()).await;
    let lobby = ana.upgrade(&lobby, "12").await;
    ana.sees_member(&lobby, bot.id()).await;
    ana.kick(&new, bot.id()).await;
    let before = bot.running().complained();
    let direct = bot.direct_room(&ana).await;
    ana.says(&direct, "who-owns payments").await;
    ana.reads(&direct, "belongs to Payments Team").await;
    let since = bot.running().complained();
    let since = since.strip_prefix(&before).expect("it goes on");
    assert!(
        !since.contains("WARN") && !since.contains("ERROR"),
        "{since}"
    );
}
