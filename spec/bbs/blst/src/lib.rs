//! The backend of [`faam_spec::bbs::Bbs`] on `blst`: the one that programs use where it builds.
//!
//! It keeps what is the same for many calls: generators with tables of their multiples, the lines of the newest keys, the points of
//! the newest contexts. All of that is bounded, and none of it is secret.
//!
//! Specified in `spec/text/private.md`.

mod batch;
mod cache;
mod commit;
mod curve;
mod form;
mod generators;
mod hash;
mod prove;
mod sign;
mod table;
mod verify;

use core::fmt;
use core::num::NonZeroUsize;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use faam_spec::bbs::{
    Bbs, BbsError, BbsPublicKey, BbsSignature, Blinded, CIPHERSUITE, Commitment, Hidden, Interface, KeyPair,
    POINT_BYTES, PUBLIC_KEY_BYTES, Proven, SCALAR_BYTES, SecretScalar, Showing, Shown, Signed,
};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use crate::cache::Recent;
use crate::curve::{Affine, Lines, Point, Scalar};
use crate::generators::{Suite, derive};
use crate::table::{Base, sum_public};

/// How many keys are kept with the lines of their Miller loops, 20 kB each.
const KEYS: usize = 16;
/// How many contexts are kept with their points, 227 kB each once they were used often.
const CONTEXTS: usize = 8;
/// Longest context that is kept, in bytes.
const MAX_CONTEXT: usize = 512;
/// From how many verifications on a context's point has a table: making it costs as much as some twenty.
const OFTEN: usize = 32;
/// How many points that were checked are kept for the proof that they are of, 144 bytes each.
const CHECKED: usize = 128;

/// P1 of the suite, as the drafts print it.
const P1: [u8; POINT_BYTES] = [
    0xa8, 0xce, 0x25, 0x61, 0x02, 0x84, 0x08, 0x21, 0xa3, 0xe9, 0x4e, 0xa9, 0x02, 0x5e, 0x46, 0x62, 0xb2,
    0x05, 0x76, 0x2f, 0x97, 0x76, 0xb3, 0xa7, 0x66, 0xc8, 0x72, 0xb9, 0x48, 0xf1, 0xfd, 0x22, 0x5e, 0x7c,
    0x59, 0x69, 0x85, 0x88, 0xe7, 0x0d, 0x11, 0x40, 0x6d, 0x16, 0x1b, 0x4e, 0x28, 0xc9,
];

/// The backend on `blst`. One can be shared by all threads, and should be: each keeps generators and tables of its own.
///
/// At most 66 MB are kept when all three interfaces are used for proving and verifying with 63 messages or more; for private
/// standings 5 MB where proofs are made, and 13 MB where they are verified.
pub struct Blst {
    suites: OnceLock<[Suite; 3]>,
    p1: OnceLock<Option<Base>>,
    generator: OnceLock<Lines>,
    keys: Recent<[u8; PUBLIC_KEY_BYTES], Lines>,
    contexts: Recent<Vec<u8>, Context>,
    checked: Recent<[u8; POINT_BYTES], Affine>,
}

/// The point of which a context's pseudonyms are multiples.
struct Context {
    base: Base,
    used: AtomicUsize,
}

impl Context {
    /// The point multiplied by a scalar that anybody may know.
    fn times(&self, scalar: &Scalar) -> Point {
        if self.used.fetch_add(1, Ordering::Relaxed) < OFTEN {
            return Affine::multiply_sum(&[(*self.base.point(), *scalar)], 255);
        }
        sum_public([(&self.base, scalar)])
    }
}

impl fmt::Debug for Blst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Blst")
    }
}

impl Default for Blst {
    fn default() -> Self {
        Self::new()
    }
}

impl Blst {
    /// A backend that has not derived anything yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            suites: OnceLock::new(),
            p1: OnceLock::new(),
            generator: OnceLock::new(),
            keys: Recent::new(KEYS),
            contexts: Recent::new(CONTEXTS),
            checked: Recent::new(CHECKED),
        }
    }

    fn suite(&self, interface: Interface) -> &Suite {
        let [plain, blind, pseudonym] = self
            .suites
            .get_or_init(|| [Interface::Plain, Interface::Blind, Interface::Pseudonym].map(Suite::new));
        match interface {
            Interface::Plain => plain,
            Interface::Blind => blind,
            Interface::Pseudonym => pseudonym,
        }
    }

    fn p1(&self) -> Result<&Base, BbsError> {
        let p1 = self.p1.get_or_init(|| Affine::from_bytes(&P1).map(|point| Base::new(point, true)));
        p1.as_ref().ok_or(BbsError::Unsupported)
    }

    fn generator_lines(&self) -> &Lines {
        self.generator.get_or_init(Lines::generator)
    }

    /// A key that is one, prepared for pairings. Only good keys are kept.
    fn lines(&self, key: &BbsPublicKey) -> Result<Arc<Lines>, BbsError> {
        if let Some(lines) = self.keys.get(key.as_bytes()) {
            return Ok(lines);
        }
        let lines = Arc::new(Lines::of_key(key.as_bytes()).ok_or(BbsError::Malformed)?);
        self.keys.put(*key.as_bytes(), Arc::clone(&lines));
        Ok(lines)
    }

    /// The point of a context: its `hash_to_curve_g1` with `api_id` itself as the tag.
    fn context(&self, context: &[u8]) -> Result<Arc<Context>, BbsError> {
        if let Some(kept) = self.contexts.get(context) {
            return Ok(kept);
        }
        let tag = &self.suite(Interface::Pseudonym).api_id;
        let point = Point::hash(context, tag).ok_or(BbsError::Malformed)?.to_affine();
        let made = Arc::new(Context { base: Base::new(point, true), used: AtomicUsize::new(0) });
        if context.len() <= MAX_CONTEXT {
            self.contexts.put(context.to_vec(), Arc::clone(&made));
        }
        Ok(made)
    }

    /// A point that is one; one that was checked before is not checked again.
    fn point(&self, bytes: &[u8; POINT_BYTES]) -> Result<Affine, BbsError> {
        match self.checked.take(bytes) {
            Some(point) => Ok(*point),
            None => form::point(bytes),
        }
    }
}

impl Bbs for Blst {
    fn name(&self) -> &'static str {
        "blst"
    }

    fn key_pair(&self, material: &[u8], info: &[u8]) -> Result<KeyPair, BbsError> {
        let length = u16::try_from(info.len()).map_err(|_| BbsError::Malformed)?;
        if material.len() < 32 {
            return Err(BbsError::Malformed);
        }
        let input = Zeroizing::new([material, &length.to_be_bytes(), info].concat());
        let tag = [CIPHERSUITE.as_bytes(), b"KEYGEN_DST_"].concat();
        let secret = Zeroizing::new(hash::hash_to_scalar(&input, &tag)?);
        if secret.is_zero() {
            return Err(BbsError::Malformed);
        }
        let public = BbsPublicKey::from_bytes(curve::public_key(&secret));
        Ok(KeyPair { secret: SecretScalar::from_bytes(*Zeroizing::new(secret.to_bytes())), public })
    }

    fn public_key(&self, secret: &SecretScalar) -> Result<BbsPublicKey, BbsError> {
        let secret = Zeroizing::new(form::some_scalar(secret.as_bytes())?);
        Ok(BbsPublicKey::from_bytes(curve::public_key(&secret)))
    }

    fn hash_to_scalar(&self, message: &[u8], dst: &[u8]) -> Result<[u8; SCALAR_BYTES], BbsError> {
        Ok(hash::hash_to_scalar(message, dst)?.to_bytes())
    }

    fn generators(&self, api_id: &[u8], count: usize) -> Result<Vec<[u8; POINT_BYTES]>, BbsError> {
        Ok(derive(api_id, count)?.into_iter().map(Affine::to_bytes).collect())
    }

    fn check_points(&self, points: &[&[u8; POINT_BYTES]]) -> Result<(), BbsError> {
        for bytes in points {
            self.checked.put(**bytes, Arc::new(form::point(bytes)?));
        }
        Ok(())
    }

    fn check_key(&self, key: &BbsPublicKey) -> Result<(), BbsError> {
        self.lines(key).map(drop)
    }

    fn commit(
        &self,
        hidden: &Hidden<'_>,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<(Vec<u8>, SecretScalar), BbsError> {
        let (interface, messages, nym) = match hidden {
            Hidden::Messages(messages) => (Interface::Blind, *messages, None),
            Hidden::Nym(messages, nym) => (Interface::Pseudonym, *messages, Some(*nym)),
        };
        form::few(messages)?;
        let suite = self.suite(interface);
        let mut scalars = Zeroizing::new(Vec::with_capacity(messages.len() + 1));
        suite.scalars_into(messages, &mut scalars)?;
        if let Some(nym) = nym {
            scalars.push(form::scalar(nym.as_bytes())?);
        }
        commit::commit(suite, &scalars, rng)
    }

    fn check_commitment(&self, commitment: &Commitment) -> Result<(), BbsError> {
        commit::verify(self.suite(Interface::Pseudonym), commitment.as_bytes()).map(drop)
    }

    fn sign(
        &self,
        key: &KeyPair,
        header: &[u8],
        messages: &[&[u8]],
        blinded: &Blinded<'_>,
    ) -> Result<BbsSignature, BbsError> {
        sign::sign(self, key, header, messages, blinded)
    }

    fn verify(&self, signed: &Signed<'_>) -> Result<(), BbsError> {
        sign::verify(self, signed)
    }

    fn prove(
        &self,
        signed: &Signed<'_>,
        showing: &Showing<'_>,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<Proven, BbsError> {
        prove::prove(self, signed, showing, rng)
    }

    fn verify_proof(&self, shown: &Shown<'_>) -> Result<(), BbsError> {
        let equation = verify::equation(self, shown)?;
        if equation.holds(self) { Ok(()) } else { Err(BbsError::Refused) }
    }

    fn verify_proofs(&self, shown: &[Shown<'_>], threads: NonZeroUsize) -> Vec<Result<(), BbsError>> {
        batch::verify(self, shown, threads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The drafts derive P1 as the one generator from another seed.
    #[test]
    fn p1_is_what_the_drafts_derive() {
        let api_id = Interface::Plain.api_id();
        let tag = |ending: &[u8]| [api_id.as_slice(), ending].concat();
        let (seed_tag, point_tag) = (tag(b"SIG_GENERATOR_SEED_"), tag(b"SIG_GENERATOR_DST_"));
        let first = curve::expand(&tag(b"BP_MESSAGE_GENERATOR_SEED"), &seed_tag).unwrap();
        let counted = [first.as_slice(), &1_u64.to_be_bytes()].concat();
        let state = curve::expand(&counted, &seed_tag).unwrap();
        let point = Point::hash(state.as_slice(), &point_tag).unwrap().to_affine();
        assert_eq!(point.to_bytes(), P1);
        assert_eq!(Blst::new().p1().unwrap().bytes(), &P1);
    }

    #[test]
    fn one_is_one() {
        assert_eq!(Scalar::ONE.to_bytes(), core::array::from_fn(|at| u8::from(at == 31)));
        assert!(Scalar::ONE * Scalar::ONE == Scalar::ONE && Scalar::ONE.inverse() == Scalar::ONE);
        assert!((Scalar::ONE - Scalar::ONE).is_zero() && Scalar::ZERO.inverse().is_zero());
    }

    /// Whoever sends keys, contexts or points makes nothing grow.
    #[test]
    fn a26_what_is_kept_is_bounded() {
        let blst = Blst::new();
        let mut keys = Vec::new();
        for number in 0..40_u8 {
            let pair = blst.key_pair(&[number; 32], b"").unwrap();
            blst.check_key(&pair.public).unwrap();
            blst.context(&[number]).unwrap();
            let points = blst.generators(&[number], 5).unwrap();
            let points: Vec<&[u8; POINT_BYTES]> = points.iter().collect();
            blst.check_points(&points).unwrap();
            keys.push(pair.public);
        }
        assert_eq!((blst.keys.kept(), blst.contexts.kept(), blst.checked.kept()), (KEYS, CONTEXTS, CHECKED));
        // What is not a key is not kept, and neither is a long context.
        let none = BbsPublicKey::from_bytes([0; PUBLIC_KEY_BYTES]);
        assert_eq!(blst.check_key(&none), Err(BbsError::Malformed));
        blst.context(&vec![0; MAX_CONTEXT + 1]).unwrap();
        let newest = keys.last().unwrap();
        assert!(blst.keys.get(newest.as_bytes()).is_some());
        assert!(blst.keys.get(none.as_bytes()).is_none() && blst.keys.get(keys[0].as_bytes()).is_none());
        assert!(blst.contexts.get([39_u8].as_slice()).is_some());
    }
}
