//! Billing profiles and payment methods as actors see them, and what can be bought with them.

use super::{
    also,
    page::{self, Key, KeyKind, KeySet, Page, Slice},
};
use crate::{
    Actor, Code, Marketplace, Member, Result, access,
    billing::payer::{Usability, usability},
    reader::Reader,
    store::same,
};
use chrono::{DateTime, Utc};
use entity::{
    billing_profile::{self, Column, Entity, Model, Relation},
    billing_profile_role,
    id::{BillingProfileId, OrganizationId, PartnerId, PaymentMethodId},
    invoice, payment_method,
    state::{BillingProfileRole, InvoiceStatus, PaymentMethodKind, PaymentMethodStatus, Role},
    user,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, JoinType, QueryFilter,
    QueryOrder, QueryResult, QuerySelect, RelationTrait, Select,
    sea_query::{Expr, Query},
};

/// A billing profile with its payment method.
#[derive(Debug, Clone)]
pub struct ProfileView {
    /// The profile.
    pub row: Model,
    /// How its invoices are paid.
    pub method: Option<payment_method::Model>,
}

impl FromQueryResult for ProfileView {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            row: Model::from_query_result(row, prefix)?,
            method: payment_method::Model::from_query_result_optional(row, "method_")?,
        })
    }
}

/// Whose profiles or methods are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// An organization.
    Organization(OrganizationId),
    /// A partner.
    Partner(PartnerId),
}

/// A page of the holder's billing profiles that the actor sees, by name.
///
/// # Errors
/// `Invalid` for what is no cursor of this list; what the database said.
pub async fn profiles(
    market: &Marketplace,
    actor: &Actor,
    holder: Holder,
    slice: &Slice,
    with_total: bool,
) -> Result<Page<ProfileView>> {
    let of_holder = match holder {
        Holder::Organization(id) => Column::OrganizationId.eq(id),
        Holder::Partner(id) => Column::PartnerId.eq(id),
    };
    let reads = market.reader(actor);
    let listed = || reads.find::<Entity>().filter(of_holder.clone());
    let keys = KeySet::new(
        "billing profiles",
        false,
        [(Expr::col((Entity, Column::Name)), KeyKind::Text), (Expr::col((Entity, Column::Id)), KeyKind::Id)],
    );
    page::load(
        reads.db(),
        with_method(listed()),
        &keys,
        slice,
        with_total.then(listed),
        |view: &ProfileView| vec![Key::Text(view.row.name.clone()), Key::Id(view.row.id.0)],
    )
    .await
}

/// The billing profile with this id, if the actor sees it.
///
/// # Errors
/// What the database said.
pub async fn profile(
    market: &Marketplace,
    actor: &Actor,
    id: BillingProfileId,
) -> Result<Option<ProfileView>> {
    let reads = market.reader(actor);
    let select = reads.find_by_id::<Entity>(id);
    Ok(with_method(select).into_model().one(reads.db()).await?)
}

/// A page of the holder's payment methods that the actor sees, the oldest first.
///
/// # Errors
/// `Invalid` for what is no cursor of this list; what the database said.
pub async fn payment_methods(
    market: &Marketplace,
    actor: &Actor,
    holder: Holder,
    slice: &Slice,
    with_total: bool,
) -> Result<Page<payment_method::Model>> {
    use payment_method::{Column, Entity, Model};
    let of_holder = match holder {
        Holder::Organization(id) => Column::OrganizationId.eq(id),
        Holder::Partner(id) => Column::PartnerId.eq(id),
    };
    let reads = market.reader(actor);
    let listed = || reads.find::<Entity>().filter(of_holder.clone());
    let keys = KeySet::new("payment methods", false, [(Expr::col((Entity, Column::Id)), KeyKind::Id)]);
    page::load(reads.db(), listed(), &keys, slice, with_total.then(listed), |row: &Model| {
        vec![Key::Id(row.id.0)]
    })
    .await
}

/// Payment methods of everybody, narrowed, the newest first: for the operator.
///
/// # Errors
/// `Forbidden` for everybody but operators; `Invalid` for what is no cursor of this list; what the database said.
pub async fn all_payment_methods(
    market: &Marketplace,
    actor: &Actor,
    statuses: Option<&[PaymentMethodStatus]>,
    kind: Option<PaymentMethodKind>,
    slice: &Slice,
    with_total: bool,
) -> Result<Page<payment_method::Model>> {
    use payment_method::{Column, Entity, Model};
    access::operator(actor)?;
    let narrowed = Condition::all()
        .add_option(statuses.map(|among| Column::Status.is_in(among.iter().copied())))
        .add_option(kind.map(|kind| Column::Kind.eq(kind)));
    let reads = market.reader(actor);
    let listed = || reads.find::<Entity>().filter(narrowed.clone());
    let keys = KeySet::new("payment methods", true, [(Expr::col((Entity, Column::Id)), KeyKind::Id)]);
    page::load(reads.db(), listed(), &keys, slice, with_total.then(listed), |row: &Model| {
        vec![Key::Id(row.id.0)]
    })
    .await
}

/// The payment method with this id, if the actor sees it.
///
/// # Errors
/// What the database said.
pub async fn payment_method(
    market: &Marketplace,
    actor: &Actor,
    id: PaymentMethodId,
) -> Result<Option<payment_method::Model>> {
    let reads = market.reader(actor);
    let select = reads.find_by_id::<payment_method::Entity>(id);
    Ok(select.one(reads.db()).await?)
}

/// The roles on some profiles that were granted to users, with the users.
///
/// # Errors
/// What the database said.
pub async fn role_assignments(
    market: &Marketplace,
    actor: &Actor,
    profiles: &[BillingProfileId],
) -> Result<Vec<(billing_profile_role::Model, user::Model)>> {
    let of_user: sea_orm::RelationDef = billing_profile_role::Entity::belongs_to(user::Entity)
        .from(billing_profile_role::Column::UserId)
        .to(user::Column::Id)
        .into();
    let reads = market.reader(actor);
    let select = reads
        .find::<billing_profile_role::Entity>()
        .join(JoinType::InnerJoin, of_user)
        .filter(billing_profile_role::Column::BillingProfileId.is_in(profiles.iter().copied()))
        .order_by_asc(user::Column::Name);
    let rows: Vec<RoleOfUser> =
        also::<user::Entity, _>(select, "user_row_").into_model().all(reads.db()).await?;
    Ok(rows.into_iter().map(|row| (row.role, row.user)).collect())
}

struct RoleOfUser {
    role: billing_profile_role::Model,
    user: user::Model,
}

impl FromQueryResult for RoleOfUser {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            role: billing_profile_role::Model::from_query_result(row, prefix)?,
            user: user::Model::from_query_result(row, "user_row_")?,
        })
    }
}

/// A billing profile with what decides whether the actor can buy with it.
#[derive(Debug, Clone)]
pub struct BuyingProfile {
    /// The profile.
    pub profile: Model,
    /// Its payment method.
    pub method: Option<payment_method::Model>,
    /// The actor's role on it.
    pub role: Option<BillingProfileRole>,
    /// Whether one of its invoices is overdue.
    pub overdue: bool,
}

impl BuyingProfile {
    /// Why it cannot be bought with in this currency at this time; none when it can. The country is judged beside this, with
    /// the customer's.
    pub fn refusal(&self, currency: &str, now: DateTime<Utc>) -> Option<Code> {
        if !access::buys_with(self.role) || self.overdue {
            return Some(Code::BillingProfileNotUsable);
        }
        if self.profile.currency != currency {
            return Some(Code::CurrencyMismatch);
        }
        self.unpayable(now)
    }

    /// Why nothing more can be billed to it at this time, whoever asks.
    pub fn unpayable(&self, now: DateTime<Utc>) -> Option<Code> {
        if self.overdue {
            return Some(Code::BillingProfileNotUsable);
        }
        match self.method.as_ref().map(|method| usability(method, now)) {
            Some(Usability::Usable) => None,
            Some(Usability::PendingApproval | Usability::Refused | Usability::Expired) | None => {
                Some(Code::PaymentMethodNotUsable)
            }
        }
    }
}

struct BuyingRow {
    view: ProfileView,
    granted: Option<BillingProfileRole>,
    overdue: bool,
}

impl FromQueryResult for BuyingRow {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            view: ProfileView::from_query_result(row, prefix)?,
            granted: row.try_get("", "granted")?,
            overdue: row.try_get("", "overdue")?,
        })
    }
}

/// The billing profile with this id, if the actor sees it, and whether the actor can buy with it.
///
/// # Errors
/// What the database said.
pub(crate) async fn buying_profile(
    reads: &Reader<'_, impl ConnectionTrait>,
    id: BillingProfileId,
) -> Result<Option<BuyingProfile>> {
    Ok(buying(reads, Column::Id.eq(id)).await?.pop())
}

/// All billing profiles that the actor could buy with: those of the organization, or of the partner.
///
/// # Errors
/// What the database said.
pub(crate) async fn buying_profiles(reads: &Reader<'_, impl ConnectionTrait>) -> Result<Vec<BuyingProfile>> {
    match reads.actor() {
        Actor::Member(_) | Actor::Partner(_) => buying(reads, Expr::val(true)).await,
        Actor::Publisher(_) | Actor::Operator(_) | Actor::System => Ok(Vec::new()),
    }
}

async fn buying(reads: &Reader<'_, impl ConnectionTrait>, which: Expr) -> Result<Vec<BuyingProfile>> {
    let actor = reads.actor();
    let user = match actor {
        Actor::Member(member) => member.user.map_or(uuid::Uuid::nil(), |user| user.0),
        Actor::Publisher(_) | Actor::Partner(_) | Actor::Operator(_) | Actor::System => uuid::Uuid::nil(),
    };
    let granted = Query::select()
        .column(billing_profile_role::Column::Role)
        .from(billing_profile_role::Entity)
        .and_where(same(
            (billing_profile_role::Entity, billing_profile_role::Column::BillingProfileId),
            (Entity, Column::Id),
        ))
        .and_where(billing_profile_role::Column::UserId.eq(user))
        .to_owned();
    let overdue = Query::select()
        .expr(Expr::val(1))
        .from(invoice::Entity)
        .and_where(same((invoice::Entity, invoice::Column::BillingProfileId), (Entity, Column::Id)))
        .and_where(invoice::Column::Status.eq(InvoiceStatus::Overdue))
        .to_owned();
    let select = reads
        .find::<Entity>()
        .filter(which)
        .expr_as(Expr::SubQuery(None, Box::new(granted.into())), "granted")
        .expr_as(Expr::exists(overdue), "overdue");
    let rows: Vec<BuyingRow> = with_method(select).into_model().all(reads.db()).await?;
    Ok(rows
        .into_iter()
        .map(|row| BuyingProfile {
            role: held_role(actor, &row.view.row, row.granted),
            profile: row.view.row,
            method: row.view.method,
            overdue: row.overdue,
        })
        .collect())
}

/// The role that the actor holds on a profile, given the one that was granted: the owner of an organization owns all its
/// profiles, and a partner its own.
fn held_role(
    actor: &Actor,
    profile: &Model,
    granted: Option<BillingProfileRole>,
) -> Option<BillingProfileRole> {
    match actor {
        Actor::Member(Member { role: Some(Role::Owner), organization, .. })
            if profile.organization_id == Some(*organization) =>
        {
            Some(BillingProfileRole::Owner)
        }
        // A machine has no roles of its own: one that may buy may do so with all profiles.
        Actor::Member(Member { user: None, role: Some(Role::Contributor), organization })
            if profile.organization_id == Some(*organization) =>
        {
            Some(BillingProfileRole::Contributor)
        }
        Actor::Member(_) => granted,
        Actor::Partner(id) if profile.partner_id == Some(*id) => Some(BillingProfileRole::Owner),
        Actor::Partner(_) | Actor::Publisher(_) | Actor::Operator(_) | Actor::System => None,
    }
}

/// Whether the actor may pay with a method that they see: who added it, an owner of the organization, the partner that it
/// belongs to, and whoever may buy with a billing profile that pays with it, or, to pay an invoice once, may pay for one.
pub(crate) async fn pays_with(
    db: &impl ConnectionTrait,
    actor: &Actor,
    method: &payment_method::Model,
    once: bool,
) -> Result<bool> {
    let Actor::Member(member) = actor else { return Ok(matches!(actor, Actor::Partner(_))) };
    if member.role == Some(Role::Owner) || (member.user.is_some() && method.added_by == member.user) {
        return Ok(true);
    }
    let paying = Entity::find().filter(Column::PaymentMethodId.eq(method.id)).all(db).await?;
    for profile in &paying {
        let role = held_by(db, actor, profile).await?;
        if access::buys_with(role) || (once && access::pays_for(role)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The actor's role on a profile.
pub(crate) async fn held_by(
    db: &impl ConnectionTrait,
    actor: &Actor,
    profile: &Model,
) -> Result<Option<BillingProfileRole>> {
    let granted = match actor {
        Actor::Member(Member { user: Some(user), .. }) => {
            billing_profile_role::Entity::find_by_id((profile.id, *user)).one(db).await?
        }
        Actor::Member(_) => None,
        Actor::Publisher(_) | Actor::Partner(_) | Actor::Operator(_) | Actor::System => None,
    };
    Ok(held_role(actor, profile, granted.map(|row| row.role)))
}

fn with_method(select: Select<billing_profile::Entity>) -> Select<billing_profile::Entity> {
    let joined = select.join(JoinType::LeftJoin, Relation::PaymentMethod.def());
    also::<payment_method::Entity, _>(joined, "method_")
}
