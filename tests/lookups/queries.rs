//! What people might type, with the answers that are right.
//!
//! Every query is made from one entity, the one that is meant, by slips and shortcuts that are known. An entity *fits*
//! a query when the same slips and shortcuts lead from one of its names (name, title, alias, repository) to it; entities
//! of the same name fit together unless the kind was typed, for an answer names the others. Where one name fits, it is to
//! be the answer. Where two to five fit equally, asking back with the one that was meant among the choices is as right as
//! the answer itself. A name of which all words were typed fits before one of which some were; what a thing is (`team`,
//! `service`, `api`) may be said beside its name. Left out are queries that more than five names fit, unless the asker's
//! team owns just one of them, and those that happen to be the whole name of something else, slips allowed for.

use std::collections::BTreeSet;
use std::sync::Arc;

use callboard::catalog::{Entity, EntityRef};
use fastrand::Rng;
use strsim::osa_distance;

use super::organisation::Words;
use super::words::{NOUNS, SHORT};

/// What somebody typed.
pub struct Query {
    /// The text.
    pub text: String,
    /// What was done to the name.
    pub sort: &'static str,
    /// The positions of the entities that fit; none when the thing is not there.
    pub fitting: BTreeSet<usize>,
    /// Of those the one that was meant, and those of the same name.
    pub meant: BTreeSet<usize>,
    /// The team of the asker.
    pub team: Option<EntityRef>,
}

/// Which slips and shortcuts lead from a name to a query.
#[derive(Clone, Copy)]
#[allow(clippy::struct_excessive_bools)] // each is a slip or a shortcut of its own
struct Allowed {
    /// Only some of the words, in any order.
    part: bool,
    /// All of the words, but in any order.
    any_order: bool,
    /// Words that are cut short.
    cut: bool,
    /// So many wrong letters.
    slips: usize,
    /// Singular for plural and back.
    number: bool,
    /// Usual abbreviations.
    short: bool,
}

const PLAIN: Allowed = Allowed {
    part: false,
    any_order: false,
    cut: false,
    slips: 0,
    number: false,
    short: false,
};

/// The sorts of queries and how often each comes.
const SORTS: &[(&str, usize)] = &[
    ("name", 4),
    ("case", 3),
    ("separators", 8),
    ("title or alias", 6),
    ("repository", 5),
    ("kind", 6),
    ("sentence", 4),
    ("swapped letters", 8),
    ("missing letter", 8),
    ("doubled letter", 6),
    ("wrong letter", 8),
    ("two slips", 4),
    ("part of the words", 10),
    ("beginning", 6),
    ("words cut short", 6),
    ("initials", 5),
    ("abbreviation", 6),
    ("number", 6),
    ("letters", 4),
    ("spaces and a slip", 6),
    ("part and a slip", 6),
    ("abbreviation and part", 4),
    ("alias with a slip", 4),
    ("kind with a slip", 4),
    ("own", 4),
];

/// After so many entities that a sort of query cannot be made of, another sort is made.
const MOST_TRIED: usize = 60;

/// Makes so many queries about things that are there.
pub fn present(entities: &[Arc<Entity>], seed: u64, count: usize) -> Vec<Query> {
    let mut maker = Maker::new(entities, seed);
    let total: usize = SORTS.iter().map(|(_, weight)| weight).sum();
    let mut queries = Vec::with_capacity(count);
    while queries.len() < count {
        let mut die = maker.rng.usize(..total);
        let sort = SORTS.iter().find(|(_, weight)| {
            let here = die < *weight;
            die = die.saturating_sub(*weight);
            here
        });
        let Some((sort, _)) = sort else { continue };
        // Not every name can be abbreviated: another one is tried, so that each sort has its share.
        let made = (0..MOST_TRIED).find_map(|_| {
            let target = maker.rng.usize(..entities.len());
            maker.query(sort, target)
        });
        queries.extend(made);
    }
    queries
}

/// Makes so many queries about things that are not there.
pub fn absent(entities: &[Arc<Entity>], words: &Words, seed: u64, count: usize) -> Vec<Query> {
    let mut maker = Maker::new(entities, seed);
    let mut queries = Vec::with_capacity(count);
    while queries.len() < count {
        let noun = maker.pick(&words.nouns);
        let (sort, text) = match maker.rng.u8(..10) {
            0..4 => (
                "absent: new subject",
                format!("{}-{noun}", maker.pick(&words.unheard)),
            ),
            4..6 => ("absent: new word", maker.pick(&words.unheard).to_owned()),
            6..9 => (
                "absent: new pair",
                format!("{}-{noun}", maker.pick(&words.subjects)),
            ),
            _ => {
                let letters = (0..maker.rng.usize(6..10)).map(|_| maker.rng.lowercase());
                ("absent: letters", letters.collect())
            }
        };
        let loosely = Allowed {
            part: true,
            any_order: true,
            cut: true,
            slips: 1,
            number: true,
            short: true,
        };
        let near = Allowed { slips: 2, ..PLAIN };
        let known = maker.fitting(&text, loosely, None);
        if known.is_empty() && maker.fitting(&text, near, None).is_empty() {
            queries.push(Query {
                text,
                sort,
                fitting: BTreeSet::new(),
                meant: BTreeSet::new(),
                team: None,
            });
        }
    }
    queries
}

struct Maker<'a> {
    rng: Rng,
    entities: &'a [Arc<Entity>],
    /// The names of each entity, cut into plain words.
    forms: Vec<Vec<Vec<String>>>,
}

impl<'a> Maker<'a> {
    fn new(entities: &'a [Arc<Entity>], seed: u64) -> Self {
        let forms = entities.iter().map(|entity| forms(entity)).collect();
        Self {
            rng: Rng::with_seed(seed),
            entities,
            forms,
        }
    }

    fn pick<'b>(&mut self, words: &[&'b str]) -> &'b str {
        words[self.rng.usize(..words.len())]
    }

    /// Does to the name of an entity what the sort says, if that can be done.
    fn query(&mut self, sort: &'static str, target: usize) -> Option<Query> {
        let entity = &self.entities[target];
        let person = entity.reference.kind() == "user";
        let name = entity.name.to_string();
        let cut = words(&name);
        let kind = entity.reference.kind();
        let slips = |slips| Allowed { slips, ..PLAIN };
        let part = Allowed {
            part: true,
            any_order: true,
            ..PLAIN
        };
        let mut told_kind = None;
        let mut typed_name = name.clone();
        let (text, allowed) = match sort {
            "name" => (name, PLAIN),
            "case" if self.rng.bool() => (name.to_uppercase(), PLAIN),
            "case" => (capitals(&cut, " "), PLAIN),
            "separators" if cut.len() > 1 => {
                let separator = self.pick(&[" ", "_", "", " ", "."]);
                (cut.join(separator), PLAIN)
            }
            "title or alias" => {
                let aliases = entity.aliases.iter().filter(|alias| !alias.contains('/'));
                let other = aliases.chain(entity.title.as_ref()).next()?;
                (other.to_string(), PLAIN)
            }
            "repository" => {
                let slug = entity.aliases.iter().find(|alias| alias.contains('/'))?;
                let text = match self.rng.u8(..4) {
                    0 => format!("https://github.example/{slug}"),
                    1 => format!("git@github.example:{slug}.git"),
                    2 => slug.rsplit('/').next()?.to_owned(),
                    _ => slug.to_string(),
                };
                (text, PLAIN)
            }
            "kind" => {
                told_kind = Some(kind.to_owned());
                let word = if kind == "group" { "team" } else { kind };
                match self.rng.u8(..3) {
                    0 => (format!("{kind}:{name}"), PLAIN),
                    1 => (format!("{word} {name}"), PLAIN),
                    _ => (format!("{name} {word}"), PLAIN),
                }
            }
            "sentence" if !person => {
                let text = match self.rng.u8(..4) {
                    0 => format!("the {}", cut.join(" ")),
                    1 => format!("our {name} please"),
                    2 if kind == "component" => format!("the {name} service"),
                    2 if kind == "group" => format!("the {name} team"),
                    _ => format!("\u{201c}{name}\u{201d}?"),
                };
                told_kind = text
                    .ends_with(" team")
                    .then(|| "group".to_owned())
                    .or_else(|| text.ends_with(" service").then(|| "component".to_owned()));
                (text, PLAIN)
            }
            "swapped letters" | "missing letter" | "doubled letter" | "wrong letter" => {
                (self.slip(&name, sort)?, slips(1))
            }
            "two slips" if name.len() >= 12 => {
                let once = self.slip(&name, "swapped letters")?;
                (self.slip(&once, "wrong letter")?, slips(2))
            }
            "part of the words" if cut.len() > 1 && !person => {
                let mut some = cut;
                self.rng.shuffle(&mut some);
                let keep = self.rng.usize(some.len().div_ceil(2)..=some.len());
                some.truncate(keep);
                (some.join(" "), part)
            }
            "beginning" if name.len() >= 7 && !person => {
                let length = self.rng.usize(name.len() / 2..name.len() - 1).max(4);
                let text = name.get(..length)?.trim_end_matches(['-', '_', '.']);
                (text.to_owned(), Allowed { cut: true, ..part })
            }
            "words cut short" if cut.len() > 1 && !person => {
                let mut some: Vec<String> = Vec::new();
                for word in &cut {
                    let length = self.rng.usize(3..9).min(word.len());
                    some.push(word[..length].to_owned());
                }
                if self.rng.bool() {
                    self.rng.shuffle(&mut some);
                }
                (some.join(" "), Allowed { cut: true, ..part })
            }
            "initials" if cut.len() > 1 && !person => {
                let all: Vec<String> = initials(&cut)
                    .into_iter()
                    .filter(|text| text.len() > 2)
                    .collect();
                (all.get(self.rng.usize(..all.len().max(1)))?.clone(), PLAIN)
            }
            "abbreviation" if !person => {
                let (whole, abbreviated) = SHORT[self.rng.usize(..SHORT.len())];
                let at = cut.iter().position(|word| word == whole)?;
                let mut cut = cut;
                abbreviated.clone_into(&mut cut[at]);
                let separator = self.pick(&["-", " "]);
                (
                    cut.join(separator),
                    Allowed {
                        short: true,
                        ..PLAIN
                    },
                )
            }
            "number" if !person => {
                let mut cut = cut;
                let at = self.rng.usize(..cut.len());
                cut[at] = other_number(&cut[at])?;
                let separator = self.pick(&["-", " "]);
                (
                    cut.join(separator),
                    Allowed {
                        number: true,
                        ..PLAIN
                    },
                )
            }
            "letters" => {
                let title = entity.title.as_deref().filter(|title| !title.is_ascii())?;
                match self.rng.u8(..3) {
                    0 => (title.to_lowercase(), PLAIN),
                    1 => (plain(title, false), PLAIN),
                    _ => (plain(title, true), PLAIN),
                }
            }
            "spaces and a slip" if cut.len() > 1 => {
                let kind = self.pick(&["swapped letters", "missing letter", "doubled letter"]);
                (self.slip(&cut.join(" "), kind)?, slips(1))
            }
            "part and a slip" if cut.len() > 2 && !person => {
                let mut some = cut;
                some.remove(self.rng.usize(..some.len()));
                if self.rng.bool() {
                    self.rng.shuffle(&mut some);
                }
                let sort = self.pick(&["swapped letters", "missing letter", "doubled letter"]);
                let text = self.slip(&some.join(" "), sort)?;
                (text, Allowed { slips: 1, ..part })
            }
            "abbreviation and part" if cut.len() > 2 && !person => {
                let (whole, abbreviated) = SHORT[self.rng.usize(..SHORT.len())];
                let at = cut.iter().position(|word| word == whole)?;
                let mut cut = cut;
                abbreviated.clone_into(&mut cut[at]);
                let out = (at + self.rng.usize(1..cut.len())) % cut.len();
                cut.remove(out);
                (
                    cut.join(" "),
                    Allowed {
                        short: true,
                        ..part
                    },
                )
            }
            "alias with a slip" => {
                let aliases = entity.aliases.iter().filter(|alias| !alias.contains('/'));
                let other = aliases.chain(entity.title.as_ref()).next()?.to_string();
                (self.slip(&other, "swapped letters")?, slips(1))
            }
            "kind with a slip" => {
                told_kind = Some(kind.to_owned());
                let word = if kind == "group" { "team" } else { kind };
                let slipped = self.slip(&name, "swapped letters")?;
                slipped.clone_into(&mut typed_name);
                (format!("{word} {slipped}"), slips(1))
            }
            "own" if cut.len() > 1 && entity.owner.is_some() => {
                (cut[self.rng.usize(..cut.len())].clone(), part)
            }
            _ => return None,
        };
        if sort == "initials" && self.is_word(&text) {
            return None;
        }
        let mut query = self.judged(
            text,
            sort,
            target,
            allowed,
            (told_kind.as_deref(), &typed_name),
        )?;
        let names: BTreeSet<&str> = query
            .fitting
            .iter()
            .map(|at| self.entities[*at].reference.name())
            .collect();
        if sort == "own" {
            let owner = entity.owner.clone();
            let own = query
                .fitting
                .iter()
                .filter(|at| self.entities[**at].owner == owner);
            if names.len() < 2 || own.count() != 1 {
                return None;
            }
            query.team = owner;
        } else if names.len() > 5 {
            return None;
        }
        Some(query)
    }

    /// The query with what fits it, unless it is the whole name of something else.
    fn judged(
        &self,
        text: String,
        sort: &'static str,
        target: usize,
        allowed: Allowed,
        (kind, typed_name): (Option<&str>, &str),
    ) -> Option<Query> {
        let name = self.entities[target].reference.name();
        let bare = match sort {
            "kind" | "sentence" | "kind with a slip" => typed_name.to_owned(),
            "repository" => text
                .rsplit(['/', ':'])
                .next()?
                .trim_end_matches(".git")
                .to_owned(),
            _ => text.clone(),
        };
        let mut fitting = self.fitting(&bare, allowed, kind);
        if sort == "initials" {
            fitting = (0..self.entities.len())
                .filter(|at| {
                    self.forms[*at]
                        .iter()
                        .any(|form| initials(form).contains(&text))
                })
                .collect();
        }
        fitting.insert(target);
        // What fits with all of its words is nearer than what has others beside.
        let wholly = self.fitting(
            &bare,
            Allowed {
                part: false,
                cut: false,
                any_order: allowed.part,
                ..allowed
            },
            kind,
        );
        if !wholly.is_empty() && sort != "initials" {
            if !wholly.contains(&target) {
                return None;
            }
            fitting = wholly;
        }
        let exact = self.fitting(&bare, PLAIN, kind);
        if !exact.contains(&target) && !exact.is_empty() {
            return None;
        }
        if exact.contains(&target) {
            // Somebody else's title or repository may be the same words: the very name comes first.
            let named = |at: &usize| self.entities[*at].reference.name() == bare.to_lowercase();
            let named: BTreeSet<usize> = exact.iter().copied().filter(named).collect();
            if !named.is_empty() && !named.contains(&target) {
                return None;
            }
            fitting = if named.is_empty() { exact } else { named };
        }
        let meant = fitting
            .iter()
            .copied()
            .filter(|at| self.entities[*at].reference.name() == name)
            .collect();
        Some(Query {
            text,
            sort,
            fitting,
            meant,
            team: None,
        })
    }

    /// The entities of which a name leads to the text.
    fn fitting(&self, text: &str, allowed: Allowed, kind: Option<&str>) -> BTreeSet<usize> {
        let readings = readings(text);
        (0..self.entities.len())
            .filter(|at| kind.is_none_or(|kind| self.entities[*at].reference.kind() == kind))
            .filter(|at| {
                let words = kind_words(self.entities[*at].reference.kind());
                self.forms[*at].iter().any(|form| {
                    readings.iter().any(|typed| {
                        let said =
                            |word: &String| allowed.any_order && words.contains(&word.as_str());
                        let rest: Vec<String> =
                            typed.iter().filter(|word| !said(word)).cloned().collect();
                        leads(form, typed, allowed)
                            || rest.len() < typed.len()
                                && !rest.is_empty()
                                && leads(form, &rest, allowed)
                    })
                })
            })
            .collect()
    }

    fn is_word(&self, text: &str) -> bool {
        self.forms
            .iter()
            .flatten()
            .flatten()
            .any(|word| word == text)
    }

    /// One slip of the finger somewhere in a word of at least four letters.
    fn slip(&mut self, text: &str, sort: &str) -> Option<String> {
        let mut letters: Vec<char> = text.chars().collect();
        let letter = |at: usize| letters.get(at).is_some_and(|letter| letter.is_alphabetic());
        let spots: Vec<usize> = (1..letters.len())
            .filter(|at| (at - 1..at + 3).all(letter) || *at >= 3 && (at - 3..=*at).all(letter))
            .collect();
        let at = *spots.get(self.rng.usize(..spots.len().max(1)))?;
        match sort {
            "swapped letters" if letters[at] != letters[at - 1] => letters.swap(at, at - 1),
            "missing letter" => {
                letters.remove(at);
            }
            "doubled letter" => letters.insert(at, letters[at]),
            "wrong letter" => letters[at] = self.beside(letters[at])?,
            _ => return None,
        }
        Some(letters.into_iter().collect())
    }

    /// A key beside the one that was meant.
    fn beside(&mut self, letter: char) -> Option<char> {
        let rows = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
        let lower = letter.to_ascii_lowercase();
        let row: Vec<char> = rows
            .iter()
            .find(|row| row.contains(lower))?
            .chars()
            .collect();
        let at = row.iter().position(|key| *key == lower)?;
        let next = if at > 0 && (self.rng.bool() || at + 1 == row.len()) {
            at - 1
        } else {
            at + 1
        };
        row.get(next).copied()
    }
}

/// What people say beside a name for what it is.
fn kind_words(kind: &str) -> &'static [&'static str] {
    match kind {
        "component" => &["component", "service", "svc", "app"],
        "group" => &["group", "team", "squad"],
        "api" => &["api"],
        "system" => &["system"],
        "resource" => &["resource"],
        _ => &[],
    }
}

/// Whether a name leads to the typed words.
fn leads(form: &[String], typed: &[String], allowed: Allowed) -> bool {
    let (whole, glued) = (form.concat(), typed.concat());
    if whole == glued {
        return true;
    }
    if allowed.slips > 0
        && whole.len().abs_diff(glued.len()) <= allowed.slips
        && osa_distance(&whole, &glued) <= allowed.slips
    {
        return true;
    }
    if allowed.cut && whole.starts_with(&glued) {
        return true;
    }
    let fits = |typed: &str, own: &str| {
        typed == own
            || allowed.cut && own.starts_with(typed)
            || allowed.number && singular(typed) == singular(own)
            || allowed.short
                && SHORT.iter().any(|(long, short)| {
                    *long == own && *short == typed || *long == typed && *short == own
                })
            || allowed.part
                && allowed.slips > 0
                && own.len() >= 4
                && osa_distance(typed, own) <= allowed.slips
    };
    if !allowed.part
        && (form.len() != typed.len()
            || !allowed.any_order && form.iter().zip(typed).any(|(own, typed)| !fits(typed, own)))
    {
        return false;
    }
    matched(form, typed, &mut vec![false; form.len()], &fits)
}

/// Whether every typed word finds a word of its own.
fn matched(
    form: &[String],
    typed: &[String],
    used: &mut [bool],
    fits: &dyn Fn(&str, &str) -> bool,
) -> bool {
    let Some((first, rest)) = typed.split_first() else {
        return true;
    };
    for at in 0..form.len() {
        if !used[at] && fits(first, &form[at]) {
            used[at] = true;
            if matched(form, rest, used, fits) {
                return true;
            }
            used[at] = false;
        }
    }
    false
}

/// Every name of an entity as words, in each reading of its letters.
fn forms(entity: &Entity) -> Vec<Vec<String>> {
    let repositories = entity
        .aliases
        .iter()
        .map(|alias| alias.rsplit('/').next().unwrap_or(alias));
    let texts = std::iter::once(&*entity.name)
        .chain(entity.title.as_deref())
        .chain(repositories);
    let mut forms: Vec<Vec<String>> = texts.flat_map(readings).collect();
    forms.dedup();
    forms
}

/// The words of a text with its letters made plain in both ways.
fn readings(text: &str) -> Vec<Vec<String>> {
    let mut readings = vec![words(&plain(text, false)), words(&plain(text, true))];
    readings.dedup();
    readings
}

fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut begins = true;
    let mut lower = 0;
    for letter in text.chars() {
        if !letter.is_alphanumeric() {
            begins = true;
            continue;
        }
        if begins || letter.is_uppercase() && lower >= 1 {
            words.push(String::new());
        }
        begins = false;
        lower = if letter.is_lowercase() { lower + 1 } else { 0 };
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
    }
    words
}

/// A text with plain letters: `ü` as `u`, or as `ue` where it is spelled out.
fn plain(text: &str, spelled: bool) -> String {
    let mut plain = String::new();
    for letter in text.chars() {
        let lower: String = letter.to_lowercase().collect();
        let other = match lower.as_str() {
            "ä" if spelled => "ae",
            "ö" if spelled => "oe",
            "ü" if spelled => "ue",
            "ä" | "á" | "à" | "â" => "a",
            "ö" | "ó" | "ô" => "o",
            "ü" => "u",
            "ß" => "ss",
            "é" | "è" | "ê" => "e",
            "ç" => "c",
            "ñ" => "n",
            _ => {
                plain.push(letter);
                continue;
            }
        };
        plain.push_str(other);
    }
    plain
}

/// The ways in which the words of a name are said by their first letters: `cfsw`, and `pgw` for `payment-gateway`.
fn initials(words: &[String]) -> Vec<String> {
    if words.len() < 2 {
        return Vec::new();
    }
    let first = |words: &[String]| {
        words
            .iter()
            .filter_map(|word| word.chars().next())
            .collect::<String>()
    };
    let mut all = vec![first(words)];
    if let Some((last, before)) = words.split_last() {
        let shorts = SHORT
            .iter()
            .filter(|(long, _)| long == last && NOUNS.contains(long));
        all.extend(shorts.map(|(_, short)| first(before) + *short));
    }
    all
}

fn singular(word: &str) -> String {
    match word.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => word.strip_suffix('s').unwrap_or(word).to_owned(),
    }
}

fn other_number(word: &str) -> Option<String> {
    if word.len() < 4 || !word.chars().all(char::is_alphabetic) {
        return None;
    }
    Some(match word.strip_suffix('s') {
        Some(stem) if !stem.ends_with('s') => stem.to_owned(),
        Some(_) => return None,
        None => match word.strip_suffix('y') {
            Some(stem) if !stem.ends_with(['a', 'e', 'o']) => format!("{stem}ies"),
            _ => format!("{word}s"),
        },
    })
}

fn capitals(words: &[String], separator: &str) -> String {
    let capital = |word: &String| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect::<String>())
            .unwrap_or_default()
    };
    words
        .iter()
        .map(capital)
        .collect::<Vec<_>>()
        .join(separator)
}
