//! The real programs as processes: a market's node, a person's wallet, each with a folder of its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// The passphrase of every wallet here.
pub const PASSPHRASE: &str = "correct horse battery staple";

/// The path of a program of this workspace, built by `cargo test --workspace` or `cargo build --workspace`.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let mut dir = std::env::current_exe().unwrap();
    while dir.file_name().is_some_and(|part| part != "debug" && part != "release") {
        dir.pop();
    }
    let path = dir.join(name);
    assert!(path.exists(), "{} is not built: run `cargo build --workspace` first", path.display());
    path
}

/// How a program ended and what it said.
#[derive(Debug)]
pub struct Said {
    /// Exit status; none if it was killed.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The last line of standard output as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let line = self.out.lines().last().unwrap_or_default();
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Fails unless the program ended with 0.
    #[track_caller]
    #[must_use]
    pub fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }
}

/// Runs a command to its end, within a minute. What it prints as JSON has the form of its schema.
pub fn run(command: &mut Command) -> Said {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let id = child.id();
    let (done, wait) = std::sync::mpsc::channel();
    let watch = std::thread::spawn(move || {
        if wait.recv_timeout(Duration::from_secs(120)).is_err() {
            let _ = Command::new("kill").arg("-9").arg(id.to_string()).status();
        }
    });
    let output = child.wait_with_output().unwrap();
    let _ = done.send(());
    watch.join().unwrap();
    faam_schemas::assert_said(command, &output);
    Said::of(&output)
}

/// A `faam-node` with a state folder, perhaps running.
pub struct Node {
    home: TempDir,
    child: Option<Child>,
    /// The DID that `faam-node init` printed: the issuer's for a market, else the verifier's.
    pub did: String,
}

impl Node {
    /// Makes a node's folder; `market` if people rate in it.
    #[must_use]
    pub fn init(market: Option<&str>, name: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = Command::new(program("faam-node"));
        command.args(["init", "--json", "--name", name, "--dir"]).arg(home.path().join("node"));
        if let Some(market) = market {
            command.args(["--market", market]);
        }
        let said = run(&mut command).ok();
        let json = said.json()["data"].take();
        let did =
            json["issuer"].as_str().or_else(|| json["verifier"].as_str()).unwrap_or_else(|| panic!("{json}"));
        let node = Self { did: did.to_owned(), home, child: None };
        let text = std::fs::read_to_string(node.config()).unwrap();
        let free = text.replace("127.0.0.1:7345", "127.0.0.1:0");
        assert_ne!(text, free, "the configuration names the port of the local interface");
        std::fs::write(node.config(), free).unwrap();
        node
    }

    /// The state folder.
    #[must_use]
    pub fn dir(&self) -> PathBuf {
        self.home.path().join("node")
    }

    /// The configuration file.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.dir().join("faam-node.toml")
    }

    /// Believes a market for everything.
    pub fn trust(&self, issuer: &str, market: &str) {
        let mut file = std::fs::OpenOptions::new().append(true).open(self.config()).unwrap();
        writeln!(
            file,
            "\n[[trust]]\nissuer = \"{issuer}\"\nmarket = \"{market}\"\nroles = \"any\"\ntypes = [\"rating\", \"standing\", \"private\"]"
        )
        .unwrap();
    }

    /// Takes answers by HTTP, at a free port of this machine.
    pub fn on_the_web(&self) {
        let mut file = std::fs::OpenOptions::new().append(true).open(self.config()).unwrap();
        writeln!(file, "\n[openid4vp]\nlisten = \"127.0.0.1:0\"").unwrap();
    }

    /// Starts the daemon and waits until it is ready.
    pub fn start(&mut self) {
        let mut child = Command::new(program("faam-node"))
            .args(["run", "--json", "--config"])
            .arg(self.config())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut seen = String::new();
        loop {
            let Some(Ok(line)) = lines.next() else { panic!("the node ended before it was ready: {seen}") };
            seen.push_str(&line);
            seen.push('\n');
            // The log has lines of its own.
            if line.starts_with('{') && line.contains("\"ready\"") {
                faam_schemas::assert_envelopes("faam-node", &line);
                break;
            }
        }
        // Keep reading, so that the daemon never waits for a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        self.child = Some(child);
    }

    /// Asks the daemon to end and waits for it.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = Command::new("kill").arg("-TERM").arg(child.id().to_string()).status();
            let until = Instant::now() + Duration::from_secs(20);
            while child.try_wait().unwrap().is_none() {
                if Instant::now() > until {
                    child.kill().unwrap();
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    /// Ends the daemon with SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Runs a `faam-node` command against the daemon.
    pub fn command(&self, arguments: &[&str]) -> Said {
        let mut command = Command::new(program("faam-node"));
        command.arg(arguments[0]).arg("--config").arg(self.config()).args(&arguments[1..]);
        run(&mut command)
    }

    /// Imports a CSV file of ratings from −10 to 10.
    pub fn import(&self, csv: &str) {
        let path = self.home.path().join("ratings.csv");
        std::fs::write(&path, csv).unwrap();
        let path = path.to_str().unwrap();
        let arguments = ["import", "--format", "csv", "--scale", "-10..10", "--role", "trader", path];
        let said = self.command(&arguments);
        assert_eq!(said.code, Some(0), "{said:?}");
    }

    /// Makes an offer: link and session code.
    #[must_use]
    pub fn offer(&self, account: &str, more: &[&str]) -> (String, String) {
        let said = self.command(&[&["offer", "--json", "--account", account], more].concat()).ok();
        let json = said.json()["data"].take();
        (json["link"].as_str().unwrap().to_owned(), json["code"].as_str().unwrap().to_owned())
    }

    /// Makes a request: link and id.
    #[must_use]
    pub fn request(&self, more: &[&str]) -> (String, String) {
        let json = self.made(more);
        (json["link"].as_str().unwrap().to_owned(), json["id"].as_str().unwrap().to_owned())
    }

    /// Makes a request that can be answered by HTTP too: link, link of OpenID4VP, and id.
    #[must_use]
    pub fn request_web(&self, more: &[&str]) -> (String, String, String) {
        let json = self.made(more);
        let text = |name: &str| json[name].as_str().unwrap_or_else(|| panic!("{name}: {json}")).to_owned();
        (text("link"), text("openid4vp"), text("id"))
    }

    fn made(&self, more: &[&str]) -> Value {
        let base = [
            "request",
            "--json",
            "--market",
            "bitcoin-alpha",
            "--purpose",
            "To rent out a flat",
            "--retention-days",
            "30",
        ];
        self.command(&[&base[..], more].concat()).ok().json()["data"].take()
    }

    /// The same link with the addresses that the node has since its restart.
    #[must_use]
    pub fn moved(&self, link: &str) -> String {
        let link: faam_spec::link::Link = link.parse().unwrap();
        let status = self.command(&["status", "--json"]).ok().json();
        let addresses: Vec<faam_spec::peer::Address> =
            serde_json::from_value(status["data"]["addresses"].clone())
                .unwrap_or_else(|error| panic!("{error}: {status}"));
        let did = link.did().clone();
        let moved = faam_spec::link::Link::new(
            link.kind(),
            link.peer(),
            did,
            link.capability(),
            link.expires(),
            addresses,
        );
        moved.unwrap().to_string()
    }

    /// What became of a request.
    #[must_use]
    pub fn show(&self, id: &str) -> Value {
        self.command(&["show", "--json", id]).json()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A `faam` wallet with a vault of its own.
pub struct Wallet {
    home: TempDir,
}

impl Wallet {
    /// Makes a wallet, with the cheapest key stretching that is allowed.
    #[must_use]
    pub fn init() -> Self {
        let wallet = Self { home: tempfile::tempdir().unwrap() };
        std::fs::write(wallet.passphrase_file(), PASSPHRASE).unwrap();
        restrict(&wallet.passphrase_file());
        let _ = wallet.run(&["init", "--kdf-floor"]).ok();
        wallet
    }

    /// The same wallet once more, in another place.
    #[must_use]
    pub fn copy(&self) -> Self {
        let copy = Self { home: tempfile::tempdir().unwrap() };
        let said =
            Command::new("cp").arg("-a").arg(self.home.path().join(".")).arg(copy.home.path()).status();
        assert!(said.unwrap().success());
        copy
    }

    /// Runs a `faam` command that prints text.
    #[must_use]
    pub fn text(&self, arguments: &[&str]) -> Said {
        let mut command = Command::new(program("faam"));
        command.args(arguments).args(["--no-input", "--passphrase-file"]).arg(self.passphrase_file());
        run(command.arg("--home").arg(self.dir()).env_remove("FAAM_HOME"))
    }

    /// The vault's folder.
    #[must_use]
    pub fn dir(&self) -> PathBuf {
        self.home.path().join("vault")
    }

    fn passphrase_file(&self) -> PathBuf {
        self.home.path().join("passphrase")
    }

    /// A `faam` command with `--json` and without questions, not yet started.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("faam"));
        command
            .args(arguments)
            .args(["--json", "--no-input", "--passphrase-file"])
            .arg(self.passphrase_file());
        command.arg("--home").arg(self.dir()).env_remove("FAAM_HOME");
        command
    }

    /// Runs a `faam` command with `--json`.
    pub fn run(&self, arguments: &[&str]) -> Said {
        run(&mut self.command(arguments))
    }

    /// Receives an offer.
    pub fn receive(&self, link: &str, code: &str) -> Said {
        self.run(&["receive", link, "--code", code])
    }

    /// Answers a request, agreeing to exactly what a dry run showed.
    pub fn present(&self, link: &str) -> Said {
        let dry = self.run(&["present", link, "--dry-run"]).ok();
        let json = dry.json();
        let digest = find(&json, "approve").unwrap_or_else(|| panic!("no request digest: {json}"));
        self.run(&["present", link, "--approve", &digest])
    }
}

/// The first string member of this name, at any depth.
#[must_use]
pub fn find(value: &Value, name: &str) -> Option<String> {
    match value {
        Value::Object(map) => match map.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            _ => map.values().find_map(|member| find(member, name)),
        },
        Value::Array(list) => list.iter().find_map(|item| find(item, name)),
        _ => None,
    }
}

fn restrict(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}
