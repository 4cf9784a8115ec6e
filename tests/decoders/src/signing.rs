//! Behind the signature: any bytes as a payload, signed with a fixed key.

use faam_spec::domain::TYP_SD_JWT_VC;
use faam_spec::encoding::b64;
use faam_spec::jws::Jws;
use faam_spec::limits::MAX_DISCLOSURES;
use faam_spec::sdjwt::SdJwt;
use faam_spec::signed::Signer;
use serde_json::{Value, json};
use std::borrow::Cow;

use crate::fixture::fixture;
use crate::form::replaced;

/// A compact JWS of type `typ` with `payload` as it is, whether or not it is JSON.
pub(crate) fn sign_bytes(payload: &[u8], typ: &str, signer: &Signer) -> String {
    let header = json!({"alg": "EdDSA", "kid": signer.key_id(), "typ": typ}).to_string();
    let signed = format!("{}.{}", b64(header), b64(payload));
    let signature = signer.key().sign(signed.as_bytes());
    format!("{signed}.{}", b64(signature.to_bytes()))
}

/// The bytes as a whole text, and if they look like an object also as a payload that `signer` signs. A payload that names another
/// signer under `by` is made to name this one, so that what others signed is of use as a seed.
pub(crate) fn as_signed(bytes: &[u8], typ: &str, by: &str, signer: &Signer) -> Vec<String> {
    let mut texts: Vec<String> = core::str::from_utf8(bytes).map(str::to_owned).into_iter().collect();
    if bytes.trim_ascii_start().starts_with(b"{") {
        texts.push(sign_bytes(&named(bytes, by, signer), typ, signer));
    }
    texts
}

/// The bytes as a whole SD-JWT, and as lines of which the first is the payload and each other a disclosure's JSON. In a line, `@2` stands
/// for the digest of line 2 after it, which no fuzzer computes.
pub(crate) fn as_sd_jwts(bytes: &[u8]) -> Vec<String> {
    let mut texts: Vec<String> = core::str::from_utf8(bytes).map(str::to_owned).into_iter().collect();
    if bytes.trim_ascii_start().starts_with(b"{") {
        let signer = &fixture().signer;
        let mut lines: Vec<Vec<u8>> =
            bytes.splitn(MAX_DISCLOSURES + 2, |b| *b == b'\n').map(<[u8]>::to_vec).collect();
        let mut disclosures = Vec::new();
        while lines.len() > 1 {
            let Some(line) = lines.pop() else { break };
            let text = b64(line);
            let marker = format!("@{}", lines.len());
            let digest = digest_of(&text);
            for earlier in &mut lines {
                *earlier = replaced(earlier, marker.as_bytes(), digest.as_bytes());
            }
            disclosures.push(text);
        }
        let first = lines.concat();
        let payload = named(&first, "iss", signer);
        let mut text = sign_bytes(&payload, TYP_SD_JWT_VC, signer);
        text.push('~');
        for disclosure in disclosures.iter().rev() {
            text.push_str(disclosure);
            text.push('~');
        }
        texts.push(text);
    }
    texts
}

/// The payload that stands in a credential, whoever signed it.
pub(crate) fn payload_of(sd_jwt: &SdJwt) -> Value {
    sd_jwt.jws().and_then(|jws| jws.peek()).expect("it was opened just now")
}

/// The payload that stands in a JWS, whoever signed it.
pub(crate) fn payload_of_jws(text: &str, typ: &str) -> Value {
    Jws::parse(text, typ, text.len()).and_then(|jws| jws.peek()).expect("it was opened just now")
}

/// SHA-256 of a disclosure's text as it stands in `_sd`; by the format's own code where it takes the disclosure at all.
fn digest_of(text: &str) -> String {
    match faam_spec::sdjwt::Disclosure::parse(text) {
        Ok(disclosure) => disclosure.digest().to_string(),
        Err(_) => b64([0; 32]),
    }
}

fn named<'a>(payload: &'a [u8], by: &str, signer: &Signer) -> Cow<'a, [u8]> {
    let ours = if by == "client_id" { signer.did().client_id() } else { signer.did().to_string() };
    match serde_json::from_slice::<Value>(payload) {
        Ok(value) => match value.get(by).and_then(Value::as_str) {
            Some(theirs) if theirs.len() > 8 && theirs != ours => {
                Cow::Owned(replaced(payload, theirs.as_bytes(), ours.as_bytes()))
            }
            _ => Cow::Borrowed(payload),
        },
        Err(_) => Cow::Borrowed(payload),
    }
}
