//! Parties that are blocked, what it takes to ask them for erasure, and what came of asking.
//!
//! Specified in `spec/text/erasure.md`.

use faam_spec::client::Client;
use faam_spec::erasure::{Erasure, ErasureState, KeptReason};
use faam_spec::hash::{Capability, Hash};
use faam_spec::link::Link;
use faam_spec::peer::{Address, PeerId};
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::Timestamp;
use faam_store::Batch;
use rand::Rng as _;
use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};

use super::tables::{BLOCKED, ERASURE, LOG, META, META_NOTICED, REACH, from_bytes, to_bytes};
use super::{Happened, LogEntry, Vault, VaultError};
use crate::persona::FIRST;

/// First pause after a question was not delivered, in seconds; doubled with each further one.
const FIRST_PAUSE: i64 = 300;
/// Longest pause, in seconds: a day.
const LONGEST_PAUSE: i64 = 86_400;
/// How often a question is tried at most.
const MAX_TRIES: u32 = 30;
/// So many entries of the log are read again rather than written about.
const REREAD: usize = 256;

/// What it takes to ask the verifier of a presentation for its erasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// The peer that took it.
    pub peer: PeerId,
    /// Where that was.
    pub addresses: Vec<Address>,
    /// The capability of the link.
    pub capability: Capability,
    /// What shows that the presentation was the holder's ([`faam_spec::erasure::proof`]).
    pub proof: Hash,
}

impl Reach {
    /// For the presentation `bytes`, shown at the peer of `link`.
    #[must_use]
    pub fn new(link: &Link, bytes: &[u8]) -> Self {
        Self {
            peer: link.peer(),
            addresses: link.addresses().to_vec(),
            capability: link.capability(),
            proof: faam_spec::erasure::proof(bytes),
        }
    }
}

/// A party that is blocked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocked {
    /// Who.
    pub verifier: Client,
    /// What they called themselves last; empty if that is not known.
    pub name: String,
    /// Since when.
    pub since: Timestamp,
    /// Why, in the holder's own words; never told to anybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What became of asking for the erasure of one presentation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureAsked {
    /// Number of the presentation's log entry.
    pub entry: u64,
    /// When the holder wanted it first.
    pub at: Timestamp,
    /// How often it was tried.
    pub tries: u32,
    /// What came of it.
    #[serde(flatten)]
    pub answer: ErasureAnswer,
}

/// What came of asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ErasureAnswer {
    /// It was not delivered yet.
    Waiting {
        /// Not before then it is tried again.
        next: Timestamp,
        /// Why it was not delivered the last time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<Reason>,
    },
    /// They signed that it is erased.
    Erased {
        /// When, as they say.
        on: Timestamp,
        /// The statement, as signed.
        statement: String,
    },
    /// They signed that it is kept.
    Kept {
        /// Why.
        reason: KeptReason,
        /// Until when.
        until: Timestamp,
        /// By when they had promised to delete it, where that is earlier.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        promised: Option<Timestamp>,
        /// The statement, as signed.
        statement: String,
    },
    /// They know nothing of it, or not any more; they signed nothing.
    Unknown {
        /// When they said so.
        on: Timestamp,
    },
    /// It cannot be asked over the network: the holder writes.
    ByHand {
        /// When the letter was written, if it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        letter: Option<Timestamp>,
    },
    /// It was tried too often, or its time was over.
    GivenUp {
        /// Why it was not delivered the last time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<Reason>,
    },
}

impl ErasureAsked {
    /// Whether nothing more is to come.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        !matches!(self.answer, ErasureAnswer::Waiting { .. })
    }

    /// Whether it is to be tried by now.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        matches!(self.answer, ErasureAnswer::Waiting { next, .. } if next <= now)
    }
}

/// Up to where the log was looked through for times that are over.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Noticed {
    /// Numbers of the log that were looked at.
    seq: u64,
    /// When the next time is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<Timestamp>,
    /// Up to when what was over was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    said: Option<Timestamp>,
}

impl Vault {
    /// Puts what it takes to ask for erasure beside the entry of a presentation.
    //= spec/text/erasure.md#REQ-ERASE-8
    //# With each presentation that a peer takes, a wallet MUST keep the peer, its addresses, the link's capability and the
    //# proof, sealed
    pub(super) fn with_reach(
        batch: Batch,
        entry: &LogEntry,
        reach: Option<&Reach>,
    ) -> Result<Batch, VaultError> {
        Ok(match reach {
            Some(reach) => batch.put(REACH, entry.seq.to_be_bytes(), to_bytes(reach)?),
            None => batch,
        })
    }

    /// What it takes to ask for the erasure of a presentation; none if it was posted, is older than this, or is over.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn reach(&self, entry: u64) -> Result<Option<Reach>, VaultError> {
        self.store.get(REACH, &entry.to_be_bytes())?.map(|bytes| from_bytes(&bytes)).transpose()
    }

    /// Everybody who is blocked, by name.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn blocked(&self) -> Result<Vec<Blocked>, VaultError> {
        let all = self.store.scan(BLOCKED)?.into_iter().map(|(_, value)| from_bytes(&value?));
        let mut all = all.collect::<Result<Vec<Blocked>, VaultError>>()?;
        all.sort_by(|a, b| (&a.name, a.verifier.as_str()).cmp(&(&b.name, b.verifier.as_str())));
        Ok(all)
    }

    /// Whether a party is blocked, whatever its name or the rest of its DID is now.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn is_blocked(&self, party: &Client) -> Result<Option<Blocked>, VaultError> {
        self.store.get(BLOCKED, &blocked_id(party))?.map(|bytes| from_bytes(&bytes)).transpose()
    }

    /// Begins to block a party, which [`Stopping::done`] does. Who is blocked already stays so.
    #[must_use]
    pub fn block(&self, party: &Client, name: &str, reason: Option<&str>) -> Stopping<'_> {
        let blocked = (party.clone(), name.to_owned(), reason.map(str::to_owned));
        Stopping { vault: self, blocked, asked: Vec::new() }
    }

    /// Takes a block back; whether there was one.
    ///
    /// # Errors
    /// [`VaultError::Commit`].
    pub fn unblock(&self, party: &Client, now: Timestamp) -> Result<bool, VaultError> {
        let Some(Blocked { verifier, name, .. }) = self.is_blocked(party)? else { return Ok(false) };
        let batch = Batch::new().delete(BLOCKED, blocked_id(party));
        let (batch, _) = self.with_log(batch, FIRST, Happened::Unblocked { verifier, name }, now)?;
        self.store.commit(batch)?;
        Ok(true)
    }

    /// What became of every question for erasure, in the order of the presentations.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn erasures(&self) -> Result<Vec<ErasureAsked>, VaultError> {
        self.store.scan(ERASURE)?.into_iter().map(|(_, value)| from_bytes(&value?)).collect()
    }

    /// What became of the question about one presentation.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn erasure(&self, entry: u64) -> Result<Option<ErasureAsked>, VaultError> {
        self.store.get(ERASURE, &entry.to_be_bytes())?.map(|bytes| from_bytes(&bytes)).transpose()
    }

    /// Keeps what a verifier signed about a presentation, and forgets what it took to ask.
    ///
    /// # Errors
    /// [`VaultError::Commit`].
    pub fn keep_erasure(
        &self,
        asked: &ErasureAsked,
        (statement, text): (&Erasure, &str),
        delete_by: Timestamp,
        now: Timestamp,
    ) -> Result<ErasureAsked, VaultError> {
        let statement_text = text.to_owned();
        let answer = match (statement.state, statement.reason, statement.until) {
            (ErasureState::Erased, ..) => {
                ErasureAnswer::Erased { on: statement.iat, statement: statement_text }
            }
            (ErasureState::Kept, Some(reason), Some(until)) => {
                let promised = (until > delete_by).then_some(delete_by);
                ErasureAnswer::Kept { reason, until, promised, statement: statement_text }
            }
            _ => return Err(Fault::new(Reason::Malformed, "erasure.state").into()),
        };
        self.end_erasure(asked, answer, now)
    }

    /// Notes that they know nothing of a presentation, and forgets what it took to ask.
    ///
    /// # Errors
    /// [`VaultError::Commit`].
    pub fn note_erasure_unknown(
        &self,
        asked: &ErasureAsked,
        now: Timestamp,
    ) -> Result<ErasureAsked, VaultError> {
        self.end_erasure(asked, ErasureAnswer::Unknown { on: now }, now)
    }

    /// Notes that a verifier does not take such questions over the network: the holder writes.
    ///
    /// # Errors
    /// [`VaultError::Commit`].
    pub fn note_erasure_by_hand(&self, asked: &ErasureAsked) -> Result<ErasureAsked, VaultError> {
        let answer = ErasureAnswer::ByHand { letter: None };
        let asked = ErasureAsked { tries: asked.tries.saturating_add(1), answer, ..asked.clone() };
        self.store.commit(Batch::new().put(ERASURE, asked.entry.to_be_bytes(), to_bytes(&asked)?))?;
        Ok(asked)
    }

    /// Under which persona an entry of the log is.
    fn persona_of_entry(&self, entry: u64) -> Result<u32, VaultError> {
        let found = self.store.get(LOG, &entry.to_be_bytes())?;
        found.map_or(Ok(FIRST), |bytes| from_bytes::<LogEntry>(&bytes).map(|entry| entry.persona))
    }

    //= spec/text/erasure.md#REQ-ERASE-8
    //# MUST delete them when they are of no use any more: when the statement came, or at `delete_by`.
    fn end_erasure(
        &self,
        asked: &ErasureAsked,
        answer: ErasureAnswer,
        now: Timestamp,
    ) -> Result<ErasureAsked, VaultError> {
        let asked = ErasureAsked { tries: asked.tries.saturating_add(1), answer, ..asked.clone() };
        let id = asked.entry.to_be_bytes();
        let batch = Batch::new().put(ERASURE, id, to_bytes(&asked)?).delete(REACH, id);
        let what = Happened::ErasureAnswered { entry: asked.entry, answer: ErasureTold::of(&asked.answer) };
        let (batch, _) = self.with_log(batch, self.persona_of_entry(asked.entry)?, what, now)?;
        self.store.commit(batch)?;
        Ok(asked)
    }

    /// Notes that a question was not delivered, and when it is tried again.
    ///
    /// # Errors
    /// [`VaultError::Commit`].
    //= spec/text/erasure.md#REQ-ERASE-11
    //# It is tried again with pauses that double from 5 minutes to a day, at most 30 times and not after `delete_by`.
    pub fn note_erasure_failed(
        &self,
        asked: &ErasureAsked,
        code: Reason,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<ErasureAsked, VaultError> {
        let tries = asked.tries.saturating_add(1);
        let next = now.plus(pause(tries));
        let answer = match tries >= MAX_TRIES || next >= until {
            false => ErasureAnswer::Waiting { next, code: Some(code) },
            true => ErasureAnswer::GivenUp { code: Some(code) },
        };
        let asked = ErasureAsked { tries, answer, ..asked.clone() };
        let id = asked.entry.to_be_bytes();
        let mut batch = Batch::new().put(ERASURE, id, to_bytes(&asked)?);
        if asked.is_over() {
            let what =
                Happened::ErasureAnswered { entry: asked.entry, answer: ErasureTold::of(&asked.answer) };
            batch = self.with_log(batch, self.persona_of_entry(asked.entry)?, what, now)?.0;
        }
        self.store.commit(batch)?;
        Ok(asked)
    }

    /// Notes that the letter about a presentation was written.
    ///
    /// # Errors
    /// [`VaultError::Commit`].
    pub fn note_letter(&self, entries: &[u64], now: Timestamp) -> Result<(), VaultError> {
        let mut batch = Batch::new();
        for entry in entries {
            let before = self.erasure(*entry)?;
            if before.as_ref().is_none_or(|asked| matches!(asked.answer, ErasureAnswer::ByHand { .. })) {
                let at = before.map_or(now, |asked| asked.at);
                let answer = ErasureAnswer::ByHand { letter: Some(now) };
                let asked = ErasureAsked { entry: *entry, at, tries: 0, answer };
                batch = batch.put(ERASURE, entry.to_be_bytes(), to_bytes(&asked)?);
            }
        }
        Ok(self.store.commit(batch)?)
    }

    /// Presentations whose time is over and of which that was not said yet; from now on it was. What it took to ask about them is
    /// forgotten.
    ///
    /// The log is looked through once: later calls look at what is new in it, and at all of it only when a time is over.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Commit`].
    //= spec/text/erasure.md#REQ-ERASE-13
    //# the holder MUST be told once
    pub fn newly_over(&self, now: Timestamp) -> Result<Vec<LogEntry>, VaultError> {
        let before: Noticed =
            self.store.get(META, META_NOTICED)?.map_or(Ok(Noticed::default()), |bytes| from_bytes(&bytes))?;
        let last = self.last_seq()?;
        let mut next = before.next;
        let fresh = usize::try_from(last.saturating_sub(before.seq)).unwrap_or(usize::MAX);
        // A restored log may be shorter than what was looked at.
        let fresh = if last < before.seq { usize::MAX } else { fresh };
        for entry in self.log(fresh)? {
            if let Happened::Shown { delete_by, .. } = entry.what {
                next = Some(next.map_or(delete_by, |next| next.min(delete_by)));
            }
        }
        let is_over = next.is_some_and(|next| next <= now);
        // What changes nothing is not worth a write, until it is much to read again.
        if !is_over && next == before.next && fresh < REREAD {
            return Ok(Vec::new());
        }
        let mut noticed = Noticed { seq: last, next, said: before.said };
        let (mut over, mut batch) = (Vec::new(), Batch::new());
        if is_over {
            noticed.next = None;
            for entry in self.shown()? {
                let Happened::Shown { delete_by, .. } = entry.what else { continue };
                // What came since may have been over from the beginning.
                let said = entry.seq <= before.seq && before.said.is_some_and(|said| delete_by <= said);
                match delete_by <= now {
                    false => {
                        noticed.next =
                            Some(noticed.next.map_or(delete_by, |next: Timestamp| next.min(delete_by)));
                    }
                    true if said => {}
                    true => {
                        batch = batch.delete(REACH, entry.seq.to_be_bytes());
                        over.push(entry);
                    }
                }
            }
            noticed.said = Some(now);
        }
        self.store.commit(batch.put(META, META_NOTICED, to_bytes(&noticed)?))?;
        Ok(over)
    }
}

/// A party that is about to be blocked, with the presentations about which it is asked: one change.
#[derive(Debug)]
pub struct Stopping<'a> {
    vault: &'a Vault,
    blocked: (Client, String, Option<String>),
    asked: Vec<ErasureAsked>,
}

impl Stopping<'_> {
    /// Asks about these presentations, in groups of which nothing ties one to another, the newest first: about the first group at
    /// once, about the others at random times within a day, or at once too.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    //= spec/text/erasure.md#REQ-ERASE-12
    //# Questions about presentations of which nothing tied one to another MUST NOT be asked at one time, unless the holder
    //# says so.
    pub fn asking(
        mut self,
        groups: &[Vec<u64>],
        together: bool,
        now: Timestamp,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<Self, VaultError> {
        for (at, group) in groups.iter().enumerate() {
            let next = if at == 0 || together { now } else { now.plus(rng.gen_range(3600..86_400)) };
            for entry in group {
                let before = self.vault.erasure(*entry)?;
                let reachable = self.vault.reach(*entry)?.is_some();
                let fresh = |answer| ErasureAsked { entry: *entry, at: now, tries: 0, answer };
                self.asked.push(match (before, reachable) {
                    // Asked for once more: a new beginning, for whatever can still be asked.
                    (Some(asked), true) if at == 0 || together || asked.is_over() => {
                        ErasureAsked { at: asked.at, ..fresh(ErasureAnswer::Waiting { next, code: None }) }
                    }
                    (Some(asked), _) => asked,
                    (None, true) => fresh(ErasureAnswer::Waiting { next, code: None }),
                    (None, false) => fresh(ErasureAnswer::ByHand { letter: None }),
                });
            }
        }
        Ok(self)
    }

    /// Does it.
    ///
    /// # Errors
    /// [`VaultError::Commit`].
    pub fn done(self, now: Timestamp) -> Result<Vec<ErasureAsked>, VaultError> {
        let Self { vault, blocked: (verifier, name, reason), asked } = self;
        let mut batch = Batch::new();
        let known = vault.is_blocked(&verifier)?;
        let (since, reason) = match &known {
            Some(known) => (known.since, reason.or_else(|| known.reason.clone())),
            None => (now, reason),
        };
        let blocked = Blocked { verifier: verifier.clone(), name: name.clone(), since, reason };
        batch = batch.put(BLOCKED, blocked_id(&verifier), to_bytes(&blocked)?);
        for asked in &asked {
            batch = batch.put(ERASURE, asked.entry.to_be_bytes(), to_bytes(asked)?);
        }
        let entries = asked.iter().map(|asked| asked.entry).collect();
        let what = Happened::Blocked { verifier, name, reason: blocked.reason, entries };
        let (batch, _) = vault.with_log(batch, FIRST, what, now)?;
        vault.store.commit(batch)?;
        Ok(asked)
    }
}

/// What came of asking, as the log says it: without the statement, which is kept beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ErasureTold {
    /// It is erased.
    Erased,
    /// It is kept.
    Kept {
        /// Why.
        reason: KeptReason,
        /// Until when.
        until: Timestamp,
    },
    /// They know nothing of it.
    Unknown,
    /// It could not be delivered.
    GivenUp {
        /// Why not, the last time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<Reason>,
    },
}

impl ErasureTold {
    const fn of(answer: &ErasureAnswer) -> Self {
        match answer {
            ErasureAnswer::Erased { .. } => Self::Erased,
            ErasureAnswer::Kept { reason, until, .. } => Self::Kept { reason: *reason, until: *until },
            ErasureAnswer::GivenUp { code } => Self::GivenUp { code: *code },
            ErasureAnswer::Unknown { .. } | ErasureAnswer::Waiting { .. } | ErasureAnswer::ByHand { .. } => {
                Self::Unknown
            }
        }
    }
}

/// By what somebody is told apart, whatever their name or their certificate is today.
fn blocked_id(party: &Client) -> Vec<u8> {
    super::tables::party_id(party.stable_part())
}

fn pause(tries: u32) -> i64 {
    let doubled = FIRST_PAUSE.saturating_mul(1_i64.checked_shl(tries.saturating_sub(1)).unwrap_or(i64::MAX));
    if tries > 20 { LONGEST_PAUSE } else { doubled.min(LONGEST_PAUSE) }
}
