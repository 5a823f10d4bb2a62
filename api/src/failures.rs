//! Failed authentications, slowed down for each address.
//!
//! An address may fail so many times in a minute. After that its failures are answered with 429 and told when to come again.
//! What is good is let in all the same: whoever shares an address with somebody who guesses, or comes through the same
//! proxy, must not be locked out by them. Nothing is lost by that. A key has 256 random bits, so that guessing is hopeless at
//! any speed; to look one up takes one row by its index, and to check a signature no more than arithmetic.
//!
//! All of this is known to this process alone, and only about the addresses that were seen last.

use crate::{address::Address, rate_limit::whole_seconds};
use chrono::{DateTime, TimeDelta, Utc};
use lru::LruCache;
use std::{
    num::{NonZeroU32, NonZeroUsize},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// How long failures count.
const WINDOW: TimeDelta = TimeDelta::minutes(1);

/// The most addresses that are remembered.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(10_000).expect("it is not zero");

/// Who failed lately.
pub(crate) struct Failures {
    /// How often an address may fail in a minute before it is slowed down; none for as often as it likes.
    most: Option<NonZeroU32>,
    of: Mutex<LruCache<Address, Count>>,
}

#[derive(Clone, Copy)]
struct Count {
    since: DateTime<Utc>,
    failures: u32,
}

impl Count {
    /// For how many seconds the address has to wait, if it failed this often.
    fn wait(&self, most: NonZeroU32, now: DateTime<Utc>) -> Option<u64> {
        (self.failures >= most.get() && self.lasts(now))
            .then(|| whole_seconds((self.since + WINDOW - now).to_std().unwrap_or_default()))
    }

    /// Whether these failures still count. When the clock was set back they do not: nobody waits for longer than a minute.
    fn lasts(&self, now: DateTime<Utc>) -> bool {
        (self.since..self.since + WINDOW).contains(&now)
    }
}

impl Failures {
    /// None so far.
    pub(crate) fn none(most: Option<NonZeroU32>) -> Self {
        Self { most, of: Mutex::new(LruCache::new(REMEMBERED)) }
    }

    /// Somebody was not recognized. If that was once too often: for how many seconds they have to wait.
    pub(crate) fn failed(&self, from: Option<Address>, now: DateTime<Utc>) -> Option<u64> {
        let (from, most) = (from?, self.most?);
        let mut of = locked(&self.of);
        let count = of.get_or_insert_mut(from, || Count { since: now, failures: 0 });
        if !count.lasts(now) {
            *count = Count { since: now, failures: 0 };
        }
        let wait = count.wait(most, now);
        if wait.is_none() {
            count.failures += 1;
            if count.failures == most.get() {
                tracing::warn!(address = %from, "too many failed authentications: this address is slowed down");
            }
        }
        wait
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};

    const MOST: u32 = 10;
    const START: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn at(number: u32) -> Option<Address> {
        Some(Address::from(IpAddr::from(Ipv4Addr::from(number))))
    }

    #[test]
    fn only_so_many_addresses_are_remembered() {
        let failures = Failures::none(NonZeroU32::new(MOST));
        for number in 0..3 * REMEMBERED.get() as u32 {
            assert_eq!(failures.failed(at(number), START), None);
        }
        assert_eq!(locked(&failures.of).len(), REMEMBERED.get());
    }

    #[test]
    fn nobody_waits_for_longer_than_a_minute() {
        let failures = Failures::none(NonZeroU32::new(MOST));
        for _ in 0..MOST {
            assert_eq!(failures.failed(at(1), START), None);
        }
        assert_eq!(failures.failed(at(1), START), Some(60));
        assert_eq!(failures.failed(at(1), START + TimeDelta::milliseconds(59_001)), Some(1));
        assert_eq!(failures.failed(at(1), START + WINDOW), None);
        let failures = Failures::none(NonZeroU32::new(MOST));
        for _ in 0..=MOST {
            failures.failed(at(1), START);
        }
        assert_eq!(failures.failed(at(1), START - TimeDelta::hours(1)), None, "the clock was set back");
    }
}
