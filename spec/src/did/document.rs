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
//# private key, makes the document void
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::encoding::b64;
    use crate::key::SigningKey;

    const DID: &str = "did:web:market.example:eu";
    /// The point of RFC 7515, appendix A.3, and compressed; its y is odd.
    const X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    const Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

    fn public(seed: u8) -> VerifyingKey {
        SigningKey::from_seed(&[seed; 32]).verifying_key()
    }

    fn multikey(code: [u8; 2], bytes: &[u8]) -> String {
        multibase::encode(multibase::Base::Base58Btc, [&code, bytes].concat())
    }

    fn ed25519(seed: u8) -> String {
        multikey(ED25519_PUB, &public(seed).to_bytes())
    }

    fn p256() -> (Value, String) {
        let x = crate::encoding::unb64(X, "x").unwrap();
        let compressed = multikey(P256_PUB, &[&[3][..], &x].concat());
        (json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y}), compressed)
    }

    fn method(id: &str, kind: &str, name: &str, key: impl Into<Value>) -> Value {
        let mut method = json!({"id": id, "type": kind, "controller": DID});
        method[name] = key.into();
        method
    }

    fn document(methods: Value) -> Value {
        json!({"@context": ["https://www.w3.org/ns/did/v1"], "id": DID, "verificationMethod": methods})
    }

    fn read(document: &Value) -> Result<Document, Fault> {
        Document::parse(&DID.parse().unwrap(), document.to_string().as_bytes())
    }

    fn reason(document: &Value) -> Reason {
        read(document).unwrap_err().reason()
    }

    fn kid(name: &str) -> String {
        format!("{DID}#{name}")
    }

    #[test]
    fn keys_of_every_kind_that_is_read() {
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": b64(public(3).to_bytes()), "kid": "c"});
        let (ec, compressed) = p256();
        let point = PublicKey::from_jwk(&ec).unwrap();
        let mut document = document(json!([
            method(&kid("a"), "Multikey", "publicKeyMultibase", ed25519(1)),
            method("#b", "Ed25519VerificationKey2020", "publicKeyMultibase", ed25519(2)),
            method("#c", "JsonWebKey2020", "publicKeyJwk", jwk),
            method("#d", "JsonWebKey", "publicKeyJwk", ec),
            method("#e", "Multikey", "publicKeyMultibase", compressed),
        ]));
        document["assertionMethod"] = json!(["#a", kid("d"), "#f", "did:web:other.example#c"]);
        let read = read(&document).unwrap();
        for (name, key) in [
            ("a", public(1).into()),
            ("b", public(2).into()),
            ("c", public(3).into()),
            ("d", point),
            ("e", point),
        ] {
            assert_eq!(read.key(&kid(name)), Ok(key), "{name}");
            let asserts = read.assertion_key(&kid(name)).map_err(|fault| fault.reason());
            assert_eq!(asserts, if matches!(name, "a" | "d") { Ok(key) } else { Err(Reason::KeyUnknown) });
        }
        for (kid, reason) in [
            (kid("f"), Reason::KeyUnknown),
            (kid(""), Reason::KeyUnknown),
            ("#a".to_owned(), Reason::InvalidIssuer),
            ("did:web:market.example#a".to_owned(), Reason::InvalidIssuer),
            (format!("{DID}:x#a"), Reason::InvalidIssuer),
        ] {
            assert_eq!(read.key(&kid).unwrap_err().reason(), reason, "{kid}");
        }
        let from = Timestamp::new(7).unwrap();
        let history = read.history(from);
        let ids: Vec<_> = history.iter().map(|key| key.id.clone()).collect();
        assert_eq!(ids, ["a", "b", "c"].map(kid));
        let mut histories = super::super::KeyHistories::new();
        histories.insert(read.did().clone(), history);
        assert_eq!(histories.resolve(read.did(), &kid("b"), from), Ok(public(2)));
        let early = histories.resolve(read.did(), &kid("b"), Timestamp::new(6).unwrap());
        assert_eq!(early.unwrap_err().reason(), Reason::KeyNotValidThen);
    }

    //= spec/text/fetching.md#REQ-FETCH-18
    //= type=test
    //# A credential MUST be signed by one that stands in `assertionMethod`, a request by one that stands in
    //# `verificationMethod`.
    #[test]
    fn a_key_for_one_purpose_is_for_no_other() {
        let mut document = document(json!([method("#a", "Multikey", "publicKeyMultibase", ed25519(1))]));
        document["assertionMethod"] = json!([method("#b", "Multikey", "publicKeyMultibase", ed25519(2))]);
        document["authentication"] =
            json!(["#a", method("#c", "Multikey", "publicKeyMultibase", ed25519(3))]);
        let read = read(&document).unwrap();
        let known = |found: Result<PublicKey, Fault>| found.is_ok();
        for (name, requests, credentials) in [("a", true, false), ("b", false, true), ("c", false, false)] {
            assert_eq!(known(read.key(&kid(name))), requests, "{name}");
            assert_eq!(known(read.assertion_key(&kid(name))), credentials, "{name}");
        }
        let listed: Vec<_> = read.history(Timestamp::new(0).unwrap()).into_iter().map(|key| key.id).collect();
        assert_eq!(listed, [kid("a")]);
    }

    //= spec/text/fetching.md#REQ-FETCH-14
    //= type=test
    //# Its `id` MUST be the DID, byte by byte.
    #[test]
    fn a84_a_document_of_another_did_is_refused() {
        let with = |id: Value| {
            let mut document = document(json!([]));
            document["id"] = id;
            document
        };
        assert!(read(&with(json!(DID))).is_ok());
        for id in [
            json!("did:web:market.example"),
            json!("did:web:market.example:eu:"),
            json!("did:web:Market.example:eu"),
            json!("did:web:market.example:eu#a"),
            json!(null),
            json!([DID]),
        ] {
            assert_eq!(reason(&with(id.clone())), Reason::FetchDocument, "{id}");
        }
        assert_eq!(reason(&json!({"verificationMethod": []})), Reason::FetchDocument);
        assert_eq!(reason(&json!([DID])), Reason::FetchDocument);
        let did: Did = DID.parse().unwrap();
        for (bytes, reason) in [
            (format!(r#"{{"id":"{DID}","id":"{DID}"}}"#), Reason::MalformedJson),
            (format!(r#"{{"id":"{DID}"}}x"#), Reason::MalformedJson),
            ("".to_owned(), Reason::MalformedJson),
            (format!("{}{}", json!({"id": DID}), " ".repeat(MAX_DID_DOCUMENT_BYTES)), Reason::TooLarge),
            (format!(r#"{{"id":"{DID}","a":{}{}}}"#, "[".repeat(20), "]".repeat(20)), Reason::TooLarge),
        ] {
            assert_eq!(Document::parse(&did, bytes.as_bytes()).unwrap_err().reason(), reason, "{bytes:.60}");
        }
    }

    //= spec/text/fetching.md#REQ-FETCH-15
    //= type=test
    //# A document MUST have at most 64 methods (`too_large`), and no two methods MUST have one id
    //# (`fetch.document`)
    #[test]
    fn methods_are_counted_and_named_once() {
        let many = |count: usize| {
            let one = |n: usize| method(&format!("#{n}"), "Unknown", "a", "b");
            document((0..count).map(one).collect::<Vec<_>>().into())
        };
        assert!(read(&many(MAX_DID_METHODS)).is_ok());
        assert_eq!(reason(&many(MAX_DID_METHODS + 1)), Reason::TooLarge);
        let mut more = many(MAX_DID_METHODS);
        more["authentication"] = json!([method("#x", "Unknown", "a", "b")]);
        assert_eq!(reason(&more), Reason::TooLarge);
        more["authentication"] = json!(vec!["#1"; MAX_DID_METHODS + 1]);
        assert_eq!(reason(&more), Reason::TooLarge);

        let one = method("#a", "Multikey", "publicKeyMultibase", ed25519(1));
        // The same id, written whole, of another type, of another controller, for one purpose.
        let mut foreign = method("#a", "Multikey", "publicKeyMultibase", ed25519(2));
        foreign["controller"] = json!("did:web:other.example");
        for second in [
            one.clone(),
            method(&kid("a"), "Multikey", "publicKeyMultibase", ed25519(2)),
            method("#a", "Unknown", "a", "b"),
            foreign,
        ] {
            assert_eq!(reason(&document(json!([one, second]))), Reason::FetchDocument);
            assert_eq!(reason(&document(json!([second, one]))), Reason::FetchDocument);
            let mut split = document(json!([one]));
            split["assertionMethod"] = json!([second]);
            assert_eq!(reason(&split), Reason::FetchDocument);
        }
    }

    //= spec/text/fetching.md#REQ-FETCH-16
    //= type=test
    //# A method whose `controller` is not the DID, or whose id is not of it, MUST NOT be used.
    #[test]
    fn a82_keys_of_others_are_not_used() {
        let own = method("#a", "Multikey", "publicKeyMultibase", ed25519(1));
        let mut foreign = method("#b", "Multikey", "publicKeyMultibase", ed25519(2));
        foreign["controller"] = json!("did:web:market.example");
        let other = |id: &str| method(id, "Multikey", "publicKeyMultibase", ed25519(3));
        let mut document = document(json!([
            own,
            foreign,
            other("did:web:market.example#c"),
            other("did:web:market.example:eu:x#c"),
            other(DID),
            other("#"),
            other("c"),
        ]));
        document["assertionMethod"] = json!(["#a", "#b", "did:web:market.example#c", DID, "#", "c"]);
        let read = read(&document).unwrap();
        assert_eq!(read.history(Timestamp::new(0).unwrap()).len(), 1);
        assert!(read.assertion_key(&kid("a")).is_ok());
        for name in ["b", "c", ""] {
            assert_eq!(read.key(&kid(name)).unwrap_err().reason(), Reason::KeyUnknown, "{name}");
        }
        let foreign = read.assertion_key("did:web:market.example#c").unwrap_err();
        assert_eq!(foreign.reason(), Reason::InvalidIssuer);
    }

    //= spec/text/fetching.md#REQ-FETCH-17
    //= type=test
    //# A method of another type or algorithm MUST NOT be used; one of these whose key is none, or that carries a
    //# private key, makes the document void (`fetch.document`).
    #[test]
    fn other_keys_are_left_out_and_broken_ones_refused() {
        let key = public(1).to_bytes();
        let jwk = |value: Value| method("#a", "JsonWebKey", "publicKeyJwk", value);
        let multi = |text: String| method("#a", "Multikey", "publicKeyMultibase", text);
        let ed = |text: String| method("#a", "Ed25519VerificationKey2020", "publicKeyMultibase", text);
        for other in [
            jwk(json!({"kty": "EC", "crv": "secp256k1", "x": X, "y": Y})),
            jwk(json!({"kty": "RSA", "n": "AA", "e": "AQAB"})),
            multi(multikey([0xe7, 0x01], &[2; 33])),
            multi(multikey([0xec, 0x01], &key)),
            method("#a", "Ed25519VerificationKey2018", "publicKeyBase58", "abc"),
            method("#a", "multikey", "publicKeyMultibase", ed25519(1)),
        ] {
            let read = read(&document(json!([other]))).unwrap();
            assert_eq!(read.key(&kid("a")).unwrap_err().reason(), Reason::KeyUnknown, "{other}");
        }
        let identity: Vec<u8> = core::iter::once(1).chain([0; 31]).collect();
        let (mut secret, mut private) = (jwk(p256().0), multi(ed25519(1)));
        secret["publicKeyJwk"]["d"] = json!(X);
        private["secretKeyMultibase"] = json!("z1");
        for broken in [
            jwk(json!(null)),
            jwk(json!({"kty": "EC", "crv": "P-256", "x": X, "y": X})),
            secret,
            private,
            multi(multikey(ED25519_PUB, &key[1..])),
            multi(multikey(ED25519_PUB, &[&key[..], &[0]].concat())),
            multi(multikey(ED25519_PUB, &identity)),
            multi(multikey(P256_PUB, &[5; 33])),
            multi(multikey(P256_PUB, &[3; 32])),
            multi(multibase::encode(multibase::Base::Base64Url, [&ED25519_PUB[..], &key].concat())),
            multi("z0OIl".to_owned()),
            multi(String::new()),
            multi(format!("z{}", "1".repeat(2000))),
            ed(p256().1),
            method("#a", "Multikey", "publicKeyJwk", ed25519(1)),
            json!({"id": "#a", "type": "Multikey", "publicKeyMultibase": ed25519(1)}),
            json!({"type": "Multikey", "controller": DID, "publicKeyMultibase": ed25519(1)}),
            json!("#a"),
            json!(null),
        ] {
            assert_eq!(reason(&document(json!([broken]))), Reason::FetchDocument, "{broken:.120}");
        }
        for name in ["verificationMethod", "assertionMethod", "authentication"] {
            for value in [json!(null), json!({}), json!("#a"), json!([7])] {
                let mut document = document(json!([]));
                document[name] = value.clone();
                assert_eq!(reason(&document), Reason::FetchDocument, "{name}: {value}");
            }
        }
    }
}
