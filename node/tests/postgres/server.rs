//! A PostgreSQL of the test's own: in a folder of its own, over a Unix socket alone unless it is told to listen, under an account that is
//! not root.

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

/// A database that a test has for itself.
pub struct Database {
    /// Address of it.
    pub url: String,
    server: Option<Server>,
}

struct Server {
    home: TempDir,
    binaries: PathBuf,
    account: Option<(u32, u32)>,
    child: Option<Child>,
    /// What it is told beyond the usual.
    settings: Vec<String>,
}

impl Database {
    /// A new one; none where none can be had, which is said loudly.
    pub fn new() -> Option<Self> {
        if let Ok(url) = std::env::var("FAAM_TEST_PG") {
            return Some(Self { url: schema_at(&url), server: None });
        }
        Self::own()
    }

    /// A new one that the test may stop and start, whatever is at `FAAM_TEST_PG`; none where none can be had, which is said loudly.
    pub fn own() -> Option<Self> {
        match Server::new() {
            Some(server) => {
                let socket = server.home.path().to_str().unwrap().replace('/', "%2F");
                Some(Self { url: format!("postgresql://faam@{socket}/postgres"), server: Some(server) })
            }
            None => {
                skipped();
                None
            }
        }
    }

    /// Whether the test may stop and start it.
    pub const fn is_ours(&self) -> bool {
        self.server.is_some()
    }

    /// Lets it listen on a port of this machine too, under TLS if there is a certificate and its key, both as PEM. Only over TLS is
    /// anybody let in there, with the password. Gives the port.
    pub fn listen(&mut self, tls: Option<(&str, &str)>) -> u16 {
        let server = self.server.as_mut().unwrap();
        server.end(rustix::process::Signal::INT);
        let port = server.listen(tls);
        let socket = server.home.path().to_str().unwrap().replace('/', "%2F");
        self.url = format!("postgresql://faam@{socket}:{port}/postgres");
        port
    }

    pub fn stop(&mut self) {
        self.server.as_mut().unwrap().end(rustix::process::Signal::INT);
    }

    /// As when the machine fails: nothing is brought to its end.
    pub fn crash(&mut self) {
        self.server.as_mut().unwrap().end(rustix::process::Signal::QUIT);
    }

    pub fn start(&mut self) {
        self.server.as_mut().unwrap().start();
    }

    /// Folder of the socket.
    pub fn socket(&self) -> &Path {
        self.server.as_ref().unwrap().home.path()
    }

    /// A private file with the address.
    pub fn url_file(&self, dir: &Path) -> PathBuf {
        url_file(dir, &self.url)
    }

    /// As [`Self::listen`], again on a port where it was before.
    pub fn listen_at(&mut self, port: u16, (certificate, key): (&str, &str)) {
        let server = self.server.as_mut().unwrap();
        server.end(rustix::process::Signal::INT);
        server.give("server.crt", certificate);
        server.give("server.key", key);
        server.settings = settings(port, true);
        server.start();
    }

    /// Runs statements, and gives the first column of what they answer.
    pub fn sql(&self, statements: &str) -> Vec<String> {
        sql(&self.url, statements)
    }
}

fn settings(port: u16, tls: bool) -> Vec<String> {
    let tls = if tls { "ssl=on" } else { "ssl=off" };
    vec!["listen_addresses=127.0.0.1".to_owned(), format!("port={port}"), tls.to_owned()]
}

/// To the terminal itself: what a test prints is not shown when it passes. The name of the test is that of its thread.
fn skipped() {
    let here = std::thread::current();
    let set = if std::env::var_os("FAAM_TEST_PG").is_some() {
        "the one at FAAM_TEST_PG may not be stopped"
    } else {
        "FAAM_TEST_PG is not set"
    };
    let said = format!(
        "!!! SKIPPED: {}: there is no PostgreSQL (initdb, postgres) on this machine, and {set}.\n\
         !!! Several daemons with one database were NOT tested in this run.\n",
        here.name().unwrap_or("a test"),
    );
    std::io::stderr().write_all(said.as_bytes()).unwrap();
}

pub fn url_file(dir: &Path, url: &str) -> PathBuf {
    let file = dir.join("postgres.url");
    fs::write(&file, format!("{url}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    file
}

pub fn sql(url: &str, statements: &str) -> Vec<String> {
    // On a thread of its own: a test may be on a runtime, where none is waited for.
    std::thread::scope(|scope| scope.spawn(|| sql_here(url, statements)).join().unwrap())
}

fn sql_here(url: &str, statements: &str) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let answers = client.simple_query(statements).await.unwrap();
        let first = answers.into_iter().filter_map(|answer| match answer {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        first.collect()
    })
}

/// A schema of its own in somebody else's database.
fn schema_at(url: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("faam_test_{}_{number}", std::process::id());
    sql(url, &format!("DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}"));
    let mark = if url.contains('?') { '&' } else { '?' };
    format!("{url}{mark}options=-csearch_path%3D{name}")
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.server.is_none()
            && let Some((url, schema)) = self.url.split_once("options=-csearch_path%3D")
        {
            sql(url.trim_end_matches(['?', '&']), &format!("DROP SCHEMA {schema} CASCADE"));
        }
    }
}

impl Server {
    fn new() -> Option<Self> {
        let binaries = binaries()?;
        let account = account()?;
        let home = tempfile::tempdir().unwrap();
        if let Some((uid, gid)) = account {
            chown(home.path(), Some(uid), Some(gid)).unwrap();
        }
        let mut server = Self { home, binaries, account, child: None, settings: Vec::new() };
        let data = server.data();
        let mut initdb = server.command("initdb");
        initdb.args(["--auth=trust", "--username=faam", "--no-sync", "--encoding=UTF8", "--locale=C", "-D"]);
        let made = initdb.arg(data).stdin(Stdio::null()).output().unwrap();
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        server.start();
        Some(server)
    }

    /// Writes a file that belongs to the server's account, and is private.
    fn give(&self, name: &str, text: &str) {
        let file = self.data().join(name);
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        if let Some((uid, gid)) = self.account {
            chown(&file, Some(uid), Some(gid)).unwrap();
        }
    }

    fn listen(&mut self, tls: Option<(&str, &str)>) -> u16 {
        self.give("pg_hba.conf", "local all all trust\nhostssl all all 127.0.0.0/8 scram-sha-256\n");
        if let Some((certificate, key)) = tls {
            self.give("server.crt", certificate);
            self.give("server.key", key);
        }
        // Somebody else may take a port that was free just now.
        for _ in 0..20 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            self.settings = settings(port, tls.is_some());
            if self.try_start() {
                return port;
            }
        }
        panic!("PostgreSQL found no port");
    }

    fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("log")).unwrap_or_default()
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.binaries.join(name));
        if let Some((uid, gid)) = self.account {
            command.uid(uid).gid(gid);
        }
        command.current_dir(self.home.path()).env_clear().env("LC_ALL", "C").env("PATH", "/usr/bin:/bin");
        command
    }

    fn start(&mut self) {
        assert!(self.try_start(), "PostgreSQL did not start: {}", self.log());
    }

    /// Starts it; not so when it ends by itself.
    fn try_start(&mut self) -> bool {
        assert!(self.child.is_none());
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data()).arg("-k").arg(self.home.path());
        for setting in ["listen_addresses=", "max_connections=60", "shared_buffers=16MB"] {
            command.args(["-c", setting]);
        }
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        let log =
            fs::OpenOptions::new().create(true).append(true).open(self.home.path().join("log")).unwrap();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let port = self.settings.iter().find_map(|setting| setting.strip_prefix("port=")).unwrap_or("5432");
        let end = Instant::now() + PATIENCE;
        let ready = || {
            self.command("pg_isready")
                .args(["-q", "-U", "faam", "-d", "postgres", "-p", port, "-h"])
                .arg(self.home.path())
                .status()
                .is_ok_and(|status| status.success())
        };
        while !ready() {
            if child.try_wait().unwrap().is_some() {
                return false;
            }
            assert!(Instant::now() < end, "PostgreSQL did not start: {}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
        self.child = Some(child);
        true
    }

    fn end(&mut self, signal: rustix::process::Signal) {
        let Some(mut child) = self.child.take() else { return };
        rustix::process::kill_process(rustix::process::Pid::from_child(&child), signal).unwrap();
        let end = Instant::now() + PATIENCE;
        while child.try_wait().unwrap().is_none() {
            if Instant::now() > end {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("PostgreSQL did not end");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end(rustix::process::Signal::INT);
    }
}

/// Where the programs are.
fn binaries() -> Option<PathBuf> {
    let mut all: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    let number =
        |path: &PathBuf| path.iter().rev().nth(1).and_then(|name| name.to_str()?.parse::<u32>().ok());
    all.sort_by_key(number);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).filter_map(|dir| dir.join("initdb").canonicalize().ok());
    all.extend(found.filter_map(|initdb| Some(initdb.parent()?.to_owned())));
    let whole =
        |dir: &PathBuf| ["initdb", "postgres", "pg_isready"].iter().all(|name| dir.join(name).exists());
    all.into_iter().rfind(whole)
}

/// The account to run it under: none for this process's own, which must not be root.
fn account() -> Option<Option<(u32, u32)>> {
    if !rustix::process::geteuid().is_root() {
        return Some(None);
    }
    let accounts = fs::read_to_string("/etc/passwd").ok()?;
    ["postgres", "nobody"].iter().find_map(|name| {
        let line = accounts.lines().find(|line| line.split(':').next() == Some(*name))?;
        let mut fields = line.split(':').skip(2);
        Some(Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?)))
    })
}

#[test]
fn the_server_is_not_roots() {
    let Some(database) = Database::new() else { return };
    if database.is_ours() {
        let owner = fs::metadata(database.socket().join("data")).unwrap().uid();
        assert_ne!(owner, 0);
    }
    assert_eq!(database.sql("SELECT 1"), ["1"]);
}
