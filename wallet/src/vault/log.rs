//! The log: everything that was received, shown, refused or declined, in order.

use faam_evidence::Kind;
use faam_spec::bbs::Pseudonym;
use faam_spec::client::Client;
use faam_spec::decision::{Grade, Outcome as Decided};
use faam_spec::did::Did;
use faam_spec::grid::Milestone;
use faam_spec::hash::{Hash, LedgerId};
use faam_spec::name::{MarketId, Role};
use faam_spec::peer::PeerId;
use faam_spec::query::{LedgerQuery, PrivateQuery};
use faam_spec::reason::Reason;
use faam_spec::request::SignedRequest;
use faam_spec::time::Timestamp;
use faam_store::Batch;
use serde::{Deserialize, Serialize};

use super::stop::ErasureTold;
use super::tables::{LOG, META, META_SEQ, from_bytes, to_bytes};
use super::{AskEnd, AskForgotten, Vault, VaultError};
use crate::persona::{FIRST, PersonaName};
use crate::receive::{Changes, Weight};
use crate::rules::Then;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// Its number, from 1, without gaps.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Under which persona: the first where nothing is said, which is so of what concerns the wallet as a whole too.
    #[serde(default, skip_serializing_if = "is_first")]
    pub persona: u32,
    /// What.
    #[serde(flatten)]
    pub what: Happened,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Happened {
    /// The vault was made.
    Created,
    /// The vault was made again, with the keys of a phrase.
    Restored,
    /// The vault was made again, with everything that was in a backup.
    RestoredBackup {
        /// When the backup was made.
        made: Timestamp,
        /// The last number of the log that was in it.
        up_to: u64,
    },
    /// The passphrase was changed.
    PassphraseChanged,
    /// A persona was made; the entry is under it.
    PersonaMade {
        /// What it is called.
        name: PersonaName,
    },
    /// A persona got another name; the entry is under it.
    PersonaRenamed {
        /// What it was called.
        from: PersonaName,
        /// What it is called now.
        name: PersonaName,
    },
    /// The vault was damaged, and made whole again with what was intact.
    Repaired {
        /// Records that are there again.
        records: u64,
        /// Records of which there were traces that could not be read.
        damaged: u64,
        /// Markets of whose ledger a part is missing.
        incomplete: Vec<MarketId>,
    },
    /// An offer was checked and kept.
    Received {
        /// The issuer.
        issuer: Did,
        /// The market.
        market: MarketId,
        /// The ledger.
        ledger: LedgerId,
        /// What people call the epoch.
        epoch: String,
        /// What changed.
        changes: Changes,
    },
    /// An offer was refused as a whole.
    OfferRefused {
        /// The issuer.
        issuer: Did,
        /// The market.
        market: MarketId,
        /// Why.
        code: Reason,
        /// In which object or member.
        place: String,
        /// What the contradiction is worth that was kept, if there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        conflict: Option<Weight>,
    },
    /// Evidence of another kind was judged and kept.
    Imported {
        /// What kind.
        kind: Kind,
        /// How it is known.
        grade: Grade,
        /// Who states it.
        by: String,
        /// Its hash.
        id: Hash,
        /// How many ratings it states.
        ratings: u64,
    },
    /// Evidence that was brought in was written to a file, to be handed on.
    Exported {
        /// Its hash.
        id: Hash,
    },
    /// Evidence that was brought in was forgotten.
    Forgotten {
        /// Its hash.
        id: Hash,
    },
    /// Something was shown. Written before anything leaves, and completed after.
    Shown {
        /// Who asked.
        to: WhoAsked,
        /// Digest of the request.
        request: Hash,
        /// Hash of the presentation's bytes.
        presentation: Hash,
        /// What was shown of ledgers, by name.
        ledgers: Vec<ShownLedger>,
        /// What was proven of private standings. Older entries lack it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        private: Vec<ShownPrivate>,
        /// When they are to delete it.
        delete_by: Timestamp,
        /// What they said to it.
        told: Told,
    },
    /// A dry run: a person looked at what would be shown, and nothing was.
    DryRun {
        /// Who asked.
        to: WhoAsked,
        /// Digest of the request.
        request: Hash,
        /// Digest of exactly what would be shown; none if the wallet has no answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approve: Option<Hash>,
        /// Why the wallet has no answer; none if it has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<Reason>,
    },
    /// The person did not agree.
    Declined {
        /// Who asked.
        to: WhoAsked,
        /// Digest of the request.
        request: Hash,
    },
    /// The person agreed, and not to what would have been shown.
    Withheld {
        /// Who asked.
        to: WhoAsked,
        /// Digest of the request.
        request: Hash,
        /// Why it was not shown.
        why: Withheld,
    },
    /// A higher step was asked for than was shown before, in a role that was then left aside: another one could answer.
    Climbing {
        /// Who asked.
        to: WhoAsked,
        /// Digest of the request.
        request: Hash,
    },
    /// A rule of the holder decided what becomes of a request; what came of it stands in the next entry.
    RuleApplied {
        /// Who asked.
        to: WhoAsked,
        /// Digest of the request.
        request: Hash,
        /// The rule's name.
        rule: String,
        /// What it does.
        then: Then,
    },
    /// The wallet had no answer.
    NotAnswered {
        /// Who asked.
        to: WhoAsked,
        /// Digest of the request.
        request: Hash,
        /// Why.
        code: Reason,
    },
    /// A party was blocked, and the erasure of what it was shown wanted.
    Blocked {
        /// Who.
        verifier: Client,
        /// What they called themselves last; empty if that is not known.
        name: String,
        /// Why, in the holder's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Numbers of the presentations about which it is asked.
        entries: Vec<u64>,
    },
    /// A block was taken back.
    Unblocked {
        /// Whose.
        verifier: Client,
        /// What they called themselves last; empty if that is not known.
        name: String,
    },
    /// A blocked party asked for something; nothing was shown.
    ByBlocked {
        /// Who asked.
        to: WhoAsked,
        /// Digest of the request.
        request: Hash,
    },
    /// Something came of asking for the erasure of a presentation.
    ErasureAnswered {
        /// Number of the presentation's entry.
        entry: u64,
        /// What.
        answer: ErasureTold,
    },
    /// The holder asked others something.
    Asked {
        /// The number of the question.
        ask: u64,
        /// Digest of the request.
        request: Hash,
        /// What the holder calls the policy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        policy: Option<String>,
        /// Why they asked.
        purpose: String,
        /// For how many days the answer is kept.
        retention_days: u32,
        /// Until when it can be answered.
        expires: Timestamp,
    },
    /// Somebody answered what the holder asked, and the answer was judged. What was learned is not in the log.
    AskDecided {
        /// The number of the question.
        ask: u64,
        /// Digest of the request.
        request: Hash,
        /// Hash of the presentation's bytes.
        presentation: Hash,
        /// How it was judged.
        outcome: Decided,
        /// Why not accepted.
        reasons: Vec<Reason>,
        /// When what was learned is deleted here.
        delete_by: Timestamp,
    },
    /// What the holder asked ended without an answer.
    AskEnded {
        /// The number of the question.
        ask: u64,
        /// Digest of the request.
        request: Hash,
        /// How.
        how: AskEnd,
    },
    /// What was learned by an answer was deleted.
    AskForgotten {
        /// The number of the question.
        ask: u64,
        /// Digest of the request.
        request: Hash,
        /// Why.
        why: AskForgotten,
    },
    /// From here on the holder believes an issuer about a market, when others show what it states.
    Believed {
        /// The issuer.
        issuer: Did,
        /// The market.
        market: MarketId,
    },
    /// From here on the holder does not.
    Disbelieved {
        /// The issuer.
        issuer: Did,
        /// The market.
        market: MarketId,
    },
    /// A request was not what its link said, or not valid; nothing was shown.
    RequestRefused {
        /// Whom the link named.
        verifier: Client,
        /// Why.
        code: Reason,
        /// In which object or member.
        place: String,
    },
}

/// Why something was not shown although the person agreed to something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// It was approved as it would have been shown before, and would be shown otherwise now.
    StaleApproval,
    /// What was approved is the answer to another request.
    OtherApproval,
    /// What was approved is nothing that this wallet has offered.
    UnknownApproval,
    /// It was approved once, and something was shown for it since.
    SpentApproval,
    /// The epoch record was not compared, and the person did not take the risk.
    NotCompared,
}

/// Who asked, as they say, and what for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhoAsked {
    /// What they call themselves.
    pub name: String,
    /// Their DID, whose key signed the request, or how else they are named.
    pub did: Client,
    /// The peer that took the answer; none if it was posted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<PeerId>,
    /// Where the answer was posted; none if a peer took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
    /// Why they asked.
    pub purpose: String,
    /// For how many days they keep the answer.
    pub retention_days: u32,
    /// That they said neither why nor for how long.
    #[serde(default, skip_serializing_if = "is_false")]
    pub terms_unsaid: bool,
    /// Where their terms can be read, as they say. Older entries lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<String>,
    /// The milestones that were asked for; nothing where ratings were. Older entries lack them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub milestones: Vec<AskedMilestones>,
    /// The standings that were asked for, and the ratings beside them; nothing where milestones were. Older entries lack them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ledgers: Vec<AskedLedger>,
}

/// A standing that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedLedger {
    /// Of one of these markets; any if empty.
    pub markets: Vec<MarketId>,
    /// The ratings beside it, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratings: Option<AskedRatings>,
}

/// Ratings that were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedRatings {
    /// In these roles; any if empty.
    pub roles: Vec<Role>,
    /// How many at least.
    pub at_least: u32,
    /// Whether all of them.
    pub complete: bool,
    /// What was to be disclosed of each.
    pub disclose: Vec<String>,
}

impl AskedLedger {
    /// What a query asks for.
    #[must_use]
    pub fn of(query: &LedgerQuery) -> Self {
        let ratings = query.ratings.as_ref().map(|ratings| AskedRatings {
            roles: ratings.roles.clone(),
            at_least: ratings.at_least,
            complete: ratings.complete,
            disclose: ratings.disclose.iter().cloned().collect(),
        });
        Self { markets: query.markets.clone(), ratings }
    }
}

impl AskedMilestones {
    /// What a query asks for.
    #[must_use]
    pub fn of(query: &PrivateQuery) -> Self {
        Self {
            markets: query.markets.clone(),
            roles: query.roles.clone(),
            milestones: query.milestones.as_slice().to_vec(),
        }
    }
}

/// Milestones that were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedMilestones {
    /// Of one of these markets; any if empty.
    pub markets: Vec<MarketId>,
    /// In one of these roles; any if empty.
    pub roles: Vec<Role>,
    /// All of these.
    pub milestones: Vec<Milestone>,
}

/// What was shown of one ledger, by name; never values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownLedger {
    /// The issuer.
    pub issuer: Did,
    /// The market.
    pub market: MarketId,
    /// The ledger.
    pub ledger: LedgerId,
    /// What people call the epoch of the standing.
    pub epoch: String,
    /// Names of the claims.
    pub names: Vec<String>,
    /// How many ratings.
    pub ratings: u64,
    /// Their indices in the ledger, in the order in which they were shown. Older entries lack them.
    #[serde(default)]
    pub indices: Vec<u64>,
    /// Of how many.
    pub of: u64,
    /// Whether as all of those asked for.
    pub complete: bool,
}

/// What was proven of one private standing. The pseudonym is the name under which this verifier knows the holder, and is kept
/// so that the holder can tell which one it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownPrivate {
    /// The issuer.
    pub issuer: Did,
    /// The market.
    pub market: MarketId,
    /// The ledger.
    pub ledger: LedgerId,
    /// The role.
    pub role: Role,
    /// What people call the epoch.
    pub epoch: String,
    /// The milestones, in the order of the grid.
    pub milestones: Vec<Milestone>,
    /// The holder's name at this verifier.
    pub pseudonym: Pseudonym,
}

/// What the other side said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Told {
    /// It was sent, or about to be; no answer is known.
    Unknown,
    /// They decided.
    Decided {
        /// How.
        outcome: Decided,
        /// Why not.
        reasons: Vec<Reason>,
        /// What is wrong with their receipt; nothing if it is good.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        receipt: Option<Reason>,
    },
    /// They took it, and said nothing of how they decide: verifiers that know no more than OpenID4VP do not.
    Taken,
    /// It may have been sent; then something failed.
    Failed {
        /// What.
        code: Reason,
    },
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
pub(crate) const fn is_first(persona: &u32) -> bool {
    *persona == FIRST
}

impl WhoAsked {
    /// Whether both asked the same; where their terms can be read is not looked at, because older entries do not say it.
    #[must_use]
    pub fn is_same_question(&self, other: &Self) -> bool {
        let bare = |asked: &Self| Self { terms: None, ..asked.clone() };
        bare(self) == bare(other)
    }

    /// Who made a request.
    #[must_use]
    pub fn of(request: &SignedRequest) -> Self {
        let asked = request.request();
        Self {
            milestones: asked.ask.query.private().iter().map(AskedMilestones::of).collect(),
            ledgers: asked.ask.query.ledgers().iter().map(AskedLedger::of).collect(),
            name: asked.ask.name.clone(),
            did: asked.verifier.clone(),
            peer: asked.peer(),
            post: asked.post().map(|post| post.uri.as_str().to_owned()),
            terms_unsaid: !asked.terms_said,
            terms: asked.ask.terms.clone(),
            purpose: asked.ask.purpose.clone(),
            retention_days: asked.ask.retention_days,
        }
    }
}

impl Vault {
    /// The newest entries of the log, newest first.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn log(&self, limit: usize) -> Result<Vec<LogEntry>, VaultError> {
        let mut entries = Vec::new();
        let last = self.last_seq()?;
        for seq in (1..=last).rev().take(limit) {
            if let Some(bytes) = self.store.get(LOG, &seq.to_be_bytes())? {
                entries.push(from_bytes(&bytes)?);
            }
        }
        Ok(entries)
    }

    /// Every presentation that may have left the wallet, oldest first.
    ///
    /// # Errors
    /// As [`Vault::log`].
    pub fn shown(&self) -> Result<Vec<LogEntry>, VaultError> {
        let mut entries = Vec::new();
        for (_, value) in self.store.scan(LOG)? {
            let entry: LogEntry = from_bytes(&value?)?;
            if matches!(entry.what, Happened::Shown { .. }) {
                entries.push(entry);
            }
        }
        Ok(entries)
    }

    /// The newest dry run in which this digest was offered for approval.
    ///
    /// # Errors
    /// As [`Vault::log`].
    pub fn dry_run(&self, approved: Hash) -> Result<Option<LogEntry>, VaultError> {
        let mut found = None;
        for (_, value) in self.store.scan(LOG)? {
            let entry: LogEntry = from_bytes(&value?)?;
            if matches!(&entry.what, Happened::DryRun { approve: Some(digest), .. } if *digest == approved) {
                found = Some(entry);
            }
        }
        Ok(found)
    }

    /// Writes an entry about the wallet as a whole, or under the first persona.
    ///
    /// # Errors
    /// [`VaultError::Commit`].
    pub fn note(&self, what: Happened, now: Timestamp) -> Result<LogEntry, VaultError> {
        self.note_under(FIRST, what, now)
    }

    /// Writes an entry under a persona.
    ///
    /// # Errors
    /// [`VaultError::Commit`].
    pub fn note_under(&self, persona: u32, what: Happened, now: Timestamp) -> Result<LogEntry, VaultError> {
        let (batch, entry) = self.with_log(Batch::new(), persona, what, now)?;
        self.store.commit(batch)?;
        Ok(entry)
    }

    /// Writes what the other side said into the entry of a presentation.
    ///
    /// # Errors
    /// [`VaultError::Commit`].
    pub fn note_told(&self, entry: &LogEntry, now_told: Told) -> Result<LogEntry, VaultError> {
        let (batch, entry) = with_told(Batch::new(), entry, now_told, None)?;
        self.store.commit(batch)?;
        Ok(entry)
    }

    pub(super) fn with_log(
        &self,
        batch: Batch,
        persona: u32,
        what: Happened,
        now: Timestamp,
    ) -> Result<(Batch, LogEntry), VaultError> {
        let entry = LogEntry { seq: self.next_seq()?, at: now, persona, what };
        let batch = batch.put(LOG, entry.seq.to_be_bytes(), to_bytes(&entry)?).put(
            META,
            META_SEQ,
            to_bytes(&entry.seq)?,
        );
        Ok((batch, entry))
    }

    pub(super) fn next_seq(&self) -> Result<u64, VaultError> {
        Ok(self.last_seq()?.saturating_add(1))
    }

    pub(super) fn last_seq(&self) -> Result<u64, VaultError> {
        self.store.get(META, META_SEQ)?.map_or(Ok(0), |bytes| from_bytes(&bytes))
    }
}

/// The entry of a presentation with what the other side said, and the day they named for deleting it.
pub(super) fn with_told(
    batch: Batch,
    entry: &LogEntry,
    now_told: Told,
    until: Option<Timestamp>,
) -> Result<(Batch, LogEntry), VaultError> {
    let mut entry = entry.clone();
    if let Happened::Shown { told, delete_by, .. } = &mut entry.what {
        *told = now_told;
        *delete_by = until.unwrap_or(*delete_by);
    }
    Ok((batch.put(LOG, entry.seq.to_be_bytes(), to_bytes(&entry)?), entry))
}
