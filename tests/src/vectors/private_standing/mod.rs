//! The vectors of private standings for other BBS implementations: `spec/vectors/private-standing`, whose README says how one is
//! checked.
//!
//! Proving draws chance, so that the proofs of the cases that verify cannot be made again byte for byte. All else can: what a case is
//! about comes from a [`Scene`] with fixed keys, and every case that must not verify is a fault in one that does. [`cases`] takes the
//! proofs from whoever calls it: from the folder to compare, or new ones to write.

mod faults;
#[path = "../../../../spec/bbs/tests/common/forge.rs"]
#[allow(missing_docs, unreachable_pub)]
pub mod forge;
mod scenes;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;

use faam_spec::bbs::{Bbs, BbsError, BbsPublicKey, POINT_BYTES, Pseudonym, SCALAR_BYTES, Shown};
use serde::{Deserialize, Serialize};

pub use scenes::{Scene, scenes};

/// One case; bytes are in hexadecimal, lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Its name, and the file's.
    pub id: String,
    /// What is right or wrong with it.
    pub description: String,
    /// The signer's public key.
    pub public_key: String,
    /// The header.
    pub header: String,
    /// The presentation header.
    pub presentation_header: String,
    /// The context of the pseudonym.
    pub context: String,
    /// The pseudonym.
    pub pseudonym: String,
    /// How many messages the signer signed.
    pub messages_total: u64,
    /// The signer's messages that are disclosed.
    pub disclosed: Vec<Disclosed>,
    /// The proof.
    pub proof: String,
    /// Whether it verifies.
    pub expect: Expect,
    /// With which code a verifier of private standings refuses it.
    pub reason: Option<String>,
}

/// A disclosed message and its index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disclosed {
    /// Its place among the signer's messages, from 0.
    pub index: u64,
    /// The message.
    pub message: String,
}

/// What must come of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    /// It verifies.
    Accept,
    /// It must not.
    Reject,
}

/// The bytes of hexadecimal text.
///
/// # Panics
/// If it is none.
#[must_use]
pub fn unhex(text: &str) -> Vec<u8> {
    assert!(
        text.len().is_multiple_of(2)
            && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)),
        "{text}"
    );
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Hexadecimal text, lower case.
#[must_use]
pub fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The folder of these vectors.
#[must_use]
pub fn folder() -> PathBuf {
    super::folder().join("private-standing")
}

/// Every case on disk, by its id.
///
/// # Errors
/// Fails on a file that cannot be read or is no case, or has another name than its case.
pub fn on_disk() -> io::Result<BTreeMap<String, Case>> {
    let mut found = BTreeMap::new();
    for file in fs::read_dir(folder())? {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let case: Case = serde_json::from_slice(&fs::read(&path)?)
                .map_err(|error| io::Error::other(format!("{}: {error}", path.display())))?;
            if path.file_stem().is_none_or(|stem| *stem != *case.id) {
                return Err(io::Error::other(format!("{}: {} is in it", path.display(), case.id)));
            }
            found.insert(case.id.clone(), case);
        }
    }
    Ok(found)
}

/// Every case, with proofs by `prove`: those that verify, and then the faults in them.
#[must_use]
pub fn cases(prove: &mut dyn FnMut(&Scene) -> Vec<u8>) -> Vec<Case> {
    let accepted: BTreeMap<&str, Case> =
        scenes().iter().map(|scene| (scene.id, scene.case(&prove(scene)))).collect();
    let mut cases: Vec<Case> = accepted.values().cloned().collect();
    cases.extend(faults::of(&accepted));
    cases.extend(scenes::otherwise().iter().map(|scene| Case {
        expect: Expect::Reject,
        reason: Some("private.proof".to_owned()),
        ..scene.case(&prove(scene))
    }));
    cases
}

/// Writes all cases, with the proofs that are on disk where they verify and with new ones else, and takes away the others.
///
/// # Errors
/// Fails when a file cannot be written.
pub fn write() -> io::Result<usize> {
    fs::create_dir_all(folder())?;
    let old = on_disk()?;
    // A case that must not verify although it was drawn stays as it is.
    let drawn: Vec<&str> = scenes::otherwise().iter().map(|scene| scene.id).collect();
    let made = cases(&mut |scene| {
        let kept = old.get(scene.id).map(|case| unhex(&case.proof));
        let is_good = |proof: &Vec<u8>| judge(faam_bbs::backend(), &scene.case(proof)).is_ok();
        let kept = kept.filter(|proof| drawn.contains(&scene.id) || is_good(proof));
        kept.unwrap_or_else(|| scene.prove())
    });
    for case in &made {
        fs::write(folder().join(format!("{}.json", case.id)), serde_json::to_string_pretty(case)? + "\n")?;
    }
    for id in old.keys().filter(|id| made.iter().all(|case| case.id != **id)) {
        fs::remove_file(folder().join(format!("{id}.json")))?;
    }
    Ok(made.len())
}

/// Whether a case verifies, and else the code: the length, as REQ-PRIVATE-12 (`spec/text/private.md`) says, and then what the backend
/// finds.
///
/// # Errors
/// The code.
pub fn judge(bbs: &dyn Bbs, case: &Case) -> Result<(), &'static str> {
    let proof = unhex(&case.proof);
    let (shown, total) = (u64::try_from(case.disclosed.len()).unwrap(), case.messages_total);
    // Everything that is not disclosed is hidden, and the blind and the pseudonyms' secret with it.
    let length = total.checked_sub(shown).and_then(|hidden| (hidden + 6).checked_mul(SCALAR_BYTES as u64));
    if length.is_none_or(|length| length + 3 * POINT_BYTES as u64 != proof.len() as u64) {
        return Err("private.malformed");
    }
    let messages: Vec<Vec<u8>> = case.disclosed.iter().map(|it| unhex(&it.message)).collect();
    let disclosed: Vec<(usize, &[u8])> = case
        .disclosed
        .iter()
        .zip(&messages)
        .map(|(it, message)| (usize::try_from(it.index).unwrap(), message.as_slice()))
        .collect();
    let pseudonym = Pseudonym::from_bytes(unhex(&case.pseudonym).try_into().unwrap());
    let shown = Shown {
        key: &BbsPublicKey::from_bytes(unhex(&case.public_key).try_into().unwrap()),
        header: &unhex(&case.header),
        presentation_header: &unhex(&case.presentation_header),
        messages_total: usize::try_from(total).unwrap(),
        disclosed: &disclosed,
        disclosed_committed: &[],
        pseudonym: Some((&pseudonym, &unhex(&case.context))),
        proof: &proof,
    };
    bbs.verify_proof(&shown).map_err(|error| match error {
        BbsError::Refused => "private.proof",
        _ => "private.malformed",
    })
}
