use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;
use crate::chat::slack::limit;
use crate::message::form::{Answers, Field, FieldKind, Filling, Form, FormPage, Submission};

fn offered(values: &[&str]) -> Vec<Offered> {
    let option = |value: &&str| Offered {
        value: json!(value.to_lowercase()),
        label: (*value).to_owned(),
    };
    values.iter().map(option).collect()
}

fn many(count: usize) -> Vec<Offered> {
    (0..count)
        .map(|n| Offered {
            value: json!(n),
            label: format!("No. {n}"),
        })
        .collect()
}

fn with(field: Field, default: Value) -> Field {
    Field {
        default: Some(default),
        required: false,
        ..field
    }
}

/// A page with a field of every kind that a modal knows.
fn everything() -> Vec<Field> {
    let mut name = Field::new("name", "Name", FieldKind::text());
    name.help = Some("It becomes the repository's name.".to_owned());
    let replicas = FieldKind::Integer {
        minimum: Some(1),
        maximum: Some(9),
    };
    let budget = FieldKind::Number {
        minimum: Some(0.5),
        maximum: None,
    };
    let about = FieldKind::MultiLine {
        min_length: Some(10),
        max_length: Some(200),
    };
    let choice = |options| FieldKind::Choice { options };
    let choices = |options| FieldKind::ManyChoices { options };
    let group = FieldKind::entity(["group"]);
    let list = |of| FieldKind::List {
        of: Box::new(of),
        min_items: None,
        max_items: None,
    };
    let mut words = Field::new("words", "Words", list(FieldKind::text()));
    words.example = Some("fast, small".to_owned());
    vec![
        name,
        with(
            Field::new("about", "About", about),
            json!("A <new> service"),
        ),
        with(Field::new("replicas", "Replicas", replicas), json!(2)),
        Field::new("budget", "Budget", budget),
        with(
            Field::new("language", "Language", choice(offered(&["Rust", "Go"]))),
            json!("go"),
        ),
        Field::new("region", "Region", choice(many(11))),
        Field::new("zone", "Zone", choice(many(101))),
        with(
            Field::new("extras", "Extras", choices(offered(&["Docs", "CI"]))),
            json!(["ci"]),
        ),
        Field::new("tags", "Tags", choices(many(11))),
        Field::new("codes", "Codes", choices(many(101))),
        with(
            Field::new("public", "Public", FieldKind::Boolean),
            json!(false),
        ),
        with(
            Field::new("owner", "Owner", group),
            json!("group:default/pay"),
        ),
        with(words, json!(["a", "b"])),
        with(
            Field::new("teams", "Teams", list(FieldKind::entity(["group"]))),
            json!(["group:default/pay"]),
        ),
        with(
            Field::new("from", "From", FieldKind::Date),
            json!("2026-11-25"),
        ),
        with(
            Field::new("who", "Who", FieldKind::Person),
            json!("slack/T1/U012AB3CD"),
        ),
    ]
}

fn sheet(fields: Vec<Field>) -> Sheet {
    Sheet {
        form: "New service".to_owned(),
        page: FormPage {
            title: "What".to_owned(),
            fields,
        },
        number: 2,
        of: 3,
        draft: "d1/2".to_owned(),
    }
}

fn page_of(fields: Vec<Field>) -> Option<Value> {
    view(&Screen::Page(sheet(fields)))
}

/// A block a line, and lists of options by how many they are.
fn outline(view: &Value) -> String {
    let mut lines = Vec::new();
    for (name, value) in view.as_object().expect("a view") {
        if name != "blocks" {
            lines.push(format!("{name}: {value}"));
        }
    }
    for block in view["blocks"].as_array().expect("blocks") {
        let mut block = block.clone();
        if let Some(options) = block.pointer_mut("/element/options")
            && options.as_array().is_some_and(|options| options.len() > 3)
        {
            *options = json!(options.as_array().map(Vec::len));
        }
        lines.push(block.to_string());
    }
    lines.join("\n")
}

#[test]
fn a_page_with_every_kind_of_field() {
    let view = page_of(everything()).expect("a view");
    assert_snapshot!(outline(&view), @r#"
    type: "modal"
    title: {"type":"plain_text","text":"New service","emoji":false}
    submit: {"type":"plain_text","text":"Next","emoji":false}
    close: {"type":"plain_text","text":"Close","emoji":false}
    private_metadata: "d1/2"
    callback_id: "form"
    {"type":"context","elements":[{"type":"plain_text","text":"What, page 2 of 3","emoji":false}]}
    {"type":"input","block_id":"name","label":{"type":"plain_text","text":"Name","emoji":false},"optional":false,"element":{"type":"plain_text_input","multiline":false,"max_length":3000,"action_id":"field"},"hint":{"type":"plain_text","text":"It becomes the repository's name.","emoji":false}}
    {"type":"input","block_id":"about","label":{"type":"plain_text","text":"About","emoji":false},"optional":true,"element":{"type":"plain_text_input","multiline":true,"initial_value":"A <new> service","max_length":200,"action_id":"field"}}
    {"type":"input","block_id":"replicas","label":{"type":"plain_text","text":"Replicas","emoji":false},"optional":true,"element":{"type":"number_input","is_decimal_allowed":false,"initial_value":"2","action_id":"field"}}
    {"type":"input","block_id":"budget","label":{"type":"plain_text","text":"Budget","emoji":false},"optional":false,"element":{"type":"number_input","is_decimal_allowed":true,"min_value":"0.5","action_id":"field"}}
    {"type":"input","block_id":"language","label":{"type":"plain_text","text":"Language","emoji":false},"optional":true,"element":{"type":"radio_buttons","options":[{"text":{"type":"plain_text","text":"Rust","emoji":false},"value":"\"rust\""},{"text":{"type":"plain_text","text":"Go","emoji":false},"value":"\"go\""}],"initial_option":{"text":{"type":"plain_text","text":"Go","emoji":false},"value":"\"go\""},"action_id":"field"}}
    {"type":"input","block_id":"region","label":{"type":"plain_text","text":"Region","emoji":false},"optional":false,"element":{"type":"static_select","placeholder":{"type":"plain_text","text":"Choose","emoji":false},"options":11,"action_id":"field"}}
    {"type":"input","block_id":"zone","label":{"type":"plain_text","text":"Zone","emoji":false},"optional":false,"element":{"type":"external_select","placeholder":{"type":"plain_text","text":"Type to search","emoji":false},"min_query_length":0,"action_id":"field"}}
    {"type":"input","block_id":"extras","label":{"type":"plain_text","text":"Extras","emoji":false},"optional":true,"element":{"type":"checkboxes","options":[{"text":{"type":"plain_text","text":"Docs","emoji":false},"value":"\"docs\""},{"text":{"type":"plain_text","text":"CI","emoji":false},"value":"\"ci\""}],"initial_options":[{"text":{"type":"plain_text","text":"CI","emoji":false},"value":"\"ci\""}],"action_id":"field"}}
    {"type":"input","block_id":"tags","label":{"type":"plain_text","text":"Tags","emoji":false},"optional":false,"element":{"type":"multi_static_select","placeholder":{"type":"plain_text","text":"Choose","emoji":false},"options":11,"action_id":"field"}}
    {"type":"input","block_id":"codes","label":{"type":"plain_text","text":"Codes","emoji":false},"optional":false,"element":{"type":"multi_external_select","placeholder":{"type":"plain_text","text":"Type to search","emoji":false},"min_query_length":0,"action_id":"field"}}
    {"type":"input","block_id":"public","label":{"type":"plain_text","text":"Public","emoji":false},"optional":true,"element":{"type":"radio_buttons","options":[{"text":{"type":"plain_text","text":"Yes","emoji":false},"value":"true"},{"text":{"type":"plain_text","text":"No","emoji":false},"value":"false"}],"initial_option":{"text":{"type":"plain_text","text":"No","emoji":false},"value":"false"},"action_id":"field"}}
    {"type":"input","block_id":"owner","label":{"type":"plain_text","text":"Owner","emoji":false},"optional":true,"element":{"type":"external_select","placeholder":{"type":"plain_text","text":"Type a name","emoji":false},"min_query_length":0,"initial_option":{"text":{"type":"plain_text","text":"group:default/pay","emoji":false},"value":"\"group:default/pay\""},"action_id":"field"}}
    {"type":"input","block_id":"words","label":{"type":"plain_text","text":"Words","emoji":false},"optional":true,"element":{"type":"plain_text_input","multiline":true,"initial_value":"a, b","placeholder":{"type":"plain_text","text":"fast, small","emoji":false},"max_length":3000,"action_id":"field"}}
    {"type":"input","block_id":"teams","label":{"type":"plain_text","text":"Teams","emoji":false},"optional":true,"element":{"type":"multi_external_select","placeholder":{"type":"plain_text","text":"Type names","emoji":false},"min_query_length":0,"initial_options":[{"text":{"type":"plain_text","text":"group:default/pay","emoji":false},"value":"\"group:default/pay\""}],"action_id":"field"}}
    {"type":"input","block_id":"from","label":{"type":"plain_text","text":"From","emoji":false},"optional":true,"element":{"type":"datepicker","initial_date":"2026-11-25","action_id":"field"}}
    {"type":"input","block_id":"who","label":{"type":"plain_text","text":"Who","emoji":false},"optional":true,"element":{"type":"users_select","placeholder":{"type":"plain_text","text":"Choose a person","emoji":false},"initial_user":"U012AB3CD","action_id":"field"}}
    {"type":"actions","elements":[{"type":"button","action_id":"form-back","text":{"type":"plain_text","text":"Back","emoji":false}}]}
    "#);
}

#[test]
fn the_first_and_only_page_has_no_way_back() {
    let only = Sheet {
        form: "A form with a title that is too long for Slack".to_owned(),
        number: 1,
        of: 1,
        ..sheet(vec![Field::new("name", "Name", FieldKind::text())])
    };
    let view = view(&Screen::Page(only)).expect("a view");
    assert_snapshot!(outline(&view), @r#"
    type: "modal"
    title: {"type":"plain_text","text":"A form with a title tha…","emoji":false}
    submit: {"type":"plain_text","text":"Send","emoji":false}
    close: {"type":"plain_text","text":"Close","emoji":false}
    private_metadata: "d1/2"
    callback_id: "form"
    {"type":"context","elements":[{"type":"plain_text","text":"A form with a title that is too long for Slack, What","emoji":false}]}
    {"type":"input","block_id":"name","label":{"type":"plain_text","text":"Name","emoji":false},"optional":false,"element":{"type":"plain_text_input","multiline":false,"max_length":3000,"action_id":"field"}}
    "#);
}

#[test]
fn a_view_that_waits_and_one_that_has_the_last_word() {
    let title = "New service".to_owned();
    let waits = Screen::Loading {
        title: title.clone(),
    };
    let waits = view(&waits).expect("a view");
    assert_snapshot!(outline(&waits), @r#"
    type: "modal"
    title: {"type":"plain_text","text":"New service","emoji":false}
    close: {"type":"plain_text","text":"Close","emoji":false}
    callback_id: "form"
    {"type":"section","text":{"type":"plain_text","text":"One moment, please …","emoji":false}}
    "#);
    let markdown =
        "**web-shop** is being made, see <https://e.com>.\n\n| a |\n|---|\n| 1 |".to_owned();
    let last = view(&Screen::Words { title, markdown }).expect("a view");
    assert_snapshot!(outline(&last), @r#"
    type: "modal"
    title: {"type":"plain_text","text":"New service","emoji":false}
    close: {"type":"plain_text","text":"Close","emoji":false}
    callback_id: "form"
    {"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"web-shop","style":{"bold":true}},{"type":"text","text":" is being made, see "},{"type":"link","url":"https://e.com","text":"https://e.com"},{"type":"text","text":"."}]},{"type":"rich_text_preformatted","elements":[{"type":"text","text":"a\n─\n1"}]}]}
    "#);
}

#[test]
fn what_slack_cannot_show_is_asked_one_by_one() {
    let long = with(
        Field::new("about", "About", FieldKind::text()),
        json!("x".repeat(3_001)),
    );
    assert_eq!(page_of(vec![long]), None);
    let long = FieldKind::Choice {
        options: offered(&[&"x".repeat(150)]),
    };
    assert_eq!(page_of(vec![Field::new("a", "A", long)]), None);
    let none = FieldKind::Choice {
        options: Vec::new(),
    };
    assert_eq!(page_of(vec![Field::new("a", "A", none)]), None);
    let fields = (0..99).map(|n| Field::new(format!("f{n}"), "F", FieldKind::text()));
    assert_eq!(page_of(fields.collect()), None);
    assert_eq!(page_of(Vec::new()), None);
    let lost = Sheet {
        draft: "x".repeat(3_001),
        ..sheet(vec![Field::new("name", "Name", FieldKind::text())])
    };
    assert_eq!(view(&Screen::Page(lost.clone())), None);
    assert_snapshot!(next(&Screen::Page(lost)), @r#"{"response_action":"update","view":{"type":"modal","title":{"type":"plain_text","text":"New service","emoji":false},"close":{"type":"plain_text","text":"Close","emoji":false},"blocks":[{"type":"section","text":{"type":"plain_text","text":"Slack cannot show the next page, because it asks for more than a form holds. What you sent is kept. Ask for it once more in a direct message to me, and I ask you line by line.","emoji":false}}]}}"#);
}

/// What Slack sends back of [`everything`], in the shapes of its documentation.
fn filled_in() -> Value {
    let option = |label: &str, value: &str| json!({"text": {"type": "plain_text", "text": label, "emoji": false}, "value": value});
    json!({
        "id": "V1", "team_id": "T1", "type": "modal", "callback_id": "form", "private_metadata": "d1/2",
        "state": {"values": {
            "name": {"field": {"type": "plain_text_input", "value": "web-shop"}},
            "about": {"field": {"type": "plain_text_input", "value": null}},
            "replicas": {"field": {"type": "number_input", "value": "3"}},
            "budget": {"field": {"type": "number_input", "value": "2.5"}},
            "language": {"field": {"type": "radio_buttons", "selected_option": option("Rust", "\"rust\"")}},
            "region": {"field": {"type": "static_select", "selected_option": option("No. 7", "7")}},
            "zone": {"field": {"type": "external_select", "selected_option": option("No. 100", "100")}},
            "extras": {"field": {"type": "checkboxes", "selected_options": []}},
            "tags": {"field": {"type": "multi_static_select", "selected_options": [option("No. 1", "1"), option("No. 2", "2")]}},
            "codes": {"field": {"type": "multi_external_select", "selected_options": [option("No. 99", "99")]}},
            "public": {"field": {"type": "radio_buttons", "selected_option": option("Yes", "true")}},
            "owner": {"field": {"type": "external_select", "selected_option": option("Pay (pay)", "\"group:default/pay\"")}},
            "from": {"field": {"type": "datepicker", "selected_date": "2026-12-01"}},
            "who": {"field": {"type": "users_select", "selected_user": "U012AB3CD"}},
        }},
    })
}

#[test]
fn what_comes_back_is_taken_by_the_form() {
    let Submission {
        draft,
        answers,
        back,
    } = submission(&filled_in()).expect("a form");
    assert_eq!((draft.as_str(), back), ("d1/2", false));
    let form = Form {
        title: "New service".to_owned(),
        pages: vec![FormPage {
            title: "What".to_owned(),
            fields: everything(),
        }],
    };
    let mut filling = Filling::new(form);
    filling.answer_page(&answers).expect("everything fits");
    assert_snapshot!(serde_json::to_string_pretty(&filling.answers()).expect("JSON"), @r#"
    {
      "name": "web-shop",
      "about": "A <new> service",
      "replicas": 3,
      "budget": 2.5,
      "language": "rust",
      "region": 7,
      "zone": 100,
      "extras": [],
      "tags": [
        1,
        2
      ],
      "codes": [
        99
      ],
      "public": true,
      "owner": "group:default/pay",
      "words": [
        "a",
        "b"
      ],
      "teams": [
        "group:default/pay"
      ],
      "from": "2026-12-01",
      "who": "slack/T1/U012AB3CD"
    }
    "#);
}

#[test]
fn nothing_chosen_is_no_answer() {
    let empty = json!({"callback_id": "form", "private_metadata": "d1/2", "state": {"values": {
        "language": {"field": {"type": "radio_buttons", "selected_option": null}},
        "from": {"field": {"type": "datepicker", "selected_date": null}},
        "who": {"field": {"type": "users_select", "selected_user": null}},
        "odd": {"field": {"type": "file_input", "files": []}},
    }}});
    let answers = |view| submission(&view).map(|page| page.answers);
    assert_eq!(answers(empty), Some(Answers::default()));
    let untouched = json!({"callback_id": "form", "private_metadata": "d1/2"});
    assert_eq!(answers(untouched), Some(Answers::default()));
    let home = json!({"callback_id": "home", "private_metadata": "", "state": {"values": {}}});
    assert_eq!(answers(home), None);
}

#[test]
fn what_is_wrong_stands_at_its_field() {
    let wrong = [(
        "name".to_owned(),
        "Name must be lower-case letters.".to_owned(),
    )];
    assert_snapshot!(errors(&wrong), @r#"{"response_action":"errors","errors":{"name":"Name must be lower-case letters."}}"#);
}

#[test]
fn options_are_offered_while_somebody_types() {
    let payload = json!({"type": "block_suggestion", "block_id": "owner", "action_id": "field", "value": "pay", "view": filled_in()});
    let query = query(&payload).expect("a query");
    assert_eq!(
        (
            query.draft.as_str(),
            query.field.as_str(),
            query.typed.as_str()
        ),
        ("d1/2", "owner", "pay")
    );
    let mut found = offered(&["Pay"]);
    found.extend(offered(&[&"x".repeat(150)]));
    found.extend(many(200));
    let answer = options(&found);
    assert_eq!(answer["options"].as_array().map(Vec::len), Some(100));
    assert_snapshot!(answer["options"][0], @r#"{"text":{"type":"plain_text","text":"Pay","emoji":false},"value":"\"pay\""}"#);
}

#[test]
fn the_way_back_is_a_button() {
    let pressed = |id: &str| back(&json!({"type": "button", "action_id": id}), &filled_in());
    let page = pressed("form-back").expect("the page");
    assert!(page.back);
    assert_eq!(page.answers.get("name"), Some(&json!("web-shop")));
    assert_eq!(pressed("choice-0"), None);
}

#[test]
fn a_view_that_is_open_has_a_ticket() {
    assert_eq!(named(&ticket("V012AB3CD")), Some("V012AB3CD"));
    assert_eq!(
        named(&Ticket::new("13345224609.738474920.8088930838d88f008e0")),
        None
    );
}

#[test]
fn a_secret_is_asked_with_a_warning_and_never_stands_in_a_view() {
    let token = Field {
        help: Some("Of your registry.".to_owned()),
        ..Field::new("token", "Token", FieldKind::Secret)
    };
    let page = page_of(vec![with(token, json!("s3cret"))]).expect("a view");
    assert_snapshot!(page["blocks"][1], @r#"{"type":"input","block_id":"token","label":{"type":"plain_text","text":"Token","emoji":false},"optional":true,"element":{"type":"plain_text_input","multiline":false,"max_length":3000,"action_id":"field"},"hint":{"type":"plain_text","text":"Of your registry. Slack shows it while you type; it is neither posted nor kept.","emoji":false}}"#);
}

proptest! {
    #[test]
    fn any_form_keeps_every_limit(
        title in ".{0,60}", label in ".{0,2100}", help in ".{0,2100}",
        labels in proptest::collection::vec((".{0,90}", ".{0,100}"), 1..120),
        text in ".{0,200}",
    ) {
        let options: Vec<Offered> = labels.into_iter().map(|(label, value)| Offered { value: json!(value), label }).collect();
        let default = options[0].value.clone();
        let kinds = [
            (FieldKind::text(), json!(text)),
            (FieldKind::Choice { options: options.clone() }, default.clone()),
            (FieldKind::ManyChoices { options }, json!([default])),
            (FieldKind::Boolean, json!(true)),
        ];
        let fields: Vec<Field> = kinds.into_iter().enumerate().map(|(n, (kind, default))| {
            let mut field = with(Field::new(format!("f{n}"), label.clone(), kind), default);
            field.help = Some(help.clone());
            field
        }).collect();
        let sheet = Sheet { form: title, ..sheet(fields) };
        let Some(view) = view(&Screen::Page(sheet)) else {
            // Only an option that is too long keeps such a page from being shown.
            return Ok(());
        };
        check(&view)?;
        prop_assert!((1..=24).contains(&length(view["title"]["text"].as_str().unwrap_or_default())));
    }
}

/// Fails where a text is longer or a list is larger than Slack takes.
fn check(value: &Value) -> Result<(), TestCaseError> {
    if let Some(object) = value.as_object() {
        for (name, value) in object {
            let text = value["text"].as_str().map(length);
            let most = match name.as_str() {
                "label" | "hint" => 2_000,
                "text" => limit::LABEL,
                _ => 150,
            };
            prop_assert!(
                text.is_none_or(|text| (1..=most).contains(&text)),
                "{name} of {text:?}"
            );
            if name == "options" {
                prop_assert!((1..=limit::OPTIONS).contains(&value.as_array().map_or(0, Vec::len)));
            }
            if name == "value" {
                prop_assert!(
                    value
                        .as_str()
                        .is_some_and(|value| length(value) <= limit::OPTION_VALUE)
                );
            }
            check(value)?;
        }
    }
    value.as_array().into_iter().flatten().try_for_each(check)
}
