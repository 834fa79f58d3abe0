//! An app of Slack's own framework works against the stand-in as it does against the service.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use insta::assert_snapshot;

use crate::harness::slack::{APP_TOKEN, BOT_TOKEN, SlackStandIn};

/// The app, which is stopped when it is dropped.
struct Bolt(Child);

impl Bolt {
    fn start(slack: &SlackStandIn) -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let installed = root.join("target/slack");
        assert!(
            installed.join("node_modules/@slack/bolt").exists(),
            "Slack's packages are not installed: run tests/run, which does"
        );
        let child = Command::new("node")
            .arg(root.join("tests/slack_stand_in/bolt.mjs"))
            .arg(&installed)
            .arg(format!("{}/", slack.api()))
            .env("SLACK_BOT_TOKEN", BOT_TOKEN)
            .env("SLACK_APP_TOKEN", APP_TOKEN)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        Self(child.expect("node starts"))
    }
}

impl Drop for Bolt {
    fn drop(&mut self) {
        // One that has ended already needs no more.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
#[ignore = "needs node and Slack's packages, which tests/run installs"]
async fn an_app_of_slacks_own_framework_works_unchanged() {
    let slack = SlackStandIn::start();
    let _bolt = Bolt::start(&slack);
    slack.connected(1).await;

    slack
        .slash("ana", "#general", "/who-owns", "payments")
        .await;
    assert_snapshot!(slack.next("ana", "#general").await, @"
    callboard (only ana sees this):
    *payments* belongs to payments-team
    [1] Share
    ");
    slack.press("ana", "#general", "Share").await;
    assert_snapshot!(slack.reads("tomas", "#general", "shared").await, @"
    callboard:
    @ana shared payments
    ");

    let said = slack.mention("ana", "#general", "whoami").await;
    assert_snapshot!(slack.next("ana", &said.thread).await, @"
    callboard (in the thread):
    You are ana.horvat@acme.example
    ");
    slack.says("ana", "@ana", "ping").await;
    assert_snapshot!(slack.reads("ana", "@ana", "pong").await, @"
    callboard (edited):
    pong
    ");
    slack.opens_home("ana").await;
    assert_snapshot!(slack.home("ana").await, @"# My teams");

    slack.shortcut("ana", "create").await;
    slack.modal("ana").await;
    assert_eq!(slack.types("ana", "Owner", "pay").await, ["pay-team"]);
    slack
        .submit("ana", &[("Name", "my service"), ("Owner", "pay-team")])
        .await;
    assert_snapshot!(slack.modal_with("ana", "!").await, @"
    == Create ==
    Name *: my service
      ! No blanks, please.
    Owner: pay-team
    (Close) (Create)
    ");
    slack.submit("ana", &[("Name", "my-service")]).await;
    assert!(!slack.has_modal("ana"));
    assert_snapshot!(slack.next("ana", "@ana").await, @"
    callboard:
    Made my-service
    ");

    // A new socket is opened when the old one is asked back, and an event that nobody took comes again.
    slack.refreshes();
    slack.connected(1).await;
    slack.says("ana", "@ana", "ping").await;
    slack.reads("ana", "@ana", "pong").await;
}
