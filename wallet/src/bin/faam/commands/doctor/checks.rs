//! What is looked at.

use std::path::Path;

use faam_spec::limits::KEY_BINDING_MAX_FUTURE;
use faam_spec::reason::Reason;
use faam_spec::time::DAY;
use faam_wallet::contact::reach;
use faam_wallet::held::HeldLedger;
use faam_wallet::passport::bind_anew;
use faam_wallet::receive::{Weight, contradicted};
use faam_wallet::text::foreign;
use faam_wallet::vault::{Vault, VaultError};

use super::Check;
use crate::shell::Shell;
use crate::words::{doctor as said, progress};

/// A backup beyond this age is too old if something happened since, in days.
const OLD_BACKUP: i64 = 30;
/// A status list beyond this age is too old for most verifiers, in days.
const OLD_STATUS: i64 = 14;
/// Most entries of the wallet's folder that are counted for its size.
const MAX_ENTRIES: usize = 10_000;

fn fine(name: &'static str, what: String) -> Check {
    Check { name, ok: true, what, fix: None, code: None }
}

fn bad(name: &'static str, what: String, fix: String, code: Reason) -> Check {
    Check { name, ok: false, what, fix: Some(fix), code: Some(code) }
}

pub(super) fn broken(name: &'static str, error: &VaultError, fix: &str) -> Check {
    bad(name, foreign(&error.sentence(), 500), fix.to_owned(), error.reason())
}

/// Permissions, lock and damage, all of which show when the vault is opened.
pub(super) fn open(shell: &Shell, passphrase: &[u8], checks: &mut Vec<Check>) -> Result<Vault, VaultError> {
    let lang = shell.lang;
    let home = foreign(&shell.home.to_string_lossy(), 300);
    let error = match shell.open_with(passphrase) {
        Ok(vault) => {
            checks.push(fine("permissions", said::only_you(lang, &home)));
            checks.push(fine("lock", said::no_other(lang)));
            let size = said::bytes(lang, size_of(&shell.home));
            checks.push(fine("folder", said::folder(lang, home, size)));
            return Ok(vault);
        }
        Err(error) => error,
    };
    match error.reason() {
        Reason::StoreLocked => {}
        Reason::StorePermissions => {
            checks.push(broken("permissions", &error, &said::mend_permissions(lang)));
        }
        Reason::StoreInUse => checks.push(broken("lock", &error, &said::mend_lock(lang))),
        Reason::StoreDamaged => {
            let intact = Vault::open_damaged(&shell.home, passphrase).and_then(|vault| vault.check());
            let intact = intact.map_or_else(
                |_| said::nothing_read(lang),
                |report| said::are_intact(lang, said::records(lang, report.records)),
            );
            checks.push(broken("store", &error, &format!("{intact} {}", said::mend(lang))));
        }
        _ => checks.push(broken("store", &error, &said::mend_cause(lang))),
    }
    Err(error)
}

/// Bytes of the files in a folder and the folders in it; links are not followed.
pub(super) fn size_of(folder: &Path) -> u64 {
    let (mut todo, mut bytes, mut seen) = (vec![folder.to_owned()], 0_u64, 0);
    while let Some(folder) = todo.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            seen += 1;
            if seen > MAX_ENTRIES {
                return bytes;
            }
            match entry.metadata() {
                Ok(about) if about.is_dir() => todo.push(entry.path()),
                Ok(about) if about.is_file() => bytes = bytes.saturating_add(about.len()),
                _ => {}
            }
        }
    }
    bytes
}

pub(super) fn look(shell: &Shell, vault: &Vault, checks: &mut Vec<Check>) -> Result<(), VaultError> {
    let lang = shell.lang;
    let _busy = shell.busy(progress::checking_vault(lang));
    let report = vault.check()?;
    checks.push(match report.damaged {
        0 => fine("store", said::all_intact(lang, said::records(lang, report.records))),
        damaged => bad(
            "store",
            said::some_damaged(lang, damaged, said::records(lang, report.records + damaged)),
            said::mend(lang),
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
    checks.push(conflicts(shell, vault)?);
    checks.push(phrase(shell, vault)?);
    checks.push(backup(shell, vault)?);
    Ok(())
}

/// Calls the node of each market; each sees that somebody does, under a name that is used for nothing else.
pub(super) fn nodes(shell: &Shell, vault: &Vault) -> Vec<Check> {
    let lang = shell.lang;
    let check = |held: HeldLedger| {
        let info = held.info();
        let (market, fix) = (&info.market, said::mend_node(lang, &info.market));
        let Some(node) = &info.node else {
            return bad("node", said::node_unknown(lang, market), fix, Reason::NetUnreachable);
        };
        match shell.contact(async |means| Ok(reach(node, means).await?)) {
            Ok(()) => fine("node", said::node_answers(lang, market)),
            Err(failure) => bad("node", said::node_away(lang, market), fix, failure.reason()),
        }
    };
    // What could not be read was told already.
    vault.held_all().unwrap_or_default().into_iter().map(check).collect()
}

/// A backup that is not too old, and was opened. A wallet with nothing in it needs none yet.
fn backup(shell: &Shell, vault: &Vault) -> Result<Check, VaultError> {
    let lang = shell.lang;
    let fix = said::make_backup(lang);
    let Some((last, since)) = vault.last_backup()? else {
        return Ok(match vault.ledgers()?.is_empty() {
            true => fine("backup", said::no_backup_yet(lang)),
            false => bad("backup", said::no_backup(lang), fix, Reason::BackupMissing),
        });
    };
    let days = shell.now().since(last.at).div_euclid(DAY).max(0);
    let (at, things) = (shell.local(last.at), said::things(lang, since));
    let what = match last.opened {
        true => said::backup_opened(lang, at, things),
        false => said::backup_unopened(lang, at, things),
    };
    Ok(match days > OLD_BACKUP && since > 0 {
        true => bad("backup", what, fix, Reason::BackupMissing),
        false => fine("backup", what),
    })
}

/// Whether the phrase was ever given back, word for word.
fn phrase(shell: &Shell, vault: &Vault) -> Result<Check, VaultError> {
    Ok(match vault.phrase_proven()? {
        Some(at) => fine("phrase", said::phrase_proven(shell.lang, shell.local(at))),
        // Whoever has a backup that was opened loses nothing without the words; so this is said, and no fault.
        None => fine("phrase", said::phrase_unproven(shell.lang)),
    })
}

/// What others signed cannot be from the future.
fn clock(shell: &Shell, vault: &Vault) -> Result<Check, VaultError> {
    let (lang, now) = (shell.lang, shell.now());
    let records = vault.all_epoch_records()?;
    let signed = records.iter().map(|record| record.record().iat);
    let newest = signed.chain([vault.created()]).max();
    Ok(match newest.filter(|newest| newest.since(now) > KEY_BINDING_MAX_FUTURE) {
        Some(newest) => bad(
            "clock",
            said::clock_wrong(lang, shell.local(now), shell.local(newest)),
            said::mend_clock(lang),
            Reason::EpochFuture,
        ),
        None => fine("clock", said::clock_right(lang, shell.local(now))),
    })
}

fn standing(shell: &Shell, held: &HeldLedger) -> Check {
    let (lang, market) = (shell.lang, &held.info().market);
    let record = held.standing().record().record();
    let label = record.label();
    match (record.last, held.epochs_old(shell.now())) {
        (true, _) => fine("standing", said::standing_last(lang, market, label)),
        (false, 0) => fine("standing", said::standing_now(lang, market, label)),
        (false, 1) => fine("standing", said::standing_before(lang, market, label)),
        (false, old) => bad(
            "standing",
            said::standing_old(lang, market, old, label),
            said::new_offer(lang, market),
            Reason::EpochStale,
        ),
    }
}

/// Whether milestones can be proven privately. That a market offers none is nothing to mend.
fn private(shell: &Shell, vault: &Vault, held: &HeldLedger) -> Result<Check, VaultError> {
    let (lang, info) = (shell.lang, held.info());
    let what = said::of_market(lang, &info.market, faam_wallet::passport::private_words(held, shell.now()));
    if info.secrets_lost {
        return Ok(bad("private", what, bind_anew(&info.market), Reason::PrivateCommitment));
    }
    let record = held.standing().record();
    let Some(refused) = contradicted(&vault.conflicts()?, record) else { return Ok(fine("private", what)) };
    let (what, fix) = (said::contradicted(lang, &info.market), said::ask_records(lang, &info.market));
    Ok(bad("private", what, fix, refused.fault().reason()))
}

fn status(shell: &Shell, held: &HeldLedger) -> Option<Check> {
    let (lang, market) = (shell.lang, &held.info().market);
    let oldest = held.lists().iter().map(faam_spec::status::SignedStatusList::issued).min()?;
    let days = shell.now().since(oldest).div_euclid(DAY).max(0);
    let told = said::days(lang, days.unsigned_abs());
    Some(match days {
        0..=OLD_STATUS => fine("status", said::status_fresh(lang, market, told)),
        _ => bad(
            "status",
            said::status_old(lang, market, told),
            said::new_offer(lang, market),
            Reason::StatusExpired,
        ),
    })
}

fn transfers(shell: &Shell, vault: &Vault) -> Result<Vec<Check>, VaultError> {
    let lang = shell.lang;
    let open = vault.open_transfers()?.into_iter();
    let check = |transfer: faam_wallet::vault::Transfer| {
        let what = said::transfer(lang, &transfer.market, shell.local(transfer.begun));
        if shell.now().since(transfer.begun) > DAY {
            return fine("transfer", said::transfer_over(lang, what));
        }
        bad("transfer", what, said::mend_transfer(lang), Reason::NetClosed)
    };
    Ok(open.map(check).collect())
}

fn conflicts(shell: &Shell, vault: &Vault) -> Result<Check, VaultError> {
    let lang = shell.lang;
    let conflicts = vault.conflicts()?;
    let Some(last) = conflicts.last() else { return Ok(fine("conflicts", said::no_conflicts(lang))) };
    let evidence = conflicts.iter().filter(|conflict| conflict.weight == Weight::Evidence).count();
    let number = said::contradictions(lang, u64::try_from(conflicts.len()).unwrap_or(0));
    let what = said::conflicts(lang, number, evidence, &last.market, last.sentence());
    Ok(bad("conflicts", what, said::ask_sides(lang, &last.market), last.code))
}
