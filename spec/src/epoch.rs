//! The epoch record: a market's one public artefact in each epoch.
//!
//! Specified in `spec/text/epoch.md`.

use serde::{Deserialize, Serialize};

use crate::did::{Did, KeyHistories};
use crate::domain::{HASH_EPOCH, STATUS_URI_PREFIX, TYP_EPOCH};
use crate::encoding::{from_value_exact, present};
use crate::hash::Hash;
use crate::limits::{MAX_EPOCH_RECORD_BYTES, MAX_EPOCH_STATUS_LISTS};
use crate::name::MarketId;
use crate::private::PrivateTerms;
use crate::reason::{Fault, Reason, refuse};
use crate::signed::{Signer, issued_at, open_jws};
use crate::time::{EpochLength, Timestamp};
use crate::tree::TreeHead;

/// What an epoch record says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpochRecord {
    /// Format version, 0.
    pub v: u8,
    /// The issuer.
    pub iss: Did,
    /// The market.
    pub market: MarketId,
    /// Number of the epoch, counted in `epoch_seconds` from Monday 1970-01-05.
    pub epoch: u64,
    /// Length of the market's epochs, in seconds, the same in all of its records.
    pub epoch_seconds: EpochLength,
    /// When it was signed, as the issuer says; not before the epoch began.
    pub iat: Timestamp,
    /// Hash of the record before; none for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev: Option<Hash>,
    /// The tree over the salted heads of all accounts.
    pub accounts: TreeHead,
    /// Key ids under which the market signs ratings and standings in this epoch.
    pub keys: Vec<String>,
    /// The market's status lists as they were when the record was signed; at most [`MAX_EPOCH_STATUS_LISTS`].
    pub status: Vec<StatusDigest>,
    /// How the market signs private standings in this epoch; none if it does not.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub private: Option<PrivateTerms>,
    /// Whether the market is closed and no other record follows.
    #[serde(rename = "final", default, skip_serializing_if = "is_false")]
    pub last: bool,
}

/// Address and hash of a status list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusDigest {
    /// The list's address (its `sub`), which begins with [`STATUS_URI_PREFIX`].
    pub uri: String,
    /// Hash of the list as it was signed.
    pub hash: Hash,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// An epoch record whose signature was verified, with its text of at most [`MAX_EPOCH_RECORD_BYTES`] and its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedEpochRecord {
    text: String,
    record: EpochRecord,
    hash: Hash,
}

impl SignedEpochRecord {
    /// Signs a record.
    ///
    /// # Errors
    /// `too_large` over [`MAX_EPOCH_RECORD_BYTES`]; `internal`, which no record causes.
    pub fn sign(record: EpochRecord, signer: &Signer) -> Result<Self, Fault> {
        let text = signer.sign(&record, TYP_EPOCH)?;
        if text.len() > MAX_EPOCH_RECORD_BYTES {
            return refuse(Reason::TooLarge, "epoch_record");
        }
        let hash = Hash::of(HASH_EPOCH, text.as_bytes());
        Ok(Self { text, record, hash })
    }

    /// Verifies a record under the key of the issuer that it states.
    ///
    /// # Errors
    /// Those of [`open_jws`] and [`issued_at`]; `unsupported.version`; `too_large` for more than
    /// [`MAX_EPOCH_STATUS_LISTS`]; `invalid.issuer` for a key id in `keys` that is not of `iss`; `status.invalid` for
    /// another address of a list; those of [`PrivateTerms::check`] and [`PrivateTerms::check_among`]; `epoch.chain` if it was signed before its epoch began; `malformed`, or the code of the
    /// member whose type refused its value.
    ///
    /// Implements REQ-EPOCH-2 to REQ-EPOCH-4 and REQ-EPOCH-11 (`spec/text/epoch.md`); REQ-STATUS-14
    /// (`spec/text/status.md`); REQ-GEN-10 (`spec/text/README.md`).
    pub fn open(text: &str, histories: &KeyHistories) -> Result<Self, Fault> {
        //= spec/text/epoch.md#REQ-EPOCH-2
        //# A record MUST verify under the key that its `iss` and `kid` name, as of its `iat`.
        //= spec/text/epoch.md#REQ-EPOCH-4
        //# be at most 32,768 bytes
        let (_, payload) = open_jws(text, TYP_EPOCH, MAX_EPOCH_RECORD_BYTES, "iss", histories, issued_at)?;
        let record: EpochRecord = from_value_exact(payload, "epoch_record")?;
        //= spec/text/README.md#REQ-GEN-10
        //# A reader MUST refuse an object whose version `v` it does not know
        if record.v != 0 {
            return refuse(Reason::UnsupportedVersion, "epoch_record.v");
        }
        //= spec/text/epoch.md#REQ-EPOCH-4
        //# It MUST name at most 64 status lists
        if record.status.len() > MAX_EPOCH_STATUS_LISTS {
            return refuse(Reason::TooLarge, "epoch_record.status");
        }
        //= spec/text/epoch.md#REQ-EPOCH-11
        //# Each of `keys` MUST be the DID of `iss`, `#` and what follows
        let own =
            |kid: &String| kid.strip_prefix(record.iss.as_str()).is_some_and(|rest| rest.starts_with('#'));
        if !record.keys.iter().all(own) {
            return refuse(Reason::InvalidIssuer, "epoch_record.keys");
        }
        //= spec/text/status.md#REQ-STATUS-14
        //# The address of a list MUST begin with `urn:faam:status:`
        if !record.status.iter().all(|list| list.uri.starts_with(STATUS_URI_PREFIX)) {
            return refuse(Reason::StatusInvalid, "epoch_record.status");
        }
        if let Some(private) = &record.private {
            private.check()?;
            private.check_among(record.accounts.size)?;
        }
        //= spec/text/epoch.md#REQ-EPOCH-3
        //# A record MUST NOT be signed before its epoch began.
        if record.iat < record.begins() {
            return refuse(Reason::EpochChain, "epoch_record.iat");
        }
        Ok(Self { hash: Hash::of(HASH_EPOCH, text.as_bytes()), text: text.to_owned(), record })
    }

    /// The record as it was signed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it says.
    #[must_use]
    pub const fn record(&self) -> &EpochRecord {
        &self.record
    }

    /// Its hash, by which its successor and its standings name it.
    #[must_use]
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    /// Checks that this record may follow `earlier`, of the same market.
    ///
    /// # Errors
    /// `epoch.forked` for two records with one predecessor or of one epoch, which is evidence against the market;
    /// `epoch.chain` if it is of another length or an earlier epoch, follows a final record, or is the next one and names
    /// another predecessor.
    ///
    /// Implements REQ-EPOCH-7 to REQ-EPOCH-10 (`spec/text/epoch.md`).
    pub fn follows(&self, earlier: &Self) -> Result<(), Fault> {
        let (new, old) = (&self.record, &earlier.record);
        if self.hash == earlier.hash {
            return Ok(());
        }
        // With another length, numbers would mean other times, and a record could be hidden behind the numbers.
        //= spec/text/epoch.md#REQ-EPOCH-10
        //# A record MUST have the length of epoch that the known one has, because with another, numbers would
        //# mean other times.
        if new.epoch_seconds != old.epoch_seconds {
            return refuse(Reason::EpochChain, "epoch_record.epoch_seconds");
        }
        //= spec/text/epoch.md#REQ-EPOCH-7
        //# Two records with the same `prev` or the same `epoch` and different hashes MUST be refused.
        if new.prev == old.prev || new.epoch == old.epoch {
            return refuse(Reason::EpochForked, "epoch_record.prev");
        }
        //= spec/text/epoch.md#REQ-EPOCH-8
        //# A record MUST NOT be of an earlier epoch, or follow a final one.
        if new.epoch < old.epoch || old.last {
            return refuse(Reason::EpochChain, "epoch_record.epoch");
        }
        //= spec/text/epoch.md#REQ-EPOCH-9
        //# The next epoch's record MUST name the known record's hash as `prev`.
        if new.epoch == old.epoch + 1 && new.prev != Some(earlier.hash) {
            return refuse(Reason::EpochChain, "epoch_record.prev");
        }
        Ok(())
    }
}

impl EpochRecord {
    /// The first moment of the epoch, to the second.
    #[must_use]
    pub fn begins(&self) -> Timestamp {
        self.epoch_seconds.start_of(self.epoch)
    }

    /// What people call the epoch.
    #[must_use]
    pub fn label(&self) -> String {
        self.epoch_seconds.label(self.epoch)
    }

    /// How many epochs have begun since this one, as of `now`: 0 while it is current.
    #[must_use]
    pub fn age_at(&self, now: Timestamp) -> u64 {
        self.epoch_seconds.number_at(now).saturating_sub(self.epoch)
    }
}
