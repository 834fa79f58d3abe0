//! Which names are known before the template runs: variables of loops, macros and their parameters.

use std::collections::HashMap;
use std::sync::Arc;

use super::syntax::{Name, Slot};

/// The names of one macro, or of the template itself.
#[derive(Debug, Default)]
struct Frame {
    slots: u16,
    regions: Vec<HashMap<Arc<str>, Slot>>,
}

/// The names that are known at a place of the template, in its order.
#[derive(Debug)]
pub(super) struct Bindings {
    frames: Vec<Frame>,
}

impl Bindings {
    /// Nothing known yet.
    pub(super) fn new() -> Self {
        let mut bindings = Self { frames: Vec::new() };
        bindings.enter_frame(false);
        bindings
    }

    fn names(&mut self) -> Option<&mut HashMap<Arc<str>, Slot>> {
        self.frames
            .last_mut()
            .and_then(|frame| frame.regions.last_mut())
    }

    /// A name with what it stands for here.
    pub(super) fn name(&mut self, name: &str, at: u32) -> Name {
        let slot = self.names().and_then(|names| names.get(name).copied());
        Name {
            name: name.into(),
            slot,
            at,
        }
    }

    /// A place for a value without a name.
    pub(super) fn anonymous(&mut self) -> Slot {
        let Some(frame) = self.frames.last_mut() else {
            return Slot { up: 0, place: 0 };
        };
        let place = frame.slots;
        frame.slots = frame.slots.saturating_add(1);
        Slot { up: 0, place }
    }

    /// Binds a name from here on.
    pub(super) fn bind(&mut self, name: &mut Name) -> Slot {
        let slot = self.anonymous();
        name.slot = Some(slot);
        if let Some(names) = self.names() {
            names.insert(Arc::clone(&name.name), slot);
        }
        slot
    }

    /// Begins a region whose names are forgotten at its end.
    pub(super) fn enter_region(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            let names = frame.regions.last().cloned().unwrap_or_default();
            frame.regions.push(names);
        }
    }

    /// Ends a region.
    pub(super) fn leave_region(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.regions.pop();
        }
    }

    /// Begins a macro; the body of a call block sees the names around it.
    pub(super) fn enter_frame(&mut self, sees_names: bool) {
        let mut names = HashMap::new();
        if sees_names && let Some(outer) = self.names() {
            for (name, slot) in outer.iter() {
                names.insert(
                    Arc::clone(name),
                    Slot {
                        up: slot.up + 1,
                        place: slot.place,
                    },
                );
            }
        }
        self.frames.push(Frame {
            slots: 0,
            regions: vec![names],
        });
    }

    /// Ends a macro and tells how many values it keeps.
    pub(super) fn leave_frame(&mut self) -> u16 {
        self.frames.pop().map_or(0, |frame| frame.slots)
    }
}
