//! Sweeps: everything that is due, batch by batch, until nothing is.
//!
//! A sweep takes no input and is idempotent; two that run at once share the work. A row that fails is set aside,
//! reported and tried again by itself, and blocks no other. Where a process ended or hung half-way, the next run goes row by
//! row and sets each aside before it touches it: whichever was to blame is not touched again before the others are done.

mod aside;
mod collect;
mod deliver;
mod expire_proposals;
mod prune;
mod refund;

pub(crate) use self::{
    collect::collect, deliver::deliver, expire_proposals::expire_proposals, prune::prune, refund::refund,
};

use self::aside::Mark;
use crate::{
    By, Error, Marketplace, Result,
    billing::{charge::Offers, issue},
    calendar::Period,
    fault,
    job::Job,
    store::due::{self, Which},
    subscription::{Subscription, announce_ending::announce, due::enact},
    work::Work,
};
use chrono::NaiveDate;
use entity::{
    id::{BillingProfileId, SubscriptionId},
    invoice_line,
    state::DueChange,
};
use std::collections::BTreeMap;

/// What a sweep did.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// How many rows it changed.
    pub changed: i64,
    /// How many it left because someone else was there first.
    pub skipped: i64,
    /// How many it set aside.
    pub failed: i64,
    /// What went wrong first.
    pub error: Option<String>,
    /// Whether something stopped it before everything that is due was tried.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub broken: bool,
    /// Whether it ended early because it was asked to.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unfinished: bool,
}

impl Report {
    /// Whether there was anything to do.
    pub fn had_work(&self) -> bool {
        self.changed > 0 || self.failed > 0 || self.error.is_some()
    }

    fn stopped_by(mut self, outcome: Result<()>) -> Self {
        if let Err(error) = outcome {
            tracing::error!(%error, "a sweep was stopped");
            self.error.get_or_insert_with(|| error.to_string());
            self.broken = true;
        }
        self
    }

    /// Whether it shall go on with what is due.
    pub(crate) fn goes_on(&mut self, market: &Marketplace) -> bool {
        self.unfinished |= market.stopping();
        !self.unfinished
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.changed += other.changed;
        self.skipped += other.skipped;
        self.failed += other.failed;
        if self.error.is_none() {
            self.error = other.error;
        }
        self.broken |= other.broken;
        self.unfinished |= other.unfinished;
    }

    pub(crate) fn failure(&mut self, error: &Error) {
        self.failed += 1;
        self.error.get_or_insert_with(|| error.to_string());
    }
}

/// What a sweep does with subscriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// Applies what is due of this kind.
    Apply(DueChange),
    /// Tells that they end soon.
    Announce,
}

/// Does everything of one kind that is due on subscriptions. What stops it half-way is in the report too.
pub(crate) async fn due(market: &Marketplace, job: Job, task: Task) -> Report {
    let mut report = Report::default();
    let outcome = drain(market, job, task, &mut report).await;
    report.stopped_by(outcome)
}

async fn drain(market: &Marketplace, job: Job, task: Task, report: &mut Report) -> Result<()> {
    if market.careful() {
        one_by_one(market, job, task, report).await?;
    } else {
        in_batches(market, job, task, report).await?;
    }
    for subject in aside::to_retry(market, job).await? {
        if !report.goes_on(market) {
            break;
        }
        let id = SubscriptionId(subject);
        if let Some(mark) = aside::begin_again(market, job, subject).await? {
            alone(market, job, task, id, mark, report).await?;
        }
    }
    Ok(())
}

async fn in_batches(market: &Marketplace, job: Job, task: Task, report: &mut Report) -> Result<()> {
    while report.goes_on(market) {
        let batch = claimed_batch(market, job, task, Which::First(market.settings().sweep_batch)).await?;
        market.step();
        if batch.claimed.is_empty() {
            break;
        }
        if batch.written.is_err() {
            // Nothing of the batch was written: whoever is at fault is found one by one.
            for id in batch.claimed {
                alone(market, job, task, id, Mark::None, report).await?;
            }
            continue;
        }
        report.changed += batch.changed;
        for (id, error) in batch.failures {
            aside::put(market, job, id.0, &error).await?;
            report.failure(&error);
        }
    }
    Ok(())
}

async fn one_by_one(market: &Marketplace, job: Job, task: Task, report: &mut Report) -> Result<()> {
    while report.goes_on(market) {
        let now = market.now().await?.business;
        let limit = market.settings().sweep_batch;
        let ids = due::next_subscriptions(market.db().read(), job, task, now, limit).await?;
        if ids.is_empty() {
            break;
        }
        // Each is done, or set aside: none comes twice.
        for id in ids {
            if !report.goes_on(market) {
                break;
            }
            if let Some(mark) = aside::begin(market, job, id.0).await? {
                alone(market, job, task, id, mark, report).await?;
            }
        }
    }
    Ok(())
}

/// Tries one row by itself: it is done, or set aside until its next retry.
async fn alone(
    market: &Marketplace,
    job: Job,
    task: Task,
    id: SubscriptionId,
    mark: Mark,
    report: &mut Report,
) -> Result<()> {
    let batch = claimed_batch(market, job, task, Which::Only(id)).await?;
    market.step();
    let failure = match (batch.written, batch.failures.into_iter().next()) {
        (Err(error), _) | (Ok(()), Some((_, error))) => Some(error),
        (Ok(()), None) => None,
    };
    if let Some(error) = failure {
        aside::failed(market, job, id.0, &error, mark).await?;
        report.failure(&error);
        return Ok(());
    }
    report.changed += batch.changed;
    if batch.claimed.is_empty() {
        report.skipped += 1;
        // Somebody else may have it locked: then it keeps its place and its next retry.
        if due::still_due(market.db().read(), id, task, market.now().await?.business).await? {
            return Ok(());
        }
    }
    aside::forget(market, job, id.0).await
}

struct Batch {
    claimed: Vec<SubscriptionId>,
    changed: i64,
    failures: Vec<(SubscriptionId, Error)>,
    written: Result<()>,
}

/// Claims, decides and writes one batch in one transaction.
async fn claimed_batch(market: &Marketplace, job: Job, task: Task, which: Which) -> Result<Batch> {
    let mut work = market.begin(&By::system()).await?;
    let rows = match task {
        Task::Apply(DueChange::Renew) => due::claim_renewals(&work, job, which).await?,
        Task::Apply(DueChange::Lapse | DueChange::Expire) | Task::Announce => {
            due::claim(&work, job, task, which).await?
        }
    };
    let claimed: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut batch = Batch { claimed, changed: 0, failures: Vec::new(), written: Ok(()) };
    if rows.is_empty() {
        return Ok(batch);
    }
    for row in &rows {
        fault::touched(row.id.0).await;
    }
    let offers = Offers::of(&work.tx, &rows).await?;
    let mut charges = Charges::default();
    for row in rows {
        let id = row.id;
        let enacted = Subscription::living(row).and_then(|mut subscription| {
            let lines = match task {
                Task::Apply(change) => enact(&mut work, &mut subscription, change, &offers)?,
                Task::Announce => announce(&mut work, &mut subscription).map(|()| Vec::new())?,
            };
            charges.add(&subscription, lines, work.at().date_naive());
            Ok(())
        });
        match enacted {
            Ok(()) => batch.changed += 1,
            Err(error) => batch.failures.push((id, error)),
        }
    }
    batch.written = match charges.issue(&mut work).await {
        Ok(()) => work.commit().await,
        Err(error) => Err(error),
    };
    Ok(batch)
}

/// The charges of a batch, by the invoice that they share: renewals of one profile that begin today share one, and
/// whatever is late has its own.
#[derive(Default)]
struct Charges {
    shared: BTreeMap<BillingProfileId, Vec<invoice_line::Model>>,
    own: Vec<(BillingProfileId, Vec<invoice_line::Model>)>,
}

impl Charges {
    fn add(&mut self, subscription: &Subscription, lines: Vec<invoice_line::Model>, today: NaiveDate) {
        let profile = subscription.row.billing_profile_id;
        let begins_today = subscription.period().is_some_and(|Period { start, .. }| start == today);
        if lines.is_empty() {
            return;
        }
        if begins_today && subscription.ended().is_none() {
            self.shared.entry(profile).or_default().extend(lines);
        } else {
            self.own.push((profile, lines));
        }
    }

    async fn issue(self, work: &mut Work<'_>) -> Result<()> {
        let charged: Vec<_> = self.shared.into_iter().chain(self.own).collect();
        let payers = work.payers(charged.iter().map(|(profile, _)| *profile).collect()).await?;
        for (profile, lines) in charged {
            let payer = payers.iter().find(|payer| payer.profile.id == profile);
            let payer = payer.ok_or_else(|| Error::internal(format!("no billing profile {profile:?}")))?;
            issue::invoice(work, payer, lines)?;
        }
        Ok(())
    }
}
