//! Proofs: some messages of a signature shown, the others and the signature hidden.

use std::iter::once;

use faam_spec::bbs::{BbsError, Opening, POINT_BYTES, Proven, Pseudonym, SCALAR_BYTES, Showing, Signed};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use crate::curve::{Point, Scalar};
use crate::hash::draw_many;
use crate::sign::Over;
use crate::table::sum_secret;
use crate::{Blst, form};

/// Proves. Chance is drawn in the drafts' order, 48 bytes for each scalar: r1, r2, e~, r1~, r3~, and the mask of each hidden message.
pub(crate) fn prove(
    blst: &Blst,
    signed: &Signed<'_>,
    showing: &Showing<'_>,
    rng: &mut dyn CryptoRngCore,
) -> Result<Proven, BbsError> {
    form::few(signed.messages)?;
    form::ascending(showing.disclosed.iter().copied(), signed.messages.len())?;
    blst.lines(signed.key)?;
    let (a, e) = form::signature(signed.signature)?;
    let e = Zeroizing::new(e);
    match (signed.opening, showing.context) {
        (Opening::Nothing, None) if showing.disclosed_committed.is_empty() => {}
        (Opening::Nym(committed, _), Some(_)) => {
            form::few(committed)?;
            form::ascending(showing.disclosed_committed.iter().copied(), committed.len())?;
        }
        _ => return Err(BbsError::Unsupported),
    }
    let over = Over::new(blst, signed)?;
    let context = showing.context.map(|context| blst.context(context)).transpose()?;

    // The blind stands between the signer's messages and those that were committed to.
    let committed = showing.disclosed_committed.iter().map(|index| signed.messages.len() + 1 + index);
    let at: Vec<usize> = showing.disclosed.iter().copied().chain(committed).collect();
    let (mut disclosed, mut hidden) = (Vec::with_capacity(at.len()), Vec::with_capacity(over.scalars.len()));
    let bases = over.generators.iter().skip(1);
    for (index, (scalar, base)) in over.scalars.iter().zip(bases).enumerate() {
        if at.binary_search(&index).is_ok() {
            disclosed.push((index, *scalar));
        } else {
            hidden.push((scalar, base));
        }
    }

    let drawn = draw_many(5 + hidden.len(), rng)?;
    let Some((&[r1, r2, e_mask, r1_mask, r3_mask], masks)) = drawn.split_first_chunk::<5>() else {
        return Err(BbsError::Malformed);
    };
    let [r1, r2, e_mask, r1_mask, r3_mask] = [r1, r2, e_mask, r1_mask, r3_mask].map(Zeroizing::new);
    let r3 = Zeroizing::new(r2.inverse());

    let d = over.b_times(blst.p1()?, &r2);
    let abar = a.to_point().times(&Zeroizing::new(*r1 * *r2));
    let bbar = d.times(&r1) - abar.times(&e);
    let t1 = abar.times(&e_mask) + d.times(&r1_mask);
    let t2 = d.times(&r3_mask) + sum_secret(hidden.iter().map(|(_, base)| base.as_ref()).zip(masks));
    let mut points = vec![abar, bbar, d, t1, t2];
    if let Some(context) = &context {
        // The pseudonyms' secret is the last of what is hidden.
        let (Some((secret, _)), Some(mask)) = (hidden.last(), masks.last()) else {
            return Err(BbsError::Malformed);
        };
        let op = context.base.point().to_point();
        let (pseudonym, ut) = (op.times(secret), op.times(mask));
        if pseudonym.is_identity() || ut.is_identity() {
            return Err(BbsError::Malformed);
        }
        points.extend([pseudonym, op, ut]);
    }
    let points: Vec<[u8; POINT_BYTES]> =
        Point::all_to_affine(&points).into_iter().map(crate::curve::Affine::to_bytes).collect();
    let challenge =
        over.suite.proof_challenge(&disclosed, &points, &over.domain, showing.presentation_header)?;

    let mut proof = Vec::with_capacity(form::LEAST_PROOF + hidden.len() * SCALAR_BYTES);
    points.iter().take(3).for_each(|point| proof.extend_from_slice(point));
    let mut answer = |scalar: Scalar| proof.extend_from_slice(&scalar.to_bytes());
    answer(*e_mask + *e * challenge);
    answer(*r1_mask - *r1 * challenge);
    answer(*r3_mask - *r3 * challenge);
    for ((message, _), mask) in hidden.iter().zip(masks) {
        answer(*mask + **message * challenge);
    }
    once(challenge).for_each(answer);
    let pseudonym = context.and(points.get(5)).map(|bytes| Pseudonym::from_bytes(*bytes));
    Ok(Proven { proof, pseudonym })
}
