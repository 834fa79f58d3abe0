//! What keeps one person or one command from taking everything.

use std::time::Duration;

use async_trait::async_trait;
use callboard::action::{Action, Call, Context, Param};
use callboard::config::Period;
use callboard::failure::Failure;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::{action, file, without_reference};
use crate::harness::TestBot;

/// Never comes to an end.
struct Hang;

#[async_trait]
impl Action for Hang {
    fn name(&self) -> &'static str {
        "test.hang"
    }

    fn takes(&self) -> &'static [Param] {
        &[]
    }

    async fn run(&self, _call: &Call, _context: &Context) -> Result<Value, Failure> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn an_action_that_hangs_is_given_up() {
    let bot = TestBot::with()
        .action(&Hang)
        .command("hang", &file("Hangs", "test.hang", "Done."))
        .config(|config| config.limits.deadline = Period(Duration::from_millis(50)))
        .start()
        .await;
    insta::assert_snapshot!(without_reference(&bot.says("hang").await), @"Sorry, something went wrong on my side. The reference E-… helps the operators to find out what.");
    insta::assert_snapshot!(bot.says("help hang").await, @"hang: Hangs.");
}

/// Works until it is told to end.
struct Slow {
    end: Notify,
}

#[async_trait]
impl Action for Slow {
    fn name(&self) -> &'static str {
        "test.slow"
    }

    fn takes(&self) -> &'static [Param] {
        &[]
    }

    async fn run(&self, _call: &Call, _context: &Context) -> Result<Value, Failure> {
        self.end.notified().await;
        Ok(json!({}))
    }
}

#[tokio::test]
async fn work_that_takes_long_says_so_and_others_do_not_wait_for_it() {
    let slow = action(Slow { end: Notify::new() });
    let bot = TestBot::with()
        .action(slow)
        .command("slow", &file("Works", "test.slow", "It is **done**."))
        .start()
        .await;
    let ana = bot.as_person("ana");
    let turn = ana.begins("slow").await;
    assert_eq!(turn.next().await, "Working on it …");
    assert!(bot.says("whois omar").await.starts_with("Omar Haddad"));
    slow.end.notify_one();
    assert_eq!(turn.answer().await, "It is done.");
}

#[tokio::test]
async fn a_person_may_say_only_so_much_in_a_minute() {
    let bot = TestBot::with()
        .platform("paper")
        .config(|config| config.limits.per_minute = 2)
        .start()
        .await;
    let (ana, bo) = (bot.as_person("ana"), bot.as_person("bo"));
    for _ in 0..2 {
        assert!(ana.says("whois omar").await.starts_with("Omar Haddad"));
    }
    insta::assert_snapshot!(ana.says("whois omar").await, @"That was more than 2 lines in a minute. Please wait a moment, then ask again.");
    assert!(bo.says("whois omar").await.starts_with("Omar Haddad"));
}

#[tokio::test]
async fn on_another_platform_nobody_is_taken_for_a_user_by_name() {
    let bot = TestBot::with()
        .platform("paper")
        .config(|config| config.admins = vec!["user:default/ana".to_owned()])
        .start()
        .await;
    insta::assert_snapshot!(bot.as_person("ana").says("who am I").await, @"I do not know which person of the catalog you are. No user of the catalog has the account or e-mail address that you have here. Ask with a name, or say link to hear how I get to know you.");
    insta::assert_snapshot!(bot.as_person("user:default/ana").says("resync accept").await, @"`resync accept` is denied to you: no rule of the policy allows it. Ask an admin: user:default/ana.");
}
