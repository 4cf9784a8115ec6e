//! Calling back: what the core's outbox has is sent, signed, until it is taken.
//!
//! ```text
//! outbox ──► due ──► POST ──┬─► 2xx: taken, and forgotten
//!                           └─► anything else: kept, and sent again later
//! ```
//! The core knows when what is due; here is the network. What was taken is taken once the core has stored so: a crash before that
//! sends it again, with the same id.

mod common;
mod later;
mod sender;
mod signing;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

use crate::core::{Delivery, Sent};
use crate::daemon::CoreHandle;

pub use self::common::agree;
pub use self::sender::{Sender, SenderError};
pub use self::signing::{KeyFileError, Secrets, sign};

/// How often it is looked whether something is due.
const LOOK: Duration = Duration::from_millis(500);
/// Most events that are sent at once.
//= spec/text/local-api.md#REQ-API-14
//# at most 4 at once
const MAX_SENDING: usize = 4;

/// Sending, under way until it is ended.
#[derive(Debug)]
pub(crate) struct Webhook {
    task: JoinHandle<()>,
}

impl Webhook {
    /// Begins; needs a tokio runtime with time.
    pub(crate) fn start(core: CoreHandle, sender: Sender) -> Self {
        Self { task: tokio::spawn(send_all(core, Arc::new(sender))) }
    }

    /// Ends. What is on its way may arrive, and is sent again after the next start.
    pub(crate) async fn end(self) {
        self.task.abort();
        // It says that it was aborted.
        let _ = self.task.await;
    }
}

async fn send_all(core: CoreHandle, sender: Arc<Sender>) {
    let mut sending: JoinSet<()> = JoinSet::new();
    loop {
        let free = MAX_SENDING.saturating_sub(sending.len());
        let due = if free == 0 {
            Vec::new()
        } else {
            // Busy now; there is another time.
            core.call(move |core, turn| core.due_events(turn, free)).await.unwrap_or_default()
        };
        let idle = due.is_empty();
        for delivery in due {
            sending.spawn(send(core.clone(), Arc::clone(&sender), delivery));
        }
        tokio::select! {
            _ = sending.join_next(), if !sending.is_empty() => {}
            () = tokio::time::sleep(LOOK), if idle || free == 0 => {}
        }
    }
}

async fn send(core: CoreHandle, sender: Arc<Sender>, delivery: Delivery) {
    let (told, hears) = oneshot::channel();
    let sent = delivery.clone();
    // A thread that nobody waits for when the daemon ends.
    let thread = std::thread::Builder::new().name("faam-webhook".to_owned()).spawn(move || {
        // Whoever asked may have gone.
        let _ = told.send(sender.send(&sent));
    });
    let outcome = match thread {
        Ok(_) => hears.await.unwrap_or_else(|_| Sent::Failed("it was not sent".to_owned())),
        Err(_) => Sent::Failed("no thread could be started".to_owned()),
    };
    match &outcome {
        Sent::Taken => tracing::debug!(event = %delivery.id, "the webhook took an event"),
        Sent::Failed(why) | Sent::Later(why, _) => {
            tracing::info!(event = %delivery.id, why, "the webhook did not take an event");
        }
        Sent::TooLate => tracing::info!(event = %delivery.id, "an event was left to other daemons"),
        Sent::Gone => tracing::warn!(event = %delivery.id, "the webhook says that it is gone"),
    }
    loop {
        let (delivery, outcome) = (delivery.clone(), outcome.clone());
        match core.call(move |core, turn| core.sent(turn, &delivery, &outcome)).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => {
                tracing::error!(
                    code = error.reason().code(),
                    "what became of an event was not kept: {error}"
                );
                return;
            }
            // The core is busy, and must hear it some time: until then it does not send this one again.
            Err(_) => tokio::time::sleep(LOOK).await,
        }
    }
}
