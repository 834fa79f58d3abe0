//! How well names are found, beside plain matchers: `cargo bench --bench lookups [-- SEED…]` prints the table of
//! `docs/performance.md` and the figures of every sort of query.
//!
//! What is right is defined in `tests/lookups/queries.rs`. The plain matchers know every name, title and repository too,
//! and always offer the best five.

#![allow(clippy::print_stdout)] // the table is what it is for

#[path = "../tests/lookups/judge.rs"]
mod judge;
#[path = "../tests/lookups/organisation.rs"]
mod organisation;
#[path = "../tests/lookups/queries.rs"]
mod queries;
#[path = "../tests/lookups/words.rs"]
mod words;

use std::collections::HashSet;
use std::sync::Arc;

use callboard::catalog::index::{Asking, Index};
use callboard::catalog::{Entity, EntityRef};
use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use judge::{Answer, Figures};
use organisation::Shape;

/// Organisations that nothing was tuned to.
const HELD_OUT: [u64; 4] = [7_001, 7_002, 7_003, 7_004];
const COMPONENTS: usize = 400;
const PRESENT: usize = 1_000;
const ABSENT: usize = 200;

fn main() {
    let given: Vec<u64> = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let seeds = if given.is_empty() {
        HELD_OUT.to_vec()
    } else {
        given
    };
    let mut sums: [Figures; 3] = Default::default();
    println!(
        "| names | Callboard: hit@1 / hit@3 | wrong but sure | absent recognised | nucleo: hit@1 / hit@3 | trigrams: hit@1 / hit@3 |\n|---|---|---|---|---|---|"
    );
    for shape in Shape::ALL {
        let parts: Vec<[Figures; 3]> = std::thread::scope(|scope| {
            let works: Vec<_> = seeds
                .iter()
                .map(|seed| scope.spawn(move || measure(shape, *seed)))
                .collect();
            works
                .into_iter()
                .map(|work| work.join().expect("no panic"))
                .collect()
        });
        let mut own: [Figures; 3] = Default::default();
        for part in &parts {
            for ((own, sum), part) in own.iter_mut().zip(&mut sums).zip(part) {
                own.add(part);
                sum.add(part);
            }
        }
        row(&format!("{shape:?}"), &own);
    }
    row("all", &sums);
    println!("\n{}", sums[0]);
}

fn row(name: &str, [ours, fuzzy, trigrams]: &[Figures; 3]) {
    println!(
        "| {name} | {:.3} / {:.3} | {:.4} | {:.3} | {:.3} / {:.3} | {:.3} / {:.3} |",
        ours.hit_at_1(),
        ours.hit_at_3(),
        ours.wrong_but_sure(),
        ours.absent_recognised(),
        fuzzy.hit_at_1(),
        fuzzy.hit_at_3(),
        trigrams.hit_at_1(),
        trigrams.hit_at_3(),
    );
}

fn measure(shape: Shape, seed: u64) -> [Figures; 3] {
    let (entities, words) = organisation::make(shape, seed, COMPONENTS);
    let index = Index::build(&entities);
    let names = names(&entities);
    let grams: Vec<(usize, HashSet<String>)> = names
        .iter()
        .map(|(place, name)| (*place, trigrams(name)))
        .collect();
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut figures: [Figures; 3] = Default::default();
    let mut queries = queries::present(&entities, seed, PRESENT);
    queries.extend(queries::absent(&entities, &words, seed, ABSENT));
    for query in &queries {
        let near = |owner: &EntityRef| query.team.as_ref() == Some(owner);
        let asking = Asking {
            near: &near,
            ..Asking::default()
        };
        let found = index.find(&entities, &query.text, &asking);
        figures[0].count(query, &Answer::from(&found));
        figures[1].count(query, &fuzzy(&mut matcher, &names, &query.text));
        figures[2].count(query, &by_trigrams(&grams, &query.text));
    }
    figures
}

/// Every name of every entity, as the plain matchers see it.
fn names(entities: &[Arc<Entity>]) -> Vec<(usize, String)> {
    let mut names = Vec::new();
    for (place, entity) in entities.iter().enumerate() {
        let texts = entity
            .aliases
            .iter()
            .chain(&entity.title)
            .chain([&entity.name]);
        names.extend(texts.map(|text| (place, text.to_lowercase())));
    }
    names
}

/// Letters in their order, as fuzzy finders match.
fn fuzzy(matcher: &mut Matcher, names: &[(usize, String)], typed: &str) -> Answer {
    let pattern = Pattern::new(
        typed,
        CaseMatching::Ignore,
        Normalization::Smart,
        AtomKind::Fuzzy,
    );
    let mut buffer = Vec::new();
    let scored = names.iter().filter_map(|(place, name)| {
        let score = pattern.score(Utf32Str::new(name, &mut buffer), matcher)?;
        // Of equal scores the shorter name, as finders have it.
        Some((*place, f64::from(score) - short(name.len())))
    });
    best(scored.collect())
}

/// The share of three-letter pieces that two texts have in common.
fn by_trigrams(grams: &[(usize, HashSet<String>)], typed: &str) -> Answer {
    let typed = trigrams(&typed.to_lowercase());
    let scored = grams.iter().filter_map(|(place, own)| {
        let common = typed.intersection(own).count();
        let all = typed.len() + own.len() - common;
        (common > 0).then(|| (*place, short(common) / short(all)))
    });
    best(scored.collect())
}

fn trigrams(text: &str) -> HashSet<String> {
    let padded: Vec<char> = format!("  {text} ").chars().collect();
    padded
        .windows(3)
        .map(|piece| piece.iter().collect())
        .collect()
}

/// The five entities of the best scores.
fn best(mut scored: Vec<(usize, f64)>) -> Answer {
    scored.sort_by(|left, right| right.1.total_cmp(&left.1));
    let mut seen = HashSet::new();
    scored.retain(|(place, _)| seen.insert(*place));
    scored.truncate(5);
    if scored.is_empty() {
        return Answer::Nothing;
    }
    Answer::Choices(scored.into_iter().map(|(place, _)| place).collect())
}

/// A small number as a score's part.
fn short(number: usize) -> f64 {
    f64::from(u16::try_from(number).unwrap_or(u16::MAX)) / 1000.0
}
