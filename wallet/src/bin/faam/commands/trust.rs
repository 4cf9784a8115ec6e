//! `faam trust`: whom a person believes about others.

use faam_spec::did::Did;
use faam_spec::name::MarketId;
use faam_spec::reason::Reason;
use faam_spec::time::EpochLength;
use faam_verifier::policy::nearest_key;
use faam_verifier::{AnyRole, Roles, StatementType, TrustEntry};
use faam_wallet::text::{bullet, short_did, wrap};
use faam_wallet::vault::{Believed, Vault};
use serde_json::json;

use super::{data, of_market};
use crate::args::{TrustAdd, TrustCommand, TrustRemove};
use crate::failure::Failure;
use crate::shell::{Report, Shell};

pub(crate) fn run(shell: &Shell, command: &TrustCommand) -> Result<Report, Failure> {
    match command {
        TrustCommand::List => list(shell),
        TrustCommand::Add(args) => add(shell, args),
        TrustCommand::Remove(args) => remove(shell, args),
    }
}

fn list(shell: &Shell) -> Result<Report, Failure> {
    let believed = shell.open_vault()?.believed()?;
    let line = |believed: &Believed| {
        let entry = &believed.entry;
        let roles = match &entry.roles {
            Roles::Only(roles) => {
                let names: Vec<&str> = roles.iter().map(faam_spec::name::Role::as_str).collect();
                format!(" as {}", names.join(" or "))
            }
            Roles::Any(_) => String::new(),
        };
        let text = format!(
            "{}{roles}, issued by {}, since {}",
            entry.market,
            entry.issuer,
            shell.local(believed.since)
        );
        bullet("-", &text, shell.width, 0)
    };
    let text = match believed.is_empty() {
        true => wrap(
            "You believe no market about others. One of which you hold something: faam trust add MARKET",
            shell.width,
            0,
        ),
        false => believed.iter().map(line).collect::<Vec<_>>().join("\n"),
    };
    Ok(Report { data: json!({"believed": data(&believed)?}), text })
}

fn add(shell: &Shell, args: &TrustAdd) -> Result<Report, Failure> {
    let vault = shell.open_vault()?;
    let (issuer, epoch_seconds) = match &args.issuer {
        Some(issuer) => {
            let length = args.epoch_seconds.map_or(Ok(EpochLength::WEEK), EpochLength::new);
            let length = length.map_err(|_| {
                Failure::new(Reason::InputMalformed, "epochs have 3600 to 7948800 seconds")
                    .at("--epoch-seconds")
            })?;
            (issuer.clone(), length)
        }
        None => of_held(&vault, &args.market)?,
    };
    let roles = match args.role.is_empty() {
        true => Roles::Any(AnyRole::Any),
        false => Roles::Only(args.role.clone()),
    };
    let types = vec![StatementType::Rating, StatementType::Standing, StatementType::Private];
    let entry =
        TrustEntry { issuer, market: args.market.clone(), roles, types, epoch_seconds, frozen_after: None };
    let new = vault.believe(&entry, shell.now())?;
    let text = format!(
        "You believe {} ({}) {}. It is the issuer that you believe, whoever owns it: what it states of others is taken for true.",
        entry.market,
        short_did(&entry.issuer),
        if new { "from now on" } else { "already" }
    );
    Ok(Report { data: json!({"new": new, "entry": data(&entry)?}), text: wrap(&text, shell.width, 0) })
}

/// The issuer of what is held of a market, which has to be one.
fn of_held(vault: &Vault, market: &MarketId) -> Result<(Did, EpochLength), Failure> {
    let held = of_market(vault.held_all()?, market, "MARKET").map_err(|failure| {
        failure.hint("Of a market of which you hold nothing, name the issuer too: --issuer DID")
    })?;
    let mut issuers: Vec<(Did, EpochLength)> = held
        .iter()
        .map(|held| (held.info().issuer.clone(), held.standing().record().record().epoch_seconds))
        .collect();
    issuers.sort_by(|one, other| one.0.cmp(&other.0));
    issuers.dedup();
    match issuers.as_slice() {
        [one] => Ok(one.clone()),
        _ => Err(Failure::new(
            Reason::InputMissing,
            &format!("you hold ratings of {} issuers that call themselves {market}", issuers.len()),
        )
        .at("--issuer")
        .hint("Name the one that you believe: faam passport shows them.")),
    }
}

fn remove(shell: &Shell, args: &TrustRemove) -> Result<Report, Failure> {
    let vault = shell.open_vault()?;
    let believed = vault.believed()?;
    let of_market = |entry: &&Believed| {
        entry.entry.market == args.market
            && args.issuer.as_ref().is_none_or(|issuer| *issuer == entry.entry.issuer)
    };
    let found: Vec<&Believed> = believed.iter().filter(of_market).collect();
    let [one] = found.as_slice() else {
        let names: Vec<&str> = believed.iter().map(|believed| believed.entry.market.as_str()).collect();
        let (what, hint) = match (found.is_empty(), nearest_key(&[("", &names)], "", args.market.as_str())) {
            (false, _) => (
                format!("{} issuers that call themselves {} are believed", found.len(), args.market),
                "Name the one that you mean: --issuer DID".to_owned(),
            ),
            (true, Some(nearest)) => {
                (format!("you do not believe {}", args.market), format!("Did you mean '{nearest}'?"))
            }
            (true, None) => (
                format!("you do not believe {}", args.market),
                "See whom you believe: faam trust list".to_owned(),
            ),
        };
        return Err(Failure::new(Reason::InputMissing, &what).at("MARKET").hint(&hint));
    };
    let entry = &one.entry;
    vault.disbelieve(&entry.issuer, &entry.market, shell.now())?;
    let text = format!(
        "You believe {} ({}) no longer. What you asked before is judged as it was asked.",
        entry.market,
        short_did(&entry.issuer)
    );
    Ok(Report { data: json!({"entry": data(entry)?}), text: wrap(&text, shell.width, 0) })
}
