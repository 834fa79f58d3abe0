//! Why Slack did not do what it was asked, sorted by what a caller can do about it. The sentences hold Slack's own word
//! for it and nothing else of the answer: no bodies, no addresses, no tokens.

use std::time::Duration;

use slack_morphism::errors::{
    SlackClientApiError, SlackClientError, SlackClientHttpError, SlackClientSystemError,
    SlackRateLimitError,
};
use thiserror::Error;

use crate::chat::adapter::SendError;

/// The pause where Slack names none.
const UNSAID: Duration = Duration::from_secs(30);

/// The longest word of Slack's that is repeated.
const LONGEST_CODE: usize = 60;

/// Why a call came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ApiError {
    /// The call never got there.
    #[error("Slack cannot be reached: {0}")]
    Unreachable(String),
    /// The call may have been done, but no useful answer came.
    #[error("Slack gave no useful answer: {0}")]
    Unanswered(String),
    /// Slack wants to be asked later; nothing was done.
    #[error("Slack asks to wait {} s", .0.as_secs())]
    Limited(Duration),
    /// Slack does not do it.
    #[error("Slack refuses it: {code}{}", remedy(code, needed.as_deref()))]
    Refused {
        /// Slack's word for the reason.
        code: String,
        /// The scope that is missing.
        needed: Option<String>,
    },
}

impl ApiError {
    /// A refusal with Slack's word for it.
    pub fn refused(code: &str) -> Self {
        Self::Refused {
            code: word(code),
            needed: None,
        }
    }

    /// Slack's word, when it refused.
    pub fn code(&self) -> &str {
        match self {
            Self::Refused { code, .. } => code,
            _ => "",
        }
    }

    /// Whether it is the token that is not good (any more), which no second attempt mends.
    pub fn is_about_token(&self) -> bool {
        matches!(
            self.code(),
            "invalid_auth"
                | "not_authed"
                | "account_inactive"
                | "token_revoked"
                | "token_expired"
                | "not_allowed_token_type"
                | "no_permission"
                | "org_login_required"
                | "ekm_access_denied"
        )
    }

    /// Whether the message, channel, person or view does not exist for the bot.
    pub fn is_gone(&self) -> bool {
        matches!(
            self.code(),
            "channel_not_found"
                | "message_not_found"
                | "thread_not_found"
                | "user_not_found"
                | "users_not_found"
                | "user_not_visible"
                | "user_not_in_channel"
                | "not_in_channel"
                | "is_archived"
                | "is_inactive"
                | "cant_update_message"
                | "cant_delete_message"
                | "messages_tab_disabled"
                | "not_found"
                | "view_not_found"
        )
    }

    /// Whether Slack does not take the blocks, so that plain text is worth a try.
    pub fn is_about_blocks(&self) -> bool {
        matches!(
            self.code(),
            "invalid_blocks"
                | "invalid_blocks_format"
                | "msg_too_long"
                | "msg_blocks_too_long"
                | "invalid_arguments"
        )
    }
}

/// What an operator can do about a refusal.
fn remedy(code: &str, needed: Option<&str>) -> String {
    match (code, needed) {
        ("missing_scope", Some(needed)) => format!(
            "; the app needs the scope {needed}: add it under \"OAuth & Permissions\" in the app's settings and install the app again"
        ),
        ("invalid_auth" | "not_authed" | "token_revoked" | "token_expired" | "account_inactive", _) => {
            "; the token is not good (any more): take the current one from the app's settings".to_owned()
        }
        ("not_allowed_token_type", _) => {
            "; this is a token of another kind: `bot_token` begins with xoxb-, `app_token` with xapp-".to_owned()
        }
        _ => String::new(),
    }
}

/// A word of Slack's without anything that is not one.
fn word(code: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | ',');
    let word: String = code.chars().filter(plain).take(LONGEST_CODE).collect();
    if word.is_empty() {
        "unknown".to_owned()
    } else {
        word
    }
}

impl ApiError {
    /// The refusal that an answer with `"ok": false` is.
    pub fn of_answer(code: &str, needed: Option<&str>) -> Self {
        match code {
            "ratelimited" | "rate_limited" => Self::Limited(UNSAID),
            // Slack says so of its own troubles; the call may have been done in part.
            "internal_error" | "fatal_error" | "service_unavailable" | "request_timeout" => {
                Self::Unanswered(word(code))
            }
            _ => Self::Refused {
                code: word(code),
                needed: needed.map(word),
            },
        }
    }
}

impl From<ApiError> for SendError {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Limited(retry_after) => Self::RateLimited { retry_after },
            gone if gone.is_gone() => Self::Gone,
            other => Self::Failed(other.into()),
        }
    }
}

impl From<ApiError> for SlackClientError {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Limited(wait) => {
                Self::RateLimitError(SlackRateLimitError::new().with_retry_after(wait))
            }
            ApiError::Refused { code, needed } => {
                let refused = SlackClientApiError::new(code);
                Self::ApiError(refused.opt_errors(needed.map(|needed| vec![needed])))
            }
            ApiError::Unreachable(why) => {
                Self::SystemError(SlackClientSystemError::new().with_message(why))
            }
            ApiError::Unanswered(why) => Self::HttpError(
                SlackClientHttpError::new(http_status()).with_http_response_body(why),
            ),
        }
    }
}

/// The status that stands for an answer that could not be read.
fn http_status() -> reqwest::StatusCode {
    reqwest::StatusCode::BAD_GATEWAY
}

impl From<SlackClientError> for ApiError {
    fn from(error: SlackClientError) -> Self {
        match error {
            SlackClientError::RateLimitError(limit) => {
                Self::Limited(limit.retry_after.unwrap_or(UNSAID))
            }
            SlackClientError::ApiError(refused) => {
                let needed = refused.errors.and_then(|errors| errors.into_iter().next());
                Self::of_answer(&refused.code, needed.as_deref())
            }
            SlackClientError::SystemError(system) => Self::Unreachable(
                system
                    .message
                    .unwrap_or_else(|| "no reason is told".to_owned()),
            ),
            SlackClientError::HttpError(http) => Self::Unanswered(
                http.http_response_body
                    .unwrap_or_else(|| format!("status {}", http.status_code.as_u16())),
            ),
            // Their own words repeat the body.
            SlackClientError::ProtocolError(_) => {
                Self::Unanswered("it is not what its documentation says".to_owned())
            }
            SlackClientError::HttpProtocolError(_)
            | SlackClientError::EndOfStream(_)
            | SlackClientError::SocketModeProtocolError(_) => {
                Self::Unanswered("it is not what its protocol says".to_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_slacks_word_is_repeated() {
        let refused = ApiError::of_answer("bad <token xoxb-1>\n", None);
        assert_eq!(refused.to_string(), "Slack refuses it: badtokenxoxb-1");
        let scope = ApiError::of_answer("missing_scope", Some("files:write"));
        insta::assert_snapshot!(scope, @r#"Slack refuses it: missing_scope; the app needs the scope files:write: add it under "OAuth & Permissions" in the app's settings and install the app again"#);
    }

    #[test]
    fn an_error_comes_back_from_the_library_as_it_went_in() {
        let errors = [
            ApiError::Limited(Duration::from_secs(7)),
            ApiError::of_answer("missing_scope", Some("users:read")),
            ApiError::Unreachable("connection refused".to_owned()),
            ApiError::Unanswered("it answers 503".to_owned()),
        ];
        for error in errors {
            let there = SlackClientError::from(error.clone());
            assert_eq!(ApiError::from(there), error);
        }
    }
}
