//! Looking up names, with an end.

use core::time::Duration;
use std::fmt::Debug;
use std::net::{IpAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};

use crate::error::FetchError;
use crate::limits::MAX_LOOKUPS;

/// Finds the addresses of a host name.
///
/// What it answers is never believed to be public: the guard looks at each address, and connects to what it looked at.
pub trait Lookup: Debug + Send + Sync + 'static {
    /// The addresses of a name in punycode; may block.
    ///
    /// # Errors
    /// If there are none, or nobody can be asked.
    fn lookup(&self, host: &str) -> std::io::Result<Vec<IpAddr>>;
}

/// The way in which this machine looks up names.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, host: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok((host, 0).to_socket_addrs()?.map(|address| address.ip()).collect())
    }
}

/// Lookups under way, of which there are never more than [`MAX_LOOKUPS`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Lookups {
    running: Arc<AtomicUsize>,
}

/// One place among them, free again when the thread that has it ends.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Lookups {
    /// Looks up `host` on a thread of its own and waits for at most `time`. A lookup that takes longer cannot be stopped; it
    /// keeps its place until it ends.
    pub(crate) fn run(
        &self,
        lookup: &Arc<dyn Lookup>,
        host: &str,
        time: Duration,
    ) -> Result<Vec<IpAddr>, FetchError> {
        let free = |running: usize| (running < MAX_LOOKUPS).then_some(running + 1);
        if self.running.fetch_update(Ordering::AcqRel, Ordering::Acquire, free).is_err() {
            return Err(FetchError::Busy);
        }
        let place = Place(Arc::clone(&self.running));
        let (lookup, host) = (Arc::clone(lookup), host.to_owned());
        let (send, receive) = mpsc::sync_channel(1);
        let begun = std::thread::Builder::new().name("faam-lookup".to_owned()).spawn(move || {
            let found = lookup.lookup(&host);
            drop(place);
            // Nobody waits any more if it took too long.
            let _ = send.send(found);
        });
        if begun.is_err() {
            return Err(FetchError::Busy);
        }
        match receive.recv_timeout(time) {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => Err(FetchError::Unreachable),
            Err(RecvTimeoutError::Timeout) => Err(FetchError::Timeout),
        }
    }
}
