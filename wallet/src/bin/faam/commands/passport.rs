//! `faam passport`: one's own name at a glance.

use faam_wallet::passport::Passport;

use super::data;
use crate::failure::Failure;
use crate::shell::{Report, Shell};

pub(crate) fn run(shell: &Shell) -> Result<Report, Failure> {
    let vault = shell.open_vault()?;
    let now = shell.now();
    let passport = Passport::new(&vault.held_all()?, now).with_evidence(&vault.evidence()?, now)?;
    let text = passport.to_text(shell.width);
    let text: Vec<String> = text
        .lines()
        .map(|line| if line.starts_with("──") { shell.strong(line) } else { line.to_owned() })
        .collect();
    Ok(Report { data: data(&passport)?, text: text.join("\n") })
}
