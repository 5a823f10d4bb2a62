//! What a viewer may do with a subscription now: for what is listed there is an input that succeeds, and what is left out
//! is refused or changes nothing.

use super::{
    Subscription,
    lifecycle::{self, Change, Decision, Standing, State, Terms},
};
use crate::{
    Actor, Marketplace, Now, Result,
    access::{self, Action},
    calendar::Period,
    view::{
        billing::{BuyingProfile, buying_profiles},
        subscription::SubscriptionView,
    },
};
use entity::{
    agreement_acceptance, app,
    id::{AppId, OrganizationId, PlanId, SubscriptionId},
    organization, partnership, plan, plan_country,
    state::{AppStatus, DisabledReason, DueChange, PartnershipStatus, Status},
    subscription, supported_country,
};
use sea_orm::{ColumnTrait, EntityTrait, Iterable, JoinType, QueryFilter, QuerySelect, RelationTrait};
use std::collections::{BTreeMap, BTreeSet};

/// What the answer depends on beside the subscription itself, loaded once for a page of them.
#[derive(Debug, Default)]
pub struct Facts {
    /// What the viewer could buy with.
    profiles: Vec<BuyingProfile>,
    /// Where apps are sold.
    supported: BTreeSet<String>,
    /// The organizations' countries.
    countries: BTreeMap<OrganizationId, String>,
    /// Which organizations accepted the current agreement.
    agreed: BTreeSet<OrganizationId>,
    /// Which organizations the viewing partner may buy for.
    partnered: BTreeSet<OrganizationId>,
    /// Which disabled subscriptions have a copy that lives.
    replaced: BTreeSet<SubscriptionId>,
    /// In which currencies which apps are for sale in which countries.
    for_sale: BTreeSet<(AppId, String, String)>,
    /// What plans allow.
    limits: BTreeMap<PlanId, (i64, i64)>,
}

/// Loads the facts for some subscriptions that the actor sees: a handful of statements, however many there are.
///
/// # Errors
/// What the database said.
pub async fn facts(market: &Marketplace, actor: &Actor, views: &[&SubscriptionView]) -> Result<Facts> {
    let reads = market.reader(actor);
    let db = reads.db();
    let mut facts = Facts::default();
    let living: BTreeSet<PlanId> =
        views.iter().filter(|view| view.row.status == Status::Active).map(|view| view.row.plan_id).collect();
    if !living.is_empty() {
        // Those of what was bought, for sale or not.
        let plans = plan::Entity::find().filter(plan::Column::Id.is_in(living));
        let plans = reads.within_tenant(plans).all(db).await?;
        facts.limits = plans
            .into_iter()
            .map(|plan| (plan.id, (plan.min_licenses.unwrap_or(1), plan.max_licenses.unwrap_or(i64::MAX))))
            .collect();
    }
    if access::may_buy(actor).is_err() {
        return Ok(facts);
    }
    facts.profiles = buying_profiles(&reads).await?;
    facts.supported =
        reads.find::<supported_country::Entity>().all(db).await?.into_iter().map(|row| row.country).collect();
    let organizations: BTreeSet<_> = views.iter().map(|view| view.row.organization_id).collect();
    let rows = reads
        .find::<organization::Entity>()
        .filter(organization::Column::Id.is_in(organizations.clone()))
        .all(db)
        .await?;
    facts.countries = rows.into_iter().map(|row| (row.id, row.country)).collect();
    if matches!(actor, Actor::Partner(_)) {
        let rows = reads
            .find::<partnership::Entity>()
            .filter(partnership::Column::OrganizationId.is_in(organizations.clone()))
            .filter(partnership::Column::Status.eq(PartnershipStatus::Approved))
            .all(db)
            .await?;
        facts.partnered = rows.into_iter().map(|row| row.organization_id).collect();
    }
    // Of all, not of the disabled alone: one may be about to be disabled by what is due. A copy of which that is true does
    // not live any more.
    let now = market.now().await?;
    let ids: Vec<_> = views.iter().map(|view| view.row.id).collect();
    let copies = reads
        .find::<subscription::Entity>()
        .filter(subscription::Column::ReplacesId.is_in(ids))
        .filter(subscription::Column::Status.ne(Status::Disabled))
        .all(db)
        .await?;
    for copy in copies {
        let replaced = copy.replaces_id;
        let (_, state) = with_what_is_due(Subscription::living(copy)?, now)?;
        if !matches!(state, State::Disabled { .. }) {
            facts.replaced.extend(replaced);
        }
    }
    let current = super::buying::current_agreement(&reads).await?;
    let accepted = reads
        .find::<agreement_acceptance::Entity>()
        .filter(agreement_acceptance::Column::Version.eq(current.version))
        .filter(agreement_acceptance::Column::OrganizationId.is_in(organizations))
        .all(db)
        .await?;
    facts.agreed = accepted.into_iter().map(|row| row.organization_id).collect();
    let apps: BTreeSet<_> = views.iter().map(|view| view.row.app_id).collect();
    facts.for_sale = reads
        .find::<plan_country::Entity>()
        .select_only()
        .column(plan::Column::AppId)
        .column(plan_country::Column::Country)
        .column(plan::Column::Currency)
        .distinct()
        .join(JoinType::InnerJoin, plan_country::Relation::Plan.def())
        .join(JoinType::InnerJoin, plan::Relation::App.def())
        .filter(plan::Column::AppId.is_in(apps))
        .filter(plan::Column::RetiredAt.is_null())
        .filter(app::Column::Status.eq(AppStatus::Published))
        .filter(
            plan_country::Column::Country.is_in(facts.countries.values().cloned().collect::<BTreeSet<_>>()),
        )
        .into_tuple::<(AppId, String, String)>()
        .all(db)
        .await?
        .into_iter()
        .collect();
    Ok(facts)
}

/// What the actor may do with the subscription now.
///
/// # Errors
/// `Internal` when a row contradicts itself.
pub fn allowed_actions(
    actor: &Actor,
    view: &SubscriptionView,
    facts: &Facts,
    now: Now,
) -> Result<Vec<Action>> {
    let loaded = Subscription::loaded(view.row.clone(), view.end.clone());
    let (subscription, state) = with_what_is_due(loaded, now)?;
    Ok(Action::iter()
        .filter(|action| access::may(actor, *action, &subscription.row).is_ok())
        .filter(|action| possible(*action, actor, &subscription, &state, facts, now))
        .collect())
}

/// The subscription as an operation would find it: what is due is applied first.
fn with_what_is_due(mut subscription: Subscription, now: Now) -> Result<(Subscription, State)> {
    loop {
        let state = subscription.state()?;
        match lifecycle::next_due(&state).filter(|(at, _)| *at <= now.business) {
            None => return Ok((subscription, state)),
            Some((at, DueChange::Lapse)) => subscription.end(DisabledReason::PaymentLapsed, at),
            Some((at, DueChange::Expire)) => subscription.end(DisabledReason::Expired, at),
            Some((_, DueChange::Renew)) => {
                let next = subscription.next_period()?;
                subscription.enter(next);
                subscription.row.quantity =
                    subscription.row.scheduled_quantity.take().or(subscription.row.quantity);
            }
        }
    }
}

fn possible(
    action: Action,
    actor: &Actor,
    subscription: &Subscription,
    state: &State,
    facts: &Facts,
    now: Now,
) -> bool {
    let row = &subscription.row;
    let allows = |change| match lifecycle::decide(state, &change, now.business) {
        Decision::To(_) | Decision::Already => true,
        Decision::Refused(_) => false,
    };
    match action {
        Action::Activate => {
            let bought = Terms { plan: row.plan_id, quantity: row.bought_quantity };
            let pending = matches!(state, State::Pending { .. });
            let first = Period::of(now.business.date_naive(), row.billing_interval, 0);
            pending && first.is_ok_and(|first| allows(Change::Activate(bought, first)))
        }
        Action::OpenPublisherPortal => allows(Change::OpenPortal),
        Action::ChangeLicenseQuantity => {
            allows(Change::ChangeLicenses) && quantity_can_change(actor, subscription, state, facts)
        }
        Action::AssignLicenses => {
            allows(Change::ChangeLicenses)
                && (row.assigned > 0 || subscription.available().is_some_and(|free| free > 0))
        }
        Action::ChangeBillingProfile => {
            allows(Change::ChangeBillingProfile)
                && facts.profiles.iter().filter(|profile| profile.profile.id != row.billing_profile_id).any(
                    |profile| usable(profile, &row.currency, facts, now) && customer_supported(row, facts),
                )
        }
        Action::SetAutoRenew => {
            let for_good = row.partner_id.is_some() && !facts.partnered.contains(&row.organization_id);
            allows(Change::SetAutoRenew(!row.auto_renew)) && (row.auto_renew || !for_good)
        }
        Action::Cancel => !matches!(state, State::Disabled { .. }),
        Action::BuyAgain => matches!(state, State::Disabled { .. }) && can_buy_again(actor, row, facts, now),
        Action::RequestSupport => true,
    }
}

/// Whether there is a number of licences other than the present that would be accepted, or a decrease to withdraw.
fn quantity_can_change(actor: &Actor, subscription: &Subscription, state: &State, facts: &Facts) -> bool {
    let row = &subscription.row;
    let Some(present) = row.quantity else { return false };
    let (min, max) = facts.limits.get(&row.plan_id).copied().unwrap_or((1, i64::MAX));
    let current = matches!(state, State::Active { standing: Standing::Current, .. });
    let buys = matches!(actor, Actor::Partner(_))
        || facts
            .profiles
            .iter()
            .any(|profile| profile.profile.id == row.billing_profile_id && access::buys_with(profile.role));
    let up = current && buys && present < max;
    let lowest = min.max(row.assigned).max(1);
    let down = row.auto_renew && (lowest..present).any(|quantity| row.scheduled_quantity != Some(quantity));
    up || down || row.scheduled_quantity.is_some()
}

fn can_buy_again(actor: &Actor, row: &subscription::Model, facts: &Facts, now: Now) -> bool {
    let may_buy_for = !matches!(actor, Actor::Partner(_)) || facts.partnered.contains(&row.organization_id);
    may_buy_for
        && !facts.replaced.contains(&row.id)
        && customer_supported(row, facts)
        && facts.agreed.contains(&row.organization_id)
        && facts
            .for_sale
            .iter()
            .filter(|(app, country, _)| {
                *app == row.app_id && facts.countries.get(&row.organization_id) == Some(country)
            })
            .any(|(_, _, currency)| {
                facts.profiles.iter().any(|profile| usable(profile, currency, facts, now))
            })
}

fn customer_supported(row: &subscription::Model, facts: &Facts) -> bool {
    facts.countries.get(&row.organization_id).is_some_and(|country| facts.supported.contains(country))
}

fn usable(profile: &BuyingProfile, currency: &str, facts: &Facts, now: Now) -> bool {
    profile.refusal(currency, now.business).is_none() && facts.supported.contains(&profile.profile.country)
}
