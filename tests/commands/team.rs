//! `team`.

use crate::harness::{Repository, TestBot};

#[tokio::test]
async fn a_team_has_members_and_can_be_reached() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("team payments").await, @"
    Payments Team (group:default/payments-team) is a part of Finance Engineering.

    Takes money from shoppers and gives it back when it must. On call around the clock.

    Reach them: #help-payments · #payments:acme.example · payments@acme.example

    In it (4): Dele Adeyemi, Marta Kowalska, Omar Haddad, Priya Raghunathan.

    It owns 6 entities: API (1), Component (3), Resource (2).

    From org/teams-finance.yaml:1 in acme at …, read just now.

    [1] What they own → owns group:default/payments-team
    [2] Finance Engineering → team group:default/finance-engineering
    ");
    insta::assert_snapshot!(bot.says("who is in the fraud team?").await, @"
    Risk & Fraud Team (group:default/risk-team) is a part of Finance Engineering.

    Decides which orders smell.

    Reach them: #help-risk · #risk:acme.example · risk@acme.example

    In it (2): Omar Haddad, Sofia Marques.

    It owns 2 entities: API (1), Component (1).

    From org/teams-finance.yaml:53 in acme at …, read just now.

    [1] What they own → owns group:default/risk-team
    [2] Finance Engineering → team group:default/finance-engineering
    ");
}

#[tokio::test]
async fn a_department_is_counted_with_the_teams_below_it() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("team finance-engineering").await, @"
    Finance Engineering (group:default/finance-engineering).

    Takes the money, keeps the books, keeps the fraudsters out.

    Reach them: #finance-eng · finance-eng@acme.example

    In it (1): Lars Hansen.

    It owns 2 entities: Domain (1), System (1).

    With the teams below it, that makes 18 entities: API (3), Component (9), Domain (1), Resource (4), System (1).

    Below it

    • Billing Team (8)
    • Payments Team (6)
    • Risk & Fraud Team (2)

    From org/departments.yaml:27 in acme at …, read just now.

    [1] What they own → owns group:default/finance-engineering
    [2] Billing Team → team group:default/billing-team
    [3] Payments Team → team group:default/payments-team
    [4] Risk & Fraud Team → team group:default/risk-team
    ");
}

#[tokio::test]
async fn a_team_that_others_only_name() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("team growth-team").await, @"
    growth-team (group:default/growth-team).

    ⚠ Others name it, but it is not in the catalog itself.

    It owns 1 entity: Component (1).

    [1] What they own → owns group:default/growth-team
    ");
}

#[tokio::test]
async fn teams_in_a_circle_and_members_nobody_knows_are_counted_once() {
    let group = |name: &str, rest: &str| {
        format!(
            "---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {{name: {name}}}
spec: {{type: team, {rest}}}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {{name: {name}-part}}
spec: {{type: service, lifecycle: production, owner: {name}}}
"
        )
    };
    let many: Vec<String> = (0..27).map(|number| format!("m{number:02}")).collect();
    let text = group("a", "parent: c, children: [b], members: [ghost]")
        + &*group("b", "parent: a, children: [c]")
        + &*group(
            "c",
            &format!("parent: b, children: [a], members: [{}]", many.join(", ")),
        );
    let bot = TestBot::of(&Repository::of(&text)).await;
    insta::assert_snapshot!(bot.says("team a").await, @"
    a (group:default/a) is a part of c.

    In it (1): ghost. ⚠ 1 of them is not in the catalog.

    It owns 1 entity: Component (1).

    With the teams below it, that makes 3 entities: Component (3).

    Below it

    • b (3)

    From catalog-info.yaml:2 in catalog at a5346a99, read just now.

    [1] What they own → owns group:default/a
    [2] c → team group:default/c
    [3] b → team group:default/b
    ");
    insta::assert_snapshot!(bot.says("squad c").await, @"
    c (group:default/c) is a part of b.

    In it (27): m00, m01, m02, m03, m04, m05, m06, m07, m08, m09, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24 and 2 more. ⚠ 27 of them are not in the catalog.

    It owns 1 entity: Component (1).

    With the teams below it, that makes 3 entities: Component (3).

    Below it

    • a (3)

    From catalog-info.yaml:22 in catalog at a5346a99, read just now.

    [1] What they own → owns group:default/c
    [2] b → team group:default/b
    [3] a → team group:default/a
    ");
}

#[tokio::test]
async fn only_teams_are_teams() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("team zebra").await, @"I know no team like zebra. Try another word, or search with a part of its name.");
    insta::assert_snapshot!(bot.says("team").await, @"Which team? I need the name of a team or department.");
}
