//! `faam stop`: blocks a party, and asks it to erase what it was shown.

use faam_spec::client::Client;
use faam_spec::limits::MAX_NAME_BYTES;
use faam_spec::reason::Reason;
use faam_spec::words::Lang;
use faam_wallet::contact::erase;
use faam_wallet::stop::{answer, apart, askers, groups, honest, letter, shown_to};
use faam_wallet::text::{bullet, count, foreign, short_name, wrap};
use faam_wallet::vault::{Blocked, ErasureAsked, Happened, LogEntry, Vault};
use faam_wallet::who::{Party, meant, parties};
use serde_json::{Value, json};

use super::data;
use crate::args::Stop as Args;
use crate::failure::Failure;
use crate::shell::{Report, Shell};

/// Longest reason that a holder writes down, in bytes.
const MAX_REASON: usize = 500;

/// Somebody who is meant on the command line.
struct Meant {
    verifier: Client,
    name: String,
    /// What they know, if something was shown to them.
    party: Option<Party>,
}

pub(crate) fn run(shell: &Shell, args: &Args) -> Result<Report, Failure> {
    if args.reason.as_ref().is_some_and(|reason| reason.len() > MAX_REASON) {
        let what = format!("a reason has at most {MAX_REASON} bytes");
        return Err(Failure::new(Reason::InputMalformed, &what).at("--reason"));
    }
    let lang = args.lang.unwrap_or(shell.lang);
    let vault = shell.open_vault()?;
    let Some(named) = &args.party else { return everybody(shell, &vault, lang) };
    let meant = find(shell, &vault, named)?;
    if args.undo {
        return undo(shell, &vault, &meant);
    }
    stop(shell, &vault, args, (&meant, lang))
}

/// Who is blocked, and what was asked.
fn everybody(shell: &Shell, vault: &Vault, lang: Lang) -> Result<Report, Failure> {
    let (blocked, erasures) = (vault.blocked()?, vault.erasures()?);
    let mut lines: Vec<String> = blocked.iter().map(|one| line(shell, one)).collect();
    if lines.is_empty() {
        lines.push("Nobody is blocked.".to_owned());
    }
    lines.extend(erasures.iter().map(|asked| said(shell, asked, lang)));
    Ok(Report {
        data: json!({"blocked": data(&blocked)?, "erasures": data(&erasures)?}),
        text: lines.join("\n"),
    })
}

fn line(shell: &Shell, blocked: &Blocked) -> String {
    let name = foreign(&blocked.name, MAX_NAME_BYTES);
    let why = match &blocked.reason {
        Some(reason) => format!(": {}", foreign(reason, MAX_REASON)),
        None => String::new(),
    };
    let since = shell.local(blocked.since);
    bullet(
        "x",
        &format!("“{name}” ({}) is blocked since {since}{why}", short_name(&blocked.verifier)),
        shell.width,
        0,
    )
}

pub(super) fn said(shell: &Shell, asked: &ErasureAsked, lang: Lang) -> String {
    bullet("-", &answer(asked, lang, &|moment| shell.local(moment)), shell.width, 2)
}

/// Whom a text means: a party that was shown something, one that asked for something, one that is blocked, or a DID.
fn find(shell: &Shell, vault: &Vault, text: &str) -> Result<Meant, Failure> {
    let all = parties(&vault.shown()?, shell.now());
    let found = meant(&all, text);
    match found.as_slice() {
        [] => {}
        [one] => {
            let (verifier, name) = (one.verifier.clone(), one.name().to_owned());
            return Ok(Meant { verifier, name, party: Some((*one).clone()) });
        }
        several => {
            let names = several.iter().map(|party| party.verifier.clone());
            return Err(ambiguous(text, names));
        }
    }
    let asked = askers(&vault.log(usize::MAX)?).into_iter();
    let blocked = vault.blocked()?.into_iter().map(|one| (one.verifier, one.name));
    let mut others: Vec<(Client, String)> = asked.chain(blocked).collect();
    others.retain(|(client, name)| client.as_str() == text || name.to_lowercase() == text.to_lowercase());
    others.dedup_by(|a, b| a.0.stable_part() == b.0.stable_part());
    match others.as_slice() {
        [(verifier, name)] => Ok(Meant { verifier: verifier.clone(), name: name.clone(), party: None }),
        [] => match text.parse::<Client>() {
            Ok(verifier) => Ok(Meant { verifier, name: String::new(), party: None }),
            Err(_) => Err(nobody(text, &all)),
        },
        several => Err(ambiguous(text, several.iter().map(|(client, _)| client.clone()))),
    }
}

fn nobody(text: &str, all: &[Party]) -> Failure {
    let what = format!("nobody called '{}' asked you for anything", foreign(text, MAX_NAME_BYTES));
    let names: Vec<&str> = all.iter().map(Party::name).collect();
    let failure = Failure::new(Reason::InputMissing, &what).at("PARTY");
    match faam_verifier::policy::nearest_key(&[("", &names)], "", text) {
        Some(nearest) => failure.hint(&format!("Did you mean “{}”?", foreign(&nearest, MAX_NAME_BYTES))),
        None => failure
            .hint("See who there is: faam who. A party is its name, its DID, or the last letters of that."),
    }
}

fn ambiguous(text: &str, them: impl Iterator<Item = Client>) -> Failure {
    let them: Vec<String> = them.map(|one| one.as_str().to_owned()).collect();
    let what = format!("{} are called '{}'", them.len(), foreign(text, MAX_NAME_BYTES));
    Failure::new(Reason::InputMalformed, &what)
        .at("PARTY")
        .hint(&format!("Names are what they call themselves. Name one by its DID: {}", them.join(" or ")))
}

fn undo(shell: &Shell, vault: &Vault, meant: &Meant) -> Result<Report, Failure> {
    let was = vault.unblock(&meant.verifier, shell.now())?;
    let name = foreign(&meant.name, MAX_NAME_BYTES);
    let text = match was {
        true => format!(
            "“{name}” is blocked no longer: you are asked again when they ask. What you asked them to erase stays asked."
        ),
        false => format!("“{name}” was not blocked."),
    };
    let data = json!({"verifier": meant.verifier, "name": meant.name, "unblocked": was});
    Ok(Report { data, text: wrap(&text, shell.width, 0) })
}

fn stop(shell: &Shell, vault: &Vault, args: &Args, (meant, lang): (&Meant, Lang)) -> Result<Report, Failure> {
    let all = vault.shown()?;
    let theirs = shown_to(&all, &meant.verifier);
    let groups = groups(&theirs);
    let (now, together) = (shell.now(), args.now || args.print);
    let stopping = vault.block(&meant.verifier, &meant.name, args.reason.as_deref());
    stopping.asking(&groups, together, now, &mut shell.rng.clone())?.done(now)?;
    let mut asked = asked_of(vault, &theirs)?;
    if args.print {
        let entries: Vec<u64> = theirs.iter().map(|entry| entry.seq).collect();
        vault.note_letter(&entries, now)?;
        asked = asked_of(vault, &theirs)?;
    } else {
        for one in asked.iter_mut().filter(|one| one.is_due(now)) {
            if let Some(entry) = theirs.iter().find(|entry| entry.seq == one.entry) {
                *one = shell.contact(async |means| Ok(erase(vault, entry, one, means).await?))?;
            }
        }
    }
    let written = match (&meant.party, args.print) {
        (Some(party), true) => Some(letter(party, &theirs, lang, shell.width, &|moment| shell.day(moment))),
        _ => None,
    };
    report(shell, vault, (meant, lang), &asked, written)
}

fn asked_of(vault: &Vault, entries: &[&LogEntry]) -> Result<Vec<ErasureAsked>, Failure> {
    let mut asked = Vec::new();
    for entry in entries {
        asked.extend(vault.erasure(entry.seq)?);
    }
    Ok(asked)
}

fn report(
    shell: &Shell,
    vault: &Vault,
    (meant, lang): (&Meant, Lang),
    asked: &[ErasureAsked],
    written: Option<String>,
) -> Result<Report, Failure> {
    let name = foreign(&meant.name, MAX_NAME_BYTES);
    let mut lines = vec![bullet(
        "x",
        &format!(
            "“{name}” ({}) is blocked: what they ask for from now on is refused, and looks to them like nothing to show. Take it back: faam stop … --undo",
            short_name(&meant.verifier)
        ),
        shell.width,
        0,
    )];
    if asked.is_empty() {
        lines.push(wrap("You showed them nothing, so there is nothing to erase.", shell.width, 0));
    } else {
        lines.push(format!(
            "Asked to erase {}:",
            count(u64::try_from(asked.len()).unwrap_or(u64::MAX), "presentation")
        ));
        lines.extend(asked.iter().map(|one| said(shell, one, lang)));
        if asked.iter().any(|one| !one.is_over() && !one.is_due(shell.now()) && one.tries == 0) {
            lines.push(bullet("!", &apart(lang), shell.width, 0));
        }
        lines.push(bullet("!", &honest(lang), shell.width, 0));
    }
    let blocked = vault.is_blocked(&meant.verifier)?;
    let data = json!({
        "blocked": data(&blocked)?, "erasures": data(&asked)?, "letter": written,
        "honest": honest(Lang::En),
    });
    let text = match written {
        // The letter alone on stdout, so that it can go to a file or a printer.
        Some(letter) => {
            crate::shell::say(&lines.join("\n"));
            letter
        }
        None => lines.join("\n"),
    };
    Ok(Report { data, text })
}

/// Asks about what is due: of whoever was not reached before, and of what had to wait. Gives what came of it, with the names.
pub(super) fn deliver(shell: &Shell, vault: &Vault) -> Result<Vec<(String, ErasureAsked)>, Failure> {
    let due: Vec<ErasureAsked> =
        vault.erasures()?.into_iter().filter(|asked| asked.is_due(shell.now())).collect();
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let all = vault.shown()?;
    let mut done = Vec::new();
    for asked in due {
        let Some(entry) = all.iter().find(|entry| entry.seq == asked.entry) else { continue };
        let Happened::Shown { to, .. } = &entry.what else { continue };
        let came = shell.contact(async |means| Ok(erase(vault, entry, &asked, means).await?))?;
        done.push((to.name.clone(), came));
    }
    Ok(done)
}

/// What came of asking, for programs.
pub(super) fn told(name: &str, asked: &ErasureAsked) -> Result<Value, Failure> {
    Ok(json!({"name": name, "erasure": data(asked)?}))
}
