//! Creating a billing profile. Whoever creates one becomes its owner.

use crate::{Actor, By, Error, Input, Marketplace, Result, access, country, money::Currency, scope};
use entity::{
    billing_profile, billing_profile_role,
    id::{BillingProfileId, PaymentMethodId},
    payment_method,
    state::{BillingProfileRole, EventType},
};
use sea_orm::{EntityTrait, QueryFilter};
use serde_json::json;

/// Whom invoices are addressed to.
#[derive(Debug, Clone)]
pub struct Contact {
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
}

/// A billing address.
#[derive(Debug, Clone)]
pub struct Address {
    /// First line.
    pub line1: String,
    /// Second line.
    pub line2: Option<String>,
    /// City.
    pub city: String,
    /// State, province or region.
    pub region: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// ISO 3166 alpha-2 code.
    pub country: String,
}

/// The profile to create.
#[derive(Debug, Clone)]
pub struct CreateBillingProfile {
    /// Its name.
    pub name: String,
    /// ISO 4217 code; never changes afterwards.
    pub currency: String,
    /// Tax id.
    pub tax_id: Option<String>,
    /// The customer's order number.
    pub purchase_order_number: Option<String>,
    /// Whom invoices are addressed to.
    pub contact: Contact,
    /// The billing address.
    pub address: Address,
    /// How its invoices are paid.
    pub payment_method: Option<PaymentMethodId>,
}

/// Creates it for the actor's organization or partner.
///
/// # Errors
/// `Invalid`, `NotFound` for the payment method, `Forbidden`.
pub async fn create_billing_profile(
    market: &Marketplace,
    by: &By,
    input: CreateBillingProfile,
) -> Result<BillingProfileId> {
    access::may_buy(&by.actor)?;
    let currency = Currency::parse(&input.currency)?.code().to_owned();
    let country = country::parse(&input.address.country, address_path("country"))?;
    for (path, text) in [
        (Input::field("name"), &input.name),
        (Input(vec!["input".into(), "contact".into(), "name".into()]), &input.contact.name),
        (address_path("line1"), &input.address.line1),
        (address_path("city"), &input.address.city),
        (Input(vec!["input".into(), "contact".into(), "email".into()]), &input.contact.email),
    ] {
        filled(path, text)?;
    }
    for (path, text) in [
        (address_path("line2"), &input.address.line2),
        (address_path("region"), &input.address.region),
        (address_path("postalCode"), &input.address.postal_code),
        (Input::field("taxId"), &input.tax_id),
        (Input::field("purchaseOrderNumber"), &input.purchase_order_number),
    ] {
        text.as_ref().map_or(Ok(()), |text| filled(path, text))?;
    }
    if !input.contact.email.contains('@') {
        let path = Input(vec!["input".into(), "contact".into(), "email".into()]);
        return Err(Error::Invalid(path, "this is no e-mail address".into()));
    }
    let mut work = market.begin(by).await?;
    if let Some(method) = input.payment_method {
        let known = payment_method::Entity::find_by_id(method)
            .filter(scope::payment_methods(&by.actor))
            .one(&work.tx)
            .await?;
        known.ok_or_else(|| Error::not_found("paymentMethodId"))?;
    }
    let (organization_id, partner_id) = match &by.actor {
        Actor::Member(member) => (Some(member.organization), None),
        Actor::Partner(id) => (None, Some(*id)),
        Actor::Publisher(_) | Actor::Operator(_) | Actor::System => {
            return Err(Error::internal("an actor without a tenant may buy"));
        }
    };
    let mut profile = billing_profile::Model {
        id: work.id(),
        organization_id,
        partner_id,
        name: input.name,
        currency,
        tax_id: input.tax_id,
        purchase_order_number: input.purchase_order_number,
        contact_name: input.contact.name,
        contact_email: input.contact.email,
        line1: input.address.line1,
        line2: input.address.line2,
        city: input.address.city,
        region: input.address.region,
        postal_code: input.address.postal_code,
        country,
        payment_method_id: input.payment_method,
        version: 0,
        event_hash: Vec::new(),
        created_at: work.at(),
    };
    let id = profile.id;
    work.insert(profile.clone()).await?;
    if let Actor::Member(member) = &by.actor {
        work.insert(billing_profile_role::Model {
            billing_profile_id: id,
            user_id: member.user,
            organization_id: member.organization,
            role: BillingProfileRole::Owner,
        })
        .await?;
    }
    let body = json!({ "currency": profile.currency, "paymentMethod": profile.payment_method_id });
    work.record_on_profile(&mut profile, EventType::ProfileCreated, body);
    work.commit().await?;
    Ok(id)
}

/// The longest text that an invoice shows.
const LONGEST: usize = 200;

fn filled(path: Input, text: &str) -> Result<()> {
    if text.trim().is_empty() || text.chars().count() > LONGEST || text.contains(char::is_control) {
        return Err(Error::Invalid(path, format!("write 1 to {LONGEST} characters, on one line").into()));
    }
    Ok(())
}

fn address_path(field: &'static str) -> Input {
    Input(vec!["input".into(), "billingAddress".into(), field.into()])
}
