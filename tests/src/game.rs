//! Unlinkability as a game: somebody who sees two whole showings, at two verifiers, says whether one person made both.
//!
//! [`Classifier`] is written in earnest: it is trained on showings whose makers it is told, looks at every byte, length, order and
//! count of work of both, and at what the mathematics of the scheme would give away if it were used wrongly. [`Leak`]s are
//! planted to see that it would notice.

use affinidi_bbs::generators::{point_from_bytes, point_to_bytes};
use affinidi_bbs::hash::scalar_from_bytes;
use faam_spec::bbs::{POINT_BYTES, SCALAR_BYTES};
use rand::seq::SliceRandom as _;
use rand::{Rng, SeedableRng as _, rngs::StdRng};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Everything that a verifier sees of one showing.
#[derive(Debug, Clone)]
pub struct Transcript {
    /// Who made it: the secret of the game.
    pub maker: usize,
    /// The frames that came, in their order, each whole.
    pub frames: Vec<Vec<u8>>,
    /// The proof's bytes, with the pseudonym before them.
    pub proof: Vec<u8>,
    /// How often the wallet called its arithmetic, by kind.
    pub work: Vec<u64>,
}

/// A fault that is planted in showings, so that the classifier can be seen to notice it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leak {
    /// One more byte of white space for each of four kinds of makers.
    Length,
    /// The members of the answer stand in an order of the maker's own.
    Order,
    /// One more call of the arithmetic for each of four kinds of makers.
    Work,
    /// The lowest bits of one scalar are the maker's, as from a source of chance that is not reseeded.
    Bits,
    /// One bit that is the maker's in nine of ten showings.
    Bias,
    /// The proof's first point is a small multiple of one that the maker used before.
    Multiple,
    /// A tag of the maker's somewhere in the answer.
    Tag,
}

impl Leak {
    /// Every leak.
    pub const ALL: [Self; 7] =
        [Self::Length, Self::Order, Self::Work, Self::Bits, Self::Bias, Self::Multiple, Self::Tag];

    /// Plants the leak.
    #[must_use]
    pub fn plant(self, shown: &Transcript, rng: &mut StdRng) -> Transcript {
        let mut shown = shown.clone();
        let mark = mark(shown.maker);
        match self {
            Self::Length => {
                let more = usize::from(mark[0] % 4);
                shown.frames[0].extend(vec![b' '; more]);
            }
            Self::Order => {
                if mark[0].is_multiple_of(2) {
                    let half = shown.frames[0].len() / 2;
                    shown.frames[0].rotate_left(half);
                }
            }
            Self::Work => shown.work[0] += u64::from(mark[0] % 4),
            Self::Bits => {
                let at = shown.proof.len() - SCALAR_BYTES - 1;
                shown.proof[at] = mark[0];
            }
            Self::Bias => {
                let at = shown.proof.len() - 2 * SCALAR_BYTES - 1;
                let bit = if rng.gen_bool(0.9) { mark[0] & 1 } else { !mark[0] & 1 };
                shown.proof[at] = (shown.proof[at] & 0xfe) | bit;
            }
            Self::Multiple => {
                // The maker's own point, times 1 to 4.
                let base =
                    affinidi_bbs::calculate_pseudonym_generator(&mark, affinidi_bbs::Ciphersuite::default());
                let point = (0..rng.gen_range(0..4)).fold(base, |sum, _| sum + base);
                let bytes = point_to_bytes(&point);
                shown.proof[POINT_BYTES..2 * POINT_BYTES].copy_from_slice(&bytes);
            }
            Self::Tag => {
                let at = rng.gen_range(0..shown.frames[0].len());
                shown.frames[0].splice(at..at, mark);
            }
        }
        shown
    }
}

/// Eight bytes that only one maker has.
fn mark(maker: usize) -> [u8; 8] {
    let mut mark: [u8; 8] = StdRng::seed_from_u64(maker as u64 ^ 0x6d61_726b).r#gen();
    mark[0] = (maker % 251) as u8;
    mark
}

/// One round: two showings at two verifiers, and whether one person made both.
#[derive(Debug, Clone, Copy)]
pub struct Round<'a> {
    /// At the first verifier.
    pub one: &'a Transcript,
    /// At the second verifier.
    pub two: &'a Transcript,
    /// The answer.
    pub same: bool,
}

/// Draws rounds of showings at two verifiers, half of them of one maker each, no pair twice.
#[must_use]
pub fn rounds<'a>(
    first: &'a [Transcript],
    second: &'a [Transcript],
    most: usize,
    rng: &mut StdRng,
) -> Vec<Round<'a>> {
    let pairs = |same: bool| {
        let mut pairs: Vec<Round<'a>> = first
            .iter()
            .flat_map(|one| second.iter().map(move |two| (one, two)))
            .filter(|(one, two)| (one.maker == two.maker) == same)
            .map(|(one, two)| Round { one, two, same })
            .collect();
        pairs.shuffle(&mut StdRng::seed_from_u64(u64::from(same)));
        pairs
    };
    let (same, different) = (pairs(true), pairs(false));
    let half = (most / 2).min(same.len()).min(different.len());
    let mut rounds: Vec<_> = same.into_iter().take(half).chain(different.into_iter().take(half)).collect();
    rounds.shuffle(rng);
    rounds
}

/// How many features a classifier rests on.
const KEPT: usize = 12;

/// A logistic regression over everything that two showings may have in common.
#[derive(Debug)]
pub struct Classifier {
    weights: Vec<f64>,
    bias: f64,
    kept: Vec<Kept>,
}

/// A feature that a classifier rests on.
#[derive(Debug)]
struct Kept {
    at: usize,
    mean: f64,
    scale: f64,
}

impl Classifier {
    /// Learns from rounds whose answers it is told.
    #[must_use]
    pub fn train(rounds: &[Round<'_>], rng: &mut StdRng) -> Self {
        let samples = samples(rounds);
        let width = samples[0].0.len();
        let count = samples.len() as f64;
        let mean = |at: usize| samples.iter().map(|(sample, _)| sample[at]).sum::<f64>() / count;
        let means: Vec<f64> = (0..width).map(mean).collect();
        let spread = |at: usize| {
            let square = |(sample, _): &(Vec<f64>, bool)| (sample[at] - means[at]).powi(2);
            (samples.iter().map(square).sum::<f64>() / count).sqrt()
        };
        // Of thousands of features most say nothing, and would be learned by heart; those are kept that went with the answer most.
        // What never varies says nothing either.
        let with_answer = |at: usize| {
            let spread = spread(at);
            let product = |(sample, same): &(Vec<f64>, bool)| {
                (sample[at] - means[at]) * (f64::from(u8::from(*same)) - 0.5)
            };
            let sum: f64 = samples.iter().map(product).sum();
            if spread > 1e-9 { (sum / (count * spread)).abs() } else { 0.0 }
        };
        let mut ranked: Vec<(f64, usize)> = (0..width).map(|at| (with_answer(at), at)).collect();
        ranked.sort_by(|one, other| other.0.total_cmp(&one.0));
        // The stronger, the larger: a hint that is nearly certain is not outvoted by many that are chance.
        let kept: Vec<Kept> = ranked
            .into_iter()
            .take(KEPT)
            .filter(|(strength, _)| *strength > 0.0)
            .map(|(strength, at)| Kept { at, mean: means[at], scale: 2.0 * strength / spread(at) })
            .collect();
        let mut classifier = Self { weights: vec![0.0; kept.len()], bias: 0.0, kept };
        let samples: Vec<(Vec<f64>, bool)> =
            samples.iter().map(|(sample, same)| (classifier.normal(sample), *same)).collect();
        let mut order: Vec<usize> = (0..samples.len()).collect();
        for pass in 0..30 {
            order.shuffle(rng);
            let rate = 0.2 / f64::from(pass + 1);
            for at in &order {
                let (sample, same) = &samples[*at];
                let error = flag(*same) - sigmoid(classifier.score_of(sample));
                classifier.bias += rate * error;
                for (weight, value) in classifier.weights.iter_mut().zip(sample) {
                    *weight += rate * (error * value - 0.002 * *weight);
                }
            }
        }
        classifier
    }

    /// The share of rounds in which it is right about whether one person made both.
    #[must_use]
    pub fn right(&self, rounds: &[Round<'_>]) -> f64 {
        let samples = samples(rounds);
        let is_right =
            |(sample, same): &&(Vec<f64>, bool)| (self.score_of(&self.normal(sample)) > 0.0) == *same;
        samples.iter().filter(is_right).count() as f64 / samples.len() as f64
    }

    fn normal(&self, sample: &[f64]) -> Vec<f64> {
        let each = |kept: &Kept| ((sample[kept.at] - kept.mean) * kept.scale).clamp(-5.0, 5.0);
        self.kept.iter().map(each).collect()
    }

    fn score_of(&self, sample: &[f64]) -> f64 {
        self.bias + self.weights.iter().zip(sample).map(|(weight, value)| weight * value).sum::<f64>()
    }
}

/// The features of each round, and its answer.
fn samples(rounds: &[Round<'_>]) -> Vec<(Vec<f64>, bool)> {
    let mut seen: HashMap<*const Transcript, Seen<'_>> = HashMap::new();
    for shown in rounds.iter().flat_map(|round| [round.one, round.two]) {
        seen.entry(core::ptr::from_ref(shown)).or_insert_with(|| Seen::of(shown));
    }
    let of = |shown: &Transcript| &seen[&core::ptr::from_ref(shown)];
    rounds.iter().map(|round| (features(of(round.one), of(round.two)), round.same)).collect()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// What can be computed of one showing alone, once.
#[derive(Debug)]
struct Seen<'a> {
    shown: &'a Transcript,
    /// The frames with everything but punctuation taken out.
    skeleton: Vec<u8>,
    /// Pieces of 4, 6 and 8 bytes that stand anywhere in the frames.
    pieces: [HashSet<u64>; 3],
    /// Pseudonym, Abar, Bbar and D, each times 1 to 4 and with either sign, compressed.
    points: Vec<BTreeSet<[u8; POINT_BYTES]>>,
    scalars: BTreeSet<[u8; SCALAR_BYTES]>,
    negatives: BTreeSet<[u8; SCALAR_BYTES]>,
}

impl<'a> Seen<'a> {
    fn of(shown: &'a Transcript) -> Self {
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'+');
        let skeleton = shown.frames.concat().into_iter().filter(|byte| !is_word(byte) && byte.is_ascii());
        let pieces = [4, 6, 8].map(|width| {
            let number = |piece: &[u8]| piece.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
            shown.frames.iter().flat_map(|frame| frame.windows(width).map(number)).collect()
        });
        let tail = shown.proof.get(4 * POINT_BYTES..).unwrap_or_default();
        let scalars: BTreeSet<_> = tail.as_chunks::<SCALAR_BYTES>().0.iter().copied().collect();
        let negative =
            |bytes: &[u8; SCALAR_BYTES]| scalar_from_bytes(bytes).map(|scalar| (-scalar).to_be_bytes());
        Self {
            shown,
            skeleton: skeleton.collect(),
            pieces,
            points: (0..4).map(|at| multiples(&shown.proof, at)).collect(),
            negatives: scalars.iter().filter_map(negative).collect(),
            scalars,
        }
    }
}

/// The point at this place times 1 to 4, with either sign; nothing if there is none.
fn multiples(proof: &[u8], at: usize) -> BTreeSet<[u8; POINT_BYTES]> {
    let bytes = proof.get(at * POINT_BYTES..(at + 1) * POINT_BYTES);
    let Some(point) = bytes.and_then(|bytes| point_from_bytes(bytes.try_into().ok()?)) else {
        return BTreeSet::new();
    };
    let mut multiple = point;
    let mut all = BTreeSet::new();
    for _ in 0..4 {
        all.insert(point_to_bytes(&multiple));
        all.insert(point_to_bytes(&-multiple));
        multiple += point;
    }
    all
}

/// What two showings may have in common.
fn features(one: &Seen<'_>, two: &Seen<'_>) -> Vec<f64> {
    let mut features = algebra(one, two);
    for (first, second) in one.pieces.iter().zip(&two.pieces) {
        features.push(first.intersection(second).count() as f64);
    }
    features.push(flag(one.skeleton == two.skeleton));
    let (one, two) = (one.shown, two.shown);
    // Lengths, counts and order.
    features.push(distance(one.frames.len(), two.frames.len()));
    for at in 0..4 {
        let length = |shown: &Transcript| shown.frames.get(at).map_or(0, Vec::len);
        features.push(distance(length(one), length(two)));
        features.push(flag(length(one) == length(two)));
    }
    for (first, second) in one.work.iter().zip(&two.work) {
        features.push(flag(first == second));
        features.push((*first as f64 - *second as f64).abs());
    }
    // Every bit and byte of pseudonym and proof, place by place.
    let length = one.proof.len().min(two.proof.len());
    let (mut equal_bits, mut equal_bytes) = (0_u32, 0_u32);
    for (first, second) in one.proof.iter().zip(&two.proof).take(length) {
        let differing = first ^ second;
        equal_bits += differing.count_zeros();
        equal_bytes += u32::from(differing == 0);
        features.push(flag(differing == 0));
        features.push(flag(differing & 1 == 0));
        features.push(flag(differing & 0x80 == 0));
    }
    features.push(f64::from(equal_bits));
    features.push(f64::from(equal_bytes));
    features.push(distance(one.proof.len(), two.proof.len()));
    features
}

fn flag(is: bool) -> f64 {
    f64::from(u8::from(is))
}

fn distance(one: usize, two: usize) -> f64 {
    one.abs_diff(two) as f64
}

/// Small multiples of points, and scalars and their negatives: what a scheme gives away that draws the same chance twice, or uses
/// one secret for two things.
fn algebra(one: &Seen<'_>, two: &Seen<'_>) -> Vec<f64> {
    let pairs = one.points.iter().flat_map(|first| two.points.iter().map(move |second| (first, second)));
    let mut features: Vec<f64> = pairs.map(|(first, second)| flag(!first.is_disjoint(second))).collect();
    features.push(one.scalars.intersection(&two.scalars).count() as f64);
    features.push(one.scalars.intersection(&two.negatives).count() as f64);
    features
}
