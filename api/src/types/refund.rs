//! Refunds.

use super::{
    enums::RefundStatus,
    invoice::{Invoice, find},
    money::{Money, money},
};
use crate::{
    caller::Caller,
    error::{UserError, answered, top_level},
    global_id::{Kind, encode, input},
    relay::{Connection, slice, wants_total},
};
use async_graphql::{Context, Description, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    billing,
    view::payment::{self as view, RefundFilter as Filter},
};
use entity::refund;

/// One attempt to give money of a payment back, the way it was paid. One that fails is followed by another; after five the
/// operator gives the money back by hand.
#[derive(Debug, Clone, Description)]
pub(crate) struct Refund(pub(crate) refund::Model);

#[Object(use_type_description)]
impl Refund {
    /// The refund's id.
    pub(crate) async fn id(&self) -> ID {
        encode(Kind::Refund, self.0.id.0)
    }

    /// How it went.
    async fn status(&self) -> RefundStatus {
        self.0.status.into()
    }

    /// How much.
    async fn amount(&self) -> Result<Money> {
        money(self.0.amount, &self.0.currency)
    }

    /// Which attempt it is, from 1.
    async fn attempt(&self) -> i64 {
        self.0.attempt
    }

    /// Whether it is, or was, given back by hand: what came by check or wire, and what the gateway declined too often.
    async fn by_hand(&self) -> bool {
        view::by_hand(&self.0)
    }

    /// Since when this attempt is owed: the first since the credit, a later one since the failure of the one before.
    async fn requested_at(&self) -> DateTime<Utc> {
        self.0.requested_at
    }

    /// When its outcome was known.
    async fn settled_at(&self) -> Option<DateTime<Utc>> {
        self.0.settled_at
    }

    /// Why it failed, in the gateway's words.
    async fn failure_code(&self) -> Option<&str> {
        self.0.failure_code.as_deref()
    }

    /// The operator's reference of one that was given back by hand.
    async fn reference(&self) -> Option<&str> {
        self.0.reference.as_deref()
    }

    /// The invoice that had been paid.
    async fn invoice(&self, ctx: &Context<'_>) -> Result<Option<Invoice>> {
        find(Caller::of(ctx), self.0.invoice_id).await
    }
}

/// Which refunds to list. All conditions have to hold.
#[derive(Debug, Default, InputObject)]
pub(crate) struct RefundFilter {
    /// In one of these statuses.
    statuses: Option<Vec<RefundStatus>>,
    /// Given back by hand, or by the gateway.
    by_hand: Option<bool>,
}

/// Money that was given back by hand.
#[derive(Debug, InputObject)]
pub(crate) struct RecordRefundInput {
    /// The refund.
    refund_id: ID,
    /// What the bank calls it, for the record.
    reference: String,
}

/// What came of recording a refund.
#[derive(SimpleObject)]
pub(crate) struct RecordRefundPayload {
    /// The refund, unless it was refused.
    refund: Option<Refund>,
    /// Why it was refused; empty when it was recorded.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct RefundQuery;

#[Object]
impl RefundQuery {
    /// Refunds, the newest first: those with the status `PENDING` and `byHand` wait for you. For the operator.
    async fn refunds(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start: 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only these.")] filter: Option<RefundFilter>,
    ) -> Result<Connection<Refund>> {
        let caller = Caller::of(ctx);
        let slice = slice(first, after, last, before).map_err(top_level)?;
        let filter = filter.unwrap_or_default();
        let filter = Filter {
            statuses: filter.statuses.map(|among| among.into_iter().map(Into::into).collect()),
            by_hand: filter.by_hand,
        };
        let page = view::refunds(&caller.market, caller.actor(), &filter, &slice, wants_total(ctx)).await;
        Ok(page.map_err(top_level)?.map(Refund).into())
    }
}

#[derive(Default)]
pub(crate) struct RefundMutation;

#[Object]
impl RefundMutation {
    /// Records that you gave money back by hand. For the operator.
    async fn record_refund(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was given back.")] input: RecordRefundInput,
    ) -> Result<RecordRefundPayload> {
        let caller = Caller::of(ctx);
        let recorded = async {
            let refund = self::input(Kind::Refund, &input.refund_id, "refundId")?;
            let input = billing::RecordRefund { refund, reference: input.reference };
            billing::record_refund(&caller.market, &caller.by, input).await
        };
        Ok(match answered(recorded.await)? {
            Ok(id) => {
                let found = view::refund(&caller.market, caller.actor(), id).await.map_err(top_level)?;
                RecordRefundPayload { refund: found.map(Refund), user_errors: Vec::new() }
            }
            Err(user_errors) => RecordRefundPayload { refund: None, user_errors },
        })
    }
}
