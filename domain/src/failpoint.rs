//! Faults on purpose: the steps between begin, write, commit, gateway call and acknowledgement at which a proof breaks the
//! program, and the mistakes that it plants to see whether it would find them.
//!
//! A program that was built without the feature `failpoints` has nothing of it: `at` does nothing there, and no mistake is
//! compiled. With it, the variable `FAILPOINTS` says what happens where, as the crate `fail` reads it:
//! `operation-committed=2%return(error)->1%return(abort);mistake-period=return`.

use crate::Result;

/// A step at which the program can be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A transaction has begun.
    Begun,
    /// Subscriptions and their ends are written.
    SubscriptionsWritten,
    /// The events are written that need no number.
    EventsWritten,
    /// The numbers of documents are taken.
    Numbered,
    /// Everything is written and nothing committed.
    Written,
    /// It is committed, and nobody knows.
    Committed,
    /// An attempt to charge is committed, and the gateway was not called.
    AttemptStored,
    /// The gateway has answered, and the outcome is not stored.
    Charged,
    /// An attempt whose outcome did not arrive is about to be asked about.
    Asking,
    /// A refund is about to be made.
    Refunding,
    /// The gateway has given money back, and that is not stored.
    Refunded,
    /// The sandbox clock is set, and what is due there is not done.
    ClockStored,
    /// A tick is taken, and its job has not begun.
    TickTaken,
    /// A job has ended, and its report is not stored.
    JobEnded,
    /// Messages of webhooks are written, and their place in the feed is not.
    MessagesWritten,
}

impl Step {
    /// Its name in `FAILPOINTS`.
    #[cfg(feature = "failpoints")]
    fn name(self) -> &'static str {
        match self {
            Self::Begun => "operation-begun",
            Self::SubscriptionsWritten => "subscriptions-written",
            Self::EventsWritten => "events-written",
            Self::Numbered => "documents-numbered",
            Self::Written => "operation-written",
            Self::Committed => "operation-committed",
            Self::AttemptStored => "attempt-stored",
            Self::Charged => "gateway-charged",
            Self::Asking => "gateway-asking",
            Self::Refunding => "gateway-refunding",
            Self::Refunded => "gateway-refunded",
            Self::ClockStored => "clock-stored",
            Self::TickTaken => "tick-taken",
            Self::JobEnded => "job-ended",
            Self::MessagesWritten => "messages-written",
        }
    }
}

/// Passes a step. Without faults it does nothing.
///
/// # Errors
/// When a fault says so.
#[cfg(not(feature = "failpoints"))]
#[inline]
pub(crate) async fn at(_: Step) -> Result<()> {
    Ok(())
}

/// Passes a step, unless a fault is set there: then it fails, panics, waits, or the process dies.
///
/// # Errors
/// When a fault says so.
#[cfg(feature = "failpoints")]
pub(crate) async fn at(step: Step) -> Result<()> {
    let name = step.name();
    let Some(what) = fail::eval(name, Option::unwrap_or_default) else { return Ok(()) };
    // Whoever proves counts these lines.
    eprintln!("fault at {name}: {what}");
    match what.as_str() {
        "panic" => panic!("a fault at {name}"),
        "abort" => std::process::abort(),
        "delay" => {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            Ok(())
        }
        _ => Err(crate::Error::internal(format!("a fault at {name}"))),
    }
}

/// A mistake that somebody could have made in the program.
#[cfg(feature = "failpoints")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// A repeated request is not recognized by its key.
    KeyIgnored,
    /// A period is counted from the one before and not from the anchor.
    PeriodFromTheLast,
    /// Rows are written whatever version they have, and are not locked before.
    VersionIgnored,
    /// Subscriptions are committed before their events are written.
    TransactionSplit,
}

/// Whether this mistake is planted.
#[cfg(feature = "failpoints")]
pub(crate) fn planted(mistake: Mistake) -> bool {
    let name = match mistake {
        Mistake::KeyIgnored => "mistake-key",
        Mistake::PeriodFromTheLast => "mistake-period",
        Mistake::VersionIgnored => "mistake-version",
        Mistake::TransactionSplit => "mistake-transaction",
    };
    fail::eval(name, |_| ()).is_some()
}

/// Reads `FAILPOINTS`. The faults go on while what is returned lives.
#[cfg(feature = "failpoints")]
#[must_use]
pub fn switch_on() -> fail::FailScenario<'static> {
    fail::FailScenario::setup()
}
