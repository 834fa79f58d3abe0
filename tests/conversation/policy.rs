//! Who may do what is decided in one place, whatever way leads there, and who is refused hears by which rule and who can help.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use callboard::action::Effect;
use callboard::policy::Policy;

use super::changes::{DEPLOY, Deploy};
use super::forms::{CREATE, Create, service};
use super::{action, without_ticket};
use crate::harness::{Log, TestBot, in_time};

/// Finance deploys, but for Yuki.
const RULES: &str = r#"
[[policy]]
says     = "Yuki is on leave"
decide   = "deny"
who      = ["user:yuki"]
commands = ["deploy"]

[[policy]]
decide   = "allow"
who      = ["group:finance-engineering"]
commands = ["deploy"]
"#;

/// A bot that can deploy, with Ana as its admin and these rules.
async fn bot(rules: &str) -> (TestBot, &'static Deploy) {
    let deploy = action(Deploy::default());
    let bot = TestBot::with()
        .config(|config| config.admins = vec!["user:default/ana".to_owned()])
        .action_by_policy(deploy)
        .command("deploy", DEPLOY)
        .policy(rules)
        .start()
        .await;
    (bot, deploy)
}

#[tokio::test]
async fn who_is_refused_hears_by_which_rule_and_who_can_help() {
    let (bot, deploy) = bot(RULES).await;
    // Omar's team is below finance-engineering.
    let allowed = bot.as_person("omar").says("deploy payments").await;
    assert!(allowed.starts_with("This is a change"), "{allowed}");
    insta::assert_snapshot!(bot.as_person("yuki").says("deploy payments").await, @"deploy is denied to you by the rule policy.toml:2 (Yuki is on leave). Ask an admin: user:default/ana.");
    insta::assert_snapshot!(bot.as_person("tomas").says("deploy payments").await, @"deploy is denied to you: no rule of the policy allows it. These may: group:default/finance-engineering. Or ask an admin: user:default/ana.");
    insta::assert_snapshot!(bot.says("deploy payments").await, @"deploy is denied to you: no rule of the policy allows it. These may: group:default/finance-engineering. Or ask an admin: user:default/ana.");
    let allowed = bot.as_person("ana").says("deploy payments").await;
    assert!(allowed.starts_with("This is a change"), "{allowed}");
    assert_eq!(deploy.done.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn without_a_rule_no_change_is_made() {
    let deploy = action(Deploy::default());
    let bot = TestBot::with()
        .action_by_policy(deploy)
        .command("deploy", DEPLOY)
        .start()
        .await;
    insta::assert_snapshot!(bot.as_person("omar").says("deploy payments").await, @"deploy is denied to you: no rule of the policy allows it. No admin is named in the configuration, so ask who runs the bot.");
}

#[tokio::test]
async fn no_door_leads_past_the_policy() {
    let (bot, deploy) = bot(RULES).await;
    let (omar, tomas) = (bot.as_person("omar"), bot.as_person("tomas"));
    // What could be meant is nobody's business who may not do it.
    let offered = omar.says("deploy payment").await;
    assert!(offered.contains("[1] payments"), "{offered}");
    let refused = tomas.says("deploy payment").await;
    assert!(refused.starts_with("deploy is denied to you"), "{refused}");
    // A button that somebody else was given.
    let (omar, tomas) = (omar.at("general"), tomas.at("general"));
    omar.says("deploy payment").await;
    let refused = tomas.press(1).await;
    assert!(refused.starts_with("deploy is denied to you"), "{refused}");
    // A yes that comes when the right has been taken away.
    omar.press(1).await;
    bot.context().policy.store(Arc::new(Policy::default()));
    insta::assert_snapshot!(omar.says("yes").await, @"deploy is denied to you: no rule of the policy allows it. No admin is named in the configuration, so ask who runs the bot.");
    assert_eq!(deploy.done.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_form_is_neither_begun_nor_taken_without_the_right() {
    let create = action(Create {
        effect: Effect::Record,
        form: service,
    });
    let bot = TestBot::with()
        .action_by_policy(create)
        .command("create", CREATE)
        .rule("decide = \"allow\"\nwho = [\"user:omar\"]\ncommands = [\"test.create\"]")
        .start()
        .await;
    let refused = bot.as_person("tomas").says("create").await;
    assert!(refused.starts_with("create is denied to you"), "{refused}");
    let omar = bot.as_person("omar");
    omar.says("create").await;
    bot.context().policy.store(Arc::new(Policy::default()));
    let filled = "name=shop language=go about=x owner=sre extras=ci replicas=3 budget=1 public=no";
    insta::assert_snapshot!(omar.says(filled).await, @"create is denied to you: no rule of the policy allows it. No admin is named in the configuration, so ask who runs the bot.");
}

#[tokio::test]
async fn what_needs_an_approval_is_not_done_without() {
    let rules = "[[policy]]\ndecide = \"approve\"\nby = \"group:sre\"\ncommands = [\"deploy\"]\n";
    let (bot, _) = bot(rules).await;
    insta::assert_snapshot!(bot.as_person("omar").says("deploy payments").await, @"deploy needs the approval of group:default/sre by the rule policy.toml:1, and I cannot ask for that yet. Ask an admin: user:default/ana.");
}

#[tokio::test]
async fn where_reading_is_denied_no_name_is_told() {
    let rules = "[[policy]]\nsays = \"This room is for announcements\"\ndecide = \"deny\"\nchannels = [\"news\"]\n";
    let (bot, _) = bot(rules).await;
    let omar = bot.as_person("omar").at("news");
    insta::assert_snapshot!(omar.says("who-owns payments").await, @"who-owns is denied to you by the rule policy.toml:1 (This room is for announcements). Ask an admin: user:default/ana.");
    for line in ["who owns paymnts?", "deps payment", "help", "payments"] {
        let answer = omar.says(line).await;
        assert!(!answer.contains("component:"), "{line}: {answer}");
        assert!(!answer.contains('['), "{line}: {answer}");
    }
    let elsewhere = bot.as_person("omar").says("who-owns payments").await;
    assert!(elsewhere.starts_with("Payments"), "{elsewhere}");
}

#[tokio::test]
async fn an_action_is_denied_whatever_its_command_is_called() {
    let file = "+++\nsays = \"Takes what was held back\"\naction = \"catalog.resync\"\n[fixed]\nwhat = \"accept\"\n+++\nDone.\n";
    let bot = TestBot::with()
        .config(|config| config.admins = vec!["user:default/ana".to_owned()])
        .command("take-all", file)
        .rule("decide = \"deny\"\ncommands = [\"catalog.resync accept\"]\nsays = \"Only from the command line\"")
        .start()
        .await;
    insta::assert_snapshot!(bot.as_person("ana").says("take-all").await, @"`take-all accept` is denied to you by the rule `the configuration` (Only from the command line). Ask an admin: user:default/ana.");
    let read = bot.as_person("ana").says("resync").await;
    assert!(read.contains("nothing new"), "{read}");
}

#[tokio::test]
async fn a_changed_file_is_taken_into_use_and_a_broken_one_denies_every_change_until_it_is_mended()
{
    let log = Log::start();
    let (bot, _) = bot(RULES).await;
    let policy = bot.context().policy.clone();
    let omar = bot.as_person("omar");
    let is_broken = |wanted: bool| {
        let policy = policy.clone();
        move || policy.load().problems().is_empty() != wanted
    };
    bot.write_policy(&RULES.replace("who      = [\"group", "whom     = [\"group"));
    in_time("the broken rules are read", is_broken(true)).await;
    insta::assert_snapshot!(omar.says("deploy payments").await, @"I change nothing until the policy is mended, which is broken at policy.toml:10: there is no key `whom`; did you mean `who`? Ask an admin: user:default/ana.");
    let refused = bot.as_person("ana").says("deploy payments").await;
    assert!(refused.starts_with("I change nothing until"), "{refused}");
    let reading = omar.says("who-owns payments").await;
    assert!(reading.starts_with("Payments"), "{reading}");
    let told = log.lines("ERROR");
    assert!(
        told.len() == 1 && told[0].contains("policy.toml:10"),
        "{told:?}"
    );

    bot.write_policy(&RULES.replace("finance", "platform"));
    in_time("the mended rules are read", is_broken(false)).await;
    insta::assert_snapshot!(omar.says("deploy payments").await, @"deploy is denied to you: no rule of the policy allows it. These may: group:default/platform-engineering. Or ask an admin: user:default/ana.");
    let allowed = bot.as_person("tomas").says("deploy payments").await;
    insta::assert_snapshot!(without_ticket(&allowed), @"
    This is a change: `deploy component:default/payments` (Deploys a service). Shall I do it? I wait 2 minutes for your yes.

    [1] Yes, do it → confirm …
    [2] No → decline …
    ");
}
