//! One line and its answer, whatever platform it came by.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Dispatch;
use super::confirm::{Confirm, Pending, Said};
use super::dialogue::{Subject, Turn};
use super::identity::asker;
use super::paste;
use super::question;
use crate::action::card;
use crate::action::resolve::{Unresolved, asking, resolve};
use crate::action::{Action, Argument, Asker, Call, Effect, Kind};
use crate::catalog::Catalog;
use crate::catalog::index::{Found, Match};
use crate::command::{Command, Understood};
use crate::failure::{Failure, Fault};
use crate::message::form::Answers;
use crate::message::{Choice, PersonId, Picture, Place, Reply, markdown};
use crate::store::StoreError;

/// Everything about one answer; what `callboard exec --format json` prints.
#[derive(Debug, Default, Serialize)]
pub struct Answer {
    /// The command that was understood.
    pub command: Option<String>,
    /// Its arguments; entities as full references.
    pub arguments: Map<String, Value>,
    /// What the action found.
    pub data: Option<Value>,
    /// What is said, and by which choices it may go on; `None` where silence is the answer.
    #[serde(skip)]
    pub reply: Option<Reply>,
    /// Why there is no answer.
    pub failure: Option<Told>,
}

/// A failure as the asker hears of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Ours, and not the asker's.
    pub internal: bool,
    /// What is wrong, in CommonMark.
    pub says: String,
    /// What to try.
    pub hint: Option<String>,
    /// What an operator finds in the log.
    pub reference: Option<String>,
}

/// A command with what was typed for it.
struct Wanted<'a> {
    command: &'a Arc<Command>,
    typed: BTreeMap<String, String>,
    answers: Option<Answers>,
    confirmed: bool,
}

impl Dispatch {
    /// Answers one line of a person in a place.
    pub async fn answer(&self, line: &str, place: &Place, person: &PersonId) -> Answer {
        match self.converse(line, place, person).await {
            Ok(answer) => answer,
            Err(error) => failed(Answer::default(), Failure::Internal(error), Vec::new()),
        }
    }

    /// First what is open between the two — a confirmation, a form, a question — then the line for itself.
    async fn converse(
        &self,
        line: &str,
        place: &Place,
        person: &PersonId,
    ) -> anyhow::Result<Answer> {
        // A pressed button names its change; a bare yes answers the form, if one is open.
        if Confirm::is_for_one(line)
            && let Some(answer) = self.consented(line, place, person).await
        {
            return Ok(answer);
        }
        match self.dialogue.said(place, person, line).await {
            Ok(Turn::NotMine) => {}
            Ok(Turn::Reply(reply)) => return Ok(replied(reply)),
            Ok(Turn::Done { subject, answers }) => {
                return Ok(self.filled(subject, answers, place, person).await);
            }
            Err(error) => forgotten(&error),
        }
        if let Some(answer) = self.consented(line, place, person).await {
            return Ok(answer);
        }
        let book = self.context.book.load_full();
        let understood = book.understand(line);
        let named = matches!(
            understood,
            Understood::Call(_) | Understood::Missing { .. } | Understood::Leftover { .. }
        );
        let question = self.questions.take(place, person).await;
        let question = question.unwrap_or_else(|error| {
            forgotten(&error);
            None
        });
        let understood = match question {
            Some(_) if question::is_dropped_by(line) => {
                return Ok(replied(Reply::text("All right, never mind.")));
            }
            // Who asks for another command has dropped the question.
            Some(open) if !named => {
                let command = book.find(&open.command);
                let param = command.and_then(|command| {
                    command.takes.iter().find(|param| param.name == open.param)
                });
                match (command, param) {
                    (Some(command), Some(param)) => {
                        Understood::answering(command, open.so_far, param, line)
                    }
                    _ => understood,
                }
            }
            _ => understood,
        };
        let understood = paste::asks_whose(&self.context.catalog(), &book, understood, line);
        match understood {
            Understood::Pasted(_) if place.direct => Ok(replied(Reply::text(
                "Nothing in this text is known to the catalog, so I cannot say whose it is. Try `who-owns` and a name; `help` lists the rest.",
            ))),
            // In a channel silence is polite; somebody alone with the bot would wait.
            Understood::Silence if place.direct && !line.trim().is_empty() => {
                Ok(replied(Reply::text(
                    "I heard no question in that. Try `who-owns` and a name; `help` lists the rest.",
                )))
            }
            Understood::Silence | Understood::Pasted(_) => Ok(Answer::default()),
            Understood::Refused(fault) => {
                Ok(failed(Answer::default(), Failure::User(fault), Vec::new()))
            }
            Understood::Leftover { command, usage, .. } => {
                let answer = Answer {
                    command: Some(command.name.clone()),
                    ..Answer::default()
                };
                Ok(failed(answer, Failure::user(usage), Vec::new()))
            }
            Understood::Unknown {
                word,
                suggestions,
                rest,
            } => {
                let asker = asker(&self.context, person);
                Ok(self.unknown(line, &word, &suggestions, &rest, &asker))
            }
            Understood::Missing {
                command,
                param,
                so_far,
            } => {
                let question = param.question();
                self.questions
                    .ask(place, person, &command.name, &param.name, so_far)
                    .await?;
                let answer = Answer {
                    command: Some(command.name.clone()),
                    ..Answer::default()
                };
                Ok(failed(answer, Failure::user(question), Vec::new()))
            }
            Understood::Call(parsed) => {
                let wanted = Wanted {
                    command: &parsed.command,
                    typed: parsed.arguments,
                    answers: None,
                    confirmed: false,
                };
                Ok(self.run(wanted, place, person).await)
            }
        }
    }

    /// What a word of consent or refusal leads to, where a change waits for one.
    async fn consented(&self, line: &str, place: &Place, person: &PersonId) -> Option<Answer> {
        match self.confirm.said(place, person, line).await {
            Ok(Said::Nothing) => None,
            Ok(Said::Reply(reply)) => Some(replied(reply)),
            Ok(Said::Confirmed(pending)) => Some(self.confirmed(pending, place, person).await),
            Err(error) => {
                forgotten(&error);
                None
            }
        }
    }

    /// What was confirmed is run.
    async fn confirmed(&self, pending: Pending, place: &Place, person: &PersonId) -> Answer {
        let book = self.context.book.load_full();
        let Some(command) = book.find(&pending.command) else {
            return failed(Answer::default(), gone(&pending.command), Vec::new());
        };
        let wanted = Wanted {
            command,
            typed: pending.arguments,
            answers: pending.answers,
            confirmed: true,
        };
        self.run(wanted, place, person).await
    }

    /// A form that was filled in goes on where it was asked for.
    async fn filled(
        &self,
        subject: Subject,
        answers: Answers,
        place: &Place,
        person: &PersonId,
    ) -> Answer {
        let book = self.context.book.load_full();
        let Some(command) = book.find(&subject.command) else {
            return failed(Answer::default(), gone(&subject.command), Vec::new());
        };
        let typed = subject
            .arguments
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())))
            .collect();
        let wanted = Wanted {
            command,
            typed,
            answers: Some(answers),
            confirmed: false,
        };
        self.run(wanted, place, person).await
    }

    async fn run(&self, wanted: Wanted<'_>, place: &Place, person: &PersonId) -> Answer {
        let command = wanted.command.clone();
        let mut answer = Answer {
            command: Some(command.name.clone()),
            ..Answer::default()
        };
        let data = match &command.action {
            None => json!({}),
            Some(name) => {
                let Some(action) = self.actions.get(name.as_str()).copied() else {
                    let missing = anyhow::anyhow!(
                        "{} names the action {name:?}, which there is not",
                        command.file
                    );
                    return failed(answer, Failure::Internal(missing), Vec::new());
                };
                match self.act(action, wanted, place, person, &mut answer).await {
                    Ok(Acted::Data(data)) => data,
                    Ok(Acted::Reply(reply)) => {
                        answer.reply = Some(reply);
                        return answer;
                    }
                    Err(unresolved) => {
                        return failed(answer, unresolved.failure, unresolved.choices);
                    }
                }
            }
        };
        match command.render(&data) {
            Ok(mut reply) => {
                reply.picture = self.picture(&command, &data).await;
                answer.reply = Some(reply);
                answer.data = Some(data);
                answer
            }
            Err(error) => failed(answer, Failure::Internal(error.into()), Vec::new()),
        }
    }

    async fn act(
        &self,
        action: &'static dyn Action,
        wanted: Wanted<'_>,
        place: &Place,
        person: &PersonId,
        answer: &mut Answer,
    ) -> Result<Acted, Unresolved> {
        let command = wanted.command;
        let asker = asker(&self.context, person);
        let kinds: BTreeMap<String, Kind> = command
            .takes
            .iter()
            .filter_map(|param| Some((param.name.clone(), Kind::named(&param.kind)?)))
            .collect();
        let mut arguments = resolve(
            &self.context.catalog(),
            &asker,
            &command.name,
            &kinds,
            &wanted.typed,
        )?;
        for (name, value) in &command.fixed {
            arguments.insert(name.clone(), Argument::Text(value.clone()));
        }
        for (name, argument) in &arguments {
            let text = match argument {
                Argument::Entity(reference) => reference.to_string(),
                Argument::Text(text) => text.clone(),
            };
            answer.arguments.insert(name.clone(), Value::String(text));
        }
        let call = Call {
            command: command.name.clone(),
            arguments,
            answers: wanted.answers.clone().unwrap_or_default(),
            asker,
            place: place.clone(),
        };
        if wanted.answers.is_none()
            && let Some(form) = self
                .bounded(action, action.form(&call, &self.context))
                .await?
        {
            let arguments = wanted
                .typed
                .into_iter()
                .map(|(name, text)| (name, Value::String(text)))
                .collect();
            let subject = Subject {
                command: command.name.clone(),
                arguments,
            };
            let reply = self
                .dialogue
                .begin(place, person, subject, form)
                .await
                .map_err(anyhow::Error::from)?;
            return Ok(Acted::Reply(reply));
        }
        if action.effect() == Effect::Change && !wanted.confirmed {
            // What was found is what is done: the words might mean something else by the time of the yes.
            let settled = wanted.typed.into_keys().filter_map(|name| {
                let text = call.text(&name)?.to_owned();
                Some((name, text))
            });
            let pending = Pending {
                command: command.name.clone(),
                arguments: settled.collect(),
                answers: wanted.answers,
            };
            let reply = self
                .confirm
                .ask(place, person, pending, &command.says)
                .await
                .map_err(anyhow::Error::from)?;
            return Ok(Acted::Reply(reply));
        }
        let data = self
            .bounded(action, action.run(&call, &self.context))
            .await?;
        Ok(Acted::Data(data))
    }

    /// The picture that belongs to an action's data. The words stand for themselves, so one that cannot be drawn is left
    /// out.
    async fn picture(&self, command: &Command, data: &Value) -> Option<Picture> {
        let action = self.actions.get(command.action.as_deref()?)?;
        let graph = action.picture(data)?;
        let drawn = tokio::task::spawn_blocking(move || graph.draw()).await;
        drawn
            .map_err(anyhow::Error::from)
            .and_then(|drawn| drawn)
            .inspect_err(|error| {
                let error = format!("{error:#}");
                tracing::error!(
                    error,
                    command = command.name,
                    "a picture could not be drawn"
                );
            })
            .ok()
    }

    /// An action's work with its deadline. One that panics fails alone.
    async fn bounded<T>(
        &self,
        action: &'static dyn Action,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let deadline = self.context.config.limits.deadline.0;
        let work = AssertUnwindSafe(work).catch_unwind();
        let name = action.name();
        match tokio::time::timeout(deadline, work).await {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => {
                let text = panic_text(&*panic);
                Err(anyhow::anyhow!("the action {name} panicked: {text}").into())
            }
            Err(_) => {
                let seconds = deadline.as_secs_f64();
                Err(anyhow::anyhow!("the action {name} took longer than {seconds} seconds").into())
            }
        }
    }

    /// A line that begins with no command: perhaps a misspelt one, perhaps only the name of a thing.
    fn unknown(
        &self,
        line: &str,
        word: &str,
        suggestions: &[String],
        rest: &str,
        asker: &Asker,
    ) -> Answer {
        let catalog = self.context.catalog();
        if suggestions.is_empty() {
            let found = asking(asker, Kind::Entity, |asking| catalog.find(line, asking));
            let (question, choices) = match &found {
                Found::Sure(found) => (
                    "Do you mean one of these?",
                    about(&catalog, *found, &["who-owns", "show"]),
                ),
                Found::Unsure(found) => {
                    let choices = found
                        .iter()
                        .flat_map(|found| about(&catalog, *found, &["show"]));
                    ("Do you mean one of these?", choices.collect())
                }
                Found::Nothing(_) => ("", Vec::new()),
            };
            if !choices.is_empty() {
                let failure =
                    Failure::user(format!("{} is no command by itself.", markdown::code(line)));
                return failed(Answer::default(), failure.hint(question), choices);
            }
        }
        let choices = suggestions
            .iter()
            .map(|name| format!("{name} {rest}").trim().to_owned())
            .map(|line| Choice {
                label: line.clone(),
                line,
            })
            .collect();
        let shown = if suggestions.is_empty() {
            line.trim()
        } else {
            word
        };
        let failure = Failure::user(format!(
            "I do not understand {}.",
            markdown::code(&card::cut(shown))
        ));
        let hint = if suggestions.is_empty() {
            "`help` lists what you can ask."
        } else {
            "Did you mean this?"
        };
        failed(Answer::default(), failure.hint(hint), choices)
    }
}

/// Command lines about an entity that was named without a command.
fn about(catalog: &Catalog, found: Match, commands: &[&str]) -> Vec<Choice> {
    let Some(listed) = catalog.at(found.position) else {
        return Vec::new();
    };
    let lines = commands
        .iter()
        .map(|command| format!("{command} {}", listed.entity.reference));
    lines
        .map(|line| Choice {
            label: line.clone(),
            line,
        })
        .collect()
}

/// What became of an action that was asked for.
enum Acted {
    /// It ran.
    Data(Value),
    /// Something has to be asked first.
    Reply(Reply),
}

impl From<Failure> for Unresolved {
    fn from(failure: Failure) -> Self {
        Self {
            failure,
            choices: Vec::new(),
        }
    }
}

impl From<anyhow::Error> for Unresolved {
    fn from(error: anyhow::Error) -> Self {
        Failure::Internal(error).into()
    }
}

/// A store that fails forgets what was open with somebody; that must not keep the bot from answering.
fn forgotten(error: &StoreError) {
    tracing::error!(%error, "what may be open with a person could not be read from the store");
}

fn replied(reply: Reply) -> Answer {
    Answer {
        reply: Some(reply),
        ..Answer::default()
    }
}

/// Puts a failure into words. An internal one is logged here, once, with the reference that the asker is given.
fn failed(answer: Answer, failure: Failure, choices: Vec<Choice>) -> Answer {
    let told = match failure {
        Failure::User(Fault { says, hint }) => Told {
            internal: false,
            says,
            hint,
            reference: None,
        },
        Failure::Internal(error) => {
            let reference = format!("E-{:06x}", fastrand::u32(..0x0100_0000));
            tracing::error!(reference, error = format!("{error:#}"), "a command failed");
            Told {
                internal: true,
                says: "Sorry, something went wrong on my side.".to_owned(),
                hint: Some(format!(
                    "The reference {} helps the operators to find out what.",
                    markdown::code(&reference)
                )),
                reference: Some(reference),
            }
        }
    };
    let words = [Some(told.says.as_str()), told.hint.as_deref()];
    let markdown = words.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let reply = Reply {
        markdown,
        choices,
        ..Reply::default()
    };
    Answer {
        reply: Some(reply),
        failure: Some(told),
        ..answer
    }
}

fn gone(command: &str) -> Failure {
    Failure::user(format!(
        "There is no command {} any more.",
        markdown::code(command)
    ))
    .hint("`help` lists what there is.")
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a word".to_owned())
}
