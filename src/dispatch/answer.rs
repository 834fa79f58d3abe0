//! What is said in the end: an answer, or why there is none.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::failure::{Failure, Fault};
use crate::message::{Choice, Reply, markdown};
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

/// A store that fails forgets what was open with somebody; that must not keep the bot from answering.
pub(super) fn forgotten(error: &StoreError) {
    tracing::error!(%error, "what may be open with a person could not be read from the store");
}

pub(super) fn replied(reply: Reply) -> Answer {
    Answer {
        reply: Some(reply),
        ..Answer::default()
    }
}

/// Puts a failure into words. An internal one is logged here, once, with the reference that the asker is given.
pub(super) fn failed(answer: Answer, failure: Failure, choices: Vec<Choice>) -> Answer {
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

pub(super) fn gone(command: &str) -> Failure {
    Failure::user(format!(
        "There is no command {} any more.",
        markdown::code(command)
    ))
    .hint("`help` lists what there is.")
}
