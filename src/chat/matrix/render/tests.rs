use std::fmt::Write as _;

use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;
use crate::message::{Picture, markdown};

fn choice(label: &str, line: &str) -> Choice {
    Choice {
        label: label.to_owned(),
        line: line.to_owned(),
    }
}

fn offering(markdown: &str, choices: &[(&str, &str)]) -> Rendered {
    render(&Reply {
        choices: choices
            .iter()
            .map(|(label, line)| choice(label, line))
            .collect(),
        ..Reply::text(markdown)
    })
}

/// Body and HTML of every message, one tag of a block a line.
fn shown(rendered: &Rendered) -> String {
    let mut shown = String::new();
    for message in &rendered.messages {
        let html = message.formatted.as_deref().unwrap_or("(none)");
        let html = [
            "</p>",
            "</h4>",
            "</ul>",
            "</ol>",
            "</li>",
            "</tr>",
            "</blockquote>",
            "</pre>",
            "<hr>",
        ]
        .iter()
        .fold(html.to_owned(), |html, tag| {
            html.replace(tag, &format!("{tag}\n"))
        });
        let _ = writeln!(shown, "{}\n~~~\n{}", message.body, html.trim_end());
    }
    shown.replace('\u{2060}', "⁀")
}

fn said(markdown: &str) -> String {
    shown(&render(&Reply::text(markdown)))
}

const OWNER: &str = "\
**Payments** (`component:default/payments`) belongs to **Payments Team**.

Ask in #help-payments or #payments:acme.example, or write to [payments@acme.example](mailto:payments@acme.example).
Members: Dele Adeyemi, Omar Haddad.
[Runbook](<https://runbooks.acme.example/payments>) · [Team page](<https://wiki.acme.example/teams/payments>)

⚠ CODEOWNERS disagrees: its line 17 gives `/services/ledger/` to \\@acme/payments-team.";

#[test]
fn an_owner_with_choices() {
    let rendered = offering(
        OWNER,
        &[
            ("What else they own", "owns group:default/payments-team"),
            ("Share", "share"),
        ],
    );
    assert_snapshot!(shown(&rendered), @r#"
    Payments (component:default/payments) belongs to Payments Team.

    Ask in #help-payments or #payments:acme.example, or write to payments@acme.example.
    Members: Dele Adeyemi, Omar Haddad.
    Runbook (https://runbooks.acme.example/payments) · Team page (https://wiki.acme.example/teams/payments)

    ⚠ CODEOWNERS disagrees: its line 17 gives /services/ledger/ to @acme/payments-team.

    1. What else they own – `owns group:default/payments-team`
    2. Share

    Answer with a number, or react with it.
    ~~~
    <p><strong>Payments</strong> (<code>component:default/payments</code>) belongs to <strong>Payments Team</strong>.</p>
    <p>Ask in #help-payments or #payments:acme.example, or write to <a href="mailto:payments@acme.example">payments@acme.example</a>.<br>Members: Dele Adeyemi, Omar Haddad.<br><a href="https://runbooks.acme.example/payments">Runbook</a> · <a href="https://wiki.acme.example/teams/payments">Team page</a></p>
    <p>⚠ CODEOWNERS disagrees: its line 17 gives <code>/services/ledger/</code> to @acme/payments-team.</p>
    <ol><li>What else they own – <code>owns group:default/payments-team</code></li>
    <li>Share</li>
    </ol>
    <p>Answer with a number, or react with it.</p>
    "#);
    assert_eq!(rendered.messages[0].choices.len(), 2);
}

#[test]
fn a_page_of_everything() {
    assert_snapshot!(said("\
# Payments
**A** *b* ~~c~~ `d` `e f`
next line

Close:
- Ana
  - on call
- Ben

3. three
4. four

   more of four

> said
>
> - before

```yaml
kind: Component
  name: <pay>
```
---
| Name | Open |
|:-----|-----:|
| 支払い | [x](https://e.com) |
| a | **12** |

<b onclick=\"x\">not &amp; html</b> <script>"), @r#"
    Payments

    A b c d `e f`
    next line

    Close:

    • Ana
      • on call
    • Ben

    3. three

    4. four

       more of four

    > said
    >
    > • before

    kind: Component
      name: <pay>

    ────────────────────

    Name    Open
    ─────────────────────────
    支払い  x (https://e.com)
    a       12

    <b onclick="x">not & html</b> <script>
    ~~~
    <h4>Payments</h4>
    <p><strong>A</strong> <em>b</em> <del>c</del> <code>d</code> <code>e f</code><br>next line</p>
    <p>Close:</p>
    <ul><li>Ana<ul><li>on call</li>
    </ul>
    </li>
    <li>Ben</li>
    </ul>
    <ol start="3"><li><p>three</p>
    </li>
    <li><p>four</p>
    <p>more of four</p>
    </li>
    </ol>
    <blockquote><p>said</p>
    <ul><li>before</li>
    </ul>
    </blockquote>
    <pre><code class="language-yaml">kind: Component
      name: &lt;pay&gt;
    </code></pre>
    <hr>
    <table><thead><tr><th>Name</th><th>Open</th></tr>
    </thead><tbody><tr><td>支払い</td><td><a href="https://e.com">x</a></td></tr>
    <tr><td>a</td><td><strong>12</strong></td></tr>
    </tbody></table><p>&lt;b onclick=&quot;x&quot;&gt;not &amp; html&lt;/b&gt; &lt;script&gt;</p>
    "#);
}

#[test]
fn plain_words_need_no_html() {
    assert_snapshot!(said("Done.\nReally & truly <now>."), @"
    Done.
    Really & truly <now>.
    ~~~
    (none)
    ");
    assert_eq!(render(&Reply::text("Done.")).messages[0].formatted, None);
    assert_eq!(
        render(&Reply::text("")).messages[0].body,
        "There is nothing to say."
    );
    let picture = Reply {
        picture: Some(Picture {
            png: Vec::new(),
            alt: String::new(),
        }),
        ..Reply::default()
    };
    assert!(render(&picture).messages.is_empty());
}

#[test]
fn data_calls_nobody() {
    let data = markdown::text("@room, @Room! (@ROOM) @rooms ana@room.example @ana:acme.example");
    assert_snapshot!(said(&data), @"
    @⁀room, @⁀Room! (@⁀ROOM) @rooms ana@room.example @ana:acme.example
    ~~~
    (none)
    ");
    assert_snapshot!(said("[Ana](https://matrix.to/#/@ana:acme.example) [b](HTTPS://MATRIX.TO./#/@b:c) [c](matrix:u/c:d) [d](javascript:x) <https://x@matrix.to/#/@e:f> [e](https://e.com/@room?a=\"b&c) [f](https://e.com\\@matrix.to/)"), @r#"
    Ana (https://matrix.to/#/@ana:acme.example) b (HTTPS://MATRIX.TO./#/@b:c) c (matrix:u/c:d) d (javascript:x) https://x@matrix.to/#/@e:f e (https://e.com/%40room?a="b&c) f (https://e.com@matrix.to/)
    ~~~
    Ana (<code>https://matrix.to/#/@ana:acme.example</code>) b (<code>HTTPS://MATRIX.TO./#/@b:c</code>) c (<code>matrix:u/c:d</code>) d (<code>javascript:x</code>) <code>https://x@matrix.to/#/@e:f</code> <a href="https://e.com/%40room?a=&quot;b&amp;c">e</a> f (<code>https://e.com@matrix.to/</code>)
    "#);
    assert_snapshot!(said("a\u{202E}b\u{7}c &#27;[2J @\u{200B}room **@**room `x\u{2066}@room`"), @"
    abc [2J @⁀room **@**room x@⁀room
    ~~~
    abc [2J @⁀room **@**room <code>x@⁀room</code>
    ");
}

#[test]
fn yes_or_no() {
    let rendered = offering("Shall I?", &[("Yes", "yes"), ("No", "no")]);
    assert_snapshot!(shown(&rendered), @"
    Shall I?

    Answer yes or no, or react with 👍 or 👎.
    ~~~
    (none)
    ");
    assert_eq!(rendered.messages[0].choices.len(), 2);
}

#[test]
fn options_are_listed_once_and_numbers_never_contradict() {
    let list = "**Colour** Choose one.\n\n1. Red\n2. Sea\\_blue";
    let rendered = offering(
        list,
        &[("Red", "\"r\""), ("Sea_blue", "\"b\""), ("Skip", "skip")],
    );
    assert_snapshot!(shown(&rendered), @"
    Colour Choose one.

    1. Red
    2. Sea_blue
    3. Skip

    Answer with a number, or react with it.
    ~~~
    <p><strong>Colour</strong> Choose one.</p>
    <ol><li>Red</li>
    <li>Sea_blue</li>
    <li>Skip</li>
    </ol>
    <p>Answer with a number, or react with it.</p>
    ");
    assert_eq!(rendered.messages[0].choices.len(), 3);
    // Numbers of the list are answers of their own.
    let rendered = offering(list, &[("Take Red", "skip")]);
    assert_snapshot!(shown(&rendered), @"
    Colour Choose one.

    1. Red
    2. Sea_blue

    • Take Red: say skip
    ~~~
    <p><strong>Colour</strong> Choose one.</p>
    <ol><li>Red</li>
    <li>Sea_blue</li>
    </ol>
    <ul><li>Take Red: say <code>skip</code></li>
    </ul>
    ");
    assert_eq!(rendered.messages[0].choices, []);
}

#[test]
fn a_long_answer_is_cut_between_blocks_and_ends_in_a_file() {
    let list: Vec<String> = (0..900)
        .map(|number| format!("- **service-{number}** belongs to `group:default/team-{number}`"))
        .collect();
    let rendered = offering(
        &format!("# All\n\nIntroduction.\n\n{}", list.join("\n")),
        &[("Again", "owns all")],
    );
    assert_eq!(rendered.messages.len(), 3);
    let ends: Vec<String> = rendered
        .messages
        .iter()
        .map(|message| {
            let lines: Vec<&str> = message.body.lines().collect();
            let end = lines.len() - 5;
            format!(
                "{}\n…\n{}\n",
                lines[..4].join("\n"),
                lines[end..].join("\n")
            )
        })
        .collect();
    assert_snapshot!(ends.join("\n"), @"
    All

    Introduction.

    …
    • service-81 belongs to group:default/team-81
    • service-82 belongs to group:default/team-82
    • service-83 belongs to group:default/team-83
    • service-84 belongs to group:default/team-84
    • service-85 belongs to group:default/team-85

    • service-86 belongs to group:default/team-86
    • service-87 belongs to group:default/team-87
    • service-88 belongs to group:default/team-88
    • service-89 belongs to group:default/team-89
    …
    • service-164 belongs to group:default/team-164
    • service-165 belongs to group:default/team-165
    • service-166 belongs to group:default/team-166
    • service-167 belongs to group:default/team-167
    • service-168 belongs to group:default/team-168

    • service-169 belongs to group:default/team-169
    • service-170 belongs to group:default/team-170
    • service-171 belongs to group:default/team-171
    • service-172 belongs to group:default/team-172
    …
    This is not all: 651 more lines are in the file answer.txt.

    1. Again – `owns all`

    Answer with a number, or react with it.
    ");
    let rest = rendered.rest.expect("a file");
    assert!(rest.text.starts_with("• service-"));
    assert_eq!(rendered.messages[2].choices.len(), 1);
    assert_eq!(rendered.messages[0].choices, []);
}

#[test]
fn what_fits_into_a_message_of_its_own_stays_whole() {
    let words = "word ".repeat(500);
    let code = "line of code\n".repeat(200);
    let rendered = render(&Reply::text(format!(
        "{words}\n\n## Code\n\n```\n{code}```"
    )));
    assert_eq!(rendered.messages.len(), 2);
    assert_eq!(rendered.rest, None);
    assert_eq!(
        rendered.messages[1].body,
        format!("Code\n\n{}", code.trim_end())
    );
}

#[test]
fn one_block_too_long_for_a_message_is_cut_within() {
    let long = |block: &str| {
        let rendered = render(&Reply::text(block));
        checked(&rendered);
        assert!(rendered.messages.len() > 1, "{block:.40}");
    };
    long(&"word ".repeat(2_000));
    long(&"x".repeat(9_000));
    long(&format!("```rust\n{}\n```", "y".repeat(9_000)));
    long(&format!("> - {}", "**bold `code`** ".repeat(900)));
    long(&format!(
        "| a | b |\n|---|---|\n| {} | x |\n| 1 | 2 |",
        "cell ".repeat(1_500)
    ));
    long(&format!("[{}](https://e.com)", "label ".repeat(1_500)));
    long(&"&".repeat(5_000));
    checked(&render(&Reply::text("> ".repeat(5_000) + "deep")));
    checked(&render(&Reply::text("*a **b ".repeat(2_000))));
}

#[test]
fn a_pill_names_one_person() {
    let (body, html) = pill("@ana:acme.example", "Ana <3 @room");
    assert_eq!(body, "Ana <3 @\u{2060}room");
    assert_eq!(
        html,
        "<a href=\"https://matrix.to/#/@ana:acme.example\">Ana &lt;3 @\u{2060}room</a>"
    );
    assert_eq!(
        pill("@a\"/b:c", "").1,
        "<a href=\"https://matrix.to/#/@a%22%2Fb:c\">@a&quot;/b:c</a>"
    );
    assert_eq!(pill("nobody", "Ana").1, "Ana");
}

#[test]
fn a_thumbnail_is_made_of_large_pictures_alone() {
    let png = |width, height| {
        let mut picture = resvg::tiny_skia::Pixmap::new(width, height).expect("pixels");
        picture.fill(resvg::tiny_skia::Color::from_rgba8(200, 30, 30, 255));
        picture.encode_png().expect("a PNG")
    };
    assert_eq!(measure(&png(30, 20)), Some((30, 20)));
    assert_eq!(measure(b"GIF89a"), None);
    assert_eq!(thumbnail(&png(800, 600)).expect("a PNG"), None);
    for (from, to) in [
        ((3000, 500), (800, 133)),
        ((900, 2500), (216, 600)),
        ((1600, 1200), (800, 600)),
        ((4000, 1), (800, 1)),
    ] {
        let small = thumbnail(&png(from.0, from.1))
            .expect("a PNG")
            .expect("smaller");
        assert_eq!(measure(&small), Some(to), "{from:?}");
        let picture = resvg::tiny_skia::Pixmap::decode_png(&small).expect("a PNG");
        let middle = picture.pixel(to.0 / 2, to.1 / 2).expect("a pixel");
        assert!(
            middle.red() > 190 && middle.alpha() > 250,
            "{from:?}: {middle:?}"
        );
    }
    assert!(thumbnail(b"no picture").is_err());
    let mut bomb = png(900, 900);
    bomb[16..24].copy_from_slice(&[0, 0, 255, 255, 0, 0, 255, 255]);
    let error = thumbnail(&bomb).expect_err("too large");
    assert_snapshot!(error.to_string(), @"the picture is too large for a thumbnail: 65535×65535");
}

/// Holds every message against the limits, and its HTML against the list of what is allowed.
fn checked(rendered: &Rendered) {
    assert!(rendered.messages.len() <= MOST_MESSAGES);
    for message in &rendered.messages {
        let html = message.formatted.as_deref().unwrap_or_default();
        assert!(!message.body.trim().is_empty());
        assert!(message.body.chars().count() <= LONGEST_BODY);
        assert!(message.body.len() + html.len() <= MOST_BYTES);
        assert!(!message.body.contains(|c: char| c.is_control() && c != '\n'));
        let words = message.body.to_lowercase();
        for (at, _) in words.match_indices("@room") {
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let mailbox = words[..at].ends_with(|c| word(c) || "+-".contains(c))
                && words[at + 5..].starts_with('.');
            assert!(words[at + 5..].starts_with(word) || mailbox, "{words}");
        }
        well_formed(html);
    }
}

/// A strict reader of the HTML that is allowed, and nothing else.
fn well_formed(html: &str) {
    const TAGS: [&str; 20] = [
        "p",
        "strong",
        "em",
        "del",
        "code",
        "pre",
        "ul",
        "ol",
        "li",
        "blockquote",
        "h4",
        "h5",
        "a",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "br",
    ];
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find(['<', '>', '&']) {
        rest = &rest[start..];
        if rest.starts_with('&') {
            let known = ["&amp;", "&lt;", "&gt;", "&quot;"];
            assert!(
                known.iter().any(|entity| rest.starts_with(entity)),
                "{rest}"
            );
            rest = &rest[1..];
            continue;
        }
        let tag = rest.strip_prefix('<').expect("a tag begins");
        let (tag, after) = tag.split_once('>').expect("a tag ends");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{html}");
            continue;
        }
        if matches!(tag, "br" | "hr") {
            continue;
        }
        let (name, attribute) = tag.split_once(' ').unwrap_or((tag, ""));
        assert!(TAGS.contains(&name), "{tag}");
        let allowed = match name {
            _ if attribute.is_empty() => true,
            "a" => {
                ["http://", "https://", "mailto:"].iter().any(|scheme| {
                    attribute
                        .to_lowercase()
                        .starts_with(&format!("href=\"{scheme}"))
                }) && !attribute.to_lowercase().contains("//matrix.to")
            }
            "ol" => attribute.starts_with("start=\""),
            "code" => attribute.starts_with("class=\"language-"),
            _ => false,
        };
        let quotes = if attribute.is_empty() { 0 } else { 2 };
        assert!(allowed && attribute.matches('"').count() == quotes, "{tag}");
        assert!(
            name != "a" || !open.contains(&"a"),
            "a link in a link: {html}"
        );
        open.push(name);
    }
    assert!(open.is_empty(), "{open:?} in {html}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gives_safe_messages(text in "([-a ñ支*_`#>|\\[\\]()<>!&;:/.\n\t\x1b\u{9b}0-9\"'~@]|@room|https://e.co|https://matrix.to/#/@a:b|\\| a \\|\n\\|---\\|\n){0,60}", times in 1_usize..90) {
        checked(&render(&Reply::text(text.repeat(times))));
    }

    #[test]
    fn every_word_survives(shapes in prop::collection::vec((0_usize..8, 1_usize..120), 1..12)) {
        let (mut page, mut count) = (String::new(), 0);
        for (shape, length) in shapes {
            let words: Vec<String> = (0..length)
                .map(|_| {
                    count += 1;
                    format!("w{count}w")
                })
                .collect();
            let block = match shape {
                0 => words.join(" "),
                1 => format!("- {}", words.join("\n- ")),
                2 => format!("1. {}", words.join("\n2. > ")),
                3 => format!("> {}", words.join("\n> ")),
                4 => format!("```\n{}\n```", words.join("\n")),
                5 => format!("| {} |\n|---|\n| **x** |\n", words.join(" |\n|---|\n| ")),
                6 => format!("## {}", words.join(" ")),
                _ => format!("**[{}](https://e.com)** <b>", words.join(" `c` *")),
            };
            let _ = write!(page, "{block}\n\n");
        }
        let rendered = render(&Reply::text(page));
        checked(&rendered);
        let mut all = String::new();
        for message in &rendered.messages {
            let _ = writeln!(all, "{}", message.body);
        }
        all.extend(rendered.rest.map(|rest| rest.text));
        for number in 1..=count {
            prop_assert!(all.contains(&format!("w{number}w")), "w{number}w is lost");
        }
    }
}
