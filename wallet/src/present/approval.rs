//! What a holder agrees to: what is asked, by whom, why and for where, and exactly what would be shown in answer.
//!
//! A request that a peer hands out is one text, however often it is fetched, and its digest stands for all of it. A verifier on the web
//! may sign anew each time that it is asked: another nonce, another time, another signature, and the same question. There the digest
//! is over the question itself, so that whoever looked at it can agree to it; that such an agreement counts once is for whoever keeps
//! the log to see ([`counts`]).

use faam_spec::domain;
use faam_spec::encoding::jcs;
use faam_spec::hash::Hash;
use faam_spec::limits::MAX_REQUEST_LIFE;
use faam_spec::reason::Fault;
use faam_spec::request::SignedRequest;
use faam_spec::time::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::private::ApprovedPrivate;
use super::ratings::ApprovedLedger;
use crate::persona::ties::{How, Tie};
use crate::vault::{Happened, LogEntry, Withheld, is_first};

#[derive(Serialize)]
struct Approved<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Hash>,
    #[serde(skip_serializing_if = "Option::is_none")]
    posted: Option<Question<'a>>,
    /// Of the first persona nothing is said, so that what a wallet with one approved before stays approved.
    #[serde(skip_serializing_if = "is_first")]
    persona: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ties: Vec<(u32, How)>,
    ledgers: Vec<ApprovedLedger<'a>>,
    private: Vec<ApprovedPrivate<'a>>,
}

/// A question whose answer is posted, without what is another at each fetch: nonce, state, times and signature.
#[derive(Serialize)]
struct Question<'a> {
    client_id: String,
    name: &'a str,
    purpose: &'a str,
    retention_days: u32,
    terms: Option<&'a str>,
    terms_said: bool,
    query: Value,
    response_uri: &'a str,
}

/// The digest of a question and of what would be shown in answer.
///
/// Implements REQ-VP-27 (`spec/text/openid4vp.md`).
//= spec/text/openid4vp.md#REQ-VP-27
//# What a holder agrees to beforehand MUST be, beside exactly what would be shown, the whole `client_id`, name, purpose,
//# retention, terms and query of the request, and the `response_uri`.
pub(super) fn digest(
    request: &SignedRequest,
    (persona, ties): (u32, &[Tie]),
    ledgers: Vec<ApprovedLedger<'_>>,
    private: Vec<ApprovedPrivate<'_>>,
) -> Result<Hash, Fault> {
    let asked = request.request();
    let posted = asked.post().map(|to| Question {
        client_id: asked.verifier.client_id(),
        name: &asked.ask.name,
        purpose: &asked.ask.purpose,
        retention_days: asked.ask.retention_days,
        terms: asked.ask.terms.as_deref(),
        terms_said: asked.terms_said,
        query: asked.ask.query.clone().into(),
        response_uri: to.uri.as_str(),
    });
    let whole = posted.is_none().then(|| request.digest());
    //= spec/text/personas.md#REQ-PERSONA-7
    //# These warnings MUST be part of what is approved
    let ties = ties.iter().map(Tie::mark).collect();
    let approved = jcs(&Approved { request: whole, posted, persona, ties, ledgers, private })?;
    Ok(Hash::of(domain::HASH_CONSENT, &approved))
}

/// Whether an agreement that was given beforehand to a question whose answer is posted still counts: somebody looked at it, not long
/// ago, and nothing was shown for it since. `looked` is the newest dry run in which it was offered, `shown` what was shown so far.
///
/// # Errors
/// Why it does not.
///
/// Implements REQ-VP-28 (`spec/text/openid4vp.md`).
//= spec/text/openid4vp.md#REQ-VP-28
//# Such an agreement MUST count once, and for 7 days from when the holder looked
pub fn counts(looked: Option<&LogEntry>, shown: &[LogEntry], now: Timestamp) -> Result<(), Withheld> {
    let Some(LogEntry { seq, at, what: Happened::DryRun { to, .. }, .. }) = looked else {
        return Err(Withheld::UnknownApproval);
    };
    if now.since(*at) > MAX_REQUEST_LIFE {
        return Err(Withheld::StaleApproval);
    }
    let since = shown.iter().filter(|entry| entry.seq > *seq);
    // Whatever was shown to them for the same: rather asked once too often.
    let spent = |entry: &LogEntry| matches!(&entry.what, Happened::Shown { to: them, .. } if them.is_same_question(to));
    if since.into_iter().any(spent) { Err(Withheld::SpentApproval) } else { Ok(()) }
}
