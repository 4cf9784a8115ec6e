//! The grid: the milestones that a private standing states, true or false, and how a ledger is measured against them.
//!
//! A grid is a fixed list. Everybody's private standing has the same messages in the same order, so that the number of messages
//! tells nothing, and a proof that shows one of them shows a step that many share and no number that names one. All arithmetic is
//! in whole numbers.
//!
//! Specified in `spec/text/grid.md`.

use core::fmt;
use core::str::FromStr;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::ledger::{Body, Ledger};
use crate::name::{Rater, Role};
use crate::reason::{Fault, Reason, refuse};
use crate::time::Day;

mod words;

/// The version of the grid that is described here.
pub const GRID_VERSION: u32 = 1;

/// How many milestones the grid has, and so how many messages the market signs.
pub const MILESTONES: usize = 54;

/// How many metrics the grid has.
pub const METRICS: usize = 10;

/// What is measured. Each counterparty counts once, with its latest live rating.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// Ratings that count.
    Count,
    /// Different counterparties among them.
    Counterparties,
    /// Their mean on the common scale of 0 to 1000.
    Mean,
    /// The mean of those of the last twelve months.
    RecentMean,
    /// How many those are.
    RecentCount,
    /// Time since the first live rating.
    Tenure,
    /// Share of them that lie in the lower half of the scale, in per cent.
    LowShare,
    /// Share of all counterparties that ever rated of whom a rating was withdrawn, in per cent.
    WithdrawnShare,
    /// Time since the ledger was bound to this wallet.
    Bound,
    /// Live ratings under an open dispute.
    Disputes,
}

/// What must be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Threshold {
    /// At least so many.
    AtLeast(u64),
    /// At least so many days.
    Days(i32),
    /// At least so many whole years of the calendar.
    Years(i16),
    /// At most so many per cent.
    AtMostPercent(u64),
    /// None.
    None,
}

use Threshold::{AtLeast, AtMostPercent, Days, None as Zero, Years};

//= spec/text/grid.md#REQ-GRID-1
//# Grid 1 MUST have exactly these milestones, in this order
const GRID: [(Metric, &str, &[Threshold]); METRICS] = [
    (
        Metric::Count,
        "count",
        &[AtLeast(1), AtLeast(3), AtLeast(5), AtLeast(10), AtLeast(20), AtLeast(50), AtLeast(100)],
    ),
    (
        Metric::Counterparties,
        "counterparties",
        &[AtLeast(3), AtLeast(5), AtLeast(10), AtLeast(25), AtLeast(50), AtLeast(100)],
    ),
    (
        Metric::Mean,
        "mean",
        &[
            AtLeast(500),
            AtLeast(550),
            AtLeast(600),
            AtLeast(650),
            AtLeast(700),
            AtLeast(750),
            AtLeast(800),
            AtLeast(875),
            AtLeast(950),
        ],
    ),
    (
        Metric::RecentMean,
        "recent_mean",
        &[
            AtLeast(500),
            AtLeast(550),
            AtLeast(600),
            AtLeast(650),
            AtLeast(700),
            AtLeast(750),
            AtLeast(800),
            AtLeast(875),
        ],
    ),
    (
        Metric::RecentCount,
        "recent_count",
        &[AtLeast(1), AtLeast(3), AtLeast(5), AtLeast(10), AtLeast(20), AtLeast(30)],
    ),
    (Metric::Tenure, "tenure", &[Days(90), Years(1), Years(2), Years(3), Years(4), Years(5)]),
    (
        Metric::LowShare,
        "low_share",
        &[AtMostPercent(20), AtMostPercent(10), AtMostPercent(5), AtMostPercent(2)],
    ),
    (Metric::WithdrawnShare, "withdrawn_share", &[AtMostPercent(10), AtMostPercent(5), AtMostPercent(2)]),
    (Metric::Bound, "bound", &[Days(90), Years(1), Years(2), Years(3)]),
    (Metric::Disputes, "disputes", &[Zero]),
];

impl Metric {
    /// Every metric, in the order of the grid.
    pub fn all() -> impl Iterator<Item = Self> {
        GRID.iter().map(|(metric, _, _)| *metric)
    }

    /// The metric's name in a milestone.
    #[must_use]
    pub fn name(self) -> &'static str {
        GRID.iter().find(|(metric, _, _)| *metric == self).map_or("", |(_, name, _)| *name)
    }
}

impl Threshold {
    fn text(self) -> String {
        match self {
            AtLeast(n) => format!(">={n}"),
            Days(n) => format!(">={n}d"),
            Years(n) => format!(">={n}y"),
            AtMostPercent(n) => format!("<={n}%"),
            Zero => "=0".to_owned(),
        }
    }
}

/// One milestone of the grid; as text, such as `count>=50`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Milestone(u8);

impl Milestone {
    /// Every milestone, in the order of the grid.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..MILESTONES).filter_map(|index| u8::try_from(index).ok()).map(Self)
    }

    /// Its place in the grid and its message's index, from 0 to [`MILESTONES`] less one.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// What it measures.
    #[must_use]
    pub fn metric(self) -> Metric {
        self.place().0
    }

    /// Which step of its metric it is, from 1.
    #[must_use]
    pub fn step(self) -> u8 {
        self.place().1
    }

    /// How many counterparties it says that there are at least, where it says such a number: `count` and `counterparties` say the
    /// same one, and `recent_count` one that is never over it, because it counts some of them.
    #[must_use]
    pub fn at_least(self) -> Option<u64> {
        match self.place() {
            (metric @ (Metric::Count | Metric::Counterparties | Metric::RecentCount), step) => {
                match threshold(metric, step) {
                    Some(AtLeast(n)) => Some(n),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The message that is signed for it.
    ///
    /// Implements REQ-GRID-2 (`spec/text/grid.md`).
    //= spec/text/grid.md#REQ-GRID-2
    //# The message of a milestone MUST be its text, a space, and `true` or `false`, in UTF-8.
    #[must_use]
    pub fn message(self, reached: bool) -> Vec<u8> {
        format!("{self} {reached}").into_bytes()
    }

    /// Metric, and step from 1.
    fn place(self) -> (Metric, u8) {
        let mut left = self.0;
        for (metric, _, thresholds) in &GRID {
            let count = u8::try_from(thresholds.len()).unwrap_or(u8::MAX);
            if left < count {
                return (*metric, left + 1);
            }
            left -= count;
        }
        (Metric::Disputes, 1)
    }
}

fn threshold(metric: Metric, step: u8) -> Option<Threshold> {
    let (_, _, thresholds) = GRID.iter().find(|(of, _, _)| *of == metric)?;
    thresholds.get(usize::from(step.checked_sub(1)?)).copied()
}

impl fmt::Display for Milestone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (metric, step) = self.place();
        let threshold = threshold(metric, step).map(Threshold::text).unwrap_or_default();
        write!(f, "{}{threshold}", metric.name())
    }
}

impl fmt::Debug for Milestone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Milestone({self})")
    }
}

impl FromStr for Milestone {
    type Err = Fault;

    /// Reads a milestone's text, letter for letter.
    ///
    /// # Errors
    /// `request.milestones` for what is not on the grid.
    ///
    /// Implements REQ-GRID-1 (`spec/text/grid.md`).
    fn from_str(text: &str) -> Result<Self, Fault> {
        let off = Fault::new(Reason::RequestMilestones, "milestones");
        if text.len() > 32 {
            return Err(off);
        }
        //= spec/text/grid.md#REQ-GRID-1
        //# in this order, and no others
        Self::all().find(|milestone| milestone.to_string() == text).ok_or(off)
    }
}

impl TryFrom<String> for Milestone {
    type Error = Fault;
    /// Reads the text, as `from_str`.
    ///
    /// # Errors
    /// As `from_str`.
    fn try_from(text: String) -> Result<Self, Fault> {
        text.parse()
    }
}

impl From<Milestone> for String {
    fn from(milestone: Milestone) -> Self {
        milestone.to_string()
    }
}

/// How many steps of each metric are reached, in the order of the grid: everything that a private standing states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "[u8; METRICS]", into = "[u8; METRICS]")]
pub struct Steps([u8; METRICS]);

impl Steps {
    /// How many steps there are of each metric.
    #[must_use]
    pub fn top() -> Self {
        Self(GRID.map(|(_, _, thresholds)| u8::try_from(thresholds.len()).unwrap_or(u8::MAX)))
    }

    /// Steps of each metric, in the order of the grid.
    ///
    /// # Errors
    /// `malformed` for a step that there is not.
    pub fn new(steps: [u8; METRICS]) -> Result<Self, Fault> {
        if steps.iter().zip(Self::top().0).any(|(step, top)| *step > top) {
            return refuse(Reason::Malformed, "steps");
        }
        Ok(Self(steps))
    }

    /// The steps of each metric, in the order of the grid.
    #[must_use]
    pub const fn as_array(&self) -> &[u8; METRICS] {
        &self.0
    }

    /// Whether a milestone is reached.
    #[must_use]
    pub fn reaches(&self, milestone: Milestone) -> bool {
        let (metric, step) = milestone.place();
        self.of(metric) >= step
    }

    /// The messages of all milestones, in order.
    #[must_use]
    pub fn messages(&self) -> Vec<Vec<u8>> {
        Milestone::all().map(|milestone| milestone.message(self.reaches(milestone))).collect()
    }

    /// Every milestone that is reached.
    pub fn reached(&self) -> impl Iterator<Item = Milestone> + '_ {
        Milestone::all().filter(|milestone| self.reaches(*milestone))
    }

    fn of(&self, metric: Metric) -> u8 {
        Metric::all().zip(self.0).find(|(of, _)| *of == metric).map_or(0, |(_, step)| step)
    }
}

impl TryFrom<[u8; METRICS]> for Steps {
    type Error = Fault;
    fn try_from(steps: [u8; METRICS]) -> Result<Self, Fault> {
        Self::new(steps)
    }
}

impl From<Steps> for [u8; METRICS] {
    fn from(steps: Steps) -> Self {
        steps.0
    }
}

/// What the milestones are computed from, of one role of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Measures {
    /// Counterparties with a live rating.
    pub count: u64,
    /// Sum of their latest live ratings on the common scale.
    pub sum: u64,
    /// How many of those lie below 500.
    pub low: u64,
    /// How many of those are of the last twelve months.
    pub recent_count: u64,
    /// Sum of those.
    pub recent_sum: u64,
    /// Day of the first live rating, the older ones of a counterparty among them.
    pub first: Option<Day>,
    /// Counterparties that ever rated.
    pub ever: u64,
    /// Those of them of whom a rating was withdrawn.
    pub withdrawn: u64,
    /// Live ratings under an open dispute, the older ones of a counterparty among them.
    pub disputed: u64,
}

impl Measures {
    /// Measures one role of a ledger, as of a day (UTC).
    ///
    /// Implements REQ-GRID-3 to REQ-GRID-6 (`spec/text/grid.md`).
    #[must_use]
    pub fn of(ledger: &Ledger, role: &Role, as_of: Day) -> Self {
        let mut measures = Self::default();
        // In order of index, so that of one day's ratings the one that was recorded later is the latest.
        //= spec/text/grid.md#REQ-GRID-3
        //# each counterparty MUST count once, with its latest live rating: that of the latest day, and of one
        //# day the one with the highest index
        let mut latest: BTreeMap<&Rater, (Day, u16)> = BTreeMap::new();
        for (_, rating) in ledger.live().filter(|(_, rating)| rating.role == *role) {
            measures.first = Some(measures.first.map_or(rating.day, |first| first.min(rating.day)));
            measures.disputed += u64::from(rating.disputed);
            let counted = latest.entry(&rating.rater).or_insert((rating.day, rating.normal));
            if rating.day >= counted.0 {
                *counted = (rating.day, rating.normal);
            }
        }
        let year = as_of.year_before();
        for (day, normal) in latest.values() {
            measures.count += 1;
            measures.sum += u64::from(*normal);
            //= spec/text/grid.md#REQ-GRID-5
            //# A rating MUST be taken for low when it is below 500 on the common scale
            measures.low += u64::from(*normal < 500);
            if *day > year && *day <= as_of {
                measures.recent_count += 1;
                measures.recent_sum += u64::from(*normal);
            }
        }
        let (ever, withdrawn) = withdrawn_of(ledger, role);
        (measures.ever, measures.withdrawn) = (ever, withdrawn);
        measures
    }

    /// The steps that are reached as of a day (UTC), by a wallet that was bound on the day `bound`.
    ///
    /// Implements REQ-GRID-4 and REQ-GRID-7 (`spec/text/grid.md`).
    #[must_use]
    pub fn steps(&self, bound: Day, as_of: Day) -> Steps {
        let mut steps = [0; METRICS];
        for (step, (metric, _, thresholds)) in steps.iter_mut().zip(GRID) {
            let reached = thresholds.iter().take_while(|threshold| {
                //= spec/text/grid.md#REQ-GRID-7
                //# Where no rating counts, no milestone but those of `bound` MUST be reached.
                (self.count > 0 || metric == Metric::Bound) && self.meets(metric, **threshold, bound, as_of)
            });
            *step = u8::try_from(reached.count()).unwrap_or(0);
        }
        Steps(steps)
    }

    //= spec/text/grid.md#REQ-GRID-4
    //# A threshold MUST be compared in whole arithmetic, without rounding
    fn meets(&self, metric: Metric, threshold: Threshold, bound: Day, as_of: Day) -> bool {
        let mean = |sum: u64, count: u64, least: u64| count > 0 && sum >= least.saturating_mul(count);
        let share = |part: u64, whole: u64, most: u64| part.saturating_mul(100) <= most.saturating_mul(whole);
        let since = |first: Option<Day>| match (first, threshold) {
            (Some(first), Days(n)) => as_of.days_since(first) >= n,
            (Some(first), Years(n)) => first <= as_of.years_before(n),
            _ => false,
        };
        match (metric, threshold) {
            (Metric::Count | Metric::Counterparties, AtLeast(n)) => self.count >= n,
            (Metric::Mean, AtLeast(n)) => mean(self.sum, self.count, n),
            (Metric::RecentMean, AtLeast(n)) => mean(self.recent_sum, self.recent_count, n),
            (Metric::RecentCount, AtLeast(n)) => self.recent_count >= n,
            (Metric::Tenure, _) => since(self.first),
            (Metric::LowShare, AtMostPercent(n)) => share(self.low, self.count, n),
            (Metric::WithdrawnShare, AtMostPercent(n)) => share(self.withdrawn, self.ever, n),
            (Metric::Bound, _) => since(Some(bound)),
            (Metric::Disputes, _) => self.disputed == 0,
            _ => false,
        }
    }
}

/// How many counterparties ever rated in a role, and of how many a rating was withdrawn.
//= spec/text/grid.md#REQ-GRID-6
//# counterparties of whom a rating in this role was withdrawn, divided by those who ever rated in it
fn withdrawn_of(ledger: &Ledger, role: &Role) -> (u64, u64) {
    let mut ever = BTreeSet::new();
    let mut withdrawn = BTreeSet::new();
    for record in ledger.records() {
        match (&record.entry().body, record.details()) {
            (Body::Rating { role: of, .. }, Some(details)) if of == role => {
                ever.insert(&details.rater);
            }
            (Body::Withdrawal { of, .. }, _) => {
                let target = usize::try_from(*of).ok().and_then(|of| ledger.records().get(of));
                if let Some((Body::Rating { role: of, .. }, Some(details))) =
                    target.map(|target| (&target.entry().body, target.details()))
                    && of == role
                {
                    withdrawn.insert(&details.rater);
                }
            }
            _ => {}
        }
    }
    let count = |set: BTreeSet<_>| u64::try_from(set.len()).unwrap_or(u64::MAX);
    (count(ever), count(withdrawn))
}

/// What a request may ask of one private standing: 1 to [`MAX_MILESTONES`] milestones, one a metric, in the order of the grid.
///
/// Implements REQ-GRID-8 (`spec/text/grid.md`).
//= spec/text/grid.md#REQ-GRID-8
//# Of one private standing 1 to 4 milestones MUST be asked for, at most one of a metric, in the order of the grid.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<Milestone>", into = "Vec<Milestone>")]
pub struct Milestones(Vec<Milestone>);

/// Most milestones in one proof (A27).
pub use crate::limits::MAX_MILESTONES;

impl Milestones {
    /// These milestones, in the order of the grid.
    ///
    /// # Errors
    /// `request.milestones` for none, too many, two of one metric or another order.
    pub fn new(milestones: Vec<Milestone>) -> Result<Self, Fault> {
        let ordered = milestones.windows(2).all(|pair| match pair {
            [first, second] => first.metric() < second.metric(),
            _ => true,
        });
        if milestones.is_empty() || milestones.len() > MAX_MILESTONES || !ordered {
            return refuse(Reason::RequestMilestones, "milestones");
        }
        Ok(Self(milestones))
    }

    /// The same of milestones in any order.
    ///
    /// # Errors
    /// As [`Milestones::new`], but for the order.
    pub fn sorted(mut milestones: Vec<Milestone>) -> Result<Self, Fault> {
        milestones.sort_unstable();
        Self::new(milestones)
    }

    /// The milestones, in the order of the grid.
    #[must_use]
    pub fn as_slice(&self) -> &[Milestone] {
        &self.0
    }
}

impl TryFrom<Vec<Milestone>> for Milestones {
    type Error = Fault;
    fn try_from(milestones: Vec<Milestone>) -> Result<Self, Fault> {
        Self::new(milestones)
    }
}

impl From<Milestones> for Vec<Milestone> {
    fn from(milestones: Milestones) -> Self {
        milestones.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_has_as_many_milestones_as_it_says_each_with_its_own_text() {
        assert_eq!(GRID.iter().map(|(_, _, thresholds)| thresholds.len()).sum::<usize>(), MILESTONES);
        let texts: BTreeSet<_> = Milestone::all().map(|milestone| milestone.to_string()).collect();
        assert_eq!(texts.len(), MILESTONES);
        for milestone in Milestone::all() {
            assert_eq!(milestone.to_string().parse::<Milestone>().unwrap(), milestone);
            assert_ne!(milestone.plain_words(), milestone.to_string(), "everything has words");
        }
        assert_eq!("count>=50".parse::<Milestone>().unwrap().message(true), b"count>=50 true");
        for off in ["count>=51", "count>=050", "count>50", "", "mean>=875 ", "disputes=1"] {
            assert_eq!(off.parse::<Milestone>().unwrap_err().reason(), Reason::RequestMilestones, "{off}");
        }
    }

    #[test]
    fn a27_three_metrics_say_a_number_of_counterparties_and_no_other_does() {
        let says = |text: &str| text.parse::<Milestone>().unwrap().at_least();
        assert_eq!(says("count>=5"), Some(5));
        assert_eq!(says("counterparties>=25"), Some(25));
        assert_eq!(says("recent_count>=30"), Some(30));
        for other in
            ["mean>=500", "recent_mean>=875", "tenure>=90d", "low_share<=5%", "bound>=1y", "disputes=0"]
        {
            assert_eq!(says(other), None, "{other}");
        }
        let counting =
            |of: &Milestone| of.to_string().split_once(">=").is_some_and(|(name, _)| name.contains("count"));
        assert!(Milestone::all().all(|of| of.at_least().is_some() == counting(&of)));
    }

    #[test]
    fn metrics_stand_in_the_order_of_the_grid() {
        let metrics: Vec<_> = Milestone::all().map(Milestone::metric).collect();
        assert!(metrics.is_sorted());
        assert_eq!(Metric::all().count(), METRICS);
    }
}
