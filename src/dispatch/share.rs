//! An answer that one person got is shown to everybody, when that person says so.

use super::answer::Answer;
use super::{Asked, Dispatch};
use crate::action::Effect;
use crate::chat::adapter::Adapter;
use crate::command::Understood;
use crate::message::{Audience, Choice, Reply, markdown};

/// The word before the line whose answer is shared.
const WORD: &str = "share ";

/// Buttons hold no longer lines on some platforms.
const LONGEST: usize = 1_500;

/// The line whose answer is to be shared.
pub(super) fn shared(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix(WORD).map(str::trim)
}

/// Adds the choice to share an answer to `line`.
pub(super) fn offer(answer: &mut Answer, line: &str) {
    let Some(reply) = &mut answer.reply else {
        return;
    };
    if line.len() <= LONGEST {
        reply.choices.push(Choice {
            label: "Share".to_owned(),
            line: format!("{WORD}{}", line.trim()),
        });
    }
}

impl Dispatch {
    /// Whether everybody may see an answer: it tells what was read, and not what went wrong.
    pub(super) fn is_shareable(&self, answer: &Answer) -> bool {
        answer.failure.is_none()
            && answer.data.is_some()
            && answer
                .command
                .as_deref()
                .is_some_and(|command| self.only_reads(command))
    }

    /// Whether a command changes nothing.
    fn only_reads(&self, command: &str) -> bool {
        let book = self.context.book.load();
        let Some(command) = book.find(command) else {
            return false;
        };
        let Some(name) = command.action.as_deref() else {
            return true;
        };
        let action = self.actions.get(name);
        action.is_some_and(|action| action.effect() == Effect::Read)
    }

    /// Answers the line once more, where everybody sees it, naming who shares it.
    pub(super) async fn share(
        &self,
        line: &str,
        asked: Asked<'_>,
        name: &str,
        adapter: &dyn Adapter,
    ) {
        let book = self.context.book.load_full();
        let reads = match book.understand(line) {
            Understood::Call(call) => self.only_reads(&call.command.name),
            // What was pasted or asked in passing is understood with the catalog only; it reads.
            Understood::Pasted(_) => true,
            _ => false,
        };
        let (place, sender) = (asked.place, asked.person());
        let answer = if reads {
            let aloud = Asked {
                screens: None,
                ..asked
            };
            Some(self.heard(line, aloud).await)
        } else {
            None
        };
        let Some(reply) = answer
            .filter(|answer| self.is_shareable(answer))
            .and_then(|answer| answer.reply)
        else {
            let sorry = "Only an answer can be shared, and this line has none.";
            self.send(adapter, place, sender, None, &Reply::text(sorry))
                .await;
            return;
        };
        let reply = Reply {
            markdown: format!(
                "{} shares the answer to {}:\n\n{}",
                markdown::text(name),
                markdown::code(line),
                reply.markdown
            ),
            audience: Audience::Place,
            ..reply
        };
        let aloud = place.clone().aloud();
        match adapter.send(&aloud, &reply).await {
            Ok(_) => {
                let done = Reply::text("Shared with everybody here.");
                self.send(adapter, place, sender, None, &done).await;
            }
            Err(error) => {
                tracing::warn!(%error, platform = adapter.name(), "an answer could not be shared");
                let sorry = "I may not write in this channel. Invite me, then share it again.";
                self.send(adapter, place, sender, None, &Reply::text(sorry))
                    .await;
            }
        }
    }
}
