//! Payments.

use super::{
    enums::PaymentStatus,
    invoice::{Invoice, find},
    money::{Money, money},
    refund::Refund,
};
use crate::{
    caller::Caller,
    error::{UserError, answered, loaded},
    global_id::{Kind, encode, input},
    loaders::RefundsOf,
};
use async_graphql::{Context, Description, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::billing;
use entity::payment;

/// One attempt to pay an invoice.
#[derive(Debug, Clone, Description)]
pub(crate) struct Payment(pub(crate) payment::Model);

#[Object(use_type_description)]
impl Payment {
    /// The payment's id.
    pub(crate) async fn id(&self) -> ID {
        encode(Kind::Payment, self.0.id.0)
    }

    /// How it went.
    async fn status(&self) -> PaymentStatus {
        self.0.status.into()
    }

    /// How much.
    async fn amount(&self) -> Result<Money> {
        money(self.0.amount, &self.0.currency)
    }

    /// When it was attempted.
    async fn attempted_at(&self) -> DateTime<Utc> {
        self.0.attempted_at
    }

    /// The operator's reference of a check or wire that was booked.
    async fn reference(&self) -> Option<&str> {
        self.0.reference.as_deref()
    }

    /// The attempts to give money of it back, in their order.
    async fn refunds(&self, ctx: &Context<'_>) -> Result<Vec<Refund>> {
        let refunds =
            Caller::of(ctx).loaders().invoices.load_one(RefundsOf(self.0.id)).await.map_err(loaded)?;
        Ok(refunds.unwrap_or_default().into_iter().map(Refund).collect())
    }

    /// Why it was declined, in the gateway's words.
    async fn failure_code(&self) -> Option<&str> {
        self.0.failure_code.as_deref()
    }
}

/// What to pay, and with what.
#[derive(Debug, InputObject)]
pub(crate) struct PayInvoiceInput {
    /// The invoice.
    invoice_id: ID,
    /// The card to charge; without one, the billing profile's.
    payment_method_id: Option<ID>,
    /// Sent again with the same key, the request does nothing and gives the same answer.
    idempotency_key: Option<String>,
}

impl PayInvoiceInput {
    fn parsed(self) -> domain::Result<billing::PayInvoice> {
        let method = self.payment_method_id;
        Ok(billing::PayInvoice {
            invoice: input(Kind::Invoice, &self.invoice_id, "invoiceId")?,
            payment_method: method
                .map(|id| input(Kind::PaymentMethod, &id, "paymentMethodId"))
                .transpose()?,
            idempotency_key: self.idempotency_key,
        })
    }
}

/// What came of paying.
#[derive(SimpleObject)]
pub(crate) struct PayInvoicePayload {
    /// The invoice, unless it was refused.
    invoice: Option<Invoice>,
    /// Why it was refused; empty when it was paid.
    user_errors: Vec<UserError>,
}

/// A check or wire that was received.
#[derive(Debug, InputObject)]
pub(crate) struct RecordPaymentInput {
    /// The invoice that it is for.
    invoice_id: ID,
    /// How much, as a decimal in the invoice's currency: `12.50`. At most what is due.
    amount: String,
    /// What the bank calls it, for the record.
    reference: String,
    /// Sent again with the same key, the request does nothing and gives the same answer.
    idempotency_key: Option<String>,
}

impl RecordPaymentInput {
    fn parsed(self) -> domain::Result<billing::RecordPayment> {
        Ok(billing::RecordPayment {
            invoice: input(Kind::Invoice, &self.invoice_id, "invoiceId")?,
            amount: self.amount,
            reference: self.reference,
            idempotency_key: self.idempotency_key,
        })
    }
}

/// What came of booking a payment.
#[derive(SimpleObject)]
pub(crate) struct RecordPaymentPayload {
    /// The invoice, unless it was refused.
    invoice: Option<Invoice>,
    /// Why it was refused; empty when it was booked.
    user_errors: Vec<UserError>,
}

/// What became of a charge whose outcome stayed unknown.
#[derive(Debug, InputObject)]
pub(crate) struct ResolvePaymentInput {
    /// The payment.
    payment_id: ID,
    /// Whether the money came.
    succeeded: bool,
    /// The gateway's name for the charge, or where you looked it up.
    reference: String,
}

/// What came of settling a charge.
#[derive(SimpleObject)]
pub(crate) struct ResolvePaymentPayload {
    /// The invoice, unless it was refused.
    invoice: Option<Invoice>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct PaymentMutation;

#[Object]
impl PaymentMutation {
    /// Pays all that is due on an invoice by card, now. Paying for a disabled subscription books the money and changes nothing
    /// else.
    async fn pay_invoice(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to pay.")] input: PayInvoiceInput,
    ) -> Result<PayInvoicePayload> {
        let caller = Caller::of(ctx);
        let paid = async { billing::pay_invoice(&caller.market, &caller.by, input.parsed()?).await }.await;
        Ok(match answered(paid)? {
            Ok(id) => PayInvoicePayload { invoice: find(caller, id).await?, user_errors: Vec::new() },
            Err(user_errors) => PayInvoicePayload { invoice: None, user_errors },
        })
    }

    /// Books a check or wire that was received for an invoice, in whole or in part. For the operator. Money for a disabled
    /// subscription is booked, and revives nothing.
    async fn record_payment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was received.")] input: RecordPaymentInput,
    ) -> Result<RecordPaymentPayload> {
        let caller = Caller::of(ctx);
        let booked =
            async { billing::record_payment(&caller.market, &caller.by, input.parsed()?).await }.await;
        Ok(match answered(booked)? {
            Ok(id) => RecordPaymentPayload { invoice: find(caller, id).await?, user_errors: Vec::new() },
            Err(user_errors) => RecordPaymentPayload { invoice: None, user_errors },
        })
    }

    /// Settles a charge whose outcome stays unknown, as you found it at the gateway. Possible from a day after the attempt on.
    /// For the operator.
    async fn resolve_payment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What became of it.")] input: ResolvePaymentInput,
    ) -> Result<ResolvePaymentPayload> {
        let caller = Caller::of(ctx);
        let resolved = async {
            let payment = self::input(Kind::Payment, &input.payment_id, "paymentId")?;
            let (succeeded, reference) = (input.succeeded, input.reference);
            let input = billing::ResolvePayment { payment, succeeded, reference };
            billing::resolve_payment(&caller.market, &caller.by, input).await
        };
        Ok(match answered(resolved.await)? {
            Ok(id) => ResolvePaymentPayload { invoice: find(caller, id).await?, user_errors: Vec::new() },
            Err(user_errors) => ResolvePaymentPayload { invoice: None, user_errors },
        })
    }
}
