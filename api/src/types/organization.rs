//! Organizations and the agreement that binds them.

use super::{
    billing_profile::BillingProfile, partnership::Partnership, payment_method::PaymentMethod, user::User,
};
use crate::{
    caller::Caller,
    error::{UserError, answered, top_level},
    global_id::{Kind, encode},
    relay::{Connection, slice, wants_total},
};
use async_graphql::{Context, Description, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::view::{
    self,
    billing::{self, Holder},
    partnership::{Side, partnerships},
};
use entity::organization::Model;

/// A customer: an organization whose people use apps.
#[derive(Debug, Clone, Description)]
pub(crate) struct Organization(pub(crate) Model);

/// That the organization accepted a version of the Customer Agreement.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct AcceptedAgreement {
    /// Which version.
    version: String,
    /// When.
    accepted_at: DateTime<Utc>,
    /// Who did, if it was one of the organization's own people.
    accepted_by: Option<User>,
    /// Who did, as a partner says that attested it; null otherwise.
    attestation: Option<Attestation>,
}

/// What a partner says of its customer's acceptance.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Attestation {
    /// The name of the person at the customer.
    name: String,
    /// Their e-mail address.
    email: String,
    /// When the partner said so.
    attested_at: DateTime<Utc>,
}

fn attestation(row: &entity::agreement_acceptance::Model) -> Option<Attestation> {
    Some(Attestation {
        name: row.attested_name.clone()?,
        email: row.attested_email.clone()?,
        attested_at: row.attested_at?,
    })
}

#[Object(use_type_description)]
impl Organization {
    /// The organization's id.
    pub(crate) async fn id(&self) -> ID {
        encode(Kind::Organization, self.0.id.0)
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// ISO 3166 alpha-2 code of its country.
    async fn country(&self) -> &str {
        &self.0.country
    }

    /// What it accepted last of the Customer Agreement; none when it has never accepted it.
    async fn customer_agreement(&self, ctx: &Context<'_>) -> Result<Option<AcceptedAgreement>> {
        let caller = Caller::of(ctx);
        let found = view::organization::accepted_agreement(&caller.market, caller.actor(), self.0.id).await;
        Ok(found.map_err(top_level)?.map(|(accepted, by)| AcceptedAgreement {
            attestation: attestation(&accepted),
            version: accepted.version,
            accepted_at: accepted.accepted_at,
            accepted_by: by.map(User),
        }))
    }

    /// Its users, by name, for its members with a role.
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start: 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only those with this text in their name or e-mail address.")] search: Option<
            String,
        >,
    ) -> Result<Connection<User>> {
        let caller = Caller::of(ctx);
        let slice = slice(first, after, last, before).map_err(top_level)?;
        let (id, search, total) = (self.0.id, search.as_deref(), wants_total(ctx));
        let page = view::organization::users(&caller.market, caller.actor(), id, search, &slice, total).await;
        Ok(page.map_err(top_level)?.map(User).into())
    }

    /// Its partnerships, the newest first: which partners buy for it, or asked to. Its members with a role see them, and each
    /// partner its own.
    async fn partnerships(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start: 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Partnership>> {
        let caller = Caller::of(ctx);
        let slice = slice(first, after, last, before).map_err(top_level)?;
        let (side, total) = (Side::Organization(self.0.id), wants_total(ctx));
        let page = partnerships(&caller.market, caller.actor(), side, &slice, total).await;
        Ok(page.map_err(top_level)?.map(Partnership).into())
    }

    /// Its payment methods, the oldest first, as far as you may see them.
    async fn payment_methods(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start: 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<Connection<PaymentMethod>> {
        let caller = Caller::of(ctx);
        let slice = slice(first, after, last, before).map_err(top_level)?;
        let holder = Holder::Organization(self.0.id);
        let page =
            billing::payment_methods(&caller.market, caller.actor(), holder, &slice, wants_total(ctx)).await;
        PaymentMethod::page(caller, page).await
    }

    /// Its billing profiles, by name, as far as you may see them.
    async fn billing_profiles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start: 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<Connection<BillingProfile>> {
        let caller = Caller::of(ctx);
        let slice = slice(first, after, last, before).map_err(top_level)?;
        let holder = Holder::Organization(self.0.id);
        let page = billing::profiles(&caller.market, caller.actor(), holder, &slice, wants_total(ctx)).await;
        Ok(page.map_err(top_level)?.map(BillingProfile).into())
    }
}

/// The Customer Agreement: without accepting its current version nothing can be bought.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct CustomerAgreement {
    /// The version that has to be accepted now.
    current_version: String,
    /// Where its text can be read.
    url: String,
}

/// Which version to accept.
#[derive(Debug, InputObject)]
pub(crate) struct AcceptCustomerAgreementInput {
    /// The version that you have read: the current one.
    version: String,
}

/// What came of accepting.
#[derive(SimpleObject)]
pub(crate) struct AcceptCustomerAgreementPayload {
    /// The organization, unless it was refused.
    organization: Option<Organization>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// A new version of the Customer Agreement.
#[derive(Debug, InputObject)]
pub(crate) struct PublishCustomerAgreementInput {
    /// Its name, such as `2026-07`, which no version has yet.
    version: String,
    /// Where its text can be read: https://…
    url: String,
}

/// What came of publishing.
#[derive(Default, SimpleObject)]
pub(crate) struct PublishCustomerAgreementPayload {
    /// The Customer Agreement as it is now, unless it was refused.
    customer_agreement: Option<CustomerAgreement>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct OrganizationQuery;

#[Object]
impl OrganizationQuery {
    /// The Customer Agreement.
    async fn customer_agreement(&self, ctx: &Context<'_>) -> Result<CustomerAgreement> {
        let caller = Caller::of(ctx);
        let current = view::organization::customer_agreement(&caller.market, caller.actor())
            .await
            .map_err(top_level)?;
        Ok(CustomerAgreement { current_version: current.version, url: current.url })
    }
}

#[derive(Default)]
pub(crate) struct OrganizationMutation;

#[Object]
impl OrganizationMutation {
    /// Publishes a new version of the Customer Agreement. It has to be accepted before the next purchase; what runs goes on.
    /// For the operator.
    async fn publish_customer_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to publish.")] input: PublishCustomerAgreementInput,
    ) -> Result<PublishCustomerAgreementPayload> {
        let caller = Caller::of(ctx);
        let input = domain::organization::PublishCustomerAgreement { version: input.version, url: input.url };
        let published = domain::organization::publish_customer_agreement(&caller.market, &caller.by, input);
        Ok(match answered(published.await)? {
            Ok(row) => PublishCustomerAgreementPayload {
                customer_agreement: Some(CustomerAgreement { current_version: row.version, url: row.url }),
                user_errors: Vec::new(),
            },
            Err(user_errors) => PublishCustomerAgreementPayload { user_errors, ..Default::default() },
        })
    }

    /// Accepts the Customer Agreement for your organization. Doing it again changes nothing.
    async fn accept_customer_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which version.")] input: AcceptCustomerAgreementInput,
    ) -> Result<AcceptCustomerAgreementPayload> {
        let caller = Caller::of(ctx);
        let done =
            domain::organization::accept_customer_agreement(&caller.market, &caller.by, &input.version).await;
        Ok(match answered(done)? {
            Ok(id) => {
                let found = view::organization::organization(&caller.market, caller.actor(), id).await;
                let organization = found.map_err(top_level)?.map(Organization);
                AcceptCustomerAgreementPayload { organization, user_errors: Vec::new() }
            }
            Err(user_errors) => AcceptCustomerAgreementPayload { organization: None, user_errors },
        })
    }
}
