//! Events as requests: the same as over sockets, once the signature was checked.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use callboard::chat::adapter::Adapter;
use callboard::chat::slack::{Install, Installs, Slack};
use callboard::config::{Secret, SlackConfig, SlackDelivery};
use insta::assert_snapshot;
use secrecy::ExposeSecret as _;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{config, dispatch};
use crate::harness::slack::{
    CLIENT_ID, CLIENT_SECRET, OTHER_TEAM, SIGNING_SECRET, SlackStandIn, signature,
};

/// The adapter behind a web server.
struct Served {
    slack: SlackStandIn,
    address: String,
    kept: Arc<Kept>,
    stop: CancellationToken,
    _secrets: tempfile::TempDir,
}

/// Installations in memory.
#[derive(Default)]
struct Kept(Mutex<Vec<Install>>);

#[async_trait]
impl Installs for Kept {
    async fn find(&self, team: &str) -> anyhow::Result<Option<Install>> {
        let kept = self.0.lock().expect("nobody panics");
        Ok(kept.iter().find(|install| install.team == team).cloned())
    }

    async fn keep(&self, install: &Install) -> anyhow::Result<()> {
        self.0.lock().expect("nobody panics").push(install.clone());
        Ok(())
    }

    async fn forget(&self, team: &str) -> anyhow::Result<()> {
        let mut kept = self.0.lock().expect("nobody panics");
        kept.retain(|install| install.team != team);
        Ok(())
    }
}

impl Served {
    async fn start(change: impl FnOnce(&mut SlackConfig, &std::path::Path)) -> Self {
        let slack = SlackStandIn::start();
        let secrets = tempfile::tempdir().expect("a folder");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("it has one"));
        let mut config = config(&slack, secrets.path());
        let signing = secrets.path().join("signing");
        std::fs::write(&signing, SIGNING_SECRET).expect("written");
        config.signing_secret = Some(Secret::File(signing));
        config.delivery = SlackDelivery::Http;
        config.url = Some(address.clone());
        change(&mut config, secrets.path());
        let kept = Arc::<Kept>::default();
        let adapter = Slack::new(&config, Some(kept.clone())).expect("a configuration");
        let adapter = Arc::new(adapter);
        let routes = adapter.routes().expect("it is reached over HTTP");
        let mounted = axum::Router::new().nest("/slack", routes);
        tokio::spawn(async move { axum::serve(listener, mounted).await });
        let (inbox, events) = mpsc::channel(64);
        tokio::spawn(dispatch(adapter.clone(), Arc::default(), events));
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        tokio::spawn(async move { adapter.run(inbox, stopped).await });
        slack.deliver_to(&format!("{address}/slack/events"));
        Self {
            slack,
            address,
            kept,
            stop,
            _secrets: secrets,
        }
    }

    /// Posts a body with a signature of this time; the status and the answer.
    async fn posts(&self, body: &str, time: u64, signed: &str) -> String {
        let request = reqwest::Client::new()
            .post(format!("{}/slack/events", self.address))
            .header("x-slack-request-timestamp", time.to_string())
            .header("x-slack-signature", signature(SIGNING_SECRET, time, signed))
            .body(body.to_owned());
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        format!("{status} {}", response.text().await.expect("a text"))
    }
}

fn now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.expect("it is after 1970").as_secs()
}

#[tokio::test]
async fn commands_mentions_and_buttons_come_as_requests() {
    let served = Served::start(|_, _| {}).await;
    let slack = &served.slack;
    let delivered = slack
        .slash("ana", "#general", "/who-owns", "payments")
        .await;
    assert!(delivered.acknowledged);
    assert_snapshot!(slack.next("ana", "#general").await, @"
    callboard (only ana sees this):
    You said: who-owns payments
    ");
    let said = slack.mention("ana", "#general", "status").await;
    assert!(said.deliveries.iter().all(|delivery| delivery.acknowledged));
    assert_snapshot!(slack.next("ana", &said.thread).await, @"
    callboard (in the thread):
    You said: status
    ");
    served.stop.cancel();
}

#[tokio::test]
async fn only_what_slack_has_signed_in_these_minutes_is_believed() {
    let served = Served::start(|_, _| {}).await;
    let hello = r#"{"type":"url_verification","challenge":"abc"}"#;
    assert_snapshot!(served.posts(hello, now(), hello).await, @"200 abc");
    assert_snapshot!(served.posts(hello, now(), "{}").await, @"401 this is not signed by Slack, or it is too old");
    assert_snapshot!(served.posts(hello, now() - 301, hello).await, @"401 this is not signed by Slack, or it is too old");
    assert_snapshot!(served.posts("nonsense", now(), "nonsense").await, @"400 the body cannot be read");
    served.stop.cancel();
}

#[tokio::test]
async fn another_workspace_installs_the_app_by_itself() {
    let served = Served::start(|config, secrets| {
        let secret = secrets.join("client");
        std::fs::write(&secret, CLIENT_SECRET).expect("written");
        config.client_id = Some(CLIENT_ID.to_owned());
        config.client_secret = Some(Secret::File(secret));
    })
    .await;
    let browser = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client");
    let began = browser
        .get(format!("{}/slack/install", served.address))
        .send()
        .await
        .expect("an answer");
    let header = |name: &str| {
        let value = began.headers().get(name).expect("it is there");
        value.to_str().expect("text").to_owned()
    };
    let cookie = header("set-cookie");
    let cookie = cookie.split(';').next().expect("a cookie").to_owned();
    let back = served.slack.agrees(&header("location"));
    // Whoever follows the link in another browser gets nothing.
    let strange = browser.get(&back).send().await.expect("an answer");
    assert_eq!(strange.status().as_u16(), 400);
    assert!(served.kept.0.lock().expect("nobody panics").is_empty());
    let done = browser.get(&back).header("cookie", cookie).send().await;
    let done = done.expect("an answer");
    assert_eq!(done.status().as_u16(), 200);
    assert_snapshot!(done.text().await.expect("a page"), @r#"<!doctype html><meta charset="utf-8"><title>Callboard</title><p>Callboard is installed. Say /callboard help in your workspace.</p>"#);
    let kept = served.kept.0.lock().expect("nobody panics").clone();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].team, OTHER_TEAM);
    assert!(kept[0].token.expose_secret().starts_with("xoxb-installed-"));
    served.stop.cancel();
}
