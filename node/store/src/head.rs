//! The sealed store head: what the store holds, in two synced copies that are written by turns.
//!
//! ```text
//! "FAAMHEAD" | version 1                                                          ← associated data
//! nonce 24 | sealed { generation 8 | phase 1 | count 8 | digest 32 | count 8 | digest 32 } | tag 16
//! ```
//! A commit writes an *intent* (what is there before and after) to one copy, changes sled, and writes *settled*
//! (what is there after) to the other. So one readable copy always says what may be found.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::{
    FORMAT_VERSION,
    folder::{self, NotPrivate},
    keys::{Keys, NONCE_LEN, NoRandomness, TAG_LEN},
};

const MAGIC: &[u8; 8] = b"FAAMHEAD";
const HEADER_LEN: usize = MAGIC.len() + 1;
const DIGEST_LEN: usize = 32;
const BODY_LEN: usize = 8 + 1 + 2 * (8 + DIGEST_LEN);
const HEAD_LEN: usize = HEADER_LEN + NONCE_LEN + BODY_LEN + TAG_LEN;

const PHASE_SETTLED: u8 = 0;
const PHASE_INTENT: u8 = 1;

/// How many records are live, and the sum (modulo 2^256) of their entries' keyed digests.
///
/// A sum and not an exclusive or, so that an entry that is there twice does not cancel itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Live {
    pub(crate) count: u64,
    digest: [u8; DIGEST_LEN],
}

impl Live {
    /// Takes an entry in; `first` for the one that begins a record.
    pub(crate) fn add(&mut self, share: &[u8; DIGEST_LEN], first: bool) {
        self.count = self.count.wrapping_add(u64::from(first));
        self.sum(share.iter().copied(), false);
    }

    /// Takes an entry out again.
    pub(crate) fn remove(&mut self, share: &[u8; DIGEST_LEN], first: bool) {
        self.count = self.count.wrapping_sub(u64::from(first));
        // Minus x is (not x) plus one.
        self.sum(share.iter().map(|byte| !byte), true);
    }

    fn sum(&mut self, addend: impl Iterator<Item = u8>, mut carry: bool) {
        for (byte, add) in self.digest.iter_mut().zip(addend) {
            let (partial, over) = byte.overflowing_add(add);
            let (total, over_again) = partial.overflowing_add(u8::from(carry));
            *byte = total;
            carry = over || over_again;
        }
    }
}

/// One state of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) generation: u64,
    pub(crate) before: Live,
    /// What there will be once the change is made; `None` when no change is under way.
    pub(crate) after: Option<Live>,
}

impl Head {
    fn encode(&self) -> Vec<u8> {
        let mut body = Vec::with_capacity(BODY_LEN);
        body.extend_from_slice(&self.generation.to_be_bytes());
        body.push(if self.after.is_some() { PHASE_INTENT } else { PHASE_SETTLED });
        for live in [self.before, self.after.unwrap_or_default()] {
            body.extend_from_slice(&live.count.to_be_bytes());
            body.extend_from_slice(&live.digest);
        }
        body
    }

    fn decode(body: &[u8]) -> Option<Self> {
        let (generation, rest) = body.split_first_chunk()?;
        let (phase, rest) = rest.split_first()?;
        let (before, rest) = decode_live(rest)?;
        let (after, rest) = decode_live(rest)?;
        let after = match *phase {
            PHASE_SETTLED => None,
            PHASE_INTENT => Some(after),
            _ => return None,
        };
        rest.is_empty().then_some(Self { generation: u64::from_be_bytes(*generation), before, after })
    }
}

fn decode_live(bytes: &[u8]) -> Option<(Live, &[u8])> {
    let (count, rest) = bytes.split_first_chunk()?;
    let (digest, rest) = rest.split_first_chunk()?;
    Some((Live { count: u64::from_be_bytes(*count), digest: *digest }, rest))
}

/// What the two copies say.
#[derive(Debug)]
pub(crate) enum Found {
    /// At least one copy could be read.
    Readable(Newest),
    /// Neither could, and one says that a newer program wrote it.
    Newer(u8),
    /// Neither could.
    Unreadable,
}

/// The newer of the readable copies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Newest {
    pub(crate) head: Head,
    /// Which copy it stands in: 0 or 1.
    place: usize,
    /// Whether the other copy could be read too.
    other_readable: bool,
}

impl Newest {
    /// Whether this is a state that the store may be in.
    ///
    /// An intent admits the state before it only while the copy with that state can be read: a commit leaves that
    /// copy alone until sled has the change on the disk. So when it cannot be read, the change was made (and the
    /// copy was torn by writing "settled"), or two things are damaged at once.
    pub(crate) fn admits(&self, live: &Live) -> bool {
        match self.head.after {
            None => *live == self.head.before,
            Some(after) => *live == after || (self.other_readable && *live == self.head.before),
        }
    }

    /// How many records are expected at most.
    pub(crate) fn expected(&self) -> u64 {
        self.head.after.unwrap_or(self.head.before).count
    }

    /// Whether both copies are in order and no change is under way.
    pub(crate) fn is_settled(&self) -> bool {
        self.head.after.is_none() && self.other_readable
    }
}

/// The two copies in a store's folder.
#[derive(Debug)]
pub(crate) struct Heads {
    copies: [PathBuf; 2],
    /// The copy that holds the newest state, and must not be written next.
    place: usize,
}

impl Heads {
    pub(crate) fn new(copies: [PathBuf; 2]) -> Self {
        Self { copies, place: 1 }
    }

    /// Reads both copies.
    pub(crate) fn read(&mut self, keys: &Keys) -> Result<Found, NotPrivate> {
        let mut newest: Option<Newest> = None;
        let mut newer_version = None;
        for (place, path) in self.copies.iter().enumerate() {
            let bytes = folder::read_private(path, HEAD_LEN as u64)?.unwrap_or_default();
            let Some(head) = open(&bytes, keys) else {
                //= spec/text/versions.md#REQ-VERSION-8
                //# A store of a newer version MUST be refused untouched (`store.newer`).
                newer_version = newer_version.or(version(&bytes).filter(|found| *found > FORMAT_VERSION));
                continue;
            };
            newest = Some(match newest {
                Some(other) if other.head.generation >= head.generation => {
                    Newest { other_readable: true, ..other }
                }
                other => Newest { head, place, other_readable: other.is_some() },
            });
        }
        Ok(match (newest, newer_version) {
            (Some(newest), _) => {
                self.place = newest.place;
                Found::Readable(newest)
            }
            (None, Some(version)) => Found::Newer(version),
            (None, None) => Found::Unreadable,
        })
    }

    /// Writes that nothing is under way and `live` is there, after an opening that found [`Newest`].
    pub(crate) fn settle(&mut self, keys: &Keys, newest: &Newest, live: Live) -> io::Result<Newest> {
        let head = Head { generation: newest.head.generation + 1, before: live, after: None };
        // An intent that came to nothing must go first, and the copy that says so must stay: torn, the other way
        // round, they would leave an intent alone, which admits only what was to be.
        let undone = newest.head.after.is_some_and(|after| after != live);
        self.place = if undone { 1 - newest.place.min(1) } else { newest.place };
        self.write(keys, &head)?;
        Ok(Newest { head, place: self.place, other_readable: true })
    }

    /// Writes a state over the older copy, synced.
    pub(crate) fn write(&mut self, keys: &Keys, head: &Head) -> io::Result<()> {
        let header = [&MAGIC[..], &[FORMAT_VERSION]].concat();
        let sealed = keys
            .head
            .seal(&header, &head.encode())
            .map_err(|NoRandomness| io::Error::other("the system gave no random bytes"))?;
        let place = 1 - self.place.min(1);
        let Some(path) = self.copies.get(place) else { return Err(io::ErrorKind::NotFound.into()) };
        overwrite(path, &[header, sealed].concat())?;
        self.place = place;
        Ok(())
    }
}

/// Writes in place: the blocks are there already, so that a full disk does not stop it, and a torn write leaves
/// the other copy.
fn overwrite(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let is_new = !folder::exists(path)?;
    let mut file = folder::private_options().write(true).create(true).truncate(false).open(path)?;
    file.write_all(bytes)?;
    if file.metadata()?.len() != HEAD_LEN as u64 {
        file.set_len(HEAD_LEN as u64)?;
    }
    file.sync_all()?;
    if is_new { folder::sync_parent(path) } else { Ok(()) }
}

fn version(bytes: &[u8]) -> Option<u8> {
    bytes.strip_prefix(MAGIC)?.first().copied()
}

fn open(bytes: &[u8], keys: &Keys) -> Option<Head> {
    let (header, sealed) = bytes.split_at_checked(HEADER_LEN)?;
    if version(header)? != FORMAT_VERSION || bytes.len() != HEAD_LEN {
        return None;
    }
    Head::decode(&keys.head.open(header, sealed)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::StoreKey;

    fn live(count: u64) -> Live {
        let mut live = Live::default();
        for i in 0..count {
            live.add(&[u8::try_from(i % 251).unwrap() + 1; 32], true);
        }
        live
    }

    #[test]
    fn a_sum_minus_its_parts_is_nothing_in_any_order() {
        let shares: Vec<[u8; 32]> = (0..100_u8).map(|i| [i.wrapping_mul(97) ^ 0xf3; 32]).collect();
        let mut sum = Live::default();
        shares.iter().for_each(|share| sum.add(share, true));
        let all = sum;
        shares.iter().rev().for_each(|share| sum.remove(share, true));
        assert_eq!(sum, Live::default());
        shares.iter().rev().for_each(|share| sum.add(share, true));
        assert_eq!(sum, all);
    }

    #[test]
    fn an_entry_twice_is_not_an_entry_not_at_all() {
        let mut sum = Live::default();
        sum.add(&[1; 32], false);
        sum.add(&[1; 32], false);
        assert_ne!(sum, Live::default());
    }

    #[test]
    fn the_sum_wraps_at_its_end() {
        let mut sum = Live::default();
        sum.add(&[0xff; 32], false);
        let mut one = [0; 32];
        one[0] = 1;
        sum.add(&one, false);
        assert_eq!(sum, Live::default());
        sum.remove(&one, false);
        assert_eq!(sum.digest, [0xff; 32]);
    }

    #[test]
    fn the_newer_copy_counts_and_writes_go_by_turns() {
        let dir = tempfile::tempdir().unwrap();
        let copies = [dir.path().join("a"), dir.path().join("b")];
        let keys = Keys::new(&StoreKey::random().unwrap());
        let mut heads = Heads::new(copies.clone());
        assert!(matches!(heads.read(&keys).unwrap(), Found::Unreadable));
        for generation in 1..6 {
            heads.write(&keys, &Head { generation, before: live(generation), after: None }).unwrap();
            let mut again = Heads::new(copies.clone());
            let Found::Readable(newest) = again.read(&keys).unwrap() else { panic!("unreadable") };
            assert_eq!((newest.head.generation, newest.head.before), (generation, live(generation)));
            assert_eq!((newest.is_settled(), again.place), (generation > 1, heads.place));
        }
        assert!(matches!(
            Heads::new(copies).read(&Keys::new(&StoreKey::random().unwrap())),
            Ok(Found::Unreadable)
        ));
    }

    #[test]
    fn an_intent_admits_what_was_before_only_beside_the_copy_that_says_so() {
        let head = Head { generation: 2, before: live(1), after: Some(live(2)) };
        let newest = Newest { head, place: 0, other_readable: true };
        assert!(newest.admits(&live(1)) && newest.admits(&live(2)) && !newest.admits(&live(3)));
        let alone = Newest { other_readable: false, ..newest };
        assert!(!alone.admits(&live(1)) && alone.admits(&live(2)));
    }

    #[test]
    fn settling_leaves_a_copy_that_admits_what_is_there_wherever_it_is_torn() {
        let dir = tempfile::tempdir().unwrap();
        let copies = [dir.path().join("a"), dir.path().join("b")];
        let keys = Keys::new(&StoreKey::random().unwrap());
        for there in [live(1), live(2)] {
            let mut heads = Heads::new(copies.clone());
            heads.write(&keys, &Head { generation: 1, before: live(1), after: None }).unwrap();
            heads.write(&keys, &Head { generation: 2, before: live(1), after: Some(live(2)) }).unwrap();
            let Found::Readable(newest) = heads.read(&keys).unwrap() else { panic!("unreadable") };
            assert_eq!(heads.settle(&keys, &newest, there).unwrap().head.generation, 3);
            let written = heads.place;
            let Found::Readable(newest) = heads.read(&keys).unwrap() else { panic!("unreadable") };
            assert!(newest.admits(&there) && newest.is_settled());
            std::fs::write(&copies[written], b"torn").unwrap();
            let Found::Readable(newest) = heads.read(&keys).unwrap() else { panic!("unreadable") };
            assert!(newest.admits(&there), "{there:?}");
        }
    }

    #[test]
    fn any_flipped_bit_makes_a_copy_unreadable() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let keys = Keys::new(&StoreKey::random().unwrap());
        let mut heads = Heads::new([path.clone(), dir.path().join("b")]);
        heads.write(&keys, &Head { generation: 1, before: live(3), after: None }).unwrap();
        let bytes = std::fs::read(path).unwrap();
        assert!(open(&bytes, &keys).is_some());
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&flipped, &keys).is_none(), "bit {bit}");
        }
    }
}
