//! What answers the query of one ledger: its standing, and the ratings that are chosen of it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use faam_spec::hash::{Hash, LedgerId};
use faam_spec::ledger::{Body, Record, names};
use faam_spec::limits::{MAX_PRESENTED_RATINGS, MAX_STAPLED_LISTS};
use faam_spec::name::{MarketId, Role};
use faam_spec::presentation::{Inclusion, LedgerProof, LoggedRecord};
use faam_spec::query::{LedgerQuery, RatingsQuery};
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::sdjwt::SdJwt;
use faam_spec::time::Timestamp;
use serde::Serialize;

use super::Pick;
use crate::held::{HeldCredential, HeldLedger, LedgerInfo};
use crate::text::count;
use crate::vault::ShownLedger;

/// What would be shown of one ledger.
#[derive(Debug, Clone)]
pub struct Part<'a> {
    query: &'a LedgerQuery,
    held: &'a HeldLedger,
    ratings: Vec<Chosen<'a>>,
}

/// A rating that would be shown.
#[derive(Debug, Clone, Copy)]
pub struct Chosen<'a> {
    record: &'a Record,
    credential: &'a HeldCredential,
    reply: Option<&'a Record>,
}

/// Chooses the ledger that answers a query, of those that no earlier part shows.
///
/// # Errors
/// `query.nothing`; `rating.withdrawn`, `too_large`, as [`super::Plan::new`].
pub(super) fn part<'a>(
    query: &'a LedgerQuery,
    held: &'a [HeldLedger],
    parts: &[Part<'a>],
    pick: Pick,
    now: Timestamp,
) -> Result<Part<'a>, Fault> {
    let mut fitting: Vec<&HeldLedger> = held
        .iter()
        .filter(|held| matches(query, &held.info))
        .filter(|held| parts.iter().all(|part| part.held.info.ledger != held.info.ledger))
        .collect();
    // The newest epoch, of equals the ledger that says most.
    fitting.sort_by_key(|held| {
        let age = held.epochs_old(now);
        (age, Reverse(held.numbers().total.all.ratings), held.info.market.clone(), held.info.ledger)
    });
    let mut why = Fault::new(Reason::NothingToShow, "query");
    for held in fitting {
        match choose(query.ratings.as_ref(), held, pick) {
            Ok(ratings) => return Ok(Part { query, held, ratings }),
            Err(fault) => why = fault,
        }
    }
    Err(why)
}

/// Why a query of a ledger cannot be answered; nothing if it can.
pub(super) fn lacking(query: &LedgerQuery, held: &[HeldLedger]) -> Option<String> {
    let fitting: Vec<&HeldLedger> = held.iter().filter(|held| matches(query, &held.info)).collect();
    if fitting.is_empty() {
        let markets: Vec<&str> = query.markets.iter().map(MarketId::as_str).collect();
        return Some(match markets.is_empty() {
            true => "they ask for ratings of an issuer of which you hold none".to_owned(),
            false if held.iter().any(|held| query.markets.contains(&held.info.market)) => format!(
                "they ask for {} of an issuer that they believe, and what you hold of it is of another issuer",
                markets.join(" or ")
            ),
            false => format!("they ask for {}, and you hold nothing of it", markets.join(" or ")),
        });
    }
    let wanted = query.ratings.as_ref()?;
    let of = |held: &&HeldLedger| held.live().filter(|(record, _)| has_role(record, wanted)).count();
    let most = u64::try_from(fitting.iter().map(of).max().unwrap_or(0)).unwrap_or(u64::MAX);
    if most >= u64::from(wanted.at_least) {
        return None;
    }
    let roles: Vec<&str> = wanted.roles.iter().map(Role::as_str).collect();
    let roles = if roles.is_empty() { String::new() } else { format!(" as {}", roles.join(" or ")) };
    let asked = count(u64::from(wanted.at_least), "rating");
    Some(format!("they ask for {asked}{roles}, you hold {most}"))
}

fn matches(query: &LedgerQuery, info: &LedgerInfo) -> bool {
    (query.markets.is_empty() || query.markets.contains(&info.market))
        && (query.issuers.is_empty() || query.issuers.contains(&info.issuer))
}

/// The ratings that answer a query, or why there are none.
fn choose<'a>(
    query: Option<&RatingsQuery>,
    held: &'a HeldLedger,
    pick: Pick,
) -> Result<Vec<Chosen<'a>>, Fault> {
    let Some(query) = query else { return Ok(Vec::new()) };
    let wanted = usize::try_from(query.at_least).unwrap_or(usize::MAX);
    let mut ratings: Vec<(&Record, &HeldCredential)> =
        held.live().filter(|(record, _)| has_role(record, query)).collect();
    if ratings.len() < wanted {
        return refuse(Reason::NothingToShow, "query.ratings");
    }
    if ratings.len() > MAX_PRESENTED_RATINGS && query.complete {
        return refuse(Reason::TooLarge, "query.ratings");
    }
    let before = ratings.len();
    ratings.retain(|(_, credential)| !held.is_flagged(credential));
    if ratings.len() < wanted || (query.complete && ratings.len() < before) {
        // The other side would refuse it. From the next epoch on the standing counts without them.
        return refuse(Reason::RatingWithdrawn, "query.ratings");
    }
    if !query.complete {
        match pick {
            Pick::Newest => ratings.sort_by_key(|(record, _)| Reverse(newness(record))),
            Pick::Best => ratings.sort_by_key(|(record, _)| Reverse((normal(record), newness(record)))),
        }
        ratings.truncate(wanted);
    }
    // Only now: most of a long ledger is not shown, and its replies need not be looked at.
    let replies = last_replies(held);
    let with_reply = |(record, credential): (&'a Record, &'a HeldCredential)| {
        let reply = replies.get(&record.entry().index).copied();
        Chosen { record, credential, reply }
    };
    Ok(ratings.into_iter().map(with_reply).collect())
}

fn has_role(record: &Record, query: &RatingsQuery) -> bool {
    match &record.entry().body {
        Body::Rating { role, .. } => query.roles.is_empty() || query.roles.contains(role),
        _ => false,
    }
}

fn newness(record: &Record) -> (Option<faam_spec::time::Day>, u64) {
    (record.details().map(|details| details.day), record.entry().index)
}

fn normal(record: &Record) -> u16 {
    match &record.entry().body {
        Body::Rating { score, .. } => score.normal(),
        _ => 0,
    }
}

/// The last reply to each rating whose text is held: one travels with it, so that it is never shown unanswered.
pub(super) fn last_replies(held: &HeldLedger) -> BTreeMap<u64, &Record> {
    let has_text = |reply: &&Record| reply.disclosed(names::TEXT).is_some_and(serde_json::Value::is_string);
    let replies = held.replies().into_iter();
    replies.filter_map(|(to, replies)| Some((to, replies.into_iter().rfind(has_text)?))).collect()
}

#[derive(Serialize)]
pub(super) struct ApprovedLedger<'a> {
    ledger: LedgerId,
    epoch: u64,
    record: Hash,
    complete: bool,
    ratings: Vec<u64>,
    disclosed: Vec<&'a str>,
    replies: Vec<u64>,
}

impl<'a> Part<'a> {
    /// What is asked.
    #[must_use]
    pub const fn query(&self) -> &'a LedgerQuery {
        self.query
    }

    /// The ledger that answers it.
    #[must_use]
    pub const fn held(&self) -> &'a HeldLedger {
        self.held
    }

    /// The ratings that would be shown, in order.
    #[must_use]
    pub fn ratings(&self) -> &[Chosen<'a>] {
        &self.ratings
    }

    /// Whether these are said to be all ratings of the roles asked for.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.query.ratings.as_ref().is_some_and(|query| query.complete)
    }

    /// Names of the claims that would be shown.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut shown = vec!["standing".to_owned()];
        if let Some(query) = &self.query.ratings {
            shown.extend(["value", "role"].map(str::to_owned));
            shown.extend(query.disclose.iter().cloned());
        }
        if self.ratings.iter().any(|chosen| chosen.reply.is_some()) {
            shown.push("reply".to_owned());
        }
        shown
    }

    /// Indices in the ledger of the ratings that would be shown, in order.
    fn indices(&self) -> Vec<u64> {
        self.ratings.iter().map(|chosen| chosen.record.entry().index).collect()
    }

    pub(super) fn approved(&self) -> ApprovedLedger<'_> {
        let statement = self.held.standing().statement();
        let disclosed = self.query.ratings.iter().flat_map(|query| query.disclose.iter().map(String::as_str));
        let replies = self.ratings.iter().filter_map(|chosen| chosen.reply);
        ApprovedLedger {
            ledger: self.held.info.ledger,
            epoch: statement.epoch,
            record: statement.record,
            complete: self.complete(),
            ratings: self.indices(),
            disclosed: disclosed.collect(),
            replies: replies.map(|reply| reply.entry().index).collect(),
        }
    }

    pub(super) fn shown(&self) -> ShownLedger {
        let info = &self.held.info;
        ShownLedger {
            issuer: info.issuer.clone(),
            market: info.market.clone(),
            ledger: info.ledger,
            epoch: self.held.standing().record().record().label(),
            names: self.names(),
            ratings: u64::try_from(self.ratings.len()).unwrap_or(u64::MAX),
            indices: self.indices(),
            of: self.held.numbers().total.all.ratings,
            complete: self.complete(),
        }
    }

    /// Everything beside the credentials that proves them.
    pub(super) fn proof(&self) -> Result<LedgerProof, Fault> {
        let gone = |at| Fault::new(Reason::Internal, at);
        let ledger = self.held.ledger();
        let tree = ledger.live_tree();
        let positions = self.held.live_positions();
        let mut live = Vec::with_capacity(self.ratings.len());
        let mut uris = BTreeSet::new();
        let mut replies = Vec::new();
        for chosen in &self.ratings {
            let at = *positions.get(&chosen.record.entry().index).ok_or_else(|| gone("live"))?;
            live.push(Inclusion { at, path: tree.prove(at).ok_or_else(|| gone("live"))? });
            uris.insert(chosen.credential.status.uri.as_str());
            if let Some(reply) = chosen.reply {
                let path = ledger.log().prove(reply.entry().index).ok_or_else(|| gone("log"))?;
                replies.push(LoggedRecord { record: reply.clone(), path });
            }
        }
        if uris.len() > MAX_STAPLED_LISTS {
            return refuse(Reason::TooLarge, "status");
        }
        let status = self.held.lists().iter().filter(|list| uris.contains(list.uri()));
        let standing = self.held.standing();
        Ok(LedgerProof {
            standing: self.query.standing.clone(),
            ratings: self.query.ratings.as_ref().map(|query| query.id.clone()),
            record: standing.record().as_str().to_owned(),
            account: standing.account().clone(),
            live,
            status: status.map(|list| list.as_str().to_owned()).collect(),
            complete: self.complete(),
            replies,
        })
    }
}

impl<'a> Chosen<'a> {
    /// The entry with everything that could be disclosed of it.
    #[must_use]
    pub const fn record(&self) -> &'a Record {
        self.record
    }

    /// The reply that travels with it.
    #[must_use]
    pub const fn reply(&self) -> Option<&'a Record> {
        self.reply
    }

    /// The credential with only what was asked for.
    //= spec/text/presentation.md#REQ-PRES-22
    //# What consent did not name MUST NOT be in the answer; that includes disclosures.
    pub(super) fn select(&self, query: &RatingsQuery) -> SdJwt {
        let whole = SdJwt::from_parts(self.credential.jwt.clone(), self.record.disclosures().to_vec());
        whole.select(|disclosure| disclosure.name().is_some_and(|name| query.disclose.contains(name)))
    }
}
