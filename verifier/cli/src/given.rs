//! The files that a verdict rests on: trust, policy, requests that wait, and what was seen of markets.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::inspect::Kind;
use faam_spec::limits::{MAX_EPOCH_RECORD_BYTES, MAX_STATUS_LIST_BYTES};
use faam_spec::reason::{Fault, Reason};
use faam_spec::status::SignedStatusList;
use faam_verifier::policy::MAX_FILE_BYTES;
use faam_verifier::{FileError, Policy, Sources, TrustFile};

use crate::io::{self, Failure};

/// Most files that are read of one folder.
const MAX_FILES: usize = 10_000;

/// What a presentation is judged by.
#[derive(Args)]
pub(crate) struct Given {
    /// Whom to believe: a trust file (TOML).
    #[arg(long, value_name = "FILE")]
    trust: PathBuf,
    /// What to ask: a policy file (TOML).
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// Epoch records and status lists that were seen before, as signed, one a file.
    #[arg(long, value_name = "DIR")]
    sources: Option<PathBuf>,
}

impl Given {
    /// Reads all of it.
    pub(crate) fn read(&self) -> Result<Sources, Failure> {
        let mut sources = trust(&self.trust)?.sources(policy(&self.policy)?);
        if let Some(folder) = &self.sources {
            seen(folder, &mut sources)?;
        }
        Ok(sources)
    }
}

/// Reads a policy file by which something is judged.
pub(crate) fn policy(path: &Path) -> Result<Policy, Failure> {
    parsed(path, &io::own_file(path, MAX_FILE_BYTES)?, Policy::parse)
}

/// Reads a policy file of which nothing is asked but what it says, whoever wrote it.
pub(crate) fn policy_of_anybody(path: &Path) -> Result<Policy, Failure> {
    parsed(path, &io::file(path, MAX_FILE_BYTES)?, Policy::parse)
}

/// Reads a trust file by which something is judged.
pub(crate) fn trust(path: &Path) -> Result<TrustFile, Failure> {
    parsed(path, &io::own_file(path, MAX_FILE_BYTES)?, TrustFile::parse)
}

fn parsed<T>(
    path: &Path,
    bytes: &[u8],
    parse: impl FnOnce(&str) -> Result<T, FileError>,
) -> Result<T, Failure> {
    let name = path.display();
    let text = core::str::from_utf8(bytes);
    let text = text.map_err(|_| Failure::of(Reason::FileSyntax, format!("'{name}': it is not UTF-8")))?;
    parse(text).map_err(|error| Failure::of(error.reason(), format!("'{name}': {error}")))
}

/// Adds what was seen of markets. Files are read in the order of their names, which does not matter.
fn seen(folder: &Path, sources: &mut Sources) -> Result<(), Failure> {
    let unreadable = |error| Failure::missing(format!("'{}' cannot be read: {error}", folder.display()));
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_file() {
            files.push(path);
        }
        if files.len() > MAX_FILES {
            return Err(Failure::usage(format!("'{}' has more than {MAX_FILES} files", folder.display())));
        }
    }
    files.sort();
    for path in files {
        let bytes = io::file(&path, MAX_EPOCH_RECORD_BYTES.max(MAX_STATUS_LIST_BYTES) + 2)?;
        let told = |fault: &Fault| Failure::usage(format!("'{}' cannot be used: {fault}", path.display()));
        match add(&bytes, sources).map_err(|fault| told(&fault))? {
            Added::AsSeen => {}
            Added::Fork => io::note(&format!(
                "'{}' contradicts another record in its folder; the market is contested ({})",
                path.display(),
                Reason::EpochForked
            )),
        }
    }
    Ok(())
}

/// What became of a file.
enum Added {
    /// It stands beside the others.
    AsSeen,
    /// It is one of two records of which there may be one only: both are remembered.
    Fork,
}

fn add(bytes: &[u8], sources: &mut Sources) -> Result<Added, Fault> {
    let text = core::str::from_utf8(bytes).map_err(|_| Fault::new(Reason::Malformed, "source"))?;
    let text = text.trim_end_matches(['\r', '\n']);
    match Kind::of(bytes) {
        Kind::Epoch => {
            //= spec/text/verifying.md#REQ-VERIFY-18
            //# A fork that was shown MUST be remembered with both records
            match sources.records.learn(SignedEpochRecord::open(text, &sources.histories)?) {
                Err(fault) if fault.reason() == Reason::EpochForked => Ok(Added::Fork),
                other => other.map(|()| Added::AsSeen),
            }
        }
        Kind::StatusList => match sources.status.insert(SignedStatusList::open(text, &sources.histories)?) {
            // A newer one is there: that is the one that counts.
            Err(fault) if fault.reason() == Reason::StatusOlder => Ok(Added::AsSeen),
            other => other.map(|()| Added::AsSeen),
        },
        _ => Err(Fault::new(Reason::Malformed, "source")),
    }
}
