//! CommonMark as a terminal shows it: words wrapped to its width, and colours where something is meant by them.

use pulldown_cmark::{Options, Parser};

use super::page::Page;
use super::paint::clean;

/// How much a terminal can show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether escape codes (colours, links) may be used at all.
    pub colour: bool,
    /// The columns to wrap at; `None` for pipes, where nothing is wrapped.
    pub width: Option<usize>,
}

/// Turns CommonMark into lines for a terminal, without a line break at the end.
///
/// - Names (`**bold**`) are bold, code is cyan, emphasis is dim, links can be followed. A line that begins with
///   ⚠ is yellow, with ✗ red, with ✓ green.
/// - Without colour there is no escape code at all: links are `label (address)`, and code keeps its back-ticks
///   where it holds a blank.
/// - A line break in a paragraph is kept, as chat programs do.
/// - HTML is shown as text. Control characters in the text, however they are written, never get through.
pub fn render(markdown: &str, style: Style) -> String {
    let mut page = Page::new(markdown, style);
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    for (event, range) in Parser::new_ext(markdown, options).into_offset_iter() {
        page.take(event, range.start);
    }
    page.finish()
}

/// Takes control characters and line breaks out of plain text that stands in a line of its own.
pub fn plain(text: &str) -> String {
    clean(text).replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;

    const PIPE: Style = Style {
        colour: false,
        width: None,
    };
    const NARROW: Style = Style {
        colour: false,
        width: Some(24),
    };

    /// With colour, and the escape character made visible.
    fn coloured(markdown: &str) -> String {
        let style = Style {
            colour: true,
            width: Some(60),
        };
        render(markdown, style).replace('\x1b', "␛")
    }

    const PAGE: &str = "\
# Payments
**payments** belongs to **Team Pay** (`group:default/pay`), see [docs](https://e.com/pay).
⚠ It has `two owners`.

People:
- Ana
  - on call
  - since *May*
- Ben

1. one
2. two

   more of two

> said
> before

```yaml
kind: Component
  name: pay
```
---
<b>not html</b>";

    #[test]
    fn a_page_in_a_pipe() {
        assert_snapshot!(render(PAGE, PIPE), @"
        Payments

        payments belongs to Team Pay (group:default/pay), see docs (https://e.com/pay).
        ⚠ It has `two owners`.

        People:
        • Ana
          • on call
          • since May
        • Ben

        1. one

        2. two

           more of two

        │ said
        │ before

            kind: Component
              name: pay

        ────────────────────────────────────────

        <b>not html</b>
        ");
    }

    #[test]
    fn a_page_in_colour() {
        assert_snapshot!(coloured(PAGE), @r"
        ␛[1mPayments␛[0m

        ␛[1mpayments␛[0m belongs to ␛[1mTeam Pay␛[0m (␛[36mgroup:default/pay␛[0m), see ␛]8;;https://e.com/pay␛\␛[4mdocs␛[0m␛]8;;␛\.
        ␛[33m⚠ It has ␛[0m␛[36mtwo owners␛[0m␛[33m.␛[0m

        People:
        • Ana
          • on call
          • since ␛[2mMay␛[0m
        • Ben

        1. one

        2. two

           more of two

        ␛[2m│ ␛[0msaid
        ␛[2m│ ␛[0mbefore

            ␛[36mkind: Component␛[0m
            ␛[36m  name: pay␛[0m

        ␛[2m────────────────────────────────────────␛[0m

        <b>not html</b>
        ");
    }

    #[test]
    fn words_are_wrapped_at_the_width_and_keep_their_indentation() {
        let page = "The service **payments gateway** is owned by us.\n\n- a long item with many words\n\n> quoted words go on and on\n\nhttps://example.com/a/very/long/path";
        assert_snapshot!(render(page, NARROW), @"
        The service payments
        gateway is owned by us.

        • a long item with many
          words

        │ quoted words go on and
        │ on

        https://example.com/a/ve
        ry/long/path
        ");
    }

    #[test]
    fn wide_letters_count_twice() {
        assert_snapshot!(render("支払いサービスは支払いチームのものです。", NARROW), @"
        支払いサービスは支払いチ
        ームのものです。
        ");
    }

    const TABLE: &str = "\
| Name | Owner | Open |
|:-----|:-----:|-----:|
| payments | **pay** | 3 |
| 支払い | [x](https://e.com) | 12 |
| | nobody | |";

    #[test]
    fn a_table_stands_in_columns() {
        assert_snapshot!(render(TABLE, PIPE), @"
        Name            Owner        Open
        ─────────────────────────────────
        payments         pay            3
        支払い    x (https://e.com)    12
                       nobody
        ");
    }

    #[test]
    fn a_table_that_is_too_wide_becomes_records() {
        let narrow = Style {
            width: Some(20),
            ..PIPE
        };
        assert_snapshot!(render(TABLE, narrow), @"
        Name: payments
        Owner: pay
        Open: 3

        Name: 支払い
        Owner: x
        (https://e.com)
        Open: 12

        Owner: nobody
        ");
    }

    #[test]
    fn lines_are_coloured_by_the_sign_they_begin_with() {
        assert_snapshot!(coloured("⚠️ careful  \n✗ failed  \n✓ done  \nplain ⚠"), @"
        ␛[33m⚠️ careful␛[0m
        ␛[31m✗ failed␛[0m
        ␛[32m✓ done␛[0m
        plain ⚠
        ");
    }

    #[test]
    fn addresses_show_once_and_only_web_addresses_can_be_followed() {
        let links = "<https://e.com> [https://e.com](https://e.com) [mail](mailto:a@b.c) <a@b.c> [odd](javascript:x) [](https://e.com) ![plan](https://e.com/p.png)";
        assert_snapshot!(render(links, PIPE), @"https://e.com https://e.com mail (mailto:a@b.c) a@b.c odd (javascript:x) https://e.com plan (https://e.com/p.png)");
        assert_snapshot!(coloured(links), @r"
        ␛]8;;https://e.com␛\␛[4mhttps://e.com␛[0m␛]8;;␛\ ␛]8;;https://e.com␛\␛[4mhttps://e.com␛[0m␛]8;;␛\ ␛]8;;mailto:a@b.c␛\␛[4mmail␛[0m␛]8;;␛\ a@b.c odd (javascript:x)
        https://e.com ␛]8;;https://e.com/p.png␛\␛[4mplan␛[0m␛]8;;␛\
        ");
    }

    #[test]
    fn a_list_keeps_its_distance_as_it_was_written() {
        assert_snapshot!(render("Close:\n- a\n\nApart:\n\n- b\n\n- c\n-\n- e", PIPE), @"
        Close:
        • a

        Apart:

        • b

        • c

        •
        • e
        ");
    }

    #[test]
    fn nothing_in_the_data_steers_the_terminal() {
        let hostile = "a\x1b[2Jb \x1b]0;title\x07 &#27;[31m `\u{9b}31m` \u{202E}evil\r\n\n    \x1b[1mcode\n\n[x](https://e.com/\x1b\\y)\n\n<b \x1b[1m>";
        let shown = coloured(hostile);
        assert_snapshot!(shown, @r"
        a[2Jb ]0;title [31m ␛[36m31m␛[0m evil

            ␛[36m[1mcode␛[0m

        [x](https://e.com/\y)

        <b [1m>
        ");
        assert!(!render(hostile, PIPE).contains(|c: char| c.is_control() && c != '\n'));
    }

    #[test]
    fn deep_nesting_is_shown_only_so_deep() {
        let shown = render(&format!("{}deep", "> ".repeat(5_000)), NARROW);
        assert_snapshot!(shown, @"│ │ │ │ │ │ │ │ deep");
    }

    /// Takes our own escape codes away: colours and links, nothing else.
    fn without_our_codes(text: &str) -> String {
        let mut rest = text;
        let mut left = String::new();
        while let Some(start) = rest.find('\x1b') {
            left.push_str(&rest[..start]);
            let code = &rest[start..];
            let digits = |c: char| c.is_ascii_digit() || c == ';';
            rest = if let Some(colour) = code.strip_prefix("\x1b[") {
                colour
                    .trim_start_matches(digits)
                    .strip_prefix('m')
                    .expect("a colour")
            } else {
                let link = code.strip_prefix("\x1b]8;;").expect("a link");
                link.split_once("\x1b\\").expect("its end").1
            };
        }
        left + rest
    }

    proptest! {
        #[test]
        fn any_text_can_be_shown_and_steers_nothing(text in "([-a ñ支*_`#>|\\[\\]()<>!&;:/.\n\t\x1b\u{9b}0-9]|https://e.co|\\| a \\|\n\\|---\\|\n){0,60}", width in 1_usize..60) {
            for colour in [false, true] {
                let shown = render(&text, Style { colour, width: Some(width) });
                let bare = if colour { without_our_codes(&shown) } else { shown };
                prop_assert!(!bare.contains(|c: char| c.is_control() && c != '\n'));
            }
        }
    }
}
