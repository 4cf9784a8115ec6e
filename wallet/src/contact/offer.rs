//! Receiving: redeeming an offer, fetching its pages, checking it, keeping it, and only then saying so.
//!
//! Whatever is interrupted goes on where it was: pages are kept as they come, under the transfer's secret, and the market is
//! told again when it may not have heard that everything is kept.

use faam_node::net::{Client, Protocol};
use faam_spec::encoding::multi;
use faam_spec::key::Jwk;
use faam_spec::limits::MAX_OFFER_BYTES;
use faam_spec::link::{Link, LinkKind};
use faam_spec::name::MarketId;
use faam_spec::offer::{self, HeldHead, RedeemStatement, Terms};
use faam_spec::reason::{Fault, Reason};
use faam_spec::wire::{Message, OfferAnswer, OfferAsk};

use super::checked::{REDIALS, checked, is_whole};
use super::{ContactError, Means, Progress, ask, check_code, is_over, misplaced};
use crate::held::MarketNode;
use crate::persona::FIRST;
use crate::vault::{LogEntry, Transfer, TransferState, Vault};

/// How a receipt ended well.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Received {
    /// Everything was checked and is kept, and the market knows.
    New {
        /// The note about it.
        entry: Box<LogEntry>,
        /// What the holder should know, in sentences.
        warnings: Vec<String>,
    },
    /// It was kept before, and now the market knows.
    Confirmed,
    /// It was kept before, and the market knew.
    Already,
}

/// For whom an offer is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct For {
    /// The persona.
    pub persona: u32,
    /// Whether a ledger that another persona holds may become this one's.
    pub may_move: bool,
    /// Whether the keys of personas that are not known here may be tried, where the market has bound the account to another key: those
    /// of a wallet with the same phrase. The market sees each that is tried.
    pub seek: bool,
}

impl For {
    /// For a persona, and nothing else.
    #[must_use]
    pub const fn persona(persona: u32) -> Self {
        Self { persona, may_move: false, seek: false }
    }
}

/// Receives for the first persona what `link` offers, as [`receive_for`].
///
/// # Errors
/// Those of [`receive_for`].
pub async fn receive(
    vault: &Vault,
    link: &Link,
    code: Option<&str>,
    means: &mut Means<'_>,
) -> Result<Received, ContactError> {
    receive_for(vault, For::persona(FIRST), link, code, means).await
}

/// Receives for a persona what `link` offers, with the session code that the market shows.
///
/// A receipt that was begun with the same link goes on where it was, and then needs no code.
///
/// # Errors
/// [`ContactError`]; `input.malformed` for a code that cannot be one, and for another persona than the one for which a receipt with this
/// link was begun; [`ContactError::Offer`] if the offer was refused as a whole, with `offer.bound` for a ledger of another persona. After
/// [`ContactError::Unconfirmed`] everything is kept, and calling this again tells the market.
pub async fn receive_for(
    vault: &Vault,
    whom: For,
    link: &Link,
    code: Option<&str>,
    means: &mut Means<'_>,
) -> Result<Received, ContactError> {
    let begun = vault.transfer(link)?;
    match &begun {
        None => {
            link.check(LinkKind::Offer, means.now())?;
            // Asked for before anything is dialled, so that a missing one is no contact at all.
            check_code(code.ok_or(ContactError::CodeMissing)?)?;
        }
        Some(transfer) if transfer.state == TransferState::Done => return Ok(Received::Already),
        Some(transfer) if transfer.persona != whom.persona => {
            return Err(Fault::new(Reason::InputMalformed, "--persona").into());
        }
        Some(_) => {}
    }
    let mut contact = Contact { vault, whom, link, code, client: means.dial(link).await? };
    let ended = contact.run(begun, means).await;
    contact.client.close().await;
    ended
}

struct Contact<'a> {
    vault: &'a Vault,
    whom: For,
    link: &'a Link,
    code: Option<&'a str>,
    client: Client,
}

impl Contact<'_> {
    async fn run(
        &mut self,
        begun: Option<Transfer>,
        means: &mut Means<'_>,
    ) -> Result<Received, ContactError> {
        let transfer = match begun {
            Some(transfer) if transfer.state == TransferState::Kept => {
                self.confirm(&transfer, means).await?;
                return Ok(Received::Confirmed);
            }
            Some(transfer) => transfer,
            None => self.redeem(means).await?,
        };
        let transfer = match self.fetch(&transfer, means).await {
            // The market forgot this transfer. With the code it can be begun again.
            Err(ContactError::Refused(code)) => {
                self.vault.drop_transfer(&transfer)?;
                if self.code.is_none() {
                    return Err(ContactError::Refused(code));
                }
                let again = self.redeem(means).await?;
                self.fetch(&again, means).await?;
                again
            }
            fetched => {
                fetched?;
                transfer
            }
        };
        (means.progress)(Progress::Checking);
        let received = self.keep(&transfer, means)?;
        //= spec/text/offer.md#REQ-OFFER-25
        //# and only then say `commit`
        self.confirm(&transfer, means).await?;
        Ok(received)
    }

    /// Redeems for the persona that was named. Where the account is bound to another key, and only if that was asked for, those are
    /// tried that a wallet of the same phrase may have had.
    async fn redeem(&mut self, means: &mut Means<'_>) -> Result<Transfer, ContactError> {
        let bound = match self.redeem_as(self.whom.persona, true, means).await {
            Err(ContactError::Refused(Reason::OfferBound)) if self.whom.seek => Reason::OfferBound,
            redeemed => return redeemed,
        };
        //= spec/text/personas.md#REQ-PERSONA-10
        //# it MAY try the keys of numbers under which it knows no persona, one after the other, but only when its holder, told that the
        //# market sees each of them, asks for it
        for persona in self.vault.unknown_personas()? {
            match self.redeem_as(persona, false, means).await {
                Err(ContactError::Refused(Reason::OfferBound)) => {}
                redeemed => return redeemed,
            }
        }
        Err(ContactError::Refused(bound))
    }

    /// Shows the link, the code and the holder key of a persona, and learns what will be transferred.
    async fn redeem_as(
        &mut self,
        persona: u32,
        binds: bool,
        means: &mut Means<'_>,
    ) -> Result<Transfer, ContactError> {
        self.link.check(LinkKind::Offer, means.now())?;
        let code = self.code.ok_or(ContactError::CodeMissing)?;
        let capability = self.link.capability();
        let (market, challenge) = match self.ask(OfferAsk::Open { capability }, means).await?.head {
            OfferAnswer::Terms { terms } => {
                // The code, the holder key and the ledger go to the issuer that the link named, and to nobody who only says so.
                let (peers, histories) = ((self.link.peer(), self.client.local()), self.vault.histories());
                //= spec/text/offer.md#REQ-OFFER-26
                //# The wallet MUST refuse terms of another issuer than the link named
                //= spec/text/offer.md#REQ-OFFER-27
                //# The wallet MUST refuse terms for another offer, node or wallet.
                let terms = Terms::open(&terms, self.link.did(), capability, peers, histories, means.now())?;
                (terms.market, terms.challenge)
            }
            _ => return Err(misplaced()),
        };
        let holder = self.vault.holder_key(persona, self.link.did(), &market)?;
        // On the disk before the market hears of it, and the same again when this is broken off. Whoever only looks for what is bound
        // already brings none.
        let of = (persona, self.link.did(), &market);
        let secrets = match binds {
            true => Some(self.vault.secrets_for(capability, of, means.now())?),
            false => None,
        };
        let statement = RedeemStatement {
            capability,
            challenge,
            issuer: self.link.did().clone(),
            node: self.link.peer(),
            wallet: self.client.local(),
            since: self.since(persona, &market)?,
            commitment: secrets.map(|secrets| secrets.commitment),
        };
        let question = OfferAsk::Redeem {
            capability,
            code: code.to_owned(),
            holder: Jwk::from(&holder.verifying_key()),
            proof: multi(statement.sign(&holder)?.to_bytes()),
            since: statement.since,
            commitment: statement.commitment,
        };
        // Asked once: the challenge is good for this connection alone.
        let answer = ask(&self.client, Protocol::Offer, Message::new(question)).await?;
        let (secret, bytes, hash) = match answer.head {
            OfferAnswer::Ready { transfer, bytes, hash } => (transfer, bytes, hash),
            OfferAnswer::Refused { code } => return Err(ContactError::Refused(code)),
            _ => return Err(misplaced()),
        };
        //= spec/text/offer.md#REQ-OFFER-2
        //# They MUST be at most 33,554,432
        if usize::try_from(bytes).map_or(true, |bytes| bytes > MAX_OFFER_BYTES) {
            return Err(Fault::new(Reason::TooLarge, "offer").into());
        }
        let transfer = Transfer {
            link: capability,
            market,
            secret,
            bytes,
            hash,
            begun: means.now(),
            state: TransferState::Arriving,
            node: Some(MarketNode { peer: self.link.peer(), addresses: self.link.addresses().to_vec() }),
            persona,
        };
        self.vault.begin_transfer(&transfer)?;
        Ok(transfer)
    }

    /// The head that the persona holds, if the market runs one ledger of it: of several, none could be told from the link. What another
    /// persona holds is never named.
    //= spec/text/personas.md#REQ-PERSONA-3
    //# and nothing that it sends under one MUST name anything of another
    fn since(&self, persona: u32, market: &MarketId) -> Result<Option<HeldHead>, ContactError> {
        let all = self.vault.held_of(persona)?;
        let mut ours =
            all.iter().filter(|held| &held.info().issuer == self.link.did() && &held.info().market == market);
        Ok(match (ours.next(), ours.next()) {
            (Some(held), None) => {
                Some(HeldHead { ledger: held.info().ledger, log: held.ledger().head().log })
            }
            _ => None,
        })
    }

    /// Fetches the pages that are missing.
    async fn fetch(&mut self, transfer: &Transfer, means: &mut Means<'_>) -> Result<(), ContactError> {
        let pages = transfer.pages();
        for page in 0..pages {
            if self.vault.page(transfer, page)?.is_none() {
                let question = OfferAsk::Page { transfer: transfer.secret, page };
                let answer = self.ask(question, means).await?;
                if answer.head != (OfferAnswer::Page { page })
                    || !is_whole(transfer.bytes, page, &answer.body)
                {
                    return Err(misplaced());
                }
                self.vault.keep_page(transfer, page, &answer.body)?;
                tracing::debug!(page, of = pages, "a page arrived and is kept");
            }
            (means.progress)(Progress::Fetched { done: page + 1, of: pages });
        }
        Ok(())
    }

    /// Checks everything and keeps it, or refuses it whole with a note.
    fn keep(&self, transfer: &Transfer, means: &Means<'_>) -> Result<Received, ContactError> {
        let now = means.now();
        let mut bytes = Vec::with_capacity(usize::try_from(transfer.bytes).unwrap_or(0));
        for page in 0..transfer.pages() {
            let kept = self.vault.page(transfer, page)?;
            bytes.extend(kept.ok_or(Fault::new(Reason::OfferTransfer, "page"))?);
        }
        //= spec/text/offer.md#REQ-OFFER-1
        //# They MUST have the announced size and hash.
        //= spec/text/wire.md#REQ-WIRE-5
        //# `hash` and `bytes` MUST NOT change within a transfer.
        if let Err(fault) = offer::check_transfer(&bytes, transfer.bytes, transfer.hash) {
            self.vault.drop_transfer(transfer)?;
            return Err(fault.into());
        }
        let of = (transfer.persona, self.link.did(), &transfer.market);
        match checked(self.vault, of, self.whom.may_move, &bytes, now) {
            Ok(accepted) => {
                let entry = Box::new(self.vault.keep(&accepted, transfer.persona, Some(transfer), now)?);
                Ok(Received::New { entry, warnings: accepted.warnings().to_vec() })
            }
            Err(ContactError::Offer(refused)) => {
                let (issuer, market) = (self.link.did(), &transfer.market);
                self.vault.note_refused(issuer, market, &refused, Some(transfer), now)?;
                Err(ContactError::Offer(refused))
            }
            Err(other) => Err(other),
        }
    }

    /// Tells the market that everything is kept.
    async fn confirm(&mut self, transfer: &Transfer, means: &mut Means<'_>) -> Result<(), ContactError> {
        let question = OfferAsk::Commit { transfer: transfer.secret, hash: transfer.hash };
        let told = match self.ask(question, means).await {
            Ok(answer) if answer.head == OfferAnswer::Done => Ok(()),
            Ok(_) => Err(misplaced()),
            Err(error) => Err(error),
        };
        told.map_err(|cause| ContactError::Unconfirmed(Box::new(cause)))?;
        Ok(self.vault.end_transfer(transfer)?)
    }

    /// Asks, and dials again under a new name when the connection has ended.
    async fn ask(
        &mut self,
        question: OfferAsk,
        means: &mut Means<'_>,
    ) -> Result<Message<OfferAnswer>, ContactError> {
        let mut redials = 0;
        loop {
            match ask(&self.client, Protocol::Offer, Message::new(question.clone())).await {
                Ok(Message { head: OfferAnswer::Refused { code }, .. }) => {
                    return Err(ContactError::Refused(code));
                }
                Err(error) if is_over(&error) && redials < REDIALS => {
                    redials += 1;
                    self.client = means.dial(self.link).await?;
                }
                answered => return answered,
            }
        }
    }
}
