//! `unlink`.

use super::link::{bot, code, linked, who};

#[tokio::test]
async fn a_link_is_undone_by_its_account() {
    let mut bot = bot().await;
    linked(&bot, "@omar:acme.example").await;
    linked(&bot, "@haddad:acme.example").await;
    let there = bot.as_person_on("matrix", "@omar:acme.example");
    insta::assert_snapshot!(there.says("unlink").await, @"(only you see this) Done. Your account here is no longer linked to Omar Haddad (user:default/omar).");
    insta::assert_snapshot!(there.says("unlink my account").await, @"(only you see this) Your account here is linked to nobody, so there is nothing to undo.");
    bot.restart().await;
    assert!(
        who(&bot, "matrix", "@omar:acme.example")
            .await
            .starts_with("I do not know")
    );
    assert_eq!(
        who(&bot, "matrix", "@haddad:acme.example").await,
        "Omar Haddad (user:default/omar)"
    );
}

#[tokio::test]
async fn all_links_to_somebody_are_undone_by_an_admin_or_themselves() {
    let bot = bot().await;
    linked(&bot, "@omar:acme.example").await;
    linked(&bot, "@haddad:acme.example").await;
    let given = bot.as_person("U1").says("link for pedro").await;
    let pedro = bot.as_person_on("matrix", "@pedro:acme.example");
    pedro.says(&format!("link {}", code(&given))).await;
    insta::assert_snapshot!(pedro.says("unlink for omar").await, @"(only you see this) `unlink for` is denied to you: no rule of the policy allows it. Ask an admin: user:default/ana.");
    insta::assert_snapshot!(bot.as_person("U1").says("unlink for omar").await, @"(only you see this) Done. Linked to Omar Haddad (user:default/omar) no longer: matrix/@haddad:acme.example and matrix/@omar:acme.example.");
    insta::assert_snapshot!(bot.as_person("U1").says("unlink the accounts of omar").await, @"(only you see this) No account is linked to Omar Haddad (user:default/omar).");
    for account in ["@omar:acme.example", "@haddad:acme.example"] {
        assert!(
            who(&bot, "matrix", account)
                .await
                .starts_with("I do not know")
        );
    }
    assert_eq!(
        who(&bot, "matrix", "@pedro:acme.example").await,
        "Pedro Quintana (user:default/pedro)"
    );
    // Who has lost an account takes its link away where they are known.
    linked(&bot, "@omar:acme.example").await;
    insta::assert_snapshot!(bot.as_person("U2").says("unlink for me").await, @"(only you see this) Done. Linked to Omar Haddad (user:default/omar) no longer: matrix/@omar:acme.example.");
    assert!(
        who(&bot, "matrix", "@omar:acme.example")
            .await
            .starts_with("I do not know")
    );
}
