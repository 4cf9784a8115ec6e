//! Checking an offer against what the vault holds, however it came.

use faam_spec::did::Did;
use faam_spec::limits::PAGE_BYTES;
use faam_spec::name::MarketId;
use faam_spec::offer::Offer;
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::Timestamp;

use super::ContactError;
use crate::receive::{Accepted, Expected, Known, KnownSecrets, ReceiveRefused, check};
use crate::vault::Vault;

/// How often a connection that ends is dialled again while there is progress or not.
pub(super) const REDIALS: u32 = 3;

/// Computes everything in an offer for a persona again, with what the vault knows of the market. A ledger that another persona holds is
/// taken over only where its holder said so (`may_move`).
pub(super) fn checked(
    vault: &Vault,
    (persona, issuer, market): (u32, &Did, &MarketId),
    may_move: bool,
    bytes: &[u8],
    now: Timestamp,
) -> Result<Accepted, ContactError> {
    let offer = Offer::parse(bytes).map_err(ReceiveRefused::from)?;
    let holder = vault.holder_key(persona, issuer, market)?.verifying_key();
    let held = vault.held(offer.ledger)?;
    // A ledger's name is 16 random bytes: one that is held from another market is no accident.
    if held.as_ref().is_some_and(|held| &held.info().issuer != issuer || &held.info().market != market) {
        return Err(ReceiveRefused::from(Fault::new(Reason::InvalidIssuer, "offer.ledger")).into());
    }
    //= spec/text/personas.md#REQ-PERSONA-8
    //# A ledger that another persona holds MUST NOT be taken over without that word
    if !may_move && held.as_ref().is_some_and(|held| held.info().persona != persona) {
        return Err(ReceiveRefused::from(Fault::new(Reason::OfferBound, "offer.ledger")).into());
    }
    let records = vault.epoch_records_of(persona, issuer, market)?;
    let lists = vault.status_lists_of(persona, issuer)?;
    let mut secrets = vault.secrets(persona, issuer, market)?;
    let expected = Expected { issuer, market, holder: &holder };
    let with = |offer, secrets: &[KnownSecrets]| {
        let known = Known {
            ledger: held.as_ref(),
            records: &records,
            lists: &lists,
            histories: vault.histories(),
            secrets,
        };
        check(offer, expected, known, now)
    };
    let unknown = offer.private.as_ref().map(|private| private.commitment);
    let unknown = unknown.filter(|wanted| !secrets.iter().any(|known| known.secrets.commitment == *wanted));
    let accepted = with(offer, &secrets)?;
    //= spec/text/names.md#REQ-NAME-22
    //# A wallet that is offered private standings for a commitment which it does not know
    if let Some(commitment) = unknown {
        // Only now that everything else was verified, because looking for them is work.
        let bound = accepted.standing().statement().bound;
        if let Some(again) = vault.secrets_again((persona, issuer, market), &commitment, bound)? {
            secrets.push(again);
            let mut accepted = with(Offer::parse(bytes).map_err(ReceiveRefused::from)?, &secrets)?;
            //= spec/text/backup.md#REQ-BACKUP-9
            //# SHOULD say that another wallet has its phrase
            if !vault.was_restored()? {
                accepted.warn(format!(
                    "{market} bound your account to another wallet that has your phrase. If that is another device of yours, use one of the two alone: what one shows, the other does not know. If it is not, somebody else has your phrase."
                ));
            }
            return Ok(accepted);
        }
    }
    Ok(accepted)
}

/// All pages but the last are full.
pub(super) fn is_whole(size: u64, page: u32, body: &[u8]) -> bool {
    let before = u64::from(page).saturating_mul(u64::try_from(PAGE_BYTES).unwrap_or(u64::MAX));
    let expected = usize::try_from(size.saturating_sub(before)).unwrap_or(usize::MAX).min(PAGE_BYTES);
    body.len() == expected
}
