//! Proposals: what the operator offers an organization, and in a file of its own how that is made and answered.

mod mutation;

pub(crate) use self::mutation::ProposalMutation;

use super::{
    app_subscription::AppSubscription,
    money::{Money, money},
    organization::Organization,
    plan::Plan,
};
use crate::{
    caller::Caller,
    error::{loaded, top_level},
    global_id::{Kind, decode, encode, encode_part, input},
    loaders::{AllowedOnProposal, ById},
    relay::{Connection, slice, wants_total},
};
use async_graphql::{Context, Description, Enum, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use domain::view::{
    catalog::AppView,
    page::Page,
    proposal::{self, ProposalLineView, ProposalView},
};
use std::sync::Arc;

/// How far a proposal has come. It only moves forward: once closed it stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::state::ProposalStatus")]
pub(crate) enum ProposalStatus {
    /// The operator writes it; nobody else sees it.
    Draft,
    /// The organization can answer.
    Open,
    /// The organization bought what it offers.
    Accepted,
    /// The organization declined.
    Declined,
    /// The operator took it back.
    Withdrawn,
    /// Its time ran out.
    Expired,
}

/// What can be done with a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::proposal::allowed::ProposalAction")]
pub(crate) enum ProposalAction {
    /// Buy all that it offers, with `acceptProposal`.
    Accept,
    /// Decline it, with `declineProposal`.
    Decline,
    /// Change what it offers, or send it, with `reviseProposal`.
    Revise,
    /// Take it back, with `withdrawProposal`.
    Withdraw,
}

/// What the operator of the marketplace offers an organization, until a date. All of it is bought, or nothing.
#[derive(Debug, Clone, Description)]
pub(crate) struct Proposal(Arc<ProposalView>);

impl Proposal {
    pub(crate) fn new(view: ProposalView) -> Self {
        Self(Arc::new(view))
    }
}

#[Object(use_type_description)]
impl Proposal {
    /// The proposal's id.
    pub(crate) async fn id(&self) -> ID {
        encode(Kind::Proposal, self.0.row.id.0)
    }

    /// How far it has come.
    async fn status(&self) -> ProposalStatus {
        self.0.row.status.into()
    }

    /// Which of its revisions this is, from 1. Whoever accepts says which one they saw.
    async fn revision(&self) -> i64 {
        self.0.row.revision
    }

    /// Who offers it: the marketplace, by the name that stands on its invoices.
    async fn offered_by(&self, ctx: &Context<'_>) -> String {
        Caller::of(ctx).market.settings().seller.name.clone()
    }

    /// To whom it is offered.
    async fn organization(&self) -> Organization {
        Organization(self.0.organization.clone())
    }

    /// What the operator says to it.
    async fn message(&self) -> Option<&str> {
        self.0.row.message.as_deref()
    }

    /// What it offers.
    async fn lines(&self) -> Vec<ProposalLine> {
        let line = |line: &ProposalLineView| ProposalLine {
            view: line.clone(),
            currency: self.0.row.currency.clone(),
        };
        self.0.lines.iter().map(line).collect()
    }

    /// What the first periods of all lines come to, without tax.
    async fn total(&self) -> Result<Money> {
        money(self.0.total().map_err(top_level)?, &self.0.row.currency)
    }

    /// Until when it can be accepted, exclusive.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.row.expires_at
    }

    /// When the organization got it; null for a draft.
    async fn sent_at(&self) -> Option<DateTime<Utc>> {
        self.0.row.sent_at
    }

    /// When it was answered, withdrawn or ran out; null while it is open.
    async fn closed_at(&self) -> Option<DateTime<Utc>> {
        self.0.row.closed_at
    }

    /// Why it was declined, if that was said.
    async fn decline_reason(&self) -> Option<&str> {
        self.0.row.decline_reason.as_deref()
    }

    /// What was bought by accepting it, in the order of the lines; empty before.
    async fn subscriptions(&self, ctx: &Context<'_>) -> Result<Vec<AppSubscription>> {
        let parts = AppSubscription::wanted(&ctx.look_ahead());
        let keys: Vec<_> = self
            .0
            .lines
            .iter()
            .filter_map(|line| line.row.subscription_id)
            .map(|id| ById(id, parts))
            .collect();
        let found = Caller::of(ctx).loaders().lists.load_many(keys.clone()).await.map_err(loaded)?;
        Ok(keys.iter().filter_map(|key| found.get(key)).cloned().map(AppSubscription::of).collect())
    }

    /// What you may do with it now. For what is listed there is an input that succeeds; what is left out is refused.
    async fn allowed_actions(&self, ctx: &Context<'_>) -> Result<Vec<ProposalAction>> {
        let caller = Caller::of(ctx);
        // A key that may only read changes nothing.
        if caller.only_reads() {
            return Ok(Vec::new());
        }
        let allowed =
            caller.loaders().proposals.load_one(AllowedOnProposal(self.0.clone())).await.map_err(loaded)?;
        Ok(allowed.unwrap_or_default().into_iter().map(Into::into).collect())
    }
}

/// One thing that a proposal offers, at a price of its own.
#[derive(Debug, Clone, Description)]
pub(crate) struct ProposalLine {
    view: ProposalLineView,
    currency: String,
}

#[Object(use_type_description)]
impl ProposalLine {
    /// The line's id. It is found with its proposal alone; each revision has lines of its own.
    async fn id(&self) -> ID {
        let row = &self.view.row;
        encode_part("prl", row.proposal_id.0, format_args!("{}:{}", row.revision, row.position))
    }

    /// The plan.
    async fn plan(&self) -> Plan {
        let ProposalLineView { plan, app, publisher, .. } = self.view.clone();
        Plan::of_app(plan, Arc::new(AppView { row: app, publisher }))
    }

    /// How many licences; null for a flat rate.
    async fn license_quantity(&self) -> Option<i64> {
        self.view.row.license_quantity
    }

    /// The price of one licence, or of the flat rate, for one period, without tax. What is bought keeps it.
    async fn unit_price(&self) -> Result<Money> {
        money(self.view.row.unit_price, &self.currency)
    }

    /// What its first period comes to, without tax.
    async fn amount(&self) -> Result<Money> {
        money(self.view.amount().map_err(top_level)?, &self.currency)
    }
}

/// Which proposals to list. All conditions have to hold.
#[derive(Debug, Default, InputObject)]
pub(crate) struct ProposalFilter {
    /// In one of these statuses.
    statuses: Option<Vec<ProposalStatus>>,
    /// To this organization.
    organization_id: Option<ID>,
}

#[derive(Default)]
pub(crate) struct ProposalQuery;

#[Object]
impl ProposalQuery {
    /// The proposals that you may see, the newest first: those to your organization, or all for the operator.
    async fn proposals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start: 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only these.")] filter: Option<ProposalFilter>,
    ) -> Result<Connection<Proposal>> {
        let caller = Caller::of(ctx);
        let slice = slice(first, after, last, before).map_err(top_level)?;
        let filter = filter.unwrap_or_default();
        let organization = filter.organization_id.map(|id| input(Kind::Organization, &id, "organizationId"));
        let Ok(organization) = organization.transpose() else {
            // What names nothing finds nothing.
            return Ok(Page::empty().into());
        };
        let statuses = filter.statuses.map(|among| among.into_iter().map(Into::into).collect());
        let filter = proposal::ProposalFilter { statuses, organization };
        let page =
            proposal::proposals(&caller.market, caller.actor(), &filter, &slice, wants_total(ctx)).await;
        Ok(page.map_err(top_level)?.map(Proposal::new).into())
    }

    /// A proposal, if you may see it.
    async fn proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The proposal's id.")] id: ID,
    ) -> Result<Option<Proposal>> {
        let caller = Caller::of(ctx);
        let Some(id) = decode(Kind::Proposal, &id) else { return Ok(None) };
        let found = proposal::proposal(&caller.market, caller.actor(), id).await;
        Ok(found.map_err(top_level)?.map(Proposal::new))
    }
}
