//! Where the boxes of a graph stand: in layers from left to right, so that arrows lead to the right.
//!
//! The method of Sugiyama, Tagawa and Toda: turn arrows that make cycles, give each box a layer, put what must be passed
//! into the layers between, order the layers so that few arrows cross, then move everything close to what it hangs on.

use std::collections::BTreeMap;

/// Between two boxes of a layer, and between what merely passes.
const GAP: f32 = 14.0;
const PASSING: f32 = 8.0;

/// Between two layers, beside what is written there.
const AISLE: f32 = 64.0;

/// Between two arrows at the side of a box, and from its corners.
const APART: f32 = 8.0;
const CORNER: f32 = 9.0;

/// How often the layers are gone through to order and to move.
const SWEEPS: usize = 16;

#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Point {
    pub x: f32,
    pub y: f32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Size {
    pub width: f32,
    pub height: f32,
}

/// The places of everything.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Of all together.
    pub size: Size,
    /// The upper left corner of each box.
    pub places: Vec<Point>,
    /// The points of each arrow, from its beginning to its tip.
    pub paths: Vec<Vec<Point>>,
}

/// Finds places for boxes of these sizes, with arrows between them and what is written at each arrow, by its width. The
/// first box stands at the left, or at the right where arrows lead to it but none away from it.
pub(super) fn lay_out(sizes: &[Size], arrows: &[(usize, usize)], written: &[f32]) -> Layout {
    let away = arrows.iter().filter(|(from, _)| *from == 0).count();
    let toward = arrows.iter().filter(|(_, to)| *to == 0).count();
    let mut plan = Plan::new(sizes, arrows, toward > away);
    plan.order();
    plan.stack();
    let columns = plan.columns(written);
    plan.finish(&columns)
}

/// A thing in a layer: a box, or the place where an arrow passes.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    layer: usize,
    size: Size,
    /// The height of its middle.
    y: f32,
    passes: bool,
}

struct Plan {
    /// Whether left and right are to be exchanged in the end.
    mirrored: bool,
    /// Boxes first, then what passes.
    slots: Vec<Slot>,
    /// The slots that each arrow goes through, from left to right, and whether it points to the left.
    ways: Vec<(Vec<usize>, bool)>,
    /// The slots of each layer from top to bottom.
    layers: Vec<Vec<usize>>,
    /// The slots to the left and to the right of each slot.
    left: Vec<Vec<usize>>,
    right: Vec<Vec<usize>>,
}

impl Plan {
    fn new(sizes: &[Size], arrows: &[(usize, usize)], mirrored: bool) -> Self {
        let turn =
            |(from, to): (usize, usize), turned| if turned { (to, from) } else { (from, to) };
        let followed: Vec<(usize, usize)> =
            arrows.iter().map(|arrow| turn(*arrow, mirrored)).collect();
        let turned = turned(sizes.len(), &followed);
        let forward: Vec<(usize, usize)> = followed
            .iter()
            .zip(&turned)
            .map(|(arrow, turned)| turn(*arrow, *turned))
            .collect();
        let numbers = numbers(sizes.len(), &forward);
        let mut slots: Vec<Slot> = sizes
            .iter()
            .zip(&numbers)
            .map(|(size, layer)| Slot {
                layer: *layer,
                size: *size,
                ..Slot::default()
            })
            .collect();
        let mut ways = Vec::with_capacity(arrows.len());
        for ((from, to), turned) in forward.iter().zip(turned) {
            let mut way = vec![*from];
            for layer in numbers[*from] + 1..numbers[*to] {
                way.push(slots.len());
                slots.push(Slot {
                    layer,
                    passes: true,
                    ..Slot::default()
                });
            }
            way.push(*to);
            ways.push((way, turned != mirrored));
        }
        let count = slots.iter().map(|slot| slot.layer + 1).max().unwrap_or(0);
        let mut layers = vec![Vec::new(); count];
        for (number, slot) in slots.iter().enumerate() {
            layers[slot.layer].push(number);
        }
        let (mut left, mut right) = (vec![Vec::new(); slots.len()], vec![Vec::new(); slots.len()]);
        for (way, _) in &ways {
            for pair in way.windows(2) {
                right[pair[0]].push(pair[1]);
                left[pair[1]].push(pair[0]);
            }
        }
        Self {
            mirrored,
            slots,
            ways,
            layers,
            left,
            right,
        }
    }

    /// Orders the layers so that few arrows cross: each slot goes to the middle of what it hangs on, to and fro, and
    /// the best order that came about is kept.
    fn order(&mut self) {
        let mut best = (self.crossings(), self.layers.clone());
        for sweep in 0..SWEEPS {
            let to_right = sweep % 2 == 0;
            let mut places = self.places();
            for step in 1..self.layers.len() {
                let layer = if to_right {
                    step
                } else {
                    self.layers.len() - 1 - step
                };
                let neighbours = if to_right { &self.left } else { &self.right };
                let middle = |slot: &usize| {
                    let others = &neighbours[*slot];
                    if others.is_empty() {
                        return places[*slot];
                    }
                    others.iter().map(|other| places[*other]).sum::<f32>() / count(others)
                };
                let mut order: Vec<(f32, usize)> = self.layers[layer]
                    .iter()
                    .map(|slot| (middle(slot), *slot))
                    .collect();
                order.sort_by(|a, b| a.0.total_cmp(&b.0));
                self.layers[layer] = order.into_iter().map(|(_, slot)| slot).collect();
                for (place, slot) in self.layers[layer].iter().enumerate() {
                    places[*slot] = float(place);
                }
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.layers.clone());
            }
        }
        self.layers = best.1;
    }

    /// The place of each slot in its layer.
    fn places(&self) -> Vec<f32> {
        let mut places = vec![0.0; self.slots.len()];
        for layer in &self.layers {
            for (place, slot) in layer.iter().enumerate() {
                places[*slot] = float(place);
            }
        }
        places
    }

    fn crossings(&self) -> usize {
        let places = self.places();
        let mut crossings = 0;
        for layer in &self.layers {
            let ends: Vec<(f32, f32)> = layer
                .iter()
                .flat_map(|slot| {
                    self.right[*slot]
                        .iter()
                        .map(|to| (places[*slot], places[*to]))
                })
                .collect();
            for (number, one) in ends.iter().enumerate() {
                let crossed = |other: &&(f32, f32)| (one.0 - other.0) * (one.1 - other.1) < 0.0;
                crossings += ends[number + 1..].iter().filter(crossed).count();
            }
        }
        crossings
    }

    /// Gives every slot its height: close to the middle of what it hangs on, never into its neighbours.
    fn stack(&mut self) {
        for layer in self.layers.clone() {
            let mut y = 0.0;
            for slot in layer {
                let half = self.room(slot) / 2.0;
                self.slots[slot].y = y + half;
                y += half * 2.0;
            }
        }
        for sweep in 0..SWEEPS {
            let to_right = sweep % 2 == 0;
            for step in 0..self.layers.len() {
                let layer = if to_right {
                    step
                } else {
                    self.layers.len() - 1 - step
                };
                self.settle(layer, sweep + 2 >= SWEEPS);
            }
        }
        let top = self
            .slots
            .iter()
            .map(|slot| slot.y - slot.size.height / 2.0)
            .fold(f32::INFINITY, f32::min);
        for slot in &mut self.slots {
            slot.y -= top;
        }
    }

    /// The height that a slot takes with its share of the gaps.
    fn room(&self, slot: usize) -> f32 {
        let slot = &self.slots[slot];
        slot.size.height + if slot.passes { PASSING } else { GAP }
    }

    /// Moves the slots of a layer to where they are drawn, keeping their order and their distances: those that would
    /// overlap form a block, which goes to the middle of what its slots want.
    fn settle(&mut self, layer: usize, at_last: bool) {
        struct Block {
            slots: Vec<usize>,
            /// What its slots want for the upper end of the block, added up.
            wishes: f32,
            height: f32,
        }
        impl Block {
            fn top(&self) -> f32 {
                self.wishes / count(&self.slots)
            }
        }
        let mut blocks: Vec<Block> = Vec::new();
        for slot in self.layers[layer].clone() {
            let room = self.room(slot);
            let mut block = Block {
                slots: vec![slot],
                wishes: self.wish(slot, at_last) - room / 2.0,
                height: room,
            };
            while let Some(above) = blocks.pop_if(|above| above.top() + above.height > block.top())
            {
                let moved = above.height * count(&block.slots);
                block = Block {
                    wishes: above.wishes + block.wishes - moved,
                    height: above.height + block.height,
                    slots: [above.slots, block.slots].concat(),
                };
            }
            blocks.push(block);
        }
        for block in blocks {
            let mut y = block.top();
            for slot in block.slots {
                let room = self.room(slot);
                self.slots[slot].y = y + room / 2.0;
                y += room;
            }
        }
    }

    /// Where a slot is drawn: the middle of what it hangs on, to both sides.
    fn wish(&self, slot: usize, at_last: bool) -> f32 {
        let (left, right) = (&self.left[slot], &self.right[slot]);
        // What merely passes goes straight on; in the end everything follows what needs it.
        let others: Vec<usize> = match (left.is_empty(), right.is_empty()) {
            (true, true) => return self.slots[slot].y,
            (false, _) if at_last && !self.slots[slot].passes => left.clone(),
            _ => [left.as_slice(), right.as_slice()].concat(),
        };
        others.iter().map(|other| self.slots[*other].y).sum::<f32>() / count(&others)
    }

    /// The left end and the width of each layer.
    fn columns(&self, written: &[f32]) -> Vec<(f32, f32)> {
        let mut aisles = vec![AISLE; self.layers.len()];
        for ((way, to_left), width) in self.ways.iter().zip(written) {
            // What is written stands before the tip. Nothing has been mirrored yet.
            let before = if *to_left { way[0] } else { way[way.len() - 2] };
            let aisle = &mut aisles[self.slots[before].layer];
            *aisle = aisle.max(width + AISLE * 0.8);
        }
        let mut columns = Vec::with_capacity(self.layers.len());
        let mut x = 0.0;
        for (layer, aisle) in self.layers.iter().zip(aisles) {
            let widths = layer.iter().map(|slot| self.slots[*slot].size.width);
            let width = widths.fold(0.0, f32::max);
            columns.push((x, width));
            x += width + aisle;
        }
        columns
    }

    fn finish(&self, columns: &[(f32, f32)]) -> Layout {
        let x = |slot: usize| {
            let (left, width) = columns[self.slots[slot].layer];
            left + (width - self.slots[slot].size.width) / 2.0
        };
        let boxes = self
            .slots
            .iter()
            .enumerate()
            .filter(|(_, slot)| !slot.passes);
        let places: Vec<Point> = boxes
            .map(|(number, slot)| Point {
                x: x(number),
                y: slot.y - slot.size.height / 2.0,
            })
            .collect();
        let ports = self.ports();
        let mut paths = Vec::with_capacity(self.ways.len());
        for ((way, to_left), ports) in self.ways.iter().zip(&ports) {
            let mut path = Vec::new();
            for (position, slot) in way.iter().enumerate() {
                let (left, width) = columns[self.slots[*slot].layer];
                let passes = self.slots[*slot].passes;
                // What passes goes straight through the whole layer.
                let (begin, end) = if passes {
                    (left, left + width)
                } else {
                    (x(*slot), x(*slot) + self.slots[*slot].size.width)
                };
                if position > 0 {
                    let y = ports[position - 1].1;
                    path.push(Point { x: begin, y });
                }
                if position + 1 < way.len() {
                    let y = ports[position].0;
                    path.push(Point { x: end, y });
                }
            }
            if *to_left {
                path.reverse();
            }
            paths.push(path);
        }
        let bottoms = self
            .slots
            .iter()
            .map(|slot| slot.y + slot.size.height / 2.0);
        let size = Size {
            width: columns.last().map_or(0.0, |(left, width)| left + width),
            height: bottoms.fold(0.0, f32::max),
        };
        let mut layout = Layout {
            size,
            places,
            paths,
        };
        if self.mirrored {
            for (place, slot) in layout.places.iter_mut().zip(&self.slots) {
                place.x = size.width - place.x - slot.size.width;
            }
            for point in layout.paths.iter_mut().flatten() {
                point.x = size.width - point.x;
            }
        }
        layout
    }

    /// The heights at which each piece of each arrow leaves a slot and reaches the next: side by side at a box, in the
    /// order of where they lead.
    fn ports(&self) -> Vec<Vec<(f32, f32)>> {
        let pieces = |way: &[usize]| -> Vec<(f32, f32)> {
            way.windows(2)
                .map(|pair| (self.slots[pair[0]].y, self.slots[pair[1]].y))
                .collect()
        };
        let mut ports: Vec<Vec<(f32, f32)>> =
            self.ways.iter().map(|(way, _)| pieces(way)).collect();
        for leaves in [true, false] {
            let mut ends: BTreeMap<usize, Vec<(f32, usize, usize)>> = BTreeMap::new();
            for (number, (way, _)) in self.ways.iter().enumerate() {
                for (piece, pair) in way.windows(2).enumerate() {
                    let (here, there) = if leaves {
                        (pair[0], pair[1])
                    } else {
                        (pair[1], pair[0])
                    };
                    if !self.slots[here].passes {
                        let end = (self.slots[there].y, number, piece);
                        ends.entry(here).or_default().push(end);
                    }
                }
            }
            for (slot, mut ends) in ends {
                ends.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                let room = self.slots[slot].size.height - 2.0 * CORNER;
                let apart = (room / float(ends.len().max(2) - 1)).min(APART);
                let first = self.slots[slot].y - apart * float(ends.len() - 1) / 2.0;
                for (place, (_, number, piece)) in ends.into_iter().enumerate() {
                    let y = first + apart * float(place);
                    let port = &mut ports[number][piece];
                    *(if leaves { &mut port.0 } else { &mut port.1 }) = y;
                }
            }
        }
        ports
    }
}

/// Which arrows have to be turned so that none leads back: those to a box that is still being followed.
fn turned(count: usize, arrows: &[(usize, usize)]) -> Vec<bool> {
    let mut out = vec![Vec::new(); count];
    for (number, (from, _)) in arrows.iter().enumerate() {
        out[*from].push(number);
    }
    let mut turned = vec![false; arrows.len()];
    let (mut seen, mut open) = (vec![false; count], vec![false; count]);
    // The first box comes first: from there everything leads forward.
    for root in 0..count {
        if seen[root] {
            continue;
        }
        let mut path = vec![(root, 0)];
        (seen[root], open[root]) = (true, true);
        while let Some((at, next)) = path.pop() {
            let Some(arrow) = out[at].get(next) else {
                open[at] = false;
                continue;
            };
            path.push((at, next + 1));
            let to = arrows[*arrow].1;
            if open[to] {
                turned[*arrow] = true;
            } else if !seen[to] {
                (seen[to], open[to]) = (true, true);
                path.push((to, 0));
            }
        }
    }
    turned
}

/// The layer of each box: as far to the right as what leads to it asks for.
fn numbers(count: usize, forward: &[(usize, usize)]) -> Vec<usize> {
    let mut layers = vec![0; count];
    // At most so many rounds, for nothing leads back.
    for _ in 0..count {
        let mut moved = false;
        for (from, to) in forward {
            if layers[*to] <= layers[*from] {
                layers[*to] = layers[*from] + 1;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    layers
}

#[allow(clippy::cast_precision_loss)] // few enough
fn float(number: usize) -> f32 {
    number as f32
}

fn count<T>(of: &[T]) -> f32 {
    float(of.len())
}
