//! The commands, one a file.

mod doctor;
mod init;
mod listen;
mod log;
mod passport;
mod phrase;
mod present;
mod ratings;
mod receive;
mod refresh;

use serde::Serialize;
use serde_json::Value;

use crate::args::Command;
use crate::failure::Failure;
use crate::shell::{Report, Shell};
use faam_spec::name::MarketId;
use faam_spec::reason::Reason;

/// Runs a command.
pub(crate) fn run(shell: &Shell, command: Command) -> Result<Report, Failure> {
    match command {
        Command::Init(args) => init::run(shell, &args),
        Command::Receive(args) => receive::run(shell, &args),
        Command::Ratings(args) => ratings::run(shell, &args),
        Command::Passport => passport::run(shell),
        Command::Present(args) => present::run(shell, &args),
        Command::Refresh(args) => refresh::run(shell, &args),
        Command::Listen(args) => listen::run(shell, &args),
        Command::Log(args) => log::run(shell, &args),
        Command::Doctor => doctor::run(shell),
        Command::Phrase => phrase::run(shell),
    }
}

/// A value of the library as JSON.
fn data<T: Serialize>(value: &T) -> Result<Value, Failure> {
    serde_json::to_value(value).map_err(|_| Failure::new(Reason::Internal, "the result could not be written"))
}

/// The name of a market, as it was given.
fn market(text: &str, at: &str) -> Result<MarketId, Failure> {
    text.parse().map_err(|_| {
        Failure::new(Reason::InputMalformed, "this cannot be the name of a market")
            .at(at)
            .hint("See the markets' names: faam passport")
    })
}
