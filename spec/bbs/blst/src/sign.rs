//! Signatures: made by a market, and verified by whoever knows all that was signed.

use std::iter::once;
use std::sync::Arc;

use faam_spec::bbs::{
    BbsError, BbsPublicKey, BbsSignature, Blinded, Interface, KeyPair, NymSecrets, Opening, POINT_BYTES,
    SIGNATURE_BYTES, Signed,
};
use zeroize::Zeroizing;

use crate::curve::{Affine, Point, Scalar, pairings_cancel};
use crate::generators::Suite;
use crate::hash::hash_to_scalar;
use crate::table::{Base, sum_secret};
use crate::{Blst, commit, form};

/// Everything that a signature is over, as its generators and scalars.
pub(crate) struct Over<'a> {
    pub(crate) suite: &'a Suite,
    /// Q1, and one for each scalar.
    pub(crate) generators: Vec<Arc<Base>>,
    /// Of the signer's messages, then of the blind, the committed messages and the pseudonyms' secret.
    pub(crate) scalars: Zeroizing<Vec<Scalar>>,
    pub(crate) domain: Scalar,
}

impl<'a> Over<'a> {
    /// Reads and bounds what was signed, and hashes it.
    pub(crate) fn new(blst: &'a Blst, signed: &Signed<'_>) -> Result<Self, BbsError> {
        let suite = blst.suite(match signed.opening {
            Opening::Nothing => Interface::Plain,
            Opening::Messages(..) => Interface::Blind,
            Opening::Nym(..) => Interface::Pseudonym,
        });
        let secret = |bytes| form::scalar(bytes).map(Zeroizing::new);
        // Room for all from the start: what grows leaves copies behind that nobody wipes.
        let most = signed.messages.len() + form::MAX_MESSAGES + 2;
        let mut scalars = Zeroizing::new(Vec::with_capacity(most));
        match signed.opening {
            Opening::Nothing => suite.scalars_into(signed.messages, &mut scalars)?,
            Opening::Messages(committed, blind) => {
                form::few(committed)?;
                let blind = secret(blind.as_bytes())?;
                suite.scalars_into(signed.messages, &mut scalars)?;
                scalars.push(*blind);
                suite.scalars_into(committed, &mut scalars)?;
            }
            Opening::Nym(committed, NymSecrets { blind, prover_nym, entropy }) => {
                form::few(committed)?;
                let blind = secret(blind.as_bytes())?;
                let prover_nym = secret(prover_nym.as_bytes())?;
                let entropy = secret(entropy.as_bytes())?;
                suite.scalars_into(signed.messages, &mut scalars)?;
                scalars.push(*blind);
                suite.scalars_into(committed, &mut scalars)?;
                scalars.push(*prover_nym + *entropy);
            }
        }
        let committed = scalars.len() - signed.messages.len();
        let generators = suite.generators(signed.messages.len(), committed)?;
        let domain = suite.domain(signed.key, &generators, signed.header)?;
        Ok(Self { suite, generators, scalars, domain })
    }

    /// P1 + Q1·domain + Σ H·scalar, all of it multiplied.
    pub(crate) fn b_times(&self, p1: &Base, factor: &Scalar) -> Point {
        let mut scalars = Zeroizing::new(Vec::with_capacity(self.scalars.len() + 2));
        scalars.push(*factor);
        scalars.push(self.domain * *factor);
        scalars.extend(self.scalars.iter().map(|scalar| *scalar * *factor));
        sum_secret(once(p1).chain(self.generators.iter().map(AsRef::as_ref)).zip(scalars.iter()))
    }
}

/// Signs: B of the signer's messages, what was committed to, and the signer's part of the pseudonyms' secret.
pub(crate) fn sign(
    blst: &Blst,
    key: &KeyPair,
    header: &[u8],
    messages: &[&[u8]],
    blinded: &Blinded<'_>,
) -> Result<BbsSignature, BbsError> {
    form::few(messages)?;
    let secret = Zeroizing::new(form::some_scalar(key.secret.as_bytes())?);
    blst.lines(&key.public)?;
    let p1 = blst.p1()?;
    let (commitment, entropy) = match blinded {
        Blinded::Nothing => return plain(blst, (&secret, &key.public), header, messages),
        Blinded::Messages(commitment) => (*commitment, None),
        Blinded::Nym(commitment, entropy) => (*commitment, Some(form::scalar(entropy.as_bytes())?)),
    };
    let interface = match entropy {
        None => Interface::Blind,
        Some(_) => Interface::Pseudonym,
    };
    let suite = blst.suite(interface);
    let committed = if commitment.is_empty() { 0 } else { form::committed_messages(commitment)? };
    // What is signed for pseudonyms has their secret in it, which is committed to.
    if entropy.is_some() && committed == 0 {
        return Err(BbsError::Malformed);
    }
    let generators = suite.generators(messages.len(), committed + 1)?;
    let commitment =
        if commitment.is_empty() { Affine::default() } else { commit::verify(suite, commitment)? };
    let mut scalars = Zeroizing::new(Vec::with_capacity(messages.len()));
    suite.scalars_into(messages, &mut scalars)?;
    let (Some((q1, rest)), Some(nym)) = (generators.split_first(), generators.last()) else {
        return Err(BbsError::Malformed);
    };
    let terms = rest.iter().map(AsRef::as_ref).zip(scalars.iter());
    let own = entropy.iter().map(|entropy| (nym.as_ref(), entropy));
    let b = sum_secret(once((p1, &Scalar::ONE)).chain(terms).chain(own)).plus_affine(&commitment);
    if b.is_identity() {
        return Err(BbsError::Malformed);
    }
    let domain = suite.domain(&key.public, &generators, header)?;
    let b = b + sum_secret([(q1.as_ref(), &domain)]);
    let mut input = Zeroizing::new(Vec::with_capacity(32 + POINT_BYTES));
    input.extend_from_slice(Zeroizing::new(secret.to_bytes()).as_ref());
    input.extend_from_slice(&b.to_affine().to_bytes());
    let e = hash_to_scalar(&input, &suite.hash_tag)?;
    finish(&b, &secret, &e)
}

/// Plain BBS hashes the messages, where the other interfaces hash B.
fn plain(
    blst: &Blst,
    (secret, public): (&Scalar, &BbsPublicKey),
    header: &[u8],
    messages: &[&[u8]],
) -> Result<BbsSignature, BbsError> {
    let signed = Signed { key: public, signature: &[], header, messages, opening: Opening::Nothing };
    let over = Over::new(blst, &signed)?;
    let mut input = Zeroizing::new(Vec::with_capacity(32 * (over.scalars.len() + 2)));
    input.extend_from_slice(Zeroizing::new(secret.to_bytes()).as_ref());
    for scalar in over.scalars.iter() {
        input.extend_from_slice(&scalar.to_bytes());
    }
    input.extend_from_slice(&over.domain.to_bytes());
    let e = hash_to_scalar(&input, &over.suite.hash_tag)?;
    finish(&over.b_times(blst.p1()?, &Scalar::ONE), secret, &e)
}

/// A = B / (secret + e).
fn finish(b: &Point, secret: &Scalar, e: &Scalar) -> Result<BbsSignature, BbsError> {
    let divisor = Zeroizing::new(*secret + *e);
    if divisor.is_zero() {
        return Err(BbsError::Malformed);
    }
    let a = b.times(&Zeroizing::new(divisor.inverse())).to_affine();
    if a.is_identity() {
        return Err(BbsError::Malformed);
    }
    let mut bytes = [0; SIGNATURE_BYTES];
    let (first, last) = bytes.split_at_mut(POINT_BYTES);
    first.copy_from_slice(&a.to_bytes());
    last.copy_from_slice(&e.to_bytes());
    Ok(BbsSignature::from_bytes(bytes))
}

/// Verifies a signature: e(A, W + P2·e) = e(B, P2), with what is multiplied moved into G1.
pub(crate) fn verify(blst: &Blst, signed: &Signed<'_>) -> Result<(), BbsError> {
    form::few(signed.messages)?;
    let key = blst.lines(signed.key)?;
    let (a, e) = form::signature(signed.signature)?;
    let over = Over::new(blst, signed)?;
    let rest = a.to_point().times(&e) - over.b_times(blst.p1()?, &Scalar::ONE);
    if pairings_cancel([(a, key.as_ref()), (rest.to_affine(), blst.generator_lines())]) {
        Ok(())
    } else {
        Err(BbsError::Refused)
    }
}
