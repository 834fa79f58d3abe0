//! Understands operators, with the precedence that templates have.

use super::super::error::{Fault, Outcome};
use super::super::lexer::Word;
use super::super::syntax::{Input, Kind, Node, Operator, Test};
use super::expression::{CHAIN, Expressions, node};

/// How strongly operators bind; the stronger the higher.
pub(super) const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const IN: u8 = 4;
const IS: u8 = 5;
const EQUALITY: u8 = 6;
const ORDER: u8 = 7;
const SUM: u8 = 8;

/// Factors of a product, in their order.
struct Product {
    first: Node,
    rest: Vec<(Operator, Node)>,
}

impl Expressions<'_> {
    pub(super) fn binary(&mut self, least: u8) -> Outcome<Node> {
        let mut ceiling = u8::MAX;
        let at = self.at();
        let mut left = if least <= NOT && self.take_name("not") {
            ceiling = NOT;
            let target = self.nested(|this| this.binary(NOT))?;
            negated(target, at)
        } else {
            self.product()?
        };
        for _ in 0..CHAIN {
            let Some((level, words)) = self.operator() else {
                return Ok(left);
            };
            // What binds stronger than what was read before was part of it, or cannot stand here.
            if level < least || level > ceiling || (level == IS && ceiling <= IS) || level == NOT {
                return Ok(left);
            }
            ceiling = level;
            let sign = self.peek().clone();
            self.next += words;
            let at = left.at;
            left = match level {
                OR => {
                    let right = self.binary(AND)?;
                    node(at, Kind::Or(Box::new(left), Box::new(right)))
                }
                AND => {
                    let right = self.binary(NOT)?;
                    node(at, Kind::And(Box::new(left), Box::new(right)))
                }
                IN => {
                    let right = self.binary(IS)?;
                    let found = node(at, Kind::In(Box::new(left), Box::new(right)));
                    if words == 2 {
                        node(at, Kind::Not(Box::new(found)))
                    } else {
                        found
                    }
                }
                IS => self.test(left)?,
                _ => {
                    let right = self.binary(level + 1)?;
                    node(
                        at,
                        Kind::Binary(operator(&sign), Box::new(left), Box::new(right)),
                    )
                }
            };
        }
        Err(self.too_long())
    }

    /// The operator that comes next: how strongly it binds, and how many words it is.
    fn operator(&self) -> Option<(u8, usize)> {
        Some(match self.peek() {
            Word::Name(name) => match name.as_str() {
                "or" => (OR, 1),
                "and" => (AND, 1),
                "in" => (IN, 1),
                "not" if matches!(self.ahead(1), Word::Name(name) if name == "in") => (IN, 2),
                "is" => (IS, 1),
                _ => return None,
            },
            Word::Sign("==" | "===" | "!=" | "!==") => (EQUALITY, 1),
            Word::Sign("<" | "<=" | ">" | ">=") => (ORDER, 1),
            Word::Sign("+" | "-" | "~") => (SUM, 1),
            _ => return None,
        })
    }

    /// What stands behind `is`.
    fn test(&mut self, of: Node) -> Outcome<Node> {
        let start = of.at;
        let not = self.take_name("not");
        let right = self.binary(EQUALITY)?;
        let at = right.at;
        let (name, arguments) = match right.kind {
            Kind::Call(function, arguments) => (test_name(&function), Some(arguments)),
            Kind::Filter(filter) => {
                let mut arguments = filter.arguments;
                if let Input::Value(input) = filter.input {
                    arguments.positional.insert(0, input);
                }
                (filter.name, Some(arguments))
            }
            _ => (test_name(&right), None),
        };
        let test = node(
            at,
            Kind::Test(Box::new(Test {
                of,
                name,
                at,
                arguments,
            })),
        );
        Ok(if not {
            node(start, Kind::Not(Box::new(test)))
        } else {
            test
        })
    }

    /// `*` and `/`, from left to right.
    fn product(&mut self) -> Outcome<Node> {
        let mut all = self.floored()?;
        for _ in 0..CHAIN {
            let operator = match self.peek() {
                Word::Sign("*") => Operator::Multiply,
                Word::Sign("/") => Operator::Divide,
                _ => return Ok(all.fold()),
            };
            self.next += 1;
            let right = self.floored()?;
            all.rest.push((operator, right.first));
            all.rest.extend(right.rest);
        }
        Err(self.too_long())
    }

    /// `//` rounds all that stands in front of it, back to the last `*` or `/`.
    fn floored(&mut self) -> Outcome<Product> {
        let mut product = self.remainder()?;
        for _ in 0..CHAIN {
            if !self.take("//") {
                return Ok(product);
            }
            let right = self.remainder()?;
            product.rest.push((Operator::Divide, right.first));
            product.rest.extend(right.rest);
            let quotient = product.fold();
            product = Product {
                first: node(quotient.at, Kind::Floor(Box::new(quotient))),
                rest: Vec::new(),
            };
        }
        Err(self.too_long())
    }

    fn remainder(&mut self) -> Outcome<Product> {
        let mut product = Product {
            first: self.power()?,
            rest: Vec::new(),
        };
        while self.take("%") {
            product.rest.push((Operator::Remainder, self.power()?));
            if product.rest.len() > CHAIN {
                return Err(self.too_long());
            }
        }
        Ok(product)
    }

    fn power(&mut self) -> Outcome<Node> {
        let mut left = self.filtered()?;
        for _ in 0..CHAIN {
            if !self.take("**") {
                return Ok(left);
            }
            let right = self.filtered()?;
            left = node(
                left.at,
                Kind::Binary(Operator::Power, Box::new(left), Box::new(right)),
            );
        }
        Err(self.too_long())
    }

    fn filtered(&mut self) -> Outcome<Node> {
        let mut left = self.signed()?;
        for _ in 0..CHAIN {
            if !self.take("|") {
                return Ok(left);
            }
            left = self.filter(Input::Value(left))?;
        }
        Err(self.too_long())
    }

    fn signed(&mut self) -> Outcome<Node> {
        let at = self.at();
        let negative = match self.peek() {
            Word::Sign("-") => true,
            Word::Sign("+") => false,
            _ => return self.members(),
        };
        self.next += 1;
        let target = self.nested(Self::signed)?;
        let twice = match target.kind {
            Kind::Negative(_) => negative,
            Kind::Positive(_) => !negative,
            _ => false,
        };
        if twice {
            return Err(Fault::at(
                at as usize,
                "Two signs in a row mean nothing here. Put brackets around the second one.",
            ));
        }
        let kind = if negative {
            Kind::Negative
        } else {
            Kind::Positive
        };
        Ok(node(at, kind(Box::new(target))))
    }
}

impl Product {
    fn fold(self) -> Node {
        self.rest
            .into_iter()
            .fold(self.first, |left, (operator, right)| {
                node(
                    left.at,
                    Kind::Binary(operator, Box::new(left), Box::new(right)),
                )
            })
    }
}

/// `not a == b` means `(not a) == b`, as in the compiled engine that came before.
fn negated(target: Node, at: u32) -> Node {
    match target.kind {
        Kind::Binary(operator, left, right) if operator != Operator::Power => node(
            at,
            Kind::Binary(operator, Box::new(negated(*left, at)), right),
        ),
        kind => node(at, Kind::Not(Box::new(node(target.at, kind)))),
    }
}

fn operator(word: &Word) -> Operator {
    match word {
        Word::Sign("==") => Operator::Equal,
        Word::Sign("===") => Operator::Same,
        Word::Sign("!=") => Operator::Unequal,
        Word::Sign("!==") => Operator::Different,
        Word::Sign("<") => Operator::Less,
        Word::Sign("<=") => Operator::LessOrEqual,
        Word::Sign(">") => Operator::Greater,
        Word::Sign(">=") => Operator::GreaterOrEqual,
        Word::Sign("-") => Operator::Subtract,
        Word::Sign("~") => Operator::Concat,
        _ => Operator::Add,
    }
}

/// The name of a test; what is none counts as `undefined`.
fn test_name(node: &Node) -> String {
    match &node.kind {
        Kind::Name(name) => name.name.to_string(),
        Kind::Text(text) => text.written().into_owned(),
        Kind::Null => "null".to_owned(),
        Kind::Bool(value) => value.to_string(),
        Kind::Number(number) => super::super::number::written(*number),
        Kind::Regex(pattern) => pattern.written(),
        _ => "undefined".to_owned(),
    }
}
