//! Many at once.

use std::time::Duration;

use futures_util::StreamExt as _;

use super::Connected;

/// How many commands are given.
const COMMANDS: usize = 1_000;

/// How many of them at once.
const AT_ONCE: usize = 50;

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_commands_are_each_acknowledged_in_time_and_answered_once() {
    let connected = Connected::start().await;
    let slack = &connected.slack;
    let commands = (0..COMMANDS).map(|number| async move {
        let words = format!("number {number:04}");
        slack.slash("ana", "#general", "/callboard", &words).await
    });
    let delivered: Vec<_> = futures_util::stream::iter(commands)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let late = delivered
        .iter()
        .filter(|delivered| delivered.attempts != 1 || delivered.took > Duration::from_secs(3));
    assert_eq!(late.count(), 0);
    let mut shown = String::new();
    while shown.matches("You said: number").count() < COMMANDS {
        shown.push_str(&slack.next("ana", "#general").await);
        shown.push('\n');
    }
    for number in 0..COMMANDS {
        let words = format!("You said: number {number:04}");
        assert_eq!(shown.matches(&words).count(), 1, "{words}");
    }
    connected.stop().await;
}
