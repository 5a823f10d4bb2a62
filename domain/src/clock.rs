//! The one place that reads the wall clock. Everything else is handed the time.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use std::sync::{PoisonError, RwLock};
use tokio::time::Instant;

/// Where time comes from. An operation reads it once.
pub trait Clock: Send + Sync + 'static {
    /// The time now, in UTC, to the microsecond (what both databases keep).
    fn now(&self) -> DateTime<Utc>;
}

/// The database's clock, as this process knows it: measured now and then, and carried on by the machine's monotonic clock in
/// between. Whatever happens to the machine's own clock changes nothing then. Before the first measurement, and on SQLite,
/// which has no other, it is the machine's clock.
#[derive(Debug, Default)]
pub struct SystemClock {
    measured: RwLock<Option<Measured>>,
    machine: Machine,
}

/// What the database's clock showed at a moment.
#[derive(Debug, Clone, Copy)]
struct Measured {
    at: Instant,
    shown: DateTime<Utc>,
}

/// What was asked took longer than this: its answer says too little about now, if a better one is known.
const TOO_LONG: TimeDelta = TimeDelta::seconds(1);

impl SystemClock {
    /// Takes over what the database's clock showed while somebody asked, which began at `asked`.
    pub fn agree_with(&self, database: DateTime<Utc>, asked: Instant) {
        let now = Instant::now();
        let took = TimeDelta::from_std(now - asked).unwrap_or(TimeDelta::MAX);
        let mut measured = self.measured.write().unwrap_or_else(PoisonError::into_inner);
        if measured.is_none() || took <= TOO_LONG {
            // Shown half-way between question and answer.
            *measured = Some(Measured { at: now, shown: database + took / 2 });
        }
    }

    /// How far the machine's clock is ahead of the one that counts.
    pub fn machine_ahead(&self) -> TimeDelta {
        self.machine.now() - self.now()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        let measured = *self.measured.read().unwrap_or_else(PoisonError::into_inner);
        to_micros(match measured {
            Some(Measured { at, shown }) => shown + TimeDelta::from_std(at.elapsed()).unwrap_or_default(),
            None => self.machine.now(),
        })
    }
}

/// The machine's clock. Tests set one wrong: `TEST_CLOCK` names by how many seconds, or by which in turn, each for a second, as
/// in `300` or `300,-300`. Programs that are built for production know nothing of it.
#[derive(Debug)]
struct Machine {
    #[cfg(debug_assertions)]
    wrong_by: Vec<i64>,
    #[cfg(debug_assertions)]
    since: Instant,
}

#[cfg(debug_assertions)]
impl Default for Machine {
    fn default() -> Self {
        let wrong_by = std::env::var("TEST_CLOCK").unwrap_or_default();
        Self {
            wrong_by: wrong_by.split(',').filter_map(|seconds| seconds.parse().ok()).collect(),
            since: Instant::now(),
        }
    }
}

#[cfg(not(debug_assertions))]
impl Default for Machine {
    fn default() -> Self {
        Self {}
    }
}

impl Machine {
    #[expect(clippy::disallowed_methods, reason = "the one place that may")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.error()
    }

    #[cfg(debug_assertions)]
    fn error(&self) -> TimeDelta {
        let turn = usize::try_from(self.since.elapsed().as_secs()).unwrap_or_default();
        let wrong_by = self.wrong_by.get(turn.checked_rem(self.wrong_by.len()).unwrap_or_default());
        TimeDelta::seconds(wrong_by.copied().unwrap_or_default())
    }

    #[cfg(not(debug_assertions))]
    fn error(&self) -> TimeDelta {
        TimeDelta::zero()
    }
}

/// The instant without what is finer than a microsecond.
pub fn to_micros(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(instant)
}

/// The time of an operation, read once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// The real clock: tokens of callers, rate limits, idempotency keys, heartbeats.
    pub real: DateTime<Utc>,
    /// Business time: periods, grace, deadlines, portal tokens. Ahead of the real clock in an advanced sandbox.
    pub business: DateTime<Utc>,
}

/// A clock that shows what it was told: for sample data with a past, and for tests.
#[derive(Debug)]
pub struct ManualClock {
    shows: std::sync::Mutex<DateTime<Utc>>,
}

impl ManualClock {
    /// A clock that shows this.
    pub fn at(instant: DateTime<Utc>) -> Self {
        Self { shows: std::sync::Mutex::new(to_micros(instant)) }
    }

    /// Makes it show something else.
    pub fn set(&self, instant: DateTime<Utc>) {
        *self.shows.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = to_micros(instant);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.shows.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
