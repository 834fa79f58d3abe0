//! What was said while the bot was away, whatever kept it away.

use std::time::{Duration, Instant};

use insta::assert_snapshot;

use super::Bot;
use crate::harness::matrix::{Message, Person, STRICT, Synapse, Timeline};

/// How many messages of the bot's have these words.
fn said(timeline: &Timeline, bot: &Bot, words: &str) -> usize {
    let with = |message: &&Message| message.sender == bot.id() && message.text.contains(words);
    timeline.0.iter().filter(with).count()
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn what_was_missed_is_answered_once_even_behind_500_others() {
    let synapse = Synapse::shared().await;
    let mut bot = Bot::start(synapse, "").await;
    let ana = Person::plain(synapse, "ana").await;
    let room = ana.room("ops", &[bot.id()]).await;
    ana.sees_member(&room, bot.id()).await;
    ana.says(&room, "!who-owns billing").await;
    ana.reads(&room, "Billing").await;
    bot.stop();
    ana.says(&room, "!who-owns payments").await;
    for number in 0..500 {
        ana.says(&room, &format!("chatter {number}")).await;
    }
    ana.says(&room, "!who-owns storefront").await;
    bot.begin();
    ana.reads(&room, "belongs to Payments Team").await;
    bot.stop();
    bot.begin();
    let last = ana.says(&room, "!who-owns ledger").await;
    ana.finds(&room, "an answer to the last", |timeline| {
        let mut messages = timeline.0.iter();
        messages.find(|message| message.thread.as_deref() == Some(last.as_str()))
    })
    .await;
    let timeline = ana.timeline(&room).await;
    assert_eq!(said(&timeline, &bot, "belongs to Payments Team"), 1);
    assert_eq!(said(&timeline, &bot, "Billing Team is a team"), 1);
    let threads = timeline
        .0
        .iter()
        .filter(|message| message.sender == bot.id());
    assert_eq!(threads.count(), 4, "{timeline}");
    assert_eq!(said(&timeline, &bot, "I was away"), 0);
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn what_is_too_old_is_listed_and_run_by_a_press() {
    let synapse = Synapse::shared().await;
    let mut bot = Bot::start(synapse, "late = \"2s\"").await;
    let ana = Person::plain(synapse, "ana").await;
    let room = ana.direct_room(bot.id()).await;
    ana.sees_member(&room, bot.id()).await;
    ana.says(&room, "who-owns billing").await;
    ana.reads(&room, "Billing").await;
    bot.stop();
    let said = Instant::now();
    ana.says(&room, "who-owns payments").await;
    ana.says(&room, "who-owns ledger").await;
    while said.elapsed() < Duration::from_secs(3) {
        ana.catches_up().await;
    }
    bot.begin();
    let listed = ana.reads(&room, "I was away").await;
    assert_snapshot!(listed.text.replace(char::is_numeric, "N"), @"
    I was away for a moment. Meanwhile N lines came for me, too long ago to be run now. Choose what I am still to do.

    N. who-owns payments
    N. who-owns ledger

    Answer with a number, or react with it.
    ");
    ana.reacts(&room, &listed.event_id, "1️⃣").await;
    ana.reads_after(&room, &listed.event_id, "belongs to Payments Team")
        .await;
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn a_bot_that_is_killed_answers_after_the_restart_once() {
    let synapse = Synapse::shared().await;
    let mut bot = Bot::start(synapse, "").await;
    let ana = Person::plain(synapse, "ana").await;
    let room = ana.room("ops", &[bot.id()]).await;
    ana.sees_member(&room, bot.id()).await;
    for _ in 0..5 {
        let question = ana.says(&room, "!who-owns payments").await;
        bot.kill();
        bot.begin();
        ana.finds(&room, "an answer", |timeline| {
            let mut messages = timeline.0.iter();
            messages.find(|message| message.thread.as_deref() == Some(question.as_str()))
        })
        .await;
    }
    // Everything before is answered, or never will be.
    let last = ana.says(&room, "!who-owns billing").await;
    ana.reads_after(&room, &last, "Billing").await;
    let timeline = ana.timeline(&room).await;
    assert_eq!(
        said(&timeline, &bot, "belongs to Payments Team"),
        5,
        "{timeline}"
    );
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn a_home_server_that_comes_back_is_heard_again() {
    let synapse = Synapse::start().await;
    let bot = Bot::start(&synapse, "").await;
    let ana = Person::plain(&synapse, "ana").await;
    let room = ana.direct_room(bot.id()).await;
    ana.sees_member(&room, bot.id()).await;
    synapse.stop();
    synapse.start_again().await;
    ana.says(&room, "who-owns payments").await;
    ana.reads(&room, "belongs to Payments Team").await;
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn a_home_server_that_wants_it_slowly_gets_every_answer_once() {
    let synapse = Synapse::with(&STRICT.replace("0.2", "2")).await;
    let bot = Bot::start(&synapse, "").await;
    let ana = Person::plain(&synapse, "ana").await;
    synapse.frees(ana.user_id()).await;
    let room = ana.room("ops", &[bot.id()]).await;
    ana.sees_member(&room, bot.id()).await;
    let mut questions = Vec::new();
    for _ in 0..30 {
        questions.push(ana.says(&room, "!who-owns payments").await);
    }
    for question in &questions {
        ana.finds(&room, "an answer", |timeline| {
            let mut messages = timeline.0.iter();
            messages.find(|message| message.thread.as_ref() == Some(question))
        })
        .await;
    }
    let timeline = ana.timeline(&room).await;
    assert_eq!(said(&timeline, &bot, "belongs to Payments Team"), 30);
}
