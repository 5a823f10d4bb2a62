//! Organizations, their people, and the agreement that binds them.

use super::{
    license,
    page::{Page, Slice},
};
use crate::{Actor, Marketplace, Member, Result, subscription::buying::current_agreement};
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
    let reads = market.reader(actor);
    let db = reads.db();
    Ok(match actor {
        Actor::Member(Member { user: Some(id), .. }) => {
            let own = reads.find_by_id::<user::Entity>(*id);
            own.find_also_linked(OfUser).one(db).await?.and_then(|(user, organization)| {
                Some(Viewer::Member { user: Some(user), organization: organization? })
            })
        }
        Actor::Member(Member { user: None, organization, .. }) => {
            let own = organization::Column::Id.eq(*organization);
            let own = reads.find::<organization::Entity>().filter(own);
            own.one(db).await?.map(|organization| Viewer::Member { user: None, organization })
        }
        Actor::Publisher(id) => {
            let own = reads.find_by_id::<publisher::Entity>(*id);
            own.one(db).await?.map(Viewer::Publisher)
        }
        Actor::Partner(id) => {
            let own = reads.find_by_id::<partner::Entity>(*id);
            own.one(db).await?.map(Viewer::Partner)
        }
        Actor::Operator(id) => {
            let own = reads.find_by_id::<operator::Entity>(*id);
            own.one(db).await?.map(Viewer::Operator)
        }
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
    let reads = market.reader(actor);
    Ok(reads.find_by_id::<partner::Entity>(id).one(reads.db()).await?)
}

/// The organization with this id, if the actor sees it.
///
/// # Errors
/// What the database said.
pub async fn organization(
    market: &Marketplace,
    actor: &Actor,
    id: OrganizationId,
) -> Result<Option<organization::Model>> {
    let reads = market.reader(actor);
    Ok(reads.find_by_id::<organization::Entity>(id).one(reads.db()).await?)
}

/// The country of the actor's organization, for what is sold there; none for actors without one.
///
/// # Errors
/// What the database said.
pub async fn country(market: &Marketplace, actor: &Actor) -> Result<Option<String>> {
    let Actor::Member(member) = actor else { return Ok(None) };
    Ok(organization(market, actor, member.organization).await?.map(|row| row.country))
}

/// The version of the Customer Agreement that has to be accepted now.
///
/// # Errors
/// What the database said.
pub async fn customer_agreement(market: &Marketplace, actor: &Actor) -> Result<customer_agreement::Model> {
    current_agreement(&market.reader(actor)).await
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
    let reads = market.reader(actor);
    let accepted = reads
        .find::<agreement_acceptance::Entity>()
        .filter(agreement_acceptance::Column::OrganizationId.eq(id))
        .order_by_desc(agreement_acceptance::Column::AcceptedAt)
        .one(reads.db())
        .await?;
    let Some(accepted) = accepted else { return Ok(None) };
    let by = match accepted.accepted_by {
        Some(id) => reads.find_by_id::<user::Entity>(id).one(reads.db()).await?,
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
    if lists { license::users(market, actor, id, search, slice, with_total).await } else { Ok(Page::empty()) }
}

/// The user with this id, if the actor may list them.
///
/// # Errors
/// What the database said.
pub async fn user(market: &Marketplace, actor: &Actor, id: UserId) -> Result<Option<user::Model>> {
    let reads = market.reader(actor);
    let living = reads.find::<user::Entity>().filter(user::Column::RemovedAt.is_null());
    Ok(living.filter(user::Column::Id.eq(id)).one(reads.db()).await?)
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
pub async fn publisher(
    market: &Marketplace,
    actor: &Actor,
    id: PublisherId,
) -> Result<Option<publisher::Model>> {
    let reads = market.reader(actor);
    Ok(reads.find_by_id::<publisher::Entity>(id).one(reads.db()).await?)
}
