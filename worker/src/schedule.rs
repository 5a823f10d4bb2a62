//! The schedules: how they are written, and their ticks around an instant.

use chrono::{DateTime, TimeDelta, Utc};
use cron::Schedule;
use std::str::FromStr;

/// When a job runs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum When {
    /// With the sweeps, so many seconds behind a full minute. Sweeps that come more often keep this order as far as it fits.
    Sweep {
        /// How many seconds behind.
        second: u32,
    },
    /// Seconds, minutes, hours, days, months, weekdays, in UTC.
    Cron(&'static str),
}

/// How often a sweep looks at once when its worker starts: for the first minute.
const LOOKS: u32 = 5;

impl When {
    /// How often the job looks for work when its worker starts, before its first tick.
    pub(crate) fn looks_at_start(self) -> u32 {
        match self {
            Self::Sweep { .. } => LOOKS,
            Self::Cron(_) => 0,
        }
    }

    /// The schedule, when sweeps come every so many seconds; or what cannot be read.
    pub(crate) fn schedule(self, sweep_every: u32) -> Result<Schedule, String> {
        let text = match self {
            Self::Sweep { second } => {
                let seconds: Vec<_> = (0..60_u32)
                    .filter(|at| at % sweep_every.max(1) == second % sweep_every.max(1))
                    .map(|at| at.to_string())
                    .collect();
                format!("{} * * * * *", seconds.join(","))
            }
            Self::Cron(text) => text.to_owned(),
        };
        Schedule::from_str(&text).map_err(|_| text)
    }
}

/// The first tick after this instant.
pub(crate) fn next(schedule: &Schedule, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
    schedule.after(&after).next()
}

/// The last tick at or before this instant.
pub(crate) fn last(schedule: &Schedule, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    schedule.after(&(now + TimeDelta::seconds(2))).rev().find(|tick| *tick <= now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    fn ticks(when: When, every: u32, from: &str, count: usize) -> Vec<DateTime<Utc>> {
        let schedule = when.schedule(every).expect("a schedule");
        schedule.after(&at(from)).take(count).collect()
    }

    #[test]
    fn sweeps_come_every_minute_or_more_often() {
        let when = When::Sweep { second: 4 };
        assert_eq!(
            ticks(when, 60, "2026-01-31T09:00:00Z", 2),
            [at("2026-01-31T09:00:04Z"), at("2026-01-31T09:01:04Z")]
        );
        assert_eq!(
            ticks(when, 3, "2026-01-31T09:00:58Z", 2),
            [at("2026-01-31T09:01:01Z"), at("2026-01-31T09:01:04Z")]
        );
    }

    #[test]
    fn the_last_tick_is_the_one_before_or_now() {
        let schedule = When::Sweep { second: 4 }.schedule(60).expect("a schedule");
        for (now, tick) in [
            ("2026-01-31T09:00:04Z", "2026-01-31T09:00:04Z"),
            ("2026-01-31T09:00:04.000001Z", "2026-01-31T09:00:04Z"),
            ("2026-01-31T09:00:03.999999Z", "2026-01-31T08:59:04Z"),
            ("2026-01-31T09:00:05Z", "2026-01-31T09:00:04Z"),
            ("2026-02-01T00:00:00Z", "2026-01-31T23:59:04Z"),
        ] {
            assert_eq!(last(&schedule, at(now)), Some(at(tick)), "{now}");
        }
        let hourly = When::Cron("0 30 * * * *").schedule(60).expect("a schedule");
        assert_eq!(last(&hourly, at("2026-01-31T09:10:00Z")), Some(at("2026-01-31T08:30:00Z")));
    }
}
