//! How near the danger was: what a proof has counted. One that never reached it proves nothing.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// A danger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Danger {
    /// A subscription was disabled.
    Disabled,
    /// Somebody tried by the API to go on with a disabled one, and was refused.
    LeavingByTheApi,
    /// Somebody tried by SQL to bring a disabled one back or to rewrite its history, and was refused.
    LeavingBySql,
    /// A race was lost: somebody else was there first.
    RaceLost,
    /// A request was sent again with its key.
    SentAgain,
    /// No answer came, or one that says nothing.
    NoAnswer,
    /// A request was accepted.
    Accepted,
    /// A process was killed.
    Killed,
    /// A process was killed while it had a transaction open that had written.
    KilledInside,
    /// A process was started again.
    Restarted,
    /// The database server crashed.
    ServerCrashed,
    /// A step failed.
    StepFailed,
    /// A step panicked.
    StepPanicked,
    /// A step killed its process.
    StepAborted,
    /// A step took long.
    StepDelayed,
    /// A charge was asked about whose outcome had not arrived.
    AskedAbout,
    /// The operator began to advance the clock.
    ClockAdvanced,
    /// The clock was set ahead, so that the worker found everything late.
    ClockJumped,
    /// A period began.
    Renewed,
    /// The gateway charged.
    Charged,
    /// The gateway gave money back.
    GivenBack,
    /// More licences were bought.
    Raised,
    /// Licences were assigned.
    Assigned,
}

impl Danger {
    /// In words, after a number.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::LeavingByTheApi => "tries to go on by the API",
            Self::LeavingBySql => "tries to go on by SQL",
            Self::RaceLost => "races lost",
            Self::SentAgain => "requests sent again",
            Self::NoAnswer => "requests without an answer",
            Self::Accepted => "answers accepted",
            Self::Killed => "kills",
            Self::KilledInside => "kills inside a transaction",
            Self::Restarted => "restarts",
            Self::ServerCrashed => "crashes of the server",
            Self::StepFailed => "steps that failed",
            Self::StepPanicked => "steps that panicked",
            Self::StepAborted => "steps that killed",
            Self::StepDelayed => "steps that took long",
            Self::AskedAbout => "charges asked about later",
            Self::ClockAdvanced => "advances of the clock begun",
            Self::ClockJumped => "jumps of the clock",
            Self::Renewed => "renewals",
            Self::Charged => "charges",
            Self::GivenBack => "refunds",
            Self::Raised => "increases",
            Self::Assigned => "assignments",
        }
    }
}

/// What was counted, shared by all who count.
#[derive(Debug, Default)]
pub(super) struct Reach {
    counted: Mutex<BTreeMap<Danger, u64>>,
    /// How often which step did what.
    steps: Mutex<BTreeMap<String, u64>>,
    /// What must not happen at all and did.
    wrong: Mutex<Vec<String>>,
}

impl Reach {
    pub(super) fn count(&self, danger: Danger) {
        self.add(danger, 1);
    }

    pub(super) fn add(&self, danger: Danger, more: u64) {
        *self.counted.lock().unwrap_or_else(PoisonError::into_inner).entry(danger).or_default() += more;
    }

    pub(super) fn of(&self, danger: Danger) -> u64 {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner).get(&danger).copied().unwrap_or(0)
    }

    /// A process says that a step did something: `fault at STEP: WHAT`.
    pub(super) fn step(&self, told: &str) {
        let (step, what) = told.split_once(": ").unwrap_or((told, ""));
        self.count(match what {
            "panic" => Danger::StepPanicked,
            "abort" => Danger::StepAborted,
            "delay" => Danger::StepDelayed,
            _ => Danger::StepFailed,
        });
        *self.steps.lock().unwrap_or_else(PoisonError::into_inner).entry(step.to_owned()).or_default() += 1;
    }

    pub(super) fn steps(&self) -> BTreeMap<String, u64> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Something happened that must not.
    pub(super) fn is_wrong(&self, what: String) {
        eprintln!("prove: {what}");
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }

    pub(super) fn wrong(&self) -> Vec<String> {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
