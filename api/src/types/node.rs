//! Finding any object by its global id.

use super::{
    app::App, app_subscription::AppSubscription, billing_profile::BillingProfile, invoice::Invoice,
    organization::Organization, payment_method::PaymentMethod, proposal::Proposal, user::User,
    webhook::WebhookEndpoint,
};
use crate::{caller::Caller, error::top_level, global_id::Kind};
use async_graphql::{Context, ID, Interface, Object, Result};
use domain::view;

/// An object with a global id.
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time, on its way out; the macro takes the types as they are"
)]
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The object's id."))]
pub(crate) enum Node {
    App(App),
    AppSubscription(AppSubscription),
    BillingProfile(BillingProfile),
    Invoice(Invoice),
    Organization(Organization),
    PaymentMethod(PaymentMethod),
    Proposal(Proposal),
    User(User),
    WebhookEndpoint(WebhookEndpoint),
}

#[derive(Default)]
pub(crate) struct NodeQuery;

#[Object]
impl NodeQuery {
    /// Any object by its id, if you may see it.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The object's id.")] id: ID,
    ) -> Result<Option<Node>> {
        let Some((kind, id)) = crate::global_id::decode_any(&id) else { return Ok(None) };
        find(ctx, kind, id).await
    }
}

async fn find(ctx: &Context<'_>, kind: Kind, id: uuid::Uuid) -> Result<Option<Node>> {
    let caller = Caller::of(ctx);
    let (market, actor) = (&caller.market, caller.actor());
    Ok(match kind {
        Kind::App => view::catalog::app(market, actor, id.into())
            .await
            .map_err(top_level)?
            .map(|view| Node::App(App::alone(view))),
        Kind::AppSubscription => {
            let parts = AppSubscription::wanted(&ctx.look_ahead());
            let found =
                view::subscription::subscription(market, actor, id.into(), parts).await.map_err(top_level)?;
            found.map(|view| Node::AppSubscription(AppSubscription::new(view)))
        }
        Kind::BillingProfile => {
            let found = view::billing::profile(market, actor, id.into()).await.map_err(top_level)?;
            found.map(|view| Node::BillingProfile(BillingProfile(view)))
        }
        Kind::Invoice => super::invoice::find(caller, id.into()).await?.map(Node::Invoice),
        Kind::Organization => {
            let found =
                view::organization::organization(market, actor, id.into()).await.map_err(top_level)?;
            found.map(|row| Node::Organization(Organization(row)))
        }
        Kind::PaymentMethod => {
            match view::billing::payment_method(market, actor, id.into()).await.map_err(top_level)? {
                Some(row) => Some(Node::PaymentMethod(PaymentMethod::new(caller, row).await?)),
                None => None,
            }
        }
        Kind::Proposal => {
            let found = view::proposal::proposal(market, actor, id.into()).await.map_err(top_level)?;
            found.map(|view| Node::Proposal(Proposal::new(view)))
        }
        Kind::User => {
            let found = view::organization::user(market, actor, id.into()).await.map_err(top_level)?;
            found.map(|row| Node::User(User(row)))
        }
        Kind::WebhookEndpoint => {
            let found = view::webhook::endpoint(market, actor, id.into()).await.map_err(top_level)?;
            found.map(|row| Node::WebhookEndpoint(WebhookEndpoint(row)))
        }
        Kind::ApiKey
        | Kind::CreditNote
        | Kind::Event
        | Kind::JobRun
        | Kind::Partner
        | Kind::Partnership
        | Kind::Payment
        | Kind::Plan
        | Kind::Publisher
        | Kind::Refund
        | Kind::SupportRequest
        | Kind::WebhookDelivery => None,
    })
}
