//! Random signatures of private standings, and what is asked of them, for the tests of backends.

use faam_spec::bbs::{
    Bbs, BbsSignature, Blinded, COMMITMENT_BYTES, Entropy, Hidden, KeyPair, NymSecrets, Opening, Proven,
    SCALAR_BYTES, SecretScalar, Showing, Shown, Signed,
};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, RngCore as _};

use super::modulo;

/// Everything about one signature.
pub struct Case {
    pub pair: KeyPair,
    pub header: Vec<u8>,
    pub messages: Vec<Vec<u8>>,
    pub committed: Vec<Vec<u8>>,
    pub prover_nym: SecretScalar,
    pub blind: SecretScalar,
    pub entropy: Entropy,
    pub signature: BbsSignature,
}

/// Any bytes, mostly few, sometimes none, sometimes very many.
pub fn bytes(rng: &mut StdRng) -> Vec<u8> {
    let length = match rng.gen_range(0..8) {
        0 => 0,
        1 => rng.gen_range(5_000..70_000),
        _ => rng.gen_range(1..80),
    };
    let mut bytes = vec![0; length];
    rng.fill_bytes(&mut bytes);
    bytes
}

pub fn scalar(rng: &mut StdRng) -> [u8; SCALAR_BYTES] {
    let mut wide = [0; 48];
    rng.fill_bytes(&mut wide);
    modulo(&wide)
}

pub fn refs(list: &[Vec<u8>]) -> Vec<&[u8]> {
    list.iter().map(Vec::as_slice).collect()
}

/// The messages at these indices.
pub fn pick<'a>(at: &[usize], messages: &'a [Vec<u8>]) -> Vec<(usize, &'a [u8])> {
    at.iter().map(|at| (*at, messages[*at].as_slice())).collect()
}

impl Case {
    pub fn new(bbs: &dyn Bbs, rng: &mut StdRng, messages: usize, committed: usize) -> Self {
        let mut material = [0; 32];
        rng.fill_bytes(&mut material);
        let pair = bbs.key_pair(&material, b"property").unwrap();
        let messages: Vec<Vec<u8>> = (0..messages).map(|_| bytes(rng)).collect();
        let committed: Vec<Vec<u8>> = (0..committed).map(|_| bytes(rng)).collect();
        let (prover_nym, entropy) = (SecretScalar::from_bytes(scalar(rng)), Entropy::from_bytes(scalar(rng)));
        let (commitment, blind) = bbs.commit(&Hidden::Nym(&refs(&committed), &prover_nym), rng).unwrap();
        assert_eq!(commitment.len(), COMMITMENT_BYTES + committed.len() * SCALAR_BYTES);
        let header = bytes(rng);
        let blinded = Blinded::Nym(&commitment, &entropy);
        let signature = bbs.sign(&pair, &header, &refs(&messages), &blinded).unwrap();
        assert_eq!(bbs.sign(&pair, &header, &refs(&messages), &blinded), Ok(signature), "the same each time");
        Self { pair, header, messages, committed, prover_nym, blind, entropy, signature }
    }

    /// What the signature is about, given to `with`.
    pub fn signed<T>(&self, with: impl FnOnce(Signed<'_>) -> T) -> T {
        let secrets = NymSecrets { blind: &self.blind, prover_nym: &self.prover_nym, entropy: &self.entropy };
        with(Signed {
            key: &self.pair.public,
            signature: self.signature.as_bytes(),
            header: &self.header,
            messages: &refs(&self.messages),
            opening: Opening::Nym(&refs(&self.committed), &secrets),
        })
    }

    pub fn prove(&self, bbs: &dyn Bbs, rng: &mut dyn rand_core::CryptoRngCore, asked: &Asked) -> Proven {
        let showing = Showing {
            presentation_header: &asked.presentation_header,
            disclosed: &asked.disclosed,
            disclosed_committed: &asked.disclosed_committed,
            context: Some(&asked.context),
        };
        self.signed(|signed| bbs.prove(&signed, &showing, rng)).unwrap()
    }

    /// What a verifier is shown, given to `with`.
    pub fn shown<T>(&self, asked: &Asked, proven: &Proven, with: impl FnOnce(Shown<'_>) -> T) -> T {
        let disclosed = pick(&asked.disclosed, &self.messages);
        let committed = pick(&asked.disclosed_committed, &self.committed);
        with(Shown {
            key: &self.pair.public,
            header: &self.header,
            presentation_header: &asked.presentation_header,
            messages_total: self.messages.len(),
            disclosed: &disclosed,
            disclosed_committed: &committed,
            pseudonym: Some((proven.pseudonym.as_ref().unwrap(), &asked.context)),
            proof: &proven.proof,
        })
    }
}

/// What is asked of a holder.
pub struct Asked {
    pub presentation_header: Vec<u8>,
    pub context: Vec<u8>,
    pub disclosed: Vec<usize>,
    pub disclosed_committed: Vec<usize>,
}

pub fn some_of(rng: &mut StdRng, count: usize) -> Vec<usize> {
    let mut all: Vec<usize> = (0..count).collect();
    all.shuffle(rng);
    all.truncate(rng.gen_range(0..=count));
    all.sort_unstable();
    all
}

impl Asked {
    pub fn new(rng: &mut StdRng, case: &Case) -> Self {
        Self {
            presentation_header: bytes(rng),
            context: bytes(rng),
            disclosed: some_of(rng, case.messages.len()),
            disclosed_committed: some_of(rng, case.committed.len()),
        }
    }
}
