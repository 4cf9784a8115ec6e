//! What comes back after presenting: the decision as the verifier tells it, and the receipt it signed.

use faam_spec::decision::{HolderDecision, Outcome as Decided};
use faam_spec::did::KeyHistories;
use faam_spec::encoding::parse;
use faam_spec::exit::Exit;
use faam_spec::hash::Hash;
use faam_spec::limits::MAX_OUTCOME_BYTES;
use faam_spec::presentation;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::receipt::Receipt;
use faam_spec::request::SignedRequest;
use faam_spec::time::Timestamp;
use faam_spec::wire::PresentOutcome;

/// A decision and what was found out about its receipt.
#[derive(Debug, Clone)]
pub struct Outcome {
    request: SignedRequest,
    presentation: Hash,
    decision: HolderDecision,
    text: String,
    receipt: Result<Receipt, Fault>,
}

impl Outcome {
    /// Reads what the verifier of `request` answered to the presentation `bytes`, and verifies its receipt.
    ///
    /// A receipt that does not verify does not undo the decision: the bytes were shown. It is kept, with what is wrong.
    ///
    /// # Errors
    /// `too_large`, `malformed.json`, `malformed` for an answer that cannot be read.
    pub fn open(
        body: &[u8],
        request: &SignedRequest,
        bytes: &[u8],
        histories: &KeyHistories,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        let answer: PresentOutcome = parse(body, MAX_OUTCOME_BYTES, "outcome")?;
        let receipt = Receipt::open(&answer.receipt, request, bytes, histories, now).and_then(|receipt| {
            // What they sign and what they say must be one thing.
            //= spec/text/decision.md#REQ-DEC-8
            //# A wallet MUST refuse a receipt whose outcome is another than the one it was told with it
            if receipt.outcome == answer.decision.outcome {
                Ok(receipt)
            } else {
                refuse(Reason::Malformed, "receipt.outcome")
            }
        });
        Ok(Self {
            request: request.clone(),
            presentation: presentation::hash(bytes),
            decision: answer.decision,
            text: answer.receipt,
            receipt,
        })
    }

    /// The request that was answered.
    #[must_use]
    pub const fn request(&self) -> &SignedRequest {
        &self.request
    }

    /// Hash of the presentation.
    #[must_use]
    pub const fn presentation(&self) -> Hash {
        self.presentation
    }

    /// The decision, as the verifier tells it.
    #[must_use]
    pub const fn decision(&self) -> &HolderDecision {
        &self.decision
    }

    /// The receipt as it came.
    #[must_use]
    pub fn receipt_text(&self) -> &str {
        &self.text
    }

    /// The verified receipt.
    ///
    /// # Errors
    /// What is wrong with it.
    pub const fn receipt(&self) -> Result<&Receipt, &Fault> {
        self.receipt.as_ref()
    }

    /// The exit status of a program that reports this outcome.
    //= spec/text/codes.md#REQ-CODE-1
    //# A program MUST end with the exit status of the first reason
    #[must_use]
    pub fn exit(&self) -> Exit {
        match (self.decision.outcome, self.decision.reasons.first()) {
            (Decided::Accepted, _) => Exit::Ok,
            (Decided::Undecided, _) => Exit::Undecided,
            (Decided::Refused, Some(first)) => first.code.exit(),
            (Decided::Refused, None) => Exit::Refused,
        }
    }
}
