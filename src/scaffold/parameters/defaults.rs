//! Defaults, filled in as Backstage's form does it (react-jsonschema-form 5, `allOf: populateDefaults`).

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use super::judge;
use super::schema::{Schema, count, entries, kind, list, merge, resolved, texts};
use super::{page_pointer, walk, when};

/// How often defaults may bring up others.
const MOST_ROUNDS: usize = 10;
/// How deep schemas are looked into.
const DEEPEST: usize = 16;
/// How many entries of a list are made up at most.
const MOST_ENTRIES: usize = 1_000;

/// The values with defaults of the pages that are shown, and without what only others declare.
pub(super) fn filled(pages: &[Value], mut values: Map<String, Value>) -> Map<String, Value> {
    let mut shown = Vec::new();
    for (position, page) in pages.iter().enumerate() {
        let visible = without_hidden(pages, position, &shown, &values);
        if when::is_shown(page.get("when"), &visible) {
            shown.push(position);
            values = page_filled(page, values);
        }
    }
    without_hidden(pages, pages.len(), &shown, &values)
}

/// The pages that are shown to somebody with these values, by their positions.
pub(super) fn shown(pages: &[Value], values: &Map<String, Value>) -> Vec<usize> {
    let mut shown = Vec::new();
    for (position, page) in pages.iter().enumerate() {
        let visible = without_hidden(pages, position, &shown, values);
        if when::is_shown(page.get("when"), &visible) {
            shown.push(position);
        }
    }
    shown
}

/// The values without those that only pages declare which are not shown.
fn without_hidden(
    pages: &[Value],
    before: usize,
    shown: &[usize],
    values: &Map<String, Value>,
) -> Map<String, Value> {
    if shown.len() == before {
        return values.clone();
    }
    let paths = |of_shown: bool| {
        let pages = pages.iter().enumerate().take(before);
        let pages = pages.filter(move |(position, _)| shown.contains(position) == of_shown);
        pages.flat_map(|(position, page)| walk::page(page, &page_pointer(position)).mentions)
    };
    let visible: Vec<Vec<String>> = paths(true).map(|mention| mention.path).collect();
    let mut kept = values.clone();
    for mention in paths(false) {
        if !visible.iter().any(|path| path.starts_with(&mention.path)) {
            remove(&mut kept, &mention.path);
        }
    }
    kept
}

fn remove(values: &mut Map<String, Value>, path: &[String]) {
    match path {
        [] => {}
        [name] => {
            values.shift_remove(name);
        }
        [name, rest @ ..] => {
            if let Some(Value::Object(within)) = values.get_mut(name) {
                remove(within, rest);
            }
        }
    }
}

/// One page's defaults. A default may make another branch count, which has defaults of its own.
fn page_filled(page: &Value, values: Map<String, Value>) -> Map<String, Value> {
    let mut filled = Value::Object(values);
    for _ in 0..MOST_ROUNDS {
        let form = Form { page };
        let schema = form.counting(page, &filled, DEEPEST);
        let Some(defaults) = form.default(&schema, None, Some(&filled), DEEPEST) else {
            break;
        };
        let next = beside(defaults, filled.clone());
        if next == filled {
            break;
        }
        filled = next;
    }
    match filled {
        Value::Object(filled) => filled,
        _ => Map::new(),
    }
}

struct Form<'p> {
    page: &'p Value,
}

impl Form<'_> {
    /// A schema with those of its branches that count for a value.
    fn counting(&self, schema: &Value, value: &Value, deep: usize) -> Schema {
        let mut schema = resolved(self.page, schema);
        let Some(deep) = deep.checked_sub(1) else {
            return schema;
        };
        let dependencies = schema.shift_remove("dependencies");
        for (name, dependent) in dependencies.iter().filter_map(Value::as_object).flatten() {
            if value.get(name).is_none() {
                continue;
            }
            if let Value::Array(_) = dependent {
                let needed = [("required".to_owned(), dependent.clone())];
                schema = merge(schema, Schema::from_iter(needed));
                continue;
            }
            let mut dependent = self.counting(dependent, value, deep);
            let alternatives = dependent.shift_remove("oneOf");
            schema = merge(schema, dependent);
            if let Some(Value::Array(alternatives)) = alternatives
                && let Some(alternative) = self.alternative(&alternatives, name, value)
            {
                let alternative = self.counting(&Value::Object(alternative), value, deep);
                schema = merge(schema, alternative);
            }
        }
        if let Some(condition) = schema.shift_remove("if") {
            let branches = (schema.shift_remove("then"), schema.shift_remove("else"));
            let holds = judge::fits(&condition, value);
            let branch = if holds { branches.0 } else { branches.1 };
            if let Some(branch) = branch {
                schema = merge(schema, self.counting(&branch, value, deep));
            }
        }
        if let Some(Value::Array(parts)) = schema.shift_remove("allOf") {
            for part in parts {
                // Of several defaults the first stays.
                schema = merge(self.counting(&part, value, deep), schema);
            }
        }
        schema
    }

    /// The one alternative that a value's property fits, without that property.
    fn alternative(&self, alternatives: &[Value], name: &str, value: &Value) -> Option<Schema> {
        let mut fitting = alternatives.iter().filter_map(|alternative| {
            let alternative = resolved(self.page, alternative);
            let property = alternative.get("properties")?.get(name)?.clone();
            judge::fits(&property, value.get(name)?).then_some(alternative)
        });
        let mut alternative = fitting.next()?;
        if fitting.next().is_some() {
            return None;
        }
        if let Some(Value::Object(properties)) = alternative.get_mut("properties") {
            properties.shift_remove(name);
        }
        Some(alternative)
    }

    /// The default of a schema's value; `within` is what a default around it says of it.
    fn default(
        &self,
        schema: &Schema,
        within: Option<&Value>,
        value: Option<&Value>,
        deep: usize,
    ) -> Option<Value> {
        let deep = deep.checked_sub(1)?;
        let is_branched = ["dependencies", "allOf"]
            .iter()
            .any(|keyword| schema.contains_key(*keyword));
        let nothing = Value::Null;
        let whole = Value::Object(schema.clone());
        // Deeper down the form takes no notice of an `if` by itself.
        let schema = if is_branched {
            self.counting(&whole, value.unwrap_or(&nothing), deep)
        } else {
            resolved(self.page, &whole)
        };
        let mut default = match (schema.get("const"), within, schema.get("default")) {
            (Some(fixed), _, _) => Some(fixed.clone()),
            (_, Some(one @ Value::Object(_)), Some(other @ Value::Object(_))) => {
                Some(beside(one.clone(), other.clone()))
            }
            (_, _, Some(other)) => Some(other.clone()),
            (_, within, None) => within.cloned(),
        };
        let is_told = schema.contains_key("const") || schema.contains_key("default");
        for keyword in ["oneOf", "anyOf"] {
            let alternatives = list(&schema, keyword);
            if alternatives.is_empty() || is_told {
                continue;
            }
            let nearest = nearest(alternatives, value);
            let mut rest = schema.clone();
            rest.shift_remove(keyword);
            let chosen = merge(rest, resolved(self.page, nearest));
            return self.default(&chosen, within, value, deep);
        }
        match kind(&schema) {
            Some("object") => {
                let required = texts(&schema, "required");
                let mut object = match default.take() {
                    Some(Value::Object(object)) => object,
                    _ => Map::new(),
                };
                for (name, property) in entries(&schema, "properties") {
                    let property = resolved(self.page, property);
                    let within = object.get(name).cloned();
                    let value = value.and_then(|value| value.get(name));
                    let Some(default) = self.default(&property, within.as_ref(), value, deep)
                    else {
                        continue;
                    };
                    let is_empty = default.as_object().is_some_and(Map::is_empty);
                    if !is_empty || required.contains(&name.as_str()) {
                        object.insert(name.clone(), default);
                    }
                }
                Some(Value::Object(object))
            }
            Some("array") if !schema.contains_key("const") => {
                let entries = match default {
                    Some(Value::Array(entries)) => entries,
                    _ => Vec::new(),
                };
                Some(Value::Array(self.entries(&schema, entries, value, deep)))
            }
            _ => default.filter(|default| !default.is_null()),
        }
    }

    /// A list's entries: as many as there must be, where they have defaults.
    fn entries(
        &self,
        schema: &Schema,
        mut entries: Vec<Value>,
        value: Option<&Value>,
        deep: usize,
    ) -> Vec<Value> {
        if let Some(Value::Array(items)) = schema.get("items")
            && entries.is_empty()
            && value.is_none()
        {
            let each = items.iter().map(|item| {
                let default = self.default(&resolved(self.page, item), None, None, deep);
                default.unwrap_or_default()
            });
            return each.collect();
        }
        let items = schema.get("items").filter(|items| items.is_object());
        let items = resolved(self.page, items.unwrap_or(&Value::Null));
        let is_several =
            schema.get("uniqueItems") == Some(&Value::Bool(true)) && items.contains_key("enum");
        for entry in &mut entries {
            if entry.is_object()
                && let Some(filled) = self.default(&items, Some(entry), None, deep)
            {
                *entry = filled;
            }
        }
        if let Some(Value::Array(given)) = value {
            // What was given is completed, and not made more.
            let filled = given.iter().map(|given| {
                let default = self.default(&items, None, Some(given), deep);
                default.map_or_else(|| given.clone(), |default| beside(default, given.clone()))
            });
            entries = filled.collect();
        }
        let least = count(schema, "minItems").unwrap_or(0).min(MOST_ENTRIES);
        if !is_several
            && entries.len() < least
            && let Some(filler) = self.default(&items, None, None, deep)
        {
            entries.resize(least, filler);
        }
        entries
    }
}

/// The alternative that a value fits, or the first.
fn nearest<'a>(alternatives: &'a [Value], value: Option<&Value>) -> &'a Value {
    let fitting = value.and_then(|value| {
        let mut alternatives = alternatives.iter();
        alternatives.find(|alternative| judge::fits(alternative, value))
    });
    fitting.unwrap_or(&alternatives[0])
}

/// Defaults with what was given: that stays, and objects are completed.
fn beside(defaults: Value, given: Value) -> Value {
    match (defaults, given) {
        (Value::Object(mut defaults), Value::Object(given)) => {
            let mut whole = Map::new();
            for (name, value) in given {
                let value = match defaults.shift_remove(&name) {
                    Some(default) => beside(default, value),
                    None => value,
                };
                whole.insert(name, value);
            }
            whole.extend(defaults);
            Value::Object(whole)
        }
        (Value::Array(defaults), Value::Array(given)) if defaults.len() == given.len() => {
            let both = defaults.into_iter().zip(given);
            both.map(|(default, given)| beside(default, given))
                .collect()
        }
        (_, given) => given,
    }
}
