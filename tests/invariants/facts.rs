//! Everything that the checks look at, loaded at once.

use domain::Database;
use entity::{
    credit_note, credit_note_line, event,
    id::{InvoiceId, SubscriptionId},
    invoice, invoice_line, license_assignment, payment, refund, sandbox_charge, sandbox_refund,
    state::EventType,
    subscription, subscription_end,
};
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder, Statement};
use serde_json::Value as Json;
use std::collections::HashMap;
use uuid::Uuid;

/// An event, its body read.
pub(super) struct Event {
    pub(super) row: event::Model,
    pub(super) body: Json,
}

impl Event {
    pub(super) fn is(&self, kind: EventType) -> bool {
        self.row.r#type == kind
    }

    pub(super) fn number(&self, field: &str) -> Option<i64> {
        self.body[field].as_i64()
    }

    pub(super) fn users(&self) -> Vec<Uuid> {
        let users = self.body["users"].as_array().cloned().unwrap_or_default();
        users.iter().filter_map(|user| user.as_str()?.parse().ok()).collect()
    }
}

/// What is in a database.
pub(super) struct Facts {
    pub(super) subscriptions: Vec<subscription::Model>,
    pub(super) ends: HashMap<SubscriptionId, subscription_end::Model>,
    /// By stream, in the order of the streams.
    pub(super) history: HashMap<Uuid, Vec<Event>>,
    pub(super) assignments: HashMap<SubscriptionId, Vec<license_assignment::Model>>,
    pub(super) invoices: HashMap<InvoiceId, invoice::Model>,
    pub(super) lines: Vec<invoice_line::Model>,
    pub(super) payments: Vec<payment::Model>,
    pub(super) credits: Vec<credit_note::Model>,
    pub(super) credited: Vec<credit_note_line::Model>,
    pub(super) refunds: Vec<refund::Model>,
    pub(super) charges: Vec<sandbox_charge::Model>,
    pub(super) given_back: Vec<sandbox_refund::Model>,
    /// The last number that was given, by the kind of document.
    pub(super) last_numbers: HashMap<String, i64>,
}

impl Facts {
    pub(super) async fn of(db: &Database) -> Self {
        let db = db.read();
        let mut history: HashMap<Uuid, Vec<Event>> = HashMap::new();
        let events = event::Entity::find().order_by_asc(event::Column::Seq).all(db).await;
        for row in events.expect("events") {
            let body = serde_json::from_str(&row.body).unwrap_or_default();
            history.entry(row.stream_id).or_default().push(Event { row, body });
        }
        let mut assignments: HashMap<_, Vec<_>> = HashMap::new();
        for row in license_assignment::Entity::find().all(db).await.expect("assignments") {
            assignments.entry(row.subscription_id).or_default().push(row);
        }
        let numbers = Statement::from_string(
            db.get_database_backend(),
            "select kind, last from document_number order by kind",
        );
        let numbers = db.query_all_raw(numbers).await.expect("numbers");
        let last = |row: &sea_orm::QueryResult| {
            (row.try_get("", "kind").expect("a kind"), row.try_get("", "last").expect("a number"))
        };
        let ends = subscription_end::Entity::find().all(db).await.expect("ends");
        let invoices = invoice::Entity::find().all(db).await.expect("invoices");
        Self {
            subscriptions: subscription::Entity::find().all(db).await.expect("subscriptions"),
            ends: ends.into_iter().map(|end| (end.subscription_id, end)).collect(),
            history,
            assignments,
            invoices: invoices.into_iter().map(|invoice| (invoice.id, invoice)).collect(),
            lines: invoice_line::Entity::find().all(db).await.expect("lines"),
            payments: payment::Entity::find().all(db).await.expect("payments"),
            credits: credit_note::Entity::find().all(db).await.expect("credit notes"),
            credited: credit_note_line::Entity::find().all(db).await.expect("lines of credit notes"),
            refunds: refund::Entity::find().all(db).await.expect("refunds"),
            charges: sandbox_charge::Entity::find().all(db).await.expect("charges"),
            given_back: sandbox_refund::Entity::find().all(db).await.expect("refunds of the gateway"),
            last_numbers: numbers.iter().map(last).collect(),
        }
    }

    /// The events of a stream, in their order.
    pub(super) fn events(&self, stream: Uuid) -> &[Event] {
        self.history.get(&stream).map_or(&[], Vec::as_slice)
    }
}
