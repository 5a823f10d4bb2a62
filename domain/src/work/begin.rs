//! How a unit of work begins: whoever asks still has to be who they were, and on PostgreSQL it acts as the role that they may
//! act as.

use super::Work;
use crate::{
    Actor, By, Error, Marketplace, Member, Result,
    database::SYSTEM_ROLE,
    failpoint::{self, Step},
};
use entity::{api_key, state::ApiKeyScope, user};
use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect};
use std::collections::BTreeMap;

/// What an operation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To change what whoever asks may change.
    Change,
    /// To look at what a change would come to and take it back, or to store what has happened: whoever may see may.
    Look,
}

impl Marketplace {
    /// Begins an operation: reads the clock once and opens the write transaction, in which whoever asks still has to be who
    /// they were when they were recognized.
    ///
    /// # Errors
    /// `Forbidden` for a key that may only read, and for who was removed meanwhile; `Conflict` when their role changed.
    pub(crate) async fn begin(&self, by: &By) -> Result<Work<'_>> {
        self.begin_for(by, Purpose::Change).await
    }

    /// The same, for a purpose.
    pub(crate) async fn begin_for(&self, by: &By, purpose: Purpose) -> Result<Work<'_>> {
        let changes = purpose == Purpose::Change;
        if changes && by.key.is_some_and(|key| key.scope == ApiKeyScope::Read) {
            return Err(Error::Forbidden("this API key may only read: create one that may write".into()));
        }
        let organization = match by.actor {
            Actor::Member(Member { organization, .. }) => Some(organization),
            Actor::Publisher(_) | Actor::Partner(_) | Actor::Operator(_) | Actor::System => None,
        };
        let work = Work {
            market: self,
            now: self.now().await?,
            tx: self.db().begin(organization).await?,
            by: by.clone(),
            new_subscriptions: Vec::new(),
            subscriptions: BTreeMap::new(),
            ends: Vec::new(),
            profiles: BTreeMap::new(),
            organizations: BTreeMap::new(),
            invoices: Vec::new(),
            credits: Vec::new(),
            refunds: Vec::new(),
            events: Vec::new(),
            noted: Vec::new(),
        };
        failpoint::at(Step::Begun).await?;
        if changes {
            still(&work, by).await?;
        }
        Ok(work)
    }
}

/// Whether whoever asks is still who they were when they were recognized. Whoever removes them waits for this transaction,
/// or this one sees that they are gone.
async fn still(work: &Work<'_>, by: &By) -> Result<()> {
    if let Actor::Member(Member { user: Some(id), role, .. }) = by.actor {
        let row = user::Entity::find_by_id(id).lock_shared().one(&work.tx).await?;
        match row.filter(|row| row.removed_at.is_none()) {
            None => return Err(Error::Forbidden("you were removed from the organization".into())),
            Some(row) if row.role != role => return Err(Error::Conflict),
            Some(_) => {}
        }
    }
    if let Some(key) = by.key {
        let row = api_key::Entity::find_by_id(key.id).lock_shared().one(&work.tx).await?;
        if row.is_none_or(|row| row.revoked_at.is_some()) {
            return Err(Error::Forbidden("this API key was revoked".into()));
        }
    }
    Ok(())
}

impl Work<'_> {
    /// Goes on as the system, if a member asked: for what falls due at somebody else's cost.
    pub(crate) async fn go_on_as_system(&self) -> Result<()> {
        let tenant = matches!(self.by.actor, Actor::Member(_)) && self.market.db().as_tenant().is_some();
        if tenant {
            self.tx.execute_unprepared(&format!("set local role {SYSTEM_ROLE}")).await?;
        }
        Ok(())
    }
}
