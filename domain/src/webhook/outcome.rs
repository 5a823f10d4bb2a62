//! What follows from an attempt: for the message, and for the endpoint.

use super::{
    post::Answer,
    schedule::{delay, retry_after},
};
use chrono::{DateTime, TimeDelta, Utc};
use entity::state::{WebhookDeliveryStatus as Status, WebhookDisabledReason as Reason};

/// For how long all attempts at an endpoint have to fail until it is disabled.
pub(super) const PATIENCE: TimeDelta = TimeDelta::days(5);

/// The status with which an endpoint says that it wants nothing any more.
const GONE: u16 = 410;

/// What an attempt met.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    /// When the attempt began.
    pub(super) began: DateTime<Utc>,
    /// When it ended.
    pub(super) now: DateTime<Utc>,
    /// How many attempts at this message count before it.
    pub(super) tries: i64,
    /// Since when all attempts at the endpoint have failed.
    pub(super) failing_since: Option<DateTime<Utc>>,
    /// Whether nothing is sent to the endpoint any more.
    pub(super) closed: bool,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct After {
    /// What has become of the message.
    pub(super) status: Status,
    /// When it is tried again.
    pub(super) next: Option<DateTime<Utc>>,
    /// Since when all attempts at the endpoint have failed.
    pub(super) failing_since: Option<DateTime<Utc>>,
    /// Why the endpoint is disabled from now on, if it is.
    pub(super) disabled: Option<Reason>,
}

/// Decides what follows from an answer.
pub(super) fn outcome(before: Before, answer: &Answer, random: u64) -> After {
    if answer.took_it() {
        return After { status: Status::Succeeded, next: None, failing_since: None, disabled: None };
    }
    let since = before.failing_since.unwrap_or(before.began);
    if answer.status == Some(GONE) {
        let disabled = (!before.closed).then_some(Reason::Gone);
        return After { status: Status::Failed, next: None, failing_since: Some(since), disabled };
    }
    let failing = !before.closed && before.now - since >= PATIENCE;
    let disabled = failing.then_some(Reason::Failing);
    let (status, next) = match delay(before.tries + 1, random) {
        None => (Status::Failed, None),
        Some(_) if before.closed || failing => (Status::Pending, None),
        Some(delay) => {
            let asked = answer.retry_after.as_deref().and_then(|header| retry_after(header, before.now));
            (Status::Pending, Some(before.now + asked.map_or(delay, |asked| asked.max(delay))))
        }
    };
    After { status, next, failing_since: Some(since), disabled }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn before() -> Before {
        let now = at("2026-03-01T00:00:00Z");
        Before { began: now, now, tries: 0, failing_since: None, closed: false }
    }

    fn answered(status: u16) -> Answer {
        Answer { status: Some(status), ..Answer::default() }
    }

    #[test]
    fn two_hundreds_are_success_and_nothing_else_is() {
        for status in [200, 201, 204, 299] {
            let met = Before { failing_since: Some(at("2026-02-27T00:00:00Z")), tries: 3, ..before() };
            let after = outcome(met, &answered(status), 0);
            assert_eq!((after.status, after.next, after.failing_since), (Status::Succeeded, None, None));
        }
        for status in [100, 199, 300, 301, 307, 400, 404, 429, 500, 503] {
            let after = outcome(before(), &answered(status), 0);
            assert_eq!(after.status, Status::Pending, "{status}");
            assert_eq!(after.next, Some(at("2026-03-01T00:00:05Z")), "{status}");
            assert_eq!(after.failing_since, Some(at("2026-03-01T00:00:00Z")), "{status}");
        }
        assert_eq!(outcome(before(), &Answer::default(), 0).status, Status::Pending);
    }

    #[test]
    fn gone_is_the_end() {
        let after = outcome(before(), &answered(410), 0);
        assert_eq!((after.status, after.next, after.disabled), (Status::Failed, None, Some(Reason::Gone)));
        let closed = outcome(Before { closed: true, ..before() }, &answered(410), 0);
        assert_eq!(closed.disabled, None);
    }

    #[test]
    fn five_days_of_failures_are_enough() {
        let almost = Before { failing_since: Some(at("2026-02-24T00:00:00.000001Z")), ..before() };
        assert_eq!(outcome(almost, &answered(500), 0).disabled, None);
        let enough = Before { failing_since: Some(at("2026-02-24T00:00:00Z")), ..before() };
        let after = outcome(enough, &answered(500), 0);
        assert_eq!(
            (after.disabled, after.status, after.next),
            (Some(Reason::Failing), Status::Pending, None)
        );
    }

    #[test]
    fn the_tenth_failure_is_the_last() {
        assert_eq!(outcome(Before { tries: 9, ..before() }, &answered(500), 0).status, Status::Failed);
        assert_eq!(outcome(Before { tries: 8, ..before() }, &answered(500), 0).status, Status::Pending);
    }

    #[test]
    fn an_endpoint_may_ask_for_more_time_and_not_for_less() {
        let asks = |time: &str| Answer { retry_after: Some(time.into()), ..answered(503) };
        assert_eq!(outcome(before(), &asks("60"), 0).next, Some(at("2026-03-01T00:01:00Z")));
        assert_eq!(outcome(before(), &asks("1"), 0).next, Some(at("2026-03-01T00:00:05Z")));
        assert_eq!(outcome(before(), &asks("9999999"), 0).next, Some(at("2026-03-02T00:00:00Z")));
    }

    #[test]
    fn what_is_closed_is_tried_no_more() {
        let after = outcome(Before { closed: true, ..before() }, &answered(500), 0);
        assert_eq!((after.status, after.next, after.disabled), (Status::Pending, None, None));
    }
}
