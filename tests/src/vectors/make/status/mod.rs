//! Status lists: `spec/text/status.md`.

mod list;
mod shown;

use std::io::Write as _;

use faam_spec::encoding::b64;
use serde_json::{Value, json};

use super::Cases;
use super::fixtures_shown::World;
use crate::vectors::Vector;

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    let mut cases = Cases::of("status");
    let world = World::new("alpha", 1);
    list::cases(&mut cases, &world);
    shown::cases(&mut cases, &world);
    cases.done()
}

/// Bytes as a zlib stream.
fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The `status_list` of these bytes.
pub(crate) fn statuses(bits: u8, bytes: &[u8]) -> Value {
    json!({"bits": bits, "lst": b64(zlib(bytes))})
}

/// A `status_list` of as many entries, all 0 but these.
pub(crate) fn with_statuses(bits: u8, entries: usize, set: &[(u64, u8)]) -> Value {
    let each = usize::from(8 / bits);
    let mut bytes = vec![0; entries / each];
    for (index, status) in set {
        let index = usize::try_from(*index).unwrap();
        bytes[index / each] |= status << (index % each * usize::from(bits));
    }
    statuses(bits, &bytes)
}

/// A list like those of the issuer, in which everything is valid.
pub(super) fn valid() -> Value {
    with_statuses(1, 65_536, &[])
}
