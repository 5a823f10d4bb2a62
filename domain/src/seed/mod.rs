//! Bulk sample data, for measuring: the same for the same numbers and day.
//!
//! It is made by the parts that the operations are made of, a thousand subscriptions in a transaction, so that the law, the
//! histories, the invoices and their numbers are those of a marketplace that has been at work for months. What no operation
//! makes in the demo either, such as who publishes and what is sold, has no event.

mod life;
mod world;

use self::{
    life::{Step, steps},
    world::World,
};
use crate::{Error, ManualClock, Marketplace, Result, calendar::midnight};
use chrono::NaiveDate;
use entity::{id::SubscriptionId, organization};
use sea_orm::EntityTrait;

/// How much to make.
#[derive(Debug, Clone, Copy)]
pub struct Seed {
    /// How many organizations, each with an owner, nine more users and a billing profile.
    pub organizations: u32,
    /// How many subscriptions in all, spread evenly.
    pub subscriptions: u32,
    /// How many monthly periods each has been charged for, and paid.
    pub invoices_per_subscription: u32,
}

/// How many subscriptions are written in one transaction.
const BATCH: usize = 1000;

/// Fills a database without organizations, as if everything had happened in the months before `today`. Nothing falls due
/// before the day after it. The marketplace has to go by `clock`; `told` hears how many steps of how many are done.
///
/// # Errors
/// `Invalid` when there are organizations already, or numbers that cannot be; what the database said.
pub async fn seed(
    market: &Marketplace,
    clock: &ManualClock,
    what: Seed,
    today: NaiveDate,
    mut told: impl FnMut(usize, usize),
) -> Result<()> {
    if what.organizations == 0 || what.invoices_per_subscription == 0 {
        return Err(Error::invalid(
            "organizations",
            "name at least one organization, and one invoice for each subscription",
        ));
    }
    if organization::Entity::find().one(market.db().read()).await?.is_some() {
        return Err(Error::invalid("database", "there are organizations already: seed an empty database"));
    }
    let steps = steps(what, today)?;
    let begins = steps.first().map_or_else(|| midnight(today), |step| step.at);
    clock.set(begins);
    let world = World::make(market, what.organizations).await?;
    let mut ids = vec![SubscriptionId(uuid::Uuid::nil()); index(what.subscriptions)];
    for (done, step) in steps.iter().enumerate() {
        told(done, steps.len());
        let numbers = step.numbers(what.subscriptions);
        for batch in numbers.chunks(BATCH) {
            clock.set(step.at);
            take(step, market, clock, &world, batch, &mut ids).await?;
        }
    }
    told(steps.len(), steps.len());
    Ok(())
}

/// Takes a step with some subscriptions, and pays what it charges.
async fn take(
    step: &Step,
    market: &Marketplace,
    clock: &ManualClock,
    world: &World,
    batch: &[u32],
    ids: &mut [SubscriptionId],
) -> Result<()> {
    let charged = step.take(market, world, batch, ids).await?;
    if charged.is_empty() {
        return Ok(());
    }
    clock.set(step.at + life::PAID_AFTER);
    life::pay(market, &charged).await
}

/// A number as a place in a list.
fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
