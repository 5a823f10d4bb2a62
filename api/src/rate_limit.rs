//! How much a caller may ask for: each has a bucket of points, which what they ask for is taken from and which fills up
//! again by itself. The buckets are those of this process: behind two processes a caller has two.

use crate::{
    elapsed::{Elapsed, WallClock},
    http::refusal_of,
};
use async_graphql::{Name, Response, Value, indexmap::IndexMap};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use domain::By;
use governor::{
    Quota, RateLimiter, clock::Clock, middleware::StateInformationMiddleware, state::keyed::HashMapStateStore,
};
use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use uuid::Uuid;

/// How large a caller's bucket is, and how fast it fills up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// How many points the bucket holds.
    pub burst: NonZeroU32,
    /// How many points flow into it in a second.
    pub per_second: NonZeroU32,
}

/// How many charges may pass before full buckets are forgotten: there is no other difference between a full one and none.
const FORGET_EVERY: u32 = 4_096;

/// The bucket of everybody who asked for something lately.
pub(crate) struct Buckets {
    clock: WallClock,
    /// None if nothing is limited.
    limited: Option<Limited>,
}

struct Limited {
    limit: RateLimit,
    clock: Elapsed,
    buckets: RateLimiter<Uuid, HashMapStateStore<Uuid>, Elapsed, StateInformationMiddleware>,
    charges: AtomicU32,
}

/// What something cost, and what is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bill {
    requested: u32,
    limit: Option<RateLimit>,
    /// What is left in the bucket, and when it is full; unknown for what no bucket could ever hold.
    left: Option<(u32, DateTime<Utc>)>,
}

/// Why something is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unpaid {
    /// The bucket has too little; it has enough after this many seconds.
    Later(u64),
    /// No bucket could ever hold as much.
    Never,
}

impl Buckets {
    pub(crate) fn new(limit: Option<RateLimit>, clock: WallClock) -> Self {
        let limited = limit.map(|limit| {
            let clock = Elapsed::by(clock.clone());
            let quota = Quota::per_second(limit.per_second).allow_burst(limit.burst);
            let buckets = RateLimiter::new(quota, HashMapStateStore::default(), clock.clone());
            Limited { limit, clock, buckets, charges: AtomicU32::new(0) }
        });
        Self { clock, limited }
    }

    /// Takes points from the bucket of whoever asks, if there are as many.
    pub(crate) fn charge(&self, by: &By, points: NonZeroU32) -> (Bill, Option<Unpaid>) {
        let bill = Bill { requested: points.get(), limit: None, left: None };
        let Some(limited) = &self.limited else { return (bill, None) };
        let (left, unpaid) = limited.charge(owner(by), points);
        let left = left.map(|left| (left, (self.clock)() + limited.full_after(left)));
        (Bill { limit: Some(limited.limit), left, ..bill }, unpaid)
    }
}

/// Whose bucket it is: that of a key, or else of a person, publisher, partner or operator. Ids are unique among all of them.
pub(crate) fn owner(by: &By) -> Uuid {
    by.key.map(|key| key.id.0).or(by.actor.id()).unwrap_or_default()
}

impl Limited {
    fn charge(&self, owner: Uuid, points: NonZeroU32) -> (Option<u32>, Option<Unpaid>) {
        if self.charges.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            self.buckets.retain_recent();
            self.buckets.shrink_to_fit();
        }
        match self.buckets.check_key_n(&owner, points) {
            Ok(Ok(state)) => (Some(state.remaining_burst_capacity()), None),
            Ok(Err(not_until)) => {
                let wait = not_until.wait_time_from(self.clock.now());
                let missing = wait.as_nanos().div_ceil(not_until.quota().replenish_interval().as_nanos());
                let missing = u32::try_from(missing).unwrap_or(u32::MAX);
                (Some(points.get().saturating_sub(missing)), Some(Unpaid::Later(whole_seconds(wait))))
            }
            Err(_) => (None, Some(Unpaid::Never)),
        }
    }

    /// How long it takes until a bucket is full again that has this much left.
    fn full_after(&self, left: u32) -> TimeDelta {
        let missing = u64::from(self.limit.burst.get().saturating_sub(left));
        let millis = (missing * 1000).div_ceil(self.limit.per_second.get().into());
        TimeDelta::milliseconds(i64::try_from(millis).unwrap_or(i64::MAX))
    }
}

/// A time in whole seconds that is not shorter, and one at least.
pub(crate) fn whole_seconds(wait: Duration) -> u64 {
    let more = u64::from(wait.subsec_nanos() > 0);
    (wait.as_secs() + more).max(1)
}

impl Bill {
    /// As it stands in the `extensions` of an answer.
    pub(crate) fn shown(&self) -> Value {
        let mut shown = IndexMap::new();
        let mut show = |name: &str, value: Value| shown.insert(Name::new(name), value);
        show("requested", self.requested.into());
        if let Some(limit) = self.limit {
            show("limit", limit.burst.get().into());
            if let Some((left, full_at)) = self.left {
                show("remaining", left.into());
                show("resetAt", full_at.to_rfc3339_opts(SecondsFormat::Millis, true).into());
            }
            show("refillPerSecond", limit.per_second.get().into());
        }
        Value::Object(shown)
    }

    /// The answer to a document whose cost was not paid.
    pub(crate) fn refusal(&self, unpaid: Unpaid) -> Response {
        let burst = self.limit.map_or(0, |limit| limit.burst.get());
        let Self { requested, .. } = self;
        let (code, message) = match unpaid {
            Unpaid::Later(seconds) => (
                "RATE_LIMITED",
                format!("This costs {requested} points, and you have fewer left; try again in {seconds} s."),
            ),
            Unpaid::Never => (
                "LIMIT_EXCEEDED",
                format!(
                    "This costs {requested} points, and no more than {burst} are ever granted at once; ask for smaller pages or fewer fields."
                ),
            ),
        };
        let mut response = refusal_of(code, message);
        if let (Unpaid::Later(seconds), Some(error)) = (unpaid, response.errors.first_mut()) {
            error.extensions.get_or_insert_default().set("retryAfterSeconds", seconds);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Actor, Clock as _, ManualClock};
    use entity::id::OperatorId;
    use std::sync::Arc;

    fn buckets(burst: u32, per_second: u32) -> (Buckets, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::at(DateTime::UNIX_EPOCH));
        let points = |points| NonZeroU32::new(points).expect("points");
        let limit = RateLimit { burst: points(burst), per_second: points(per_second) };
        let shown = clock.clone();
        (Buckets::new(Some(limit), Arc::new(move || shown.now())), clock)
    }

    fn passes(clock: &ManualClock, time: TimeDelta) {
        clock.set(clock.now() + time);
    }

    /// What is left to somebody after they asked for points, or for how long they wait.
    fn asks(buckets: &Buckets, who: u128, points: u32) -> Result<u32, (u32, Unpaid)> {
        let actor = Actor::Operator(OperatorId(Uuid::from_u128(who)));
        let by = By { actor, key: None, request_id: None };
        let (bill, unpaid) = buckets.charge(&by, NonZeroU32::new(points).expect("points"));
        let left = bill.left.map_or(0, |(left, _)| left);
        unpaid.map_or(Ok(left), |unpaid| Err((left, unpaid)))
    }

    #[test]
    fn whoever_waits_as_long_as_they_are_told_is_served() {
        for (burst, per_second) in [(10, 1), (10, 3), (1_000, 7), (100, 1_000), (500_000, 50_000)] {
            let (buckets, clock) = buckets(burst, per_second);
            assert_eq!(asks(&buckets, 1, burst), Ok(0));
            for points in [1, 2, burst / 2, burst] {
                let Err((0, Unpaid::Later(seconds))) = asks(&buckets, 1, points) else {
                    panic!("{points} of {burst} at once")
                };
                let enough = f64::from(points) / f64::from(per_second);
                assert!((seconds as f64) < enough + 1.0, "{seconds} s for {points} at {per_second} a second");
                passes(&clock, TimeDelta::seconds(seconds.try_into().expect("seconds")));
                assert!(asks(&buckets, 1, points).is_ok(), "{points} after {seconds} s");
                // All that is left is spent, so that the next has to wait again.
                while asks(&buckets, 1, 1).is_ok() {}
            }
        }
    }

    #[test]
    fn what_is_left_is_told_when_it_is_too_little() {
        let (buckets, clock) = buckets(10, 2);
        assert_eq!(asks(&buckets, 1, 7), Ok(3));
        assert_eq!(asks(&buckets, 1, 4), Err((3, Unpaid::Later(1))));
        assert_eq!(asks(&buckets, 1, 10), Err((3, Unpaid::Later(4))));
        assert_eq!(asks(&buckets, 1, 11), Err((0, Unpaid::Never)));
        passes(&clock, TimeDelta::seconds(1));
        assert_eq!(asks(&buckets, 1, 5), Ok(0), "what was refused took nothing");
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nobody_wait() {
        let (buckets, clock) = buckets(10, 1);
        assert_eq!(asks(&buckets, 1, 10), Ok(0));
        passes(&clock, TimeDelta::hours(-1));
        assert_eq!(asks(&buckets, 1, 1), Err((0, Unpaid::Later(1))));
        passes(&clock, TimeDelta::seconds(3));
        assert_eq!(asks(&buckets, 1, 3), Ok(0));
    }

    #[test]
    fn full_buckets_are_forgotten() {
        let (buckets, clock) = buckets(10, 1);
        let many = 3 * u128::from(FORGET_EVERY);
        for who in 0..many {
            asks(&buckets, who, 1).expect("each has a bucket of their own");
            passes(&clock, TimeDelta::milliseconds(10));
        }
        let kept = buckets.limited.as_ref().map(|limited| limited.buckets.len()).expect("limits");
        assert!(kept <= 2 * FORGET_EVERY as usize, "{kept} of {many}");
        assert_eq!(asks(&buckets, many, 10), Ok(0));
        passes(&clock, TimeDelta::milliseconds(10));
        for _ in 0..FORGET_EVERY {
            assert!(asks(&buckets, many, 10).is_err(), "one that is not full is kept");
        }
    }
}
