//! One question at a time: what a line means while a form is being filled in.

use super::{Answers, Field, FieldKind, Filling};

/// What came of a line.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// The next question is to be asked.
    Asked,
    /// The same question is to be asked again; the sentences, in plain text, say why.
    Invalid(String),
    /// What was answered so far is to be shown.
    Shown,
    /// Nothing more is asked, and nothing comes of it.
    Cancelled,
    /// Everything is answered.
    Done,
}

impl Filling {
    /// Takes one line: an answer, several as `name=value`, or one of the words `back`, `skip`, `cancel`, `show`.
    /// An empty line takes the default. Quotes make an answer of a word.
    pub fn say(&mut self, line: &str) -> Step {
        if self.cancelled {
            return Step::Cancelled;
        }
        let Some(field) = self.question().map(|question| question.field.clone()) else {
            return Step::Done;
        };
        let line = line.trim();
        match line.to_lowercase().as_str() {
            "cancel" => {
                self.cancelled = true;
                self.answers = Answers::default();
                return Step::Cancelled;
            }
            "show" => return Step::Shown,
            "back" if self.back() => return Step::Asked,
            "back" => {
                return Step::Invalid(
                    "This is the first question; say cancel to leave the form.".to_owned(),
                );
            }
            _ => {}
        }
        self.errors.clear();
        let taken = if line.is_empty() || line.eq_ignore_ascii_case("skip") {
            field.unanswered().map_err(in_words)
        } else {
            if let Some(pairs) = self.pairs(&field, line) {
                return self.say_several(&pairs);
            }
            field.read(line).map(Some)
        };
        match taken {
            Ok(checked) => {
                self.settle(&field.name, checked);
                self.asked_or_done()
            }
            Err(sentence) => self.refused(vec![(field.name, sentence)]),
        }
    }

    /// Whether a line, said now, is or holds the answer to a secret.
    pub fn reads_secret(&self, line: &str) -> bool {
        let line = line.trim();
        let is_word = ["", "back", "cancel", "show", "skip"]
            .iter()
            .any(|word| line.eq_ignore_ascii_case(word));
        let asked = self.question().map(|question| &question.field.kind);
        let is_named = |word: &String| {
            let name = word.split_once('=').map(|(name, _)| name);
            let is_it =
                |field: &Field| name.is_some_and(|name| field.name.eq_ignore_ascii_case(name));
            self.form.secrets().any(is_it)
        };
        !is_word && (asked == Some(&FieldKind::Secret) || words(line).iter().any(is_named))
    }

    /// The line as answers by name, when every word of it names a field. An answer to a secret never is.
    fn pairs(&self, asked: &Field, line: &str) -> Option<Vec<(String, String)>> {
        if asked.kind == FieldKind::Secret {
            return None;
        }
        let fields = || self.form.pages.iter().flat_map(|page| &page.fields);
        let pairs: Option<Vec<_>> = words(line)
            .into_iter()
            .map(|word| {
                let (name, value) = word.split_once('=')?;
                let field = fields().find(|field| field.name.eq_ignore_ascii_case(name))?;
                Some((field.name.clone(), value.to_owned()))
            })
            .collect();
        pairs.filter(|pairs| !pairs.is_empty())
    }

    /// Takes those that fit. In the order of the form, because an answer may bring up the field of another one.
    fn say_several(&mut self, pairs: &[(String, String)]) -> Step {
        let mut names: Vec<String> = Vec::new();
        for field in self.form.pages.iter().flat_map(|page| &page.fields) {
            if !names.contains(&field.name) {
                names.push(field.name.clone());
            }
        }
        let mut errors = Vec::new();
        for name in names {
            let Some((_, value)) = pairs.iter().rev().find(|(given, _)| *given == name) else {
                continue;
            };
            let field = self
                .visible()
                .into_iter()
                .find(|(_, field)| field.name == name);
            let Some(field) = field.map(|(_, field)| field.clone()) else {
                errors.push((
                    name.clone(),
                    format!("{name} is not asked here, because of the other answers."),
                ));
                continue;
            };
            let taken = if value.is_empty() {
                field.unanswered().map_err(in_words)
            } else {
                field.read(value).map(Some)
            };
            match taken {
                Ok(checked) => self.settle(&name, checked),
                Err(sentence) => errors.push((name, sentence)),
            }
        }
        if errors.is_empty() {
            self.asked_or_done()
        } else {
            self.refused(errors)
        }
    }

    fn asked_or_done(&self) -> Step {
        if self.question().is_some() {
            Step::Asked
        } else {
            Step::Done
        }
    }

    fn refused(&mut self, errors: Vec<(String, String)>) -> Step {
        let sentences: Vec<&str> = errors
            .iter()
            .map(|(_, sentence)| sentence.as_str())
            .collect();
        let sentences = sentences.join(" ");
        self.errors = errors;
        Step::Invalid(sentences)
    }
}

/// Splits at spaces outside of double quotes; the quotes stay with the value's reader.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for character in line.chars() {
        if character.is_whitespace() && !quoted {
            words.push(String::new());
            continue;
        }
        quoted ^= character == '"';
        if let Some(word) = words.last_mut() {
            word.push(character);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// In a conversation nobody sees a button to leave by.
fn in_words(sentence: String) -> String {
    match sentence.strip_suffix('.') {
        Some(sentence) => format!("{sentence}; say cancel to leave the form."),
        None => sentence,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::Form;
    use super::super::filling::tests::{asked, service};
    use super::*;

    #[test]
    fn the_words_do_what_they_say() {
        let mut filling = Filling::new(service());
        assert_eq!(
            filling.say("back"),
            Step::Invalid("This is the first question; say cancel to leave the form.".to_owned())
        );
        assert_eq!(
            filling.say("skip"),
            Step::Invalid(
                "Name is needed and has no default; say cancel to leave the form.".to_owned()
            )
        );
        assert_eq!(
            filling.errors(),
            [(
                "name".to_owned(),
                "Name is needed and has no default; say cancel to leave the form.".to_owned()
            )]
        );
        assert_eq!(filling.say("\"back\""), Step::Asked);
        assert_eq!(filling.say("show"), Step::Shown);
        assert_eq!(filling.summary(), [("Name".to_owned(), "back".to_owned())]);
        assert_eq!(filling.say("BACK"), Step::Asked);
        assert_eq!(asked(&filling), "name 1/6");
        assert_eq!(filling.say("Cancel"), Step::Cancelled);
        assert_eq!(filling.say("x"), Step::Cancelled);
        assert!(filling.answers().is_empty());
    }

    #[test]
    fn one_line_may_answer_several_questions() {
        let mut filling = Filling::new(service());
        assert_eq!(
            filling.say("Owner=team-a name=\"my service\" language=rust port=0"),
            Step::Invalid("Port must be between 1 and 65535, not 0.".to_owned())
        );
        assert_eq!(asked(&filling), "port 4/7");
        assert_eq!(filling.answers().get("name"), Some(&json!("my service")));
        // Named again, an answer is changed; what depended on it is no longer asked.
        assert_eq!(filling.say("language=go"), Step::Asked);
        assert_eq!(
            filling.say("port=1"),
            Step::Invalid("port is not asked here, because of the other answers.".to_owned())
        );
        assert_eq!(asked(&filling), "public 4/6");
        // A line that names no field is an answer like any other.
        let mut filling = Filling::new(service());
        filling.say("a=b");
        assert_eq!(filling.answers().get("name"), Some(&json!("a=b")));
    }

    #[test]
    fn a_form_without_questions_is_done_at_once() {
        let mut filling = Filling::new(Form {
            title: String::new(),
            pages: Vec::new(),
        });
        assert_eq!((filling.page(), filling.say("x")), (None, Step::Done));
    }

    fn line() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "(back|skip|cancel|show|yes|2|rust|team-a|port=7|name=x language=rust|\"|=|token=s| )",
            Just(String::new()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_line_panics_and_back_undoes_one_answer(lines in prop::collection::vec(line(), 0..24)) {
            let mut filling = Filling::new(service());
            for line in lines {
                let plain = !line.contains('=') && filling.question().is_some();
                let step = filling.say(&line);
                let took = matches!(step, Step::Asked | Step::Done) && filling.errors().is_empty();
                let is_word = ["back", "show", "cancel"].contains(&line.trim().to_lowercase().as_str());
                if took && plain && !is_word {
                    let after = filling.clone();
                    if filling.back() {
                        filling.say(&line);
                    }
                    prop_assert_eq!(&filling, &after);
                }
                let stored = serde_json::to_string(&filling).expect("JSON");
                let restored: Filling = serde_json::from_str(&stored).expect("a filling");
                prop_assert_eq!(restored.answers().values().clone(), filling.answers().values().clone());
            }
        }

        #[test]
        fn no_page_panics(values in prop::collection::vec(("(name|owner|language|port|public|token|notes)", any::<String>()), 0..8)) {
            let mut filling = Filling::new(service());
            for (name, value) in values {
                let mut answers = Answers::default();
                answers.set(name, value);
                if let Err(errors) = filling.answer_page(&answers) {
                    prop_assert!(errors.iter().all(|(_, sentence)| sentence.ends_with(['.', '?'])));
                }
            }
        }
    }
}
