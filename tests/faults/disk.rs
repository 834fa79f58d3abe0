//! No room on the disk of the data folder, while the bot runs.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{chatting, moved, moved_aside, payments, reading};
use crate::sources::who_owns;

/// A small disk on this folder, taken away when it is dropped.
struct Disk {
    folder: PathBuf,
}

impl Disk {
    fn mount(folder: &Path, megabytes: u32) -> Self {
        fs::create_dir_all(folder).expect("a folder");
        let size = format!("size={megabytes}m");
        let mounted = as_root(&["mount", "-t", "tmpfs", "-o", &size, "none"], folder);
        assert!(mounted, "a disk can be mounted; it wants root");
        Self {
            folder: folder.to_owned(),
        }
    }

    /// Fills it to the last byte.
    fn fill(&self) {
        let mut filler = File::create(self.folder.join("filler")).expect("a file");
        for size in [1 << 16, 1 << 10, 1] {
            while filler.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn make_room(&self) {
        fs::remove_file(self.folder.join("filler")).expect("it is there");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        as_root(&["umount", "--lazy"], &self.folder);
    }
}

fn as_root(command: &[&str], folder: &Path) -> bool {
    let sudo = if rustix::process::geteuid().is_root() {
        &[][..]
    } else {
        &["sudo", "-n"]
    };
    let words: Vec<&str> = sudo.iter().chain(command).copied().collect();
    let status = Command::new(words[0])
        .args(&words[1..])
        .arg(folder)
        .status();
    status.is_ok_and(|status| status.success())
}

#[test]
#[ignore = "mounts a small disk, for which it wants root; run by tests/run"]
fn the_bot_goes_on_without_room_on_its_disk_says_so_and_remembers_again_when_there_is_room() {
    let repository = payments("till");
    let program = reading(&repository);
    let disk = Disk::mount(&program.data(), 16);
    let mut chat = chatting(&program);
    // The question that is open now is acknowledged by asking back.
    chat.types("who-owns");
    chat.says("Which thing?");
    disk.fill();
    let repository = moved(repository, "vault");
    chat.types("payments");
    chat.types("resync");
    chat.says("catalog cannot be read");
    chat.types("who-owns payments");
    chat.types("whois nobody-of-that-name");
    chat.says("I know no person like nobody-of-that-name.");
    chat.complains(
        "there is no room left on its disk; make room, at least 5 MiB, and it goes on by itself",
    );
    chat.types("status");
    chat.says("Nothing can be remembered until this is mended: the store at ");
    disk.make_room();
    // All is right again at once: what was missed is written, and a question is asked back.
    let _repository = moved(repository, "counter");
    chat.types("resync");
    chat.types("who-owns payments");
    chat.says("to counter.");
    chat.types("who-owns");
    chat.says("Which thing?");
    let ended = chat.end();
    assert_eq!(ended.code, Some(0), "{ended}");
    // The next start has all that was acknowledged, and nothing was taken for damage.
    assert_eq!(
        who_owns(&program, "payments"),
        "payments (component:default/payments) belongs to counter."
    );
    assert!(moved_aside(&program).is_empty());
}
