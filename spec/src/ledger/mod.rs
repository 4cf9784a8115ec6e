//! The ledger: one append-only list of entries for each account of a market, over all its roles.
//!
//! The issuer appends with [`Ledger::push`]; a wallet replays the same records and compares heads and numbers. Both
//! run this code, so what it refuses can be neither issued nor received.
//!
//! Specified in `spec/text/ledger.md` and `spec/text/epoch.md`.

mod entry;
mod numbers;
mod record;

use std::collections::{BTreeMap, BTreeSet};

pub use entry::{Asker, Body, DisputeState, Entry, Kind};
pub use numbers::{LedgerNumbers, LiveRating, Numbers, Span, band};
pub(crate) use record::check_value as check_disclosed;
pub use record::{Details, Record, names};
use serde::{Deserialize, Serialize};

use crate::hash::{Hash, LedgerId, Salt};
use crate::limits::MAX_ROLES;
use crate::name::Role;
use crate::reason::{Fault, Reason};
use crate::time::Day;
use crate::tree::{Path, Tree, TreeHead};

/// Heads of both trees: what a market signs about a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerHead {
    /// Head of the log: all entries.
    pub log: TreeHead,
    /// Head of the live tree: current ratings only, in index order; its size is their count.
    pub live: TreeHead,
}

/// A ledger's head in one epoch, salted: a leaf of the epoch record's tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountHead {
    /// Format version, 0.
    pub v: u8,
    /// The ledger.
    pub ledger: LedgerId,
    /// Number of the epoch, in lengths of the market's epochs from Monday 1970-01-05.
    pub epoch: u64,
    /// Both heads.
    pub head: LedgerHead,
    /// Random, fresh in each epoch, so that the leaf cannot be guessed or followed.
    pub salt: Salt,
}

impl AccountHead {
    /// The leaf in the epoch record's tree.
    ///
    /// # Errors
    /// `internal`, which no head causes.
    pub fn leaf(&self) -> Result<Hash, Fault> {
        Ok(Hash::of(crate::domain::LEAF_HEAD, &crate::encoding::jcs(self)?))
    }
}

/// A ledger, complete from its first entry, of at most [`MAX_ROLES`] roles.
#[derive(Debug, Clone)]
pub struct Ledger {
    id: LedgerId,
    records: Vec<Record>,
    log: Tree,
    live: BTreeMap<u64, (Hash, LiveRating)>,
    roles: BTreeSet<Role>,
    withdrawn: u64,
    corrected: u64,
    bound: Option<Day>,
    bindings: u64,
}

impl Ledger {
    /// An empty ledger.
    #[must_use]
    pub fn new(id: LedgerId) -> Self {
        Self {
            id,
            records: Vec::new(),
            log: Tree::new(),
            live: BTreeMap::new(),
            roles: BTreeSet::new(),
            withdrawn: 0,
            corrected: 0,
            bound: None,
            bindings: 0,
        }
    }

    /// The ledger of these records.
    ///
    /// # Errors
    /// As [`Ledger::push`].
    ///
    /// Implements REQ-LEDGER-16 to REQ-LEDGER-21 (`spec/text/ledger.md`).
    pub fn replay(id: LedgerId, records: impl IntoIterator<Item = Record>) -> Result<Self, Fault> {
        let mut ledger = Self::new(id);
        for record in records {
            ledger.push(record)?;
        }
        Ok(ledger)
    }

    /// Appends a record. On refusal nothing has changed.
    ///
    /// # Errors
    /// `ledger.entry` if it is of another ledger, out of order, or breaks a rule: only a live rating can be corrected,
    /// withdrawn, disputed or replied to, a correction keeps role and rater, an open dispute alone can be settled, and a
    /// ledger has at most [`MAX_ROLES`] roles; `internal`, which no entry causes.
    ///
    /// Implements REQ-LEDGER-16 to REQ-LEDGER-21 (`spec/text/ledger.md`).
    pub fn push(&mut self, record: Record) -> Result<(), Fault> {
        let bad = |at| Fault::new(Reason::LedgerEntry, at);
        let entry = record.entry();
        //= spec/text/ledger.md#REQ-LEDGER-16
        //# `ledger` MUST be this ledger, and `index` the number of entries before.
        if entry.ledger != self.id || entry.index != self.log.len() {
            return Err(bad("entry.index"));
        }
        let leaf = entry.leaf()?;
        match &entry.body {
            Body::Rating { role, score, supersedes, .. } => {
                let details = record.details().ok_or_else(|| bad("entry._sd"))?;
                let mut disputed = false;
                if let Some(old) = supersedes {
                    //= spec/text/ledger.md#REQ-LEDGER-17
                    //# A correction MUST name a live rating of the same role and rater.
                    let (_, earlier) = self.live.get(old).ok_or_else(|| bad("entry.refs"))?;
                    if earlier.role != *role || earlier.rater != details.rater {
                        return Err(bad("entry.refs"));
                    }
                    // A correction does not end a dispute.
                    //= spec/text/ledger.md#REQ-LEDGER-17
                    //# That one stops being live, the correction becomes live in its own place, and counts as
                    //# one corrected. An open dispute goes on.
                    disputed = earlier.disputed;
                    self.live.remove(old);
                    self.corrected += 1;
                } else if self.roles.len() >= MAX_ROLES && !self.roles.contains(role) {
                    //= spec/text/ledger.md#REQ-LEDGER-21
                    //# A ledger MUST have at most 8 roles.
                    return Err(bad("entry.role"));
                }
                self.roles.insert(role.clone());
                let rating = LiveRating {
                    role: role.clone(),
                    normal: score.normal(),
                    day: details.day,
                    rater: details.rater.clone(),
                    disputed,
                };
                self.live.insert(entry.index, (leaf, rating));
            }
            Body::Reply { to, .. } => {
                //= spec/text/ledger.md#REQ-LEDGER-18
                //# A reply MUST name a live rating.
                if !self.live.contains_key(to) {
                    return Err(bad("entry.refs"));
                }
            }
            Body::Withdrawal { of, .. } => {
                //= spec/text/ledger.md#REQ-LEDGER-19
                //# A withdrawal MUST name a live rating. It stops being live and counts as one withdrawn.
                self.live.remove(of).ok_or_else(|| bad("entry.refs"))?;
                self.withdrawn += 1;
            }
            Body::Dispute { of, state, .. } => {
                //= spec/text/ledger.md#REQ-LEDGER-20
                //# A dispute that is `open` MUST name a live rating without an open dispute, one that is
                //# `settled` a live rating with an open dispute.
                let (_, rating) = self.live.get_mut(of).ok_or_else(|| bad("entry.refs"))?;
                let opened = *state == DisputeState::Open;
                if rating.disputed == opened {
                    return Err(bad("entry.state"));
                }
                rating.disputed = opened;
            }
            Body::Binding { day } => {
                self.bound = Some(*day);
                self.bindings += 1;
            }
        }
        self.log.push(&leaf);
        self.records.push(record);
        Ok(())
    }

    /// The ledger's name.
    #[must_use]
    pub const fn id(&self) -> LedgerId {
        self.id
    }

    /// Every record, in order.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Number of entries, corrected and withdrawn ones among them.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.log.len()
    }

    /// Whether nothing was recorded yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.log.is_empty()
    }

    /// The live ratings with their indices, in order.
    pub fn live(&self) -> impl Iterator<Item = (u64, &LiveRating)> + Clone {
        self.live.iter().map(|(index, (_, rating))| (*index, rating))
    }

    /// Whether entry `index` is a live rating.
    #[must_use]
    pub fn is_live(&self, index: u64) -> bool {
        self.live.contains_key(&index)
    }

    /// The day of the last binding (UTC), and how many there were.
    #[must_use]
    pub const fn binding(&self) -> (Option<Day>, u64) {
        (self.bound, self.bindings)
    }

    /// Heads of both trees.
    #[must_use]
    pub fn head(&self) -> LedgerHead {
        LedgerHead { log: self.log.head(), live: self.live_tree().head() }
    }

    /// Every number of the plain standing, with the last twelve months ending on `as_of` (UTC).
    ///
    /// Implements REQ-LEDGER-24 (`spec/text/ledger.md`).
    #[must_use]
    pub fn numbers(&self, as_of: Day) -> LedgerNumbers {
        let all = self.live.values().map(|(_, rating)| rating);
        let mut roles: BTreeMap<_, Vec<&LiveRating>> = BTreeMap::new();
        for rating in all.clone() {
            roles.entry(rating.role.clone()).or_default().push(rating);
        }
        LedgerNumbers {
            total: Span::of(all.clone(), as_of),
            roles: roles.into_iter().map(|(role, list)| (role, Span::of(list, as_of))).collect(),
            withdrawn: self.withdrawn,
            corrected: self.corrected,
            disputed: u64::try_from(all.filter(|rating| rating.disputed).count()).unwrap_or(u64::MAX),
        }
    }

    /// The log as a tree.
    #[must_use]
    pub const fn log(&self) -> &Tree {
        &self.log
    }

    /// The live ratings as a tree.
    #[must_use]
    pub fn live_tree(&self) -> Tree {
        Tree::of(self.live.values().map(|(leaf, _)| leaf))
    }

    /// Where rating `index` stands in the live tree, from 0; none if it is not live.
    #[must_use]
    pub fn live_position(&self, index: u64) -> Option<u64> {
        self.live
            .contains_key(&index)
            .then(|| u64::try_from(self.live.range(..index).count()).unwrap_or(u64::MAX))
    }

    /// Proof that the log extends its own first `size` entries; none if there are fewer.
    #[must_use]
    pub fn prove_extends(&self, size: u64) -> Option<Path> {
        self.log.prove_extends(size)
    }
}

#[cfg(test)]
mod tests;
