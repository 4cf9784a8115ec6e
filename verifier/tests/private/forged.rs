//! A forgery: a proof that needs no signature, where the identity is taken for a point.

use affinidi_bbs::generators::{
    calculate_domain_with_api_id, create_generators_with_api_id, p1_generator, point_from_bytes,
    point_to_bytes,
};
use affinidi_bbs::hash::{hash_to_scalar, messages_to_scalars_with_api_id, scalar_to_bytes};
use affinidi_bbs::{
    Ciphersuite, Proof, PublicKey, Scalar, calculate_pseudonym_generator_with_api_id, proof_verify_with_nym,
};
use faam_spec::bbs::{Interface, POINT_BYTES, Pseudonym};
use faam_spec::grid::{MILESTONES, Milestone};
use faam_spec::private::{PrivateProof, context, header, presentation_header};
use faam_spec::query::Query;

use crate::proofs::identity;
use crate::world::{Market, Shows, Verifier, audience, milestones, presentation, role};

const SUITE: Ciphersuite = Ciphersuite::Bls12381Sha256;

/// What a proof is about.
struct Claim<'a> {
    key: &'a PublicKey,
    header: &'a [u8],
    presentation_header: &'a [u8],
    context: &'a [u8],
    disclosed: &'a [usize],
}

/// A proof that everything on the grid is reached, made without any signature.
///
/// With Abar and Bbar the identity, the pairings say nothing, and the first equation of the proof, which ties Bbar to Abar and D,
/// holds with r1 = 0. What is left is that D is a multiple of what would have been signed, and anybody can make that.
fn forge(claim: &Claim<'_>) -> PrivateProof {
    let api_id = Interface::Pseudonym.api_id();
    let random = |name: &str| hash_to_scalar(name.as_bytes(), b"forged", SUITE).unwrap();
    let mut generators = create_generators_with_api_id(MILESTONES + 1, &api_id, SUITE).unwrap();
    let committed = Interface::Pseudonym.committed_api_id().unwrap();
    generators.extend(create_generators_with_api_id(2, &committed, SUITE).unwrap());
    let (q1, h) = generators.split_first().unwrap();
    let domain = calculate_domain_with_api_id(claim.key, q1, h, claim.header, &api_id, SUITE).unwrap();

    let messages: Vec<Vec<u8>> = Milestone::all().map(|milestone| milestone.message(true)).collect();
    let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let mut scalars = messages_to_scalars_with_api_id(&messages, &api_id, SUITE).unwrap();
    scalars.extend([random("blind"), random("nym")]);
    let b = h
        .iter()
        .zip(&scalars)
        .fold(p1_generator() + *q1 * domain, |sum, (point, scalar)| sum + *point * *scalar);

    let nothing = point_from_bytes(&identity()).unwrap();
    let (r2, r1_tilde, r3_tilde) = (random("r2"), random("r1~"), random("r3~"));
    let d = b * r2;
    let t1 = d * r1_tilde;
    let hidden: Vec<usize> = (0..scalars.len()).filter(|at| !claim.disclosed.contains(at)).collect();
    let tildes: Vec<Scalar> = hidden.iter().map(|at| random(&format!("m~{at}"))).collect();
    let t2 = hidden.iter().zip(&tildes).fold(d * r3_tilde, |sum, (at, tilde)| sum + h[*at] * *tilde);
    let op = calculate_pseudonym_generator_with_api_id(claim.context, &api_id);
    let pseudonym = op * *scalars.last().unwrap();
    let ut = op * *tildes.last().unwrap();

    let mut hashed = u64::try_from(claim.disclosed.len()).unwrap().to_be_bytes().to_vec();
    for at in claim.disclosed {
        hashed.extend(u64::try_from(*at).unwrap().to_be_bytes());
        hashed.extend(scalar_to_bytes(&scalars[*at]));
    }
    for point in [&nothing, &nothing, &d, &t1, &t2, &pseudonym, &op, &ut] {
        hashed.extend(point_to_bytes(point));
    }
    hashed.extend(scalar_to_bytes(&domain));
    hashed.extend(u64::try_from(claim.presentation_header.len()).unwrap().to_be_bytes());
    hashed.extend(claim.presentation_header);
    let challenge = hash_to_scalar(&hashed, &[api_id.as_slice(), b"H2S_"].concat(), SUITE).unwrap();

    let mut proof = [identity(), identity(), point_to_bytes(&d)].concat();
    let r3 = r2.invert().unwrap();
    let mut responses = vec![random("e^"), r1_tilde, r3_tilde - challenge * r3];
    responses.extend(hidden.iter().zip(&tildes).map(|(at, tilde)| *tilde + challenge * scalars[*at]));
    responses.push(challenge);
    proof.extend(responses.iter().flat_map(scalar_to_bytes));
    PrivateProof { pseudonym: Pseudonym::from_bytes(point_to_bytes(&pseudonym)), proof }
}

//= spec/text/private.md#REQ-PRIVATE-13
//= type=test
//# This is checked before anything is multiplied: with the identity for its first two points, a proof needs
//# no signature.
#[test]
fn a26_a_proof_without_a_signature_passes_a_library_that_takes_the_identity_and_not_us() {
    let market = Market::new("alpha", 1);
    let (seller, record) = (role("seller"), market.newest());
    let mut verifier = Verifier::trusting(&[&market]);
    let wanted = milestones(&["count>=100", "mean>=950", "tenure>=5y", "disputes=0"]);
    let pending = verifier.ask(Query::milestones(market.name.clone(), wanted.clone()).unwrap());
    let to = audience(&pending);
    let disclosed: Vec<usize> = wanted.as_slice().iter().map(|milestone| milestone.index()).collect();
    let key = PublicKey::from_bytes(market.keys.public.as_bytes()).unwrap();
    let (header, context) = (header(record.record(), &seller).unwrap(), context(to.verifier));
    let presentation_header = presentation_header(&to.verifier.client_id(), to.nonce).unwrap();
    let claim = Claim {
        key: &key,
        header: &header,
        presentation_header: &presentation_header,
        context: &context,
        disclosed: &disclosed,
    };
    let forged = forge(&claim);

    // The bare library, asked with all that our verifier would ask it, says that the proof verifies.
    let messages: Vec<Vec<u8>> = wanted.as_slice().iter().map(|of| of.message(true)).collect();
    let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let taken = proof_verify_with_nym(
        &key,
        &Proof::from_bytes(&forged.proof),
        &header,
        &presentation_header,
        &affinidi_bbs::Pseudonym::from_bytes(forged.pseudonym.as_bytes()).unwrap(),
        &context,
        MILESTONES,
        &messages,
        &disclosed,
        &[],
        &[],
        SUITE,
    );
    assert!(taken.unwrap(), "if the library refuses this by itself, this test has nothing to show");
    assert_eq!(forged.proof.len() + POINT_BYTES, 1984, "it has the length of a true one");

    let answer = presentation(&[Shows { id: "private", role: &seller, record: &record, proof: &forged }]);
    assert_eq!(verifier.refusal(&pending, &answer), ("private.malformed", 0));
    // The backend refuses it too, for whoever asks it without looking first.
    let shown: Vec<(usize, &[u8])> = disclosed.iter().copied().zip(messages).collect();
    let refused = faam_spec::bbs::Bbs::verify_proof(
        faam_bbs::backend(),
        &faam_spec::bbs::Shown {
            key: &market.keys.public,
            header: &header,
            presentation_header: &presentation_header,
            messages_total: MILESTONES,
            disclosed: &shown,
            disclosed_committed: &[],
            pseudonym: Some((&forged.pseudonym, &context)),
            proof: &forged.proof,
        },
    );
    assert_eq!(refused, Err(faam_spec::bbs::BbsError::Malformed));
}
