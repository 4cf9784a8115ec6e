//! Access keys of the local interface: named, kept as hashes, limited to what they are for.
//!
//! `api.key` is the owner's and stands in a file; all others stand here. Neither this store nor anything that it is copied to holds
//! a key, so that nobody who reads it can make a call with what is in it.

use std::fmt;
use std::hint::black_box;

use faam_spec::domain::API_KEY;
use faam_spec::encoding::{json, multi, parse};
use faam_spec::hash::Hash;
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::{Day, Timestamp};
use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::error::CoreError;
use super::memory::stored;
use super::named::OwnName;
use super::storage::{Change, Storage, Table};
use super::{Core, Turn};

/// The name of the owner's key, which is in `api.key`.
pub const OWNER: &str = "owner";
/// Most named keys.
pub const MAX_KEYS: usize = 64;
/// How long the old key is good after a rotation unless said otherwise, in seconds: a day.
pub const OVERLAP: i64 = 86_400;
/// Longest overlap, in seconds: 30 days.
pub const MAX_OVERLAP: i64 = 30 * 86_400;
/// Largest stored key, in bytes.
const MAX_KEY_BYTES: usize = 2048;

/// What a key may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum May {
    /// Sending rating events.
    Events,
    /// Making offers.
    Offers,
    /// Making requests, reading what became of them, revoking them, and what the webhook has not taken.
    Requests,
    /// Reading what the node is doing, and its public record.
    Read,
}

impl May {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Events, Self::Offers, Self::Requests, Self::Read];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Offers => "offers",
            Self::Requests => "requests",
            Self::Read => "read",
        }
    }
}

impl std::str::FromStr for May {
    type Err = String;

    /// Reads a name.
    ///
    /// # Errors
    /// What there is, for people.
    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|may| may.name() == text);
        found.ok_or_else(|| "there are events, offers, requests and read".to_owned())
    }
}

/// Who makes a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Whoever has `api.key`.
    Owner,
    /// Whoever has a named key.
    Named(OwnName),
}

/// A key as it is stored, by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredKey {
    v: u8,
    /// The hash of the key.
    hash: Hash,
    /// When it was made, or rotated last.
    pub made: Timestamp,
    /// What it may be used for.
    pub may: Vec<May>,
    /// The last day on which it was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Day>,
    /// The one before it, until it is good no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    old: Option<OldKey>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OldKey {
    hash: Hash,
    until: Timestamp,
}

impl StoredKey {
    /// Until when the key before this one is good too, if it is.
    #[must_use]
    pub fn old_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.old.map(|old| old.until).filter(|until| now < *until)
    }

    //= spec/text/local-api.md#REQ-API-17
    //# The old key MUST be good until the overlap is over and no longer
    fn was(&self, hash: &Hash, now: Timestamp) -> bool {
        self.old.is_some_and(|old| same(&old.hash, hash) & (now < old.until))
    }
}

/// A key that was just made; the only time that it is seen.
pub struct NewKey(pub Zeroizing<String>);

impl fmt::Debug for NewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewKey(…)")
    }
}

impl NewKey {
    /// A fresh one: 32 bytes, multibase base64url.
    #[must_use]
    pub fn random(rng: &mut impl CryptoRngCore) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        rng.fill_bytes(bytes.as_mut());
        Self(Zeroizing::new(multi(*bytes)))
    }
}

/// Why a key was not made, changed or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// There is one of that name.
    #[error("there is a key of the name '{0}' already; rotate or revoke it, or take another name")]
    Exists(OwnName),
    /// The name is the owner's.
    #[error("'owner' is the key in api.key; it can be rotated, and not be made or revoked")]
    Owner,
    /// There is none of that name.
    #[error("there is no key of the name '{name}'{}", .nearest.as_ref().map_or(String::new(), |near| format!("; did you mean '{near}'?")))]
    Unknown {
        /// The name.
        name: OwnName,
        /// The known name that is most like it.
        nearest: Option<String>,
    },
    /// As many keys are there as may be.
    #[error("there are {MAX_KEYS} keys, which is as many as may be; revoke one that nobody uses")]
    TooMany,
    /// It may be used for nothing.
    #[error("may: say what the key may be used for, each once: events, offers, requests, read")]
    Nothing,
    /// The overlap is out of bounds.
    #[error("overlap_seconds: the old key is good for 0 seconds to 30 days more")]
    Overlap,
}

impl KeyError {
    /// The reason's code.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Unknown { .. } => Reason::ApiUnknown,
            Self::TooMany => Reason::NetBusy,
            Self::Exists(_) | Self::Owner | Self::Nothing | Self::Overlap => Reason::InputMalformed,
        }
    }
}

/// All keys, by name; a snapshot of what is stored.
#[derive(Debug, Clone, Default)]
pub struct AccessKeys {
    keys: Vec<(OwnName, StoredKey)>,
}

impl AccessKeys {
    /// Reads all keys.
    ///
    /// # Errors
    /// [`CoreError::Storage`].
    pub fn load(store: &dyn Storage) -> Result<Self, CoreError> {
        let damaged = || stored(Fault::new(Reason::StoreDamaged, "key"));
        let read = |(id, value): (Vec<u8>, Vec<u8>)| {
            let name = String::from_utf8(id).ok().and_then(|name| name.parse().ok()).ok_or_else(damaged)?;
            let key: StoredKey = parse(&value, MAX_KEY_BYTES, "key").map_err(stored)?;
            if key.v != 0 {
                return Err(stored(Fault::new(Reason::UnsupportedVersion, "key")));
            }
            Ok((name, key))
        };
        let keys = store.scan(Table::API_KEYS)?.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { keys })
    }

    /// All of them, sorted by name. The owner's stands among them once it was rotated, for the sake of the old one.
    pub fn iter(&self) -> impl Iterator<Item = &(OwnName, StoredKey)> {
        self.keys.iter()
    }

    /// Whose key this is, and what it may be used for. `owner` is the hash of what stands in `api.key`.
    //= spec/text/local-api.md#REQ-API-3
    //# Keys MUST be compared in a time that tells nothing of them.
    #[must_use]
    pub fn find(&self, key: &str, owner: &Hash, now: Timestamp) -> Option<(Caller, Vec<May>)> {
        let hash = hash(key);
        let mut found = same(owner, &hash).then_some((Caller::Owner, May::ALL.to_vec()));
        // All of them, whichever it is.
        for (name, stored) in &self.keys {
            // Of the owner's, what counts is the file; here is the one before it.
            let is_owner = name.as_str() == OWNER;
            let current = same(&stored.hash, &hash) & !is_owner;
            if current | stored.was(&hash, now) {
                let caller = if is_owner { Caller::Owner } else { Caller::Named(name.clone()) };
                found = Some((caller, stored.may.clone()));
            }
        }
        found
    }

    /// Makes a key.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn make(
        &mut self,
        name: OwnName,
        may: &[May],
        now: Timestamp,
        rng: &mut impl CryptoRngCore,
    ) -> Result<NewKey, KeyError> {
        if name.as_str() == OWNER {
            return Err(KeyError::Owner);
        }
        if self.get(&name).is_some() {
            return Err(KeyError::Exists(name));
        }
        let mut sorted = may.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        if sorted.is_empty() || sorted.len() != may.len() {
            return Err(KeyError::Nothing);
        }
        if self.keys.len() >= MAX_KEYS {
            return Err(KeyError::TooMany);
        }
        let key = NewKey::random(rng);
        let stored =
            StoredKey { v: 0, hash: hash(&key.0), made: now, may: sorted, last_used: None, old: None };
        self.put(name, stored);
        Ok(key)
    }

    /// Removes a key; it is good no longer, and neither is the one before it.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn revoke(&mut self, name: &OwnName) -> Result<(), KeyError> {
        if name.as_str() == OWNER {
            return Err(KeyError::Owner);
        }
        let known = self.keys.len();
        self.keys.retain(|(known, _)| known != name);
        if self.keys.len() == known { Err(self.unknown(name)) } else { Ok(()) }
    }

    /// Makes a new key in the place of one, which is good for `overlap` seconds more.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn rotate(
        &mut self,
        name: &OwnName,
        overlap: i64,
        now: Timestamp,
        rng: &mut impl CryptoRngCore,
    ) -> Result<NewKey, KeyError> {
        let Some(stored) = self.get(name).filter(|_| name.as_str() != OWNER).cloned() else {
            return Err(self.unknown(name));
        };
        let key = NewKey::random(rng);
        let old = old_key(stored.hash, overlap, now)?;
        self.put(name.clone(), StoredKey { hash: hash(&key.0), made: now, old, ..stored });
        Ok(key)
    }

    /// Keeps the owner's old key good for `overlap` seconds more; the new one goes into `api.key`.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn rotate_owner(
        &mut self,
        old: Hash,
        new: &str,
        overlap: i64,
        now: Timestamp,
    ) -> Result<(), KeyError> {
        let Ok(owner) = OWNER.parse::<OwnName>() else { return Err(KeyError::Owner) };
        let old = old_key(old, overlap, now)?;
        let stored =
            StoredKey { v: 0, hash: hash(new), made: now, may: May::ALL.to_vec(), last_used: None, old };
        self.put(owner, stored);
        Ok(())
    }

    /// Notes the day on which a key was used; whether that is news.
    pub fn used(&mut self, caller: &Caller, day: Day) -> bool {
        let Caller::Named(name) = caller else { return false };
        let Some((_, key)) = self.keys.iter_mut().find(|(known, _)| known == name) else { return false };
        if key.last_used == Some(day) {
            return false;
        }
        key.last_used = Some(day);
        true
    }

    /// The key of a name.
    #[must_use]
    pub fn get(&self, name: &OwnName) -> Option<&StoredKey> {
        self.keys.iter().find(|(known, _)| known == name).map(|(_, key)| key)
    }

    /// What is stored of one name: its key, or that there is none.
    ///
    /// # Errors
    /// `internal`, which no key causes.
    pub fn change(&self, name: &OwnName) -> Result<Change, CoreError> {
        let id = name.as_str().as_bytes();
        Ok(match self.get(name) {
            Some(key) => Change::put(Table::API_KEYS, id, json(key)?),
            None => Change::delete(Table::API_KEYS, id),
        })
    }

    fn put(&mut self, name: OwnName, key: StoredKey) {
        self.keys.retain(|(known, _)| *known != name);
        let at = self.keys.partition_point(|(known, _)| *known < name);
        self.keys.insert(at, (name, key));
    }

    fn unknown(&self, name: &OwnName) -> KeyError {
        let names: Vec<&str> = self.keys.iter().map(|(known, _)| known.as_str()).collect();
        let nearest = faam_verifier::policy::nearest_key(&[("", &names)], "", name.as_str());
        KeyError::Unknown { name: name.clone(), nearest }
    }
}

impl Core {
    /// Stores changes of access keys.
    ///
    /// # Errors
    /// [`CoreError::Storage`].
    pub fn keep_keys(&mut self, turn: &Turn<'_>, changes: Vec<Change>) -> Result<(), CoreError> {
        self.commit(turn, changes)
    }
}

fn old_key(hash: Hash, overlap: i64, now: Timestamp) -> Result<Option<OldKey>, KeyError> {
    if !(0..=MAX_OVERLAP).contains(&overlap) {
        return Err(KeyError::Overlap);
    }
    Ok((overlap > 0).then(|| OldKey { hash, until: now.plus(overlap) }))
}

/// The hash of a key.
#[must_use]
pub fn hash(key: &str) -> Hash {
    Hash::of(API_KEY, key.as_bytes())
}

/// Compares in a time that does not depend on where the first difference is.
fn same(a: &Hash, b: &Hash) -> bool {
    let differences = a.as_bytes().iter().zip(b.as_bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    black_box(differences) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::new(seconds).unwrap()
    }

    //= spec/text/local-api.md#REQ-API-3
    //= type=test
    //# Keys MUST be compared in a time that tells nothing of them.
    //= spec/text/local-api.md#REQ-API-17
    //= type=test
    //# The old key MUST be good until the overlap is over and no longer
    #[test]
    fn a71_keys_are_good_for_what_they_are_for_and_as_long_as_they_are() {
        let mut rng = StdRng::seed_from_u64(1);
        let owner = hash("uOWNER");
        let mut keys = AccessKeys::default();
        let shop: OwnName = "shop".parse().unwrap();
        let key = keys.make(shop.clone(), &[May::Requests], at(10), &mut rng).unwrap();
        assert!(!format!("{key:?} {keys:?}").contains(key.0.as_str()));
        let found = keys.find(&key.0, &owner, at(11)).unwrap();
        assert_eq!(found, (Caller::Named(shop.clone()), vec![May::Requests]));
        assert_eq!(keys.find("uOWNER", &owner, at(11)).unwrap().0, Caller::Owner);
        for wrong in ["", "u", &key.0[1..], &key.0.to_uppercase(), &format!("{}A", key.0.as_str())] {
            assert_eq!(keys.find(wrong, &owner, at(11)), None, "{wrong}");
        }
        let new = keys.rotate(&shop, 100, at(20), &mut rng).unwrap();
        for (now, old_is_good) in [(20, true), (119, true), (120, false), (500, false)] {
            assert_eq!(keys.find(&key.0, &owner, at(now)).is_some(), old_is_good, "{now}");
            assert!(keys.find(&new.0, &owner, at(now)).is_some());
        }
        // The second rotation ends the first one's overlap: two are good at most.
        let newer = keys.rotate(&shop, 100, at(30), &mut rng).unwrap();
        assert!(keys.find(&key.0, &owner, at(31)).is_none() && keys.find(&new.0, &owner, at(31)).is_some());
        keys.rotate(&shop, 0, at(40), &mut rng).unwrap();
        assert!(keys.find(&newer.0, &owner, at(40)).is_none(), "no overlap at all");
        keys.revoke(&shop).unwrap();
        assert!(keys.find(&new.0, &owner, at(41)).is_none());
        assert!(matches!(keys.revoke(&shop), Err(KeyError::Unknown { .. })));
        // The owner's.
        keys.rotate_owner(owner, "uNEW", 100, at(50)).unwrap();
        let owner = hash("uNEW");
        assert_eq!(keys.find("uOWNER", &owner, at(149)).unwrap().0, Caller::Owner);
        assert_eq!(keys.find("uOWNER", &owner, at(150)), None);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let mut rng = StdRng::seed_from_u64(2);
        let mut keys = AccessKeys::default();
        let name = |text: &str| text.parse::<OwnName>().unwrap();
        keys.make(name("shop"), &[May::Read], at(0), &mut rng).unwrap();
        assert!(matches!(keys.make(name("shop"), &[May::Read], at(0), &mut rng), Err(KeyError::Exists(_))));
        assert!(matches!(keys.make(name("owner"), &[May::Read], at(0), &mut rng), Err(KeyError::Owner)));
        for may in [&[][..], &[May::Read, May::Read]] {
            assert!(matches!(keys.make(name("x"), may, at(0), &mut rng), Err(KeyError::Nothing)));
        }
        for overlap in [-1, MAX_OVERLAP + 1] {
            assert!(matches!(keys.rotate(&name("shop"), overlap, at(0), &mut rng), Err(KeyError::Overlap)));
        }
        let near = keys.revoke(&name("shp")).unwrap_err().to_string();
        assert!(near.ends_with("did you mean 'shop'?"), "{near}");
        assert!(matches!(keys.revoke(&name("owner")), Err(KeyError::Owner)));
        for n in 1..MAX_KEYS {
            keys.make(name(&format!("k{n}")), &[May::Read], at(0), &mut rng).unwrap();
        }
        assert!(matches!(keys.make(name("more"), &[May::Read], at(0), &mut rng), Err(KeyError::TooMany)));
    }
}
