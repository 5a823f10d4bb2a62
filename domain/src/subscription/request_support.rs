//! Asking the publisher for support: possible in every status.

use crate::{
    Actor, By, Error, Marketplace, Result,
    access::{self, Action},
};
use entity::{id::SubscriptionId, publisher, state::EventType, support_request};
use sea_orm::EntityTrait;
use serde_json::json;

/// The question.
#[derive(Debug, Clone)]
pub struct RequestSupport {
    /// About which subscription.
    pub subscription: SubscriptionId,
    /// What it is about: 1 to 200 characters.
    pub subject: String,
    /// The question: 1 to 10,000 characters.
    pub message: String,
}

/// Records the question for the publisher, and returns it with the address of the publisher's support.
///
/// # Errors
/// `Invalid`, `NotFound` and `Forbidden`.
pub async fn request_support(
    market: &Marketplace,
    by: &By,
    input: RequestSupport,
) -> Result<(support_request::Model, String)> {
    for (field, text, most) in [("subject", &input.subject, 200), ("message", &input.message, 10_000)] {
        if text.trim().is_empty() || text.chars().count() > most {
            return Err(Error::invalid(field, format!("write 1 to {most} characters")));
        }
    }
    let mut work = market.begin(by).await?;
    let (mut organization, subscription) =
        work.subscription_of_organization(input.subscription, "subscriptionId").await?;
    access::may(&by.actor, Action::RequestSupport, &subscription.row)?;
    let publisher = publisher::Entity::find_by_id(subscription.row.publisher_id)
        .one(&work.tx)
        .await?
        .ok_or_else(|| Error::internal("a subscription without a publisher"))?;
    let requested_by = match &by.actor {
        Actor::Member(member) => member.user,
        Actor::Publisher(_) | Actor::Partner(_) | Actor::Operator(_) | Actor::System => None,
    };
    let request = support_request::Model {
        id: work.id(),
        subscription_id: subscription.row.id,
        organization_id: subscription.row.organization_id,
        publisher_id: subscription.row.publisher_id,
        partner_id: subscription.row.partner_id,
        requested_by,
        subject: input.subject,
        message: input.message,
        created_at: work.at(),
    };
    work.insert(request.clone()).await?;
    // That somebody asked, not what: words can name people, and the history is kept for ever.
    let body = json!({ "supportRequest": request.id, "subscription": request.subscription_id });
    work.record_on_organization(&mut organization, EventType::SupportRequested, body);
    work.commit().await?;
    Ok((request, publisher.support_url))
}
