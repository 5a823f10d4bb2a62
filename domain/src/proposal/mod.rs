//! Proposals: what the operator offers an organization at prices of its own, and how that is answered.

mod accept_proposal;
pub mod allowed;
mod create_proposal;
mod decline_proposal;
pub(crate) mod expire;
pub mod lifecycle;
mod revise_proposal;
mod terms;
mod withdraw_proposal;

pub use self::{
    accept_proposal::{AcceptProposal, accept_proposal},
    create_proposal::{CreateProposal, create_proposal},
    decline_proposal::{DeclineProposal, decline_proposal},
    revise_proposal::{ReviseProposal, revise_proposal},
    terms::ProposedLine,
    withdraw_proposal::withdraw_proposal,
};

use crate::{Actor, By, Error, Result, organization::people, work::Work};
use entity::{
    id::ProposalId,
    organization, proposal, proposal_line,
    state::{EventType, ProposalStatus},
};
use lifecycle::{Change, Decision, State};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Set,
};
use serde_json::{Value as Json, json};

/// A proposal that is locked, with the organization whose history tells of it.
pub(crate) struct Locked {
    pub(crate) row: proposal::Model,
    pub(crate) organization: organization::Model,
}

impl Locked {
    /// What is said of a change.
    ///
    /// # Errors
    /// The refusal, as an error.
    fn decide(&self, work: &Work<'_>, change: Change) -> Result<Option<ProposalStatus>> {
        let proposal::Model { status, revision, expires_at, .. } = self.row;
        match lifecycle::decide(&State { status, revision, expires_at }, &change, work.at()) {
            Decision::To(next) => Ok(Some(next)),
            Decision::Already => Ok(None),
            Decision::Refused(code) => Err(code.into()),
        }
    }

    /// Closes it: what nobody has answered has no reason and nobody who answered.
    async fn close(
        &mut self,
        work: &Work<'_>,
        status: ProposalStatus,
        answer: Option<(&By, Option<String>)>,
    ) -> Result<()> {
        let answered_by = match answer.as_ref().map(|(by, _)| by.actor) {
            Some(Actor::Member(member)) => member.user,
            Some(Actor::Publisher(_) | Actor::Partner(_) | Actor::Operator(_) | Actor::System) | None => None,
        };
        let mut row = self.row.clone().into_active_model();
        row.status = Set(status);
        row.closed_at = Set(Some(work.at()));
        if let Some((_, reason)) = answer {
            row.answered_by = Set(answered_by);
            row.decline_reason = Set(reason);
        }
        self.row = row.update(&work.tx).await?;
        Ok(())
    }

    /// Records what became of it. A draft is nobody's business but the operator's: of it the organization hears nothing.
    fn record(&mut self, work: &mut Work<'_>, kind: EventType, body: Json) {
        let mut facts = json!({ "proposal": self.row.id, "revision": self.row.revision });
        if let (Some(facts), Json::Object(more)) = (facts.as_object_mut(), body) {
            facts.extend(more);
        }
        if self.row.sent_at.is_some() {
            work.record_on_organization(&mut self.organization, kind, facts);
        } else {
            work.record_on_marketplace(kind, facts);
        }
    }
}

impl Work<'_> {
    /// The proposal with this id, if the actor sees it: locked, behind its organization.
    ///
    /// # Errors
    /// `NotFound` when there is none that the actor sees.
    pub(crate) async fn proposal(&self, id: ProposalId) -> Result<Locked> {
        let not_found = || Error::not_found("proposalId");
        let seen = self.reader().find_by_id::<proposal::Entity>(id).one(&self.tx).await?;
        let seen = seen.ok_or_else(not_found)?;
        let organization = people::locked(self, seen.organization_id).await?;
        let row = self.reader().find_by_id::<proposal::Entity>(id).lock_exclusive().one(&self.tx).await?;
        Ok(Locked { row: row.ok_or_else(not_found)?, organization })
    }
}

/// The lines of the revision that stands, in their order.
async fn standing_lines(
    db: &impl ConnectionTrait,
    row: &proposal::Model,
) -> Result<Vec<proposal_line::Model>> {
    use proposal_line::{Column, Entity};
    Ok(Entity::find()
        .filter(Column::ProposalId.eq(row.id))
        .filter(Column::Revision.eq(row.revision))
        .order_by_asc(Column::Position)
        .all(db)
        .await?)
}
