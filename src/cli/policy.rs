//! `callboard policy`: what the policy says, without anybody having to try it out.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::{Global, chat, output};
use crate::action::permission::deed;
use crate::action::{ACTIONS, Asker};
use crate::bot::{self, Bot};
use crate::catalog::{Catalog, EntityRef};
use crate::chat::console::PLATFORM;
use crate::command::Book;
use crate::config::Config;
use crate::message::{PersonId, Place};
use crate::policy::{Basis, Decision, Deed, Policy, Rule, Source, Verdict};

/// The exit code of what needs somebody's approval.
const NEEDS_APPROVAL: u8 = 3;

/// The platforms on which somebody may ask.
const PLATFORMS: [&str; 3] = [PLATFORM, "matrix", "slack"];

/// The commands of `callboard policy`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Says whether somebody may do something: 0 allowed, 1 denied, 3 needs approval, 2 it cannot be told
    Test(Test),
}

/// The options of `callboard policy test`.
#[derive(Debug, Args)]
pub struct Test {
    /// Who does it, like `user:default/ana`; without it somebody whom the catalog does not know
    #[arg(long, value_name = "REF")]
    user: Option<String>,
    /// On which platform: `console`, `matrix` or `slack`
    #[arg(long, value_name = "NAME", default_value = PLATFORM)]
    platform: String,
    /// In which channel, by the platform's id
    #[arg(long, value_name = "ID", default_value = "")]
    channel: String,
    /// With which template
    #[arg(long, value_name = "REF")]
    template: Option<String>,
    /// Who shall own what is made
    #[arg(long, value_name = "REF")]
    owner: Option<String>,
    /// Where on a forge, like `github.com/acme`
    #[arg(long, value_name = "HOST/OWNER")]
    organisation: Option<String>,
    /// The command, as it would be said in chat
    #[arg(required = true, num_args = 1.., value_name = "COMMAND")]
    line: Vec<String>,
}

/// Does it.
pub async fn run(global: &Global, command: &Command) -> anyhow::Result<ExitCode> {
    let Command::Test(options) = command;
    let bot = Bot::open(global.setup()?).await?;
    chat::refresh(&bot).await?;
    let tested = test(&bot, options);
    bot.close().await?;
    tested
}

fn test(bot: &Bot, options: &Test) -> anyhow::Result<ExitCode> {
    let context = &bot.context;
    let catalog = context.catalog();
    let user = options.user.as_deref().map(|user| known(&catalog, user));
    let asker = Asker {
        person: PersonId {
            platform: options.platform.clone(),
            id: options.user.clone().unwrap_or_default(),
        },
        user: user.transpose()?,
        linked: None,
        external: false,
        near: Vec::new(),
    };
    let place = Place {
        platform: options.platform.clone(),
        channel: options.channel.clone(),
        ..Place::default()
    };
    let line = options.line.join(" ");
    let deed = match deed(&line, &asker, &place, context) {
        Ok(deed) => options.said(deed, &catalog)?,
        Err(failure) => anyhow::bail!("{failure}"),
    };
    for doubt in doubts(&context.policy.load(), &context.book.load(), Some(&catalog)) {
        output::note(&doubt);
    }
    let decision = context.decide(&asker, &place, &deed);
    output::text(&told(&decision, &deed))?;
    Ok(match decision.verdict {
        Verdict::Allow => ExitCode::SUCCESS,
        Verdict::Deny => ExitCode::from(1),
        Verdict::Approve(_) => ExitCode::from(NEEDS_APPROVAL),
    })
}

impl Test {
    /// The deed with what the options say of it.
    fn said(&self, mut deed: Deed, catalog: &Catalog) -> anyhow::Result<Deed> {
        if let Some(owner) = &self.owner {
            deed = deed.owner(catalog, &EntityRef::parse(owner, Some("group"), "default")?);
        }
        if let Some(template) = &self.template {
            let template = EntityRef::parse(template, Some("template"), "default")?;
            deed.template = Some(template);
        }
        if self.organisation.is_some() {
            deed.organisation.clone_from(&self.organisation);
        }
        Ok(deed)
    }
}

fn known(catalog: &Catalog, user: &str) -> anyhow::Result<EntityRef> {
    let reference = EntityRef::parse(user, Some("user"), "default")?;
    catalog.get(&reference).with_context(|| {
        format!("there is no user {user:?} in the catalog; --user takes a name like ana or user:default/ana")
    })?;
    Ok(reference)
}

/// A decision for people.
fn told(decision: &Decision, deed: &Deed) -> String {
    let listed = |entities: &[EntityRef]| {
        let entities: Vec<&str> = entities.iter().map(EntityRef::as_str).collect();
        entities.join(", ")
    };
    let mut lines = vec![match &decision.verdict {
        Verdict::Allow => format!("allowed: {deed}"),
        Verdict::Deny => format!("denied: {deed}"),
        Verdict::Approve(by) => format!("needs the approval of {by}: {deed}"),
    }];
    lines.push(match &decision.basis {
        Basis::Rule(rule) => format!("  by {}", shown(rule)),
        Basis::Broken(problem) => format!("  because the policy is broken: {problem}"),
    });
    for rule in &decision.perhaps {
        let verdict = match &rule.verdict {
            Verdict::Allow => "allowed",
            Verdict::Deny => "denied",
            Verdict::Approve(_) => "allowed with an approval",
        };
        lines.push(format!("  perhaps {verdict} by {}", shown(rule)));
    }
    if !decision.is_allowed() {
        if !decision.able.is_empty() {
            lines.push(format!("  these may: {}", listed(&decision.able)));
        }
        if !decision.admins.is_empty() {
            lines.push(format!("  admins: {}", listed(&decision.admins)));
        }
    }
    lines.join("\n")
}

fn shown(rule: &Rule) -> String {
    let says = rule.says.as_deref();
    match &rule.place {
        Some(place) => says.map_or_else(|| place.clone(), |says| format!("{place}: {says}")),
        None => format!("the bot's own rule: {}", says.unwrap_or_default()),
    }
}

/// What is wrong with the policy of a configuration, and what may be a slip in it.
pub fn examined(config: &Config) -> (Policy, Vec<String>) {
    let source = Source::of(config);
    let policy = source.read(&source.text(), None);
    let (book, _) = bot::book(config.commands.as_deref(), ACTIONS);
    let doubts = doubts(&policy, &book, None);
    (policy, doubts)
}

/// Names in rules that there are not, so that the rules fit nothing.
fn doubts(policy: &Policy, book: &Book, catalog: Option<&Catalog>) -> Vec<String> {
    let mut doubts = Vec::new();
    for rule in policy.rules() {
        let place = rule.place.as_deref().unwrap_or_default();
        for name in rule.commands() {
            let action = ACTIONS.iter().any(|action| action.name() == name);
            if action || book.find(name).is_some_and(|command| command.name == name) {
                continue;
            }
            let meant = book.find(name).map(|command| command.name.as_str());
            let near = meant.or_else(|| book.suggest(name).first().copied());
            let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            doubts.push(format!("{place}: there is no command `{name}`{near}"));
        }
        for name in rule.platforms().filter(|name| !PLATFORMS.contains(name)) {
            let known = PLATFORMS.join(", ");
            doubts.push(format!(
                "{place}: there is no platform `{name}`; there are {known}"
            ));
        }
        let entities = catalog.map(|catalog| {
            let entities = rule.entities().into_iter();
            entities.filter(|entity| catalog.get(entity).is_none())
        });
        for entity in entities.into_iter().flatten() {
            doubts.push(format!("{place}: the catalog has no {entity}"));
        }
    }
    doubts
}
