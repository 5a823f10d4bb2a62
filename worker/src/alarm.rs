//! The alarm of one job: it wakes the job's runner when a tick is due by the database's clock, and when a run was left behind.

use crate::schedule;
use chrono::{DateTime, Utc};
use cron::Schedule;
use domain::{
    Marketplace,
    job::{Job, tick},
};
use futures::{Stream, StreamExt, stream};
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::{sync::Notify, time::sleep};

/// The longest that an alarm sleeps without looking at the clock, which may be set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);

/// How long it waits between these looks: what a crash left half-way is set aside for ten seconds.
const LOOK_EVERY: Duration = Duration::from_secs(12);

/// Why a job's runner is woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wake {
    /// It is this time of the schedule.
    Tick(DateTime<Utc>),
    /// The worker has just begun.
    Look,
    /// A run was left behind.
    Left,
}

/// What an alarm needs.
#[derive(Clone)]
pub(crate) struct Alarm {
    pub(crate) market: Marketplace,
    pub(crate) job: Job,
    pub(crate) schedule: Arc<Schedule>,
    /// Rung when a run of the job was left behind.
    pub(crate) left: Arc<Notify>,
    /// How often it looks by itself at first, whatever the schedule says.
    pub(crate) looks: u32,
}

impl Alarm {
    /// Wakes without end. At first for the last tick before now, if all workers were down then.
    pub(crate) fn wakes(self) -> impl Stream<Item = Result<Wake, Infallible>> {
        let first = stream::once({
            let alarm = self.clone();
            async move { alarm.missed().await }
        });
        // What fell due while nobody worked does not wait for the next minute.
        let looks = stream::iter(0..self.looks).then(|look| async move {
            sleep(LOOK_EVERY * look.min(1)).await;
            Wake::Look
        });
        let begun = self.market.real_now();
        let then = stream::unfold((self, begun), |(alarm, since): (Self, DateTime<Utc>)| async move {
            let (wake, since) = alarm.next(since).await;
            Some((wake, (alarm, since)))
        });
        let ticks = first.filter_map(std::future::ready).chain(then);
        stream::select(ticks, looks).map(Ok)
    }

    /// The last tick before now, if nobody has taken it. Where no tick was ever taken, none was missed.
    async fn missed(&self) -> Option<Wake> {
        let last = schedule::last(&self.schedule, self.market.real_now())?;
        match tick::told(&self.market, self.job).await {
            Ok(told) => told.filter(|told| *told < last).map(|_| Wake::Tick(last)),
            Err(error) => {
                tracing::warn!(job = self.job.name(), %error, "whether a tick was missed shows at the next");
                None
            }
        }
    }

    /// Sleeps until there is something to do, and says until when ticks were told.
    async fn next(&self, since: DateTime<Utc>) -> (Wake, DateTime<Utc>) {
        loop {
            let now = self.market.real_now();
            self.market.pulse().awake(now);
            // A clock that was set back makes no tick come twice, but the next one comes by the new time.
            let since = since.min(now);
            let Some(next) = schedule::next(&self.schedule, since) else {
                sleep(LONGEST_SLEEP).await;
                continue;
            };
            if next <= now {
                let last = schedule::last(&self.schedule, now).unwrap_or(next);
                return (Wake::Tick(last), now.max(last));
            }
            let wait = (next - now).to_std().unwrap_or_default().min(LONGEST_SLEEP);
            tokio::select! {
                () = self.left.notified() => return (Wake::Left, since),
                // Timers are exact to a millisecond, and a clock that is measured can be as much behind.
                () = sleep(wait + Duration::from_millis(2)) => {}
            }
        }
    }
}

/// How many ticks lie between two instants, without these.
pub(crate) fn between(schedule: &Schedule, from: DateTime<Utc>, to: DateTime<Utc>) -> i64 {
    let ticks = schedule.after(&from).take_while(|tick| *tick < to).take(MOST_COUNTED);
    i64::try_from(ticks.count()).unwrap_or(i64::MAX)
}

/// The most ticks that are counted as missed at once: a year of minutes.
const MOST_COUNTED: usize = 366 * 24 * 60;

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use std::str::FromStr;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    #[test]
    fn ticks_are_counted_without_the_two_that_were_taken() {
        let minutes = Schedule::from_str("4 * * * * *").expect("a schedule");
        let taken = at("2026-01-31T09:00:04Z");
        assert_eq!(between(&minutes, taken, taken + TimeDelta::minutes(1)), 0);
        assert_eq!(between(&minutes, taken, taken + TimeDelta::minutes(5)), 4);
        assert_eq!(between(&minutes, at("2026-01-31T09:00:30Z"), at("2026-01-31T09:03:04Z")), 2);
    }
}
