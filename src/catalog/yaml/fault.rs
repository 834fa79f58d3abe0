//! Why a document could not be read, in words that help an author who does not know YAML's grammar.

use granit_parser::{ErrorKind, Marker, ScanError};

use super::MAX_DEPTH;
use crate::catalog::problem::rule;

/// Why a document could not be read, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The rule's stable name.
    pub rule: &'static str,
    /// The line within the stream; the first is 1.
    pub line: u32,
    /// The column in characters; the first is 1.
    pub column: u32,
    /// A full sentence: what is wrong and how to mend it.
    pub message: String,
}

/// A fault at a line and column.
pub(super) fn fault(rule: &'static str, (line, column): (u32, u32), message: String) -> Fault {
    Fault {
        rule,
        line,
        column,
        message,
    }
}

/// The fault of a document that is nested too deep.
pub(super) fn too_deep(at: (u32, u32)) -> Fault {
    let message = format!(
        "Lists and objects are nested more than {MAX_DEPTH} deep here: make the document flatter."
    );
    fault(rule::TOO_DEEP, at, message)
}

/// Says what the parser stumbled over in words that help an author who does not know YAML's grammar.
pub(super) fn syntax_fault(error: &ScanError, text: &str, lines_before: u32) -> Fault {
    let at = position(error.marker(), lines_before);
    let message = match error.kind() {
        ErrorKind::RecursionLimitExceeded => return too_deep(at),
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => "A tab cannot indent YAML: use spaces instead.".to_owned(),
        ErrorKind::MappingValueNotAllowed | ErrorKind::MappingKeyNotAllowed | ErrorKind::InvalidColonPlacement => {
            "A key and its value cannot stand here: check the indentation, and put a value that holds a colon in quotes.".to_owned()
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey | ErrorKind::ExpectedBlockMappingKey => {
            "A key with a colon is expected here, like name: value. Check the indentation and the colons of this line and the one before.".to_owned()
        }
        ErrorKind::ExpectedBlockSequenceEntry | ErrorKind::BlockSequenceEntryNotAllowed => {
            "A list entry cannot stand here: begin each entry with \"- \" and indent all of them alike.".to_owned()
        }
        ErrorKind::UnexpectedCharacter { character } if character.is_control() => format!(
            "The control character U+{:04X} stands here, and YAML has no such thing: remove it.",
            u32::from(*character)
        ),
        ErrorKind::UnexpectedCharacter { character } => {
            format!("A value cannot begin with {character} unless it stands in quotes: write \"{character}…\".")
        }
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
            "This quotation is not closed: put the closing quote where the text ends.".to_owned()
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            "Something follows the closing quote: put the whole value into one pair of quotes.".to_owned()
        }
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::MisplacedFlowCollectionEnd
        | ErrorKind::MismatchedFlowCollectionEnd { .. } => {
            "The brackets do not match: close each [ with ] and each { with }, and put a value that begins with a bracket in quotes.".to_owned()
        }
        ErrorKind::ExpectedDocumentStart | ErrorKind::InvalidDocumentEnd => {
            "The document has ended before this place: indent what belongs to it, or begin a new document with --- on a line of its own.".to_owned()
        }
        ErrorKind::UnknownAnchor => "This alias stands for nothing: put its &anchor before it, or the text in quotes.".to_owned(),
        ErrorKind::UnknownQuotedScalarEscape => {
            "A backslash in double quotes begins an escape, and this one is unknown: use single quotes, or write \\\\.".to_owned()
        }
        kind => format!("This is not YAML ({kind}): check the indentation and the quotes around this place."),
    };
    // What the parser quotes may be any character.
    let message = message.replace(char::is_control, "\u{FFFD}");
    // The end of the text is where the parser gave up, not where the author went wrong; the last line that says something is nearer.
    let last = text.trim_end().lines().count().max(1);
    let last = u32::try_from(last)
        .unwrap_or(u32::MAX)
        .saturating_add(lines_before);
    let at = if at.0 > last { (last, 1) } else { at };
    fault(rule::YAML_SYNTAX, at, message)
}

/// The line within the stream and the column, counted from 1.
pub(super) fn position(marker: &Marker, lines_before: u32) -> (u32, u32) {
    let line = u32::try_from(marker.line()).unwrap_or(u32::MAX);
    let column = u32::try_from(marker.col()).unwrap_or(u32::MAX);
    (line.saturating_add(lines_before), column.saturating_add(1))
}
