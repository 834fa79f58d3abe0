//! What adapters need to be reached over HTTP is mounted below their names.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::routing::post;
use callboard::bot::{Bot, Setup};
use callboard::chat::adapter::{Adapter, SendError};
use callboard::config::Config;
use callboard::message::{Incoming, Person, Place, Reply, Sent};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::asked;
use crate::harness::Repository;
use crate::harness::web::Web;

/// A platform that is reached over HTTP.
struct Reached;

#[async_trait]
impl Adapter for Reached {
    fn name(&self) -> &'static str {
        "reached"
    }

    async fn run(
        &self,
        _inbox: mpsc::Sender<Incoming>,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        stop.cancelled().await;
        Ok(())
    }

    async fn send(&self, _place: &Place, _reply: &Reply) -> Result<Sent, SendError> {
        Err(SendError::Gone)
    }

    async fn edit(&self, _sent: &Sent, _reply: &Reply) -> Result<(), SendError> {
        Err(SendError::Unsupported)
    }

    async fn person(&self, _id: &str) -> Result<Person, SendError> {
        Err(SendError::Gone)
    }

    fn routes(&self) -> Option<Router> {
        Some(Router::new().route("/events", post(|body: String| async move { body + "!" })))
    }
}

#[tokio::test]
async fn an_adapter_is_reached_below_its_name() {
    let home = tempfile::tempdir().expect("a folder");
    let mut config = Config::default();
    config.web.listen = Some("127.0.0.1:0".to_owned());
    let mut setup = Setup::new(config, home.path().to_owned());
    setup.sources = vec![Repository::of("").source()];
    setup.listen().await.expect("a port");
    let bot = Bot::open(setup).await.expect("the bot opens");
    let web = Web::at(bot.address().expect("it listens"));
    let early = asked(web, |web| web.post("/reached/events", &[], b"hello").status).await;
    assert_eq!(early, 404);
    let stop = CancellationToken::new();
    let running = tokio::spawn(bot.run(vec![Arc::new(Reached)], stop.clone()));
    // The bot mounts it before its first pause.
    tokio::task::yield_now().await;
    let page = asked(web, |web| web.post("/reached/events", &[], b"hello")).await;
    insta::assert_snapshot!(page, @"200 hello!");
    let other = asked(web, |web| web.post("/reached/other", &[], b"").status).await;
    assert_eq!(other, 404);
    stop.cancel();
    running
        .await
        .expect("it does not panic")
        .expect("it ends well");
}
