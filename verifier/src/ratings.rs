//! The ratings of one ledger: each verified alone, then all of them against the standing.

use std::collections::{BTreeMap, BTreeSet};

use faam_spec::decision::{Grade, LedgerFacts, ShownRating};
use faam_spec::ledger::{Body, band, names};
use faam_spec::presentation::{LedgerProof, LoggedRecord};
use faam_spec::query::{LedgerQuery, RatingsQuery};
use faam_spec::rating::Rating;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::sdjwt::SdJwt;
use faam_spec::status::SignedStatusList;

use crate::pipeline::{Binding, Judged, VerifiedStanding};
use crate::sources::Sources;
use crate::trust::{StatementType, Wanted};

pub(crate) fn verify(
    query: &LedgerQuery,
    proof: &LedgerProof,
    shown: &[String],
    verified: &VerifiedStanding,
    binding: Binding<'_>,
    sources: &Sources,
    judged: &mut Judged,
) -> Result<LedgerFacts, Fault> {
    let standing = &verified.standing;
    let statement = standing.statement();
    let mut ratings: BTreeMap<u64, ShownRating> = BTreeMap::new();
    let mut order = Vec::new();
    let mut lists = Lists::new(verified, sources);
    if let Some(asked) = &query.ratings {
        for (text, inclusion) in shown.iter().zip(&proof.live) {
            let sd_jwt = SdJwt::parse(text)?;
            //= spec/text/credentials.md#REQ-CRED-19
            //# its key MUST have been the issuer's at some time up to the `iat` of the standing with which it
            //# is shown
            let rating = Rating::open(&sd_jwt, &sources.histories, standing.issued())?;
            check_rating(&rating, asked, verified, sources, judged)?;
            //= spec/text/credentials.md#REQ-CRED-25
            //# A verifier MUST demand it, whether or not one is there.
            sd_jwt.verify_key_binding(rating.holder(), binding.audience, binding.nonce, judged.now)?;
            //= spec/text/presentation.md#REQ-PRES-10
            //# Each rating's leaf, computed from the credential, MUST be at its place of the standing's
            //# `head.live`.
            statement.head.live.verify_inclusion(rating.leaf(), inclusion.at, &inclusion.path)?;
            lists.check(&rating, judged)?;
            let index = rating.entry().index;
            //= spec/text/presentation.md#REQ-PRES-11
            //# A rating MUST NOT be shown twice.
            if ratings.insert(index, in_facts(&rating)?).is_some() {
                return refuse(Reason::RatingRepeated, "ratings");
            }
            order.push(index);
        }
        if proof.complete {
            check_complete(asked, verified, &ratings)?;
        }
    }
    lists.end(judged)?;
    for reply in &proof.replies {
        check_reply(reply, verified, &mut ratings)?;
    }
    let mut not_shown_histogram = statement.numbers.total.all.histogram;
    for rating in ratings.values() {
        // More shown of a band than the standing counts cannot be: every leaf was under its root.
        //= spec/text/presentation.md#REQ-PRES-15
        //# A band of what is shown MUST NOT have more than the standing's histogram.
        let count = not_shown_histogram.get_mut(band(rating.normal)).filter(|count| **count > 0);
        *count.ok_or(Fault::new(Reason::StandingNumbers, "histogram"))? -= 1;
    }
    let record = verified.record.record();
    Ok(LedgerFacts {
        issuer: standing.issuer().clone(),
        market: standing.market().clone(),
        //= spec/text/decision.md#REQ-DEC-10
        //# `grade` MUST be what the verifier computed, and never what an answer says of itself.
        grade: Grade::IssuerSigned,
        issued: standing.issued(),
        epoch: record.label(),
        epochs_old: record.age_at(judged.now),
        bound: statement.bound,
        numbers: statement.numbers.clone(),
        not_shown: not_shown_histogram.iter().sum(),
        not_shown_histogram,
        complete: proof.complete,
        shown: order.into_iter().filter_map(|index| ratings.remove(&index)).collect(),
    })
}

fn check_rating(
    rating: &Rating,
    asked: &RatingsQuery,
    verified: &VerifiedStanding,
    sources: &Sources,
    judged: &mut Judged,
) -> Result<(), Fault> {
    let standing = &verified.standing;
    //= spec/text/presentation.md#REQ-PRES-8
    //# A rating's issuer, market and ledger MUST be the standing's.
    if rating.issuer() != standing.issuer()
        || rating.market() != standing.market()
        || rating.entry().ledger != standing.statement().ledger
    {
        return refuse(Reason::StandingOtherLedger, "rating");
    }
    //= spec/text/presentation.md#REQ-PRES-9
    //# A rating's `cnf` MUST be the standing's.
    if rating.holder() != standing.holder() {
        return refuse(Reason::StandingOtherHolder, "rating.cnf");
    }
    let (role, _) = rating.role_and_score().ok_or(Fault::new(Reason::Malformed, "rating"))?;
    let record = verified.record.record();
    let epoch = (record.epoch, record.epoch_seconds);
    //= spec/text/verifying.md#REQ-VERIFY-3
    //# Trust MUST be in (issuer, market, role, type) and never in a key.
    let (issuer, market) = (rating.issuer(), rating.market());
    let believed = sources.trust.check(issuer, market, StatementType::Rating, Some(role), epoch);
    let wanted = Wanted::of(issuer, market, StatementType::Rating, std::slice::from_ref(role));
    judged.trusted(believed, &sources.trust, &wanted)?;
    //= spec/text/presentation.md#REQ-PRES-21
    //# Market, issuer and roles MUST be among those asked for.
    if !asked.roles.is_empty() && !asked.roles.contains(role) {
        return refuse(Reason::QueryValue, "entry.role");
    }
    let disclosed: BTreeSet<&str> = rating.disclosed().keys().map(String::as_str).collect();
    let wanted: BTreeSet<&str> = asked.disclose.iter().map(String::as_str).collect();
    //= spec/text/presentation.md#REQ-PRES-19
    //# a part that is not disclosed
    if !wanted.is_subset(&disclosed) {
        return refuse(Reason::QueryUnmet, "rating.disclosures");
    }
    //= spec/text/presentation.md#REQ-PRES-20
    //# a part that was not asked for
    if !disclosed.is_subset(&wanted) {
        return refuse(Reason::QueryExtra, "rating.disclosures");
    }
    Ok(())
}

/// Every live rating of the roles that were asked for is there (A21).
fn check_complete(
    asked: &RatingsQuery,
    verified: &VerifiedStanding,
    ratings: &BTreeMap<u64, ShownRating>,
) -> Result<(), Fault> {
    let numbers = &verified.standing.statement().numbers;
    //= spec/text/presentation.md#REQ-PRES-13
    //# With `complete` and all roles asked for, there MUST be as many ratings as `head.live.size`; with some
    //# roles, as many as those roles' numbers in the standing add up to.
    let stated: u64 = if asked.roles.is_empty() {
        numbers.total.all.ratings
    } else {
        let roles: BTreeSet<_> = asked.roles.iter().collect();
        roles.iter().filter_map(|role| numbers.roles.get(*role)).map(|span| span.all.ratings).sum()
    };
    if u64::try_from(ratings.len()) != Ok(stated) {
        return refuse(Reason::RatingLeftOut, "ratings");
    }
    // With everything on the table, the stated mean can be computed again.
    let sum: u64 = ratings.values().map(|rating| u64::from(rating.normal)).sum();
    let mean = sum.checked_div(stated);
    //= spec/text/presentation.md#REQ-PRES-14
    //# With `complete` and all roles asked for, the mean of what is shown MUST be the standing's.
    if asked.roles.is_empty() && mean != numbers.total.all.mean.map(u64::from) {
        return refuse(Reason::StandingNumbers, "mean");
    }
    Ok(())
}

/// A reply that travels with a rating: the subject's words, proven to be in the log.
fn check_reply(
    reply: &LoggedRecord,
    verified: &VerifiedStanding,
    ratings: &mut BTreeMap<u64, ShownRating>,
) -> Result<(), Fault> {
    let statement = verified.standing.statement();
    let entry = reply.record.entry();
    //= spec/text/presentation.md#REQ-PRES-18
    //# It MUST be a reply to a rating that is shown
    let Body::Reply { to, .. } = &entry.body else { return refuse(Reason::Malformed, "reply") };
    //= spec/text/presentation.md#REQ-PRES-16
    //# A reply's entry MUST be of the standing's ledger.
    if entry.ledger != statement.ledger {
        return refuse(Reason::StandingOtherLedger, "reply");
    }
    //= spec/text/presentation.md#REQ-PRES-17
    //# Its leaf MUST be at its index of the standing's `head.log`.
    let in_log = statement.head.log.verify_inclusion(&entry.leaf()?, entry.index, &reply.path);
    in_log.map_err(|_| Fault::new(Reason::LedgerRoot, "reply"))?;
    let text = reply.record.disclosed(names::TEXT).and_then(|text| text.as_str());
    let text = text.ok_or(Fault::new(Reason::Malformed, "reply.text"))?;
    //= spec/text/presentation.md#REQ-PRES-18
    //# with its text, and the only one to it
    match ratings.get_mut(to) {
        Some(rating) if rating.reply.is_none() => rating.reply = Some(text.to_owned()),
        _ => return refuse(Reason::QueryExtra, "reply"),
    }
    Ok(())
}

fn in_facts(rating: &Rating) -> Result<ShownRating, Fault> {
    let (role, score) = rating.role_and_score().ok_or(Fault::new(Reason::Malformed, "rating"))?;
    Ok(ShownRating {
        index: rating.entry().index,
        role: role.clone(),
        value: score.value(),
        scale: score.scale(),
        normal: score.normal(),
        disclosed: rating.disclosed().clone(),
        reply: None,
    })
}

/// The newest status lists: of those that were stapled and those that are known here.
struct Lists<'a> {
    verified: &'a VerifiedStanding,
    sources: &'a Sources,
    used: BTreeMap<String, (&'a SignedStatusList, bool)>,
}

impl<'a> Lists<'a> {
    const fn new(verified: &'a VerifiedStanding, sources: &'a Sources) -> Self {
        Self { verified, sources, used: BTreeMap::new() }
    }

    //= spec/text/status.md#REQ-STATUS-13
    //# nobody asks an issuer about one credential
    fn newest(&self, uri: &str) -> Option<(&'a SignedStatusList, bool)> {
        let stapled =
            self.verified.status.iter().filter(|list| list.uri() == uri).max_by_key(|list| list.issued());
        let known = self.sources.status.get(self.verified.standing.issuer(), uri);
        match (stapled, known) {
            (Some(stapled), Some(known)) if known.issued() >= stapled.issued() => Some((known, true)),
            (Some(stapled), _) => Some((stapled, false)),
            (None, known) => known.map(|list| (list, true)),
        }
    }

    fn check(&mut self, rating: &Rating, judged: &mut Judged) -> Result<(), Fault> {
        let status = rating.status();
        //= spec/text/status.md#REQ-STATUS-9
        //# Without a list a reader MUST decide nothing.
        let Some((list, known)) = self.newest(&status.uri) else {
            judged.missing(Reason::StatusMissing, "status");
            return Ok(());
        };
        // Once for each list, and not for each of a thousand ratings that name it.
        if !self.used.contains_key(&status.uri) {
            self.check_list(list)?;
        }
        //= spec/text/status.md#REQ-STATUS-6
        //# A rating that is shown and that its list does not call valid MUST be refused.
        //= spec/text/status.md#REQ-STATUS-5
        //# An index outside the list MUST be refused and is never valid.
        if list.list().get(status.idx)? != 0 {
            return refuse(Reason::RatingWithdrawn, "status");
        }
        self.used.entry(status.uri.clone()).or_insert((list, known));
        Ok(())
    }

    /// A list is one of those that the market's public record names, so that nobody is kept on a list of their own (A42), and is
    /// not older than a record that is known names it.
    fn check_list(&self, list: &SignedStatusList) -> Result<(), Fault> {
        let own = &self.verified.record;
        let named = own.record().status.iter().find(|named| named.uri == list.uri());
        //= spec/text/status.md#REQ-STATUS-7
        //# A list MUST be one whose address the standing's epoch record names, and, when the list is not
        //# newer than that record, with its hash: so nobody is kept on a list of their own.
        let Some(named) = named else { return refuse(Reason::StatusInvalid, "record.status") };
        if list.issued() <= own.record().iat && named.hash != list.hash() {
            return refuse(Reason::StatusInvalid, "record.status");
        }
        let standing = &self.verified.standing;
        for record in self.sources.records.of(standing.issuer(), standing.market()) {
            let record = record.record();
            let named = record.status.iter().find(|named| named.uri == list.uri());
            //= spec/text/status.md#REQ-STATUS-8
            //# or have another hash than a known record that is newer than it names
            if record.iat > list.issued() && named.is_some_and(|named| named.hash != list.hash()) {
                return refuse(Reason::StatusOlder, "status");
            }
        }
        Ok(())
    }

    /// Ages of the lists that were used; a list that no rating names was not asked for.
    fn end(self, judged: &mut Judged) -> Result<(), Fault> {
        //= spec/text/presentation.md#REQ-PRES-12
        //# its address MUST be one that a rating shown names
        //= spec/text/status.md#REQ-STATUS-4
        //# its `sub` the address that the rating names
        if self.verified.status.iter().any(|list| !self.used.contains_key(list.uri())) {
            return refuse(Reason::QueryExtra, "status");
        }
        let policy = &self.sources.policy;
        for (uri, (list, known)) in self.used {
            let expired = list.expires().is_some_and(|expires| judged.now >= expires);
            let old = judged.now.since(list.issued()) > policy.status_max_age;
            // Of a silent market there is nothing newer to wait for.
            //= spec/text/status.md#REQ-STATUS-10
            //# With a list that is older than the policy allows or past its `exp`, a reader MUST decide
            //# nothing.
            if (expired || old) && !self.verified.last_word {
                judged.missing(Reason::StatusExpired, "status");
            }
            judged.rests_on("status_list", &uri, list.issued(), known);
            judged.remember.status.push(list.as_str().to_owned());
        }
        Ok(())
    }
}
