//! Files: pictures that messages show, and what is too long for a message.

use secrecy::SecretString;
use serde_json::{Value, json};
use slack_morphism::api::SlackApiFilesGetUploadUrlExternalRequest;

use super::calls::Calls;
use super::connector;
use super::error::ApiError;
use super::render::Snippet;
use super::workspace::Install;
use crate::message::Picture;

/// Where a file is shared.
#[derive(Debug, Clone, Copy)]
pub struct Thread<'a> {
    /// The conversation.
    pub channel: &'a str,
    /// The thread.
    pub thread: &'a str,
}

/// A file before it is there.
struct File<'a> {
    name: &'a str,
    kind: &'a str,
    content: &'a [u8],
    alt: Option<&'a str>,
}

impl Calls {
    /// Uploads a picture that a message will show, and gives the id of its file.
    pub async fn picture(
        &self,
        workspace: &Install,
        picture: &Picture,
    ) -> Result<String, ApiError> {
        let file = File {
            name: "picture.png",
            kind: "image/png",
            content: &picture.png,
            alt: Some(&picture.alt),
        };
        let id = self.content(&workspace.token, &file).await?;
        let body = json!({"files": [{"id": id, "title": file.name}]});
        self.tell(workspace, "files.completeUploadExternal", &body, true)
            .await?;
        Ok(id)
    }

    /// Shares a text in a thread as a file.
    pub async fn share(
        &self,
        workspace: &Install,
        there: Thread<'_>,
        snippet: &Snippet,
    ) -> Result<(), ApiError> {
        let file = File {
            name: &snippet.name,
            kind: "text/plain; charset=utf-8",
            content: snippet.text.as_bytes(),
            alt: None,
        };
        let id = self.content(&workspace.token, &file).await?;
        let body = json!({
            "files": [{"id": id, "title": file.name}],
            "channel_id": there.channel,
            "thread_ts": there.thread,
        });
        self.say(
            workspace,
            there.channel,
            "files.completeUploadExternal",
            &body,
            false,
        )
        .await?;
        Ok(())
    }

    /// Brings the content of a file to Slack, where it waits to be completed.
    async fn content(&self, token: &SecretString, file: &File<'_>) -> Result<String, ApiError> {
        let client = connector::client(self.api().clone());
        let token = connector::token(token);
        let ask = || async {
            let mut request = SlackApiFilesGetUploadUrlExternalRequest::new(
                file.name.to_owned(),
                file.content.len(),
            );
            request.alt_txt = file.alt.map(ToOwned::to_owned);
            let session = client.open_session(&token);
            Ok(session.get_upload_url_external(&request).await?)
        };
        let place = self.typed("files.getUploadURLExternal", ask).await?;
        self.upload(place.upload_url.0.as_str(), file.kind, file.content)
            .await?;
        Ok(place.file_id.0)
    }
}

/// The text of an answer of Slack's at a path; an answer without it is none.
pub fn told<'v>(answer: &'v Value, path: &str) -> Result<&'v str, ApiError> {
    answer
        .pointer(path)
        .and_then(Value::as_str)
        .ok_or_else(|| ApiError::Unanswered("it is not what its documentation says".to_owned()))
}
