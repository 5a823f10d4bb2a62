//! What a viewer may do with a proposal now: for what is listed there is an input that succeeds.

use super::lifecycle::{self, Change, Decision, State};
use crate::{
    Actor, Marketplace, Now, Result, access,
    subscription::buying::current_agreement,
    view::{
        billing::{BuyingProfile, buying_profiles},
        proposal::ProposalView,
    },
};
use entity::{
    agreement_acceptance,
    id::{OrganizationId, PlanId},
    plan_country, proposal,
    state::AppStatus,
    supported_country,
};
use sea_orm::{ColumnTrait, QueryFilter};
use std::collections::BTreeSet;

/// What can be done with a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProposalAction {
    /// Buy what it offers.
    Accept,
    /// Decline it.
    Decline,
    /// Change what it offers, or send it.
    Revise,
    /// Take it back.
    Withdraw,
}

/// What the answer depends on beside the proposals, loaded once for a page of them.
#[derive(Debug, Default)]
pub struct Facts {
    profiles: Vec<BuyingProfile>,
    supported: BTreeSet<String>,
    agreed: BTreeSet<OrganizationId>,
    sold: BTreeSet<(PlanId, String)>,
}

/// Loads the facts for some proposals that the actor sees: a handful of statements, however many there are.
///
/// # Errors
/// What the database said.
pub async fn facts(market: &Marketplace, actor: &Actor, views: &[&ProposalView]) -> Result<Facts> {
    if access::may_answer(actor).is_err() || views.is_empty() {
        return Ok(Facts::default());
    }
    let reads = market.reader(actor);
    let db = reads.db();
    let current = current_agreement(&reads).await?;
    let organizations: BTreeSet<_> = views.iter().map(|view| view.row.organization_id).collect();
    let accepted = reads
        .find::<agreement_acceptance::Entity>()
        .filter(agreement_acceptance::Column::Version.eq(current.version))
        .filter(agreement_acceptance::Column::OrganizationId.is_in(organizations))
        .all(db)
        .await?;
    let plans: BTreeSet<_> = views.iter().flat_map(|view| &view.lines).map(|line| line.plan.id).collect();
    let sold = reads
        .find::<plan_country::Entity>()
        .filter(plan_country::Column::PlanId.is_in(plans))
        .all(db)
        .await?;
    let supported = reads.find::<supported_country::Entity>().all(db).await?;
    Ok(Facts {
        profiles: buying_profiles(&reads).await?,
        supported: supported.into_iter().map(|row| row.country).collect(),
        agreed: accepted.into_iter().map(|row| row.organization_id).collect(),
        sold: sold.into_iter().map(|row| (row.plan_id, row.country)).collect(),
    })
}

/// What the actor may do with the proposal now.
pub fn allowed_actions(actor: &Actor, view: &ProposalView, facts: &Facts, now: Now) -> Vec<ProposalAction> {
    use ProposalAction::{Accept, Decline, Revise, Withdraw};
    let proposal::Model { status, revision, expires_at, .. } = view.row;
    let state = State { status, revision, expires_at };
    let to = |change| matches!(lifecycle::decide(&state, &change, now.business), Decision::To(_));
    let (answers, runs) = (access::may_answer(actor).is_ok(), access::operator(actor).is_ok());
    [Accept, Decline, Revise, Withdraw]
        .into_iter()
        .filter(|action| match action {
            Accept => answers && to(Change::Accept(revision)) && can_be_bought(view, facts, now),
            Decline => answers && to(Change::Decline),
            Revise => runs && to(Change::Revise),
            Withdraw => runs && to(Change::Withdraw),
        })
        .collect()
}

/// Whether everything that it offers can be bought with some billing profile.
fn can_be_bought(view: &ProposalView, facts: &Facts, now: Now) -> bool {
    let country = &view.organization.country;
    let for_sale = view.lines.iter().all(|line| {
        line.plan.retired_at.is_none()
            && line.app.status == AppStatus::Published
            && facts.sold.contains(&(line.plan.id, country.clone()))
    });
    for_sale
        && facts.supported.contains(country)
        && facts.agreed.contains(&view.row.organization_id)
        && facts.profiles.iter().any(|profile| {
            profile.refusal(&view.row.currency, now.business).is_none()
                && facts.supported.contains(&profile.profile.country)
        })
}
