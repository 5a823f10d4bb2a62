//! Billing periods: calendar dates in UTC, first day inclusive, end exclusive.
//!
//! Period `k` starts `k` intervals after the anchor, always counted from the anchor and never from the period before, and
//! a day that the month does not have becomes its last: 31 January, 28 February, 31 March. So periods tile.

use crate::{Error, Result};
use chrono::{DateTime, Months, NaiveDate, NaiveTime, Utc};
use entity::state::BillingInterval;

/// One period of an anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Counted from 0.
    pub number: i64,
    /// Its first day.
    pub start: NaiveDate,
    /// The day after its last.
    pub end: NaiveDate,
}

impl Period {
    /// Period `number` of an anchor.
    ///
    /// # Errors
    /// `Internal` when the calendar does not reach that far.
    pub fn of(anchor: NaiveDate, interval: BillingInterval, number: i64) -> Result<Self> {
        Ok(Self {
            number,
            start: after_intervals(anchor, interval, number)?,
            end: after_intervals(anchor, interval, number.saturating_add(1))?,
        })
    }

    /// How many days it has.
    pub fn days(&self) -> i64 {
        (self.end - self.start).num_days()
    }

    /// How many of its days are left, the given one included.
    pub fn days_left(&self, from: NaiveDate) -> i64 {
        (self.end - from.max(self.start)).num_days().max(0)
    }

    /// The instant at which it ends.
    pub fn ends_at(&self) -> DateTime<Utc> {
        midnight(self.end)
    }
}

/// When the date begins: 00:00 UTC. What is due on a date falls due then.
pub fn midnight(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(NaiveTime::MIN).and_utc()
}

fn after_intervals(anchor: NaiveDate, interval: BillingInterval, number: i64) -> Result<NaiveDate> {
    let months = match interval {
        BillingInterval::Month => Some(number),
        BillingInterval::Year => number.checked_mul(12),
    };
    months
        .and_then(|months| u32::try_from(months).ok())
        .and_then(|months| anchor.checked_add_months(Months::new(months)))
        .ok_or_else(|| Error::internal("a period is out of the calendar's range"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Datelike;
    use proptest::prelude::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_that_the_month_lacks_becomes_its_last_and_comes_back() {
        let starts: Vec<_> = (0..4)
            .map(|k| Period::of(date("2026-01-31"), BillingInterval::Month, k).unwrap().start.to_string())
            .collect();
        assert_eq!(starts, ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]);
    }

    #[test]
    fn the_days_that_are_left_include_today_and_never_more_than_the_period_has() {
        let period = Period::of(date("2026-01-31"), BillingInterval::Month, 0).unwrap();
        assert_eq!(period.days(), 28);
        let left = |from| period.days_left(date(from));
        assert_eq!(["2026-01-31", "2026-02-10", "2026-02-27"].map(left), [28, 18, 1]);
        assert_eq!(["2026-01-01", "2026-02-28", "2026-03-05"].map(left), [28, 0, 0]);
        assert_eq!(period.ends_at().to_rfc3339(), "2026-02-28T00:00:00+00:00");
    }

    #[test]
    fn what_the_calendar_does_not_reach_is_an_error() {
        for interval in [BillingInterval::Month, BillingInterval::Year] {
            for number in [-1, i64::MAX, i64::MAX - 1, 10_000_000] {
                assert!(Period::of(date("2026-01-31"), interval, number).is_err(), "{interval:?} {number}");
            }
        }
    }

    /// Periods that five billing engines state in their tests.
    #[test]
    fn other_billing_engines_agree() {
        let rows = include_str!("../testdata/billing_periods.csv")
            .lines()
            .skip(1)
            .map(|line| line.split(',').collect::<Vec<_>>());
        let mut seen = 0;
        for row in rows {
            let interval = match row[1] {
                "monthly" => BillingInterval::Month,
                "yearly" => BillingInterval::Year,
                other => panic!("interval {other}"),
            };
            let of = |k| Period::of(date(row[0]), interval, k).unwrap();
            let period = match row[2].parse() {
                Ok(k) => of(k),
                Err(_) => (0..1000).map(of).find(|p| p.start >= date(row[3])).unwrap(),
            };
            if !row[3].is_empty() {
                assert_eq!(period.start, date(row[3]), "{row:?}");
            }
            if !row[4].is_empty() {
                assert_eq!(period.end, date(row[4]), "{row:?}");
            }
            seen += 1;
        }
        assert_eq!(seen, 103, "rows of the table");
    }

    proptest! {
        #[test]
        fn periods_tile(days in 0_u64..7671, number in 0_i64..300, yearly: bool) {
            let anchor = date("2020-01-01") + chrono::Days::new(days);
            let interval = if yearly { BillingInterval::Year } else { BillingInterval::Month };
            let this = Period::of(anchor, interval, number).unwrap();
            let next = Period::of(anchor, interval, number + 1).unwrap();
            prop_assert_eq!(this.end, next.start);
            prop_assert!(this.start < this.end);
            prop_assert_eq!(Period::of(anchor, interval, 0).unwrap().start, anchor);
        }
    }

    /// Every day from 2020 to 2040 as the anchor, both intervals, thirty periods each. The days are worked
    /// out from the lengths of months, without the arithmetic that is tested.
    #[test]
    fn every_period_starts_so_many_months_after_its_anchor_clamped_and_where_the_last_one_ended() {
        let last_day = |year: i32, month: i32| match month {
            2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let numbers = |day: NaiveDate| (day.year(), day.month() as i32, day.day() as i32);
        let end = date("2041-01-01");
        for anchor in date("2020-01-01").iter_days().take_while(|anchor| *anchor < end) {
            for (interval, months) in [(BillingInterval::Month, 1), (BillingInterval::Year, 12)] {
                let mut last_end = anchor;
                for k in 0..30 {
                    let period = Period::of(anchor, interval, i64::from(k)).unwrap();
                    let (year, month, day) = numbers(anchor);
                    let counted = year * 12 + (month - 1) + k * months;
                    let (year, month) = (counted / 12, counted % 12 + 1);
                    let expected = (year, month, day.min(last_day(year, month)));
                    assert_eq!(numbers(period.start), expected, "period {k} of {anchor}");
                    assert_eq!(period.start, last_end, "a gap or an overlap before period {k} of {anchor}");
                    assert!(period.start < period.end, "period {k} of {anchor} has no day");
                    last_end = period.end;
                }
            }
        }
    }
}
