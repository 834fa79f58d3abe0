//! How YAML is written: the options of the package `yaml` that Roadie's actions hand on.

use serde_json::{Map, Value};

/// How YAML is written.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "these are the options of the package"
)]
pub struct Style {
    /// By how many spaces each level is indented.
    pub indent: usize,
    /// Whether lists are indented under their key.
    pub indents_lists: bool,
    /// The most characters of a line; as many as it takes when it is not above 0.
    pub width: i64,
    /// So many characters are left for what is indented deep.
    pub least_width: i64,
    /// Whether and how texts of several lines become blocks.
    pub blocks: Blocks,
    /// Whether all lists and objects are written in brackets, or none.
    pub in_brackets: Option<bool>,
    /// How texts are written where it can be done.
    pub texts: Scalar,
    /// The same for keys.
    pub keys: Option<Scalar>,
    /// Whether single quotes are preferred, or avoided altogether.
    pub single_quotes: Option<bool>,
    /// Whether double quotes hold nothing but JSON.
    pub quotes_json: bool,
    /// From how many characters a text in double quotes may take several lines.
    pub least_lines_length: usize,
    /// True.
    pub yes: String,
    /// False.
    pub no: String,
    /// Null.
    pub nothing: String,
    /// Whether a space stands inside of brackets.
    pub pads_brackets: bool,
    /// Whether keys never get a `?`.
    pub has_simple_keys: bool,
    /// Whether the document begins with its marker.
    pub has_marker: bool,
}

/// Whether and how texts of several lines become blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocks {
    /// They do not.
    Never,
    /// Folded where lines are too long, else literal.
    Fitting,
    /// Folded.
    Folded,
    /// Literal.
    Literal,
}

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar {
    /// Without quotes.
    Plain,
    /// In single quotes.
    Single,
    /// In double quotes.
    Double,
    /// As a block.
    Block,
}

/// What [`Style::set`] says where there is no such option.
const UNKNOWN: &str = "";

impl Default for Style {
    fn default() -> Self {
        Self {
            indent: 2,
            indents_lists: true,
            width: 80,
            least_width: 20,
            blocks: Blocks::Fitting,
            in_brackets: None,
            texts: Scalar::Plain,
            keys: None,
            single_quotes: None,
            quotes_json: false,
            least_lines_length: 40,
            yes: "true".to_owned(),
            no: "false".to_owned(),
            nothing: "null".to_owned(),
            pads_brackets: true,
            has_simple_keys: false,
            has_marker: false,
        }
    }
}

impl Style {
    /// What the options of an action ask for. The error is a sentence.
    pub fn of(options: &Map<String, Value>) -> Result<Self, String> {
        let mut style = Self::default();
        for (name, value) in options {
            let done = style.set(name, value);
            done.map_err(|wanted| match wanted {
                UNKNOWN => format!("YAML has no option `{name}`: leave it out."),
                wanted => format!("The option `{name}` of YAML must be {wanted}, not {value}."),
            })?;
        }
        Ok(style)
    }

    /// Sets one option. The error is what it must be.
    fn set(&mut self, name: &str, value: &Value) -> Result<(), &'static str> {
        let truth = || value.as_bool().ok_or("true or false");
        let whole = || value.as_f64().and_then(whole).ok_or("a whole number");
        let text = || value.as_str().map(str::to_owned).ok_or("a text");
        match name {
            "indent" => {
                let indent = whole().ok().and_then(|indent| usize::try_from(indent).ok());
                let indent = indent.filter(|indent| (1..=1_000).contains(indent));
                self.indent = indent.ok_or("a whole number from 1 to 1000")?;
            }
            "indentSeq" => self.indents_lists = truth()?,
            "lineWidth" => self.width = whole()?,
            "minContentWidth" => self.least_width = whole()?,
            "blockQuote" => {
                self.blocks = match value {
                    Value::Bool(true) => Blocks::Fitting,
                    Value::Bool(false) => Blocks::Never,
                    Value::String(how) if how == "folded" => Blocks::Folded,
                    Value::String(how) if how == "literal" => Blocks::Literal,
                    _ => return Err("true, false, \"folded\" or \"literal\""),
                }
            }
            "collectionStyle" => {
                self.in_brackets = match value.as_str() {
                    Some("any") => None,
                    Some("block") => Some(false),
                    Some("flow") => Some(true),
                    _ => return Err("\"any\", \"block\" or \"flow\""),
                }
            }
            "defaultStringType" => self.texts = scalar(value)?,
            "defaultKeyType" if value.is_null() => self.keys = None,
            "defaultKeyType" => self.keys = Some(scalar(value)?),
            "singleQuote" if value.is_null() => self.single_quotes = None,
            "singleQuote" => self.single_quotes = Some(truth()?),
            "doubleQuotedAsJSON" => self.quotes_json = truth()?,
            "doubleQuotedMinMultiLineLength" => {
                self.least_lines_length = usize::try_from(whole()?.max(0)).unwrap_or(usize::MAX);
            }
            "trueStr" => self.yes = text()?,
            "falseStr" => self.no = text()?,
            "nullStr" => self.nothing = text()?,
            "flowCollectionPadding" => self.pads_brackets = truth()?,
            "simpleKeys" => self.has_simple_keys = truth()?,
            "directives" if value.is_null() => self.has_marker = false,
            "directives" => self.has_marker = truth()?,
            _ => return Err(UNKNOWN),
        }
        Ok(())
    }
}

fn scalar(value: &Value) -> Result<Scalar, &'static str> {
    match value.as_str() {
        Some("PLAIN") => Ok(Scalar::Plain),
        Some("QUOTE_SINGLE") => Ok(Scalar::Single),
        Some("QUOTE_DOUBLE") => Ok(Scalar::Double),
        Some("BLOCK_FOLDED" | "BLOCK_LITERAL") => Ok(Scalar::Block),
        _ => Err("PLAIN, QUOTE_SINGLE, QUOTE_DOUBLE, BLOCK_FOLDED or BLOCK_LITERAL"),
    }
}

fn whole(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
    let whole = number as i64;
    (number.fract() == 0.0 && number.abs() < 1e9).then_some(whole)
}
