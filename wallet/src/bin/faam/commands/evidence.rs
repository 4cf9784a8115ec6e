//! `faam evidence`: what was brought in, handed on or forgotten.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;

use faam_spec::hash::Hash;
use faam_spec::reason::{Fault, Reason};
use faam_wallet::passport::grade_words;
use faam_wallet::text::{foreign, wrap};
use faam_wallet::vault::Vault;
use serde_json::json;

use crate::args::Evidence;
use crate::failure::{Failure, mend};
use crate::shell::{Report, Shell};
use crate::whom::Whom;

pub(crate) fn run(shell: &Shell, command: &Evidence) -> Result<Report, Failure> {
    match command {
        Evidence::Export(args) => export(shell, &args.id, &args.file),
        Evidence::Forget(args) => forget(shell, &args.id),
    }
}

fn export(shell: &Shell, id: &str, file: &std::path::Path) -> Result<Report, Failure> {
    let hash = hash(id)?;
    let vault = shell.open_vault()?;
    let mut found = None;
    for kept in vault.evidence()? {
        if kept.evidence.hash()? == hash {
            found = Some(kept);
        }
    }
    let kept = found.ok_or_else(nothing)?;
    check_persona(shell, &vault, kept.persona)?;
    let bytes = kept.evidence.to_bytes()?;
    let shown = foreign(&file.to_string_lossy(), 300);
    let failed = |error: std::io::Error| {
        let what = format!("'{shown}' could not be written: {}", foreign(&error.to_string(), 300));
        Failure::new(Reason::StoreIo, &what).at("FILE").hint(mend(error.kind()))
    };
    // Noted before anything leaves, like everything that is shown.
    vault.note_exported(hash, shell.now())?;
    let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).map_err(failed)?;
    out.write_all(&bytes).and_then(|()| out.sync_all()).map_err(failed)?;
    let statement = &kept.statement;
    let mut lines = vec![format!("Wrote {hash} to '{shown}'.")];
    lines.push(wrap(
        &format!(
            "All of it stands there as it came, with every address in it. Whoever gets it computes the grade anew; here it is: {}.",
            grade_words(statement.grade, statement.kind)
        ),
        shell.width,
        0,
    ));
    lines.extend(statement.caveats.iter().map(|caveat| wrap(caveat.sentence(), shell.width, 0)));
    let data = json!({"id": hash, "file": shown, "bytes": bytes.len(), "grade": statement.grade});
    Ok(Report { data, text: lines.join("\n") })
}

fn forget(shell: &Shell, id: &str) -> Result<Report, Failure> {
    let hash = hash(id)?;
    let vault = shell.open_vault()?;
    if let Some(persona) = vault.persona_of_evidence(hash)? {
        check_persona(shell, &vault, persona)?;
    }
    if !vault.forget_evidence(hash, shell.now())? {
        return Err(nothing());
    }
    Ok(Report { data: json!({"forgotten": hash}), text: format!("Forgot {hash}.") })
}

/// What one persona brought in is not handed on as another's.
fn check_persona(shell: &Shell, vault: &Vault, persona: u32) -> Result<(), Failure> {
    let whom = Whom::read(shell, vault)?;
    if shell.persona.is_none() || whom.means(persona) {
        return Ok(());
    }
    let what = format!("this was brought in under “{}”", whom.name(persona));
    Err(Failure::new(Reason::NothingToShow, &what).at("--persona").hint(HINT))
}

fn hash(id: &str) -> Result<Hash, Failure> {
    serde_json::from_value(json!(id))
        .map_err(|_| Failure::from(Fault::new(Reason::Malformed, "ID")).hint(HINT))
}

const HINT: &str = "faam passport shows the ids.";

fn nothing() -> Failure {
    Failure::new(Reason::NothingToShow, "nothing was brought in under this id").at("ID").hint(HINT)
}
