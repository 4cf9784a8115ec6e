//! The market's part: the issuer, and how its changes get into the node's store.

use faam_issuer::{AccountId, ChangeTable, Event, Issuer, PrivateDone, PrivateWork, Profile, Secrets, read};
use faam_spec::bbs::Commitment;
use faam_spec::did::Did;
use faam_spec::hash::Hash;
use faam_spec::key::VerifyingKey;
use faam_spec::limits::REBIND_SECONDS;
use faam_spec::name::MarketId;
use faam_spec::offer::HeldHead;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::signed::Signer;
use faam_spec::time::Timestamp;
use zeroize::Zeroizing;

use super::error::CoreError;
use super::memory::stored;
use super::storage::{Change, Storage, Table};
use super::{Core, MarketSettings, MarketStatus, Turn, closing};

/// Id of the issuer's secrets in [`Table::SECRETS`].
pub(crate) const ISSUER_SECRETS: &[u8] = b"issuer";

/// How far an event may lie ahead of this machine's clock, in seconds: what two clocks may differ by.
const MAX_FUTURE: i64 = 3600;

/// How many events of a batch were applied, and what stopped it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Events that are applied and stored, those included that were there already.
    pub applied: u64,
    /// Those of them that were not there before.
    pub new: u64,
    /// The first line that could not be applied; nothing after it was.
    pub first_error: Option<FirstError>,
}

/// A line of events that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstError {
    /// The line, from 1.
    pub line: u64,
    /// Why.
    pub fault: Fault,
    /// A member in it that no event has, if that is why.
    pub member: Option<String>,
}

/// An epoch, as people speak of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochView {
    /// Its number.
    pub number: u64,
    /// Its label, such as `2026-47`.
    pub label: String,
    /// Hash of its record.
    pub record: Hash,
    /// Whether it is the market's last.
    pub last: bool,
}

/// The issuer, beside what the core must know of it.
#[derive(Debug)]
pub(super) struct Issuing {
    pub(super) issuer: Issuer,
    /// Whether the next record is to be the final one.
    pub(super) closing: bool,
}

impl Core {
    /// Appends events, one JSON object a line; what was recorded already changes nothing, so that a feed may repeat itself.
    ///
    /// An event more than an hour ahead of the clock is refused, because what is recorded cannot be taken out again.
    /// Stops at the first line that cannot be applied. What came before it is applied and stored, as [`Applied`] says.
    ///
    /// # Errors
    /// [`CoreError::Storage`], [`CoreError::NoMarket`].
    pub fn apply_events<'a>(
        &mut self,
        turn: &mut Turn<'_>,
        lines: impl Iterator<Item = &'a str>,
    ) -> Result<Applied, CoreError> {
        self.check_running()?;
        self.close_if_due(turn)?;
        let issuing = self.issuing.as_mut().ok_or(CoreError::NoMarket)?;
        let mut changes = Vec::new();
        let mut done = Applied { applied: 0, new: 0, first_error: None };
        //= spec/text/events.md#REQ-EVENT-10
        //# Lines MUST be applied in their order, and the first that cannot be applied ends it: the events
        //# before it are applied and stored, it and all after it are not. Mend the line and send the whole
        //# again.
        for (line, text) in (1..).zip(lines) {
            if text.trim().is_empty() {
                continue;
            }
            let event = read::json_line(text).and_then(|event| not_ahead(event, turn.now));
            match event.and_then(|event| issuing.issuer.apply(&event, &mut turn.rng)) {
                Ok(more) => {
                    done.applied += 1;
                    done.new += u64::from(!more.is_empty());
                    changes.extend(more.into_iter().map(to_node));
                }
                Err(fault) => {
                    let member = read::unknown_member(text);
                    done.first_error = Some(FirstError { line, fault, member });
                    break;
                }
            }
        }
        self.commit(turn, changes)?;
        self.tally.events_applied += done.applied;
        Ok(done)
    }

    /// Opens the epoch in which now lies, unless it is open.
    ///
    /// A market's first epoch is not opened here but by its first offer, so that the accounts of a first import are all in it.
    pub(super) fn open_next_epoch(&mut self, turn: &mut Turn<'_>) -> Result<(), CoreError> {
        match &self.issuing {
            Some(issuing) if issuing.issuer.current_record().is_some() => self.open_epoch(turn),
            _ => Ok(()),
        }
    }

    /// The market's newest epoch record as signed: the one artefact that it publishes.
    ///
    /// # Errors
    /// [`CoreError::NoMarket`].
    pub fn epoch_record(&self) -> Result<Option<&str>, CoreError> {
        self.check_running()?;
        let issuing = self.issuing.as_ref().ok_or(CoreError::NoMarket)?;
        Ok(issuing.issuer.current_record().map(|record| record.as_str()))
    }

    /// Private standings of this epoch that are to be signed, of at most `most` ledgers; none when all are, or without a
    /// market. They are signed elsewhere, because each takes some 30 ms for each role, and come back by
    /// [`Core::keep_private`].
    ///
    /// # Errors
    /// [`CoreError::Stopped`]; `internal`, which no ledger causes.
    pub fn private_work(&self, most: usize) -> Result<Vec<PrivateWork>, CoreError> {
        self.check_running()?;
        Ok(self
            .issuing
            .as_ref()
            .map_or_else(|| Ok(Vec::new()), |issuing| issuing.issuer.private_work(most))?)
    }

    /// Keeps what was signed, for the wallets that come. It is not stored: after a restart it is signed again, the same.
    pub fn keep_private(&mut self, done: Vec<PrivateDone>) {
        if let Some(issuing) = &mut self.issuing {
            done.into_iter().for_each(|done| issuing.issuer.keep_private(done));
        }
    }
}

impl Issuing {
    pub(super) fn restore(market: MarketSettings, turn: &mut Turn<'_>) -> Result<Self, CoreError> {
        let secrets = load_secrets(turn.store)?;
        let mut changes = Vec::new();
        for table in ChangeTable::ALL {
            let rows = turn.store.scan(Table(table.code()))?;
            changes.extend(rows.into_iter().map(|(id, value)| faam_issuer::Change { table, id, value }));
        }
        let profile = Profile { market: market.id, epoch: market.epoch };
        // Told before anything is compared, and by name: it is the mistake that people make.
        if let Some(other) = changes.iter().find_map(Profile::stored).filter(|stored| *stored != profile) {
            return Err(CoreError::OtherMarket { market: other.market, seconds: other.epoch.seconds() });
        }
        let issuer = Issuer::restore(profile, secrets, changes.into_iter())?;
        let closing = !issuer.is_closed() && closing::is_marked(turn.store)?;
        Ok(Self { issuer, closing })
    }

    pub(super) fn did(&self) -> &Did {
        self.issuer.did()
    }

    pub(super) fn signer(&self) -> &Signer {
        self.issuer.signer()
    }

    pub(super) const fn market(&self) -> &MarketId {
        &self.issuer.profile().market
    }

    pub(super) fn status(&self) -> MarketStatus {
        MarketStatus {
            id: self.market().clone(),
            issuer: self.did().clone(),
            epoch: self.epoch(),
            accounts: self.issuer.accounts().count(),
            closes: self.closes(),
            private: self.issuer.private_counts(),
        }
    }

    /// When the market will be closed, if that is to come.
    fn closes(&self) -> Option<Timestamp> {
        let last = self.issuer.current_record().filter(|_| self.closing)?;
        Some(self.issuer.profile().epoch.start_of(last.record().epoch + 1))
    }

    /// When the last record was made.
    pub(super) fn last_record(&self) -> Option<Timestamp> {
        self.issuer.current_record().map(|signed| signed.record().iat)
    }

    /// How many epochs have begun since that of the last record; none where no more are to come.
    pub(super) fn epochs_ahead(&self, now: Timestamp) -> u64 {
        let open = self.issuer.current_record().filter(|_| !self.issuer.is_closed());
        let number = self.issuer.profile().epoch.number_at(now);
        open.map_or(0, |last| number.saturating_sub(last.record().epoch))
    }

    /// Whether the ledger goes on from what a wallet holds; the log says so if not, because it is the operator who has to know.
    pub(super) fn check_held(
        &self,
        account: &AccountId,
        since: Option<&HeldHead>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let checked = since.map_or(Ok(()), |held| self.issuer.check_held(account, held, now));
        checked.inspect_err(|fault| {
            if fault.reason() == Reason::LedgerExtension {
                tracing::error!(
                    code = fault.reason().code(),
                    "a wallet holds entries that this market signed and does not have: was an old backup restored?"
                );
            }
        })
    }

    /// The account whose ledger is bound to this key: the one of which the wallet holds a head, if it says so.
    pub(super) fn bound_to(
        &self,
        holder: &VerifyingKey,
        since: Option<&HeldHead>,
    ) -> Result<AccountId, Fault> {
        let ledger = since.map(|held| held.ledger);
        let found = self.issuer.account_of_holder(holder, ledger);
        found.cloned().ok_or(Fault::new(Reason::RenewUnknown, "holder"))
    }

    /// When the epoch after that of `now` begins.
    pub(super) fn next_epoch(&self, now: Timestamp) -> Timestamp {
        let length = self.issuer.profile().epoch;
        length.start_of(length.number_at(now) + 1)
    }

    pub(super) fn epoch(&self) -> Option<EpochView> {
        let signed = self.issuer.current_record()?;
        let record = signed.record();
        Some(EpochView {
            number: record.epoch,
            label: record.label(),
            record: signed.hash(),
            last: record.last,
        })
    }

    /// Whether there is such an account.
    pub(super) fn check_account(&self, account: &AccountId) -> Result<(), Fault> {
        match self.issuer.ledger(account) {
            Some(_) => Ok(()),
            None => refuse(Reason::LedgerUnknown, "account"),
        }
    }

    /// Whether an account's ratings can be offered now, to another wallet than the bound one if `rebind`.
    pub(super) fn check_offerable(
        &self,
        account: &AccountId,
        rebind: bool,
        now: Timestamp,
    ) -> Result<(), CoreError> {
        let early = |fault: Fault, when| CoreError::Early { fault, when };
        match self.issuer.offerable(account, now) {
            Err(fault) if fault.reason() == Reason::OfferNotYet => {
                return Err(early(fault, self.next_epoch(now)));
            }
            offerable => offerable?,
        }
        //= spec/text/offer.md#REQ-OFFER-31
        //# not within 90 days of the last time (`offer.rebind_early`)
        let since = self.issuer.bound_since(account).filter(|_| rebind);
        match since.map(|since| since.plus(REBIND_SECONDS)).filter(|when| now < *when) {
            Some(when) => Err(early(Fault::new(Reason::OfferRebindEarly, "binding"), when)),
            None => Ok(()),
        }
    }

    /// Binds a wallet; what comes back has to be stored whatever happens next.
    pub(super) fn bind(
        &mut self,
        account: &AccountId,
        holder: &VerifyingKey,
        commitment: Option<&Commitment>,
        rebind: bool,
        turn: &mut Turn<'_>,
    ) -> Result<Vec<Change>, Fault> {
        let changes = self.issuer.bind_with(account, holder, commitment, rebind, turn.now, &mut turn.rng)?;
        Ok(changes.into_iter().map(to_node).collect())
    }

    /// Everything that the bound wallet is to receive, as bytes.
    ///
    /// Private standings that are not signed yet are signed here, some 30 ms for each role in which the rest waits.
    pub(super) fn offer(
        &mut self,
        account: &AccountId,
        since: Option<HeldHead>,
        now: Timestamp,
    ) -> Result<Vec<u8>, Fault> {
        self.issuer.sign_private(account)?;
        self.issuer.offer(account, since.as_ref(), now)?.to_bytes()
    }
}

/// Reads the issuer's secrets.
pub(crate) fn load_secrets(store: &dyn Storage) -> Result<Secrets, CoreError> {
    let missing = || stored(Fault::new(Reason::StoreDamaged, "issuer_secrets"));
    let bytes = Zeroizing::new(store.get(Table::SECRETS, ISSUER_SECRETS)?.ok_or_else(missing)?);
    Secrets::from_bytes(&bytes).map_err(stored)
}

/// The event, unless it lies in the future: a wrong clock or a wrong unit, which nobody could correct afterwards.
fn not_ahead(event: Event, now: Timestamp) -> Result<Event, Fault> {
    //= spec/text/events.md#REQ-EVENT-8
    //# `at` MUST be at most one hour after the node's clock (`event.rule`).
    if event.at().since(now) > MAX_FUTURE { refuse(Reason::EventRule, "at") } else { Ok(event) }
}

pub(super) fn to_node(change: faam_issuer::Change) -> Change {
    Change::put(Table(change.table.code()), change.id, change.value)
}
