//! What the bot has offered to choose, so that a number or a reaction is understood.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::render::is_yes_or_no;
use crate::message::Choice;

/// How many messages are kept in mind; older ones are read back from the room.
const KEPT: usize = 2_000;

/// Under which key a message carries the lines of its choices, for the bot after a restart.
pub const KEY: &str = "callboard.choices";

/// A message of the bot's with what it offered, by its room and id.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// The thread in which it stands.
    pub thread: Option<String>,
    /// What it offered; nothing, mostly.
    pub choices: Vec<Choice>,
}

/// The bot's own messages, the newest ones.
#[derive(Default)]
pub struct Offers(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    offers: HashMap<(String, String), Offer>,
    order: VecDeque<(String, String)>,
    /// The last message of each place that offered something.
    last: HashMap<(String, Option<String>), String>,
}

impl Offers {
    /// Keeps a message in mind.
    pub fn keep(&self, room: &str, event: &str, offer: Offer) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (room.to_owned(), offer.thread.clone());
        if offer.choices.is_empty() {
            // A number after it would be the answer to something else.
            kept.last.remove(&place);
        } else {
            kept.last.insert(place, event.to_owned());
        }
        let key = (room.to_owned(), event.to_owned());
        if kept.offers.insert(key.clone(), offer).is_none() {
            kept.order.push_back(key);
        }
        while kept.order.len() > KEPT {
            let Some(oldest) = kept.order.pop_front() else {
                break;
            };
            if let Some(offer) = kept.offers.remove(&oldest) {
                let place = (oldest.0, offer.thread);
                if kept.last.get(&place) == Some(&oldest.1) {
                    kept.last.remove(&place);
                }
            }
        }
    }

    /// A message of the bot's.
    pub fn of(&self, room: &str, event: &str) -> Option<Offer> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.offers
            .get(&(room.to_owned(), event.to_owned()))
            .cloned()
    }

    /// The choice of this number, counted from 1, that was offered last in a place.
    pub fn numbered(&self, room: &str, thread: Option<&str>, line: &str) -> Option<Choice> {
        let number: usize = line.trim().trim_end_matches('.').parse().ok()?;
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (room.to_owned(), thread.map(str::to_owned));
        let event = kept.last.get(&place)?;
        let offer = kept.offers.get(&(place.0, event.clone()))?;
        offer.choices.get(number.checked_sub(1)?).cloned()
    }
}

impl Offer {
    /// Reads what a message of the bot's offered from its content, as the room has it.
    pub fn read(content: &Value) -> Self {
        let words = content.get("m.new_content").unwrap_or(content);
        let relates = content.get("m.relates_to");
        let thread = relates
            .filter(|relates| {
                relates
                    .get("rel_type")
                    .is_some_and(|kind| kind == "m.thread")
            })
            .and_then(|relates| relates.get("event_id"))
            .and_then(Value::as_str);
        let choices = words.get(KEY).cloned().unwrap_or_default();
        Self {
            thread: thread.map(str::to_owned),
            choices: serde_json::from_value(choices).unwrap_or_default(),
        }
    }

    /// The choice that a reaction means.
    pub fn reacted(&self, key: &str) -> Option<Choice> {
        // Clients write emoji with and without the mark that asks for colours.
        let key: String = key
            .chars()
            .filter(|c| !matches!(c, '\u{FE0F}' | '\u{20E3}' | '\u{1F3FB}'..='\u{1F3FF}'))
            .collect();
        let answer = |position: usize| {
            let choices = is_yes_or_no(&self.choices).then_some(&self.choices);
            choices.and_then(|choices| choices.get(position)).cloned()
        };
        match key.as_str() {
            "👍" | "✅" | "✔" | "☑" => answer(0),
            "👎" | "❌" | "✖" | "🚫" => answer(1),
            digit => {
                let number: usize = digit.parse().ok()?;
                self.choices.get(number.checked_sub(1)?).cloned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(label: &str) -> Choice {
        Choice {
            label: label.to_owned(),
            line: format!("line of {label}"),
        }
    }

    fn offer(thread: Option<&str>, labels: &[&str]) -> Offer {
        Offer {
            thread: thread.map(str::to_owned),
            choices: labels.iter().map(|label| choice(label)).collect(),
        }
    }

    #[test]
    fn a_number_means_what_was_offered_last_in_its_place() {
        let offers = Offers::default();
        offers.keep("!r", "$1", offer(Some("$t"), &["a", "b"]));
        offers.keep("!r", "$2", offer(None, &["c"]));
        let said = |thread, line| {
            let choice = offers.numbered("!r", thread, line);
            choice.map(|choice| choice.label)
        };
        assert_eq!(said(Some("$t"), "2"), Some("b".to_owned()));
        assert_eq!(said(Some("$t"), "3"), None);
        assert_eq!(said(None, "1."), Some("c".to_owned()));
        assert_eq!(said(None, "one"), None);
        offers.keep("!r", "$3", offer(None, &[]));
        assert_eq!(said(None, "1"), None);
    }

    #[test]
    fn a_reaction_means_a_choice() {
        let confirm = offer(None, &["Yes, do it", "No"]);
        let reacted = |key| confirm.reacted(key).map(|choice| choice.label);
        assert_eq!(reacted("👍🏽"), Some("Yes, do it".to_owned()));
        assert_eq!(reacted("✔️"), Some("Yes, do it".to_owned()));
        assert_eq!(reacted("❌"), Some("No".to_owned()));
        assert_eq!(reacted("2️⃣"), Some("No".to_owned()));
        assert_eq!(reacted("3️⃣"), None);
        assert_eq!(reacted("🎉"), None);
        let others = offer(None, &["a", "b"]);
        assert_eq!(others.reacted("👍"), None);
    }

    #[test]
    fn only_the_newest_messages_are_kept_in_mind() {
        let offers = Offers::default();
        for number in 0..KEPT + 10 {
            offers.keep("!r", &format!("${number}"), offer(None, &["a"]));
        }
        assert_eq!(offers.of("!r", "$0"), None);
        assert!(offers.of("!r", "$10").is_some());
    }
}
