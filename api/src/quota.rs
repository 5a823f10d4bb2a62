//! How much of something a caller holds at a time, in this process: open sockets, and operations on them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use uuid::Uuid;

/// How many of something each caller holds.
#[derive(Debug)]
pub(crate) struct Quota {
    most: usize,
    held: Mutex<HashMap<Uuid, usize>>,
}

/// One that is held, until this goes.
#[derive(Debug)]
pub(crate) struct Held {
    quota: Arc<Quota>,
    owner: Uuid,
}

impl Quota {
    pub(crate) fn of(most: usize) -> Arc<Self> {
        Arc::new(Self { most, held: Mutex::default() })
    }

    /// Takes one, unless the caller holds as many as may be held.
    pub(crate) fn take(self: &Arc<Self>, owner: Uuid) -> Option<Held> {
        let mut held = self.locked();
        let count = held.get(&owner).copied().unwrap_or(0);
        if count >= self.most {
            return None;
        }
        held.insert(owner, count + 1);
        Some(Held { quota: self.clone(), owner })
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<Uuid, usize>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut held = self.quota.locked();
        match held.get_mut(&self.owner) {
            Some(count) if *count > 1 => *count -= 1,
            // Whoever holds nothing is forgotten.
            Some(_) | None => {
                held.remove(&self.owner);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_holds_as_many_as_they_may_and_is_forgotten_with_the_last() {
        let quota = Quota::of(2);
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let (first, second) = (quota.take(one), quota.take(one));
        assert!(first.is_some() && second.is_some());
        assert!(quota.take(one).is_none());
        assert!(quota.take(other).is_some(), "others have their own");
        drop(first);
        let third = quota.take(one);
        assert!(third.is_some() && quota.take(one).is_none());
        drop((second, third));
        assert_eq!(quota.locked().len(), 0);
    }
}
