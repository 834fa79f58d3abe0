//! What people hear when they use the commands: one file for each file of `commands/`, and here what is true of all.

mod apis;
mod changes;
mod channel;
mod deps;
mod fix_owner;
mod help;
mod home;
mod link;
mod owns;
mod preview;
mod resync;
mod search;
mod show;
mod status;
mod team;
mod unlink;
mod unowned;
mod who_owns;
mod whois;
mod why;

use crate::harness::TestBot;

/// What people might say for a parameter of this name and kind.
fn example(name: &str, kind: &str) -> &'static str {
    match kind {
        "word" if name == "since" => "yesterday",
        "entity" | "entity-or-path" => "payments",
        "group" | "owner" => "billing-team",
        "person" => "omar",
        "command" => "who-owns",
        "word" => "accept",
        "number" => "3",
        "flag" => "yes",
        "text" => "fraud",
        other => panic!("say an example for the kind {other}"),
    }
}

/// Every plain sentence of every command, with examples for its parameters, and the command it belongs to.
fn sentences(bot: &TestBot) -> Vec<(String, String)> {
    let book = bot.context().book.load_full();
    let mut sentences = Vec::new();
    for command in book.commands() {
        for phrase in &command.asks {
            let mut sentence = phrase.text().to_owned();
            for param in &command.takes {
                let name = format!("{{{}}}", param.name);
                sentence = sentence.replace(&name, example(&param.name, &param.kind));
            }
            assert!(!sentence.contains('{'), "{sentence}");
            sentences.push((command.name.clone(), sentence));
        }
    }
    sentences
}

#[tokio::test]
async fn every_plain_sentence_reaches_its_command_and_is_answered() {
    let bot = TestBot::with()
        .config(|config| config.admins = vec!["user:default/ana".to_owned()])
        .start()
        .await;
    let ana = bot.as_person("ana");
    let sentences = sentences(&bot);
    assert!(sentences.len() > 30, "{sentences:?}");
    let mut astray = Vec::new();
    for (command, sentence) in sentences {
        let upper = sentence[..1].to_uppercase() + &sentence[1..];
        let ways = [
            sentence.clone(),
            format!("{upper}?"),
            format!("Hey callboard, {sentence}, please!"),
            format!("  {}  ", sentence.replace(' ', "  ").replace('-', "‑")),
        ];
        for line in ways {
            let answer = ana.asks(&line).await;
            if answer.command.as_deref() != Some(&*command) || answer.failure.is_some() {
                let failure = answer.failure.map(|told| told.says);
                astray.push(format!(
                    "{command}: {line:?} → {:?} {failure:?}",
                    answer.command
                ));
            }
        }
    }
    assert!(astray.is_empty(), "{}", astray.join("\n"));
}

#[tokio::test]
async fn every_line_to_try_is_answered() {
    let bot = TestBot::acme().await;
    let ana = bot.as_person("ana");
    let book = bot.context().book.load_full();
    for command in book.commands() {
        assert!(!command.examples.is_empty(), "{}", command.file);
        for line in &command.examples {
            let answer = ana.asks(line).await;
            assert_eq!(answer.command.as_ref(), Some(&command.name), "{line}");
            assert_eq!(answer.failure, None, "{line}");
        }
    }
}

#[tokio::test]
async fn every_choice_that_is_offered_is_answered() {
    let bot = TestBot::acme().await;
    let ana = bot.as_person("ana");
    let mut lines: Vec<String> = sentences(&bot)
        .into_iter()
        .map(|(_, sentence)| sentence)
        .collect();
    lines.extend(
        [
            "who-owns payment",
            "who-owns invoice-printer",
            "show sre",
            "payments",
        ]
        .map(str::to_owned),
    );
    let mut pressed = 0;
    for line in lines {
        for choice in ana
            .asks(&line)
            .await
            .reply
            .map(|reply| reply.choices)
            .unwrap_or_default()
        {
            let answer = ana.asks(&choice.line).await;
            assert_eq!(answer.failure, None, "{line} → {}", choice.line);
            pressed += 1;
        }
    }
    assert!(pressed > 30, "{pressed}");
}
