//! Merkle trees of RFC 6962 (SHA-256): the log, the live ratings and the account heads of an epoch.
//!
//! Specified in `spec/text/ledger.md`.

use core::fmt;
use core::str::FromStr;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::encoding::{multi, unmulti};
use crate::hash::Hash;
use crate::reason::{Fault, Reason, refuse};

/// Most hashes in a proof: a tree of 2^32 leaves needs no more.
const MAX_PATH: usize = crate::limits::MAX_PATH_HASHES;

/// Largest tree of which a proof is looked at.
const MAX_SIZE: u64 = 1 << 53;

/// Size and root of a tree: together they name its contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TreeHead {
    /// Number of leaves; 2^53 at most where a proof is looked at.
    pub size: u64,
    /// Root hash (RFC 6962 §2.1); of an empty tree, the hash of nothing.
    pub root: Hash,
}

/// A tree that grows at its end, held in memory.
#[derive(Debug, Clone, Default)]
pub struct Tree(MemoryBackedTree<Sha256, [u8; 32]>);

/// A proof of inclusion or consistency: at most 64 hashes of 32 bytes in the order of RFC 6962; as text, multibase of
/// their concatenation.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Path(Vec<u8>);

impl Tree {
    /// An empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree of these leaves, in order.
    #[must_use]
    pub fn of<'a>(leaves: impl IntoIterator<Item = &'a Hash>) -> Self {
        let mut tree = Self::new();
        leaves.into_iter().for_each(|leaf| tree.push(leaf));
        tree
    }

    /// Adds a leaf at the end.
    pub fn push(&mut self, leaf: &Hash) {
        self.0.push(*leaf.as_bytes());
    }

    /// Number of leaves.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// Whether there are no leaves.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Size and root.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        let mut root = [0; 32];
        root.copy_from_slice(self.0.root().as_bytes());
        TreeHead { size: self.0.len(), root: Hash::from_bytes(root) }
    }

    /// The proof that leaf `index`, from 0, is in the tree; none if there is no such leaf.
    #[must_use]
    pub fn prove(&self, index: u64) -> Option<Path> {
        let index = usize::try_from(index).ok()?;
        self.0.get(index)?;
        Some(Path(self.0.prove_inclusion(index).as_bytes().to_vec()))
    }

    /// The proof that the tree's first `size` leaves are those of an earlier tree; none if there are fewer. Empty for
    /// equal sizes and for an empty earlier tree, of which everything is an extension.
    #[must_use]
    pub fn prove_extends(&self, size: u64) -> Option<Path> {
        let added = self.len().checked_sub(size)?;
        if added == 0 || size == 0 {
            return Some(Path(Vec::new()));
        }
        Some(Path(self.0.prove_consistency(usize::try_from(added).ok()?).as_bytes().to_vec()))
    }
}

impl TreeHead {
    /// Verifies that `leaf` stands at `index`, from 0, of the tree that this head names.
    ///
    /// # Errors
    /// `rating.not_live` if the proof does not lead to the root, and for a head of over 2^53 leaves.
    ///
    /// Implements REQ-LEDGER-13 (`spec/text/ledger.md`).
    pub fn verify_inclusion(&self, leaf: &Hash, index: u64, path: &Path) -> Result<(), Fault> {
        let refused = |_| Fault::new(Reason::RatingNotLive, "path");
        if self.size > MAX_SIZE {
            return refuse(Reason::RatingNotLive, "size");
        }
        //= spec/text/ledger.md#REQ-LEDGER-13
        //# A proof of inclusion MUST lead from the leaf, at its place, to the root, with exactly as many
        //# hashes as that place in a tree of that size has; no leaf is in an empty tree.
        let proof = InclusionProof::<Sha256>::try_from_bytes(path.0.clone()).map_err(refused)?;
        self.root_hash().verify_inclusion(leaf.as_bytes(), index, &proof).map_err(refused)
    }

    /// Verifies that the tree that this head names begins with the one of `earlier`.
    ///
    /// # Errors
    /// `ledger.extension_refused` if the proof does not show it, and for a head of over 2^53 leaves.
    ///
    /// Implements REQ-LEDGER-14 (`spec/text/ledger.md`).
    //= spec/text/ledger.md#REQ-LEDGER-14
    //# A log's new head MUST be a consistent extension of the old one.
    pub fn verify_extends(&self, earlier: &Self, path: &Path) -> Result<(), Fault> {
        let refused = || Fault::new(Reason::LedgerExtension, "path");
        if self.size > MAX_SIZE || earlier.size > self.size {
            return Err(refused());
        }
        if earlier.size == self.size || earlier.size == 0 {
            let same = earlier.size == 0 || earlier.root == self.root;
            return if same && path.0.is_empty() { Ok(()) } else { Err(refused()) };
        }
        let proof = ConsistencyProof::<Sha256>::try_from_bytes(path.0.clone()).map_err(|_| refused())?;
        self.root_hash().verify_consistency(&earlier.root_hash(), &proof).map_err(|_| refused())
    }

    fn root_hash(&self) -> RootHash<Sha256> {
        RootHash::new((*self.root.as_bytes()).into(), self.size)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&multi(&self.0))
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Path({} hashes)", self.0.len() / 32)
    }
}

impl FromStr for Path {
    type Err = Fault;
    /// Reads multibase text.
    ///
    /// # Errors
    /// `too_large` for more than 64 hashes; `malformed.base64url`; `malformed` for what is not whole hashes.
    ///
    /// Implements REQ-LEDGER-15 (`spec/text/ledger.md`).
    fn from_str(text: &str) -> Result<Self, Fault> {
        // The length of as many hashes in multibase, prefix included.
        //= spec/text/ledger.md#REQ-LEDGER-15
        //# A proof MUST be whole hashes, and at most 64 of them.
        if text.len() > 1 + (MAX_PATH * 32 * 4).div_ceil(3) {
            return refuse(Reason::TooLarge, "path");
        }
        let bytes = unmulti(text, "path")?;
        if bytes.len() % 32 != 0 {
            return refuse(Reason::Malformed, "path");
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Path {
    type Error = Fault;
    /// Reads the text, as `from_str`.
    ///
    /// # Errors
    /// As `from_str`.
    fn try_from(text: String) -> Result<Self, Fault> {
        text.parse()
    }
}

impl From<Path> for String {
    fn from(path: Path) -> Self {
        path.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(n: u64) -> Hash {
        Hash::of(b"test\n", &n.to_be_bytes())
    }

    fn tree(size: u64) -> Tree {
        Tree::of((0..size).map(leaf).collect::<Vec<_>>().iter())
    }

    #[test]
    fn proofs_are_whole_hashes_and_not_too_many() {
        let read = |bytes: usize| multi(vec![7; bytes]).parse::<Path>().map_err(|fault| fault.reason());
        assert!(read(0).is_ok() && read(64 * 32).is_ok());
        assert_eq!((read(33), read(65 * 32)), (Err(Reason::Malformed), Err(Reason::TooLarge)));
    }

    #[test]
    fn every_leaf_is_proven_and_no_other() {
        for size in 1..40 {
            let tree = tree(size);
            let head = tree.head();
            for index in 0..size {
                let path = tree.prove(index).unwrap();
                assert!(head.verify_inclusion(&leaf(index), index, &path).is_ok());
                assert!(head.verify_inclusion(&leaf(index + 1), index, &path).is_err());
                assert!(head.verify_inclusion(&leaf(index), (index + 1) % size, &path).is_err() || size == 1);
                assert!(head.verify_inclusion(&leaf(index), u64::MAX, &path).is_err());
            }
            assert!(tree.prove(size).is_none());
        }
    }

    #[test]
    fn a24_only_a_true_extension_verifies() {
        for new in 1..24 {
            let later = tree(new);
            for old in 0..=new {
                let earlier = tree(old);
                let path = later.prove_extends(old).unwrap();
                assert!(later.head().verify_extends(&earlier.head(), &path).is_ok(), "{old} {new}");
                if old > 0 {
                    let mut forked = tree(old - 1);
                    forked.push(&leaf(999));
                    assert!(later.head().verify_extends(&forked.head(), &path).is_err(), "{old} {new}");
                }
            }
            assert!(later.prove_extends(new + 1).is_none());
        }
        assert!(tree(3).head().verify_extends(&tree(5).head(), &Path(vec![])).is_err());
        assert!(
            TreeHead { size: u64::MAX, ..tree(3).head() }
                .verify_extends(&tree(2).head(), &Path(vec![0; 64]))
                .is_err()
        );
    }

    #[test]
    fn a_proof_has_whole_hashes_and_as_many_as_its_place() {
        let read = |bytes: usize| multi(vec![1; bytes]).parse::<Path>().map_err(|fault| fault.reason());
        assert!(read(64 * 32).is_ok());
        for many in [65, 66, 1000] {
            assert_eq!(read(many * 32), Err(Reason::TooLarge), "{many}");
        }
        assert_eq!(read(33), Err(Reason::Malformed));

        let (tree, none) = (tree(7), Tree::new().head());
        for index in 0..7 {
            let Path(good) = tree.prove(index).unwrap();
            for other in [good[32..].to_vec(), [good.clone(), vec![0; 32]].concat(), vec![]] {
                assert!(tree.head().verify_inclusion(&leaf(index), index, &Path(other)).is_err(), "{index}");
            }
            assert!(none.verify_inclusion(&leaf(index), index, &Path(good)).is_err());
        }
        assert!(none.verify_inclusion(&leaf(0), 0, &Path(vec![])).is_err());
        let Path(good) = tree.prove_extends(5).unwrap();
        let longer = Path([good, vec![0; 32]].concat());
        assert!(tree.head().verify_extends(&self::tree(5).head(), &longer).is_err());
    }
}
