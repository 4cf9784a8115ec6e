//! The vault's tables, the ids of their records, and how values are written.

use faam_spec::did::Did;
use faam_spec::hash::{Capability, Hash, LedgerId};
use faam_spec::name::MarketId;
use faam_spec::reason::{Fault, Reason};
use faam_store::Table;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::VaultError;
use crate::persona::FIRST;

/// Format, creation, the root secret; the counter of the log.
pub(super) const META: Table = Table(1);
/// Ledger → what is noted about it.
pub(super) const LEDGER: Table = Table(2);
/// Ledger and index → entry, disclosures, credential.
pub(super) const RECORD: Table = Table(3);
/// Ledger and which → standing.
pub(super) const STANDING: Table = Table(4);
/// Persona, market and number → epoch record.
pub(super) const EPOCH: Table = Table(5);
/// Persona, issuer, address and part → status list.
pub(super) const STATUS: Table = Table(6);
/// Number and part → both sides of a contradiction.
pub(super) const CONFLICT: Table = Table(7);
/// Number → what happened.
pub(super) const LOG: Table = Table(8);
/// Request → receipt.
pub(super) const RECEIPT: Table = Table(9);
/// Link → a transfer under way or kept.
pub(super) const TRANSFER: Table = Table(10);
/// Link and number → page of a transfer under way.
pub(super) const PAGE: Table = Table(11);
/// Ledger → the secrets of its binding, and its private standings.
pub(super) const PRIVATE: Table = Table(12);
/// Holder key and link → secrets that were made to redeem an offer.
pub(super) const PENDING: Table = Table(13);
/// Ledger → what was shown under the pseudonyms of its binding.
pub(super) const SHOWN: Table = Table(14);

/// Hash and part → evidence that was brought in.
pub(super) const EVIDENCE: Table = Table(20);
/// Number → persona.
pub(super) const PERSONA: Table = Table(28);

/// Party → that it is blocked.
pub(super) const BLOCKED: Table = Table(30);
/// Number of a presentation → what it takes to ask for its erasure.
pub(super) const REACH: Table = Table(31);
/// Number of a presentation → what became of asking for its erasure.
pub(super) const ERASURE: Table = Table(32);

/// Number and part → what the holder asked of others, and what came of it.
pub(super) const ASK: Table = Table(40);
/// Issuer and market → who is believed.
pub(super) const BELIEVED: Table = Table(41);
/// Table of the node, id and part → what was seen of markets in the answers of others.
pub(super) const KNOWN: Table = Table(42);

/// The record of [`META`] with format and secret.
pub(super) const META_ID: &[u8] = b"wallet";
/// The record of [`META`] with the last number of the log.
pub(super) const META_SEQ: &[u8] = b"seq";

/// The record of [`META`] about the last backup.
pub(super) const META_BACKUP: &[u8] = b"backup";
/// The record of [`META`] with the rules as they were at the last backup.
pub(super) const META_RULES: &[u8] = b"rules";
/// The record of [`META`] that says when the phrase was given back.
pub(super) const META_PHRASE: &[u8] = b"phrase";
/// The record of [`META`] with the last number of what was asked.
pub(super) const META_ASK: &[u8] = b"ask";

/// The record of [`META`] that says up to where the log was looked through for times that are over.
pub(super) const META_NOTICED: &[u8] = b"noticed";

/// Longest piece of a long value in one record, in bytes: under the store's bound for values.
const CHUNK: usize = 128 * 1024;

/// Names what an id is made of within hashes of ids; never leaves the vault.
pub(super) const ID_DOMAIN: &[u8] = b"faam-wallet/0 record id\n";

pub(super) fn record_id(ledger: LedgerId, index: u64) -> Vec<u8> {
    [&ledger.as_bytes()[..], &index.to_be_bytes()].concat()
}

pub(super) fn record_ledger(id: &[u8]) -> Result<LedgerId, VaultError> {
    let bytes = id.first_chunk::<16>().ok_or(Fault::new(Reason::StoreDamaged, "record.id"))?;
    Ok(LedgerId::from_bytes(*bytes))
}

pub(super) fn standing_id(ledger: LedgerId, which: u8) -> Vec<u8> {
    [&ledger.as_bytes()[..], &[which]].concat()
}

/// What was got under one persona is kept apart from what was got under another; of the first one nothing is said, as ever.
fn under(persona: u32, name: String) -> String {
    if persona == FIRST { name } else { format!("{name}\n{persona}") }
}

pub(super) fn epoch_id(persona: u32, issuer: &Did, market: &MarketId, epoch: u64) -> Vec<u8> {
    let name = under(persona, format!("{issuer}\n{market}"));
    [&Hash::of(ID_DOMAIN, name.as_bytes()).as_bytes()[..], &epoch.to_be_bytes()].concat()
}

pub(super) fn status_id(persona: u32, issuer: &Did, uri: &str, part: u8) -> Vec<u8> {
    let name = under(persona, format!("{issuer}\n{uri}"));
    [&Hash::of(ID_DOMAIN, name.as_bytes()).as_bytes()[..], &[part]].concat()
}

pub(super) fn pending_id(holder: &str, link: Capability) -> Vec<u8> {
    [&Hash::of(ID_DOMAIN, holder.as_bytes()).as_bytes()[..], link.as_bytes()].concat()
}

/// Whether an id is of secrets for this holder key.
pub(super) fn pending_of(id: &[u8], holder: &str) -> bool {
    id.starts_with(Hash::of(ID_DOMAIN, holder.as_bytes()).as_bytes())
}

pub(super) fn party_id(name: &str) -> Vec<u8> {
    Hash::of(ID_DOMAIN, name.as_bytes()).as_bytes().to_vec()
}

pub(super) fn page_id(capability: Capability, page: u32) -> Vec<u8> {
    [&capability.as_bytes()[..], &page.to_be_bytes()].concat()
}

/// A value as it is stored; wiped after use, because it may hold secrets.
pub(super) fn to_bytes<T: Serialize>(value: &T) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    Ok(Zeroizing::new(faam_spec::encoding::json(value)?))
}

pub(super) fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, VaultError> {
    let bad = |_| VaultError::Content(Fault::new(Reason::StoreDamaged, "record"));
    serde_json::from_slice(bytes).map_err(bad)
}

/// A long value in pieces.
pub(super) fn chunks(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.chunks(CHUNK).collect()
}

pub(super) fn join(parts: Vec<Vec<u8>>) -> Result<String, VaultError> {
    let bad = |_| VaultError::Content(Fault::new(Reason::StoreDamaged, "status_list"));
    String::from_utf8(parts.concat()).map_err(bad)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_table_has_a_number_of_its_own() {
        let numbers = include_str!("tables.rs").lines().filter(|line| line.starts_with("pub(super) const "));
        let numbers = numbers.filter_map(|line| line.split_once("= Table(")?.1.strip_suffix(");"));
        let mut numbers: Vec<u8> = numbers.map(|number| number.parse().unwrap()).collect();
        let count = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        assert!(count > 20 && numbers.len() == count, "{numbers:?}");
    }
}
