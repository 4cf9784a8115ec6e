//! `faam receive`: taking what a market offers.

use faam_spec::link::{Link, LinkKind};
use faam_spec::reason::{Fault, Reason};
use faam_wallet::contact::{For, Received, check_code, receive_for};
use faam_wallet::persona::ties::at_issuer;
use faam_wallet::receive::Changes;
use faam_wallet::text::{bullet, count};
use faam_wallet::vault::{Happened, TransferState, Vault};
use serde_json::json;

use super::data;
use crate::args::Receive;
use crate::failure::Failure;
use crate::shell::{Report, Shell, TRIES, say};
use crate::whom::Whom;

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
    let (persona, warnings) = whom(shell, args, &vault, &link)?;
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
    let persona = For { persona, may_move: !warnings.is_empty(), seek: args.seek };
    let received = received(shell, &vault, persona, &link, code.as_deref())?;
    match received {
        Received::New { entry, warnings: more } => {
            let warnings: Vec<String> = warnings.into_iter().chain(more).collect();
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

fn received(
    shell: &Shell,
    vault: &Vault,
    whom: For,
    link: &Link,
    code: Option<&str>,
) -> Result<Received, Failure> {
    let received = shell.contact(async |means| Ok(receive_for(vault, whom, link, code, means).await?));
    let of_phrase = !whom.seek && vault.is_of_phrase()?;
    received.map_err(|failure: Failure| match failure.reason() {
        Reason::OfferBound if of_phrase => failure.hint(
            "If this account was of another persona before: make your personas again in their order (faam persona new) and name it with --persona. If you do not know which, --seek tries the keys of those that are not known here, and the market sees each of them. If the wallet is lost, it can bind your account to this one.",
        ),
        _ => failure,
    })
}

/// The persona that takes an offer, and what its holder was warned of and goes on with all the same. What was begun goes on for whom it was
/// begun.
//= spec/text/personas.md#REQ-PERSONA-8
//# Before it takes an offer of an issuer of which another persona holds a ledger, a wallet MUST say so, and go on only when its holder says so
fn whom(shell: &Shell, args: &Receive, vault: &Vault, link: &Link) -> Result<(u32, Vec<String>), Failure> {
    let whom = Whom::read(shell, vault)?;
    let begun = vault.transfer(link)?;
    let persona = match &begun {
        Some(begun) if shell.persona.is_none() || whom.means(begun.persona) => begun.persona,
        Some(begun) => {
            let what = format!("this offer was begun under “{}”", whom.name(begun.persona));
            let hint =
                format!("Give --persona {}, or ask the market for a new offer.", whom.name(begun.persona));
            return Err(Failure::new(Reason::InputMalformed, &what).at("--persona").hint(&hint));
        }
        None => whom.one(shell)?.number,
    };
    let (own, ledgers) = (whom.name(persona), vault.ledgers()?);
    let mut warnings = Vec::new();
    for other in at_issuer(persona, link.did(), whom.all(), &ledgers) {
        warnings.push(format!(
            "PERSONAS: “{}” holds a ledger of this issuer. It sees from where and when both come, and can tie “{own}” to it. If the link is for the same account, “{own}” takes the ledger over, and whoever was shown it under “{}” recognises it.",
            other.name, other.name
        ));
    }
    if args.seek {
        warnings.push(
            "PERSONAS: where the account is bound to another key, the keys of personas that are not known here are tried one after the other. The market sees each, and can tie all accounts that are bound to one of them.".to_owned(),
        );
    }
    // What is kept already only has to be told to the market.
    if begun.is_none_or(|begun| begun.state == TransferState::Arriving) {
        agree(shell, &warnings, args.may_tie)?;
    }
    Ok((persona, warnings))
}

/// Goes on only when a person says so who was told what could be tied.
pub(super) fn agree(shell: &Shell, warnings: &[String], may_tie: bool) -> Result<(), Failure> {
    for warning in warnings {
        say(&bullet("!", warning, shell.width, 0));
    }
    if warnings.is_empty() || may_tie {
        return Ok(());
    }
    let failure = |what: &str| Failure::new(Reason::ConsentMissing, what).at("--may-tie");
    if !shell.interactive {
        let what = format!("two of your personas could be tied: {}", warnings.join(" "));
        return Err(failure(&what).hint("Nobody was called. To go on all the same, give --may-tie."));
    }
    for _ in 0..TRIES {
        match shell
            .ask("Go on all the same? (yes or no): ", "your word", "--may-tie")?
            .to_ascii_lowercase()
            .as_str()
        {
            "y" | "yes" => return Ok(()),
            "n" | "no" => break,
            _ => say("Please type yes or no."),
        }
    }
    Err(failure("nothing was done, because you did not want it").hint("Nobody was called."))
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
