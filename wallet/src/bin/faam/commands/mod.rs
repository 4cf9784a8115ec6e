//! The commands, one a file.

mod ask;
mod asking;
mod asks;
mod backup;
mod config;
mod doctor;
mod evidence;
mod explain;
mod import;
mod init;
mod listen;
mod log;
mod passphrase;
mod passport;
mod persona;
mod phrase;
mod present;
mod ratings;
mod receive;
mod refresh;
mod restore;
mod rules;
mod shell_help;
mod stop;
mod trust;
mod vault;
mod who;

use serde::Serialize;
use serde_json::Value;

use crate::args::{Backup, Command, Log, LogCommand, VaultCommand};
use crate::failure::Failure;
use crate::shell::{Report, Shell};
use faam_spec::name::MarketId;
use faam_spec::reason::Reason;
use faam_wallet::held::HeldLedger;

/// Runs a command.
pub(crate) fn run(shell: &Shell, command: Command) -> Result<Report, Failure> {
    match command {
        Command::Init(args) => init::run(shell, &args),
        Command::Receive(args) => receive::run(shell, &args),
        Command::Ratings(args) => ratings::run(shell, &args),
        Command::Import(args) => import::run(shell, &args),
        Command::Evidence(command) => evidence::run(shell, &command),
        Command::Passport => passport::run(shell),
        Command::Present(args) => present::run(shell, &args),
        Command::Ask(args) => ask::run(shell, &args),
        Command::Asks { command } => asks::run(shell, command.as_ref()),
        Command::Trust(command) => trust::run(shell, &command),
        Command::Refresh(args) => refresh::run(shell, &args),
        Command::Listen(args) => listen::run(shell, &args),
        Command::Log(Log { command: Some(LogCommand::Export(args)), .. }) => log::export(shell, &args),
        Command::Log(args) => log::run(shell, &args),
        Command::Who(args) => who::run(shell, &args),
        Command::Stop(args) => stop::run(shell, &args),
        Command::Persona(command) => persona::run(shell, &command),
        Command::Rules { command } => rules::run(shell, command.as_ref()),
        Command::Doctor(args) => doctor::run(shell, &args),
        Command::Config(command) => config::run(shell, &command),
        Command::Phrase(args) => phrase::run(shell, &args),
        Command::Passphrase(args) => passphrase::run(shell, &args),
        Command::Restore(args) => restore::run(shell, &args),
        Command::Backup(Backup::Create(args)) => backup::create(shell, &args),
        Command::Backup(Backup::Verify(args)) => backup::verify(shell, &args),
        Command::Backup(Backup::Restore(args)) => backup::restore(shell, &args),
        Command::Vault(VaultCommand::Check) => vault::check(shell),
        Command::Vault(VaultCommand::Repair(args)) => vault::repair(shell, &args),
        Command::Vault(VaultCommand::Compact) => vault::compact(shell),
        Command::Completions(args) => shell_help::completions(shell, &args),
        Command::Man(args) => shell_help::man(shell, &args),
        Command::Explain(args) => explain::run(shell, &args),
    }
}

/// A value of the library as JSON.
fn data<T: Serialize>(value: &T) -> Result<Value, Failure> {
    serde_json::to_value(value).map_err(|_| Failure::new(Reason::Internal, "the result could not be written"))
}

const NOTHING_HELD: &str = "Take what a market offers first: faam receive LINK --code CODE";

/// What is held of one market, or which markets there are.
fn of_market(mut held: Vec<HeldLedger>, market: &MarketId, at: &str) -> Result<Vec<HeldLedger>, Failure> {
    let mut known: Vec<String> = held.iter().map(|held| held.info().market.to_string()).collect();
    known.sort_unstable();
    known.dedup();
    held.retain(|held| &held.info().market == market);
    if !held.is_empty() {
        return Ok(held);
    }
    let failure = Failure::new(Reason::NothingToShow, &format!("you hold nothing of {market}")).at(at);
    Err(match known.is_empty() {
        true => failure.hint(NOTHING_HELD),
        false => failure.hint(&format!("You hold something of: {}", known.join(", "))),
    })
}

/// Says what helps when a market's node does not answer where it was.
fn elsewhere(failure: Failure, market: &MarketId) -> Failure {
    match failure.reason() {
        Reason::NetUnreachable | Reason::NetTimeout => failure.hint(&format!(
            "Are you online? If {market} is, its node may have another address than before: take a new offer of it (faam receive LINK --code CODE), whose link says where it is now. What you hold stays as it is."
        )),
        _ => failure,
    }
}

/// The name of a market, as it was given.
fn market(text: &str, at: &str) -> Result<MarketId, Failure> {
    text.parse().map_err(|_| {
        Failure::new(Reason::InputMalformed, "this cannot be the name of a market")
            .at(at)
            .hint("See the markets' names: faam passport")
    })
}
