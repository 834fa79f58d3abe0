//! `fix-owner`: another owner, as a patch.

use std::fs;

use callboard::config::SourceConfig;

use crate::harness::repository::git;
use crate::harness::{Repository, TestBot};

const HEAD: &str = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: pay}\n";

#[tokio::test]
async fn the_patch_is_shown_and_git_takes_it() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("who-owns ledger").await, @"
    Ledger (component:default/ledger) belongs to Billing Team.

    Ask in #help-billing, or write to billing@acme.example.
    Members: Lars Hansen, Yuki Tanabe.
    Team page (https://wiki.acme.example/teams/billing) · Runbook (https://runbooks.acme.example/billing)

    ⚠ CODEOWNERS disagrees: its line 17 gives /services/ledger/ to @acme/payments-team.

    Line last changed 3 hours ago by Callboard (…).
    From services/ledger/catalog-info.yaml:20 in acme at …, read just now.

    [1] What else they own → owns group:default/billing-team
    [2] Fix: owned by Payments Team → fix-owner component:default/ledger group:default/payments-team
    ");
    insta::assert_snapshot!(bot.press(2).await, @"
    This makes Payments Team the owner of Ledger instead of Billing Team:

        diff --git a/services/ledger/catalog-info.yaml b/services/ledger/catalog-info.yaml
        --- a/services/ledger/catalog-info.yaml
        +++ b/services/ledger/catalog-info.yaml
        @@ -17,7 +17,7 @@
         spec:
           type: service
           lifecycle: production
        -  owner: billing-team
        +  owner: payments-team
           system: money-movement
           providesApis: [ledger-entries]
           dependsOn: [resource:ledger-db, component:money]

    Save it as a file in a checkout of ⌂/data/acme and run `git apply FILE`. I change nothing myself and open no change request.

    From services/ledger/catalog-info.yaml:20 in acme at …, read just now.
    ");
    // Without a name the evidence speaks.
    let answer = bot.as_person("ana").asks("fix-owner ledger").await;
    let data = answer.data.expect("data");
    assert_eq!(data["owner"]["ref"], "group:default/payments-team");
    let checkout = bot.data().join("acme");
    fs::write(
        bot.home.path().join("p.diff"),
        data["patch"].as_str().expect("a patch"),
    )
    .expect("written");
    let patch = bot.home.path().join("p.diff");
    for arguments in [
        &["apply", &*patch.to_string_lossy()][..],
        &["commit", "--quiet", "--all", "--message=ledger"],
    ] {
        let done = git(&checkout, bot.home.path(), arguments).output();
        let done = done.expect("git runs");
        assert!(done.status.success(), "{done:?}");
    }
    bot.says("resync").await;
    insta::assert_snapshot!(bot.says("who-owns ledger").await, @"
    Ledger (component:default/ledger) belongs to Payments Team.

    Ask in #help-payments or #payments:acme.example, or write to payments@acme.example.
    Members: Dele Adeyemi, Marta Kowalska, Omar Haddad, Priya Raghunathan.
    Runbook (https://runbooks.acme.example/payments) · Team page (https://wiki.acme.example/teams/payments)

    Line last changed 3 hours ago by Ana Horvat (d2771b92). CODEOWNERS agrees: @acme/payments-team.
    From services/ledger/catalog-info.yaml:20 in acme at …, read just now.

    [1] What else they own → owns group:default/payments-team
    ");
}

#[tokio::test]
async fn what_cannot_be_fixed_is_said() {
    let bot = TestBot::acme().await;
    insta::assert_snapshot!(bot.says("fix-owner payments").await, @"Who shall own Payments? Nothing speaks for anybody else, so say it with a name: `fix-owner payments TEAM`.");
    insta::assert_snapshot!(bot.says("fix-owner payments payments-team").await, @"The descriptor of payments names payments-team already.");
    insta::assert_snapshot!(bot.says("fix-owner payments-team billing-team").await, @"A group has no owner. Name a service, API, resource or system.");
    insta::assert_snapshot!(bot.says("fix-owner payments growth-team").await, @"
    This makes growth-team the owner of Payments instead of Payments Team:

        diff --git a/services/payments/catalog-info.yaml b/services/payments/catalog-info.yaml
        --- a/services/payments/catalog-info.yaml
        +++ b/services/payments/catalog-info.yaml
        @@ -28,7 +28,7 @@
         spec:
           type: service
           lifecycle: production
        -  owner: payments-team
        +  owner: growth-team
           system: money-movement
           providesApis:
             - payments-v2

    Save it as a file in a checkout of ⌂/data/acme and run `git apply FILE`. I change nothing myself and open no change request.

    ⚠ The group group:default/growth-team is not in the catalog.

    From services/payments/catalog-info.yaml:31 in acme at …, read just now.
    ");
}

#[tokio::test]
async fn an_owner_from_codeowners_is_written_into_the_descriptor() {
    let repository = Repository::new()
        .file(
            "catalog-info.yaml",
            format!("{HEAD}spec:\n  type: service # ours\n  lifecycle: production\n"),
        )
        .file("CODEOWNERS", "* @acme/till\n")
        .commit("first");
    let bot = TestBot::of(&repository).await;
    insta::assert_snapshot!(bot.says("fix-owner pay till").await, @"
    This makes till the owner of pay:

        diff --git a/catalog-info.yaml b/catalog-info.yaml
        --- a/catalog-info.yaml
        +++ b/catalog-info.yaml
        @@ -4,3 +4,4 @@
         spec:
           type: service # ours
           lifecycle: production
        +  owner: till

    Save it as a file in a checkout of ⌂/catalog and run `git apply FILE`. I change nothing myself and open no change request.

    ⚠ The group group:default/till is not in the catalog.

    From catalog-info.yaml:7 in catalog at dd509fde, read just now.
    ");
}

#[tokio::test]
async fn a_plain_folder_has_patches_too_and_broken_lines_have_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("catalog-info.yaml");
    fs::write(&file, format!("{HEAD}spec: {{type: service, lifecycle: production, owner: till}}\n---\n{}spec:\n  type: a\n  lifecycle: b\n  owner: >-\n    safe\n", HEAD.replace("pay", "vault"))).expect("written");
    let mut source = SourceConfig::folder(folder.path());
    source.name = "plain".to_owned();
    let bot = TestBot::with().source(source).start().await;
    insta::assert_snapshot!(bot.says("fix-owner pay safe").await, @"
    This makes safe the owner of pay instead of till:

        diff --git a/catalog-info.yaml b/catalog-info.yaml
        --- a/catalog-info.yaml
        +++ b/catalog-info.yaml
        @@ -1,7 +1,7 @@
         apiVersion: backstage.io/v1alpha1
         kind: Component
         metadata: {name: pay}
        -spec: {type: service, lifecycle: production, owner: till}
        +spec: {type: service, lifecycle: production, owner: safe}
         ---
         apiVersion: backstage.io/v1alpha1
         kind: Component

    Save it as a file in a checkout of ⌂ and run `git apply FILE`. I change nothing myself and open no change request.

    ⚠ The group group:default/safe is not in the catalog.

    From catalog-info.yaml:4 in plain, read just now.
    ");
    insta::assert_snapshot!(bot.says("fix-owner vault till").await, @"The owner in catalog-info.yaml:13 is written over several lines or stands for others, too, so I leave it to you. Write `owner: till` there.");
}
