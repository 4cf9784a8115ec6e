//! A marketplace that asks applicants for a good name, and judges what their wallets answer: `faam-verifier` behind HTTP.
//!
//! Nothing else of Faam runs beside it. The parts, in the order in which they are worth reading:
//!
//! | file | what |
//! |---|---|
//! | `market.rs` | asking and judging: [`start`](faam_verifier::start), [`finish`](faam_verifier::finish), the receipt |
//! | `stores.rs` | open requests, used nonces and what was seen of markets, over a restart: the three traits of the library |
//! | `web.rs` | the calls of wallets and of the shop's own pages |
//! | `folder.rs` | files instead of a database |

mod folder;
mod market;
mod stores;
mod web;

use std::error::Error;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use clap::Parser;
use faam_verifier::policy::MAX_FILE_BYTES;
use faam_verifier::spec::openid4vp::WebAddress;
use faam_verifier::{Policy, TrustFile};
use tokio::net::TcpListener;

use crate::market::{Market, Terms};

/// Asks applicants for a good name and judges the answers, beside a shop.
#[derive(Parser)]
struct Arguments {
    /// Where everything is kept; made if it is not there.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Whom to believe: the file that `faam-verify --trust` takes.
    #[arg(long, value_name = "FILE")]
    trust: PathBuf,
    /// What to ask: the file that `faam-verify --policy` takes.
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// What the shop calls itself.
    #[arg(long)]
    name: String,
    /// For how many days it keeps what it was shown.
    #[arg(long, default_value_t = 30, value_name = "DAYS")]
    retention_days: u32,
    /// Where the server in front sends calls.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// What wallets see of it, `https://…`; without it, where this listens, for one machine alone.
    #[arg(long)]
    url: Option<WebAddress>,
    /// How often what has to be deleted is looked for, in seconds.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    sweep: u64,
}

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    let listener = TcpListener::bind(arguments.listen).await?;
    let here = format!("http://{}", listener.local_addr()?);
    let address = arguments.url.map_or_else(|| here.parse(), Ok)?;
    let trust = read(&arguments.trust, TrustFile::parse)?;
    let sources = trust.sources(read(&arguments.policy, Policy::parse)?);
    let terms = Terms { name: arguments.name, retention_days: arguments.retention_days };
    let market = Arc::new(Market::open(&arguments.data, sources, address, terms)?);

    let swept = Arc::clone(&market);
    let every = Duration::from_secs(arguments.sweep.max(1));
    tokio::spawn(async move {
        loop {
            let market = Arc::clone(&swept);
            let done = tokio::task::spawn_blocking(move || {
                market.sweep(SystemTime::now().try_into().map_err(io::Error::other)?)
            });
            match done.await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => log(&format!("not everything could be looked after: {error}")),
                Err(error) => log(&format!("nothing could be looked after: {error}")),
            }
            tokio::time::sleep(every).await;
        }
    });

    writeln!(io::stdout(), "{here}")?;
    let stop = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    axum::serve(listener, web::router(market)).with_graceful_shutdown(stop).await?;
    Ok(())
}

/// Reads one of the two files, and says which one is wrong, and where.
fn read<T, E: Error>(path: &Path, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, Failure> {
    let told = |error: &dyn Error| format!("'{}': {error}", path.display());
    let text = folder::read_text(path, MAX_FILE_BYTES).map_err(|error| told(&error))?;
    Ok(parse(&text).map_err(|error| told(&error))?)
}

/// Tells whoever runs the service. Never what was shown, and never a link.
fn log(line: &str) {
    // Where nobody listens there is nobody to tell.
    let _ = writeln!(io::stderr(), "{line}");
}
