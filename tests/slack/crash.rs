//! The program is killed between the acknowledgement and the answer: it answers after it was started again, once.

use rustix::process::Signal;

use crate::harness::slack::{APP_TOKEN, BOT_TOKEN, SlackStandIn, Trouble};
use crate::harness::{Program, Running};

/// The program in the workspace of the stand-in; its data stays from run to run.
pub fn program(slack: &SlackStandIn) -> Program {
    let config = format!(
        "[slack]\nbot_token = \"env:BOT\"\napp_token = \"env:APP\"\napi = \"{}\"\n",
        slack.api()
    );
    Program::new()
        .env("BOT", BOT_TOKEN)
        .env("APP", APP_TOKEN)
        .file("callboard.toml", &config)
}

fn kill(running: Running) {
    running.signal(Signal::KILL);
    let ended = running.end();
    assert_eq!(ended.signal, Some(Signal::KILL.as_raw()), "{ended}");
}

#[tokio::test]
async fn what_was_acknowledged_before_a_kill_is_answered_after_it_and_once() {
    let slack = SlackStandIn::start();
    let program = program(&slack);
    assert_eq!(program.run(["sync"]).code, 0);
    let running = Running::start(program.command(["serve"]));
    slack.connected(2).await;
    // It has acknowledged, and asks who that is, when it is killed.
    slack.trouble("users.info", Trouble::Hangs);
    let command = slack
        .slash("omar", "#general", "/who-owns", "payments")
        .await;
    assert!(command.acknowledged);
    slack.hanging("users.info").await;
    kill(running);
    assert_eq!(slack.unread("#general"), 0);

    let running = Running::start(program.command(["serve"]));
    let answer = slack.next("omar", "#general").await;
    assert!(
        answer.contains("Payments (component:default/payments) belongs to"),
        "{answer}"
    );
    slack.connected(2).await;
    let again = slack.again(&command).await;
    assert!(again.acknowledged);
    slack.slash("omar", "#general", "/who-owns", "ledger").await;
    let answer = slack.next("omar", "#general").await;
    assert!(
        answer.contains("Ledger") && !answer.contains("Payments (comp"),
        "{answer}"
    );
    // A kill could come between the answer and the note of it.
    running.signal(Signal::TERM);
    running.end();

    // What was answered is not answered again by the next run.
    let running = Running::start(program.command(["serve"]));
    slack.connected(2).await;
    slack
        .slash("omar", "#general", "/who-owns", "fraud check")
        .await;
    let answer = slack.next("omar", "#general").await;
    assert_eq!(answer.matches("belongs to").count(), 1, "{answer}");
    drop(running);
}

#[tokio::test]
async fn what_was_not_acknowledged_comes_again_and_is_answered_once() {
    let slack = SlackStandIn::start();
    let program = program(&slack);
    assert_eq!(program.run(["sync"]).code, 0);
    let running = Running::start(program.command(["serve"]));
    slack.connected(2).await;
    kill(running);
    // Sent to nobody, and delivered when somebody is there.
    let asking = slack.slash("omar", "#general", "/who-owns", "payments");
    let starting = async {
        let running = Running::start(program.command(["serve"]));
        slack.connected(2).await;
        running
    };
    let (command, running) = tokio::join!(asking, starting);
    assert!(command.acknowledged);
    let answer = slack.next("omar", "#general").await;
    assert_eq!(answer.matches("belongs to").count(), 1, "{answer}");
    drop(running);
}
