//! Understands expressions: values, members, calls, lists and objects. What stands between them is in [`operator`](super::operator).

use std::sync::Arc;

use super::super::binding::Bindings;
use super::super::error::{Fault, Outcome};
use super::super::lexer::{Token, Word};
use super::super::regex::Pattern;
use super::super::syntax::{Arguments, Choice, Filter, Input, Kind, Name, Node, Slice};
use super::super::value::RESERVED;
use super::DEPTH;
use super::operator::OR;

/// Reads the words of one expression.
pub(super) struct Expressions<'p> {
    tokens: Vec<Token>,
    pub(super) next: usize,
    bindings: &'p mut Bindings,
    depth: usize,
}

/// How long a chain of operators, filters or members may be.
pub(super) const CHAIN: usize = 400;

pub(super) fn node(at: u32, kind: Kind) -> Node {
    Node { at, kind }
}

impl<'p> Expressions<'p> {
    pub(super) fn new(tokens: Vec<Token>, bindings: &'p mut Bindings, depth: usize) -> Self {
        Self {
            tokens,
            next: 0,
            bindings,
            depth,
        }
    }

    /// Refuses what is left.
    pub(super) fn end(&self) -> Outcome<()> {
        match self.peek() {
            Word::End => Ok(()),
            _ => Err(self.unexpected("The expression should end here")),
        }
    }

    /// `a if b else c`, the whole of an expression.
    pub(super) fn choice(&mut self) -> Outcome<Node> {
        let then = self.binary(OR)?;
        if !self.take_name("if") {
            return Ok(then);
        }
        let condition = self.binary(OR)?;
        let otherwise = if self.take_name("else") {
            Some(self.binary(OR)?)
        } else {
            None
        };
        Ok(node(
            then.at,
            Kind::If(Box::new(Choice {
                condition,
                then,
                otherwise,
            })),
        ))
    }

    /// Names with commas between them.
    pub(super) fn targets(&mut self) -> Outcome<Vec<Name>> {
        let mut targets = Vec::new();
        loop {
            let at = self.at();
            let name = self.name("A variable has a name")?;
            if ["true", "false", "null", "none"].contains(&&*name) {
                return Err(Fault::at(
                    at as usize,
                    format!("`{name}` is a value: give the variable another name."),
                ));
            }
            reserved(&name, at)?;
            targets.push(self.bindings.name(&name, at));
            if !self.take(",") {
                self.end()?;
                return Ok(targets);
            }
        }
    }

    /// The parameters of a macro up to the bracket behind them: those without a default, and those with one.
    #[expect(clippy::type_complexity, reason = "two kinds of parameters")]
    pub(super) fn parameters(&mut self) -> Outcome<(Vec<Name>, Vec<(Arc<str>, Node)>)> {
        let arguments = self.arguments()?;
        self.end()?;
        let mut positional: Vec<Name> = Vec::new();
        for argument in arguments.positional {
            let Kind::Name(mut name) = argument.kind else {
                return Err(Fault::at(
                    argument.at as usize,
                    "A parameter of a macro is a name, with a default or without one.",
                ));
            };
            match positional.iter().find(|other| other.name == name.name) {
                Some(other) => name.slot = other.slot,
                None => {
                    self.bindings.bind(&mut name);
                }
            }
            positional.push(name);
        }
        Ok((positional, arguments.named))
    }

    /// A filter without the `|` in front of it.
    pub(super) fn filter(&mut self, input: Input) -> Outcome<Node> {
        let at = self.at();
        let mut name = self.name("Behind | stands the name of a filter")?;
        reserved(&name, at)?;
        while self.take(".") {
            let part_at = self.at();
            let part = self.name("A name goes on behind the point")?;
            reserved(&part, part_at)?;
            name = format!("{name}.{part}");
        }
        let arguments = if self.take("(") {
            self.nested(Self::arguments)?
        } else {
            Arguments::default()
        };
        Ok(node(
            at,
            Kind::Filter(Box::new(Filter {
                name,
                at,
                input,
                arguments,
            })),
        ))
    }

    /// A value with its members, subscripts and calls.
    pub(super) fn members(&mut self) -> Outcome<Node> {
        let mut left = self.primary()?;
        for _ in 0..CHAIN {
            if self.take(".") {
                let at = self.at();
                let key = self.name("A name stands behind the point")?;
                reserved(&key, at)?;
                let key = node(at, Kind::Text(key.as_str().into()));
                left = node(at, Kind::Member(Box::new(left), Box::new(key)));
            } else if self.take("[") {
                left = self.nested(|this| this.subscript(left))?;
            } else if self.take("(") {
                let arguments = self.nested(Self::arguments)?;
                left = node(left.at, Kind::Call(Box::new(left), arguments));
            } else {
                return Ok(left);
            }
        }
        Err(self.too_long())
    }

    fn subscript(&mut self, of: Node) -> Outcome<Node> {
        let at = self.at();
        let start = self.slice_part()?;
        if !self.take(":") {
            let Some(key) = start else {
                return Err(self.unexpected("Between [ and ] stands a key or a place"));
            };
            self.expect("]")?;
            if let Kind::Text(key) = &key.kind {
                reserved(&key.written(), at)?;
            }
            return Ok(node(key.at, Kind::Member(Box::new(of), Box::new(key))));
        }
        let end = self.slice_part()?;
        let step = if self.take(":") && self.peek() != &Word::Sign("]") {
            Some(self.choice()?)
        } else {
            None
        };
        self.expect("]")?;
        Ok(node(
            at,
            Kind::Slice(Box::new(Slice {
                of,
                start,
                stop: end,
                step,
            })),
        ))
    }

    fn slice_part(&mut self) -> Outcome<Option<Node>> {
        if matches!(self.peek(), Word::Sign(":" | "]")) {
            return Ok(None);
        }
        self.choice().map(Some)
    }

    fn primary(&mut self) -> Outcome<Node> {
        let at = self.at();
        let kind = match self.peek().clone() {
            Word::Number(number) => Kind::Number(number),
            Word::Text(text) => Kind::Text(text),
            Word::Regex(pattern, flags) => {
                let pattern = Pattern::new(&pattern, &flags)
                    .map_err(|message| Fault::at(at as usize, message))?;
                Kind::Regex(Arc::new(pattern))
            }
            Word::Name(name) => match name.as_str() {
                "true" => Kind::Bool(true),
                "false" => Kind::Bool(false),
                "none" | "null" => Kind::Null,
                _ => {
                    reserved(&name, at)?;
                    Kind::Name(self.bindings.name(&name, at))
                }
            },
            Word::Sign("(") => {
                self.next += 1;
                let children = self.nested(|this| this.items(")"))?;
                if children.is_empty() {
                    return Err(Fault::at(
                        at as usize,
                        "Between ( and ) stands nothing. Put a value there.",
                    ));
                }
                return Ok(node(at, Kind::Group(children)));
            }
            Word::Sign("[") => {
                self.next += 1;
                return Ok(node(at, Kind::List(self.nested(|this| this.items("]"))?)));
            }
            Word::Sign("{") => {
                self.next += 1;
                return Ok(node(at, Kind::Record(self.nested(Self::entries)?)));
            }
            Word::Sign(_) | Word::End => return Err(self.unexpected("A value should stand here")),
        };
        self.next += 1;
        Ok(node(at, kind))
    }

    fn items(&mut self, close: &'static str) -> Outcome<Vec<Node>> {
        let mut items = Vec::new();
        if self.take(close) {
            return Ok(items);
        }
        loop {
            items.push(self.choice()?);
            if !self.take(",") {
                self.expect(close)?;
                return Ok(items);
            }
        }
    }

    fn entries(&mut self) -> Outcome<Vec<(Arc<str>, Node)>> {
        let mut entries = Vec::new();
        if self.take("}") {
            return Ok(entries);
        }
        loop {
            let at = self.at();
            let key: Arc<str> = match self.peek() {
                Word::Name(name) if !["true", "false", "null", "none"].contains(&name.as_str()) => {
                    name.as_str().into()
                }
                Word::Text(text) => text.written().into(),
                _ => return Err(self.unexpected("The key of an object is a name or a text")),
            };
            reserved(&key, at)?;
            self.next += 1;
            self.expect(":")?;
            entries.push((key, self.choice()?));
            if !self.take(",") {
                self.expect("}")?;
                return Ok(entries);
            }
        }
    }

    /// Arguments up to the bracket behind them.
    fn arguments(&mut self) -> Outcome<Arguments> {
        let mut arguments = Arguments::default();
        if self.take(")") {
            return Ok(arguments);
        }
        loop {
            let at = self.at();
            let named = matches!(self.peek(), Word::Name(_)) && self.ahead(1) == &Word::Sign("=");
            if named {
                let name = self.name("")?;
                reserved(&name, at)?;
                self.next += 1;
                let value = self.choice()?;
                arguments.named.push((name.as_str().into(), value));
            } else {
                arguments.positional.push(self.choice()?);
            }
            if !self.take(",") {
                self.expect(")")?;
                return Ok(arguments);
            }
        }
    }

    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Fault::at(
                self.at() as usize,
                format!(
                    "This is nested more than {DEPTH} levels deep. Use `{{% set %}}` for parts of it."
                ),
            ));
        }
        let result = read(self);
        self.depth -= 1;
        result
    }

    pub(super) fn ahead(&self, count: usize) -> &Word {
        const END: &Word = &Word::End;
        self.tokens
            .get(self.next + count)
            .map_or(END, |token| &token.word)
    }

    pub(super) fn peek(&self) -> &Word {
        self.ahead(0)
    }

    pub(super) fn at(&self) -> u32 {
        let token = self.tokens.get(self.next).or_else(|| self.tokens.last());
        token.map_or(0, |token| token.at)
    }

    pub(super) fn take(&mut self, sign: &'static str) -> bool {
        let taken = self.peek() == &Word::Sign(sign);
        self.next += usize::from(taken);
        taken
    }

    pub(super) fn take_name(&mut self, name: &str) -> bool {
        let taken = matches!(self.peek(), Word::Name(word) if word == name);
        self.next += usize::from(taken);
        taken
    }

    pub(super) fn expect(&mut self, sign: &'static str) -> Outcome<()> {
        if self.take(sign) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{sign}` should stand here")))
    }

    fn name(&mut self, wanted: &str) -> Outcome<String> {
        let Word::Name(name) = self.peek() else {
            return Err(self.unexpected(wanted));
        };
        let name = name.clone();
        self.next += 1;
        Ok(name)
    }

    fn unexpected(&self, wanted: &str) -> Fault {
        let found = match self.peek() {
            Word::Name(name) => format!("there is `{name}`"),
            Word::Number(number) => format!("there is {number}"),
            Word::Text(_) => "there is a text".to_owned(),
            Word::Regex(..) => "there is a regular expression".to_owned(),
            Word::Sign(sign) => format!("there is `{sign}`"),
            Word::End => "there is nothing".to_owned(),
        };
        Fault::at(self.at() as usize, format!("{wanted}, but {found}."))
    }

    pub(super) fn too_long(&self) -> Fault {
        Fault::at(
            self.at() as usize,
            format!(
                "This expression has more than {CHAIN} parts in a row. Use `{{% set %}}` for parts of it."
            ),
        )
    }
}

fn reserved(name: &str, at: u32) -> Outcome<()> {
    if RESERVED.contains(&name) {
        return Err(Fault::at(
            at as usize,
            format!("`{name}` is a name that no template may use."),
        ));
    }
    Ok(())
}
