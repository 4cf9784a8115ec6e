//! The passport: one's own name at a glance, by market and role.

mod evidence;
pub(crate) mod render;

use std::collections::BTreeMap;

pub use evidence::{EvidencePage, OneRating, grade_words};
use faam_spec::did::Did;
use faam_spec::grid::{Milestone, Steps};
use faam_spec::hash::LedgerId;
use faam_spec::ledger::{Body, LedgerNumbers, Numbers, Span, band};
use faam_spec::name::{MarketId, Role};
use faam_spec::scale::{Scale, Score};
use faam_spec::time::{Day, Timestamp};
use serde::Serialize;

use crate::held::HeldLedger;
use crate::text::count;
use crate::vault::{KeptEvidence, VaultError, is_first};

/// Native scales wider than this have no ranges of values beside their bands.
const LISTED_SCALE: i64 = 2_000;

/// Everything that is held, in numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Passport {
    /// One for each ledger, by market. They are listed and never added.
    pub markets: Vec<MarketPage>,
    /// What was brought in beside, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<EvidencePage>,
}

/// One ledger in numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MarketPage {
    /// The market.
    pub market: MarketId,
    /// The issuer.
    pub issuer: Did,
    /// The ledger.
    pub ledger: LedgerId,
    /// The persona that holds it; the first where nothing is said.
    #[serde(skip_serializing_if = "is_first")]
    pub persona: u32,
    /// What people call the epoch.
    pub epoch: String,
    /// How many epochs have begun since.
    pub epochs_old: u64,
    /// Whether the market is closed and this is its last word.
    #[serde(rename = "final")]
    pub last: bool,
    /// When it was received.
    pub received: Timestamp,
    /// Since when the ledger is bound to this wallet.
    pub bound: Day,
    /// The standing's numbers.
    pub numbers: LedgerNumbers,
    /// The same by role, best first, with figures on the market's own scale.
    pub roles: Vec<RolePage>,
    /// Live ratings that were corrected or withdrawn since the standing, as a newer status list says.
    pub flagged: u64,
    /// The private standings of this epoch, if there are any.
    pub private: Option<PrivatePage>,
    /// Whether the secrets of its private standings were lost with another wallet.
    pub secrets_lost: bool,
    /// What has changed since the epoch before, if one was received.
    pub changed: Option<Changed>,
}

/// Private standings, and nothing secret of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PrivatePage {
    /// The roles that there is one of.
    pub roles: Vec<Role>,
    /// The highest milestone of each metric that is reached, by role: what can be shown, and everything below it.
    pub reached: BTreeMap<Role, Vec<Milestone>>,
    /// When they came.
    pub renewed: Timestamp,
    /// When the epoch record was found to be the one that others are told of.
    pub compared: Option<Timestamp>,
}

/// What there is to say of private standings whose secrets are gone.
pub const SECRETS_LOST: &str =
    "no milestones can be proven: the market signs them for secrets that were lost with another wallet";

/// What helps then.
#[must_use]
pub fn bind_anew(market: &MarketId) -> String {
    format!(
        "Ask {market} to bind your account anew to this wallet (its operator: faam-node offer --account ACCOUNT --rebind), which it can once in 90 days, and take that offer: faam receive LINK --code CODE. Verifiers then know you by a new pseudonym, and the time since the binding begins again."
    )
}

/// Whether milestones of a ledger can be proven privately, for which epoch, and for how long it is bound to this wallet, for a
/// person.
#[must_use]
pub fn private_words(held: &HeldLedger, now: Timestamp) -> String {
    let bound = held.standing().statement().bound;
    let days = now.day().days_since(bound).max(0).unsigned_abs();
    let bound = format!("bound to this wallet for {}", count(days.into(), "day"));
    let Some(private) = held.private() else {
        return match held.info().secrets_lost {
            true => format!("{SECRETS_LOST}; {bound}"),
            false => format!("no private standing; {bound}"),
        };
    };
    let roles: Vec<&str> = private.standings.keys().map(Role::as_str).collect();
    let of = if roles.is_empty() { "no role".to_owned() } else { roles.join(", ") };
    let compared = match private.compared {
        Some(_) => "compared with what others are told",
        None => "not yet compared with what others are told",
    };
    format!("milestones of epoch {} as {of}, {compared}; {bound}", held.standing().record().record().label())
}

/// One role in numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RolePage {
    /// The role.
    pub role: Role,
    /// The numbers.
    pub span: Span,
    /// The market's scale, if all ratings are on one.
    pub scale: Option<Scale>,
    /// Mean on that scale, in hundredths, rounded half up.
    pub native_hundredths: Option<i64>,
    /// Bands from best to worst.
    pub bands: Vec<Band>,
}

/// One bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Band {
    /// Lowest value on the common scale.
    pub from: u16,
    /// Highest value on the common scale.
    pub to: u16,
    /// Lowest and highest value on the market's scale, if there is one scale and values of it are in this band.
    pub native: Option<(i64, i64)>,
    /// How many ratings.
    pub ratings: u64,
}

/// What has changed since the epoch before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// What people call that epoch.
    pub since: String,
    /// More live ratings, or fewer.
    pub ratings: i64,
    /// More counterparties, or fewer.
    pub counterparties: i64,
    /// Means then and now, on the common scale.
    pub mean: (Option<u16>, Option<u16>),
    /// More withdrawn.
    pub withdrawn: i64,
    /// More corrected.
    pub corrected: i64,
    /// More disputed, or fewer.
    pub disputed: i64,
}

impl Passport {
    /// The passport of these ledgers as of `now`.
    #[must_use]
    pub fn new(held: &[HeldLedger], now: Timestamp) -> Self {
        Self { markets: held.iter().map(|held| MarketPage::of(held, now)).collect(), evidence: Vec::new() }
    }

    /// The same with what was brought in.
    ///
    /// # Errors
    /// [`VaultError::Content`], which no evidence causes.
    pub fn with_evidence(mut self, kept: &[KeptEvidence], now: Timestamp) -> Result<Self, VaultError> {
        self.evidence = kept.iter().map(|kept| EvidencePage::of(kept, now)).collect::<Result<_, _>>()?;
        Ok(self)
    }

    /// The same as text for a terminal of `width` columns.
    #[must_use]
    pub fn to_text(&self, width: usize) -> String {
        render::text(self, width)
    }
}

impl MarketPage {
    fn of(held: &HeldLedger, now: Timestamp) -> Self {
        let (info, standing) = (held.info(), held.standing());
        let record = standing.record().record();
        let numbers = held.numbers();
        let mut roles: Vec<RolePage> =
            numbers.roles.iter().map(|(role, span)| RolePage::of(held, role, span)).collect();
        roles.sort_by(|a, b| b.span.all.ratings.cmp(&a.span.all.ratings).then_with(|| a.role.cmp(&b.role)));
        let flagged = held.live().filter(|(_, credential)| held.is_flagged(credential)).count();
        Self {
            market: info.market.clone(),
            issuer: info.issuer.clone(),
            ledger: info.ledger,
            persona: info.persona,
            epoch: record.label(),
            epochs_old: held.epochs_old(now),
            last: record.last,
            received: info.updated,
            bound: standing.statement().bound,
            numbers: numbers.clone(),
            roles,
            flagged: u64::try_from(flagged).unwrap_or(u64::MAX),
            private: held.private().map(|private| PrivatePage {
                roles: private.standings.keys().cloned().collect(),
                reached: private
                    .standings
                    .iter()
                    .map(|(role, standing)| (role.clone(), highest(&standing.steps)))
                    .collect(),
                renewed: private.renewed,
                compared: private.compared,
            }),
            secrets_lost: info.secrets_lost,
            changed: held.previous().map(|before| {
                Changed::between(
                    before.record().record().label(),
                    &before.statement().numbers,
                    &standing.statement().numbers,
                )
            }),
        }
    }
}

/// The highest milestone of each metric that is reached, in the order of the grid.
fn highest(steps: &Steps) -> Vec<Milestone> {
    let mut highest: Vec<Milestone> = Vec::new();
    for milestone in steps.reached() {
        match highest.iter_mut().find(|known| known.metric() == milestone.metric()) {
            Some(known) if known.step() < milestone.step() => *known = milestone,
            Some(_) => {}
            None => highest.push(milestone),
        }
    }
    highest
}

impl RolePage {
    fn of(held: &HeldLedger, wanted: &Role, span: &Span) -> Self {
        let (scale, native_hundredths) = native(held, Some(wanted), &span.all).unzip();
        Self {
            role: wanted.clone(),
            span: span.clone(),
            scale,
            native_hundredths,
            bands: bands(&span.all, scale),
        }
    }
}

/// The market's scale, if all live ratings (in the role, if one is given) are on one, and their mean on it in hundredths.
pub(crate) fn native(held: &HeldLedger, wanted: Option<&Role>, numbers: &Numbers) -> Option<(Scale, i64)> {
    let mut scores = held.live().filter_map(|(record, _)| match &record.entry().body {
        Body::Rating { role, score, .. } if wanted.is_none_or(|wanted| role == wanted) => Some(*score),
        _ => None,
    });
    let first = scores.next()?;
    let mut sum = i128::from(first.value());
    for score in scores {
        if score.scale() != first.scale() {
            return None;
        }
        sum += i128::from(score.value());
    }
    Some((first.scale(), hundredths(sum, numbers.ratings)?))
}

/// A mean in hundredths, rounded half up.
fn hundredths(sum: i128, count: u64) -> Option<i64> {
    let count = i128::from(count);
    if count == 0 {
        return None;
    }
    i64::try_from((sum * 200 + count).div_euclid(count * 2)).ok()
}

/// Bars from best to worst.
pub(crate) fn bands(numbers: &Numbers, scale: Option<Scale>) -> Vec<Band> {
    let mut bands: Vec<Band> = (0..5_u16)
        .zip(numbers.histogram)
        .map(|(at, ratings)| Band {
            from: at * 200,
            to: if at == 4 { 1000 } else { at * 200 + 199 },
            native: None,
            ratings,
        })
        .collect();
    if let Some(scale) = scale.filter(|scale: &Scale| Scale::max(*scale) - Scale::min(*scale) <= LISTED_SCALE)
    {
        for value in scale.min()..=scale.max() {
            let Ok(score) = Score::new(value, scale) else { continue };
            if let Some(band) = bands.get_mut(band(score.normal())) {
                band.native = Some(band.native.map_or((value, value), |(low, _)| (low, value)));
            }
        }
    }
    bands.reverse();
    bands
}

impl Changed {
    fn between(since: String, before: &LedgerNumbers, now: &LedgerNumbers) -> Self {
        let more = |now: u64, before: u64| i64::try_from(i128::from(now) - i128::from(before)).unwrap_or(0);
        let (old, new) = (&before.total.all, &now.total.all);
        Self {
            since,
            ratings: more(new.ratings, old.ratings),
            counterparties: more(new.counterparties, old.counterparties),
            mean: (old.mean, new.mean),
            withdrawn: more(now.withdrawn, before.withdrawn),
            corrected: more(now.corrected, before.corrected),
            disputed: more(now.disputed, before.disputed),
        }
    }

    /// Whether nothing is different.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.ratings == 0
            && self.counterparties == 0
            && self.mean.0 == self.mean.1
            && [self.withdrawn, self.corrected, self.disputed] == [0; 3]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::{Market, Shelf, start, week};

    #[test]
    fn a_passport_says_how_many_how_good_since_when_and_what_has_changed() {
        let (mut market, mut shelf) = (Market::busy(), Shelf::default());
        shelf.take(&mut market, start());
        market.rate(5, "fay", "seller", "2026-11-18", &[]);
        market.withdraw(1);
        shelf.take(&mut market, week(1));
        let passport = Passport::new(&shelf.all(), week(1));
        let page = &passport.markets[0];
        assert_eq!((page.epochs_old, page.roles.len(), page.flagged), (0, 2, 0));
        let seller = &page.roles[0];
        assert_eq!((seller.role.as_str(), seller.native_hundredths), ("seller", Some(420)));
        let bars: Vec<_> = seller.bands.iter().map(|band| (band.native, band.ratings)).collect();
        let one = |value| Some((value, value));
        assert_eq!(bars, [(one(5), 4), (one(4), 0), (one(3), 0), (one(2), 0), (one(1), 1)]);
        let changed = page.changed.as_ref().unwrap();
        assert_eq!((changed.ratings, changed.withdrawn, changed.is_nothing()), (0, 1, false));

        let text = passport.to_text(80);
        for part in [
            "── shop ",
            "7 ratings from 6 people.",
            "As seller: 5 ratings, mean 4.20 on a scale of 1 to 5 (800 of 1000)",
            "5  ██████████████████████████████ 4   80 %",
            "since 2025-01-10, last on 2026-11-18",
            "1 withdrawn, 0 corrected, 0 disputed",
            "the current one",
            "+1 withdrawn",
            "since epoch 2026-47",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        let width = |line: &str| unicode_width::UnicodeWidthStr::width(line);
        for columns in [80, 40] {
            let text = passport.to_text(columns);
            assert!(text.lines().all(|line| width(line) <= columns), "{text}");
        }
        assert!(Passport::new(&[], start()).to_text(80).contains("faam receive"));
    }

    #[test]
    fn of_each_metric_the_highest_that_is_reached_is_named() {
        assert_eq!(highest(&Steps::default()), []);
        let top = highest(&Steps::top());
        assert_eq!(top.len(), faam_spec::grid::METRICS);
        for milestone in &top {
            let higher =
                |other: &Milestone| other.metric() == milestone.metric() && other.step() > milestone.step();
            assert!(!Milestone::all().any(|other| higher(&other)), "{milestone}");
        }
        let mut steps = *Steps::top().as_array();
        steps[0] = 2;
        let some = highest(&Steps::new(steps).unwrap());
        assert_eq!((some.len(), some[0].to_string().as_str()), (top.len(), "count>=3"));
    }

    #[test]
    fn means_are_rounded_half_up() {
        assert_eq!(hundredths(10, 3), Some(333));
        assert_eq!(hundredths(20, 3), Some(667));
        assert_eq!(hundredths(-10, 3), Some(-333));
        assert_eq!(hundredths(1, 200), Some(1));
        assert_eq!(hundredths(0, 0), None);
    }
}
