//! Who hears an answer: everybody, or one person alone; members, or others, too.

use callboard::message::{Event, Place, Ticket, Whisper};

use crate::harness::{Speaker, TestBot};

/// A bot on a platform where people are known by their e-mail addresses.
async fn workspace() -> TestBot {
    let bot = TestBot::with()
        .config(|config| config.admins = vec!["user:default/ana".to_owned()])
        .platform("slack")
        .start()
        .await;
    let platform = &bot.platform;
    platform.knows("U1", Some("ana.horvat@acme.example"), false);
    platform.knows("U2", Some("omar.haddad@acme.example"), false);
    platform.knows("U3", Some("omar.haddad@acme.example"), true);
    bot
}

/// A person uses a slash command: the answer is for them alone.
async fn slash(bot: &TestBot, speaker: &Speaker<'_>, person: &str, event: Event) -> String {
    let mut event = speaker.event(event);
    event.place = Place {
        whisper: Some(Whisper {
            person: person.to_owned(),
            ticket: Some(Ticket::new("the way back")),
        }),
        ..event.place
    };
    bot.deliver(&event).await.1
}

fn said(line: &str) -> Event {
    Event::Said(line.to_owned())
}

#[tokio::test]
async fn a_person_is_known_by_a_verified_address() {
    let bot = workspace().await;
    insta::assert_snapshot!(bot.as_person("U2").says("whois me").await, @"
    Omar Haddad (user:default/omar) is in Payments Team and Risk & Fraud Team.

    Half risk, half payments.

    Reach them: omar.haddad@acme.example · Slack U04X9J6SRN
    Payments Team: #help-payments · payments@acme.example
    Risk & Fraud Team: #help-risk · risk@acme.example

    From org/users-finance.yaml:87 in acme at …, read just now.
    ");
    insta::assert_snapshot!(bot.as_person("U9").says("whois me").await, @"I do not know which person of the catalog you are. No user of the catalog has the account or e-mail address that you have here. Ask with a name, or say link to hear how I get to know you.");
}

#[tokio::test]
async fn a_person_is_known_by_the_account_that_their_annotation_names() {
    let bot = TestBot::with().platform("matrix").start().await;
    let platform = &bot.platform;
    platform.knows("@lars:acme.example", None, false);
    platform.knows("@Lars:acme.example", None, false);
    let known = bot.as_person("@lars:acme.example").says("whois me").await;
    assert!(
        known.starts_with("Lars Hansen (user:default/lhansen)"),
        "{known}"
    );
    let other = bot.as_person("@Lars:acme.example").says("whois me").await;
    assert!(other.starts_with("I do not know"), "{other}");
}

#[tokio::test]
async fn an_account_of_another_organisation_is_nobody_whatever_the_catalog_says() {
    let bot = TestBot::with()
        .config(|config| config.admins = vec!["user:default/ana".to_owned()])
        .platform("matrix")
        .start()
        .await;
    let platform = &bot.platform;
    platform.knows("@ana:acme.example", None, false);
    platform.knows("@lars:acme.example", None, true);
    let allowed = bot
        .as_person("@ana:acme.example")
        .at("general")
        .says("channel allow")
        .await;
    assert!(allowed.starts_with("Done."), "{allowed}");
    let guest = bot
        .as_person("@lars:acme.example")
        .at("general")
        .says("whois me")
        .await;
    assert!(guest.starts_with("I do not know"), "{guest}");
}

#[tokio::test]
async fn an_answer_for_one_is_shared_by_a_choice_naming_who_did() {
    let bot = workspace().await;
    let omar = bot.as_person("U2").at("general");
    insta::assert_snapshot!(slash(&bot, &omar, "U2", said("who-owns ledger")).await, @"
    (only U2 sees this) Ledger (component:default/ledger) belongs to Billing Team.

    Ask in #help-billing, or write to billing@acme.example.
    Members: Lars Hansen, Yuki Tanabe.
    Team page (https://wiki.acme.example/teams/billing) · Runbook (https://runbooks.acme.example/billing)

    ⚠ CODEOWNERS disagrees: its line 17 gives /services/ledger/ to @acme/payments-team.

    Line last changed 3 hours ago by Callboard (…).
    From services/ledger/catalog-info.yaml:20 in acme at …, read just now.

    [1] What else they own → owns group:default/billing-team
    [2] Fix: owned by Payments Team → fix-owner component:default/ledger group:default/payments-team
    [3] Share → share who-owns ledger
    ");
    let share = bot.platform.choice(&omar.event(said("")).place, 3);
    assert_eq!(share.line, "share who-owns ledger");
    insta::assert_snapshot!(slash(&bot, &omar, "U2", Event::Pressed(share)).await, @"
    U2 shares the answer to `who-owns ledger`:

    Ledger (component:default/ledger) belongs to Billing Team.

    Ask in #help-billing, or write to billing@acme.example.
    Members: Lars Hansen, Yuki Tanabe.
    Team page (https://wiki.acme.example/teams/billing) · Runbook (https://runbooks.acme.example/billing)

    ⚠ CODEOWNERS disagrees: its line 17 gives /services/ledger/ to @acme/payments-team.

    Line last changed 3 hours ago by Callboard (…).
    From services/ledger/catalog-info.yaml:20 in acme at …, read just now.

    [1] What else they own → owns group:default/billing-team
    [2] Fix: owned by Payments Team → fix-owner component:default/ledger group:default/payments-team

    – and another message –

    (only U2 sees this) Shared with everybody here.
    ");
}

#[tokio::test]
async fn what_changes_something_or_went_wrong_is_not_shared() {
    let bot = workspace().await;
    let omar = bot.as_person("U2").at("general");
    let answer = slash(&bot, &omar, "U2", said("who-owns nothing-like-it")).await;
    assert!(!answer.contains("Share"), "{answer}");
    let answer = slash(&bot, &omar, "U2", said("channel previews on")).await;
    assert!(!answer.contains("Share"), "{answer}");
    insta::assert_snapshot!(slash(&bot, &omar, "U2", said("share channel previews off")).await, @"(only U2 sees this) Only an answer can be shared, and this line has none.");
    let answer = slash(&bot, &omar, "U2", said("channel")).await;
    assert!(answer.contains("with a preview"), "{answer}");
}

#[tokio::test]
async fn guests_and_strangers_are_not_answered_until_an_admin_allows_it() {
    let bot = workspace().await;
    let guest = bot.as_person("U3").at("general");
    insta::assert_snapshot!(guest.says("who-owns payments").await, @"(only U3 sees this) I answer members of this organisation only. Where guests are to ask me, too, an admin allows it by `channel allow` in the channel.");
    insta::assert_snapshot!(bot.as_person("U3").says("who-owns payments").await, @"I answer members of this organisation only. Where guests are to ask me, too, an admin allows it by `channel allow` in the channel.");
    bot.as_person("U1")
        .at("general")
        .says("channel allow")
        .await;
    let answer = guest.says("who-owns payments").await;
    assert!(answer.starts_with("Payments"), "{answer}");
    let answer = bot.as_person("U3").says("who-owns payments").await;
    assert!(
        answer.contains("members of this organisation only"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_shared_channel_is_silent_until_an_admin_allows_it() {
    let bot = workspace().await;
    bot.platform.shares("partners");
    let omar = bot.as_person("U2").at("partners");
    insta::assert_snapshot!(omar.says("who-owns payments").await, @"(only U2 sees this) I cannot be sure that only your own organisation reads this channel, so I do not answer here until an admin allows it by `channel allow`. Invite me if I am not in it, or ask me in a direct message.");
    let ana = bot.as_person("U1").at("partners");
    insta::assert_snapshot!(ana.says("channel allow").await, @"(only U1 sees this) Done. In this channel guests and people of other organisations may ask me, too (`channel deny` ends it). Links to what the catalog knows are shown without a preview (`channel previews on` changes it).");
    let answer = omar.says("who-owns payments").await;
    assert!(answer.starts_with("Payments"), "{answer}");
}

#[tokio::test]
async fn in_a_thread_the_bot_has_joined_a_line_needs_no_mention() {
    let bot = TestBot::acme().await;
    let ana = bot.as_person("ana").at("general");
    let in_thread = |event: Event| {
        let mut event = ana.event(event);
        event.place.thread = Some("1".to_owned());
        event
    };
    let overheard = |line: &str| in_thread(Event::Overheard(line.to_owned()));
    assert_eq!(
        bot.deliver(&overheard("who-owns ledger")).await.1,
        "(no answer)"
    );
    let answer = bot.deliver(&in_thread(said("who-owns payments"))).await.1;
    assert!(answer.starts_with("Payments"), "{answer}");
    let answer = bot.deliver(&overheard("and who owns ledger?")).await.1;
    assert!(answer.starts_with("Ledger"), "{answer}");
    for chatter in [
        "thanks a lot",
        "payments",
        "who-own",
        "I will look at the ledger tomorrow",
    ] {
        assert_eq!(
            bot.deliver(&overheard(chatter)).await.1,
            "(no answer)",
            "{chatter}"
        );
    }
    let mut elsewhere = overheard("who-owns ledger");
    elsewhere.place.thread = Some("2".to_owned());
    assert_eq!(bot.deliver(&elsewhere).await.1, "(no answer)");
}
