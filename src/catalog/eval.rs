//! Measures how well names are found, on files of queries whose answers are known.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::entity::Entity;
use super::index::Found;

/// One query and the entities that it may rightly lead to; none when the thing is not there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Lookup {
    /// What is typed.
    pub query: String,
    /// The references that are right answers.
    pub expected: Vec<String>,
}

/// A line of a file that is no [`Lookup`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error(
    "Line {line} is not a lookup ({reason}). Write it like {{\"query\": \"payments\", \"expected\": [\"component:default/payments\"]}}."
)]
pub struct BadLine {
    /// The line; the first is 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// How an answer stood to what was expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Miss {
    /// What was typed.
    pub query: String,
    /// What would have been right; nothing when the thing is not there.
    pub expected: Vec<String>,
    /// How it was answered: `sure`, `unsure` or `nothing`.
    pub answered: &'static str,
    /// The entities in the answer, the likeliest first.
    pub got: Vec<String>,
}

/// The figures of one run; shares are between 0 and 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// How many queries were asked.
    pub queries: usize,
    /// The share for which the first answer was right; for a thing that is not there, that nothing was answered.
    pub hit_at_1: f64,
    /// The same for one of the first three answers.
    pub hit_at_3: f64,
    /// The mean of one divided by the rank of the first right answer.
    pub mean_reciprocal_rank: f64,
    /// The share that was answered with one entity.
    pub sure: f64,
    /// The share that was answered with one entity that was not the one meant.
    pub wrong_but_sure: f64,
    /// Of the things that are not there, the share recognised as such; missing when none was asked for.
    pub absent_recognised: Option<f64>,
    /// Half of the queries took no longer, in microseconds.
    pub p50_micros: f64,
    /// All but a hundredth of the queries took no longer, in microseconds.
    pub p99_micros: f64,
    /// Every query whose first answer was not right.
    pub misses: Vec<Miss>,
    /// Every line of the file that could not be read.
    pub bad_lines: Vec<BadLine>,
}

impl Lookup {
    /// Reads one line.
    pub fn parse(line: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(line)
    }
}

/// Reads a file of JSON lines; empty lines are skipped, and lines that are wrong told beside the others.
pub fn parse(text: &str) -> (Vec<Lookup>, Vec<BadLine>) {
    let mut lookups = Vec::new();
    let mut bad = Vec::new();
    for (line, text) in text
        .lines()
        .enumerate()
        .filter(|(_, text)| !text.trim().is_empty())
    {
        match Lookup::parse(text.trim_start_matches('\u{feff}')) {
            Ok(lookup) => lookups.push(lookup),
            Err(error) => bad.push(BadLine {
                line: line + 1,
                reason: error.to_string(),
            }),
        }
    }
    (lookups, bad)
}

impl Evaluation {
    /// Asks every query of a file and counts.
    pub fn run(text: &str, entities: &[Arc<Entity>], find: impl Fn(&str) -> Found) -> Self {
        let (lookups, bad_lines) = parse(text);
        let mut tally = Tally::default();
        for lookup in &lookups {
            let start = Instant::now();
            let found = find(&lookup.query);
            tally.times.push(start.elapsed());
            tally.count(lookup, &found, entities);
        }
        tally.finish(bad_lines)
    }
}

#[derive(Default)]
struct Tally {
    times: Vec<Duration>,
    first: usize,
    third: usize,
    reciprocals: f64,
    sure: usize,
    wrong: usize,
    absent: usize,
    recognised: usize,
    misses: Vec<Miss>,
}

impl Tally {
    fn count(&mut self, lookup: &Lookup, found: &Found, entities: &[Arc<Entity>]) {
        let got: Vec<&str> = found
            .matches()
            .iter()
            .filter_map(|found| entities.get(found.position as usize))
            .map(|entity| entity.reference.as_str())
            .collect();
        let expected = |reference: &&str| {
            lookup
                .expected
                .iter()
                .any(|expected| expected.eq_ignore_ascii_case(reference))
        };
        let (answered, rank) = match found {
            Found::Nothing(_) if lookup.expected.is_empty() => ("nothing", Some(1)),
            // What is only mentioned is no answer.
            Found::Nothing(_) => ("nothing", None),
            Found::Unsure(_) => ("unsure", got.iter().position(expected).map(|rank| rank + 1)),
            Found::Sure(_) => ("sure", got.iter().position(expected).map(|rank| rank + 1)),
        };
        if lookup.expected.is_empty() {
            self.absent += 1;
            self.recognised += usize::from(rank.is_some());
        }
        self.sure += usize::from(answered == "sure");
        self.wrong += usize::from(answered == "sure" && rank.is_none());
        self.first += usize::from(rank == Some(1));
        self.third += usize::from(rank.is_some_and(|rank| rank <= 3));
        self.reciprocals += rank.map_or(0.0, |rank| 1.0 / number(rank));
        if rank != Some(1) {
            self.misses.push(Miss {
                query: lookup.query.clone(),
                expected: lookup.expected.clone(),
                answered,
                got: got.into_iter().map(str::to_owned).collect(),
            });
        }
    }

    fn finish(mut self, bad_lines: Vec<BadLine>) -> Evaluation {
        let queries = self.times.len();
        self.times.sort_unstable();
        let share = |count: usize| {
            if queries == 0 {
                0.0
            } else {
                number(count) / number(queries)
            }
        };
        Evaluation {
            queries,
            hit_at_1: share(self.first),
            hit_at_3: share(self.third),
            mean_reciprocal_rank: if queries == 0 {
                0.0
            } else {
                self.reciprocals / number(queries)
            },
            sure: share(self.sure),
            wrong_but_sure: share(self.wrong),
            absent_recognised: (self.absent > 0)
                .then(|| number(self.recognised) / number(self.absent)),
            p50_micros: percentile(&self.times, 50),
            p99_micros: percentile(&self.times, 99),
            misses: self.misses,
            bad_lines,
        }
    }
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<22}{:>9}", "queries", self.queries)?;
        writeln!(f, "{:<22}{:>9.4}", "hit@1", self.hit_at_1)?;
        writeln!(f, "{:<22}{:>9.4}", "hit@3", self.hit_at_3)?;
        writeln!(
            f,
            "{:<22}{:>9.4}",
            "mean reciprocal rank", self.mean_reciprocal_rank
        )?;
        writeln!(f, "{:<22}{:>9.4}", "answered surely", self.sure)?;
        writeln!(f, "{:<22}{:>9.4}", "wrong but sure", self.wrong_but_sure)?;
        match self.absent_recognised {
            Some(share) => writeln!(f, "{:<22}{share:>9.4}", "absent recognised")?,
            None => writeln!(f, "{:<22}{:>9}", "absent recognised", "no query")?,
        }
        writeln!(f, "{:<22}{:>6.1} µs", "time, p50", self.p50_micros)?;
        writeln!(f, "{:<22}{:>6.1} µs", "time, p99", self.p99_micros)?;
        for bad in &self.bad_lines {
            writeln!(f, "{bad}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |references: &[String]| match references {
            [] => "nothing".to_owned(),
            references => references.join(", "),
        };
        write!(
            f,
            "{:?}: expected {}; {}",
            self.query,
            list(&self.expected),
            self.answered
        )?;
        match self.answered {
            "nothing" if self.got.is_empty() => Ok(()),
            "nothing" => write!(f, ", far: {}", list(&self.got)),
            _ => write!(f, ": {}", list(&self.got)),
        }
    }
}

/// The time that `percent` of the sorted times do not exceed (nearest rank), in microseconds.
fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100);
    let time = rank.checked_sub(1).and_then(|place| sorted.get(place));
    time.map_or(0.0, |time| time.as_secs_f64() * 1e6)
}

/// A count as a fraction's part; counts are far below what a double holds exactly.
#[allow(clippy::cast_precision_loss)]
fn number(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::super::index::{Asking, Index};
    use super::*;

    fn catalog() -> Vec<Arc<Entity>> {
        ["payments", "ledger", "wallet-importer", "wallet-exporter"]
            .iter()
            .map(|name| {
                let document =
                    format!(r#"{{"kind":"Component","metadata":{{"name":"{name}"}},"spec":{{}}}}"#);
                let raw = serde_json::value::RawValue::from_string(document).expect("JSON");
                Arc::new(Entity::from_document(&raw, 1, None, None).expect("an entity"))
            })
            .collect()
    }

    fn run(text: &str) -> Evaluation {
        let mut entities = catalog();
        entities.sort_by(|left, right| left.reference.cmp(&right.reference));
        let index = Index::build(&entities);
        Evaluation::run(text, &entities, |typed| {
            index.find(&entities, typed, &Asking::default())
        })
    }

    #[test]
    fn the_figures_count_what_they_say() {
        let evaluation = run(concat!(
            r#"{"query": "payments", "expected": ["component:default/payments"]}"#,
            "\n\n",
            r#"{"query": "ledger", "expected": ["component:default/wallet-importer"]}"#,
            "\n",
            r#"{"query": "wallet", "expected": ["Component:default/wallet-importer"], "note": "ignored"}"#,
            "\n",
            r#"{"query": "kafka", "expected": []}"#,
            "\n",
            r#"{"query": "wallets", "expected": []}"#,
        ));
        assert_eq!(evaluation.queries, 5);
        // payments and kafka at once, wallet as the second of two.
        assert!((evaluation.hit_at_1 - 0.4).abs() < 1e-9);
        assert!((evaluation.hit_at_3 - 0.6).abs() < 1e-9);
        assert!((evaluation.mean_reciprocal_rank - 0.5).abs() < 1e-9);
        assert!((evaluation.sure - 0.4).abs() < 1e-9);
        assert!((evaluation.wrong_but_sure - 0.2).abs() < 1e-9);
        assert_eq!(evaluation.absent_recognised, Some(0.5));
        assert!(evaluation.p50_micros <= evaluation.p99_micros);
        let misses: Vec<String> = evaluation.misses.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(misses.join("\n"), @r#"
        "ledger": expected component:default/wallet-importer; sure: component:default/ledger
        "wallet": expected Component:default/wallet-importer; unsure: component:default/wallet-exporter, component:default/wallet-importer
        "wallets": expected nothing; unsure: component:default/wallet-exporter, component:default/wallet-importer
        "#);
    }

    #[test]
    fn a_bad_line_is_told_with_its_number() {
        let evaluation = run("{\"query\": \"payments\", \"expected\": []}\n{\"query\": 3}\n");
        assert_eq!(evaluation.queries, 1);
        insta::assert_snapshot!(evaluation.bad_lines[0], @r#"Line 2 is not a lookup (invalid type: integer `3`, expected a string at line 1 column 11). Write it like {"query": "payments", "expected": ["component:default/payments"]}."#);
    }

    #[test]
    fn the_figures_print_as_a_small_table() {
        let evaluation = Evaluation {
            p50_micros: 12.34,
            p99_micros: 456.7,
            ..run("")
        };
        insta::assert_snapshot!(evaluation, @"
        queries                       0
        hit@1                    0.0000
        hit@3                    0.0000
        mean reciprocal rank     0.0000
        answered surely          0.0000
        wrong but sure           0.0000
        absent recognised      no query
        time, p50               12.3 µs
        time, p99              456.7 µs
        ");
    }

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let times: Vec<Duration> = (1..=200).map(Duration::from_micros).collect();
        assert!((percentile(&times, 50) - 100.0).abs() < 1e-6);
        assert!((percentile(&times, 99) - 198.0).abs() < 1e-6);
        assert!(percentile(&[], 99).abs() < 1e-9);
    }
}
