//! The parts of a template once it is understood.

use std::sync::Arc;

use super::regex::Pattern;
use super::text::Text;

/// A name that was bound before the template runs: how many frames up, and its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) up: u16,
    pub(super) place: u16,
}

/// A part of an expression, and the byte where it stands.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) at: u32,
    pub(super) kind: Kind,
}

/// What a part of an expression is.
#[derive(Debug)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    Number(f64),
    Text(Text),
    Regex(Arc<Pattern>),
    Name(Name),
    List(Vec<Node>),
    Group(Vec<Node>),
    Record(Vec<(Arc<str>, Node)>),
    Member(Box<Node>, Box<Node>),
    Slice(Box<Slice>),
    If(Box<Choice>),
    Or(Box<Node>, Box<Node>),
    And(Box<Node>, Box<Node>),
    Not(Box<Node>),
    Negative(Box<Node>),
    Positive(Box<Node>),
    Floor(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    In(Box<Node>, Box<Node>),
    Test(Box<Test>),
    Filter(Box<Filter>),
    Call(Box<Node>, Arguments),
}

/// A name and what it was bound to.
#[expect(clippy::struct_field_names, reason = "a name is what it is")]
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub(super) name: Arc<str>,
    pub(super) slot: Option<Slot>,
    pub(super) at: u32,
}

/// A part of a list: `[start:stop:step]`.
#[derive(Debug)]
pub(super) struct Slice {
    pub(super) of: Node,
    pub(super) start: Option<Node>,
    pub(super) stop: Option<Node>,
    pub(super) step: Option<Node>,
}

/// `then if condition else otherwise`.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) condition: Node,
    pub(super) then: Node,
    pub(super) otherwise: Option<Node>,
}

/// `of is name(arguments)`.
#[derive(Debug)]
pub(super) struct Test {
    pub(super) of: Node,
    pub(super) name: String,
    pub(super) at: u32,
    pub(super) arguments: Option<Arguments>,
}

/// `input | name(arguments)`.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) name: String,
    pub(super) at: u32,
    pub(super) input: Input,
    pub(super) arguments: Arguments,
}

/// What a filter is applied to.
#[derive(Debug)]
pub(super) enum Input {
    Value(Node),
    Body(Vec<Statement>),
}

/// What stands between the brackets of a call.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    pub(super) positional: Vec<Node>,
    pub(super) named: Vec<(Arc<str>, Node)>,
}

/// An operator between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Concat,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Power,
    Equal,
    Same,
    Unequal,
    Different,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A part of a template, and the byte where it stands.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) at: u32,
    pub(super) kind: Tag,
}

/// What a part of a template does.
#[derive(Debug)]
pub(super) enum Tag {
    Text(Text),
    Output(Node),
    If(Vec<(Node, Vec<Statement>)>, Option<Vec<Statement>>),
    For(Box<For>),
    Set(Vec<Name>, Node),
    SetBody(Vec<Name>, Vec<Statement>),
    Macro(Box<Macro>, Slot),
    CallBlock(Box<CallBlock>),
    Block(Block),
    Switch(Box<Switch>),
}

/// A loop.
#[derive(Debug)]
pub(super) struct For {
    pub(super) targets: Vec<Name>,
    pub(super) over: Node,
    pub(super) length: Slot,
    pub(super) body: Vec<Statement>,
    pub(super) otherwise: Option<Vec<Statement>>,
}

/// A macro, or the body of a call block.
#[derive(Debug)]
pub(super) struct Macro {
    pub(super) name: Arc<str>,
    pub(super) positional: Vec<Name>,
    pub(super) named: Vec<(Arc<str>, Node)>,
    pub(super) body: Vec<Statement>,
    pub(super) slots: u16,
}

/// A call with a body that the macro may call.
#[derive(Debug)]
pub(super) struct CallBlock {
    pub(super) function: Node,
    pub(super) arguments: Arguments,
    pub(super) caller: Macro,
}

/// A named region.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) body: Vec<Statement>,
    pub(super) slots: u16,
}

/// A choice among cases.
#[derive(Debug)]
pub(super) struct Switch {
    pub(super) of: Node,
    pub(super) cases: Vec<(Node, Vec<Statement>)>,
    pub(super) otherwise: Option<Vec<Statement>>,
}
