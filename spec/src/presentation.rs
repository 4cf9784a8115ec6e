//! The presentation: the `vp_token` for a request, and beside it what proves it whole.
//!
//! Members beside `vp_token` are not signed and need not be: each is checked against something that is.
//!
//! Specified in `spec/text/presentation.md`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::HASH_PRESENTATION;
use crate::encoding::{json, parse};
use crate::hash::Hash;
use crate::ledger::Record;
use crate::limits::{
    MAX_PRESENTATION_BYTES, MAX_PRESENTED_LEDGERS, MAX_PRESENTED_RATINGS, MAX_PRIVATE_STANDINGS,
    MAX_STAPLED_LISTS,
};
use crate::name::Role;
use crate::reason::{Fault, Reason, refuse};
use crate::tree::Path;

/// An answer to a request, at most [`MAX_PRESENTATION_BYTES`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Presentation {
    /// Format version, 0.
    pub v: u8,
    /// For each DCQL id, SD-JWTs with key binding, as text; at most twice [`MAX_PRESENTED_LEDGERS`] ids, and
    /// [`MAX_PRESENTED_RATINGS`] and [`MAX_PRESENTED_LEDGERS`] credentials in all.
    pub vp_token: BTreeMap<String, Vec<String>>,
    /// For each ledger, what proves that it is shown truly; at most [`MAX_PRESENTED_LEDGERS`].
    pub ledgers: Vec<LedgerProof>,
    /// For each private standing, what it is of; at most [`MAX_PRIVATE_STANDINGS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub private: Vec<PrivateShown>,
}

/// What stands beside the proof of one private standing: nothing that is not the same for all of a market's accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivateShown {
    /// DCQL id.
    pub standing: String,
    /// The role that it is about.
    pub role: Role,
    /// The epoch record that it is of, as signed.
    pub record: String,
}

/// What stands beside one ledger's standing and ratings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerProof {
    /// DCQL id of the standing.
    pub standing: String,
    /// DCQL id of the ratings; none if only the standing is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratings: Option<String>,
    /// The epoch record that the standing names, as signed.
    pub record: String,
    /// Where the account's head stands in that record's tree.
    pub account: Inclusion,
    /// Where each rating stands in the live tree, in the order in which they are shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub live: Vec<Inclusion>,
    /// Status lists, as signed; at most [`MAX_STAPLED_LISTS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub status: Vec<String>,
    /// Whether this claims to be every live rating of the roles that were asked for.
    #[serde(default, skip_serializing_if = "is_false")]
    pub complete: bool,
    /// Replies that travel with the ratings shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<LoggedRecord>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A leaf's place in a tree and the path from it to the root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inclusion {
    /// Place of the leaf, from 0.
    pub at: u64,
    /// Hashes up to the root.
    pub path: Path,
}

/// A record with its path in the log; its place is its index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoggedRecord {
    /// The record.
    pub record: Record,
    /// Hashes up to the root of the log.
    pub path: Path,
}

impl Presentation {
    /// Reads a presentation. Nothing is verified.
    ///
    /// # Errors
    /// `too_large` over [`MAX_PRESENTATION_BYTES`], before anything is read, and for more ledgers, ids, credentials or
    /// lists than the bounds allow; `malformed.json`; `unsupported.version`; `malformed`, or the code of the member whose
    /// type refused its value: those of [`Record`], and `malformed.base64url` and `too_large` of [`Path`].
    ///
    /// Implements REQ-PRES-1 and REQ-PRES-24 (`spec/text/presentation.md`); REQ-GEN-6 and REQ-GEN-10 (`spec/text/README.md`).
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        //= spec/text/README.md#REQ-GEN-6
        //# Every object has a largest size
        let presentation: Self = parse(bytes, MAX_PRESENTATION_BYTES, "presentation")?;
        //= spec/text/README.md#REQ-GEN-10
        //# A reader MUST refuse an object whose version `v` it does not know
        if presentation.v != 0 {
            return refuse(Reason::UnsupportedVersion, "presentation.v");
        }
        let shown: usize = presentation.vp_token.values().map(Vec::len).sum();
        let lists = presentation.ledgers.iter().map(|ledger| ledger.status.len()).max().unwrap_or(0);
        //= spec/text/presentation.md#REQ-PRES-1
        //# There MUST be at most 8 ledgers, 16 ids, 8 lists for each ledger, and 1,024 ratings with their 8
        //# standings in all.
        if presentation.ledgers.len() > MAX_PRESENTED_LEDGERS
            || presentation.vp_token.len() > 2 * MAX_PRESENTED_LEDGERS
            || shown > MAX_PRESENTED_RATINGS + MAX_PRESENTED_LEDGERS
            || lists > MAX_STAPLED_LISTS
        {
            return refuse(Reason::TooLarge, "presentation");
        }
        //= spec/text/presentation.md#REQ-PRES-24
        //# There MUST be at most 4 private standings.
        if presentation.private.len() > MAX_PRIVATE_STANDINGS {
            return refuse(Reason::TooLarge, "presentation.private");
        }
        Ok(presentation)
    }

    /// The presentation as bytes.
    ///
    /// # Errors
    /// `too_large` over [`MAX_PRESENTATION_BYTES`]; `internal`, which no presentation causes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Fault> {
        let bytes = json(self)?;
        if bytes.len() > MAX_PRESENTATION_BYTES {
            return refuse(Reason::TooLarge, "presentation");
        }
        Ok(bytes)
    }
}

/// The hash by which receipts name a presentation.
#[must_use]
pub fn hash(bytes: &[u8]) -> Hash {
    Hash::of(HASH_PRESENTATION, bytes)
}
