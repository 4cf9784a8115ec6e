//! Reading what is intact straight from the bytes of sled's file, when sled itself cannot be trusted any more.
//!
//! Every entry begins with a magic and carries its length, its place and the generation of the commit that wrote
//! it, and sled writes entries in one piece. So they can be found without sled, and nothing that was changed opens.
//!
//! sled's file also holds entries that were replaced or deleted since. Of each record the newest generation counts;
//! where an entry of a newer one is there but damaged, the record is called damaged, not shown as it was before. Two
//! things cannot be told from the file: that a record was deleted, and that a newer version is gone without a trace.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::Path,
};

use crate::{
    OpenError, Table, Unlock,
    keys::Keys,
    record::{self, Entry, Header, MAGIC, MAX_ENTRY_LEN, Prefix, Record},
    store,
};

/// How much of the file is searched at a time, in bytes.
const WINDOW_LEN: usize = 4 * 1024 * 1024;

/// What could be read from a store's raw file.
#[derive(Default)]
pub struct Salvaged {
    /// Every record of which the newest version in the file is intact: table, id, value.
    pub records: Vec<(Table, Vec<u8>, Vec<u8>)>,
    /// How many records there are traces of that cannot be read.
    pub damaged: u64,
}

/// Says how much there is, and nothing of what is in it.
impl std::fmt::Debug for Salvaged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Salvaged({} records, {} damaged)", self.records.len(), self.damaged)
    }
}

/// Reads every intact record from the raw file of a store, damaged or not, and changes nothing.
///
/// Records that were deleted may be among them; of a record whose newest version is gone without a trace, an older
/// one. So this is for repair, where a person or a checking program decides, and not for daily reading.
///
/// # Errors
/// As for [`Store::open`](crate::Store::open), but a damaged database or head is no error.
pub fn salvage(dir: &Path, unlock: Unlock<'_>) -> Result<Salvaged, OpenError> {
    let unlocked = store::Unlocked::new(dir, unlock)?;
    let entries = unlocked.salvage()?;
    let mut salvaged = Salvaged::default();
    for record in entries.records(&unlocked.keys) {
        match record {
            (prefix, Some((id, value))) => {
                let [table, ..] = prefix;
                salvaged.records.push((Table(table), id, value));
            }
            (_, None) => salvaged.damaged += 1,
        }
    }
    salvaged.records.sort();
    Ok(salvaged)
}

/// Entries that were found in a raw file.
#[derive(Default)]
pub(crate) struct Entries {
    /// Of each record, the entries of its newest generation.
    found: BTreeMap<Prefix, Version>,
    /// Records of which a newer version is there, but damaged.
    damaged: BTreeSet<Prefix>,
}

#[derive(Default)]
struct Version {
    generation: u64,
    entries: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Version {
    /// Whether an entry with this header adds nothing.
    fn has(&self, header: &Header) -> bool {
        header.generation < self.generation
            || (header.generation == self.generation && self.entries.contains_key(&header.key[..]))
    }
}

impl Entries {
    /// Searches a file; `newest` is the last generation that the store head knows, if it could be read.
    pub(crate) fn read(file: &File, keys: &Keys, newest: Option<u64>) -> io::Result<Self> {
        let mut entries = Self::default();
        let mut broken: BTreeMap<Prefix, u64> = BTreeMap::new();
        let mut window = vec![0; WINDOW_LEN + MAX_ENTRY_LEN];
        let mut offset = 0;
        loop {
            let len = read_at(file, &mut window, offset)?;
            let bytes = window.get(..len).unwrap_or_default();
            // Entries that begin in the last stretch are whole in the next window.
            let end = if len < window.len() { len } else { WINDOW_LEN };
            for at in candidates(bytes, end) {
                let rest = bytes.get(at..).unwrap_or_default();
                let Some(header) = Header::parse(rest) else { continue };
                let Some(prefix) = record::prefix_of(&header.key) else { continue };
                // sled writes an entry again each time it rewrites the leaf: one intact copy is enough.
                if entries.found.get(&prefix).is_some_and(|version| version.has(&header)) {
                    continue;
                }
                let entry = rest.get(..header.entry_len());
                match entry.filter(|entry| record::open(keys, &header.key, entry).is_some()) {
                    Some(entry) => entries.keep(prefix, &header, entry),
                    // A generation that was never reached is damage to the number, not a newer version.
                    None if newest.is_none_or(|newest| header.generation <= newest) => {
                        let generation = broken.entry(prefix).or_default();
                        *generation = header.generation.max(*generation);
                    }
                    None => {
                        broken.entry(prefix).or_default();
                    }
                }
            }
            if len < window.len() {
                break;
            }
            offset += WINDOW_LEN as u64;
        }
        entries.damaged = broken
            .into_iter()
            .filter(|(prefix, generation)| {
                entries.found.get(prefix).is_none_or(|version| version.generation < *generation)
            })
            .map(|(prefix, _)| prefix)
            .collect();
        Ok(entries)
    }

    fn keep(&mut self, prefix: Prefix, header: &Header, entry: &[u8]) {
        let version = self.found.entry(prefix).or_default();
        if header.generation > version.generation {
            *version = Version { generation: header.generation, entries: BTreeMap::new() };
        }
        if header.generation == version.generation {
            version.entries.insert(header.key.to_vec(), entry.to_vec());
        }
    }

    /// The entries of every record there are traces of; none for one that is damaged.
    pub(crate) fn entries<'a>(&'a self, keys: &'a Keys) -> impl Iterator<Item = Vec<Entry>> + 'a {
        let prefixes: BTreeSet<&Prefix> = self.found.keys().chain(&self.damaged).collect();
        prefixes.into_iter().map(|prefix| match (self.record(keys, prefix), self.found.get(prefix)) {
            (Some(Some(_)), Some(version)) => {
                version.entries.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
            }
            _ => Vec::new(),
        })
    }

    /// Every record there are traces of; `None` in place of one that is damaged.
    pub(crate) fn records<'a>(
        &'a self,
        keys: &'a Keys,
    ) -> impl Iterator<Item = (Prefix, Option<Record>)> + 'a {
        let prefixes: BTreeSet<&Prefix> = self.found.keys().chain(&self.damaged).collect();
        prefixes.into_iter().map(|prefix| (*prefix, self.record(keys, prefix).flatten()))
    }

    /// One record: `None` when there is no trace of it, `Some(None)` when it is damaged.
    pub(crate) fn record(&self, keys: &Keys, prefix: &Prefix) -> Option<Option<Record>> {
        if self.damaged.contains(prefix) {
            return Some(None);
        }
        let version = self.found.get(prefix)?;
        let entries: Vec<_> = version.entries.iter().collect();
        Some(record::assemble(keys, &entries))
    }
}

/// Where in `bytes`, before `end`, the magic may begin. Most blocks of a file have no such byte at all, and are
/// passed over as a whole.
fn candidates(bytes: &[u8], end: usize) -> impl Iterator<Item = usize> + '_ {
    const BLOCK_LEN: usize = 64;
    let [first, ..] = *MAGIC;
    let blocks = bytes.get(..end).unwrap_or_default().chunks(BLOCK_LEN).enumerate();
    blocks.filter(move |(_, block)| block.contains(&first)).flat_map(move |(number, block)| {
        let hits = block.iter().enumerate().filter(move |(_, byte)| **byte == first);
        hits.map(move |(at, _)| number * BLOCK_LEN + at)
    })
}

/// Fills the buffer from the file as far as the file goes.
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut done = 0;
    while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset + done as u64) {
            Ok(0) => break,
            Ok(read) => done += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::keys::StoreKey;

    #[test]
    fn entries_are_found_across_the_edges_of_windows_and_at_the_end_of_the_file() {
        let keys = Keys::new(&StoreKey::random().unwrap());
        let mut file = tempfile::tempfile().unwrap();
        let mut expected = 0;
        let mut bytes = vec![b'F'; 2 * WINDOW_LEN + 3 * MAX_ENTRY_LEN];
        let value = vec![7; 4096];
        let starts =
            [WINDOW_LEN - 1, WINDOW_LEN - MAX_ENTRY_LEN - 1, 2 * WINDOW_LEN - 2000, 2 * WINDOW_LEN + 4000];
        for (i, start) in (0_u8..).zip(starts) {
            let prefix = record::prefix(&keys, Table(1), &[i]);
            for (_, entry) in record::seal(&keys, 1, &prefix, &[i], &value).unwrap() {
                bytes[start..start + entry.len()].copy_from_slice(&entry);
                bytes.truncate(if i == 3 { start + entry.len() } else { bytes.len() });
                expected += 1;
            }
        }
        file.write_all(&bytes).unwrap();
        let entries = Entries::read(&file, &keys, None).unwrap();
        let found: Vec<_> = entries.records(&keys).filter_map(|(_, record)| record).collect();
        assert_eq!((found.len(), expected), (4, 4));
        assert!(found.iter().all(|(_, found)| *found == value));
        // One byte short, the last one is a trace of damage.
        file.set_len(bytes.len() as u64 - 1).unwrap();
        let entries = Entries::read(&file, &keys, None).unwrap();
        let found: Vec<_> = entries.records(&keys).map(|(_, record)| record.is_some()).collect();
        assert_eq!(found.iter().filter(|whole| **whole).count(), 3);
        assert_eq!(found.len(), 4);
    }
}
