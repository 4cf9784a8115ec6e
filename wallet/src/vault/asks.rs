//! What a person asked of others: questions that are open, what came of them, and until when it is kept.

use std::collections::BTreeMap;

use faam_spec::decision::{DecisionDocument, Outcome as Decided};
use faam_spec::domain::{label_ask, label_ask_peer, label_identity};
use faam_spec::encoding::{multi, unmulti};
use faam_spec::hash::Hash;
use faam_spec::key::SigningKey;
use faam_spec::link::Link;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::signed::Signer;
use faam_spec::time::{DAY, Timestamp};
use faam_store::Batch;
use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::tables::{ASK, META, META_ASK, chunks, from_bytes, to_bytes};
use super::{Happened, Vault, VaultError};

/// For how long a question that nobody answered is remembered after its end, in days.
const REMEMBERED: i64 = 7;

/// The 16 random bytes from which, with the phrase, the keys of one question follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct QuestionId(String);

impl QuestionId {
    /// Draws one.
    pub fn random(rng: &mut dyn CryptoRngCore) -> Self {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        Self(multi(bytes))
    }
}

impl TryFrom<String> for QuestionId {
    type Error = Fault;
    fn try_from(text: String) -> Result<Self, Fault> {
        match unmulti(&text, "ask.id")?.len() {
            16 => Ok(Self(text)),
            _ => refuse(Reason::Malformed, "ask.id"),
        }
    }
}

impl From<QuestionId> for String {
    fn from(id: QuestionId) -> Self {
        id.0
    }
}

/// Under which key a question is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum AskedAs {
    /// A key of this question alone: nobody can tell that two questions are of one person.
    #[default]
    Nobody,
    /// The persona's identity key, by which those who were asked recognise the asker.
    Persona,
}

/// The keys of one question.
#[derive(Debug)]
pub struct AskKeys {
    /// Who signs the request and the receipt.
    pub signer: Signer,
    /// Seed of the network key of the peer that takes the answer.
    pub peer_seed: Zeroizing<[u8; 32]>,
}

/// A question, and what became of it.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeptAsk {
    /// Its number, from 1; none is given twice.
    pub number: u64,
    /// The persona that asks.
    pub persona: u32,
    /// From which its keys follow.
    pub id: QuestionId,
    /// Under which key it is signed.
    #[serde(default)]
    pub asked_as: AskedAs,
    /// When it was made.
    pub made: Timestamp,
    /// Until when it can be answered.
    pub expires: Timestamp,
    /// What the asker calls the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_name: Option<String>,
    /// The policy by which the answer is judged, as a policy file.
    pub policy: String,
    /// Whom the asker believed when it was made, as a trust file.
    pub trust: String,
    /// Where the peer listens.
    pub listen: Vec<String>,
    /// The link.
    pub link: String,
    /// Digest of the request.
    pub request: Hash,
    /// The request, as [`faam_verifier::Pending`] keeps it.
    pub pending: serde_json::Value,
    /// Why it was asked.
    pub purpose: String,
    /// For how many days the answer is kept.
    pub retention_days: u32,
    /// Where it stands.
    pub state: AskState,
}

/// Where a question stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AskState {
    /// It waits for its answer.
    Open,
    /// It is over, and nobody answered.
    Ended {
        /// How.
        how: AskEnd,
        /// When.
        at: Timestamp,
    },
    /// It was answered and judged.
    Decided(Box<KeptDecision>),
}

/// How a question ended that nobody answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskEnd {
    /// Its time was over.
    Expired,
    /// The asker took it back.
    Revoked,
    /// The wallet was made again from a backup; whether it was answered after that, nobody knows.
    Restored,
}

/// What an answer was found to be, for as long as the asker promised to keep it at most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptDecision {
    /// Hash of the presentation's bytes.
    pub presentation: Hash,
    /// When all of this is deleted.
    pub delete_by: Timestamp,
    /// The decision.
    pub decision: DecisionDocument,
    /// Which trust entry came nearest, where nobody was trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The same in Dutch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint_nl: Option<String>,
    /// The receipt, as signed and given.
    pub receipt: String,
}

/// Why what was learned is there no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskForgotten {
    /// The time was over for which the asker promised to keep it at most.
    Retention,
    /// The asker wanted so.
    Asked,
}

/// Says nothing of what was learned, nor of the link.
impl std::fmt::Debug for KeptAsk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeptAsk").field("number", &self.number).finish_non_exhaustive()
    }
}

impl KeptAsk {
    /// Whether it can be answered at `now`.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.state == AskState::Open && now < self.expires
    }

    /// The link, as it was given.
    ///
    /// # Errors
    /// What is wrong with a link that this program did not write.
    pub fn link(&self) -> Result<Link, Fault> {
        self.link.parse()
    }

    /// When nothing of it is kept any more; none while it is open.
    fn end(&self) -> Option<Timestamp> {
        match &self.state {
            AskState::Open => None,
            AskState::Ended { at, .. } => Some(at.plus(REMEMBERED * DAY)),
            AskState::Decided(kept) => Some(kept.delete_by),
        }
    }
}

impl Vault {
    /// The keys of a question.
    ///
    /// # Errors
    /// As [`Vault::phrase`].
    //= spec/text/asking.md#REQ-ASK-1
    //# signed by a key of its own, which is derived under the label of [a question](names.md#keys-of-a-person)
    pub fn ask_keys(&self, persona: u32, id: &QuestionId, asked_as: AskedAs) -> Result<AskKeys, VaultError> {
        let root = self.root()?;
        let key: SigningKey = match asked_as {
            AskedAs::Nobody => root.derive(&label_ask(persona, &id.0)),
            AskedAs::Persona => root.derive(&label_identity(persona)),
        };
        //= spec/text/asking.md#REQ-ASK-2
        //# The peer that takes the answer MUST have a name of its own for each question
        let peer_seed = root.derive(&label_ask_peer(persona, &id.0)).seed();
        Ok(AskKeys { signer: Signer::from_key(key), peer_seed })
    }

    /// Every question that is kept, in the order of their numbers.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn asks(&self) -> Result<Vec<KeptAsk>, VaultError> {
        let mut parts: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        for (id, value) in self.store.scan(ASK)? {
            let (number, _) = id.split_at_checked(8).ok_or(VaultError::Unfinished)?;
            // Sorted by id, so that the parts come in order.
            parts.entry(number.to_vec()).or_default().extend(value?);
        }
        parts.into_values().map(|bytes| from_bytes(&bytes)).collect()
    }

    /// One question.
    ///
    /// # Errors
    /// As [`Vault::asks`].
    pub fn ask(&self, number: u64) -> Result<Option<KeptAsk>, VaultError> {
        let mut bytes = Vec::new();
        for part in 0..=u8::MAX {
            match self.store.get(ASK, &ask_id(number, part))? {
                Some(piece) => bytes.extend(piece),
                None => break,
            }
        }
        if bytes.is_empty() { Ok(None) } else { from_bytes(&bytes).map(Some) }
    }

    /// The number of the next question.
    ///
    /// # Errors
    /// [`VaultError::Read`].
    pub(crate) fn next_ask(&self) -> Result<u64, VaultError> {
        let last: u64 = self.store.get(META, META_ASK)?.map_or(Ok(0), |bytes| from_bytes(&bytes))?;
        Ok(last.saturating_add(1))
    }

    /// Keeps a new question, before its link is shown to anybody.
    ///
    /// # Errors
    /// [`VaultError::Commit`].
    //= spec/text/asking.md#REQ-ASK-3
    //# MUST be on the disk before its link is shown
    pub fn keep_ask(&self, ask: &KeptAsk, now: Timestamp) -> Result<(), VaultError> {
        let happened = Happened::Asked {
            ask: ask.number,
            request: ask.request,
            policy: ask.policy_name.clone(),
            purpose: ask.purpose.clone(),
            retention_days: ask.retention_days,
            expires: ask.expires,
        };
        let batch = Batch::new().put(META, META_ASK, to_bytes(&ask.number)?);
        self.commit_ask(batch, ask, happened, now)
    }

    /// Keeps what an answer was found to be, with `more` that was learned of markets on the way: one change, on the disk when this
    /// returns.
    ///
    /// # Errors
    /// [`VaultError::Commit`].
    pub(crate) fn keep_decision(
        &self,
        ask: &KeptAsk,
        decided: &KeptDecision,
        more: Batch,
        now: Timestamp,
    ) -> Result<KeptAsk, VaultError> {
        let ask = KeptAsk { state: AskState::Decided(Box::new(decided.clone())), ..ask.clone() };
        let happened = Happened::AskDecided {
            ask: ask.number,
            request: ask.request,
            presentation: decided.presentation,
            outcome: decided.decision.outcome,
            reasons: decided.decision.reasons.iter().map(|reason| reason.code).collect(),
            delete_by: decided.delete_by,
        };
        self.commit_ask(more, &ask, happened, now)?;
        Ok(ask)
    }

    /// Takes an open question back; `None` if there is none of this number, else how it stands now.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Commit`].
    pub fn revoke_ask(&self, number: u64, now: Timestamp) -> Result<Option<KeptAsk>, VaultError> {
        let Some(ask) = self.ask(number)? else { return Ok(None) };
        match ask.is_open(now) {
            true => self.end_ask(ask, AskEnd::Revoked, now).map(Some),
            false => Ok(Some(ask)),
        }
    }

    fn end_ask(&self, ask: KeptAsk, how: AskEnd, now: Timestamp) -> Result<KeptAsk, VaultError> {
        let at = if how == AskEnd::Expired { ask.expires } else { now };
        let ask = KeptAsk { state: AskState::Ended { how, at }, ..ask };
        let happened = Happened::AskEnded { ask: ask.number, request: ask.request, how };
        self.commit_ask(Batch::new(), &ask, happened, now)?;
        Ok(ask)
    }

    /// Deletes a question that is over with what was learned by it; `false` if there is none, or it is open.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Commit`].
    pub fn forget_ask(&self, number: u64, now: Timestamp) -> Result<bool, VaultError> {
        let Some(ask) = self.ask(number)?.filter(|ask| !ask.is_open(now)) else { return Ok(false) };
        self.delete_ask(&ask, AskForgotten::Asked, now)?;
        Ok(true)
    }

    /// Ends questions whose time is over, and deletes what was promised to be kept no longer; gives how many were deleted with an answer.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Commit`].
    //= spec/text/asking.md#REQ-ASK-7
    //# MUST delete what it learned by an answer, decision and receipt included, when it is opened first after the end of the retention
    pub fn sweep_asks(&self, now: Timestamp) -> Result<u64, VaultError> {
        let mut deleted = 0;
        for ask in self.asks()? {
            if ask.state == AskState::Open && now >= ask.expires {
                self.end_ask(ask, AskEnd::Expired, now)?;
            } else if ask.end().is_some_and(|end| now >= end) {
                deleted += u64::from(matches!(ask.state, AskState::Decided(_)));
                self.delete_ask(&ask, AskForgotten::Retention, now)?;
            }
        }
        Ok(deleted)
    }

    /// Ends what was open when a backup was made.
    //= spec/text/asking.md#REQ-ASK-8
    //# A wallet that is made again from a backup MUST end the questions that were open in it
    pub(super) fn end_restored_asks(&self, now: Timestamp) -> Result<(), VaultError> {
        for ask in self.asks()?.into_iter().filter(|ask| ask.state == AskState::Open) {
            self.end_ask(ask, AskEnd::Restored, now)?;
        }
        Ok(())
    }

    fn delete_ask(&self, ask: &KeptAsk, why: AskForgotten, now: Timestamp) -> Result<(), VaultError> {
        let mut batch = self.without_parts(Batch::new(), ask.number, 0)?;
        if matches!(ask.state, AskState::Decided(_)) {
            let happened = Happened::AskForgotten { ask: ask.number, request: ask.request, why };
            (batch, _) = self.with_log(batch, ask.persona, happened, now)?;
        }
        self.tell_listener();
        Ok(self.store.commit(batch)?)
    }

    fn commit_ask(
        &self,
        mut batch: Batch,
        ask: &KeptAsk,
        happened: Happened,
        now: Timestamp,
    ) -> Result<(), VaultError> {
        let bytes = to_bytes(ask)?;
        let pieces = chunks(&bytes);
        for (part, piece) in (0..=u8::MAX).zip(&pieces) {
            batch = batch.put(ASK, ask_id(ask.number, part), piece);
        }
        let next = u8::try_from(pieces.len()).unwrap_or(u8::MAX);
        batch = self.without_parts(batch, ask.number, next)?;
        let (batch, _) = self.with_log(batch, ask.persona, happened, now)?;
        self.tell_listener();
        Ok(self.store.commit(batch)?)
    }

    fn without_parts(&self, mut batch: Batch, number: u64, from: u8) -> Result<Batch, VaultError> {
        for part in from..=u8::MAX {
            let id = ask_id(number, part);
            if self.store.get(ASK, &id)?.is_none() {
                break;
            }
            batch = batch.delete(ASK, id);
        }
        Ok(batch)
    }
}

/// How an answer was judged, in the words of the log.
#[must_use]
pub const fn decided_words(outcome: Decided) -> &'static str {
    match outcome {
        Decided::Accepted => "accepted",
        Decided::Refused => "refused",
        Decided::Undecided => "undecided",
    }
}

fn ask_id(number: u64, part: u8) -> Vec<u8> {
    [&number.to_be_bytes()[..], &[part]].concat()
}
