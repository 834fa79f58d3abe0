//! A failure of ours is an apology to the asker and one line in the log.

use async_trait::async_trait;
use callboard::action::{Action, Call, Context, Param};
use callboard::failure::Failure;
use serde_json::Value;

use super::{file, reference, without_reference};
use crate::harness::{Log, TestBot};

/// Fails in the way that no action should.
struct Panic;

#[async_trait]
impl Action for Panic {
    fn name(&self) -> &'static str {
        "test.panic"
    }

    fn takes(&self) -> &'static [Param] {
        &[]
    }

    async fn run(&self, _call: &Call, _context: &Context) -> Result<Value, Failure> {
        panic!("the machine is on fire")
    }
}

/// Finds something wrong that is nobody's fault in the conversation.
struct Broken;

#[async_trait]
impl Action for Broken {
    fn name(&self) -> &'static str {
        "test.broken"
    }

    fn takes(&self) -> &'static [Param] {
        &[]
    }

    async fn run(&self, _call: &Call, _context: &Context) -> Result<Value, Failure> {
        Err(anyhow::anyhow!("disk full")
            .context("the list cannot be written")
            .into())
    }
}

#[tokio::test]
async fn our_failures_are_an_apology_and_one_line_in_the_log() {
    let log = Log::start();
    let bot = TestBot::with()
        .action(&Panic)
        .action(&Broken)
        .command("panic", &file("Panics", "test.panic", "x"))
        .command("broken", &file("Breaks", "test.broken", "x"))
        .command(
            "wrong",
            &file("Says too much", "bot.status", "{{ nothing.at.all }}"),
        )
        .start()
        .await;
    let cases = [
        ("panic", "the machine is on fire"),
        ("broken", "the list cannot be written: disk full"),
        ("wrong", "the data has no"),
    ];
    for (line, cause) in cases {
        let answer = bot.says(line).await;
        let reference = reference(&answer);
        insta::allow_duplicates! {
            insta::assert_snapshot!(without_reference(&answer), @"Sorry, something went wrong on my side. The reference E-… helps the operators to find out what.");
        }
        let errors = log.lines("ERROR");
        let lines: Vec<&String> = errors
            .iter()
            .filter(|line| line.contains(&reference))
            .collect();
        assert_eq!(lines.len(), 1, "{errors:#?}");
        assert!(lines[0].contains(cause), "{lines:?}");
        assert!(!answer.contains(cause), "{answer}");
    }
    assert_eq!(log.lines("ERROR").len(), cases.len());
    assert!(bot.says("whois omar").await.starts_with("Omar Haddad"));
}

#[tokio::test]
async fn the_log_holds_one_line_for_each_message_and_never_its_text() {
    let log = Log::start();
    let bot = TestBot::acme().await;
    bot.says("who-owns payments").await;
    bot.says("whois zebra-canary").await;
    bot.as_person("priya").says("who am I").await;
    let handled = log.lines("handled");
    assert_eq!(handled.len(), 3, "{handled:#?}");
    assert!(
        handled[0].contains("command=\"who-owns\"") && handled[0].contains("outcome=\"answered\""),
        "{handled:#?}"
    );
    assert!(handled[1].contains("outcome=\"refused\""), "{handled:#?}");
    let all = log.lines("").join("\n");
    for canary in ["payments", "zebra-canary", "@acme.example", "priya"] {
        assert!(!all.contains(canary), "{canary} in {all}");
    }
}
