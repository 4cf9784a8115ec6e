//! Presenting: choosing from what is held, wholly or not at all, and making the proof.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use faam_spec::domain;
use faam_spec::encoding::jcs;
use faam_spec::hash::{Hash, LedgerId};
use faam_spec::key::SigningKey;
use faam_spec::ledger::{Body, Record, names};
use faam_spec::limits::{MAX_PRESENTED_RATINGS, MAX_STAPLED_LISTS};
use faam_spec::name::{MarketId, Role};
use faam_spec::presentation::{Inclusion, LedgerProof, LoggedRecord, Presentation};
use faam_spec::query::{LedgerQuery, RatingsQuery};
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::request::SignedRequest;
use faam_spec::sdjwt::SdJwt;
use faam_spec::time::{DAY, Timestamp};
use serde::{Deserialize, Serialize};

use crate::held::{HeldCredential, HeldLedger, LedgerInfo};
use crate::text::count;
use crate::vault::{Happened, ShownLedger, Told, WhoAsked};

/// Which ratings to show when not all are asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// The newest.
    #[default]
    Newest,
    /// The best valued, of equals the newest.
    Best,
}

/// What would be shown in answer to a request.
#[derive(Debug, Clone)]
pub struct Plan<'a> {
    request: &'a SignedRequest,
    held: &'a [HeldLedger],
    parts: Vec<Part<'a>>,
    approval: Hash,
}

/// What a holder agrees to: the request, and exactly what would be shown in answer to it.
#[derive(Serialize)]
struct Approved<'a> {
    request: Hash,
    ledgers: Vec<ApprovedLedger<'a>>,
}

#[derive(Serialize)]
struct ApprovedLedger<'a> {
    ledger: LedgerId,
    epoch: u64,
    record: Hash,
    complete: bool,
    ratings: Vec<u64>,
    disclosed: Vec<&'a str>,
    replies: Vec<u64>,
}

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

impl<'a> Plan<'a> {
    /// Chooses what answers `request`. Each ledger is shown at most once, in the newest epoch that is held.
    ///
    /// # Errors
    /// `request.expired`; `query.nothing` when any part of the request cannot be answered wholly; `rating.withdrawn` when
    /// it could be only with ratings that were withdrawn or corrected since; `too_large` for more than can be shown at once.
    pub fn new(
        request: &'a SignedRequest,
        held: &'a [HeldLedger],
        pick: Pick,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        //= spec/text/request.md#REQ-REQUEST-10
        //# A request MUST NOT be answered from `exp` on.
        request.check_open(now)?;
        let mut parts: Vec<Part<'a>> = Vec::new();
        for query in request.request().ask.query.ledgers() {
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
            let mut found = None;
            for held in fitting {
                match choose(query.ratings.as_ref(), held, pick) {
                    Ok(ratings) => {
                        found = Some(Part { query, held, ratings });
                        break;
                    }
                    Err(fault) => why = fault,
                }
            }
            parts.push(found.ok_or(why)?);
        }
        let ledgers = parts.iter().map(Part::approved).collect();
        let approved = jcs(&Approved { request: request.digest(), ledgers })?;
        Ok(Self { request, held, parts, approval: Hash::of(domain::HASH_CONSENT, &approved) })
    }

    /// The digest by which a holder agrees to exactly this: another one for another request, other ratings, another
    /// standing or anything more that would be disclosed.
    #[must_use]
    pub const fn approval(&self) -> Hash {
        self.approval
    }

    /// The request.
    #[must_use]
    pub const fn request(&self) -> &'a SignedRequest {
        self.request
    }

    /// What would be shown, in the order in which it was asked for.
    #[must_use]
    pub fn parts(&self) -> &[Part<'a>] {
        &self.parts
    }

    /// Ledgers that are held under the same name of a market as the one of `part`, of whichever issuer, without that one.
    pub fn namesakes(&self, part: &Part<'a>) -> impl Iterator<Item = &'a HeldLedger> {
        let shown = &part.held.info;
        let same = move |info: &LedgerInfo| info.market == shown.market && info.ledger != shown.ledger;
        self.held.iter().filter(move |held| same(&held.info))
    }

    /// What is noted about each ledger that would be shown, in that order.
    pub fn ledgers(&self) -> impl Iterator<Item = &'a LedgerInfo> {
        self.parts.iter().map(|part| &part.held.info)
    }

    /// Makes the presentation. `keys` are the holder keys of [`Plan::ledgers`], in their order.
    ///
    /// # Errors
    /// `internal` if keys are missing or do not belong; `too_large` over the bounds of a presentation.
    //= spec/text/presentation.md#REQ-PRES-23
    //# A wallet makes a presentation from what it holds and MUST ask nobody: no issuer learns that, when or
    //# to whom something is shown.
    pub fn build(&self, keys: &[SigningKey], now: Timestamp) -> Result<Presentation, Fault> {
        if keys.len() != self.parts.len() {
            return refuse(Reason::Internal, "keys");
        }
        let asked = self.request.request();
        let audience = asked.verifier.client_id();
        let mut vp_token = BTreeMap::new();
        let mut ledgers = Vec::new();
        for (part, key) in self.parts.iter().zip(keys) {
            let standing = part.held.standing();
            if standing.standing().holder() != &key.verifying_key() {
                return refuse(Reason::Internal, "keys");
            }
            //= spec/text/presentation.md#REQ-PRES-22
            //# What consent did not name MUST NOT be in the answer
            let bind = |sd_jwt: SdJwt| Ok(sd_jwt.bind(key, &audience, &asked.nonce, now)?.to_text());
            let bound = bind(SdJwt::parse(standing.as_str())?)?;
            vp_token.insert(part.query.standing.clone(), vec![bound]);
            if let Some(query) = &part.query.ratings {
                let shown = part.ratings.iter().map(|chosen| bind(chosen.select(query)));
                vp_token.insert(query.id.clone(), shown.collect::<Result<_, Fault>>()?);
            }
            ledgers.push(part.proof()?);
        }
        Ok(Presentation { v: 0, vp_token, ledgers, private: Vec::new() })
    }

    /// The entry of the log for this presentation, to be written before anything leaves.
    #[must_use]
    pub fn to_log(&self, presentation: Hash, now: Timestamp) -> Happened {
        let days = i64::from(self.request.request().ask.retention_days);
        Happened::Shown {
            to: WhoAsked::of(self.request),
            request: self.request.digest(),
            presentation,
            ledgers: self.parts.iter().map(Part::shown).collect(),
            delete_by: now.plus(days.saturating_mul(DAY)),
            told: Told::Unknown,
        }
    }
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

    fn approved(&self) -> ApprovedLedger<'_> {
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

    fn shown(&self) -> ShownLedger {
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
    fn proof(&self) -> Result<LedgerProof, Fault> {
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

/// Why `query.nothing`: what is asked for and not held, in words for the holder; nothing else is told to anybody.
///
/// Nothing if the request asks for no more than is held.
#[must_use]
pub fn lacking(request: &SignedRequest, held: &[HeldLedger]) -> Option<String> {
    for query in request.request().ask.query.ledgers() {
        let fitting: Vec<&HeldLedger> = held.iter().filter(|held| matches(query, &held.info)).collect();
        if fitting.is_empty() {
            let markets: Vec<&str> = query.markets.iter().map(MarketId::as_str).collect();
            return Some(match markets.is_empty() {
                true => "they ask for ratings of an issuer of which you hold none".to_owned(),
                false => format!("they ask for {}, and you hold nothing of it", markets.join(" or ")),
            });
        }
        let Some(wanted) = &query.ratings else { continue };
        let of = |held: &&HeldLedger| held.live().filter(|(record, _)| has_role(record, wanted)).count();
        let most = u64::try_from(fitting.iter().map(of).max().unwrap_or(0)).unwrap_or(u64::MAX);
        if most < u64::from(wanted.at_least) {
            let roles: Vec<&str> = wanted.roles.iter().map(Role::as_str).collect();
            let roles = if roles.is_empty() { String::new() } else { format!(" as {}", roles.join(" or ")) };
            let asked = count(u64::from(wanted.at_least), "rating");
            return Some(format!("they ask for {asked}{roles}, you hold {most}"));
        }
    }
    None
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
    fn select(&self, query: &RatingsQuery) -> SdJwt {
        let whole = SdJwt::from_parts(self.credential.jwt.clone(), self.record.disclosures().to_vec());
        whole.select(|disclosure| disclosure.name().is_some_and(|name| query.disclose.contains(name)))
    }
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
fn last_replies(held: &HeldLedger) -> BTreeMap<u64, &Record> {
    let has_text = |reply: &&Record| reply.disclosed(names::TEXT).is_some_and(serde_json::Value::is_string);
    let replies = held.replies().into_iter();
    replies.filter_map(|(to, replies)| Some((to, replies.into_iter().rfind(has_text)?))).collect()
}

#[cfg(test)]
mod tests;
