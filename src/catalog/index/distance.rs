//! How many slips of the finger lie between two words.

/// Longer texts are not compared letter by letter.
pub(super) const LONGEST_COMPARED: usize = 96;

/// What the slips between two words are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slips {
    /// How many insertions, deletions, substitutions and swaps of neighbours turn one into the other.
    pub(super) count: u8,
    /// Whether it is a single slip of the commonest sort: neighbours swapped, or one letter too often or once too few.
    pub(super) common: bool,
}

/// A set of the letters of a word: two words `n` slips apart differ in at most `2 * n` members.
pub(super) fn signature(letters: impl IntoIterator<Item = char>) -> u64 {
    letters.into_iter().fold(0, |set, letter| {
        let bit = match letter {
            'a'..='z' => u32::from(letter) - u32::from('a'),
            '0'..='9' => 26 + u32::from(letter) - u32::from('0'),
            other => 36 + u32::from(other) % 28,
        };
        set | (1 << bit)
    })
}

/// The slips between two words when there are at most `most` (Damerau-Levenshtein distance in which no part is
/// changed twice).
pub(super) fn slips(typed: &[char], word: &[char], most: u8) -> Option<Slips> {
    let (typed, word, doubled) = without_common_ends(typed, word);
    if typed.len().abs_diff(word.len()) > usize::from(most)
        || typed.len().max(word.len()) > LONGEST_COMPARED
    {
        return None;
    }
    if typed.is_empty() || word.is_empty() {
        let count = u8::try_from(typed.len().max(word.len())).unwrap_or(u8::MAX);
        return (count <= most).then_some(Slips {
            count,
            common: count == 1 && doubled,
        });
    }
    let swapped = typed.len() == 2 && word.len() == 2 && typed[0] == word[1] && typed[1] == word[0];
    if swapped {
        return (most > 0).then_some(Slips {
            count: 1,
            common: true,
        });
    }
    let count = banded(typed, word, most)?;
    Some(Slips {
        count,
        common: false,
    })
}

/// Cuts away the beginning and the end that both share, and says whether the one letter that is left of the
/// longer one stands beside its own like.
fn without_common_ends<'a>(left: &'a [char], right: &'a [char]) -> (&'a [char], &'a [char], bool) {
    let start = left.iter().zip(right).take_while(|(a, b)| a == b).count();
    let (short_left, short_right) = (&left[start..], &right[start..]);
    let end = short_left
        .iter()
        .rev()
        .zip(short_right.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let rest_left = &short_left[..short_left.len() - end];
    let rest_right = &short_right[..short_right.len() - end];
    // The common beginning is taken first, so a doubled letter is left over behind its like.
    let doubled = match (rest_left, rest_right) {
        ([letter], []) | ([], [letter]) => start > 0 && left[start - 1] == *letter,
        _ => false,
    };
    (rest_left, rest_right, doubled)
}

fn banded(left: &[char], right: &[char], most: u8) -> Option<u8> {
    const ROW: usize = LONGEST_COMPARED + 1;
    let band = usize::from(most);
    let far = most + 1;
    let mut before = [far; ROW];
    let mut above = [far; ROW];
    for (column, cell) in (0..=most).zip(above.iter_mut()) {
        *cell = column;
    }
    for (row, letter) in left.iter().enumerate() {
        let mut current = [far; ROW];
        let first = row.saturating_sub(band);
        let last = (row + 1 + band).min(right.len());
        if row < band {
            current[0] = u8::try_from(row + 1).unwrap_or(far);
        }
        let mut nearest = current[0];
        for column in first..last {
            let same = right[column] == *letter;
            let mut cell = above[column] + u8::from(!same);
            cell = cell.min(above[column + 1] + 1).min(current[column] + 1);
            if row > 0
                && column > 0
                && right[column - 1] == *letter
                && right[column] == left[row - 1]
            {
                cell = cell.min(before[column - 1] + 1);
            }
            current[column + 1] = cell.min(far);
            nearest = nearest.min(current[column + 1]);
        }
        if nearest > most {
            return None;
        }
        before = above;
        above = current;
    }
    Some(above[right.len()]).filter(|count| *count <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(left: &str, right: &str) -> Option<u8> {
        let (left, right): (Vec<_>, Vec<_>) = (left.chars().collect(), right.chars().collect());
        let found = slips(&left, &right, 2).map(|slips| slips.count);
        assert_eq!(
            found,
            slips(&right, &left, 2).map(|slips| slips.count),
            "the distance is the same both ways"
        );
        found
    }

    /// The same distance by the plain full table.
    fn plain(left: &[char], right: &[char]) -> usize {
        let mut table = vec![vec![0; right.len() + 1]; left.len() + 1];
        for row in 0..=left.len() {
            for column in 0..=right.len() {
                table[row][column] = if row == 0 || column == 0 {
                    row + column
                } else {
                    let changed = usize::from(left[row - 1] != right[column - 1]);
                    let mut cell = (table[row - 1][column] + 1)
                        .min(table[row][column - 1] + 1)
                        .min(table[row - 1][column - 1] + changed);
                    if row > 1
                        && column > 1
                        && left[row - 1] == right[column - 2]
                        && left[row - 2] == right[column - 1]
                    {
                        cell = cell.min(table[row - 2][column - 2] + 1);
                    }
                    cell
                };
            }
        }
        table[left.len()][right.len()]
    }

    #[test]
    fn each_sort_of_slip_counts_once() {
        assert_eq!(count("payments", "payments"), Some(0));
        assert_eq!(count("paymetns", "payments"), Some(1));
        assert_eq!(count("payyments", "payments"), Some(1));
        assert_eq!(count("payments", "paymints"), Some(1));
        assert_eq!(count("paymnt", "payments"), Some(2));
        assert_eq!(count("", "ab"), Some(2));
        assert_eq!(count("ledger", "wallet"), None);
    }

    #[test]
    fn swaps_and_doubles_are_the_common_slips() {
        let common = |left: &str, right: &str| {
            let (left, right): (Vec<_>, Vec<_>) = (left.chars().collect(), right.chars().collect());
            slips(&left, &right, 2).is_some_and(|slips| slips.common)
        };
        assert!(
            common("ldeger", "ledger") && common("ledgger", "ledger") && common("walet", "wallet")
        );
        assert!(!common("lodger", "ledger") && !common("ledgers", "ledger"));
    }

    proptest::proptest! {
        #[test]
        fn the_band_gives_what_the_full_table_gives(left in "[abc]{0,9}", right in "[abc]{0,9}") {
            let (left, right): (Vec<_>, Vec<_>) = (left.chars().collect(), right.chars().collect());
            let whole = plain(&left, &right);
            let expected = (whole <= 2).then_some(whole);
            proptest::prop_assert_eq!(slips(&left, &right, 2).map(|slips| usize::from(slips.count)), expected);
            if whole <= 2 {
                let differing = (signature(left) ^ signature(right)).count_ones() as usize;
                proptest::prop_assert!(differing <= 2 * whole);
            }
        }
    }
}
