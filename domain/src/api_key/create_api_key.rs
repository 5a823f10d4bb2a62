//! Creating an API key. It is shown once; two of one name can be valid at a time, so that one can replace the other.

use super::Holder;
use crate::{Actor, By, Error, Input, Marketplace, Member, Result, identity::api_key::New, text, work::Work};
use chrono::{DateTime, Utc};
use entity::{
    api_key::{Column, Entity, Model},
    id::ApiKeyId,
    organization, partner, publisher,
    state::{ApiKeyScope, Role},
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};
use secrecy::SecretString;
use serde_json::json;

/// How many keys of one name are valid at a time.
const AT_A_TIME: u64 = 2;

/// How many keys a holder has at most that are valid.
const MOST: u64 = 50;

/// The key to create.
#[derive(Debug, Clone)]
pub struct CreateApiKey {
    /// What it is for.
    pub name: String,
    /// Whether it may change anything.
    pub scope: ApiKeyScope,
    /// The role in which it acts for an organization: any but that of an owner. None for publishers and partners.
    pub role: Option<Role>,
    /// From when on it is not valid any more.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A key that was created.
#[derive(Debug, Clone)]
pub struct CreatedApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// The key itself: nobody can see it again.
    pub secret: SecretString,
}

/// Creates one for the actor's organization, publisher or partner.
///
/// # Errors
/// `Invalid`, also when two of this name are valid; `Forbidden`.
pub async fn create_api_key(market: &Marketplace, by: &By, input: CreateApiKey) -> Result<CreatedApiKey> {
    let holder = Holder::of(&by.actor)?;
    text::one_line(Input::field("name"), &input.name)?;
    match (holder, input.role) {
        (Holder::Organization(_), Some(Role::Contributor | Role::LicenseAdmin | Role::Reader))
        | (Holder::Publisher(_) | Holder::Partner(_), None) => {}
        (Holder::Organization(_), None | Some(Role::Owner)) => {
            let message = "say in which role it acts: CONTRIBUTOR, LICENSE_ADMIN or READER";
            return Err(Error::invalid("role", message));
        }
        (Holder::Publisher(_) | Holder::Partner(_), Some(_)) => {
            return Err(Error::invalid("role", "publishers and partners have no roles: leave it out"));
        }
    }
    if input.expires_at.is_some_and(|at| at <= market.real_now()) {
        return Err(Error::invalid("expiresAt", "this is over: name a later time"));
    }
    let mut work = market.begin(by).await?;
    lock(&work, holder).await?;
    let living = Condition::all()
        .add(holder.keys())
        .add(Column::RevokedAt.is_null())
        .add(Condition::any().add(Column::ExpiresAt.is_null()).add(Column::ExpiresAt.gt(work.now.real)));
    let of_name = Entity::find().filter(living.clone()).filter(Column::Name.eq(&input.name));
    if of_name.count(&work.tx).await? >= AT_A_TIME {
        let message = "two keys of this name are valid: revoke one first";
        return Err(Error::invalid("name", message));
    }
    if Entity::find().filter(living).count(&work.tx).await? >= MOST {
        return Err(Error::invalid("name", format!("there are {MOST} valid keys: revoke some first")));
    }
    let created = insert(&mut work, holder, input).await?;
    work.commit().await?;
    Ok(created)
}

/// The first key of a publisher or partner that was just created.
pub(crate) async fn first_key(work: &mut Work<'_>, holder: Holder) -> Result<CreatedApiKey> {
    let input =
        CreateApiKey { name: "first".into(), scope: ApiKeyScope::Write, role: None, expires_at: None };
    insert(work, holder, input).await
}

async fn insert(work: &mut Work<'_>, holder: Holder, input: CreateApiKey) -> Result<CreatedApiKey> {
    let new = New::make(work.market);
    let created_by = match work.by.actor {
        Actor::Member(Member { user, .. }) => user,
        Actor::Publisher(_) | Actor::Partner(_) | Actor::Operator(_) | Actor::System => None,
    };
    let (organization_id, publisher_id, partner_id) = match holder {
        Holder::Organization(id) => (Some(id), None, None),
        Holder::Publisher(id) => (None, Some(id), None),
        Holder::Partner(id) => (None, None, Some(id)),
    };
    let id: ApiKeyId = work.id();
    work.insert(Model {
        id,
        organization_id,
        publisher_id,
        partner_id,
        name: input.name,
        prefix: new.prefix,
        hash: new.hash,
        scope: input.scope,
        role: input.role,
        created_at: work.now.real,
        created_by,
        expires_at: input.expires_at,
        last_used_at: None,
        revoked_at: None,
    })
    .await?;
    let body = json!({ "apiKey": id, "scope": input.scope, "role": input.role });
    work.record_of_holder(holder, holder.created(), body).await?;
    Ok(CreatedApiKey { id, secret: new.secret })
}

/// Whoever makes a key or something else that is counted waits for who makes another.
pub(crate) async fn lock(work: &Work<'_>, holder: Holder) -> Result<()> {
    match holder {
        Holder::Organization(id) => {
            organization::Entity::find_by_id(id).lock_exclusive().one(&work.tx).await?;
        }
        Holder::Publisher(id) => {
            publisher::Entity::find_by_id(id).lock_exclusive().one(&work.tx).await?;
        }
        Holder::Partner(id) => {
            partner::Entity::find_by_id(id).lock_exclusive().one(&work.tx).await?;
        }
    }
    Ok(())
}
