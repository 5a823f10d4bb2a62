//! Changing a billing profile. Invoices that were issued stay as they are.

use super::{
    details::{Address, Contact, Details, address_path, method_of},
    payer::{Usability, usability},
    profile_of,
};
use crate::{By, Code, Error, Marketplace, Refusal, Result, access, country, work::Work};
use chrono::{DateTime, Utc};
use entity::{
    billing_profile,
    id::{BillingProfileId, PaymentMethodId},
    invoice, payment, payment_method,
    state::{EventType, InvoiceStatus, PaymentMethodKind, PaymentStatus},
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait},
};
use serde_json::json;

/// What to change: what is none stays, and what is none inside is cleared. The currency never changes.
#[derive(Debug, Clone)]
pub struct UpdateBillingProfile {
    /// The profile.
    pub billing_profile: BillingProfileId,
    /// Its name.
    pub name: Option<String>,
    /// Tax id.
    pub tax_id: Option<Option<String>>,
    /// The customer's order number.
    pub purchase_order_number: Option<Option<String>>,
    /// Whom invoices are addressed to.
    pub contact: Option<Contact>,
    /// The billing address.
    pub address: Option<Address>,
    /// How its invoices are paid.
    pub payment_method: Option<Option<PaymentMethodId>>,
}

/// Changes it. A new card is tried at once on what is unpaid. Saying what is so already changes nothing.
///
/// # Errors
/// `Invalid`, `REGION_NOT_SUPPORTED` for a country in which apps are not sold; `NotFound` and `Forbidden`.
pub async fn update_billing_profile(
    market: &Marketplace,
    by: &By,
    input: UpdateBillingProfile,
) -> Result<BillingProfileId> {
    let mut work = market.begin(by).await?;
    let (mut profile, role) = profile_of(&work, input.billing_profile).await?;
    if !access::edits(role) {
        return Err(Error::Forbidden(
            "editing needs the role of an owner or contributor on the billing profile".into(),
        ));
    }
    let before = profile.clone();
    let new_method = match input.payment_method {
        Some(Some(id)) if before.payment_method_id != Some(id) => {
            Some(method_of(&work, id, (profile.organization_id, profile.partner_id)).await?)
        }
        Some(_) | None => None,
    };
    apply(&mut profile, input)?;
    if profile.country != before.country && !country::supported(&work.tx, &[&profile.country]).await? {
        return Err(Refusal::from(Code::RegionNotSupported).at(address_path("country")).into());
    }
    let changed = changes(&before, &profile);
    if changed.is_empty() {
        return Ok(profile.id);
    }
    // What changed, not to what: the stream is kept for ever, and people's names are not.
    let body = json!({ "changed": changed, "paymentMethod": profile.payment_method_id });
    work.record_on_profile(&mut profile, EventType::ProfileUpdated, body);
    if let Some(method) = new_method {
        try_at_once(&work, profile.id, &method, work.at()).await?;
    }
    let id = profile.id;
    work.commit().await?;
    Ok(id)
}

fn apply(profile: &mut billing_profile::Model, input: UpdateBillingProfile) -> Result<()> {
    let contact = input.contact.unwrap_or_else(|| Contact {
        name: profile.contact_name.clone(),
        email: profile.contact_email.clone(),
    });
    let address = input.address.unwrap_or_else(|| Address {
        line1: profile.line1.clone(),
        line2: profile.line2.clone(),
        city: profile.city.clone(),
        region: profile.region.clone(),
        postal_code: profile.postal_code.clone(),
        country: profile.country.clone(),
    });
    profile.name = input.name.unwrap_or_else(|| profile.name.clone());
    profile.tax_id = input.tax_id.unwrap_or_else(|| profile.tax_id.clone());
    profile.purchase_order_number =
        input.purchase_order_number.unwrap_or_else(|| profile.purchase_order_number.clone());
    profile.payment_method_id = input.payment_method.unwrap_or(profile.payment_method_id);
    let details = Details {
        name: &profile.name,
        tax_id: profile.tax_id.as_deref(),
        purchase_order_number: profile.purchase_order_number.as_deref(),
        contact: &contact,
        address: &address,
    };
    details.check()?;
    (profile.contact_name, profile.contact_email) = (contact.name, contact.email);
    profile.line1 = address.line1;
    profile.line2 = address.line2;
    profile.city = address.city;
    profile.region = address.region;
    profile.postal_code = address.postal_code;
    profile.country = address.country;
    Ok(())
}

fn changes(before: &billing_profile::Model, after: &billing_profile::Model) -> Vec<&'static str> {
    let contact = |row: &billing_profile::Model| (row.contact_name.clone(), row.contact_email.clone());
    let address = |row: &billing_profile::Model| {
        let lines = (row.line1.clone(), row.line2.clone(), row.city.clone());
        (lines, row.region.clone(), row.postal_code.clone(), row.country.clone())
    };
    [
        ("name", before.name != after.name),
        ("taxId", before.tax_id != after.tax_id),
        ("purchaseOrderNumber", before.purchase_order_number != after.purchase_order_number),
        ("contact", contact(before) != contact(after)),
        ("billingAddress", address(before) != address(after)),
        ("paymentMethod", before.payment_method_id != after.payment_method_id),
    ]
    .into_iter()
    .filter_map(|(name, changed)| changed.then_some(name))
    .collect()
}

/// Lets the next collection charge a new card for everything that is due by now and unpaid.
async fn try_at_once(
    work: &Work<'_>,
    profile: BillingProfileId,
    method: &payment_method::Model,
    now: DateTime<Utc>,
) -> Result<()> {
    if method.kind != PaymentMethodKind::Card || usability(method, now) != Usability::Usable {
        return Ok(());
    }
    use invoice::{Column, Entity};
    let awaited = payment::Entity::find()
        .select_only()
        .column(payment::Column::InvoiceId)
        .filter(payment::Column::Status.is_in([PaymentStatus::Pending, PaymentStatus::Unknown]))
        .into_query();
    Entity::update_many()
        .col_expr(Column::CollectAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::BillingProfileId.eq(profile))
        .filter(Column::Status.is_in([InvoiceStatus::Due, InvoiceStatus::Overdue]))
        .filter(Column::DueAt.lte(now))
        .filter(Column::Id.not_in_subquery(awaited))
        .exec(&work.tx)
        .await?;
    Ok(())
}
