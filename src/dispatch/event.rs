//! Events: each is handled once, and answered even after a crash.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use tokio::runtime::Handle;
use tracing::Instrument;
use tracing::instrument::WithSubscriber as _;

use super::act::Wanted;
use super::answer::{Answer, forgotten};
use super::dialogue::Page;
use super::underway::{Noted, Task, Work};
use super::{Asked, Dispatch, Heard, Screens, count, missed, offer, share, trigger};
use crate::chat::adapter::Adapter;
use crate::message::form::{Offered, Screen, Submission};
use crate::message::{
    Choice, Event, EventId, Incoming, Missed, Outcome, PersonId, Place, Query, Reply, Taken,
    Ticket, markdown,
};

/// The word before the id of a draft that its person goes on with, as the button on the bot's own page says it.
const GO_ON: &str = "continue-form ";

impl Dispatch {
    /// Handles one event to its end: answers it through the adapter it came by. Answers are worked out on the runtime
    /// `answers`, so that none of them holds up what is acknowledged on this one.
    pub async fn handle(
        self: &Arc<Self>,
        incoming: Incoming,
        adapter: &Arc<dyn Adapter>,
        answers: &Handle,
    ) {
        let span = span(&**adapter, &incoming.id);
        Box::pin(self.take(incoming, adapter, answers))
            .instrument(span)
            .await;
        // `taken` was dropped there: handling has ended.
    }

    /// Answers what an earlier run of the bot has acknowledged and did not get to answer.
    pub async fn resume(&self, adapter: &dyn Adapter) {
        if !adapter.outlives() {
            return;
        }
        let unfinished = match self.underway.unfinished(adapter.name()).await {
            Ok(unfinished) => unfinished,
            Err(error) => {
                tracing::error!(%error, "what was left unanswered could not be read from the store");
                return;
            }
        };
        for (id, work) in unfinished {
            let span = span(adapter, &id);
            self.finish(&id, &work, None, adapter)
                .instrument(span)
                .await;
        }
    }

    async fn take(
        self: &Arc<Self>,
        incoming: Incoming,
        shared: &Arc<dyn Adapter>,
        answers: &Handle,
    ) {
        let adapter = &**shared;
        let Incoming {
            id,
            place,
            sender,
            event,
            ticket,
            mut taken,
        } = incoming;
        match event {
            Event::Overheard(_) if !self.takes_part(&place, &sender).await => {
                taken.note(Outcome::Noted);
            }
            Event::Said(_) | Event::Pressed(_) | Event::Overheard(_) | Event::Missed(_) => {
                // In doubt it is a secret, which never reaches the store, and is never said again.
                let secretive = self.dialogue.secretive(&place, &sender, "").await;
                let secret = !matches!(secretive, Ok(None));
                let event = match event {
                    Event::Missed(missed) if secret => Event::Missed(Missed {
                        lines: Vec::new(),
                        ..missed
                    }),
                    event => event,
                };
                let work = Work {
                    place,
                    sender,
                    task: Task::Answer(event),
                };
                let kept = (!secret).then_some(&work);
                if self.is_new(&id, kept, adapter, &mut taken).await {
                    let (dispatch, adapter) = (self.clone(), shared.clone());
                    let finishing = async move {
                        dispatch
                            .finish(&id, &work, ticket.as_ref(), &*adapter)
                            .await;
                    };
                    // One that panics has said so, and fails alone.
                    let finishing = finishing.in_current_span().with_current_subscriber();
                    let _ = answers.spawn(finishing).await;
                }
            }
            Event::Submitted(submission) => {
                let place = self.asked_in(&sender, &submission.draft, place).await;
                let from = (&place, &sender);
                let submitted =
                    self.submitted(&id, &submission, from, ticket.as_ref(), adapter, &mut taken);
                Box::pin(submitted).await;
            }
            Event::Options(query) => {
                let place = self.asked_in(&sender, &query.draft, place).await;
                let options = self.options(&query, &place, &sender, adapter).await;
                taken.note(Outcome::Options(options));
            }
            Event::Opened => {
                taken.note(Outcome::Noted);
                self.open_home(&place, &sender, adapter).await;
            }
            Event::Links(links) => {
                if self.is_new(&id, None, adapter, &mut taken).await
                    && let Some(trigger) = trigger(&place, &sender, ticket.as_ref())
                {
                    self.preview(&trigger, &links, adapter).await;
                }
            }
        }
    }

    /// Notes an event durably and acknowledges it. `false`: it was handled before.
    async fn is_new(
        &self,
        id: &EventId,
        work: Option<&Work>,
        adapter: &dyn Adapter,
        taken: &mut Taken,
    ) -> bool {
        match self.underway.note(adapter.name(), id, work).await {
            Ok(Noted::New) => taken.note(Outcome::Noted),
            Ok(Noted::Again) => {
                taken.note(Outcome::Again);
                count(adapter.name(), "none", "again");
                return false;
            }
            Err(error) => {
                // Answers that only read are worth more than the memory of having given them.
                tracing::error!(%error, "an event could not be noted in the store");
                taken.note(Outcome::Noted);
            }
        }
        true
    }

    /// Does what is left to do about an event that was acknowledged.
    async fn finish(
        &self,
        id: &EventId,
        work: &Work,
        ticket: Option<&Ticket>,
        adapter: &dyn Adapter,
    ) {
        let turn = self.turns.acquire().await;
        Box::pin(self.work(id, work, ticket, adapter)).await;
        drop(turn);
        if let Err(error) = self.underway.finish(adapter.name(), id).await {
            tracing::error!(%error, "it could not be noted in the store that an event was answered");
        }
    }

    async fn work(
        &self,
        id: &EventId,
        work: &Work,
        ticket: Option<&Ticket>,
        adapter: &dyn Adapter,
    ) {
        let (place, sender) = (&work.place, &work.sender);
        if let Some(refusal) = self.too_often(sender) {
            count(adapter.name(), "none", "limited");
            self.send(adapter, place, sender, None, &refusal).await;
            return;
        }
        let overheard = matches!(&work.task, Task::Answer(Event::Overheard(_)));
        let admitted = match self.admit(place, sender, adapter).await {
            Ok(admitted) => admitted,
            Err(refusal) => {
                count(adapter.name(), "none", "refused");
                if !overheard {
                    let place = place.clone().whispered_to(sender);
                    self.send(adapter, &place, sender, None, &refusal).await;
                }
                return;
            }
        };
        let place = &admitted.place;
        let trigger = trigger(place, sender, ticket);
        let asked = Asked {
            place,
            asker: &admitted.asker,
            heard: Some(Heard { adapter, event: id }),
            screens: trigger.as_ref().map(|trigger| Screens { adapter, trigger }),
        };
        match &work.task {
            Task::Answer(event) => {
                let line = match event {
                    Event::Said(line) | Event::Overheard(line) => line,
                    Event::Pressed(choice) => &choice.line,
                    Event::Missed(missed) => {
                        let listed = missed::listed(missed, self.context.clock.millis());
                        self.send(adapter, place, sender, None, &listed).await;
                        return;
                    }
                    // Nothing else is left to be answered later.
                    Event::Submitted(_) | Event::Options(_) | Event::Opened | Event::Links(_) => {
                        return;
                    }
                };
                if overheard {
                    let quietly = async { unless_unsure(self.heard(line, asked).await) };
                    self.reply(place, sender, adapter, quietly).await;
                } else {
                    Box::pin(self.line(line, asked, &admitted.name, adapter)).await;
                }
            }
            Task::Filled {
                secret: true,
                answers,
                ..
            } if !answers.has_secrets() => {
                let sorry = "I was restarted, and I do not keep secrets, so nothing is done. Please give the command again.";
                self.send(adapter, place, sender, None, &Reply::text(sorry))
                    .await;
            }
            Task::Filled {
                subject, answers, ..
            } => {
                let filled = self.filled(subject.clone(), answers.clone(), asked);
                self.reply(place, sender, adapter, filled).await;
            }
        }
    }

    /// Answers a line that was meant for the bot.
    async fn line(&self, line: &str, asked: Asked<'_>, name: &str, adapter: &dyn Adapter) {
        let (place, sender) = (asked.place, asked.person());
        if let Some(id) = line.strip_prefix(GO_ON) {
            self.go_on(id, asked, adapter).await;
            return;
        }
        if let Some(line) = share::shared(line)
            && place.whisper.is_some()
        {
            self.share(line, asked, name, adapter).await;
            return;
        }
        let answering = async {
            let mut answer = self.heard(line, asked).await;
            if place.whisper.is_some() && self.is_shareable(&answer) {
                share::offer(&mut answer, line);
            }
            answer
        };
        let answer = self.reply(place, sender, adapter, answering).await;
        if answer.reply.is_some() {
            self.join(place).await;
        }
    }

    /// Where the form was asked for that a page is of; else where the page came from.
    async fn asked_in(&self, sender: &PersonId, draft: &str, came_from: Place) -> Place {
        match self.dialogue.place_of(sender, draft).await {
            Ok(place) => place.unwrap_or(came_from),
            Err(error) => {
                forgotten(&error);
                came_from
            }
        }
    }

    /// Shows a form again that somebody had begun anywhere.
    async fn go_on(&self, id: &str, asked: Asked<'_>, adapter: &dyn Adapter) {
        let sender = asked.person();
        let place = self.dialogue.place_of(sender, id).await;
        let place = place.unwrap_or_else(|error| {
            forgotten(&error);
            None
        });
        let ticket = asked.screens.map(|screens| &screens.trigger.ticket);
        if let Some(place) = &place
            && let Some(trigger) = trigger(place, sender, ticket)
        {
            let screens = Some(Screens {
                adapter,
                trigger: &trigger,
            });
            let there = Asked {
                place,
                screens,
                ..asked
            };
            if self.shown(there).await {
                return;
            }
        }
        let sorry = "This form cannot be shown any more. Give the command again to begin it anew.";
        self.send(adapter, asked.place, sender, None, &Reply::text(sorry))
            .await;
    }

    async fn submitted(
        &self,
        id: &EventId,
        submission: &Submission,
        (place, sender): (&Place, &PersonId),
        ticket: Option<&Ticket>,
        adapter: &dyn Adapter,
        taken: &mut Taken,
    ) {
        let strangers = if submission.back {
            Vec::new()
        } else {
            let from = (place, sender);
            self.strangers(&submission.answers, from, adapter).await
        };
        if !strangers.is_empty() {
            taken.note(Outcome::Errors(strangers));
            return;
        }
        let page = match self.dialogue.submitted(place, sender, submission).await {
            Ok(page) => page,
            Err(error) => {
                forgotten(&error);
                let sorry = "What you filled in could not be kept. Please send it once more.";
                let fields = submission.answers.values().keys().take(1);
                let errors = fields.map(|field| (field.clone(), sorry.to_owned()));
                taken.note(Outcome::Errors(errors.collect()));
                return;
            }
        };
        match page {
            Page::Errors(errors) => taken.note(Outcome::Errors(errors)),
            Page::Sheet(sheet) if submission.back => {
                taken.note(Outcome::Noted);
                if let Some(trigger) = trigger(place, sender, ticket) {
                    let trigger = &trigger;
                    Screens { adapter, trigger }
                        .show(&Screen::Page(*sheet))
                        .await;
                }
            }
            Page::Sheet(sheet) => taken.note(Outcome::Next(Box::new(Screen::Page(*sheet)))),
            Page::Gone => {
                let known = self.underway.note(adapter.name(), id, None).await;
                if let Ok(Noted::Again) = known {
                    taken.note(Outcome::Again);
                    return;
                }
                taken.note(Outcome::Next(Box::new(Screen::Words {
                    title: "Not open any more".to_owned(),
                    markdown: "This form was finished or given up elsewhere. Give the command again to begin it anew.".to_owned(),
                })));
            }
            Page::Done { subject, answers } => {
                let secret = answers.has_secrets();
                let work = Work {
                    place: place.clone(),
                    sender: sender.clone(),
                    task: Task::Filled {
                        subject,
                        answers,
                        secret,
                    },
                };
                if self.is_new(id, Some(&work), adapter, taken).await {
                    self.finish(id, &work, None, adapter).await;
                }
            }
        }
    }

    /// The bot's own page: the command `home`, and the forms that are open.
    async fn open_home(&self, place: &Place, sender: &PersonId, adapter: &dyn Adapter) {
        let admitted = match self.admit(place, sender, adapter).await {
            Ok(admitted) => admitted,
            Err(refusal) => {
                self.send(adapter, place, sender, None, &refusal).await;
                return;
            }
        };
        let asked = Asked {
            place,
            asker: &admitted.asker,
            heard: None,
            screens: None,
        };
        let answering = async {
            let mut answer = self.named("home", asked).await;
            if let Some(reply) = &mut answer.reply {
                self.add_drafts(reply, sender).await;
            }
            answer
        };
        self.reply(place, sender, adapter, answering).await;
    }

    /// Runs the command of a name without arguments, whatever may be open with the person.
    async fn named(&self, name: &str, asked: Asked<'_>) -> Answer {
        let book = self.context.book.load_full();
        let Some(command) = book.find(name) else {
            return Answer::default();
        };
        let wanted = Wanted {
            command,
            typed: BTreeMap::new(),
            answers: None,
            confirmed: false,
        };
        self.run(wanted, asked).await
    }

    /// Tells of the forms that a person has not finished.
    async fn add_drafts(&self, reply: &mut Reply, sender: &PersonId) {
        let drafts = self.dialogue.open(sender).await.unwrap_or_else(|error| {
            forgotten(&error);
            Vec::new()
        });
        for draft in drafts {
            // Writing to a text cannot fail.
            let _ = write!(
                reply.markdown,
                "\n\nNot finished yet: **{}**.",
                markdown::text(&draft.title)
            );
            reply.choices.push(Choice {
                label: format!("Go on with {}", draft.title),
                line: format!("{GO_ON}{}", draft.id),
            });
        }
    }

    async fn options(
        &self,
        query: &Query,
        place: &Place,
        sender: &PersonId,
        adapter: &dyn Adapter,
    ) -> Vec<Offered> {
        let Ok(admitted) = self.admit(place, sender, adapter).await else {
            return Vec::new();
        };
        match self.dialogue.field(place, sender, &query.field).await {
            Ok(Some(kind)) => offer::offered(
                &self.context.catalog(),
                &admitted.asker,
                &kind,
                &query.typed,
            ),
            Ok(None) => Vec::new(),
            Err(error) => {
                forgotten(&error);
                Vec::new()
            }
        }
    }
}

/// Silence instead of a question about words that were not meant for the bot.
fn unless_unsure(mut answer: Answer) -> Answer {
    if answer.command.is_none() && answer.failure.is_some() {
        answer.reply = None;
    }
    answer
}

fn span(adapter: &dyn Adapter, id: &EventId) -> tracing::Span {
    tracing::info_span!(
        "message",
        platform = adapter.name(),
        event = id.0,
        command = tracing::field::Empty,
        outcome = tracing::field::Empty,
        milliseconds = tracing::field::Empty,
        reference = tracing::field::Empty,
    )
}
