//! Commitments: what a wallet hides from the market that signs it.

use std::iter::once;

use faam_spec::bbs::{BbsError, COMMITMENT_BYTES, SCALAR_BYTES, SecretScalar};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use crate::curve::{Affine, Point, Scalar};
use crate::form;
use crate::generators::Suite;
use crate::hash::draw_many;
use crate::table::{sum_public, sum_secret};

/// Commits to scalars: the commitment with its proof, and its blind.
///
/// Chance is drawn in the drafts' order: blind, its mask, and the mask of each scalar, 48 bytes each. So a seeded source gives the
/// same commitment again.
pub(crate) fn commit(
    suite: &Suite,
    hidden: &[Scalar],
    rng: &mut dyn CryptoRngCore,
) -> Result<(Vec<u8>, SecretScalar), BbsError> {
    let generators = suite.committed_generators(hidden.len() + 1)?;
    let drawn = draw_many(hidden.len() + 2, rng)?;
    let (blind, masks) = drawn.split_first().ok_or(BbsError::Malformed)?;
    let bases = || generators.iter().map(AsRef::as_ref);
    let commitment = sum_secret(bases().zip(once(blind).chain(hidden)));
    let masked = sum_secret(bases().zip(masks));
    let affine = Point::all_to_affine(&[commitment, masked]);
    let &[commitment, masked] = affine.as_slice() else { return Err(BbsError::Malformed) };
    let challenge = suite.commitment_challenge(&generators, commitment, masked)?;

    let mut bytes = Vec::with_capacity(COMMITMENT_BYTES + hidden.len() * SCALAR_BYTES);
    bytes.extend_from_slice(&commitment.to_bytes());
    for (mask, of) in masks.iter().zip(once(blind).chain(hidden)) {
        bytes.extend_from_slice(&(*mask + *of * challenge).to_bytes());
    }
    bytes.extend_from_slice(&challenge.to_bytes());
    let blind = Zeroizing::new(blind.to_bytes());
    Ok((bytes, SecretScalar::from_bytes(*blind)))
}

/// Verifies a commitment with its proof: the commitment alone.
pub(crate) fn verify(suite: &Suite, bytes: &[u8]) -> Result<Affine, BbsError> {
    let read = form::commitment(bytes)?;
    let generators = suite.committed_generators(read.messages.len() + 1)?;
    let answers = once(&read.blind).chain(&read.messages);
    let masked = sum_public(generators.iter().map(AsRef::as_ref).zip(answers))
        - Affine::multiply_sum(&[(read.point, read.challenge)], 255);
    let challenge = suite.commitment_challenge(&generators, read.point, masked.to_affine())?;
    if challenge == read.challenge { Ok(read.point) } else { Err(BbsError::Refused) }
}
