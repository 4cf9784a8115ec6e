//! The receipt: who saw what, why and until when, signed by the verifier and kept by both (fields of ISO/IEC TS 27560).
//!
//! Specified in `spec/text/decision.md`.

use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::decision::{DecisionDocument, Outcome};
use crate::did::KeyHistories;
use crate::domain::{TYP_EPOCH, TYP_RECEIPT};
use crate::encoding::from_value_exact;
use crate::hash::Hash;
use crate::jws::Jws;
use crate::limits::{KEY_BINDING_MAX_AGE, MAX_EPOCH_RECORD_BYTES, MAX_OUTCOME_BYTES};
use crate::name::MarketId;
use crate::presentation::{self, Presentation};
use crate::query::LedgerQuery;
use crate::reason::{Fault, Reason, refuse};
use crate::request::SignedRequest;
use crate::sdjwt::SdJwt;
use crate::signed::{Signer, issued_at, open_jws};
use crate::time::{DAY, Timestamp};

/// What a receipt says. It names what was shown and never the values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// Format version, 0.
    pub v: u8,
    /// The verifier.
    pub iss: Client,
    /// When it was made, by the verifier's clock.
    pub iat: Timestamp,
    /// Digest of the request (see [`SignedRequest::digest`]).
    pub request: Hash,
    /// Hash of the presentation's bytes.
    pub presentation: Hash,
    /// What the verifier calls itself, as it stood in the request.
    pub name: String,
    /// Why it asked, as it stood in the request.
    pub purpose: String,
    /// When it deletes what it was shown: at most the days of retention after `iat`.
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
    /// The market that the standing, or the record of a private standing, states; none if none could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<MarketId>,
    /// Names of the claims, in the order of the query; never their values.
    pub names: Vec<String>,
    /// How many ratings.
    pub ratings: u64,
}

impl Receipt {
    /// The receipt for `bytes`, shown in answer to `request` and judged as `decision` says. What was shown is told whatever the
    /// decision was.
    #[must_use]
    pub fn new(request: &SignedRequest, bytes: &[u8], decision: &DecisionDocument) -> Self {
        let asked = request.request();
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
            shown: shown_in(request, bytes),
        }
    }

    /// Signs the receipt.
    ///
    /// # Errors
    /// `internal`, which no receipt causes.
    pub fn sign(&self, signer: &Signer) -> Result<String, Fault> {
        signer.sign(self, TYP_RECEIPT)
    }

    /// Verifies a receipt of at most [`MAX_OUTCOME_BYTES`] for the presentation `bytes` in answer to `request`, received
    /// at `now`.
    ///
    /// # Errors
    /// Those of [`open_jws`] and [`issued_at`]; `unsupported.version`; `malformed` if it is of another verifier, request
    /// or presentation, states another name, purpose or other things than were shown, is dated more than
    /// [`KEY_BINDING_MAX_AGE`] seconds from `now`, or keeps what it was shown for longer than was asked; else `malformed`
    /// or the code of the member whose type refused its value.
    ///
    /// Implements REQ-DEC-4 to REQ-DEC-7 (`spec/text/decision.md`).
    pub fn open(
        text: &str,
        request: &SignedRequest,
        bytes: &[u8],
        histories: &KeyHistories,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        //= spec/text/decision.md#REQ-DEC-4
        //# A receipt MUST verify under the key that `iss` and `kid` name, as of its `iat`
        let (by, payload) = open_jws(text, TYP_RECEIPT, MAX_OUTCOME_BYTES, "iss", histories, issued_at)?;
        let receipt: Self = from_value_exact(payload, "receipt")?;
        if receipt.v != 0 {
            return refuse(Reason::UnsupportedVersion, "receipt.v");
        }
        let asked = request.request();
        //= spec/text/decision.md#REQ-DEC-4
        //# `iss` MUST be the verifier that asked
        //= spec/text/decision.md#REQ-DEC-5
        //# It MUST be for this request and this presentation.
        //= spec/text/decision.md#REQ-DEC-6
        //# `name` and `purpose` MUST be what was asked, and `shown` what was sent.
        if asked.verifier != by
            || receipt.request != request.digest()
            || receipt.presentation != presentation::hash(bytes)
            || receipt.name != asked.ask.name
            || receipt.purpose != asked.ask.purpose
            || receipt.shown != shown_in(request, bytes)
        {
            return refuse(Reason::Malformed, "receipt");
        }
        //= spec/text/decision.md#REQ-DEC-7
        //# `iat` MUST be within 300 s of the wallet's clock, and `delete_by` not later than was asked,
        //# counted from that clock with the same 300 s.
        let latest = now.plus(KEY_BINDING_MAX_AGE + i64::from(asked.ask.retention_days) * DAY);
        if receipt.iat.since(now).abs() > KEY_BINDING_MAX_AGE || receipt.delete_by > latest {
            return refuse(Reason::Malformed, "receipt.delete_by");
        }
        Ok(receipt)
    }
}

/// What `bytes` show in answer to `request`, by name. Both sides compute it from the bytes that were sent.
#[must_use]
pub fn shown_in(request: &SignedRequest, bytes: &[u8]) -> Vec<ShownNames> {
    let presentation = Presentation::parse(bytes).ok();
    let ledgers = request.request().ask.query.ledgers().iter().enumerate();
    let shown = ledgers.map(|(at, ledger)| {
        let proof = presentation.as_ref().and_then(|shown| shown.ledgers.get(at));
        let credentials = |id: &str| {
            presentation.as_ref().and_then(|shown| shown.vp_token.get(id)).map_or(&[] as &[_], Vec::as_slice)
        };
        let ratings = ledger.ratings.as_ref().map_or(0, |ratings| credentials(&ratings.id).len());
        let mut names = claim_names(ledger);
        if proof.is_some_and(|proof| !proof.replies.is_empty()) {
            names.push("reply".to_owned());
        }
        ShownNames {
            market: credentials(&ledger.standing).first().and_then(|text| stated_market(text)),
            names,
            ratings: u64::try_from(ratings).unwrap_or(u64::MAX),
        }
    });
    let private = request.request().ask.query.private().iter().enumerate().map(|(at, asked)| {
        let record = presentation.as_ref().and_then(|shown| shown.private.get(at)).map(|shown| &shown.record);
        let milestones = asked.milestones.as_slice().iter();
        ShownNames {
            market: record.and_then(|record| recorded_market(record)),
            names: milestones.map(ToString::to_string).collect(),
            ratings: 0,
        }
    });
    shown.chain(private).collect()
}

/// The market that an epoch record states.
fn recorded_market(text: &str) -> Option<MarketId> {
    let payload = Jws::parse(text, TYP_EPOCH, MAX_EPOCH_RECORD_BYTES).ok()?.peek().ok()?;
    payload.get("market")?.as_str()?.parse().ok()
}

/// The market that a standing states. It names what was shown; whether it is true is for the decision to say.
fn stated_market(text: &str) -> Option<MarketId> {
    let payload = SdJwt::parse(text).ok()?.jws().ok()?.peek().ok()?;
    payload.get("market")?.as_str()?.parse().ok()
}

fn claim_names(ledger: &LedgerQuery) -> Vec<String> {
    let mut names = vec!["standing".to_owned()];
    if let Some(ratings) = &ledger.ratings {
        names.extend(["value", "role"].map(str::to_owned));
        names.extend(ratings.disclose.iter().cloned());
    }
    names
}
