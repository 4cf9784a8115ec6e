//! DID documents: which keys a DID has by the words of whoever answers for it.
//!
//! Specified in `spec/text/fetching.md`.

use serde_json::{Map, Value};

use super::{Did, ED25519_PUB, HistoricKey};
use crate::encoding::{Numbers, parse_value_with};
use crate::key::{P256Key, PublicKey, VerifyingKey};
use crate::limits::{MAX_DID_DOCUMENT_BYTES, MAX_DID_METHODS};
use crate::reason::{Fault, Reason, refuse};
use crate::time::Timestamp;

/// Multicodec of a compressed point on P-256.
const P256_PUB: [u8; 2] = [0x80, 0x24];

/// The keys of a DID document that are read here, under the ids by which signatures name them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    did: Did,
    methods: Vec<Method>,
}

/// One key of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Method {
    id: String,
    key: PublicKey,
    /// Whether it stands in `verificationMethod`, and not for one purpose alone.
    listed: bool,
    /// Whether it is for statements about others: credentials.
    asserts: bool,
}

impl Document {
    /// Reads the document of `did`, at most [`MAX_DID_DOCUMENT_BYTES`] bytes of JSON. What belongs to other controllers or
    /// is of a type or algorithm that is not read here is left out.
    ///
    /// # Errors
    /// `too_large`, also for more than [`MAX_DID_METHODS`] methods; `malformed.json`; `fetch.document` for what is no
    /// document of this DID, or a method in it that contradicts itself.
    ///
    /// Implements REQ-FETCH-14 to REQ-FETCH-18 (`spec/text/fetching.md`).
    pub fn parse(did: &Did, bytes: &[u8]) -> Result<Self, Fault> {
        let read = parse_value_with(bytes, MAX_DID_DOCUMENT_BYTES, Numbers::Any, "did.json")?;
        let Value::Object(document) = read else { return wrong("did.json") };
        //= spec/text/fetching.md#REQ-FETCH-14
        //# Its `id` MUST be the DID, byte by byte.
        if document.get("id").and_then(Value::as_str) != Some(did.as_str()) {
            return wrong("did.json.id");
        }
        let mut reading = Reading { did, methods: Vec::new(), seen: Vec::new() };
        for entry in list(&document, "verificationMethod", "did.json.verificationMethod")? {
            reading.method(entry, true, false)?;
        }
        for (name, at, asserts) in [
            ("assertionMethod", "did.json.assertionMethod", true),
            ("authentication", "did.json.authentication", false),
        ] {
            for entry in list(&document, name, at)? {
                match entry {
                    Value::String(id) if asserts => reading.asserts(id, at)?,
                    Value::String(_) => {}
                    embedded => reading.method(embedded, false, asserts)?,
                }
            }
        }
        Ok(Self { did: did.clone(), methods: reading.methods })
    }

    /// Whose document it is.
    #[must_use]
    pub const fn did(&self) -> &Did {
        &self.did
    }

    /// The key `kid` of its `verificationMethod`: for what the DID signs in its own name, such as a request.
    ///
    /// # Errors
    /// `invalid.issuer` if the id is not of this DID; `issuer.key_unknown` if the document has no such key.
    ///
    /// Implements REQ-NAME-8 (`spec/text/names.md`).
    pub fn key(&self, kid: &str) -> Result<PublicKey, Fault> {
        self.find(kid, |method| method.listed)
    }

    /// The key `kid` if it is among those for statements about others (`assertionMethod`), such as a credential.
    ///
    /// # Errors
    /// As [`Document::key`].
    ///
    /// Implements REQ-FETCH-18 (`spec/text/fetching.md`).
    pub fn assertion_key(&self, kid: &str) -> Result<PublicKey, Fault> {
        //= spec/text/fetching.md#REQ-FETCH-18
        //# A credential MUST be signed by one that stands in `assertionMethod`, a request by one that stands in
        //# `verificationMethod`.
        self.find(kid, |method| method.asserts)
    }

    fn find(&self, kid: &str, fits: impl Fn(&Method) -> bool) -> Result<PublicKey, Fault> {
        //= spec/text/names.md#REQ-NAME-8
        //# be of the DID that the object states
        if kid.strip_prefix(self.did.as_str()).is_none_or(|rest| !rest.starts_with('#')) {
            return refuse(Reason::InvalidIssuer, "kid");
        }
        match self.methods.iter().find(|method| method.id == kid && fits(method)) {
            Some(method) => Ok(method.key),
            None => refuse(Reason::KeyUnknown, "kid"),
        }
    }

    /// Its Ed25519 keys as a history for [`super::KeyHistories`], valid from `from` on: a document says what holds when it is
    /// fetched, and nothing of the past.
    #[must_use]
    pub fn history(&self, from: Timestamp) -> Vec<HistoricKey> {
        let listed = self.methods.iter().filter(|method| method.listed);
        listed
            .filter_map(|method| match method.key {
                PublicKey::Ed25519(key) => {
                    Some(HistoricKey { id: method.id.clone(), key, from, until: None })
                }
                PublicKey::P256(_) => None,
            })
            .collect()
    }
}

/// A document being read.
struct Reading<'d> {
    did: &'d Did,
    methods: Vec<Method>,
    /// The ids of all methods so far, those that are left out too.
    seen: Vec<String>,
}

impl Reading<'_> {
    /// Takes one method.
    fn method(&mut self, entry: &Value, listed: bool, asserts: bool) -> Result<(), Fault> {
        const AT: &str = "did.json.verificationMethod";
        let Value::Object(entry) = entry else { return wrong(AT) };
        let text =
            |name| entry.get(name).and_then(Value::as_str).ok_or(Fault::new(Reason::FetchDocument, AT));
        let id = self.whole(text("id")?);
        //= spec/text/fetching.md#REQ-FETCH-15
        //# no two methods MUST have one id
        if self.seen.contains(&id) {
            return wrong("did.json.verificationMethod.id");
        }
        //= spec/text/fetching.md#REQ-FETCH-15
        //# A document MUST have at most 64 methods
        if self.seen.len() >= MAX_DID_METHODS {
            return refuse(Reason::TooLarge, AT);
        }
        let (kind, controller) = (text("type")?, text("controller")?);
        self.seen.push(id.clone());
        //= spec/text/fetching.md#REQ-FETCH-16
        //# A method whose `controller` is not the DID, or whose id is not of it, MUST NOT be used.
        let name = id.strip_prefix(self.did.as_str()).and_then(|rest| rest.strip_prefix('#'));
        if controller != self.did.as_str() || name.is_none_or(str::is_empty) {
            return Ok(());
        }
        if let Some(key) = key(kind, entry)? {
            self.methods.push(Method { id, key, listed, asserts });
        }
        Ok(())
    }

    /// Marks a method that is named as one for statements about others; one that is left out or unknown stays so.
    fn asserts(&mut self, id: &str, at: &'static str) -> Result<(), Fault> {
        if id.is_empty() {
            return wrong(at);
        }
        let id = self.whole(id);
        for method in self.methods.iter_mut().filter(|method| method.listed && method.id == id) {
            method.asserts = true;
        }
        Ok(())
    }

    /// An id that begins with `#` is one of this DID.
    fn whole(&self, id: &str) -> String {
        if id.starts_with('#') { format!("{}{id}", self.did) } else { id.to_owned() }
    }
}

/// The key that a method states; nothing for types and algorithms that are not read here.
//= spec/text/fetching.md#REQ-FETCH-17
//# A method of another type or algorithm MUST NOT be used; one of these whose key is none, or that carries a
//# private key, makes the document void.
fn key(kind: &str, method: &Map<String, Value>) -> Result<Option<PublicKey>, Fault> {
    const AT: &str = "did.json.verificationMethod";
    if ["privateKeyJwk", "privateKeyMultibase", "secretKeyMultibase"]
        .iter()
        .any(|name| method.contains_key(*name))
    {
        return wrong(AT);
    }
    let read = match kind {
        "Multikey" | "Ed25519VerificationKey2020" => {
            let text = method.get("publicKeyMultibase").and_then(Value::as_str);
            multikey(text.ok_or(Fault::new(Reason::FetchDocument, AT))?, kind == "Multikey")
        }
        "JsonWebKey" | "JsonWebKey2020" => {
            PublicKey::from_jwk(method.get("publicKeyJwk").unwrap_or(&Value::Null)).map(Some)
        }
        _ => return Ok(None),
    };
    match read {
        Ok(key) => Ok(key),
        Err(fault) if fault.reason() == Reason::UnsupportedAlgorithm => Ok(None),
        Err(_) => wrong(AT),
    }
}

/// A key as multicodec in base58btc.
pub(crate) fn multikey(text: &str, others: bool) -> Result<Option<PublicKey>, Fault> {
    let bad = || Fault::new(Reason::FetchDocument, "publicKeyMultibase");
    // Base 58 takes time that grows with the square of its length.
    if !text.starts_with('z') || text.len() > 1024 {
        return Err(bad());
    }
    let (_, bytes) = multibase::decode(text).map_err(|_| bad())?;
    if let Some(key) = bytes.strip_prefix(ED25519_PUB.as_slice()) {
        let key = VerifyingKey::from_bytes(key.try_into().map_err(|_| bad())?)?;
        return Ok(Some(PublicKey::Ed25519(key)));
    }
    match bytes.strip_prefix(P256_PUB.as_slice()) {
        Some(point) if others => {
            Ok(Some(PublicKey::P256(P256Key::from_compressed(point.try_into().map_err(|_| bad())?)?)))
        }
        _ if others => Ok(None),
        _ => Err(bad()),
    }
}

/// The members of an array; none if it is absent.
fn list<'v>(document: &'v Map<String, Value>, name: &str, at: &'static str) -> Result<&'v [Value], Fault> {
    match document.get(name) {
        None => Ok(&[]),
        Some(Value::Array(entries)) if entries.len() <= MAX_DID_METHODS => Ok(entries),
        Some(Value::Array(_)) => refuse(Reason::TooLarge, at),
        Some(_) => wrong(at),
    }
}

fn wrong<T>(at: &'static str) -> Result<T, Fault> {
    refuse(Reason::FetchDocument, at)
}
