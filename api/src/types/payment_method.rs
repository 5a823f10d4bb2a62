//! Payment methods.

use super::enums::{PaymentMethodKind, PaymentMethodStatus};
use crate::{
    caller::Caller,
    error::{UserError, answered, top_level},
    global_id::{Kind, encode},
    relay::Connection,
};
use async_graphql::{Context, Description, ID, InputObject, Object, Result, SimpleObject};
use domain::{
    Now,
    billing::{self, payer::usability},
    view::{self, page::Page},
};
use entity::payment_method::Model;
use std::sync::Arc;

/// A card, known by the gateway's token, or check and wire. Card numbers never reach us.
#[derive(Debug, Clone, Description)]
pub(crate) struct PaymentMethod {
    row: Arc<Model>,
    now: Now,
}

impl PaymentMethod {
    /// At the time of the request, which says whether a card has expired.
    pub(crate) async fn new(caller: &Caller, row: Model) -> Result<Self> {
        Ok(Self { row: Arc::new(row), now: caller.market.now().await.map_err(top_level)? })
    }

    pub(crate) async fn page(caller: &Caller, page: domain::Result<Page<Model>>) -> Result<Connection<Self>> {
        let now = caller.market.now().await.map_err(top_level)?;
        Ok(page.map_err(top_level)?.map(|row| Self { row: Arc::new(row), now }).into())
    }
}

#[Object(use_type_description)]
impl PaymentMethod {
    /// The payment method's id.
    pub(crate) async fn id(&self) -> ID {
        encode(Kind::PaymentMethod, self.row.id.0)
    }

    /// Card, or check and wire.
    async fn kind(&self) -> PaymentMethodKind {
        self.row.kind.into()
    }

    /// What it is good for now.
    async fn status(&self) -> PaymentMethodStatus {
        usability(&self.row, self.now.business).into()
    }

    /// The card's brand.
    async fn brand(&self) -> Option<&str> {
        self.row.brand.as_deref()
    }

    /// The last four digits of the card's number.
    async fn last4(&self) -> Option<&str> {
        self.row.last4.as_deref()
    }

    /// The last month of the card's validity, 1 to 12.
    async fn expiry_month(&self) -> Option<i64> {
        self.row.expiry_month
    }

    /// The year of that month.
    async fn expiry_year(&self) -> Option<i64> {
        self.row.expiry_year
    }
}

/// A payment method to add.
#[derive(Debug, InputObject)]
pub(crate) struct AddPaymentMethodInput {
    /// Card, or check and wire.
    kind: PaymentMethodKind,
    /// The gateway's token of the card, never its number. None for check and wire. The sandbox knows `card_ok`,
    /// `card_declined`, `card_declined_once` and `card_timeout`.
    gateway_token: Option<String>,
}

/// What came of adding a payment method.
#[derive(SimpleObject)]
pub(crate) struct AddPaymentMethodPayload {
    /// The payment method, unless it was refused.
    payment_method: Option<PaymentMethod>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct PaymentMethodMutation;

#[Object]
impl PaymentMethodMutation {
    /// Adds a payment method to your organization. A card can be used at once; check and wire once the operator has
    /// approved it.
    async fn add_payment_method(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to add.")] input: AddPaymentMethodInput,
    ) -> Result<AddPaymentMethodPayload> {
        let caller = Caller::of(ctx);
        let input = billing::AddPaymentMethod { kind: input.kind.into(), gateway_token: input.gateway_token };
        Ok(match answered(billing::add_payment_method(&caller.market, &caller.by, input).await)? {
            Ok(id) => {
                let row = view::billing::payment_method(&caller.market, caller.actor(), id)
                    .await
                    .map_err(top_level)?;
                let payment_method = match row {
                    Some(row) => Some(PaymentMethod::new(caller, row).await?),
                    None => None,
                };
                AddPaymentMethodPayload { payment_method, user_errors: Vec::new() }
            }
            Err(user_errors) => AddPaymentMethodPayload { payment_method: None, user_errors },
        })
    }
}
