//! The filters behind `|`.

mod backstage;
mod general;
mod list;
mod markup;
mod text;

use super::error::{Fault, Outcome, did_you_mean};
use super::meter::Meter;
use super::repository::Hosts;
use super::value::{Record, Value};

/// What filters may look at besides their arguments.
pub struct Around<'a> {
    /// What may be used up.
    pub meter: &'a Meter,
    /// Which repository hosts there are.
    pub hosts: &'a Hosts,
    /// What `random` picks by.
    pub seed: u64,
}

type Apply = fn(&Value, &[Value], &Around<'_>) -> Outcome<Value>;

/// A filter.
pub struct Filter {
    name: &'static str,
    /// What it does.
    pub apply: Apply,
    /// The names of its arguments, where they may be given by name one by one.
    pub names: Option<&'static [&'static str]>,
    /// Whether arguments with names may be given at all.
    pub takes_names: bool,
}

const fn filter(name: &'static str, apply: Apply) -> Filter {
    Filter {
        name,
        apply,
        names: None,
        takes_names: true,
    }
}

const fn from_backstage(name: &'static str, apply: Apply) -> Filter {
    Filter {
        name,
        apply,
        names: None,
        takes_names: false,
    }
}

/// All filters; those of Backstage's scaffolder come last.
const FILTERS: [Filter; 47] = [
    filter("abs", general::abs),
    filter("batch", list::batch),
    filter("capitalize", text::capitalize),
    filter("center", text::center),
    filter("d", general::default),
    filter("default", general::default),
    filter("dictsort", list::dictsort),
    filter("dump", general::dump),
    filter("e", markup::escape),
    filter("escape", markup::escape),
    filter("first", list::first),
    filter("float", general::float),
    filter("forceescape", markup::force_escape),
    filter("groupby", list::groupby),
    filter("indent", text::indent),
    Filter {
        name: "int",
        apply: general::int,
        names: Some(&["default", "base"]),
        takes_names: true,
    },
    filter("join", list::join),
    filter("last", list::last),
    filter("length", general::length),
    filter("list", list::list),
    filter("lower", text::lower),
    filter("nl2br", markup::nl2br),
    filter("random", list::random),
    filter("reject", list::reject),
    filter("rejectattr", list::rejectattr),
    filter("replace", text::replace),
    filter("reverse", list::reverse),
    filter("round", general::round),
    filter("safe", markup::safe),
    filter("select", list::select),
    filter("selectattr", list::selectattr),
    filter("slice", list::slice),
    Filter {
        name: "sort",
        apply: list::sort,
        names: Some(&["reverse", "case_sensitive", "attribute"]),
        takes_names: true,
    },
    filter("string", general::string),
    filter("striptags", markup::striptags),
    filter("sum", list::sum),
    filter("title", text::title),
    filter("trim", text::trim),
    filter("truncate", text::truncate),
    filter("upper", text::upper),
    filter("urlencode", markup::urlencode),
    filter("urlize", markup::urlize),
    filter("wordcount", text::wordcount),
    from_backstage("parseEntityRef", backstage::parse_entity_ref),
    from_backstage("parseRepoUrl", backstage::parse_repo_url),
    from_backstage("pick", backstage::pick),
    from_backstage("projectSlug", backstage::project_slug),
];

/// The filter of a name.
pub fn find(name: &str, cookiecutter: bool) -> Option<&'static Filter> {
    let name = if cookiecutter && name == "jsonify" {
        "dump"
    } else {
        name
    };
    FILTERS.iter().find(|filter| filter.name == name)
}

/// The sentence for a filter that there is not.
pub fn unknown(name: &str, cookiecutter: bool) -> String {
    let names = FILTERS.iter().map(|filter| filter.name);
    let meant = did_you_mean(name, names);
    if !meant.is_empty() {
        return format!("There is no filter `{name}`{meant}");
    }
    let remedy = match name {
        "jsonify" if !cookiecutter => " Write `dump`.",
        "tojson" | "fromJson" | "toJson" | "json" => " Write `dump` to get JSON.",
        "now" | "date" => " Templates have no clock: the same answers must give the same files.",
        _ => " Filters that an organisation added to its Backstage are not known here.",
    };
    format!("There is no filter `{name}`.{remedy}")
}

/// One of the arguments.
fn argument(given: &[Value], place: usize) -> &Value {
    given.get(place).unwrap_or(&Value::Undefined)
}

/// Refuses undefined and null.
fn something(value: &Value, filter: &str) -> Outcome<()> {
    if value.is_nothing() {
        return Err(Fault::new(format!(
            "`{filter}` takes a value, but this is {}. Write `| default(…)` in front of it.",
            value.kind()
        )));
    }
    Ok(())
}

/// The values of an object that has a length and numbers for names, as if it were a list.
fn indexed(record: &Record, meter: &Meter) -> Outcome<Vec<Value>> {
    let length = record.get("length").cloned().unwrap_or(Value::Undefined);
    let length = super::convert::to_number(&length, meter)?;
    let mut values = Vec::new();
    let mut place = 0.0;
    while place < length {
        meter.step(1)?;
        values.push(
            record
                .get(&values.len().to_string())
                .cloned()
                .unwrap_or(Value::Undefined),
        );
        place += 1.0;
    }
    Ok(values)
}
