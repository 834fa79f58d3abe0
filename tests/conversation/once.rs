//! An event is handled once, however often it comes.

use callboard::message::{Event, Outcome};

use crate::harness::TestBot;

#[tokio::test]
async fn an_event_that_comes_twice_is_answered_once() {
    let bot = TestBot::acme().await;
    let event = bot
        .as_person("ana")
        .event(Event::Said("whois me".to_owned()));
    let (outcome, answer) = bot.deliver(&event).await;
    assert_eq!(outcome, Some(Outcome::Noted));
    assert!(answer.starts_with("Ana Horvat"), "{answer}");
    let (outcome, answer) = bot.deliver(&event).await;
    assert_eq!(outcome, Some(Outcome::Again));
    assert_eq!(answer, "(no answer)");
}

#[tokio::test]
async fn an_event_from_before_a_restart_is_not_answered_again() {
    let mut bot = TestBot::acme().await;
    let event = bot
        .as_person("ana")
        .event(Event::Said("whois me".to_owned()));
    bot.deliver(&event).await;
    bot.restart().await;
    assert_eq!(
        bot.deliver(&event).await,
        (Some(Outcome::Again), "(no answer)".to_owned())
    );
    let other = bot
        .as_person("ana")
        .event(Event::Said("whois me".to_owned()));
    assert_eq!(bot.deliver(&other).await.0, Some(Outcome::Noted));
}
