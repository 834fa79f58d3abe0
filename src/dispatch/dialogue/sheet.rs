//! A form on platforms that have forms of their own: page by page, over the same drafts.

use super::{Dialogue, Draft, Saved, Subject, key_of};
use crate::message::form::{Answers, FieldKind, Sheet, Submission};
use crate::message::{PersonId, Place};
use crate::store::{Space, StoreError};

/// How many drafts of one person are looked for; nobody keeps more.
const MOST: usize = 20;

/// What came of a page that was sent.
#[derive(Debug, PartialEq)]
pub enum Page {
    /// The page has errors: field and sentence.
    Errors(Vec<(String, String)>),
    /// This page comes next.
    Sheet(Box<Sheet>),
    /// The form is complete.
    Done {
        /// What the answers are for.
        subject: Subject,
        /// The answers.
        answers: Answers,
    },
    /// The form is not open any more.
    Gone,
}

/// A form that somebody began and has not finished.
#[derive(Debug, PartialEq)]
pub struct Open {
    /// What tells it from others.
    pub id: String,
    /// The form's title; plain text.
    pub title: String,
    /// Where it was asked for.
    pub place: Place,
}

impl Dialogue {
    /// The page that is open for a person in a place, to be shown as a form of the platform; from then on lines that they
    /// say here mean something else.
    pub async fn sheet(
        &self,
        place: &Place,
        person: &PersonId,
    ) -> Result<Option<Sheet>, StoreError> {
        let key = key_of(place, person);
        let Some((mut draft, at)) = self.load(&key).await? else {
            return Ok(None);
        };
        if draft.other.is_some() {
            return Ok(None);
        }
        if !draft.shown {
            draft.shown = true;
            if let Saved::Conflict = self.save(&key, Some(at), &draft).await? {
                return Ok(None);
            }
        }
        Ok(draft.sheet())
    }

    /// The platform could not show the form after all: lines are its answers again.
    pub async fn ask_instead(&self, place: &Place, person: &PersonId) -> Result<(), StoreError> {
        let key = key_of(place, person);
        if let Some((mut draft, at)) = self.load(&key).await? {
            draft.shown = false;
            self.save(&key, Some(at), &draft).await?;
        }
        Ok(())
    }

    /// Takes a page that was sent, or goes back to the one before it. A page that was sent twice changes nothing more.
    pub async fn submitted(
        &self,
        place: &Place,
        person: &PersonId,
        submission: &Submission,
    ) -> Result<Page, StoreError> {
        let key = key_of(place, person);
        let (id, number) = submission
            .draft
            .split_once('/')
            .unwrap_or((submission.draft.as_str(), ""));
        let loaded = self.load(&key).await?;
        let Some((mut draft, at)) = loaded.filter(|(draft, _)| draft.id == id) else {
            return Ok(Page::Gone);
        };
        let now = draft.filling.progress().map(|(now, _)| now.to_string());
        if now.as_deref() != Some(number) {
            return Ok(draft.page());
        }
        if submission.back {
            draft.filling.keep(&submission.answers);
            draft.filling.back_page();
        } else if let Err(errors) = draft.filling.answer_page(&submission.answers) {
            return Ok(Page::Errors(errors));
        }
        draft.note_question();
        if draft.filling.question().is_some() {
            return match self.save(&key, Some(at), &draft).await? {
                Saved::Yes => Ok(draft.page()),
                Saved::Conflict => Box::pin(self.submitted(place, person, submission)).await,
            };
        }
        match self.remove(&key, at).await? {
            Saved::Yes => Ok(Page::Done {
                answers: draft.filling.answers(),
                subject: draft.subject,
            }),
            Saved::Conflict => Ok(Page::Gone),
        }
    }

    /// Whether a line of the person in this place would be an answer to a form.
    pub async fn waits(&self, place: &Place, person: &PersonId) -> Result<bool, StoreError> {
        let open = self.load(&key_of(place, person)).await?;
        Ok(open.is_some_and(|(draft, _)| !draft.shown))
    }

    /// What may be answered to a field of an open form.
    pub async fn field(
        &self,
        place: &Place,
        person: &PersonId,
        name: &str,
    ) -> Result<Option<FieldKind>, StoreError> {
        let Some((draft, _)) = self.load(&key_of(place, person)).await? else {
            return Ok(None);
        };
        // Several fields may have the name; that of the open page is meant.
        let open = draft.filling.page().into_iter();
        let mut fields = open.flat_map(|page| page.fields).chain(
            draft
                .filling
                .form()
                .pages
                .iter()
                .flat_map(|page| page.fields.clone()),
        );
        Ok(fields
            .find(|field| field.name == name)
            .map(|field| field.kind))
    }

    /// Where the form was asked for that a page is of; platforms do not tell it of a page.
    pub async fn place_of(
        &self,
        person: &PersonId,
        draft: &str,
    ) -> Result<Option<Place>, StoreError> {
        let id = draft.split('/').next().unwrap_or_default();
        let open = self.open(person).await?;
        Ok(open
            .into_iter()
            .find(|open| open.id == id)
            .map(|open| open.place))
    }

    /// The forms that a person began anywhere and has not finished.
    pub async fn open(&self, person: &PersonId) -> Result<Vec<Open>, StoreError> {
        let prefix = format!("{} in ", person.key());
        let entries = self.store.scan(Space::Draft, &prefix, None, MOST).await?;
        let drafts = entries
            .iter()
            .filter_map(|entry| entry.read::<Draft>().ok());
        Ok(drafts
            .map(|draft| Open {
                title: draft.filling.form().title.clone(),
                id: draft.id,
                place: draft.place,
            })
            .collect())
    }
}

impl Draft {
    fn sheet(&self) -> Option<Sheet> {
        let (number, of) = self.filling.progress()?;
        Some(Sheet {
            form: self.filling.form().title.clone(),
            page: self.filling.page()?,
            number,
            of,
            draft: format!("{}/{number}", self.id),
        })
    }

    fn page(&self) -> Page {
        self.sheet()
            .map_or(Page::Gone, |sheet| Page::Sheet(Box::new(sheet)))
    }
}
