//! Other workspaces install the app by themselves: Slack's OAuth flow, with a state that only this browser has.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::rand;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::api::Api;
use super::error::ApiError;
use super::payload::text_at;
use super::scope::scopes;
use super::workspace::{Install, Workspaces};

/// The cookie that ties the way back to the browser that went.
const COOKIE: &str = "callboard_slack_install";

/// How long the way may take.
const PATIENCE: Duration = Duration::from_mins(10);

/// The flow.
pub struct Flow {
    api: Arc<Api>,
    workspaces: Arc<Workspaces>,
    client_id: String,
    client_secret: SecretString,
    /// Where the bot's web server is reached from outside.
    address: Url,
}

/// What comes back from Slack.
#[derive(Deserialize)]
struct Back {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
}

impl Flow {
    /// The flow of an app.
    pub fn new(
        api: Arc<Api>,
        workspaces: Arc<Workspaces>,
        (client_id, client_secret): (String, SecretString),
        address: Url,
    ) -> Self {
        Self {
            api,
            workspaces,
            client_id,
            client_secret,
            address,
        }
    }

    /// The routes.
    pub fn routes(self: Arc<Self>) -> Router {
        Router::new()
            .route("/install", get(install))
            .route("/oauth/callback", get(callback))
            .with_state(self)
    }

    /// Where Slack sends the browser back to.
    fn way_back(&self) -> String {
        let base = self.address.as_str().trim_end_matches('/');
        format!("{base}/slack/oauth/callback")
    }

    /// Slack's page that asks whether the app may be installed.
    fn page(&self, state: &str) -> Url {
        let mut page = self.api.beside("/oauth/v2/authorize");
        page.query_pairs_mut()
            .append_pair("client_id", &self.client_id)
            .append_pair("scope", &scopes(true).join(","))
            .append_pair("redirect_uri", &self.way_back())
            .append_pair("state", state);
        page
    }

    /// Changes the code that came back for the token of a workspace, and keeps it.
    async fn take(&self, code: &str) -> Result<Arc<Install>, ApiError> {
        let told = self
            .api
            .form(
                "oauth.v2.access",
                &[
                    ("code", code),
                    ("client_id", &self.client_id),
                    ("client_secret", self.client_secret.expose_secret()),
                    ("redirect_uri", &self.way_back()),
                ],
            )
            .await?;
        let install = installed(&told).ok_or_else(|| ApiError::refused("no_bot_token_came"))?;
        self.workspaces.install(install).await
    }
}

/// The installation that Slack tells of. One for a whole organisation names no workspace and is none.
fn installed(told: &Value) -> Option<Install> {
    let text = |path: &str| text_at(told, path).map(ToOwned::to_owned);
    Some(Install {
        team: text("/team/id")?,
        name: text("/team/name")?,
        own: text("/bot_user_id")?,
        token: SecretString::from(text("/access_token")?),
    })
}

async fn install(State(flow): State<Arc<Flow>>) -> Response {
    let mut bytes = [0; 24];
    if rand::fill(&mut bytes).is_err() {
        return page(
            StatusCode::INTERNAL_SERVER_ERROR,
            "There is no randomness here; try again.",
        );
    }
    let state = BASE64.encode(bytes);
    let secure = if flow.address.scheme() == "https" {
        "; Secure"
    } else {
        ""
    };
    let cookie = format!(
        "{COOKIE}={state}; Path=/slack; Max-Age={}; HttpOnly; SameSite=Lax{secure}",
        PATIENCE.as_secs()
    );
    let to = flow.page(&state).to_string();
    let headers = [
        (header::LOCATION, to),
        (header::SET_COOKIE, cookie),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (StatusCode::FOUND, headers).into_response()
}

async fn callback(
    State(flow): State<Arc<Flow>>,
    headers: HeaderMap,
    Query(back): Query<Back>,
) -> Response {
    // Somebody may be led here with a code that is not theirs: only the browser that went has the cookie.
    let is_same = match (cookie(&headers), &back.state) {
        (Some(kept), Some(state)) if !state.is_empty() => {
            verify_slices_are_equal(kept.as_bytes(), state.as_bytes()).is_ok()
        }
        _ => false,
    };
    if !is_same {
        let sentence =
            "This link is of another browser, or too old. Begin again at /slack/install.";
        return page(StatusCode::BAD_REQUEST, sentence);
    }
    let (Some(code), None) = (back.code, back.error) else {
        let sentence = "Callboard was not installed. Nothing has changed.";
        return page(StatusCode::OK, sentence);
    };
    let mut answer = match flow.take(&code).await {
        Ok(install) => {
            tracing::info!(team = install.team, "a workspace has installed the app");
            page(
                StatusCode::OK,
                "Callboard is installed. Say /callboard help in your workspace.",
            )
        }
        Err(error) => {
            tracing::error!(%error, "an installation came to nothing");
            let sentence = "Callboard could not be installed. Begin again at /slack/install; the operator finds the reason in the log.";
            page(StatusCode::BAD_GATEWAY, sentence)
        }
    };
    // The state is for once.
    let gone = format!("{COOKIE}=; Path=/slack; Max-Age=0; HttpOnly; SameSite=Lax");
    if let Ok(gone) = gone.parse() {
        answer.headers_mut().insert(header::SET_COOKIE, gone);
    }
    answer
}

/// The state that the browser kept.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .find_map(|cookie| {
            let (name, value) = cookie.trim().split_once('=')?;
            (name == COOKIE && !value.is_empty()).then_some(value)
        })
}

fn page(status: StatusCode, sentence: &'static str) -> Response {
    let page = Html(format!(
        "<!doctype html><meta charset=\"utf-8\"><title>Callboard</title><p>{sentence}</p>"
    ));
    (status, [(header::CACHE_CONTROL, "no-store")], page).into_response()
}
