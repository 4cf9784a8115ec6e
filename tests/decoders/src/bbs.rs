//! Proofs, signatures and commitments of BBS as bytes, read by every backend: what one says of them, all say.

use std::sync::OnceLock;

use faam_spec::bbs::{
    Bbs, BbsError, Blinded, Commitment, Entropy, Hidden, KeyPair, NymSecrets, Opening, POINT_BYTES, Proven,
    Pseudonym, SecretScalar, Showing, Shown, Signed,
};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

const HEADER: &[u8] = b"header";
const PRESENTATION_HEADER: &[u8] = b"presentation header";
const CONTEXT: &[u8] = b"context";
const MESSAGES: [&[u8]; 3] = [b"count>=50 true", b"", b"mean>=875 true"];
const DISCLOSED: [(usize, &[u8]); 1] = [(2, MESSAGES[2])];

/// One of everything, always the same.
struct Made {
    pair: KeyPair,
    prover_nym: SecretScalar,
    entropy: Entropy,
    blind: SecretScalar,
    commitments: [Vec<u8>; 3],
    signature: Vec<u8>,
    proven: Proven,
}

impl Made {
    fn signed<T>(&self, signature: &[u8], with: impl FnOnce(Signed<'_>) -> T) -> T {
        let secrets = NymSecrets { blind: &self.blind, prover_nym: &self.prover_nym, entropy: &self.entropy };
        with(Signed {
            key: &self.pair.public,
            signature,
            header: HEADER,
            messages: &MESSAGES,
            opening: Opening::Nym(&[], &secrets),
        })
    }
}

fn made() -> &'static Made {
    static MADE: OnceLock<Made> = OnceLock::new();
    MADE.get_or_init(|| {
        let bbs = faam_bbs::backend();
        let rng = &mut StdRng::seed_from_u64(1);
        let scalar = |name: &[u8]| bbs.hash_to_scalar(name, b"fuzz").unwrap();
        let prover_nym = SecretScalar::from_bytes(scalar(b"nym"));
        let (alone, blind) = bbs.commit(&Hidden::Nym(&[], &prover_nym), rng).unwrap();
        let (more, _) = bbs.commit(&Hidden::Nym(&MESSAGES, &prover_nym), rng).unwrap();
        let (other, _) = bbs.commit(&Hidden::Messages(&[]), rng).unwrap();
        let mut made = Made {
            pair: bbs.key_pair(&[3; 32], b"fuzz").unwrap(),
            prover_nym,
            entropy: Entropy::from_bytes(scalar(b"entropy")),
            blind,
            commitments: [alone, more, other],
            signature: Vec::new(),
            proven: Proven { proof: Vec::new(), pseudonym: None },
        };
        let blinded = Blinded::Nym(&made.commitments[0], &made.entropy);
        made.signature = bbs.sign(&made.pair, HEADER, &MESSAGES, &blinded).unwrap().as_bytes().to_vec();
        let showing = Showing {
            presentation_header: PRESENTATION_HEADER,
            disclosed: &[2],
            disclosed_committed: &[],
            context: Some(CONTEXT),
        };
        made.proven = made.signed(&made.signature, |signed| bbs.prove(&signed, &showing, rng)).unwrap();
        made
    })
}

/// Longest input that every backend is asked about: the reference derives a generator for each scalar, every time. What is longer
/// is for the first alone, and for the tests of the backends.
const FOR_ALL: usize = 2048;

/// What all backends say of so many bytes, which has to be the same.
fn agreed<T: PartialEq + core::fmt::Debug>(
    length: usize,
    ask: impl Fn(&dyn Bbs) -> Result<T, BbsError>,
) -> Result<T, BbsError> {
    let asked = if length > FOR_ALL { 1 } else { usize::MAX };
    let mut said = faam_bbs::backends().into_iter().take(asked).map(|bbs| (bbs.name(), ask(bbs)));
    let (first, outcome) = said.next().expect("there is a backend");
    for (name, other) in said {
        assert_eq!(other, outcome, "{name} and {first} differ");
    }
    outcome
}

/// A pseudonym and a proof: verified under it, and as one of plain BBS.
pub fn bbs_proof(bytes: &[u8]) {
    let made = made();
    let Some((pseudonym, proof)) = bytes.split_first_chunk::<POINT_BYTES>() else { return };
    let pseudonym = Pseudonym::from_bytes(*pseudonym);
    let shown = Shown {
        key: &made.pair.public,
        header: HEADER,
        presentation_header: PRESENTATION_HEADER,
        messages_total: MESSAGES.len(),
        disclosed: &DISCLOSED,
        disclosed_committed: &[],
        pseudonym: Some((&pseudonym, CONTEXT)),
        proof,
    };
    let said = agreed(bytes.len(), |bbs| bbs.verify_proof(&shown));
    if said.is_ok() {
        assert!(
            *proof == made.proven.proof && Some(pseudonym) == made.proven.pseudonym,
            "nobody can make another"
        );
    }
    assert!(agreed(bytes.len(), |bbs| bbs.verify_proof(&Shown { pseudonym: None, ..shown })).is_err());
    if said == Err(BbsError::Malformed) {
        return;
    }
    // In a batch it is what it is alone, and so is its neighbour.
    let (good, own) = (&made.proven.proof, made.proven.pseudonym.as_ref().unwrap());
    let both = [shown, Shown { proof: good, pseudonym: Some((own, CONTEXT)), ..shown }];
    let bbs = faam_bbs::backend();
    let together = bbs.verify_proofs(&both, core::num::NonZeroUsize::MIN);
    assert_eq!(together, [said, Ok(())]);
}

/// A signature: verified with everything that was signed.
pub fn bbs_signature(bytes: &[u8]) {
    let made = made();
    if agreed(bytes.len(), |bbs| made.signed(bytes, |signed| bbs.verify(&signed))).is_ok() {
        assert!(*bytes == made.signature, "nobody can make another");
    }
    let of = |bbs: &dyn Bbs| {
        made.signed(bytes, |signed| bbs.verify(&Signed { opening: Opening::Nothing, ..signed }))
    };
    assert!(agreed(bytes.len(), of).is_err());
}

/// A commitment with its proof: signed under both interfaces that take one, to the same bytes.
pub fn bbs_commitment(bytes: &[u8]) {
    let made = made();
    let sign = |blinded: Blinded<'_>| agreed(bytes.len(), |bbs| bbs.sign(&made.pair, HEADER, &[], &blinded));
    let nym = sign(Blinded::Nym(bytes, &made.entropy));
    let blind = sign(Blinded::Messages(bytes));
    assert!(bytes.is_empty() || nym.is_err() || blind.is_err(), "a proof is for one interface");
    if let Ok(alone) = <[u8; _]>::try_from(bytes) {
        let commitment = Commitment::from_bytes(alone);
        let checked = agreed(bytes.len(), |bbs| bbs.check_commitment(&commitment));
        assert_eq!(checked.is_ok(), nym.is_ok());
    }
    if let Some((last, rest)) = bytes.split_last().filter(|_| nym.is_ok()) {
        let changed = [rest, &[last ^ 1]].concat();
        assert!(sign(Blinded::Nym(&changed, &made.entropy)).is_err(), "its proof is in it");
    }
}

/// One that each of them takes.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let made = made();
    let pseudonym = made.proven.pseudonym.as_ref().unwrap();
    let mut seeds =
        vec![[pseudonym.as_bytes().as_slice(), &made.proven.proof].concat(), made.signature.clone()];
    seeds.extend(made.commitments.iter().cloned());
    seeds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_is_taken() {
        let made = made();
        assert!(faam_bbs::backends().len() > 1, "there is something to compare");
        assert_eq!(agreed(0, |bbs| made.signed(&made.signature, |signed| bbs.verify(&signed))), Ok(()));
        for (at, commitment) in made.commitments.iter().enumerate() {
            let blinded =
                if at < 2 { Blinded::Nym(commitment, &made.entropy) } else { Blinded::Messages(commitment) };
            agreed(0, |bbs| bbs.sign(&made.pair, HEADER, &[], &blinded)).unwrap();
        }
        for seed in seeds() {
            bbs_proof(&seed);
            bbs_signature(&seed);
            bbs_commitment(&seed);
        }
    }
}
