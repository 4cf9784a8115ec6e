//! One secret for several daemons that are one verifier: whoever takes their calls has one to check them with.
//!
//! A daemon without `webhook.key` makes it from the verifier's key, so that all make the same. After a rotation the file is carried from
//! one daemon to the others; the store that they share remembers by a hash which secret is the newest, and a daemon with an older one
//! does not start.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::signing::{KeyFileError, Secrets};
use crate::core::{Change, Storage, StorageError, Table};

/// What the first secret is made for, from the seed of the verifier's key.
const FIRST: &[u8] = b"faam/webhook-secret/0\n";
/// What precedes a secret where it is hashed for the store.
const FINGERPRINT: &[u8] = b"faam/webhook-fingerprint/0\n";
/// Id of the one record in [`Table::WEBHOOK`].
const NEWEST: &[u8] = b"newest";
/// How often it is looked again when others write.
const MAX_READS: u32 = 16;

impl Secrets {
    /// The first secret of a verifier, the same at all of its daemons.
    #[must_use]
    pub fn of_verifier(seed: &[u8; 32]) -> Self {
        Self::of_key(&mac(seed, FIRST))
    }
}

/// Checks that this daemon signs with what the others sign with, and notes its newest secret where it is newer than what they have.
///
/// # Errors
/// [`KeyFileError::Other`] for an older or a foreign secret; [`KeyFileError::Store`].
//= spec/text/shared-store.md#REQ-SHARED-11
//# A daemon whose `webhook.key` has not the newest secret that the store knows by its hash MUST NOT start
pub fn agree(store: &dyn Storage, secrets: &Secrets) -> Result<(), KeyFileError> {
    let fingerprints: Vec<Vec<u8>> = secrets.all().map(|key| mac(&key, FINGERPRINT).to_vec()).collect();
    let Some(newest) = fingerprints.first().cloned() else { return Err(KeyFileError::Form) };
    for _ in 0..MAX_READS {
        let change = match store.get(Table::WEBHOOK, NEWEST)? {
            Some(known) if known == newest => return Ok(()),
            // The others have the secret before this one, until the file is carried to them.
            Some(known) if fingerprints.contains(&known) => {
                Change::put(Table::WEBHOOK, NEWEST, newest.clone()).if_still(known)
            }
            Some(_) => return Err(KeyFileError::Other),
            None => Change::create(Table::WEBHOOK, NEWEST, newest.clone()),
        };
        match store.commit(vec![change]) {
            Ok(()) | Err(StorageError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(KeyFileError::Other)
}

fn mac(key: &[u8], what: &[u8]) -> Zeroizing<[u8; 32]> {
    // It takes keys of any length, so that this does not fail.
    let made = Hmac::<Sha256>::new_from_slice(key).map(|mut mac| {
        mac.update(what);
        mac.finalize().into_bytes().into()
    });
    Zeroizing::new(made.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::MemoryStorage;
    use faam_spec::time::Timestamp;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    //= spec/text/shared-store.md#REQ-SHARED-11
    //= type=test
    //# A daemon whose `webhook.key` has not the newest secret that the store knows by its hash MUST NOT start
    #[test]
    fn daemons_sign_with_one_secret() {
        let mut rng = StdRng::seed_from_u64(5);
        let store = MemoryStorage::default();
        let (first, same) = (Secrets::of_verifier(&[7; 32]), Secrets::of_verifier(&[7; 32]));
        assert_eq!(first.newest(), same.newest());
        assert_ne!(first.newest(), Secrets::of_verifier(&[8; 32]).newest());
        for _ in 0..2 {
            agree(&store, &first).unwrap();
            agree(&store, &same).unwrap();
        }
        let refused = agree(&store, &Secrets::random(&mut rng)).unwrap_err();
        assert!(
            matches!(refused, KeyFileError::Other) && refused.to_string().contains("webhook.key"),
            "{refused}"
        );
        // One rotates; the others are told when they start, and start once they have its file.
        let mut rotated = first;
        rotated.rotate(Timestamp::new(100).unwrap(), &mut rng);
        agree(&store, &rotated).unwrap();
        assert!(matches!(agree(&store, &same), Err(KeyFileError::Other)));
        agree(&store, &rotated).unwrap();
        // Nothing in the store is a secret.
        let (_, kept) = store.scan(Table::WEBHOOK).unwrap().remove(0);
        for key in rotated.all() {
            assert_ne!(kept, *key);
        }
    }
}
