//! Whether this process may write: what the guard of the schema finds stops it, until it is mended.

use crate::{Error, Result};
use std::sync::{Arc, PoisonError, RwLock};

/// The one switch of all connections that write. Whoever clones it shares it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Writing {
    /// Why nothing is written.
    stopped: Arc<RwLock<Option<Arc<str>>>>,
}

impl Writing {
    /// From now on nothing begins to write, and this is why.
    pub(crate) fn stop(&self, why: &str) {
        *self.stopped.write().unwrap_or_else(PoisonError::into_inner) = Some(why.into());
    }

    /// What stopped it is gone.
    pub(crate) fn go_on(&self) {
        *self.stopped.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Why nothing is written, if that is so.
    pub(crate) fn stopped(&self) -> Option<Arc<str>> {
        self.stopped.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Refuses while it is stopped. The reason is for the log: clients hear that the service is not available.
    pub(crate) fn allowed(&self) -> Result<()> {
        match self.stopped() {
            None => Ok(()),
            Some(why) => Err(Error::Unavailable(format!("nothing is written: {why}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stops_one_stops_all_that_share_the_switch_until_it_goes_on() {
        let (one, other) = (Writing::default(), Writing::default());
        let shared = one.clone();
        assert!(one.allowed().is_ok());
        shared.stop("a guard is missing");
        let refusal = one.allowed().expect_err("it is stopped");
        assert!(matches!(&refusal, Error::Unavailable(why) if why.contains("a guard is missing")));
        assert!(!refusal.to_string().contains("guard"), "{refusal}");
        assert!(other.allowed().is_ok());
        one.go_on();
        assert!(shared.allowed().is_ok() && shared.stopped().is_none());
    }
}
