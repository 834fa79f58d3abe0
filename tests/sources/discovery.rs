//! Which files of a repository are read.

use super::{again, component, holdings, location};
use crate::harness::{Repository, TestBot};

const TEMPLATE: &str = "apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata:
  name: new-service
spec:
  type: service
  steps:
    - id: fetch
      action: fetch:template
      input:
        url: ./skeleton
    - action: fetch:plain
      input:
        url: ../shared/skeleton
";

#[tokio::test]
async fn without_include_files_are_found_by_their_names() {
    let repository = Repository::new()
        .file("catalog-info.yaml", component("root", "till"))
        .file("a/b/c/catalog-info.yml", component("deep", "till"))
        .file("hidden/.catalog-info.yaml", component("hidden", "till"))
        .file("org/groups.yaml", "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: till}\nspec: {type: team, children: []}\n")
        .file("deploy/all.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: not-ours}\n---\n: : :\n")
        .file("other.yaml", component("unnamed", "till"))
        .file("catalog-info.yaml.bak", component("backup", "till"))
        .file("catalog-info.json", "{}")
        .file("README.md", component("text", "till"))
        .commit("first");
    let bot = TestBot::of(&repository).await;
    insta::assert_snapshot!(holdings(&bot), @"
    component:default/deep in catalog/a/b/c/catalog-info.yml
    component:default/hidden in catalog/hidden/.catalog-info.yaml
    component:default/root in catalog/catalog-info.yaml
    group:default/till in catalog/org/groups.yaml
    ");
}

#[tokio::test]
async fn where_nothing_is_named_so_every_file_is_looked_into() {
    let repository = Repository::new()
        .file("services/payments.yaml", component("payments", "till"))
        .file(
            "mixed.yml",
            format!(
                "apiVersion: v1\nkind: Service\nmetadata: {{name: not-ours}}\n---\n{}",
                component("mixed", "till")
            ),
        )
        .file(
            "deployment.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: not-ours}\n",
        )
        .file("broken.yaml", "a: b: c\n")
        .file("chart/values.yaml", "{{ not.yaml }}\n")
        .file("large.yaml", "# large\n".repeat(700_000))
        .commit("first");
    let bot = TestBot::of(&repository).await;
    insta::assert_snapshot!(holdings(&bot), @"
    component:default/mixed in catalog/mixed.yml
    component:default/payments in catalog/services/payments.yaml
    ");
}

#[tokio::test]
async fn with_include_only_those_files_are_read() {
    let repository = Repository::new()
        .file("catalog-info.yaml", component("by-name", "till"))
        .file("services/payments.yaml", component("payments", "till"))
        .file("services/deep/orders.yaml", component("orders", "till"))
        .file("services/notes.txt", component("notes", "till"))
        .file("backstage/one.entity", component("entity", "till"))
        .commit("first");
    let mut source = repository.source();
    source.include = vec!["./services/*.yaml".to_owned(), "/backstage/**".to_owned()];
    let bot = TestBot::with().source(source).start().await;
    insta::assert_snapshot!(holdings(&bot), @"
    component:default/entity in catalog/backstage/one.entity
    component:default/payments in catalog/services/payments.yaml
    ");
}

#[tokio::test]
async fn locations_lead_to_files_of_the_same_repository() {
    let repository = Repository::new()
        .file(
            "catalog/catalog-info.yaml",
            [
                location("one", "target: ./services/payments.yaml"),
                location(
                    "glob",
                    "targets:\n  - ../teams/*/team.yaml\n  - ../nested/**/*.yml",
                ),
                location("absolute", "target: /org/people.yaml"),
                location(
                    "elsewhere",
                    "type: url\ntarget: https://git.acme.example/other/catalog-info.yaml",
                ),
                location("itself", "target: ./catalog-info.yaml"),
                location("round", "target: ./round.yaml"),
            ]
            .join("---\n"),
        )
        .file(
            "catalog/round.yaml",
            location("back", "target: ./catalog-info.yaml"),
        )
        .file(
            "catalog/services/payments.yaml",
            component("payments", "till"),
        )
        .file("teams/a/team.yaml", component("team-a", "till"))
        .file("teams/b/team.yaml", component("team-b", "till"))
        .file("teams/b/deep/team.yaml", component("too-deep", "till"))
        .file("nested/x/y/z.yml", component("nested", "till"))
        .file("org/people.yaml", component("people", "till"))
        .file("unasked.yaml", component("unasked", "till"))
        .commit("first");
    let bot = TestBot::of(&repository).await;
    insta::assert_snapshot!(holdings(&bot), @r#"
    component:default/nested in catalog/nested/x/y/z.yml
    component:default/payments in catalog/catalog/services/payments.yaml
    component:default/people in catalog/org/people.yaml
    component:default/team-a in catalog/teams/a/team.yaml
    component:default/team-b in catalog/teams/b/team.yaml
    component:default/too-deep in catalog/teams/b/deep/team.yaml
    location:default/absolute in catalog/catalog/catalog-info.yaml
    location:default/back in catalog/catalog/round.yaml
    location:default/elsewhere in catalog/catalog/catalog-info.yaml
    location:default/glob in catalog/catalog/catalog-info.yaml
    location:default/itself in catalog/catalog/catalog-info.yaml
    location:default/one in catalog/catalog/catalog-info.yaml
    location:default/round in catalog/catalog/catalog-info.yaml
    ⚠ catalog/catalog/catalog-info.yaml:24:1: warning[location-elsewhere]: This Location points to "https://git.acme.example/other/catalog-info.yaml", which is neither a path in this repository nor the page of a file on GitHub, GitLab or Forgejo, and it is not read; name the file's page.
    "#);

    // A Location that goes takes along what only it led to.
    let repository = repository
        .file(
            "catalog/catalog-info.yaml",
            location("one", "target: ./services/payments.yaml"),
        )
        .commit("second");
    let accept = callboard::catalog::sync::Request {
        due_only: false,
        accept: true,
    };
    bot.context()
        .syncer
        .sync(accept)
        .await
        .expect("the store holds");
    insta::assert_snapshot!(holdings(&bot), @r#"
    component:default/nested in catalog/nested/x/y/z.yml
    component:default/payments in catalog/catalog/services/payments.yaml
    component:default/people in catalog/org/people.yaml
    component:default/team-a in catalog/teams/a/team.yaml
    component:default/team-b in catalog/teams/b/team.yaml
    component:default/too-deep in catalog/teams/b/deep/team.yaml
    location:default/absolute in catalog/catalog/catalog-info.yaml
    location:default/back in catalog/catalog/round.yaml
    location:default/elsewhere in catalog/catalog/catalog-info.yaml
    location:default/glob in catalog/catalog/catalog-info.yaml
    location:default/itself in catalog/catalog/catalog-info.yaml
    location:default/one in catalog/catalog/catalog-info.yaml
    location:default/round in catalog/catalog/catalog-info.yaml
    ⚠ catalog/catalog/catalog-info.yaml:24:1: warning[location-elsewhere]: This Location points to "https://git.acme.example/other/catalog-info.yaml", which is neither a path in this repository nor the page of a file on GitHub, GitLab or Forgejo, and it is not read; name the file's page.
    "#);

    // One that comes back finds files that did not change.
    let _repository = repository
        .file(
            "catalog/catalog-info.yaml",
            location("all", "targets: [./services/*.yaml, ../teams/*/team.yaml]"),
        )
        .commit("third");
    insta::assert_snapshot!(again(&bot).await, @"8 files, 0 parsed; 0 added, 0 changed, 0 removed; 1 problems; held back: 9 of 13");
}

#[tokio::test]
async fn a_location_that_leads_nowhere_is_told_unless_it_is_optional() {
    let repository = Repository::new()
        .file(
            "catalog/catalog-info.yaml",
            [
                location("missing", "target: ./missing.yaml"),
                location("no-match", "targets: [./none/*.yaml]"),
                location("outside", "target: ../../../etc/passwd.yaml"),
                location("escaped", "target: ./%2e%2e/secret.yaml"),
                location("optional", "presence: optional\ntarget: ./missing.yaml"),
                component("payments", "till"),
            ]
            .join("---\n"),
        )
        .commit("first");
    let bot = TestBot::of(&repository).await;
    insta::assert_snapshot!(holdings(&bot), @r#"
    component:default/payments in catalog/catalog/catalog-info.yaml
    location:default/escaped in catalog/catalog/catalog-info.yaml
    location:default/missing in catalog/catalog/catalog-info.yaml
    location:default/no-match in catalog/catalog/catalog-info.yaml
    location:default/optional in catalog/catalog/catalog-info.yaml
    location:default/outside in catalog/catalog/catalog-info.yaml
    ⚠ catalog/catalog/catalog-info.yaml:1:1: error[location-target]: This Location points to "./missing.yaml", and there is no such YAML file; correct the path, or write `presence: optional`.
    ⚠ catalog/catalog/catalog-info.yaml:8:1: error[location-target]: This Location points to "./none/*.yaml", and there is no such YAML file; correct the path, or write `presence: optional`.
    ⚠ catalog/catalog/catalog-info.yaml:15:1: error[location-target]: This Location points to "../../../etc/passwd.yaml", and there is no such YAML file; correct the path, or write `presence: optional`.
    ⚠ catalog/catalog/catalog-info.yaml:22:1: error[location-target]: This Location points to "./%2e%2e/secret.yaml", and there is no such YAML file; correct the path, or write `presence: optional`.
    "#);
}

#[tokio::test]
async fn skeletons_of_templates_are_no_descriptors() {
    let skeleton = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: ${{ values.name }}\n{%- if values.x %}\n";
    let repository = Repository::new()
        .file("catalog-info.yaml", component("payments", "till"))
        .file("templates/service/template.yaml", TEMPLATE)
        .file("templates/service/skeleton/catalog-info.yaml", skeleton)
        .file(
            "templates/service/skeleton/docs/catalog-info.yaml",
            component("also-skeleton", "till"),
        )
        .file("templates/shared/skeleton/catalog-info.yaml", skeleton)
        .file(
            "templates/service/skeleton-of-nobody/catalog-info.yaml",
            skeleton,
        )
        .commit("first");
    let bot = TestBot::of(&repository).await;
    insta::assert_snapshot!(holdings(&bot), @r#"
    component:default/payments in catalog/catalog-info.yaml
    template:default/new-service in catalog/templates/service/template.yaml
    ⚠ catalog/templates/service/skeleton-of-nobody/catalog-info.yaml:5:2: error[yaml-syntax]: A value cannot begin with % unless it stands in quotes: write "%…".
    "#);
    insta::assert_snapshot!(again(&bot).await, @"3 files, 0 parsed; 0 added, 0 changed, 0 removed; 1 problems");
}

#[tokio::test]
async fn only_what_changed_is_parsed_again() {
    let repository = Repository::new()
        .file("a/catalog-info.yaml", component("a", "till"))
        .file("b/catalog-info.yaml", component("b", "till"))
        .file("c/catalog-info.yaml", component("c", "till"))
        .file("README.md", "one")
        .commit("first");
    let bot = TestBot::of(&repository).await;
    insta::assert_snapshot!(again(&bot).await, @"3 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems");
    let repository = repository.file("README.md", "two").commit("no descriptor");
    insta::assert_snapshot!(again(&bot).await, @"3 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems");
    let repository = repository
        .file("b/catalog-info.yaml", component("b", "vault"))
        .commit("one changed");
    insta::assert_snapshot!(again(&bot).await, @"3 files, 1 parsed; 0 added, 1 changed, 0 removed; 0 problems");
    insta::assert_snapshot!(bot.says("who-owns b").await, @"
    b (component:default/b) belongs to vault.

    ⚠ The group group:default/vault is not in the catalog, so I cannot say how to reach them.

    Line last changed 2 hours ago by Ana (56de263c).
    From b/catalog-info.yaml:8 in catalog at 56de263c, read just now.

    [1] What else they own → owns group:default/vault
    ");
    repository.git(&["mv", "c", "moved"]);
    let repository = repository.commit("one moved");
    insta::assert_snapshot!(again(&bot).await, @"3 files, 1 parsed; 0 added, 0 changed, 0 removed; 0 problems");
    let repository = repository
        .file("d/catalog-info.yaml", component("d", "till"))
        .commit("one added");
    insta::assert_snapshot!(again(&bot).await, @"4 files, 1 parsed; 1 added, 0 changed, 0 removed; 0 problems");
    let repository = repository
        .remove("d/catalog-info.yaml")
        .commit("one removed");
    insta::assert_snapshot!(again(&bot).await, @"3 files, 0 parsed; 0 added, 0 changed, 1 removed; 0 problems");
    let broken = component("a", "till").replace("name: a", "name: a b");
    let repository = repository
        .file("a/catalog-info.yaml", broken)
        .commit("one broken");
    insta::assert_snapshot!(again(&bot).await, @"3 files, 1 parsed; 0 added, 0 changed, 1 removed; 1 problems");
    insta::assert_snapshot!(holdings(&bot), @r#"
    component:default/b in catalog/b/catalog-info.yaml
    component:default/c in catalog/moved/catalog-info.yaml
    ⚠ catalog/a/catalog-info.yaml:4:9: error[name-format]: The name "a b" is not valid: use letters and digits with - _ or . between them, like "a-b"; any other text belongs in metadata.title.
    "#);
    let _repository = repository
        .file("a/catalog-info.yaml", component("a", "till"))
        .commit("and mended");
    insta::assert_snapshot!(again(&bot).await, @"3 files, 1 parsed; 1 added, 0 changed, 0 removed; 0 problems");
    insta::assert_snapshot!(holdings(&bot), @"
    component:default/a in catalog/a/catalog-info.yaml
    component:default/b in catalog/b/catalog-info.yaml
    component:default/c in catalog/moved/catalog-info.yaml
    ");
}
