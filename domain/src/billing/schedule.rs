//! When a declined charge is tried again.

use chrono::{DateTime, TimeDelta, Utc};

/// The next attempt after `now` for an invoice due at `due_at`: on these days after the due time, while in grace. Days
/// that passed unused, in an outage, are not made up for one by one: the next one counts.
pub fn next_attempt(
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
    retry_days: &[i64],
    grace: TimeDelta,
) -> Option<DateTime<Utc>> {
    retry_days
        .iter()
        .map(|days| due_at + TimeDelta::days(*days))
        .filter(|at| *at > now && *at < due_at + grace)
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(number)
    }

    const DAYS: [i64; 5] = [3, 5, 7, 14, 21];

    #[test]
    fn on_the_retry_days_while_in_grace() {
        let next = |now| next_attempt(day(0), day(now), &DAYS, TimeDelta::days(30));
        assert_eq!(
            [0, 3, 5, 7, 14, 21].map(next),
            [Some(day(3)), Some(day(5)), Some(day(7)), Some(day(14)), Some(day(21)), None]
        );
    }

    #[test]
    fn days_missed_in_an_outage_become_one() {
        assert_eq!(next_attempt(day(0), day(8), &DAYS, TimeDelta::days(30)), Some(day(14)));
    }

    #[test]
    fn not_after_grace() {
        assert_eq!(next_attempt(day(0), day(8), &DAYS, TimeDelta::days(10)), None);
        assert_eq!(next_attempt(day(0), day(0), &DAYS, TimeDelta::zero()), None);
        // Nor at the very moment at which it ends.
        assert_eq!(next_attempt(day(0), day(14), &DAYS, TimeDelta::days(21)), None);
        assert_eq!(next_attempt(day(100), day(101), &DAYS, TimeDelta::days(30)), Some(day(103)));
    }
}
