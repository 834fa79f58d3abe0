//! What draft 7 of JSON Schema refuses in the pages of a template.

use serde_json::Value;

use super::{Note, page_pointer};

/// Everything that is wrong, page by page.
pub(super) fn slips(pages: &[Value]) -> Vec<Note> {
    let mut slips: Vec<Note> = Vec::new();
    for (position, page) in pages.iter().enumerate() {
        let at = page_pointer(position);
        for error in jsonschema::draft7::meta::validator().iter_errors(page) {
            let path = error.instance_path().as_str();
            let value = page.pointer(path).unwrap_or(&Value::Null);
            let pointer = format!("{at}{path}");
            // One fault of a schema breaks several rules.
            if slips.iter().all(|known| known.pointer != pointer) {
                let sentence = refused(path, value);
                slips.push(Note { pointer, sentence });
            }
        }
    }
    slips
}

/// What draft 7 says of the value of a keyword, in words.
fn refused(path: &str, value: &Value) -> String {
    let mut parts = path.rsplit('/');
    let last = parts.next().unwrap_or_default();
    // A part of a list is told by its list.
    let keyword = if last.parse::<usize>().is_ok() {
        parts.next().unwrap_or_default()
    } else {
        last
    };
    let wanted = match keyword {
        "type" => {
            "a type is string, number, integer, boolean, array, object or null, or a list of several"
        }
        "required" => {
            "it lists the names that must be there, and stands beside `properties`, not at a property itself"
        }
        "enum" => "it lists the values, at least one and each once",
        "properties" => "it gives each name a schema",
        "items" => "it is a schema",
        "minLength" | "maxLength" | "minItems" | "maxItems" => "it is a whole number",
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => {
            "it is a number"
        }
        "pattern" => "it is a regular expression",
        "title" | "description" | "format" => "it is a text",
        "uniqueItems" => "it is true or false",
        "allOf" | "anyOf" | "oneOf" => "it lists schemas, at least one",
        _ => "draft 7 of JSON Schema takes something else there",
    };
    format!("`{keyword}` cannot be {value}: {wanted}.")
}
