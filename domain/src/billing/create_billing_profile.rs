//! Creating a billing profile. Whoever creates one becomes its owner.

use super::details::{Address, Contact, Details, method_of};
use crate::{Actor, By, Error, Marketplace, Member, Result, access, money::Currency};
use entity::{
    billing_profile, billing_profile_role,
    id::{BillingProfileId, PaymentMethodId},
    state::{BillingProfileRole, EventType},
};
use serde_json::json;

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
    let details = Details {
        name: &input.name,
        tax_id: input.tax_id.as_deref(),
        purchase_order_number: input.purchase_order_number.as_deref(),
        contact: &input.contact,
        address: &input.address,
    };
    details.check()?;
    let mut work = market.begin(by).await?;
    let (organization_id, partner_id) = match &by.actor {
        Actor::Member(member) => (Some(member.organization), None),
        Actor::Partner(id) => (None, Some(*id)),
        Actor::Publisher(_) | Actor::Operator(_) | Actor::System => {
            return Err(Error::internal("an actor without a tenant may buy"));
        }
    };
    if let Some(method) = input.payment_method {
        method_of(&work, method, (organization_id, partner_id)).await?;
    }
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
        country: input.address.country,
        payment_method_id: input.payment_method,
        version: 0,
        event_hash: Vec::new(),
        created_at: work.at(),
    };
    let id = profile.id;
    work.insert(profile.clone()).await?;
    if let Actor::Member(Member { user: Some(user), organization, .. }) = &by.actor {
        work.insert(billing_profile_role::Model {
            billing_profile_id: id,
            user_id: *user,
            organization_id: *organization,
            role: BillingProfileRole::Owner,
        })
        .await?;
    }
    let body = json!({ "currency": profile.currency, "paymentMethod": profile.payment_method_id });
    work.record_on_profile(&mut profile, EventType::ProfileCreated, body);
    work.commit().await?;
    Ok(id)
}
