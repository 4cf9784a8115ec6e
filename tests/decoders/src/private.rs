//! Private standings: their terms, what belongs to them in an offer, and proofs, with the backend that programs have.

use std::sync::OnceLock;

use faam_spec::bbs::{BbsPublicKey, BbsSignature, Commitment, Entropy, POINT_BYTES, Pseudonym};
use faam_spec::client::Client;
use faam_spec::did::KeyHistories;
use faam_spec::encoding::parse_value;
use faam_spec::epoch::{EpochRecord, SignedEpochRecord};
use faam_spec::grid::{MAX_MILESTONES, Milestone, Milestones, Steps};
use faam_spec::limits::{MAX_EPOCH_RECORD_BYTES, MAX_GROUP_ROWS};
use faam_spec::name::Role;
use faam_spec::private::{Audience, OfferedPrivate, PrivateProof, PrivateTerms, proof_bytes};
use serde_json::Value;

use crate::form::{one_form, one_text};

/// One of the vectors: a proof, and what it is a proof of.
const SHOWN: &str = include_str!("../../../spec/vectors/private/private-shown-two.json");
/// The others that are proofs for the same request, or for one with a milestone fewer: a second one of the same standing, one of
/// another holder, and one of the first milestone alone.
const OTHERS: [&str; 3] = [
    include_str!("../../../spec/vectors/private/private-shown-again.json"),
    include_str!("../../../spec/vectors/private/private-shown-holder.json"),
    include_str!("../../../spec/vectors/private/private-shown-one.json"),
];

/// A proof of the vectors, and whoever asked for it.
pub(crate) struct Shown {
    /// Pseudonym and proof, as text.
    pub(crate) text: String,
    /// All proofs that were ever drawn for this request.
    drawn: Vec<String>,
    /// Of which record.
    record: EpochRecord,
    role: Role,
    /// What was asked for, and the same with a milestone fewer and with some more.
    asked: Vec<Milestones>,
    verifier: Client,
    nonce: String,
}

/// The one proof; read once.
pub(crate) fn shown() -> &'static Shown {
    static SHOWN_TWO: OnceLock<Shown> = OnceLock::new();
    SHOWN_TWO.get_or_init(|| {
        let vector: Value = serde_json::from_str(SHOWN).unwrap();
        let input = &vector["input"];
        let text = |name: &str| input[name].as_str().unwrap();
        let record = SignedEpochRecord::open(text("record"), &KeyHistories::new()).unwrap();
        let all: Vec<Milestone> =
            ["count>=50", "mean>=875", "tenure>=3y", "disputes=0"].map(|text| text.parse().unwrap()).into();
        let asked = (1..=MAX_MILESTONES).map(|count| Milestones::new(all[..count].to_vec()).unwrap());
        let of = |vector: &str| {
            let vector: Value = serde_json::from_str(vector).unwrap();
            vector["input"]["text"].as_str().unwrap().to_owned()
        };
        Shown {
            text: text("text").to_owned(),
            drawn: [SHOWN].into_iter().chain(OTHERS).map(of).collect(),
            record: record.record().clone(),
            role: text("role").parse().unwrap(),
            asked: asked.collect(),
            verifier: text("verifier").parse().unwrap(),
            nonce: text("nonce").to_owned(),
        }
    })
}

/// Terms of private standings, what an offer has of them, points and scalars as text, and proofs.
pub fn private(bytes: &[u8]) {
    const LIMIT: usize = MAX_EPOCH_RECORD_BYTES;
    if let Some(terms) = one_form::<PrivateTerms>(bytes, LIMIT) {
        terms_hold(&terms);
    }
    one_form::<OfferedPrivate>(bytes, LIMIT);
    if let Some(steps) = one_form::<Steps>(bytes, LIMIT) {
        assert!(steps.reached().all(|milestone| steps.reaches(milestone)));
        assert_eq!(steps.messages().len(), Milestone::all().count());
    }
    if let Ok(list) = parse_value(bytes, LIMIT, "fuzz").map(serde_json::from_value::<Vec<Milestone>>)
        && let Ok(list) = list
        && let Ok(milestones) = Milestones::new(list.clone())
    {
        assert!(milestones.as_slice() == list && (1..=MAX_MILESTONES).contains(&list.len()));
    }
    // Bytes of the right number are points and scalars, or are refused as none.
    if let Ok(bytes) = <[u8; _]>::try_from(bytes) {
        committed(&Commitment::from_bytes(bytes));
    }
    if let Ok(bytes) = <[u8; _]>::try_from(bytes) {
        let _ = faam_bbs::backend().check_key(&BbsPublicKey::from_bytes(bytes));
    }
    if let Some((pseudonym, proof)) = bytes.split_first_chunk::<POINT_BYTES>() {
        let proof = proof.to_vec();
        proven(&PrivateProof { pseudonym: Pseudonym::from_bytes(*pseudonym), proof });
    }
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    one_text::<BbsSignature>(text);
    one_text::<Entropy>(text);
    one_text::<Pseudonym>(text);
    one_text::<Milestone>(text);
    if let Some(key) = one_text::<BbsPublicKey>(text) {
        let _ = faam_bbs::backend().check_key(&key);
    }
    if let Some(commitment) = one_text::<Commitment>(text) {
        committed(&commitment);
    }
    for count in 0..=MAX_MILESTONES + 1 {
        let Ok(proof) = PrivateProof::parse(text, count) else { continue };
        assert_eq!(proof.to_text(), text, "one text");
        assert_eq!(proof.proof.len(), proof_bytes(count));
        proven(&proof);
    }
}

/// Terms that are taken are bounded, and tell no more accounts than stand in them.
fn terms_hold(terms: &PrivateTerms) {
    if terms.check().is_err() {
        return;
    }
    assert!(terms.groups.values().map(Vec::len).sum::<usize>() <= MAX_GROUP_ROWS);
    for (role, rows) in &terms.groups {
        let Some(all) = rows.iter().try_fold(0_u64, |sum, row| sum.checked_add(row.accounts)) else {
            continue;
        };
        assert!(shown().asked.iter().all(|milestones| terms.sharing(role, milestones.as_slice()) <= all));
    }
}

/// A commitment verifies or not; one that does has its own proof in it.
fn committed(commitment: &Commitment) {
    if faam_bbs::backend().check_commitment(commitment).is_ok() {
        let mut bytes = *commitment.as_bytes();
        bytes[143] ^= 1;
        assert!(faam_bbs::backend().check_commitment(&Commitment::from_bytes(bytes)).is_err());
    }
}

/// A proof is verified for everything that its length may stand for, and none is but those that were drawn.
fn proven(proof: &PrivateProof) {
    let Shown { drawn, record, role, asked, verifier, nonce, .. } = shown();
    for milestones in asked {
        let judged =
            proof.verify(faam_bbs::backend(), (record, role), milestones, Audience { verifier, nonce });
        assert!(judged.is_err() || drawn.contains(&proof.to_text()), "nobody can make another");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proofs_of_the_vectors_are_verified_here() {
        let Shown { drawn, record, role, asked, verifier, nonce, .. } = shown();
        for (text, count) in drawn.iter().zip([2, 2, 2, 1]) {
            let proof = PrivateProof::parse(text, count).unwrap();
            let audience = Audience { verifier, nonce };
            let judged = |milestones| proof.verify(faam_bbs::backend(), (record, role), milestones, audience);
            for (number, milestones) in asked.iter().enumerate() {
                assert_eq!(judged(milestones).is_ok(), number + 1 == count);
            }
            private(text.as_bytes());
        }
    }
}
