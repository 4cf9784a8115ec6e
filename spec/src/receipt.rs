//! The receipt: who saw what, why and until when, signed by the verifier and kept by both (fields of ISO/IEC TS 27560).

use serde::{Deserialize, Serialize};

use crate::decision::{DecisionDocument, Outcome};
use crate::did::{Did, KeyHistories};
use crate::domain::TYP_RECEIPT;
use crate::encoding::from_value;
use crate::hash::Hash;
use crate::limits::{MAX_OUTCOME_BYTES, MAX_PRESENTED_LEDGERS};
use crate::name::MarketId;
use crate::presentation;
use crate::query::LedgerQuery;
use crate::reason::{Fault, Reason, refuse};
use crate::request::SignedRequest;
use crate::signed::{Signer, issued_at, open_jws};
use crate::time::{DAY, Timestamp};

/// What a receipt says. It names what was shown and never the values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// Format version, 0.
    pub v: u8,
    /// The verifier.
    pub iss: Did,
    /// When it was made.
    pub iat: Timestamp,
    /// Digest of the request.
    pub request: Hash,
    /// Hash of the presentation's bytes.
    pub presentation: Hash,
    /// What the verifier calls itself.
    pub name: String,
    /// Why it asked.
    pub purpose: String,
    /// When it deletes what it was shown.
    pub delete_by: Timestamp,
    /// How it decided.
    pub outcome: Outcome,
    /// What it was shown.
    pub shown: Vec<ShownNames>,
}

/// What was shown of one ledger, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownNames {
    /// The market, if it was named or verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<MarketId>,
    /// Names of the claims.
    pub names: Vec<String>,
    /// How many ratings.
    pub ratings: u64,
}

impl Receipt {
    /// The receipt for `bytes`, shown in answer to `request` and judged as `decision` says.
    #[must_use]
    pub fn new(request: &SignedRequest, bytes: &[u8], decision: &DecisionDocument) -> Self {
        let asked = request.request();
        let verified = |at: usize| decision.facts.get(at);
        let shown = asked.ask.query.ledgers().iter().enumerate().map(|(at, ledger)| ShownNames {
            market: verified(at).map(|facts| facts.market.clone()).or_else(|| only(&ledger.markets)),
            names: claim_names(ledger),
            ratings: verified(at).map_or(0, |facts| u64::try_from(facts.shown.len()).unwrap_or(u64::MAX)),
        });
        Self {
            v: 0,
            iss: asked.verifier.clone(),
            iat: decision.at,
            request: request.digest(),
            presentation: presentation::hash(bytes),
            name: asked.ask.name.clone(),
            purpose: asked.ask.purpose.clone(),
            delete_by: decision.at.plus(i64::from(asked.ask.retention_days) * DAY),
            outcome: decision.outcome,
            shown: shown.collect(),
        }
    }

    /// Signs the receipt.
    ///
    /// # Errors
    /// `internal`, which no receipt causes.
    pub fn sign(&self, signer: &Signer) -> Result<String, Fault> {
        signer.sign(self, TYP_RECEIPT)
    }

    /// Verifies a receipt for the presentation `bytes` in answer to `request`.
    ///
    /// # Errors
    /// Those of [`open_jws`]; `malformed` if it is of another verifier, request or presentation, states another purpose, or keeps
    /// what it was shown for longer than was asked.
    pub fn open(
        text: &str,
        request: &SignedRequest,
        bytes: &[u8],
        histories: &KeyHistories,
    ) -> Result<Self, Fault> {
        let (by, payload) = open_jws(text, TYP_RECEIPT, MAX_OUTCOME_BYTES, "iss", histories, issued_at)?;
        let receipt: Self = from_value(payload, "receipt")?;
        let asked = request.request();
        let longest = receipt.iat.plus(i64::from(asked.ask.retention_days) * DAY);
        if receipt.v != 0 {
            return refuse(Reason::UnsupportedVersion, "receipt.v");
        }
        if by != asked.verifier
            || receipt.request != request.digest()
            || receipt.presentation != presentation::hash(bytes)
            || receipt.purpose != asked.ask.purpose
            || receipt.delete_by > longest
            || receipt.shown.len() > MAX_PRESENTED_LEDGERS
        {
            return refuse(Reason::Malformed, "receipt");
        }
        Ok(receipt)
    }
}

fn only(markets: &[MarketId]) -> Option<MarketId> {
    match markets {
        [market] => Some(market.clone()),
        _ => None,
    }
}

fn claim_names(ledger: &LedgerQuery) -> Vec<String> {
    let mut names = vec!["standing".to_owned()];
    if let Some(ratings) = &ledger.ratings {
        names.extend(["value", "role"].map(str::to_owned));
        names.extend(ratings.disclose.iter().cloned());
    }
    names
}
