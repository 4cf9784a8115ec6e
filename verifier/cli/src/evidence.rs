//! `faam-verify evidence`: mails, exports and credentials of others, judged and graded.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use faam_evidence::keys::KeyArchive;
use faam_evidence::reader::Reader;
use faam_evidence::trusted::Trusted;
use faam_evidence::{Evidence as Shown, Given, Statement, judge};
use faam_spec::exit::Exit;
use faam_spec::limits::MAX_EVIDENCE_BYTES;
use faam_spec::name::safe_json;
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::Timestamp;
use faam_verifier::FileError;
use faam_verifier::policy::MAX_FILE_BYTES;
use serde_json::{Value, json};

use crate::io::{self, Failure};

/// Judges evidence of another kind on standard input (a mail, an export, a credential of another issuer, as faam evidence export writes it), and
/// says how it is known. The grade is computed here; nothing in the input can state it.
#[derive(Args)]
pub(crate) struct Evidence {
    /// Whose credentials to believe: a TOML file.
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// An archive of the keys that mails were signed with (TOML); may be given several times.
    #[arg(long, value_name = "FILE")]
    mail_keys: Vec<PathBuf>,
    /// What a market's mails say (TOML); may be given several times.
    #[arg(long, value_name = "FILE")]
    reader: Vec<PathBuf>,
    /// An address that is known to be the holder's; may be given several times. Without one the recipient is not compared.
    #[arg(long, value_name = "ADDRESS")]
    holder: Vec<String>,
    /// The moment to judge at, such as 2026-11-21T12:00:00Z; this machine's clock unless given.
    #[arg(long, value_name = "RFC3339")]
    at: Option<Timestamp>,
}

impl Evidence {
    /// Reads, judges and prints.
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let now = io::moment(self.at)?;
        let trusted = match &self.trust {
            Some(path) => read(path, Trusted::parse)?,
            None => Trusted::default(),
        };
        let mut given = Given { issuers: trusted.keys().clone(), ..Given::default() };
        for path in &self.mail_keys {
            given.keys.merge(read(path, KeyArchive::parse)?);
        }
        for path in &self.reader {
            given.readers.push(read(path, Reader::parse)?);
        }
        given.mine = self.holder.iter().map(|address| address.trim().to_ascii_lowercase()).collect();
        let judged = match io::input(MAX_EVIDENCE_BYTES)? {
            None => Err(Fault::new(Reason::TooLarge, "evidence")),
            Some(bytes) => Shown::parse(&bytes).and_then(|shown| judge(&shown, &given, now)),
        };
        let judged = judged.and_then(|statement| trusted.check(&statement).map(|()| statement));
        say(judged)
    }
}

fn read<T>(path: &Path, parse: impl FnOnce(&str) -> Result<T, FileError>) -> Result<T, Failure> {
    let bytes = io::file(path, MAX_FILE_BYTES)?;
    let name = path.display();
    let text = core::str::from_utf8(&bytes);
    let text = text.map_err(|_| Failure::of(Reason::FileSyntax, format!("'{name}': it is not UTF-8")))?;
    parse(text).map_err(|error| Failure::of(error.reason(), format!("'{name}': {error}")))
}

fn say(judged: Result<Statement, Fault>) -> Result<ExitCode, Failure> {
    let (said, exit) = match judged {
        Ok(statement) => {
            let not_proven: Vec<&str> = statement.caveats.iter().map(|caveat| caveat.sentence()).collect();
            let said = json!({"outcome": "accepted", "reason": null, "statement": statement, "not_proven": not_proven});
            (said, Exit::Ok)
        }
        Err(fault) => {
            let exit = if fault.reason().exit() == Exit::Undecided { Exit::Undecided } else { Exit::Refused };
            let said = json!({
                "outcome": exit.name(), "reason": fault.reason().code(), "at": fault.at(), "statement": Value::Null,
                "not_proven": [],
            });
            (said, exit)
        }
    };
    io::print(&format!("{}\n", safe_json(&said.to_string())))?;
    Ok(io::exit(exit))
}
