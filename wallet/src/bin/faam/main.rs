//! `faam`: ratings that a person holds, in a terminal.
//!
//! This file is the only place with a clock, a random source, an environment and a terminal. Each command is a file of its
//! own in `commands`; what they do is in the library.

mod args;
mod commands;
mod failure;
mod progress;
mod settings;
mod shell;
mod whom;
mod words;

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use args::{Args, ColorWhen, Command, ConfigCommand};
use clap::Parser as _;
use clap::error::ErrorKind;
use faam_spec::exit::Exit;
use faam_spec::reason::Reason;
use faam_spec::time::{EpochLength, Timestamp};
use faam_spec::words::Lang;
use failure::Failure;
use rustix::process::{Resource, Rlimit, setrlimit};
use settings::{Outside, Settings};
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
    listen_to_traces(shell.settings.log.value.as_deref(), shell.color_on_stderr());
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
    let outside = Outside { variable: &|name| std::env::var_os(name), columns: columns() };
    // What helps to mend the file works without it.
    let with_file = !matches!(
        args.command,
        Command::Explain(_)
            | Command::Completions(_)
            | Command::Man(_)
            | Command::Config(ConfigCommand::Path)
    );
    let settings = Settings::new(args, &outside, with_file)?;
    let color = |is_terminal: bool| match settings.color.value {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => is_terminal,
    };
    Ok(Shell {
        command: args.command.name(),
        json,
        interactive: terminal && !args.no_input,
        no_input: args.no_input,
        home: settings.home.value.clone(),
        persona: whom::named(args)?,
        passphrase_file: settings.passphrase_file.value.clone(),
        passphrase_fd: args.passphrase_fd,
        color_stdout: color(std::io::stdout().is_terminal()),
        color_stderr: color(std::io::stderr().is_terminal()),
        width: settings.width.value,
        // What programs read is the same in every language.
        lang: if json { Lang::En } else { settings.lang.value },
        clock,
        rng: rand::rngs::OsRng,
        settings,
    })
}

/// The columns of the terminal that is written to, if it is one.
fn columns() -> Option<usize> {
    let out = rustix::termios::tcgetwinsize(std::io::stdout());
    let size = out.or_else(|_| rustix::termios::tcgetwinsize(std::io::stderr())).ok()?;
    // A terminal that does not know says 0.
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

fn clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or(0);
    // A clock outside 1970 to 9999 is wrong in any case; `faam doctor` says so.
    Timestamp::new(seconds).unwrap_or(EpochLength::WEEK.start_of(0))
}

/// Traces go to stderr and only when asked for. Nothing that is traced holds claims, nonces or keys.
fn listen_to_traces(filter: Option<&str>, color: bool) {
    let Some(filter) = filter else { return };
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
            let said = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok()).or_else(columns);
            let text = text.join("\n");
            shell::say(&match said {
                Some(columns) => faam_wallet::text::fit(&text, columns.max(*settings::WIDTHS.start())),
                None => text,
            });
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
