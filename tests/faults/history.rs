//! Branches that are rewritten, deleted or not there yet.

use super::{moved, payments, reading};
use crate::harness::{Repository, TestBot};
use crate::sources::{again, component, holdings, run, who_owns};

#[tokio::test]
async fn a_branch_that_is_pushed_by_force_is_read_as_it_is_now() {
    let repository = moved(payments("till"), "vault");
    let bot = TestBot::of(&repository).await;
    repository.git(&["checkout", "--quiet", "--orphan", "rewritten"]);
    let repository = moved(repository, "counter");
    repository.git(&["branch", "--force", "main", "rewritten"]);
    repository.git(&["checkout", "--quiet", "main"]);
    repository.git(&["branch", "--delete", "--force", "rewritten"]);
    repository.git(&["reflog", "expire", "--expire=now", "--all"]);
    repository.git(&["gc", "--quiet", "--prune=now"]);
    insta::assert_snapshot!(again(&bot).await, @"1 files, 1 parsed; 0 added, 1 changed, 0 removed; 0 problems");
    insta::assert_snapshot!(bot.says("who-owns payments").await.lines().next().unwrap_or_default(), @"payments (component:default/payments) belongs to counter.");

    // Back to an older commit.
    let repository = moved(repository, "vault");
    again(&bot).await;
    repository.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    insta::assert_snapshot!(again(&bot).await, @"1 files, 1 parsed; 0 added, 1 changed, 0 removed; 0 problems");
}

#[tokio::test]
async fn a_branch_that_is_deleted_keeps_its_entities() {
    let repository = payments("till");
    repository.git(&["branch", "live"]);
    let mut source = repository.source();
    source.branch = Some("live".to_owned());
    let bot = TestBot::with().source(source).start().await;
    repository.git(&["branch", "--delete", "--force", "live"]);
    insta::assert_snapshot!(again(&bot).await, @r#"1 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems; the remote has no branch "live"; correct `branch` of this source, or push the branch"#);
    insta::assert_snapshot!(holdings(&bot), @"component:default/payments in catalog/catalog-info.yaml");
    repository.git(&["branch", "live"]);
    insta::assert_snapshot!(again(&bot).await, @"1 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems");
}

#[tokio::test]
async fn a_default_branch_that_is_renamed_is_found_again() {
    let repository = payments("till");
    let bot = TestBot::of(&repository).await;
    // For a moment the remote's HEAD points to nothing.
    repository.git(&["update-ref", "refs/heads/trunk", "HEAD"]);
    repository.git(&["symbolic-ref", "HEAD", "refs/heads/nothing"]);
    insta::assert_snapshot!(again(&bot).await, @"1 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems; the remote has no commits on its default branch; push some, or name another `branch`");
    repository.git(&["symbolic-ref", "HEAD", "refs/heads/trunk"]);
    insta::assert_snapshot!(again(&bot).await, @"1 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems");
}

#[test]
fn an_empty_repository_is_told_and_read_once_it_has_a_commit() {
    let repository = Repository::new();
    let program = reading(&repository);
    insta::assert_snapshot!(run(&program, &["sync"]), @r#"
    catalog: 0 entities in 0 files, 0 parsed again; 0 added, 0 changed, 0 removed; 0 problems; ? ms
      cannot be read: the remote has no commits on its default branch; push some, or name another `branch`
    [stderr] WARN a source cannot be read source="catalog" reason="the remote has no commits on its default branch; push some, or name another `branch`"
    [exit 1]
    "#);
    let repository = repository.commit("nothing in it");
    insta::assert_snapshot!(run(&program, &["sync"]), @"
    catalog at 5e78a5d7: 0 entities in 0 files, 0 parsed again; 0 added, 0 changed, 0 removed; 1 problem; ? ms
      .:1:1: warning[no-descriptor]: There is no Backstage descriptor here; is this the right place and branch?
    ");
    let _repository = repository
        .file("catalog-info.yaml", component("payments", "till"))
        .commit("something");
    insta::assert_snapshot!(who_owns(&program, "payments"), @"payments (component:default/payments) belongs to till.");
}
