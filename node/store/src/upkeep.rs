//! What is done to a whole store while nobody has it open: another lock, a smaller file, what is intact of a damaged one.
//!
//! Each of them is killed at any moment without harm. The database is never changed in its place: a new one is made beside it
//! (`db.copy`), synced and opened once, and takes its place by two renames. Between the two stands `db.kept`, which the next opening
//! knows what to do with.

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
};

use crate::{
    KdfParams, MAX_BATCH_LEN, OpenError, Unlock, UpkeepError,
    engine::{self, Changes, Engine},
    folder::{self, Folder},
    head::{Head, Live, Newest},
    keys::Keys,
    record,
    slot::{self, Weak},
    store::{Source, Unlocked},
};

/// How much is written to a new database at a time, in bytes.
const PIECE_LEN: usize = MAX_BATCH_LEN / 8;
/// How many damaged databases are kept aside.
const KEPT_ASIDE: u32 = 99;

/// What a smaller file saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compacted {
    /// How many records there are, before and after.
    pub records: u64,
    /// Size of the database's files before, in bytes.
    pub before: u64,
    /// Size of the database's files after, in bytes.
    pub after: u64,
}

/// What a repair brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    /// Records that are intact and there again.
    pub records: u64,
    /// Records of which there are traces that cannot be read.
    pub damaged: u64,
    /// How many records the store head knew of, if it could be read.
    pub expected: Option<u64>,
    /// Where the damaged database lies now; nothing if the store was not damaged, and was left as it is.
    pub aside: Option<PathBuf>,
}

/// Wraps the key of the store in `dir` for another passphrase or key file; the records stay as they are.
///
/// Killed at any moment, either the old one opens the store or the new one, and never both or none. A slot whose key
/// stretching is under the floor is opened here, and only here: the new one is within bounds.
///
/// An older copy of the folder still opens with the old passphrase, and has the same key.
///
/// # Errors
/// See [`UpkeepError`].
//= spec/text/versions.md#REQ-VERSION-9
//# a store whose key stretching is under the floor is opened only to be raised
pub fn rewrap(dir: &Path, old: Unlock<'_>, new: Unlock<'_>, kdf: &KdfParams) -> Result<(), UpkeepError> {
    slot::check(new, kdf)?;
    let unlocked = Unlocked::with_key(dir, old, Weak::Opened)?;
    unlocked.refuse_newer()?;
    let sealed = slot::seal(&unlocked.store_key, new, kdf)?;
    let slot = unlocked.folder.slot();
    folder::write_by_rename(&slot, &sealed).map_err(io("write the key slot"))?;
    Ok(())
}

/// Writes the database in `dir` anew, without what sled keeps of records that were replaced or deleted.
///
/// # Errors
/// See [`UpkeepError`]; a damaged store is refused.
pub fn compact(dir: &Path, unlock: Unlock<'_>) -> Result<Compacted, UpkeepError> {
    let unlocked = Unlocked::with_key(dir, unlock, Weak::Refused)?;
    // Opened as ever first: what is not as the head says is not copied, and what was under way is settled.
    let (unlocked, source, live) = unlocked.settled()?;
    let folder = &unlocked.folder;
    let before = size(&folder.db()).map_err(io("look at the database"))?;
    let found = copy_entries(&source, &unlocked.keys, folder)?;
    close(source)?;
    if found != live {
        return Err(OpenError::Damaged { expected: Some(live.count), found: Some(found.count) }.into());
    }
    exchange(folder).map_err(io("put the new database in its place"))?;
    let newest = unlocked.newest().ok_or(OpenError::Damaged { expected: None, found: None })?;
    reopen(folder, &unlocked.keys, newest)?;
    let after = size(&folder.db()).map_err(io("look at the database"))?;
    Ok(Compacted { records: live.count, before, after })
}

/// Makes a damaged store in `dir` whole again with the records that are intact; the damaged database is kept aside.
///
/// Of what was deleted before the damage something may be there again, and of a record whose newest version is gone without a
/// trace an older one: whoever knows what the records mean looks them over.
///
/// # Errors
/// See [`UpkeepError`].
pub fn repair(dir: &Path, unlock: Unlock<'_>) -> Result<Repaired, UpkeepError> {
    let unlocked = Unlocked::with_key(dir, unlock, Weak::Refused)?;
    unlocked.refuse_newer()?;
    let expected = unlocked.newest().map(Newest::expected);
    let (mut unlocked, source) = unlocked.whatever_is_there()?;
    let (records, damaged) = tally(&source, &unlocked.keys)?;
    if damaged == 0 && matches!(source, Source::Engine(_)) {
        close(source)?;
        return Ok(Repaired { records, damaged, expected, aside: None });
    }
    let live = copy_entries(&source, &unlocked.keys, &unlocked.folder)?;
    close(source)?;
    // Both copies, one after the other: from the first on the damaged database is not taken for the store any more, and the new
    // one is not in its place yet. Killed there, the store is damaged as before, and repaired again.
    let first = unlocked.newest().map_or(0, |newest| newest.head.generation) + 1;
    for generation in [first, first + 1] {
        let head = Head { generation, before: live, after: None };
        unlocked.heads.write(&unlocked.keys, &head).map_err(io("write the store head"))?;
    }
    let folder = &unlocked.folder;
    exchange(folder).map_err(io("put the new database in its place"))?;
    let aside = set_aside(folder).map_err(io("keep the damaged database aside"))?;
    Ok(Repaired { records, damaged, expected, aside })
}

fn io(step: &'static str) -> impl Fn(io::Error) -> UpkeepError {
    move |source| UpkeepError::Io { step, source }
}

/// How many records are intact, and of how many there are only traces.
fn tally(source: &Source, keys: &Keys) -> Result<(u64, u64), UpkeepError> {
    let (mut intact, mut damaged) = (0, 0);
    source
        .visit(keys, &[], &mut |record| match record {
            Some(_) => intact += 1,
            None => damaged += 1,
        })
        .map_err(|_| OpenError::Damaged { expected: None, found: None })?;
    Ok((intact, damaged))
}

/// Makes a database beside the old one, with every entry of a whole record; says what is live in it.
fn copy_entries(source: &Source, keys: &Keys, folder: &Folder) -> Result<Live, UpkeepError> {
    let copy = folder.db_copy();
    folder::remove_tree(&copy).map_err(io("clear away an unfinished copy"))?;
    let engine = Engine::create(&copy).map_err(io("make the new database"))?;
    let mut live = Live::default();
    let (mut piece, mut len) = (Changes::default(), 0);
    let mut failed = None;
    source
        .entries(keys, &mut |entries| {
            if failed.is_some() || record::assemble(keys, entries).is_none() {
                return;
            }
            for (key, value) in entries {
                live.add(&record::share(keys, key, value), record::is_first(key));
                len += key.len() + value.len();
                piece.insert(key.clone(), value.clone());
            }
            if len >= PIECE_LEN {
                failed = engine.apply(std::mem::take(&mut piece)).err();
                len = 0;
            }
        })
        .map_err(|_| OpenError::Damaged { expected: None, found: None })?;
    let wrote = match failed {
        Some(error) => Err(error),
        None => engine.apply(piece),
    };
    wrote.and_then(|()| engine.close()).map_err(io("write the new database"))?;
    folder::sync_tree(&copy).map_err(io("sync the new database"))?;
    Ok(live)
}

/// Waits until sled has let go of its files.
fn close(source: Source) -> Result<(), UpkeepError> {
    match source {
        Source::Engine(engine) => engine.close().map_err(io("close the database")),
        Source::Salvaged(_) => Ok(()),
    }
}

/// Puts the copy in the database's place, which stands as `db.kept` from then on.
fn exchange(folder: &Folder) -> io::Result<()> {
    // None is there but after a failure in between, and then the database in its place is the better one.
    folder::remove_tree(&folder.db_kept())?;
    if folder::exists(&folder.db())? {
        std::fs::rename(folder.db(), folder.db_kept())?;
    }
    std::fs::rename(folder.db_copy(), folder.db())?;
    folder::sync_folder(folder.dir())
}

/// Opens the exchanged database as the next program would, which also removes what was kept of the old one.
fn reopen(folder: &Folder, keys: &Keys, newest: &Newest) -> Result<(), UpkeepError> {
    match engine::open(folder, keys, newest) {
        Ok((engine, _)) => engine.close().map_err(io("close the new database")),
        Err(error) => Err(error.into_open(newest).into()),
    }
}

/// Gives what was kept a name under which no opening looks at it.
fn set_aside(folder: &Folder) -> io::Result<Option<PathBuf>> {
    if !folder::exists(&folder.db_kept())? {
        return Ok(None);
    }
    let taken: BTreeSet<u32> = (1..=KEPT_ASIDE)
        .filter(|number| folder::exists(&folder.db_damaged(*number)).unwrap_or(true))
        .collect();
    let number = (1..=KEPT_ASIDE).find(|number| !taken.contains(number));
    let Some(number) = number else {
        return Err(io::Error::other("there are as many damaged databases there as are kept; remove some"));
    };
    let aside = folder.db_damaged(number);
    std::fs::rename(folder.db_kept(), &aside)?;
    folder::sync_folder(folder.dir())?;
    Ok(Some(aside))
}

/// The length of all files in a folder, in bytes.
fn size(path: &Path) -> io::Result<u64> {
    let mut total = 0;
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let about = entry.metadata()?;
        total += if about.is_dir() { size(&entry.path())? } else { about.len() };
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Batch, CreateError, Options, Store, Table};

    const PASS: Unlock<'static> = Unlock::Passphrase(b"correct horse battery staple");
    const OTHER: Unlock<'static> = Unlock::Passphrase(b"another one altogether");
    const RATINGS: Table = Table(1);

    /// A store whose slot has parameters that no program of ours writes.
    fn weak(dir: &Path) {
        let store = Store::create(dir, PASS, &Options { kdf: KdfParams::FLOOR }).unwrap();
        store.commit(Batch::new().put(RATINGS, b"a", b"1")).unwrap();
        drop(store);
        let key = Unlocked::new(dir, PASS).unwrap().store_key.clone();
        let slot = slot::seal(&key, PASS, &KdfParams { memory_kib: 64, passes: 1, lanes: 1 }).unwrap();
        folder::write_by_rename(&Folder::new(dir).slot(), &slot).unwrap();
    }

    //= spec/text/versions.md#REQ-VERSION-9
    //= type=test
    //# a store whose key stretching is under the floor is opened only to be raised
    #[test]
    fn a61_a_slot_under_the_floor_is_opened_to_be_raised_and_for_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("store");
        weak(&dir);
        let before = std::fs::read(dir.join("key.slot")).unwrap();
        for result in [
            Store::open(&dir, PASS).map(drop),
            Store::open_damaged(&dir, PASS).map(drop),
            crate::salvage(&dir, PASS).map(drop),
        ] {
            assert!(matches!(result, Err(OpenError::KdfTooWeak)), "{result:?}");
        }
        for result in [compact(&dir, PASS).map(drop), repair(&dir, PASS).map(drop)] {
            assert!(matches!(result, Err(UpkeepError::Open(OpenError::KdfTooWeak))), "{result:?}");
        }
        let wrong = rewrap(&dir, OTHER, PASS, &KdfParams::FLOOR).unwrap_err();
        assert!(
            matches!(wrong, UpkeepError::Open(OpenError::Locked)),
            "weak or not, it is locked: {wrong:?}"
        );
        let low = rewrap(&dir, PASS, OTHER, &KdfParams { passes: 1, ..KdfParams::FLOOR }).unwrap_err();
        let too_weak = CreateError::Kdf { too_weak: true };
        assert_eq!(low.to_string(), too_weak.to_string(), "it cannot be left as weak");
        assert_eq!(std::fs::read(dir.join("key.slot")).unwrap(), before);

        rewrap(&dir, PASS, PASS, &KdfParams::FLOOR).unwrap();
        let store = Store::open(&dir, PASS).unwrap();
        assert_eq!(store.get(RATINGS, b"a").unwrap().as_deref(), Some(&b"1"[..]));
    }
}
