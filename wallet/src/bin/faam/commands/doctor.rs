//! `faam doctor`: what is wrong, each with its fix.

use faam_spec::exit::Exit;
use faam_spec::limits::KEY_BINDING_MAX_FUTURE;
use faam_spec::reason::Reason;
use faam_spec::time::DAY;
use faam_wallet::held::HeldLedger;
use faam_wallet::passport::bind_anew;
use faam_wallet::receive::{Weight, contradicted};
use faam_wallet::text::{bullet, count, foreign};
use faam_wallet::vault::{Vault, VaultError};
use serde::Serialize;
use serde_json::json;

use super::data;
use crate::failure::Failure;
use crate::shell::{Report, Shell};

/// A backup beyond this age is too old if something happened since, in days.
const OLD_BACKUP: i64 = 30;
/// A status list beyond this age is too old for most verifiers, in days.
const OLD_STATUS: i64 = 14;

/// What helps against damage.
const MEND: &str = "Restore your backup into another folder (faam backup restore FILE --home OTHER), or make this one usable with what is intact (faam vault repair). Without a backup your phrase brings back the keys (faam restore --home OTHER), and the markets the ratings.";

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Reason>,
}

pub(crate) fn run(shell: &Shell) -> Result<Report, Failure> {
    shell.must_exist()?;
    let passphrase = shell.passphrase("Passphrase: ")?;
    let mut checks = Vec::new();
    match open(shell, &passphrase, &mut checks) {
        Ok(vault) => {
            if let Err(error) = look(shell, &vault, &mut checks) {
                checks.push(broken("contents", &error, MEND));
            }
        }
        // Whoever does not know the passphrase learns nothing about the contents.
        Err(error) if error.reason() == Reason::StoreLocked => return Err(error.into()),
        Err(_) => {}
    }
    let lines: Vec<String> = checks
        .iter()
        .map(|check| {
            let mark = if check.ok { "ok  " } else { "BAD " };
            let line = bullet(&format!("{mark}{:<12}", check.name), &check.what, shell.width, 0);
            match &check.fix {
                Some(fix) => format!("{line}\n{}", bullet("fix:", fix, shell.width.max(80), 17)),
                None => line,
            }
        })
        .collect();
    let text = lines.join("\n");
    let data = json!({"checks": data(&checks)?});
    let worst = checks.iter().find(|check| !check.ok);
    match worst {
        None => Ok(Report { data, text }),
        Some(worst) => {
            let bad = checks.iter().filter(|check| !check.ok).count();
            let reason = worst.code.unwrap_or(Reason::StoreIo);
            let what = format!("{} found", count(u64::try_from(bad).unwrap_or(0), "problem"));
            let exit = match reason.exit() {
                Exit::Refused | Exit::Undecided => Exit::Failure,
                other => other,
            };
            let hint = worst.fix.clone().unwrap_or_default();
            Err(Failure::new(reason, &what).at(worst.name).hint(&hint).exit(exit).showing(data, text))
        }
    }
}

fn fine(name: &'static str, what: String) -> Check {
    Check { name, ok: true, what, fix: None, code: None }
}

fn bad(name: &'static str, what: String, fix: String, code: Reason) -> Check {
    Check { name, ok: false, what, fix: Some(fix), code: Some(code) }
}

fn broken(name: &'static str, error: &VaultError, fix: &str) -> Check {
    bad(name, foreign(&error.sentence(), 500), fix.to_owned(), error.reason())
}

/// Permissions, lock and damage, all of which show when the vault is opened.
fn open(shell: &Shell, passphrase: &[u8], checks: &mut Vec<Check>) -> Result<Vault, VaultError> {
    let home = foreign(&shell.home.to_string_lossy(), 300);
    let error = match Vault::open(&shell.home, passphrase) {
        Ok(vault) => {
            checks.push(fine("permissions", format!("only you can read '{home}'")));
            checks.push(fine("lock", "no other program has the wallet open".to_owned()));
            return Ok(vault);
        }
        Err(error) => error,
    };
    match error.reason() {
        Reason::StoreLocked => {}
        Reason::StorePermissions => {
            checks.push(broken(
                "permissions",
                &error,
                "Do what the line above says, then run faam doctor again.",
            ));
        }
        Reason::StoreInUse => {
            checks.push(broken("lock", &error, "Wait until the other program ends, or end it."));
        }
        Reason::StoreDamaged => {
            let intact = Vault::open_damaged(&shell.home, passphrase).and_then(|vault| vault.check());
            let intact = intact.map_or_else(
                |_| "Nothing in it could be read.".to_owned(),
                |report| format!("{} are intact.", count(report.records, "record")),
            );
            checks.push(broken("store", &error, &format!("{intact} {MEND}")));
        }
        _ => checks.push(broken("store", &error, "Mend the cause and try again.")),
    }
    Err(error)
}

fn look(shell: &Shell, vault: &Vault, checks: &mut Vec<Check>) -> Result<(), VaultError> {
    let report = vault.check()?;
    checks.push(match report.damaged {
        0 => fine("store", format!("{}, all intact", count(report.records, "record"))),
        damaged => bad(
            "store",
            format!("{} of {} damaged", damaged, count(report.records + damaged, "record")),
            MEND.to_owned(),
            Reason::StoreDamaged,
        ),
    });
    checks.push(clock(shell, vault)?);
    for held in vault.held_all()? {
        checks.push(standing(shell, &held));
        checks.push(private(shell, vault, &held)?);
        checks.extend(status(shell, &held));
    }
    checks.extend(transfers(shell, vault)?);
    checks.push(conflicts(vault)?);
    checks.push(phrase(shell, vault)?);
    checks.push(backup(shell, vault)?);
    Ok(())
}

/// A backup that is not too old, and was opened. A wallet with nothing in it needs none yet.
fn backup(shell: &Shell, vault: &Vault) -> Result<Check, VaultError> {
    let fix = "Make one, best on another disk: faam backup create FILE".to_owned();
    let Some((last, since)) = vault.last_backup()? else {
        return Ok(match vault.ledgers()?.is_empty() {
            true => fine("backup", "none yet, and nothing is held yet".to_owned()),
            false => bad(
                "backup",
                "none: the phrase brings back keys and no ratings, log or receipts".to_owned(),
                fix,
                Reason::BackupMissing,
            ),
        });
    };
    let days = shell.now().since(last.at).div_euclid(DAY).max(0);
    let opened = if last.opened { "and opened" } else { "not opened since: faam backup verify FILE" };
    let what = format!("made {}, {opened}; {} happened since", shell.local(last.at), count(since, "thing"),);
    Ok(match days > OLD_BACKUP && since > 0 {
        true => bad("backup", what, fix, Reason::BackupMissing),
        false => fine("backup", what),
    })
}

/// Whether the phrase was ever given back, word for word.
fn phrase(shell: &Shell, vault: &Vault) -> Result<Check, VaultError> {
    Ok(match vault.phrase_proven()? {
        Some(at) => fine("phrase", format!("written down, and given back {}", shell.local(at))),
        // Whoever has a backup that was opened loses nothing without the words; so this is said, and no fault.
        None => fine(
            "phrase",
            "not given back yet: see it with faam phrase, and what you wrote down is tried with faam phrase --check"
                .to_owned(),
        ),
    })
}

/// What others signed cannot be from the future.
fn clock(shell: &Shell, vault: &Vault) -> Result<Check, VaultError> {
    let now = shell.now();
    let records = vault.all_epoch_records()?;
    let signed = records.iter().map(|record| record.record().iat);
    let newest = signed.chain([vault.created()]).max();
    Ok(match newest.filter(|newest| newest.since(now) > KEY_BINDING_MAX_FUTURE) {
        Some(newest) => bad(
            "clock",
            format!("it is {} here, and something kept is of {}", shell.local(now), shell.local(newest)),
            "Set the clock of this machine right, best by network time.".to_owned(),
            Reason::EpochFuture,
        ),
        None => fine("clock", format!("{}, and nothing kept is newer", shell.local(now))),
    })
}

fn standing(shell: &Shell, held: &HeldLedger) -> Check {
    let market = &held.info().market;
    let record = held.standing().record().record();
    let label = record.label();
    match (record.last, held.epochs_old(shell.now())) {
        (true, _) => fine("standing", format!("{market}: the last one of a closed market ({label})")),
        (false, 0) => fine("standing", format!("{market}: of the current epoch ({label})")),
        (false, 1) => fine("standing", format!("{market}: of the previous epoch ({label}), still taken")),
        (false, old) => bad(
            "standing",
            format!("{market}: {old} epochs old ({label}), and most will refuse it"),
            format!("Ask {market} for a new offer, then: faam receive LINK --code CODE"),
            Reason::EpochStale,
        ),
    }
}

/// Whether milestones can be proven privately. That a market offers none is nothing to mend.
fn private(shell: &Shell, vault: &Vault, held: &HeldLedger) -> Result<Check, VaultError> {
    let info = held.info();
    let what = format!("{}: {}", info.market, faam_wallet::passport::private_words(held, shell.now()));
    if info.secrets_lost {
        return Ok(bad("private", what, bind_anew(&info.market), Reason::PrivateCommitment));
    }
    let record = held.standing().record();
    let Some(refused) = contradicted(&vault.conflicts()?, record) else { return Ok(fine("private", what)) };
    let what =
        format!("{}: others are told of another epoch record, so nothing private is shown", info.market);
    let fix = format!("Ask {} about it; both records are kept as it signed them.", info.market);
    Ok(bad("private", what, fix, refused.fault().reason()))
}

fn status(shell: &Shell, held: &HeldLedger) -> Option<Check> {
    let market = &held.info().market;
    let oldest = held.lists().iter().map(faam_spec::status::SignedStatusList::issued).min()?;
    let days = shell.now().since(oldest).div_euclid(DAY).max(0);
    Some(match days {
        0..=OLD_STATUS => fine("status", format!("{market}: {} old", count(days.unsigned_abs(), "day"))),
        _ => bad(
            "status",
            format!("{market}: {days} days old, and some will refuse ratings with it"),
            format!("Ask {market} for a new offer, then: faam receive LINK --code CODE"),
            Reason::StatusExpired,
        ),
    })
}

fn transfers(shell: &Shell, vault: &Vault) -> Result<Vec<Check>, VaultError> {
    let open = vault.open_transfers()?.into_iter();
    let check = |transfer: faam_wallet::vault::Transfer| {
        let what =
            format!("{}: an offer begun {} was not finished", transfer.market, shell.local(transfer.begun));
        if shell.now().since(transfer.begun) > DAY {
            return fine("transfer", format!("{what}; nothing of it counts"));
        }
        let fix = "Run faam receive with the same link again, or ask for a new one.";
        bad("transfer", what, fix.to_owned(), Reason::NetClosed)
    };
    Ok(open.map(check).collect())
}

fn conflicts(vault: &Vault) -> Result<Check, VaultError> {
    let conflicts = vault.conflicts()?;
    let Some(last) = conflicts.last() else {
        return Ok(fine("conflicts", "no market has contradicted itself".to_owned()));
    };
    let evidence = conflicts.iter().filter(|conflict| conflict.weight == Weight::Evidence).count();
    let what = format!(
        "{} kept, {evidence} of them evidence; the last of {}: {}",
        count(u64::try_from(conflicts.len()).unwrap_or(0), "contradiction"),
        last.market,
        last.sentence()
    );
    let fix = format!("Ask {} about it; both sides are kept as it signed them.", last.market);
    Ok(bad("conflicts", what, fix, last.code))
}
