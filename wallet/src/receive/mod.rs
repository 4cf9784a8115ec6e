//! Taking an offer: everything in it is computed again, and the whole is refused when anything differs (DESIGN §4).
//!
//! [`check`] is the only way to an [`Accepted`], and only an [`Accepted`] can be stored. What a refusal is worth is told
//! apart: a market that signed two ledgers of one size, two leaves for one index, two heads under one epoch record or two
//! epoch records where one may be, has made evidence against itself; a ledger that merely does not continue is a complaint
//! (A24). Both are kept.

mod compare;
mod conflict;
mod credentials;
mod private;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use compare::{Compared, compare, contradicted};
use conflict::contradiction;
pub use conflict::{Conflict, HeadOf, Weight};
use credentials::{Offered, check_credentials, check_lists};
use faam_spec::did::{Did, KeyHistories};
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::key::VerifyingKey;
use faam_spec::ledger::{Kind, Ledger, Record};
use faam_spec::limits::KEY_BINDING_MAX_FUTURE;
use faam_spec::name::MarketId;
use faam_spec::offer::Offer;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::standing::Statement;
use faam_spec::status::SignedStatusList;
use faam_spec::time::{DAY, Timestamp};
use private::check_private;
pub use private::{AcceptedPrivate, KnownSecrets, Made, SecretsOf};
use serde::{Deserialize, Serialize};

use crate::held::{HeldCredential, HeldLedger, HeldStanding, LedgerInfo, StoredStanding};

/// Whose offer it must be, and for whom.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The issuer that the link named.
    pub issuer: &'a Did,
    /// The market that its node named.
    pub market: &'a MarketId,
    /// The wallet's holder key for it.
    pub holder: &'a VerifyingKey,
}

/// What the wallet knows already, behind which nobody can go back.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The ledger of the offer, if it is held.
    pub ledger: Option<&'a HeldLedger>,
    /// Every epoch record of the market, oldest first.
    pub records: &'a [SignedEpochRecord],
    /// The newest status lists.
    pub lists: &'a [SignedStatusList],
    /// Key histories, for issuers that are not named by their own key.
    pub histories: &'a KeyHistories,
    /// The secrets for private standings that the wallet has for its holder key at this market.
    pub secrets: &'a [KnownSecrets],
}

/// What changed in the ledger.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Ratings that are new.
    pub ratings: u64,
    /// Ratings that took the place of others.
    pub corrections: u64,
    /// Ratings that were taken out.
    pub withdrawals: u64,
    /// Replies.
    pub replies: u64,
    /// Disputes opened or settled.
    pub disputes: u64,
    /// Bindings.
    pub bindings: u64,
    /// Live ratings now.
    pub live: u64,
}

/// An offer in which everything was computed again and agrees.
#[derive(Debug, Clone)]
pub struct Accepted {
    issuer: Did,
    market: MarketId,
    ledger: Ledger,
    new_from: u64,
    credentials: BTreeMap<u64, HeldCredential>,
    standing: HeldStanding,
    lists: Vec<SignedStatusList>,
    private: Option<AcceptedPrivate>,
    names_commitment: bool,
    changes: Changes,
    warnings: Vec<String>,
}

/// Why an offer was refused as a whole, and what is kept of it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{fault}")]
pub struct ReceiveRefused {
    fault: Fault,
    conflict: Option<Box<Conflict>>,
}

impl ReceiveRefused {
    /// Why.
    #[must_use]
    pub const fn fault(&self) -> &Fault {
        &self.fault
    }

    /// Both sides of a contradiction between what the market signed then and now.
    #[must_use]
    pub fn conflict(&self) -> Option<&Conflict> {
        self.conflict.as_deref()
    }

    /// Makes the contradiction long.
    #[cfg(test)]
    pub(crate) fn pad_conflict(&mut self, bytes: usize) {
        if let Some(conflict) = &mut self.conflict {
            conflict.offered.record.push_str(&".".repeat(bytes));
        }
    }
}

impl From<Fault> for ReceiveRefused {
    fn from(fault: Fault) -> Self {
        Self { fault, conflict: None }
    }
}

/// Computes everything in an offer again.
///
/// # Errors
/// The first difference that is found, with both sides where the market contradicts what it signed before:
/// `invalid.*`, `standing.*`, `epoch.*`, `ledger.*`, `status.*`. Nothing of a refused offer may be used.
pub fn check(
    offer: Offer,
    expected: Expected<'_>,
    known: Known<'_>,
    now: Timestamp,
) -> Result<Accepted, ReceiveRefused> {
    //= spec/text/offer.md#REQ-OFFER-3
    //# `iss` MUST be the DID that the link named and `market` the one of the [terms](#terms)
    if &offer.iss != expected.issuer || &offer.market != expected.market {
        return Err(Fault::new(Reason::InvalidIssuer, "offer.iss").into());
    }
    let stored = StoredStanding { standing: offer.standing, record: offer.record, account: offer.account };
    let standing = HeldStanding::open(stored, known.histories)?;
    check_standing(&standing, offer.ledger, expected, now)?;
    check_epoch(&standing, known, now)?;

    let held = known.ledger;
    if held.is_some_and(|held| held.ledger.id() != offer.ledger) {
        return Err(Fault::new(Reason::Internal, "known.ledger").into());
    }
    check_one_head(&standing, known, now)?;
    let mut jwts = BTreeMap::new();
    let mut entries = Vec::with_capacity(offer.entries.len());
    for entry in offer.entries {
        if let Some(jwt) = entry.jwt {
            jwts.insert(entry.record.entry().index, jwt);
        }
        entries.push(entry.record);
    }
    for renewed in offer.renewed {
        // One credential for each live rating: not one with its entry and another beside it.
        //= spec/text/offer.md#REQ-OFFER-19
        //# Each live rating MUST have exactly one credential
        if renewed.index >= offer.since || jwts.insert(renewed.index, renewed.jwt).is_some() {
            return Err(Fault::new(Reason::LedgerCredential, "offer.renewed").into());
        }
    }
    let ledger = extend(known, offer.since, entries, &standing, now)?;
    check_numbers(&ledger, standing.statement(), &standing, now)?;

    let new_from = held.map_or(0, |held| held.ledger.len());
    let lists = check_lists(&offer.status, expected.issuer, standing.record().record(), known, now)?;
    let offered = Offered { ledger: &ledger, jwts, held, at: standing.standing().issued(), lists: &lists };
    let credentials = check_credentials(&offered, expected, known.histories)?;
    let mut warnings = warnings(&lists);
    if held.is_none() && known.records.iter().any(|record| is_of(record, expected)) {
        warnings.push(format!(
            "You hold another ledger of {} already: this is another account than the one you hold, or the market began its ledger anew. The old one is kept.",
            expected.market
        ));
    }
    let found = check_private(offer.private, &ledger, &standing, expected.market, known, now)?;
    warnings.extend(found.warning);
    let changes = changes(&ledger, new_from);
    Ok(Accepted {
        issuer: offer.iss,
        market: offer.market,
        ledger,
        new_from,
        credentials,
        standing,
        lists,
        private: found.accepted,
        names_commitment: found.is_named,
        changes,
        warnings,
    })
}

fn check_standing(
    standing: &HeldStanding,
    ledger: faam_spec::hash::LedgerId,
    expected: Expected<'_>,
    now: Timestamp,
) -> Result<(), Fault> {
    let opened = standing.standing();
    //= spec/text/offer.md#REQ-OFFER-3
    //# the standing and every credential MUST verify under that DID, for that market
    if opened.issuer() != expected.issuer || opened.market() != expected.market {
        return refuse(Reason::InvalidIssuer, "standing.iss");
    }
    //= spec/text/offer.md#REQ-OFFER-5
    //# The standing and every credential MUST be bound to the holder key that the wallet proved.
    if opened.holder() != expected.holder {
        return refuse(Reason::StandingOtherHolder, "standing.cnf");
    }
    //= spec/text/offer.md#REQ-OFFER-6
    //# The standing MUST be of this ledger.
    if opened.statement().ledger != ledger {
        return refuse(Reason::StandingOtherLedger, "standing.ledger");
    }
    //= spec/text/offer.md#REQ-OFFER-7
    //# The standing MUST NOT be signed over 60 s ahead.
    if opened.issued().since(now) > KEY_BINDING_MAX_FUTURE {
        return refuse(Reason::NotYetValid, "standing.iat");
    }
    Ok(())
}

/// Current or previous, or a closed market's last; never behind what is known (A23, A40), and never beside it (A34).
fn check_epoch(standing: &HeldStanding, known: Known<'_>, now: Timestamp) -> Result<(), ReceiveRefused> {
    let offered = standing.record();
    let record = offered.record();
    //= spec/text/offer.md#REQ-OFFER-9
    //# The record's epoch and signature MUST NOT lie over 60 s ahead.
    if record.begins().max(record.iat).since(now) > KEY_BINDING_MAX_FUTURE {
        return Err(Fault::new(Reason::EpochFuture, "epoch_record.epoch").into());
    }
    //= spec/text/offer.md#REQ-OFFER-10
    //# The epoch MUST be the current or the previous one, unless the record is final.
    if !record.last && record.age_at(now) > 1 {
        return Err(Fault::new(Reason::EpochStale, "epoch_record.epoch").into());
    }
    //= spec/text/offer.md#REQ-OFFER-11
    //# The record MUST follow those that are held ([epoch.md](epoch.md#chain)); of two that contradict each
    //# other, both are kept.
    let contradicted =
        known.records.iter().filter_map(|earlier| Some((earlier, contradiction(earlier, offered)?)));
    // A fork says most, whichever record shows it.
    let worst = contradicted.min_by_key(|(_, fault)| fault.reason() != Reason::EpochForked);
    if let Some((earlier, fault)) = worst {
        let conflict = Conflict::of_records(&fault, earlier, offered, known.histories, now);
        return Err(ReceiveRefused { fault, conflict: Some(Box::new(conflict)) });
    }
    // What is older and contradicts nothing is only too late.
    if let Some(last) = known.records.last() {
        offered.follows(last)?;
    }
    Ok(())
}

/// Under one epoch record a ledger has one head, one salt and one place: two of them are a fork within the record.
fn check_one_head(standing: &HeldStanding, known: Known<'_>, now: Timestamp) -> Result<(), ReceiveRefused> {
    let Some(held) = known.ledger else { return Ok(()) };
    for old in [Some(&held.standing), held.previous.as_ref()].into_iter().flatten() {
        //= spec/text/offer.md#REQ-OFFER-16
        //# under one epoch record another head, salt or place, MUST be refused
        if old.is_beside(standing) {
            let fault = Fault::new(Reason::LedgerFork, "standing.head");
            let conflict = Conflict::of_ledgers(&fault, old, standing, known.histories, now);
            return Err(ReceiveRefused { fault, conflict: Some(Box::new(conflict)) });
        }
    }
    Ok(())
}

fn is_of(record: &SignedEpochRecord, expected: Expected<'_>) -> bool {
    &record.record().iss == expected.issuer && &record.record().market == expected.market
}

/// The ledger as it is after the offer: what is held, and what was offered from there on.
fn extend(
    known: Known<'_>,
    since: u64,
    entries: Vec<Record>,
    standing: &HeldStanding,
    now: Timestamp,
) -> Result<Ledger, ReceiveRefused> {
    let head = standing.statement().head;
    let (held, histories) = (known.ledger, known.histories);
    let contradicts = |reason, at| {
        let fault = Fault::new(reason, at);
        let conflict =
            held.map(|held| Box::new(Conflict::of_ledgers(&fault, &held.standing, standing, histories, now)));
        ReceiveRefused { fault, conflict }
    };
    if let Some(held) = held {
        let before = held.ledger.head().log;
        //= spec/text/offer.md#REQ-OFFER-16
        //# Another root for the size that is held
        if head.log.size == before.size && head.log.root != before.root {
            return Err(contradicts(Reason::LedgerFork, "standing.head.log"));
        }
        //= spec/text/offer.md#REQ-OFFER-15
        //# Where a head is held, the new one MUST extend it: a smaller log
        //= spec/text/ledger.md#REQ-LEDGER-14
        //# A log's new head MUST be a consistent extension of the old one.
        if head.log.size < before.size {
            return Err(contradicts(Reason::LedgerExtension, "standing.head.log"));
        }
    }
    let have = held.map_or(0, |held| held.ledger.len());
    let offered = u64::try_from(entries.len()).unwrap_or(u64::MAX);
    //= spec/text/offer.md#REQ-OFFER-12
    //# The entries MUST follow the held ones from `since`, which is not over the number of those, to the size
    //# of the standing's log.
    if since > have || since.checked_add(offered) != Some(head.log.size) {
        return Err(Fault::new(Reason::LedgerRoot, "offer.entries").into());
    }
    let before = held.map_or(&[][..], |held| held.ledger.records());
    let prefix = before.iter().take(usize::try_from(since).unwrap_or(usize::MAX)).cloned();
    //= spec/text/offer.md#REQ-OFFER-13
    //# Replayed over what was held before `since`, they MUST keep [the rules](ledger.md#rules).
    let ledger = Ledger::replay(standing.statement().ledger, prefix.chain(entries))?;
    if ledger.head() != head {
        // The beginning is what the market signed before. Without it, the entries are simply not those of the root.
        return Err(match since {
            //= spec/text/offer.md#REQ-OFFER-14
            //# The replayed ledger MUST have the standing's heads, log and live; when `since` is 0.
            0 => Fault::new(Reason::LedgerRoot, "standing.head").into(),
            //= spec/text/offer.md#REQ-OFFER-15
            //# entries from a `since` over 0 on that do not lead to the new heads, log and live, are a
            //# complaint, and both sides are kept, as signed
            _ => contradicts(Reason::LedgerExtension, "standing.head"),
        });
    }
    for (old, new) in before.iter().zip(ledger.records()) {
        //= spec/text/offer.md#REQ-OFFER-16
        //# another entry at an index that is held
        if old.entry() != new.entry() {
            let mut refused = contradicts(Reason::LedgerFork, "offer.entries");
            if let (Some(conflict), Some(held)) = (&mut refused.conflict, held) {
                conflict.add_entries(old.entry().index, &held.ledger, &ledger, histories);
            }
            return Err(refused);
        }
    }
    Ok(ledger)
}

fn check_numbers(
    ledger: &Ledger,
    statement: &Statement,
    standing: &HeldStanding,
    now: Timestamp,
) -> Result<(), Fault> {
    //= spec/text/offer.md#REQ-OFFER-17
    //# The numbers, computed as of the epoch's first day, MUST be the standing's.
    //= spec/text/ledger.md#REQ-LEDGER-24
    //# As-of is the first day of the epoch.
    let as_of = standing.record().record().begins().day();
    let numbers = ledger.numbers(as_of);
    if numbers.total != statement.numbers.total {
        return refuse(Reason::LedgerNumbers, "standing.numbers.total");
    }
    if numbers.roles != statement.numbers.roles {
        return refuse(Reason::LedgerNumbers, "standing.numbers.roles");
    }
    if numbers != statement.numbers {
        return refuse(Reason::LedgerNumbers, "standing.numbers");
    }
    // The binding to this wallet may stand in the ledger after the head, but never before one that stands in it.
    //= spec/text/offer.md#REQ-OFFER-18
    //# `bound` MUST NOT be before a binding that stands in the ledger
    let bound_too_early = ledger.binding().0.is_some_and(|day| statement.bound < day);
    if bound_too_early || statement.bound > now.plus(DAY).day() {
        return refuse(Reason::LedgerNumbers, "standing.bound");
    }
    Ok(())
}

fn changes(ledger: &Ledger, new_from: u64) -> Changes {
    let mut changes = Changes { live: ledger.head().live.size, ..Changes::default() };
    let new = ledger.records().iter().filter(|record| record.entry().index >= new_from);
    for record in new {
        match record.entry().kind() {
            Kind::Rating => changes.ratings += 1,
            Kind::Correction => changes.corrections += 1,
            Kind::Reply => changes.replies += 1,
            Kind::Withdrawal => changes.withdrawals += 1,
            Kind::Dispute => changes.disputes += 1,
            Kind::Binding => changes.bindings += 1,
        }
    }
    changes
}

fn warnings(lists: &[SignedStatusList]) -> Vec<String> {
    let mut warnings = Vec::new();
    //= spec/text/status.md#REQ-STATUS-12
    //# A wallet MUST warn of lists of under 1,024 entries, which could serve to follow single people.
    for list in lists.iter().filter(|list| list.is_small()) {
        warnings.push(format!(
            "The status list {} is so small that asking for it could tell the market whom you show ratings to.",
            crate::text::foreign(list.uri(), 80)
        ));
    }
    warnings
}

impl Accepted {
    /// The ledger as it is held from now on, after `before`.
    #[must_use]
    pub fn into_held(self, info: LedgerInfo, before: Option<HeldLedger>) -> HeldLedger {
        let (previous, held) = before.map_or((None, None), |before| (Some(before.standing), before.private));
        let private = self.private.map(|private| {
            let same = held.filter(|held| held.secrets.commitment == private.secrets.commitment);
            private.into_held(info.updated, same.map(|held| held.shown).unwrap_or_default())
        });
        HeldLedger {
            info,
            ledger: self.ledger,
            credentials: self.credentials,
            standing: self.standing,
            previous,
            lists: self.lists,
            private,
        }
    }

    /// The issuer.
    #[must_use]
    pub const fn issuer(&self) -> &Did {
        &self.issuer
    }

    /// The market.
    #[must_use]
    pub const fn market(&self) -> &MarketId {
        &self.market
    }

    /// The whole ledger, what was held before included.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Index of the first entry that was not held before.
    #[must_use]
    pub const fn new_from(&self) -> u64 {
        self.new_from
    }

    /// The credential of every live rating, by index.
    #[must_use]
    pub const fn credentials(&self) -> &BTreeMap<u64, HeldCredential> {
        &self.credentials
    }

    /// The standing.
    #[must_use]
    pub const fn standing(&self) -> &HeldStanding {
        &self.standing
    }

    /// The status lists that came with it.
    #[must_use]
    pub fn lists(&self) -> &[SignedStatusList] {
        &self.lists
    }

    /// The private standings; none if there were none for secrets that the wallet has.
    #[must_use]
    pub const fn private(&self) -> Option<&AcceptedPrivate> {
        self.private.as_ref()
    }

    /// Whether the market named a commitment, be it one that the wallet knows or not: then it has bound what it was given.
    pub(crate) const fn names_commitment(&self) -> bool {
        self.names_commitment
    }

    /// What changed.
    #[must_use]
    pub const fn changes(&self) -> &Changes {
        &self.changes
    }

    /// What the holder should know, in sentences.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Adds something that the holder should know.
    pub(crate) fn warn(&mut self, sentence: String) {
        self.warnings.push(sentence);
    }
}
