//! Applying a policy to what was verified.
//!
//! Each market's statement is judged alone, by what it says and nothing else, so that showing more of it never harms and leaving something out
//! never helps. Then the markets that meet the needs are counted.

use std::borrow::Cow;
use std::collections::BTreeSet;

use faam_spec::decision::{LedgerFacts, Outcome, PrivateFacts, StatedReason};
use faam_spec::did::Did;
use faam_spec::grid::Milestone;
use faam_spec::ledger::{LedgerNumbers, Numbers, Span};
use faam_spec::name::MarketId;
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::Timestamp;

use super::{Action, Newcomer, Policy, StandingNeeds, Unsure};
use crate::sources::{Notice, NoticeKind};
use crate::trust::Trust;

/// What a policy makes of an answer.
#[derive(Debug)]
pub(crate) struct Ruling {
    pub(crate) outcome: Outcome,
    pub(crate) reasons: Vec<StatedReason>,
    /// What the policy says to tell with an acceptance.
    pub(crate) notes: Vec<StatedReason>,
}

/// What the policy says to one fact: what is wrong with it, and what that makes of it.
struct Finding {
    action: Action,
    reason: Reason,
    /// Its place in the facts, as an accepted decision has them.
    at: Cow<'static, str>,
}

/// One market's statement after it was judged.
struct Judged {
    findings: Vec<Finding>,
    /// Its place, such as `facts[0]`.
    place: String,
    /// Whatever makes it one with another statement.
    labels: BTreeSet<String>,
}

impl Judged {
    /// The worst of what was found.
    fn action(&self) -> Action {
        let actions = self.findings.iter().map(|finding| finding.action);
        actions.max_by_key(|action| severity(*action)).unwrap_or_default()
    }

    fn stated(&self, worth: impl Fn(Action) -> bool) -> impl Iterator<Item = StatedReason> {
        let found = self.findings.iter().filter(move |finding| worth(finding.action));
        found.map(|finding| stated(finding.reason, format!("{}.{}", self.place, finding.at)))
    }
}

const fn severity(action: Action) -> u8 {
    match action {
        Action::Accept => 0,
        Action::Note => 1,
        Action::Undecided => 2,
        Action::Refuse => 3,
    }
}

impl From<Unsure> for Action {
    fn from(unsure: Unsure) -> Self {
        match unsure {
            Unsure::Undecided => Self::Undecided,
            Unsure::Refuse => Self::Refuse,
        }
    }
}

fn stated(reason: Reason, at: String) -> StatedReason {
    StatedReason { at, ..StatedReason::from(&Fault::new(reason, "")) }
}

impl Policy {
    /// What becomes of an answer in which something is wrong, or a key is not known.
    pub(crate) fn on_fault(&self, fault: &Fault) -> Ruling {
        let (outcome, first) = match fault.reason() {
            //= spec/text/policy.md#REQ-POLICY-10
            //# Of a market whose records contradict each other nothing MUST be accepted
            Reason::EpochForked if self.on.contested == Unsure::Undecided => {
                (Outcome::Undecided, Some(Reason::PolicyContested))
            }
            reason if is_undecided(reason) => self.on_missing(reason),
            _ => (Outcome::Refused, None),
        };
        let told = first.map(|first| Fault::new(first, fault.at()));
        let reasons = told.iter().chain([fault]).map(StatedReason::from).collect();
        Ruling { outcome, reasons, notes: Vec::new() }
    }

    /// What becomes of an answer for want of something, and the policy's own code if it is refused.
    fn on_missing(&self, reason: Reason) -> (Outcome, Option<Reason>) {
        let (then, own) = match reason {
            Reason::StatusExpired | Reason::IssuerSilent => (self.on.stale, Reason::PolicyStale),
            Reason::StatusMissing | Reason::KeyUnknown => (self.on.unknown, Reason::PolicyUnknown),
            // Whether a request was answered before is not the policy's to say.
            _ => (Unsure::Undecided, Reason::PolicyUnknown),
        };
        match then {
            Unsure::Undecided => (Outcome::Undecided, None),
            Unsure::Refuse => (Outcome::Refused, Some(own)),
        }
    }

    /// What becomes of facts that were verified, with what was `missing` on the way.
    pub(crate) fn rule(
        &self,
        (ledgers, private): (&[LedgerFacts], &[PrivateFacts]),
        missing: &[Fault],
        (trust, notices): (&Trust, &[Notice]),
        now: Timestamp,
    ) -> Ruling {
        let mut judged = Vec::new();
        for (at, facts) in ledgers.iter().enumerate() {
            let mut findings = self.of_market(&facts.issuer, &facts.market, facts.epochs_old, notices);
            self.of_ledger(facts, now, &mut findings);
            let labels = labels(&facts.issuer, &facts.market, trust);
            judged.push(Judged { findings, place: format!("facts[{at}]"), labels });
        }
        for (at, facts) in private.iter().enumerate() {
            let mut findings = self.of_market(&facts.issuer, &facts.market, facts.epochs_old, notices);
            self.of_private(facts, &mut findings);
            let labels = labels(&facts.issuer, &facts.market, trust);
            judged.push(Judged { findings, place: format!("private[{at}]"), labels });
        }
        //= spec/text/policy.md#REQ-POLICY-4
        //# The outcome MUST be the worst of what was missing and of what the policy makes of the facts
        let mut ruling = self.count(&judged, trust);
        let mut wanting = (Outcome::Accepted, Vec::new());
        for fault in missing {
            let (outcome, own) = self.on_missing(fault.reason());
            if worse(outcome, wanting.0) {
                wanting = (outcome, Vec::new());
            }
            if outcome == wanting.0 {
                wanting.1.extend(own.map(|own| stated(own, fault.at().to_owned())));
                wanting.1.push(StatedReason::from(fault));
            }
        }
        if worse(wanting.0, ruling.outcome) {
            ruling = Ruling { outcome: wanting.0, reasons: wanting.1, notes: Vec::new() };
        } else if wanting.0 == ruling.outcome && ruling.outcome != Outcome::Accepted {
            ruling.reasons.extend(wanting.1);
        }
        ruling
    }

    //= spec/text/policy.md#REQ-POLICY-5
    //# Each market's statement MUST be judged alone; numbers and milestones of several MUST NOT be added.
    fn count(&self, judged: &[Judged], trust: &Trust) -> Ruling {
        let wanted = usize::try_from(self.markets.at_least).unwrap_or(usize::MAX);
        // With one market there is nothing to tell apart.
        let known: Vec<BTreeSet<String>> = match wanted {
            0 | 1 => Vec::new(),
            _ => {
                let entries = trust.entries().iter();
                let believed = entries.map(|entry| labels(&entry.issuer, &entry.market, trust));
                believed.chain(judged.iter().map(|one| one.labels.clone())).collect()
            }
        };
        let upto = |most: Action| {
            let counted = judged.iter().filter(|one| severity(one.action()) <= severity(most));
            different(&counted.map(|one| &one.labels).collect::<Vec<_>>(), &known)
        };
        let short = |outcome, of: Action| {
            // With one market its own reasons say all.
            let first = (wanted > 1).then(|| stated(Reason::PolicyMarkets, "markets".to_owned()));
            let found = judged.iter().filter(|one| one.action() == of);
            let mut reasons: Vec<_> =
                first.into_iter().chain(found.flat_map(|one| one.stated(|action| action == of))).collect();
            if reasons.is_empty() {
                reasons.push(stated(Reason::PolicyMarkets, "markets".to_owned()));
            }
            Ruling { outcome, reasons, notes: Vec::new() }
        };
        if upto(Action::Note) >= wanted {
            let notes = judged.iter().flat_map(|one| one.stated(|action| action != Action::Accept));
            return Ruling { outcome: Outcome::Accepted, reasons: Vec::new(), notes: notes.collect() };
        }
        if upto(Action::Undecided) >= wanted {
            return short(Outcome::Undecided, Action::Undecided);
        }
        short(Outcome::Refused, Action::Refuse)
    }

    /// What is said of any statement.
    fn of_market(&self, issuer: &Did, market: &MarketId, epochs: u64, notices: &[Notice]) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut find = |action, reason, at| findings.push(Finding { action, reason, at: Cow::Borrowed(at) });
        //= spec/text/policy.md#REQ-POLICY-14
        //# Where `of` names markets, a statement of another one MUST NOT count.
        if !self.markets.of.is_empty() && !self.markets.of.contains(market) {
            find(Action::Refuse, Reason::PolicyMarket, "market");
        }
        if self.standing_max_epochs.is_some_and(|most| epochs > most) {
            find(self.on.stale.into(), Reason::PolicyStale, "epoch");
        }
        //= spec/text/policy.md#REQ-POLICY-16
        //# What was announced MUST be looked at for statements of that issuer about that market, and for no
        //# others.
        for notice in notices.iter().filter(|notice| notice.issuer == *issuer && notice.market == *market) {
            let action = match notice.what {
                NoticeKind::NewOwner => self.on.new_owner,
                NoticeKind::Closed => self.on.closed,
            };
            find(action, Reason::PolicyNotice, "market");
        }
        findings
    }

    fn of_ledger(&self, facts: &LedgerFacts, now: Timestamp, findings: &mut Vec<Finding>) {
        let mut find = |action, reason, at: Cow<'static, str>| findings.push(Finding { action, reason, at });
        let numbers = &facts.numbers;
        if self.private.is_some() {
            find(Action::Refuse, Reason::PolicyRequest, "standing".into());
        }
        //= spec/text/policy.md#REQ-POLICY-8
        //# Withdrawn and disputed ratings MUST be taken from the standing's numbers, never from what is shown.
        if percent_over(numbers.withdrawn, numbers.total.all.ratings, self.on.withdrawn_over_percent) {
            find(self.on.withdrawn, Reason::PolicyWithdrawn, "numbers.withdrawn".into());
        }
        if numbers.disputed > self.on.disputed_over {
            find(self.on.disputed, Reason::PolicyDisputed, "numbers.disputed".into());
        }
        if let Some(needs) = &self.standing {
            let newcomer = self.newcomer.unwrap_or_default();
            for (reason, at) in needs.unmet(numbers, newcomer, now) {
                let unrated = reason == Reason::PolicyUnrated;
                let action = if unrated { newcomer.then.into() } else { Action::Refuse };
                find(action, reason, at.into());
            }
        }
        if let Some(needs) = &self.ratings {
            let of_role =
                facts.shown.iter().filter(|r| needs.role.as_ref().is_none_or(|role| r.role == *role));
            let enough = usize::try_from(needs.at_least).is_ok_and(|least| of_role.clone().count() >= least);
            let told =
                of_role.clone().all(|r| needs.disclose.iter().all(|name| r.disclosed.contains_key(name)));
            // What was asked for was shown, or the answer would be refused: so too little was asked for.
            //= spec/text/policy.md#REQ-POLICY-18
            //# Where all ratings are needed, as many of the policy's role MUST be shown as the standing's numbers have
            let of = match &needs.role {
                None => Some(&facts.numbers.total),
                Some(role) => facts.numbers.roles.get(role),
            };
            let all = u64::try_from(of_role.count()).ok() >= Some(of.map_or(0, |span| span.all.ratings));
            if !enough || !told || (needs.complete && !(facts.complete && all)) {
                find(Action::Refuse, Reason::PolicyRequest, "shown".into());
            }
        }
    }

    fn of_private(&self, facts: &PrivateFacts, findings: &mut Vec<Finding>) {
        let mut find =
            |reason, at| findings.push(Finding { action: Action::Refuse, reason, at: Cow::Borrowed(at) });
        if self.standing.is_some() || self.ratings.is_some() {
            find(Reason::PolicyRequest, "milestones");
        }
        let Some(needs) = &self.private else { return };
        //= spec/text/policy.md#REQ-POLICY-7
        //# A milestone MUST be proven itself, or a higher step of its metric
        let implies = |shown: &Milestone, needed: &Milestone| {
            shown.metric() == needed.metric() && shown.step() >= needed.step()
        };
        let proven = |needed: &Milestone| facts.milestones.iter().any(|shown| implies(shown, needed));
        if !needs.milestones.as_slice().iter().all(proven) {
            find(Reason::PolicyRequest, "milestones");
        }
        if needs.role.as_ref().is_some_and(|role| facts.role != *role) {
            find(Reason::PolicyRequest, "role");
        }
    }
}

impl StandingNeeds {
    /// What of a standing's numbers is not as it has to be: of a newcomer that alone.
    fn unmet(&self, numbers: &LedgerNumbers, newcomer: Newcomer, now: Timestamp) -> Vec<(Reason, String)> {
        let nothing = Span::default();
        let (span, place) = match &self.role {
            None => (&numbers.total, "numbers.total".to_owned()),
            Some(role) => (numbers.roles.get(role).unwrap_or(&nothing), format!("numbers.roles.{role}")),
        };
        let (of, time): (&Numbers, _) =
            if self.recent { (&span.recent, "recent") } else { (&span.all, "all") };
        //= spec/text/policy.md#REQ-POLICY-6
        //# Who has fewer ratings than `newcomer.below` MUST be told apart as `policy.unrated` and MUST NOT be
        //# accepted
        if of.ratings < newcomer.below {
            return vec![(Reason::PolicyUnrated, "numbers".to_owned())];
        }
        let days = span.all.first.map_or(0, |first| now.day().days_since(first));
        let lowest = of.histogram.first().copied().unwrap_or_default();
        let rest = of.ratings.saturating_sub(lowest);
        let rules = [
            (of.ratings >= self.ratings_at_least, Reason::PolicyRatings, time, "ratings"),
            (of.counterparties >= self.people_at_least, Reason::PolicyPeople, time, "counterparties"),
            (of.mean.unwrap_or(0) >= self.mean_at_least, Reason::PolicyMean, time, "mean"),
            (
                !self.lowest_at_most_percent.is_some_and(|most| percent_over(lowest, rest, most)),
                Reason::PolicyLow,
                time,
                "histogram",
            ),
            (i64::from(days) >= i64::from(self.days_at_least), Reason::PolicyTenure, "all", "first"),
        ];
        //= spec/text/policy.md#REQ-POLICY-15
        //# Every number of `[standing]` that is not met MUST be told
        let unmet = rules.iter().filter(|(met, ..)| !met);
        unmet.map(|(_, reason, time, member)| (*reason, format!("{place}.{time}.{member}"))).collect()
    }
}

/// Whether `part` is more than `percent` of itself and the `rest`.
pub(super) fn percent_over(part: u64, rest: u64, percent: u8) -> bool {
    u128::from(part) * 100 > u128::from(percent) * (u128::from(part) + u128::from(rest))
}

/// What makes a statement one with another (A82): its issuer under whatever domain, its market's name, its groups.
//= spec/text/policy.md#REQ-POLICY-9
//# Statements of one issuer (by the stable part of its DID), of one market name or of one group MUST count as one market
pub(super) fn labels(issuer: &Did, market: &MarketId, trust: &Trust) -> BTreeSet<String> {
    let mut labels: BTreeSet<String> =
        [format!("issuer {}", issuer.stable_part()), format!("market {market}")].into();
    labels.extend(trust.groups(issuer, market).map(|group| format!("group {group}")));
    labels
}

/// How many different ones of `counted` there are, if those that share a label are one, and so on, over all that is known: what ties two
/// of them may be something that does not count itself.
pub(super) fn different(counted: &[&BTreeSet<String>], known: &[BTreeSet<String>]) -> usize {
    let mut apart: Vec<BTreeSet<String>> = Vec::new();
    for labels in known.iter().chain(counted.iter().copied()) {
        let (same, mut others): (Vec<_>, Vec<_>) =
            apart.into_iter().partition(|one| !one.is_disjoint(labels));
        let mut all = labels.clone();
        same.into_iter().for_each(|one| all.extend(one));
        others.push(all);
        apart = others;
    }
    apart.iter().filter(|one| counted.iter().any(|labels| !one.is_disjoint(labels))).count()
}

/// Whether an outcome is further from being accepted than another.
const fn worse(outcome: Outcome, than: Outcome) -> bool {
    const fn rank(outcome: Outcome) -> u8 {
        match outcome {
            Outcome::Accepted => 0,
            Outcome::Undecided => 1,
            Outcome::Refused => 2,
        }
    }
    rank(outcome) > rank(than)
}

fn is_undecided(reason: Reason) -> bool {
    reason.exit() == faam_spec::exit::Exit::Undecided
}
