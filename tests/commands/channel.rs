//! `channel`.

use crate::harness::TestBot;

#[tokio::test]
async fn a_channel_is_opened_to_guests_by_an_admin_alone() {
    let bot = TestBot::with()
        .config(|config| config.admins = vec!["user:default/ana".to_owned()])
        .start()
        .await;
    let (ana, omar) = (
        bot.as_person("ana").at("general"),
        bot.as_person("omar").at("general"),
    );
    insta::assert_snapshot!(omar.says("channel").await, @"In this channel I answer members of your own organisation only, and nobody while the channel is shared with another one (an admin changes it with `channel allow`). Links to what the catalog knows are shown without a preview (`channel previews on` changes it).");
    insta::assert_snapshot!(omar.says("channel allow").await, @"`channel allow` is denied to you: no rule of the policy allows it. Ask an admin: user:default/ana.");
    insta::assert_snapshot!(ana.says("channel allow").await, @"Done. In this channel guests and people of other organisations may ask me, too (`channel deny` ends it). Links to what the catalog knows are shown without a preview (`channel previews on` changes it).");
    insta::assert_snapshot!(omar.says("channel deny").await, @"Done. In this channel I answer members of your own organisation only, and nobody while the channel is shared with another one (an admin changes it with `channel allow`). Links to what the catalog knows are shown without a preview (`channel previews on` changes it).");
}

#[tokio::test]
async fn anybody_turns_previews_on_and_off_in_one_channel() {
    let mut bot = TestBot::acme().await;
    let omar = bot.as_person("omar").at("general");
    insta::assert_snapshot!(omar.says("channel previews on").await, @"Done. In this channel I answer members of your own organisation only, and nobody while the channel is shared with another one (an admin changes it with `channel allow`). Links to what the catalog knows are shown with a preview (`channel previews off` ends it).");
    bot.restart().await;
    let omar = bot.as_person("omar").at("general");
    assert!(omar.says("channel").await.contains("with a preview"));
    let elsewhere = bot.as_person("omar").at("random");
    assert!(
        elsewhere
            .says("channel")
            .await
            .contains("without a preview")
    );
    insta::assert_snapshot!(omar.says("channel previews maybe").await, @"A channel has no setting `previews maybe`. There are `channel allow`, `channel deny`, `channel previews on` and `channel previews off`.");
}

#[tokio::test]
async fn a_conversation_of_two_has_no_settings() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("channel").await, @"This is a conversation between the two of us. Say channel in the channel that you mean.");
    insta::assert_snapshot!(bot.says("channel allow").await, @"This is a conversation between the two of us; nobody else can be let in. Say it in the channel that you mean.");
}
