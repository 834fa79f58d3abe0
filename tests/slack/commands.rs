//! Every command, in a direct message.

use insta::assert_snapshot;

use super::Workspace;

#[tokio::test]
async fn every_line_to_try_is_answered_within_what_slack_takes() {
    let workspace = Workspace::acme().await;
    let (bot, slack) = (&workspace.bot, &workspace.slack);
    let book = bot.context().book.load_full();
    let mut answered = 0;
    for command in book.commands() {
        for line in command.examples.iter().map(String::as_str) {
            slack.says("omar", "@omar", line).await;
            let answer = slack.next("omar", "@omar").await;
            assert!(!answer.contains("something went wrong"), "{line}: {answer}");
            answered += 1;
        }
    }
    assert!(answered >= 15, "{answered}");
}

#[tokio::test]
async fn a_question_is_answered_with_its_source() {
    let workspace = Workspace::acme().await;
    let slack = &workspace.slack;
    slack.says("omar", "@omar", "who owns payments?").await;
    assert_snapshot!(slack.next("omar", "@omar").await, @"
    callboard:
    Payments (component:default/payments) belongs to Payments Team.

    Ask in #help-payments or #payments:acme.example, or write to payments@acme.example.
    Members: Dele Adeyemi, Marta Kowalska, Omar Haddad, Priya Raghunathan.
    Runbook (https://runbooks.acme.example/payments) · Team page (https://wiki.acme.example/teams/payments)

    Line last changed 3 hours ago by Callboard (…). CODEOWNERS agrees: @acme/payments-team.
    From services/payments/catalog-info.yaml:31 in acme at …, read just now.
    [1] What else they own
    ");
    slack.press("omar", "@omar", "What else they own").await;
    assert_snapshot!(slack.next("omar", "@omar").await, @"
    callboard:
    Payments Team owns 6 entities.

    API (1)
    Payments API v2 (payments-v2)

    Component (3)
    Payments (payments)
    Payments gateway (payments-api)
    Payments worker (payments-worker)

    Resource (2)
    Payment webhooks queue (payment-webhooks)
    Payments database (payments-db)

    From org/teams-finance.yaml:1 in acme at …, read just now.
    ");
}

#[tokio::test]
async fn what_could_be_several_things_is_asked_back_with_buttons() {
    let workspace = Workspace::acme().await;
    let slack = &workspace.slack;
    slack.says("omar", "@omar", "who-owns payment").await;
    assert_snapshot!(slack.next("omar", "@omar").await, @"
    callboard:
    Several things could be payment. Which one do you mean?
    [1] payments (Component of payments-team)  [2] payments-worker (Component of payments-team)  [3] payments-v2 (API of payments-team)  [4] payment-webhooks (Resource of payments-team)  [5] payments-api (Component of payments-team)
    ");
}

#[tokio::test]
async fn a_graph_comes_as_a_picture() {
    let workspace = Workspace::acme().await;
    let slack = &workspace.slack;
    slack.says("omar", "@omar", "deps payments").await;
    assert_snapshot!(slack.reads("omar", "@omar", "depends").await, @"
    callboard:
    Payments (component:default/payments) depends on 6 things directly, 7 within 3 steps:
    Feature flags – Developer Platform Team
    Fraud check – Risk & Fraud Team, through Fraud scoring
    Feature flags – Developer Platform Team
    Ledger – Billing Team, through Ledger entries
    Money library – Billing Team
    Ledger database (resource) – Billing Team
    Money library – Billing Team
    Payments database (resource) – Payments Team
    Production cluster (resource) – Site Reliability
    Production cluster (resource) – Site Reliability

    From services/payments/catalog-info.yaml:2 in acme at …, read just now.
    [image: What Payments depends on]
    [1] What depends on it  [2] Who owns it
    ");
}

#[tokio::test]
async fn a_person_is_who_the_address_says() {
    let workspace = Workspace::acme().await;
    let slack = &workspace.slack;
    slack.says("omar", "@omar", "whois me").await;
    let answer = slack.next("omar", "@omar").await;
    assert!(
        answer.contains("Omar Haddad (user:default/omar)"),
        "{answer}"
    );
    for stranger in ["noah", "una"] {
        let place = format!("@{stranger}");
        slack.says(stranger, &place, "whois me").await;
        let answer = slack.next(stranger, &place).await;
        assert!(answer.contains("I do not know which person"), "{answer}");
    }
}
