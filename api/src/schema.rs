//! The schema, put together.

use crate::types::{
    api_key::{ApiKeyMutation, ApiKeyQuery},
    app::{AppMutation, AppQuery},
    app_setup::AppSetupMutation,
    app_subscription::{AppSubscriptionLive, AppSubscriptionMutation, AppSubscriptionQuery},
    billing_profile::{BillingProfileMutation, BillingProfileQuery},
    billing_summary::BillingSummaryQuery,
    credit_note::CreditNoteMutation,
    invoice::{InvoiceLive, InvoiceQuery},
    job_run::JobRunQuery,
    license::LicenseQuery,
    member::MemberMutation,
    node::NodeQuery,
    operator::OperatorMutation,
    organization::{OrganizationMutation, OrganizationQuery},
    partnership::PartnershipMutation,
    payment::PaymentMutation,
    payment_method::{PaymentMethodMutation, PaymentMethodQuery},
    preview::PreviewQuery,
    proposal::{ProposalMutation, ProposalQuery},
    publisher::PublisherMutation,
    refund::{RefundMutation, RefundQuery},
    region::{RegionMutation, RegionQuery},
    sandbox::SandboxMutation,
    support::SupportMutation,
    viewer::ViewerQuery,
    webhook::{WebhookMutation, WebhookQuery},
};
use async_graphql::{MergedObject, MergedSubscription, SDLExportOptions, Schema};

/// How deep a document may nest at all, whatever the limits say.
const RECURSION: usize = 64;

/// What can be asked.
#[derive(MergedObject, Default)]
pub(crate) struct Query(
    ViewerQuery,
    OrganizationQuery,
    AppQuery,
    AppSubscriptionQuery,
    LicenseQuery,
    RegionQuery,
    BillingProfileQuery,
    PaymentMethodQuery,
    InvoiceQuery,
    PreviewQuery,
    ProposalQuery,
    BillingSummaryQuery,
    RefundQuery,
    ApiKeyQuery,
    WebhookQuery,
    JobRunQuery,
    NodeQuery,
);

/// What can be done. Each takes one `input` and answers with the changed objects and `userErrors`: refusals, as data.
#[derive(MergedObject, Default)]
pub(crate) struct Mutation(
    OperatorMutation,
    OrganizationMutation,
    MemberMutation,
    ApiKeyMutation,
    WebhookMutation,
    AppMutation,
    PublisherMutation,
    AppSubscriptionMutation,
    PaymentMethodMutation,
    BillingProfileMutation,
    PaymentMutation,
    RefundMutation,
    CreditNoteMutation,
    PartnershipMutation,
    ProposalMutation,
    RegionMutation,
    AppSetupMutation,
    SupportMutation,
    SandboxMutation,
);

/// What can be watched, over a WebSocket with the subprotocol `graphql-transport-ws`.
#[derive(MergedSubscription, Default)]
#[graphql(name = "Subscription")]
pub(crate) struct Live(AppSubscriptionLive, InvoiceLive);

pub(crate) type TenureSchema = Schema<Query, Mutation, Live>;

pub(crate) fn schema() -> TenureSchema {
    Schema::build(Query::default(), Mutation::default(), Live::default())
        // Ours come first, and are named in their errors.
        .limit_recursive_depth(RECURSION)
        .finish()
}

/// The schema in the schema definition language, sorted.
pub fn sdl() -> String {
    let options =
        SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items().include_specified_by();
    schema().sdl_with_options(options)
}
