//! Forms as modals, with the action that asks for everything.

use callboard::action::Effect;
use insta::assert_snapshot;

use super::Workspace;
use crate::conversation::forms::{CREATE, Create};
use crate::harness::TestBot;

async fn workspace() -> Workspace {
    let action: &'static Create = Box::leak(Box::new(Create {
        effect: Effect::Record,
    }));
    let plan = TestBot::with().action(action).command("create", CREATE);
    Workspace::of(plan).await
}

const WHAT: [(&str, &str); 3] = [
    ("Name", "web-shop"),
    ("Language", "Rust"),
    ("Owner", "Payments Team (payments-team)"),
];

#[tokio::test]
async fn a_form_is_filled_in_page_by_page() {
    let workspace = workspace().await;
    let slack = &workspace.slack;
    slack
        .slash("omar", "#general", "/callboard", "create")
        .await;
    assert_snapshot!(slack.modal_with("omar", "Name").await, @"
    == New service ==
    _What, page 1 of 2_
    Name *: <>
      (It becomes the repository's name.)
    Language *:  [Rust / Go]
    About: <>
    Owner *: <Type a name>
    (Close) (Next)
    ");
    assert_eq!(
        slack.types("omar", "Owner", "paym").await,
        ["Payments Team (payments-team)"]
    );
    let wrong = [("Name", "Web Shop"), WHAT[1], WHAT[2]];
    slack.submit("omar", &wrong).await;
    let shown = slack.modal("omar").await;
    assert!(
        shown.contains("Name must be lower-case letters and dashes."),
        "{shown}"
    );
    slack.submit("omar", &WHAT).await;
    assert_snapshot!(slack.modal_with("omar", "Extras").await, @"
    == New service ==
    _How, page 2 of 2_
    Extras *:  [Documents / Pipeline / Database]
    Replicas *: 2
    Budget: <>
    Public *:  [Yes / No]
    [1] Back
    (Close) (Send)
    ");
    slack.press("omar", "modal", "Back").await;
    let shown = slack.modal_with("omar", "Language").await;
    assert!(shown.contains("web-shop"), "{shown}");
    slack.submit("omar", &[]).await;
    slack.modal_with("omar", "Extras").await;
    let how = [
        ("Extras", "Documents, Pipeline"),
        ("Replicas", "3"),
        ("Public", "No"),
    ];
    slack.submit("omar", &how).await;
    assert!(!slack.has_modal("omar"));
    assert_snapshot!(slack.next("omar", "#general").await, @r#"
    callboard (only omar sees this):
    Created:
    name: "web-shop"
    language: "rust"
    owner: "group:default/payments-team"
    extras: ["docs","ci"]
    replicas: 3
    public: false
    "#);
}

#[tokio::test]
async fn a_closed_form_waits_at_home() {
    let workspace = workspace().await;
    let slack = &workspace.slack;
    slack
        .slash("omar", "#general", "/callboard", "create")
        .await;
    slack.modal_with("omar", "Name").await;
    slack.types("omar", "Owner", "paym").await;
    slack.submit("omar", &WHAT).await;
    slack.modal_with("omar", "Extras").await;
    slack.closes("omar", true).await;
    // The channel is free for other questions.
    slack.slash("omar", "#general", "/who-owns", "ledger").await;
    let answer = slack.next("omar", "#general").await;
    assert!(answer.contains("Ledger"), "{answer}");
    slack.opens_home("omar").await;
    let home = slack.home_with("omar", "Not finished yet").await;
    assert!(home.contains("New service"), "{home}");
    slack.press("omar", "home", "Go on with New service").await;
    slack.modal_with("omar", "Extras").await;
}

#[tokio::test]
async fn where_the_moment_has_passed_the_form_is_asked_in_words() {
    let workspace = workspace().await;
    let slack = &workspace.slack;
    slack.trouble(
        "views.open",
        crate::harness::slack::Trouble::Refused("expired_trigger_id"),
    );
    slack
        .slash("omar", "#general", "/callboard", "create")
        .await;
    let answer = slack.next("omar", "#general").await;
    assert!(answer.contains("New service: 8 questions."), "{answer}");
}
