//! What is not made, and what is said of it.

use callboard::forge::publish::{Mark, NewRepository, PublishError};
use serde_json::json;

use super::{KINDS, fix, made, payments, publisher};
use crate::harness::forge::{ForgeServer, Kind, Made};
use crate::harness::stand_in::Told;

/// What stands in the line of the request that makes a repository.
fn making(kind: Kind) -> &'static str {
    match kind {
        Kind::GitHub => "POST /api/v3/orgs/acme/repos",
        Kind::GitLab => "POST /api/v4/projects",
        Kind::Forgejo => "POST /api/v1/orgs/acme/repos",
    }
}

#[tokio::test]
async fn a_name_that_is_taken_is_left_alone() {
    let mut told = Vec::new();
    for kind in KINDS {
        let forge = ForgeServer::start(kind);
        let publisher = publisher(&forge);
        let theirs = Made::by_another("acme", "Payments");
        forge.acme().made.push(theirs.clone());
        let mark = Mark::draw().expect("randomness");
        let error = publisher.create(&payments(kind), &mark).await;
        told.push(error.expect_err("refused").to_string());
        // One that another run is making bears another mark.
        let other = Mark::draw().expect("randomness");
        forge.acme().made[0].description = other.sentence();
        let error = publisher.create(&payments(kind), &mark).await;
        assert!(
            matches!(error, Err(PublishError::Taken { .. })),
            "{error:?}"
        );
        assert_eq!(forge.acme().written, []);

        // Somebody takes it between our look and our request, or has it where we may not look.
        forge.acme().made[0] = Made {
            lag: 1,
            ..theirs.clone()
        };
        let error = publisher.create(&payments(kind), &mark).await;
        assert!(
            matches!(error, Err(PublishError::Taken { .. })),
            "{error:?}"
        );
        forge.acme().made[0] = Made {
            lag: 9,
            ..theirs.clone()
        };
        let error = publisher.create(&payments(kind), &mark).await;
        told.push(error.expect_err("refused").to_string());
        assert_eq!(forge.acme().made.len(), 1);
        told = vec![forge.normal(&told.join("\n"))];
    }
    insta::assert_snapshot!(told.join("\n"), @"
    GitHub has a repository acme/Payments already, which was not made here and was left as it is (http://forge/acme/Payments); choose another name
    GitHub says that the name acme/payments is taken, but shows no such repository to these credentials; choose another name
    GitLab has a repository acme/Payments already, which was not made here and was left as it is (http://forge/acme/Payments); choose another name
    GitLab says that the name acme/payments is taken, but shows no such repository to these credentials; choose another name
    Forgejo has a repository acme/Payments already, which was not made here and was left as it is (http://forge/acme/Payments); choose another name
    Forgejo says that the name acme/payments is taken, but shows no such repository to these credentials; choose another name
    ");
}

#[tokio::test]
async fn an_old_name_that_leads_to_a_repository_is_left_alone() {
    let forge = ForgeServer::start(Kind::GitHub);
    forge.acme().made.push(Made::by_another("acme", "billing"));
    let to = format!("{}/api/v3/repos/acme/billing", forge.server.url());
    let moved = Told::refusal(301, "Moved Permanently").with("location", to);
    forge.server.trouble("/repos/acme/payments", moved);
    let mark = Mark::draw().expect("randomness");
    let error = publisher(&forge)
        .create(&payments(Kind::GitHub), &mark)
        .await;
    insta::assert_snapshot!(error.expect_err("refused").to_string(), @"acme/payments was renamed to acme/billing, and the old name still leads there; choose another name");
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    let mut told = Vec::new();
    for kind in KINDS {
        let forge = ForgeServer::start(kind);
        let publisher = publisher(&forge);
        let mark = Mark::draw().expect("randomness");
        let limit = match kind {
            Kind::GitHub => Told {
                status: 422,
                ..Told::json(
                    json!({ "message": "Repository creation failed.", "errors": [
                        { "message": "You have reached your repository limit." }
                    ]}),
                )
            },
            Kind::GitLab => Told {
                status: 400,
                ..Told::json(
                    json!({ "message": { "limit_reached": ["Your project limit is 10 projects!"] } }),
                )
            },
            Kind::Forgejo => Told::refusal(413, "quota exceeded"),
        };
        let used_up = Told::refusal(429, "API rate limit exceeded").with("retry-after", 3600);
        for trouble in [
            Told::refusal(403, "Resource not accessible"),
            Told::refusal(404, "Not Found"),
            Told::refusal(422, "name is reserved"),
            Told::refusal(401, "Bad credentials"),
            limit,
            used_up,
        ] {
            forge.server.trouble(making(kind), trouble);
            let error = publisher.create(&payments(kind), &mark).await;
            let error = error.expect_err("refused");
            assert!(!format!("{error:?}").contains("canary"));
            told.push(error.to_string());
        }
        assert_eq!(forge.acme().made, []);
        told = vec![forge.normal(&told.join("\n"))];
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    GitHub does not let these credentials make a repository in acme: it says "Resource not accessible"; give them the repository rights Administration, Contents, Pull requests and Workflows to write (for a classic token `repo`, `workflow` and `delete_repo`)
    GitHub knows no acme to make a repository in, or does not let these credentials see it; correct the owner, or give them the repository rights Administration, Contents, Pull requests and Workflows to write (for a classic token `repo`, `workflow` and `delete_repo`)
    GitHub refuses to make a repository in acme: it says "name is reserved"; change that and try again
    GitHub does not accept the credentials of this source: it says "Bad credentials"; check its `token`
    GitHub has no room left to make a repository in acme: it says "Repository creation failed: You have reached your repository limit"; delete what nobody needs, or ask those who run it for more
    GitHub's rate limit is used up until 13:01 UTC; nothing is asked of it before
    GitLab does not let these credentials make a repository in acme: it says "Resource not accessible"; give them the scope `api` and a role in the group that may create projects (Maintainer, as a rule; Owner, to delete them)
    GitLab knows no acme to make a repository in, or does not let these credentials see it; correct the owner, or give them the scope `api` and a role in the group that may create projects (Maintainer, as a rule; Owner, to delete them)
    GitLab refuses to make a repository in acme: it says "name is reserved"; change that and try again
    GitLab does not accept the credentials of this source: it says "Bad credentials"; check its `token`
    GitLab has no room left to make a repository in acme: it says "limit_reached Your project limit is 10 projects!"; delete what nobody needs, or ask those who run it for more
    GitLab's rate limit is used up until 13:01 UTC; nothing is asked of it before
    Forgejo does not let these credentials make a repository in acme: it says "Resource not accessible"; give them the scopes `write:repository` and `write:organization` (`write:user` for a user's own repositories), and their user the right to create and delete repositories there
    Forgejo knows no acme to make a repository in, or does not let these credentials see it; correct the owner, or give them the scopes `write:repository` and `write:organization` (`write:user` for a user's own repositories), and their user the right to create and delete repositories there
    Forgejo refuses to make a repository in acme: it says "name is reserved"; change that and try again
    Forgejo does not accept the credentials of this source: it says "Bad credentials"; check its `token`
    Forgejo has no room left to make a repository in acme: it says "quota exceeded"; delete what nobody needs, or ask those who run it for more
    Forgejo's rate limit is used up until 13:01 UTC; nothing is asked of it before
    "#);
}

#[tokio::test]
async fn what_may_not_be_deleted_or_changed_is_told() {
    let mut told = Vec::new();
    for kind in KINDS {
        let forge = ForgeServer::start(kind);
        let publisher = publisher(&forge);
        let created = made(&forge, &publisher, kind).await;
        let forbidden = || Told::refusal(403, "Must have admin rights");
        forge.server.trouble("DELETE ", forbidden());
        let error = publisher.delete(&created, &super::pushed(&["main"])).await;
        told.push(error.expect_err("refused").to_string());
        let method = if kind == Kind::GitLab {
            "PUT "
        } else {
            "PATCH "
        };
        forge.server.trouble(method, forbidden());
        let error = publisher.finish(&created, &payments(kind)).await;
        told.push(error.expect_err("refused").to_string());
        // The branch was never pushed.
        let error = publisher.change_request(&fix()).await;
        told.push(error.expect_err("refused").to_string());
        told = vec![forge.normal(&told.join("\n"))];
    }
    // What cannot be had there is told, and all else is done.
    let forge = ForgeServer::start(Kind::GitHub);
    let publisher = publisher(&forge);
    let created = made(&forge, &publisher, Kind::GitHub).await;
    let upgrade = Told::refusal(
        403,
        "Upgrade to GitHub Pro or make this repository public to enable this feature.",
    );
    forge.server.trouble("/protection", upgrade);
    let missing = publisher.finish(&created, &payments(Kind::GitHub)).await;
    told.extend(missing.expect("finished"));
    insta::assert_snapshot!(told.join("\n"), @r#"
    GitHub does not let these credentials delete acme/payments: it says "Must have admin rights"; give them the repository rights Administration, Contents, Pull requests and Workflows to write (for a classic token `repo`, `workflow` and `delete_repo`)
    GitHub does not let these credentials change the settings of acme/payments: it says "Must have admin rights"; give them the repository rights Administration, Contents, Pull requests and Workflows to write (for a classic token `repo`, `workflow` and `delete_repo`)
    acme/payments has no branch fix; push it, or name another
    GitLab does not let these credentials delete acme/payments: it says "Must have admin rights"; give them the scope `api` and a role in the group that may create projects (Maintainer, as a rule; Owner, to delete them)
    GitLab does not let these credentials change the settings of acme/payments: it says "Must have admin rights"; give them the scope `api` and a role in the group that may create projects (Maintainer, as a rule; Owner, to delete them)
    acme/payments has no branch fix; push it, or name another
    Forgejo does not let these credentials delete acme/payments: it says "Must have admin rights"; give them the scopes `write:repository` and `write:organization` (`write:user` for a user's own repositories), and their user the right to create and delete repositories there
    Forgejo does not let these credentials change the settings of acme/payments: it says "Must have admin rights"; give them the scopes `write:repository` and `write:organization` (`write:user` for a user's own repositories), and their user the right to create and delete repositories there
    acme/payments has no branch fix; push it, or name another
    The branch main is not protected: GitHub says "Upgrade to GitHub Pro or make this repository public to enable this feature"
    "#);
}

#[tokio::test]
async fn names_that_are_none_reach_no_forge() {
    let forge = ForgeServer::start(Kind::GitHub);
    let publisher = publisher(&forge);
    let mark = Mark::draw().expect("randomness");
    let mut told = Vec::new();
    for (owner, name) in [
        ("acme", "$(rm -rf ~)"),
        ("acme", "../../user"),
        ("acme/../..", "payments"),
        ("acme", "payments.git"),
        ("acme", ""),
    ] {
        let new = NewRepository {
            owner: owner.to_owned(),
            name: name.to_owned(),
            ..payments(Kind::GitHub)
        };
        let error = publisher.create(&new, &mark).await;
        told.push(error.expect_err("refused").to_string());
    }
    assert_eq!(forge.server.requests(), [""; 0]);
    insta::assert_snapshot!(told.join("\n"), @r#"
    "$(rm -rf ~)" cannot be the name of a repository; use at most 100 letters, digits, `-`, `_` and `.`, without a `-` at the beginning or an ending like `.git`
    "../../user" cannot be the name of a repository; use at most 100 letters, digits, `-`, `_` and `.`, without a `-` at the beginning or an ending like `.git`
    "acme/../.." cannot be the owner of a repository; name an organisation, a group or a user
    "payments.git" cannot be the name of a repository; use at most 100 letters, digits, `-`, `_` and `.`, without a `-` at the beginning or an ending like `.git`
    "" cannot be the name of a repository; use at most 100 letters, digits, `-`, `_` and `.`, without a `-` at the beginning or an ending like `.git`
    "#);
}

#[tokio::test]
async fn a_user_has_repositories_made_by_that_users_own_token_alone() {
    let forge = ForgeServer::start(Kind::GitHub);
    let new = NewRepository {
        owner: "ravi".to_owned(),
        ..payments(Kind::GitHub)
    };
    let mark = Mark::draw().expect("randomness");
    let error = publisher(&forge).create(&new, &mark).await;
    insta::assert_snapshot!(error.expect_err("refused").to_string(), @"GitHub does not let these credentials make a repository in ravi: they are ana's, and only ravi's own can; give them an organisation as the owner, or use a token of that user");
}
