//! API keys: how machines of organizations, publishers and partners come in.

use super::enums::{ApiKeyScope, OrganizationRole};
use crate::{
    caller::Caller,
    error::{UserError, answered, top_level},
    global_id::{Kind, encode, input},
    relay::{Connection, slice, wants_total},
};
use async_graphql::{Context, Description, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{api_key, view::api_key as view};
use entity::api_key::Model;
use secrecy::ExposeSecret;

/// The key of a machine that acts for an organization, a publisher or a partner. It is sent as a bearer token.
#[derive(Debug, Clone, Description)]
pub(crate) struct ApiKey(pub(crate) Model);

#[Object(use_type_description)]
impl ApiKey {
    /// The key's id.
    pub(crate) async fn id(&self) -> ID {
        encode(Kind::ApiKey, self.0.id.0)
    }

    /// What it is for.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The readable beginning of the key, by which it is recognized. The rest is shown once, when it is created.
    async fn prefix(&self) -> &str {
        &self.0.prefix
    }

    /// What it may do.
    async fn scope(&self) -> ApiKeyScope {
        self.0.scope.into()
    }

    /// The role in which it acts for an organization; null for publishers and partners.
    async fn role(&self) -> Option<OrganizationRole> {
        self.0.role.map(Into::into)
    }

    /// When it was created.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// From when on it is not valid any more; null when it does not expire.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at
    }

    /// When it was last used, to the minute.
    async fn last_used_at(&self) -> Option<DateTime<Utc>> {
        self.0.last_used_at
    }

    /// When it was revoked.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revoked_at
    }
}

/// An API key to create.
#[derive(Debug, InputObject)]
pub(crate) struct CreateApiKeyInput {
    /// What it is for. Two keys of one name can be valid at a time, so that one can replace the other.
    name: String,
    /// What it may do.
    scope: ApiKeyScope,
    /// The role in which it acts for your organization: `CONTRIBUTOR`, `LICENSE_ADMIN` or `READER`. None for publishers and
    /// partners.
    role: Option<OrganizationRole>,
    /// From when on it is not valid any more; without it, it does not expire.
    expires_at: Option<DateTime<Utc>>,
}

/// What came of creating an API key.
#[derive(SimpleObject)]
pub(crate) struct CreateApiKeyPayload {
    /// The key, unless it was refused.
    api_key: Option<ApiKey>,
    /// The key itself, to be sent as a bearer token. It is shown this once; nobody can see it again.
    secret: Option<String>,
    /// Why it was refused; empty when it was created.
    user_errors: Vec<UserError>,
}

/// An API key to revoke.
#[derive(Debug, InputObject)]
pub(crate) struct RevokeApiKeyInput {
    /// The key.
    api_key_id: ID,
}

/// What came of revoking an API key.
#[derive(SimpleObject)]
pub(crate) struct RevokeApiKeyPayload {
    /// The key, unless it was refused.
    api_key: Option<ApiKey>,
    /// Why it was refused; empty when it is revoked.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct ApiKeyQuery;

#[Object]
impl ApiKeyQuery {
    /// The API keys of your organization, publisher or partner, the newest first. For owners, publishers and partners.
    async fn api_keys(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start: 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<Connection<ApiKey>> {
        let caller = Caller::of(ctx);
        let slice = slice(first, after, last, before).map_err(top_level)?;
        let page = view::api_keys(&caller.market, caller.actor(), &slice, wants_total(ctx)).await;
        Ok(page.map_err(top_level)?.map(ApiKey).into())
    }
}

#[derive(Default)]
pub(crate) struct ApiKeyMutation;

#[Object]
impl ApiKeyMutation {
    /// Creates an API key for a machine of your organization, publisher or partner. For owners, publishers and partners.
    async fn create_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to create.")] input: CreateApiKeyInput,
    ) -> Result<CreateApiKeyPayload> {
        let caller = Caller::of(ctx);
        let input = api_key::CreateApiKey {
            name: input.name,
            scope: input.scope.into(),
            role: input.role.map(Into::into),
            expires_at: input.expires_at,
        };
        Ok(match answered(api_key::create_api_key(&caller.market, &caller.by, input).await)? {
            Ok(created) => {
                let found =
                    view::api_key(&caller.market, caller.actor(), created.id).await.map_err(top_level)?;
                CreateApiKeyPayload {
                    api_key: found.map(ApiKey),
                    secret: Some(created.secret.expose_secret().to_owned()),
                    user_errors: Vec::new(),
                }
            }
            Err(user_errors) => CreateApiKeyPayload { api_key: None, secret: None, user_errors },
        })
    }

    /// Revokes an API key, for good: the next request with it is refused, and its sockets are closed.
    async fn revoke_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: RevokeApiKeyInput,
    ) -> Result<RevokeApiKeyPayload> {
        let caller = Caller::of(ctx);
        let revoked = async {
            let id = self::input(Kind::ApiKey, &input.api_key_id, "apiKeyId")?;
            api_key::revoke_api_key(&caller.market, &caller.by, id).await
        };
        Ok(match answered(revoked.await)? {
            Ok(id) => {
                let found = view::api_key(&caller.market, caller.actor(), id).await.map_err(top_level)?;
                RevokeApiKeyPayload { api_key: found.map(ApiKey), user_errors: Vec::new() }
            }
            Err(user_errors) => RevokeApiKeyPayload { api_key: None, user_errors },
        })
    }
}
