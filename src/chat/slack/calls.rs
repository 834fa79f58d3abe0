//! Calls of the Web API in the name of a workspace, each in its place in the queue.

use std::sync::Arc;

use serde_json::Value;

use super::api::Api;
use super::error::ApiError;
use super::queue::{Queue, Turn};
use super::workspace::Install;

/// The Web API with its queue.
pub struct Calls {
    api: Arc<Api>,
    queue: Queue,
}

impl Calls {
    /// Calls of the API; nothing waits yet.
    pub fn new(api: Arc<Api>) -> Self {
        Self {
            api,
            queue: Queue::default(),
        }
    }

    /// The API itself.
    pub fn api(&self) -> &Arc<Api> {
        &self.api
    }

    /// Asks for something; nothing is changed.
    pub async fn ask(
        &self,
        workspace: &Install,
        method: &str,
        arguments: &[(&str, &str)],
    ) -> Result<Value, ApiError> {
        let lane = format!("{}/{method}", workspace.team);
        let turn = free(&lane, true);
        let call = || self.api.get(method, &workspace.token, arguments);
        self.queue.call(turn, call).await
    }

    /// Does something that is not a message in a channel. `repeatable` says whether doing it twice does no harm.
    pub async fn tell(
        &self,
        workspace: &Install,
        method: &str,
        body: &Value,
        repeatable: bool,
    ) -> Result<Value, ApiError> {
        let lane = format!("{}/{method}", workspace.team);
        let turn = free(&lane, repeatable);
        let call = || self.api.post(method, &workspace.token, body);
        self.queue.call(turn, call).await
    }

    /// Says or changes something in a channel, in order and at the channel's pace.
    pub async fn say(
        &self,
        workspace: &Install,
        channel: &str,
        method: &str,
        body: &Value,
        repeatable: bool,
    ) -> Result<Value, ApiError> {
        let lane = format!("{}/{channel}", workspace.team);
        let turn = Turn {
            ordered: true,
            paced: true,
            ..free(&lane, repeatable)
        };
        let call = || self.api.post(method, &workspace.token, body);
        self.queue.call(turn, call).await
    }

    /// Says something at a response address.
    ///
    /// Where no answer comes it is said again: only the asker sees it, to whom twice is better than never.
    pub async fn respond(&self, address: &str, body: &Value) -> Result<(), ApiError> {
        let turn = Turn {
            ordered: true,
            ..free(address, true)
        };
        self.queue
            .call(turn, || self.api.respond(address, body))
            .await
    }

    /// Sends the content of a file to the address that Slack has given for it.
    pub async fn upload(&self, address: &str, kind: &str, content: &[u8]) -> Result<(), ApiError> {
        let call = || self.api.upload(address, kind, content.to_vec());
        self.queue.call(free("upload", true), call).await
    }

    /// Makes a call of the library's.
    pub async fn typed<T, F>(&self, lane: &str, call: impl FnMut() -> F) -> Result<T, ApiError>
    where
        F: Future<Output = Result<T, ApiError>>,
    {
        self.queue.call(free(lane, true), call).await
    }
}

/// A turn in no order and at no pace but the one that Slack asks for.
fn free(lane: &str, repeatable: bool) -> Turn<'_> {
    Turn {
        lane,
        ordered: false,
        paced: false,
        repeatable,
    }
}
