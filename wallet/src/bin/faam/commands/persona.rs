//! `faam persona`: names that are kept apart in one wallet.

use std::collections::BTreeSet;

use faam_spec::did::Did;
use faam_spec::limits::MAX_NAME_BYTES;
use faam_wallet::persona::{Persona, PersonaName, named};
use faam_wallet::text::{bullet, count, foreign, pad, short_did, short_name, wrap};
use faam_wallet::vault::{LogEntry, Vault};
use faam_wallet::who::parties;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use super::data;
use crate::args::PersonaCommand;
use crate::failure::Failure;
use crate::shell::{Report, Shell};

/// What another persona does not hide.
const NOT_HIDDEN: &str = "Keys, pseudonyms and what is held are apart. The address from which you come, the time, and what you write yourself are not: whoever sees both can guess.";

pub(crate) fn run(shell: &Shell, command: &PersonaCommand) -> Result<Report, Failure> {
    match command {
        PersonaCommand::New(args) => make(shell, &args.name),
        PersonaCommand::List => list(shell),
        PersonaCommand::Show(args) => show(shell, &args.name),
        PersonaCommand::Rename(args) => rename(shell, &args.name, &args.to),
    }
}

fn make(shell: &Shell, name: &str) -> Result<Report, Failure> {
    let name: PersonaName = name.parse()?;
    let vault = shell.open_vault()?;
    let persona = vault.make_persona(&name, shell.now())?;
    let mut warnings = Vec::new();
    //= spec/text/personas.md#REQ-PERSONA-11
    //# a wallet that was made from a phrase alone MUST say, when a persona is made, that it has the keys of the one that had its number
    if vault.is_of_phrase()? {
        warnings.push(format!(
            "This wallet was made again by its phrase. If you had personas before, “{name}” has the keys of the one that you made as no. {}: what was shown under that one can be tied to it. To have those of before again, make them in their order.",
            persona.number
        ));
    }
    let mut lines = vec![format!("The persona “{name}” is made, with keys of its own.")];
    lines.extend(warnings.iter().map(|line| bullet("!", line, shell.width, 0)));
    lines.push(wrap(NOT_HIDDEN, shell.width, 0));
    let next = format!("faam receive LINK --code CODE --persona {}", quoted(&name));
    lines.push(format!("\nNext, take what a market offers you under it:\n  {}", shell.strong(&next)));
    let data = json!({"persona": data(&persona)?, "warnings": warnings, "next": next});
    Ok(Report { data, text: lines.join("\n") })
}

fn rename(shell: &Shell, from: &str, to: &str) -> Result<Report, Failure> {
    let to: PersonaName = to.parse()?;
    let vault = shell.open_vault()?;
    let persona = named(&vault.personas()?, from)?.clone();
    // A rule that names it would be one for nobody: what refuses must not fall silent.
    let mut warnings = Vec::new();
    let rules = super::rules::in_force(shell)?;
    let names = |rule: &faam_wallet::rules::Rule| {
        rule.persona.as_ref().is_some_and(|name| name.is_like(persona.name.as_str()))
    };
    if rules.is_some_and(|rules| rules.as_slice().iter().any(names)) && !to.is_like(persona.name.as_str()) {
        warnings.push(format!(
            "Your rules name “{}”: until you change them, they cannot be used, and faam present says so.",
            persona.name
        ));
    }
    let renamed = vault.rename_persona(&persona, &to, shell.now())?;
    let mut lines =
        vec![format!("The persona “{}” is called “{to}” from now on. Nobody else sees that.", persona.name)];
    lines.extend(warnings.iter().map(|line| bullet("!", line, shell.width, 0)));
    Ok(Report { data: json!({"persona": data(&renamed)?, "warnings": warnings}), text: lines.join("\n") })
}

fn list(shell: &Shell) -> Result<Report, Failure> {
    let vault = shell.open_vault()?;
    let shown = vault.shown()?;
    let (mut lines, mut rows) = (Vec::new(), Vec::new());
    for persona in vault.personas()? {
        let markets = markets(&vault, &persona)?;
        let names = under(&shown, &persona).map(stable).collect::<BTreeSet<_>>().len();
        let held = if markets.is_empty() {
            "nothing held".to_owned()
        } else {
            format!("holds {}", markets.join(", "))
        };
        let text = format!(
            "{held}; shown to {}",
            match names {
                0 => "nobody".to_owned(),
                many => count(u64::try_from(many).unwrap_or(u64::MAX), "verifier"),
            }
        );
        lines.push((format!("{}:", persona.name), text));
        let mut row = data(&persona)?;
        if let Some(row) = row.as_object_mut() {
            row.insert("markets".to_owned(), json!(markets));
            row.insert("shown_to".to_owned(), json!(names));
        }
        rows.push(row);
    }
    let widest = lines.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
    let lines: Vec<String> =
        lines.iter().map(|(name, text)| bullet(&pad(name, widest), text, shell.width, 0)).collect();
    Ok(Report { data: json!({"personas": rows}), text: lines.join("\n") })
}

fn show(shell: &Shell, name: &str) -> Result<Report, Failure> {
    let vault = shell.open_vault()?;
    let persona = named(&vault.personas()?, name)?.clone();
    let entries: Vec<LogEntry> = under(&vault.shown()?, &persona).cloned().collect();
    let known = parties(&entries, shell.now());
    let mut lines = vec![shell.strong(&format!("“{}”", persona.name))];
    let mut say = |mark: &str, text: &str| lines.push(bullet(&format!("{mark:<9}"), text, shell.width, 2));
    say("made", &shell.local(persona.made));
    let mut ledgers: Vec<Value> = Vec::new();
    for info in vault.ledgers()?.into_iter().filter(|info| info.persona == persona.number) {
        let key = vault.holder_key(persona.number, &info.issuer, &info.market)?.verifying_key();
        let key = Did::from_key(&key);
        say(
            "holds",
            &format!(
                "of {} ({}), since {}, by the key {}",
                info.market,
                short_did(&info.issuer),
                shell.day(info.since),
                short_did(&key)
            ),
        );
        ledgers.push(json!({
            "market": info.market, "issuer": info.issuer, "ledger": info.ledger, "since": info.since,
            "renewed": info.updated, "key": key,
        }));
    }
    let brought = vault.evidence()?.iter().filter(|kept| kept.persona == persona.number).count();
    let brought = u64::try_from(brought).unwrap_or(u64::MAX);
    if brought > 0 {
        say("has", &format!("{} that you brought in", count(brought, "thing")));
    }
    for party in &known {
        say(
            "shown to",
            &format!("“{}” ({})", foreign(party.name(), MAX_NAME_BYTES), short_name(&party.verifier)),
        );
    }
    if ledgers.is_empty() && known.is_empty() && brought == 0 {
        say("holds", "nothing, and nobody was shown anything under it");
    }
    let data = json!({
        "persona": data(&persona)?, "ledgers": ledgers, "evidence": brought, "parties": data(&known)?,
    });
    Ok(Report { data, text: lines.join("\n") })
}

fn markets(vault: &Vault, persona: &Persona) -> Result<Vec<String>, Failure> {
    let of = vault.ledgers()?.into_iter().filter(|info| info.persona == persona.number);
    let names: BTreeSet<String> = of.map(|info| info.market.to_string()).collect();
    Ok(names.into_iter().collect())
}

fn under<'a>(shown: &'a [LogEntry], persona: &Persona) -> impl Iterator<Item = &'a LogEntry> {
    let number = persona.number;
    shown.iter().filter(move |entry| entry.persona == number)
}

fn stable(entry: &LogEntry) -> String {
    match &entry.what {
        faam_wallet::vault::Happened::Shown { to, .. } => to.did.as_str().to_owned(),
        _ => String::new(),
    }
}

/// A name as a shell takes it.
pub(super) fn quoted(name: &PersonaName) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    match name.as_str().chars().all(plain) {
        true => name.to_string(),
        false => format!("'{}'", name.as_str().replace('\'', "'\\''")),
    }
}
