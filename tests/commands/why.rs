//! `why`.

use crate::harness::TestBot;

async fn bot(rules: &str) -> TestBot {
    TestBot::with()
        .config(|config| config.admins = vec!["user:default/ana".to_owned()])
        .policy(rules)
        .start()
        .await
}

#[tokio::test]
async fn without_rules_the_bot_s_own_are_told() {
    let bot = bot("").await;
    let (ana, omar) = (bot.as_person("ana"), bot.as_person("omar"));
    insta::assert_snapshot!(omar.says("why who-owns payments").await, @"
    Yes, who-owns is allowed to you here: everybody may read, and no rule of the policy says otherwise.

    I know you as user:default/omar, in group:default/payments-team, group:default/risk-team, group:default/finance-engineering.
    ");
    insta::assert_snapshot!(omar.says("why resync").await, @"
    Yes, resync is allowed to you here: everybody may do what is their own affair, or what anybody can undo, and no rule of the policy says otherwise.

    I know you as user:default/omar, in group:default/payments-team, group:default/risk-team, group:default/finance-engineering.
    ");
    insta::assert_snapshot!(omar.says("why may I not resync accept?").await, @"
    No, `resync accept` is denied to you here: what changes something is denied unless a rule allows it, and no rule of the policy says otherwise.

    Ask an admin: user:default/ana.

    I know you as user:default/omar, in group:default/payments-team, group:default/risk-team, group:default/finance-engineering.
    ");
    insta::assert_snapshot!(ana.says("why resync accept").await, @"
    Yes, `resync accept` is allowed to you here: admins may do everything, and no rule of the policy says otherwise.

    I know you as user:default/ana, in group:default/platform-team, group:default/platform-engineering.
    ");
    insta::assert_snapshot!(bot.says("why link for omar").await, @"
    No, `link for` is denied to you here: what changes something is denied unless a rule allows it, and no rule of the policy says otherwise.

    Ask an admin: user:default/ana.

    I do not know which person of the catalog you are, so only rules for everybody speak of you.
    ");
}

#[tokio::test]
async fn the_rule_is_told_and_who_can_help() {
    let bot = bot(r#"
[[policy]]
says     = "Resync only when somebody of the platform team looks on"
decide   = "approve"
by       = "group:platform-team"
who      = ["group:finance-engineering"]
commands = ["resync"]

[[policy]]
says     = "The catalog's team looks after the sources"
decide   = "allow"
who      = ["group:catalog-team", "user:tomas"]
commands = ["resync"]

[[policy]]
decide   = "deny"
commands = ["resync"]
"#)
    .await;
    insta::assert_snapshot!(bot.as_person("omar").says("why resync accept").await, @"
    With the approval of group:default/platform-team `resync accept` is allowed to you here by the rule policy.toml:2: Resync only when somebody of the platform team looks on.

    These may: group:default/catalog-team, user:default/tomas. Ask an admin: user:default/ana.

    I know you as user:default/omar, in group:default/payments-team, group:default/risk-team, group:default/finance-engineering.
    ");
    insta::assert_snapshot!(bot.as_person("tomas").says("why resync").await, @"
    Yes, resync is allowed to you here by the rule policy.toml:9: The catalog's team looks after the sources.

    I know you as user:default/tomas, in group:default/platform-team, group:default/sre, group:default/platform-engineering.
    ");
    insta::assert_snapshot!(bot.as_person("yuki").says("why sync now").await, @"
    With the approval of group:default/platform-team resync is allowed to you here by the rule policy.toml:2: Resync only when somebody of the platform team looks on.

    These may: group:default/catalog-team, user:default/tomas. Ask an admin: user:default/ana.

    I know you as user:default/yuki, in group:default/billing-team, group:default/finance-engineering.
    ");
    insta::assert_snapshot!(bot.says("am I allowed to resync?").await, @"
    No, resync is denied to you here by the rule policy.toml:15.

    These may: group:default/finance-engineering, group:default/catalog-team, user:default/tomas. Ask an admin: user:default/ana.

    I do not know which person of the catalog you are, so only rules for everybody speak of you.
    ");
}

#[tokio::test]
async fn a_broken_policy_is_told() {
    let bot = bot("[[policy]]\ndecide = \"deny\"\nplatform = \"slack\"\n").await;
    insta::assert_snapshot!(bot.as_person("ana").at("general").says("why channel allow").await, @"
    No, `channel allow` is denied to everybody: nothing is changed until the policy is mended, which is broken at policy.toml:3: there is no key `platform`; did you mean `platforms`?

    Ask an admin: user:default/ana.

    I know you as user:default/ana, in group:default/platform-team, group:default/platform-engineering.
    ");
    insta::assert_snapshot!(bot.as_person("ana").says("why who-owns payments").await, @"
    Yes, who-owns is allowed to you here: admins may do everything, and no rule of the policy says otherwise.

    I know you as user:default/ana, in group:default/platform-team, group:default/platform-engineering.
    ");
}

#[tokio::test]
async fn what_is_no_command_is_told_so() {
    let bot = bot("").await;
    insta::assert_snapshot!(bot.says("why resnyc").await, @"There is no command resnyc. Did you mean resync?");
    insta::assert_snapshot!(bot.says("why dance on the table").await, @"There is no command dance. help lists what there is.");
    insta::assert_snapshot!(bot.says("why").await, @"Which line? I need a command, as you would say it.");
}
