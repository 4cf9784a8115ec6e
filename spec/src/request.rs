//! The request: who asks, for what, why, for how long; an OpenID4VP request object, signed (JAR).
//!
//! Specified in `spec/text/request.md`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::client::Client;
use crate::did::{Did, KeyHistories};
use crate::domain::{HASH_REQUEST, REQUEST_AUDIENCE, RESPONSE_MODE, TYP_REQUEST};
use crate::encoding::{from_value, from_value_exact, is_of_other_version};
use crate::hash::{Hash, Salt};
use crate::limits::{
    KEY_BINDING_MAX_FUTURE, MAX_NAME_BYTES, MAX_PURPOSE_BYTES, MAX_REQUEST_BYTES, MAX_REQUEST_LIFE,
    MAX_RETENTION_DAYS,
};
use crate::openid4vp::PostTo;
use crate::peer::PeerId;
use crate::query::Query;
use crate::reason::{Fault, Reason, refuse};
use crate::signed::{Signer, open_jws};
use crate::time::Timestamp;

/// What a verifier asks, in words of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// What the verifier calls itself, at most [`MAX_NAME_BYTES`]; shown as foreign text, never taken as proof of
    /// anything.
    pub name: String,
    /// Why it asks, in one to three sentences, at most [`MAX_PURPOSE_BYTES`].
    pub purpose: String,
    /// For how many days it keeps the answer, at most [`MAX_RETENTION_DAYS`].
    pub retention_days: u32,
    /// Where its terms can be read, at most [`MAX_PURPOSE_BYTES`].
    pub terms: Option<String>,
    /// What it asks for.
    pub query: Query,
    /// For how many seconds the request can be answered, from 1 to [`MAX_REQUEST_LIFE`].
    pub life: i64,
}

/// A request that has the form of this specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The verifier.
    pub verifier: Client,
    /// Where the answer goes.
    pub to: AnswerTo,
    /// Random text that the key binding repeats: 16 to 128 printable ASCII characters.
    pub nonce: String,
    /// When it was made, by the verifier's clock.
    pub issued: Timestamp,
    /// The first moment at which it can be answered no more.
    pub expires: Timestamp,
    /// What is asked, and why.
    pub ask: Ask,
    /// Whether purpose and retention were said. Others may leave them out; then they are empty and 0, and mean nothing.
    pub terms_said: bool,
}

/// Where an answer goes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnswerTo {
    /// To the peer that sent the request, over the same connection.
    Peer(PeerId),
    /// To an address on the web, by HTTP (`spec/text/openid4vp.md`).
    Post(PostTo),
}

impl Request {
    /// The peer that takes the answer; none if it is posted.
    #[must_use]
    pub const fn peer(&self) -> Option<PeerId> {
        match &self.to {
            AnswerTo::Peer(peer) => Some(*peer),
            AnswerTo::Post(_) => None,
        }
    }

    /// Where the answer is posted; none if a peer takes it.
    #[must_use]
    pub const fn post(&self) -> Option<&PostTo> {
        match &self.to {
            AnswerTo::Peer(_) => None,
            AnswerTo::Post(post) => Some(post),
        }
    }
}

/// A request whose signature was verified, with its text of at most [`MAX_REQUEST_BYTES`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedRequest {
    text: String,
    request: Request,
}

#[derive(Serialize, Deserialize)]
struct RawRequest {
    client_id: String,
    response_type: String,
    response_mode: String,
    aud: String,
    nonce: String,
    iat: Timestamp,
    exp: Timestamp,
    dcql_query: Value,
    /// Read exactly, unlike what is around it.
    faam: Value,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTerms {
    v: u8,
    name: String,
    purpose: String,
    retention_days: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    terms: Option<String>,
    peer: PeerId,
}

impl Ask {
    /// Checks the bounds of its texts and times.
    ///
    /// # Errors
    /// `request.unreadable` for an empty purpose or name, or no time to answer; `too_large` over [`MAX_PURPOSE_BYTES`],
    /// [`MAX_NAME_BYTES`], [`MAX_RETENTION_DAYS`] or [`MAX_REQUEST_LIFE`].
    ///
    /// Implements REQ-REQUEST-5 to REQ-REQUEST-7 (`spec/text/request.md`).
    pub fn check(&self) -> Result<(), Fault> {
        //= spec/text/request.md#REQ-REQUEST-7
        //# `name` and `purpose` MUST hold more than white space (Unicode's `White_Space`).
        //= spec/text/request.md#REQ-REQUEST-5
        //# `exp` MUST be after `iat`.
        if self.purpose.trim().is_empty() || self.name.trim().is_empty() || self.life <= 0 {
            return refuse(Reason::RequestUnreadable, "request");
        }
        //= spec/text/request.md#REQ-REQUEST-6
        //# `exp` MUST be at most 7 days after `iat`, `retention_days` at most 3,660, `name` at most 100
        //# bytes, `purpose` and `terms` at most 500 each
        if self.purpose.len() > MAX_PURPOSE_BYTES
            || self.name.len() > MAX_NAME_BYTES
            || self.terms.as_ref().is_some_and(|terms| terms.len() > MAX_PURPOSE_BYTES)
            || self.retention_days > MAX_RETENTION_DAYS
            || self.life > MAX_REQUEST_LIFE
        {
            return refuse(Reason::TooLarge, "request");
        }
        Ok(())
    }
}

/// Checks the form of a nonce.
///
/// # Errors
/// `request.unreadable`.
pub(crate) fn check_nonce(nonce: &str) -> Result<(), Fault> {
    //= spec/text/request.md#REQ-REQUEST-3
    //# `nonce` MUST have that form.
    if nonce.len() < 16 || nonce.len() > 128 || !nonce.bytes().all(|b| b.is_ascii_graphic()) {
        return refuse(Reason::RequestUnreadable, "request.nonce");
    }
    Ok(())
}

impl SignedRequest {
    /// A request that was read and verified, and its text.
    pub(crate) const fn verified(text: String, request: Request) -> Self {
        Self { text, request }
    }

    /// Signs a request, made at `now` with a fresh nonce of 16 random bytes.
    ///
    /// # Errors
    /// Those of [`Ask::check`]; `too_large` over [`MAX_REQUEST_BYTES`]; `internal`, which no request causes.
    ///
    /// Implements REQ-REQUEST-6 and REQ-REQUEST-12 (`spec/text/request.md`).
    pub fn sign(
        ask: Ask,
        peer: PeerId,
        signer: &Signer,
        now: Timestamp,
        rng: &mut impl rand_core::CryptoRngCore,
    ) -> Result<Self, Fault> {
        ask.check()?;
        let request = Request {
            verifier: signer.did().into(),
            to: AnswerTo::Peer(peer),
            //= spec/text/request.md#REQ-REQUEST-12
            //# A verifier MUST draw a fresh nonce for every request.
            nonce: Salt::random(rng).to_string(),
            issued: now,
            expires: now.plus(ask.life),
            ask,
            terms_said: true,
        };
        let faam = RawTerms {
            v: 0,
            name: request.ask.name.clone(),
            purpose: request.ask.purpose.clone(),
            retention_days: request.ask.retention_days,
            terms: request.ask.terms.clone(),
            peer,
        };
        let raw = RawRequest {
            client_id: request.verifier.client_id(),
            response_type: "vp_token".into(),
            response_mode: RESPONSE_MODE.into(),
            aud: REQUEST_AUDIENCE.into(),
            nonce: request.nonce.clone(),
            iat: request.issued,
            exp: request.expires,
            dcql_query: request.ask.query.clone().into(),
            faam: serde_json::to_value(faam).map_err(|_| Fault::new(Reason::Internal, "request.faam"))?,
        };
        let text = signer.sign(&raw, TYP_REQUEST)?;
        //= spec/text/request.md#REQ-REQUEST-6
        //# the request at most 49,152 as signed
        if text.len() > MAX_REQUEST_BYTES {
            return refuse(Reason::TooLarge, "request");
        }
        Ok(Self { text, request })
    }

    /// Verifies a request under the key of the verifier it names.
    ///
    /// # Errors
    /// Those of [`open_jws`]; `unsupported.version`; `request.unreadable` for a query, nonce or fixed text that is not of
    /// the form; `invalid.not_yet` for an `iat` over [`KEY_BINDING_MAX_FUTURE`] ahead; those of [`Ask::check`];
    /// `malformed`, or `malformed.time` for `iat` and `exp`. Whether it has expired is for [`SignedRequest::check_open`]
    /// to say.
    ///
    /// Implements REQ-REQUEST-1 to REQ-REQUEST-7 and REQ-REQUEST-13 to REQ-REQUEST-18 (`spec/text/request.md`);
    /// REQ-GEN-10 (`spec/text/README.md`).
    pub fn open(text: &str, histories: &KeyHistories, now: Timestamp) -> Result<Self, Fault> {
        //= spec/text/request.md#REQ-REQUEST-1
        //# A request MUST verify under the key that `client_id` and `kid` name, as of now.
        //= spec/text/request.md#REQ-REQUEST-6
        //# the request at most 49,152 as signed
        let (verifier, payload) =
            open_jws(text, TYP_REQUEST, MAX_REQUEST_BYTES, "client_id", histories, |_| Ok(now))?;
        let unreadable = |at| Fault::new(Reason::RequestUnreadable, at);
        //= spec/text/README.md#REQ-GEN-10
        //# A reader MUST refuse an object whose version `v` it does not know
        if payload.get("faam").is_some_and(is_of_other_version) {
            return refuse(Reason::UnsupportedVersion, "request.faam.v");
        }
        let raw: RawRequest = from_value(payload, "request")?;
        let faam: RawTerms = from_value_exact(raw.faam, "request.faam")?;
        //= spec/text/request.md#REQ-REQUEST-2
        //# `response_type`, `response_mode` and `aud` MUST be exactly those texts.
        if raw.response_type != "vp_token"
            || raw.response_mode != RESPONSE_MODE
            || raw.aud != REQUEST_AUDIENCE
        {
            return Err(unreadable("request.response_mode"));
        }
        check_nonce(&raw.nonce)?;
        //= spec/text/request.md#REQ-REQUEST-4
        //# `iat` MUST NOT be over 60 s ahead.
        if raw.iat.since(now) > KEY_BINDING_MAX_FUTURE {
            return refuse(Reason::NotYetValid, "request.iat");
        }
        let ask = Ask {
            name: faam.name,
            purpose: faam.purpose,
            retention_days: faam.retention_days,
            terms: faam.terms,
            query: raw.dcql_query.try_into()?,
            life: raw.exp.since(raw.iat),
        };
        ask.check()?;
        let request = Request {
            verifier: verifier.into(),
            to: AnswerTo::Peer(faam.peer),
            nonce: raw.nonce,
            issued: raw.iat,
            expires: raw.exp,
            ask,
            terms_said: true,
        };
        Ok(Self { text: text.to_owned(), request })
    }

    /// Checks that the request is the one that a link led to: signed by the verifier that the link named, answered by the peer it
    /// led to, and still open.
    ///
    /// # Errors
    /// `request.party` for another verifier, `request.peer` for another peer, `request.expired`.
    ///
    /// Implements REQ-REQUEST-8 to REQ-REQUEST-10 (`spec/text/request.md`).
    pub fn check_from(&self, verifier: &Did, peer: PeerId, now: Timestamp) -> Result<(), Fault> {
        //= spec/text/request.md#REQ-REQUEST-8
        //# A wallet MUST refuse a request that is signed by another DID than the link named.
        if self.request.verifier != *verifier {
            return refuse(Reason::RequestAudience, "request.client_id");
        }
        //= spec/text/request.md#REQ-REQUEST-9
        //# A wallet MUST refuse a request that names another peer than the one it is connected to: nobody
        //# stands between.
        if self.request.peer() != Some(peer) {
            return refuse(Reason::RequestPeer, "request.peer");
        }
        self.check_open(now)
    }

    /// Checks that the request can still be answered.
    ///
    /// # Errors
    /// `request.expired`.
    ///
    /// Implements REQ-REQUEST-10 (`spec/text/request.md`).
    pub fn check_open(&self, now: Timestamp) -> Result<(), Fault> {
        //= spec/text/request.md#REQ-REQUEST-10
        //# A request MUST NOT be answered from `exp` on.
        if now >= self.request.expires { refuse(Reason::RequestExpired, "request.exp") } else { Ok(()) }
    }

    /// The request as it was signed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it says.
    #[must_use]
    pub const fn request(&self) -> &Request {
        &self.request
    }

    /// The digest by which consent and receipts name it.
    #[must_use]
    pub fn digest(&self) -> Hash {
        Hash::of(HASH_REQUEST, self.text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SigningKey;
    use rand::SeedableRng as _;

    fn ask() -> Ask {
        Ask {
            name: "Beta".into(),
            purpose: "Renting out a flat".into(),
            retention_days: 30,
            terms: None,
            query: Query::standing("alpha".parse().unwrap()).unwrap(),
            life: 600,
        }
    }

    #[test]
    fn a_request_round_trips_and_expires() {
        let signer = Signer::from_key(SigningKey::from_seed(&[1; 32]));
        let now = Timestamp::new(1_800_000_000).unwrap();
        let mut rng = rand::rngs::StdRng::seed_from_u64(1);
        let signed =
            SignedRequest::sign(ask(), PeerId::from_public_key([1; 32]), &signer, now, &mut rng).unwrap();
        let again = SignedRequest::open(signed.as_str(), &KeyHistories::new(), now).unwrap();
        assert_eq!(again, signed);
        assert!(again.check_open(now.plus(599)).is_ok());
        assert_eq!(again.check_open(now.plus(600)).unwrap_err().reason(), Reason::RequestExpired);
        let early = SignedRequest::open(signed.as_str(), &KeyHistories::new(), now.plus(-61));
        assert_eq!(early.unwrap_err().reason(), Reason::NotYetValid);
    }

    #[test]
    fn a_request_without_purpose_or_without_end_is_refused() {
        for (change, expected) in [
            (Ask { purpose: " ".into(), ..ask() }, Reason::RequestUnreadable),
            (Ask { life: 0, ..ask() }, Reason::RequestUnreadable),
            (Ask { purpose: "x".repeat(501), ..ask() }, Reason::TooLarge),
            (Ask { retention_days: 3661, ..ask() }, Reason::TooLarge),
            (Ask { life: MAX_REQUEST_LIFE + 1, ..ask() }, Reason::TooLarge),
        ] {
            assert_eq!(change.check().unwrap_err().reason(), expected);
        }
    }

    #[test]
    fn null_is_no_value_of_an_optional_member() {
        let signer = Signer::from_key(SigningKey::from_seed(&[1; 32]));
        let now = Timestamp::new(1_800_000_000).unwrap();
        let mut rng = rand::rngs::StdRng::seed_from_u64(1);
        let signed =
            SignedRequest::sign(ask(), PeerId::from_public_key([1; 32]), &signer, now, &mut rng).unwrap();
        let jws = crate::jws::Jws::parse(signed.as_str(), TYP_REQUEST, MAX_REQUEST_BYTES).unwrap();
        let mut payload = jws.peek().unwrap();
        let mut open = |terms: Value| {
            payload["faam"]["terms"] = terms;
            let text = signer.sign(&payload, TYP_REQUEST).unwrap();
            SignedRequest::open(&text, &KeyHistories::new(), now).map_err(|fault| fault.reason())
        };
        assert!(open(Value::from("https://beta.example/terms")).is_ok());
        assert_eq!(open(Value::Null), Err(Reason::Malformed));
    }

    //= spec/text/request.md#REQ-REQUEST-12
    //= type=test
    //# A verifier MUST draw a fresh nonce for every request.
    #[test]
    fn every_request_has_a_nonce_of_its_own() {
        let signer = Signer::from_key(SigningKey::from_seed(&[1; 32]));
        let now = Timestamp::new(1_800_000_000).unwrap();
        let mut rng = rand::rngs::StdRng::seed_from_u64(1);
        let mut nonces = std::collections::BTreeSet::new();
        for _ in 0..100 {
            let peer = PeerId::from_public_key([1; 32]);
            let signed = SignedRequest::sign(ask(), peer, &signer, now, &mut rng).unwrap();
            nonces.insert(signed.request().nonce.clone());
        }
        assert_eq!(nonces.len(), 100, "though all is asked alike and at one moment");
    }
}
