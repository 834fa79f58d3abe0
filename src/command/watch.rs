//! Noticing that an organisation's command folder has changed, by modification times and sizes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Remembers how the files of a folder looked when it was last asked.
///
/// It neither waits nor reads a file: the caller asks at its own pace and reads the
/// [`Book`](super::Book) again when the answer is yes.
#[derive(Debug, Clone)]
pub struct Reloading {
    folder: PathBuf,
    seen: BTreeMap<PathBuf, Look>,
}

/// What tells one version of a file from another without opening it.
type Look = (Option<SystemTime>, u64);

impl Reloading {
    /// Begins with the folder as it is now; a folder that is missing counts as empty.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        let seen = look(&folder);
        Self { folder, seen }
    }

    /// The folder that is looked at.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether a command file was added, changed or removed since the last call.
    pub fn changed(&mut self) -> bool {
        let now = look(&self.folder);
        if now == self.seen {
            return false;
        }
        self.seen = now;
        true
    }
}

fn look(folder: &Path) -> BTreeMap<PathBuf, Look> {
    super::book::command_files(folder)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|path| {
            let metadata = std::fs::metadata(&path).ok()?;
            Some((path, (metadata.modified().ok(), metadata.len())))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_command_files_that_change_are_noticed() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("lunch.md");
        fs::write(&file, "one").expect("written");
        let mut reloading = Reloading::new(folder.path());
        assert!(!reloading.changed(), "nothing happened yet");

        fs::write(&file, "longer").expect("written");
        assert!(reloading.changed(), "another size");
        assert!(!reloading.changed(), "said once only");

        let later = SystemTime::now() + Duration::from_mins(1);
        let open = fs::File::options().write(true).open(&file).expect("opened");
        open.set_modified(later).expect("touched");
        assert!(reloading.changed(), "the same size, another time");

        fs::write(folder.path().join("notes.txt"), "x").expect("written");
        assert!(!reloading.changed(), "not a command file");

        fs::remove_file(&file).expect("removed");
        assert!(reloading.changed(), "removed");
    }

    #[test]
    fn a_folder_may_appear_later() {
        let parent = tempfile::tempdir().expect("a folder");
        let folder = parent.path().join("commands");
        let mut reloading = Reloading::new(&folder);
        assert!(!reloading.changed());
        fs::create_dir(&folder).expect("made");
        fs::write(folder.join("lunch.md"), "x").expect("written");
        assert!(reloading.changed());
        assert_eq!(reloading.folder(), folder);
    }
}
