//! Whether this machine's clock can be believed, before anything is deleted or published for good by it (A55).
//!
//! Whoever runs the core says what the clock shows, and for how long a second clock has run that nobody can set. Where the two
//! part by more than an hour, one of them is wrong. A market's chain of records has one more thing to say: a clock that
//! would skip many epochs is believed only when a person says so.

use std::time::Duration;

use faam_spec::time::Timestamp;

use super::Core;
use super::error::CoreError;
use super::issuing::Issuing;

/// How far the two clocks may part before neither is believed, in seconds.
const MAX_PARTING: i64 = 3600;
/// How long they have to agree until they are believed again, in seconds.
const AGREEMENT: i64 = 600;
/// What counts as agreement, in seconds.
const MAX_WOBBLE: i64 = 60;
/// How many epochs after that of the last record may begin with nobody asked.
pub(super) const MAX_AHEAD: u64 = 4;

/// What was seen of the two clocks; nothing yet where there is only one.
#[derive(Debug, Default)]
pub(super) struct Clock {
    seen: Option<Seen>,
    /// An operator said that the clock is right, though the last record is old; ends with the next record.
    accepted: bool,
}

/// The difference of the clocks: what the one shows when the other began.
#[derive(Debug)]
struct Seen {
    trusted: i64,
    doubt: Option<Doubt>,
}

#[derive(Debug)]
struct Doubt {
    difference: i64,
    /// On the clock that nobody can set.
    since: i64,
}

impl Clock {
    fn observe(&mut self, now: Timestamp, steady: Duration) {
        let steady = i64::try_from(steady.as_secs()).unwrap_or(i64::MAX);
        let difference = now.seconds().saturating_sub(steady);
        let Some(seen) = &mut self.seen else {
            self.seen = Some(Seen { trusted: difference, doubt: None });
            return;
        };
        let apart = |other: i64| difference.abs_diff(other);
        match &seen.doubt {
            None if apart(seen.trusted) <= MAX_PARTING.unsigned_abs() => {}
            Some(doubt) if apart(doubt.difference) <= MAX_WOBBLE.unsigned_abs() => {
                if steady.saturating_sub(doubt.since) >= AGREEMENT {
                    *seen = Seen { trusted: difference, doubt: None };
                    tracing::info!(%now, "the clock is believed again");
                }
            }
            // It moved, or moved again: from here on it has to agree anew.
            _ => seen.doubt = Some(Doubt { difference, since: steady }),
        }
    }

    /// By how many seconds the clock went ahead of what it was, if that is in doubt.
    fn jump(&self) -> Option<i64> {
        let seen = self.seen.as_ref()?;
        seen.doubt.as_ref().map(|doubt| doubt.difference.saturating_sub(seen.trusted))
    }
}

impl Core {
    /// Takes in what the clock shows, and how long a clock has run that nobody can set; to be called before each turn.
    ///
    /// When the two part by more than an hour, nothing is swept and no epoch opened until they have agreed for 10 minutes, or the
    /// core is made anew. A core that is told nothing believes its turns.
    pub fn observe_clock(&mut self, now: Timestamp, steady: Duration) {
        self.clock.observe(now, steady);
    }

    /// Whether what rests on the clock can be done now.
    ///
    /// # Errors
    /// [`CoreError::ClockJumped`]; [`CoreError::ClockBehind`] the market's last record; [`CoreError::ClockAhead`] of it by more
    /// than 4 epochs, unless [`accept_clock`](Core::accept_clock) was called.
    pub fn check_clock(&self, now: Timestamp) -> Result<(), CoreError> {
        if let Some(seconds) = self.clock.jump() {
            return Err(CoreError::ClockJumped { now, seconds });
        }
        let Some((issuing, last)) = self.issuing.as_ref().and_then(|i| Some((i, i.last_record()?))) else {
            return Ok(());
        };
        if now < last {
            return Err(CoreError::ClockBehind { now, last });
        }
        if !self.clock.accepted && issuing.epochs_ahead(now) > MAX_AHEAD {
            return Err(CoreError::ClockAhead { now, last });
        }
        Ok(())
    }

    /// Believes the clock once, though it is many epochs after the market's last record: because a person said so.
    pub fn accept_clock(&mut self, now: Timestamp) {
        self.clock.accepted = self.issuing.as_ref().is_some_and(|i| i.epochs_ahead(now) > MAX_AHEAD);
    }

    /// As [`Core::check_clock`], where an epoch would begin; within one that has its record only the order of time counts.
    pub(super) fn check_epoch_clock(&self, now: Timestamp) -> Result<(), CoreError> {
        let last = self.issuing.as_ref().and_then(Issuing::last_record);
        match last {
            Some(last) if now < last => Err(CoreError::ClockBehind { now, last }),
            _ if self
                .issuing
                .as_ref()
                .is_some_and(|i| i.issuer.is_closed() || i.issuer.has_record_at(now)) =>
            {
                Ok(())
            }
            _ => self.check_clock(now),
        }
    }

    /// An epoch was opened: what was accepted is used up.
    pub(super) const fn clock_used(&mut self) {
        self.clock.accepted = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::new(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn a55_a_clock_that_jumps_is_doubted_until_it_has_agreed_for_a_while() {
        let steady = Duration::from_secs;
        for jump in [40 * 86_400, 3601, -3601, -40 * 86_400] {
            let mut clock = Clock::default();
            clock.observe(at(0), steady(0));
            clock.observe(at(3600), steady(20));
            assert_eq!(clock.jump(), None, "{jump}");
            clock.observe(at(40 + jump), steady(40));
            assert_eq!(clock.jump(), Some(jump));
            // Wrong for 23 seconds, then right again: that has to last as well.
            clock.observe(at(63), steady(63));
            clock.observe(at(662), steady(662));
            assert!(clock.jump().is_some(), "{jump}");
            clock.observe(at(663), steady(663));
            assert_eq!(clock.jump(), None, "{jump}");
        }
    }

    #[test]
    fn a55_a_clock_that_keeps_jumping_is_not_believed() {
        let mut clock = Clock::default();
        clock.observe(at(0), Duration::ZERO);
        for n in 1..200 {
            clock.observe(at(7200 + n * 100), Duration::from_secs(20 * n.unsigned_abs()));
            assert!(clock.jump().is_some(), "{n}");
        }
    }
}
