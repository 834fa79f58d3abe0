//! Blocks shared out to messages: cut between blocks, and within one only where it fits nowhere whole.

use super::block::{Block, Inline};

/// What fits into one message.
type Fits<'a> = &'a dyn Fn(&[Block]) -> bool;

/// Takes as many blocks from the front as fit. One that would fit into a message of its own is not cut, unless the
/// room is to be filled.
pub(super) fn take(blocks: Vec<Block>, fill: bool, fits: Fits<'_>) -> (Vec<Block>, Vec<Block>) {
    let mut head: Vec<Block> = Vec::new();
    let mut tail = blocks.into_iter();
    for block in tail.by_ref() {
        head.push(block);
        if fits(&head) {
            continue;
        }
        let mut left = Vec::new();
        if let Some(block) = head.pop() {
            if !fill && !head.is_empty() && fits(std::slice::from_ref(&block)) {
                left.push(block);
            } else {
                let room = |part: &[Block]| fits(&[&head, part].concat());
                let (part, rest) = cut(block, &room);
                head.extend(part);
                left.extend(rest);
            }
        }
        // A heading stands above its words.
        if head.len() > 1
            && let Some(heading) = head.pop_if(|last| matches!(last, Block::Heading(..)))
        {
            left.insert(0, heading);
        }
        left.extend(tail);
        return (head, left);
    }
    (head, Vec::new())
}

/// Cuts one block into what fits and the rest.
fn cut(block: Block, fits: Fits<'_>) -> (Vec<Block>, Vec<Block>) {
    match block {
        Block::Words { words, tight } => {
            let (head, tail) = cut_words(&words, &|words| {
                fits(&[Block::Words {
                    words: words.to_vec(),
                    tight,
                }])
            });
            let block = |words| Block::Words { words, tight };
            (some(head, block), some(tail, block))
        }
        Block::Heading(words, high) => {
            let (head, tail) = cut_words(&words, &|words| {
                fits(&[Block::Heading(words.to_vec(), high)])
            });
            let block = |words| Block::Heading(words, high);
            (some(head, block), some(tail, block))
        }
        Block::Code { language, text } => cut_code(&language, &text, fits),
        Block::Quote(blocks) => {
            let (head, tail) = take(blocks, true, &|blocks| {
                fits(&[Block::Quote(blocks.to_vec())])
            });
            (some(head, Block::Quote), some(tail, Block::Quote))
        }
        Block::List { start, items } => cut_list(start, items, fits),
        Block::Table(rows) => cut_table(rows, fits),
        Block::Rule => (Vec::new(), vec![Block::Rule]),
    }
}

fn some<T>(parts: Vec<T>, block: impl Fn(Vec<T>) -> Block) -> Vec<Block> {
    if parts.is_empty() {
        return Vec::new();
    }
    vec![block(parts)]
}

fn cut_list(
    start: Option<u64>,
    items: Vec<Vec<Block>>,
    fits: Fits<'_>,
) -> (Vec<Block>, Vec<Block>) {
    let list = |start, items| Block::List { start, items };
    let mut head: Vec<Vec<Block>> = Vec::new();
    let mut tail = Vec::new();
    let mut items = items.into_iter();
    for item in items.by_ref() {
        head.push(item);
        if !fits(&[list(start, head.clone())]) {
            tail.extend(head.pop());
            break;
        }
    }
    if head.is_empty() && !tail.is_empty() {
        let first = tail.remove(0);
        let (part, rest) = take(first, true, &|blocks| {
            fits(&[list(start, vec![blocks.to_vec()])])
        });
        if !part.is_empty() {
            head.push(part);
        }
        if !rest.is_empty() {
            tail.push(rest);
        }
        tail.extend(items);
        // The rest of the first item keeps its number.
        return (
            some(head, |items| list(start, items)),
            some(tail, |items| list(start, items)),
        );
    }
    tail.extend(items);
    let done = u64::try_from(head.len()).unwrap_or(u64::MAX);
    let next = start.map(|start| start.saturating_add(done));
    (
        some(head, |items| list(start, items)),
        some(tail, |items| list(next, items)),
    )
}

fn cut_table(rows: Vec<Vec<Vec<Inline>>>, fits: Fits<'_>) -> (Vec<Block>, Vec<Block>) {
    let mut rows = rows.into_iter();
    let Some(heads) = rows.next() else {
        return (Vec::new(), Vec::new());
    };
    let mut head = vec![heads.clone()];
    let mut tail = vec![heads.clone()];
    for row in rows.by_ref() {
        head.push(row);
        if !fits(&[Block::Table(head.clone())]) {
            tail.extend(head.pop());
            break;
        }
    }
    tail.extend(rows);
    if head.len() > 1 {
        let rest = if tail.len() > 1 {
            vec![Block::Table(tail)]
        } else {
            Vec::new()
        };
        return (vec![Block::Table(head)], rest);
    }
    // Not even one row: its cells one below the other.
    let mut cells = heads.clone();
    if tail.len() > 1 {
        cells.extend(tail.remove(1));
    }
    let mut blocks: Vec<Block> = cells
        .into_iter()
        .filter(|cell| !cell.is_empty())
        .map(|words| Block::Words {
            words,
            tight: false,
        })
        .collect();
    if tail.len() > 1 {
        blocks.push(Block::Table(tail));
    }
    take(blocks, true, fits)
}

fn cut_code(language: &str, text: &str, fits: Fits<'_>) -> (Vec<Block>, Vec<Block>) {
    let block = |text: &str| Block::Code {
        language: language.to_owned(),
        text: text.to_owned(),
    };
    let count = most(text.chars().count(), |count| {
        fits(&[block(front(text, count).0)])
    });
    let (head, tail) = front(text, count);
    // Between two lines, or anywhere where a line alone is too long.
    let (head, tail) = match head.rfind('\n') {
        Some(end) if !tail.is_empty() => (&text[..end], &text[end + 1..]),
        _ => (head, tail),
    };
    let part = |text: &str| {
        if text.is_empty() {
            Vec::new()
        } else {
            vec![block(text)]
        }
    };
    (part(head), part(tail))
}

fn cut_words(words: &[Inline], fits: &dyn Fn(&[Inline]) -> bool) -> (Vec<Inline>, Vec<Inline>) {
    let count = most(length(words), |count| fits(&part(words, count).0));
    // Back to the last blank, where there is one near.
    let said: Vec<char> = super::block::plain(words).chars().collect();
    let blank = (count.saturating_sub(200)..count)
        .rev()
        .find(|position| said.get(*position).is_some_and(|c| c.is_whitespace()));
    let count = if count < said.len() {
        blank.map_or(count, |position| position + 1)
    } else {
        count
    };
    let (head, mut tail) = part(words, count);
    if tail.first() == Some(&Inline::Break) {
        tail.remove(0);
    }
    (head, tail)
}

/// The largest count up to `all` that fits; none need to.
fn most(all: usize, fits: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, all);
    while low < high {
        let middle = (low + high).div_ceil(2);
        if fits(middle) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}

fn front(text: &str, count: usize) -> (&str, &str) {
    let end = text
        .char_indices()
        .nth(count)
        .map_or(text.len(), |(end, _)| end);
    text.split_at(end)
}

fn length(words: &[Inline]) -> usize {
    super::block::plain(words).chars().count()
}

/// The first characters of words, and the others.
fn part(words: &[Inline], count: usize) -> (Vec<Inline>, Vec<Inline>) {
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    let mut left = count;
    for word in words {
        let long = length(std::slice::from_ref(word));
        if long <= left {
            left -= long;
            head.push(word.clone());
        } else if left == 0 {
            tail.push(word.clone());
        } else {
            let (first, second) = halves(word, left);
            left = 0;
            head.push(first);
            tail.push(second);
        }
    }
    (head, tail)
}

fn halves(word: &Inline, count: usize) -> (Inline, Inline) {
    let text = |text: &str, make: fn(String) -> Inline| {
        let (first, second) = front(text, count);
        (make(first.to_owned()), make(second.to_owned()))
    };
    let inner = |words: &[Inline], make: &dyn Fn(Vec<Inline>) -> Inline| {
        let (first, second) = part(words, count);
        (make(first), make(second))
    };
    match word {
        Inline::Text(words) => text(words, Inline::Text),
        Inline::Code(words) => text(words, Inline::Code),
        Inline::Break => (Inline::Break, Inline::Text(String::new())),
        Inline::Strong(words) => inner(words, &Inline::Strong),
        Inline::Emphasis(words) => inner(words, &Inline::Emphasis),
        Inline::Strike(words) => inner(words, &Inline::Strike),
        Inline::Link(address, words) => inner(words, &|words| Inline::Link(address.clone(), words)),
    }
}
