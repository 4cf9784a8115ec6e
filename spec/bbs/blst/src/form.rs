//! What bytes, counts and indices have to be before anything is computed.

use faam_spec::bbs::{BbsError, COMMITMENT_BYTES, POINT_BYTES, SCALAR_BYTES, SIGNATURE_BYTES};

use crate::curve::{Affine, Scalar};

/// Most messages of one kind that are signed or shown: the grid has some fifty.
pub(crate) const MAX_MESSAGES: usize = 512;
/// Most generators of one kind.
pub(crate) const MAX_GENERATORS: usize = 1024;
/// Longest tag for domain separation.
pub(crate) const MAX_TAG: usize = 255;
/// Bytes of a proof that hides nothing: three points and four scalars.
pub(crate) const LEAST_PROOF: usize = 3 * POINT_BYTES + 4 * SCALAR_BYTES;

pub(crate) fn few(messages: &[&[u8]]) -> Result<(), BbsError> {
    if messages.len() > MAX_MESSAGES { Err(BbsError::Malformed) } else { Ok(()) }
}

/// Whether indices ascend and are below `count`.
pub(crate) fn ascending(indexes: impl Iterator<Item = usize>, count: usize) -> Result<(), BbsError> {
    let mut least = 0;
    for index in indexes {
        if index < least || index >= count {
            return Err(BbsError::Malformed);
        }
        least = index + 1;
    }
    Ok(())
}

pub(crate) fn scalar(bytes: &[u8; SCALAR_BYTES]) -> Result<Scalar, BbsError> {
    Scalar::from_bytes(bytes).ok_or(BbsError::Malformed)
}

/// A scalar that is not 0.
pub(crate) fn some_scalar(bytes: &[u8; SCALAR_BYTES]) -> Result<Scalar, BbsError> {
    scalar(bytes).and_then(|scalar| if scalar.is_zero() { Err(BbsError::Malformed) } else { Ok(scalar) })
}

pub(crate) fn point(bytes: &[u8; POINT_BYTES]) -> Result<Affine, BbsError> {
    Affine::from_bytes(bytes).ok_or(BbsError::Malformed)
}

/// A signature's point and scalar; neither is neutral.
pub(crate) fn signature(bytes: &[u8]) -> Result<(Affine, Scalar), BbsError> {
    if bytes.len() != SIGNATURE_BYTES {
        return Err(BbsError::Malformed);
    }
    let (a, e) = bytes.split_first_chunk().ok_or(BbsError::Malformed)?;
    let e = e.first_chunk().ok_or(BbsError::Malformed)?;
    Ok((point(a)?, some_scalar(e)?))
}

/// A commitment's point, and the scalars of its proof: of the blind, of each message, and the challenge; none is neutral.
pub(crate) struct CommitmentForm {
    pub(crate) point: Affine,
    pub(crate) blind: Scalar,
    pub(crate) messages: Vec<Scalar>,
    pub(crate) challenge: Scalar,
}

/// How many messages a commitment with its proof is about, by its length.
pub(crate) fn committed_messages(bytes: &[u8]) -> Result<usize, BbsError> {
    const LEAST: usize = POINT_BYTES + 2 * SCALAR_BYTES;
    let most = COMMITMENT_BYTES + MAX_MESSAGES * SCALAR_BYTES;
    match bytes.len().checked_sub(LEAST) {
        Some(more) if bytes.len() <= most && more.is_multiple_of(SCALAR_BYTES) => Ok(more / SCALAR_BYTES),
        _ => Err(BbsError::Malformed),
    }
}

pub(crate) fn commitment(bytes: &[u8]) -> Result<CommitmentForm, BbsError> {
    committed_messages(bytes)?;
    let (at, rest) = bytes.split_first_chunk().ok_or(BbsError::Malformed)?;
    let at = point(at)?;
    let (scalars, _) = rest.as_chunks::<SCALAR_BYTES>();
    let mut scalars = scalars.iter().map(some_scalar).collect::<Result<Vec<_>, _>>()?;
    let challenge = scalars.pop().ok_or(BbsError::Malformed)?;
    let (blind, messages) = scalars.split_first().ok_or(BbsError::Malformed)?;
    Ok(CommitmentForm { point: at, blind: *blind, messages: messages.to_vec(), challenge })
}
