//! `faam asks`: what was asked of others, and what came of it.

use faam_spec::limits::MAX_PURPOSE_BYTES;
use faam_spec::reason::Reason;
use faam_wallet::text::{bullet, count, foreign};
use faam_wallet::vault::{AskState, KeptAsk, Vault};
use serde_json::{Map, Value, json};

use super::asking::{decision_text, line, row, state};
use super::data;
use crate::args::{AsksCommand, AsksOne, AsksShow};
use crate::failure::Failure;
use crate::shell::{Report, Shell};

pub(crate) fn run(shell: &Shell, command: Option<&AsksCommand>) -> Result<Report, Failure> {
    match command {
        None => list(shell),
        Some(AsksCommand::Show(args)) => show(shell, args),
        Some(AsksCommand::Revoke(args)) => revoke(shell, args),
        Some(AsksCommand::Forget(args)) => forget(shell, args),
    }
}

fn list(shell: &Shell) -> Result<Report, Failure> {
    let vault = shell.open_vault()?;
    let mut asks = vault.asks()?;
    asks.reverse();
    let rows: Vec<_> = asks.iter().map(|ask| row(ask, shell.now())).collect();
    let lines: Vec<String> = asks.iter().map(|ask| line(shell, ask)).collect();
    let text = if lines.is_empty() { "You asked nobody.".to_owned() } else { lines.join("\n") };
    Ok(Report { data: json!({"asks": data(&rows)?}), text })
}

fn show(shell: &Shell, args: &AsksShow) -> Result<Report, Failure> {
    let vault = shell.open_vault()?;
    let ask = found(&vault, args.number)?;
    let mut lines = vec![line(shell, &ask)];
    let mut told = Map::new();
    told.insert("ask".into(), data(&row(&ask, shell.now()))?);
    match &ask.state {
        AskState::Decided(kept) => {
            told.insert("decision".into(), data(&kept.decision)?);
            told.insert("receipt".into(), json!(kept.receipt));
            lines.push(String::new());
            lines.push(decision_text(shell, &ask, kept, args.lang.unwrap_or(shell.lang)));
        }
        AskState::Open if ask.is_open(shell.now()) => {
            told.insert("link".into(), json!(ask.link));
            lines.push(bullet("  is asked by", ask.link()?.did().as_str(), shell.width, 2));
            lines.push(ask.link.clone());
        }
        _ => {}
    }
    Ok(Report { data: Value::Object(told), text: lines.join("\n") })
}

fn revoke(shell: &Shell, args: &AsksOne) -> Result<Report, Failure> {
    let vault = shell.open_vault()?;
    let before = found(&vault, args.number)?;
    if !before.is_open(shell.now()) && state(&before, shell.now()) != "revoked" {
        let reason = match before.state {
            AskState::Decided(_) => Reason::NonceUsed,
            _ => Reason::RequestExpired,
        };
        let what = format!("question {} is over already, and stays as it is", args.number);
        return Err(Failure::new(reason, &what).at("NUMBER").hint("See how it stands: faam asks"));
    }
    let ask = vault.revoke_ask(args.number, shell.now())?.unwrap_or(before);
    let text = format!("Question {} is taken back; nobody can answer it any more.", args.number);
    Ok(Report { data: json!({"ask": data(&row(&ask, shell.now()))?}), text })
}

fn forget(shell: &Shell, args: &AsksOne) -> Result<Report, Failure> {
    let vault = shell.open_vault()?;
    let ask = found(&vault, args.number)?;
    if !vault.forget_ask(args.number, shell.now())? {
        let what = format!("question {} is open still", args.number);
        return Err(Failure::new(Reason::InputMalformed, &what)
            .at("NUMBER")
            .hint(&format!("Take it back first: faam asks revoke {}", args.number)));
    }
    let text = format!(
        "Question {} is deleted with what you learned, that for “{}”. The files of the wallet keep sealed traces until faam vault compact.",
        args.number,
        foreign(&ask.purpose, MAX_PURPOSE_BYTES)
    );
    Ok(Report { data: json!({"ask": args.number}), text: faam_wallet::text::wrap(&text, shell.width, 0) })
}

/// The question of a number, or which there are.
fn found(vault: &Vault, number: u64) -> Result<KeptAsk, Failure> {
    if let Some(ask) = vault.ask(number)? {
        return Ok(ask);
    }
    let kept = vault.asks()?;
    let hint = match (kept.first(), kept.last()) {
        (Some(first), Some(last)) => format!(
            "There are {}, from {} to {}: faam asks",
            count(u64::try_from(kept.len()).unwrap_or(u64::MAX), "question"),
            first.number,
            last.number
        ),
        _ => "There is none. Ask somebody: faam ask".to_owned(),
    };
    let what = format!("there is no question {number}");
    Err(Failure::new(Reason::RequestUnknown, &what).at("NUMBER").hint(&hint))
}
