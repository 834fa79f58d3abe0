//! Rate limits, as the answers of the forges tell them.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// The pause that GitHub asks for where it says no other.
const UNSAID: Duration = Duration::from_mins(1);

/// How long to leave the service alone, if this answer is a refusal because too much was asked. `message` is what the
/// answer says for people.
pub fn wait(status: StatusCode, headers: &HeaderMap, message: &str) -> Option<Duration> {
    let said = retry_after(headers);
    let used_up = number(headers, &["x-ratelimit-remaining", "ratelimit-remaining"]) == Some(0);
    let refused = match status {
        StatusCode::TOO_MANY_REQUESTS => true,
        // GitHub says so of its limits, and of much else.
        StatusCode::FORBIDDEN => {
            said.is_some() || used_up || message.to_lowercase().contains("rate limit")
        }
        _ => false,
    };
    if !refused {
        return None;
    }
    let reset = || {
        let reset = number(headers, &["x-ratelimit-reset", "ratelimit-reset"])?;
        let reset = Timestamp::from_second(reset).ok()?;
        // Their clock counts, not ours. A second more, since they count whole ones.
        let wait = reset.duration_since(now(headers));
        Some(Duration::try_from(wait).unwrap_or_default() + Duration::from_secs(1))
    };
    Some(
        said.or_else(|| if used_up { reset() } else { None })
            .unwrap_or(UNSAID),
    )
}

/// The pause that an answer asks for in so many words.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = date(text)?;
    Some(Duration::try_from(until.duration_since(now(headers))).unwrap_or_default())
}

/// When a wait that begins with this answer ends, as people say it; whole minutes, rounded up.
pub fn end(headers: &HeaderMap, wait: Duration) -> String {
    let now = now(headers);
    let end = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
    let minutes = end.as_second().div_euclid(60) + 1;
    let end = Timestamp::from_second(minutes * 60).unwrap_or(end);
    let pattern = if wait < Duration::from_hours(12) {
        "%H:%M UTC"
    } else {
        "%Y-%m-%d %H:%M UTC"
    };
    end.strftime(pattern).to_string()
}

/// The time at the service.
fn now(headers: &HeaderMap) -> Timestamp {
    let text = headers.get(DATE).and_then(|value| value.to_str().ok());
    text.and_then(date).unwrap_or_else(Timestamp::now)
}

fn date(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

fn number(headers: &HeaderMap, names: &[&str]) -> Option<i64> {
    names
        .iter()
        .find_map(|name| headers.get(*name)?.to_str().ok()?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: &str = "Tue, 06 Jan 2026 12:00:00 GMT";

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().expect("a value"));
        }
        headers
    }

    #[test]
    fn refusals_say_how_long_to_wait() {
        let wait = |status: u16, pairs: &[_], message: &str| {
            let status = StatusCode::from_u16(status).expect("a status");
            wait(status, &headers(pairs), message).map(|wait| wait.as_secs())
        };
        let reset = ("x-ratelimit-reset", "1767701100");
        let none = ("x-ratelimit-remaining", "0");
        assert_eq!(wait(403, &[none, reset, ("date", AT)], ""), Some(301));
        assert_eq!(wait(429, &[("retry-after", "7"), none, reset], ""), Some(7));
        let secondary = "You have exceeded a secondary rate limit.";
        assert_eq!(wait(403, &[], secondary), Some(60));
        assert_eq!(wait(403, &[], "Resource not accessible"), None);
        assert_eq!(wait(429, &[], ""), Some(60));
        let gitlab = [
            ("ratelimit-remaining", "0"),
            ("ratelimit-reset", "1767700830"),
            ("date", AT),
        ];
        assert_eq!(wait(429, &gitlab, ""), Some(31));
        let dated = ("retry-after", "Tue, 06 Jan 2026 12:01:00 GMT");
        assert_eq!(wait(429, &[dated, ("date", AT)], ""), Some(60));
    }

    #[test]
    fn the_end_of_a_wait_is_a_time_of_day() {
        let at = headers(&[("date", AT)]);
        assert_eq!(end(&at, Duration::from_secs(30)), "12:01 UTC");
        assert_eq!(end(&at, Duration::from_secs(3601)), "13:01 UTC");
        assert_eq!(end(&at, Duration::from_hours(30)), "2026-01-07 18:01 UTC");
    }
}
