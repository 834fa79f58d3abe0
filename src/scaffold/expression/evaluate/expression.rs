//! Evaluates expressions.

use std::cmp::Ordering;
use std::rc::Rc;

use super::super::convert::{add, concat, equal, order, to_number, to_text, truthy};
use super::super::error::{Fault, Outcome};
use super::super::syntax::{Choice, Kind, Name, Node, Operator, Slice};
use super::super::value::{Function, Record, Regex, Value};
use super::{Machine, Place, own};

/// The functions that every template has.
const GLOBALS: [&str; 3] = ["range", "cycler", "joiner"];

/// The functions that tell how the steps before went.
const STATUS: [&str; 2] = ["always", "failure"];

impl<'t> Machine<'t> {
    /// Evaluates an expression.
    pub(super) fn value(&mut self, node: &'t Node, place: &Place<'t>) -> Outcome<Value> {
        match &node.kind {
            Kind::Null => Ok(Value::Null),
            Kind::Bool(value) => Ok(Value::Bool(*value)),
            Kind::Number(number) => Ok(Value::Number(*number)),
            Kind::Text(text) => Ok(Value::Text(text.clone())),
            Kind::Name(name) => {
                self.meter.step(1)?;
                Ok(self.name(name, place))
            }
            _ => self.deeper(node.at, |this| this.compound(node, place)),
        }
    }

    fn compound(&mut self, node: &'t Node, place: &Place<'t>) -> Outcome<Value> {
        match &node.kind {
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::Name(_) => {
                self.value(node, place)
            }
            Kind::Regex(pattern) => Ok(Value::Regex(Rc::new(Regex::new(pattern.clone())))),
            Kind::List(items) => self.list(items, place),
            Kind::Group(items) => self.group(items, place),
            Kind::Record(entries) => self.record(entries, place),
            Kind::Member(of, key) => {
                let of = self.value(of, place)?;
                let key = self.value(key, place)?;
                self.member(&of, &key)
            }
            Kind::Slice(slice) => self.slice(slice, place),
            Kind::If(choice) => self.choice(choice, place),
            Kind::Or(left, right) => {
                let left = self.value(left, place)?;
                if truthy(&left) {
                    Ok(left)
                } else {
                    self.value(right, place)
                }
            }
            Kind::And(left, right) => {
                let left = self.value(left, place)?;
                if truthy(&left) {
                    self.value(right, place)
                } else {
                    Ok(left)
                }
            }
            Kind::Not(of) => Ok(Value::Bool(!truthy(&self.value(of, place)?))),
            Kind::Negative(of) => Ok(Value::Number(-self.number(of, place)?)),
            Kind::Positive(of) => Ok(Value::Number(self.number(of, place)?)),
            Kind::Floor(of) => Ok(Value::Number(self.number(of, place)?.floor())),
            Kind::Binary(operator, left, right) => self.binary(*operator, left, right, place),
            Kind::In(left, right) => self.contains(left, right, place),
            Kind::Test(test) => self.test(test, place),
            Kind::Filter(filter) => self.filter(filter, place),
            Kind::Call(function, arguments) => self.call(function, arguments, place),
        }
    }

    fn number(&mut self, node: &'t Node, place: &Place<'t>) -> Outcome<f64> {
        let value = self.value(node, place)?;
        to_number(&value, &self.meter)
    }

    fn name(&self, name: &Name, place: &Place<'t>) -> Value {
        if let Some(slot) = name.slot {
            return place.frame.get(slot);
        }
        if let Some(value) = place.scope.get(&name.name) {
            return value;
        }
        if self.options.cookiecutter {
            match &*name.name {
                "True" => return Value::Bool(true),
                "False" => return Value::Bool(false),
                "None" => return Value::Null,
                _ => {}
            }
        }
        let status: &[&'static str] = match self.surroundings.failed {
            Some(_) => &STATUS,
            None => &[],
        };
        let mut globals = status.iter().chain(&GLOBALS);
        globals
            .find(|global| **global == &*name.name)
            .map_or(Value::Undefined, |global| {
                Value::Function(Rc::new(Function::Global(global)))
            })
    }

    fn list(&mut self, items: &'t [Node], place: &Place<'t>) -> Outcome<Value> {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            values.push(self.value(item, place)?);
        }
        Ok(Value::list(values))
    }

    fn group(&mut self, items: &'t [Node], place: &Place<'t>) -> Outcome<Value> {
        let mut last = Value::Undefined;
        for (place_in, item) in items.iter().enumerate() {
            last = self.value(item, place)?;
            if place_in + 1 < items.len() {
                last.plain()?;
            }
        }
        Ok(last)
    }

    fn record(
        &mut self,
        entries: &'t [(std::sync::Arc<str>, Node)],
        place: &Place<'t>,
    ) -> Outcome<Value> {
        let mut values = Vec::with_capacity(entries.len());
        for (name, node) in entries {
            values.push((name.clone(), self.value(node, place)?));
        }
        Ok(Value::Record(Rc::new(Record::new(values))))
    }

    fn choice(&mut self, choice: &'t Choice, place: &Place<'t>) -> Outcome<Value> {
        if truthy(&self.value(&choice.condition, place)?) {
            return self.value(&choice.then, place);
        }
        match &choice.otherwise {
            Some(otherwise) => self.value(otherwise, place),
            None => Ok(Value::text("")),
        }
    }

    fn binary(
        &mut self,
        operator: Operator,
        left: &'t Node,
        right: &'t Node,
        place: &Place<'t>,
    ) -> Outcome<Value> {
        let (left, right) = (self.value(left, place)?, self.value(right, place)?);
        let meter = &self.meter;
        let ordered = |wanted: fn(Ordering) -> bool| {
            Ok(Value::Bool(
                order(&left, &right, meter)?.is_some_and(wanted),
            ))
        };
        match operator {
            Operator::Add => add(&left, &right, meter),
            Operator::Concat => concat(&left, &right, meter),
            Operator::Equal => Ok(Value::Bool(equal(&left, &right, meter)?)),
            Operator::Unequal => Ok(Value::Bool(!equal(&left, &right, meter)?)),
            Operator::Same => Ok(Value::Bool(left.same(&right))),
            Operator::Different => Ok(Value::Bool(!left.same(&right))),
            Operator::Less => ordered(Ordering::is_lt),
            Operator::LessOrEqual => ordered(Ordering::is_le),
            Operator::Greater => ordered(Ordering::is_gt),
            Operator::GreaterOrEqual => ordered(Ordering::is_ge),
            _ => {
                let (left, right) = (to_number(&left, meter)?, to_number(&right, meter)?);
                Ok(Value::Number(match operator {
                    Operator::Subtract => left - right,
                    Operator::Multiply => left * right,
                    Operator::Divide => left / right,
                    Operator::Remainder => left % right,
                    _ => power(left, right),
                }))
            }
        }
    }

    fn contains(&mut self, left: &'t Node, right: &'t Node, place: &Place<'t>) -> Outcome<Value> {
        let (needle, container) = (self.value(left, place)?, self.value(right, place)?);
        let meter = &self.meter;
        Ok(Value::Bool(match &container {
            Value::Text(text) => {
                meter.room(text.bytes())?;
                text.contains(&to_text(&needle, meter)?)
            }
            Value::Safe(_) => ["length", "val"].contains(&&*to_text(&needle, meter)?.written()),
            Value::List(list) => {
                meter.step(list.len() / 8)?;
                list.items().iter().any(|item| item.same(&needle))
            }
            Value::Record(record) => record.get(&to_text(&needle, meter)?.written()).is_some(),
            _ => {
                return Err(Fault::at(
                    right.at as usize,
                    format!(
                        "Behind `in` stands a list, an object or a text, but this is {}. Does it need `| default([])`?",
                        container.kind()
                    ),
                ));
            }
        }))
    }

    /// A part of a list or text; a part of a text is a list of its letters.
    fn slice(&mut self, slice: &'t Slice, place: &Place<'t>) -> Outcome<Value> {
        let of = self.value(&slice.of, place)?;
        if let Value::Function(_) = of {
            return of.plain().map(|()| of);
        }
        let target = if truthy(&of) {
            of
        } else {
            Value::list(Vec::new())
        };
        let length = own(&target, "length");
        let mut part = |node: &'t Option<Node>| match node {
            Some(node) => self.value(node, place),
            None => Ok(Value::Null),
        };
        let (mut start, mut limit) = (part(&slice.start)?, part(&slice.stop)?);
        let step = match &slice.step {
            Some(step) => self.value(step, place)?,
            None => Value::Number(1.0),
        };
        let meter = &self.meter;
        let size = to_number(&step, meter)?;
        if !size.is_finite() || size == 0.0 {
            return Err(Fault::new(
                "The third part of [start:stop:step] is a number, but not 0.",
            ));
        }
        let zero = Value::Number(0.0);
        let below = |left: &Value, right: &Value| {
            Ok::<bool, Fault>(order(left, right, meter)? == Some(Ordering::Less))
        };
        let above = |left: &Value, right: &Value| {
            Ok::<bool, Fault>(order(left, right, meter)? == Some(Ordering::Greater))
        };
        let backwards = size < 0.0;
        if matches!(start, Value::Null) {
            start = if backwards {
                Value::Number(to_number(&length, meter)? - 1.0)
            } else {
                zero.clone()
            };
        }
        if matches!(limit, Value::Null) {
            limit = if backwards {
                Value::Number(-1.0)
            } else {
                length.clone()
            };
        } else if below(&limit, &zero)? {
            limit = add(&limit, &length, meter)?;
        }
        if below(&start, &zero)? {
            start = add(&start, &length, meter)?;
        }
        if to_number(&length, meter)?.is_nan() && to_number(&limit, meter)?.is_nan() {
            return Err(Fault::new(format!(
                "[start:stop] takes parts of lists and texts, but this is {}.",
                target.kind()
            )));
        }
        let mut items = Vec::new();
        let mut index = start;
        loop {
            if below(&index, &zero)? || above(&index, &length)? {
                break;
            }
            let passed = if backwards {
                !above(&index, &limit)? && order(&index, &limit, meter)?.is_some()
            } else {
                !below(&index, &limit)? && order(&index, &limit, meter)?.is_some()
            };
            if passed {
                break;
            }
            meter.step(1)?;
            let item = own(&target, &to_text(&index, meter)?.written());
            item.plain()?;
            items.push(item);
            index = add(&index, &step, meter)?;
        }
        Ok(Value::list(items))
    }
}

/// JavaScript's power: 1 to what is no number or infinite is no number either.
fn power(base: f64, exponent: f64) -> f64 {
    #[expect(clippy::float_cmp, reason = "exactly one")]
    let odd = base.abs() == 1.0 && exponent.is_infinite() || exponent.is_nan();
    if odd { f64::NAN } else { base.powf(exponent) }
}
