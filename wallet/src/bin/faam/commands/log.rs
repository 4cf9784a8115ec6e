//! `faam log`: who knows what, why, until when; and everything else that happened.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write as _};

use faam_evidence::Kind;
use faam_spec::client::Client;
use faam_spec::decision::Outcome;
use faam_spec::grid::Milestone;
use faam_spec::limits::{MAX_NAME_BYTES, MAX_PURPOSE_BYTES};
use faam_spec::name::{MarketId, Role, safe_json};
use faam_spec::reason::Reason;
use faam_wallet::passport::grade_words;
use faam_wallet::receive::Weight;
use faam_wallet::rules::Then;
use faam_wallet::stop::kept;
use faam_wallet::text::{bullet, count, foreign, numbers, short_did, short_name};
use faam_wallet::vault::{
    AskEnd, AskForgotten, AskedMilestones, ErasureTold, Happened, KeptReceipt, LogEntry, ShownLedger,
    ShownPrivate, Told, WhoAsked, Withheld, decided_words,
};
use serde_json::json;

use super::data;
use crate::args::{Log, LogExport};
use crate::failure::Failure;
use crate::shell::{Report, Shell};
use crate::whom::Whom;

pub(crate) fn run(shell: &Shell, args: &Log) -> Result<Report, Failure> {
    let vault = shell.open_vault()?;
    let whom = Whom::read(shell, &vault)?;
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let entries = match &shell.persona {
        None => vault.log(limit)?,
        // What concerns the wallet as a whole is of no persona, and left out where one is named.
        Some(_) => {
            let all = vault.log(usize::MAX)?.into_iter();
            all.filter(|entry| is_of_persona(entry) && whom.means(entry.persona)).take(limit).collect()
        }
    };
    let lines: Vec<String> = entries.iter().map(|entry| line(shell, &whom, entry)).collect();
    let text = if lines.is_empty() { "Nothing has happened yet.".to_owned() } else { lines.join("\n") };
    let mut data = json!({"entries": data(&entries)?});
    whom.put_into(&mut data);
    Ok(Report { data, text })
}

/// Whether an entry is of what happened under a persona, and not to the wallet as a whole.
const fn is_of_persona(entry: &LogEntry) -> bool {
    !matches!(
        entry.what,
        Happened::Created
            | Happened::Restored
            | Happened::RestoredBackup { .. }
            | Happened::PassphraseChanged
            | Happened::Repaired { .. }
            | Happened::RequestRefused { .. }
    )
}

/// Writes every entry with its receipt, for the holder to keep, to search, or to show somebody who has to check what was promised.
pub(crate) fn export(shell: &Shell, args: &LogExport) -> Result<Report, Failure> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let vault = shell.open_vault()?;
    let failed = |error: &std::io::Error| {
        let hint = match error.kind() {
            std::io::ErrorKind::AlreadyExists => "Name a file that is not there yet.",
            _ => "Is there room, and may you write there?",
        };
        let what = format!("the log could not be written: {}", foreign(&error.to_string(), 300));
        Failure::new(Reason::StoreIo, &what).at("FILE").hint(hint)
    };
    let mut receipts: BTreeMap<u64, KeptReceipt> =
        vault.receipts()?.into_iter().map(|receipt| (receipt.seq, receipt)).collect();
    let whom = Whom::read(shell, &vault)?;
    let mut entries = vault.log(usize::MAX)?;
    entries.reverse();
    if shell.persona.is_some() {
        entries.retain(|entry| is_of_persona(entry) && whom.means(entry.persona));
        receipts.retain(|seq, _| entries.iter().any(|entry| entry.seq == *seq));
    }
    let with = u64::try_from(receipts.len()).unwrap_or(u64::MAX);
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&args.file);
    let mut file = BufWriter::new(file.map_err(|error| failed(&error))?);
    for entry in &entries {
        let line = match receipts.remove(&entry.seq) {
            Some(receipt) => json!({"v": 0, "entry": data(entry)?, "receipt": data(&receipt)?}),
            None => json!({"v": 0, "entry": data(entry)?}),
        };
        writeln!(file, "{}", safe_json(&line.to_string())).map_err(|error| failed(&error))?;
    }
    file.flush().and_then(|()| file.get_ref().sync_all()).map_err(|error| failed(&error))?;
    let written = u64::try_from(entries.len()).unwrap_or(u64::MAX);
    let shown = foreign(&args.file.to_string_lossy(), 300);
    let all = match &shell.persona {
        None => "all of the log".to_owned(),
        Some(_) => format!("what the log has of “{}”", whom.one(shell)?.name),
    };
    let mut text = format!(
        "Wrote {all}, {}, with {}, to '{shown}'. It is not encrypted: whoever reads it knows to whom you showed what.",
        count(written, "line"),
        count(with, "receipt")
    );
    let mut data = json!({"file": args.file.to_string_lossy(), "entries": written, "receipts": with});
    if whom.are_several() && shell.persona.is_none() {
        let warning = "It has all of your personas in it: whoever reads it can tie them. --persona NAME writes what is of one.";
        text.push_str(&format!(" {warning}"));
        if let Some(data) = data.as_object_mut() {
            data.insert("warnings".to_owned(), json!([warning]));
        }
    }
    Ok(Report { data, text })
}

fn line(shell: &Shell, whom: &Whom, entry: &LogEntry) -> String {
    let text = match &entry.what {
        Happened::Created => "The wallet was made.".to_owned(),
        Happened::Restored => {
            "The wallet was made again with the keys of a phrase. What was before is not in this log."
                .to_owned()
        }
        Happened::RestoredBackup { made, up_to } => format!(
            "The wallet was made again from a backup of {}, with everything up to no. {up_to}. What its other copy did since is not in this log.",
            shell.local(*made)
        ),
        Happened::PassphraseChanged => "The passphrase was changed.".to_owned(),
        Happened::PersonaMade { name } => format!("The persona was made, as “{name}”."),
        Happened::PersonaRenamed { from, name } => {
            format!("The persona was renamed: it was “{from}”, and is “{name}”.")
        }
        Happened::Repaired { records, damaged, incomplete } => {
            let markets: Vec<&str> = incomplete.iter().map(MarketId::as_str).collect();
            let ask = match markets.is_empty() {
                true => String::new(),
                false => format!(" A part is missing of {}: take a new offer.", markets.join(", ")),
            };
            format!(
                "The wallet was damaged, and repaired: {} are there again, {damaged} could not be read.{ask}",
                count(*records, "record")
            )
        }
        Happened::Received { market, epoch, changes, .. } => format!(
            "Received from {market}, epoch {epoch}: {}, {} now hold.",
            count(changes.ratings, "new rating"),
            changes.live
        ),
        Happened::OfferRefused { market, code, place, conflict, .. } => {
            let kept = match conflict {
                Some(Weight::Evidence) => " Both sides are kept: this is evidence against the market.",
                Some(Weight::Complaint) => " Both sides are kept: this is a complaint, not proof.",
                None => "",
            };
            let at = foreign(place, 60);
            // Of which kind the fork is, and what it is worth, stands with both sides.
            let why = match (code, conflict) {
                (Reason::LedgerFork, Some(_)) => "The market signed two different states of one ledger.",
                _ => code.sentence(),
            };
            format!("Refused an offer of {market}, all of it: {why} ({code}, {at}){kept}", code = code.code())
        }
        Happened::Imported { kind, grade, by, ratings, .. } => {
            let ratings = match ratings {
                0 => String::new(),
                ratings => format!(" with {}", count(*ratings, "rating")),
            };
            format!(
                "Brought in {}{ratings}: {} ({}).",
                kind_words(*kind),
                grade_words(*grade, *kind),
                foreign(by, 300)
            )
        }
        Happened::Exported { id } => format!("Wrote what was brought in under {id} to a file."),
        Happened::Forgotten { id } => format!("Forgot what was brought in under {id}."),
        Happened::Shown { to, ledgers, private, delete_by, told, .. } => {
            let what: Vec<String> = ledgers.iter().map(shown).chain(private.iter().map(proven)).collect();
            format!(
                "Showed {} to {}. To be deleted by {}. {}",
                what.join("; "),
                who(to),
                shell.local(*delete_by),
                said(told)
            )
        }
        Happened::DryRun { to, code: None, .. } => {
            format!("A dry run: nothing was shown. Looked at what would be shown to {}.", who_and_what(to))
        }
        Happened::DryRun { to, code: Some(code), .. } => {
            format!(
                "A dry run: nothing would be shown to {}: {} ({})",
                who_and_what(to),
                code.sentence(),
                code.code()
            )
        }
        Happened::Declined { to, .. } => format!("Declined: nothing was shown to {}.", who_and_what(to)),
        Happened::Withheld { to, why, .. } => {
            format!("Nothing was shown to {}: {}.", who_and_what(to), withheld(*why))
        }
        Happened::Climbing { to, .. } => {
            let code = Reason::RequestClimbing;
            format!(
                "A role was left aside before {}: {} ({})",
                who_and_what(to),
                code.sentence(),
                code.code()
            )
        }
        Happened::RuleApplied { to, rule, then, .. } => {
            let does = match then {
                Then::Answer => "answers",
                Then::Ask => "asks you about",
                Then::Refuse => "refuses",
            };
            format!("The rule “{}” {does} {}.", foreign(rule, MAX_NAME_BYTES), who_and_what(to))
        }
        Happened::NotAnswered { to, code, .. } => {
            format!("Nothing was shown to {}: {} ({})", who_and_what(to), code.sentence(), code.code())
        }
        Happened::Blocked { verifier, name, reason, entries } => {
            let why = match reason {
                Some(reason) => format!(" ({})", foreign(reason, MAX_PURPOSE_BYTES)),
                None => String::new(),
            };
            let numbers: Vec<String> = entries.iter().map(u64::to_string).collect();
            let asked = match numbers.is_empty() {
                true => String::new(),
                false => format!(", and asked for the erasure of no. {}", numbers.join(", ")),
            };
            format!("Blocked {}{why}{asked}.", called(name, verifier))
        }
        Happened::Unblocked { verifier, name } => {
            format!("Blocked no longer: {}.", called(name, verifier))
        }
        Happened::ByBlocked { to, .. } => {
            format!("Nothing was shown to {}: they are blocked.", who_and_what(to))
        }
        Happened::ErasureAnswered { entry, answer } => match answer {
            ErasureTold::Erased => format!("They signed that no. {entry} was erased."),
            ErasureTold::Kept { reason, until } => format!(
                "They signed that they keep no. {entry} until {}: {}.",
                shell.local(*until),
                kept(*reason, shell.lang)
            ),
            ErasureTold::Unknown => {
                format!("They said that they know nothing of no. {entry}, and signed nothing.")
            }
            ErasureTold::GivenUp { code } => {
                let code = code.map_or(String::new(), |code| format!(" ({})", code.code()));
                format!("That no. {entry} be erased could not be delivered{code}.")
            }
        },
        Happened::Asked { ask, policy, purpose, retention_days, .. } => {
            let policy = policy.as_ref().map(|name| format!(" by “{}”", foreign(name, MAX_NAME_BYTES)));
            format!(
                "You asked, as question {ask}{}, for “{}”, to be kept for {}.",
                policy.unwrap_or_default(),
                foreign(purpose, MAX_PURPOSE_BYTES),
                count(u64::from(*retention_days), "day")
            )
        }
        Happened::AskDecided { ask, outcome, reasons, delete_by, .. } => {
            let why: Vec<&str> = reasons.iter().map(|reason| reason.code()).collect();
            let why = if why.is_empty() { String::new() } else { format!(" ({})", why.join(", ")) };
            format!(
                "Question {ask} was answered, and {}{why}. What you learned is deleted by {}.",
                decided_words(*outcome),
                shell.local(*delete_by)
            )
        }
        Happened::AskEnded { ask, how, .. } => match how {
            AskEnd::Expired => format!("Nobody answered question {ask} in time."),
            AskEnd::Revoked => format!("You took question {ask} back."),
            AskEnd::Restored => format!(
                "Question {ask} was open when the backup was made, and is over: this wallet cannot know whether it was answered since."
            ),
        },
        Happened::AskForgotten { ask, why, .. } => match why {
            AskForgotten::Retention => {
                format!("What you learned by question {ask} was deleted, as you promised.")
            }
            AskForgotten::Asked => format!("You deleted what you learned by question {ask}."),
        },
        Happened::Believed { issuer, market } => {
            format!("You believe {market} ({}) about others.", short_did(issuer))
        }
        Happened::Disbelieved { issuer, market } => {
            format!("You believe {market} ({}) about others no longer.", short_did(issuer))
        }
        Happened::RequestRefused { verifier, code, place } => format!(
            "Refused a request for which {} was named: {} ({}, {})",
            short_name(verifier),
            code.sentence(),
            code.code(),
            foreign(place, 60)
        ),
    };
    let under = if is_of_persona(entry) { whom.before(entry.persona) } else { String::new() };
    let text = format!("{under}{text}");
    bullet(&format!("{:>4}. {} ", entry.seq, shell.local(entry.at)), &text, shell.width, 0)
}

/// A party by its name and in short by its DID.
fn called(name: &str, verifier: &Client) -> String {
    format!("“{}” ({})", foreign(name, MAX_NAME_BYTES), short_name(verifier))
}

/// What was brought in, for a person.
fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Mail => "a mail",
        Kind::Export => "an export",
        _ => "a credential",
    }
}

fn withheld(why: Withheld) -> &'static str {
    match why {
        Withheld::StaleApproval => "what was approved before is not what would be shown now",
        Withheld::OtherApproval => "what was approved is the answer to another question",
        Withheld::UnknownApproval => "what was approved is nothing that this wallet offered",
        Withheld::SpentApproval => "what was approved was shown already, and one approval counts once",
        Withheld::NotCompared => {
            "what the market signed was not compared with what others see, and the risk was not taken"
        }
    }
}

fn who(to: &WhoAsked) -> String {
    if to.terms_unsaid {
        let name = foreign(&to.name, MAX_NAME_BYTES);
        return format!("“{name}” ({}), who did not say why they asked", short_name(&to.did));
    }
    format!(
        "“{}” ({}), who asked for “{}”",
        foreign(&to.name, MAX_NAME_BYTES),
        short_name(&to.did),
        foreign(&to.purpose, MAX_PURPOSE_BYTES)
    )
}

/// As [`who`], with the milestones of which they wanted proof: what was shown says that itself.
fn who_and_what(to: &WhoAsked) -> String {
    let asked: Vec<String> = to.milestones.iter().map(asked).collect();
    match asked.is_empty() {
        true => who(to),
        false => format!("{} and wanted proof of {}", who(to), asked.join("; ")),
    }
}

/// Such as "at least 50 ratings, one from each counterparty (count>=50) of shop as seller".
fn asked(asked: &AskedMilestones) -> String {
    let markets: Vec<&str> = asked.markets.iter().map(MarketId::as_str).collect();
    let of = if markets.is_empty() { "any market".to_owned() } else { markets.join(" or ") };
    let roles: Vec<&str> = asked.roles.iter().map(Role::as_str).collect();
    let roles = if roles.is_empty() { String::new() } else { format!(" as {}", roles.join(" or ")) };
    format!("{} of {of}{roles}", in_words(&asked.milestones))
}

/// Milestones in plain words, each with its short form.
fn in_words(milestones: &[Milestone]) -> String {
    let words: Vec<String> = milestones.iter().map(|of| format!("{} ({of})", of.plain_words())).collect();
    words.join(" and ")
}

fn shown(ledger: &ShownLedger) -> String {
    let names: Vec<&str> = ledger.names.iter().map(String::as_str).collect();
    if names.len() <= 1 {
        return format!("the standing of {} ({})", ledger.market, ledger.epoch);
    }
    // Entries of older versions do not have them.
    let numbers =
        if ledger.indices.is_empty() { String::new() } else { format!(" ({})", numbers(&ledger.indices)) };
    let which = if ledger.complete { ", said to be all that were asked for" } else { "" };
    format!(
        "the standing of {} ({}) and {} of {}{numbers}{which}, with {}",
        ledger.market,
        ledger.epoch,
        ledger.ratings,
        count(ledger.of, "rating"),
        names.iter().skip(1).copied().collect::<Vec<_>>().join(", ")
    )
}

fn proven(part: &ShownPrivate) -> String {
    format!(
        "proof of {} of {} ({}) as {}, under the pseudonym {}",
        in_words(&part.milestones),
        part.market,
        part.epoch,
        part.role,
        part.pseudonym
    )
}

fn said(told: &Told) -> String {
    match told {
        Told::Unknown => "No answer is known.".to_owned(),
        Told::Taken => "They took it, and did not say how they decide; there is no receipt.".to_owned(),
        Told::Failed { code } => {
            format!("It may have arrived; then it failed: {} ({})", code.sentence(), code.code())
        }
        Told::Decided { outcome, reasons, receipt } => {
            let outcome = match outcome {
                Outcome::Accepted => "They accepted it",
                Outcome::Refused => "They refused it",
                Outcome::Undecided => "They left it undecided",
            };
            let why: Vec<&str> = reasons.iter().map(|reason| reason.code()).collect();
            let why = if why.is_empty() { String::new() } else { format!(" ({})", why.join(", ")) };
            let receipt = match receipt {
                None => "and signed a receipt".to_owned(),
                Some(code) => format!("and their receipt is not good ({})", code.code()),
            };
            format!("{outcome}{why}, {receipt}.")
        }
    }
}
