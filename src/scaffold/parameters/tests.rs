//! Forms of templates, filled in line by line, and the parameters that come out.

mod kinds;

use serde_json::{Map, Value, json};

use super::*;
use crate::message::form::{Filling, Step};

fn template(parameters: &str) -> Template {
    let indented = parameters.replace('\n', "\n    ");
    let text = format!(
        "apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {{name: t, title: A template}}
spec:
  owner: x
  type: service
  steps: [{{id: s, action: debug:log}}]
  parameters:
    {indented}
"
    );
    let read = Template::read("template.yaml", text.as_bytes());
    assert!(read.problems.is_empty(), "{:?}", read.problems);
    read.template.expect("a template")
}

/// What is asked when these lines are said, and the parameters in the end.
fn filled(parameters: &str, lines: &[&str]) -> (Vec<String>, Value) {
    let template = template(parameters);
    let asked = form(&template);
    let mut filling = Filling::new(asked.form.clone());
    let mut names = Vec::new();
    for line in lines {
        names.push(filling.question().expect("a question").field.name.clone());
        let step = filling.say(line);
        assert!(matches!(step, Step::Asked | Step::Done), "{line}: {step:?}");
    }
    if let Some(question) = filling.question() {
        panic!("{} is still asked", question.field.name);
    }
    let (parameters, secrets) = answers(&asked, &filling.answers());
    let parameters = with_defaults(&template, parameters);
    assert_eq!(validate(&template, &parameters), []);
    let mut all = parameters;
    if !secrets.is_empty() {
        all.insert("(secrets)".to_owned(), Value::Object(secrets));
    }
    (names, Value::Object(all))
}

fn notes(parameters: &str) -> Vec<String> {
    let template = template(parameters);
    let notes = form(&template).notes.into_iter();
    notes
        .map(|note| {
            format!(
                "{} {}",
                template.positions.key(&note.pointer),
                note.sentence
            )
        })
        .collect()
}

fn faults(parameters: &str, values: Value) -> Vec<String> {
    let Value::Object(values) = values else {
        panic!("no object");
    };
    let faults = validate(&template(parameters), &values).into_iter();
    faults
        .map(|fault| format!("{}: {}", fault.name, fault.sentence))
        .collect()
}

fn defaults(parameters: &str, values: Value) -> Value {
    let Value::Object(values) = values else {
        panic!("no object");
    };
    Value::Object(with_defaults(&template(parameters), values))
}

const SERVICE: &str = "
- title: What
  required: [name, owner]
  properties:
    name: {type: string, title: Name, pattern: '^[a-z]+$', ui:help: Short., description: What it is called.}
    owner: {type: string, title: Owner, ui:field: OwnerPicker}
    port: {type: integer, title: Port, minimum: 1, maximum: 65535, default: 8080}
    public: {type: boolean, title: Public}
    tags: {type: array, items: {type: string}}
    database:
      type: object
      required: [engine]
      properties:
        engine: {type: string, enum: [pg, my], enumNames: [PostgreSQL, MySQL], default: pg}
        sizeInGb: {type: number}
- title: Where
  required: [repoUrl]
  properties:
    repoUrl: {type: string, title: Repository, ui:field: RepoUrlPicker, ui:options: {allowedHosts: [github.com], allowedOwners: [acme, tools]}}
";

#[test]
fn a_template_is_asked_and_its_answers_are_nested_again() {
    let lines = [
        "payments", "team-a", "", "yes", "a, b", "mysql", "2.5", "acme", "web",
    ];
    let (names, parameters) = filled(SERVICE, &lines);
    assert_eq!(
        names,
        [
            "name",
            "owner",
            "port",
            "public",
            "tags",
            "database.engine",
            "database.sizeInGb",
            "repoUrl.owner",
            "repoUrl.repo"
        ]
    );
    assert_eq!(
        parameters,
        json!({
            "name": "payments", "owner": "group:default/team-a", "port": 8080, "public": true, "tags": ["a", "b"],
            "database": {"engine": "my", "sizeInGb": 2.5},
            "repoUrl": "github.com?owner=acme&repo=web"
        })
    );
    let asked = form(&template(SERVICE)).form;
    assert_eq!(asked.title, "A template");
    let titles: Vec<&str> = asked.pages.iter().map(|page| page.title.as_str()).collect();
    assert_eq!(titles, ["What", "Where"]);
    let field = |name: &str| {
        let mut fields = asked.pages.iter().flat_map(|page| &page.fields);
        fields
            .find(|field| field.name == name)
            .expect("a field")
            .clone()
    };
    assert_eq!(
        field("name").help.as_deref(),
        Some("What it is called. Short.")
    );
    assert_eq!(field("database.sizeInGb").label, "Size in gb");
    assert!(field("name").required && !field("database.engine").required);
    assert_eq!(field("repoUrl.owner").label, "Owner (Repository)");
}

#[test]
fn what_was_skipped_takes_its_defaults() {
    let lines = [
        "payments", "user:ana", "skip", "skip", "skip", "skip", "skip", "tools", "web",
    ];
    assert_eq!(
        filled(SERVICE, &lines).1,
        json!({
            "name": "payments", "owner": "user:default/ana", "port": 8080, "tags": [], "database": {"engine": "pg"},
            "repoUrl": "github.com?owner=tools&repo=web"
        })
    );
}

#[test]
fn dependencies_bring_up_fields() {
    let page = "
- title: Cloud
  required: [cloud]
  properties:
    cloud: {type: string, enum: [aws, gcp, none]}
    backup: {type: boolean, default: false}
  dependencies:
    backup:
      oneOf:
        - properties: {backup: {const: false}}
        - properties: {backup: {const: true}, keep: {type: integer, title: Days, default: 7}}
          required: [keep]
    cloud:
      oneOf:
        - required: [region]
          properties: {cloud: {enum: [aws]}, region: {type: string, enum: [us-east-1]}}
        - required: [region]
          properties: {cloud: {enum: [gcp]}, region: {type: string, enum: [us-east1, us-west1]}}
        - properties: {cloud: {enum: [none]}}
";
    let (names, parameters) = filled(page, &["gcp", "yes", "", "us-west1"]);
    assert_eq!(names, ["cloud", "backup", "keep", "region"]);
    assert_eq!(
        parameters,
        json!({"cloud": "gcp", "backup": true, "keep": 7, "region": "us-west1"})
    );
    let (names, parameters) = filled(page, &["none", ""]);
    assert_eq!(names, ["cloud", "backup"]);
    assert_eq!(parameters, json!({"cloud": "none", "backup": false}));
    assert_eq!(notes(page), Vec::<String>::new());
    assert_eq!(
        faults(page, json!({"cloud": "aws", "region": "us-east1"})),
        ["region: Region has no choice \"us-east1\". Did you mean \"us-east-1\"?"]
    );
    assert_eq!(
        faults(page, json!({"cloud": "aws"})),
        ["region: Region is needed."]
    );
}

#[test]
fn if_then_and_else_may_say_more_of_what_is_there() {
    let page = "
title: Tier
properties:
  tier: {type: string, enum: [gold, iron], default: iron}
  contact: {type: string, title: Contact}
allOf:
  - if: {properties: {tier: {const: gold}}, required: [tier]}
    then: {required: [contact], properties: {contact: {minLength: 3}}}
    else: {properties: {why: {type: string}}}
";
    let asked = form(&template(page)).form;
    let ways: Vec<(String, bool, bool)> = asked.pages[0]
        .fields
        .iter()
        .map(|field| (field.name.clone(), field.required, field.when.is_some()))
        .collect();
    let way = |name: &str, required, when| (name.to_owned(), required, when);
    assert_eq!(
        ways,
        [
            way("tier", false, false),
            way("contact", true, true),
            way("contact", false, false),
            way("why", false, true)
        ]
    );
    let (names, parameters) = filled(page, &["gold", "ana"]);
    assert_eq!(names, ["tier", "contact"]);
    assert_eq!(parameters, json!({"tier": "gold", "contact": "ana"}));
    assert_eq!(
        filled(page, &["iron", "skip", "because"]).1,
        json!({"tier": "iron", "why": "because"})
    );
    assert_eq!(
        faults(page, json!({"tier": "gold", "contact": "x"})),
        ["contact: Contact must have at least 3 characters; this has 1."]
    );
}

#[test]
fn alternatives_are_chosen_by_what_tells_them_apart() {
    let page = "
title: Store
oneOf:
  - title: A bucket
    required: [kind]
    properties: {kind: {const: bucket}, bucket: {type: string}}
  - title: A table
    required: [kind]
    properties: {kind: {const: table}, rows: {type: integer}}
";
    let (names, parameters) = filled(page, &["a table", "3"]);
    assert_eq!(names, ["kind", "rows"]);
    assert_eq!(parameters, json!({"kind": "table", "rows": 3}));
    let page = "
title: Store
anyOf:
  - {title: A bucket, properties: {bucket: {type: string}}}
  - {title: A table, properties: {rows: {type: integer}}}
";
    let (names, parameters) = filled(page, &["a table", "3"]);
    assert_eq!(names, ["choice", "rows"]);
    assert_eq!(parameters, json!({"rows": 3}));
    let declared: Vec<String> = declared(&template(page))
        .into_iter()
        .map(|one| one.path.join("."))
        .collect();
    assert_eq!(declared, ["bucket", "rows"]);
}

#[test]
fn pages_and_fields_are_shown_when_they_say_so() {
    let pages = "
- title: Kind
  properties:
    kind: {type: string, enum: [web, job]}
- title: Web
  when: ${{ parameters.kind === 'web' }}
  required: [port]
  properties:
    port: {type: integer}
    tls: {type: boolean, when: parameters.port > 1000}
- title: Odd
  when: parameters.kind | upper == 'JOB'
  required: [cron]
  properties:
    cron: {type: string}
";
    let (names, parameters) = filled(pages, &["web", "8080", "yes", "skip"]);
    assert_eq!(names, ["kind", "port", "tls", "cron"]);
    assert_eq!(
        parameters,
        json!({"kind": "web", "port": 8080, "tls": true})
    );
    let (names, _) = filled(pages, &["job", "@daily"]);
    assert_eq!(names, ["kind", "cron"]);
    assert_eq!(
        notes(pages),
        [
            "20:7 Whether this holds cannot be told while the form is filled in: what it decides about is asked always, and need not be answered."
        ]
    );
    // What only a page declares that is not shown is left out, and nobody judges it.
    assert_eq!(
        faults(pages, json!({"kind": "web"})),
        ["port: Port is needed."]
    );
    assert_eq!(
        faults(pages, json!({"kind": "job", "cron": "x", "port": "x"})),
        Vec::<String>::new()
    );
    assert_eq!(
        defaults(
            pages,
            json!({"kind": "job", "port": 3, "cron": "x", "other": 1})
        ),
        json!({"kind": "job", "cron": "x", "other": 1})
    );
}

#[test]
fn what_is_hidden_is_known_and_not_asked() {
    let page = "
title: x
required: [kind]
properties:
  kind: {type: string, ui:widget: hidden, default: web}
  version: {const: 2}
  port: {type: integer}
dependencies:
  kind:
    oneOf:
      - properties: {kind: {const: web}, tls: {type: boolean}}
      - properties: {kind: {const: job}, cron: {type: string}}
";
    let (names, parameters) = filled(page, &["80", "no"]);
    assert_eq!(names, ["port", "tls"]);
    assert_eq!(
        parameters,
        json!({"port": 80, "tls": false, "kind": "web", "version": 2})
    );
}

#[test]
fn faults_are_in_the_words_of_the_form() {
    assert_eq!(
        faults(
            SERVICE,
            json!({"name": "A", "port": 0, "public": "perhaps", "database": {"engine": "pgg"}, "repoUrl": 1})
        ),
        [
            "name: Name must match the pattern ^[a-z]+$.",
            "owner: Owner is needed.",
            "port: Port must be between 1 and 65535, not 0.",
            "public: Public must be yes or no, not \"perhaps\".",
            "database.engine: Engine has no choice \"pgg\". Did you mean \"pg\"?",
            "repoUrl.repo: Repository must be a text, not 1."
        ]
    );
    let list = "{title: x, properties: {users: {type: array, items: {required: [mail], properties: {mail: {type: string}}}}}}";
    assert_eq!(
        faults(list, json!({"users": [{"mail": "a"}, {}]})),
        ["users: Users (entry 2, mail) is needed."]
    );
    let closed = "
- {title: a, additionalProperties: false, properties: {name: {type: string}}}
- {title: b, properties: {size: {type: integer, multipleOf: 5}}}
";
    assert_eq!(
        faults(closed, json!({"name": "x", "size": 3})),
        [
            "size: size is not asked for here: leave it out.",
            "size: Size must be a multiple of 5, not 3."
        ]
    );
}

#[test]
fn what_cannot_be_told_is_asked_always_and_noted() {
    let page = "
title: x
required: [late]
properties:
  early: {type: string}
  late: {type: string}
if: {properties: {elsewhere: {const: 1}}, required: [elsewhere]}
then: {required: [more], properties: {more: {type: string}}}
else: {minProperties: 1}
";
    let (names, _) = filled(page, &["skip", "x", "skip"]);
    assert_eq!(names, ["early", "late", "more"]);
    assert_eq!(
        notes(page),
        [
            "16:43 This depends on elsewhere, which the form does not ask before: it is asked always, and need not be answered."
        ]
    );
}

#[test]
fn a_field_stands_behind_what_it_depends_on_and_where_it_is_wanted() {
    let page = "
title: x
ui:order: [c, '*', a]
properties:
  a: {type: string}
  b: {type: string}
  c: {type: string}
if: {properties: {b: {const: x}}, required: [b]}
then: {required: [c]}
";
    let (names, _) = filled(page, &["x", "y", "skip"]);
    assert_eq!(names, ["b", "c", "a"]);
}

#[test]
fn nothing_that_is_written_makes_it_fail() {
    let round = json!({"definitions": {"x": {"properties": {"x": {"$ref": "#/definitions/x"}}}}, "$ref": "#/definitions/x"});
    let circle = json!({"definitions": {"x": {"allOf": [{"$ref": "#/definitions/x"}, {"$ref": "#"}], "properties": {"y": {"$ref": "#/definitions/x"}}}}, "allOf": [{"$ref": "#/definitions/x"}], "if": {"$ref": "#/definitions/x"}, "then": {"$ref": "#"}});
    let mut wide = Map::new();
    for number in 0..3_000 {
        wide.insert(format!("field{number}"), json!({"type": "string"}));
    }
    let many: Vec<Value> = (0..40)
        .map(|number| json!({"if": {"required": [format!("field{number}")]}, "then": {"properties": {"last": {"maxLength": number}}}}))
        .collect();
    let wide = json!({"properties": wide, "allOf": many});
    for page in [
        json!(null),
        json!(3),
        json!({"properties": 3, "required": {}, "oneOf": [1], "dependencies": [], "if": 1, "then": 2}),
        json!({"properties": {"": null, "a/b": 1, "c": {"type": [], "enum": {}, "oneOf": {}, "items": []}}}),
        json!({"properties": {"a": {"type": "array", "minItems": 1_000_000_000, "items": {"default": "x"}}}}),
        round,
        circle,
        wide,
    ] {
        let mut template = template("{title: x}");
        template.parameters = vec![page];
        let asked = form(&template);
        declared(&template);
        validate(&template, &Map::new());
        let values = with_defaults(&template, Map::new());
        validate(&template, &values);
        answers(&asked, &Answers::default());
    }
}
