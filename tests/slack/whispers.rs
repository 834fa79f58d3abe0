//! Slash commands: answered to the asker alone, and shared by choice.

use insta::assert_snapshot;

use super::Workspace;

#[tokio::test]
async fn a_slash_command_is_answered_to_the_asker_and_shared_by_choice() {
    let workspace = Workspace::acme().await;
    let slack = &workspace.slack;
    slack
        .slash("omar", "#general", "/who-owns", "fraud check")
        .await;
    assert_snapshot!(slack.next("omar", "#general").await, @"
    callboard (only omar sees this):
    Fraud check (component:default/fraud-check) belongs to Risk & Fraud Team.

    Ask in #help-risk or #risk:acme.example, or write to risk@acme.example.
    Members: Omar Haddad, Sofia Marques.
    Team page (https://wiki.acme.example/teams/risk)

    Line last changed 3 hours ago by Callboard (…). CODEOWNERS agrees: @acme/risk-team.
    From services/fraud-check/catalog-info.yaml:20 in acme at …, read just now.
    [1] What else they own  [2] Share
    ");
    assert_eq!(slack.screen("priya", "#general"), "");
    slack.press("omar", "#general", "Share").await;
    assert_snapshot!(slack.reads("priya", "#general", "shares").await, @"
    callboard:
    omar shares the answer to who-owns fraud check:

    Fraud check (component:default/fraud-check) belongs to Risk & Fraud Team.

    Ask in #help-risk or #risk:acme.example, or write to risk@acme.example.
    Members: Omar Haddad, Sofia Marques.
    Team page (https://wiki.acme.example/teams/risk)

    Line last changed 3 hours ago by Callboard (…). CODEOWNERS agrees: @acme/risk-team.
    From services/fraud-check/catalog-info.yaml:20 in acme at …, read just now.
    [1] What else they own
    ");
    assert_snapshot!(slack.next("omar", "#general").await, @"
    callboard (only omar sees this) (edited):
    Shared with everybody here.
    ");
}

#[tokio::test]
async fn the_root_command_reaches_everything() {
    let workspace = Workspace::acme().await;
    let slack = &workspace.slack;
    slack
        .slash("omar", "#general", "/callboard", "whose is ledger")
        .await;
    let answer = slack.next("omar", "#general").await;
    assert!(
        answer.contains("Ledger (component:default/ledger)"),
        "{answer}"
    );
    slack.slash("omar", "#general", "/callboard", "").await;
    assert_snapshot!(slack.next("omar", "#general").await, @"
    callboard (only omar sees this):
    This is what you can ask me:
    apis <thing> [--from N]: The APIs of a service, system or team, or who provides and consumes one
    changes [thing] [--since …]: What changed in the catalog: owners, lifecycles, dependencies, with who did it
    channel [what]: What is allowed in this channel: guests and other organisations, previews of links
    deps <thing> [--reverse] [--depth N]: What something depends on, or with `--reverse` what breaks when it breaks
    fix-owner <thing> [owner]: The change that gives a thing another owner, as a patch to apply
    help [topic]: What you can ask me, or how one command works
    home: Where you begin: your teams, what they own with problems first, and what you can ask
    link [code] [--for …]: Make your account here known as yours, by a one-time code from where I know you
    owns [owner]: What a team or person owns
    preview <thing>: What a posted link shows: what stands behind it, and whose it is
    resync [what]: Read all sources now; `resync accept` takes what was held back
    search <words> [--page N]: Everything in the catalog that goes with some words, of a kind, an owner, a tag …
    show <thing>: Everything the catalog says about one entity
    status: How the bot is doing: sources, commits, ages, counts, problems
    team <team>: Who is in a team, how to reach it, and what it owns with the teams below it
    unlink [--for …]: Undo `link` for your account here; an admin undoes it for all accounts of somebody
    unowned [system] [--from N]: What nobody looks after: no owner, an unknown one, or a team without members
    who-owns <thing>: Who owns a service, repository, file, API, host or package, or what a pasted text names
    whois [person]: Who somebody is: teams, what they own, how to reach them
    why <line>: Whether you may do something here, which rule says so, and who can help

    Plain sentences work too. Say help and the name of a command to hear more about it.
    [1] Share
    ");
    slack.slash("omar", "#general", "/who-owns", "").await;
    assert_snapshot!(slack.next("omar", "#general").await, @"
    callboard (only omar sees this):
    Which thing? I need a service, team, repository, file, link, host, pod or package, or a pasted stack trace, log or alert.
    ");
}

#[tokio::test]
async fn a_message_is_asked_about_by_its_shortcut() {
    let workspace = Workspace::acme().await;
    let slack = &workspace.slack;
    let trace = "java.lang.IllegalStateException: no balance\n    at example.ledger.Book.post(services/ledger/src/Book.kt:41)";
    slack.says("priya", "#general", trace).await;
    slack
        .message_shortcut("omar", "#general", "who_owns_this", "no balance")
        .await;
    assert_snapshot!(slack.next("omar", "#general").await, @"
    callboard (only omar sees this):
    Ledger (component:default/ledger) belongs to Billing Team.

    Recognised by its folder in line 2: services/ledger/src/Book.kt:41.
    ⚠ The rule /services/ledger/ of CODEOWNERS gives it to Payments Team instead (CODEOWNERS:17).

    Ask in #help-billing, or write to billing@acme.example.
    Members: Lars Hansen, Yuki Tanabe.
    Team page (https://wiki.acme.example/teams/billing) · Runbook (https://runbooks.acme.example/billing)

    ⚠ CODEOWNERS disagrees: its line 17 gives /services/ledger/ to @acme/payments-team.

    Line last changed 3 hours ago by Callboard (…).
    From services/ledger/catalog-info.yaml:20 in acme at …, read just now.
    [1] What else they own  [2] Fix: owned by Payments Team  [3] Share
    ");
}

#[tokio::test]
async fn a_name_with_markup_in_it_is_a_name() {
    let workspace = Workspace::acme().await;
    let slack = &workspace.slack;
    slack
        .slash("omar", "#general", "/who-owns", "<!channel> & *payments*")
        .await;
    assert_snapshot!(slack.next("omar", "#general").await, @"
    callboard (only omar sees this):
    I know no entity like @channel & *payments*. Did you mean one of these? Otherwise try search with a part of its name.
    [1] payments (Component of payments-team)  [2] payments-worker (Component of payments-team)  [3] payments-v2 (API of payments-team)
    ");
}
