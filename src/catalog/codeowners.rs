//! CODEOWNERS: who reviews which files of a repository, as GitHub and GitLab read it.

mod pattern;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::problem::{Problem, Severity, quote, rule};
use super::reference::EntityRef;
use pattern::Pattern;

/// Where a repository may have the file, in the order in which GitHub looks; GitLab and Bitbucket look in theirs in this
/// order too.
pub const PLACES: [&str; 5] = [
    ".github/CODEOWNERS",
    "CODEOWNERS",
    "docs/CODEOWNERS",
    ".gitlab/CODEOWNERS",
    ".bitbucket/CODEOWNERS",
];

/// How large the file may be, in bytes; GitHub does not read a larger one.
pub const MAX_SIZE: usize = 3 * 1024 * 1024;

/// How many problems of the file are reported one by one.
const MAX_PROBLEMS: usize = 100;

/// One CODEOWNERS file.
#[derive(Debug)]
pub struct CodeOwners {
    path: Box<str>,
    blob: Box<str>,
    text: Box<str>,
    rules: Vec<Rule>,
    problems: Vec<Problem>,
}

/// One line that gives files to owners.
#[derive(Debug)]
pub struct Rule {
    /// The line; the first is 1.
    pub line: u32,
    /// The pattern as it was written.
    pub written: Box<str>,
    /// The owners as they were written, those of the section where the line has none; none at all means that nobody owns
    /// the files.
    pub owners: Vec<Box<str>>,
    /// The section by its number; 0 is what stands before the first heading.
    section: u32,
    pattern: Pattern,
}

/// Whom an owner names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner<'a> {
    /// `@organisation/team`; GitLab has groups within groups, and the team is the last of them.
    Team {
        /// Everything before the last slash.
        organisation: &'a str,
        /// The team.
        team: &'a str,
    },
    /// `@user`; on GitLab a group without a parent is written like this, too.
    User(&'a str),
    /// An e-mail address.
    Mail(&'a str),
}

/// What Backstage would write as `spec.owner`, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallback {
    /// The text of the owner: a team, `User:name`, or the local part of an e-mail address.
    pub owner: String,
    /// The line of the rule.
    pub line: u32,
}

/// Whether a file of this path may be the CODEOWNERS file.
pub fn is_place(path: &str) -> bool {
    PLACES.contains(&path)
}

impl CodeOwners {
    /// Reads a file. It never fails: what cannot be understood becomes a problem, and its line is left out.
    pub fn read(path: &str, bytes: &[u8]) -> Self {
        let blob = crate::git::hex(&crate::git::blob_id(bytes));
        Self::parsed(path, blob, String::from_utf8_lossy(bytes).into_owned())
    }

    fn parsed(path: &str, blob: String, text: String) -> Self {
        let mut reader = Reader {
            path,
            github: path.starts_with(".github/"),
            rules: Vec::new(),
            problems: Vec::new(),
            headings: Vec::new(),
            section: 0,
            defaults: Vec::new(),
        };
        if text.len() > MAX_SIZE {
            let message = "This file is larger than 3 MiB, and GitHub reads none of it: give whole folders instead of single files.";
            reader.report(1, 1, rule::CODEOWNERS_PATTERN, message.to_owned());
        } else {
            let lines = text.strip_prefix('\u{FEFF}').unwrap_or(&text).lines();
            for (number, line) in (1..).zip(lines) {
                reader.line(number, line);
            }
        }
        let (rules, mut problems) = (reader.rules, reader.problems);
        problems.shrink_to_fit();
        Self {
            path: path.into(),
            blob: blob.into(),
            text: text.into(),
            rules,
            problems,
        }
    }

    /// The path of the file within its source.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The id that git gives to the file's content.
    pub fn blob(&self) -> &str {
        &self.blob
    }

    /// The rules, in the order of the file.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What is wrong with the file, in the order of its lines.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The column of a word in a line, in characters; 1 where it is not there.
    pub fn column(&self, line: u32, word: &str) -> u32 {
        let text = self.text.lines().nth(line.saturating_sub(1) as usize);
        let found = text.and_then(|text| Some((text, text.find(word)?)));
        found.map_or(1, |(text, at)| column(text, &text[at..]))
    }

    /// The rules that say who owns a path: the last one that matches, or the last one of each section. A path that ends
    /// in `/` is a folder.
    pub fn matching(&self, path: &str) -> Vec<&Rule> {
        let mut found: Vec<&Rule> = Vec::new();
        for rule in self.rules.iter().rev() {
            let known = found.iter().any(|other| other.section == rule.section);
            if !known && rule.matches(path) {
                found.push(rule);
            }
        }
        found.reverse();
        found
    }

    /// The rule that Backstage takes for a descriptor that names no owner, and the first of its owners in the form that
    /// Backstage gives it.
    ///
    /// Backstage's processor holds patterns against paths as `.gitignore` does, without regard to case, and knows
    /// nothing of sections.
    pub fn fallback(&self, path: &str) -> Option<Fallback> {
        let found = self.rules.iter().rev().find(|rule| rule.covers(path))?;
        let owner = as_backstage(found.owners.first()?);
        let is_reference = EntityRef::parse(&owner, Some("group"), "default").is_ok();
        is_reference.then_some(Fallback {
            owner,
            line: found.line,
        })
    }
}

impl Rule {
    /// Whether the rule is about this path, as GitHub decides it.
    pub fn matches(&self, path: &str) -> bool {
        self.pattern.matches(path)
    }

    /// Whether the rule is about this path in the way of `.gitignore` without regard to case.
    pub fn covers(&self, path: &str) -> bool {
        self.pattern.covers(path)
    }

    /// Whether the rule is about everything there is, so that it says little about a single folder.
    pub fn is_for_all(&self) -> bool {
        matches!(&*self.written, "*" | "**" | "/**" | "**/*" | "/**/*")
    }

    /// Whether the rule names one file and nothing else.
    pub fn names(&self, path: &str) -> bool {
        self.written.trim_start_matches('/') == path
    }
}

impl<'a> Owner<'a> {
    /// Reads an owner as it is written; `None` when it is none.
    pub fn of(written: &'a str) -> Option<Self> {
        let name = |text: &str| {
            !text.is_empty()
                && text
                    .chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
        };
        if let Some(rest) = written.strip_prefix('@') {
            return match rest.rsplit_once('/') {
                Some((organisation, team)) => (name(team) && organisation.split('/').all(name))
                    .then_some(Self::Team { organisation, team }),
                // GitLab names roles with two signs, like @@maintainer.
                None => name(rest.strip_prefix('@').unwrap_or(rest)).then_some(Self::User(rest)),
            };
        }
        let (local, host) = written.split_once('@')?;
        let good = !local.is_empty() && host.contains('.') && !host.contains('@');
        good.then_some(Self::Mail(written))
    }
}

/// An owner in the form that Backstage's processor gives it.
fn as_backstage(written: &str) -> String {
    match written.strip_prefix('@') {
        Some(rest) if rest.contains('/') => rest.split('/').nth(1).unwrap_or_default().to_owned(),
        Some(rest) => format!("User:{rest}"),
        None => match written.split_once('@') {
            Some((local, host)) if host.contains('.') => local.to_owned(),
            _ => written.to_owned(),
        },
    }
}

struct Reader<'p> {
    path: &'p str,
    /// GitHub knows no sections.
    github: bool,
    rules: Vec<Rule>,
    problems: Vec<Problem>,
    /// The headings so far, in lower case: two sections of one name are one.
    headings: Vec<String>,
    section: u32,
    defaults: Vec<Box<str>>,
}

impl Reader<'_> {
    fn line(&mut self, number: u32, line: &str) {
        let text = line.trim();
        if text.is_empty() || text.starts_with('#') {
            return;
        }
        let column = |part: &str| column(line, part);
        if let Some(heading) = Heading::of(text) {
            if self.github {
                let message = "GitHub knows no sections, so it does not understand this line: write a pattern and its owners, or keep the file where GitLab reads it.";
                self.report(
                    number,
                    column(text),
                    rule::CODEOWNERS_PATTERN,
                    message.to_owned(),
                );
                return;
            }
            let name = heading.name.to_lowercase();
            let known = self.headings.iter().position(|known| *known == name);
            let position = known.unwrap_or_else(|| {
                self.headings.push(name);
                self.headings.len() - 1
            });
            self.section = u32::try_from(position + 1).unwrap_or(u32::MAX);
            self.defaults = self.owners(number, line, heading.rest);
            return;
        }
        let (written, rest) = text.split_at(pattern_end(text));
        match Pattern::parse(written) {
            Err(fault) => {
                let at = column(&written[fault.at..]);
                self.report(
                    number,
                    at,
                    rule::CODEOWNERS_PATTERN,
                    fault.message.to_owned(),
                );
            }
            Ok(pattern) => {
                let mut owners = self.owners(number, line, rest);
                if owners.is_empty() {
                    owners.clone_from(&self.defaults);
                }
                self.rules.push(Rule {
                    line: number,
                    written: written.into(),
                    owners,
                    section: self.section,
                    pattern,
                });
            }
        }
    }

    /// The owners in the rest of a line, up to a comment.
    fn owners(&mut self, number: u32, line: &str, rest: &str) -> Vec<Box<str>> {
        let mut owners: Vec<Box<str>> = Vec::new();
        for word in rest.split_whitespace() {
            if word.starts_with('#') {
                break;
            }
            if Owner::of(word).is_none() {
                let message = format!(
                    "{} is no owner: write @user, @organisation/team or an e-mail address; a pattern with spaces needs a \\ before each.",
                    quote(word)
                );
                self.report(number, column(line, word), rule::CODEOWNERS_OWNER, message);
            }
            owners.push(word.into());
        }
        owners
    }

    fn report(&mut self, line: u32, column: u32, rule: &str, message: String) {
        if self.problems.len() < MAX_PROBLEMS {
            let problem = Problem::at(self.path, line, Severity::Warning, rule, message);
            self.problems.push(Problem { column, ..problem });
        }
    }
}

/// The heading of a section: `[Name]`, `^[Name]` where approval is optional, `[Name][2]` where two have to approve, and
/// the owners of the lines that have none.
struct Heading<'t> {
    name: &'t str,
    rest: &'t str,
}

impl<'t> Heading<'t> {
    fn of(text: &'t str) -> Option<Self> {
        let inner = text.strip_prefix('^').unwrap_or(text).strip_prefix('[')?;
        let (name, rest) = inner.split_once(']')?;
        let rest = match rest.strip_prefix('[') {
            Some(count) => {
                let (digits, rest) = count.split_once(']')?;
                let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
                whole.then_some(rest)?
            }
            None => rest,
        };
        let ends = rest.is_empty() || rest.starts_with(char::is_whitespace);
        (ends && !name.trim().is_empty()).then_some(Self {
            name: name.trim(),
            rest,
        })
    }
}

/// Where the pattern at the beginning of a text ends: at the first space that has no `\` before it.
fn pattern_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if c.is_whitespace() && !escaped {
            return at;
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

/// The column of a part of a line, in characters; the first is 1.
fn column(line: &str, part: &str) -> u32 {
    let before = (part.as_ptr() as usize).saturating_sub(line.as_ptr() as usize);
    let characters = line.get(..before).map_or(0, |text| text.chars().count());
    u32::try_from(characters + 1).unwrap_or(u32::MAX)
}

#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    path: std::borrow::Cow<'a, str>,
    blob: std::borrow::Cow<'a, str>,
    text: std::borrow::Cow<'a, str>,
}

impl Serialize for CodeOwners {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let stored = Stored {
            path: (*self.path).into(),
            blob: (*self.blob).into(),
            text: (*self.text).into(),
        };
        stored.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for CodeOwners {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Stored { path, blob, text } = Stored::deserialize(deserializer)?;
        Ok(Self::parsed(&path, blob.into_owned(), text.into_owned()))
    }
}

/// Two files are the same when their place and content are.
impl PartialEq for CodeOwners {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path && self.text == other.text
    }
}

#[cfg(test)]
mod tests;
