//! Made-up organisations to look names up in: the same shape and seed give the same entities.

use std::collections::HashSet;
use std::sync::Arc;

use callboard::catalog::Entity;
use fastrand::Rng;
use serde_json::{Value, json, value::to_raw_value};

use super::words::{
    ACRONYMS, ANIMALS, ENDINGS, FRENCH, GERMAN, GERMAN_ENDINGS, LETTERED, NOUNS, PEOPLE, QUALITIES,
    SUBJECTS,
};

/// How an organisation names its things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Two or three English words with hyphens.
    English,
    /// German and French words, with their letters in the titles.
    Continental,
    /// Names that differ in a plural, a version or a region.
    Twins,
    /// Four and five words, camel case and underscores among them.
    Compound,
    /// Acronyms and code names beside plain words.
    Acronyms,
}

impl Shape {
    /// Every shape.
    pub const ALL: [Self; 5] = [
        Self::English,
        Self::Continental,
        Self::Twins,
        Self::Compound,
        Self::Acronyms,
    ];
}

/// The words that one organisation uses; others of the same lists it has never heard of.
pub struct Words {
    /// What its things are about.
    pub subjects: Vec<&'static str>,
    /// What they do.
    pub nouns: Vec<&'static str>,
    /// Subjects that no name of it has.
    pub unheard: Vec<&'static str>,
}

/// Makes an organisation with so many components, a quarter as many other things, and the people.
pub fn make(shape: Shape, seed: u64, components: usize) -> (Vec<Arc<Entity>>, Words) {
    let mut maker = Maker {
        rng: Rng::with_seed(seed ^ ((shape as u64) << 32)),
        shape,
        names: HashSet::new(),
        entities: Vec::new(),
    };
    let mut words = maker.words();
    maker.teams(&words, components / 12 + 3);
    let mut teams: Vec<String> = maker.names.iter().cloned().collect();
    teams.sort_unstable();
    maker.people(&teams, components / 6 + 4);
    for number in 0..components {
        let name = maker.name(&words);
        maker.thing("Component", &name, &teams, number);
        if maker.rng.u8(..100) < 6 {
            maker.thing("API", &name, &teams, number);
        }
    }
    for number in 0..components / 8 {
        let subject = maker.pick(&words.subjects);
        let noun = maker.pick(&words.nouns);
        maker.thing("API", &format!("{subject}-{noun}-api"), &teams, number);
        let ending = maker.pick(&["db", "bucket", "queue", "topic", "cache"]);
        maker.thing(
            "Resource",
            &format!("{subject}-{noun}-{ending}"),
            &teams,
            number,
        );
        if number % 2 == 0 {
            maker.thing("System", subject, &teams, number);
        }
    }
    let mut entities = maker.entities;
    entities.sort_by(|left, right| left.reference.cmp(&right.reference));
    entities.dedup_by(|left, right| left.reference == right.reference);
    let text: Vec<String> = entities
        .iter()
        .map(|entity| entity.document.text().to_lowercase())
        .collect();
    words
        .unheard
        .retain(|word| !text.iter().any(|text| text.contains(word)));
    (entities, words)
}

struct Maker {
    rng: Rng,
    shape: Shape,
    names: HashSet<String>,
    entities: Vec<Arc<Entity>>,
}

impl Maker {
    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.rng.usize(..words.len())]
    }

    /// Half of every list is what the organisation uses.
    fn words(&mut self) -> Words {
        let (subjects, nouns): (Vec<&str>, Vec<&str>) = match self.shape {
            Shape::Continental => ([GERMAN, FRENCH].concat(), [GERMAN_ENDINGS, NOUNS].concat()),
            Shape::Acronyms => (
                [ACRONYMS, ANIMALS, SUBJECTS].concat(),
                [NOUNS, ENDINGS].concat(),
            ),
            _ => (SUBJECTS.to_vec(), [NOUNS, ENDINGS].concat()),
        };
        let mut halves = |mut words: Vec<&'static str>| {
            self.rng.shuffle(&mut words);
            let unheard = words.split_off(words.len() / 2);
            (words, unheard)
        };
        let (subjects, unheard) = halves(subjects);
        let (nouns, _) = halves(nouns);
        Words {
            subjects,
            nouns,
            unheard,
        }
    }

    /// A new name of a component.
    fn name(&mut self, words: &Words) -> String {
        loop {
            let subject = self.pick(&words.subjects);
            let noun = self.pick(&words.nouns);
            let more = self.pick(&words.subjects);
            let quality = self.pick(QUALITIES);
            let die = self.rng.u8(..100);
            let parts: Vec<&str> = match self.shape {
                Shape::English | Shape::Continental => match die {
                    0..8 => vec![subject],
                    8..60 => vec![subject, noun],
                    60..80 => vec![subject, quality, noun],
                    _ => vec![subject, more, noun],
                },
                Shape::Twins => match die {
                    0..10 => vec![subject],
                    10..50 => vec![subject, noun],
                    _ => vec![subject, noun, quality],
                },
                Shape::Compound => match die {
                    0..50 => vec![subject, more, quality, noun],
                    _ => vec![subject, more, noun, self.pick(ENDINGS)],
                },
                Shape::Acronyms => match die {
                    0..25 => vec![subject],
                    25..80 => vec![subject, noun],
                    _ => vec![subject, more, noun],
                },
            };
            let mut parts: Vec<String> = parts.into_iter().map(str::to_owned).collect();
            parts.dedup();
            if self.shape == Shape::Twins && self.rng.u8(..100) < 30 {
                match self.rng.u8(..3) {
                    0 if !parts[0].ends_with('s') => parts[0].push('s'),
                    1 => parts.push(format!("v{}", self.rng.u8(2..4))),
                    _ => {
                        parts.pop();
                        parts.push("api".to_owned());
                    }
                }
            }
            let name = match (self.shape, self.rng.u8(..10)) {
                (Shape::Compound, 0) => parts.iter().map(|part| capital(part)).collect::<String>(),
                (Shape::Compound | Shape::Twins, 1) => parts.join("_"),
                (Shape::Continental | Shape::Acronyms, 2) => parts.join("."),
                _ => parts.join("-"),
            };
            let name = ascii(&name);
            if name.len() <= 63 && self.names.insert(name.to_lowercase()) {
                return name;
            }
        }
    }

    fn teams(&mut self, words: &Words, count: usize) {
        while self.names.len() < count {
            let subject = ascii(self.pick(&words.subjects));
            let animal = self.pick(ANIMALS);
            let name = match self.rng.u8(..4) {
                0 => format!("team-{subject}"),
                1 => format!("{subject}-team"),
                2 => format!("{subject}-{animal}"),
                _ => format!("{subject}-squad"),
            };
            if self.names.insert(name.clone()) {
                let title = title(&name);
                self.entity(
                    "Group",
                    &name,
                    json!({"title": title}),
                    &json!({"type": "team"}),
                );
            }
        }
    }

    fn people(&mut self, teams: &[String], count: usize) {
        for _ in 0..count {
            let (first, last) = (self.pick(PEOPLE), self.pick(PEOPLE));
            let name = ascii(&format!("{first}.{last}")).to_lowercase();
            if first != last && self.names.insert(name.clone()) {
                let shown = format!("{first} {last}");
                let team = &teams[self.rng.usize(..teams.len())];
                let spec = json!({"profile": {"displayName": shown}, "memberOf": [team]});
                self.entity("User", &name, json!({}), &spec);
            }
        }
    }

    /// A component, or what stands beside one.
    fn thing(&mut self, kind: &str, name: &str, teams: &[String], number: usize) {
        let owner = &teams[self.rng.usize(..teams.len())];
        let lifecycle = match self.rng.u8(..10) {
            0 => "deprecated",
            1 => "experimental",
            _ => "production",
        };
        let mut annotations = json!({});
        let die = self.rng.u8(..100);
        let plain = ascii(name).to_lowercase();
        if kind == "Component" && die < 70 {
            let repository = match die {
                0..8 => format!("acme/{}-{}", self.pick(ANIMALS), number),
                _ => format!("acme/{plain}"),
            };
            annotations["github.com/project-slug"] = json!(repository);
        }
        if kind == "Component" && self.rng.u8(..100) < 8 {
            let alias = format!("{} {}", self.pick(QUALITIES), self.pick(ANIMALS));
            annotations["callboard/aliases"] = json!(alias);
        }
        let mut metadata = json!({"annotations": annotations, "tags": [self.pick(&["java", "go", "rust", "python"])]});
        if self.rng.u8(..100) < 60 {
            metadata["title"] = json!(title(name));
        }
        if self.rng.u8(..100) < 4 {
            metadata["namespace"] = json!("labs");
        }
        let spec = json!({"type": "service", "lifecycle": lifecycle, "owner": owner});
        self.entity(kind, &ascii(name), metadata, &spec);
    }

    fn entity(&mut self, kind: &str, name: &str, mut metadata: Value, spec: &Value) {
        metadata["name"] = json!(name);
        let document = json!({"kind": kind, "metadata": metadata, "spec": spec});
        let raw = to_raw_value(&document).expect("JSON");
        let entity = Entity::from_document(&raw, 1, None, None).expect("an entity");
        self.entities.push(Arc::new(entity));
    }
}

/// A name as a title, with the letters that its language has.
fn title(name: &str) -> String {
    let words: Vec<String> = name
        .split(['-', '_', '.'])
        .map(|word| {
            let lettered = LETTERED
                .iter()
                .find(|(plain, _)| *plain == word)
                .map_or(word, |(_, lettered)| lettered);
            capital(lettered)
        })
        .collect();
    words.join(" ")
}

/// A name as forges and Backstage allow it.
fn ascii(name: &str) -> String {
    let mut plain = String::new();
    for letter in name.chars() {
        match letter {
            'ä' => plain.push_str("ae"),
            'ö' => plain.push_str("oe"),
            'ü' => plain.push_str("ue"),
            'ß' => plain.push_str("ss"),
            'é' | 'è' | 'ê' => plain.push('e'),
            'á' | 'à' | 'â' => plain.push('a'),
            'ç' => plain.push('c'),
            'ô' | 'ó' => plain.push('o'),
            'ñ' => plain.push('n'),
            other => plain.push(other),
        }
    }
    plain
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
