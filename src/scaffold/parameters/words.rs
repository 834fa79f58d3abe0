//! Texts of a template as people read them.

/// A name of a program as words: `componentId` is `Component id`.
pub(super) fn readable(name: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for character in name.chars() {
        let is_break = !character.is_alphanumeric();
        let begins = character.is_uppercase() && before.is_lowercase();
        if is_break || begins || words.is_empty() {
            words.push(String::new());
        }
        if !is_break && let Some(word) = words.last_mut() {
            word.push(character);
        }
        before = character;
    }
    words.retain(|word| !word.is_empty());
    for (position, word) in words.iter_mut().enumerate() {
        let is_short = word.chars().count() > 1 && word.chars().all(char::is_uppercase);
        let (first, rest) = match word.char_indices().nth(1) {
            Some((at, _)) => word.split_at(at),
            None => (word.as_str(), ""),
        };
        if position == 0 {
            *word = format!("{}{rest}", first.to_uppercase());
        } else if !is_short {
            *word = format!("{}{rest}", first.to_lowercase());
        }
    }
    if words.is_empty() {
        return name.to_owned();
    }
    words.join(" ")
}

/// A text with its line breaks and other white space as single spaces.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_programs_are_words() {
        let names = [
            "componentId",
            "repo_url",
            "aws-region",
            "URL",
            "useTLS",
            "x",
            "--",
        ];
        assert_eq!(
            names.map(readable),
            [
                "Component id",
                "Repo url",
                "Aws region",
                "URL",
                "Use TLS",
                "X",
                "--"
            ]
        );
        assert_eq!(one_line(" a\n  b "), "a b");
    }
}
