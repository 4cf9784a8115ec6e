//! `faam-node import`

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use faam_issuer::Event;
use faam_issuer::read::{self, BYTE_ORDER_MARK, MAX_JSON_LINE_BYTES};
use faam_node::api::EventsApplied;
use faam_spec::exit::Exit;
use faam_spec::name::Role;
use faam_spec::reason::{Fault, Reason};
use faam_spec::scale::Scale;
use serde_json::json;

use super::client::{Client, Stated};
use super::error::CliError;
use super::output::{Output, counted};
use super::{At, Ended};

/// Most events in one call.
const BATCH_EVENTS: usize = 1000;
/// Most bytes in one call; a quarter of what the daemon takes.
const BATCH_BYTES: usize = 1024 * 1024;

#[derive(Args)]
pub(crate) struct Import {
    #[command(flatten)]
    at: At,
    /// The file with the events.
    file: PathBuf,
    /// How the file is written; by its name unless given.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Of a CSV file: the scale of its values, such as -10..10.
    #[arg(long, allow_hyphen_values = true)]
    scale: Option<Scale>,
    /// Of a CSV file: what the rated accounts were in the deals, such as trader.
    #[arg(long)]
    role: Option<Role>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// `from,to,feature,time`, one rating a row.
    Csv,
    /// JSON Lines of full events.
    Jsonl,
}

/// Events on their way, as lines of JSON.
struct Batches<'a> {
    client: &'a Client,
    output: Output,
    file: &'a Path,
    /// How "before" is meant of its events, where it is not by line.
    order: &'static str,
    body: Vec<u8>,
    /// Line of the file of each event in `body`.
    lines: Vec<u64>,
    applied: u64,
    new: u64,
}

impl Import {
    pub(crate) fn run(self, output: Output) -> Ended {
        let client = Client::new(&self.at.read()?)?;
        let file = open(&self.file)?;
        let format = self.format.or_else(|| by_name(&self.file)).ok_or_else(|| CliError::Input {
            what: "--format",
            why: "the file's name does not end in .csv or .jsonl, so say which it is".to_owned(),
        })?;
        let mut batches = Batches {
            client: &client,
            output,
            file: &self.file,
            // Rows are sorted, because ledgers grow in the order of time.
            order: if format == Format::Csv { " in time" } else { "" },
            body: Vec::new(),
            lines: Vec::new(),
            applied: 0,
            new: 0,
        };
        match format {
            Format::Csv => self.csv(file, &mut batches)?,
            Format::Jsonl => json_lines(file, &mut batches)?,
        }
        batches.send()?;
        let Batches { applied, new, .. } = batches;
        output.progress(&counted(applied, "event"), true);
        let known = applied - new.min(applied);
        output.result(&json!({"applied": applied, "new": new, "known": known}), || {
            vec![format!("{} in the ledgers: {new} new, {known} known", counted(applied, "event"))]
        })?;
        output.note("next: make a backup once the node is stopped, or 'faam-node offer --account …'");
        Ok(Exit::Ok)
    }

    fn csv(&self, file: File, batches: &mut Batches<'_>) -> Result<(), CliError> {
        let needed =
            |what| CliError::Input { what, why: "a CSV file does not say it, so it is needed".to_owned() };
        let scale = self.scale.ok_or_else(|| needed("--scale"))?;
        let role = self.role.as_ref().ok_or_else(|| needed("--role"))?;
        let events = read::csv_lines(BufReader::new(file), scale, role.clone()).map_err(|error| {
            let fault = error.fault().clone();
            CliError::Line { file: self.file.clone(), line: error.line(), fault, applied: None }
        })?;
        for (line, event) in events {
            batches.add(rating_line(&event)?.as_bytes(), line)?;
        }
        Ok(())
    }
}

/// Opens a file with something in it.
fn open(path: &Path) -> Result<File, CliError> {
    let bad = |why: &str, reason| CliError::Source { file: path.to_owned(), why: why.to_owned(), reason };
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => bad("there is no such file", Reason::InputMissing),
        _ => bad(&format!("it cannot be read: {error}"), Reason::InputMalformed),
    };
    let file = File::open(path).map_err(failed)?;
    let meta = file.metadata().map_err(failed)?;
    if meta.is_dir() {
        return Err(bad("it is a folder; name a file of ratings", Reason::InputMalformed));
    }
    if meta.is_file() && meta.len() == 0 {
        return Err(bad("it is empty", Reason::EventMalformed));
    }
    Ok(file)
}

fn by_name(file: &Path) -> Option<Format> {
    match file.extension()?.to_str()? {
        "csv" => Some(Format::Csv),
        "jsonl" | "ndjson" => Some(Format::Jsonl),
        _ => None,
    }
}

fn json_lines(file: File, batches: &mut Batches<'_>) -> Result<(), CliError> {
    let mut reader = BufReader::new(file);
    let limit = MAX_JSON_LINE_BYTES + 1;
    for line in 1.. {
        let mut bytes = Vec::new();
        let bound = u64::try_from(limit + 4).unwrap_or(u64::MAX);
        let count = reader.by_ref().take(bound).read_until(b'\n', &mut bytes);
        if count.map_err(|source| CliError::Io { step: "read the file", source })? == 0 {
            break;
        }
        let mark = if line == 1 { BYTE_ORDER_MARK } else { b"" };
        let bytes = bytes.strip_prefix(mark).unwrap_or(&bytes);
        let fault = match std::str::from_utf8(bytes) {
            _ if bytes.len() > limit => Some(Fault::new(Reason::TooLarge, "line")),
            Err(_) => Some(Fault::new(Reason::EventMalformed, "utf8")),
            Ok(_) => None,
        };
        if let Some(fault) = fault {
            // What stands before it goes first, so that it is as true for this line as for one that the daemon refuses.
            batches.send()?;
            let (file, applied) = (batches.file.to_owned(), Some(batches.applied));
            return Err(CliError::Line { file, line, fault, applied });
        }
        let bytes = bytes.trim_ascii();
        if !bytes.is_empty() {
            batches.add(bytes, line)?;
        }
    }
    Ok(())
}

fn rating_line(event: &Event) -> Result<String, CliError> {
    match event {
        Event::Rating { id, account, rater, role, score, at, .. } => Ok(json!({
            "type": "rating", "id": id.as_str(), "account": account.as_str(), "rater": rater.as_str(),
            "role": role, "value": score.value(), "scale": score.scale(), "at": at.to_string(),
        })
        .to_string()),
        // A CSV file holds ratings and nothing else.
        _ => Err(CliError::BadAnswer),
    }
}

impl Batches<'_> {
    fn add(&mut self, line: &[u8], number: u64) -> Result<(), CliError> {
        if self.lines.len() >= BATCH_EVENTS || self.body.len() + line.len() >= BATCH_BYTES {
            self.send()?;
        }
        self.body.extend_from_slice(line);
        self.body.push(b'\n');
        self.lines.push(number);
        Ok(())
    }

    fn send(&mut self) -> Result<(), CliError> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let (body, lines) = (std::mem::take(&mut self.body), std::mem::take(&mut self.lines));
        match self.client.send::<EventsApplied>("/v0/events", &body)? {
            Ok(done) => {
                self.applied += done.applied;
                self.new += done.new;
            }
            Err(Stated(error)) => {
                let applied = self.applied + error.applied.unwrap_or(0);
                let at = error.line.and_then(|line| usize::try_from(line).ok()?.checked_sub(1));
                return Err(match at.and_then(|at| lines.get(at).copied()) {
                    Some(line) => CliError::RefusedLine {
                        file: self.file.to_owned(),
                        line,
                        applied,
                        order: self.order,
                        code: error.code,
                        sentence: error.sentence,
                    },
                    None => CliError::Refused {
                        code: error.code,
                        sentence: format!("{} Before that, {} stored", error.sentence, were(applied)),
                    },
                });
            }
        }
        self.output.progress(&counted(self.applied, "event"), false);
        Ok(())
    }
}

fn were(number: u64) -> String {
    format!("{} {}", counted(number, "event"), if number == 1 { "was" } else { "were" })
}
