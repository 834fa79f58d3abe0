//! What changes the world is proposed first, and done once its asker has said yes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use callboard::action::{Action, Call, Context, Effect, Kind, Param};
use callboard::failure::Failure;
use serde_json::{Value, json};

use super::{action, without_ticket};
use crate::harness::TestBot;

/// Changes the world, and counts how often.
#[derive(Default)]
pub(super) struct Deploy {
    pub(super) done: AtomicUsize,
}

#[async_trait]
impl Action for Deploy {
    fn name(&self) -> &'static str {
        "test.deploy"
    }

    fn takes(&self) -> &'static [Param] {
        &[Param {
            name: "service",
            kind: Kind::Entity,
            required: true,
        }]
    }

    fn effect(&self) -> Effect {
        Effect::Change
    }

    async fn run(&self, call: &Call, _context: &Context) -> Result<Value, Failure> {
        let count = self.done.fetch_add(1, Ordering::SeqCst) + 1;
        Ok(json!({ "service": call.entity("service")?, "count": count }))
    }
}

pub(super) const DEPLOY: &str = r#"+++
says = "Deploys a service"
action = "test.deploy"

[[takes]]
name = "service"
kind = "entity"
says = "the name of a service"
+++
{{ service|code }} is deployed, number {{ count }}.
"#;

async fn deployer() -> (TestBot, &'static Deploy) {
    let deploy = action(Deploy::default());
    let bot = TestBot::with()
        .action(deploy)
        .command("deploy", DEPLOY)
        .start()
        .await;
    (bot, deploy)
}

#[tokio::test]
async fn a_change_waits_for_a_yes() {
    let (bot, deploy) = deployer().await;
    insta::assert_snapshot!(without_ticket(&bot.says("deploy payments").await), @"
    This is a change: `deploy component:default/payments` (Deploys a service). Shall I do it? I wait 2 minutes for your yes.

    [1] Yes, do it → confirm …
    [2] No → decline …
    ");
    assert_eq!(deploy.done.load(Ordering::SeqCst), 0);
    insta::assert_snapshot!(bot.press(1).await, @"component:default/payments is deployed, number 1.");
    assert_eq!(deploy.done.load(Ordering::SeqCst), 1);
    insta::assert_snapshot!(bot.press(1).await, @"Nothing of yours waits for this, or not any longer. Give the command again if you want it.");
    assert_eq!(deploy.done.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_change_is_confirmed_in_words_as_well() {
    let (bot, _) = deployer().await;
    bot.says("deploy ledger").await;
    insta::assert_snapshot!(bot.says("Yes!").await, @"component:default/ledger is deployed, number 1.");
    insta::assert_snapshot!(bot.says("yes").await, @"I do not understand yes. help lists what you can ask.");
}

#[tokio::test]
async fn a_no_changes_nothing() {
    let (bot, deploy) = deployer().await;
    bot.says("deploy payments").await;
    insta::assert_snapshot!(bot.press(2).await, @"All right, nothing is changed.");
    insta::assert_snapshot!(bot.press(1).await, @"Nothing of yours waits for this, or not any longer. Give the command again if you want it.");
    bot.says("deploy payments").await;
    insta::assert_snapshot!(bot.says("no").await, @"All right, nothing is changed.");
    assert_eq!(deploy.done.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_yes_comes_in_time_or_not_at_all() {
    let (bot, deploy) = deployer().await;
    bot.says("deploy payments").await;
    bot.advance(Duration::from_secs(119));
    insta::assert_snapshot!(bot.press(1).await, @"component:default/payments is deployed, number 1.");
    bot.says("deploy payments").await;
    bot.advance(Duration::from_secs(121));
    insta::assert_snapshot!(bot.press(1).await, @"Nothing of yours waits for this, or not any longer. Give the command again if you want it.");
    assert_eq!(deploy.done.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn only_the_asker_says_yes() {
    let (bot, deploy) = deployer().await;
    let (ana, omar) = (bot.as_person("ana"), bot.as_person("omar"));
    let (ana, omar) = (ana.at("general"), omar.at("general"));
    ana.says("deploy payments").await;
    insta::assert_snapshot!(omar.press(1).await, @"Nothing of yours waits for this, or not any longer. Give the command again if you want it.");
    insta::assert_snapshot!(omar.says("yes").await, @"I do not understand yes. help lists what you can ask.");
    assert_eq!(deploy.done.load(Ordering::SeqCst), 0);
    insta::assert_snapshot!(ana.says("yes").await, @"component:default/payments is deployed, number 1.");
    assert_eq!(deploy.done.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_yes_in_another_place_means_nothing() {
    let (bot, deploy) = deployer().await;
    bot.as_person("ana")
        .at("general")
        .says("deploy payments")
        .await;
    insta::assert_snapshot!(bot.as_person("ana").says("yes").await, @"I do not understand yes. help lists what you can ask.");
    assert_eq!(deploy.done.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn two_yeses_at_once_change_once() {
    let (bot, deploy) = deployer().await;
    bot.says("deploy payments").await;
    let ana = bot.as_person("visitor");
    let (one, two) = tokio::join!(ana.begins("yes"), ana.begins("yes"));
    let answers = [one.answer().await, two.answer().await].concat();
    assert_eq!(deploy.done.load(Ordering::SeqCst), 1, "{answers}");
}

#[tokio::test]
async fn a_newer_change_takes_the_place_of_an_older_one() {
    let (bot, _) = deployer().await;
    let old = bot.says("deploy payments").await;
    let old = old.rsplit_once("confirm ").expect("a ticket").1;
    let old = old.lines().next().expect("a ticket").to_owned();
    bot.says("deploy ledger").await;
    insta::assert_snapshot!(bot.says(&format!("confirm {old}")).await, @"Nothing of yours waits for this, or not any longer. Give the command again if you want it.");
    insta::assert_snapshot!(bot.press(1).await, @"component:default/ledger is deployed, number 1.");
}

#[tokio::test]
async fn a_change_waits_through_a_restart() {
    let (mut bot, deploy) = deployer().await;
    bot.says("deploy payments").await;
    bot.restart().await;
    insta::assert_snapshot!(bot.press(1).await, @"component:default/payments is deployed, number 1.");
    bot.restart().await;
    insta::assert_snapshot!(bot.press(1).await, @"Nothing of yours waits for this, or not any longer. Give the command again if you want it.");
    assert_eq!(deploy.done.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_is_changed_is_settled_before_the_yes() {
    let (bot, deploy) = deployer().await;
    insta::assert_snapshot!(bot.says("deploy payment").await, @"
    Several things could be payment. Which one do you mean?

    [1] payments (Component of payments-team) → deploy component:default/payments
    [2] payments-worker (Component of payments-team) → deploy component:default/payments-worker
    [3] payments-v2 (API of payments-team) → deploy api:default/payments-v2
    [4] payment-api (Component of billing-team) → deploy component:default/payment-api
    [5] payment-webhooks (Resource of payments-team) → deploy resource:default/payment-webhooks
    ");
    insta::assert_snapshot!(without_ticket(&bot.press(1).await), @"
    This is a change: `deploy component:default/payments` (Deploys a service). Shall I do it? I wait 2 minutes for your yes.

    [1] Yes, do it → confirm …
    [2] No → decline …
    ");
    insta::assert_snapshot!(without_ticket(&bot.says("deploy").await), @"Which service? I need the name of a service.");
    insta::assert_snapshot!(without_ticket(&bot.says("ledger").await), @"
    This is a change: `deploy component:default/ledger` (Deploys a service). Shall I do it? I wait 2 minutes for your yes.

    [1] Yes, do it → confirm …
    [2] No → decline …
    ");
    assert_eq!(deploy.done.load(Ordering::SeqCst), 0);
    insta::assert_snapshot!(bot.says("do it").await, @"component:default/ledger is deployed, number 1.");
}
