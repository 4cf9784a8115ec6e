//! `faam backup`: everything in one encrypted file, and back.

use std::io::Read as _;
use std::path::Path;

use faam_spec::limits::MAX_BACKUP_STANZAS;
use faam_spec::reason::Reason;
use faam_store::KdfParams;
use faam_wallet::backup::{self, Head, Identity, Key, Lock, Recipient};
use faam_wallet::text::{bullet, count, foreign};
use faam_wallet::vault::{Contents, Relation, Vault};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::data;
use crate::args::{BackupCreate, BackupKey, BackupRestore, BackupVerify};
use crate::failure::Failure;
use crate::shell::{Report, Shell, given_passphrase, long_enough, typed};

/// Longest file of identities, in bytes.
const MAX_IDENTITIES: u64 = 64 * 1024;
const VERIFY: &str = "faam backup verify FILE";

/// What a backup is locked with, and what opens it, as they were given.
enum Given {
    Passphrase(Zeroizing<Vec<u8>>),
    Identities(Vec<Identity>),
}

impl Given {
    fn key(&self) -> Key<'_> {
        match self {
            Self::Passphrase(words) => Key::Passphrase(words),
            Self::Identities(identities) => Key::Identities(identities),
        }
    }
}

pub(super) fn create(shell: &Shell, args: &BackupCreate) -> Result<Report, Failure> {
    let vault = shell.open_vault()?;
    let recipients = recipients(&args.recipient)?;
    let mut given = given(&args.key)?;
    if given.is_none() && recipients.is_empty() {
        if !shell.interactive {
            let flags = "--backup-passphrase-file FILE, --backup-passphrase-fd N or --recipient AGE";
            return Err(shell.missing("what locks the backup", flags));
        }
        let about = "Choose a passphrase for the backup. It may be another one than the wallet's, so that one\nforgotten is not both; write it down where you would find it after years.";
        given = Some(Given::Passphrase(shell.chosen(about)?));
    }
    // An identity stands for its recipient, and opens what was made for it.
    let all: Vec<Recipient> = match &given {
        Some(Given::Identities(identities)) if recipients.is_empty() => {
            identities.iter().map(Identity::to_public).collect()
        }
        _ => recipients,
    };
    let lock = match &given {
        Some(Given::Passphrase(words)) => {
            long_enough(words)?;
            Lock::Passphrase { words, floor: args.kdf_floor }
        }
        _ => Lock::Recipients(&all),
    };
    let made = backup::create(&vault, &args.file, lock, given.as_ref().map(Given::key), shell.now())?;
    let file = foreign(&args.file.to_string_lossy(), 300);
    let opened = match made.opened {
        true => "It was opened again, and has all of it.".to_owned(),
        false => {
            format!(
                "It was not opened, because the identity is not here. Do that where it is: {VERIFY} --identity FILE"
            )
        }
    };
    let text = format!(
        "{} are in '{file}'.\n{opened}\n\nKeep it on another disk than the wallet. Try it once a year: {}",
        count(made.head.records, "record"),
        shell.strong(VERIFY)
    );
    let data = json!({
        "file": args.file.to_string_lossy(),
        "bytes": made.bytes,
        "opened": made.opened,
        "backup": head(&made.head)?,
        "next": VERIFY,
    });
    Ok(Report { data, text })
}

pub(super) fn verify(shell: &Shell, args: &BackupVerify) -> Result<Report, Failure> {
    let key = needed(shell, &args.key)?;
    let here = here(shell, args.alone)?;
    let scratch = std::env::temp_dir();
    let verified = backup::verify(&args.file, key.key(), &scratch, here.as_ref())?;
    let relation = verified.relation;
    let mut lines = listed(shell, &verified.head, &verified.contents);
    lines.push(bullet("Here:    ", &told(relation), shell.width, 0));
    let text = format!(
        "The backup is whole. It was opened, and everything in it computed again.\n\n{}",
        lines.join("\n")
    );
    let data = json!({
        "file": args.file.to_string_lossy(),
        "backup": head(&verified.head)?,
        "contents": data(&verified.contents)?,
        "relation": relation.map(|relation| data(&relation)).transpose()?,
    });
    match relation {
        Some(Relation::Forked { .. }) => {
            Err(Failure::new(Reason::BackupForked, &told(relation)).at("FILE").showing(data, text))
        }
        _ => Ok(Report { data, text }),
    }
}

pub(super) fn restore(shell: &Shell, args: &BackupRestore) -> Result<Report, Failure> {
    let home = foreign(&shell.home.to_string_lossy(), 300);
    shell.must_be_folder()?;
    // Told before anybody types a passphrase; the store looks again, under its lock.
    if shell.home.join("key.slot").symlink_metadata().is_ok() {
        let what = format!("there is a wallet in '{home}' already; a backup is never put over one");
        return Err(Failure::new(Reason::StoreExists, &what).at("--home"));
    }
    let key = needed(shell, &args.key)?;
    let passphrase = shell.new_passphrase()?;
    let kdf = if args.kdf_floor { KdfParams::FLOOR } else { KdfParams::DEFAULT };
    let (_, made, contents) =
        backup::restore(&args.file, key.key(), &shell.home, &passphrase, kdf, shell.now())?;
    let lines = listed(shell, &made, &contents);
    let text = format!(
        "Your wallet is here again, in '{home}', as it was when the backup was made.\n\n{}\n\n\
         If the wallet of before is still in use somewhere, there are two now. Use one of them alone: what\n\
         one shows, the other does not know, and cannot warn of. To see whether both went on, verify a newer\n\
         backup of the one in the other: {VERIFY}\n\nNext, see your good name:\n  {}",
        lines.join("\n"),
        shell.strong("faam passport")
    );
    let data = json!({
        "home": shell.home.to_string_lossy(),
        "backup": head(&made)?,
        "contents": data(&contents)?,
        "next": "faam passport",
    });
    Ok(Report { data, text })
}

/// The wallet that is here, if it is to be compared and can be opened.
fn here(shell: &Shell, alone: bool) -> Result<Option<Vault>, Failure> {
    let exists = shell.home.join("key.slot").symlink_metadata().is_ok();
    let given = shell.passphrase_file.is_some() || shell.passphrase_fd.is_some();
    if alone || !exists || !(given || shell.interactive) {
        return Ok(None);
    }
    let passphrase = match given {
        true => shell.passphrase("")?,
        false => typed("Passphrase of the wallet here, to compare (Enter to leave that): ")?,
    };
    if passphrase.is_empty() {
        return Ok(None);
    }
    Ok(Some(Vault::open(&shell.home, &passphrase)?))
}

fn head(head: &Head) -> Result<Value, Failure> {
    data(head)
}

fn listed(shell: &Shell, head: &Head, contents: &Contents) -> Vec<String> {
    let mut lines = vec![bullet("Made:    ", &shell.local(head.made), shell.width, 0)];
    for market in &contents.markets {
        let private = if market.private { ", with private standings" } else { "" };
        let what = format!("{}, epoch {}{private}", count(market.ratings, "rating"), market.epoch);
        lines.push(bullet(&format!("{:<9}", format!("{}:", market.market)), &what, shell.width, 0));
    }
    let what = format!(
        "{} of the log, {}, {} in all",
        match contents.log {
            1 => "1 entry".to_owned(),
            many => format!("{many} entries"),
        },
        count(contents.receipts, "receipt"),
        count(contents.records, "record")
    );
    lines.push(bullet("And:     ", &what, shell.width, 0));
    if contents.log < contents.log_expected {
        let what = format!("{} of the log were lost before", contents.log_expected - contents.log);
        lines.push(bullet("Not:     ", &what, shell.width, 0));
    }
    lines
}

/// How it and the wallet here belong together.
fn told(relation: Option<Relation>) -> String {
    match relation {
        None => "not compared with a wallet".to_owned(),
        Some(Relation::Other) => {
            "it is of another wallet than the one here: it has another phrase".to_owned()
        }
        Some(Relation::Same) => "nothing happened in the wallet here since".to_owned(),
        Some(Relation::Older { behind }) => {
            format!(
                "{} happened in the wallet here since; a new backup would have them",
                count(behind, "thing")
            )
        }
        Some(Relation::Newer { ahead }) => {
            format!("it knows {} more than the wallet here, which is an older copy", count(ahead, "thing"))
        }
        Some(Relation::Forked { shared, here, there }) => format!(
            "two copies of this wallet went on apart: {} happened in both, then {} here and {} there",
            count(shared, "thing"),
            here,
            there
        ),
    }
}

/// What opens a backup; asked for if it was not given.
fn needed(shell: &Shell, key: &BackupKey) -> Result<Given, Failure> {
    if let Some(given) = given(key)? {
        return Ok(given);
    }
    if !shell.interactive {
        let flags = "--backup-passphrase-file FILE, --backup-passphrase-fd N or --identity FILE";
        return Err(shell.missing("what opens the backup", flags));
    }
    Ok(Given::Passphrase(typed("Passphrase of the backup: ")?))
}

fn given(key: &BackupKey) -> Result<Option<Given>, Failure> {
    if let Some(path) = &key.identity {
        return identities(path).map(Given::Identities).map(Some);
    }
    let file = key.backup_passphrase_file.as_deref();
    let words = given_passphrase("--backup-passphrase", file, key.backup_passphrase_fd)?;
    Ok(words.map(Given::Passphrase))
}

fn recipients(given: &[String]) -> Result<Vec<Recipient>, Failure> {
    if given.len() > MAX_BACKUP_STANZAS {
        let what = format!("a backup has {MAX_BACKUP_STANZAS} recipients at most");
        return Err(Failure::new(Reason::TooLarge, &what).at("--recipient"));
    }
    let read = |text: &String| {
        text.parse::<Recipient>().map_err(|_| {
            let hint = "It begins with age1 and is one word, such as age-keygen prints.";
            Failure::new(Reason::InputMalformed, "this is no age recipient").at("--recipient").hint(hint)
        })
    };
    given.iter().map(read).collect()
}

/// The identities in a file as `age-keygen` writes it: one a line, and notes after #.
fn identities(path: &Path) -> Result<Vec<Identity>, Failure> {
    let file = Shell::secret_file(path, "--identity", "identity")?;
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(MAX_IDENTITIES).unwrap_or(0)));
    let bad = |what: &str| {
        let hint = "It has a line that begins with AGE-SECRET-KEY-1, such as age-keygen writes.";
        Failure::new(Reason::InputMalformed, what).at("--identity").hint(hint)
    };
    file.take(MAX_IDENTITIES).read_to_string(&mut text).map_err(|_| bad("the identity file is no text"))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let read =
        |line: &str| line.parse::<Identity>().map_err(|_| bad("a line of the file is no age identity"));
    let identities: Vec<Identity> = lines.map(read).collect::<Result<_, _>>()?;
    match identities.is_empty() {
        true => Err(bad("there is no identity in the file")),
        false => Ok(identities),
    }
}
