//! Making a question.

use faam_spec::did::Did;
use faam_spec::hash::Capability;
use faam_spec::limits::{
    MAX_KEPT_ASKS, MAX_LINK_ADDRESSES, MAX_NAME_BYTES, MAX_OPEN_ASKS, MAX_PURPOSE_BYTES, MAX_REQUEST_LIFE,
    MAX_RETENTION_DAYS,
};
use faam_spec::link::{Link, LinkKind};
use faam_spec::peer::{Address, PeerId};
use faam_spec::query::Query;
use faam_spec::reason::{Fault, Reason};
use faam_spec::request::Ask;
use faam_spec::time::Timestamp;
use faam_verifier::policy::FileError;
use faam_verifier::{Policy, Trust, TrustEntry, TrustFile, Unbelieved};
use rand_core::CryptoRngCore;
use serde::Serialize;

use crate::vault::{AskKeys, AskState, AskedAs, KeptAsk, QuestionId, Vault, VaultError};

/// What a question is made of.
#[derive(Debug, Clone)]
pub struct AskTerms {
    /// The persona that asks.
    pub persona: u32,
    /// Under which key.
    pub asked_as: AskedAs,
    /// What the asker calls itself; the asked reads it, and it proves nothing.
    pub name: String,
    /// Why it is asked, in one to three sentences.
    pub purpose: String,
    /// For how many days the answer is kept at most: 1 to 3,660.
    pub retention_days: u32,
    /// For how many seconds it can be answered: at most a week.
    pub life: i64,
    /// What is asked, where the policy does not say it.
    pub query: Option<Query>,
    /// What the asker calls the policy.
    pub policy_name: Option<String>,
    /// The policy by which the answer is judged, as a policy file.
    pub policy: String,
    /// Whom the asker believes, as a trust file.
    pub trust: String,
}

/// Why no question was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// A value makes no sense.
    #[error("{what}: {why}")]
    Input {
        /// Which.
        what: &'static str,
        /// What is wrong, and what would be right.
        why: &'static str,
    },
    /// The policy cannot be read.
    #[error("the policy cannot be used: {0}")]
    Policy(FileError),
    /// The trust file cannot be read.
    #[error("the trust file cannot be used: {0}")]
    Trust(FileError),
    /// Nobody is believed for what is asked.
    #[error("{0}")]
    Unbelieved(Unbelieved),
    /// As many are open, or kept, as may be.
    #[error("{0}")]
    TooMany(&'static str),
    /// The request could not be made.
    #[error("{0}")]
    Fault(#[from] Fault),
    /// The vault could not be read or written.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl AskError {
    /// The stable reason code.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::Input { .. } => Reason::InputMalformed,
            Self::Policy(error) | Self::Trust(error) => error.reason(),
            Self::Unbelieved(_) => Reason::Untrusted,
            Self::TooMany(_) => Reason::NetBusy,
            Self::Fault(fault) => fault.reason(),
            Self::Vault(error) => error.reason(),
        }
    }
}

/// A question whose keys are known, and that waits to hear where its peer can be reached.
#[derive(Debug)]
pub struct MadeAsk {
    terms: AskTerms,
    query: Query,
    id: QuestionId,
    keys: AskKeys,
}

/// Looks at everything that a question needs, and draws its keys.
///
/// # Errors
/// [`AskError`].
pub fn make(
    vault: &Vault,
    terms: AskTerms,
    now: Timestamp,
    rng: &mut dyn CryptoRngCore,
) -> Result<MadeAsk, AskError> {
    check(&terms)?;
    let asks = vault.asks()?;
    //= spec/text/asking.md#REQ-ASK-9
    //# At most 16 questions MUST be open at once, and at most 1,000 kept
    if asks.iter().filter(|ask| ask.is_open(now)).count() >= MAX_OPEN_ASKS {
        return Err(AskError::TooMany(
            "16 questions are open, which is as many as may be; take one back, or wait for an answer",
        ));
    }
    if asks.len() >= MAX_KEPT_ASKS {
        return Err(AskError::TooMany(
            "1,000 questions are kept, which is as many as may be; forget some that are over",
        ));
    }
    let policy = Policy::parse(&terms.policy).map_err(AskError::Policy)?;
    let trust = TrustFile::parse(&terms.trust).map_err(AskError::Trust)?.trust;
    let query = match &terms.query {
        Some(query) => query.clone(),
        None => policy.query()?,
    };
    //= spec/text/asking.md#REQ-ASK-4
    //# A question MUST NOT be asked that no answer could be believed for
    if let Some(unbelieved) = trust.unbelieved(&query) {
        return Err(AskError::Unbelieved(unbelieved));
    }
    let query = trust.name_issuers(query)?;
    let id = QuestionId::random(rng);
    let keys = vault.ask_keys(terms.persona, &id, terms.asked_as)?;
    Ok(MadeAsk { terms, query, id, keys })
}

fn check(terms: &AskTerms) -> Result<(), AskError> {
    let bad = |what, why| Err(AskError::Input { what, why });
    if terms.purpose.trim().is_empty() || terms.purpose.len() > MAX_PURPOSE_BYTES {
        return bad(
            "--purpose",
            "say in one to three sentences why you ask, in at most 500 bytes; they read this",
        );
    }
    if terms.name.trim().is_empty() || terms.name.len() > MAX_NAME_BYTES {
        return bad("--name", "what you call yourself has 1 to 100 bytes");
    }
    if !(1..=MAX_RETENTION_DAYS).contains(&terms.retention_days) {
        return bad("--retention", "answers are kept for 1 to 3660 days");
    }
    if !(1..=MAX_REQUEST_LIFE).contains(&terms.life) {
        return bad("--valid", "a question stands for 1 minute to 7 days, which are 10080 minutes");
    }
    Ok(())
}

impl MadeAsk {
    /// Seed of the network key of the peer that takes the answer.
    #[must_use]
    pub fn peer_seed(&self) -> zeroize::Zeroizing<[u8; 32]> {
        self.keys.peer_seed.clone()
    }

    /// Who asks, as the link and the request name them.
    #[must_use]
    pub const fn asker(&self) -> &Did {
        self.keys.signer.did()
    }

    /// What is asked.
    #[must_use]
    pub const fn query(&self) -> &Query {
        &self.query
    }

    /// Signs the question and keeps it: it is on the disk when this returns, and can be answered at `announce` as long as its peer
    /// listens at `listen`.
    ///
    /// # Errors
    /// [`AskError`].
    pub fn keep(
        self,
        vault: &Vault,
        peer: PeerId,
        listen: Vec<String>,
        mut announce: Vec<Address>,
        now: Timestamp,
        rng: &mut (impl CryptoRngCore + ?Sized),
    ) -> Result<KeptAsk, AskError> {
        let Self { terms, query, id, keys } = self;
        announce.truncate(MAX_LINK_ADDRESSES);
        let ask = Ask {
            name: terms.name,
            purpose: terms.purpose.clone(),
            retention_days: terms.retention_days,
            terms: None,
            query,
            life: terms.life,
        };
        let mut rng = rng;
        let (request, pending) = faam_verifier::start(ask, peer, &keys.signer, now, &mut rng)?;
        let (digest, expires) = (request.digest(), request.request().expires);
        let capability = Capability::random(&mut rng);
        let link =
            Link::new(LinkKind::Present, peer, keys.signer.did().clone(), capability, expires, announce)?;
        let bytes = pending.to_bytes()?;
        let pending = faam_spec::encoding::parse(&bytes, bytes.len(), "pending")?;
        let kept = KeptAsk {
            number: vault.next_ask()?,
            persona: terms.persona,
            id,
            asked_as: terms.asked_as,
            made: now,
            expires,
            policy_name: terms.policy_name,
            policy: terms.policy,
            trust: terms.trust,
            listen,
            link: link.to_string(),
            request: digest,
            pending,
            purpose: terms.purpose,
            retention_days: terms.retention_days,
            state: AskState::Open,
        };
        vault.keep_ask(&kept, now)?;
        Ok(kept)
    }
}

#[derive(Serialize)]
struct Written {
    v: u8,
    trust: Trust,
}

/// A trust file of these entries.
///
/// # Errors
/// `internal`, which no entry causes.
pub fn trust_text(entries: Vec<TrustEntry>) -> Result<String, Fault> {
    let written = Written { v: 0, trust: Trust::new(entries) };
    toml::to_string(&written).map_err(|_| Fault::new(Reason::Internal, "trust"))
}
