//! The methods: what each takes, which scope it needs, and what those answer that are about people, channels, files and
//! installations.

use serde_json::{Value, json};

use super::api::{Answer, Arguments, Refused, needs};
use super::state::{File, Message, State, bot_profile};
use super::workspace::{APP, BOT, BOT_USER, Channel, ChannelKind, OTHER_TEAM, TEAM};
use super::{APP_TOKEN, CLIENT_ID, CLIENT_SECRET, posts, views};

/// A method.
pub struct Method {
    /// Like `chat.postMessage`.
    pub name: &'static str,
    /// Which tokens may call it.
    pub token: Tokens,
    /// The scope; one of several, where they stand with a bar between them.
    pub scope: &'static str,
    /// Whether it reads a JSON body.
    pub json: bool,
    /// The arguments with their kind, and `!` after those that must be there.
    pub takes: &'static str,
}

/// Which tokens may call a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tokens {
    /// The bot's.
    Bot,
    /// The app's.
    App,
    /// Either.
    Any,
    /// No token at all.
    None,
}

/// Scopes that events and some arguments need.
const MORE_SCOPES: &str = "app_mentions:read channels:history groups:history im:history mpim:history commands links:read \
    channels:read groups:read im:read mpim:read users:read.email";

const fn method(
    name: &'static str,
    scope: &'static str,
    json: bool,
    takes: &'static str,
) -> Method {
    Method {
        name,
        token: Tokens::Bot,
        scope,
        json,
        takes,
    }
}

const JSON: bool = true;
const FORM: bool = false;

/// All methods there are.
pub const METHODS: [Method; 28] = [
    Method {
        name: "apps.connections.open",
        token: Tokens::App,
        scope: "",
        json: true,
        takes: "",
    },
    Method {
        name: "auth.test",
        token: Tokens::Any,
        scope: "",
        json: true,
        takes: "",
    },
    Method {
        name: "oauth.v2.access",
        token: Tokens::None,
        scope: "",
        json: false,
        takes: "code client_id client_secret redirect_uri grant_type refresh_token",
    },
    method("auth.revoke", "", FORM, "test:flag"),
    method("bots.info", "users:read", FORM, "bot team_id"),
    method(
        "chat.delete",
        "chat:write",
        JSON,
        "channel! ts! as_user:flag",
    ),
    method("chat.getPermalink", "", FORM, "channel! message_ts!"),
    method(
        "chat.postEphemeral",
        "chat:write",
        JSON,
        "channel! user! text blocks:json attachments:json thread_ts link_names:flag parse as_user:flag markdown_text",
    ),
    method(
        "chat.postMessage",
        "chat:write",
        JSON,
        "channel! text blocks:json attachments:json thread_ts reply_broadcast:flag unfurl_links:flag unfurl_media:flag \
         mrkdwn:flag link_names:flag parse metadata:json as_user:flag markdown_text username icon_emoji icon_url",
    ),
    method(
        "chat.unfurl",
        "links:write",
        JSON,
        "channel ts unfurl_id source unfurls:json! metadata:json user_auth_message user_auth_required:flag user_auth_url \
         user_auth_blocks:json",
    ),
    method(
        "chat.update",
        "chat:write",
        JSON,
        "channel! ts! text blocks:json attachments:json as_user:flag file_ids:json link_names:flag metadata:json parse \
         reply_broadcast:flag markdown_text",
    ),
    method(
        "conversations.history",
        "channels:history|groups:history|im:history",
        FORM,
        "channel! cursor latest oldest inclusive:flag limit:number include_all_metadata:flag",
    ),
    method(
        "conversations.replies",
        "channels:history|groups:history|im:history",
        FORM,
        "channel! ts! cursor latest oldest inclusive:flag limit:number include_all_metadata:flag",
    ),
    method(
        "conversations.info",
        "channels:read|groups:read|im:read",
        FORM,
        "channel! include_locale:flag include_num_members:flag",
    ),
    method("conversations.join", "channels:join", JSON, "channel!"),
    method(
        "conversations.members",
        "channels:read|groups:read|im:read",
        FORM,
        "channel! cursor limit:number",
    ),
    method(
        "conversations.open",
        "im:write",
        JSON,
        "channel users return_im:flag prevent_creation:flag",
    ),
    method(
        "files.completeUploadExternal",
        "files:write",
        JSON,
        "files:json! channel_id channels initial_comment thread_ts blocks:json",
    ),
    method(
        "files.getUploadURLExternal",
        "files:write",
        FORM,
        "filename! length:number! alt_txt snippet_type",
    ),
    method(
        "reactions.add",
        "reactions:write",
        JSON,
        "channel! name! timestamp!",
    ),
    method(
        "reactions.remove",
        "reactions:write",
        JSON,
        "channel! name! timestamp!",
    ),
    method("team.info", "team:read", FORM, "team domain"),
    method(
        "users.info",
        "users:read",
        FORM,
        "user! include_locale:flag",
    ),
    method("users.lookupByEmail", "users:read.email", FORM, "email!"),
    method(
        "views.open",
        "",
        JSON,
        "view:json! trigger_id interactivity_pointer",
    ),
    method("views.publish", "", JSON, "user_id! view:json! hash"),
    method(
        "views.push",
        "",
        JSON,
        "view:json! trigger_id interactivity_pointer",
    ),
    method(
        "views.update",
        "",
        JSON,
        "view:json! view_id external_id hash",
    ),
];

/// All scopes that are granted unless a test says otherwise; `chat:write.public` and `chat:write.customize` are not among
/// them.
pub fn scopes() -> impl Iterator<Item = &'static str> {
    let methods = METHODS.iter().flat_map(|method| method.scope.split('|'));
    methods
        .chain(MORE_SCOPES.split_whitespace())
        .filter(|scope| !scope.is_empty())
}

/// The scopes that a call needs.
pub fn scopes_of(state: &State, method: &Method, arguments: &Arguments) -> Vec<&'static str> {
    let mut scopes = Vec::new();
    if method.name.starts_with("conversations.") && method.scope.contains('|') {
        let channel = arguments.text("channel").and_then(|id| state.channel(id));
        let reads = method.scope.contains(":history");
        scopes.push(match channel.map(|channel| channel.kind) {
            Some(ChannelKind::Private) if reads => "groups:history",
            Some(ChannelKind::Private) => "groups:read",
            Some(ChannelKind::Direct) if reads => "im:history",
            Some(ChannelKind::Direct) => "im:read",
            _ if reads => "channels:history",
            _ => "channels:read",
        });
    } else if !method.scope.is_empty() {
        scopes.push(method.scope);
    }
    let disguised = ["username", "icon_emoji", "icon_url"];
    if method.name.starts_with("chat.post")
        && disguised.iter().any(|name| arguments.text(name).is_some())
    {
        scopes.push("chat:write.customize");
    }
    scopes
}

/// Whether a refusal with this word is a fault of the bot, and not something that can happen to it.
pub fn is_fault(error: &str) -> bool {
    matches!(
        error,
        "invalid_blocks"
            | "invalid_arguments"
            | "invalid_json"
            | "invalid_post_type"
            | "invalid_trigger_id"
            | "exchanged_trigger_id"
            | "expired_trigger_id"
            | "missing_scope"
            | "msg_too_long"
            | "msg_blocks_too_long"
            | "no_text"
            | "not_allowed_token_type"
            | "push_limit_reached"
            | "cant_update_message"
            | "cant_delete_message"
            | "cannot_unfurl_url"
            | "thread_not_found"
            | "used_url"
            | "already_reacted"
    )
}

/// Does what the method is for.
pub fn answer(state: &mut State, method: &Method, arguments: &Arguments, token: &str) -> Answer {
    match method.name {
        "apps.connections.open" => {
            let ticket = state.id("ticket-");
            let url = format!(
                "{}/link/?ticket={ticket}&app_id={APP}",
                state.sockets_address
            );
            state.tickets.insert(ticket);
            Ok(json!({ "url": url }))
        }
        "auth.test" => Ok(auth_test(state, token)),
        "auth.revoke" => {
            state.revoked.insert(token.to_owned());
            Ok(json!({ "revoked": true }))
        }
        "bots.info" => bot_info(arguments),
        "chat.delete" => posts::delete(state, arguments),
        "chat.getPermalink" => posts::permalink(state, arguments),
        "chat.postEphemeral" => posts::ephemeral(state, arguments),
        "chat.postMessage" => posts::post(state, arguments),
        "chat.unfurl" => posts::unfurl(state, arguments),
        "chat.update" => posts::update(state, arguments),
        "conversations.info" => {
            let channel = reachable(state, arguments.text("channel"))?;
            Ok(json!({ "channel": channel.described() }))
        }
        "conversations.history" | "conversations.replies" => read_back(state, arguments),
        "conversations.join" => join(state, arguments),
        "conversations.members" => members(state, arguments),
        "conversations.open" => open(state, arguments),
        "files.completeUploadExternal" => complete(state, arguments),
        "files.getUploadURLExternal" => {
            let id = state.id("F");
            let url = format!("{}/upload/v1/{id}", state.address);
            state.files.push(File {
                id: id.clone(),
                name: arguments.text("filename").unwrap_or_default().to_owned(),
                title: None,
                length: arguments.number("length").unwrap_or_default(),
                content: None,
            });
            Ok(json!({ "upload_url": url, "file_id": id }))
        }
        "oauth.v2.access" => oauth(state, arguments),
        "reactions.add" | "reactions.remove" => react(state, arguments, method.name),
        "team.info" => Ok(json!({ "team": {
            "id": TEAM, "name": "Acme", "domain": "acme", "email_domain": "acme.example",
            "url": "https://acme.slack.com/", "icon": { "image_default": true }, "is_verified": false,
        } })),
        "users.info" => user_info(state, arguments),
        "users.lookupByEmail" => {
            let email = arguments.text("email").unwrap_or_default().to_lowercase();
            let found = state
                .people
                .iter()
                .find(|person| person.email.as_ref() == Some(&email));
            let person = found.ok_or("users_not_found")?;
            Ok(json!({ "user": person.described(true) }))
        }
        "views.open" | "views.push" => views::open(state, arguments, method.name == "views.push"),
        "views.publish" => views::publish(state, arguments),
        "views.update" => views::update(state, arguments),
        other => unreachable!("{other} stands in the list"),
    }
}

fn auth_test(state: &State, token: &str) -> Value {
    if token == APP_TOKEN {
        return json!({ "app_name": "Callboard", "app_id": APP });
    }
    let team = state.installed.get(token).map_or(TEAM, String::as_str);
    json!({
        "url": "https://acme.slack.com/", "team": if team == TEAM { "Acme" } else { "Other" }, "user": "callboard",
        "team_id": team, "user_id": BOT_USER, "bot_id": BOT, "is_enterprise_install": false,
    })
}

fn bot_info(arguments: &Arguments) -> Answer {
    if arguments.text("bot").is_some_and(|bot| bot != BOT) {
        return Err("bot_not_found".into());
    }
    let mut bot = bot_profile();
    if let Value::Object(bot) = &mut bot {
        bot.shift_remove("team_id");
        bot.insert("user_id".to_owned(), json!(BOT_USER));
    }
    Ok(json!({ "bot": bot }))
}

/// A channel that the bot can know of.
fn reachable<'a>(state: &'a State, id: Option<&str>) -> Result<&'a Channel, Refused> {
    let channel = id.and_then(|id| state.channel(id));
    let known =
        channel.filter(|channel| channel.bot_is_member || channel.kind == ChannelKind::Public);
    known.ok_or_else(|| "channel_not_found".into())
}

/// The last messages of a conversation, the newest first, or of a thread, the oldest first.
fn read_back(state: &State, arguments: &Arguments) -> Answer {
    let channel = reachable(state, arguments.text("channel"))?;
    let thread = arguments.text("ts");
    let of_place = state.messages.iter().filter(|message| {
        let here = message.channel == channel.id && message.only.is_none();
        let there = match thread {
            Some(thread) => message.thread.as_deref() == Some(thread) || message.ts == thread,
            None => message.thread.is_none(),
        };
        here && there
    });
    let mut messages: Vec<Value> = of_place
        .map(|message| {
            let mut told = message.described();
            if !arguments.flag("include_all_metadata")
                && let Value::Object(fields) = &mut told
            {
                fields.shift_remove("metadata");
            }
            told
        })
        .collect();
    if thread.is_none() {
        messages.reverse();
    }
    let limit = usize::try_from(arguments.number("limit").unwrap_or(100)).expect("it fits");
    let has_more = messages.len() > limit;
    messages.truncate(limit);
    Ok(json!({ "messages": messages, "has_more": has_more }))
}

fn join(state: &mut State, arguments: &Arguments) -> Answer {
    let id = reachable(state, arguments.text("channel"))?.id.clone();
    let channel = state.channels.iter_mut().find(|channel| channel.id == id);
    let channel = channel.expect("it was found");
    if channel.kind != ChannelKind::Public {
        return Err("method_not_supported_for_channel_type".into());
    }
    channel.bot_is_member = true;
    Ok(json!({ "channel": channel.described() }))
}

/// Everybody who is in a channel: all people but the strangers, who are in shared ones only.
fn members(state: &State, arguments: &Arguments) -> Answer {
    let channel = reachable(state, arguments.text("channel"))?;
    let mut members: Vec<&str> = match channel.kind {
        ChannelKind::Direct => vec![&channel.name],
        _ => state
            .people
            .iter()
            .filter(|person| channel.is_shared || person.team() == TEAM)
            .map(|person| &*person.id)
            .collect(),
    };
    members.push(BOT_USER);
    let start = arguments
        .text("cursor")
        .map_or(Ok(0), str::parse)
        .map_err(|_| "invalid_cursor")?;
    let limit = arguments
        .number("limit")
        .map_or(100, |limit| usize::try_from(limit).unwrap_or(100));
    let rest = members.get(start..).unwrap_or_default();
    let next = if rest.len() > limit {
        (start + limit).to_string()
    } else {
        String::new()
    };
    let page: Vec<&&str> = rest.iter().take(limit).collect();
    Ok(json!({ "members": page, "response_metadata": { "next_cursor": next } }))
}

fn open(state: &mut State, arguments: &Arguments) -> Answer {
    let person = match (arguments.text("channel"), arguments.text("users")) {
        (Some(channel), None) => reachable(state, Some(channel))?.name.clone(),
        (None, Some(users)) => users.to_owned(),
        _ => return Err("invalid_arguments".into()),
    };
    if state.person(&person).is_none_or(|known| known.id != person) {
        return Err("user_not_found".into());
    }
    let id = state.direct(&person);
    let channel = state.channel(&id).expect("it was made");
    let channel = if arguments.flag("return_im") {
        channel.described()
    } else {
        json!({ "id": id })
    };
    Ok(json!({ "channel": channel }))
}

fn user_info(state: &mut State, arguments: &Arguments) -> Answer {
    let id = arguments.text("user").unwrap_or_default();
    if id == BOT_USER {
        return Ok(json!({ "user": {
            "id": BOT_USER, "team_id": TEAM, "name": "callboard", "deleted": false, "real_name": "Callboard",
            "profile": { "real_name": "Callboard", "display_name": "", "bot_id": BOT, "api_app_id": APP, "team": TEAM },
            "is_bot": true, "is_app_user": false, "is_restricted": false, "is_ultra_restricted": false,
        } }));
    }
    let person = state.people.iter().find(|person| person.id == id);
    let person = person.ok_or("user_not_found")?.clone();
    let with_email = needs(state, "users:read.email").is_ok();
    let mut user = person.described(with_email);
    if person.team() != state.team {
        user["is_stranger"] = json!(true);
    }
    Ok(json!({ "user": user }))
}

fn react(state: &mut State, arguments: &Arguments, method: &str) -> Answer {
    let channel = reachable(state, arguments.text("channel"))?.id.clone();
    let ts = arguments.text("timestamp").unwrap_or_default();
    let name = arguments.text("name").unwrap_or_default().to_owned();
    let message: &mut Message = state.message(&channel, ts).ok_or("message_not_found")?;
    let own = (name, BOT_USER.to_owned());
    let before = message
        .reactions
        .iter()
        .position(|reaction| *reaction == own);
    match (method, before) {
        ("reactions.add", Some(_)) => return Err("already_reacted".into()),
        ("reactions.add", None) => message.reactions.push(own),
        (_, Some(position)) => {
            message.reactions.remove(position);
        }
        (_, None) => return Err("no_reaction".into()),
    }
    Ok(json!({}))
}

/// Ends an upload: the files belong to the bot, and are posted where a channel is named.
fn complete(state: &mut State, arguments: &Arguments) -> Answer {
    let wanted = arguments
        .json("files")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let mut files = Vec::new();
    for wanted in &wanted {
        let fields = wanted.as_object().ok_or("invalid_arguments")?;
        if fields
            .keys()
            .any(|key| !matches!(&**key, "id" | "title" | "highlight_type"))
        {
            return Err("invalid_arguments".into());
        }
        let id = wanted["id"].as_str().unwrap_or_default();
        let file = state
            .files
            .iter_mut()
            .find(|file| file.id == id)
            .ok_or("file_not_found")?;
        if file.content.is_none() {
            let complaint = format!("{} is completed before it is uploaded", file.name);
            state.complain(complaint);
            return Err("file_not_found".into());
        }
        let title = wanted["title"].as_str().unwrap_or(&file.name).to_owned();
        let place = format!("https://acme.slack.com/files/{BOT_USER}/{id}/{}", file.name);
        let kind = file.name.rsplit('.').next().unwrap_or_default();
        files.push(json!({
            "id": id, "name": file.name, "title": title, "size": file.length, "user": BOT_USER, "mode": "hosted",
            "created": 1_767_600_000, "mimetype": format!("image/{kind}"), "filetype": kind,
            "pretty_type": kind.to_uppercase(), "editable": false, "is_external": false, "external_type": "",
            "is_public": false, "public_url_shared": false, "display_as_bot": false, "username": "",
            "url_private": format!("https://files.slack.com/files-pri/{TEAM}-{id}/{}", file.name),
            "permalink": place, "channels": [], "groups": [],
        }));
        file.title = Some(title);
    }
    if let Some(channel) = arguments.text("channel_id") {
        let thread = arguments.text("thread_ts").map(ToOwned::to_owned);
        let mut body = json!({ "text": arguments.text("initial_comment").unwrap_or_default() });
        if let Some(blocks) = arguments.json("blocks") {
            body["blocks"] = blocks.clone();
        }
        body["files"] = json!(files);
        body["subtype"] = json!("file_share");
        posts::share(state, channel, thread, body)?;
    }
    Ok(json!({ "files": files }))
}

fn oauth(state: &mut State, arguments: &Arguments) -> Answer {
    if arguments.text("client_id") != Some(CLIENT_ID) {
        return Err("invalid_client_id".into());
    }
    if arguments.text("client_secret") != Some(CLIENT_SECRET) {
        return Err("bad_client_secret".into());
    }
    let code = arguments.text("code").unwrap_or_default();
    let redirect = state.codes.remove(code).ok_or("invalid_code")?;
    if arguments.text("redirect_uri").unwrap_or_default() != redirect {
        return Err("bad_redirect_uri".into());
    }
    let token = state.id("xoxb-installed-");
    state.installed.insert(token.clone(), OTHER_TEAM.to_owned());
    let scopes: Vec<&str> = state.scopes.iter().map(String::as_str).collect();
    Ok(json!({
        "app_id": APP, "authed_user": { "id": "U0OLGA0001" }, "scope": scopes.join(","), "token_type": "bot",
        "access_token": token, "bot_user_id": BOT_USER, "team": { "id": OTHER_TEAM, "name": "Other" },
        "enterprise": null, "is_enterprise_install": false,
    }))
}
