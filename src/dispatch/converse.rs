//! What a line means: an answer to what is open with its speaker, a command, or nothing.

use super::act::Wanted;
use super::answer::{Answer, failed, forgotten, gone, replied};
use super::confirm::{Confirm, Pending, Said};
use super::dialogue::{Subject, Turn};
use super::secret::{self, Secret};
use super::{Asked, Dispatch, identity, paste, question};
use crate::action::Kind;
use crate::action::card;
use crate::action::resolve::asking;
use crate::catalog::Catalog;
use crate::catalog::index::{Found, Match};
use crate::command::Understood;
use crate::failure::Failure;
use crate::message::form::Answers;
use crate::message::{Choice, PersonId, Place, Reply, markdown};

impl Dispatch {
    /// Answers one line of whoever sits at the terminal, past any platform.
    pub async fn answer(&self, line: &str, place: &Place, person: &PersonId) -> Answer {
        let asker = identity::at_terminal(&self.context, person);
        let here = Asked {
            place,
            asker: &asker,
            heard: None,
            screens: None,
        };
        self.heard(line, here).await
    }

    /// Answers one line.
    pub(super) async fn heard(&self, line: &str, asked: Asked<'_>) -> Answer {
        match self.converse(line, asked).await {
            Ok(answer) => answer,
            Err(error) => failed(Answer::default(), Failure::Internal(error), Vec::new()),
        }
    }

    /// First what is open between the two — a confirmation, a form, a question — then the line for itself.
    async fn converse(&self, line: &str, asked: Asked<'_>) -> anyhow::Result<Answer> {
        // A pressed button names its change; a bare yes answers the form, if one is open.
        if Confirm::is_for_one(line)
            && let Some(answer) = self.consented(line, asked).await
        {
            return Ok(answer);
        }
        match self.secret(line, asked).await {
            Ok(Secret::Misplaced(instead)) => return Ok(replied(instead)),
            Ok(Secret::Said) => {
                let to_do = secret::taken_away(asked).await;
                let mut answer = self.filling(line, asked).await?.unwrap_or_default();
                if let (Some(reply), Some(to_do)) = (&mut answer.reply, to_do) {
                    reply.markdown = format!("{to_do}\n\n{}", reply.markdown);
                }
                return Ok(answer);
            }
            Ok(Secret::None) => {
                if let Some(answer) = self.filling(line, asked).await? {
                    return Ok(answer);
                }
            }
            Err(error) => forgotten(&error),
        }
        if let Some(answer) = self.consented(line, asked).await {
            return Ok(answer);
        }
        let book = self.context.book.load_full();
        let understood = book.understand(line);
        let named = matches!(
            understood,
            Understood::Call(_) | Understood::Missing { .. } | Understood::Leftover { .. }
        );
        let question = self.questions.take(asked.place, asked.person()).await;
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
            Understood::Pasted(_) if asked.place.direct => Ok(replied(Reply::text(
                "Nothing in this text is known to the catalog, so I cannot say whose it is. Try `who-owns` and a name; `help` lists the rest.",
            ))),
            // In a channel silence is polite; somebody alone with the bot would wait.
            Understood::Silence if asked.place.direct && !line.trim().is_empty() => {
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
            Understood::Unknown { .. } if question::is_dropped_by(line) => Ok(replied(
                Reply::text("Nothing of yours is open here, so there is nothing to cancel."),
            )),
            Understood::Unknown {
                word,
                suggestions,
                rest,
            } => Ok(self.unknown(line, &word, &suggestions, &rest, asked)),
            Understood::Missing {
                command,
                param,
                so_far,
            } => {
                let question = param.question();
                self.questions
                    .ask(
                        asked.place,
                        asked.person(),
                        &command.name,
                        &param.name,
                        so_far,
                    )
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
                Ok(self.run(wanted, asked).await)
            }
        }
    }

    /// What a line leads to as an answer to the form that is open here. `None`: it means something else.
    async fn filling(&self, line: &str, asked: Asked<'_>) -> anyhow::Result<Option<Answer>> {
        match self.dialogue.said(asked.place, asked.person(), line).await {
            Ok(Turn::NotMine) => Ok(None),
            Ok(Turn::Reply(_)) if self.shown(asked).await => Ok(Some(Answer::default())),
            Ok(Turn::Reply(reply)) => {
                let reply = self.unless_secret(reply, asked).await?;
                Ok(Some(replied(reply)))
            }
            Ok(Turn::Done { subject, answers }) => {
                Ok(Some(self.filled(subject, answers, asked).await))
            }
            Err(error) => {
                forgotten(&error);
                Ok(None)
            }
        }
    }

    /// What a word of consent or refusal leads to, where a change waits for one.
    async fn consented(&self, line: &str, asked: Asked<'_>) -> Option<Answer> {
        match self.confirm.said(asked.place, asked.person(), line).await {
            Ok(Said::Nothing) => None,
            Ok(Said::Reply(reply)) => Some(replied(reply)),
            Ok(Said::Confirmed(pending)) => Some(self.confirmed(pending, asked).await),
            Err(error) => {
                forgotten(&error);
                None
            }
        }
    }

    /// What was confirmed is run.
    async fn confirmed(&self, pending: Pending, asked: Asked<'_>) -> Answer {
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
        self.run(wanted, asked).await
    }

    /// A form that was filled in goes on where it was asked for.
    pub(super) async fn filled(
        &self,
        subject: Subject,
        answers: Answers,
        asked: Asked<'_>,
    ) -> Answer {
        let book = self.context.book.load_full();
        let Some(command) = book.find(&subject.command) else {
            return failed(Answer::default(), gone(&subject.command), Vec::new());
        };
        let answers = match asked.heard {
            Some(heard) => self.as_users(answers, &subject.people, heard.adapter).await,
            None => answers,
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
        self.run(wanted, asked).await
    }

    /// A line that begins with no command: perhaps a misspelt one, perhaps only the name of a thing.
    fn unknown(
        &self,
        line: &str,
        word: &str,
        suggestions: &[String],
        rest: &str,
        asked: Asked<'_>,
    ) -> Answer {
        let catalog = self.context.catalog();
        if suggestions.is_empty() && self.may_read("show", asked) {
            let found = asking(asked.asker, Kind::Entity, |asking| {
                catalog.find(line, asking)
            });
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
