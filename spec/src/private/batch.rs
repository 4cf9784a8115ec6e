//! Proofs with everything that they are verified against, made into bytes: one by one, or many together.

use core::num::NonZeroUsize;

use super::{Audience, FormedProof, context, header, presentation_header, refused, terms};
use crate::bbs::{Bbs, BbsPublicKey, Pseudonym, Shown};
use crate::epoch::EpochRecord;
use crate::grid::MILESTONES;
use crate::name::Role;
use crate::reason::{Fault, Reason};

/// A proof of the right form, for one record, role and audience. It is not yet verified.
#[derive(Debug, Clone)]
pub struct PreparedProof {
    key: BbsPublicKey,
    header: Vec<u8>,
    presentation_header: Vec<u8>,
    context: Vec<u8>,
    /// Index and message of each milestone.
    messages: Vec<(usize, Vec<u8>)>,
    pseudonym: Pseudonym,
    proof: Vec<u8>,
}

impl FormedProof<'_> {
    /// Says against what the proof has to verify.
    ///
    /// # Errors
    /// `private.terms`; `internal`, which no record causes.
    pub fn prepare(
        &self,
        (record, role): (&EpochRecord, &Role),
        audience: Audience<'_>,
    ) -> Result<PreparedProof, Fault> {
        Ok(PreparedProof {
            key: terms(record)?.key,
            header: header(record, role)?,
            presentation_header: presentation_header(&audience.verifier.client_id(), audience.nonce)?,
            context: context(audience.verifier),
            messages: self.milestones.as_slice().iter().map(|of| (of.index(), of.message(true))).collect(),
            pseudonym: self.shown.pseudonym,
            proof: self.shown.proof.clone(),
        })
    }
}

impl PreparedProof {
    /// Verifies it.
    ///
    /// # Errors
    /// `private.malformed` for a scalar that is none; `private.proof`.
    ///
    /// Implements REQ-PRIVATE-14 and REQ-PRIVATE-20 (`spec/text/private.md`).
    pub fn verify(&self, bbs: &dyn Bbs) -> Result<(), Fault> {
        //= spec/text/private.md#REQ-PRIVATE-14
        //# The proof MUST verify
        //= spec/text/private.md#REQ-PRIVATE-20
        //# Every scalar of a proof MUST be below the group's order and the challenge not 0
        bbs.verify_proof(&self.shown(&self.disclosed())).map_err(fault)
    }

    /// Verifies many, with up to so many threads: of each, in their order, what [`PreparedProof::verify`] says of it alone.
    #[must_use]
    pub fn verify_all(bbs: &dyn Bbs, proofs: &[&Self], threads: NonZeroUsize) -> Vec<Result<(), Fault>> {
        let disclosed: Vec<_> = proofs.iter().map(|proof| proof.disclosed()).collect();
        let shown: Vec<_> =
            proofs.iter().zip(&disclosed).map(|(proof, disclosed)| proof.shown(disclosed)).collect();
        let said = bbs.verify_proofs(&shown, threads);
        said.into_iter().map(|said| said.map_err(fault)).collect()
    }

    fn disclosed(&self) -> Vec<(usize, &[u8])> {
        self.messages.iter().map(|(index, message)| (*index, message.as_slice())).collect()
    }

    fn shown<'a>(&'a self, disclosed: &'a [(usize, &'a [u8])]) -> Shown<'a> {
        Shown {
            key: &self.key,
            header: &self.header,
            presentation_header: &self.presentation_header,
            messages_total: MILESTONES,
            disclosed,
            disclosed_committed: &[],
            pseudonym: Some((&self.pseudonym, &self.context)),
            proof: &self.proof,
        }
    }
}

fn fault(error: crate::bbs::BbsError) -> Fault {
    refused(Reason::PrivateMalformed, Reason::PrivateProof, "vp_token")(error)
}
