//! When a message is tried again: the schedule of Standard Webhooks, with jitter.

use chrono::{DateTime, TimeDelta, Utc};

/// How long after each attempt that failed the next one follows; after the last there is none.
/// <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#deliverability-and-reliability>
pub const DELAYS: [TimeDelta; 9] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(10),
    TimeDelta::hours(14),
    TimeDelta::hours(20),
    TimeDelta::hours(24),
];

/// How much later than that an attempt comes at most, as a part of the delay: one in five. Never earlier.
const JITTER: i32 = 5;

/// The longest that an endpoint can ask to be left alone for.
pub const LONGEST: TimeDelta = TimeDelta::hours(24);

/// How long to wait after so many attempts have failed; none when that was the last.
pub fn delay(failed: i64, random: u64) -> Option<TimeDelta> {
    let index = usize::try_from(failed.checked_sub(1)?).ok()?;
    let delay = *DELAYS.get(index)?;
    let room = (delay / JITTER).num_milliseconds().unsigned_abs();
    let jitter = u128::from(room) * u128::from(random) / (u128::from(u64::MAX) + 1);
    Some(delay + TimeDelta::milliseconds(i64::try_from(jitter).unwrap_or(0)))
}

/// How long an answer asks to be left alone for, in seconds or until a date, within reason.
pub fn retry_after(header: &str, now: DateTime<Utc>) -> Option<TimeDelta> {
    let header = header.trim();
    let wait = match header.parse::<u32>() {
        Ok(seconds) => TimeDelta::seconds(i64::from(seconds)),
        Err(_) => DateTime::parse_from_rfc2822(header).ok()?.to_utc() - now,
    };
    (wait > TimeDelta::zero()).then(|| wait.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_attempt_comes_on_schedule_or_a_fifth_later_at_most(failed in 1_i64..=9, random: u64) {
            let scheduled = DELAYS[usize::try_from(failed - 1).unwrap()];
            let delay = delay(failed, random).unwrap();
            prop_assert!(delay >= scheduled && delay < scheduled + scheduled / 5);
        }

        #[test]
        fn there_are_ten_attempts(failed in 10_i64.., random: u64) {
            prop_assert_eq!(delay(failed, random), None);
        }

        #[test]
        fn any_header_is_survived(header in ".*") {
            let wait = retry_after(&header, DateTime::UNIX_EPOCH);
            prop_assert!(wait.is_none_or(|wait| wait > TimeDelta::zero() && wait <= LONGEST));
        }
    }

    #[test]
    fn the_jitter_uses_its_room() {
        assert_eq!(delay(2, 0), Some(TimeDelta::minutes(5)));
        assert_eq!(delay(2, u64::MAX / 2), Some(TimeDelta::seconds(330) - TimeDelta::milliseconds(1)));
        let whole = TimeDelta::minutes(6) - TimeDelta::milliseconds(1);
        assert_eq!(delay(2, u64::MAX), Some(whole), "never quite a fifth");
        assert_eq!(delay(0, 0), None);
        assert_eq!(delay(i64::MIN, 0), None);
    }

    #[test]
    fn an_endpoint_may_ask_for_time() {
        let now = "2015-10-21T07:27:00Z".parse().unwrap();
        assert_eq!(retry_after("120", now), Some(TimeDelta::minutes(2)));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT", now), Some(TimeDelta::minutes(1)));
        assert_eq!(retry_after("4000000000", now), Some(LONGEST));
        for nothing in ["", "soon", "-5", "0", "Wed, 21 Oct 2015 07:26:00 GMT"] {
            assert_eq!(retry_after(nothing, now), None, "{nothing}");
        }
    }
}
