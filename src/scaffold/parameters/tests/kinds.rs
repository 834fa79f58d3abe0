//! What single values are asked for by: pickers, secrets, lists and the rest.

use serde_json::json;

use super::*;
use crate::message::form::FieldKind;

#[test]
fn secrets_stay_apart() {
    let page = "
title: x
properties:
  token: {type: string, ui:field: Secret, default: hunter2}
  password: {type: string, ui:widget: password}
  pin: {type: string, 'ui:backstage': {review: {show: false}}}
";
    let (_, parameters) = filled(page, &["s3cret", "pass", "1234"]);
    assert_eq!(
        parameters,
        json!({
            "token": "******", "password": "pass", "pin": "1234",
            "(secrets)": {"token": "s3cret", "password": "pass", "pin": "1234"}
        })
    );
    let asked = form(&template(page));
    let hidden: Vec<&[String]> = asked.hidden().collect();
    assert_eq!(hidden, [["password"], ["pin"]]);
    assert_eq!(
        notes(page),
        ["12:7 The default of a secret is not taken: everybody can read it here."]
    );
    let declared = declared(&template(page));
    assert!(declared[0].is_secret && !declared[1].is_secret);
    // No sentence shows one.
    let page =
        "{title: x, properties: {password: {type: string, ui:widget: password, minLength: 9}}}";
    assert_eq!(
        faults(page, json!({"password": "hunter2"})),
        ["password: Password must have at least 9 characters."]
    );
}

#[test]
fn pickers_say_what_may_be_picked() {
    let page = "
title: x
properties:
  system: {type: string, ui:field: EntityPicker, ui:options: {catalogFilter: {kind: System}, defaultNamespace: shop}}
  api:
    type: string
    ui:field: EntityPicker
    ui:options:
      catalogFilter:
        - {kind: API, spec.type: [openapi, grpc]}
        - {kind: API, metadata.annotations.acme.com/tier: {exists: true}}
  legacy: {type: string, ui:field: EntityPicker, ui:options: {allowedKinds: [Component, API], defaultKind: Component}}
  any: {type: string, ui:field: EntityPicker, ui:options: {allowArbitraryValues: true, defaultKind: Resource}}
  mine: {type: string, ui:field: MyGroupsPicker}
  several: {type: array, ui:field: MultiEntityPicker, ui:options: {catalogFilter: {kind: User}}}
  tags: {type: array, ui:field: EntityTagsPicker}
  name: {type: string, ui:field: EntityNamePicker}
  branch: {type: string, ui:field: RepoBranchPicker}
  odd: {type: integer, ui:field: GSClusterPicker}
";
    let asked = form(&template(page));
    let kind = |name: &str| {
        let mut fields = asked.form.pages[0].fields.iter();
        serde_json::to_value(
            &fields
                .find(|field| field.name == name)
                .expect("a field")
                .kind,
        )
        .expect("JSON")
    };
    assert_eq!(
        kind("system"),
        json!({"type": "entity", "kinds": ["system"]})
    );
    assert_eq!(
        kind("api"),
        json!({"type": "entity", "kinds": ["api"], "filter": [
            {"kind": ["API"], "spec.type": ["openapi", "grpc"]},
            {"kind": ["API"], "metadata.annotations.acme.com/tier": []}
        ]})
    );
    assert_eq!(
        kind("legacy"),
        json!({"type": "entity", "kinds": ["component", "api"]})
    );
    assert_eq!(
        kind("several")["of"],
        json!({"type": "entity", "kinds": ["user"]})
    );
    assert_eq!(kind("odd"), json!({"type": "integer"}));
    let lines = [
        "web",
        "orders",
        "payments",
        "db",
        "team-a",
        "ana, user:shop/bo",
        "java, c++",
        "payments-api",
        "main",
        "3",
    ];
    assert_eq!(
        filled(page, &lines).1,
        json!({
            "system": "system:shop/web", "api": "api:default/orders", "legacy": "component:default/payments",
            "any": "resource:default/db", "mine": "group:default/team-a",
            "several": ["user:default/ana", "user:shop/bo"], "tags": ["java", "c++"], "name": "payments-api",
            "branch": "main", "odd": 3
        })
    );
    assert_eq!(
        notes(page),
        [
            "21:7 Any value is allowed besides the entities, so this is asked for as text.",
            "22:7 Backstage offers only the person's own groups here: any group is taken.",
            "27:7 There is no field GSClusterPicker here: an answer of its type is asked for instead."
        ]
    );
}

#[test]
fn repositories_are_asked_for_as_their_hosts_want_it() {
    let page = "
title: x
required: [repoUrl]
properties:
  repoUrl:
    type: string
    ui:field: RepoUrlPicker
    default: gitlab.com?owner=acme
    ui:options: {allowedHosts: [gitlab.com, dev.azure.com]}
";
    let (names, parameters) = filled(page, &["", "", "web"]);
    assert_eq!(names, ["repoUrl.host", "repoUrl.owner", "repoUrl.repo"]);
    assert_eq!(
        parameters,
        json!({"repoUrl": "gitlab.com?owner=acme&repo=web"})
    );
    let (names, parameters) = filled(page, &["dev.azure.com", "acme", "shop", "web"]);
    assert_eq!(
        names,
        [
            "repoUrl.host",
            "repoUrl.organization",
            "repoUrl.project",
            "repoUrl.repo"
        ]
    );
    assert_eq!(
        parameters,
        json!({"repoUrl": "dev.azure.com?repo=web&organization=acme&project=shop"})
    );
    assert_eq!(
        faults(page, json!({})),
        ["repoUrl.repo: Repo url is needed."]
    );
    let depending = page.replace(
        "allowedHosts: [gitlab.com, dev.azure.com]",
        "allowedHosts: [gitlab.com], allowedOwners: ['{{ parameters.x }}']",
    );
    assert_eq!(
        notes(&depending),
        [
            "13:7 Which owners there are depends on other answers in Backstage: here any owner is taken."
        ]
    );
    let open = "{title: x, properties: {repoUrl: {type: string, ui:field: RepoUrlPicker}}}";
    let (names, parameters) = filled(open, &["bitbucket.org", "acme", "shop", "web"]);
    assert_eq!(
        names,
        [
            "repoUrl.host",
            "repoUrl.workspace",
            "repoUrl.project",
            "repoUrl.repo"
        ]
    );
    assert_eq!(
        parameters,
        json!({"repoUrl": "bitbucket.org?repo=web&workspace=acme&project=shop"})
    );
}

#[test]
fn texts_lists_and_objects_are_asked_for_as_they_can_be() {
    let page = "
title: x
properties:
  notes: {type: string, ui:widget: textarea}
  day: {type: string, format: date}
  mail: {type: string, format: email}
  slug: {type: string, pattern: '^[a-z]+$', errorMessage: {pattern: Slugs must be lower case.}}
  sizes: {type: array, items: {type: integer}, maxItems: 2}
  extras: {type: array, uniqueItems: true, items: {enum: [docs, ci], enumNames: [Docs, CI]}}
  ports: {type: array, items: {type: object, properties: {port: {type: integer}}}}
  labels: {type: object, additionalProperties: {type: string}}
  note: {type: 'null', description: Read this.}
  answer: {type: boolean, enumNames: ['Yes, please', 'No'], enum: [true, false], ui:widget: radio}
";
    let asked = form(&template(page)).form;
    let kinds: Vec<String> = asked.pages[0]
        .fields
        .iter()
        .map(|field| match &field.kind {
            FieldKind::Text { pattern, .. } => format!(
                "text {:?}",
                pattern
                    .as_ref()
                    .and_then(|pattern| pattern.says.clone())
                    .unwrap_or_default()
            ),
            kind => serde_json::to_value(kind).expect("JSON")["type"]
                .as_str()
                .expect("a type")
                .to_owned(),
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "multi-line",
            "date",
            "text \"be an e-mail address\"",
            "text \"be lower case\"",
            "list",
            "many-choices",
            "multi-line",
            "multi-line",
            "choice"
        ]
    );
    let lines = [
        "some\nlines",
        "2026-11-25",
        "ana@acme.example",
        "abc",
        "1, 2",
        "docs, CI",
        "[{port: 80}]",
        "{tier: one}",
        "yes, please",
    ];
    assert_eq!(
        filled(page, &lines).1,
        json!({
            "notes": "some\nlines", "day": "2026-11-25", "mail": "ana@acme.example", "slug": "abc", "sizes": [1, 2],
            "extras": ["docs", "ci"], "ports": [{"port": 80}], "labels": {"tier": "one"}, "answer": true
        })
    );
    assert_eq!(
        faults(
            page,
            json!({"slug": "ABC", "sizes": [1, 2, 3], "day": "soon", "ports": [{"port": "x"}], "labels": 3})
        ),
        [
            "day: Day must be a date, like 2026-11-25, not \"soon\".",
            "slug: Slug must be lower case.",
            "sizes: Sizes may have at most 2 entries; this has 3.",
            "ports: Ports (entry 1, port) must be a whole number, not \"x\".",
            "labels: Labels must be an object, not 3."
        ]
    );
}

#[test]
fn everything_that_is_declared_is_listed_with_its_place() {
    let page = "
title: x
properties:
  cloud: {type: string}
  free: {type: object}
  deep: {type: object, properties: {a: {type: string}}}
dependencies:
  cloud:
    oneOf:
      - properties: {cloud: {const: aws}, region: {type: string}}
then:
  properties: {more: {}}
if: true
";
    let template = template(page);
    let listed: Vec<String> = declared(&template)
        .into_iter()
        .map(|one| {
            let open = if one.is_open { " open" } else { "" };
            format!(
                "{} {}{open}",
                one.path.join("."),
                template.positions.key(&one.pointer)
            )
        })
        .collect();
    assert_eq!(
        listed,
        [
            "cloud 12:7",
            "free 13:7 open",
            "deep 14:7",
            "deep.a 14:41",
            "region 18:47",
            "more 20:20 open"
        ]
    );
}
