//! How the operator makes proposals, and how organizations answer them.

use super::Proposal;
use crate::{
    caller::Caller,
    change::{filled, given},
    error::{UserError, answered, top_level},
    global_id::{Kind, input},
};
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{Input, proposal, view};
use entity::id::ProposalId;

/// One thing to offer.
#[derive(Debug, InputObject)]
pub(crate) struct ProposalLineInput {
    /// The plan. All lines are in one currency.
    plan_id: ID,
    /// How many licences, within the plan's limits; none for a flat rate.
    license_quantity: Option<i32>,
    /// The price of one licence, or of the flat rate, for one period, without tax: a decimal string in the plan's currency,
    /// such as `9.50`. Left out, it is the plan's own price.
    unit_price: Option<String>,
}

fn lines(lines: Vec<ProposalLineInput>) -> domain::Result<Vec<proposal::ProposedLine>> {
    let named = |(index, line): (usize, ProposalLineInput)| {
        let plan = input(Kind::Plan, &line.plan_id, "planId").map_err(|_| {
            domain::Error::NotFound(Input::field("lines").below(index.to_string()).below("planId"))
        })?;
        Ok(proposal::ProposedLine {
            plan,
            license_quantity: line.license_quantity.map(i64::from),
            unit_price: line.unit_price,
        })
    };
    lines.into_iter().enumerate().map(named).collect()
}

/// What to offer whom, until when.
#[derive(Debug, InputObject)]
pub(crate) struct CreateProposalInput {
    /// To whom.
    organization_id: ID,
    /// What you say to it: at most 10,000 characters.
    message: Option<String>,
    /// Until when it can be accepted, exclusive.
    expires_at: DateTime<Utc>,
    /// Whether the organization gets it at once; otherwise it is a draft, to be sent with `reviseProposal`.
    #[graphql(default = true)]
    send: bool,
    /// What is offered, 1 to 50 lines. All of it is bought, or nothing.
    lines: Vec<ProposalLineInput>,
}

/// What came of drafting a proposal.
#[derive(Default, SimpleObject)]
pub(crate) struct CreateProposalPayload {
    /// The proposal, unless it was refused.
    proposal: Option<Proposal>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What to change of a proposal before it is answered: what is left out stays, and `null` clears what may be empty.
#[derive(Debug, InputObject)]
pub(crate) struct ReviseProposalInput {
    /// The proposal.
    proposal_id: ID,
    /// What you say to it: at most 10,000 characters.
    message: MaybeUndefined<String>,
    /// Until when it can be accepted, exclusive.
    expires_at: MaybeUndefined<DateTime<Utc>>,
    /// `true` sends a draft. What was sent stays sent.
    send: Option<bool>,
    /// What is offered instead, 1 to 50 lines.
    lines: MaybeUndefined<Vec<ProposalLineInput>>,
}

impl ReviseProposalInput {
    fn parsed(self) -> domain::Result<proposal::ReviseProposal> {
        Ok(proposal::ReviseProposal {
            proposal: input(Kind::Proposal, &self.proposal_id, "proposalId")?,
            message: given(self.message),
            expires_at: filled(self.expires_at, "expiresAt")?,
            send: self.send,
            lines: filled(self.lines, "lines")?.map(lines).transpose()?,
        })
    }
}

/// What came of revising a proposal.
#[derive(Default, SimpleObject)]
pub(crate) struct ReviseProposalPayload {
    /// The proposal, unless it was refused.
    proposal: Option<Proposal>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which proposal to take back.
#[derive(Debug, InputObject)]
pub(crate) struct WithdrawProposalInput {
    /// The proposal.
    proposal_id: ID,
}

/// What came of taking a proposal back.
#[derive(Default, SimpleObject)]
pub(crate) struct WithdrawProposalPayload {
    /// The proposal, unless it was refused.
    proposal: Option<Proposal>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which proposal to accept, and who is billed.
#[derive(Debug, InputObject)]
pub(crate) struct AcceptProposalInput {
    /// The proposal.
    proposal_id: ID,
    /// The revision that you saw. Another one that stands meanwhile is not accepted.
    revision: i32,
    /// The billing profile that is charged for all lines: in the proposal's currency, with a usable payment method and no
    /// overdue invoice.
    billing_profile_id: ID,
    /// Sent again with the same key, the request does nothing and gives the same answer.
    idempotency_key: Option<String>,
}

impl AcceptProposalInput {
    fn parsed(self) -> domain::Result<proposal::AcceptProposal> {
        Ok(proposal::AcceptProposal {
            proposal: input(Kind::Proposal, &self.proposal_id, "proposalId")?,
            revision: i64::from(self.revision),
            billing_profile: input(Kind::BillingProfile, &self.billing_profile_id, "billingProfileId")?,
            idempotency_key: self.idempotency_key,
        })
    }
}

/// What came of accepting a proposal.
#[derive(Default, SimpleObject)]
pub(crate) struct AcceptProposalPayload {
    /// The proposal, with what was bought, unless it was refused.
    proposal: Option<Proposal>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which proposal to decline, and why.
#[derive(Debug, InputObject)]
pub(crate) struct DeclineProposalInput {
    /// The proposal.
    proposal_id: ID,
    /// Why, for the operator to read: at most 1,000 characters.
    reason: Option<String>,
}

/// What came of declining a proposal.
#[derive(Default, SimpleObject)]
pub(crate) struct DeclineProposalPayload {
    /// The proposal, unless it was refused.
    proposal: Option<Proposal>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

async fn shown(
    ctx: &Context<'_>,
    outcome: domain::Result<ProposalId>,
) -> Result<(Option<Proposal>, Vec<UserError>)> {
    let caller = Caller::of(ctx);
    Ok(match answered(outcome)? {
        Ok(id) => {
            let found = view::proposal::proposal(&caller.market, caller.actor(), id).await;
            (found.map_err(top_level)?.map(Proposal::new), Vec::new())
        }
        Err(user_errors) => (None, user_errors),
    })
}

#[derive(Default)]
pub(crate) struct ProposalMutation;

#[Object]
impl ProposalMutation {
    /// Offers an organization something at prices of its own, until a date. For the operator.
    async fn create_proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to offer whom.")] input: CreateProposalInput,
    ) -> Result<CreateProposalPayload> {
        let caller = Caller::of(ctx);
        let created = async {
            let input = proposal::CreateProposal {
                organization: self::input(Kind::Organization, &input.organization_id, "organizationId")?,
                message: input.message,
                expires_at: input.expires_at,
                send: input.send,
                lines: lines(input.lines)?,
            };
            proposal::create_proposal(&caller.market, &caller.by, input).await
        };
        let (proposal, user_errors) = shown(ctx, created.await).await?;
        Ok(CreateProposalPayload { proposal, user_errors })
    }

    /// Changes what a proposal offers before it is answered, or sends a draft. For the operator. What was seen before cannot
    /// be accepted any more: `PROPOSAL_CHANGED`.
    async fn revise_proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: ReviseProposalInput,
    ) -> Result<ReviseProposalPayload> {
        let caller = Caller::of(ctx);
        let revised = async { proposal::revise_proposal(&caller.market, &caller.by, input.parsed()?).await };
        let (proposal, user_errors) = shown(ctx, revised.await).await?;
        Ok(ReviseProposalPayload { proposal, user_errors })
    }

    /// Takes a proposal back before it is answered. For the operator. Taking it back again changes nothing.
    async fn withdraw_proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: WithdrawProposalInput,
    ) -> Result<WithdrawProposalPayload> {
        let caller = Caller::of(ctx);
        let withdrawn = async {
            let id = self::input(Kind::Proposal, &input.proposal_id, "proposalId")?;
            proposal::withdraw_proposal(&caller.market, &caller.by, id).await
        };
        let (proposal, user_errors) = shown(ctx, withdrawn.await).await?;
        Ok(WithdrawProposalPayload { proposal, user_errors })
    }

    /// Buys everything that a proposal offers, or nothing. Each subscription waits for its activation, renews itself, and
    /// keeps the price that was offered. Accepting again buys nothing more.
    async fn accept_proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, and who is billed.")] input: AcceptProposalInput,
    ) -> Result<AcceptProposalPayload> {
        let caller = Caller::of(ctx);
        let accepted = async { proposal::accept_proposal(&caller.market, &caller.by, input.parsed()?).await };
        let (proposal, user_errors) = shown(ctx, accepted.await).await?;
        Ok(AcceptProposalPayload { proposal, user_errors })
    }

    /// Declines a proposal. Declining again changes nothing.
    async fn decline_proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, and why.")] input: DeclineProposalInput,
    ) -> Result<DeclineProposalPayload> {
        let caller = Caller::of(ctx);
        let declined = async {
            let id = self::input(Kind::Proposal, &input.proposal_id, "proposalId")?;
            let input = proposal::DeclineProposal { proposal: id, reason: input.reason };
            proposal::decline_proposal(&caller.market, &caller.by, input).await
        };
        let (proposal, user_errors) = shown(ctx, declined.await).await?;
        Ok(DeclineProposalPayload { proposal, user_errors })
    }
}
