//! The curve: all that is called of `blst`'s C interface, with a safe face.
//!
//! Values here are always what their type says. A [`Scalar`] is below the group's order; a [`Point`] and an [`Affine`] are of G1's
//! prime-order group, because they come from [`Affine::from_bytes`], from hashing, or from arithmetic on such.
#![allow(unsafe_code, reason = "blst is C and assembler; every call of it is in this module")]

use core::ops::{Add, Mul, Neg, Sub};

use blst::{
    BLST_ERROR, blst_bendian_from_scalar, blst_expand_message_xmd, blst_final_exp, blst_fp_cneg, blst_fp6,
    blst_fp12, blst_fp12_is_one, blst_fp12_mul, blst_fr, blst_fr_add, blst_fr_cneg, blst_fr_from_scalar,
    blst_fr_inverse, blst_fr_mul, blst_fr_sub, blst_hash_to_g1, blst_miller_loop_lines, blst_p1,
    blst_p1_add_or_double, blst_p1_add_or_double_affine, blst_p1_affine, blst_p1_affine_compress,
    blst_p1_affine_in_g1, blst_p1_affine_is_inf, blst_p1_cneg, blst_p1_double, blst_p1_from_affine,
    blst_p1_is_inf, blst_p1_mult, blst_p1_uncompress, blst_p1s_add, blst_p1s_mult_pippenger,
    blst_p1s_mult_pippenger_scratch_sizeof, blst_p1s_to_affine, blst_p2, blst_p2_affine,
    blst_p2_affine_generator, blst_p2_affine_in_g2, blst_p2_affine_is_inf, blst_p2_compress,
    blst_p2_uncompress, blst_precompute_lines, blst_scalar, blst_scalar_fr_check, blst_scalar_from_be_bytes,
    blst_scalar_from_bendian, blst_scalar_from_fr, blst_sk_to_pk_in_g2,
};
use faam_spec::bbs::{POINT_BYTES, PUBLIC_KEY_BYTES, SCALAR_BYTES};
use zeroize::{Zeroize, Zeroizing};

/// Bits of the group's order.
const ORDER_BITS: usize = 255;
/// Most bytes of a tag for domain separation, and that `expand_message_xmd` makes (RFC 9380, 5.3.1).
const MAX_TAG: usize = 255;

/// A whole number below the group's order, in Montgomery's form.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Scalar(blst_fr);

impl Zeroize for Scalar {
    fn zeroize(&mut self) {
        self.0.l.zeroize();
    }
}

impl Scalar {
    pub(crate) const ZERO: Self = Self(blst_fr { l: [0; 4] });
    /// In Montgomery's form, 2^256 modulo the order.
    pub(crate) const ONE: Self = Self(blst_fr {
        l: [0x0000_0001_ffff_fffe, 0x5884_b7fa_0003_4802, 0x998c_4fef_ecbc_4ff5, 0x1824_b159_acc5_056f],
    });

    /// The scalar of these big-endian bytes; none for what is not below the order.
    pub(crate) fn from_bytes(bytes: &[u8; SCALAR_BYTES]) -> Option<Self> {
        let mut scalar = blst_scalar::default();
        let mut out = Self::ZERO;
        // SAFETY: the pointers are of live values, and `bytes` has the 32 bytes that are read.
        let below = unsafe {
            blst_scalar_from_bendian(&raw mut scalar, bytes.as_ptr());
            blst_fr_from_scalar(&raw mut out.0, &raw const scalar);
            blst_scalar_fr_check(&raw const scalar)
        };
        below.then_some(out)
    }

    /// A big-endian number of 48 bytes, modulo the order.
    pub(crate) fn reduce(bytes: &[u8; 48]) -> Self {
        let mut scalar = blst_scalar::default();
        let mut out = Self::ZERO;
        // SAFETY: the pointers are of live values, and the length is that of `bytes`.
        unsafe {
            blst_scalar_from_be_bytes(&raw mut scalar, bytes.as_ptr(), bytes.len());
            blst_fr_from_scalar(&raw mut out.0, &raw const scalar);
        }
        out
    }

    /// A number of 128 bits.
    pub(crate) fn short(bytes: [u8; 16]) -> Self {
        let mut wide = [0; 48];
        if let Some(low) = wide.last_chunk_mut() {
            *low = bytes;
        }
        Self::reduce(&wide)
    }

    /// Its bytes, big endian.
    pub(crate) fn to_bytes(self) -> [u8; SCALAR_BYTES] {
        let mut bytes = [0; SCALAR_BYTES];
        let scalar = self.plain();
        // SAFETY: the pointers are of live values, and `bytes` has the 32 bytes that are written.
        unsafe { blst_bendian_from_scalar(bytes.as_mut_ptr(), &raw const scalar) };
        bytes
    }

    /// Its bytes, little endian, as `blst` multiplies by them; wiped when dropped.
    pub(crate) fn plain(&self) -> blst_scalar {
        let mut scalar = blst_scalar::default();
        // SAFETY: the pointers are of live values.
        unsafe { blst_scalar_from_fr(&raw mut scalar, &raw const self.0) };
        scalar
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.0.l.iter().fold(0, |all, limb| all | limb) == 0
    }

    /// One divided by it; 0 for 0.
    pub(crate) fn inverse(&self) -> Self {
        let mut out = Self::ZERO;
        // SAFETY: the pointers are of live values.
        unsafe { blst_fr_inverse(&raw mut out.0, &raw const self.0) };
        out
    }
}

impl Add for Scalar {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let mut out = Self::ZERO;
        // SAFETY: the pointers are of live values.
        unsafe { blst_fr_add(&raw mut out.0, &raw const self.0, &raw const other.0) };
        out
    }
}

impl Sub for Scalar {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        let mut out = Self::ZERO;
        // SAFETY: the pointers are of live values.
        unsafe { blst_fr_sub(&raw mut out.0, &raw const self.0, &raw const other.0) };
        out
    }
}

impl Mul for Scalar {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let mut out = Self::ZERO;
        // SAFETY: the pointers are of live values.
        unsafe { blst_fr_mul(&raw mut out.0, &raw const self.0, &raw const other.0) };
        out
    }
}

impl Neg for Scalar {
    type Output = Self;
    fn neg(self) -> Self {
        let mut out = Self::ZERO;
        // SAFETY: the pointers are of live values.
        unsafe { blst_fr_cneg(&raw mut out.0, &raw const self.0, true) };
        out
    }
}

/// A point of G1's prime-order group, in Jacobian coordinates.
#[derive(Clone, Copy, Default)]
#[repr(transparent)]
pub(crate) struct Point(blst_p1);

impl Zeroize for Point {
    fn zeroize(&mut self) {
        self.0.x.l.zeroize();
        self.0.y.l.zeroize();
        self.0.z.l.zeroize();
    }
}

impl Point {
    /// Neutral for addition.
    pub(crate) fn identity() -> Self {
        Self::default()
    }

    pub(crate) fn is_identity(&self) -> bool {
        // SAFETY: the pointer is of a live value.
        unsafe { blst_p1_is_inf(&raw const self.0) }
    }

    /// The point multiplied, in a time that does not depend on the scalar.
    pub(crate) fn times(&self, scalar: &Scalar) -> Self {
        let mut out = Self::default();
        let scalar = scalar.plain();
        // SAFETY: the pointers are of live values, and the scalar has the 255 bits that are read.
        unsafe { blst_p1_mult(&raw mut out.0, &raw const self.0, scalar.b.as_ptr(), ORDER_BITS) };
        out
    }

    pub(crate) fn double(&self) -> Self {
        let mut out = Self::default();
        // SAFETY: the pointers are of live values.
        unsafe { blst_p1_double(&raw mut out.0, &raw const self.0) };
        out
    }

    pub(crate) fn plus_affine(&self, other: &Affine) -> Self {
        let mut out = Self::default();
        // SAFETY: the pointers are of live values.
        unsafe { blst_p1_add_or_double_affine(&raw mut out.0, &raw const self.0, &raw const other.0) };
        out
    }

    /// The same points in affine coordinates, with one inversion for all.
    pub(crate) fn all_to_affine(points: &[Self]) -> Vec<Affine> {
        let mut out = vec![Affine::default(); points.len()];
        if points.is_empty() {
            return out;
        }
        // A list of one pointer and a null one stands for points in a row. Both types are transparent.
        let list = [points.as_ptr().cast::<blst_p1>(), core::ptr::null()];
        // SAFETY: `points` has so many in a row, `out` has room for as many, and neither is empty.
        unsafe {
            blst_p1s_to_affine(out.as_mut_ptr().cast::<blst_p1_affine>(), list.as_ptr(), points.len());
        }
        out
    }

    /// The point in affine coordinates.
    pub(crate) fn to_affine(self) -> Affine {
        Self::all_to_affine(&[self]).first().copied().unwrap_or_default()
    }

    /// The point of RFC 9380's `hash_to_curve` for BLS12381G1_XMD:SHA-256_SSWU_RO_; none for a tag of 0 or more than 255 bytes.
    pub(crate) fn hash(message: &[u8], tag: &[u8]) -> Option<Self> {
        if tag.is_empty() || tag.len() > MAX_TAG {
            return None;
        }
        let mut out = Self::default();
        // SAFETY: each pointer is of a slice of the length beside it; nothing is read of the last, whose length is 0.
        unsafe {
            blst_hash_to_g1(
                &raw mut out.0,
                message.as_ptr(),
                message.len(),
                tag.as_ptr(),
                tag.len(),
                core::ptr::null(),
                0,
            );
        }
        Some(out)
    }
}

impl Add for Point {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let mut out = Self::default();
        // SAFETY: the pointers are of live values.
        unsafe { blst_p1_add_or_double(&raw mut out.0, &raw const self.0, &raw const other.0) };
        out
    }
}

impl Neg for Point {
    type Output = Self;
    fn neg(mut self) -> Self {
        // SAFETY: the pointer is of a live value.
        unsafe { blst_p1_cneg(&raw mut self.0, true) };
        self
    }
}

impl Sub for Point {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

/// A point of G1's prime-order group, in affine coordinates; (0, 0) is the identity.
#[derive(Clone, Copy, Default)]
#[repr(transparent)]
pub(crate) struct Affine(blst_p1_affine);

impl Zeroize for Affine {
    fn zeroize(&mut self) {
        self.0.x.l.zeroize();
        self.0.y.l.zeroize();
    }
}

impl Affine {
    /// The point of these bytes; none for what is not the one encoding of a point of the prime-order group, and for the identity.
    pub(crate) fn from_bytes(bytes: &[u8; POINT_BYTES]) -> Option<Self> {
        let mut out = Self::default();
        // SAFETY: the pointers are of live values, and `bytes` has the 48 bytes that are read.
        let good = unsafe {
            blst_p1_uncompress(&raw mut out.0, bytes.as_ptr()) == BLST_ERROR::BLST_SUCCESS
                && !blst_p1_affine_is_inf(&raw const out.0)
                && blst_p1_affine_in_g1(&raw const out.0)
        };
        good.then_some(out)
    }

    /// Its one encoding.
    pub(crate) fn to_bytes(self) -> [u8; POINT_BYTES] {
        let mut bytes = [0; POINT_BYTES];
        // SAFETY: the pointers are of live values, and `bytes` has the 48 bytes that are written.
        unsafe { blst_p1_affine_compress(bytes.as_mut_ptr(), &raw const self.0) };
        bytes
    }

    pub(crate) fn to_point(self) -> Point {
        let mut out = Point::default();
        // SAFETY: the pointers are of live values.
        unsafe { blst_p1_from_affine(&raw mut out.0, &raw const self.0) };
        out
    }

    pub(crate) fn is_identity(&self) -> bool {
        // SAFETY: the pointer is of a live value.
        unsafe { blst_p1_affine_is_inf(&raw const self.0) }
    }

    /// The point, or its negative if told so, in a time that does not depend on it.
    pub(crate) fn negated_if(mut self, negative: bool) -> Self {
        let y = self.0.y;
        // SAFETY: the pointers are of live values.
        unsafe { blst_fp_cneg(&raw mut self.0.y, &raw const y, negative) };
        self
    }

    /// Takes over `other` where the mask is all ones, and nothing where it is 0; no other mask is one. The point has to be the
    /// identity before.
    #[inline(always)]
    pub(crate) fn take_if(&mut self, other: &Self, mask: u64) {
        for (limb, of) in self.0.x.l.iter_mut().zip(&other.0.x.l) {
            *limb |= of & mask;
        }
        for (limb, of) in self.0.y.l.iter_mut().zip(&other.0.y.l) {
            *limb |= of & mask;
        }
    }

    /// The sum of points. It branches only where two sums on the way have one x-coordinate.
    pub(crate) fn sum(points: &[Self]) -> Point {
        let mut out = Point::default();
        if points.is_empty() {
            return out;
        }
        let list = [points.as_ptr().cast::<blst_p1_affine>(), core::ptr::null()];
        // SAFETY: `points` has so many in a row and is not empty; the type is transparent.
        unsafe { blst_p1s_add(&raw mut out.0, list.as_ptr(), points.len()) };
        out
    }

    /// The sum of points, each multiplied, in a time that depends on the scalars. `bits` is how many of the scalars are looked
    /// at, 1 to 255.
    pub(crate) fn multiply_sum(terms: &[(Self, Scalar)], bits: usize) -> Point {
        // One alone is faster by the endomorphism.
        if let ([(point, scalar)], ORDER_BITS) = (terms, bits) {
            return point.to_point().times(scalar);
        }
        let mut out = Point::default();
        let (points, scalars): (Vec<Self>, Vec<blst_scalar>) =
            terms.iter().map(|(point, scalar)| (*point, scalar.plain())).unzip();
        if points.is_empty() {
            return out;
        }
        let bits = bits.clamp(1, ORDER_BITS);
        // SAFETY: it only computes.
        let scratch = unsafe { blst_p1s_mult_pippenger_scratch_sizeof(points.len()) };
        let mut scratch = vec![0_u64; scratch.div_ceil(8)];
        let point_list: Vec<*const blst_p1_affine> = points.iter().map(|point| &raw const point.0).collect();
        let scalar_list: Vec<*const u8> = scalars.iter().map(|scalar| scalar.b.as_ptr()).collect();
        // SAFETY: both lists have as many pointers of live values as is said, each scalar has 32 bytes, and `scratch` has the size
        // that the library asks for.
        unsafe {
            blst_p1s_mult_pippenger(
                &raw mut out.0,
                point_list.as_ptr(),
                points.len(),
                scalar_list.as_ptr(),
                bits,
                scratch.as_mut_ptr(),
            );
        }
        out
    }
}

/// A point of G2 that is a key, or the generator, with the lines of its Miller loop: 20 kB.
pub(crate) struct Lines(Box<[blst_fp6; 68]>);

impl Lines {
    fn of(point: &blst_p2_affine) -> Self {
        let mut lines = Box::new([blst_fp6::default(); 68]);
        // SAFETY: the pointers are of live values, and there is room for the 68 lines that are written.
        unsafe { blst_precompute_lines(lines.as_mut_ptr(), point) };
        Self(lines)
    }

    /// Those of the generator.
    pub(crate) fn generator() -> Self {
        // SAFETY: the library gives a pointer of a constant of its own, which lives for ever.
        Self::of(unsafe { &*blst_p2_affine_generator() })
    }

    /// Those of a public key; none for what is not the one encoding of a point of G2's prime-order group, and for the identity.
    pub(crate) fn of_key(bytes: &[u8; PUBLIC_KEY_BYTES]) -> Option<Self> {
        let mut key = blst_p2_affine::default();
        // SAFETY: the pointers are of live values, and `bytes` has the 96 bytes that are read.
        let good = unsafe {
            blst_p2_uncompress(&raw mut key, bytes.as_ptr()) == BLST_ERROR::BLST_SUCCESS
                && !blst_p2_affine_is_inf(&raw const key)
                && blst_p2_affine_in_g2(&raw const key)
        };
        good.then(|| Self::of(&key))
    }
}

/// Whether the product of these pairings is one; with one final exponentiation for all.
pub(crate) fn pairings_cancel<'a>(terms: impl IntoIterator<Item = (Affine, &'a Lines)>) -> bool {
    let mut product: Option<blst_fp12> = None;
    // The pairing of the identity is one, and no Miller loop's business.
    for (point, lines) in terms.into_iter().filter(|(point, _)| !point.is_identity()) {
        let mut loop_of = blst_fp12::default();
        // SAFETY: the pointers are of live values, and there are the 68 lines that are read.
        unsafe { blst_miller_loop_lines(&raw mut loop_of, lines.0.as_ptr(), &raw const point.0) };
        product = Some(match product {
            None => loop_of,
            Some(before) => {
                let mut both = blst_fp12::default();
                // SAFETY: the pointers are of live values.
                unsafe { blst_fp12_mul(&raw mut both, &raw const before, &raw const loop_of) };
                both
            }
        });
    }
    let Some(product) = product else { return true };
    let mut raised = blst_fp12::default();
    // SAFETY: the pointers are of live values.
    unsafe {
        blst_final_exp(&raw mut raised, &raw const product);
        blst_fp12_is_one(&raw const raised)
    }
}

/// The public key of a secret one, in a time that does not depend on it.
pub(crate) fn public_key(secret: &Scalar) -> [u8; PUBLIC_KEY_BYTES] {
    let mut point = blst_p2::default();
    let mut bytes = [0; PUBLIC_KEY_BYTES];
    let secret = secret.plain();
    // SAFETY: the pointers are of live values, and `bytes` has the 96 bytes that are written.
    unsafe {
        blst_sk_to_pk_in_g2(&raw mut point, &raw const secret);
        blst_p2_compress(bytes.as_mut_ptr(), &raw const point);
    }
    bytes
}

/// The 48 bytes of RFC 9380's `expand_message_xmd` with SHA-256; none for a tag of 0 or more than 255 bytes.
pub(crate) fn expand(message: &[u8], tag: &[u8]) -> Option<Zeroizing<[u8; 48]>> {
    if tag.is_empty() || tag.len() > MAX_TAG {
        return None;
    }
    let mut bytes = Zeroizing::new([0; 48]);
    // SAFETY: each pointer is of a slice of the length beside it.
    unsafe {
        blst_expand_message_xmd(
            bytes.as_mut_ptr(),
            bytes.len(),
            message.as_ptr(),
            message.len(),
            tag.as_ptr(),
            tag.len(),
        );
    }
    Some(bytes)
}
