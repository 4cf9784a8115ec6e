//! The terminal, the folder and the passphrase: what commands need of the world outside.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};

use faam_spec::exit::Exit;
use faam_spec::name::safe_json;
use faam_spec::reason::Reason;
use faam_spec::time::{EpochLength, Timestamp};
use faam_spec::words::Lang;
use faam_wallet::contact::{Means, Progress};
use faam_wallet::stop::over;
use faam_wallet::text::{bullet, count, fit, foreign, pasted};
use faam_wallet::vault::{Vault, VaultError};
use rand::rngs::OsRng;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::failure::{Failure, mend};
use crate::progress::{Busy, aside, while_asking};
use crate::settings::{Origin, Settings};
use crate::words::{progress as said, shell as words};

/// Longest passphrase, in bytes.
const MAX_PASSPHRASE: u64 = 4096;
/// Shortest passphrase, in characters.
const MIN_PASSPHRASE: usize = 8;
/// How often a person is asked the same before the program gives up.
pub(crate) const TRIES: u32 = 3;
/// How long a wallet that another program has open is waited for, and between two tries.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(4);
const RETRY: std::time::Duration = std::time::Duration::from_millis(100);
/// Longest line that is read as an answer or a link, in bytes.
const MAX_LINE: u64 = 4096;

/// Most parties that are named at once whose time is over.
const NOTICES: usize = 5;

/// How the program ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended(pub(crate) Exit);

/// What a command has to say when it did not fail.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) data: Value,
    pub(crate) text: String,
}

/// The world outside, as `main` found it.
#[derive(Debug)]
pub(crate) struct Shell {
    pub(crate) command: &'static str,
    pub(crate) json: bool,
    /// Whether a person can be asked.
    pub(crate) interactive: bool,
    pub(crate) no_input: bool,
    pub(crate) home: PathBuf,
    /// The persona that was named, and where.
    pub(crate) persona: Option<(String, &'static str)>,
    pub(crate) passphrase_file: Option<PathBuf>,
    pub(crate) passphrase_fd: Option<u32>,
    pub(crate) color_stdout: bool,
    pub(crate) color_stderr: bool,
    pub(crate) width: usize,
    /// The language for people; English in what programs read.
    pub(crate) lang: Lang,
    pub(crate) clock: fn() -> Timestamp,
    pub(crate) rng: OsRng,
    /// Everything that can be set, and where it came from.
    pub(crate) settings: Settings,
}

/// Writes a line to stderr. That it cannot be read is no reason to fail.
pub(crate) fn say(text: &str) {
    aside(|| {
        let _ = writeln!(io::stderr().lock(), "{text}");
    });
}

/// Writes a line to stdout, for a command that goes on. That nobody reads it is no reason to end.
pub(crate) fn print(text: &str) {
    aside(|| {
        let mut out = io::stdout().lock();
        let _ = writeln!(out, "{text}").and_then(|()| out.flush());
    });
}

impl Shell {
    /// A shell that can only report.
    pub(crate) fn bare(command: &'static str, json: bool) -> Self {
        Self {
            command,
            json,
            interactive: false,
            no_input: true,
            home: PathBuf::new(),
            persona: None,
            passphrase_file: None,
            passphrase_fd: None,
            color_stdout: false,
            color_stderr: false,
            width: faam_wallet::text::WIDTH,
            lang: Lang::En,
            clock: || EpochLength::WEEK.start_of(0),
            rng: OsRng,
            settings: Settings::none(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    pub(crate) const fn color_on_stderr(&self) -> bool {
        self.color_stderr
    }

    /// The words in bold on a terminal that wants colour.
    pub(crate) fn strong(&self, text: &str) -> String {
        if self.color_stdout { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// A moment for people: their own time, to the minute, and how far that is from UTC.
    pub(crate) fn local(&self, at: Timestamp) -> String {
        match jiff::Timestamp::from_second(at.seconds()) {
            Ok(moment) => {
                let zoned = moment.to_zoned(jiff::tz::TimeZone::system());
                let form =
                    if zoned.offset().is_zero() { "%Y-%m-%d %H:%M UTC" } else { "%Y-%m-%d %H:%M UTC%:z" };
                zoned.strftime(form).to_string()
            }
            Err(_) => at.to_string(),
        }
    }

    /// A day for people, by their own time.
    pub(crate) fn day(&self, at: Timestamp) -> String {
        match jiff::Timestamp::from_second(at.seconds()) {
            Ok(moment) => moment.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d").to_string(),
            Err(_) => at.to_string(),
        }
    }

    /// Runs `work` with what a contact needs.
    pub(crate) fn contact<T>(
        &self,
        work: impl AsyncFnOnce(&mut Means<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime
            .map_err(|error| Failure::new(Reason::NetUnreachable, &words::no_network(self.lang, error)))?;
        let mut rng = self.rng;
        let clock = || self.now();
        let mut busy = None;
        let mut progress = |progress| self.show_progress(progress, &mut busy);
        let timeout = self.settings.timeout.value;
        let mut means = Means { clock: &clock, rng: &mut rng, progress: &mut progress, timeout };
        let ended = runtime.block_on(work(&mut means));
        runtime.shutdown_timeout(std::time::Duration::from_secs(1));
        ended
    }

    /// Something begins that may take long; whoever waits at a terminal sees so until the guard is dropped.
    pub(crate) fn busy(&self, what: String) -> Busy {
        Busy::new(what, self.lang, self.width, self.json)
    }

    /// On stderr, for a person.
    fn show_progress(&self, progress: Progress, busy: &mut Option<Busy>) {
        let what = match progress {
            // Whoever reads text is told, at a terminal or not; an envelope is all that a program gets.
            Progress::Waiting(longest) => {
                if self.interactive || !self.json {
                    say(&said::waiting(self.lang, said::whole_seconds(self.lang, longest.as_secs())));
                }
                return;
            }
            Progress::Dialling => said::calling(self.lang),
            Progress::Connected => said::talking(self.lang),
            Progress::Fetched { done, of } | Progress::Sent { done, of } if done > 1 => {
                if let Some(busy) = busy {
                    busy.counter().set(done.into(), of.into());
                }
                return;
            }
            Progress::Fetched { .. } => said::receiving(self.lang),
            Progress::Sent { .. } => said::sending(self.lang),
            Progress::Checking => said::checking(self.lang),
            _ => return,
        };
        // The line of before is gone before there is another one.
        *busy = None;
        *busy = Some(self.busy(what));
    }

    /// Opens the wallet.
    pub(crate) fn open_vault(&self) -> Result<Vault, Failure> {
        self.must_exist()?;
        let passphrase = self.passphrase(&words::prompt(self.lang))?;
        let vault = self.open_with(&passphrase)?;
        for line in self.over(&vault) {
            say(&bullet("!", &line, self.width, 0));
        }
        Ok(vault)
    }

    /// What to say of times that are newly over, until which somebody wanted to have deleted something. That this cannot be noted is no
    /// reason to do nothing else: it is tried the next time.
    //= spec/text/erasure.md#REQ-ERASE-13
    //# When the time is over until which a party said that it keeps something, the holder MUST be told once
    pub(crate) fn over(&self, vault: &Vault) -> Vec<String> {
        let Ok(newly) = vault.newly_over(self.now()) else { return Vec::new() };
        if newly.is_empty() {
            return Vec::new();
        }
        let mut lines = over(&newly, &vault.erasures().unwrap_or_default(), self.lang, &|at| self.day(at));
        if let Some(more @ 1..) = lines.len().checked_sub(NOTICES) {
            lines.truncate(NOTICES);
            lines.push(format!("… {more} more: faam who"));
        }
        lines
    }

    /// Opens the wallet with a passphrase that is known, and deletes what was promised to be kept no longer. A program that waits for
    /// answers has the wallet open now and then: that is waited for.
    pub(crate) fn open_with(&self, passphrase: &[u8]) -> Result<Vault, VaultError> {
        let _busy = self.busy(said::opening(self.lang));
        let begun = std::time::Instant::now();
        let vault = loop {
            match Vault::open(&self.home, passphrase) {
                Err(error) if error.reason() == Reason::StoreInUse && begun.elapsed() < PATIENCE => {
                    std::thread::sleep(RETRY);
                }
                opened => break opened?,
            }
        };
        //= spec/text/asking.md#REQ-ASK-7
        //# MUST delete what it learned by an answer, decision and receipt included, when it is opened first after the end of the
        //# retention
        if let Err(error) = vault.sweep_asks(self.now()) {
            say(&format!(
                "What you learned of others and keep for too long could not be deleted: {}",
                error.sentence()
            ));
        }
        Ok(vault)
    }

    /// Says that there is no wallet before anybody types a passphrase for it.
    pub(crate) fn must_exist(&self) -> Result<(), Failure> {
        let home = foreign(&self.home.to_string_lossy(), 300);
        match self.home.symlink_metadata().map_err(|error| error.kind()) {
            Ok(_) => self.must_be_folder(),
            Err(io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Err(Failure::new(Reason::StoreMissing, &words::no_wallet(self.lang, home)).at("vault"))
            }
            Err(kind) => {
                let what = words::not_looked_at(self.lang, home, kind);
                Err(Failure::new(Reason::StoreIo, &what).at("vault").hint(mend(kind)))
            }
        }
    }

    /// Says that something stands in the wallet's place that is no folder. Links are the store's to judge.
    pub(crate) fn must_be_folder(&self) -> Result<(), Failure> {
        let about = self.home.symlink_metadata();
        if about.is_ok_and(|about| !about.is_dir() && !about.is_symlink()) {
            let what = words::no_folder(self.lang, foreign(&self.home.to_string_lossy(), 300));
            return Err(Failure::new(Reason::StorePermissions, &what)
                .at("--home")
                .hint(&words::name_folder(self.lang)));
        }
        Ok(())
    }

    /// The passphrase of the wallet: from a file, a descriptor, or a person.
    pub(crate) fn passphrase(&self, prompt: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let (file, number) = (self.passphrase_file.as_deref(), self.passphrase_fd);
        if let Some(given) = given_passphrase("--passphrase", file, number)? {
            return Ok(given);
        }
        if !self.interactive {
            return Err(self
                .missing(&words::the_passphrase(self.lang), "--passphrase-file FILE or --passphrase-fd N"));
        }
        typed(prompt)
    }

    /// A new passphrase: long enough, and typed twice by a person, who may try three times.
    pub(crate) fn new_passphrase(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let given = self.passphrase_file.is_some() || self.passphrase_fd.is_some();
        if given || !self.interactive {
            let passphrase = self.passphrase(&words::prompt(self.lang))?;
            return long_enough(&passphrase).map(|()| passphrase);
        }
        self.chosen(&words::choose(self.lang))
    }

    /// A passphrase that a person chooses and types twice; `about` says what for.
    pub(crate) fn chosen(&self, about: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
        say(about);
        say(&words::at_least(self.lang, MIN_PASSPHRASE));
        let mut tries = 0;
        loop {
            tries += 1;
            match self.typed_twice() {
                Err(failure) if tries < TRIES && failure.reason() == Reason::InputMalformed => {
                    say(&words::once_more(self.lang, failure.what()));
                }
                ended => return ended,
            }
        }
    }

    fn typed_twice(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let first = typed(&words::prompt(self.lang))?;
        long_enough(&first)?;
        let second = typed(&words::prompt_again(self.lang))?;
        if *first == *second {
            return Ok(first);
        }
        Err(Failure::new(Reason::InputMalformed, &words::not_the_same(self.lang))
            .at("passphrase")
            .hint(&words::try_again(self.lang)))
    }

    /// All of a file with a phrase, which nobody else may read.
    pub(crate) fn private_file(path: &Path, flag: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
        read_secret(private_file(path, flag, "phrase")?, flag, "phrase")
    }

    /// A file with a secret, which nobody else may read.
    pub(crate) fn secret_file(path: &Path, flag: &str, of: &str) -> Result<std::fs::File, Failure> {
        private_file(path, flag, of)
    }

    /// One line from a person.
    pub(crate) fn ask(&self, prompt: &str, what: &str, flag: &str) -> Result<String, Failure> {
        if !self.interactive {
            return Err(self.missing(what, flag));
        }
        while_asking(|| {
            let _ = write!(io::stderr().lock(), "{prompt}");
            let _ = io::stderr().flush();
            read_line()
        })
    }

    /// A link from the command line, or from stdin.
    pub(crate) fn link(&self, given: &str) -> Result<faam_spec::link::Link, Failure> {
        Ok(self.link_text(given)?.parse::<faam_spec::link::Link>()?)
    }

    /// The text of a link from the command line, or from stdin.
    pub(crate) fn link_text(&self, given: &str) -> Result<String, Failure> {
        let text = match given {
            "-" if io::stdin().is_terminal() => read_line()?,
            // A link that was copied from a narrow window has line breaks in it.
            "-" => read_all()?,
            given => given.to_owned(),
        };
        Ok(pasted(&text))
    }

    pub(crate) fn missing(&self, what: &str, flag: &str) -> Failure {
        let what = match self.no_input {
            true => words::needed_no_input(self.lang, what),
            false => words::needed_no_terminal(self.lang, what),
        };
        Failure::new(Reason::InputMissing, &what).at(flag).hint(&words::give(self.lang, flag))
    }

    /// A text in the width that is known; where none is, each sentence is one line, for whoever reads it by program. What is for a program
    /// stays as it is.
    fn fitted(&self, text: &str) -> String {
        let known = self.settings.width.origin != Origin::Default;
        if known && self.command != "completions" { fit(text, self.width) } else { text.to_owned() }
    }

    /// Says how a command ended: data on stdout, everything else on stderr.
    pub(crate) fn finish(&self, result: Result<Report, Failure>) -> Ended {
        //= spec/text/codes.md#REQ-CODE-1
        //# A program MUST end with the exit status of the first reason
        let exit = match &result {
            Ok(_) => Exit::Ok,
            Err(failure) => failure.code(),
        };
        if self.json {
            let mut envelope = Map::new();
            envelope.insert("v".into(), json!(0));
            envelope.insert("command".into(), json!(self.command));
            //= spec/text/programs.md#REQ-PROGRAM-1
            //# `exit` MUST be the status with which the program ends, and `ok` is true exactly when that is
            //# 0.
            envelope.insert("ok".into(), json!(result.is_ok()));
            envelope.insert("exit".into(), json!(exit.code()));
            match result {
                Ok(report) => {
                    envelope.insert("data".into(), report.data);
                }
                Err(failure) => {
                    let (error, data) = failure.to_json();
                    envelope.insert("error".into(), error);
                    if let Some(data) = data {
                        envelope.insert("data".into(), data);
                    }
                }
            }
            //= spec/text/programs.md#REQ-PROGRAM-2
            //# Foreign text in it MUST be escaped so that a terminal shows it as it is
            return written(&safe_json(&Value::Object(envelope).to_string()), exit);
        }
        match result {
            Ok(report) => written(&self.fitted(&report.text), exit),
            Err(failure) => {
                let error = crate::words::failure::error(self.lang);
                let mark = if self.color_stderr { format!("\u{1b}[1;31m{error}\u{1b}[0m") } else { error };
                let ended = failure.text().map_or(Ended(exit), |text| written(&self.fitted(text), exit));
                say(&self.fitted(&failure.to_text(&mark, self.lang)));
                ended
            }
        }
    }
}

/// Writes a result. Whoever closes the pipe early has read enough; any other failure to write is one.
fn written(text: &str, exit: Exit) -> Ended {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            say(&format!("error: the result could not be written: {error}"));
            Ended(Exit::Failure)
        }
        _ => Ended(exit),
    }
}

fn read_line() -> Result<String, Failure> {
    let mut line = String::new();
    let read = io::stdin().lock().take(MAX_LINE).read_line(&mut line);
    read.map_err(|error| cannot_read("stdin", &error))?;
    Ok(line.trim().to_owned())
}

fn read_all() -> Result<String, Failure> {
    let mut text = String::new();
    let read = io::stdin().lock().take(MAX_LINE).read_to_string(&mut text);
    read.map_err(|error| cannot_read("stdin", &error))?;
    Ok(text)
}

pub(crate) fn long_enough(passphrase: &[u8]) -> Result<(), Failure> {
    let length = String::from_utf8_lossy(passphrase).chars().count();
    if length >= MIN_PASSPHRASE {
        return Ok(());
    }
    let has = count(u64::try_from(length).unwrap_or(u64::MAX), "character");
    let what = format!("the passphrase has {has}, and at least {MIN_PASSPHRASE} are needed");
    let hint = "Four or more words that do not belong together are good.";
    Err(Failure::new(Reason::InputMalformed, &what).at("passphrase").hint(hint))
}

/// A file with a secret, which nobody else may read.
fn private_file(path: &Path, flag: &str, of: &str) -> Result<std::fs::File, Failure> {
    use std::os::unix::fs::PermissionsExt as _;
    let file = std::fs::File::open(path).map_err(|error| cannot_read(flag, &error))?;
    let about = file.metadata().map_err(|error| cannot_read(flag, &error))?;
    let mode = about.permissions().mode() & 0o777;
    // A pipe has nobody else at its end; a file that others can read is no secret.
    if about.is_file() && mode & 0o077 != 0 {
        let shown = foreign(&path.to_string_lossy(), 300);
        let what = format!("the {of} file '{shown}' is open to others (mode {mode:o})");
        return Err(Failure::new(Reason::StorePermissions, &what)
            .at(flag)
            .hint(&format!("Fix it: chmod 600 '{shown}'")));
    }
    Ok(file)
}

fn read_secret(file: std::fs::File, at: &str, of: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    // Room for all of it at once, so that growing leaves no copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(MAX_PASSPHRASE + 1).unwrap_or(0)));
    file.take(MAX_PASSPHRASE + 1).read_to_end(&mut bytes).map_err(|error| cannot_read(at, &error))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_PASSPHRASE) {
        return Err(Failure::new(Reason::InputMalformed, &format!("the {of} is too long")).at(at));
    }
    Ok(bytes)
}

/// A passphrase from a file or a descriptor, under flags that begin with `flag`; none if neither was given.
pub(crate) fn given_passphrase(
    flag: &str,
    file: Option<&Path>,
    number: Option<u32>,
) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
    let (by_file, by_number) = (format!("{flag}-file"), format!("{flag}-fd"));
    if let Some(path) = file {
        return read_passphrase(private_file(path, &by_file, "passphrase")?, &by_file).map(Some);
    }
    let Some(number) = number else { return Ok(None) };
    let path = PathBuf::from(format!("/dev/fd/{number}"));
    let file = std::fs::File::open(path).map_err(|error| cannot_read(&by_number, &error))?;
    read_passphrase(file, &by_number).map(Some)
}

/// A passphrase from a person at the terminal, unseen.
pub(crate) fn typed(prompt: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let typed = while_asking(|| rpassword::prompt_password(prompt));
    let typed = typed.map_err(|error| cannot_read("terminal", &error))?;
    Ok(Zeroizing::new(typed.into_bytes()))
}

/// Everything up to the first line's end.
fn read_passphrase(file: std::fs::File, at: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut bytes = read_secret(file, at, "passphrase")?;
    let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(bytes.len());
    bytes.truncate(end);
    if bytes.is_empty() {
        return Err(Failure::new(Reason::InputMissing, "the passphrase is empty").at(at));
    }
    Ok(bytes)
}

fn cannot_read(at: &str, error: &io::Error) -> Failure {
    let text = foreign(&error.to_string(), 300);
    Failure::new(Reason::InputMissing, &format!("{at} could not be read: {text}")).at(at)
}
