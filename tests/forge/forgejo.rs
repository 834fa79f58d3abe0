//! An organisation of Forgejo or Gitea.

use super::github::leads;
use crate::harness::TestBot;
use crate::harness::forge::{ForgeServer, Kind, Repo};
use crate::harness::stand_in::Told;
use crate::sources::{again, holdings};

#[tokio::test]
async fn people_and_teams_are_known() {
    let forgejo = ForgeServer::start(Kind::Forgejo);
    forgejo.acme().most = 2;
    let bot = TestBot::with().source(forgejo.source("")).start().await;
    insta::assert_snapshot!(forgejo.server.requests().join("\n"), @"
    GET /api/v1/orgs/acme/repos?limit=50 200
    GET /api/v1/orgs/acme/members?limit=50 200
    GET /api/v1/orgs/acme/teams?limit=50 200
    GET /api/v1/orgs/acme/teams?limit=50&page=2 200
    GET /api/v1/teams/1/members?limit=50 200
    GET /api/v1/teams/2/members?limit=50 200
    GET /api/v1/teams/3/members?limit=50 200
    ");
    insta::assert_snapshot!(holdings(&bot), @"
    group:default/cards in acme/teams/cards.yaml
    group:default/payments in acme/teams/payments.yaml
    group:default/quiet in acme/teams/quiet.yaml
    user:default/ana in acme/users/ana.yaml
    user:default/ravi in acme/users/Ravi.yaml
    ");
    insta::assert_snapshot!(forgejo.normal(&bot.says("whois ravi").await), @"
    Ravi (user:default/ravi) is in cards.

    From forge/Ravi (http://forge/Ravi) in acme, read just now.
    ");
    insta::assert_snapshot!(forgejo.normal(&bot.says("show group:cards").await), @"
    cards (group:default/cards): team

    Cards & Wallets

    • Has member: Ana Costa, Ravi

    Annotations:

    • backstage.io/managed-by-location: url:http://forge/org/acme/teams/cards
    • backstage.io/managed-by-origin-location: url:http://forge/org/acme/teams/cards
    • 127.0.0.1/team-slug: acme/cards

    From forge/org/acme/teams/cards (http://forge/org/acme/teams/cards) in acme, read just now.

    [1] What they own → owns group:default/cards
    ");
    insta::assert_snapshot!(again(&bot).await, @"5 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems");

    forgejo.acme().open = false;
    let bot = TestBot::with().source(forgejo.source("")).start().await;
    insta::assert_snapshot!(forgejo.normal(&holdings(&bot)), @r#"
    ⚠ acme/.:1:1: warning[people-unseen]: Forgejo does not let these credentials read http://forge/api/v1/orgs/acme/members: it says "Must have read access to members". What is not shown is left out; give the credentials more rights, or set `teams = false`.
    ⚠ acme/.:1:1: warning[people-unseen]: Forgejo does not let these credentials read http://forge/api/v1/orgs/acme/teams: it says "Must have read access to members". What is not shown is left out; give the credentials more rights, or set `teams = false`.
    "#);
}

#[tokio::test]
async fn repositories_are_listed_of_an_organisation_or_a_user() {
    let forgejo = ForgeServer::start(Kind::Forgejo);
    forgejo.acme().repositories = vec![
        Repo {
            visibility: "private",
            ..Repo::named("payments")
        },
        Repo {
            visibility: "internal",
            ..Repo::named("ledger")
        },
        Repo {
            empty: true,
            ..Repo::named("idea")
        },
    ];
    insta::assert_snapshot!(leads(&forgejo, &forgejo.source("teams = false")).await, @"
    acme/ledger http://forge/acme/ledger.git (2026-01-01T12:00:00Z main)
    acme/payments http://forge/acme/payments.git (2026-01-01T12:00:00Z main)
    ");
    let keys = "teams = false\nvisibility = [\"private\"]";
    insta::assert_snapshot!(leads(&forgejo, &forgejo.source(keys)).await, @"acme/payments http://forge/acme/payments.git (2026-01-01T12:00:00Z main)");

    // What is no organisation may be a user; what is neither is told.
    let gone = || Told::refusal(404, "Not Found");
    forgejo.server.trouble("orgs/acme/repos", gone());
    forgejo.server.trouble("users/acme/repos", gone());
    let bot = TestBot::with().source(forgejo.source("")).start().await;
    let status = forgejo.normal(&bot.says("status").await);
    insta::assert_snapshot!(status, @"
    Callboard 0.1.0 knows 0 entities.

    • acme (http://forge/acme): not read yet
      ⚠ Reading it began to fail just now: Forgejo knows nothing at http://forge/acme, or does not show it to these credentials.
    ");
}
