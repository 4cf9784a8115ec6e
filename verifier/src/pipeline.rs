//! Judging a presentation, step by step (`spec/text/verifying.md`): sizes and form, then signatures, then what follows from them.

use faam_spec::decision::{DecisionDocument, LedgerFacts, Outcome, Remember, SourceAge, StatedReason};
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::hash::LedgerId;
use faam_spec::limits::KEY_BINDING_MAX_FUTURE;
use faam_spec::presentation::{LedgerProof, Presentation};
use faam_spec::query::LedgerQuery;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::sdjwt::SdJwt;
use faam_spec::standing::Standing;
use faam_spec::status::SignedStatusList;
use faam_spec::time::Timestamp;

use crate::decision::Decision;
use crate::pending::Pending;
use crate::ratings;
use crate::sources::{IssuerGone, NonceStore, Sources};
use crate::trust::StatementType;

/// What no presentation can tell; said with every acceptance.
const NOT_COVERED: [&str; 4] = [
    "Accounts that the person has elsewhere, or under another name, are not seen.",
    "A market that lies is not found out by its own signature.",
    "When something was signed is only what the market says, unless a keeper countersigned it.",
    "Whoever handed over the wallet handed over the name.",
];

/// Judges `bytes` as the answer to `pending`.
///
/// The request is used up when, and only when, the answer is accepted, and of many equal answers only one is: `nonces`
/// consumes atomically. Nothing is fetched, and no clock is read.
pub fn finish(
    pending: &Pending,
    bytes: &[u8],
    sources: &Sources,
    nonces: &mut dyn NonceStore,
    now: Timestamp,
) -> Decision {
    let mut judged = Judged::new(now);
    let facts = judge(pending, bytes, sources, &mut judged, now).and_then(|facts| {
        if judged.missing.is_empty() {
            consume(pending, nonces, &mut judged)?;
        }
        Ok(facts)
    });
    let (outcome, reasons, facts) = match facts {
        Err(fault) if is_undecided(fault.reason()) => (Outcome::Undecided, vec![fault], Vec::new()),
        Err(fault) => (Outcome::Refused, vec![fault], Vec::new()),
        Ok(_) if !judged.missing.is_empty() => (Outcome::Undecided, judged.missing, Vec::new()),
        Ok(facts) => (Outcome::Accepted, Vec::new(), facts),
    };
    let accepted = outcome == Outcome::Accepted;
    let notices = sources.notices.iter().filter(|notice| {
        facts.iter().any(|facts| facts.issuer == notice.issuer && facts.market == notice.market)
    });
    Decision::new(DecisionDocument {
        v: 0,
        request: pending.request().digest(),
        at: now,
        outcome,
        reasons: reasons.iter().map(StatedReason::from).collect(),
        notices: notices.map(crate::sources::Notice::sentence).collect(),
        not_covered: if accepted { not_covered(facts.len()) } else { Vec::new() },
        facts,
        sources: judged.sources,
        remember: judged.remember,
        conflict: judged.conflict,
    })
}

fn not_covered(ledgers: usize) -> Vec<String> {
    let same_holder = (ledgers > 1)
        .then_some("That the ledgers have the same holder is not proven; they are listed, not added.");
    same_holder.into_iter().chain(NOT_COVERED).map(str::to_owned).collect()
}

fn is_undecided(reason: Reason) -> bool {
    reason.exit() == faam_spec::exit::Exit::Undecided
}

fn consume(pending: &Pending, nonces: &mut dyn NonceStore, judged: &mut Judged) -> Result<(), Fault> {
    let request = pending.request().request();
    match nonces.consume(&request.nonce, request.expires) {
        Ok(true) => Ok(()),
        Ok(false) => refuse(Reason::NonceUsed, "nonce"),
        Err(_) => {
            judged.missing.push(Fault::new(Reason::StoreIo, "nonce"));
            Ok(())
        }
    }
}

/// What is gathered on the way.
pub(crate) struct Judged {
    pub(crate) now: Timestamp,
    pub(crate) missing: Vec<Fault>,
    pub(crate) sources: Vec<SourceAge>,
    pub(crate) remember: Remember,
    pub(crate) conflict: Vec<String>,
}

impl Judged {
    const fn new(now: Timestamp) -> Self {
        let remember = Remember { records: Vec::new(), status: Vec::new() };
        Self { now, missing: Vec::new(), sources: Vec::new(), remember, conflict: Vec::new() }
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
    pending: &Pending,
    bytes: &[u8],
    sources: &Sources,
    judged: &mut Judged,
    now: Timestamp,
) -> Result<Vec<LedgerFacts>, Fault> {
    pending.request().check_open(now)?;
    let request = pending.request().request();
    let presentation = Presentation::parse(bytes)?;
    let parsed = take_apart(request.ask.query.ledgers(), &presentation)?;
    let audience = request.verifier.client_id();
    let binding = Binding { audience: &audience, nonce: &request.nonce };
    let mut facts = Vec::new();
    let mut seen: Vec<(String, LedgerId)> = Vec::new();
    for part in &parsed {
        let verified = verify_standing(part, binding, sources, judged)?;
        let statement = verified.standing.statement();
        let name = (verified.standing.issuer().stable_part().to_owned(), statement.ledger);
        if seen.contains(&name) {
            return refuse(Reason::QueryUnmet, "standing");
        }
        seen.push(name);
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
    Ok(facts)
}

/// Compares the answer's shape with the query's (A83), and the form of the credentials. No signature is verified yet.
fn take_apart<'a>(
    query: &'a [LedgerQuery],
    presentation: &'a Presentation,
) -> Result<Vec<Parsed<'a>>, Fault> {
    if presentation.ledgers.len() != query.len() {
        let fewer = presentation.ledgers.len() < query.len();
        return refuse(if fewer { Reason::QueryUnmet } else { Reason::QueryExtra }, "ledgers");
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
        let [standing] = credentials(&query.standing) else {
            let none = credentials(&query.standing).is_empty();
            return refuse(if none { Reason::StandingMissing } else { Reason::QueryExtra }, "standing");
        };
        if let Some(ratings) = &query.ratings {
            let at_least = usize::try_from(ratings.at_least).unwrap_or(usize::MAX);
            if shown.len() < at_least || (ratings.complete && !proof.complete) {
                return refuse(Reason::QueryUnmet, "ratings");
            }
        } else if proof.ratings.is_some()
            || proof.complete
            || !proof.replies.is_empty()
            || !proof.status.is_empty()
        {
            return refuse(Reason::QueryExtra, "ratings");
        }
        if proof.live.len() != shown.len() {
            return refuse(Reason::Malformed, "live");
        }
        // Then one of them is to no rating that is shown, or the second to one.
        if proof.replies.len() > shown.len() {
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
    if !query.markets.is_empty() && !query.markets.contains(market) {
        return refuse(Reason::QueryValue, "market");
    }
    if !query.issuers.is_empty() && !query.issuers.contains(issuer) {
        return refuse(Reason::QueryValue, "iss");
    }
    sources.trust.check_named(issuer, market, StatementType::Standing)?;
    sd_jwt.verify_key_binding(standing.holder(), binding.audience, binding.nonce, judged.now)?;

    let record = SignedEpochRecord::open(&part.proof.record, &sources.histories)?;
    standing.check_record(&record, &part.proof.account)?;
    let said = record.record();
    let now = judged.now;
    let epoch = (said.epoch, said.epoch_seconds);
    sources.trust.check(issuer, market, StatementType::Standing, None, epoch)?;
    let future = |at: Timestamp| at.since(now) > KEY_BINDING_MAX_FUTURE;
    if future(said.iat) || future(standing.issued()) {
        return refuse(Reason::EpochFuture, "iat");
    }
    let last_word = check_epoch(&record, sources, judged)?;
    let known = sources.records.find(issuer, market, record.hash()).is_some();
    judged.rests_on("epoch_record", &format!("{market} {}", said.label()), said.iat, known);
    judged.remember.records.push(record.as_str().to_owned());

    let mut status = Vec::new();
    for text in &part.proof.status {
        let list = SignedStatusList::open(text, &sources.histories)?;
        if list.issuer() != issuer || future(list.issued()) {
            return refuse(Reason::StatusInvalid, "status");
        }
        status.push(list);
    }
    Ok(VerifiedStanding { standing, record, status, last_word })
}

/// Current or previous epoch, no fork, nothing newer known; of a closed market only the last (A23, A34). True if the record was
/// taken as the last word of a market that fell silent.
fn check_epoch(record: &SignedEpochRecord, sources: &Sources, judged: &mut Judged) -> Result<bool, Fault> {
    let said = record.record();
    if let Err(fault) = sources.records.check(record) {
        let known = sources.records.of(&said.iss, &said.market).iter();
        let against = known.filter(|known| contradicts(record, known)).map(SignedEpochRecord::as_str);
        judged.conflict = [record.as_str()].into_iter().chain(against.take(1)).map(str::to_owned).collect();
        return Err(fault);
    }
    if said.begins() > judged.now {
        return refuse(Reason::EpochFuture, "record.epoch");
    }
    let newest = sources.records.newest(&said.iss, &said.market).map(SignedEpochRecord::record);
    let newer = newest.filter(|newest| newest.epoch > said.epoch);
    if newer.is_some_and(|newer| newer.last) {
        return refuse(Reason::EpochNotFinal, "record.epoch");
    }
    if said.last || said.age_at(judged.now) <= 1 {
        return Ok(false);
    }
    if newer.is_some() {
        return refuse(Reason::EpochStale, "record.epoch");
    }
    // Whoever shows an old record says nothing about the market's silence: it must have been seen here before.
    let seen = sources.records.find(&said.iss, &said.market, record.hash()).is_some();
    if sources.policy.issuer_gone != IssuerGone::LastKnown || !seen {
        judged.missing(Reason::IssuerSilent, "record.epoch");
    }
    Ok(true)
}

fn contradicts(record: &SignedEpochRecord, known: &SignedEpochRecord) -> bool {
    let newer = record.record().epoch >= known.record().epoch;
    if newer { record.follows(known).is_err() } else { known.follows(record).is_err() }
}
