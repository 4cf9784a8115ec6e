//! When to renew: a random time of each epoch, chosen without a look at what is shown or asked for.
//!
//! Pure: the clock and the chance are arguments. The loop that waits is the program's (`faam listen`).

use std::collections::BTreeMap;

use faam_spec::hash::LedgerId;
use faam_spec::peer::PeerId;
use faam_spec::time::{EpochLength, Timestamp};
use rand::Rng as _;
use rand_core::CryptoRngCore;

use crate::held::HeldLedger;

/// First wait after a failure, in seconds.
const BACK_OFF: i64 = 300;

/// What is overdue by more, because the machine slept or was off, is not done at the moment of waking, in seconds.
const LATE: i64 = 300;

/// Renewals of two personas at one node are so many seconds apart, where epochs are long enough.
const APART: i64 = 6 * 3_600;
/// How many times are drawn, to find one that is apart from those of other personas.
const DRAWS: u32 = 16;

/// For how long after one persona's renewal another one at the same node waits, in seconds: at most a sixteenth of an epoch.
#[must_use]
pub fn apart(length: EpochLength) -> i64 {
    APART.min(length.seconds() / 16)
}

/// What is to be done for a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Task {
    /// Renew it ([`crate::contact::renew`]).
    Renew,
    /// Compare the epoch record with what others are told ([`crate::contact::compare_record`]).
    Compare,
}

/// Something to be done, and from when on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// Not before.
    pub at: Timestamp,
    /// For which ledger.
    pub ledger: LedgerId,
    /// What.
    pub task: Task,
}

/// What the schedule needs to know of a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The ledger.
    pub ledger: LedgerId,
    /// Length of its market's epochs.
    pub epoch_seconds: EpochLength,
    /// The epoch of what is held.
    pub epoch: u64,
    /// Whether nothing more will come: the market is closed, or nobody knows where its node is.
    pub is_final: bool,
    /// Whether there are private standings whose epoch record was not compared yet.
    pub to_compare: bool,
    /// The persona that holds it.
    pub persona: u32,
    /// The market's node, if it is known.
    pub node: Option<PeerId>,
    /// When it was renewed last.
    pub renewed: Timestamp,
}

impl Standing {
    /// What is held of a ledger.
    #[must_use]
    pub fn of(held: &HeldLedger) -> Self {
        let record = held.standing().record().record();
        Self {
            ledger: held.info().ledger,
            epoch_seconds: record.epoch_seconds,
            epoch: record.epoch,
            is_final: record.last || held.info().node.is_none(),
            to_compare: held.info().node.is_some()
                && held.private().is_some_and(|private| private.compared.is_none()),
            persona: held.info().persona,
            node: held.info().node.as_ref().map(|node| node.peer),
            renewed: held.info().updated,
        }
    }

    /// Whether both are of one node and of two personas, so that one after the other would tie these.
    #[must_use]
    pub fn is_tied_to(&self, other: &Self) -> bool {
        self.persona != other.persona && self.node.is_some() && self.node == other.node
    }

    /// The last renewal of another persona at the same node, if that is so short ago that one of this persona now would seem to be of the
    /// same person.
    //= spec/text/personas.md#REQ-PERSONA-9
    //# A wallet MUST NOT renew what two personas hold at one node one right after the other
    #[must_use]
    pub fn renewed_beside(&self, all: &[Self], now: Timestamp) -> Option<Timestamp> {
        let others = all.iter().filter(|other| self.is_tied_to(other)).map(|other| other.renewed);
        others.filter(|at| now.since(*at) < apart(self.epoch_seconds)).max()
    }

    /// From when on there is a standing of an epoch that is not held yet; none if nothing more will come.
    #[must_use]
    pub fn renewable_from(&self, now: Timestamp) -> Option<Timestamp> {
        let next = self.epoch_seconds.number_at(now).max(self.epoch).saturating_add(1);
        let from = if self.is_behind(now) { now } else { self.epoch_seconds.start_of(next) };
        (!self.is_final).then_some(from)
    }

    /// Whether the current epoch's standing is missing.
    #[must_use]
    pub fn is_behind(&self, now: Timestamp) -> bool {
        !self.is_final && self.epoch < self.epoch_seconds.number_at(now)
    }
}

/// The random times that were chosen, and how often something failed. Kept in memory: after a restart others are chosen.
#[derive(Debug, Clone, Default)]
pub struct Schedule {
    chosen: BTreeMap<(LedgerId, Task), Chosen>,
}

#[derive(Debug, Clone, Copy)]
struct Chosen {
    /// In which epoch it is to be done.
    epoch: u64,
    at: Timestamp,
    failures: u32,
    /// At whose node and for which persona.
    of: (Option<PeerId>, u32),
}

impl Schedule {
    /// An empty schedule.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What is to be done first. A time that was chosen stays until it is done, has failed, was missed, or its epoch is over.
    ///
    /// Whoever slept through it wakes because somebody wants something, maybe to show something: another time is chosen then.
    ///
    /// A ledger without the current epoch's standing is renewed at a time that is uniform over what is left of the epoch; one that
    /// has it, at a time that is uniform over the next one. An epoch record is compared at a time that is uniform over the
    /// quarter of an epoch that follows, whenever it came.
    ///
    /// What two personas have at one node is done [`apart`]: where a time that was drawn is too near to one of another persona, or to when
    /// that was last renewed, another one is drawn, and of several the one that is furthest off.
    //= spec/text/private.md#REQ-PRIVATE-17
    //# It renews by itself, at a random time of the epoch
    pub fn next(&mut self, held: &[Standing], now: Timestamp, rng: &mut dyn CryptoRngCore) -> Option<Due> {
        let mut wanted = BTreeMap::new();
        let of: BTreeMap<LedgerId, &Standing> =
            held.iter().map(|standing| (standing.ledger, standing)).collect();
        for standing in held {
            let length = standing.epoch_seconds;
            let current = length.number_at(now);
            if !standing.is_final {
                let epoch = current.max(standing.epoch.saturating_add(1));
                let from = length.start_of(epoch).max(now);
                let until = length.start_of(epoch.saturating_add(1));
                wanted.insert((standing.ledger, Task::Renew), (epoch, from, until));
            }
            if standing.to_compare {
                let until = now.plus(length.seconds() / 4);
                wanted.insert((standing.ledger, Task::Compare), (standing.epoch, now, until));
            }
        }
        self.chosen.retain(|key, chosen| wanted.get(key).is_some_and(|(epoch, ..)| *epoch == chosen.epoch));
        for (key, (epoch, from, until)) in wanted {
            let Some(standing) = of.get(&key.0) else { continue };
            let chosen = self.chosen.get(&key).copied();
            // One that is due now, and beside which another persona's came by hand meanwhile, waits too.
            let is_near = |at: Timestamp| {
                at <= now
                    && self
                        .nearest(key, standing, held, now)
                        .is_some_and(|off| off < apart(standing.epoch_seconds))
            };
            //= spec/text/private.md#REQ-PRIVATE-17
            //# It renews by itself, at a random time of the epoch
            let keeps = |chosen: &Chosen| now.since(chosen.at) <= LATE && !is_near(chosen.at);
            if chosen.as_ref().is_some_and(keeps) {
                continue;
            }
            let at = self.drawn((key, standing), held, (from, until), rng);
            let failures = chosen.map_or(0, |chosen| chosen.failures);
            let of = (standing.node, standing.persona);
            self.chosen.insert(key, Chosen { epoch, at, failures, of });
        }
        let due =
            |(&(ledger, task), chosen): (&(LedgerId, Task), &Chosen)| Due { at: chosen.at, ledger, task };
        self.chosen.iter().map(due).min()
    }

    /// A time of this span, apart from what other personas do at the same node.
    //= spec/text/personas.md#REQ-PERSONA-9
    //# the times MUST be drawn each for itself
    fn drawn(
        &self,
        (key, standing): ((LedgerId, Task), &Standing),
        held: &[Standing],
        (from, until): (Timestamp, Timestamp),
        rng: &mut dyn CryptoRngCore,
    ) -> Timestamp {
        let mut best: Option<(i64, Timestamp)> = None;
        for _ in 0..DRAWS {
            let at = within(from, until, rng);
            let Some(off) = self.nearest(key, standing, held, at) else { return at };
            if off >= apart(standing.epoch_seconds) {
                return at;
            }
            if best.is_none_or(|(furthest, _)| off > furthest) {
                best = Some((off, at));
            }
        }
        best.map_or(from, |(_, at)| at)
    }

    /// How many seconds a moment is off what another persona does or did at the same node; none if there is no such thing.
    fn nearest(
        &self,
        key: (LedgerId, Task),
        standing: &Standing,
        held: &[Standing],
        at: Timestamp,
    ) -> Option<i64> {
        let others = held.iter().filter(|other| standing.is_tied_to(other)).map(|other| other.renewed);
        let planned = self.chosen.iter().filter(|(other, chosen)| {
            **other != key
                && standing.node.is_some()
                && chosen.of.0 == standing.node
                && chosen.of.1 != standing.persona
        });
        let planned = planned.map(|(_, chosen)| chosen.at);
        planned.chain(others).map(|other| at.since(other).abs()).min()
    }

    /// Notes that something was done: its next time will be chosen anew.
    pub fn done(&mut self, due: &Due) {
        self.chosen.remove(&(due.ledger, due.task));
    }

    /// Notes that something failed: it is tried again after a wait that doubles each time, up to an eighth of an epoch, and is
    /// random by half, so that markets which come back are not called by everybody at once.
    pub fn failed(&mut self, due: &Due, length: EpochLength, now: Timestamp, rng: &mut dyn CryptoRngCore) {
        if let Some(chosen) = self.chosen.get_mut(&(due.ledger, due.task)) {
            let most = (length.seconds() / 8).max(BACK_OFF);
            let wait = BACK_OFF.saturating_mul(1 << chosen.failures.min(16)).min(most);
            chosen.failures = chosen.failures.saturating_add(1);
            chosen.at = within(now.plus(wait / 2), now.plus(wait + wait / 2), rng);
        }
    }
}

/// A moment that is uniform over `from` until before `until`; `from` if there is none.
fn within(from: Timestamp, until: Timestamp, rng: &mut dyn CryptoRngCore) -> Timestamp {
    let seconds = until.since(from);
    if seconds > 0 { from.plus(rng.gen_range(0..seconds)) } else { from }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    const HOUR: i64 = 3600;

    fn hour() -> EpochLength {
        EpochLength::new(HOUR).unwrap()
    }

    fn start() -> Timestamp {
        hour().start_of(500_000)
    }

    fn standing(n: u8, epoch: u64) -> Standing {
        Standing {
            ledger: LedgerId::from_bytes([n; 16]),
            epoch_seconds: hour(),
            epoch,
            is_final: false,
            to_compare: false,
            persona: 0,
            node: None,
            renewed: start().plus(-HOUR),
        }
    }

    //= spec/text/private.md#REQ-PRIVATE-17
    //= type=test
    //# It renews by itself, at a random time of the epoch
    #[test]
    fn renewals_are_spread_over_the_whole_epoch_and_each_epoch_anew() {
        let mut tenths = [0; 10];
        for seed in 0..2000 {
            let mut rng = StdRng::seed_from_u64(seed);
            let due = Schedule::new().next(&[standing(1, 499_999)], start(), &mut rng).unwrap();
            assert_eq!(due.task, Task::Renew);
            let offset = due.at.since(start());
            assert!((0..HOUR).contains(&offset), "{offset}");
            tenths[usize::try_from(offset * 10 / HOUR).unwrap()] += 1;
        }
        assert!(tenths.iter().all(|count| (140..260).contains(count)), "{tenths:?}");

        let (mut schedule, mut rng) = (Schedule::new(), StdRng::seed_from_u64(1));
        let mut offsets = Vec::new();
        for epoch in 500_000..500_020 {
            // Held since the epoch before; asked again and again, the time stays.
            let due = schedule.next(&[standing(1, epoch - 1)], hour().start_of(epoch), &mut rng).unwrap();
            assert_eq!(schedule.next(&[standing(1, epoch - 1)], due.at, &mut rng), Some(due));
            schedule.done(&due);
            offsets.push(due.at.since(hour().start_of(epoch)));
            // What is current is renewed in the next epoch, not before.
            let next = schedule.next(&[standing(1, epoch)], due.at, &mut rng).unwrap();
            assert_eq!(hour().number_at(next.at), epoch + 1);
        }
        offsets.sort_unstable();
        offsets.dedup();
        assert!(offsets.len() > 15, "{offsets:?}");
    }

    #[test]
    fn a_late_start_takes_what_is_left_of_the_epoch() {
        let late = start().plus(HOUR - 60);
        for seed in 0..200 {
            let mut rng = StdRng::seed_from_u64(seed);
            let due = Schedule::new().next(&[standing(1, 499_990)], late, &mut rng).unwrap();
            assert!((0..60).contains(&due.at.since(late)), "{due:?}");
        }
        // Slept through the time that was chosen, and the epoch: one of the new epoch is chosen.
        let (mut schedule, mut rng) = (Schedule::new(), StdRng::seed_from_u64(1));
        schedule.next(&[standing(1, 499_999)], start(), &mut rng).unwrap();
        let due = schedule.next(&[standing(1, 499_999)], start().plus(3 * HOUR), &mut rng).unwrap();
        assert_eq!(hour().number_at(due.at), 500_003);
    }

    #[test]
    fn a_machine_that_wakes_does_not_renew_at_that_moment() {
        let week = EpochLength::WEEK;
        let (begin, held) = (week.start_of(3000), Standing { epoch_seconds: week, ..standing(1, 2999) });
        let wake = begin.plus(4 * 86_400);
        let (mut missed, mut soon) = (0, 0);
        for seed in 0..1000 {
            let mut rng = StdRng::seed_from_u64(seed);
            let mut schedule = Schedule::new();
            let before = schedule.next(&[held], begin, &mut rng).unwrap();
            let due = schedule.next(&[held], wake, &mut rng).unwrap();
            assert!(due.at < week.start_of(3001));
            if wake.since(before.at) > LATE {
                missed += 1;
                assert!(due.at >= wake);
                soon += u32::from(due.at.since(wake) < 3600);
            }
            // A moment late is not missed, and what was chosen again stays.
            let late = due.at.plus(LATE);
            if late < week.start_of(3001) {
                assert_eq!(schedule.next(&[held], late, &mut rng), Some(due));
            }
        }
        assert!(missed > 500 && soon < 30, "{missed} {soon}");
    }

    #[test]
    fn records_are_compared_soon_at_a_time_of_their_own_and_closed_markets_left_alone() {
        let mut offsets = Vec::new();
        for seed in 0..200 {
            let mut rng = StdRng::seed_from_u64(seed);
            let held = Standing { to_compare: true, ..standing(1, 500_000) };
            let due = Schedule::new().next(&[held], start(), &mut rng).unwrap();
            assert_eq!(due.task, Task::Compare);
            offsets.push(due.at.since(start()));
        }
        offsets.sort_unstable();
        assert!(offsets[0] < 60 && offsets[199] > HOUR / 4 - 60 && offsets[199] < HOUR / 4, "{offsets:?}");
        let closed = Standing { is_final: true, ..standing(1, 400_000) };
        assert_eq!(Schedule::new().next(&[closed], start(), &mut StdRng::seed_from_u64(1)), None);
        assert_eq!(Schedule::new().next(&[], start(), &mut StdRng::seed_from_u64(1)), None);
    }

    #[test]
    fn failures_wait_longer_each_time_within_bounds() {
        let week = EpochLength::WEEK;
        let held = Standing { epoch_seconds: week, ..standing(1, 2_000) };
        let (mut schedule, mut rng) = (Schedule::new(), StdRng::seed_from_u64(7));
        let mut now = week.start_of(2_001);
        let mut waits = Vec::new();
        for _ in 0..8 {
            let due = schedule.next(&[held], now, &mut rng).unwrap();
            now = due.at.max(now);
            schedule.failed(&due, week, now, &mut rng);
            let Some(again) = schedule.next(&[held], now, &mut rng) else { panic!() };
            waits.push(again.at.since(now));
        }
        assert!((150..450).contains(&waits[0]), "{waits:?}");
        assert!(waits.iter().all(|wait| *wait < week.seconds() / 8 * 3 / 2), "{waits:?}");
        assert!(waits[6] > 10 * BACK_OFF, "{waits:?}");
    }

    //= spec/text/personas.md#REQ-PERSONA-9
    //= type=test
    //# the times MUST be drawn each for itself, 6 hours or a sixteenth of an epoch apart, whichever is less, where there is room for that
    #[test]
    fn two_personas_at_one_node_are_renewed_apart_and_each_at_random() {
        let week = EpochLength::WEEK;
        let begin = week.start_of(3000);
        let node = Some(PeerId::from_public_key([7; 32]));
        let of = |n, persona, node| Standing {
            epoch_seconds: week,
            persona,
            node,
            renewed: begin.plus(-86_400),
            ..standing(n, 2999)
        };
        assert_eq!((apart(week), apart(hour())), (APART, 225));
        let mut order = [0, 0];
        let mut near = 0;
        for seed in 0..1000 {
            let mut rng = StdRng::seed_from_u64(seed);
            let gap = |held: &[Standing], rng: &mut StdRng| {
                let mut schedule = Schedule::new();
                schedule.next(held, begin, rng).unwrap();
                let times: Vec<Timestamp> = schedule.chosen.values().map(|chosen| chosen.at).collect();
                times[0].since(times[1])
            };
            let tied = gap(&[of(1, 0, node), of(2, 1, node)], &mut rng);
            assert!(tied.abs() >= APART, "{tied}");
            order[usize::from(tied > 0)] += 1;
            // Of one persona, or at two nodes, chance alone decides.
            near += i32::from(gap(&[of(1, 0, node), of(2, 0, node)], &mut rng).abs() < APART);
            let other = Some(PeerId::from_public_key([8; 32]));
            near += i32::from(gap(&[of(1, 0, node), of(2, 1, other)], &mut rng).abs() < APART);
        }
        assert!(order.iter().all(|times| *times > 400), "{order:?}");
        assert!(near > 60, "{near}");
    }

    /// One that is due a moment after another persona was there by hand is put off; where there is no room it is done all the same.
    #[test]
    fn a_renewal_that_became_near_is_put_off_where_there_is_room() {
        let week = EpochLength::WEEK;
        let begin = week.start_of(3000);
        let node = Some(PeerId::from_public_key([7; 32]));
        let of = |n, persona, renewed| Standing {
            epoch_seconds: week,
            persona,
            node,
            renewed,
            ..standing(n, 2999)
        };
        let mut rng = StdRng::seed_from_u64(3);
        let mut schedule = Schedule::new();
        let alone = [of(1, 0, begin.plus(-86_400))];
        let due = schedule.next(&alone, begin, &mut rng).unwrap();
        // The other one was renewed by hand a minute before.
        let by_hand = Standing { epoch: 3000, ..of(2, 1, due.at.plus(-60)) };
        let again = schedule.next(&[alone[0], by_hand], due.at, &mut rng).unwrap();
        assert_eq!(again.ledger, due.ledger);
        let end = week.start_of(3001);
        if end.since(due.at) > 4 * APART {
            assert!(again.at.since(by_hand.renewed) >= APART, "{again:?}");
        }
        // A minute before the epoch ends there is no room.
        let late = end.plus(-60);
        let by_hand = Standing { renewed: late, ..by_hand };
        let last = Schedule::new().next(&[alone[0], by_hand], late, &mut rng).unwrap();
        assert!(last.at < end, "{last:?}");
    }
}
