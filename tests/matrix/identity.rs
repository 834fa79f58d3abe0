//! Who somebody is in Matrix whom no annotation names.

use insta::assert_snapshot;

use super::Bot;
use crate::harness::matrix::{Person, Synapse};

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn an_account_is_linked_by_a_code_from_the_terminal() {
    let synapse = Synapse::shared().await;
    let mut bot = Bot::log_in(synapse, "").await;
    let given = bot
        .program
        .run(["exec", "--as", "omar", "--format", "json", "--", "link"]);
    assert_eq!(given.code, 0, "{given}");
    let given: serde_json::Value = serde_json::from_str(&given.stdout).expect("JSON");
    let code = given["data"]["code"].as_str().expect("a code");
    bot.begin();
    let omar = Person::new(synapse, "omar").await;
    let direct = bot.encrypted_direct_room(&omar).await;
    omar.says(&direct, "whois me").await;
    let unknown = omar.reads(&direct, "say link to hear").await;
    assert_snapshot!(unknown.text, @"I do not know which person of the catalog you are. No user of the catalog has the account or e-mail address that you have here. Ask with a name, or say link to hear how I get to know you.");
    // In a room the answer about a code is for its asker alone.
    let room = bot.encrypted_room(&omar).await;
    omar.says(&room, "!link 2222-2222").await;
    omar.reads(&room, "I answer in our direct conversation")
        .await;
    omar.reads(&direct, "I know no such code.").await;
    let line = omar.says(&direct, &format!("link {code}")).await;
    let done = omar.reads_after(&direct, &line, "Done.").await;
    assert_snapshot!(done.text, @"Done. From now on I know you here as Omar Haddad (user:default/omar). unlink undoes it.");
    bot.kill();
    bot.begin();
    let line = omar.says(&room, "!whois me").await;
    omar.reads_after(&room, &line, "Omar Haddad").await;
    let line = omar.says(&direct, "unlink").await;
    omar.reads_after(&direct, &line, "is no longer linked")
        .await;
    let line = omar.says(&room, "!whois me").await;
    omar.reads_after(&room, &line, "I do not know which person")
        .await;
}
