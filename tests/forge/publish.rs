//! Repositories and change requests that are made at a forge: once, with the right settings, and taken away again.

mod lost;
mod pushed;
mod refused;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use callboard::config::Visibility;
use callboard::forge::publish::{
    self, Created, Features, Grantee, Mark, NewChange, NewRepository, Protection, Publisher, Right,
    Undone,
};

use super::github::held_against_github;
use crate::harness::forge::{App, ForgeServer, Kind, Made};

pub const KINDS: [Kind; 3] = [Kind::GitHub, Kind::GitLab, Kind::Forgejo];

/// A commit's id that nobody has.
pub const COMMIT: &str = "1111111111111111111111111111111111111111";

/// What somebody may have done with a repository.
type Touch = fn(&mut Made);

/// What writes to this forge.
pub fn publisher(forge: &ForgeServer) -> Publisher {
    let publisher = publish::of(&forge.source("")).expect("a good configuration");
    publisher.expect("a forge")
}

/// A repository with all that can be set.
pub fn payments(kind: Kind) -> NewRepository {
    let team = match kind {
        // The only group that the stand-in knows by its path.
        Kind::GitLab => "acme",
        Kind::GitHub | Kind::Forgejo => "payments",
    };
    NewRepository {
        owner: "acme".to_owned(),
        name: "payments".to_owned(),
        visibility: Visibility::Private,
        description: "Takes the money".to_owned(),
        homepage: Some("https://payments.acme.example".to_owned()),
        topics: vec!["Backend".to_owned(), "rust".to_owned()],
        default_branch: "main".to_owned(),
        grants: vec![
            (Grantee::User("ravi".to_owned()), Right::Write),
            (Grantee::Team(team.to_owned()), Right::Maintain),
        ],
        features: Features {
            wiki: Some(false),
            squash_merges: Some(true),
            delete_merged_branches: Some(true),
            ..Features::default()
        },
        protection: Some(Protection {
            approvals: 1,
            code_owners: true,
            checks: vec!["test".to_owned()],
            for_admins: true,
        }),
    }
}

/// A change of the branch `fix`.
pub fn fix() -> NewChange {
    NewChange {
        owner: "acme".to_owned(),
        name: "payments".to_owned(),
        branch: "fix".to_owned(),
        commit: COMMIT.to_owned(),
        into: None,
        title: "Name the owner".to_owned(),
        description: "Because nobody knew.".to_owned(),
        draft: false,
        remove_branch: true,
        reviewers: vec!["ravi".to_owned()],
        team_reviewers: Vec::new(),
    }
}

/// What a repository has become.
fn state(made: &Made) -> String {
    let mut told = format!(
        "{} ({}, {}): {}\n{}\n",
        made.slug(),
        made.visibility,
        made.default_branch,
        made.description,
        made.grants.join(", ")
    );
    for (key, value) in &made.settings {
        let _ = writeln!(told, "{key}: {value}");
    }
    for pull in &made.pulls {
        let _ = writeln!(told, "{pull:?}");
    }
    told
}

/// Makes `payments` and gives it its settings.
pub async fn made(forge: &ForgeServer, publisher: &Publisher, kind: Kind) -> Created {
    let mark = Mark::draw().expect("randomness");
    let new = payments(kind);
    let created = publisher.create(&new, &mark).await.expect("created");
    publisher.finish(&created, &new).await.expect("finished");
    forge.acme().made[0]
        .branches
        .insert("main".to_owned(), COMMIT.to_owned());
    created
}

/// What [`made`] and a test pushed.
pub fn pushed(branches: &[&str]) -> BTreeMap<String, String> {
    let branches = branches.iter();
    branches
        .map(|branch| ((*branch).to_owned(), COMMIT.to_owned()))
        .collect()
}

async fn made_and_finished(kind: Kind) -> String {
    let forge = ForgeServer::start(kind);
    let publisher = publisher(&forge);
    let mark = Mark::draw().expect("randomness");
    let new = payments(kind);
    let created = publisher.create(&new, &mark).await.expect("created");
    // While it is being made it says so, and its place is kept.
    assert_eq!(forge.acme().made[0].description, mark.sentence());
    let again = publisher.create(&new, &mark).await.expect("found");
    assert_eq!(again, created);
    let missing = publisher.finish(&created, &new).await.expect("finished");
    let mut told = vec![forge.server.requests().join("\n")];
    told.push(state(&forge.acme().made[0]));
    let written = serde_json::to_string_pretty(&created).expect("JSON");
    told.push(written);
    told.extend(missing);
    forge.normal(&told.join("\n"))
}

#[tokio::test]
async fn a_repository_of_github_is_made_and_given_its_settings() {
    insta::assert_snapshot!(made_and_finished(Kind::GitHub).await, @r#"
    GET /api/v3/repos/acme/payments 404
    GET /api/v3/users/acme 200
    POST /api/v3/orgs/acme/repos 201
    GET /api/v3/repos/acme/payments 200
    GET /api/v3/repos/acme/payments 304
    PATCH /api/v3/repos/acme/payments 200
    PUT /api/v3/repos/acme/payments/topics 200
    PUT /api/v3/repos/acme/payments/collaborators/ravi 204
    PUT /api/v3/orgs/acme/teams/payments/repos/acme/payments 204
    PUT /api/v3/repos/acme/payments/branches/main/protection 200
    acme/payments (private, main): Takes the money
    ravi: push, team payments: maintain
    allow_squash_merge: true
    delete_branch_on_merge: true
    has_wiki: false
    homepage: "https://payments.acme.example"
    protection of main: {"required_status_checks":{"strict":true,"contexts":["test"]},"enforce_admins":true,"required_pull_request_reviews":{"required_approving_review_count":1,"require_code_owner_reviews":true},"restrictions":null}
    topics: ["backend","rust"]

    {
      "owner": "acme",
      "name": "payments",
      "id": 100,
      "page": "http://forge/acme/payments",
      "clone_url": "http://forge/acme/payments.git",
      "remote_url": "http://forge/acme/payments.git",
      "contents_url": "http://forge/acme/payments/blob/main"
    }
    "#);
}

#[tokio::test]
async fn a_project_of_gitlab_is_made_and_given_its_settings() {
    insta::assert_snapshot!(made_and_finished(Kind::GitLab).await, @r#"
    GET /api/v4/projects/acme%2Fpayments 404
    GET /api/v4/namespaces/acme 200
    POST /api/v4/projects 201
    GET /api/v4/projects/acme%2Fpayments 200
    GET /api/v4/projects/acme%2Fpayments 304
    PUT /api/v4/projects/100 200
    GET /api/v4/users?username=ravi 200
    POST /api/v4/projects/100/members 201
    GET /api/v4/groups/acme?with_projects=false 200
    POST /api/v4/projects/100/share 201
    POST /api/v4/projects/100/protected_branches 201
    acme/payments (private, main): Takes the money
    user 32: 30, group 1: 40
    protection of main: {"name":"main","push_access_level":0,"merge_access_level":40,"allow_force_push":false}
    remove_source_branch_after_merge: true
    squash_option: "default_off"
    topics: ["backend","rust"]
    wiki_access_level: "disabled"

    {
      "owner": "acme",
      "name": "payments",
      "id": 100,
      "page": "http://forge/acme/payments",
      "clone_url": "http://forge/acme/payments.git",
      "remote_url": "http://forge/acme/payments",
      "contents_url": "http://forge/acme/payments/-/blob/main"
    }
    GitLab asks for approvals and checks by rules of the group, which were left as they are.
    GitLab keeps no homepage of a project, so none was set.
    "#);
}

#[tokio::test]
async fn a_repository_of_forgejo_is_made_and_given_its_settings() {
    insta::assert_snapshot!(made_and_finished(Kind::Forgejo).await, @r#"
    GET /api/v1/repos/acme/payments 404
    GET /api/v1/user 200
    POST /api/v1/orgs/acme/repos 201
    GET /api/v1/repos/acme/payments 200
    GET /api/v1/repos/acme/payments 304
    PATCH /api/v1/repos/acme/payments 200
    PUT /api/v1/repos/acme/payments/topics 204
    PUT /api/v1/repos/acme/payments/collaborators/ravi 204
    PUT /api/v1/repos/acme/payments/teams/payments 204
    GET /api/v1/repos/acme/payments/branch_protections 200
    POST /api/v1/repos/acme/payments/branch_protections 201
    acme/payments (private, main): Takes the money
    ravi: write, team payments
    allow_squash_merge: true
    default_delete_branch_after_merge: true
    has_wiki: false
    protection of main: {"branch_name":"main","rule_name":"main","enable_push":false,"required_approvals":1,"enable_status_check":true,"status_check_contexts":["test"]}
    topics: ["backend","rust"]
    website: "https://payments.acme.example"

    {
      "owner": "acme",
      "name": "payments",
      "id": 100,
      "page": "http://forge/acme/payments",
      "clone_url": "http://forge/acme/payments.git",
      "remote_url": "http://forge/acme/payments.git",
      "contents_url": "http://forge/acme/payments/src/branch/main/"
    }
    Forgejo asks the owners of the code for their view, but does not wait for them before a change goes into main.
    "#);
}

#[tokio::test]
async fn users_and_subgroups_own_repositories_too() {
    let mut told = Vec::new();
    for (kind, owner) in [
        (Kind::GitHub, "ana"),
        (Kind::GitLab, "acme/platform"),
        (Kind::Forgejo, "ana"),
    ] {
        let forge = ForgeServer::start(kind);
        let new = NewRepository {
            owner: owner.to_owned(),
            visibility: Visibility::Public,
            ..payments(kind)
        };
        let mark = Mark::draw().expect("randomness");
        let created = publisher(&forge).create(&new, &mark).await;
        let created = created.expect("created");
        told.push(forge.normal(&created.contents_url));
        assert_eq!(forge.acme().made[0].visibility, "public");
        assert_eq!(created.slug(), format!("{owner}/payments"));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    http://forge/ana/payments/blob/main
    http://forge/acme/platform/payments/-/blob/main
    http://forge/ana/payments/src/branch/main/
    ");
}

#[tokio::test]
async fn an_app_makes_repositories_where_it_is_installed_and_nowhere_else() {
    let forge = ForgeServer::start(Kind::GitHub);
    let app = App::new();
    std::fs::write(forge.path("app.pem"), app.pem()).expect("written");
    forge.acme().app = Some(app);
    let keys = format!(
        "app = {{ id = 123, key = \"file:{}\" }}",
        forge.path("app.pem").display()
    );
    let publisher = publish::of(&forge.source(&keys)).expect("good");
    let publisher = publisher.expect("a forge");
    let mark = Mark::draw().expect("randomness");
    let new = payments(Kind::GitHub);
    let created = publisher.create(&new, &mark).await.expect("created");
    assert_eq!(created.slug(), "acme/payments");
    let (user, _) = publisher.login().await.expect("asked").expect("a login");
    assert_eq!(user, "x-access-token");
    let elsewhere = NewRepository {
        owner: "globex".to_owned(),
        ..new
    };
    let error = publisher.create(&elsewhere, &mark).await;
    let error = error.expect_err("refused").to_string();
    insta::assert_snapshot!(forge.normal(&error), @"the App of acme can do nothing in globex; install it there, and make globex a source of its own");
}

#[tokio::test]
async fn changes_are_put_forward_once_and_withdrawn() {
    let mut told = Vec::new();
    for kind in KINDS {
        let forge = ForgeServer::start(kind);
        let publisher = publisher(&forge);
        made(&forge, &publisher, kind).await;
        forge.acme().made[0]
            .branches
            .insert("fix".to_owned(), COMMIT.to_owned());
        forge.server.requests();
        let draft = NewChange {
            draft: kind != Kind::GitHub,
            ..fix()
        };
        let change = publisher.change_request(&draft).await.expect("opened");
        told.push(forge.server.requests().join("\n"));
        let again = publisher.change_request(&draft).await.expect("found");
        assert_eq!(again, change);
        told.push(format!("{change:?}"));
        told.push(format!("{:?}", forge.acme().made[0].pulls));

        // A branch that somebody else has put forward is somebody else's.
        forge.acme().made[0].pulls[0].commit = "2".repeat(40);
        let other = publisher.change_request(&draft).await;
        told.push(other.expect_err("refused").to_string());
        let other = publisher.withdraw(&change).await;
        told.push(other.expect_err("refused").to_string());
        forge.acme().made[0].pulls[0].commit = COMMIT.to_owned();

        assert_eq!(publisher.withdraw(&change).await, Ok(Undone::Now));
        assert_eq!(forge.acme().made[0].pulls[0].state, "closed");
        assert_eq!(publisher.withdraw(&change).await, Ok(Undone::Before));
        forge.acme().made[0].pulls[0].state = "merged".to_owned();
        let merged = publisher.withdraw(&change).await;
        told.push(merged.expect_err("refused").to_string());
        told = vec![forge.normal(&told.join("\n"))];
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    GET /api/v3/repos/acme/payments 200
    GET /api/v3/repos/acme/payments/pulls?state=open&head=acme%3Afix&per_page=100 200
    POST /api/v3/repos/acme/payments/pulls 201
    POST /api/v3/repos/acme/payments/pulls/1/requested_reviewers 201
    Change { owner: "acme", name: "payments", repository: 100, number: 1, page: "http://forge/acme/payments/pull/1", into: "main", commit: Some("1111111111111111111111111111111111111111"), merged: false }
    [Pull { number: 1, title: "Name the owner", branch: "fix", into: "main", commit: "1111111111111111111111111111111111111111", state: "open", reviewers: ["ravi"] }]
    the branch fix has a change request already, which was not opened here (http://forge/acme/payments/pull/1); choose another branch
    http://forge/acme/payments/pull/1 was left as it is, because somebody has pushed to it since; if nobody needs it, clear it away by hand
    http://forge/acme/payments/pull/1 was merged, so it cannot be withdrawn; take it back by another change
    GET /api/v4/projects/acme%2Fpayments 200
    GET /api/v4/projects/100/merge_requests?state=opened&source_branch=fix&per_page=100 200
    POST /api/v4/projects/100/merge_requests 201
    GET /api/v4/users?username=ravi 304
    PUT /api/v4/projects/100/merge_requests/1 200
    Change { owner: "acme", name: "payments", repository: 100, number: 1, page: "http://forge/acme/payments/-/merge_requests/1", into: "main", commit: Some("1111111111111111111111111111111111111111"), merged: false }
    [Pull { number: 1, title: "Draft: Name the owner", branch: "fix", into: "main", commit: "1111111111111111111111111111111111111111", state: "open", reviewers: ["32"] }]
    the branch fix has a change request already, which was not opened here (http://forge/acme/payments/-/merge_requests/1); choose another branch
    http://forge/acme/payments/-/merge_requests/1 was left as it is, because somebody has pushed to it since; if nobody needs it, clear it away by hand
    http://forge/acme/payments/-/merge_requests/1 was merged, so it cannot be withdrawn; take it back by another change
    GET /api/v1/repos/acme/payments 200
    GET /api/v1/repos/acme/payments/pulls?state=open&limit=50 200
    POST /api/v1/repos/acme/payments/pulls 201
    POST /api/v1/repos/acme/payments/pulls/1/requested_reviewers 201
    Change { owner: "acme", name: "payments", repository: 100, number: 1, page: "http://forge/acme/payments/pulls/1", into: "main", commit: Some("1111111111111111111111111111111111111111"), merged: false }
    [Pull { number: 1, title: "WIP: Name the owner", branch: "fix", into: "main", commit: "1111111111111111111111111111111111111111", state: "open", reviewers: ["ravi"] }]
    the branch fix has a change request already, which was not opened here (http://forge/acme/payments/pulls/1); choose another branch
    http://forge/acme/payments/pulls/1 was left as it is, because somebody has pushed to it since; if nobody needs it, clear it away by hand
    http://forge/acme/payments/pulls/1 was merged, so it cannot be withdrawn; take it back by another change
    "#);
}

#[tokio::test]
async fn only_what_was_made_and_left_alone_is_deleted() {
    let mut told = Vec::new();
    for kind in KINDS {
        let forge = ForgeServer::start(kind);
        let publisher = publisher(&forge);
        let created = made(&forge, &publisher, kind).await;
        let pushed = pushed(&["main", "fix"]);
        let before = forge.acme().made[0].clone();
        let touches: [Touch; 5] = [
            |made| made.issues = 1,
            |made| made.forks = 1,
            |made| drop(made.branches.insert("idea".to_owned(), COMMIT.to_owned())),
            |made| drop(made.branches.insert("main".to_owned(), "2".repeat(40))),
            |made| made.id = 7,
        ];
        for touch in touches {
            touch(&mut forge.acme().made[0]);
            let told_now = match publisher.delete(&created, &pushed).await {
                Ok(undone) => format!("{undone:?}"),
                Err(error) => error.to_string(),
            };
            told.push(told_now);
            assert_eq!(forge.acme().made.len(), 1);
            forge.acme().made[0] = before.clone();
        }
        let undone = publisher.delete(&created, &pushed).await;
        assert_eq!(undone, Ok(Undone::Now));
        assert_eq!(forge.acme().made.len(), 0);
        let undone = publisher.delete(&created, &pushed).await;
        assert_eq!(undone, Ok(Undone::Before));
        let gone = publisher.finish(&created, &payments(kind)).await;
        told.push(gone.expect_err("refused").to_string());
    }
    insta::assert_snapshot!(told.join("\n"), @"
    acme/payments was left as it is, because it has open issues or change requests; if nobody needs it, clear it away by hand
    acme/payments was left as it is, because somebody has made a copy of it; if nobody needs it, clear it away by hand
    acme/payments was left as it is, because its branch idea has commits that were not pushed here; if nobody needs it, clear it away by hand
    acme/payments was left as it is, because its branch main has commits that were not pushed here; if nobody needs it, clear it away by hand
    Before
    GitHub has no acme/payments that was made here; look whether somebody has deleted or renamed it
    acme/payments was left as it is, because it has open issues or change requests; if nobody needs it, clear it away by hand
    acme/payments was left as it is, because somebody has made a copy of it; if nobody needs it, clear it away by hand
    acme/payments was left as it is, because its branch idea has commits that were not pushed here; if nobody needs it, clear it away by hand
    acme/payments was left as it is, because its branch main has commits that were not pushed here; if nobody needs it, clear it away by hand
    Before
    GitLab has no acme/payments that was made here; look whether somebody has deleted or renamed it
    acme/payments was left as it is, because it has open issues or change requests; if nobody needs it, clear it away by hand
    acme/payments was left as it is, because somebody has made a copy of it; if nobody needs it, clear it away by hand
    acme/payments was left as it is, because its branch idea has commits that were not pushed here; if nobody needs it, clear it away by hand
    acme/payments was left as it is, because its branch main has commits that were not pushed here; if nobody needs it, clear it away by hand
    Before
    Forgejo has no acme/payments that was made here; look whether somebody has deleted or renamed it
    ");
}

#[tokio::test]
#[ignore = "needs node; run by tests/run"]
async fn all_that_is_written_is_in_the_description_of_the_api() {
    let forge = ForgeServer::start(Kind::GitHub);
    let publisher = publisher(&forge);
    let created = made(&forge, &publisher, Kind::GitHub).await;
    forge.acme().made[0]
        .branches
        .insert("fix".to_owned(), COMMIT.to_owned());
    let change = publisher.change_request(&fix()).await.expect("opened");
    publisher.withdraw(&change).await.expect("closed");
    let pushed = pushed(&["main", "fix"]);
    publisher.delete(&created, &pushed).await.expect("deleted");
    let of_user = NewRepository {
        owner: "ana".to_owned(),
        features: Features::default(),
        grants: Vec::new(),
        protection: None,
        ..payments(Kind::GitHub)
    };
    let mark = Mark::draw().expect("randomness");
    let created = publisher.create(&of_user, &mark).await.expect("created");
    publisher
        .finish(&created, &of_user)
        .await
        .expect("finished");
    let asked = forge.server.requests();
    let read: Vec<&String> = asked
        .iter()
        .filter(|line| line.starts_with("GET "))
        .collect();
    let written = forge.acme().written.clone();
    assert_eq!(written.len() + read.len(), asked.len());
    let asked = serde_json::json!({ "queries": [], "requests": read, "written": written });
    insta::assert_snapshot!(held_against_github(&asked), @"");
    let wrong = serde_json::json!({ "queries": [], "requests": [], "written": [
        ["POST /api/v3/orgs/acme/repos 201", { "title": "x", "private": "yes" }, { "identity": 1 }],
        ["DELETE /api/v3/repos/acme/payments 200", { "why": "no" }, null],
    ]});
    insta::assert_snapshot!(held_against_github(&wrong), @"
    POST /orgs/{org}/repos lacks name
    POST /orgs/{org}/repos has no title
    POST /orgs/{org}/repos.private is string, not boolean
    201 of POST /orgs/{org}/repos has no identity
    DELETE /repos/{owner}/{repo} takes no body
    DELETE /repos/{owner}/{repo} never answers 200
    ");
}
