//! The one place that reads the wall clock. Everything else is handed the time.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use std::sync::atomic::{AtomicI64, Ordering};

/// Where time comes from. An operation reads it once.
pub trait Clock: Send + Sync + 'static {
    /// The time now, in UTC, to the microsecond (what both databases keep).
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's clock, corrected by its offset to the database's, so that replicas agree.
#[derive(Debug, Default)]
pub struct SystemClock {
    offset_micros: AtomicI64,
}

impl SystemClock {
    /// Takes over what the database's clock said at a moment between two readings of ours.
    pub fn agree_with(&self, database: DateTime<Utc>, before: DateTime<Utc>, after: DateTime<Utc>) {
        let middle = before + (after - before) / 2;
        let offset = (database - middle).num_microseconds().unwrap_or(0);
        self.offset_micros.store(offset, Ordering::Relaxed);
    }

    /// The machine's clock as it is.
    #[expect(clippy::disallowed_methods, reason = "the one place that may")]
    pub fn uncorrected(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        to_micros(self.uncorrected() + TimeDelta::microseconds(self.offset_micros.load(Ordering::Relaxed)))
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
