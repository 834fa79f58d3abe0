//! "Did you mean …?": the names that are close to what was typed.

/// How far apart two words may be and still be mistaken for each other; short words must be closer.
fn reach(word: &str) -> usize {
    match word.chars().count() {
        0..=2 => 0,
        3..=4 => 1,
        _ => 2,
    }
}

/// The candidates close to `word`, nearest first: those it begins, then those a typing mistake or two away.
pub(super) fn near<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    limit: usize,
) -> Vec<&'a str> {
    let word = word.to_lowercase();
    let mut found: Vec<(usize, &str)> = candidates
        .into_iter()
        .filter_map(|candidate| {
            let distance = strsim::damerau_levenshtein(&word, &candidate.to_lowercase());
            let begins = word.chars().count() >= 2 && candidate.starts_with(&word);
            let close = distance <= reach(&word).min(reach(candidate));
            if close {
                Some((distance, candidate))
            } else {
                begins.then_some((3, candidate))
            }
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
        .into_iter()
        .map(|(_, candidate)| candidate)
        .take(limit)
        .collect()
}

/// The sentence part `; did you mean `x`?`, or nothing when no candidate is close.
pub(super) fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> String {
    // A dotted name like `catalog.ownr` may differ in one of its parts only, which the distance covers.
    near(word, candidates, 1)
        .first()
        .map_or_else(String::new, |candidate| {
            format!("; did you mean `{candidate}`?")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 5] = ["who-owns", "owns", "show", "search", "status"];

    #[test]
    fn typing_mistakes_find_the_name() {
        assert_eq!(near("who-onws", NAMES, 3), ["who-owns"]);
        assert_eq!(near("serach", NAMES, 3), ["search"]);
        assert_eq!(near("shwo", NAMES, 3), ["show"]);
    }

    #[test]
    fn beginnings_find_the_name_and_strangers_do_not() {
        assert_eq!(near("stat", NAMES, 3), ["status"]);
        assert!(near("banana", NAMES, 3).is_empty());
        assert!(near("x", NAMES, 3).is_empty());
    }

    #[test]
    fn the_sentence_part_is_empty_when_nothing_is_near() {
        assert_eq!(did_you_mean("sow", NAMES), "; did you mean `show`?");
        assert_eq!(did_you_mean("banana", NAMES), "");
    }
}
