//! Ending a partnership, by either side. What the partner manages goes on to the end of its period, and no further.

use crate::{
    Actor, By, Error, Marketplace, Member, Result,
    organization::people,
    subscription::{
        Subscription, due,
        lifecycle::{Change, State},
    },
    work::Work,
};
use entity::{
    id::{OrganizationId, PartnerId, PartnershipId, SubscriptionId},
    partnership::{Entity, Model},
    state::{EventType, PartnershipStatus, Role, Status},
    subscription,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Set,
};
use serde_json::json;

/// Ends it, and the auto-renewal of everything that the partner manages for the organization. Ending an ended one changes
/// nothing.
///
/// # Errors
/// `NotFound`; `Forbidden` for members who are no owners, and everybody who is neither side.
pub async fn end_partnership(market: &Marketplace, by: &By, id: PartnershipId) -> Result<PartnershipId> {
    loop {
        let mut work = market.begin(by).await?;
        let seen = work.reader().find_by_id::<Entity>(id).one(&work.tx).await?;
        let seen = seen.ok_or_else(|| Error::not_found("partnershipId"))?;
        may_end(&by.actor)?;
        let mut organization = people::locked(&work, seen.organization_id).await?;
        let managed = managed(&work, &seen).await?;
        let mut subscriptions = work.locked_subscriptions(&managed, false).await?;
        let locked = Entity::find_by_id(id).lock_exclusive().one(&work.tx).await?;
        let partnership = locked.ok_or_else(|| Error::not_found("partnershipId"))?;
        if partnership.status == PartnershipStatus::Ended {
            return Ok(id);
        }
        // A purchase may have come between the look and the lock; nothing can be bought from here on.
        if self::managed(&work, &seen).await?.iter().any(|id| !managed.contains(id)) {
            work.rollback().await?;
            continue;
        }
        for subscription in &mut subscriptions {
            due::apply(&mut work, subscription).await?;
            renews_no_more(&mut work, subscription)?;
        }
        let (customer, partner) = (partnership.organization_id, partnership.partner_id);
        let mut row = partnership.into_active_model();
        row.status = Set(PartnershipStatus::Ended);
        row.ended_at = Set(Some(work.at()));
        row.update(&work.tx).await?;
        let body = json!({ "partnership": id, "partner": partner, "organization": customer });
        work.record_on_organization(&mut organization, EventType::PartnershipEnded, body);
        work.commit().await?;
        return Ok(id);
    }
}

fn may_end(actor: &Actor) -> Result<()> {
    match actor {
        Actor::Partner(_) | Actor::Member(Member { role: Some(Role::Owner), .. }) => Ok(()),
        Actor::Member(_) | Actor::Publisher(_) | Actor::Operator(_) | Actor::System => {
            Err(Error::Forbidden("only the partner and owners of the organization end a partnership".into()))
        }
    }
}

/// The living subscriptions that the partner bought for the organization, in the order of their ids.
async fn managed(work: &Work<'_>, partnership: &Model) -> Result<Vec<SubscriptionId>> {
    use subscription::Column;
    let (customer, partner): (OrganizationId, PartnerId) =
        (partnership.organization_id, partnership.partner_id);
    Ok(subscription::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::OrganizationId.eq(customer))
        .filter(Column::PartnerId.eq(partner))
        .filter(Column::Status.ne(Status::Disabled))
        .order_by_asc(Column::Id)
        .into_tuple()
        .all(&work.tx)
        .await?)
}

fn renews_no_more(work: &mut Work<'_>, subscription: &mut Subscription) -> Result<()> {
    if subscription.ended().is_some() {
        return Ok(());
    }
    let decided = subscription.decide(Change::SetAutoRenew(false), work.at())?;
    if let Some(State::Pending { .. } | State::Active { .. }) = decided {
        subscription.row.auto_renew = false;
        let withdrawn = subscription.row.scheduled_quantity.take();
        let body = json!({ "autoRenew": false, "withdrawnQuantity": withdrawn });
        work.save(subscription, EventType::AutoRenewChanged, body);
    }
    Ok(())
}
