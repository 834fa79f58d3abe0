//! Counts how queries are answered.

use std::collections::BTreeMap;
use std::fmt;

use callboard::catalog::index::{Found, Match};

use super::queries::Query;

/// What came back.
pub enum Answer {
    /// This one.
    Sure(usize),
    /// One of these, the likeliest first.
    Choices(Vec<usize>),
    /// It is not there.
    Nothing,
}

impl From<&Found> for Answer {
    fn from(found: &Found) -> Self {
        let place = |one: &Match| one.position as usize;
        match found {
            Found::Sure(one) => Self::Sure(place(one)),
            Found::Unsure(choices) => Self::Choices(choices.iter().map(place).collect()),
            Found::Nothing(_) => Self::Nothing,
        }
    }
}

/// The figures of many queries.
#[derive(Default)]
pub struct Figures {
    all: Counts,
    sorts: BTreeMap<&'static str, Counts>,
}

#[derive(Default, Clone)]
struct Counts {
    present: usize,
    first: usize,
    third: usize,
    absent: usize,
    recognised: usize,
    wrong: usize,
}

impl Figures {
    /// Counts an answer, and says whether the first of it was right.
    pub fn count(&mut self, query: &Query, answer: &Answer) -> bool {
        let mut counts = Counts::default();
        if query.fitting.is_empty() {
            counts.absent = 1;
            counts.recognised = usize::from(matches!(answer, Answer::Nothing));
            counts.wrong = usize::from(matches!(answer, Answer::Sure(_)));
        } else {
            let rank = match answer {
                Answer::Sure(one) => query.meant.contains(one).then_some(1),
                Answer::Choices(choices) => choices
                    .iter()
                    .take(5)
                    .position(|choice| query.meant.contains(choice))
                    .map(|place| place + 1),
                Answer::Nothing => None,
            };
            // Several fit equally: to ask is right, whatever the order; but the asker's own comes first.
            let several = query.fitting.len() > query.meant.len() && query.team.is_none();
            let asked = several && rank.is_some();
            counts.present = 1;
            counts.first = usize::from(rank == Some(1) || asked);
            counts.third = usize::from(rank.is_some_and(|rank| rank <= 3) || asked);
            counts.wrong = usize::from(matches!(answer, Answer::Sure(_)) && rank.is_none());
        }
        self.all.add(&counts);
        self.sorts.entry(query.sort).or_default().add(&counts);
        counts.first + counts.recognised > 0
    }

    /// Adds the figures of others.
    pub fn add(&mut self, other: &Self) {
        self.all.add(&other.all);
        for (sort, counts) in &other.sorts {
            self.sorts.entry(sort).or_default().add(counts);
        }
    }

    /// The share of the first answers that were right, of things that are there.
    pub fn hit_at_1(&self) -> f64 {
        share(self.all.first, self.all.present)
    }

    /// The same for one of the first three.
    pub fn hit_at_3(&self) -> f64 {
        share(self.all.third, self.all.present)
    }

    /// The share of all queries that were answered with one entity that was not meant.
    pub fn wrong_but_sure(&self) -> f64 {
        share(self.all.wrong, self.all.present + self.all.absent)
    }

    /// The share of the things that are not there that were recognised as such.
    pub fn absent_recognised(&self) -> f64 {
        share(self.all.recognised, self.all.absent)
    }
}

impl Counts {
    fn add(&mut self, other: &Self) {
        self.present += other.present;
        self.first += other.first;
        self.third += other.third;
        self.absent += other.absent;
        self.recognised += other.recognised;
        self.wrong += other.wrong;
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<22}{:>7}{:>8}{:>8}{:>8}",
            "", "asked", "hit@1", "hit@3", "wrong"
        )?;
        let rows = self.sorts.iter().map(|(sort, counts)| (*sort, counts));
        for (sort, counts) in rows.chain([("all", &self.all)]) {
            let asked = counts.present + counts.absent;
            writeln!(
                f,
                "{sort:<22}{asked:>7}{:>8.3}{:>8.3}{:>8.3}",
                share(counts.first + counts.recognised, asked),
                share(counts.third + counts.recognised, asked),
                share(counts.wrong, asked),
            )?;
        }
        write!(
            f,
            "hit@1 {:.4}  hit@3 {:.4}  wrong but sure {:.4}  absent recognised {:.4}",
            self.hit_at_1(),
            self.hit_at_3(),
            self.wrong_but_sure(),
            self.absent_recognised()
        )
    }
}

#[allow(clippy::cast_precision_loss)] // counts are far below what a double holds exactly
fn share(count: usize, of: usize) -> f64 {
    if of == 0 {
        0.0
    } else {
        count as f64 / of as f64
    }
}
