//! That publishers set apps up for organizations.

use super::{app::App, organization::Organization};
use crate::{
    caller::Caller,
    error::{UserError, answered, top_level},
    global_id::{Kind, encode_part, input},
};
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{subscription, view};

/// That an app was set up for an organization, once for all its copies.
#[derive(SimpleObject)]
pub(crate) struct AppSetup {
    /// The set-up's id. It is found with what shows it alone.
    id: ID,
    /// Which app.
    app: App,
    /// For whom.
    organization: Organization,
    /// When the publisher had set it up.
    completed_at: DateTime<Utc>,
}

/// Which app was set up, and for whom.
#[derive(Debug, InputObject)]
pub(crate) struct CompleteAppSetupInput {
    /// One of the organization's subscriptions of the app.
    subscription_id: ID,
}

/// What came of it.
#[derive(Default, SimpleObject)]
pub(crate) struct CompleteAppSetupPayload {
    /// The set-up, unless it was refused.
    app_setup: Option<AppSetup>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct AppSetupMutation;

#[Object]
impl AppSetupMutation {
    /// Says that an app is set up for an organization. For the publisher of the app, once: later copies of the app need none,
    /// and saying it again changes nothing.
    async fn complete_app_setup(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which app, and for whom.")] input: CompleteAppSetupInput,
    ) -> Result<CompleteAppSetupPayload> {
        let caller = Caller::of(ctx);
        let done = async {
            let id = self::input(Kind::AppSubscription, &input.subscription_id, "subscriptionId")?;
            subscription::complete_app_setup(&caller.market, &caller.by, id).await
        };
        let key = match answered(done.await)? {
            Ok(key) => key,
            Err(user_errors) => return Ok(CompleteAppSetupPayload { app_setup: None, user_errors }),
        };
        let found = view::catalog::set_up(&caller.market, caller.actor(), key).await.map_err(top_level)?;
        let app_setup = found.map(|view| AppSetup {
            id: encode_part("set", view.organization.id.0, view.row.app_id.0.simple()),
            app: App::alone(view.app),
            organization: Organization(view.organization),
            completed_at: view.row.completed_at,
        });
        Ok(CompleteAppSetupPayload { app_setup, user_errors: Vec::new() })
    }
}
