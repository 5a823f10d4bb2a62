//! Payment methods.

use super::{
    enums::{PaymentMethodKind, PaymentMethodStatus},
    organization::Organization,
    partner::Partner,
};
use crate::{
    caller::Caller,
    error::{UserError, answered, top_level},
    global_id::{Kind, encode, input},
    relay::{Connection, slice, wants_total},
};
use async_graphql::{Context, Description, ID, InputObject, Object, Result, SimpleObject};
use domain::{
    Now,
    billing::{self, payer::usability},
    view::{self, page::Page},
};
use entity::{id::PaymentMethodId, payment_method::Model};
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
        Self::found(caller, row).await.map_err(top_level)
    }

    /// The same, for whoever has not turned the domain's errors into GraphQL's yet.
    pub(crate) async fn found(caller: &Caller, row: Model) -> domain::Result<Self> {
        Ok(Self { row: Arc::new(row), now: caller.market.now().await? })
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

    /// The organization that it belongs to; null when it is a partner's.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Option<Organization>> {
        let caller = Caller::of(ctx);
        let Some(id) = self.row.organization_id else { return Ok(None) };
        let found = view::organization::organization(&caller.market, caller.actor(), id).await;
        Ok(found.map_err(top_level)?.map(Organization))
    }

    /// The partner that it belongs to; null when it is an organization's.
    async fn partner(&self, ctx: &Context<'_>) -> Result<Option<Partner>> {
        let caller = Caller::of(ctx);
        let Some(id) = self.row.partner_id else { return Ok(None) };
        let found = view::organization::partner(&caller.market, caller.actor(), id).await;
        Ok(found.map_err(top_level)?.map(Partner))
    }
}

/// Which payment methods to list. All conditions have to hold.
#[derive(Debug, Default, InputObject)]
pub(crate) struct PaymentMethodFilter {
    /// In one of these statuses, as the operator decided; whether a card has expired is not looked at.
    statuses: Option<Vec<PaymentMethodStatus>>,
    /// Of this kind.
    kind: Option<PaymentMethodKind>,
}

#[derive(Default)]
pub(crate) struct PaymentMethodQuery;

#[Object]
impl PaymentMethodQuery {
    /// Payment methods of everybody, the newest first: checks and wires with the status `PENDING_APPROVAL` wait for you. For
    /// the operator.
    async fn payment_methods(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start: 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only these.")] filter: Option<PaymentMethodFilter>,
    ) -> Result<Connection<PaymentMethod>> {
        let caller = Caller::of(ctx);
        let slice = slice(first, after, last, before).map_err(top_level)?;
        let PaymentMethodFilter { statuses, kind } = filter.unwrap_or_default();
        let statuses: Option<Vec<_>> =
            statuses.map(|among| among.into_iter().filter_map(PaymentMethodStatus::decided).collect());
        let (market, kind) = (&caller.market, kind.map(Into::into));
        let page = view::billing::all_payment_methods(
            market,
            caller.actor(),
            statuses.as_deref(),
            kind,
            &slice,
            wants_total(ctx),
        )
        .await;
        PaymentMethod::page(caller, page).await
    }
}

/// A payment method to add.
#[derive(Debug, InputObject)]
pub(crate) struct AddPaymentMethodInput {
    /// Card, or check and wire.
    kind: PaymentMethodKind,
    /// The gateway's token of the card, never its number. None for check and wire. The sandbox knows `card_ok`,
    /// `card_declined`, `card_declined_once`, `card_timeout` and `card_refund_declined_once`.
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

/// The operator's word on a payment method.
#[derive(Debug, InputObject)]
pub(crate) struct ApprovePaymentMethodInput {
    /// The payment method: check and wire.
    payment_method_id: ID,
    /// True approves it, false refuses it, now or from now on.
    approve: bool,
}

/// What came of approving a payment method.
#[derive(SimpleObject)]
pub(crate) struct ApprovePaymentMethodPayload {
    /// The payment method, unless it was refused.
    payment_method: Option<PaymentMethod>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// A payment method to remove.
#[derive(Debug, InputObject)]
pub(crate) struct RemovePaymentMethodInput {
    /// The payment method.
    payment_method_id: ID,
}

/// What came of removing a payment method.
#[derive(SimpleObject)]
pub(crate) struct RemovePaymentMethodPayload {
    /// The id of what was removed, unless it was refused.
    removed_payment_method_id: Option<ID>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// The payment method after the change, or why there was none.
async fn shown(
    caller: &Caller,
    outcome: domain::Result<PaymentMethodId>,
) -> Result<(Option<PaymentMethod>, Vec<UserError>)> {
    Ok(match answered(outcome)? {
        Ok(id) => {
            let row =
                view::billing::payment_method(&caller.market, caller.actor(), id).await.map_err(top_level)?;
            match row {
                Some(row) => (Some(PaymentMethod::new(caller, row).await?), Vec::new()),
                None => (None, Vec::new()),
            }
        }
        Err(user_errors) => (None, user_errors),
    })
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
        let added = billing::add_payment_method(&caller.market, &caller.by, input).await;
        let (payment_method, user_errors) = shown(caller, added).await?;
        Ok(AddPaymentMethodPayload { payment_method, user_errors })
    }

    /// Approves check and wire, or refuses it. For the operator. It can be bought with from then on, or no longer.
    async fn approve_payment_method(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Your word.")] input: ApprovePaymentMethodInput,
    ) -> Result<ApprovePaymentMethodPayload> {
        let caller = Caller::of(ctx);
        let decided = async {
            let input = billing::ApprovePaymentMethod {
                payment_method: self::input(
                    Kind::PaymentMethod,
                    &input.payment_method_id,
                    "paymentMethodId",
                )?,
                approve: input.approve,
            };
            billing::approve_payment_method(&caller.market, &caller.by, input).await
        };
        let (payment_method, user_errors) = shown(caller, decided.await).await?;
        Ok(ApprovePaymentMethodPayload { payment_method, user_errors })
    }

    /// Removes a payment method: for who added it, and for owners of the organization. One that a billing profile pays with
    /// stays.
    async fn remove_payment_method(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: RemovePaymentMethodInput,
    ) -> Result<RemovePaymentMethodPayload> {
        let caller = Caller::of(ctx);
        let removed = async {
            let id = self::input(Kind::PaymentMethod, &input.payment_method_id, "paymentMethodId")?;
            billing::remove_payment_method(&caller.market, &caller.by, id).await
        };
        Ok(match answered(removed.await)? {
            Ok(id) => RemovePaymentMethodPayload {
                removed_payment_method_id: Some(encode(Kind::PaymentMethod, id.0)),
                user_errors: Vec::new(),
            },
            Err(user_errors) => RemovePaymentMethodPayload { removed_payment_method_id: None, user_errors },
        })
    }
}
