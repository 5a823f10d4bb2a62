//! What the history of a subscription comes to, told again event by event, and held against its row: whatever was written
//! past the program into a row that no guard keeps shows there.

use crate::subscription::{Subscription, lifecycle};
use chrono::{DateTime, Utc};
use entity::{
    event,
    state::{EventType, Standing, Status},
    subscription, subscription_end,
};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// The facts of a subscription that its events tell, by their names.
#[derive(Debug, Clone, Default)]
pub(super) struct Retold {
    facts: BTreeMap<&'static str, Json>,
}

impl Retold {
    /// What has changed with the next event. What an event does not tell stays as it was.
    pub(super) fn tell(&mut self, event: &event::Model) {
        let body: Map<String, Json> = serde_json::from_str(&event.body).unwrap_or_default();
        let mut told = |fact, key: &str| {
            if let Some(value) = body.get(key) {
                self.facts.insert(fact, value.clone());
            }
        };
        match event.r#type {
            EventType::Purchased => {
                for (fact, key) in [
                    ("plan", "plan"),
                    ("number of licences", "quantity"),
                    ("bought number of licences", "quantity"),
                    ("unit price", "unitPrice"),
                    ("currency", "currency"),
                    ("auto-renewal", "autoRenew"),
                    ("billing profile", "billingProfile"),
                    ("replaced subscription", "replaces"),
                ] {
                    told(fact, key);
                }
                self.is("status", json!(Status::PendingActivation));
                self.is("number of assigned licences", json!(0));
                self.is("scheduled number of licences", Json::Null);
                self.is("standing", json!(Standing::Current));
                self.is("time of the purchase", at(event.occurred_at));
            }
            EventType::Activated => {
                period(&mut told);
                self.is("status", json!(Status::Active));
                self.is("time of the activation", at(event.occurred_at));
                self.is("day of the activation", json!(event.occurred_at.date_naive()));
            }
            EventType::Renewed => {
                period(&mut told);
                told("number of licences", "quantity");
                self.is("scheduled number of licences", Json::Null);
            }
            EventType::LicenseQuantityChanged => {
                told("number of licences", "quantity");
                self.is("scheduled number of licences", Json::Null);
            }
            EventType::LicenseDecreaseScheduled => told("scheduled number of licences", "scheduled"),
            EventType::LicenseDecreaseWithdrawn => self.is("scheduled number of licences", Json::Null),
            EventType::AutoRenewChanged => {
                told("auto-renewal", "autoRenew");
                if body.get("autoRenew") == Some(&Json::Bool(false)) {
                    self.is("scheduled number of licences", Json::Null);
                }
            }
            EventType::BillingProfileChanged => told("billing profile", "to"),
            EventType::LicensesAssigned => self.assign(people(&body)),
            EventType::LicensesUnassigned => self.assign(-people(&body)),
            EventType::PaymentPastDue => self.is("standing", json!(Standing::PastDue)),
            EventType::PaymentRecovered => self.is("standing", json!(Standing::Current)),
            EventType::Disabled => {
                told("reason of the end", "reason");
                let ended = body.get("disabledAt").and_then(Json::as_str).and_then(|at| at.parse().ok());
                if let Some(ended) = ended {
                    self.is("time of the end", at(ended));
                }
                self.is("status", json!(Status::Disabled));
                self.is("number of assigned licences", json!(0));
                self.is("scheduled number of licences", Json::Null);
                self.is("standing", json!(Standing::Current));
            }
            // These change nothing that is told here, or belong to other streams.
            EventType::EndingSoon
            | EventType::InvoiceIssued
            | EventType::InvoicePaid
            | EventType::InvoiceOverdue
            | EventType::CreditNoteIssued
            | EventType::ProfileCreated
            | EventType::ProfileUpdated
            | EventType::PaymentRecorded
            | EventType::PaymentRefunded
            | EventType::RefundFailed
            | EventType::ProfileRoleGranted
            | EventType::ProfileRoleRevoked
            | EventType::OrganizationCreated
            | EventType::MemberInvited
            | EventType::MemberRoleChanged
            | EventType::MemberRemoved
            | EventType::UserErased
            | EventType::ApiKeyCreated
            | EventType::ApiKeyRevoked
            | EventType::AgreementAccepted
            | EventType::PartnershipRequested
            | EventType::PartnershipApproved
            | EventType::PartnershipEnded
            | EventType::AppSetUp
            | EventType::ProposalDrafted
            | EventType::ProposalSent
            | EventType::ProposalRevised
            | EventType::ProposalWithdrawn
            | EventType::ProposalAccepted
            | EventType::ProposalDeclined
            | EventType::ProposalExpired
            | EventType::PaymentAttempted
            | EventType::PaymentResolved
            | EventType::MethodAdded
            | EventType::MethodApproved
            | EventType::MethodRefused
            | EventType::MethodRemoved
            | EventType::MemberBound
            | EventType::PortalOpened
            | EventType::SupportRequested
            | EventType::OperatorAdded
            | EventType::OperatorRenamed
            | EventType::OperatorBound
            | EventType::PublisherCreated
            | EventType::PublisherUpdated
            | EventType::PublisherKeyCreated
            | EventType::PublisherKeyRevoked
            | EventType::PartnerCreated
            | EventType::PartnerKeyCreated
            | EventType::PartnerKeyRevoked
            | EventType::AppCreated
            | EventType::AppUpdated
            | EventType::AppPublished
            | EventType::AppWithdrawn
            | EventType::PlanCreated
            | EventType::PlanUpdated
            | EventType::PlanRetired
            | EventType::CountryAdded
            | EventType::CountryMoved
            | EventType::CountryRemoved
            | EventType::AgreementPublished
            | EventType::WebhookEndpointCreated
            | EventType::WebhookEndpointUpdated
            | EventType::WebhookSecretRotated
            | EventType::WebhookEndpointDisabled
            | EventType::WebhookEndpointRemoved
            | EventType::WebhookEndpointTested
            | EventType::WebhookDeliveryReplayed => {}
        }
    }

    fn is(&mut self, fact: &'static str, value: Json) {
        self.facts.insert(fact, value);
    }

    fn assign(&mut self, more: i64) {
        let fact = "number of assigned licences";
        let before = self.facts.get(fact).and_then(Json::as_i64).unwrap_or_default();
        self.is(fact, json!(before + more));
    }

    /// The first fact of which the row says something else than its history, or than follows from the row itself.
    pub(super) fn differs(
        &self,
        row: &subscription::Model,
        end: Option<&subscription_end::Model>,
    ) -> Option<&'static str> {
        let stored = stored(row, end);
        let otherwise =
            self.facts.iter().find(|(fact, told)| stored.get(*fact).is_some_and(|is| is != *told));
        otherwise.map(|(fact, _)| *fact).or_else(|| derived(row, end))
    }
}

fn period(told: &mut impl FnMut(&'static str, &str)) {
    for (fact, key) in [("period", "period"), ("start of the period", "start"), ("end of the period", "end")]
    {
        told(fact, key);
    }
}

fn people(body: &Map<String, Json>) -> i64 {
    body.get("users").and_then(Json::as_array).map_or(0, |users| users.len() as i64)
}

/// An instant as databases keep it.
fn at(at: DateTime<Utc>) -> Json {
    json!(at.timestamp_micros())
}

/// What the row and its end say.
fn stored(row: &subscription::Model, end: Option<&subscription_end::Model>) -> BTreeMap<&'static str, Json> {
    BTreeMap::from([
        ("status", json!(row.status)),
        ("plan", json!(row.plan_id)),
        ("number of licences", json!(row.quantity)),
        ("bought number of licences", json!(row.bought_quantity)),
        ("scheduled number of licences", json!(row.scheduled_quantity)),
        ("number of assigned licences", json!(row.assigned)),
        ("unit price", json!(row.unit_price)),
        ("currency", json!(row.currency)),
        ("auto-renewal", json!(row.auto_renew)),
        ("billing profile", json!(row.billing_profile_id)),
        ("replaced subscription", json!(row.replaces_id)),
        ("standing", json!(row.standing)),
        ("period", json!(row.period_number)),
        ("start of the period", json!(row.period_start)),
        ("end of the period", json!(row.period_end)),
        ("day of the activation", json!(row.anchor_on)),
        ("time of the activation", row.activated_at.map_or(Json::Null, at)),
        ("time of the purchase", at(row.purchased_at)),
        ("reason of the end", json!(end.map(|end| end.reason))),
        ("time of the end", end.map_or(Json::Null, |end| at(end.at))),
    ])
}

/// What does not follow from the rest of the row as it should.
fn derived(row: &subscription::Model, end: Option<&subscription_end::Model>) -> Option<&'static str> {
    let Ok(state) = Subscription::loaded(row.clone(), end.cloned()).state() else { return Some("status") };
    if row.due_at.zip(row.due_change) != lifecycle::next_due(&state) {
        return Some("time at which something falls due");
    }
    (row.ends_at != lifecycle::ends_at(&state)).then_some("time until which it runs")
}
