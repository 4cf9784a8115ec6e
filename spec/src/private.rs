//! The private standing: milestones of a whole ledger, signed so that any few of them can be shown, unlinkably, to anybody.
//!
//! A market signs, for each role of each bound ledger and in each epoch, all milestones of the [grid](crate::grid), each true or
//! false, under a header that is the same for everybody. The wallet proves some of the true ones to a verifier under a
//! pseudonym: the same at that verifier, and another everywhere else.
//!
//! Nothing that a verifier needs for the header travels with the proof: it comes from the epoch record, which is the same for
//! all of the market's accounts.
//!
//! Specified in `spec/text/private.md`.

mod batch;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

pub use batch::PreparedProof;

use crate::bbs::{
    Bbs, BbsError, BbsPublicKey, BbsSignature, Blinded, Commitment, Entropy, Hidden, KeyPair, NymSecrets,
    Opening, POINT_BYTES, Proven, Pseudonym, SCALAR_BYTES, SecretScalar, Showing, Signed,
};
use crate::client::Client;
use crate::domain::{PRIVATE_CONTEXT, PRIVATE_HEADER, PRIVATE_PRESENTATION, PRIVATE_SECRET, PRIVATE_SUITE};
use crate::encoding::{jcs, multi, unmulti};
use crate::epoch::EpochRecord;
use crate::grid::{GRID_VERSION, MILESTONES, Milestone, Milestones, Steps};
use crate::limits::{MAX_GROUP_ROWS, MIN_GROUP};
use crate::name::Role;
use crate::reason::{Fault, Reason, refuse};

/// What an epoch record says about private standings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivateTerms {
    /// The scheme and the revisions of its drafts: [`PRIVATE_SUITE`].
    pub suite: String,
    /// Version of the grid: [`GRID_VERSION`].
    pub grid: u32,
    /// How many messages are signed: [`MILESTONES`].
    pub messages: u64,
    /// The key under which they are signed in this epoch.
    pub key: BbsPublicKey,
    /// How many ledgers are bound to a wallet that can show private standings, rounded down to a multiple of [`MIN_GROUP`].
    pub bound: u64,
    /// For each role, how many accounts stand on which steps; at most [`MAX_GROUP_ROWS`] rows in all.
    pub groups: BTreeMap<Role, Vec<Group>>,
}

/// Accounts that stand on these steps at least, and are in no other row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The steps of each metric but `bound`, which is 0.
    pub steps: Steps,
    /// How many accounts; a multiple of [`MIN_GROUP`].
    pub accounts: u64,
}

impl PrivateTerms {
    /// Whether the terms are ones that this program knows and can be true.
    ///
    /// # Errors
    /// `private.terms` for another suite, grid or number of messages; `too_large` for more than [`MAX_GROUP_ROWS`] rows;
    /// `malformed` for a row of no multiple of [`MIN_GROUP`] accounts, or with steps of `bound`, a row twice, rows in another order,
    /// or a number of bound ledgers that is no multiple of [`MIN_GROUP`].
    ///
    /// Implements REQ-PRIVATE-2 and REQ-PRIVATE-3 (`spec/text/private.md`).
    pub fn check(&self) -> Result<(), Fault> {
        //= spec/text/private.md#REQ-PRIVATE-2
        //# `suite`, `grid` and `messages` MUST be those of this page.
        if self.suite != PRIVATE_SUITE
            || self.grid != GRID_VERSION
            || usize::try_from(self.messages) != Ok(MILESTONES)
        {
            return refuse(Reason::PrivateTerms, "private");
        }
        //= spec/text/private.md#REQ-PRIVATE-3
        //# There MUST be at most 200 rows
        if self.groups.values().map(Vec::len).sum::<usize>() > MAX_GROUP_ROWS {
            return refuse(Reason::TooLarge, "private.groups");
        }
        //= spec/text/private.md#REQ-PRIVATE-3
        //# each of a multiple of 20 accounts and not of none, in ascending order of their steps and each once, with 0
        //# for `bound`
        let rows = self.groups.values().all(|rows| {
            let bound = |row: &Group| {
                Milestone::all().any(|of| of.metric() == crate::grid::Metric::Bound && row.steps.reaches(of))
            };
            let full = |row: &Group| row.accounts > 0 && row.accounts.is_multiple_of(MIN_GROUP);
            rows.iter().all(|row| full(row) && !bound(row))
                && rows.is_sorted_by(|first, second| first.steps < second.steps)
        });
        if !rows || !self.bound.is_multiple_of(MIN_GROUP) {
            return refuse(Reason::Malformed, "private.groups");
        }
        Ok(())
    }

    /// Whether they count no more than there is: the market has so many accounts.
    ///
    /// # Errors
    /// `malformed` if `bound`, or the rows of a role together, are over it.
    ///
    /// Implements REQ-PRIVATE-3 (`spec/text/private.md`).
    pub fn check_among(&self, accounts: u64) -> Result<(), Fault> {
        //= spec/text/private.md#REQ-PRIVATE-3
        //# Neither `bound` nor the rows of a role together MUST count more than the `size` of `accounts` in the record
        let fits = |rows: &Vec<Group>| {
            let sum = rows.iter().try_fold(0_u64, |sum, row| sum.checked_add(row.accounts));
            sum.is_some_and(|sum| sum <= accounts)
        };
        if self.bound > accounts || !self.groups.values().all(fits) {
            return refuse(Reason::Malformed, "private.groups");
        }
        Ok(())
    }

    /// How many accounts of the market are known to reach all of these milestones in this role: at least so many do. Milestones
    /// of `bound` are left out of account, because the rows do not tell them.
    #[must_use]
    pub fn sharing(&self, role: &Role, milestones: &[Milestone]) -> u64 {
        let reaches = |row: &&Group| {
            let told = milestones.iter().filter(|of| of.metric() != crate::grid::Metric::Bound);
            told.into_iter().all(|milestone| row.steps.reaches(*milestone))
        };
        self.groups.get(role).into_iter().flatten().filter(reaches).map(|row| row.accounts).sum()
    }
}

/// What a market hands to a wallet beside the plain standing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferedPrivate {
    /// The commitment that the ledger's binding has.
    pub commitment: Commitment,
    /// The market's part of the pseudonyms' secret, the same for as long as the binding lasts.
    pub entropy: Entropy,
    /// A signature for each role in which there is a live rating.
    pub standings: BTreeMap<Role, BbsSignature>,
}

/// A wallet's secrets for one binding, and the commitment that the market has.
#[derive(Debug, Clone)]
pub struct WalletSecrets {
    /// The commitment with its proof.
    pub commitment: Commitment,
    /// Its blind.
    pub blind: SecretScalar,
    /// The wallet's part of the pseudonyms' secret.
    pub prover_nym: SecretScalar,
}

/// What [`refused`] tells of a backend's refusal to make something that cannot fail.
fn internal(_: BbsError) -> Fault {
    Fault::new(Reason::Internal, "private")
}

fn refused(malformed: Reason, wrong: Reason, at: &'static str) -> impl Fn(BbsError) -> Fault {
    move |error| match error {
        BbsError::Malformed => Fault::new(malformed, at),
        BbsError::Refused => Fault::new(wrong, at),
        BbsError::Unsupported => Fault::new(Reason::Internal, at),
    }
}

impl WalletSecrets {
    /// Fresh secrets for one binding. They must be kept durably before the commitment is sent.
    ///
    /// From a source such as [`RootSeed::chance`](crate::key::RootSeed::chance), which gives the same bytes again, they are the same
    /// again, by a backend that draws no chance of its own.
    ///
    /// # Errors
    /// `internal`, which no source of chance causes.
    ///
    /// Implements REQ-PRIVATE-5 (`spec/text/private.md`).
    pub fn random(bbs: &dyn Bbs, rng: &mut dyn rand_core::CryptoRngCore) -> Result<Self, Fault> {
        //= spec/text/private.md#REQ-PRIVATE-5
        //# A wallet MUST make fresh secrets for each binding
        let mut material = zeroize::Zeroizing::new([0; 48]);
        rng.fill_bytes(material.as_mut());
        // The drafts' way from random bytes to a scalar without bias.
        let scalar = bbs.hash_to_scalar(material.as_ref(), PRIVATE_SECRET).map_err(internal)?;
        let scalar = zeroize::Zeroizing::new(scalar);
        let prover_nym = SecretScalar::from_bytes(*scalar);
        let (commitment, blind) = bbs.commit(&Hidden::Nym(&[], &prover_nym), rng).map_err(internal)?;
        let commitment = <[u8; _]>::try_from(commitment).map_err(|_| internal(BbsError::Malformed))?;
        Ok(Self { commitment: Commitment::from_bytes(commitment), blind, prover_nym })
    }

    const fn with<'a>(&'a self, entropy: &'a Entropy) -> NymSecrets<'a> {
        NymSecrets { blind: &self.blind, prover_nym: &self.prover_nym, entropy }
    }
}

/// The header of an epoch's private standings in one role: the same for every account of the market.
///
/// # Errors
/// `private.terms` for a record without terms of private standings; `internal`, which no record causes.
///
/// Implements REQ-PRIVATE-1 (`spec/text/private.md`).
pub fn header(record: &EpochRecord, role: &Role) -> Result<Vec<u8>, Fault> {
    let terms = terms(record)?;
    //= spec/text/private.md#REQ-PRIVATE-1
    //# The header MUST be made from the epoch record
    let header = json!({
        "v": 0, "suite": terms.suite, "iss": record.iss, "market": record.market, "role": role,
        "epoch": record.epoch, "epoch_seconds": record.epoch_seconds, "grid": terms.grid, "messages": terms.messages,
    });
    Ok([PRIVATE_HEADER, &jcs(&header)?].concat())
}

/// The terms of private standings in a record.
///
/// # Errors
/// `private.terms` if it has none.
pub fn terms(record: &EpochRecord) -> Result<&PrivateTerms, Fault> {
    record.private.as_ref().ok_or(Fault::new(Reason::PrivateTerms, "epoch_record.private"))
}

/// The context of a holder's pseudonym at a verifier: it stays when the verifier's name moves.
///
/// Implements REQ-PRIVATE-10 (`spec/text/private.md`).
//= spec/text/private.md#REQ-PRIVATE-10
//# The context MUST be `faam/pseudonym/0\n` and the stable part of the verifier's DID
#[must_use]
pub fn context(verifier: &Client) -> Vec<u8> {
    [PRIVATE_CONTEXT, verifier.stable_part().as_bytes()].concat()
}

/// The presentation header: for this verifier and this request.
///
/// # Errors
/// `internal`, which no text causes.
///
/// Implements REQ-PRIVATE-11 (`spec/text/private.md`).
pub fn presentation_header(audience: &str, nonce: &str) -> Result<Vec<u8>, Fault> {
    //= spec/text/private.md#REQ-PRIVATE-11
    //# The presentation header MUST be made of the verifier's whole `client_id` and the request's nonce
    Ok([PRIVATE_PRESENTATION, &jcs(&json!({"aud": audience, "nonce": nonce}))?].concat())
}

/// Signs an account's steps, as the market.
///
/// # Errors
/// `private.commitment` if the commitment does not verify; `private.terms` if the record has no terms; `internal`.
pub fn sign(
    bbs: &dyn Bbs,
    key: &KeyPair,
    record: &EpochRecord,
    role: &Role,
    steps: &Steps,
    (commitment, entropy): (&Commitment, &Entropy),
) -> Result<BbsSignature, Fault> {
    let header = header(record, role)?;
    let messages = steps.messages();
    let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    bbs.sign(key, &header, &messages, &Blinded::Nym(commitment.as_bytes(), entropy)).map_err(refused(
        Reason::PrivateCommitment,
        Reason::PrivateCommitment,
        "commitment",
    ))
}

/// Verifies a private standing by what the wallet computed itself.
///
/// # Errors
/// `private.signature` if it does not state these steps, this record and this role for these secrets; `private.terms`.
///
/// Implements REQ-PRIVATE-7 (`spec/text/private.md`).
pub fn check(
    bbs: &dyn Bbs,
    record: &EpochRecord,
    role: &Role,
    steps: &Steps,
    (secrets, entropy): (&WalletSecrets, &Entropy),
    signature: &BbsSignature,
) -> Result<(), Fault> {
    let header = header(record, role)?;
    let messages = steps.messages();
    let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    //= spec/text/private.md#REQ-PRIVATE-7
    //# The signature MUST verify over the milestones that the wallet computed itself
    bbs.verify(&Signed {
        key: &terms(record)?.key,
        signature: signature.as_bytes(),
        header: &header,
        messages: &messages,
        opening: Opening::Nym(&[], &secrets.with(entropy)),
    })
    .map_err(refused(Reason::PrivateSignature, Reason::PrivateSignature, "private.signature"))
}

/// For whom, and in answer to what, something is proven.
#[derive(Debug, Clone, Copy)]
pub struct Audience<'a> {
    /// The verifier, as its request was signed.
    pub verifier: &'a Client,
    /// The request's nonce.
    pub nonce: &'a str,
}

/// Proves milestones that are reached, under the holder's pseudonym at the verifier.
///
/// # Errors
/// `query.nothing` if one of them is not reached; `private.terms`; `internal`.
///
/// Implements REQ-PRIVATE-9 (`spec/text/private.md`).
pub fn prove(
    bbs: &dyn Bbs,
    (record, role): (&EpochRecord, &Role),
    (steps, signature): (&Steps, &BbsSignature),
    (secrets, entropy): (&WalletSecrets, &Entropy),
    milestones: &Milestones,
    audience: Audience<'_>,
    rng: &mut dyn rand_core::CryptoRngCore,
) -> Result<PrivateProof, Fault> {
    //= spec/text/private.md#REQ-PRIVATE-9
    //# A proof MUST disclose exactly the messages of the milestones that were asked for, all of them true
    if !milestones.as_slice().iter().all(|milestone| steps.reaches(*milestone)) {
        return refuse(Reason::NothingToShow, "milestones");
    }
    let header = header(record, role)?;
    let presentation_header = presentation_header(&audience.verifier.client_id(), audience.nonce)?;
    let messages = steps.messages();
    let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let disclosed: Vec<usize> = milestones.as_slice().iter().map(|milestone| milestone.index()).collect();
    let signed = Signed {
        key: &terms(record)?.key,
        signature: signature.as_bytes(),
        header: &header,
        messages: &messages,
        opening: Opening::Nym(&[], &secrets.with(entropy)),
    };
    let showing = Showing {
        presentation_header: &presentation_header,
        disclosed: &disclosed,
        disclosed_committed: &[],
        context: Some(&context(audience.verifier)),
    };
    let Proven { proof, pseudonym } = bbs.prove(&signed, &showing, rng).map_err(internal)?;
    let pseudonym = pseudonym.ok_or(internal(BbsError::Unsupported))?;
    Ok(PrivateProof { pseudonym, proof })
}

/// Bytes of a proof that shows so many milestones: what it hides are the other ones, the commitment's blind and the pseudonyms'
/// secret.
#[must_use]
pub const fn proof_bytes(milestones: usize) -> usize {
    let hidden = MILESTONES.saturating_sub(milestones) + 2;
    3 * POINT_BYTES + (4 + hidden) * SCALAR_BYTES
}

/// Longest text of a proof with its pseudonym.
const MAX_TEXT: usize = 1 + (POINT_BYTES + proof_bytes(0)).div_ceil(3) * 4;

/// A proof with the pseudonym that it is bound to; as text, multibase of the pseudonym and the proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateProof {
    /// The holder's name at this verifier.
    pub pseudonym: Pseudonym,
    /// The proof.
    pub proof: Vec<u8>,
}

impl PrivateProof {
    /// The proof as text.
    #[must_use]
    pub fn to_text(&self) -> String {
        multi([self.pseudonym.as_bytes().as_slice(), &self.proof].concat())
    }

    /// Reads a proof that shows so many milestones. No point is looked at.
    ///
    /// # Errors
    /// `private.malformed` for another length, before anything is read; `malformed.base64url`.
    ///
    /// Implements REQ-PRIVATE-12 (`spec/text/private.md`).
    pub fn parse(text: &str, milestones: usize) -> Result<Self, Fault> {
        let bad = || Fault::new(Reason::PrivateMalformed, "vp_token");
        //= spec/text/private.md#REQ-PRIVATE-12
        //# The length of a proof MUST be the one that its milestones give, and is compared before anything else.
        if text.len() > MAX_TEXT {
            return Err(bad());
        }
        let bytes = unmulti(text, "vp_token")?;
        let (pseudonym, proof) = bytes.split_first_chunk::<POINT_BYTES>().ok_or_else(bad)?;
        if proof.len() != proof_bytes(milestones) {
            return Err(bad());
        }
        Ok(Self { pseudonym: Pseudonym::from_bytes(*pseudonym), proof: proof.to_vec() })
    }

    /// Looks at the length and the points, before anything is multiplied: what a verifier does with all proofs of an answer
    /// before it verifies the first.
    ///
    /// # Errors
    /// `private.malformed` for a proof of another length than so many milestones give, or a point of it or the pseudonym
    /// that is not of the prime-order group in its one encoding, or is the identity.
    ///
    /// Implements REQ-PRIVATE-12 and REQ-PRIVATE-13 (`spec/text/private.md`).
    pub fn check_points<'a>(
        &'a self,
        bbs: &dyn Bbs,
        milestones: &'a Milestones,
    ) -> Result<FormedProof<'a>, Fault> {
        let bad = Fault::new(Reason::PrivateMalformed, "vp_token");
        if self.proof.len() != proof_bytes(milestones.as_slice().len()) {
            return Err(bad);
        }
        let (points, _) = self.proof.as_chunks::<POINT_BYTES>();
        let Some([abar, bbar, d]) = points.first_chunk::<3>() else { return Err(bad) };
        //= spec/text/private.md#REQ-PRIVATE-13
        //# The pseudonym and the three points of a proof MUST be points of the prime-order group of G1 in their one
        //# encoding, and none of them the identity.
        bbs.check_points(&[self.pseudonym.as_bytes(), abar, bbar, d]).map_err(|_| bad)?;
        Ok(FormedProof { shown: self, milestones })
    }

    /// Verifies that a holder of a private standing of this record and role reaches these milestones.
    ///
    /// Points are looked at before anything is multiplied, and everything else before the pairings.
    ///
    /// # Errors
    /// Those of [`PrivateProof::check_points`] and [`FormedProof::verify`].
    ///
    /// Implements REQ-PRIVATE-12 to REQ-PRIVATE-14 (`spec/text/private.md`).
    pub fn verify(
        &self,
        bbs: &dyn Bbs,
        of: (&EpochRecord, &Role),
        milestones: &Milestones,
        audience: Audience<'_>,
    ) -> Result<(), Fault> {
        terms(of.0)?;
        self.check_points(bbs, milestones)?.verify(bbs, of, audience)
    }
}

/// A proof of the right length whose points are points. It is not yet verified.
#[derive(Debug, Clone, Copy)]
pub struct FormedProof<'a> {
    shown: &'a PrivateProof,
    milestones: &'a Milestones,
}

impl FormedProof<'_> {
    /// Verifies the proof, for this record, role and audience.
    ///
    /// # Errors
    /// `private.terms`; `private.malformed` for a scalar that is none; `private.proof`.
    ///
    /// Implements REQ-PRIVATE-14 and REQ-PRIVATE-20 (`spec/text/private.md`).
    pub fn verify(
        &self,
        bbs: &dyn Bbs,
        of: (&EpochRecord, &Role),
        audience: Audience<'_>,
    ) -> Result<(), Fault> {
        self.prepare(of, audience)?.verify(bbs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(bound: u64, roles: &[(&str, &[u64])]) -> PrivateTerms {
        let row = |(step, accounts): (u8, &u64)| {
            let steps = Steps::new([step, 0, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap();
            Group { steps, accounts: *accounts }
        };
        let of = |(role, rows): &(&str, &[u64])| (role.parse().unwrap(), (1..).zip(*rows).map(row).collect());
        let terms = PrivateTerms {
            suite: PRIVATE_SUITE.to_owned(),
            grid: GRID_VERSION,
            messages: u64::try_from(MILESTONES).unwrap(),
            key: BbsPublicKey::from_bytes([1; 96]),
            bound,
            groups: roles.iter().map(of).collect(),
        };
        terms.check().unwrap();
        terms
    }

    /// The highest multiple that there is.
    const MOST: u64 = u64::MAX - u64::MAX % MIN_GROUP;

    //= spec/text/private.md#REQ-PRIVATE-3
    //= type=test
    //# Neither `bound` nor the rows of a role together MUST count more than the `size` of `accounts` in the record
    #[test]
    fn a28_no_more_are_counted_than_there_are() {
        let all = terms(40, &[("buyer", &[40]), ("seller", &[20, 20])]);
        assert_eq!(all.check_among(40), Ok(()));
        assert_eq!(terms(0, &[]).check_among(0), Ok(()));
        for (more, accounts) in [
            (&all, 39),
            (&all, 0),
            (&terms(60, &[]), 59),
            (&terms(0, &[("seller", &[60])]), 40),
            (&terms(0, &[("buyer", &[20]), ("seller", &[20, 40])]), 40),
            (&terms(0, &[("seller", &[MOST, 20])]), u64::MAX),
            (&terms(0, &[("seller", &[MOST, MOST, 40])]), 100),
        ] {
            assert_eq!(more.check_among(accounts).unwrap_err().reason(), Reason::Malformed, "{accounts}");
        }
    }
}
