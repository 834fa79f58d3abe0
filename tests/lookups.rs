//! How well names are found in organisations that nobody has tuned anything to.
//!
//! `cargo bench --bench lookups` prints the figures of many more, sort by sort, beside those of plain matchers.

mod judge;
mod organisation;
mod queries;
mod words;

use callboard::catalog::EntityRef;
use callboard::catalog::index::{Asking, Index};

use judge::{Answer, Figures};
use organisation::Shape;

/// A seed that was never looked at: the figures of others are for finding out what could be better.
const HELD_OUT: u64 = 7_001;

fn figures(shape: Shape) -> (Figures, Vec<String>) {
    let (entities, words) = organisation::make(shape, HELD_OUT, 120);
    let index = Index::build(&entities);
    let mut queries = queries::present(&entities, HELD_OUT, 240);
    queries.extend(queries::absent(&entities, &words, HELD_OUT, 60));
    let mut figures = Figures::default();
    let mut missed = Vec::new();
    for query in &queries {
        let near = |owner: &EntityRef| query.team.as_ref() == Some(owner);
        let asking = Asking {
            near: &near,
            ..Asking::default()
        };
        let found = index.find(&entities, &query.text, &asking);
        if !figures.count(query, &Answer::from(&found)) {
            missed.push(format!("{:?} ({})", query.text, query.sort));
        }
    }
    (figures, missed)
}

#[test]
fn names_are_found_where_nobody_tuned_to_them() {
    let mut all = Figures::default();
    let mut missed = Vec::new();
    std::thread::scope(|scope| {
        let parts = Shape::ALL.map(|shape| scope.spawn(move || figures(shape)));
        for part in parts {
            let (figures, more) = part.join().expect("no panic");
            all.add(&figures);
            missed.extend(more);
        }
    });
    let told = format!("{all}\n{}", missed.join("\n"));
    assert!(all.hit_at_1() >= 0.98, "{told}");
    assert!(all.hit_at_3() >= 0.99, "{told}");
    assert!(all.wrong_but_sure() <= 0.005, "{told}");
    assert!(all.absent_recognised() >= 0.97, "{told}");
}
