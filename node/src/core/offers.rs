//! `/faam/offer/1`: one offer, one code, one wallet, once (A32).
//!
//! ```text
//! open ──► terms with a challenge ──► redeem: code, then proof ──► ready ──► pages ──► commit ──► done
//! ```
//! From the first right redemption on the offer belongs to that holder key; pages and commit need the transfer's
//! secret alone, from any connection. After the commit everything but the same commit is answered with `offer.used`.

use std::collections::HashMap;

use faam_issuer::AccountId;
use faam_spec::bbs::Commitment;
use faam_spec::encoding::{json, parse};
use faam_spec::hash::{Capability, Hash};
use faam_spec::key::{Jwk, VerifyingKey};
use faam_spec::limits::{MAX_CODE_TRIES, MAX_FRAME_BYTES, MAX_OFFER_LIFE};
use faam_spec::link::{Link, LinkKind};
use faam_spec::offer::{self, HeldHead, RedeemStatement, Terms};
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::time::Timestamp;
use faam_spec::wire::{Message, OfferAnswer, OfferAsk, page, pages};
use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};

use super::challenges::{Challenges, GoodFor};
use super::code::SessionCode;
use super::error::CoreError;
use super::memory::stored;
use super::storage::{Change, Storage, Table};
use super::{AFTERLIFE, Core, Counts, PeerInfo, SWEEP, Turn};

/// Most offers that are kept at once, ended ones included.
const MAX_OFFERS: usize = 20_000;
/// How long after its expiry an offer that was begun can still be brought to its end, in seconds.
const GRACE: i64 = 3600;
/// Most transfers that are made for one offer; each is signed and written anew.
const MAX_TRANSFERS: u32 = 8;
/// Largest record of an offer, in bytes, when it is read back.
const MAX_RECORD_BYTES: usize = 16 * 1024;

/// What an offer is made with.
#[derive(Debug, Clone)]
pub struct OfferTerms {
    /// The account whose ratings are offered.
    pub account: AccountId,
    /// For how many seconds the offer stands; at most 30 days.
    pub life: i64,
    /// Whether another wallet than the one that is bound may take it.
    pub rebind: bool,
}

/// An offer that was made. The link goes to the person; the code is shown in the market's own session.
#[derive(Debug, Clone)]
pub struct NewOffer {
    /// The link.
    pub link: Link,
    /// The session code.
    pub code: SessionCode,
    /// When the offer ends.
    pub expires: Timestamp,
}

/// The offers that are kept.
#[derive(Debug)]
pub(super) struct Offers {
    records: HashMap<Capability, OfferRecord>,
    /// Which offer a transfer belongs to.
    transfers: HashMap<Capability, Capability>,
    challenges: Challenges,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfferRecord {
    v: u8,
    account: String,
    rebind: bool,
    code: SessionCode,
    tries: u32,
    expires: Timestamp,
    transfer: Option<Transfer>,
    /// Transfers that were made so far.
    #[serde(default)]
    transfers: u32,
    used: Option<Timestamp>,
    /// Ended before its time, because the store was restored from a backup.
    #[serde(default)]
    ended: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Transfer {
    secret: Capability,
    holder: Jwk,
    since: Option<HeldHead>,
    bytes: u64,
    hash: Hash,
}

struct Redemption {
    capability: Capability,
    code: String,
    holder: Jwk,
    proof: String,
    since: Option<HeldHead>,
    commitment: Option<Commitment>,
}

impl Core {
    /// Makes an offer of an account's ratings.
    ///
    /// # Errors
    /// `ledger.unknown` for an account without ratings; [`CoreError::Early`] with `offer.not_yet` for one that is newer
    /// than the epoch, or `offer.rebind_early` for one that was bound less than a quarter ago; [`CoreError::Input`] for a life out
    /// of bounds.
    pub fn create_offer(&mut self, turn: &mut Turn<'_>, terms: OfferTerms) -> Result<NewOffer, CoreError> {
        self.check_running()?;
        let issuing = self.issuing.as_ref().ok_or(CoreError::NoMarket)?;
        if !(1..=MAX_OFFER_LIFE).contains(&terms.life) {
            return Err(CoreError::Input {
                what: "life_seconds",
                why: "an offer stands for 1 second to 30 days",
            });
        }
        issuing.check_account(&terms.account)?;
        if self.offers.records.len() >= MAX_OFFERS {
            return Err(CoreError::TooMany("offers"));
        }
        let issuer = issuing.did().clone();
        self.open_epoch(turn)?;
        // Refused now, and not when a wallet has been bound already.
        let issuing = self.issuing.as_ref().ok_or(CoreError::NoMarket)?;
        issuing.check_offerable(&terms.account, terms.rebind, turn.now)?;
        let capability = Capability::random(&mut turn.rng);
        let expires = turn.now.plus(terms.life);
        let record = OfferRecord {
            v: 0,
            account: terms.account.as_str().to_owned(),
            rebind: terms.rebind,
            code: SessionCode::random(&mut turn.rng),
            tries: 0,
            expires,
            transfer: None,
            transfers: 0,
            used: None,
            ended: false,
        };
        let link = self.link(LinkKind::Offer, &issuer, capability, expires)?;
        let code = record.code.clone();
        self.keep(turn, capability, record, Vec::new())?;
        self.tally.offers_made += 1;
        Ok(NewOffer { link, code, expires })
    }

    /// Answers a message on `/faam/offer/1`.
    pub fn on_offer_message(&mut self, turn: &mut Turn<'_>, from: PeerInfo, payload: &[u8]) -> Vec<u8> {
        let answer = match self.offer_answer(turn, from, payload) {
            Ok(answer) => answer,
            Err(error) => {
                report("offer", &error);
                self.tally.refused("offer", error.reason());
                Message::new(OfferAnswer::Refused { code: error.wire_reason() })
            }
        };
        answer.encode().unwrap_or_default()
    }

    fn offer_answer(
        &mut self,
        turn: &mut Turn<'_>,
        from: PeerInfo,
        payload: &[u8],
    ) -> Result<Message<OfferAnswer>, CoreError> {
        self.check_running()?;
        let ask: Message<OfferAsk> = Message::decode(payload)?;
        if !ask.body.is_empty() {
            return Err(Fault::new(Reason::WireMessage, "body").into());
        }
        match ask.head {
            OfferAsk::Open { capability } => self.open(turn, from, capability),
            OfferAsk::Redeem { capability, code, holder, proof, since, commitment } => {
                self.redeem(turn, from, Redemption { capability, code, holder, proof, since, commitment })
            }
            OfferAsk::Page { transfer, page } => self.page(turn, transfer, page),
            OfferAsk::Commit { transfer, hash } => self.commit_offer(turn, transfer, hash),
        }
    }

    fn open(
        &mut self,
        turn: &mut Turn<'_>,
        from: PeerInfo,
        capability: Capability,
    ) -> Result<Message<OfferAnswer>, CoreError> {
        let issuing = self.issuing.as_ref().ok_or(CoreError::NoMarket)?;
        self.offers.redeemable(capability, turn.now)?;
        let challenge = self.offers.challenges.draw(from.peer, capability, turn.now);
        // Signed, so that a wallet knows whom it is about to tell its code and its ledger.
        let terms = Terms {
            v: 0,
            iss: issuing.did().clone(),
            market: issuing.market().clone(),
            capability,
            challenge,
            node: from.local,
            wallet: from.peer,
        };
        Ok(Message::new(OfferAnswer::Terms { terms: terms.sign(issuing.signer())? }))
    }

    fn redeem(
        &mut self,
        turn: &mut Turn<'_>,
        from: PeerInfo,
        ask: Redemption,
    ) -> Result<Message<OfferAnswer>, CoreError> {
        let record = self.offers.redeemable(ask.capability, turn.now)?.clone();
        //= spec/text/offer.md#REQ-OFFER-29
        //# The node MUST compare the code before anything of the ledger is said.
        if !record.code.matches(&ask.code) {
            return self.count_wrong_code(turn, ask.capability, record);
        }
        let holder = self.check_proof(turn.now, from, &ask)?;

        //= spec/text/offer.md#REQ-OFFER-30
        //# A node MUST keep an offer for the first holder key that redeems it with the right code (another one
        //# is `offer.holder`). The same one may redeem again, from any connection, until it commits: with the
        //# same `since` it gets the same transfer, the same bytes
        match &record.transfer {
            Some(begun) if begun.holder != ask.holder => {
                Err(Fault::new(Reason::OfferHolder, "holder").into())
            }
            Some(begun) if begun.since == ask.since => Ok(begun.ready()),
            //= spec/text/offer.md#REQ-OFFER-49
            //# Of one offer a node MUST make at most 8 transfers; whoever asks for another one gets `offer.locked`
            _ if record.transfers >= MAX_TRANSFERS => {
                Err(Fault::new(Reason::OfferLocked, "transfers").into())
            }
            _ => self.begin_transfer(turn, ask, record, &holder),
        }
    }

    //= spec/text/offer.md#REQ-OFFER-29
    //# After 5 wrong ones the offer is closed (`offer.code`, the last time and from then on `offer.locked`);
    //# wrong ones are counted durably.
    fn count_wrong_code(
        &mut self,
        turn: &mut Turn<'_>,
        capability: Capability,
        mut record: OfferRecord,
    ) -> Result<Message<OfferAnswer>, CoreError> {
        record.tries = record.tries.saturating_add(1);
        let reason = if record.tries >= MAX_CODE_TRIES { Reason::OfferLocked } else { Reason::OfferCode };
        tracing::info!(tries = record.tries, of = MAX_CODE_TRIES, "a wrong session code was given");
        // Counted on the disk before it is answered: a restart gives nobody new tries.
        self.keep(turn, capability, record, Vec::new())?;
        Err(Fault::new(reason, "code").into())
    }

    fn check_proof(
        &self,
        now: Timestamp,
        from: PeerInfo,
        ask: &Redemption,
    ) -> Result<VerifyingKey, CoreError> {
        let issuer = self.issuing.as_ref().ok_or(CoreError::NoMarket)?.did().clone();
        //= spec/text/offer.md#REQ-OFFER-28
        //# The node MUST verify it under the `holder` that was sent with it, over the statement as the node
        //# knows it.
        let mut statement = RedeemStatement {
            capability: ask.capability,
            challenge: String::new(),
            issuer,
            node: from.local,
            wallet: from.peer,
            since: ask.since,
            commitment: ask.commitment,
        };
        let of = (from.peer, ask.capability, now);
        let holder =
            self.offers.challenges.check(of, (&ask.holder, &ask.proof), |challenge, holder, signature| {
                statement.challenge = challenge;
                statement.verify(holder, signature)
            })?;
        Ok(holder)
    }

    fn begin_transfer(
        &mut self,
        turn: &mut Turn<'_>,
        ask: Redemption,
        mut record: OfferRecord,
        holder: &VerifyingKey,
    ) -> Result<Message<OfferAnswer>, CoreError> {
        self.open_epoch(turn)?;
        let account = record.account.parse::<AccountId>().map_err(stored)?;
        let issuing = self.issuing.as_mut().ok_or(CoreError::NoMarket)?;
        // Before anything is bound, so that a fork does not grow by what would hide it.
        issuing.check_held(&account, ask.since.as_ref(), turn.now)?;
        let mut changes = issuing.bind(&account, holder, ask.commitment.as_ref(), record.rebind, turn)?;
        let bytes = match issuing.offer(&account, ask.since, turn.now) {
            Ok(bytes) => bytes,
            Err(fault) => {
                // The issuer has bound the wallet already, and its store must not be behind it.
                self.commit(turn, changes)?;
                return Err(fault.into());
            }
        };
        //= spec/text/wire.md#REQ-WIRE-5
        //# `hash` and `bytes` MUST NOT change within a transfer.
        let transfer = Transfer {
            secret: Capability::random(&mut turn.rng),
            holder: ask.holder,
            since: ask.since,
            bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            hash: offer::hash(&bytes),
        };
        for number in 0..page_count(transfer.bytes) {
            let content = page(&bytes, number).unwrap_or_default();
            changes.push(Change::put(Table::OFFER_PAGES, transfer.page_id(number), content));
        }
        let (secret, ready) = (transfer.secret, transfer.ready());
        // The same wallet came with another past: what was made for it before does not fit any more.
        //= spec/text/offer.md#REQ-OFFER-30
        //# with another, a new transfer that ends the old one
        let before = record.transfer.replace(transfer);
        record.transfers = record.transfers.saturating_add(1);
        changes.extend(before.iter().flat_map(Transfer::drop_pages));
        self.keep(turn, ask.capability, record, changes)?;
        if let Some(before) = before {
            self.offers.transfers.remove(&before.secret);
        }
        self.offers.transfers.insert(secret, ask.capability);
        Ok(ready)
    }

    fn page(
        &mut self,
        turn: &mut Turn<'_>,
        transfer: Capability,
        page: u32,
    ) -> Result<Message<OfferAnswer>, CoreError> {
        let (_, record, transfer) = self.offers.transfer(transfer)?;
        record.check_transferable(turn.now)?;
        if page >= page_count(transfer.bytes) {
            return Err(Fault::new(Reason::WireMessage, "page").into());
        }
        let found = turn.store.get(Table::OFFER_PAGES, &transfer.page_id(page))?;
        let body = found.ok_or_else(|| stored(Fault::new(Reason::StoreDamaged, "offer_page")))?;
        Ok(Message { head: OfferAnswer::Page { page }, body })
    }

    fn commit_offer(
        &mut self,
        turn: &mut Turn<'_>,
        transfer: Capability,
        hash: Hash,
    ) -> Result<Message<OfferAnswer>, CoreError> {
        let (capability, record, transfer) = self.offers.transfer(transfer)?;
        //= spec/text/offer.md#REQ-OFFER-32
        //# Afterwards `commit` of the same transfer is answered again with `done`, everything else with
        //# `offer.used`.
        if transfer.hash != hash {
            let used = record.used.is_some();
            let reason = if used { Reason::OfferUsed } else { Reason::OfferTransfer };
            return Err(Fault::new(reason, "hash").into());
        }
        //= spec/text/offer.md#REQ-OFFER-32
        //# `commit` with the offer's hash MUST use the offer up.
        if record.used.is_none() {
            record.check_transferable(turn.now)?;
            let changes = transfer.drop_pages();
            let mut record = record.clone();
            record.used = Some(turn.now);
            self.keep(turn, capability, record, changes)?;
            self.tally.offers_taken += 1;
            tracing::info!("an offer was taken");
        }
        Ok(Message::new(OfferAnswer::Done))
    }

    /// Commits an offer's new state with other changes, and only then takes it over.
    fn keep(
        &mut self,
        turn: &Turn<'_>,
        capability: Capability,
        record: OfferRecord,
        mut changes: Vec<Change>,
    ) -> Result<(), CoreError> {
        changes.push(Change::put(Table::OFFERS, *capability.as_bytes(), json(&record)?));
        self.commit(turn, changes)?;
        self.offers.records.insert(capability, record);
        Ok(())
    }
}

impl Offers {
    pub(super) fn load(store: &dyn Storage, rng: &mut impl CryptoRngCore) -> Result<Self, CoreError> {
        let challenges = Challenges::new(GoodFor::Person, rng);
        let mut offers = Self { records: HashMap::new(), transfers: HashMap::new(), challenges };
        for (id, value) in store.scan(Table::OFFERS)? {
            let damaged = |_| stored(Fault::new(Reason::StoreDamaged, "offer"));
            let capability = Capability::from_bytes(id.try_into().map_err(damaged)?);
            let record: OfferRecord = parse(&value, MAX_RECORD_BYTES, "offer").map_err(stored)?;
            if record.v != 0 {
                return Err(stored(Fault::new(Reason::UnsupportedVersion, "offer")));
            }
            if let Some(transfer) = &record.transfer {
                offers.transfers.insert(transfer.secret, capability);
            }
            offers.records.insert(capability, record);
        }
        Ok(offers)
    }

    pub(super) fn counts(&self, now: Timestamp) -> Counts {
        let is_open = |record: &&OfferRecord| {
            record.used.is_none() && !record.is_over(now) && record.tries < MAX_CODE_TRIES
        };
        let open = self.records.values().filter(is_open).count();
        Counts { open, ended: self.records.len() - open }
    }

    /// Ends what was not taken, and gives it.
    pub(super) fn end_all(&mut self) -> impl Iterator<Item = (&Capability, &OfferRecord)> {
        for record in self.records.values_mut() {
            record.ended = record.used.is_none();
        }
        self.records.iter().filter(|(_, record)| record.ended)
    }

    /// Forgets what ended long ago; gives what has to be deleted.
    pub(super) fn sweep(&mut self, now: Timestamp) -> Vec<Change> {
        let over = |record: &OfferRecord| now >= record.expires.plus(AFTERLIFE);
        let gone: Vec<Capability> =
            self.records.iter().filter(|(_, record)| over(record)).map(|(id, _)| *id).take(SWEEP).collect();
        let mut changes = Vec::new();
        for capability in gone {
            if let Some(transfer) = self.records.remove(&capability).and_then(|record| record.transfer) {
                self.transfers.remove(&transfer.secret);
                changes.extend(transfer.drop_pages());
            }
            changes.push(Change::delete(Table::OFFERS, *capability.as_bytes()));
        }
        changes
    }

    /// The offer behind a link, if it can still be redeemed.
    fn redeemable(&self, capability: Capability, now: Timestamp) -> Result<&OfferRecord, Fault> {
        //= spec/text/wire.md#REQ-WIRE-9
        //# Of a capability that is not known, nothing MUST be said but `offer.unknown`
        let record = self.records.get(&capability).ok_or(Fault::new(Reason::OfferUnknown, "capability"))?;
        //= spec/text/offer.md#REQ-OFFER-32
        //# everything else with `offer.used`
        if record.used.is_some() {
            return refuse(Reason::OfferUsed, "offer");
        }
        if record.is_over(now) {
            return refuse(Reason::OfferExpired, "offer");
        }
        //= spec/text/offer.md#REQ-OFFER-29
        //# the last time and from then on `offer.locked`
        if record.tries >= MAX_CODE_TRIES {
            return refuse(Reason::OfferLocked, "offer");
        }
        Ok(record)
    }

    fn transfer(&self, secret: Capability) -> Result<(Capability, &OfferRecord, &Transfer), Fault> {
        let unknown = Fault::new(Reason::OfferUnknown, "transfer");
        let capability = self.transfers.get(&secret).ok_or(unknown.clone())?;
        let record = self.records.get(capability).ok_or(unknown.clone())?;
        let transfer =
            record.transfer.as_ref().filter(|transfer| transfer.secret == secret).ok_or(unknown)?;
        Ok((*capability, record, transfer))
    }
}

impl OfferRecord {
    fn check_transferable(&self, now: Timestamp) -> Result<(), Fault> {
        if self.used.is_some() {
            return refuse(Reason::OfferUsed, "offer");
        }
        //= spec/text/offer.md#REQ-OFFER-33
        //# A transfer that was begun before the offer expired (`offer.expired`) MAY be brought to its end
        //# within an hour.
        match self.ended || now >= self.expires.plus(GRACE) {
            true => refuse(Reason::OfferExpired, "offer"),
            false => Ok(()),
        }
    }

    fn is_over(&self, now: Timestamp) -> bool {
        self.ended || now >= self.expires
    }
}

impl Transfer {
    const fn ready(&self) -> Message<OfferAnswer> {
        Message::new(OfferAnswer::Ready { transfer: self.secret, bytes: self.bytes, hash: self.hash })
    }

    fn page_id(&self, number: u32) -> Vec<u8> {
        [self.secret.as_bytes().as_slice(), &number.to_be_bytes()].concat()
    }

    fn drop_pages(&self) -> Vec<Change> {
        (0..page_count(self.bytes)).map(|n| Change::delete(Table::OFFER_PAGES, self.page_id(n))).collect()
    }
}

fn page_count(bytes: u64) -> u32 {
    u32::try_from(pages(bytes)).unwrap_or(u32::MAX)
}

/// Says in the log what was refused, by its code alone.
pub(super) fn report(protocol: &'static str, error: &CoreError) {
    match error {
        CoreError::Storage(_) | CoreError::Stopped => {
            tracing::error!(protocol, code = error.reason().code(), "{error}");
        }
        _ => tracing::debug!(protocol, code = error.reason().code(), "refused"),
    }
}

const _: () = assert!(faam_spec::limits::PAGE_BYTES < MAX_FRAME_BYTES);
