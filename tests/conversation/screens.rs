//! A form on a platform that has forms of its own: page by page.

use callboard::action::Effect;
use callboard::message::form::{Answers, Offered, Screen, Sheet, Submission};
use callboard::message::{Event, Outcome, Query, Ticket};
use serde_json::{Value, json};

use super::forms::creator;
use crate::harness::{Speaker, TestBot};

async fn bot() -> TestBot {
    let bot = creator(Effect::Record).await;
    bot.platform.has_forms();
    bot
}

/// Somebody does something by which a form can be opened.
async fn does(bot: &TestBot, speaker: &Speaker<'_>, event: Event) -> (Option<Outcome>, String) {
    let mut event = speaker.event(event);
    event.ticket = Some(Ticket::new("the trigger"));
    bot.deliver(&event).await
}

async fn create(bot: &TestBot, speaker: &Speaker<'_>) -> String {
    let said = Event::Said("create".to_owned());
    does(bot, speaker, said).await.1
}

fn sheet(screen: Option<Screen>) -> Sheet {
    match screen {
        Some(Screen::Page(sheet)) => sheet,
        other => panic!("no page is shown: {other:?}"),
    }
}

fn next(outcome: Option<Outcome>) -> Sheet {
    match outcome {
        Some(Outcome::Next(screen)) => sheet(Some(*screen)),
        other => panic!("no page comes next: {other:?}"),
    }
}

fn filled(sheet: &Sheet, values: &[(&str, Value)], back: bool) -> Event {
    let mut answers = Answers::default();
    for (name, value) in values {
        answers.set(*name, value.clone());
    }
    Event::Submitted(Submission {
        draft: sheet.draft.clone(),
        answers,
        back,
    })
}

fn what() -> Vec<(&'static str, Value)> {
    vec![
        ("name", json!("web-shop")),
        ("language", json!("rust")),
        ("about", json!("")),
        ("owner", json!("group:default/payments-team")),
    ]
}

fn how() -> Vec<(&'static str, Value)> {
    vec![
        ("extras", json!(["docs", "ci"])),
        ("replicas", json!("3")),
        ("budget", json!("")),
        ("public", json!(false)),
    ]
}

#[tokio::test]
async fn a_form_is_filled_in_page_by_page() {
    let bot = bot().await;
    let ana = bot.as_person("ana").at("general");
    assert_eq!(create(&bot, &ana).await, "(no answer)");
    let first = sheet(bot.platform.screen());
    assert_eq!(
        (first.form.as_str(), first.number, first.of),
        ("New service", 1, 2)
    );
    let wrong = [("name", json!("Web Shop")), ("language", json!("rust"))];
    let (outcome, _) = does(&bot, &ana, filled(&first, &wrong, false)).await;
    insta::assert_debug_snapshot!(outcome, @r#"
    Some(
        Errors(
            [
                (
                    "name",
                    "Name must be lower-case letters and dashes.",
                ),
                (
                    "owner",
                    "Owner is needed and has no default.",
                ),
            ],
        ),
    )
    "#);
    let (outcome, _) = does(&bot, &ana, filled(&first, &what(), false)).await;
    let second = next(outcome);
    assert_eq!((second.page.title.as_str(), second.number), ("How", 2));
    // Delivered once more, because its acknowledgement was lost.
    let (outcome, _) = does(&bot, &ana, filled(&first, &what(), false)).await;
    assert_eq!(next(outcome), second);
    let (outcome, answer) = does(&bot, &ana, filled(&second, &how(), false)).await;
    assert_eq!(outcome, Some(Outcome::Noted));
    insta::assert_snapshot!(answer, @r#"
    Created:

    • name: "web-shop"
    • language: "rust"
    • owner: "group:default/payments-team"
    • extras: ["docs","ci"]
    • replicas: 3
    • public: false
    "#);
}

#[tokio::test]
async fn a_page_back_keeps_what_was_typed() {
    let bot = bot().await;
    let ana = bot.as_person("ana").at("general");
    create(&bot, &ana).await;
    let first = sheet(bot.platform.screen());
    let (outcome, _) = does(&bot, &ana, filled(&first, &what(), false)).await;
    let second = next(outcome);
    let typed = [("replicas", json!("7"))];
    let (outcome, _) = does(&bot, &ana, filled(&second, &typed, true)).await;
    assert_eq!(outcome, Some(Outcome::Noted));
    let again = sheet(bot.platform.screen());
    assert_eq!(again.number, 1);
    assert_eq!(again.page.fields[0].default, Some(json!("web-shop")));
    let (outcome, _) = does(&bot, &ana, filled(&again, &what(), false)).await;
    assert_eq!(next(outcome).page.fields[1].default, Some(json!(7)));
}

#[tokio::test]
async fn a_closed_form_is_kept_and_hinders_nothing() {
    let mut bot = bot().await;
    let ana = bot.as_person("ana").at("general");
    create(&bot, &ana).await;
    let first = sheet(bot.platform.screen());
    does(&bot, &ana, filled(&first, &what(), false)).await;
    let answer = ana.says("who-owns payments").await;
    assert!(answer.starts_with("Payments"), "{answer}");
    bot.restart().await;
    let ana = bot.as_person("ana").at("general");
    // Asked for again it goes on where it was.
    create(&bot, &ana).await;
    assert_eq!(sheet(bot.platform.screen()).number, 2);
    // On the bot's own page it is offered as well.
    let ana = bot.as_person("ana");
    let (_, home) = does(&bot, &ana, Event::Opened).await;
    assert!(home.contains("Not finished yet: New service."), "{home}");
    let number = home.lines().filter(|line| line.starts_with('[')).count();
    let choice = bot.platform.choice(&ana.event(Event::Opened).place, number);
    assert_eq!(choice.label, "Go on with New service");
    does(&bot, &ana, Event::Pressed(choice)).await;
    assert_eq!(sheet(bot.platform.screen()).number, 2);
    // Given up, it is gone, and its page says so.
    let ana = bot.as_person("ana").at("general");
    let last = sheet(bot.platform.screen());
    insta::assert_snapshot!(ana.says("cancel").await, @"New service is cancelled; nothing was done.");
    let (outcome, _) = does(&bot, &ana, filled(&last, &how(), false)).await;
    insta::assert_debug_snapshot!(outcome, @r#"
    Some(
        Next(
            Words {
                title: "Not open any more",
                markdown: "This form was finished or given up elsewhere. Give the command again to begin it anew.",
            },
        ),
    )
    "#);
}

#[tokio::test]
async fn where_no_form_can_be_opened_it_is_asked_in_the_thread() {
    let bot = creator(Effect::Record).await;
    let ana = bot.as_person("ana").at("general");
    let answer = create(&bot, &ana).await;
    assert!(answer.starts_with("New service: 8 questions."), "{answer}");
    let answer = ana.says("web-shop").await;
    assert!(answer.contains("Language"), "{answer}");
}

#[tokio::test]
async fn a_field_offers_what_fits_what_is_typed() {
    let bot = bot().await;
    let ana = bot.as_person("ana").at("general");
    create(&bot, &ana).await;
    let draft = sheet(bot.platform.screen()).draft;
    let typed = async |typed: &str| {
        let query = Query {
            draft: draft.clone(),
            field: "owner".to_owned(),
            typed: typed.to_owned(),
        };
        let outcome = does(&bot, &ana, Event::Options(query)).await.0;
        let Some(Outcome::Options(options)) = outcome else {
            panic!("no options: {outcome:?}");
        };
        let shown = |option: Offered| format!("{} = {}", option.label, option.value);
        options
            .into_iter()
            .map(shown)
            .collect::<Vec<_>>()
            .join("\n")
    };
    insta::assert_snapshot!(typed("paym").await, @r#"Payments Team (payments-team) = "group:default/payments-team""#);
    insta::assert_snapshot!(typed("").await, @r#"
    Developer Platform Team (platform-team) = "group:default/platform-team"
    Platform Engineering (platform-engineering) = "group:default/platform-engineering"
    "#);
    assert_eq!(typed("zzzzzzzz").await, "");
}
