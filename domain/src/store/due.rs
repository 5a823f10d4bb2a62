//! Claiming what is due: several workers share it; what one has locked the others pass over.

use super::same;
use crate::{Result, job::Job, sweep::Task, work::Work};
use chrono::{DateTime, Utc};
use entity::{
    billing_profile,
    id::{BillingProfileId, SubscriptionId},
    invoice, payment, proposal, refund, set_aside,
    state::{DueChange, ProposalStatus},
    subscription::{Column, Entity, Model, Relation},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, RelationTrait,
    sea_query::{Expr, ExprTrait, LockBehavior, LockType, Query},
};
use uuid::Uuid;

/// Which due rows to claim.
#[derive(Clone, Copy)]
pub(crate) enum Which {
    /// The first so many that are not set aside.
    First(u64),
    /// This one, which may be set aside.
    Only(SubscriptionId),
}

/// Which subscriptions it is due on. What ends, renews or lapses by now has something else to tell.
fn is_due(task: Task, now: DateTime<Utc>) -> Condition {
    match task {
        Task::Apply(change) => Condition::all().add(Column::DueChange.eq(change)).add(Column::DueAt.lte(now)),
        Task::Announce => Condition::all()
            .add(Column::RemindAt.lte(now))
            .add(Condition::any().add(Column::DueAt.is_null()).add(Column::DueAt.gt(now))),
    }
}

/// Claims due subscriptions: locked, and left out when somebody else has them.
pub(crate) async fn claim(work: &Work<'_>, job: Job, task: Task, which: Which) -> Result<Vec<Model>> {
    let select = Entity::find().filter(is_due(task, work.at()));
    let select = match which {
        Which::Only(id) => select.filter(Column::Id.eq(id)),
        Which::First(limit) => {
            let select = select.filter(not_set_aside(job, (Entity, Column::Id)));
            let by = match task {
                Task::Apply(_) => Column::DueAt,
                Task::Announce => Column::RemindAt,
            };
            select.order_by_asc(by).order_by_asc(Column::Id).limit(limit)
        }
    };
    Ok(select.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked).all(&work.tx).await?)
}

/// The first subscriptions that it is due on and that are not set aside, locked or not: for whoever goes one by one.
pub(crate) async fn next_subscriptions(
    db: &impl ConnectionTrait,
    job: Job,
    task: Task,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<SubscriptionId>> {
    let select = Entity::find().filter(is_due(task, now)).filter(not_set_aside(job, (Entity, Column::Id)));
    let by = match task {
        Task::Apply(_) => Column::DueAt,
        Task::Announce => Column::RemindAt,
    };
    let select = select.order_by_asc(by).order_by_asc(Column::Id).limit(limit);
    Ok(select.select_only().column(Column::Id).into_tuple().all(db).await?)
}

/// Claims due renewals by billing profile: whoever has a profile renews what is on it, so that its renewals share an
/// invoice. The profile is locked before its subscriptions, against the order of operations; no deadlock comes of it,
/// because nobody waits here.
pub(crate) async fn claim_renewals(work: &Work<'_>, job: Job, which: Which) -> Result<Vec<Model>> {
    let due = |limit: u64| {
        let select = Entity::find()
            .filter(Column::DueChange.eq(DueChange::Renew))
            .filter(Column::DueAt.lte(work.at()));
        let select = match which {
            Which::Only(id) => select.filter(Column::Id.eq(id)),
            Which::First(_) => select.filter(not_set_aside(job, (Entity, Column::Id))),
        };
        select.order_by_asc(Column::DueAt).order_by_asc(Column::Id).limit(limit)
    };
    let limit = match which {
        Which::Only(_) => 1,
        Which::First(limit) => limit,
    };
    // Locked by the statement that picks them: whoever comes second passes over these and takes the next.
    let mut picked = due(limit)
        .select_only()
        .column(Column::BillingProfileId)
        .join(JoinType::InnerJoin, Relation::BillingProfile.def());
    QuerySelect::query(&mut picked).lock_with_tables_behavior(
        LockType::NoKeyUpdate,
        [billing_profile::Entity],
        LockBehavior::SkipLocked,
    );
    let profiles: Vec<BillingProfileId> = picked.into_tuple().all(&work.tx).await?;
    if profiles.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = due(limit).filter(Column::BillingProfileId.is_in(profiles));
    QuerySelect::query(&mut rows).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    Ok(rows.all(&work.tx).await?)
}

/// Whether something of this kind is still due on the subscription, locked or not.
pub(crate) async fn still_due(
    db: &impl ConnectionTrait,
    id: SubscriptionId,
    task: Task,
    now: DateTime<Utc>,
) -> Result<bool> {
    let select = Entity::find_by_id(id).filter(is_due(task, now));
    Ok(select.count(db).await? > 0)
}

/// The next invoices to collect behind a place in their order: by time, then id.
pub(crate) async fn collectable(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    behind: Option<(DateTime<Utc>, Uuid)>,
    limit: u64,
) -> Result<Vec<(DateTime<Utc>, Uuid)>> {
    use invoice::{Column, Entity};
    let mut select = Entity::find()
        .select_only()
        .column(Column::CollectAt)
        .column(Column::Id)
        .filter(Column::CollectAt.lte(now))
        .filter(not_set_aside(Job::CollectPayments, (Entity, Column::Id)));
    if let Some((at, id)) = behind {
        let keys = Expr::tuple([Expr::col((Entity, Column::CollectAt)), Expr::col((Entity, Column::Id))]);
        select = select.filter(ExprTrait::gt(keys, Expr::tuple([Expr::val(at), Expr::val(id)])));
    }
    let select = select.order_by_asc(Column::CollectAt).order_by_asc(Column::Id).limit(limit);
    Ok(select.into_tuple().all(db).await?)
}

/// The attempts whose outcome the gateway is to be asked for.
pub(crate) async fn askable(db: &impl ConnectionTrait, now: DateTime<Utc>, limit: u64) -> Result<Vec<Uuid>> {
    use payment::{Column, Entity};
    Ok(Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::AskAt.lte(now))
        .filter(not_set_aside(Job::CollectPayments, (Entity, Column::Id)))
        .order_by_asc(Column::AskAt)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?)
}

/// The refunds to make or to ask about.
pub(crate) async fn refundable(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Uuid>> {
    use refund::{Column, Entity};
    Ok(Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::AskAt.lte(now))
        .filter(not_set_aside(Job::RefundPayments, (Entity, Column::Id)))
        .order_by_asc(Column::AskAt)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?)
}

/// The open proposals that ran out.
pub(crate) async fn run_out(db: &impl ConnectionTrait, now: DateTime<Utc>, limit: u64) -> Result<Vec<Uuid>> {
    use proposal::{Column, Entity};
    Ok(Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Status.eq(ProposalStatus::Open))
        .filter(Column::ExpiresAt.lte(now))
        .filter(not_set_aside(Job::ExpireProposals, (Entity, Column::Id)))
        .order_by_asc(Column::ExpiresAt)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?)
}

/// When the next thing falls due of all that is not set aside; none when nothing ever will.
pub(crate) async fn next_instant(db: &impl ConnectionTrait) -> Result<Option<DateTime<Utc>>> {
    let mut earliest: Option<DateTime<Utc>> = None;
    for (change, job) in [
        (DueChange::Lapse, Job::DisableLapsedApps),
        (DueChange::Expire, Job::ExpireSubscriptions),
        (DueChange::Renew, Job::RenewSubscriptions),
    ] {
        let first: Option<Option<DateTime<Utc>>> = Entity::find()
            .select_only()
            .column(Column::DueAt)
            .filter(Column::DueChange.eq(change))
            .filter(not_set_aside(job, (Entity, Column::Id)))
            .order_by_asc(Column::DueAt)
            .limit(1)
            .into_tuple()
            .one(db)
            .await?;
        earliest = earliest.into_iter().chain(first.flatten()).min();
    }
    let others = [
        first(db, Job::CollectPayments, (invoice::Entity, invoice::Column::Id), invoice::Column::CollectAt)
            .await?,
        first(db, Job::CollectPayments, (payment::Entity, payment::Column::Id), payment::Column::AskAt)
            .await?,
        first(db, Job::RefundPayments, (refund::Entity, refund::Column::Id), refund::Column::AskAt).await?,
        first_open_proposal(db).await?,
        first_reminder(db).await?,
    ];
    Ok(earliest.into_iter().chain(others.into_iter().flatten()).min())
}

/// The earliest time in a column of what is not set aside.
async fn first<E: EntityTrait>(
    db: &impl ConnectionTrait,
    job: Job,
    (table, id): (E, E::Column),
    at: E::Column,
) -> Result<Option<DateTime<Utc>>> {
    let first: Option<Option<DateTime<Utc>>> = E::find()
        .select_only()
        .column(at)
        .filter(at.is_not_null())
        .filter(not_set_aside(job, (table, id)))
        .order_by_asc(at)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(first.flatten())
}

/// When the next end is to be announced. What falls due before is applied first; where that is set aside, nothing is
/// announced.
async fn first_reminder(db: &impl ConnectionTrait) -> Result<Option<DateTime<Utc>>> {
    let aside = Query::select()
        .expr(Expr::val(1))
        .from(set_aside::Entity)
        .and_where(same((set_aside::Entity, set_aside::Column::SubjectId), (Entity, Column::Id)))
        .to_owned();
    let first: Option<Option<DateTime<Utc>>> = Entity::find()
        .select_only()
        .column(Column::RemindAt)
        .filter(Column::RemindAt.is_not_null())
        .filter(
            Condition::any()
                .add(Column::DueAt.is_null())
                .add(Expr::col((Entity, Column::DueAt)).gt(Expr::col((Entity, Column::RemindAt)))),
        )
        .filter(ExprTrait::not(Expr::exists(aside)))
        .order_by_asc(Column::RemindAt)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(first.flatten())
}

/// When the next open proposal runs out.
async fn first_open_proposal(db: &impl ConnectionTrait) -> Result<Option<DateTime<Utc>>> {
    use proposal::{Column, Entity};
    Ok(Entity::find()
        .select_only()
        .column(Column::ExpiresAt)
        .filter(Column::Status.eq(ProposalStatus::Open))
        .filter(not_set_aside(Job::ExpireProposals, (Entity, Column::Id)))
        .order_by_asc(Column::ExpiresAt)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?)
}

fn not_set_aside<E: EntityTrait>(job: Job, (table, id): (E, E::Column)) -> Expr {
    let aside = Query::select()
        .expr(Expr::val(1))
        .from(set_aside::Entity)
        .and_where(set_aside::Column::Job.eq(job.name()))
        .and_where(same((set_aside::Entity, set_aside::Column::SubjectId), (table, id)))
        .to_owned();
    ExprTrait::not(Expr::exists(aside))
}
