//! Removing a payment method: by who added it or an owner. One in use stays.

use super::details::holder_of_method;
use crate::{Actor, By, Code, Error, Input, Marketplace, Member, Refusal, Result};
use entity::{
    billing_profile,
    id::PaymentMethodId,
    payment, payment_method,
    state::{EventType, PaymentStatus, Role},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect,
    Set,
};
use serde_json::json;

/// Removes it. Its row stays for the payments that were made with it; the gateway lets go of the card.
///
/// # Errors
/// `PAYMENT_METHOD_IN_USE` while a billing profile pays with it, or the outcome of a charge is awaited; `NotFound` and
/// `Forbidden`.
pub async fn remove_payment_method(
    market: &Marketplace,
    by: &By,
    id: PaymentMethodId,
) -> Result<PaymentMethodId> {
    let mut work = market.begin(by).await?;
    let method = work
        .reader()
        .find_by_id::<payment_method::Entity>(id)
        .lock_exclusive()
        .one(&work.tx)
        .await?
        .ok_or_else(|| Error::not_found("paymentMethodId"))?;
    let may = match &by.actor {
        Actor::Member(Member { role: Some(Role::Owner), .. }) | Actor::Partner(_) => true,
        Actor::Member(member) => member.user.is_some() && method.added_by == member.user,
        Actor::Publisher(_) | Actor::Operator(_) | Actor::System => false,
    };
    if !may {
        return Err(Error::Forbidden(
            "a payment method is removed by who added it, or by an owner of the organization".into(),
        ));
    }
    let paying = billing_profile::Entity::find()
        .filter(billing_profile::Column::PaymentMethodId.eq(id))
        .count(&work.tx)
        .await?;
    let awaited = payment::Entity::find()
        .filter(payment::Column::PaymentMethodId.eq(id))
        .filter(payment::Column::Status.is_in([PaymentStatus::Pending, PaymentStatus::Unknown]))
        .count(&work.tx)
        .await?;
    if paying > 0 || awaited > 0 {
        return Err(Refusal::from(Code::PaymentMethodInUse).at(Input::field("paymentMethodId")).into());
    }
    let token = method.gateway_token.clone();
    let of = holder_of_method(method.organization_id, method.partner_id)?;
    let mut row = method.into_active_model();
    row.removed_at = Set(Some(work.at()));
    row.update(&work.tx).await?;
    work.record_of_holder(of, EventType::MethodRemoved, json!({ "paymentMethod": id })).await?;
    work.commit().await?;
    if let Some(token) = token
        && !kept(market, &token).await?
    {
        let forgotten =
            tokio::time::timeout(market.settings().gateway_timeout, market.gateway().forget(&token));
        if !matches!(forgotten.await, Ok(Ok(()))) {
            tracing::warn!(payment_method = %id.0, "the gateway may still know a card that was removed");
        }
    }
    Ok(id)
}

/// Whether anybody still pays with this token: some gateways give one to several.
async fn kept(market: &Marketplace, token: &str) -> Result<bool> {
    let living = payment_method::Entity::find()
        .filter(payment_method::Column::GatewayToken.eq(token))
        .filter(payment_method::Column::RemovedAt.is_null());
    Ok(living.count(market.db().read()).await? > 0)
}
