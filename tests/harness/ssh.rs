//! A real ssh server for one user and one key, and a client that knows nothing but a file of its own.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::Listener;

/// The server: `sshd` is started for each connection.
pub struct SshServer {
    home: TempDir,
    listener: Listener,
}

impl SshServer {
    /// Makes the keys and listens.
    pub fn start() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().to_owned();
        for name in ["host", "user"] {
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", name])
                .current_dir(&folder)
                .status()
                .expect("ssh-keygen runs; tests/run installs it");
            assert!(made.success());
        }
        fs::copy(folder.join("user.pub"), folder.join("authorized")).expect("copied");
        let place = folder.display();
        let configuration = format!(
            "HostKey {place}/host\nAuthorizedKeysFile {place}/authorized\nStrictModes no\nUsePAM no\n\
             PasswordAuthentication no\nPermitRootLogin prohibit-password\nPidFile none\nLogLevel VERBOSE\n"
        );
        fs::write(folder.join("sshd_config"), configuration).expect("written");
        if rustix::process::geteuid().is_root() {
            // As root, sshd wants this folder, which the system makes when it starts its own.
            fs::create_dir_all("/run/sshd").expect("a folder");
        }
        let listener = Listener::starts(move || {
            let mut command = Command::new("/usr/sbin/sshd");
            command
                .arg("-i")
                .arg("-f")
                .arg(folder.join("sshd_config"))
                .arg("-E")
                .arg(folder.join("sshd.log"))
                .stderr(Stdio::null());
            command
        });
        Self { home, listener }
    }

    /// The URL of a repository on this machine.
    pub fn url(&self, repository: &Path) -> String {
        let output = Command::new("id").arg("-un").output().expect("id runs");
        let user = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let port = self.listener.port();
        format!("ssh://{user}@127.0.0.1:{port}{}", repository.display())
    }

    /// The private key that is let in.
    pub fn key(&self) -> PathBuf {
        self.home.path().join("user")
    }

    /// What the server noted.
    pub fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("sshd.log")).unwrap_or_default()
    }

    /// A folder with an `ssh` that knows the server's host key, or none, and not the machine's own files: to be put
    /// first into `PATH`. (The real one looks for them in the home of the user database, not in `HOME`.)
    pub fn client(&self, knows_the_host: bool) -> PathBuf {
        let folder = self.home.path().join(format!("client-{knows_the_host}"));
        fs::create_dir_all(&folder).expect("a folder");
        let host = fs::read_to_string(self.home.path().join("host.pub")).expect("a key");
        let known = format!("[127.0.0.1]:{} {host}", self.listener.port());
        fs::write(
            folder.join("known"),
            if knows_the_host { &known } else { "" },
        )
        .expect("written");
        let place = folder.display();
        let configuration =
            format!("UserKnownHostsFile {place}/known\nGlobalKnownHostsFile none\n");
        fs::write(folder.join("config"), configuration).expect("written");
        let script = format!("#!/bin/sh\nexec /usr/bin/ssh -F {place}/config \"$@\"\n");
        fs::write(folder.join("ssh"), script).expect("written");
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(folder.join("ssh"), mode).expect("it may be run");
        folder
    }
}
