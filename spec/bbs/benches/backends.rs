//! Backends side by side at a private standing's real size, and beside the floor: one check of two pairings in `blst`.
//!
//! One run compares; figures of two runs do not, because other programs may be using the machine.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use faam_spec::bbs::{
    Bbs, Blinded, Commitment, Entropy, Hidden, KeyPair, NymSecrets, Opening, POINT_BYTES, Proven,
    SecretScalar, Showing, Shown, Signed,
};
use faam_spec::grid::{MILESTONES, Steps};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

/// How many proofs are verified together.
const BATCH: usize = 64;
/// As long as a header of an epoch record, and as a presentation header and context of a verifier with a `did:key`.
const HEADER: [u8; 270] = [b'h'; 270];
const PRESENTATION_HEADER: [u8; 170] = [b'p'; 170];
const CONTEXT: [u8; 73] = [b'c'; 73];
/// Milestones of four metrics.
const DISCLOSED: [usize; 4] = [5, 17, 29, 41];

/// A standing as its market and its wallet have it.
struct Standing {
    pair: KeyPair,
    messages: Vec<Vec<u8>>,
    commitment: Commitment,
    blind: SecretScalar,
    prover_nym: SecretScalar,
    entropy: Entropy,
    signature: Vec<u8>,
}

impl Standing {
    fn new(bbs: &dyn Bbs) -> Self {
        let pair = bbs.key_pair(&[7; 32], b"bench").unwrap();
        let messages = Steps::new([1; 10]).unwrap().messages();
        assert_eq!(messages.len(), MILESTONES);
        let prover_nym = SecretScalar::from_bytes(bbs.hash_to_scalar(b"nym", b"bench").unwrap());
        let entropy = Entropy::from_bytes(bbs.hash_to_scalar(b"entropy", b"bench").unwrap());
        let hidden = Hidden::Nym(&[], &prover_nym);
        let (commitment, blind) = bbs.commit(&hidden, &mut StdRng::seed_from_u64(1)).unwrap();
        let commitment = Commitment::from_bytes(commitment.try_into().unwrap());
        let mut standing =
            Self { pair, messages, commitment, blind, prover_nym, entropy, signature: Vec::new() };
        standing.signature = standing.sign(bbs);
        standing
    }

    fn messages(&self) -> Vec<&[u8]> {
        self.messages.iter().map(Vec::as_slice).collect()
    }

    fn sign(&self, bbs: &dyn Bbs) -> Vec<u8> {
        let blinded = Blinded::Nym(self.commitment.as_bytes(), &self.entropy);
        bbs.sign(&self.pair, &HEADER, &self.messages(), &blinded).unwrap().as_bytes().to_vec()
    }

    fn signed<T>(&self, with: impl FnOnce(Signed<'_>) -> T) -> T {
        let secrets = NymSecrets { blind: &self.blind, prover_nym: &self.prover_nym, entropy: &self.entropy };
        with(Signed {
            key: &self.pair.public,
            signature: &self.signature,
            header: &HEADER,
            messages: &self.messages(),
            opening: Opening::Nym(&[], &secrets),
        })
    }

    fn prove(&self, bbs: &dyn Bbs, rng: &mut StdRng) -> Proven {
        let showing = Showing {
            presentation_header: &PRESENTATION_HEADER,
            disclosed: &DISCLOSED,
            disclosed_committed: &[],
            context: Some(&CONTEXT),
        };
        self.signed(|signed| bbs.prove(&signed, &showing, rng)).unwrap()
    }

    fn disclosed(&self) -> Vec<(usize, &[u8])> {
        DISCLOSED.iter().map(|at| (*at, self.messages[*at].as_slice())).collect()
    }

    fn shown<'a>(&'a self, disclosed: &'a [(usize, &'a [u8])], proven: &'a Proven) -> Shown<'a> {
        Shown {
            key: &self.pair.public,
            header: &HEADER,
            presentation_header: &PRESENTATION_HEADER,
            messages_total: MILESTONES,
            disclosed,
            disclosed_committed: &[],
            pseudonym: Some((proven.pseudonym.as_ref().unwrap(), &CONTEXT)),
            proof: &proven.proof,
        }
    }
}

/// As a verifier does with a private standing: first all points, then the proof.
fn verify(bbs: &dyn Bbs, shown: &Shown<'_>) {
    let (points, _) = shown.proof.as_chunks::<POINT_BYTES>();
    let pseudonym = shown.pseudonym.unwrap().0.as_bytes();
    bbs.check_points(&[pseudonym, &points[0], &points[1], &points[2]]).unwrap();
    bbs.verify_proof(shown).unwrap();
}

fn standing(c: &mut Criterion) {
    let mut group = c.benchmark_group("standing");
    group.sample_size(30).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(4));
    let check = two_pairings();
    // Before each of ours, so that it is seen when the machine was not the same all the time.
    macro_rules! floor {
        ($before:expr) => {
            group.bench_function(format!("floor/{}", $before), |b| b.iter(|| assert!(check())))
        };
    }
    for bbs in faam_bbs::backends() {
        let rng = &mut StdRng::seed_from_u64(2);
        let standing = Standing::new(bbs);
        let ours = bbs.name() != "affinidi-bbs";
        if ours {
            floor!("sign");
        }
        group.bench_function(format!("{}/sign", bbs.name()), |b| b.iter(|| standing.sign(bbs)));
        group.bench_function(format!("{}/check_signature", bbs.name()), |b| {
            b.iter(|| standing.signed(|signed| bbs.verify(black_box(&signed))).unwrap());
        });
        if ours {
            floor!("prove");
        }
        group.bench_function(format!("{}/prove", bbs.name()), |b| b.iter(|| standing.prove(bbs, rng)));
        let proven: Vec<Proven> = (0..BATCH).map(|_| standing.prove(bbs, rng)).collect();
        let disclosed = standing.disclosed();
        let shown: Vec<Shown<'_>> = proven.iter().map(|proven| standing.shown(&disclosed, proven)).collect();
        let mut next = shown.iter().cycle();
        if ours {
            floor!("verify");
        }
        group.bench_function(format!("{}/verify", bbs.name()), |b| {
            b.iter(|| verify(bbs, next.next().unwrap()));
        });
        if ours {
            floor!("batch");
            group.throughput(Throughput::Elements(BATCH as u64));
            for threads in [1, 2] {
                let given = NonZeroUsize::new(threads).unwrap();
                group.bench_function(format!("{}/batch_of_64_on_{threads}", bbs.name()), |b| {
                    b.iter(|| {
                        assert!(bbs.verify_proofs(black_box(&shown), given).iter().all(Result::is_ok));
                    });
                });
            }
        }
    }
    group.finish();
}

/// A check of two pairings by `blst`, through the safe wrapper of `blstrs`; nothing is prepared before.
fn two_pairings() -> impl Fn() -> bool {
    use blstrs::{Bls12, G1Affine, G1Projective, G2Affine, G2Prepared, G2Projective, Gt, Scalar};
    use group::{Group as _, prime::PrimeCurveAffine as _};
    use pairing::{MillerLoopResult as _, MultiMillerLoop as _};
    let scalar = Scalar::from(123_456_789_u64);
    let one = G1Affine::from(G1Projective::generator() * scalar);
    let two = -G1Affine::generator();
    let (key, generator) = (G2Affine::generator(), G2Affine::from(G2Projective::generator() * scalar));
    move || {
        let terms =
            [(&one, &G2Prepared::from(black_box(key))), (&two, &G2Prepared::from(black_box(generator)))];
        Bls12::multi_miller_loop(&terms).final_exponentiation() == Gt::identity()
    }
}

criterion_group!(benches, standing);
criterion_main!(benches);
