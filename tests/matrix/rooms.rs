//! Rooms without encryption: how the bot is spoken to, where it answers, and what it does not hear.

use insta::assert_snapshot;
use serde_json::json;

use super::Bot;
use crate::harness::matrix::{Message, Person, Synapse};
use crate::harness::normal;

/// Ana's room with the bot in it.
async fn room(bot: &Bot) -> (Person, String) {
    let ana = Person::plain(Synapse::shared().await, "ana").await;
    let room = bot.room(&ana).await;
    (ana, room)
}

/// The bot's answer in the thread on a message.
async fn answer(ana: &Person, room: &str, question: &str) -> Message {
    ana.finds(room, "an answer in the thread", |timeline| {
        let mut messages = timeline.0.iter();
        messages.find(|message| message.thread.as_deref() == Some(question))
    })
    .await
}

/// A text without how long ago the catalog was read.
fn steady(text: &str) -> String {
    let text = normal(text);
    match text.split_once(", read ") {
        Some((before, after)) => {
            let rest = after.split_once('.').map_or("", |(_, rest)| rest);
            format!("{before}, read ?.{rest}")
        }
        None => text,
    }
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn a_command_is_answered_in_a_thread_where_more_lines_need_no_sign() {
    let bot = Bot::start(Synapse::shared().await, "").await;
    let (ana, room) = room(&bot).await;
    ana.says(&room, "good morning").await;
    let question = ana.says(&room, "!who-owns payments").await;
    let told = answer(&ana, &room, &question).await;
    assert_snapshot!(steady(&told.text), @"
    Payments (component:default/payments) belongs to Payments Team.

    Ask in #help-payments or #payments:acme.example, or write to payments@acme.example.
    Members: Dele Adeyemi, Marta Kowalska, Omar Haddad, Priya Raghunathan.
    Runbook (https://runbooks.acme.example/payments) · Team page (https://wiki.acme.example/teams/payments)

    Line last changed long ago by Callboard (…). CODEOWNERS agrees: @acme/payments-team.
    From services/payments/catalog-info.yaml:31 in acme at …, read ?.

    1. What else they own – `owns group:default/payments-team`

    Answer with a number, or react with it.
    ");
    assert_snapshot!(steady(told.content["formatted_body"].as_str().expect("HTML")), @r#"<p><strong>Payments</strong> (<code>component:default/payments</code>) belongs to <strong>Payments Team</strong>.</p><p>Ask in #help-payments or #payments:acme.example, or write to payments@acme.example.<br>Members: Dele Adeyemi, Marta Kowalska, Omar Haddad, Priya Raghunathan.<br><a href="https://runbooks.acme.example/payments">Runbook</a> · <a href="https://wiki.acme.example/teams/payments">Team page</a></p><p>Line last changed long ago by Callboard (<code>68231225</code>). CODEOWNERS agrees: <code>@acme/payments-team</code>.<br><em>From</em> <code>services/payments/catalog-info.yaml:31</code> <em>in acme at …, read ?.</em></p><ol><li>What else they own – <code>owns group:default/payments-team</code></li></ol><p>Answer with a number, or react with it.</p>"#);
    assert_eq!(told.content["msgtype"], "m.notice");
    assert_eq!(told.content["m.mentions"], json!({}));
    assert_eq!(told.content["m.relates_to"]["is_falling_back"], true);
    let more = ana
        .says_in_thread(&room, &question, "who owns billing?")
        .await;
    let told = ana.reads_after(&room, &more, "Billing").await;
    assert_eq!(told.thread, Some(question));
    // Nothing else was said: not to the greeting, and not to itself.
    let timeline = ana.timeline(&room).await;
    let answers = timeline
        .0
        .iter()
        .filter(|message| message.sender == bot.id());
    assert_eq!(answers.count(), 2, "{timeline}");
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn the_bot_is_called_by_name_mention_or_reply() {
    let bot = Bot::start(Synapse::shared().await, "").await;
    let (ana, room) = room(&bot).await;
    let name = bot
        .id()
        .trim_start_matches('@')
        .split(':')
        .next()
        .expect("a name");
    let named = ana
        .says(&room, &format!("{name}: who owns payments?"))
        .await;
    answer(&ana, &room, &named).await;
    let html = format!(
        "<a href=\"https://matrix.to/#/{}\">{name}</a> who owns payments?",
        bot.id()
    );
    let body = format!("{name} who owns payments?");
    let pill = ana.says_html(&room, &body, &html, &[bot.id()]).await;
    let told = answer(&ana, &room, &pill).await;
    assert!(told.text.contains("belongs to Payments Team"), "{told:?}");
    let asked = ana.says(&room, "!who-owns").await;
    let question = answer(&ana, &room, &asked).await;
    ana.replies_quoting(&room, &question.event_id, "billing")
        .await;
    let told = ana.reads_after(&room, &question.event_id, "Billing").await;
    assert_eq!(told.thread, Some(asked));
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn an_edit_runs_a_line_once() {
    let bot = Bot::start(Synapse::shared().await, "").await;
    let (ana, room) = room(&bot).await;
    let command = ana.says(&room, "!who-owns payments").await;
    answer(&ana, &room, &command).await;
    ana.edits(&room, &command, "!who-owns billing").await;
    let slip = ana.says(&room, "who-owns payments").await;
    ana.edits(&room, &slip, "!who-owns payments").await;
    answer(&ana, &room, &slip).await;
    let timeline = ana.timeline(&room).await;
    let answers: Vec<_> = timeline
        .0
        .iter()
        .filter(|message| message.sender == bot.id())
        .map(|message| message.text.lines().next().unwrap_or_default())
        .collect();
    assert_eq!(
        answers, ["Payments (component:default/payments) belongs to Payments Team."; 2],
        "{timeline}"
    );
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn a_choice_is_made_by_number_or_reaction_also_after_a_restart() {
    let mut bot = Bot::start(Synapse::shared().await, "").await;
    let (ana, room) = room(&bot).await;
    let question = ana.says(&room, "!who-owns payments").await;
    let offer = answer(&ana, &room, &question).await;
    let number = ana.says_in_thread(&room, &question, "1").await;
    ana.reads_after(&room, &number, "Payments Team owns").await;
    bot.stop();
    bot.begin();
    let again = ana
        .reacts(&room, &offer.event_id, "1\u{FE0F}\u{20E3}")
        .await;
    assert!(!again.is_empty());
    ana.finds(&room, "what they own, twice", |timeline| {
        let mut owns = timeline
            .0
            .iter()
            .filter(|message| message.text.contains("Payments Team owns"));
        owns.nth(1)
    })
    .await;
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn bots_are_not_heard() {
    let bot = Bot::start(Synapse::shared().await, "").await;
    let (ana, room) = room(&bot).await;
    ana.sends(
        &room,
        json!({"msgtype": "m.notice", "body": "!who-owns payments"}),
    )
    .await;
    let last = ana.says(&room, "!who-owns billing").await;
    answer(&ana, &room, &last).await;
    let timeline = ana.timeline(&room).await;
    let answers = timeline
        .0
        .iter()
        .filter(|message| message.sender == bot.id());
    assert_eq!(answers.count(), 1, "{timeline}");
}
