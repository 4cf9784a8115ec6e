//! Signing the epoch's private standings beside the core's loop, so that they are there when the wallets come.
//!
//! The core hands out some ledgers at a time, threads of their own sign them, and the core keeps what they made. Between two
//! hands the core answers whoever asks, and a wallet that comes before its turn gets its own signed at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;
use std::time::Duration;

use faam_issuer::{PrivateDone, PrivateWork};
use futures::future::join_all;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::core::CoreError;
use crate::daemon::CoreHandle;

/// How often it is looked whether there is something to sign. An epoch opens with a tick of 20 s or with an offer.
const PAUSE: Duration = Duration::from_secs(10);
/// Ledgers that a thread signs before it comes back to the core: a quarter of a second of work, so that handing over costs the
/// core next to nothing and little is lost when the daemon ends.
const SHARE: usize = 8;

/// The signing, under way until it is ended.
#[derive(Debug)]
pub(crate) struct Signing {
    stop: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Signing {
    /// Begins; needs a tokio runtime with time.
    pub(crate) fn start(core: CoreHandle) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let task = tokio::spawn(sign_all(core, Arc::clone(&stop)));
        Self { stop, task }
    }

    /// Ends; a thread that is in the middle of a ledger finishes it first, and what it made is signed again another time.
    pub(crate) async fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.task.abort();
        // It says that it was aborted.
        let _ = self.task.await;
    }
}

async fn sign_all(core: CoreHandle, stop: Arc<AtomicBool>) {
    let threads = threads();
    let mut ledgers = 0_usize;
    loop {
        match sign_some(&core, threads, &stop).await {
            Ok(0) => {
                if ledgers > 0 {
                    tracing::info!(ledgers, "private standings were signed");
                    ledgers = 0;
                }
                tokio::time::sleep(PAUSE).await;
            }
            Ok(more) => ledgers = ledgers.saturating_add(more),
            Err(error) => {
                tracing::error!(code = error.reason().code(), "private standings were not signed: {error}");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Signs some ledgers, and says how many; none when there is nothing to do, or the core is busy.
async fn sign_some(core: &CoreHandle, threads: usize, stop: &Arc<AtomicBool>) -> Result<usize, CoreError> {
    let most = threads.saturating_mul(SHARE);
    let Ok(work) = core.call(move |core, _| core.private_work(most)).await else { return Ok(0) };
    let mut shares = work?;
    let mut signing = Vec::with_capacity(threads);
    while !shares.is_empty() {
        let rest = shares.split_off(shares.len().min(SHARE));
        let share = std::mem::replace(&mut shares, rest);
        let stop = Arc::clone(stop);
        signing.push(spawn_blocking(move || sign_share(&share, &stop)));
    }
    // A thread that ended by a mistake has made nothing.
    let made: Vec<_> = join_all(signing).await.into_iter().filter_map(Result::ok).collect();
    let mut done = Vec::new();
    for share in made {
        done.extend(share?);
    }
    let count = done.len();
    match core.call(move |core, _| core.keep_private(done)).await {
        Ok(()) => Ok(count),
        Err(_) => Ok(0),
    }
}

fn sign_share(share: &[PrivateWork], stop: &AtomicBool) -> Result<Vec<PrivateDone>, CoreError> {
    let share = share.iter().take_while(|_| !stop.load(Ordering::Relaxed));
    share.map(|work| Ok(work.sign()?)).collect()
}

/// All cores but one, which stays for the core, the network and everything else on this machine.
fn threads() -> usize {
    available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1)).max(1)
}
