mod limits;

use insta::assert_snapshot;

use super::*;
use crate::chat::slack::limit::length;
use crate::message::Picture;

fn choice(label: &str, line: &str) -> Choice {
    Choice {
        label: label.to_owned(),
        line: line.to_owned(),
    }
}

/// The blocks of a message, one below the other, in a form that shows what Slack would show.
fn outline(rendered: &Rendered) -> String {
    let mut lines = Vec::new();
    for (number, message) in rendered.messages.iter().enumerate() {
        if number > 0 {
            lines.push("────".to_owned());
        }
        for block in &message.blocks {
            outline_block(block, &mut lines);
        }
    }
    if let Some(rest) = &rendered.rest {
        let count = rest.text.lines().count();
        lines.push(format!("file {}: {count} lines", rest.name));
    }
    lines.join("\n")
}

fn outline_block(block: &Value, lines: &mut Vec<String>) {
    let kind = block["type"].as_str().expect("a type");
    let elements = block["elements"].as_array().cloned().unwrap_or_default();
    match kind {
        "rich_text" => {
            lines.push("rich_text".to_owned());
            for element in &elements {
                let kind = element["type"].as_str().expect("a type");
                if kind == "rich_text_list" {
                    let style = element["style"].as_str().expect("a style");
                    for item in element["elements"].as_array().expect("items") {
                        let indent = element["indent"].as_u64().expect("an indent");
                        lines.push(format!("  {style} {indent}: {}", spans(item)));
                    }
                } else {
                    let kind = kind.trim_start_matches("rich_text_");
                    lines.push(format!("  {kind}: {}", spans(element)));
                }
            }
        }
        "actions" => {
            lines.push("actions".to_owned());
            for element in &elements {
                let id = element["action_id"].as_str().expect("an id");
                if let Some(options) = element["options"].as_array() {
                    lines.push(format!("  select {id}"));
                    for option in options {
                        lines.push(format!(
                            "    [{}] {}",
                            option["text"]["text"], option["value"]
                        ));
                    }
                } else {
                    lines.push(format!(
                        "  button {id} [{}] {}",
                        element["text"]["text"], element["value"]
                    ));
                }
            }
        }
        "table" => {
            lines.push("table".to_owned());
            for row in block["rows"].as_array().expect("rows") {
                let cells: Vec<String> = row
                    .as_array()
                    .expect("cells")
                    .iter()
                    .map(|cell| {
                        cell["text"]
                            .as_str()
                            .map_or_else(|| spans(&cell["elements"][0]), str::to_owned)
                    })
                    .collect();
                lines.push(format!("  {}", cells.join(" | ")));
            }
            lines.push(format!("  {}", block["column_settings"]));
        }
        _ => lines.push(block.to_string()),
    }
}

/// Elements of a rich text: `*` bold, `_` italic, `~` struck through, `` ` `` code, `→` a link.
fn spans(section: &Value) -> String {
    let mut text = String::new();
    for element in section["elements"].as_array().expect("elements") {
        let style = |name: &str, mark: &'static str| {
            if element["style"][name] == true {
                mark
            } else {
                ""
            }
        };
        let marks = [
            style("bold", "*"),
            style("italic", "_"),
            style("strike", "~"),
            style("code", "`"),
        ]
        .concat();
        let said = element["text"].as_str().expect("a text").replace('\n', "⏎");
        text.extend([marks.as_str(), &said, &marks]);
        if let Some(address) = element["url"].as_str() {
            text.extend(["→", address]);
        }
    }
    text
}

fn shown(markdown: &str) -> String {
    outline(&render(&Reply::text(markdown), &Beside::default()))
}

#[test]
fn an_answer_of_words() {
    let reply = Reply {
        markdown: "**Payments** (`component:default/payments`) belongs to **Payments Team**.\n\nAsk in \\#pay-help, or write to payments\\@acme.example.\n\n[Runbook](<https://acme.example/run>) · [Board](<https://acme.example/b>)\n\n⚠ CODEOWNERS disagrees: its line 3 gives `services/pay/**` to `@acme/billing`.\n\n*By* `spec.owner` *in* [catalog-info.yaml:12](<https://git.example/x#L12>)*, read just now.*".to_owned(),
        choices: vec![choice("What else they own", "owns group:default/payments-team")],
        ..Reply::default()
    };
    let rendered = render(&reply, &Beside::default());
    assert_snapshot!(outline(&rendered), @r#"
    rich_text
      section: *Payments* (`component:default/payments`) belongs to *Payments Team*.⏎⏎Ask in #pay-help, or write to payments@acme.example.⏎⏎Runbook→https://acme.example/run · Board→https://acme.example/b⏎⏎⚠ CODEOWNERS disagrees: its line 3 gives `services/pay/**` to `@acme/billing`.⏎⏎_By_ `spec.owner` _in_ catalog-info.yaml:12→https://git.example/x#L12_, read just now._
    actions
      button choice-0 ["What else they own"] "owns group:default/payments-team"
    "#);
    assert_snapshot!(rendered.messages[0].text, @"
    Payments (component:default/payments) belongs to Payments Team.

    Ask in #pay-help, or write to payments@acme.example.

    Runbook · Board

    ⚠ CODEOWNERS disagrees: its line 3 gives services/pay/** to @acme/billing.

    By spec.owner in catalog-info.yaml:12, read just now.
    ");
    assert_snapshot!(plain(&reply), @"
    Payments (component:default/payments) belongs to Payments Team.

    Ask in #pay-help, or write to payments@acme.example.

    Runbook (https://acme.example/run) · Board (https://acme.example/b)

    ⚠ CODEOWNERS disagrees: its line 3 gives services/pay/** to @acme/billing.

    By spec.owner in catalog-info.yaml:12 (https://git.example/x#L12), read just now.

    You can say:
    • owns group:default/payments-team (What else they own)
    ");
}

#[test]
fn a_tree_of_dependencies_is_a_list() {
    let tree = "**Payments** depends on 3 things directly, 5 within 3 steps:\n\n- **Ledger** – Ledger Team\n  - **Ledger DB** (resource) – Ledger Team\n    - **Ledger Bus** (resource) – no owner\n- **Fraud** – Risk, deprecated\n- and 3 more\n\nTell Checkout Team (4, \\#checkout) and 2 more.";
    assert_snapshot!(shown(tree), @"
    rich_text
      section: *Payments* depends on 3 things directly, 5 within 3 steps:
      bullet 0: *Ledger* – Ledger Team
      bullet 1: *Ledger DB* (resource) – Ledger Team
      bullet 2: *Ledger Bus* (resource) – no owner
      bullet 0: *Fraud* – Risk, deprecated
      bullet 0: and 3 more
      section: ⏎Tell Checkout Team (4, #checkout) and 2 more.
    ");
}

#[test]
fn headings_rules_quotes_and_code() {
    let page = "# Payments\n\n### How it works\n\nFirst\nsecond line.\n\n> said **before**\n>\n> - one\n> - two\n\n> apart\n\n---\n\n```yaml\nkind: Component\n  name: <pay>\n```\n\n## See [docs](https://e.com)\n\n<b>not html</b> ~~gone~~ ***both***";
    assert_snapshot!(shown(page), @r#"
    {"type":"header","text":{"type":"plain_text","text":"Payments","emoji":false}}
    rich_text
      section: *How it works*⏎⏎First⏎second line.
      quote: said *before*⏎• one⏎• two
      quote: apart
    {"type":"divider"}
    rich_text
      preformatted: kind: Component⏎  name: <pay>
      section: *See **docs*→https://e.com⏎⏎<b>not html</b> ~gone~ *_both*_
    "#);
}

#[test]
fn numbered_lists_that_slack_cannot_count_are_written_out() {
    assert_snapshot!(shown("1. one\n2. two\n   - more\n\n4. two\n5. three\n\n- a\n-\n- b\n\n  again\n\n  ```\n  code\n  ```\n\n  and on"), @"
    rich_text
      section: 1. one⏎2. two⏎    • more⏎3. two⏎4. three⏎• a⏎• ⏎• b⏎again
      preformatted: code
      section: and on
    ");
    assert_snapshot!(shown("1. one\n2. two\n\nAfter."), @"
    rich_text
      ordered 0: one
      ordered 0: two
      section: ⏎After.
    ");
}

#[test]
fn a_table_is_a_table() {
    let table = "Who is on call:\n\n| Team | Who | Open |\n|:--|:-:|--:|\n| **Pay** | [Ana](https://e.com/ana) | 3 |\n| 支払い | | 12 |\n\nAnd:\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n| 支払い | 10 |";
    assert_snapshot!(shown(table), @r#"
    rich_text
      section: Who is on call:
    table
      Team | Who | Open
      *Pay* | Ana→https://e.com/ana | 3
      支払い | – | 12
      [{"align":"left","is_wrapped":true},{"align":"center","is_wrapped":true},{"align":"right","is_wrapped":true}]
    rich_text
      section: And:
      preformatted: a        b⏎──────────⏎1        2⏎支払い  10
    "#);
}

#[test]
fn a_table_that_is_too_wide_becomes_records() {
    let heads = "| h ".repeat(21);
    let line = "|---".repeat(21);
    let cells = "| x ".repeat(20);
    assert_snapshot!(shown(&format!("{heads}|\n{line}|\n{cells}| **last** |")), @"
    rich_text
      section: *h*: x⏎*h*: x⏎*h*: x⏎*h*: x⏎*h*: x⏎*h*: x⏎*h*: x⏎*h*: x⏎*h*: x⏎*h*: x⏎*h*: x⏎*h*: x⏎*h*: x⏎*h*: x⏎*h*: x⏎*h*: x⏎*h*: x⏎*h*: x⏎*h*: x⏎*h*: x⏎*h*: *last*
    ");
}

#[test]
fn a_long_table_goes_on_in_the_next_message_with_its_heading() {
    let rows: String = (0..150).fold(String::new(), |rows, n| {
        format!("{rows}| service-{n:03} | team {n} |\n")
    });
    let rendered = render(
        &Reply::text(format!("| Name | Owner |\n|---|---|\n{rows}")),
        &Beside::default(),
    );
    assert_eq!(rendered.messages.len(), 2);
    assert_eq!(rendered.messages[1].blocks[0]["rows"][0][0]["text"], "Name");
}

#[test]
fn up_to_five_choices_are_buttons_and_more_are_a_list() {
    let some = |count: usize| Reply {
        markdown: "Which one?".to_owned(),
        choices: (1..=count)
            .map(|n| {
                choice(
                    &format!("Service {n}"),
                    &format!("show component:default/service-{n}"),
                )
            })
            .collect(),
        ..Reply::default()
    };
    assert_snapshot!(outline(&render(&some(2), &Beside::default())), @r#"
    rich_text
      section: Which one?
    actions
      button choice-0 ["Service 1"] "show component:default/service-1"
      button choice-1 ["Service 2"] "show component:default/service-2"
    "#);
    assert_snapshot!(outline(&render(&some(6), &Beside::default())), @r#"
    rich_text
      section: Which one?
    actions
      select choice-0
        ["Service 1"] "show component:default/service-1"
        ["Service 2"] "show component:default/service-2"
        ["Service 3"] "show component:default/service-3"
        ["Service 4"] "show component:default/service-4"
        ["Service 5"] "show component:default/service-5"
        ["Service 6"] "show component:default/service-6"
    "#);
}

#[test]
fn a_line_that_no_button_carries_is_written_out() {
    let paste = format!("who-owns ```{}```", "x".repeat(2_000));
    let mut choices: Vec<Choice> = (1..=6)
        .map(|n| choice(&format!("No. {n}"), &format!("show {n}")))
        .collect();
    choices.push(choice("A long :one:", &format!("show {}", "y".repeat(200))));
    choices.push(choice("Ask again", &paste));
    let reply = Reply {
        choices,
        ..Reply::text("Hm.")
    };
    let shown = outline(&render(&reply, &Beside::default()));
    assert_snapshot!(shown.replace(&"x".repeat(2_000), "x…x").replace(&"y".repeat(200), "y…y"), @r#"
    rich_text
      section: Hm.⏎⏎*Ask again* – say:
      preformatted: who-owns ```x…x```
    actions
      select choice-0
        ["No. 1"] "show 1"
        ["No. 2"] "show 2"
        ["No. 3"] "show 3"
        ["No. 4"] "show 4"
        ["No. 5"] "show 5"
        ["No. 6"] "show 6"
    actions
      button choice-1 ["A long :one:"] "show y…y"
    "#);
}

#[test]
fn what_was_pressed_is_the_choice_again() {
    let button = json!({"type": "button", "action_id": "choice-0", "text": {"type": "plain_text", "text": "More"}, "value": "search --page 2 pay"});
    assert_eq!(
        pressed(&button),
        Some(choice("More", "search --page 2 pay"))
    );
    let option = json!({"type": "static_select", "action_id": "choice-1", "selected_option": {"text": {"type": "plain_text", "text": "Pay"}, "value": "show pay"}});
    assert_eq!(pressed(&option), Some(choice("Pay", "show pay")));
    assert_eq!(
        pressed(&json!({"action_id": "page-back", "value": "x"})),
        None
    );
    assert_eq!(
        pressed(&json!({"action_id": "choice-1", "selected_option": null})),
        None
    );
}

#[test]
fn pictures_and_who_shared_it_stand_below() {
    let reply = Reply {
        picture: Some(Picture {
            png: Vec::new(),
            alt: "Payments and\nits 3 <dependencies>".to_owned(),
        }),
        choices: vec![choice("More", "deps payments --depth 10")],
        ..Reply::text("**Payments** depends on 3 things.")
    };
    let beside = Beside {
        picture: Some(Shown::File("F012AB3CD")),
        shared_by: Some("U012AB3CD"),
    };
    assert_snapshot!(outline(&render(&reply, &beside)), @r#"
    rich_text
      section: *Payments* depends on 3 things.
    {"type":"image","slack_file":{"id":"F012AB3CD"},"alt_text":"Payments and its 3 <dependencies>"}
    actions
      button choice-0 ["More"] "deps payments --depth 10"
    {"type":"context","elements":[{"type":"mrkdwn","text":"Shared by <@U012AB3CD>","verbatim":true}]}
    "#);
    assert_snapshot!(outline(&render(&reply, &Beside::default())), @r#"
    rich_text
      section: *Payments* depends on 3 things.⏎⏎_Picture: Payments and its 3 <dependencies>_
    actions
      button choice-0 ["More"] "deps payments --depth 10"
    "#);
    let alone = Reply {
        markdown: String::new(),
        choices: Vec::new(),
        ..reply
    };
    let beside = Beside {
        picture: Some(Shown::Address("https://e.com/p.png")),
        shared_by: None,
    };
    let rendered = render(&alone, &beside);
    assert_snapshot!(outline(&rendered), @r#"{"type":"image","image_url":"https://e.com/p.png","alt_text":"Payments and its 3 <dependencies>"}"#);
    assert_snapshot!(rendered.messages[0].text, @"Picture: Payments and its 3 &lt;dependencies&gt;");
}

#[test]
fn a_long_answer_goes_on_in_the_thread_and_then_in_a_file() {
    let list = |count: usize| {
        let items = (0..count).fold(String::new(), |items, n| format!("{items}- **service-{n:04}** (`component:default/service-{n:04}`), owned by Team {n}\n"));
        Reply {
            choices: vec![choice("More", "search --page 2 x")],
            ..Reply::text(format!("{count} entities:\n\n{items}"))
        }
    };
    let count = |reply: &Reply| {
        let rendered = render(reply, &Beside::default());
        let buttons: Vec<usize> = rendered
            .messages
            .iter()
            .map(|message| {
                message
                    .blocks
                    .iter()
                    .filter(|block| block["type"] == "actions")
                    .count()
            })
            .collect();
        (
            buttons,
            rendered.rest.map(|rest| {
                (
                    rest.text.lines().next().unwrap_or_default().to_owned(),
                    rest.text.lines().count(),
                )
            }),
        )
    };
    assert_eq!(count(&list(20)), (vec![1], None));
    let (buttons, rest) = count(&list(60));
    assert_eq!((buttons, rest), (vec![0, 1], None));
    let (buttons, rest) = count(&list(1_000));
    assert_eq!(buttons, [0, 0, 1]);
    let (first, lines) = rest.expect("a file");
    assert_snapshot!(format!("{first}\n{lines} lines"), @"
    • service-0099 (component:default/service-0099), owned by Team 99
    901 lines
    ");
    let rendered = render(&list(1_000), &Beside::default());
    let end = rendered.messages[2].blocks[0]["elements"]
        .as_array()
        .expect("elements")
        .last()
        .expect("one")
        .clone();
    assert_snapshot!(spans(&end), @"⏎_This is not all: 901 more lines are in the file answer.txt._");
    assert!(
        rendered
            .messages
            .iter()
            .all(|message| length(&message.text) <= TEXT)
    );
}

#[test]
fn letters_of_all_kinds_stay_as_they_are() {
    let reply = Reply {
        choices: vec![
            choice("支払いの担当者", "who-owns 支払い"),
            choice(&"ä".repeat(80), "who-owns größe"),
            choice("", "help"),
        ],
        ..Reply::text(
            "**支払いサービス** は *支払いチーム* のものです 🚀✨\n\nÜber die Größe: „straße“ – 100 % & mehr. ⚠️ ✗ ✓",
        )
    };
    let rendered = render(&reply, &Beside::default());
    assert_snapshot!(outline(&rendered), @r#"
    rich_text
      section: *支払いサービス* は _支払いチーム_ のものです 🚀✨⏎⏎Über die Größe: „straße“ – 100 % & mehr. ⚠️ ✗ ✓
    actions
      button choice-0 ["支払いの担当者"] "who-owns 支払い"
      button choice-1 ["ääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääää…"] "who-owns größe"
      button choice-2 ["help"] "help"
    "#);
    assert_snapshot!(rendered.messages[0].text, @"
    支払いサービス は 支払いチーム のものです 🚀✨

    Über die Größe: „straße“ – 100 % &amp; mehr. ⚠️ ✗ ✓
    ");
}

#[test]
fn nothing_in_the_data_steers_slack() {
    let hostile = "<!channel> <@U012AB3CD> <#C012AB3CD|general> <!subteam^S1> <!date^1^{date}|x> <https://evil.com|https://bank.com> :tada: @here @channel *b* _i_ &lt;!here&gt; \u{202E}evil\u{7}";
    let reply = Reply {
        markdown: format!(
            "{} and {} and [{}](https://evil.com/?a=1&b=2) {}\n\n{}",
            markdown::text(hostile),
            markdown::code(hostile),
            markdown::text("https://bank.com"),
            "[x](<javascript:alert(1)>) [](https://e.com) <a@b.c>",
            markdown::block(hostile, "")
        ),
        choices: vec![choice(hostile, "help")],
        ..Reply::default()
    };
    let rendered = render(
        &reply,
        &Beside {
            shared_by: Some("U1>|<!here>"),
            ..Beside::default()
        },
    );
    assert_snapshot!(outline(&rendered), @r#"
    rich_text
      section: <!channel> <@U012AB3CD> <#C012AB3CD|general> <!subteam^S1> <!date^1^{date}|x> <https://evil.com|https://bank.com> :tada: @here @channel *b* _i_ &lt;!here&gt; evil and `<!channel> <@U012AB3CD> <#C012AB3CD|general> <!subteam^S1> <!date^1^{date}|x> <https://evil.com|https://bank.com> :tada: @here @channel *b* _i_ &lt;!here&gt; evil` and https://bank.com (https://evil.com/?a=1&b=2→https://evil.com/?a=1&b=2) x (javascript:alert(1)) https://e.com→https://e.com a@b.c
      preformatted: <!channel> <@U012AB3CD> <#C012AB3CD|general> <!subteam^S1> <!date^1^{date}|x> <https://evil.com|https://bank.com> :tada: @here @channel *b* _i_ &lt;!here&gt; evil
    actions
      button choice-0 ["<!channel> <@U012AB3CD> <#C012AB3CD|general> <!subteam^S1> <!date^1^{date}…"] "help"
    {"type":"context","elements":[{"type":"mrkdwn","text":"Shared by U1&gt;|&lt;!here&gt;","verbatim":true}]}
    "#);
    assert_snapshot!(rendered.messages[0].text, @"
    &lt;!channel&gt; &lt;@U012AB3CD&gt; &lt;#C012AB3CD|general&gt; &lt;!subteam^S1&gt; &lt;!date^1^{date}|x&gt; &lt;https://evil.com|https://bank.com&gt; :tada: @here @channel *b* _i_ &amp;lt;!here&amp;gt; evil and `&lt;!channel&gt; &lt;@U012AB3CD&gt; &lt;#C012AB3CD|general&gt; &lt;!subteam^S1&gt; &lt;!date^1^{date}|x&gt; &lt;https://evil.com|https://bank.com&gt; :tada: @here @channel *b* _i_ &amp;lt;!here&amp;gt; evil` and https://bank.com (https://evil.com/?a=1&amp;b=2) x (javascript:alert(1)) https://e.com a@b.c

        &lt;!channel&gt; &lt;@U012AB3CD&gt; &lt;#C012AB3CD|general&gt; &lt;!subteam^S1&gt; &lt;!date^1^{date}|x&gt; &lt;https://evil.com|https://bank.com&gt; :tada: @here @channel *b* _i_ &amp;lt;!here&amp;gt; evil
    ");
    assert_snapshot!(plain(&reply), @"
    &lt;!channel&gt; &lt;@U012AB3CD&gt; &lt;#C012AB3CD|general&gt; &lt;!subteam^S1&gt; &lt;!date^1^{date}|x&gt; &lt;https://evil.com|https://bank.com&gt; :tada: @here @channel *b* _i_ &amp;lt;!here&amp;gt; evil and `&lt;!channel&gt; &lt;@U012AB3CD&gt; &lt;#C012AB3CD|general&gt; &lt;!subteam^S1&gt; &lt;!date^1^{date}|x&gt; &lt;https://evil.com|https://bank.com&gt; :tada: @here @channel *b* _i_ &amp;lt;!here&amp;gt; evil` and https://bank.com (https://evil.com/?a=1&amp;b=2) x (javascript:alert(1)) https://e.com a@b.c

        &lt;!channel&gt; &lt;@U012AB3CD&gt; &lt;#C012AB3CD|general&gt; &lt;!subteam^S1&gt; &lt;!date^1^{date}|x&gt; &lt;https://evil.com|https://bank.com&gt; :tada: @here @channel *b* _i_ &amp;lt;!here&amp;gt; evil

    You can say:
    • help (&lt;!channel&gt; &lt;@U012AB3CD&gt; &lt;#C012AB3CD|general&gt; &lt;!subteam^S1&gt; &lt;!date^1^{date}|x&gt; &lt;https://evil.com|https://bank.com&gt; :tada: @here @channel *b* _i_ &amp;lt;!here&amp;gt; evil)
    ");
}

#[test]
fn nothing_to_say_is_still_a_message() {
    let rendered = render(&Reply::default(), &Beside::default());
    assert_eq!(rendered.messages[0].text, "There is nothing to say.");
    assert_eq!(plain(&Reply::default()), "There is nothing to say.");
    let reply = Reply {
        choices: vec![choice("Yes", "yes"), choice("No", "no")],
        ..Reply::default()
    };
    assert_eq!(
        render(&reply, &Beside::default()).messages[0].text,
        "Choose: Yes, No"
    );
}
