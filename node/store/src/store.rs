//! The store: made, opened, read and written.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    fs::File,
    io,
    path::Path,
    sync::{PoisonError, RwLock, RwLockReadGuard},
};

use crate::{
    Batch, CommitError, CreateError, KdfParams, OpenError, ReadError, Table, Unlock,
    batch::Change,
    engine::{self, Changes, Engine, NotOpened},
    folder::{self, Folder, NotPrivate},
    head::{Found, Head, Heads, Live, Newest},
    keys::{Keys, StoreKey},
    lock::{Lock, NotLocked},
    record::{self, Prefix, Record},
    salvage::Entries,
    slot,
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

/// The records of a table, sorted by id; a damaged one, whose id cannot be known, has an empty one.
pub type Scan = Vec<(Vec<u8>, Result<Vec<u8>, ReadError>)>;

/// An open store; nobody else can open it until this is dropped. It can be shared between threads.
pub struct Store {
    // The order matters: sled lets go of its files before the lock does.
    state: RwLock<State>,
    keys: Keys,
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

enum Source {
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
        folder::write_by_rename(&folder.slot(), &slot).map_err(io("write the key slot"))?;
        folder::remove_file(&folder.creating())
            .and_then(|()| folder::sync_folder(dir))
            .map_err(io("finish the store"))?;
        Ok(Self::with(Source::Engine(Box::new(engine)), keys, heads, 2, live, lock))
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
        Self { state: RwLock::new(state), keys, _lock: lock }
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
    /// Shows every record under a prefix, `None` in place of a damaged one.
    fn visit(
        &self,
        keys: &Keys,
        prefix: &[u8],
        see: &mut dyn FnMut(Option<Record>),
    ) -> Result<(), ReadError> {
        match self {
            Self::Engine(engine) => {
                let mut entries: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
                engine
                    .visit(prefix, &mut |key, value| {
                        let same = |(last, _): &(Vec<u8>, Vec<u8>)| {
                            record::prefix_of(last) == record::prefix_of(key)
                        };
                        if !entries.is_empty() && !entries.last().is_some_and(same) {
                            see(record::assemble(keys, &entries));
                            entries.clear();
                        }
                        entries.push((key.to_vec(), value.to_vec()));
                    })
                    .map_err(|_| ReadError::Damaged)?;
                if !entries.is_empty() {
                    see(record::assemble(keys, &entries));
                }
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

/// A store whose folder is locked and private, and whose key is known; its database was not touched yet.
pub(crate) struct Unlocked {
    pub(crate) keys: Keys,
    folder: Folder,
    heads: Heads,
    found: Found,
    lock: Lock,
}

impl Unlocked {
    pub(crate) fn new(dir: &Path, unlock: Unlock<'_>) -> Result<Self, OpenError> {
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
        let store_key = slot::open(&slot::read(&folder.slot())?, unlock)?;
        let keys = Keys::new(&store_key);
        let mut heads = Heads::new(folder.heads());
        let found = heads.read(&keys)?;
        folder::remove_file(&folder.creating()).map_err(io("finish the store"))?;
        Ok(Self { keys, folder, heads, found, lock })
    }

    fn newest(&self) -> Option<&Newest> {
        match &self.found {
            Found::Readable(newest) => Some(newest),
            Found::Newer(_) | Found::Unreadable => None,
        }
    }

    fn open(mut self, newest: &Newest) -> Result<Store, (Box<Self>, OpenError)> {
        let (engine, live) = match engine::open(&self.folder, &self.keys, newest) {
            Ok(opened) => opened,
            Err(NotOpened::Damaged { found }) => {
                let error = OpenError::Damaged { expected: Some(newest.expected()), found };
                return Err((Box::new(self), error));
            }
            Err(NotOpened::Io { step, source }) => {
                return Err((Box::new(self), OpenError::Io { step, source }));
            }
        };
        let mut generation = newest.head.generation;
        if !newest.is_settled() {
            generation = match self.heads.settle(&self.keys, newest, live) {
                Ok(generation) => generation,
                Err(source) => {
                    drop(engine);
                    let error = OpenError::Io { step: "settle the store head", source };
                    return Err((Box::new(self), error));
                }
            };
        }
        let Self { keys, heads, lock, .. } = self;
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
