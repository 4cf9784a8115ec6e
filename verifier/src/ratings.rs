//! The ratings of one ledger: each verified alone, then all of them against the standing.

use std::collections::{BTreeMap, BTreeSet};

use faam_spec::decision::{LedgerFacts, ShownRating};
use faam_spec::ledger::{Body, band, names};
use faam_spec::presentation::{LedgerProof, LoggedRecord};
use faam_spec::query::{LedgerQuery, RatingsQuery};
use faam_spec::rating::Rating;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::sdjwt::SdJwt;
use faam_spec::status::SignedStatusList;

use crate::pipeline::{Binding, Judged, VerifiedStanding};
use crate::sources::Sources;
use crate::trust::StatementType;

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
            let rating = Rating::open(&sd_jwt, &sources.histories, standing.issued())?;
            check_rating(&rating, asked, verified, sources)?;
            sd_jwt.verify_key_binding(rating.holder(), binding.audience, binding.nonce, judged.now)?;
            statement.head.live.verify_inclusion(rating.leaf(), inclusion.at, &inclusion.path)?;
            lists.check(&rating, judged)?;
            let index = rating.entry().index;
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
        let count = not_shown_histogram.get_mut(band(rating.normal)).filter(|count| **count > 0);
        *count.ok_or(Fault::new(Reason::StandingNumbers, "histogram"))? -= 1;
    }
    let record = verified.record.record();
    Ok(LedgerFacts {
        issuer: standing.issuer().clone(),
        market: standing.market().clone(),
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
) -> Result<(), Fault> {
    let standing = &verified.standing;
    if rating.issuer() != standing.issuer()
        || rating.market() != standing.market()
        || rating.entry().ledger != standing.statement().ledger
    {
        return refuse(Reason::StandingOtherLedger, "rating");
    }
    if rating.holder() != standing.holder() {
        return refuse(Reason::StandingOtherHolder, "rating.cnf");
    }
    let (role, _) = rating.role_and_score().ok_or(Fault::new(Reason::Malformed, "rating"))?;
    let record = verified.record.record();
    let epoch = (record.epoch, record.epoch_seconds);
    sources.trust.check(rating.issuer(), rating.market(), StatementType::Rating, Some(role), epoch)?;
    if !asked.roles.is_empty() && !asked.roles.contains(role) {
        return refuse(Reason::QueryValue, "entry.role");
    }
    let disclosed: BTreeSet<&str> = rating.disclosed().keys().map(String::as_str).collect();
    let wanted: BTreeSet<&str> = asked.disclose.iter().map(String::as_str).collect();
    if !wanted.is_subset(&disclosed) {
        return refuse(Reason::QueryUnmet, "rating.disclosures");
    }
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
    let Body::Reply { to, .. } = &entry.body else { return refuse(Reason::Malformed, "reply") };
    if entry.ledger != statement.ledger {
        return refuse(Reason::StandingOtherLedger, "reply");
    }
    let in_log = statement.head.log.verify_inclusion(&entry.leaf()?, entry.index, &reply.path);
    in_log.map_err(|_| Fault::new(Reason::LedgerRoot, "reply"))?;
    let text = reply.record.disclosed(names::TEXT).and_then(|text| text.as_str());
    let text = text.ok_or(Fault::new(Reason::Malformed, "reply.text"))?;
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
        let Some((list, known)) = self.newest(&status.uri) else {
            judged.missing(Reason::StatusMissing, "status");
            return Ok(());
        };
        self.check_list(list)?;
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
        let Some(named) = named else { return refuse(Reason::StatusInvalid, "record.status") };
        if list.issued() <= own.record().iat && named.hash != list.hash() {
            return refuse(Reason::StatusInvalid, "record.status");
        }
        let standing = &self.verified.standing;
        for record in self.sources.records.of(standing.issuer(), standing.market()) {
            let record = record.record();
            let named = record.status.iter().find(|named| named.uri == list.uri());
            if record.iat > list.issued() && named.is_some_and(|named| named.hash != list.hash()) {
                return refuse(Reason::StatusOlder, "status");
            }
        }
        Ok(())
    }

    /// Ages of the lists that were used; a list that no rating names was not asked for.
    fn end(self, judged: &mut Judged) -> Result<(), Fault> {
        if self.verified.status.iter().any(|list| !self.used.contains_key(list.uri())) {
            return refuse(Reason::QueryExtra, "status");
        }
        let policy = self.sources.policy;
        for (uri, (list, known)) in self.used {
            let expired = list.expires().is_some_and(|expires| judged.now >= expires);
            let old = judged.now.since(list.issued()) > policy.status_max_age;
            // Of a silent market there is nothing newer to wait for.
            if (expired || old) && !self.verified.last_word {
                judged.missing(Reason::StatusExpired, "status");
            }
            judged.rests_on("status_list", &uri, list.issued(), known);
            judged.remember.status.push(list.as_str().to_owned());
        }
        Ok(())
    }
}
