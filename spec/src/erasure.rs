//! Asking for erasure: how a holder shows that a presentation was theirs, and what the verifier signs in answer.
//!
//! Specified in `spec/text/erasure.md`.

use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::did::KeyHistories;
use crate::domain::{HASH_ERASURE, TYP_ERASURE};
use crate::encoding::from_value_exact;
use crate::hash::Hash;
use crate::limits::{KEY_BINDING_MAX_AGE, MAX_ERASURE_BYTES};
use crate::reason::{Fault, Reason, refuse};
use crate::signed::{Signer, issued_at, open_jws};
use crate::time::Timestamp;

/// What shows that somebody had the bytes of a presentation: a hash of them of its own, which stands in no receipt.
///
/// Only whoever sent them and whoever was sent them can compute it, whatever was in them, and it tells neither anything new.
///
/// Implements REQ-ERASE-1 (`spec/text/erasure.md`).
//= spec/text/erasure.md#REQ-ERASE-1
//# `proof` is `H("faam/erasure/0\n", the presentation's bytes)`
#[must_use]
pub fn proof(presentation: &[u8]) -> Hash {
    Hash::of(HASH_ERASURE, presentation)
}

/// What became of what was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErasureState {
    /// It is erased.
    Erased,
    /// It is kept.
    Kept,
}

/// Something that was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErasedPart {
    /// What the presentation proved.
    Facts,
    /// The verifier's copy of the receipt, with the names of what was shown.
    Receipt,
}

/// Why something is kept although its erasure was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptReason {
    /// A law demands it.
    LegalObligation,
    /// It is needed to establish, exercise or defend a legal claim.
    LegalClaim,
    /// It is still needed for what it was asked for.
    StillNeeded,
}

impl KeptReason {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::LegalObligation, Self::LegalClaim, Self::StillNeeded];

    /// Its name in JSON and in configurations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LegalObligation => "legal_obligation",
            Self::LegalClaim => "legal_claim",
            Self::StillNeeded => "still_needed",
        }
    }
}

/// What a verifier signs when it was asked to erase something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    /// Format version, 0.
    pub v: u8,
    /// The verifier.
    pub iss: Client,
    /// When it was done, or refused, by the verifier's clock.
    pub iat: Timestamp,
    /// Digest of the request that was answered.
    pub request: Hash,
    /// Hash of the presentation's bytes.
    pub presentation: Hash,
    /// What became of it.
    pub state: ErasureState,
    /// What was erased; not there if it is kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub erased: Vec<ErasedPart>,
    /// Why it is kept; not there if it is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<KeptReason>,
    /// Until when it is kept; not there if it is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// What an answer has to be about.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// To whom it was shown.
    pub verifier: &'a Client,
    /// Digest of the request.
    pub request: Hash,
    /// Hash of the presentation's bytes.
    pub presentation: Hash,
    /// When it was shown, by the wallet's clock.
    pub at: Timestamp,
}

impl Erasure {
    /// That facts and receipt are erased.
    #[must_use]
    pub fn done(iss: Client, request: Hash, presentation: Hash, iat: Timestamp) -> Self {
        Self {
            v: 0,
            iss,
            iat,
            request,
            presentation,
            state: ErasureState::Erased,
            erased: vec![ErasedPart::Facts, ErasedPart::Receipt],
            reason: None,
            until: None,
        }
    }

    /// That it is kept until then, for a reason.
    #[must_use]
    pub fn kept(self, reason: KeptReason, until: Timestamp) -> Self {
        let (reason, until) = (Some(reason), Some(until));
        Self { state: ErasureState::Kept, erased: Vec::new(), reason, until, ..self }
    }

    /// Signs it.
    ///
    /// # Errors
    /// `internal`, which no statement causes.
    pub fn sign(&self, signer: &Signer) -> Result<String, Fault> {
        signer.sign(self, TYP_ERASURE)
    }

    /// Verifies a statement of at most [`MAX_ERASURE_BYTES`] about `shown`, received at `now`.
    ///
    /// # Errors
    /// Those of [`open_jws`] and [`issued_at`]; `unsupported.version`; `malformed` if it is of another verifier, request or
    /// presentation, is dated before the showing or after `now` by more than [`KEY_BINDING_MAX_AGE`] seconds, or says neither that it
    /// is erased nor why it is kept; else `malformed` or the code of the member whose type refused its value.
    ///
    /// Implements REQ-ERASE-4 to REQ-ERASE-7 (`spec/text/erasure.md`).
    pub fn open(
        text: &str,
        shown: &Shown<'_>,
        histories: &KeyHistories,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        //= spec/text/erasure.md#REQ-ERASE-4
        //# The statement MUST verify under the key that `iss` and `kid` name, as of its `iat`
        let (by, payload) = open_jws(text, TYP_ERASURE, MAX_ERASURE_BYTES, "iss", histories, issued_at)?;
        let statement: Self = from_value_exact(payload, "erasure")?;
        if statement.v != 0 {
            return refuse(Reason::UnsupportedVersion, "erasure.v");
        }
        //= spec/text/erasure.md#REQ-ERASE-4
        //# `iss` MUST be the verifier to whom it was shown
        //= spec/text/erasure.md#REQ-ERASE-5
        //# It MUST be for this request and this presentation.
        if *shown.verifier != by
            || statement.request != shown.request
            || statement.presentation != shown.presentation
        {
            return refuse(Reason::Malformed, "erasure");
        }
        //= spec/text/erasure.md#REQ-ERASE-6
        //# `iat` MUST NOT be before the showing or after the wallet's clock, each by more than 300 s.
        if shown.at.since(statement.iat) > KEY_BINDING_MAX_AGE
            || statement.iat.since(now) > KEY_BINDING_MAX_AGE
        {
            return refuse(Reason::Malformed, "erasure.iat");
        }
        statement.check_state()?;
        Ok(statement)
    }

    //= spec/text/erasure.md#REQ-ERASE-7
    //# What is erased MUST be named once each, without `reason` and `until`; what is kept MUST have both, and no `erased`.
    fn check_state(&self) -> Result<(), Fault> {
        let once = self.erased.iter().zip(self.erased.iter().skip(1)).all(|(one, next)| one < next);
        let says = (self.erased.is_empty(), self.reason.is_some(), self.until.is_some());
        match (self.state, says) {
            (ErasureState::Erased, (false, false, false)) if once => Ok(()),
            (ErasureState::Kept, (true, true, true)) => Ok(()),
            _ => refuse(Reason::Malformed, "erasure.state"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SigningKey;

    fn signer() -> Signer {
        Signer::from_key(SigningKey::from_seed(&[3; 32]))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::new(1_795_300_000 + seconds).unwrap()
    }

    //= spec/text/erasure.md#REQ-ERASE-1
    //= type=test
    //# `proof` is `H("faam/erasure/0\n", the presentation's bytes)`
    #[test]
    fn the_proof_is_not_what_receipts_say() {
        assert_eq!(proof(b"{}"), Hash::of(b"faam/erasure/0\n", b"{}"));
        assert_ne!(proof(b"{}"), crate::presentation::hash(b"{}"));
    }

    //= spec/text/erasure.md#REQ-ERASE-4
    //= type=test
    //# `iss` MUST be the verifier to whom it was shown
    //= spec/text/erasure.md#REQ-ERASE-5
    //= type=test
    //# It MUST be for this request and this presentation.
    //= spec/text/erasure.md#REQ-ERASE-6
    //= type=test
    //# `iat` MUST NOT be before the showing or after the wallet's clock, each by more than 300 s.
    #[test]
    fn statements_are_of_this_verifier_request_presentation_and_time() {
        let signer = signer();
        let verifier = Client::from(signer.did().clone());
        let (request, presentation) = (Hash::from_bytes([1; 32]), Hash::from_bytes([2; 32]));
        let shown = Shown { verifier: &verifier, request, presentation, at: at(0) };
        let none = KeyHistories::new();
        let done = Erasure::done(verifier.clone(), request, presentation, at(50));
        let text = done.sign(&signer).unwrap();
        assert_eq!(Erasure::open(&text, &shown, &none, at(60)).unwrap(), done);
        // Told again long after.
        assert!(Erasure::open(&text, &shown, &none, at(90 * 86_400)).is_ok());
        let kept = done.clone().kept(KeptReason::LegalObligation, at(900));
        let text = kept.sign(&signer).unwrap();
        assert_eq!(Erasure::open(&text, &shown, &none, at(60)).unwrap(), kept);

        let other = Signer::from_key(SigningKey::from_seed(&[4; 32]));
        let of_other = Erasure { iss: other.did().clone().into(), ..done.clone() };
        let cases = [
            (of_other.sign(&other).unwrap(), "erasure"),
            (Erasure { request: presentation, ..done.clone() }.sign(&signer).unwrap(), "erasure"),
            (Erasure { presentation: request, ..done.clone() }.sign(&signer).unwrap(), "erasure"),
            (Erasure { iat: at(-301), ..done.clone() }.sign(&signer).unwrap(), "erasure.iat"),
            (Erasure { iat: at(361), ..done }.sign(&signer).unwrap(), "erasure.iat"),
        ];
        for (text, place) in cases {
            let fault = Erasure::open(&text, &shown, &none, at(60)).unwrap_err();
            assert_eq!((fault.reason(), fault.at()), (Reason::Malformed, place));
        }
    }

    //= spec/text/erasure.md#REQ-ERASE-7
    //= type=test
    //# What is erased MUST be named once each, without `reason` and `until`; what is kept MUST have both, and no `erased`.
    #[test]
    fn a_statement_says_one_thing() {
        let iss = Client::from(signer().did().clone());
        let done = Erasure::done(iss, Hash::from_bytes([1; 32]), Hash::from_bytes([2; 32]), at(0));
        let kept = done.clone().kept(KeptReason::StillNeeded, at(9));
        assert!(done.check_state().is_ok() && kept.check_state().is_ok());
        let twice = vec![ErasedPart::Facts, ErasedPart::Facts];
        for bad in [
            Erasure { erased: Vec::new(), ..done.clone() },
            Erasure { erased: twice, ..done.clone() },
            Erasure { reason: Some(KeptReason::LegalClaim), ..done.clone() },
            Erasure { until: Some(at(9)), ..done.clone() },
            Erasure { reason: None, ..kept.clone() },
            Erasure { until: None, ..kept.clone() },
            Erasure { erased: done.erased, ..kept },
        ] {
            assert_eq!(bad.check_state().unwrap_err().reason(), Reason::Malformed, "{bad:?}");
        }
        for reason in KeptReason::ALL {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.name());
        }
    }
}
