//! `faam passport`: one's own name at a glance.

use faam_wallet::passport::Passport;

use super::data;
use crate::failure::Failure;
use crate::shell::{Report, Shell};
use crate::whom::Whom;

pub(crate) fn run(shell: &Shell) -> Result<Report, Failure> {
    let vault = shell.open_vault()?;
    let now = shell.now();
    let whom = Whom::read(shell, &vault)?;
    let (held, mut evidence) = (whom.held(&vault)?, vault.evidence()?);
    evidence.retain(|kept| whom.means(kept.persona));
    let mut text: Vec<String> = Vec::new();
    for persona in whom.meant() {
        // Each for itself: what two have is not one name.
        let held: Vec<_> =
            held.iter().filter(|held| held.info().persona == persona.number).cloned().collect();
        let brought: Vec<_> =
            evidence.iter().filter(|kept| kept.persona == persona.number).cloned().collect();
        let passport = Passport::new(&held, now).with_evidence(&brought, now)?;
        if whom.are_several() {
            text.push(shell.strong(&format!("══ {} ══", persona.name)));
        }
        text.extend(passport.to_text(shell.width).lines().map(|line| match line.starts_with("──") {
            true => shell.strong(line),
            false => line.to_owned(),
        }));
        if whom.are_several() {
            text.push(String::new());
        }
    }
    let mut data = data(&Passport::new(&held, now).with_evidence(&evidence, now)?)?;
    whom.put_into(&mut data);
    Ok(Report { data, text: text.join("\n").trim_end().to_owned() })
}
