//! How a record stands in sled: sealed, in entries of a few KiB.
//!
//! sled writes a leaf of its tree (up to 20 entries) as one message, and moves messages over 128 KiB into files of
//! their own, which it does not sync and removes early. So a value is cut into parts that keep every leaf under that.
//!
//! ```text
//! key    table 1 | blinded id 16 | part 2
//! value  "FAAM" | version 1 | table 1 | blinded id 16 | part 2 | parts 2 | generation 8 | sealed length 2
//!        nonce 24 | sealed { in part 0: id length 2 | id } { up to 4096 bytes of the value } | tag 16
//! ```
//! Everything before the nonce is associated data. The magic, the key, the length and the generation (of the
//! commit that wrote it) stand in the value so that entries can be found and ordered in the raw file.

use zeroize::Zeroizing;

use crate::{
    FORMAT_VERSION, MAX_ID_LEN, MAX_VALUE_LEN, Table,
    keys::{BLIND_LEN, Keys, NONCE_LEN, NoRandomness, TAG_LEN},
};

/// What every entry begins with.
pub(crate) const MAGIC: &[u8; 4] = b"FAAM";
/// The length of the prefix that all entries of a record share.
pub(crate) const PREFIX_LEN: usize = 1 + BLIND_LEN;
/// The length of a key.
const KEY_LEN: usize = PREFIX_LEN + 2;
/// The length of what stands before the nonce.
pub(crate) const HEADER_LEN: usize = MAGIC.len() + 1 + KEY_LEN + 2 + 8 + 2;
/// The most of a value in one entry.
const PART_LEN: usize = 4096;
/// The longest entry.
pub(crate) const MAX_ENTRY_LEN: usize = HEADER_LEN + NONCE_LEN + 2 + MAX_ID_LEN + PART_LEN + TAG_LEN;

/// sled's leaves hold 16 entries, one more until they are split, and three more when a neighbour is merged in.
const MAX_LEAF_ENTRIES: usize = 20;
/// sled's threshold: a quarter of a segment, less its headers.
const BLOB_THRESHOLD: usize = 512 * 1024 / 4 - 20 - 32;
const _: () = assert!(MAX_LEAF_ENTRIES * (MAX_ENTRY_LEN + KEY_LEN + 32) < BLOB_THRESHOLD);
const _: () = assert!(MAX_VALUE_LEN / PART_LEN < u16::MAX as usize);

/// The prefix that all entries of a record share.
pub(crate) type Prefix = [u8; PREFIX_LEN];

/// An entry of sled: key and value.
pub(crate) type Entry = (Vec<u8>, Vec<u8>);

/// The prefix of a record.
pub(crate) fn prefix(keys: &Keys, table: Table, id: &[u8]) -> Prefix {
    let mut prefix = [table.0; PREFIX_LEN];
    for (to, from) in prefix.iter_mut().skip(1).zip(keys.blind(table, id)) {
        *to = from;
    }
    prefix
}

/// The prefix in a key.
pub(crate) fn prefix_of(key: &[u8]) -> Option<Prefix> {
    key.first_chunk().copied()
}

/// Whether the entry with this key begins a record.
pub(crate) fn is_first(key: &[u8]) -> bool {
    key.get(PREFIX_LEN..) == Some(&[0, 0])
}

/// An entry's share in the digest of what is live: its key, nonce and tag, which stand for all of it.
pub(crate) fn share(keys: &Keys, key: &[u8], value: &[u8]) -> [u8; 32] {
    let nonce = value.get(HEADER_LEN..HEADER_LEN + NONCE_LEN);
    match (nonce, value.last_chunk::<TAG_LEN>()) {
        (Some(nonce), Some(tag)) => keys.digest_of(&[key, nonce, tag]),
        // Too short to be ours; it must not look like anything that is.
        _ => keys.digest_of(&[key, b"not an entry", value]),
    }
}

/// What stands in clear before an entry's nonce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) key: [u8; KEY_LEN],
    pub(crate) parts: u16,
    pub(crate) generation: u64,
    sealed_len: u16,
}

impl Header {
    /// Reads the header that `bytes` begin with.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?.strip_prefix(&[FORMAT_VERSION])?;
        let (key, rest) = rest.split_first_chunk()?;
        let (parts, rest) = rest.split_first_chunk()?;
        let (generation, rest) = rest.split_first_chunk()?;
        let sealed_len = rest.first_chunk()?;
        Some(Self {
            key: *key,
            parts: u16::from_be_bytes(*parts),
            generation: u64::from_be_bytes(*generation),
            sealed_len: u16::from_be_bytes(*sealed_len),
        })
    }

    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(MAX_ENTRY_LEN);
        bytes.extend_from_slice(MAGIC);
        bytes.push(FORMAT_VERSION);
        bytes.extend_from_slice(&self.key);
        bytes.extend_from_slice(&self.parts.to_be_bytes());
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        bytes.extend_from_slice(&self.sealed_len.to_be_bytes());
        bytes
    }

    /// The length of the whole entry, in bytes.
    pub(crate) fn entry_len(&self) -> usize {
        HEADER_LEN + NONCE_LEN + usize::from(self.sealed_len)
    }

    pub(crate) fn part(&self) -> u16 {
        self.key.last_chunk().map_or(0, |part| u16::from_be_bytes(*part))
    }
}

/// The entries of a record.
pub(crate) fn seal(
    keys: &Keys,
    generation: u64,
    prefix: &Prefix,
    id: &[u8],
    value: &[u8],
) -> Result<Vec<Entry>, NoRandomness> {
    // An empty value has one part all the same: the one that names it.
    let mut chunks: Vec<&[u8]> = value.chunks(PART_LEN).collect();
    if chunks.is_empty() {
        chunks.push(&[]);
    }
    // Bounds on ids and values keep these conversions from ever saturating.
    let parts = u16::try_from(chunks.len()).unwrap_or(u16::MAX);
    let id_len = u16::try_from(id.len()).unwrap_or(u16::MAX);
    let mut entries = Vec::with_capacity(chunks.len());
    for (part, chunk) in (0..parts).zip(chunks) {
        let mut plaintext = Zeroizing::new(Vec::with_capacity(2 + id.len() + chunk.len()));
        if part == 0 {
            plaintext.extend_from_slice(&id_len.to_be_bytes());
            plaintext.extend_from_slice(id);
        }
        plaintext.extend_from_slice(chunk);

        let mut key = [0; KEY_LEN];
        for (to, from) in key.iter_mut().zip(prefix.iter().chain(&part.to_be_bytes())) {
            *to = *from;
        }
        let sealed_len = u16::try_from(plaintext.len() + TAG_LEN).unwrap_or(u16::MAX);
        let mut entry = Header { key, parts, generation, sealed_len }.encode();
        let sealed = keys.records.seal(&entry, &plaintext)?;
        entry.extend_from_slice(&sealed);
        entries.push((key.to_vec(), entry));
    }
    Ok(entries)
}

/// Opens one entry; `None` when anything in it, or its place, is not as it was sealed.
pub(crate) fn open(keys: &Keys, key: &[u8], value: &[u8]) -> Option<(Header, Zeroizing<Vec<u8>>)> {
    let header = Header::parse(value)?;
    if header.key != key || header.entry_len() != value.len() || header.part() >= header.parts {
        return None;
    }
    let (aad, sealed) = value.split_at_checked(HEADER_LEN)?;
    Some((header, keys.records.open(aad, sealed)?))
}

/// A record: its id and value.
pub(crate) type Record = (Vec<u8>, Vec<u8>);

/// Puts a record together from all its entries, in order; `None` when they are not one whole, intact record.
pub(crate) fn assemble<K: AsRef<[u8]>, V: AsRef<[u8]>>(keys: &Keys, entries: &[(K, V)]) -> Option<Record> {
    let mut record: Option<(Header, Record)> = None;
    for (expected_part, (key, value)) in (0_u16..).zip(entries) {
        let (header, plaintext) = open(keys, key.as_ref(), value.as_ref())?;
        if header.part() != expected_part || usize::from(header.parts) != entries.len() {
            return None;
        }
        match &mut record {
            None => {
                let (id_len, rest) = plaintext.split_first_chunk()?;
                let (id, chunk) = rest.split_at_checked(u16::from_be_bytes(*id_len).into())?;
                let (table, _) = header.key.split_first()?;
                let prefix = prefix(keys, Table(*table), id);
                if header.key.first_chunk() != Some(&prefix) {
                    return None;
                }
                record = Some((header, (id.to_vec(), chunk.to_vec())));
            }
            Some((first, (_, whole))) => {
                // Parts of two versions of one record are no record.
                if first.generation != header.generation || prefix_of(&first.key) != prefix_of(&header.key) {
                    return None;
                }
                whole.extend_from_slice(&plaintext);
            }
        }
    }
    record.map(|(_, record)| record)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::keys::StoreKey;

    fn keys() -> Keys {
        Keys::new(&StoreKey::from_bytes(&[9; 32]).unwrap())
    }

    fn sealed(generation: u64, id: &[u8], value: &[u8]) -> Vec<Entry> {
        let keys = keys();
        seal(&keys, generation, &prefix(&keys, Table(3), id), id, value).unwrap()
    }

    #[test]
    fn records_of_every_size_come_back() {
        for len in [0, 1, PART_LEN - 1, PART_LEN, PART_LEN + 1, 3 * PART_LEN, MAX_VALUE_LEN] {
            let value: Vec<u8> = (0..=255_u8).cycle().take(len).collect();
            let entries = sealed(1, &[7; MAX_ID_LEN], &value);
            assert_eq!(entries.len(), len.div_ceil(PART_LEN).max(1));
            assert!(entries.iter().all(|(_, entry)| entry.len() <= MAX_ENTRY_LEN));
            assert_eq!(assemble(&keys(), &entries), Some((vec![7; MAX_ID_LEN], value)));
        }
    }

    #[test]
    fn a62_any_flipped_bit_of_an_entry_is_noticed() {
        let [(key, entry)] = <[Entry; 1]>::try_from(sealed(5, b"id", b"value")).unwrap();
        assert!(open(&keys(), &key, &entry).is_some());
        for bit in 0..entry.len() * 8 {
            let mut flipped = entry.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&keys(), &key, &flipped).is_none(), "bit {bit}");
        }
    }

    #[test]
    fn a62_parts_missing_exchanged_or_of_two_versions_are_no_record() {
        let value = vec![1; 3 * PART_LEN];
        let entries = sealed(1, b"id", &value);
        assert!(assemble(&keys(), &entries[..2]).is_none());
        assert!(assemble(&keys(), &entries[1..]).is_none());
        assert!(assemble::<Vec<u8>, Vec<u8>>(&keys(), &[]).is_none());
        let mut exchanged = entries.clone();
        exchanged.swap(1, 2);
        assert!(assemble(&keys(), &exchanged).is_none());
        let mut mixed = entries;
        mixed[1] = sealed(2, b"id", &value).swap_remove(1);
        assert!(assemble(&keys(), &mixed).is_none());
    }

    proptest! {
        #[test]
        fn reading_any_bytes_never_panics(key: Vec<u8>, mut value: Vec<u8>, magic: bool) {
            if magic {
                value.splice(0..0, [&MAGIC[..], &[FORMAT_VERSION]].concat());
            }
            prop_assert!(open(&keys(), &key, &value).is_none());
            share(&keys(), &key, &value);
        }
    }
}
