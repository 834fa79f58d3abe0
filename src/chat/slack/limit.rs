//! What Slack takes at most. Lengths are in UTF-16 units, which are never fewer than Slack's own characters.

/// Blocks of a message.
pub const BLOCKS: usize = 50;
/// Blocks of a modal or a Home tab.
pub const VIEW_BLOCKS: usize = 100;
/// All that a message holds, its structure included. Slack names no figure; what people measured ends at about 13,200
/// characters, of which each block takes some beside its words.
pub const MESSAGE: usize = 11_500;
/// The text of a message that shows in notifications, or in the place of blocks. Slack takes more when a message
/// is posted, but not when it is edited.
pub const TEXT: usize = 3_900;
/// A header.
pub const HEADER: usize = 150;
/// What a button or an option says.
pub const LABEL: usize = 75;
/// What a button carries.
pub const BUTTON_VALUE: usize = 2_000;
/// What an option of a select carries.
pub const OPTION_VALUE: usize = 150;
/// Options of a select.
pub const OPTIONS: usize = 100;
/// Elements in one row of buttons and selects.
pub const ELEMENTS: usize = 25;
/// The words that stand for a picture.
pub const ALT: usize = 2_000;
/// An address.
pub const ADDRESS: usize = 3_000;
/// Rows of a table, its heading included.
pub const ROWS: usize = 100;
/// Columns of a table.
pub const COLUMNS: usize = 20;

/// How long Slack takes a text to be.
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Cuts a text at a length, with an ellipsis where something is missing.
pub fn cut(text: &str, most: usize) -> String {
    if length(text) <= most {
        return text.to_owned();
    }
    let mut left = most.saturating_sub(1);
    let mut kept = String::new();
    for character in text.chars() {
        let Some(rest) = left.checked_sub(character.len_utf16()) else {
            break;
        };
        left = rest;
        kept.push(character);
    }
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_letters() {
        assert_eq!(cut("payments", 8), "payments");
        assert_eq!(cut("payments", 4), "pay…");
        assert_eq!(cut("🚀🚀", 3), "🚀…");
        assert_eq!(cut("🚀🚀", 2), "…");
        assert_eq!(cut("pay ments", 5), "pay…");
    }
}
