//! Webhooks of every forge: the right ones bring the catalog in step, the others do nothing.

use super::asked;
use crate::faults::{moved, payments};
use crate::harness::git_http::publish;
use crate::harness::web::{Page, Web, github, signature};
use crate::harness::{Listener, Log, Repository, TestBot, in_time};

const SECRET: &str = "canary-5b1f9c-webhook-secret";

/// What is read of GitHub's push.
fn pushed(branch: &str) -> String {
    format!(
        r#"{{"ref": "refs/heads/{branch}", "repository": {{"full_name": "acme/catalog", "default_branch": "main",
        "clone_url": "https://github.com/acme/catalog.git", "owner": {{"login": "acme"}}}}, "commits": [{{"id": "canary-of-the-body"}}]}}"#
    )
}

/// A repository that is served as `acme/catalog`, and a bot that reads it.
struct Served {
    repository: Option<Repository>,
    folder: tempfile::TempDir,
    _server: Listener,
    bot: TestBot,
}

impl Served {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("acme")).expect("a folder");
        let server = Listener::git(folder.path());
        let repository = payments("till");
        publish(&folder.path().join("acme/catalog.git"), &repository);
        let url = format!("git://127.0.0.1:{}/acme/catalog.git", server.port());
        let source = callboard::config::SourceConfig::of(&url).expect("a source");
        let bot = TestBot::with().source(source).web(SECRET).start().await;
        assert!(bot.says("who-owns payments").await.contains("to till."));
        Self {
            repository: Some(repository),
            folder,
            _server: server,
            bot,
        }
    }

    /// Pushes another owner.
    fn moves(&mut self, owner: &str) {
        let repository = self.repository.take().expect("a repository");
        let repository = moved(repository, owner);
        publish(&self.folder.path().join("acme/catalog.git"), &repository);
        self.repository = Some(repository);
    }

    /// Sends a webhook and waits until the catalog says this owner.
    async fn is_told(&mut self, owner: &str, send: impl FnOnce(Web) -> Page + Send + 'static) {
        self.moves(owner);
        let page = asked(self.bot.web(), send).await;
        assert_eq!((page.status, &*page.body), (202, "taken\n"), "{owner}");
        let owner = format!("group:default/{owner}");
        in_time("the catalog is in step", || {
            let catalog = self.bot.context().catalog();
            catalog.entities().iter().any(|entity| {
                entity
                    .owner
                    .as_ref()
                    .is_some_and(|own| own.as_str() == owner)
            })
        })
        .await;
    }
}

#[tokio::test]
async fn a_push_is_read_at_once_whoever_sends_it() {
    let mut served = Served::start().await;
    served
        .is_told("one", |web| {
            github(web, SECRET, "push", "1", &pushed("main"))
        })
        .await;
    served
        .is_told("two", |web| {
            let body = r#"{"object_kind": "push", "event_name": "push", "ref": "refs/heads/main", "project": {"path_with_namespace":
                "acme/catalog", "default_branch": "main", "git_http_url": "https://gitlab.acme.example/acme/catalog.git"},
                "repository": {"name": "catalog", "url": "git@gitlab.acme.example:acme/catalog.git"}}"#;
            let headers = [("x-gitlab-token", SECRET), ("x-gitlab-event", "Push Hook"), ("idempotency-key", "a")];
            web.post("/webhooks/gitlab", &headers, body.as_bytes())
        })
        .await;
    for (owner, prefix, path) in [("three", "forgejo", "forgejo"), ("four", "gitea", "gitea")] {
        served
            .is_told(owner, move |web| {
                let body = pushed("main");
                let names =
                    ["signature", "event", "delivery"].map(|name| format!("x-{prefix}-{name}"));
                let signature = signature(SECRET, body.as_bytes());
                let headers = [
                    (&*names[0], &*signature),
                    (&*names[1], "push"),
                    (&*names[2], owner),
                ];
                web.post(&format!("/webhooks/{path}"), &headers, body.as_bytes())
            })
            .await;
    }
    // GitHub sends a form unless it is told otherwise.
    served
        .is_told("five", |web| {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            let body = form.append_pair("payload", &pushed("main")).finish();
            let signature = format!("sha256={}", signature(SECRET, body.as_bytes()));
            let headers = [
                ("x-github-event", "push"),
                ("x-hub-signature-256", &*signature),
                ("content-type", "application/x-www-form-urlencoded"),
            ];
            web.post("/webhooks/github", &headers, body.as_bytes())
        })
        .await;
}

#[tokio::test]
async fn what_does_not_concern_the_catalog_is_left_alone() {
    let served = Served::start().await;
    let pages = asked(served.bot.web(), |web| {
        let elsewhere = pushed("main").replace("acme/catalog\"", "acme/website\"");
        let send =
            |event: &str, id: &str, body: &str| github(web, SECRET, event, id, body).to_string();
        [
            send("ping", "1", "{\"zen\": \"Keep it logically awesome.\"}"),
            send("push", "2", &pushed("feature")),
            send("push", "3", &elsewhere),
            send(
                "push",
                "4",
                &pushed("main").replace("refs/heads", "refs/tags"),
            ),
            send("issues", "5", "{\"action\": \"opened\"}"),
            send("push", "6", &pushed("main")),
            send("push", "6", &pushed("main")),
            send("push", "7", "not JSON"),
            send("push", "7", "[]"),
        ]
        .join("\n")
    })
    .await;
    insta::assert_snapshot!(pages, @"
    200 hello
    202 well signed, but about nothing that is read here
    202 well signed, but about nothing that is read here
    202 well signed, but about nothing that is read here
    202 well signed, but about nothing that is read here
    202 taken
    200 taken before
    400 the body is not the JSON of an event: line 1, column 2
    202 well signed, but about nothing that is read here
    ");
}

#[tokio::test]
async fn what_is_not_signed_does_nothing_and_is_told_once() {
    let log = Log::start();
    let served = Served::start().await;
    let pages = asked(served.bot.web(), |web| {
        let body = pushed("main");
        let right = format!("sha256={}", signature(SECRET, body.as_bytes()));
        let wrong = format!(
            "sha256={}",
            signature("another-secret-of-some-length", body.as_bytes())
        );
        let send = |path: &str, headers: &[(&str, &str)], body: &str| {
            web.post(path, headers, body.as_bytes()).to_string()
        };
        let github = "/webhooks/github";
        [
            send(github, &[("x-github-event", "push")], &body),
            send(github, &[("x-hub-signature-256", &wrong)], &body),
            send(
                github,
                &[("x-hub-signature-256", &right)],
                &body.replace("main", "mian"),
            ),
            send(github, &[("x-hub-signature-256", &right[7..])], &body),
            send(github, &[("x-hub-signature", "sha1=00")], &body),
            send("/webhooks/gitlab", &[("x-gitlab-token", "canary")], &body),
            send("/webhooks/gitlab", &[], &body),
            send(
                "/webhooks/forgejo",
                &[("x-forgejo-signature", &right)],
                &body,
            ),
            send("/webhooks/gitea", &[("x-gitea-signature", "zz")], &body),
        ]
        .join("\n")
    })
    .await;
    insta::assert_snapshot!(pages, @"
    401 the signature is missing or wrong: the secret here and at the forge must be the same
    401 the signature is missing or wrong: the secret here and at the forge must be the same
    401 the signature is missing or wrong: the secret here and at the forge must be the same
    401 the signature is missing or wrong: the secret here and at the forge must be the same
    401 the signature is missing or wrong: the secret here and at the forge must be the same
    401 the signature is missing or wrong: the secret here and at the forge must be the same
    401 the signature is missing or wrong: the secret here and at the forge must be the same
    401 the signature is missing or wrong: the secret here and at the forge must be the same
    401 the signature is missing or wrong: the secret here and at the forge must be the same
    ");
    let told = log.lines("signature");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].ends_with("webhooks with a missing or wrong signature were refused count=1"),
        "{told:?}"
    );
    assert!(log.lines("canary").is_empty());
}

#[tokio::test]
async fn without_a_secret_nothing_is_taken() {
    let bot = TestBot::with().web("").start().await;
    let page = asked(bot.web(), |web| {
        github(web, "", "push", "1", &pushed("main"))
    })
    .await;
    insta::assert_snapshot!(page, @"404 webhooks are not taken here: no `webhook_secret` is configured");
}

#[tokio::test]
async fn a_body_may_be_large_but_not_too_large() {
    let served = Served::start().await;
    let pages = asked(served.bot.web(), |web| {
        let filled = |size: usize| {
            let body = pushed("main");
            let rest = " ".repeat(size - body.len());
            body + &*rest
        };
        let large = github(web, SECRET, "push", "1", &filled(25 * 1024 * 1024));
        let larger = github(web, SECRET, "push", "2", &filled(25 * 1024 * 1024 + 1));
        // One that does not say how long it is.
        let mut line = web.line();
        let head = "POST /webhooks/github HTTP/1.1\r\nhost: x\r\nx-hub-signature-256: sha256=00\r\ntransfer-encoding: chunked\r\n\r\n";
        line.send(head.as_bytes()).expect("sent");
        let part = [b"100000\r\n".to_vec(), vec![b'x'; 1024 * 1024], b"\r\n".to_vec()].concat();
        while line.send(&part).is_ok() {}
        [large.to_string(), larger.to_string()].join("\n")
    })
    .await;
    insta::assert_snapshot!(pages, @"
    202 taken
    413 a delivery may have 25 MiB at most
    ");
}
