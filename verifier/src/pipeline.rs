//! Judging a presentation, step by step (`spec/text/verifying.md`): sizes and form, then signatures, then what follows from them.

use faam_spec::bbs::Bbs;
use faam_spec::decision::{
    DecisionDocument, LedgerFacts, Limit, NotCovered, Outcome, PrivateFacts, Remember, SameHolder, SourceAge,
    StatedReason,
};
use faam_spec::did::Did;
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::hash::LedgerId;
use faam_spec::limits::KEY_BINDING_MAX_FUTURE;
use faam_spec::name::MarketId;
use faam_spec::presentation::{LedgerProof, Presentation};
use faam_spec::private::PreparedProof;
use faam_spec::query::LedgerQuery;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::sdjwt::SdJwt;
use faam_spec::standing::Standing;
use faam_spec::status::SignedStatusList;
use faam_spec::time::Timestamp;

use crate::decision::Decision;
use crate::pending::Pending;
use crate::policy::{IssuerGone, Ruling};
use crate::private::Unproven;
use crate::sources::{NonceStore, Sources};
use crate::trust::{Hint, StatementType, Trust, Wanted};
use crate::{private, ratings};

/// What no presentation can tell; said with every acceptance.
//= spec/text/verifying.md#REQ-VERIFY-14
//# Every accepted decision MUST repeat this.
const NOT_COVERED: [Limit; 4] =
    [Limit::AccountsElsewhere, Limit::LyingMarket, Limit::WhenSigned, Limit::HandedOver];

/// Judges `bytes` as the answer to `pending`.
///
/// The request is used up when, and only when, the answer is accepted, and of many equal answers only one is: `nonces`
/// consumes atomically. Nothing is fetched, and no clock is read.
//= spec/text/verifying.md#REQ-VERIFY-1
//# Both MUST be pure: they read no clock, no network, no file. The same arguments give the same decision.
pub fn finish(
    pending: &Pending,
    bytes: &[u8],
    sources: &Sources,
    nonces: &mut dyn NonceStore,
    now: Timestamp,
) -> Decision {
    finish_with_backend(faam_bbs::backend(), pending, bytes, sources, nonces, now)
}

/// As [`finish`], with another implementation of the signatures of private standings; `finish` takes `faam_bbs::backend()`.
///
/// # Danger
/// A backend that says yes to everything has everything believed of private standings.
pub fn finish_with_backend(
    bbs: &dyn Bbs,
    pending: &Pending,
    bytes: &[u8],
    sources: &Sources,
    nonces: &mut dyn NonceStore,
    now: Timestamp,
) -> Decision {
    Begun::new(bbs, pending, bytes, sources, now).end(&mut |proof| proof.verify(bbs), sources, nonces)
}

/// An answer of which everything was judged but the proofs of private standings, and whether it was answered before.
pub(crate) struct Begun<'a> {
    pending: &'a Pending,
    judged: Judged,
    found: Result<Found, Fault>,
}

/// What was found in an answer: ledgers, verified, or private standings, whose proofs are left.
enum Found {
    Ledgers(Vec<LedgerFacts>),
    Private(Vec<Unproven>),
}

impl Found {
    /// The facts, once `verify` has looked at every proof; the first that does not verify ends it.
    fn proven(self, verify: &mut dyn FnMut(&PreparedProof) -> Result<(), Fault>) -> Result<Facts, Fault> {
        match self {
            Self::Ledgers(ledgers) => Ok(Facts { ledgers, private: Vec::new() }),
            Self::Private(all) => {
                all.iter().try_for_each(|one| verify(&one.proof))?;
                let private = all.into_iter().map(|one| one.facts).collect();
                Ok(Facts { ledgers: Vec::new(), private })
            }
        }
    }
}

impl<'a> Begun<'a> {
    /// Judges `bytes` up to there.
    pub(crate) fn new(
        bbs: &dyn Bbs,
        pending: &'a Pending,
        bytes: &[u8],
        sources: &Sources,
        now: Timestamp,
    ) -> Self {
        let mut judged = Judged::new(now);
        let found = judge(bbs, pending, bytes, sources, &mut judged, now);
        Self { pending, judged, found }
    }

    /// The proofs that are left, in the order in which they are verified.
    pub(crate) fn unproven(&self) -> impl Iterator<Item = &PreparedProof> {
        let private = match &self.found {
            Ok(Found::Private(all)) => all.as_slice(),
            _ => &[],
        };
        private.iter().map(|one| &one.proof)
    }

    /// Comes to the decision: `verify` says of each proof whether it verifies.
    pub(crate) fn end(
        self,
        verify: &mut dyn FnMut(&PreparedProof) -> Result<(), Fault>,
        sources: &Sources,
        nonces: &mut dyn NonceStore,
    ) -> Decision {
        let Self { pending, judged, found } = self;
        let (policy, now) = (&sources.policy, judged.now);
        let found = found.and_then(|found| found.proven(verify));
        //= spec/text/decision.md#REQ-DEC-1
        //# A decision MUST be refused by the first thing that is wrong, and undecided when nothing is wrong and
        //# something is missing: reasons whose exit is `undecided`, and `store.io` when it cannot be said whether
        //# the request was answered before.
        let mut ruling = match &found {
            Err(fault) => policy.on_fault(fault),
            Ok(facts) => {
                let facts = (facts.ledgers.as_slice(), facts.private.as_slice());
                policy.rule(facts, &judged.missing, (&sources.trust, &sources.notices), now)
            }
        };
        //= spec/text/verifying.md#REQ-VERIFY-12
        //# A nonce MUST be consumed atomically and once, and only by an acceptance.
        if ruling.outcome == Outcome::Accepted {
            consume(pending, nonces, &mut ruling);
        }
        let Ruling { outcome, reasons, notes } = ruling;
        let hint = judged.hint.or_else(|| Hint::of_policy(policy, &reasons));
        //= spec/text/decision.md#REQ-DEC-2
        //# Facts MUST be stated only when it is accepted.
        let facts = found.ok().filter(|_| outcome == Outcome::Accepted).unwrap_or_default();
        let notices = sources.notices.iter().filter(|notice| facts.are_of(&notice.issuer, &notice.market));
        let document = DecisionDocument {
            v: 0,
            request: pending.request().digest(),
            at: now,
            outcome,
            reasons,
            policy: policy.name.clone(),
            notes,
            notices: notices.map(crate::sources::Notice::stated).collect(),
            //= spec/text/verifying.md#REQ-VERIFY-14
            //# Every accepted decision MUST repeat this.
            not_covered: if outcome == Outcome::Accepted { facts.not_covered() } else { Vec::new() },
            same_holder: facts.same_holder(),
            facts: facts.ledgers,
            private: facts.private,
            sources: judged.sources,
            remember: judged.remember,
            conflict: judged.conflict,
        };
        Decision::new(document, hint)
    }
}

/// What was verified: of ledgers, or of private standings.
#[derive(Default)]
struct Facts {
    ledgers: Vec<LedgerFacts>,
    private: Vec<PrivateFacts>,
}

impl Facts {
    fn are_of(&self, issuer: &Did, market: &MarketId) -> bool {
        self.ledgers.iter().any(|of| of.issuer == *issuer && of.market == *market)
            || self.private.iter().any(|of| of.issuer == *issuer && of.market == *market)
    }

    /// Several ledgers are never said to be of one person.
    //= spec/text/decision.md#REQ-DEC-9
    //# With more than one of `facts`, or of `private`, `same_holder` MUST be `not_proven`
    fn same_holder(&self) -> Option<SameHolder> {
        (self.ledgers.len() + self.private.len() > 1).then_some(SameHolder::NotProven)
    }

    fn not_covered(&self) -> Vec<NotCovered> {
        let same_holder = self.same_holder().map(|SameHolder::NotProven| Limit::SameHolder);
        //= spec/text/names.md#REQ-NAME-18
        //# A decision that rests on a `did:web` MUST say so in `not_covered`
        let mut issuers =
            self.ledgers.iter().map(|of| &of.issuer).chain(self.private.iter().map(|of| &of.issuer));
        let web = issuers.any(Did::is_web).then_some(Limit::WebIssuer);
        same_holder.into_iter().chain(web).chain(NOT_COVERED).map(NotCovered::from).collect()
    }
}

fn consume(pending: &Pending, nonces: &mut dyn NonceStore, ruling: &mut Ruling) {
    let request = pending.request().request();
    //= spec/text/verifying.md#REQ-VERIFY-12
    //# A nonce MUST be consumed atomically and once
    let (outcome, reason) = match nonces.consume(&request.nonce, request.expires) {
        Ok(true) => return,
        Ok(false) => (Outcome::Refused, Reason::NonceUsed),
        //= spec/text/decision.md#REQ-DEC-1
        //# `store.io` when it cannot be said whether the request was answered before
        Err(_) => (Outcome::Undecided, Reason::StoreIo),
    };
    let reasons = vec![StatedReason::from(&Fault::new(reason, "nonce"))];
    *ruling = Ruling { outcome, reasons, notes: Vec::new() };
}

/// What is gathered on the way.
pub(crate) struct Judged {
    pub(crate) now: Timestamp,
    pub(crate) missing: Vec<Fault>,
    pub(crate) sources: Vec<SourceAge>,
    pub(crate) remember: Remember,
    pub(crate) conflict: Vec<String>,
    /// Epoch records that this answer brought and that were checked.
    pub(crate) records: Vec<SignedEpochRecord>,
    /// For whoever wrote the trust entries: which of them came nearest.
    hint: Option<Hint>,
}

impl Judged {
    const fn new(now: Timestamp) -> Self {
        let remember = Remember { records: Vec::new(), status: Vec::new() };
        Self {
            now,
            missing: Vec::new(),
            sources: Vec::new(),
            remember,
            conflict: Vec::new(),
            records: Vec::new(),
            hint: None,
        }
    }

    /// What a check of `trust` came to; where nobody is trusted, notes which entry came nearest to what was `wanted`.
    pub(crate) fn trusted(
        &mut self,
        checked: Result<(), Fault>,
        trust: &Trust,
        wanted: &Wanted<'_>,
    ) -> Result<(), Fault> {
        if checked.as_ref().is_err_and(|fault| fault.reason() == Reason::Untrusted) {
            self.hint = Some(Hint::of(trust, wanted));
        }
        checked
    }

    /// Notes that something was missing, once for each reason.
    pub(crate) fn missing(&mut self, reason: Reason, at: &'static str) {
        let fault = Fault::new(reason, at);
        if !self.missing.contains(&fault) {
            self.missing.push(fault);
        }
    }

    pub(crate) fn rests_on(&mut self, kind: &str, name: &str, issued: Timestamp, known: bool) {
        let from = if known { "known" } else { "stapled" };
        self.sources.push(SourceAge {
            kind: kind.to_owned(),
            name: name.to_owned(),
            issued,
            age_seconds: self.now.since(issued),
            from: from.to_owned(),
        });
    }
}

/// A ledger's part of the presentation, counted and of the right form but not yet verified.
///
/// Credentials stay text: taken apart, disclosures can be many times their text in memory, so that only one credential is at a time.
struct Parsed<'a> {
    query: &'a LedgerQuery,
    proof: &'a LedgerProof,
    standing: &'a str,
    ratings: &'a [String],
}

/// A standing that was verified in every respect: the only way to it is [`verify_standing`].
pub(crate) struct VerifiedStanding {
    pub(crate) standing: Standing,
    pub(crate) record: SignedEpochRecord,
    pub(crate) status: Vec<SignedStatusList>,
    /// Whether the record is older than the previous epoch and was taken as a silent market's last word.
    pub(crate) last_word: bool,
}

/// For whom and for what the key bindings must be made.
#[derive(Clone, Copy)]
pub(crate) struct Binding<'a> {
    pub(crate) audience: &'a str,
    pub(crate) nonce: &'a str,
}

fn judge(
    bbs: &dyn Bbs,
    pending: &Pending,
    bytes: &[u8],
    sources: &Sources,
    judged: &mut Judged,
    now: Timestamp,
) -> Result<Found, Fault> {
    //= spec/text/request.md#REQ-REQUEST-10
    //# A request MUST NOT be answered from `exp` on.
    pending.request().check_open(now)?;
    let request = pending.request().request();
    //= spec/text/verifying.md#REQ-VERIFY-6
    //# Sizes, form and the query's shape MUST be checked before the first signature.
    let presentation = Presentation::parse(bytes)?;
    if !request.ask.query.private().is_empty() {
        return private::judge(bbs, request, &presentation, sources, judged).map(Found::Private);
    }
    let parsed = take_apart(request.ask.query.ledgers(), &presentation)?;
    let audience = request.verifier.client_id();
    let binding = Binding { audience: &audience, nonce: &request.nonce };
    let mut facts = Vec::new();
    let mut seen: Vec<(String, LedgerId)> = Vec::new();
    for part in &parsed {
        let verified = verify_standing(part, binding, sources, judged)?;
        let statement = verified.standing.statement();
        let name = (verified.standing.issuer().stable_part().to_owned(), statement.ledger);
        //= spec/text/presentation.md#REQ-PRES-19
        //# An answer MUST NOT hold less than the query asks for
        if seen.contains(&name) {
            return refuse(Reason::QueryUnmet, "standing");
        }
        seen.push(name);
        //= spec/text/decision.md#REQ-DEC-3
        //# Facts of several markets are listed and MUST NOT be added
        facts.push(ratings::verify(
            part.query,
            part.proof,
            part.ratings,
            &verified,
            binding,
            sources,
            judged,
        )?);
    }
    Ok(Found::Ledgers(facts))
}

/// Compares the answer's shape with the query's (A83), and the form of the credentials. No signature is verified yet.
fn take_apart<'a>(
    query: &'a [LedgerQuery],
    presentation: &'a Presentation,
) -> Result<Vec<Parsed<'a>>, Fault> {
    //= spec/text/presentation.md#REQ-PRES-2
    //# as many ledgers as standings, in the order of the query
    if presentation.ledgers.len() != query.len() {
        let fewer = presentation.ledgers.len() < query.len();
        return refuse(if fewer { Reason::QueryUnmet } else { Reason::QueryExtra }, "ledgers");
    }
    //= spec/text/presentation.md#REQ-PRES-26
    //# Where ledgers were asked for there MUST be no private standings
    if !presentation.private.is_empty() {
        return refuse(Reason::QueryExtra, "private");
    }
    let mut parts = Vec::new();
    for (query, proof) in query.iter().zip(&presentation.ledgers) {
        let rating_id = query.ratings.as_ref().map(|ratings| &ratings.id);
        let credentials = |id: &str| presentation.vp_token.get(id).map_or(&[] as &[String], Vec::as_slice);
        let shown = rating_id.map_or(&[] as &[String], |id| credentials(id));
        if proof.standing != query.standing || rating_id.is_some_and(|id| proof.ratings.as_ref() != Some(id))
        {
            return refuse(Reason::QueryUnmet, "ledgers");
        }
        //= spec/text/presentation.md#REQ-PRES-2
        //# There MUST be exactly one standing for each that was asked for
        let [standing] = credentials(&query.standing) else {
            let none = credentials(&query.standing).is_empty();
            return refuse(if none { Reason::StandingMissing } else { Reason::QueryExtra }, "standing");
        };
        if let Some(ratings) = &query.ratings {
            //= spec/text/presentation.md#REQ-PRES-19
            //# An answer MUST NOT hold less than the query asks for: too few ratings, no `complete` where it
            //# was asked for
            let at_least = usize::try_from(ratings.at_least).unwrap_or(usize::MAX);
            if shown.len() < at_least || (ratings.complete && !proof.complete) {
                return refuse(Reason::QueryUnmet, "ratings");
            }
        } else if proof.ratings.is_some()
            || proof.complete
            || !proof.replies.is_empty()
            || !proof.status.is_empty()
        {
            //= spec/text/presentation.md#REQ-PRES-20
            //# ratings, lists or replies where none were asked for
            return refuse(Reason::QueryExtra, "ratings");
        }
        //= spec/text/presentation.md#REQ-PRES-3
        //# `live` MUST have as many places as there are ratings.
        if proof.live.len() != shown.len() {
            return refuse(Reason::Malformed, "live");
        }
        // Then one of them is to no rating that is shown, or the second to one.
        if proof.replies.len() > shown.len() {
            //= spec/text/presentation.md#REQ-PRES-18
            //# It MUST be a reply to a rating that is shown, with its text, and the only one to it.
            return refuse(Reason::QueryExtra, "replies");
        }
        for text in [standing].into_iter().chain(shown) {
            SdJwt::parse(text)?;
        }
        parts.push(Parsed { query, proof, standing, ratings: shown });
    }
    let asked = |id: &String| {
        query.iter().any(|query| {
            *id == query.standing || query.ratings.as_ref().is_some_and(|ratings| *id == ratings.id)
        })
    };
    //= spec/text/presentation.md#REQ-PRES-20
    //# An answer MUST NOT hold more: other ids
    if !presentation.vp_token.keys().all(asked) {
        return refuse(Reason::QueryExtra, "vp_token");
    }
    Ok(parts)
}

fn verify_standing(
    part: &Parsed<'_>,
    binding: Binding<'_>,
    sources: &Sources,
    judged: &mut Judged,
) -> Result<VerifiedStanding, Fault> {
    let sd_jwt = SdJwt::parse(part.standing)?;
    let standing = Standing::open(&sd_jwt, &sources.histories)?;
    let (issuer, market) = (standing.issuer(), standing.market());
    let query = part.query;
    //= spec/text/presentation.md#REQ-PRES-21
    //# Market, issuer and roles MUST be among those asked for.
    if !query.markets.is_empty() && !query.markets.contains(market) {
        return refuse(Reason::QueryValue, "market");
    }
    if !query.issuers.is_empty() && !query.issuers.contains(issuer) {
        return refuse(Reason::QueryValue, "iss");
    }
    //= spec/text/verifying.md#REQ-VERIFY-3
    //# Trust MUST be in (issuer, market, role, type) and never in a key. Issuer and market are compared by
    //# their whole DID and name.
    let wanted = Wanted::of(issuer, market, StatementType::Standing, &[]);
    let named = sources.trust.check_named(issuer, market, StatementType::Standing);
    judged.trusted(named, &sources.trust, &wanted)?;
    //= spec/text/credentials.md#REQ-CRED-25
    //# A verifier MUST demand it, whether or not one is there.
    sd_jwt.verify_key_binding(standing.holder(), binding.audience, binding.nonce, judged.now)?;

    let record = SignedEpochRecord::open(&part.proof.record, &sources.histories)?;
    standing.check_record(&record, &part.proof.account)?;
    let said = record.record();
    let now = judged.now;
    let epoch = (said.epoch, said.epoch_seconds);
    let believed = sources.trust.check(issuer, market, StatementType::Standing, None, epoch);
    judged.trusted(believed, &sources.trust, &wanted)?;
    //= spec/text/verifying.md#REQ-VERIFY-8
    //# or signed over 60 s ahead, MUST be refused
    if is_ahead(said.iat, now) || is_ahead(standing.issued(), now) {
        return refuse(Reason::EpochFuture, "iat");
    }
    let last_word = check_epoch(&record, sources, judged)?;

    let mut status = Vec::new();
    for text in &part.proof.status {
        let list = SignedStatusList::open(text, &sources.histories)?;
        //= spec/text/presentation.md#REQ-PRES-12
        //# A list MUST be of the standing's issuer and not signed over 60 s ahead
        //= spec/text/status.md#REQ-STATUS-4
        //# A list's issuer MUST be the rating's
        if list.issuer() != issuer || is_ahead(list.issued(), now) {
            return refuse(Reason::StatusInvalid, "status");
        }
        status.push(list);
    }
    Ok(VerifiedStanding { standing, record, status, last_word })
}

/// Current or previous epoch, no fork, nothing newer known; of a closed market only the last (A23, A34). True if the record was
/// taken as the last word of a market that fell silent.
pub(crate) fn check_epoch(
    record: &SignedEpochRecord,
    sources: &Sources,
    judged: &mut Judged,
) -> Result<bool, Fault> {
    let said = record.record();
    //= spec/text/verifying.md#REQ-VERIFY-7
    //# A record that contradicts a known one MUST be refused.
    //= spec/text/verifying.md#REQ-VERIFY-15
    //# Two records of one market in one answer MUST NOT contradict each other.
    if let Err(fault) = agrees(record, sources, judged) {
        //= spec/text/epoch.md#REQ-EPOCH-7
        //# Two signed records with one predecessor are evidence against the market. Both are kept.
        //= spec/text/verifying.md#REQ-VERIFY-18
        //# A fork that was shown MUST be remembered with both records, and no record of that market from the fork's
        //# first epoch on MUST be accepted again.
        judged.conflict = if let Some(fork) = sources.records.fork_before(record) {
            fork.iter().map(|record| record.as_str().to_owned()).collect()
        } else {
            let known = sources.records.of(&said.iss, &said.market).iter().chain(&judged.records);
            let against = known.filter(|known| contradicts(record, known)).map(SignedEpochRecord::as_str);
            [record.as_str()].into_iter().chain(against.take(1)).map(str::to_owned).collect()
        };
        return Err(fault);
    }
    let last_word = check_age(record, sources, judged)?;
    // Once, however many statements of this answer rest on it.
    if !judged.records.iter().any(|other| other.hash() == record.hash()) {
        let known = sources.records.find(&said.iss, &said.market, record.hash()).is_some();
        judged.rests_on("epoch_record", &format!("{} {}", said.market, said.label()), said.iat, known);
        //= spec/text/verifying.md#REQ-VERIFY-11
        //# A record that was first shown when it was that old MUST NOT be remembered
        if known || !last_word {
            judged.remember.records.push(record.as_str().to_owned());
        }
        judged.records.push(record.clone());
    }
    Ok(last_word)
}

/// Whether a time lies further ahead than clocks may differ.
pub(crate) const fn is_ahead(at: Timestamp, now: Timestamp) -> bool {
    at.since(now) > KEY_BINDING_MAX_FUTURE
}

fn agrees(record: &SignedEpochRecord, sources: &Sources, judged: &Judged) -> Result<(), Fault> {
    sources.records.check(record)?;
    let said = record.record();
    let same =
        |other: &&SignedEpochRecord| other.record().iss == said.iss && other.record().market == said.market;
    judged.records.iter().filter(same).try_for_each(|other| in_order(record, other))
}

fn check_age(record: &SignedEpochRecord, sources: &Sources, judged: &mut Judged) -> Result<bool, Fault> {
    let said = record.record();
    //= spec/text/verifying.md#REQ-VERIFY-8
    //# A record or standing of an epoch that has not begun
    if said.begins() > judged.now {
        return refuse(Reason::EpochFuture, "record.epoch");
    }
    let newest = sources.records.newest(&said.iss, &said.market).map(SignedEpochRecord::record);
    let newer = newest.filter(|newest| newest.epoch > said.epoch);
    //= spec/text/verifying.md#REQ-VERIFY-9
    //# Of a market that is known to be closed, only the final epoch MUST be accepted.
    if newer.is_some_and(|newer| newer.last) {
        return refuse(Reason::EpochNotFinal, "record.epoch");
    }
    if said.last || said.age_at(judged.now) <= 1 {
        return Ok(false);
    }
    //= spec/text/verifying.md#REQ-VERIFY-10
    //# A standing older than the previous epoch MUST be refused when a newer record is known.
    if newer.is_some() {
        return refuse(Reason::EpochStale, "record.epoch");
    }
    // Whoever shows an old record says nothing about the market's silence: it must have been seen here before.
    //= spec/text/verifying.md#REQ-VERIFY-11
    //# Nothing MUST be decided about a market that fell silent, unless the policy takes its last word and
    //# that was seen before.
    let seen = sources.records.find(&said.iss, &said.market, record.hash()).is_some();
    if sources.policy.issuer_gone != IssuerGone::LastKnown || !seen {
        judged.missing(Reason::IssuerSilent, "record.epoch");
    }
    Ok(true)
}

fn in_order(record: &SignedEpochRecord, known: &SignedEpochRecord) -> Result<(), Fault> {
    let newer = record.record().epoch >= known.record().epoch;
    if newer { record.follows(known) } else { known.follows(record) }
}

/// Whether of two records one market may publish only one.
fn contradicts(record: &SignedEpochRecord, known: &SignedEpochRecord) -> bool {
    let (new, old) = (record.record(), known.record());
    new.iss == old.iss && new.market == old.market && in_order(record, known).is_err()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What was verified of one ledger of an issuer.
    fn of(issuer: &str) -> LedgerFacts {
        let numbers = json!({"ratings": 0, "counterparties": 0, "histogram": [0, 0, 0, 0, 0]});
        let span = json!({"all": numbers, "recent": numbers});
        let facts = json!({
            "issuer": issuer, "market": "alpha", "epoch": "2026-47", "epochs_old": 0, "bound": "2024-11-21", "shown": [],
            "not_shown": 0, "not_shown_histogram": [0, 0, 0, 0, 0], "complete": true, "grade": "issuer_signed",
            "issued": 1_795_000_000,
            "numbers": {"total": span, "withdrawn": 0, "corrected": 0, "disputed": 0, "roles": {}},
        });
        serde_json::from_value(facts).unwrap()
    }

    //= spec/text/names.md#REQ-NAME-18
    //= type=test
    //# A decision that rests on a `did:web` MUST say so in `not_covered`
    #[test]
    fn a_decision_says_that_it_rests_on_a_host() {
        let key = faam_spec::key::SigningKey::from_seed(&[1; 32]).verifying_key();
        let (key, web) = (Did::from_key(&key).to_string(), "did:web:market.example");
        for (issuers, said) in
            [(vec![key.as_str()], false), (vec![web], true), (vec![key.as_str(), web], true)]
        {
            let facts = Facts { ledgers: issuers.into_iter().map(of).collect(), private: Vec::new() };
            assert_eq!(facts.not_covered().iter().any(|limit| limit.code == Limit::WebIssuer), said);
        }
    }
}
