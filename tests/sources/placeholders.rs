//! Placeholders: what `$text`, `$json` and `$yaml` point to stands in the entity, and is read again when it changes.

use serde_json::Value;

use super::{again, component, holdings, sync};
use crate::harness::{Repository, TestBot};

const API: &str = "apiVersion: backstage.io/v1alpha1
kind: API
metadata:
  name: payments-api
  description: {$text: ../docs/about.txt}
spec:
  type: openapi
  lifecycle: production
  owner: till
  definition:
    $text: ./openapi.yaml
";

/// An entity as `callboard catalog export` writes it.
fn exported(bot: &TestBot, reference: &str) -> Value {
    let catalog = bot.context().catalog();
    let all = callboard::catalog::export::export(&catalog);
    let name = reference.rsplit('/').next().expect("a name");
    let found = all
        .into_iter()
        .find(|one| one.0["metadata"]["name"] == name);
    found.expect("it is exported").0
}

#[tokio::test]
async fn what_they_point_to_is_put_in_and_followed() {
    let repository = Repository::new()
        .file("api/catalog-info.yaml", API)
        .file("api/openapi.yaml", "openapi: 3.1.0\n")
        .file("docs/about.txt", "Takes money.")
        .file(
            "other/catalog-info.yaml",
            "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: till, tags: {$json: tags.json}}\nspec: {$yaml: spec.yml}\n",
        )
        .file("other/tags.json", r#"["go", "grpc"]"#)
        .file("other/spec.yml", "# The spec\ntype: service\nlifecycle: production\nowner: money\n")
        .commit("first");
    let bot = TestBot::of(&repository).await;
    let api = exported(&bot, "api:default/payments-api");
    assert_eq!(api["spec"]["definition"], "openapi: 3.1.0\n");
    assert_eq!(api["metadata"]["description"], "Takes money.");
    let till = exported(&bot, "component:default/till");
    assert_eq!(till["metadata"]["tags"], serde_json::json!(["go", "grpc"]));
    insta::assert_snapshot!(bot.says("who-owns till").await, @"
    till (component:default/till) belongs to money.

    ⚠ The group group:default/money is not in the catalog, so I cannot say how to reach them.

    Line last changed 3 hours ago by Ana (facc4546).
    From other/catalog-info.yaml:4 in catalog at facc4546, read just now.

    [1] What else they own → owns group:default/money
    ");

    // Only what points to it is read again, and nothing else is.
    insta::assert_snapshot!(again(&bot).await, @"2 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems");
    let repository = repository
        .file("api/openapi.yaml", "openapi: 3.2.0\n")
        .commit("another definition");
    insta::assert_snapshot!(again(&bot).await, @"2 files, 1 parsed; 0 added, 1 changed, 0 removed; 0 problems");
    let api = exported(&bot, "api:default/payments-api");
    assert_eq!(api["spec"]["definition"], "openapi: 3.2.0\n");

    // What vanishes leaves the last good version.
    let repository = repository.remove("api/openapi.yaml").commit("gone");
    sync(&bot).await;
    insta::assert_snapshot!(holdings(&bot), @r#"
    api:default/payments-api in catalog/api/catalog-info.yaml
    component:default/till in catalog/other/catalog-info.yaml
    ⚠ catalog/api/catalog-info.yaml:11:12: error[placeholder]: $text points to "./openapi.yaml", and there is no such file; correct the path.
    "#);
    let _repository = repository
        .file("api/openapi.yaml", "openapi: 3.3.0\n")
        .commit("and back");
    sync(&bot).await;
    let api = exported(&bot, "api:default/payments-api");
    assert_eq!(api["spec"]["definition"], "openapi: 3.3.0\n");
}

#[tokio::test]
async fn a_restart_knows_what_they_pointed_to() {
    let repository = Repository::new()
        .file("api/catalog-info.yaml", API)
        .file("api/openapi.yaml", "openapi: 3.1.0\n")
        .file("docs/about.txt", "Takes money.")
        .commit("first");
    let mut bot = TestBot::of(&repository).await;
    bot.restart().await;
    let api = exported(&bot, "api:default/payments-api");
    assert_eq!(api["spec"]["definition"], "openapi: 3.1.0\n");
    let _repository = repository
        .file("docs/about.txt", "Takes more money.")
        .commit("second");
    insta::assert_snapshot!(again(&bot).await, @"1 files, 1 parsed; 0 added, 1 changed, 0 removed; 0 problems");
    let api = exported(&bot, "api:default/payments-api");
    assert_eq!(api["metadata"]["description"], "Takes more money.");
}

#[tokio::test]
async fn what_cannot_be_put_in_is_told_at_its_place() {
    let with = |definition: &str| {
        component("pay", "till").replace("owner: till", &format!("owner: till\n  x: {definition}"))
    };
    let cases = [
        "{$text: ./missing.txt}",
        "{$text: ../../../etc/passwd}",
        "{$text: /etc/passwd}",
        "{$text: 'https://169.254.169.254/latest/meta-data'}",
        "{$text: 'file:///etc/passwd'}",
        "{$text: 5}",
        "{$json: broken.json}",
        "{$yaml: two.yml}",
        "{$yaml: broken.yml}",
        "{$text: link.txt}",
        "{$text: binary}",
    ];
    let mut repository = Repository::new()
        .file("broken.json", "{\"a\": }")
        .file("two.yml", "a: 1\n---\nb: 2\n")
        .file("broken.yml", "a: b: c\n")
        .file("binary", [0xff, 0xfe, 0x00])
        // What is no placeholder stays as it is.
        .file(
            "schema/catalog-info.yaml",
            component("schema", "till").replace(
                "owner: till",
                "owner: till\n  x: {$ref: '#/definitions/x'}\n  y: {$text: ./no.txt, z: 1}\n  z: {$unknown: ./no.txt}",
            ),
        );
    std::os::unix::fs::symlink("/etc/passwd", repository.path().join("link.txt")).expect("a link");
    for (number, case) in cases.iter().enumerate() {
        let text = with(case).replace("name: pay", &format!("name: pay-{number}"));
        repository = repository.file(&format!("{number:02}-catalog-info.yaml"), text);
    }
    let repository = repository.commit("first");
    let mut source = repository.source();
    source.include = vec!["**/*catalog-info.yaml".to_owned()];
    let bot = TestBot::with().source(source).start().await;
    let told = holdings(&bot);
    let told: Vec<&str> = told.lines().filter(|line| line.starts_with('⚠')).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    ⚠ catalog/00-catalog-info.yaml:9:14: error[placeholder]: $text points to "./missing.txt", and there is no such file; correct the path.
    ⚠ catalog/01-catalog-info.yaml:9:14: error[placeholder]: $text points to "../../../etc/passwd", and that leads out of the repository; write a path within it.
    ⚠ catalog/02-catalog-info.yaml:9:14: error[placeholder]: $text points to "/etc/passwd", and there is no such file; correct the path.
    ⚠ catalog/03-catalog-info.yaml:9:14: warning[placeholder]: $text points to "https://169.254.169.254/latest/meta-data", which is outside this repository and is not read; put the file beside this one to have it here.
    ⚠ catalog/04-catalog-info.yaml:9:14: warning[placeholder]: $text points to "file:///etc/passwd", which is outside this repository and is not read; put the file beside this one to have it here.
    ⚠ catalog/05-catalog-info.yaml:9:14: error[placeholder]: $text takes a text: the path of a file in this repository.
    ⚠ catalog/06-catalog-info.yaml:9:14: error[placeholder]: $json points to "broken.json", and that file is not JSON: expected value at line 1 column 7.
    ⚠ catalog/07-catalog-info.yaml:9:14: error[placeholder]: $yaml points to "two.yml", and that file has 2 documents; it must be exactly one.
    ⚠ catalog/08-catalog-info.yaml:9:14: error[placeholder]: $yaml points to "broken.yml", and that file is wrong in line 1: A key and its value cannot stand here: check the indentation, and put a value that holds a colon in quotes.
    ⚠ catalog/09-catalog-info.yaml:9:14: error[placeholder]: $text points to "link.txt", and there is no such file; correct the path.
    ⚠ catalog/10-catalog-info.yaml:9:14: error[placeholder]: $text points to "binary", and that file is not UTF-8 text; save it as UTF-8.
    "#);
    let schema = exported(&bot, "component:default/schema");
    assert_eq!(schema["spec"]["y"]["$text"], "./no.txt");
    insta::assert_snapshot!(bot.says("who-owns pay-0").await, @r#"
    pay-0 (component:default/pay-0) belongs to till.

    ⚠ The group group:default/till is not in the catalog, so I cannot say how to reach them.

    ⚠ Backstage would not take this entity: $text points to "./missing.txt", and there is no such file; correct the path.

    Line last changed 3 hours ago by Ana (2326b2ea).
    From 00-catalog-info.yaml:8 in catalog at 2326b2ea, read just now.

    [1] What else they own → owns group:default/till
    "#);
}
