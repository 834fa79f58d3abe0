//! Who somebody is on another platform: a one-time code, given where they are known, is said where they are not.

mod code;
mod kept;

pub use kept::Links;

use anyhow::Context as _;
use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Action, Argument, Asker, Call, Context, Effect, Kind, Param, card};
use crate::catalog::EntityRef;
use crate::failure::Failure;
use crate::message::markdown;
use crate::policy::{Deed, Weight};
use code::Code;
use kept::{GOOD, Looked};

/// `bot.link`: takes `code`, which links the asker's account, or `for`, the user to whom an admin gives a code; without
/// both it gives the asker a code.
pub struct Link;

/// `bot.unlink`: removes the link of the asker's account, or with `for` all links to a user.
pub struct Unlink;

/// Whose code or links it is about, if not the asker's.
const FOR: Param = Param {
    name: "for",
    kind: Kind::Person,
    required: false,
};

#[async_trait]
impl Action for Link {
    fn name(&self) -> &'static str {
        "bot.link"
    }

    fn takes(&self) -> &'static [Param] {
        &[
            Param {
                name: "code",
                kind: Kind::Word,
                required: false,
            },
            FOR,
        ]
    }

    fn effect(&self) -> Effect {
        Effect::Record
    }

    fn deed(&self, call: &Call, _context: &Context) -> Deed {
        deed(call, self)
    }

    async fn run(&self, call: &Call, context: &Context) -> Result<Value, Failure> {
        match (call.text("code"), call.arguments.get("for")) {
            (Some(_), Some(_)) => Err(Failure::user(
                "I heard a code and a name, and can do only one of both.",
            )
            .hint(
                "`link` and the code links your account here; `link for` and a name gives a code.",
            )),
            (Some(typed), None) => redeem(typed, call, context).await,
            (None, Some(Argument::Entity(user))) => give(user, call, context).await,
            (None, _) => match &call.asker.user {
                Some(user) => give(user, call, context).await,
                None => Err(stranger(&call.asker, context)),
            },
        }
    }
}

#[async_trait]
impl Action for Unlink {
    fn name(&self) -> &'static str {
        "bot.unlink"
    }

    fn takes(&self) -> &'static [Param] {
        &[FOR]
    }

    fn effect(&self) -> Effect {
        Effect::Record
    }

    fn deed(&self, call: &Call, _context: &Context) -> Deed {
        deed(call, self)
    }

    async fn run(&self, call: &Call, context: &Context) -> Result<Value, Failure> {
        let (asker, links) = (&call.asker, &context.links);
        let catalog = context.catalog();
        let Some(Argument::Entity(user)) = call.arguments.get("for") else {
            let user = links.unlink(&asker.person).await;
            let user = user.context("the link of an account")?;
            return Ok(json!({
                "own": true,
                "user": user.map(|user| card::reference(&catalog, &user)),
                "known": is_known(asker),
            }));
        };
        let accounts = links.unlink_all(user).await;
        Ok(json!({
            "own": false,
            "user": card::reference(&catalog, user),
            "accounts": accounts.context("the links to a user")?,
        }))
    }
}

/// Gives a code for a user.
async fn give(user: &EntityRef, call: &Call, context: &Context) -> Result<Value, Failure> {
    let asker = &call.asker;
    let own = asker.user.as_ref() == Some(user);
    // Whoever takes an account over must not be able to link more of them, which stay when that one is unlinked.
    let others = for_somebody(call, &Link);
    if own && !is_known(asker) && !context.decide(asker, &call.place, &others).is_allowed() {
        return Err(Failure::user(
            "I know you here by a link, and codes are given only where the catalog itself names your account or e-mail address.",
        )
        .hint("Say `link` there, or ask an admin for a code."));
    }
    let catalog = context.catalog();
    if catalog.get(user).is_none() {
        let user = markdown::code(user.as_str());
        return Err(Failure::user(format!(
            "The catalog has no user {user}, so there is nobody to give a code for."
        )));
    }
    let code = context.links.offer(user, &asker.person).await?;
    tracing::info!(%user, by = asker.person.key(), "a code to link an account was given");
    Ok(json!({
        "code": code.shown(),
        "minutes": GOOD.as_secs() / 60,
        "own": own,
        "user": card::reference(&catalog, user),
    }))
}

/// Links the asker's account by the code that they say.
async fn redeem(typed: &str, call: &Call, context: &Context) -> Result<Value, Failure> {
    let (asker, links) = (&call.asker, &context.links);
    if asker.person.platform == "console" {
        return Err(Failure::user(
            "At the terminal you are whom `--as NAME` names, so no account is linked here.",
        )
        .hint("Say the code on the platform where I do not know you yet."));
    }
    let Some(code) = Code::read(typed) else {
        let typed = markdown::code(&card::cut(typed));
        return Err(Failure::user(format!("{typed} is no code."))
            .hint("A code is eight letters and digits, like `K7QM-3XPA`; `link` alone says how you get one."));
    };
    if let Some(failure) = refused(call, context).await? {
        // Others have read it, and could use it now.
        if !call.place.direct && call.place.whisper.is_none() {
            links.spend(&code).await?;
        }
        return Err(failure);
    }
    let catalog = context.catalog();
    let offer = match links.look(&code).await? {
        Looked::Good(offer) => offer,
        Looked::Wrong => {
            return Err(Failure::user("I know no such code.").hint(
                "Look whether it is typed as I gave it; `link` alone says how you get one.",
            ));
        }
        Looked::Old => {
            let minutes = GOOD.as_secs() / 60;
            return Err(Failure::user(format!(
                "That code is too old: it was good for {minutes} minutes."
            ))
            .hint("Get a new one where you got it."));
        }
        // It was said twice, or is answered once more after a crash.
        Looked::Spent(by, user)
            if by == asker.person.key() && asker.linked.as_ref() == Some(&user) =>
        {
            return Ok(json!({ "user": card::reference(&catalog, &user) }));
        }
        Looked::Spent(..) => return Err(spent()),
    };
    let user = offer.user().clone();
    if catalog.get(&user).is_none() {
        let user = markdown::code(user.as_str());
        return Err(Failure::user(format!(
            "That code is for {user}, whom the catalog does not have any more."
        )));
    }
    let linked = links.link(offer, &asker.person).await;
    if !linked.context("the link of an account")? {
        return Err(spent());
    }
    tracing::info!(%user, account = asker.person.key(), "an account was linked");
    let before = asker.linked.as_ref().filter(|before| **before != user);
    Ok(json!({
        "user": card::reference(&catalog, &user),
        "before": before.map(|before| card::reference(&catalog, before)),
    }))
}

/// Why an account is not linked, whatever the code.
async fn refused(call: &Call, context: &Context) -> anyhow::Result<Option<Failure>> {
    let asker = &call.asker;
    if asker.external {
        return Ok(Some(stranger(asker, context)));
    }
    if let Some(user) = asker.user.as_ref().filter(|_| is_known(asker)) {
        let catalog = context.catalog();
        let name = catalog
            .get(user)
            .map_or(user.name(), |listed| listed.entity.display_name());
        return Ok(Some(
            Failure::user(format!(
                "I know you here already: you are {} ({}), whose account or e-mail address the catalog names.",
                markdown::text(&card::cut(name)),
                markdown::code(user.as_str()),
            ))
            .hint("Say a code where I do not know you yet."),
        ));
    }
    if !context.links.may_try(&asker.person).await? {
        let minutes = GOOD.as_secs() / 60;
        return Ok(Some(
            Failure::user(
                "Those were too many codes that are not good, so I look at no other now.",
            )
            .hint(format!(
                "Wait {minutes} minutes, then try again with a new one."
            )),
        ));
    }
    Ok(None)
}

/// What an account hears of itself that cannot be given a code.
fn stranger(asker: &Asker, context: &Context) -> Failure {
    if asker.person.platform == "console" {
        return Failure::user("I do not know who you are, so there is nobody to give a code for.")
            .hint("Start the terminal with `--as NAME`.");
    }
    if asker.external {
        return Failure::user(
            "Accounts of guests, bots and other organisations are linked to nobody.",
        );
    }
    let says = match &asker.linked {
        Some(user) => format!(
            "I do not know who you are: your account here is linked to {}, whom the catalog does not have any more.",
            markdown::code(user.as_str())
        ),
        None => "I do not know who you are here.".to_owned(),
    };
    let admins = context.admins().map_or_else(String::new, |ask| {
        format!(
            " Where I know you nowhere, an admin gives you one by `link for` and your name. {ask}"
        )
    });
    Failure::user(says).hint(format!(
        "Say `link` to me on a platform where I know you, and I give you a code; then say `link` and the code here.{admins}"
    ))
}

fn spent() -> Failure {
    Failure::user("That code is used up: it works once, and somebody has said it before.").hint(
        "Get a new one where you got it. If it was not you who said it, tell an admin, who can undo it by `unlink for` and your name.",
    )
}

/// Whether the catalog itself says who somebody is, and not a link.
fn is_known(asker: &Asker) -> bool {
    asker.user.is_some() && asker.linked.is_none()
}

/// A link that somebody else has, or shall have.
fn for_somebody(call: &Call, action: &dyn Action) -> Deed {
    Deed::new(&call.command, action.name(), Weight::Change).detail(FOR.name)
}

/// What is the asker's own affair, unless they name somebody else.
fn deed(call: &Call, action: &dyn Action) -> Deed {
    match call.arguments.get(FOR.name) {
        // Both together are refused in any case.
        _ if call.text("code").is_some() => Deed::new(&call.command, action.name(), Weight::Light),
        Some(Argument::Entity(user)) if call.asker.user.as_ref() != Some(user) => {
            for_somebody(call, action)
        }
        _ => Deed::new(&call.command, action.name(), Weight::Light),
    }
}
