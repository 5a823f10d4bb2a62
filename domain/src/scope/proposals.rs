//! Who sees what is offered to whom.

use super::{Scoped, everything, named, nothing};
use crate::{Actor, actor::Member, store::same};
use entity::{proposal, proposal_line, state::Role};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::Expr};

/// What was sent to their organization, for the members who see money; a draft is the operator's alone.
impl Scoped for proposal::Entity {
    fn seen_by(actor: &Actor) -> Condition {
        use proposal::Column;
        match actor {
            Actor::Member(Member { role: Some(Role::LicenseAdmin), .. }) => nothing(),
            Actor::Member(_) | Actor::Publisher(_) | Actor::Partner(_) => {
                named(actor, Column::OrganizationId, None, None).add(Column::SentAt.is_not_null())
            }
            Actor::Operator(_) | Actor::System => everything(),
        }
    }
}

/// The lines of the revision that stands.
impl Scoped for proposal_line::Entity {
    fn seen_by(actor: &Actor) -> Condition {
        use proposal::{Column, Entity};
        use proposal_line::Column as Line;
        let standing = Entity::find()
            .select_only()
            .expr(Expr::val(1))
            .filter(same((Entity, Column::Id), (proposal_line::Entity, Line::ProposalId)))
            .filter(same((Entity, Column::Revision), (proposal_line::Entity, Line::Revision)))
            .filter(Entity::seen_by(actor));
        everything().add(Expr::exists(standing.into_query()))
    }
}
