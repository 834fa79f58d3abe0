//! Guests, other apps and other organisations: nothing is told them until an admin allows it.

use insta::assert_snapshot;

use super::Workspace;

#[tokio::test]
async fn a_guest_is_refused_in_words() {
    let workspace = Workspace::acme().await;
    let slack = &workspace.slack;
    slack
        .slash("gus", "#general", "/who-owns", "payments")
        .await;
    assert_snapshot!(slack.next("gus", "#general").await, @"
    callboard (only gus sees this):
    I answer members of this organisation only. Where guests are to ask me, too, an admin allows it by channel allow in the channel.
    ");
    slack.says("sid", "@sid", "who-owns payments").await;
    let answer = slack.next("sid", "@sid").await;
    assert!(answer.contains("I answer members"), "{answer}");
}

#[tokio::test]
async fn a_shared_channel_is_opened_by_an_admin_alone() {
    let workspace = Workspace::acme().await;
    let slack = &workspace.slack;
    let said = slack
        .mention("omar", "#partners", "who-owns payments")
        .await;
    assert_snapshot!(slack.next("omar", "#partners").await, @"
    callboard (only omar sees this) (in the thread):
    I cannot be sure that only your own organisation reads this channel, so I do not answer here until an admin allows it by channel allow. Invite me if I am not in it, or ask me in a direct message.
    ");
    assert_eq!(
        slack
            .screen("olga", &said.thread)
            .matches("belongs to")
            .count(),
        0
    );
    slack
        .slash("omar", "#partners", "/callboard", "channel allow")
        .await;
    let answer = slack.next("omar", "#partners").await;
    assert!(!answer.contains("Done"), "{answer}");
    slack
        .slash("ana", "#partners", "/callboard", "channel allow")
        .await;
    let answer = slack.next("ana", "#partners").await;
    assert!(answer.contains("Done."), "{answer}");
    let said = slack
        .mention("olga", "#partners", "who-owns payments")
        .await;
    let answer = slack.next("olga", &said.thread).await;
    assert!(answer.contains("belongs to"), "{answer}");
}
