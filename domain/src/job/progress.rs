//! How far a run is, as it tells whoever watches it: its steps, and whether it is still ours.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How far a run of a job is.
#[derive(Debug)]
pub struct Progress {
    steps: AtomicU64,
    lost: AtomicBool,
    careful: bool,
    retries: bool,
}

impl Progress {
    pub(super) fn new(careful: bool, retries: bool) -> Self {
        Self { steps: AtomicU64::new(0), lost: AtomicBool::new(false), careful, retries }
    }

    /// How many batches and rows it has done.
    pub fn steps(&self) -> u64 {
        self.steps.load(Ordering::Relaxed)
    }

    pub(crate) fn step(&self) {
        self.steps.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn careful(&self) -> bool {
        self.careful
    }

    pub(crate) fn retries(&self) -> bool {
        self.retries
    }

    /// Somebody else holds the run: it ends at its next resting place.
    pub(super) fn lose(&self) {
        self.lost.store(true, Ordering::Relaxed);
    }

    pub(crate) fn lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }
}
