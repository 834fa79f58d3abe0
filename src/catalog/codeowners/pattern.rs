//! The patterns of CODEOWNERS: those of `.gitignore` without `!` and ranges, and with a `*` at the end that goes no
//! deeper.

/// How long a pattern may be, in bytes.
const LONGEST: usize = 1_000;

/// How long a name may be that is held against wildcards, in bytes; no file system has longer ones.
const LONGEST_NAME: usize = 255;

/// A pattern that is ready to be held against paths. The time that takes grows with the length of the path, not beyond.
#[derive(Debug)]
pub(super) struct Pattern {
    segments: Box<[Segment]>,
    /// It ends in `/`: only folders are meant, and so all that is in them.
    folder: bool,
    /// It ends in `/*`: what is directly there, and nothing deeper.
    shallow: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Segment {
    /// `**`: any number of folders, none included.
    Folders,
    /// A name without wildcards.
    Name(Box<str>),
    /// A name with wildcards.
    Wild(Box<[Piece]>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Character(char),
    /// `?`
    Any,
    /// `*`
    Run,
}

/// Why a text is no pattern.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Where, in bytes from the beginning of the pattern.
    pub at: usize,
    /// What is wrong and how to mend it.
    pub message: &'static str,
}

impl Pattern {
    pub fn parse(written: &str) -> Result<Self, Fault> {
        let fault = |at, message| Err(Fault { at, message });
        if written.starts_with('!') {
            return fault(
                0,
                "A pattern cannot be taken back with ! in CODEOWNERS: write a later line for these files, without owners if nobody shall own them.",
            );
        }
        if written.len() > LONGEST {
            return fault(
                0,
                "This pattern is longer than 1,000 characters: name a folder instead.",
            );
        }
        let anchored = written
            .trim_end_matches('/')
            .trim_start_matches("**/")
            .contains('/');
        let mut segments: Vec<Segment> = Vec::new();
        if !anchored {
            segments.push(Segment::Folders);
        }
        let mut pieces: Vec<Piece> = Vec::new();
        let mut characters = written.char_indices();
        while let Some((at, c)) = characters.next() {
            match c {
                '/' => close(&mut pieces, &mut segments),
                '*' => pieces.push(Piece::Run),
                '?' => pieces.push(Piece::Any),
                '[' => {
                    return fault(
                        at,
                        "GitHub knows no ranges like [a-z] in CODEOWNERS, so this line is left out: write a line for each, or use * or ?.",
                    );
                }
                '\\' => match characters.next() {
                    Some((_, escaped)) => pieces.push(Piece::Character(escaped)),
                    None => {
                        return fault(
                            at,
                            "There is nothing behind the \\ at the end of this pattern: remove it, or write the character that it stands before.",
                        );
                    }
                },
                c => pieces.push(Piece::Character(c)),
            }
        }
        let folder = pieces.is_empty();
        close(&mut pieces, &mut segments);
        match segments.last_mut() {
            // What `**` at the end stands for is everything below, not the folder itself.
            Some(last @ Segment::Folders) if written.contains('*') => {
                *last = Segment::Wild([Piece::Run].into());
                return Ok(Self {
                    segments: segments.into(),
                    folder,
                    shallow: false,
                });
            }
            None | Some(Segment::Folders) => {
                return fault(
                    0,
                    "This pattern names nothing: write * for everything, or the path of a folder.",
                );
            }
            _ => {}
        }
        let shallow = anchored && !folder && segments.last().is_some_and(Segment::is_any_name);
        Ok(Self {
            segments: segments.into(),
            folder,
            shallow,
        })
    }

    /// Whether it matches, as GitHub documents it.
    pub fn matches(&self, path: &str) -> bool {
        self.holds(path, self.shallow, false)
    }

    /// Whether `.gitignore` would leave the path out, without regard to case.
    pub fn covers(&self, path: &str) -> bool {
        self.holds(path, false, true)
    }

    fn holds(&self, path: &str, shallow: bool, fold: bool) -> bool {
        let names: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let (mut segment, mut name) = (0, 0);
        // Where to go on when what follows the last `**` does not fit here.
        let mut again: Option<(usize, usize)> = None;
        loop {
            match self.segments.get(segment) {
                None => {
                    let below = names.len() - name;
                    let fits = if shallow {
                        below == 0
                    } else {
                        below >= usize::from(self.folder)
                    };
                    if fits {
                        return true;
                    }
                }
                Some(Segment::Folders) => {
                    segment += 1;
                    again = Some((segment, name));
                    continue;
                }
                Some(one) => {
                    if names.get(name).is_some_and(|name| one.fits(name, fold)) {
                        segment += 1;
                        name += 1;
                        continue;
                    }
                }
            }
            match again {
                Some((after, from)) if from < names.len() => {
                    again = Some((after, from + 1));
                    (segment, name) = (after, from + 1);
                }
                _ => return false,
            }
        }
    }
}

/// Ends a segment.
fn close(pieces: &mut Vec<Piece>, segments: &mut Vec<Segment>) {
    let pieces = std::mem::take(pieces);
    let segment = match pieces.as_slice() {
        [] => return,
        [Piece::Run, Piece::Run] => Segment::Folders,
        _ => {
            let name: Option<String> = pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Character(c) => Some(*c),
                    _ => None,
                })
                .collect();
            name.map_or_else(
                || {
                    let mut pieces = pieces;
                    pieces.dedup_by(|a, b| *a == Piece::Run && *b == Piece::Run);
                    Segment::Wild(pieces.into())
                },
                |name| Segment::Name(name.into()),
            )
        }
    };
    // Several `**` in a row are one.
    if segment != Segment::Folders || segments.last() != Some(&Segment::Folders) {
        segments.push(segment);
    }
}

impl Segment {
    fn is_any_name(&self) -> bool {
        matches!(self, Self::Wild(pieces) if **pieces == [Piece::Run])
    }

    fn fits(&self, name: &str, fold: bool) -> bool {
        match self {
            Self::Folders => true,
            Self::Name(own) if fold => lower(own).eq(lower(name)),
            Self::Name(own) => **own == *name,
            Self::Wild(_) if self.is_any_name() => true,
            Self::Wild(_) if name.len() > LONGEST_NAME => false,
            Self::Wild(pieces) => wild(pieces, name, fold),
        }
    }
}

fn lower(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

fn wild(pieces: &[Piece], name: &str, fold: bool) -> bool {
    let same = |a: char, b: char| a == b || (fold && a.to_lowercase().eq(b.to_lowercase()));
    let (mut piece, mut rest) = (0, name.chars());
    // Where to go on when what follows the last `*` does not fit here.
    let mut again: Option<(usize, std::str::Chars<'_>)> = None;
    loop {
        let mut ahead = rest.clone();
        let fits = match (pieces.get(piece), ahead.next()) {
            (Some(Piece::Run), _) => {
                piece += 1;
                again = Some((piece, rest.clone()));
                continue;
            }
            (None, None) => return true,
            (Some(Piece::Any), Some(_)) => true,
            (Some(Piece::Character(own)), Some(c)) => same(*own, c),
            _ => false,
        };
        if fits {
            piece += 1;
            rest = ahead;
            continue;
        }
        let Some((after, from)) = &mut again else {
            return false;
        };
        if from.next().is_none() {
            return false;
        }
        piece = *after;
        rest = from.clone();
    }
}
