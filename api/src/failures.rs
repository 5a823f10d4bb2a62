//! Failed authentications, slowed down for each address.
//!
//! An address may fail so many times in a minute. After that its failures are answered with 429, and an API key from there
//! is not even looked up, unless it was good lately: whoever guesses is slowed down, and machines that share an address
//! with them go on. Signed tokens are checked all the same, which takes no more than arithmetic: whoever wants to guess
//! at a signature can do so at home, and a person behind the same address must not be locked out.
//!
//! All of this is known to this process alone, and only about the addresses and keys that were seen last.

use crate::{address::Address, rate_limit::whole_seconds};
use chrono::{DateTime, TimeDelta, Utc};
use domain::identity::{Who, api_key::Presented};
use lru::LruCache;
use std::{
    num::{NonZeroU32, NonZeroUsize},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// How long failures count.
const WINDOW: TimeDelta = TimeDelta::minutes(1);

/// The most addresses and the most good keys that are remembered.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(10_000).expect("it is not zero");

/// Who failed lately, and who did not.
pub(crate) struct Failures {
    /// How often an address may fail in a minute before it is slowed down; none for as often as it likes.
    most: Option<NonZeroU32>,
    of: Mutex<LruCache<Address, Count>>,
    good: Mutex<LruCache<Presented, ()>>,
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
        Self { most, of: Mutex::new(LruCache::new(REMEMBERED)), good: Mutex::new(LruCache::new(REMEMBERED)) }
    }

    /// For how many seconds somebody has to wait before it is looked up who they are. Without an address nobody has to.
    pub(crate) fn wait(&self, from: Option<Address>, who: &Who, now: DateTime<Utc>) -> Option<u64> {
        let wait = locked(&self.of).get(&from?)?.wait(self.most?, now)?;
        match who {
            Who::Machine(key) if !locked(&self.good).contains(key) => Some(wait),
            Who::Machine(_) | Who::Local(_) | Who::Person(_) => None,
        }
    }

    /// Somebody was recognized.
    pub(crate) fn succeeded(&self, who: &Who) {
        if let Who::Machine(key) = who {
            locked(&self.good).put(key.clone(), ());
        }
    }

    /// Somebody was not. If that was once too often: for how many seconds they have to wait.
    pub(crate) fn failed(&self, from: Option<Address>, who: Option<&Who>, now: DateTime<Utc>) -> Option<u64> {
        if let Some(Who::Machine(key)) = who {
            locked(&self.good).pop(key);
        }
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
    use domain::identity::Subject;
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
            assert_eq!(failures.failed(at(number), None, START), None);
        }
        assert_eq!(locked(&failures.of).len(), REMEMBERED.get());
    }

    #[test]
    fn nobody_waits_for_longer_than_a_minute() {
        let failures = Failures::none(NonZeroU32::new(MOST));
        for _ in 0..MOST {
            assert_eq!(failures.failed(at(1), None, START), None);
        }
        assert_eq!(failures.failed(at(1), None, START), Some(60));
        assert_eq!(failures.failed(at(1), None, START + TimeDelta::milliseconds(59_001)), Some(1));
        assert_eq!(failures.failed(at(1), None, START + WINDOW), None);
        let failures = Failures::none(NonZeroU32::new(MOST));
        for _ in 0..=MOST {
            failures.failed(at(1), None, START);
        }
        assert_eq!(failures.failed(at(1), None, START - TimeDelta::hours(1)), None, "the clock was set back");
    }

    #[test]
    fn who_is_signed_for_does_not_wait() {
        let failures = Failures::none(NonZeroU32::new(MOST));
        for _ in 0..=MOST {
            failures.failed(at(1), None, START);
        }
        assert_eq!(failures.wait(at(1), &Who::Local(Subject::Operator), START), None);
    }
}
