//! A form is asked as a dialogue, one question at a time.

use std::path::Path;

use async_trait::async_trait;
use callboard::action::{Action, Call, Context, Effect, Param};
use callboard::failure::Failure;
use callboard::message::form::{Condition, Field, FieldKind, Form, FormPage, Offered, Pattern};
use serde_json::{Value, json};

use super::{action, without_ticket};
use crate::harness::TestBot;

/// Asks for everything that can be asked, and repeats it.
pub struct Create {
    pub effect: Effect,
    pub form: fn() -> Form,
}

#[async_trait]
impl Action for Create {
    fn name(&self) -> &'static str {
        "test.create"
    }

    fn takes(&self) -> &'static [Param] {
        &[]
    }

    fn effect(&self) -> Effect {
        self.effect
    }

    async fn form(&self, _call: &Call, _context: &Context) -> Result<Option<Form>, Failure> {
        Ok(Some((self.form)()))
    }

    async fn run(&self, call: &Call, _context: &Context) -> Result<Value, Failure> {
        let answers: Vec<Value> = call
            .answers
            .values()
            .iter()
            .map(|(name, value)| json!({ "name": name, "value": value.to_string() }))
            .collect();
        let secret = call
            .answers
            .secret("token")
            .map(|secret| secret.expose().len());
        Ok(json!({ "answers": answers, "secret": secret }))
    }
}

pub const CREATE: &str = r#"+++
says = "Creates a service"
action = "test.create"
+++
Created:

{% for answer in answers %}
- {{ answer.name }}: {{ answer.value|code }}
{% endfor %}
{% if secret %}
- a secret of {{ secret }} characters
{% endif %}
"#;

fn option(value: &str, label: &str) -> Offered {
    Offered {
        value: json!(value),
        label: label.to_owned(),
    }
}

pub fn service() -> Form {
    let name = FieldKind::Text {
        pattern: Some(Pattern {
            expression: "^[a-z-]+$".to_owned(),
            says: Some("be lower-case letters and dashes".to_owned()),
        }),
        min_length: Some(3),
        max_length: Some(20),
    };
    let language = FieldKind::Choice {
        options: vec![option("rust", "Rust"), option("go", "Go")],
    };
    let extras = FieldKind::ManyChoices {
        options: vec![
            option("docs", "Documents"),
            option("ci", "Pipeline"),
            option("db", "Database"),
        ],
    };
    let replicas = FieldKind::Integer {
        minimum: Some(1),
        maximum: Some(9),
    };
    let budget = FieldKind::Number {
        minimum: Some(0.0),
        maximum: None,
    };
    let about = FieldKind::MultiLine {
        min_length: None,
        max_length: Some(200),
    };
    let owner = FieldKind::entity(["group"]);
    let defaulted = |field: Field, default: Value| Field {
        default: Some(default),
        ..field
    };
    let optional = |field: Field| Field {
        required: false,
        ..field
    };
    let when = |field: Field, name: &str, value: Value| Field {
        when: Some(Condition::Equals {
            field: name.to_owned(),
            equals: value,
        }),
        ..field
    };
    let helped = |field: Field, help: &str| Field {
        help: Some(help.to_owned()),
        ..field
    };
    Form {
        title: "New service".to_owned(),
        pages: vec![
            FormPage {
                title: "What".to_owned(),
                fields: vec![
                    helped(
                        Field::new("name", "Name", name),
                        "It becomes the repository's name.",
                    ),
                    Field::new("language", "Language", language),
                    optional(Field::new("about", "About", about)),
                    Field::new("owner", "Owner", owner),
                ],
            },
            FormPage {
                title: "How".to_owned(),
                fields: vec![
                    Field::new("extras", "Extras", extras),
                    defaulted(Field::new("replicas", "Replicas", replicas), json!(2)),
                    optional(Field::new("budget", "Budget", budget)),
                    Field::new("public", "Public", FieldKind::Boolean),
                    when(
                        Field::new("token", "Token", FieldKind::Secret),
                        "public",
                        json!(true),
                    ),
                ],
            },
        ],
    }
}

pub(super) async fn creator(effect: Effect) -> TestBot {
    asking(effect, service).await
}

async fn asking(effect: Effect, form: fn() -> Form) -> TestBot {
    TestBot::with()
        .action(action(Create { effect, form }))
        .command("create", CREATE)
        .start()
        .await
}

/// Asks for a secret in any case.
fn tokened() -> Form {
    Form {
        title: "New token".to_owned(),
        pages: vec![FormPage {
            title: String::new(),
            fields: vec![
                Field::new("name", "Name", FieldKind::text()),
                Field::new("token", "Token", FieldKind::Secret),
            ],
        }],
    }
}

#[tokio::test]
async fn a_form_is_asked_one_question_at_a_time() {
    let bot = creator(Effect::Record).await;
    insta::assert_snapshot!(bot.says("create").await, @"
    New service: 8 questions. Say back, skip, show or cancel at any time.

    Name (What, 1 of 8) It becomes the repository's name.
    ");
    insta::assert_snapshot!(bot.says("Web Shop").await, @"
    Name must be lower-case letters and dashes.

    Name (What, 1 of 8) It becomes the repository's name.
    ");
    insta::assert_snapshot!(bot.says("web-shop").await, @r#"
    Language (What, 2 of 8) Choose one, by its number or name.

    1. Rust
    2. Go

    [1] Rust → "rust"
    [2] Go → "go"
    "#);
    insta::assert_snapshot!(bot.says("cobol").await, @r#"
    Language has no choice "cobol"; it is one of: Rust, Go.

    Language (What, 2 of 8) Choose one, by its number or name.

    1. Rust
    2. Go

    [1] Rust → "rust"
    [2] Go → "go"
    "#);
    insta::assert_snapshot!(bot.press(2).await, @"
    About (What, 3 of 8) Say skip to leave it out.

    [1] Skip → skip
    ");
    insta::assert_snapshot!(bot.says("skip").await, @"Owner (What, 4 of 8) The name of a group.");
    insta::assert_snapshot!(bot.says("back").await, @"
    About (What, 3 of 8) Say skip to leave it out.

    [1] Skip → skip
    ");
    insta::assert_snapshot!(bot.says("Sells *things*").await, @"Owner (What, 4 of 8) The name of a group.");
    insta::assert_snapshot!(bot.says("user:ana").await, @"
    Owner must be a group, not a user.

    Owner (What, 4 of 8) The name of a group.
    ");
    insta::assert_snapshot!(bot.says("storefront-team").await, @"
    Extras (How, 5 of 8) Choose one or more, by number or name, with commas between them.

    1. Documents
    2. Pipeline
    3. Database
    ");
    insta::assert_snapshot!(bot.says("1, pipeline").await, @"
    Replicas (How, 6 of 8) A whole number from 1 to 9. Say skip to take 2.

    [1] Take 2 → skip
    ");
    insta::assert_snapshot!(bot.says("12").await, @"
    Replicas must be between 1 and 9, not 12.

    Replicas (How, 6 of 8) A whole number from 1 to 9. Say skip to take 2.

    [1] Take 2 → skip
    ");
    insta::assert_snapshot!(bot.says("skip").await, @"
    Budget (How, 7 of 8) A number. Say skip to leave it out.

    [1] Skip → skip
    ");
    insta::assert_snapshot!(bot.says("2.5").await, @"
    Public (How, 8 of 8) Yes or no?

    [1] Yes → yes
    [2] No → no
    ");
    insta::assert_snapshot!(bot.says("perhaps").await, @r#"
    Public must be yes or no, not "perhaps".

    Public (How, 8 of 8) Yes or no?

    [1] Yes → yes
    [2] No → no
    "#);
    insta::assert_snapshot!(bot.press(1).await, @"Token (How, 9 of 9) It is not kept or shown.");
    insta::assert_snapshot!(bot.says("show").await, @"
    So far:

    • Name: web-shop
    • Language: Go
    • About: `Sells *things*`
    • Owner: storefront-team
    • Extras: `Documents, Pipeline`
    • Replicas: 2
    • Budget: 2.5
    • Public: yes

    Token (How, 9 of 9) It is not kept or shown.
    ");
    insta::assert_snapshot!(bot.says("hunter2-canary").await, @r#"
    Created:

    • name: "web-shop"
    • language: "go"
    • about: `"Sells *things*"`
    • owner: "storefront-team"
    • extras: ["docs","ci"]
    • replicas: 2
    • budget: 2.5
    • public: true
    • a secret of 14 characters
    "#);
    insta::assert_snapshot!(bot.says("whois omar").await, @"
    Omar Haddad (user:default/omar) is in Payments Team and Risk & Fraud Team.

    Half risk, half payments.

    Reach them: omar.haddad@acme.example · Slack U04X9J6SRN
    Payments Team: #help-payments · payments@acme.example
    Risk & Fraud Team: #help-risk · risk@acme.example

    From org/users-finance.yaml:87 in acme at …, read just now.
    ");
}

#[tokio::test]
async fn several_answers_fit_in_one_line_and_answers_bring_up_questions() {
    let bot = creator(Effect::Record).await;
    bot.says("create").await;
    insta::assert_snapshot!(bot.says("name=shop language=Go owner=sre replicas=99").await, @"
    Replicas must be between 1 and 9, not 99.

    About (What, 3 of 8) Say skip to leave it out.

    [1] Skip → skip
    ");
    insta::assert_snapshot!(bot.says("replicas=3 about=\"a shop\" extras=\"docs, 3\" budget=1").await, @"
    Public (How, 8 of 8) Yes or no?

    [1] Yes → yes
    [2] No → no
    ");
    insta::assert_snapshot!(bot.says("no").await, @r#"
    Created:

    • name: "shop"
    • language: "go"
    • owner: "sre"
    • about: `"a shop"`
    • extras: ["docs","db"]
    • replicas: 3
    • budget: 1
    • public: false
    "#);
}

#[tokio::test]
async fn a_form_can_be_left() {
    let bot = creator(Effect::Record).await;
    bot.says("create").await;
    bot.says("shop").await;
    insta::assert_snapshot!(bot.says("cancel").await, @"New service is cancelled; nothing was done.");
    insta::assert_snapshot!(bot.says("go").await, @"
    go is no command by itself. Do you mean one of these?

    [1] show component:default/inventory
    [2] show component:default/notifications
    [3] show component:default/deploy-bot
    [4] show component:default/feature-flags
    [5] show component:default/payments-api
    ");
}

#[tokio::test]
async fn a_draft_lives_through_a_restart_but_not_its_secrets() {
    let mut bot = creator(Effect::Record).await;
    bot.says("create").await;
    bot.says("name=shop language=go owner=sre extras=ci replicas=3 public=yes")
        .await;
    bot.restart().await;
    insta::assert_snapshot!(bot.says("show").await, @"
    So far:

    • Name: shop
    • Language: Go
    • Owner: sre
    • Extras: Pipeline
    • Replicas: 3
    • Public: yes

    About (What, 3 of 9) Say skip to leave it out.

    [1] Skip → skip
    ");
    bot.says("skip").await;
    bot.says("skip").await;
    insta::assert_snapshot!(bot.says("hunter2-canary").await, @r#"
    Created:

    • name: "shop"
    • language: "go"
    • owner: "sre"
    • extras: ["ci"]
    • replicas: 3
    • public: true
    • a secret of 14 characters
    "#);
    bot.stop().await;
    let mut stored = Vec::new();
    collect(&bot.data(), &mut stored);
    assert!(
        !contains(&stored, b"hunter2-canary"),
        "the secret is on disk"
    );
    assert!(contains(&stored, b"storefront"), "the store was read");
}

#[tokio::test]
async fn drafts_belong_to_one_person_in_one_place() {
    let bot = creator(Effect::Record).await;
    let (ana, omar) = (
        bot.as_person("ana").at("general"),
        bot.as_person("omar").at("general"),
    );
    ana.says("create").await;
    assert!(omar.says("whois ana").await.starts_with("Ana Horvat"));
    assert!(
        bot.as_person("ana")
            .says("whois ana")
            .await
            .starts_with("Ana Horvat")
    );
    insta::assert_snapshot!(ana.says("shop").await, @r#"
    Language (What, 2 of 8) Choose one, by its number or name.

    1. Rust
    2. Go

    [1] Rust → "rust"
    [2] Go → "go"
    "#);
}

#[tokio::test]
async fn where_others_read_no_secret_is_asked() {
    let bot = creator(Effect::Record).await;
    let ana = bot.as_person("ana").at("general");
    ana.says("create").await;
    insta::assert_snapshot!(ana.says(TO_THE_TOKEN).await, @"New service asks for a secret (Token), and what is written here does not stay between you and me, so I do not ask for it here. Give the command again in a direct, encrypted conversation with me, or with a slash command, where your chat has them. Here you can say back to change the answer before, or cancel.");
    // What is said all the same is not taken.
    let again = ana.says("hunter2-canary").await;
    assert!(
        again.starts_with("New service asks for a secret (Token)"),
        "{again}"
    );
    assert_eq!(bot.platform.taken_away(), ["hunter2-canary"]);
    insta::assert_snapshot!(ana.says("back").await, @"
    Public (How, 8 of 8) Yes or no?

    [1] Yes → yes
    [2] No → no
    ");
    let done = ana.says("no").await;
    assert!(
        done.starts_with("Created:") && !done.contains("secret"),
        "{done}"
    );
}

#[tokio::test]
async fn where_others_read_a_form_that_needs_a_secret_is_not_begun() {
    let bot = asking(Effect::Record, tokened).await;
    let ana = bot.as_person("ana").at("general");
    insta::assert_snapshot!(ana.says("create").await, @"New token asks for a secret (Token), and what is written here does not stay between you and me, so I do not ask for it here. Give the command again in a direct, encrypted conversation with me, or with a slash command, where your chat has them.");
    // Nothing is open: what follows means something else.
    insta::assert_snapshot!(ana.says("shop").await, @"
    I do not understand shop. Did you mean this?

    [1] show
    ");
    // Where nobody else reads it is.
    let asked = bot.as_person("ana").says("create").await;
    assert!(asked.starts_with("New token: 2 questions."), "{asked}");
}

#[tokio::test]
async fn where_others_have_come_in_a_line_is_not_read_as_a_secret() {
    let bot = creator(Effect::Record).await;
    bot.says("create").await;
    bot.says(TO_THE_TOKEN).await;
    bot.platform.read_by_others();
    let dropped = bot.says("hunter2-canary").await;
    assert_eq!(bot.platform.taken_away(), ["hunter2-canary"]);
    insta::assert_snapshot!(dropped, @"New service asks for a secret (Token), and what is written here does not stay between you and me, so I do not ask for it here. Give the command again in a direct, encrypted conversation with me, or with a slash command, where your chat has them. Here you can say back to change the answer before, or cancel.");
}

#[tokio::test]
async fn a_message_with_a_secret_is_taken_away() {
    let bot = creator(Effect::Record).await;
    bot.says("create").await;
    bot.says(TO_THE_TOKEN).await;
    assert_eq!(bot.platform.taken_away(), Vec::<String>::new());
    let done = bot.says("hunter2-canary").await;
    assert!(done.contains("a secret of 14 characters"), "{done}");
    assert_eq!(bot.platform.taken_away(), ["hunter2-canary"]);

    bot.says("create").await;
    bot.says("name=shop public=yes token=hunter2-canary").await;
    assert_eq!(bot.platform.taken_away().len(), 1);
}

#[tokio::test]
async fn where_a_message_cannot_be_taken_away_its_author_is_told() {
    let bot = creator(Effect::Change).await;
    bot.platform.takes_nothing_away();
    bot.says("create").await;
    bot.says(TO_THE_TOKEN).await;
    let asked = bot.says("hunter2-canary").await;
    insta::assert_snapshot!(asked.lines().next().unwrap_or_default(), @"I could not take your message with the secret away. Please delete it.");
}

#[tokio::test]
async fn a_change_with_a_form_is_confirmed_after_it() {
    let bot = creator(Effect::Change).await;
    bot.says("create").await;
    let asked = bot
        .says("name=shop language=go about=x owner=sre extras=ci replicas=3 budget=1 public=no")
        .await;
    insta::assert_snapshot!(without_ticket(&asked), @r#"
    This is a change: create (Creates a service).

    • name: shop
    • language: go
    • about: x
    • owner: sre
    • extras: ["ci"]
    • replicas: 3
    • budget: 1
    • public: false

    Shall I do it? I wait 2 minutes for your yes.

    [1] Yes, do it → confirm …
    [2] No → decline …
    "#);
    insta::assert_snapshot!(bot.press(1).await, @r#"
    Created:

    • name: "shop"
    • language: "go"
    • about: "x"
    • owner: "sre"
    • extras: ["ci"]
    • replicas: 3
    • budget: 1
    • public: false
    "#);
}

/// Answers everything up to the secret.
pub const TO_THE_TOKEN: &str =
    "name=shop language=go about=x owner=sre extras=ci replicas=3 budget=1 public=yes";

#[tokio::test]
async fn a_change_keeps_its_secrets_until_the_yes_and_through_no_restart() {
    let mut bot = creator(Effect::Change).await;
    bot.says("create").await;
    bot.says(TO_THE_TOKEN).await;
    let asked = bot.says("hunter2-canary").await;
    assert!(!asked.contains("hunter2"), "{asked}");
    let done = bot.press(1).await;
    assert!(done.contains("a secret of 14 characters"), "{done}");

    bot.says("create").await;
    bot.says(TO_THE_TOKEN).await;
    bot.says("hunter2-canary").await;
    bot.restart().await;
    insta::assert_snapshot!(bot.press(1).await, @"I was restarted, and I do not keep secrets, so nothing is changed. Please give the command again.");
    insta::assert_snapshot!(bot.press(1).await, @"Nothing of yours waits for this, or not any longer. Give the command again if you want it.");
}

fn collect(folder: &Path, bytes: &mut Vec<u8>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        if entry.path().is_dir() {
            collect(&entry.path(), bytes);
        } else {
            bytes.extend(std::fs::read(entry.path()).expect("a file"));
        }
    }
}

fn contains(bytes: &[u8], words: &[u8]) -> bool {
    bytes.windows(words.len()).any(|window| window == words)
}
