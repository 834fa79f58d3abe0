//! A form that is being filled in: one pure state machine for pages and for one question at a time.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::check::{Checked, plain};
use super::{Answers, Field, FieldKind, Form, FormPage};

/// What stands in the place of a secret where a value is needed.
static HIDDEN: Value = Value::Null;

/// A form and how far somebody is with it.
///
/// Stored and read again it goes on where it was, but for secrets: they are not stored, so they are asked again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Draft")]
pub struct Filling {
    pub(super) form: Form,
    pub(super) answers: Answers,
    /// Names of the fields that were answered or skipped, in that order.
    settled: Vec<String>,
    /// What is wrong with the last answers: field and sentence.
    pub(super) errors: Vec<(String, String)>,
    pub(super) cancelled: bool,
}

/// What is asked now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Question<'a> {
    /// The page it stands on.
    pub page: &'a FormPage,
    /// The field.
    pub field: &'a Field,
    /// Which question it is; the first is 1.
    pub number: usize,
    /// How many there are, as far as can be told now.
    pub of: usize,
}

impl Filling {
    /// Begins with the first question. Defaults of secrets are dropped: they would stand in the store.
    pub fn new(mut form: Form) -> Self {
        for field in form.pages.iter_mut().flat_map(|page| &mut page.fields) {
            if field.kind == FieldKind::Secret {
                field.default = None;
            }
        }
        Self {
            form,
            answers: Answers::default(),
            settled: Vec::new(),
            errors: Vec::new(),
            cancelled: false,
        }
    }

    /// The form.
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// What was answered so far, without the fields that are not asked (any more).
    pub fn answers(&self) -> Answers {
        let mut answers = self.answers.clone();
        let visible = self.visible();
        let names = self.form.pages.iter().flat_map(|page| &page.fields);
        for field in
            names.filter(|field| !visible.iter().any(|(_, shown)| shown.name == field.name))
        {
            answers.remove(&field.name);
        }
        answers
    }

    /// What is wrong with the last answers: the names of fields and plain sentences.
    pub fn errors(&self) -> &[(String, String)] {
        &self.errors
    }

    /// The next question; `None` when nothing is left to ask.
    pub fn question(&self) -> Option<Question<'_>> {
        if self.cancelled {
            return None;
        }
        let visible = self.visible();
        let position = visible
            .iter()
            .position(|(_, field)| !self.is_settled(field))?;
        let (page, field) = visible[position];
        Some(Question {
            page,
            field,
            number: position + 1,
            of: visible.len(),
        })
    }

    /// The page of the next question as a platform shows it: only fields that are asked, with what was answered
    /// before as their defaults. `None` when nothing is left to ask.
    ///
    /// A field that depends on another one of the same page is on it only once that one is answered; such a page
    /// comes again with the fields that its answers brought up.
    pub fn page(&self) -> Option<FormPage> {
        let page = self.question()?.page;
        let mut shown = FormPage {
            title: page.title.clone(),
            fields: Vec::new(),
        };
        for (of, field) in self.visible() {
            if std::ptr::eq(of, page) {
                let mut field = field.clone();
                let answer = self.answers.get(&field.name);
                if let Some(answer) = answer.filter(|answer| field.fault(answer).is_none()) {
                    field.default = Some(answer.clone());
                }
                shown.fields.push(field);
            }
        }
        Some(shown)
    }

    /// Where the page of [`Filling::page`] stands among the pages that ask something: its number from 1, and how many there
    /// are as far as can be told now.
    pub fn progress(&self) -> Option<(usize, usize)> {
        let now = self.question()?.page;
        let pages = self.pages();
        let position = pages.iter().position(|page| std::ptr::eq(*page, now))?;
        Some((position + 1, pages.len()))
    }

    /// Goes back to the page before the one of [`Filling::page`]; what was answered there stays as its defaults. `false`
    /// when there is none.
    pub fn back_page(&mut self) -> bool {
        let Some((number, _)) = self.progress() else {
            return false;
        };
        let Some(before) = number.checked_sub(2) else {
            return false;
        };
        let pages = self.pages();
        let again: Vec<String> = self
            .visible()
            .into_iter()
            .filter(|(page, _)| pages[before..].iter().any(|of| std::ptr::eq(*of, *page)))
            .map(|(_, field)| field.name.clone())
            .collect();
        self.settled.retain(|settled| !again.contains(settled));
        self.errors.clear();
        true
    }

    /// The pages that ask something, each once.
    fn pages(&self) -> Vec<&FormPage> {
        let mut pages: Vec<&FormPage> = Vec::new();
        for (page, _) in self.visible() {
            if !pages.last().is_some_and(|last| std::ptr::eq(*last, page)) {
                pages.push(page);
            }
        }
        pages
    }

    /// Keeps what was typed on the page so far as its defaults, as far as it is right; nothing is answered by it.
    pub fn keep(&mut self, given: &Answers) {
        for field in self.page().into_iter().flat_map(|page| page.fields) {
            let typed = given.get(&field.name).filter(|value| !is_blank(value));
            if let Some(Ok(Checked::Value(value))) = typed.map(|value| field.check(value)) {
                self.answers.set(&field.name, value);
            }
        }
    }

    /// Takes the answers to the page that [`Filling::page`] gave: all of them, or none and what is wrong with each.
    /// Answers to fields that are not on it are left out.
    pub fn answer_page(&mut self, given: &Answers) -> Result<(), Vec<(String, String)>> {
        let Some(page) = self.page() else {
            return Ok(());
        };
        let mut next = self.clone();
        next.errors.clear();
        for field in &page.fields {
            let taken = match (given.secret(&field.name), given.get(&field.name)) {
                (Some(secret), _) => field.check(&Value::from(secret.expose())).map(Some),
                (None, Some(value)) if !is_blank(value) => field.check(value).map(Some),
                _ => field.unanswered(),
            };
            match taken {
                Ok(checked) => next.settle(&field.name, checked),
                Err(sentence) => next.errors.push((field.name.clone(), sentence)),
            }
        }
        if next.errors.is_empty() {
            *self = next;
            return Ok(());
        }
        self.errors = next.errors;
        Err(self.errors.clone())
    }

    /// Takes the last answered question back; `false` when there is none.
    pub fn back(&mut self) -> bool {
        let Some(name) = self.settled.pop() else {
            return false;
        };
        self.answers.remove(&name);
        self.errors.clear();
        true
    }

    /// What was answered so far, for people: labels and values in plain text. Secrets are not shown.
    pub fn summary(&self) -> Vec<(String, String)> {
        let shown = |field: &Field| match self.answers.get(&field.name) {
            _ if self.answers.secret(&field.name).is_some() => "(hidden)".to_owned(),
            None => "(skipped)".to_owned(),
            Some(value) => field.shown(value),
        };
        self.visible()
            .into_iter()
            .filter(|(_, field)| self.is_settled(field))
            .map(|(_, field)| (field.label.clone(), shown(field)))
            .collect()
    }

    /// The fields whose conditions hold. Conditions look at earlier fields only, so they cannot go in circles.
    pub(super) fn visible(&self) -> Vec<(&FormPage, &Field)> {
        let mut visible: Vec<(&FormPage, &Field)> = Vec::new();
        for page in &self.form.pages {
            for field in &page.fields {
                let is_asked = field.when.as_ref().is_none_or(|when| {
                    when.holds(&|name| {
                        let mut earlier = visible.iter();
                        earlier.find(|(_, earlier)| earlier.name == name)?;
                        self.answer(name)
                    })
                });
                if is_asked && visible.iter().all(|(_, other)| other.name != field.name) {
                    visible.push((page, field));
                }
            }
        }
        visible
    }

    /// An answer as conditions see it: that there is a secret, but not which.
    fn answer(&self, name: &str) -> Option<&Value> {
        let hidden = || self.answers.secret(name).map(|_| &HIDDEN);
        self.answers.get(name).or_else(hidden)
    }

    /// Whether a field needs no answer any more. One that is asked in several ways needs a new answer when the old one does
    /// not fit the way in which it is asked now.
    fn is_settled(&self, field: &Field) -> bool {
        let mut named = self.form.pages.iter().flat_map(|page| &page.fields);
        let is_several = named.by_ref().any(|other| other.name == field.name)
            && named.any(|other| other.name == field.name);
        self.settled.contains(&field.name)
            && (!is_several
                || match self.answers.get(&field.name) {
                    Some(answer) => field.fault(answer).is_none(),
                    None => !field.required || self.answers.secret(&field.name).is_some(),
                })
    }

    pub(super) fn settle(&mut self, name: &str, checked: Option<Checked>) {
        self.answers.remove(name);
        match checked {
            Some(Checked::Value(value)) => self.answers.set(name, value),
            Some(Checked::Secret(secret)) => self.answers.set_secret(name, secret),
            None => {}
        }
        self.settled.retain(|settled| settled != name);
        self.settled.push(name.to_owned());
    }
}

impl Field {
    /// What is taken when nothing is said: the default, or nothing where nothing is needed.
    pub(super) fn unanswered(&self) -> Result<Option<Checked>, String> {
        match &self.default {
            Some(default) => self.check(default).map(Some),
            None if self.required => Err(format!("{} is needed and has no default.", self.label)),
            None => Ok(None),
        }
    }

    /// A value as people read it: the labels of choices, not their values.
    pub fn shown(&self, value: &Value) -> String {
        let label = |value: &Value| match &self.kind {
            FieldKind::Choice { options } | FieldKind::ManyChoices { options } => options
                .iter()
                .find(|option| option.value == *value)
                .map_or_else(|| plain(value), |option| option.label.clone()),
            FieldKind::Secret => "(hidden)".to_owned(),
            _ => plain(value),
        };
        match value {
            Value::Array(values) if !values.is_empty() => {
                values.iter().map(label).collect::<Vec<_>>().join(", ")
            }
            value => label(value),
        }
    }
}

/// A filling as it was stored: without secrets.
#[derive(Deserialize)]
struct Draft {
    form: Form,
    answers: Answers,
    settled: Vec<String>,
    errors: Vec<(String, String)>,
    cancelled: bool,
}

impl From<Draft> for Filling {
    fn from(draft: Draft) -> Self {
        let Draft {
            form,
            answers,
            mut settled,
            errors,
            cancelled,
        } = draft;
        for field in form.pages.iter().flat_map(|page| &page.fields) {
            if field.kind == FieldKind::Secret {
                settled.retain(|name| *name != field.name);
            }
        }
        Self {
            form,
            answers,
            settled,
            errors,
            cancelled,
        }
    }
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::super::{Condition, Offered, Secret, Step};
    use super::*;

    fn options(names: &[&str]) -> Vec<Offered> {
        let offered = |name: &&str| Offered {
            value: json!(name.to_lowercase()),
            label: (*name).to_owned(),
        };
        names.iter().map(offered).collect()
    }

    /// Two pages: name, owner, language; then port (only for Rust), public, token, notes.
    pub fn service() -> Form {
        let integer = FieldKind::Integer {
            minimum: Some(1),
            maximum: Some(65_535),
        };
        let mut port = Field::new("port", "Port", integer);
        port.default = Some(json!(8080));
        port.when = Some(Condition::Equals {
            field: "language".to_owned(),
            equals: json!("rust"),
        });
        let mut token = Field::new("token", "Token", FieldKind::Secret);
        token.required = false;
        let mut notes = Field::new("notes", "Notes", FieldKind::text());
        notes.required = false;
        let languages = FieldKind::Choice {
            options: options(&["Go", "Rust"]),
        };
        Form {
            title: "New service".to_owned(),
            pages: vec![
                FormPage {
                    title: "What".to_owned(),
                    fields: vec![
                        Field::new("name", "Name", FieldKind::text()),
                        Field::new("owner", "Owner", FieldKind::entity(["group"])),
                        Field::new("language", "Language", languages),
                    ],
                },
                FormPage {
                    title: "How".to_owned(),
                    fields: vec![
                        port,
                        Field::new("public", "Public", FieldKind::Boolean),
                        token,
                        notes,
                    ],
                },
            ],
        }
    }

    pub fn asked(filling: &Filling) -> String {
        let question = filling.question();
        question.map_or_else(
            || "nothing".to_owned(),
            |asked| format!("{} {}/{}", asked.field.name, asked.number, asked.of),
        )
    }

    pub fn say(filling: &mut Filling, lines: &[&str]) -> Step {
        lines
            .iter()
            .map(|line| filling.say(line))
            .last()
            .expect("a line")
    }

    #[test]
    fn questions_come_in_order_and_only_those_that_apply() {
        let mut filling = Filling::new(service());
        assert_eq!(asked(&filling), "name 1/6");
        assert_eq!(say(&mut filling, &["billing", "team-a", "2"]), Step::Asked);
        assert_eq!(asked(&filling), "port 4/7");
        assert_eq!(
            say(&mut filling, &["", "yes", "hunter2", "skip"]),
            Step::Done
        );
        let answers = filling.answers();
        assert_eq!(
            serde_json::to_string(&answers).expect("JSON"),
            r#"{"name":"billing","owner":"team-a","language":"rust","port":8080,"public":true}"#
        );
        assert_eq!(answers.secret("token"), Some(&Secret::new("hunter2")));
    }

    #[test]
    fn a_page_is_taken_whole_or_not_at_all() {
        let mut filling = Filling::new(service());
        let page = filling.page().expect("a page");
        assert_eq!((page.title.as_str(), page.fields.len()), ("What", 3));
        let mut answers = Answers::default();
        answers.set("name", "billing");
        answers.set("language", "cobol");
        let errors = filling.answer_page(&answers).expect_err("refused");
        assert_eq!(
            errors,
            [
                (
                    "owner".to_owned(),
                    "Owner is needed and has no default.".to_owned()
                ),
                (
                    "language".to_owned(),
                    "Language has no choice \"cobol\"; it is one of: Go, Rust.".to_owned()
                ),
            ]
        );
        assert!(filling.answers().is_empty());
        answers.set("owner", "team-a");
        answers.set("language", "go");
        answers.set("not-a-field", "x");
        assert_eq!(filling.answer_page(&answers), Ok(()));
        assert_eq!(filling.answers().values().len(), 3);
        let page = filling.page().expect("a page");
        assert_eq!(
            page.fields
                .iter()
                .map(|field| field.name.as_str())
                .collect::<Vec<_>>(),
            ["public", "token", "notes"]
        );
    }

    #[test]
    fn a_page_back_shows_what_was_answered_there() {
        let mut filling = Filling::new(service());
        assert_eq!(filling.progress(), Some((1, 2)));
        assert!(!filling.back_page());
        let mut answers = Answers::default();
        for (name, value) in [
            ("name", "billing"),
            ("owner", "team-a"),
            ("language", "rust"),
        ] {
            answers.set(name, value);
        }
        assert_eq!(filling.answer_page(&answers), Ok(()));
        assert_eq!(filling.progress(), Some((2, 2)));
        assert!(filling.back_page());
        let page = filling.page().expect("a page");
        assert_eq!(page.title, "What");
        assert_eq!(page.fields[2].default, Some(json!("rust")));
        assert_eq!(asked(&filling), "name 1/7");
    }

    #[test]
    fn secrets_are_neither_shown_nor_stored() {
        let mut filling = Filling::new(service());
        say(
            &mut filling,
            &["name=a owner=b language=go", "no", "name=hunter2"],
        );
        assert_eq!(
            filling.answers().secret("token"),
            Some(&Secret::new("name=hunter2"))
        );
        let stored = serde_json::to_string(&filling).expect("JSON");
        let shown = format!("{filling:?}{:?}{stored}", filling.summary());
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("(hidden)"));
        let restored: Filling = serde_json::from_str(&stored).expect("a filling");
        assert_eq!(asked(&restored), "token 5/6");
        assert_eq!(restored.answers().get("public"), Some(&json!(false)));
    }

    #[test]
    fn a_field_may_be_asked_in_several_ways() {
        let when = |cloud: &str, region: FieldKind| {
            let mut field = Field::new("region", "Region", region);
            field.when = Some(Condition::Equals {
                field: "cloud".to_owned(),
                equals: json!(cloud),
            });
            field
        };
        let choice = |names: &[&str]| FieldKind::Choice {
            options: options(names),
        };
        let form = Form {
            title: "Place".to_owned(),
            pages: vec![FormPage {
                title: "Where".to_owned(),
                fields: vec![
                    Field::new("cloud", "Cloud", choice(&["AWS", "GCP"])),
                    when("aws", choice(&["us-east-1", "both"])),
                    when("gcp", choice(&["us-east1", "both"])),
                ],
            }],
        };
        let mut filling = Filling::new(form.clone());
        assert_eq!(
            say(&mut filling, &["aws", "us-east1"]),
            Step::Invalid(
                "Region has no choice \"us-east1\". Did you mean \"us-east-1\"?".to_owned()
            )
        );
        assert_eq!(filling.say("us-east-1"), Step::Done);
        let mut filling = Filling::new(form);
        assert_eq!(
            say(&mut filling, &["cloud=aws region=us-east-1"]),
            Step::Done
        );
        // Another cloud asks for the region again, unless the one that was chosen is there as well.
        let mut changed = filling.clone();
        changed.answers.set("cloud", "gcp");
        assert_eq!(asked(&changed), "region 2/2");
        assert_eq!(changed.page().expect("a page").fields[1].default, None);
        assert_eq!(changed.say("both"), Step::Done);
        changed.answers.set("cloud", "aws");
        assert_eq!(asked(&changed), "nothing");
    }

    #[test]
    fn what_is_stored_without_secrets_comes_back_the_same() {
        let mut filling = Filling::new(service());
        say(&mut filling, &["billing", "team-a", "cobol"]);
        let stored = serde_json::to_string(&filling).expect("JSON");
        assert_eq!(
            serde_json::from_str::<Filling>(&stored).expect("a filling"),
            filling
        );
    }
}
