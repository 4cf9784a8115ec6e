//! `faam vault`: the wallet's files, looked over, repaired, made smaller.

use faam_spec::reason::Reason;
use faam_wallet::text::{bullet, count, foreign, numbers};
use faam_wallet::vault::{Entropy, Vault, VaultError};
use serde_json::json;

use super::data;
use crate::args::VaultRepair;
use crate::failure::Failure;
use crate::shell::{Report, Shell};

const REPAIR: &str = "faam vault repair";

pub(super) fn check(shell: &Shell) -> Result<Report, Failure> {
    shell.must_exist()?;
    let passphrase = shell.passphrase("Passphrase: ")?;
    let opened = Vault::open(&shell.home, &passphrase);
    let looked = opened.and_then(|vault| vault.contents());
    match looked {
        Ok(contents) => {
            let mut lines = vec![format!("{}, all intact.", count(contents.records, "record"))];
            for market in &contents.markets {
                let what = format!(
                    "{} in {} entries, epoch {}",
                    count(market.ratings, "rating"),
                    market.entries,
                    market.epoch
                );
                lines.push(bullet(&format!("  {}:", market.market), &what, shell.width, 0));
            }
            let missing = contents.log_expected.saturating_sub(contents.log);
            if missing > 0 {
                lines.push(format!("  {missing} of the log were lost before."));
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
            let text = format!(
                "{} are intact, {damaged} are damaged or missing. Nothing was changed.",
                count(intact, "record")
            );
            let hint =
                format!("Restore your backup into another folder, or go on with what is intact: {REPAIR}");
            let data = json!({"intact": intact, "damaged": damaged});
            Err(Failure::from(error).hint(&hint).showing(data, text))
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) fn repair(shell: &Shell, args: &VaultRepair) -> Result<Report, Failure> {
    shell.must_exist()?;
    let phrase = match &args.phrase_file {
        Some(path) => Some(super::init::phrase_in(path)?),
        None => None,
    };
    let passphrase = shell.passphrase("Passphrase: ")?;
    let now = shell.now();
    let done = match Vault::repair(&shell.home, &passphrase, phrase.as_ref(), now) {
        Err(VaultError::Unfinished) if phrase.is_none() && shell.interactive => {
            crate::shell::say("The secret itself is lost; the phrase brings it back.");
            let entropy: Entropy = super::init::asked(shell)?;
            Vault::repair(&shell.home, &passphrase, Some(&entropy), now)?
        }
        Err(VaultError::Unfinished) if phrase.is_none() => {
            let hint = "Give the recovery phrase, which brings it back: --phrase-file FILE";
            return Err(Failure::from(VaultError::Unfinished).hint(hint));
        }
        done => done?,
    };
    let mut lines = Vec::new();
    match &done.aside {
        None if done.incomplete.is_empty() => {
            lines.push("Nothing was damaged, and nothing was changed.".to_owned())
        }
        None => lines.push("The files are intact.".to_owned()),
        Some(aside) => {
            lines.push(format!("The wallet is usable again, with {}.", count(done.records, "record")));
            let lost = done.expected.map(|expected| expected.saturating_sub(done.records));
            match (lost, done.damaged) {
                (Some(0), 0) => lines.push("Nothing is missing.".to_owned()),
                (lost, damaged) => lines.push(format!(
                    "{} could not be read{}.",
                    count(damaged, "record"),
                    lost.map_or_else(String::new, |lost| format!(", and {lost} in all are missing"))
                )),
            }
            let aside = foreign(&aside.to_string_lossy(), 300);
            lines.push(format!("The damaged database is in '{aside}'. Remove it when you miss nothing."));
            lines
                .push("What was deleted or replaced before may be there again: look at faam log.".to_owned());
        }
    }
    for market in &done.incomplete {
        let what =
            "a part of the ledger is missing. Ask for a new offer and take it: faam receive LINK --code CODE";
        lines.push(bullet(&format!("{market}:"), what, shell.width, 0));
    }
    if !done.log_missing.is_empty() {
        // Entries of the log count from 1 themselves.
        let indices: Vec<u64> = done.log_missing.iter().map(|seq| seq.saturating_sub(1)).collect();
        lines.push(bullet("The log lacks", &numbers(&indices), shell.width, 0));
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
    let passphrase = shell.passphrase("Passphrase: ")?;
    let done = Vault::compact(&shell.home, &passphrase)?;
    let text =
        format!("{} in {} bytes; before, it was {}.", count(done.records, "record"), done.after, done.before);
    Ok(Report { data: json!({"records": done.records, "before": done.before, "after": done.after}), text })
}
