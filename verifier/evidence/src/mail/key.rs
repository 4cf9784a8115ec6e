//! The key of a domain, as it stood in DNS (RFC 6376 §3.6.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use faam_spec::reason::{Fault, Reason, refuse};
use mail_auth::common::parse::TxtRecordParser as _;
use mail_auth::common::verify::DomainKey;

use super::tags::{Tags, items};

/// Bits that an RSA key has at least and at most.
const RSA_BITS: std::ops::RangeInclusive<usize> = 1024..=8192;

/// A key that can be verified under, and what its domain says of its use.
pub(super) struct Key {
    pub(super) key: DomainKey,
    /// Whether it is an Ed25519 key; else RSA.
    pub(super) ed25519: bool,
    /// Whether `i` of a signature has to be of the domain itself (`t=s`).
    pub(super) exact: bool,
}

/// Reads a record.
//= spec/text/evidence.md#REQ-EVID-19
//# A key whose `p` is empty was revoked (`mail.key.revoked`). An RSA key MUST have at least 1,024 bits and at
//# most 8,192 (`mail.key.weak`).
pub(super) fn read(record: &str) -> Result<Key, Fault> {
    const AT: &str = "mail.key";
    let weak = || Fault::new(Reason::MailKeyWeak, AT);
    let tags = Tags::parse(record).ok_or_else(weak)?;
    let version = tags.get("v");
    if version.is_some_and(|version| version != "DKIM1" || tags.first() != Some("v")) {
        return Err(weak());
    }
    let named = |tag: &str, one_of: &[&str]| {
        tags.get(tag).is_none_or(|value| items(value).iter().any(|item| one_of.contains(&item.as_str())))
    };
    if !named("h", &["sha256"]) || !named("s", &["*", "email"]) {
        return refuse(Reason::UnsupportedAlgorithm, AT);
    }
    let ed25519 = match tags.get("k") {
        None | Some("rsa") => false,
        Some("ed25519") => true,
        Some(_) => return refuse(Reason::UnsupportedAlgorithm, AT),
    };
    let text: String = tags.get("p").ok_or_else(weak)?.split_whitespace().collect();
    if text.is_empty() {
        return refuse(Reason::MailKeyRevoked, AT);
    }
    let bytes = STANDARD.decode(&text).map_err(|_| weak())?;
    let good = match ed25519 {
        true => bytes.len() == 32,
        false => modulus_bits(&bytes).is_some_and(|bits| RSA_BITS.contains(&bits)),
    };
    if !good {
        return Err(weak());
    }
    let exact = tags.get("t").is_some_and(|flags| items(flags).iter().any(|flag| flag == "s"));
    let key = DomainKey::parse(record.as_bytes()).map_err(|_| weak())?;
    Ok(Key { key, ed25519, exact })
}

/// Bits of the modulus of an RSA key: a `SubjectPublicKeyInfo` or an `RSAPublicKey` in DER.
fn modulus_bits(der: &[u8]) -> Option<usize> {
    let (outer, rest) = element(der, 0x30)?;
    if !rest.is_empty() {
        return None;
    }
    if let Some((modulus, _)) = element(outer, 0x02) {
        return bits(modulus);
    }
    let (_, after) = element(outer, 0x30)?;
    let (string, _) = element(after, 0x03)?;
    let (inner, _) = element(string.strip_prefix(&[0])?, 0x30)?;
    bits(element(inner, 0x02)?.0)
}

fn bits(number: &[u8]) -> Option<usize> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let (first, rest) = number.get(zeros..)?.split_first()?;
    Some(rest.len() * 8 + (8 - first.leading_zeros() as usize))
}

/// The content of the element with this tag that begins the bytes, and what follows it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first()?;
    if *first != tag {
        return None;
    }
    let (length, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}
