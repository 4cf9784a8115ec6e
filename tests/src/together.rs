//! Ed25519 signatures verified together, by the equation of `ed25519_dalek::verify_batch`: what the verifier does *not* do, written out so
//! that its speed and what it takes can be looked at. See `spec/decisions/0029`.

use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{IsIdentity as _, VartimeMultiscalarMul as _};
use rand::RngCore;
use sha2::{Digest as _, Sha512};

/// A message, its signature, and the key that it is under.
#[derive(Debug, Clone)]
pub struct Signed {
    /// The message.
    pub message: Vec<u8>,
    /// The signature, 64 bytes.
    pub signature: [u8; 64],
    /// The key.
    pub key: [u8; 32],
}

struct Terms {
    r: EdwardsPoint,
    a: EdwardsPoint,
    s: Scalar,
    k: Scalar,
}

fn terms(signed: &Signed) -> Option<Terms> {
    let (r, s) = signed.signature.split_first_chunk::<32>()?;
    let hashed =
        Sha512::new().chain_update(r).chain_update(signed.key).chain_update(&signed.message).finalize();
    Some(Terms {
        r: CompressedEdwardsY(*r).decompress()?,
        a: CompressedEdwardsY(signed.key).decompress()?,
        s: Option::from(Scalar::from_canonical_bytes(s.try_into().ok()?))?,
        k: Scalar::from_bytes_mod_order_wide(&hashed.into()),
    })
}

/// Whether the weighted sum of all equations holds: each weight is 128 bits by chance.
#[must_use]
pub fn hold_together(all: &[Signed], rng: &mut impl RngCore) -> bool {
    let Some(terms) = all.iter().map(terms).collect::<Option<Vec<_>>>() else { return false };
    let weights: Vec<Scalar> = terms
        .iter()
        .map(|_| Scalar::from(u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64())))
        .collect();
    let base: Scalar = terms.iter().zip(&weights).map(|(of, weight)| of.s * weight).sum();
    let keys = terms.iter().zip(&weights).map(|(of, weight)| of.k * weight);
    let scalars: Vec<Scalar> = std::iter::once(-base).chain(weights.iter().copied()).chain(keys).collect();
    let points = std::iter::once(curve25519_dalek::constants::ED25519_BASEPOINT_POINT)
        .chain(terms.iter().map(|of| of.r))
        .chain(terms.iter().map(|of| of.a));
    EdwardsPoint::vartime_multiscalar_mul(scalars, points).is_identity()
}

/// Whether every R lies in the prime-order group: what would have to be known first, for the sum to say what each equation says.
#[must_use]
pub fn all_of_prime_order(all: &[Signed]) -> bool {
    all.iter().all(|signed| terms(signed).is_some_and(|of| of.r.is_torsion_free()))
}

/// A signature whose R is off by a point of order 8, which strict verification refuses: what the owner of a key can make at will.
#[must_use]
pub fn off_by_eight(seed: &[u8; 32], message: &[u8]) -> Signed {
    let key = ed25519_dalek::SigningKey::from_bytes(seed);
    let a = key.to_scalar();
    let r = Scalar::from_bytes_mod_order([7; 32]);
    let point = EdwardsPoint::mul_base(&r) + curve25519_dalek::constants::EIGHT_TORSION[1];
    let r_bytes = point.compress().to_bytes();
    let public = key.verifying_key().to_bytes();
    let hashed = Sha512::new().chain_update(r_bytes).chain_update(public).chain_update(message).finalize();
    let k = Scalar::from_bytes_mod_order_wide(&hashed.into());
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&r_bytes);
    signature[32..].copy_from_slice((r + k * a).as_bytes());
    Signed { message: message.to_vec(), signature, key: public }
}
