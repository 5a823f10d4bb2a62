//! Reading as somebody: each statement is narrowed to what the actor sees, and on PostgreSQL it runs as a database role that
//! sees no more than the actor's organization.

use crate::{
    Actor, Marketplace,
    actor::Member,
    bounded::{Connections, Transaction},
    database::TENANT,
    scope::Scoped,
    work::Work,
};
use entity::id::OrganizationId;
use sea_orm::{ConnectionTrait, EntityTrait, PrimaryKeyTrait, QueryFilter, Select, sea_query::Expr};

/// Finds what an actor sees. Everything that is shown to somebody is found by one.
pub(crate) struct Reader<'a, C = Connections> {
    db: &'a C,
    actor: Actor,
    /// The organization that has to ride in each statement; none inside a transaction, which was told at its beginning.
    rides: Option<OrganizationId>,
}

impl Marketplace {
    /// Reads as the actor.
    pub(crate) fn reader(&self, actor: &Actor) -> Reader<'_> {
        match (self.db().as_tenant(), actor) {
            (Some(db), Actor::Member(Member { organization, .. })) => {
                Reader { db, actor: *actor, rides: Some(*organization) }
            }
            _ => Reader { db: self.db().read(), actor: *actor, rides: None },
        }
    }
}

impl Work<'_> {
    /// Reads as whoever asked, inside the transaction.
    pub(crate) fn reader(&self) -> Reader<'_, Transaction> {
        Reader { db: &self.tx, actor: self.by.actor, rides: None }
    }
}

impl<'a, C: ConnectionTrait> Reader<'a, C> {
    /// The rows that the actor sees.
    pub(crate) fn find<E: Scoped>(&self) -> Select<E> {
        self.seen(E::find())
    }

    /// The row with this key, if the actor sees it.
    pub(crate) fn find_by_id<E: Scoped>(
        &self,
        id: impl Into<<E::PrimaryKey as PrimaryKeyTrait>::ValueType>,
    ) -> Select<E> {
        self.seen(E::find_by_id(id))
    }

    fn seen<E: Scoped>(&self, select: Select<E>) -> Select<E> {
        self.within_tenant(select.filter(E::seen_by(&self.actor)))
    }

    /// For rows that belong to others that were found here: the statement says itself to which.
    pub(crate) fn within_tenant<E: EntityTrait>(&self, select: Select<E>) -> Select<E> {
        match self.rides {
            Some(organization) => select.filter(riding(organization)),
            None => select,
        }
    }

    /// Who reads.
    pub(crate) fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Where a statement that was found here runs.
    pub(crate) fn db(&self) -> &'a C {
        self.db
    }
}

/// Sets the organization that the row-level policies compare with, for this statement alone. PostgreSQL evaluates it once
/// and first, as a condition that depends on no row; a statement without it sees no row at all.
fn riding(organization: OrganizationId) -> Expr {
    let sql = format!("(select set_config('{TENANT}', $1, true)) is not null");
    Expr::cust_with_values(sql, [organization.0.to_string()])
}
