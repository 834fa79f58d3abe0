//! Reading again and again: failing sources less and less often, and what is dropped only with leave.

use std::time::Duration;

use callboard::catalog::sync::Request;

use super::{again, component, holdings, told};
use crate::harness::{Repository, TestBot};

const DUE: Request = Request {
    due_only: true,
    accept: false,
};

async fn asked(bot: &TestBot) -> usize {
    let reports = bot
        .context()
        .syncer
        .sync(DUE)
        .await
        .expect("the store holds");
    reports.len()
}

#[tokio::test]
async fn a_failing_source_is_asked_less_and_less_often() {
    let repository = Repository::of(&component("payments", "till"));
    let minute = Duration::from_mins(1);
    let plan = TestBot::with().source(repository.source());
    let bot = plan
        .config(|config| config.sync.every.0 = minute)
        .start()
        .await;
    repository.vanish();
    let mut pauses = Vec::new();
    let mut minutes = 0;
    while pauses.len() < 7 {
        bot.advance(minute);
        minutes += 1;
        if asked(&bot).await == 1 {
            pauses.push(minutes);
            minutes = 0;
        }
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);

    // Whoever asks for it gets it at once, and then it is a source like any other.
    repository.reappear();
    insta::assert_snapshot!(again(&bot).await, @"1 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems");
    bot.advance(minute);
    assert_eq!(asked(&bot).await, 1);
}

#[tokio::test]
async fn a_sync_that_would_drop_too_much_waits_for_an_admin() {
    let mut repository = Repository::new();
    for number in 0..10 {
        let path = format!("{number}/catalog-info.yaml");
        repository = repository.file(&path, component(&format!("service-{number}"), "till"));
    }
    let repository = repository.commit("first");
    let plan = TestBot::with().source(repository.source());
    let bot = plan
        .config(|config| config.admins = vec!["user:default/ana".to_owned()])
        .start()
        .await;
    let repository = repository
        .remove("0/catalog-info.yaml")
        .remove("1/catalog-info.yaml")
        .commit("two of ten");
    insta::assert_snapshot!(again(&bot).await, @"8 files, 0 parsed; 0 added, 0 changed, 2 removed; 0 problems");
    let mut repository = repository;
    for number in 2..5 {
        repository = repository.remove(&format!("{number}/catalog-info.yaml"));
    }
    let repository = repository.commit("three of eight");
    insta::assert_snapshot!(again(&bot).await, @"8 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems; held back: 3 of 8");
    insta::assert_snapshot!(bot.says("resync accept").await, @"`resync accept` is denied to you: no rule of the policy allows it. Ask an admin: user:default/ana.");
    insta::assert_snapshot!(bot.says("who-owns service-2").await, @"
    service-2 (component:default/service-2) belongs to till.

    ⚠ The group group:default/till is not in the catalog, so I cannot say how to reach them.

    Line last changed 3 hours ago by Ana (b6343957).
    From 2/catalog-info.yaml:8 in catalog at b69e24e9, read just now.

    ⚠ A newer commit was held back just now, because it would drop much of the catalog.

    [1] What else they own → owns group:default/till
    ");

    // Mending the source does it, too.
    let repository = repository
        .file("2/catalog-info.yaml", component("service-2", "till"))
        .file("3/catalog-info.yaml", component("service-3", "till"))
        .commit("only one of eight");
    insta::assert_snapshot!(again(&bot).await, @"7 files, 0 parsed; 0 added, 0 changed, 1 removed; 0 problems");

    let _repository = repository
        .remove("5/catalog-info.yaml")
        .remove("6/catalog-info.yaml")
        .commit("two of seven");
    insta::assert_snapshot!(again(&bot).await, @"7 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems; held back: 2 of 7");
    let accept = Request {
        due_only: false,
        accept: true,
    };
    let reports = bot
        .context()
        .syncer
        .sync(accept)
        .await
        .expect("the store holds");
    insta::assert_snapshot!(told(&reports[0]), @"5 files, 0 parsed; 0 added, 0 changed, 2 removed; 0 problems");
    insta::assert_snapshot!(holdings(&bot), @"
    component:default/service-2 in catalog/2/catalog-info.yaml
    component:default/service-3 in catalog/3/catalog-info.yaml
    component:default/service-7 in catalog/7/catalog-info.yaml
    component:default/service-8 in catalog/8/catalog-info.yaml
    component:default/service-9 in catalog/9/catalog-info.yaml
    ");
}

#[tokio::test]
async fn the_bot_reads_by_itself_what_has_changed() {
    let repository = Repository::of(&component("payments", "till"));
    let plan = TestBot::with().source(repository.source());
    let bot = plan
        .config(|config| config.sync.every.0 = Duration::from_millis(50))
        .start()
        .await;
    let catalog = bot.context().syncer.catalog();
    let _repository = repository
        .file("catalog-info.yaml", component("payments", "vault"))
        .commit("second");
    let mut stages = bot.context().syncer.progress();
    let owner_changed = || {
        let catalog = catalog.load();
        catalog.entities()[0].document.text().contains("vault")
    };
    while !owner_changed() {
        stages.changed().await.expect("the bot runs");
    }
}
