//! Approving a check or wire payer, or refusing it: by the operator.

use super::details::holder_of_method;
use crate::{By, Error, Marketplace, Result, access};
use entity::{
    id::PaymentMethodId,
    payment_method,
    state::{EventType, PaymentMethodKind, PaymentMethodStatus},
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set};
use serde_json::json;

/// Which, and whether it may be used.
#[derive(Debug, Clone, Copy)]
pub struct ApprovePaymentMethod {
    /// The payment method.
    pub payment_method: PaymentMethodId,
    /// True approves it, false refuses it, now or from now on.
    pub approve: bool,
}

/// Decides. Saying the same again changes nothing; a decision can be taken back.
///
/// # Errors
/// `Forbidden` for everybody but the operator; `NotFound`; `Invalid` for a card.
pub async fn approve_payment_method(
    market: &Marketplace,
    by: &By,
    input: ApprovePaymentMethod,
) -> Result<PaymentMethodId> {
    access::operator(&by.actor)?;
    let mut work = market.begin(by).await?;
    let method = payment_method::Entity::find_by_id(input.payment_method)
        .filter(payment_method::Column::RemovedAt.is_null())
        .lock_exclusive()
        .one(&work.tx)
        .await?
        .ok_or_else(|| Error::not_found("paymentMethodId"))?;
    if method.kind == PaymentMethodKind::Card {
        return Err(Error::invalid("paymentMethodId", "a card needs no approval: the gateway judges it"));
    }
    let (status, decided) = if input.approve {
        (PaymentMethodStatus::Usable, EventType::MethodApproved)
    } else {
        (PaymentMethodStatus::Refused, EventType::MethodRefused)
    };
    if method.status != status {
        let of = holder_of_method(method.organization_id, method.partner_id)?;
        let mut row = method.into_active_model();
        row.status = Set(status);
        row.decided_at = Set(Some(work.at()));
        row.decided_by = Set(by.actor.id().map(Into::into));
        row.update(&work.tx).await?;
        let body = json!({ "paymentMethod": input.payment_method });
        work.record_of_holder(of, decided, body).await?;
        work.commit().await?;
    }
    Ok(input.payment_method)
}
