//! The contract of every store, and what the embedded one does beyond it: damage, two processes, kill -9.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use callboard::clock::Clock;
use callboard::store::memory::MemoryStore;
use callboard::store::sled::{Opened, SledStore};
use callboard::store::{Entry, Space, Store, StoreError, Write, json};

const NOW: u64 = 1_700_000_000_000;

/// A store under test, with what must live as long as it does.
struct Subject {
    store: Arc<dyn Store>,
    clock: Clock,
    _home: Option<tempfile::TempDir>,
}

fn memory() -> Subject {
    let clock = Clock::fixed(NOW);
    Subject {
        store: Arc::new(MemoryStore::new(clock.clone())),
        clock,
        _home: None,
    }
}

fn sled() -> Subject {
    let clock = Clock::fixed(NOW);
    let home = tempfile::tempdir().expect("a folder");
    let opened = SledStore::open(&home.path().join("store"), clock.clone()).expect("a store");
    Subject {
        store: Arc::new(opened.store),
        clock,
        _home: Some(home),
    }
}

macro_rules! contract {
    ($($store:ident: $($name:ident),+ ;)+) => {
        $(mod $store { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::contract::$name(super::$store()).await;
            }
        )+ })+
    };
    ($($store:ident),+ $(,)?) => {
        contract! { $($store:
            an_entry_is_read_as_it_was_written, versions_grow_with_every_write, a_scan_goes_by_prefix_and_bytes,
            a_scan_goes_on_after_a_key, put_new_never_overwrites, swap_wants_the_version, delete_removes,
            a_batch_is_all_or_nothing, a_batch_sees_its_own_writes, what_expires_is_gone, keys_may_hold_anything,
            spaces_never_meet, one_of_fifty_wins, large_batches_are_batches_too, large_values_come_back;
        )+ }
    };
}

contract!(memory, sled);

fn put(space: Space, key: &str, data: &str) -> Write {
    Write::Put {
        space,
        key: key.to_owned(),
        value: json(key, data).expect("JSON"),
        expires: None,
    }
}

fn put_new(key: &str, data: &str) -> Write {
    let value = json(key, data).expect("JSON");
    Write::PutNew {
        space: Space::Record,
        key: key.to_owned(),
        value,
        expires: None,
    }
}

fn swap(key: &str, at: u64, data: &str) -> Write {
    let value = json(key, data).expect("JSON");
    Write::Swap {
        space: Space::Record,
        key: key.to_owned(),
        at,
        value,
        expires: None,
    }
}

fn record(key: &str, data: &str) -> Write {
    put(Space::Record, key, data)
}

fn delete(key: &str) -> Write {
    Write::Delete {
        space: Space::Record,
        key: key.to_owned(),
    }
}

async fn write(store: &dyn Store, writes: &[Write]) {
    store.apply(writes).await.expect("written");
}

async fn read(store: &dyn Store, key: &str) -> Option<Entry> {
    store.get(Space::Record, key).await.expect("read")
}

async fn text(store: &dyn Store, key: &str) -> Option<String> {
    read(store, key)
        .await
        .map(|entry| entry.read().expect("text"))
}

async fn keys(store: &dyn Store, prefix: &str, after: Option<&str>, limit: usize) -> Vec<String> {
    let entries = store
        .scan(Space::Record, prefix, after, limit)
        .await
        .expect("scanned");
    entries.into_iter().map(|entry| entry.key).collect()
}

/// What every store does. Each function is one clause.
mod contract {
    use super::*;

    pub async fn an_entry_is_read_as_it_was_written(subject: Subject) {
        let value =
            serde_json::value::RawValue::from_string("{ \"b\":1.50,\n \"a\":[]}".to_owned());
        let value = value.expect("JSON");
        let key = "k".to_owned();
        let expires = Some(NOW + 1);
        let put = Write::Put {
            space: Space::Record,
            key,
            value,
            expires,
        };
        write(&*subject.store, &[put]).await;
        let entry = read(&*subject.store, "k").await.expect("there");
        assert_eq!(entry.key, "k");
        assert_eq!(entry.value.get(), "{ \"b\":1.50,\n \"a\":[]}");
        assert_eq!(entry.expires, expires);
        assert!(read(&*subject.store, "other").await.is_none());
    }

    pub async fn versions_grow_with_every_write(subject: Subject) {
        let store = &*subject.store;
        let mut last = 0;
        for round in 0..6 {
            // No version comes again, not even after a deletion.
            if round == 3 {
                write(store, &[delete("k")]).await;
            }
            write(store, &[record("k", "x")]).await;
            let version = read(store, "k").await.expect("there").version;
            assert!(version > last, "{version} after {last}");
            last = version;
        }
    }

    pub async fn a_scan_goes_by_prefix_and_bytes(subject: Subject) {
        let store = &*subject.store;
        for key in ["b", "a/2", "a/10", "a", "a/1", "ä", "A", "a0"] {
            write(store, &[record(key, key)]).await;
        }
        assert_eq!(
            keys(store, "", None, 99).await,
            ["A", "a", "a/1", "a/10", "a/2", "a0", "b", "ä"]
        );
        assert_eq!(keys(store, "a/", None, 99).await, ["a/1", "a/10", "a/2"]);
        assert_eq!(keys(store, "a/", None, 2).await, ["a/1", "a/10"]);
        assert!(keys(store, "a/", None, 0).await.is_empty());
        assert!(keys(store, "zz", None, 99).await.is_empty());
    }

    pub async fn a_scan_goes_on_after_a_key(subject: Subject) {
        let store = &*subject.store;
        write(
            store,
            &["a/1", "a/2", "a/3", "b"].map(|key| record(key, key)),
        )
        .await;
        assert_eq!(keys(store, "a/", Some("a/1"), 99).await, ["a/2", "a/3"]);
        // The key itself need not be there, nor lie within the prefix.
        assert_eq!(keys(store, "a/", Some("a/11"), 1).await, ["a/2"]);
        assert_eq!(
            keys(store, "a/", Some("A"), 99).await,
            ["a/1", "a/2", "a/3"]
        );
        assert!(keys(store, "a/", Some("c"), 99).await.is_empty());
    }

    pub async fn put_new_never_overwrites(subject: Subject) {
        let store = &*subject.store;
        write(store, &[put_new("k", "first")]).await;
        let error = store
            .apply(&[put_new("k", "second")])
            .await
            .expect_err("a conflict");
        assert_eq!(
            error.to_string(),
            "somebody else wrote \"k\" (record) first: read it again and retry"
        );
        assert_eq!(text(store, "k").await.as_deref(), Some("first"));
    }

    pub async fn swap_wants_the_version(subject: Subject) {
        let store = &*subject.store;
        for at in [0, 1] {
            let error = store
                .apply(&[swap("k", at, "x")])
                .await
                .expect_err("nothing there");
            assert!(matches!(error, StoreError::Conflict { .. }), "{error}");
        }
        write(store, &[record("k", "first")]).await;
        let at = read(store, "k").await.expect("there").version;
        write(store, &[swap("k", at, "second")]).await;
        let error = store
            .apply(&[swap("k", at, "third")])
            .await
            .expect_err("an old version");
        assert!(matches!(error, StoreError::Conflict { .. }), "{error}");
        assert_eq!(text(store, "k").await.as_deref(), Some("second"));
    }

    pub async fn delete_removes(subject: Subject) {
        let store = &*subject.store;
        write(store, &[record("k", "x"), delete("nothing")]).await;
        write(store, &[delete("k")]).await;
        assert!(read(store, "k").await.is_none());
        assert!(keys(store, "", None, 99).await.is_empty());
    }

    pub async fn a_batch_is_all_or_nothing(subject: Subject) {
        let store = &*subject.store;
        write(store, &[record("taken", "x"), record("kept", "x")]).await;
        let batch = [
            record("new", "y"),
            delete("kept"),
            put(Space::Draft, "d", "y"),
            put_new("taken", "y"),
        ];
        store.apply(&batch).await.expect_err("a conflict");
        assert_eq!(keys(store, "", None, 99).await, ["kept", "taken"]);
        assert!(store.get(Space::Draft, "d").await.expect("read").is_none());
    }

    pub async fn a_batch_sees_its_own_writes(subject: Subject) {
        let store = &*subject.store;
        write(
            store,
            &[put_new("k", "a"), record("k", "b"), record("k", "c")],
        )
        .await;
        assert_eq!(text(store, "k").await.as_deref(), Some("c"));
        store
            .apply(&[put_new("n", "a"), put_new("n", "b")])
            .await
            .expect_err("a conflict");
        write(store, &[delete("k"), put_new("k", "d")]).await;
        assert_eq!(text(store, "k").await.as_deref(), Some("d"));
    }

    pub async fn what_expires_is_gone(subject: Subject) {
        let store = &*subject.store;
        let lease = |data: &str| Write::PutNew {
            space: Space::Record,
            key: "lease".to_owned(),
            value: json("lease", data).expect("JSON"),
            expires: Some(NOW + 1000),
        };
        write(store, &[lease("mine"), record("kept", "x")]).await;
        let mine = read(store, "lease").await.expect("there").version;
        subject.clock.advance(Duration::from_millis(999));
        assert_eq!(text(store, "lease").await.as_deref(), Some("mine"));
        store
            .apply(&[lease("yours")])
            .await
            .expect_err("still held");
        subject.clock.advance(Duration::from_millis(1));
        assert!(read(store, "lease").await.is_none());
        assert_eq!(keys(store, "", None, 1).await, ["kept"]);
        store
            .apply(&[swap("lease", mine, "late")])
            .await
            .expect_err("it is gone");
        write(store, &[put_new("lease", "yours")]).await;
        store
            .apply(&[swap("lease", mine, "late")])
            .await
            .expect_err("it is somebody else's now");
    }

    pub async fn keys_may_hold_anything(subject: Subject) {
        let store = &*subject.store;
        let strange = [
            "",
            "/",
            "a\0b",
            "ключ 🗝",
            "~undo/",
            "a\nb",
            "\u{10FFFF}",
            "../x",
        ];
        for key in strange {
            write(store, &[put_new(key, key)]).await;
        }
        for key in strange {
            assert_eq!(text(store, key).await.as_deref(), Some(key), "{key:?}");
        }
        assert_eq!(keys(store, "", None, 99).await.len(), strange.len());
    }

    pub async fn spaces_never_meet(subject: Subject) {
        let store = &*subject.store;
        for space in Space::ALL {
            write(store, &[put(space, "k", space.name())]).await;
        }
        write(store, &[put(Space::Draft, "", "empty")]).await;
        for space in Space::ALL {
            let entries = store.scan(space, "", None, 99).await.expect("scanned");
            let entry = entries.last().expect("there");
            assert_eq!(entry.read::<String>().expect("text"), space.name());
            assert_eq!(entries.len(), if space == Space::Draft { 2 } else { 1 });
        }
    }

    pub async fn one_of_fifty_wins(subject: Subject) {
        let tasks: Vec<_> = (0..50)
            .map(|number: u32| {
                let store = Arc::clone(&subject.store);
                tokio::spawn(async move {
                    store
                        .apply(&[put_new("k", &number.to_string())])
                        .await
                        .is_ok()
                })
            })
            .collect();
        let mut winners = 0;
        for task in tasks {
            winners += u32::from(task.await.expect("the task ends"));
        }
        assert_eq!(winners, 1);
    }

    pub async fn large_batches_are_batches_too(subject: Subject) {
        let store = &*subject.store;
        let batch: Vec<_> = (0..1003)
            .map(|number| record(&format!("{number:04}"), "first"))
            .collect();
        write(store, &batch).await;
        assert_eq!(keys(store, "", None, usize::MAX).await.len(), 1003);
        let mut clash: Vec<_> = (0..1003)
            .map(|number| record(&format!("{number:04}"), "second"))
            .collect();
        clash.push(put_new("0000", "third"));
        store.apply(&clash).await.expect_err("a conflict");
        assert_eq!(text(store, "0500").await.as_deref(), Some("first"));
        let removal: Vec<_> = (0..1003)
            .map(|number| delete(&format!("{number:04}")))
            .collect();
        write(store, &removal).await;
        assert!(keys(store, "", None, 1).await.is_empty());
    }

    pub async fn large_values_come_back(subject: Subject) {
        let store = &*subject.store;
        let large = "ü".repeat(1_000_000);
        write(store, &[record("large", &large), record("small", "x")]).await;
        store.flush().await.expect("flushed");
        assert_eq!(text(store, "large").await, Some(large));
    }
}

fn open(folder: &Path) -> Opened {
    SledStore::open(folder, Clock::fixed(NOW)).expect("opened")
}

/// A home with a closed store in `store` that holds the records `0000` to `0299`.
async fn filled_home() -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join("store");
    let store = open(&folder).store;
    for part in 0..3 {
        let batch: Vec<_> = (part * 100..part * 100 + 100)
            .map(|number| record(&format!("{number:04}"), &"x".repeat(400)))
            .collect();
        write(&store, &batch).await;
    }
    drop(store);
    (home, folder)
}

#[tokio::test]
async fn what_was_closed_is_there_again() {
    let (_home, folder) = filled_home().await;
    let opened = open(&folder);
    assert_eq!((opened.moved_aside, opened.leftovers), (None, None));
    assert_eq!(keys(&opened.store, "", None, 999).await.len(), 300);
}

#[tokio::test]
async fn a_second_opening_says_busy_and_touches_nothing() {
    let (home, folder) = filled_home().await;
    let first = open(&folder);
    let error = SledStore::open(&folder, Clock::system())
        .err()
        .expect("refused");
    assert!(matches!(error, StoreError::Busy(_)));
    let said = error
        .to_string()
        .replace(&folder.display().to_string(), "FOLDER");
    insta::assert_snapshot!(said, @"another Callboard is running on FOLDER: stop it, or give this one its own --data folder");
    assert_eq!(keys(&first.store, "", None, 999).await.len(), 300);
    assert_eq!(names(home.path()), ["store", "store.lock"]);
}

#[tokio::test]
async fn a_half_written_snapshot_loses_nothing() {
    let (home, folder) = filled_home().await;
    fs::write(
        folder.join("snap.00000000000FFFFF.generating"),
        b"half a snap",
    )
    .expect("written");
    let opened = open(&folder);
    assert_eq!(opened.moved_aside, None);
    let leftovers = opened.leftovers.expect("moved");
    assert_eq!(names(&leftovers), ["snap.00000000000FFFFF.generating"]);
    assert_eq!(keys(&opened.store, "", None, 999).await.len(), 300);
    assert_eq!(
        names(home.path()),
        ["store", "store.broken-1700000000000", "store.lock"]
    );
}

#[tokio::test]
async fn no_damage_passes_for_health() {
    let (_home, folder) = filled_home().await;
    let length = fs::metadata(folder.join("db")).expect("the file").len();
    let mut found = 0;
    for step in 0..24 {
        let (home, folder) = filled_home().await;
        let path = folder.join("db");
        let mut bytes = fs::read(&path).expect("the file");
        let at = usize::try_from(length * step / 24)
            .expect("an offset")
            .min(bytes.len() - 1);
        match step % 3 {
            0 => bytes[at] ^= 0x40,
            1 => bytes.truncate(at),
            _ => bytes[at..]
                .iter_mut()
                .take(4096)
                .for_each(|byte| *byte = 0xA5),
        }
        fs::write(&path, bytes).expect("written");
        found += u32::from(is_whole_or_new(home.path(), &folder).await);
    }
    assert!(found > 8, "only {found} of 24 damages were noticed");
}

#[tokio::test]
async fn other_files_of_the_store_may_be_damaged_too() {
    let (_home, folder) = filled_home().await;
    drop(open(&folder));
    for name in names(&folder) {
        for garbage in [&b""[..], &b"garbage"[..], &[0xFF_u8; 3000][..]] {
            let (home, folder) = filled_home().await;
            drop(open(&folder));
            let path = folder.join(&name);
            if path.is_dir() {
                fs::remove_dir_all(&path).expect("removed");
            }
            fs::write(&path, garbage).expect("written");
            is_whole_or_new(home.path(), &folder).await;
        }
    }
}

#[tokio::test]
async fn a_damaged_page_file_is_found() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join("store");
    let store = open(&folder).store;
    write(&store, &[record("large", &"x".repeat(500_000))]).await;
    drop(store);
    let page = fs::read_dir(folder.join("blobs"))
        .expect("pages")
        .next()
        .expect("one")
        .expect("one");
    let mut bytes = fs::read(page.path()).expect("the page");
    bytes[250_000] ^= 1;
    fs::write(page.path(), bytes).expect("written");
    assert!(open(&folder).moved_aside.is_some());
}

#[tokio::test]
async fn a_file_in_place_of_the_folder_is_moved_aside() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join("store");
    fs::write(&folder, "not a store").expect("written");
    let aside = open(&folder).moved_aside.expect("moved");
    assert_eq!(fs::read_to_string(aside).expect("kept"), "not a store");
}

/// Opens a folder that may be damaged: all must be there, or a new store begun and the old one kept beside it.
/// Says whether it was the latter. Either way the store works.
async fn is_whole_or_new(home: &Path, folder: &Path) -> bool {
    let opened = open(folder);
    let count = keys(&opened.store, "", None, 999).await.len();
    match &opened.moved_aside {
        Some(aside) => {
            assert_eq!(count, 0);
            assert!(
                aside.exists() && aside.starts_with(home),
                "{}",
                aside.display()
            );
        }
        None => assert_eq!(count, 300, "entries were lost and nobody said so"),
    }
    write(&opened.store, &[record("new", "x")]).await;
    opened.store.flush().await.expect("flushed");
    opened.moved_aside.is_some()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let names: BTreeSet<_> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.into_iter().collect()
}

#[tokio::test]
async fn what_has_expired_is_swept_out() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join("store");
    let clock = Clock::fixed(NOW);
    let store = SledStore::open(&folder, clock.clone())
        .expect("opened")
        .store;
    let batch: Vec<_> = (0..250)
        .map(|number| Write::Put {
            space: Space::Handled,
            key: format!("{number}"),
            value: json("k", "x").expect("JSON"),
            expires: Some(NOW + number),
        })
        .collect();
    write(&store, &batch).await;
    clock.advance(Duration::from_millis(199));
    assert_eq!(store.sweep().await.expect("swept"), 200);
    assert_eq!(store.sweep().await.expect("swept"), 0);
    assert_eq!(
        store
            .scan(Space::Handled, "", None, 999)
            .await
            .expect("scanned")
            .len(),
        50
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_may_wait_for_one_sync() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join("store");
    let store = open(&folder).store;
    let tasks: Vec<_> = (0..40)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                write(&store, &[record(&format!("{number}"), "x")]).await;
                store.flush().await.expect("flushed");
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("the task ends");
    }
    assert_eq!(keys(&store, "", None, 999).await.len(), 40);
}

/// The environment variable that makes [`child_writes_until_it_is_killed`] do its work.
const CHILD: &str = "CALLBOARD_TEST_STORE_FOLDER";

/// Not a test of its own: [`what_was_acknowledged_survives_kill_9`] runs it in a process that it kills.
#[tokio::test]
async fn child_writes_until_it_is_killed() {
    let Ok(folder) = std::env::var(CHILD) else {
        return;
    };
    let store = SledStore::open(Path::new(&folder), Clock::system())
        .expect("opened")
        .store;
    let begin = keys(&store, "single/", None, usize::MAX).await.len();
    let mut out = std::io::stdout();
    for number in begin.. {
        write(
            &store,
            &[record(&format!("single/{number:06}"), &"x".repeat(300))],
        )
        .await;
        store.flush().await.expect("flushed");
        writeln!(out, "\nacknowledged {number}").expect("said");
        // A large batch over the same keys every time: it must be whole, whenever the process dies.
        let batch: Vec<_> = (0..400)
            .map(|key| record(&format!("batch/{key:03}"), &number.to_string()))
            .collect();
        write(&store, &batch).await;
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_kill_9() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join("store");
    let module = module_path!()
        .split_once("::")
        .map_or("", |(_, module)| module);
    let mut acknowledged = None;
    for round in 0..6_u32 {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "--nocapture", "--test-threads=1"])
            .arg(format!("{module}::child_writes_until_it_is_killed"))
            .env(CHILD, &folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the child starts");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        // A different moment in every round: after so many acknowledgements, in the middle of what follows.
        let mut left = 3 + round * 2;
        for line in lines {
            let line = line.expect("a line");
            if let Some(number) = line.strip_prefix("acknowledged ") {
                acknowledged = Some(number.parse::<usize>().expect("a number"));
                // Before the kill arrives, it may have acknowledged more.
                left = left.saturating_sub(1);
                if left == 0 {
                    child.kill().expect("killed");
                }
            }
        }
        child.wait().expect("ended");
        assert_eq!(left, 0, "the child ended by itself");
        let opened = open(&folder);
        assert_eq!(opened.moved_aside, None, "round {round}");
        let singles = keys(&opened.store, "single/", None, usize::MAX).await;
        let last = acknowledged.expect("something was acknowledged");
        assert!(
            singles.len() > last,
            "round {round}: {} of {last} are there",
            singles.len()
        );
        let batch = opened
            .store
            .scan(Space::Record, "batch/", None, usize::MAX)
            .await
            .expect("scanned");
        let values: BTreeSet<_> = batch.iter().map(|entry| entry.value.get()).collect();
        assert!(
            values.len() <= 1,
            "round {round}: a batch was torn: {values:?}"
        );
        assert!(
            batch.is_empty() || batch.len() == 400,
            "round {round}: {} of 400",
            batch.len()
        );
    }
}
