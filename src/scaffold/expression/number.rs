//! Numbers in JavaScript's writing, and text read as numbers.

use super::text::is_space;

pub use crate::catalog::number_text as written;

/// Puts the sign in front of an exponent that has none.
fn signed_exponent(text: &str) -> String {
    if text.contains("e-") {
        text.to_owned()
    } else {
        text.replace('e', "e+")
    }
}

/// Text as a number; what is none is `NaN`, and blank text is 0.
pub fn read(text: &str) -> f64 {
    let text = text.trim_matches(is_space);
    if text.is_empty() {
        return 0.0;
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        let Some(start) = text.get(..2) else { break };
        if start.eq_ignore_ascii_case(prefix) {
            let digits = &text[2..];
            let valid = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
            return if valid {
                whole(digits, radix)
            } else {
                f64::NAN
            };
        }
    }
    match decimal(text) {
        Some((number, "")) => number,
        _ => f64::NAN,
    }
}

/// The number that text begins with, as `parseFloat` reads it.
pub fn read_start(text: &str) -> f64 {
    decimal(text.trim_start_matches(is_space)).map_or(f64::NAN, |(number, _)| number)
}

/// The whole number that text begins with, as `parseInt` reads it.
pub fn read_whole(text: &str, radix: f64) -> f64 {
    let text = text.trim_start_matches(is_space);
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let radix = to_int32(radix);
    let hexadecimal = text
        .get(..2)
        .is_some_and(|start| start.eq_ignore_ascii_case("0x"));
    let (radix, text) = match radix {
        0 | 16 if hexadecimal => (16, &text[2..]),
        0 => (10, text),
        2..=36 => (radix.unsigned_abs(), text),
        _ => return f64::NAN,
    };
    let end = text
        .find(|digit: char| !digit.is_digit(radix))
        .unwrap_or(text.len());
    if end == 0 {
        return f64::NAN;
    }
    sign * whole(&text[..end], radix)
}

/// Digits that were checked before, as a number.
fn whole(digits: &str, radix: u32) -> f64 {
    if radix == 10 {
        return digits.parse().unwrap_or(f64::NAN);
    }
    digits.chars().fold(0.0, |number, digit| {
        number * f64::from(radix) + f64::from(digit.to_digit(radix).unwrap_or(0))
    })
}

/// The decimal number that text begins with, and what is behind it.
fn decimal(text: &str) -> Option<(f64, &str)> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if let Some(rest) = rest.strip_prefix("Infinity") {
        return Some((sign * f64::INFINITY, rest));
    }
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let before = digits(rest);
    let mut end = before;
    let mut after = 0;
    if rest[end..].starts_with('.') {
        after = digits(&rest[end + 1..]);
        end += 1 + after;
    }
    if before + after == 0 {
        return None;
    }
    if rest[end..].starts_with(['e', 'E']) {
        let exponent = &rest[end + 1..];
        let signs = usize::from(exponent.starts_with(['+', '-']));
        let count = digits(&exponent[signs..]);
        if count > 0 {
            end += 1 + signs + count;
        }
    }
    let number: f64 = rest[..end].parse().ok()?;
    Some((sign * number, &rest[end..]))
}

/// A number as a signed whole number of 32 bits, as JavaScript wraps it.
pub fn to_int32(number: f64) -> i32 {
    #[expect(clippy::cast_possible_wrap, reason = "wrapping is what is asked for")]
    let wrapped = to_uint32(number) as i32;
    wrapped
}

/// A number as a whole number of 32 bits, as JavaScript wraps it.
pub fn to_uint32(number: f64) -> u32 {
    if !number.is_finite() {
        return 0;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "in range"
    )]
    let wrapped = number.trunc().rem_euclid(4_294_967_296.0) as u32;
    wrapped
}

/// A number without what is behind its point; what is no number is 0.
pub fn to_integer(number: f64) -> f64 {
    if number.is_nan() {
        0.0
    } else {
        // Without the sign of zero.
        number.trunc() + 0.0
    }
}

/// The nearest whole number; halves go up.
pub fn round(number: f64) -> f64 {
    let below = number.floor();
    let rounded = if number - below >= 0.5 {
        below + 1.0
    } else {
        below
    };
    if rounded == 0.0 {
        rounded.copysign(number)
    } else {
        rounded
    }
}

/// The digits of a number in full: those before and those behind the point.
fn all_digits(number: f64) -> (String, String) {
    // The smallest number there is has 1074 digits behind the point.
    let text = format!("{:.1074}", number.abs());
    let (before, after) = text.split_once('.').unwrap_or((&text, ""));
    (before.to_owned(), after.to_owned())
}

/// Cuts digits to a length, with halves going up; whether one had to be added in front.
fn cut(digits: &str, length: usize) -> (String, bool) {
    let mut kept: Vec<u8> = digits.bytes().take(length).collect();
    kept.resize(length, b'0');
    if digits
        .as_bytes()
        .get(length)
        .is_none_or(|next| *next < b'5')
    {
        return (String::from_utf8_lossy(&kept).into_owned(), false);
    }
    for digit in kept.iter_mut().rev() {
        if *digit == b'9' {
            *digit = b'0';
        } else {
            *digit += 1;
            return (String::from_utf8_lossy(&kept).into_owned(), false);
        }
    }
    kept.insert(0, b'1');
    (String::from_utf8_lossy(&kept).into_owned(), true)
}

fn sign(number: f64) -> &'static str {
    if number < 0.0 { "-" } else { "" }
}

/// A number with so many digits behind the point.
pub fn fixed(number: f64, places: usize) -> String {
    if !number.is_finite() || number.abs() >= 1e21 {
        return written(number);
    }
    let (before, after) = all_digits(number);
    let (digits, longer) = cut(&format!("{before}{after}"), before.len() + places);
    let point = before.len() + usize::from(longer);
    let fraction = &digits[point..];
    let dot = if fraction.is_empty() { "" } else { "." };
    format!("{}{}{dot}{fraction}", sign(number), &digits[..point])
}

/// The leading digits of a number that is not zero and the power of ten of the first.
fn leading(number: f64, count: usize) -> (String, i32) {
    let (before, after) = all_digits(number);
    let digits = format!("{before}{after}");
    let first = digits.find(|digit| digit != '0').unwrap_or(0);
    let (cut, longer) = cut(&digits[first..], count);
    let power = i32::try_from(before.len()).unwrap_or(0) - i32::try_from(first).unwrap_or(0) - 1;
    if longer {
        (cut[..count].to_owned(), power + 1)
    } else {
        (cut, power)
    }
}

/// A number with an exponent; with all its digits or with so many behind the point.
pub fn exponential(number: f64, places: Option<usize>) -> String {
    if !number.is_finite() {
        return written(number);
    }
    let Some(places) = places else {
        return signed_exponent(&format!("{:e}", number + 0.0));
    };
    let (digits, power) = if number == 0.0 {
        ("0".repeat(places + 1), 0)
    } else {
        leading(number, places + 1)
    };
    let dot = if places == 0 { "" } else { "." };
    let plus = if power < 0 { "" } else { "+" };
    format!(
        "{}{}{dot}{}e{plus}{power}",
        sign(number),
        &digits[..1],
        &digits[1..]
    )
}

/// A number with so many digits in all.
pub fn precise(number: f64, count: usize) -> String {
    if !number.is_finite() {
        return written(number);
    }
    let length = i32::try_from(count).unwrap_or(i32::MAX);
    let (digits, power) = if number == 0.0 {
        ("0".repeat(count), 0)
    } else {
        leading(number, count)
    };
    if power < -6 || power >= length {
        return exponential(number, Some(count - 1));
    }
    let text = if power == length - 1 {
        digits
    } else if power >= 0 {
        let point = power.unsigned_abs() as usize + 1;
        format!("{}.{}", &digits[..point], &digits[point..])
    } else {
        let zeros = (-power - 1).unsigned_abs() as usize;
        format!("0.{}{digits}", "0".repeat(zeros))
    };
    format!("{}{text}", sign(number))
}

/// A number to another base than ten, with the fewest digits behind the point that tell it from its neighbours.
pub fn radix(number: f64, base: u32) -> String {
    if base == 10 || !number.is_finite() {
        return written(number);
    }
    let value = number.abs();
    let radix = f64::from(base);
    let mut integer = value.floor();
    let mut fraction = value - integer;
    let mut delta = (0.5 * (value.next_up() - value)).max(0.0_f64.next_up());
    let mut behind: Vec<u32> = Vec::new();
    if fraction >= delta {
        loop {
            fraction *= radix;
            delta *= radix;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a digit"
            )]
            let digit = fraction as u32;
            behind.push(digit);
            fraction -= f64::from(digit);
            #[expect(clippy::float_cmp, reason = "exactly half")]
            let up = fraction > 0.5 || (fraction == 0.5 && digit % 2 == 1);
            if up && fraction + delta > 1.0 {
                // The rest is nearer to one more: carry it to the front.
                loop {
                    match behind.pop() {
                        None => {
                            integer += 1.0;
                            break;
                        }
                        Some(digit) if digit + 1 < base => {
                            behind.push(digit + 1);
                            break;
                        }
                        Some(_) => {}
                    }
                }
                break;
            }
            if fraction < delta {
                break;
            }
        }
    }
    let digit = |digit: u32| char::from_digit(digit, base).unwrap_or('0');
    let mut before = Vec::new();
    while integer >= 9_007_199_254_740_992.0 {
        integer /= radix;
        before.push('0');
    }
    loop {
        let rest = integer % radix;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a digit"
        )]
        before.push(digit(rest as u32));
        integer = (integer - rest) / radix;
        if integer <= 0.0 {
            break;
        }
    }
    let mut text = sign(number).to_owned();
    text.extend(before.iter().rev());
    if !behind.is_empty() {
        text.push('.');
        text.extend(behind.into_iter().map(digit));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_javascript_writes_them() {
        let texts = [1e21, -0.0, 0.1 + 0.2, 1e-7, 1e20, -1.5e-9].map(written);
        assert_eq!(
            texts,
            [
                "1e+21",
                "0",
                "0.30000000000000004",
                "1e-7",
                "100000000000000000000",
                "-1.5e-9"
            ]
        );
        assert_eq!(fixed(2.5, 0), "3");
        assert_eq!(fixed(1.005, 2), "1.00");
        assert_eq!(fixed(-0.5, 0), "-1");
        assert_eq!(precise(0.000_001_23, 2), "0.0000012");
        assert_eq!(precise(99.99, 3), "100");
        assert_eq!(exponential(12345.0, Some(2)), "1.23e+4");
        assert_eq!(radix(0.1, 2).len(), 57);
        assert_eq!(radix(255.5, 16), "ff.8");
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "exactly these")]
    fn text_is_read_as_javascript_reads_it() {
        let numbers = ["0x1F", " 12 ", "1e3", ".5", "5.", "", "+Infinity"].map(read);
        assert_eq!(numbers, [31.0, 12.0, 1000.0, 0.5, 5.0, 0.0, f64::INFINITY]);
        assert!(
            ["1_0", "0x", "inf", "-0x1", "1e", "."]
                .iter()
                .all(|text| read(text).is_nan())
        );
        assert_eq!(read_whole("12px", 10.0), 12.0);
        assert_eq!(read_start("3.5em"), 3.5);
    }
}
