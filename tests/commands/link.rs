//! `link`.

use std::time::Duration;

use crate::harness::{Program, Repository, TestBot};

const ANA: &str = "U1";
const OMAR: &str = "U2";
const GUEST: &str = "U3";

/// A bot that knows Ana, an admin, and Omar on one platform by their addresses, and nobody but those with an annotation on
/// the other; and whoever sits at the terminal.
pub async fn bot() -> TestBot {
    let bot = TestBot::with()
        .config(|config| config.admins = vec!["user:default/ana".to_owned()])
        .platform("slack")
        .beside("matrix")
        .beside("console")
        .start()
        .await;
    let slack = &bot.platform;
    slack.knows(ANA, Some("ana.horvat@acme.example"), false);
    slack.knows(OMAR, Some("omar.haddad@acme.example"), false);
    slack.knows(GUEST, Some("omar.haddad@acme.example"), true);
    bot
}

/// The code in an answer.
pub fn code(answer: &str) -> String {
    let words = answer.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let is_code = |word: &&str| {
        let letters = word
            .bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_uppercase() || byte.is_ascii_digit());
        word.len() == 9 && word.as_bytes()[4] == b'-' && letters
    };
    let mut codes = words.filter(is_code);
    let code = codes.next();
    code.unwrap_or_else(|| panic!("there is no code in {answer}"))
        .to_owned()
}

fn without_code(answer: &str) -> String {
    answer.replace(&code(answer), "K7QM-3XPA")
}

/// Who an account is, in a few words.
pub async fn who(bot: &TestBot, platform: &str, account: &str) -> String {
    let answer = bot.as_person_on(platform, account).says("whois me").await;
    let line = answer.lines().next().unwrap_or_default();
    line.split(" is in ").next().unwrap_or_default().to_owned()
}

/// Omar's account in Matrix, linked by the code that he got in Slack.
pub async fn linked(bot: &TestBot, account: &str) {
    let code = code(&bot.as_person(OMAR).says("link").await);
    let done = bot.as_person_on("matrix", account);
    let done = done.says(&format!("link {code}")).await;
    assert!(done.contains("Done."), "{done}");
}

#[tokio::test]
async fn a_code_from_one_platform_makes_an_account_known_on_another() {
    let mut bot = bot().await;
    let there = bot.as_person_on("matrix", "@omar:acme.example");
    insta::assert_snapshot!(there.says("whois me").await, @"I do not know which person of the catalog you are. No user of the catalog has the account or e-mail address that you have here. Ask with a name, or say link to hear how I get to know you.");
    insta::assert_snapshot!(there.says("link").await, @"(only you see this) I do not know who you are here. Say link to me on a platform where I know you, and I give you a code; then say link and the code here. Where I know you nowhere, an admin gives you one by `link for` and your name. Ask an admin: user:default/ana.");
    let given = bot.as_person(OMAR).says("link").await;
    insta::assert_snapshot!(without_code(&given), @"
    (only you see this) Your code is K7QM-3XPA. It works once, within 10 minutes.

    Where I do not know you yet, say `link K7QM-3XPA` to me in a direct conversation: from then on I take that account for Omar Haddad (user:default/omar). Give it to nobody: whoever says it is taken for you.
    ");
    let code = code(&given);
    insta::assert_snapshot!(there.says(&format!("link {}", code.to_lowercase())).await, @"(only you see this) Done. From now on I know you here as Omar Haddad (user:default/omar). unlink undoes it.");
    assert_eq!(
        who(&bot, "matrix", "@omar:acme.example").await,
        "Omar Haddad (user:default/omar)"
    );
    assert_eq!(
        who(&bot, "matrix", "@Omar:acme.example").await,
        "I do not know which person of the catalog you are. No user of the catalog has the account or e-mail address that you have here. Ask with a name, or say link to hear how I get to know you."
    );
    bot.restart().await;
    assert_eq!(
        who(&bot, "matrix", "@omar:acme.example").await,
        "Omar Haddad (user:default/omar)"
    );
    bot.stop().await;
    let data = bot.data();
    let exported = Program::new().run(["--data", &*data.to_string_lossy(), "export"]);
    assert_eq!((exported.code, &*exported.stderr), (0, ""));
    let exported = exported.stdout;
    let link = exported.lines().find(|line| line.contains("link/matrix"));
    insta::assert_snapshot!(link.expect("it is exported"), @r#"{"space":"record","key":"link/matrix/@omar:acme.example","expires":null,"value":{"user":"user:default/omar","by":"slack/U2","at":1767614400000}}"#);
    assert!(!exported.contains(&code), "{exported}");
}

#[tokio::test]
async fn a_code_is_given_at_the_terminal_and_none_is_taken_there() {
    let bot = bot().await;
    let given = bot
        .as_person_on("console", "omar")
        .says("link my account")
        .await;
    insta::assert_snapshot!(without_code(&given), @"
    (only you see this) Your code is K7QM-3XPA. It works once, within 10 minutes.

    Where I do not know you yet, say `link K7QM-3XPA` to me in a direct conversation: from then on I take that account for Omar Haddad (user:default/omar). Give it to nobody: whoever says it is taken for you.
    ");
    let line = format!("link {}", code(&given));
    insta::assert_snapshot!(bot.as_person_on("console", "stranger").says(&line).await, @"(only you see this) At the terminal you are whom `--as NAME` names, so no account is linked here. Say the code on the platform where I do not know you yet.");
    insta::assert_snapshot!(bot.as_person_on("console", "stranger").says("link").await, @"(only you see this) I do not know who you are, so there is nobody to give a code for. Start the terminal with `--as NAME`.");
    bot.as_person_on("matrix", "@omar:acme.example")
        .says(&line)
        .await;
    assert_eq!(
        who(&bot, "matrix", "@omar:acme.example").await,
        "Omar Haddad (user:default/omar)"
    );
}

#[tokio::test]
async fn a_code_works_once() {
    let bot = bot().await;
    let line = format!("link {}", code(&bot.as_person(OMAR).says("link").await));
    let (one, two) = (
        bot.as_person_on("matrix", "@one:acme.example"),
        bot.as_person_on("matrix", "@two:acme.example"),
    );
    one.says(&line).await;
    insta::assert_snapshot!(two.says(&line).await, @"(only you see this) That code is used up: it works once, and somebody has said it before. Get a new one where you got it. If it was not you who said it, tell an admin, who can undo it by `unlink for` and your name.");
    assert!(
        who(&bot, "matrix", "@two:acme.example")
            .await
            .starts_with("I do not know")
    );
    // Who said it hears the same again, but once undone it is undone.
    insta::assert_snapshot!(one.says(&line).await, @"(only you see this) Done. From now on I know you here as Omar Haddad (user:default/omar). unlink undoes it.");
    one.says("unlink").await;
    assert!(one.says(&line).await.contains("used up"));
    assert!(
        who(&bot, "matrix", "@one:acme.example")
            .await
            .starts_with("I do not know")
    );
}

#[tokio::test]
async fn a_code_of_two_accounts_at_once_is_for_one() {
    let bot = bot().await;
    let line = format!("link {}", code(&bot.as_person(OMAR).says("link").await));
    let (one, two) = (
        bot.as_person_on("matrix", "@one:acme.example"),
        bot.as_person_on("matrix", "@two:acme.example"),
    );
    let (first, second) = (one.begins(&line).await, two.begins(&line).await);
    let answers = [first.answer().await, second.answer().await];
    let done = answers.iter().filter(|answer| answer.contains("Done."));
    assert_eq!(done.count(), 1, "{answers:?}");
    let spent = answers.iter().filter(|answer| answer.contains("used up"));
    assert_eq!(spent.count(), 1, "{answers:?}");
}

#[tokio::test]
async fn what_is_no_code_or_too_old_links_nobody() {
    let mut bot = bot().await;
    let given = bot.as_person(OMAR).says("link").await;
    let line = format!("link {}", code(&given));
    let later = bot.as_person(OMAR).says("link").await;
    bot.restart().await;
    let there = bot.as_person_on("matrix", "@omar:acme.example");
    insta::assert_snapshot!(there.says("link omar").await, @"(only you see this) omar is no code. A code is eight letters and digits, like K7QM-3XPA; link alone says how you get one.");
    insta::assert_snapshot!(there.says("link 2222-2222").await, @"(only you see this) I know no such code. Look whether it is typed as I gave it; link alone says how you get one.");
    insta::assert_snapshot!(there.says("link 2222-2222 --for omar").await, @"(only you see this) I heard a code and a name, and can do only one of both. link and the code links your account here; `link for` and a name gives a code.");
    bot.advance(Duration::from_secs(10 * 60 - 1));
    let good = format!("link {}.", code(&later));
    let other = bot.as_person_on("matrix", "@other:acme.example");
    assert!(other.says(&good).await.contains("Done."));
    bot.advance(Duration::from_secs(1));
    insta::assert_snapshot!(there.says(&line).await, @"(only you see this) That code is too old: it was good for 10 minutes. Get a new one where you got it.");
    bot.advance(Duration::from_hours(1));
    assert!(there.says(&line).await.contains("I know no such code."));
    assert!(
        who(&bot, "matrix", "@omar:acme.example")
            .await
            .starts_with("I do not know")
    );
}

#[tokio::test]
async fn an_account_tries_five_codes_in_ten_minutes() {
    let mut bot = bot().await;
    let there = bot.as_person_on("matrix", "@omar:acme.example");
    for _ in 0..5 {
        assert!(
            there
                .says("link 2222-2222")
                .await
                .contains("I know no such code.")
        );
    }
    let line = format!("link {}", code(&bot.as_person(OMAR).says("link").await));
    insta::assert_snapshot!(there.says(&line).await, @"(only you see this) Those were too many codes that are not good, so I look at no other now. Wait 10 minutes, then try again with a new one.");
    bot.restart().await;
    let there = bot.as_person_on("matrix", "@omar:acme.example");
    assert!(there.says(&line).await.contains("too many"));
    // Others have nothing to do with it.
    let other = bot.as_person_on("matrix", "@other:acme.example");
    assert!(
        other
            .says("link 2222-2222")
            .await
            .contains("I know no such code.")
    );
    bot.advance(Duration::from_mins(10));
    let line = format!("link {}", code(&bot.as_person(OMAR).says("link").await));
    assert!(there.says(&line).await.contains("Done."));
}

#[tokio::test]
async fn an_admin_gives_a_code_for_anybody_and_nobody_else_does() {
    let bot = bot().await;
    let given = bot.as_person(ANA).says("link for pedro quintana").await;
    insta::assert_snapshot!(without_code(&given), @"
    (only you see this) The code for Pedro Quintana (user:default/pedro) is K7QM-3XPA. It works once, within 10 minutes.

    Where I do not know them yet, say `link K7QM-3XPA` to me in a direct conversation: from then on I take that account for theirs. Give it to them alone: whoever says it is taken for them.
    ");
    let there = bot.as_person_on("matrix", "@pedro:acme.example");
    there.says(&format!("link {}", code(&given))).await;
    assert_eq!(
        who(&bot, "matrix", "@pedro:acme.example").await,
        "Pedro Quintana (user:default/pedro)"
    );
    insta::assert_snapshot!(bot.as_person(OMAR).says("link for ana").await, @"(only you see this) `link for` is denied to you: no rule of the policy allows it. Ask an admin: user:default/ana.");
    assert!(
        there
            .says("link --for omar")
            .await
            .contains("is denied to you")
    );
    // One's own is no admin's business.
    assert!(
        bot.as_person(OMAR)
            .says("link for me")
            .await
            .contains("Your code is")
    );
    insta::assert_snapshot!(bot.as_person(ANA).says("link for zebra").await, @"(only you see this) I know no person like zebra. Try another word, or search with a part of its name.");
}

#[tokio::test]
async fn an_account_that_is_known_by_a_link_links_no_other_unless_an_admins() {
    let bot = bot().await;
    linked(&bot, "@omar:acme.example").await;
    let omar = bot.as_person_on("matrix", "@omar:acme.example");
    insta::assert_snapshot!(omar.says("link").await, @"(only you see this) I know you here by a link, and codes are given only where the catalog itself names your account or e-mail address. Say link there, or ask an admin for a code.");
    let line = format!("link {}", code(&bot.as_person(ANA).says("link").await));
    let ana = bot.as_person_on("matrix", "@boss:acme.example");
    ana.says(&line).await;
    assert!(
        ana.says("link for omar")
            .await
            .contains("The code for Omar Haddad")
    );
}

#[tokio::test]
async fn who_is_known_by_the_catalog_is_not_linked() {
    let bot = bot().await;
    let line = format!("link {}", code(&bot.as_person(OMAR).says("link").await));
    // By an annotation, and by an address.
    let lars = bot.as_person_on("matrix", "@lars:acme.example");
    insta::assert_snapshot!(lars.says(&line).await, @"(only you see this) I know you here already: you are Lars Hansen (user:default/lhansen), whose account or e-mail address the catalog names. Say a code where I do not know you yet.");
    insta::assert_snapshot!(bot.as_person(ANA).says(&line).await, @"(only you see this) I know you here already: you are Ana Horvat (user:default/ana), whose account or e-mail address the catalog names. Say a code where I do not know you yet.");
    // Between two, nothing is lost by that.
    let there = bot.as_person_on("matrix", "@omar:acme.example");
    assert!(there.says(&line).await.contains("Done."));
    // What the catalog says comes first, from when it says it.
    let matrix = bot.beside("matrix");
    matrix.knows("@omar:acme.example", Some("ana.horvat@acme.example"), false);
    bot.advance(Duration::from_mins(11));
    assert_eq!(
        who(&bot, "matrix", "@omar:acme.example").await,
        "Ana Horvat (user:default/ana)"
    );
    insta::assert_snapshot!(there.says("unlink").await, @"(only you see this) Done. Your account here is no longer linked to Omar Haddad (user:default/omar). I know you all the same: the catalog names your account or e-mail address.");
}

#[tokio::test]
async fn guests_are_not_linked_and_a_code_that_all_have_read_is_worthless() {
    let bot = bot().await;
    bot.as_person(ANA).at("general").says("channel allow").await;
    let line = format!("link {}", code(&bot.as_person(OMAR).says("link").await));
    insta::assert_snapshot!(bot.as_person(GUEST).at("general").says(&line).await, @"(only U3 sees this) (only you see this) Accounts of guests, bots and other organisations are linked to nobody.");
    insta::assert_snapshot!(bot.as_person(GUEST).at("general").says("link").await, @"(only U3 sees this) (only you see this) Accounts of guests, bots and other organisations are linked to nobody.");
    insta::assert_snapshot!(bot.as_person(GUEST).at("general").says("whois me").await, @"I do not know which person of the catalog you are. No user of the catalog has the account or e-mail address that you have here. Ask with a name.");
    let there = bot.as_person_on("matrix", "@omar:acme.example");
    assert!(there.says(&line).await.contains("used up"));
    // Nor is a linked account of somebody who is a guest later.
    linked(&bot, "@omar:acme.example").await;
    bot.beside("matrix").knows("@omar:acme.example", None, true);
    bot.advance(Duration::from_mins(11));
    let allowed = bot.as_person_on("matrix", "@ana:acme.example");
    allowed.at("lobby").says("channel allow").await;
    let there = there.at("lobby");
    assert!(there.says("whois me").await.starts_with("I do not know"));
}

#[tokio::test]
async fn in_a_channel_the_asker_alone_is_told() {
    let bot = bot().await;
    let omar = bot.as_person(OMAR).at("general");
    let given = omar.says("link").await;
    insta::assert_snapshot!(without_code(&given), @"
    (only U2 sees this) (only you see this) Your code is K7QM-3XPA. It works once, within 10 minutes.

    Where I do not know you yet, say `link K7QM-3XPA` to me in a direct conversation: from then on I take that account for Omar Haddad (user:default/omar). Give it to nobody: whoever says it is taken for you.
    ");
    let there = bot.as_person_on("matrix", "@omar:acme.example").at("lobby");
    insta::assert_snapshot!(there.says("link 2222-2222").await, @"(only @omar:acme.example sees this) (only you see this) I know no such code. Look whether it is typed as I gave it; link alone says how you get one.");
    insta::assert_snapshot!(there.says(&format!("link {}", code(&given))).await, @"(only @omar:acme.example sees this) (only you see this) Done. From now on I know you here as Omar Haddad (user:default/omar). unlink undoes it.");
}

#[tokio::test]
async fn a_user_may_have_several_accounts_and_an_account_has_the_newest_user() {
    let bot = bot().await;
    linked(&bot, "@omar:acme.example").await;
    linked(&bot, "@haddad:acme.example").await;
    for account in ["@omar:acme.example", "@haddad:acme.example"] {
        assert_eq!(
            who(&bot, "matrix", account).await,
            "Omar Haddad (user:default/omar)"
        );
    }
    let given = bot
        .as_person(ANA)
        .says("give me a link code for pedro")
        .await;
    let there = bot.as_person_on("matrix", "@omar:acme.example");
    insta::assert_snapshot!(there.says(&format!("link {}", code(&given))).await, @"(only you see this) Done. From now on I know you here as Pedro Quintana (user:default/pedro), and no longer as Omar Haddad (user:default/omar). unlink undoes it.");
    assert_eq!(
        who(&bot, "matrix", "@omar:acme.example").await,
        "Pedro Quintana (user:default/pedro)"
    );
    assert_eq!(
        who(&bot, "matrix", "@haddad:acme.example").await,
        "Omar Haddad (user:default/omar)"
    );
}

#[tokio::test]
async fn a_link_to_a_user_that_is_gone_leads_nowhere() {
    let people = |names: &[&str]| -> String {
        let of = |name: &&str| {
            format!(
                "---\napiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {{name: {name}}}\nspec: {{memberOf: []}}\n"
            )
        };
        names.iter().map(of).collect()
    };
    let repository = Repository::of(&people(&["ana", "bo", "cy", "di", "ed", "fay"]));
    let bot = TestBot::with()
        .source(repository.source())
        .platform("matrix")
        .beside("console")
        .start()
        .await;
    let there = bot.as_person("@fay:acme.example");
    let given = bot.as_person_on("console", "fay").says("link").await;
    there.says(&format!("link {}", code(&given))).await;
    assert!(
        there
            .says("whois me")
            .await
            .starts_with("fay (user:default/fay)")
    );
    let given = bot.as_person_on("console", "fay").says("link").await;
    let repository = repository
        .file(
            "catalog-info.yaml",
            people(&["ana", "bo", "cy", "di", "ed"]),
        )
        .commit("fay has left");
    bot.as_person_on("console", "ana").says("resync").await;
    insta::assert_snapshot!(there.says("whois me").await, @"I do not know which person of the catalog you are. Your account here is linked to user:default/fay, whom the catalog does not have any more. Ask with a name.");
    insta::assert_snapshot!(there.says("home").await, @"
    I do not know who you are: your account here is linked to user:default/fay, whom the catalog does not have any more.

    Ask who-owns and a name, a file or a link; search finds things by words; help lists the rest.

    [1] What you can ask → help
    ");
    insta::assert_snapshot!(there.says("link").await, @"(only you see this) I do not know who you are: your account here is linked to user:default/fay, whom the catalog does not have any more. Say link to me on a platform where I know you, and I give you a code; then say link and the code here.");
    insta::assert_snapshot!(there.says(&format!("link {}", code(&given))).await, @"(only you see this) That code is for user:default/fay, whom the catalog does not have any more.");
    // Who comes back is known again.
    let _repository = repository
        .file(
            "catalog-info.yaml",
            people(&["ana", "bo", "cy", "di", "ed", "fay"]),
        )
        .commit("fay is back");
    bot.as_person_on("console", "ana").says("resync").await;
    assert!(
        there
            .says("whois me")
            .await
            .starts_with("fay (user:default/fay)")
    );
}
