//! What fails is started again, and what stops does so in order.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use callboard::bot::{Bot, Setup};
use callboard::chat::adapter::{Adapter, SendError};
use callboard::config::Config;
use callboard::message::{Event, EventId, Incoming, Person, PersonId, Place, Reply, Sent, Taken};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::harness::Repository;

/// A platform whose connection fails, then panics, then works for one line.
#[derive(Default)]
struct Flaky {
    started: AtomicUsize,
    said: Mutex<Vec<String>>,
}

#[async_trait]
impl Adapter for Flaky {
    fn name(&self) -> &'static str {
        "flaky"
    }

    async fn run(
        &self,
        inbox: mpsc::Sender<Incoming>,
        _stop: CancellationToken,
    ) -> anyhow::Result<()> {
        match self.started.fetch_add(1, Ordering::SeqCst) {
            0 => anyhow::bail!("the connection broke"),
            1 => panic!("the connection broke badly"),
            _ => {}
        }
        let (taken, receipt) = Taken::new();
        let place = Place {
            platform: "flaky".to_owned(),
            channel: "ops".to_owned(),
            direct: true,
            ..Place::default()
        };
        let incoming = Incoming {
            id: EventId("1".to_owned()),
            place,
            sender: PersonId {
                platform: "flaky".to_owned(),
                id: "ana".to_owned(),
            },
            event: Event::Said("help resync".to_owned()),
            ticket: None,
            taken,
        };
        inbox.send(incoming).await?;
        receipt.finished().await;
        Ok(())
    }

    async fn send(&self, place: &Place, reply: &Reply) -> Result<Sent, SendError> {
        let mut said = self.said.lock().expect("nobody panicked with it");
        said.push(reply.markdown.clone());
        Ok(Sent {
            place: place.clone(),
            id: said.len().to_string(),
        })
    }

    async fn edit(&self, _sent: &Sent, _reply: &Reply) -> Result<(), SendError> {
        Err(SendError::Unsupported)
    }

    async fn person(&self, id: &str) -> Result<Person, SendError> {
        Ok(Person {
            display_name: id.to_owned(),
            email: None,
            external: false,
        })
    }
}

#[tokio::test]
async fn an_adapter_that_fails_or_panics_is_started_again_and_the_bot_ends_with_it() {
    let home = tempfile::tempdir().expect("a folder");
    let repository = Repository::of("");
    let open = || async {
        let mut setup = Setup::new(Config::default(), home.path().to_owned());
        setup.sources = vec![repository.source()];
        Bot::open(setup).await
    };
    let flaky = Arc::new(Flaky::default());
    let bot = open().await.expect("the bot opens");
    bot.run(vec![flaky.clone()], CancellationToken::new())
        .await
        .expect("it ends in order");
    assert_eq!(flaky.started.load(Ordering::SeqCst), 3);
    let said = flaky
        .said
        .lock()
        .expect("nobody panicked with it")
        .join("\n");
    assert!(
        said.starts_with("`resync [what]`: Read all sources now"),
        "{said}"
    );
    // Everything is let go of: the data folder can be opened again at once.
    open().await.expect("the bot opens again");
}

#[tokio::test]
async fn the_bot_stops_when_it_is_told_to_though_an_adapter_is_down() {
    let home = tempfile::tempdir().expect("a folder");
    let mut setup = Setup::new(Config::default(), home.path().to_owned());
    setup.sources = vec![Repository::of("").source()];
    let bot = Bot::open(setup).await.expect("the bot opens");
    let stop = CancellationToken::new();
    stop.cancel();
    let flaky = Arc::new(Flaky::default());
    bot.run(vec![flaky.clone()], stop)
        .await
        .expect("it ends in order");
    assert_eq!(flaky.started.load(Ordering::SeqCst), 0);
}
