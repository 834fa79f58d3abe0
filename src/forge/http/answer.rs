//! What came back: a body of bounded size, the next page, the words for people.

use reqwest::header::{ETAG, HeaderMap, HeaderValue, LINK};
use reqwest::{Response, StatusCode};
use serde_json::Value;
use url::Url;

/// No answer is longer.
const LONGEST_BODY: usize = 64 << 20;

/// How much of the words of an answer is repeated.
const LONGEST_MESSAGE: usize = 200;

/// An answer that was read to its end.
pub struct Answer {
    /// How it went.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads the body; `None` when it is too long.
    pub async fn read(mut response: Response) -> reqwest::Result<Option<Self>> {
        let status = response.status();
        let headers = response.headers().clone();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > LONGEST_BODY {
                return Ok(None);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Some(Self {
            status,
            headers,
            body,
        }))
    }

    /// What names this state of the page.
    pub fn etag(&self) -> Option<HeaderValue> {
        self.headers.get(ETAG).cloned()
    }

    /// The address of the page after this one.
    pub fn next(&self) -> Option<Url> {
        self.headers
            .get_all(LINK)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|links| links.split(','))
            .find_map(|link| {
                let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
                let is_next = parameters
                    .split(';')
                    .any(|parameter| matches!(parameter.trim(), "rel=\"next\"" | "rel=next"));
                if is_next { target.parse().ok() } else { None }
            })
    }

    /// Whether it is a web page, which no API gives.
    pub fn is_page(&self) -> bool {
        let start = self.body.trim_ascii_start();
        start.starts_with(b"<")
    }

    /// Whether it is an answer in GraphQL, whose status says that all is well, but whose words say that too much was asked.
    pub fn is_limited_graphql(&self) -> bool {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let errors = body.get("errors").and_then(Value::as_array);
        let is_limit = |error: &Value| error.get("type") == Some(&"RATE_LIMITED".into());
        errors.is_some_and(|errors| errors.iter().any(is_limit))
    }

    /// What it says for people, in one line; empty when it says nothing.
    pub fn message(&self) -> String {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let said = ["message", "error_description", "error"]
            .iter()
            .find_map(|key| match body.get(key)? {
                Value::String(said) => Some(said.clone()),
                // Backstage tells the name and the message of an error apart.
                Value::Object(error) => match error.get("message") {
                    Some(Value::String(said)) => Some(said.clone()),
                    // GitLab says of each field what is wrong with it.
                    _ => Some(of_fields(error)),
                },
                Value::Array(all) => {
                    let all: Vec<&str> = all.iter().filter_map(Value::as_str).collect();
                    Some(all.join(", "))
                }
                _ => None,
            });
        // GitHub says what is wrong in general, and then what it is.
        let details = body.get("errors").and_then(Value::as_array);
        let details = details.into_iter().flatten().filter_map(|error| {
            let said = error.get("message").unwrap_or(error);
            said.as_str().map(str::to_owned)
        });
        let said: Vec<String> = said.into_iter().chain(details).collect();
        line(
            &said
                .iter()
                .map(|said| said.trim_end_matches('.'))
                .collect::<Vec<_>>()
                .join(": "),
        )
    }
}

/// Like `name has already been taken, path is too long`.
fn of_fields(fields: &serde_json::Map<String, Value>) -> String {
    let said = fields.iter().map(|(field, wrong)| {
        let wrong = match wrong {
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
            Value::String(one) => vec![one.as_str()],
            _ => Vec::new(),
        };
        let field = if field == "base" { "" } else { field };
        format!("{field} {}", wrong.join(" and ")).trim().to_owned()
    });
    said.collect::<Vec<_>>().join(", ")
}

/// A stranger's words as part of one of our sentences.
pub fn line(text: &str) -> String {
    let clean = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let clean = clean.trim_end_matches('.').chars();
    clean
        .filter(|c| !c.is_control())
        .take(LONGEST_MESSAGE)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(link: &'static str, body: &str) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert(LINK, HeaderValue::from_static(link));
        Answer {
            status: StatusCode::OK,
            headers,
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn the_next_page_is_the_one_that_is_called_so() {
        let link = "<https://h/x?page=1>; rel=\"prev\", <https://h/x?page=3>; rel=\"next\", <https://h/x?page=9>; rel=\"last\"";
        let next = answer(link, "").next().map(String::from);
        assert_eq!(next.as_deref(), Some("https://h/x?page=3"));
        assert_eq!(answer("<https://h/x>; rel=\"last\"", "").next(), None);
    }

    #[test]
    fn words_for_people_stand_in_several_places() {
        let said = |body| answer("", body).message();
        assert_eq!(
            said(r#"{"message": "Bad\n credentials."}"#),
            "Bad credentials"
        );
        assert_eq!(said(r#"{"error": {"name": "E", "message": "no"}}"#), "no");
        let github = r#"{"message": "Repository creation failed.", "errors": [{"field": "name", "message": "name already exists"}, "and more"]}"#;
        assert_eq!(
            said(github),
            "Repository creation failed: name already exists: and more"
        );
        let gitlab =
            r#"{"message": {"name": ["has already been taken", "is odd"], "base": ["No."]}}"#;
        assert_eq!(said(gitlab), "name has already been taken and is odd, No");
        assert_eq!(said("<html>"), "");
    }
}
