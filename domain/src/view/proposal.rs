//! Proposals as actors see them, with what they offer.

use super::{
    also,
    page::{self, Key, KeyKind, KeySet, Page, Slice},
};
use crate::{
    Actor, Marketplace, Result,
    money::{sum, times},
    reader::Reader,
};
use entity::{
    app,
    id::{OrganizationId, ProposalId},
    organization, plan,
    proposal::{Column, Entity, Model, Relation},
    proposal_line, publisher,
    state::ProposalStatus,
};
use sea_orm::{
    ColumnTrait, Condition, DbErr, FromQueryResult, JoinType, QueryFilter, QueryOrder, QueryResult,
    QuerySelect, RelationTrait, Select, sea_query::Expr,
};

/// A proposal with its organization and the lines that stand.
#[derive(Debug, Clone)]
pub struct ProposalView {
    /// The proposal.
    pub row: Model,
    /// To whom.
    pub organization: organization::Model,
    /// What it offers, in order.
    pub lines: Vec<ProposalLineView>,
}

impl ProposalView {
    /// What the first periods of all lines come to, in minor units.
    ///
    /// # Errors
    /// `Internal` on overflow, which is refused when a proposal is written.
    pub fn total(&self) -> Result<i64> {
        sum(self.lines.iter().map(ProposalLineView::amount).collect::<Result<Vec<_>>>()?)
    }
}

/// One thing that is offered.
#[derive(Debug, Clone)]
pub struct ProposalLineView {
    /// The line.
    pub row: proposal_line::Model,
    /// The plan.
    pub plan: plan::Model,
    /// The app.
    pub app: app::Model,
    /// Who sells it.
    pub publisher: publisher::Model,
}

impl ProposalLineView {
    /// What its first period comes to, in minor units.
    ///
    /// # Errors
    /// `Internal` on overflow, which is refused when a proposal is written.
    pub fn amount(&self) -> Result<i64> {
        times(self.row.unit_price, self.row.license_quantity.unwrap_or(1))
    }
}

struct WithOrganization {
    row: Model,
    organization: organization::Model,
}

impl FromQueryResult for WithOrganization {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            row: Model::from_query_result(row, prefix)?,
            organization: organization::Model::from_query_result(row, "organization_row_")?,
        })
    }
}

impl FromQueryResult for ProposalLineView {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            row: proposal_line::Model::from_query_result(row, prefix)?,
            plan: plan::Model::from_query_result(row, "plan_row_")?,
            app: app::Model::from_query_result(row, "app_row_")?,
            publisher: publisher::Model::from_query_result(row, "publisher_row_")?,
        })
    }
}

/// The list of proposals, narrowed.
#[derive(Debug, Clone, Default)]
pub struct ProposalFilter {
    /// In one of these statuses.
    pub statuses: Option<Vec<ProposalStatus>>,
    /// To this organization.
    pub organization: Option<OrganizationId>,
}

/// A page of the proposals that the actor sees, the newest first.
///
/// # Errors
/// `Invalid` for what is no cursor of this list; what the database said.
pub async fn proposals(
    market: &Marketplace,
    actor: &Actor,
    filter: &ProposalFilter,
    slice: &Slice,
    with_total: bool,
) -> Result<Page<ProposalView>> {
    let narrowed = Condition::all()
        .add_option(filter.statuses.as_ref().map(|among| Column::Status.is_in(among.iter().copied())))
        .add_option(filter.organization.map(|id| Column::OrganizationId.eq(id)));
    let reads = market.reader(actor);
    let listed = || reads.find::<Entity>().filter(narrowed.clone());
    let keys = KeySet::new("proposals", true, [(Expr::col((Entity, Column::Id)), KeyKind::Id)]);
    let page: Page<WithOrganization> = page::load(
        reads.db(),
        with_organization(listed()),
        &keys,
        slice,
        with_total.then(listed),
        |found: &WithOrganization| vec![Key::Id(found.row.id.0)],
    )
    .await?;
    let ids: Vec<_> = page.rows.iter().map(|(_, found)| found.row.id).collect();
    let mut lines = lines(&reads, ids).await?;
    Ok(page.map(|found| whole(found, &mut lines)))
}

/// The proposal with this id, if the actor sees it.
///
/// # Errors
/// What the database said.
pub async fn proposal(market: &Marketplace, actor: &Actor, id: ProposalId) -> Result<Option<ProposalView>> {
    let reads = market.reader(actor);
    let found = with_organization(reads.find_by_id::<Entity>(id)).into_model().one(reads.db()).await?;
    let Some(found) = found else { return Ok(None) };
    let mut lines = lines(&reads, vec![id]).await?;
    Ok(Some(whole(found, &mut lines)))
}

fn whole(found: WithOrganization, lines: &mut Vec<ProposalLineView>) -> ProposalView {
    let own = lines.extract_if(.., |line| line.row.proposal_id == found.row.id).collect();
    ProposalView { row: found.row, organization: found.organization, lines: own }
}

/// The lines that stand of these proposals, in their order.
async fn lines(reads: &Reader<'_>, proposals: Vec<ProposalId>) -> Result<Vec<ProposalLineView>> {
    use proposal_line::Column as Line;
    if proposals.is_empty() {
        return Ok(Vec::new());
    }
    let mut select = reads
        .find::<proposal_line::Entity>()
        .filter(Line::ProposalId.is_in(proposals))
        .join(JoinType::InnerJoin, proposal_line::Relation::Plan.def())
        .join(JoinType::InnerJoin, plan::Relation::App.def())
        .join(JoinType::InnerJoin, app::Relation::Publisher.def())
        .order_by_asc(Line::Position);
    select = also::<plan::Entity, _>(select, "plan_row_");
    select = also::<app::Entity, _>(select, "app_row_");
    select = also::<publisher::Entity, _>(select, "publisher_row_");
    Ok(select.into_model().all(reads.db()).await?)
}

fn with_organization(select: Select<Entity>) -> Select<Entity> {
    let joined = select.join(JoinType::InnerJoin, Relation::Organization.def());
    also::<organization::Entity, _>(joined, "organization_row_")
}
