//! `faam refresh`: renewing by hand.

use faam_spec::name::MarketId;
use faam_spec::reason::Reason;
use faam_spec::time::Timestamp;
use faam_wallet::contact::{compare_record, renew};
use faam_wallet::held::{HeldLedger, LedgerInfo};
use faam_wallet::receive::Compared;
use faam_wallet::text::{bullet, foreign};
use faam_wallet::vault::{Happened, LogEntry, Vault};
use serde_json::json;

use super::receive::told;
use super::{NOTHING_HELD, data, elsewhere, market, of_market, stop};
use crate::args::Refresh;
use crate::failure::Failure;
use crate::shell::{Report, Shell, say};

/// A request that was opened within this time can be tied to a renewal by anybody, in seconds.
const JUST_NOW: i64 = 3600;
/// How many entries of the log are looked at for one.
const LOOK_BACK: usize = 50;

const SEEN: &str = "The market sees that you renew, when, and from where. If you show a private standing soon after, the market and whoever you show it to can tell by the time that it was you. Let some hours pass first. faam listen renews at random times by itself.";

pub(crate) fn run(shell: &Shell, args: &Refresh) -> Result<Report, Failure> {
    let only = args.market.as_deref().map(|text| market(text, "MARKET")).transpose()?;
    let vault = shell.open_vault()?;
    let erased = stop::deliver(shell, &vault)?;
    let held = match chosen(&vault, only.as_ref()) {
        // There was something to do all the same.
        Err(_) if !erased.is_empty() && only.is_none() => Vec::new(),
        held => held?,
    };
    //= spec/text/private.md#REQ-PRIVATE-17
    //# a renewal by hand is said to be seen in time
    let warnings = warn_seen(shell, &vault)?;
    let mut lines = Vec::new();
    let mut erasures = Vec::new();
    for (name, asked) in &erased {
        lines.push(format!("Erasure, asked of “{}”:", foreign(name, 80)));
        lines.push(stop::said(shell, asked, shell.lang));
        erasures.push(stop::told(name, asked)?);
    }
    let (mut renewed, mut failed) = (Vec::new(), Vec::new());
    let mut first = None;
    for held in &held {
        let info = held.info();
        match shell.contact(async |means| Ok(renew(&vault, info.ledger, means).await?)) {
            Ok(done) => {
                lines.push(said(shell, &vault, held, &done.entry)?);
                lines.extend(done.warnings.iter().map(|line| bullet("!", line, shell.width, 2)));
                let (compared, line) = match is_private(&vault, held)? {
                    true => comparison(shell, &vault, info, &mut first),
                    false => (None, None),
                };
                lines.extend(line.map(|(mark, line)| bullet(mark, &line, shell.width, 2)));
                renewed.push(json!({
                    "market": info.market, "ledger": info.ledger, "entry": data(&done.entry)?,
                    "private": is_private(&vault, held)?, "compared": compared, "warnings": done.warnings,
                }));
            }
            Err(failure) => {
                let failure = elsewhere(failure, &info.market);
                let what = format!("{}: not renewed: {}", info.market, failure.what());
                lines.push(bullet("!", &what, shell.width, 0));
                failed.push(json!({
                    "market": info.market, "ledger": info.ledger, "code": failure.reason(), "what": failure.what(),
                }));
                first.get_or_insert(failure.during(&format!("{} was not renewed", info.market)));
            }
        }
    }
    let mut data = json!({"renewed": renewed, "failed": failed, "warnings": warnings});
    if !erasures.is_empty() {
        data["erasures"] = json!(erasures);
    }
    let text = lines.join("\n");
    match first {
        None => Ok(Report { data, text }),
        Some(failure) => Err(failure.showing(data, text)),
    }
}

/// Says what a renewal by hand tells others, before anybody is called, so that there is time to think better of it.
pub(super) fn warn_seen(shell: &Shell, vault: &Vault) -> Result<Vec<String>, Failure> {
    let warnings: Vec<String> =
        just_opened(vault, shell.now())?.into_iter().chain([SEEN.to_owned()]).collect();
    for warning in &warnings {
        say(&bullet("!", warning, shell.width, 0));
    }
    Ok(warnings)
}

/// Compares the record that came with one that the market tells a stranger: by hand there is no other time for it than now.
fn comparison(
    shell: &Shell,
    vault: &Vault,
    info: &LedgerInfo,
    first: &mut Option<Failure>,
) -> (Option<&'static str>, Option<(&'static str, String)>) {
    match shell.contact(async |means| Ok(compare_record(vault, info.ledger, means).await?)) {
        Ok(Compared::Same) => {
            (Some("same"), Some(("-", "others are told of the same epoch record".to_owned())))
        }
        Ok(Compared::Newer) => {
            (Some("newer"), Some(("!", "others have a newer epoch record: renew again".to_owned())))
        }
        Ok(_) => {
            (Some("older"), Some(("!", "others have an older epoch record: compare again later".to_owned())))
        }
        Err(failure) => {
            let failure = elsewhere(failure, &info.market);
            let what = format!("the epoch record was not compared: {}", failure.what());
            first.get_or_insert(failure.during("the epoch record was not compared"));
            (None, Some(("!", what)))
        }
    }
}

/// What is held, of one market or all.
fn chosen(vault: &Vault, only: Option<&MarketId>) -> Result<Vec<HeldLedger>, Failure> {
    let held = vault.held_all()?;
    if let Some(market) = only {
        return of_market(held, market, "MARKET");
    }
    if held.is_empty() {
        let what = "you hold nothing that could be renewed";
        return Err(Failure::new(Reason::NothingToShow, what).at("MARKET").hint(NOTHING_HELD));
    }
    Ok(held)
}

/// Says louder that a request was opened a moment ago.
fn just_opened(vault: &Vault, now: Timestamp) -> Result<Option<String>, Failure> {
    let recent = vault.log(LOOK_BACK)?.into_iter().filter(|entry| now.since(entry.at) < JUST_NOW);
    let asked = recent.filter_map(|entry| match entry.what {
        Happened::Shown { to, .. }
        | Happened::DryRun { to, .. }
        | Happened::Declined { to, .. }
        | Happened::Withheld { to, .. }
        | Happened::Climbing { to, .. }
        | Happened::NotAnswered { to, .. } => Some(to.name),
        _ => None,
    });
    Ok(asked.into_iter().next().map(|name| {
        format!(
            "CAREFUL: you opened a request of “{}” within the last hour. If you renew now and answer it then, the market can tell that it is you who answers. Press Ctrl-C, and answer with what you have, or come back tomorrow.",
            foreign(&name, 80)
        )
    }))
}

fn is_private(vault: &Vault, held: &HeldLedger) -> Result<bool, Failure> {
    Ok(vault.held(held.info().ledger)?.is_some_and(|held| held.private().is_some()))
}

fn said(shell: &Shell, vault: &Vault, held: &HeldLedger, entry: &LogEntry) -> Result<String, Failure> {
    let Happened::Received { market, epoch, changes, .. } = &entry.what else {
        return Err(Failure::new(Reason::Internal, "the note about the renewal is of another kind"));
    };
    let mut lines = vec![format!("Renewed from {market}, epoch {epoch}, checked and kept:")];
    lines.extend(told(changes).iter().map(|line| bullet("-", line, shell.width, 2)));
    let private = match is_private(vault, held)? {
        true => "milestones of this epoch can be proven privately",
        false => "no private standing",
    };
    lines.push(bullet("-", private, shell.width, 2));
    Ok(lines.join("\n"))
}
