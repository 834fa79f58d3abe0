//! Which values plain YAML scalars stand for in the core schema, and how JavaScript writes numbers.

use std::borrow::Cow;

use super::yaml::Value;

/// Reads a scalar without quotes as the core schema of YAML 1.2 does: `0x1F` and `1e3` are numbers, `yes`,
/// `0b11` and `2024-01-01` are text.
pub fn core(text: Cow<'_, str>) -> Value<'_> {
    let known = match text.as_bytes().first() {
        None => Some(Value::Null),
        Some(b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F') => match text.as_ref() {
            "~" | "null" | "Null" | "NULL" => Some(Value::Null),
            "true" | "True" | "TRUE" => Some(Value::Bool(true)),
            "false" | "False" | "FALSE" => Some(Value::Bool(false)),
            _ => None,
        },
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => {
            number(&text).map(|number| Value::Number(number, text.clone()))
        }
        Some(_) => None,
    };
    known.unwrap_or(Value::Text(text))
}

/// Whether a scalar without quotes stands for text.
pub fn is_plain_text(scalar: &str) -> bool {
    matches!(core(Cow::Borrowed(scalar)), Value::Text(_))
}

/// A number as JavaScript turns it into text.
pub fn number_text(number: f64) -> String {
    let size = number.abs();
    if number == 0.0 {
        "0".to_owned()
    } else if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 {
            "Infinity".to_owned()
        } else {
            "-Infinity".to_owned()
        }
    } else if (1e-6..1e21).contains(&size) {
        format!("{number}")
    } else {
        let text = format!("{number:e}");
        if text.contains("e-") {
            text
        } else {
            text.replace('e', "e+")
        }
    }
}

/// Whether a number is written as a whole one.
pub fn is_whole(written: &str) -> bool {
    let digits = written.trim_start_matches(['+', '-']);
    digits.starts_with("0x")
        || digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'o')
}

fn number(text: &str) -> Option<f64> {
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8);
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    match unsigned {
        ".inf" | ".Inf" | ".INF" if text.starts_with('-') => return Some(f64::NEG_INFINITY),
        ".inf" | ".Inf" | ".INF" => return Some(f64::INFINITY),
        _ => {}
    }
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(f64::NAN);
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_is_good =
        digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let exponent_is_good = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    if mantissa_is_good && exponent_is_good {
        text.parse().ok()
    } else {
        None
    }
}

fn radix(digits: &str, radix: u32) -> Option<f64> {
    if digits.is_empty() {
        return None;
    }
    digits.chars().try_fold(0.0, |sum, digit| {
        digit
            .to_digit(radix)
            .map(|digit| sum * f64::from(radix) + f64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match core(Cow::Borrowed(text)) {
            Value::Null => "null".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Number(number, _) => number_text(number),
            Value::Text(text) => format!("{text:?}"),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn numbers_are_those_of_the_core_schema() {
        let numbers = [
            ("0", "0"),
            ("-0", "0"),
            ("0123", "123"),
            ("+12", "12"),
            ("0x1F", "31"),
            ("0o17", "15"),
            ("1e3", "1000"),
            ("1.", "1"),
            (".5", "0.5"),
            ("-1.5E-3", "-0.0015"),
            ("1e21", "1e+21"),
            ("1e-7", "1e-7"),
            ("12345678901234567890", "12345678901234567000"),
            ("-.INF", "-Infinity"),
            (".nan", "NaN"),
        ];
        for (written, expected) in numbers {
            let Value::Number(number, _) = core(Cow::Borrowed(written)) else {
                panic!("{written} is a number");
            };
            assert_eq!(number_text(number), expected, "{written}");
        }
    }

    #[test]
    fn everything_else_is_text() {
        for text in [
            "0b11",
            "0X1F",
            "0x",
            "0o8",
            "1_000",
            "1e",
            "e3",
            ".",
            "+",
            "-",
            "-.nan",
            "1.2.3",
            "1:30",
            "yes",
            "No",
            "2024-01-01",
            "nUll",
            "tRue",
            "+0x1F",
            "inf",
            "NaN",
            "١",
        ] {
            assert_eq!(read(text), format!("{text:?}"));
        }
    }
}
