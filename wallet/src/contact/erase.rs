//! Asking a verifier to erase what it was shown, and taking what it signs.

use faam_node::net::Protocol;
use faam_spec::erasure::{Erasure, Shown};
use faam_spec::limits::MAX_ERASURE_BYTES;
use faam_spec::reason::{Fault, Reason};
use faam_spec::wire::{Message, PresentAnswer, PresentAsk};

use super::{ContactError, Means, ask, misplaced};
use crate::vault::{ErasureAsked, Happened, LogEntry, Reach, Vault};

/// Asks about one presentation, under a PeerId that is used for nothing else; what comes of it is kept before this returns.
///
/// `entry` is the presentation, as it stands in the log.
///
/// # Errors
/// [`ContactError::Vault`] alone: that a verifier is not reached, or answers something else, is what came of it.
pub async fn erase(
    vault: &Vault,
    entry: &LogEntry,
    asked: &ErasureAsked,
    means: &mut Means<'_>,
) -> Result<ErasureAsked, ContactError> {
    let Happened::Shown { to, request, presentation, delete_by, .. } = &entry.what else {
        return Err(Fault::new(Reason::Internal, "entry").into());
    };
    let now = means.now();
    let Some(reach) = vault.reach(entry.seq)?.filter(|_| now < *delete_by) else {
        // Its time is over: there is nobody to ask any more.
        return Ok(vault.note_erasure_failed(asked, Reason::RequestUnknown, now, now)?);
    };
    let shown = Shown { verifier: &to.did, request: *request, presentation: *presentation, at: entry.at };
    let told = told(vault, &reach, &shown, means).await;
    let now = means.now();
    Ok(match told {
        Ok((statement, text)) => vault.keep_erasure(asked, (&statement, &text), *delete_by, now)?,
        Err(ContactError::Refused(Reason::RequestUnknown)) => vault.note_erasure_unknown(asked, now)?,
        // An older program knows no such question.
        Err(ContactError::Refused(Reason::WireMessage)) => vault.note_erasure_by_hand(asked)?,
        Err(ContactError::Vault(error)) => return Err(error.into()),
        Err(error) => vault.note_erasure_failed(asked, error.reason(), *delete_by, now)?,
    })
}

async fn told(
    vault: &Vault,
    reach: &Reach,
    shown: &Shown<'_>,
    means: &mut Means<'_>,
) -> Result<(Erasure, String), ContactError> {
    let client = means.dial_at(reach.peer, &reach.addresses).await?;
    let question = PresentAsk::Erase { capability: reach.capability, proof: reach.proof };
    let answer = ask(&client, Protocol::Present, Message::new(question)).await;
    client.close().await;
    let answer: Message<PresentAnswer> = answer?;
    match answer.head {
        PresentAnswer::Erasure if answer.body.len() <= MAX_ERASURE_BYTES => {
            let text =
                String::from_utf8(answer.body).map_err(|_| Fault::new(Reason::MalformedJws, "erasure"))?;
            Ok((Erasure::open(&text, shown, vault.histories(), means.now())?, text))
        }
        PresentAnswer::Erasure => Err(Fault::new(Reason::TooLarge, "erasure").into()),
        PresentAnswer::Refused { code } => Err(ContactError::Refused(code)),
        _ => Err(misplaced()),
    }
}
