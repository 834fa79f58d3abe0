//! `preview`: what a posted link shows.

use callboard::message::{Event, Ticket};

use crate::harness::{Speaker, TestBot};

#[tokio::test]
async fn it_is_short() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("preview payments").await, @"
    Payments (Component, production) belongs to Payments Team; ask in #help-payments. Charges cards and wallets, refunds them, and tells the orders service how it went.
    From services/payments/catalog-info.yaml:31 in acme at …, read just now.
    ");
    insta::assert_snapshot!(bot.says("preview services/ledger/src/Book.kt").await, @"
    Ledger (Component, production) belongs to Billing Team; ask in #help-billing. Double-entry bookkeeping. What is not in the ledger did not happen.
    From services/ledger/catalog-info.yaml:20 in acme at …, read just now.
    ");
    insta::assert_snapshot!(bot.says("preview payments-team").await, @"
    Payments Team is a team.

    From org/teams-finance.yaml:1 in acme at …, read just now.
    ");
}

async fn posts(bot: &TestBot, speaker: &Speaker<'_>, links: &[&str]) -> Vec<String> {
    let links = links.iter().map(|link| (*link).to_owned()).collect();
    let mut event = speaker.event(Event::Links(links));
    event.ticket = Some(Ticket::new("the message"));
    bot.deliver(&event).await;
    bot.platform.previews()
}

const PAYMENTS: &str = "https://github.com/acme/payments";

#[tokio::test]
async fn links_are_shown_where_the_channel_wants_it_and_not_again_and_again() {
    let bot = TestBot::acme().await;
    let ana = bot.as_person("ana").at("general");
    assert_eq!(posts(&bot, &ana, &[PAYMENTS]).await, Vec::<String>::new());
    ana.says("channel previews on").await;
    insta::assert_snapshot!(posts(&bot, &ana, &[PAYMENTS]).await.join("\n\n"), @"
    https://github.com/acme/payments → Payments (Component, production) belongs to Payments Team; ask in #help-payments. Charges cards and wallets, refunds them, and tells the orders service how it went.
    From services/payments/catalog-info.yaml:31 in acme at …, read just now.
    ");
    assert_eq!(posts(&bot, &ana, &[PAYMENTS]).await, Vec::<String>::new());
    bot.advance(std::time::Duration::from_mins(31));
    let links = [
        "https://example.com/nothing",
        PAYMENTS,
        "https://github.com/acme/ledger",
        "https://github.com/acme/notifications",
    ];
    assert_eq!(posts(&bot, &ana, &links).await.len(), 2);
}

#[tokio::test]
async fn nothing_is_shown_where_another_organisation_looks_on() {
    let bot = TestBot::with().platform("slack").start().await;
    bot.platform
        .knows("ana", Some("ana.horvat@acme.example"), false);
    let ana = bot.as_person("ana").at("general");
    ana.says("channel previews on").await;
    bot.platform.shares("general");
    assert_eq!(posts(&bot, &ana, &[PAYMENTS]).await, Vec::<String>::new());
}
