//! The other path to an epoch record: asked for by nobody in particular, over a connection of its own (A29).

use faam_node::net::{Client, Protocol};
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::hash::LedgerId;
use faam_spec::reason::{Fault, Reason};
use faam_spec::wire::{Message, RenewAnswer, RenewAsk};

use super::{ContactError, Means, ask, misplaced};
use crate::receive::{Compared, compare, contradicted};
use crate::vault::Vault;

/// Asks the market's node for its newest record, as anybody may, and compares it with the one of the newest standing.
///
/// The question says nothing of who asks, and the connection is a new one under a name that is used for nothing else. When the
/// record is the same, that is noted ([`crate::private::HeldPrivate::compared`]); when it contradicts what is held, both are
/// kept, and from then on this answers so without asking anybody.
///
/// # Errors
/// [`ContactError::Offer`] with `epoch.forked` or `epoch.chain` when the market has another record for others: nothing
/// private may be shown. [`ContactError::NoAddress`], [`ContactError::Dial`], [`ContactError::Ask`] and
/// [`ContactError::Refused`] when nothing could be compared: nothing is known then.
//= spec/text/private.md#REQ-PRIVATE-16
//# A wallet MUST compare the epoch record with one that it gets by another path, not telling who asks, before it
//# shows anything of it
pub async fn compare_record(
    vault: &Vault,
    ledger: LedgerId,
    means: &mut Means<'_>,
) -> Result<Compared, ContactError> {
    let held = vault.held(ledger)?.ok_or(Fault::new(Reason::NothingToShow, "ledger"))?;
    let (info, record) = (held.info(), held.standing().record());
    if let Some(refused) = contradicted(&vault.conflicts()?, record) {
        return Err(refused.into());
    }
    let node = info.node.as_ref().ok_or(ContactError::NoAddress)?;
    let client = means.dial_at(node.peer, &node.addresses).await?;
    let fetched = newest(&client).await;
    client.close().await;
    let text = fetched?;
    let text = std::str::from_utf8(&text).map_err(|_| Fault::new(Reason::Malformed, "record"))?;
    let other = SignedEpochRecord::open(text, vault.histories())?;
    let now = means.now();
    match compare(record, &other, vault.histories(), now) {
        Ok(Compared::Same) => {
            vault.note_compared(&info.issuer, &info.market, record.hash(), now)?;
            Ok(Compared::Same)
        }
        Err(refused) if refused.conflict().is_some() => {
            let of = (&info.issuer, &info.market);
            vault.note_refused_under(info.persona, of, &refused, None, now)?;
            Err(refused.into())
        }
        other => Ok(other?),
    }
}

async fn newest(client: &Client) -> Result<Vec<u8>, ContactError> {
    let answer: Message<RenewAnswer> = ask(client, Protocol::Renew, Message::new(RenewAsk::Record)).await?;
    match answer.head {
        RenewAnswer::Record => Ok(answer.body),
        RenewAnswer::Refused { code } => Err(ContactError::Refused(code)),
        _ => Err(misplaced()),
    }
}
