//! Saying things in rooms: one event for one answer where it fits, edited in place, in the thread where it was asked.

use matrix_sdk::config::RequestConfig;
use matrix_sdk::ruma::OwnedMxcUri;
use matrix_sdk::ruma::api::error::ErrorKind;
use matrix_sdk::ruma::events::room::EncryptedFile;
use matrix_sdk::{Room, RoomState};
use serde_json::{Value, json};

use super::address::{event_id, room_id, user_id};
use super::connection::Connection;
use super::offers::{KEY, Offer};
use super::render::{self, Message, Rendered};
use super::room;
use crate::chat::adapter::SendError;
use crate::config::MatrixConfig;
use crate::message::{Picture, Place, Reply, Sent};

impl Connection {
    /// Says something in a place.
    pub async fn say(
        &self,
        place: &Place,
        reply: &Reply,
        config: &MatrixConfig,
    ) -> Result<Sent, SendError> {
        match &place.whisper {
            Some(whisper) if !place.direct => {
                let there = self.aside(place, &whisper.person, config).await?;
                self.aloud(&there, reply).await
            }
            _ => self.aloud(place, reply).await,
        }
    }

    async fn aloud(&self, place: &Place, reply: &Reply) -> Result<Sent, SendError> {
        let room = self.joined(&place.channel)?;
        let thread = place.thread.as_deref();
        let turn = self.turns.of(&room, thread).await;
        let mut rendered = render::render(reply);
        let mut first = None;
        for message in std::mem::take(&mut rendered.messages) {
            let id = self.post(&room, thread, &message).await?;
            first.get_or_insert(id);
        }
        self.beside(&room, thread, reply, &rendered).await;
        drop(turn);
        Ok(Sent {
            place: place.clone().aloud(),
            id: first.unwrap_or_default(),
        })
    }

    /// What goes with the words; they stand for themselves where it cannot be sent.
    async fn beside(&self, room: &Room, thread: Option<&str>, reply: &Reply, rendered: &Rendered) {
        if let Some(rest) = &rendered.rest
            && let Err(error) = self.file(room, thread, &rest.name, &rest.text).await
        {
            tracing::warn!(%error, "the rest of a long answer could not be sent as a file");
        }
        if let Some(picture) = &reply.picture
            && let Err(error) = self.picture(room, thread, picture).await
        {
            tracing::warn!(%error, "a picture could not be sent");
        }
    }

    /// The conversation with one person alone; a room in which others are is told so.
    pub async fn aside(
        &self,
        place: &Place,
        person: &str,
        config: &MatrixConfig,
    ) -> Result<Place, SendError> {
        if place.direct {
            return Ok(place.clone());
        }
        let person = user_id(person)?;
        let room = self.joined(&place.channel)?;
        if room::is_outsider(&person, config) {
            // Nobody of another server gets invitations of the bot's.
            return Err(SendError::Gone);
        }
        let conversation = room::conversation(&self.client, &person).await?;
        let there = room::place(&conversation, None).await;
        let name = self.name_in(&room, &person).await;
        let (body, html) = render::pill(person.as_str(), &name);
        let told = "I answer in our direct conversation.";
        let message = Message {
            body: format!("{body}: {told}"),
            formatted: Some(format!("{html}: {told}")),
            choices: Vec::new(),
        };
        let turn = self.turns.of(&room, place.thread.as_deref()).await;
        if let Err(error) = self.post(&room, place.thread.as_deref(), &message).await {
            tracing::warn!(%error, "a room could not be told that an answer is elsewhere");
        }
        drop(turn);
        Ok(Place {
            direct: true,
            ..there
        })
    }

    /// Puts other words in the place of a message.
    pub async fn change(&self, sent: &Sent, reply: &Reply) -> Result<(), SendError> {
        let room = self.joined(&sent.place.channel)?;
        let id = event_id(&sent.id)?;
        let known = self.offers.of(room.room_id().as_str(), &sent.id).is_some();
        if !known {
            // Home servers take edits of what does not exist.
            room.event(&id, None).await.map_err(refused)?;
        }
        let thread = sent.place.thread.as_deref();
        let turn = self.turns.of(&room, thread).await;
        let mut rendered = render::render(reply);
        let mut messages = std::mem::take(&mut rendered.messages).into_iter();
        if let Some(message) = messages.next() {
            let mut content = words(&message);
            let mut shown = content.clone();
            for key in ["body", "formatted_body"] {
                if let Some(text) = shown.get(key).and_then(Value::as_str) {
                    shown[key] = json!(format!("* {text}"));
                }
            }
            shown["m.new_content"] = content.take();
            shown["m.relates_to"] = json!({"rel_type": "m.replace", "event_id": id});
            self.put(&room, shown, None).await?;
            self.offers.keep(
                room.room_id().as_str(),
                id.as_str(),
                offer(thread, &message),
            );
        }
        for message in messages {
            self.post(&room, thread, &message).await?;
        }
        self.beside(&room, thread, reply, &rendered).await;
        drop(turn);
        Ok(())
    }

    /// Posts one message and keeps in mind what it offers.
    async fn post(
        &self,
        room: &Room,
        thread: Option<&str>,
        message: &Message,
    ) -> Result<String, SendError> {
        let id = self.put(room, words(message), thread).await?;
        self.offers
            .keep(room.room_id().as_str(), &id, offer(thread, message));
        if render::is_yes_or_no(&message.choices) {
            self.put_reactions(room, &id, &["👍", "👎"]);
        }
        Ok(id)
    }

    async fn put(
        &self,
        room: &Room,
        mut content: Value,
        thread: Option<&str>,
    ) -> Result<String, SendError> {
        if let Some(root) = thread {
            content["m.relates_to"] = json!({
                "rel_type": "m.thread",
                "event_id": root,
                "is_falling_back": true,
                "m.in_reply_to": {"event_id": root},
            });
        }
        let pass = self.keys.pass(room).await.map_err(refused)?;
        let sent = room.send_raw("m.room.message", content).await;
        drop(pass);
        sent.map(|sent| sent.response.event_id.to_string())
            .map_err(refused)
    }

    /// Puts reactions below a message, so that one tap answers. They are a convenience: no answer waits for them, and they
    /// are left out where the home server wants the bot to be slower.
    fn put_reactions(&self, room: &Room, id: &str, keys: &[&'static str]) {
        let (room, id, keys) = (room.clone(), id.to_owned(), keys.to_vec());
        let passes = self.keys.clone();
        tokio::spawn(async move {
            for key in keys {
                let content = json!({"m.relates_to": {"rel_type": "m.annotation", "event_id": id, "key": key}});
                let Ok(pass) = passes.pass(&room).await else {
                    return;
                };
                let put = room
                    .send_raw("m.reaction", content)
                    .with_request_config(RequestConfig::new().disable_retry());
                if put.await.is_err() {
                    return;
                }
                drop(pass);
            }
        });
    }

    async fn picture(
        &self,
        room: &Room,
        thread: Option<&str>,
        picture: &Picture,
    ) -> Result<(), SendError> {
        let mut info = json!({"mimetype": "image/png", "size": picture.png.len()});
        measure(&mut info, &picture.png);
        match render::thumbnail(&picture.png) {
            Ok(Some(thumbnail)) => {
                let mut small = json!({"mimetype": "image/png", "size": thumbnail.len()});
                measure(&mut small, &thumbnail);
                info["thumbnail_info"] = small;
                match self.upload(room, thumbnail, "image/png").await? {
                    Uploaded::Plain(url) => info["thumbnail_url"] = json!(url),
                    Uploaded::Encrypted(file) => info["thumbnail_file"] = json!(file),
                }
            }
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "a picture has no thumbnail"),
        }
        let mut content = json!({
            "msgtype": "m.image",
            "body": picture.alt,
            "filename": "picture.png",
            "info": info,
            "m.mentions": {},
        });
        self.upload(room, picture.png.clone(), "image/png")
            .await?
            .put_into(&mut content);
        self.put(room, content, thread).await?;
        Ok(())
    }

    async fn file(
        &self,
        room: &Room,
        thread: Option<&str>,
        name: &str,
        text: &str,
    ) -> Result<(), SendError> {
        let mut content = json!({
            "msgtype": "m.file",
            "body": name,
            "filename": name,
            "info": {"mimetype": "text/plain", "size": text.len()},
            "m.mentions": {},
        });
        self.upload(room, text.as_bytes().to_vec(), "text/plain")
            .await?
            .put_into(&mut content);
        self.put(room, content, thread).await?;
        Ok(())
    }

    /// Uploads data, encrypted where the room is.
    async fn upload(&self, room: &Room, data: Vec<u8>, kind: &str) -> Result<Uploaded, SendError> {
        let encrypted = room.latest_encryption_state().await.map_err(refused)?;
        if encrypted.is_encrypted() {
            let file = self
                .client
                .upload_encrypted_file(&mut data.as_slice())
                .await;
            return Ok(Uploaded::Encrypted(Box::new(file.map_err(refused)?)));
        }
        let mut request =
            matrix_sdk::ruma::api::client::media::create_content::v3::Request::new(data);
        request.content_type = Some(kind.to_owned());
        let answer = self.client.send(request).await;
        Ok(Uploaded::Plain(
            answer.map_err(|error| refused(error.into()))?.content_uri,
        ))
    }

    /// A room in which the bot is.
    pub fn joined(&self, channel: &str) -> Result<Room, SendError> {
        let room = room_id(channel).and_then(|id| self.client.get_room(&id));
        room.filter(|room| room.state() == RoomState::Joined)
            .ok_or(SendError::Gone)
    }

    /// Tells a room something by itself, that answers nobody.
    pub async fn tell(&self, room: &Room, text: &str) -> Result<(), SendError> {
        let place = room::place(room, None).await;
        self.aloud(&place, &Reply::text(text)).await.map(|_| ())
    }
}

/// Where something was uploaded.
enum Uploaded {
    Plain(OwnedMxcUri),
    Encrypted(Box<EncryptedFile>),
}

impl Uploaded {
    fn put_into(self, content: &mut Value) {
        match self {
            Self::Plain(url) => content["url"] = json!(url),
            Self::Encrypted(file) => content["file"] = json!(file),
        }
    }
}

fn measure(info: &mut Value, png: &[u8]) {
    if let Some((width, height)) = render::measure(png) {
        info["w"] = json!(width);
        info["h"] = json!(height);
    }
}

/// A message's words. It mentions nobody, whatever stands in it.
fn words(message: &Message) -> Value {
    let mut content = json!({"msgtype": "m.notice", "body": message.body, "m.mentions": {}});
    if let Some(formatted) = &message.formatted {
        content["format"] = json!("org.matrix.custom.html");
        content["formatted_body"] = json!(formatted);
    }
    if !message.choices.is_empty() {
        content[KEY] = json!(message.choices);
    }
    content
}

fn offer(thread: Option<&str>, message: &Message) -> Offer {
    Offer {
        thread: thread.map(str::to_owned),
        choices: message.choices.clone(),
    }
}

/// Why the home server did not do something, as the rest of the bot distinguishes it.
pub fn refused(error: matrix_sdk::Error) -> SendError {
    match error.client_api_error_kind() {
        Some(ErrorKind::NotFound | ErrorKind::Forbidden) => SendError::Gone,
        Some(ErrorKind::LimitExceeded(limit)) => SendError::RateLimited {
            retry_after: match limit.retry_after {
                Some(matrix_sdk::ruma::api::error::RetryAfter::Delay(delay)) => delay,
                _ => std::time::Duration::from_secs(5),
            },
        },
        _ if matches!(error, matrix_sdk::Error::WrongRoomState(_)) => SendError::Gone,
        _ => SendError::Failed(anyhow::Error::new(error)),
    }
}
