//! What changed in the catalog, by whom, and where that can be seen.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{Action, Call, Context, Kind, Param, card};
use crate::catalog::change::{Change, What};
use crate::catalog::{Catalog, EntityRef};
use crate::clock::ago;
use crate::failure::Failure;
use crate::message::markdown;

/// `catalog.changes`: takes `thing`, an entity, or nothing for the whole catalog; `since`, a day or how long ago.
pub struct ShowChanges;

/// How many changes are shown; all are counted.
const SHOWN: usize = 30;

const DAY: Duration = Duration::from_hours(24);

#[async_trait]
impl Action for ShowChanges {
    fn name(&self) -> &'static str {
        "catalog.changes"
    }

    fn takes(&self) -> &'static [Param] {
        &[
            Param {
                name: "thing",
                kind: Kind::Entity,
                required: false,
            },
            Param {
                name: "since",
                kind: Kind::Word,
                required: false,
            },
        ]
    }

    async fn run(&self, call: &Call, context: &Context) -> Result<Value, Failure> {
        let catalog = context.catalog();
        let now = context.clock.millis();
        let typed = call.text("since").unwrap_or("7d");
        let since = since(typed, now).ok_or_else(|| not_a_time(typed))?;
        let thing = call.text("thing").is_some().then(|| call.entity("thing"));
        let thing = thing.transpose()?;
        let kept = context.syncer.changes(since).await?;
        let mut changes: Vec<&Change> = kept
            .changes
            .iter()
            .filter(|change| thing.is_none_or(|thing| change.is_about(thing)))
            .collect();
        // Newest first; of what came together, what was written last.
        let written = |change: &Change| {
            change
                .commit
                .as_ref()
                .map_or(change.at, |commit| commit.time)
        };
        changes.sort_by_key(|change| std::cmp::Reverse((change.at, written(change))));
        let mut days: Vec<Value> = Vec::new();
        for change in changes.iter().take(SHOWN) {
            let day = day(change.at);
            let told = told(&catalog, change, now);
            let same = days.last_mut().filter(|last| last["day"] == json!(day));
            match same.and_then(|last| last["changes"].as_array_mut()) {
                Some(list) => list.push(told),
                None => days.push(json!({ "day": day, "changes": [told] })),
            }
        }
        Ok(json!({
            "entity": thing.map(|thing| card::reference(&catalog, thing)),
            "since": day(since),
            "total": changes.len(),
            "more": changes.len().saturating_sub(SHOWN),
            "days": days,
            // Before that nobody looked.
            "began": kept.began.filter(|began| *began > since).map(|began| ago(now, began)),
            "watching": kept.began.is_some(),
        }))
    }
}

fn told(catalog: &Catalog, change: &Change, now: u64) -> Value {
    let end = |text: &Option<String>| {
        let reference = EntityRef::parse(text.as_deref()?, None, "default").ok();
        let is_reference = !matches!(change.what, What::Kind | What::Lifecycle | What::More);
        Some(match reference.filter(|_| is_reference) {
            Some(reference) => card::reference(catalog, &reference),
            None => json!({ "title": text }),
        })
    };
    let commit = change.commit.as_ref();
    json!({
        "entity": card::reference(catalog, &change.entity),
        "what": change.what,
        "before": end(&change.before),
        "after": end(&change.after),
        "who": commit.map(|commit| card::cut(&commit.author)),
        "age": ago(now, commit.map_or(change.at, |commit| commit.time)),
        "commit": commit.map(|commit| commit.id.get(..8).unwrap_or(&commit.id)),
        "committed": change.committed,
        "source": change.source,
        "file": change.file,
        "line": change.line,
        "url": change.url,
    })
}

/// The time that is meant by `7d`, `12h`, `2w`, `today`, `yesterday` or a day like `2026-11-01`.
fn since(typed: &str, now: u64) -> Option<u64> {
    let back = |by: Duration| now.checked_sub(u64::try_from(by.as_millis()).ok()?);
    let typed = typed.trim().to_lowercase();
    let midnight = |millis: u64| day(millis).parse::<Date>().ok().and_then(begin);
    match typed.as_str() {
        "today" => return midnight(now),
        "yesterday" => return midnight(back(DAY)?),
        _ => {}
    }
    if let Ok(date) = typed.parse::<Date>() {
        return begin(date);
    }
    let digits = typed.trim_end_matches(char::is_alphabetic);
    let count: u32 = digits.trim().parse().ok()?;
    let unit = match &typed[digits.len()..] {
        "h" | "hour" | "hours" => Duration::from_hours(1),
        "d" | "day" | "days" => DAY,
        "w" | "week" | "weeks" => DAY * 7,
        _ => return None,
    };
    back(unit.checked_mul(count)?)
}

fn begin(date: Date) -> Option<u64> {
    let begin = date.to_zoned(TimeZone::UTC).ok()?.timestamp();
    u64::try_from(begin.as_millisecond()).ok()
}

/// The day of a time, in UTC.
fn day(millis: u64) -> String {
    let millis = i64::try_from(millis).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(millis)
        .map(|time| time.to_zoned(TimeZone::UTC).date().to_string())
        .unwrap_or_default()
}

fn not_a_time(typed: &str) -> Failure {
    let shown = markdown::code(typed);
    Failure::user(format!("I do not understand {shown} as a time.")).hint(
        "Say how long ago, like `7d`, `12h` or `2w`, or a day, like `2026-11-01` or `yesterday`.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_meant_as_people_say_them() {
        // 2026-01-05T12:00:00Z
        let now = 1_767_614_400_000;
        let meant = |typed| since(typed, now).map_or("–".to_owned(), card::timestamp);
        let table = [
            ("7d", "2025-12-29T12:00:00Z"),
            ("12h", "2026-01-05T00:00:00Z"),
            ("2 weeks", "2025-12-22T12:00:00Z"),
            ("Today", "2026-01-05T00:00:00Z"),
            ("yesterday", "2026-01-04T00:00:00Z"),
            ("2025-11-01", "2025-11-01T00:00:00Z"),
            ("2025-13-01", "–"),
            ("d", "–"),
            ("7", "–"),
            ("7x", "–"),
            ("99999999w", "–"),
            ("-7d", "–"),
            ("", "–"),
        ];
        for (typed, expected) in table {
            assert_eq!(meant(typed), expected, "{typed}");
        }
    }
}
