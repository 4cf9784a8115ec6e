//! Token Status List: one bit (or a few) for each rating of a large shared list, signed whole.
//!
//! The format is small, and the list is read with a bound on what it may expand to (A38): an oversized list is an error and
//! never cut off.
//!
//! Specified in `spec/text/status.md`.

use std::io::{Read as _, Write as _};

use serde::{Deserialize, Serialize};

use crate::did::{Did, KeyHistories};
use crate::domain::{HASH_STATUS, STATUS_URI_PREFIX, TYP_STATUS_LIST};
use crate::encoding::{b64, from_value, object, present, unb64};
use crate::hash::Hash;
use crate::limits::{MAX_STATUS_ENTRIES, MAX_STATUS_LIST_BYTES, SMALL_STATUS_LIST};
use crate::reason::{Fault, Reason, refuse};
use crate::signed::{Signer, issued_at, open_jws};
use crate::time::Timestamp;

/// Where a rating's status is kept: a list's address and a place in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusRef {
    /// Place in the list, from 0.
    pub idx: u64,
    /// Address of the list, which begins with [`STATUS_URI_PREFIX`].
    pub uri: String,
}

/// Statuses in memory: 1, 2, 4 or 8 bits of each entry, lowest bits of each byte first; at most [`MAX_STATUS_ENTRIES`].
#[derive(Clone, PartialEq, Eq)]
pub struct StatusList {
    bits: u8,
    bytes: Vec<u8>,
}

impl StatusList {
    /// A list of `entries` one-bit statuses, all valid; rounded up to whole bytes.
    ///
    /// # Errors
    /// `too_large` over [`MAX_STATUS_ENTRIES`].
    pub fn new(entries: u64) -> Result<Self, Fault> {
        match usize::try_from(entries) {
            Ok(entries) if entries <= MAX_STATUS_ENTRIES => {
                Ok(Self { bits: 1, bytes: vec![0; entries.div_ceil(8)] })
            }
            _ => refuse(Reason::TooLarge, "status_list"),
        }
    }

    /// Number of entries, a multiple of those in a byte.
    #[must_use]
    pub fn len(&self) -> u64 {
        u64::try_from(self.bytes.len()).unwrap_or(u64::MAX) * u64::from(8 / self.bits)
    }

    /// Whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The status at `index`, from 0: 0 is valid.
    ///
    /// # Errors
    /// `status.index` outside the list (A39).
    ///
    /// Implements REQ-STATUS-5 (`spec/text/status.md`).
    //= spec/text/status.md#REQ-STATUS-5
    //# An index outside the list MUST be refused and is never valid.
    pub fn get(&self, index: u64) -> Result<u8, Fault> {
        let (byte, shift, mask) = self.place(index);
        let byte = usize::try_from(byte).ok().and_then(|byte| self.bytes.get(byte));
        byte.map(|byte| byte >> shift & mask).ok_or(Fault::new(Reason::StatusIndex, "status_list.idx"))
    }

    /// Sets the status at `index`, from 0.
    ///
    /// # Errors
    /// `status.index` outside the list, or if the status needs more bits than the list has.
    pub fn set(&mut self, index: u64, status: u8) -> Result<(), Fault> {
        let outside = Fault::new(Reason::StatusIndex, "status_list.idx");
        let (byte, shift, mask) = self.place(index);
        let byte =
            usize::try_from(byte).ok().and_then(|byte| self.bytes.get_mut(byte)).ok_or(outside.clone())?;
        if status & !mask != 0 {
            return Err(outside);
        }
        *byte = *byte & !(mask << shift) | status << shift;
        Ok(())
    }

    fn place(&self, index: u64) -> (u64, u64, u8) {
        let each = u64::from(8 / self.bits);
        (index / each, index % each * u64::from(self.bits), u8::MAX >> (8 - self.bits))
    }

    /// Reads the `lst` of a list: base64url of a zlib stream.
    ///
    /// # Errors
    /// `status.invalid` for another number of bits, a broken stream or trailing bytes; `malformed.base64url`; `too_large`
    /// if it expands past [`MAX_STATUS_ENTRIES`].
    ///
    /// Implements REQ-STATUS-2 and REQ-STATUS-3 (`spec/text/status.md`).
    pub fn from_compressed(bits: u8, lst: &str) -> Result<Self, Fault> {
        let bad = || Fault::new(Reason::StatusInvalid, "status_list");
        //= spec/text/status.md#REQ-STATUS-2
        //# `bits` MUST be 1, 2, 4 or 8
        if !matches!(bits, 1 | 2 | 4 | 8) {
            return Err(bad());
        }
        let compressed = unb64(lst, "status_list.lst")?;
        //= spec/text/status.md#REQ-STATUS-3
        //# A list MUST NOT expand to over 2^20 entries; it is refused and never cut off.
        let limit = MAX_STATUS_ENTRIES * usize::from(bits) / 8;
        let mut decoder = flate2::read::ZlibDecoder::new(compressed.as_slice());
        let mut bytes = Vec::new();
        let bound = u64::try_from(limit).unwrap_or(u64::MAX) + 1;
        decoder.by_ref().take(bound).read_to_end(&mut bytes).map_err(|_| bad())?;
        if bytes.len() > limit {
            return refuse(Reason::TooLarge, "status_list.lst");
        }
        //= spec/text/status.md#REQ-STATUS-2
        //# `lst` one whole zlib stream after which nothing follows
        if decoder.total_in() != u64::try_from(compressed.len()).unwrap_or(0) {
            return Err(bad());
        }
        // A buffer that grew is up to twice what is in it, and an answer may hold many lists.
        bytes.shrink_to_fit();
        Ok(Self { bits, bytes })
    }

    /// The `lst` of a list: base64url of its zlib stream.
    ///
    /// # Errors
    /// `internal`, which memory does not cause.
    pub fn to_compressed(&self) -> Result<String, Fault> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        let done = encoder.write_all(&self.bytes).and_then(|()| encoder.finish());
        Ok(b64(done.map_err(|_| Fault::new(Reason::Internal, "status_list"))?))
    }
}

impl core::fmt::Debug for StatusList {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "StatusList({} × {} bits)", self.len(), self.bits)
    }
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: Did,
    sub: String,
    iat: Timestamp,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    exp: Option<Timestamp>,
    #[serde(deserialize_with = "object")]
    status_list: Compressed,
}

#[derive(Serialize, Deserialize)]
struct Compressed {
    bits: u8,
    lst: String,
}

/// A status list whose signature was verified, at most [`MAX_STATUS_LIST_BYTES`] as signed.
#[derive(Debug, Clone)]
pub struct SignedStatusList {
    text: String,
    issuer: Did,
    uri: String,
    issued: Timestamp,
    expires: Option<Timestamp>,
    list: StatusList,
    hash: Hash,
}

impl SignedStatusList {
    /// Signs a list under address `uri`, which begins with [`STATUS_URI_PREFIX`].
    ///
    /// # Errors
    /// `status.invalid` for another address; `too_large` over [`MAX_STATUS_LIST_BYTES`]; `internal`, which no list
    /// causes.
    pub fn sign(uri: &str, list: StatusList, signer: &Signer, now: Timestamp) -> Result<Self, Fault> {
        if !uri.starts_with(STATUS_URI_PREFIX) {
            return refuse(Reason::StatusInvalid, "status_list.sub");
        }
        let claims = Claims {
            iss: signer.did().clone(),
            sub: uri.to_owned(),
            iat: now,
            exp: None,
            status_list: Compressed { bits: list.bits, lst: list.to_compressed()? },
        };
        let text = signer.sign(&claims, TYP_STATUS_LIST)?;
        if text.len() > MAX_STATUS_LIST_BYTES {
            return refuse(Reason::TooLarge, "status_list");
        }
        let hash = Hash::of(HASH_STATUS, text.as_bytes());
        Ok(Self { text, issuer: claims.iss, uri: claims.sub, issued: now, expires: None, list, hash })
    }

    /// Verifies a list under the key of the issuer that it states.
    ///
    /// # Errors
    /// Those of [`open_jws`] and [`issued_at`]; those of [`StatusList::from_compressed`]; `status.invalid` for an address
    /// that does not begin with [`STATUS_URI_PREFIX`]; `malformed`, or `malformed.time` for `iat` and `exp`.
    ///
    /// Implements REQ-STATUS-1 to REQ-STATUS-3 and REQ-STATUS-14 (`spec/text/status.md`).
    pub fn open(text: &str, histories: &KeyHistories) -> Result<Self, Fault> {
        //= spec/text/status.md#REQ-STATUS-1
        //# A list MUST verify under the key that its `iss` and `kid` name, as of its `iat`.
        //= spec/text/status.md#REQ-STATUS-3
        //# As signed it is at most 524,288 bytes.
        let (issuer, payload) =
            open_jws(text, TYP_STATUS_LIST, MAX_STATUS_LIST_BYTES, "iss", histories, issued_at)?;
        let claims: Claims = from_value(payload, "status_list")?;
        //= spec/text/status.md#REQ-STATUS-14
        //# The address of a list MUST begin with `urn:faam:status:`
        if !claims.sub.starts_with(STATUS_URI_PREFIX) {
            return refuse(Reason::StatusInvalid, "status_list.sub");
        }
        let list = StatusList::from_compressed(claims.status_list.bits, &claims.status_list.lst)?;
        Ok(Self {
            hash: Hash::of(HASH_STATUS, text.as_bytes()),
            text: text.to_owned(),
            issuer,
            uri: claims.sub,
            issued: claims.iat,
            expires: claims.exp,
            list,
        })
    }

    /// The list as it was signed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Who signed it.
    #[must_use]
    pub const fn issuer(&self) -> &Did {
        &self.issuer
    }

    /// Its address.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// When it was signed, as the issuer says.
    #[must_use]
    pub const fn issued(&self) -> Timestamp {
        self.issued
    }

    /// When it expires, if it says so.
    #[must_use]
    pub const fn expires(&self) -> Option<Timestamp> {
        self.expires
    }

    /// The statuses.
    #[must_use]
    pub const fn list(&self) -> &StatusList {
        &self.list
    }

    /// Hash of the text, as epoch records name it. Computed once: a list is long, and compared with many records.
    #[must_use]
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    /// Whether the list has fewer than [`SMALL_STATUS_LIST`] entries, so that it could serve to follow single people
    /// (A42).
    ///
    /// Implements REQ-STATUS-12 (`spec/text/status.md`).
    //= spec/text/status.md#REQ-STATUS-12
    //# lists of under 1,024 entries, which could serve to follow single people
    #[must_use]
    pub fn is_small(&self) -> bool {
        self.list.len() < SMALL_STATUS_LIST
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SigningKey;

    /// The example of the Token Status List specification, §4: 16 one-bit statuses, bytes b9 a3.
    #[test]
    fn the_specifications_own_example() {
        let list = StatusList::from_compressed(1, "eNrbuRgAAhcBXQ").unwrap();
        let expected = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1];
        for (index, status) in expected.iter().enumerate() {
            assert_eq!(list.get(index as u64).unwrap(), *status, "{index}");
        }
        assert_eq!(list.len(), 16);
    }

    #[test]
    fn a39_outside_is_never_valid() {
        let mut list = StatusList::new(16).unwrap();
        list.set(15, 1).unwrap();
        assert_eq!(list.get(15).unwrap(), 1);
        assert_eq!(list.get(14).unwrap(), 0);
        for index in [16, u64::MAX] {
            assert_eq!(list.get(index).unwrap_err().reason(), Reason::StatusIndex);
        }
        assert!(list.set(3, 2).is_err());
    }

    #[test]
    fn a38_a_list_that_expands_past_the_cap_is_an_error() {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&vec![0; MAX_STATUS_ENTRIES / 8 + 1]).unwrap();
        let bomb = b64(encoder.finish().unwrap());
        assert_eq!(StatusList::from_compressed(1, &bomb).unwrap_err().reason(), Reason::TooLarge);
        assert!(StatusList::from_compressed(8, &bomb).is_ok());
        let trailing = b64([unb64("eNrbuRgAAhcBXQ", "t").unwrap(), vec![0]].concat());
        assert_eq!(StatusList::from_compressed(1, &trailing).unwrap_err().reason(), Reason::StatusInvalid);
        assert_eq!(
            StatusList::from_compressed(3, "eNrbuRgAAhcBXQ").unwrap_err().reason(),
            Reason::StatusInvalid
        );
    }

    #[test]
    fn a37_a_list_is_of_its_issuer_and_address() {
        let signer = Signer::from_key(SigningKey::from_seed(&[1; 32]));
        let now = Timestamp::new(1_800_000_000).unwrap();
        let signed =
            SignedStatusList::sign("urn:faam:status:x", StatusList::new(8).unwrap(), &signer, now).unwrap();
        let again = SignedStatusList::open(signed.as_str(), &KeyHistories::new()).unwrap();
        assert_eq!((again.uri(), again.issuer(), again.issued()), ("urn:faam:status:x", signer.did(), now));
        assert!(again.is_small());
        let (head, signature) = signed.as_str().rsplit_once('.').unwrap();
        let other = Signer::from_key(SigningKey::from_seed(&[2; 32]));
        let foreign = format!("{head}.{}", b64(other.key().sign(head.as_bytes()).to_bytes()));
        assert_ne!(signature, "");
        assert_eq!(
            SignedStatusList::open(&foreign, &KeyHistories::new()).unwrap_err().reason(),
            Reason::InvalidSignature
        );
        let lst = StatusList::new(8).unwrap().to_compressed().unwrap();
        let claims = serde_json::json!({
            "iss": signer.did(), "sub": "https://market.example/1", "iat": now, "status_list": {"bits": 1, "lst": lst},
        });
        let elsewhere = signer.sign(&claims, TYP_STATUS_LIST).unwrap();
        assert_eq!(
            SignedStatusList::open(&elsewhere, &KeyHistories::new()).unwrap_err().reason(),
            Reason::StatusInvalid
        );
    }

    /// One list may be compared with many records, for each of many ratings. A function that is const does not compute SHA-256.
    #[test]
    fn the_hash_of_a_list_is_computed_once() {
        const fn kept(list: &SignedStatusList) -> Hash {
            list.hash()
        }
        let signer = Signer::from_key(SigningKey::from_seed(&[1; 32]));
        let now = Timestamp::new(1_800_000_000).unwrap();
        let signed =
            SignedStatusList::sign("urn:faam:status:x", StatusList::new(8).unwrap(), &signer, now).unwrap();
        let opened = SignedStatusList::open(signed.as_str(), &KeyHistories::new()).unwrap();
        let hash = Hash::of(HASH_STATUS, signed.as_str().as_bytes());
        assert_eq!((kept(&signed), kept(&opened)), (hash, hash));
    }

    #[test]
    fn a_stream_that_ends_early_is_no_list() {
        let mut list = StatusList::new(1 << 12).unwrap();
        list.set(77, 1).unwrap();
        let whole = unb64(&list.to_compressed().unwrap(), "t").unwrap();
        assert!(StatusList::from_compressed(1, &b64(&whole)).is_ok());
        for length in 0..whole.len() {
            let cut = StatusList::from_compressed(1, &b64(&whole[..length]));
            assert_eq!(cut.map_err(|fault| fault.reason()), Err(Reason::StatusInvalid), "{length}");
        }
    }

    #[test]
    fn a_time_that_is_none_is_not_taken_for_absent() {
        let signer = Signer::from_key(SigningKey::from_seed(&[1; 32]));
        let lst = StatusList::new(8).unwrap().to_compressed().unwrap();
        let open = |exp: serde_json::Value| {
            let list = serde_json::json!({"bits": 1, "lst": lst});
            let mut claims = serde_json::json!({"iss": signer.did(), "sub": "urn:faam:status:x", "iat": 9, "status_list": list});
            claims["exp"] = exp;
            let text = signer.sign(&claims, TYP_STATUS_LIST).unwrap();
            SignedStatusList::open(&text, &KeyHistories::new())
                .map(|list| list.expires().map(Timestamp::seconds))
                .map_err(|fault| fault.reason())
        };
        assert_eq!(open(serde_json::json!(10)), Ok(Some(10)));
        for none in [serde_json::json!(null), serde_json::json!("10"), serde_json::json!(-1)] {
            assert_eq!(open(none), Err(Reason::MalformedTime));
        }
    }
}
