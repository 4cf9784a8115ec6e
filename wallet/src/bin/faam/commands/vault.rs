//! `faam vault`: the wallet's files, looked over, repaired, made smaller.

use faam_spec::reason::Reason;
use faam_wallet::text::{bullet, foreign, numbers};
use faam_wallet::vault::{Entropy, Vault, VaultError};
use serde_json::json;

use super::data;
use crate::args::VaultRepair;
use crate::failure::Failure;
use crate::shell::{Report, Shell};
use crate::words::{progress, vault as said};

pub(super) fn check(shell: &Shell) -> Result<Report, Failure> {
    shell.must_exist()?;
    let lang = shell.lang;
    let passphrase = shell.passphrase(&crate::words::shell::prompt(shell.lang))?;
    let _busy = shell.busy(progress::checking_vault(lang));
    let opened = Vault::open(&shell.home, &passphrase);
    let looked = opened.and_then(|vault| vault.contents());
    match looked {
        Ok(contents) => {
            let mut lines = vec![said::all_intact(lang, said::records(lang, contents.records))];
            for market in &contents.markets {
                let (ratings, entries) =
                    (said::ratings(lang, market.ratings), said::entries(lang, market.entries));
                let what = said::market(lang, ratings, entries, &market.epoch);
                lines.push(bullet(&format!("  {}:", market.market), &what, shell.width, 0));
            }
            let missing = contents.log_expected.saturating_sub(contents.log);
            if missing > 0 {
                lines.push(format!("  {}", said::log_lost(lang, missing)));
            }
            let data = json!({"intact": contents.records, "damaged": 0, "contents": data(&contents)?});
            Ok(Report { data, text: lines.join("\n") })
        }
        Err(error) if error.reason() == Reason::StoreDamaged => {
            let (intact, damaged) = Vault::open_damaged(&shell.home, &passphrase)
                .and_then(|vault| vault.check())
                .map_or((0, 1), |report| (report.records, report.damaged));
            // What reads and does not go together is damage as well.
            let damaged = damaged.max(1);
            let text = said::damaged(lang, said::records(lang, intact), damaged);
            let data = json!({"intact": intact, "damaged": damaged});
            Err(Failure::from(error).hint(&said::damaged_hint(lang)).showing(data, text))
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) fn repair(shell: &Shell, args: &VaultRepair) -> Result<Report, Failure> {
    shell.must_exist()?;
    let lang = shell.lang;
    let phrase = match &args.phrase_file {
        Some(path) => Some(super::init::phrase_in(shell, path)?),
        None => None,
    };
    let passphrase = shell.passphrase(&crate::words::shell::prompt(shell.lang))?;
    let now = shell.now();
    let _busy = shell.busy(progress::repairing(lang));
    let done = match Vault::repair(&shell.home, &passphrase, phrase.as_ref(), now) {
        Err(VaultError::Unfinished) if phrase.is_none() && shell.interactive => {
            crate::shell::say(&said::secret_lost(lang));
            let entropy: Entropy = super::init::asked(shell)?;
            Vault::repair(&shell.home, &passphrase, Some(&entropy), now)?
        }
        Err(VaultError::Unfinished) if phrase.is_none() => {
            return Err(Failure::from(VaultError::Unfinished).hint(&said::secret_hint(lang)));
        }
        done => done?,
    };
    let mut lines = Vec::new();
    match &done.aside {
        None if done.incomplete.is_empty() => lines.push(said::nothing_damaged(lang)),
        None => lines.push(said::files_intact(lang)),
        Some(aside) => {
            lines.push(said::usable(lang, said::records(lang, done.records)));
            let lost = done.expected.map(|expected| expected.saturating_sub(done.records));
            let damaged = said::records(lang, done.damaged);
            lines.push(match (lost, done.damaged) {
                (Some(0), 0) => said::nothing_missing(lang),
                (Some(lost), _) => said::unreadable_of(lang, damaged, lost),
                (None, _) => said::unreadable(lang, damaged),
            });
            lines.push(said::aside(lang, foreign(&aside.to_string_lossy(), 300)));
            lines.push(said::again(lang));
        }
    }
    for market in &done.incomplete {
        lines.push(bullet(&format!("{market}:"), &said::incomplete(lang), shell.width, 0));
    }
    if !done.log_missing.is_empty() {
        // Entries of the log count from 1 themselves.
        let indices: Vec<u64> = done.log_missing.iter().map(|seq| seq.saturating_sub(1)).collect();
        lines.push(bullet(&said::log_lacks(lang), &numbers(&indices), shell.width, 0));
    }
    let data = json!({
        "records": done.records,
        "damaged": done.damaged,
        "expected": done.expected,
        "incomplete": data(&done.incomplete)?,
        "log_missing": done.log_missing,
        "aside": done.aside.as_ref().map(|path| path.to_string_lossy()),
    });
    Ok(Report { data, text: lines.join("\n") })
}

pub(super) fn compact(shell: &Shell) -> Result<Report, Failure> {
    shell.must_exist()?;
    let lang = shell.lang;
    let passphrase = shell.passphrase(&crate::words::shell::prompt(shell.lang))?;
    let _busy = shell.busy(progress::compacting(lang));
    let done = Vault::compact(&shell.home, &passphrase)?;
    let text = said::compacted(lang, said::records(lang, done.records), done.after, done.before);
    Ok(Report { data: json!({"records": done.records, "before": done.before, "after": done.after}), text })
}
