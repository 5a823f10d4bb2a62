//! Relay connections over the domain's pages.

use crate::types::{
    api_key::ApiKey,
    app::App,
    app_subscription::AppSubscription,
    billing_profile::BillingProfile,
    event::AppSubscriptionEvent,
    invoice::Invoice,
    job_run::JobRun,
    license::{LicenseAssignment, MyLicense},
    organization::Organization,
    partnership::Partnership,
    payment_method::PaymentMethod,
    proposal::Proposal,
    refund::Refund,
    user::User,
    webhook::{WebhookDelivery, WebhookEndpoint},
};
use async_graphql::{Context, OutputType, SimpleObject};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    Result,
    view::page::{Page, Slice},
};

/// Where a page stands in its list.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct PageInfo {
    /// Whether there are more rows behind this page.
    has_next_page: bool,
    /// Whether there are rows before this page.
    has_previous_page: bool,
    /// The cursor of the first row, for `before`.
    start_cursor: Option<String>,
    /// The cursor of the last row, for `after`.
    end_cursor: Option<String>,
}

/// A row of a page, with its cursor.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(
    concrete(name = "ApiKeyEdge", params(ApiKey)),
    concrete(name = "AppEdge", params(App)),
    concrete(name = "AppSubscriptionEdge", params(AppSubscription)),
    concrete(name = "AppSubscriptionEventEdge", params(AppSubscriptionEvent)),
    concrete(name = "BillingProfileEdge", params(BillingProfile)),
    concrete(name = "InvoiceEdge", params(Invoice)),
    concrete(name = "JobRunEdge", params(JobRun)),
    concrete(name = "LicenseAssignmentEdge", params(LicenseAssignment)),
    concrete(name = "MyLicenseEdge", params(MyLicense)),
    concrete(name = "OrganizationEdge", params(Organization)),
    concrete(name = "PartnershipEdge", params(Partnership)),
    concrete(name = "PaymentMethodEdge", params(PaymentMethod)),
    concrete(name = "ProposalEdge", params(Proposal)),
    concrete(name = "RefundEdge", params(Refund)),
    concrete(name = "UserEdge", params(User)),
    concrete(name = "WebhookDeliveryEdge", params(WebhookDelivery)),
    concrete(name = "WebhookEndpointEdge", params(WebhookEndpoint))
)]
pub(crate) struct Edge<T: OutputType> {
    /// The place of the row in the list, for `after` and `before`. It stays valid when rows are added or removed.
    cursor: String,
    /// The row.
    node: T,
}

/// A page of a list.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(
    concrete(name = "ApiKeyConnection", params(ApiKey)),
    concrete(name = "AppConnection", params(App)),
    concrete(name = "AppSubscriptionConnection", params(AppSubscription)),
    concrete(name = "AppSubscriptionEventConnection", params(AppSubscriptionEvent)),
    concrete(name = "BillingProfileConnection", params(BillingProfile)),
    concrete(name = "InvoiceConnection", params(Invoice)),
    concrete(name = "JobRunConnection", params(JobRun)),
    concrete(name = "LicenseAssignmentConnection", params(LicenseAssignment)),
    concrete(name = "MyLicenseConnection", params(MyLicense)),
    concrete(name = "OrganizationConnection", params(Organization)),
    concrete(name = "PartnershipConnection", params(Partnership)),
    concrete(name = "PaymentMethodConnection", params(PaymentMethod)),
    concrete(name = "ProposalConnection", params(Proposal)),
    concrete(name = "RefundConnection", params(Refund)),
    concrete(name = "UserConnection", params(User)),
    concrete(name = "WebhookDeliveryConnection", params(WebhookDelivery)),
    concrete(name = "WebhookEndpointConnection", params(WebhookEndpoint))
)]
pub(crate) struct Connection<T: OutputType>
where
    Edge<T>: OutputType,
{
    /// The rows with their cursors.
    edges: Vec<Edge<T>>,
    /// The rows.
    nodes: Vec<T>,
    /// Where this page stands in the list.
    page_info: PageInfo,
    /// How many rows the whole list has. Counted only when it is asked for.
    total_count: u64,
}

impl<T: OutputType + Clone> From<Page<T>> for Connection<T>
where
    Edge<T>: OutputType,
{
    fn from(page: Page<T>) -> Self {
        let edges: Vec<_> = page
            .rows
            .into_iter()
            .map(|(cursor, node)| Edge { cursor: URL_SAFE_NO_PAD.encode(cursor), node })
            .collect();
        Self {
            nodes: edges.iter().map(|edge| edge.node.clone()).collect(),
            page_info: PageInfo {
                has_next_page: page.has_next,
                has_previous_page: page.has_previous,
                start_cursor: edges.first().map(|edge| edge.cursor.clone()),
                end_cursor: edges.last().map(|edge| edge.cursor.clone()),
            },
            edges,
            total_count: page.total.unwrap_or(0),
        }
    }
}

/// The arguments of a connection.
///
/// # Errors
/// `Invalid` when they contradict each other or ask for too many.
pub(crate) fn slice(
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
) -> Result<Slice> {
    // What is no cursor is left as it is: the list will say that it is not one of its own.
    let decoded = |cursor: String| {
        URL_SAFE_NO_PAD.decode(&cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or(cursor)
    };
    Slice::parse(first, after.map(decoded), last, before.map(decoded))
}

/// Whether the query asks for the size of the whole list.
pub(crate) fn wants_total(ctx: &Context<'_>) -> bool {
    ctx.look_ahead().field("totalCount").exists()
}
