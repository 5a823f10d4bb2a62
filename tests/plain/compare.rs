//! The tables, held against the plain model.

use super::{
    Invoice, InvoiceStatus, Kind, Life, Line, Real, Reason, World,
    dates::{Day, Second},
};
use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    event,
    id::{BillingProfileId, InvoiceId, SubscriptionId},
    invoice, invoice_line, license_assignment, payment, refund,
    state::{
        DisabledReason, DueChange, InvoiceLineKind, InvoiceStatus as StoredStatus, PaymentStatus,
        RefundStatus, Standing, Status, StreamKind,
    },
    subscription, subscription_end,
};
use sea_orm::{ActiveEnum, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{BTreeMap, HashMap};

/// What is compared of a subscription.
#[derive(Debug, PartialEq, Eq, Clone)]
pub(crate) struct Shown {
    status: &'static str,
    ended: Option<(Reason, Second)>,
    quantity: Option<i64>,
    scheduled: Option<i64>,
    assigned: i64,
    auto_renew: bool,
    profile: usize,
    period: Option<(i64, Day, Day)>,
    past_due: bool,
    grace_ends: Option<Second>,
    due: Option<(Second, &'static str)>,
    remind: Option<Second>,
    events: Vec<String>,
}

/// What is compared of an invoice.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Clone)]
pub(crate) struct Document {
    profile: usize,
    issued: Second,
    due: Second,
    lines: Vec<Line>,
    total: i64,
    status: InvoiceStatus,
    left: i64,
    collect: Option<Second>,
    awaited: bool,
    attempts: usize,
    received: i64,
    given_back: i64,
}

fn seconds(at: DateTime<Utc>) -> Second {
    assert_eq!(at.timestamp_subsec_micros(), 0, "{at}");
    at.timestamp()
}

fn day(date: NaiveDate) -> Day {
    date.and_hms_opt(0, 0, 0).expect("midnight").and_utc().timestamp() / 86_400
}

impl World {
    pub(crate) fn shown(&self, sub: usize) -> Shown {
        let s = &self.subs[sub];
        let (status, ended) = match s.life {
            Life::Pending => ("PENDING_ACTIVATION", None),
            Life::Active => ("ACTIVE", None),
            Life::Disabled(reason, at) => ("DISABLED", Some((reason, at))),
        };
        Shown {
            status,
            ended,
            quantity: s.quantity,
            scheduled: s.scheduled,
            assigned: s.holders.len() as i64,
            auto_renew: s.auto_renew,
            profile: s.profile,
            period: s.period,
            past_due: s.grace_ends.is_some(),
            grace_ends: s.grace_ends,
            due: s.due.map(|(at, what)| {
                (
                    at,
                    match what {
                        super::Due::Lapse => "LAPSE",
                        super::Due::Expire => "EXPIRE",
                        super::Due::Renew => "RENEW",
                    },
                )
            }),
            remind: s.remind,
            events: s.events.iter().map(|event| format!("subscription.{}", event.to_lowercase())).collect(),
        }
    }

    pub(crate) fn document(&self, invoice: &Invoice) -> Document {
        let mut lines = invoice.lines.clone();
        // Which of them are credited follows from the sum.
        lines.iter_mut().for_each(|line| line.credited = false);
        lines.sort();
        Document {
            profile: invoice.profile,
            issued: invoice.issued,
            due: invoice.due,
            lines,
            total: invoice.total,
            status: invoice.status,
            left: invoice.left,
            collect: invoice.collect,
            awaited: invoice.open.is_some(),
            attempts: invoice.attempts,
            received: invoice.received,
            given_back: invoice.given_back,
        }
    }
}

/// What the tables hold, in the words of the model.
pub(crate) struct Tables {
    pub(crate) subs: Vec<Shown>,
    pub(crate) documents: Vec<(InvoiceId, Document)>,
}

impl Real {
    pub(crate) async fn tables(&self) -> Tables {
        let db = self.app.market.db().read();
        let places: HashMap<SubscriptionId, usize> =
            self.subs.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        let profiles: HashMap<BillingProfileId, usize> =
            self.profiles.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        let ends: HashMap<_, _> = subscription_end::Entity::find()
            .all(db)
            .await
            .expect("ends")
            .into_iter()
            .map(|end| (end.subscription_id, (reason(end.reason), seconds(end.at))))
            .collect();
        let mut events: HashMap<_, Vec<String>> = HashMap::new();
        let stories = event::Entity::find()
            .select_only()
            .column(event::Column::StreamId)
            .column(event::Column::Type)
            .filter(event::Column::StreamKind.eq(StreamKind::Subscription))
            .order_by_asc(event::Column::StreamId)
            .order_by_asc(event::Column::Seq)
            .into_tuple::<(uuid::Uuid, entity::state::EventType)>()
            .all(db)
            .await
            .expect("events");
        for (stream, kind) in stories {
            events.entry(SubscriptionId(stream)).or_default().push(kind.to_value());
        }
        let mut holders: HashMap<SubscriptionId, i64> = HashMap::new();
        let held = license_assignment::Entity::find().filter(license_assignment::Column::EndedAt.is_null());
        for row in held.all(db).await.expect("licences") {
            *holders.entry(row.subscription_id).or_default() += 1;
        }
        let rows = subscription::Entity::find().all(db).await.expect("subscriptions");
        assert_eq!(rows.len(), self.subs.len(), "no subscription that nobody bought");
        let mut subs: Vec<Option<Shown>> = vec![None; self.subs.len()];
        for row in rows {
            let place = places[&row.id];
            assert_eq!(row.assigned, holders.get(&row.id).copied().unwrap_or(0), "licences of {place}");
            subs[place] = Some(Shown {
                status: match row.status {
                    Status::PendingActivation => "PENDING_ACTIVATION",
                    Status::Active => "ACTIVE",
                    Status::Disabled => "DISABLED",
                },
                ended: ends.get(&row.id).copied(),
                quantity: row.quantity,
                scheduled: row.scheduled_quantity,
                assigned: row.assigned,
                auto_renew: row.auto_renew,
                profile: profiles[&row.billing_profile_id],
                period: row.period_number.map(|number| {
                    let (start, end) = (row.period_start.expect("a start"), row.period_end.expect("an end"));
                    (number, day(start), day(end))
                }),
                past_due: row.standing == Standing::PastDue,
                grace_ends: row.grace_ends_at.map(seconds),
                due: row.due_at.zip(row.due_change).map(|(at, change)| {
                    (
                        seconds(at),
                        match change {
                            DueChange::Lapse => "LAPSE",
                            DueChange::Expire => "EXPIRE",
                            DueChange::Renew => "RENEW",
                        },
                    )
                }),
                remind: row.remind_at.map(seconds),
                events: events.remove(&row.id).unwrap_or_default(),
            });
        }
        let subs = subs.into_iter().map(|shown| shown.expect("every subscription")).collect();
        Tables { subs, documents: self.documents(&places, &profiles).await }
    }

    async fn documents(
        &self,
        places: &HashMap<SubscriptionId, usize>,
        profiles: &HashMap<BillingProfileId, usize>,
    ) -> Vec<(InvoiceId, Document)> {
        let db = self.app.market.db().read();
        let mut lines: HashMap<InvoiceId, Vec<Line>> = HashMap::new();
        for row in invoice_line::Entity::find().all(db).await.expect("lines") {
            lines.entry(row.invoice_id).or_default().push(Line {
                sub: places[&row.subscription_id],
                kind: match row.kind {
                    InvoiceLineKind::Period => Kind::Period,
                    InvoiceLineKind::Proration => Kind::Proration,
                    InvoiceLineKind::UsedDays => Kind::UsedDays,
                },
                number: row.period_number,
                start: day(row.period_start),
                end: day(row.period_end),
                quantity: row.quantity,
                amount: row.amount,
                credited: false,
            });
        }
        let mut attempts: HashMap<InvoiceId, (usize, i64, bool)> = HashMap::new();
        for row in payment::Entity::find().all(db).await.expect("payments") {
            let of = attempts.entry(row.invoice_id).or_default();
            of.0 += usize::from(row.payment_method_id.is_some());
            match row.status {
                PaymentStatus::Succeeded | PaymentStatus::Refunded => of.1 += row.amount,
                PaymentStatus::Pending | PaymentStatus::Unknown => of.2 = true,
                PaymentStatus::Declined => {}
            }
        }
        let mut given: HashMap<InvoiceId, i64> = HashMap::new();
        let refunds = refund::Entity::find().filter(refund::Column::Status.ne(RefundStatus::Failed));
        for row in refunds.all(db).await.expect("refunds") {
            *given.entry(row.invoice_id).or_default() += row.amount;
        }
        let mut documents = Vec::new();
        for row in invoice::Entity::find().all(db).await.expect("invoices") {
            let mut lines = lines.remove(&row.id).unwrap_or_default();
            lines.sort();
            let (attempts, received, awaited) = attempts.get(&row.id).copied().unwrap_or_default();
            documents.push((
                row.id,
                Document {
                    profile: profiles[&row.billing_profile_id],
                    issued: seconds(row.issued_at),
                    due: seconds(row.due_at),
                    lines,
                    total: row.total,
                    status: match row.status {
                        StoredStatus::Due => InvoiceStatus::Due,
                        StoredStatus::Overdue => InvoiceStatus::Overdue,
                        StoredStatus::Paid => InvoiceStatus::Paid,
                        StoredStatus::Void => InvoiceStatus::Void,
                    },
                    left: row.amount_due,
                    collect: row.collect_at.map(seconds),
                    awaited,
                    attempts,
                    received,
                    given_back: given.get(&row.id).copied().unwrap_or(0),
                },
            ));
        }
        documents
    }
}

fn reason(reason: DisabledReason) -> Reason {
    match reason {
        DisabledReason::Canceled => Reason::Canceled,
        DisabledReason::Expired => Reason::Expired,
        DisabledReason::PaymentLapsed => Reason::Lapsed,
    }
}

impl Tables {
    /// Insists that the tables hold what the model says: every subscription, every invoice, and none besides.
    #[track_caller]
    pub(crate) fn are_those_of(&self, world: &World) {
        assert_eq!(self.subs.len(), world.subs.len(), "how many subscriptions there are");
        for (sub, found) in self.subs.iter().enumerate() {
            assert_eq!(
                *found,
                world.shown(sub),
                "subscription {sub}: what is there, and what the model says"
            );
        }
        let mut expected: BTreeMap<Document, i64> = BTreeMap::new();
        for invoice in &world.invoices {
            *expected.entry(world.document(invoice)).or_default() += 1;
        }
        for (_, document) in &self.documents {
            *expected.entry(document.clone()).or_default() -= 1;
        }
        let wrong: Vec<_> = expected.into_iter().filter(|(_, count)| *count != 0).collect();
        assert!(wrong.is_empty(), "invoices that lack (1) or are too many (-1): {wrong:#?}");
    }

    /// Every line of every invoice.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Line> + '_ {
        self.documents.iter().flat_map(|(_, document)| document.lines.iter().copied())
    }

    /// The real invoice that looks like this, and what is left to pay of it. Where several do, one is as good as another.
    pub(crate) fn like(&self, wanted: &Document) -> (InvoiceId, i64) {
        let found = self.documents.iter().find(|(_, document)| document == wanted);
        found.map(|(id, document)| (*id, document.left)).unwrap_or_else(|| panic!("no invoice {wanted:#?}"))
    }
}
