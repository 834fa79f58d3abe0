//! From a text to its plain words: lower case, no accents, cut at separators.

/// No more of what somebody typed is looked at, in characters.
pub(super) const LONGEST: usize = 200;

/// How letters like `ä` and `ø` become plain ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Umlauts {
    /// `ä` is `a`, as people type without the right keyboard.
    Bare,
    /// `ä` is `ae`, as German and Danish names are spelled in ASCII.
    Spelled,
}

/// Whether the two ways of reading umlauts differ for a text.
pub(super) fn has_umlauts(text: &str) -> bool {
    text.chars().any(|letter| {
        matches!(
            letter,
            'ä' | 'ö' | 'ü' | 'Ä' | 'Ö' | 'Ü' | 'ø' | 'Ø' | 'å' | 'Å'
        )
    })
}

/// Calls `take` with every word of `text`, and whether white space (or the beginning) stands before it.
///
/// Everything that is neither a letter nor a digit ends a word, except an apostrophe; so does the step
/// from a lower-case to an upper-case letter between two parts of at least three letters (`PaymentGateway`,
/// but not `GraphQL`).
pub(super) fn each_word(text: &str, umlauts: Umlauts, mut take: impl FnMut(&str, bool)) {
    let mut word = String::with_capacity(32);
    let mut spaced = true;
    let mut previous_lower = false;
    for (at, letter) in text.char_indices() {
        if !letter.is_alphanumeric() {
            if matches!(
                letter,
                '\'' | '\u{2019}' | '\u{ad}' | '\u{200b}'..='\u{200d}'
            ) || is_mark(letter)
            {
                continue;
            }
            if !word.is_empty() {
                take(&word, spaced);
                word.clear();
                spaced = false;
            }
            spaced |= letter.is_whitespace() || letter.is_control();
            previous_lower = false;
            continue;
        }
        let begins_part = previous_lower && letter.is_uppercase();
        if begins_part && word.len() >= 3 && lower_run(&text[at..]) >= 3 {
            take(&word, spaced);
            word.clear();
            spaced = false;
        }
        previous_lower = letter.is_lowercase();
        push_folded(&mut word, letter, umlauts);
    }
    if !word.is_empty() {
        take(&word, spaced);
    }
}

/// The words of `text` without anything between them, which is how names compare when separators do not count.
pub(super) fn squash(text: &str, umlauts: Umlauts) -> String {
    let mut squashed = String::with_capacity(text.len());
    each_word(text, umlauts, |word, _| squashed.push_str(word));
    squashed
}

/// How many letters the part has that begins with an upper-case letter and goes on in lower case.
fn lower_run(text: &str) -> usize {
    let mut letters = text.chars();
    letters.next();
    1 + letters.take_while(|letter| letter.is_lowercase()).count()
}

/// Combining marks: `e` and an accent of its own are an `e`.
fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}')
}

fn push_folded(word: &mut String, letter: char, umlauts: Umlauts) {
    if letter.is_ascii() {
        word.push(letter.to_ascii_lowercase());
        return;
    }
    if is_mark(letter) {
        return;
    }
    let spelled = umlauts == Umlauts::Spelled;
    for lower in letter.to_lowercase() {
        let plain = match lower {
            'ä' if spelled => "ae",
            'ö' | 'ø' if spelled => "oe",
            'ü' if spelled => "ue",
            'å' if spelled => "aa",
            'à'..='å' | 'ā' | 'ă' | 'ą' | 'ǎ' => "a",
            'æ' => "ae",
            'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
            'ď' | 'đ' | 'ð' => "d",
            'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
            'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
            'ĥ' | 'ħ' => "h",
            'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
            'ĵ' => "j",
            'ķ' => "k",
            'ĺ' | 'ļ' | 'ľ' | 'ł' => "l",
            'ñ' | 'ń' | 'ņ' | 'ň' => "n",
            'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
            'œ' => "oe",
            'ŕ' | 'ŗ' | 'ř' => "r",
            'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
            'ß' => "ss",
            'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
            'þ' => "th",
            'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
            'ŵ' => "w",
            'ý' | 'ÿ' | 'ŷ' => "y",
            'ź' | 'ż' | 'ž' => "z",
            other => {
                if !is_mark(other) {
                    word.push(other);
                }
                continue;
            }
        };
        word.push_str(plain);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str, umlauts: Umlauts) -> String {
        let mut words = Vec::new();
        each_word(text, umlauts, |word, spaced| {
            words.push(format!("{}{word}", if spaced { " " } else { "-" }));
        });
        words.concat()
    }

    #[test]
    fn words_end_at_every_separator_and_inside_camel_case() {
        assert_eq!(
            words("payments-api_v2.core  PaymentGateway", Umlauts::Bare),
            " payments-api-v2-core payment-gateway"
        );
        assert_eq!(
            words("GraphQL iOS eBay O'Brien's", Umlauts::Bare),
            " graphql ios ebay obriens"
        );
        assert_eq!(words("\u{0}\u{1f525} - ", Umlauts::Bare), "");
    }

    #[test]
    fn letters_of_other_languages_become_plain() {
        assert_eq!(
            words("Zahlungsübersicht Größe", Umlauts::Spelled),
            " zahlungsuebersicht groesse"
        );
        assert_eq!(
            words("Zahlungsübersicht Größe", Umlauts::Bare),
            " zahlungsubersicht grosse"
        );
        assert_eq!(
            words("Café façade Łódź e\u{301}", Umlauts::Bare),
            " cafe facade lodz e"
        );
        assert_eq!(words("Платежи", Umlauts::Bare), " платежи");
        assert!(has_umlauts("Übersicht") && !has_umlauts("Café"));
    }
}
