//! Tables of multiples of fixed points, and sums of such points by them.
//!
//! A scalar is written in digits that are all odd, between −(2^W − 1) and 2^W − 1, so that there is neither a digit 0 nor a branch
//! for one: an even scalar has the group's order added first. A [`Table`] has, for each digit's place, the odd multiples of the
//! point; a sum is then a sum of affine points, one a digit, which `blst` adds with few inversions for many.
//!
//! For secret scalars the whole row of a digit is read and the multiple taken from it by masks.

use core::hint::black_box;
use std::sync::OnceLock;

use faam_spec::bbs::POINT_BYTES;
use zeroize::{Zeroize as _, Zeroizing};

use crate::curve::{Affine, Point, Scalar};

/// Bits of a digit where scalars are secret: a row has 16 points, and a table 80 kB.
const NARROW: usize = 5;
/// Bits of a digit where they are public: a row has 64 points, and a table 227 kB.
const WIDE: usize = 7;
/// How many points are summed at once: as many as `blst` has room for on its stack.
const CHUNK: usize = 1024;
/// The group's order, in limbs from the lowest.
const ORDER: [u64; 4] =
    [0xffff_ffff_0000_0001, 0x53bd_a402_fffe_5bfe, 0x3339_d808_09a1_d805, 0x73ed_a753_299d_7d48];

/// Odd multiples of a point, a row for each digit of a scalar.
struct Table<const W: usize>(Box<[Affine]>);

impl<const W: usize> Table<W> {
    const DIGITS: usize = 256_usize.div_ceil(W);
    const ROW: usize = 1 << (W - 1);

    fn of(point: &Affine) -> Self {
        let mut multiples = Vec::with_capacity(Self::DIGITS * Self::ROW);
        let mut place = point.to_point();
        for _ in 0..Self::DIGITS {
            let twice = place.double();
            let mut multiple = place;
            for _ in 0..Self::ROW {
                multiples.push(multiple);
                multiple = multiple + twice;
            }
            place = (1..W).fold(twice, |place, _| place.double());
        }
        Self(Point::all_to_affine(&multiples).into())
    }

    /// Each digit of a scalar with its row: the place of its magnitude there, and whether it is negative.
    fn digits(&self, limbs: [u64; 4]) -> impl Iterator<Item = (&[Affine], usize, bool)> {
        let rows = self.0.chunks_exact(Self::ROW);
        rows.enumerate().map(move |(number, row)| {
            let (limb, bit) = (number * W / 64, number * W % 64);
            let at = |limb: usize| u128::from(limbs.get(limb).copied().unwrap_or(0));
            let bits = ((at(limb) | at(limb + 1) << 64) >> bit) as usize;
            // The last one takes what is left; to each other one, the next lends 2^W.
            let positive = if number + 1 == Self::DIGITS { 1 } else { bits >> W & 1 };
            let flip = (positive ^ 1).wrapping_neg() & (Self::ROW - 1);
            (row, bits >> 1 & (Self::ROW - 1) ^ flip, positive == 0)
        })
    }
}

/// The scalar, or the scalar and the order, whichever is odd.
fn odd(scalar: &Scalar) -> Zeroizing<[u64; 4]> {
    let plain = scalar.plain();
    let (bytes, _) = plain.b.as_chunks::<8>();
    let mut limbs = Zeroizing::new([0_u64; 4]);
    let even = bytes.first().map_or(0, |low| u64::from(low[0] & 1) ^ 1);
    let mask = black_box(even.wrapping_neg());
    let mut carry = 0;
    for ((limb, bytes), order) in limbs.iter_mut().zip(bytes).zip(ORDER) {
        let (sum, over) = u64::from_le_bytes(*bytes).overflowing_add(order & mask);
        let (sum, over_again) = sum.overflowing_add(carry);
        *limb = sum;
        carry = u64::from(over | over_again);
    }
    limbs
}

/// The point at a secret place of a row; all of it is read.
fn take(row: &[Affine], place: usize) -> Affine {
    let mut taken = Affine::default();
    for (number, point) in row.iter().enumerate() {
        let differ = (number ^ place) as u64;
        // All ones where nothing differs: only then does a borrow reach the highest bit.
        let mask = black_box((differ.wrapping_sub(1) >> 63).wrapping_neg());
        taken.take_if(point, mask);
    }
    taken
}

/// A fixed point, its encoding, and its tables, made when they are first needed.
pub(crate) struct Base {
    point: Affine,
    bytes: [u8; POINT_BYTES],
    tables: Option<Tables>,
}

#[derive(Default)]
struct Tables {
    narrow: OnceLock<Table<NARROW>>,
    wide: OnceLock<Table<WIDE>>,
}

impl Base {
    /// A point that has tables, or has none.
    pub(crate) fn new(point: Affine, tabled: bool) -> Self {
        Self { point, bytes: point.to_bytes(), tables: tabled.then(Tables::default) }
    }

    pub(crate) const fn point(&self) -> &Affine {
        &self.point
    }

    pub(crate) const fn bytes(&self) -> &[u8; POINT_BYTES] {
        &self.bytes
    }
}

/// The sum of points, each multiplied by a secret scalar: no branch and no address depends on one.
///
/// (`blst` branches where two sums that it adds have the same x-coordinate. With odd digits that takes two sums of different
/// multiples that are the same by chance.)
pub(crate) fn sum_secret<'a>(terms: impl IntoIterator<Item = (&'a Base, &'a Scalar)>) -> Point {
    let mut chunk = Zeroizing::new(Vec::with_capacity(CHUNK));
    let mut sum = Point::identity();
    for (base, scalar) in terms {
        let Some(tables) = &base.tables else {
            sum = sum + base.point.to_point().times(scalar);
            continue;
        };
        let limbs = odd(scalar);
        let table = tables.narrow.get_or_init(|| Table::of(&base.point));
        for (row, place, negative) in table.digits(*limbs) {
            chunk.push(take(row, place).negated_if(negative));
            if chunk.len() == CHUNK {
                sum = sum + Affine::sum(&chunk);
                chunk.clear();
            }
        }
    }
    sum = sum + Affine::sum(&chunk);
    // `clear` leaves what was there; the points of a secret's digits are wiped with the rest.
    chunk.resize(CHUNK, Affine::default());
    chunk.zeroize();
    sum
}

/// The sum of points, each multiplied by a scalar that anybody may know.
pub(crate) fn sum_public<'a>(terms: impl IntoIterator<Item = (&'a Base, &'a Scalar)>) -> Point {
    let mut chunk = Vec::with_capacity(CHUNK);
    let (mut sum, mut others) = (Point::identity(), Vec::new());
    for (base, scalar) in terms {
        let Some(tables) = &base.tables else {
            others.push((base.point, *scalar));
            continue;
        };
        let table = tables.wide.get_or_init(|| Table::of(&base.point));
        for (row, place, negative) in table.digits(*odd(scalar)) {
            let Some(point) = row.get(place) else { continue };
            chunk.push(point.negated_if(negative));
            if chunk.len() == CHUNK {
                sum = sum + Affine::sum(&chunk);
                chunk.clear();
            }
        }
    }
    sum + Affine::sum(&chunk) + Affine::multiply_sum(&others, 255)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::expand;

    fn any(seed: u8) -> Scalar {
        Scalar::reduce(&expand(&[seed], b"TEST").unwrap())
    }

    /// Where digits end, where they are as large as they can be, and anything else.
    fn scalars() -> Vec<Scalar> {
        let mut scalars = vec![Scalar::ZERO, Scalar::ONE, -Scalar::ONE, Scalar::ONE + Scalar::ONE];
        for bytes in [[0xff; 16], [0x55; 16], [0xaa; 16], [0; 16]] {
            scalars.push(Scalar::short(bytes));
            scalars.push(-Scalar::short(bytes));
        }
        scalars.extend((0..40).map(any));
        scalars
    }

    #[test]
    fn a_table_multiplies_as_the_curve_does() {
        let point = Point::hash(b"a base", b"TEST").unwrap().to_affine();
        let (tabled, plain) = (Base::new(point, true), Base::new(point, false));
        for scalar in scalars() {
            let by_curve = point.to_point().times(&scalar).to_affine().to_bytes();
            for base in [&tabled, &plain] {
                assert_eq!(sum_secret([(base, &scalar)]).to_affine().to_bytes(), by_curve);
                assert_eq!(sum_public([(base, &scalar)]).to_affine().to_bytes(), by_curve);
            }
        }
    }

    #[test]
    fn sums_over_many_bases_are_the_sums_of_each() {
        for count in [0, 1, 2, 19, 20, 21, 60] {
            let points: Vec<Affine> =
                (0..count).map(|at| Point::hash(&[at], b"TEST").unwrap().to_affine()).collect();
            // Some with tables and some without, and the same point and scalar more than once.
            let bases: Vec<Base> =
                points.iter().enumerate().map(|(at, point)| Base::new(*point, at % 7 != 3)).collect();
            let scalars: Vec<Scalar> = (0..count).map(|at| any(at / 2)).collect();
            let by_curve = points
                .iter()
                .zip(&scalars)
                .fold(Point::identity(), |sum, (point, scalar)| sum + point.to_point().times(scalar));
            let by_curve = by_curve.to_affine().to_bytes();
            assert_eq!(sum_secret(bases.iter().zip(&scalars)).to_affine().to_bytes(), by_curve, "{count}");
            assert_eq!(sum_public(bases.iter().zip(&scalars)).to_affine().to_bytes(), by_curve, "{count}");
            // The same base twice, and a scalar with its negative, meet in the sum.
            let twice = || bases.iter().chain(&bases).zip(scalars.iter().chain(&scalars));
            let doubled = sum_secret(bases.iter().zip(&scalars)).double().to_affine().to_bytes();
            assert_eq!(sum_secret(twice()).to_affine().to_bytes(), doubled, "{count}");
            let negative: Vec<Scalar> = scalars.iter().map(|scalar| -*scalar).collect();
            let none = sum_public(bases.iter().chain(&bases).zip(scalars.iter().chain(&negative)));
            assert!(none.is_identity(), "{count}");
        }
    }

    #[test]
    fn every_place_of_a_row_is_taken() {
        let row: Vec<Affine> = (0..16).map(|at| Point::hash(&[at], b"TEST").unwrap().to_affine()).collect();
        for (place, point) in row.iter().enumerate() {
            assert_eq!(take(&row, place).to_bytes(), point.to_bytes());
        }
    }
}
