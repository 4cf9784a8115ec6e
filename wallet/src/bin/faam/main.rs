//! `faam`: ratings that a person holds, in a terminal.
//!
//! This file is the only place with a clock, a random source, an environment and a terminal. Each command is a file of its
//! own in `commands`; what they do is in the library.

mod args;
mod commands;
mod failure;
mod shell;
mod whom;

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use args::{Args, ColorWhen};
use clap::Parser as _;
use clap::error::ErrorKind;
use faam_spec::exit::Exit;
use faam_spec::reason::Reason;
use faam_spec::time::{EpochLength, Timestamp};
use faam_spec::words::Lang;
use failure::Failure;
use rustix::process::{Resource, Rlimit, setrlimit};
use shell::{Ended, Shell};

fn main() -> ExitCode {
    no_core_dumps();
    let wants_json = std::env::args_os().any(|arg| arg == "--json");
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return not_understood(&error, wants_json),
    };
    let shell = match shell(&args, wants_json) {
        Ok(shell) => shell,
        Err(failure) => return exit(Shell::bare(args.command.name(), wants_json).finish(Err(failure))),
    };
    listen_to_traces(args.verbose, shell.color_on_stderr());
    exit(shell.finish(commands::run(&shell, args.command)))
}

/// A crash must not leave the passphrase or the keys in a file (A69).
fn no_core_dumps() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    // Where this is not allowed there is nothing more to be done, and the wallet still works.
    let _ = setrlimit(Resource::Core, none);
}

fn shell(args: &Args, json: bool) -> Result<Shell, Failure> {
    let terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let color = |is_terminal: bool| match args.color {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => is_terminal && !no_color,
    };
    let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse::<usize>().ok());
    Ok(Shell {
        command: args.command.name(),
        json,
        interactive: terminal && !args.no_input,
        no_input: args.no_input,
        home: home(args.home.clone())?,
        persona: whom::named(args)?,
        passphrase_file: args.passphrase_file.clone(),
        passphrase_fd: args.passphrase_fd,
        color_stdout: color(std::io::stdout().is_terminal()),
        color_stderr: color(std::io::stderr().is_terminal()),
        width: columns.unwrap_or(faam_wallet::text::WIDTH).clamp(40, faam_wallet::text::WIDTH),
        lang: lang(),
        clock,
        rng: rand::rngs::OsRng,
    })
}

/// Flag, then environment, then the place for such things.
fn home(flag: Option<PathBuf>) -> Result<PathBuf, Failure> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(home) = flag.or_else(|| variable("FAAM_HOME")) {
        return Ok(home);
    }
    if let Some(data) = variable("XDG_DATA_HOME").filter(|path| path.is_absolute()) {
        return Ok(data.join("faam"));
    }
    match variable("HOME") {
        Some(user) => Ok(user.join(".local/share/faam")),
        None => Err(Failure::new(Reason::InputMissing, "there is no home folder to keep the wallet in")
            .at("--home")
            .hint("Name a folder with --home DIR or in FAAM_HOME.")),
    }
}

/// The language of the environment, as POSIX has it.
fn lang() -> Lang {
    let named = ["LC_ALL", "LC_MESSAGES", "LANG"].map(|name| std::env::var(name).ok());
    Lang::from_locale(named.each_ref().map(Option::as_deref))
}

fn clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or(0);
    // A clock outside 1970 to 9999 is wrong in any case; `faam doctor` says so.
    Timestamp::new(seconds).unwrap_or(EpochLength::WEEK.start_of(0))
}

/// Traces go to stderr and only when asked for. Nothing that is traced holds claims, nonces or keys.
fn listen_to_traces(verbose: bool, color: bool) {
    let asked = std::env::var("FAAM_LOG").ok().filter(|text| !text.is_empty());
    let filter = match (asked, verbose) {
        (Some(text), _) => text,
        (None, true) => "faam_wallet=debug,faam_node=debug,faam_store=debug".to_owned(),
        (None, false) => return,
    };
    let filter = tracing_subscriber::EnvFilter::new(filter);
    let to_stderr =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(color);
    let _ = to_stderr.try_init();
}

/// Help and version go to stdout and are no mistake; a mistake is explained on stderr, or in the envelope.
fn not_understood(error: &clap::Error, json: bool) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = error.print();
            ExitCode::SUCCESS
        }
        _ if json => {
            let failure =
                Failure::new(Reason::InputMalformed, &faam_wallet::text::foreign(&in_one_line(error), 1000))
                    .at("arguments")
                    .hint("See faam --help.");
            exit(Shell::bare("faam", true).finish(Err(failure)))
        }
        _ => {
            // clap repeats what was given; it must not be able to play tricks on the terminal (A68).
            let text: Vec<String> = error
                .to_string()
                .lines()
                .map(|line| faam_spec::name::shown(line, faam_spec::limits::MAX_LINK_BYTES * 2))
                .collect();
            shell::say(&text.join("\n"));
            //= spec/text/codes.md#REQ-CODE-1
            //# print the code with the sentence
            shell::say(&format!("code: {}", Reason::InputMalformed.code()));
            exit(Ended(Exit::Usage))
        }
    }
}

/// What clap found wrong, on one line: with the names of what is missing and what it suggests, without usage and help.
fn in_one_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let about = text.lines().take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more "));
    let words: Vec<&str> = about.flat_map(str::split_whitespace).collect();
    words.join(" ").trim_start_matches("error: ").to_owned()
}

fn exit(ended: Ended) -> ExitCode {
    ExitCode::from(ended.0.code())
}
