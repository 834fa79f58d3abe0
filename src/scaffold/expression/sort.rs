//! Sorts as JavaScript's engine does, also where the order that it is given contradicts itself.

use super::error::Outcome;
use super::value::Value;

/// Longer lists are sorted in runs that are merged.
const RUN: usize = 64;

/// Sorts values; undefined ones go to the end, whatever the order says.
pub fn sort<T: Clone>(
    items: Vec<T>,
    is_undefined: impl Fn(&T) -> bool,
    mut below: impl FnMut(&T, &T) -> Outcome<bool>,
) -> Outcome<Vec<T>> {
    let (missing, mut items): (Vec<T>, Vec<T>) = items.into_iter().partition(is_undefined);
    if items.len() < RUN {
        insert(&mut items, &mut below)?;
    } else {
        items = merge(items, &mut below)?;
    }
    items.extend(missing);
    Ok(items)
}

/// Whether a value is undefined, for [`sort`].
pub fn undefined(value: &Value) -> bool {
    matches!(value, Value::Undefined)
}

/// Extends the run at the start by inserting what is behind it.
fn insert<T: Clone>(
    items: &mut [T],
    below: &mut impl FnMut(&T, &T) -> Outcome<bool>,
) -> Outcome<()> {
    if items.len() < 2 {
        return Ok(());
    }
    let falling = below(&items[1], &items[0])?;
    let mut run = 2;
    while run < items.len() && below(&items[run], &items[run - 1])? == falling {
        run += 1;
    }
    if falling {
        items[..run].reverse();
    }
    for next in run..items.len() {
        let (mut left, mut right) = (0, next);
        while left < right {
            let middle = left + (right - left) / 2;
            if below(&items[next], &items[middle])? {
                right = middle;
            } else {
                left = middle + 1;
            }
        }
        items[left..=next].rotate_right(1);
    }
    Ok(())
}

fn merge<T: Clone>(
    mut items: Vec<T>,
    below: &mut impl FnMut(&T, &T) -> Outcome<bool>,
) -> Outcome<Vec<T>> {
    if items.len() < RUN {
        insert(&mut items, below)?;
        return Ok(items);
    }
    let right = items.split_off(items.len() / 2);
    let left = merge(items, below)?;
    let right = merge(right, below)?;
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(first), Some(second)) = (left.peek(), right.peek()) {
        let next = if below(second, first)? {
            right.next()
        } else {
            left.next()
        };
        merged.extend(next);
    }
    merged.extend(left);
    merged.extend(right);
    Ok(merged)
}
