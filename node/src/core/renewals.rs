//! `/faam/renew/1`: what the epoch has of a ledger, for the key that it is bound to, and the market's newest record for anybody
//! (A29, A30).
//!
//! ```text
//! record ──► the newest epoch record, whoever asks
//! open ──► terms with a challenge ──► renew: proof ──► ready ──► pages ──► commit ──► done
//! ```
//! Nothing of a renewal is stored: it binds nobody and uses nothing up, so that a wallet whose transfer was lost, by a restart
//! too, asks again. So that nobody can make this node work or hold bytes without end, a transfer is made only for a bound key, a
//! few times an epoch, and what is held is bounded in number, bytes and time.

use std::collections::HashMap;

use faam_issuer::AccountId;
use faam_spec::hash::{Capability, Hash};
use faam_spec::key::{Jwk, VerifyingKey};
use faam_spec::limits::MAX_OFFER_BYTES;
use faam_spec::offer::{self, HeldHead, RenewStatement, Terms};
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::time::Timestamp;
use faam_spec::wire::{Message, RenewAnswer, RenewAsk, page};
use rand_core::CryptoRngCore;

use super::challenges::{Challenges, GoodFor};
use super::error::CoreError;
use super::offers::report;
use super::{Core, PeerInfo, Turn};

/// Most transfers that are held at once. Each is fetched within seconds, and wallets renew at random times of the epoch: ten
/// thousand a day are one in nine seconds.
const MAX_TRANSFERS: usize = 64;
/// Most bytes of offers that are held at once: two of the largest, and thousands of usual ones. Nothing is made unless the
/// largest one would still find room, so that no work is done for what is then refused.
const MAX_HELD_BYTES: usize = 2 * MAX_OFFER_BYTES;
/// How long a transfer is held, in seconds: the largest offer over a line of half a megabit a second.
const TRANSFER_LIFE: i64 = 600;
/// Most transfers that are made for one ledger in one epoch. One is enough; the others are for lost connections. Whoever stole
/// a holder key cannot have the market sign more.
const MAX_RENEWALS: u32 = 8;

/// The renewals that are under way.
#[derive(Debug)]
pub(super) struct Renewals {
    challenges: Challenges,
    transfers: HashMap<Capability, Transfer>,
    /// How many transfers were made for each ledger in the epoch; no more of them than there are bound ledgers.
    made: HashMap<AccountId, u32>,
    epoch: Option<u64>,
}

/// An offer on its way.
struct Transfer {
    account: AccountId,
    holder: VerifyingKey,
    since: Option<HeldHead>,
    epoch: Option<u64>,
    bytes: Vec<u8>,
    hash: Hash,
    until: Timestamp,
}

/// Says nothing of the person's ledger.
impl std::fmt::Debug for Transfer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Transfer({} bytes, until {})", self.bytes.len(), self.until)
    }
}

struct Renewal {
    capability: Capability,
    holder: Jwk,
    proof: String,
    since: Option<HeldHead>,
}

impl Core {
    /// Answers a message on `/faam/renew/1`.
    pub fn on_renew_message(&mut self, turn: &mut Turn<'_>, from: PeerInfo, payload: &[u8]) -> Vec<u8> {
        let answer = match self.renew_answer(turn, from, payload) {
            Ok(answer) => answer,
            Err(error) => {
                report("renew", &error);
                self.tally.refused("renew", error.reason());
                Message::new(RenewAnswer::Refused { code: error.wire_reason() })
            }
        };
        answer.encode().unwrap_or_default()
    }

    fn renew_answer(
        &mut self,
        turn: &mut Turn<'_>,
        from: PeerInfo,
        payload: &[u8],
    ) -> Result<Message<RenewAnswer>, CoreError> {
        self.check_running()?;
        let ask: Message<RenewAsk> = Message::decode(payload)?;
        if !ask.body.is_empty() {
            return Err(Fault::new(Reason::WireMessage, "body").into());
        }
        match ask.head {
            RenewAsk::Record => self.newest_record(),
            RenewAsk::Open { capability } => self.open_renewal(turn, from, capability),
            RenewAsk::Renew { capability, holder, proof, since } => {
                self.renew(turn, from, &Renewal { capability, holder, proof, since })
            }
            RenewAsk::Page { transfer, page } => self.renewal_page(turn, transfer, page),
            RenewAsk::Commit { transfer, hash } => self.commit_renewal(turn, transfer, hash),
        }
    }

    //= spec/text/offer.md#REQ-OFFER-41
    //# `record` MUST be answered with the newest record to whoever asks, the same to everybody, and where
    //# there is none with `epoch.unknown`.
    fn newest_record(&self) -> Result<Message<RenewAnswer>, CoreError> {
        let record = self.epoch_record()?.ok_or(Fault::new(Reason::EpochUnknown, "record"))?;
        Ok(Message { head: RenewAnswer::Record, body: record.as_bytes().to_vec() })
    }

    fn open_renewal(
        &self,
        turn: &Turn<'_>,
        from: PeerInfo,
        capability: Capability,
    ) -> Result<Message<RenewAnswer>, CoreError> {
        let issuing = self.issuing.as_ref().ok_or(CoreError::NoMarket)?;
        // Nothing is kept of it, so that nobody fills anything by opening.
        let terms = Terms {
            v: 0,
            iss: issuing.did().clone(),
            market: issuing.market().clone(),
            capability,
            challenge: self.renewals.challenges.draw(from.peer, capability, turn.now),
            node: from.local,
            wallet: from.peer,
        };
        Ok(Message::new(RenewAnswer::Terms { terms: terms.sign(issuing.signer())? }))
    }

    fn renew(
        &mut self,
        turn: &mut Turn<'_>,
        from: PeerInfo,
        ask: &Renewal,
    ) -> Result<Message<RenewAnswer>, CoreError> {
        // First, so that nobody learns of a key that is not theirs whether something is bound to it.
        let holder = self.check_renewal(turn.now, from, ask)?;
        let issuing = self.issuing.as_ref().ok_or(CoreError::NoMarket)?;
        //= spec/text/offer.md#REQ-OFFER-38
        //# A key to which no ledger is bound MUST be refused with `renew.unknown`, and so MUST one that asks for
        //# a ledger that is bound to another key, as after a new binding.
        let account = issuing.bound_to(&holder, ask.since.as_ref())?;
        self.open_epoch(turn)?;
        let issuing = self.issuing.as_mut().ok_or(CoreError::NoMarket)?;
        let epoch = issuing.epoch().map(|epoch| epoch.number);
        let renewals = &mut self.renewals;
        renewals.sweep(turn.now);
        renewals.begin_epoch(epoch);
        if let Some(ready) = renewals.under_way(&account, &holder, ask.since, epoch) {
            return Ok(ready);
        }
        issuing.check_held(&account, ask.since.as_ref(), turn.now)?;
        renewals.take_place(&account)?;
        let bytes = issuing.offer(&account, ask.since, turn.now)?;
        let (hash, until) = (offer::hash(&bytes), turn.now.plus(TRANSFER_LIFE));
        let transfer = Transfer { account, holder, since: ask.since, epoch, bytes, hash, until };
        let secret = Capability::random(&mut turn.rng);
        let ready = transfer.ready(secret);
        renewals.transfers.insert(secret, transfer);
        Ok(ready)
    }

    fn check_renewal(
        &self,
        now: Timestamp,
        from: PeerInfo,
        ask: &Renewal,
    ) -> Result<VerifyingKey, CoreError> {
        let issuer = self.issuing.as_ref().ok_or(CoreError::NoMarket)?.did().clone();
        //= spec/text/offer.md#REQ-OFFER-37
        //# The node MUST verify it under the `holder` that was sent with it, over the statement as the node
        //# knows it, before it looks for what is bound to that key.
        let mut statement = RenewStatement {
            capability: ask.capability,
            challenge: String::new(),
            issuer,
            node: from.local,
            wallet: from.peer,
            since: ask.since,
        };
        let of = (from.peer, ask.capability, now);
        let holder = self.renewals.challenges.check(
            of,
            (&ask.holder, &ask.proof),
            |challenge, holder, signature| {
                statement.challenge = challenge;
                statement.verify(holder, signature)
            },
        )?;
        Ok(holder)
    }

    fn renewal_page(
        &mut self,
        turn: &Turn<'_>,
        transfer: Capability,
        number: u32,
    ) -> Result<Message<RenewAnswer>, CoreError> {
        let found = self.renewals.transfer(transfer, turn.now)?;
        let body = page(&found.bytes, number).ok_or(Fault::new(Reason::WireMessage, "page"))?.to_vec();
        Ok(Message { head: RenewAnswer::Page { page: number }, body })
    }

    //= spec/text/offer.md#REQ-OFFER-40
    //# `commit` with the offer's hash ends its transfer; a transfer that is lost is asked for again.
    fn commit_renewal(
        &mut self,
        turn: &Turn<'_>,
        transfer: Capability,
        hash: Hash,
    ) -> Result<Message<RenewAnswer>, CoreError> {
        if self.renewals.transfer(transfer, turn.now)?.hash != hash {
            return Err(Fault::new(Reason::OfferTransfer, "hash").into());
        }
        self.renewals.transfers.remove(&transfer);
        self.tally.renewals_taken += 1;
        Ok(Message::new(RenewAnswer::Done))
    }
}

impl Renewals {
    pub(super) fn new(rng: &mut impl CryptoRngCore) -> Self {
        Self {
            challenges: Challenges::new(GoodFor::Program, rng),
            transfers: HashMap::new(),
            made: HashMap::new(),
            epoch: None,
        }
    }

    /// Forgets the transfers whose time is over.
    pub(super) fn sweep(&mut self, now: Timestamp) {
        self.transfers.retain(|_, transfer| now < transfer.until);
    }

    fn begin_epoch(&mut self, epoch: Option<u64>) {
        if self.epoch != epoch {
            self.made.clear();
            self.epoch = epoch;
        }
    }

    /// What was made for the same question in this epoch, and is there still.
    fn under_way(
        &self,
        account: &AccountId,
        holder: &VerifyingKey,
        since: Option<HeldHead>,
        epoch: Option<u64>,
    ) -> Option<Message<RenewAnswer>> {
        let same = |transfer: &Transfer| {
            transfer.account == *account
                && transfer.holder == *holder
                && transfer.since == since
                && transfer.epoch == epoch
        };
        let found = self.transfers.iter().find(|(_, transfer)| same(transfer));
        found.map(|(secret, transfer)| transfer.ready(*secret))
    }

    /// Makes room for another transfer, and counts it before any work is done for it.
    //= spec/text/offer.md#REQ-OFFER-39
    //# A node MUST bound how many renewals it makes for one ledger in an epoch, and how many transfers it
    //# holds, of how many bytes and for how long (`net.busy`).
    fn take_place(&mut self, account: &AccountId) -> Result<(), Fault> {
        let made = self.made.get(account).copied().unwrap_or(0);
        if made >= MAX_RENEWALS {
            return refuse(Reason::NetBusy, "renewals");
        }
        // The same wallet came with another past: what was made for it before does not fit any more.
        self.transfers.retain(|_, transfer| transfer.account != *account);
        let held: usize = self.transfers.values().map(|transfer| transfer.bytes.len()).sum();
        if self.transfers.len() >= MAX_TRANSFERS || held.saturating_add(MAX_OFFER_BYTES) > MAX_HELD_BYTES {
            return refuse(Reason::NetBusy, "transfers");
        }
        self.made.insert(account.clone(), made.saturating_add(1));
        Ok(())
    }

    fn transfer(&self, secret: Capability, now: Timestamp) -> Result<&Transfer, Fault> {
        let found = self.transfers.get(&secret).filter(|transfer| now < transfer.until);
        found.ok_or(Fault::new(Reason::OfferUnknown, "transfer"))
    }
}

impl Transfer {
    fn ready(&self, secret: Capability) -> Message<RenewAnswer> {
        let bytes = u64::try_from(self.bytes.len()).unwrap_or(u64::MAX);
        Message::new(RenewAnswer::Ready { transfer: secret, bytes, hash: self.hash })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use faam_spec::key::SigningKey;
    use rand::SeedableRng as _;

    fn account(number: usize) -> AccountId {
        number.to_string().parse().unwrap()
    }

    fn transfer(number: usize, bytes: usize) -> Transfer {
        let until = Timestamp::new(1_800_000_000).unwrap();
        let holder = SigningKey::from_seed(&[1; 32]).verifying_key();
        let (bytes, hash) = (vec![0; bytes], Hash::from_bytes([0; 32]));
        Transfer { account: account(number), holder, since: None, epoch: Some(1), bytes, hash, until }
    }

    #[test]
    fn a46_bytes_are_bounded_before_anything_is_made() {
        let mut renewals = Renewals::new(&mut rand::rngs::StdRng::seed_from_u64(1));
        let secret = |n| Capability::from_bytes([n; 16]);
        // Beside one of the largest, another one has room; beside a byte more, none has.
        renewals.transfers.insert(secret(1), transfer(1, MAX_OFFER_BYTES));
        renewals.take_place(&account(2)).unwrap();
        renewals.transfers.insert(secret(3), transfer(3, 1));
        for _ in 0..20 {
            assert_eq!(renewals.take_place(&account(4)).unwrap_err().reason(), Reason::NetBusy);
        }
        assert_eq!(renewals.made.get(&account(4)), None, "being turned away does not count");
        // What a wallet had is replaced by what it asks for now.
        renewals.take_place(&account(1)).unwrap();
        assert_eq!(renewals.transfers.len(), 1);
        renewals.take_place(&account(4)).unwrap();
    }
}
