//! Git over smart HTTP, as a forge serves it: nginx with passwords, fcgiwrap, and git's own `http-backend`.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;

use super::{Repository, repository};

/// The user that may read.
pub const USER: &str = "bot";

/// The user's password, which must be seen nowhere.
pub const PASSWORD: &str = "canary-7d41e0-s3cret";

/// The server, on a port of its own; stopped when it is dropped.
pub struct GitHttp {
    home: TempDir,
    port: u16,
    nginx: Child,
    wrapper: Child,
}

/// Which version of git's protocol the server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// What the client asks for: version 2.
    Newest,
    /// The first, as behind a proxy that drops the header `Git-Protocol`.
    First,
}

impl GitHttp {
    /// Starts it with protocol version 2.
    pub fn start() -> Self {
        Self::speaking(Protocol::Newest)
    }

    /// Starts it. The sockets are opened here and handed over, so that nothing has to be waited for.
    pub fn speaking(protocol: Protocol) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path();
        fs::create_dir(folder.join("repos")).expect("a folder");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("it has an address").port();
        let configuration = configuration(folder, port, protocol);
        fs::write(folder.join("nginx.conf"), configuration).expect("written");
        let socket = UnixListener::bind(folder.join("fcgi.sock")).expect("a socket");
        let wrapper = Command::new("fcgiwrap")
            .args(["-c", "2"])
            .env("HOME", folder)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .process_group(0)
            .stdin(Stdio::from(OwnedFd::from(socket)))
            .spawn()
            .expect("fcgiwrap starts; tests/run installs it");
        // nginx takes over listening sockets that the variable NGINX names by their numbers.
        let nginx = Command::new("sh")
            .args([
                "-c",
                r#"NGINX="3;" exec nginx -e err.log -p "$0" -c "$0/nginx.conf" 3<&0 </dev/null"#,
            ])
            .arg(folder)
            .env("PATH", path_with_sbin())
            .current_dir(folder)
            .process_group(0)
            .stdin(Stdio::from(OwnedFd::from(listener)))
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell starts");
        let server = Self {
            home,
            port,
            nginx,
            wrapper,
        };
        server.knows(USER, PASSWORD);
        server
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where the served repository of this name is.
    pub fn served(&self, name: &str) -> PathBuf {
        self.home.path().join("repos").join(format!("{name}.git"))
    }

    /// The folder of all that is served.
    pub fn all(&self) -> PathBuf {
        self.home.path().join("repos")
    }

    /// The URL of the served repository of this name.
    pub fn url(&self, name: &str) -> String {
        format!("http://127.0.0.1:{}/{name}.git", self.port)
    }

    /// Serves what is committed in this repository now, under this name; it may be called again.
    pub fn publish(&self, name: &str, source: &Repository) {
        publish(&self.served(name), source);
    }

    /// Lets this user in from now on, and nobody else.
    pub fn knows(&self, user: &str, password: &str) {
        let line = format!("{user}:{{PLAIN}}{password}\n");
        fs::write(self.home.path().join("htpasswd"), line).expect("written");
    }

    /// Lets this user in no more, as when a token expires.
    pub fn forgets(&self, user: &str) {
        self.knows(user, "another-password");
    }

    /// What was asked of it, one request a line.
    pub fn requests(&self) -> String {
        fs::read_to_string(self.home.path().join("access.log")).unwrap_or_default()
    }
}

/// Makes an empty repository that may be pushed to, as a forge does.
pub fn make(bare: &Path) {
    fs::create_dir_all(bare).expect("a folder");
    let arguments = [
        "init",
        "--quiet",
        "--bare",
        "--template=",
        "--initial-branch=main",
        ".",
    ];
    let status = repository::git(bare, bare, &arguments).status();
    assert!(status.expect("git runs").success());
    configure(bare, "uploadpack.allowFilter", "true");
    configure(bare, "http.receivepack", "true");
}

/// The branches of a bare repository with their commits.
pub fn branches(bare: &Path) -> Vec<(String, String)> {
    let arguments = [
        "for-each-ref",
        "--format=%(refname:lstrip=2) %(objectname)",
        "refs/heads",
    ];
    let output = repository::git(bare, bare, &arguments).output();
    let printed = String::from_utf8_lossy(&output.expect("git runs").stdout).into_owned();
    let lines = printed.lines().filter_map(|line| line.split_once(' '));
    lines
        .map(|(name, commit)| (name.to_owned(), commit.to_owned()))
        .collect()
}

/// Brings all branches of a repository into a bare one, which is made if need be and lets clients filter.
pub fn publish(bare: &Path, source: &Repository) {
    let place = bare.to_string_lossy().into_owned();
    if !bare.exists() {
        let arguments = [
            "init",
            "--quiet",
            "--bare",
            "--template=",
            "--initial-branch=main",
            &place,
        ];
        source.git(&arguments);
        let allow = ["-C", &place, "config", "uploadpack.allowFilter", "true"];
        source.git(&allow);
    }
    source.git(&["push", "--quiet", "--force", "--mirror", &place]);
}

/// Changes a setting of a bare repository.
pub fn configure(bare: &Path, key: &str, value: &str) {
    let status = repository::git(bare, bare, &["config", key, value]).status();
    assert!(status.expect("git runs").success());
}

impl Drop for GitHttp {
    fn drop(&mut self) {
        for server in [&mut self.nginx, &mut self.wrapper] {
            let _ = kill_process_group(Pid::from_child(server), Signal::KILL);
            let _ = server.wait();
        }
    }
}

/// Servers are kept where a user's `PATH` does not lead.
pub fn path_with_sbin() -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    format!("{path}:/usr/local/sbin:/usr/sbin:/sbin")
}

fn configuration(folder: &Path, port: u16, protocol: Protocol) -> String {
    let folder = folder.display();
    let output = Command::new("git").arg("--exec-path").output();
    let programs = String::from_utf8_lossy(&output.expect("git runs").stdout)
        .trim()
        .to_owned();
    let version = match protocol {
        Protocol::Newest => "fastcgi_param GIT_PROTOCOL $http_git_protocol;",
        // Headers are handed on by themselves unless they are named.
        Protocol::First => "fastcgi_param HTTP_GIT_PROTOCOL \"\";",
    };
    let user = if rustix::process::geteuid().is_root() {
        "user root;"
    } else {
        ""
    };
    format!(
        "daemon off; {user} worker_processes 1; pid {folder}/pid; error_log {folder}/err.log;
events {{ worker_connections 64; }}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    client_max_body_size 64m;
    location / {{
      auth_basic \"git\"; auth_basic_user_file {folder}/htpasswd;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param SCRIPT_FILENAME {programs}/git-http-backend;
      fastcgi_param GIT_PROJECT_ROOT {folder}/repos;
      fastcgi_param GIT_HTTP_EXPORT_ALL \"\";
      fastcgi_param PATH_INFO $uri;
      fastcgi_param REMOTE_USER $remote_user;
      {version}
      fastcgi_pass unix:{folder}/fcgi.sock;
    }}
  }}
}}
"
    )
}
