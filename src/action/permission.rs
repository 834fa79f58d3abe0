//! What the policy says of a call, and how a person hears of it.

use std::collections::BTreeMap;

use super::resolve::{Unresolved, resolve};
use super::{Argument, Asker, Call, Context, Kind};
use crate::catalog::EntityRef;
use crate::command::{Command, Understood};
use crate::failure::Failure;
use crate::message::form::Answers;
use crate::message::{Place, markdown};
use crate::policy::{Basis, Decision, Deed, Rule, Subject, Verdict};

impl Context {
    /// What becomes of a deed of somebody's in a place.
    pub fn decide(&self, asker: &Asker, place: &Place, deed: &Deed) -> Decision {
        let user = asker.user.as_ref();
        let subject = Subject::new(&self.catalog(), user, &place.platform, &place.channel);
        self.policy.load().decide(&subject, deed)
    }
}

/// The arguments of a command: what was typed for it, and what is fixed.
pub fn arguments(
    command: &Command,
    asker: &Asker,
    typed: &BTreeMap<String, String>,
    context: &Context,
) -> Result<BTreeMap<String, Argument>, Unresolved> {
    let kinds: BTreeMap<String, Kind> = command
        .takes
        .iter()
        .filter_map(|param| Some((param.name.clone(), Kind::named(&param.kind)?)))
        .collect();
    let mut arguments = resolve(&context.catalog(), asker, &command.name, &kinds, typed)?;
    for (name, value) in &command.fixed {
        arguments.insert(name.clone(), Argument::Text(value.clone()));
    }
    Ok(arguments)
}

/// What a line would do, if somebody said it in a place.
pub fn deed(line: &str, asker: &Asker, place: &Place, context: &Context) -> Result<Deed, Failure> {
    let book = context.book.load_full();
    let (command, typed) = match book.understand(line) {
        Understood::Call(parsed) => (parsed.command, parsed.arguments),
        Understood::Missing {
            command, so_far, ..
        } => (command, so_far),
        Understood::Leftover { command, .. } => (command, BTreeMap::new()),
        Understood::Refused(fault) => return Err(Failure::User(fault)),
        Understood::Unknown { word, .. } => {
            let near = book.suggest(&word);
            let hint = match near.first() {
                Some(near) => format!("Did you mean {}?", markdown::code(near)),
                None => "`help` lists what there is.".to_owned(),
            };
            let says = format!("There is no command {}.", markdown::code(&word));
            return Err(Failure::user(says).hint(hint));
        }
        Understood::Pasted(_) | Understood::Silence => {
            return Err(Failure::user("I heard no command in that.")
                .hint("Say it as you would say it to me; `help` lists what there is."));
        }
    };
    let Some(action) = command.action.as_deref() else {
        return Ok(Deed::canned(&command.name));
    };
    let Some(action) = context.action(action) else {
        let missing = anyhow::anyhow!("{} names an action that there is not", command.file);
        return Err(Failure::Internal(missing));
    };
    let call = Call {
        command: command.name.clone(),
        // What it is about need not be clear to say whether it is allowed.
        arguments: arguments(&command, asker, &typed, context).unwrap_or_default(),
        answers: Answers::default(),
        asker: asker.clone(),
        place: place.clone(),
    };
    Ok(action.deed(&call, context))
}

/// What somebody hears who may not do something: which rule says so, and who can help.
pub fn refusal(decision: &Decision, deed: &Deed) -> Failure {
    let wanted = markdown::code(&deed.to_string());
    let says = match (&decision.verdict, &decision.basis) {
        (_, Basis::Broken(problem)) => format!(
            "I change nothing until the policy is mended, which is broken at {}: {}",
            markdown::code(&problem.place()),
            ended(&markdown::text(&problem.message))
        ),
        (Verdict::Approve(by), Basis::Rule(rule)) => format!(
            "{wanted} needs the approval of {}{}, and I cannot ask for that yet.",
            markdown::code(by.as_str()),
            by_rule(rule)
        ),
        (_, Basis::Rule(rule)) => match &rule.place {
            Some(_) => format!("{wanted} is denied to you{}.", by_rule(rule)),
            None => format!("{wanted} is denied to you: no rule of the policy allows it."),
        },
    };
    Failure::user(says).hint(help(decision))
}

/// Which rule it is, with a space before it.
fn by_rule(rule: &Rule) -> String {
    let Some(place) = &rule.place else {
        return String::new();
    };
    let says = rule.says.as_deref();
    let says = says.map_or_else(String::new, |says| format!(" ({})", markdown::text(says)));
    format!(" by the rule {}{says}", markdown::code(place))
}

/// A sentence with its end.
fn ended(sentence: &str) -> String {
    let end = if sentence.ends_with(['.', '?', '!']) {
        ""
    } else {
        "."
    };
    format!("{sentence}{end}")
}

/// Who can help, as a sentence.
fn help(decision: &Decision) -> String {
    let able = listed(&decision.able);
    let admins = listed(&decision.admins);
    match (able.is_empty(), admins.is_empty()) {
        (true, true) => {
            "No admin is named in the configuration, so ask who runs the bot.".to_owned()
        }
        (true, false) => format!("Ask an admin: {admins}."),
        (false, true) => format!("These may: {able}."),
        (false, false) => format!("These may: {able}. Or ask an admin: {admins}."),
    }
}

fn listed(entities: &[EntityRef]) -> String {
    let entities: Vec<String> = entities
        .iter()
        .map(|entity| markdown::code(entity.as_str()))
        .collect();
    entities.join(", ")
}
