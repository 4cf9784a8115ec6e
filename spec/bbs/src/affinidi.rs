//! The backend on `affinidi-bbs`: pure Rust, slow, and the reference for every other one.
//!
//! The library draws its chance from the operating system, so that the `rng` of the trait is left alone. It takes the identity
//! for a point of a proof, with which a proof can be made without a signature; here every point is looked at first.

use affinidi_bbs::generators::{create_generators_with_api_id, point_from_bytes, point_to_bytes};
use affinidi_bbs::hash::{hash_to_scalar, scalar_from_bytes, scalar_to_bytes};
use affinidi_bbs::{Ciphersuite, Proof, PublicKey, Scalar, SecretKey, Signature, blind, keys, nym};
use faam_spec::bbs::{
    Bbs, BbsError, BbsPublicKey, BbsSignature, Blinded, COMMITMENT_BYTES, Commitment, Entropy, Hidden,
    KeyPair, NymSecrets, Opening, POINT_BYTES, Proven, Pseudonym, SCALAR_BYTES, SIGNATURE_BYTES,
    SecretScalar, Showing, Shown, Signed,
};
use rand_core::CryptoRngCore;

const SUITE: Ciphersuite = Ciphersuite::Bls12381Sha256;
/// Most messages of one kind that are signed or shown: the grid has some fifty.
const MAX_MESSAGES: usize = 512;
/// Bytes of a proof that hides nothing: three points and four scalars.
const LEAST_PROOF: usize = 3 * POINT_BYTES + 4 * SCALAR_BYTES;

/// The backend on `affinidi-bbs`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Affinidi;

impl Bbs for Affinidi {
    fn name(&self) -> &'static str {
        "affinidi-bbs"
    }

    fn key_pair(&self, material: &[u8], info: &[u8]) -> Result<KeyPair, BbsError> {
        let secret = keys::keygen(material, info, SUITE).map_err(malformed)?;
        let public = BbsPublicKey::from_bytes(keys::sk_to_pk(&secret).to_bytes());
        Ok(KeyPair { secret: SecretScalar::from_bytes(secret.to_bytes()), public })
    }

    fn public_key(&self, secret: &SecretScalar) -> Result<BbsPublicKey, BbsError> {
        let secret = SecretKey::from_bytes(secret.as_bytes()).map_err(malformed)?;
        Ok(BbsPublicKey::from_bytes(keys::sk_to_pk(&secret).to_bytes()))
    }

    fn hash_to_scalar(&self, message: &[u8], dst: &[u8]) -> Result<[u8; SCALAR_BYTES], BbsError> {
        // The library hashes a longer tag first, as RFC 9380 says; the drafts forbid it.
        if dst.is_empty() || dst.len() > 255 {
            return Err(BbsError::Malformed);
        }
        hash_to_scalar(message, dst, SUITE).map(|scalar| scalar_to_bytes(&scalar)).map_err(malformed)
    }

    fn generators(&self, api_id: &[u8], count: usize) -> Result<Vec<[u8; POINT_BYTES]>, BbsError> {
        // The library hashes a longer tag first, as RFC 9380 says; the drafts forbid it.
        if api_id.len() + b"SIG_GENERATOR_SEED_".len() > 255 {
            return Err(BbsError::Malformed);
        }
        let points = create_generators_with_api_id(count, api_id, SUITE).map_err(malformed)?;
        Ok(points.iter().map(point_to_bytes).collect())
    }

    fn check_points(&self, points: &[&[u8; POINT_BYTES]]) -> Result<(), BbsError> {
        let is_point = |bytes: &&[u8; POINT_BYTES]| {
            point_from_bytes(bytes).is_some_and(|point| !bool::from(point.is_identity()))
        };
        if points.iter().all(is_point) { Ok(()) } else { Err(BbsError::Malformed) }
    }

    fn check_key(&self, key: &BbsPublicKey) -> Result<(), BbsError> {
        public_key(key).map(drop)
    }

    fn commit(
        &self,
        hidden: &Hidden<'_>,
        _rng: &mut dyn CryptoRngCore,
    ) -> Result<(Vec<u8>, SecretScalar), BbsError> {
        let made = match hidden {
            Hidden::Messages(messages) => {
                few(messages)?;
                blind::commit(messages, SUITE)
            }
            Hidden::Nym(messages, prover_nym) => {
                few(messages)?;
                nym::nym_commit(scalar(prover_nym.as_bytes())?, messages, SUITE)
            }
        };
        let (commitment, blind) = made.map_err(malformed)?;
        Ok((commitment, SecretScalar::from_bytes(scalar_to_bytes(&blind))))
    }

    fn check_commitment(&self, commitment: &Commitment) -> Result<(), BbsError> {
        // The library verifies a commitment only where it signs one. The key is nobody's, and what it signs is dropped.
        let key = self.key_pair(&[0; 32], b"commitment")?;
        let entropy = Entropy::from_bytes([0; SCALAR_BYTES]);
        self.sign(&key, &[], &[], &Blinded::Nym(commitment.as_bytes(), &entropy)).map(drop)
    }

    fn sign(
        &self,
        key: &KeyPair,
        header: &[u8],
        messages: &[&[u8]],
        blinded: &Blinded<'_>,
    ) -> Result<BbsSignature, BbsError> {
        few(messages)?;
        let secret = SecretKey::from_bytes(key.secret.as_bytes()).map_err(malformed)?;
        let public = public_key(&key.public)?;
        let signature = match blinded {
            Blinded::Nothing => affinidi_bbs::sign(&secret, &public, header, messages).map_err(malformed)?,
            Blinded::Messages(commitment) => {
                commitment_form(commitment)?;
                blind::blind_sign(&secret, &public, commitment, header, messages, SUITE).map_err(verdict)?
            }
            Blinded::Nym(commitment, entropy) => {
                commitment_form(commitment)?;
                // The library takes the blind for the pseudonyms' secret where no secret is committed to.
                if commitment.len() < COMMITMENT_BYTES {
                    return Err(BbsError::Malformed);
                }
                let entropy = scalar(entropy.as_bytes())?;
                nym::blind_sign_with_nym(&secret, &public, commitment, entropy, header, messages, SUITE)
                    .map_err(verdict)?
            }
        };
        Ok(BbsSignature::from_bytes(signature.to_bytes()))
    }

    fn verify(&self, signed: &Signed<'_>) -> Result<(), BbsError> {
        few(signed.messages)?;
        let key = public_key(signed.key)?;
        let signature = signature(signed.signature)?;
        let (header, messages) = (signed.header, signed.messages);
        let verified = match signed.opening {
            Opening::Nothing => affinidi_bbs::verify(&key, &signature, header, messages),
            Opening::Messages(committed, blind) => {
                few(committed)?;
                let blind = scalar(blind.as_bytes())?;
                blind::blind_verify(&key, &signature, header, messages, committed, blind, SUITE)
            }
            Opening::Nym(committed, secrets) => {
                few(committed)?;
                let (blind, prover_nym, entropy) = nym_scalars(secrets)?;
                nym::blind_verify_with_nym(
                    &key, &signature, header, messages, committed, prover_nym, entropy, blind, SUITE,
                )
            }
        };
        if verified.map_err(malformed)? { Ok(()) } else { Err(BbsError::Refused) }
    }

    fn prove(
        &self,
        signed: &Signed<'_>,
        showing: &Showing<'_>,
        _rng: &mut dyn CryptoRngCore,
    ) -> Result<Proven, BbsError> {
        few(signed.messages)?;
        ascending(showing.disclosed, signed.messages.len())?;
        let key = public_key(signed.key)?;
        let signature = signature(signed.signature)?;
        let (header, presentation_header, messages) =
            (signed.header, showing.presentation_header, signed.messages);
        match (signed.opening, showing.context) {
            (Opening::Nothing, None) if showing.disclosed_committed.is_empty() => {
                let proof = affinidi_bbs::proof_gen(
                    &key,
                    &signature,
                    header,
                    presentation_header,
                    messages,
                    showing.disclosed,
                );
                let proof = proof.map_err(malformed)?.to_bytes().to_vec();
                Ok(Proven { proof, pseudonym: None })
            }
            (Opening::Nym(committed, secrets), Some(context)) => {
                few(committed)?;
                ascending(showing.disclosed_committed, committed.len())?;
                let (blind, prover_nym, entropy) = nym_scalars(secrets)?;
                let (proof, pseudonym) = nym::proof_gen_with_nym(
                    &key,
                    &signature,
                    header,
                    presentation_header,
                    prover_nym + entropy,
                    context,
                    messages,
                    showing.disclosed,
                    committed,
                    showing.disclosed_committed,
                    blind,
                    SUITE,
                )
                .map_err(malformed)?;
                let pseudonym = Some(Pseudonym::from_bytes(pseudonym.to_bytes()));
                Ok(Proven { proof: proof.to_bytes().to_vec(), pseudonym })
            }
            _ => Err(BbsError::Unsupported),
        }
    }

    fn verify_proof(&self, shown: &Shown<'_>) -> Result<(), BbsError> {
        // Lengths and counts, then points, and only then anything that costs more.
        let (points, _) = shown.proof.as_chunks::<POINT_BYTES>();
        let Some([abar, bbar, d]) = points.first_chunk::<3>() else { return Err(BbsError::Malformed) };
        let most = LEAST_PROOF + 2 * MAX_MESSAGES * SCALAR_BYTES;
        if shown.proof.len() < LEAST_PROOF || shown.proof.len() > most || shown.messages_total > MAX_MESSAGES
        {
            return Err(BbsError::Malformed);
        }
        let (indexes, messages) = apart(shown.disclosed, shown.messages_total)?;
        let (committed_indexes, committed) = apart(shown.disclosed_committed, MAX_MESSAGES)?;
        self.check_points(&[abar, bbar, d])?;
        let key = public_key(shown.key)?;
        let proof = Proof::from_bytes(shown.proof);
        let (header, presentation_header) = (shown.header, shown.presentation_header);
        let verified = match shown.pseudonym {
            None if committed.is_empty() => {
                // In plain BBS the number of messages follows from the proof; ours was said.
                let hidden = (shown.proof.len() - LEAST_PROOF) / SCALAR_BYTES;
                if hidden + indexes.len() != shown.messages_total {
                    return Err(BbsError::Malformed);
                }
                affinidi_bbs::proof_verify(&key, &proof, header, presentation_header, &messages, &indexes)
            }
            None => return Err(BbsError::Unsupported),
            Some((pseudonym, context)) => {
                // Among what was committed to are at least a blind and the pseudonyms' secret. The library takes the one for the
                // other where there is one alone.
                let hidden = (shown.proof.len() - LEAST_PROOF) / SCALAR_BYTES;
                if hidden + indexes.len() + committed.len() < shown.messages_total + 2 {
                    return Err(BbsError::Malformed);
                }
                self.check_points(&[pseudonym.as_bytes()])?;
                let pseudonym =
                    affinidi_bbs::Pseudonym::from_bytes(pseudonym.as_bytes()).map_err(malformed)?;
                nym::proof_verify_with_nym(
                    &key,
                    &proof,
                    header,
                    presentation_header,
                    &pseudonym,
                    context,
                    shown.messages_total,
                    &messages,
                    &indexes,
                    &committed,
                    &committed_indexes,
                    SUITE,
                )
            }
        };
        if verified.map_err(malformed)? { Ok(()) } else { Err(BbsError::Refused) }
    }
}

/// The library's refusals of bytes that are no value of their type.
fn malformed(_: affinidi_bbs::BbsError) -> BbsError {
    BbsError::Malformed
}

/// Its refusals where a proof is verified on the way.
fn verdict(error: affinidi_bbs::BbsError) -> BbsError {
    match error {
        affinidi_bbs::BbsError::InvalidProof(_) => BbsError::Refused,
        _ => BbsError::Malformed,
    }
}

fn few(messages: &[&[u8]]) -> Result<(), BbsError> {
    if messages.len() > MAX_MESSAGES { Err(BbsError::Malformed) } else { Ok(()) }
}

/// Length of a commitment with its proof, and its point, before the library derives generators for all that it may be about; empty
/// for nothing committed.
fn commitment_form(bytes: &[u8]) -> Result<(), BbsError> {
    let most = COMMITMENT_BYTES + MAX_MESSAGES * SCALAR_BYTES;
    match bytes.first_chunk() {
        _ if bytes.is_empty() => Ok(()),
        Some(point) if bytes.len() <= most => Affinidi.check_points(&[point]),
        _ => Err(BbsError::Malformed),
    }
}

fn public_key(key: &BbsPublicKey) -> Result<PublicKey, BbsError> {
    PublicKey::from_bytes(key.as_bytes()).map_err(malformed)
}

/// The library reads the first bytes and leaves others alone.
fn signature(bytes: &[u8]) -> Result<Signature, BbsError> {
    if bytes.len() != SIGNATURE_BYTES {
        return Err(BbsError::Malformed);
    }
    Signature::from_bytes(bytes).map_err(malformed)
}

fn scalar(bytes: &[u8; SCALAR_BYTES]) -> Result<Scalar, BbsError> {
    scalar_from_bytes(bytes).ok_or(BbsError::Malformed)
}

fn nym_scalars(secrets: &NymSecrets<'_>) -> Result<(Scalar, Scalar, Scalar), BbsError> {
    Ok((
        scalar(secrets.blind.as_bytes())?,
        scalar(secrets.prover_nym.as_bytes())?,
        scalar(secrets.entropy.as_bytes())?,
    ))
}

/// Whether indices ascend and are below `count`.
fn ascending(indexes: &[usize], count: usize) -> Result<(), BbsError> {
    let ordered = indexes.is_sorted_by(|first, second| first < second);
    if ordered && indexes.last().is_none_or(|last| *last < count) { Ok(()) } else { Err(BbsError::Malformed) }
}

/// Indices and messages, each in its own list.
fn apart<'a>(disclosed: &[(usize, &'a [u8])], count: usize) -> Result<(Vec<usize>, Vec<&'a [u8]>), BbsError> {
    let (indexes, messages): (Vec<usize>, Vec<&[u8]>) = disclosed.iter().copied().unzip();
    ascending(&indexes, count)?;
    Ok((indexes, messages))
}
