//! What can be set: by a flag, else in the environment, else in a file, else by default; and where each value came from.
//!
//! A setting is settled here and nowhere else, so that `faam config list` tells what is done, and not what is thought to be done.

mod file;

use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use faam_spec::reason::Reason;
use faam_spec::words::Lang;
use faam_wallet::contact::DIAL_TIMEOUT;
use faam_wallet::text::{WIDTH, foreign};
use serde::Serialize;
use serde_json::{Value, json};

use crate::args::{Args, ColorWhen};
use crate::failure::Failure;
use file::FileSays;

/// The widths for which text can be laid out, in columns.
pub(crate) const WIDTHS: RangeInclusive<usize> = 40..=200;
/// How long another side can be waited for when it is called, in seconds.
pub(crate) const TIMEOUT: RangeInclusive<u64> = 1..=600;
/// Longest filter of traces, in bytes.
const LONGEST_LOG: usize = 1000;
/// What is traced when somebody only says that something should be.
const VERBOSE: &str = "faam_wallet=debug,faam_node=debug,faam_store=debug";

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Origin {
    /// A flag of this command.
    Flag,
    /// A variable of the environment.
    Environment,
    /// The file of settings.
    File,
    /// The terminal.
    Terminal,
    /// Nobody said anything.
    Default,
}

/// A value, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settled<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
    /// The name of the flag, the variable or the key; empty for a default.
    pub(crate) from: &'static str,
}

impl<T> Settled<T> {
    const fn new(value: T, origin: Origin, from: &'static str) -> Self {
        Self { value, origin, from }
    }

    const fn default(value: T) -> Self {
        Self::new(value, Origin::Default, "")
    }
}

/// The first that somebody gave.
//= spec/text/programs.md#REQ-PROGRAM-8
//# A flag MUST count before the environment, the environment before the file, and the file before what is so by default
fn settle<T>(
    flag: Option<(T, &'static str)>,
    environment: Option<(T, &'static str)>,
    file: Option<(T, &'static str)>,
    default: impl FnOnce() -> Settled<T>,
) -> Settled<T> {
    let by = |origin| move |(value, from)| Settled::new(value, origin, from);
    flag.map(by(Origin::Flag))
        .or_else(|| environment.map(by(Origin::Environment)))
        .or_else(|| file.map(by(Origin::File)))
        .unwrap_or_else(default)
}

/// All settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The file of settings: its path, if there is a place for one, and whether it is there.
    pub(crate) file: Option<(PathBuf, bool)>,
    pub(crate) home: Settled<PathBuf>,
    pub(crate) lang: Settled<Lang>,
    pub(crate) color: Settled<ColorWhen>,
    pub(crate) width: Settled<usize>,
    pub(crate) passphrase_file: Settled<Option<PathBuf>>,
    pub(crate) timeout: Settled<Duration>,
    pub(crate) log: Settled<Option<String>>,
}

/// What there is outside of the arguments.
pub(crate) struct Outside<'a> {
    pub(crate) variable: &'a dyn Fn(&str) -> Option<OsString>,
    /// The columns of the terminal, if there is one.
    pub(crate) columns: Option<usize>,
}

impl Outside<'_> {
    /// A variable that is set and not empty.
    fn get(&self, name: &str) -> Option<OsString> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.into_string().ok()
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from)
    }

    fn folder(&self, variable: &str, below_home: &str) -> Option<PathBuf> {
        self.path(variable)
            .filter(|path| path.is_absolute())
            .or_else(|| self.path("HOME").map(|home| home.join(below_home)))
    }

    /// Where the file of settings is.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        self.folder("XDG_CONFIG_HOME", ".config").map(|folder| folder.join("faam/config.toml"))
    }

    /// The person's home folder.
    pub(crate) fn user(&self) -> Option<PathBuf> {
        self.path("HOME")
    }
}

impl Settings {
    /// Settles everything; `with_file` is false for commands that must work with a broken file.
    ///
    /// # Errors
    /// A file or a variable that cannot be used, and no folder to keep the wallet in.
    pub(crate) fn new(args: &Args, outside: &Outside<'_>, with_file: bool) -> Result<Self, Failure> {
        let path = outside.file();
        let user = outside.user();
        let read = match path.as_deref().filter(|_| with_file) {
            Some(path) => file::read(path, user.as_deref())?,
            None => None,
        };
        let file = path.map(|path| {
            let there = path.exists();
            (path, there)
        });
        Self::of(args, outside, read.unwrap_or_default(), file)
    }

    fn of(
        args: &Args,
        outside: &Outside<'_>,
        says: FileSays,
        file: Option<(PathBuf, bool)>,
    ) -> Result<Self, Failure> {
        let home = settle(
            args.home.clone().map(|home| (home, "--home")),
            outside.path("FAAM_HOME").map(|home| (home, "FAAM_HOME")),
            says.home.map(|home| (home, "home")),
            || match outside.folder("XDG_DATA_HOME", ".local/share") {
                Some(folder) => Settled::default(folder.join("faam")),
                None => Settled::default(PathBuf::new()),
            },
        );
        if home.value.as_os_str().is_empty() {
            return Err(Failure::new(Reason::InputMissing, "there is no home folder to keep the wallet in")
                .at("--home")
                .hint("Name a folder with --home DIR or in FAAM_HOME."));
        }
        let by_fd = args.passphrase_fd.map(|_| (None, "--passphrase-fd"));
        Ok(Self {
            file,
            home,
            lang: settle(
                args.lang.map(|lang| (lang, "--lang")),
                variable(outside, "FAAM_LANG", |text| text.parse().ok(), "en or nl")?,
                says.lang.map(|lang| (lang, "lang")),
                || locale(outside),
            ),
            color: settle(
                args.color.map(|when| (when, "--color")),
                outside.get("NO_COLOR").map(|_| (ColorWhen::Never, "NO_COLOR")),
                says.color.map(|when| (when, "color")),
                || Settled::default(ColorWhen::Auto),
            ),
            width: settle(
                None,
                // What is longer than a line of a book reads badly: a wide window is no wish for wide text.
                outside
                    .text("COLUMNS")
                    .and_then(|text| text.parse().ok())
                    .map(|columns| (readable(columns), "COLUMNS")),
                says.width.map(|width| (width, "width")),
                || match outside.columns {
                    Some(columns) => Settled::new(readable(columns), Origin::Terminal, ""),
                    None => Settled::default(WIDTH),
                },
            ),
            passphrase_file: settle(
                args.passphrase_file.clone().map(|path| (Some(path), "--passphrase-file")).or(by_fd),
                None,
                says.passphrase_file.map(|path| (Some(path), "passphrase_file")),
                || Settled::default(None),
            ),
            timeout: settle(
                args.timeout.map(|seconds| (Duration::from_secs(seconds), "--timeout")),
                variable(
                    outside,
                    "FAAM_TIMEOUT",
                    |text| {
                        text.parse().ok().filter(|seconds| TIMEOUT.contains(seconds)).map(Duration::from_secs)
                    },
                    "a number of seconds from 1 to 600",
                )?,
                says.timeout.map(|seconds| (Duration::from_secs(seconds), "timeout_seconds")),
                || Settled::default(DIAL_TIMEOUT),
            ),
            log: settle(
                None,
                outside.text("FAAM_LOG").map(|filter| (Some(filter), "FAAM_LOG")),
                says.log.map(|filter| (Some(filter), "log")),
                // The flag says that there should be traces, and the others which: so it comes last.
                || match args.verbose {
                    true => Settled::new(Some(VERBOSE.to_owned()), Origin::Flag, "--verbose"),
                    false => Settled::default(None),
                },
            ),
        })
    }

    /// For a shell that can only report.
    pub(crate) fn none() -> Self {
        Self {
            file: None,
            home: Settled::default(PathBuf::new()),
            lang: Settled::default(Lang::En),
            color: Settled::default(ColorWhen::Never),
            width: Settled::default(WIDTH),
            passphrase_file: Settled::default(None),
            timeout: Settled::default(DIAL_TIMEOUT),
            log: Settled::default(None),
        }
    }

    /// Each setting by its name, with its value as JSON and where that came from; sorted as they are told. The rules are where the
    /// wallet is, and can be set nowhere else.
    pub(crate) fn listed(&self) -> Vec<(&'static str, Value, Origin, &'static str)> {
        fn row<T>(
            name: &'static str,
            settled: &Settled<T>,
            value: impl FnOnce(&T) -> Value,
        ) -> (&'static str, Value, Origin, &'static str) {
            (name, value(&settled.value), settled.origin, settled.from)
        }
        let path = |path: &Path| json!(path.to_string_lossy());
        vec![
            row("home", &self.home, |home| path(home)),
            row("rules", &self.home, |home| path(&home.join("rules.toml"))),
            row("lang", &self.lang, |lang| json!(lang.tag())),
            row("color", &self.color, |when| json!(when.name())),
            row("width", &self.width, |width| json!(width)),
            row("passphrase_file", &self.passphrase_file, |file| file.as_deref().map_or(Value::Null, path)),
            row("timeout_seconds", &self.timeout, |timeout| json!(timeout.as_secs())),
            row("log", &self.log, |filter| json!(filter)),
        ]
    }
}

/// The language of the environment, as POSIX has it; it was not set for Faam, so the file counts before it.
fn locale(outside: &Outside<'_>) -> Settled<Lang> {
    const NAMES: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];
    let set = NAMES.map(|name| outside.text(name));
    let lang = Lang::from_locale(set.each_ref().map(Option::as_deref));
    match NAMES.into_iter().zip(&set).find(|(_, value)| value.is_some()) {
        Some((name, _)) => Settled::new(lang, Origin::Environment, name),
        None => Settled::default(lang),
    }
}

fn readable(columns: usize) -> usize {
    columns.clamp(*WIDTHS.start(), WIDTH)
}

/// A variable of the program's own, which is refused rather than skipped when it makes no sense.
fn variable<T>(
    outside: &Outside<'_>,
    name: &'static str,
    read: impl FnOnce(&str) -> Option<T>,
    form: &str,
) -> Result<Option<(T, &'static str)>, Failure> {
    let Some(value) = outside.get(name) else { return Ok(None) };
    match value.to_str().and_then(read) {
        Some(value) => Ok(Some((value, name))),
        None => {
            let what = format!("'{}' is not {form}", foreign(&value.to_string_lossy(), 100));
            Err(Failure::new(Reason::InputMalformed, &what).at(name).hint("Set it otherwise, or unset it."))
        }
    }
}

#[cfg(test)]
mod tests;
