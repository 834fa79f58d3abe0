//! The methods of numbers.

use super::super::convert::to_number;
use super::super::error::{Fault, Outcome};
use super::super::meter::Meter;
use super::super::number;
use super::super::value::Value;
use super::{Method, argument};

/// The methods.
pub(super) const METHODS: [Method; 4] = [
    ("toExponential", 0, 1),
    ("toFixed", 0, 1),
    ("toPrecision", 0, 1),
    ("toString", 0, 1),
];

/// Calls a method.
pub(super) fn call(value: f64, name: &str, given: &[Value], meter: &Meter) -> Outcome<Value> {
    let digits = match argument(given, 0) {
        Value::Undefined => None,
        digits => Some(number::to_integer(to_number(digits, meter)?)),
    };
    meter.step(16)?;
    // What is no number is written before anyone looks at the digits.
    let early = !value.is_finite() && matches!(name, "toExponential" | "toPrecision");
    let bounded = |least: f64, most: f64| match digits {
        None => Ok(None),
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "in range"
        )]
        Some(digits) if (least..=most).contains(&digits) => Ok(Some(digits as usize)),
        Some(_) => Err(Fault::new(format!(
            "`{name}` takes a number from {least} to {most}."
        ))),
    };
    Ok(Value::text(match name {
        _ if early => number::written(value),
        "toFixed" => number::fixed(value, bounded(0.0, 100.0)?.unwrap_or(0)),
        "toExponential" => number::exponential(value, bounded(0.0, 100.0)?),
        "toPrecision" => match bounded(1.0, 100.0)? {
            Some(digits) => number::precise(value, digits),
            None => number::written(value),
        },
        _ => number::radix(
            value,
            u32::try_from(bounded(2.0, 36.0)?.unwrap_or(10)).unwrap_or(10),
        ),
    }))
}
