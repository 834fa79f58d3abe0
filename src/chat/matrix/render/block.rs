//! CommonMark read into blocks and the words in them.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::escape::{address, can_be_followed, clean};

/// Deeper nesting than this is shown at this depth, so that hostile input cannot blow up the output.
const DEEPEST: usize = 8;
/// Longer addresses are told rather than linked.
const LONGEST_ADDRESS: usize = 1_000;

/// One block of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Block {
    /// A paragraph.
    Words {
        words: Vec<Inline>,
        /// Whether it is an item of a list whose items stand close together.
        tight: bool,
    },
    /// A heading, and whether it is one of the three highest levels.
    Heading(Vec<Inline>, bool),
    /// Code, line by line as it is.
    Code { language: String, text: String },
    /// A quotation.
    Quote(Vec<Block>),
    /// A list, with the first number of a numbered one.
    List {
        start: Option<u64>,
        items: Vec<Vec<Block>>,
    },
    /// A table; the heading is the first row.
    Table(Vec<Vec<Vec<Inline>>>),
    /// A line across.
    Rule,
}

/// Words within a block.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Inline {
    Text(String),
    Code(String),
    Break,
    Strong(Vec<Inline>),
    Emphasis(Vec<Inline>),
    Strike(Vec<Inline>),
    /// A link that may be followed.
    Link(String, Vec<Inline>),
}

/// Reads CommonMark. HTML is text, and pictures from elsewhere are links.
pub(super) fn read(markdown: &str) -> Vec<Block> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut reader = Reader {
        frames: vec![Frame::new(Kind::Page)],
    };
    for event in Parser::new_ext(markdown, options) {
        reader.take(event);
    }
    reader.flush();
    reader
        .frames
        .pop()
        .map(|page| page.blocks)
        .unwrap_or_default()
}

struct Reader {
    /// What we are in, outermost first; never empty.
    frames: Vec<Frame>,
}

#[derive(Debug, PartialEq)]
enum Kind {
    Page,
    Words,
    Heading(bool),
    Code(String),
    Quote,
    List(Option<u64>),
    Item,
    Table,
    Row,
    Cell,
    Strong,
    Emphasis,
    Strike,
    Link(String),
    Other,
}

impl Kind {
    fn is_inline(&self) -> bool {
        matches!(
            self,
            Self::Strong | Self::Emphasis | Self::Strike | Self::Link(_) | Self::Other
        )
    }

    fn is_container(&self) -> bool {
        matches!(self, Self::Quote | Self::List(_))
    }
}

/// What has been read of something that is still open.
struct Frame {
    kind: Kind,
    words: Vec<Inline>,
    blocks: Vec<Block>,
    items: Vec<Vec<Block>>,
    cells: Vec<Vec<Inline>>,
    rows: Vec<Vec<Vec<Inline>>>,
}

impl Frame {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            words: Vec::new(),
            blocks: Vec::new(),
            items: Vec::new(),
            cells: Vec::new(),
            rows: Vec::new(),
        }
    }
}

impl Reader {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.open(tag),
            Event::End(tag) => self.close(tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.say(&text),
            Event::Code(text) => self.push(Inline::Code(clean(&text).replace('\n', " "))),
            Event::SoftBreak | Event::HardBreak => self.push(Inline::Break),
            Event::Rule => {
                self.flush();
                self.put(Block::Rule);
            }
            // Not asked for in the options.
            Event::FootnoteReference(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.say(&text);
            }
            Event::TaskListMarker(done) => self.say(if done { "☑ " } else { "☐ " }),
        }
    }

    fn open(&mut self, tag: Tag<'_>) {
        let kind = match tag {
            Tag::Paragraph | Tag::HtmlBlock => Kind::Words,
            Tag::Heading { level, .. } => Kind::Heading(level <= HeadingLevel::H3),
            Tag::BlockQuote(_) => Kind::Quote,
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => {
                let language = |c: &char| c.is_ascii_alphanumeric() || "_+-#".contains(*c);
                Kind::Code(info.chars().take_while(language).take(40).collect())
            }
            Tag::CodeBlock(CodeBlockKind::Indented) => Kind::Code(String::new()),
            Tag::List(start) => Kind::List(start),
            Tag::Item => Kind::Item,
            Tag::Table(_) => Kind::Table,
            Tag::TableHead | Tag::TableRow => Kind::Row,
            Tag::TableCell => Kind::Cell,
            Tag::Strong => Kind::Strong,
            Tag::Emphasis => Kind::Emphasis,
            Tag::Strikethrough => Kind::Strike,
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                Kind::Link(address(&dest_url))
            }
            _ => Kind::Other,
        };
        if !kind.is_inline() {
            self.flush();
        }
        self.frames.push(Frame::new(kind));
    }

    fn close(&mut self, _: TagEnd) {
        if self.frames.len() < 2 {
            return;
        }
        self.flush_within();
        let flat = {
            let like = |inline: bool| {
                let deep = |frame: &&Frame| {
                    if inline {
                        frame.kind.is_inline()
                    } else {
                        frame.kind.is_container()
                    }
                };
                self.frames.iter().filter(deep).count()
            };
            (like(true) > DEEPEST, like(false) > DEEPEST)
        };
        let Some(frame) = self.frames.pop() else {
            return;
        };
        match frame.kind {
            Kind::Words => self.put_words(frame.words, false),
            Kind::Heading(high) => self.put(Block::Heading(frame.words, high)),
            Kind::Code(language) => {
                let text = frame.words.into_iter().map(|word| match word {
                    Inline::Text(text) => text,
                    _ => "\n".to_owned(),
                });
                let text = text.collect::<String>().trim_end_matches('\n').to_owned();
                self.put(Block::Code { language, text });
            }
            Kind::Quote if flat.1 => self.put_all(frame.blocks),
            Kind::Quote => self.put(Block::Quote(frame.blocks)),
            Kind::List(_) if flat.1 => self.put_all(frame.items.into_iter().flatten().collect()),
            Kind::List(start) => self.put(Block::List {
                start,
                items: frame.items,
            }),
            Kind::Item => self.top(|top| top.items.push(frame.blocks)),
            Kind::Cell => self.top(|top| top.cells.push(frame.words)),
            Kind::Row => self.top(|top| top.rows.push(frame.cells)),
            Kind::Table => self.put(Block::Table(frame.rows)),
            Kind::Link(address) => self.end_link(address, frame.words),
            Kind::Strong if !flat.0 => self.push(Inline::Strong(frame.words)),
            Kind::Emphasis if !flat.0 => self.push(Inline::Emphasis(frame.words)),
            Kind::Strike if !flat.0 => self.push(Inline::Strike(frame.words)),
            Kind::Page | Kind::Other | Kind::Strong | Kind::Emphasis | Kind::Strike => {
                self.put_all(frame.blocks);
                self.top(|top| top.words.extend(frame.words));
            }
        }
    }

    /// A label that says something else than its address is followed by it where it may not lead there.
    fn end_link(&mut self, address: String, label: Vec<Inline>) {
        let within = self
            .frames
            .iter()
            .any(|frame| matches!(frame.kind, Kind::Link(_)));
        let said = plain(&label);
        let bare = address.strip_prefix("mailto:").unwrap_or(&address);
        if can_be_followed(&address) && address.len() <= LONGEST_ADDRESS && !within {
            let label = if said.trim().is_empty() {
                vec![Inline::Text(address.clone())]
            } else {
                label
            };
            return self.push(Inline::Link(address, label));
        }
        // As code, so that no client makes a mention of it.
        let told = Inline::Code(address.clone());
        if said == address || said == bare || said.trim().is_empty() {
            return self.push(told);
        }
        self.top(|top| top.words.extend(label));
        if !address.is_empty() {
            self.push(Inline::Text(" (".to_owned()));
            self.push(told);
            self.push(Inline::Text(")".to_owned()));
        }
    }

    fn say(&mut self, text: &str) {
        let text = clean(text);
        for (number, line) in text.split('\n').enumerate() {
            if number > 0 {
                self.push(Inline::Break);
            }
            if line.is_empty() {
                continue;
            }
            self.top(|top| match top.words.last_mut() {
                Some(Inline::Text(last)) => last.push_str(line),
                _ => top.words.push(Inline::Text(line.to_owned())),
            });
        }
    }

    fn push(&mut self, word: Inline) {
        self.top(|top| top.words.push(word));
    }

    fn put(&mut self, block: Block) {
        self.top(|top| top.blocks.push(block));
    }

    fn put_all(&mut self, blocks: Vec<Block>) {
        self.top(|top| top.blocks.extend(blocks));
    }

    fn put_words(&mut self, mut words: Vec<Inline>, tight: bool) {
        while words.last() == Some(&Inline::Break) {
            words.pop();
        }
        if !words.is_empty() {
            self.put(Block::Words { words, tight });
        }
    }

    /// Makes a block of the words that stand in an item without a paragraph of their own.
    fn flush(&mut self) {
        if let Some(top) = self.frames.last_mut() {
            let words = std::mem::take(&mut top.words);
            self.put_words(words, true);
        }
    }

    fn flush_within(&mut self) {
        let holds_blocks = |frame: &Frame| matches!(frame.kind, Kind::Item | Kind::Quote);
        if self.frames.last().is_some_and(holds_blocks) {
            self.flush();
        }
    }

    fn top(&mut self, change: impl FnOnce(&mut Frame)) {
        if let Some(top) = self.frames.last_mut() {
            change(top);
        }
    }
}

/// What words say, without how they look.
pub(super) fn plain(words: &[Inline]) -> String {
    let said = words.iter().map(|word| match word {
        Inline::Text(text) | Inline::Code(text) => text.clone(),
        Inline::Break => "\n".to_owned(),
        Inline::Strong(words)
        | Inline::Emphasis(words)
        | Inline::Strike(words)
        | Inline::Link(_, words) => plain(words),
    });
    said.collect()
}
