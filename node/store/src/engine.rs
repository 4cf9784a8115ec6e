//! sled, with what it lacks: real syncs, and no harm done by looking at a damaged store.

use std::{
    fs::File,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::mpsc::sync_channel,
    thread::{self, sleep},
    time::Duration,
};

use rustix::fs::{FlockOperation, flock};

use crate::{
    OpenError,
    folder::{self, Folder},
    head::{Live, Newest},
    keys::Keys,
    record,
};

/// sled's page cache, in bytes.
const CACHE_LEN: u64 = 16 * 1024 * 1024;
/// How long a flush may take: far longer than any disk that works, and an end all the same.
const FLUSH_TIME: Duration = Duration::from_secs(60);
/// How often, and how far apart, sled is asked again for a file that its own threads still hold.
const OPEN_TRIES: u32 = 200;
const OPEN_PAUSE: Duration = Duration::from_millis(5);

/// An open sled.
pub(crate) struct Engine {
    db: Held,
    /// sled's file, opened once more to sync it: on Linux sled's own flush is `sync_file_range`, which leaves the
    /// file's length and the disk's cache out.
    file: File,
    blobs: PathBuf,
}

/// An open sled until it is let go of.
struct Held(Option<sled::Db>);

impl Held {
    fn get(&self) -> sled::Result<&sled::Db> {
        self.0.as_ref().ok_or_else(|| sled::Error::Unsupported("the database is closed".to_owned()))
    }

    /// sled syncs once more when it is dropped, and stops the program when that fails; whatever was acknowledged is on the disk by
    /// then.
    fn let_go(&mut self) {
        let db = self.0.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(db)));
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.let_go();
    }
}

/// A change of sled's entries that is made whole or not at all.
#[derive(Default)]
pub(crate) struct Changes {
    batch: sled::Batch,
    pub(crate) count: usize,
}

impl Changes {
    pub(crate) fn insert(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.batch.insert(key, value);
        self.count += 1;
    }

    pub(crate) fn remove(&mut self, key: Vec<u8>) {
        self.batch.remove(key);
        self.count += 1;
    }
}

impl Engine {
    /// Makes an empty database.
    pub(crate) fn create(db: &Path) -> io::Result<Self> {
        // Made here first, so that they are private from the start; sled fills what it finds empty.
        folder::make_folder(&db.join("blobs"))?;
        folder::write_new(&file_in(db), &[])?;
        folder::write_new(&settings_in(db), &[])?;
        let engine = Self::open(db)?;
        engine.flush()?;
        folder::sync_tree(db)?;
        folder::sync_parent(db)?;
        Ok(engine)
    }

    fn open(db: &Path) -> io::Result<Self> {
        let config = sled::Config::new()
            .path(db)
            .cache_capacity(CACHE_LEN)
            .mode(sled::Mode::LowSpace)
            .use_compression(false)
            .print_profile_on_drop(false)
            // Every commit flushes, so there is nothing left for a timer.
            .flush_every_ms(None);
        let mut tries = 0;
        let opened = loop {
            match guarded(|| config.open().map(|db| Held(Some(db)))) {
                // After a store was closed in this process, sled's threads may hold its file for a moment longer.
                Err(error) if tries < OPEN_TRIES && error.to_string().contains("could not acquire lock") => {
                    tries += 1;
                    sleep(OPEN_PAUSE);
                }
                opened => break opened?,
            }
        };
        folder::tighten_tree(db)?;
        Ok(Self { db: opened, file: File::open(file_in(db))?, blobs: db.join("blobs") })
    }

    /// Shows every entry whose key begins with `prefix`, in order of keys.
    pub(crate) fn visit(&self, prefix: &[u8], see: &mut dyn FnMut(&[u8], &[u8])) -> io::Result<()> {
        guarded(|| {
            for entry in self.db.get()?.scan_prefix(prefix) {
                let (key, value) = entry?;
                see(&key, &value);
            }
            Ok(())
        })
    }

    /// Makes a change; it is on the disk when this returns.
    pub(crate) fn apply(&self, changes: Changes) -> io::Result<()> {
        guarded(|| self.db.get()?.apply_batch(changes.batch))?;
        self.flush()
    }

    /// sled, where one of its own threads could not write, sometimes waits for a sign that never comes. Nobody waits with it: the flush
    /// has a thread of its own, and what is not done in time has failed.
    fn flush(&self) -> io::Result<()> {
        let db = self.db.get()?.clone();
        let (tell, told) = sync_channel(1);
        let flushing = move || {
            let flushed = guarded(|| db.flush());
            // Let go of before it is told, so that whoever closes the database is the last to have it.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(db)));
            let _ = tell.send(flushed);
        };
        thread::Builder::new().name("faam-flush".to_owned()).spawn(flushing)?;
        let late =
            |_| io::Error::new(io::ErrorKind::TimedOut, "the disk did not take what was written in time");
        told.recv_timeout(FLUSH_TIME).map_err(late)??;
        self.file.sync_all()?;
        // There are none as long as entries are small; if there ever are, they are synced too.
        for blob in self.blobs.read_dir()? {
            File::open(blob?.path())?.sync_all()?;
        }
        Ok(())
    }

    /// Closes the database, and waits until sled's own threads have let go of its file.
    pub(crate) fn close(mut self) -> io::Result<()> {
        self.flush()?;
        let file = self.file.try_clone()?;
        self.db.let_go();
        for _ in 0..OPEN_TRIES {
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return flock(&file, FlockOperation::Unlock).map_err(io::Error::from),
                Err(_) => sleep(OPEN_PAUSE),
            }
        }
        Err(io::Error::other("the database engine does not let go of its file"))
    }

    /// What is live, counted over everything.
    fn measure(&self, keys: &Keys) -> io::Result<Live> {
        let mut live = Live::default();
        self.visit(&[], &mut |key, value| {
            live.add(&record::share(keys, key, value), record::is_first(key));
        })?;
        Ok(live)
    }
}

/// sled's file in its folder.
pub(crate) fn file_in(db: &Path) -> PathBuf {
    db.join("db")
}

fn settings_in(db: &Path) -> PathBuf {
    db.join("conf")
}

/// A database that is what the head says, and what is live in it.
pub(crate) type Opened = (Engine, Live);

/// Why a database was not opened.
#[derive(Debug)]
pub(crate) enum NotOpened {
    /// It is not what the head says; this many records were counted, if they could be.
    Damaged {
        found: Option<u64>,
    },
    Io {
        step: &'static str,
        source: io::Error,
    },
}

impl NotOpened {
    pub(crate) fn into_open(self, newest: &Newest) -> OpenError {
        match self {
            Self::Damaged { found } => OpenError::Damaged { expected: Some(newest.expected()), found },
            Self::Io { step, source } => OpenError::Io { step, source },
        }
    }
}

/// Opens the database and compares it with the head.
///
/// Opening is not harmless: sled takes damage for the end of its log and overwrites what comes after, so that
/// intact records would be lost by looking. Therefore its folder is copied first (`db.kept`); when the database
/// does not match the head, the copy is put back. If that dies half-way, the next opening finds the copy.
pub(crate) fn open(folder: &Folder, keys: &Keys, head: &Newest) -> Result<Opened, NotOpened> {
    let (db, copy, kept) = (folder.db(), folder.db_copy(), folder.db_kept());
    let io = |step| move |source| NotOpened::Io { step, source };
    let kept_exists = folder::exists(&kept).map_err(io("look at the database"))?;
    if kept_exists {
        // An earlier opening died between copying and comparing. Nothing was committed since, so the database is
        // either good or the copy holds what it was.
        if let Ok(opened) = try_open(&db, keys, head) {
            finish(folder).map_err(io("remove the copy of the database"))?;
            return Ok(opened);
        }
        put_back(folder).map_err(io("put the copy of the database back"))?;
    }
    if !folder::exists(&file_in(&db)).map_err(io("look at the database"))? {
        return Err(NotOpened::Damaged { found: None });
    }
    folder::remove_tree(&copy)
        .and_then(|()| folder::copy_tree(&db, &copy))
        // On the disk before sled writes anything: without power meanwhile, what sled left may be half, and a copy that was not
        // synced nothing.
        .and_then(|()| folder::sync_tree(&copy))
        .and_then(|()| std::fs::rename(&copy, &kept))
        .and_then(|()| folder::sync_folder(folder.dir()))
        .map_err(io("copy the database before opening it"))?;

    let first = try_open(&db, keys, head);
    let opened = match first {
        Ok(opened) => Ok(opened),
        // Once more without sled's settings and snapshot, which it can make anew from its log: damage in those
        // loses nothing. The head tells whether it did.
        Err(first) => retry_without_helpers(folder, keys, head)
            .map_err(io("put the copy of the database back"))?
            .map_err(|second| first.or(second)),
    };
    match opened {
        Ok(opened) => {
            finish(folder).map_err(io("remove the copy of the database"))?;
            Ok(opened)
        }
        Err(found) => {
            put_back(folder).map_err(io("put the copy of the database back"))?;
            Err(NotOpened::Damaged { found })
        }
    }
}

/// Opens and compares; how many records were counted otherwise.
fn try_open(db: &Path, keys: &Keys, head: &Newest) -> Result<Opened, Option<u64>> {
    let engine = Engine::open(db).map_err(|_| None)?;
    let live = engine.measure(keys).map_err(|_| None)?;
    if head.admits(&live) { Ok((engine, live)) } else { Err(Some(live.count)) }
}

fn retry_without_helpers(
    folder: &Folder,
    keys: &Keys,
    head: &Newest,
) -> io::Result<Result<Opened, Option<u64>>> {
    let (db, copy, kept) = (folder.db(), folder.db_copy(), folder.db_kept());
    folder::copy_tree(&kept, &copy)?;
    folder::remove_tree(&db)?;
    std::fs::rename(&copy, &db)?;
    folder::remove_file(&settings_in(&db))?;
    folder::write_new(&settings_in(&db), &[])?;
    for entry in db.read_dir()? {
        let path = entry?.path();
        if folder::is_snapshot(&path) {
            folder::remove_file(&path)?;
        }
    }
    Ok(try_open(&db, keys, head))
}

/// Puts what an opening that died kept back in the database's place, if there is something.
pub(crate) fn put_back_kept(folder: &Folder) -> io::Result<()> {
    if folder::exists(&folder.db_kept())? { put_back(folder) } else { Ok(()) }
}

/// Puts the kept copy in the database's place.
fn put_back(folder: &Folder) -> io::Result<()> {
    folder::remove_tree(&folder.db())?;
    std::fs::rename(folder.db_kept(), folder.db())?;
    folder::sync_tree(&folder.db())?;
    folder::sync_folder(folder.dir())
}

/// Keeps the opened database and drops the copy. It must be gone before anything is committed, and stay gone.
fn finish(folder: &Folder) -> io::Result<()> {
    folder::sync_tree(&folder.db())?;
    // Renamed before it is removed, so that half a copy is never taken for a whole one.
    folder::remove_tree(&folder.db_copy())?;
    match std::fs::rename(folder.db_kept(), folder.db_copy()) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    folder::sync_folder(folder.dir())?;
    folder::remove_tree(&folder.db_copy())
}

/// Runs a piece of sled. sled panics on some damage instead of returning an error; such a panic stops here and
/// becomes one. Nothing of ours is half-changed by it, and what sled may have half-changed is not used again.
fn guarded<T>(work: impl FnOnce() -> sled::Result<T>) -> io::Result<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(io::Error::from),
        Err(_) => Err(io::Error::other("the database engine stopped on something it did not expect")),
    }
}
