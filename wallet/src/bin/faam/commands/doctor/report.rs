//! A report for others to help with: what is the matter, and nothing of whose it is.

use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use faam_spec::reason::Reason;
use faam_spec::time::DAY;
use faam_wallet::text::foreign;
use faam_wallet::vault::Vault;
use serde_json::{Map, Value, json};

use super::{Check, Looked, checks, problem};
use crate::failure::{Failure, mend};
use crate::shell::{Report, Shell};
use crate::words::doctor as said;

/// Most that is read of a file of the system, in bytes.
const MAX_SYSTEM_FILE: u64 = 4096;
/// What stands in the place of a path that is not under the home folder.
const ELSEWHERE: &str = "(not under ~)";

/// Makes the report and gives it to `to`, a file that is not there yet, or `-` for stdout.
///
/// No name of a party or market, no identifier, no value and no text of anybody is in it: only what is listed here is copied into it.
//= spec/text/programs.md#REQ-PROGRAM-10
//# A report for others MUST hold no names, identifiers, values or secrets of the holder
pub(super) fn make(shell: &Shell, to: &Path, looked: Result<Looked, Failure>) -> Result<Report, Failure> {
    let (looked, failed) = match looked {
        Ok(looked) => (looked, None),
        Err(failure) => (Looked::default(), Some(failure)),
    };
    let mut rows: Vec<Value> = looked.checks.iter().map(row).collect();
    if let Some(failure) = &failed {
        rows.push(json!({"name": "open", "ok": false, "code": failure.reason()}));
    }
    let report = json!({
        "program": program(),
        "system": system(),
        "settings": settings(shell),
        "checks": rows,
        "at_most": counts(shell, looked.vault.as_ref()),
    });
    let text = text_of(&report);
    let (file, text) = match to.as_os_str() == "-" {
        true => (Value::Null, text),
        false => {
            write(shell, to, &text)?;
            let name = foreign(&to.to_string_lossy(), 300);
            (json!(to.to_string_lossy()), said::report_written(shell.lang, name))
        }
    };
    let data = json!({"report": report, "file": file});
    match failed {
        // Without its places and hints, which can name something.
        Some(failure) => Err(Failure::new(failure.reason(), failure.reason().sentence_in(shell.lang))
            .exit(failure.code())
            .showing(data, text)),
        None if looked.checks.iter().any(|check| !check.ok) => {
            Err(problem(shell, &looked.checks, Some(&said::see_doctor(shell.lang))).showing(data, text))
        }
        None => Ok(Report { data, text }),
    }
}

fn row(check: &Check) -> Value {
    json!({"name": check.name, "ok": check.ok, "code": check.code})
}

fn write(shell: &Shell, to: &Path, text: &str) -> Result<(), Failure> {
    let written = || -> std::io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
        file.write_all(text.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    };
    written().map_err(|error| {
        let name = foreign(&to.to_string_lossy(), 300);
        let why = foreign(&error.to_string(), 300);
        Failure::new(Reason::StoreIo, &said::report_refused(shell.lang, name, why))
            .at("--report")
            .hint(mend(error.kind()))
    })
}

fn program() -> Value {
    let mut features = Vec::new();
    for (name, on) in [
        ("blst", cfg!(feature = "blst")),
        ("affinidi", cfg!(feature = "affinidi")),
        ("w3c", cfg!(feature = "w3c")),
    ] {
        if on {
            features.push(name);
        }
    }
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "features": features.join(" "),
        "build": if cfg!(debug_assertions) { "debug" } else { "release" },
    })
}

fn system() -> Value {
    let first = |path: &str, key: &str| {
        let mut text = String::new();
        let file = std::fs::File::open(path).ok()?;
        file.take(MAX_SYSTEM_FILE).read_to_string(&mut text).ok()?;
        let found = text.lines().find_map(|line| line.strip_prefix(key))?.trim_matches('"').to_owned();
        Some(foreign(&found, 100))
    };
    json!({
        "os": std::env::consts::OS,
        "architecture": std::env::consts::ARCH,
        "name": first("/etc/os-release", "PRETTY_NAME="),
        "kernel": first("/proc/sys/kernel/osrelease", ""),
    })
}

fn settings(shell: &Shell) -> Vec<Value> {
    let user = std::env::var_os("HOME").map(std::path::PathBuf::from);
    let tilde = |value: Value| match value.as_str() {
        Some(text) if text.contains('/') => json!(shortened(Path::new(text), user.as_deref())),
        _ => value,
    };
    let listed = shell.settings.listed().into_iter();
    listed
        .map(|(name, value, origin, from)| {
            // What is traced was typed by the holder, and can have anything in it.
            let value = if name == "log" { json!(!value.is_null()) } else { tilde(value) };
            json!({"name": name, "value": value, "origin": origin, "from": from})
        })
        .collect()
}

/// A path for others: `~` in the place of the home folder, and nothing of what is elsewhere.
fn shortened(path: &Path, user: Option<&Path>) -> String {
    match user.and_then(|user| path.strip_prefix(user).ok()) {
        Some(rest) => format!("~/{}", foreign(&rest.to_string_lossy(), 300)),
        None => ELSEWHERE.to_owned(),
    }
}

/// How much there is, each rounded up to a power of ten: exact numbers can name a person.
fn counts(shell: &Shell, vault: Option<&Vault>) -> Value {
    let mut counts = Map::new();
    counts.insert("bytes".into(), json!(rounded(checks::size_of(&shell.home))));
    let Some(vault) = vault else { return Value::Object(counts) };
    if let Ok(contents) = vault.contents() {
        let sum = |of: &dyn Fn(&faam_wallet::vault::MarketContents) -> u64| {
            contents.markets.iter().map(of).fold(0, u64::saturating_add)
        };
        let markets = u64::try_from(contents.markets.len()).unwrap_or(u64::MAX);
        for (name, number) in [
            ("records", contents.records),
            ("ledgers", markets),
            ("entries", sum(&|market| market.entries)),
            ("ratings", sum(&|market| market.ratings)),
            ("private_standings", sum(&|market| u64::from(market.private))),
            ("log", contents.log),
            ("log_lost", contents.log_expected.saturating_sub(contents.log)),
            ("receipts", contents.receipts),
            ("contradictions", contents.conflicts),
        ] {
            counts.insert(name.into(), json!(rounded(number)));
        }
    }
    if let Ok(evidence) = vault.evidence() {
        counts.insert("imported".into(), json!(rounded(u64::try_from(evidence.len()).unwrap_or(u64::MAX))));
    }
    if let Ok(Some((last, since))) = vault.last_backup() {
        let days = shell.now().since(last.at).div_euclid(DAY).max(0).unsigned_abs();
        counts.insert("days_since_backup".into(), json!(rounded(days)));
        counts.insert("things_since_backup".into(), json!(rounded(since)));
    }
    Value::Object(counts)
}

/// The power of ten that is not under `number`; 0 of nothing.
fn rounded(number: u64) -> u64 {
    if number == 0 {
        return 0;
    }
    let mut power = 1_u64;
    while power < number {
        power = power.saturating_mul(10);
    }
    power
}

/// The report as lines. It is English whatever the language: it goes to whoever helps.
fn text_of(report: &Value) -> String {
    let mut lines = vec!["Report of faam doctor; counts are rounded up to a power of ten.".to_owned()];
    for part in ["program", "system"] {
        lines.push(format!("{part}:"));
        let members = report.get(part).and_then(Value::as_object).into_iter().flatten();
        lines.extend(members.map(|(name, value)| format!("  {name}: {}", plain(value))));
    }
    lines.push("settings:".to_owned());
    for setting in report.get("settings").and_then(Value::as_array).into_iter().flatten() {
        let of = |name: &str| setting.get(name).map(plain).unwrap_or_default();
        let from = of("from");
        let from = if from.is_empty() { String::new() } else { format!(" {from}") };
        lines.push(format!("  {}: {} ({}{from})", of("name"), of("value"), of("origin")));
    }
    lines.push("checks:".to_owned());
    for check in report.get("checks").and_then(Value::as_array).into_iter().flatten() {
        let of = |name: &str| check.get(name).map(plain).unwrap_or_default();
        let how = if check.get("ok") == Some(&Value::Bool(true)) { "ok".to_owned() } else { of("code") };
        lines.push(format!("  {}: {how}", of("name")));
    }
    lines.push("at most:".to_owned());
    let counts = report.get("at_most").and_then(Value::as_object).into_iter().flatten();
    lines.extend(counts.map(|(name, value)| format!("  {name}: {}", plain(value))));
    lines.join("\n")
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_rounded_up_and_paths_say_no_more_than_where_under_the_home_folder() {
        assert_eq!([0, 1, 2, 10, 11, 999].map(rounded), [0, 1, 10, 10, 100, 1000]);
        assert!(rounded(u64::MAX) >= 10_000_000_000_000_000_000);
        let user = Some(Path::new("/home/anna"));
        assert_eq!(shortened(Path::new("/home/anna/.local/share/faam"), user), "~/.local/share/faam");
        assert_eq!(shortened(Path::new("/home/anna-b/faam"), user), ELSEWHERE);
        assert_eq!(shortened(Path::new("/srv/secret"), user), ELSEWHERE);
        assert_eq!(shortened(Path::new("/srv/secret"), None), ELSEWHERE);
    }
}
