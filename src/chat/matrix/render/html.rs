//! Blocks as HTML, of which only what the Matrix specification allows is used.

use super::block::{Block, Inline};
use super::escape;

/// Writes blocks as HTML.
pub(super) fn html(blocks: &[Block]) -> String {
    // Words alone need no paragraph, which clients set apart from the sender's name.
    if let [Block::Words { words, .. }] = blocks {
        return inline(words);
    }
    blocks.iter().map(block).collect()
}

fn block(block: &Block) -> String {
    match block {
        Block::Words { words, tight: true } => inline(words),
        Block::Words { words, .. } => format!("<p>{}</p>", inline(words)),
        Block::Heading(words, true) => format!("<h4>{}</h4>", inline(words)),
        Block::Heading(words, false) => format!("<h5>{}</h5>", inline(words)),
        Block::Code { language, text } => {
            let class = if language.is_empty() {
                String::new()
            } else {
                format!(" class=\"language-{language}\"")
            };
            format!("<pre><code{class}>{}\n</code></pre>", escape::html(text))
        }
        Block::Quote(blocks) => format!("<blockquote>{}</blockquote>", every(blocks)),
        Block::List { start, items } => {
            let items = wrapped(items, "li", |item| every(item));
            match start {
                None => format!("<ul>{items}</ul>"),
                Some(1) => format!("<ol>{items}</ol>"),
                Some(start) => format!("<ol start=\"{start}\">{items}</ol>"),
            }
        }
        Block::Table(rows) => table(rows),
        Block::Rule => "<hr>".to_owned(),
    }
}

fn every(blocks: &[Block]) -> String {
    let mut html = String::new();
    for (number, next) in blocks.iter().enumerate() {
        let close = |block: Option<&Block>| matches!(block, Some(Block::Words { tight: true, .. }));
        let before = number.checked_sub(1).and_then(|number| blocks.get(number));
        if close(before) && close(Some(next)) {
            html.push_str("<br>");
        }
        html.push_str(&block(next));
    }
    html
}

fn table(rows: &[Vec<Vec<Inline>>]) -> String {
    let (head, below) = rows.split_at(rows.len().min(1));
    let head = wrapped(head, "tr", |cells| {
        wrapped(cells, "th", |cell| inline(cell))
    });
    let below = wrapped(below, "tr", |cells| {
        wrapped(cells, "td", |cell| inline(cell))
    });
    format!("<table><thead>{head}</thead><tbody>{below}</tbody></table>")
}

/// Every part within a tag of its own.
fn wrapped<T>(parts: &[T], tag: &str, html: impl Fn(&T) -> String) -> String {
    let mut wrapped = String::new();
    for part in parts {
        let part = html(part);
        wrapped.extend(["<", tag, ">", &part, "</", tag, ">"]);
    }
    wrapped
}

fn inline(words: &[Inline]) -> String {
    let words = words.iter().map(|word| match word {
        Inline::Text(text) => escape::html(text),
        Inline::Code(text) => format!("<code>{}</code>", escape::html(text)),
        Inline::Break => "<br>".to_owned(),
        Inline::Strong(words) => format!("<strong>{}</strong>", inline(words)),
        Inline::Emphasis(words) => format!("<em>{}</em>", inline(words)),
        Inline::Strike(words) => format!("<del>{}</del>", inline(words)),
        Inline::Link(address, words) => {
            format!(
                "<a href=\"{}\">{}</a>",
                escape::html(address),
                inline(words)
            )
        }
    });
    words.collect()
}
