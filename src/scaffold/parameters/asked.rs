//! A template's pages as a form: which fields there are, in which order, and in which ways each is asked.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::answers::{Carries, Place};
use super::condition::name;
use super::field;
use super::logic::{all, always, any, exclude, never, not, settled};
use super::repository::{self, Asking};
use super::schema::{Schema, hint, merge, resolved, text};
use super::walk::{self, Mention, What, is_hidden};
use super::words::one_line;
use super::{Asked, Note, page_pointer};
use crate::message::form::{Condition, Field, Form, FormPage};
use crate::scaffold::template::Template;

/// In how many ways one value may be asked for, depending on other answers.
const MOST_WAYS: usize = 16;

/// The form of a template.
pub(super) fn form(template: &Template) -> Asked {
    let mut asking = Asker::default();
    let mut pages = Vec::new();
    for (position, page) in super::pages(template).iter().enumerate() {
        let fields = asking.page(page, &page_pointer(position));
        if fields.is_empty() {
            continue;
        }
        let title = text(&resolved(page, page), "title").map(one_line);
        let title = title.filter(|title| !title.is_empty()).unwrap_or_else(|| {
            if template.parameters.len() == 1 {
                one_line(template.title())
            } else {
                format!("Page {}", position + 1)
            }
        });
        pages.push(FormPage { title, fields });
    }
    Asked {
        form: Form {
            title: one_line(template.title()),
            pages,
        },
        notes: asking.notes,
        places: asking.places,
    }
}

/// All that is said about one value.
struct Group {
    path: Vec<String>,
    ways: Vec<Way>,
}

/// One way in which a value is asked for.
#[derive(Clone)]
struct Way {
    schema: Schema,
    required: bool,
    when: Option<Condition>,
    pointer: String,
    what: What,
}

#[derive(Default)]
struct Asker {
    notes: Vec<Note>,
    places: Vec<Place>,
    /// The answers that there may be.
    asked: BTreeSet<String>,
    /// Those that are known without asking; null where there is none.
    known: Map<String, Value>,
}

impl Asker {
    fn note(&mut self, pointer: &str, sentence: impl Into<String>) {
        let note = Note {
            pointer: pointer.to_owned(),
            sentence: sentence.into(),
        };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn page(&mut self, page: &Value, pointer: &str) -> Vec<Field> {
        let found = walk::page(page, pointer);
        self.notes.extend(found.notes);
        let groups = self.groups(found.mentions);
        let mut fields = Vec::new();
        for group in in_order(groups) {
            self.ask(page, group, &mut fields);
        }
        fields
    }

    /// Puts together what is said about each value.
    fn groups(&mut self, mentions: Vec<Mention>) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        let (needed, declared): (Vec<_>, Vec<_>) = mentions
            .into_iter()
            .partition(|mention| mention.what == What::Needed);
        for mention in declared {
            if mention.what == What::Object {
                if let Some(name) = hint(&mention.schema, "field").and_then(Value::as_str) {
                    self.note(
                        &mention.pointer,
                        format!("There is no field {name} here: its values are asked for one by one instead."),
                    );
                }
                continue;
            }
            if let Some(group) = groups.iter_mut().find(|group| group.path == mention.path) {
                group.take(mention);
                continue;
            }
            let mut group = Group {
                path: mention.path.clone(),
                ways: Vec::new(),
            };
            group.take(mention);
            groups.push(group);
        }
        for mention in needed {
            if let Some(group) = groups.iter_mut().find(|group| group.path == mention.path) {
                group.take(mention);
            }
        }
        for group in &groups {
            if group.ways.len() >= MOST_WAYS
                && let Some(way) = group.ways.last()
            {
                self.note(
                    &way.pointer,
                    format!("A value is asked for in at most {MOST_WAYS} ways: others are judged when everything is answered."),
                );
            }
        }
        groups
    }

    /// Adds the fields that ask for a value.
    fn ask(&mut self, page: &Value, group: Group, fields: &mut Vec<Field>) {
        let name = name(&group.path);
        let is_alone = group.ways.len() == 1;
        let mut hidden: Vec<Condition> = Vec::new();
        let mut is_asked = false;
        for way in group.ways {
            let mut required = way.required;
            let told = way.when.map(|when| settled(&when, &self.known));
            let told =
                told.map(|when| all([when].into_iter().chain(hidden.iter().cloned().map(not))));
            if told == Some(never()) {
                continue;
            }
            let can_be_told = |when: &Condition| {
                when.fields()
                    .iter()
                    .all(|field| self.asked.contains(*field) && *field != name)
            };
            let when = match told {
                Some(when) if when == always() => None,
                Some(when) if can_be_told(&when) => Some(when),
                told => {
                    if let Some(when) = told {
                        let of: Vec<&str> = when.fields();
                        self.note(
                            &way.pointer,
                            format!(
                                "This depends on {}, which the form does not ask before: it is asked always, and need not be answered.",
                                of.join(" and ")
                            ),
                        );
                    }
                    required = false;
                    None
                }
            };
            if is_hidden(&way.schema)
                || (way.schema.contains_key("const") && way.what == What::Value)
            {
                let fixed = way
                    .schema
                    .get("default")
                    .or_else(|| way.schema.get("const"));
                if fixed.is_none() && required {
                    self.note(
                        &way.pointer,
                        format!("{name} is required, but hidden and without a default: nobody can answer it."),
                    );
                }
                match &when {
                    None if is_alone => {
                        self.known
                            .insert(name.clone(), fixed.cloned().unwrap_or_default());
                    }
                    None => {}
                    Some(when) => hidden.push(when.clone()),
                }
                if when.is_none() {
                    return;
                }
                continue;
            }
            is_asked = true;
            self.add(
                page,
                &group.path,
                &Way {
                    required,
                    when,
                    ..way
                },
                fields,
            );
        }
        if !is_asked && hidden.is_empty() {
            self.known.insert(name, Value::Null);
        }
    }

    fn add(&mut self, page: &Value, path: &[String], way: &Way, fields: &mut Vec<Field>) {
        let name = name(path);
        let place = |name: &str, when: Option<Condition>, carries, label: String| Place {
            name: name.to_owned(),
            path: path.to_vec(),
            when,
            carries,
            label,
        };
        if hint(&way.schema, "field").and_then(Value::as_str) == Some("RepoUrlPicker") {
            if hint(&way.schema, "requestUserCredentials").is_some() {
                self.note(
                    &way.pointer,
                    "Nobody is asked for credentials of their own here: the repository is reached as the bot.",
                );
            }
            let depends = hint(&way.schema, "allowedOwners")
                .is_some_and(|allowed| allowed.to_string().contains("{{"));
            if depends {
                self.note(
                    &way.pointer,
                    "Which owners there are depends on other answers in Backstage: here any owner is taken.",
                );
            }
            let title = field::label(&way.schema, &name);
            for (part, asking) in repository::parts(&name, &way.schema, way.required) {
                match asking {
                    Asking::Fixed(text) => {
                        let carries = Carries::Fixed(part, text.clone());
                        self.known
                            .insert(format!("{name}.{}", part.name()), Value::from(text));
                        self.places
                            .push(place("", way.when.clone(), carries, title.clone()));
                    }
                    Asking::Field(mut field) => {
                        let both = [way.when.clone(), field.when.take()];
                        let when = all(both.into_iter().flatten());
                        field.when =
                            Some(settled(&when, &self.known)).filter(|when| *when != always());
                        self.asked.insert(field.name.clone());
                        self.places.push(place(
                            &field.name,
                            field.when.clone(),
                            repository::carries(part),
                            title.clone(),
                        ));
                        fields.push(*field);
                    }
                }
            }
            return;
        }
        let Some((mut field, carries, notes)) =
            field::field(page, &name, &way.schema, way.required)
        else {
            self.note(
                &way.pointer,
                "This has no answer but null: it is not asked.",
            );
            return;
        };
        for note in notes {
            self.note(&way.pointer, note);
        }
        field.when.clone_from(&way.when);
        self.asked.insert(name);
        if way.what != What::Branch {
            self.places.push(place(
                &field.name,
                field.when.clone(),
                carries,
                field.label.clone(),
            ));
        }
        fields.push(field);
    }
}

impl Group {
    /// Adds what is said elsewhere about the same value. What holds together with it is put together; the ways that hold
    /// more seldom stand before the others, because the first that holds is asked.
    fn take(&mut self, mention: Mention) {
        let way = Way {
            schema: mention.schema,
            required: mention.required,
            when: mention.when,
            pointer: mention.pointer,
            what: mention.what,
        };
        let Some(when) = &way.when else {
            if self.ways.is_empty() {
                self.ways.push(way);
            }
            return;
        };
        let is_like =
            |other: &&mut Way| other.schema == way.schema && other.required == way.required;
        if let Some(same) = self.ways.iter_mut().find(is_like)
            && let Some(before) = &same.when
        {
            same.when = Some(any([before.clone(), when.clone()]));
            return;
        }
        let mut together = Vec::new();
        let mut is_covered = way.what == What::Needed;
        for other in &mut self.ways {
            let Some(before) = &other.when else { continue };
            is_covered |= *before == always() || before == when;
            if exclude(before, when) {
                continue;
            }
            let schema = merge(other.schema.clone(), way.schema.clone());
            let required = other.required || way.required;
            if schema == other.schema && required == other.required {
                continue;
            }
            if *when == always() || before == when {
                (other.schema, other.required) = (schema, required);
                continue;
            }
            together.push(Way {
                schema,
                required,
                when: Some(all([before.clone(), when.clone()])),
                pointer: way.pointer.clone(),
                what: other.what,
            });
        }
        if !is_covered {
            self.ways.push(way);
        }
        together.append(&mut self.ways);
        together.truncate(MOST_WAYS);
        self.ways = together;
    }

    /// The answers on which it depends.
    fn fields(&self) -> impl Iterator<Item = &str> {
        let conditions = self.ways.iter().filter_map(|way| way.when.as_ref());
        conditions.flat_map(Condition::fields)
    }
}

/// The same, with each behind what it depends on, and otherwise as it was.
fn in_order(mut groups: Vec<Group>) -> Vec<Group> {
    let mut ordered: Vec<Group> = Vec::with_capacity(groups.len());
    while !groups.is_empty() {
        let names: BTreeSet<String> = groups.iter().map(|group| name(&group.path)).collect();
        let is_free = |group: &Group| {
            let own = name(&group.path);
            group
                .fields()
                .all(|field| field == own || !names.contains(field))
        };
        // In a circle nothing is first; that it cannot be told is noted when it is asked.
        let first = groups.iter().position(is_free).unwrap_or(0);
        ordered.push(groups.remove(first));
    }
    ordered
}
