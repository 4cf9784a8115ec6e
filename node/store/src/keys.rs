//! The store key, the keys made from it, and the stretching of passphrases.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use rand::{RngCore, rngs::OsRng};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::Table;

/// The length of a nonce of XChaCha20-Poly1305, in bytes.
pub(crate) const NONCE_LEN: usize = 24;
/// The length of a tag of Poly1305, in bytes.
pub(crate) const TAG_LEN: usize = 16;
/// The length of a blinded id, in bytes.
pub(crate) const BLIND_LEN: usize = 16;

const LABEL_RECORDS: &[u8] = b"faam-store/0 record encryption";
const LABEL_IDS: &[u8] = b"faam-store/0 id blinding";
const LABEL_HEAD: &[u8] = b"faam-store/0 head sealing";
const LABEL_DIGEST: &[u8] = b"faam-store/0 live digest";
const LABEL_KEY_FILE: &[u8] = b"faam-store/0 key file";
const LABEL_COPY: &[u8] = b"faam-store/0 number of the copy";

/// How hard a passphrase is stretched (Argon2id).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KdfParams {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl KdfParams {
    /// What new stores get: 64 MiB, 3 passes.
    pub const DEFAULT: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };
    /// The weakest that is accepted: 19 MiB, 2 passes (A61).
    pub const FLOOR: Self = Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 };
    /// The strongest that is accepted: 1 GiB, 16 passes, so that a hostile file cannot exhaust the machine.
    pub const CEILING: Self = Self { memory_kib: 1024 * 1024, passes: 16, lanes: 8 };

    /// Whether any of the three is under the floor.
    pub(crate) fn too_weak(&self) -> bool {
        self.memory_kib < Self::FLOOR.memory_kib
            || self.passes < Self::FLOOR.passes
            || self.lanes < Self::FLOOR.lanes
    }

    /// Whether any of the three is over the ceiling.
    pub(crate) fn too_strong(&self) -> bool {
        self.memory_kib > Self::CEILING.memory_kib
            || self.passes > Self::CEILING.passes
            || self.lanes > Self::CEILING.lanes
    }
}

impl Default for KdfParams {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// 32 secret bytes: the store key, or one that wraps it.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) struct StoreKey([u8; 32]);

impl StoreKey {
    pub(crate) fn random() -> Result<Self, NoRandomness> {
        let mut key = Self([0; 32]);
        random(&mut key.0)?;
        Ok(key)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut key = Self([0; 32]);
        if bytes.len() != key.0.len() {
            return None;
        }
        key.0.copy_from_slice(bytes);
        Some(key)
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Stretches a passphrase; `None` when Argon2 refuses (no memory).
    pub(crate) fn from_passphrase(passphrase: &[u8], salt: &[u8], params: &KdfParams) -> Option<Self> {
        let mut key = Self([0; 32]);
        let params = Params::new(params.memory_kib, params.passes, params.lanes, Some(key.0.len())).ok()?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon2.hash_password_into(passphrase, salt, &mut key.0).ok()?;
        Some(key)
    }

    /// A key for one purpose, made of another secret.
    pub(crate) fn from_secret(secret: &[u8; 32], purpose: &[u8]) -> Self {
        derive(None, &Self(*secret), purpose)
    }

    /// The wrapping key that a key file gives with this salt.
    pub(crate) fn from_key_file(secret: &Self, salt: &[u8]) -> Self {
        derive(Some(salt), secret, LABEL_KEY_FILE)
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreKey(..)")
    }
}

/// The system gave no random bytes.
#[derive(Debug)]
pub(crate) struct NoRandomness;

/// Fills `bytes` from the system's random source: the store is an I/O shell, so it may ask for it itself.
pub(crate) fn random(bytes: &mut [u8]) -> Result<(), NoRandomness> {
    OsRng.try_fill_bytes(bytes).map_err(|_| NoRandomness)
}

/// An authenticated cipher under one key.
#[derive(Clone)]
pub(crate) struct Cipher(XChaCha20Poly1305);

impl Cipher {
    pub(crate) fn new(key: &StoreKey) -> Self {
        Self(XChaCha20Poly1305::new(key.expose().into()))
    }

    /// Ciphertext and tag under a random nonce, which stands before them.
    pub(crate) fn seal(&self, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, NoRandomness> {
        let mut nonce = [0; NONCE_LEN];
        random(&mut nonce)?;
        // The cipher refuses only plaintexts of 256 GiB and more, which bounds keep away.
        let sealed = self
            .0
            .encrypt(&XNonce::from(nonce), Payload { msg: plaintext, aad })
            .map_err(|_| NoRandomness)?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// The plaintext of nonce, ciphertext and tag.
    pub(crate) fn open(&self, aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let plaintext = self.0.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad }).ok()?;
        Some(Zeroizing::new(plaintext))
    }
}

/// The keys made from the store key, each for one thing.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) records: Cipher,
    pub(crate) head: Cipher,
    ids: Hmac<Sha256>,
    digest: Hmac<Sha256>,
    /// Tells stores apart, and tells nothing about the keys.
    pub(crate) copy_number: [u8; 16],
}

impl Keys {
    pub(crate) fn new(store_key: &StoreKey) -> Self {
        Self {
            records: Cipher::new(&derive(None, store_key, LABEL_RECORDS)),
            head: Cipher::new(&derive(None, store_key, LABEL_HEAD)),
            ids: mac_under(&derive(None, store_key, LABEL_IDS)),
            digest: mac_under(&derive(None, store_key, LABEL_DIGEST)),
            copy_number: derive(None, store_key, LABEL_COPY).0.first_chunk().copied().unwrap_or_default(),
        }
    }

    /// What stands in the files for an id: the same for the same id, and telling nothing about it.
    pub(crate) fn blind(&self, table: Table, id: &[u8]) -> [u8; BLIND_LEN] {
        let mut mac = self.ids.clone();
        mac.update(&[table.0]);
        mac.update(id);
        let mut blind = [0; BLIND_LEN];
        for (to, from) in blind.iter_mut().zip(mac.finalize().into_bytes()) {
            *to = from;
        }
        blind
    }

    /// The share of an entry in the digest of all live entries.
    pub(crate) fn digest_of(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.digest.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(..)")
    }
}

fn mac_under(key: &StoreKey) -> Hmac<Sha256> {
    // The fixed-size constructor cannot fail: a key of the block's size is the 32 bytes and zeros, as HMAC pads.
    let mut block = Zeroizing::new([0; 64]);
    for (to, from) in block.iter_mut().zip(key.expose()) {
        *to = *from;
    }
    Hmac::<Sha256>::new((&*block).into())
}

fn derive(salt: Option<&[u8]>, key: &StoreKey, label: &[u8]) -> StoreKey {
    let mut derived = StoreKey([0; 32]);
    let expanded = Hkdf::<Sha256>::new(salt, key.expose()).expand(label, &mut derived.0);
    // Cannot fire; without it a failure would leave a key of zeros.
    assert!(expanded.is_ok(), "HKDF-SHA256 refuses only more than 8,160 bytes");
    derived
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let key = StoreKey([0xab; 32]);
        assert_eq!(format!("{key:?} {:?}", Keys::new(&key)), "StoreKey(..) Keys(..)");
    }

    #[test]
    fn hmac_matches_a_published_vector() {
        // RFC 4231, test case 1, whose key is 20 bytes: zero-padding to 32 is the same key.
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        let mut mac = mac_under(&StoreKey(key));
        mac.update(b"Hi There");
        let tag: [u8; 32] = mac.finalize().into_bytes().into();
        assert_eq!(tag[..8], [0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb, 0x38, 0x53]);
    }

    #[test]
    fn keys_for_different_things_differ() {
        let key = StoreKey([7; 32]);
        let all = [LABEL_RECORDS, LABEL_IDS, LABEL_HEAD, LABEL_DIGEST, LABEL_KEY_FILE]
            .map(|label| *derive(None, &key, label).expose());
        for (i, a) in all.iter().enumerate() {
            assert_ne!(*a, [0; 32]);
            assert!(all.iter().skip(i + 1).all(|b| a != b));
        }
    }

    #[test]
    fn ids_of_different_tables_are_blinded_differently() {
        let keys = Keys::new(&StoreKey([7; 32]));
        assert_eq!(keys.blind(Table(1), b"a"), keys.blind(Table(1), b"a"));
        assert_ne!(keys.blind(Table(1), b"a"), keys.blind(Table(2), b"a"));
        assert_ne!(keys.blind(Table(1), b"a"), keys.blind(Table(1), b"b"));
    }
}
