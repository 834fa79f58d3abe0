//! Calls what can be called: macros, filters, tests, methods and the functions that every template has.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use super::super::convert::{add, order, printed, truthy};
use super::super::error::{Fault, Outcome};
use super::super::filter;
use super::super::method;
use super::super::predicate;
use super::super::scope::Frame;
use super::super::syntax::{Arguments, CallBlock, Filter, Input, Kind, Node, Test};
use super::super::text::Text;
use super::super::value::{Cycler, Function, Record, Value};
use super::{Callee, Machine, Place};

/// Arguments that were evaluated.
#[derive(Default)]
struct Given {
    positional: Vec<Value>,
    named: Vec<(Arc<str>, Value)>,
}

impl Given {
    fn plain(&self) -> Outcome<()> {
        self.positional.iter().try_for_each(Value::plain)?;
        self.named.iter().try_for_each(|(_, value)| value.plain())
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        let place = self.named.iter().position(|(other, _)| **other == *name)?;
        Some(self.named.remove(place).1)
    }
}

impl<'t> Machine<'t> {
    fn given(&mut self, arguments: &'t Arguments, place: &Place<'t>) -> Outcome<Given> {
        let mut given = Given::default();
        for node in &arguments.positional {
            given.positional.push(self.value(node, place)?);
        }
        for (name, node) in &arguments.named {
            let value = self.value(node, place)?;
            match given.named.iter_mut().find(|(other, _)| other == name) {
                Some((_, old)) => *old = value,
                None => given.named.push((Arc::clone(name), value)),
            }
        }
        Ok(given)
    }

    /// What to do about a method that is not there.
    fn no_method(&mut self, of: &'t Node, place: &Place<'t>) -> String {
        // A path can be looked at once more: nothing happens by that.
        if let Some(name) = path(of)
            && let Ok(value @ (Value::Undefined | Value::Null)) = self.value(of, place)
        {
            let kind = value.kind();
            return format!(
                " Already `{name}` is {kind}: give it a value, or ask for it with `if` first."
            );
        }
        format!(" The methods of values are: {}.", method::ALL.join(", "))
    }

    #[inline(never)]
    pub(super) fn call(
        &mut self,
        function: &'t Node,
        arguments: &'t Arguments,
        place: &Place<'t>,
    ) -> Outcome<Value> {
        let target = self.value(function, place)?;
        let Value::Function(called) = &target else {
            let (name, kind) = (path(function), target.kind());
            let remedy = match &function.kind {
                Kind::Member(of, _) => self.no_method(of, place),
                _ => String::new(),
            };
            return Err(Fault::at(
                function.at as usize,
                match name {
                    Some(name) => format!("`{name}` is {kind} and cannot be called.{remedy}"),
                    None => format!("This is {kind} and cannot be called.{remedy}"),
                },
            ));
        };
        match called.as_ref() {
            Function::Macro(number) | Function::Caller(number) => {
                let given = self.given(arguments, place)?;
                self.invoke(*number, given)
            }
            Function::Cycler(_) => Err(Fault::new(
                "A cycler is not called itself: write .next() behind it.",
            )),
            Function::Global(name) => {
                let most = match *name {
                    "range" => 3,
                    "joiner" => 1,
                    _ => usize::MAX,
                };
                count(arguments, name, 0, most)?;
                let given = self.given(arguments, place)?;
                given.plain()?;
                self.global(name, given.positional)
            }
            Function::CyclerMethod(cycler, name) => {
                count(arguments, name, 0, 0)?;
                Ok(turn(cycler, name))
            }
            Function::Joiner(separator, used) => {
                count(arguments, "joiner", 0, 0)?;
                Ok(if used.replace(true) {
                    separator.clone()
                } else {
                    Value::text("")
                })
            }
            Function::Method(receiver, name) => {
                let (least, most) = method::arity(receiver, name, self.options.cookiecutter);
                count(arguments, name, least, most)?;
                let given = self.given(arguments, place)?;
                given.plain()?;
                receiver.plain()?;
                method::call(
                    receiver,
                    name,
                    &given.positional,
                    self.options.cookiecutter,
                    &self.meter,
                )
            }
        }
    }

    /// Calls a macro or the body of a call block; what it writes is the value.
    #[inline(never)]
    fn invoke(&mut self, number: usize, mut given: Given) -> Outcome<Value> {
        let Some(callee) = self.macros.get(number).cloned() else {
            return Err(Fault::new("This macro is gone."));
        };
        let definition = callee.definition;
        let is_caller = callee.frame.is_some();
        let inside = Place {
            scope: callee.scope.within(true),
            frame: Frame::new(definition.slots, callee.frame),
            exports: callee.exports,
            exports_macros: !is_caller,
            exports_names: false,
        };
        // Arguments without a name that are too many go to the parameters with a default.
        let wanted = definition.positional.len();
        let surplus = given
            .positional
            .split_off(wanted.min(given.positional.len()));
        for ((name, _), value) in definition.named.iter().zip(surplus) {
            given.take(name);
            given.named.push((Arc::clone(name), value));
        }
        for name in definition.positional.iter().skip(given.positional.len()) {
            let value = given.take(&name.name).unwrap_or(Value::Undefined);
            given.positional.push(value);
        }
        for (name, value) in definition.positional.iter().zip(given.positional.drain(..)) {
            inside.scope.set(&name.name, value.clone());
            if let Some(slot) = name.slot {
                inside.frame.set(slot, value);
            }
        }
        let declared = definition.positional.iter().map(|name| &name.name);
        let declares_caller = declared
            .chain(definition.named.iter().map(|(name, _)| name))
            .any(|name| &**name == "caller");
        for (name, default) in &definition.named {
            let known = given.named.iter().find(|(other, _)| other == name);
            let value = match known {
                Some((_, value)) => value.clone(),
                None => self.value(default, &inside)?,
            };
            inside.scope.set(name, value);
        }
        if !declares_caller && let Some(caller) = given.take("caller") {
            inside.scope.set(&Arc::from("caller"), caller);
        }
        self.capture(&definition.body, &inside).map(Value::safe)
    }

    #[inline(never)]
    pub(super) fn call_block(&mut self, call: &'t CallBlock, place: &Place<'t>) -> Outcome<Text> {
        let target = self.value(&call.function, place)?;
        let number = match &target {
            Value::Function(function) => match function.as_ref() {
                Function::Macro(number) => *number,
                _ => return Err(not_a_macro(&call.function)),
            },
            _ => return Err(not_a_macro(&call.function)),
        };
        let mut given = self.given(&call.arguments, place)?;
        let caller = Value::Function(Rc::new(Function::Caller(self.macros.len())));
        self.meter.step(1)?;
        self.macros.push(Callee {
            definition: &call.caller,
            scope: Rc::clone(&place.scope),
            frame: Some(Rc::clone(&place.frame)),
            exports: Rc::clone(&place.exports),
        });
        given.take("caller");
        given.named.push(("caller".into(), caller));
        let value = self.invoke(number, given)?;
        printed(&value, &self.meter)
    }

    #[inline(never)]
    pub(super) fn filter(&mut self, filter: &'t Filter, place: &Place<'t>) -> Outcome<Value> {
        let Some(known) = filter::find(&filter.name, self.options.cookiecutter) else {
            return Err(Fault::at(
                filter.at as usize,
                filter::unknown(&filter.name, self.options.cookiecutter),
            ));
        };
        if !known.takes_names && !filter.arguments.named.is_empty() {
            return Err(Fault::at(
                filter.at as usize,
                format!("`{}` takes no arguments with names.", filter.name),
            ));
        }
        let input = match &filter.input {
            Input::Value(node) => self.value(node, place)?,
            Input::Body(body) => {
                let inside = Place {
                    scope: place.scope.within(false),
                    ..place.clone()
                };
                Value::Text(self.capture(body, &inside)?)
            }
        };
        let mut given = self.given(&filter.arguments, place)?;
        given.plain()?;
        input.plain()?;
        let arguments = if let Some(names) = known.names {
            for name in names.iter().skip(given.positional.len()) {
                let value = given.take(name).unwrap_or(Value::Undefined);
                given.positional.push(value);
            }
            given.positional
        } else {
            // Names become an object behind the other arguments.
            if !given.named.is_empty() {
                given.named.push(("__keywords".into(), Value::Bool(true)));
                given
                    .positional
                    .push(Value::Record(Rc::new(Record::new(given.named))));
            }
            given.positional
        };
        (known.apply)(
            &input,
            &arguments,
            &filter::Around {
                meter: &self.meter,
                hosts: &self.surroundings.hosts,
                seed: self.options.seed,
            },
        )
        .map_err(|fault| fault.or_at(filter.at))
    }

    #[inline(never)]
    pub(super) fn test(&mut self, test: &'t Test, place: &Place<'t>) -> Outcome<Value> {
        let Some(arity) = predicate::arity(&test.name) else {
            return Err(Fault::at(test.at as usize, predicate::unknown(&test.name)));
        };
        match &test.arguments {
            Some(arguments) => count(arguments, &test.name, arity, arity)?,
            None if arity > 0 => {
                return Err(Fault::at(
                    test.at as usize,
                    format!(
                        "`is {}` takes an argument: write `is {}(…)`.",
                        test.name, test.name
                    ),
                ));
            }
            None => {}
        }
        let of = self.value(&test.of, place)?;
        let given = match &test.arguments {
            Some(arguments) => self.given(arguments, place)?,
            None => Given::default(),
        };
        predicate::apply(&test.name, &of, &given.positional, &self.meter)
            .map(Value::Bool)
            .map_err(|fault| fault.or_at(test.at))
    }

    fn global(&self, name: &str, mut given: Vec<Value>) -> Outcome<Value> {
        match name {
            "always" => return Ok(Value::Bool(true)),
            "failure" => return Ok(Value::Bool(self.surroundings.failed == Some(true))),
            _ => {}
        }
        if name == "cycler" {
            let cycler = Cycler {
                values: given,
                current: Cell::new(None),
            };
            return Ok(Value::Function(Rc::new(Function::Cycler(Rc::new(cycler)))));
        }
        given.resize(3, Value::Undefined);
        let [first, second, third] = [0, 1, 2].map(|place| given[place].clone());
        if name == "joiner" {
            let separator = if truthy(&first) {
                first
            } else {
                Value::text(",")
            };
            return Ok(Value::Function(Rc::new(Function::Joiner(
                separator,
                Rc::default(),
            ))));
        }
        let (mut value, limit, step) = match second {
            Value::Undefined => (Value::Number(0.0), first, Value::Number(1.0)),
            limit => (
                first,
                limit,
                if truthy(&third) {
                    third
                } else {
                    Value::Number(1.0)
                },
            ),
        };
        let up =
            order(&step, &Value::Number(0.0), &self.meter)?.is_some_and(std::cmp::Ordering::is_gt);
        let mut values = Vec::new();
        loop {
            let more = order(&value, &limit, &self.meter)?
                .is_some_and(|order| if up { order.is_lt() } else { order.is_gt() });
            if !more {
                return Ok(Value::list(values));
            }
            self.meter.step(1)?;
            values.push(value.clone());
            value = add(&value, &step, &self.meter)?;
        }
    }
}

fn turn(cycler: &Cycler, name: &str) -> Value {
    if name == "reset" {
        cycler.current.set(None);
        return Value::Undefined;
    }
    if cycler.values.is_empty() {
        cycler.current.set(Some(0));
        return Value::Undefined;
    }
    let next = cycler
        .current
        .get()
        .map_or(0, |place| (place + 1) % cycler.values.len());
    cycler.current.set(Some(next));
    cycler.values[next].clone()
}

fn not_a_macro(node: &Node) -> Fault {
    Fault::at(
        node.at as usize,
        "A call block calls a macro of this file, but this is none.",
    )
}

/// The name and members that an expression is made of.
fn path(node: &Node) -> Option<String> {
    match &node.kind {
        Kind::Name(name) => Some(name.name.to_string()),
        Kind::Member(of, key) => match &key.kind {
            Kind::Text(key) => Some(format!("{}.{}", path(of)?, key.written())),
            Kind::Name(key) => Some(format!("{}.{}", path(of)?, key.name)),
            _ => None,
        },
        _ => None,
    }
}

fn count(arguments: &Arguments, name: &str, least: usize, most: usize) -> Outcome<()> {
    if !arguments.named.is_empty() {
        return Err(Fault::new(format!(
            "`{name}` takes no arguments with names."
        )));
    }
    let given = arguments.positional.len();
    if (least..=most).contains(&given) {
        return Ok(());
    }
    let wanted = match (least, most) {
        (_, 0) => "no arguments".to_owned(),
        (1, 1) => "one argument".to_owned(),
        (least, most) if least == most => format!("{least} arguments"),
        (least, usize::MAX) => format!("at least {least} arguments"),
        (least, most) => format!("{least} to {most} arguments"),
    };
    Err(Fault::new(format!(
        "`{name}` takes {wanted}, but here are {given}."
    )))
}
