//! Accepting a proposal: everything that the revision offers is bought, or nothing.

use super::{Locked, lifecycle::Change, standing_lines};
use crate::{
    By, Code, Error, Input, Marketplace, Refusal, Result, access,
    idempotency::Operation,
    subscription::buying::{Deal, agreement, buy, plan_for_sale, quantity, region, usable},
    view::billing::buying_profile,
    work::Work,
};
use entity::{
    app,
    id::{BillingProfileId, ProposalId, SubscriptionId},
    plan, proposal_line,
    state::{EventType, PurchaseChannel},
};
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};
use serde::Serialize;
use serde_json::json;

/// Which revision is accepted, and who is billed.
#[derive(Debug, Clone, Serialize)]
pub struct AcceptProposal {
    /// The proposal.
    pub proposal: ProposalId,
    /// The revision that was seen.
    pub revision: i64,
    /// The billing profile for all lines.
    pub billing_profile: BillingProfileId,
    /// The caller's idempotency key.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Buys every line at its own price; each waits for its activation. Accepting what was accepted buys nothing more.
///
/// # Errors
/// `PROPOSAL_CLOSED`; `PROPOSAL_CHANGED` for a revision that does not stand any more; the first of those of a purchase,
/// for any of the lines; `NotFound` and `Forbidden`.
pub async fn accept_proposal(market: &Marketplace, by: &By, input: AcceptProposal) -> Result<ProposalId> {
    let mut work = market.begin(by).await?;
    let mut locked = work.proposal(input.proposal).await?;
    access::may_answer(&by.actor)?;
    let id = locked.row.id;
    let key = input.idempotency_key.as_deref();
    if work.repeated(Operation::AcceptProposal, key, &input, id.0).await?.is_some() {
        return Ok(id);
    }
    let Some(status) = locked.decide(&work, Change::Accept(input.revision))? else { return Ok(id) };
    let lines = standing_lines(&work.tx, &locked.row).await?;
    let offered = offered(&work, &locked, &input, &lines).await?;
    let mut bought = Vec::with_capacity(lines.len());
    for (line, (plan, app)) in lines.into_iter().zip(&offered) {
        let subscription: SubscriptionId = work.id();
        let deal = Deal {
            customer: locked.organization.id,
            plan,
            app,
            unit_price: line.unit_price,
            license_quantity: line.license_quantity,
            billing_profile: input.billing_profile,
            auto_renew: true,
            replaces: None,
            channel: PurchaseChannel::Proposal,
        };
        buy(&mut work, subscription, &deal);
        let mut line = line.into_active_model();
        line.subscription_id = Set(Some(subscription));
        line.update(&work.tx).await?;
        bought.push(subscription);
    }
    locked.close(&work, status, Some((by, None))).await?;
    let body = json!({ "subscriptions": bought, "billingProfile": input.billing_profile });
    locked.record(&mut work, EventType::ProposalAccepted, body);
    work.commit().await?;
    Ok(id)
}

/// What the lines offer, if all of it can be bought now, in the order in which refusals are reported.
async fn offered(
    work: &Work<'_>,
    locked: &Locked,
    input: &AcceptProposal,
    lines: &[proposal_line::Model],
) -> Result<Vec<(plan::Model, app::Model)>> {
    let customer = &locked.organization;
    let profile = buying_profile(&work.reader(), input.billing_profile).await?;
    region(&work.tx, customer, profile.as_ref()).await?;
    agreement(&work.reader(), customer.id).await?;
    let mut offered = Vec::with_capacity(lines.len());
    for line in lines {
        let for_sale = plan_for_sale(&work.tx, line.plan_id, &customer.country).await;
        offered.push(for_sale.map_err(|error| not_for_sale(error, line))?);
    }
    for (line, (plan, _)) in lines.iter().zip(&offered) {
        quantity(plan, line.license_quantity, Input::field("proposalId"))?;
    }
    usable(profile.as_ref(), &locked.row.currency, work)?;
    Ok(offered)
}

/// Says which line it is: nothing of the others is bought either.
fn not_for_sale(error: Error, line: &proposal_line::Model) -> Error {
    match error {
        Error::NotFound(_) | Error::Refused(Refusal { code: Code::PlanNotAvailable, .. }) => {
            let message = format!(
                "What line {} offers is not for sale to your organization any more, so nothing was bought. Ask the operator for another proposal.",
                line.position + 1
            );
            Code::PlanNotAvailable.because(message).at(Input::field("proposalId")).into()
        }
        other => other,
    }
}
