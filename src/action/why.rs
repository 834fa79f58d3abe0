//! Whether the asker may do something here, by which rule, and who can help.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::permission::deed;
use super::{Action, Call, Context, Kind, Param, card};
use crate::catalog::EntityRef;
use crate::failure::Failure;
use crate::policy::{Basis, Rule, Verdict};

/// `bot.why`: takes `line`, a command as it would be said.
pub struct Why;

#[async_trait]
impl Action for Why {
    fn name(&self) -> &'static str {
        "bot.why"
    }

    fn takes(&self) -> &'static [Param] {
        &[Param {
            name: "line",
            kind: Kind::Command,
            required: true,
        }]
    }

    async fn run(&self, call: &Call, context: &Context) -> Result<Value, Failure> {
        let line = call.text("line").unwrap_or_default();
        let (asker, place) = (&call.asker, &call.place);
        let deed = deed(line, asker, place, context)?;
        let decision = context.decide(asker, place, &deed);
        let catalog = context.catalog();
        let references = |entities: &[EntityRef]| -> Vec<Value> {
            let entities = entities.iter();
            entities
                .map(|entity| card::reference(&catalog, entity))
                .collect()
        };
        let groups = asker.user.as_ref().map(|user| catalog.groups_of(user));
        let (rule, broken) = match &decision.basis {
            Basis::Rule(rule) => (Some(told(rule)), None),
            Basis::Broken(problem) => {
                let place = problem.place();
                (
                    None,
                    Some(json!({ "place": place, "message": problem.message })),
                )
            }
        };
        let by = match &decision.verdict {
            Verdict::Approve(by) => Some(card::reference(&catalog, by)),
            Verdict::Allow | Verdict::Deny => None,
        };
        let perhaps: Vec<Value> = decision.perhaps.iter().map(|rule| told(rule)).collect();
        Ok(json!({
            "deed": deed.to_string(),
            "verdict": word(&decision.verdict),
            "by": by,
            "rule": rule,
            "broken": broken,
            "perhaps": perhaps,
            "able": references(&decision.able),
            "admins": references(&decision.admins),
            "user": asker.user.as_ref().map(|user| card::reference(&catalog, user)),
            "groups": references(&groups.unwrap_or_default()),
        }))
    }
}

/// A rule: `place` where it is written (none: it is the bot's own), `says` why, and `verdict`.
fn told(rule: &Rule) -> Value {
    json!({
        "place": rule.place,
        "says": rule.says,
        "verdict": word(&rule.verdict),
    })
}

/// What is decided, in one word: `allow`, `deny` or `approve`.
fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Allow => "allow",
        Verdict::Deny => "deny",
        Verdict::Approve(_) => "approve",
    }
}
