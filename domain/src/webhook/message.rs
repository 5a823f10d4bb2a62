//! The body of a message: a CloudEvent as JSON, <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md>.
//!
//! Its source is the stream of the event, so that its sequence, by the extension of that name, is the stream's version.

use super::{
    TEST, audience,
    facts::{self, Fact, Form, To},
    name_of,
};
use crate::{
    Error, Money, Result, access,
    api_key::Holder,
    global_id::{Kind, encode, encode_event},
    money::document_number,
};
use chrono::{DateTime, SecondsFormat, Utc};
use entity::{
    billing_profile, event,
    id::{WebhookDeliveryId, WebhookEndpointId},
    state::StreamKind,
    subscription,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::{Map, Value as Json, json};
use std::collections::HashMap;
use uuid::Uuid;

/// What the events of a batch are about, as far as messages tell it. None of it ever changes.
#[derive(Default)]
pub(super) struct Known {
    subscriptions: HashMap<Uuid, subscription::Model>,
    currencies: HashMap<Uuid, String>,
}

impl Known {
    /// What these events are about.
    pub(super) async fn of(db: &impl ConnectionTrait, events: &[event::Model]) -> Result<Self> {
        let streams = |kind| {
            let ids = events.iter().filter(move |event| event.stream_kind == kind);
            ids.map(|event| event.stream_id).collect::<Vec<_>>()
        };
        let subscriptions = subscription::Entity::find()
            .filter(subscription::Column::Id.is_in(streams(StreamKind::Subscription)))
            .all(db)
            .await?;
        let profiles = billing_profile::Entity::find()
            .filter(billing_profile::Column::Id.is_in(streams(StreamKind::BillingProfile)))
            .all(db)
            .await?;
        Ok(Self {
            subscriptions: subscriptions.into_iter().map(|row| (row.id.0, row)).collect(),
            currencies: profiles.into_iter().map(|row| (row.id.0, row.currency)).collect(),
        })
    }
}

/// The id of the message that tells an event, for whomever: that of the event in the API.
pub(super) fn id(event: &event::Model) -> String {
    encode_event(event.stream_id, event.seq)
}

/// The message that tells an event to whoever has an endpoint.
///
/// # Errors
/// `Internal` when the event is not what events of its type are.
pub(super) fn body(known: &Known, holder: Holder, event: &event::Model) -> Result<String> {
    let stored: Map<String, Json> = serde_json::from_str(&event.body).map_err(Error::internal)?;
    let subscription = known.subscriptions.get(&event.stream_id);
    let (kind, path) = match event.stream_kind {
        StreamKind::Subscription => (Kind::AppSubscription, "subscriptions"),
        StreamKind::BillingProfile => (Kind::BillingProfile, "billing-profiles"),
        StreamKind::Organization => (Kind::Organization, "organizations"),
        StreamKind::Marketplace => {
            return Err(Error::internal("the marketplace's own events are told to nobody"));
        }
    };
    let told = facts::told(event.r#type)
        .ok_or_else(|| Error::internal(format!("{:?} is told to nobody", event.r#type)))?;
    let stream = encode(kind, event.stream_id);
    let mut data = about(event, subscription, &stream);
    data.extend(told.fixed.map(|(name, value)| (name.to_owned(), value.into())));
    for Fact { stored: name, told, form, to } in told.facts {
        let Some(value) = stored.get(*name).filter(|value| !value.is_null()) else { continue };
        if is_told(*to, holder, subscription) {
            let currency = stored.get("currency").and_then(Json::as_str).or(known.currency(event.stream_id));
            data.insert((*told).to_owned(), formed(*form, value, currency)?);
        }
    }
    let subject = told
        .about
        .and_then(|(name, kind)| Some(encode(kind, uuid(stored.get(name)?)?)))
        .unwrap_or_else(|| stream.clone());
    Ok(json!({
        "specversion": "1.0",
        "id": id(event),
        "source": format!("/{path}/{stream}"),
        "type": name_of(event),
        "subject": subject,
        "time": time(event.occurred_at),
        "datacontenttype": "application/json",
        "sequence": format!("{:010}", event.seq),
        "sequencetype": "Integer",
        "data": data,
    })
    .to_string())
}

/// The message that tries an endpoint out.
pub(super) fn test(
    endpoint: WebhookEndpointId,
    id: WebhookDeliveryId,
    at: DateTime<Utc>,
) -> (String, String) {
    let (id, endpoint) = (encode(Kind::WebhookDelivery, id.0), encode(Kind::WebhookEndpoint, endpoint.0));
    let body = json!({
        "specversion": "1.0",
        "id": id,
        "source": format!("/webhook-endpoints/{endpoint}"),
        "type": TEST,
        "subject": endpoint,
        "time": time(at),
        "datacontenttype": "application/json",
        "data": { "webhookEndpointId": endpoint },
    });
    (id, body.to_string())
}

impl Known {
    fn currency(&self, profile: Uuid) -> Option<&str> {
        self.currencies.get(&profile).map(String::as_str)
    }
}

/// The objects that an event is about.
fn about(
    event: &event::Model,
    subscription: Option<&subscription::Model>,
    stream: &str,
) -> Map<String, Json> {
    let mut data = Map::new();
    let mut put = |name: &str, id: String| data.insert(name.to_owned(), id.into());
    match event.stream_kind {
        StreamKind::Subscription => {
            put("subscriptionId", stream.to_owned());
            if let Some(row) = subscription {
                put("organizationId", encode(Kind::Organization, row.organization_id.0));
                put("appId", encode(Kind::App, row.app_id.0));
                put("planId", encode(Kind::Plan, row.plan_id.0));
            }
        }
        StreamKind::BillingProfile => {
            put("billingProfileId", stream.to_owned());
        }
        StreamKind::Organization => {
            put("organizationId", stream.to_owned());
        }
        StreamKind::Marketplace => {}
    }
    data
}

fn is_told(to: To, holder: Holder, subscription: Option<&subscription::Model>) -> bool {
    let actor = audience::acting(holder);
    match to {
        To::All => true,
        To::Payers => subscription.is_none_or(|row| access::sees_money(&actor, row)),
        To::Assigners => access::sees_license_holders(&actor),
    }
}

fn formed(form: Form, value: &Json, currency: Option<&str>) -> Result<Json> {
    let wrong = || Error::internal(format!("an event has stored {value} where it should not"));
    let id = |kind: Kind, value: &Json| Some(Json::from(encode(kind, uuid(value)?)));
    Ok(match form {
        Form::Plain => value.clone(),
        Form::Id(kind) => id(kind, value).ok_or_else(wrong)?,
        Form::Ids(kind) => {
            let ids = value.as_array().ok_or_else(wrong)?.iter().map(|value| id(kind, value));
            ids.collect::<Option<Vec<_>>>().ok_or_else(wrong)?.into()
        }
        Form::Number(letters) => document_number(letters, value.as_i64().ok_or_else(wrong)?).into(),
        Form::Count => value.as_array().ok_or_else(wrong)?.len().into(),
        Form::Amount => {
            let (minor, currency) = value.as_i64().zip(currency).ok_or_else(wrong)?;
            let money = Money::stored(minor, currency)?;
            json!({ "amount": money.decimal(), "currency": money.currency.code() })
        }
    })
}

fn uuid(value: &Json) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
