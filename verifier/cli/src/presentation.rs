//! `faam-verify presentation`: what a wallet answered to a request that waits.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use faam_spec::decision::Outcome;
use faam_spec::did::KeyHistories;
use faam_spec::exit::Exit;
use faam_spec::limits::{MAX_PRESENTATION_BYTES, MAX_REQUEST_BYTES};
use faam_spec::name::safe_json;
use faam_spec::time::Timestamp;
use faam_spec::words::Lang;
use faam_verifier::{Decision, MemoryNonces, Pending, finish};

use crate::given::Given;
use crate::io::{self, Failure};
use crate::jsonl;

/// Judges a presentation on standard input, as the answer to a request that waits.
#[derive(Args)]
pub(crate) struct Presentation {
    #[command(flatten)]
    given: Given,
    /// The request that waits, as the library or the node stored it. That it is answered once is the caller's to see to.
    #[arg(long, value_name = "FILE", required_unless_present = "jsonl", conflicts_with = "jsonl")]
    pending: Option<PathBuf>,
    /// The moment to judge at, such as 2026-11-21T12:00:00Z; this machine's clock unless given.
    #[arg(long, value_name = "RFC3339")]
    at: Option<Timestamp>,
    /// Print sentences for people instead of the decision as JSON.
    #[arg(long, conflicts_with = "jsonl")]
    text: bool,
    /// The language of the sentences: en or nl.
    #[arg(long, default_value_t, requires = "text")]
    lang: Lang,
    /// Judge many: standard input has one JSON object a line, {"pending": "…", "presentation": "…"}, each the text of the object; one
    /// decision a line comes out, in their order.
    #[arg(long)]
    jsonl: bool,
}

/// Largest stored request, in bytes: the request and what stands around it.
pub(crate) const MAX_PENDING_BYTES: usize = MAX_REQUEST_BYTES + 64;

impl Presentation {
    /// Reads, judges and prints.
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let sources = self.given.read()?;
        if self.jsonl {
            return jsonl::run(&sources, self.at);
        }
        let now = io::moment(self.at)?;
        let path = self.pending.ok_or_else(|| Failure::missing("--pending names the request that waits"))?;
        let stored = io::file(&path, MAX_PENDING_BYTES + 2)?;
        let pending = pending(&stored, &sources.histories, now)
            .map_err(|fault| Failure::usage(format!("'{}' cannot be used: {fault}", path.display())))?;
        // One byte over the bound is enough to be refused for it.
        let bytes = io::input_cut(MAX_PRESENTATION_BYTES + 1)?;
        let decision = finish(&pending, &bytes, &sources, &mut MemoryNonces::new(), now);
        let said = if self.text { format!("{}\n", decision.explain_in(self.lang)) } else { line(&decision)? };
        io::print(&said)?;
        // In sentences it is among them; the document is also for others than whoever runs this.
        if let Some(hint) = decision.hint().filter(|_| !self.text) {
            io::note(hint);
        }
        Ok(io::exit(match decision.outcome() {
            Outcome::Accepted => Exit::Ok,
            Outcome::Refused => Exit::Refused,
            Outcome::Undecided => Exit::Undecided,
        }))
    }
}

/// A request that waits, as it was stored.
pub(crate) fn pending(
    stored: &[u8],
    histories: &KeyHistories,
    now: Timestamp,
) -> Result<Pending, faam_spec::reason::Fault> {
    Pending::from_bytes(stored.trim_ascii_end(), histories, now)
}

/// The decision on one line, safe to look at.
//= spec/text/programs.md#REQ-PROGRAM-2
//# Foreign text in it MUST be escaped so that a terminal shows it as it is
pub(crate) fn line(decision: &Decision) -> Result<String, Failure> {
    let text = serde_json::to_string(decision.document()).map_err(|error| Failure::internal(&error))?;
    Ok(format!("{}\n", safe_json(&text)))
}
