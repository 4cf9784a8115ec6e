//! Renewing: what the epoch has of a ledger that is held, without a link and without a code; the holder key is enough.
//!
//! Nothing of it is used up and nothing is bound, so that a renewal that is broken off is simply begun again.

use faam_node::net::{Client, Protocol};
use faam_spec::encoding::multi;
use faam_spec::hash::{Capability, Hash, LedgerId};
use faam_spec::key::Jwk;
use faam_spec::limits::MAX_OFFER_BYTES;
use faam_spec::offer::{self, HeldHead, RenewStatement, Terms};
use faam_spec::reason::{Fault, Reason};
use faam_spec::wire::{self, Message, RenewAnswer, RenewAsk};

use super::checked::{REDIALS, checked, is_whole};
use super::{ContactError, Means, Progress, ask, is_over, misplaced};
use crate::held::{HeldLedger, LedgerInfo, MarketNode};
use crate::vault::{LogEntry, Vault};

/// What a renewal brought; everything is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Renewed {
    /// The note about it.
    pub entry: Box<LogEntry>,
    /// What the holder should know, in sentences.
    pub warnings: Vec<String>,
}

/// Renews what is held of a ledger: standings of the current epoch, plain and private, and what is new in it.
///
/// The market learns that this holder key renews now, from this address. So it is done at a random time of the epoch, and never
/// because something is about to be shown (REQ-PRIVATE-17).
///
/// # Errors
/// [`ContactError`]: [`ContactError::NoAddress`] if it is not known where the market's node is; [`ContactError::Refused`] with
/// `renew.unknown` if the market has nothing bound to the holder key; [`ContactError::Offer`] if what came was refused as a whole.
pub async fn renew(vault: &Vault, ledger: LedgerId, means: &mut Means<'_>) -> Result<Renewed, ContactError> {
    let held = vault.held(ledger)?.ok_or(Fault::new(Reason::NothingToShow, "ledger"))?;
    let info = held.info().clone();
    let node = info.node.clone().ok_or(ContactError::NoAddress)?;
    let client = means.dial_at(node.peer, &node.addresses).await?;
    let mut contact = Contact { vault, info, node, client };
    let ended = contact.run(&held, means).await;
    contact.client.close().await;
    ended
}

struct Contact<'a> {
    vault: &'a Vault,
    info: LedgerInfo,
    node: MarketNode,
    client: Client,
}

/// What the market announced.
struct Ready {
    secret: Capability,
    bytes: u64,
    hash: Hash,
}

impl Contact<'_> {
    async fn run(&mut self, held: &HeldLedger, means: &mut Means<'_>) -> Result<Renewed, ContactError> {
        let since = HeldHead { ledger: self.info.ledger, log: held.ledger().head().log };
        let ready = self.open(since, means).await?;
        let bytes = self.fetch(&ready, means).await?;
        (means.progress)(Progress::Checking);
        //= spec/text/offer.md#REQ-OFFER-1
        //# They MUST have the announced size and hash.
        offer::check_transfer(&bytes, ready.bytes, ready.hash)?;
        let (issuer, market, now) = (&self.info.issuer, &self.info.market, means.now());
        let accepted = match checked(self.vault, (self.info.persona, issuer, market), false, &bytes, now) {
            Err(ContactError::Offer(refused)) => {
                let of = (issuer, market);
                self.vault.note_refused_under(self.info.persona, of, &refused, None, now)?;
                return Err(ContactError::Offer(refused));
            }
            accepted => accepted?,
        };
        // Two ledgers under one holder key are told apart by the head that was sent.
        if accepted.ledger().id() != self.info.ledger {
            return Err(Fault::new(Reason::StandingOtherLedger, "offer.ledger").into());
        }
        let entry = Box::new(self.vault.keep(&accepted, self.info.persona, None, now)?);
        // The market forgets the transfer by itself; that it hears of it sooner is a courtesy.
        let question = RenewAsk::Commit { transfer: ready.secret, hash: ready.hash };
        if let Err(error) = self.ask(question, means).await {
            tracing::debug!(code = error.reason().code(), "the market was not told that all is kept");
        }
        Ok(Renewed { entry, warnings: accepted.warnings().to_vec() })
    }

    async fn open(&self, since: HeldHead, means: &mut Means<'_>) -> Result<Ready, ContactError> {
        let capability = Capability::random(&mut means.rng);
        let question = Message::new(RenewAsk::Open { capability });
        let terms = match self.once(question).await?.head {
            RenewAnswer::Terms { terms } => terms,
            _ => return Err(misplaced()),
        };
        let (issuer, peers) = (&self.info.issuer, (self.node.peer, self.client.local()));
        //= spec/text/offer.md#REQ-OFFER-26
        //# The wallet MUST refuse terms of another issuer than the link named
        //= spec/text/offer.md#REQ-OFFER-27
        //# The wallet MUST refuse terms for another offer, node or wallet.
        let terms = Terms::open(&terms, issuer, capability, peers, self.vault.histories(), means.now())?;
        if terms.market != self.info.market {
            return Err(Fault::new(Reason::InvalidIssuer, "terms.market").into());
        }
        let holder = self.vault.holder_key(self.info.persona, issuer, &self.info.market)?;
        let statement = RenewStatement {
            capability,
            challenge: terms.challenge,
            issuer: issuer.clone(),
            node: self.node.peer,
            wallet: self.client.local(),
            since: Some(since),
        };
        let question = RenewAsk::Renew {
            capability,
            holder: Jwk::from(&holder.verifying_key()),
            proof: multi(statement.sign(&holder)?.to_bytes()),
            since: statement.since,
        };
        match self.once(Message::new(question)).await?.head {
            //= spec/text/offer.md#REQ-OFFER-2
            //# They MUST be at most 33,554,432
            RenewAnswer::Ready { transfer: secret, bytes, hash }
                if usize::try_from(bytes).is_ok_and(|bytes| bytes <= MAX_OFFER_BYTES) =>
            {
                Ok(Ready { secret, bytes, hash })
            }
            RenewAnswer::Ready { .. } => Err(Fault::new(Reason::TooLarge, "offer").into()),
            _ => Err(misplaced()),
        }
    }

    async fn fetch(&mut self, ready: &Ready, means: &mut Means<'_>) -> Result<Vec<u8>, ContactError> {
        let pages = u32::try_from(wire::pages(ready.bytes)).unwrap_or(u32::MAX);
        let mut bytes = Vec::with_capacity(usize::try_from(ready.bytes).unwrap_or(0));
        for page in 0..pages {
            let answer = self.ask(RenewAsk::Page { transfer: ready.secret, page }, means).await?;
            if answer.head != (RenewAnswer::Page { page }) || !is_whole(ready.bytes, page, &answer.body) {
                return Err(misplaced());
            }
            bytes.extend(answer.body);
            (means.progress)(Progress::Fetched { done: page + 1, of: pages });
        }
        Ok(bytes)
    }

    /// Asks on this connection alone.
    async fn once(&self, question: Message<RenewAsk>) -> Result<Message<RenewAnswer>, ContactError> {
        let answer: Message<RenewAnswer> = ask(&self.client, Protocol::Renew, question).await?;
        match answer.head {
            RenewAnswer::Refused { code } => Err(ContactError::Refused(code)),
            _ => Ok(answer),
        }
    }

    /// Asks, and dials again under a new name when the connection has ended.
    async fn ask(
        &mut self,
        question: RenewAsk,
        means: &mut Means<'_>,
    ) -> Result<Message<RenewAnswer>, ContactError> {
        let mut redials = 0;
        loop {
            match self.once(Message::new(question.clone())).await {
                Err(error) if is_over(&error) && redials < REDIALS => {
                    redials += 1;
                    self.client = means.dial_at(self.node.peer, &self.node.addresses).await?;
                }
                answered => return answered,
            }
        }
    }
}
