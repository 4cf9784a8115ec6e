//! `faam-node`: the daemon of a market or verifier, and a command line for it.

mod backup;
mod client;
mod close;
mod epoch;
mod error;
mod explain;
mod identity;
mod import;
mod init;
mod keys;
mod offer;
mod openapi;
mod output;
mod request;
mod run;
mod shell_help;
mod show;
mod status;
mod webhook;

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use faam_node::config::{Config, ConfigError};
use faam_spec::exit::Exit;
use rustix::process::{Resource, Rlimit, setrlimit};
use tracing_subscriber::EnvFilter;

use self::error::CliError;
use self::output::Output;

/// Peers that carry a good name from market to market.
///
/// Results are on stdout, everything else on stderr. Exit status: 0 ok, 1 failure, 2 usage, 3 refused, 4 undecided, 5 locked,
/// 6 untrusted, 7 withdrawn, 8 network, 9 damaged, 10 in use. FAAM_LOG sets what is logged (error, warn, info, debug).
#[derive(Parser)]
#[command(name = "faam-node", version, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Prints results as JSON, one object a line: {"v":0,"command":…,"ok":…,"exit":…} with "data" or "error".
    #[arg(long, global = true)]
    json: bool,
}

const EXAMPLES: &str = "Examples:
  faam-node init --dir ./market --market bitcoin-alpha
  faam-node run --config ./market/faam-node.toml
  faam-node import --config ./market/faam-node.toml ratings.csv --scale -10..10 --role trader
  faam-node offer --config ./market/faam-node.toml --account 7
  faam-node request --config ./market/faam-node.toml --market bitcoin-alpha --ratings 12 \\
      --purpose 'To rent out a flat' --retention-days 30 --wait";

#[derive(Subcommand)]
enum Command {
    /// Makes a state folder with store, keys and a commented configuration.
    Init(init::Init),
    /// Copies who a verifier is to other nodes that are the same verifier.
    Identity(identity::IdentityCommand),
    /// Runs the daemon until SIGTERM or SIGINT; then what is under way is brought to its end.
    Run(run::Run),
    /// Sends rating events to the running daemon; what is there already changes nothing.
    Import(import::Import),
    /// Makes an offer of an account's ratings: a link for the person, and a code for the market's own session.
    Offer(offer::Offer),
    /// Makes a request to show ratings: a link for the person.
    Request(request::Request),
    /// Shows where a request stands, and its decision.
    Show(show::Show),
    /// Shows what the running daemon is doing.
    Status(status::Status),
    /// Prints the market's newest epoch record, as signed: the one thing that it publishes.
    Epoch(epoch::Epoch),
    /// Closes the market with its final record, after which it records nothing more. That cannot be undone.
    ///
    /// Where the epoch has its record already, the final one comes as the next epoch begins; until then --cancel takes it back.
    Close(close::Close),
    /// Lists, makes, revokes and rotates access keys of the local interface.
    Keys(keys::Keys),
    /// The webhook's secret, and what it has not taken yet.
    Webhook(webhook::Webhook),
    /// Prints the OpenAPI document of the local interface.
    #[command(name = "openapi")]
    OpenApi(openapi::OpenApi),
    /// Copies everything of a stopped node into a new folder, and checks the copy.
    ///
    /// A market that loses a ledger forks it, so make one after every import. To restore: stop the node, move its folder
    /// away, and copy the backup to where the folder was. Never run a node and its copy at the same time.
    Backup(backup::Backup),
    /// Says what a code means, and what to do about it; without one, lists all codes.
    Explain(explain::Explain),
    /// Prints a script that completes commands in a shell.
    Completions(shell_help::Completions),
    /// Writes pages for man, one for each command.
    Man(shell_help::Man),
}

impl Command {
    const fn name(&self) -> &'static str {
        match self {
            Self::Init(_) => "init",
            Self::Identity(_) => "identity",
            Self::Run(_) => "run",
            Self::Import(_) => "import",
            Self::Offer(_) => "offer",
            Self::Request(_) => "request",
            Self::Show(_) => "show",
            Self::Status(_) => "status",
            Self::Epoch(_) => "epoch",
            Self::Close(_) => "close",
            Self::Keys(_) => "keys",
            Self::Webhook(_) => "webhook",
            Self::OpenApi(_) => "openapi",
            Self::Backup(_) => "backup",
            Self::Explain(_) => "explain",
            Self::Completions(_) => "completions",
            Self::Man(_) => "man",
        }
    }
}

/// Where the configuration is.
#[derive(Args)]
struct At {
    /// The configuration file, as `faam-node init` made it.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

impl At {
    fn read(&self) -> Result<Config, ConfigError> {
        Config::read(&self.config)
    }
}

fn main() -> ExitCode {
    no_core_dumps();
    // Asked before the arguments are understood, so that a mistake in them is told in the same form.
    let wants_json = std::env::args_os().any(|argument| argument == "--json");
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return not_understood(&error, wants_json),
    };
    match &cli.command {
        Command::Run(run) => start_log("info", run.log),
        _ => start_log("warn", LogForm::Text),
    }
    let output = Output { json: cli.json, command: cli.command.name() };
    let ended = match cli.command {
        Command::Init(command) => command.run(output),
        Command::Identity(command) => command.run(output),
        Command::Run(command) => command.run(output),
        Command::Import(command) => command.run(output),
        Command::Offer(command) => command.run(output),
        Command::Request(command) => command.run(output),
        Command::Show(command) => command.run(output),
        Command::Status(command) => command.run(output),
        Command::Epoch(command) => command.run(output),
        Command::Close(command) => command.run(output),
        Command::Keys(command) => command.run(output),
        Command::Webhook(command) => command.run(output),
        Command::OpenApi(command) => command.run(output),
        Command::Backup(command) => command.run(output),
        Command::Explain(command) => command.run(output),
        Command::Completions(command) => command.run(output),
        Command::Man(command) => command.run(output),
    };
    let exit = ended.unwrap_or_else(|error: CliError| {
        output.error(&error);
        error.exit()
    });
    ExitCode::from(exit.code())
}

/// A crash must not leave keys in a file (A69).
fn no_core_dumps() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    // Where this is not allowed there is nothing more to be done, and the node still works.
    let _ = setrlimit(Resource::Core, none);
}

/// What was asked for, or what is wrong with how it was asked; what was given is repeated so that it cannot play tricks on the
/// terminal (A68).
fn not_understood(error: &clap::Error, json: bool) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    // As every other mistake is told: what, why, the code, and what next.
    let error = CliError::Usage(in_one_line(error));
    Output { json, command: "faam-node" }.error(&error);
    ExitCode::from(error.exit().code())
}

/// What clap found wrong, on one line: with the names of what is missing and what it suggests, without usage and help.
fn in_one_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let about = text.lines().take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more "));
    let words: Vec<&str> = about.flat_map(str::split_whitespace).collect();
    // A suggestion stands on a line of its own there.
    words.join(" ").trim_start_matches("error: ").replace(" tip: ", "; ")
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum LogForm {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Logs to stderr, so that stdout has results alone.
fn start_log(default: &str, form: LogForm) {
    let filter = EnvFilter::try_from_env("FAAM_LOG")
        .unwrap_or_else(|_| EnvFilter::new(format!("error,faam_node={default}")));
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match form {
        LogForm::Text => log.with_ansi(colour).init(),
        LogForm::Json => log.json().init(),
    }
}

/// What a command gives: an exit status, which is not 0 when a decision was not "accepted".
type Ended = Result<Exit, CliError>;
