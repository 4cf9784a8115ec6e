//! Proofs verified: all but the pairings, which may wait for those of other proofs.

use std::iter::once;
use std::sync::Arc;

use faam_spec::bbs::{BbsError, Interface, POINT_BYTES, Pseudonym, SCALAR_BYTES, Shown};

use crate::curve::{Affine, Lines, Point, Scalar, pairings_cancel};
use crate::table::{Base, sum_public};
use crate::{Blst, form};

/// What is left of a proof whose challenge is right: e(Abar, W) = e(Bbar, P2).
pub(crate) struct Equation {
    pub(crate) abar: Affine,
    pub(crate) bbar: Affine,
    pub(crate) key: Arc<Lines>,
}

impl Equation {
    /// Whether it holds.
    pub(crate) fn holds(&self, blst: &Blst) -> bool {
        let negative = self.bbar.negated_if(true);
        pairings_cancel([(self.abar, self.key.as_ref()), (negative, blst.generator_lines())])
    }
}

/// A proof as its points and scalars.
struct Form {
    points: [Affine; 3],
    e: Scalar,
    r1: Scalar,
    r3: Scalar,
    hidden: Vec<Scalar>,
    challenge: Scalar,
}

/// Verifies everything but the pairings.
///
/// Lengths and counts come first, then points, and only then anything that costs more.
pub(crate) fn equation(blst: &Blst, shown: &Shown<'_>) -> Result<Equation, BbsError> {
    let most = form::LEAST_PROOF + 2 * form::MAX_MESSAGES * SCALAR_BYTES;
    let length = shown.proof.len();
    if length < form::LEAST_PROOF || length > most || shown.messages_total > form::MAX_MESSAGES {
        return Err(BbsError::Malformed);
    }
    form::ascending(shown.disclosed.iter().map(|(index, _)| *index), shown.messages_total)?;
    form::ascending(shown.disclosed_committed.iter().map(|(index, _)| *index), form::MAX_MESSAGES)?;
    let (points, _) = shown.proof.as_chunks::<POINT_BYTES>();
    let Some([abar, bbar, d]) = points.first_chunk::<3>() else { return Err(BbsError::Malformed) };
    //= spec/text/private.md#REQ-PRIVATE-13
    //# The pseudonym and the three points of a proof MUST be points of the prime-order group of G1 in their one
    //# encoding, and none of them the identity.
    let points = [blst.point(abar)?, blst.point(bbar)?, blst.point(d)?];
    //= spec/text/private.md#REQ-PRIVATE-20
    //# the record's `key` MUST be a point of the prime-order group of G2 in its one encoding, and not the
    //# identity
    let key = blst.lines(shown.key)?;
    let pseudonym = match shown.pseudonym {
        None if shown.disclosed_committed.is_empty() => None,
        None => return Err(BbsError::Unsupported),
        Some((pseudonym, context)) => {
            Some((pseudonym, blst.point(pseudonym.as_bytes())?, blst.context(context)?))
        }
    };
    let of = read(shown.proof, points)?;

    // How many messages there are follows from the length, and has to be what was said; under pseudonyms there are the blind,
    // what was committed to, and their secret besides.
    let total = of.hidden.len() + shown.disclosed.len() + shown.disclosed_committed.len();
    let committed = total.checked_sub(shown.messages_total).ok_or(BbsError::Malformed)?;
    let suite = match pseudonym {
        None if committed == 0 => blst.suite(Interface::Plain),
        Some(_) if (2..=form::MAX_GENERATORS).contains(&committed) => {
            form::ascending(shown.disclosed_committed.iter().map(|(index, _)| *index), committed - 2)?;
            blst.suite(Interface::Pseudonym)
        }
        _ => return Err(BbsError::Malformed),
    };
    let generators = suite.generators(shown.messages_total, committed)?;
    let shown_first = shown.disclosed.iter().copied();
    let shown_last = shown.disclosed_committed.iter();
    let shown_last = shown_last.map(|(index, message)| (shown.messages_total + 1 + index, *message));
    let (indexes, messages): (Vec<usize>, Vec<&[u8]>) = shown_first.chain(shown_last).unzip();
    let mut scalars = Vec::with_capacity(messages.len());
    suite.scalars_into(&messages, &mut scalars)?;
    let disclosed: Vec<(usize, Scalar)> = indexes.into_iter().zip(scalars).collect();
    let domain = suite.domain(shown.key, &generators, shown.header)?;

    let [abar, bbar, d] = of.points;
    let t1 = Affine::multiply_sum(&[(bbar, of.challenge), (abar, of.e), (d, of.r1)], 255);
    let t2 =
        fixed_part(blst, &generators, &disclosed, &domain, &of)? + Affine::multiply_sum(&[(d, of.r3)], 255);
    let mut computed = vec![t1, t2];
    if let Some((_, pseudonym, context)) = &pseudonym {
        let secret = of.hidden.last().ok_or(BbsError::Malformed)?;
        let ut = context.times(secret) + Affine::multiply_sum(&[(*pseudonym, -of.challenge)], 255);
        if ut.is_identity() {
            return Err(BbsError::Refused);
        }
        computed.push(ut);
    }
    let mut points: Vec<[u8; POINT_BYTES]> = shown.proof.as_chunks().0.iter().take(3).copied().collect();
    let mut computed = Point::all_to_affine(&computed).into_iter().map(Affine::to_bytes);
    points.extend(computed.by_ref().take(2));
    if let Some((pseudonym, _, context)) = &pseudonym {
        let pseudonym: &Pseudonym = pseudonym;
        points.extend([*pseudonym.as_bytes(), *context.base.bytes()]);
    }
    points.extend(computed);
    let challenge = suite.proof_challenge(&disclosed, &points, &domain, shown.presentation_header)?;
    if challenge == of.challenge { Ok(Equation { abar, bbar, key }) } else { Err(BbsError::Refused) }
}

/// Reads the scalars of a proof, none of them over the order and the challenge not 0.
//= spec/text/private.md#REQ-PRIVATE-20
//# Every scalar of a proof MUST be below the group's order and the challenge not 0
fn read(proof: &[u8], points: [Affine; 3]) -> Result<Form, BbsError> {
    let scalars = proof.get(3 * POINT_BYTES..).ok_or(BbsError::Malformed)?;
    let (scalars, []) = scalars.as_chunks::<SCALAR_BYTES>() else { return Err(BbsError::Malformed) };
    let scalars = scalars.iter().map(form::scalar).collect::<Result<Vec<_>, _>>()?;
    let [e, r1, r3, hidden @ .., challenge] = scalars.as_slice() else { return Err(BbsError::Malformed) };
    if challenge.is_zero() {
        return Err(BbsError::Malformed);
    }
    Ok(Form { points, e: *e, r1: *r1, r3: *r3, hidden: hidden.to_vec(), challenge: *challenge })
}

/// Bv·c + Σ H_j·m^_j: all of T2 that is of fixed points, in one sum.
fn fixed_part(
    blst: &Blst,
    generators: &[Arc<Base>],
    disclosed: &[(usize, Scalar)],
    domain: &Scalar,
    of: &Form,
) -> Result<Point, BbsError> {
    let mut scalars = Vec::with_capacity(generators.len() + 1);
    scalars.extend([of.challenge, *domain * of.challenge]);
    let (mut disclosed, mut hidden) = (disclosed.iter().peekable(), of.hidden.iter());
    for index in 0..generators.len().saturating_sub(1) {
        let scalar = match disclosed.next_if(|(at, _)| *at == index) {
            Some((_, message)) => *message * of.challenge,
            None => *hidden.next().ok_or(BbsError::Malformed)?,
        };
        scalars.push(scalar);
    }
    let bases = once(blst.p1()?).chain(generators.iter().map(AsRef::as_ref));
    Ok(sum_public(bases.zip(&scalars)))
}
