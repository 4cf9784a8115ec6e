//! The issuer: every ledger of a market in memory, and the rules by which they grow.

use std::collections::{BTreeMap, HashMap};

use faam_spec::bbs::Commitment;
use faam_spec::did::Did;
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::hash::{LedgerId, Salt};
use faam_spec::key::VerifyingKey;
use faam_spec::ledger::{Body, Entry, Ledger, LedgerHead, Record, names};
use faam_spec::limits::REBIND_SECONDS;
use faam_spec::name::MarketId;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::sdjwt::Disclosure;
use faam_spec::signed::Signer;
use faam_spec::time::{EpochLength, Timestamp};
use faam_spec::tree::Tree;
use rand_core::CryptoRngCore;
use serde_json::{Value, json};

use crate::change::{ChangeTable, StatusPlace, StoredAccount, StoredBinding, StoredMeta, read};
use crate::private::{PrivateBinding, SignedPrivate};
use crate::status::StatusLists;
use crate::{AccountId, Change, Event, EventId, Parts, Secrets};

/// Which market an issuer speaks for. It stays as it is for the life of the market's records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The market's name.
    pub market: MarketId,
    /// How long its epochs are.
    pub epoch: EpochLength,
}

impl Profile {
    /// The profile that a stored value names, if it is the one that says whose store it is.
    #[must_use]
    pub fn stored(change: &Change) -> Option<Self> {
        let meta: StoredMeta =
            (change.table == ChangeTable::Meta).then(|| read(&change.value, "meta").ok()).flatten()?;
        Some(Self { market: meta.market, epoch: meta.epoch_seconds })
    }
}

/// A market's ledgers and everything that is made of them.
///
/// It appends and never changes what it recorded: one leaf for each index of a ledger, one record for each epoch.
#[derive(Debug)]
pub struct Issuer {
    pub(crate) profile: Profile,
    pub(crate) secrets: Secrets,
    pub(crate) accounts: Vec<Account>,
    pub(crate) by_name: BTreeMap<AccountId, usize>,
    pub(crate) by_ledger: BTreeMap<LedgerId, usize>,
    /// Account and index of the entry that each event became.
    pub(crate) events: HashMap<EventId, (usize, u64)>,
    pub(crate) status: StatusLists,
    pub(crate) records: Vec<SignedEpochRecord>,
    /// Account heads of the last record.
    pub(crate) heads: Tree,
    /// Whether the store knows whose it is.
    pub(crate) has_meta: bool,
}

/// One account of a market.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) name: AccountId,
    pub(crate) ledger: Ledger,
    /// For each entry its place in the status lists, if it is a rating.
    pub(crate) places: Vec<Option<StatusPlace>>,
    pub(crate) binding: Option<Binding>,
    pub(crate) snapshot: Option<Snapshot>,
    /// The private standings of the last epoch that has them.
    pub(crate) signed: Option<SignedPrivate>,
}

/// The wallet that a ledger is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Binding {
    pub(crate) holder: VerifyingKey,
    pub(crate) at: Timestamp,
    /// Index of the entry.
    pub(crate) index: u64,
    pub(crate) private: Option<PrivateBinding>,
}

/// What the last epoch record holds of an account.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Snapshot {
    /// Place of its leaf.
    pub(crate) position: u64,
    pub(crate) salt: Salt,
    pub(crate) head: LedgerHead,
}

/// An account in short.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountSummary {
    /// The market's name for it.
    pub account: AccountId,
    /// Its ledger.
    pub ledger: LedgerId,
    /// Number of entries.
    pub entries: u64,
    /// Number of live ratings.
    pub live: u64,
    /// Whether a wallet is bound to it.
    pub bound: bool,
}

/// What an event becomes: a body without its digests, and the parts that are disclosed one by one.
type Plan = (Body, Vec<(&'static str, Value)>);

impl Issuer {
    /// A market without any records yet.
    #[must_use]
    pub fn new(profile: Profile, secrets: Secrets) -> Self {
        Self {
            profile,
            secrets,
            accounts: Vec::new(),
            by_name: BTreeMap::new(),
            by_ledger: BTreeMap::new(),
            events: HashMap::new(),
            status: StatusLists::default(),
            records: Vec::new(),
            heads: Tree::new(),
            has_meta: false,
        }
    }

    /// Records an event. An event that was recorded already, in the same words, changes nothing, so that a feed may repeat
    /// itself; what differs only within the day is the same.
    ///
    /// # Errors
    /// `event.malformed` if a text is too long or an aspect out of range; `event.rule` if the event is recorded with other
    /// contents, is about a rating that is unknown or no longer current, breaks another rule of the ledger
    /// ([`Ledger::push`]), lets an account rate itself, or comes after the market was closed; `too_large` if the
    /// status lists are full. On error nothing has changed.
    pub fn apply(&mut self, event: &Event, rng: &mut impl CryptoRngCore) -> Result<Vec<Change>, Fault> {
        event.check()?;
        //= spec/text/events.md#REQ-EVENT-5
        //# An event whose `id` is recorded changes nothing if it says the same (of `at`, only the day
        //# counts), so that a feed may be sent again from any earlier point. It MUST NOT say anything else: a
        //# correction has an `id` of its own.
        if let Some((number, index)) = self.events.get(event.id()).copied() {
            return match self.recorded_so(event, number, index)? {
                true => Ok(Vec::new()),
                false => refuse(Reason::EventRule, "id"),
            };
        }
        //= spec/text/events.md#REQ-EVENT-9
        //# A market that is closed MUST NOT record anything more; what it has recorded can still be sent
        //# again.
        if self.is_closed() {
            return refuse(Reason::EventRule, "closed");
        }
        let number = self.account_of(event)?;
        let mut fresh = match number {
            Some(_) => None,
            None => Some(Ledger::new(self.new_ledger_id(rng)?)),
        };
        let ledger = match (&fresh, number) {
            (Some(ledger), _) => ledger,
            (None, Some(number)) => &self.account(number)?.ledger,
            (None, None) => return refuse(Reason::Internal, "account"),
        };
        let (body, parts) = self.plan(event, ledger)?;
        let record = record(ledger.id(), ledger.len(), body, parts, rng)?;
        let replaced = match &record.entry().body {
            Body::Rating { supersedes, .. } => *supersedes,
            Body::Withdrawal { of, .. } => Some(*of),
            _ => None,
        };
        let chosen = match record.entry().body {
            Body::Rating { .. } => Some(self.status.choose(rng)?),
            _ => None,
        };
        let place = chosen.as_ref().map(|chosen| chosen.place);
        let mut changes: Vec<Change> = self.meta_change()?.into_iter().collect();
        let record_change = Change::record(&record, Some(event.id()), place)?;
        if let (Some(ledger), Event::Rating { account, .. }) = (&fresh, event) {
            let stored = StoredAccount { v: 0, ledger: ledger.id(), binding: None };
            changes.push(Change::account(account, &stored)?);
        }

        // From here on the ledger's own rules alone can refuse, and they come first.
        let (number, index) = match (fresh.take(), number, event) {
            (Some(mut ledger), _, Event::Rating { account, .. }) => {
                ledger.push(record).map_err(rule)?;
                (self.add_account(account.clone(), ledger), 0)
            }
            (None, Some(number), _) => {
                let ledger = &mut self.account_mut(number)?.ledger;
                let index = ledger.len();
                //= spec/text/events.md#REQ-EVENT-6
                //# What is disputed MUST be a rating without an open dispute, and what is settled an open
                //# dispute.
                //= spec/text/events.md#REQ-EVENT-4
                //# `of` MUST name the event of a rating that is recorded and current.
                ledger.push(record).map_err(rule)?;
                (number, index)
            }
            _ => return refuse(Reason::Internal, "account"),
        };
        if let Some(chosen) = chosen {
            changes.extend(self.status.take(chosen)?);
        }
        let account = self.account_mut(number)?;
        account.places.push(place);
        if let Some(place) = replaced.and_then(|index| account.place(index)) {
            self.status.revoke(place)?;
        }
        self.events.insert(event.id().clone(), (number, index));
        self.has_meta = true;
        changes.push(record_change);
        Ok(changes)
    }

    /// Binds a wallet's key to an account's ledger without a commitment, so that it has no private standings; else as
    /// [`Issuer::bind_with`].
    ///
    /// # Errors
    /// As [`Issuer::bind_with`].
    pub fn bind(
        &mut self,
        account: &AccountId,
        holder: &VerifyingKey,
        rebind: bool,
        now: Timestamp,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<Change>, Fault> {
        self.bind_with(account, holder, None, rebind, now, rng)
    }

    /// Binds a wallet's key and its commitment for private standings to an account's ledger; the entry comes into the next
    /// epoch's record.
    ///
    /// The key that is bound already changes nothing, and its commitment stays; only a binding without one takes the first that
    /// comes. With `rebind`, another key takes its place, or the same one with another commitment: for people who lost
    /// their wallet, and at most once in [`REBIND_SECONDS`].
    ///
    /// # Errors
    /// `ledger.unknown`, `offer.bound` for another key without `rebind`, `offer.rebind_early`, `private.commitment` for a
    /// commitment that does not verify. On error nothing has changed.
    ///
    /// Implements REQ-OFFER-34 (`spec/text/offer.md`).
    pub fn bind_with(
        &mut self,
        account: &AccountId,
        holder: &VerifyingKey,
        commitment: Option<&Commitment>,
        rebind: bool,
        now: Timestamp,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<Change>, Fault> {
        let number = self.number(account)?;
        let known = self.account(number)?;
        match known.binding {
            //= spec/text/offer.md#REQ-OFFER-34
            //# The commitment of a binding MUST stay for as long as the binding does
            Some(binding) if binding.holder == *holder && !rebinds(rebind, &binding, commitment) => {
                return match (binding.private, commitment) {
                    (None, Some(commitment)) => self.commit_bound(number, binding, commitment, rng),
                    _ => Ok(Vec::new()),
                };
            }
            //= spec/text/offer.md#REQ-OFFER-31
            //# A ledger that is bound to another key MUST NOT be offered (`offer.bound`); only the market can
            //# let it be bound anew
            Some(_) if !rebind => return refuse(Reason::OfferBound, "binding"),
            //= spec/text/ledger.md#REQ-LEDGER-22
            //# A market MUST NOT bind a ledger anew within 90 days.
            //= spec/text/offer.md#REQ-OFFER-31
            //# not within 90 days of the last time (`offer.rebind_early`)
            Some(binding) if now.since(binding.at) < REBIND_SECONDS => {
                return refuse(Reason::OfferRebindEarly, "binding");
            }
            _ => {}
        }
        let private = commitment.map(|commitment| PrivateBinding::new(commitment, rng)).transpose()?;
        let known = self.account(number)?;
        let (ledger, index) = (known.ledger.id(), known.ledger.len());
        let record = record(ledger, index, Body::Binding { day: now.day() }, Vec::new(), rng)?;
        let binding = Binding { holder: *holder, at: now, index, private };
        let stored = StoredAccount { v: 0, ledger, binding: Some(StoredBinding::from(&binding)) };
        let mut changes: Vec<Change> = self.meta_change()?.into_iter().collect();
        changes.push(Change::account(account, &stored)?);
        changes.push(Change::record(&record, None, None)?);

        let known = self.account_mut(number)?;
        known.ledger.push(record)?;
        known.places.push(None);
        known.binding = Some(binding);
        self.has_meta = true;
        Ok(changes)
    }

    /// Gives a binding without a commitment the first one that its wallet brings.
    fn commit_bound(
        &mut self,
        number: usize,
        binding: Binding,
        commitment: &Commitment,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<Change>, Fault> {
        let binding = Binding { private: Some(PrivateBinding::new(commitment, rng)?), ..binding };
        let account = self.account_mut(number)?;
        let stored = StoredBinding::from(&binding);
        let stored = StoredAccount { v: 0, ledger: account.ledger.id(), binding: Some(stored) };
        let change = Change::account(&account.name, &stored)?;
        account.binding = Some(binding);
        Ok(vec![change])
    }

    /// The account whose ledger is bound to this key. Of a person with several accounts it is the one of `ledger`, if that is
    /// one of this market's; a ledger that is bound to another key is nobody's here.
    #[must_use]
    pub fn account_of_holder(&self, holder: &VerifyingKey, ledger: Option<LedgerId>) -> Option<&AccountId> {
        let bound = |account: &&Account| account.binding.is_some_and(|binding| binding.holder == *holder);
        let named = ledger.and_then(|ledger| self.by_ledger.get(&ledger));
        let found = match named {
            Some(number) => self.accounts.get(*number).filter(bound),
            None => self.accounts.iter().find(bound),
        };
        found.map(|account| &account.name)
    }

    /// Which market this is.
    #[must_use]
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Who signs.
    #[must_use]
    pub const fn signer(&self) -> &Signer {
        self.secrets.signer()
    }

    /// The market's DID.
    #[must_use]
    pub const fn did(&self) -> &Did {
        self.signer().did()
    }

    /// Every account, in the order of their names.
    pub fn accounts(&self) -> impl Iterator<Item = AccountSummary> + '_ {
        self.by_name.values().filter_map(|number| self.accounts.get(*number)).map(Account::summary)
    }

    /// The ledger of an account.
    #[must_use]
    pub fn ledger(&self, account: &AccountId) -> Option<&Ledger> {
        self.number(account).and_then(|number| self.account(number)).ok().map(|account| &account.ledger)
    }

    /// The key that an account's ledger is bound to.
    #[must_use]
    pub fn holder(&self, account: &AccountId) -> Option<VerifyingKey> {
        let account = self.number(account).and_then(|number| self.account(number)).ok()?;
        account.binding.map(|binding| binding.holder)
    }

    /// When an account's ledger was bound to the wallet that it is bound to now.
    #[must_use]
    pub fn bound_since(&self, account: &AccountId) -> Option<Timestamp> {
        let account = self.number(account).and_then(|number| self.account(number)).ok()?;
        account.binding.map(|binding| binding.at)
    }

    /// Whether the market's final record was published: it then records no more events.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.records.last().is_some_and(|record| record.record().last)
    }

    pub(crate) fn number(&self, account: &AccountId) -> Result<usize, Fault> {
        self.by_name.get(account).copied().ok_or(Fault::new(Reason::LedgerUnknown, "account"))
    }

    pub(crate) fn account(&self, number: usize) -> Result<&Account, Fault> {
        self.accounts.get(number).ok_or(Fault::new(Reason::Internal, "account"))
    }

    pub(crate) fn account_mut(&mut self, number: usize) -> Result<&mut Account, Fault> {
        self.accounts.get_mut(number).ok_or(Fault::new(Reason::Internal, "account"))
    }

    pub(crate) fn add_account(&mut self, name: AccountId, ledger: Ledger) -> usize {
        let number = self.accounts.len();
        self.by_name.insert(name.clone(), number);
        self.by_ledger.insert(ledger.id(), number);
        self.accounts.push(Account {
            name,
            ledger,
            places: Vec::new(),
            binding: None,
            snapshot: None,
            signed: None,
        });
        number
    }

    pub(crate) fn meta(&self) -> Result<StoredMeta, Fault> {
        Ok(StoredMeta {
            v: 0,
            issuer: self.did().as_str().to_owned(),
            market: self.profile.market.clone(),
            epoch_seconds: self.profile.epoch,
            raters: self.secrets.check_value()?,
        })
    }

    /// What says whose store it is, with the first change of all.
    pub(crate) fn meta_change(&self) -> Result<Option<Change>, Fault> {
        if self.has_meta { Ok(None) } else { Change::meta(&self.meta()?).map(Some) }
    }

    /// The account whose ledger an event goes to; none if the event is its first.
    fn account_of(&self, event: &Event) -> Result<Option<usize>, Fault> {
        match event {
            Event::Rating { account, .. } => Ok(self.by_name.get(account).copied()),
            Event::Correction { of, .. }
            | Event::Reply { of, .. }
            | Event::Withdrawal { of, .. }
            | Event::Dispute { of, .. } => match self.events.get(of) {
                Some((number, _)) => Ok(Some(*number)),
                None => refuse(Reason::EventRule, "of"),
            },
        }
    }

    fn new_ledger_id(&self, rng: &mut impl CryptoRngCore) -> Result<LedgerId, Fault> {
        //= spec/text/ledger.md#REQ-LEDGER-7
        //# the id of a ledger and the salt of a disclosure MUST be fresh and from a good source of chance
        let id = LedgerId::random(rng);
        // A source of chance that repeats itself would mix two people's ledgers.
        if self.by_ledger.contains_key(&id) {
            return refuse(Reason::Internal, "ledger");
        }
        Ok(id)
    }

    /// Whether entry `index` of account `number` is what `event` would have become.
    fn recorded_so(&self, event: &Event, number: usize, index: u64) -> Result<bool, Fault> {
        let account = self.account(number)?;
        let same_account = match event {
            Event::Rating { account: name, .. } => *name == account.name,
            _ => self.account_of(event) == Ok(Some(number)),
        };
        let Some(record) = account.record(index).filter(|_| same_account) else { return Ok(false) };
        let Ok((body, parts)) = self.plan(event, &account.ledger) else { return Ok(false) };
        Ok(without_digests(record.entry().body.clone()) == body
            && record.disclosures().len() == parts.len()
            && parts.iter().all(|(name, value)| record.disclosed(name) == Some(value)))
    }

    /// What `event` becomes in `ledger`.
    fn plan(&self, event: &Event, ledger: &Ledger) -> Result<Plan, Fault> {
        let day = event.at().day();
        //= spec/text/events.md#REQ-EVENT-4
        //# `of` MUST name the event of a rating that is recorded
        let earlier = |of: &EventId| match self.events.get(of) {
            Some((_, index)) => Ok(*index),
            None => refuse(Reason::EventRule, "of"),
        };
        Ok(match event {
            Event::Rating { account, rater, role, score, parts, .. } => {
                //= spec/text/events.md#REQ-EVENT-7
                //# An account MUST NOT rate itself.
                if account == rater {
                    return refuse(Reason::EventRule, "rater");
                }
                let rater = self.secrets.pseudonym(ledger.id(), rater)?;
                let role = role.clone();
                let body = Body::Rating { role, score: *score, digests: Vec::new(), supersedes: None };
                (body, disclosed(parts, json!(day), json!(rater)))
            }
            Event::Correction { of, score, parts, .. } => {
                let of = earlier(of)?;
                let record = usize::try_from(of).ok().and_then(|of| ledger.records().get(of));
                let rated = record.and_then(|record| match &record.entry().body {
                    Body::Rating { role, .. } => Some((role.clone(), record.details()?.rater.clone())),
                    _ => None,
                });
                let Some((role, rater)) = rated else { return refuse(Reason::EventRule, "of") };
                let body = Body::Rating { role, score: *score, digests: Vec::new(), supersedes: Some(of) };
                (body, disclosed(parts, json!(day), json!(rater)))
            }
            Event::Reply { of, text, .. } => {
                (Body::Reply { day, to: earlier(of)?, digests: Vec::new() }, vec![(names::TEXT, json!(text))])
            }
            Event::Withdrawal { of, by, .. } => {
                (Body::Withdrawal { day, of: earlier(of)?, by: *by }, Vec::new())
            }
            Event::Dispute { of, state, .. } => {
                (Body::Dispute { day, of: earlier(of)?, state: *state }, Vec::new())
            }
        })
    }
}

/// Whether the same wallet key is bound anew, because its other secrets were lost.
fn rebinds(rebind: bool, binding: &Binding, commitment: Option<&Commitment>) -> bool {
    rebind
        && matches!((binding.private, commitment), (Some(bound), Some(commitment)) if bound.commitment != *commitment)
}

impl Account {
    pub(crate) fn record(&self, index: u64) -> Option<&Record> {
        self.ledger.records().get(usize::try_from(index).ok()?)
    }

    pub(crate) fn place(&self, index: u64) -> Option<StatusPlace> {
        self.places.get(usize::try_from(index).ok()?).copied().flatten()
    }

    fn summary(&self) -> AccountSummary {
        AccountSummary {
            account: self.name.clone(),
            ledger: self.ledger.id(),
            entries: self.ledger.len(),
            live: u64::try_from(self.ledger.live().count()).unwrap_or(u64::MAX),
            bound: self.binding.is_some(),
        }
    }
}

/// The parts of a rating that are disclosed one by one. What was not given is there as null, so that its absence can be shown
/// and the number of digests says nothing.
//= spec/text/ledger.md#REQ-LEDGER-8
//# null says that nothing was said
fn disclosed(parts: &Parts, day: Value, rater: Value) -> Vec<(&'static str, Value)> {
    let aspects = (!parts.aspects.is_empty()).then_some(&parts.aspects);
    vec![
        (names::DAY, day),
        (names::RATER, rater),
        (names::COMMENT, json!(parts.comment)),
        (names::CATEGORY, json!(parts.category)),
        (names::AMOUNT_BAND, json!(parts.amount_band)),
        (names::ASPECTS, json!(aspects)),
    ]
}

fn without_digests(mut body: Body) -> Body {
    if let Body::Rating { digests, .. } | Body::Reply { digests, .. } = &mut body {
        digests.clear();
    }
    body
}

/// Makes an entry with fresh salts.
fn record(
    ledger: LedgerId,
    index: u64,
    mut body: Body,
    parts: Vec<(&'static str, Value)>,
    rng: &mut impl CryptoRngCore,
) -> Result<Record, Fault> {
    let make = |(name, value)| Disclosure::new(name, value, rng);
    let disclosures: Vec<_> = parts.into_iter().map(make).collect::<Result<_, _>>().map_err(rule)?;
    if let Body::Rating { digests, .. } | Body::Reply { digests, .. } = &mut body {
        digests.extend(disclosures.iter().map(Disclosure::digest));
        digests.sort_unstable();
    }
    //= spec/text/ledger.md#REQ-LEDGER-7
    //# The salt of an entry
    let entry = Entry { ledger, index, salt: Salt::random(rng), body };
    Record::new(entry, disclosures).map_err(rule)
}

/// The faults of formats and ledgers as an event's.
fn rule(fault: Fault) -> Fault {
    match fault.reason() {
        //= spec/text/events.md#REQ-EVENT-13
        //# An account MUST have at most 8 roles, those of its withdrawn and corrected ratings among them.
        Reason::LedgerEntry => Fault::new(Reason::EventRule, fault.at()),
        Reason::Internal => fault,
        _ => Fault::new(Reason::EventMalformed, fault.at()),
    }
}
