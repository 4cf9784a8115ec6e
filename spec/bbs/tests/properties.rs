//! What must hold of a backend for any messages: what was signed verifies, what was proven verifies, and nothing else does.
//!
//! Each property takes any backend, so that each keeps the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    missing_docs,
    unreachable_pub
)]

mod common;

use common::case::{Asked, Case, refs};
use common::{ORDER, modulo};
use faam_spec::bbs::{
    Bbs, BbsError, BbsPublicKey, BbsSignature, Blinded, Commitment, Entropy, Hidden, Interface, KeyPair,
    Opening, POINT_BYTES, Pseudonym, SCALAR_BYTES, SecretScalar, Showing, Shown, Signed,
};
use rand::rngs::StdRng;
use rand::{Rng as _, RngCore as _, SeedableRng as _};

/// Most messages that a backend has to take.
const MANY: usize = 60;

#[test]
fn what_was_signed_verifies_and_nothing_else() {
    faam_bbs::backends().into_iter().for_each(what_was_signed_verifies_and_nothing_else_by);
}

fn what_was_signed_verifies_and_nothing_else_by(bbs: &dyn Bbs) {
    for (seed, messages) in [1, 2, 7, MANY].into_iter().enumerate() {
        let rng = &mut StdRng::seed_from_u64(seed as u64);
        let committed = rng.gen_range(0..4);
        let mut case = Case::new(bbs, rng, messages, committed);
        assert_eq!(case.signed(|signed| bbs.verify(&signed)), Ok(()), "{messages} messages");
        let refused = |case: &Case, what: &str| {
            let came = case.signed(|signed| bbs.verify(&signed));
            assert!(
                matches!(came, Err(BbsError::Refused | BbsError::Malformed)),
                "{messages} messages: {what}"
            );
        };
        case.header.push(0);
        refused(&case, "a longer header");
        case.header.pop();
        case.messages.push(Vec::new());
        refused(&case, "a message more");
        case.messages.pop();
        let last = case.messages.pop().unwrap();
        refused(&case, "a message less");
        case.messages.push([last.as_slice(), b"!"].concat());
        refused(&case, "another message");
        *case.messages.last_mut().unwrap() = last;
        if case.messages.len() > 1 && case.messages[0] != case.messages[1] {
            case.messages.swap(0, 1);
            refused(&case, "two messages swapped");
            case.messages.swap(0, 1);
        }
        let other = |scalar: &[u8; 32]| common::sum(scalar, &modulo(&[1]));
        let another = Entropy::from_bytes(other(case.entropy.as_bytes()));
        let entropy = std::mem::replace(&mut case.entropy, another);
        refused(&case, "another entropy");
        case.entropy = entropy;
        let another = SecretScalar::from_bytes(other(case.blind.as_bytes()));
        let blind = std::mem::replace(&mut case.blind, another);
        refused(&case, "another blind");
        case.blind = blind;
        let public = std::mem::replace(&mut case.pair.public, bbs.key_pair(&[9; 32], b"").unwrap().public);
        refused(&case, "another key");
        case.pair.public = public;
        for bit in [0, 1, 2, 9, 383, 384, 385, 639] {
            let mut changed = *case.signature.as_bytes();
            changed[bit / 8] ^= 0x80 >> (bit % 8);
            let signature = std::mem::replace(&mut case.signature, BbsSignature::from_bytes(changed));
            refused(&case, "another bit of the signature");
            case.signature = signature;
        }
        assert_eq!(case.signed(|signed| bbs.verify(&signed)), Ok(()), "as before");
    }
}

#[test]
fn what_was_proven_verifies_whatever_is_shown() {
    faam_bbs::backends().into_iter().for_each(what_was_proven_verifies_whatever_is_shown_by);
}

fn what_was_proven_verifies_whatever_is_shown_by(bbs: &dyn Bbs) {
    for seed in 0..8 {
        let rng = &mut StdRng::seed_from_u64(100 + seed);
        let (messages, committed) = (rng.gen_range(1..=MANY), rng.gen_range(0..4));
        let case = Case::new(bbs, rng, messages, committed);
        let asked = Asked::new(rng, &case);
        let proven = case.prove(bbs, rng, &asked);
        let hidden = case.messages.len() + case.committed.len() + 2
            - asked.disclosed.len()
            - asked.disclosed_committed.len();
        assert_eq!(proven.proof.len(), 3 * POINT_BYTES + (4 + hidden) * SCALAR_BYTES, "seed {seed}");
        assert_eq!(case.shown(&asked, &proven, |shown| bbs.verify_proof(&shown)), Ok(()), "seed {seed}");

        // Another proof has the same pseudonym there and no byte in common but by chance; elsewhere another pseudonym.
        let again = case.prove(bbs, rng, &asked);
        assert_eq!(again.pseudonym, proven.pseudonym);
        let same = again.proof.iter().zip(&proven.proof).filter(|(one, other)| one == other).count();
        assert!(same < proven.proof.len() / 16, "seed {seed}: {same} of {} bytes", proven.proof.len());
        let elsewhere = Asked { context: b"elsewhere".to_vec(), ..asked };
        assert_ne!(case.prove(bbs, rng, &elsewhere).pseudonym, proven.pseudonym);
    }
}

/// Every part of what a verifier is shown, changed in one bit.
#[test]
fn a25_any_flipped_bit_is_refused() {
    faam_bbs::backends().into_iter().for_each(a25_any_flipped_bit_is_refused_by);
}

fn a25_any_flipped_bit_is_refused_by(bbs: &dyn Bbs) {
    let rng = &mut StdRng::seed_from_u64(7);
    let mut case = Case::new(bbs, rng, 12, 0);
    case.messages[3] = b"count>=10 true".to_vec();
    let case = {
        // Signed anew, so that there is a message whose bits can be flipped.
        let (commitment, blind) = bbs.commit(&Hidden::Nym(&[], &case.prover_nym), rng).unwrap();
        let blinded = Blinded::Nym(&commitment, &case.entropy);
        let header = b"a header".to_vec();
        let signature = bbs.sign(&case.pair, &header, &refs(&case.messages), &blinded).unwrap();
        Case { blind, header, signature, ..case }
    };
    let asked = Asked {
        presentation_header: b"a presentation header".to_vec(),
        context: b"a context".to_vec(),
        disclosed: vec![3, 8],
        disclosed_committed: Vec::new(),
    };
    let proven = case.prove(bbs, rng, &asked);
    assert_eq!(case.shown(&asked, &proven, |shown| bbs.verify_proof(&shown)), Ok(()));
    let flip = |bytes: &[u8], bit: usize| -> Vec<u8> {
        let mut changed = bytes.to_vec();
        changed[bit / 8] ^= 0x80 >> (bit % 8);
        changed
    };
    let refused = |came: Result<(), BbsError>, what: &str| {
        assert!(matches!(came, Err(BbsError::Refused | BbsError::Malformed)), "{what}: {came:?}");
    };
    let mut tried = 0;
    // All bits of the points' first bytes and the scalars' first ones, and a sample of the rest.
    let firsts = (0..3).flat_map(|point| 48 * 8 * point..48 * 8 * point + 8);
    let scalars = (144..proven.proof.len()).step_by(32).flat_map(|at| [8 * at, 8 * at + 255]);
    let sample: Vec<usize> = (0..60).map(|_| rng.gen_range(0..8 * proven.proof.len())).collect();
    for bit in firsts.chain(scalars).chain(sample) {
        let proof = flip(&proven.proof, bit);
        let came = case.shown(&asked, &proven, |shown| bbs.verify_proof(&Shown { proof: &proof, ..shown }));
        refused(came, &format!("bit {bit} of the proof"));
        tried += 1;
    }
    for bit in 0..8 * POINT_BYTES {
        let other = flip(proven.pseudonym.unwrap().as_bytes(), bit);
        let other = Pseudonym::from_bytes(other.try_into().unwrap());
        let came = case.shown(&asked, &proven, |shown| {
            bbs.verify_proof(&Shown { pseudonym: Some((&other, &asked.context)), ..shown })
        });
        refused(came, &format!("bit {bit} of the pseudonym"));
        tried += 1;
    }
    for bit in (0..8 * 8).step_by(5) {
        let (header, context) = (flip(&case.header, bit), flip(&asked.context, bit));
        let presentation_header = flip(&asked.presentation_header, bit);
        let message = flip(&case.messages[3], bit);
        let key = BbsPublicKey::from_bytes(flip(case.pair.public.as_bytes(), bit).try_into().unwrap());
        let of = |change: &dyn Fn(Shown<'_>) -> Result<(), BbsError>| case.shown(&asked, &proven, change);
        refused(of(&|shown| bbs.verify_proof(&Shown { header: &header, ..shown })), "header");
        refused(of(&|shown| bbs.verify_proof(&Shown { key: &key, ..shown })), "key");
        refused(
            of(&|shown| bbs.verify_proof(&Shown { presentation_header: &presentation_header, ..shown })),
            "presentation header",
        );
        refused(
            of(&|shown| {
                bbs.verify_proof(&Shown {
                    pseudonym: Some((proven.pseudonym.as_ref().unwrap(), &context)),
                    ..shown
                })
            }),
            "context",
        );
        refused(
            of(&|shown| {
                let disclosed = [(3, message.as_slice()), shown.disclosed[1]];
                bbs.verify_proof(&Shown { disclosed: &disclosed, ..shown })
            }),
            "message",
        );
        tried += 5;
    }
    for (first, second) in [(2, 8), (3, 9), (3, 7), (0, 11), (8, 3), (3, 3), (3, 12), (3, usize::MAX)] {
        let came = case.shown(&asked, &proven, |shown| {
            let disclosed = [(first, shown.disclosed[0].1), (second, shown.disclosed[1].1)];
            bbs.verify_proof(&Shown { disclosed: &disclosed, ..shown })
        });
        refused(came, &format!("indices {first} and {second}"));
        tried += 1;
    }
    assert!(tried > 500, "{tried}");
}

#[test]
fn a26_lengths_and_counts_are_refused_before_anything_else() {
    faam_bbs::backends().into_iter().for_each(a26_lengths_and_counts_are_refused_before_anything_else_by);
}

fn a26_lengths_and_counts_are_refused_before_anything_else_by(bbs: &dyn Bbs) {
    let rng = &mut StdRng::seed_from_u64(8);
    let case = Case::new(bbs, rng, 54, 0);
    let asked = Asked { disclosed: vec![5, 20], disclosed_committed: Vec::new(), ..Asked::new(rng, &case) };
    let proven = case.prove(bbs, rng, &asked);
    let of = |change: &dyn Fn(Shown<'_>) -> Result<(), BbsError>| case.shown(&asked, &proven, change);
    for length in (0..proven.proof.len()).step_by(16).chain([proven.proof.len() - 1]) {
        let came = of(&|shown| bbs.verify_proof(&Shown { proof: &proven.proof[..length], ..shown }));
        // A whole scalar less is a committed message less.
        assert!(matches!(came, Err(BbsError::Malformed | BbsError::Refused)), "{length} bytes: {came:?}");
    }
    for more in [1, 31, 32, 33, 64, 4_000_000] {
        let longer = [proven.proof.as_slice(), &vec![0; more]].concat();
        let begun = std::time::Instant::now();
        let came = of(&|shown| bbs.verify_proof(&Shown { proof: &longer, ..shown }));
        assert!(matches!(came, Err(BbsError::Malformed | BbsError::Refused)), "{more} bytes more: {came:?}");
        assert!(more < 1000 || begun.elapsed().as_millis() < 100, "refused before it is read");
    }
    for total in [0, 1, 20, 53, 55, 513, 1 << 32, usize::MAX] {
        let came = of(&|shown| bbs.verify_proof(&Shown { messages_total: total, ..shown }));
        assert!(matches!(came, Err(BbsError::Malformed | BbsError::Refused)), "{total} messages: {came:?}");
    }
    let many = vec![Vec::new(); 1025];
    let signed = bbs.sign(&case.pair, b"", &refs(&many), &Blinded::Nothing);
    assert_eq!(signed, Err(BbsError::Malformed), "1025 messages");
    let committed = bbs.commit(&Hidden::Messages(&refs(&many)), rng);
    assert!(matches!(committed, Err(BbsError::Malformed)));
    // Scalars at and over the order are none.
    for bytes in [ORDER, [0xff; 32]] {
        let none = SecretScalar::from_bytes(bytes);
        assert!(matches!(bbs.commit(&Hidden::Nym(&[], &none), rng), Err(BbsError::Malformed)));
        let (commitment, _) = bbs.commit(&Hidden::Nym(&[], &case.prover_nym), rng).unwrap();
        let blinded = Blinded::Nym(&commitment, &Entropy::from_bytes(bytes));
        assert_eq!(bbs.sign(&case.pair, b"", &[], &blinded), Err(BbsError::Malformed));
        assert_eq!(bbs.public_key(&none), Err(BbsError::Malformed));
    }
}

/// Random bytes, and good bytes with random faults, for everything that the trait has.
#[test]
fn no_bytes_make_a_backend_panic() {
    faam_bbs::backends().into_iter().for_each(no_bytes_make_a_backend_panic_by);
}

fn no_bytes_make_a_backend_panic_by(bbs: &dyn Bbs) {
    let rng = &mut StdRng::seed_from_u64(9);
    let case = Case::new(bbs, rng, 5, 1);
    let asked = Asked { disclosed: vec![1, 4], disclosed_committed: vec![0], ..Asked::new(rng, &case) };
    let proven = case.prove(bbs, rng, &asked);
    for round in 0..100 {
        let mut spoilt = proven.proof.clone();
        for _ in 0..rng.gen_range(1..4) {
            let at = rng.gen_range(0..spoilt.len());
            spoilt[at] = rng.r#gen();
        }
        spoilt.truncate(rng.gen_range(0..=spoilt.len()).max(round * 4));
        let mut fill = [0; 300];
        rng.fill_bytes(&mut fill);
        let any = fill[..rng.gen_range(0..300)].to_vec();
        let key = BbsPublicKey::from_bytes(fill[..96].try_into().unwrap());
        let pair = KeyPair {
            secret: SecretScalar::from_bytes(fill[..32].try_into().unwrap()),
            public: case.pair.public,
        };
        let point: [u8; 48] = fill[..48].try_into().unwrap();
        let entropy = Entropy::from_bytes(fill[..32].try_into().unwrap());
        let _ = bbs.check_key(&key);
        let _ = bbs.public_key(&pair.secret);
        let _ = bbs.check_points(&[&point]);
        let _ = bbs.key_pair(&any, &any);
        let _ = bbs.hash_to_scalar(&any, &any);
        let _ = bbs.generators(&any, usize::from(fill[0]) % 4);
        let _ = bbs.check_commitment(&Commitment::from_bytes(fill[..144].try_into().unwrap()));
        let _ = bbs.commit(&Hidden::Nym(&[&any], &pair.secret), rng);
        let _ = bbs.sign(&pair, &any, &[&any], &Blinded::Messages(&any));
        let _ = bbs.sign(&case.pair, &any, &[&any], &Blinded::Nym(&any, &entropy));
        let _ = case.signed(|signed| bbs.verify(&Signed { signature: &any, ..signed }));
        let _ = case.signed(|signed| bbs.verify(&Signed { opening: Opening::Nothing, ..signed }));
        let showing = Showing {
            presentation_header: &any,
            disclosed: &[usize::from(fill[1]), usize::from(fill[2])],
            disclosed_committed: &[usize::from(fill[3])],
            context: (round % 2 == 0).then_some(&any),
        };
        let _ = case.signed(|signed| bbs.prove(&signed, &showing, rng));
        let pseudonym = Pseudonym::from_bytes(point);
        for proof in [&spoilt, &any] {
            let _ = case.shown(&asked, &proven, |shown| bbs.verify_proof(&Shown { proof, ..shown }));
            let _ = case.shown(&asked, &proven, |shown| {
                bbs.verify_proof(&Shown { proof, pseudonym: None, disclosed_committed: &[], ..shown })
            });
        }
        let _ = case.shown(&asked, &proven, |shown| {
            bbs.verify_proof(&Shown { pseudonym: Some((&pseudonym, &any)), ..shown })
        });
        let _ = case.shown(&asked, &proven, |shown| {
            let disclosed = [(usize::from(fill[4]), any.as_slice()), (usize::from(fill[5]), &any)];
            bbs.verify_proof(&Shown { disclosed: &disclosed, ..shown })
        });
    }
    assert_eq!(case.shown(&asked, &proven, |shown| bbs.verify_proof(&shown)), Ok(()));
    assert_eq!(Interface::Blind.api_id().len(), 50);
}
