//! An invoice with everything that a payment of it touches, locked in the order that every operation keeps:
//! subscriptions, profile, invoice.

use super::{
    payer::Payer,
    refund,
    schedule::next_attempt,
    standing::{Unpaid, verdict},
};
use crate::{
    Error, Result,
    store::same,
    subscription::{Subscription, due},
    work::Work,
};
use chrono::TimeDelta;
use entity::{
    id::{InvoiceId, PaymentId, PaymentMethodId, SubscriptionId},
    invoice, invoice_line, payment,
    state::{DisabledReason, EventType, InvoiceStatus, PaymentStatus, Standing, Status},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, FromQueryResult, IntoActiveModel, JoinType, QueryFilter,
    QueryOrder, QuerySelect, RelationTrait,
    sea_query::{Expr, Query},
};
use serde_json::json;

/// How long after the gateway's last moment to answer it is asked about an attempt, if its outcome did not arrive.
const ASK_AFTER: TimeDelta = TimeDelta::minutes(1);

/// An invoice, its payer and its subscriptions.
pub(crate) struct Ledger {
    pub(crate) invoice: invoice::Model,
    pub(crate) payer: Payer,
    /// The locked subscriptions: those on the invoice that its payment touches, perhaps with others.
    pub(crate) subscriptions: Vec<Subscription>,
    /// Which subscriptions it charges.
    charged: Vec<SubscriptionId>,
    /// The payment whose outcome is awaited: at most one.
    pub(crate) open: Option<payment::Model>,
}

impl Work<'_> {
    /// The invoice with what belongs to it, what was due on its subscriptions applied. With `scoped`, only if the actor
    /// sees it.
    pub(crate) async fn ledger(&mut self, id: InvoiceId, scoped: bool) -> Result<Option<Ledger>> {
        let seen = if scoped { self.reader().find() } else { invoice::Entity::find() };
        let Some(seen) = seen.filter(invoice::Column::Id.eq(id)).one(&self.tx).await? else {
            return Ok(None);
        };
        let charged = self.charged_by(id).await?;
        let mut subscriptions = self.locked_subscriptions(&charged, false).await?;
        for subscription in &mut subscriptions {
            due::apply(self, subscription).await?;
        }
        Ok(Some(self.opened(&seen, charged, subscriptions).await?))
    }

    /// The ledger of an invoice, when the subscriptions that its payment touches were locked before, perhaps with others.
    pub(crate) async fn ledger_with(
        &self,
        subscriptions: Vec<Subscription>,
        id: InvoiceId,
    ) -> Result<Ledger> {
        let seen = invoice::Entity::find_by_id(id).one(&self.tx).await?.ok_or_else(|| gone(id))?;
        let charged = self.charged_by(id).await?;
        self.opened(&seen, charged, subscriptions).await
    }

    /// The subscriptions that an invoice charges.
    async fn charged_by(&self, id: InvoiceId) -> Result<Vec<SubscriptionId>> {
        Ok(invoice_line::Entity::find()
            .select_only()
            .column(invoice_line::Column::SubscriptionId)
            .distinct()
            .filter(invoice_line::Column::InvoiceId.eq(id))
            .into_tuple()
            .all(&self.tx)
            .await?)
    }

    async fn opened(
        &self,
        seen: &invoice::Model,
        charged: Vec<SubscriptionId>,
        subscriptions: Vec<Subscription>,
    ) -> Result<Ledger> {
        let id = seen.id;
        let payer = self.payer(seen.billing_profile_id).await?;
        let invoice = invoice::Entity::find_by_id(id).lock_exclusive().one(&self.tx).await?;
        let invoice = invoice.ok_or_else(|| gone(id))?;
        let open = payment::Entity::find()
            .filter(payment::Column::InvoiceId.eq(id))
            .filter(payment::Column::Status.is_in([PaymentStatus::Pending, PaymentStatus::Unknown]))
            .one(&self.tx)
            .await?;
        Ok(Ledger { invoice, payer, subscriptions, charged, open })
    }
}

fn gone(id: InvoiceId) -> Error {
    Error::internal(format!("no invoice {}", id.0))
}

impl Ledger {
    /// Whether something is to be paid.
    pub(crate) fn unpaid(&self) -> bool {
        matches!(self.invoice.status, InvoiceStatus::Due | InvoiceStatus::Overdue)
    }

    /// Stores an attempt to pay all that is due, before the gateway is called: its id is the gateway's idempotency key.
    pub(crate) async fn open_payment(
        &mut self,
        work: &mut Work<'_>,
        method: PaymentMethodId,
    ) -> Result<payment::Model> {
        self.open_payment_with_id(work, work.id(), method).await
    }

    /// The same, with an id that was made before.
    pub(crate) async fn open_payment_with_id(
        &mut self,
        work: &mut Work<'_>,
        id: PaymentId,
        method: PaymentMethodId,
    ) -> Result<payment::Model> {
        let payment = self.payment(work, id, Some(method), PaymentStatus::Pending);
        work.insert(payment.clone()).await?;
        self.open = Some(payment.clone());
        self.invoice.collect_at = None;
        self.store(work).await?;
        self.restand(work).await?;
        Ok(payment)
    }

    /// Stores that a charge could not even be made, and why.
    pub(crate) async fn record_failure(
        &mut self,
        work: &mut Work<'_>,
        method: Option<PaymentMethodId>,
        failure_code: &str,
    ) -> Result<()> {
        let payment = payment::Model {
            failure_code: Some(failure_code.to_owned()),
            ..self.payment(work, work.id(), method, PaymentStatus::Declined)
        };
        work.insert(payment).await?;
        self.overdue(work).await
    }

    /// Stores money that came past the gateway, and books it.
    pub(crate) async fn record_payment(
        &mut self,
        work: &mut Work<'_>,
        id: PaymentId,
        amount: i64,
        reference: String,
    ) -> Result<()> {
        let payment = payment::Model {
            amount,
            reference: Some(reference),
            ..self.payment(work, id, None, PaymentStatus::Succeeded)
        };
        work.insert(payment.clone()).await?;
        self.book(work, &payment).await
    }

    fn payment(
        &self,
        work: &Work<'_>,
        id: PaymentId,
        method: Option<PaymentMethodId>,
        status: PaymentStatus,
    ) -> payment::Model {
        let open = status == PaymentStatus::Pending;
        payment::Model {
            id,
            invoice_id: self.invoice.id,
            organization_id: self.invoice.organization_id,
            partner_id: self.invoice.partner_id,
            payment_method_id: method,
            amount: self.invoice.amount_due,
            currency: self.invoice.currency.clone(),
            status,
            attempted_at: work.at(),
            settled_at: (!open).then_some(work.at()),
            ask_at: open.then(|| {
                work.at()
                    + ASK_AFTER
                    + TimeDelta::from_std(work.settings().gateway_timeout).unwrap_or_default()
            }),
            failure_code: None,
            gateway_reference: None,
            reference: None,
        }
    }

    /// The money came: books it. What is more than is due, because something was credited meanwhile, is given back.
    pub(crate) async fn book(&mut self, work: &mut Work<'_>, payment: &payment::Model) -> Result<()> {
        self.closed(payment.id);
        let applied = payment.amount.min(self.invoice.amount_due);
        let surplus = payment.amount - applied;
        if surplus > 0 {
            let refund = refund::owed(work, payment, surplus, None);
            work.owe(refund);
        }
        self.take_off(work, applied, true).await
    }

    /// Takes an amount off what is due: it was paid or credited. An invoice of which nothing is due any more is paid, or
    /// void when nobody ever paid anything for it.
    pub(crate) async fn take_off(&mut self, work: &mut Work<'_>, amount: i64, was_paid: bool) -> Result<()> {
        self.invoice.amount_due -= amount;
        if self.invoice.amount_due == 0 && self.unpaid() {
            self.invoice.collect_at = None;
            if was_paid {
                self.invoice.status = InvoiceStatus::Paid;
                self.invoice.paid_at = Some(work.at());
                let body = json!({ "invoice": self.invoice.id, "number": self.invoice.number });
                work.record_on_profile(&mut self.payer.profile, EventType::InvoicePaid, body);
            } else {
                self.invoice.status = InvoiceStatus::Void;
            }
        }
        self.store(work).await?;
        self.restand(work).await
    }

    /// The outcome of a payment is not awaited any more, if it was.
    pub(crate) fn closed(&mut self, payment: PaymentId) {
        self.open = self.open.take().filter(|open| open.id != payment);
    }

    /// A charge was declined or could not be made, or the due time of a check or wire passed unpaid. Who tried to pay before
    /// it is due is not late.
    pub(crate) async fn overdue(&mut self, work: &mut Work<'_>) -> Result<()> {
        if self.invoice.due_at > work.at() {
            return self.not_charged(work, false).await;
        }
        if self.invoice.status == InvoiceStatus::Due {
            self.invoice.status = InvoiceStatus::Overdue;
            let body = json!({ "invoice": self.invoice.id, "number": self.invoice.number });
            work.record_on_profile(&mut self.payer.profile, EventType::InvoiceOverdue, body);
        }
        let settings = work.settings();
        self.invoice.collect_at = if self.unpaid() && self.payer.pays_at_once() && !self.all_lapsed() {
            next_attempt(self.invoice.due_at, work.at(), &settings.retry_days, settings.grace)
        } else {
            None
        };
        self.store(work).await?;
        self.restand(work).await
    }

    /// A charge was not even tried, and nobody is at fault: what is due stays so. It is charged anew at once, or left to
    /// other ways of paying.
    pub(crate) async fn not_charged(&mut self, work: &mut Work<'_>, again: bool) -> Result<()> {
        let not_yet_due = self.invoice.due_at > work.at();
        let next = self.invoice.due_at.max(work.at());
        self.invoice.collect_at = (self.unpaid() && (again || not_yet_due)).then_some(next);
        self.store(work).await?;
        self.restand(work).await
    }

    /// Whether every subscription on it lapsed: then nothing is charged automatically any more.
    pub(crate) fn all_lapsed(&self) -> bool {
        self.subscriptions
            .iter()
            .filter(|subscription| self.charged.contains(&subscription.row.id))
            .all(|subscription| subscription.ended() == Some(DisabledReason::PaymentLapsed))
    }

    /// Writes what follows from payments; the document itself never changes.
    pub(crate) async fn store(&mut self, work: &Work<'_>) -> Result<()> {
        self.invoice.version += 1;
        let mut row = self.invoice.clone().into_active_model();
        row.status.reset();
        row.amount_due.reset();
        row.paid_at.reset();
        row.collect_at.reset();
        row.version.reset();
        row.update(&work.tx).await?;
        Ok(())
    }

    /// Whether a subscription's standing depends on this invoice.
    fn stands_on_it(&self, subscription: &Subscription) -> bool {
        subscription.row.status == Status::Active && self.charged.contains(&subscription.row.id)
    }

    /// Looks at the standing of its active subscriptions anew, and applies what that makes due at once.
    async fn restand(&mut self, work: &mut Work<'_>) -> Result<()> {
        let active: Vec<_> = self
            .subscriptions
            .iter()
            .filter(|subscription| self.stands_on_it(subscription))
            .map(|subscription| subscription.row.id)
            .collect();
        if active.is_empty() {
            return Ok(());
        }
        let others = unpaid_of(work, &active, self.invoice.id).await?;
        let this = Unpaid {
            due_at: self.invoice.due_at,
            status: self.invoice.status,
            payment_open: self.open.is_some(),
        };
        let grace = work.settings().grace;
        for subscription in self.subscriptions.iter_mut().filter(|s| active.contains(&s.row.id)) {
            let mut unpaid: Vec<_> = others
                .iter()
                .filter(|row| row.subscription_id == subscription.row.id)
                .map(|row| Unpaid { due_at: row.due_at, status: row.status, payment_open: row.payment_open })
                .collect();
            unpaid.push(this);
            let verdict = verdict(&unpaid, grace);
            let row = &mut subscription.row;
            let was = (row.standing, row.grace_ends_at, row.charge_open);
            row.grace_ends_at = verdict.grace_ends_at;
            row.charge_open = verdict.charge_open;
            row.standing =
                if verdict.grace_ends_at.is_some() { Standing::PastDue } else { Standing::Current };
            match (was.0, row.standing) {
                (Standing::Current, Standing::PastDue) => {
                    let body = json!({ "invoice": self.invoice.id, "graceEndsAt": row.grace_ends_at });
                    work.save(subscription, EventType::PaymentPastDue, body);
                }
                (Standing::PastDue, Standing::Current) => {
                    work.save(
                        subscription,
                        EventType::PaymentRecovered,
                        json!({ "invoice": self.invoice.id }),
                    );
                }
                (Standing::Current, Standing::Current) | (Standing::PastDue, Standing::PastDue) => {
                    if was != (row.standing, row.grace_ends_at, row.charge_open) {
                        work.save_quietly(subscription);
                    }
                }
            }
            due::apply(work, subscription).await?;
        }
        Ok(())
    }
}

#[derive(FromQueryResult)]
struct OtherUnpaid {
    subscription_id: SubscriptionId,
    due_at: chrono::DateTime<chrono::Utc>,
    status: InvoiceStatus,
    payment_open: bool,
}

/// The unpaid invoices of some subscriptions, except one.
async fn unpaid_of(work: &Work<'_>, ids: &[SubscriptionId], except: InvoiceId) -> Result<Vec<OtherUnpaid>> {
    let open_payment = Query::select()
        .expr(Expr::val(1))
        .from(payment::Entity)
        .and_where(same(
            (payment::Entity, payment::Column::InvoiceId),
            (invoice::Entity, invoice::Column::Id),
        ))
        .and_where(payment::Column::Status.is_in([PaymentStatus::Pending, PaymentStatus::Unknown]))
        .to_owned();
    Ok(invoice_line::Entity::find()
        .select_only()
        .column(invoice_line::Column::SubscriptionId)
        .column(invoice::Column::DueAt)
        .column(invoice::Column::Status)
        .expr_as(Expr::exists(open_payment), "payment_open")
        .join(JoinType::InnerJoin, invoice_line::Relation::Invoice.def())
        .filter(invoice_line::Column::SubscriptionId.is_in(ids.iter().copied()))
        .filter(invoice::Column::Status.is_in([InvoiceStatus::Due, InvoiceStatus::Overdue]))
        .filter(invoice::Column::Id.ne(except))
        .order_by_asc(invoice_line::Column::SubscriptionId)
        .into_model()
        .all(&work.tx)
        .await?)
}
