//! After the last fault: what is still due, and how long until nothing is.

use super::world::{World, how};
use chrono::{DateTime, TimeDelta, Utc};
use domain::Database;
use entity::{invoice, payment, refund, sandbox_clock, set_aside, subscription};
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long it is waited for at most, to say how long it took.
const PATIENCE: Duration = Duration::from_secs(240);

/// Waits until nothing is due. How long that took, or what is left.
pub(super) async fn settles(world: &World) -> Result<Duration, String> {
    let since = Instant::now();
    let db = Database::connect(&how(&world.url)).await.map_err(|error| error.to_string())?;
    let outcome = loop {
        let left = left(&db).await;
        match left {
            Ok(left) if left.is_empty() => break Ok(since.elapsed()),
            Ok(left) if since.elapsed() > PATIENCE => break Err(left.join(", ")),
            Err(error) if since.elapsed() > PATIENCE => break Err(error.to_string()),
            Ok(_) | Err(_) => sleep(Duration::from_millis(250)).await,
        }
    };
    let _ = db.close().await;
    outcome
}

/// What is due by now, set aside or not.
async fn left(db: &Database) -> Result<Vec<String>, sea_orm::DbErr> {
    let read = db.read();
    let ahead = sandbox_clock::Entity::find_by_id(1).one(read).await?.map_or(0, |row| row.offset_micros);
    let now: DateTime<Utc> = tenure::program::real_now() + TimeDelta::microseconds(ahead);
    let announced = Condition::all().add(subscription::Column::RemindAt.lte(now)).add(
        Condition::any().add(subscription::Column::DueAt.is_null()).add(subscription::Column::DueAt.gt(now)),
    );
    let counts = [
        (
            "changes",
            subscription::Entity::find().filter(subscription::Column::DueAt.lte(now)).count(read).await?,
        ),
        ("reminders", subscription::Entity::find().filter(announced).count(read).await?),
        (
            "invoices to collect",
            invoice::Entity::find().filter(invoice::Column::CollectAt.lte(now)).count(read).await?,
        ),
        (
            "charges to ask about",
            payment::Entity::find().filter(payment::Column::AskAt.lte(now)).count(read).await?,
        ),
        ("refunds", refund::Entity::find().filter(refund::Column::AskAt.lte(now)).count(read).await?),
        ("rows set aside", set_aside::Entity::find().count(read).await?),
    ];
    Ok(counts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(what, count)| format!("{count} {what}"))
        .collect())
}
