//! A page of CommonMark on its way to the terminal: blocks, their indentation, and the words in them.

use std::rc::Rc;

use anstyle::Effects;
use pulldown_cmark::{Event, Tag, TagEnd};

use super::paint::{Paint, Span, Tint, append, clean, paint, width};
use super::render::Style;
use super::table::Table;
use super::wrap;

/// Deeper nesting than this is shown at this depth, so that hostile input cannot blow up the output.
const DEEPEST: usize = 8;
/// However deep the nesting, this many columns are left for words.
const NARROWEST: usize = 10;

/// The lines written so far and the block being read.
pub(super) struct Page<'s> {
    style: Style,
    source: &'s str,
    lines: Vec<String>,
    prefixes: Vec<Prefix>,
    /// The block being read.
    spans: Vec<Span>,
    /// The bytes of text in `spans`.
    length: usize,
    /// The look of what comes next; the last one counts.
    paints: Vec<Paint>,
    links: Vec<Link>,
    /// The lists we are in, with the next number of numbered ones.
    lists: Vec<Option<u64>>,
    table: Option<Table>,
    code: Option<String>,
    /// A blank line belongs before the next block.
    gap: bool,
}

/// What stands to the left of a block: a bullet before its first line, an indentation before the others.
struct Prefix {
    first: Option<String>,
    rest: String,
}

struct Link {
    address: Rc<str>,
    /// How many bytes of text stood in the block before the label.
    from: usize,
}

impl<'s> Page<'s> {
    /// An empty page for what is in `source`.
    pub(super) fn new(source: &'s str, style: Style) -> Self {
        Self {
            style,
            source,
            lines: Vec::new(),
            prefixes: Vec::new(),
            spans: Vec::new(),
            length: 0,
            paints: vec![Paint::default()],
            links: Vec::new(),
            lists: Vec::new(),
            table: None,
            code: None,
            gap: false,
        }
    }

    /// Takes the next event, which begins at byte `start` of the source.
    pub(super) fn take(&mut self, event: Event<'_>, start: usize) {
        match event {
            Event::Start(tag) => self.open(tag, start),
            Event::End(tag) => self.close(tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                if let Some(code) = &mut self.code {
                    code.push_str(&text);
                } else {
                    self.say(clean(&text));
                }
            }
            Event::Code(text) => {
                let text = clean(&text);
                let paint = Paint {
                    code: true,
                    ..self.look()
                };
                if !self.style.colour && text.trim().contains(' ') {
                    self.push(format!("`{text}`"), paint);
                } else {
                    self.push(text, paint);
                }
            }
            Event::SoftBreak | Event::HardBreak => self.say("\n".to_owned()),
            Event::Rule => {
                self.end_block();
                let rule = "─".repeat(self.room().unwrap_or(40).min(40));
                let rule = Span::painted(rule, Paint::DIM);
                self.open_gap();
                self.line(&[rule], Tint::Plain);
                self.gap = true;
            }
            // Not asked for in the options.
            Event::FootnoteReference(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.say(clean(&text));
            }
            Event::TaskListMarker(done) => self.say(if done { "☑ " } else { "☐ " }.to_owned()),
        }
    }

    /// Ends the page.
    pub(super) fn finish(mut self) -> String {
        self.end_block();
        while self.lines.last().is_some_and(String::is_empty) {
            self.lines.pop();
        }
        self.lines.join("\n")
    }

    fn open(&mut self, tag: Tag<'_>, start: usize) {
        let look = self.look();
        match tag {
            Tag::Strong | Tag::Heading { .. } => self.paints.push(look.and(Effects::BOLD)),
            Tag::Emphasis => self.paints.push(look.and(Effects::DIMMED)),
            Tag::Strikethrough => self.paints.push(look.and(Effects::STRIKETHROUGH)),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => self.links.push(Link {
                address: address(&dest_url).into(),
                from: self.length,
            }),
            Tag::BlockQuote(_) => {
                self.end_block();
                // The blank line above belongs to what is around the quotation.
                self.open_gap();
                let bar = Span::painted("│ ", Paint::DIM);
                let bar = paint(&[bar], Tint::Plain, self.style.colour);
                self.indent(None, bar);
            }
            Tag::CodeBlock(_) => {
                self.end_block();
                self.code = Some(String::new());
            }
            Tag::List(first) => {
                self.end_block();
                // A list close to its heading words stays close.
                self.gap &= blank_before(self.source, start);
                self.lists.push(first);
            }
            Tag::Item => {
                self.end_block();
                let bullet = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let bullet = format!("{number}. ");
                        *number = number.saturating_add(1);
                        bullet
                    }
                    _ => "• ".to_owned(),
                };
                let rest = " ".repeat(width(&[Span::plain(&*bullet)]));
                self.indent(Some(bullet), rest);
            }
            Tag::Table(alignments) => {
                self.end_block();
                self.table = Some(Table {
                    alignments,
                    ..Table::default()
                });
            }
            Tag::TableHead | Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.open_row();
                }
            }
            _ => {}
        }
    }

    fn close(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => {
                self.end_block();
                self.gap = true;
            }
            TagEnd::Heading(_) => {
                self.end_block();
                self.paints.pop();
                self.gap = true;
            }
            TagEnd::Strong | TagEnd::Emphasis | TagEnd::Strikethrough => {
                self.paints.pop();
            }
            TagEnd::Link | TagEnd::Image => self.end_link(),
            TagEnd::BlockQuote(_) => {
                self.end_block();
                self.prefixes.pop();
                self.gap = true;
            }
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::List(_) => {
                self.lists.pop();
                self.gap |= self.lists.is_empty();
            }
            TagEnd::Item => {
                self.end_block();
                // An item without words still shows its bullet.
                if self
                    .prefixes
                    .last()
                    .is_some_and(|prefix| prefix.first.is_some())
                {
                    self.open_gap();
                    self.line(&[], Tint::Plain);
                }
                self.prefixes.pop();
            }
            TagEnd::TableCell => {
                let cell = self.words();
                if let Some(table) = &mut self.table {
                    table.cell(cell);
                }
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    let room = self.room();
                    self.open_gap();
                    for line in table.lines(room) {
                        for part in wrap::wrap(line, room) {
                            self.line(&part, Tint::Plain);
                        }
                    }
                    self.gap = true;
                }
            }
            _ => {}
        }
    }

    /// Writes the block that has been read so far.
    fn end_block(&mut self) {
        if self.spans.is_empty() {
            return;
        }
        let mut lines = wrap::lines(self.words());
        while lines.last().is_some_and(Vec::is_empty) {
            lines.pop();
        }
        let room = self.room();
        self.open_gap();
        for line in lines {
            let tint = Tint::of(&line);
            for part in wrap::wrap(line, room) {
                self.line(&part, tint);
            }
        }
    }

    fn end_code(&mut self) {
        let Some(code) = self.code.take() else {
            return;
        };
        self.open_gap();
        // Never wrapped: code is there to be copied.
        for text in clean(&code).trim_end_matches('\n').split('\n') {
            let code = Span::painted(text, Paint::CODE);
            self.line(&[Span::plain("    "), code], Tint::Plain);
        }
        self.gap = true;
    }

    fn end_link(&mut self) {
        let Some(link) = self.links.pop() else {
            return;
        };
        if !can_be_followed(&link.address) || !self.style.colour {
            let label = self.label(link.from);
            let bare = link
                .address
                .strip_prefix("mailto:")
                .unwrap_or(&link.address);
            if label.is_empty() {
                self.say(link.address.to_string());
            } else if label != bare && *label != *link.address && !link.address.is_empty() {
                self.say(format!(" ({})", link.address));
            }
            return;
        }
        if self.length == link.from {
            self.say(link.address.to_string());
        }
        let mut position = self.length;
        for span in self.spans.iter_mut().rev() {
            position = position.saturating_sub(span.text.len());
            // The pieces of a label are never joined with what stood before: `push` sees to it.
            if position < link.from {
                break;
            }
            span.link = Some(Rc::clone(&link.address));
        }
    }

    /// What has been said in this block since its byte `from`.
    fn label(&self, from: usize) -> String {
        let mut position = self.length;
        let mut parts = Vec::new();
        for span in self.spans.iter().rev() {
            position = position.saturating_sub(span.text.len());
            if position < from {
                break;
            }
            parts.push(span.text.as_str());
        }
        parts.into_iter().rev().collect()
    }

    fn indent(&mut self, first: Option<String>, rest: String) {
        let shown = self.prefixes.len() < DEEPEST;
        self.prefixes.push(if shown {
            Prefix { first, rest }
        } else {
            Prefix {
                first: None,
                rest: String::new(),
            }
        });
    }

    fn open_gap(&mut self) {
        if std::mem::take(&mut self.gap) && !self.lines.is_empty() {
            let prefix: String = self
                .prefixes
                .iter()
                .map(|prefix| prefix.rest.as_str())
                .collect();
            self.lines.push(prefix.trim_end().to_owned());
        }
    }

    fn line(&mut self, spans: &[Span], tint: Tint) {
        let mut line = String::new();
        for prefix in &mut self.prefixes {
            match prefix.first.take() {
                Some(first) => line.push_str(&first),
                None => line.push_str(&prefix.rest),
            }
        }
        line.push_str(&paint(spans, tint, self.style.colour));
        self.lines.push(line.trim_end().to_owned());
    }

    /// The columns that the prefixes leave.
    fn room(&self) -> Option<usize> {
        // A bar is two columns wide, whatever escape codes are in it.
        let taken: usize = self
            .prefixes
            .iter()
            .map(|prefix| {
                if prefix.rest.contains('│') {
                    2
                } else {
                    prefix.rest.len()
                }
            })
            .sum();
        self.style
            .width
            .map(|width| width.saturating_sub(taken).max(NARROWEST))
    }

    fn look(&self) -> Paint {
        self.paints.last().copied().unwrap_or_default()
    }

    fn say(&mut self, text: String) {
        self.push(text, self.look());
    }

    fn push(&mut self, text: String, paint: Paint) {
        if text.is_empty() {
            return;
        }
        let from = self.length;
        self.length += text.len();
        let span = Span {
            text,
            paint,
            link: None,
        };
        if self.links.last().is_some_and(|link| link.from == from) {
            self.spans.push(span);
        } else {
            append(&mut self.spans, span);
        }
    }

    fn words(&mut self) -> Vec<Span> {
        self.length = 0;
        std::mem::take(&mut self.spans)
    }
}

/// An address as it may stand in an escape code and in a line.
fn address(url: &str) -> String {
    clean(url).chars().filter(|c| !c.is_whitespace()).collect()
}

fn can_be_followed(address: &str) -> bool {
    ["https://", "http://", "mailto:"]
        .iter()
        .any(|scheme| address.starts_with(scheme))
}

/// Whether the line before the one at `start` is blank; the marks of quotations do not count.
fn blank_before(source: &str, start: usize) -> bool {
    let before = source.get(..start).unwrap_or_default();
    let Some((above, _)) = before.rsplit_once('\n') else {
        return false;
    };
    let line = above.rsplit('\n').next().unwrap_or_default();
    line.trim_matches(|c: char| c == '>' || c.is_whitespace())
        .is_empty()
}
