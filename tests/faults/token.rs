//! A token that expires while a sync of several sources is under way.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::harness::git_http::{PASSWORD, USER};
use crate::harness::{GLANCE, GitHttp, Program, Repository};
use crate::sources::{component, configured, reports, run, who_owns};

const SOURCES: usize = 24;

/// At least as many as are read at once.
const SIDE_BY_SIDE: usize = 8;

/// Many sources on one server, with one token.
fn program(server: &GitHttp) -> Program {
    let mut configuration = String::new();
    for number in 0..SOURCES {
        let _ = writeln!(
            configuration,
            "[[sources]]\nname = \"catalog-{number}\"\ngit = \"{}\"\nusername = \"{USER}\"\npassword = \"env:TOKEN\"\n",
            server.url(&format!("catalog-{number}"))
        );
    }
    configured(&configuration).env("TOKEN", PASSWORD)
}

/// Puts a component with this owner into every repository.
fn publish(server: &GitHttp, owner: &str) {
    for number in 0..SOURCES {
        let repository = Repository::of(&component(&format!("service-{number}"), owner));
        server.publish(&format!("catalog-{number}"), &repository);
    }
}

/// Whether more repositories were asked for since this many requests than are read side by side: then one is done.
fn one_is_done(server: &GitHttp, since: usize) -> bool {
    let requests = server.requests();
    let asked = |number: usize| {
        let name = format!("POST /catalog-{number}.git/git-upload-pack");
        requests
            .lines()
            .skip(since)
            .any(|line| line.contains(&name))
    };
    (0..SOURCES).filter(|number| asked(*number)).count() > SIDE_BY_SIDE
}

#[test]
#[ignore = "needs nginx; run by tests/run"]
fn what_was_read_before_it_expired_is_taken_and_the_rest_stays() {
    let server = GitHttp::start();
    publish(&server, "till");
    let program = program(&server);
    let all = reports(&program);
    assert!(
        all.iter().all(|report| report["error"].is_null()),
        "{all:?}"
    );

    publish(&server, "vault");
    let since = server.requests().lines().count();
    let done = AtomicBool::new(false);
    let ended = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) && !one_is_done(&server, since) {
                std::thread::sleep(GLANCE / 5);
            }
            server.forgets(USER);
        });
        let ended = run(&program, &["sync", "--format", "json"]);
        done.store(true, Ordering::SeqCst);
        ended
    });
    let expired: Vec<serde_json::Value> = serde_json::from_str(&ended.stdout).expect("a report");
    let (read, refused): (Vec<_>, Vec<_>) =
        expired.iter().partition(|report| report["error"].is_null());
    assert!(
        !read.is_empty() && !refused.is_empty(),
        "{} read, {} refused",
        read.len(),
        refused.len()
    );
    assert_eq!(ended.code, Some(1));
    for report in &refused {
        let error = report["error"].as_str().unwrap_or_default();
        assert!(error.starts_with("the remote refused access: "), "{error}");
        assert_eq!(report["entities"], 1, "what was known stays");
    }
    assert!(read.iter().all(|report| report["changed"] == 1), "{read:?}");
    assert!(!ended.to_string().contains(PASSWORD));
    // Every source answers, each with what is known of it.
    for report in &expired {
        let number = report["source"]
            .as_str()
            .unwrap_or_default()
            .trim_start_matches("catalog-");
        let owner = if report["error"].is_null() {
            "vault"
        } else {
            "till"
        };
        assert_eq!(
            who_owns(&program, &format!("service-{number}")),
            format!("service-{number} (component:default/service-{number}) belongs to {owner}.")
        );
    }

    server.knows(USER, PASSWORD);
    let again = reports(&program);
    assert!(
        again.iter().all(|report| report["error"].is_null()),
        "{again:?}"
    );
    let changed = again.iter().filter(|report| report["changed"] == 1).count();
    assert_eq!(changed, refused.len());
}
