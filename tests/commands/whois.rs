//! `whois`.

use crate::harness::{Repository, TestBot};

#[tokio::test]
async fn a_person_has_teams_and_can_be_reached() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("whois ana").await, @"
    Ana Horvat (user:default/ana) is in Developer Platform Team.

    Leads the developer platform. Looks after this catalogue.

    Reach them: ana.horvat@acme.example · Slack U01A4W8VKE · Matrix @ana:acme.example
    Developer Platform Team: #help-platform · platform@acme.example

    From org/users-platform.yaml:2 in acme at …, read just now.
    ");
    insta::assert_snapshot!(bot.says("who is Omar Haddad?").await, @"
    Omar Haddad (user:default/omar) is in Payments Team and Risk & Fraud Team.

    Half risk, half payments.

    Reach them: omar.haddad@acme.example · Slack U04X9J6SRN
    Payments Team: #help-payments · payments@acme.example
    Risk & Fraud Team: #help-risk · risk@acme.example

    From org/users-finance.yaml:87 in acme at …, read just now.
    ");
    insta::assert_snapshot!(bot.says("which team is kwame in").await, @"
    Kwame Boateng (user:default/kwame) is in Delivery Team.

    Reach them: kwame.boateng@acme.example · Slack U06D3S7AQK · Matrix @kwame:acme.example
    Delivery Team: #help-delivery · delivery@acme.example

    From org/users-commerce.yaml:122 in acme at …, read just now.
    ");
    insta::assert_snapshot!(bot.says("whois pedro").await, @"
    Pedro Quintana (user:default/pedro) is in Orders Team.

    Started in the Lisbon office this month.

    Reach them: pedro.quintana@acme.example
    Orders Team: #help-orders · orders@acme.example

    From org/users-commerce.yaml:97 in acme at …, read just now.
    ");
}

#[tokio::test]
async fn people_ask_who_they_are() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.as_person("ana").says("who am I?").await, @"
    Ana Horvat (user:default/ana) is in Developer Platform Team.

    Leads the developer platform. Looks after this catalogue.

    Reach them: ana.horvat@acme.example · Slack U01A4W8VKE · Matrix @ana:acme.example
    Developer Platform Team: #help-platform · platform@acme.example

    From org/users-platform.yaml:2 in acme at …, read just now.
    ");
    insta::assert_snapshot!(bot.says("whois me").await, @"I do not know which person of the catalog you are. Ask with a name, or start the terminal with `--as NAME`.");
    insta::assert_snapshot!(bot.says("whois").await, @"I do not know which person of the catalog you are. Ask with a name, or start the terminal with `--as NAME`.");
}

#[tokio::test]
async fn people_of_like_names_are_not_mixed_up() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("whois mkowal").await, @"
    Martin Kowal (user:default/mkowal) is in Site Reliability.

    Databases. Not to be confused with Marta.

    Reach them: martin.kowal@acme.example · Slack U04B8N3WTZ · Matrix @martin:acme.example
    Site Reliability: #help-sre · sre@acme.example

    From org/users-platform.yaml:45 in acme at …, read just now.
    ");
    insta::assert_snapshot!(bot.says("whois kowal").await, @"
    Martin Kowal (user:default/mkowal) is in Site Reliability.

    Databases. Not to be confused with Marta.

    Reach them: martin.kowal@acme.example · Slack U04B8N3WTZ · Matrix @martin:acme.example
    Site Reliability: #help-sre · sre@acme.example

    From org/users-platform.yaml:45 in acme at …, read just now.
    ");
    insta::assert_snapshot!(bot.says("whois kowalska").await, @"
    Marta Kowalska (user:default/mkowalska) is in Payments Team.

    Reach them: marta.kowalska@acme.example · Slack U05T6C1NDJ · Matrix @marta:acme.example
    Payments Team: #help-payments · payments@acme.example

    From org/users-finance.yaml:46 in acme at …, read just now.
    ");
    insta::assert_snapshot!(bot.says("whois chloe dubreuil").await, @"
    Chloé Dubreuil (user:default/chloe) is in Storefront Team.

    Leads the storefront team.

    Reach them: chloe.dubreuil@acme.example · Slack U02C8M1RVA · Matrix @chloe:acme.example
    Storefront Team: #help-storefront · storefront@acme.example

    From org/users-commerce.yaml:16 in acme at …, read just now.
    ");
    insta::assert_snapshot!(bot.says("whois @ana").await, @"
    Ana Horvat (user:default/ana) is in Developer Platform Team.

    Leads the developer platform. Looks after this catalogue.

    Reach them: ana.horvat@acme.example · Slack U01A4W8VKE · Matrix @ana:acme.example
    Developer Platform Team: #help-platform · platform@acme.example

    From org/users-platform.yaml:2 in acme at …, read just now.
    ");
}

#[tokio::test]
async fn a_person_may_own_things_and_be_in_no_team() {
    let repository = Repository::of(
        "apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: eva}
spec: {profile: {displayName: Eva Lind, email: eva@acme.example}, memberOf: []}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: scripts, title: Eva's scripts}
spec: {type: tool, lifecycle: experimental, owner: user:eva}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: old-scripts}
spec: {type: tool, lifecycle: experimental, owner: user:gone}
",
    );
    let bot = TestBot::of(&repository).await;
    insta::assert_snapshot!(bot.says("whois eva").await, @"
    Eva Lind (user:default/eva) is in no team of the catalog.

    Reach them: eva@acme.example

    In their own name: Eva's scripts.

    From catalog-info.yaml:1 in catalog at d8776dcc, read just now.

    [1] What they own → owns user:default/eva
    ");
    insta::assert_snapshot!(bot.press(1).await, @"
    Eva Lind owns 1 entity.

    Component (1)

    • Eva's scripts (scripts) – experimental

    From catalog-info.yaml:1 in catalog at d8776dcc, read just now.
    ");
    insta::assert_snapshot!(bot.says("whois gone").await, @"
    ⚠ Others name the user user:default/gone, but there is no such person in the catalog, so I cannot say who that is or how to reach them.

    In their own name: old-scripts.

    [1] What they own → owns user:default/gone
    ");
}

#[tokio::test]
async fn a_team_is_no_person() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("whois payments-team").await, @"I know no person like payments-team. Try another word, or search with a part of its name.");
    insta::assert_snapshot!(bot.says("whois zebra").await, @"I know no person like zebra. Try another word, or search with a part of its name.");
}

#[tokio::test]
async fn people_and_teams_are_found_by_their_addresses() {
    let bot = TestBot::acme().await;
    let answer = bot.says("whois Priya.Raghunathan@acme.example").await;
    insta::assert_snapshot!(answer.lines().next().unwrap_or_default(), @"Priya Raghunathan (user:default/priya) is in Payments Team.");
    let answer = bot.says("team <mailto:payments@acme.example>").await;
    insta::assert_snapshot!(answer.lines().next().unwrap_or_default(), @"Payments Team (group:default/payments-team) is a part of Finance Engineering.");
    insta::assert_snapshot!(bot.says("whois payments@acme.example").await, @"I know no person like payments@acme.example. Try another word, or search with a part of its name.");
    insta::assert_snapshot!(bot.says("whois priya@else.example").await, @"I know no person like priya@else.example. Try another word, or search with a part of its name.");
}
