//! Doing what a command says: arguments, forms and confirmations first, then the action, with a deadline.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use serde_json::{Value, json};

use super::answer::{Answer, failed, forgotten};
use super::confirm::Pending;
use super::dialogue::Subject;
use super::{Asked, Dispatch};
use crate::action::permission::arguments;
use crate::action::resolve::Unresolved;
use crate::action::{Action, Argument, Call, Effect};
use crate::command::Command;
use crate::failure::Failure;
use crate::message::form::{Answers, FieldKind, Form, Screen};
use crate::message::{Picture, Reply};
use crate::policy::Deed;

/// A command with what was typed for it.
pub(super) struct Wanted<'a> {
    /// The command.
    pub command: &'a Arc<Command>,
    /// Its arguments as they were typed.
    pub typed: BTreeMap<String, String>,
    /// What was filled into its form.
    pub answers: Option<Answers>,
    /// Whether the asker said yes to the change.
    pub confirmed: bool,
}

impl Dispatch {
    /// Does what a command says, or asks first for what is needed.
    pub(super) async fn run(&self, wanted: Wanted<'_>, asked: Asked<'_>) -> Answer {
        let command = wanted.command.clone();
        let mut answer = Answer {
            command: Some(command.name.clone()),
            ..Answer::default()
        };
        let data = match &command.action {
            None => match self.let_through(&Deed::canned(&command.name), false, asked) {
                Ok(()) => json!({}),
                Err(refused) => return failed(answer, refused, Vec::new()),
            },
            Some(name) => {
                let Some(action) = self.actions.get(name.as_str()).copied() else {
                    let missing = anyhow::anyhow!(
                        "{} names the action {name:?}, which there is not",
                        command.file
                    );
                    return failed(answer, Failure::Internal(missing), Vec::new());
                };
                match self.act(action, wanted, asked, &mut answer).await {
                    Ok(Acted::Data(data)) => data,
                    Ok(Acted::Asked(reply)) => {
                        answer.reply = reply;
                        return answer;
                    }
                    Err(unresolved) => {
                        let mut answer = failed(answer, unresolved.failure, unresolved.choices);
                        if let Some(reply) = &mut answer.reply {
                            reply.audience = command.audience;
                        }
                        return answer;
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
        asked: Asked<'_>,
        answer: &mut Answer,
    ) -> Result<Acted, Unresolved> {
        let command = wanted.command;
        let found = arguments(command, asked.asker, &wanted.typed, &self.context);
        let call = Call {
            command: command.name.clone(),
            arguments: found.as_ref().cloned().unwrap_or_default(),
            answers: wanted.answers.clone().unwrap_or_default(),
            asker: asked.asker.clone(),
            place: asked.place.clone(),
        };
        // Whoever may not ask hears nothing of what there is, either.
        let deed = action.deed(&call, &self.context);
        self.let_through(&deed, action.seeks_approval(), asked)?;
        for (name, argument) in &found? {
            let text = match argument {
                Argument::Entity(reference) => reference.to_string(),
                Argument::Text(text) => text.clone(),
            };
            answer.arguments.insert(name.clone(), Value::String(text));
        }
        if wanted.answers.is_none() {
            // What opens a form is good for a moment only, so the form opens before it is known.
            let opened = action.asks() && self.opened(asked, &command.says).await;
            let form = self
                .bounded(action, action.form(&call, &self.context))
                .await;
            match form {
                Ok(Some(form)) => {
                    let reply = self.fill(command, wanted.typed, form, asked).await?;
                    return Ok(Acted::Asked(reply));
                }
                Ok(None) if opened => {
                    self.closed(
                        asked,
                        &command.says,
                        "There is nothing to fill in; the answer stands where you asked.",
                    )
                    .await;
                }
                Ok(None) => {}
                Err(failure) => {
                    if opened {
                        self.closed(
                            asked,
                            &command.says,
                            "This did not work; what went wrong stands where you asked.",
                        )
                        .await;
                    }
                    return Err(failure.into());
                }
            }
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
                .ask(asked.place, asked.person(), pending, &command.says)
                .await
                .map_err(anyhow::Error::from)?;
            return Ok(Acted::Asked(Some(reply)));
        }
        let data = self
            .bounded(action, action.run(&call, &self.context))
            .await?;
        Ok(Acted::Data(data))
    }

    /// Begins a form: shows it where the platform can, else gives its first question.
    async fn fill(
        &self,
        command: &Command,
        typed: BTreeMap<String, String>,
        form: Form,
        asked: Asked<'_>,
    ) -> anyhow::Result<Option<Reply>> {
        let arguments = typed
            .into_iter()
            .map(|(name, text)| (name, Value::String(text)))
            .collect();
        let fields = form.pages.iter().flat_map(|page| &page.fields);
        let people = fields.filter(|field| field.kind == FieldKind::Person);
        let subject = Subject {
            command: command.name.clone(),
            arguments,
            people: people.map(|field| field.name.clone()).collect(),
        };
        let reply = self
            .dialogue
            .begin(asked.place, asked.person(), subject, form)
            .await?;
        if self.shown(asked).await {
            return Ok(None);
        }
        Ok(Some(self.unless_secret(reply, asked).await?))
    }

    /// Shows the open form's page as a form of the platform, where it has such and the moment allows it.
    pub(super) async fn shown(&self, asked: Asked<'_>) -> bool {
        let Some(screens) = asked.screens else {
            return false;
        };
        let (place, person) = (asked.place, asked.person());
        match self.dialogue.sheet(place, person).await {
            Ok(Some(sheet)) => {
                if screens.show(&Screen::Page(sheet)).await {
                    return true;
                }
                if let Err(error) = self.dialogue.ask_instead(place, person).await {
                    forgotten(&error);
                }
                false
            }
            Ok(None) => false,
            Err(error) => {
                forgotten(&error);
                false
            }
        }
    }

    /// Opens an empty form.
    async fn opened(&self, asked: Asked<'_>, title: &str) -> bool {
        let title = title.to_owned();
        match asked.screens {
            Some(screens) => screens.show(&Screen::Loading { title }).await,
            None => false,
        }
    }

    /// Says in a form that was opened why there is nothing in it.
    async fn closed(&self, asked: Asked<'_>, title: &str, sentence: &str) {
        if let Some(screens) = asked.screens {
            let words = Screen::Words {
                title: title.to_owned(),
                markdown: sentence.to_owned(),
            };
            screens.show(&words).await;
        }
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
}

/// What became of an action that was asked for.
enum Acted {
    /// It ran.
    Data(Value),
    /// Something has to be asked first: by this reply, or by a form that the platform shows.
    Asked(Option<Reply>),
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

fn panic_text(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a word".to_owned())
}
