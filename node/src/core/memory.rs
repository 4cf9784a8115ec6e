//! What was seen of other markets, so that nobody can go back behind it, not even over a restart (A40).

use faam_spec::decision::DecisionDocument;
use faam_spec::did::Did;
use faam_spec::domain::{TYP_EPOCH, TYP_STATUS_LIST};
use faam_spec::encoding::{jcs, json, parse};
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::hash::Hash;
use faam_spec::jws::Jws;
use faam_spec::limits::{MAX_EPOCH_RECORD_BYTES, MAX_MARKET_BYTES, MAX_SHOWN_BYTES};
use faam_spec::name::shown;
use faam_spec::reason::{Fault, Reason};
use faam_spec::status::SignedStatusList;
use faam_verifier::{EpochRecords, Sources, StatusLists};

use super::error::CoreError;
use super::storage::{Change, Storage, StorageError, Table};

/// Most status lists that are remembered. Only lists of trusted markets get here, at most 64 of each.
const MAX_LISTS: usize = 4096;

/// Largest stored fork, in bytes: two records.
const MAX_FORK_BYTES: usize = 3 * MAX_EPOCH_RECORD_BYTES;
/// Id of the one record in [`Table::KNOWN_STATE`].
const STATE: &[u8] = b"state";
/// How often it is read again when somebody writes all the while.
const MAX_READS: u32 = 64;

/// Which of what is stored is in memory.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// What stood in [`Table::KNOWN_STATE`] when it was read; none before, and after a commit that failed.
    state: Option<Vec<u8>>,
}

impl Known {
    /// Brings into `sources` what is stored, if that is not what is there.
    pub(crate) fn refresh(&mut self, sources: &mut Sources, store: &dyn Storage) -> Result<(), CoreError> {
        for _ in 0..MAX_READS {
            let Some(state) = store.get(Table::KNOWN_STATE, STATE)? else {
                match store.commit(vec![Change::create(Table::KNOWN_STATE, STATE, *b"0")]) {
                    Ok(()) | Err(StorageError::Conflict) => continue,
                    Err(error) => return Err(error.into()),
                }
            };
            if self.state.as_ref() == Some(&state) {
                return Ok(());
            }
            let read = read(sources, store);
            if store.get(Table::KNOWN_STATE, STATE)?.as_ref() == Some(&state) {
                (sources.records, sources.status) = read?;
                self.state = Some(state);
                return Ok(());
            }
            // It was written meanwhile, so that old and new may stand beside each other.
        }
        Err(Fault::new(Reason::NetBusy, "known").into())
    }

    /// What is in memory is read anew before it is used again.
    pub(crate) fn forget(&mut self) {
        self.state = None;
    }

    /// Takes in what a decision says to remember, and gives what has to be stored for it: a commit that fails if anything that the
    /// decision rests on has changed. After any failure the caller has to [forget](Self::forget).
    ///
    /// What cannot be taken in, because it goes back or forks, is reported and left out: the decision has told already.
    pub(crate) fn remember(
        &mut self,
        sources: &mut Sources,
        document: &DecisionDocument,
    ) -> Result<(Vec<Change>, Vec<Fault>), CoreError> {
        let (mut changes, mut left_out) = (Vec::new(), Vec::new());
        for text in &document.remember.records {
            match remember_record(sources, text) {
                Ok(more) => changes.extend(more),
                Err(fault) => {
                    tracing::warn!(code = fault.reason().code(), "an epoch record was not remembered");
                    left_out.push(fault);
                }
            }
        }
        for text in &document.remember.status {
            match remember_list(sources, text) {
                Ok(more) => changes.extend(more),
                Err(fault) => {
                    tracing::warn!(code = fault.reason().code(), "a status list was not remembered");
                    left_out.push(fault);
                }
            }
        }
        match remember_fork(sources, &document.conflict) {
            Ok(more) => changes.extend(more),
            Err(fault) => {
                tracing::warn!(code = fault.reason().code(), "a contradiction was not remembered");
                left_out.push(fault);
            }
        }
        let Some(state) = self.state.take() else {
            return Err(Fault::new(Reason::Internal, "known").into());
        };
        if changes.is_empty() {
            changes.push(Change::keep(Table::KNOWN_STATE, STATE, state.clone()));
            self.state = Some(state);
        } else {
            // Another state for other contents, so that nobody who has the one takes the other for it.
            let after = changes.iter().fold(Hash::of(b"", &state), |state, change| {
                let value = change.value.as_deref().unwrap_or_default();
                let all = [state.as_bytes().as_slice(), &[change.table.0], &change.id, value].concat();
                Hash::of(b"", &all)
            });
            let after = after.as_bytes().to_vec();
            changes.push(Change::put(Table::KNOWN_STATE, STATE, after.clone()).if_still(state));
            self.state = Some(after);
        }
        Ok((changes, left_out))
    }
}

/// Reads everything that was remembered, as far as the keys that are known now vouch for it.
///
/// A key that was taken out of the trust file, was ended or replaced there, or that only another daemon on the same store has, is no
/// damage: what it signed is left out, stays stored, and counts again when the key does.
fn read(sources: &Sources, store: &dyn Storage) -> Result<(EpochRecords, StatusLists), CoreError> {
    let (mut records, mut lists) = (EpochRecords::new(), StatusLists::new());
    for (_, text) in store.scan(Table::KNOWN_RECORDS)? {
        let text = as_text(&text)?;
        let opened = SignedEpochRecord::open(text, &sources.histories);
        if let Some(record) = unless_keyless(opened, "an epoch record", &[(text, TYP_EPOCH)])? {
            // They agreed with those that counted when they came. One whose key counts again may contradict what came meanwhile.
            if let Err(fault) = records.learn(record) {
                tracing::warn!(
                    code = fault.reason().code(),
                    "an epoch record that was remembered contradicts another"
                );
            }
        }
    }
    // After the records, which agreed with each other when they came.
    for (_, pair) in store.scan(Table::FORKS)? {
        let [one, other]: [String; 2] = parse(&pair, MAX_FORK_BYTES, "fork").map_err(stored)?;
        let opened = records.insert_fork(&one, &other, &sources.histories);
        unless_keyless(opened, "a contradiction", &[(&one, TYP_EPOCH), (&other, TYP_EPOCH)])?;
    }
    for (_, text) in store.scan(Table::KNOWN_LISTS)? {
        let text = as_text(&text)?;
        let opened = SignedStatusList::open(text, &sources.histories);
        if let Some(list) = unless_keyless(opened, "a status list", &[(text, TYP_STATUS_LIST)])? {
            lists.insert(list).map_err(stored)?;
        }
    }
    Ok((records, lists))
}

/// What was opened; nothing where the keys that are known now do not vouch for it.
fn unless_keyless<T>(
    opened: Result<T, Fault>,
    what: &str,
    signed: &[(&str, &str)],
) -> Result<Option<T>, CoreError> {
    let fault = match opened {
        Ok(opened) => return Ok(Some(opened)),
        Err(fault) => fault,
    };
    let keyless = match fault.reason() {
        Reason::KeyUnknown | Reason::KeyNotValidThen => true,
        // Another key stands under that name now, which can be only where the DID is not the key itself.
        Reason::InvalidSignature => signed.iter().any(|(text, typ)| is_of_pinned_key(text, typ)),
        _ => false,
    };
    if !keyless {
        return Err(stored(fault));
    }
    tracing::warn!(
        code = fault.reason().code(),
        "{what} that was remembered is left out: its key is not known or not valid now; it stays stored"
    );
    Ok(None)
}

fn is_of_pinned_key(text: &str, typ: &str) -> bool {
    let stated = Jws::parse(text, typ, text.len()).and_then(|jws| jws.peek());
    let did = stated.ok().and_then(|payload| payload.get("iss")?.as_str()?.parse::<Did>().ok());
    did.is_some_and(|did| did.own_key().is_none())
}

fn remember_record(sources: &mut Sources, text: &str) -> Result<Vec<Change>, Fault> {
    let signed = SignedEpochRecord::open(text, &sources.histories)?;
    let record = signed.record().clone();
    let known = sources.records.of(&record.iss, &record.market);
    if known.iter().any(|old| old.hash() == signed.hash()) {
        return Ok(Vec::new());
    }
    let oldest = known.first().cloned();
    // Under its hash too: one of the same epoch may be stored that is left out now, because its key is not known.
    let mut changes = vec![Change::put(Table::KNOWN_RECORDS, record_id(&signed)?, text)];
    sources.records.insert(signed)?;
    // Few are kept of each market; what falls out in memory falls out of the store.
    let first = sources.records.of(&record.iss, &record.market).first().map(|new| new.record().epoch);
    if let Some(oldest) = oldest.filter(|oldest| first > Some(oldest.record().epoch)) {
        changes.push(Change::delete(Table::KNOWN_RECORDS, record_id(&oldest)?));
    }
    tracing::debug!(market = %shown(record.market.as_str(), MAX_MARKET_BYTES), epoch = record.epoch, "remembered");
    Ok(changes)
}

fn remember_list(sources: &mut Sources, text: &str) -> Result<Vec<Change>, Fault> {
    let list = SignedStatusList::open(text, &sources.histories)?;
    let known = sources.status.get(list.issuer(), list.uri());
    if known.is_some_and(|known| known.as_str() == text) {
        return Ok(Vec::new());
    }
    if known.is_none() && sources.status.iter().count() >= MAX_LISTS {
        tracing::warn!(list = %shown(list.uri(), MAX_SHOWN_BYTES), "too many status lists are known; not remembered");
        return Ok(Vec::new());
    }
    let id = Hash::of(b"", &jcs(&(list.issuer(), list.uri()))?);
    //= spec/text/status.md#REQ-STATUS-8
    //# A list MUST NOT be older than one that is known
    sources.status.insert(list)?;
    Ok(vec![Change::put(Table::KNOWN_LISTS, *id.as_bytes(), text)])
}

/// Keeps both records of a fork, the first one of each market: as evidence, and because the market is contested from then on.
fn remember_fork(sources: &mut Sources, conflict: &[String]) -> Result<Option<Change>, Fault> {
    let [one, other] = conflict else { return Ok(None) };
    if !sources.records.insert_fork(one, other, &sources.histories)? {
        return Ok(None);
    }
    let record = SignedEpochRecord::open(one, &sources.histories)?;
    let (issuer, market) = (&record.record().iss, &record.record().market);
    tracing::warn!(
        market = %shown(market.as_str(), MAX_MARKET_BYTES),
        "a market published two records where one may be; both are kept, and it is contested from now on"
    );
    let id = Hash::of(b"", &jcs(&(issuer, market))?);
    Ok(Some(Change::put(Table::FORKS, *id.as_bytes(), json(&[one, other])?)))
}

/// Issuer and market, hashed, then the epoch, then the record's hash: sorted by epoch within a market.
fn record_id(signed: &SignedEpochRecord) -> Result<Vec<u8>, Fault> {
    let record = signed.record();
    let market = Hash::of(b"", &jcs(&(&record.iss, &record.market))?);
    Ok([market.as_bytes().as_slice(), &record.epoch.to_be_bytes(), signed.hash().as_bytes()].concat())
}

fn as_text(bytes: &[u8]) -> Result<&str, CoreError> {
    std::str::from_utf8(bytes).map_err(|_| stored(Fault::new(Reason::Malformed, "known")))
}

/// Asks the store for something small.
pub(super) fn probe(store: &dyn Storage) -> Result<(), CoreError> {
    store.get(Table::KNOWN_STATE, STATE)?;
    Ok(())
}

/// What the store gives back must be what was put there.
pub(super) fn stored(fault: Fault) -> CoreError {
    CoreError::Storage(StorageError::failed(fault))
}

#[cfg(test)]
mod tests;
