//! CommonMark read into the pieces that a message is made of.

use std::rc::Rc;

use anstyle::Effects;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::span::{Look, Span, append, append_all, clean, followed, misleads, trim, words};
use super::table::Table;

/// Deeper lists than this are shown at this depth: Slack knows no more.
pub(super) const DEEPEST: usize = 8;

/// One piece of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    /// A paragraph.
    Words(Vec<Span>),
    /// A heading, and whether it is one of the two highest levels.
    Heading(Vec<Span>, bool),
    /// The rest of a paragraph, an item or a quotation that is too long for one piece.
    Rest(Vec<Span>),
    /// An item of a list.
    Item {
        /// Its number, in a numbered list.
        number: Option<u64>,
        /// How many lists it is within, besides its own.
        depth: usize,
        /// What it says.
        spans: Vec<Span>,
    },
    /// A quotation.
    Quote(Vec<Span>),
    /// Code, line by line as it is.
    Code(String),
    /// A table.
    Table(Table),
    /// A line across.
    Rule,
}

/// Reads CommonMark. HTML is text, and pictures from elsewhere are links.
pub(super) fn read(markdown: &str) -> Vec<Piece> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut page = Page::default();
    for event in Parser::new_ext(markdown, options) {
        page.take(event);
    }
    page.end_block();
    page.pieces
}

#[derive(Default)]
struct Page {
    pieces: Vec<Piece>,
    /// The block being read.
    spans: Vec<Span>,
    /// The look of what comes next; the last one counts.
    looks: Vec<Look>,
    /// The address of each link we are in, and what its label says so far.
    links: Vec<(String, Vec<Span>)>,
    /// The lists we are in, with the next number of numbered ones.
    lists: Vec<Option<u64>>,
    /// The items we are in: their numbers, and whether they have begun to say something.
    items: Vec<(Option<u64>, bool)>,
    /// How many quotations we are in, and whether the last piece is part of the same one.
    quotes: usize,
    quoting: bool,
    heading: Option<bool>,
    table: Option<Table>,
    code: Option<String>,
}

impl Page {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.open(tag),
            Event::End(tag) => self.close(tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                if let Some(code) = &mut self.code {
                    code.push_str(&text);
                } else {
                    self.say(clean(&text));
                }
            }
            Event::Code(text) => {
                let look = Look {
                    code: true,
                    ..self.look()
                };
                self.push(Span {
                    look,
                    ..Span::plain(clean(&text))
                });
            }
            Event::SoftBreak | Event::HardBreak => self.say("\n".to_owned()),
            Event::Rule => {
                self.end_block();
                self.put(Piece::Rule);
            }
            // Not asked for in the options.
            Event::FootnoteReference(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.say(clean(&text));
            }
            Event::TaskListMarker(done) => self.say(if done { "☑ " } else { "☐ " }.to_owned()),
        }
    }

    fn open(&mut self, tag: Tag<'_>) {
        let look = self.look();
        match tag {
            Tag::Strong => self.looks.push(look.and(Effects::BOLD)),
            Tag::Emphasis => self.looks.push(look.and(Effects::ITALIC)),
            Tag::Strikethrough => self.looks.push(look.and(Effects::STRIKETHROUGH)),
            Tag::Heading { level, .. } => {
                self.end_block();
                self.heading = Some(level <= HeadingLevel::H2);
            }
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.links.push((dest_url.into_string(), Vec::new()));
            }
            Tag::BlockQuote(_) => {
                self.end_block();
                self.quotes += 1;
            }
            Tag::CodeBlock(_) => {
                self.end_block();
                self.code = Some(String::new());
            }
            Tag::List(first) => {
                self.end_block();
                self.lists.push(first);
            }
            Tag::Item => {
                self.end_block();
                let number = match self.lists.last_mut() {
                    Some(Some(next)) => {
                        let number = *next;
                        *next = next.saturating_add(1);
                        Some(number)
                    }
                    _ => None,
                };
                self.items.push((number, false));
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
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.end_block(),
            TagEnd::Heading(_) => {
                let spans = trim(std::mem::take(&mut self.spans));
                let high = self.heading.take().unwrap_or_default();
                if !spans.is_empty() {
                    self.put(Piece::Heading(spans, high));
                }
            }
            TagEnd::Strong | TagEnd::Emphasis | TagEnd::Strikethrough => {
                self.looks.pop();
            }
            TagEnd::Link | TagEnd::Image => self.end_link(),
            TagEnd::BlockQuote(_) => {
                self.end_block();
                self.quotes -= 1;
                self.quoting &= self.quotes > 0;
            }
            TagEnd::CodeBlock => {
                if let Some(code) = self.code.take() {
                    let code = clean(&code);
                    self.put(Piece::Code(code.trim_end_matches('\n').to_owned()));
                }
            }
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::Item => {
                self.end_block();
                // An item without words still shows its bullet.
                if let Some((number, false)) = self.items.pop() {
                    self.item(number, Vec::new());
                }
            }
            TagEnd::TableCell => {
                let cell = trim(std::mem::take(&mut self.spans));
                if let Some(table) = &mut self.table {
                    table.cell(cell);
                }
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    self.put(Piece::Table(table));
                }
            }
            _ => {}
        }
    }

    /// Puts away the block that has been read so far.
    fn end_block(&mut self) {
        let spans = trim(std::mem::take(&mut self.spans));
        if spans.is_empty() {
            return;
        }
        let Some(item) = self.items.last_mut() else {
            if self.quotes > 0 {
                self.quote(spans);
            } else {
                self.put(Piece::Words(spans));
            }
            return;
        };
        let (number, begun) = *item;
        item.1 = true;
        if begun {
            self.go_on(spans);
        } else {
            self.item(number, spans);
        }
    }

    fn item(&mut self, number: Option<u64>, spans: Vec<Span>) {
        let depth = self.lists.len().saturating_sub(1).min(DEEPEST);
        if self.quotes > 0 {
            // Slack's quotations hold no lists.
            let mut line = vec![Span::plain(bullet(number, depth))];
            append_all(&mut line, spans);
            self.quote(line);
        } else {
            self.put(Piece::Item {
                number,
                depth,
                spans,
            });
        }
    }

    /// Another paragraph of an item: in the same item where nothing came between.
    fn go_on(&mut self, more: Vec<Span>) {
        if self.quotes > 0 {
            self.quote(more);
            return;
        }
        let here = self.lists.len().saturating_sub(1).min(DEEPEST);
        match self.pieces.last_mut() {
            Some(Piece::Item { depth, spans, .. }) if *depth == here => {
                append(spans, Span::plain("\n"));
                append_all(spans, more);
            }
            _ => self.put(Piece::Words(more)),
        }
    }

    fn quote(&mut self, more: Vec<Span>) {
        if self.quoting
            && let Some(Piece::Quote(spans)) = self.pieces.last_mut()
        {
            append(spans, Span::plain("\n"));
            append_all(spans, more);
            return;
        }
        self.put(Piece::Quote(more));
        self.quoting = true;
    }

    fn put(&mut self, piece: Piece) {
        self.quoting = false;
        self.pieces.push(piece);
    }

    fn end_link(&mut self) {
        let Some((address, label)) = self.links.pop() else {
            return;
        };
        let address = clean(&address);
        let Some(target) = followed(&address) else {
            let says = words(&label, false);
            for span in label {
                self.push(span);
            }
            if says.is_empty() {
                self.say(address);
            } else if !address.is_empty() && says != address {
                self.say(format!(" ({address})"));
            }
            return;
        };
        let target: Rc<str> = target.into();
        let linked = |span: Span| Span {
            link: Some(Rc::clone(&target)),
            ..span
        };
        let says = words(&label, false);
        if says.trim().is_empty() {
            self.push(linked(Span::plain(&*target)));
        } else if misleads(&says, &target) {
            // Where it leads is said, because the label pretends to be another address.
            for span in label {
                self.push(span);
            }
            self.say(" (".to_owned());
            self.push(linked(Span::plain(&*target)));
            self.say(")".to_owned());
        } else {
            for span in label {
                self.push(linked(span));
            }
        }
    }

    fn look(&self) -> Look {
        self.looks.last().copied().unwrap_or_default()
    }

    fn say(&mut self, text: String) {
        let look = self.look();
        self.push(Span {
            look,
            ..Span::plain(text)
        });
    }

    fn push(&mut self, span: Span) {
        let spans = match self.links.last_mut() {
            Some((_, label)) => label,
            None => &mut self.spans,
        };
        append(spans, span);
    }
}

/// What stands before an item where Slack's own lists cannot be used.
pub(super) fn bullet(number: Option<u64>, depth: usize) -> String {
    let indent = "    ".repeat(depth);
    match number {
        Some(number) => format!("{indent}{number}. "),
        None => format!("{indent}• "),
    }
}
