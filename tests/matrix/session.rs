//! The bot's session: begun once, ended by others, renewed.

use insta::assert_snapshot;

use super::Bot;
use crate::harness::matrix::{SHORT_LIVED, Synapse};

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn a_session_is_begun_once_and_seen_by_doctor() {
    let synapse = Synapse::shared().await;
    let bot = Bot::log_in(synapse, "").await;
    let again = bot.login(&[]);
    assert_eq!(again.code, 1, "{again}");
    let told = again.stderr.replace(bot.id(), "@callboard:localhost");
    assert_snapshot!(told, @"callboard: the bot is logged in as @callboard:localhost already; to begin a new device, say --again");
    let doctor = bot.program.run(["doctor"]);
    assert_eq!(doctor.code, 0, "{doctor}");
    assert!(
        doctor
            .stdout
            .contains("verified by its owner's identity\n✓ Matrix backup: keys are backed up"),
        "{doctor}"
    );
    let whole = format!("{}{}", doctor.stdout, again.stderr);
    assert!(!whole.contains("syt_"), "a token is shown: {whole}");
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn a_wrong_password_is_told_in_words() {
    let synapse = Synapse::shared().await;
    let bot = Bot::log_in(synapse, "").await;
    let program = bot.program.env("PASSWORD", "wrong");
    let login = bot.account.log_in(&program, &["--again"]);
    assert_eq!(login.code, 2, "{login}");
    assert!(
        login
            .stderr
            .contains("callboard: the home server does not take this name with this password"),
        "{login}"
    );
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn a_revoked_session_says_what_to_do() {
    let synapse = Synapse::shared().await;
    let mut bot = Bot::start(synapse, "").await;
    synapse.log_out_everywhere(bot.id()).await;
    let told = bot.running().complains("matrix login --again");
    assert!(
        told.contains("the home server has ended the bot's session"),
        "{told}"
    );
    let running = bot.program.run(["doctor"]);
    assert_eq!(running.code, 0, "{running}");
    assert!(
        running
            .stdout
            .contains("✓ Matrix session: in use by a bot that runs"),
        "{running}"
    );
    bot.stop();
    let doctor = bot.program.run(["doctor"]);
    assert_eq!(doctor.code, 1, "{doctor}");
    assert!(
        doctor
            .stdout
            .contains("Begin a new session by `callboard matrix login --again`."),
        "{doctor}"
    );
    // A passphrase that is not the one of the session opens nothing.
    let program = bot
        .program
        .env("PHRASE", "another one, which is wrong here");
    let doctor = program.run(["doctor"]);
    assert_eq!(doctor.code, 1, "{doctor}");
    assert!(
        doctor
            .stdout
            .contains("look whether the `passphrase` of [matrix] is the one it was begun with"),
        "{doctor}"
    );
}

#[tokio::test]
#[ignore = "needs Synapse; run by tests/run"]
async fn a_session_that_ends_for_its_age_is_renewed_with_the_same_device() {
    let synapse = Synapse::with(SHORT_LIVED).await;
    let mut bot = Bot::start(&synapse, "password = \"env:PASSWORD\"").await;
    bot.running().complains("begun it anew");
    // The keys in the data folder are of one device, and refuse to be another's.
    bot.stop();
    bot.begin();
}
