//! Failures of very many repositories, told in few lines.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::plan::Planned;
use super::turn::Turn;

/// So many repositories that newly fail are named in the log by one sync; the rest of them are counted.
const LOGGED: usize = 10;

/// Puts together what fails for one reason: the most frequent first, else in their order. Reasons are one when they say
/// the same but for addresses, paths and what stands in quotation marks, which is of each its own.
pub fn alike<T>(failing: impl IntoIterator<Item = T>, reason: impl Fn(&T) -> &str) -> Vec<Vec<T>> {
    let mut groups: Vec<Vec<T>> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for one in failing {
        let number = *known.entry(gist(reason(&one))).or_insert(groups.len());
        match groups.get_mut(number) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups.sort_by_key(|group| Reverse(group.len()));
    groups
}

/// What a reason says without what is only of one repository.
fn gist(reason: &str) -> String {
    let telling = |word: &&str| !word.contains(['/', '\'', '"', '`']);
    let words: Vec<&str> = reason.split_whitespace().filter(telling).collect();
    words.join(" ")
}

/// Says in the log which sources cannot be read. Those that others lead to may be very many.
#[derive(Default)]
pub(super) struct Complaints {
    led: usize,
}

impl Complaints {
    /// Hears how a turn went.
    pub(super) fn hear(&mut self, planned: &Planned, turn: &Turn) {
        let Some(reason) = turn.report.error.as_deref().filter(|_| turn.is_news) else {
            return;
        };
        self.led += usize::from(planned.origin.is_some());
        if planned.origin.is_none() || self.led <= LOGGED {
            let source = &*planned.source.name;
            tracing::warn!(source, reason, "a source cannot be read");
        }
    }

    /// Counts those that were not named.
    pub(super) fn end(&self) {
        let more = self.led.saturating_sub(LOGGED);
        if more > 0 {
            tracing::warn!(more, "more repositories cannot be read; `status` says why");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_the_same_of_different_places_is_one() {
        let reasons = [
            "the remote has no branch \"main\"",
            "git says: repository 'https://h/acme/a.git/' not found",
            "the folder /data/git/b cannot be used: permission denied",
            "git says: repository 'https://h/acme/c.git/' not found",
        ];
        let groups = alike(reasons, |reason| reason);
        let counts: Vec<(usize, &str)> =
            groups.iter().map(|group| (group.len(), group[0])).collect();
        assert_eq!(counts, [(2, reasons[1]), (1, reasons[0]), (1, reasons[2])]);
    }
}
