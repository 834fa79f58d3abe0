//! `help`.

use crate::harness::TestBot;

#[tokio::test]
async fn help_lists_what_can_be_asked() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("help").await, @"
    This is what you can ask me:

    • `apis <thing> [--from N]`: The APIs of a service, system or team, or who provides and consumes one
    • `changes [thing] [--since …]`: What changed in the catalog: owners, lifecycles, dependencies, with who did it
    • `channel [what]`: What is allowed in this channel: guests and other organisations, previews of links
    • `deps <thing> [--reverse] [--depth N]`: What something depends on, or with `--reverse` what breaks when it breaks
    • `fix-owner <thing> [owner]`: The change that gives a thing another owner, as a patch to apply
    • `help [topic]`: What you can ask me, or how one command works
    • home: Where you begin: your teams, what they own with problems first, and what you can ask
    • `link [code] [--for …]`: Make your account here known as yours, by a one-time code from where I know you
    • `owns [owner]`: What a team or person owns
    • `preview <thing>`: What a posted link shows: what stands behind it, and whose it is
    • `resync [what]`: Read all sources now; `resync accept` takes what was held back
    • `search <words> [--page N]`: Everything in the catalog that goes with some words, of a kind, an owner, a tag …
    • `show <thing>`: Everything the catalog says about one entity
    • status: How the bot is doing: sources, commits, ages, counts, problems
    • `team <team>`: Who is in a team, how to reach it, and what it owns with the teams below it
    • `unlink [--for …]`: Undo `link` for your account here; an admin undoes it for all accounts of somebody
    • `unowned [system] [--from N]`: What nobody looks after: no owner, an unknown one, or a team without members
    • `who-owns <thing>`: Who owns a service, repository, file, API, host or package, or what a pasted text names
    • `whois [person]`: Who somebody is: teams, what they own, how to reach them
    • `why <line>`: Whether you may do something here, which rule says so, and who can help

    Plain sentences work too. Say help and the name of a command to hear more about it.
    ");
}

#[tokio::test]
async fn every_command_explains_itself() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("help who-owns").await, @"
    `who-owns <thing>`: Who owns a service, repository, file, API, host or package, or what a pasted text names.

    • thing is a service, team, repository, file, link, host, pod or package, or a pasted stack trace, log or alert.

    It also listens to owner and whose.
    A plain sentence works too: “who owns <thing>”, “who is responsible for <thing>”, “who is the owner of <thing>”, “who maintains <thing>”, “whose is <thing>”, “which team owns <thing>” and others like these.
    Try `who-owns payments` or `who-owns services/ledger/src/Book.kt`.

    [1] who-owns payments
    [2] who-owns services/ledger/src/Book.kt
    ");
    insta::assert_snapshot!(bot.press(1).await, @"
    Payments (component:default/payments) belongs to Payments Team.

    Ask in #help-payments or #payments:acme.example, or write to payments@acme.example.
    Members: Dele Adeyemi, Marta Kowalska, Omar Haddad, Priya Raghunathan.
    Runbook (https://runbooks.acme.example/payments) · Team page (https://wiki.acme.example/teams/payments)

    Line last changed 3 hours ago by Callboard (…). CODEOWNERS agrees: @acme/payments-team.
    From services/payments/catalog-info.yaml:31 in acme at …, read just now.

    [1] What else they own → owns group:default/payments-team
    ");
    insta::assert_snapshot!(bot.says("how does owns work?").await, @"
    `owns [owner]`: What a team or person owns.

    • owner is the name of a team or person, or `me`; me when you do not say it.

    It also listens to owned-by.
    A plain sentence works too: “what does <owner> own”, “what do <owner> own”, “what belongs to <owner>”, “what is owned by <owner>”, “what do i own”.
    Try `owns payments-team` or `owns me`.

    [1] owns payments-team
    [2] owns me
    ");
    insta::assert_snapshot!(bot.says("help resync").await, @"
    `resync [what]`: Read all sources now; `resync accept` takes what was held back.

    • what is `accept`, to take a sync that was held back; you may leave it out.

    It also listens to refresh and sync.
    A plain sentence works too: “sync now”, “refresh the catalog”, “read the sources again”.
    Try resync.

    [1] resync
    ");
    insta::assert_snapshot!(bot.says("help status").await, @"
    status: How the bot is doing: sources, commits, ages, counts, problems.

    A plain sentence works too: “how are you”, “are you up to date”, “how old is the catalog”, “what sources do you have”.
    Try status.

    [1] status
    ");
    insta::assert_snapshot!(bot.says("help help").await, @"
    `help [topic]`: What you can ask me, or how one command works.

    • topic is the name of a command; you may leave it out.

    It also listens to commands and usage.
    A plain sentence works too: “what can you do”, “what can i ask you”, “what do you know”, “how does <topic> work”, “how do i use <topic>”, “help me with <topic>”.
    Try help or `help who-owns`.

    [1] help
    [2] help who-owns
    ");
    insta::assert_snapshot!(bot.says("help refresh").await, @"
    `resync [what]`: Read all sources now; `resync accept` takes what was held back.

    • what is `accept`, to take a sync that was held back; you may leave it out.

    It also listens to refresh and sync.
    A plain sentence works too: “sync now”, “refresh the catalog”, “read the sources again”.
    Try resync.

    [1] resync
    ");
}

#[tokio::test]
async fn an_unknown_topic_is_said_to_be_so() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("help who-onws").await, @"There is no command who-onws. Did you mean who-owns?");
    insta::assert_snapshot!(bot.says("help dancing").await, @"There is no command dancing. help alone lists all of them.");
    insta::assert_snapshot!(bot.says("help who owns").await, @"
    `who-owns <thing>`: Who owns a service, repository, file, API, host or package, or what a pasted text names.

    • thing is a service, team, repository, file, link, host, pod or package, or a pasted stack trace, log or alert.

    It also listens to owner and whose.
    A plain sentence works too: “who owns <thing>”, “who is responsible for <thing>”, “who is the owner of <thing>”, “who maintains <thing>”, “whose is <thing>”, “which team owns <thing>” and others like these.
    Try `who-owns payments` or `who-owns services/ledger/src/Book.kt`.

    [1] who-owns payments
    [2] who-owns services/ledger/src/Book.kt
    ");
}

#[tokio::test]
async fn words_that_are_no_command() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("who-onws payments").await, @"
    I do not understand who-onws. Did you mean this?

    [1] who-owns payments
    ");
    insta::assert_snapshot!(bot.press(1).await, @"
    Payments (component:default/payments) belongs to Payments Team.

    Ask in #help-payments or #payments:acme.example, or write to payments@acme.example.
    Members: Dele Adeyemi, Marta Kowalska, Omar Haddad, Priya Raghunathan.
    Runbook (https://runbooks.acme.example/payments) · Team page (https://wiki.acme.example/teams/payments)

    Line last changed 3 hours ago by Callboard (…). CODEOWNERS agrees: @acme/payments-team.
    From services/payments/catalog-info.yaml:31 in acme at …, read just now.

    [1] What else they own → owns group:default/payments-team
    ");
    insta::assert_snapshot!(bot.says("payments").await, @"
    payments is no command by itself. Do you mean one of these?

    [1] who-owns component:default/payments
    [2] show component:default/payments
    ");
    insta::assert_snapshot!(bot.press(2).await, @"
    Payments (component:default/payments): production service

    Charges cards and wallets, refunds them, and tells the orders service how it went.

    • Consumes API: Fraud scoring (api), Ledger entries (api)
    • Depends on: Feature flags (component), Money library (component), Payments database (resource), Production cluster (resource)
    • Has part: Payments worker (component)
    • Owned by: Payments Team
    • Part of: Money movement (system)
    • Provides API: Payments API v2 (api)
    • Tags: kotlin, pci, tier-1

    Links: Dashboard (https://grafana.acme.example/d/payments) · Runbook (https://runbooks.acme.example/payments)

    Annotations:

    • github.com/project-slug: acme/payments
    • backstage.io/techdocs-ref: dir:.
    • backstage.io/kubernetes-id: payments
    • backstage.io/kubernetes-namespace: money
    • pagerduty.com/service-id: PAYM3NT
    • argocd/app-name: payments-prod
    • callboard/aliases: `pay, checkout payments`

    From services/payments/catalog-info.yaml:2 in acme at …, read just now.

    [1] Who owns it → who-owns component:default/payments
    ");
    insta::assert_snapshot!(bot.says("sing me a song").await, @"I do not understand `sing me a song`. help lists what you can ask.");
    insta::assert_snapshot!(bot.says("thanks!").await, @"I heard no question in that. Try who-owns and a name; help lists the rest.");
    insta::assert_snapshot!(bot.says("status please and thank you").await, @"I do not know what to do with `please and` after status. The whole command is status.");
    insta::assert_snapshot!(bot.says("status now").await, @"I do not know what to do with now after status. The whole command is status.");
    insta::assert_snapshot!(bot.says("> who-owns payments").await, @"I heard no question in that. Try who-owns and a name; help lists the rest.");
    insta::assert_snapshot!(bot.says("who-owns \"payments").await, @r#"A quotation mark opens before "payments and nothing closes it. Close it, or leave it out: names with spaces work without."#);
}
