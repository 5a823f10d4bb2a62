//! Who is calling: people by bearer tokens, of an identity provider or signed with the local secret; machines by API keys.

pub mod api_key;
mod bind;
mod local;
pub mod oidc;
mod unchanged;

pub use self::{
    local::{SHORTEST_SECRET, Subject, TOKEN_TIME, sign, verify},
    oidc::Oidc,
    unchanged::unchanged,
};

use crate::{Actor, Key, Marketplace, Member, Result};
use chrono::{DateTime, Utc};
use entity::{operator, partner, publisher, user};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait, Func},
};
use secrecy::SecretString;
use std::sync::Arc;

/// The token is malformed, not signed by whom we trust, for somebody else, or expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token is not valid")]
pub struct InvalidToken;

/// Why a token names nobody.
#[derive(Debug, thiserror::Error)]
pub enum Unverified {
    /// It is not valid.
    #[error(transparent)]
    Invalid(#[from] InvalidToken),
    /// The identity provider cannot be reached, and its keys are not known yet.
    #[error("the identity provider cannot be reached")]
    Unavailable,
}

/// Whom we trust to say who somebody is.
#[derive(Debug, Clone)]
pub enum Issuer {
    /// Whoever knows the local secret.
    Local(SecretString),
    /// An identity provider.
    Provider(Arc<Oidc>),
}

/// A token that was found good: whom it names, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Whom it names.
    pub who: Who,
    /// When it expires; none for an API key, which is looked up each time.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Whom a token names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Whom a locally signed token names.
    Local(Subject),
    /// Somebody at the identity provider.
    Person(Person),
    /// The holder of an API key.
    Machine(api_key::Presented),
}

/// Somebody at the identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The provider.
    pub issuer: String,
    /// Who they are there.
    pub subject: String,
    /// Their e-mail address, if the provider has verified it.
    pub verified_email: Option<String>,
}

/// Somebody who was recognized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Recognized {
    /// Who they are.
    pub actor: Actor,
    /// The API key with which they ask, if they do.
    pub key: Option<Key>,
}

impl Issuer {
    /// Whom the token names, and until when.
    ///
    /// # Errors
    /// When it is not valid, or the identity provider cannot be reached.
    pub async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Verified, Unverified> {
        if let Some(presented) = api_key::Presented::parse(token) {
            return Ok(Verified { who: Who::Machine(presented), expires_at: None });
        }
        match self {
            Self::Local(secret) => {
                let (subject, expires_at) = verify(secret, token, now)?;
                Ok(Verified { who: Who::Local(subject), expires_at: Some(expires_at) })
            }
            Self::Provider(provider) => {
                let (person, expires_at) = provider.verify(token, now).await?;
                Ok(Verified { who: Who::Person(person), expires_at: Some(expires_at) })
            }
        }
    }
}

/// The actor that the token names, if there is one. The request stands in the history when they come for the first time.
///
/// # Errors
/// What the database said.
pub async fn recognize(market: &Marketplace, who: &Who, request: Option<&str>) -> Result<Option<Recognized>> {
    let actor = match who {
        Who::Local(subject) => named(market, subject).await?,
        Who::Person(person) => met(market, person, request).await?,
        Who::Machine(presented) => return api_key::holder(market, presented).await,
    };
    Ok(actor.map(|actor| Recognized { actor, key: None }))
}

fn member(user: &user::Model) -> Actor {
    Actor::Member(Member { user: Some(user.id), organization: user.organization_id, role: user.role })
}

/// That an e-mail address is this one, in any case of letters. Stored ones are ASCII: a letter that only looks like another
/// is another.
fn same_address<E: EntityTrait>(entity: E, column: E::Column, email: &str) -> Expr {
    Expr::expr(Func::lower(Expr::col((entity, column)))).eq(email.to_ascii_lowercase())
}

/// Whom a locally signed token names. Who came from an identity provider once is not found by their address any more.
async fn named(market: &Marketplace, subject: &Subject) -> Result<Option<Actor>> {
    let db = market.db().read();
    Ok(match subject {
        // Operators first: an owner who invites the operator's address must not get them.
        Subject::Email(email) => match invited_operator(db, email).await? {
            Some(row) => Some(Actor::Operator(row.id)),
            None => invited_user(db, email).await?.map(|user| member(&user)),
        },
        Subject::Publisher(slug) => publisher::Entity::find()
            .filter(publisher::Column::Slug.eq(slug))
            .one(db)
            .await?
            .map(|row| Actor::Publisher(row.id)),
        Subject::Partner(slug) => partner::Entity::find()
            .filter(partner::Column::Slug.eq(slug))
            .one(db)
            .await?
            .map(|row| Actor::Partner(row.id)),
        Subject::Operator => operator::Entity::find()
            .order_by_asc(operator::Column::CreatedAt)
            .order_by_asc(operator::Column::Id)
            .one(db)
            .await?
            .map(|row| Actor::Operator(row.id)),
    })
}

/// The first who was invited with this address and never came from an identity provider.
async fn invited_user(db: &impl sea_orm::ConnectionTrait, email: &str) -> Result<Option<user::Model>> {
    Ok(user::Entity::find()
        .filter(same_address(user::Entity, user::Column::Email, email))
        .filter(user::Column::RemovedAt.is_null())
        .filter(user::Column::Issuer.is_null())
        .order_by_asc(user::Column::CreatedAt)
        .order_by_asc(user::Column::Id)
        .one(db)
        .await?)
}

async fn invited_operator(
    db: &impl sea_orm::ConnectionTrait,
    email: &str,
) -> Result<Option<operator::Model>> {
    Ok(operator::Entity::find()
        .filter(same_address(operator::Entity, operator::Column::Email, email))
        .filter(operator::Column::Issuer.is_null())
        .one(db)
        .await?)
}

/// Somebody from the identity provider: known by issuer and subject, or bound now to the invitation for their verified
/// address, once and for ever.
async fn met(market: &Marketplace, person: &Person, request: Option<&str>) -> Result<Option<Actor>> {
    let db = market.db().read();
    if let Some(known) = known(db, person).await? {
        return Ok(Some(known));
    }
    let Some(email) = &person.verified_email else { return Ok(None) };
    if let Some(invited) = invited_operator(db, email).await? {
        bind::operator(market, person, &invited, request).await?;
    } else if let Some(invited) = invited_user(db, email).await? {
        bind::user(market, person, &invited, request).await?;
    }
    // Whoever was first: another request of the same person, or somebody else with the same address.
    known(db, person).await
}

async fn known(db: &impl sea_orm::ConnectionTrait, person: &Person) -> Result<Option<Actor>> {
    let user = user::Entity::find()
        .filter(user::Column::Issuer.eq(&person.issuer))
        .filter(user::Column::Subject.eq(&person.subject))
        .filter(user::Column::RemovedAt.is_null())
        .one(db)
        .await?;
    if let Some(user) = user {
        return Ok(Some(member(&user)));
    }
    Ok(operator::Entity::find()
        .filter(operator::Column::Issuer.eq(&person.issuer))
        .filter(operator::Column::Subject.eq(&person.subject))
        .one(db)
        .await?
        .map(|row| Actor::Operator(row.id)))
}
