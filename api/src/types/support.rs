//! Asking publishers for support.

use crate::{
    caller::Caller,
    error::{UserError, answered},
    global_id::{Kind, encode, input},
};
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::subscription;

/// A question to the publisher.
#[derive(Debug, InputObject)]
pub(crate) struct RequestSupportInput {
    /// About which subscription.
    subscription_id: ID,
    /// What it is about: 1 to 200 characters.
    subject: String,
    /// The question: 1 to 10,000 characters.
    message: String,
}

/// A question that was recorded for the publisher.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct SupportRequest {
    /// The question's id.
    id: ID,
    /// When it was asked.
    created_at: DateTime<Utc>,
}

/// What came of asking.
#[derive(Debug, Clone, Default, SimpleObject)]
pub(crate) struct RequestSupportPayload {
    /// The question, unless it was refused.
    support_request: Option<SupportRequest>,
    /// Where the publisher gives support.
    support_url: Option<String>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct SupportMutation;

#[Object]
impl SupportMutation {
    /// Asks the publisher of an app for support. Possible in every status, also for a disabled subscription.
    async fn request_support(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The question.")] input: RequestSupportInput,
    ) -> Result<RequestSupportPayload> {
        let caller = Caller::of(ctx);
        let asked = async {
            let input = subscription::RequestSupport {
                subscription: self::input(Kind::AppSubscription, &input.subscription_id, "subscriptionId")?,
                subject: input.subject,
                message: input.message,
            };
            subscription::request_support(&caller.market, &caller.by, input).await
        };
        Ok(match answered(asked.await)? {
            Ok((request, url)) => RequestSupportPayload {
                support_request: Some(SupportRequest {
                    id: encode(Kind::SupportRequest, request.id.0),
                    created_at: request.created_at,
                }),
                support_url: Some(url),
                user_errors: Vec::new(),
            },
            Err(user_errors) => RequestSupportPayload { user_errors, ..RequestSupportPayload::default() },
        })
    }
}
