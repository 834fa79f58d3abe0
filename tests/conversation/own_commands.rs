//! An organisation's own command files override the shipped ones or add to them.

use std::sync::Arc;

use crate::harness::{Log, TestBot, in_time, normal};

const HELLO: &str = r#"+++
says = "Says hello"
asks = ["hello there"]
try = ["hello"]
+++
Hello! I am new here.
"#;

const OVERRIDE: &str = r#"+++
says = "Who owns something"
asks = ["who owns {thing}"]
action = "catalog.owner"
try = ["who-owns payments"]

[[takes]]
name = "thing"
kind = "entity"
+++
Ask {{ owner.title }}.
"#;

#[tokio::test]
async fn a_file_adds_a_command_and_another_takes_a_shipped_one_s_place() {
    let bot = TestBot::with()
        .command("hello", HELLO)
        .command("who-owns", OVERRIDE)
        .start()
        .await;
    insta::assert_snapshot!(bot.says("hello").await, @"Hello! I am new here.");
    insta::assert_snapshot!(bot.says("Hello there!").await, @"Hello! I am new here.");
    insta::assert_snapshot!(bot.says("who owns payments?").await, @"Ask Payments Team.");
    insta::assert_snapshot!(bot.says("help").await, @"
    This is what you can ask me:

    • `apis <thing> [--from N]`: The APIs of a service, system or team, or who provides and consumes one
    • `changes [thing] [--since …]`: What changed in the catalog: owners, lifecycles, dependencies, with who did it
    • `channel [what]`: What is allowed in this channel: guests and other organisations, previews of links
    • `deps <thing> [--reverse] [--depth N]`: What something depends on, or with `--reverse` what breaks when it breaks
    • `fix-owner <thing> [owner]`: The change that gives a thing another owner, as a patch to apply
    • hello: Says hello
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
    • `who-owns <thing>`: Who owns something
    • `whois [person]`: Who somebody is: teams, what they own, how to reach them
    • `why <line>`: Whether you may do something here, which rule says so, and who can help

    Plain sentences work too. Say help and the name of a command to hear more about it.
    ");
}

#[tokio::test]
async fn a_broken_file_leaves_the_shipped_command_in_force() {
    let log = Log::start();
    let broken = OVERRIDE.replace("catalog.owner", "catalog.ownr");
    let bot = TestBot::with().command("who-owns", &broken).start().await;
    assert!(
        bot.says("who-owns payments")
            .await
            .starts_with("Payments (component:default/payments) belongs to")
    );
    let warnings = log.lines("WARN");
    insta::assert_snapshot!(
        warnings.iter().map(|line| line.split_once("problem=").map_or("", |(_, problem)| problem)).map(normal).collect::<Vec<_>>().join("\n"),
        @"⌂/commands/who-owns.md:4:10: error[command-action]: no action `catalog.ownr`; did you mean `catalog.owner`?"
    );
}

#[tokio::test]
async fn changed_files_are_taken_into_use_while_the_bot_runs() {
    let bot = TestBot::with().command("hello", HELLO).start().await;
    let book = bot.context().book.clone();
    let before = book.load_full();
    bot.write_command("hello", &HELLO.replace("I am new here", "I know my way"));
    bot.write_command("who-owns", OVERRIDE);
    in_time("other commands are in use", || {
        !Arc::ptr_eq(&before, &book.load_full())
    })
    .await;
    insta::assert_snapshot!(bot.says("hello").await, @"Hello! I know my way.");
    insta::assert_snapshot!(bot.says("who-owns payments").await, @"Ask Payments Team.");
}
