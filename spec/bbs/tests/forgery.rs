//! What the library takes that is no proof, and the backend refuses.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    missing_docs,
    unreachable_pub
)]

#[path = "common/forge.rs"]
mod forge;

use affinidi_bbs::{Ciphersuite, Proof, PublicKey, nym, proof_verify};
use faam_spec::bbs::{Bbs, BbsError, BbsPublicKey, Blinded, Interface, Opening, Pseudonym, Shown, Signed};
use forge::{Claim, forge};

const MESSAGES: [(usize, &[u8]); 2] = [(5, b"count>=50 true"), (20, b"mean>=875 true")];

/// Made with a market's public key alone, for any milestones: the library says that it verifies.
//= spec/text/private.md#REQ-PRIVATE-13
//= type=test
//# with the identity for its first two points, a proof needs no signature
#[test]
fn a26_a_proof_without_a_signature_is_refused() {
    faam_bbs::backends().into_iter().for_each(a26_a_proof_without_a_signature_is_refused_by);
}

fn a26_a_proof_without_a_signature_is_refused_by(bbs: &dyn Bbs) {
    let key = bbs.key_pair(&[1; 32], b"a market").unwrap().public;
    let (header, presentation_header, context) =
        (b"header".as_slice(), b"nonce".as_slice(), b"verifier".as_slice());
    let claim = Claim {
        key: key.as_bytes(),
        header,
        presentation_header,
        context,
        messages_total: 54,
        disclosed: &MESSAGES,
        is_identity: true,
    };
    let (proof, pseudonym) = forge(&claim);
    let (indexes, messages): (Vec<usize>, Vec<&[u8]>) = MESSAGES.iter().copied().unzip();
    let library = |proof: &[u8], context: &[u8]| {
        nym::proof_verify_with_nym(
            &PublicKey::from_bytes(key.as_bytes()).unwrap(),
            &Proof::from_bytes(proof),
            header,
            presentation_header,
            &affinidi_bbs::Pseudonym::from_bytes(&pseudonym).unwrap(),
            context,
            54,
            &messages,
            &indexes,
            &[],
            &[],
            Ciphersuite::Bls12381Sha256,
        )
        .unwrap()
    };
    assert!(library(&proof, context), "the library takes it");
    assert!(!library(&proof, b"elsewhere"), "and looks at everything else");

    let pseudonym = Pseudonym::from_bytes(pseudonym);
    let shown = Shown {
        key: &key,
        header,
        presentation_header,
        messages_total: 54,
        disclosed: &MESSAGES,
        disclosed_committed: &[],
        pseudonym: Some((&pseudonym, context)),
        proof: &proof,
    };
    assert_eq!(bbs.verify_proof(&shown), Err(BbsError::Malformed));
    bbs.check_points(&[pseudonym.as_bytes(), proof[96..144].try_into().unwrap()]).unwrap();
    let identity: [u8; 48] = proof[..48].try_into().unwrap();
    assert_eq!(identity, std::array::from_fn(|at| if at == 0 { 0xc0 } else { 0 }));
    assert_eq!(bbs.check_points(&[&identity]), Err(BbsError::Malformed));
}

/// The same for plain BBS and each of the points alone.
#[test]
fn a26_no_point_of_a_proof_may_be_the_identity() {
    faam_bbs::backends().into_iter().for_each(a26_no_point_of_a_proof_may_be_the_identity_by);
}

fn a26_no_point_of_a_proof_may_be_the_identity_by(bbs: &dyn Bbs) {
    let pair = bbs.key_pair(&[2; 32], b"").unwrap();
    let messages: [&[u8]; 2] = [b"one", b"two"];
    let signature = bbs.sign(&pair, b"", &messages, &Blinded::Nothing).unwrap();
    let signed = Signed {
        key: &pair.public,
        signature: signature.as_bytes(),
        header: b"",
        messages: &messages,
        opening: Opening::Nothing,
    };
    let showing = faam_spec::bbs::Showing {
        presentation_header: b"",
        disclosed: &[0],
        disclosed_committed: &[],
        context: None,
    };
    let proven = bbs.prove(&signed, &showing, &mut rand::rngs::OsRng).unwrap();
    let verify = |proof: &[u8]| {
        bbs.verify_proof(&Shown {
            key: &pair.public,
            header: b"",
            presentation_header: b"",
            messages_total: 2,
            disclosed: &[(0, b"one")],
            disclosed_committed: &[],
            pseudonym: None,
            proof,
        })
    };
    verify(&proven.proof).unwrap();
    for point in 0..3 {
        let mut proof = proven.proof.clone();
        proof[48 * point..48 * (point + 1)].fill(0);
        proof[48 * point] = 0xc0;
        assert_eq!(verify(&proof), Err(BbsError::Malformed), "point {point}");
        // The library reads on, and only the challenge stops it.
        let key = PublicKey::from_bytes(pair.public.as_bytes()).unwrap();
        assert!(!proof_verify(&key, &Proof::from_bytes(&proof), b"", b"", &[b"one"], &[0]).unwrap());
    }
}

/// Where the library does not look, the backend does.
#[test]
fn a26_lengths_that_the_library_lets_pass_are_refused() {
    faam_bbs::backends().into_iter().for_each(a26_lengths_that_the_library_lets_pass_are_refused_by);
}

fn a26_lengths_that_the_library_lets_pass_are_refused_by(bbs: &dyn Bbs) {
    let pair = bbs.key_pair(&[3; 32], b"").unwrap();
    let signature = bbs.sign(&pair, b"", &[b"one"], &Blinded::Nothing).unwrap();
    let longer = [signature.as_bytes().as_slice(), b"more"].concat();
    assert!(affinidi_bbs::Signature::from_bytes(&longer).is_ok(), "the library reads the first 80 bytes");
    let messages: [&[u8]; 1] = [b"one"];
    let signed = |signature| Signed {
        key: &pair.public,
        signature,
        header: b"",
        messages: &messages,
        opening: Opening::Nothing,
    };
    assert_eq!(bbs.verify(&signed(signature.as_bytes())), Ok(()));
    assert_eq!(bbs.verify(&signed(&longer)), Err(BbsError::Malformed));
    assert_eq!(bbs.verify(&signed(&longer[..79])), Err(BbsError::Malformed));

    let long = [7; 256];
    assert!(affinidi_bbs::hash::hash_to_scalar(b"", &long, Ciphersuite::Bls12381Sha256).is_ok());
    assert_eq!(bbs.hash_to_scalar(b"", &long), Err(BbsError::Malformed), "a tag is of 1 to 255 bytes");
    assert_eq!(bbs.hash_to_scalar(b"", b""), Err(BbsError::Malformed));
    bbs.hash_to_scalar(b"", &long[..255]).unwrap();

    assert_eq!(bbs.generators(&Interface::Pseudonym.api_id(), 1025), Err(BbsError::Malformed));
    let none = bbs.key_pair(&[4; 31], b"");
    assert!(matches!(none, Err(BbsError::Malformed)));
    let identity = BbsPublicKey::from_bytes(std::array::from_fn(|at| if at == 0 { 0xc0 } else { 0 }));
    assert_eq!(bbs.check_key(&identity), Err(BbsError::Malformed));
}
