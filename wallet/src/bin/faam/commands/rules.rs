//! `faam rules`: what is answered, asked and refused by rules of the holder, and what they would have done with the log.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use faam_spec::limits::MAX_NAME_BYTES;
use faam_spec::reason::Reason;
use faam_wallet::persona::Persona;
use faam_wallet::rules::{Doubts, FILE, History, MAX_RULES_BYTES, Preset, Rules, RulesError, Then};
use faam_wallet::text::{bullet, count, foreign};
use faam_wallet::vault::{Happened, LogEntry, WhoAsked};
use serde_json::json;

use crate::args::{PresetName, RulesCommand, RulesTest, RulesUse};
use crate::failure::Failure;
use crate::shell::{Report, Shell};

/// Where the rules are.
fn path(shell: &Shell) -> PathBuf {
    shell.home.join(FILE)
}

/// The rules in force; none where there is no file.
pub(crate) fn in_force(shell: &Shell) -> Result<Option<Rules>, Failure> {
    let path = path(shell);
    if !path.exists() {
        return Ok(None);
    }
    read(shell, &path, "rules.toml").map(Some)
}

//= spec/text/rules.md#REQ-RULE-6
//# A file MUST be read whole or not at all
fn read(shell: &Shell, path: &Path, at: &str) -> Result<Rules, Failure> {
    let shown = foreign(&path.to_string_lossy(), 300);
    let failed = |error: &std::io::Error| {
        let what = format!("the rules in '{shown}' cannot be read: {}", foreign(&error.to_string(), 300));
        let reason = match error.kind() {
            std::io::ErrorKind::NotFound => Reason::InputMissing,
            _ => Reason::StoreIo,
        };
        Failure::new(reason, &what).at(at).hint("Begin with a preset: faam rules use careful")
    };
    let file = std::fs::File::open(path).map_err(|error| failed(&error))?;
    check_owner(&file, &shown, at)?;
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_RULES_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    file.take(limit).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    let bad = |error: &RulesError| {
        Failure::new(error.reason(), &format!("the rules in '{shown}' cannot be used: {error}"))
            .at(at)
            .hint("Nothing is answered by a rule until this is mended.")
    };
    let text =
        String::from_utf8(bytes).map_err(|_| bad(&RulesError::Syntax("it is not UTF-8".to_owned())))?;
    Rules::parse(&text, shell.now()).map_err(|error| bad(&error))
}

/// Rules that others can write are not the holder's.
//= spec/text/rules.md#REQ-RULE-7
//# A file of rules that others can write MUST NOT be used.
fn check_owner(file: &std::fs::File, shown: &str, at: &str) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt as _;
    let about =
        file.metadata().map_err(|_| Failure::new(Reason::StoreIo, "the rules cannot be read").at(at))?;
    let mode = about.permissions().mode() & 0o777;
    if mode & 0o022 == 0 {
        return Ok(());
    }
    let what = format!("others can write the rules in '{shown}' (mode {mode:o})");
    Err(Failure::new(Reason::StorePermissions, &what)
        .at(at)
        .hint(&format!("Read them, then: chmod 600 '{shown}'")))
}

/// The rules, if every persona that they name is there.
pub(crate) fn checked(rules: Rules, personas: &[Persona]) -> Result<Rules, Failure> {
    match rules.check_personas(personas) {
        Ok(()) => Ok(rules),
        Err(error) => {
            let what = format!("your rules cannot be used: {error}");
            Err(Failure::new(error.reason(), &what).at("rules.toml").hint(
                "Nothing is answered by a rule until this is mended. See your personas: faam persona list",
            ))
        }
    }
}

pub(crate) fn run(shell: &Shell, command: Option<&RulesCommand>) -> Result<Report, Failure> {
    match command {
        None => list(shell),
        Some(RulesCommand::Use(args)) => take(shell, args),
        Some(RulesCommand::Test(args)) => test(shell, args),
    }
}

fn list(shell: &Shell) -> Result<Report, Failure> {
    let vault = shell.open_vault()?;
    let Some(rules) = in_force(shell)? else {
        let text = "There are no rules: you are asked each time. Begin with a preset: faam rules use careful, or everyday.";
        return Ok(Report { data: json!({"file": null, "rules": []}), text: text.to_owned() });
    };
    let personas = vault.personas()?;
    let rules = checked(rules, &personas)?;
    let log = vault.log(usize::MAX)?;
    let histories: Vec<History> =
        personas.iter().map(|persona| History::under(persona.number, &log)).collect();
    let shown = path(shell).to_string_lossy().into_owned();
    let (mut lines, mut told) =
        (vec![format!("Rules in '{}', the first that fits decides:", foreign(&shown, 300))], Vec::new());
    for (at, rule) in rules.as_slice().iter().enumerate() {
        let of = histories.iter().map(|history| history.of_rule(&rule.name));
        let (times, last) = of.fold((0_u64, None), |(times, last), (more, at)| (times + more, last.max(at)));
        let in_force = rule.is_in_force(shell.now());
        let mut text = format!("{}: {}", foreign(&rule.name, MAX_NAME_BYTES), rule.sentence());
        if !in_force {
            text.push_str(" That day is over: it fits nothing.");
        }
        if let Some(last) = last {
            text.push_str(&format!(" Answered {}, last on {}.", count(times, "time"), shell.local(last)));
        }
        lines.push(bullet(&format!("{:>2}.", at + 1), &text, shell.width, 0));
        told.push(json!({
            "name": rule.name, "then": rule.then, "until": rule.until, "in_force": in_force,
            "sentence": rule.sentence(), "answered": times, "last": last,
        }));
        if let (Some(name), Some(Some(row))) =
            (&rule.persona, told.last_mut().map(serde_json::Value::as_object_mut))
        {
            row.insert("persona".to_owned(), json!(name));
        }
    }
    lines.push(
        "Where none fits, you are asked; and what you would be warned of is never answered by a rule."
            .to_owned(),
    );
    Ok(Report { data: json!({"file": shown, "rules": told}), text: lines.join("\n") })
}

/// Writes a preset for the holder to read and to change. What was there is kept beside it.
//= spec/text/rules.md#REQ-RULE-8
//# No rule MUST be in force that the holder did not write or take over
fn take(shell: &Shell, args: &RulesUse) -> Result<Report, Failure> {
    use std::os::unix::fs::OpenOptionsExt as _;
    drop(shell.open_vault()?);
    let preset = match args.preset {
        PresetName::Careful => Preset::Careful,
        PresetName::Everyday => Preset::Everyday,
    };
    let (path, before) = (path(shell), shell.home.join("rules.toml.before"));
    let failed = |error: &std::io::Error| {
        let what = format!("the rules could not be written: {}", foreign(&error.to_string(), 300));
        Failure::new(Reason::StoreIo, &what).at("rules.toml").hint("What was there before is there still.")
    };
    let kept = path.exists();
    if kept && !args.replace {
        let what = format!("there are rules already, in '{}'", foreign(&path.to_string_lossy(), 300));
        return Err(Failure::new(Reason::InputMalformed, &what)
            .at("--replace")
            .hint("Change them with any editor; or give --replace, which keeps them as rules.toml.before."));
    }
    let fresh = shell.home.join("rules.toml.new");
    let write = || -> std::io::Result<()> {
        let mut file =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        file.write_all(preset.text(shell.now()).as_bytes())?;
        file.sync_all()?;
        if kept {
            std::fs::rename(&path, &before)?;
        }
        std::fs::rename(&fresh, &path)
    };
    write().map_err(|error| failed(&error))?;
    let shown = foreign(&path.to_string_lossy(), 300);
    let text = format!(
        "The rules “{}” are in force, in '{shown}'. Read them, change them with any editor, and see what they say: faam rules",
        preset.name()
    );
    let data = json!({"file": path.to_string_lossy(), "preset": preset.name(), "kept": kept.then(|| before.to_string_lossy().into_owned())});
    Ok(Report { data, text })
}

/// What these rules would have done with what is in the log.
fn test(shell: &Shell, args: &RulesTest) -> Result<Report, Failure> {
    let vault = shell.open_vault()?;
    let rules = match &args.file {
        Some(file) => read(shell, file, "FILE")?,
        None => in_force(shell)?.ok_or_else(|| {
            Failure::new(Reason::InputMissing, "there are no rules to try")
                .at("FILE")
                .hint("Name a file of rules, or begin with a preset: faam rules use careful")
        })?,
    };
    let personas = vault.personas()?;
    let rules = checked(rules, &personas)?;
    let mut entries = vault.log(usize::MAX)?;
    entries.reverse();
    let mut histories: BTreeMap<u32, (Rules, History)> = personas
        .iter()
        .map(|persona| (persona.number, (rules.of(persona), History::under(persona.number, &[]))))
        .collect();
    let (mut lines, mut told, mut sum) = (Vec::new(), Vec::new(), BTreeMap::new());
    for entry in &entries {
        let Some((rules, history)) = histories.get_mut(&entry.persona) else { continue };
        if let Some((to, became)) = asked(entry) {
            // What a person would have been warned of then is not in the log.
            let verdict = rules.judge(to, &Doubts::default(), history, entry.at);
            *sum.entry(word(verdict.then)).or_insert(0_u64) += 1;
            let rule = verdict.rule.as_deref().map(|rule| foreign(rule, MAX_NAME_BYTES));
            let by = rule.as_deref().map_or("no rule fits".to_owned(), |rule| format!("by “{rule}”"));
            let text = format!(
                "{} ({by}). “{}”, for “{}”; it was {became}.",
                word(verdict.then),
                foreign(&to.name, MAX_NAME_BYTES),
                foreign(&to.purpose, 200)
            );
            lines.push(bullet(
                &format!("{:>4}. {} ", entry.seq, shell.local(entry.at)),
                &text,
                shell.width,
                0,
            ));
            told.push(json!({"seq": entry.seq, "then": verdict.then, "rule": verdict.rule, "was": became}));
        }
        history.add(entry);
    }
    let sums: Vec<String> = sum.iter().map(|(word, times)| format!("{word}: {times}")).collect();
    lines.push(match sums.is_empty() {
        true => "Nobody has asked for anything yet.".to_owned(),
        false => format!("{}. What you would be warned of is asked all the same.", sums.join(", ")),
    });
    Ok(Report { data: json!({"requests": told}), text: lines.join("\n") })
}

/// Whoever asked in an entry, and what became of it.
fn asked(entry: &LogEntry) -> Option<(&WhoAsked, &'static str)> {
    match &entry.what {
        Happened::Shown { to, .. } => Some((to, "shown")),
        Happened::Declined { to, .. } => Some((to, "declined")),
        Happened::Withheld { to, .. } => Some((to, "withheld")),
        Happened::NotAnswered { to, .. } => Some((to, "not answered")),
        _ => None,
    }
}

const fn word(then: Then) -> &'static str {
    match then {
        Then::Answer => "answered",
        Then::Ask => "asked",
        Then::Refuse => "refused",
    }
}
