//! Asking: a signed request, and what the verifier keeps until it is answered.

use faam_spec::did::KeyHistories;
use faam_spec::encoding::{json, parse};
use faam_spec::limits::MAX_REQUEST_BYTES;
use faam_spec::peer::PeerId;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::request::{Ask, SignedRequest};
use faam_spec::signed::Signer;
use faam_spec::time::Timestamp;
use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};

/// A request that waits for its answer. It is stored by the verifier and used once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    request: SignedRequest,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    v: u8,
    request: String,
}

/// Makes a signed request, to be answered at `peer`, and what to keep until then.
///
/// # Errors
/// `request.unreadable` or `too_large` for an `ask` out of bounds.
//= spec/text/verifying.md#REQ-VERIFY-1
//# Both MUST be pure: they read no clock, no network, no file. The same arguments give the same decision.
pub fn start(
    ask: Ask,
    peer: PeerId,
    signer: &Signer,
    now: Timestamp,
    rng: &mut impl CryptoRngCore,
) -> Result<(SignedRequest, Pending), Fault> {
    let request = SignedRequest::sign(ask, peer, signer, now, rng)?;
    Ok((request.clone(), Pending { request }))
}

impl Pending {
    /// The request that was made.
    #[must_use]
    pub const fn request(&self) -> &SignedRequest {
        &self.request
    }

    /// Whether it can still be answered.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.request.check_open(now).is_ok()
    }

    /// As bytes, for storage.
    ///
    /// # Errors
    /// `internal`, which no request causes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Fault> {
        json(&Stored { v: 0, request: self.request.as_str().to_owned() })
    }

    /// From bytes that were stored; the request's own signature is verified again.
    ///
    /// # Errors
    /// Those of [`SignedRequest::open`]; `malformed`, `unsupported.version`.
    pub fn from_bytes(bytes: &[u8], histories: &KeyHistories, now: Timestamp) -> Result<Self, Fault> {
        let stored: Stored = parse(bytes, MAX_REQUEST_BYTES + 64, "pending")?;
        if stored.v != 0 {
            return refuse(Reason::UnsupportedVersion, "pending.v");
        }
        //= spec/text/verifying.md#REQ-VERIFY-13
        //# `pending`'s signature MUST be verified again when it is read back.
        Ok(Self { request: SignedRequest::open(&stored.request, histories, now)? })
    }
}
