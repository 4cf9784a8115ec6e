//! Private standings: all that is cheap of all of them, then their proofs (`spec/text/verifying.md`).

use faam_spec::bbs::Bbs;
use faam_spec::decision::{Grade, PrivateFacts};
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::name::Role;
use faam_spec::presentation::{Presentation, PrivateShown};
use faam_spec::private::{Audience, PreparedProof, PrivateProof, terms};
use faam_spec::query::PrivateQuery;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::request::Request;

use crate::pipeline::{Judged, check_epoch, is_ahead};
use crate::sources::Sources;
use crate::trust::{StatementType, Wanted};

/// What the answer shows of one private standing, of the right form and not yet verified.
struct Part<'a> {
    query: &'a PrivateQuery,
    role: &'a Role,
    record: &'a str,
    proof: PrivateProof,
}

/// A private standing of which nothing is left to be verified but its proof.
pub(crate) struct Unproven {
    pub(crate) facts: PrivateFacts,
    pub(crate) proof: PreparedProof,
}

/// Judges the answer to a query of private standings, up to the proofs.
pub(crate) fn judge(
    bbs: &dyn Bbs,
    request: &Request,
    presentation: &Presentation,
    sources: &Sources,
    judged: &mut Judged,
) -> Result<Vec<Unproven>, Fault> {
    //= spec/text/verifying.md#REQ-VERIFY-6
    //# Sizes, form and the query's shape MUST be checked before the first signature.
    let parts = take_apart(request.ask.query.private(), presentation)?;
    //= spec/text/verifying.md#REQ-VERIFY-16
    //# The records of all private standings, and the points of all proofs, MUST be checked before the first
    //# proof is verified.
    let mut records = Vec::new();
    for part in &parts {
        records.push(check_record(part, sources, judged)?);
    }
    check_ledgers(&parts, &records)?;
    let mut formed = Vec::new();
    for (part, record) in parts.iter().zip(&records) {
        //= spec/text/verifying.md#REQ-VERIFY-17
        //# The key of a record's `private` MUST be a point of the prime-order group of G2 in its one encoding
        bbs.check_key(&terms(record.record())?.key)
            .map_err(|_| Fault::new(Reason::InvalidKey, "epoch_record.private.key"))?;
        formed.push(part.proof.check_points(bbs, &part.query.milestones)?);
    }
    let audience = Audience { verifier: &request.verifier, nonce: &request.nonce };
    let mut unproven = Vec::new();
    for ((part, record), proof) in parts.iter().zip(&records).zip(formed) {
        let said = record.record();
        let proof = proof.prepare((said, part.role), audience)?;
        //= spec/text/decision.md#REQ-DEC-3
        //# Facts of several markets are listed and MUST NOT be added
        let facts = PrivateFacts {
            issuer: said.iss.clone(),
            market: said.market.clone(),
            //= spec/text/decision.md#REQ-DEC-10
            //# `grade` MUST be what the verifier computed, and never what an answer says of itself.
            grade: Grade::IssuerSigned,
            role: part.role.clone(),
            epoch: said.label(),
            epochs_old: said.age_at(judged.now),
            milestones: part.query.milestones.as_slice().to_vec(),
            pseudonym: part.proof.pseudonym,
        };
        unproven.push(Unproven { facts, proof });
    }
    Ok(unproven)
}

/// Compares the answer's shape with the query's (A83), and the form of the proofs. No signature is verified yet.
fn take_apart<'a>(query: &'a [PrivateQuery], presentation: &'a Presentation) -> Result<Vec<Part<'a>>, Fault> {
    //= spec/text/presentation.md#REQ-PRES-25
    //# as many elements of `private` as were asked for, in the order of the query
    if presentation.private.len() != query.len() {
        let fewer = presentation.private.len() < query.len();
        return refuse(if fewer { Reason::QueryUnmet } else { Reason::QueryExtra }, "private");
    }
    //= spec/text/presentation.md#REQ-PRES-26
    //# where private standings were asked for, no ledgers
    if !presentation.ledgers.is_empty() {
        return refuse(Reason::QueryExtra, "ledgers");
    }
    let mut parts = Vec::new();
    for (query, shown) in query.iter().zip(&presentation.private) {
        let PrivateShown { standing, role, record } = shown;
        if *standing != query.id {
            return refuse(Reason::QueryUnmet, "private");
        }
        //= spec/text/presentation.md#REQ-PRES-25
        //# There MUST be exactly one proof for each private standing that was asked for
        let proofs = presentation.vp_token.get(standing).map_or(&[] as &[String], Vec::as_slice);
        let [proof] = proofs else {
            let reason = if proofs.is_empty() { Reason::StandingMissing } else { Reason::QueryExtra };
            return refuse(reason, "vp_token");
        };
        //= spec/text/presentation.md#REQ-PRES-21
        //# Market, issuer and roles MUST be among those asked for.
        if !query.roles.is_empty() && !query.roles.contains(role) {
            return refuse(Reason::QueryValue, "role");
        }
        let proof = PrivateProof::parse(proof, query.milestones.as_slice().len())?;
        parts.push(Part { query, role, record, proof });
    }
    //= spec/text/presentation.md#REQ-PRES-20
    //# An answer MUST NOT hold more: other ids
    if !presentation.vp_token.keys().all(|id| query.iter().any(|query| query.id == *id)) {
        return refuse(Reason::QueryExtra, "vp_token");
    }
    Ok(parts)
}

/// The epoch record, of somebody who is believed, with terms of private standings, and of an epoch that counts.
fn check_record(part: &Part<'_>, sources: &Sources, judged: &mut Judged) -> Result<SignedEpochRecord, Fault> {
    // One that was verified for an earlier part of this answer is the same for everybody.
    let opened = judged.records.iter().find(|record| record.as_str() == part.record).cloned();
    let record = opened.map_or_else(|| SignedEpochRecord::open(part.record, &sources.histories), Ok)?;
    let said = record.record();
    let (issuer, market, query) = (&said.iss, &said.market, part.query);
    //= spec/text/presentation.md#REQ-PRES-21
    //# Market, issuer and roles MUST be among those asked for.
    if !query.markets.is_empty() && !query.markets.contains(market) {
        return refuse(Reason::QueryValue, "market");
    }
    if !query.issuers.is_empty() && !query.issuers.contains(issuer) {
        return refuse(Reason::QueryValue, "iss");
    }
    //= spec/text/verifying.md#REQ-VERIFY-3
    //# Trust MUST be in (issuer, market, role, type) and never in a key.
    let wanted = Wanted::of(issuer, market, StatementType::Private, std::slice::from_ref(part.role));
    let named = sources.trust.check_named(issuer, market, StatementType::Private);
    judged.trusted(named, &sources.trust, &wanted)?;
    //= spec/text/presentation.md#REQ-PRES-27
    //# The record MUST be one that says how the market signs private standings
    terms(said)?;
    let epoch = (said.epoch, said.epoch_seconds);
    let believed = sources.trust.check(issuer, market, StatementType::Private, Some(part.role), epoch);
    judged.trusted(believed, &sources.trust, &wanted)?;
    //= spec/text/verifying.md#REQ-VERIFY-8
    //# or signed over 60 s ahead, MUST be refused
    if is_ahead(said.iat, judged.now) {
        return refuse(Reason::EpochFuture, "iat");
    }
    check_epoch(&record, sources, judged)?;
    Ok(record)
}

/// One ledger counts once, and ledgers of two people of one market are not pooled (A33, A82).
fn check_ledgers(parts: &[Part<'_>], records: &[SignedEpochRecord]) -> Result<(), Fault> {
    let mut seen: Vec<(&SignedEpochRecord, &Part<'_>)> = Vec::new();
    for (part, record) in parts.iter().zip(records) {
        let said = record.record();
        let of_market = seen.iter().filter(|(other, _)| {
            let other = other.record();
            other.iss.stable_part() == said.iss.stable_part() && other.market == said.market
        });
        for (_, other) in of_market {
            //= spec/text/presentation.md#REQ-PRES-28
            //# Two private standings of one market (by the stable part of its issuer's DID and its name) MUST be of
            //# different roles and under one pseudonym
            if other.role == part.role || other.proof.pseudonym != part.proof.pseudonym {
                return refuse(Reason::QueryUnmet, "private");
            }
        }
        seen.push((record, part));
    }
    Ok(())
}
