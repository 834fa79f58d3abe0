//! Who may do what: rules × subject × deed → decision.
//!
//! The rules of the configuration come first, then those of the organisation's file, then the bot's own: admins may do
//! everything, everybody may read and do what is their own affair, and other changes are denied. From top to bottom **the
//! first rule that fits decides**. So who asks why reads the file from its top and stops at the rule that the answer names;
//! no rule further down can matter, and none is weighed against another, as it would be where the most specific one wins: of
//! "this team, any template" and "any team, this template" neither is. What the configuration says cannot be undone by the
//! file, which more people may write.
//!
//! A policy that cannot be read whole decides nothing but reading: every change is denied, whoever asks, until it is mended.
//! An older version is not kept for changes, because what was just taken away from somebody would go on to be allowed, by a
//! slip that nobody notices.

mod deed;
mod file;
mod problem;
mod rule;
mod subject;

pub use deed::{Deed, Weight};
pub use file::{Source, Text};
pub use problem::Problem;
pub use rule::Rule;
pub use subject::Subject;

use std::collections::HashSet;
use std::sync::Arc;

use crate::catalog::EntityRef;
use rule::Fit;

/// All rules. It never changes: another one is read and put in its place.
#[derive(Debug, Clone)]
pub struct Policy {
    admins: Vec<EntityRef>,
    /// From the first that is asked to the last, which is the bot's own and fits everything.
    rules: Vec<Arc<Rule>>,
    problems: Vec<Problem>,
}

/// What becomes of a deed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may be done.
    Allow,
    /// It may not be done.
    Deny,
    /// It may be done when somebody of this group approves.
    Approve(EntityRef),
}

/// What the policy says of a deed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What becomes of it.
    pub verdict: Verdict,
    /// Why.
    pub basis: Basis,
    /// Rules that come before and may fit, depending on what has not been said yet.
    pub perhaps: Vec<Arc<Rule>>,
    /// Users and groups that may do it, or whose members may with an approval, where the asker may not.
    pub able: Vec<EntityRef>,
    /// Whom to ask in any case.
    pub admins: Vec<EntityRef>,
}

/// Why something is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Basis {
    /// By this rule.
    Rule(Arc<Rule>),
    /// Because the policy cannot be read; this is the first thing that is wrong.
    Broken(Problem),
}

impl Default for Policy {
    fn default() -> Self {
        Self::new(Vec::new(), Vec::new(), Vec::new())
    }
}

impl Policy {
    /// These rules, and then the bot's own.
    fn new(admins: Vec<EntityRef>, rules: Vec<Rule>, problems: Vec<Problem>) -> Self {
        let rules = rules.into_iter().chain(Rule::built_in());
        Self {
            admins,
            rules: rules.map(Arc::new).collect(),
            problems,
        }
    }

    /// The same rules, with these problems.
    fn broken(self, problems: Vec<Problem>) -> Self {
        Self { problems, ..self }
    }

    /// What is wrong with it; while there is something, every change is denied.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The rules that are not the bot's own.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        let rules = self.rules.iter().map(|rule| &**rule);
        rules.filter(|rule| rule.place.is_some())
    }

    /// What becomes of a deed.
    pub fn decide(&self, subject: &Subject, deed: &Deed) -> Decision {
        let mut decision = Decision {
            verdict: Verdict::Deny,
            basis: Basis::Rule(Arc::new(Rule::denial())),
            perhaps: Vec::new(),
            able: Vec::new(),
            admins: self.admins.clone(),
        };
        if deed.weight != Weight::Read
            && let Some(problem) = self.problems.first()
        {
            decision.basis = Basis::Broken(problem.clone());
            return decision;
        }
        for rule in &self.rules {
            match rule.fit(subject, &self.admins, deed) {
                Fit::No => {}
                Fit::Perhaps => decision.perhaps.push(rule.clone()),
                Fit::Yes => {
                    decision.verdict = rule.verdict.clone();
                    decision.basis = Basis::Rule(rule.clone());
                    break;
                }
            }
        }
        if decision.verdict != Verdict::Allow {
            decision.able = self.able(subject, deed);
        }
        decision
    }

    /// Who may do what somebody may not, as far as rules name them: nobody whom an earlier rule denies it to all.
    fn able(&self, subject: &Subject, deed: &Deed) -> Vec<EntityRef> {
        let (mut able, mut seen) = (Vec::new(), HashSet::new());
        for rule in &self.rules {
            let fit = rule.fit_for_some(subject, deed);
            if fit == Fit::No {
                continue;
            }
            for named in rule.named() {
                let first =
                    (fit == Fit::Yes || rule.verdict != Verdict::Deny) && seen.insert(named);
                if first && rule.verdict != Verdict::Deny && !subject.is(named) {
                    able.push(named.clone());
                }
            }
            if fit == Fit::Yes && rule.is_for_all() {
                break;
            }
        }
        able
    }
}

impl Decision {
    /// Whether it may be done without anybody's approval.
    pub fn is_allowed(&self) -> bool {
        self.verdict == Verdict::Allow
    }

    /// Where it is written; `None` where the bot's own rules decide.
    pub fn place(&self) -> Option<String> {
        match &self.basis {
            Basis::Rule(rule) => rule.place.clone(),
            Basis::Broken(problem) => Some(problem.place()),
        }
    }

    /// Whether it may be begun: it is allowed, or may turn out to be by what is still to be said.
    pub fn may_begin(&self) -> bool {
        let hopeful = |rule: &Arc<Rule>| rule.verdict != Verdict::Deny;
        self.verdict != Verdict::Deny || self.perhaps.iter().any(hopeful)
    }
}

#[cfg(test)]
mod tests;
