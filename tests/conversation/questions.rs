//! A missing argument is asked for, and the next line answers.

use std::time::Duration;

use crate::harness::TestBot;

#[tokio::test]
async fn the_next_line_is_the_answer_also_after_a_restart() {
    let mut bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("show").await, @"Which thing? I need the name of anything in the catalog.");
    bot.restart().await;
    let answer = bot.says("the ledger, please").await;
    assert!(answer.starts_with("Ledger (component:default/ledger)"));
    insta::assert_snapshot!(bot.says("the ledger, please").await, @"
    `the ledger, please` is no command by itself. Do you mean one of these?

    [1] who-owns component:default/ledger
    [2] show component:default/ledger
    ");
}

#[tokio::test]
async fn whoever_asks_something_else_has_dropped_the_question() {
    let bot = TestBot::acme().await;
    bot.says("show").await;
    let status = bot.says("status").await;
    assert!(status.starts_with("Callboard"), "{status}");
    insta::assert_snapshot!(bot.says("zebra").await, @"I do not understand zebra. help lists what you can ask.");
}

#[tokio::test]
async fn a_question_can_be_dropped_in_words() {
    let bot = TestBot::acme().await;
    bot.says("who-owns").await;
    insta::assert_snapshot!(bot.says("Never mind.").await, @"All right, never mind.");
    insta::assert_snapshot!(bot.says("zebra").await, @"I do not understand zebra. help lists what you can ask.");
    bot.says("who-owns").await;
    insta::assert_snapshot!(bot.says("cancel").await, @"All right, never mind.");
    insta::assert_snapshot!(bot.says("cancel").await, @"Nothing of yours is open here, so there is nothing to cancel.");
}

#[tokio::test]
async fn a_question_is_open_for_a_while_and_to_its_asker_alone() {
    let bot = TestBot::acme().await;
    let (ana, omar) = (
        bot.as_person("ana").at("general"),
        bot.as_person("omar").at("general"),
    );
    ana.says("who-owns").await;
    insta::assert_snapshot!(omar.says("zebra").await, @"I do not understand zebra. help lists what you can ask.");
    bot.advance(Duration::from_secs(119));
    insta::assert_snapshot!(ana.says("zebra").await, @"I know no entity like zebra. Try another word, or search with a part of its name.");
    ana.says("who-owns").await;
    bot.advance(Duration::from_secs(121));
    insta::assert_snapshot!(ana.says("zebra").await, @"I do not understand zebra. help lists what you can ask.");
}
