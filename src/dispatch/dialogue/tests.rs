//! A person fills in forms, line by line.

use serde_json::json;

use super::*;
use crate::message::form::{Field, FieldKind, FormPage, Offered, Secret};
use crate::store::memory::MemoryStore;

/// A dialogue with one person in one place; every line goes the way of the real one.
struct Talk {
    store: Arc<MemoryStore>,
    clock: Clock,
    dialogue: Dialogue,
}

impl Talk {
    fn new() -> Self {
        let clock = Clock::fixed(1_000);
        let store = Arc::new(MemoryStore::new(clock.clone()));
        let dialogue = Dialogue::new(Arc::clone(&store) as Arc<dyn Store>, clock.clone());
        Self {
            store,
            clock,
            dialogue,
        }
    }

    fn restart(&mut self) {
        self.dialogue = Dialogue::new(
            Arc::clone(&self.store) as Arc<dyn Store>,
            self.clock.clone(),
        );
    }

    async fn begin(&self, command: &str, form: Form) -> String {
        let subject = Subject {
            people: Vec::new(),
            command: command.to_owned(),
            arguments: Map::new(),
        };
        shown(
            &self
                .dialogue
                .begin(&place(), &ana(), subject, form)
                .await
                .expect("begun"),
        )
    }

    async fn turn(&self, line: &str) -> Turn {
        self.dialogue
            .said(&place(), &ana(), line)
            .await
            .expect("taken")
    }

    async fn say(&self, line: &str) -> String {
        match self.turn(line).await {
            Turn::Reply(reply) => shown(&reply),
            Turn::NotMine => "not mine".to_owned(),
            Turn::Done { subject, answers } => {
                let answers = serde_json::to_string(&answers).expect("JSON");
                format!("done: {} {answers}", subject.command)
            }
        }
    }
}

fn place() -> Place {
    Place {
        platform: "console".to_owned(),
        channel: "c".to_owned(),
        direct: false,
        ..Place::default()
    }
}

fn ana() -> PersonId {
    PersonId {
        platform: "console".to_owned(),
        id: "ana".to_owned(),
    }
}

fn shown(reply: &Reply) -> String {
    let buttons: Vec<_> = reply
        .choices
        .iter()
        .map(|choice| format!("[{} → {}]", choice.label, choice.line))
        .collect();
    format!("{}\n{}", reply.markdown, buttons.join(" "))
        .trim_end()
        .to_owned()
}

fn form() -> Form {
    let options = ["Go", "*Rust*"].map(|name| Offered {
        value: json!(name),
        label: name.to_owned(),
    });
    let mut port = Field::new(
        "port",
        "Port",
        FieldKind::Integer {
            minimum: Some(1),
            maximum: Some(9),
        },
    );
    port.default = Some(json!(8));
    let mut public = Field::new("public", "Public", FieldKind::Boolean);
    public.required = false;
    public.help = Some("Can <everybody> see it?".to_owned());
    let fields = vec![
        Field::new(
            "language",
            "Language",
            FieldKind::Choice {
                options: options.to_vec(),
            },
        ),
        port,
        public,
    ];
    Form {
        title: "New service".to_owned(),
        pages: vec![FormPage {
            title: "All".to_owned(),
            fields,
        }],
    }
}

fn token() -> Form {
    let fields = vec![
        Field::new("token", "Token", FieldKind::Secret),
        Field::new("name", "Name", FieldKind::text()),
    ];
    Form {
        title: "Connect".to_owned(),
        pages: vec![FormPage {
            title: "All".to_owned(),
            fields,
        }],
    }
}

#[tokio::test]
async fn a_date_and_a_person_are_asked_for_in_words() {
    let talk = Talk::new();
    let fields = vec![
        Field::new("from", "From", FieldKind::Date),
        Field::new("who", "Who", FieldKind::Person),
    ];
    let form = Form {
        title: "Holiday".to_owned(),
        pages: vec![FormPage {
            title: "All".to_owned(),
            fields,
        }],
    };
    insta::assert_snapshot!(talk.begin("create", form).await, @"
    **Holiday**: 2 questions. Say `back`, `skip`, `show` or `cancel` at any time.

    **From** (1 of 2) A date, like 2026-11-25.
    ");
    insta::assert_snapshot!(talk.say("next Monday").await, @r#"
    From must be a date, like 2026-11-25, not "next Monday".

    **From** (1 of 2) A date, like 2026-11-25.
    "#);
    insta::assert_snapshot!(talk.say("2026-11-30").await, @"**Who** (2 of 2) The name of a person in the catalog.");
    insta::assert_snapshot!(talk.say("@ana").await, @r#"done: create {"from":"2026-11-30","who":"ana"}"#);
}

#[tokio::test]
async fn a_form_is_asked_to_its_end() {
    let talk = Talk::new();
    insta::assert_snapshot!(talk.begin("create", form()).await, @r#"
    **New service**: 3 questions. Say `back`, `skip`, `show` or `cancel` at any time.

    **Language** (1 of 3) Choose one, by its number or name.

    1. Go
    2. \*Rust\*
    [Go → "Go"] [*Rust* → "*Rust*"]
    "#);
    insta::assert_snapshot!(talk.say("\"*Rust*\"").await, @"
    **Port** (2 of 3) A whole number from 1 to 9. Say `skip` to take `8`.
    [Take 8 → skip]
    ");
    insta::assert_snapshot!(talk.say("10").await, @"
    Port must be between 1 and 9, not 10.

    **Port** (2 of 3) A whole number from 1 to 9. Say `skip` to take `8`.
    [Take 8 → skip]
    ");
    insta::assert_snapshot!(talk.say("skip").await, @r"
    **Public** (3 of 3) Can \<everybody> see it? Yes or no? Say `skip` to leave it out.
    [Yes → yes] [No → no] [Skip → skip]
    ");
    insta::assert_snapshot!(talk.say("show").await, @r"
    So far:

    - Language: `*Rust*`
    - Port: `8`

    **Public** (3 of 3) Can \<everybody> see it? Yes or no? Say `skip` to leave it out.
    [Yes → yes] [No → no] [Skip → skip]
    ");
    insta::assert_snapshot!(talk.say("yes").await, @r#"done: create {"language":"*Rust*","port":8,"public":true}"#);
    assert_eq!(talk.say("yes").await, "not mine");
}

#[tokio::test]
async fn a_form_is_one_persons_in_one_place() {
    let talk = Talk::new();
    talk.begin("create", form()).await;
    let elsewhere = Place {
        thread: Some("t".to_owned()),
        ..place()
    };
    let bert = PersonId {
        id: "bert".to_owned(),
        ..ana()
    };
    assert_eq!(
        talk.dialogue
            .said(&elsewhere, &ana(), "1")
            .await
            .expect("taken"),
        Turn::NotMine
    );
    assert_eq!(
        talk.dialogue
            .said(&place(), &bert, "1")
            .await
            .expect("taken"),
        Turn::NotMine
    );
}

#[tokio::test]
async fn a_draft_survives_a_restart_for_a_day() {
    let mut talk = Talk::new();
    talk.begin("create", form()).await;
    talk.say("1").await;
    talk.restart();
    talk.clock.advance(Duration::from_hours(23));
    insta::assert_snapshot!(talk.say("back").await, @r#"
    **Language** (1 of 3) Choose one, by its number or name.

    1. Go
    2. \*Rust\*
    [Go → "Go"] [*Rust* → "*Rust*"]
    "#);
    talk.clock.advance(KEPT);
    assert_eq!(talk.say("1").await, "not mine");
}

#[tokio::test]
async fn cancelling_leaves_nothing() {
    let talk = Talk::new();
    talk.begin("create", form()).await;
    insta::assert_snapshot!(talk.say("cancel").await, @"**New service** is cancelled; nothing was done.");
    assert_eq!(talk.say("1").await, "not mine");
}

#[tokio::test]
async fn a_second_form_asks_which_of_the_two() {
    let talk = Talk::new();
    talk.begin("create", form()).await;
    let offer = talk.begin("connect", token()).await;
    insta::assert_snapshot!(offer, @"
    You are still filling in **New service** here. Say `continue` to go on with it, or `cancel` to drop it and begin **Connect**.
    [Continue New service → continue] [Cancel it and begin Connect → cancel]
    ");
    assert_eq!(talk.say("1").await, offer);
    assert!(
        talk.say("continue")
            .await
            .starts_with("**Language** (1 of 3)")
    );
    talk.begin("connect", token()).await;
    insta::assert_snapshot!(talk.say("cancel").await, @"
    **New service** is cancelled; nothing was done.

    **Connect**: 2 questions. Say `back`, `skip`, `show` or `cancel` at any time.

    **Token** (1 of 2) It is not kept or shown.
    ");
}

#[tokio::test]
async fn secrets_stay_out_of_the_store_and_are_asked_again_after_a_restart() {
    let mut talk = Talk::new();
    talk.begin("connect", token()).await;
    assert!(talk.say("hunter2").await.starts_with("**Name** (2 of 2)"));
    let drafts = talk
        .store
        .scan(Space::Draft, "", None, 9)
        .await
        .expect("drafts");
    assert!(!drafts[0].value.get().contains("hunter2"));
    let Turn::Done { answers, .. } = talk.turn("x").await else {
        panic!("not done")
    };
    assert_eq!(answers.secret("token").map(Secret::expose), Some("hunter2"));

    talk.begin("connect", token()).await;
    talk.say("hunter2").await;
    talk.restart();
    insta::assert_snapshot!(talk.say("x").await, @"
    I was restarted, and I do not keep secrets: please answer this once more.

    **Token** (1 of 2) It is not kept or shown.
    ");
    insta::assert_snapshot!(talk.say("hunter3").await, @"**Name** (2 of 2)");
    let Turn::Done { answers, .. } = talk.turn("x").await else {
        panic!("not done")
    };
    assert_eq!(answers.secret("token").map(Secret::expose), Some("hunter3"));
}

#[tokio::test]
async fn of_two_lines_at_once_one_is_taken() {
    let talk = Talk::new();
    talk.begin("create", form()).await;
    let key = key_of(&place(), &ana());
    let (mut draft, at) = talk
        .dialogue
        .load(&key)
        .await
        .expect("read")
        .expect("there");
    draft.filling.say("1");
    assert!(matches!(
        talk.dialogue.save(&key, Some(at), &draft).await,
        Ok(Saved::Yes)
    ));
    assert!(matches!(
        talk.dialogue.save(&key, Some(at), &draft).await,
        Ok(Saved::Conflict)
    ));
    insta::assert_snapshot!(shown(
&talk.dialogue.where_it_stands(&key).await.expect("said")), @"
    Two answers came at the same time, and only the other one was taken.

    **Port** (2 of 3) A whole number from 1 to 9. Say `skip` to take `8`.
    [Take 8 → skip]
    ");
}

#[tokio::test]
async fn a_draft_nobody_can_read_is_given_up() {
    let talk = Talk::new();
    let key = key_of(&place(), &ana());
    let value = json(&key, "of another version").expect("JSON");
    let write = Write::Put {
        space: Space::Draft,
        key,
        value,
        expires: None,
    };
    talk.store.apply(&[write]).await.expect("written");
    assert_eq!(talk.say("1").await, "not mine");
    assert!(
        talk.begin("create", form())
            .await
            .starts_with("**New service**")
    );
}

#[tokio::test]
async fn while_two_forms_wait_for_a_choice_a_line_is_none_of_their_secrets_but_may_hold_one() {
    let talk = Talk::new();
    let token = |title: &str| Form {
        title: title.to_owned(),
        pages: vec![FormPage {
            title: String::new(),
            fields: vec![Field::new("token", "Token", FieldKind::Secret)],
        }],
    };
    let secretive = async || {
        let found = talk.dialogue.secretive(&place(), &ana(), "hunter2").await;
        found.expect("the store").expect("a form with a secret")
    };
    talk.begin("create", token("New service")).await;
    let one = secretive().await;
    assert!(one.is_said && one.is_asked && one.is_certain);
    talk.begin("other", token("New library")).await;
    let two = secretive().await;
    assert!(!two.is_said && !two.is_asked && !two.is_certain);
}
