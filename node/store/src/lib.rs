//! The encrypted store under a wallet and a node: the one place that knows sled.
//!
//! A store is a folder. In it every record is sealed with XChaCha20-Poly1305 under a random store key, and the
//! store key is wrapped by a passphrase (Argon2id) or by a key file. Ids are not visible in the files either.
//! A batch of changes is whole or absent, and it is on the disk when [`Store::commit`] returns.
//!
//! sled drops records without a word after damage to its file. So beside it stands the sealed *store head* in two
//! synced copies, which says how many records there are and what they are (a keyed digest, kept up in constant
//! time). A store that does not match its head is damaged, and [`Store::open`] says so.
//! [`Store::open_damaged`] and [`salvage`] still read what is intact.
//!
//! ```text
//! DIR/key.slot          the wrapped store key
//! DIR/head.a, head.b    the store head, twice, written by turns
//! DIR/db/               sled
//! DIR/lock              who has the store open
//! DIR/db.copy, db.kept  a copy of db/, there only while a store is being opened (see `Store::open`)
//! DIR/db.damaged-1      what db/ was before a repair; nothing reads it again
//! DIR/creating          there only while a store is being made
//! ```
//!
//! What it does not do: notice that the *whole* folder was put back to an older state. An older copy of everything
//! is a good store; only something outside the folder can tell its age.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use faam_store::{Batch, KdfParams, Options, Store, Table, Unlock};
//!
//! const RATINGS: Table = Table(1);
//! # let home = tempfile::tempdir()?;
//! # let dir = home.path().join("vault");
//! let options = Options { kdf: KdfParams::FLOOR };
//! let store = Store::create(&dir, Unlock::Passphrase(b"correct horse"), &options)?;
//! store.commit(Batch::new().put(RATINGS, b"7", b"five stars"))?;
//! drop(store);
//!
//! let store = Store::open(&dir, Unlock::Passphrase(b"correct horse"))?;
//! assert_eq!(store.get(RATINGS, b"7")?.as_deref(), Some(&b"five stars"[..]));
//! # Ok(())
//! # }
//! ```

mod batch;
mod engine;
mod error;
mod folder;
mod head;
mod keys;
mod lock;
mod record;
mod salvage;
mod sealer;
mod slot;
mod store;
mod upkeep;

pub use batch::Batch;
pub use error::{CommitError, CreateError, OpenError, PermissionProblem, ReadError, UpkeepError};
pub use keys::KdfParams;
pub use salvage::{Salvaged, salvage};
pub use sealer::Sealer;
pub use slot::Unlock;
pub use store::{Options, Report, Scan, Seen, Store};
pub use upkeep::{Compacted, Repaired, compact, repair, rewrap};

/// The version of every format in the folder.
pub const FORMAT_VERSION: u8 = 0;

/// The longest id of a record, in bytes; the shortest is one byte.
pub const MAX_ID_LEN: usize = 256;

/// The longest value of a record, in bytes.
pub const MAX_VALUE_LEN: usize = 256 * 1024;

/// The most a batch may hold: ids, values and a small cost for each change, in bytes.
pub const MAX_BATCH_LEN: usize = 64 * 1024 * 1024;

/// A kind of record; each has ids of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Table(pub u8);
