//! Allowed? Every way to an action leads through here: a line, a button, a form that was filled in, a yes.

use super::{Asked, Dispatch};
use crate::action::permission::refusal;
use crate::failure::Failure;
use crate::policy::{Deed, Verdict, Weight};

impl Dispatch {
    /// Lets somebody do something, or says why not and who can help. What needs an approval is let through only where the
    /// action seeks it by itself.
    pub(super) fn let_through(
        &self,
        deed: &Deed,
        seeks_approval: bool,
        asked: Asked<'_>,
    ) -> Result<(), Failure> {
        let decision = self.context.decide(asked.asker, asked.place, deed);
        let open = match decision.verdict {
            Verdict::Allow => true,
            Verdict::Approve(_) => seeks_approval,
            Verdict::Deny => decision.may_begin() && deed.open,
        };
        if open {
            return Ok(());
        }
        let rule = decision.place();
        let rule = rule.as_deref().unwrap_or("the bot's own");
        tracing::info!(deed = %deed, rule, by = asked.person().key(), "the policy refused something");
        Err(refusal(&decision, deed))
    }

    /// Whether somebody may read what a command tells.
    pub(super) fn may_read(&self, command: &str, asked: Asked<'_>) -> bool {
        let book = self.context.book.load();
        let action = book
            .find(command)
            .and_then(|command| command.action.as_deref());
        let deed = match action {
            Some(action) => Deed::new(command, action, Weight::Read),
            None => Deed::canned(command),
        };
        let decision = self.context.decide(asked.asker, asked.place, &deed);
        decision.is_allowed()
    }
}
