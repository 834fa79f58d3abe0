//! Forms as modals, with the action that asks for everything.

use callboard::action::Effect;
use callboard::message::form::{Field, FieldKind, Form, FormPage};
use insta::assert_snapshot;

use super::Workspace;
use crate::conversation::forms::{CREATE, Create, service};
use crate::harness::TestBot;

async fn workspace() -> Workspace {
    asking(service).await
}

async fn asking(form: fn() -> Form) -> Workspace {
    let action: &'static Create = Box::leak(Box::new(Create {
        effect: Effect::Record,
        form,
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

/// A reviewer on the first page, a secret on the second.
fn reviewed() -> Form {
    let page = |title: &str, field| FormPage {
        title: title.to_owned(),
        fields: vec![field],
    };
    Form {
        title: "New token".to_owned(),
        pages: vec![
            page("Who", Field::new("reviewer", "Reviewer", FieldKind::Person)),
            page("What", Field::new("token", "Token", FieldKind::Secret)),
        ],
    }
}

#[tokio::test]
async fn a_person_who_was_picked_is_the_user_of_the_catalog() {
    let workspace = asking(reviewed).await;
    let slack = &workspace.slack;
    slack
        .slash("omar", "#general", "/callboard", "create")
        .await;
    slack.modal_with("omar", "Reviewer").await;
    slack.submit("omar", &[("Reviewer", "una")]).await;
    assert_snapshot!(slack.modal("omar").await, @"
    == New token ==
    _Who, page 1 of 2_
    Reviewer *: @una
      ! The catalog does not know this person. Choose somebody else, or have their account named in the User's annotations.
    (Close) (Next)
    ");
    slack.submit("omar", &[("Reviewer", "ana")]).await;
    slack.modal_with("omar", "Token").await;
    slack.press("omar", "modal", "Back").await;
    assert_snapshot!(slack.modal_with("omar", "Reviewer").await, @"
    == New token ==
    _Who, page 1 of 2_
    Reviewer *: @ana
    (Close) (Next)
    ");
    slack.submit("omar", &[]).await;
    slack.modal_with("omar", "Token").await;
    slack.submit("omar", &[("Token", "hunter2-canary")]).await;
    assert_snapshot!(slack.next("omar", "#general").await, @r#"
    callboard (only omar sees this):
    Created:
    reviewer: "user:default/ana"
    a secret of 14 characters
    "#);
}

#[tokio::test]
async fn a_secret_is_asked_in_a_form_and_nowhere_else() {
    let workspace = asking(reviewed).await;
    let slack = &workspace.slack;
    slack.says("omar", "@omar", "create").await;
    assert_snapshot!(slack.next("omar", "@omar").await, @"
    callboard:
    New token asks for a secret (Token), and what is written here does not stay between you and me, so I do not ask for it here. Give the command again in a direct, encrypted conversation with me, or with a slash command, where your chat has them.
    ");
}
