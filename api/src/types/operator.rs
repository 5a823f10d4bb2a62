//! What the operator begins with: organizations, publishers and partners.

use super::{organization::Organization, partner::Partner, publisher::Publisher};
use crate::{
    caller::Caller,
    error::{UserError, answered, top_level},
};
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use domain::{operator, organization, view};
use secrecy::ExposeSecret;

/// The first owner of an organization.
#[derive(Debug, InputObject)]
pub(crate) struct FirstOwnerInput {
    /// Their name.
    name: String,
    /// Their e-mail address, by which they are recognized the first time they come.
    email: String,
}

/// An organization to create.
#[derive(Debug, InputObject)]
pub(crate) struct CreateOrganizationInput {
    /// Its name.
    name: String,
    /// ISO 3166 alpha-2 code of its country.
    country: String,
    /// Its first owner, who invites the others.
    owner: FirstOwnerInput,
}

/// What came of creating an organization.
#[derive(SimpleObject)]
pub(crate) struct CreateOrganizationPayload {
    /// The organization, unless it was refused.
    organization: Option<Organization>,
    /// Why it was refused; empty when it was created.
    user_errors: Vec<UserError>,
}

/// A publisher to create.
#[derive(Debug, InputObject)]
pub(crate) struct CreatePublisherInput {
    /// Its short name, unique: a-z, 0-9 and `-`.
    slug: String,
    /// Its name.
    name: String,
    /// Where its customers find support.
    support_url: String,
    /// Its portal, where purchases are activated: a token is appended to this address.
    portal_url: String,
}

/// What came of creating a publisher.
#[derive(SimpleObject)]
pub(crate) struct CreatePublisherPayload {
    /// The publisher, unless it was refused.
    publisher: Option<Publisher>,
    /// Its first API key, to be sent as a bearer token. It is shown this once.
    api_key_secret: Option<String>,
    /// Why it was refused; empty when it was created.
    user_errors: Vec<UserError>,
}

/// A partner to create.
#[derive(Debug, InputObject)]
pub(crate) struct CreatePartnerInput {
    /// Its short name, unique: a-z, 0-9 and `-`.
    slug: String,
    /// Its name.
    name: String,
}

/// What came of creating a partner.
#[derive(SimpleObject)]
pub(crate) struct CreatePartnerPayload {
    /// The partner, unless it was refused.
    partner: Option<Partner>,
    /// Its first API key, to be sent as a bearer token. It is shown this once.
    api_key_secret: Option<String>,
    /// Why it was refused; empty when it was created.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct OperatorMutation;

#[Object]
impl OperatorMutation {
    /// Creates an organization with its first owner. For the operator.
    async fn create_organization(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to create.")] input: CreateOrganizationInput,
    ) -> Result<CreateOrganizationPayload> {
        let caller = Caller::of(ctx);
        let input = organization::CreateOrganization {
            name: input.name,
            country: input.country,
            owner_name: input.owner.name,
            owner_email: input.owner.email,
        };
        Ok(match answered(organization::create_organization(&caller.market, &caller.by, input).await)? {
            Ok(id) => {
                let found = view::organization::organization(&caller.market, caller.actor(), id).await;
                let organization = found.map_err(top_level)?.map(Organization);
                CreateOrganizationPayload { organization, user_errors: Vec::new() }
            }
            Err(user_errors) => CreateOrganizationPayload { organization: None, user_errors },
        })
    }

    /// Creates a publisher with its first API key. For the operator.
    async fn create_publisher(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to create.")] input: CreatePublisherInput,
    ) -> Result<CreatePublisherPayload> {
        let caller = Caller::of(ctx);
        let CreatePublisherInput { slug, name, support_url, portal_url } = input;
        let input = operator::CreatePublisher { slug, name, support_url, portal_url };
        Ok(match answered(operator::create_publisher(&caller.market, &caller.by, input).await)? {
            Ok((id, key)) => {
                let found = view::organization::publisher(&caller.market, caller.actor(), id)
                    .await
                    .map_err(top_level)?;
                CreatePublisherPayload {
                    publisher: found.map(Publisher),
                    api_key_secret: Some(key.secret.expose_secret().to_owned()),
                    user_errors: Vec::new(),
                }
            }
            Err(user_errors) => CreatePublisherPayload { publisher: None, api_key_secret: None, user_errors },
        })
    }

    /// Creates a partner with its first API key. For the operator.
    async fn create_partner(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to create.")] input: CreatePartnerInput,
    ) -> Result<CreatePartnerPayload> {
        let caller = Caller::of(ctx);
        let input = operator::CreatePartner { slug: input.slug, name: input.name };
        Ok(match answered(operator::create_partner(&caller.market, &caller.by, input).await)? {
            Ok((id, key)) => {
                let found = view::organization::partner(&caller.market, caller.actor(), id).await;
                CreatePartnerPayload {
                    partner: found.map_err(top_level)?.map(Partner),
                    api_key_secret: Some(key.secret.expose_secret().to_owned()),
                    user_errors: Vec::new(),
                }
            }
            Err(user_errors) => CreatePartnerPayload { partner: None, api_key_secret: None, user_errors },
        })
    }
}
