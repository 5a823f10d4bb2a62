//! The clock of rate limits: how much time has passed, by the clock that everything else goes by.

use chrono::{DateTime, Utc};
use governor::{clock::Clock, nanos::Nanos};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Tells the real time.
pub(crate) type WallClock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// How much time has passed since it was made. It never goes back: when the wall clock is set back, time goes on from there,
/// and nobody waits until it has caught up.
#[derive(Clone)]
pub(crate) struct Elapsed {
    clock: WallClock,
    read: Arc<Mutex<(DateTime<Utc>, Duration)>>,
}

impl Elapsed {
    pub(crate) fn by(clock: WallClock) -> Self {
        let read = Arc::new(Mutex::new((clock(), Duration::ZERO)));
        Self { clock, read }
    }
}

impl Clock for Elapsed {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let now = (self.clock)();
        let passed = (now - read.0).to_std().unwrap_or_default();
        *read = (now, read.1 + passed);
        read.1.into()
    }
}
