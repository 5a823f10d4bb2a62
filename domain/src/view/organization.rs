//! Organizations, their people, and the agreement that binds them.

use super::{
    license,
    page::{Page, Slice},
};
use crate::{Actor, Marketplace, Member, Result, subscription::purchase::current_agreement};
use entity::{
    agreement_acceptance, customer_agreement,
    id::{OrganizationId, PartnerId, PublisherId, UserId},
    operator, organization, partner, publisher,
    state::Role,
    user,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

/// Who the actor is, with names.
#[derive(Debug, Clone)]
pub enum Viewer {
    /// A user and their organization.
    Member {
        /// The user; none when a machine acts for the organization.
        user: Option<user::Model>,
        /// Their organization.
        organization: organization::Model,
    },
    /// A publisher.
    Publisher(publisher::Model),
    /// A partner.
    Partner(partner::Model),
    /// An operator.
    Operator(operator::Model),
}

/// Who the actor is.
///
/// # Errors
/// What the database said.
pub async fn viewer(market: &Marketplace, actor: &Actor) -> Result<Option<Viewer>> {
    let db = market.db().read();
    Ok(match actor {
        Actor::Member(Member { user: Some(id), .. }) => {
            user::Entity::find_by_id(*id).find_also_linked(OfUser).one(db).await?.and_then(
                |(user, organization)| Some(Viewer::Member { user: Some(user), organization: organization? }),
            )
        }
        Actor::Member(Member { user: None, organization, .. }) => {
            organization::Entity::find_by_id(*organization)
                .one(db)
                .await?
                .map(|organization| Viewer::Member { user: None, organization })
        }
        Actor::Publisher(id) => publisher::Entity::find_by_id(*id).one(db).await?.map(Viewer::Publisher),
        Actor::Partner(id) => partner::Entity::find_by_id(*id).one(db).await?.map(Viewer::Partner),
        Actor::Operator(id) => operator::Entity::find_by_id(*id).one(db).await?.map(Viewer::Operator),
        Actor::System => None,
    })
}

struct OfUser;

impl sea_orm::Linked for OfUser {
    type FromEntity = user::Entity;
    type ToEntity = organization::Entity;

    fn link(&self) -> Vec<sea_orm::RelationDef> {
        let of: sea_orm::RelationDef = user::Entity::belongs_to(organization::Entity)
            .from(user::Column::OrganizationId)
            .to(organization::Column::Id)
            .into();
        vec![of]
    }
}

/// The partner with this id, if it is the actor, or the actor runs the marketplace.
///
/// # Errors
/// What the database said.
pub async fn partner(market: &Marketplace, actor: &Actor, id: PartnerId) -> Result<Option<partner::Model>> {
    let sees = match actor {
        Actor::Partner(own) => *own == id,
        Actor::Operator(_) | Actor::System => true,
        Actor::Member(_) | Actor::Publisher(_) => false,
    };
    if !sees {
        return Ok(None);
    }
    Ok(partner::Entity::find_by_id(id).one(market.db().read()).await?)
}

/// The organization with this id, if the actor sees it: its own, or for an operator any.
///
/// # Errors
/// What the database said.
pub async fn organization(
    market: &Marketplace,
    actor: &Actor,
    id: OrganizationId,
) -> Result<Option<organization::Model>> {
    let sees = match actor {
        Actor::Member(member) => member.organization == id,
        Actor::Operator(_) | Actor::System => true,
        Actor::Publisher(_) | Actor::Partner(_) => false,
    };
    if !sees {
        return Ok(None);
    }
    Ok(organization::Entity::find_by_id(id).one(market.db().read()).await?)
}

/// The country of the actor's organization, for what is sold there; none for actors without one.
///
/// # Errors
/// What the database said.
pub async fn country(market: &Marketplace, actor: &Actor) -> Result<Option<String>> {
    let Actor::Member(member) = actor else { return Ok(None) };
    Ok(organization::Entity::find_by_id(member.organization)
        .one(market.db().read())
        .await?
        .map(|row| row.country))
}

/// The version of the Customer Agreement that has to be accepted now.
///
/// # Errors
/// What the database said.
pub async fn customer_agreement(market: &Marketplace) -> Result<customer_agreement::Model> {
    current_agreement(market.db().read()).await
}

/// What the organization accepted last, and who did, for whoever sees the organization itself.
///
/// # Errors
/// What the database said.
pub async fn accepted_agreement(
    market: &Marketplace,
    actor: &Actor,
    id: OrganizationId,
) -> Result<Option<(agreement_acceptance::Model, Option<user::Model>)>> {
    if organization(market, actor, id).await?.is_none() {
        return Ok(None);
    }
    let db = market.db().read();
    let accepted = agreement_acceptance::Entity::find()
        .filter(agreement_acceptance::Column::OrganizationId.eq(id))
        .order_by_desc(agreement_acceptance::Column::AcceptedAt)
        .one(db)
        .await?;
    let Some(accepted) = accepted else { return Ok(None) };
    let by = match accepted.accepted_by {
        Some(user) => user::Entity::find_by_id(user).one(db).await?,
        None => None,
    };
    Ok(Some((accepted, by)))
}

/// A page of the organization's users by name, for its members with a role and the operator; nobody for others.
///
/// # Errors
/// `Invalid` for what is no cursor of this list; what the database said.
pub async fn users(
    market: &Marketplace,
    actor: &Actor,
    id: OrganizationId,
    search: Option<&str>,
    slice: &Slice,
    with_total: bool,
) -> Result<Page<user::Model>> {
    let lists = match actor {
        Actor::Member(Member { organization, role: Some(_), .. }) => *organization == id,
        Actor::Operator(_) => true,
        Actor::Member(_) | Actor::Publisher(_) | Actor::Partner(_) | Actor::System => false,
    };
    if lists { license::users(market, id, search, slice, with_total).await } else { Ok(Page::empty()) }
}

/// The user with this id, if the actor may list them.
///
/// # Errors
/// What the database said.
pub async fn user(market: &Marketplace, actor: &Actor, id: UserId) -> Result<Option<user::Model>> {
    let select = user::Entity::find_by_id(id).filter(crate::scope::users(actor));
    Ok(select.one(market.db().read()).await?)
}

/// A member's roles, as a list: one, or none.
pub fn roles(actor: &Actor) -> Vec<Role> {
    match actor {
        Actor::Member(member) => member.role.into_iter().collect(),
        Actor::Publisher(_) | Actor::Partner(_) | Actor::Operator(_) | Actor::System => Vec::new(),
    }
}

/// The publisher with this id: everybody may know who sells apps.
///
/// # Errors
/// What the database said.
pub async fn publisher(market: &Marketplace, id: PublisherId) -> Result<Option<publisher::Model>> {
    Ok(publisher::Entity::find_by_id(id).one(market.db().read()).await?)
}
