//! `faam backup`: everything in one encrypted file, and back.

use std::io::Read as _;
use std::path::Path;

use faam_spec::limits::MAX_BACKUP_STANZAS;
use faam_spec::reason::Reason;
use faam_spec::words::Lang;
use faam_store::KdfParams;
use faam_wallet::backup::{self, Head, Identity, Key, Lock, Recipient, RulesIn};
use faam_wallet::text::{bullet, foreign};
use faam_wallet::vault::{Contents, Relation, Vault};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::data;
use crate::args::{BackupCreate, BackupKey, BackupRestore, BackupVerify};
use crate::failure::Failure;
use crate::shell::{Report, Shell, given_passphrase, long_enough, typed};
use crate::words::{backup as said, progress};

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
    let recipients = recipients(shell, &args.recipient)?;
    let mut given = given(shell, &args.key)?;
    if given.is_none() && recipients.is_empty() {
        if !shell.interactive {
            let flags = "--backup-passphrase-file FILE, --backup-passphrase-fd N or --recipient AGE";
            return Err(shell.missing(&said::what_locks(shell.lang), flags));
        }
        given = Some(Given::Passphrase(shell.chosen(&said::choose(shell.lang))?));
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
    let busy = shell.busy(progress::backup_writing(shell.lang));
    let counter = busy.counter();
    let key = given.as_ref().map(Given::key);
    let watch = |done, of| counter.set(done, of);
    let made = backup::create_watched(&vault, &args.file, lock, key, shell.now(), &watch)?;
    drop(busy);
    let file = foreign(&args.file.to_string_lossy(), 300);
    let lang = shell.lang;
    let mut lines = vec![
        said::made(lang, said::records(lang, made.head.records), file),
        if made.opened { said::was_opened(lang) } else { said::not_opened(lang) },
    ];
    match made.rules {
        RulesIn::None => {}
        RulesIn::Kept => lines.push(said::rules_in(lang)),
        RulesIn::Unusable => lines.push(said::rules_unusable(lang)),
    }
    let text = format!("{}\n\n{}", lines.join("\n"), said::keep(lang, shell.strong(VERIFY)));
    let data = json!({
        "file": args.file.to_string_lossy(),
        "bytes": made.bytes,
        "opened": made.opened,
        "rules": made.rules == RulesIn::Kept,
        "backup": head(&made.head)?,
        "next": VERIFY,
    });
    Ok(Report { data, text })
}

pub(super) fn verify(shell: &Shell, args: &BackupVerify) -> Result<Report, Failure> {
    let key = needed(shell, &args.key)?;
    let here = here(shell, args.alone)?;
    let scratch = std::env::temp_dir();
    let busy = shell.busy(progress::backup_opening(shell.lang));
    let counter = busy.counter();
    let watch = |done, of| counter.set(done, of);
    let verified = backup::verify_watched(&args.file, key.key(), &scratch, here.as_ref(), &watch)?;
    drop(busy);
    let relation = verified.relation;
    let mut lines = listed(shell, &verified.head, &verified.contents);
    let lang = shell.lang;
    let rules = if verified.rules { said::rules_there(lang) } else { said::no_rules(lang) };
    lines.push(marked(shell, &said::rules_mark(lang), &rules));
    lines.push(marked(shell, &said::here_mark(lang), &told(lang, relation)));
    let text = format!("{}\n\n{}", said::whole(lang), lines.join("\n"));
    let data = json!({
        "file": args.file.to_string_lossy(),
        "backup": head(&verified.head)?,
        "contents": data(&verified.contents)?,
        "relation": relation.map(|relation| data(&relation)).transpose()?,
        "rules": verified.rules,
    });
    match relation {
        Some(Relation::Forked { .. }) => {
            Err(Failure::new(Reason::BackupForked, &told(lang, relation)).at("FILE").showing(data, text))
        }
        _ => Ok(Report { data, text }),
    }
}

pub(super) fn restore(shell: &Shell, args: &BackupRestore) -> Result<Report, Failure> {
    let home = foreign(&shell.home.to_string_lossy(), 300);
    shell.must_be_folder()?;
    // Told before anybody types a passphrase; the store looks again, under its lock.
    if shell.home.join("key.slot").symlink_metadata().is_ok() {
        return Err(Failure::new(Reason::StoreExists, &said::there_already(shell.lang, home)).at("--home"));
    }
    let key = needed(shell, &args.key)?;
    let passphrase = shell.new_passphrase()?;
    let kdf = if args.kdf_floor { KdfParams::FLOOR } else { KdfParams::DEFAULT };
    let busy = shell.busy(progress::backup_restoring(shell.lang));
    let counter = busy.counter();
    let watch = |done, of| counter.set(done, of);
    let lock = (&passphrase[..], kdf);
    let restored = backup::restore_watched(&args.file, key.key(), &shell.home, lock, shell.now(), &watch);
    let (vault, made, contents) = restored?;
    drop(busy);
    let mut lines = listed(shell, &made, &contents);
    let lang = shell.lang;
    let (rules, told) = match backup::put_back_rules(&vault) {
        Ok(true) => (true, said::rules_back(lang)),
        Ok(false) => (false, said::rules_none(lang)),
        Err(error) => (false, said::rules_failed(lang, foreign(&error.to_string(), 300))),
    };
    lines.push(marked(shell, &said::rules_mark(lang), &told));
    let text = format!(
        "{}\n\n{}\n\n{}\n\n{}",
        said::here_again(lang, home),
        lines.join("\n"),
        said::two_now(lang),
        said::next(lang, shell.strong("faam passport"))
    );
    let data = json!({
        "home": shell.home.to_string_lossy(),
        "backup": head(&made)?,
        "contents": data(&contents)?,
        "rules": rules,
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
        false => typed(&said::here_passphrase(shell.lang))?,
    };
    if passphrase.is_empty() {
        return Ok(None);
    }
    Ok(Some(shell.open_with(&passphrase)?))
}

fn head(head: &Head) -> Result<Value, Failure> {
    data(head)
}

/// A line under a mark, all marks as wide as the widest.
fn marked(shell: &Shell, mark: &str, text: &str) -> String {
    bullet(&format!("{mark:<9}"), text, shell.width, 0)
}

fn listed(shell: &Shell, head: &Head, contents: &Contents) -> Vec<String> {
    let lang = shell.lang;
    let mut lines = vec![marked(shell, &said::made_mark(lang), &shell.local(head.made))];
    for market in &contents.markets {
        let ratings = said::ratings(lang, market.ratings);
        let what = match market.private {
            true => said::market_private(lang, ratings, &market.epoch),
            false => said::market(lang, ratings, &market.epoch),
        };
        lines.push(marked(shell, &format!("{}:", market.market), &what));
    }
    let what = said::rest(
        lang,
        said::entries(lang, contents.log),
        said::receipts(lang, contents.receipts),
        said::records(lang, contents.records),
    );
    lines.push(marked(shell, &said::and_mark(lang), &what));
    if contents.log < contents.log_expected {
        let lost = said::log_lost(lang, contents.log_expected - contents.log);
        lines.push(marked(shell, &said::not_mark(lang), &lost));
    }
    lines
}

/// How it and the wallet here belong together.
fn told(lang: Lang, relation: Option<Relation>) -> String {
    let things = |number| said::things(lang, number);
    match relation {
        None => said::not_compared(lang),
        Some(Relation::Other) => said::other(lang),
        Some(Relation::Same) => said::same(lang),
        Some(Relation::Older { behind }) => said::older(lang, things(behind)),
        Some(Relation::Newer { ahead }) => said::newer(lang, things(ahead)),
        Some(Relation::Forked { shared, here, there }) => said::forked(lang, things(shared), here, there),
    }
}

/// What opens a backup; asked for if it was not given.
fn needed(shell: &Shell, key: &BackupKey) -> Result<Given, Failure> {
    if let Some(given) = given(shell, key)? {
        return Ok(given);
    }
    if !shell.interactive {
        let flags = "--backup-passphrase-file FILE, --backup-passphrase-fd N or --identity FILE";
        return Err(shell.missing(&said::what_opens(shell.lang), flags));
    }
    Ok(Given::Passphrase(typed(&said::passphrase(shell.lang))?))
}

fn given(shell: &Shell, key: &BackupKey) -> Result<Option<Given>, Failure> {
    if let Some(path) = &key.identity {
        return identities(shell, path).map(Given::Identities).map(Some);
    }
    let file = key.backup_passphrase_file.as_deref();
    let words = given_passphrase("--backup-passphrase", file, key.backup_passphrase_fd)?;
    Ok(words.map(Given::Passphrase))
}

fn recipients(shell: &Shell, given: &[String]) -> Result<Vec<Recipient>, Failure> {
    if given.len() > MAX_BACKUP_STANZAS {
        let what = said::too_many(shell.lang, MAX_BACKUP_STANZAS);
        return Err(Failure::new(Reason::TooLarge, &what).at("--recipient"));
    }
    let read = |text: &String| {
        text.parse::<Recipient>().map_err(|_| {
            Failure::new(Reason::InputMalformed, &said::no_recipient(shell.lang))
                .at("--recipient")
                .hint(&said::recipient_hint(shell.lang))
        })
    };
    given.iter().map(read).collect()
}

/// The identities in a file as `age-keygen` writes it: one a line, and notes after #.
fn identities(shell: &Shell, path: &Path) -> Result<Vec<Identity>, Failure> {
    let file = Shell::secret_file(path, "--identity", "identity")?;
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(MAX_IDENTITIES).unwrap_or(0)));
    let lang = shell.lang;
    let bad = |what: String| {
        Failure::new(Reason::InputMalformed, &what).at("--identity").hint(&said::identity_hint(lang))
    };
    file.take(MAX_IDENTITIES).read_to_string(&mut text).map_err(|_| bad(said::identity_no_text(lang)))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let read = |line: &str| line.parse::<Identity>().map_err(|_| bad(said::identity_bad_line(lang)));
    let identities: Vec<Identity> = lines.map(read).collect::<Result<_, _>>()?;
    match identities.is_empty() {
        true => Err(bad(said::identity_none(lang))),
        false => Ok(identities),
    }
}
