//! What was said while the bot was away, and is too old to be run: it is listed, so that one press runs it.

use crate::clock::ago;
use crate::message::{Choice, Missed, Reply};

/// More lines than these are only counted; the newest matter most.
const MOST: usize = 5;

/// The words about lines that nobody answered; without lines, that they were not kept.
pub(super) fn listed(missed: &Missed, now: u64) -> Reply {
    let since = ago(now, missed.since);
    let time = match since.as_str() {
        "just now" => "a moment",
        since => since.trim_end_matches(" ago"),
    };
    let count = missed.lines.len();
    if count == 0 {
        return Reply::text(format!(
            "I was away for {time}, and I have not kept what you wrote meanwhile. Please write it once more."
        ));
    }
    let left = count.saturating_sub(MOST);
    let asked = match count {
        1 => "one line".to_owned(),
        count => format!("{count} lines"),
    };
    let newest = if left > 0 {
        format!(" These are the newest {MOST}.")
    } else {
        String::new()
    };
    let choices = missed.lines[left..].iter().map(|line| Choice {
        label: line.clone(),
        line: line.clone(),
    });
    Reply {
        choices: choices.collect(),
        ..Reply::text(format!(
            "I was away for {time}. Meanwhile {asked} came for me, too long ago to be run now. Choose what I am still to do.{newest}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_lines_can_be_run_by_a_press() {
        let missed = |count: usize| Missed {
            since: 0,
            lines: (0..count)
                .map(|n| format!("who-owns service-{n}"))
                .collect(),
        };
        let told = |missed| {
            let reply = listed(&missed, 12 * 60 * 1_000);
            let lines: Vec<_> = reply
                .choices
                .into_iter()
                .map(|choice| choice.line)
                .collect();
            format!("{}\n{}", reply.markdown, lines.join(", "))
        };
        insta::assert_snapshot!(told(missed(1)), @"
        I was away for 12 minutes. Meanwhile one line came for me, too long ago to be run now. Choose what I am still to do.
        who-owns service-0
        ");
        insta::assert_snapshot!(told(missed(0)), @"
        I was away for 12 minutes, and I have not kept what you wrote meanwhile. Please write it once more.
        ");
        insta::assert_snapshot!(told(missed(7)), @"
        I was away for 12 minutes. Meanwhile 7 lines came for me, too long ago to be run now. Choose what I am still to do. These are the newest 5.
        who-owns service-2, who-owns service-3, who-owns service-4, who-owns service-5, who-owns service-6
        ");
    }
}
