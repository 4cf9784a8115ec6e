//! What is told of private standings: each milestone, by what name they know the holder, and how many share it.

use faam_spec::client::Client;
use faam_spec::did::Did;
use faam_spec::grid::{Metric, Milestone};
use faam_spec::hash::LedgerId;
use faam_spec::limits::MIN_GROUP;
use faam_spec::name::{MarketId, Role};
use faam_spec::time::Timestamp;
use faam_spec::words::{Lang, number};
use serde::Serialize;

use super::{LedgerConsent, Linked, any_of, words};
use crate::present::{Plan, PrivatePart};
use crate::text::short_did;
use crate::vault::{Happened, LogEntry, ShownPrivate};

/// A renewal that is not older than this is remarked on, in seconds: six hours.
const FRESH: i64 = 6 * 3_600;

/// What would be proven of one private standing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PrivateConsent {
    /// The market.
    pub market: MarketId,
    /// The issuer.
    pub issuer: Did,
    /// The ledger, whose name they do not learn.
    pub ledger: LedgerId,
    /// The role.
    pub role: Role,
    /// What people call the epoch.
    pub epoch: String,
    /// How many epochs have begun since.
    pub epochs_old: u64,
    /// What they learn.
    pub milestones: Vec<MilestoneConsent>,
    /// Whether they know the pseudonym already.
    pub known: bool,
    /// What they were shown under it before, the highest milestone of each role and metric.
    pub shown_before: Vec<ShownBefore>,
    /// How many accounts of the market are known to reach, in this role, all of it and all that they were shown before.
    pub sharing: u64,
    /// How many ledgers of the market are known to be held in a wallet; how many of those reach it is not known.
    pub bound: u64,
    /// When it came from the market.
    pub renewed: Timestamp,
    /// When the epoch record was found to be the same by another path; none if it was not.
    pub compared: Option<Timestamp>,
}

/// A milestone that would be proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MilestoneConsent {
    /// As it was asked for.
    pub milestone: Milestone,
    /// In plain words.
    pub words: String,
    /// What they were shown of the same metric before, in this role.
    pub before: Option<Milestone>,
}

/// Something that was shown before under the same pseudonym.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownBefore {
    /// In which role.
    pub role: Role,
    /// The highest milestone of its metric.
    pub milestone: Milestone,
}

impl PrivateConsent {
    pub(super) fn of(part: &PrivatePart<'_>, verifier: &Client, now: Timestamp, lang: Lang) -> Self {
        let (held, private) = (part.held(), part.private());
        let info = held.info();
        let told = |milestone: &Milestone| MilestoneConsent {
            milestone: *milestone,
            words: milestone.plain_words_in(lang),
            before: part.before(verifier, milestone.metric()),
        };
        let before = part.shown_before(verifier).into_iter();
        Self {
            market: info.market.clone(),
            issuer: info.issuer.clone(),
            ledger: info.ledger,
            role: part.role().clone(),
            epoch: held.standing().record().record().label(),
            epochs_old: held.epochs_old(now),
            milestones: part.milestones().as_slice().iter().map(told).collect(),
            known: private.shown.knows(verifier),
            shown_before: before
                .map(|(role, milestone)| ShownBefore { role: role.clone(), milestone })
                .collect(),
            sharing: part.sharing(verifier),
            bound: part.bound(),
            renewed: private.renewed,
            compared: private.compared,
        }
    }

    /// How many share it, and how many can show anything, in words: two facts, of which none says how many there are of both.
    pub(super) fn group(&self, lang: Lang) -> String {
        let Self { market, sharing, bound, .. } = self;
        let all = match self.knows_more() {
            true => words::all_with_known(lang),
            false => words::all_of_this(lang),
        };
        let mut group = match *sharing {
            0 => words::group_none(lang, market, all),
            sharing => words::group_some(lang, words::counted::accounts(lang, sharing), market, all),
        };
        group.push_str(&match *bound {
            0 => words::bound_unknown(lang),
            bound => words::bound_some(lang, number(lang, bound)),
        });
        if self.knows_more() {
            group.push_str(&words::added_up(lang));
        }
        let asked = self.milestones.iter().map(|told| told.milestone);
        if asked.chain(self.known_already()).any(|of| of.metric() == Metric::Bound) {
            group.push_str(&words::bound_left_out(lang));
        }
        group
    }

    /// What they were shown before in this role.
    fn known_already(&self) -> impl Iterator<Item = Milestone> {
        self.shown_before.iter().filter(|shown| shown.role == self.role).map(|shown| shown.milestone)
    }

    /// Whether that is more than what is asked says.
    fn knows_more(&self) -> bool {
        let says = |known: Milestone| {
            let mut asked = self.milestones.iter().map(|told| told.milestone);
            asked.any(|of| of.metric() == known.metric() && of >= known)
        };
        self.known_already().any(|known| !says(known))
    }
}

/// What was shown before that this verifier ties to this by the pseudonym, newest first.
pub(super) fn links(told: &[PrivateConsent], verifier: &Client, shown: &[LogEntry]) -> Vec<Linked> {
    let newest_first = || shown.iter().rev().filter_map(|entry| to(entry, verifier));
    // The name that they know is the one that they were shown last: another binding would have another one.
    let name = |told: &PrivateConsent| {
        let mut before = newest_first().flat_map(|(_, before)| before);
        before.find(|old| old.ledger == told.ledger).map(|old| old.pseudonym)
    };
    let names: Vec<_> = told.iter().filter(|told| told.known).filter_map(name).collect();
    let mut links = Vec::new();
    for (entry, before) in newest_first() {
        let mut markets: Vec<MarketId> = before
            .iter()
            .filter(|old| names.contains(&old.pseudonym))
            .map(|old| old.market.clone())
            .collect();
        markets.dedup();
        if let (Happened::Shown { to, .. }, false) = (&entry.what, markets.is_empty()) {
            Linked::add(&mut links, to, entry.at, markets);
        }
    }
    links
}

/// A presentation of private standings to this verifier, whatever its name is now.
fn to<'e>(entry: &'e LogEntry, verifier: &Client) -> Option<(&'e LogEntry, &'e [ShownPrivate])> {
    match &entry.what {
        Happened::Shown { to, private, .. } if to.did.stable_part() == verifier.stable_part() => {
            Some((entry, private))
        }
        _ => None,
    }
}

pub(super) fn not_learned(
    told: &[PrivateConsent],
    verifier: &Client,
    shown: &[LogEntry],
    lang: Lang,
) -> Vec<String> {
    let mut lines = Vec::new();
    let plain = |part: &PrivateConsent| plain_before(part.ledger, verifier, shown);
    for part in told {
        lines.push(match plain(part) {
            true => words::nothing_more_of(lang, &part.market),
            false => words::not_exactly(lang, &part.market),
        });
    }
    // A plain standing names the ledger and the key.
    if !told.iter().any(plain) {
        lines.push(words::ledger_name(lang));
    }
    lines.extend([words::elsewhere(lang), words::what_others_saw(lang)]);
    lines
}

pub(super) fn group(told: &[PrivateConsent], lang: Lang) -> String {
    let parts: Vec<String> = told.iter().map(|part| part.group(lang)).collect();
    parts.join(" ")
}

pub(super) fn warnings(
    told: &[PrivateConsent],
    (plan, shown, now): (&Plan<'_>, &[LogEntry], Timestamp),
    lang: Lang,
) -> Vec<String> {
    let mut warnings = Vec::new();
    for (part, planned) in told.iter().zip(plan.private()) {
        let market = &part.market;
        //= spec/text/private.md#REQ-PRIVATE-19
        //# and how many ledgers are held in wallets, and warn where either is under 20
        if part.sharing < MIN_GROUP {
            let what = match part.knows_more() {
                true => words::together_with_known(lang),
                false => words::this(lang),
            };
            warnings.push(words::few_accounts(lang, MIN_GROUP, market, what));
        }
        if part.bound < MIN_GROUP {
            warnings.push(words::few_ledgers(lang, MIN_GROUP, market));
        }
        if part.compared.is_none() {
            warnings.push(words::not_compared(lang, market));
        }
        if part.epochs_old > 1 {
            warnings.push(words::private_old(lang, market, part.epochs_old));
        }
        //= spec/text/private.md#REQ-PRIVATE-17
        //# a renewal by hand is said to be seen in time
        let age = now.since(part.renewed);
        if age < FRESH {
            warnings.push(words::fresh(lang, market, ago(age, lang), FRESH / 3_600));
        }
        let query = planned.query();
        if query.markets.is_empty() && query.issuers.is_empty() {
            warnings.push(words::which_private(lang, market));
        }
        warnings.extend(namesakes(part, planned, plan, lang));
        warnings.extend(beside(part, plan, shown, lang));
    }
    warnings.extend(together(told, lang));
    warnings
}

fn ago(seconds: i64, lang: Lang) -> String {
    match (seconds / 3_600, seconds / 60) {
        (0, 0) => words::ago_moment(lang),
        (0, minutes) => words::ago(lang, words::counted::minutes(lang, minutes.unsigned_abs())),
        (hours, _) => words::ago(lang, words::counted::hours(lang, hours.unsigned_abs())),
    }
}

/// What several private standings tell together.
fn together(told: &[PrivateConsent], lang: Lang) -> Option<String> {
    let mut ledgers: Vec<LedgerId> = told.iter().map(|part| part.ledger).collect();
    ledgers.sort_unstable();
    ledgers.dedup();
    match (told.len(), ledgers.len()) {
        (0 | 1, _) => None,
        (_, 1) => Some(words::one_account(lang)),
        _ => Some(words::not_added(lang)),
    }
}

/// Issuers of the same name of a market: names are chosen by issuers, and are nobody's alone.
fn namesakes(
    part: &PrivateConsent,
    planned: &PrivatePart<'_>,
    plan: &Plan<'_>,
    lang: Lang,
) -> Option<String> {
    let others = plan.namesakes(planned.held().info()).map(|held| &held.info().issuer);
    let mut issuers: Vec<&Did> = others.filter(|issuer| **issuer != part.issuer).collect();
    issuers.sort_unstable();
    issuers.dedup();
    let others: Vec<String> = issuers.iter().map(|issuer| short_did(issuer)).collect();
    let said = |others: &[String]| {
        words::private_namesakes(lang, &part.market, short_did(&part.issuer), any_of(lang, others))
    };
    (!others.is_empty()).then(|| said(&others))
}

/// Whether this verifier was shown the plain standing of a ledger.
pub(super) fn plain_before(ledger: LedgerId, verifier: &Client, shown: &[LogEntry]) -> bool {
    shown.iter().any(|entry| match &entry.what {
        Happened::Shown { to, ledgers, .. } => {
            to.did.stable_part() == verifier.stable_part()
                && ledgers.iter().any(|before| before.ledger == ledger)
        }
        _ => false,
    })
}

/// Whoever was proven milestones of the same ledger may tie its exact numbers to them and to their pseudonym.
pub(super) fn proven_before(
    ledgers: &[LedgerConsent],
    verifier: &Client,
    shown: &[LogEntry],
    lang: Lang,
) -> Vec<String> {
    let proven = |of: &&LedgerConsent| {
        shown.iter().any(|entry| match &entry.what {
            Happened::Shown { to, private, .. } => {
                to.did.stable_part() == verifier.stable_part()
                    && private.iter().any(|before| before.ledger == of.ledger)
            }
            _ => false,
        })
    };
    ledgers.iter().filter(proven).map(|ledger| words::milestones_known(lang, &ledger.market)).collect()
}

/// Whoever has the exact numbers of the same ledger may find that they reach these milestones too.
fn beside(part: &PrivateConsent, plan: &Plan<'_>, shown: &[LogEntry], lang: Lang) -> Option<String> {
    let verifier = &plan.request().request().verifier;
    plain_before(part.ledger, verifier, shown).then(|| words::plain_known(lang, &part.market))
}
