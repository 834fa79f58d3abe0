//! `home`.

use crate::harness::{Repository, TestBot};

#[tokio::test]
async fn a_person_begins_with_what_their_teams_own() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.as_person("omar").says("what is mine?").await, @"
    Omar Haddad, you are in Payments Team and Risk & Fraud Team.

    You and your teams own 8 things:

    • Fraud scoring (api:default/fraud-scoring), production
    • Payments API v2 (api:default/payments-v2), production
    • Fraud check (component:default/fraud-check), production
    • Payments (component:default/payments), production
    • Payments gateway (component:default/payments-api), production
    • Payments worker (component:default/payments-worker), production
    • Payment webhooks queue (resource:default/payment-webhooks)
    • Payments database (resource:default/payments-db)

    Ask who-owns and a name, a file or a link; search finds things by words; help lists the rest.

    [1] What Payments Team owns → owns group:default/payments-team
    [2] What Risk & Fraud Team owns → owns group:default/risk-team
    [3] What you can ask → help
    ");
}

#[tokio::test]
async fn what_has_problems_comes_first() {
    let user = "apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: ana}\nspec: {memberOf: [team-a]}\n";
    let group = "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: team-a}\nspec: {type: team, children: []}\n";
    let component = |name: &str| {
        format!(
            "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: {name}}}\nspec: {{type: service, lifecycle: production, owner: team-a}}\n"
        )
    };
    let stream = [user, group, &component("alpha"), &component("omega")].join("---\n");
    let repository = Repository::of(&stream);
    let bot = TestBot::of(&repository).await;
    let broken = stream.replace("omega}\nspec: {type: service,", "omega}\nspec: {type: 7,");
    let _repository = repository
        .file("catalog-info.yaml", broken)
        .commit("a mistake");
    bot.says("resync").await;
    insta::assert_snapshot!(bot.as_person("ana").says("home").await, @"
    ana, you are in team-a.

    You and your teams own 2 things, 1 of them with problems:

    • ⚠ omega (component:default/omega), production: Backstage would not take it
    • alpha (component:default/alpha), production

    Ask who-owns and a name, a file or a link; search finds things by words; help lists the rest.

    [1] What team-a owns → owns group:default/team-a
    [2] What you can ask → help
    ");
}

#[tokio::test]
async fn who_is_not_in_the_catalog_is_told_so() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("home").await, @"
    I do not know who you are; start the terminal with `--as NAME`.

    Ask who-owns and a name, a file or a link; search finds things by words; help lists the rest.

    [1] What you can ask → help
    ");
}

#[tokio::test]
async fn who_is_known_nowhere_hears_how_that_can_change() {
    let bot = TestBot::with().platform("matrix").start().await;
    insta::assert_snapshot!(bot.says("home").await, @"
    I do not know who you are: no user of the catalog has the account or e-mail address that you have here. Whoever looks after the catalog can add you as a User with it, or say link to hear how I get to know you without.

    Ask who-owns and a name, a file or a link; search finds things by words; help lists the rest.

    [1] What you can ask → help
    ");
}
