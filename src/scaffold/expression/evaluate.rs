//! Renders a template that was understood: its tags here, its expressions in [`expression`], what it calls in [`call`].

mod call;
mod expression;
mod member;

pub(super) use member::{has, own};

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::convert::{printed, to_number, truthy};
use super::error::{Fault, Outcome};
use super::json;
use super::meter::Meter;
use super::scope::{Frame, Scope};
use super::syntax::{Block, For, Macro, Name, Node, Statement, Switch, Tag};
use super::text::{Buffer, Text};
use super::value::{Function, Record, Value};
use super::{Options, Surroundings};

/// What `loop` tells within a loop.
const TELLS: [&str; 7] = [
    "index",
    "index0",
    "revindex",
    "revindex0",
    "first",
    "last",
    "length",
];

/// A macro or the body of a call block, and what is around it.
#[derive(Clone)]
struct Callee<'t> {
    definition: &'t Macro,
    scope: Rc<Scope<'t>>,
    frame: Option<Rc<Frame>>,
    exports: Rc<Scope<'t>>,
}

/// Where a statement is evaluated.
#[derive(Clone)]
struct Place<'t> {
    scope: Rc<Scope<'t>>,
    frame: Rc<Frame>,
    /// The region that macros see.
    exports: Rc<Scope<'t>>,
    /// Whether macros that are declared here can be seen by macros.
    exports_macros: bool,
    /// Whether what is set here can be seen by macros.
    exports_names: bool,
}

/// Text that is being written.
#[derive(Default)]
struct Output {
    buffer: Buffer,
    /// The same with every printed value as JSON, where that was asked for.
    json: Option<String>,
}

/// One rendering of a template.
pub(super) struct Machine<'t> {
    options: Options,
    surroundings: &'t Surroundings,
    meter: Meter,
    macros: Vec<Callee<'t>>,
    depth: Cell<usize>,
}

/// What rendering for a value gives.
pub(super) enum Rendered {
    /// Nothing was printed.
    Nothing,
    /// A value.
    Value(Json),
}

impl<'t> Machine<'t> {
    pub(super) fn new(options: Options, surroundings: &'t Surroundings) -> Self {
        Self {
            options,
            surroundings,
            meter: Meter::new(surroundings.limits),
            macros: Vec::new(),
            depth: Cell::new(0),
        }
    }

    fn root(context: &'t Map<String, Json>, slots: u16) -> Place<'t> {
        let exports = Scope::context(context).within(true);
        Place {
            scope: exports.within(true),
            frame: Frame::new(slots, None),
            exports,
            exports_macros: true,
            exports_names: true,
        }
    }

    /// Renders a template to text.
    pub(super) fn render(
        &mut self,
        body: &'t [Statement],
        slots: u16,
        context: &'t Map<String, Json>,
    ) -> Outcome<String> {
        let mut output = Output::default();
        self.body(body, &Self::root(context, slots), &mut output)?;
        Ok(match output.buffer.finish() {
            Text::Whole(whole) => String::from(&*whole),
            torn @ Text::Torn(_) => torn.written().into_owned(),
        })
    }

    /// Renders a template to a value: where it is one expression or one tag, what it prints is read as JSON if it is.
    pub(super) fn evaluate(
        &mut self,
        body: &'t [Statement],
        slots: u16,
        context: &'t Map<String, Json>,
    ) -> Outcome<Rendered> {
        let single = matches!(body, [Statement { kind, .. }] if !matches!(kind, Tag::Text(_)));
        let mut output = Output {
            json: single.then(String::new),
            ..Output::default()
        };
        self.body(body, &Self::root(context, slots), &mut output)?;
        if let Some(encoded) = output.json {
            if encoded.is_empty() {
                return Ok(Rendered::Nothing);
            }
            if let Some(value) = json::read(&encoded) {
                return Ok(Rendered::Value(value));
            }
        }
        let text = output.buffer.finish();
        if text.is_empty() {
            return Ok(Rendered::Nothing);
        }
        Ok(Rendered::Value(Json::String(text.written().into_owned())))
    }

    /// Goes one level deeper for as long as something is evaluated.
    fn deeper<T>(&mut self, at: u32, evaluate: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        self.depth.set(self.depth.get() + 1);
        let allowed = self
            .meter
            .nested(self.depth.get())
            .and_then(|()| self.meter.step(1));
        let result = allowed.and_then(|()| evaluate(self));
        self.depth.set(self.depth.get() - 1);
        result.map_err(|fault| fault.or_at(at))
    }

    fn body(
        &mut self,
        body: &'t [Statement],
        place: &Place<'t>,
        output: &mut Output,
    ) -> Outcome<()> {
        for statement in body {
            self.deeper(statement.at, |this| {
                this.statement(statement, place, output)
            })?;
        }
        Ok(())
    }

    fn statement(
        &mut self,
        statement: &'t Statement,
        place: &Place<'t>,
        output: &mut Output,
    ) -> Outcome<()> {
        match &statement.kind {
            Tag::Text(text) => self.write(text, output),
            Tag::Output(node) => self.print(node, place, output),
            Tag::If(branches, otherwise) => {
                for (condition, body) in branches {
                    if truthy(&self.value(condition, place)?) {
                        return self.body(body, place, output);
                    }
                }
                self.body(otherwise.as_deref().unwrap_or(&[]), place, output)
            }
            Tag::For(looped) => self.for_loop(looped, place, output),
            Tag::Set(targets, value) => {
                let value = self.value(value, place)?;
                Self::set(targets, &value, place);
                Ok(())
            }
            Tag::SetBody(targets, body) => {
                let value = Value::Text(self.capture(body, place)?);
                Self::set(targets, &value, place);
                Ok(())
            }
            Tag::Macro(definition, slot) => {
                let function = Value::Function(Rc::new(Function::Macro(self.macros.len())));
                self.macros.push(Callee {
                    definition,
                    scope: Rc::clone(&place.exports),
                    frame: None,
                    exports: Rc::clone(&place.exports),
                });
                self.meter.step(1)?;
                place.frame.set(*slot, function.clone());
                if place.exports_macros {
                    place.exports.set(&definition.name, function);
                }
                Ok(())
            }
            Tag::CallBlock(call) => {
                let text = self.call_block(call, place)?;
                self.write(&text, output)
            }
            Tag::Block(block) => self.block(block, place, output),
            Tag::Switch(switch) => self.switch(switch, place, output),
        }
    }

    fn write(&self, text: &Text, output: &mut Output) -> Outcome<()> {
        self.meter.write(text.bytes())?;
        output.buffer.push(text);
        if let Some(encoded) = &mut output.json {
            self.meter.write(text.bytes())?;
            encoded.push_str(&text.written());
        }
        Ok(())
    }

    #[inline(never)]
    fn print(&mut self, node: &'t Node, place: &Place<'t>, output: &mut Output) -> Outcome<()> {
        let value = self.value(node, place)?;
        let text = printed(&value, &self.meter).map_err(|fault| fault.or_at(node.at))?;
        self.meter.write(text.bytes())?;
        output.buffer.push(&text);
        if let Some(encoded) = &mut output.json
            && let Value::Text(text) = json::dump(&value, &json::Indent::none(), &self.meter)?
        {
            self.meter.write(text.bytes())?;
            encoded.push_str(&text.written());
        }
        Ok(())
    }

    /// What a body writes.
    fn capture(&mut self, body: &'t [Statement], place: &Place<'t>) -> Outcome<Text> {
        let mut output = Output::default();
        self.body(body, place, &mut output)?;
        Ok(output.buffer.finish())
    }

    fn set(targets: &[Name], value: &Value, place: &Place<'t>) {
        for target in targets {
            place.scope.assign(&target.name, value.clone());
            if let Some(slot) = target.slot {
                place.frame.set(slot, value.clone());
            }
            if place.exports_names {
                place.exports.set(&target.name, value.clone());
            }
        }
    }

    #[inline(never)]
    fn block(&mut self, block: &'t Block, place: &Place<'t>, output: &mut Output) -> Outcome<()> {
        let inside = Place {
            scope: place.scope.within(true),
            frame: Frame::new(block.slots, None),
            exports: Rc::clone(&place.exports),
            exports_macros: true,
            exports_names: false,
        };
        self.body(&block.body, &inside, output)
    }

    #[inline(never)]
    fn switch(
        &mut self,
        switch: &'t Switch,
        place: &Place<'t>,
        output: &mut Output,
    ) -> Outcome<()> {
        let of = self.value(&switch.of, place)?;
        let mut found = false;
        for (case, body) in &switch.cases {
            found = found || of.same(&self.value(case, place)?);
            // A case without a body goes on into the next one.
            if found && !body.is_empty() {
                return self.body(body, place, output);
            }
        }
        self.body(switch.otherwise.as_deref().unwrap_or(&[]), place, output)
    }

    #[inline(never)]
    fn for_loop(&mut self, looped: &'t For, place: &Place<'t>, output: &mut Output) -> Outcome<()> {
        let over = self.value(&looped.over, place)?;
        let pairs = looped.targets.len() > 1;
        let (items, count) = self.items(&over, pairs)?;
        // The length of an earlier run stays where there is nothing to go over.
        let mut length = place.frame.get(looped.length);
        if truthy(&over) {
            length = count;
            place.frame.set(looped.length, length.clone());
        }
        let inside = Place {
            scope: place.scope.within(false),
            exports_macros: false,
            exports_names: false,
            ..place.clone()
        };
        let is_list = matches!(over, Value::List(_) | Value::Safe(_));
        let total = to_number(&length, &self.meter)?;
        let itself: Arc<str> = "loop".into();
        let names = TELLS.map(Arc::<str>::from);
        for (index, item) in (0_u32..).zip(items) {
            self.meter.step(2)?;
            Self::bind_targets(looped, &item, is_list, &inside)?;
            let index = f64::from(index);
            #[expect(clippy::float_cmp, reason = "whole numbers")]
            let values = [
                Value::Number(index + 1.0),
                Value::Number(index),
                Value::Number(total - index),
                Value::Number(total - index - 1.0),
                Value::Bool(index == 0.0),
                Value::Bool(index == total - 1.0),
                length.clone(),
            ];
            let record = Record::new(names.iter().cloned().zip(values).collect());
            inside.scope.set(&itself, Value::Record(Rc::new(record)));
            self.body(&looped.body, &inside, output)?;
        }
        if !truthy(&length)
            && let Some(otherwise) = &looped.otherwise
        {
            self.body(otherwise, &inside, output)?;
        }
        Ok(())
    }

    fn bind_targets(looped: &For, item: &Value, is_list: bool, inside: &Place<'t>) -> Outcome<()> {
        if let [target] = &looped.targets[..] {
            inside.scope.set(&target.name, item.clone());
            if let Some(slot) = target.slot {
                inside.frame.set(slot, item.clone());
            }
            return Ok(());
        }
        let limit = if is_list { usize::MAX } else { 2 };
        for (place, target) in looped.targets.iter().enumerate().take(limit) {
            let part = match item {
                Value::Undefined | Value::Null => {
                    return Err(Fault::at(
                        target.at as usize,
                        format!(
                            "This loop has {} variables, but one of the items is {}.",
                            looped.targets.len(),
                            item.kind()
                        ),
                    ));
                }
                Value::List(list) => list.get(place),
                Value::Record(record) => record
                    .get(&place.to_string())
                    .cloned()
                    .unwrap_or(Value::Undefined),
                Value::Text(text) => text.unit(place).map_or(Value::Undefined, Value::Text),
                _ => Value::Undefined,
            };
            if !is_list {
                inside.scope.set(&target.name, part.clone());
            }
            if let Some(slot) = target.slot {
                inside.frame.set(slot, part);
            }
        }
        Ok(())
    }

    /// What a loop goes over, and how many items it says there are.
    fn items(&self, over: &Value, pairs: bool) -> Outcome<(Vec<Value>, Value)> {
        if let Some(text) = over.as_text() {
            self.meter.step(text.len())?;
        }
        let items = match over {
            Value::List(list) => list.copy(),
            Value::Safe(text) => text.each_unit().into_iter().map(Value::Text).collect(),
            Value::Text(text) => {
                let units = text.each_unit().into_iter().enumerate();
                let item = |(place, unit): (usize, Text)| {
                    if pairs {
                        Value::list(vec![Value::text(place.to_string()), Value::Text(unit)])
                    } else {
                        Value::Text(unit)
                    }
                };
                units.map(item).collect()
            }
            Value::Record(record) if pairs => {
                let pair = |(name, value): &(Arc<str>, Value)| {
                    Value::list(vec![Value::text(&**name), value.clone()])
                };
                record.entries().iter().map(pair).collect()
            }
            // An object is gone over by its own length, as if it were a list.
            Value::Record(record) => {
                let length = record.get("length").cloned().unwrap_or(Value::Undefined);
                let count = to_number(&length, &self.meter)?;
                let mut items = Vec::new();
                while Value::count(items.len()).less(count) {
                    self.meter.step(1)?;
                    items.push(
                        record
                            .get(&items.len().to_string())
                            .cloned()
                            .unwrap_or(Value::Undefined),
                    );
                }
                return Ok((items, length));
            }
            _ if pairs => return Ok((Vec::new(), Value::Number(0.0))),
            _ => return Ok((Vec::new(), Value::Undefined)),
        };
        self.meter.step(items.len() / 8)?;
        let count = Value::count(items.len());
        Ok((items, count))
    }
}

impl Value {
    fn less(&self, than: f64) -> bool {
        matches!(self, Self::Number(number) if *number < than)
    }
}
