//! The library's typed calls over our own HTTP client: its requests and answers, our deadlines, our silence about secrets.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, RequestBuilder};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use slack_morphism::multipart_form::FileMultipartData;
use slack_morphism::{
    ClientResult, SlackApiToken, SlackClient, SlackClientApiCallContext, SlackClientHttpConnector,
    SlackClientId, SlackClientSecret,
};
use url::Url;

use super::api::{Api, JSON};
use super::error::ApiError;

/// The way of the library's calls.
#[derive(Clone)]
pub struct Connector(Arc<Api>);

/// The library's client over our own.
pub fn client(api: Arc<Api>) -> SlackClient<Connector> {
    SlackClient::new(Connector(api))
}

/// A token as the library takes it.
pub fn token(token: &SecretString) -> SlackApiToken {
    SlackApiToken::new(token.expose_secret().into())
}

impl Connector {
    async fn typed<R: DeserializeOwned>(
        &self,
        request: RequestBuilder,
        method: &str,
    ) -> ClientResult<R> {
        let answer = self.0.exchange(request, method).await?;
        // The library's error would hold the answer.
        let typed = serde_json::from_value(answer).map_err(|_| {
            ApiError::Unanswered(format!(
                "the answer to {method} is not what its documentation says"
            ))
        });
        Ok(typed?)
    }

    fn request(
        &self,
        verb: Method,
        url: Url,
        context: &SlackClientApiCallContext<'_>,
    ) -> RequestBuilder {
        let request = self.0.request(verb, url);
        match context.token {
            Some(token) => request.bearer_auth(&token.token_value.0),
            None => request,
        }
    }
}

/// The method's name at the end of an address.
fn name(url: &Url) -> String {
    let name = url.path_segments().and_then(|mut path| path.next_back());
    name.unwrap_or_default().to_owned()
}

impl SlackClientHttpConnector for Connector {
    fn http_get_uri<'a, RS>(
        &'a self,
        full_uri: Url,
        context: SlackClientApiCallContext<'a>,
    ) -> BoxFuture<'a, ClientResult<RS>>
    where
        RS: for<'de> Deserialize<'de> + Send + 'a,
    {
        async move {
            let method = name(&full_uri);
            let request = self.request(Method::GET, full_uri, &context);
            self.typed(request, &method).await
        }
        .boxed()
    }

    fn http_get_with_client_secret<'a, RS>(
        &'a self,
        full_uri: Url,
        client_id: &'a SlackClientId,
        client_secret: &'a SlackClientSecret,
    ) -> BoxFuture<'a, ClientResult<RS>>
    where
        RS: for<'de> Deserialize<'de> + Send + 'a,
    {
        async move {
            let method = name(&full_uri);
            let request = self.0.request(Method::GET, full_uri);
            let request = request.basic_auth(&client_id.0, Some(&client_secret.0));
            self.typed(request, &method).await
        }
        .boxed()
    }

    fn http_post_uri<'a, RQ, RS>(
        &'a self,
        full_uri: Url,
        request_body: &'a RQ,
        context: SlackClientApiCallContext<'a>,
    ) -> BoxFuture<'a, ClientResult<RS>>
    where
        RQ: Serialize + Send + Sync,
        RS: for<'de> Deserialize<'de> + Send + 'a,
    {
        async move {
            let method = name(&full_uri);
            let body = serde_json::to_vec(request_body)
                .map_err(|_| ApiError::refused("not_to_be_written_as_json"))?;
            let request = self.request(Method::POST, full_uri, &context);
            let request = request.header(CONTENT_TYPE, JSON).body(body);
            self.typed(request, &method).await
        }
        .boxed()
    }

    fn http_post_uri_multipart_form<'a, 'p, RS, PT, TS>(
        &'a self,
        _full_uri: Url,
        _file: Option<FileMultipartData<'p>>,
        _params: &'p PT,
        _context: SlackClientApiCallContext<'a>,
    ) -> BoxFuture<'a, ClientResult<RS>>
    where
        RS: for<'de> Deserialize<'de> + Send + 'a,
        PT: IntoIterator<Item = (&'p str, Option<TS>)> + Clone,
        TS: AsRef<str> + 'p + Send,
    {
        // Only the way of uploading takes it that Slack has ended.
        ready(Err(ApiError::refused("method_deprecated").into())).boxed()
    }

    fn http_post_uri_binary<'a, 'p, RS>(
        &'a self,
        _full_uri: Url,
        _content_type: String,
        _data: &'a [u8],
        _context: SlackClientApiCallContext<'a>,
    ) -> BoxFuture<'a, ClientResult<RS>>
    where
        RS: for<'de> Deserialize<'de> + Send + 'a,
    {
        // The answer to the content of a file is no JSON: `Api::upload` sends it.
        ready(Err(ApiError::refused("method_not_supported").into())).boxed()
    }

    fn create_method_uri_path(&self, method: &str) -> ClientResult<Url> {
        Ok(self.0.method(method))
    }
}
