//! CODEOWNERS stands in for an owner that a descriptor does not name, as Backstage's processor has it.

use super::{again, holdings};
use crate::harness::{Repository, TestBot};

fn ownerless(kind: &str, name: &str, spec: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: {kind}\nmetadata:\n  name: {name}\nspec:\n  {spec}\n"
    )
}

fn repository() -> Repository {
    Repository::new()
        .file("org.yaml", "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata:\n  name: payments\nspec:\n  type: team\n  children: []\n  members: [ana]\n")
        .file("pay/catalog-info.yaml", ownerless("Component", "pay", "type: service\n  lifecycle: production"))
        .file("web/catalog-info.yaml", ownerless("System", "web", "owner: ''"))
        .file("own/catalog-info.yaml", ownerless("Component", "own", "type: service\n  lifecycle: production\n  owner: team-b"))
        .file(".github/CODEOWNERS", "*      @acme/payments\n/web/  @ana @acme/payments\n")
        .commit("first")
}

#[tokio::test]
async fn an_owner_that_is_not_named_comes_from_codeowners() {
    let bot = TestBot::of(&repository()).await;
    insta::assert_snapshot!(holdings(&bot), @"
    component:default/own in catalog/own/catalog-info.yaml
    component:default/pay in catalog/pay/catalog-info.yaml
    group:default/payments in catalog/org.yaml
    system:default/web in catalog/web/catalog-info.yaml
    ");
    insta::assert_snapshot!(bot.says("who-owns pay").await, @"
    pay (component:default/pay) belongs to payments.

    Members: ana.

    Line last changed 3 hours ago by Ana (26de9cd7).
    From .github/CODEOWNERS:1 in catalog at 26de9cd7, read just now.

    [1] What else they own → owns group:default/payments
    ");
    insta::assert_snapshot!(bot.says("who-owns web").await, @"
    web (system:default/web) belongs to ana, a person.

    ⚠ The user user:default/ana is not in the catalog, so I cannot say how to reach them.

    Line last changed 3 hours ago by Ana (26de9cd7).
    From .github/CODEOWNERS:2 in catalog at 26de9cd7, read just now.

    [1] What else they own → owns user:default/ana
    ");
    insta::assert_snapshot!(bot.says("owns payments").await, @"
    payments owns 1 entity.

    Component (1)

    • pay

    From org.yaml:1 in catalog at 26de9cd7, read just now.
    ");
}

#[tokio::test]
async fn a_change_of_codeowners_alone_reads_only_what_depends_on_it() {
    let repository = repository();
    let bot = TestBot::of(&repository).await;
    let repository = repository
        .file(".github/CODEOWNERS", "*  @acme/platform\n")
        .commit("platform");
    insta::assert_snapshot!(again(&bot).await, @"4 files, 2 parsed; 0 added, 2 changed, 0 removed; 0 problems");
    let owner = |name: &str| {
        let catalog = bot.context().catalog();
        let entity = catalog
            .entities()
            .iter()
            .find(|entity| *entity.name == *name);
        let owner = entity.and_then(|entity| entity.owner.clone());
        owner.map(|owner| owner.to_string()).unwrap_or_default()
    };
    assert_eq!(owner("pay"), "group:default/platform");
    assert_eq!(owner("web"), "group:default/platform");
    assert_eq!(owner("own"), "group:default/team-b");
    let repository = repository.file("README.md", "nothing").commit("nothing");
    insta::assert_snapshot!(again(&bot).await, @"4 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems");
    let _repository = repository.remove(".github/CODEOWNERS").commit("gone");
    insta::assert_snapshot!(again(&bot).await, @"4 files, 2 parsed; 0 added, 1 changed, 0 removed; 2 problems");
    insta::assert_snapshot!(holdings(&bot), @"
    component:default/own in catalog/own/catalog-info.yaml
    component:default/pay in catalog/pay/catalog-info.yaml
    group:default/payments in catalog/org.yaml
    system:default/web in catalog/web/catalog-info.yaml (stale)
    ⚠ catalog/pay/catalog-info.yaml:5:1: error[missing-owner]: spec.owner is missing: add owner: with the group or user who owns it, like owner: team-payments.
    ⚠ catalog/web/catalog-info.yaml:6:10: error[field-type]: spec.owner is empty: write a value.
    ");
    assert_eq!(owner("pay"), "");
}

#[tokio::test]
async fn a_restart_still_has_it_and_its_problems() {
    let repository = repository()
        .file(".github/CODEOWNERS", "!/x @a\n/pay/ @acme/payments\n")
        .commit("second");
    let mut bot = TestBot::of(&repository).await;
    let before = holdings(&bot);
    insta::assert_snapshot!(before, @"
    component:default/own in catalog/own/catalog-info.yaml
    component:default/pay in catalog/pay/catalog-info.yaml
    group:default/payments in catalog/org.yaml
    ⚠ catalog/.github/CODEOWNERS:1:1: warning[codeowners-pattern]: A pattern cannot be taken back with ! in CODEOWNERS: write a later line for these files, without owners if nobody shall own them.
    ⚠ catalog/web/catalog-info.yaml:6:10: error[field-type]: spec.owner is empty: write a value.
    ");
    repository.vanish();
    bot.restart().await;
    assert_eq!(holdings(&bot), before);
    let catalog = bot.context().catalog();
    let codeowners = catalog.sources()[0].facts.codeowners.clone();
    let codeowners = codeowners.expect("it was stored");
    assert_eq!(codeowners.path(), ".github/CODEOWNERS");
    assert_eq!(codeowners.matching("pay/x").len(), 1);
    repository.reappear();
    let _repository = repository.file("README.md", "nothing").commit("nothing");
    insta::assert_snapshot!(again(&bot).await, @"4 files, 0 parsed; 0 added, 0 changed, 0 removed; 2 problems");
}
