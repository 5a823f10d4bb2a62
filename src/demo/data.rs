//! The sample data: organizations and their people, what is sold, who buys for whom.

use super::{catalog, history};
use crate::{
    config::Config,
    program::{Failure, Result},
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Actor, By, Clock, Database, Ids, ManualClock, Marketplace, Member, SystemClock,
    billing::{self, AddPaymentMethod, Address, Contact, CreateBillingProfile},
    gateway::SandboxGateway,
    identity::{Subject, Who, recognize},
    organization::accept_customer_agreement,
};
use entity::{
    billing_profile_role, demo_marker,
    id::{BillingProfileId, OperatorId, OrganizationId, PartnerId, UserId},
    operator, organization, partner, partnership,
    state::{BillingProfileRole, PartnershipStatus, PaymentMethodKind, Role},
    user,
};
use sea_orm::{EntityTrait, IntoActiveModel};
use std::sync::Arc;

/// How many users each organization has beside those with names.
const MORE_USERS: usize = 10;

/// How long ago the demo began: Woodgrove has a history.
const HISTORY: TimeDelta = TimeDelta::days(100);

/// Fills a fresh database.
///
/// # Errors
/// When anything cannot be done; the database is of no use then.
pub(super) async fn fill(config: &Config, db: &Database) -> Result<()> {
    let today = SystemClock::default().now();
    let clock = Arc::new(ManualClock::at(today - HISTORY));
    let secret = config.secret()?;
    let mut settings = config.settings(secret.clone());
    settings.sandbox = false;
    let gateway = Arc::new(SandboxGateway::new(db.clone(), secret));
    let market =
        Marketplace::new(db.clone(), clock.clone(), Arc::new(Ids::from_entropy()), gateway, settings);
    // First: a demo that was cut off can be replaced by the next.
    let marker = demo_marker::Model { id: 1, made_at: today };
    demo_marker::Entity::insert(marker.into_active_model()).exec_without_returning(db.writer()?).await?;
    base(&market).await?;
    history::woodgrove(&market, &clock, today).await
}

/// Everything but Woodgrove's history, as of the marketplace's time.
///
/// # Errors
/// When anything cannot be done.
pub async fn base(market: &Marketplace) -> Result<()> {
    // Only these rows come from here; every operation makes its own ids.
    let ids = Ids::from_entropy();
    catalog::fill(market, &ids).await?;
    let now = market.real_now();
    let row = operator::Model {
        id: ids.next::<OperatorId>(now),
        name: "Marketplace operator".into(),
        email: "operator@tenure.example".into(),
        created_at: now,
        issuer: None,
        subject: None,
        bound_at: None,
    };
    operator::Entity::insert(row.into_active_model()).exec_without_returning(market.db().writer()?).await?;
    let tailspin = tailspin(market, &ids).await?;
    contoso(market, &ids).await?;
    for (name, country, owner, currency, agreed, profile) in [
        ("Fabrikam", "DE", "Finn", "EUR", false, "DE"),
        ("Adatum", "JP", "Aki", "USD", true, "US"),
        ("Woodgrove", "GB", "Wendy", "USD", true, "GB"),
    ] {
        let organization = organization(market, &ids, name, country).await?;
        let owner = person(market, &ids, organization, name, owner, Some(Role::Owner)).await?;
        profile_of(market, Actor::Member(owner), &format!("{name} Main"), currency, profile, "card_ok")
            .await?;
        if name == "Woodgrove" {
            let arrears = format!("{name} Arrears");
            profile_of(market, Actor::Member(owner), &arrears, currency, profile, "card_declined").await?;
        }
        if agreed {
            agree(market, owner).await?;
        }
        let row = partnership::Model {
            id: ids.next(now),
            organization_id: organization,
            partner_id: tailspin,
            status: PartnershipStatus::Approved,
            requested_at: now,
            approved_at: Some(now),
            ended_at: None,
        };
        partnership::Entity::insert(row.into_active_model())
            .exec_without_returning(market.db().writer()?)
            .await?;
    }
    Ok(())
}

async fn contoso(market: &Marketplace, ids: &Ids) -> Result<()> {
    let contoso = organization(market, ids, "Contoso", "US").await?;
    let ada = person(market, ids, contoso, "Contoso", "Ada", Some(Role::Owner)).await?;
    let carl = person(market, ids, contoso, "Contoso", "Carl", Some(Role::Contributor)).await?;
    let ivan = person(market, ids, contoso, "Contoso", "Ivan", Some(Role::Reader)).await?;
    person(market, ids, contoso, "Contoso", "Lena", Some(Role::LicenseAdmin)).await?;
    person(market, ids, contoso, "Contoso", "Rui", Some(Role::Reader)).await?;
    agree(market, ada).await?;
    let main = profile_of(market, Actor::Member(ada), "Contoso Main", "USD", "US", "card_ok").await?;
    for (member, role) in
        [(carl, BillingProfileRole::Contributor), (ivan, BillingProfileRole::InvoiceManager)]
    {
        let row = billing_profile_role::Model {
            billing_profile_id: main,
            user_id: member.user.ok_or_else(|| Failure::new("the demo has a member that is nobody"))?,
            organization_id: contoso,
            role,
        };
        billing_profile_role::Entity::insert(row.into_active_model())
            .exec_without_returning(market.db().writer()?)
            .await?;
    }
    Ok(())
}

async fn tailspin(market: &Marketplace, ids: &Ids) -> Result<PartnerId> {
    let now = market.real_now();
    let id: PartnerId = ids.next(now);
    let row = partner::Model { id, slug: "tailspin".into(), name: "Tailspin".into(), created_at: now };
    partner::Entity::insert(row.into_active_model()).exec_without_returning(market.db().writer()?).await?;
    for currency in ["EUR", "USD"] {
        profile_of(market, Actor::Partner(id), &format!("Tailspin {currency}"), currency, "US", "card_ok")
            .await?;
    }
    Ok(id)
}

async fn organization(market: &Marketplace, ids: &Ids, name: &str, country: &str) -> Result<OrganizationId> {
    let now = market.real_now();
    let id: OrganizationId = ids.next(now);
    let row = organization::Model {
        id,
        name: name.into(),
        country: country.into(),
        version: 0,
        event_hash: Vec::new(),
        created_at: now,
    };
    organization::Entity::insert(row.into_active_model())
        .exec_without_returning(market.db().writer()?)
        .await?;
    for number in 1..=MORE_USERS {
        person(market, ids, id, name, &format!("User{number}"), None).await?;
    }
    Ok(id)
}

async fn person(
    market: &Marketplace,
    ids: &Ids,
    organization: OrganizationId,
    of: &str,
    name: &str,
    role: Option<Role>,
) -> Result<Member> {
    let now = market.real_now();
    let id: UserId = ids.next(now);
    let row = user::Model {
        id,
        organization_id: organization,
        name: name.into(),
        email: format!("{}@{}.example", name.to_lowercase(), of.to_lowercase()),
        role,
        created_at: now,
        issuer: None,
        subject: None,
        bound_at: None,
        removed_at: None,
        erased_at: None,
    };
    user::Entity::insert(row.into_active_model()).exec_without_returning(market.db().writer()?).await?;
    Ok(Member { user: Some(id), organization, role })
}

async fn agree(market: &Marketplace, owner: Member) -> Result<()> {
    let current = domain::view::organization::customer_agreement(market, &Actor::System).await?;
    accept_customer_agreement(market, &as_actor(Actor::Member(owner)), &current.version).await?;
    Ok(())
}

async fn profile_of(
    market: &Marketplace,
    actor: Actor,
    name: &str,
    currency: &str,
    country: &str,
    token: &str,
) -> Result<BillingProfileId> {
    let by = as_actor(actor);
    let card = AddPaymentMethod { kind: PaymentMethodKind::Card, gateway_token: Some(token.into()) };
    let payment_method = billing::add_payment_method(market, &by, card).await?;
    let profile = CreateBillingProfile {
        name: name.into(),
        currency: currency.into(),
        tax_id: None,
        purchase_order_number: None,
        contact: Contact {
            name: "Accounts payable".into(),
            email: format!("billing@{}.example", first_word(name)),
        },
        address: Address {
            line1: "1 Main Street".into(),
            line2: None,
            city: "Springfield".into(),
            region: None,
            postal_code: Some("12345".into()),
            country: country.into(),
        },
        payment_method: Some(payment_method),
    };
    Ok(billing::create_billing_profile(market, &by, profile).await?)
}

fn first_word(name: &str) -> String {
    name.split(' ').next().unwrap_or(name).to_lowercase()
}

/// On behalf of this actor.
pub(super) fn as_actor(actor: Actor) -> By {
    By { actor, key: None, request_id: None }
}

/// On behalf of the actor with this subject.
///
/// # Errors
/// When there is none.
pub(super) async fn by(market: &Marketplace, subject: &str) -> Result<By> {
    let subject: Subject = subject.parse()?;
    let recognized = recognize(market, &Who::Local(subject.clone()), None).await?;
    recognized
        .map(|recognized| as_actor(recognized.actor))
        .ok_or_else(|| Failure::new(format!("nobody is {subject}")))
}

/// So many days before.
pub(super) fn days_before(instant: DateTime<Utc>, days: i64) -> DateTime<Utc> {
    instant - TimeDelta::days(days)
}
