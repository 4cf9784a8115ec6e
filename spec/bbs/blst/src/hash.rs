//! What is hashed: messages, domains and challenges; and scalars that are drawn.

use std::sync::Arc;

use faam_spec::bbs::{BbsError, BbsPublicKey, POINT_BYTES};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use crate::curve::{Affine, Scalar, expand};
use crate::generators::Suite;
use crate::table::Base;

/// The drafts' `hash_to_scalar`.
pub(crate) fn hash_to_scalar(message: &[u8], tag: &[u8]) -> Result<Scalar, BbsError> {
    let bytes = expand(message, tag).ok_or(BbsError::Malformed)?;
    Ok(Scalar::reduce(&bytes))
}

/// How often a source of chance may give 0 before it is none: once is not seen in the life of the world.
const DRAWS: usize = 8;

/// A scalar that is not 0, from 48 bytes of chance, as the drafts' `calculate_random_scalars`.
pub(crate) fn draw(rng: &mut dyn CryptoRngCore) -> Result<Scalar, BbsError> {
    for _ in 0..DRAWS {
        let mut bytes = Zeroizing::new([0; 48]);
        rng.fill_bytes(bytes.as_mut());
        let scalar = Scalar::reduce(&bytes);
        if !scalar.is_zero() {
            return Ok(scalar);
        }
    }
    Err(BbsError::Unsupported)
}

/// So many of them, in a row.
pub(crate) fn draw_many(
    count: usize,
    rng: &mut dyn CryptoRngCore,
) -> Result<Zeroizing<Vec<Scalar>>, BbsError> {
    let mut drawn = Zeroizing::new(Vec::with_capacity(count));
    for _ in 0..count {
        drawn.push(draw(rng)?);
    }
    Ok(drawn)
}

fn number(count: usize) -> [u8; 8] {
    (count as u64).to_be_bytes()
}

impl Suite {
    /// The drafts' `calculate_domain`: key, generators and header.
    pub(crate) fn domain(
        &self,
        key: &BbsPublicKey,
        generators: &[Arc<Base>],
        header: &[u8],
    ) -> Result<Scalar, BbsError> {
        let mut input =
            Vec::with_capacity(256 + generators.len() * POINT_BYTES + self.api_id.len() + header.len());
        input.extend_from_slice(key.as_bytes());
        // All but Q1 are of messages.
        input.extend_from_slice(&number(generators.len().saturating_sub(1)));
        for generator in generators {
            input.extend_from_slice(generator.bytes());
        }
        input.extend_from_slice(&self.api_id);
        input.extend_from_slice(&number(header.len()));
        input.extend_from_slice(header);
        hash_to_scalar(&input, &self.hash_tag)
    }

    /// The challenge of a commitment's proof.
    pub(crate) fn commitment_challenge(
        &self,
        generators: &[Arc<Base>],
        commitment: Affine,
        masked: Affine,
    ) -> Result<Scalar, BbsError> {
        let mut input = number(generators.len().saturating_sub(1)).to_vec();
        for generator in generators {
            input.extend_from_slice(generator.bytes());
        }
        input.extend_from_slice(&commitment.to_bytes());
        input.extend_from_slice(&masked.to_bytes());
        hash_to_scalar(&input, &self.hash_tag)
    }

    /// The challenge of a proof: what is disclosed, in the order of its indices, then `points`, domain and presentation header.
    pub(crate) fn proof_challenge(
        &self,
        disclosed: &[(usize, Scalar)],
        points: &[[u8; POINT_BYTES]],
        domain: &Scalar,
        presentation_header: &[u8],
    ) -> Result<Scalar, BbsError> {
        let mut input = number(disclosed.len()).to_vec();
        for (index, message) in disclosed {
            input.extend_from_slice(&number(*index));
            input.extend_from_slice(&message.to_bytes());
        }
        for point in points {
            input.extend_from_slice(point);
        }
        input.extend_from_slice(&domain.to_bytes());
        input.extend_from_slice(&number(presentation_header.len()));
        input.extend_from_slice(presentation_header);
        hash_to_scalar(&input, &self.hash_tag)
    }
}
