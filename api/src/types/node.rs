//! Finding any object by its global id.

use super::{
    api_key::ApiKey,
    app::App,
    app_subscription::AppSubscription,
    billing_profile::BillingProfile,
    credit_note::CreditNote,
    event::AppSubscriptionEvent,
    invoice::Invoice,
    job_run::JobRun,
    license::{LicenseAssignment, MyLicense},
    organization::Organization,
    partner::Partner,
    partnership::Partnership,
    payment::Payment,
    payment_method::PaymentMethod,
    plan::Plan,
    proposal::Proposal,
    publisher::Publisher,
    refund::Refund,
    user::User,
    webhook::{WebhookDelivery, WebhookEndpoint},
};
use crate::{
    caller::Caller,
    error::top_level,
    global_id::{Kind, decode_any, decode_event},
};
use async_graphql::{Context, ID, Interface, Object, Result};
use domain::{Error, view};
use entity::state::StreamKind;
use uuid::Uuid;

/// An object with a global id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The object's id."))]
pub(crate) enum Node {
    ApiKey(ApiKey),
    App(App),
    AppSubscription(AppSubscription),
    AppSubscriptionEvent(AppSubscriptionEvent),
    BillingProfile(BillingProfile),
    CreditNote(CreditNote),
    Invoice(Invoice),
    JobRun(JobRun),
    LicenseAssignment(LicenseAssignment),
    MyLicense(MyLicense),
    Organization(Organization),
    Partner(Partner),
    Partnership(Partnership),
    Payment(Payment),
    PaymentMethod(PaymentMethod),
    Plan(Plan),
    Proposal(Proposal),
    Publisher(Publisher),
    Refund(Refund),
    User(User),
    WebhookDelivery(WebhookDelivery),
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
        let found = match (decode_any(&id), decode_event(&id)) {
            (Some((kind, id)), _) => find(ctx, kind, id).await,
            (None, Some((stream, seq))) => event(Caller::of(ctx), stream, seq).await,
            (None, None) => Ok(None),
        };
        match found {
            // Who may not look for such objects at all finds none.
            Err(Error::Forbidden(_)) => Ok(None),
            found => found.map_err(top_level),
        }
    }
}

async fn event(caller: &Caller, stream: Uuid, seq: i64) -> domain::Result<Option<Node>> {
    let found = view::event::event(&caller.market, caller.actor(), stream, seq).await?;
    let of_subscription = found.filter(|view| view.row.stream_kind == StreamKind::Subscription);
    Ok(of_subscription.map(|view| Node::AppSubscriptionEvent(AppSubscriptionEvent(view))))
}

async fn find(ctx: &Context<'_>, kind: Kind, id: Uuid) -> domain::Result<Option<Node>> {
    let caller = Caller::of(ctx);
    let (market, actor) = (&caller.market, caller.actor());
    Ok(match kind {
        Kind::ApiKey => {
            view::api_key::api_key(market, actor, id.into()).await?.map(|row| Node::ApiKey(ApiKey(row)))
        }
        Kind::App => {
            view::catalog::app(market, actor, id.into()).await?.map(|view| Node::App(App::alone(view)))
        }
        Kind::AppSubscription => {
            let parts = AppSubscription::wanted(&ctx.look_ahead());
            let found = view::subscription::subscription(market, actor, id.into(), parts).await?;
            found.map(|view| Node::AppSubscription(AppSubscription::new(view)))
        }
        Kind::BillingProfile => view::billing::profile(market, actor, id.into())
            .await?
            .map(|view| Node::BillingProfile(BillingProfile(view))),
        Kind::CreditNote => view::payment::credit_note(market, actor, id.into())
            .await?
            .map(|row| Node::CreditNote(CreditNote(row))),
        Kind::Invoice => view::invoice::invoice(market, actor, id.into())
            .await?
            .map(|view| Node::Invoice(Invoice(view.into()))),
        Kind::JobRun => {
            view::job_run::job_run(market, actor, id.into()).await?.map(|row| Node::JobRun(JobRun(row)))
        }
        Kind::LicenseAssignment => view::license::assignment(market, actor, id.into())
            .await?
            .map(|view| Node::LicenseAssignment(LicenseAssignment(view))),
        Kind::MyLicense => view::license::own_license(market, actor, id.into())
            .await?
            .map(|view| Node::MyLicense(MyLicense(view))),
        Kind::Organization => view::organization::organization(market, actor, id.into())
            .await?
            .map(|row| Node::Organization(Organization(row))),
        Kind::Partner => view::organization::partner(market, actor, id.into())
            .await?
            .map(|row| Node::Partner(Partner(row))),
        Kind::Partnership => view::partnership::partnership(market, actor, id.into())
            .await?
            .map(|view| Node::Partnership(Partnership(view))),
        Kind::Payment => {
            view::payment::payment(market, actor, id.into()).await?.map(|row| Node::Payment(Payment(row)))
        }
        Kind::PaymentMethod => match view::billing::payment_method(market, actor, id.into()).await? {
            Some(row) => Some(Node::PaymentMethod(PaymentMethod::found(caller, row).await?)),
            None => None,
        },
        Kind::Plan => {
            view::catalog::plan(market, actor, id.into()).await?.map(|row| Node::Plan(Plan::new(row)))
        }
        Kind::Proposal => view::proposal::proposal(market, actor, id.into())
            .await?
            .map(|view| Node::Proposal(Proposal::new(view))),
        Kind::Publisher => view::organization::publisher(market, actor, id.into())
            .await?
            .map(|row| Node::Publisher(Publisher(row))),
        Kind::Refund => {
            view::payment::refund(market, actor, id.into()).await?.map(|row| Node::Refund(Refund(row)))
        }
        Kind::User => {
            view::organization::user(market, actor, id.into()).await?.map(|row| Node::User(User(row)))
        }
        Kind::WebhookDelivery => view::webhook::delivery(market, actor, id.into())
            .await?
            .map(|row| Node::WebhookDelivery(WebhookDelivery(row))),
        Kind::WebhookEndpoint => view::webhook::endpoint(market, actor, id.into())
            .await?
            .map(|row| Node::WebhookEndpoint(WebhookEndpoint(row))),
        // An event has an id of another form. A request for support is shown to nobody later.
        Kind::Event | Kind::SupportRequest => None,
    })
}
