//! Where somebody begins: their teams, and what these own, with what is wrong first.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Action, Call, Context, Param, card};
use crate::catalog::problem::Severity;
use crate::catalog::{Catalog, EntityRef, RelationType};
use crate::failure::Failure;

/// `catalog.home`: about the asker.
pub struct Home;

/// How many things are named; the rest is counted.
const NAMED: usize = 15;

#[async_trait]
impl Action for Home {
    fn name(&self) -> &'static str {
        "catalog.home"
    }

    fn takes(&self) -> &'static [Param] {
        &[]
    }

    async fn run(&self, call: &Call, context: &Context) -> Result<Value, Failure> {
        let catalog = context.catalog();
        let Some(user) = &call.asker.user else {
            return Ok(json!({
                "user": Value::Null,
                "terminal": call.asker.person.platform == "console",
                "external": call.asker.external,
                "gone": call.asker.linked,
            }));
        };
        let teams: Vec<&EntityRef> = catalog
            .related(user, RelationType::MemberOf)
            .map(|team| team.target)
            .collect();
        let owners = teams.iter().copied().chain([user]);
        let owned: BTreeSet<&EntityRef> = owners
            .flat_map(|owner| catalog.related(owner, RelationType::OwnerOf))
            .filter_map(|related| related.entity.map(|_| related.target))
            .collect();
        let mut wrong = wrong(&catalog, &owned);
        let (mut first, mut rest) = (Vec::new(), Vec::new());
        for reference in &owned {
            let Some(listed) = catalog.get(reference) else {
                continue;
            };
            let mut card = card::entity(listed.entity);
            match wrong.remove(*reference) {
                Some(problems) => {
                    card["problems"] = json!(problems);
                    first.push(card);
                }
                None => rest.push(card),
            }
        }
        let with_problems = first.len();
        let mut named = first;
        named.append(&mut rest);
        named.truncate(NAMED);
        Ok(json!({
            "user": card::reference(&catalog, user),
            "teams": teams.iter().map(|team| card::contact(&catalog, team)).collect::<Vec<_>>(),
            "owned": named,
            "total": owned.len(),
            "with_problems": with_problems,
            "more": owned.len().saturating_sub(NAMED),
        }))
    }
}

/// What is wrong with each of these: sentences; those with nothing wrong are not there.
fn wrong(catalog: &Catalog, owned: &BTreeSet<&EntityRef>) -> HashMap<EntityRef, Vec<String>> {
    let mut wrong: HashMap<EntityRef, Vec<String>> = HashMap::new();
    let mut by_text: BTreeMap<&str, &EntityRef> = BTreeMap::new();
    for reference in owned {
        by_text.insert(reference.as_str(), reference);
        let Some(listed) = catalog.get(reference) else {
            continue;
        };
        let mut say = |sentence: &str| {
            let sentences = wrong.entry((*reference).clone()).or_default();
            sentences.push(sentence.to_owned());
        };
        if listed.stale.is_some() {
            say("its newest version is broken, so an older one is shown");
        }
        if listed.entity.refused.is_some() {
            say("Backstage would not take it");
        }
    }
    for (_, problem) in catalog.problems() {
        let known = problem
            .entity
            .as_deref()
            .and_then(|entity| by_text.get(entity));
        if let Some(reference) = known
            && problem.severity == Severity::Error
        {
            let sentences = wrong.entry((*reference).clone()).or_default();
            if sentences.is_empty() {
                sentences.push(problem.message.clone());
            }
        }
    }
    wrong
}
