//! Adding a payment method: a token of the gateway, or check and wire once the operator has approved it.

use super::details::holder_of_method;
use crate::{Actor, By, Error, Marketplace, Result, access};
use entity::{
    id::PaymentMethodId,
    payment_method,
    state::{EventType, PaymentMethodKind, PaymentMethodStatus},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

/// What to add.
#[derive(Debug, Clone)]
pub struct AddPaymentMethod {
    /// Card, or check and wire.
    pub kind: PaymentMethodKind,
    /// The gateway's token of the card; none for check and wire.
    pub gateway_token: Option<String>,
}

/// The longest token that is taken.
const LONGEST_TOKEN: usize = 255;

/// Adds it for the actor's organization or partner. A card that the gateway knows as one is added once.
///
/// # Errors
/// `Invalid` for a token that the gateway does not know, or that looks like a card number; `Forbidden`.
pub async fn add_payment_method(
    market: &Marketplace,
    by: &By,
    input: AddPaymentMethod,
) -> Result<PaymentMethodId> {
    access::may_buy(&by.actor)?;
    // The gateway is not asked for somebody who would be refused afterwards.
    market.begin(by).await?.rollback().await?;
    let card = match (input.kind, &input.gateway_token) {
        (PaymentMethodKind::CheckOrWire, None) => None,
        (PaymentMethodKind::CheckOrWire, Some(_)) => {
            return Err(Error::invalid("gatewayToken", "check and wire have no token: leave it out"));
        }
        (PaymentMethodKind::Card, None) => {
            return Err(Error::invalid("gatewayToken", "a card needs the gateway's token"));
        }
        (PaymentMethodKind::Card, Some(token)) => {
            if looks_like_a_card_number(token) {
                return Err(Error::invalid(
                    "gatewayToken",
                    "this looks like a card number: send it to the gateway, never here",
                ));
            }
            if token.is_empty() || token.len() > LONGEST_TOKEN {
                return Err(Error::invalid(
                    "gatewayToken",
                    format!("a token has 1 to {LONGEST_TOKEN} bytes"),
                ));
            }
            let asked =
                tokio::time::timeout(market.settings().gateway_timeout, market.gateway().card(token)).await;
            let unanswered = |_| Error::Unavailable("the payment gateway does not answer".into());
            let card = asked.map_err(unanswered)??;
            Some(card.ok_or_else(unknown)?)
        }
    };
    let (organization_id, partner_id, added_by) = match &by.actor {
        Actor::Member(member) => (Some(member.organization), None, member.user),
        Actor::Partner(id) => (None, Some(*id), None),
        Actor::Publisher(_) | Actor::Operator(_) | Actor::System => {
            return Err(Error::internal("an actor without a tenant may buy"));
        }
    };
    let status = match input.kind {
        PaymentMethodKind::Card => PaymentMethodStatus::Usable,
        PaymentMethodKind::CheckOrWire => PaymentMethodStatus::PendingApproval,
    };
    // A card with a customer of its own is one card, however often it is added, and one tenant's: all are looked at.
    if let (Some(token), true) =
        (&input.gateway_token, card.as_ref().is_some_and(|card| card.customer.is_some()))
    {
        let known = payment_method::Entity::find()
            .filter(payment_method::Column::GatewayToken.eq(token))
            .filter(payment_method::Column::RemovedAt.is_null())
            .one(market.db().read())
            .await?;
        match known {
            Some(known) if (known.organization_id, known.partner_id) == (organization_id, partner_id) => {
                return Ok(known.id);
            }
            Some(_) => return Err(unknown()),
            None => {}
        }
    }
    let mut work = market.begin(by).await?;
    let id: PaymentMethodId = work.id();
    work.insert(payment_method::Model {
        id,
        organization_id,
        partner_id,
        kind: input.kind,
        status,
        gateway_token: input.gateway_token,
        gateway_customer: card.as_ref().and_then(|card| card.customer.clone()),
        brand: card.as_ref().map(|card| card.brand.clone()),
        last4: card.as_ref().map(|card| card.last4.clone()),
        expiry_month: card.as_ref().map(|card| card.expiry_month),
        expiry_year: card.as_ref().map(|card| card.expiry_year),
        added_by,
        created_at: work.at(),
        decided_at: None,
        decided_by: None,
        removed_at: None,
    })
    .await?;
    let of = holder_of_method(organization_id, partner_id)?;
    work.record_of_holder(of, EventType::MethodAdded, json!({ "paymentMethod": id, "kind": input.kind }))
        .await?;
    work.commit().await?;
    Ok(id)
}

fn unknown() -> Error {
    Error::invalid("gatewayToken", "the gateway does not know this token")
}

/// Twelve digits or more, whatever stands between them: no token of a gateway looks like that.
fn looks_like_a_card_number(token: &str) -> bool {
    let digits = token.chars().filter(char::is_ascii_digit).count();
    digits >= 12 && token.chars().all(|c| c.is_ascii_digit() || c.is_ascii_whitespace() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::looks_like_a_card_number;

    #[test]
    fn card_numbers_are_recognized() {
        assert!(looks_like_a_card_number("4242 4242 4242 4242"));
        assert!(looks_like_a_card_number("4242-4242-4242"));
        assert!(!looks_like_a_card_number("card_ok"));
        assert!(!looks_like_a_card_number("tok_123456789012"));
        assert!(!looks_like_a_card_number("12345678901"));
    }
}
