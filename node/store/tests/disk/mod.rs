//! The disk of `disk.c` around a child, and what a power cut leaves of what it wrote down.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use rand::{Rng, rngs::StdRng};

/// The library, built once by the C compiler that the build needs anyway.
static LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // Built aside, so that no other process meets half of it.
    let library = folder.join(format!("disk-{}.so", std::process::id()));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/disk/disk.c");
    let built = Command::new("cc")
        .args(["-O1", "-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(source)
        .args(["-ldl", "-lpthread"])
        .status()
        .unwrap();
    assert!(built.success());
    let ready = folder.join("disk.so");
    fs::rename(&library, &ready).unwrap();
    ready
});

/// Puts the disk between a program and what it does under `folder`.
pub fn under(command: &mut Command, folder: &Path) {
    command.env("LD_PRELOAD", &*LIBRARY).env("FAAM_DISK_UNDER", folder);
}

/// What the program did.
#[derive(Debug, Clone)]
pub struct Call {
    op: Op,
    path: PathBuf,
    other: PathBuf,
    offset: u64,
    data: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Open,
    Write,
    Truncate,
    Sync,
    Rename,
    Unlink,
    Mkdir,
    Rmdir,
    Flush,
}

impl Call {
    /// What was written, if this writes to the file `name`.
    pub fn written_to(&self, name: &str) -> Option<&[u8]> {
        (self.op == Op::Write && self.path.ends_with(name)).then_some(&self.data)
    }
}

/// Reads what the disk wrote down.
pub fn calls(log: &Path) -> Vec<Call> {
    let bytes = fs::read(log).unwrap();
    let mut rest = &bytes[..];
    let mut calls = Vec::new();
    while !rest.is_empty() {
        let long = |at: usize| u64::from_ne_bytes(rest[at..at + 8].try_into().unwrap());
        let short = |at: usize| usize::from(u16::from_ne_bytes(rest[at..at + 2].try_into().unwrap()));
        let (path, other, offset, length) = (short(1), short(3), long(5), long(13));
        let op = match rest[0] {
            1 => Op::Open,
            2 => Op::Write,
            3 => Op::Truncate,
            4 => Op::Sync,
            5 => Op::Rename,
            6 => Op::Unlink,
            7 => Op::Mkdir,
            8 => Op::Rmdir,
            9 => Op::Flush,
            op => panic!("{op}"),
        };
        let (names, data) = (&rest[21..21 + path + other], op == Op::Write);
        let end = 21 + path + other + if data { usize::try_from(length).unwrap() } else { 0 };
        calls.push(Call {
            op,
            path: OsStr::from_bytes(&names[..path]).into(),
            other: OsStr::from_bytes(&names[path..]).into(),
            offset,
            data: rest[21 + path + other..end].to_vec(),
        });
        rest = &rest[end..];
    }
    calls
}

/// Something in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    Folder,
    File(usize),
}

/// A change of a file that is not known to be on the disk.
#[derive(Debug, Clone)]
enum Change {
    Write(u64, Vec<u8>),
    Length(u64),
}

#[derive(Debug, Clone, Default)]
struct File {
    durable: Vec<u8>,
    pending: Vec<Change>,
}

/// A change of names that is not known to be on the disk.
#[derive(Debug, Clone)]
enum Named {
    Is(PathBuf, Node),
    Gone(PathBuf),
    Moved(PathBuf, PathBuf),
}

/// A disk that forgets what was not synced.
///
/// Of a file's changes since its last sync any may be lost, each for itself, and a write may be torn. Changes of names are a
/// journal: what is lost of it is its end. Syncing a folder keeps the journal up to the last change in it; syncing a file keeps
/// what is in the file, and not its name.
#[derive(Debug, Clone, Default)]
pub struct World {
    files: Vec<File>,
    live: BTreeMap<PathBuf, Node>,
    durable: BTreeMap<PathBuf, Node>,
    journal: Vec<Named>,
}

impl World {
    /// A folder as it lies on the disk, synced.
    pub fn of(folder: &Path) -> Self {
        let mut world = Self::default();
        world.take(folder);
        world.durable = world.live.clone();
        world
    }

    fn take(&mut self, path: &Path) {
        if path.is_dir() {
            self.live.insert(path.to_owned(), Node::Folder);
            for entry in fs::read_dir(path).unwrap() {
                self.take(&entry.unwrap().path());
            }
        } else {
            self.files.push(File { durable: fs::read(path).unwrap(), pending: Vec::new() });
            self.live.insert(path.to_owned(), Node::File(self.files.len() - 1));
        }
    }

    fn file(&mut self, path: &Path) -> Option<&mut File> {
        match self.live.get(path) {
            Some(Node::File(number)) => self.files.get_mut(*number),
            _ => None,
        }
    }

    /// What a call does.
    pub fn apply(&mut self, call: &Call) {
        match call.op {
            Op::Open => {
                if call.offset & 1 != 0 {
                    self.files.push(File::default());
                    self.name(Named::Is(call.path.clone(), Node::File(self.files.len() - 1)));
                } else if call.offset & 2 != 0 {
                    self.file(&call.path).unwrap().pending.push(Change::Length(0));
                }
            }
            Op::Mkdir => self.name(Named::Is(call.path.clone(), Node::Folder)),
            Op::Unlink | Op::Rmdir => self.name(Named::Gone(call.path.clone())),
            Op::Rename => self.name(Named::Moved(call.path.clone(), call.other.clone())),
            Op::Write => {
                if let Some(file) = self.file(&call.path) {
                    file.pending.push(Change::Write(call.offset, call.data.clone()));
                }
            }
            Op::Truncate => {
                if let Some(file) = self.file(&call.path) {
                    file.pending.push(Change::Length(call.offset));
                }
            }
            Op::Flush => {}
            Op::Sync if self.live.get(&call.path) == Some(&Node::Folder) => {
                let last = self.journal.iter().rposition(|change| change.is_in(&call.path));
                let kept: Vec<Named> = self.journal.drain(..last.map_or(0, |last| last + 1)).collect();
                kept.iter().for_each(|change| change.make(&mut self.durable));
            }
            Op::Sync => {
                if let Some(file) = self.file(&call.path) {
                    let pending = std::mem::take(&mut file.pending);
                    pending.iter().for_each(|change| change.make(&mut file.durable));
                }
            }
        }
    }

    fn name(&mut self, change: Named) {
        change.make(&mut self.live);
        self.journal.push(change);
    }

    /// What is found after a power cut, written to where it was.
    pub fn cut(&self, rng: &mut StdRng) {
        let mut names = self.durable.clone();
        let kept = rng.gen_range(0..=self.journal.len());
        self.journal[..kept].iter().for_each(|change| change.make(&mut names));
        // From losing nothing to losing everything.
        let lost = [0.0, 0.1, 0.5, 0.9, 1.0][rng.gen_range(0..5)];
        for (path, node) in &names {
            if *node == Node::Folder {
                fs::create_dir_all(path).unwrap();
                super::common::set_mode(path, 0o700);
            }
        }
        for (path, node) in &names {
            let Node::File(number) = node else { continue };
            let file = &self.files[*number];
            let mut bytes = file.durable.clone();
            for change in &file.pending {
                if rng.gen_bool(lost) {
                    continue;
                }
                match change {
                    Change::Write(offset, data) if rng.gen_bool(0.2) => {
                        let torn = rng.gen_range(0..=data.len()) / 512 * 512;
                        Change::Write(*offset, data[..torn].to_vec()).make(&mut bytes);
                    }
                    change => change.make(&mut bytes),
                }
            }
            fs::write(path, bytes).unwrap();
            super::common::set_mode(path, 0o600);
        }
    }
}

impl Named {
    fn is_in(&self, folder: &Path) -> bool {
        let within = |path: &Path| path.parent() == Some(folder);
        match self {
            Self::Is(path, _) | Self::Gone(path) => within(path),
            Self::Moved(from, to) => within(from) || within(to),
        }
    }

    fn make(&self, names: &mut BTreeMap<PathBuf, Node>) {
        match self {
            Self::Is(path, node) => drop(names.insert(path.clone(), *node)),
            Self::Gone(path) => drop(names.remove(path)),
            Self::Moved(from, to) => {
                names.retain(|path, _| !path.starts_with(to));
                let moved: Vec<_> = names.keys().filter(|path| path.starts_with(from)).cloned().collect();
                for path in moved {
                    if let Some(node) = names.remove(&path) {
                        let rest = path.strip_prefix(from).unwrap();
                        let new = if rest.as_os_str().is_empty() { to.clone() } else { to.join(rest) };
                        names.insert(new, node);
                    }
                }
            }
        }
    }
}

impl Change {
    fn make(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write(offset, data) => {
                let offset = usize::try_from(*offset).unwrap();
                let end = offset + data.len();
                if data.is_empty() {
                    return;
                }
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[offset..end].copy_from_slice(data);
            }
            Self::Length(length) => bytes.resize(usize::try_from(*length).unwrap(), 0),
        }
    }
}
