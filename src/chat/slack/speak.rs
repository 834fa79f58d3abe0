//! What the bot says: messages in conversations, words for one person alone, and other words in their place.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::Slack;
use super::address::{Address, Spot};
use super::error::ApiError;
use super::file::{Thread, told};
use super::limit::VIEW_BLOCKS;
use super::payload::Way;
use super::render::{self, Beside, Message, Rendered, Shown, Snippet};
use super::workspace::Install;
use crate::chat::adapter::SendError;
use crate::message::{Place, Reply, Sent, Whisper};

/// The id of what was said at a response address, which is the way to change it, too.
const BY_WAY: &str = "way";

/// The id of what one person saw. Slack lets nobody change it.
const SEEN: &str = "seen";

/// The id of a Home tab.
const HOME: &str = "home";

/// How often a message with a new picture is tried: Slack takes a moment to know the file.
const LOOKS: u32 = 4;

/// The first pause between two of them; each further one is twice as long.
const LOOK: Duration = Duration::from_millis(400);

/// A conversation in a workspace.
struct Conversation<'a> {
    workspace: &'a Install,
    /// The id of the channel, or of the person whose direct conversation it is.
    channel: &'a str,
    thread: Option<&'a str>,
}

/// How a message gets there.
#[derive(Clone, Copy)]
enum Outlet<'a> {
    /// As a message for everybody.
    Post,
    /// In the place of the message that was posted at this time.
    Change(&'a str),
    /// At a response address, in the place of what stands there if that is wanted.
    Respond(&'a str, bool),
    /// For this person alone.
    Show(&'a str),
}

impl<'a> Outlet<'a> {
    /// By a way back to one person; `again` when something was said there before that is to be replaced.
    fn by(way: Way<'a>, again: bool) -> Self {
        match way {
            Way::Reply(address) => Self::Respond(address, again),
            Way::Replace(address) => Self::Respond(address, true),
        }
    }
}

impl Slack {
    /// Says a reply.
    pub(super) async fn say(&self, place: &Place, reply: &Reply) -> Result<Sent, SendError> {
        let (workspace, address) = self.locate(&place.channel).await?;
        let id = match (address.spot, &place.whisper) {
            (Spot::Home(person), _) => {
                self.publish(&workspace, person, reply).await?;
                HOME.to_owned()
            }
            (Spot::Channel(spot) | Spot::Person(spot), whisper) => {
                let conversation = Conversation {
                    workspace: &workspace,
                    channel: &self.directs.of(&workspace.team, spot),
                    thread: place.thread.as_deref(),
                };
                match whisper {
                    Some(whisper) => self.whisper(&conversation, whisper, reply).await?,
                    None => self.post(&conversation, reply).await?,
                }
            }
        };
        Ok(Sent {
            place: place.clone(),
            id,
        })
    }

    /// Puts other words in the place of a message.
    pub(super) async fn change(&self, sent: &Sent, reply: &Reply) -> Result<(), SendError> {
        let (workspace, address) = self.locate(&sent.place.channel).await?;
        let channel = match address.spot {
            Spot::Home(person) => return Ok(self.publish(&workspace, person, reply).await?),
            Spot::Channel(channel) | Spot::Person(channel) => channel,
        };
        let conversation = Conversation {
            workspace: &workspace,
            channel,
            thread: sent.place.thread.as_deref(),
        };
        if let (BY_WAY | SEEN, Some(whisper)) = (&*sent.id, &sent.place.whisper) {
            return self
                .whisper_again(&conversation, whisper, &sent.id, reply)
                .await;
        }
        let (channel, ts) = sent.id.split_once('/').unwrap_or((channel, &sent.id));
        let rendered = self.rendered(&workspace, reply).await;
        let conversation = Conversation {
            channel,
            ..conversation
        };
        let outlet = Outlet::Change(ts);
        let (_, rest) = self
            .in_blocks(&conversation, outlet, reply, rendered)
            .await?;
        let there = Thread {
            channel,
            thread: conversation.thread.unwrap_or(ts),
        };
        self.continued(&workspace, there, rest).await;
        Ok(())
    }

    /// Posts a reply where everybody in the conversation hears. Gives what names the message.
    async fn post(&self, to: &Conversation<'_>, reply: &Reply) -> Result<String, SendError> {
        let rendered = self.rendered(to.workspace, reply).await;
        let (posted, rest) = self.in_blocks(to, Outlet::Post, reply, rendered).await?;
        // A person's direct conversation is known by its own id from here on.
        let (channel, ts) = (told(&posted, "/channel")?, told(&posted, "/ts")?);
        self.directs.note(&to.workspace.team, to.channel, channel);
        let there = Thread {
            channel,
            thread: to.thread.unwrap_or(ts),
        };
        self.continued(to.workspace, there, rest).await;
        Ok(format!("{channel}/{ts}"))
    }

    /// Says a reply to one person alone. Gives what names the message.
    async fn whisper(
        &self,
        to: &Conversation<'_>,
        whisper: &Whisper,
        reply: &Reply,
    ) -> Result<String, SendError> {
        let rendered = self.rendered(to.workspace, reply).await;
        if let Some(way) = whisper.ticket.as_ref().and_then(Way::of) {
            let outlet = Outlet::by(way, false);
            match self.in_blocks(to, outlet, reply, rendered.clone()).await {
                Ok((_, rest)) => {
                    self.whispered_on(to, whisper, rest).await;
                    return Ok(BY_WAY.to_owned());
                }
                // The address has been used too often, or for too long.
                Err(ApiError::Refused { code, .. }) => {
                    tracing::debug!(code, "a response address is not good any more");
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.show(to, whisper, reply, rendered).await
    }

    /// Puts other words in the place of what one person saw, or below it where Slack lets nobody do so.
    async fn whisper_again(
        &self,
        to: &Conversation<'_>,
        whisper: &Whisper,
        id: &str,
        reply: &Reply,
    ) -> Result<(), SendError> {
        let rendered = self.rendered(to.workspace, reply).await;
        let way = whisper.ticket.as_ref().and_then(Way::of);
        if let Some(way) = way.filter(|_| id == BY_WAY) {
            let outlet = Outlet::by(way, true);
            match self.in_blocks(to, outlet, reply, rendered.clone()).await {
                Ok((_, rest)) => {
                    self.whispered_on(to, whisper, rest).await;
                    return Ok(());
                }
                Err(ApiError::Refused { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.show(to, whisper, reply, rendered).await.map(|_| ())
    }

    /// Shows a reply to one person, without an address to say it at.
    async fn show(
        &self,
        to: &Conversation<'_>,
        whisper: &Whisper,
        reply: &Reply,
        rendered: Rendered,
    ) -> Result<String, SendError> {
        let person = listener(whisper)?;
        match self
            .in_blocks(to, Outlet::Show(person), reply, rendered)
            .await
        {
            Ok((_, rest)) => {
                self.whispered_on(to, whisper, rest).await;
                Ok(SEEN.to_owned())
            }
            // The bot is not there: a slash command works everywhere. The person is reached all the same.
            Err(error) if error.is_gone() => {
                let alone = Conversation {
                    workspace: to.workspace,
                    channel: &self.directs.of(&to.workspace.team, person),
                    thread: None,
                };
                self.post(&alone, reply).await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Says the rest of a reply in the thread. What was said stays said when that fails.
    async fn continued(&self, workspace: &Install, there: Thread<'_>, rest: Rendered) {
        let to = Conversation {
            workspace,
            channel: there.channel,
            thread: Some(there.thread),
        };
        let work = async {
            for message in &rest.messages {
                self.put(&to, Outlet::Post, message).await?;
            }
            match &rest.rest {
                Some(snippet) => self.calls.share(workspace, there, snippet).await,
                None => Ok(()),
            }
        };
        if let Err(error) = work.await {
            tracing::error!(%error, "the rest of an answer could not be sent");
        }
    }

    /// Says the rest of a reply to one person alone. No file can be shown to one person in a channel, so that comes in the
    /// direct conversation.
    async fn whispered_on(&self, to: &Conversation<'_>, whisper: &Whisper, rest: Rendered) {
        let work = async {
            let person = listener(whisper)?;
            for message in &rest.messages {
                self.put(to, Outlet::Show(person), message).await?;
            }
            match &rest.rest {
                Some(snippet) => self.to_person(to.workspace, person, snippet).await,
                None => Ok(()),
            }
        };
        if let Err(error) = work.await {
            tracing::error!(%error, "the rest of an answer could not be sent");
        }
    }

    async fn to_person(
        &self,
        workspace: &Install,
        person: &str,
        snippet: &Snippet,
    ) -> Result<(), ApiError> {
        let alone = Conversation {
            workspace,
            channel: &self.directs.of(&workspace.team, person),
            thread: None,
        };
        let message = Message {
            text: "Here is the rest of the answer.".to_owned(),
            blocks: Vec::new(),
        };
        let posted = self.put(&alone, Outlet::Post, &message).await?;
        let there = Thread {
            channel: told(&posted, "/channel")?,
            thread: told(&posted, "/ts")?,
        };
        self.calls.share(workspace, there, snippet).await
    }

    /// Shows a reply as a person's Home tab.
    async fn publish(
        &self,
        workspace: &Install,
        person: &str,
        reply: &Reply,
    ) -> Result<(), ApiError> {
        let blocks = render::view(reply, VIEW_BLOCKS);
        let view = json!({"type": "home", "blocks": blocks});
        match self.views.publish(workspace, person, &view).await {
            Err(error) if error.is_about_blocks() => {
                tracing::warn!(%error, "Slack refuses a Home tab, which is shown as plain text");
                let text = json!({"type": "mrkdwn", "text": super::limit::cut(&render::plain(reply), 2_900), "verbatim": true});
                let view = json!({"type": "home", "blocks": [{"type": "section", "text": text}]});
                self.views.publish(workspace, person, &view).await
            }
            published => published,
        }
    }

    /// Sends one message, once.
    async fn put(
        &self,
        to: &Conversation<'_>,
        outlet: Outlet<'_>,
        message: &Message,
    ) -> Result<Value, ApiError> {
        let mut body = json!({"text": message.text, "blocks": message.blocks});
        if let (Some(thread), false) = (to.thread, matches!(outlet, Outlet::Change(_))) {
            body["thread_ts"] = json!(thread);
        }
        if let Outlet::Respond(address, replace) = outlet {
            body["response_type"] = json!("ephemeral");
            body["replace_original"] = json!(replace);
            self.calls.respond(address, &body).await?;
            return Ok(Value::Null);
        }
        body["channel"] = json!(to.channel);
        // Nothing in the text is looked for but what stands in brackets.
        body["parse"] = json!("none");
        body["link_names"] = json!(false);
        let method = match outlet {
            Outlet::Change(ts) => {
                body["ts"] = json!(ts);
                "chat.update"
            }
            Outlet::Show(person) => {
                body["user"] = json!(person);
                // Twice does no harm where only one person sees it.
                "chat.postEphemeral"
            }
            Outlet::Post | Outlet::Respond(..) => {
                // What the bot says is never a reason for Slack to show more of it.
                body["unfurl_links"] = json!(false);
                body["unfurl_media"] = json!(false);
                return self.calls.post_once(to.workspace, to.channel, body).await;
            }
        };
        let calls = &self.calls;
        calls
            .say(to.workspace, to.channel, method, &body, true)
            .await
    }

    /// Sends the first message of what is rendered, as plain text where Slack refuses its blocks. Gives what came back, and
    /// what is still to be said.
    async fn in_blocks(
        &self,
        to: &Conversation<'_>,
        outlet: Outlet<'_>,
        reply: &Reply,
        mut rendered: Rendered,
    ) -> Result<(Value, Rendered), ApiError> {
        let plain = || Message {
            text: render::plain(reply),
            blocks: Vec::new(),
        };
        if rendered.messages.is_empty() {
            rendered.messages.push(plain());
        }
        let first = rendered.messages.remove(0);
        let mut looks = if reply.picture.is_some() { LOOKS } else { 1 };
        let mut pause = LOOK;
        loop {
            looks -= 1;
            match self.put(to, outlet, &first).await {
                Ok(sent) => return Ok((sent, rendered)),
                Err(error) if error.is_about_blocks() && looks > 0 => {
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                Err(error) if error.is_about_blocks() => {
                    tracing::warn!(%error, "Slack refuses a message's blocks, which is sent as plain text");
                    let sent = self.put(to, outlet, &plain()).await?;
                    rendered.messages.clear();
                    return Ok((sent, rendered));
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Renders a reply, with its picture where that can be uploaded.
    async fn rendered(&self, workspace: &Install, reply: &Reply) -> Rendered {
        let file = match &reply.picture {
            Some(picture) => match self.calls.picture(workspace, picture).await {
                Ok(file) => Some(file),
                Err(error) => {
                    tracing::warn!(%error, "a picture could not be uploaded");
                    None
                }
            },
            None => None,
        };
        let beside = Beside {
            picture: file.as_deref().map(Shown::File),
            ..Beside::default()
        };
        render::render(reply, &beside)
    }

    /// The workspace and the spot of an address.
    pub(super) async fn locate<'a>(
        &self,
        text: &'a str,
    ) -> Result<(Arc<Install>, Address<'a>), SendError> {
        let address = Address::read(text).ok_or(SendError::Gone)?;
        let found = self.workspaces.at(address.team).await?;
        Ok((found.ok_or(SendError::Gone)?, address))
    }
}

/// The id of the person who alone hears.
fn listener(whisper: &Whisper) -> Result<&str, ApiError> {
    match Address::read(&whisper.person) {
        Some(Address {
            spot: Spot::Person(person),
            ..
        }) => Ok(person),
        _ => Err(ApiError::refused("user_not_found")),
    }
}
