//! The last resort: names that hold the typed letters in their order.

use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::distance::signature;
use super::names::Names;

/// No more names are compared for one word.
const MOST_COMPARED: usize = 4_000;

/// The surfaces that hold the typed letters in their order, the likeliest first, at most `limit`; and for each what
/// its score is of the best possible one, in percent.
pub(super) fn subsequences(names: &Names, typed: &[char], limit: usize) -> Vec<(u32, u16)> {
    let mut matcher = Matcher::new(Config::DEFAULT);
    let (mut needle_buffer, mut name_buffer) = (Vec::new(), Vec::new());
    let typed_text: String = typed.iter().collect();
    let needle = Utf32Str::new(&typed_text, &mut needle_buffer);
    let Some(perfect) = matcher.fuzzy_match(needle, needle) else {
        return Vec::new();
    };
    let mut text = String::with_capacity(64);
    let mut found: Vec<(u16, u32)> = Vec::new();
    let mut compared = 0;
    names.each_holding(signature(typed.iter().copied()), |surface| {
        compared += 1;
        if compared > MOST_COMPARED {
            return;
        }
        text.clear();
        for word in names.words_of(surface) {
            if !text.is_empty() {
                text.push('-');
            }
            text.push_str(names.vocabulary.word(*word));
        }
        if let Some(score) = matcher.fuzzy_match(Utf32Str::new(&text, &mut name_buffer), needle) {
            found.push((score, surface));
        }
    });
    found.sort_unstable_by_key(|(score, surface)| (u16::MAX - score, *surface));
    found.truncate(limit);
    found
        .into_iter()
        .map(|(score, surface)| {
            let percent = u32::from(score) * 100 / u32::from(perfect.max(1));
            (surface, u16::try_from(percent).unwrap_or(100))
        })
        .collect()
}
