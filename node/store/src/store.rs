//! The store: made, opened, read and written.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    fs::File,
    io,
    path::Path,
    sync::{Mutex, PoisonError, RwLock, RwLockReadGuard},
};

use zeroize::Zeroizing;

use crate::{
    Batch, CommitError, CreateError, KdfParams, OpenError, ReadError, Table, Unlock,
    batch::Change,
    engine::{self, Changes, Engine},
    folder::{self, Folder, NotPrivate},
    head::{Found, Head, Heads, Live, Newest},
    keys::{Keys, StoreKey},
    lock::{Lock, NotLocked},
    record::{self, Entry, Prefix, Record},
    salvage::Entries,
    slot::{self, Weak},
};

/// How a store is made.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// How hard the passphrase is stretched; not used with a key file.
    pub kdf: KdfParams,
}

/// What a check of every record found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Records that are intact.
    pub records: u64,
    /// Records that are damaged or missing.
    pub damaged: u64,
}

/// A record that [`Store::visit`] shows.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// Its table.
    pub table: Table,
    /// Its id.
    pub id: &'a [u8],
    /// Its value.
    pub value: &'a [u8],
}

/// Says nothing of what is in the record.
impl fmt::Debug for Seen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seen({:?}, ..)", self.table)
    }
}

/// The records of a table, sorted by id; a damaged one, whose id cannot be known, has an empty one.
pub type Scan = Vec<(Vec<u8>, Result<Vec<u8>, ReadError>)>;

/// An open store; nobody else can open it until this is dropped. It can be shared between threads.
pub struct Store {
    // The order matters: sled lets go of its files before the lock does.
    state: RwLock<State>,
    keys: Keys,
    /// The slot of a store in the making, which is written when it is finished.
    unfinished: Mutex<Option<(Folder, Vec<u8>)>>,
    _lock: Lock,
}

struct State {
    source: Source,
    heads: Heads,
    generation: u64,
    live: Live,
    /// A commit failed, so no more are made.
    failed: bool,
    /// It failed after sled was touched, so that sled may show what is not on the disk.
    unsure: bool,
}

pub(crate) enum Source {
    Engine(Box<Engine>),
    /// The store is damaged; this is what could be read.
    Salvaged(Entries),
}

impl Store {
    /// Makes a new, empty store in `dir`, which may be there but must not hold one.
    ///
    /// With [`Unlock::KeyFile`] the key file is made too, if it is not there. If this is interrupted, nothing can
    /// be opened and it can be done again.
    ///
    /// # Errors
    /// See [`CreateError`].
    pub fn create(dir: &Path, unlock: Unlock<'_>, options: &Options) -> Result<Self, CreateError> {
        let store = Self::begin(dir, unlock, options)?;
        store.finish()?;
        Ok(store)
    }

    /// As [`Store::create`], but nobody can open the store until [`Store::finish`] was called: what is written before is
    /// there then, all of it, or there is no store.
    ///
    /// # Errors
    /// See [`CreateError`].
    pub fn begin(dir: &Path, unlock: Unlock<'_>, options: &Options) -> Result<Self, CreateError> {
        slot::check(unlock, &options.kdf)?;
        let folder = Folder::new(dir);
        let io = |step| move |source| CreateError::Io { step, source };
        if !folder::exists(dir).map_err(io("look for the folder"))? {
            folder::make_folder(dir)
                .and_then(|()| folder::sync_parent(dir))
                .map_err(io("make the folder"))?;
        }
        folder.check()?;
        let lock = Lock::take(&folder.lock())?;
        clear_unfinished(&folder)?;

        folder::write_new(&folder.creating(), &[]).map_err(io("begin the store"))?;
        let store_key = StoreKey::random()?;
        let keys = Keys::new(&store_key);
        let engine = Engine::create(&folder.db()).map_err(io("make the database"))?;
        let mut heads = Heads::new(folder.heads());
        let live = Live::default();
        for generation in [1, 2] {
            heads
                .write(&keys, &Head { generation, before: live, after: None })
                .map_err(io("write the store head"))?;
        }
        // The slot comes last: a store with a slot is a whole one.
        let slot = slot::seal(&store_key, unlock, &options.kdf)?;
        let store = Self::with(Source::Engine(Box::new(engine)), keys, heads, 2, live, lock);
        Ok(Self { unfinished: Mutex::new(Some((folder, slot))), ..store })
    }

    /// Finishes what [`Store::begin`] began; a store that is finished is left as it is.
    ///
    /// # Errors
    /// See [`CreateError`].
    pub fn finish(&self) -> Result<(), CreateError> {
        let io = |step| move |source| CreateError::Io { step, source };
        let mut unfinished = self.unfinished.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((folder, slot)) = &*unfinished {
            folder::write_by_rename(&folder.slot(), slot).map_err(io("write the key slot"))?;
            folder::remove_file(&folder.creating())
                .and_then(|()| folder::sync_folder(folder.dir()))
                .map_err(io("finish the store"))?;
        }
        *unfinished = None;
        Ok(())
    }

    /// Opens the store in `dir`, and checks that every record is there.
    ///
    /// While this runs there are two copies of the database: sled overwrites intact records when it opens a
    /// damaged file, so it is only let near a copy that can be put back. A store that was not opened is as it was.
    ///
    /// # Errors
    /// See [`OpenError`].
    //= spec/text/versions.md#REQ-VERSION-7
    //# A program MUST open every version of a store that was ever released
    pub fn open(dir: &Path, unlock: Unlock<'_>) -> Result<Self, OpenError> {
        let unlocked = Unlocked::new(dir, unlock)?;
        match unlocked.found {
            Found::Readable(newest) => unlocked.open(&newest).map_err(|(_, error)| error),
            Found::Newer(found) => Err(OpenError::NewerVersion { found }),
            Found::Unreadable => Err(OpenError::Damaged { expected: None, found: None }),
        }
    }

    /// Opens a damaged store for reading what is intact. A store that is not damaged is opened as ever.
    ///
    /// What was deleted before the damage may be there again, and of a record whose newest version is gone without
    /// a trace an older one is shown: [`is_damaged`](Self::is_damaged) must be told to whoever sees the records.
    ///
    /// # Errors
    /// As for [`Store::open`], without [`OpenError::Damaged`].
    pub fn open_damaged(dir: &Path, unlock: Unlock<'_>) -> Result<Self, OpenError> {
        let unlocked = Unlocked::new(dir, unlock)?;
        let unlocked = match unlocked.found {
            Found::Readable(newest) => match unlocked.open(&newest) {
                Ok(store) => return Ok(store),
                Err((unlocked, OpenError::Damaged { .. })) => *unlocked,
                Err((_, error)) => return Err(error),
            },
            Found::Newer(found) => return Err(OpenError::NewerVersion { found }),
            Found::Unreadable => unlocked,
        };
        let entries = unlocked.salvage()?;
        let (generation, live) = unlocked.newest().map_or((0, Live::default()), |newest| {
            (newest.head.generation, newest.head.after.unwrap_or(newest.head.before))
        });
        let Unlocked { keys, heads, lock, .. } = unlocked;
        Ok(Self::with(Source::Salvaged(entries), keys, heads, generation, live, lock))
    }

    fn with(source: Source, keys: Keys, heads: Heads, generation: u64, live: Live, lock: Lock) -> Self {
        let state = State { source, heads, generation, live, failed: false, unsure: false };
        Self { state: RwLock::new(state), keys, unfinished: Mutex::new(None), _lock: lock }
    }

    /// A number that each store has of its own: a copy of the folder has the same one, a store that was made anew another.
    pub fn copy_number(&self) -> [u8; 16] {
        self.keys.copy_number
    }

    /// Whether this store is damaged, and shows only what is intact.
    pub fn is_damaged(&self) -> bool {
        matches!(self.state.read().unwrap_or_else(PoisonError::into_inner).source, Source::Salvaged(_))
    }

    /// The value of a record, if there is one.
    ///
    /// # Errors
    /// [`ReadError::Damaged`] when this record is damaged.
    pub fn get(&self, table: Table, id: &[u8]) -> Result<Option<Vec<u8>>, ReadError> {
        let state = self.readable()?;
        let mut found = None;
        let prefix = record::prefix(&self.keys, table, id);
        state.source.visit(&self.keys, &prefix, &mut |record| found = Some(record))?;
        match found {
            None => Ok(None),
            Some(Some((found_id, value))) if found_id == id => Ok(Some(value)),
            Some(_) => Err(ReadError::Damaged),
        }
    }

    /// All records of a table.
    ///
    /// # Errors
    /// [`ReadError::Damaged`] when the table cannot be walked to its end; a single damaged record is an item.
    pub fn scan(&self, table: Table) -> Result<Scan, ReadError> {
        let state = self.readable()?;
        let mut records = Scan::new();
        state.source.visit(&self.keys, &[table.0], &mut |record| match record {
            Some((id, value)) => records.push((id, Ok(value))),
            None => records.push((Vec::new(), Err(ReadError::Damaged))),
        })?;
        records.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(records)
    }

    /// Shows every record of every table, in no order that means anything; an error in place of a damaged one.
    ///
    /// # Errors
    /// [`ReadError::Damaged`] when the store cannot be walked to its end.
    pub fn visit(&self, see: &mut dyn FnMut(Result<Seen<'_>, ReadError>)) -> Result<(), ReadError> {
        let state = self.readable()?;
        state.source.entries(&self.keys, &mut |entries| {
            let table = entries.first().and_then(|(key, _)| key.first().copied());
            match (table, record::assemble(&self.keys, entries)) {
                (Some(table), Some((id, value))) => {
                    see(Ok(Seen { table: Table(table), id: &id, value: &Zeroizing::new(value) }));
                }
                _ => see(Err(ReadError::Damaged)),
            }
        })
    }

    /// How many records a table has, damaged ones included.
    ///
    /// # Errors
    /// As for [`scan`](Self::scan).
    pub fn count(&self, table: Table) -> Result<u64, ReadError> {
        let state = self.readable()?;
        let mut count = 0;
        match &state.source {
            Source::Engine(engine) => engine
                .visit(&[table.0], &mut |key, _| count += u64::from(record::is_first(key)))
                .map_err(|_| ReadError::Damaged)?,
            Source::Salvaged(_) => state.source.visit(&self.keys, &[table.0], &mut |_| count += 1)?,
        }
        Ok(count)
    }

    /// Decrypts every record.
    ///
    /// # Errors
    /// [`ReadError::NeedsReopen`] after a failed commit.
    pub fn check(&self) -> Result<Report, ReadError> {
        let state = self.readable()?;
        let mut report = Report { records: 0, damaged: 0 };
        let walked = state.source.visit(&self.keys, &[], &mut |record| match record {
            Some(_) => report.records += 1,
            None => report.damaged += 1,
        });
        // What the head knows of and nobody saw is missing.
        let missing = state.live.count.saturating_sub(report.records);
        report.damaged = report.damaged.max(missing).max(u64::from(walked.is_err()));
        Ok(report)
    }

    /// Makes all changes of a batch, over all tables, or none; they are on the disk when this returns.
    ///
    /// # Errors
    /// See [`CommitError`]. After [`CommitError::Write`] nothing more is written: open the store again, which
    /// finds the batch whole or absent.
    pub fn commit(&self, batch: Batch) -> Result<(), CommitError> {
        let changes = batch.checked()?;
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.failed {
            return Err(CommitError::NeedsReopen);
        }
        state.commit(&self.keys, changes)
    }

    fn readable(&self) -> Result<RwLockReadGuard<'_, State>, ReadError> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        if state.unsure { Err(ReadError::NeedsReopen) } else { Ok(state) }
    }
}

/// Says nothing of what is in the store.
impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store(..)")
    }
}

impl State {
    fn commit(&mut self, keys: &Keys, changes: Vec<Change>) -> Result<(), CommitError> {
        let Source::Engine(engine) = &self.source else { return Err(CommitError::ReadOnly) };
        let generation = self.generation + 1;
        let Some((after, changes)) = plan(engine, keys, generation, self.live, changes)? else {
            return Ok(());
        };

        // From here on, until the end is reached, the store counts as failed.
        self.failed = true;
        let failed = |step| move |source| CommitError::Write { step, source };
        let intent = Head { generation, before: self.live, after: Some(after) };
        self.heads.write(keys, &intent).map_err(failed("announce the change in the store head"))?;
        self.unsure = true;
        engine.apply(changes).map_err(failed("write the records"))?;
        let settled = Head { generation: generation + 1, before: after, after: None };
        self.heads.write(keys, &settled).map_err(failed("settle the change in the store head"))?;
        self.generation = settled.generation;
        self.live = after;
        (self.failed, self.unsure) = (false, false);
        Ok(())
    }
}

/// What sled has to change, and what will be live then; `None` when there is nothing to do.
fn plan(
    engine: &Engine,
    keys: &Keys,
    generation: u64,
    mut live: Live,
    changes: Vec<Change>,
) -> Result<Option<(Live, Changes)>, CommitError> {
    // Of two changes to one record the later counts.
    let last: BTreeMap<Prefix, Change> =
        changes.into_iter().map(|change| (record::prefix(keys, change.table, &change.id), change)).collect();
    let mut plan = Changes::default();
    for (prefix, change) in last {
        let mut old = BTreeSet::new();
        engine
            .visit(&prefix, &mut |key, value| {
                live.remove(&record::share(keys, key, value), record::is_first(key));
                old.insert(key.to_vec());
            })
            .map_err(|_| CommitError::Damaged)?;
        if let Some(value) = &change.value {
            let entries = record::seal(keys, generation, &prefix, &change.id, value)
                .map_err(|_| CommitError::Random)?;
            for (key, entry) in entries {
                live.add(&record::share(keys, &key, &entry), record::is_first(&key));
                old.remove(&key);
                plan.insert(key, entry);
            }
        }
        for key in old {
            plan.remove(key);
        }
    }
    Ok((plan.count > 0).then_some((live, plan)))
}

impl Source {
    /// Shows the entries of every record that there is, whole or not; none for one of which there are only traces.
    pub(crate) fn entries(&self, keys: &Keys, see: &mut dyn FnMut(&[Entry])) -> Result<(), ReadError> {
        match self {
            Self::Engine(engine) => by_record(engine, &[], see),
            Self::Salvaged(salvaged) => {
                salvaged.entries(keys).for_each(|entries| see(&entries));
                Ok(())
            }
        }
    }

    /// Shows every record under a prefix, `None` in place of a damaged one.
    pub(crate) fn visit(
        &self,
        keys: &Keys,
        prefix: &[u8],
        see: &mut dyn FnMut(Option<Record>),
    ) -> Result<(), ReadError> {
        match self {
            Self::Engine(engine) => {
                by_record(engine, prefix, &mut |entries| see(record::assemble(keys, entries)))?;
            }
            Self::Salvaged(salvaged) => match <&Prefix>::try_from(prefix) {
                Ok(prefix) => salvaged.record(keys, prefix).into_iter().for_each(see),
                Err(_) => salvaged
                    .records(keys)
                    .filter(|(found, _)| found.starts_with(prefix))
                    .for_each(|(_, record)| see(record)),
            },
        }
        Ok(())
    }
}

/// Shows the entries of each record under a prefix.
fn by_record(engine: &Engine, prefix: &[u8], see: &mut dyn FnMut(&[Entry])) -> Result<(), ReadError> {
    let mut entries: Vec<Entry> = Vec::new();
    engine
        .visit(prefix, &mut |key, value| {
            let same = |(last, _): &Entry| record::prefix_of(last) == record::prefix_of(key);
            if !entries.is_empty() && !entries.last().is_some_and(same) {
                see(&entries);
                entries.clear();
            }
            entries.push((key.to_vec(), value.to_vec()));
        })
        .map_err(|_| ReadError::Damaged)?;
    if !entries.is_empty() {
        see(&entries);
    }
    Ok(())
}

/// A store whose folder is locked and private, and whose key is known; its database was not touched yet.
pub(crate) struct Unlocked {
    pub(crate) keys: Keys,
    pub(crate) store_key: StoreKey,
    pub(crate) folder: Folder,
    pub(crate) heads: Heads,
    found: Found,
    lock: Lock,
}

impl Unlocked {
    pub(crate) fn new(dir: &Path, unlock: Unlock<'_>) -> Result<Self, OpenError> {
        Self::with_key(dir, unlock, Weak::Refused)
    }

    pub(crate) fn with_key(dir: &Path, unlock: Unlock<'_>, weak: Weak) -> Result<Self, OpenError> {
        let folder = Folder::new(dir);
        let io = |step| move |source| OpenError::Io { step, source };
        if !folder::exists(dir).map_err(io("look for the store"))? {
            return Err(OpenError::NotFound { path: dir.to_owned() });
        }
        folder.check()?;
        if !folder::exists(&folder.slot()).map_err(io("look for the store"))? {
            // Without its slot a store is locked for good; an empty or unfinished folder is no store.
            let unfinished = folder::exists(&folder.creating()).map_err(io("look for the store"))?;
            let is_store = !unfinished && holds_store(&folder).map_err(io("look for the store"))?;
            return Err(if is_store {
                OpenError::Locked
            } else {
                OpenError::NotFound { path: dir.to_owned() }
            });
        }
        let lock = Lock::take(&folder.lock())?;
        let store_key = slot::open(&slot::read(&folder.slot())?, unlock, weak)?;
        let keys = Keys::new(&store_key);
        let mut heads = Heads::new(folder.heads());
        let found = heads.read(&keys)?;
        folder::remove_file(&folder.creating()).map_err(io("finish the store"))?;
        // A change of the lock that was killed may have left the one that never came to be.
        folder::remove_file(&folder.slot_new()).map_err(io("clear away an unfinished key slot"))?;
        Ok(Self { keys, store_key, folder, heads, found, lock })
    }

    /// Refuses what a newer program wrote.
    pub(crate) fn refuse_newer(&self) -> Result<(), OpenError> {
        match self.found {
            Found::Newer(found) => Err(OpenError::NewerVersion { found }),
            Found::Readable(_) | Found::Unreadable => Ok(()),
        }
    }

    /// Opens the database as ever, settles what was under way, and says what is live.
    pub(crate) fn settled(self) -> Result<(Self, Source, Live), OpenError> {
        let newest = match &self.found {
            Found::Readable(newest) => *newest,
            Found::Newer(found) => return Err(OpenError::NewerVersion { found: *found }),
            Found::Unreadable => return Err(OpenError::Damaged { expected: None, found: None }),
        };
        let (this, engine, live) = self.open_engine(&newest).map_err(|(_, error)| error)?;
        Ok((this, Source::Engine(Box::new(engine)), live))
    }

    /// The database if it is as the head says, else what can be read of it.
    pub(crate) fn whatever_is_there(self) -> Result<(Self, Source), OpenError> {
        let this = match &self.found {
            Found::Readable(newest) => {
                let newest = *newest;
                match self.open_engine(&newest) {
                    Ok((this, engine, _)) => return Ok((this, Source::Engine(Box::new(engine)))),
                    Err((this, OpenError::Damaged { .. })) => *this,
                    Err((_, error)) => return Err(error),
                }
            }
            Found::Newer(found) => return Err(OpenError::NewerVersion { found: *found }),
            Found::Unreadable => {
                engine::put_back_kept(&self.folder)
                    .map_err(|source| OpenError::Io { step: "put the copy of the database back", source })?;
                self
            }
        };
        let entries = this.salvage()?;
        Ok((this, Source::Salvaged(entries)))
    }

    pub(crate) fn newest(&self) -> Option<&Newest> {
        match &self.found {
            Found::Readable(newest) => Some(newest),
            Found::Newer(_) | Found::Unreadable => None,
        }
    }

    /// Opens the database and settles what was under way; then [`Self::newest`] says what is live.
    fn open_engine(mut self, newest: &Newest) -> Result<(Self, Engine, Live), (Box<Self>, OpenError)> {
        let (engine, live) = match engine::open(&self.folder, &self.keys, newest) {
            Ok(opened) => opened,
            Err(error) => return Err((Box::new(self), error.into_open(newest))),
        };
        if !newest.is_settled() {
            match self.heads.settle(&self.keys, newest, live) {
                Ok(settled) => self.found = Found::Readable(settled),
                Err(source) => {
                    drop(engine);
                    let error = OpenError::Io { step: "settle the store head", source };
                    return Err((Box::new(self), error));
                }
            }
        }
        Ok((self, engine, live))
    }

    fn open(self, newest: &Newest) -> Result<Store, (Box<Self>, OpenError)> {
        let (this, engine, live) = self.open_engine(newest)?;
        let generation = this.newest().map_or(newest.head.generation, |newest| newest.head.generation);
        let Self { keys, heads, lock, .. } = this;
        Ok(Store::with(Source::Engine(Box::new(engine)), keys, heads, generation, live, lock))
    }

    /// Searches the raw database for what is intact.
    pub(crate) fn salvage(&self) -> Result<Entries, OpenError> {
        // A copy that an interrupted opening left is what the database was before sled touched it.
        let mut path = engine::file_in(&self.folder.db_kept());
        if !path.exists() {
            path = engine::file_in(&self.folder.db());
        }
        let newest = self.newest().map(|newest| newest.head.generation);
        let entries = match File::open(path) {
            Ok(file) => Entries::read(&file, &self.keys, newest),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Entries::default()),
            Err(error) => Err(error),
        };
        entries.map_err(|source| OpenError::Io { step: "read the database", source })
    }
}

fn holds_store(folder: &Folder) -> io::Result<bool> {
    let [head_a, head_b] = folder.heads();
    for path in [folder.slot(), head_a, head_b, folder.db(), folder.db_kept()] {
        if folder::exists(&path)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Refuses a folder with a store in it, and clears away one that was never finished.
fn clear_unfinished(folder: &Folder) -> Result<(), CreateError> {
    let io = |source| CreateError::Io { step: "clear away an unfinished store", source };
    let finished = folder::exists(&folder.slot()).map_err(io)?;
    let unfinished = folder::exists(&folder.creating()).map_err(io)?;
    if finished || (!unfinished && holds_store(folder).map_err(io)?) {
        return Err(CreateError::Exists { path: folder.dir().to_owned() });
    }
    for tree in [folder.db(), folder.db_copy(), folder.db_kept()] {
        folder::remove_tree(&tree).map_err(io)?;
    }
    for file in folder.heads().into_iter().chain([folder.creating()]) {
        folder::remove_file(&file).map_err(io)?;
    }
    Ok(())
}

impl From<NotPrivate> for CreateError {
    fn from(error: NotPrivate) -> Self {
        match error {
            NotPrivate::Problem { path, problem } => Self::Permissions { path, problem },
            NotPrivate::Io(source) => Self::Io { step: "check who may read the folder", source },
        }
    }
}

impl From<NotPrivate> for OpenError {
    fn from(error: NotPrivate) -> Self {
        match error {
            NotPrivate::Problem { path, problem } => Self::Permissions { path, problem },
            NotPrivate::Io(source) => Self::Io { step: "check who may read the folder", source },
        }
    }
}

impl From<NotLocked> for CreateError {
    fn from(error: NotLocked) -> Self {
        match error {
            NotLocked::InUse { pid, program } => Self::InUse { pid, program },
            NotLocked::Io(source) => Self::Io { step: "take the lock", source },
        }
    }
}

impl From<NotLocked> for OpenError {
    fn from(error: NotLocked) -> Self {
        match error {
            NotLocked::InUse { pid, program } => Self::InUse { pid, program },
            NotLocked::Io(source) => Self::Io { step: "take the lock", source },
        }
    }
}
