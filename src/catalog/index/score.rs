//! How well an entity answers to typed words.

use super::Why;
use super::distance::{LONGEST_COMPARED, signature, slips};
use super::hits::{Role, SKELETON, STEM, TypedWord, cost_of_slips, same_digits, slips_allowed};
use super::names::{Field, Names};
use super::synonyms::{is_generic, is_skeleton, kind_of_word, other_numbers};
use super::vocabulary::WordId;

/// What a typed word costs that nothing answers to.
pub(super) const MISSING: u16 = 700;

/// An entity that may have been meant; costs are in hundredths of an everyday slip or so, fewer are better.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) entity: u32,
    pub(super) cost: u16,
    /// How many typed words nothing answers to.
    pub(super) missing: u8,
    /// The part of the cost that is for words of its name that were not typed.
    pub(super) left: u16,
    /// Whether a word was typed that is only the beginning of one of its name.
    pub(super) cut: bool,
    /// Whether it was described rather than named, and so cannot be sure: by a tag, its type, some of its letters.
    pub(super) described: bool,
    pub(super) why: Why,
}

/// The cost of an entity for typed words: the best of its names, what its names do not answer to by its tags.
pub(super) fn score(names: &Names, words: &[TypedWord], entity: u32) -> Candidate {
    let mut best: Option<Candidate> = None;
    for surface in names.surfaces_of(entity) {
        let candidate = score_surface(names, words, entity, surface);
        if best.is_none_or(|best| candidate.cost < best.cost) {
            best = Some(candidate);
        }
    }
    best.unwrap_or(Candidate {
        entity,
        cost: u16::MAX,
        missing: u8::MAX,
        left: 0,
        cut: false,
        described: false,
        why: Why::Word,
    })
}

fn score_surface(names: &Names, words: &[TypedWord], entity: u32, surface: u32) -> Candidate {
    let own = names.words_of(surface);
    let mut cost = match names.field_of(surface) {
        Field::Name => 0,
        Field::Title => 20,
        Field::Alias => 30,
    };
    let mut used = 0u64;
    let mut missing = 0u8;
    let mut described = false;
    let mut previous: Option<usize> = None;
    let (mut disordered, mut apart) = (false, false);
    let mut worst = (0, Why::Word);
    let mut typos = 0u8;
    let (mut left, mut cut) = (0, false);
    for word in words {
        let answer = own
            .iter()
            .enumerate()
            .filter(|(place, _)| used & (1 << place) == 0)
            .filter_map(|(place, own)| word.hit(*own).map(|hit| (hit, place)))
            .min_by_key(|(hit, place)| (hit.cost, *place));
        if let Some((hit, place)) = answer {
            used |= 1 << place;
            cost += hit.cost;
            if let Why::Typo(count) = hit.why {
                typos = typos.saturating_add(count);
            }
            cut |= hit.why == Why::Prefix;
            described |= hit.why == Why::Initials && hit.cost >= SKELETON
                || hit.why == Why::Word && hit.cost >= STEM;
            if hit.cost > worst.0 {
                worst = (hit.cost, hit.why);
            }
            if let Some(previous) = previous {
                disordered |= place < previous;
                apart |= place != previous + 1 && place > previous;
            }
            previous = Some(place);
            continue;
        }
        match word.role {
            Role::Filler => cost += 10,
            // A squad is more than just any group: who says so would rather see the word in the name.
            Role::Kind(kind) if kind == names.kind(entity) => {
                cost += if matches!(word.text.as_str(), "squad" | "crew" | "dept" | "department") {
                    120
                } else {
                    20
                };
            }
            Role::Generic if names.kind(entity) == "component" => cost += 100,
            _ => {
                if let Some(hinted) = hinted(names, word, entity) {
                    cost += 150 + hinted;
                    described = true;
                } else {
                    cost = cost.saturating_add(MISSING);
                    missing += 1;
                }
            }
        }
    }
    if used == 0 {
        // Only described: how long its name is says nothing.
        cost += if described { 50 } else { MISSING };
    } else {
        left = left_over(names, own, used);
        cost = cost.saturating_add(left);
        cost += u16::from(disordered) * 50 + u16::from(apart) * 50;
    }
    let why = match worst.1 {
        Why::Typo(_) => Why::Typo(typos),
        Why::Word if worst.0 == 0 && !disordered && !apart && !described && used & 1 == 1 => {
            Why::Prefix
        }
        Why::Prefix if disordered || apart || described || used & 1 == 0 => Why::Word,
        why => why,
    };
    Candidate {
        entity,
        cost,
        missing,
        left,
        cut,
        described,
        why,
    }
}

/// What the words of a name cost that were not typed.
fn left_over(names: &Names, own: &[WordId], used: u64) -> u16 {
    // The first one weighs most: a name that was typed to its end is before every longer one.
    let mut cost = if used.count_ones() as usize == own.len() {
        0u16
    } else {
        60
    };
    for (place, word) in own.iter().enumerate() {
        if used & (1 << place) != 0 {
            continue;
        }
        let text = names.vocabulary.word(*word);
        let light = is_generic(text) || kind_of_word(text).is_some_and(|kind| kind == "group");
        cost = cost.saturating_add(if light { 90 } else { 95 });
        if place == 0 && !light {
            cost = cost.saturating_add(20);
        }
    }
    cost
}

fn hinted(names: &Names, word: &TypedWord, entity: u32) -> Option<u16> {
    if word.tied {
        return None;
    }
    names
        .hints_of(entity)
        .iter()
        .filter_map(|hint| word.hit(*hint))
        .filter(|hit| !matches!(hit.why, Why::Typo(_)))
        .map(|hit| hit.cost)
        .min()
}

/// Calls `take` with every name that is the typed words as a whole but for a slip or two, wherever the
/// separators are.
pub(super) fn each_slipped(names: &Names, words: &[TypedWord], mut take: impl FnMut(Candidate)) {
    let parts: Vec<&TypedWord> = words
        .iter()
        .filter(|word| word.role != Role::Filler)
        .collect();
    if parts.iter().all(|word| word.known) {
        return;
    }
    each_slipped_whole(names, &parts, None, &mut take);
    let kind = words.iter().find_map(|word| match word.role {
        Role::Kind(kind) => Some(kind),
        _ => None,
    });
    if kind.is_some() {
        let parts: Vec<&TypedWord> = parts
            .into_iter()
            .filter(|word| matches!(word.role, Role::Needed | Role::Generic))
            .collect();
        each_slipped_whole(names, &parts, kind, &mut take);
    }
}

fn each_slipped_whole(
    names: &Names,
    parts: &[&TypedWord],
    kind: Option<&str>,
    take: &mut impl FnMut(Candidate),
) {
    let typed: Vec<char> = parts
        .iter()
        .flat_map(|word| word.letters.iter().copied())
        .collect();
    if typed.len() > LONGEST_COMPARED {
        return;
    }
    let most = match typed.len() {
        0..3 => return,
        3..7 => 1,
        _ => 2,
    };
    // Somebody who went on behind a whole name does not mean that name.
    let begun: Vec<char> = match parts.split_last() {
        Some((last, before)) if last.letters.len() <= 2 && !last.known => before
            .iter()
            .flat_map(|word| word.letters.iter().copied())
            .collect(),
        _ => Vec::new(),
    };
    let mut letters = Vec::with_capacity(LONGEST_COMPARED);
    names.each_alike(
        signature(typed.iter().copied()),
        typed.len(),
        most,
        |surface| {
            names.letters_of(surface, &mut letters);
            let Some(found) = slips(&typed, &letters, most) else {
                return;
            };
            let longer = typed.len().max(letters.len());
            if found.count > slips_allowed(longer)
                || letters == begun
                || !same_digits(&typed, &letters)
                || clashes(names, parts, surface)
            {
                return;
            }
            let entity = names.entity_of(surface);
            if kind.is_some_and(|kind| kind != names.kind(entity)) {
                return;
            }
            let field = if names.field_of(surface) == Field::Name {
                0
            } else {
                20
            };
            take(Candidate {
                entity,
                cost: cost_of_slips(found, longer, typed.first() != letters.first()) + field,
                missing: 0,
                left: 0,
                cut: false,
                described: false,
                why: Why::Typo(found.count),
            });
        },
    );
}

/// Whether a typed word that exists stands where the name has another one: `exporter` is no slip of `importer`.
fn clashes(names: &Names, words: &[&TypedWord], surface: u32) -> bool {
    let own = names.words_of(surface);
    own.len() == words.len()
        && words.iter().zip(own).any(|(typed, own)| {
            let own = names.vocabulary.word(*own);
            typed.known && typed.text != own && !other_numbers(own).contains(&typed.text)
        })
}

/// Calls `take` with every name whose words begin as the letters of a short word say: `pgw`, `cfsw`.
pub(super) fn each_by_initials(names: &Names, typed: &[char], mut take: impl FnMut(Candidate)) {
    names.each_holding(signature(typed.iter().copied()), |surface| {
        let words = names.words_of(surface);
        let Some(pieces) = pieces(names, words, typed) else {
            return;
        };
        // Two letters are the beginnings of too many names to stand for more than all of one.
        if pieces < 2 || typed.len() == 2 && words.len() > 2 {
            return;
        }
        let beyond = u16::try_from(typed.len() - pieces).unwrap_or(0);
        let left = u16::try_from(words.len() - pieces).unwrap_or(0).min(8) * 80;
        take(Candidate {
            entity: names.entity_of(surface),
            cost: 150 + beyond * 50 + left,
            missing: 0,
            left,
            cut: false,
            // Four letters and more happen to fit many a name when they may also come from inside its words.
            described: beyond > 0 && typed.len() > 3 || typed.len() == 2,
            why: Why::Initials,
        });
    });
}

/// How many words of a name the letters spell the beginnings of, from the first word on.
fn pieces(names: &Names, words: &[WordId], typed: &[char]) -> Option<usize> {
    if typed.is_empty() {
        return Some(0);
    }
    let (first, rest) = words.split_first()?;
    let text = names.vocabulary.word(*first);
    if !text.starts_with(typed[0]) {
        return None;
    }
    let letters: Vec<char> = text.chars().collect();
    // As few letters for each word as will do: initials first.
    (1..=typed.len().min(4))
        .filter(|taken| is_skeleton(&typed[..*taken], &letters))
        .find_map(|taken| pieces(names, rest, &typed[taken..]).map(|more| more + 1))
}
