//! What catalogs and people say is data, and stays data in every answer.

use pulldown_cmark::{Event, Parser, Tag};

use crate::harness::{Repository, TestBot};

#[tokio::test]
async fn what_catalogs_say_is_never_formatting_mention_or_link() {
    let repository = Repository::of(
        r##"apiVersion: backstage.io/v1alpha1
kind: Group
metadata:
  name: evil
  title: "**Team** <!channel> @room"
  annotations:
    slack.com/channel: "<!here> [click](javascript:alert(1))"
  links:
    - {url: "https://e.com/a", title: "*Run* `x`](https://evil.example"}
spec:
  type: team
  children: []
  profile: {displayName: "**Team** <!channel> @room", email: "<@U1>"}
  members: []
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: pay
  title: "# *Pay* <!channel> @room [x](javascript:alert(1)) \e[31mred\e[0m"
  description: "<https://evil.example|good> and\n> quoted\n\n- list \u202Eevil"
  tags: [ok]
spec: {type: "`service`", lifecycle: "**live**", owner: evil}
"##,
    );
    let bot = TestBot::of(&repository).await;
    let visitor = bot.as_person("visitor");
    for line in [
        "who-owns pay",
        "show pay",
        "search pay",
        "owns evil",
        "show group:evil",
        "who-owns evil",
    ] {
        let seen = visitor.says(line).await;
        let markdown = visitor.markdown();
        for text in [&seen, &markdown] {
            assert!(
                !text.contains('\x1b') && !text.contains('\u{202E}'),
                "{line}: {text:?}"
            );
        }
        for event in Parser::new(&markdown) {
            match event {
                Event::Start(Tag::Link { dest_url, .. }) => {
                    assert_eq!(&*dest_url, "https://e.com/a", "{line}: {markdown}");
                }
                Event::Start(
                    Tag::Heading { .. } | Tag::BlockQuote(_) | Tag::Image { .. } | Tag::HtmlBlock,
                )
                | Event::Html(_)
                | Event::InlineHtml(_) => panic!("{line}: {event:?} in {markdown}"),
                _ => {}
            }
        }
        for raw in ["**Team**", " <!channel>", " @room", " <@U1>", "*Pay*"] {
            assert!(!markdown.contains(raw), "{line}: {raw:?} in {markdown}");
        }
    }
    visitor.says("who-owns pay").await;
    insta::assert_snapshot!(visitor.markdown(), @r#"
    **\# \*Pay\* \<!channel> \@room \[x\](javascript:alert(1)) \[31mred\[0m** (`component:default/pay`) belongs to **\*\*Team\*\* \<!channel> \@room**.

    Ask in \<!here> \[click\](javascript:alert(1)), or write to \<\@U1>.
    [\*Run\* \`x\`\](https://evil.example](<https://e.com/a>)

    ⚠ \*\*Team\*\* \<!channel> \@room has no members, so perhaps nobody will answer.

    Line last changed 3 hours ago by Ana (`c6fb9bf6`).
    *From* `catalog-info.yaml:23` *in catalog at c6fb9bf6, read just now.*
    "#);
    insta::assert_snapshot!(visitor.says("show pay").await, @"
    # *Pay* <!channel> @room [x](javascript:alert(1)) [31mred[0m (component:default/pay): **live** `service`

    <https://evil.example|good> and > quoted

    • Owned by: **Team** <!channel> @room
    • Tags: ok

    From catalog-info.yaml:16 in catalog at c6fb9bf6, read just now.

    [1] Who owns it → who-owns component:default/pay
    ");
}

#[tokio::test]
async fn what_people_type_is_repeated_as_they_typed_it() {
    let bot = TestBot::acme().await;
    let visitor = bot.as_person("visitor");
    insta::assert_snapshot!(visitor.says("who-owns **zebra** <!channel>").await, @"I know no entity like `**zebra** <!channel>`. Try another word, or search with a part of its name.");
    insta::assert_snapshot!(visitor.markdown(), @"I know no entity like `**zebra** <!channel>`. Try another word, or `search` with a part of its name.");
    insta::assert_snapshot!(visitor.says("help `a` [x](javascript:alert(1))").await, @"There is no command `a [x](javascript:alert(1))`. help alone lists all of them.");
    insta::assert_snapshot!(visitor.markdown(), @"There is no command `a [x](javascript:alert(1))`. `help` alone lists all of them.");
    insta::assert_snapshot!(visitor.says("@room <!channel> \u{1b}[31m").await, @"I do not understand `@room <!channel> [31m`. help lists what you can ask.");
    insta::assert_snapshot!(visitor.markdown(), @"I do not understand `@room <!channel> [31m`. `help` lists what you can ask.");
}
