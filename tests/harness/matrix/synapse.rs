//! A real home server: Synapse, on a port of its own, with its data in a folder of its own.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::hmac;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::{installed, request};
use crate::harness::{Finished, PATIENCE, Program};

/// What people are let in with who are registered here.
pub const PASSWORD: &str = "canary-5b20c7-s3cret";

/// The limits on messages that Synapse has when nobody sets any: a fifth of a message a second, after ten.
pub const STRICT: &str = "rc_message: { per_second: 0.2, burst_count: 10 }\n";

/// Access tokens that live two seconds; what comes after is a soft logout.
pub const SHORT_LIVED: &str = "nonrefreshable_access_token_lifetime: 2s\n";

/// What Synapse takes for a secret when an admin is made.
const SHARED_SECRET: &str = "of-the-tests";

/// The server; stopped when it is dropped, and at the latest with the process.
pub struct Synapse {
    home: TempDir,
    port: u16,
    process: Mutex<Option<Child>>,
    admin: OnceCell<String>,
}

/// A user of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The whole id, `@ana.3:localhost`.
    pub user_id: String,
    /// The password.
    pub password: String,
}

/// A device of a user, logged in without a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Whose it is.
    pub user_id: String,
    /// The device.
    pub device_id: String,
    /// What lets it in.
    pub access_token: String,
}

impl Account {
    /// Logs the program in as this account, at its command line; the password is in its variable `PASSWORD`.
    pub fn log_in(&self, program: &Program, more: &[&str]) -> Finished {
        let user = self.user_id.as_str();
        let login = [
            "matrix",
            "login",
            "--user",
            user,
            "--password",
            "env:PASSWORD",
        ];
        program.run(login.iter().chain(more))
    }
}

impl Synapse {
    /// The one server of this process, without rate limits, for all tests that do not stop it.
    pub async fn shared() -> &'static Self {
        static SHARED: OnceCell<Synapse> = OnceCell::const_new();
        SHARED.get_or_init(Self::start).await
    }

    /// Starts one without rate limits.
    pub async fn start() -> Self {
        Self::with("").await
    }

    /// Starts one whose configuration says this besides, in YAML, like [`STRICT`].
    pub async fn with(configuration: &str) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("it has an address").port();
        drop(listener);
        let fill = |text: &str| {
            text.replace("@FOLDER@", &home.path().display().to_string())
                .replace("@PORT@", &port.to_string())
        };
        // A server of a special kind tells what it did with each request.
        let tells = if configuration.is_empty() {
            ""
        } else {
            "loggers: { synapse.access.http: { level: INFO } }\n"
        };
        for (name, text) in [
            ("homeserver.yaml", include_str!("homeserver.yaml")),
            ("log.yaml", &format!("{}{tells}", include_str!("log.yaml"))),
            // An empty file is no mapping.
            (
                "besides.yaml",
                &format!("report_stats: false\n{configuration}"),
            ),
        ] {
            fs::write(home.path().join(name), fill(text)).expect("written");
        }
        let key = Command::new(installed("generate_signing_key"))
            .arg("-o")
            .arg(home.path().join("signing.key"))
            .status();
        assert!(key.expect("the key maker starts").success());
        let server = Self {
            home,
            port,
            process: Mutex::new(None),
            admin: OnceCell::new(),
        };
        server.start_again().await;
        server
    }

    /// Where clients reach it.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// How often a user was told to be slower; for servers with a configuration of their own.
    pub fn slowed(&self, user_id: &str) -> usize {
        let log = fs::read_to_string(self.home.path().join("homeserver.log"));
        let whose = format!("{{{user_id}}}");
        let is_it = |line: &&str| line.contains(&whose) && line.contains(" 429 ");
        log.unwrap_or_default().lines().filter(is_it).count()
    }

    /// Stops it as an operator does; it keeps its port and its data.
    pub fn stop(&self) {
        let mut process = self.process();
        let mut child = process.take().expect("it is running");
        // Its input stays open until it has ended, for the end of that would take its folder.
        let _input = child.stdin.take();
        kill_process(Pid::from_child(&child), Signal::TERM).expect("it is there");
        child.wait().expect("it ends");
    }

    /// Starts it where it was stopped, and waits until it is ready.
    pub async fn start_again(&self) {
        let folder = self.home.path();
        let output = fs::File::create(folder.join("output.log")).expect("a file");
        let mut child = Command::new(installed("python"))
            .arg(script("home_server.py"))
            .arg(folder)
            .args(["-c", "homeserver.yaml", "-c", "besides.yaml"])
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(output.try_clone().expect("a file"))
            .stderr(output)
            .spawn()
            .expect("Python starts");
        let started = Instant::now();
        let health = format!("{}/health", self.url());
        let mut glances = tokio::time::interval(Duration::from_millis(50));
        loop {
            glances.tick().await;
            if reqwest::get(&health)
                .await
                .is_ok_and(|answer| answer.status().is_success())
            {
                break;
            }
            let ended = child.try_wait().expect("it can be waited for");
            if ended.is_some() || started.elapsed() > PATIENCE * 2 {
                let _ = child.kill();
                let _ = child.wait();
                panic!("Synapse does not start; it says:\n{}", self.tail());
            }
        }
        let before = self.process().replace(child);
        assert!(before.is_none(), "it was running already");
    }

    /// Lets it hang: connections are taken, nothing is answered.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on after [`Synapse::pause`].
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// A new user whose id begins with this name. The rest of it is this test's own, for the server is everybody's;
    /// other people see the name alone.
    pub async fn register(&self, name: &str) -> Account {
        static USERS: AtomicUsize = AtomicUsize::new(1);
        let number = USERS.fetch_add(1, Ordering::Relaxed);
        let registered = self
            .post(
                "/_matrix/client/v3/register",
                "",
                &json!({
                    "username": format!("{name}.{number}"),
                    "password": PASSWORD,
                    "auth": { "type": "m.login.dummy" },
                    "inhibit_login": true,
                }),
            )
            .await;
        Account {
            user_id: text(&registered, "user_id"),
            password: PASSWORD.to_owned(),
        }
    }

    /// Logs in without a client: a session that nobody listens with.
    pub async fn log_in(&self, account: &Account) -> Session {
        let answer = self
            .post(
                "/_matrix/client/v3/login",
                "",
                &json!({
                    "type": "m.login.password",
                    "identifier": { "type": "m.id.user", "user": account.user_id },
                    "password": account.password,
                }),
            )
            .await;
        Session {
            user_id: text(&answer, "user_id"),
            device_id: text(&answer, "device_id"),
            access_token: text(&answer, "access_token"),
        }
    }

    /// An access token for this user.
    pub async fn access_token_for(&self, account: &Account) -> String {
        self.log_in(account).await.access_token
    }

    /// The user's devices, as the server's admin sees them.
    pub async fn devices(&self, user_id: &str) -> Vec<String> {
        let path = format!("/_synapse/admin/v2/users/{user_id}/devices");
        let answer = self.administer("GET", &path, None).await;
        let devices = answer["devices"].as_array().expect("a list");
        devices
            .iter()
            .map(|device| text(device, "device_id"))
            .collect()
    }

    /// Logs out one device of a user, as the user does from another.
    pub async fn log_out(&self, user_id: &str, device_id: &str) {
        let path = format!("/_synapse/admin/v2/users/{user_id}/devices/{device_id}");
        self.administer("DELETE", &path, None).await;
    }

    /// Logs out all devices of a user.
    pub async fn log_out_everywhere(&self, user_id: &str) {
        let path = format!("/_synapse/admin/v2/users/{user_id}/delete_devices");
        let devices = json!({ "devices": self.devices(user_id).await });
        self.administer("POST", &path, Some(devices)).await;
    }

    /// Closes an account for good.
    pub async fn deactivate(&self, user_id: &str) {
        let path = format!("/_synapse/admin/v1/deactivate/{user_id}");
        self.administer("POST", &path, Some(json!({}))).await;
    }

    /// Frees one user from the limits on messages, so that they are somebody else's alone.
    pub async fn frees(&self, user_id: &str) {
        let path = format!("/_synapse/admin/v1/users/{user_id}/override_ratelimit");
        let free = json!({ "messages_per_second": 0, "burst_count": 0 });
        self.administer("POST", &path, Some(free)).await;
    }

    /// Asks something of the server's admin API.
    pub async fn administer(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let token = self.admin.get_or_init(|| self.make_admin()).await;
        request(method, &format!("{}{path}", self.url()), token, body)
            .await
            .unwrap_or_else(|refused| panic!("{method} {path}: {refused}"))
    }

    /// An admin is made with the server's shared secret, and logged in with that.
    async fn make_admin(&self) -> String {
        let path = "/_synapse/admin/v1/register";
        let nonce = request("GET", &format!("{}{path}", self.url()), "", None).await;
        let nonce = text(&nonce.expect("a nonce"), "nonce");
        let key = hmac::Key::new(
            hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            SHARED_SECRET.as_bytes(),
        );
        let signed = format!("{nonce}\0admin\0{PASSWORD}\0admin");
        let made = self
            .post(
                path,
                "",
                &json!({
                    "nonce": nonce,
                    "username": "admin",
                    "password": PASSWORD,
                    "admin": true,
                    "mac": hex::encode(hmac::sign(&key, signed.as_bytes())),
                }),
            )
            .await;
        text(&made, "access_token")
    }

    async fn post(&self, path: &str, token: &str, body: &Value) -> Value {
        request(
            "POST",
            &format!("{}{path}", self.url()),
            token,
            Some(body.clone()),
        )
        .await
        .unwrap_or_else(|refused| panic!("POST {path}: {refused}"))
    }

    fn process(&self) -> MutexGuard<'_, Option<Child>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn signal(&self, signal: Signal) {
        let process = self.process();
        let child = process.as_ref().expect("it is running");
        kill_process(Pid::from_child(child), signal).expect("it is there");
    }

    /// The last lines of what it wrote.
    fn tail(&self) -> String {
        let read = |name| fs::read_to_string(self.home.path().join(name)).unwrap_or_default();
        let text = read("output.log") + &*read("homeserver.log");
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

impl Drop for Synapse {
    fn drop(&mut self) {
        if let Some(mut child) = self.process().take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A file that stands beside this one.
pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/harness/matrix")
        .join(name)
}

fn text(value: &Value, key: &str) -> String {
    let found = value[key].as_str();
    found
        .unwrap_or_else(|| panic!("no {key} in {value}"))
        .to_owned()
}
