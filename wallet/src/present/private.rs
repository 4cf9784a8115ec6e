//! What answers a query of private standings: for each, a role of a ledger whose private standing reaches all that is asked.

use std::cmp::Reverse;

use faam_spec::bbs::{Bbs, Commitment};
use faam_spec::client::Client;
use faam_spec::grid::{Metric, Milestone, Milestones};
use faam_spec::hash::{Hash, LedgerId};
use faam_spec::name::{MarketId, Role};
use faam_spec::presentation::{Presentation, PrivateShown};
use faam_spec::private::{Audience, PrivateProof, PrivateTerms, prove};
use faam_spec::query::PrivateQuery;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::request::Request;
use faam_spec::time::Timestamp;
use rand_core::CryptoRngCore;
use serde::Serialize;

use crate::held::{HeldLedger, LedgerInfo};
use crate::private::{HeldPrivate, HeldPrivateStanding};
use crate::vault::{Happened, LogEntry, ShownPrivate};

/// What would be proven of one private standing.
#[derive(Debug, Clone, Copy)]
pub struct PrivatePart<'a> {
    query: &'a PrivateQuery,
    held: &'a HeldLedger,
    private: &'a HeldPrivate,
    terms: &'a PrivateTerms,
    role: &'a Role,
    standing: &'a HeldPrivateStanding,
}

#[derive(Serialize)]
pub(super) struct ApprovedPrivate<'a> {
    ledger: LedgerId,
    role: &'a Role,
    epoch: u64,
    record: Hash,
    /// Another binding is another pseudonym.
    binding: &'a Commitment,
    milestones: &'a [Milestone],
}

/// Chooses what answers these queries, all of them or none; and whether a role that would have had to climb was left aside.
///
/// # Errors
/// `query.nothing`; `request.climbing` if a ledger that is asked about would have to show this verifier a higher step than before.
pub(super) fn parts<'a>(
    queries: &'a [PrivateQuery],
    held: &'a [HeldLedger],
    verifier: &Client,
    now: Timestamp,
) -> Result<(Vec<PrivatePart<'a>>, bool), Fault> {
    let mut climbing = false;
    let mut options = Vec::with_capacity(queries.len());
    for query in queries {
        let mut fitting: Vec<PrivatePart<'a>> = candidates(query, held).collect();
        //= spec/text/private.md#REQ-PRIVATE-15
        //# Under one pseudonym a wallet MUST NOT show a higher step of a metric than it showed before: thresholds
        //# that climb would tell the number between them.
        fitting.retain(|part| {
            let climbs = part.private.shown.check(verifier, part.role, &query.milestones).is_err();
            climbing |= climbs;
            !climbs
        });
        // Only now: whether a step that they may not ask for is reached makes no difference.
        fitting.retain(PrivatePart::reaches);
        // The newest epoch; a name that they know already before one more; then the one of which the smaller of both counts is largest.
        fitting.sort_by_cached_key(|part| {
            let info = &part.held.info;
            let order = (info.market.clone(), info.issuer.clone(), info.ledger, part.role.clone());
            let known = part.private.shown.knows(verifier);
            let fewest = part.sharing(verifier).min(part.bound());
            (part.held.epochs_old(now), !known, Reverse(fewest), order)
        });
        options.push(fitting);
    }
    let mut chosen = Vec::with_capacity(queries.len());
    if assign(&options, &mut chosen) {
        return Ok((chosen, climbing));
    }
    // Nobody but the holder is told which of the two it was.
    if climbing {
        return refuse(Reason::RequestClimbing, "milestones");
    }
    refuse(Reason::NothingToShow, "query")
}

/// Every role of every ledger that the query asks about, whatever it reaches.
fn candidates<'a>(query: &'a PrivateQuery, held: &'a [HeldLedger]) -> impl Iterator<Item = PrivatePart<'a>> {
    held.iter().filter(|held| matches(query, &held.info)).flat_map(move |held| {
        let terms = held.standing.record().record().private.as_ref();
        let both = held.private.as_ref().zip(terms);
        let roles = both.into_iter().flat_map(|(private, terms)| {
            private.standings.iter().map(move |(role, standing)| (private, terms, role, standing))
        });
        roles.filter(|(_, _, role, _)| query.roles.is_empty() || query.roles.contains(role)).map(
            move |(private, terms, role, standing)| PrivatePart {
                query,
                held,
                private,
                terms,
                role,
                standing,
            },
        )
    })
}

/// Takes one of each of the options, so that all go together. There are at most four, and few that exclude each other.
fn assign<'a>(options: &[Vec<PrivatePart<'a>>], chosen: &mut Vec<PrivatePart<'a>>) -> bool {
    let Some(next) = options.get(chosen.len()) else { return true };
    for part in next {
        if chosen.iter().all(|other| part.goes_with(other)) {
            chosen.push(*part);
            if assign(options, chosen) {
                return true;
            }
            chosen.pop();
        }
    }
    false
}

fn matches(query: &PrivateQuery, info: &LedgerInfo) -> bool {
    (query.markets.is_empty() || query.markets.contains(&info.market))
        && (query.issuers.is_empty() || query.issuers.contains(&info.issuer))
}

/// Why a query of a private standing cannot be answered; nothing if it can.
pub(super) fn lacking(query: &PrivateQuery, held: &[HeldLedger]) -> Option<String> {
    let markets: Vec<&str> = query.markets.iter().map(MarketId::as_str).collect();
    let of = match markets.is_empty() {
        true => "a market".to_owned(),
        false => markets.join(" or "),
    };
    if !held.iter().any(|held| matches(query, &held.info)) {
        if held.iter().any(|held| query.markets.contains(&held.info.market)) {
            return Some(format!(
                "they ask for milestones of {of} by an issuer that they believe, and what you hold of it is of another issuer"
            ));
        }
        return Some(format!("they ask for milestones of {of}, and you hold nothing of it"));
    }
    let mut fitting = candidates(query, held).peekable();
    if fitting.peek().is_none() {
        let roles: Vec<&str> = query.roles.iter().map(Role::as_str).collect();
        let roles = if roles.is_empty() { String::new() } else { format!(" as {}", roles.join(" or ")) };
        return Some(format!(
            "they ask for milestones of {of}, and you hold no private standing of it{roles}"
        ));
    }
    if fitting.any(|part| part.reaches()) {
        return None;
    }
    let asked: Vec<String> = query.milestones.as_slice().iter().map(|of| of.plain_words()).collect();
    Some(format!("they ask for milestones of {of} that you do not all reach: {}", asked.join("; ")))
}

/// Why `request.climbing`, in words for the holder: each milestone that climbs, and what this verifier was shown before and when.
pub(super) fn climbing(
    query: &PrivateQuery,
    held: &[HeldLedger],
    verifier: &Client,
    (shown, when): (&[LogEntry], &dyn Fn(Timestamp) -> String),
) -> Option<String> {
    let mut told = Vec::new();
    for part in candidates(query, held) {
        for (asked, before) in part.private.shown.climbing(verifier, part.role, &query.milestones) {
            let mut words = format!(
                "of {} as {} they ask for {} ({asked})",
                part.held.info.market,
                part.role,
                asked.plain_words()
            );
            if let Some(before) = before {
                words.push_str(&format!(", and were shown {} ({before})", before.plain_words()));
                let last = shown.iter().rev().find(|entry| part.was_shown(entry, verifier, before));
                words.push_str(
                    &last.map_or_else(
                        || " before".to_owned(),
                        |entry| format!(", last at {}", when(entry.at)),
                    ),
                );
            }
            told.push(words);
        }
    }
    (!told.is_empty()).then(|| told.join("; "))
}

impl<'a> PrivatePart<'a> {
    /// Whether a milestone of this role was shown to a verifier in an entry of the log.
    fn was_shown(&self, entry: &LogEntry, verifier: &Client, milestone: Milestone) -> bool {
        match &entry.what {
            Happened::Shown { to, private, .. } if to.did.stable_part() == verifier.stable_part() => {
                private.iter().any(|shown| {
                    shown.ledger == self.held.info.ledger
                        && shown.role == *self.role
                        && shown.milestones.contains(&milestone)
                })
            }
            _ => false,
        }
    }

    /// What is asked.
    #[must_use]
    pub const fn query(&self) -> &'a PrivateQuery {
        self.query
    }

    /// The ledger that answers it.
    #[must_use]
    pub const fn held(&self) -> &'a HeldLedger {
        self.held
    }

    /// Its private standings.
    #[must_use]
    pub const fn private(&self) -> &'a HeldPrivate {
        self.private
    }

    /// The role.
    #[must_use]
    pub const fn role(&self) -> &'a Role {
        self.role
    }

    /// What would be proven.
    #[must_use]
    pub const fn milestones(&self) -> &'a Milestones {
        &self.query.milestones
    }

    /// Everything of this role that a verifier knows once this is shown: of each metric the highest milestone of what is asked and
    /// what it was shown before under the same pseudonym, in the order of the grid.
    #[must_use]
    pub fn known_then(&self, verifier: &Client) -> Vec<Milestone> {
        let asked = |metric| self.milestones().as_slice().iter().copied().find(|of| of.metric() == metric);
        Metric::all().filter_map(|metric| self.before(verifier, metric).max(asked(metric))).collect()
    }

    /// How many accounts of the market are known to reach, in this role, all of it and all that this verifier was shown before:
    /// by the pseudonym it adds up what it is shown in pieces.
    ///
    /// Implements REQ-PRIVATE-19 (`spec/text/private.md`).
    //= spec/text/private.md#REQ-PRIVATE-19
    //# Before it shows anything a wallet MUST say how many accounts are known to share what is asked together with all
    //# that the verifier was shown before in this role
    #[must_use]
    pub fn sharing(&self, verifier: &Client) -> u64 {
        self.terms.sharing(self.role, &self.known_then(verifier))
    }

    /// How many ledgers of the market are known to be held in a wallet. How many of them reach what is asked is not known.
    #[must_use]
    pub const fn bound(&self) -> u64 {
        self.terms.bound
    }

    /// What was shown before under the same pseudonym: of each role and metric, the highest milestone.
    #[must_use]
    pub fn shown_before(&self, verifier: &Client) -> Vec<(&'a Role, Milestone)> {
        let shown = &self.private.shown;
        let of = |role: &'a Role| {
            let highest = Milestone::all()
                .filter(move |of: &Milestone| shown.step(verifier, role, of.metric()) == Some(of.step()));
            highest.map(move |milestone| (role, milestone))
        };
        self.private.standings.keys().flat_map(of).collect()
    }

    /// The step that was shown before of a metric of this role, as its milestone.
    #[must_use]
    pub fn before(&self, verifier: &Client, metric: Metric) -> Option<Milestone> {
        self.private.shown.milestone(verifier, self.role, metric)
    }

    fn reaches(&self) -> bool {
        self.milestones().as_slice().iter().all(|milestone| self.standing.steps.reaches(*milestone))
    }

    /// Whether both can stand in one answer: of one market, only one ledger, and each of its roles once.
    fn goes_with(&self, other: &Self) -> bool {
        let (own, others) = (&self.held.info, &other.held.info);
        let one_market =
            own.market == others.market && own.issuer.stable_part() == others.issuer.stable_part();
        //= spec/text/presentation.md#REQ-PRES-28
        //# one ledger counts once, and ledgers of two people are not pooled
        if one_market {
            own.ledger == others.ledger && self.role != other.role
        } else {
            own.ledger != others.ledger
        }
    }

    pub(super) fn approved(&self) -> ApprovedPrivate<'a> {
        let record = self.held.standing.record();
        ApprovedPrivate {
            ledger: self.held.info.ledger,
            role: self.role,
            epoch: record.record().epoch,
            record: record.hash(),
            binding: &self.private.secrets.commitment,
            milestones: self.milestones().as_slice(),
        }
    }

    /// Proves what is asked, to this verifier and for this request alone.
    pub(super) fn prove(
        &self,
        bbs: &dyn Bbs,
        asked: &Request,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<PrivateProof, Fault> {
        //= spec/text/private.md#REQ-PRIVATE-10
        //# which a wallet takes from the `client_id` that it authenticated
        let audience = Audience { verifier: &asked.verifier, nonce: &asked.nonce };
        prove(
            bbs,
            (self.held.standing.record().record(), self.role),
            (&self.standing.steps, &self.standing.signature),
            (&self.private.secrets, &self.private.entropy),
            self.milestones(),
            audience,
            rng,
        )
    }

    /// What stands beside the proof: the same for everybody who answers with this market and role.
    pub(super) fn beside(&self) -> PrivateShown {
        PrivateShown {
            standing: self.query.id.clone(),
            role: self.role.clone(),
            record: self.held.standing.record().as_str().to_owned(),
        }
    }

    /// What the log says of it; the pseudonym is that of its proof in `built`.
    pub(super) fn shown(&self, built: &Presentation) -> Result<ShownPrivate, Fault> {
        let milestones = self.milestones().as_slice();
        let missing = Fault::new(Reason::Internal, "presentation");
        let text = built.vp_token.get(&self.query.id).and_then(|proofs| proofs.first()).ok_or(missing)?;
        let info = &self.held.info;
        Ok(ShownPrivate {
            issuer: info.issuer.clone(),
            market: info.market.clone(),
            ledger: info.ledger,
            role: self.role.clone(),
            epoch: self.held.standing.record().record().label(),
            milestones: milestones.to_vec(),
            pseudonym: PrivateProof::parse(text, milestones.len())?.pseudonym,
        })
    }
}

#[cfg(test)]
mod tests;
