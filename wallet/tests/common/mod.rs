//! A wallet in a temporary folder, the real program, and a market to fill it.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use faam_issuer::{Issuer, Profile, Secrets, read};
use faam_spec::time::{EpochLength, Timestamp};
use faam_store::KdfParams;
use faam_wallet::receive::{Accepted, Expected, Known, ReceiveRefused, check};
use faam_wallet::vault::{Entropy, Vault};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::Value;

pub const PASSPHRASE: &str = "violin-teapot-gravel-91";

/// What the program said and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The envelope: one line on stdout, and its members agree with each other and the exit status.
    pub fn envelope(&self) -> Value {
        assert_eq!(self.out.lines().count(), 1, "{self:?}");
        let value: Value = serde_json::from_str(&self.out).unwrap();
        faam_schemas::assert_valid("cli-faam", &value);
        assert_eq!(value["v"], 0);
        assert_eq!(value["exit"], self.code, "{self:?}");
        assert_eq!(value["ok"], self.code == 0);
        assert_eq!(value.get("error").is_some(), self.code != 0);
        value
    }

    /// The code of the error, from an envelope.
    pub fn code_of_error(&self) -> String {
        self.envelope()["error"]["code"].as_str().unwrap().to_owned()
    }

    /// Nothing in it could disturb a terminal.
    pub fn is_plain(&self) -> bool {
        let plain = |text: &str| {
            text.chars().all(|c| c == '\n' || faam_spec::name::shown(&c.to_string(), 9) == c.to_string())
        };
        plain(&self.out) && plain(&self.err)
    }
}

pub struct Home {
    pub folder: tempfile::TempDir,
    pub dir: PathBuf,
    pub passphrase: PathBuf,
}

impl Home {
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let passphrase = folder.path().join("passphrase");
        write_private(&passphrase, &format!("{PASSPHRASE}\n"));
        Self { dir: folder.path().join("faam"), passphrase, folder }
    }

    /// With a wallet made by the program.
    pub fn new() -> Self {
        let home = Self::empty();
        let said = home.run(&["init", "--kdf-floor"]);
        assert_eq!(said.code, 0, "{said:?}");
        home
    }

    /// With a wallet that has ratings of `market`, received at `now`.
    pub fn with_ratings(market: &mut Market, now: Timestamp) -> Self {
        let home = Self::empty();
        let entropy = Entropy::random(&mut rand::rngs::OsRng);
        let vault = Vault::create(&home.dir, PASSPHRASE.as_bytes(), &entropy, KdfParams::FLOOR, now).unwrap();
        market.give(&vault, now);
        home
    }

    pub fn open(&self) -> Vault {
        Vault::open(&self.dir, PASSPHRASE.as_bytes()).unwrap()
    }

    /// The program with nothing of this machine's environment, and nobody to ask.
    pub fn bare(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_faam"));
        command.args(args).env_clear().env("FAAM_HOME", &self.dir).env("TZ", "UTC").stdin(Stdio::null());
        command
    }

    /// The program with the passphrase file.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.bare(args);
        command.arg("--passphrase-file").arg(&self.passphrase);
        command
    }

    pub fn run(&self, args: &[&str]) -> Said {
        said(&mut self.command(args))
    }

    pub fn run_bare(&self, args: &[&str]) -> Said {
        said(&mut self.bare(args))
    }
}

/// What it prints as JSON has the form of its schema.
fn said(command: &mut Command) -> Said {
    let output = command.output().unwrap();
    faam_schemas::assert_said(command, &output);
    Said::of(output)
}

pub fn write_private(path: &Path, text: &str) {
    let mut file = std::fs::File::create(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

pub fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// A market with an account `7`.
pub struct Market {
    pub issuer: Issuer,
    pub rng: StdRng,
    events: u32,
}

impl Market {
    pub fn new(name: &str) -> Self {
        let mut rng = StdRng::seed_from_u64(1);
        let profile = Profile { market: name.parse().unwrap(), epoch: EpochLength::WEEK };
        Self { issuer: Issuer::new(profile, Secrets::random(&mut rng)), rng, events: 0 }
    }

    pub fn rate(&mut self, value: i64, rater: &str, at: &str, comment: &str) {
        self.events += 1;
        let comment = serde_json::to_string(comment).unwrap();
        let line = format!(
            r#"{{"type":"rating","id":"e{}","account":"7","rater":"{rater}","role":"seller","value":{value},"scale":"1..5","at":"{at}","comment":{comment}}}"#,
            self.events
        );
        let event = read::json_line(&line).unwrap();
        self.issuer.apply(&event, &mut self.rng).unwrap();
    }

    /// Everything that is new, checked as the wallet does.
    pub fn offer(&mut self, vault: &Vault, now: Timestamp) -> Accepted {
        self.checked(vault, now).unwrap()
    }

    pub fn checked(&mut self, vault: &Vault, now: Timestamp) -> Result<Accepted, ReceiveRefused> {
        let account = "7".parse().unwrap();
        let (did, name) = (self.issuer.did().clone(), self.issuer.profile().market.clone());
        let holder = vault.holder_key(0, &did, &name).unwrap().verifying_key();
        self.issuer.open_epoch(now, &mut self.rng).unwrap();
        self.issuer.bind(&account, &holder, false, now, &mut self.rng).unwrap();
        let held = vault.held_all().unwrap().into_iter().next();
        let since = held.as_ref().map(|held| faam_spec::offer::HeldHead {
            ledger: held.info().ledger,
            log: held.ledger().head().log,
        });
        let offer = self.issuer.offer(&account, since.as_ref(), now).unwrap();
        let records = vault.epoch_records(&did, &name).unwrap();
        let lists = vault.status_lists(&did).unwrap();
        let secrets = vault.secrets(0, &did, &name).unwrap();
        let known = Known {
            ledger: held.as_ref(),
            records: &records,
            lists: &lists,
            histories: vault.histories(),
            secrets: &secrets,
        };
        check(offer, Expected { issuer: &did, market: &name, holder: &holder }, known, now)
    }

    /// All of it with the private standing, its record compared with what others see.
    pub fn give_private(&mut self, vault: &Vault, now: Timestamp) {
        use faam_spec::hash::{Capability, Hash};
        use faam_wallet::vault::{Transfer, TransferState};
        let link = Capability::from_bytes([3; 16]);
        let account = "7".parse().unwrap();
        let (did, name) = (self.issuer.did().clone(), self.issuer.profile().market.clone());
        let holder = vault.holder_key(0, &did, &name).unwrap().verifying_key();
        let made = vault.secrets_for(link, (0, &did, &name), now).unwrap();
        self.issuer.bind_with(&account, &holder, Some(&made.commitment), false, now, &mut self.rng).unwrap();
        self.issuer.open_epoch(now, &mut self.rng).unwrap();
        let offer = self.issuer.offer(&account, None, now).unwrap();
        let secrets = vault.secrets(0, &did, &name).unwrap();
        let known =
            Known { ledger: None, records: &[], lists: &[], histories: vault.histories(), secrets: &secrets };
        let accepted =
            check(offer, Expected { issuer: &did, market: &name, holder: &holder }, known, now).unwrap();
        let peer = faam_spec::peer::PeerId::from_public_key([8; 32]);
        let addresses = vec!["/ip4/127.0.0.1/tcp/1".parse().unwrap()];
        let transfer = Transfer {
            persona: 0,
            link,
            market: name.clone(),
            secret: Capability::from_bytes([4; 16]),
            bytes: 0,
            hash: Hash::from_bytes([0; 32]),
            begun: now,
            state: TransferState::Arriving,
            node: Some(faam_wallet::held::MarketNode { peer, addresses }),
        };
        vault.begin_transfer(&transfer).unwrap();
        vault.keep(&accepted, 0, Some(&transfer), now).unwrap();
        let record = self.issuer.current_record().unwrap().hash();
        vault.note_compared(&did, &name, record, now).unwrap();
    }

    pub fn give(&mut self, vault: &Vault, now: Timestamp) {
        let accepted = self.offer(vault, now);
        vault.keep(&accepted, 0, None, now).unwrap();
    }
}

pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::new(since.as_secs().try_into().unwrap()).unwrap()
}
