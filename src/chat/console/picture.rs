//! Pictures, which a terminal cannot show: they are kept in a file.

use std::fs;
use std::path::{Path, PathBuf};

use crate::message::Picture;

/// What a person ends a line with who wants its picture in a file.
const OPTION: &str = " --picture";

/// The line without the wish for its picture, and the file that it names. The bot hears nothing of it: the file is on
/// the machine of the person who types.
pub(super) fn asked_for(line: &str) -> (&str, Option<PathBuf>) {
    let Some((before, after)) = line.rsplit_once(OPTION) else {
        return (line, None);
    };
    match after.strip_prefix(['=', ' ']).map(str::trim) {
        Some(file) if !file.is_empty() => {
            (before, Some(PathBuf::from(file.trim_matches(['"', '\'']))))
        }
        _ => (line, None),
    }
}

/// Writes the picture to the file, and says what became of it.
pub(super) fn keep(picture: Option<&Picture>, file: &Path) -> String {
    let shown = file.display();
    let Some(picture) = picture else {
        return format!("That answer has no picture, so nothing is written to {shown}.");
    };
    match fs::write(file, &picture.png) {
        Ok(()) => format!("The picture is in {shown}."),
        Err(error) => format!("The picture cannot be written to {shown}: {error}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_stands_at_the_end_of_the_line() {
        let asked = |line| {
            let (line, file) = asked_for(line);
            let file = file.map(|file| file.display().to_string());
            format!("[{line}] {}", file.unwrap_or_default())
        };
        assert_eq!(asked("deps a"), "[deps a] ");
        assert_eq!(asked("deps a --picture a.png"), "[deps a] a.png");
        assert_eq!(asked("deps a --picture=a.png "), "[deps a] a.png");
        assert_eq!(
            asked("deps a --reverse --picture \"a b.png\""),
            "[deps a --reverse] a b.png"
        );
        assert_eq!(asked("deps a --picture"), "[deps a --picture] ");
        assert_eq!(asked("deps a --pictures"), "[deps a --pictures] ");
    }
}
