//! Things that listen on a port of the loopback address which the system has chosen: servers that are started for
//! each connection, a peer that never answers, and a wire that breaks.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rustix::process::{Pid, Signal, kill_process_group};

/// A port on which every connection is handed to something; closed when it is dropped.
pub struct Listener {
    port: u16,
    stopped: Arc<AtomicBool>,
    accepted: Arc<AtomicUsize>,
    accepting: Option<JoinHandle<()>>,
    servers: Arc<Mutex<Vec<Child>>>,
}

/// A wire to another port that breaks after a number of bytes from the far end, until it is mended.
pub struct Wire {
    listener: Listener,
    left: Arc<AtomicU64>,
    carried: Arc<AtomicU64>,
}

impl Listener {
    /// Accepts connections and never says a word on them.
    pub fn silent() -> Self {
        let mut open = Vec::new();
        Self::accepting(move |stream| open.push(stream))
    }

    /// Starts this server for each connection, which is its standard input and output, as `inetd` does.
    pub fn starts(server: impl Fn() -> Command + Send + 'static) -> Self {
        let servers = Arc::<Mutex<Vec<Child>>>::default();
        let started = servers.clone();
        let mut listener = Self::accepting(move |stream| {
            let mut command = server();
            let (Ok(input), Ok(output)) = (stream.try_clone(), stream.try_clone()) else {
                return;
            };
            let child = command
                .process_group(0)
                .stdin(Stdio::from(OwnedFd::from(input)))
                .stdout(Stdio::from(OwnedFd::from(output)))
                .spawn()
                .expect("the server starts");
            let mut started = started.lock().unwrap_or_else(PoisonError::into_inner);
            started.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
            started.push(child);
        });
        listener.servers = servers;
        listener
    }

    /// Git's own protocol for the repositories below this folder.
    pub fn git(folder: &Path) -> Self {
        let base = format!("--base-path={}", folder.display());
        let folder = folder.to_owned();
        Self::starts(move || {
            let arguments = ["daemon", "--inetd", "--export-all", &base];
            let mut command = super::repository::git(&folder, &folder, &arguments);
            command.stderr(Stdio::null());
            command
        })
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How many connections there have been.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    fn accepting(mut take: impl FnMut(TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("it has an address").port();
        let stopped = Arc::<AtomicBool>::default();
        let accepted = Arc::<AtomicUsize>::default();
        let (ending, counting) = (stopped.clone(), accepted.clone());
        let accepting = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if ending.load(Ordering::SeqCst) {
                    break;
                }
                counting.fetch_add(1, Ordering::SeqCst);
                take(stream);
            }
        });
        Self {
            port,
            stopped,
            accepted,
            accepting: Some(accepting),
            servers: Arc::default(),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // The thread waits for a connection: this one is its last.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        for mut server in servers.drain(..) {
            if matches!(server.try_wait(), Ok(None)) {
                let _ = kill_process_group(Pid::from_child(&server), Signal::KILL);
                let _ = server.wait();
            }
        }
    }
}

impl Wire {
    /// A whole wire to this port.
    pub fn to(port: u16) -> Self {
        let left = Arc::new(AtomicU64::new(u64::MAX));
        let carried = Arc::<AtomicU64>::default();
        let shared = (left.clone(), carried.clone());
        let listener = Listener::accepting(move |near| {
            let Ok(far) = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))) else {
                return;
            };
            let (left, carried) = shared.clone();
            carry(&near, &far, left, carried);
        });
        Self {
            listener,
            left,
            carried,
        }
    }

    /// The near end's port.
    pub fn port(&self) -> u16 {
        self.listener.port()
    }

    /// Breaks after so many bytes from the far end, counted over all connections from now on.
    pub fn breaks_after(&self, bytes: u64) {
        self.left.store(bytes, Ordering::SeqCst);
    }

    /// Mends the wire.
    pub fn mend(&self) {
        self.left.store(u64::MAX, Ordering::SeqCst);
    }

    /// How many bytes have come from the far end since the last call.
    pub fn carried(&self) -> u64 {
        self.carried.swap(0, Ordering::SeqCst)
    }

    /// Whether it broke since the last time it was told to.
    pub fn is_broken(&self) -> bool {
        self.left.load(Ordering::SeqCst) == 0
    }
}

/// Carries bytes both ways until an end closes or the wire breaks.
fn carry(near: &TcpStream, far: &TcpStream, left: Arc<AtomicU64>, carried: Arc<AtomicU64>) {
    let ends = || Some((near.try_clone().ok()?, far.try_clone().ok()?));
    let (Some((mut asking, mut asked)), Some((mut hearing, mut telling))) = (ends(), ends()) else {
        return;
    };
    std::thread::spawn(move || {
        let _ = io::copy(&mut asking, &mut asked);
        let _ = asked.shutdown(Shutdown::Write);
    });
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        loop {
            let count = telling.read(&mut buffer).unwrap_or(0);
            let before = left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                    (left != u64::MAX).then(|| left.saturating_sub(count as u64))
                })
                .unwrap_or(u64::MAX);
            carried.fetch_add(count as u64, Ordering::SeqCst);
            let pass = count.min(usize::try_from(before).unwrap_or(usize::MAX));
            let passed = hearing.write_all(&buffer[..pass]);
            if count == 0 || pass < count || passed.is_err() {
                break;
            }
        }
        let _ = hearing.shutdown(Shutdown::Both);
        let _ = telling.shutdown(Shutdown::Both);
    });
}
