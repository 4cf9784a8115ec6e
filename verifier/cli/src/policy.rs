//! `faam-verify policy`: what a policy or trust file says, and whether it can be used.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use faam_spec::exit::Exit;
use faam_spec::name::MarketId;
use faam_spec::words::Lang;

use crate::given;
use crate::io::{self, Failure};

/// Looks at policy and trust files.
#[derive(Subcommand)]
pub(crate) enum Policy {
    /// Says a policy back in plain sentences.
    Explain {
        /// The policy file.
        file: PathBuf,
        /// The language: en or nl.
        #[arg(long, default_value_t)]
        lang: Lang,
    },
    /// Says whether a policy file can be used, and where not.
    Check {
        /// The policy file.
        file: PathBuf,
        /// A trust file to look at too: whether it can be used, names every market that the policy names, and has somebody who is
        /// believed for what the policy asks.
        #[arg(long, value_name = "FILE")]
        trust: Option<PathBuf>,
    },
}

impl Policy {
    /// Reads and prints.
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Explain { file, lang } => {
                let said = given::policy_of_anybody(&file)?.explain_in(lang);
                io::print(&format!("{}\n", said.join("\n")))?;
            }
            Self::Check { file, trust } => {
                let policy = given::policy(&file)?;
                if let Some(path) = trust {
                    let trust = given::trust(&path)?.trust;
                    let named =
                        |market: &MarketId| trust.entries().iter().any(|entry| entry.market == *market);
                    if let Some(market) = policy.markets.of.iter().find(|market| !named(market)) {
                        return Err(Failure::usage(format!(
                            "'{}' names the market {market}, and '{}' believes nobody about it",
                            file.display(),
                            path.display()
                        )));
                    }
                    //= spec/text/policy.md#REQ-POLICY-19
                    //# A check of a policy beside a trust file MUST refuse what no answer could be believed for
                    let query = policy.query().map_err(|fault| Failure::internal(&fault))?;
                    if let Some(unbelieved) = trust.unbelieved(&query) {
                        let files = format!("'{}' and '{}'", file.display(), path.display());
                        return Err(Failure::usage(format!("{files}: {unbelieved}")));
                    }
                }
                for warning in policy.warnings() {
                    io::warn(&warning);
                }
                io::print("It can be used.\n")?;
            }
        }
        Ok(io::exit(Exit::Ok))
    }
}
