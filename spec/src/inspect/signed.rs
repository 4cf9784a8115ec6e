//! Compact JWS: header, payload, signature, and the hashes by which others name them.

use core::fmt::Write as _;

use crate::did::Did;
use crate::domain::{
    HASH_EPOCH, HASH_REQUEST, HASH_STATUS, TYP_ERASURE, TYP_KEY_BINDING, TYP_RECEIPT, TYP_TERMS,
};
use crate::encoding::{from_value_exact, unb64};
use crate::epoch::SignedEpochRecord;
use crate::erasure::Erasure;
use crate::jws::Jws;
use crate::key::{Signature, VerifyingKey};
use crate::limits::{
    MAX_EPOCH_RECORD_BYTES, MAX_ERASURE_BYTES, MAX_JWT_BYTES, MAX_MESSAGE_HEAD_BYTES, MAX_OUTCOME_BYTES,
    MAX_REQUEST_BYTES, MAX_STATUS_LIST_BYTES,
};
use crate::offer::Terms;
use crate::reason::{Fault, Reason, refuse};
use crate::receipt::Receipt;
use crate::request::SignedRequest;
use crate::signed::{issued_at, open_jws};
use crate::status::{SignedStatusList, StatusList};
use crate::time::{EpochLength, Timestamp};
use serde_json::Value;

use super::json::{self, Node};
use super::kind::Kind;
use super::part::{About, Out, Part, Verdict};
use super::show::{Context, check, hashed, hex, members, plain};

/// A JWS whose parts are decoded.
pub(super) struct Decoded<'a> {
    text: &'a str,
    header: Result<Vec<u8>, Fault>,
    payload: Result<Vec<u8>, Fault>,
}

/// A JWS as far as it can be read.
pub(super) struct Loose<'a> {
    /// What was signed: header, point, payload.
    signed: &'a str,
    /// The header.
    pub(super) header: Option<Node<'a>>,
    /// The payload.
    pub(super) payload: Option<Node<'a>>,
    signature: Option<Vec<u8>>,
    /// What is wrong with the three parts, each with the code that a strict reader would give.
    faults: Vec<(&'static str, &'static str, String)>,
}

impl<'a> Decoded<'a> {
    /// Decodes what can be decoded.
    pub(super) fn of(text: &'a str) -> Self {
        let signed = text.rsplit_once('.').map_or(text, |(signed, _)| signed);
        let (header, payload) = signed.split_once('.').unwrap_or((signed, ""));
        Self { text, header: unb64(header, "jws"), payload: unb64(payload, "jws") }
    }

    /// Reads as much as there is.
    pub(super) fn read(&'a self) -> Loose<'a> {
        let (signed, signature) = self.text.rsplit_once('.').unwrap_or((self.text, ""));
        let mut faults = Vec::new();
        let header = part_of("header", &self.header, &mut faults);
        let payload = part_of("payload", &self.payload, &mut faults);
        let signature = match unb64(signature, "jws.signature") {
            Ok(bytes) => Some(bytes),
            Err(fault) => {
                faults.push(("signature", fault.reason().code(), "not base64url".to_owned()));
                None
            }
        };
        Loose { signed, header, payload, signature, faults }
    }
}

impl<'a> Loose<'a> {
    /// Header, payload and the raw signature.
    pub(super) fn parts<'p>(&'p self, ctx: Context<'p>) -> Vec<Part<'p>>
    where
        'a: 'p,
    {
        let mut parts = Vec::new();
        if let Some(header) = &self.header {
            parts.push(Part::group("header", members(ctx, header, plain)));
        }
        if let Some(payload) = &self.payload {
            parts.push(Part::group("payload", members(ctx, payload, plain)));
        }
        if let Some(signature) = &self.signature {
            let part = Part::text("signature bytes", hex(signature));
            parts.push(part.note(format!(
                "{} bytes, over {} bytes of text",
                signature.len(),
                self.signed.len()
            )));
        }
        if !self.faults.is_empty() {
            let broken = self.faults.iter().map(|(name, code, said)| Part::text(*name, *code).note(said));
            parts.push(Part::group("broken", broken.collect()));
        }
        parts
    }

    /// Verifies under the key of the party that member `by` names.
    pub(super) fn verify_stated(&self, ctx: Context<'_>, by: &'static str) -> Result<String, Fault> {
        let stated = self.payload.as_ref().and_then(|payload| payload.get(by)).and_then(Node::text);
        let stated = stated.ok_or(Fault::new(Reason::ClaimMissing, by))?;
        let did = if by == "client_id" { Did::from_client_id(stated)? } else { stated.parse()? };
        let kid = self.header.as_ref().and_then(|header| header.get("kid")).and_then(Node::text);
        let kid = kid.ok_or(Fault::new(Reason::InvalidIssuer, "kid"))?;
        let key = ctx.histories.resolve_until(&did, kid, latest()?)?;
        self.verify(&key)?;
        Ok(format!("valid under {did}"))
    }

    /// Verifies under `key`.
    pub(super) fn verify(&self, key: &VerifyingKey) -> Result<(), Fault> {
        let alg = self.header.as_ref().and_then(|header| header.get("alg")).and_then(Node::text);
        if alg != Some("EdDSA") {
            return refuse(Reason::UnsupportedAlgorithm, "jws.alg");
        }
        let signature = self.signature.as_deref().ok_or(Fault::new(Reason::MalformedJws, "signature"))?;
        key.verify(self.signed.as_bytes(), &Signature::from_slice(signature)?)
    }

    /// A member of the payload as text.
    pub(super) fn claim(&self, name: &str) -> Option<&str> {
        self.payload.as_ref()?.get(name)?.text()
    }

    /// The time of issue that it states, or the first moment: dates are not judged here.
    pub(super) fn issued(&self) -> Result<Timestamp, Fault> {
        Timestamp::new(self.payload.as_ref().and_then(|p| p.get("iat")).and_then(Node::whole).unwrap_or(0))
    }
}

fn part_of<'a>(
    name: &'static str,
    decoded: &'a Result<Vec<u8>, Fault>,
    faults: &mut Vec<(&'static str, &'static str, String)>,
) -> Option<Node<'a>> {
    let bytes = match decoded {
        Ok(bytes) => bytes,
        Err(fault) => {
            faults.push((name, fault.reason().code(), "not base64url".to_owned()));
            return None;
        }
    };
    let (node, broken) = json::read(bytes);
    if let Some(broken) = broken {
        let said = format!("at byte {} of {}: expected {}", broken.at, bytes.len(), broken.what);
        faults.push((name, Reason::MalformedJson.code(), said));
    }
    node
}

/// The last moment that can be written: every key that was ever valid is.
pub(super) const fn latest() -> Result<Timestamp, Fault> {
    Timestamp::new(253_402_300_799)
}

/// Shows a JWS that is not a credential.
pub(super) fn show(ctx: Context<'_>, name: &str, kind: Kind, text: &str, out: &mut dyn Out) {
    let decoded = Decoded::of(text);
    let loose = decoded.read();
    let bound = match kind {
        Kind::Request => Some(MAX_REQUEST_BYTES),
        Kind::Epoch => Some(MAX_EPOCH_RECORD_BYTES),
        Kind::StatusList => Some(MAX_STATUS_LIST_BYTES),
        Kind::Terms => Some(MAX_MESSAGE_HEAD_BYTES),
        Kind::Receipt => Some(MAX_OUTCOME_BYTES),
        Kind::KeyBinding => Some(MAX_JWT_BYTES),
        _ => None,
    };
    let verdict = Verdict::from(strict(ctx, kind, text, &loose));
    let about = About { kind: title(kind), bytes: Some(text.len()), bound, verdict };
    let mut parts = Vec::new();
    let payload = loose.payload.as_ref();
    parts.extend(payload.and_then(version));
    parts.extend(loose.parts(ctx));
    parts.extend(payload.and_then(|payload| label(kind, payload)));
    if kind == Kind::StatusList {
        parts.push(list(ctx, payload));
    }
    let over = format!("the {} bytes of its text", text.len());
    let named = match kind {
        Kind::Request => Some(("request digest", HASH_REQUEST)),
        Kind::Epoch => Some(("record hash", HASH_EPOCH)),
        Kind::StatusList => Some(("list hash", HASH_STATUS)),
        _ => None,
    };
    if let Some((name, domain)) = named {
        parts.push(Part::group("hashes", vec![hashed(name, domain, text.as_bytes(), over)]));
    }
    let signature = match kind {
        Kind::KeyBinding => {
            Part::text("signature", "cannot be verified here (its key is in the credential's cnf)")
        }
        Kind::Request => check("signature", loose.verify_stated(ctx, "client_id")),
        _ => check("signature", loose.verify_stated(ctx, "iss")),
    };
    parts.push(Part::group("checks", vec![signature, Part::text("not judged", not_judged(kind))]));
    out.part(Part::object(name, about, parts));
}

pub(super) const fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Request => "request",
        Kind::Epoch => "epoch record",
        Kind::StatusList => "status list",
        Kind::Terms => "terms of an offer",
        Kind::Receipt => "receipt",
        Kind::Erasure => "statement about an erasure",
        Kind::KeyBinding => "key binding",
        _ => "JWS of no Faam type",
    }
}

const fn not_judged(kind: Kind) -> &'static str {
    match kind {
        Kind::Request => "dates; whether the peer that sends it is the one it names",
        Kind::Epoch => "dates; whether it follows the records before it",
        Kind::Terms => "whether issuer, capability, node and wallet are those of the connection",
        Kind::Receipt | Kind::Erasure => "dates; whether request and presentation are those it is for",
        Kind::KeyBinding => "dates; audience, nonce and sd_hash without their credential",
        _ => "dates",
    }
}

pub(super) fn version<'a>(payload: &Node<'a>) -> Option<Part<'a>> {
    let version = payload.get("v").or_else(|| payload.at(&["faam", "v"]))?;
    Some(Part::member("version", version.clone()))
}

/// What people call an epoch.
pub(super) fn label(kind: Kind, payload: &Node<'_>) -> Option<Part<'static>> {
    if kind != Kind::Epoch {
        return None;
    }
    let length = EpochLength::new(payload.get("epoch_seconds")?.whole()?).ok()?;
    let number = u64::try_from(payload.get("epoch")?.whole()?).ok()?;
    let begins = length.start_of(number);
    Some(Part::text("epoch", length.label(number)).note(format!("begins {begins}")))
}

/// Statuses that are written with `--all`: as many as the longest line has room for.
const MAX_STATUSES: usize = 20_000;

/// What a status list says.
pub(super) fn list(ctx: Context<'_>, payload: Option<&Node<'_>>) -> Part<'static> {
    let (bits, list) = match statuses(payload) {
        Ok(read) => read,
        Err(fault) => return check("list", Err(fault)),
    };
    let set =
        || (0..list.len()).filter_map(|at| list.get(at).ok().filter(|s| *s != 0).map(|status| (at, status)));
    let count = set().count();
    let show = count.min(if ctx.all { MAX_STATUSES } else { 16 });
    let mut first = String::new();
    for (at, status) in set().take(show) {
        // Writing to a text does not fail.
        let _ = write!(first, "{}{at}={status}", if first.is_empty() { "" } else { " " });
    }
    if count > show {
        first.push_str(" …");
    }
    Part::group(
        "list",
        vec![
            Part::text("bits", bits.to_string()),
            Part::text("entries", list.len().to_string()),
            Part::text("not 0", count.to_string()),
            Part::text("first that are not 0", first),
        ],
    )
}

/// The statuses in the claims of a list, and how many bits each has.
pub(super) fn statuses(payload: Option<&Node<'_>>) -> Result<(u8, StatusList), Fault> {
    let stated = payload.and_then(|payload| payload.get("status_list"));
    let stated = stated.ok_or(Fault::new(Reason::StatusInvalid, "status_list"))?;
    let bits = stated.get("bits").and_then(Node::whole).and_then(|bits| u8::try_from(bits).ok()).unwrap_or(0);
    let lst = stated.get("lst").and_then(Node::text).unwrap_or_default();
    StatusList::from_compressed(bits, lst).map(|list| (bits, list))
}

/// What the reader of that kind says.
fn strict(ctx: Context<'_>, kind: Kind, text: &str, loose: &Loose<'_>) -> Result<(), Fault> {
    let histories = ctx.histories;
    match kind {
        Kind::Request => SignedRequest::open(text, histories, loose.issued()?).map(drop),
        Kind::Epoch => SignedEpochRecord::open(text, histories).map(drop),
        Kind::StatusList => SignedStatusList::open(text, histories).map(drop),
        Kind::Terms => {
            let (_, payload) =
                open_jws(text, TYP_TERMS, MAX_MESSAGE_HEAD_BYTES, "iss", histories, |_| latest())?;
            version_0(from_value_exact::<Terms>(payload, "terms")?.v, "terms.v")
        }
        Kind::Receipt => {
            let (_, payload) = open_jws(text, TYP_RECEIPT, MAX_OUTCOME_BYTES, "iss", histories, issued_at)?;
            version_0(from_value_exact::<Receipt>(payload, "receipt")?.v, "receipt.v")
        }
        Kind::Erasure => {
            let (_, payload) = open_jws(text, TYP_ERASURE, MAX_ERASURE_BYTES, "iss", histories, issued_at)?;
            version_0(from_value_exact::<Erasure>(payload, "erasure")?.v, "erasure.v")
        }
        Kind::KeyBinding => key_binding(&Jws::parse(text, TYP_KEY_BINDING, MAX_JWT_BYTES)?.peek()?),
        _ => refuse(Reason::InvalidType, "jws.typ"),
    }
}

/// Whether the claims of a key binding have their form.
pub(super) fn key_binding(payload: &Value) -> Result<(), Fault> {
    issued_at(payload).map_err(|_| Fault::new(Reason::Malformed, "kb"))?;
    let is_text = |name: &&str| payload.get(*name).is_some_and(Value::is_string);
    let all = ["aud", "nonce", "sd_hash"].iter().all(is_text);
    if all { Ok(()) } else { refuse(Reason::Malformed, "kb") }
}

pub(super) fn version_0(version: u8, at: &'static str) -> Result<(), Fault> {
    if version == 0 { Ok(()) } else { refuse(Reason::UnsupportedVersion, at) }
}
