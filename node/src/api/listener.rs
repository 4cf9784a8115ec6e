//! Connections to the local interface: few, and none for ever (A46).

use std::future::Future as _;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};

/// Most connections at once; further ones wait to be accepted.
//= spec/text/local-api.md#REQ-API-4
//# 64 connections at once, each for 90 s at most
const MAX_CONNECTIONS: usize = 64;
/// How long a connection lives, whatever it does: longer than any call, and too short to be held on purpose.
const LIFE: Duration = Duration::from_secs(90);
/// How long it may take from accepting a connection until its first answer begins: a call and the work on it.
const FIRST: Duration = Duration::from_secs(15);
/// How long a connection may be silent after an answer.
const QUIET: Duration = Duration::from_secs(10);
/// Pause after the system refused to accept, as when it has no descriptors left.
const PAUSE: Duration = Duration::from_millis(200);

/// A listener that accepts a bounded number of connections.
pub(crate) struct Bounded {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

/// A connection that ends in time, and holds its place until then.
pub(crate) struct Connection {
    stream: TcpStream,
    /// When it ends, whatever it does.
    end: Pin<Box<Sleep>>,
    /// When it ends unless it is answered again.
    quiet: Pin<Box<Sleep>>,
    patience: Patience,
    _place: Option<OwnedSemaphorePermit>,
}

/// How long a connection may go on without an answer: a call can ask for more, up to the connection's end.
#[derive(Clone)]
pub(super) struct Patience {
    /// When the connection ends, whatever it does.
    end: Instant,
    until: Arc<Mutex<Option<Instant>>>,
}

impl Patience {
    /// Lets the connection be silent for `time` more, or as long as it has; gives how long that is, an answer's time left out.
    pub(super) fn extend(&self, time: Duration) -> Duration {
        let now = Instant::now();
        let most = self.end.saturating_duration_since(now).saturating_sub(QUIET);
        let time = time.min(most);
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = Some(now + time + QUIET);
        time
    }

    /// When the connection may be ended for its silence, if that was put off.
    fn take(&self) -> Option<Instant> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Connected<IncomingStream<'_, Bounded>> for Patience {
    fn connect_info(stream: IncomingStream<'_, Bounded>) -> Self {
        stream.io().patience.clone()
    }
}

impl Bounded {
    pub(crate) fn new(listener: TcpListener) -> Self {
        Self { listener, places: Arc::new(Semaphore::new(MAX_CONNECTIONS)) }
    }
}

impl axum::serve::Listener for Bounded {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        // The semaphore is never closed, so that there is always a place in the end.
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    let patience = Patience { end: Instant::now() + LIFE, until: Arc::default() };
                    let end = Box::pin(tokio::time::sleep_until(patience.end));
                    let quiet = Box::pin(tokio::time::sleep(FIRST));
                    return (Connection { stream, end, quiet, patience, _place: place }, address);
                }
                Err(error) => {
                    tracing::debug!(%error, "a local connection was not accepted");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.end.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        while self.quiet.as_mut().poll(context).is_ready() {
            // A call that waits on purpose has said for how long.
            let Some(until) = self.patience.take() else {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            };
            self.quiet.as_mut().reset(until);
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.end.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let until = Instant::now() + QUIET;
        self.quiet.as_mut().reset(until);
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::serve::Listener as _;

    //= spec/text/local-api.md#REQ-API-4
    //= type=test
    //# 64 connections at once, each for 90 s at most
    #[tokio::test]
    async fn a_connection_more_than_there_are_places_waits() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut bounded = Bounded::new(listener);
        let mut calls = Vec::new();
        let mut connections = Vec::new();
        for _ in 0..64 {
            calls.push(TcpStream::connect(address).await.unwrap());
            let (connection, _) = bounded.accept().await;
            let left = connection.end.deadline().duration_since(Instant::now());
            assert!(left <= Duration::from_secs(90), "{left:?}");
            connections.push(connection);
        }
        calls.push(TcpStream::connect(address).await.unwrap());
        let soon = Duration::from_millis(200);
        assert!(tokio::time::timeout(soon, bounded.accept()).await.is_err(), "it waits");
        connections.pop();
        assert!(tokio::time::timeout(soon, bounded.accept()).await.is_ok(), "until one has ended");
    }
}
