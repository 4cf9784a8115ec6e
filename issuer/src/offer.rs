//! Offers and standings: what a bound wallet receives.

use std::collections::BTreeSet;

use faam_spec::epoch::SignedEpochRecord;
use faam_spec::key::VerifyingKey;
use faam_spec::ledger::Ledger;
use faam_spec::limits::MAX_OFFER_ENTRIES;
use faam_spec::offer::{HeldHead, Offer, OfferedEntry};
use faam_spec::presentation::Inclusion;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::sdjwt::SdJwt;
use faam_spec::standing::Statement;
use faam_spec::time::Timestamp;
use faam_spec::{rating, standing};

use crate::issuer::{Account, Binding, Snapshot};
use crate::{AccountId, Issuer};

/// An account as the last record holds it.
struct View<'a> {
    account: &'a Account,
    binding: Binding,
    snapshot: Snapshot,
    record: &'a SignedEpochRecord,
    /// The ledger up to the snapshot.
    ledger: Ledger,
}

impl Issuer {
    /// Everything that the wallet bound to `account` is to receive, as the current epoch's record holds it.
    ///
    /// `since` is the head that the wallet has: then only newer entries are offered. A wallet that was bound anew gets all
    /// of them whatever it has, because its credentials are bound to another key.
    ///
    /// The offer also holds every status list that a current rating names, as it is now.
    ///
    /// # Errors
    /// `ledger.unknown` if there is no such account or it had no entry yet when the record was made; `offer.proof` if no wallet is
    /// bound to it; `epoch.unknown` if there is no record yet; `epoch.stale` if the epoch has none, and `epoch.chain` if `now` lies
    /// before it was signed (see [`Issuer::open_epoch`]); `ledger.extension_refused` if the wallet has a head that is not one of
    /// this ledger: then this issuer has lost entries or forked, and only a complete store can mend that; `too_large` for more
    /// entries than an offer holds.
    pub fn offer(
        &self,
        account: &AccountId,
        since: Option<&HeldHead>,
        now: Timestamp,
    ) -> Result<Offer, Fault> {
        let view = self.view(account, now)?;
        let since = self.newer_than(&view, since)?;
        let first = usize::try_from(since).or(refuse(Reason::TooLarge, "since"))?;
        let records = view.ledger.records().get(first..).unwrap_or_default();
        if records.len() > MAX_OFFER_ENTRIES {
            return refuse(Reason::TooLarge, "entries");
        }
        let mut entries = Vec::with_capacity(records.len());
        for record in records {
            let index = record.entry().index;
            let jwt = match view.account.place(index).filter(|_| view.ledger.is_live(index)) {
                Some(place) => {
                    let status = self.status.reference(place)?;
                    let holder = &view.binding.holder;
                    let credential =
                        rating::issue(self.signer(), &self.profile.market, record, holder, &status)?;
                    Some(credential.jwt().to_owned())
                }
                None => None,
            };
            entries.push(OfferedEntry { record: record.clone(), jwt });
        }
        let named: BTreeSet<usize> = view
            .ledger
            .live()
            .filter_map(|(index, _)| usize::try_from(view.account.place(index)?.list).ok())
            .collect();
        //= spec/text/status.md#REQ-STATUS-13
        //# Lists MUST be fetched whole or not at all
        let sign = |number| Ok(self.status.signed(number, self.signer(), now)?.as_str().to_owned());
        let Some(path) = self.heads.prove(view.snapshot.position) else {
            return refuse(Reason::Internal, "heads");
        };
        Ok(Offer {
            v: 0,
            iss: self.did().clone(),
            market: self.profile.market.clone(),
            ledger: view.ledger.id(),
            since,
            entries,
            renewed: Vec::new(),
            standing: self.standing_of(&view)?.to_text(),
            record: view.record.as_str().to_owned(),
            account: Inclusion { at: view.snapshot.position, path },
            status: named.into_iter().map(sign).collect::<Result<_, Fault>>()?,
            private: self.private_of(self.number(account)?)?,
        })
    }

    /// The plain standing of `account` in the current epoch, for the wallet that is bound to it.
    ///
    /// # Errors
    /// As [`Issuer::offer`].
    pub fn standing(&self, account: &AccountId, now: Timestamp) -> Result<SdJwt, Fault> {
        self.standing_of(&self.view(account, now)?)
    }

    fn standing_of(&self, view: &View<'_>) -> Result<SdJwt, Fault> {
        let record = view.record.record();
        let statement = Statement {
            v: 0,
            ledger: view.ledger.id(),
            epoch: record.epoch,
            record: view.record.hash(),
            head: view.snapshot.head,
            salt: view.snapshot.salt,
            bound: view.binding.at.day(),
            numbers: view.ledger.numbers(record.begins().day()),
        };
        let holder: &VerifyingKey = &view.binding.holder;
        standing::issue(self.signer(), &self.profile.market, &statement, holder, record.iat)
    }

    fn view(&self, account: &AccountId, now: Timestamp) -> Result<View<'_>, Fault> {
        let (account, record, snapshot) = self.offered(account, now)?;
        let Some(binding) = account.binding else { return refuse(Reason::OfferProof, "binding") };
        let ledger = account.ledger_at(snapshot.head.log.size)?;
        Ok(View { account, binding, snapshot, record, ledger })
    }

    /// Whether an account's ratings can be offered now, to whoever is bound to it or will be.
    ///
    /// # Errors
    /// As [`Issuer::offer`], but for the binding: `ledger.unknown`, `epoch.unknown`, `epoch.chain`, `epoch.stale`,
    /// `offer.not_yet`.
    pub fn offerable(&self, account: &AccountId, now: Timestamp) -> Result<(), Fault> {
        self.offered(account, now).map(|_| ())
    }

    fn offered(
        &self,
        account: &AccountId,
        now: Timestamp,
    ) -> Result<(&Account, &SignedEpochRecord, Snapshot), Fault> {
        let account = self.account(self.number(account)?)?;
        let Some(record) = self.current_record() else { return refuse(Reason::EpochUnknown, "record") };
        if now < record.record().iat {
            return refuse(Reason::EpochChain, "now");
        }
        if !self.is_closed() && record.record().age_at(now) > 0 {
            return refuse(Reason::EpochStale, "record");
        }
        let Some(snapshot) = account.snapshot else { return refuse(Reason::OfferNotYet, "record") };
        Ok((account, record, snapshot))
    }

    /// Whether the ledger of `account` goes on from the head that a wallet holds, so that nothing is bound or said before a fork
    /// is noticed.
    ///
    /// # Errors
    /// As [`Issuer::offerable`], and `ledger.extension_refused` as [`Issuer::offer`].
    pub fn check_held(&self, account: &AccountId, held: &HeldHead, now: Timestamp) -> Result<(), Fault> {
        let (account, _, snapshot) = self.offered(account, now)?;
        self.extends(account, snapshot.head.log.size, held).map(|_| ())
    }

    /// Whether what is offered goes on from a held head of this ledger; not so for the head of another one.
    fn extends(&self, account: &Account, offered: u64, held: &HeldHead) -> Result<bool, Fault> {
        if held.ledger != account.ledger.id() {
            // Another of our ledgers says nothing about this one; a ledger that we do not have, we have lost.
            return match self.by_ledger.contains_key(&held.ledger) {
                true => Ok(false),
                false => refuse(Reason::LedgerExtension, "since.ledger"),
            };
        }
        // No record ever held more than the last one.
        if held.log.size > offered || account.ledger_at(held.log.size)?.log().head() != held.log {
            return refuse(Reason::LedgerExtension, "since.log");
        }
        Ok(true)
    }

    /// Index of the first entry that the wallet does not have.
    fn newer_than(&self, view: &View<'_>, since: Option<&HeldHead>) -> Result<u64, Fault> {
        let Some(held) = since else { return Ok(0) };
        if !self.extends(view.account, view.ledger.len(), held)? {
            return Ok(0);
        }
        let (_, bindings) = view.account.ledger.binding();
        let rebound = bindings > 1 && held.log.size <= view.binding.index;
        Ok(if rebound { 0 } else { held.log.size })
    }
}

impl Account {
    /// The ledger as it was with its first `size` entries.
    pub(crate) fn ledger_at(&self, size: u64) -> Result<Ledger, Fault> {
        if size == self.ledger.len() {
            return Ok(self.ledger.clone());
        }
        let records = usize::try_from(size).ok().and_then(|size| self.ledger.records().get(..size));
        match records {
            Some(records) => Ledger::replay(self.ledger.id(), records.iter().cloned()),
            None => refuse(Reason::LedgerExtension, "size"),
        }
    }
}
