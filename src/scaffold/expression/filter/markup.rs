//! Filters for HTML and addresses.

use super::super::convert::{demand_text, printed, to_text, truthy};
use super::super::error::{Fault, Outcome};
use super::super::meter::Meter;
use super::super::text::{Text, is_space};
use super::super::value::Value;
use super::general::lenient;
use super::text::like;
use super::{Around, argument};

fn escaped(text: &Text) -> Text {
    text.map(|whole| {
        let mut output = String::with_capacity(whole.len());
        for character in whole.chars() {
            match character {
                '&' => output.push_str("&amp;"),
                '"' => output.push_str("&quot;"),
                '\'' => output.push_str("&#39;"),
                '<' => output.push_str("&lt;"),
                '>' => output.push_str("&gt;"),
                '\\' => output.push_str("&#92;"),
                other => output.push(other),
            }
        }
        output
    })
}

/// Text that HTML takes as it is, unless it was made safe before.
pub(super) fn escape(input: &Value, given: &[Value], around: &Around<'_>) -> Outcome<Value> {
    match input {
        Value::Safe(_) => Ok(input.clone()),
        _ => force_escape(input, given, around),
    }
}

/// Text that HTML takes as it is.
pub(super) fn force_escape(input: &Value, _: &[Value], around: &Around<'_>) -> Outcome<Value> {
    let text = printed(input, around.meter)?;
    around.meter.room(text.bytes() * 2)?;
    Ok(Value::safe(escaped(&text)))
}

/// Text that counts as safe.
pub(super) fn safe(input: &Value, _: &[Value], around: &Around<'_>) -> Outcome<Value> {
    match input {
        Value::Safe(_) => Ok(input.clone()),
        _ => printed(input, around.meter).map(Value::safe),
    }
}

/// HTML's line breaks.
pub(super) fn nl2br(input: &Value, _: &[Value], around: &Around<'_>) -> Outcome<Value> {
    if input.is_nothing() {
        return Ok(Value::text(""));
    }
    let text = demand_text(input, "`nl2br`")?;
    around.meter.room(text.bytes() * 2)?;
    Ok(like(
        input,
        text.map(|whole| whole.replace("\r\n", "\n").replace('\n', "<br />\n")),
    ))
}

/// Text without the tags of HTML.
pub(super) fn striptags(input: &Value, given: &[Value], around: &Around<'_>) -> Outcome<Value> {
    let none = Value::text("");
    let text = lenient(input, &none, "striptags")?.clone();
    let mut text = text.written().into_owned();
    let mut passes = 0;
    loop {
        around.meter.room(text.len())?;
        let Some(stripped) = without_tags(&text) else {
            break;
        };
        if passes == 8 {
            return Err(Fault::new(
                "The tags of this text are nested too deep within each other.",
            ));
        }
        text = stripped;
        passes += 1;
    }
    let text = text.trim_matches(is_space);
    let text = if truthy(argument(given, 0)) {
        with_lines(text)
    } else {
        squeezed(text)
    };
    Ok(like(input, text.into()))
}

/// All white space as single spaces.
fn squeezed(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    let mut within = false;
    for character in text.chars() {
        let space = is_space(character);
        match (space, within) {
            (true, true) => {}
            (true, false) => output.push(' '),
            (false, _) => output.push(character),
        }
        within = space;
    }
    output
}

/// Lines without spaces at their ends, and no more than one empty line in a row.
fn with_lines(text: &str) -> String {
    let ends = |character| matches!(character, '\n' | '\r' | '\u{2028}' | '\u{2029}');
    let mut output = String::with_capacity(text.len());
    for line in text.split_inclusive(ends) {
        let (line, end) = match line.chars().next_back().filter(|end| ends(*end)) {
            Some(end) => (&line[..line.len() - end.len_utf8()], Some(end)),
            None => (line, None),
        };
        let mut words = line
            .trim_matches(' ')
            .split(' ')
            .filter(|word| !word.is_empty());
        if let Some(word) = words.next() {
            output.push_str(word);
            for word in words {
                output.push(' ');
                output.push_str(word);
            }
        }
        output.extend(end);
    }
    let mut output = output.replace("\r\n", "\n");
    while output.contains("\n\n\n") {
        output = output.replace("\n\n\n", "\n\n");
    }
    output
}

/// The text without what looks like a tag or comment, if there is any.
fn without_tags(text: &str) -> Option<String> {
    let mut output = String::new();
    let mut rest = text;
    let mut found = false;
    // What is missing once is missing further on too.
    let (mut closable, mut commentable) = (true, true);
    while let Some(start) = rest.find('<') {
        let behind = &rest[start + 1..];
        let name = behind.strip_prefix('/').unwrap_or(behind);
        let length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let named = name.starts_with(|first: char| first.is_ascii_alphabetic())
            && !name[length..].starts_with('_');
        let end = if let Some(comment) = behind.strip_prefix("!--").filter(|_| commentable) {
            let end = comment
                .find("-->")
                .map(|end| rest.len() - comment.len() + end + 3);
            commentable = end.is_some();
            end
        } else if named && closable {
            let end = name[length..]
                .find('>')
                .map(|end| rest.len() - name.len() + length + end + 1);
            closable = end.is_some();
            end
        } else {
            None
        };
        output.push_str(&rest[..start]);
        if let Some(end) = end {
            found = true;
            rest = &rest[end..];
        } else {
            output.push('<');
            rest = behind;
        }
    }
    output.push_str(rest);
    found.then_some(output)
}

/// Text that addresses take as it is.
pub(super) fn urlencode(input: &Value, _: &[Value], around: &Around<'_>) -> Outcome<Value> {
    let meter = around.meter;
    if let Some(text) = input.as_text() {
        return component(text, meter).map(Value::text);
    }
    let pair = |name: &Value, value: &Value| {
        let (name, value) = (to_text(name, meter)?, to_text(value, meter)?);
        Ok(format!(
            "{}={}",
            component(&name, meter)?,
            component(&value, meter)?
        ))
    };
    let mut pairs: Vec<String> = Vec::new();
    match input {
        Value::Record(record) => {
            for (name, value) in record.entries() {
                pairs.push(pair(&Value::text(&**name), value)?);
            }
        }
        Value::List(list) => {
            for item in list.copy() {
                super::something(&item, "urlencode")?;
                let part = |key| super::super::evaluate::own(&item, key);
                pairs.push(pair(&part("0"), &part("1"))?);
            }
        }
        _ => {}
    }
    Ok(Value::text(pairs.join("&")))
}

fn component(text: &Text, meter: &Meter) -> Outcome<String> {
    use std::fmt::Write as _;
    let Text::Whole(whole) = text else {
        return Err(Fault::new("Half a character cannot be part of an address."));
    };
    meter.room(whole.len() * 3)?;
    let mut output = String::with_capacity(whole.len());
    for byte in whole.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            output.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(output, "%{byte:02X}");
        }
    }
    Ok(output)
}

/// HTML links around addresses.
pub(super) fn urlize(input: &Value, given: &[Value], around: &Around<'_>) -> Outcome<Value> {
    let text = demand_text(input, "`urlize`")?.written();
    around.meter.room(text.len() * 4)?;
    let length = match argument(given, 0) {
        Value::Undefined => f64::INFINITY,
        Value::Number(number) if number.is_nan() => f64::INFINITY,
        other => super::super::convert::to_number(other, around.meter)?,
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "cut to the range"
    )]
    let length = if length.is_nan() {
        0
    } else {
        length.clamp(0.0, 1e9) as usize
    };
    let follow = if matches!(argument(given, 1), Value::Bool(true)) {
        " rel=\"nofollow\""
    } else {
        ""
    };
    let mut output = String::new();
    let mut rest: &str = &text;
    while !rest.is_empty() {
        let space = rest.starts_with(is_space);
        let end = rest
            .find(|character| is_space(character) != space)
            .unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        rest = behind;
        if space {
            output.push_str(word);
        } else {
            output.push_str(&linked(word, length, follow));
        }
    }
    Ok(Value::text(output))
}

fn linked(word: &str, length: usize, follow: &str) -> String {
    let mut address = word;
    if let Some(rest) = ["(", "<", "&lt;"]
        .iter()
        .find_map(|open| address.strip_prefix(open))
    {
        address = rest;
    }
    if let Some(rest) = [".", ",", ")", "&gt;"]
        .iter()
        .find_map(|close| address.strip_suffix(close))
    {
        address = rest;
    }
    let short = Text::from(address).slice(0, length);
    let short = short.written();
    if address.starts_with("http://") || address.starts_with("https://") {
        format!("<a href=\"{address}\"{follow}>{short}</a>")
    } else if address.starts_with("www.") {
        format!("<a href=\"http://{address}\"{follow}>{short}</a>")
    } else if is_mail(address) {
        format!("<a href=\"mailto:{address}\">{address}</a>")
    } else if is_domain(address) {
        format!("<a href=\"http://{address}\"{follow}>{short}</a>")
    } else {
        word.to_owned()
    }
}

fn is_mail(address: &str) -> bool {
    let Some((person, domain)) = address.split_once('@') else {
        return false;
    };
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"_.!#$%&'*+-/=?^`{|}~".contains(&byte);
    let label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    !person.is_empty()
        && person.bytes().all(valid)
        && domain.contains('.')
        && domain.split('.').all(label)
}

fn is_domain(address: &str) -> bool {
    [".org", ".net", ".com"].iter().any(|ending| {
        address.match_indices(ending).any(|(place, _)| {
            let behind = &address[place + ending.len()..];
            behind.is_empty() || behind.starts_with([':', '/'])
        })
    })
}
