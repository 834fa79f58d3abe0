//! What was said while the bot was away, whatever kept it away.

use std::time::{Duration, Instant};

use insta::assert_snapshot;
use rustix::process::Signal;

use super::Bot;
use crate::harness::matrix::{Message, Person, STRICT, Synapse, Timeline};

/// What stands in the thread on a message.
fn answer_to<'a>(timeline: &'a Timeline, question: &str) -> Option<&'a Message> {
    let mut messages = timeline.0.iter();
    messages.find(|message| message.thread.as_deref() == Some(question))
}

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
    let room = bot.room(&ana).await;
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
    // The home server gave the newest ones only.
    let events = paged_back(&bot);
    assert!(events > 400, "{events}");
    bot.stop();
    bot.begin();
    let last = ana.says(&room, "!who-owns ledger").await;
    ana.finds(&room, "an answer to the last", |timeline| {
        answer_to(timeline, &last)
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

/// How many events the bot says that it read back.
fn paged_back(bot: &Bot) -> usize {
    let log = bot.running().complains("is read back");
    let line = log.lines().find(|line| line.contains("is read back"));
    let events = line.and_then(|line| line.split("events=").nth(1));
    let events = events.and_then(|events| events.split_whitespace().next());
    events.and_then(|events| events.parse().ok()).expect(&log)
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn a_gap_while_it_runs_is_read_back() {
    let synapse = Synapse::shared().await;
    let bot = Bot::start(synapse, "").await;
    let ana = Person::plain(synapse, "ana").await;
    let room = bot.room(&ana).await;
    ana.says(&room, "!who-owns billing").await;
    ana.reads(&room, "Billing").await;
    bot.running().signal(Signal::STOP);
    ana.says(&room, "!who-owns payments").await;
    for number in 0..120 {
        ana.says(&room, &format!("chatter {number}")).await;
    }
    bot.running().signal(Signal::CONT);
    ana.reads(&room, "belongs to Payments Team").await;
    assert!(paged_back(&bot) > 20);
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn what_is_too_old_is_listed_and_run_by_a_press() {
    let synapse = Synapse::shared().await;
    let mut bot = Bot::start(synapse, "late = \"2s\"").await;
    let ana = Person::plain(synapse, "ana").await;
    let room = bot.direct_room(&ana).await;
    ana.says(&room, "who-owns billing").await;
    ana.reads(&room, "Billing").await;
    bot.stop();
    let asked = Instant::now();
    ana.says(&room, "who-owns payments").await;
    ana.says(&room, "who-owns ledger").await;
    while asked.elapsed() < Duration::from_secs(3) {
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
    bot.stop();
    bot.begin();
    let last = ana.says(&room, "who-owns billing").await;
    ana.reads_after(&room, &last, "Billing").await;
    let timeline = ana.timeline(&room).await;
    assert_eq!(said(&timeline, &bot, "I was away"), 1, "{timeline}");
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn a_bot_that_is_killed_answers_after_the_restart_once() {
    let synapse = Synapse::shared().await;
    let mut bot = Bot::start(synapse, "").await;
    let ana = Person::plain(synapse, "ana").await;
    let room = bot.room(&ana).await;
    for _ in 0..5 {
        let question = ana.says(&room, "!who-owns payments").await;
        bot.kill();
        bot.begin();
        ana.finds(&room, "an answer", |timeline| {
            answer_to(timeline, &question)
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
async fn a_bot_that_is_killed_between_hearing_and_answering_answers_after_the_restart_once() {
    let synapse = Synapse::with(STRICT).await;
    let mut bot = Bot::start(&synapse, "").await;
    let ana = Person::plain(&synapse, "ana").await;
    synapse.frees(ana.user_id()).await;
    let room = bot.room(&ana).await;
    // As many as the server takes before it wants the bot to be slower.
    let mut questions = Vec::new();
    while synapse.slowed(bot.id()) == 0 {
        let question = ana.says(&room, "!who-owns payments").await;
        ana.sees_read(&room, bot.id(), &question).await;
        questions.push(question);
    }
    // Heard, for it has shown that it has read it; and not answered, for the server does not let it.
    let before = ana.timeline(&room).await;
    assert!(answer_to(&before, questions.last().expect("one")).is_none());
    bot.kill();
    synapse.frees(bot.id()).await;
    bot.begin();
    for question in &questions {
        ana.finds(&room, "an answer", |timeline| answer_to(timeline, question))
            .await;
    }
    let end = ana.says(&room, "!who-owns billing").await;
    ana.finds(&room, "an answer", |timeline| answer_to(timeline, &end))
        .await;
    let timeline = ana.timeline(&room).await;
    let answers = said(&timeline, &bot, "belongs to Payments Team");
    assert_eq!(answers, questions.len(), "{timeline}");
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn a_home_server_that_comes_back_is_heard_again() {
    let synapse = Synapse::start().await;
    let bot = Bot::start(&synapse, "").await;
    let ana = Person::plain(&synapse, "ana").await;
    let room = bot.direct_room(&ana).await;
    let stopped = Instant::now();
    synapse.stop();
    // A minute is what it is about: longer than the pauses between the attempts grow.
    let pause = Duration::from_mins(1).saturating_sub(stopped.elapsed());
    tokio::time::sleep(pause).await;
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
    let room = bot.room(&ana).await;
    let mut questions = Vec::new();
    for _ in 0..30 {
        questions.push(ana.says(&room, "!who-owns payments").await);
    }
    for question in &questions {
        ana.finds(&room, "an answer", |timeline| answer_to(timeline, question))
            .await;
    }
    let timeline = ana.timeline(&room).await;
    assert_eq!(said(&timeline, &bot, "belongs to Payments Team"), 30);
    assert!(
        synapse.slowed(bot.id()) > 0,
        "the bot was never slowed down"
    );
}
