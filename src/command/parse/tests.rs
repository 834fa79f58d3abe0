//! What lines mean, as tables.

use proptest::prelude::*;

use super::super::tests::sample;
use super::super::token::quoted;
use super::*;

/// What was understood, in one line.
fn told(understood: &Understood) -> String {
    let named = |arguments: &BTreeMap<String, String>| {
        arguments.iter().fold(String::new(), |told, (name, value)| {
            format!("{told} {name}=[{value}]")
        })
    };
    match understood {
        Understood::Call(parsed) => {
            format!("{}{}", parsed.command.name, named(&parsed.arguments))
        }
        Understood::Missing {
            command,
            param,
            so_far,
        } => {
            format!("{}{} needs {}", command.name, named(so_far), param.name)
        }
        Understood::Leftover { usage, .. } => usage.clone(),
        Understood::Refused(fault) => {
            format!("{} {}", fault.says, fault.hint.clone().unwrap_or_default())
        }
        Understood::Unknown {
            word,
            suggestions,
            rest,
        } => {
            format!("unknown [{word}] near {suggestions:?} rest [{rest}]")
        }
        Understood::Pasted(text) => format!("pasted [{text}]"),
        Understood::Silence => "–".to_owned(),
    }
}

fn hears(table: &[(&str, &str)]) {
    let book = sample();
    for (typed, expected) in table {
        assert_eq!(told(&book.understand(typed)), *expected, "{typed}");
    }
}

#[test]
fn commands_are_heard_however_they_are_typed() {
    hears(&[
        ("who-owns payments", "who-owns thing=[payments]"),
        ("Who-Owns Payments", "who-owns thing=[Payments]"),
        ("/who-owns payments", "who-owns thing=[payments]"),
        ("!who-owns payments", "who-owns thing=[payments]"),
        ("/callboard who-owns payments", "who-owns thing=[payments]"),
        ("Callboard: who-owns payments", "who-owns thing=[payments]"),
        ("@callboard, who-owns payments", "who-owns thing=[payments]"),
        ("callboard who-owns payments", "who-owns thing=[payments]"),
        ("who–owns payments", "who-owns thing=[payments]"),
        ("who owns payments", "who-owns thing=[payments]"),
        ("who_owns payments", "who-owns thing=[payments]"),
        ("who-owns: payments", "who-owns thing=[payments]"),
        ("owner payments", "who-owns thing=[payments]"),
        (
            "who-owns\u{00A0}pay\u{200B}ments",
            "who-owns thing=[payments]",
        ),
        ("  who-owns   payments  ", "who-owns thing=[payments]"),
        ("who-owns payments api", "who-owns thing=[payments api]"),
        (
            "who-owns billing/src/invoice.rs",
            "who-owns thing=[billing/src/invoice.rs]",
        ),
        (
            "who-owns component:default/payments",
            "who-owns thing=[component:default/payments]",
        ),
        ("who-owns callboard", "who-owns thing=[callboard]"),
        ("who-owns .github", "who-owns thing=[.github]"),
        ("who-owns -weird", "who-owns thing=[-weird]"),
        (
            "who-owns https://e.com/?a=b&c=d",
            "who-owns thing=[https://e.com/?a=b&c=d]",
        ),
        ("lunch", "lunch"),
    ]);
}

#[test]
fn quotation_marks_of_every_keyboard_hold_words_together() {
    hears(&[
        ("who-owns \"payments api\"", "who-owns thing=[payments api]"),
        ("who-owns “payments api”", "who-owns thing=[payments api]"),
        ("who-owns „payments api“", "who-owns thing=[payments api]"),
        ("who-owns «payments api»", "who-owns thing=[payments api]"),
        ("who-owns ‘payments api’", "who-owns thing=[payments api]"),
        ("who-owns `payments`", "who-owns thing=[payments]"),
        ("who-owns \"what now?\"", "who-owns thing=[what now?]"),
        ("who-owns \"the one\"?", "who-owns thing=[the one]"),
        ("who-owns team's plan", "who-owns thing=[team's plan]"),
        (
            "who-owns “payments api",
            "A quotation mark opens before `“payments api` and nothing closes it. \
             Close it, or leave it out: names with spaces work without.",
        ),
    ]);
}

#[test]
fn arguments_may_be_named() {
    hears(&[
        ("who-owns thing=payments", "who-owns thing=[payments]"),
        (
            "who-owns Thing=“payments api”",
            "who-owns thing=[payments api]",
        ),
        ("who-owns --thing payments", "who-owns thing=[payments]"),
        ("who-owns --thing=payments", "who-owns thing=[payments]"),
        ("who-owns —thing payments", "who-owns thing=[payments]"),
        ("who-owns size=big", "who-owns thing=[size=big]"),
        ("owns payments --all", "owns all=[true] owner=[payments]"),
        (
            "owns --all payments team",
            "owns all=[true] owner=[payments team]",
        ),
        (
            "owns payments team —all",
            "owns all=[true] owner=[payments team]",
        ),
        ("owns -- --all", "owns owner=[--all]"),
        (
            "deploy shop --after 3",
            "deploy after=[3] stage=[staging] thing=[shop]",
        ),
        (
            "deploy --after=3 shop production",
            "deploy after=[3] stage=[production] thing=[shop]",
        ),
        (
            "deploy shop --after",
            "`--after` needs a value. Say it like `--after value`.",
        ),
        (
            "what would it be to deploy the shop?",
            "deploy after=[5] dry-run=[true] stage=[staging] thing=[shop]",
        ),
        ("deploy shop", "deploy stage=[staging] thing=[shop]"),
        (
            "deploy shop Production",
            "deploy stage=[production] thing=[shop]",
        ),
        (
            "deploy stage=production shop",
            "deploy stage=[production] thing=[shop]",
        ),
        (
            "deploy shop --dry-run",
            "deploy dry-run=[true] stage=[staging] thing=[shop]",
        ),
    ]);
}

#[test]
fn wrong_arguments_get_a_sentence_that_helps() {
    hears(&[
        ("who-owns", "who-owns needs thing"),
        ("who-owns?", "who-owns needs thing"),
        ("who owns \"\"", "who-owns needs thing"),
        ("answer deploys", "answer topic=[deploys] needs text"),
        (
            "lunch today please",
            "I do not know what to do with `today` after `lunch`. The whole command is `lunch`.",
        ),
        (
            "deploy shop staging now \"or so\"",
            "I do not know what to do with `now \"or so\"` after `deploy`. \
             The whole command is `deploy <thing> [stage] [--after N] [--dry-run]`.",
        ),
        (
            "deploy shop producton",
            "`producton` is not a stage that I know. Did you mean `production`? I know `staging`, `production`.",
        ),
        (
            "deploy shop moon",
            "`moon` is not a stage that I know. Choose one of `staging`, `production`.",
        ),
        (
            "deploy shop --stgae production",
            "`deploy` has no option `--stgae`. Did you mean `--stage`? It takes `--thing`, `--stage`, `--after`, `--dry-run`.",
        ),
        (
            "lunch --fast",
            "`lunch` has no option `--fast`. Say just `lunch`.",
        ),
        (
            "deploy shop --stage",
            "`--stage` needs a value. Say it like `--stage value`.",
        ),
        (
            "deploy thing=a thing=b",
            "You gave `thing` twice. Say it once, so that I know which one you mean.",
        ),
    ]);
}

#[test]
fn plain_sentences_are_heard() {
    hears(&[
        ("who owns payments?", "who-owns thing=[payments]"),
        (
            "Who owns the Payments service?",
            "who-owns thing=[Payments service]",
        ),
        (
            "who owns “the payments service”?",
            "who-owns thing=[the payments service]",
        ),
        (
            "hey, please: who owns payments?",
            "who-owns thing=[payments]",
        ),
        (
            "Hey callboard, can you tell me who owns payments, please?",
            "who-owns thing=[payments]",
        ),
        (
            "do you know who is responsible for payments v1.2?",
            "who-owns thing=[payments v1.2]",
        ),
        (
            "who's responsible for payments",
            "who-owns thing=[payments]",
        ),
        ("whose is payments?! thank you", "who-owns thing=[payments]"),
        ("show me payments", "show thing=[payments]"),
        ("show payments", "show thing=[payments]"),
        ("what is payments?", "show thing=[payments]"),
        ("What’s payments?", "show thing=[payments]"),
        ("whats payments", "show thing=[payments]"),
        ("tell me about the shop", "show thing=[shop]"),
        ("what is for lunch", "lunch"),
        ("What's for lunch today?", "show thing=[for lunch today]"),
        ("what is owned by ana lopes", "owns owner=[ana lopes]"),
        ("what does team payments own?", "owns owner=[team payments]"),
        ("who owns callboard?", "who-owns thing=[callboard]"),
        ("who owns payments, callboard?", "who-owns thing=[payments]"),
    ]);
}

#[test]
fn free_text_is_kept_to_the_letter() {
    hears(&[
        (
            "answer deploys They're at 5\" – really?",
            "answer text=[They're at 5\" – really?] topic=[deploys]",
        ),
        (
            "answer deploys \"at noon.\"",
            "answer text=[at noon.] topic=[deploys]",
        ),
        (
            "answer topic=deploys --fast is the flag",
            "`answer` has no option `--fast`. It takes `--topic`, `--text`.",
        ),
        (
            "answer topic=deploys -- --fast is the flag",
            "answer text=[--fast is the flag] topic=[deploys]",
        ),
        (
            "answer deploys like this:\n```\nmake deploy\n```\n> quoted",
            "answer text=[like this:\n```\nmake deploy\n```\n> quoted] topic=[deploys]",
        ),
        (
            "remember that it is \"late\"!",
            "answer text=[it is \"late\"!] needs topic",
        ),
    ]);
}

#[test]
fn code_and_quotations_are_not_commands() {
    hears(&[
        ("> who-owns payments", "–"),
        ("> who-owns payments\nlunch", "lunch"),
        (
            "```\nwho-owns payments\n```",
            "pasted [```\nwho-owns payments\n```]",
        ),
        ("```\nwho-owns payments\n```\nlunch", "lunch"),
        ("```who-owns payments```", "–"),
        ("`who-owns payments` tells you", "–"),
        ("`who-owns payments`", "who-owns thing=[payments]"),
        (
            "callboard: ``!who-owns payments``",
            "who-owns thing=[payments]",
        ),
        ("please `who-owns payments`", "who-owns thing=[payments]"),
        ("`` `x` ``", "–"),
        ("show payments\nand so on", "show thing=[payments]"),
    ]);
}

#[test]
fn a_paste_arrives_whole() {
    hears(&[
        (
            "who-owns payments\nand so on",
            "who-owns thing=[payments\nand so on]",
        ),
        (
            "who-owns\n```\nat a.B(C.java:1)\n```",
            "who-owns thing=[```\nat a.B(C.java:1)\n```]",
        ),
        (
            "who-owns ```\nit's \"late\"\n```",
            "who-owns thing=[```\nit's \"late\"\n```]",
        ),
        (
            "who owns this?\n```\nat a.B(C.java:1)\n```\nthanks!",
            "who-owns thing=[this?\n```\nat a.B(C.java:1)\n```\nthanks!]",
        ),
        (
            "```\nat a.B(C.java:1)\n```\nwho owns this?",
            "who-owns thing=[this?\n```\nat a.B(C.java:1)\n```]",
        ),
        (
            "@callboard\n```\nat a.B(C.java:1)\n```",
            "pasted [@callboard\n```\nat a.B(C.java:1)\n```]",
        ),
        ("> on fire\n> again", "pasted [> on fire\n> again]"),
        (
            "who-owns {\"service\": \"payments\", \"msg\": \"it's late",
            "who-owns thing=[{\"service\": \"payments\", \"msg\": \"it's late]",
        ),
        ("> who is up\nlunch", "lunch"),
        ("callboard\nlunch", "lunch"),
    ]);
    let long = format!("who-owns {}", "x=\"y --z ".repeat(20));
    assert_eq!(
        told(&sample().understand(&long)),
        format!("who-owns thing=[{}]", long["who-owns ".len()..].trim())
    );
}

#[test]
fn strangers_are_told_what_is_near() {
    hears(&[
        (
            "who-onws payments",
            "unknown [who-onws] near [\"who-owns\"] rest [payments]",
        ),
        (
            "who onws \"the shop\"",
            "unknown [who onws] near [\"who-owns\"] rest [\"the shop\"]",
        ),
        (
            "please shwo payments",
            "unknown [shwo] near [\"show\"] rest [payments]",
        ),
        ("banana!", "unknown [banana] near [] rest []"),
        (
            "\"who-owns\" payments",
            "unknown [\"who-owns\"] near [] rest [payments]",
        ),
    ]);
}

#[test]
fn nothing_meant_gets_no_answer() {
    hears(&[
        ("", "–"),
        ("   \n ", "–"),
        ("???", "–"),
        ("!", "–"),
        ("👍", "–"),
        ("thanks!", "–"),
        ("Hey callboard", "–"),
    ]);
}

#[test]
fn a_message_without_end_is_refused() {
    let told = told(&sample().understand(&"a ".repeat(100_000)));
    assert_eq!(
        told,
        "That message is too long for me: it has 200000 characters and I read 150000 at most. \
         Say it in fewer words, or put the text in a file and give me a link."
    );
}

#[test]
fn what_is_missing_can_be_answered() {
    let book = sample();
    let Understood::Missing {
        command,
        param,
        so_far,
    } = book.understand("answer deploys")
    else {
        panic!("the text is missing");
    };
    let again = Understood::answering(&command, so_far.clone(), &param, "  ");
    assert_eq!(told(&again), "answer topic=[deploys] needs text");
    let done = Understood::answering(&command, so_far, &param, "At noon.\nMostly.");
    assert_eq!(
        told(&done),
        "answer text=[At noon.\nMostly.] topic=[deploys]"
    );

    let Understood::Missing {
        command,
        param,
        so_far,
    } = book.understand("who-owns")
    else {
        panic!("the thing is missing");
    };
    let done = Understood::answering(&command, so_far, &param, "the payments service, please?");
    assert_eq!(told(&done), "who-owns thing=[payments service]");
}

#[test]
fn the_bot_listens_to_its_own_name() {
    let book = sample().called("Robot");
    assert_eq!(told(&book.understand("robot: lunch")), "lunch");
    assert_eq!(
        told(&book.understand("callboard: lunch")),
        "unknown [callboard] near [] rest [lunch]"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_understood_somehow(text in "\\PC{0,80}") {
        sample_once().understand(&text);
    }

    #[test]
    fn any_tokens_are_understood_somehow(
        words in proptest::collection::vec(
            "who|owns|deploy|answer|--|--all|—x=|\"|'|`|```|\n|>|=|thing=|the|,|\\\\|“|”|é|[a-z]{1,3}", 0..12,
        ),
        glue in "[ ]?",
    ) {
        sample_once().understand(&words.join(&glue));
    }

    #[test]
    fn a_quoted_argument_comes_back_as_it_was(value in "[^\\p{C}\\p{Z}\u{FE00}-\u{FE0F}\u{00AD}]( ?[^\\p{C}\\p{Z}\u{FE00}-\u{FE0F}\u{00AD}]){0,20}") {
        let understood = sample_once().understand(&format!("who-owns {}", quoted(&value)));
        prop_assert_eq!(told(&understood), format!("who-owns thing=[{value}]"));
    }
}

fn sample_once() -> &'static Book {
    static BOOK: std::sync::OnceLock<Book> = std::sync::OnceLock::new();
    BOOK.get_or_init(sample)
}
