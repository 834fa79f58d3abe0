//! What a template refers to: the values it is given, filters, tests and functions, each with its place.

use std::collections::HashSet;
use std::sync::Arc;

use super::error::place;
use super::syntax::{Arguments, Input, Kind, Macro, Name, Node, Statement, Tag};
use super::{filter, predicate};

/// Something that a template refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// What it is.
    pub what: Referred,
    /// The line in the template, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
}

/// What a template refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Referred {
    /// A value that the template must be given, and the names within it: `["steps", "fetch", "output", "path"]`.
    Value {
        /// The names, the outermost first; a place in a list is its number.
        path: Vec<String>,
        /// Whether it is called: the last name is a method.
        called: bool,
    },
    /// A filter.
    Filter(String),
    /// A test.
    Test(String),
}

impl Reference {
    /// What is wrong with it whatever the values are, as a sentence: that there is no such filter or test.
    pub fn fault(&self, cookiecutter: bool) -> Option<String> {
        match &self.what {
            Referred::Filter(name) if filter::find(name, cookiecutter).is_none() => {
                Some(filter::unknown(name, cookiecutter))
            }
            Referred::Test(name) if predicate::arity(name).is_none() => {
                Some(predicate::unknown(name))
            }
            Referred::Value { .. } | Referred::Filter(_) | Referred::Test(_) => None,
        }
    }
}

struct Finder<'s> {
    source: &'s str,
    /// Names that the template sets itself.
    set: HashSet<Arc<str>>,
    found: Vec<Reference>,
}

/// Everything that a template refers to, in its order.
pub(super) fn references(source: &str, body: &[Statement]) -> Vec<Reference> {
    let mut finder = Finder {
        source,
        set: HashSet::new(),
        found: Vec::new(),
    };
    finder.body(body);
    finder.found
}

impl Finder<'_> {
    fn add(&mut self, what: Referred, at: u32) {
        let (line, column) = place(self.source, at as usize);
        self.found.push(Reference { what, line, column });
    }

    fn body(&mut self, body: &[Statement]) {
        for statement in body {
            self.statement(&statement.kind);
        }
    }

    fn optional(&mut self, body: Option<&Vec<Statement>>) {
        if let Some(body) = body {
            self.body(body);
        }
    }

    fn sets(&mut self, names: &[Name]) {
        self.set
            .extend(names.iter().map(|name| Arc::clone(&name.name)));
    }

    fn statement(&mut self, tag: &Tag) {
        match tag {
            Tag::Text(_) => {}
            Tag::Output(node) => self.node(node),
            Tag::If(branches, otherwise) => {
                for (condition, body) in branches {
                    self.node(condition);
                    self.body(body);
                }
                self.optional(otherwise.as_ref());
            }
            Tag::For(looped) => {
                self.node(&looped.over);
                let outer = self.set.clone();
                self.sets(&looped.targets);
                self.set.insert("loop".into());
                self.body(&looped.body);
                self.optional(looped.otherwise.as_ref());
                self.set = outer;
            }
            Tag::Set(names, value) => {
                self.node(value);
                self.sets(names);
            }
            Tag::SetBody(names, body) => {
                self.body(body);
                self.sets(names);
            }
            Tag::Macro(definition, _) => {
                self.set.insert(Arc::clone(&definition.name));
                self.callee(definition);
            }
            Tag::CallBlock(call) => {
                self.node(&call.function);
                self.arguments(&call.arguments);
                self.callee(&call.caller);
            }
            Tag::Block(block) => self.body(&block.body),
            Tag::Switch(switch) => {
                self.node(&switch.of);
                for (case, body) in &switch.cases {
                    self.node(case);
                    self.body(body);
                }
                self.optional(switch.otherwise.as_ref());
            }
        }
    }

    fn callee(&mut self, definition: &Macro) {
        let outer = self.set.clone();
        self.sets(&definition.positional);
        self.set.insert("caller".into());
        for (name, default) in &definition.named {
            self.node(default);
            self.set.insert(Arc::clone(name));
        }
        self.body(&definition.body);
        self.set = outer;
    }

    fn arguments(&mut self, arguments: &Arguments) {
        arguments.positional.iter().for_each(|node| self.node(node));
        arguments.named.iter().for_each(|(_, node)| self.node(node));
    }

    /// The names that a member is reached by, where all are known.
    fn path(&self, node: &Node, path: &mut Vec<String>) -> Option<u32> {
        match &node.kind {
            Kind::Name(name) => {
                let global = ["range", "cycler", "joiner"].contains(&&*name.name);
                if name.slot.is_some() || self.set.contains(&name.name) || global {
                    return None;
                }
                path.push(name.name.to_string());
                Some(node.at)
            }
            Kind::Member(of, key) => {
                let at = self.path(of, path)?;
                match &key.kind {
                    Kind::Text(key) => path.push(key.written().into_owned()),
                    Kind::Number(key) => path.push(super::number::written(*key)),
                    _ => return None,
                }
                Some(at)
            }
            _ => None,
        }
    }

    fn node(&mut self, node: &Node) {
        let mut path = Vec::new();
        if let Some(at) = self.path(node, &mut path) {
            self.add(
                Referred::Value {
                    path,
                    called: false,
                },
                at,
            );
            return;
        }
        match &node.kind {
            Kind::Null
            | Kind::Bool(_)
            | Kind::Number(_)
            | Kind::Text(_)
            | Kind::Regex(_)
            | Kind::Name(_) => {}
            Kind::List(nodes) | Kind::Group(nodes) => nodes.iter().for_each(|node| self.node(node)),
            Kind::Record(entries) => entries.iter().for_each(|(_, node)| self.node(node)),
            Kind::Slice(slice) => {
                self.node(&slice.of);
                for part in [&slice.start, &slice.stop, &slice.step]
                    .into_iter()
                    .flatten()
                {
                    self.node(part);
                }
            }
            Kind::If(choice) => {
                self.node(&choice.condition);
                self.node(&choice.then);
                if let Some(otherwise) = &choice.otherwise {
                    self.node(otherwise);
                }
            }
            Kind::Member(left, right)
            | Kind::Or(left, right)
            | Kind::And(left, right)
            | Kind::Binary(_, left, right)
            | Kind::In(left, right) => {
                self.node(left);
                self.node(right);
            }
            Kind::Not(of) | Kind::Negative(of) | Kind::Positive(of) | Kind::Floor(of) => {
                self.node(of);
            }
            Kind::Test(test) => {
                self.node(&test.of);
                self.add(Referred::Test(test.name.clone()), test.at);
                if let Some(arguments) = &test.arguments {
                    self.arguments(arguments);
                }
            }
            Kind::Filter(filter) => {
                match &filter.input {
                    Input::Value(node) => self.node(node),
                    Input::Body(body) => self.body(body),
                }
                self.add(Referred::Filter(filter.name.clone()), filter.at);
                self.arguments(&filter.arguments);
            }
            Kind::Call(function, arguments) => {
                let mut path = Vec::new();
                match self.path(function, &mut path) {
                    Some(at) => self.add(Referred::Value { path, called: true }, at),
                    None => self.node(function),
                }
                self.arguments(arguments);
            }
        }
    }
}
