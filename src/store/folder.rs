//! The folder of the embedded store: who may open it, what an abrupt stop leaves in it, and moving it aside.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{FlockOperation, flock};

/// The lock that keeps a second process away; it is let go when dropped, also by `kill -9`.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// Takes the lock file beside the folder. `None`: another process has it.
///
/// The file stands beside the folder so that the lock is held while the folder itself is moved aside. It is
/// never removed: two processes could else lock two different files of one name.
pub(super) fn lock(folder: &Path) -> io::Result<Option<Lock>> {
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent)?;
    }
    let path = beside(folder, "lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)?;
    let mut tries = 0;
    loop {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(Some(Lock { _file: file })),
            Err(error) if error != rustix::io::Errno::WOULDBLOCK => return Err(error.into()),
            Err(_) if tries == TRIES => return Ok(None),
            Err(_) => std::thread::sleep(PAUSE),
        }
        tries += 1;
    }
}

/// How often a lock that is taken is tried again, and after how long: who has it may just be ending, or be a program that is
/// being started and has not let go of it yet.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(25);

/// Moves a folder that cannot be opened to `<folder>.broken-<millis>` beside it and says where it is now.
pub(super) fn move_aside(folder: &Path, millis: u64) -> io::Result<PathBuf> {
    let aside = free_name(folder, millis);
    fs::rename(folder, &aside)?;
    Ok(aside)
}

/// Moves half-written snapshots (`snap.….generating`) into a folder `<folder>.broken-<millis>` of their own.
///
/// A snapshot gets its final name only when it is whole, and the older one stays until then: without the half
/// one everything is still there, with it the store refuses to open.
pub(super) fn move_leftovers(folder: &Path, millis: u64) -> io::Result<Option<PathBuf>> {
    let mut aside = None;
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        // A file in place of the folder is dealt with when it is opened.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let text = name.to_string_lossy();
        if !(text.starts_with("snap.") && text.ends_with(".generating")) {
            continue;
        }
        let target = if let Some(target) = aside.take() {
            target
        } else {
            let target = free_name(folder, millis);
            fs::create_dir(&target)?;
            target
        };
        fs::rename(entry.path(), target.join(&name))?;
        aside = Some(target);
    }
    Ok(aside)
}

/// The number of the last batch that is known to be on disk, kept outside of the store's own files.
///
/// The store's log ends, by its own rules, at the first message that does not check: one flipped byte would
/// silently cut off everything that came later. A log that ends before the sealed number is damaged.
#[derive(Debug)]
pub(super) struct Seal {
    path: PathBuf,
}

impl Seal {
    /// The seal of a folder.
    pub fn of(folder: &Path) -> Self {
        Self {
            path: folder.join("sealed"),
        }
    }

    /// The sealed number; 0 where there is none or it cannot be read.
    pub fn read(&self) -> u64 {
        let Ok(text) = fs::read_to_string(&self.path) else {
            return 0;
        };
        // The number stands there twice, so that a flipped byte in it is not taken for a lost log.
        let mut numbers = text.split_whitespace().map(str::parse::<u64>);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(first)), Some(Ok(second))) if first == second => first,
            _ => 0,
        }
    }

    /// Writes the number. It is written in place and not synced: when it is lost, only the check is weaker.
    pub fn write(&self, number: u64) -> io::Result<()> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&self.path)?;
        file.write_all_at(format!("{number:020} {number:020}\n").as_bytes(), 0)
    }
}

/// So much of the disk is left free: a write that finds no room in its middle breaks the store until the next start.
const RESERVE: u64 = 4 * 1024 * 1024;

/// How much a write may take in all, for each byte of it: what undoes it stands beside it, and pages are written whole.
const TAKEN: u64 = 4;

/// Makes sure that there is room for a write of so many bytes; else says what to do.
pub(super) fn room_for(folder: &Path, bytes: usize) -> Result<(), String> {
    // Where the system does not tell, the write itself will.
    let Ok(disk) = rustix::fs::statvfs(folder) else {
        return Ok(());
    };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let wanted = RESERVE + TAKEN * bytes as u64;
    if free >= wanted {
        return Ok(());
    }
    let needed = wanted.div_ceil(1024 * 1024);
    Err(format!(
        "there is no room left on its disk; make room, at least {needed} MiB, and it goes on by itself"
    ))
}

/// Large pages are kept as files of their own, which the store itself never syncs.
#[derive(Debug, Default)]
pub(super) struct LargePages {
    changed: Option<SystemTime>,
    synced: HashSet<OsString>,
}

impl LargePages {
    /// Syncs those that came since the last call.
    pub fn sync(&mut self, folder: &Path) -> io::Result<()> {
        let folder = folder.join("blobs");
        let changed = fs::metadata(&folder)?.modified()?;
        if self.changed == Some(changed) {
            return Ok(());
        }
        let mut present = HashSet::new();
        let mut is_new = false;
        for entry in fs::read_dir(&folder)? {
            let name = entry?.file_name();
            if !self.synced.contains(&name) {
                is_new = true;
                match File::open(folder.join(&name)) {
                    Ok(file) => file.sync_all()?,
                    // Replaced pages are removed at any time.
                    Err(error) if error.kind() == ErrorKind::NotFound => continue,
                    Err(error) => return Err(error),
                }
            }
            present.insert(name);
        }
        if is_new {
            File::open(&folder)?.sync_all()?;
        }
        self.synced = present;
        // A change within the clock's grain of this look would go unseen: look again next time.
        let settled = changed.elapsed().is_ok_and(|age| age.as_millis() > 100);
        self.changed = settled.then_some(changed);
        Ok(())
    }
}

fn free_name(folder: &Path, millis: u64) -> PathBuf {
    let mut millis = millis;
    loop {
        let name = beside(folder, &format!("broken-{millis}"));
        if !name.exists() {
            return name;
        }
        millis += 1;
    }
}

fn beside(folder: &Path, suffix: &str) -> PathBuf {
    let mut name = folder.file_name().unwrap_or(OsStr::new("store")).to_owned();
    name.push(".");
    name.push(suffix);
    folder.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_with_a_flipped_byte_is_no_seal() {
        let home = tempfile::tempdir().expect("a folder");
        let seal = Seal::of(home.path());
        assert_eq!(seal.read(), 0);
        seal.write(41).expect("written");
        seal.write(42).expect("written");
        assert_eq!(seal.read(), 42);
        let text = fs::read_to_string(home.path().join("sealed")).expect("text");
        fs::write(home.path().join("sealed"), text.replacen('4', "9", 1)).expect("written");
        assert_eq!(seal.read(), 0);
    }

    #[test]
    fn what_is_moved_aside_never_overwrites() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("store");
        for expected in ["store.broken-7", "store.broken-8"] {
            fs::create_dir(&folder).expect("a folder");
            let aside = move_aside(&folder, 7).expect("moved");
            assert_eq!(aside, home.path().join(expected));
        }
    }
}
