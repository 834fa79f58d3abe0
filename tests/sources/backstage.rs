//! A running Backstage as a source: everything it has is taken over, whatever it or its network does.

use std::fs;

use callboard::config::SourceConfig;
use serde_json::{Value, json};

use super::{again, holdings, sync};
use crate::harness::backstage::{Backstage, Mood, TOKEN};
use crate::harness::{Program, TestBot, normal};

/// A component as Backstage gives it, from a file of its own on GitHub.
fn component(name: &str, owner: &str) -> Value {
    let page = format!("https://github.com/acme/{name}/tree/main/catalog-info.yaml");
    json!({
        "apiVersion": "backstage.io/v1alpha1", "kind": "Component",
        "metadata": { "namespace": "default", "name": name, "annotations": {
            "backstage.io/managed-by-location": format!("url:{page}"),
            "backstage.io/managed-by-origin-location": "url:https://github.com/acme/catalog/blob/main/all.yaml",
            "backstage.io/view-url": page,
            "github.com/project-slug": format!("acme/{name}"),
        } },
        "spec": { "type": "service", "lifecycle": "production", "owner": owner },
    })
}

/// As many components, beginning with `payments` of the group `till`.
fn components(count: usize) -> Vec<Value> {
    let more = (1..count).map(|number| component(&format!("service-{number}"), "counter"));
    std::iter::once(component("payments", "till"))
        .chain(more)
        .collect()
}

fn group(name: &str) -> Value {
    json!({
        "apiVersion": "backstage.io/v1alpha1", "kind": "Group",
        "metadata": { "namespace": "default", "name": name, "annotations": {
            "backstage.io/managed-by-location": "ldap://default/cn=till" } },
        "spec": { "type": "team", "children": [], "members": ["ana"], "profile": { "email": "till@acme.example" } },
    })
}

/// A bot whose only source is this Backstage.
async fn bot(backstage: &Backstage) -> TestBot {
    bot_with(backstage, TOKEN).await
}

async fn bot_with(backstage: &Backstage, token: &str) -> TestBot {
    let secret = tempfile::NamedTempFile::new().expect("a file");
    fs::write(secret.path(), token).expect("written");
    let source = format!(
        "name = \"portal\"\nbackstage = \"{}\"\ntoken = \"file:{}\"\n",
        backstage.url(),
        secret.path().display()
    );
    let source: SourceConfig = toml::from_str(&source).expect("a source");
    TestBot::with().source(source).start().await
}

/// What a sync says that fails.
async fn fails(bot: &TestBot, backstage: &Backstage) -> String {
    let reports = sync(bot).await;
    let error = reports[0].error.clone().unwrap_or_default();
    assert!(!error.contains("canary"), "{error}");
    error.replace(&backstage.url(), "http://BACKSTAGE")
}

#[tokio::test]
async fn everything_is_taken_over_and_answers_say_where_it_really_stands() {
    let location = json!({
        "apiVersion": "backstage.io/v1alpha1", "kind": "Location",
        "metadata": { "name": "generated-4711" },
        "spec": { "type": "url", "target": "https://github.com/acme/catalog/blob/main/all.yaml" },
    });
    let template = json!({
        "apiVersion": "scaffolder.backstage.io/v1beta3", "kind": "Template",
        "metadata": { "name": "service" },
        "spec": { "type": "service", "owner": "till", "steps": [
            { "id": "fetch", "action": "fetch:template", "input": { "url": "../../component" } }] },
    });
    let backstage = Backstage::with([
        component("payments", "till"),
        group("till"),
        location,
        template,
    ]);
    let bot = bot(&backstage).await;
    insta::assert_snapshot!(bot.says("who-owns payments").await, @"
    payments (component:default/payments) belongs to till.

    Write to till@acme.example.
    Members: ana.

    From acme/payments/catalog-info.yaml (https://github.com/acme/payments/tree/main/catalog-info.yaml) in portal, read just now.

    [1] What else they own → owns group:default/till
    ");
    insta::assert_snapshot!(bot.says("who-owns acme/payments").await.lines().next().unwrap_or_default(), @"payments (component:default/payments) belongs to till.");
    insta::assert_snapshot!(bot.as_person("visitor").markdown(), @r#"
    **payments** (`component:default/payments`) belongs to **till**.

    Write to till\@acme.example.
    Members: ana.

    *From* [acme/payments/catalog-info.yaml](<https://github.com/acme/payments/tree/main/catalog-info.yaml>) *in portal, read just now.*
    "#);
    insta::assert_snapshot!(bot.says("show till").await, @"
    till (group:default/till): team

    • Has member: ana (user, ⚠ not in the catalog)
    • Owner of: payments (component), service (template)
    • E-mail: till@acme.example

    Annotations:

    • backstage.io/managed-by-location: ldap://default/cn=till

    From group/default/till.json:1 in portal, read just now.

    [1] What they own → owns group:default/till
    ");
    insta::assert_snapshot!(normal(&bot.says("status").await).replace(&backstage.url(), "http://BACKSTAGE"), @"
    Callboard 0.1.0 knows 4 entities: Component 1, Group 1, Location 1, Template 1.

    • portal (http://BACKSTAGE): 4 entities in 4 files, read just now

    No file has a problem.
    ");
    insta::assert_snapshot!(holdings(&bot), @"
    component:default/payments in portal/component/default/payments.json
    group:default/till in portal/group/default/till.json
    location:default/generated-4711 in portal/location/default/generated-4711.json
    template:default/service in portal/template/default/service.json
    ");
}

#[tokio::test]
async fn many_pages_are_read_and_only_what_changed_is_read_again() {
    let backstage = Backstage::with(components(1203));
    let bot = bot(&backstage).await;
    assert_eq!(bot.context().catalog().len(), 1203);
    insta::assert_snapshot!(backstage.asked().join("\n"), @"
    by-query 200
    by-query cursor 200
    by-query cursor 200
    ");
    insta::assert_snapshot!(again(&bot).await, @"1203 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems");
    insta::assert_snapshot!(backstage.asked().join("\n"), @"
    by-query 304
    by-query cursor 304
    by-query cursor 304
    ");
    backstage.has(component("payments", "vault"));
    insta::assert_snapshot!(again(&bot).await, @"1203 files, 1 parsed; 0 added, 1 changed, 0 removed; 0 problems");
    backstage.is(Mood::Overlapping);
    backstage.has(component("refunds", "vault"));
    insta::assert_snapshot!(again(&bot).await, @"1204 files, 1 parsed; 1 added, 0 changed, 0 removed; 0 problems");
}

#[tokio::test]
async fn what_only_its_own_rules_allow_is_kept() {
    let mut odd = component("odd", "till");
    odd["metadata"]["name"] = "Odd name/with everything".into();
    odd["metadata"]["tags"] = json!(["Not A Tag"]);
    odd["spec"]["lifecycle"] = Value::Null;
    let backstage = Backstage::with([odd, component("payments", "till")]);
    let bot = bot(&backstage).await;
    insta::assert_snapshot!(holdings(&bot), @r#"
    component:default/odd name/with everything in portal/component/default/odd%20name%2fwith%20everything.json
    component:default/payments in portal/component/default/payments.json
    ⚠ portal/component/default/odd%20name%2fwith%20everything.json:1:99: warning[name-format]: The name "Odd name/with everything" is not valid: use letters and digits with - _ or . between them, like "Odd-name-with-everything"; any other text belongs in metadata.title.
    ⚠ portal/component/default/odd%20name%2fwith%20everything.json:1:465: warning[tag-format]: The tag "Not A Tag" is not valid: use a-z, 0-9, :, + and # with single - between them, at most 63 in all, like "not-a-tag".
    ⚠ portal/component/default/odd%20name%2fwith%20everything.json:1:516: warning[field-type]: spec.lifecycle is empty: write a value, or remove the line.
    "#);
    insta::assert_snapshot!(bot.says("who-owns odd name").await, @"
    Odd name/with everything (`component:default/odd name/with everything`) belongs to till.

    ⚠ The group group:default/till is not in the catalog, so I cannot say how to reach them.

    From acme/odd/catalog-info.yaml (https://github.com/acme/odd/tree/main/catalog-info.yaml) in portal, read just now.

    [1] What else they own → owns group:default/till
    ");
}

#[tokio::test]
async fn what_goes_wrong_is_told_and_takes_nothing_away() {
    let backstage = Backstage::with(components(600));
    let bot = bot(&backstage).await;
    let mut told = Vec::new();
    for mood in [
        Mood::TokenExpires,
        Mood::LoginPage,
        Mood::LoginElsewhere,
        Mood::CursorExpires,
    ] {
        backstage.is(mood);
        told.push(format!("{mood:?}: {}", fails(&bot, &backstage).await));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    TokenExpires: only a part of the catalog was given, so nothing is taken from it: Backstage does not accept the credentials of this source: it says "Illegal token"; check its `token`
    LoginPage: Backstage gave no useful answer at http://BACKSTAGE/api/catalog/entities/by-query: it is a web page, as of something in front that wants people to sign in; let requests with a token pass there
    LoginElsewhere: Backstage cannot be reached at http://BACKSTAGE/api/catalog/entities/by-query: it sends us to another host, which is not followed
    CursorExpires:
    "#);
    backstage.is(Mood::Good);
    assert_eq!(fails(&bot, &backstage).await, "");
    backstage.keeps(400);
    insta::assert_snapshot!(again(&bot).await, @"600 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems; held back: 200 of 600");
    backstage.keeps(0);
    insta::assert_snapshot!(fails(&bot, &backstage).await, @"Backstage shows no entities to this source; give it a `token`, and the token the right to read the catalog");
    assert_eq!(bot.context().catalog().len(), 600);
    insta::assert_snapshot!(bot.says("who-owns payments").await, @"
    payments (component:default/payments) belongs to till.

    ⚠ The group group:default/till is not in the catalog, so I cannot say how to reach them.

    From acme/payments/catalog-info.yaml (https://github.com/acme/payments/tree/main/catalog-info.yaml) in portal, read just now.

    ⚠ A newer commit was held back just now, because it would drop much of the catalog.

    ⚠ Reading portal began to fail just now, so this may be out of date.

    [1] What else they own → owns group:default/till
    ");
}

#[tokio::test]
async fn a_wrong_token_and_an_older_version() {
    let backstage = Backstage::with(components(3));
    let bot = bot_with(&backstage, "wrong").await;
    insta::assert_snapshot!(fails(&bot, &backstage).await, @r#"Backstage does not accept the credentials of this source: it says "Illegal token"; check its `token`"#);
    drop(bot);
    backstage.is(Mood::Old);
    for number in 4..=1000 {
        backstage.has(component(&format!("service-{number}"), "counter"));
    }
    let bot = self::bot(&backstage).await;
    assert_eq!(bot.context().catalog().len(), 1000);
    backstage.asked();
    insta::assert_snapshot!(again(&bot).await, @"1000 files, 0 parsed; 0 added, 0 changed, 0 removed; 0 problems");
    insta::assert_snapshot!(backstage.asked().join("\n"), @"
    by-query 404
    entities offset 304
    entities offset 304
    entities offset 304
    ");
}

#[test]
fn ten_thousand_entities_are_asked_about_within_seconds() {
    let backstage = Backstage::with(components(10_000));
    let program = Program::new()
        .file(
            "callboard.toml",
            &format!(
                "[[sources]]\nname = \"portal\"\nbackstage = \"{}\"\ntoken = \"env:BACKSTAGE_TOKEN\"\n",
                backstage.url()
            ),
        )
        .env("BACKSTAGE_TOKEN", TOKEN);
    assert!(
        program
            .answers("who owns payments?")
            .starts_with("payments (component:default/payments) belongs to till.")
    );
    assert_eq!(backstage.asked().len(), 20);
}
