//! What an issuer must have stored before it speaks, and the forms in which it is stored.

use faam_spec::bbs::{Commitment, Entropy};
use faam_spec::encoding::{from_value, json, parse_value};
use faam_spec::hash::{LedgerId, Salt};
use faam_spec::key::{Jwk, VerifyingKey};
use faam_spec::ledger::Record;
use faam_spec::name::MarketId;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::time::{EpochLength, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::issuer::Binding;
use crate::private::PrivateBinding;
use crate::{AccountId, EventId};

/// Largest stored value that is read back, in bytes: a record with every disclosure at its bound.
const MAX_STORED_BYTES: usize = 256 * 1024;
/// Accounts in one stored piece of a snapshot: 160 KiB.
const SNAPSHOT_CHUNK: usize = 4096;
/// Ledger, size of its log, salt.
const SNAPSHOT_ROW: usize = 16 + 8 + 16;

/// One value to be stored: all that an operation returns go into the store together or not at all.
///
/// Nothing is ever deleted; only values of [`ChangeTable::Account`] are written over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// In which table.
    pub table: ChangeTable,
    /// Under which key, 1 to 128 bytes.
    pub id: Vec<u8>,
    /// What, at most 256 KiB.
    pub value: Vec<u8>,
}

/// The tables of an issuer's store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum ChangeTable {
    /// 0: whose store this is.
    Meta = 0,
    /// 1: each account's ledger and the wallet it is bound to.
    Account = 1,
    /// 2: each ledger's entries with their disclosures, event names and places in the status lists.
    Record = 2,
    /// 3: which accounts an epoch's record holds, how far, and with which salts.
    Snapshot = 3,
    /// 4: epoch records as signed.
    Epoch = 4,
    /// 5: status lists: their addresses, and what was signed for each epoch.
    Status = 5,
}

impl ChangeTable {
    /// Every table, in the order of their codes.
    pub const ALL: [Self; 6] =
        [Self::Meta, Self::Account, Self::Record, Self::Snapshot, Self::Epoch, Self::Status];

    /// The table's number in a store; it never changes.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The table of a number, if there is one.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.code() == code)
    }
}

/// `store.damaged`: what was stored does not fit together.
pub(crate) const fn damaged<T>(at: &'static str) -> Result<T, Fault> {
    refuse(Reason::StoreDamaged, at)
}

/// Whose store this is.
#[derive(Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredMeta {
    pub(crate) v: u8,
    pub(crate) issuer: String,
    pub(crate) market: MarketId,
    pub(crate) epoch_seconds: EpochLength,
    /// Differs when the secret of the pseudonyms does.
    pub(crate) raters: String,
}

/// An account's ledger and binding.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredAccount {
    pub(crate) v: u8,
    pub(crate) ledger: LedgerId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) binding: Option<StoredBinding>,
}

/// Which wallet a ledger is bound to.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredBinding {
    pub(crate) holder: Jwk,
    pub(crate) at: Timestamp,
    pub(crate) index: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) private: Option<StoredPrivate>,
}

/// What a binding has for private standings.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredPrivate {
    pub(crate) commitment: Commitment,
    pub(crate) entropy: Entropy,
}

/// An entry with what the market alone knows of it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredRecord<R = Record> {
    pub(crate) v: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) event: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<StatusPlace>,
    pub(crate) record: R,
}

/// Number of a status list, and a place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatusPlace {
    pub(crate) list: u32,
    pub(crate) idx: u64,
}

/// One account in a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SnapshotRow {
    pub(crate) ledger: LedgerId,
    pub(crate) size: u64,
    pub(crate) salt: Salt,
}

impl Change {
    pub(crate) fn meta(meta: &StoredMeta) -> Result<Self, Fault> {
        Self::of(ChangeTable::Meta, b"meta".to_vec(), meta)
    }

    pub(crate) fn account(account: &AccountId, stored: &StoredAccount) -> Result<Self, Fault> {
        Self::of(ChangeTable::Account, account.as_str().as_bytes().to_vec(), stored)
    }

    pub(crate) fn record(
        record: &Record,
        event: Option<&EventId>,
        status: Option<StatusPlace>,
    ) -> Result<Self, Fault> {
        let id = record_key(record.entry().ledger, record.entry().index);
        let event = event.map(|id| id.as_str().to_owned());
        Self::of(ChangeTable::Record, id, &StoredRecord { v: 0, event, status, record })
    }

    /// A whole snapshot, in pieces.
    pub(crate) fn snapshot(epoch: u64, rows: &[SnapshotRow]) -> Vec<Self> {
        let piece = |(number, rows): (usize, &[SnapshotRow])| {
            let mut value = Vec::with_capacity(rows.len() * SNAPSHOT_ROW);
            for row in rows {
                value.extend_from_slice(row.ledger.as_bytes());
                value.extend_from_slice(&row.size.to_be_bytes());
                value.extend_from_slice(row.salt.as_bytes());
            }
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            Self { table: ChangeTable::Snapshot, id: pair_key(epoch, number), value }
        };
        rows.chunks(SNAPSHOT_CHUNK).enumerate().map(piece).collect()
    }

    pub(crate) fn epoch(epoch: u64, text: &str) -> Self {
        Self { table: ChangeTable::Epoch, id: epoch.to_be_bytes().to_vec(), value: text.as_bytes().to_vec() }
    }

    /// A new status list's address.
    pub(crate) fn status_uri(list: u32, uri: &str) -> Self {
        Self { table: ChangeTable::Status, id: list.to_be_bytes().to_vec(), value: uri.as_bytes().to_vec() }
    }

    /// A status list as the record of `epoch` names it.
    pub(crate) fn status_signed(list: u32, epoch: u64, text: &str) -> Self {
        let id = pair_key(epoch, list);
        Self { table: ChangeTable::Status, id, value: text.as_bytes().to_vec() }
    }

    fn of<T: Serialize>(table: ChangeTable, id: Vec<u8>, value: &T) -> Result<Self, Fault> {
        Ok(Self { table, id, value: json(value)? })
    }
}

/// Reads a stored value back.
pub(crate) fn read<T: DeserializeOwned>(value: &[u8], at: &'static str) -> Result<T, Fault> {
    parse_value(value, MAX_STORED_BYTES, at).and_then(|value| from_value(value, at)).or(damaged(at))
}

/// Reads stored text back.
pub(crate) fn read_text(value: Vec<u8>, at: &'static str) -> Result<String, Fault> {
    String::from_utf8(value).or(damaged(at))
}

/// Reads one piece of a snapshot back.
pub(crate) fn read_snapshot(value: &[u8]) -> Result<Vec<SnapshotRow>, Fault> {
    let (rows, rest) = value.as_chunks::<SNAPSHOT_ROW>();
    if !rest.is_empty() {
        return damaged("snapshot");
    }
    let row = |row: &[u8; SNAPSHOT_ROW]| {
        let (ledger, rest) = row.split_first_chunk::<16>()?;
        let (size, rest) = rest.split_first_chunk::<8>()?;
        Some(SnapshotRow {
            ledger: LedgerId::from_bytes(*ledger),
            size: u64::from_be_bytes(*size),
            salt: Salt::from_bytes(*rest.first_chunk::<16>()?),
        })
    };
    rows.iter().map(|bytes| row(bytes).ok_or(Fault::new(Reason::StoreDamaged, "snapshot"))).collect()
}

fn record_key(ledger: LedgerId, index: u64) -> Vec<u8> {
    [ledger.as_bytes().as_slice(), &index.to_be_bytes()].concat()
}

/// Takes the key of a record apart.
pub(crate) fn read_record_key(id: &[u8]) -> Option<(LedgerId, u64)> {
    let (ledger, index) = id.split_first_chunk::<16>()?;
    Some((LedgerId::from_bytes(*ledger), u64::from_be_bytes(index.try_into().ok()?)))
}

fn pair_key(epoch: u64, number: u32) -> Vec<u8> {
    [epoch.to_be_bytes().as_slice(), &number.to_be_bytes()].concat()
}

/// Takes a key of epoch and number apart.
pub(crate) fn read_pair_key(id: &[u8]) -> Option<(u64, u32)> {
    let (epoch, number) = id.split_first_chunk::<8>()?;
    Some((u64::from_be_bytes(*epoch), u32::from_be_bytes(number.try_into().ok()?)))
}

impl From<&Binding> for StoredBinding {
    fn from(binding: &Binding) -> Self {
        let private = binding
            .private
            .map(|private| StoredPrivate { commitment: private.commitment, entropy: private.entropy });
        Self { holder: Jwk::from(&binding.holder), at: binding.at, index: binding.index, private }
    }
}

impl StoredBinding {
    pub(crate) fn private(&self) -> Option<PrivateBinding> {
        let private = self.private.as_ref()?;
        Some(PrivateBinding { commitment: private.commitment, entropy: private.entropy })
    }

    pub(crate) fn holder(&self) -> Result<VerifyingKey, Fault> {
        VerifyingKey::try_from(&self.holder).or(damaged("account.binding"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_of_tables_are_fixed() {
        for (code, table) in (0_u8..).zip(ChangeTable::ALL) {
            assert_eq!(table.code(), code);
            assert_eq!(ChangeTable::from_code(code), Some(table));
        }
        assert_eq!(ChangeTable::from_code(6), None);
    }

    #[test]
    fn snapshots_are_stored_in_bounded_pieces() {
        let rows: Vec<_> = (0..SNAPSHOT_CHUNK as u64 + 1)
            .map(|size| SnapshotRow {
                ledger: LedgerId::from_bytes([1; 16]),
                size,
                salt: Salt::from_bytes([2; 16]),
            })
            .collect();
        let changes = Change::snapshot(9, &rows);
        assert_eq!(changes.len(), 2);
        assert!(changes.iter().all(|change| change.value.len() <= MAX_STORED_BYTES));
        let back: Vec<_> = changes.iter().flat_map(|change| read_snapshot(&change.value).unwrap()).collect();
        assert_eq!(back, rows);
        assert_eq!(read_pair_key(&changes[1].id), Some((9, 1)));
        assert!(read_snapshot(&changes[1].value[1..]).is_err());
    }
}
