//! The unit of work: one transaction of one operation, and the order in which it writes.
//!
//! An operation loads rows (locked), decides, and hands changed rows and events to the unit of work, which writes them
//! all at the commit, set by set: subscriptions before their children, numbers of invoices last. So every operation takes
//! its locks in one order, and a sweep over a thousand rows costs as many statements as a change of one.
//!
//! A changed row is written whole. That is safe because every row that is saved was locked when it was loaded, in the same
//! transaction; the version beside it is the stream's, and a second lock.

mod begin;
mod documents;
mod marketplace;

pub(crate) use self::{
    begin::Purpose,
    documents::{Credit, Issue},
};

use self::marketplace::Noted;
use crate::{
    By, Error, Marketplace, Now, Result,
    bounded::Transaction,
    event::chained,
    failpoint::{self, Step},
    settings::Settings,
    store::{
        batch::{self, Versioned},
        event as event_store, same,
    },
    subscription::Subscription,
};
use chrono::{DateTime, Utc};
use entity::{
    billing_profile, event,
    id::{BillingProfileId, Hash, OrganizationId, PartnerId, PublisherId, SubscriptionId},
    license_assignment, organization, refund,
    state::{DisabledReason, EventType, StreamKind},
    subscription, subscription_end,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::{Expr, LockType, Query},
};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// One transaction of one operation.
pub(crate) struct Work<'m> {
    pub(crate) market: &'m Marketplace,
    pub(crate) tx: Transaction,
    pub(crate) now: Now,
    pub(crate) by: By,
    new_subscriptions: Vec<subscription::Model>,
    subscriptions: BTreeMap<SubscriptionId, Versioned<subscription::Model>>,
    ends: Vec<subscription_end::Model>,
    profiles: BTreeMap<BillingProfileId, Versioned<billing_profile::Model>>,
    organizations: BTreeMap<OrganizationId, Versioned<organization::Model>>,
    invoices: Vec<Issue>,
    credits: Vec<Credit>,
    refunds: Vec<refund::Model>,
    events: Vec<event::Model>,
    noted: Vec<Noted>,
}

/// Who may see an event.
#[derive(Default, Clone, Copy)]
struct Audience {
    organization: Option<OrganizationId>,
    publisher: Option<PublisherId>,
    partner: Option<PartnerId>,
}

impl Work<'_> {
    pub(crate) fn settings(&self) -> &Settings {
        self.market.settings()
    }

    pub(crate) fn id<T: From<Uuid>>(&self) -> T {
        self.market.id(self.now)
    }

    /// Business time.
    pub(crate) fn at(&self) -> DateTime<Utc> {
        self.now.business
    }

    /// The billing profile, locked. For whoever has decided already that the actor may use it.
    pub(crate) async fn profile(&self, id: BillingProfileId) -> Result<billing_profile::Model> {
        if let Some(changed) = self.profiles.get(&id) {
            return Ok(changed.row.clone());
        }
        // Weaker than FOR UPDATE: a purchase, which only refers to the profile, need not wait.
        billing_profile::Entity::find_by_id(id)
            .lock(LockType::NoKeyUpdate)
            .one(&self.tx)
            .await?
            .ok_or_else(|| Error::internal(format!("no billing profile {id:?}")))
    }

    /// Writes a subscription that was just bought, with its first event.
    pub(crate) fn add_subscription(&mut self, mut row: subscription::Model, body: Json) {
        self.append_subscription_event(&mut row, EventType::Purchased, body);
        self.new_subscriptions.push(row);
    }

    /// Writes a changed subscription with the event that says so.
    pub(crate) fn save(&mut self, subscription: &mut Subscription, kind: EventType, body: Json) {
        subscription.settle_derived(self.at());
        let was = subscription.row.version;
        self.append_subscription_event(&mut subscription.row, kind, body);
        self.keep(was, subscription);
    }

    /// Writes a subscription whose standing was looked at anew, without anything that is worth an event.
    pub(crate) fn save_quietly(&mut self, subscription: &mut Subscription) {
        subscription.settle_derived(self.at());
        self.keep(subscription.row.version, subscription);
    }

    fn keep(&mut self, was: i64, subscription: &Subscription) {
        let row = subscription.row.clone();
        self.subscriptions
            .entry(row.id)
            .and_modify(|changed| changed.row = row.clone())
            .or_insert(Versioned { was, row });
    }

    /// Disables a subscription: its row, its end, its licences and the event, all or nothing. Only what the law decided
    /// comes here.
    pub(crate) fn disable(
        &mut self,
        subscription: &mut Subscription,
        reason: DisabledReason,
        at: DateTime<Utc>,
    ) {
        subscription.end(reason, at);
        self.ends.push(subscription_end::Model {
            subscription_id: subscription.row.id,
            organization_id: subscription.row.organization_id,
            publisher_id: subscription.row.publisher_id,
            reason,
            at,
        });
        self.save(subscription, EventType::Disabled, json!({ "reason": reason, "disabledAt": at }));
    }

    /// Records an event of a billing profile.
    pub(crate) fn record_on_profile(
        &mut self,
        profile: &mut billing_profile::Model,
        kind: EventType,
        body: Json,
    ) {
        let was = profile.version;
        let audience = Audience {
            organization: profile.organization_id,
            partner: profile.partner_id,
            ..Audience::default()
        };
        let stream = (StreamKind::BillingProfile, profile.id.0);
        self.append(stream, &mut profile.version, &mut profile.event_hash, kind, audience, body);
        self.profiles
            .entry(profile.id)
            .and_modify(|changed| changed.row = profile.clone())
            .or_insert(Versioned { was, row: profile.clone() });
    }

    /// Records an event of an organization.
    pub(crate) fn record_on_organization(
        &mut self,
        row: &mut organization::Model,
        kind: EventType,
        body: Json,
    ) {
        let audience = Audience { organization: Some(row.id), ..Audience::default() };
        let was = row.version;
        let stream = (StreamKind::Organization, row.id.0);
        self.append(stream, &mut row.version, &mut row.event_hash, kind, audience, body);
        self.organizations
            .entry(row.id)
            .and_modify(|changed| changed.row = row.clone())
            .or_insert(Versioned { was, row: row.clone() });
    }

    /// Takes everything back: nothing was written.
    pub(crate) async fn rollback(self) -> Result<()> {
        self.tx.rollback().await
    }

    fn append_subscription_event(&mut self, row: &mut subscription::Model, kind: EventType, body: Json) {
        let audience = Audience {
            organization: Some(row.organization_id),
            publisher: Some(row.publisher_id),
            partner: row.partner_id,
        };
        let stream = (StreamKind::Subscription, row.id.0);
        self.append(stream, &mut row.version, &mut row.event_hash, kind, audience, body);
    }

    fn append(
        &mut self,
        (stream_kind, stream_id): (StreamKind, Uuid),
        version: &mut i64,
        hash: &mut Hash,
        kind: EventType,
        audience: Audience,
        body: Json,
    ) {
        *version += 1;
        let mut event = event::Model {
            stream_id,
            seq: *version,
            stream_kind,
            r#type: kind,
            occurred_at: self.at(),
            actor_kind: self.by.actor.kind(),
            actor_id: self.by.actor.id(),
            api_key_id: self.by.key.map(|key| key.id),
            request_id: self.by.request_id.clone(),
            organization_id: audience.organization,
            publisher_id: audience.publisher,
            partner_id: audience.partner,
            body: body.to_string(),
            hash: Vec::new(),
            position: 0,
        };
        event.hash = chained(hash, &event);
        hash.clone_from(&event.hash);
        self.events.push(event);
    }

    /// Writes everything and commits. Live updates hear of it afterwards.
    ///
    /// # Errors
    /// `Conflict` when somebody else changed one of the rows; what the database said. Nothing is written then, unless it is
    /// `OutcomeUnknown`.
    pub(crate) async fn commit(mut self) -> Result<()> {
        self.write_subscriptions().await?;
        #[cfg(feature = "failpoints")]
        if failpoint::planted(failpoint::Mistake::TransactionSplit) {
            let second = self.market.db().begin(None).await?;
            std::mem::replace(&mut self.tx, second).commit().await?;
        }
        failpoint::at(Step::SubscriptionsWritten).await?;
        // What does not tell an invoice's number is written before the numbers are taken.
        event_store::append(&self.tx, &std::mem::take(&mut self.events)).await?;
        failpoint::at(Step::EventsWritten).await?;
        self.number_documents().await?;
        failpoint::at(Step::Numbered).await?;
        let fixed = [
            billing_profile::Column::CreatedAt,
            billing_profile::Column::OrganizationId,
            billing_profile::Column::PartnerId,
        ];
        batch::update::<billing_profile::Entity>(
            &self.tx,
            self.profiles.values(),
            billing_profile::Column::Id,
            &fixed,
        )
        .await?;
        batch::update::<organization::Entity>(
            &self.tx,
            self.organizations.values(),
            organization::Column::Id,
            &[organization::Column::CreatedAt],
        )
        .await?;
        self.write_documents().await?;
        self.write_marketplace().await?;
        event_store::append(&self.tx, &self.events).await?;
        failpoint::at(Step::Written).await?;
        self.tx.commit().await?;
        failpoint::at(Step::Committed).await?;
        self.market.ring();
        Ok(())
    }

    async fn write_subscriptions(&self) -> Result<()> {
        use subscription::Column;
        batch::insert::<subscription::Entity>(&self.tx, &self.new_subscriptions).await?;
        let fixed = [
            Column::OrganizationId,
            Column::PublisherId,
            Column::PartnerId,
            Column::AppId,
            Column::PlanId,
            Column::ReplacesId,
            Column::PurchaseChannel,
            Column::PurchasedAt,
            Column::PurchasedBy,
            Column::PricingModel,
            Column::BillingInterval,
            Column::Currency,
            Column::UnitPrice,
            Column::BoughtQuantity,
            Column::ActivateBy,
        ];
        batch::update::<subscription::Entity>(&self.tx, self.subscriptions.values(), Column::Id, &fixed)
            .await?;
        if self.ends.is_empty() {
            return Ok(());
        }
        batch::insert::<subscription_end::Entity>(&self.tx, &self.ends).await?;
        // Each licence ends when its subscription did, not when that was noticed.
        let end_of_its = Query::select()
            .column(subscription_end::Column::At)
            .from(subscription_end::Entity)
            .and_where(same(
                (subscription_end::Entity, subscription_end::Column::SubscriptionId),
                (license_assignment::Entity, license_assignment::Column::SubscriptionId),
            ))
            .to_owned();
        // Chunked because this one binds the ids; a sweep's batch is far below the limit of either database.
        for ended in self.ends.chunks(1000) {
            license_assignment::Entity::update_many()
                .col_expr(
                    license_assignment::Column::EndedAt,
                    Expr::SubQuery(None, Box::new(end_of_its.clone().into())),
                )
                .filter(
                    license_assignment::Column::SubscriptionId
                        .is_in(ended.iter().map(|end| end.subscription_id)),
                )
                .filter(license_assignment::Column::EndedAt.is_null())
                .exec(&self.tx)
                .await?;
        }
        Ok(())
    }

    /// Inserts a row of a table that has no history of its own.
    pub(crate) async fn insert<M>(&self, row: M) -> Result<()>
    where
        M: IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel> + sea_orm::ModelTrait,
        <M::Entity as EntityTrait>::ActiveModel: ActiveModelTrait<Entity = M::Entity> + Send,
    {
        M::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&self.tx).await?;
        Ok(())
    }
}
