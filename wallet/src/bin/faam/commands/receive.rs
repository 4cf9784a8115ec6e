//! `faam receive`: taking what a market offers.

use faam_spec::link::{Link, LinkKind};
use faam_spec::reason::{Fault, Reason};
use faam_wallet::contact::{Received, check_code, receive};
use faam_wallet::receive::Changes;
use faam_wallet::text::{bullet, count};
use faam_wallet::vault::{Happened, Vault};
use serde_json::json;

use super::data;
use crate::args::Receive;
use crate::failure::Failure;
use crate::shell::{Report, Shell, TRIES, say};

const NOT_A_CODE: &str = "cannot be a session code: one has eight letters and digits, such as 7KQ2-M9XD";

pub(crate) fn run(shell: &Shell, args: &Receive) -> Result<Report, Failure> {
    let link = shell.link(&args.link)?;
    if link.kind() != LinkKind::Offer {
        return Err(Fault::new(Reason::LinkKind, "link").into());
    }
    if let Some(code) = &args.code {
        check_code(code).map_err(not_a_code)?;
    }
    let vault = shell.open_vault()?;
    //= spec/text/link.md#REQ-LINK-9
    //# A link MUST NOT start anything by itself
    let code = match &args.code {
        Some(code) => Some(code.clone()),
        // One that was begun goes on without it.
        None if vault.transfer(&link)?.is_some() => None,
        None => {
            link.check(LinkKind::Offer, shell.now())?;
            Some(asked(shell)?)
        }
    };
    let received = received(shell, &vault, &link, code.as_deref())?;
    match received {
        Received::New { entry, warnings } => {
            let Happened::Received { market, epoch, changes, .. } = &entry.what else {
                return Err(Failure::new(Reason::Internal, "the note about the receipt is of another kind"));
            };
            let mut lines = vec![format!("Received from {market}, epoch {epoch}, checked and kept:")];
            lines.extend(told(changes).iter().map(|line| bullet("-", line, shell.width, 2)));
            lines.extend(warnings.iter().map(|line| bullet("!", line, shell.width, 2)));
            lines.push(String::new());
            lines.push(format!("Next, see your good name:\n  {}", shell.strong("faam passport")));
            let data = json!({"state": "received", "entry": data(&entry)?, "warnings": warnings});
            Ok(Report { data, text: lines.join("\n") })
        }
        Received::Confirmed => Ok(Report {
            data: json!({"state": "confirmed"}),
            text: "It was kept before; now the market knows.".to_owned(),
        }),
        _ => Ok(Report {
            data: json!({"state": "already"}),
            text: "This offer was received before. Nothing is left to do.".to_owned(),
        }),
    }
}

fn asked(shell: &Shell) -> Result<String, Failure> {
    let mut tries = 0;
    loop {
        let code = shell.ask("Code that the market shows you: ", "the session code", "--code CODE")?;
        tries += 1;
        match check_code(&code) {
            Ok(()) => return Ok(code),
            Err(fault) if tries >= TRIES => return Err(not_a_code(fault)),
            Err(_) => say(&format!("That {NOT_A_CODE}.")),
        }
    }
}

fn not_a_code(fault: Fault) -> Failure {
    Failure::new(fault.reason(), &format!("this {NOT_A_CODE}"))
        .at("--code")
        .hint("Look at the code in the market's own session. Nobody was called, and no try is used up.")
}

fn received(shell: &Shell, vault: &Vault, link: &Link, code: Option<&str>) -> Result<Received, Failure> {
    shell.contact(async |means| Ok(receive(vault, link, code, means).await?))
}

pub(super) fn told(changes: &Changes) -> Vec<String> {
    let parts = [
        (changes.ratings, "new rating"),
        (changes.corrections, "correction"),
        (changes.withdrawals, "withdrawal"),
        (changes.replies, "reply"),
        (changes.disputes, "change of a dispute"),
        (changes.bindings, "binding"),
    ];
    let mut lines: Vec<String> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| match (*number, *word) {
            (1, _) => count(1, word),
            (_, "reply") => format!("{number} replies"),
            (_, "change of a dispute") => format!("{number} changes of disputes"),
            _ => count(*number, word),
        })
        .collect();
    if lines.is_empty() {
        lines.push("nothing new in the ledger, and the standing of this epoch".to_owned());
    }
    lines.push(format!("{} now hold", count(changes.live, "rating")));
    lines
}
