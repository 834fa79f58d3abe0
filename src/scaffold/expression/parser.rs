//! Understands a template: its tags here, its expressions in [`expression`].

mod expression;
mod operator;

use std::collections::HashMap;

use super::Options;
use super::binding::Bindings;
use super::error::{Fault, Outcome, did_you_mean};
use super::lexer::words;
use super::scan::{Code, Piece, name_of, scan, skip_token};
use super::syntax::{
    Block, CallBlock, For, Input, Kind, Macro, Node, Slot, Statement, Switch, Tag,
};
use super::text::Text;
use expression::Expressions;

/// A template that was understood.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) body: Vec<Statement>,
    pub(super) slots: u16,
}

/// How deep tags and brackets may be nested.
const DEPTH: usize = 100;

const TAGS: [&str; 10] = [
    "if", "for", "set", "macro", "call", "filter", "block", "switch", "raw", "verbatim",
];

struct Parser<'t> {
    pieces: std::vec::IntoIter<Piece<'t>>,
    bindings: Bindings,
    depth: usize,
    /// Captures that the parser is within; no macro may be declared there.
    captures: usize,
    blocks: HashMap<String, usize>,
}

/// The tag that ended a body.
struct Stop<'t> {
    name: &'t str,
    rest: Code<'t>,
}

/// Understands a template.
pub(super) fn parse(source: &str, options: Options) -> Outcome<Parsed> {
    let mut parser = Parser {
        pieces: scan(source, options)?.into_iter(),
        bindings: Bindings::new(),
        depth: 0,
        captures: 0,
        blocks: HashMap::new(),
    };
    let (body, stop) = parser.body(&[])?;
    debug_assert!(
        stop.is_none(),
        "a body without an end ends with the template"
    );
    Ok(Parsed {
        body,
        slots: parser.bindings.leave_frame(),
    })
}

fn start(code: Code<'_>) -> u32 {
    u32::try_from(code.at).unwrap_or(u32::MAX)
}

impl<'t> Parser<'t> {
    /// Statements up to one of the tags that end them.
    fn body(&mut self, ends: &[&str]) -> Outcome<(Vec<Statement>, Option<Stop<'t>>)> {
        self.depth += 1;
        let mut body = Vec::new();
        while let Some(piece) = self.pieces.next() {
            let (at, kind) = match piece {
                Piece::Text(text) => (0, Tag::Text(Text::from(text))),
                Piece::Output(code) => (start(code), Tag::Output(self.expression(code)?)),
                Piece::Tag(code) => {
                    let name = name_of(code.text);
                    let rest = code.from(name.len());
                    if ends.contains(&name) {
                        let takes = matches!(name, "elif" | "elseif" | "case" | "endblock");
                        if !takes && !rest.text.is_empty() {
                            return Err(Fault::at(
                                rest.start,
                                format!(
                                    "`{{% {name} %}}` stands alone: take out what is behind it."
                                ),
                            ));
                        }
                        self.depth -= 1;
                        return Ok((body, Some(Stop { name, rest })));
                    }
                    if self.depth > DEPTH {
                        return Err(Fault::at(
                            code.at,
                            format!("Tags are nested more than {DEPTH} levels deep here."),
                        ));
                    }
                    (start(code), self.tag(name, rest, ends)?)
                }
            };
            body.push(Statement { at, kind });
        }
        self.depth -= 1;
        Ok((body, None))
    }

    /// A body that must be ended by one of the tags.
    fn closed(
        &mut self,
        open: &str,
        code: Code<'t>,
        ends: &[&str],
    ) -> Outcome<(Vec<Statement>, Stop<'t>)> {
        let (body, stop) = self.body(ends)?;
        let stop = stop.ok_or_else(|| {
            Fault::at(
                code.at,
                format!("`{{% {open} %}}` is not closed: `{{% end{open} %}}` is missing."),
            )
        })?;
        Ok((body, stop))
    }

    fn tag(&mut self, name: &str, rest: Code<'t>, ends: &[&str]) -> Outcome<Tag> {
        match name {
            "if" => self.branches(rest),
            "for" => self.for_loop(rest),
            "set" => self.set(rest),
            "macro" => self.macro_tag(rest),
            "call" => self.call(rest),
            "filter" => self.filter(rest),
            "block" => self.block(rest),
            "switch" => self.switch(rest),
            "include" | "import" | "from" | "extends" => Err(Fault::at(
                rest.at,
                format!(
                    "`{{% {name} %}}` is not possible: a file of a template cannot use another one. Put what it needs into this file, as a macro for example."
                ),
            )),
            "" => Err(Fault::at(
                rest.at,
                "A tag needs a name, like `{% if %}`. Put `{% raw %}` and `{% endraw %}` around text that must stay as it is.",
            )),
            "else" | "elif" | "elseif" | "case" | "default" | "endif" | "endfor" | "endmacro"
            | "endcall" | "endfilter" | "endset" | "endswitch" => {
                let remedy = match ends.last() {
                    Some(end) => format!("`{{% {end} %}}` must come first."),
                    None => "What it belongs to does not begin, or was closed before.".to_owned(),
                };
                Err(Fault::at(
                    rest.at,
                    format!("`{{% {name} %}}` does not belong here. {remedy}"),
                ))
            }
            _ => Err(Fault::at(
                rest.at,
                format!(
                    "There is no tag `{name}`{} Put `{{% raw %}}` and `{{% endraw %}}` around text that must stay as it is.",
                    match did_you_mean(name, TAGS) {
                        meant if meant.is_empty() => ".".to_owned(),
                        meant => meant,
                    }
                ),
            )),
        }
    }

    fn expressions(&mut self, code: Code<'_>) -> Outcome<Expressions<'_>> {
        Ok(Expressions::new(
            words(code)?,
            &mut self.bindings,
            self.depth,
        ))
    }

    fn expression(&mut self, code: Code<'_>) -> Outcome<Node> {
        let mut expressions = self.expressions(code)?;
        let node = expressions.choice()?;
        expressions.end()?;
        Ok(node)
    }

    fn branches(&mut self, code: Code<'t>) -> Outcome<Tag> {
        let mut branches = Vec::new();
        let mut condition = self.expression(code)?;
        loop {
            let (body, stop) = self.closed("if", code, &["elif", "elseif", "else", "endif"])?;
            branches.push((condition, body));
            match stop.name {
                "else" => {
                    let (otherwise, _) = self.closed("if", code, &["endif"])?;
                    return Ok(Tag::If(branches, Some(otherwise)));
                }
                "endif" => return Ok(Tag::If(branches, None)),
                _ => condition = self.expression(stop.rest)?,
            }
        }
    }

    fn for_loop(&mut self, code: Code<'t>) -> Outcome<Tag> {
        let Some((left, right)) = split_keyword(code.text, "in")? else {
            return Err(Fault::at(
                code.start,
                "A loop is written `{% for item in items %}`.",
            ));
        };
        let over = self.expression(code.from(right))?;
        let length = self.bindings.anonymous();
        self.bindings.enter_region();
        let mut targets = self.expressions(code.part(0, left))?.targets()?;
        if let [target] = &targets[..]
            && &*target.name == "loop"
        {
            return Err(Fault::at(
                target.at as usize,
                "`loop` tells about the loop itself: give the variable another name.",
            ));
        }
        for target in &mut targets {
            self.bindings.bind(target);
        }
        let (body, stop) = self.closed("for", code, &["else", "endfor"])?;
        let otherwise = if stop.name == "else" {
            Some(self.closed("for", code, &["endfor"])?.0)
        } else {
            None
        };
        self.bindings.leave_region();
        Ok(Tag::For(Box::new(For {
            targets,
            over,
            length,
            body,
            otherwise,
        })))
    }

    fn set(&mut self, code: Code<'t>) -> Outcome<Tag> {
        if let Some(sign) = find_sign(code.text, b'=')? {
            let value = self.expression(code.from(sign + 1))?;
            let targets = self.expressions(code.part(0, sign))?.targets()?;
            return Ok(Tag::Set(targets, value));
        }
        let targets = self.expressions(code)?.targets()?;
        let body = self.captured("set", code)?;
        Ok(Tag::SetBody(targets, body))
    }

    fn captured(&mut self, open: &str, code: Code<'t>) -> Outcome<Vec<Statement>> {
        self.captures += 1;
        let end = if open == "set" { "endset" } else { "endfilter" };
        let (body, _) = self.closed(open, code, &[end])?;
        self.captures -= 1;
        Ok(body)
    }

    fn macro_tag(&mut self, code: Code<'t>) -> Outcome<Tag> {
        if self.captures > 0 {
            return Err(Fault::at(
                code.at,
                "A macro cannot be declared within `{% set %}` or `{% filter %}`: put it in front.",
            ));
        }
        let name = name_of(code.text);
        let inside = code.from(name.len());
        if name.is_empty() || !inside.text.starts_with('(') || !inside.text.ends_with(')') {
            return Err(Fault::at(
                code.start,
                "A macro is declared as `{% macro name(one, two=\"default\") %}`.",
            ));
        }
        let mut bound = self.expressions(code.part(0, name.len()))?.targets()?;
        let Some(mut bound) = bound.pop() else {
            return Err(Fault::at(code.start, "This macro has no name."));
        };
        let slot: Slot = self.bindings.bind(&mut bound);
        let macro_ = self.callee(name, inside.from(1), false, "macro", code)?;
        Ok(Tag::Macro(Box::new(macro_), slot))
    }

    /// The parameters, behind their bracket, and the body of a macro or call block.
    fn callee(
        &mut self,
        name: &str,
        parameters: Code<'t>,
        sees_names: bool,
        open: &str,
        code: Code<'t>,
    ) -> Outcome<Macro> {
        self.bindings.enter_frame(sees_names);
        let (positional, named) = if parameters.text.is_empty() {
            (Vec::new(), Vec::new())
        } else {
            self.expressions(parameters)?.parameters()?
        };
        let end = if open == "macro" {
            "endmacro"
        } else {
            "endcall"
        };
        let (body, _) = self.closed(open, code, &[end])?;
        let slots = self.bindings.leave_frame();
        Ok(Macro {
            name: name.into(),
            positional,
            named,
            body,
            slots,
        })
    }

    fn call(&mut self, code: Code<'t>) -> Outcome<Tag> {
        let mut parameters = code.part(0, 0);
        let mut target = code;
        if code.text.starts_with('(') {
            let close = matching(code.text)?
                .ok_or_else(|| Fault::at(code.start, "A bracket is not closed: `)` is missing."))?;
            parameters = code.part(1, close + 1);
            target = code.from(close + 1);
        }
        let node = self.expression(target)?;
        let Kind::Call(function, arguments) = node.kind else {
            return Err(Fault::at(
                target.start,
                "A call block calls a macro: `{% call name(arguments) %}`.",
            ));
        };
        if !is_path(&function) {
            return Err(Fault::at(
                target.start,
                "A call block calls a macro by its name: `{% call name(arguments) %}`.",
            ));
        }
        let caller = self.callee("caller", parameters, true, "call", code)?;
        Ok(Tag::CallBlock(Box::new(CallBlock {
            function: *function,
            arguments,
            caller,
        })))
    }

    fn filter(&mut self, code: Code<'t>) -> Outcome<Tag> {
        let body = self.captured("filter", code)?;
        let mut expressions = self.expressions(code)?;
        let node = expressions.filter(Input::Body(body))?;
        expressions.end()?;
        Ok(Tag::Output(node))
    }

    fn block(&mut self, code: Code<'t>) -> Outcome<Tag> {
        let node = self.expression(code)?;
        let Kind::Name(name) = &node.kind else {
            return Err(Fault::at(
                code.start,
                "A block is written `{% block name %}`.",
            ));
        };
        self.bindings.enter_frame(false);
        let (body, stop) = self.closed("block", code, &["endblock"])?;
        let slots = self.bindings.leave_frame();
        if !stop.rest.text.is_empty() && stop.rest.text != &*name.name {
            return Err(Fault::at(
                stop.rest.start,
                format!("The block that ends here is called `{}`.", name.name),
            ));
        }
        if self.blocks.insert(name.name.to_string(), code.at).is_some() {
            return Err(Fault::at(
                code.at,
                format!("There are two blocks called `{}`.", name.name),
            ));
        }
        Ok(Tag::Block(Block { body, slots }))
    }

    fn switch(&mut self, code: Code<'t>) -> Outcome<Tag> {
        const ENDS: [&str; 3] = ["case", "default", "endswitch"];
        let of = self.expression(code)?;
        let mut cases = Vec::new();
        let mut otherwise = None;
        let (before, mut stop) = self.closed("switch", code, &ENDS)?;
        if !before.is_empty() {
            return Err(Fault::at(
                code.at,
                "Between `{% switch %}` and its first `{% case %}` nothing may stand, not even a space: write `{% switch x -%}`.",
            ));
        }
        while stop.name == "case" {
            let value = self.expression(stop.rest)?;
            let (body, next) = self.closed("switch", code, &ENDS)?;
            cases.push((value, body));
            stop = next;
        }
        if stop.name == "default" {
            otherwise = Some(self.closed("switch", code, &["endswitch"])?.0);
        }
        if cases.is_empty() && otherwise.is_none() {
            return Err(Fault::at(
                code.at,
                "A switch needs at least one `{% case %}`.",
            ));
        }
        Ok(Tag::Switch(Box::new(Switch {
            of,
            cases,
            otherwise,
        })))
    }
}

fn is_path(node: &Node) -> bool {
    match &node.kind {
        Kind::Name(_) => true,
        Kind::Member(of, key) => {
            is_path(of)
                && matches!(
                    key.kind,
                    Kind::Text(_) | Kind::Number(_) | Kind::Bool(_) | Kind::Null
                )
        }
        _ => false,
    }
}

/// Goes over code outside of all brackets, texts and names, until a sign is accepted.
fn walk(code: &str, mut accept: impl FnMut(usize, u8, i32) -> bool) -> Outcome<Option<usize>> {
    let bytes = code.as_bytes();
    let (mut at, mut depth) = (0, 0);
    while at < bytes.len() {
        if let Some(end) = skip_token(code, at)? {
            at = end;
            continue;
        }
        match bytes[at] {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
        if accept(at, bytes[at], depth) {
            return Ok(Some(at));
        }
        at += code[at..].chars().next().map_or(1, char::len_utf8);
    }
    Ok(None)
}

fn find_sign(code: &str, sign: u8) -> Outcome<Option<usize>> {
    walk(code, |_, byte, depth| depth == 0 && byte == sign)
}

/// The bracket that closes the one which the code begins with.
fn matching(code: &str) -> Outcome<Option<usize>> {
    let mut open = Vec::new();
    walk(code, |_, byte, _| {
        match byte {
            b'(' | b'[' | b'{' => open.push(byte),
            b')' | b']' | b'}' => {
                let fits = match byte {
                    b')' => b'(',
                    b']' => b'[',
                    _ => b'{',
                };
                if open.last() == Some(&fits) {
                    open.pop();
                    return open.is_empty();
                }
            }
            _ => {}
        }
        false
    })
}

/// Where the code in front of a keyword ends, and where that behind it begins.
fn split_keyword(code: &str, keyword: &str) -> Outcome<Option<(usize, usize)>> {
    let bytes = code.as_bytes();
    let (mut at, mut depth) = (0, 0);
    let blank = |rest: &str| rest.is_empty() || rest.starts_with(super::scan::is_blank);
    while at < bytes.len() {
        if let Some(end) = skip_token(code, at)? {
            let before = code[..at]
                .chars()
                .next_back()
                .is_none_or(super::scan::is_blank);
            if depth == 0 && &code[at..end] == keyword && before && blank(&code[end..]) {
                return Ok(Some((at, end)));
            }
            at = end;
            continue;
        }
        match bytes[at] {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
        at += code[at..].chars().next().map_or(1, char::len_utf8);
    }
    Ok(None)
}
