//! What the verifier keeps between asking and judging, on the disk: open requests, used nonces, and what was seen of markets.
//!
//! Any database will do in the place of the folders. What each of them has to hold is said by the traits, and tried by
//! `faam_verifier::conformance`.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use faam_verifier::spec::decision::DecisionDocument;
use faam_verifier::spec::did::{Did, KeyHistories};
use faam_verifier::spec::encoding::multi;
use faam_verifier::spec::epoch::SignedEpochRecord;
use faam_verifier::spec::hash::Hash;
use faam_verifier::spec::limits::{MAX_EPOCH_RECORD_BYTES, MAX_REQUEST_BYTES, MAX_STATUS_LIST_BYTES};
use faam_verifier::spec::reason::{Fault, Reason};
use faam_verifier::spec::status::SignedStatusList;
use faam_verifier::spec::time::Timestamp;
use faam_verifier::{
    EpochRecords, NonceStore, NonceStoreError, Pending, PendingStore, SourceCache, Sources, StatusLists,
    StoreError, Waiting,
};

use crate::folder::{Folder, wrong};

/// Most requests that are open at once.
const MAX_OPEN: usize = 10_000;

/// Open requests, one a file, named by its digest: what `faam-verify presentation --pending` takes.
#[derive(Debug)]
pub(crate) struct Pendings(pub(crate) Folder);

impl Pendings {
    fn read(&self, name: &str, now: Timestamp) -> io::Result<Option<Pending>> {
        let Some(bytes) = self.0.read(name, MAX_REQUEST_BYTES + 64)? else { return Ok(None) };
        // Its own signature is verified again. This service is named by its key, so that there are no histories to look it up in.
        let pending = Pending::from_bytes(&bytes, &KeyHistories::new(), now).map_err(damaged)?;
        Ok(pending.is_open(now).then_some(pending))
    }
}

impl PendingStore for Pendings {
    fn put(&mut self, pending: &Pending) -> Result<(), StoreError> {
        if self.0.names().map_err(unreachable)?.len() >= MAX_OPEN {
            return Err(StoreError::Full);
        }
        let bytes = pending.to_bytes().map_err(|fault| unreachable(damaged(fault)))?;
        let name = pending.request().digest().to_string();
        let created = self.0.create(&name, &bytes).map_err(unreachable)?;
        if created { Ok(()) } else { Err(StoreError::Exists) }
    }

    fn get(&mut self, request: Hash, now: Timestamp) -> Result<Option<Pending>, StoreError> {
        self.read(&request.to_string(), now).map_err(unreachable)
    }

    fn take(&mut self, request: Hash, now: Timestamp) -> Result<Option<Pending>, StoreError> {
        let Some(pending) = self.get(request, now)? else { return Ok(None) };
        // Whoever deletes the file has it.
        Ok(self.remove(request)?.then_some(pending))
    }

    fn remove(&mut self, request: Hash) -> Result<bool, StoreError> {
        self.0.remove(&request.to_string()).map_err(unreachable)
    }

    fn list(
        &mut self,
        now: Timestamp,
        after: Option<Hash>,
        at_most: usize,
    ) -> Result<Vec<Waiting>, StoreError> {
        let mut open = Vec::new();
        for name in self.0.names().map_err(unreachable)? {
            if let Some(pending) = self.read(&name, now).map_err(unreachable)? {
                let request = pending.request();
                open.push(Waiting { request: request.digest(), expires: request.request().expires });
            }
        }
        // In the order of the digests, which is another one than that of their texts.
        open.sort_by_key(|one| one.request);
        Ok(open
            .into_iter()
            .filter(|one| after.is_none_or(|after| one.request > after))
            .take(at_most)
            .collect())
    }

    fn sweep(&mut self, now: Timestamp) -> Result<(), StoreError> {
        for name in self.0.names().map_err(unreachable)? {
            if self.read(&name, now).map_err(unreachable)?.is_none() {
                self.0.remove(&name).map_err(unreachable)?;
            }
        }
        Ok(())
    }
}

/// Requests that were answered, a file for each nonce with the moment until which it has to be there.
#[derive(Debug)]
pub(crate) struct Nonces(pub(crate) Folder);

impl NonceStore for Nonces {
    fn consume(&mut self, nonce: &str, expires: Timestamp) -> Result<bool, NonceStoreError> {
        self.0.create(&multi(nonce), expires.seconds().to_string().as_bytes()).map_err(|error| {
            unreachable(error);
            NonceStoreError
        })
    }
}

impl Nonces {
    /// Forgets what expired.
    pub(crate) fn sweep(&self, now: Timestamp) -> io::Result<()> {
        for name in self.0.names()? {
            let bytes = self.0.read(&name, 32)?.unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            if text.parse::<Timestamp>().is_ok_and(|expires| expires <= now) {
                self.0.remove(&name)?;
            }
        }
        Ok(())
    }
}

/// What was seen of markets, as signed, one a file: what `faam-verify presentation --sources` takes. Beside it, forks: two records of
/// one market that contradict each other, a line each.
#[derive(Debug)]
pub(crate) struct Seen {
    folder: Folder,
    forks: Folder,
    histories: KeyHistories,
    /// What of it was read.
    sources: Sources,
    read: BTreeSet<String>,
    /// In which file the newest list of an address is.
    lists: BTreeMap<(Did, String), String>,
}

impl Seen {
    /// In these folders; `histories` are those of issuers whose DID is not their key.
    pub(crate) fn new(folder: Folder, forks: Folder, histories: KeyHistories) -> Self {
        let (sources, read, lists) = Default::default();
        Self { folder, forks, histories, sources, read, lists }
    }

    /// Reads what came since, from whomever.
    fn refresh(&mut self) -> io::Result<()> {
        loop {
            let mut vanished = false;
            for name in self.folder.names()? {
                if self.read.contains(&name) {
                    continue;
                }
                match self.folder.read(&name, MAX_STATUS_LIST_BYTES)? {
                    Some(bytes) => self.learn(&name, &text(bytes)?)?,
                    // A newer list took its place, and is not among these names.
                    None => vanished = true,
                }
                self.read.insert(name);
            }
            if !vanished {
                break;
            }
        }
        for name in self.forks.names()? {
            if self.read.insert(name.clone()) {
                let bytes = self.forks.read(&name, 2 * MAX_EPOCH_RECORD_BYTES + 1)?.unwrap_or_default();
                let both = text(bytes)?;
                let (one, other) = both.split_once('\n').ok_or_else(|| wrong("a fork is two records"))?;
                self.sources.records.insert_fork(one, other, &self.histories).map_err(damaged)?;
            }
        }
        Ok(())
    }

    fn learn(&mut self, name: &str, text: &str) -> io::Result<()> {
        if name.starts_with("record-") {
            let mut record = EpochRecords::new();
            let opened = SignedEpochRecord::open(text, &self.histories).map_err(damaged)?;
            record.insert(opened).map_err(damaged)?;
            // One that contradicts another, written by two at once, is a fork.
            self.sources.learn(&record, &StatusLists::new());
            return Ok(());
        }
        let list = SignedStatusList::open(text, &self.histories).map_err(damaged)?;
        self.keep_newest(list, name).map(drop)
    }

    /// Takes in a list that is in a file, and deletes the older one of the two; whether this one is newer.
    fn keep_newest(&mut self, list: SignedStatusList, name: &str) -> io::Result<bool> {
        let address = (list.issuer().clone(), list.uri().to_owned());
        if self.sources.status.insert(list).is_err() {
            self.folder.remove(name)?;
            return Ok(false);
        }
        match self.lists.insert(address, name.to_owned()) {
            Some(older) if older != name => self.folder.remove(&older).map(|_| true),
            _ => Ok(true),
        }
    }

    fn take_in(&mut self, decision: &DecisionDocument) -> io::Result<Vec<Fault>> {
        self.refresh()?;
        let mut left_out = Vec::new();
        for text in &decision.remember.records {
            let opened = SignedEpochRecord::open(text, &self.histories);
            match opened.and_then(|record| {
                self.sources.records.check(&record)?;
                Ok(record)
            }) {
                Err(fault) => left_out.push(fault),
                Ok(record) => {
                    let name = format!("record-{}", record.hash());
                    self.folder.create(&name, text.as_bytes())?;
                    self.sources.records.insert(record).map_err(damaged)?;
                    self.read.insert(name);
                }
            }
        }
        if let [one, other] = decision.conflict.as_slice() {
            match self.sources.records.insert_fork(one, other, &self.histories) {
                Err(fault) => left_out.push(fault),
                // Known already, or no evidence.
                Ok(false) => {}
                Ok(true) => {
                    let both = format!("{one}\n{other}");
                    let name = format!("fork-{}", Hash::of(b"", both.as_bytes()));
                    self.forks.create(&name, both.as_bytes())?;
                    self.read.insert(name);
                }
            }
        }
        for text in &decision.remember.status {
            match SignedStatusList::open(text, &self.histories) {
                Err(fault) => left_out.push(fault),
                Ok(list) => {
                    let name = format!("list-{}", list.hash());
                    self.folder.create(&name, text.as_bytes())?;
                    if !self.keep_newest(list, &name)? {
                        left_out.push(Fault::new(Reason::StatusOlder, "status_list.iat"));
                    }
                    self.read.insert(name);
                }
            }
        }
        Ok(left_out)
    }
}

impl SourceCache for Seen {
    fn load(&mut self, sources: &mut Sources) -> Result<(), StoreError> {
        self.refresh().map_err(unreachable)?;
        sources.learn(&self.sources.records, &self.sources.status);
        Ok(())
    }

    fn remember(
        &mut self,
        sources: &mut Sources,
        decision: &DecisionDocument,
    ) -> Result<Vec<Fault>, StoreError> {
        let taken_in = self.take_in(decision);
        if taken_in.is_err() {
            // It is not known what of it is on the disk: everything is read again.
            *self = Self::new(self.folder.clone(), self.forks.clone(), self.histories.clone());
        }
        let left_out = taken_in.map_err(unreachable)?;
        sources.learn(&self.sources.records, &self.sources.status);
        Ok(left_out)
    }
}

fn text(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|_| wrong("what was seen of a market is not UTF-8"))
}

fn damaged(fault: Fault) -> io::Error {
    wrong(format!("what is stored cannot be used: {fault}"))
}

/// Whoever runs the service is told what happened; whoever asked, that it cannot be said.
fn unreachable(error: io::Error) -> StoreError {
    crate::log(&format!("a store failed: {error}"));
    StoreError::Unreachable
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use faam_verifier::conformance;

    #[test]
    fn nonces_on_the_disk() {
        let dir = tempfile::tempdir().unwrap();
        conformance::nonces(|| Nonces(Folder::open(dir.path().join("used")).unwrap()));
        let nonces = Nonces(Folder::open(dir.path().join("used")).unwrap());
        let later = "2100-01-01T00:00:00Z".parse().unwrap();
        nonces.sweep(Timestamp::new(0).unwrap()).unwrap();
        assert!(!nonces.0.names().unwrap().is_empty(), "none of them expired");
        nonces.sweep(later).unwrap();
        assert!(nonces.0.names().unwrap().is_empty());
    }

    #[test]
    fn requests_on_the_disk() {
        let dir = tempfile::tempdir().unwrap();
        conformance::pendings(|| Pendings(Folder::open(dir.path().join("open")).unwrap()));
    }

    #[test]
    fn what_is_known_on_the_disk() {
        let dir = tempfile::tempdir().unwrap();
        let folder = |name| Folder::open(dir.path().join(name)).unwrap();
        conformance::sources(|| Seen::new(folder("seen"), folder("forks"), KeyHistories::new()));
        // Of the lists the newest of each address alone.
        let lists = |name: &&String| name.starts_with("list-");
        assert_eq!(folder("seen").names().unwrap().iter().filter(lists).count(), 10);
    }
}
