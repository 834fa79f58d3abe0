//! Where values are kept while a template is rendered.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::syntax::Slot;
use super::value::Value;

/// The values of names that were bound before: of one call of a macro, or of the template itself.
#[derive(Debug)]
pub(super) struct Frame {
    values: RefCell<Vec<Value>>,
    /// What is around the body of a call block.
    outer: Option<Rc<Frame>>,
}

impl Frame {
    pub(super) fn new(slots: u16, outer: Option<Rc<Frame>>) -> Rc<Self> {
        Rc::new(Self {
            values: RefCell::new(vec![Value::Undefined; usize::from(slots)]),
            outer,
        })
    }

    fn frame(&self, up: u16) -> Option<&Self> {
        let mut frame = self;
        for _ in 0..up {
            frame = frame.outer.as_deref()?;
        }
        Some(frame)
    }

    /// The value at a place.
    pub(super) fn get(&self, slot: Slot) -> Value {
        self.frame(slot.up)
            .and_then(|frame| frame.values.borrow().get(usize::from(slot.place)).cloned())
            .unwrap_or(Value::Undefined)
    }

    /// Puts a value at a place.
    pub(super) fn set(&self, slot: Slot, value: Value) {
        if let Some(frame) = self.frame(slot.up)
            && let Some(place) = frame.values.borrow_mut().get_mut(usize::from(slot.place))
        {
            *place = value;
        }
    }
}

/// The values of all other names, one region within another.
#[derive(Debug)]
pub(super) struct Scope<'c> {
    names: RefCell<HashMap<Arc<str>, Value>>,
    outer: Option<Rc<Scope<'c>>>,
    /// Whether what is set here stays here.
    closed: bool,
    /// What the template was given, read as it is needed; only the outermost region has it.
    context: Option<&'c Map<String, Json>>,
}

impl<'c> Scope<'c> {
    /// The outermost region: what the template was given.
    pub(super) fn context(context: &'c Map<String, Json>) -> Rc<Self> {
        Rc::new(Self {
            names: RefCell::default(),
            outer: None,
            closed: true,
            context: Some(context),
        })
    }

    /// A region within this one.
    pub(super) fn within(self: &Rc<Self>, closed: bool) -> Rc<Self> {
        Rc::new(Self {
            names: RefCell::default(),
            outer: Some(Rc::clone(self)),
            closed,
            context: None,
        })
    }

    /// The value of a name, if it has one.
    pub(super) fn get(&self, name: &str) -> Option<Value> {
        let mut scope = self;
        loop {
            if let Some(value) = scope.names.borrow().get(name) {
                return Some(value.clone());
            }
            match &scope.outer {
                Some(outer) => scope = outer,
                None => break,
            }
        }
        let (key, json) = scope.context?.get_key_value(name)?;
        let value = Value::from_json(json);
        scope
            .names
            .borrow_mut()
            .insert(key.as_str().into(), value.clone());
        Some(value)
    }

    /// Gives a name a value in this region.
    pub(super) fn set(&self, name: &Arc<str>, value: Value) {
        self.names.borrow_mut().insert(Arc::clone(name), value);
    }

    /// Gives a name a value where it has one already, or in this region.
    pub(super) fn assign(&self, name: &Arc<str>, value: Value) {
        let mut scope = self;
        loop {
            let here = scope.context.is_none() && scope.names.borrow().contains_key(name);
            if here {
                scope.set(name, value);
                return;
            }
            match &scope.outer {
                Some(outer) if !scope.closed => scope = outer,
                _ => break,
            }
        }
        self.set(name, value);
    }
}
