//! Answers that are lost after the work was done, at every request in turn.

use callboard::forge::publish::{Created, Mark, Publisher};

use super::{COMMIT, KINDS, fix, made, payments, publisher, pushed, state};
use crate::harness::forge::{ForgeServer, Kind};

/// How often somebody tries before it is given up.
const TRIES: usize = 4;

/// Makes the repository as a run does that tries again with what it has written down.
async fn persistently_made(publisher: &Publisher, kind: Kind) -> Created {
    let (new, mark) = (payments(kind), Mark::draw().expect("randomness"));
    let mut told = String::new();
    for _ in 0..TRIES {
        let created = match publisher.create(&new, &mark).await {
            Ok(created) => created,
            Err(error) => {
                told = error.to_string();
                continue;
            }
        };
        for _ in 0..TRIES {
            match publisher.finish(&created, &new).await {
                Ok(_) => return created,
                Err(error) => told = error.to_string(),
            }
        }
    }
    panic!("{told}");
}

#[tokio::test]
async fn there_is_exactly_one_repository_whatever_answer_is_lost() {
    for kind in KINDS {
        let forge = ForgeServer::start(kind);
        persistently_made(&publisher(&forge), kind).await;
        let calls = forge.server.requests().len();
        let undisturbed = state(&forge.acme().made[0]);
        for lost in 0..calls {
            let forge = ForgeServer::start(kind);
            forge.server.loses(lost);
            persistently_made(&publisher(&forge), kind).await;
            assert!(forge.server.has_lost(), "{kind:?} {lost}");
            assert_eq!(forge.acme().made.len(), 1, "{kind:?} {lost}");
            assert_eq!(state(&forge.acme().made[0]), undisturbed, "{kind:?} {lost}");
        }
        assert!(calls > 6, "{kind:?} {calls}");
    }
}

#[tokio::test]
async fn there_is_exactly_one_change_request_whatever_answer_is_lost() {
    for kind in KINDS {
        let calls = {
            let forge = ForgeServer::start(kind);
            let publisher = with_a_branch(&forge, kind).await;
            publisher.change_request(&fix()).await.expect("opened");
            forge.server.requests().len()
        };
        for lost in 0..calls {
            let forge = ForgeServer::start(kind);
            let publisher = with_a_branch(&forge, kind).await;
            forge.server.loses(lost);
            let mut change = publisher.change_request(&fix()).await;
            for _ in 0..TRIES {
                if change.is_err() {
                    change = publisher.change_request(&fix()).await;
                }
            }
            change.expect("opened in the end");
            assert!(forge.server.has_lost(), "{kind:?} {lost}");
            let pulls = forge.acme().made[0].pulls.clone();
            assert_eq!(pulls.len(), 1, "{kind:?} {lost}");
            assert_eq!(pulls[0].reviewers.len(), 1, "{kind:?} {lost}");
        }
        assert!(calls > 3, "{kind:?} {calls}");
    }
}

/// A repository with the branch `fix`.
async fn with_a_branch(forge: &ForgeServer, kind: Kind) -> Publisher {
    let publisher = publisher(forge);
    made(forge, &publisher, kind).await;
    let fixed = ("fix".to_owned(), COMMIT.to_owned());
    forge.acme().made[0].branches.extend([fixed]);
    forge.server.requests();
    publisher
}

#[tokio::test]
async fn there_is_no_repository_whatever_answer_is_lost_when_it_is_deleted() {
    for kind in KINDS {
        for lost in 0..3 {
            let forge = ForgeServer::start(kind);
            let publisher = publisher(&forge);
            let created = made(&forge, &publisher, kind).await;
            forge.server.loses(lost);
            let pushed = pushed(&["main"]);
            let mut undone = publisher.delete(&created, &pushed).await;
            for _ in 0..TRIES {
                if undone.is_err() {
                    undone = publisher.delete(&created, &pushed).await;
                }
            }
            undone.expect("deleted in the end");
            assert!(forge.server.has_lost(), "{kind:?} {lost}");
            assert_eq!(forge.acme().made, []);
        }
    }
}

#[tokio::test]
async fn what_is_shown_late_is_found_all_the_same() {
    for kind in KINDS {
        let forge = ForgeServer::start(kind);
        forge.acme().lag = 2;
        let publisher = publisher(&forge);
        let (new, mark) = (payments(kind), Mark::draw().expect("randomness"));
        let made = match kind {
            Kind::GitHub => "POST /api/v3/orgs/acme/repos",
            Kind::GitLab => "POST /api/v4/projects",
            Kind::Forgejo => "POST /api/v1/orgs/acme/repos",
        };
        // The first try is made by a run that ends before it hears of it, the second finds nothing, and the name taken.
        publisher.create(&new, &mark).await.expect("created");
        let created = publisher.create(&new, &mark).await.expect("found");
        let posts = forge.server.requests();
        let posts: Vec<_> = posts.iter().filter(|line| line.starts_with(made)).collect();
        assert_eq!(posts.len(), 2, "{posts:?}");
        assert_eq!(forge.acme().made.len(), 1);
        assert_eq!(created.id, 100);
    }
}
