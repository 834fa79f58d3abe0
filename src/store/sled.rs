//! The embedded store: `sled` in one folder, one tree, one process at a time.
//!
//! What is known of it and dealt with here: it may panic on damaged files (caught, and the store is broken from
//! then on); damage that cuts its log short goes unnoticed by itself (see `Seal`); a batch keeps every replaced
//! page in memory until it ends (large batches are written in parts, with an undo record each).

use std::collections::HashMap;
use std::fmt::Display;
use std::io::ErrorKind;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use ::sled::{Batch, Config, Db};
use async_trait::async_trait;

use super::folder::{self, LargePages, Lock, Seal};
use super::layout::{self, Header};
use super::quiet::{keep_quiet, quietly};
use super::{Entry, Space, Store, StoreError, Write};
use crate::clock::Clock;

/// The pages that stay in memory; reads beyond them come from the system's own file cache.
const CACHE_BYTES: u64 = 8 * 1024 * 1024;
/// A batch of more writes is written in parts of this many.
const PART: usize = 100;
/// After so many batches what has expired is swept out.
const SWEEP_EVERY: u64 = 1024;
/// The key of the number of the last batch.
const SEQUENCE: &[u8] = b"~sequence";
/// Undo records of a batch that is being written in parts: `~undo/<part>`.
const UNDO: &[u8] = b"~undo/";

/// A store in a folder.
#[derive(Clone)]
pub struct SledStore {
    inner: Arc<Inner>,
}

/// What [`SledStore::open`] found.
pub struct Opened {
    /// The store, ready for use.
    pub store: SledStore,
    /// The folder could not be opened: it was moved here, and a new store was begun.
    pub moved_aside: Option<PathBuf>,
    /// A half-written snapshot lay in the folder: it was moved here, and nothing was lost.
    pub leftovers: Option<PathBuf>,
}

struct Inner {
    folder: PathBuf,
    clock: Clock,
    /// `None` only while the store is being dropped.
    db: Option<Db>,
    /// Readers share it; a batch has it alone, so that nobody sees half of one.
    gate: RwLock<()>,
    sequence: AtomicU64,
    flushed: tokio::sync::Mutex<u64>,
    large: Mutex<LargePages>,
    seal: Seal,
    /// Why nothing works any more, once that is so.
    broken: OnceLock<String>,
    _lock: Lock,
}

impl SledStore {
    /// Opens the store in `folder`, or begins one there.
    ///
    /// Every entry is read once, so that damage is found now and not in the middle of the day. A folder that is
    /// damaged is moved aside; one that is merely in use ([`StoreError::Busy`]), or that the system does not let
    /// us read or write ([`StoreError::Broken`]), is left alone. Blocks: call it from `spawn_blocking`, or before
    /// anything else runs.
    pub fn open(folder: &Path, clock: Clock) -> Result<Opened, StoreError> {
        keep_quiet(&["log flusher", "sled-io-"]);
        let broken = |cause: &dyn Display| broken_at(folder, cause);
        let lock = folder::lock(folder)
            .map_err(|error| broken(&error))?
            .ok_or_else(|| busy(folder))?;
        let leftovers =
            folder::move_leftovers(folder, clock.millis()).map_err(|error| broken(&error))?;
        let seal = Seal::of(folder);
        let mut moved_aside = None;
        let (db, sequence) = match open_checked(folder, seal.read()) {
            Ok(opened) => opened,
            Err(Unopened::Damaged(cause)) => {
                let aside = folder::move_aside(folder, clock.millis()).map_err(|error| {
                    broken(&format!(
                        "{cause}; and it could not be moved aside: {error}"
                    ))
                })?;
                tracing::error!(%cause, folder = %folder.display(), moved_to = %aside.display(), "the store was damaged and was moved aside; a new one is begun, which is filled from the sources");
                moved_aside = Some(aside);
                open_checked(folder, 0).map_err(|unopened| unopened.into_error(folder))?
            }
            Err(unopened) => return Err(unopened.into_error(folder)),
        };
        let store = Self {
            inner: Arc::new(Inner {
                folder: folder.to_owned(),
                clock,
                db: Some(db),
                gate: RwLock::default(),
                sequence: AtomicU64::new(sequence),
                flushed: tokio::sync::Mutex::new(sequence),
                large: Mutex::default(),
                seal,
                broken: OnceLock::new(),
                _lock: lock,
            }),
        };
        Ok(Opened {
            store,
            moved_aside,
            leftovers,
        })
    }

    /// Removes what has expired and says how many entries that were; caches are left to those who fill them.
    /// Batches call it now and then.
    pub async fn sweep(&self) -> Result<usize, StoreError> {
        self.blocking(Inner::sweep).await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.inner);
        let folder = self.inner.folder.clone();
        tokio::task::spawn_blocking(move || inner.guarded(work))
            .await
            .map_err(|error| broken_at(&folder, &error))?
    }
}

#[async_trait]
impl Store for SledStore {
    async fn get(&self, space: Space, key: &str) -> Result<Option<Entry>, StoreError> {
        let key = key.to_owned();
        self.blocking(move |inner| inner.get(space, key)).await
    }

    async fn scan(
        &self,
        space: Space,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let prefix = layout::key_bytes(space, prefix);
        let after = after.map(|after| layout::key_bytes(space, after));
        self.blocking(move |inner| inner.scan(space, &prefix, after, limit))
            .await
    }

    async fn apply(&self, writes: &[Write]) -> Result<(), StoreError> {
        let writes = writes.to_vec();
        self.blocking(move |inner| inner.apply(writes)).await
    }

    async fn flush(&self) -> Result<(), StoreError> {
        let wanted = self.inner.sequence.load(Ordering::Acquire);
        // Whoever waits here while another syncs finds, more often than not, that it has been done for him.
        let mut flushed = self.inner.flushed.lock().await;
        if *flushed >= wanted {
            return Ok(());
        }
        *flushed = self.blocking(Inner::flush).await?;
        Ok(())
    }
}

impl Inner {
    /// Runs blocking work; a panic out of the library becomes an error, and the store is broken from then on.
    fn guarded<T>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if let Some(cause) = self.broken.get() {
            return Err(broken_at(&self.folder, cause));
        }
        match quietly(|| work(self)) {
            Ok(result) => result,
            Err(cause) => Err(self.give_up(&cause)),
        }
    }

    fn give_up(&self, cause: &dyn Display) -> StoreError {
        let cause = cause.to_string();
        let cause = if cause.contains("StorageFull") || cause.contains("No space left") {
            "there is no room left on its disk; make room, then restart Callboard".to_owned()
        } else {
            format!("{cause}; restart Callboard, which moves a damaged store aside")
        };
        broken_at(&self.folder, self.broken.get_or_init(|| cause))
    }

    fn db(&self) -> Result<&Db, StoreError> {
        self.db
            .as_ref()
            .ok_or_else(|| broken_at(&self.folder, &"it is closed"))
    }

    /// An error while reading leaves the store as it is: other entries may be well.
    fn failed(&self, error: &::sled::Error) -> StoreError {
        broken_at(&self.folder, &sentence(error))
    }

    /// An error while writing may have left half of a batch: only the next start can undo that.
    fn failed_writing(&self, error: &::sled::Error) -> StoreError {
        self.give_up(&sentence(error))
    }

    fn unreadable(&self, key: &[u8]) -> StoreError {
        let key = String::from_utf8_lossy(key);
        broken_at(&self.folder, &format!("the entry {key:?} is damaged"))
    }

    fn get(&self, space: Space, key: String) -> Result<Option<Entry>, StoreError> {
        let place = layout::key_bytes(space, &key);
        let _shared = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        let Some(bytes) = self
            .db()?
            .get(&place)
            .map_err(|error| self.failed(&error))?
        else {
            return Ok(None);
        };
        let unreadable = || self.unreadable(&place);
        let (header, json) = layout::split_value(&bytes).ok_or_else(unreadable)?;
        if !header.is_live(self.clock.millis()) {
            return Ok(None);
        }
        layout::entry(key, header, json)
            .ok_or_else(unreadable)
            .map(Some)
    }

    fn scan(
        &self,
        space: Space,
        prefix: &[u8],
        after: Option<Vec<u8>>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let start = match after {
            Some(after) if after.as_slice() >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix.to_vec()),
        };
        let now = self.clock.millis();
        let mut found = Vec::new();
        let _shared = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        let range: (Bound<Vec<u8>>, Bound<Vec<u8>>) = (start, Bound::Unbounded);
        for pair in self.db()?.range(range) {
            if found.len() >= limit {
                break;
            }
            let (key, bytes) = pair.map_err(|error| self.failed(&error))?;
            if !key.starts_with(prefix) {
                break;
            }
            let unreadable = || self.unreadable(&key);
            let (header, json) = layout::split_value(&bytes).ok_or_else(unreadable)?;
            if header.is_live(now) {
                let text = layout::key_text(space, &key).ok_or_else(unreadable)?;
                found.push(layout::entry(text, header, json).ok_or_else(unreadable)?);
            }
        }
        Ok(found)
    }

    fn apply(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        if writes.is_empty() {
            return Ok(());
        }
        let alone = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        let db = self.db()?;
        let sequence = self.sequence.load(Ordering::Acquire) + 1;
        let planned = self.plan(db, writes, sequence)?;
        let bytes = planned.iter().flat_map(|(_, value)| value).map(Vec::len);
        folder::room_for(&self.folder, bytes.sum())
            .map_err(|cause| broken_at(&self.folder, &cause))?;
        let written = if planned.len() <= PART {
            write_at_once(db, planned, sequence)
        } else {
            write_in_parts(db, planned, sequence)
        };
        written.map_err(|error| self.failed_writing(&error))?;
        self.sequence.store(sequence, Ordering::Release);
        drop(alone);
        if sequence.is_multiple_of(SWEEP_EVERY) {
            self.sweep()?;
        }
        Ok(())
    }

    /// Checks every condition and makes the bytes to write, in order; nothing is written yet.
    fn plan(&self, db: &Db, writes: Vec<Write>, sequence: u64) -> Result<Vec<Change>, StoreError> {
        let now = self.clock.millis();
        // What the batch itself has made so far of the keys that it touches.
        let mut touched: HashMap<Vec<u8>, Option<Header>> = HashMap::with_capacity(writes.len());
        let mut planned = Vec::with_capacity(writes.len());
        for write in writes {
            let key = layout::key_bytes(write.space(), write.key());
            let standing = match touched.get(&key) {
                Some(made) => *made,
                None => match db.get(&key).map_err(|error| self.failed(&error))? {
                    Some(bytes) => {
                        let (header, _) =
                            layout::split_value(&bytes).ok_or_else(|| self.unreadable(&key))?;
                        Some(header)
                    }
                    None => None,
                },
            };
            let live = standing.filter(|header| header.is_live(now));
            let made = write.makes(sequence, live.map(|header| header.version))?;
            let header = if let (Some(version), Some((value, expires))) = (made, write.into_value())
            {
                let header = Header { version, expires };
                planned.push((key.clone(), Some(layout::value_bytes(header, &value))));
                Some(header)
            } else {
                planned.push((key.clone(), None));
                None
            };
            touched.insert(key, header);
        }
        Ok(planned)
    }

    /// Syncs and says up to which batch.
    fn flush(&self) -> Result<u64, StoreError> {
        let sequence = self.sequence.load(Ordering::Acquire);
        let db = self.db()?;
        // The pages that a record points to before the record itself.
        self.large
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .sync(&self.folder)
            .map_err(|error| broken_at(&self.folder, &error))?;
        db.flush().map_err(|error| self.failed_writing(&error))?;
        self.seal
            .write(sequence)
            .map_err(|error| broken_at(&self.folder, &error))?;
        Ok(sequence)
    }

    fn sweep(&self) -> Result<usize, StoreError> {
        let now = self.clock.millis();
        let db = self.db()?;
        let mut removed = 0;
        for space in Space::ALL.into_iter().filter(|space| !space.is_cache()) {
            let expired: Vec<_> = {
                let _shared = self.gate.read().unwrap_or_else(PoisonError::into_inner);
                db.scan_prefix(layout::key_bytes(space, ""))
                    .filter(|pair| {
                        pair.as_ref()
                            .map_or(true, |(_, bytes)| has_expired(bytes, now))
                    })
                    .map(|pair| pair.map(|(key, _)| key))
                    .collect::<Result<_, _>>()
                    .map_err(|error| self.failed(&error))?
            };
            for part in expired.chunks(PART) {
                let _alone = self.gate.write().unwrap_or_else(PoisonError::into_inner);
                let mut batch = Batch::default();
                for key in part {
                    // It may have been written anew since.
                    let standing = db.get(key).map_err(|error| self.failed(&error))?;
                    if standing.is_some_and(|bytes| has_expired(&bytes, now)) {
                        batch.remove(key.clone());
                        removed += 1;
                    }
                }
                db.apply_batch(batch)
                    .map_err(|error| self.failed_writing(&error))?;
            }
        }
        Ok(removed)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let is_well = self.guarded(Self::flush).is_ok();
        let Some(db) = self.db.take() else { return };
        let close = move || {
            if let Err(cause) = quietly(|| drop(db)) {
                tracing::error!(%cause, "the store failed while it was being closed");
            }
        };
        if is_well {
            close();
        } else {
            // Closing a broken store may wait for ever on a thread that has died.
            std::thread::spawn(close);
        }
    }
}

/// One key and what shall stand there; `None`: nothing.
type Change = (Vec<u8>, Option<Vec<u8>>);

/// One key and what stood there, as text: an undo record is a list of them.
type Undo = (String, Option<String>);

fn write_at_once(db: &Db, changes: Vec<Change>, sequence: u64) -> ::sled::Result<()> {
    let mut batch = Batch::default();
    for (key, value) in changes {
        put(&mut batch, key, value);
    }
    batch.insert(SEQUENCE, sequence.to_string().into_bytes());
    db.apply_batch(batch)
}

/// Writes in parts, each in one step with the record that undoes it. The last step removes those records; a
/// program that dies before finds them at its next start (`undo_unfinished`).
fn write_in_parts(db: &Db, changes: Vec<Change>, sequence: u64) -> ::sled::Result<()> {
    let mut finish = Batch::default();
    let mut changes = changes.into_iter().peekable();
    let mut part = 0_u64;
    while changes.peek().is_some() {
        let mut batch = Batch::default();
        let mut undo: Vec<Undo> = Vec::with_capacity(PART);
        for (key, value) in changes.by_ref().take(PART) {
            let before = db
                .get(&key)?
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            undo.push((String::from_utf8_lossy(&key).into_owned(), before));
            put(&mut batch, key, value);
        }
        let record = serde_json::to_vec(&undo)
            .map_err(|error| ::sled::Error::Unsupported(error.to_string()))?;
        let key = [UNDO, format!("{part:012}").as_bytes()].concat();
        batch.insert(key.clone(), record);
        finish.remove(key);
        db.apply_batch(batch)?;
        part += 1;
    }
    finish.insert(SEQUENCE, sequence.to_string().into_bytes());
    db.apply_batch(finish)
}

/// Undoes a batch that was not written to its end, the last part first.
fn undo_unfinished(db: &Db) -> Result<(), Unopened> {
    let records: Vec<_> = db.scan_prefix(UNDO).collect::<Result<_, _>>()?;
    for (key, record) in records.into_iter().rev() {
        let undo: Vec<Undo> = serde_json::from_slice(&record).map_err(|error| {
            Unopened::Damaged(format!("an undo record cannot be read: {error}"))
        })?;
        let mut batch = Batch::default();
        // A key that the part wrote twice gets back what stood there first.
        for (key, before) in undo.into_iter().rev() {
            put(&mut batch, key.into_bytes(), before.map(String::into_bytes));
        }
        batch.remove(key);
        db.apply_batch(batch)?;
    }
    Ok(())
}

fn put(batch: &mut Batch, key: Vec<u8>, value: Option<Vec<u8>>) {
    match value {
        Some(value) => batch.insert(key, value),
        None => batch.remove(key),
    }
}

fn has_expired(bytes: &[u8], now: u64) -> bool {
    layout::split_value(bytes).is_some_and(|(header, _)| !header.is_live(now))
}

/// Why a folder was not opened.
enum Unopened {
    /// Something else holds the files.
    Busy,
    /// The system does not let us; the files may be well.
    Refused(String),
    /// The files are damaged.
    Damaged(String),
}

impl Unopened {
    fn into_error(self, folder: &Path) -> StoreError {
        match self {
            Self::Busy => busy(folder),
            Self::Refused(cause) | Self::Damaged(cause) => broken_at(folder, &cause),
        }
    }
}

impl From<::sled::Error> for Unopened {
    fn from(error: ::sled::Error) -> Self {
        let cause = sentence(&error);
        match error {
            ::sled::Error::Io(error) if error.to_string().contains("could not acquire lock") => {
                Self::Busy
            }
            ::sled::Error::Io(error) => match error.kind() {
                // Only what bad files bring about; a full disk or a missing permission does not pass for damage.
                ErrorKind::UnexpectedEof
                | ErrorKind::InvalidData
                | ErrorKind::InvalidInput
                | ErrorKind::NotFound
                | ErrorKind::AlreadyExists
                | ErrorKind::IsADirectory
                | ErrorKind::NotADirectory
                | ErrorKind::Other => Self::Damaged(cause),
                _ => Self::Refused(cause),
            },
            _ => Self::Damaged(cause),
        }
    }
}

/// Opens the files, checks them and undoes an unfinished batch; says the number of the last batch.
fn open_checked(folder: &Path, sealed: u64) -> Result<(Db, u64), Unopened> {
    let config = || Config::new().path(folder).cache_capacity(CACHE_BYTES);
    // A store of this process that was just closed may hold the files for a moment longer.
    let patience = Instant::now() + Duration::from_secs(2);
    let db = loop {
        let opened = quietly(|| config().open())
            .map_err(Unopened::Damaged)
            .and_then(|opened| opened.map_err(Unopened::from));
        match opened {
            Err(Unopened::Busy) if Instant::now() < patience => {
                std::thread::sleep(Duration::from_millis(10));
            }
            other => break other?,
        }
    };
    let checked = quietly(|| check(&db, sealed))
        .map_err(Unopened::Damaged)
        .flatten();
    match checked {
        Ok(sequence) => Ok((db, sequence)),
        Err(unopened) => {
            // Closing a damaged store may panic, or wait for ever on a thread that has died.
            std::thread::spawn(move || quietly(|| drop(db)));
            Err(unopened)
        }
    }
}

fn check(db: &Db, sealed: u64) -> Result<u64, Unopened> {
    let damaged = |cause: &str| Unopened::Damaged(cause.to_owned());
    let mut last: Option<::sled::IVec> = None;
    let mut sequence = 0;
    for pair in db.iter() {
        let (key, value) = pair?;
        if last.as_ref().is_some_and(|last| *last >= key) {
            return Err(damaged("its keys are out of order"));
        }
        if key == SEQUENCE {
            sequence = std::str::from_utf8(&value)
                .ok()
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| damaged("the number of its last batch cannot be read"))?;
        } else if !key.starts_with(UNDO) && layout::split_value(&value).is_none() {
            return Err(damaged("an entry in it cannot be read"));
        }
        last = Some(key);
    }
    if sequence < sealed {
        return Err(damaged(
            "the last batches that were written to it are missing",
        ));
    }
    undo_unfinished(db)?;
    Ok(sequence)
}

fn sentence(error: &::sled::Error) -> String {
    match error {
        ::sled::Error::Corruption { .. } => "its files are damaged".to_owned(),
        ::sled::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    }
}

fn busy(folder: &Path) -> StoreError {
    StoreError::Busy(folder.display().to_string())
}

fn broken_at(folder: &Path, cause: &(impl Display + ?Sized)) -> StoreError {
    StoreError::Broken {
        place: folder.display().to_string(),
        cause: cause.to_string(),
    }
}
