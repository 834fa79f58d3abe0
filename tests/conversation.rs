//! What holds for every conversation, whatever it is about: events are handled once, changes are confirmed, forms are
//! asked, limits are kept, failures are put into words.

mod changes;
mod data;
mod failures;
pub mod forms;
mod limits;
mod once;
mod own_commands;
mod places;
mod policy;
mod questions;
mod screens;
mod supervision;

use callboard::action::Action;

/// An action that lives as long as the test program.
fn action<A: Action>(action: A) -> &'static A {
    Box::leak(Box::new(action))
}

/// A command file that takes nothing.
fn file(says: &str, action: &str, body: &str) -> String {
    format!("+++\nsays = {says:?}\naction = {action:?}\n+++\n{body}\n")
}

/// The reference in an apology.
fn reference(answer: &str) -> String {
    let (_, rest) = answer.split_once("E-").expect("a reference");
    format!("E-{}", &rest[..6])
}

fn without_reference(answer: &str) -> String {
    answer.replace(&reference(answer), "E-…")
}

/// An answer without the ticket of its choices.
fn without_ticket(answer: &str) -> String {
    let mut shown = Vec::new();
    for line in answer.lines() {
        let ticket = line.rsplit_once(' ').filter(|(_, word)| word.len() == 6);
        let cut =
            ticket.filter(|(before, _)| before.ends_with("confirm") || before.ends_with("decline"));
        shown.push(cut.map_or_else(|| line.to_owned(), |(before, _)| format!("{before} …")));
    }
    shown.join("\n")
}
