//! A proof that was made without any signature.
//!
//! Everything but the pairing proves knowledge of scalars with `Bbar = D·r1 − Abar·e` and `D·r3 = Bv + Σ H_j·m_j`. For a `D` that is
//! chosen as the right side with any messages, `r3` is 1, and `Abar` may be any point. Then only `e(Abar, W) · e(Bbar, −P2)` tells; and
//! that is 1 when both are the identity, whatever the key.

use affinidi_bbs::generators::{
    calculate_domain_with_api_id, create_generators_with_api_id, p1_generator, point_to_bytes,
};
use affinidi_bbs::hash::{hash_to_scalar, scalar_to_bytes};
use affinidi_bbs::{Ciphersuite, PublicKey, Scalar, calculate_pseudonym_generator_with_api_id};

const SUITE: Ciphersuite = Ciphersuite::Bls12381Sha256;

/// What is to be claimed, and to whom.
pub struct Claim<'a> {
    /// The key of the market whose signature is not needed.
    pub key: &'a [u8; 96],
    pub header: &'a [u8],
    pub presentation_header: &'a [u8],
    pub context: &'a [u8],
    /// How many messages a signer would have signed.
    pub messages_total: usize,
    /// Any messages at any indices, ascending.
    pub disclosed: &'a [(usize, &'a [u8])],
    /// Whether Abar and Bbar are the identity, or points that no key has signed.
    pub is_identity: bool,
}

/// A proof of the claim under a pseudonym, always the same ones.
pub fn forge(claim: &Claim<'_>) -> (Vec<u8>, [u8; 48]) {
    let api_id = SUITE.pseudonym_api_id();
    let tag = |tail: &[u8]| [api_id.as_slice(), tail].concat();
    let scalar = |bytes: &[u8], tail: &[u8]| hash_to_scalar(bytes, &tag(tail), SUITE).unwrap();
    let any = |name: &str| scalar(name.as_bytes(), b"FORGED_");
    let key = PublicKey::from_bytes(claim.key).unwrap();

    // The signer's generators, and those of the blind and the pseudonyms' secret after them.
    let mut generators = create_generators_with_api_id(claim.messages_total + 1, &api_id, SUITE).unwrap();
    let blind_api_id = [b"BLIND_".as_slice(), &api_id].concat();
    generators.extend(create_generators_with_api_id(2, &blind_api_id, SUITE).unwrap());
    let (q1, h) = generators.split_first().unwrap();
    let domain = calculate_domain_with_api_id(&key, q1, h, claim.header, &api_id, SUITE).unwrap();

    let shown: Vec<(usize, Scalar)> = claim
        .disclosed
        .iter()
        .map(|(at, message)| (*at, scalar(message, b"MAP_MSG_TO_SCALAR_AS_HASH_")))
        .collect();
    let hidden: Vec<usize> = (0..h.len()).filter(|at| shown.iter().all(|(index, _)| index != at)).collect();
    // Messages that nobody signed, and what hides them.
    let messages: Vec<Scalar> = hidden.iter().map(|at| any(&format!("message {at}"))).collect();
    let masks: Vec<Scalar> = hidden.iter().map(|at| any(&format!("mask {at}"))).collect();

    let mut d = p1_generator() + q1 * domain;
    for (at, message) in &shown {
        d += h[*at] * message;
    }
    for (at, message) in hidden.iter().zip(&messages) {
        d += h[*at] * message;
    }
    let mut identity = d;
    identity -= d;
    let zero = any("e") - any("e");
    let (abar, e, r1) = match claim.is_identity {
        true => (identity, zero, zero),
        false => (q1 * any("abar"), any("e of bbar"), any("r1 of bbar")),
    };
    let bbar = d * r1 - abar * e;
    let (e_mask, r1_mask, r3_mask) = (any("e"), any("r1"), any("r3"));
    let t1 = abar * e_mask + d * r1_mask;
    let mut t2 = d * r3_mask;
    for (at, mask) in hidden.iter().zip(&masks) {
        t2 += h[*at] * mask;
    }
    let op = calculate_pseudonym_generator_with_api_id(claim.context, &api_id);
    let (pseudonym, ut) = (op * messages.last().unwrap(), op * masks.last().unwrap());

    let mut hashed = u64::try_from(shown.len()).unwrap().to_be_bytes().to_vec();
    for (at, message) in &shown {
        hashed.extend(u64::try_from(*at).unwrap().to_be_bytes());
        hashed.extend(scalar_to_bytes(message));
    }
    for point in [abar, bbar, d, t1, t2, pseudonym, op, ut] {
        hashed.extend(point_to_bytes(&point));
    }
    hashed.extend(scalar_to_bytes(&domain));
    hashed.extend(u64::try_from(claim.presentation_header.len()).unwrap().to_be_bytes());
    hashed.extend(claim.presentation_header);
    let challenge = scalar(&hashed, b"H2S_");

    let mut proof: Vec<u8> = [abar, bbar, d].iter().flat_map(point_to_bytes).collect();
    let mut scalars = vec![e_mask + e * challenge, r1_mask - r1 * challenge, r3_mask - challenge];
    scalars.extend(messages.iter().zip(&masks).map(|(message, mask)| mask + challenge * message));
    scalars.push(challenge);
    proof.extend(scalars.iter().flat_map(scalar_to_bytes));
    (proof, point_to_bytes(&pseudonym))
}
