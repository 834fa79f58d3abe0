//! A group of GitLab.

use super::github::leads;
use crate::harness::TestBot;
use crate::harness::forge::{ForgeServer, Kind, Repo};
use crate::sources::{again, holdings};

#[tokio::test]
async fn subgroups_are_teams() {
    let gitlab = ForgeServer::start(Kind::GitLab);
    gitlab.acme().most = 2;
    let bot = TestBot::with().source(gitlab.source("")).start().await;
    insta::assert_snapshot!(gitlab.server.requests().join("\n"), @"
    GET /api/v4/groups/acme/projects?include_subgroups=true&with_shared=false&order_by=id&sort=asc&per_page=100 200
    GET /api/v4/groups/acme?with_projects=false 200
    GET /api/v4/groups/acme/descendant_groups?per_page=100 200
    GET /api/v4/groups/acme/descendant_groups?per_page=100&page=2 200
    GET /api/v4/groups/acme/members/all?per_page=100 200
    GET /api/v4/groups/acme/members/all?per_page=100&page=2 200
    GET /api/v4/groups/1/members?per_page=100 200
    GET /api/v4/groups/1/members?per_page=100&page=2 200
    GET /api/v4/groups/2/members?per_page=100 200
    GET /api/v4/groups/2/members?per_page=100&page=2 200
    GET /api/v4/groups/3/members?per_page=100 200
    GET /api/v4/groups/3/members?per_page=100&page=2 200
    GET /api/v4/groups/4/members?per_page=100 200
    ");
    insta::assert_snapshot!(holdings(&bot), @"
    group:default/acme in acme/teams/acme.yaml
    group:default/payments in acme/teams/payments.yaml
    group:default/payments-cards in acme/teams/payments-cards.yaml
    group:default/quiet in acme/teams/quiet.yaml
    user:default/ana in acme/users/ana.yaml
    user:default/ravi in acme/users/Ravi.yaml
    ");
    insta::assert_snapshot!(gitlab.normal(&bot.says("whois ravi").await), @"
    Ravi (user:default/ravi) is in Cards & Wallets.

    From forge/Ravi (http://forge/Ravi) in acme, read just now.
    ");
    insta::assert_snapshot!(gitlab.normal(&bot.says("show group:payments-cards").await), @"
    Cards & Wallets (group:default/payments-cards): team

    • Child of: Payments
    • Has member: Ana Costa, Ravi

    Annotations:

    • backstage.io/managed-by-location: url:http://forge/acme/payments/cards
    • backstage.io/managed-by-origin-location: url:http://forge/acme/payments/cards
    • 127.0.0.1/team-path: acme/payments/cards

    From forge/acme/payments/cards (http://forge/acme/payments/cards) in acme, read just now.

    [1] What they own → owns group:default/payments-cards
    ");
    insta::assert_snapshot!(again(&bot).await, @"6 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems");

    gitlab.acme().open = false;
    let bot = TestBot::with().source(gitlab.source("")).start().await;
    insta::assert_snapshot!(gitlab.normal(&holdings(&bot)), @r#"
    ⚠ acme/.:1:1: warning[people-unseen]: GitLab does not let these credentials read http://forge/api/v4/groups/acme/descendant_groups: it says "Must have read access to members". What is not shown is left out; give the credentials more rights, or set `teams = false`.
    ⚠ acme/.:1:1: warning[people-unseen]: GitLab does not let these credentials read http://forge/api/v4/groups/acme/members/all: it says "Must have read access to members". What is not shown is left out; give the credentials more rights, or set `teams = false`.
    "#);
}

#[tokio::test]
async fn a_project_that_was_active_within_the_hour_is_asked_itself() {
    let gitlab = ForgeServer::start(Kind::GitLab);
    let ago = |minutes| {
        let ago = jiff::SignedDuration::from_mins(minutes);
        (jiff::Timestamp::now() - ago).to_string()
    };
    gitlab.acme().repositories = vec![
        Repo::named("payments"),
        Repo {
            pushed: ago(65),
            ..Repo::named("busy")
        },
        Repo {
            empty: true,
            ..Repo::named("idea")
        },
        Repo {
            fork: true,
            ..Repo::named("linux")
        },
        Repo {
            archived: true,
            ..Repo::named("till")
        },
    ];
    insta::assert_snapshot!(leads(&gitlab, &gitlab.source("teams = false")).await, @"
    acme/busy http://forge/acme/busy.git (ask it)
    acme/payments http://forge/acme/payments.git (2026-01-01T12:00:00Z main)
    ");
}
