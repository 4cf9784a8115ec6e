//! What one backend makes, every other takes; and what one refuses, every other refuses as the same.
//!
//! Backends are compared two by two: `FAAM_CROSSING=10000` for so many random signatures, in the place of a few;
//! `FAAM_FLIPS=all` for every bit in the place of a sample.
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

use common::case::{Asked, Case, bytes, refs};
use faam_spec::bbs::{
    Bbs, BbsError, BbsPublicKey, BbsSignature, Blinded, Commitment, Entropy, Hidden, KeyPair, NymSecrets,
    Opening, Proven, Pseudonym, SecretScalar, Showing, Shown, Signed,
};
use rand::rngs::StdRng;
use rand::{Rng as _, RngCore as _, SeedableRng as _};

/// Most messages of a signature.
const MOST: usize = 128;

/// Every backend with every other one, or with itself where there is but one.
fn pairs() -> Vec<(&'static dyn Bbs, &'static dyn Bbs)> {
    let all = faam_bbs::backends();
    let mut pairs = Vec::new();
    for (at, one) in all.iter().enumerate() {
        for other in all.iter().enumerate().filter(|(of, _)| *of != at || all.len() == 1) {
            pairs.push((*one, *other.1));
        }
    }
    pairs
}

fn number(variable: &str, short: usize) -> usize {
    std::env::var(variable).map_or(short, |text| text.parse().expect("a number"))
}

fn all_flips() -> bool {
    std::env::var("FAAM_FLIPS").is_ok_and(|which| which == "all")
}

/// One random signature, made by `one` and taken by `other`, with two proofs of it.
fn cross(one: &dyn Bbs, other: &dyn Bbs, seed: usize) {
    let rng = &mut StdRng::seed_from_u64(seed as u64);
    // The smallest and the largest come first, and few messages as often as many.
    let messages = match seed {
        0 => 1,
        1 => MOST,
        _ if seed.is_multiple_of(2) => rng.gen_range(1..=8),
        _ => rng.gen_range(1..=MOST),
    };
    let at = format!("seed {seed}, {messages} messages, {} to {}", one.name(), other.name());
    let committed = rng.gen_range(0..4);
    let case = Case::new(one, rng, messages, committed);
    assert_eq!(other.public_key(&case.pair.secret).unwrap(), case.pair.public, "{at}");
    assert_eq!(case.signed(|signed| other.verify(&signed)), Ok(()), "{at}");

    // A commitment of the other's is signed by both to the same bytes.
    let (committed, prover_nym) = (refs(&case.committed), &case.prover_nym);
    let (commitment, blind) = other.commit(&Hidden::Nym(&committed, prover_nym), rng).unwrap();
    let blinded = Blinded::Nym(&commitment, &case.entropy);
    let (header, messages) = (&case.header, refs(&case.messages));
    let signature = one.sign(&case.pair, header, &messages, &blinded).unwrap();
    assert_eq!(other.sign(&case.pair, header, &messages, &blinded), Ok(signature), "{at}");
    let secrets = NymSecrets { blind: &blind, prover_nym, entropy: &case.entropy };
    let signed = Signed {
        key: &case.pair.public,
        signature: signature.as_bytes(),
        header,
        messages: &messages,
        opening: Opening::Nym(&committed, &secrets),
    };
    assert_eq!((one.verify(&signed), other.verify(&signed)), (Ok(()), Ok(())), "{at}");

    let asked = Asked::new(rng, &case);
    let (ours, theirs) = (case.prove(one, rng, &asked), case.prove(other, rng, &asked));
    assert_eq!(ours.pseudonym, theirs.pseudonym, "{at}");
    assert_eq!(case.shown(&asked, &ours, |shown| other.verify_proof(&shown)), Ok(()), "{at}");
    assert_eq!(case.shown(&asked, &theirs, |shown| one.verify_proof(&shown)), Ok(()), "{at}");
}

#[test]
fn either_takes_what_the_other_made() {
    let cases = number("FAAM_CROSSING", 6);
    let pairs = pairs();
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get().min(cases));
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let pairs = &pairs;
            scope.spawn(move || {
                for seed in (thread..cases).step_by(threads) {
                    let (one, other) = pairs[(seed / 2) % pairs.len()];
                    cross(one, other, seed);
                }
            });
        }
    });
}

#[test]
fn every_disclosure_is_taken() {
    let most = if number("FAAM_CROSSING", 0) > 0 { 6 } else { 2 };
    for (one, other) in pairs() {
        for messages in 1..=most {
            let rng = &mut StdRng::seed_from_u64(messages as u64);
            let case = Case::new(one, rng, messages, 1);
            for mask in 0..1_usize << (messages + 1) {
                let disclosed = (0..messages).filter(|at| mask >> at & 1 == 1).collect();
                let disclosed_committed = if mask >> messages == 1 { vec![0] } else { Vec::new() };
                let asked = Asked {
                    presentation_header: bytes(rng),
                    context: bytes(rng),
                    disclosed,
                    disclosed_committed,
                };
                let proven = case.prove(one, rng, &asked);
                let came = case.shown(&asked, &proven, |shown| other.verify_proof(&shown));
                assert_eq!(came, Ok(()), "{messages} messages, {mask:b}, {} to {}", one.name(), other.name());
            }
        }
    }
}

/// Plain BBS, and blind issuance without pseudonyms, from none to many messages.
#[test]
fn the_other_interfaces_cross_as_well() {
    for (one, other) in pairs() {
        for messages in [0, 1, 3, 65] {
            let rng = &mut StdRng::seed_from_u64(messages as u64);
            let pair = one.key_pair(&[messages as u8; 32], b"crossing").unwrap();
            let (header, presentation_header) = (bytes(rng), bytes(rng));
            let messages: Vec<Vec<u8>> = (0..messages).map(|_| bytes(rng)).collect();
            let messages = refs(&messages);
            let made = one.sign(&pair, &header, &messages, &Blinded::Nothing).unwrap();
            assert_eq!(other.sign(&pair, &header, &messages, &Blinded::Nothing), Ok(made));
            let signed = Signed {
                key: &pair.public,
                signature: made.as_bytes(),
                header: &header,
                messages: &messages,
                opening: Opening::Nothing,
            };
            assert_eq!(other.verify(&signed), Ok(()));
            let at: Vec<usize> = (0..messages.len()).step_by(2).collect();
            let showing = Showing {
                presentation_header: &presentation_header,
                disclosed: &at,
                disclosed_committed: &[],
                context: None,
            };
            let Proven { proof, pseudonym } = one.prove(&signed, &showing, rng).unwrap();
            assert_eq!(pseudonym, None);
            let disclosed: Vec<(usize, &[u8])> = at.iter().map(|at| (*at, messages[*at])).collect();
            let shown = Shown {
                key: &pair.public,
                header: &header,
                presentation_header: &presentation_header,
                messages_total: messages.len(),
                disclosed: &disclosed,
                disclosed_committed: &[],
                pseudonym: None,
                proof: &proof,
            };
            assert_eq!(other.verify_proof(&shown), Ok(()));

            let committed: Vec<Vec<u8>> = (0..rng.gen_range(0..12)).map(|_| bytes(rng)).collect();
            let committed = refs(&committed);
            let (commitment, blind) = one.commit(&Hidden::Messages(&committed), rng).unwrap();
            let blinded = Blinded::Messages(&commitment);
            let made = other.sign(&pair, &header, &messages, &blinded).unwrap();
            assert_eq!(one.sign(&pair, &header, &messages, &blinded), Ok(made));
            let opening = Opening::Messages(&committed, &blind);
            let signed = Signed { signature: made.as_bytes(), opening, ..signed };
            assert_eq!((one.verify(&signed), other.verify(&signed)), (Ok(()), Ok(())));
            // A proof under this interface is offered by neither.
            let showing = Showing { disclosed: &[], ..showing };
            for bbs in [one, other] {
                assert_eq!(bbs.prove(&signed, &showing, rng), Err(BbsError::Unsupported));
            }
            // Nothing committed to is signed as such, with a blind of 0.
            let made = one.sign(&pair, &header, &messages, &Blinded::Messages(&[])).unwrap();
            assert_eq!(other.sign(&pair, &header, &messages, &Blinded::Messages(&[])), Ok(made));
            let zero = SecretScalar::from_bytes([0; 32]);
            let signed =
                Signed { signature: made.as_bytes(), opening: Opening::Messages(&[], &zero), ..signed };
            assert_eq!((one.verify(&signed), other.verify(&signed)), (Ok(()), Ok(())));
            // For pseudonyms something has to be committed to.
            let entropy = Entropy::from_bytes([1; 32]);
            let (blind_alone, _) = one.commit(&Hidden::Messages(&[]), rng).unwrap();
            for commitment in [&[], blind_alone.as_slice()] {
                for bbs in [one, other] {
                    let signed = bbs.sign(&pair, &header, &messages, &Blinded::Nym(commitment, &entropy));
                    assert_eq!(signed, Err(BbsError::Malformed), "{}", bbs.name());
                }
            }
        }
    }
}

fn flip(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    changed[bit / 8] ^= 0x80 >> (bit % 8);
    changed
}

/// Bits of so many bytes: all, or the first and last of each point or scalar and some others.
fn bits(rng: &mut StdRng, length: usize) -> Vec<usize> {
    if all_flips() {
        return (0..8 * length).collect();
    }
    let ends = (0..length).step_by(16).flat_map(|at| [8 * at, 8 * at + 1, 8 * at + 2, 8 * at + 127]);
    ends.filter(|bit| *bit < 8 * length).chain((0..24).map(|_| rng.gen_range(0..8 * length))).collect()
}

/// What all backends say, which is the same.
fn agreed<T: PartialEq + core::fmt::Debug>(
    what: &str,
    ask: impl Fn(&dyn Bbs) -> Result<T, BbsError>,
) -> Result<T, BbsError> {
    let mut said: Vec<_> = faam_bbs::backends().into_iter().map(|bbs| (bbs.name(), ask(bbs))).collect();
    let (first, first_said) = said.pop().unwrap();
    for (name, said) in said {
        assert_eq!(said, first_said, "{what}: {name} and {first} differ");
    }
    first_said
}

/// Every bit of a proof, a pseudonym, a signature, a commitment and a key: changed, it is refused, by all as the same.
#[test]
fn a25_any_flipped_bit_is_refused_as_the_same() {
    let bbs = faam_bbs::backend();
    let rng = &mut StdRng::seed_from_u64(11);
    let mut case = Case::new(bbs, rng, 3, 1);
    let asked = Asked { disclosed: vec![1], disclosed_committed: vec![0], ..Asked::new(rng, &case) };
    let proven = case.prove(bbs, rng, &asked);
    let refused = |came: Result<(), BbsError>, what: &str| {
        assert!(matches!(came, Err(BbsError::Refused | BbsError::Malformed)), "{what}: {came:?}");
    };
    for bit in bits(rng, proven.proof.len()) {
        let what = format!("bit {bit} of the proof");
        let proof = flip(&proven.proof, bit);
        let came = agreed(&what, |bbs| {
            case.shown(&asked, &proven, |shown| bbs.verify_proof(&Shown { proof: &proof, ..shown }))
        });
        refused(came, &what);
    }
    for bit in bits(rng, 48) {
        let what = format!("bit {bit} of the pseudonym");
        let other = flip(proven.pseudonym.unwrap().as_bytes(), bit);
        let other = Pseudonym::from_bytes(other.try_into().unwrap());
        let came = agreed(&what, |bbs| {
            case.shown(&asked, &proven, |shown| {
                bbs.verify_proof(&Shown { pseudonym: Some((&other, &asked.context)), ..shown })
            })
        });
        refused(came, &what);
    }
    for bit in bits(rng, 96) {
        let what = format!("bit {bit} of the key");
        let key = flip(case.pair.public.as_bytes(), bit);
        let key = BbsPublicKey::from_bytes(key.try_into().unwrap());
        let came = agreed(&what, |bbs| {
            case.shown(&asked, &proven, |shown| bbs.verify_proof(&Shown { key: &key, ..shown }))
        });
        refused(came, &what);
        let _ = agreed(&what, |bbs| bbs.check_key(&key));
    }
    let signature = case.signature;
    for bit in bits(rng, 80) {
        let what = format!("bit {bit} of the signature");
        let changed = flip(signature.as_bytes(), bit);
        case.signature = BbsSignature::from_bytes(changed.try_into().unwrap());
        refused(agreed(&what, |bbs| case.signed(|signed| bbs.verify(&signed))), &what);
    }
    case.signature = signature;
    let (alone, _) = bbs.commit(&Hidden::Nym(&[], &case.prover_nym), rng).unwrap();
    let (more, _) = bbs.commit(&Hidden::Nym(&[b"one", b"two"], &case.prover_nym), rng).unwrap();
    for bit in bits(rng, alone.len()) {
        let what = format!("bit {bit} of the commitment");
        let changed = Commitment::from_bytes(flip(&alone, bit).try_into().unwrap());
        refused(agreed(&what, |bbs| bbs.check_commitment(&changed)), &what);
    }
    for bit in bits(rng, more.len()) {
        let what = format!("bit {bit} of the longer commitment");
        let changed = flip(&more, bit);
        let came = agreed(&what, |bbs| {
            bbs.sign(&case.pair, b"", &[], &Blinded::Nym(&changed, &case.entropy)).map(drop)
        });
        refused(came, &what);
    }
}

/// Bytes that are nothing, or nearly something: all backends say the same of them.
#[test]
fn a26_what_is_hostile_is_refused_as_the_same() {
    let bbs = faam_bbs::backend();
    let rng = &mut StdRng::seed_from_u64(12);
    let case = Case::new(bbs, rng, 4, 2);
    let asked = Asked { disclosed: vec![0, 2], disclosed_committed: vec![1], ..Asked::new(rng, &case) };
    let proven = case.prove(bbs, rng, &asked);
    let identity: Vec<u8> = [[0xc0].as_slice(), &[0; 47]].concat();
    // On the curve and outside of the group; not on the curve; an x that is not below the field's order; bits that must not be set.
    let torsion: Vec<u8> = [[0x80].as_slice(), &[0; 46], &[4]].concat();
    let zero: Vec<u8> = [[0x80].as_slice(), &[0; 47]].concat();
    let nowhere: Vec<u8> = [[0x80].as_slice(), &[0; 46], &[1]].concat();
    let large = vec![0x9f; 48];
    let signed_identity: Vec<u8> = [[0xe0].as_slice(), &[0; 47]].concat();
    let long_identity: Vec<u8> = [[0xc0].as_slice(), &[0; 46], &[1]].concat();
    let uncompressed: Vec<u8> = [[0x04].as_slice(), &[0; 46], &[4]].concat();
    let points =
        [&identity, &torsion, &zero, &nowhere, &large, &signed_identity, &long_identity, &uncompressed];
    let say = |shown_with: &dyn Fn(Shown<'_>, &dyn Bbs) -> Result<(), BbsError>, what: &str| {
        agreed(what, |bbs| case.shown(&asked, &proven, |shown| shown_with(shown, bbs)))
    };
    for (number, point) in points.iter().enumerate() {
        let what = format!("point {number}");
        let array: [u8; 48] = point.as_slice().try_into().unwrap();
        assert_eq!(agreed(&what, |bbs| bbs.check_points(&[&array])), Err(BbsError::Malformed), "{what}");
        for place in 0..3 {
            let mut proof = proven.proof.clone();
            proof[48 * place..48 * (place + 1)].copy_from_slice(point);
            let came = say(&|shown, bbs| bbs.verify_proof(&Shown { proof: &proof, ..shown }), &what);
            assert_eq!(came, Err(BbsError::Malformed), "{what} at {place}");
        }
        let pseudonym = Pseudonym::from_bytes(array);
        let came = say(
            &|shown, bbs| bbs.verify_proof(&Shown { pseudonym: Some((&pseudonym, &asked.context)), ..shown }),
            &what,
        );
        assert_eq!(came, Err(BbsError::Malformed), "{what} for a pseudonym");
        let commitment = [point.as_slice(), &[1; 96]].concat();
        let commitment = Commitment::from_bytes(commitment.try_into().unwrap());
        let came = agreed(&what, |bbs| bbs.check_commitment(&commitment));
        assert_eq!(came, Err(BbsError::Malformed), "{what} for a commitment");
        let signature = [point.as_slice(), &[1; 32]].concat();
        let came = agreed(&what, |bbs| {
            case.signed(|signed| bbs.verify(&Signed { signature: &signature, ..signed }))
        });
        assert_eq!(came, Err(BbsError::Malformed), "{what} for a signature");
        let key = BbsPublicKey::from_bytes([point.as_slice(), &[0; 48]].concat().try_into().unwrap());
        assert_eq!(agreed(&what, |bbs| bbs.check_key(&key)), Err(BbsError::Malformed), "{what} for a key");
    }

    // Scalars: 0, 1, the order less one, the order, and all ones, at each place.
    let mut less = common::ORDER;
    less[31] -= 1;
    for scalar in [[0; 32], common::modulo(&[1]), less, common::ORDER, [0xff; 32]] {
        let mut of_proof = Vec::new();
        for at in (144..proven.proof.len()).step_by(32) {
            let mut proof = proven.proof.clone();
            proof[at..at + 32].copy_from_slice(&scalar);
            let what = format!("{scalar:?} at {at}");
            let came = say(&|shown, bbs| bbs.verify_proof(&Shown { proof: &proof, ..shown }), &what);
            assert!(came.is_err(), "{what}");
            of_proof.push(came);
        }
        let none = scalar >= common::ORDER;
        assert!(!none || of_proof.iter().all(|came| *came == Err(BbsError::Malformed)));
        // A challenge of 0 is none, and any other scalar may be 0.
        if scalar == [0; 32] {
            assert_eq!(of_proof.pop(), Some(Err(BbsError::Malformed)));
            assert!(of_proof.iter().all(|came| *came == Err(BbsError::Refused)));
        }
        let (good, _) = bbs.commit(&Hidden::Nym(&[], &case.prover_nym), rng).unwrap();
        for at in [48, 80, 112] {
            let mut bytes: [u8; 144] = good.clone().try_into().unwrap();
            bytes[at..at + 32].copy_from_slice(&scalar);
            let commitment = Commitment::from_bytes(bytes);
            assert!(agreed("a commitment", |bbs| bbs.check_commitment(&commitment)).is_err());
        }
        let signature = [&case.signature.as_bytes()[..48], &scalar].concat();
        let came = agreed("a signature", |bbs| {
            case.signed(|signed| bbs.verify(&Signed { signature: &signature, ..signed }))
        });
        assert!(came.is_err());
        let secret = SecretScalar::from_bytes(scalar);
        let public = agreed("a secret key", |bbs| bbs.public_key(&secret));
        assert_eq!(public.is_err(), none || scalar == [0; 32]);
        let pair = KeyPair { secret, public: case.pair.public };
        let made = agreed("a signature", |bbs| bbs.sign(&pair, b"", &[], &Blinded::Nothing));
        assert_eq!(made.is_err(), public.is_err());
        let entropy = Entropy::from_bytes(scalar);
        let made =
            agreed("entropy", |bbs| bbs.sign(&case.pair, b"", &[], &Blinded::Nym(&good, &entropy)).map(drop));
        assert_eq!(made.is_err(), none);
    }

    // Lengths, counts and indices.
    for length in (0..proven.proof.len()).step_by(8) {
        let proof = &proven.proof[..length];
        let what = format!("{length} bytes");
        assert!(say(&|shown, bbs| bbs.verify_proof(&Shown { proof, ..shown }), &what).is_err());
    }
    for more in [1, 16, 31, 32, 33, 64, 32 * 500, 32 * 1020, 32 * 1100] {
        let proof = [proven.proof.as_slice(), &vec![0; more]].concat();
        let what = format!("{more} bytes more");
        assert!(say(&|shown, bbs| bbs.verify_proof(&Shown { proof: &proof, ..shown }), &what).is_err());
    }
    for messages_total in [0, 1, 2, 3, 5, 6, 7, 512, 513, usize::MAX] {
        let what = format!("{messages_total} messages");
        assert!(say(&|shown, bbs| bbs.verify_proof(&Shown { messages_total, ..shown }), &what).is_err());
    }
    for indexes in [[0, 0], [2, 0], [0, 4], [0, 3], [3, 4], [0, usize::MAX]] {
        let what = format!("{indexes:?}");
        let with = |shown: Shown<'_>, bbs: &dyn Bbs| {
            let disclosed = [(indexes[0], shown.disclosed[0].1), (indexes[1], shown.disclosed[1].1)];
            bbs.verify_proof(&Shown { disclosed: &disclosed, ..shown })
        };
        assert!(say(&with, &what).is_err(), "{what}");
    }
    for index in [0, 2, 3, 4, 511, 512, usize::MAX] {
        let what = format!("committed {index}");
        let with = |shown: Shown<'_>, bbs: &dyn Bbs| {
            let committed = [(index, shown.disclosed_committed[0].1)];
            bbs.verify_proof(&Shown { disclosed_committed: &committed, ..shown })
        };
        assert!(say(&with, &what).is_err(), "{what}");
    }
    for (with_pseudonym, committed) in [(false, true), (false, false), (true, false)] {
        let with = |shown: Shown<'_>, bbs: &dyn Bbs| {
            bbs.verify_proof(&Shown {
                pseudonym: shown.pseudonym.filter(|_| with_pseudonym),
                disclosed_committed: if committed { shown.disclosed_committed } else { &[] },
                ..shown
            })
        };
        assert!(say(&with, "without a part").is_err());
    }

    // Anything at all.
    for round in 0..60 {
        let mut spoilt = proven.proof.clone();
        for _ in 0..rng.gen_range(1..4) {
            let at = rng.gen_range(0..spoilt.len());
            spoilt[at] = rng.r#gen();
        }
        let what = format!("round {round}");
        let _ = say(&|shown, bbs| bbs.verify_proof(&Shown { proof: &spoilt, ..shown }), &what);
        let mut fill = [0; 300];
        rng.fill_bytes(&mut fill);
        let any = &fill[..rng.gen_range(0..300)];
        let _ = agreed(&what, |bbs| bbs.generators(any, usize::from(fill[0]) % 3));
        let _ = agreed(&what, |bbs| bbs.hash_to_scalar(any, &fill[..usize::from(fill[1])]));
        let _ = agreed(&what, |bbs| bbs.key_pair(any, any).map(|pair| pair.public));
        let _ = agreed(&what, |bbs| bbs.sign(&case.pair, any, &[any], &Blinded::Messages(any)));
        let _ = agreed(&what, |bbs| bbs.sign(&case.pair, any, &[any], &Blinded::Nym(any, &case.entropy)));
        let array: [u8; 48] = fill[..48].try_into().unwrap();
        let _ = agreed(&what, |bbs| bbs.check_points(&[&array]));
        let key = BbsPublicKey::from_bytes(fill[..96].try_into().unwrap());
        let _ = agreed(&what, |bbs| bbs.check_key(&key));
    }
    for length in [0, 236, 237, 300] {
        let made = agreed("a name", |bbs| bbs.generators(&vec![b'x'; length], 2));
        assert_eq!(made.is_err(), length > 236);
    }
    let zero = SecretScalar::from_bytes([0; 32]);
    let made = agreed("a secret of 0", |bbs| {
        let entropy = Entropy::from_bytes([0; 32]);
        let secrets = NymSecrets { blind: &case.blind, prover_nym: &zero, entropy: &entropy };
        let showing = Showing {
            presentation_header: b"",
            disclosed: &[],
            disclosed_committed: &[],
            context: Some(b"x"),
        };
        let mut rng = StdRng::seed_from_u64(1);
        case.signed(|signed| {
            let signed = Signed { opening: Opening::Nym(&[], &secrets), ..signed };
            bbs.prove(&signed, &showing, &mut rng).map(drop)
        })
    });
    assert_eq!(made, Err(BbsError::Malformed), "a pseudonym is not the identity");
}
