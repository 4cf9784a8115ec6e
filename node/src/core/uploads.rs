//! Presentations on their way: pages that came, bounded in number, in memory and in time (A46, A47).

use std::collections::{BTreeMap, HashMap};

use faam_spec::hash::{Capability, Hash};
use faam_spec::limits::{MAX_PRESENTATION_BYTES, PAGE_BYTES};
use faam_spec::presentation;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::time::Timestamp;
use faam_spec::wire::pages;

/// How long an unfinished presentation is kept, in seconds from its first page. More pages do not buy more time.
//= spec/text/wire.md#REQ-WIRE-6
//# bound how many unfinished presentations it holds, how large and for how long (`net.busy`)
const LIFE: i64 = 120;
/// Most unfinished presentations for one request: one, and one that replaces it.
const MAX_PER_REQUEST: usize = 2;
/// Most unfinished presentations in all.
const MAX: usize = 64;
/// Most bytes of unfinished presentations in all.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// The unfinished presentations.
#[derive(Debug, Default)]
pub struct Uploads {
    parts: HashMap<(Capability, Hash), Upload>,
    bytes: usize,
}

#[derive(Debug)]
struct Upload {
    announced: u64,
    pages: BTreeMap<u64, Vec<u8>>,
    /// Bytes that came.
    size: usize,
    begun: Timestamp,
}

/// A page, with what its sender said of the whole.
#[derive(Debug)]
pub struct Page {
    /// Of which request.
    pub capability: Capability,
    /// How many bytes the whole has.
    pub announced: u64,
    /// The whole's hash.
    pub hash: Hash,
    /// The number of this page, from 0.
    pub number: u32,
    /// What came.
    pub body: Vec<u8>,
}

impl Uploads {
    /// Takes a page; gives the whole presentation with the last missing one, its hash compared.
    ///
    /// # Errors
    /// `too_large`, `wire.message`; `net.busy` when it alone is more than fits.
    pub fn take(&mut self, page: Page, now: Timestamp) -> Result<Option<Vec<u8>>, Fault> {
        let Page { capability, announced, hash, number, body } = page;
        let whole = usize::try_from(announced).unwrap_or(usize::MAX);
        if whole > MAX_PRESENTATION_BYTES {
            return refuse(Reason::TooLarge, "presentation");
        }
        let number = u64::from(number);
        let count = pages(announced);
        let start = usize::try_from(number).unwrap_or(usize::MAX).saturating_mul(PAGE_BYTES);
        //= spec/text/wire.md#REQ-WIRE-6
        //# The node MUST compare `bytes` and `hash` with what arrived before it judges (`wire.message`)
        if number >= count || body.len() != whole.saturating_sub(start).min(PAGE_BYTES) {
            return refuse(Reason::WireMessage, "page");
        }
        if count == 1 {
            // Whole already: it waits for nothing and takes nobody's place.
            return if presentation::hash(&body) == hash {
                Ok(Some(body))
            } else {
                refuse(Reason::WireMessage, "hash")
            };
        }
        self.sweep(now);
        let key = (capability, hash);
        if !self.parts.contains_key(&key) {
            self.make_room(capability);
        }
        //= spec/text/wire.md#REQ-WIRE-6
        //# bound how many unfinished presentations it holds, how large and for how long (`net.busy`)
        while self.bytes.saturating_add(body.len()) > MAX_BYTES {
            if !self.drop_least(&key) {
                return refuse(Reason::NetBusy, "page");
            }
        }
        let upload = self.parts.entry(key).or_insert_with(|| Upload {
            announced,
            pages: BTreeMap::new(),
            size: 0,
            begun: now,
        });
        if upload.announced != announced {
            return refuse(Reason::WireMessage, "bytes");
        }
        self.bytes += body.len();
        upload.size += body.len();
        if let Some(before) = upload.pages.insert(number, body) {
            self.bytes -= before.len();
            upload.size -= before.len();
        }
        if u64::try_from(upload.pages.len()).unwrap_or(u64::MAX) < count {
            return Ok(None);
        }
        let bytes = self.remove(&key).unwrap_or_default();
        //= spec/text/wire.md#REQ-WIRE-6
        //# The node MUST compare `bytes` and `hash` with what arrived before it judges (`wire.message`)
        if presentation::hash(&bytes) != hash {
            return refuse(Reason::WireMessage, "hash");
        }
        Ok(Some(bytes))
    }

    /// Forgets what nobody continued.
    pub fn sweep(&mut self, now: Timestamp) {
        self.drop_all(|_, upload| now.since(upload.begun) >= LIFE);
    }

    /// Forgets what belongs to a request that is over.
    pub fn end(&mut self, capability: Capability) {
        self.drop_all(|key, _| key.0 == capability);
    }

    /// Makes place for one more: of the same request, or else of whoever brought least. Places are never refused, so that nobody
    /// can keep others out by beginning what they do not end (A46).
    fn make_room(&mut self, capability: Capability) {
        let of_request = |key: &&(Capability, Hash)| key.0 == capability;
        if self.parts.keys().filter(of_request).count() >= MAX_PER_REQUEST {
            let oldest =
                self.parts.iter().filter(|(key, _)| of_request(key)).min_by_key(|(_, part)| part.begun);
            if let Some(key) = oldest.map(|(key, _)| *key) {
                self.remove(&key);
            }
        }
        if self.parts.len() >= MAX {
            self.drop_least(&(capability, Hash::of(b"", b"")));
        }
    }

    /// Drops the presentation of which least came, of equals the oldest; never the one under `kept`.
    fn drop_least(&mut self, kept: &(Capability, Hash)) -> bool {
        let others = self.parts.iter().filter(|(key, _)| *key != kept);
        let least = others.min_by_key(|(_, part)| (part.size, part.begun)).map(|(key, _)| *key);
        least.is_some_and(|key| self.remove(&key).is_some())
    }

    fn drop_all(&mut self, which: impl Fn(&(Capability, Hash), &Upload) -> bool) {
        let gone: Vec<_> =
            self.parts.iter().filter(|(key, upload)| which(key, upload)).map(|(key, _)| *key).collect();
        for key in gone {
            self.remove(&key);
        }
    }

    fn remove(&mut self, key: &(Capability, Hash)) -> Option<Vec<u8>> {
        let upload = self.parts.remove(key)?;
        let bytes: Vec<u8> = upload.pages.into_values().flatten().collect();
        self.bytes -= bytes.len();
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::new(1_800_000_000 + seconds).unwrap()
    }

    fn part(object: &[u8], capability: u8, number: u32) -> Page {
        Page {
            capability: Capability::from_bytes([capability; 16]),
            announced: object.len() as u64,
            hash: presentation::hash(object),
            number,
            body: faam_spec::wire::page(object, number).unwrap().to_vec(),
        }
    }

    #[test]
    fn pages_come_in_any_order_and_twice() {
        let object = vec![7; 2 * PAGE_BYTES + 5];
        let mut uploads = Uploads::default();
        assert_eq!(uploads.take(part(&object, 1, 2), at(0)), Ok(None));
        assert_eq!(uploads.take(part(&object, 1, 0), at(0)), Ok(None));
        assert_eq!(uploads.take(part(&object, 1, 0), at(0)), Ok(None));
        assert_eq!(uploads.bytes, PAGE_BYTES + 5);
        assert_eq!(uploads.take(part(&object, 1, 1), at(0)), Ok(Some(object)));
        assert_eq!((uploads.bytes, uploads.parts.len()), (0, 0));
    }

    //= spec/text/wire.md#REQ-WIRE-6
    //= type=test
    //# The node MUST compare `bytes` and `hash` with what arrived before it judges (`wire.message`)
    #[test]
    fn a47_what_was_announced_is_compared_with_what_comes() {
        let object = vec![7; PAGE_BYTES + 5];
        let mut uploads = Uploads::default();
        let mut reason = |change: &dyn Fn(&mut Page)| {
            let mut page = part(&object, 1, 1);
            change(&mut page);
            uploads.take(page, at(0)).unwrap_err().reason()
        };
        assert_eq!(reason(&|p| p.announced = u64::MAX), Reason::TooLarge);
        assert_eq!(reason(&|p| p.announced = MAX_PRESENTATION_BYTES as u64 + 1), Reason::TooLarge);
        assert_eq!(reason(&|p| p.announced -= 1), Reason::WireMessage);
        assert_eq!(reason(&|p| p.number = 2), Reason::WireMessage);
        assert_eq!(reason(&|p| p.number = u32::MAX), Reason::WireMessage);
        assert_eq!(reason(&|p| p.body.push(0)), Reason::WireMessage);
        assert_eq!(reason(&|p| p.body.clear()), Reason::WireMessage);
        assert_eq!((uploads.bytes, uploads.parts.len()), (0, 0));

        let small = Page { hash: presentation::hash(b"other"), ..part(b"x", 1, 0) };
        assert_eq!(uploads.take(small, at(0)).unwrap_err().reason(), Reason::WireMessage);
        assert_eq!((uploads.bytes, uploads.parts.len()), (0, 0));
    }

    //= spec/text/wire.md#REQ-WIRE-6
    //= type=test
    //# bound how many unfinished presentations it holds, how large and for how long (`net.busy`)
    #[test]
    fn a46_unfinished_presentations_are_bounded_in_number_memory_and_time() {
        let mut uploads = Uploads::default();
        let object = |n: u8| vec![n; PAGE_BYTES + 1];
        // One request holds two places at most, and the newest have them.
        for n in 0..9 {
            uploads.take(part(&object(n), 1, 0), at(i64::from(n))).unwrap();
        }
        assert_eq!((uploads.parts.len(), uploads.bytes), (2, 2 * PAGE_BYTES));
        for capability in 2..200 {
            uploads.take(part(&object(0), capability, 0), at(9)).unwrap();
            assert!(uploads.parts.len() <= MAX);
        }
        // Whoever brought more stays, and what fits one page never waits for a place.
        let honest = vec![9; 4 * PAGE_BYTES];
        for number in 0..2 {
            uploads.take(part(&honest, 250, number), at(10)).unwrap();
        }
        for capability in 2..200 {
            uploads.take(part(&object(1), capability, 1), at(11)).unwrap();
        }
        assert_eq!(uploads.take(part(b"small", 251, 0), at(11)), Ok(Some(b"small".to_vec())));
        uploads.take(part(&honest, 250, 2), at(12)).unwrap();
        assert_eq!(uploads.take(part(&honest, 250, 3), at(12)), Ok(Some(honest)));
        // Sending the same page again does not keep a place.
        uploads.take(part(&object(7), 1, 0), at(20)).unwrap();
        uploads.take(part(&object(7), 1, 0), at(20 + LIFE - 1)).unwrap();
        uploads.sweep(at(20 + LIFE));
        assert_eq!((uploads.parts.len(), uploads.bytes), (0, 0));

        let large = vec![1; MAX_PRESENTATION_BYTES];
        for capability in 100..110 {
            for number in 0..pages(large.len() as u64) as u32 - 1 {
                uploads.take(part(&large, capability, number), at(400)).unwrap();
                assert!(uploads.bytes <= MAX_BYTES);
            }
        }
        uploads.sweep(at(400 + LIFE));
        assert_eq!((uploads.parts.len(), uploads.bytes), (0, 0));
    }
}
