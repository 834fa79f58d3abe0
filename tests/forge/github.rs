//! An organisation of GitHub: what becomes of its people and teams, what is asked, and what goes wrong.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use callboard::catalog::source::Configured;
use callboard::config::SourceConfig;

use crate::harness::forge::{App, ForgeServer, Kind, Repo, TeamData};
use crate::harness::stand_in::Told;
use crate::harness::{GitHttp, Repository, TestBot};
use crate::sources::{again, component, configured, holdings, reports, sync, who_owns};

/// The leads of a source that is read for the first time, one a line, and what was missed.
pub async fn leads(github: &ForgeServer, config: &SourceConfig) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let source = Configured::new(config, folder.path(), Duration::from_mins(1));
    let source = source.expect("a good configuration").source;
    let snapshot = source.read(None).await.expect("it can be read");
    let snapshot = snapshot.expect("it is new");
    let again = source.read(Some(&snapshot.revision)).await;
    assert!(again.expect("it can be read again").is_none(), "unchanged");
    let leads = snapshot.leads.iter().map(|lead| {
        let marker = lead.marker.as_deref().unwrap_or("ask it");
        format!("{} {} ({marker})", lead.name, lead.place)
    });
    github.normal(&leads.collect::<Vec<_>>().join("\n"))
}

#[tokio::test]
async fn people_and_teams_of_an_organisation_are_known() {
    let github = ForgeServer::start(Kind::GitHub);
    github.acme().most = 2;
    let bot = TestBot::with().source(github.source("")).start().await;
    insta::assert_snapshot!(github.normal(&github.server.requests().join("\n")), @"
    GET /api/v3/users/acme 200
    GET /api/v3/orgs/acme/repos?type=all&sort=full_name&per_page=100 200
    POST /api/graphql 200
    POST /api/graphql 200
    POST /api/graphql 200
    ");
    insta::assert_snapshot!(holdings(&bot), @"
    group:default/cards in acme/teams/cards.yaml
    group:default/payments in acme/teams/payments.yaml
    group:default/quiet in acme/teams/quiet.yaml
    user:default/ana in acme/users/ana.yaml
    user:default/ravi in acme/users/Ravi.yaml
    ");
    insta::assert_snapshot!(github.normal(&bot.says("whois ana").await), @"
    Ana Costa (user:default/ana) is in Cards & Wallets and Payments.

    Reach them: ana@acme.example

    From forge/ana (http://forge/ana) in acme, read just now.
    ");
    insta::assert_snapshot!(github.normal(&bot.says("show group:cards").await), @"
    Cards & Wallets (group:default/cards): team

    • Child of: Payments
    • Has member: Ana Costa, Ravi

    Annotations:

    • backstage.io/managed-by-location: url:http://forge/orgs/acme/teams/cards
    • backstage.io/managed-by-origin-location: url:http://forge/orgs/acme/teams/cards
    • github.com/team-slug: acme/cards
    • backstage.io/edit-url: https://github.acme.example/orgs/acme/teams/cards/edit

    From forge/orgs/acme/teams/cards (http://forge/orgs/acme/teams/cards) in acme, read just now.

    [1] What they own → owns group:default/cards
    ");
    insta::assert_snapshot!(github.normal(&bot.says("status").await), @"
    Callboard 0.1.0 knows 5 entities: Group 3, User 2.

    • acme (http://forge/acme): 5 entities in 5 files, read just now

    No file has a problem.
    ");

    // Nothing is new, and the listing is not sent again.
    insta::assert_snapshot!(again(&bot).await, @"5 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems");
    insta::assert_snapshot!(github.server.requests().join("\n"), @"
    GET /api/v3/orgs/acme/repos?type=all&sort=full_name&per_page=100 304
    POST /api/graphql 200
    POST /api/graphql 200
    POST /api/graphql 200
    ");
    github.acme().teams.push(TeamData {
        slug: "ledger",
        title: "Ledger",
        parent: None,
        members: vec!["ana", "Ravi"],
    });
    insta::assert_snapshot!(again(&bot).await, @"6 files, 3 parsed; 1 added, 2 changed, 0 removed; 0 problems");
}

#[tokio::test]
async fn the_repositories_are_those_that_pass_the_filters() {
    let github = ForgeServer::start(Kind::GitHub);
    let now = jiff::Timestamp::now().to_string();
    github.acme().repositories = vec![
        Repo::named("payments"),
        Repo {
            topics: vec!["backend"],
            visibility: "internal",
            ..Repo::named("ledger")
        },
        Repo {
            archived: true,
            ..Repo::named("till")
        },
        Repo {
            fork: true,
            ..Repo::named("linux")
        },
        Repo {
            empty: true,
            ..Repo::named("idea")
        },
        Repo {
            pushed: now,
            ..Repo::named("busy")
        },
    ];
    insta::assert_snapshot!(leads(&github, &github.source("teams = false")).await, @"
    acme/busy http://forge/acme/busy.git (ask it)
    acme/ledger http://forge/acme/ledger.git (2026-01-01T12:00:00Z main)
    acme/payments http://forge/acme/payments.git (2026-01-01T12:00:00Z main)
    ");
    let keys =
        "teams = false\narchived = true\nforks = true\nrepositories = [\"acme/*\", \"!acme/b*\"]";
    insta::assert_snapshot!(leads(&github, &github.source(keys)).await, @"
    acme/ledger http://forge/acme/ledger.git (2026-01-01T12:00:00Z main)
    acme/linux http://forge/acme/linux.git (2026-01-01T12:00:00Z main)
    acme/payments http://forge/acme/payments.git (2026-01-01T12:00:00Z main)
    acme/till http://forge/acme/till.git (2026-01-01T12:00:00Z main)
    ");
    let keys = "teams = false\ntopics = [\"Backend\"]\nvisibility = [\"internal\", \"private\"]";
    insta::assert_snapshot!(leads(&github, &github.source(keys)).await, @"acme/ledger http://forge/acme/ledger.git (2026-01-01T12:00:00Z main)");
}

#[tokio::test]
async fn what_may_not_be_seen_is_told_and_no_more() {
    let github = ForgeServer::start(Kind::GitHub);
    github.acme().open = false;
    let bot = TestBot::with().source(github.source("")).start().await;
    insta::assert_snapshot!(holdings(&bot), @r#"
    ⚠ acme/.:1:1: warning[people-unseen]: GitHub does not let these credentials read the members of acme: it says "Resource not accessible by integration". What is not shown is left out; give the credentials more rights, or set `teams = false`.
    ⚠ acme/.:1:1: warning[people-unseen]: GitHub does not let these credentials read the teams of acme: it says "Resource not accessible by integration". What is not shown is left out; give the credentials more rights, or set `teams = false`.
    "#);
}

#[tokio::test]
async fn what_goes_wrong_is_told_and_the_people_stay() {
    let github = ForgeServer::start(Kind::GitHub);
    let bot = TestBot::with().source(github.source("")).start().await;
    let before = holdings(&bot);
    github
        .server
        .trouble("graphql", Told::refusal(401, "Bad credentials"));
    let mut told = vec![again(&bot).await];
    let limited = Told::refusal(403, "API rate limit exceeded for user ID 1.")
        .with("x-ratelimit-remaining", 0)
        .with("x-ratelimit-reset", 1_767_702_840);
    github.server.trouble("orgs/acme/repos", limited);
    told.push(again(&bot).await);
    insta::assert_snapshot!(github.normal(&told.join("\n")), @r#"
    5 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems; GitHub does not accept the credentials of this source: it says "Bad credentials"; check its `token`
    5 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems; GitHub's rate limit is used up until 12:35 UTC; nothing is asked of it before
    "#);
    insta::assert_snapshot!(github.normal(&bot.says("status").await), @"
    Callboard 0.1.0 knows 5 entities: Group 3, User 2.

    • acme (http://forge/acme): 5 entities in 5 files, read just now
      ⚠ Reading it began to fail just now: GitHub's rate limit is used up until 12:35 UTC; nothing is asked of it before.

    No file has a problem.
    ");
    assert_eq!(holdings(&bot), before);

    // GraphQL says so in words, with a status that says the opposite.
    let github = ForgeServer::start(Kind::GitHub);
    let words = serde_json::json!({ "errors": [{ "type": "RATE_LIMITED", "message": "API rate limit exceeded" }] });
    let limited = Told::json(words)
        .with("x-ratelimit-remaining", 0)
        .with("x-ratelimit-reset", 1_767_702_840);
    github.server.trouble("graphql", limited);
    let bot = TestBot::with().source(github.source("")).start().await;
    insta::assert_snapshot!(again(&bot).await, @"0 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems; GitHub's rate limit is used up until 12:35 UTC; nothing is asked of it before");
}

#[tokio::test]
async fn an_app_signs_in_for_itself() {
    let github = ForgeServer::start(Kind::GitHub);
    let app = App::new();
    std::fs::write(github.path("app.pem"), app.pem()).expect("written");
    github.acme().app = Some(app);
    github.acme().most = 2;
    let keys = format!(
        "app = {{ id = 123, key = \"file:{}\" }}",
        github.path("app.pem").display()
    );
    let bot = TestBot::with().source(github.source(&keys)).start().await;
    insta::assert_snapshot!(github.server.requests().join("\n"), @"
    GET /api/v3/orgs/acme/installation 200
    POST /api/v3/app/installations/7/access_tokens 201
    GET /api/v3/users/acme 200
    GET /api/v3/orgs/acme/repos?type=all&sort=full_name&per_page=100 200
    POST /api/graphql 200
    POST /api/graphql 200
    POST /api/graphql 200
    ");
    // An App may not see addresses.
    insta::assert_snapshot!(github.normal(&bot.says("whois ana").await), @"
    Ana Costa (user:default/ana) is in Cards & Wallets and Payments.

    From forge/ana (http://forge/ana) in acme, read just now.
    ");

    // A token that is taken back in the middle is replaced, once.
    github.acme().most = 1;
    github
        .server
        .trouble("graphql", Told::refusal(401, "Bad credentials"));
    insta::assert_snapshot!(again(&bot).await, @"5 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems");
    let app_requests = |requests: Vec<String>| -> Vec<String> {
        let app = requests
            .into_iter()
            .filter(|line| line.contains("installation"));
        app.collect()
    };
    insta::assert_snapshot!(app_requests(github.server.requests()).join("\n"), @"
    GET /api/v3/orgs/acme/installation 304
    POST /api/v3/app/installations/7/access_tokens 201
    ");

    // One that is about to end is renewed before it is used.
    if let Some(app) = &mut github.acme().app {
        app.good_for = 300;
        app.issued += 1;
    }
    let old = Told::refusal(401, "Bad credentials");
    github.server.trouble("orgs/acme/repos", old);
    sync(&bot).await;
    let issued = app_requests(github.server.requests()).len();
    assert!(issued > 4, "{issued}");

    if let Some(app) = &mut github.acme().app {
        app.installed = false;
    }
    insta::assert_snapshot!(again(&bot).await, @"5 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems; GitHub does not accept the credentials of this source: the App 123 is not installed in acme; install it there");
}

#[test]
#[ignore = "needs nginx; run by tests/run"]
fn an_organisation_leads_to_its_repositories() {
    let git = GitHttp::start();
    let mut told = Vec::new();
    for kind in [Kind::GitHub, Kind::GitLab, Kind::Forgejo] {
        told.push(format!("{kind:?}"));
        let forge = ForgeServer::start(kind);
        forge.server.serves_git(&git);
        let shop = Repository::named("shop")
            .file("catalog-info.yaml", component("checkout", "quiet"))
            .file("other/catalog-info.yaml", component("hidden", "quiet"))
            .commit("first");
        git.publish("acme/shop", &shop);
        let private = Repo {
            visibility: "private",
            ..Repo::named("shop")
        };
        let archived = Repo {
            archived: true,
            ..Repo::named("till")
        };
        forge.acme().repositories = vec![private, archived];
        let keys = "include = [\"/catalog-info.yaml\"]\n";
        let program = configured(&format!("[[sources]]\n{}", forge.configuration(keys)));
        for report in reports(&program) {
            told.push(format!(
                "{}: {} entities, {} problems, {}",
                report["source"], report["entities"], report["problems"], report["error"]
            ));
        }
        told.push(who_owns(&program, "checkout"));

        // Nothing was pushed, as the listing says: no repository is asked.
        let before = git.requests();
        reports(&program);
        assert_eq!(git.requests(), before);

        let moved = shop
            .file("catalog-info.yaml", component("checkout", "ana"))
            .commit("moved");
        git.publish("acme/shop", &moved);
        forge.acme().repositories[0].pushed = "2026-01-02T12:00:00Z".to_owned();
        reports(&program);
        told.push(who_owns(&program, "checkout"));
        // What is no longer listed is no longer known.
        forge.acme().repositories.clear();
        reports(&program);
        told.push(who_owns(&program, "checkout"));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    GitHub
    "acme": 5 entities, 0 problems, null
    "acme/shop": 1 entities, 0 problems, null
    checkout (component:default/checkout) belongs to quiet.
    checkout (component:default/checkout) belongs to ana.
    I know no entity like checkout. Try another word, or search with a part of its name.
    GitLab
    "acme": 6 entities, 0 problems, null
    "acme/shop": 1 entities, 0 problems, null
    checkout (component:default/checkout) belongs to quiet.
    checkout (component:default/checkout) belongs to ana.
    I know no entity like checkout. Try another word, or search with a part of its name.
    Forgejo
    "acme": 5 entities, 0 problems, null
    "acme/shop": 1 entities, 0 problems, null
    checkout (component:default/checkout) belongs to quiet.
    checkout (component:default/checkout) belongs to ana.
    I know no entity like checkout. Try another word, or search with a part of its name.
    "#);
}

/// Holds the requests against GitHub's own descriptions of its API; what is wrong, one thing a line.
fn contract(queries: &BTreeSet<String>, requests: &[String]) -> String {
    held_against_github(
        &serde_json::json!({ "queries": queries, "requests": requests, "written": [] }),
    )
}

/// Holds queries, requests, and what was written against GitHub's own descriptions of its API.
pub fn held_against_github(asked: &serde_json::Value) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut node = Command::new("node")
        .arg(root.join("tests/forge/contract.js"))
        .env("NODE_PATH", root.join("target/node/node_modules"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node starts; tests/run installs it");
    let mut input = node.stdin.take().expect("a pipe");
    input
        .write_all(asked.to_string().as_bytes())
        .expect("it reads");
    drop(input);
    let output = node.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[tokio::test]
#[ignore = "needs node; run by tests/run"]
async fn everything_asked_is_in_the_descriptions_of_the_api() {
    let github = ForgeServer::start(Kind::GitHub);
    let app = App::new();
    std::fs::write(github.path("app.pem"), app.pem()).expect("written");
    github.acme().app = Some(app);
    // So small are the pages that the members of a team take more than one.
    github.acme().most = 1;
    let keys = format!(
        "app = {{ id = 123, key = \"file:{}\" }}",
        github.path("app.pem").display()
    );
    let bot = TestBot::with().source(github.source(&keys)).start().await;
    assert_eq!(bot.context().catalog().entities().len(), 5);
    let requests = github.server.requests();
    let rest: Vec<String> = requests
        .into_iter()
        .filter(|line| !line.contains("graphql"))
        .collect();
    let queries = github.acme().queries.clone();
    assert_eq!((queries.len(), rest.len()), (3, 4));
    assert_eq!(contract(&queries, &rest), "");
    let wrong = BTreeSet::from(["{ viewer { nickname } }".to_owned()]);
    let told = contract(&wrong, &["GET /orgs/acme/repos?sort=size 200".to_owned()]);
    insta::assert_snapshot!(told, @r#"
    GraphQL: Cannot query field "nickname" on type "User". Did you mean "name"?
    /orgs/{org}/repos takes no sort=size
    "#);
}

#[test]
fn a_key_that_is_none_is_told_at_the_start() {
    let github = ForgeServer::start(Kind::GitHub);
    let keys = format!(
        "app = {{ id = 123, key = \"file:{}\" }}",
        github.path("token").display()
    );
    let error = Configured::new(
        &github.source(&keys),
        github.path("").as_path(),
        Duration::MAX,
    );
    let error = error.err().expect("refused").to_string();
    insta::assert_snapshot!(crate::harness::normal(&github.normal(&error)), @"the `key` of the App at file:⌂/token is not a private RSA key in PEM form; GitHub gives one out as a .pem file");
}
