//! `faam doctor`: what is wrong, each with its fix; and a report of it for others to help with.

mod checks;
mod report;

use faam_spec::exit::Exit;
use faam_spec::reason::Reason;
use faam_wallet::text::{bullet, pad};
use faam_wallet::vault::Vault;
use serde::Serialize;
use serde_json::json;

use super::data;
use crate::args::Doctor;
use crate::failure::Failure;
use crate::shell::{Report, Shell};
use crate::words::doctor as said;

/// From this width on, fixes stand under what they mend; else they begin further left.
const WIDE: usize = 60;

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

/// What was found.
#[derive(Debug, Default)]
struct Looked {
    checks: Vec<Check>,
    /// The wallet, if it could be opened.
    vault: Option<Vault>,
}

pub(super) fn run(shell: &Shell, args: &Doctor) -> Result<Report, Failure> {
    let looked = look(shell, args.online);
    match &args.report {
        None => told(shell, &looked?.checks),
        Some(to) => report::make(shell, to, looked),
    }
}

fn look(shell: &Shell, online: bool) -> Result<Looked, Failure> {
    shell.must_exist()?;
    let passphrase = shell.passphrase(&crate::words::shell::prompt(shell.lang))?;
    let mut checks = Vec::new();
    let vault = match checks::open(shell, &passphrase, &mut checks) {
        Ok(vault) => {
            if let Err(error) = checks::look(shell, &vault, &mut checks) {
                checks.push(checks::broken("contents", &error, &said::mend(shell.lang)));
            }
            if online {
                checks.extend(checks::nodes(shell, &vault));
            }
            Some(vault)
        }
        // Whoever does not know the passphrase learns nothing about the contents.
        Err(error) if error.reason() == Reason::StoreLocked => return Err(error.into()),
        Err(_) => None,
    };
    Ok(Looked { checks, vault })
}

fn told(shell: &Shell, checks: &[Check]) -> Result<Report, Failure> {
    let text = checks.iter().map(|check| line(shell, check)).collect::<Vec<_>>().join("\n");
    let data = json!({"checks": data(&checks)?});
    match checks.iter().find(|check| !check.ok) {
        None => Ok(Report { data, text }),
        Some(worst) => Err(problem(shell, checks, worst.fix.as_deref()).showing(data, text)),
    }
}

fn line(shell: &Shell, check: &Check) -> String {
    let (ok, bad) = (said::ok(shell.lang), said::bad(shell.lang));
    let column = ok.len().max(bad.len()) + 1;
    let mark = pad(if check.ok { &ok } else { &bad }, column);
    let line = bullet(&format!("{mark}{:<12}", check.name), &check.what, shell.width, 0);
    let indent = if shell.width < WIDE { column } else { column + 13 };
    match &check.fix {
        Some(fix) => format!("{line}\n{}", bullet(&said::fix(shell.lang), fix, shell.width, indent)),
        None => line,
    }
}

/// How a command ends that found something: with 9 or 10 where the store is damaged or in use, else with 1.
fn problem(shell: &Shell, checks: &[Check], hint: Option<&str>) -> Failure {
    let bad: Vec<&Check> = checks.iter().filter(|check| !check.ok).collect();
    let reason = bad.first().and_then(|worst| worst.code).unwrap_or(Reason::StoreIo);
    let number = said::problems(shell.lang, u64::try_from(bad.len()).unwrap_or(0));
    let exit = match reason.exit() {
        damaged_or_in_use @ (Exit::Damaged | Exit::InUse) => damaged_or_in_use,
        _ => Exit::Failure,
    };
    Failure::new(reason, &said::found(shell.lang, number))
        .at(bad.first().map_or("", |worst| worst.name))
        .hint(hint.unwrap_or_default())
        .exit(exit)
}
