//! What is told of private standings: each milestone, by what name they know the holder, and how many share it.

use faam_spec::client::Client;
use faam_spec::did::Did;
use faam_spec::grid::{Metric, Milestone};
use faam_spec::hash::LedgerId;
use faam_spec::limits::MIN_GROUP;
use faam_spec::name::{MarketId, Role};
use faam_spec::time::Timestamp;
use serde::Serialize;

use super::{LedgerConsent, Linked};
use crate::present::{Plan, PrivatePart};
use crate::text::{count, short_did};
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
    pub(super) fn of(part: &PrivatePart<'_>, verifier: &Client, now: Timestamp) -> Self {
        let (held, private) = (part.held(), part.private());
        let info = held.info();
        let told = |milestone: &Milestone| MilestoneConsent {
            milestone: *milestone,
            words: milestone.plain_words(),
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
    pub(super) fn group(&self) -> String {
        let Self { market, sharing, bound, .. } = self;
        let all = self.all();
        let mut words = match *sharing {
            0 => format!("It is not known that any other account of {market} reaches {all}."),
            sharing => format!("At least {} of {market} reach {all}.", count(sharing, "account")),
        };
        words.push_str(&match *bound {
            0 => " How many of its ledgers are held in wallets is not known, and only those can show it.".to_owned(),
            bound => format!(
                " At least {bound} of its ledgers are held in wallets, and only those can show it; how many of these reach it is not told."
            ),
        });
        if self.knows_more() {
            words.push_str(
                " What they know already is counted with it, because they add it up by the pseudonym.",
            );
        }
        let asked = self.milestones.iter().map(|told| told.milestone);
        if asked.chain(self.known_already()).any(|of| of.metric() == Metric::Bound) {
            words.push_str(" How long a wallet has held it is left out of this count.");
        }
        words
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

    /// What is counted, in words.
    fn all(&self) -> &'static str {
        if self.knows_more() { "all of this and all that they know already" } else { "all of this" }
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

pub(super) fn not_learned(told: &[PrivateConsent], verifier: &Client, shown: &[LogEntry]) -> Vec<String> {
    let mut lines = Vec::new();
    let plain = |part: &PrivateConsent| plain_before(part.ledger, verifier, shown);
    for part in told {
        lines.push(match plain(part) {
            true => format!(
                "Of {}: nothing that they do not know from the plain standing that you showed them before.",
                part.market
            ),
            false => format!(
                "Of {}: how many ratings you have exactly, how good they are and from whom; no single rating, and no milestone but these.",
                part.market
            ),
        });
    }
    // A plain standing names the ledger and the key.
    if !told.iter().any(plain) {
        lines.push("The name of your account or ledger, and your key for it.".to_owned());
    }
    lines.extend([
        "Your accounts on other markets, and anything else in this wallet.".to_owned(),
        "What you showed to others: they know you by other pseudonyms, and find nothing in common but what many share.".to_owned(),
    ]);
    lines
}

pub(super) fn group(told: &[PrivateConsent]) -> String {
    let parts: Vec<String> = told.iter().map(PrivateConsent::group).collect();
    parts.join(" ")
}

pub(super) fn warnings(
    told: &[PrivateConsent],
    plan: &Plan<'_>,
    shown: &[LogEntry],
    now: Timestamp,
) -> Vec<String> {
    let mut warnings = Vec::new();
    for (part, planned) in told.iter().zip(plan.private()) {
        let market = &part.market;
        //= spec/text/private.md#REQ-PRIVATE-19
        //# and how many ledgers are held in wallets, and warn where either is under 20
        if part.sharing < MIN_GROUP {
            warnings.push(format!(
                "Fewer than {MIN_GROUP} accounts of {market} are known to share {}: whoever knows the market's accounts could tell which one you are.",
                if part.knows_more() { "this together with what they know already" } else { "this" }
            ));
        }
        if part.bound < MIN_GROUP {
            warnings.push(format!(
                "Fewer than {MIN_GROUP} ledgers of {market} are known to be held in wallets, and only those can show this: whoever knows which these are could tell which one is yours."
            ));
        }
        if part.compared.is_none() {
            warnings.push(format!(
                "What {market} signed for you was not compared with what others see. A market that made it for you alone could follow you by it. Run `faam refresh`, or keep `faam listen` running, some time before you show it; --not-compared goes on without."
            ));
        }
        if part.epochs_old > 1 {
            warnings.push(format!(
                "The private standing of {market} is {} epochs old, which is too old for most: they may refuse it, and know the pseudonym all the same. `faam refresh` renews it; do that some time before you show it.",
                part.epochs_old
            ));
        }
        //= spec/text/private.md#REQ-PRIVATE-17
        //# a renewal by hand is said to be seen in time
        let age = now.since(part.renewed);
        if age < FRESH {
            warnings.push(format!(
                "The private standing of {market} was renewed {}: the market and this verifier, comparing times, could tell that it was you. After {} hours or more there are others.",
                ago(age),
                FRESH / 3_600
            ));
        }
        let query = planned.query();
        if query.markets.is_empty() && query.issuers.is_empty() {
            warnings.push(format!(
                "They did not say which market: {market} was chosen, because it is the newest, they know it already, or most share it."
            ));
        }
        warnings.extend(namesakes(part, planned, plan));
        warnings.extend(beside(part, plan, shown));
    }
    warnings.extend(together(told));
    warnings
}

fn ago(seconds: i64) -> String {
    match (seconds / 3_600, seconds / 60) {
        (0, 0) => "less than a minute ago".to_owned(),
        (0, minutes) => format!("{} ago", count(minutes.unsigned_abs(), "minute")),
        (hours, _) => format!("{} ago", count(hours.unsigned_abs(), "hour")),
    }
}

/// What several private standings tell together.
fn together(told: &[PrivateConsent]) -> Option<String> {
    let mut ledgers: Vec<LedgerId> = told.iter().map(|part| part.ledger).collect();
    ledgers.sort_unstable();
    ledgers.dedup();
    match (told.len(), ledgers.len()) {
        (0 | 1, _) => None,
        (_, 1) => Some("These are roles of one account, under one pseudonym: that they belong together is proven.".to_owned()),
        _ => Some(
            "Several markets are listed one by one and never added. That they are of one person is not proven, and this verifier will think it.".to_owned(),
        ),
    }
}

/// Issuers of the same name of a market: names are chosen by issuers, and are nobody's alone.
fn namesakes(part: &PrivateConsent, planned: &PrivatePart<'_>, plan: &Plan<'_>) -> Option<String> {
    let others = plan.namesakes(planned.held().info()).map(|held| &held.info().issuer);
    let mut issuers: Vec<&Did> = others.filter(|issuer| **issuer != part.issuer).collect();
    issuers.sort_unstable();
    issuers.dedup();
    let others: Vec<String> = issuers.iter().map(|issuer| short_did(issuer)).collect();
    (!others.is_empty()).then(|| {
        format!(
            "More than one issuer is called {}; this is of the one {}, and not of {}.",
            part.market,
            short_did(&part.issuer),
            others.join(" or ")
        )
    })
}

/// Whether this verifier was shown the plain standing of a ledger.
fn plain_before(ledger: LedgerId, verifier: &Client, shown: &[LogEntry]) -> bool {
    shown.iter().any(|entry| match &entry.what {
        Happened::Shown { to, ledgers, .. } => {
            to.did.stable_part() == verifier.stable_part()
                && ledgers.iter().any(|before| before.ledger == ledger)
        }
        _ => false,
    })
}

/// Whoever was proven milestones of the same ledger may tie its exact numbers to them and to their pseudonym.
pub(super) fn proven_before(ledgers: &[LedgerConsent], verifier: &Client, shown: &[LogEntry]) -> Vec<String> {
    let proven = |of: &&LedgerConsent| {
        shown.iter().any(|entry| match &entry.what {
            Happened::Shown { to, private, .. } => {
                to.did.stable_part() == verifier.stable_part()
                    && private.iter().any(|before| before.ledger == of.ledger)
            }
            _ => false,
        })
    };
    let told = ledgers.iter().filter(proven);
    told.map(|ledger| {
        format!(
            "You proved milestones of {} to this verifier before, under a pseudonym. These numbers reach them, so they may guess that both are of one account, and then know all of it.",
            ledger.market
        )
    })
    .collect()
}

/// Whoever has the exact numbers of the same ledger may find that they reach these milestones too.
fn beside(part: &PrivateConsent, plan: &Plan<'_>, shown: &[LogEntry]) -> Option<String> {
    let verifier = &plan.request().request().verifier;
    plain_before(part.ledger, verifier, shown).then(|| {
        format!(
            "You showed this verifier the plain standing of {} before. Its numbers reach these milestones, so they may guess that both are of one account.",
            part.market
        )
    })
}
